/* codec/inflate.h - what one stream decompressor implements, inside codec/.
 * Owns: its library's state. Threads: one at a time. Fails: LF_ECORRUPT, LF_EMEMORY_LIMIT.
 * Life: create -> run* -> destroy (frees the object). */
#ifndef LF_CODEC_INFLATE_H
#define LF_CODEC_INFLATE_H
#include "codec/codec.h"

struct lf_inflater {
    const lf_alloc *alloc;
    uint64_t members; /* that have ended, those before the first run included; gzip, zstd */
    lf_rc (*run)(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                 size_t *got_out, bool *end_out, lf_error *err);
    void (*destroy)(lf_inflater *i);
};

lf_rc lf_inflate_gzip_create(const lf_alloc *a, lf_inflater **out, lf_error *err);
lf_rc lf_inflate_zstd_create(const lf_alloc *a, lf_inflater **out, lf_error *err);
lf_rc lf_inflate_bzip2_create(const lf_alloc *a, lf_inflater **out, lf_error *err);
lf_rc lf_inflate_xz_create(const lf_alloc *a, lf_inflater **out, lf_error *err);
lf_rc lf_inflate_lz4_create(const lf_alloc *a, lf_inflater **out, lf_error *err);
lf_rc lf_inflate_snappy_create(const lf_alloc *a, lf_inflater **out, lf_error *err);
/* Raw deflate without a header: the members of a zip archive. */
lf_rc lf_inflate_deflate_create(const lf_alloc *a, lf_inflater **out, lf_error *err);

#endif
