/* array/schema.c - building, copying and freeing schemas. Depth is bounded by LF_NESTING_MAX,
 * which schema_json.c enforces on what comes from outside, so recursion is safe here. */
#include "array/name_set.h"
#include "array/schema_field.h"
#include "core/limits.h"
#include <stdio.h>
#include <string.h>

void lf_schema_init(lf_schema *s, const lf_alloc *alloc) {
    *s = (lf_schema){.alloc = alloc ? alloc : lf_alloc_default()};
}

void lf_field_reset(lf_field *f, const lf_alloc *a) {
    lf_mem_strfree(a, f->name);
    lf_mem_strfree(a, f->format);
    if (f->null_words) {
        for (uint32_t i = 0; i < f->n_null_words; i++) {
            lf_mem_strfree(a, f->null_words[i]);
        }
        lf_mem_free(a, f->null_words, (f->n_null_words + 1u) * sizeof *f->null_words);
    }
    for (uint32_t i = 0; i < f->n_children; i++) {
        lf_field_reset(&f->children[i], a);
    }
    lf_mem_free(a, f->children, f->n_children * sizeof *f->children);
    *f = (lf_field){0};
}

lf_rc lf_field_child_add(lf_field *f, const lf_alloc *a, const lf_field *child, lf_error *err) {
    size_t old = f->n_children * sizeof *child, grown = old + sizeof *child;
    lf_field *p = lf_mem_realloc(a, f->children, old, grown);
    if (!p) return lf_fail_nomem(err, grown);
    f->children = p;
    f->children[f->n_children++] = *child;
    return LF_OK;
}

char *lf_name_copy(const lf_alloc *a, const char *s, size_t n) {
    if (n > 0) n = strnlen(s, n); /* what is freed is as long as it reads */
    char *p = lf_mem_alloc(a, n + 1);
    if (!p) return NULL;
    if (n) memcpy(p, s, n);
    p[n] = 0;
    return p;
}

lf_rc lf_schema_field_take(lf_schema *s, lf_field *f, lf_error *err) {
    if (s->n_fields >= LF_COLUMNS_MAX) {
        return lf_fail(err, LF_ESCHEMA, "more than %u columns", LF_COLUMNS_MAX);
    }
    if (s->n_fields == s->cap_fields) {
        uint32_t cap = s->cap_fields ? s->cap_fields * 2 : 16;
        lf_field *p =
            lf_mem_realloc(s->alloc, s->fields, s->cap_fields * sizeof *p, cap * sizeof *p);
        if (!p) return lf_fail_nomem(err, cap * sizeof *p);
        s->fields = p;
        s->cap_fields = cap;
    }
    s->fields[s->n_fields++] = *f;
    *f = (lf_field){0};
    return LF_OK;
}

lf_rc lf_schema_add(lf_schema *s, const char *name, size_t name_len, lf_type type, bool nullable,
                    lf_error *err) {
    if (name_len > LF_NAME_BYTES_MAX || (name_len && memchr(name, 0, name_len))) {
        return lf_fail(err, LF_ESCHEMA, "a column name is too long or holds a NUL byte");
    }
    lf_field f = {.type = type, .nullable = nullable};
    f.name = lf_name_copy(s->alloc, name, name_len);
    if (!f.name) return lf_fail_nomem(err, name_len + 1);
    lf_rc rc = lf_schema_field_take(s, &f, err);
    lf_field_reset(&f, s->alloc);
    return rc;
}

static lf_rc words_copy(lf_field *dst, const lf_field *src, const lf_alloc *a, lf_error *err) {
    size_t bytes = (src->n_null_words + 1u) * sizeof *dst->null_words;
    if (!src->null_words) return LF_OK;
    dst->null_words = lf_mem_zalloc(a, bytes);
    if (!dst->null_words) return lf_fail_nomem(err, bytes);
    dst->n_null_words = src->n_null_words;
    for (uint32_t i = 0; i < src->n_null_words; i++) {
        dst->null_words[i] = lf_mem_strdup(a, src->null_words[i]);
        if (!dst->null_words[i]) return lf_fail_nomem(err, strlen(src->null_words[i]) + 1);
    }
    return LF_OK;
}

lf_rc lf_field_copy(lf_field *dst, const lf_field *src, const lf_alloc *a, lf_error *err) {
    *dst = (lf_field){.type = src->type, .nullable = src->nullable, .binary = src->binary};
    dst->name = lf_mem_strdup(a, src->name ? src->name : "");
    if (!dst->name) return lf_fail_nomem(err, 1);
    if (src->format) {
        dst->format = lf_mem_strdup(a, src->format);
        if (!dst->format) return lf_fail_nomem(err, strlen(src->format) + 1);
    }
    LF_TRY(words_copy(dst, src, a, err));
    if (!src->n_children) return LF_OK;
    size_t bytes = src->n_children * sizeof *dst->children;
    dst->children = lf_mem_zalloc(a, bytes);
    if (!dst->children) return lf_fail_nomem(err, bytes);
    dst->n_children = src->n_children;
    for (uint32_t i = 0; i < src->n_children; i++) {
        LF_TRY(lf_field_copy(&dst->children[i], &src->children[i], a, err));
    }
    return LF_OK;
}

lf_rc lf_schema_copy(lf_schema *dst, const lf_schema *src, lf_error *err) {
    lf_schema s;
    lf_schema_init(&s, dst->alloc ? dst->alloc : src->alloc);
    for (uint32_t i = 0; i < src->n_fields; i++) {
        lf_field f;
        lf_rc rc = lf_field_copy(&f, &src->fields[i], s.alloc, err);
        if (rc == LF_OK) rc = lf_schema_field_take(&s, &f, err);
        lf_field_reset(&f, s.alloc);
        if (rc != LF_OK) {
            lf_schema_reset(&s);
            return rc;
        }
    }
    lf_schema_reset(dst);
    *dst = s;
    return LF_OK;
}

bool lf_field_equal(const lf_field *a, const lf_field *b) {
    if (!lf_type_equal(a->type, b->type) || a->nullable != b->nullable ||
        a->n_children != b->n_children || strcmp(a->name, b->name) != 0)
        return false;
    for (uint32_t i = 0; i < a->n_children; i++) {
        if (!lf_field_equal(&a->children[i], &b->children[i])) return false;
    }
    return true;
}

bool lf_schema_equal(const lf_schema *a, const lf_schema *b) {
    if (a->n_fields != b->n_fields) return false;
    for (uint32_t i = 0; i < a->n_fields; i++) {
        if (!lf_field_equal(&a->fields[i], &b->fields[i])) return false;
    }
    return true;
}

int64_t lf_schema_find(const lf_schema *s, const char *name, size_t n) {
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const char *f = s->fields[i].name;
        if (strncmp(f, name, n) == 0 && f[n] == 0) return i;
    }
    return -1;
}

void lf_schema_reset(lf_schema *s) {
    for (uint32_t i = 0; i < s->n_fields; i++) {
        lf_field_reset(&s->fields[i], s->alloc);
    }
    lf_mem_free(s->alloc, s->fields, s->cap_fields * sizeof *s->fields);
    lf_schema_init(s, s->alloc);
}

static lf_span span_of(const char *name) {
    return (lf_span){(const uint8_t *)name, strlen(name)};
}

static lf_rc settle_name(lf_schema *s, lf_name_set *set, lf_field *f, lf_error *err) {
    if (lf_name_set_has(set, span_of(f->name))) {
        const size_t stem = strlen(f->name);
        char *name = lf_mem_alloc(s->alloc, stem + 16);
        if (name == NULL) return lf_fail_nomem(err, stem + 16);
        memcpy(name, f->name, stem + 1);
        for (uint32_t k = 1; lf_name_set_has(set, span_of(name)); k++)
            (void)snprintf(name + stem, 16, "_%u", k);
        char *copy = lf_mem_strdup(s->alloc, name);
        lf_mem_free(s->alloc, name, stem + 16);
        if (copy == NULL) return lf_fail_nomem(err, stem + 16);
        lf_mem_strfree(s->alloc, f->name);
        f->name = copy;
    }
    lf_name_set_add(set, span_of(f->name));
    return LF_OK;
}

lf_rc lf_schema_names_settle(lf_schema *s, lf_error *err) {
    lf_name_set set;
    LF_TRY(lf_name_set_init(&set, s->alloc, s->n_fields, err));
    lf_rc rc = LF_OK;
    for (uint32_t c = 0; c < s->n_fields && rc == LF_OK; c++)
        rc = settle_name(s, &set, &s->fields[c], err);
    lf_name_set_reset(&set);
    return rc;
}
