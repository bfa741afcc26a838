#include "api/reader_table.h"
#include "api/reader_cast.h"
#include "api/reader_map.h"
#include "array/schema_field.h"
#include <stdio.h>
#include <string.h>

#define TOLD_MAX 20u /* columns that differ; the rest is counted */

typedef struct table_column {
    uint32_t seen;         /* inputs that have it */
    uint32_t first, other; /* the first input that has it; with another type. 0: none */
    char first_type[64], other_type[64];
} table_column;

static lf_rc map_make(lf_reader_table *t, lf_error *err) {
    const size_t n = (size_t)t->n_inputs * t->schema.n_fields;
    t->n_columns = n;
    t->columns = lf_mem_alloc(t->alloc, n * sizeof *t->columns);
    return t->columns != NULL ? LF_OK : lf_fail_nomem(err, n * sizeof *t->columns);
}

static uint32_t *columns_of(const lf_reader_table *t, uint32_t i) {
    return t->columns + (size_t)i * t->schema.n_fields;
}

/* ---- the inputs ---- */

static lf_rc open_raw(const lf_reader_table *t, uint32_t i, lf_reader **out, lf_error *err) {
    const lf_reader_format *f = lf_reader_table_format(t, i);
    LF_TRY(f->open(f, t->spec->sources[i], t->alloc, out, err));
    if ((*out)->type->limit != NULL) (*out)->type->limit(*out, &t->limits);
    return LF_OK;
}

/* Names the input where rc is a failure. */
static lf_rc close_failed(const lf_reader_table *t, uint32_t i, lf_reader *r, lf_rc rc,
                          lf_error *err) {
    if (rc == LF_OK) return LF_OK;
    lf_reader_close(r);
    lf_error_set_file(err, t->spec->sources[i]->path);
    return rc;
}

/* ---- one table of all ---- */

static void print_type(const lf_field *f, const lf_alloc *a, char *to, size_t cap) {
    lf_buf b;
    lf_buf_init(&b, a, 1u << 20);
    to[0] = 0;
    if (lf_field_type_print(f, &b, NULL) == LF_OK)
        (void)snprintf(to, cap, "%.*s%s", (int)(b.len < cap - 4 ? b.len : cap - 4),
                       (const char *)b.data, b.len < cap - 4 ? "" : "...");
    lf_buf_reset(&b);
}

static lf_rc add_column(lf_reader_table *t, const lf_field *f, lf_buf *facts, uint32_t input,
                        lf_error *err) {
    lf_field copy = {0};
    table_column c = {.seen = 1, .first = input};
    lf_rc rc = lf_field_copy(&copy, f, t->alloc, err);
    if (rc == LF_OK) rc = lf_schema_field_take(&t->schema, &copy, err);
    lf_field_reset(&copy, t->alloc);
    print_type(f, t->alloc, c.first_type, sizeof c.first_type);
    return rc == LF_OK ? lf_buf_append(facts, &c, sizeof c, err) : rc;
}

static bool is_wanted(const lf_decode_opts *o, const char *name) {
    for (uint32_t i = 0; i < o->n_columns; i++)
        if (strcmp(o->columns[i], name) == 0) return true;
    return o->n_columns == 0;
}

static lf_rc join_input(lf_reader_table *t, const lf_schema *own, uint32_t input, lf_buf *facts,
                        lf_error *err) {
    for (uint32_t i = 0; i < own->n_fields; i++) {
        const lf_field *f = &own->fields[i];
        if (!is_wanted(t->spec->decode_opts, f->name)) continue;
        const bool here = i < t->schema.n_fields && strcmp(t->schema.fields[i].name, f->name) == 0;
        const int64_t at = here ? (int64_t)i : lf_schema_find(&t->schema, f->name, strlen(f->name));
        if (at < 0) {
            LF_TRY(add_column(t, f, facts, input, err));
            continue;
        }
        table_column *c = (table_column *)(void *)facts->data + at;
        char type[sizeof c->first_type];
        print_type(f, t->alloc, type, sizeof type);
        if (c->other == 0 && strcmp(type, c->first_type) != 0) {
            c->other = input;
            memcpy(c->other_type, type, sizeof type);
        }
        c->seen++;
        LF_TRY(lf_reader_join(&t->schema.fields[at], f, t->alloc, err));
    }
    return LF_OK;
}

/* --columns says which, and in what order. */
static lf_rc order(lf_reader_table *t, lf_buf *facts, lf_error *err) {
    const lf_decode_opts *o = t->spec->decode_opts;
    table_column *c = (table_column *)(void *)facts->data;
    for (uint32_t i = 0; i < o->n_columns; i++) {
        const int64_t at = lf_schema_find(&t->schema, o->columns[i], strlen(o->columns[i]));
        if (at < 0 && t->n_inputs == 1)
            return lf_fail(err, LF_EUSAGE, "--columns: there is no column '%.60s'", o->columns[i]);
        if (at < 0)
            return lf_fail(err, LF_EUSAGE, "no input has a column \"%.60s\"", o->columns[i]);
        if (at <= i) continue;
        const lf_field f = t->schema.fields[at];
        const table_column k = c[at];
        t->schema.fields[at] = t->schema.fields[i];
        c[at] = c[i];
        t->schema.fields[i] = f;
        c[i] = k;
    }
    if (t->schema.n_fields == 0) return lf_fail(err, LF_EUNSUPPORTED, "the file has no columns");
    for (uint32_t i = 0; i < t->schema.n_fields; i++)
        if (c[i].seen < t->n_inputs) t->schema.fields[i].nullable = true;
    return LF_OK;
}

static void match(const lf_reader_table *t, const lf_schema *own, uint32_t *columns) {
    for (uint32_t i = 0; i < t->schema.n_fields; i++) {
        const char *name = t->schema.fields[i].name;
        const bool here = i < own->n_fields && strcmp(own->fields[i].name, name) == 0;
        const int64_t at = here ? (int64_t)i : lf_schema_find(own, name, strlen(name));
        columns[i] = at < 0 ? LF_COLUMN_NONE : (uint32_t)at;
    }
}

/* Members of structs and all below may be missing in it, or be of another type. */
static bool as_it_is(const lf_field *own, const lf_field *to) {
    bool same = lf_type_equal(own->type, to->type) && own->n_children == to->n_children;
    for (uint32_t i = 0; same && i < to->n_children; i++)
        same = strcmp(own->children[i].name, to->children[i].name) == 0 &&
               as_it_is(&own->children[i], &to->children[i]);
    return same;
}

static bool needs_map(const lf_reader_table *t, const lf_schema *own, const uint32_t *columns) {
    for (uint32_t i = 0; i < t->schema.n_fields; i++)
        if (columns[i] == LF_COLUMN_NONE ||
            !as_it_is(&own->fields[columns[i]], &t->schema.fields[i]))
            return true;
    return false;
}

static lf_rc look_at(lf_reader_table *t, uint32_t i, lf_buf *facts, lf_error *err) {
    lf_reader *r = NULL;
    LF_TRY(close_failed(t, i, NULL, open_raw(t, i, &r, err), err));
    const lf_rc rc = join_input(t, r->schema, i, facts, err);
    if (rc != LF_OK) return close_failed(t, i, r, rc, err);
    t->rows[i] = r->n_rows;
    t->pieces &= r->type->piece != NULL;
    if (lf_reader_table_format(t, i)->again) {
        lf_reader_close(r);
        return LF_OK;
    }
    t->pending = r;
    t->pending_at = i;
    return LF_OK;
}

/* Columns by number in each input; where a value would change in the joined type, as only it can
 * tell, the column becomes text. */
static lf_rc settle(lf_reader_table *t, uint32_t i, lf_error *err) {
    uint32_t *columns = columns_of(t, i);
    for (bool first = true;; first = false) {
        lf_reader *r = NULL;
        const lf_field *misfit = NULL;
        bool doubt = false;
        LF_TRY(close_failed(t, i, NULL, open_raw(t, i, &r, err), err));
        if (first) match(t, r->schema, columns);
        for (uint32_t k = 0; k < t->schema.n_fields; k++)
            doubt |= columns[k] != LF_COLUMN_NONE &&
                     lf_reader_may_misfit(&r->schema->fields[columns[k]], &t->schema.fields[k]);
        if (!doubt) {
            lf_reader_close(r);
            return LF_OK;
        }
        const lf_rc rc =
            lf_reader_map_try(r, &t->schema, columns, t->alloc, t->spec->cancel, &misfit, err);
        if (rc != LF_OK) return close_failed(t, i, NULL, rc, err);
        if (misfit == NULL) return LF_OK;
        ((lf_field *)(uintptr_t)misfit)->type = (lf_type){.id = LF_T_STRING}; /* the table's own */
    }
}

/* ---- what differs ---- */

static lf_rc tell(const lf_reader_table *t, const table_column *c, lf_error *err) {
    uint32_t missing = 0, differ = 0;
    char text[700], now[64];
    for (uint32_t i = 0; i < t->schema.n_fields; i++) {
        const lf_field *f = &t->schema.fields[i];
        const uint32_t without = t->n_inputs - c[i].seen;
        if (without > 0 && missing++ < TOLD_MAX) {
            (void)snprintf(text, sizeof text,
                           "column '%.60s' is missing in %u of %u inputs; null there", f->name,
                           without, t->n_inputs);
            LF_TRY(lf_flow_report_warning(t->spec, t->report, text, err));
        }
        if (c[i].other == 0 || differ++ >= TOLD_MAX) continue;
        print_type(f, t->alloc, now, sizeof now);
        (void)snprintf(text, sizeof text, "column '%.60s' is %s in %.120s, %s in %.120s: %s",
                       f->name, c[i].first_type, t->spec->sources[c[i].first]->path,
                       c[i].other_type, t->spec->sources[c[i].other]->path, now);
        LF_TRY(lf_flow_report_warning(t->spec, t->report, text, err));
    }
    if (missing <= TOLD_MAX && differ <= TOLD_MAX) return LF_OK;
    (void)snprintf(text, sizeof text, "%u columns are missing in some inputs, %u of several types",
                   missing, differ);
    return lf_flow_report_warning(t->spec, t->report, text, err);
}

static lf_rc plan(lf_reader_table *t, lf_buf *facts, lf_error *err) {
    const uint32_t n = t->n_inputs;
    if (t->spec->decode_opts->schema != NULL)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "the input has types: --type and --schema are for text");
    for (uint32_t i = 0; i < n && (i == 0 || !t->late); i++)
        LF_TRY(look_at(t, i, facts, err));
    if (t->late)
        for (uint32_t i = 0; i < t->schema.n_fields; i++)
            ((table_column *)(void *)facts->data)[i].seen = n;
    LF_TRY(order(t, facts, err));
    LF_TRY(map_make(t, err));
    if (t->pending != NULL) match(t, t->pending->schema, columns_of(t, t->pending_at));
    for (uint32_t i = 0; i < n && !t->late; i++)
        if (lf_reader_table_format(t, i)->again) LF_TRY(settle(t, i, err));
    return tell(t, (const table_column *)(const void *)facts->data, err);
}

lf_rc lf_reader_table_plan(lf_reader_table *t, lf_error *err) {
    lf_buf facts;
    t->n_inputs = t->spec->n_sources;
    t->rows = lf_mem_alloc(t->alloc, t->n_inputs * sizeof *t->rows);
    if (t->rows == NULL) return lf_fail_nomem(err, t->n_inputs * sizeof *t->rows);
    for (uint32_t i = 0; i < t->n_inputs; i++)
        t->rows[i] = LF_ROWS_UNKNOWN;
    lf_schema_init(&t->schema, t->alloc);
    lf_buf_init(&facts, t->alloc, SIZE_MAX / 2);
    uint32_t once = 0;
    for (uint32_t i = 0; i < t->n_inputs; i++)
        once += !lf_reader_table_format(t, i)->again;
    t->late = once > 1;
    t->pieces = once == 0;
    const lf_rc rc = plan(t, &facts, err);
    lf_buf_reset(&facts);
    if (rc != LF_OK) return rc;
    t->types = lf_mem_alloc(t->alloc, t->schema.n_fields * sizeof *t->types);
    if (t->types == NULL) return lf_fail_nomem(err, t->schema.n_fields * sizeof *t->types);
    for (uint32_t i = 0; i < t->schema.n_fields; i++)
        t->types[i] = t->schema.fields[i].type;
    return LF_OK;
}

uint64_t lf_reader_table_rows(const lf_reader_table *t) {
    uint64_t all = 0;
    for (uint32_t i = 0; i < t->n_inputs; i++)
        if (t->rows[i] == LF_ROWS_UNKNOWN || __builtin_add_overflow(all, t->rows[i], &all))
            return LF_ROWS_UNKNOWN;
    return all;
}

/* What cannot be looked at before must have the first one's columns. */
static lf_rc match_late(lf_reader_table *t, const lf_reader *r, uint32_t i, uint32_t *columns,
                        lf_error *err) {
    t->rows[i] = r->n_rows;
    match(t, r->schema, columns);
    for (uint32_t k = 0; k < t->schema.n_fields; k++) {
        const lf_field *want = &t->schema.fields[k];
        const lf_field *own = columns[k] != LF_COLUMN_NONE ? &r->schema->fields[columns[k]] : NULL;
        if (own == NULL || !as_it_is(own, want) || (own->nullable && !want->nullable))
            return lf_fail(err, LF_ESCHEMA, "column '%.60s' is missing here, or of another type",
                           want->name);
    }
    return LF_OK;
}

lf_rc lf_reader_table_open(lf_reader_table *t, uint32_t i, lf_reader **out, lf_error *err) {
    uint32_t *columns = columns_of(t, i);
    lf_reader *r = t->pending_at == i ? t->pending : NULL;
    const bool late = r == NULL && !lf_reader_table_format(t, i)->again;
    if (r != NULL) t->pending = NULL;
    if (r == NULL) LF_TRY(close_failed(t, i, NULL, open_raw(t, i, &r, err), err));
    lf_rc rc = late ? match_late(t, r, i, columns, err) : LF_OK;
    if (rc == LF_OK && needs_map(t, r->schema, columns)) {
        rc = lf_reader_map_open(r, &t->schema, columns, t->alloc, &r, err);
        if (rc != LF_OK) return close_failed(t, i, NULL, rc, err);
    } else if (rc == LF_OK) {
        rc = r->type->select(r, columns, t->schema.n_fields, err);
    }
    if (rc != LF_OK) return close_failed(t, i, r, rc, err);
    *out = r;
    return LF_OK;
}

void lf_reader_table_reset(lf_reader_table *t) {
    lf_reader_close(t->pending);
    lf_mem_free(t->alloc, t->columns, t->n_columns * sizeof *t->columns);
    lf_mem_free(t->alloc, t->types, t->schema.n_fields * sizeof *t->types);
    lf_mem_free(t->alloc, t->rows, t->n_inputs * sizeof *t->rows);
    if (t->schema.alloc != NULL) lf_schema_reset(&t->schema);
    *t = (lf_reader_table){0};
}
