/* Encoding kernels in plain C, for every processor. */
#include "format/parquet/pq_encode_impl.h"
#include "format/parquet/pq_encode_sets.h"

const lf_pq_kernels lf_pq_kernels_scalar = PQ_KERNELS;
