/* decode/csv/csv_index_sets.h - the sets that csv_index.c chooses from.
 * Owns: static data. Threads: safe. Fails: never. */
#ifndef LF_DECODE_CSV_CSV_INDEX_SETS_H
#define LF_DECODE_CSV_CSV_INDEX_SETS_H
#include "decode/csv/csv_index.h"

extern const csv_isa lf_csv_isa_scalar;
#if defined(__x86_64__)
extern const csv_isa lf_csv_isa_avx2, lf_csv_isa_avx512;
#elif defined(__aarch64__)
extern const csv_isa lf_csv_isa_neon;
#endif

/* The scalar set's functions that other sets take over; as csv_isa says. */
void lf_csv_locate_scalar(const uint32_t *pos, uint32_t n_fields, uint32_t n_rows, uint32_t gap,
                          uint32_t *const *start, uint32_t *const *len);
uint32_t lf_csv_unquote_scalar(const uint8_t *text, uint8_t quote, uint32_t *start, uint32_t *len,
                               uint32_t n, uint64_t *quoted);
uint32_t lf_csv_nonzero_scalar(const uint32_t *len, uint32_t n, uint64_t *bits);
uint32_t lf_csv_equal_scalar(const uint8_t *text, const uint32_t *start, const uint32_t *len,
                             uint32_t n, uint64_t word, uint32_t word_len, uint64_t *bits);
uint64_t lf_csv_count_scalar(const uint8_t *p, size_t n, uint8_t byte);

#endif
