#include "decode/parquet/parquet_format.h"
#include "core/limits.h"
#include "decode/parquet/parquet_rows.h"
#include <string.h>

#define PART_BYTES  (16 * LF_MIB) /* a part of a row group: pages at its start are read twice */
#define TEXT_BYTES  16u           /* of a text in a dictionary, where nothing tells */
#define PAGE_BYTES  (1 * LF_MIB)  /* as writers make them */
#define CHUNK_BYTES (96 * LF_KIB) /* tile and headers of a column */

typedef struct parquet_input {
    lf_reader base;
    const lf_alloc *alloc;
    lf_parquet_reader *file;
    lf_parquet_rows *rows;
    uint32_t *columns;
    uint32_t n_columns;
    bool nested;
} parquet_input;

static lf_rc parquet_select(lf_reader *r, const uint32_t *columns, uint32_t n, lf_error *err) {
    parquet_input *p = (parquet_input *)r;
    p->columns = lf_mem_alloc(p->alloc, (n + 1ul) * sizeof *columns);
    if (p->columns == NULL) return lf_fail_nomem(err, n * sizeof *columns);
    p->n_columns = n;
    for (uint32_t i = 0; i < n; i++) {
        p->columns[i] = columns[i];
        p->nested |= lf_type_is_nested(r->schema->fields[columns[i]].type);
    }
    return lf_parquet_rows_open(p->file, columns, n, 0, UINT32_MAX, &p->rows, err);
}

/* What the values of a leaf take as a batch has them, told from its chunk's metadata. */
static uint64_t leaf_bytes(lf_type type, const lf_pq_column_meta *m) {
    const uint64_t n = m->num_values > 0 ? (uint64_t)m->num_values : 0;
    const uint64_t plain =
        m->total_uncompressed_size > 0 ? (uint64_t)m->total_uncompressed_size : 0;
    if (type.id != LF_T_STRING) return n * (lf_type_slot_bytes(type) + 1);
    if (m->has_unencoded_bytes && m->unencoded_bytes >= 0) return n + (uint64_t)m->unencoded_bytes;
    return n + (plain > n * TEXT_BYTES ? plain : n * TEXT_BYTES);
}

/* Sums over the selected leaves of a row group. */
static lf_rc group_bytes(parquet_input *p, uint32_t group, lf_reader_piece *out, uint64_t *pages,
                         lf_error *err) {
    const lf_pq_row_group *g;
    const lf_parquet_tree *tree = lf_parquet_tree_of(p->file);
    LF_TRY(lf_parquet_group(p->file, group, &g, err));
    *out = (lf_reader_piece){.rows = g->num_rows > 0 ? (uint64_t)g->num_rows : 0};
    for (uint32_t i = 0; i < p->n_columns; i++) {
        const lf_parquet_node *node = &tree->nodes[tree->columns[p->columns[i]]];
        for (uint32_t k = 0; k < node->n_leaves; k++) {
            const uint32_t leaf = node->first_leaf + k;
            const lf_pq_column_meta *m = &g->columns[leaf].meta;
            const uint64_t stored = (uint64_t)m->total_uncompressed_size;
            const uint64_t b = leaf_bytes(tree->leaves[leaf].leaf.type, m);
            if (__builtin_add_overflow(out->bytes, b, &out->bytes)) out->bytes = UINT64_MAX / 2;
            *pages += CHUNK_BYTES + (stored < PAGE_BYTES ? stored * 3 / 2 : PAGE_BYTES * 3 / 2);
        }
    }
    return LF_OK;
}

static lf_rc parquet_piece(lf_reader *r, uint64_t i, lf_reader_piece *out, bool *has_out,
                           lf_error *err) {
    parquet_input *p = (parquet_input *)r;
    uint64_t pages = 0;
    *has_out = i < lf_parquet_footer(p->file)->n_row_groups;
    if (!*has_out) return LF_OK;
    LF_TRY(group_bytes(p, (uint32_t)i, out, &pages, err));
    out->part_least = p->nested ? UINT64_MAX : PART_BYTES;
    return LF_OK;
}

/* Bounds of numbers hold in any order that was ever written for them, but the deprecated ones of
 * unsigned numbers; those of texts and doubles in the order of their type alone. */
static bool order_holds(const lf_pq_footer *f, const lf_pq_leaf *l, uint32_t leaf, bool old) {
    const bool told = leaf < f->n_column_orders;
    const bool typed = told && f->column_orders[leaf] == 1;
    if (l->type.id == LF_T_STRING || l->type.id == LF_T_DOUBLE) return typed && !old;
    if (l->as == LF_PQ_AS_UNSIGNED32 || l->type.id == LF_T_UINT64 ||
        l->element.type == LF_PQ_BYTE_ARRAY || l->element.type == LF_PQ_FIXED)
        return (typed || !told) && !old;
    return typed || !told;
}

static bool is_nan(const uint64_t slot[2]) {
    double v;
    memcpy(&v, &slot[0], sizeof v);
    return v != v;
}

static void read_bounds(const lf_pq_leaf *l, const lf_pq_stats *s, lf_span lo, lf_span hi,
                        lf_reader_bounds *out) {
    if (l->type.id == LF_T_STRING) {
        if (l->as != LF_PQ_AS_VIEW || l->binary || l->element.type != LF_PQ_BYTE_ARRAY) return;
        out->has_lo = lo.data != NULL;
        out->has_hi = hi.data != NULL;
        out->lo_text = lo;
        out->hi_text = hi;
        return;
    }
    out->has_lo = lo.data != NULL && lf_pq_plain_value(l, lo, out->lo);
    out->has_hi = hi.data != NULL && lf_pq_plain_value(l, hi, out->hi);
    if (l->type.id != LF_T_DOUBLE) return;
    if ((out->has_lo && is_nan(out->lo)) || (out->has_hi && is_nan(out->hi)))
        out->has_lo = out->has_hi = false;
    out->has_hi &= s->has_nan_count && s->nan_count == 0;
}

static bool parquet_bounds(lf_reader *r, uint64_t i, uint32_t column, lf_reader_bounds *out) {
    parquet_input *p = (parquet_input *)r;
    const lf_parquet_tree *tree = lf_parquet_tree_of(p->file);
    const lf_parquet_node *node = &tree->nodes[tree->columns[p->columns[column]]];
    const lf_pq_leaf *l = &tree->leaves[node->first_leaf].leaf;
    const lf_pq_row_group *g;
    *out = (lf_reader_bounds){.rows = UINT64_MAX, .nulls = UINT64_MAX};
    if (node->n_leaves != 1 || lf_type_is_nested(node->type) || l->max_rep > 0 || l->max_def > 1 ||
        lf_parquet_group(p->file, (uint32_t)i, &g, NULL) != LF_OK)
        return false;
    const lf_pq_column_chunk *c = &g->columns[node->first_leaf];
    const lf_pq_column_meta *m = &c->meta;
    const lf_pq_stats *s = &m->stats;
    if (!c->has_meta || !m->has_stats || m->type != l->element.type || g->num_rows < 0)
        return false;
    out->rows = (uint64_t)g->num_rows;
    if (s->has_null_count && s->null_count >= 0 && s->null_count <= g->num_rows)
        out->nulls = (uint64_t)s->null_count;
    const bool old = s->min.data == NULL && s->max.data == NULL;
    if (order_holds(lf_parquet_footer(p->file), l, node->first_leaf, old))
        read_bounds(l, s, old ? s->old_min : s->min, old ? s->old_max : s->max, out);
    return true;
}

static lf_rc parquet_seek(lf_reader *r, uint64_t i, uint64_t row, lf_error *err) {
    return lf_parquet_rows_seek(((parquet_input *)r)->rows, (uint32_t)i, row, err);
}

/* A page of each column, of the first row group: which also has the largest, as a rule. */
static uint64_t parquet_bytes(lf_reader *r) {
    parquet_input *p = (parquet_input *)r;
    lf_reader_piece first;
    uint64_t pages = lf_parquet_footer_bytes(p->file) * 2;
    if (lf_parquet_footer(p->file)->n_row_groups == 0) return pages;
    return group_bytes(p, 0, &first, &pages, NULL) == LF_OK ? pages : 0;
}

static lf_rc parquet_next(lf_reader *r, uint32_t max_rows, lf_batch *out, lf_error *err) {
    return lf_parquet_rows_next(((parquet_input *)r)->rows, max_rows, out, err);
}

static void parquet_close(lf_reader *r) {
    parquet_input *p = (parquet_input *)r;
    lf_parquet_rows_close(p->rows);
    lf_parquet_close(p->file);
    lf_mem_free(p->alloc, p->columns, (p->n_columns + 1ul) * sizeof *p->columns);
    lf_mem_free(p->alloc, p, sizeof *p);
}

static const lf_reader_type type = {.select = parquet_select,
                                    .next = parquet_next,
                                    .piece = parquet_piece,
                                    .bounds = parquet_bounds,
                                    .seek = parquet_seek,
                                    .bytes = parquet_bytes,
                                    .close = parquet_close};

static lf_rc parquet_open(const lf_reader_format *f, lf_source *s, const lf_alloc *alloc,
                          lf_reader **out, lf_error *err) {
    (void)f;
    parquet_input *p = lf_mem_zalloc(alloc, sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, sizeof *p);
    p->alloc = alloc;
    const lf_parquet_opts o = {.struct_size = sizeof o, .alloc = alloc, .int96_ns = false};
    const lf_rc rc = lf_parquet_open(s, &o, &p->file, err);
    if (rc != LF_OK) {
        lf_mem_free(alloc, p, sizeof *p);
        return rc;
    }
    p->base = (lf_reader){.type = &type,
                          .schema = lf_parquet_schema(p->file),
                          .n_rows = (uint64_t)lf_parquet_footer(p->file)->num_rows};
    *out = &p->base;
    return LF_OK;
}

static bool parquet_sniff(lf_span head) {
    return lf_parquet_sniff(head) > 0;
}

const lf_reader_format lf_parquet_format = {
    .name = "parquet", .again = true, .sniff = parquet_sniff, .open = parquet_open};
