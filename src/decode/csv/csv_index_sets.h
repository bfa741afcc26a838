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

#endif
