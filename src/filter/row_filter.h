/* filter/row_filter.h - which rows of an input come out: skip, where, sample, limit, in this order.
 *
 *   skip N     the first N good rows are left out
 *   where      of the rest those that meet all conditions are kept
 *   sample N   of these N at random, in their order
 *   limit N    of these the first N; what follows is not read
 *
 * One component between batches and encoder, for text (flow) and typed inputs (api/convert_reader):
 * a selection of rows, then some columns of them. A reader of batches has a cursor of its own.
 *
 * Owns: a cursor its scratch. Threads: a spec is read-only, a cursor one thread's. Fails: as
 * where.h. Life: cursor init -> (place -> next*)* -> reset. */
#ifndef LF_FILTER_ROW_FILTER_H
#define LF_FILTER_ROW_FILTER_H
#include "core/limits.h"
#include "filter/sample.h"
#include "filter/where.h"

typedef struct lf_rename {
    const char *from, *to;
} lf_rename;

/* What the options say. Borrowed by all that take it. */
typedef struct lf_row_spec {
    const char *const *where; /* conditions, n_where */
    uint32_t n_where;
    uint64_t skip_rows;
    uint64_t sample_rows; /* UINT64_MAX: all */
    uint64_t seed;
    const lf_rename *renames;
    uint32_t n_renames;
    /* Of the columns that are read the first so many are kept, the others serve --where alone; 0:
     * all. */
    uint32_t keep_columns;
} lf_row_spec;

/* Rows are left out, or columns. */
bool lf_row_spec_filters(const lf_row_spec *s);

typedef struct lf_row_cursor {
    const lf_where *where;   /* NULL: every row */
    const lf_sample *sample; /* NULL: every row */
    uint64_t skip;           /* good rows still to be left out */
    uint64_t passed;         /* rows that --where kept so far, from the first of the output */
    lf_arena arena;
    uint32_t rows[LF_TILE_ROWS_MAX];
} lf_row_cursor;

void lf_row_cursor_init(lf_row_cursor *c, const lf_alloc *alloc);
void lf_row_cursor_reset(lf_row_cursor *c);

/* Of b's rows up to `room` are kept, as `out` with its first n_columns columns; *taken_out: how
 * many of b's were looked at, all of them unless the room ended. `out` NULL: they are counted
 * alone, in `passed`. Valid until the next call. */
LF_NODISCARD lf_rc lf_row_cursor_next(lf_row_cursor *c, const lf_batch *b, uint64_t room,
                                      uint32_t n_columns, lf_batch *out, uint32_t *taken_out,
                                      lf_error *err);

/* Of "OLD=NEW" where the = is that parts them, "\=" being one of a name; of the end without one. */
size_t lf_rename_split(const char *text);

/* The names of columns as --rename says, in `s`: LF_EUSAGE for a name that is not there, or two
 * columns of one name then. */
LF_NODISCARD lf_rc lf_rename_columns(lf_schema *s, const lf_row_spec *spec, lf_error *err);

#endif
