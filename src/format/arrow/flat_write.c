/* FlatBuffers from their end towards their start (flatbuffers.dev/internals):
 *
 *   root u32 | ... vtable | table | ... strings, vectors
 *
 *   vtable   its size u16, the table's size u16, for each slot where its field lies in the table
 *   table    distance back to its vtable i32, fields
 *   a place  u32, how far behind itself the thing lies
 *
 * All numbers are little-endian and aligned to their size, counted from the end, whose place
 * in the file is a multiple of 8 as the size is. */
#include "format/arrow/flat_write.h"
#include <string.h>

void lf_flat_init(lf_flat *f, const lf_alloc *alloc) {
    *f = (lf_flat){.alloc = alloc};
}

void lf_flat_reset(lf_flat *f) {
    if (f->alloc != NULL) lf_mem_free(f->alloc, f->data, f->cap);
    *f = (lf_flat){.alloc = f->alloc};
}

/* Room for n bytes in front; NULL where memory was refused. */
static uint8_t *push(lf_flat *f, size_t n) {
    if (f->refused) return NULL;
    if (f->used + n > f->cap) {
        size_t cap = f->cap < 512 ? 1024 : f->cap * 2;
        while (cap < f->used + n)
            cap *= 2;
        uint8_t *p = cap > UINT32_MAX ? NULL : lf_mem_alloc(f->alloc, cap);
        if (p == NULL) {
            f->refused = true;
            return NULL;
        }
        if (f->used > 0) memcpy(p + cap - f->used, f->data + f->cap - f->used, f->used);
        lf_mem_free(f->alloc, f->data, f->cap);
        f->data = p;
        f->cap = cap;
    }
    f->used += n;
    return f->data + f->cap - f->used;
}

/* Zeros, so that what stands in front of `after` further bytes is aligned. */
static void align(lf_flat *f, size_t to, size_t after) {
    const size_t gap = (to - (f->used + after) % to) % to;
    uint8_t *p = gap > 0 ? push(f, gap) : NULL;
    if (p != NULL) memset(p, 0, gap);
}

static void put(lf_flat *f, uint64_t v, size_t size) {
    uint8_t *p = push(f, size);
    for (size_t i = 0; p != NULL && i < size; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

/* How far behind itself, once written, the place `ref` lies. */
static void put_place(lf_flat *f, lf_flat_ref ref) {
    put(f, f->used + 4 - ref, 4);
}

lf_flat_ref lf_flat_string(lf_flat *f, const void *s, size_t n) {
    align(f, 4, n + 1);
    uint8_t *p = push(f, n + 1);
    if (p == NULL) return 0;
    if (n > 0) memcpy(p, s, n);
    p[n] = 0;
    put(f, n, 4);
    return (lf_flat_ref)f->used;
}

lf_flat_ref lf_flat_vector(lf_flat *f, const void *items, size_t n, size_t size, size_t most) {
    align(f, 4, n * size);
    align(f, most, n * size);
    if (n > 0) {
        uint8_t *p = push(f, n * size);
        if (p == NULL) return 0;
        memcpy(p, items, n * size);
    }
    put(f, n, 4);
    return (lf_flat_ref)f->used;
}

lf_flat_ref lf_flat_refs(lf_flat *f, const lf_flat_ref *refs, size_t n) {
    align(f, 4, 0);
    for (size_t i = n; i > 0; i--) {
        put_place(f, refs[i - 1]);
    }
    put(f, n, 4);
    return (lf_flat_ref)f->used;
}

void lf_flat_begin(lf_flat *f) {
    memset(f->slots, 0, sizeof f->slots);
    f->table_from = (uint32_t)f->used;
}

void lf_flat_number(lf_flat *f, uint32_t slot, uint64_t value, size_t size) {
    align(f, size, 0);
    put(f, value, size);
    f->slots[slot] = (uint32_t)f->used;
}

void lf_flat_place(lf_flat *f, uint32_t slot, lf_flat_ref ref) {
    if (ref == 0) return;
    align(f, 4, 0);
    put_place(f, ref);
    f->slots[slot] = (uint32_t)f->used;
}

lf_flat_ref lf_flat_end(lf_flat *f) {
    uint32_t n = LF_FLAT_SLOTS;
    while (n > 0 && f->slots[n - 1] == 0)
        n--;
    align(f, 4, 0);
    const size_t size = 4 + 2 * (size_t)n;
    put(f, size, 4); /* to the vtable, which stands right in front; aligned below */
    const lf_flat_ref table = (lf_flat_ref)f->used;
    for (uint32_t i = n; i > 0; i--) {
        put(f, f->slots[i - 1] ? table - f->slots[i - 1] : 0, 2);
    }
    put(f, table - f->table_from, 2);
    put(f, size, 2);
    return table;
}

lf_rc lf_flat_finish(lf_flat *f, lf_flat_ref root, lf_span *out, lf_error *err) {
    align(f, 8, 4);
    put_place(f, root);
    if (f->refused) {
        lf_flat_reset(f);
        return lf_fail_nomem(err, 1024);
    }
    *out = (lf_span){f->data + f->cap - f->used, f->used};
    f->used = 0;
    return LF_OK;
}
