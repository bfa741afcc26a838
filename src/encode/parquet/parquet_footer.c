/* What follows the row groups: all column indexes, all offset indexes, the footer.
 *
 * Each is written in one pass over the commit log through a buffer of a megabyte; where an index
 * came to lie is kept in a log of its own, for the footer. Groups without rows are left out. */
#include "core/arena.h"
#include "encode/parquet/parquet_internal.h"
#include <string.h>

#define OUT_BYTES   (1u << 20)
#define SPILL_BYTES (1u << 20)
#define CREATED_BY  "logflow version " LOGFLOW_VERSION

typedef struct place {
    uint64_t offset;
    uint32_t length, pad;
} place;

typedef struct tail {
    lf_encoder *e;
    const lf_type *types;
    uint64_t at; /* where `out` goes in the file */
    lf_buf out, pages;
    lf_arena arena;
    lf_spill column_places, offset_places;
    uint64_t chunk; /* number of the chunk at hand */
    lf_thrift_writer w;
    lf_error *err;
} tail;

typedef lf_rc (*chunk_fn)(tail *t, const pq_group_rec *g, const pq_chunk_rec *c, uint32_t leaf);

static uint64_t position(const tail *t) {
    return t->at + t->out.len;
}

static lf_rc flush(tail *t, size_t above) {
    if (t->w.rc != LF_OK) return t->w.rc;
    if (t->out.len <= above) return LF_OK;
    lf_sink *s = t->e->sink;
    LF_TRY(s->type->write_at(s, t->at, t->out.data, t->out.len, t->err));
    t->at += t->out.len;
    lf_buf_clear(&t->out);
    return LF_OK;
}

static lf_rc each_chunk(tail *t, chunk_fn fn) {
    t->chunk = 0;
    for (uint64_t i = 0; i < t->e->n_groups; i++) {
        pq_group_rec g;
        LF_TRY(lf_pqw_log_group(t->e, i, &g, t->err));
        uint64_t at = g.log_at;
        for (uint32_t leaf = 0; leaf < g.n_chunks && g.rows > 0; leaf++, t->chunk++) {
            pq_chunk_rec c;
            LF_TRY(lf_pqw_log_chunk(t->e, &at, &c, &t->pages, t->err));
            if (c.levels == 0)
                return lf_fail(t->err, LF_EINTERNAL, "row group %llu lacks column %u",
                               (unsigned long long)i, leaf + 1);
            LF_TRY(fn(t, &g, &c, leaf));
            LF_TRY(flush(t, OUT_BYTES));
            lf_arena_rewind(&t->arena);
        }
    }
    return LF_OK;
}

/* ---- page index ---- */

static void *table(tail *t, uint32_t n, size_t size) {
    return lf_arena_alloc(&t->arena, (size_t)n * size + 1, 16);
}

static lf_rc note_place(lf_spill *s, uint64_t from, uint64_t to, lf_error *err) {
    place p = {.offset = from, .length = (uint32_t)(to - from)};
    return lf_spill_append(s, &p, sizeof p, NULL, err);
}

/* How the bounds of pages that have values go: all up, all down, or neither. */
static lf_pq_boundary order_of(pq_kind kind, const pq_bound *min, const pq_bound *max,
                               const bool *null_pages, uint32_t n) {
    bool up = true, down = true;
    const pq_bound *a = NULL, *b = NULL;
    for (uint32_t i = 0; i < n; i++) {
        if (null_pages[i]) continue;
        if (a != NULL) {
            const int lo = lf_pqw_bound_order(kind, a, &min[i]),
                      hi = lf_pqw_bound_order(kind, b, &max[i]);
            up = up && lo <= 0 && hi <= 0;
            down = down && lo >= 0 && hi >= 0;
        }
        a = &min[i];
        b = &max[i];
    }
    return up ? LF_PQ_ASCENDING : down ? LF_PQ_DESCENDING : LF_PQ_UNORDERED;
}

static lf_rc write_column_index(tail *t, const pq_group_rec *g, const pq_chunk_rec *c,
                                uint32_t leaf) {
    (void)g;
    (void)leaf;
    const uint64_t from = position(t);
    if (!c->index) return note_place(&t->column_places, from, from, t->err);
    const uint32_t n = c->n_pages;
    bool *null_pages = table(t, n, sizeof *null_pages);
    pq_bound *min = table(t, n, sizeof *min), *max = table(t, n, sizeof *max);
    lf_span *lo = table(t, n, sizeof *lo), *hi = table(t, n, sizeof *hi);
    int64_t *nulls = table(t, n, sizeof *nulls);
    if (!null_pages || !min || !max || !lo || !hi || !nulls)
        return lf_fail_nomem(t->err, n * sizeof *min);
    lf_span in = {t->pages.data, t->pages.len};
    pq_page_rec r;
    for (uint32_t i = 0; i < n && lf_pqw_page_next(&in, &r, &min[i], &max[i]); i++) {
        null_pages[i] = !r.has_any;
        lo[i] = (lf_span){min[i].bytes, min[i].len};
        hi[i] = (lf_span){max[i].bytes, max[i].len};
        nulls[i] = r.nulls;
    }
    const lf_pq_column_index x = {.n_pages = n,
                                  .null_pages = null_pages,
                                  .min = lo,
                                  .max = hi,
                                  .boundary_order =
                                      order_of(lf_pqw_kind_of(c->type), min, max, null_pages, n),
                                  .null_counts = nulls};
    lf_pq_write_column_index(&t->w, &x);
    return note_place(&t->column_places, from, position(t), t->err);
}

static lf_rc write_offset_index(tail *t, const pq_group_rec *g, const pq_chunk_rec *c,
                                uint32_t leaf) {
    (void)leaf;
    const uint64_t from = position(t);
    lf_pq_page_location *pages = table(t, c->n_pages, sizeof *pages);
    if (pages == NULL) return lf_fail_nomem(t->err, c->n_pages * sizeof *pages);
    lf_span in = {t->pages.data, t->pages.len};
    pq_page_rec r;
    pq_bound min, max;
    uint64_t at = g->offset + c->offset + c->dict_bytes, row = 0;
    for (uint32_t i = 0; i < c->n_pages && lf_pqw_page_next(&in, &r, &min, &max); i++) {
        pages[i] = (lf_pq_page_location){(int64_t)at, (int32_t)r.size, (int64_t)row};
        at += r.size;
        row += r.rows;
    }
    const lf_pq_offset_index x = {.pages = pages, .n_pages = c->n_pages};
    lf_pq_write_offset_index(&t->w, &x);
    return note_place(&t->offset_places, from, position(t), t->err);
}

/* ---- footer ---- */

static void fill_stats(const pq_chunk_rec *c, lf_pq_stats *s) {
    s->has_null_count = true;
    s->null_count = (int64_t)c->nulls;
    if (!c->has_bounds) return;
    s->min = (lf_span){c->min.bytes, c->min.len};
    s->max = (lf_span){c->max.bytes, c->max.len};
    s->has_min_exact = s->has_max_exact = true;
    s->min_exact = c->min.exact;
    s->max_exact = c->max.exact;
}

static uint32_t fill_encodings(const tail *t, const pq_chunk_rec *c, lf_pq_encoding_stats *es,
                               uint32_t *mask_out) {
    const bool plain = t->e->set.encodings == PQ_ENC_PLAIN;
    const int32_t indices = plain ? LF_PQ_PLAIN_DICTIONARY : LF_PQ_RLE_DICTIONARY;
    const int32_t entries = plain ? LF_PQ_PLAIN_DICTIONARY : LF_PQ_PLAIN;
    uint32_t n = 0, mask = 1u << LF_PQ_RLE;
    if (c->n_dict_pages > 0) {
        es[n++] = (lf_pq_encoding_stats){LF_PQ_DICTIONARY_PAGE, entries, 1};
        const int32_t type = t->e->set.v2 ? LF_PQ_DATA_PAGE_V2 : LF_PQ_DATA_PAGE;
        es[n++] = (lf_pq_encoding_stats){type, indices, (int32_t)c->n_dict_pages};
        mask |= 1u << indices | 1u << entries;
    }
    if (c->n_other_pages > 0) {
        const int32_t type = t->e->set.v2 ? LF_PQ_DATA_PAGE_V2 : LF_PQ_DATA_PAGE;
        es[n++] = (lf_pq_encoding_stats){type, c->encoding, (int32_t)c->n_other_pages};
        mask |= 1u << c->encoding;
    }
    *mask_out = mask;
    return n;
}

static lf_rc write_chunk(tail *t, const pq_group_rec *g, const pq_chunk_rec *c, uint32_t leaf) {
    const pq_leaf *l = &t->e->final->leaves[leaf];
    place column, offset;
    LF_TRY(
        lf_spill_read(&t->column_places, t->chunk * sizeof column, &column, sizeof column, t->err));
    LF_TRY(
        lf_spill_read(&t->offset_places, t->chunk * sizeof offset, &offset, sizeof offset, t->err));
    lf_pq_encoding_stats es[3];
    const int64_t at = (int64_t)(g->offset + c->offset);
    lf_pq_column_chunk out = {.has_meta = true};
    lf_pq_column_meta *m = &out.meta;
    m->type = c->physical;
    m->n_encoding_stats = fill_encodings(t, c, es, &m->encodings);
    m->encoding_stats = es;
    m->path = l->path;
    m->n_path = l->n_path;
    m->codec = c->codec;
    m->num_values = (int64_t)c->levels;
    m->total_uncompressed_size = (int64_t)c->raw_bytes;
    m->total_compressed_size = (int64_t)c->stored_bytes;
    m->data_page_offset = at + c->dict_bytes;
    m->has_dictionary = c->dict_bytes > 0;
    m->dictionary_page_offset = at;
    m->has_stats = true;
    fill_stats(c, &m->stats);
    out.has_offset_index = true;
    out.offset_index_offset = (int64_t)offset.offset;
    out.offset_index_length = (int32_t)offset.length;
    out.has_column_index = column.length > 0;
    out.column_index_offset = (int64_t)column.offset;
    out.column_index_length = (int32_t)column.length;
    lf_pq_write_column_chunk(&t->w, &out);
    return LF_OK;
}

static lf_rc write_groups(tail *t) {
    t->chunk = 0;
    int16_t ordinal = 0;
    for (uint64_t i = 0; i < t->e->n_groups; i++) {
        pq_group_rec g;
        LF_TRY(lf_pqw_log_group(t->e, i, &g, t->err));
        if (g.rows == 0) continue;
        lf_pq_row_group out = {.num_rows = (int64_t)g.rows,
                               .has_file_offset = true,
                               .has_total_compressed_size = true,
                               .has_ordinal = i < INT16_MAX,
                               .file_offset = (int64_t)g.offset,
                               .total_compressed_size = (int64_t)g.bytes,
                               .ordinal = ordinal++};
        lf_pq_write_row_group_begin(&t->w, g.n_chunks);
        uint64_t at = g.log_at;
        for (uint32_t leaf = 0; leaf < g.n_chunks; leaf++, t->chunk++) {
            pq_chunk_rec c;
            LF_TRY(lf_pqw_log_chunk(t->e, &at, &c, NULL, t->err));
            LF_TRY(write_chunk(t, &g, &c, leaf));
            LF_TRY(flush(t, OUT_BYTES));
            out.total_byte_size += (int64_t)c.raw_bytes;
        }
        lf_pq_write_row_group_end(&t->w, &out);
    }
    return LF_OK;
}

static lf_rc write_footer(tail *t, const lf_option *kv, size_t n_kv, uint32_t n_groups) {
    lf_pq_schema_element *schema;
    uint32_t n_schema;
    LF_TRY(lf_pqw_schema_tree(t->e->final, t->types, &t->arena, &schema, &n_schema, t->err));
    lf_pq_key_value *pairs = table(t, (uint32_t)n_kv, sizeof *pairs);
    if (pairs == NULL) return lf_fail_nomem(t->err, n_kv * sizeof *pairs);
    for (size_t i = 0; i < n_kv; i++) {
        pairs[i].key = (lf_span){(const uint8_t *)kv[i].name, strlen(kv[i].name)};
        pairs[i].value = (lf_span){(const uint8_t *)kv[i].value, strlen(kv[i].value)};
    }
    const uint64_t from = position(t);
    lf_pq_write_footer_head(&t->w, schema, n_schema, (int64_t)t->e->rows, n_groups);
    LF_TRY(write_groups(t));
    const lf_span made_by = {(const uint8_t *)CREATED_BY, strlen(CREATED_BY)};
    lf_pq_write_footer_tail(&t->w, pairs, (uint32_t)n_kv, made_by, t->e->final->n_leaves);
    LF_TRY(t->w.rc);
    const uint64_t n = position(t) - from;
    if (n > INT32_MAX)
        return lf_fail(t->err, LF_EENCODE,
                       "the footer would have %llu bytes, the format's limit is 2 GiB",
                       (unsigned long long)n);
    const uint32_t length = (uint32_t)n;
    LF_TRY(lf_buf_append(&t->out, &length, 4, t->err));
    return lf_buf_append(&t->out, "PAR1", 4, t->err);
}

static lf_rc write_all(tail *t, const lf_option *kv, size_t n_kv) {
    uint32_t n_groups = 0;
    for (uint64_t i = 0; i < t->e->n_groups; i++) {
        pq_group_rec g;
        LF_TRY(lf_pqw_log_group(t->e, i, &g, t->err));
        n_groups += g.rows > 0;
    }
    lf_sink *s = t->e->sink;
    LF_TRY(s->type->write_at(s, 0, "PAR1", 4, t->err));
    LF_TRY(each_chunk(t, write_column_index));
    LF_TRY(each_chunk(t, write_offset_index));
    LF_TRY(write_footer(t, kv, n_kv, n_groups));
    return flush(t, 0);
}

lf_rc lf_pqw_footer_write(lf_encoder *e, const lf_type *types, const lf_option *kv, size_t n_kv,
                          lf_encode_stats *stats_out, lf_error *err) {
    tail t = {.e = e, .types = types, .at = e->end, .err = err};
    lf_buf_init(&t.out, e->alloc, SIZE_MAX / 2);
    lf_buf_init(&t.pages, e->alloc, SIZE_MAX / 2);
    lf_arena_init(&t.arena, e->alloc, 0);
    lf_spill_init(&t.column_places, e->alloc, SPILL_BYTES, e->temp_open, e->temp_ctx);
    lf_spill_init(&t.offset_places, e->alloc, SPILL_BYTES, e->temp_open, e->temp_ctx);
    lf_thrift_writer_init(&t.w, &t.out, err);
    const lf_rc rc = write_all(&t, kv, n_kv);
    if (rc == LF_OK && stats_out != NULL) {
        stats_out->rows = e->rows;
        stats_out->row_groups = e->n_groups;
        stats_out->bytes = t.at;
    }
    lf_spill_reset(&t.column_places);
    lf_spill_reset(&t.offset_places);
    lf_arena_reset(&t.arena);
    lf_buf_reset(&t.pages);
    lf_buf_reset(&t.out);
    return rc;
}
