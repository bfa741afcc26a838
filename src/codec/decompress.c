/* codec/decompress.c - decompression of single blocks whose size is known. A block that yields more
 * or fewer bytes than its header says is corrupt, whatever its own checks say. */
#include "codec/codec.h"
#include <brotli/decode.h>
#include <libdeflate.h>
#include <lz4.h>
#include <snappy-c.h>
#include <string.h>
#include <zstd.h>

static bool unsnappy(lf_span in, uint8_t *dst, size_t n) {
    size_t len = 0, room = n;
    /* The length comes first: the library would write as much as the block claims. */
    if (snappy_uncompressed_length((const char *)in.data, in.len, &len) != SNAPPY_OK || len != n) {
        return false;
    }
    return snappy_uncompress((const char *)in.data, in.len, (char *)dst, &room) == SNAPPY_OK &&
           room == n;
}

/* Several members in one block are legal. */
static lf_rc gunzip(lf_span in, uint8_t *dst, size_t n, bool *ok, lf_error *err) {
    struct libdeflate_decompressor *d = libdeflate_alloc_decompressor();
    if (!d) return lf_fail_nomem(err, 32 * 1024);
    size_t at = 0, done = 0;
    *ok = in.len > 0;
    while (*ok && at < in.len) {
        size_t used = 0, got = 0;
        *ok = libdeflate_gzip_decompress_ex(d, in.data + at, in.len - at, dst + done, n - done,
                                            &used, &got) == LIBDEFLATE_SUCCESS;
        at += used;
        done += got;
    }
    *ok = *ok && done == n;
    libdeflate_free_decompressor(d);
    return LF_OK;
}

lf_rc lf_decompress_block(lf_codec c, lf_span in, uint8_t *dst, size_t n, lf_error *err) {
    static uint8_t nowhere[1]; /* never written: n is 0 */
    if (!in.data) in.data = nowhere, in.len = 0;
    if (!dst && n == 0) dst = nowhere;
    bool ok = false;
    size_t got = n;
    switch (c) {
    case LF_CODEC_NONE:
        ok = in.len == n;
        if (ok) memcpy(dst, in.data, n);
        break;
    case LF_CODEC_SNAPPY:
        ok = unsnappy(in, dst, n);
        break;
    case LF_CODEC_GZIP:
        LF_TRY(gunzip(in, dst, n, &ok, err));
        break;
    case LF_CODEC_ZSTD:
        ok = ZSTD_decompress(dst, n, in.data, in.len) == n;
        break;
    case LF_CODEC_LZ4_RAW:
        ok = in.len <= INT32_MAX && n <= INT32_MAX &&
             LZ4_decompress_safe((const char *)in.data, (char *)dst, (int)in.len, (int)n) == (int)n;
        break;
    case LF_CODEC_BROTLI:
        ok = BrotliDecoderDecompress(in.len, in.data, &got, dst) == BROTLI_DECODER_RESULT_SUCCESS &&
             got == n;
        break;
    }
    if (ok) return LF_OK;
    return lf_fail(err, LF_ECORRUPT, "a %s block of %zu bytes does not give back %zu bytes",
                   lf_codec_name(c), in.len, n);
}
