/* encode/parquet/parquet_mem.h - memory that grows and is kept for the next row group.
 * Owns: its bytes. Threads: one at a time. Fails: LF_ENO_MEMORY. Life: zeroed -> need* -> free. */
#ifndef LF_ENCODE_PARQUET_PARQUET_MEM_H
#define LF_ENCODE_PARQUET_PARQUET_MEM_H
#include "core/alloc.h"
#include "core/error.h"

typedef struct pq_mem {
    uint8_t *p;
    size_t cap;
} pq_mem;

LF_NODISCARD lf_rc lf_pqw_mem_grow(const lf_alloc *a, pq_mem *m, size_t want, lf_error *err);
/* At least `want` bytes and LF_PQ_SLACK; what was there stays. */
static inline lf_rc pq_mem_need(const lf_alloc *a, pq_mem *m, size_t want, lf_error *err) {
    if (want + 64 <= m->cap) return LF_OK;
    return lf_pqw_mem_grow(a, m, want, err);
}
void lf_pqw_mem_free(const lf_alloc *a, pq_mem *m);
/* Frees what is larger than `keep` (a single huge value must not stay for good). */
void lf_pqw_mem_trim(const lf_alloc *a, pq_mem *m, size_t keep);

#endif
