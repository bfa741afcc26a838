/* filter/rows.h - rows of many small batches, put together as one.
 *
 * Owns: all values, text too. Threads: one at a time. Fails: LF_ENO_MEMORY. Life: zeroed -> add* ->
 * view -> reset (safe on a zeroed one, and twice). */
#ifndef LF_FILTER_ROWS_H
#define LF_FILTER_ROWS_H
#include "array/batch.h"
#include "core/arena.h"

typedef struct lf_rows_column lf_rows_column;

typedef struct lf_rows {
    const lf_alloc *alloc;
    lf_rows_column *columns;
    uint32_t n_columns, n_rows;
} lf_rows;

/* All batches have the same columns, of the same types. */
LF_NODISCARD lf_rc lf_rows_add(lf_rows *r, const lf_alloc *alloc, const lf_batch *b, lf_error *err);
/* All of them as a batch, in the arena. How values were written is forgotten. */
LF_NODISCARD lf_rc lf_rows_view(const lf_rows *r, lf_arena *arena, lf_batch *out, lf_error *err);
void lf_rows_reset(lf_rows *r);

#endif
