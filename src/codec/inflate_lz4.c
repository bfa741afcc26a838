/* codec/inflate_lz4.c - LZ4 frames (the format of the `lz4` program), one behind the other,
 * skippable ones among them. The library verifies the checksums that a frame has, and its size
 * where it names one; it needs at most 4 MB and a window of 64 KB. */
#define LZ4F_STATIC_LINKING_ONLY
#include "codec/codec_memory.h"
#include "codec/inflate.h"
#include <lz4.h>
#include <lz4frame.h>
#include <string.h>

typedef struct lz4_inflater {
    lf_inflater base;
    LZ4F_dctx *ctx;
    bool at_end;
    uint64_t frames;
} lz4_inflater;

static lf_rc lz4_open(lz4_inflater *z, lf_error *err) {
#if LZ4_VERSION_NUMBER >= 10904
    const LZ4F_CustomMem mem = {.customAlloc = lf_codec_alloc,
                                .customFree = lf_codec_free,
                                .opaqueState = (void *)z->base.alloc};
    z->ctx = LZ4F_createDecompressionContext_advanced(mem, LZ4F_VERSION);
    if (z->ctx) return LF_OK;
#else
    if (!LZ4F_isError(LZ4F_createDecompressionContext(&z->ctx, LZ4F_VERSION))) return LF_OK;
#endif
    return lf_fail_nomem(err, 1024);
}

static lf_rc lz4_failure(const lz4_inflater *z, size_t code, lf_error *err) {
    const char *name = LZ4F_getErrorName(code);
    if (strstr(name, "allocation"))
        return lf_fail(err, LF_EMEMORY_LIMIT,
                       "the lz4 input needs 9 MiB, which the memory limit does not allow");
    if (z->frames > 0 && strstr(name, "frameType"))
        return lf_fail(err, LF_ECORRUPT, "after %llu lz4 frames come bytes that are no lz4 data",
                       (unsigned long long)z->frames);
    return lf_fail(err, LF_ECORRUPT, "the lz4 data is corrupt in frame %llu: %s",
                   (unsigned long long)z->frames + 1, name);
}

static lf_rc lz4_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                     size_t *got_out, bool *end_out, lf_error *err) {
    lz4_inflater *z = (lz4_inflater *)i;
    size_t used = 0, got = 0;
    lf_rc rc = LF_OK;
    while (used < in.len || !z->at_end) {
        size_t took = in.len - used, gave = cap - got;
        const size_t hint = LZ4F_decompress(z->ctx, dst + got, &gave, in.data + used, &took, NULL);
        if (LZ4F_isError(hint)) {
            rc = lz4_failure(z, hint, err);
            break;
        }
        used += took;
        got += gave;
        if (took > 0 || gave > 0) {
            z->at_end = hint == 0;
            z->frames += hint == 0;
        } else {
            break; /* more input, or more room, is needed */
        }
    }
    *used_out = used;
    *got_out = got;
    *end_out = z->at_end;
    return rc;
}

static void lz4_destroy(lf_inflater *i) {
    lz4_inflater *z = (lz4_inflater *)i;
    LZ4F_freeDecompressionContext(z->ctx);
    lf_mem_free(i->alloc, z, sizeof *z);
}

lf_rc lf_inflate_lz4_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    lz4_inflater *z = lf_mem_zalloc(a, sizeof *z);
    if (!z) return lf_fail_nomem(err, sizeof *z);
    z->base = (lf_inflater){.alloc = a, .run = lz4_run, .destroy = lz4_destroy};
    const lf_rc rc = lz4_open(z, err);
    if (rc != LF_OK)
        lf_mem_free(a, z, sizeof *z);
    else
        *out = &z->base;
    return rc;
}
