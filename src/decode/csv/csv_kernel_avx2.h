/* decode/csv/csv_kernel_avx2.h - what the AVX2 kernels share: loads and groups of rows.
 *
 * Four cells are four lanes of 64 bits; see csv_kernel_avx512.h for the two halves of a cell. What
 * AVX-512 keeps in mask registers are vectors of all ones and zeros here.
 * Owns: nothing. Threads: pure. Fails: never. Life: included by csv_kernel*_avx2.c alone. */
#ifndef LF_DECODE_CSV_CSV_KERNEL_AVX2_H
#define LF_DECODE_CSV_CSV_KERNEL_AVX2_H
#include "decode/csv/csv_kernel_cell.h"
#include <immintrin.h>

CSV_INLINE __m128i csv_load16(const uint8_t *p) {
    return _mm_loadu_si128((const void *)p);
}

/* Two times 16 bytes. */
CSV_INLINE __m256i csv_two_loads(const uint8_t *a, const uint8_t *b) {
    return _mm256_inserti128_si256(_mm256_castsi128_si256(csv_load16(a)), csv_load16(b), 1);
}

CSV_INLINE __m256i csv_load32(const void *p) {
    return _mm256_loadu_si256(p);
}

/* Which of 64 cells from r on are not empty (past n: anything). */
CSV_INLINE uint64_t csv_any64(const csv_cells *in, uint32_t r) {
    uint64_t empty = 0;
    for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
        __m256i none = _mm256_cmpeq_epi32(csv_load32(in->len + r + i), _mm256_setzero_si256());
        empty |= (uint64_t)(uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(none)) << i;
    }
    return ~empty;
}

/* One bit a lane of 64 bits. */
CSV_INLINE uint32_t csv_bits4(__m256i k) {
    return (uint32_t)_mm256_movemask_pd(_mm256_castsi256_pd(k));
}

CSV_INLINE __m256i csv_is_zero(__m256i v) {
    return _mm256_cmpeq_epi64(v, _mm256_setzero_si256());
}

void lf_csv_kernel_date_avx2(const csv_cells *in, uint32_t date_format, lf_type t,
                             csv_kernel_out *out);
void lf_csv_kernel_timestamp_avx2(const csv_cells *in, uint32_t date_format, lf_type t,
                                  csv_kernel_out *out);

#endif
