/* codec/inflate_zstd.c - zstd streams: any number of frames, skippable ones among them.
 *
 * The window is whatever the frame asks for (up to 2 GB by `--ultra --long=31`): the allocator's
 * budget decides, and its refusal is told as a memory limit with the window's size. */
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/codec_memory.h"
#include "codec/inflate.h"
#include <zstd.h>
#include <zstd_errors.h>

#define WINDOW_LOG_MAX 31

typedef struct zstd_inflater {
    lf_inflater base;
    ZSTD_DCtx *ctx;
    bool at_end;
    uint8_t head[ZSTD_FRAMEHEADERSIZE_MAX]; /* of the current frame, for the message */
    size_t head_len;
} zstd_inflater;

static lf_rc zstd_failure(const zstd_inflater *z, size_t code, lf_error *err) {
    ZSTD_ErrorCode e = ZSTD_getErrorCode(code);
    if (e == ZSTD_error_memory_allocation || e == ZSTD_error_frameParameter_windowTooLarge) {
        ZSTD_frameHeader h = {0};
        if (ZSTD_getFrameHeader(&h, z->head, z->head_len) == 0 && h.windowSize >> 20) {
            return lf_fail(err, LF_EMEMORY_LIMIT,
                           "the zstd input needs a window of %llu MiB, which the memory limit "
                           "does not allow",
                           (unsigned long long)(h.windowSize >> 20));
        }
        return lf_fail_nomem(err, ZSTD_estimateDCtxSize());
    }
    return lf_fail(err, LF_ECORRUPT, "the zstd data is corrupt: %s", ZSTD_getErrorName(code));
}

static lf_rc zstd_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                      size_t *got_out, bool *end_out, lf_error *err) {
    zstd_inflater *z = (zstd_inflater *)i;
    ZSTD_inBuffer from = {in.data, in.len, 0};
    ZSTD_outBuffer to = {dst, cap, 0};
    lf_rc rc = LF_OK;
    while (from.pos < in.len || to.pos < cap) {
        if (z->at_end && from.pos == in.len) break; /* no frame has begun */
        if (z->at_end) z->head_len = 0;
        for (size_t at = from.pos; z->head_len < sizeof z->head && at < in.len; at++) {
            z->head[z->head_len++] = in.data[at];
        }
        size_t in_was = from.pos, out_was = to.pos;
        size_t left = ZSTD_decompressStream(z->ctx, &to, &from);
        if (ZSTD_isError(left)) {
            rc = zstd_failure(z, left, err);
            break;
        }
        if (from.pos > in_was || to.pos > out_was) {
            z->at_end = left == 0;
            i->members += left == 0;
        }
        if (from.pos == in_was && to.pos == out_was) break;
        if (to.pos == cap) break;
    }
    *used_out = from.pos;
    *got_out = to.pos;
    *end_out = z->at_end;
    return rc;
}

static void zstd_destroy(lf_inflater *i) {
    zstd_inflater *z = (zstd_inflater *)i;
    ZSTD_freeDCtx(z->ctx);
    lf_mem_free(i->alloc, z, sizeof *z);
}

lf_rc lf_inflate_zstd_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    zstd_inflater *z = lf_mem_zalloc(a, sizeof *z);
    if (!z) return lf_fail_nomem(err, sizeof *z);
    z->base = (lf_inflater){.alloc = a, .run = zstd_run, .destroy = zstd_destroy};
    ZSTD_customMem mem = {lf_codec_alloc, lf_codec_free, (void *)a};
    z->ctx = ZSTD_createDCtx_advanced(mem);
    if (!z->ctx) {
        zstd_destroy(&z->base);
        return lf_fail_nomem(err, ZSTD_estimateDCtxSize());
    }
    size_t rc = ZSTD_DCtx_setParameter(z->ctx, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    (void)rc; /* a 32-bit build keeps its smaller maximum */
    *out = &z->base;
    return LF_OK;
}
