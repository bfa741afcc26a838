/* LZ4 frames are put together here from blocks (lz4_Frame_format.md): a header of fixed flags, so
 * that its checksum is fixed too, blocks of 4 MiB that do not look back at one another, an end. */
#include "format/arrow/arrow_codec.h"
#include <string.h>

/* Magic, version 1 with independent blocks, blocks of 4 MiB, checksum of the last two. */
static const uint8_t frame_head[] = {0x04, 0x22, 0x4d, 0x18, 0x60, 0x70, 0x73};
#define FRAME_BLOCK  ((size_t)4 << 20)
#define FRAME_PLAIN  0x80000000u /* the block is not compressed */
#define WORTH(n)     ((n) / 100 * 92)
#define PREFIX_BYTES 8u

lf_rc lf_arrow_codec_parse(const char *s, lf_codec *codec_out, int *level_out, lf_error *err) {
    *codec_out = LF_CODEC_NONE;
    *level_out = 0;
    if (s == NULL) return LF_OK;
    LF_TRY(lf_codec_parse(s, codec_out, level_out, err));
    if (*codec_out == LF_CODEC_NONE || *codec_out == LF_CODEC_ZSTD ||
        *codec_out == LF_CODEC_LZ4_RAW)
        return LF_OK;
    return lf_fail(err, LF_EUSAGE,
                   "Arrow files are compressed by lz4 or zstd, or not at all: not by %s",
                   lf_codec_name(*codec_out));
}

int lf_arrow_codec_id(lf_codec c) {
    return c == LF_CODEC_ZSTD ? 1 : c == LF_CODEC_LZ4_RAW ? 0 : -1;
}

lf_rc lf_arrow_codec_init(lf_arrow_codec *c, const lf_alloc *alloc, lf_codec codec, int level,
                          size_t buffer_bytes, lf_error *err) {
    *c = (lf_arrow_codec){.alloc = alloc, .codec = codec};
    if (codec == LF_CODEC_NONE) return LF_OK;
    return lf_compressor_create(alloc, codec, level, buffer_bytes, &c->compressor, err);
}

void lf_arrow_codec_reset(lf_arrow_codec *c) {
    lf_compressor_destroy(c->compressor);
    c->compressor = NULL;
}

static void put_u32(uint8_t *p, uint32_t v) {
    memcpy(p, &v, 4);
}

static lf_rc compress_into(lf_arrow_codec *c, lf_span in, lf_buf *out, size_t *got, lf_error *err) {
    const size_t bound = lf_compressor_bound(c->compressor, in.len);
    LF_TRY(lf_buf_reserve(out, bound, err));
    return lf_compressor_run(c->compressor, in, out->data + out->len, bound, got, err);
}

static lf_rc frame(lf_arrow_codec *c, lf_span in, lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_append(out, frame_head, sizeof frame_head, err));
    for (size_t at = 0; at < in.len; at += FRAME_BLOCK) {
        const size_t n = in.len - at < FRAME_BLOCK ? in.len - at : FRAME_BLOCK;
        static const uint8_t size[4] = {0};
        const size_t head = out->len;
        size_t got = 0;
        LF_TRY(lf_buf_append(out, size, 4, err));
        LF_TRY(compress_into(c, (lf_span){in.data + at, n}, out, &got, err));
        if (got >= n) memcpy(out->data + out->len, in.data + at, n);
        put_u32(out->data + head, got >= n ? (uint32_t)n | FRAME_PLAIN : (uint32_t)got);
        out->len += got >= n ? n : got;
    }
    static const uint8_t end[4] = {0};
    return lf_buf_append(out, end, 4, err);
}

lf_rc lf_arrow_codec_run(lf_arrow_codec *c, lf_span in, lf_buf *out, lf_error *err) {
    if (in.len == 0) return LF_OK;
    if (c->compressor == NULL) return lf_buf_append(out, in.data, in.len, err);
    int64_t plain = (int64_t)in.len;
    const size_t from = out->len;
    LF_TRY(lf_buf_append(out, &plain, PREFIX_BYTES, err));
    if (c->codec == LF_CODEC_LZ4_RAW) {
        LF_TRY(frame(c, in, out, err));
    } else {
        size_t got = 0;
        LF_TRY(compress_into(c, in, out, &got, err));
        out->len += got;
    }
    if (out->len - from - PREFIX_BYTES <= WORTH(in.len)) return LF_OK;
    plain = -1;
    memcpy(out->data + from, &plain, PREFIX_BYTES);
    out->len = from + PREFIX_BYTES;
    return lf_buf_append(out, in.data, in.len, err);
}
