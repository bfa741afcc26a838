/* decode/parquet/parquet_rows.h - rows of some columns, in batches, row group after row group.
 *
 * Flat columns are handed on as the chunk readers make them; nested ones are put together from
 * the levels of their leaves: validity and offsets as in array/batch.h, children of structs
 * have a slot for each slot of the struct. All columns' pages are in memory at once: readers
 * of very wide files ask for a few columns at a time.
 *
 * Owns: chunk readers and buffers; borrows the reader, which must outlive it.
 * Threads: one at a time. Fails: LF_ECORRUPT with a place, LF_ENO_MEMORY, LF_EREAD.
 * Life: open -> next* -> close. */
#ifndef LF_DECODE_PARQUET_PARQUET_ROWS_H
#define LF_DECODE_PARQUET_PARQUET_ROWS_H
#include "array/batch.h"
#include "decode/parquet/parquet_reader.h"

typedef struct lf_parquet_rows lf_parquet_rows;
/* Columns by number in the schema, in any order; columns NULL: all. Row groups from
 * `first_group` to before `end_group` (UINT32_MAX: all). */
LF_NODISCARD lf_rc lf_parquet_rows_open(lf_parquet_reader *r, const uint32_t *columns,
                                        uint32_t n_columns, uint32_t first_group,
                                        uint32_t end_group, lf_parquet_rows **out, lf_error *err);
/* The next up to max_rows rows (at most LF_TILE_ROWS_MAX), never of two row groups; n_rows 0: the
 * end. Valid until the next call. */
LF_NODISCARD lf_rc lf_parquet_rows_next(lf_parquet_rows *r, uint32_t max_rows, lf_batch *out,
                                        lf_error *err);
/* The next rows are those from row `row` of row group `group` on. Flat columns pass over pages
 * unread; with nested ones row must be 0. */
LF_NODISCARD lf_rc lf_parquet_rows_seek(lf_parquet_rows *r, uint32_t group, uint64_t row,
                                        lf_error *err);
void lf_parquet_rows_close(lf_parquet_rows *r); /* NULL is legal */

#endif
