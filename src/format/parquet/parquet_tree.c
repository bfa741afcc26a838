/* Parquet writes a list as a group around a repeated group around the element, a map as a group
 * around repeated pairs; older writers left layers out. The rules for old files (Parquet's
 * LogicalTypes, "backward compatibility"): the repeated field itself is the element if it is no
 * group, has several fields, or is named "array" or "<list>_tuple". A repeated field without
 * annotation is a list of required elements. */
#include "format/parquet/parquet_tree.h"
#include "array/schema_field.h"
#include <string.h>

#define NONE UINT32_MAX

typedef struct builder {
    const lf_pq_schema_element *elements;
    uint32_t n_elements, at; /* next element, depth first */
    lf_parquet_node *nodes;
    uint32_t n_nodes;
    lf_parquet_leaf *leaves;
    uint32_t n_leaves;
    uint32_t column, depth;
    lf_error *err;
} builder;

/* Levels at a place of the tree. */
typedef struct place {
    uint16_t rep, slot_def, def;
} place;

static lf_rc build_field(builder *b, place p, uint32_t *out);

static lf_rc corrupt(builder *b, const char *what) {
    return lf_fail(b->err, LF_ECORRUPT, "schema element %u: %s", (unsigned)b->at, what);
}

static uint32_t children_of(const lf_pq_schema_element *e) {
    return e->type >= 0 || !e->has_num_children ? 0 : (uint32_t)e->num_children;
}

static uint32_t node_add(builder *b, const lf_pq_schema_element *e, place p, uint8_t type_id) {
    lf_parquet_node *n = &b->nodes[b->n_nodes];
    *n = (lf_parquet_node){.type = {.id = type_id},
                           .name = e->name,
                           .nullable = p.def > p.slot_def,
                           .rep = p.rep,
                           .slot_def = p.slot_def,
                           .def = p.def,
                           .first_child = NONE,
                           .next = NONE,
                           .first_leaf = b->n_leaves};
    return b->n_nodes++;
}

static lf_rc build_leaf(builder *b, place p, uint32_t *out) {
    const lf_pq_schema_element *e = &b->elements[b->at];
    lf_parquet_leaf *l = &b->leaves[b->n_leaves];
    *out = node_add(b, e, p, LF_T_STRING);
    if (e->type_length < 0) return corrupt(b, "its length is negative");
    LF_TRY_CTX(lf_pq_leaf_of(e, &l->leaf, b->err), b->err, "schema element %u", (unsigned)b->at);
    l->leaf.max_def = p.def;
    l->leaf.max_rep = p.rep;
    l->column = b->column;
    l->element = b->at;
    b->nodes[*out].type = l->leaf.type;
    b->n_leaves++;
    b->at++;
    return LF_OK;
}

/* Builds `n` fields at the cursor as children of `node`; those that hold no column are left out. */
static lf_rc build_children(builder *b, uint32_t node, uint32_t n, place p) {
    uint32_t before = NONE;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t child = NONE;
        LF_TRY(build_field(b, p, &child));
        if (child == NONE) continue;
        b->nodes[node].n_children++;
        if (before == NONE) {
            b->nodes[node].first_child = child;
        } else {
            b->nodes[before].next = child;
        }
        before = child;
    }
    return LF_OK;
}

/* A group in which there is no column holds nothing: it is taken back, *out is NONE. */
static lf_rc drop_if_empty(builder *b, uint32_t *out) {
    if (b->nodes[*out].n_children > 0) return LF_OK;
    b->n_nodes = *out;
    *out = NONE;
    return LF_OK;
}

static lf_rc build_struct(builder *b, place p, uint32_t *out) {
    const lf_pq_schema_element *e = &b->elements[b->at];
    *out = node_add(b, e, p, LF_T_STRUCT);
    b->at++;
    LF_TRY(build_children(b, *out, children_of(e), p));
    return drop_if_empty(b, out);
}

static bool ends_with(lf_span s, lf_span head, const char *tail) {
    size_t n = strlen(tail);
    return s.len == head.len + n && memcmp(s.data, head.data, head.len) == 0 &&
           memcmp(s.data + head.len, tail, n) == 0;
}

static bool is_named(lf_span s, const char *name) {
    return s.len == strlen(name) && memcmp(s.data, name, s.len) == 0;
}

/* True where the repeated field `r` of list `e` is the element, not a layer around it. */
static bool is_element(const builder *b, const lf_pq_schema_element *e,
                       const lf_pq_schema_element *r) {
    if (children_of(r) != 1 || is_named(r->name, "array") ||
        ends_with(r->name, e->name, "_tuple")) {
        return true;
    }
    return b->at + 1 >= b->n_elements || r[1].repetition == LF_PQ_REPEATED;
}

static lf_rc build_body(builder *b, place p, uint32_t *out);

/* A list whose annotated group is `e` (its repeated field is at the cursor). */
static lf_rc build_list(builder *b, const lf_pq_schema_element *e, place p, uint32_t *out) {
    const lf_pq_schema_element *r = &b->elements[b->at];
    place in = {.rep = (uint16_t)(p.rep + 1), .slot_def = (uint16_t)(p.def + 1)};
    uint32_t child = NONE;
    in.def = in.slot_def;
    *out = node_add(b, e, p, LF_T_LIST);
    if (is_element(b, e, r)) {
        LF_TRY(build_body(b, in, &child));
        if (child != NONE) b->nodes[child].nullable = false;
    } else {
        b->at++;
        LF_TRY(build_field(b, in, &child));
    }
    b->nodes[*out].first_child = child;
    b->nodes[*out].n_children = child != NONE;
    return drop_if_empty(b, out);
}

static lf_rc build_map(builder *b, const lf_pq_schema_element *e, place p, uint32_t *out) {
    place in = {.rep = (uint16_t)(p.rep + 1), .slot_def = (uint16_t)(p.def + 1)};
    in.def = in.slot_def;
    *out = node_add(b, e, p, LF_T_MAP);
    b->at++;
    LF_TRY(build_children(b, *out, 2, in));
    lf_parquet_node *map = &b->nodes[*out];
    if (map->n_children == 1) return corrupt(b, "a map's key or value is a group without fields");
    /* Some writers declare keys as optional; a null one is refused when it is met. */
    if (map->n_children == 2) b->nodes[map->first_child].nullable = false;
    return drop_if_empty(b, out);
}

/* The element at the cursor without its own repetition, which `p` has in it already. */
static lf_rc build_body(builder *b, place p, uint32_t *out) {
    if (b->at >= b->n_elements) return corrupt(b, "the schema ends too early");
    const lf_pq_schema_element *e = &b->elements[b->at];
    if (b->depth >= LF_NESTING_MAX) return corrupt(b, "types nest too deep");
    if (e->type >= 0) return build_leaf(b, p, out);
    uint8_t kind = lf_pq_logical_of(e).kind;
    bool map = kind == LF_PQ_LOGICAL_MAP ||
               (kind == LF_PQ_LOGICAL_NONE &&
                (e->converted == LF_PQ_CONV_MAP || e->converted == LF_PQ_CONV_MAP_KEY_VALUE));
    bool list = kind == LF_PQ_LOGICAL_LIST ||
                (kind == LF_PQ_LOGICAL_NONE && e->converted == LF_PQ_CONV_LIST);
    bool repeated =
        children_of(e) == 1 && b->at + 1 < b->n_elements && e[1].repetition == LF_PQ_REPEATED;
    lf_rc rc;
    b->depth++;
    if (repeated && map && children_of(&e[1]) == 2) {
        b->at++;
        rc = build_map(b, e, p, out);
    } else if (repeated && (list || map)) {
        b->at++;
        rc = build_list(b, e, p, out);
    } else {
        rc = build_struct(b, p, out);
    }
    b->depth--;
    return rc;
}

static lf_rc build_field(builder *b, place p, uint32_t *out) {
    if (b->at >= b->n_elements) return corrupt(b, "the schema ends too early");
    const lf_pq_schema_element *e = &b->elements[b->at];
    if (p.def >= 1000) return corrupt(b, "types nest too deep");
    if (e->repetition == LF_PQ_REPEATED) {
        place in = {.rep = (uint16_t)(p.rep + 1), .slot_def = (uint16_t)(p.def + 1)};
        uint32_t child = NONE;
        in.def = in.slot_def;
        *out = node_add(b, e, p, LF_T_LIST);
        LF_TRY(build_body(b, in, &child));
        b->nodes[*out].first_child = child;
        b->nodes[*out].n_children = child != NONE;
        b->nodes[*out].nullable = false;
        if (child != NONE) b->nodes[child].nullable = false;
        LF_TRY(drop_if_empty(b, out));
    } else {
        if (e->repetition == LF_PQ_OPTIONAL) p.def++;
        LF_TRY(build_body(b, p, out));
    }
    if (*out == NONE) return LF_OK;
    if (e->repetition != LF_PQ_REPEATED) b->nodes[*out].nullable = e->repetition == LF_PQ_OPTIONAL;
    b->nodes[*out].n_leaves = b->n_leaves - b->nodes[*out].first_leaf;
    return LF_OK;
}

/* ---- fields ---- */

static lf_rc field_of(const lf_parquet_tree *t, uint32_t node, const char *name, const lf_alloc *a,
                      lf_field *out, lf_error *err) {
    const lf_parquet_node *n = &t->nodes[node];
    *out = (lf_field){.type = n->type, .nullable = n->nullable};
    if (n->first_child == NONE) out->binary = t->leaves[n->first_leaf].leaf.binary;
    size_t len = n->name.len;
    const char *own = (const char *)n->name.data;
    if (name != NULL) {
        own = name;
        len = strlen(name);
    }
    if (len > LF_NAME_BYTES_MAX) len = LF_NAME_BYTES_MAX;
    out->name = lf_name_copy(a, own, len);
    if (out->name == NULL) return lf_fail_nomem(err, len + 1);
    uint32_t i = 0;
    for (uint32_t c = n->first_child; c != NONE; c = t->nodes[c].next, i++) {
        lf_field child;
        const char *fixed = n->type.id == LF_T_LIST  ? "element"
                            : n->type.id == LF_T_MAP ? (i == 0 ? "key" : "value")
                                                     : NULL;
        lf_rc rc = field_of(t, c, fixed, a, &child, err);
        if (rc == LF_OK) rc = lf_field_child_add(out, a, &child, err);
        if (rc != LF_OK) {
            lf_field_reset(&child, a);
            return rc;
        }
    }
    return LF_OK;
}

static lf_rc schema_fill(const lf_parquet_tree *t, lf_schema *schema, lf_error *err) {
    for (uint32_t i = 0; i < t->n_columns; i++) {
        lf_field f;
        lf_rc rc = field_of(t, t->columns[i], NULL, schema->alloc, &f, err);
        if (rc == LF_OK) rc = lf_schema_field_take(schema, &f, err);
        lf_field_reset(&f, schema->alloc);
        if (rc != LF_OK) return rc;
    }
    return LF_OK;
}

lf_rc lf_parquet_tree_build(const lf_pq_footer *f, lf_arena *arena, lf_parquet_tree *out,
                            lf_schema *schema, lf_error *err) {
    builder b = {.elements = f->schema, .n_elements = f->n_schema, .at = 1, .err = err};
    if (f->n_schema == 0) return lf_fail(err, LF_ECORRUPT, "the schema is empty");
    uint32_t n = children_of(&f->schema[0]);
    if (n >= f->n_schema + (n == 0)) {
        return lf_fail(err, LF_ECORRUPT, "the schema has fewer elements than its root says");
    }
    /* An element gives two nodes at the most: itself, and the list around it. */
    size_t nodes = (size_t)f->n_schema * 2 * sizeof *b.nodes;
    size_t leaves = (size_t)f->n_schema * sizeof *b.leaves, columns = (n + 1u) * sizeof(uint32_t);
    b.nodes = lf_arena_alloc(arena, nodes, 16);
    b.leaves = lf_arena_alloc(arena, leaves, 16);
    uint32_t *tops = lf_arena_alloc(arena, columns, 16);
    if (b.nodes == NULL || b.leaves == NULL || tops == NULL) {
        return lf_fail_nomem(err, nodes + leaves + columns);
    }
    for (uint32_t i = 0; i < n; i++) {
        LF_TRY(build_field(&b, (place){0}, &tops[b.column]));
        b.column += tops[b.column] != NONE;
    }
    if (b.at != b.n_elements) return corrupt(&b, "elements are left over");
    *out = (lf_parquet_tree){.nodes = b.nodes,
                             .n_nodes = b.n_nodes,
                             .columns = tops,
                             .n_columns = b.column,
                             .leaves = b.leaves,
                             .n_leaves = b.n_leaves};
    return schema_fill(out, schema, err);
}
