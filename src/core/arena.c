/* core/arena.c - bump allocation from a list of chunks, newest first.
 *
 * Chunks double from 4 KB up to 1 MB, so an arena costs O(log n) allocations and wastes at most
 * half. A rewind keeps the largest chunk alone: an arena that is rewound once per batch settles
 * on one chunk and never allocates again. Under AddressSanitizer every allocation is followed by
 * a poisoned gap, so that overruns inside a chunk are seen. */
#include "core/arena.h"
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define ARENA_POISON(p, n)   __asan_poison_memory_region((p), (n))
#define ARENA_UNPOISON(p, n) __asan_unpoison_memory_region((p), (n))
#define ARENA_GAP            16u
#else
#define ARENA_POISON(p, n)   ((void)0)
#define ARENA_UNPOISON(p, n) ((void)0)
#define ARENA_GAP            0u
#endif

#ifdef LF_TORTURE /* a chunk for each allocation */
#define CHUNK_MIN_BYTES 1u
#define CHUNK_MAX_BYTES 1u
#else
#define CHUNK_MIN_BYTES 4096u
#define CHUNK_MAX_BYTES (1024u * 1024u)
#endif

struct lf_arena_chunk {
    lf_arena_chunk *next;
    size_t size, used;           /* of data */
    _Alignas(16) uint8_t data[]; /* as allocators align */
};

void lf_arena_init(lf_arena *a, const lf_alloc *alloc, size_t cap_bytes) {
    *a = (lf_arena){.alloc = alloc ? alloc : lf_alloc_default(), .cap_bytes = cap_bytes};
}

static void chunk_free(lf_arena *a, lf_arena_chunk *c) {
    ARENA_UNPOISON(c->data, c->size);
    a->used_bytes -= sizeof *c + c->size;
    lf_mem_free(a->alloc, c, sizeof *c + c->size);
}

static lf_arena_chunk *chunk_add(lf_arena *a, size_t need) {
    size_t size = a->head ? a->head->size * 2 : CHUNK_MIN_BYTES;
    if (size > CHUNK_MAX_BYTES) size = CHUNK_MAX_BYTES;
    if (a->cap_bytes && a->used_bytes + sizeof(lf_arena_chunk) + size > a->cap_bytes) size = 0;
    if (size < need) size = need;
    size_t total = sizeof(lf_arena_chunk) + size;
    if (total < size) return NULL;
    if (a->cap_bytes && (total > a->cap_bytes || a->used_bytes > a->cap_bytes - total)) {
        return NULL;
    }
    lf_arena_chunk *c = lf_mem_alloc(a->alloc, total);
    if (!c) return NULL;
    c->next = a->head;
    c->size = size;
    c->used = 0;
    a->head = c;
    a->used_bytes += total;
    ARENA_POISON(c->data, c->size);
    return c;
}

static void *chunk_take(lf_arena_chunk *c, size_t size, size_t align) {
    uintptr_t base = (uintptr_t)c->data;
    uintptr_t at = (base + c->used + align - 1) & ~(uintptr_t)(align - 1);
    size_t off = at - base;
    if (off > c->size || size > c->size - off) return NULL;
    c->used = off + size + ARENA_GAP;
    if (c->used > c->size) c->used = c->size;
    ARENA_UNPOISON((void *)at, size);
    return (void *)at;
}

void *lf_arena_alloc(lf_arena *a, size_t size, size_t align) {
    if (align == 0) align = 1;
    void *p = a->head ? chunk_take(a->head, size, align) : NULL;
    if (p) return p;
    size_t need = size + align + ARENA_GAP;
    if (need < size) return NULL;
    lf_arena_chunk *c = chunk_add(a, need);
    return c ? chunk_take(c, size, align) : NULL;
}

char *lf_arena_strndup(lf_arena *a, const char *s, size_t n) {
    if (n == SIZE_MAX) return NULL;
    char *p = lf_arena_alloc(a, n + 1, 1);
    if (!p) return NULL;
    if (n) memcpy(p, s, n);
    p[n] = 0;
    return p;
}

void lf_arena_rewind(lf_arena *a) {
    lf_arena_chunk *keep = a->head;
    for (lf_arena_chunk *c = a->head; c; c = c->next) {
        if (c->size > keep->size) keep = c;
    }
    for (lf_arena_chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        if (c != keep) chunk_free(a, c);
    }
    a->head = keep;
    if (keep) {
        keep->next = NULL;
        keep->used = 0;
        ARENA_POISON(keep->data, keep->size);
    }
}

void lf_arena_reset(lf_arena *a) {
    for (lf_arena_chunk *c = a->head, *next; c; c = next) {
        next = c->next;
        chunk_free(a, c);
    }
    a->head = NULL;
}
