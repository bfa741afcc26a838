/* The columns of a group out of narrower ones: those that the group itself has, in mid-block, or
 * those of a committed group, when the file is written anew.
 *
 * Most leaves stay as they are: they move, or their chunk is copied byte for byte. A new leaf gets
 * its levels from one beside it, a leaf of another type keeps its levels. Only what changes its
 * structure is put together, changed and taken apart again. As a chunk's bytes follow from its
 * values, none of this shows in the file. */
#include "core/limits.h"
#include "encode/parquet/parquet_internal.h"
#include "format/parquet/parquet_nested.h"
#include <string.h>

#define STEP_ROWS   4096u
#define STEP_LEVELS 65536u

typedef struct widening {
    lf_group *g;
    const lf_widening *w;
    const lf_schema_map *map;
    pq_column *cols;  /* what is made, by leaf */
    lf_encoder *from; /* NULL: the group itself */
    uint64_t group, rows;
    bool copy; /* chunks of `from` are as they would be written now */
    lf_buf pages;
} widening;

uint32_t lf_pqw_rows_step(uint64_t rows, uint64_t levels) {
    const uint64_t each = rows ? (levels + rows - 1) / rows : 1;
    const uint64_t n = STEP_LEVELS / (each ? each : 1);
    return n < 1 ? 1 : n > STEP_ROWS ? STEP_ROWS : (uint32_t)n;
}

static lf_rc open_source(const widening *x, uint32_t leaf, pq_source *s, lf_error *err) {
    if (x->from != NULL) return lf_pqw_source_committed(s, x->from, x->group, leaf, err);
    return lf_pqw_source_open(s, x->g, leaf, err);
}

/* ---- one leaf ---- */

/* Yields what it was given, once. */
typedef struct piece_iter {
    lf_column_iter base;
    lf_column col;
    uint32_t n;
} piece_iter;

static lf_rc piece_next(lf_column_iter *it, lf_column *out, uint32_t *n_rows_out, lf_error *err) {
    piece_iter *p = (piece_iter *)it;
    (void)err;
    *out = p->col;
    *n_rows_out = p->n;
    p->n = 0;
    return LF_OK;
}

static void piece_close(lf_column_iter *it) {
    (void)it;
}

/* The values of the entries that have one, moved to the front. */
static lf_column values_of(lf_parquet_gather *gt, uint32_t *n_out) {
    const uint32_t width = lf_type_slot_bytes(gt->leaf->type);
    uint32_t k = 0;
    for (uint32_t i = 0; i < gt->n; i++) {
        if (gt->def[i] != gt->leaf->max_def) continue;
        if (width > 0) {
            memmove(gt->values + (size_t)k * width, gt->values + (size_t)i * width, width);
        } else {
            gt->start[k] = gt->start[i];
            gt->len[k] = gt->len[i];
        }
        k++;
    }
    *n_out = k;
    return (lf_column){.type = gt->leaf->type,
                       .values = width > 0 ? gt->values : NULL,
                       .bytes = gt->bytes.data,
                       .start = gt->start,
                       .len = gt->len};
}

/* Levels as bytes, in the shred's scratch; entries that are not of the new leaf are left out. */
static lf_rc levels_of(lf_group *g, const lf_parquet_gather *gt, const lf_leaf_map *m,
                       uint32_t *n_out, lf_error *err) {
    pq_mem *def = &g->shred.values, *rep = &g->shred.len;
    uint32_t k = 0;
    LF_TRY(pq_mem_need(g->alloc, def, gt->n, err));
    LF_TRY(pq_mem_need(g->alloc, rep, gt->n, err));
    const bool all = m->how != LF_LEAF_NULLS;
    for (uint32_t i = 0; i < gt->n; i++) {
        if (!all && gt->rep[i] > m->rep) continue;
        rep->p[k] = (uint8_t)gt->rep[i];
        def->p[k++] = (uint8_t)(all || gt->def[i] < m->def ? gt->def[i] : m->def);
    }
    *n_out = k;
    return LF_OK;
}

static lf_rc write_step(widening *x, pq_column *c, const lf_leaf_map *m, lf_parquet_gather *gt,
                        piece_iter *piece, lf_column_iter *it, lf_error *err) {
    lf_group *g = x->g;
    uint32_t n, n_values = 0;
    lf_column values = {.type = c->type};
    LF_TRY(levels_of(g, gt, m, &n, err));
    if (m->how != LF_LEAF_NULLS) values = values_of(gt, &n_values);
    if (m->how == LF_LEAF_RETYPED && n_values > 0) {
        uint32_t got = 0;
        piece->col = values;
        piece->n = n_values;
        LF_TRY(it->next(it, &values, &got, err));
        if (got != n_values || values.null_count > 0)
            return lf_fail(err, LF_EINTERNAL, "%u values became %u, %u of them null", n_values, got,
                           values.null_count);
    }
    return lf_pqw_column_write_levels(g, c, &values, g->shred.values.p, g->shred.len.p, n, err);
}

static lf_rc write_nested(widening *x, uint32_t leaf, pq_source *s, lf_error *err) {
    pq_column *c = &x->cols[leaf];
    const lf_leaf_map *m = &x->map->leaves[leaf];
    piece_iter piece = {.base = {piece_next, piece_close}};
    lf_column_iter *it = NULL;
    lf_pq_chunk_reader *chunk;
    lf_parquet_gather gt;
    lf_rc rc = LF_OK;
    LF_TRY(lf_pq_chunk_open(&s->spec, &chunk, err));
    lf_parquet_gather_init(&gt, chunk, &s->spec.leaf, x->g->alloc);
    if (m->how == LF_LEAF_RETYPED) rc = x->w->leaf(x->w->ctx, leaf, &piece.base, &it, err);
    const uint32_t step = lf_pqw_rows_step(s->rows, s->spec.num_values);
    for (uint64_t left = s->rows; left > 0 && rc == LF_OK;) {
        const uint32_t n = left < step ? (uint32_t)left : step;
        rc = lf_parquet_gather_rows(&gt, n, err);
        if (rc == LF_OK) rc = write_step(x, c, m, &gt, &piece, it, err);
        left -= n;
    }
    if (it != NULL) it->close(it);
    lf_parquet_gather_reset(&gt);
    return rc;
}

static lf_rc write_flat(widening *x, uint32_t leaf, pq_source *s, lf_error *err) {
    lf_column_iter *it = NULL;
    LF_TRY(lf_pq_chunk_iter(&s->spec, &it, err));
    if (x->map->leaves[leaf].how == LF_LEAF_RETYPED) {
        lf_column_iter *old = it;
        it = NULL;
        LF_TRY(x->w->leaf(x->w->ctx, leaf, old, &it, err));
    }
    lf_rc rc = LF_OK;
    for (;;) {
        lf_column in;
        uint32_t n = 0;
        rc = it->next(it, &in, &n, err);
        if (rc != LF_OK || n == 0) break;
        rc = lf_pqw_column_write(x->g, &x->cols[leaf], &in, n, err);
        if (rc != LF_OK) break;
    }
    it->close(it);
    return rc;
}

/* As many nulls at the top as there are rows. */
static lf_rc write_nulls(widening *x, pq_column *c, lf_error *err) {
    lf_group *g = x->g;
    const lf_type type = c->type;
    lf_rc rc = pq_mem_need(g->alloc, &g->shred.values, STEP_ROWS, err);
    if (rc == LF_OK) memset(g->shred.values.p, 0, STEP_ROWS); /* both kinds of levels are 0 */
    c->type.id = LF_T_NULL; /* whose slots are nulls without a look at them */
    for (uint64_t left = x->rows; left > 0 && rc == LF_OK;) {
        const uint32_t n = left < STEP_ROWS ? (uint32_t)left : STEP_ROWS;
        const lf_column none = {.null_count = n};
        rc = c->leaf->nested ? lf_pqw_column_write_levels(g, c, &none, g->shred.values.p,
                                                          g->shred.values.p, n, err)
                             : lf_pqw_column_write(g, c, &none, n, err);
        left -= n;
    }
    c->type = type;
    return rc;
}

static lf_rc make_leaf(widening *x, uint32_t leaf, lf_error *err) {
    pq_column *c = &x->cols[leaf];
    const lf_leaf_map *m = &x->map->leaves[leaf];
    if (m->how == LF_LEAF_SAME && x->copy)
        return lf_pqw_chunk_copy(x->g, c, x->from, x->group, m->from, &x->pages, err);
    if (m->how == LF_LEAF_NULLS && m->from == LF_LEAF_NONE) return write_nulls(x, c, err);
    pq_source s;
    lf_rc rc = open_source(x, m->from, &s, err);
    if (rc == LF_OK && s.spec.alloc != NULL)
        rc = c->leaf->nested ? write_nested(x, leaf, &s, err) : write_flat(x, leaf, &s, err);
    lf_pqw_source_reset(&s);
    return rc;
}

/* ---- a column as a whole ---- */

static lf_rc shred_all(widening *x, uint32_t col, lf_column_iter *it, lf_error *err) {
    const bool flat = !lf_type_is_nested(x->g->shape->schema.fields[col].type);
    for (;;) {
        lf_column in;
        uint32_t n = 0;
        LF_TRY(it->next(it, &in, &n, err));
        if (n == 0) return LF_OK;
        if (flat)
            LF_TRY(lf_pqw_column_write(x->g, &x->cols[x->g->shape->first_leaf[col]], &in, n, err));
        else
            LF_TRY(lf_pqw_shred(x->g, x->cols, col, &in, n, err));
    }
}

static lf_rc rebuild(widening *x, const pq_shape *old, uint32_t col, pq_source *s, lf_error *err) {
    const uint32_t from = x->map->columns[col].from, first = old->first_leaf[from];
    lf_column_iter *whole = NULL, *it = NULL;
    for (uint32_t i = first; i < old->first_leaf[from + 1]; i++) {
        LF_TRY(open_source(x, i, &s[i - first], err));
    }
    LF_TRY(lf_pqw_assemble(old, from, s, x->g->alloc, &whole, err));
    LF_TRY(x->w->column(x->w->ctx, col, whole, &it, err));
    const lf_rc rc = shred_all(x, col, it, err);
    it->close(it);
    return rc;
}

static lf_rc make_column(widening *x, const pq_shape *old, uint32_t col, lf_error *err) {
    const uint32_t from = x->map->columns[col].from;
    const uint32_t n = old->first_leaf[from + 1] - old->first_leaf[from];
    pq_source *s = lf_mem_zalloc(x->g->alloc, n * sizeof *s);
    if (s == NULL) return lf_fail_nomem(err, n * sizeof *s);
    const lf_rc rc = rebuild(x, old, col, s, err);
    for (uint32_t i = 0; i < n; i++) {
        lf_pqw_source_reset(&s[i]);
    }
    lf_mem_free(x->g->alloc, s, n * sizeof *s);
    return rc;
}

/* All leaves but those that move. */
static lf_rc make_all(widening *x, const pq_shape *old, lf_error *err) {
    const pq_shape *s = x->g->shape;
    for (uint32_t col = 0; col < s->schema.n_fields; col++) {
        lf_rc rc = LF_OK;
        if (x->map->columns[col].rebuilt) rc = make_column(x, old, col, err);
        for (uint32_t i = s->first_leaf[col]; i < s->first_leaf[col + 1] && rc == LF_OK; i++) {
            const uint8_t how = x->map->leaves[i].how;
            if (how == LF_LEAF_REBUILT || (how == LF_LEAF_SAME && x->from == NULL)) continue;
            rc = make_leaf(x, i, err);
        }
        if (rc != LF_OK)
            return lf_error_context(err, rc, "column '%.60s'", s->schema.fields[col].name);
    }
    return LF_OK;
}

static lf_rc begin_columns(widening *x, lf_error *err) {
    const pq_shape *s = x->g->shape;
    for (uint32_t i = 0; i < s->n_leaves; i++) {
        if (x->map->leaves[i].how != LF_LEAF_SAME)
            LF_TRY(lf_pqw_column_begin(x->g, &x->cols[i], &s->leaves[i], s->leaves[i].type, err));
    }
    return LF_OK;
}

static void move_same(widening *x) {
    lf_group *g = x->g;
    for (uint32_t i = 0; i < g->shape->n_leaves; i++) {
        const lf_leaf_map *m = &x->map->leaves[i];
        if (m->how != LF_LEAF_SAME) continue;
        x->cols[i] = g->cols[m->from];
        x->cols[i].leaf = &g->shape->leaves[i];
        g->cols[m->from] = (pq_column){0};
    }
}

static void drop_columns(lf_group *g, pq_column *cols, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        lf_pqw_column_reset(g, &cols[i]);
    }
    lf_mem_free(g->alloc, cols, ((size_t)n + 1) * sizeof *cols);
}

lf_rc lf_pqw_group_widen(lf_group *g, const lf_schema *to, const lf_widening *w, lf_error *err) {
    const pq_shape *old = g->shape;
    pq_shape *old_own = g->own, *own = lf_mem_zalloc(g->alloc, sizeof *own);
    widening x = {.g = g, .w = w, .map = w->map, .rows = g->written};
    lf_rc rc = LF_OK;
    if (own == NULL) return lf_fail_nomem(err, sizeof *own);
    LF_GO(lf_pqw_shape_init(own, g->e, to, err));
    const uint32_t n = own->n_leaves;
    x.cols = lf_mem_zalloc(g->alloc, ((size_t)n + 1) * sizeof *x.cols);
    if (x.cols == NULL) {
        rc = lf_fail_nomem(err, n * sizeof *x.cols);
        goto out;
    }
    g->shape = own;
    rc = begin_columns(&x, err);
    if (rc == LF_OK) rc = make_all(&x, old, err);
    if (rc != LF_OK) {
        drop_columns(g, x.cols, n);
        g->shape = old;
        goto out;
    }
    move_same(&x);
    g->mixed |= memcmp(&old->layout, &own->layout, sizeof own->layout) != 0 && g->written > 0;
    drop_columns(g, g->cols, g->n_cols);
    g->cols = x.cols;
    g->n_cols = n;
    g->own = own;
    own = old_own;
out:
    if (own != NULL) {
        lf_pqw_shape_reset(own);
        lf_mem_free(g->alloc, own, sizeof *own);
    }
    return rc;
}

lf_rc lf_pqw_group_take(lf_group *g, lf_encoder *from, uint64_t from_group, const lf_widening *w,
                        lf_error *err) {
    pq_group_rec r;
    LF_TRY(lf_pqw_log_group(from, from_group, &r, err));
    const pq_shape *old = lf_pqw_shape_of(from, &r);
    widening x = {.g = g,
                  .w = w,
                  .map = w->map,
                  .cols = g->cols,
                  .from = from,
                  .group = from_group,
                  .rows = r.rows,
                  .copy =
                      !r.mixed && memcmp(&old->layout, &g->shape->layout, sizeof old->layout) == 0};
    g->written = r.rows;
    lf_buf_init(&x.pages, g->alloc, SIZE_MAX / 2);
    const lf_rc rc = make_all(&x, old, err);
    lf_buf_reset(&x.pages);
    return rc;
}

lf_rc lf_pqw_committed_fits(lf_encoder *e, uint64_t group, const lf_schema *s, bool *out,
                            lf_error *err) {
    pq_group_rec r;
    *out = false;
    LF_TRY(lf_pqw_log_group(e, group, &r, err));
    const pq_shape *is = lf_pqw_shape_of(e, &r);
    *out = !r.mixed && lf_schema_equal(&is->schema, s);
    return LF_OK;
}
