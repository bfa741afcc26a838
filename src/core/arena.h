/* core/arena.h - memory that is freed all at once.
 *
 * Owns: its chunks. Threads: one at a time. Fails: NULL when memory or the cap ends.
 * Life: init -> alloc* -> rewind (keeps the largest chunk) ... -> reset. */
#ifndef LF_CORE_ARENA_H
#define LF_CORE_ARENA_H
#include "core/alloc.h"

typedef struct lf_arena_chunk lf_arena_chunk;
typedef struct lf_arena {
    const lf_alloc *alloc;
    lf_arena_chunk *head;
    size_t used_bytes, cap_bytes; /* cap 0: none */
} lf_arena;

void lf_arena_init(lf_arena *a, const lf_alloc *alloc, size_t cap_bytes);
void *lf_arena_alloc(lf_arena *a, size_t size, size_t align); /* uninitialised */
char *lf_arena_strndup(lf_arena *a, const char *s, size_t n); /* adds a NUL */
void lf_arena_rewind(lf_arena *a);
void lf_arena_reset(lf_arena *a);

#endif
