/* flow/trace.c - see trace.h. */
#include "flow/trace.h"
#include <string.h>

#define SEGMENT_BYTES (64 * 1024u) /* exceptions of a column that are kept in memory */

lf_rc lf_trace_init(lf_trace *t, const lf_alloc *a, uint32_t n_columns, lf_error *err) {
    *t = (lf_trace){.n_columns = n_columns, .alloc = a};
    t->columns = lf_mem_zalloc(a, n_columns * sizeof *t->columns + 1);
    if (t->columns == NULL) return lf_fail_nomem(err, n_columns * sizeof *t->columns);
    for (uint32_t i = 0; i < n_columns; i++)
        lf_trace_column_init(&t->columns[i], a);
    return LF_OK;
}

void lf_trace_set_log(lf_trace *t, lf_trace_log *log) {
    for (uint32_t i = 0; i < t->n_columns; i++)
        t->columns[i].log = log;
}

void lf_trace_column_init(lf_trace_column *c, const lf_alloc *a) {
    *c = (lf_trace_column){0};
    lf_buf_init(&c->runs, a, SIZE_MAX / 2);
    lf_buf_init(&c->exc, a, SIZE_MAX / 2);
    lf_buf_init(&c->segments, a, SIZE_MAX / 2);
}

void lf_trace_column_reset(lf_trace_column *c) {
    lf_buf_reset(&c->runs);
    lf_buf_reset(&c->exc);
    lf_buf_reset(&c->segments);
}

void lf_trace_column_clear(lf_trace_column *c) {
    lf_buf_clear(&c->runs);
    lf_buf_clear(&c->exc);
    lf_buf_clear(&c->segments);
    c->rows = c->n_exc = 0;
    c->spooled = 0;
}

void lf_trace_begin(lf_trace *t) {
    for (uint32_t i = 0; i < t->n_columns; i++)
        lf_trace_column_clear(&t->columns[i]);
}

static lf_rc exceptions_to_log(lf_trace_column *c, lf_error *err) {
    lf_trace_segment s = {.size = c->exc.len};
    pthread_mutex_lock(&c->log->mu);
    lf_rc rc = lf_spill_append(&c->log->spill, c->exc.data, c->exc.len, &s.at, err);
    pthread_mutex_unlock(&c->log->mu);
    lf_buf_clear(&c->exc);
    return rc == LF_OK ? lf_buf_append(&c->segments, &s, sizeof s, err) : rc;
}

static lf_rc add_exceptions(lf_trace_column *c, const lf_column *col, lf_error *err) {
    const bool flips = col->type.id == LF_T_STRING; /* of texts only that they are exceptions */
    for (uint32_t i = 0; i < col->n_exc; i++) {
        const lf_exception *e = &col->exc[i];
        uint32_t head[2] = {(uint32_t)(c->rows + e->row), flips ? 0 : e->len};
        LF_TRY(lf_buf_append(&c->exc, head, sizeof head, err));
        if (head[1] > 0) LF_TRY(lf_buf_append(&c->exc, col->bytes + e->start, e->len, err));
    }
    c->n_exc += col->n_exc;
    return c->log != NULL && c->exc.len >= SEGMENT_BYTES ? exceptions_to_log(c, err) : LF_OK;
}

lf_rc lf_trace_add(lf_trace_column *c, const lf_column *col, uint32_t n_rows, lf_error *err) {
    if (col->n_exc > 0) LF_TRY(add_exceptions(c, col, err));
    c->rows += n_rows;
    if (c->runs.len > 0) {
        lf_trace_run *last = (lf_trace_run *)(void *)(c->runs.data + c->runs.len) - 1;
        if (memcmp(&last->form, &col->form, sizeof last->form) == 0) {
            last->n_rows += n_rows;
            return LF_OK;
        }
    }
    lf_trace_run run = {n_rows, col->form};
    return lf_buf_append(&c->runs, &run, sizeof run, err);
}

typedef struct saved_column {
    uint64_t rows, n_exc, runs_len, exc_len, segments_len;
    uint32_t spooled, date_format;
} saved_column;

lf_rc lf_trace_save(const lf_trace *t, lf_spill *log, uint64_t *offset_out, uint64_t *size_out,
                    lf_error *err) {
    *offset_out = log->size;
    for (uint32_t i = 0; i < t->n_columns; i++) {
        const lf_trace_column *c = &t->columns[i];
        saved_column s = {c->rows,         c->n_exc,   c->runs.len,   c->exc.len,
                          c->segments.len, c->spooled, c->date_format};
        LF_TRY(lf_spill_append(log, &s, sizeof s, NULL, err));
        if (s.runs_len > 0) LF_TRY(lf_spill_append(log, c->runs.data, s.runs_len, NULL, err));
        if (s.exc_len > 0) LF_TRY(lf_spill_append(log, c->exc.data, s.exc_len, NULL, err));
        if (s.segments_len > 0)
            LF_TRY(lf_spill_append(log, c->segments.data, s.segments_len, NULL, err));
    }
    *size_out = log->size - *offset_out;
    return LF_OK;
}

static lf_rc load_buf(lf_buf *b, lf_spill *log, uint64_t offset, uint64_t n, lf_error *err) {
    lf_buf_clear(b);
    if (n == 0) return LF_OK;
    LF_TRY(lf_buf_reserve(b, n, err));
    LF_TRY(lf_spill_read(log, offset, b->data, n, err));
    b->len = n;
    return LF_OK;
}

lf_rc lf_trace_load(lf_trace *t, lf_spill *log, uint64_t offset, uint64_t size, lf_error *err) {
    uint64_t at = offset;
    for (uint32_t i = 0; i < t->n_columns; i++) {
        lf_trace_column *c = &t->columns[i];
        saved_column s;
        LF_TRY(lf_spill_read(log, at, &s, sizeof s, err));
        at += sizeof s;
        LF_TRY(load_buf(&c->runs, log, at, s.runs_len, err));
        at += s.runs_len;
        LF_TRY(load_buf(&c->exc, log, at, s.exc_len, err));
        at += s.exc_len;
        LF_TRY(load_buf(&c->segments, log, at, s.segments_len, err));
        at += s.segments_len;
        c->rows = s.rows;
        c->n_exc = s.n_exc;
        c->spooled = (uint8_t)s.spooled;
        c->date_format = s.date_format;
    }
    return at - offset == size ? LF_OK : lf_fail(err, LF_EINTERNAL, "a trace has another size");
}

void lf_trace_reset(lf_trace *t) {
    for (uint32_t i = 0; t->columns != NULL && i < t->n_columns; i++)
        lf_trace_column_reset(&t->columns[i]);
    if (t->alloc != NULL) lf_mem_free(t->alloc, t->columns, t->n_columns * sizeof *t->columns + 1);
    *t = (lf_trace){0};
}

/* The exceptions that follow: the next segment, or what is still in memory. */
static void load_exceptions(lf_trace_cursor *k) {
    const lf_trace_column *c = k->c;
    size_t n = c->segments.len / sizeof(lf_trace_segment);
    k->exc_at = 0;
    if (k->segment >= n) {
        k->exc = k->segment == n ? c->exc.data : NULL;
        k->exc_len = k->segment == n ? c->exc.len : 0;
        k->segment++;
        return;
    }
    lf_trace_segment s;
    memcpy(&s, c->segments.data + k->segment++ * sizeof s, sizeof s);
    lf_buf_clear(&k->loaded);
    k->exc = NULL;
    k->exc_len = 0;
    k->rc = lf_buf_reserve(&k->loaded, s.size, &k->err);
    if (k->rc != LF_OK) return;
    pthread_mutex_lock(&c->log->mu);
    k->rc = lf_spill_read(&c->log->spill, s.at, k->loaded.data, s.size, &k->err);
    pthread_mutex_unlock(&c->log->mu);
    if (k->rc != LF_OK) return;
    k->exc = k->loaded.data;
    k->exc_len = s.size;
}

void lf_trace_cursor_init(lf_trace_cursor *k, const lf_trace_column *c) {
    *k = (lf_trace_cursor){.c = c};
    lf_buf_init(&k->loaded, c->runs.alloc, SIZE_MAX / 2);
    if (c->runs.len > 0) k->run_end = ((const lf_trace_run *)(const void *)c->runs.data)->n_rows;
    load_exceptions(k);
}

void lf_trace_cursor_reset(lf_trace_cursor *k) {
    if (k->c != NULL) lf_buf_reset(&k->loaded);
    k->c = NULL;
}

lf_form lf_trace_next(lf_trace_cursor *k, bool *is_exc_out, lf_span *text_out) {
    const lf_trace_run *runs = (const lf_trace_run *)(const void *)k->c->runs.data;
    size_t n_runs = k->c->runs.len / sizeof *runs;
    lf_form form = {0};
    while (k->run < n_runs && k->row >= k->run_end) {
        k->run++;
        if (k->run < n_runs) k->run_end += runs[k->run].n_rows;
    }
    if (k->run < n_runs) form = runs[k->run].form;
    *is_exc_out = false;
    while (k->exc_at >= k->exc_len && k->rc == LF_OK &&
           k->segment <= k->c->segments.len / sizeof(lf_trace_segment))
        load_exceptions(k);
    if (k->exc_at < k->exc_len) {
        uint32_t head[2];
        memcpy(head, k->exc + k->exc_at, sizeof head);
        if (head[0] == k->row) {
            *is_exc_out = true;
            *text_out = (lf_span){k->exc + k->exc_at + sizeof head, head[1]};
            k->exc_at += sizeof head + head[1];
        }
    }
    k->row++;
    return form;
}
