#include "flow/flow_filter.h"
#include <string.h>

/* Counted pass by pass, in turn. */
static bool counts_rows(const flow_job *j) {
    return j->typing_only && j->sampling && (j->counting || j->spec->rows->n_where == 0);
}

lf_rc lf_flow_filter_init(flow_job *j, lf_error *err) {
    const lf_row_spec *r = j->spec->rows;
    lf_buf_init(&j->passed_before, j->alloc, SIZE_MAX / 2);
    if (r == NULL) return LF_OK;
    j->filtering = lf_row_spec_filters(r);
    j->sampling = r->sample_rows != UINT64_MAX;
    return lf_where_parse(&j->where, j->alloc, r->where, r->n_where, err);
}

void lf_flow_filter_reset(flow_job *j) {
    lf_where_reset(&j->where);
    if (j->passed_before.alloc != NULL) lf_buf_reset(&j->passed_before);
}

bool lf_flow_filter_types_first(const flow_job *j) {
    const lf_row_spec *r = j->spec->rows;
    const lf_schema *given = j->decode_opts.schema;
    if (r == NULL || !j->filtering) return false;
    if (j->sampling || r->keep_columns > 0) return true;
    for (uint32_t i = 0; i < j->where.n_columns; i++) {
        const char *name = j->where.columns[i];
        if (given == NULL || lf_schema_find(given, name, strlen(name)) < 0) return true;
    }
    return false;
}

lf_rc lf_flow_filter_check(flow_job *j, lf_error *err) {
    lf_schema out;
    if (j->spec->rows == NULL || j->shaped) return LF_OK; /* more may come */
    LF_TRY(lf_where_names(&j->where, &j->schema, err));
    lf_schema_init(&out, j->alloc);
    const lf_rc rc = lf_flow_filter_schema(j, &j->schema, &out, err);
    lf_schema_reset(&out);
    return rc;
}

lf_rc lf_flow_filter_settle(flow_job *j, lf_error *err) {
    return j->filtering ? lf_where_bind(&j->where, &j->schema, err) : LF_OK;
}

bool lf_flow_filter_wants_count(const flow_job *j) {
    return j->sampling && j->where.root != NULL;
}

void lf_flow_filter_counted(flow_job *j) {
    const lf_row_spec *r = j->spec->rows;
    if (j->sampling) lf_sample_init(&j->sample, j->passed_rows, r->sample_rows, r->seed);
    j->good_rows = j->passed_rows = 0;
}

lf_rc lf_flow_filter_worker_init(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    if (!j->filtering || (j->typing_only && !j->counting)) return LF_OK;
    w->cursor = lf_mem_alloc(j->alloc, sizeof *w->cursor);
    if (w->cursor == NULL) return lf_fail_nomem(err, sizeof *w->cursor);
    lf_row_cursor_init(w->cursor, j->alloc);
    if (j->where.root != NULL) w->cursor->where = &j->where;
    if (j->sampling && !j->counting) w->cursor->sample = &j->sample;
    return LF_OK;
}

void lf_flow_filter_worker_reset(flow_worker *w) {
    if (w->cursor == NULL) return;
    lf_row_cursor_reset(w->cursor);
    lf_mem_free(w->job->alloc, w->cursor, sizeof *w->cursor);
    w->cursor = NULL;
}

bool lf_flow_filter_begin(flow_worker *w) {
    flow_job *j = w->job;
    w->passed = 0;
    if (w->cursor == NULL) return true;
    const uint64_t skip = j->spec->rows->skip_rows;
    pthread_mutex_lock(&j->mu);
    uint64_t before = j->good_rows;
    pthread_mutex_unlock(&j->mu);
    if (before < skip) {
        if (!lf_flow_await_turn(w)) return false;
        pthread_mutex_lock(&j->mu);
        before = j->good_rows;
        pthread_mutex_unlock(&j->mu);
    }
    w->cursor->skip = before < skip ? skip - before : 0;
    if (w->cursor->sample == NULL) return true;
    w->cursor->passed = ((const uint64_t *)(const void *)j->passed_before.data)[w->block.index];
    return true;
}

lf_rc lf_flow_filter_batch(flow_worker *w, const lf_batch *b, uint64_t room, lf_batch *out,
                           uint32_t *taken_out, lf_error *err) {
    flow_job *j = w->job;
    const uint64_t passed = w->cursor->passed;
    *out = *b;
    if (j->counting) out->n_rows = 0;
    LF_TRY(lf_row_cursor_next(w->cursor, b, room, lf_flow_columns_kept(j, b->n_columns),
                              j->counting ? NULL : out, taken_out, err));
    w->passed += w->cursor->passed - passed;
    w->filtered += *taken_out - out->n_rows;
    if (*taken_out == b->n_rows) return LF_OK;
    while (out->n_rejects > 0 && out->rejects[out->n_rejects - 1].rows_before >= *taken_out)
        out->n_rejects--;
    return LF_OK;
}

lf_rc lf_flow_filter_commit(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    if (!j->filtering) return LF_OK;
    if (counts_rows(j))
        LF_TRY(lf_buf_append(&j->passed_before, &j->passed_rows, sizeof j->passed_rows, err));
    j->good_rows += w->rows + w->filtered;
    j->passed_rows += w->passed;
    if (j->typing_only && !j->counting) {
        const uint64_t skip = j->spec->rows->skip_rows;
        j->passed_rows = j->good_rows > skip ? j->good_rows - skip : 0;
    }
    if (!j->typing_only && j->sampling && j->passed_rows > j->sample.rows)
        return lf_fail(err, LF_ECHANGED, "more rows than when they were counted");
    return LF_OK;
}

lf_rc lf_flow_filter_schema(const flow_job *j, const lf_schema *s, lf_schema *out, lf_error *err) {
    lf_schema kept = *s;
    kept.n_fields = lf_flow_columns_kept(j, s->n_fields);
    LF_TRY(lf_schema_copy(out, &kept, err));
    return j->spec->rows != NULL ? lf_rename_columns(out, j->spec->rows, err) : LF_OK;
}
