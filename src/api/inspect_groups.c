/* What the footer says of each row group and column chunk, and what the page index adds. */
#include "api/inspect_groups.h"
#include "api/inspect_table.h"
#include <string.h>

#define GROUPS_SHOWN    8u
#define INDEXES_READ    4096u /* offset indexes that are read to count pages */
#define INDEX_BYTES_MAX (16u * 1024 * 1024)

/* ---- facts ---- */

/* The number of pages by the offset index; 0: not known. */
static lf_rc count_pages(const lf_inspect_groups *g, const lf_pq_column_chunk *c, uint32_t *out) {
    lf_error *err = g->x->err;
    lf_pq_offset_index index;
    lf_arena arena;
    size_t done = 0, n = c->offset_index_length > 0 ? (size_t)c->offset_index_length : 0;
    *out = 0;
    if (!c->has_offset_index || n == 0 || n > INDEX_BYTES_MAX || c->offset_index_offset < 0) {
        return LF_OK;
    }
    uint8_t *bytes = lf_mem_alloc(g->x->alloc, n);
    if (bytes == NULL) return lf_fail_nomem(err, n);
    lf_arena_init(&arena, g->x->alloc, 0);
    lf_rc rc = LF_OK;
    while (rc == LF_OK && done < n) {
        size_t got;
        uint64_t at = (uint64_t)c->offset_index_offset + done;
        rc = g->source->type->read_at(g->source, at, bytes + done, n - done, &got, err);
        if (rc == LF_OK && got == 0) break;
        done += got;
    }
    /* A broken index is no reason to show nothing of the file. */
    lf_error ignored = {0};
    lf_span in = {bytes, done};
    if (rc == LF_OK && lf_pq_parse_offset_index(in, &arena, &index, &ignored) == LF_OK) {
        *out = index.n_pages;
    }
    lf_arena_reset(&arena);
    lf_mem_free(g->x->alloc, bytes, n);
    return rc;
}

typedef struct totals {
    uint64_t chunks, column_indexes, offset_indexes, bloom, pages, stored, plain;
    bool pages_known;
} totals;

static lf_rc add_group(const lf_inspect_groups *g, const lf_pq_row_group *r, totals *t) {
    for (uint32_t i = 0; i < r->n_columns; i++) {
        const lf_pq_column_chunk *c = &r->columns[i];
        uint32_t pages = 0;
        t->column_indexes += c->has_column_index;
        t->offset_indexes += c->has_offset_index;
        t->bloom += c->has_meta && c->meta.has_bloom_filter;
        t->stored += c->has_meta ? (uint64_t)c->meta.total_compressed_size : 0;
        t->plain += c->has_meta ? (uint64_t)c->meta.total_uncompressed_size : 0;
        if (t->chunks++ < INDEXES_READ) LF_TRY(count_pages(g, c, &pages));
        t->pages += pages;
        t->pages_known = t->pages_known && pages > 0;
    }
    return LF_OK;
}

static const char *short_encoding(uint32_t e) {
    static const char *const names[] = {"plain", NULL,   "dict", NULL,   NULL,
                                        "delta", "dlen", "dba",  "dict", "split"};
    return e < 10 ? names[e] : NULL;
}

lf_rc lf_inspect_encodings(uint32_t bits, const lf_pq_leaf *leaf, lf_buf *out, lf_error *err) {
    uint32_t done = 0;
    bool dict = bits & (1u << LF_PQ_PLAIN_DICTIONARY | 1u << LF_PQ_RLE_DICTIONARY);
    if (dict) LF_TRY(lf_buf_printf(out, err, "dict"));
    done += dict;
    for (uint32_t e = 0; e < 10; e++) {
        const char *name = short_encoding(e);
        if (e == LF_PQ_RLE && leaf->element.type == LF_PQ_BOOLEAN) name = "rle";
        if (e == LF_PQ_PLAIN_DICTIONARY || e == LF_PQ_RLE_DICTIONARY) continue;
        if (name == NULL || !(bits >> e & 1)) continue;
        LF_TRY(lf_buf_printf(out, err, "%s%s", done++ > 0 ? "," : "", name));
    }
    return LF_OK;
}

/* ---- text ---- */

static lf_rc number_cell(const lf_inspect_groups *g, lf_table *t, uint64_t n) {
    char text[32];
    return lf_table_cell_str(t, lf_inspect_count(n, text, sizeof text), g->x->err);
}

static lf_rc size_cell(const lf_inspect_groups *g, lf_table *t, uint64_t n) {
    char text[32];
    return lf_table_cell_str(t, lf_inspect_bytes(n, text, sizeof text), g->x->err);
}

static lf_rc columns_of(lf_table *t, const char *const *names, uint32_t first_right,
                        lf_error *err) {
    for (uint32_t i = 0; names[i] != NULL; i++) {
        LF_TRY(lf_table_column(t, names[i], strlen(names[i]), i >= first_right, 5, err));
    }
    return LF_OK;
}

static lf_rc put_group(const lf_inspect_groups *g, lf_table *t, uint32_t k, totals *all) {
    const lf_pq_row_group *r;
    totals one = {.pages_known = true};
    LF_TRY(lf_parquet_group(g->reader, k, &r, g->x->err));
    LF_TRY(add_group(g, r, &one));
    all->chunks += one.chunks;
    all->column_indexes += one.column_indexes;
    all->offset_indexes += one.offset_indexes;
    all->bloom += one.bloom;
    all->pages += one.pages;
    all->pages_known = all->pages_known && one.pages_known;
    if (k >= GROUPS_SHOWN) return LF_OK;
    LF_TRY(number_cell(g, t, k));
    LF_TRY(number_cell(g, t, (uint64_t)r->num_rows));
    LF_TRY(size_cell(g, t, one.stored));
    LF_TRY(size_cell(g, t, one.plain));
    if (one.pages_known) return number_cell(g, t, one.pages);
    return lf_table_cell_str(t, "?", g->x->err);
}

static lf_rc put_order(const lf_inspect_groups *g) {
    const lf_pq_row_group *r;
    lf_inspection *x = g->x;
    if (lf_parquet_footer(g->reader)->n_row_groups == 0) return LF_OK;
    LF_TRY(lf_parquet_group(g->reader, 0, &r, x->err));
    for (uint32_t i = 0; i < r->n_sorting && i < 8; i++) {
        const lf_pq_sorting_column *s = &r->sorting[i];
        bool known = s->column >= 0 && (uint32_t)s->column < r->n_columns;
        LF_TRY(lf_buf_printf(&x->out, x->err, "%s%.60s%s", i == 0 ? "sorted by: " : ", ",
                             known ? g->leaves[s->column].path : "?",
                             s->descending ? " descending" : ""));
    }
    return r->n_sorting > 0 ? lf_inspect_puts(x, "\n") : LF_OK;
}

static lf_rc put_index_line(const lf_inspect_groups *g, const totals *t) {
    lf_inspection *x = g->x;
    char a[32], b[32];
    if (t->offset_indexes == 0 && t->column_indexes == 0) {
        LF_TRY(lf_inspect_puts(x, "page index: none\n"));
    } else {
        bool all = t->offset_indexes == t->chunks && t->column_indexes == t->chunks;
        lf_inspect_count(t->chunks, a, sizeof a);
        LF_TRY(lf_buf_printf(&x->out, x->err, "page index: of %s%s column chunks",
                             all ? "all " : "", all ? a : "some"));
        if (!all) {
            LF_TRY(lf_buf_printf(&x->out, x->err, " (%llu of %s with places, %llu with bounds)",
                                 (unsigned long long)t->offset_indexes, a,
                                 (unsigned long long)t->column_indexes));
        }
        if (t->pages_known) {
            LF_TRY(lf_buf_printf(&x->out, x->err, ", %s pages",
                                 lf_inspect_count(t->pages, b, sizeof b)));
        }
        LF_TRY(lf_inspect_puts(x, "\n"));
    }
    if (t->bloom == 0) return LF_OK;
    return lf_buf_printf(&x->out, x->err, "Bloom filters: for %s of %s column chunks\n",
                         lf_inspect_count(t->bloom, a, sizeof a),
                         lf_inspect_count(t->chunks, b, sizeof b));
}

lf_rc lf_inspect_groups_text(const lf_inspect_groups *g) {
    static const char *const names[] = {"row group", "rows", "size", "plain", "pages", NULL};
    lf_inspection *x = g->x;
    uint32_t n = lf_parquet_footer(g->reader)->n_row_groups, shown;
    totals all = {.pages_known = true};
    if (n == 0) return LF_OK;
    lf_table *t = lf_mem_alloc(x->alloc, sizeof *t);
    if (t == NULL) return lf_fail_nomem(x->err, sizeof *t);
    lf_table_init(t, x->alloc);
    lf_rc rc = columns_of(t, names, 0, x->err);
    for (uint32_t i = 0; rc == LF_OK && i < n; i++) {
        rc = put_group(g, t, i, &all);
    }
    if (rc == LF_OK) rc = lf_inspect_puts(x, "\n");
    if (rc == LF_OK) rc = lf_table_print(t, x->width, &shown, &x->out, x->err);
    lf_table_reset(t);
    lf_mem_free(x->alloc, t, sizeof *t);
    if (rc != LF_OK) return rc;
    if (n > GROUPS_SHOWN) {
        LF_TRY(lf_buf_printf(&x->out, x->err, "… %u more row groups (--chunks shows all)\n",
                             (unsigned)(n - GROUPS_SHOWN)));
    }
    LF_TRY(put_index_line(g, &all));
    return put_order(g);
}

static lf_rc chunk_cells(const lf_inspect_groups *g, lf_table *t, uint32_t leaf,
                         const lf_pq_column_chunk *c, lf_buf *s) {
    lf_error *err = g->x->err;
    const lf_pq_column_meta *m = &c->meta;
    char text[32];
    uint32_t pages;
    lf_buf_clear(s);
    LF_TRY(lf_inspect_encodings(lf_inspect_data_encodings(m), &g->leaves[leaf].leaf, s, err));
    LF_TRY(lf_table_cell_str(t, g->leaves[leaf].path, err));
    LF_TRY(lf_table_cell_str(t, c->has_meta ? lf_pq_codec_name(m->codec) : "?", err));
    LF_TRY(lf_table_cell(t, s->data, s->len, err));
    LF_TRY(number_cell(g, t, (uint64_t)m->num_values));
    bool nulls = m->has_stats && m->stats.has_null_count;
    LF_TRY(lf_table_cell_str(
        t, nulls ? lf_inspect_count((uint64_t)m->stats.null_count, text, sizeof text) : "?", err));
    LF_TRY(size_cell(g, t, (uint64_t)m->total_compressed_size));
    LF_TRY(size_cell(g, t, (uint64_t)m->total_uncompressed_size));
    LF_TRY(count_pages(g, c, &pages));
    return pages > 0 ? number_cell(g, t, pages) : lf_table_cell_str(t, "?", err);
}

static lf_rc chunks_of(const lf_inspect_groups *g, uint32_t k, lf_table *t, lf_buf *s) {
    static const char *const names[] = {"column", "codec", "encodings", "values", "nulls",
                                        "size",   "plain", "pages",     NULL};
    lf_inspection *x = g->x;
    const lf_pq_row_group *r;
    char a[32];
    uint32_t shown;
    LF_TRY(lf_parquet_group(g->reader, k, &r, x->err));
    LF_TRY(columns_of(t, names, 3, x->err));
    for (uint32_t i = 0; i < r->n_columns; i++) {
        LF_TRY(chunk_cells(g, t, i, &r->columns[i], s));
    }
    LF_TRY(lf_buf_printf(&x->out, x->err, "\nrow group %u: %s rows\n", (unsigned)k,
                         lf_inspect_count((uint64_t)r->num_rows, a, sizeof a)));
    LF_TRY(lf_table_print(t, x->width, &shown, &x->out, x->err));
    return lf_inspect_flush(x, false);
}

lf_rc lf_inspect_chunks_text(const lf_inspect_groups *g) {
    lf_inspection *x = g->x;
    uint32_t n = lf_parquet_footer(g->reader)->n_row_groups;
    lf_buf s;
    lf_rc rc = LF_OK;
    lf_table *t = lf_mem_alloc(x->alloc, sizeof *t);
    if (t == NULL) return lf_fail_nomem(x->err, sizeof *t);
    lf_buf_init(&s, x->alloc, 0);
    for (uint32_t i = 0; rc == LF_OK && i < n; i++) {
        lf_table_init(t, x->alloc);
        rc = chunks_of(g, i, t, &s);
        lf_table_reset(t);
    }
    lf_buf_reset(&s);
    lf_mem_free(x->alloc, t, sizeof *t);
    return rc;
}

/* ---- JSON ---- */

static lf_rc json_count(lf_inspection *x, const char *name, bool known, int64_t n) {
    if (!known) return lf_buf_printf(&x->out, x->err, ",\"%s\":null", name);
    return lf_buf_printf(&x->out, x->err, ",\"%s\":%lld", name, (long long)n);
}

static lf_rc json_chunk(const lf_inspect_groups *g, uint32_t leaf, const lf_pq_column_chunk *c) {
    lf_inspection *x = g->x;
    const lf_pq_column_meta *m = &c->meta;
    const char *sep = "";
    uint32_t pages = 0;
    LF_TRY(lf_inspect_puts(x, "{"));
    LF_TRY(lf_inspect_pair(x, "name", g->leaves[leaf].path));
    LF_TRY(lf_inspect_puts(x, ","));
    LF_TRY(lf_inspect_pair(x, "codec", lf_pq_codec_name(m->codec)));
    LF_TRY(lf_inspect_puts(x, ",\"encodings\":["));
    for (int32_t e = 0; e < 31; e++) {
        if (!(m->encodings >> e & 1)) continue;
        LF_TRY(lf_buf_printf(&x->out, x->err, "%s\"%s\"", sep, lf_pq_encoding_name(e)));
        sep = ",";
    }
    LF_TRY(lf_inspect_puts(x, "]"));
    LF_TRY(json_count(x, "values", c->has_meta, m->num_values));
    LF_TRY(json_count(x, "nulls", m->has_stats && m->stats.has_null_count, m->stats.null_count));
    LF_TRY(json_count(x, "compressed_bytes", c->has_meta, m->total_compressed_size));
    LF_TRY(json_count(x, "uncompressed_bytes", c->has_meta, m->total_uncompressed_size));
    LF_TRY(json_count(x, "data_page_offset", c->has_meta, m->data_page_offset));
    LF_TRY(json_count(x, "dictionary_page_offset", m->has_dictionary, m->dictionary_page_offset));
    LF_TRY(json_count(x, "bloom_filter_offset", m->has_bloom_filter, m->bloom_filter_offset));
    LF_TRY(count_pages(g, c, &pages));
    LF_TRY(json_count(x, "pages", pages > 0, pages));
    return lf_buf_printf(&x->out, x->err, ",\"offset_index\":%s,\"column_index\":%s}",
                         c->has_offset_index ? "true" : "false",
                         c->has_column_index ? "true" : "false");
}

static lf_rc json_group(const lf_inspect_groups *g, uint32_t k) {
    lf_inspection *x = g->x;
    const lf_pq_row_group *r;
    LF_TRY(lf_parquet_group(g->reader, k, &r, x->err));
    LF_TRY(lf_buf_printf(&x->out, x->err, "%s{\"rows\":%lld,\"sorted_by\":[", k > 0 ? ",\n" : "\n",
                         (long long)r->num_rows));
    for (uint32_t i = 0; i < r->n_sorting; i++) {
        const lf_pq_sorting_column *s = &r->sorting[i];
        bool known = s->column >= 0 && (uint32_t)s->column < r->n_columns;
        LF_TRY(lf_inspect_puts(x, i > 0 ? ",{" : "{"));
        LF_TRY(lf_inspect_pair(x, "name", known ? g->leaves[s->column].path : "?"));
        LF_TRY(lf_buf_printf(&x->out, x->err, ",\"descending\":%s,\"nulls_first\":%s}",
                             s->descending ? "true" : "false", s->nulls_first ? "true" : "false"));
    }
    LF_TRY(lf_inspect_puts(x, "],\"columns\":["));
    for (uint32_t i = 0; i < r->n_columns; i++) {
        LF_TRY(lf_inspect_puts(x, i > 0 ? ",\n" : "\n"));
        LF_TRY(json_chunk(g, i, &r->columns[i]));
        LF_TRY(lf_inspect_flush(x, false));
    }
    return lf_inspect_puts(x, "]}");
}

lf_rc lf_inspect_groups_json(const lf_inspect_groups *g) {
    uint32_t n = lf_parquet_footer(g->reader)->n_row_groups;
    LF_TRY(lf_inspect_puts(g->x, ",\"groups\":["));
    for (uint32_t i = 0; i < n; i++) {
        LF_TRY(json_group(g, i));
    }
    return lf_inspect_puts(g->x, "]");
}
