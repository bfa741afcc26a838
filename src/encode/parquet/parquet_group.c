/* A row group in a worker's hands: columns, their finished pages, and the way into the file.
 *
 * seal ends all pages and so knows the size; commit, in turn, takes that much of the file and
 * logs the chunks; store writes the bytes there, at any time after. Chunks lie in the order of
 * the columns, the dictionary page first. Everything is kept for the next group. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

#define COPY_BYTES (256u * 1024)
#define KEEP_BYTES (4u << 20)

lf_rc lf_pqw_group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err) {
    *out = NULL;
    lf_group *g = lf_mem_zalloc(e->alloc, sizeof *g);
    if (g == NULL) return lf_fail_nomem(err, sizeof *g);
    g->e = e;
    g->alloc = e->alloc;
    g->k = e->k;
    const lf_encode_opts waiting = {.temp_open = e->temp_open,
                                    .temp_ctx = e->temp_ctx,
                                    .budget = e->budget,
                                    .keep_below_bytes = e->keep_below_bytes};
#ifdef LF_TORTURE
    spill = e->temp_open != NULL;
#endif
    lf_pqw_store_init(&g->store, e->alloc, spill, &waiting);
    lf_buf_init(&g->head, e->alloc, SIZE_MAX / 2);
    g->shape = &e->base;
    const lf_rc rc = lf_pqw_group_columns(g, e->base.n_leaves, err);
    if (rc != LF_OK)
        lf_pqw_group_destroy(g);
    else
        *out = g;
    return rc;
}

void lf_pqw_group_destroy(lf_group *g) {
    if (g == NULL) return;
    for (uint32_t i = 0; g->cols != NULL && i < g->n_cols; i++) {
        lf_pqw_column_reset(g, &g->cols[i]);
    }
    lf_pqw_column_reset(g, &g->spare);
    lf_pqw_numdict_free(&g->trial, g->alloc);
    lf_pqw_shred_free(g);
    lf_mem_free(g->alloc, g->cols, ((size_t)g->n_cols + 1) * sizeof *g->cols);
    lf_pqw_shape_drop(g);
    lf_pqw_store_reset(&g->store);
    lf_compressor_destroy(g->codec);
    lf_pqw_mem_free(g->alloc, &g->compressed);
    lf_pqw_mem_free(g->alloc, &g->codes);
    lf_pqw_mem_free(g->alloc, &g->wide);
    lf_pqw_mem_free(g->alloc, &g->page);
    lf_buf_reset(&g->head);
    lf_mem_free(g->alloc, g, sizeof *g);
}

/* Room for n columns; those that are there stay. */
lf_rc lf_pqw_group_columns(lf_group *g, uint32_t n, lf_error *err) {
    if (g->cols != NULL && n <= g->n_cols) return LF_OK;
    const size_t was = g->cols ? ((size_t)g->n_cols + 1) * sizeof *g->cols : 0;
    pq_column *p = lf_mem_realloc(g->alloc, g->cols, was, ((size_t)n + 1) * sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, n * sizeof *p);
    memset((uint8_t *)p + was, 0, ((size_t)n + 1) * sizeof *p - was);
    g->cols = p;
    g->n_cols = n;
    return LF_OK;
}

lf_rc lf_pqw_group_begin(lf_group *g, const lf_type *types, lf_error *err) {
    const pq_shape *s = g->shape;
    lf_pqw_store_clear(&g->store);
    lf_pqw_mem_trim(g->alloc, &g->compressed, KEEP_BYTES);
    lf_pqw_mem_trim(g->alloc, &g->page, KEEP_BYTES);
    g->rows = g->bytes = g->offset = 0;
    g->written = 0;
    g->mixed = g->sealing = g->sealed = g->committed = false;
    for (uint32_t i = 0; i < s->n_leaves; i++) {
        const pq_leaf *leaf = &s->leaves[i];
        const lf_type type = leaf->nested || types == NULL ? leaf->type : types[leaf->column];
        LF_TRY(lf_pqw_column_begin(g, &g->cols[i], leaf, type, err));
    }
    return LF_OK;
}

lf_rc lf_pqw_group_column_write(lf_group *g, uint32_t col, const lf_column *c, uint32_t n_rows,
                                lf_error *err) {
    pq_column *to = &g->cols[g->shape->first_leaf[col]];
    if (lf_type_is_nested(g->shape->schema.fields[col].type))
        return lf_pqw_shred(g, g->cols, col, c, n_rows, err);
    if (!lf_type_equal(c->type, to->type)) {
        char is[48], was[48];
        return lf_fail(err, LF_EINTERNAL, "column %u came as %s, its row group has %s", col + 1,
                       lf_type_print(c->type, is, sizeof is),
                       lf_type_print(to->type, was, sizeof was));
    }
    return lf_pqw_column_write(g, to, c, n_rows, err);
}

lf_rc lf_pqw_group_write(lf_group *g, const lf_batch *b, lf_error *err) {
    if (b->n_columns != g->shape->schema.n_fields)
        return lf_fail(err, LF_EINTERNAL, "a batch of %u columns for a schema of %u", b->n_columns,
                       g->shape->schema.n_fields);
    for (uint32_t i = 0; i < b->n_columns; i++) {
        LF_TRY(lf_pqw_group_column_write(g, i, &b->columns[i], b->n_rows, err));
    }
    g->written += b->n_rows;
    return LF_OK;
}

lf_rc lf_pqw_group_column_replace(lf_group *g, uint32_t col, const lf_type *type,
                                  lf_column_iter *it, lf_error *err) {
    pq_column *old = &g->cols[g->shape->first_leaf[col]], *c = &g->spare;
    if (lf_type_is_nested(g->shape->schema.fields[col].type))
        return lf_fail(err, LF_EUNSUPPORTED, "nested column %u cannot be replaced", col + 1);
    LF_TRY(lf_pqw_column_begin(g, c, old->leaf, *type, err));
    for (;;) {
        lf_column in;
        uint32_t n = 0;
        LF_TRY(it->next(it, &in, &n, err));
        if (n == 0) break;
        if (!lf_type_equal(in.type, *type))
            return lf_fail(err, LF_EINTERNAL, "column %u is replaced by another type", col + 1);
        LF_TRY(lf_pqw_column_write(g, c, &in, n, err));
    }
    const pq_column was = *old;
    *old = *c;
    *c = was;
    return LF_OK;
}

static lf_rc copy_bytes(lf_group *g, lf_encoder *from, uint64_t at, uint64_t n, lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, &g->page, COPY_BYTES, err));
    while (n > 0) {
        const size_t m = n < COPY_BYTES ? (size_t)n : COPY_BYTES;
        LF_TRY(from->sink->type->read_at(from->sink, at, g->page.p, m, err));
        LF_TRY(lf_pqw_store_append(&g->store, g->page.p, m, err));
        at += m;
        n -= m;
    }
    return LF_OK;
}

/* Page records again, with the places they have in this group's store. */
static lf_rc adopt_pages(pq_column *c, const lf_buf *pages, uint64_t at, lf_error *err) {
    lf_span in = {pages->data, pages->len};
    pq_page_rec r;
    pq_bound min, max;
    while (lf_pqw_page_next(&in, &r, &min, &max)) {
        r.at = at;
        at += r.size;
        LF_TRY(lf_buf_append(&c->pages, &r, sizeof r, err));
        LF_TRY(lf_buf_append(&c->pages, min.bytes, min.len, err));
        LF_TRY(lf_buf_append(&c->pages, max.bytes, max.len, err));
        c->rows += r.rows;
    }
    return LF_OK;
}

lf_rc lf_pqw_chunk_copy(lf_group *g, pq_column *c, lf_encoder *from, uint64_t group, uint32_t leaf,
                        lf_buf *pages, lf_error *err) {
    pq_group_rec gr;
    pq_chunk_rec r = {0};
    LF_TRY(lf_pqw_log_group(from, group, &gr, err));
    LF_TRY(lf_pqw_log_find(from, &gr, leaf, &r, pages, err));
    LF_TRY(lf_pqw_column_begin(g, c, c->leaf, r.type, err));
    c->dict_at = g->store.size;
    LF_TRY(copy_bytes(g, from, gr.offset + r.offset, r.stored_bytes, err));
    LF_TRY(adopt_pages(c, pages, c->dict_at + r.dict_bytes, err));
    c->sealed = true;
    c->codec_state = r.codec == LF_PQ_UNCOMPRESSED ? PQ_CODEC_OFF : PQ_CODEC_ON;
    c->levels = r.levels;
    c->nulls = r.nulls;
    c->raw_bytes = r.raw_bytes;
    c->stored_bytes = r.stored_bytes;
    c->dict_stored = r.dict_bytes;
    c->n_pages = r.n_pages;
    c->n_dict_pages = r.n_dict_pages;
    c->n_other_pages = r.n_other_pages;
    c->other_encoding = r.encoding;
    c->index_off = !r.index;
    c->bounds_off = !r.has_bounds;
    c->min = r.min;
    c->max = r.max;
    return LF_OK;
}

lf_rc lf_pqw_group_column_copy(lf_group *g, uint32_t col, lf_encoder *from, uint64_t from_group,
                               lf_error *err) {
    lf_buf pages;
    lf_buf_init(&pages, g->alloc, SIZE_MAX / 2);
    lf_rc rc = LF_OK;
    for (uint32_t i = g->shape->first_leaf[col]; i < g->shape->first_leaf[col + 1] && rc == LF_OK;
         i++) {
        rc = lf_pqw_chunk_copy(g, &g->cols[i], from, from_group, i, &pages, err);
    }
    lf_buf_reset(&pages);
    return rc;
}

lf_rc lf_pqw_group_seal(lf_group *g, lf_error *err) {
    g->sealing = true;
    g->bytes = 0;
    if (g->shape->n_leaves == 0) g->rows = g->written;
    for (uint32_t i = 0; i < g->shape->n_leaves; i++) {
        pq_column *c = &g->cols[i];
        LF_TRY_CTX(lf_pqw_column_seal(g, c, err), err, "column '%.60s'",
                   g->shape->schema.fields[c->leaf->column].name);
        if (c->rows > 0 && g->rows > 0 && c->rows != g->rows)
            return lf_fail(err, LF_EINTERNAL, "column %u has %llu rows, others %llu", i + 1,
                           (unsigned long long)c->rows, (unsigned long long)g->rows);
        if (c->rows > 0) g->rows = c->rows;
        g->bytes += c->stored_bytes;
    }
    g->sealed = true;
    return LF_OK;
}

uint64_t lf_pqw_group_bytes(const lf_group *g) {
    return g->bytes;
}

lf_rc lf_pqw_group_commit(lf_group *g, lf_error *err) {
    lf_encoder *e = g->e;
    g->offset = e->end;
    LF_TRY(lf_pqw_log_commit(g, err));
    e->end += g->bytes;
    e->rows += g->rows;
    e->n_groups++;
    g->committed = true;
    return LF_OK;
}

lf_rc lf_pqw_group_store(lf_group *g, lf_error *err) {
    uint64_t to = g->offset;
    lf_sink *sink = g->e->sink;
    for (uint32_t i = 0; i < g->shape->n_leaves; i++) {
        const pq_column *c = &g->cols[i];
        if (c->dict_stored > 0)
            LF_TRY(lf_pqw_store_write_to(&g->store, c->dict_at, c->dict_stored, sink, &to, err));
        lf_span in = {c->pages.data, c->pages.len};
        pq_page_rec r;
        pq_bound min, max;
        while (lf_pqw_page_next(&in, &r, &min, &max)) {
            LF_TRY(lf_pqw_store_write_to(&g->store, r.at, r.size, sink, &to, err));
        }
    }
    return lf_pqw_store_flush_to(&g->store, sink, err);
}
