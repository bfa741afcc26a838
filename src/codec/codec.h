/* codec/codec.h - compression of blocks (pages) and decompression of streams (inputs).
 *
 * Owns: contexts own their libraries' states. Threads: one context, one thread.
 * Fails: LF_ECORRUPT, LF_ENO_MEMORY. Life: create -> use* -> destroy. */
#ifndef LF_CODEC_CODEC_H
#define LF_CODEC_CODEC_H
#include "core/alloc.h"
#include "core/error.h"
#include "core/span.h"

typedef enum lf_codec {
    LF_CODEC_NONE = 0,
    LF_CODEC_SNAPPY,
    LF_CODEC_GZIP,
    LF_CODEC_ZSTD,
    LF_CODEC_LZ4_RAW,
    LF_CODEC_BROTLI
} lf_codec;

/* "zstd", "zstd:3", "none" ...; level_out is the codec's default where none is named. */
LF_NODISCARD lf_rc lf_codec_parse(const char *s, lf_codec *codec_out, int *level_out,
                                  lf_error *err);
const char *lf_codec_name(lf_codec c);

typedef struct lf_compressor lf_compressor;
/* block_max_bytes: the largest input (sizes tables once). */
LF_NODISCARD lf_rc lf_compressor_create(const lf_alloc *a, lf_codec c, int level,
                                        size_t block_max_bytes, lf_compressor **out, lf_error *err);
size_t lf_compressor_memory_bytes(lf_codec c, int level,
                                  size_t block_max_bytes); /* estimate for planning */
size_t lf_compressor_bound(const lf_compressor *c, size_t n);
/* dst has at least bound(n) bytes. Deterministic. */
LF_NODISCARD lf_rc lf_compressor_run(lf_compressor *c, lf_span in, uint8_t *dst, size_t cap,
                                     size_t *n_out, lf_error *err);
void lf_compressor_destroy(lf_compressor *c);

/* Decompresses one block whose size is known. */
LF_NODISCARD lf_rc lf_decompress_block(lf_codec c, lf_span in, uint8_t *dst, size_t n,
                                       lf_error *err);

/* Streams, each with all its members, frames or streams. By magic bytes: "gzip" "zstd" "bzip2" "xz"
 * "lz4" "snappy" (framed), or "zip", which is an archive and has no inflater; NULL: plain. */
const char *lf_stream_detect(lf_span head);
#define LF_STREAM_MAGIC_BYTES 10u
/* More bytes than `head` are needed to tell. */
bool lf_stream_undecided(lf_span head);
typedef struct lf_inflater lf_inflater;
/* One of the above, or "deflate" (raw). What it needs is allocated through `a`: its budget caps the
 * window, and where that refuses, LF_EMEMORY_LIMIT names the window. */
LF_NODISCARD lf_rc lf_inflater_create(const lf_alloc *a, const char *name, lf_inflater **out,
                                      lf_error *err);
/* Before the first run: it goes on behind so many members or frames (0: at the start). */
void lf_inflater_continue(lf_inflater *i, uint64_t members);
/* Members (gzip) or frames (zstd) that have ended, those before the first run included. */
uint64_t lf_inflater_members(const lf_inflater *i);
/* Consumes from `in`, fills dst. *end_out: a member or frame ended exactly here (truncation check
 * at EOF). */
LF_NODISCARD lf_rc lf_inflater_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst,
                                   size_t cap, size_t *got_out, bool *end_out, lf_error *err);
void lf_inflater_destroy(lf_inflater *i);

#endif
