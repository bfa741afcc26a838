/* decode/csv/csv_kernel_avx512.h - what the AVX-512 kernels share: loads and groups of rows.
 *
 * Eight cells are eight lanes of 64 bits. The 16 bytes that end with each cell are loaded by
 * masked broadcasts (measured faster than gathers and inserts) and taken apart into two
 * vectors: `hi`, the last eight bytes of each cell, and `lo`, the eight before.
 * Owns: nothing. Threads: pure. Fails: never. Life: included by csv_kernel*_avx512.c alone. */
#ifndef LF_DECODE_CSV_CSV_KERNEL_AVX512_H
#define LF_DECODE_CSV_CSV_KERNEL_AVX512_H
#include "decode/csv/csv_kernel_cell.h"
#include <immintrin.h>

/* The cells of a group; the last group of a tile is padded with empty cells. */
typedef struct csv_group {
    const uint32_t *start, *len;
    uint32_t pad_start[16], pad_len[16];
} csv_group;

static inline void csv_group_at(const csv_cells *in, uint32_t r, uint32_t lanes, csv_group *g) {
    g->start = in->start + r;
    g->len = in->len + r;
    if (in->n - r >= lanes) return;
    for (uint32_t k = 0; k < lanes; k++) {
        bool there = r + k < in->n;
        g->pad_start[k] = in->start[there ? r + k : r];
        g->pad_len[k] = there ? in->len[r + k] : 0;
    }
    g->start = g->pad_start;
    g->len = g->pad_len;
}

static inline __m128i csv_load16(const uint8_t *p) {
    return _mm_loadu_si128((const void *)p);
}

/* Four times 16 bytes. */
static inline __m512i csv_four(const uint8_t *a, const uint8_t *b, const uint8_t *c,
                               const uint8_t *d) {
    __m512i x = _mm512_castsi128_si512(csv_load16(a));
    x = _mm512_mask_broadcast_i64x2(x, 0x0C, csv_load16(b));
    x = _mm512_mask_broadcast_i64x2(x, 0x30, csv_load16(c));
    return _mm512_mask_broadcast_i64x2(x, 0xC0, csv_load16(d));
}

/* The number that eight digits 0..9 of each lane make, the first in the lowest byte. */
static inline __m512i csv_number8(__m512i d) {
    const __m512i tens = _mm512_set1_epi16(0x010A), hundreds = _mm512_set1_epi32(0x00010064);
    __m512i quads = _mm512_madd_epi16(_mm512_maddubs_epi16(d, tens), hundreds);
    return _mm512_add_epi64(_mm512_mul_epu32(quads, _mm512_set1_epi64(10000)),
                            _mm512_srli_epi64(quads, 32));
}

/* Lanes with a byte above 9. */
static inline __mmask8 csv_not_digits(__m512i d) {
    __m512i over = _mm512_subs_epu8(d, _mm512_set1_epi8(9));
    return _mm512_test_epi64_mask(over, over);
}

/* Lanes whose text (at the low end, zeros above) is a null word. */
static inline __mmask8 csv_words(const csv_cells *in, __m512i text, __m256i len) {
    __mmask8 k = 0;
    for (uint32_t w = 0; w < in->n_null_words; w++)
        k |= _mm512_cmpeq_epi64_mask(text, _mm512_set1_epi64((int64_t)in->null_word[w])) &
             _mm256_cmpeq_epi32_mask(len, _mm256_set1_epi32(in->null_len[w]));
    return k;
}

static inline uint8_t csv_decimal_digits(uint64_t v) { /* 0 has none */
    uint8_t n = 0;
    for (; v; v /= 10)
        n++;
    return n;
}

void lf_csv_kernel_date_avx512(const csv_cells *in, uint32_t date_format, lf_type t,
                               csv_kernel_out *out);
void lf_csv_kernel_timestamp_avx512(const csv_cells *in, uint32_t date_format, lf_type t,
                                    csv_kernel_out *out);

#endif
