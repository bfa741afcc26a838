#include "encode/parquet/parquet_mem.h"
#include <string.h>

#define SLACK 64u

lf_rc lf_pqw_mem_grow(const lf_alloc *a, pq_mem *m, size_t want, lf_error *err) {
    size_t cap = m->cap + m->cap / (m->cap < 2048 ? 2 : 4);
    if (cap < want + SLACK) cap = want + SLACK;
    cap = (cap + 255) & ~(size_t)255;
    uint8_t *p = lf_mem_realloc(a, m->p, m->cap, cap);
    if (p == NULL) return lf_fail_nomem(err, cap);
    m->p = p;
    m->cap = cap;
    return LF_OK;
}

void lf_pqw_mem_free(const lf_alloc *a, pq_mem *m) {
    lf_mem_free(a, m->p, m->cap);
    *m = (pq_mem){0};
}

void lf_pqw_mem_trim(const lf_alloc *a, pq_mem *m, size_t keep) {
    if (m->cap > keep) lf_pqw_mem_free(a, m);
}
