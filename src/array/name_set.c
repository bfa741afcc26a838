#include "array/name_set.h"
#include "core/hash.h"
#include <string.h>

lf_rc lf_name_set_init(lf_name_set *s, const lf_alloc *a, size_t n, lf_error *err) {
    *s = (lf_name_set){.alloc = a, .cap = 16};
    while (s->cap < n * 2)
        s->cap *= 2;
    s->slots = lf_mem_zalloc(a, s->cap * sizeof *s->slots);
    return s->slots != NULL ? LF_OK : lf_fail_nomem(err, s->cap * sizeof *s->slots);
}

/* Where the name is, or the free slot that it belongs in. */
static lf_span *slot_of(const lf_name_set *s, lf_span name) {
    size_t i = lf_hash64(name.data, name.len, 0) & (s->cap - 1);
    for (; s->slots[i].data != NULL; i = (i + 1) & (s->cap - 1)) {
        const lf_span o = s->slots[i];
        if (o.len == name.len && memcmp(o.data, name.data, o.len) == 0) break;
    }
    return &s->slots[i];
}

bool lf_name_set_has(const lf_name_set *s, lf_span name) {
    return slot_of(s, name)->data != NULL;
}

void lf_name_set_add(lf_name_set *s, lf_span name) {
    *slot_of(s, name) = name;
}

void lf_name_set_reset(lf_name_set *s) {
    if (s->slots != NULL) lf_mem_free(s->alloc, s->slots, s->cap * sizeof *s->slots);
    s->slots = NULL;
}
