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

/* A constant that stays in its register: compilers would rebuild it in the loop. */
CSV_INLINE __m512i csv_held(__m512i c) {
    __asm__("" : "+v"(c));
    return c;
}
#define CSV_HELD8(v)  csv_held(_mm512_set1_epi8(v))
#define CSV_HELD16(v) csv_held(_mm512_set1_epi16(v))
#define CSV_HELD32(v) csv_held(_mm512_set1_epi32(v))
#define CSV_HELD64(v) csv_held(_mm512_set1_epi64((int64_t)(v)))

/* Which of 64 cells from r on are not empty (past n: anything). */
CSV_INLINE uint64_t csv_any64(const csv_cells *in, uint32_t r) {
    uint64_t any = 0;
    for (uint32_t i = 0; i < 64 && r + i < in->n; i += 16) {
        __m512i len = _mm512_loadu_si512(in->len + r + i);
        any |= (uint64_t)_mm512_test_epi32_mask(len, len) << i;
    }
    return any;
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

void lf_csv_kernel_date_avx512(const csv_cells *in, uint32_t date_format, lf_type t,
                               csv_kernel_out *out);
void lf_csv_kernel_timestamp_avx512(const csv_cells *in, uint32_t date_format, lf_type t,
                                    csv_kernel_out *out);

#endif
