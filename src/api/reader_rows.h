/* api/reader_rows.h - skip, where, sample, limit and rename for inputs that have their types.
 *
 * What flow/flow_filter.h is for text. Such inputs are read in order, so that one cursor goes over
 * all of them. --sample reads them once before, the columns of --where alone, to count the rows.
 *
 * Owns: the condition and the cursor. Threads: one at a time. Fails: as filter/where.h.
 * Life: init -> bind -> next* -> reset (safe on a zeroed one, and twice). */
#ifndef LF_API_READER_ROWS_H
#define LF_API_READER_ROWS_H
#include "api/reader_table.h"
#include "filter/row_filter.h"
#include "flow/flow.h"

typedef struct lf_reader_rows {
    const lf_row_spec *spec; /* NULL: nothing is left out or renamed */
    const lf_alloc *alloc;
    lf_where where;
    lf_sample sample;
    lf_row_cursor *cursor; /* NULL: all rows and columns */
} lf_reader_rows;

LF_NODISCARD lf_rc lf_reader_rows_init(lf_reader_rows *f, const lf_row_spec *spec,
                                       const lf_alloc *alloc, lf_error *err);
/* Before the first batch, once the columns that are read are known: `s`, in their order. Counts the
 * rows of all inputs where that is needed. */
LF_NODISCARD lf_rc lf_reader_rows_bind(lf_reader_rows *f, lf_reader_table *t, lf_error *err);
/* Of b the rows, at most `room`, and columns that come out. */
LF_NODISCARD lf_rc lf_reader_rows_next(lf_reader_rows *f, const lf_batch *b, uint64_t room,
                                       lf_batch *out, lf_error *err);
/* Of the columns that are read those that come out, under their new names; the caller resets it. */
LF_NODISCARD lf_rc lf_reader_rows_schema(const lf_reader_rows *f, const lf_schema *s,
                                         lf_schema *out, lf_error *err);
void lf_reader_rows_reset(lf_reader_rows *f);

#endif
