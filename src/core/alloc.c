/* core/alloc.c - the default allocator, helpers that accept NULL, and the budget.
 *
 * The budget reserves before it allocates (a compare-and-swap loop on used_bytes), so that two
 * threads can never pass the cap together; a failed allocation gives its reservation back. The
 * cost is one atomic per allocation, which is why hot paths allocate per row group, not per value.
 */
#include "core/alloc.h"
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static void *default_alloc(void *ctx, size_t size) {
    (void)ctx;
    void *p = malloc(size ? size : 1);
#ifdef LF_TORTURE
    if (p) memset(p, 0xA5, size < 4096 ? size : 4096); /* nobody may count on zeros */
#endif
    return p;
}

static void *default_realloc(void *ctx, void *p, size_t old_size, size_t new_size) {
    (void)ctx;
    (void)old_size;
    return realloc(p, new_size ? new_size : 1);
}

static void default_free(void *ctx, void *p, size_t size) {
    (void)ctx;
    (void)size;
    free(p);
}

static const lf_alloc default_allocator = {default_alloc, default_realloc, default_free, NULL};

const lf_alloc *lf_alloc_default(void) {
    return &default_allocator;
}

static const lf_alloc *or_default(const lf_alloc *a) {
    return a ? a : &default_allocator;
}

void *lf_mem_alloc(const lf_alloc *a, size_t size) {
    a = or_default(a);
    return a->alloc(a->ctx, size);
}

void *lf_mem_zalloc(const lf_alloc *a, size_t size) {
    a = or_default(a);
    /* calloc hands out untouched zero pages, which matters for large sparse tables. */
    if (a == &default_allocator) return calloc(1, size ? size : 1);
    void *p = a->alloc(a->ctx, size);
    if (p) memset(p, 0, size);
    return p;
}

void *lf_mem_realloc(const lf_alloc *a, void *p, size_t old_size, size_t new_size) {
    a = or_default(a);
    if (!p) return a->alloc(a->ctx, new_size);
#ifdef LF_TORTURE /* always elsewhere; the old place is spoilt */
    if (new_size > old_size) {
        void *q = a->alloc(a->ctx, new_size);
        if (!q) return NULL;
        memcpy(q, p, old_size);
        memset(p, 0xDD, old_size);
        a->free(a->ctx, p, old_size);
        return q;
    }
#endif
    return a->realloc(a->ctx, p, old_size, new_size);
}

void lf_mem_free(const lf_alloc *a, void *p, size_t size) {
    if (!p) return;
    a = or_default(a);
    a->free(a->ctx, p, size);
}

char *lf_mem_strdup(const lf_alloc *a, const char *s) {
    if (!s) return NULL;
    size_t n = strlen(s) + 1;
    char *p = lf_mem_alloc(a, n);
    if (p) memcpy(p, s, n);
    return p;
}

void lf_mem_strfree(const lf_alloc *a, char *s) {
    if (s) lf_mem_free(a, s, strlen(s) + 1);
}

/* ---- budget ---- */

static bool budget_reserve(lf_budget *b, size_t n) {
    size_t used = atomic_load_explicit(&b->used_bytes, memory_order_relaxed);
    size_t want;
    do {
        want = used + n;
        if (want < used || (b->cap_bytes && want > b->cap_bytes)) return false;
    } while (!atomic_compare_exchange_weak_explicit(&b->used_bytes, &used, want,
                                                    memory_order_relaxed, memory_order_relaxed));
    size_t peak = atomic_load_explicit(&b->peak_bytes, memory_order_relaxed);
    while (want > peak &&
           !atomic_compare_exchange_weak_explicit(&b->peak_bytes, &peak, want, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
    return true;
}

static void budget_release(lf_budget *b, size_t n) {
    atomic_fetch_sub_explicit(&b->used_bytes, n, memory_order_relaxed);
}

static void *budget_alloc(void *ctx, size_t size) {
    lf_budget *b = ctx;
    if (!budget_reserve(b, size)) return NULL;
    void *p = b->parent->alloc(b->parent->ctx, size);
    if (!p) budget_release(b, size);
    return p;
}

static void *budget_realloc(void *ctx, void *p, size_t old_size, size_t new_size) {
    lf_budget *b = ctx;
    if (new_size > old_size && !budget_reserve(b, new_size - old_size)) return NULL;
    void *q = b->parent->realloc(b->parent->ctx, p, old_size, new_size);
    if (!q) {
        if (new_size > old_size) budget_release(b, new_size - old_size);
        return NULL;
    }
    if (new_size < old_size) budget_release(b, old_size - new_size);
    return q;
}

static void budget_free(void *ctx, void *p, size_t size) {
    if (!p) return;
    lf_budget *b = ctx;
    b->parent->free(b->parent->ctx, p, size);
    budget_release(b, size);
}

void lf_budget_init(lf_budget *b, const lf_alloc *parent, size_t cap_bytes) {
    b->alloc = (lf_alloc){budget_alloc, budget_realloc, budget_free, b};
    b->parent = or_default(parent);
    b->cap_bytes = cap_bytes;
    atomic_init(&b->used_bytes, 0);
    atomic_init(&b->peak_bytes, 0);
}
