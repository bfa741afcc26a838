/* unit/format_parquet/pq_make.h - pages and chunks made by hand, byte by byte, for tests of
 * what reads them. Everything uncompressed. Owns: buffers are the caller's. */
#ifndef LF_TEST_PQ_MAKE_H
#define LF_TEST_PQ_MAKE_H
#include "core/hash.h"
#include "format/parquet/parquet_meta.h"
#include "lf_test.h"
#include <stdlib.h>

static inline void make_init(lf_buf *b) {
    lf_buf_init(b, lf_alloc_default(), 0);
}

static inline void make_bytes(lf_buf *b, const void *p, size_t n) {
    if (lf_buf_append(b, p, n, NULL) != LF_OK) abort();
}

static inline void make_u32(lf_buf *b, uint32_t v) {
    make_bytes(b, &v, 4);
}

/* PLAIN byte array. */
static inline void make_text(lf_buf *b, const char *s) {
    make_u32(b, (uint32_t)strlen(s));
    make_bytes(b, s, strlen(s));
}

static inline void make_varint(lf_buf *b, uint64_t v) {
    uint8_t byte;
    do {
        byte = (uint8_t)(v & 0x7f) | (v >= 0x80 ? 0x80 : 0);
        make_bytes(b, &byte, 1);
        v >>= 7;
    } while (v > 0);
}

/* Levels of one bit as RLE runs, in the text form "1101". With the length that V1 wants or not. */
static inline void make_levels(lf_buf *b, const char *levels, uint32_t width, bool v1) {
    lf_buf body;
    make_init(&body);
    for (size_t i = 0, k; levels[i]; i += k) {
        for (k = 1; levels[i + k] == levels[i];)
            k++;
        make_varint(&body, k << 1);
        uint8_t v = (uint8_t)(levels[i] - '0');
        if (width > 0) make_bytes(&body, &v, 1);
    }
    if (v1) make_u32(b, (uint32_t)body.len);
    if (body.len > 0) make_bytes(b, body.data, body.len);
    lf_buf_reset(&body);
}

/* Appends a page: header with CRC, then `body`. `h` has all but the sizes. */
static inline void make_page(lf_buf *out, lf_pq_page_header h, const lf_buf *body) {
    lf_thrift_writer w;
    lf_thrift_writer_init(&w, out, NULL);
    h.uncompressed_size = h.compressed_size = (int32_t)body->len;
    h.has_crc = true;
    h.crc = lf_crc32(0, body->data, body->len);
    lf_pq_write_page_header(&w, &h);
    if (w.rc != LF_OK) abort();
    make_bytes(out, body->data, body->len);
}

static inline lf_pq_schema_element make_element(int32_t type, int32_t length, bool optional) {
    static const uint8_t name[] = "c";
    return (lf_pq_schema_element){.type = type,
                                  .type_length = length,
                                  .repetition = optional ? LF_PQ_OPTIONAL : LF_PQ_REQUIRED,
                                  .name = {name, 1},
                                  .converted = LF_PQ_CONV_NONE};
}

/* Bytes on a heap block of their exact size, so that sanitizers see any read past the end;
 * `margin` bytes more may be read. */
static inline uint8_t *make_exact(const void *p, size_t n, size_t margin) {
    uint8_t *m = malloc(n + margin > 0 ? n + margin : 1);
    if (m == NULL) abort();
    if (n > 0) memcpy(m, p, n);
    memset(m + n, 0xa5, margin);
    return m;
}

/* Repeatable random numbers. */
static inline uint64_t make_random(uint64_t *state) {
    *state += 0x9e3779b97f4a7c15ull;
    return lf_hash_mix(*state);
}

#endif
