/* logflow/alloc.h - the allocator that a host program may supply.
 *
 * Every LogFlow allocation goes through one of these. `alloc` returns memory
 * aligned to 16 bytes or NULL; sizes are handed back on realloc and free, so an
 * allocator needs no headers. Must be safe to call from any thread. */
#ifndef LOGFLOW_ALLOC_H
#define LOGFLOW_ALLOC_H
#include <stddef.h>
#ifdef __cplusplus
extern "C" {
#endif

typedef struct lf_alloc {
    void *(*alloc)(void *ctx, size_t size);
    void *(*realloc)(void *ctx, void *p, size_t old_size, size_t new_size);
    void (*free)(void *ctx, void *p, size_t size); /* p may be NULL */
    void *ctx;
} lf_alloc;

#ifdef __cplusplus
}
#endif
#endif
