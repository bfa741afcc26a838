/* Groups with columns of their own: they begin with, or widen to, more than the file was opened
 * with. A shape that a committed group has belongs to the encoder, which has each but once; one
 * that is still being added to belongs to its group. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

const pq_shape *lf_pqw_shape_of(const lf_encoder *e, const pq_group_rec *g) {
    return g->shape == 0 ? &e->base : e->shapes[g->shape - 1];
}

void lf_pqw_shape_drop(lf_group *g) {
    if (g->own == NULL) return;
    lf_pqw_shape_reset(g->own);
    lf_mem_free(g->alloc, g->own, sizeof *g->own);
    g->own = NULL;
    g->shape = &g->e->base;
}

static lf_rc take_over(lf_encoder *e, pq_shape *s, lf_error *err) {
    if (e->n_shapes == e->cap_shapes) {
        const uint32_t cap = e->cap_shapes ? e->cap_shapes * 2 : 8;
        pq_shape **p =
            lf_mem_realloc(e->alloc, e->shapes, e->cap_shapes * sizeof *p, cap * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        e->shapes = p;
        e->cap_shapes = cap;
    }
    e->shapes[e->n_shapes++] = s;
    return LF_OK;
}

lf_rc lf_pqw_shape_keep(lf_group *g, uint32_t *number_out, lf_error *err) {
    lf_encoder *e = g->e;
    uint32_t i = e->n_shapes;
    *number_out = 0;
    if (g->shape == &e->base) return LF_OK;
    while (i > 0 && e->shapes[i - 1] != g->shape &&
           !lf_schema_equal(&e->shapes[i - 1]->schema, &g->shape->schema)) {
        i--;
    }
    if (i == 0 && lf_schema_equal(&e->base.schema, &g->shape->schema)) return LF_OK;
    if (i == 0) {
        LF_TRY(take_over(e, g->own, err));
        g->own = NULL;
        i = e->n_shapes;
    }
    *number_out = i;
    return LF_OK;
}

lf_rc lf_pqw_group_begin_as(lf_group *g, const lf_schema *s, lf_error *err) {
    lf_encoder *e = g->e;
    if (!lf_schema_equal(&g->shape->schema, s)) {
        lf_pqw_shape_drop(g);
        g->shape = &e->base;
        if (!lf_schema_equal(&e->base.schema, s)) {
            g->own = lf_mem_zalloc(g->alloc, sizeof *g->own);
            if (g->own == NULL) return lf_fail_nomem(err, sizeof *g->own);
            LF_TRY(lf_pqw_shape_init(g->own, e, s, err));
            g->shape = g->own;
        }
    }
    LF_TRY(lf_pqw_group_columns(g, g->shape->n_leaves, err));
    return lf_pqw_group_begin(g, NULL, err);
}

lf_rc lf_pqw_set_schema(lf_encoder *e, const lf_schema *s, lf_error *err) {
    e->final = &e->base;
    if (lf_schema_equal(&e->base.schema, s)) return LF_OK;
    for (uint32_t i = 0; i < e->n_shapes; i++) {
        if (!lf_schema_equal(&e->shapes[i]->schema, s)) continue;
        e->final = e->shapes[i];
        return LF_OK;
    }
    pq_shape *shape = lf_mem_zalloc(e->alloc, sizeof *shape);
    if (shape == NULL) return lf_fail_nomem(err, sizeof *shape);
    lf_rc rc = lf_pqw_shape_init(shape, e, s, err);
    if (rc == LF_OK) rc = take_over(e, shape, err);
    if (rc != LF_OK) {
        lf_pqw_shape_reset(shape);
        lf_mem_free(e->alloc, shape, sizeof *shape);
        return rc;
    }
    e->final = shape;
    return LF_OK;
}
