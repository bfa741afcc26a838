#include "api/reader_rows.h"
#include "array/schema_field.h"
#include <string.h>

lf_rc lf_reader_rows_init(lf_reader_rows *f, const lf_row_spec *spec, const lf_alloc *alloc,
                          lf_error *err) {
    *f = (lf_reader_rows){.spec = spec, .alloc = alloc};
    if (spec == NULL || !lf_row_spec_filters(spec)) return LF_OK;
    LF_TRY(lf_where_parse(&f->where, alloc, spec->where, spec->n_where, err));
    f->cursor = lf_mem_alloc(alloc, sizeof *f->cursor);
    if (f->cursor == NULL) return lf_fail_nomem(err, sizeof *f->cursor);
    lf_row_cursor_init(f->cursor, alloc);
    if (f->where.root != NULL) f->cursor->where = &f->where;
    f->cursor->skip = spec->skip_rows;
    return LF_OK;
}

void lf_reader_rows_reset(lf_reader_rows *f) {
    lf_where_reset(&f->where);
    if (f->cursor != NULL) lf_row_cursor_reset(f->cursor);
    if (f->cursor != NULL) lf_mem_free(f->alloc, f->cursor, sizeof *f->cursor);
    f->cursor = NULL;
}

lf_rc lf_reader_rows_schema(const lf_reader_rows *f, const lf_schema *s, lf_schema *out,
                            lf_error *err) {
    const lf_row_spec *r = f->spec;
    lf_schema kept = *s;
    if (r != NULL && r->keep_columns > 0 && r->keep_columns < s->n_fields)
        kept.n_fields = r->keep_columns;
    LF_TRY(lf_schema_copy(out, &kept, err));
    return r != NULL ? lf_rename_columns(out, r, err) : LF_OK;
}

bool lf_reader_rows_apart(const lf_reader_rows *f) {
    return f->cursor == NULL || f->spec->sample_rows == UINT64_MAX || f->where.root == NULL;
}

void lf_reader_rows_place(const lf_reader_rows *f, lf_row_cursor *c, uint64_t before) {
    const uint64_t skip = f->spec->skip_rows;
    c->where = f->cursor->where;
    c->sample = f->cursor->sample;
    c->skip = skip > before ? skip - before : 0;
    c->passed = skip > before ? 0 : before - skip; /* as it is where nothing else is left out */
}

lf_rc lf_reader_rows_next(const lf_reader_rows *f, lf_row_cursor *c, const lf_batch *b,
                          uint64_t room, lf_batch *out, lf_error *err) {
    const uint32_t keep = f->spec != NULL ? f->spec->keep_columns : 0;
    uint32_t taken;
    *out = *b;
    return lf_row_cursor_next(c, b, room, keep > 0 ? keep : b->n_columns, out, &taken, err);
}

/* ---- counting ---- */

/* The columns of --where, or the first: places in the reader's schema, and a schema of them. */
static lf_rc choose(const lf_reader_rows *f, const lf_reader *r, uint32_t *at, lf_schema *out,
                    lf_error *err) {
    const lf_where *w = &f->where;
    at[0] = 0;
    for (uint32_t i = 0; i < w->n_columns; i++) {
        const int64_t k = lf_schema_find(r->schema, w->columns[i], strlen(w->columns[i]));
        lf_field copy;
        if (k < 0) return lf_fail(err, LF_ESCHEMA, "column '%.60s' is missing here", w->columns[i]);
        at[i] = (uint32_t)k;
        lf_rc rc = lf_field_copy(&copy, &r->schema->fields[k], f->alloc, err);
        if (rc == LF_OK) rc = lf_schema_field_take(out, &copy, err);
        lf_field_reset(&copy, f->alloc);
        if (rc != LF_OK) return rc;
    }
    return LF_OK;
}

static lf_rc count_rows(lf_reader_rows *f, lf_reader *r, const int *cancel, lf_error *err) {
    for (;;) {
        lf_batch b;
        uint32_t taken;
        if (cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED))
            return lf_fail(err, LF_ECANCELLED, "interrupted");
        LF_TRY(r->type->next(r, LF_TILE_ROWS_MAX, &b, err));
        if (b.n_rows == 0) return LF_OK;
        LF_TRY(lf_row_cursor_next(f->cursor, &b, UINT64_MAX, b.n_columns, NULL, &taken, err));
    }
}

static lf_rc count_input(lf_reader_rows *f, lf_source *s, const lf_reader_format *format,
                         const lf_reader_limits *limits, const int *cancel, lf_error *err) {
    const uint32_t n = f->where.n_columns > 0 ? f->where.n_columns : 1;
    lf_reader *r = NULL;
    lf_schema schema;
    lf_schema_init(&schema, f->alloc);
    uint32_t *at = lf_mem_alloc(f->alloc, n * sizeof *at);
    lf_rc rc = at == NULL ? lf_fail_nomem(err, n * sizeof *at) : LF_OK;
    if (rc == LF_OK) rc = format->open(format, s, f->alloc, &r, err);
    if (rc == LF_OK) rc = choose(f, r, at, &schema, err);
    if (rc == LF_OK && r->type->limit != NULL) r->type->limit(r, limits);
    if (rc == LF_OK) rc = r->type->select(r, at, n, err);
    if (rc == LF_OK) rc = lf_where_bind(&f->where, &schema, err);
    if (rc == LF_OK) rc = count_rows(f, r, cancel, err);
    if (rc != LF_OK) lf_error_set_file(err, s->path);
    lf_reader_close(r);
    lf_schema_reset(&schema);
    if (at != NULL) lf_mem_free(f->alloc, at, n * sizeof *at);
    return rc;
}

/* Of several inputs: in the columns and types of them all. */
static lf_rc count_joined(lf_reader_rows *f, lf_reader_table *t, uint32_t i, lf_error *err) {
    lf_reader *r;
    LF_TRY(lf_reader_table_open(t, i, &r, err));
    const lf_rc rc = count_rows(f, r, t->spec->cancel, err);
    if (rc != LF_OK) lf_error_set_file(err, t->spec->sources[i]->path);
    lf_reader_close(r);
    return rc;
}

static lf_rc draw(lf_reader_rows *f, lf_reader_table *t, lf_error *err) {
    const lf_flow_spec *flow = t->spec;
    const uint64_t all = f->where.root == NULL ? lf_reader_table_rows(t) : LF_ROWS_UNKNOWN;
    const bool known = all != LF_ROWS_UNKNOWN;
    if (known) {
        f->cursor->passed = all > f->spec->skip_rows ? all - f->spec->skip_rows : 0;
    } else if (!lf_reader_table_format(t, 0)->again) {
        return lf_fail(err, LF_EUNSUPPORTED, "--sample reads its input twice");
    } else if (flow->n_sources == 1) {
        LF_TRY_CTX(count_input(f, flow->sources[0], lf_reader_table_format(t, 0), &t->limits,
                               flow->cancel, err),
                   err, "--sample");
    }
    for (uint32_t i = 0; !known && flow->n_sources > 1 && i < flow->n_sources; i++)
        LF_TRY_CTX(count_joined(f, t, i, err), err, "--sample");
    lf_sample_init(&f->sample, f->cursor->passed, f->spec->sample_rows, f->spec->seed);
    f->cursor->sample = &f->sample;
    f->cursor->passed = 0;
    f->cursor->skip = f->spec->skip_rows;
    return LF_OK;
}

lf_rc lf_reader_rows_bind(lf_reader_rows *f, lf_reader_table *t, lf_error *err) {
    const lf_schema *s = &t->schema;
    if (f->cursor == NULL) return LF_OK;
    LF_TRY(lf_where_bind(&f->where, s, err)); /* names first */
    if (f->spec->sample_rows != UINT64_MAX) LF_TRY(draw(f, t, err));
    return lf_where_bind(&f->where, s, err);
}
