/* What is in a file whose format has its types (core/reader.h), where nothing more is known of the
 * format: columns, and the rows that were asked for. */
#include "api/inspect_internal.h"
#include "api/inspect_table.h"
#include "array/batch.h"
#include "array/schema_field.h"
#include "core/reader.h"
#include "infer/cell_text.h"
#include "io/io.h"
#include <string.h>

#define SHOWN_COLUMNS_MAX 64u
#define SHOWN_ROWS_MAX    1000u /* as a table; --json has no such limit */

typedef struct view {
    lf_inspection *x;
    lf_reader *reader;
    const char *format;
    const lf_source *source;
    uint64_t file_bytes; /* LF_SIZE_UNKNOWN: of a pipe */
} view;

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    return lf_sink_open_temp(NULL, ctx, out, err);
}

/* The first n columns. */
static lf_rc begin_rows(view *v, uint32_t n) {
    const lf_alloc *a = v->x->alloc;
    const lf_reader_limits limits = {.temp_open = temp_open, .temp_ctx = (void *)(uintptr_t)a};
    if (v->reader->type->limit != NULL) v->reader->type->limit(v->reader, &limits);
    uint32_t *columns = lf_mem_alloc(a, (n + 1ul) * sizeof *columns);
    if (columns == NULL) return lf_fail_nomem(v->x->err, (n + 1ul) * sizeof *columns);
    for (uint32_t i = 0; i < n; i++) {
        columns[i] = i;
    }
    const lf_rc rc = v->reader->type->select(v->reader, columns, n, v->x->err);
    lf_mem_free(a, columns, (n + 1ul) * sizeof *columns);
    return rc;
}

static lf_rc next_rows(view *v, uint64_t left, lf_batch *b) {
    return v->reader->type->next(v->reader, left < 8192 ? (uint32_t)left : 8192, b, v->x->err);
}

/* ---- text ---- */

static lf_rc add_row(view *v, lf_table *t, const lf_batch *b, uint32_t r, lf_buf *s) {
    for (uint32_t c = 0; c < b->n_columns; c++) {
        lf_buf_clear(s);
        LF_TRY(lf_cell_text(&b->columns[c], &v->reader->schema->fields[c], r, s, v->x->err));
        LF_TRY(lf_table_cell(t, s->data, s->len, v->x->err));
    }
    return LF_OK;
}

static lf_rc fill_rows(view *v, lf_table *t, uint32_t n, lf_buf *s) {
    const lf_schema *schema = v->reader->schema;
    uint64_t left = v->x->opts.rows < SHOWN_ROWS_MAX ? v->x->opts.rows : SHOWN_ROWS_MAX;
    for (uint32_t i = 0; i < n; i++) {
        const lf_field *f = &schema->fields[i];
        const bool right = f->type.id >= LF_T_INT64 && f->type.id <= LF_T_DECIMAL;
        LF_TRY(lf_table_column(t, f->name, strlen(f->name), right, right ? 12 : 8, v->x->err));
    }
    LF_TRY(begin_rows(v, n));
    while (left > 0) {
        lf_batch b;
        LF_TRY(next_rows(v, left, &b));
        if (b.n_rows == 0) break;
        for (uint32_t r = 0; r < b.n_rows; r++) {
            LF_TRY(add_row(v, t, &b, r, s));
        }
        left -= b.n_rows;
    }
    return LF_OK;
}

static lf_rc fill_columns(view *v, lf_table *t, uint32_t n, lf_buf *s) {
    static const char *const heads[] = {"column", "type", "nulls"};
    uint32_t lines = 0;
    for (int i = 0; i < 3; i++) {
        LF_TRY(lf_table_column(t, heads[i], strlen(heads[i]), false, 8, v->x->err));
    }
    for (uint32_t i = 0; i < n; i++) {
        const lf_field *f = &v->reader->schema->fields[i];
        LF_TRY(lf_table_cell_str(t, f->name, v->x->err));
        LF_TRY(lf_inspect_type_cell(t, f, s, v->x->err));
        LF_TRY(lf_table_cell_str(t, f->nullable ? "may be" : "none", v->x->err));
        LF_TRY(lf_inspect_members(t, f, 1, &lines, s, v->x->err));
    }
    return LF_OK;
}

static lf_rc put_table(view *v, uint32_t n, lf_rc (*fill)(view *, lf_table *, uint32_t, lf_buf *)) {
    lf_inspection *x = v->x;
    uint32_t shown = 0;
    lf_buf s;
    lf_table *t = lf_mem_alloc(x->alloc, sizeof *t);
    if (t == NULL) return lf_fail_nomem(x->err, sizeof *t);
    lf_table_init(t, x->alloc);
    lf_buf_init(&s, x->alloc, 0);
    lf_rc rc = lf_inspect_puts(x, "\n");
    if (rc == LF_OK) rc = fill(v, t, n, &s);
    if (rc == LF_OK && t->n_cells > 0) rc = lf_table_print(t, x->width, &shown, &x->out, x->err);
    lf_table_reset(t);
    lf_buf_reset(&s);
    lf_mem_free(x->alloc, t, sizeof *t);
    return rc;
}

/* "x.arrow: arrow in gzip, 2.7 KB, 7 columns, 300 rows" */
static lf_rc put_head(view *v) {
    lf_inspection *x = v->x;
    const uint32_t all = v->reader->schema->n_fields;
    const size_t from = x->out.len;
    char n[32];
    LF_TRY(lf_inspect_path(x));
    LF_TRY(lf_buf_printf(&x->out, x->err, ": %s", v->format));
    if (v->source->compression != NULL)
        LF_TRY(lf_buf_printf(&x->out, x->err, " in %s", v->source->compression));
    if (v->file_bytes != LF_SIZE_UNKNOWN)
        LF_TRY(
            lf_buf_printf(&x->out, x->err, ", %s", lf_inspect_bytes(v->file_bytes, n, sizeof n)));
    LF_TRY(lf_buf_printf(&x->out, x->err, ", %u column%s", (unsigned)all, all == 1 ? "" : "s"));
    if (v->reader->n_rows != LF_ROWS_UNKNOWN)
        LF_TRY(lf_buf_printf(&x->out, x->err, ", %s row%s",
                             lf_inspect_count(v->reader->n_rows, n, sizeof n),
                             v->reader->n_rows == 1 ? "" : "s"));
    LF_TRY(lf_inspect_puts(x, "\n"));
    return lf_inspect_fold(x, from);
}

static lf_rc put_text(view *v) {
    lf_inspection *x = v->x;
    const uint32_t all = v->reader->schema->n_fields;
    LF_TRY(put_head(v));
    LF_TRY(put_table(v, all, fill_columns));
    if (x->opts.rows == 0 || all == 0) return LF_OK;
    uint32_t n = all < SHOWN_COLUMNS_MAX ? all : SHOWN_COLUMNS_MAX;
    if (n > x->width / 3 + 1) n = x->width / 3 + 1;
    return put_table(v, n, fill_rows);
}

/* ---- JSON ---- */

static lf_rc json_rows(view *v) {
    lf_inspection *x = v->x;
    const lf_schema *schema = v->reader->schema;
    uint64_t done = 0;
    LF_TRY(lf_inspect_puts(x, ",\"sample\":["));
    LF_TRY(begin_rows(v, schema->n_fields));
    while (done < x->opts.rows) {
        lf_batch b;
        LF_TRY(next_rows(v, x->opts.rows - done, &b));
        if (b.n_rows == 0) break;
        for (uint32_t r = 0; r < b.n_rows; r++) {
            LF_TRY(lf_inspect_puts(x, done + r > 0 ? ",\n[" : "\n["));
            for (uint32_t c = 0; c < b.n_columns; c++) {
                if (c > 0) LF_TRY(lf_inspect_puts(x, ","));
                LF_TRY(lf_cell_json(&b.columns[c], &schema->fields[c], r, false, &x->out, x->err));
            }
            LF_TRY(lf_inspect_puts(x, "]"));
        }
        LF_TRY(lf_inspect_flush(x, false));
        done += b.n_rows;
    }
    return lf_inspect_puts(x, "]");
}

static lf_rc json_count(view *v, const char *name, uint64_t n, uint64_t unknown) {
    lf_buf *out = &v->x->out;
    if (n == unknown) return lf_buf_printf(out, v->x->err, ",\"%s\":null", name);
    return lf_buf_printf(out, v->x->err, ",\"%s\":%llu", name, (unsigned long long)n);
}

static lf_rc json_columns(view *v) {
    lf_inspection *x = v->x;
    lf_buf type;
    lf_rc rc = lf_inspect_puts(x, ",\"columns\":[");
    lf_buf_init(&type, x->alloc, 0);
    for (uint32_t i = 0; rc == LF_OK && i < v->reader->schema->n_fields; i++) {
        const lf_field *f = &v->reader->schema->fields[i];
        lf_buf_clear(&type);
        LF_GO(lf_inspect_puts(x, i > 0 ? ",\n{" : "\n{"));
        LF_GO(lf_inspect_pair(x, "name", f->name));
        LF_GO(lf_field_type_print(f, &type, x->err));
        LF_GO(lf_inspect_puts(x, ",\"type\":"));
        LF_GO(lf_buf_append_json(&x->out, type.data, type.len, x->err));
        LF_GO(lf_buf_printf(&x->out, x->err, ",\"nullable\":%s}", f->nullable ? "true" : "false"));
    }
    if (rc == LF_OK) rc = lf_inspect_puts(x, "]");
out:
    lf_buf_reset(&type);
    return rc;
}

static lf_rc put_json(view *v) {
    lf_inspection *x = v->x;
    LF_TRY(lf_inspect_puts(x, "{"));
    LF_TRY(lf_inspect_pair(x, "file", x->path));
    LF_TRY(lf_inspect_puts(x, ","));
    LF_TRY(lf_inspect_pair(x, "format", v->format));
    LF_TRY(lf_inspect_puts(x, ",\"compression\":"));
    if (v->source->compression == NULL)
        LF_TRY(lf_inspect_puts(x, "null"));
    else
        LF_TRY(lf_buf_printf(&x->out, x->err, "\"%s\"", v->source->compression));
    LF_TRY(json_count(v, "bytes", v->file_bytes, LF_SIZE_UNKNOWN));
    LF_TRY(json_count(v, "rows", v->reader->n_rows, LF_ROWS_UNKNOWN));
    LF_TRY(lf_inspect_puts(x, ",\"schema\":"));
    LF_TRY(lf_schema_to_json(v->reader->schema, &x->out, x->err));
    LF_TRY(json_columns(v));
    if (x->opts.rows > 0 && v->reader->schema->n_fields > 0) LF_TRY(json_rows(v));
    return lf_inspect_puts(x, "}\n");
}

lf_rc lf_inspect_reader(lf_inspection *x, const lf_source *s, const char *format, lf_reader *r) {
    const uint64_t bytes = s->stored_bytes != LF_SIZE_UNKNOWN ? s->stored_bytes : s->size_bytes;
    view v = {.x = x, .format = format, .source = s, .file_bytes = bytes, .reader = r};
    lf_rc rc;
    if (x->opts.schema_only)
        rc = lf_inspect_schema(x, v.reader->schema);
    else
        rc = x->opts.as_json ? put_json(&v) : put_text(&v);
    lf_reader_close(v.reader);
    return rc;
}
