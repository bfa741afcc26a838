/* What is in a Parquet file: from the footer alone, but for the rows that were asked for. */
#include "api/inspect_groups.h"
#include "api/inspect_internal.h"
#include "api/inspect_stats.h"
#include "api/inspect_table.h"
#include "decode/parquet/parquet_rows.h"
#include "infer/cell_text.h"
#include <string.h>

#define SHOWN_COLUMNS_MAX 64u   /* no terminal has more */
#define MEASURED_ROWS     1000u /* widths are judged by these; later rows are printed likewise */

typedef struct view {
    lf_inspection *x;
    lf_source *source;
    lf_parquet_reader *reader;
    lf_inspect_leaf *leaves;
    uint32_t n_leaves;
    uint64_t file_bytes, rows;
    lf_arena arena;
} view;

/* ---- words ---- */

static lf_inspect_groups groups_of(const view *v) {
    return (lf_inspect_groups){v->x, v->source, v->reader, v->leaves};
}

static lf_rc codecs_text(const lf_inspect_leaf *l, lf_buf *out, lf_error *err) {
    uint32_t done = 0;
    for (uint32_t c = 0; c < 32; c++) {
        if (!(l->codecs >> c & 1)) continue;
        LF_TRY(lf_buf_printf(out, err, "%s%s", done++ > 0 ? "," : "",
                             lf_pq_codec_name(c < 31 ? (int32_t)c : -1)));
    }
    return LF_OK;
}

static bool is_number(lf_type t) {
    return t.id == LF_T_INT64 || t.id == LF_T_UINT64 || t.id == LF_T_DOUBLE || t.id == LF_T_DECIMAL;
}

/* ---- text ---- */

static const char *plural(uint64_t n) {
    return n == 1 ? "" : "s";
}

/* All leaves have the same codec: it is named once. */
static bool one_codec(const view *v) {
    uint32_t codecs = 0;
    for (uint32_t i = 0; i < v->n_leaves; i++) {
        codecs |= v->leaves[i].codecs;
    }
    return (codecs & (codecs - 1)) == 0;
}

static lf_rc put_head(view *v) {
    lf_inspection *x = v->x;
    const lf_pq_footer *f = lf_parquet_footer(v->reader);
    uint32_t columns = lf_parquet_tree_of(v->reader)->n_columns;
    uint64_t plain = 0;
    char a[32], b[32], c[32];
    for (uint32_t i = 0; i < v->n_leaves; i++) {
        plain += v->leaves[i].plain_bytes;
    }
    LF_TRY(lf_inspect_path(x));
    LF_TRY(lf_buf_printf(&x->out, x->err, ": Parquet, %s",
                         lf_inspect_bytes(v->file_bytes, a, sizeof a)));
    bool packed = v->n_leaves > 0 && !(one_codec(v) && v->leaves[0].codecs & 1);
    if (packed && one_codec(v)) {
        LF_TRY(lf_inspect_puts(x, ", "));
        LF_TRY(codecs_text(&v->leaves[0], &x->out, x->err));
    }
    if (packed && plain > 0) {
        LF_TRY(lf_buf_printf(&x->out, x->err, " (%s before compression)",
                             lf_inspect_bytes(plain, b, sizeof b)));
    }
    LF_TRY(lf_buf_printf(&x->out, x->err, "\n%s row%s in %s row group%s, %u column%s\n",
                         lf_inspect_count(v->rows, a, sizeof a), plural(v->rows),
                         lf_inspect_count(f->n_row_groups, c, sizeof c), plural(f->n_row_groups),
                         (unsigned)columns, plural(columns)));
    if (f->created_by.len == 0) return LF_OK;
    LF_TRY(lf_inspect_puts(x, "written by "));
    int n = f->created_by.len < 200 ? (int)f->created_by.len : 200;
    return lf_buf_printf(&x->out, x->err, "%.*s\n", n, (const char *)f->created_by.data);
}

static lf_rc put_leaf(view *v, lf_table *t, const lf_inspect_leaf *l, uint64_t all, lf_buf *s) {
    lf_error *err = v->x->err;
    char text[64];
    LF_TRY(lf_table_cell_str(t, l->path, err));
    const char *type = lf_type_print(l->leaf.type, text, sizeof text);
    LF_TRY(lf_table_cell_str(t, l->leaf.binary ? "bytes" : type, err));
    LF_TRY(lf_table_cell_str(
        t, l->nulls_known ? lf_inspect_count(l->nulls, text, sizeof text) : "?", err));
    for (int i = 0; i < 4; i++) {
        lf_buf_clear(s);
        if (i == 0) LF_TRY(lf_inspect_bound_text(l, &l->min, false, s, err));
        if (i == 1) LF_TRY(lf_inspect_bound_text(l, &l->max, false, s, err));
        if (i == 2) LF_TRY(lf_inspect_encodings(l->data_encodings, &l->leaf, s, err));
        if (i == 3 && one_codec(v)) break;
        if (i == 3) LF_TRY(codecs_text(l, s, err));
        LF_TRY(lf_table_cell(t, s->data, s->len, err));
    }
    LF_TRY(lf_table_cell_str(t, lf_inspect_bytes(l->stored_bytes, text, sizeof text), err));
    lf_buf_clear(s);
    double share = all > 0 ? 100.0 * (double)l->stored_bytes / (double)all : 0;
    LF_TRY(lf_buf_printf(s, err, share < 9.95 ? "%.1f%%" : "%.0f%%", share));
    return lf_table_cell(t, s->data, s->len, err);
}

static lf_rc put_leaves(view *v) {
    static const struct {
        const char *name;
        bool right;
        uint32_t least;
    } heads[] = {{"column", false, 11}, {"type", false, 8}, {"nulls", true, 6},
                 {"min", false, 10},    {"max", false, 10}, {"enc", false, 5},
                 {"codec", false, 6},   {"size", true, 6},  {"share", true, 5}};
    lf_inspection *x = v->x;
    lf_table *t = lf_mem_alloc(x->alloc, sizeof *t);
    lf_buf s;
    lf_rc rc = LF_OK;
    uint64_t all = 0;
    uint32_t shown;
    if (t == NULL) return lf_fail_nomem(x->err, sizeof *t);
    lf_buf_init(&s, x->alloc, 0);
    lf_table_init(t, x->alloc);
    for (uint32_t i = 0; i < v->n_leaves; i++) {
        all += v->leaves[i].stored_bytes;
    }
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        if (i == 6 && one_codec(v)) continue;
        LF_GO(lf_table_column(t, heads[i].name, strlen(heads[i].name), heads[i].right,
                              heads[i].least, x->err));
    }
    for (uint32_t i = 0; i < v->n_leaves; i++) {
        LF_GO(put_leaf(v, t, &v->leaves[i], all, &s));
    }
    LF_GO(lf_inspect_puts(x, "\n"));
    LF_GO(lf_table_print(t, x->width, &shown, &x->out, x->err));
out:
    lf_table_reset(t);
    lf_buf_reset(&s);
    lf_mem_free(x->alloc, t, sizeof *t);
    return rc;
}

static bool is_ours(lf_span key) {
    return key.len > 8 && memcmp(key.data, "logflow.", 8) == 0;
}

static lf_rc put_metadata(view *v) {
    lf_inspection *x = v->x;
    const lf_pq_footer *f = lf_parquet_footer(v->reader);
    uint32_t others = 0, ours = 0;
    for (uint32_t i = 0; i < f->n_key_values; i++) {
        const lf_pq_key_value *kv = &f->key_values[i];
        if (!is_ours(kv->key)) {
            others++;
            continue;
        }
        if (kv->key.len > 15 && memcmp(kv->key.data, "logflow.replay.", 15) == 0)
            continue; /* for programs: --json shows it */
        if (ours++ == 0) LF_TRY(lf_inspect_puts(x, "\n"));
        int k = kv->key.len < 60 ? (int)kv->key.len : 60;
        int n = kv->value.len < 200 ? (int)kv->value.len : 200;
        LF_TRY(lf_buf_printf(&x->out, x->err, "%.*s = %.*s\n", k, (const char *)kv->key.data, n,
                             kv->value.data != NULL ? (const char *)kv->value.data : ""));
    }
    if (others == 0) return LF_OK;
    return lf_buf_printf(&x->out, x->err, "%s%u other key%s of metadata (--json shows all)\n",
                         ours == 0 ? "\n" : "", (unsigned)others, plural(others));
}

/* ---- rows as a table ---- */

static lf_rc add_rows(view *v, lf_table *t, const lf_batch *b, lf_buf *s) {
    const lf_schema *schema = lf_parquet_schema(v->reader);
    for (uint32_t r = 0; r < b->n_rows; r++) {
        for (uint32_t c = 0; c < b->n_columns; c++) {
            lf_buf_clear(s);
            LF_TRY(lf_cell_text(&b->columns[c], &schema->fields[c], r, s, v->x->err));
            LF_TRY(lf_table_cell(t, s->data, s->len, v->x->err));
        }
    }
    return LF_OK;
}

static lf_rc rows_heads(view *v, lf_table *t, uint32_t n) {
    const lf_schema *schema = lf_parquet_schema(v->reader);
    for (uint32_t i = 0; i < n; i++) {
        const lf_field *f = &schema->fields[i];
        bool right = is_number(f->type);
        LF_TRY(lf_table_column(t, f->name, strlen(f->name), right, right ? 12 : 8, v->x->err));
    }
    return LF_OK;
}

static lf_rc print_rows_part(view *v, lf_parquet_rows *rows, uint32_t n_columns, uint64_t want,
                             uint32_t *shown, uint64_t *done) {
    lf_inspection *x = v->x;
    lf_rc rc;
    lf_buf s;
    lf_table *t = lf_mem_alloc(x->alloc, sizeof *t);
    if (t == NULL) return lf_fail_nomem(x->err, sizeof *t);
    lf_table_init(t, x->alloc);
    lf_buf_init(&s, x->alloc, 0);
    LF_GO(rows_heads(v, t, n_columns));
    *done = 0;
    while (*done < want) {
        lf_batch b;
        uint64_t left = want - *done;
        LF_GO(lf_parquet_rows_next(rows, left < 8192 ? (uint32_t)left : 8192, &b, x->err));
        if (b.n_rows == 0) break;
        *done += b.n_rows;
        LF_GO(add_rows(v, t, &b, &s));
    }
    if (*done > 0) LF_GO(lf_table_print(t, x->width, shown, &x->out, x->err));
    rc = lf_inspect_flush(x, false);
out:
    lf_table_reset(t);
    lf_buf_reset(&s);
    lf_mem_free(x->alloc, t, sizeof *t);
    return rc;
}

static lf_rc put_rows(view *v) {
    lf_inspection *x = v->x;
    uint32_t all = lf_parquet_tree_of(v->reader)->n_columns, shown = 0;
    uint32_t n = all < SHOWN_COLUMNS_MAX ? all : SHOWN_COLUMNS_MAX;
    uint32_t columns[SHOWN_COLUMNS_MAX];
    lf_parquet_rows *rows = NULL;
    if (n == 0) return LF_OK;
    if (n > x->width / 3 + 1) n = x->width / 3 + 1;
    for (uint32_t i = 0; i < n; i++) {
        columns[i] = i;
    }
    LF_TRY(lf_inspect_puts(x, "\n"));
    LF_TRY(lf_parquet_rows_open(v->reader, columns, n, 0, UINT32_MAX, &rows, x->err));
    lf_rc rc = LF_OK;
    uint64_t done = 0, left = x->opts.rows;
    do {
        uint64_t part = left < MEASURED_ROWS ? left : MEASURED_ROWS;
        LF_GO(print_rows_part(v, rows, n, part, &shown, &done));
        left -= done;
        if (done < part) break;
    } while (left > 0);
    if (shown > 0 && shown < all) {
        rc = lf_buf_printf(&x->out, x->err, "… %u more column%s\n", (unsigned)(all - shown),
                           plural(all - shown));
    }
out:
    lf_parquet_rows_close(rows);
    return rc;
}

/* ---- JSON ---- */

static lf_rc json_span(view *v, lf_span s) {
    if (s.data == NULL) return lf_inspect_puts(v->x, "null");
    return lf_buf_append_json(&v->x->out, s.data, s.len, v->x->err);
}

static lf_rc json_bound(view *v, const char *name, const lf_inspect_leaf *l,
                        const lf_inspect_bound *b, lf_buf *s) {
    lf_inspection *x = v->x;
    lf_buf_clear(s);
    LF_TRY(lf_buf_printf(&x->out, x->err, ",\"%s\":", name));
    if (!b->known || l->bounds_off) return lf_inspect_puts(x, "null");
    LF_TRY(lf_inspect_bound_text(l, b, true, s, x->err));
    bool bare = l->leaf.type.id == LF_T_BOOL || l->leaf.type.id == LF_T_INT64 ||
                l->leaf.type.id == LF_T_UINT64 ||
                (l->leaf.type.id == LF_T_DOUBLE && b->value.f64 - b->value.f64 == 0);
    if (bare) return lf_buf_append(&x->out, s->data, s->len, x->err);
    return lf_buf_append_json(&x->out, s->data, s->len, x->err);
}

static lf_rc json_leaf(view *v, const lf_inspect_leaf *l, lf_buf *s) {
    lf_inspection *x = v->x;
    char type[64];
    uint32_t done = 0;
    LF_TRY(lf_inspect_puts(x, "{"));
    LF_TRY(lf_inspect_pair(x, "name", l->path));
    LF_TRY(lf_inspect_puts(x, ","));
    LF_TRY(lf_inspect_pair(x, "type", lf_type_print(l->leaf.type, type, sizeof type)));
    LF_TRY(lf_inspect_puts(x, ","));
    LF_TRY(lf_inspect_pair(x, "physical", lf_pq_physical_name(l->leaf.element.type)));
    LF_TRY(lf_buf_printf(&x->out, x->err,
                         ",\"nullable\":%s,\"nulls\":", l->leaf.max_def > 0 ? "true" : "false"));
    LF_TRY(l->nulls_known ? lf_buf_printf(&x->out, x->err, "%llu", (unsigned long long)l->nulls)
                          : lf_inspect_puts(x, "null"));
    LF_TRY(json_bound(v, "min", l, &l->min, s));
    LF_TRY(json_bound(v, "max", l, &l->max, s));
    LF_TRY(lf_inspect_puts(x, ",\"encodings\":["));
    for (uint32_t e = 0; e < 32; e++) {
        if (!(l->encodings >> e & 1)) continue;
        LF_TRY(lf_buf_printf(&x->out, x->err, "%s\"%s\"", done++ > 0 ? "," : "",
                             lf_pq_encoding_name((int32_t)e)));
    }
    LF_TRY(lf_inspect_puts(x, "],"));
    lf_buf_clear(s);
    LF_TRY(codecs_text(l, s, x->err));
    LF_TRY(lf_buf_append(s, "", 1, x->err));
    LF_TRY(lf_inspect_pair(x, "codec", (const char *)s->data));
    return lf_buf_printf(&x->out, x->err, ",\"compressed_bytes\":%llu,\"uncompressed_bytes\":%llu}",
                         (unsigned long long)l->stored_bytes, (unsigned long long)l->plain_bytes);
}

static lf_rc json_rows(view *v) {
    lf_inspection *x = v->x;
    lf_parquet_rows *rows = NULL;
    const lf_schema *schema = lf_parquet_schema(v->reader);
    uint64_t done = 0;
    lf_rc rc;
    LF_TRY(lf_inspect_puts(x, ",\"sample\":["));
    LF_TRY(lf_parquet_rows_open(v->reader, NULL, 0, 0, UINT32_MAX, &rows, x->err));
    for (;;) {
        lf_batch b;
        uint64_t left = x->opts.rows - done;
        LF_GO(lf_parquet_rows_next(rows, left < 8192 ? (uint32_t)left : 8192, &b, x->err));
        if (b.n_rows == 0) break;
        for (uint32_t r = 0; r < b.n_rows; r++) {
            LF_GO(lf_inspect_puts(x, done + r > 0 ? ",\n[" : "\n["));
            for (uint32_t c = 0; c < b.n_columns; c++) {
                if (c > 0) LF_GO(lf_inspect_puts(x, ","));
                LF_GO(lf_cell_json(&b.columns[c], &schema->fields[c], r, false, &x->out, x->err));
            }
            LF_GO(lf_inspect_puts(x, "]"));
            LF_GO(lf_inspect_flush(x, false));
        }
        done += b.n_rows;
    }
    rc = lf_inspect_puts(x, "]");
out:
    lf_parquet_rows_close(rows);
    return rc;
}

static lf_rc json_head(view *v) {
    lf_inspection *x = v->x;
    const lf_pq_footer *f = lf_parquet_footer(v->reader);
    LF_TRY(lf_inspect_puts(x, "{"));
    LF_TRY(lf_inspect_pair(x, "file", x->path));
    LF_TRY(lf_buf_printf(&x->out, x->err,
                         ",\"format\":\"parquet\",\"bytes\":%llu,\"rows\":%llu,\"row_groups\":%u,"
                         "\"footer_bytes\":%llu,\"created_by\":",
                         (unsigned long long)v->file_bytes, (unsigned long long)v->rows,
                         (unsigned)f->n_row_groups,
                         (unsigned long long)lf_parquet_footer_bytes(v->reader)));
    LF_TRY(json_span(v, f->created_by));
    LF_TRY(lf_inspect_puts(x, ",\"metadata\":{"));
    for (uint32_t i = 0; i < f->n_key_values; i++) {
        if (i > 0) LF_TRY(lf_inspect_puts(x, ","));
        LF_TRY(json_span(v, f->key_values[i].key));
        LF_TRY(lf_inspect_puts(x, ":"));
        LF_TRY(json_span(v, f->key_values[i].value));
    }
    return lf_inspect_puts(x, "},\"schema\":");
}

static lf_rc put_json(view *v) {
    lf_inspection *x = v->x;
    lf_buf s;
    lf_rc rc = LF_OK;
    lf_buf_init(&s, x->alloc, 0);
    LF_GO(json_head(v));
    LF_GO(lf_schema_to_json(lf_parquet_schema(v->reader), &x->out, x->err));
    LF_GO(lf_inspect_puts(x, ",\"columns\":["));
    for (uint32_t i = 0; i < v->n_leaves; i++) {
        LF_GO(lf_inspect_puts(x, i > 0 ? ",\n" : "\n"));
        LF_GO(json_leaf(v, &v->leaves[i], &s));
        LF_GO(lf_inspect_flush(x, false));
    }
    LF_GO(lf_inspect_puts(x, "]"));
    const lf_inspect_groups groups = groups_of(v);
    LF_GO(lf_inspect_groups_json(&groups));
    if (x->opts.rows > 0) LF_GO(json_rows(v));
    LF_GO(lf_inspect_puts(x, "}\n"));
out:
    lf_buf_reset(&s);
    return rc;
}

/* ---- all ---- */

static lf_rc put_text(view *v) {
    const lf_inspect_groups groups = groups_of(v);
    size_t from = v->x->out.len;
    LF_TRY(put_head(v));
    LF_TRY(lf_inspect_fold(v->x, from));
    LF_TRY(put_leaves(v));
    from = v->x->out.len;
    LF_TRY(lf_inspect_groups_text(&groups));
    LF_TRY(put_metadata(v));
    LF_TRY(lf_inspect_fold(v->x, from));
    if (v->x->opts.chunks) LF_TRY(lf_inspect_chunks_text(&groups));
    return v->x->opts.rows > 0 ? put_rows(v) : LF_OK;
}

lf_rc lf_inspect_parquet(lf_inspection *x, lf_source *s) {
    view v = {.x = x, .source = s, .file_bytes = s->size_bytes};
    lf_parquet_opts o = {.struct_size = sizeof o, .alloc = x->alloc};
    lf_rc rc = LF_OK;
    LF_TRY(lf_parquet_open(s, &o, &v.reader, x->err));
    lf_arena_init(&v.arena, x->alloc, 0);
    if (x->opts.schema_only) {
        rc = lf_inspect_schema(x, lf_parquet_schema(v.reader));
        goto out;
    }
    v.n_leaves = lf_parquet_tree_of(v.reader)->n_leaves;
    v.rows = (uint64_t)lf_parquet_footer(v.reader)->num_rows;
    LF_GO(lf_inspect_leaves(v.reader, &v.arena, &v.leaves, x->err));
    rc = x->opts.as_json ? put_json(&v) : put_text(&v);
out:
    lf_arena_reset(&v.arena);
    lf_parquet_close(v.reader);
    return rc;
}
