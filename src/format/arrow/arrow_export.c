/* What was built, handed over as the records of the C data interface.
 *
 * All buffers of an array lie in one slab: the builder's own buffers, which grew in steps, are kept
 * for the next array, and what is handed over is as large as it needs to be, so that each of its
 * pages is faulted in once. (Asking for huge pages costs more where the system has to clear memory
 * that it did not have yet: flights, 2.2 s of processor time without, 4.1 s with.) The arrays of
 * the columns share the slab, as each may be moved away and released on its own. */
#include "core/buf.h"
#include "core/limits.h"
#include "format/arrow/arrow_build.h"
#include <stdio.h>
#include <string.h>

/* ---- arrays ---- */

typedef struct slab {
    const lf_alloc *alloc;
    size_t size, used; /* of this block, header included */
    LF_ATOMIC(uint32_t) refs;
} slab;

#define SLAB_HEAD 64u

static size_t aligned(size_t n) {
    return (n + 63) & ~(size_t)63;
}

static lf_rc slab_new(const lf_alloc *alloc, size_t bytes, slab **out, lf_error *err) {
    const size_t size = SLAB_HEAD + bytes + 64;
    uint8_t *p = lf_mem_alloc(alloc, size);
    if (p == NULL) return lf_fail_nomem(err, size);
    slab *s = (slab *)(void *)p;
    *s = (slab){.alloc = alloc, .size = size};
    s->used = aligned((uintptr_t)p + sizeof *s) - (uintptr_t)p;
    atomic_init(&s->refs, 1);
    *out = s;
    return LF_OK;
}

static void slab_drop(slab *s) {
    if (s != NULL && atomic_fetch_sub(&s->refs, 1) == 1) lf_mem_free(s->alloc, s, s->size);
}

typedef struct array_body {
    const lf_alloc *alloc;
    slab *slab;
    const void *buffers[3];
    struct ArrowArray *children; /* n_children of them, behind `pointers` in one block each */
    struct ArrowArray **pointers;
    uint32_t n_children;
} array_body;

static void array_release(struct ArrowArray *a) {
    array_body *b = a->private_data;
    const lf_alloc *alloc = b->alloc;
    for (uint32_t i = 0; i < b->n_children; i++) {
        if (b->children[i].release != NULL) b->children[i].release(&b->children[i]);
    }
    slab_drop(b->slab);
    lf_mem_free(alloc, b->children, b->n_children * sizeof *b->children);
    lf_mem_free(alloc, b->pointers, b->n_children * sizeof *b->pointers);
    lf_mem_free(alloc, b, sizeof *b);
    a->release = NULL;
}

/* An array of no buffers yet, with room for n children. */
static lf_rc array_new(slab *s, uint32_t n, struct ArrowArray *out, lf_error *err) {
    const lf_alloc *alloc = s->alloc;
    *out = (struct ArrowArray){0};
    array_body *b = lf_mem_zalloc(alloc, sizeof *b);
    if (b == NULL) return lf_fail_nomem(err, sizeof *b);
    b->alloc = alloc;
    if (n > 0) {
        b->children = lf_mem_zalloc(alloc, n * sizeof *b->children);
        b->pointers = lf_mem_zalloc(alloc, n * sizeof *b->pointers);
        if (b->children == NULL || b->pointers == NULL) {
            lf_mem_free(alloc, b->children, n * sizeof *b->children);
            lf_mem_free(alloc, b->pointers, n * sizeof *b->pointers);
            lf_mem_free(alloc, b, sizeof *b);
            return lf_fail_nomem(err, n * sizeof *b->children);
        }
        b->n_children = n;
        for (uint32_t i = 0; i < n; i++) {
            b->pointers[i] = &b->children[i];
        }
    }
    atomic_fetch_add(&s->refs, 1);
    b->slab = s;
    out->private_data = b;
    out->release = array_release;
    out->buffers = b->buffers;
    out->n_buffers = 1;
    out->children = b->pointers;
    out->n_children = n;
    return LF_OK;
}

static void give(array_body *b, int at, lf_arrow_bytes *from) {
    uint8_t *to = (uint8_t *)b->slab + b->slab->used;
    if (from->len > 0) memcpy(to, from->p, from->len);
    b->slab->used += aligned(from->len);
    b->buffers[at] = to;
    from->len = 0;
}

static size_t bytes_of(const lf_arrow_column *c, uint32_t n) {
    size_t sum = 0;
    for (uint32_t i = 0; i < n; i++) {
        sum += aligned(c[i].validity.len) + aligned(c[i].offsets.len) + aligned(c[i].data.len) +
               bytes_of(c[i].children, c[i].n_children);
    }
    return sum;
}

static lf_rc take_column(slab *s, lf_arrow_column *c, struct ArrowArray *out, lf_error *err);

static lf_rc take_children(slab *s, lf_arrow_column *c, struct ArrowArray *out, lf_error *err) {
    array_body *b = out->private_data;
    for (uint32_t i = 0; i < c->n_children; i++) {
        LF_TRY(take_column(s, &c->children[i], &b->children[i], err));
    }
    return LF_OK;
}

/* A map's one child is a struct, without nulls, of its keys and values. */
static lf_rc take_entries(slab *s, lf_arrow_column *c, struct ArrowArray *out, lf_error *err) {
    const uint64_t rows = c->children[0].rows;
    LF_TRY(array_new(s, c->n_children, out, err));
    out->length = (int64_t)rows;
    return take_children(s, c, out, err);
}

static lf_rc take_column(slab *s, lf_arrow_column *c, struct ArrowArray *out, lf_error *err) {
    const uint8_t id = c->type.id;
    const uint32_t n = id == LF_T_MAP ? 1 : c->n_children;
    LF_TRY(array_new(s, n, out, err));
    array_body *b = out->private_data;
    out->length = (int64_t)c->rows;
    out->null_count = (int64_t)c->nulls;
    if (c->nulls > 0) give(b, 0, &c->validity);
    if (id == LF_T_STRUCT) {
        LF_TRY(take_children(s, c, out, err));
    } else if (id == LF_T_LIST || id == LF_T_MAP) {
        give(b, 1, &c->offsets);
        out->n_buffers = 2;
        LF_TRY(id == LF_T_MAP ? take_entries(s, c, &b->children[0], err)
                              : take_children(s, c, out, err));
    } else if (id == LF_T_STRING || id == LF_T_NULL) {
        give(b, 1, &c->offsets);
        give(b, 2, &c->data);
        out->n_buffers = 3;
    } else {
        give(b, 1, &c->data);
        out->n_buffers = 2;
    }
    c->rows = c->nulls = 0;
    return LF_OK;
}

lf_rc lf_arrow_build_take(lf_arrow_build *b, struct ArrowArray *out, lf_error *err) {
    slab *s = NULL;
    *out = (struct ArrowArray){0};
    LF_TRY(slab_new(b->alloc, bytes_of(b->columns, b->n_columns), &s, err));
    lf_rc rc = array_new(s, b->n_columns, out, err);
    if (rc == LF_OK) {
        out->length = (int64_t)b->rows;
        array_body *body = out->private_data;
        for (uint32_t i = 0; i < b->n_columns && rc == LF_OK; i++) {
            rc = take_column(s, &b->columns[i], &body->children[i], err);
        }
        if (rc != LF_OK) out->release(out);
    }
    slab_drop(s);
    lf_arrow_build_clear(b);
    return rc;
}

/* ---- schemas ---- */

typedef struct schema_body {
    const lf_alloc *alloc;
    char *format, *name;
    struct ArrowSchema *children, **pointers;
    struct ArrowSchema dictionary; /* of a copy; else released */
    uint32_t n_children;
} schema_body;

static void schema_release(struct ArrowSchema *s) {
    schema_body *b = s->private_data;
    const lf_alloc *alloc = b->alloc;
    for (uint32_t i = 0; i < b->n_children; i++) {
        if (b->children[i].release != NULL) b->children[i].release(&b->children[i]);
    }
    if (b->dictionary.release != NULL) b->dictionary.release(&b->dictionary);
    lf_mem_strfree(alloc, b->format);
    lf_mem_strfree(alloc, b->name);
    if (b->children) lf_mem_free(alloc, b->children, b->n_children * sizeof *b->children);
    if (b->pointers) lf_mem_free(alloc, b->pointers, b->n_children * sizeof *b->pointers);
    lf_mem_free(alloc, b, sizeof *b);
    s->release = NULL;
}

static lf_rc schema_new(const lf_alloc *alloc, const char *format, const char *name, bool nullable,
                        uint32_t n, struct ArrowSchema *out, lf_error *err) {
    *out = (struct ArrowSchema){0};
    schema_body *b = lf_mem_zalloc(alloc, sizeof *b);
    if (b == NULL) return lf_fail_nomem(err, sizeof *b);
    b->alloc = alloc;
    out->private_data = b;
    out->release = schema_release;
    b->format = lf_mem_strdup(alloc, format);
    b->name = lf_mem_strdup(alloc, name);
    b->n_children = n;
    if (n > 0) b->children = lf_mem_zalloc(alloc, n * sizeof *b->children);
    if (n > 0) b->pointers = lf_mem_zalloc(alloc, n * sizeof *b->pointers);
    if (!b->format || !b->name || (n > 0 && (!b->children || !b->pointers))) {
        if (b->children == NULL) b->n_children = 0;
        schema_release(out);
        return lf_fail_nomem(err, n * sizeof *b->children + 64);
    }
    for (uint32_t i = 0; i < n; i++) {
        b->pointers[i] = &b->children[i];
    }
    out->format = b->format;
    out->name = b->name;
    out->flags = nullable ? ARROW_FLAG_NULLABLE : 0;
    out->children = b->pointers;
    out->n_children = n;
    return LF_OK;
}

static const char *format_of(const lf_field *f, char *buf, size_t cap) {
    const lf_type t = f->type;
    const bool ns = t.unit == LF_UNIT_NS;
    switch ((lf_type_id)t.id) {
    case LF_T_BOOL:
        return "b";
    case LF_T_INT64:
        return "l";
    case LF_T_UINT64:
        return "L";
    case LF_T_DOUBLE:
        return "g";
    case LF_T_DECIMAL:
        snprintf(buf, cap, "d:%u,%u", t.precision, t.scale);
        return buf;
    case LF_T_DATE:
        return "tdD";
    case LF_T_TIME:
        return ns ? "ttn" : "ttu";
    case LF_T_TIMESTAMP:
        snprintf(buf, cap, "ts%c:%s", ns ? 'n' : 'u', t.utc ? "UTC" : "");
        return buf;
    case LF_T_LIST:
        return "+l";
    case LF_T_STRUCT:
        return "+s";
    case LF_T_MAP:
        return "+m";
    case LF_T_NULL:
    case LF_T_STRING:
        break;
    }
    return f->binary ? "z" : "u";
}

static lf_rc schema_of(const lf_field *f, const char *name, bool nullable, const lf_alloc *alloc,
                       struct ArrowSchema *out, lf_error *err);

static lf_rc schema_children(const lf_field *f, const char *const *names, struct ArrowSchema *out,
                             lf_error *err) {
    schema_body *b = out->private_data;
    for (uint32_t i = 0; i < f->n_children; i++) {
        const bool key = f->type.id == LF_T_MAP && i == 0;
        LF_TRY(schema_of(&f->children[i], names ? names[i] : f->children[i].name,
                         f->children[i].nullable && !key, b->alloc, &b->children[i], err));
    }
    return LF_OK;
}

static lf_rc schema_of(const lf_field *f, const char *name, bool nullable, const lf_alloc *alloc,
                       struct ArrowSchema *out, lf_error *err) {
    static const char *const element[] = {"item"}, *const entry[] = {"key", "value"};
    char buf[32];
    const bool map = f->type.id == LF_T_MAP;
    LF_TRY(schema_new(alloc, format_of(f, buf, sizeof buf), name, nullable, map ? 1 : f->n_children,
                      out, err));
    lf_rc rc;
    if (map) {
        schema_body *b = out->private_data;
        rc = schema_new(alloc, "+s", "entries", false, f->n_children, &b->children[0], err);
        if (rc == LF_OK) rc = schema_children(f, entry, &b->children[0], err);
    } else {
        rc = schema_children(f, f->type.id == LF_T_LIST ? element : NULL, out, err);
    }
    if (rc != LF_OK) out->release(out);
    return rc;
}

lf_rc lf_arrow_schema_make(const lf_schema *s, const lf_alloc *alloc, struct ArrowSchema *out,
                           lf_error *err) {
    LF_TRY(schema_new(alloc, "+s", "", false, s->n_fields, out, err));
    schema_body *b = out->private_data;
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < s->n_fields && rc == LF_OK; i++) {
        rc = schema_of(&s->fields[i], s->fields[i].name, s->fields[i].nullable, alloc,
                       &b->children[i], err);
    }
    if (rc != LF_OK) out->release(out);
    return rc;
}

lf_rc lf_arrow_schema_copy(const struct ArrowSchema *from, const lf_alloc *alloc,
                           struct ArrowSchema *out, lf_error *err) {
    *out = (struct ArrowSchema){0};
    if (from->format == NULL || from->n_children < 0 || from->n_children > LF_COLUMNS_MAX)
        return lf_fail(err, LF_ECORRUPT, "an Arrow schema without a format");
    LF_TRY(schema_new(alloc, from->format, from->name ? from->name : "", false,
                      (uint32_t)from->n_children, out, err));
    schema_body *b = out->private_data;
    out->flags = from->flags;
    lf_rc rc = LF_OK;
    for (int64_t i = 0; i < from->n_children && rc == LF_OK; i++)
        rc = lf_arrow_schema_copy(from->children[i], alloc, &b->children[i], err);
    if (rc == LF_OK && from->dictionary != NULL) {
        rc = lf_arrow_schema_copy(from->dictionary, alloc, &b->dictionary, err);
        out->dictionary = &b->dictionary;
    }
    if (rc != LF_OK) out->release(out);
    return rc;
}
