#include "api/reader_table.h"
#include "array/schema_field.h"
#include <string.h>

/* ---- what is to be read ---- */

static lf_rc add_field(lf_reader_table *t, const lf_field *f, lf_error *err) {
    lf_field copy;
    lf_rc rc = lf_field_copy(&copy, f, t->alloc, err);
    if (rc == LF_OK) rc = lf_schema_field_take(&t->schema, &copy, err);
    lf_field_reset(&copy, t->alloc);
    return rc;
}

/* --columns says which, and in what order. */
static lf_rc choose(lf_reader_table *t, const lf_schema *all, lf_error *err) {
    const lf_decode_opts *o = t->spec->decode_opts;
    const uint32_t n = o->n_columns > 0 ? o->n_columns : all->n_fields;
    if (o->schema != NULL)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "the input has types: --type and --schema are for text");
    if (n == 0) return lf_fail(err, LF_EUNSUPPORTED, "the file has no columns");
    for (uint32_t i = 0; i < n; i++) {
        const int64_t at = o->n_columns > 0
                               ? lf_schema_find(all, o->columns[i], strlen(o->columns[i]))
                               : (int64_t)i;
        if (at < 0)
            return lf_fail(err, LF_EUSAGE, "--columns: there is no column '%.60s'", o->columns[i]);
        LF_TRY(add_field(t, &all->fields[at], err));
    }
    return LF_OK;
}

static bool same_field(const lf_field *a, const lf_field *b) {
    if (!lf_type_equal(a->type, b->type) || a->n_children != b->n_children) return false;
    for (uint32_t i = 0; i < a->n_children; i++) {
        if (strcmp(a->children[i].name, b->children[i].name) != 0 ||
            !same_field(&a->children[i], &b->children[i]))
            return false;
    }
    return true;
}

/* Later inputs have the first one's columns, by name and type, in any order. */
static lf_rc match(const lf_reader_table *t, const lf_schema *all, uint32_t *columns,
                   lf_error *err) {
    for (uint32_t i = 0; i < t->schema.n_fields; i++) {
        const lf_field *want = &t->schema.fields[i];
        const bool here = i < all->n_fields && strcmp(all->fields[i].name, want->name) == 0;
        const int64_t at = here ? (int64_t)i : lf_schema_find(all, want->name, strlen(want->name));
        const bool same = at >= 0 && same_field(&all->fields[at], want) &&
                          (want->nullable || !all->fields[at].nullable);
        if (!same)
            return lf_fail(err, LF_ESCHEMA, "column '%.60s' is missing here, or of another type",
                           want->name);
        columns[i] = (uint32_t)at;
    }
    return LF_OK;
}

/* ---- the inputs ---- */

static lf_rc open_raw(const lf_reader_table *t, uint32_t i, lf_reader **out, lf_error *err) {
    LF_TRY(t->format->open(t->format, t->spec->sources[i], t->alloc, out, err));
    if ((*out)->type->limit != NULL) (*out)->type->limit(*out, &t->limits);
    return LF_OK;
}

static lf_rc look_at(lf_reader_table *t, uint32_t i, lf_error *err) {
    lf_reader *r = NULL;
    lf_rc rc = open_raw(t, i, &r, err);
    if (rc == LF_OK && i == 0) rc = choose(t, r->schema, err);
    if (rc == LF_OK) {
        t->rows[i] = r->n_rows;
        t->pieces &= r->type->piece != NULL;
    }
    if (rc == LF_OK && i == 0) {
        const size_t n = (size_t)t->spec->n_sources * t->schema.n_fields;
        t->columns = lf_mem_alloc(t->alloc, n * sizeof *t->columns);
        if (t->columns == NULL) rc = lf_fail_nomem(err, n * sizeof *t->columns);
    }
    if (rc == LF_OK) rc = match(t, r->schema, t->columns + (size_t)i * t->schema.n_fields, err);
    if (rc == LF_OK && !t->format->again)
        t->pending = r;
    else
        lf_reader_close(r);
    if (rc != LF_OK) lf_error_set_file(err, t->spec->sources[i]->path);
    return rc;
}

lf_rc lf_reader_table_plan(lf_reader_table *t, lf_error *err) {
    const uint32_t n = t->spec->n_sources;
    t->rows = lf_mem_alloc(t->alloc, n * sizeof *t->rows);
    if (t->rows == NULL) return lf_fail_nomem(err, n * sizeof *t->rows);
    for (uint32_t i = 0; i < n; i++)
        t->rows[i] = LF_ROWS_UNKNOWN;
    lf_schema_init(&t->schema, t->alloc);
    t->pieces = t->format->again;
    for (uint32_t i = 0; i < n && (i == 0 || t->format->again); i++) {
        LF_TRY(look_at(t, i, err));
    }
    t->types = lf_mem_alloc(t->alloc, t->schema.n_fields * sizeof *t->types);
    if (t->types == NULL) return lf_fail_nomem(err, t->schema.n_fields * sizeof *t->types);
    for (uint32_t i = 0; i < t->schema.n_fields; i++)
        t->types[i] = t->schema.fields[i].type;
    return LF_OK;
}

lf_rc lf_reader_table_open(lf_reader_table *t, uint32_t i, lf_reader **out, lf_error *err) {
    uint32_t *columns = t->columns + (size_t)i * t->schema.n_fields;
    lf_reader *r = t->pending;
    lf_rc rc = LF_OK;
    t->pending = NULL;
    if (r == NULL) {
        rc = open_raw(t, i, &r, err);
        if (rc == LF_OK && !t->format->again) {
            t->rows[i] = r->n_rows;
            rc = match(t, r->schema, columns, err);
        }
    }
    if (rc == LF_OK) rc = r->type->select(r, columns, t->schema.n_fields, err);
    if (rc == LF_OK) {
        *out = r;
        return LF_OK;
    }
    lf_reader_close(r);
    lf_error_set_file(err, t->spec->sources[i]->path);
    return rc;
}

void lf_reader_table_reset(lf_reader_table *t) {
    lf_reader_close(t->pending);
    if (t->columns != NULL) {
        const size_t n = (size_t)t->spec->n_sources * t->schema.n_fields;
        lf_mem_free(t->alloc, t->columns, n * sizeof *t->columns);
    }
    lf_mem_free(t->alloc, t->types, t->schema.n_fields * sizeof *t->types);
    if (t->rows != NULL) lf_mem_free(t->alloc, t->rows, t->spec->n_sources * sizeof *t->rows);
    if (t->schema.alloc != NULL) lf_schema_reset(&t->schema);
    *t = (lf_reader_table){0};
}
