/* Everything is in the bits: what a node has seen is joined by union, and children only matter
 * where the bits say one kind of structure. A node that is JSON text drops its children, as none of
 * what they were can matter again; a map keeps one child for all of its values. Both absorb what
 * is joined later, so that the order of joining shows in nothing but the order of members. */
#include "infer/shape.h"
#include "array/schema_field.h"
#include "core/hash.h"
#include "core/limits.h"
#include <string.h>

#define KINDS (LF_SHAPE_SCALAR | LF_SHAPE_LIST | LF_SHAPE_OBJECT)

bool lf_shape_is_text(const lf_shape *s) {
    uint32_t kinds = s->seen & KINDS;
    return (s->seen & LF_SHAPE_TEXT) != 0 || (kinds & (kinds - 1)) != 0;
}

static void drop_children(lf_shape *s, const lf_alloc *a) {
    for (uint32_t i = 0; i < s->n_children; i++)
        lf_shape_reset(&s->children[i], a);
    lf_mem_free(a, s->children, s->cap_children * sizeof *s->children);
    s->children = NULL;
    s->n_children = s->cap_children = 0;
}

void lf_shape_reset(lf_shape *s, const lf_alloc *a) {
    drop_children(s, a);
    if (s->name != NULL) lf_mem_free(a, s->name, s->name_len + 1ul);
    *s = (lf_shape){0};
}

static lf_rc add_child(lf_shape *s, const lf_alloc *a, lf_error *err) {
    if (s->n_children == s->cap_children) {
        uint32_t cap = s->cap_children == 0 ? 4 : s->cap_children * 2;
        lf_shape *p = lf_mem_realloc(a, s->children, s->cap_children * sizeof *p, cap * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        s->children = p;
        s->cap_children = cap;
    }
    s->children[s->n_children++] = (lf_shape){0};
    return LF_OK;
}

static uint32_t hash_name(const char *name, size_t n) {
    return (uint32_t)lf_hash64(name, n, 0);
}

static bool is_named(const lf_shape *s, const char *name, size_t n) {
    return s->name_len == n && memcmp(s->name, name, n) == 0;
}

int64_t lf_shape_find(const lf_shape *s, const char *name, size_t n, uint32_t hint) {
    if (hint < s->n_children && is_named(&s->children[hint], name, n)) return hint;
    uint32_t hash = hash_name(name, n);
    for (uint32_t i = 0; i < s->n_children; i++)
        if (s->children[i].name_hash == hash && is_named(&s->children[i], name, n)) return i;
    return -1;
}

static lf_rc member(lf_shape *s, const lf_alloc *a, const char *name, size_t n, uint32_t hint,
                    uint32_t *index_out, lf_error *err) {
    int64_t at = lf_shape_find(s, name, n, hint);
    if (at >= 0) {
        *index_out = (uint32_t)at;
        return LF_OK;
    }
    if (s->n_children >= LF_COLUMNS_MAX)
        return lf_fail(err, LF_ESCHEMA, "more than %u columns", LF_COLUMNS_MAX);
    char *copy = lf_name_copy(a, name, n);
    if (copy == NULL) return lf_fail_nomem(err, n + 1);
    lf_rc rc = add_child(s, a, err);
    if (rc != LF_OK) {
        lf_mem_free(a, copy, n + 1);
        return rc;
    }
    lf_shape *c = &s->children[s->n_children - 1];
    c->name = copy;
    c->name_len = (uint32_t)n;
    c->name_hash = hash_name(name, n);
    *index_out = s->n_children - 1;
    return LF_OK;
}

lf_evidence *lf_shape_scalar(lf_shape *s) {
    if (!(s->seen & LF_SHAPE_SCALAR)) lf_evidence_init(&s->scalar);
    s->seen |= LF_SHAPE_SCALAR;
    return &s->scalar;
}

/* What was seen was added to: texts need no children. */
static bool settle_text(lf_shape *s, const lf_alloc *a) {
    if (!lf_shape_is_text(s)) return false;
    drop_children(s, a);
    return true;
}

/* One child that all the members are joined into. */
static lf_rc become_map(lf_shape *s, const lf_alloc *a, lf_error *err) {
    lf_shape value = {0};
    for (uint32_t i = 0; i < s->n_children; i++) {
        lf_rc rc = lf_shape_join(&value, a, &s->children[i], err);
        if (rc != LF_OK) {
            lf_shape_reset(&value, a);
            return rc;
        }
    }
    drop_children(s, a);
    s->seen |= LF_SHAPE_MAP | LF_SHAPE_OBJECT;
    lf_rc rc = add_child(s, a, err);
    if (rc == LF_OK)
        s->children[0] = value;
    else
        lf_shape_reset(&value, a);
    return rc;
}

/* Members that hold more than scalars. What has been seen only grows, so that their number does not
 * depend on the order of joining; that of the columns below them would. */
static bool many_nested(const lf_shape *s) {
    uint32_t nested = 0;
    for (uint32_t i = 0; i < s->n_children && s->n_children > LF_MAP_NESTED_KEYS; i++)
        nested += (s->children[i].seen & (LF_SHAPE_OBJECT | LF_SHAPE_LIST | LF_SHAPE_TEXT)) != 0;
    return nested > LF_MAP_NESTED_KEYS;
}

lf_rc lf_shape_settle_map(lf_shape *s, const lf_alloc *a, lf_error *err) {
    if ((s->seen & (LF_SHAPE_ROOT | LF_SHAPE_MAP)) || !(s->seen & LF_SHAPE_OBJECT)) return LF_OK;
    return s->n_children > LF_MAP_KEYS || many_nested(s) ? become_map(s, a, err) : LF_OK;
}

lf_rc lf_shape_member(lf_shape *s, const lf_alloc *a, const char *name, size_t n, uint32_t hint,
                      uint32_t *index_out, lf_error *err) {
    s->seen |= LF_SHAPE_OBJECT;
    *index_out = 0;
    if (settle_text(s, a)) return LF_OK;
    if (s->seen & LF_SHAPE_MAP) return LF_OK;
    LF_TRY(member(s, a, name, n, hint, index_out, err));
    if (s->n_children > LF_MAP_KEYS) LF_TRY(lf_shape_settle_map(s, a, err));
    if (s->seen & LF_SHAPE_MAP) *index_out = 0;
    return LF_OK;
}

lf_rc lf_shape_element(lf_shape *s, const lf_alloc *a, lf_shape **out, lf_error *err) {
    s->seen |= LF_SHAPE_LIST;
    *out = NULL;
    if (settle_text(s, a)) return LF_OK;
    if (s->n_children == 0) LF_TRY(add_child(s, a, err));
    *out = &s->children[0];
    return LF_OK;
}

static lf_rc join_members(lf_shape *into, const lf_alloc *a, const lf_shape *other, lf_error *err) {
    if (into->seen & LF_SHAPE_MAP) {
        for (uint32_t i = 0; i < other->n_children; i++)
            LF_TRY(lf_shape_join(&into->children[0], a, &other->children[i], err));
        return LF_OK;
    }
    for (uint32_t i = 0; i < other->n_children; i++) {
        const lf_shape *m = &other->children[i];
        uint32_t at = 0;
        LF_TRY(member(into, a, m->name, m->name_len, i, &at, err));
        LF_TRY(lf_shape_join(&into->children[at], a, m, err));
    }
    return lf_shape_settle_map(into, a, err);
}

lf_rc lf_shape_join(lf_shape *into, const lf_alloc *a, const lf_shape *other, lf_error *err) {
    if (into->given == NULL) into->given = other->given;
    if (into->given != NULL) return LF_OK;
    bool was_map = (into->seen & LF_SHAPE_MAP) != 0;
    if (other->seen & LF_SHAPE_SCALAR) lf_evidence_join(lf_shape_scalar(into), &other->scalar);
    into->seen |= other->seen & ~(uint32_t)LF_SHAPE_MAP;
    if (settle_text(into, a)) return LF_OK;
    if (other->seen & LF_SHAPE_LIST) {
        lf_shape *element;
        LF_TRY(lf_shape_element(into, a, &element, err));
        if (other->n_children == 0) return LF_OK;
        return lf_shape_join(element, a, &other->children[0], err);
    }
    if (!(other->seen & LF_SHAPE_OBJECT)) return LF_OK;
    if ((other->seen & LF_SHAPE_MAP) && !was_map) LF_TRY(become_map(into, a, err));
    return join_members(into, a, other, err);
}

/* ---- columns ---- */

static lf_rc field_of(const lf_shape *s, const char *name, bool decimal, const lf_alloc *a,
                      lf_field *out, lf_error *err);

static lf_rc child_of(const lf_shape *s, const char *name, bool decimal, const lf_alloc *a,
                      lf_field *parent, lf_error *err) {
    lf_field child = {0};
    lf_rc rc = field_of(s, name, decimal, a, &child, err);
    if (rc == LF_OK) rc = lf_field_child_add(parent, a, &child, err);
    if (rc != LF_OK) lf_field_reset(&child, a);
    return rc;
}

static lf_rc map_of(const lf_shape *s, bool decimal, const lf_alloc *a, lf_field *out,
                    lf_error *err) {
    static const lf_shape key = {.seen = LF_SHAPE_SCALAR, .scalar = {.kinds = LF_K_TEXT}};
    LF_TRY(child_of(&key, "key", decimal, a, out, err));
    out->children[0].nullable = false;
    return child_of(&s->children[0], "value", decimal, a, out, err);
}

static lf_rc field_of(const lf_shape *s, const char *name, bool decimal, const lf_alloc *a,
                      lf_field *out, lf_error *err) {
    static const lf_shape nothing;
    if (s->given != NULL) return lf_field_copy(out, s->given, a, err);
    *out = (lf_field){.nullable = true, .name = lf_mem_strdup(a, name)};
    if (out->name == NULL) return lf_fail_nomem(err, strlen(name) + 1);
    if (lf_shape_is_text(s)) {
        out->type = (lf_type){.id = LF_T_STRING, .unit = LF_TEXT_JSON};
    } else if (s->seen & LF_SHAPE_SCALAR) {
        out->type = lf_evidence_type(&s->scalar, decimal);
    } else if (s->seen & LF_SHAPE_LIST) {
        out->type.id = LF_T_LIST;
        return child_of(s->n_children > 0 ? &s->children[0] : &nothing, "element", decimal, a, out,
                        err);
    } else if (s->seen & LF_SHAPE_MAP) {
        out->type.id = LF_T_MAP;
        return map_of(s, decimal, a, out, err);
    } else if (s->seen & LF_SHAPE_OBJECT) {
        out->type.id = LF_T_STRUCT;
        for (uint32_t i = 0; i < s->n_children; i++)
            LF_TRY(child_of(&s->children[i], s->children[i].name, decimal, a, out, err));
    }
    return LF_OK;
}

lf_rc lf_shape_schema(const lf_shape *root, bool decimal, lf_schema *out, lf_error *err) {
    lf_schema s;
    lf_rc rc = LF_OK;
    lf_schema_init(&s, out->alloc);
    for (uint32_t i = 0; i < root->n_children && rc == LF_OK; i++) {
        lf_field f = {0};
        rc = field_of(&root->children[i], root->children[i].name, decimal, s.alloc, &f, err);
        if (rc == LF_OK) rc = lf_schema_field_take(&s, &f, err);
        lf_field_reset(&f, s.alloc);
    }
    if (rc != LF_OK) {
        lf_schema_reset(&s);
        return rc;
    }
    lf_schema_reset(out);
    *out = s;
    return LF_OK;
}

lf_rc lf_shape_of_columns(lf_shape *root, const lf_alloc *a, const lf_field *fields,
                          const lf_evidence *evidence, const bool *fixed, uint32_t n,
                          lf_error *err) {
    root->seen |= LF_SHAPE_ROOT | LF_SHAPE_OBJECT;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t at = 0;
        LF_TRY(member(root, a, fields[i].name, strlen(fields[i].name), i, &at, err));
        lf_shape *c = &root->children[at];
        if (fixed != NULL && fixed[i])
            c->given = &fields[i];
        else if (evidence[i].kinds != 0)
            lf_evidence_join(lf_shape_scalar(c), &evidence[i]);
    }
    return LF_OK;
}
