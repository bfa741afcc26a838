/* infer/cell_kernel_avx512.h - what the AVX-512 kernels share: loads and groups of rows.
 *
 * Eight cells are eight lanes of 64 bits. The 16 bytes that end with each cell are loaded by
 * masked broadcasts (measured faster than gathers and inserts) and taken apart into two
 * vectors: `hi`, the last eight bytes of each cell, and `lo`, the eight before.
 * Owns: nothing. Threads: pure. Fails: never. Life: included by cell_kernel*_avx512.c alone. */
#ifndef LF_INFER_CELL_KERNEL_AVX512_H
#define LF_INFER_CELL_KERNEL_AVX512_H
#include "infer/cell_kernel_cell.h"
#include <immintrin.h>

/* A constant that stays in its register: compilers would rebuild it in the loop. It is loaded from
 * memory, as one way from general registers costs more than a load. */
CELL_INLINE __m512i cell_held(const uint64_t *word) {
    __asm__("" : "+r"(word));
    return _mm512_set1_epi64((int64_t)*word);
}

/* One byte, 16, 32 or 64 bits, all over. */
#define CELL_ALL8(v)  ((uint64_t)(v)*0x0101010101010101ull)
#define CELL_ALL16(v) ((uint64_t)(v)*0x0001000100010001ull)
#define CELL_ALL32(v) ((uint64_t)(v)*0x0000000100000001ull)

/* Sixty-four cells made ready: what can be told from starts and lengths, sixteen at a time. Rows
 * past the end of the tile are empty cells. */
typedef struct cell_block {
    uint32_t end[64], shift[64]; /* shift: bits before the cell in its last eight bytes */
    uint32_t len[64];            /* less `cut` */
    uint64_t any;                /* not empty */
    uint64_t longer, beyond;     /* more than 8 bytes (less `cut`); more than 16 */
    bool over4, has_words;       /* some cell has more than 4 bytes; there are null words */
} cell_block;

/* `cut`: bytes that will be taken out of each cell. */
CELL_INLINE void cell_block_make(const lf_cells *in, uint32_t r, uint32_t cut, cell_block *b) {
    const __m512i eight = _mm512_set1_epi32(8), full = _mm512_set1_epi32(64);
    const __m512i bytes = _mm512_set1_epi32((int)cut);
    __m512i most = _mm512_setzero_si512();
    uint32_t n = in->n - r < 64 ? in->n - r : 64;
    b->any = b->longer = b->beyond = 0;
    for (uint32_t i = 0; i < n; i += 16) {
        __mmask16 there = _cvtu32_mask16(_bzhi_u32(0xFFFF, n - i));
        __m512i start = _mm512_maskz_loadu_epi32(there, in->start + r + i);
        __m512i len = _mm512_maskz_loadu_epi32(there, in->len + r + i);
        __mmask16 any = _mm512_test_epi32_mask(len, len);
        most = _mm512_max_epu32(most, len);
        _mm512_storeu_si512(b->end + i, _mm512_add_epi32(start, len));
        if (cut) len = _mm512_mask_sub_epi32(len, any, len, bytes);
        __m512i bits = _mm512_slli_epi32(_mm512_min_epu32(len, eight), 3);
        _mm512_storeu_si512(b->len + i, len);
        _mm512_storeu_si512(b->shift + i, _mm512_sub_epi32(full, bits));
        b->any |= (uint64_t)_cvtmask16_u32(any) << i;
    }
    b->has_words = in->n_null_words != 0;
    b->over4 = _mm512_cmpgt_epu32_mask(most, _mm512_set1_epi32(4)) != 0;
    if (_mm512_cmpgt_epu32_mask(most, eight) == 0) return;
    for (uint32_t i = 0; i < n; i += 16) {
        __m512i len = _mm512_loadu_si512(b->len + i), two = _mm512_set1_epi32(16 - (int)cut);
        b->longer |= (uint64_t)_mm512_cmpgt_epu32_mask(len, eight) << i;
        b->beyond |= (uint64_t)_mm512_cmpgt_epu32_mask(len, two) << i;
    }
}

/* Eight of a block's 32-bit numbers as 64-bit lanes. */
CELL_INLINE __m512i cell_widen8(const uint32_t *p) {
    return _mm512_cvtepu32_epi64(_mm256_loadu_si256((const void *)p));
}

CELL_INLINE __m128i cell_load16(const uint8_t *p) {
    return _mm_loadu_si128((const void *)p);
}

/* Four times 16 bytes. */
CELL_INLINE __m512i cell_four(const uint8_t *a, const uint8_t *b, const uint8_t *c,
                              const uint8_t *d) {
    __m512i x = _mm512_castsi128_si512(cell_load16(a));
    x = _mm512_mask_broadcast_i64x2(x, 0x0C, cell_load16(b));
    x = _mm512_mask_broadcast_i64x2(x, 0x30, cell_load16(c));
    return _mm512_mask_broadcast_i64x2(x, 0xC0, cell_load16(d));
}

void lf_cell_kernel_f64_avx512(const lf_cells *in, lf_cell_kernel_out *out);
void lf_cell_kernel_date_avx512(const lf_cells *in, uint32_t date_format, lf_type t,
                                lf_cell_kernel_out *out);
void lf_cell_kernel_timestamp_avx512(const lf_cells *in, uint32_t date_format, lf_type t,
                                     lf_cell_kernel_out *out);

#endif
