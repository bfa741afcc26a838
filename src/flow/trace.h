/* flow/trace.h - how the typed values of one group were written, so that they can be text again.
 *
 * Per column: runs of rows with one form, and the cells whose text no form gives back. See
 * array/batch.h (lf_form, lf_exception).
 * Owns: its buffers. Threads: one at a time. Fails: LF_ENO_MEMORY, LF_ECORRUPT (loading).
 * Life: init -> begin -> add* -> (save) -> begin -> ... -> reset. */
#ifndef LF_FLOW_TRACE_H
#define LF_FLOW_TRACE_H
#include "array/batch.h"
#include "core/spill.h"
#include <pthread.h>

/* Where exceptions go when they become many; shared by workers. */
typedef struct lf_trace_log {
    lf_spill spill;
    pthread_mutex_t mu;
} lf_trace_log;

typedef struct lf_trace_run {
    uint32_t n_rows;
    lf_form form;
} lf_trace_run;

typedef struct lf_trace_segment {
    uint64_t at, size;
} lf_trace_segment;

typedef struct lf_trace_column {
    lf_buf runs;       /* lf_trace_run[] */
    lf_buf exc;        /* per exception: u32 row, u32 length, text */
    lf_buf segments;   /* lf_trace_segment[]: exceptions before those of `exc`, in the log */
    lf_trace_log *log; /* NULL: all exceptions stay in `exc` */
    uint64_t rows, n_exc;
    uint8_t spooled;      /* the group's text stands in the text spool instead */
    uint32_t date_format; /* LF_DF_ bit of dates and timestamps */
} lf_trace_column;

typedef struct lf_trace {
    lf_trace_column *columns;
    uint32_t n_columns;
    const lf_alloc *alloc;
} lf_trace;

LF_NODISCARD lf_rc lf_trace_init(lf_trace *t, const lf_alloc *a, uint32_t n_columns, lf_error *err);
void lf_trace_set_log(lf_trace *t, lf_trace_log *log); /* of all columns */
void lf_trace_begin(lf_trace *t);
void lf_trace_column_init(lf_trace_column *c, const lf_alloc *a);
void lf_trace_column_clear(lf_trace_column *c);
void lf_trace_column_reset(lf_trace_column *c);
LF_NODISCARD lf_rc lf_trace_add(lf_trace_column *c, const lf_column *col, uint32_t n_rows,
                                lf_error *err);
/* Appends all columns to `log`; where they start and how long they are is handed back. */
LF_NODISCARD lf_rc lf_trace_save(const lf_trace *t, lf_spill *log, uint64_t *offset_out,
                                 uint64_t *size_out, lf_error *err);
LF_NODISCARD lf_rc lf_trace_load(lf_trace *t, lf_spill *log, uint64_t offset, uint64_t size,
                                 lf_error *err);
void lf_trace_reset(lf_trace *t);

/* Walks a column's rows in order. Where the log cannot be read `rc` says so, and `err`. */
typedef struct lf_trace_cursor {
    const lf_trace_column *c;
    size_t run, exc_at, segment;
    uint64_t row, run_end;
    const uint8_t *exc; /* of the segment at hand */
    size_t exc_len;
    lf_buf loaded;
    lf_rc rc;
    lf_error err;
} lf_trace_cursor;
void lf_trace_cursor_init(lf_trace_cursor *k, const lf_trace_column *c);
void lf_trace_cursor_reset(lf_trace_cursor *k); /* safe when zeroed */
/* The next row: its form, or its text (is_exc_out). */
lf_form lf_trace_next(lf_trace_cursor *k, bool *is_exc_out, lf_span *text_out);

#endif
