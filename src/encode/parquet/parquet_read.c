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
    lf_group *g;
    lf_buf pieces;
    lf_column_iter *inner; /* NULL: no rows */
} readback;

static lf_rc leaf_of(const lf_encoder *e, uint32_t leaf, lf_type type, lf_pq_leaf *out,
                     lf_error *err) {
    lf_pq_schema_element element;
    const lf_span no_name = {(const uint8_t *)"", 0};
    lf_pqw_element_of(type, e->leaves[leaf].max_def > 0, no_name, &element);
    return lf_pq_leaf_of(&element, out, err); /* NULL comes back as STRING */
}

static lf_rc check_flat(const lf_encoder *e, uint32_t col, lf_error *err) {
    if (!lf_type_is_nested(e->schema.fields[col].type)) return LF_OK;
    return lf_fail(err, LF_EUNSUPPORTED, "nested column %u cannot be read back", col + 1);
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

static lf_rc add_piece(readback *r, uint64_t *logical, uint64_t at, uint64_t size, lf_error *err) {
    const piece p = {*logical, at, size};
    *logical += size;
    return lf_buf_append(&r->pieces, &p, sizeof p, err);
}

static lf_rc make_pieces(readback *r, const pq_column *c, uint64_t *bytes_out, lf_error *err) {
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
    readback *r = ctx;
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
    lf_buf_reset(&r->pieces);
    lf_mem_free(r->alloc, r, sizeof *r);
}

static lf_rc open_pieces(readback *r, uint32_t leaf, const pq_column *c, lf_error *err) {
    uint64_t bytes;
    LF_TRY(make_pieces(r, c, &bytes, err));
    lf_pq_chunk_spec spec = {.struct_size = sizeof spec,
                             .alloc = r->alloc,
                             .fetch = fetch_pieces,
                             .fetch_ctx = r,
                             .chunk_bytes = bytes,
                             .num_values = c->levels,
                             .codec = c->codec_state == PQ_CODEC_ON
                                          ? lf_pq_codec_to(r->g->e->set.codec)
                                          : LF_PQ_UNCOMPRESSED};
    LF_TRY(leaf_of(r->g->e, leaf, c->type, &spec.leaf, err));
    return lf_pq_chunk_iter(&spec, &r->inner, err);
}

lf_rc lf_pqw_group_column_read(lf_group *g, uint32_t col, lf_column_iter **out, lf_error *err) {
    *out = NULL;
    LF_TRY(check_flat(g->e, col, err));
    const uint32_t leaf = g->e->first_leaf[col];
    readback *r = lf_mem_zalloc(g->alloc, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    *r = (readback){.base = {readback_next, readback_close}, .alloc = g->alloc, .g = g};
    lf_buf_init(&r->pieces, g->alloc, SIZE_MAX / 2);
    lf_rc rc = LF_OK;
    if (g->cols[leaf].levels > 0) {
        pq_column copy;
        rc = clone_column(g, &g->cols[leaf], &copy, err);
        if (rc == LF_OK) rc = lf_pqw_column_seal(g, &copy, err);
        if (rc == LF_OK) rc = open_pieces(r, leaf, &copy, err);
        lf_pqw_column_reset(g, &copy);
    }
    if (rc != LF_OK)
        readback_close(&r->base);
    else
        *out = &r->base;
    return rc;
}

static lf_rc rewrite_plain(lf_group *g, readback *r, pq_column *old, pq_column *to, lf_error *err) {
    const lf_encoder *e = g->e;
    LF_TRY(lf_pqw_dictionary_end(g, old, err));
    LF_TRY(open_pieces(r, (uint32_t)(old->leaf - e->leaves), old, err));
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
    readback r = {.alloc = g->alloc, .g = g};
    pq_column to = {0};
    lf_buf_init(&r.pieces, g->alloc, SIZE_MAX / 2);
    const lf_rc rc = rewrite_plain(g, &r, c, &to, err);
    if (rc == LF_OK) {
        const pq_column was = *c;
        *c = to;
        to = was;
    }
    if (r.inner != NULL) r.inner->close(r.inner);
    lf_buf_reset(&r.pieces);
    lf_pqw_column_reset(g, &to);
    return rc;
}

/* ---- committed groups ---- */

static lf_rc fetch_file(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err) {
    lf_sink *s = ctx;
    return s->type->read_at(s, offset, dst, n, err);
}

lf_rc lf_pqw_committed_read(lf_encoder *e, uint64_t group, uint32_t col, lf_column_iter **out,
                            lf_error *err) {
    *out = NULL;
    LF_TRY(check_flat(e, col, err));
    const uint32_t leaf = e->first_leaf[col];
    pq_group_rec g;
    pq_chunk_rec c = {0};
    LF_TRY(lf_pqw_log_group(e, group, &g, err));
    uint64_t at = g.log_at;
    for (uint32_t i = 0; i <= leaf; i++) {
        LF_TRY(lf_pqw_log_chunk(e, &at, &c, NULL, err));
    }
    lf_pq_chunk_spec spec = {.struct_size = sizeof spec,
                             .alloc = e->alloc,
                             .fetch = fetch_file,
                             .fetch_ctx = e->sink,
                             .fetch_base = g.offset + c.offset,
                             .chunk_bytes = c.stored_bytes,
                             .num_values = c.levels,
                             .codec = c.codec};
    LF_TRY(leaf_of(e, leaf, c.type, &spec.leaf, err));
    return lf_pq_chunk_iter(&spec, out, err);
}
