/* Reading back what was written: groups that are still open, and committed ones.
 *
 * A committed chunk is read from the file. A column of an open group goes on being written after
 * it was read, and its layout must not show that: so a copy of the column is sealed in its place,
 * pages and all, and that is read. What the copy's last page and dictionary take in the store
 * stays there unused until the group is done. */
#include "encode/parquet/parquet_internal.h"
#include "format/parquet/pq_page_read.h"
#include <string.h>

typedef struct piece {
    uint64_t logical, at; /* in the chunk; in the store */
    uint64_t size;
} piece;

typedef struct readback {
    lf_column_iter base;
    const lf_alloc *alloc;
    pq_source from;
    lf_column_iter *inner; /* NULL: no rows */
} readback;

static lf_rc leaf_of(const pq_leaf *leaf, lf_type type, lf_pq_leaf *out, lf_error *err) {
    lf_pq_schema_element element;
    const lf_span no_name = {(const uint8_t *)"", 0};
    lf_pqw_element_of(type, leaf->max_def > 0, no_name, &element);
    LF_TRY(lf_pq_leaf_of(&element, out, err)); /* NULL comes back as STRING */
    out->type = type.id == LF_T_NULL ? out->type : type;
    out->max_def = leaf->max_def;
    out->max_rep = leaf->max_rep;
    return LF_OK;
}

static lf_rc check_flat(const pq_shape *s, uint32_t col, lf_error *err) {
    if (!lf_type_is_nested(s->schema.fields[col].type)) return LF_OK;
    return lf_fail(err, LF_EINTERNAL, "nested column %u is read back as a flat one", col + 1);
}

/* ---- open groups ---- */

static lf_rc clone_mem(const lf_alloc *a, pq_mem *m, lf_error *err) {
    const pq_mem from = *m;
    *m = (pq_mem){0};
    if (from.cap == 0) return LF_OK;
    m->p = lf_mem_alloc(a, from.cap);
    if (m->p == NULL) return lf_fail_nomem(err, from.cap);
    m->cap = from.cap;
    memcpy(m->p, from.p, from.cap);
    return LF_OK;
}

/* On failure what was copied belongs to `to`, and nothing of `from` does. */
static lf_rc clone_column(lf_group *g, const pq_column *from, pq_column *to, lf_error *err) {
    *to = *from;
    pq_mem *const all[] = {&to->stage,       &to->body,      &to->lens,       &to->prefixes,
                           &to->last,        &to->def,       &to->rep,        &to->lo_text,
                           &to->hi_text,     &to->seen,      &to->num.values, &to->num.table,
                           &to->str.entries, &to->str.bytes, &to->str.slots,  &to->str.keys,
                           &to->str.values};
    lf_rc rc = LF_OK;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (rc == LF_OK)
            rc = clone_mem(g->alloc, all[i], err);
        else
            *all[i] = (pq_mem){0};
    }
    lf_buf_init(&to->pages, g->alloc, SIZE_MAX / 2);
    if (rc == LF_OK) rc = lf_buf_append(&to->pages, from->pages.data, from->pages.len, err);
    return rc;
}

static lf_rc add_piece(pq_source *r, uint64_t *logical, uint64_t at, uint64_t size, lf_error *err) {
    const piece p = {*logical, at, size};
    *logical += size;
    return lf_buf_append(&r->pieces, &p, sizeof p, err);
}

static lf_rc make_pieces(pq_source *r, const pq_column *c, uint64_t *bytes_out, lf_error *err) {
    *bytes_out = 0;
    if (c->dict_stored > 0) LF_TRY(add_piece(r, bytes_out, c->dict_at, c->dict_stored, err));
    lf_span in = {c->pages.data, c->pages.len};
    pq_page_rec page;
    pq_bound min, max;
    while (lf_pqw_page_next(&in, &page, &min, &max)) {
        LF_TRY(add_piece(r, bytes_out, page.at, page.size, err));
    }
    return LF_OK;
}

static lf_rc fetch_pieces(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err) {
    pq_source *r = ctx;
    const piece *p = (const piece *)r->pieces.data;
    size_t lo = 0, hi = r->pieces.len / sizeof *p;
    const size_t end = hi;
    while (hi - lo > 1) { /* the last piece that starts at or before the offset */
        const size_t mid = (lo + hi) / 2;
        if (p[mid].logical <= offset)
            lo = mid;
        else
            hi = mid;
    }
    uint8_t *out = dst;
    for (; n > 0 && lo < end; lo++) {
        const uint64_t in = offset - p[lo].logical, left = p[lo].size - in;
        const size_t m = n < left ? n : (size_t)left;
        LF_TRY(lf_pqw_store_read(&r->g->store, p[lo].at + in, out, m, err));
        out += m;
        offset += m;
        n -= m;
    }
    return n == 0 ? LF_OK : lf_fail(err, LF_EINTERNAL, "read-back past the chunk's end");
}

static lf_rc readback_next(lf_column_iter *it, lf_column *out, uint32_t *n_rows_out,
                           lf_error *err) {
    readback *r = (readback *)it;
    *n_rows_out = 0;
    return r->inner == NULL ? LF_OK : r->inner->next(r->inner, out, n_rows_out, err);
}

static void readback_close(lf_column_iter *it) {
    readback *r = (readback *)it;
    if (r->inner != NULL) r->inner->close(r->inner);
    lf_pqw_source_reset(&r->from);
    lf_mem_free(r->alloc, r, sizeof *r);
}

/* All pages of c are stored. */
static lf_rc source_of_pages(pq_source *s, lf_group *g, const pq_column *c, lf_error *err) {
    uint64_t bytes;
    *s = (pq_source){.g = g, .rows = c->rows};
    lf_buf_init(&s->pieces, g->alloc, SIZE_MAX / 2);
    LF_TRY(make_pieces(s, c, &bytes, err));
    s->spec =
        (lf_pq_chunk_spec){.struct_size = sizeof s->spec,
                           .alloc = g->alloc,
                           .fetch = fetch_pieces,
                           .fetch_ctx = s,
                           .chunk_bytes = bytes,
                           .num_values = c->levels,
                           .codec = c->codec_state == PQ_CODEC_ON ? lf_pq_codec_to(g->e->set.codec)
                                                                  : LF_PQ_UNCOMPRESSED};
    return leaf_of(c->leaf, c->type, &s->spec.leaf, err);
}

lf_rc lf_pqw_source_open(pq_source *s, lf_group *g, uint32_t leaf, lf_error *err) {
    pq_column copy = g->cols[leaf];
    *s = (pq_source){.g = g};
    if (copy.levels == 0) return LF_OK;
    lf_rc rc = LF_OK;
    if (copy.sealed) return source_of_pages(s, g, &copy, err);
    rc = clone_column(g, &g->cols[leaf], &copy, err);
    if (rc == LF_OK) rc = lf_pqw_column_seal(g, &copy, err);
    if (rc == LF_OK) rc = source_of_pages(s, g, &copy, err);
    lf_pqw_column_reset(g, &copy);
    return rc;
}

void lf_pqw_source_reset(pq_source *s) {
    if (s->pieces.alloc != NULL) lf_buf_reset(&s->pieces);
    *s = (pq_source){0};
}

lf_rc lf_pqw_group_column_read(lf_group *g, uint32_t col, lf_column_iter **out, lf_error *err) {
    *out = NULL;
    LF_TRY(check_flat(g->shape, col, err));
    readback *r = lf_mem_zalloc(g->alloc, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    *r = (readback){.base = {readback_next, readback_close}, .alloc = g->alloc};
    lf_rc rc = lf_pqw_source_open(&r->from, g, g->shape->first_leaf[col], err);
    if (rc == LF_OK && r->from.spec.alloc != NULL)
        rc = lf_pq_chunk_iter(&r->from.spec, &r->inner, err);
    if (rc != LF_OK)
        readback_close(&r->base);
    else
        *out = &r->base;
    return rc;
}

static lf_rc rewrite_plain(lf_group *g, readback *r, pq_column *old, pq_column *to, lf_error *err) {
    LF_TRY(lf_pqw_dictionary_end(g, old, err));
    LF_TRY(source_of_pages(&r->from, g, old, err));
    LF_TRY(lf_pq_chunk_iter(&r->from.spec, &r->inner, err));
    LF_TRY(lf_pqw_column_begin(g, to, old->leaf, old->type, err));
    to->mode = to->fallback = PQ_M_PLAIN;
    for (;;) {
        lf_column in;
        uint32_t n = 0;
        LF_TRY(r->inner->next(r->inner, &in, &n, err));
        if (n == 0) return LF_OK;
        LF_TRY(lf_pqw_column_write(g, to, &in, n, err));
    }
}

lf_rc lf_pqw_column_restart(lf_group *g, pq_column *c, lf_error *err) {
    if (c->levels == 0) return LF_OK;
    readback r = {.alloc = g->alloc};
    pq_column to = {0};
    const lf_rc rc = rewrite_plain(g, &r, c, &to, err);
    if (rc == LF_OK) {
        const pq_column was = *c;
        *c = to;
        to = was;
    }
    if (r.inner != NULL) r.inner->close(r.inner);
    lf_pqw_source_reset(&r.from);
    lf_pqw_column_reset(g, &to);
    return rc;
}

/* ---- committed groups ---- */

static lf_rc fetch_file(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err) {
    lf_sink *s = ctx;
    return s->type->read_at(s, offset, dst, n, err);
}

lf_rc lf_pqw_source_committed(pq_source *s, lf_encoder *e, uint64_t group, uint32_t leaf,
                              lf_error *err) {
    pq_group_rec g;
    pq_chunk_rec c = {0};
    *s = (pq_source){0};
    LF_TRY(lf_pqw_log_group(e, group, &g, err));
    LF_TRY(lf_pqw_log_find(e, &g, leaf, &c, NULL, err));
    s->rows = g.rows;
    s->spec = (lf_pq_chunk_spec){.struct_size = sizeof s->spec,
                                 .alloc = e->alloc,
                                 .fetch = fetch_file,
                                 .fetch_ctx = e->sink,
                                 .fetch_base = g.offset + c.offset,
                                 .chunk_bytes = c.stored_bytes,
                                 .num_values = c.levels,
                                 .codec = c.codec};
    return leaf_of(&lf_pqw_shape_of(e, &g)->leaves[leaf], c.type, &s->spec.leaf, err);
}

lf_rc lf_pqw_committed_read(lf_encoder *e, uint64_t group, uint32_t col, lf_column_iter **out,
                            lf_error *err) {
    pq_group_rec g;
    pq_source from;
    *out = NULL;
    LF_TRY(lf_pqw_log_group(e, group, &g, err));
    LF_TRY(check_flat(lf_pqw_shape_of(e, &g), col, err));
    LF_TRY(lf_pqw_source_committed(&from, e, group, lf_pqw_shape_of(e, &g)->first_leaf[col], err));
    return lf_pq_chunk_iter(&from.spec, out, err);
}
