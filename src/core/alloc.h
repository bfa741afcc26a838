/* core/alloc.h - the injected allocator and a budget that counts and caps it.
 *
 * Owns: lf_budget owns nothing but its counters. Threads: all functions are
 * thread-safe. Fails: NULL on refusal; callers turn it into LF_ENO_MEMORY.
 * Life: a budget must outlive all that was allocated through it. */
#ifndef LF_CORE_ALLOC_H
#define LF_CORE_ALLOC_H
#include "core/atomic.h"
#include <logflow/alloc.h>
#include <stddef.h>
#include <stdint.h>

const lf_alloc *lf_alloc_default(void); /* malloc; never NULL */

void *lf_mem_alloc(const lf_alloc *a, size_t size);  /* uninitialised */
void *lf_mem_zalloc(const lf_alloc *a, size_t size); /* zeroed */
void *lf_mem_realloc(const lf_alloc *a, void *p, size_t old_size, size_t new_size);
void lf_mem_free(const lf_alloc *a, void *p, size_t size); /* p may be NULL */
char *lf_mem_strdup(const lf_alloc *a, const char *s);     /* free with size strlen+1 */
void lf_mem_strfree(const lf_alloc *a, char *s);

/* Counts what passes through it; refuses what would pass `cap_bytes` (0: no cap). */
typedef struct lf_budget {
    lf_alloc alloc; /* hand this on; its ctx is the budget */
    const lf_alloc *parent;
    size_t cap_bytes;
    LF_ATOMIC(size_t) used_bytes, peak_bytes;
} lf_budget;
void lf_budget_init(lf_budget *b, const lf_alloc *parent, size_t cap_bytes);

#endif
