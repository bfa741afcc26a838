/* Batches of rows: as many rows as the flat column with the fewest left in its page, so that no
 * flat value is copied; nested columns gather just as many. */
#include "decode/parquet/parquet_rows.h"
#include "format/parquet/parquet_nested.h"
#include <string.h>

#define NESTED_ROWS_MAX 1024u /* of a batch with nested columns: rows may be long */

typedef struct column_state {
    uint32_t node, first_leaf, n_leaves;
    bool nested;
    lf_parquet_gather *gathers; /* nested: one a leaf */
    lf_pq_chunk_reader *chunk;  /* flat */
} column_state;

struct lf_parquet_rows {
    lf_parquet_reader *reader;
    const lf_alloc *alloc;
    column_state *columns;
    lf_column *out;
    uint32_t n_columns;
    uint32_t group, end_group; /* next to open */
    uint64_t rows_left;        /* of the open group */
    uint32_t rows_max;
    lf_arena arena; /* of nested columns, for one batch */
};

lf_rc lf_parquet_rows_open(lf_parquet_reader *reader, const uint32_t *columns, uint32_t n_columns,
                           uint32_t first_group, uint32_t end_group, lf_parquet_rows **out,
                           lf_error *err) {
    const lf_alloc *a = lf_parquet_alloc(reader);
    const lf_parquet_tree *tree = lf_parquet_tree_of(reader);
    uint32_t n_groups = lf_parquet_footer(reader)->n_row_groups;
    if (columns == NULL) n_columns = tree->n_columns;
    lf_parquet_rows *r = lf_mem_zalloc(a, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    *r = (lf_parquet_rows){.reader = reader,
                           .alloc = a,
                           .n_columns = n_columns,
                           .group = first_group,
                           .end_group = end_group < n_groups ? end_group : n_groups,
                           .rows_max = LF_TILE_ROWS_MAX};
    lf_arena_init(&r->arena, a, 0);
    r->columns = lf_mem_zalloc(a, (n_columns + 1) * sizeof *r->columns);
    r->out = lf_mem_zalloc(a, (n_columns + 1) * sizeof *r->out);
    lf_rc rc = r->columns == NULL || r->out == NULL ? lf_fail_nomem(err, n_columns * 64) : LF_OK;
    for (uint32_t i = 0; rc == LF_OK && i < n_columns; i++) {
        column_state *c = &r->columns[i];
        c->node = tree->columns[columns != NULL ? columns[i] : i];
        c->first_leaf = tree->nodes[c->node].first_leaf;
        c->n_leaves = tree->nodes[c->node].n_leaves;
        c->nested = lf_type_is_nested(tree->nodes[c->node].type);
        if (!c->nested) continue;
        r->rows_max = NESTED_ROWS_MAX;
        c->gathers = lf_mem_zalloc(a, c->n_leaves * sizeof *c->gathers);
        if (c->gathers == NULL) rc = lf_fail_nomem(err, c->n_leaves * sizeof *c->gathers);
    }
    if (rc != LF_OK) {
        lf_parquet_rows_close(r);
        return rc;
    }
    *out = r;
    return LF_OK;
}

static void close_group(lf_parquet_rows *r) {
    for (uint32_t i = 0; r->columns != NULL && i < r->n_columns; i++) {
        column_state *c = &r->columns[i];
        lf_pq_chunk_close(c->chunk);
        c->chunk = NULL;
        for (uint32_t k = 0; c->gathers != NULL && k < c->n_leaves; k++) {
            lf_parquet_gather_reset(&c->gathers[k]);
        }
    }
}

void lf_parquet_rows_close(lf_parquet_rows *r) {
    if (r == NULL) return;
    close_group(r);
    for (uint32_t i = 0; r->columns != NULL && i < r->n_columns; i++) {
        column_state *c = &r->columns[i];
        if (c->gathers != NULL) {
            lf_mem_free(r->alloc, c->gathers, c->n_leaves * sizeof *c->gathers);
        }
    }
    lf_mem_free(r->alloc, r->columns, (r->n_columns + 1) * sizeof *r->columns);
    lf_mem_free(r->alloc, r->out, (r->n_columns + 1) * sizeof *r->out);
    lf_arena_reset(&r->arena);
    lf_mem_free(r->alloc, r, sizeof *r);
}

static lf_rc open_group(lf_parquet_rows *r, lf_error *err) {
    const lf_pq_row_group *g;
    const lf_parquet_tree *tree = lf_parquet_tree_of(r->reader);
    LF_TRY(lf_parquet_group(r->reader, r->group, &g, err));
    r->rows_left = (uint64_t)g->num_rows;
    for (uint32_t i = 0; i < r->n_columns; i++) {
        column_state *c = &r->columns[i];
        for (uint32_t k = 0; k < c->n_leaves; k++) {
            lf_pq_chunk_reader *chunk;
            uint32_t leaf = c->first_leaf + k;
            LF_TRY(lf_parquet_chunk_open(r->reader, r->group, leaf, &chunk, err));
            if (c->nested) {
                lf_parquet_gather_init(&c->gathers[k], chunk, &tree->leaves[leaf].leaf, r->alloc);
            } else {
                c->chunk = chunk;
            }
        }
    }
    r->group++;
    return LF_OK;
}

static lf_rc column_context(const lf_parquet_rows *r, uint32_t i, lf_rc rc, lf_error *err) {
    lf_span s = lf_parquet_tree_of(r->reader)->nodes[r->columns[i].node].name;
    int n = s.len < 60 ? (int)s.len : 60;
    return lf_error_context(err, rc, "row group %u, column '%.*s'", (unsigned)(r->group - 1), n,
                            (const char *)s.data);
}

/* How many rows the next batch has. */
static lf_rc batch_rows(lf_parquet_rows *r, uint32_t max_rows, uint32_t *n_out, lf_error *err) {
    uint32_t n = max_rows < r->rows_max ? max_rows : r->rows_max;
    if (n > r->rows_left) n = (uint32_t)r->rows_left;
    for (uint32_t i = 0; n > 0 && i < r->n_columns; i++) {
        uint32_t ready;
        if (r->columns[i].nested) continue;
        lf_rc rc = lf_pq_chunk_ready(r->columns[i].chunk, n, &ready, err);
        if (rc == LF_OK && ready == 0) rc = lf_fail(err, LF_ECORRUPT, "rows are missing");
        if (rc != LF_OK) return column_context(r, i, rc, err);
        n = ready;
    }
    *n_out = n;
    return LF_OK;
}

static lf_rc flat_next(lf_parquet_rows *r, uint32_t i, uint32_t n, uint32_t *got_out,
                       lf_error *err) {
    return lf_pq_chunk_next(r->columns[i].chunk, n, &r->out[i], got_out, err);
}

static lf_rc nested_next(lf_parquet_rows *r, uint32_t i, uint32_t n, lf_error *err) {
    column_state *c = &r->columns[i];
    for (uint32_t k = 0; k < c->n_leaves; k++) {
        LF_TRY(lf_parquet_gather_rows(&c->gathers[k], n, err));
    }
    return lf_parquet_assemble(lf_parquet_tree_of(r->reader), c->node, c->gathers, c->first_leaf,
                               &r->arena, &r->out[i], err);
}

lf_rc lf_parquet_rows_next(lf_parquet_rows *r, uint32_t max_rows, lf_batch *out, lf_error *err) {
    uint32_t n = 0;
    *out = (lf_batch){.n_columns = r->n_columns, .columns = r->out};
    lf_arena_rewind(&r->arena);
    while (r->rows_left == 0) {
        close_group(r);
        if (r->group >= r->end_group) return LF_OK;
        LF_TRY(open_group(r, err));
    }
    LF_TRY(batch_rows(r, max_rows, &n, err));
    for (uint32_t i = 0; n > 0 && i < r->n_columns; i++) {
        uint32_t got = n;
        lf_rc rc = r->columns[i].nested ? nested_next(r, i, n, err) : flat_next(r, i, n, &got, err);
        if (rc == LF_OK && got != n) rc = lf_fail(err, LF_EINTERNAL, "a tile came out short");
        if (rc != LF_OK) return column_context(r, i, rc, err);
    }
    out->n_rows = n;
    r->rows_left -= n;
    return LF_OK;
}

lf_rc lf_parquet_rows_seek(lf_parquet_rows *r, uint32_t group, uint64_t row, lf_error *err) {
    close_group(r);
    r->rows_left = 0;
    r->group = group;
    if (row == 0) return LF_OK;
    LF_TRY(open_group(r, err));
    if (row > r->rows_left) return lf_fail(err, LF_EINTERNAL, "a row behind its row group");
    for (uint32_t i = 0; i < r->n_columns; i++) {
        if (r->columns[i].nested)
            return lf_fail(err, LF_EINTERNAL, "a row of a nested column was looked for");
        const lf_rc rc = lf_pq_chunk_skip(r->columns[i].chunk, row, err);
        if (rc != LF_OK) return column_context(r, i, rc, err);
    }
    r->rows_left -= row;
    return LF_OK;
}
