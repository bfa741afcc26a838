/* The schema tree: leaves with their levels and paths, and the elements of the footer.
 *
 * A column is a leaf, optional unless the schema says that it is not nullable. LIST is the
 * three-level form, MAP a repeated key_value group, as the format's LogicalTypes wants:
 *     <list-repetition> group name (LIST) { repeated group list { <element> } }
 *     <map-repetition> group name (MAP) { repeated group key_value { required key; value } } */
#include "core/arena.h"
#include "core/limits.h"
#include "encode/parquet/parquet_internal.h"
#include <string.h>

pq_kind lf_pqw_kind_of(lf_type t) {
    switch (t.id) {
    case LF_T_BOOL:
        return PQ_K_BOOL;
    case LF_T_DATE:
        return PQ_K_I32;
    case LF_T_INT64:
    case LF_T_TIME:
    case LF_T_TIMESTAMP:
        return PQ_K_I64;
    case LF_T_UINT64:
        return PQ_K_U64;
    case LF_T_DOUBLE:
        return PQ_K_F64;
    case LF_T_DECIMAL:
        return t.precision <= 18 ? PQ_K_I64 : PQ_K_FIXED;
    default:
        return PQ_K_STR;
    }
}

/* The fewest bytes whose two's complement holds 10^precision - 1. */
uint8_t lf_pqw_fixed_len(lf_type t) {
    __int128 most = 1;
    for (uint32_t i = 0; i < t.precision; i++) {
        most *= 10;
    }
    uint8_t n = 1;
    while (n < 16 && (most - 1) >> (8 * n - 1) != 0) {
        n++;
    }
    return n;
}

void lf_pqw_element_of(lf_type t, bool nullable, lf_span name, lf_pq_schema_element *out) {
    lf_pq_element_of(t, nullable, name, out);
    if (lf_pqw_kind_of(t) == PQ_K_FIXED) out->type_length = lf_pqw_fixed_len(t);
}

static uint32_t count_field(const lf_field *f) {
    if (!lf_type_is_nested(f->type) || f->n_children == 0) return 1; /* see walk_field */
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n_children; i++) {
        n += count_field(&f->children[i]);
    }
    return n;
}

uint32_t lf_pqw_count_leaves(const lf_schema *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        n += count_field(&s->fields[i]);
    }
    return n;
}

static lf_span span_of(const char *s) {
    return (lf_span){(const uint8_t *)s, strlen(s)};
}

typedef struct walk {
    pq_shape *s;
    uint32_t column, depth;
    uint8_t def, rep;
    lf_span path[3 * LF_NESTING_MAX];
} walk;

static lf_rc add_leaf(walk *w, lf_type type, lf_error *err) {
    pq_leaf *leaf = &w->s->leaves[w->s->n_leaves];
    leaf->path = lf_mem_alloc(w->s->alloc, w->depth * sizeof(lf_span));
    if (leaf->path == NULL) return lf_fail_nomem(err, w->depth * sizeof(lf_span));
    memcpy(leaf->path, w->path, w->depth * sizeof(lf_span));
    leaf->n_path = w->depth;
    leaf->column = w->column;
    leaf->type = type;
    leaf->max_def = w->def;
    leaf->max_rep = w->rep;
    leaf->nested = w->depth > 1;
    w->s->n_leaves++;
    return LF_OK;
}

static lf_rc walk_field(walk *w, const lf_field *f, const char *name, lf_error *err) {
    if (w->depth + 3 > 3 * LF_NESTING_MAX || w->def > 250)
        return lf_fail(err, LF_EUNSUPPORTED, "the schema is nested too deeply");
    const walk saved = {.depth = w->depth, .def = w->def, .rep = w->rep};
    w->path[w->depth++] = span_of(name);
    w->def += f->nullable ? 1 : 0;
    lf_rc rc = LF_OK;
    if (!lf_type_is_nested(f->type)) rc = add_leaf(w, f->type, err);
    if (f->type.id == LF_T_LIST || f->type.id == LF_T_MAP) {
        w->path[w->depth++] = span_of(f->type.id == LF_T_LIST ? "list" : "key_value");
        w->def++;
        w->rep++;
    }
    for (uint32_t i = 0; i < f->n_children && rc == LF_OK && lf_type_is_nested(f->type); i++) {
        const char *child = f->type.id == LF_T_LIST  ? "element"
                            : f->type.id == LF_T_MAP ? (i == 0 ? "key" : "value")
                                                     : f->children[i].name;
        rc = walk_field(w, &f->children[i], child, err);
    }
    /* A struct whose members are not known yet keeps its levels in a leaf of nulls. */
    if (rc == LF_OK && f->type.id == LF_T_STRUCT && f->n_children == 0) {
        const lf_field nothing = {.nullable = true};
        rc = walk_field(w, &nothing, "", err);
    }
    w->depth = saved.depth;
    w->def = saved.def;
    w->rep = saved.rep;
    return rc;
}

static lf_rc leaves_make(pq_shape *s, lf_error *err) {
    const uint32_t n = lf_pqw_count_leaves(&s->schema), fields = s->schema.n_fields;
    s->leaves = lf_mem_zalloc(s->alloc, (n + 1) * sizeof *s->leaves);
    s->first_leaf = lf_mem_zalloc(s->alloc, (fields + 1) * sizeof *s->first_leaf);
    if (s->leaves == NULL || s->first_leaf == NULL)
        return lf_fail_nomem(err, (n + 1) * sizeof *s->leaves);
    walk *w = lf_mem_zalloc(s->alloc, sizeof *w);
    if (w == NULL) return lf_fail_nomem(err, sizeof *w);
    w->s = s;
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < fields && rc == LF_OK; i++) {
        s->first_leaf[i] = s->n_leaves;
        w->column = i;
        rc = walk_field(w, &s->schema.fields[i], s->schema.fields[i].name, err);
    }
    s->first_leaf[fields] = s->n_leaves;
    lf_mem_free(s->alloc, w, sizeof *w);
    return rc;
}

lf_rc lf_pqw_shape_init(pq_shape *s, const lf_encoder *e, const lf_schema *schema, lf_error *err) {
    *s = (pq_shape){.alloc = e->alloc};
    lf_schema_init(&s->schema, e->alloc);
    LF_TRY(lf_schema_copy(&s->schema, schema, err));
    LF_TRY(leaves_make(s, err));
    /* Where columns may come late, the layout changes with every doubling of them alone, so that
     * most chunks can be copied into a file with more. */
    uint32_t n = s->n_leaves;
    if (e->late_columns)
        for (n = 16; n < s->n_leaves;)
            n *= 2;
    lf_pqw_layout_make(e->memory_limit_bytes, &e->set, n, &s->layout);
    return LF_OK;
}

void lf_pqw_shape_reset(pq_shape *s) {
    if (s->alloc == NULL) return;
    for (uint32_t i = 0; i < s->n_leaves; i++) {
        lf_mem_free(s->alloc, s->leaves[i].path, s->leaves[i].n_path * sizeof(lf_span));
    }
    lf_mem_free(s->alloc, s->leaves, (lf_pqw_count_leaves(&s->schema) + 1) * sizeof *s->leaves);
    lf_mem_free(s->alloc, s->first_leaf, (s->schema.n_fields + 1) * sizeof *s->first_leaf);
    lf_schema_reset(&s->schema);
    *s = (pq_shape){0};
}

static uint32_t count_elements(const lf_field *f) {
    if (!lf_type_is_nested(f->type)) return 1;
    uint32_t n = f->type.id == LF_T_STRUCT ? 1 : 2;
    for (uint32_t i = 0; i < f->n_children; i++) {
        n += count_elements(&f->children[i]);
    }
    if (f->type.id == LF_T_STRUCT && f->n_children == 0) n++;
    return n;
}

static void add_group(lf_pq_schema_element *e, lf_span name, int32_t repetition,
                      uint32_t children) {
    *e = (lf_pq_schema_element){.type = -1,
                                .repetition = repetition,
                                .name = name,
                                .has_num_children = true,
                                .num_children = (int32_t)children,
                                .converted = LF_PQ_CONV_NONE};
}

static lf_pq_schema_element *add_field(lf_pq_schema_element *e, const lf_field *f, lf_type type,
                                       lf_span name) {
    lf_pqw_element_of(type, f->nullable, name, e);
    if (f->binary && type.id == LF_T_STRING) {
        e->converted = LF_PQ_CONV_NONE;
        e->logical.kind = LF_PQ_LOGICAL_NONE;
    }
    if (!lf_type_is_nested(type)) return e + 1;
    const bool is_struct = type.id == LF_T_STRUCT, is_list = type.id == LF_T_LIST;
    e->has_num_children = true;
    const bool empty = is_struct && f->n_children == 0;
    e->num_children = is_struct ? (int32_t)f->n_children + empty : 1;
    e++;
    if (!is_struct) {
        add_group(e++, span_of(is_list ? "list" : "key_value"), LF_PQ_REPEATED, f->n_children);
    }
    for (uint32_t i = 0; i < f->n_children; i++) {
        const lf_field *child = &f->children[i];
        const char *n = is_list ? "element" : is_struct ? child->name : i == 0 ? "key" : "value";
        e = add_field(e, child, child->type, span_of(n));
    }
    if (empty) lf_pqw_element_of((lf_type){0}, true, span_of(""), e++);
    return e;
}

lf_rc lf_pqw_schema_tree(const pq_shape *s, const lf_type *types, lf_arena *arena,
                         lf_pq_schema_element **out, uint32_t *n_out, lf_error *err) {
    uint32_t n = 1;
    for (uint32_t i = 0; i < s->schema.n_fields; i++) {
        n += count_elements(&s->schema.fields[i]);
    }
    lf_pq_schema_element *elements = lf_arena_alloc(arena, n * sizeof *elements, 16);
    if (elements == NULL) return lf_fail_nomem(err, n * sizeof *elements);
    add_group(elements, span_of("schema"), -1, s->schema.n_fields);
    lf_pq_schema_element *at = elements + 1;
    for (uint32_t i = 0; i < s->schema.n_fields; i++) {
        at = add_field(at, &s->schema.fields[i], types ? types[i] : s->schema.fields[i].type,
                       span_of(s->schema.fields[i].name));
    }
    *out = elements;
    *n_out = n;
    return LF_OK;
}
