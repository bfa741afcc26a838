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

/* A constant that stays in its register: compilers would rebuild it in the loop. It is loaded from
 * memory, as one way from general registers costs more than a load. */
CSV_INLINE __m512i csv_held(const uint64_t *word) {
    __asm__("" : "+r"(word));
    return _mm512_set1_epi64((int64_t)*word);
}

/* One byte, 16, 32 or 64 bits, all over. */
#define CSV_ALL8(v)  ((uint64_t)(v)*0x0101010101010101ull)
#define CSV_ALL16(v) ((uint64_t)(v)*0x0001000100010001ull)
#define CSV_ALL32(v) ((uint64_t)(v)*0x0000000100000001ull)

/* Sixty-four cells made ready: what can be told from starts and lengths, sixteen at a time. Rows
 * past the end of the tile are empty cells. */
typedef struct csv_block {
    uint32_t end[64], shift[64]; /* shift: bits before the cell in its last eight bytes */
    uint32_t len[64];            /* less `cut` */
    uint64_t any, longer;        /* not empty; more than 8 bytes (less `cut`) */
    uint64_t over4;              /* more than 4 bytes */
    uint64_t beyond;             /* more than 16 bytes */
    uint64_t word_len[CSV_NULL_WORDS_FAST]; /* as long as the null word */
    uint64_t maybe_word;                    /* any of these */
} csv_block;

/* `cut`: bytes that will be taken out of each cell. */
CSV_INLINE void csv_block_make(const csv_cells *in, uint32_t r, uint32_t cut, csv_block *b) {
    const __m512i eight = _mm512_set1_epi32(8), full = _mm512_set1_epi32(64);
    b->any = b->longer = b->over4 = b->beyond = b->maybe_word = 0;
    for (uint32_t w = 0; w < in->n_null_words; w++)
        b->word_len[w] = 0;
    for (uint32_t i = 0; i < 64 && r + i < in->n; i += 16) {
        uint32_t left = in->n - r - i;
        __mmask16 there = left >= 16 ? (__mmask16)0xFFFF : (__mmask16)((1u << left) - 1);
        __m512i start = _mm512_maskz_loadu_epi32(there, in->start + r + i);
        __m512i len = _mm512_maskz_loadu_epi32(there, in->len + r + i);
        __mmask16 any = _mm512_test_epi32_mask(len, len);
        _mm512_storeu_si512(b->end + i, _mm512_add_epi32(start, len));
        b->any |= (uint64_t)any << i;
        b->over4 |= (uint64_t)_mm512_cmpgt_epu32_mask(len, _mm512_set1_epi32(4)) << i;
        b->beyond |= (uint64_t)_mm512_cmpgt_epu32_mask(len, _mm512_set1_epi32(16)) << i;
        for (uint32_t w = 0; w < in->n_null_words; w++) {
            __m512i word_len = _mm512_set1_epi32(in->null_len[w]);
            b->word_len[w] |= (uint64_t)_mm512_cmpeq_epi32_mask(len, word_len) << i;
        }
        if (cut) len = _mm512_mask_sub_epi32(len, any, len, _mm512_set1_epi32((int)cut));
        __m512i bits = _mm512_slli_epi32(_mm512_min_epu32(len, eight), 3);
        _mm512_storeu_si512(b->len + i, len);
        _mm512_storeu_si512(b->shift + i, _mm512_sub_epi32(full, bits));
        b->longer |= (uint64_t)_mm512_cmpgt_epu32_mask(len, eight) << i;
    }
    for (uint32_t w = 0; w < in->n_null_words; w++)
        b->maybe_word |= b->word_len[w];
}

/* Eight of a block's 32-bit numbers as 64-bit lanes. */
CSV_INLINE __m512i csv_widen8(const uint32_t *p) {
    return _mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)p));
}

CSV_INLINE __m128i csv_load16(const uint8_t *p) {
    return _mm_loadu_si128((const void *)p);
}

/* Four times 16 bytes. */
CSV_INLINE __m512i csv_four(const uint8_t *a, const uint8_t *b, const uint8_t *c,
                            const uint8_t *d) {
    __m512i x = _mm512_castsi128_si512(csv_load16(a));
    x = _mm512_mask_broadcast_i64x2(x, 0x0C, csv_load16(b));
    x = _mm512_mask_broadcast_i64x2(x, 0x30, csv_load16(c));
    return _mm512_mask_broadcast_i64x2(x, 0xC0, csv_load16(d));
}

void lf_csv_kernel_f64_avx512(const csv_cells *in, csv_kernel_out *out);
void lf_csv_kernel_date_avx512(const csv_cells *in, uint32_t date_format, lf_type t,
                               csv_kernel_out *out);
void lf_csv_kernel_timestamp_avx512(const csv_cells *in, uint32_t date_format, lf_type t,
                                    csv_kernel_out *out);

#endif
