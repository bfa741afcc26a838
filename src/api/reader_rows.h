/* api/reader_rows.h - skip, where, sample, limit and rename for inputs that have their types.
 *
 * What flow/flow_filter.h is for text. Conditions hold for a row alone and --skip counts rows that
 * metadata tells, so that parts of an input are looked at apart, each with a cursor of its own.
 * --sample beside --where, and --limit beside either, are of rows that were kept before: one cursor
 * goes over all. --sample with --where reads the inputs once before, the columns of --where alone,
 * to count the rows; so it does where metadata does not tell them.
 *
 * Owns: the condition and the cursor. Threads: one at a time; place and next, each with a
 * cursor of its own, any. Fails: as filter/where.h.
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
    lf_row_cursor *cursor; /* NULL: all rows and columns; else the one that goes in order */
} lf_reader_rows;

LF_NODISCARD lf_rc lf_reader_rows_init(lf_reader_rows *f, const lf_row_spec *spec,
                                       const lf_alloc *alloc, lf_error *err);
/* Before the first batch, once the columns that are read are known: `s`, in their order. Counts the
 * rows of all inputs where that is needed. */
LF_NODISCARD lf_rc lf_reader_rows_bind(lf_reader_rows *f, lf_reader_table *t, lf_error *err);
/* Whether a row's neighbours have no say in whether it comes out. */
bool lf_reader_rows_apart(const lf_reader_rows *f);
/* Another cursor, for rows behind the first `before` of all inputs. */
void lf_reader_rows_place(const lf_reader_rows *f, lf_row_cursor *c, uint64_t before);
/* Of b the rows, at most `room`, and columns that come out. */
LF_NODISCARD lf_rc lf_reader_rows_next(const lf_reader_rows *f, lf_row_cursor *c, const lf_batch *b,
                                       uint64_t room, lf_batch *out, lf_error *err);
/* Of the columns that are read those that come out, under their new names; the caller resets it. */
LF_NODISCARD lf_rc lf_reader_rows_schema(const lf_reader_rows *f, const lf_schema *s,
                                         lf_schema *out, lf_error *err);
void lf_reader_rows_reset(lf_reader_rows *f);

#endif
