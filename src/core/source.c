/* core/source.c - settings and facts of a source and of all it reads from. */
#include "core/source.h"

size_t lf_source_memory_bytes(const lf_source *s) {
    size_t n = 0;
    for (; s != NULL; s = s->under)
        n += atomic_load_explicit(&s->memory_bytes, memory_order_relaxed);
    return n;
}

const char *lf_source_damage(const lf_source *s) {
    for (; s != NULL; s = s->under)
        if (s->damage[0] != '\0') return s->damage;
    return NULL;
}

void lf_source_in_order(lf_source *s) {
    for (; s != NULL; s = s->under)
        if (s->type->in_order != NULL) s->type = s->type->in_order;
}

void lf_source_configure(lf_source *s, size_t memory_max, bool keep_readable) {
    for (; s != NULL; s = s->under) {
        s->memory_max = memory_max;
        s->keep_readable = keep_readable;
        if (keep_readable) lf_source_in_order(s);
    }
}

uint32_t lf_source_mark_bytes(const lf_source *s) {
    for (; s != NULL; s = s->under)
        if (s->mark_bytes != 0) return s->mark_bytes;
    return 0;
}
