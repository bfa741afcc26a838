/* codec/frames.c - see frames.h.
 *
 *     BGZF   1F 8B 08 04 mtime(4) xfl os xlen(2) | B C 2 0 size-1(2) | deflate | crc(4) text
 * size(4) zstd   magic header, with the size of the text | blocks, each with its length | checksum
 *
 * The sizes are what the file claims. A decompressor that runs over a piece proves them: the length
 * of a member and the size of a frame are checked when it ends. */
#define ZSTD_STATIC_LINKING_ONLY
#include "codec/frames.h"
#include <string.h>
#include <zstd.h>

#define BGZF_TEXT_MAX   65536u
#define BGZF_HEAD_MIN   18u
#define BGZF_WINDOW     (64u * 1024) /* the state of an inflater, about */
#define BLOCK_HEAD_SIZE 3u

/* What bgzip and samtools end a file with: a block without text. */
static const uint8_t bgzf_end[28] = {0x1F, 0x8B, 8,    4, 0, 0, 0, 0, 0, 0xFF, 6, 0, 'B', 'C',
                                     2,    0,    0x1B, 0, 3, 0, 0, 0, 0, 0,    0, 0, 0,   0};

static lf_rc peek(lf_frame_cursor *c, uint64_t at, uint8_t *dst, size_t n, size_t *got_out,
                  lf_error *err) {
    *got_out = 0;
    c->headers++;
    if (at >= c->stored->size_bytes) return LF_OK;
    return c->stored->type->read_at(c->stored, at, dst, n, got_out, err);
}

static uint32_t le16(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8;
}

static uint32_t le32(const uint8_t *p) {
    return le16(p) | le16(p + 2) << 16;
}

/* The length of the block that begins with `h`; 0: none. The field BC stands first, as all who
 * write it put it. */
static uint32_t bgzf_length(const uint8_t *h, size_t n) {
    if (n < BGZF_HEAD_MIN || memcmp(h, bgzf_end, 4) != 0) return 0;
    if (le16(h + 10) < 6 || h[12] != 'B' || h[13] != 'C' || le16(h + 14) != 2) return 0;
    const uint32_t length = le16(h + 16) + 1;
    return length >= BGZF_HEAD_MIN + 8 ? length : 0;
}

static lf_rc bgzf_next(lf_frame_cursor *c, lf_frame *out, lf_error *err) {
    if (c->head_len == 0) LF_TRY(peek(c, c->at, c->head, sizeof c->head, &c->head_len, err));
    const uint32_t length = bgzf_length(c->head, c->head_len);
    uint8_t end[4 + sizeof c->head]; /* of this block, and what follows it */
    size_t got = 0;
    if (length == 0) return LF_OK;
    LF_TRY(peek(c, c->at + length - 4, end, sizeof end, &got, err));
    if (got < 4 || le32(end) > BGZF_TEXT_MAX) return LF_OK;
    *out = (lf_frame){length, le32(end), BGZF_WINDOW};
    c->head_len = got - 4;
    memcpy(c->head, end + 4, c->head_len);
    return LF_OK;
}

/* Goes over the blocks of the frame that begin at `at`. *end_out 0: it is not whole. */
static lf_rc zstd_blocks(lf_frame_cursor *c, uint64_t at, uint64_t headers_max, uint64_t *end_out,
                         lf_error *err) {
    for (bool last = false; !last;) {
        uint8_t h[BLOCK_HEAD_SIZE];
        size_t got = 0;
        if (c->headers >= headers_max) return LF_OK;
        LF_TRY(peek(c, at, h, sizeof h, &got, err));
        const uint32_t head = got == sizeof h ? le16(h) | (uint32_t)h[2] << 16 : 6;
        const uint32_t kind = head >> 1 & 3;
        if (kind == 3) return LF_OK; /* reserved */
        last = head & 1;
        at += BLOCK_HEAD_SIZE + (kind == 1 ? 1 : head >> 3); /* 1: one byte, repeated */
    }
    *end_out = at;
    return LF_OK;
}

static lf_rc zstd_next(lf_frame_cursor *c, uint64_t headers_max, lf_frame *out, lf_error *err) {
    ZSTD_frameHeader h = {0};
    uint64_t end = 0;
    LF_TRY(peek(c, c->at, c->head, sizeof c->head, &c->head_len, err));
    if (c->head_len < 5 || ZSTD_getFrameHeader(&h, c->head, c->head_len) != 0) return LF_OK;
    if (h.frameType == ZSTD_skippableFrame) {
        end = c->at + ZSTD_SKIPPABLEHEADERSIZE + h.frameContentSize;
        h.frameContentSize = h.windowSize = 0;
    } else if (h.frameContentSize <= LF_FRAME_TEXT_MAX && h.windowSize <= LF_FRAME_WINDOW_MAX) {
        LF_TRY(zstd_blocks(c, c->at + h.headerSize, headers_max, &end, err));
        if (end > 0) end += h.checksumFlag ? 4 : 0;
    }
    if (end == 0 || end > c->stored->size_bytes) return LF_OK;
    *out = (lf_frame){end - c->at, h.frameContentSize, (size_t)h.windowSize};
    return LF_OK;
}

lf_rc lf_frame_next(lf_frame_cursor *c, uint64_t headers_max, lf_frame *out, lf_error *err) {
    *out = (lf_frame){0};
    if (c->bgzf)
        LF_TRY(bgzf_next(c, out, err));
    else
        LF_TRY(zstd_next(c, headers_max, out, err));
    c->at += out->stored_bytes;
    c->pieces += out->stored_bytes > 0;
    return LF_OK;
}

lf_rc lf_frame_cursor_init(lf_frame_cursor *c, lf_source *stored, const char *compression,
                           bool *pieces_out, lf_error *err) {
    uint8_t end[sizeof bgzf_end];
    size_t got = 0;
    *c = (lf_frame_cursor){.stored = stored, .bgzf = strcmp(compression, "gzip") == 0};
    *pieces_out = strcmp(compression, "zstd") == 0;
    if (!c->bgzf || stored->size_bytes < 2 * sizeof end) return LF_OK;
    LF_TRY(peek(c, 0, c->head, sizeof c->head, &c->head_len, err));
    if (bgzf_length(c->head, c->head_len) == 0) return LF_OK;
    LF_TRY(peek(c, stored->size_bytes - sizeof end, end, sizeof end, &got, err));
    *pieces_out = got == sizeof end && memcmp(end, bgzf_end, got) == 0;
    return LF_OK;
}
