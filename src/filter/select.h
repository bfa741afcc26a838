/* filter/select.h - some rows of a batch as a batch.
 *
 * Owns: nothing; what is made lives in the caller's arena. Threads: pure. Fails: LF_ENO_MEMORY.
 * Life: the new batch is valid as long as the old one and the arena's content. */
#ifndef LF_FILTER_SELECT_H
#define LF_FILTER_SELECT_H
#include "array/batch.h"
#include "core/arena.h"

/* Rows of `b` as `out`: rows[0..n), ascending. Only the first n_columns columns come along. Nested
 * values and how values were written (forms, exceptions, texts) do too; rejects stay as they are.
 */
LF_NODISCARD lf_rc lf_select_rows(const lf_batch *b, const uint32_t *rows, uint32_t n,
                                  uint32_t n_columns, lf_arena *arena, lf_batch *out,
                                  lf_error *err);

#endif
