/* codec/compress.c - compression of single blocks (the pages of a file).
 *
 * The output is a function of the block, codec and level alone: no library here takes another path
 * for another processor that would change its output. That is why gzip is made by libdeflate and
 * not by ISA-L, whose matches depend on the instruction set.
 *
 * States live as long as the context: zstd's and LZ4's tables, libdeflate's compressor. Brotli has
 * no way to begin anew, so it makes a state per block, through the allocator. Snappy's encoder is
 * our own (snappy_encode.c): faster, and the same bytes whatever library a system has.
 *
 * zstd level 1 is tuned for pages: its own table has 2^14 entries, which forgets what stood more
 * than some ten thousand positions back, and its window is half a page. Data that repeats every few
 * hundred KB (a file appended to itself, a daily export) is found again with 2^16 entries and a
 * window that spans the block. Blocks of 1 MB, size and speed against zstd's own level 1:
 *
 *                            flights           lineitem
 *     2^16                   -19 %   -5 %       -4 %   -9 %
 *     2^16, matches from 6   -20 %  -13 %       -8 %   -5 %    <- used
 *     2^17                   -21 %  -14 %       -5 %  -15 %
 */
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/codec.h"
#include "codec/codec_memory.h"
#include "codec/snappy_encode.h"
#include <brotli/encode.h>
#include <libdeflate.h>
#include <lz4.h>
#include <lz4hc.h>
#include <string.h>
#include <zstd.h>
#include <zstd_errors.h>

#define ZSTD_FAST_HASH_LOG  16
#define ZSTD_FAST_MIN_MATCH 6
#define LZ4_HC_LEVEL_MIN    3 /* below: the fast compressor */

struct lf_compressor {
    const lf_alloc *alloc;
    lf_codec codec;
    int level, window_log;
    ZSTD_CCtx *zstd;
    struct libdeflate_compressor *gzip;
    lf_snappy_state *snappy;
    void *lz4;
    size_t lz4_bytes;
};

/* The smallest window that spans a block, within what every reader accepts. */
static int window_log_of(size_t block_max_bytes) {
    int log = 17;
    while (log < 23 && ((size_t)1 << log) < block_max_bytes) {
        log++;
    }
    return log;
}

static size_t lz4_state_bytes(int level) {
    return (size_t)(level >= LZ4_HC_LEVEL_MIN ? LZ4_sizeofStateHC() : LZ4_sizeofState());
}

static ZSTD_compressionParameters zstd_params(int level, size_t block_max_bytes) {
    ZSTD_compressionParameters p = ZSTD_getCParams(level, block_max_bytes, 0);
    if (level == 1) {
        p.windowLog = (unsigned)window_log_of(block_max_bytes);
        p.hashLog = ZSTD_FAST_HASH_LOG;
        p.minMatch = ZSTD_FAST_MIN_MATCH;
    }
    return p;
}

static lf_rc zstd_create(lf_compressor *c, lf_error *err) {
    ZSTD_customMem mem = {lf_codec_alloc, lf_codec_free, (void *)c->alloc};
    c->zstd = ZSTD_createCCtx_advanced(mem);
    if (!c->zstd) return lf_fail_nomem(err, ZSTD_estimateCCtxSize(c->level));
    const struct {
        ZSTD_cParameter name;
        int value;
    } settings[] = {{ZSTD_c_compressionLevel, c->level},
                    {ZSTD_c_windowLog, c->window_log},
                    {ZSTD_c_hashLog, ZSTD_FAST_HASH_LOG},
                    {ZSTD_c_minMatch, ZSTD_FAST_MIN_MATCH}};
    size_t bad = 0, n = c->level == 1 ? sizeof settings / sizeof settings[0] : 1;
    for (size_t i = 0; i < n && !ZSTD_isError(bad); i++) {
        bad = ZSTD_CCtx_setParameter(c->zstd, settings[i].name, settings[i].value);
    }
    if (!ZSTD_isError(bad)) return LF_OK;
    return lf_fail(err, LF_EENCODE, "zstd refuses its settings: %s", ZSTD_getErrorName(bad));
}

lf_rc lf_compressor_create(const lf_alloc *a, lf_codec codec, int level, size_t block_max_bytes,
                           lf_compressor **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    lf_compressor *c = lf_mem_zalloc(a, sizeof *c);
    if (!c) return lf_fail_nomem(err, sizeof *c);
    c->alloc = a;
    c->codec = codec;
    c->level = level;
    c->window_log = window_log_of(block_max_bytes);
    lf_rc rc = LF_OK;
    switch (codec) {
    case LF_CODEC_ZSTD:
        rc = zstd_create(c, err);
        break;
    case LF_CODEC_GZIP:
        c->gzip = libdeflate_alloc_compressor(level);
        if (!c->gzip) rc = lf_fail_nomem(err, lf_compressor_memory_bytes(codec, level, 0));
        break;
    case LF_CODEC_SNAPPY:
        c->snappy = lf_mem_alloc(a, sizeof *c->snappy);
        if (!c->snappy) rc = lf_fail_nomem(err, sizeof *c->snappy);
        break;
    case LF_CODEC_LZ4_RAW:
        c->lz4_bytes = lz4_state_bytes(level);
        c->lz4 = lf_mem_alloc(a, c->lz4_bytes);
        if (!c->lz4) rc = lf_fail_nomem(err, c->lz4_bytes);
        break;
    default:
        break;
    }
    if (rc != LF_OK)
        lf_compressor_destroy(c);
    else
        *out = c;
    return rc;
}

void lf_compressor_destroy(lf_compressor *c) {
    if (!c) return;
    ZSTD_freeCCtx(c->zstd);
    libdeflate_free_compressor(c->gzip);
    lf_mem_free(c->alloc, c->snappy, sizeof *c->snappy);
    lf_mem_free(c->alloc, c->lz4, c->lz4_bytes);
    lf_mem_free(c->alloc, c, sizeof *c);
}

/* Measured: hash tables by quality, plus buffers that grow with the block. */
static size_t brotli_bytes(int level, size_t block_bytes) {
    static const struct {
        uint16_t tables_kib, per_byte;
    } rows[12] = {{512, 2},  {1600, 2}, {640, 4},   {640, 4},   {1100, 8},  {1700, 9},
                  {2700, 9}, {8900, 9}, {17000, 9}, {33500, 9}, {8000, 20}, {8000, 20}};
    if (level < 0 || level > 11) level = 11;
    return rows[level].tables_kib * (size_t)1024 + rows[level].per_byte * block_bytes;
}

size_t lf_compressor_memory_bytes(lf_codec codec, int level, size_t block_max_bytes) {
    switch (codec) {
    case LF_CODEC_NONE:
        return sizeof(lf_compressor);
    case LF_CODEC_SNAPPY:
        return sizeof(lf_compressor) + sizeof(lf_snappy_state);
    case LF_CODEC_GZIP: /* measured, libdeflate's context sizes by level */
        return level <= 1 ? 200 * 1024 : 660 * 1024;
    case LF_CODEC_LZ4_RAW:
        return sizeof(lf_compressor) + lz4_state_bytes(level);
    case LF_CODEC_ZSTD:
        return sizeof(lf_compressor) +
               ZSTD_estimateCCtxSize_usingCParams(zstd_params(level, block_max_bytes));
    case LF_CODEC_BROTLI:
        return sizeof(lf_compressor) + brotli_bytes(level, block_max_bytes);
    }
    return 0;
}

size_t lf_compressor_bound(const lf_compressor *c, size_t n) {
    switch (c->codec) {
    case LF_CODEC_NONE:
        return n;
    case LF_CODEC_SNAPPY:
        return lf_snappy_bound(n);
    case LF_CODEC_GZIP:
        return libdeflate_gzip_compress_bound(c->gzip, n);
    case LF_CODEC_ZSTD:
        return ZSTD_compressBound(n);
    case LF_CODEC_LZ4_RAW:
        return n > LZ4_MAX_INPUT_SIZE ? 0 : (size_t)LZ4_compressBound((int)n);
    case LF_CODEC_BROTLI:
        return BrotliEncoderMaxCompressedSize(n) + 1024;
    }
    return n;
}

/* Brotli's encoder, as distributions build it, calls exit() when an allocation fails. So it never
 * sees one fail: what the caller's allocator refuses comes from malloc, the block is finished, and
 * the refusal is reported then. */
typedef struct brotli_memory {
    const lf_alloc *alloc;
    bool refused;
} brotli_memory;

typedef struct brotli_head {
    const lf_alloc *alloc;
    size_t size;
} brotli_head;

static void *brotli_alloc(void *opaque, size_t size) {
    brotli_memory *m = opaque;
    const lf_alloc *a = m->refused ? lf_alloc_default() : m->alloc;
    if (size > SIZE_MAX - sizeof(brotli_head)) return NULL;
    brotli_head *h = lf_mem_alloc(a, size + sizeof *h);
    if (!h) {
        m->refused = true;
        a = lf_alloc_default();
        h = lf_mem_alloc(a, size + sizeof *h);
        if (!h) return NULL;
    }
    *h = (brotli_head){a, size + sizeof *h};
    return h + 1;
}

static void brotli_free(void *opaque, void *p) {
    (void)opaque;
    if (!p) return;
    brotli_head *h = (brotli_head *)p - 1;
    lf_mem_free(h->alloc, h, h->size);
}

static lf_rc run_brotli(lf_compressor *c, lf_span in, uint8_t *dst, size_t cap, size_t *n_out,
                        lf_error *err) {
    brotli_memory mem = {c->alloc, false};
    BrotliEncoderState *s = BrotliEncoderCreateInstance(brotli_alloc, brotli_free, &mem);
    if (!s) return lf_fail_nomem(err, brotli_bytes(c->level, in.len));
    BrotliEncoderSetParameter(s, BROTLI_PARAM_QUALITY, (uint32_t)c->level);
    BrotliEncoderSetParameter(s, BROTLI_PARAM_LGWIN, (uint32_t)c->window_log);
    BrotliEncoderSetParameter(s, BROTLI_PARAM_SIZE_HINT,
                              in.len > UINT32_MAX ? UINT32_MAX : (uint32_t)in.len);
    size_t left = in.len, room = cap;
    const uint8_t *from = in.data;
    uint8_t *to = dst;
    BROTLI_BOOL ok =
        BrotliEncoderCompressStream(s, BROTLI_OPERATION_FINISH, &left, &from, &room, &to, NULL);
    bool done = ok && BrotliEncoderIsFinished(s);
    BrotliEncoderDestroyInstance(s);
    if (mem.refused || !ok) return lf_fail_nomem(err, brotli_bytes(c->level, in.len));
    if (!done) return lf_fail(err, LF_EENCODE, "brotli needs more room than its bound");
    *n_out = cap - room;
    return LF_OK;
}

static size_t run_lz4(lf_compressor *c, lf_span in, uint8_t *dst, size_t cap) {
    const char *from = (const char *)in.data;
    int n = (int)in.len, room = cap > INT32_MAX ? INT32_MAX : (int)cap, got;
    if (c->level >= LZ4_HC_LEVEL_MIN) {
        got = LZ4_compress_HC_extStateHC(c->lz4, from, (char *)dst, n, room, c->level);
    } else {
        got = LZ4_compress_fast_extState(c->lz4, from, (char *)dst, n, room, 1);
    }
    return got > 0 ? (size_t)got : 0;
}

lf_rc lf_compressor_run(lf_compressor *c, lf_span in, uint8_t *dst, size_t cap, size_t *n_out,
                        lf_error *err) {
    static const uint8_t nothing[1];
    if (!in.data) in.data = nothing; /* an empty page may have no address */
    if (c->codec == LF_CODEC_LZ4_RAW && in.len > LZ4_MAX_INPUT_SIZE) {
        return lf_fail(err, LF_EENCODE, "lz4 takes no block of %zu bytes", in.len);
    }
    size_t n = cap;
    bool ok = false;
    switch (c->codec) {
    case LF_CODEC_NONE:
        ok = cap >= in.len;
        if (ok) memcpy(dst, in.data, n = in.len);
        break;
    case LF_CODEC_SNAPPY:
        ok = in.len <= UINT32_MAX && cap >= lf_snappy_bound(in.len);
        if (ok) n = lf_snappy_encode(c->snappy, in, dst);
        break;
    case LF_CODEC_GZIP:
        n = libdeflate_gzip_compress(c->gzip, in.data, in.len, dst, cap);
        ok = n > 0;
        break;
    case LF_CODEC_LZ4_RAW:
        n = run_lz4(c, in, dst, cap);
        ok = n > 0;
        break;
    case LF_CODEC_ZSTD:
        n = ZSTD_compress2(c->zstd, dst, cap, in.data, in.len);
        ok = !ZSTD_isError(n);
        if (!ok && ZSTD_getErrorCode(n) == ZSTD_error_memory_allocation) {
            return lf_fail_nomem(err, ZSTD_estimateCCtxSize(c->level));
        }
        break;
    case LF_CODEC_BROTLI:
        return run_brotli(c, in, dst, cap, n_out, err);
    }
    if (!ok) {
        return lf_fail(err, LF_EENCODE, "%s cannot compress %zu bytes into %zu",
                       lf_codec_name(c->codec), in.len, cap);
    }
    *n_out = n;
    return LF_OK;
}
