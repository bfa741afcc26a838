/* format/parquet/pq_encode_sets.h - the kernels of each instruction set that was built.
 * Owns: nothing. Threads: static data. Fails: never. */
#ifndef LF_FORMAT_PARQUET_PQ_ENCODE_SETS_H
#define LF_FORMAT_PARQUET_PQ_ENCODE_SETS_H
#include "format/parquet/pq_encode.h"

extern const lf_pq_kernels lf_pq_kernels_scalar;
#if defined(__x86_64__)
extern const lf_pq_kernels lf_pq_kernels_avx2, lf_pq_kernels_avx512;
#endif

#endif
