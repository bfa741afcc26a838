/* filter/where.h - conditions on rows: "qty >= 5 and city in ('Bonn', 'Oslo')".
 *
 *   condition   or-ed terms of and-ed factors, with not and parentheses
 *   factor      COLUMN = != <> < <= > >= VALUE
 *               COLUMN [not] in (VALUE, ...)      COLUMN [not] between VALUE and VALUE
 *               COLUMN [not] like 'TEXT'  (% any text, _ any character)
 *               COLUMN [not] contains 'TEXT'      COLUMN is [not] null
 *   COLUMN      name, or "any name" with a quote inside doubled
 *   VALUE       5, -1.5e3, true, 2026-03-08, 2026-03-08T10:00, or 'text' with a quote doubled
 *
 * A value is read as the type of the column. Logic is that of SQL: a comparison with null is
 * unknown, and rows are kept where the condition is true. Text compares by its bytes; NaN equals
 * itself and is above all numbers.
 *
 * Owns: its tree. Threads: parse and bind from one, then it is read-only. Fails: LF_EUSAGE with
 * the place in the condition as excerpt, LF_ENO_MEMORY. Life: parse -> bind -> eval* -> reset. */
#ifndef LF_FILTER_WHERE_H
#define LF_FILTER_WHERE_H
#include "array/batch.h"
#include "core/arena.h"
#include "core/reader.h"

typedef struct lf_where_node lf_where_node;

typedef struct lf_where {
    lf_arena arena;
    lf_where_node *root;  /* NULL: no condition, every row is kept */
    const char **columns; /* the names that are used, each once */
    uint32_t n_columns, cap_columns;
    const char *text; /* the condition being read or bound, for errors */
} lf_where;

/* All conditions must hold. */
LF_NODISCARD lf_rc lf_where_parse(lf_where *w, const lf_alloc *alloc, const char *const *conditions,
                                  uint32_t n, lf_error *err);

/* Reads the values as the types of `s`, whose columns are those of the batches, in that order. May
 * be called again with another schema. A number where the column is text is an error of the first
 * text in the column, as a column without values is text too. */
LF_NODISCARD lf_rc lf_where_bind(lf_where *w, const lf_schema *s, lf_error *err);

/* Clears the bits of rows that are not kept; words holds b->n_rows bits. */
LF_NODISCARD lf_rc lf_where_eval(const lf_where *w, const lf_batch *b, uint64_t *words,
                                 lf_error *err);

/* Bounds of a column of the batches, for some rows; false: nothing is known. */
typedef bool (*lf_where_bounds_fn)(void *ctx, uint32_t column, lf_reader_bounds *out);
/* False: by their bounds none of these rows is kept. */
bool lf_where_may_hold(const lf_where *w, lf_where_bounds_fn ask, void *ctx);

/* LF_EUSAGE where a column that is used is none of `s`. */
LF_NODISCARD lf_rc lf_where_names(const lf_where *w, const lf_schema *s, lf_error *err);

void lf_where_reset(lf_where *w); /* safe on a zeroed one, and twice */

/* LF_EUSAGE: there is no such column; names the nearest, or some. `what`: "--where". */
LF_NODISCARD lf_rc lf_no_such_column(const lf_schema *s, const char *what, const char *name,
                                     lf_error *err);

#endif
