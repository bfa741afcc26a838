/* decode/json/json_shape.c - between the tree of a decoder and the shapes that flow joins.
 *
 * A block begins with the shape that is known by then; what it adds grows in the tree and is
 * handed back as a shape. Columns keep their places: those of the block's shape come first, new
 * ones behind them in the order in which the text brings them. */
#include "array/schema_field.h"
#include "decode/json/json_internal.h"
#include <stdio.h>

/* --- from tree to shape --- */

static lf_rc shape_children(const json_node *n, const lf_alloc *a, lf_shape *s, lf_error *err) {
    for (uint32_t i = 0; i < n->n_children; i++) {
        const json_node *c = n->children[i];
        uint32_t at = 0;
        LF_TRY(lf_shape_member(s, a, c->name, c->name_len, i, &at, err));
        LF_TRY(lf_json_shape_of(c, a, &s->children[at], err));
    }
    return lf_shape_settle_map(s, a, err);
}

/* A map is made of an object with too many members; here its values are known already. */
static lf_rc shape_map(const json_node *n, const lf_alloc *a, lf_shape *s, lf_error *err) {
    uint32_t at;
    LF_TRY(lf_shape_member(s, a, "", 0, 0, &at, err));
    LF_TRY(lf_json_shape_of(n->children[1], a, &s->children[at], err));
    if (s->children[0].name != NULL) lf_mem_free(a, s->children[0].name, 1);
    s->children[0].name = NULL;
    s->children[0].name_hash = 0;
    s->seen |= LF_SHAPE_MAP;
    return LF_OK;
}

lf_rc lf_json_shape_of(const json_node *n, const lf_alloc *a, lf_shape *s, lf_error *err) {
    lf_shape *element;
    lf_evidence e = n->known;
    if (n->given != NULL) {
        s->given = n->given;
        return LF_OK;
    }
    switch (n->kind) {
    case JSON_CELL:
        lf_evidence_join(&e, &n->evidence);
        if (e.kinds != 0) lf_evidence_join(lf_shape_scalar(s), &e);
        return LF_OK;
    case JSON_TEXT:
        s->seen |= LF_SHAPE_TEXT;
        return LF_OK;
    case JSON_LIST:
        LF_TRY(lf_shape_element(s, a, &element, err));
        return lf_json_shape_of(n->children[0], a, element, err);
    case JSON_OBJECT:
        s->seen |= LF_SHAPE_OBJECT;
        return shape_children(n, a, s, err);
    case JSON_MAP:
        return shape_map(n, a, s, err);
    default:
        return LF_OK;
    }
}

/* --- from shape to tree --- */

static lf_rc become(const lf_alloc *a, json_node *n, json_kind kind, lf_error *err) {
    return n->kind == kind ? LF_OK : lf_json_node_become(a, n, kind, err);
}

static lf_rc apply_members(const lf_plan *p, const lf_alloc *a, json_node *n, const lf_shape *s,
                           lf_error *err) {
    LF_TRY(become(a, n, JSON_OBJECT, err));
    for (uint32_t i = 0; i < s->n_children; i++) {
        const lf_shape *m = &s->children[i];
        json_node *c = lf_json_child(n, m->name, m->name_len);
        if (c == NULL) LF_TRY(lf_json_node_add(a, n, m->name, m->name_len, &c, err));
        LF_TRY(lf_json_shape_apply(p, a, c, m, err));
    }
    return LF_OK;
}

lf_rc lf_json_shape_apply(const lf_plan *p, const lf_alloc *a, json_node *n, const lf_shape *s,
                          lf_error *err) {
    if (n->given != NULL) return LF_OK;
    if (lf_shape_is_text(s)) return become(a, n, JSON_TEXT, err);
    if (s->seen & LF_SHAPE_SCALAR) {
        LF_TRY(become(a, n, JSON_CELL, err));
        n->known = s->scalar;
        n->ctx.date_format = lf_evidence_date_format(&n->known);
        n->type = n->last_type = lf_evidence_type(&n->known, p->decimal);
        n->quoted = lf_json_is_quoted_type(n->type);
        return LF_OK;
    }
    if (s->seen & LF_SHAPE_LIST) {
        LF_TRY(become(a, n, JSON_LIST, err));
        return s->n_children == 0 ? LF_OK
                                  : lf_json_shape_apply(p, a, n->children[0], &s->children[0], err);
    }
    if (s->seen & LF_SHAPE_MAP) {
        LF_TRY(become(a, n, JSON_MAP, err));
        return lf_json_shape_apply(p, a, n->children[1], &s->children[0], err);
    }
    if (s->seen & LF_SHAPE_OBJECT) return apply_members(p, a, n, s, err);
    return LF_OK;
}

lf_rc lf_json_become_map(const lf_plan *p, const lf_alloc *a, json_node *n, lf_error *err) {
    lf_shape all = {0};
    lf_rc rc = lf_json_shape_of(n, a, &all, err);
    for (uint32_t i = 0; rc == LF_OK && !(all.seen & LF_SHAPE_MAP); i++) {
        char name[16]; /* any name that is not there: one more is too many */
        uint32_t at;
        int len = snprintf(name, sizeof name, "\x01%u", i);
        rc = lf_shape_member(&all, a, name, (size_t)len, 0, &at, err);
    }
    if (rc == LF_OK) rc = lf_json_shape_apply(p, a, n, &all, err);
    lf_shape_reset(&all, a);
    return rc;
}

/* --- columns --- */

/* The name of an output column: of flattened ones the path with points. */
lf_rc lf_json_column_name(const json_node *n, lf_buf *out, lf_error *err) {
    if (n->parent != NULL && n->parent->depth > 0) {
        LF_TRY(lf_json_column_name(n->parent, out, err));
        LF_TRY(lf_buf_append(out, ".", 1, err));
    }
    return lf_buf_append(out, n->name, n->name_len, err);
}

lf_rc lf_json_field_of(const json_node *n, const lf_alloc *a, const char *name, size_t len,
                       lf_field *out, lf_error *err) {
    if (n->given != NULL) return lf_field_copy(out, n->given, a, err);
    *out = (lf_field){.type = n->type, .nullable = true, .name = lf_name_copy(a, name, len)};
    if (out->name == NULL) return lf_fail_nomem(err, len);
    if (n->kind == JSON_NONE) out->type = (lf_type){.id = LF_T_NULL};
    if (n->kind == JSON_TEXT) out->type = (lf_type){.id = LF_T_STRING, .unit = LF_TEXT_JSON};
    if (n->kind == JSON_OBJECT) out->type = (lf_type){.id = LF_T_STRUCT};
    if (n->kind == JSON_LIST) out->type = (lf_type){.id = LF_T_LIST};
    if (n->kind == JSON_MAP) out->type = (lf_type){.id = LF_T_MAP};
    for (uint32_t i = 0; i < n->n_children; i++) {
        const json_node *c = n->children[i];
        lf_field child = {0};
        lf_rc rc = lf_json_field_of(c, a, c->name, c->name_len, &child, err);
        if (rc == LF_OK && n->kind == JSON_MAP && i == 0) child.nullable = false;
        if (rc == LF_OK) rc = lf_field_child_add(out, a, &child, err);
        if (rc != LF_OK) {
            lf_field_reset(&child, a);
            return rc;
        }
    }
    return LF_OK;
}

lf_rc lf_json_schema_of(json_node *const *columns, uint32_t n, lf_schema *out, lf_error *err) {
    lf_buf name;
    lf_rc rc = LF_OK;
    lf_schema s;
    lf_schema_init(&s, out->alloc);
    lf_buf_init(&name, out->alloc, UINT32_MAX);
    for (uint32_t c = 0; c < n && rc == LF_OK; c++) {
        lf_field f = {0};
        lf_buf_clear(&name);
        rc = lf_json_column_name(columns[c], &name, err);
        if (rc == LF_OK)
            rc = lf_json_field_of(columns[c], s.alloc, (const char *)name.data, name.len, &f, err);
        if (rc == LF_OK) rc = lf_schema_field_take(&s, &f, err);
        lf_field_reset(&f, s.alloc);
    }
    lf_buf_reset(&name);
    if (rc != LF_OK) {
        lf_schema_reset(&s);
        return rc;
    }
    lf_schema_reset(out);
    *out = s;
    return LF_OK;
}

lf_rc lf_json_columns_shape(json_node *const *columns, uint32_t n, const lf_alloc *a,
                            lf_shape *root, lf_error *err) {
    lf_buf name;
    lf_rc rc = LF_OK;
    lf_buf_init(&name, a, UINT32_MAX);
    root->seen |= LF_SHAPE_ROOT | LF_SHAPE_OBJECT;
    for (uint32_t c = 0; c < n && rc == LF_OK; c++) {
        uint32_t at = 0;
        lf_buf_clear(&name);
        rc = lf_json_column_name(columns[c], &name, err);
        if (rc == LF_OK)
            rc = lf_shape_member(root, a, (const char *)name.data, name.len, c, &at, err);
        if (rc == LF_OK) rc = lf_json_shape_of(columns[c], a, &root->children[at], err);
    }
    lf_buf_reset(&name);
    return rc;
}
