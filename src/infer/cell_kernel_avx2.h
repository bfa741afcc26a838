/* infer/cell_kernel_avx2.h - what the AVX2 kernels share: loads and groups of rows.
 *
 * Four cells are four lanes of 64 bits; see cell_kernel_avx512.h for the two halves of a cell. What
 * AVX-512 keeps in mask registers are vectors of all ones and zeros here.
 * Owns: nothing. Threads: pure. Fails: never. Life: included by cell_kernel*_avx2.c alone. */
#ifndef LF_INFER_CELL_KERNEL_AVX2_H
#define LF_INFER_CELL_KERNEL_AVX2_H
#include "infer/cell_kernel_cell.h"
#include <immintrin.h>

CELL_INLINE __m128i cell_load16(const uint8_t *p) {
    return _mm_loadu_si128((const void *)p);
}

/* Two times 16 bytes. */
CELL_INLINE __m256i cell_two_loads(const uint8_t *a, const uint8_t *b) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(cell_load16(a)), cell_load16(b), 1);
}

CELL_INLINE __m256i cell_load32(const void *p) {
    return _mm256_loadu_si256(p);
}

/* Which of 64 cells from r on are not empty (past n: anything). */
CELL_INLINE uint64_t cell_any64(const lf_cells *in, uint32_t r) {
    uint64_t empty = 0;
    for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
        __m256i none = _mm256_cmpeq_epi32(cell_load32(in->len + r + i), _mm256_setzero_si256());
        empty |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(none)) << i;
    }
    return ~empty;
}

/* Sixty-four cells made ready, eight at a time. Rows past the end of the tile are empty cells. */
typedef struct cell_block {
    uint32_t end[64], shift[64]; /* shift: bits before the cell in its last eight bytes */
    uint32_t len[64];            /* less `cut` */
    uint64_t any;                /* not empty */
    uint64_t longer, beyond;     /* more than 8 bytes (less `cut`); more than 16 */
    bool over4, has_words;       /* some cell has more than 4 bytes; there are null words */
} cell_block;

/* The cells of v whose length is over `most`, as all ones. */
CELL_INLINE __m256i cell_over(__m256i len, int most) {
    __m256i cap = _mm256_set1_epi32(most);
    __m256i within = _mm256_cmpeq_epi32(_mm256_max_epu32(len, cap), cap);
    return _mm256_xor_si256(within, _mm256_set1_epi32(-1));
}

CELL_INLINE uint32_t cell_bits8(__m256i k) {
    return (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(k));
}

/* `cut`: bytes that will be taken out of each cell. */
CELL_INLINE void cell_block_make(const lf_cells *in, uint32_t r, uint32_t cut, cell_block *b) {
    const __m256i eight = _mm256_set1_epi32(8), full = _mm256_set1_epi32(64);
    const __m256i row = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), zero = _mm256_setzero_si256();
    __m256i most = zero;
    uint32_t n = in->n - r < 64 ? in->n - r : 64;
    b->longer = b->beyond = 0;
    for (uint32_t i = 0; i < n; i += 8) {
        __m256i start = cell_load32(in->start + r + i), len = cell_load32(in->len + r + i);
        if (n - i < 8) {
            __m256i there = _mm256_cmpgt_epi32(_mm256_set1_epi32((int)(n - i)), row);
            start = _mm256_and_si256(start, there);
            len = _mm256_and_si256(len, there);
        }
        most = _mm256_max_epu32(most, len);
        _mm256_storeu_si256((void *)(b->end + i), _mm256_add_epi32(start, len));
        if (cut) /* empty cells stay empty */
            len = _mm256_add_epi32(
                len, _mm256_xor_si256(_mm256_cmpeq_epi32(len, zero), _mm256_set1_epi32(-1)));
        __m256i bits = _mm256_slli_epi32(_mm256_min_epu32(len, eight), 3);
        _mm256_storeu_si256((void *)(b->len + i), len);
        _mm256_storeu_si256((void *)(b->shift + i), _mm256_sub_epi32(full, bits));
    }
    b->any = cell_any64(in, r);
    b->has_words = in->n_null_words != 0;
    b->over4 = cell_bits8(cell_over(most, 4)) != 0;
    if (cell_bits8(cell_over(most, 8)) == 0) return;
    for (uint32_t i = 0; i < n; i += 8) {
        __m256i len = cell_load32(b->len + i);
        b->longer |= (uint64_t)cell_bits8(cell_over(len, 8)) << i;
        b->beyond |= (uint64_t)cell_bits8(cell_over(len, 16 - (int)cut)) << i;
    }
}

/* Four of a block's 32-bit numbers as 64-bit lanes. */
CELL_INLINE __m256i cell_widen4(const uint32_t *p) {
    return _mm256_cvtepu32_epi64(_mm_loadu_si128((const void *)p));
}

/* One bit a lane of 64 bits. */
CELL_INLINE uint32_t cell_bits4(__m256i k) {
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(k));
}

CELL_INLINE __m256i cell_is_zero(__m256i v) {
    return _mm256_cmpeq_epi64(v, _mm256_setzero_si256());
}

void lf_cell_kernel_f64_avx2(const lf_cells *in, lf_cell_kernel_out *out);
void lf_cell_kernel_date_avx2(const lf_cells *in, uint32_t date_format, lf_type t,
                              lf_cell_kernel_out *out);
void lf_cell_kernel_timestamp_avx2(const lf_cells *in, uint32_t date_format, lf_type t,
                                   lf_cell_kernel_out *out);

#endif
