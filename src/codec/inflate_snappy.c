/* codec/inflate_snappy.c - the framing format of snappy (framing_format.txt of its project).
 *
 *     FF 06 00 00 "sNaPpY"                    the stream begins; may come again (joined files)
 *     00 len(3) crc(4) snappy block           at most 64 KiB of text
 *     01 len(3) crc(4) text                   the same, stored
 *     FE len(3), 80-FD len(3)                 padding and chunks to skip
 *     02-7F                                   chunks nobody may skip: refused
 *
 * crc is the CRC-32C of the text, rotated and offset. The format has no end mark: a stream may end
 * behind any chunk. */
#include "codec/inflate.h"
#include <snappy-c.h>
#include <string.h>

#define TEXT_MAX 65536u
#define CHUNK_MAX                                                                                  \
    (TEXT_MAX + TEXT_MAX / 6 + 32 + 4) /* what an encoder may make of 64 KiB, and crc */

typedef struct snappy_inflater {
    lf_inflater base;
    uint8_t head[4];
    size_t head_len; /* of the chunk's header so far */
    size_t left;     /* bytes of the chunk still to come */
    size_t len;      /* bytes of it in `chunk` */
    bool begun;      /* the stream identifier was seen */
    size_t out_at, out_len;
    uint64_t chunks;
    uint32_t crc[8][256];
    uint8_t chunk[CHUNK_MAX];
    uint8_t text[TEXT_MAX];
} snappy_inflater;

static void make_crc(snappy_inflater *z) {
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0x82F63B78u : c >> 1;
        z->crc[0][i] = c;
    }
    for (uint32_t i = 0; i < 256; i++)
        for (int k = 1; k < 8; k++)
            z->crc[k][i] = z->crc[k - 1][i] >> 8 ^ z->crc[0][z->crc[k - 1][i] & 0xFF];
}

/* CRC-32C, eight bytes a step, masked as the format wants it. */
static uint32_t masked_crc(const snappy_inflater *z, const uint8_t *p, size_t n) {
    uint32_t c = 0xFFFFFFFFu;
    for (; n >= 8; n -= 8, p += 8) {
        uint64_t v;
        memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        v = __builtin_bswap64(v);
#endif
        v ^= c;
        c = 0;
        for (int k = 0; k < 8; k++)
            c ^= z->crc[7 - k][v >> (8 * k) & 0xFF];
    }
    for (; n > 0; n--)
        c = c >> 8 ^ z->crc[0][(c ^ *p++) & 0xFF];
    c = ~c;
    return (c >> 15 | c << 17) + 0xA282EAD8u;
}

static lf_rc bad(const snappy_inflater *z, const char *why, lf_error *err) {
    return lf_fail(err, LF_ECORRUPT, "the snappy data is corrupt in chunk %llu: %s",
                   (unsigned long long)z->chunks + 1, why);
}

static lf_rc check_head(snappy_inflater *z, lf_error *err) {
    const uint8_t type = z->head[0];
    z->left = (size_t)z->head[1] | (size_t)z->head[2] << 8 | (size_t)z->head[3] << 16;
    z->len = 0;
    if (type == 0xFF) return z->left == 6 ? LF_OK : bad(z, "invalid stream identifier", err);
    if (!z->begun) return bad(z, "no stream identifier", err);
    if (type >= 0x80) return LF_OK;
    if (type > 1) return bad(z, "a chunk of unknown type", err);
    if (z->left < 4) return bad(z, "a chunk without checksum", err);
    if (z->left > (type == 1 ? TEXT_MAX + 4 : CHUNK_MAX)) return bad(z, "a chunk too long", err);
    return LF_OK;
}

/* The chunk is whole: its text goes to `text`. */
static lf_rc take_chunk(snappy_inflater *z, lf_error *err) {
    const uint8_t type = z->head[0];
    size_t n = z->len - 4;
    z->head_len = 0;
    if (type == 0xFF) {
        if (memcmp(z->chunk, "sNaPpY", 6) != 0) return bad(z, "invalid stream identifier", err);
        z->begun = true;
        return LF_OK;
    }
    if (type >= 0x80) return LF_OK;
    const uint8_t *body = z->chunk + 4;
    if (type == 1) {
        memcpy(z->text, body, n);
    } else {
        size_t want = 0;
        if (snappy_uncompressed_length((const char *)body, n, &want) != SNAPPY_OK ||
            want > TEXT_MAX)
            return bad(z, "invalid length", err);
        size_t room = TEXT_MAX;
        if (snappy_uncompress((const char *)body, n, (char *)z->text, &room) != SNAPPY_OK)
            return bad(z, "invalid code", err);
        n = want;
    }
    const uint32_t told = (uint32_t)z->chunk[0] | (uint32_t)z->chunk[1] << 8 |
                          (uint32_t)z->chunk[2] << 16 | (uint32_t)z->chunk[3] << 24;
    if (masked_crc(z, z->text, n) != told) return bad(z, "wrong checksum", err);
    z->out_at = 0;
    z->out_len = n;
    z->chunks++;
    return LF_OK;
}

/* One step: some of the header, of the chunk, or of a chunk to skip. */
static lf_rc take_input(snappy_inflater *z, lf_span in, size_t *used, lf_error *err) {
    if (z->head_len < 4) {
        z->head[z->head_len++] = in.data[(*used)++];
        if (z->head_len < 4) return LF_OK;
        LF_TRY(check_head(z, err));
    } else {
        size_t n = in.len - *used < z->left ? in.len - *used : z->left;
        const bool kept = z->head[0] < 0x80 || z->head[0] == 0xFF;
        if (kept) memcpy(z->chunk + z->len, in.data + *used, n);
        if (kept) z->len += n;
        *used += n;
        z->left -= n;
    }
    return z->left == 0 ? take_chunk(z, err) : LF_OK;
}

static lf_rc snappy_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                        size_t *got_out, bool *end_out, lf_error *err) {
    snappy_inflater *z = (snappy_inflater *)i;
    size_t used = 0, got = 0;
    lf_rc rc = LF_OK;
    for (;;) {
        size_t n = z->out_len - z->out_at;
        n = n < cap - got ? n : cap - got;
        if (n) memcpy(dst + got, z->text + z->out_at, n);
        z->out_at += n;
        got += n;
        if (z->out_at < z->out_len || used == in.len) break;
        rc = take_input(z, in, &used, err);
        if (rc != LF_OK) break;
    }
    *used_out = used;
    *got_out = got;
    *end_out = z->head_len == 0 && z->out_at == z->out_len && z->begun;
    return rc;
}

static void snappy_destroy(lf_inflater *i) {
    lf_mem_free(i->alloc, i, sizeof(snappy_inflater));
}

lf_rc lf_inflate_snappy_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    snappy_inflater *z = lf_mem_zalloc(a, sizeof *z);
    if (!z) return lf_fail_nomem(err, sizeof *z);
    z->base = (lf_inflater){.alloc = a, .run = snappy_run, .destroy = snappy_destroy};
    make_crc(z);
    *out = &z->base;
    return LF_OK;
}
