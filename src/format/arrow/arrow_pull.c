#include "format/arrow/arrow_pull.h"
#include "core/limits.h"
#include "format/arrow/arrow_build.h"
#include "format/arrow/arrow_import.h"

#define ARRAY_BYTES (8 * LF_MIB)
#define ARRAY_ROWS  (1u << 20)

/* ---- arrays as a reader ---- */

typedef struct array_reader {
    lf_reader base;
    const lf_alloc *alloc;
    lf_arrow_pull *pull;
    lf_arrow_import *import;
    struct ArrowArray array;
} array_reader;

static lf_rc array_select(lf_reader *r, const uint32_t *columns, uint32_t n, lf_error *err) {
    return lf_arrow_import_select(((array_reader *)r)->import, columns, n, err);
}

static void drop(struct ArrowArray *a) {
    if (a->release != NULL) a->release(a);
    a->release = NULL;
}

static lf_rc array_next(lf_reader *r, uint32_t max_rows, lf_batch *out, lf_error *err) {
    array_reader *x = (array_reader *)r;
    for (;;) {
        if (x->array.release != NULL) {
            LF_TRY(lf_arrow_import_next(x->import, max_rows, out, err));
            if (out->n_rows > 0) return LF_OK;
        }
        drop(&x->array);
        *out = (lf_batch){0};
        LF_TRY(x->pull->type->next(x->pull, &x->array, err));
        if (x->array.release == NULL) return LF_OK;
        LF_TRY(lf_arrow_import_begin(x->import, &x->array, err));
    }
}

static lf_rc array_account(lf_reader *r, lf_report *rep, lf_error *err) {
    lf_arrow_pull *p = ((array_reader *)r)->pull;
    return p->type->account(p, rep, err);
}

static void array_close(lf_reader *r) {
    array_reader *x = (array_reader *)r;
    drop(&x->array);
    lf_arrow_import_close(x->import);
    lf_arrow_pull_close(x->pull);
    lf_mem_free(x->alloc, x, sizeof *x);
}

static const lf_reader_type array_type = {
    .select = array_select, .next = array_next, .account = array_account, .close = array_close};

lf_rc lf_arrow_reader_open(lf_arrow_pull *p, const lf_alloc *alloc, lf_reader **out,
                           lf_error *err) {
    struct ArrowSchema s = {0};
    array_reader *x = lf_mem_zalloc(alloc, sizeof *x);
    if (x == NULL) {
        lf_arrow_pull_close(p);
        return lf_fail_nomem(err, sizeof *x);
    }
    x->alloc = alloc;
    x->pull = p;
    lf_rc rc = p->type->schema(p, &s, err);
    if (rc == LF_OK) rc = lf_arrow_import_open(&s, alloc, &x->import, err);
    if (s.release != NULL) s.release(&s);
    if (rc != LF_OK) {
        array_close(&x->base);
        return rc;
    }
    x->base = (lf_reader){.type = &array_type,
                          .schema = lf_arrow_import_schema(x->import),
                          .n_rows = LF_ROWS_UNKNOWN};
    *out = &x->base;
    return LF_OK;
}

/* ---- a reader as arrays ---- */

typedef struct reader_pull {
    lf_arrow_pull base;
    const lf_alloc *alloc, *arrays;
    lf_reader *reader;
    lf_arrow_build build;
    uint32_t *columns;
} reader_pull;

static lf_rc pull_schema(lf_arrow_pull *p, struct ArrowSchema *out, lf_error *err) {
    reader_pull *x = (reader_pull *)p;
    return lf_arrow_schema_make(x->reader->schema, x->arrays, out, err);
}

static uint64_t bytes_of(const lf_arrow_column *c, uint32_t n) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < n; i++)
        sum += c[i].data.len + c[i].offsets.len + bytes_of(c[i].children, c[i].n_children);
    return sum;
}

static lf_rc pull_next(lf_arrow_pull *p, struct ArrowArray *out, lf_error *err) {
    reader_pull *x = (reader_pull *)p;
    lf_batch b;
    *out = (struct ArrowArray){0};
    while (x->build.rows < ARRAY_ROWS &&
           bytes_of(x->build.columns, x->build.n_columns) < ARRAY_BYTES) {
        LF_TRY(x->reader->type->next(x->reader, LF_TILE_ROWS_MAX, &b, err));
        if (b.n_rows == 0) break;
        LF_TRY(lf_arrow_build_add(&x->build, &b, err));
    }
    return x->build.rows > 0 ? lf_arrow_build_take(&x->build, out, err) : LF_OK;
}

static lf_rc pull_account(lf_arrow_pull *p, lf_report *rep, lf_error *err) {
    lf_reader *r = ((reader_pull *)p)->reader;
    return r->type->account != NULL ? r->type->account(r, rep, err) : LF_OK;
}

static void pull_close(lf_arrow_pull *p) {
    reader_pull *x = (reader_pull *)p;
    if (x->columns)
        lf_mem_free(x->alloc, x->columns, (x->reader->schema->n_fields + 1ul) * sizeof *x->columns);
    lf_arrow_build_reset(&x->build);
    lf_reader_close(x->reader);
    lf_mem_free(x->alloc, x, sizeof *x);
}

static const lf_arrow_pull_type pull_type = {pull_schema, pull_next, pull_account, pull_close};

lf_rc lf_arrow_pull_of_reader(lf_reader *r, const lf_alloc *alloc, const lf_alloc *arrays,
                              lf_arrow_pull **out, lf_error *err) {
    const uint32_t n = r->schema->n_fields;
    reader_pull *x = lf_mem_zalloc(alloc, sizeof *x);
    if (x == NULL) {
        lf_reader_close(r);
        return lf_fail_nomem(err, sizeof *x);
    }
    *x = (reader_pull){.base.type = &pull_type, .alloc = alloc, .arrays = arrays, .reader = r};
    x->columns = lf_mem_alloc(alloc, (n + 1ul) * sizeof *x->columns);
    lf_rc rc = x->columns ? LF_OK : lf_fail_nomem(err, n * sizeof *x->columns);
    for (uint32_t i = 0; rc == LF_OK && i < n; i++)
        x->columns[i] = i;
    if (rc == LF_OK) rc = r->type->select(r, x->columns, n, err);
    if (rc == LF_OK) rc = lf_arrow_build_init(&x->build, arrays, r->schema, err);
    if (rc == LF_OK)
        *out = &x->base;
    else
        pull_close(&x->base);
    return rc;
}
