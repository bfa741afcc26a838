/* decode/json/json_grow.c - the columns of a block: those it begins with, and those it finds.
 *
 * A column that other blocks have brought is in the shape that the block begins with. Its place in
 * the tree follows from its name, but for flattened ones: of "a.b" nobody can say whether it is b
 * of a or a key with a point. Until this block meets it, it is a ghost: a node beside the tree
 * whose rows are all null. */
#include "decode/json/json_internal.h"

bool lf_json_is_column(const lf_plan *p, const json_node *n) {
    return n->kind != JSON_SKIP && !(n->kind == JSON_OBJECT && (n->depth == 0 || p->flatten));
}

bool lf_json_is_ghost(const lf_decoder *d, const json_node *n) {
    return n->parent == NULL && n != d->root;
}

static lf_rc add_column(lf_decoder *d, json_node *n, lf_error *err) {
    uint32_t count = d->n_columns + 1;
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->columns_vec, count * sizeof n, err));
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->out_vec, count * sizeof(lf_column), err));
    d->columns = d->columns_vec.data;
    d->out = d->out_vec.data;
    d->columns[d->n_columns++] = n;
    n->column = count;
    return LF_OK;
}

/* A node beside the tree for a column of that name. */
static lf_rc make_ghost(lf_decoder *d, const char *name, uint32_t len, json_node **out,
                        lf_error *err) {
    LF_TRY(lf_json_node_create(d->alloc, NULL, name, len, out, err));
    (*out)->ctx = d->plan->plain;
    (*out)->depth = 1;
    d->n_ghosts++;
    return LF_OK;
}

/* --- the begin of a block --- */

static void list_planned(json_node *n, json_node **columns) {
    if (n->column != 0) columns[n->column - 1] = n;
    for (uint32_t i = 0; i < n->n_children; i++)
        list_planned(n->children[i], columns);
}

static bool any_fixed(const json_node *n) {
    bool fixed = n->fixed;
    for (uint32_t i = 0; i < n->n_children && !fixed; i++)
        fixed = any_fixed(n->children[i]);
    return fixed;
}

/* The columns of the plan, of a new copy of its tree. */
static lf_rc begin_tree(lf_decoder *d, lf_error *err) {
    for (uint32_t c = 0; c < d->n_columns; c++)
        if (lf_json_is_ghost(d, d->columns[c])) lf_json_node_destroy(d->alloc, d->columns[c]);
    d->n_columns = d->n_ghosts = 0;
    lf_json_node_destroy(d->alloc, d->root);
    d->root = NULL;
    LF_TRY(lf_json_node_copy(d->alloc, d->plan->root, NULL, &d->root, err));
    d->any_given = any_fixed(d->root);
    uint32_t n = d->plan->n_columns;
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->columns_vec, n * sizeof d->root, err));
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->out_vec, n * sizeof(lf_column), err));
    d->columns = d->columns_vec.data;
    d->out = d->out_vec.data;
    list_planned(d->root, d->columns);
    d->n_columns = n;
    return LF_OK;
}

static bool is_named(lf_decoder *d, const json_node *n, const char *name, uint32_t len) {
    lf_buf_clear(&d->walk.key);
    return lf_json_column_name(n, &d->walk.key, NULL) == LF_OK && d->walk.key.len == len &&
           (len == 0 || memcmp(d->walk.key.data, name, len) == 0);
}

/* The node of a member of the known shape, which is the i-th. */
static lf_rc known_column(lf_decoder *d, const lf_shape *m, uint32_t i, json_node **out,
                          lf_error *err) {
    for (uint32_t k = i; k < d->n_columns; k++) { /* nearly always the first */
        if (!is_named(d, d->columns[k], m->name, m->name_len)) continue;
        *out = d->columns[k];
        d->columns[k] = d->columns[i];
        d->columns[i] = *out;
        return LF_OK;
    }
    bool root = d->root->kind == JSON_OBJECT || d->root->kind == JSON_NONE;
    if (d->plan->flatten || !root) {
        LF_TRY(make_ghost(d, m->name, m->name_len, out, err));
    } else {
        if (d->root->kind == JSON_NONE)
            LF_TRY(lf_json_node_become(d->alloc, d->root, JSON_OBJECT, err));
        LF_TRY(lf_json_node_add(d->alloc, d->root, m->name, m->name_len, out, err));
    }
    LF_TRY(add_column(d, *out, err));
    d->columns[d->n_columns - 1] = d->columns[i];
    d->columns[i] = *out;
    return LF_OK;
}

lf_rc lf_json_block_shape(lf_decoder *d, const lf_shape *known, lf_error *err) {
    LF_TRY(begin_tree(d, err));
    for (uint32_t i = 0; i < known->n_children; i++) {
        json_node *n;
        LF_TRY(known_column(d, &known->children[i], i, &n, err));
        LF_TRY(lf_json_shape_apply(d->plan, d->alloc, n, &known->children[i], err));
    }
    for (uint32_t c = 0; c < d->n_columns; c++)
        d->columns[c]->column = c + 1;
    d->changed = d->walk.grown = false;
    return lf_json_schema_of(d->columns, d->n_columns, &d->schema, err);
}

/* --- new columns --- */

/* n becomes what both are; its rows are lost. */
static lf_rc take_over(lf_decoder *d, json_node *n, const json_node *ghost, lf_error *err) {
    lf_shape both = {0}, own = {0};
    lf_rc rc = lf_json_shape_of(ghost, d->alloc, &both, err);
    if (rc == LF_OK) rc = lf_json_shape_of(n, d->alloc, &own, err);
    if (rc == LF_OK) rc = lf_shape_join(&both, d->alloc, &own, err);
    if (rc == LF_OK) rc = lf_json_shape_apply(d->plan, d->alloc, n, &both, err);
    lf_shape_reset(&both, d->alloc);
    lf_shape_reset(&own, d->alloc);
    return rc;
}

/* Puts n, which the text has brought, in the place of the ghost of its name. */
static lf_rc replace_ghost(lf_decoder *d, json_node *n, bool *done, lf_error *err) {
    lf_buf name;
    lf_rc rc;
    *done = false;
    if (d->n_ghosts == 0) return LF_OK;
    lf_buf_init(&name, d->alloc, UINT32_MAX);
    rc = lf_json_column_name(n, &name, err);
    for (uint32_t c = 0; rc == LF_OK && c < d->n_columns && !*done; c++) {
        json_node *g = d->columns[c];
        if (!lf_json_is_ghost(d, g) || g->name_len != name.len ||
            (name.len > 0 && memcmp(g->name, name.data, name.len) != 0))
            continue;
        rc = take_over(d, n, g, err);
        n->column = c + 1;
        d->columns[c] = n;
        d->n_ghosts--;
        lf_json_node_destroy(d->alloc, g);
        *done = d->walk_again = true;
    }
    lf_buf_reset(&name);
    return rc;
}

/* A column whose rows were all null holds columns now: its own stays what it was. */
static lf_rc leave_ghost(lf_decoder *d, json_node *n, lf_error *err) {
    json_node *g;
    lf_buf_clear(&d->walk.key);
    LF_TRY(lf_json_column_name(n, &d->walk.key, err));
    LF_TRY(make_ghost(d, (const char *)d->walk.key.data, (uint32_t)d->walk.key.len, &g, err));
    g->column = n->column;
    d->columns[n->column - 1] = g;
    n->column = 0;
    return LF_OK;
}

static lf_rc grow(lf_decoder *d, json_node *n, lf_error *err) {
    if (n->kind == JSON_SKIP) return LF_OK;
    if (lf_json_is_column(d->plan, n)) {
        bool done;
        if (n->column != 0) return LF_OK;
        LF_TRY(replace_ghost(d, n, &done, err));
        return done ? LF_OK : add_column(d, n, err);
    }
    if (n->column != 0) LF_TRY(leave_ghost(d, n, err));
    for (uint32_t i = 0; i < n->n_children; i++)
        LF_TRY(grow(d, n->children[i], err));
    return LF_OK;
}

lf_rc lf_json_grow_columns(lf_decoder *d, lf_error *err) {
    while (d->walk.grown) {
        d->walk.grown = d->walk_again = false;
        d->changed = true;
        LF_TRY(grow(d, d->root, err));
        if (d->walk_again) LF_TRY(lf_json_tile_again(d, false, err));
    }
    return LF_OK;
}
