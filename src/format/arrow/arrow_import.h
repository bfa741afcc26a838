/* format/arrow/arrow_import.h - Arrow schemas and arrays as ours: the inverse of arrow_build.
 *
 *   ArrowSchema -> lf_schema        ArrowArray (a record batch) -> lf_batch, lf_batch, ...
 *
 * Taken: null, bool, all integers and floats, decimal of up to 38 digits (32 to 256 bits), text and
 * bytes (32- and 64-bit offsets, views, fixed size), date, time, timestamp of every unit, lists
 * (also large, fixed-size, views), struct, map, and a dictionary of any of them. Refused by the
 * column's name: duration, interval, union, run-end encoded, decimals of more digits.
 *
 * Nothing that an array says of itself is trusted as far as the interface lets it be checked:
 * numbers of buffers and children, lengths, offsets, indices, UTF-8. The sizes of buffers are not a
 * part of the interface; who made the array answers for them.
 *
 * Owns: copies of what it hands out; an array is borrowed from begin to the next begin or close.
 * Threads: one at a time. Fails: LF_EUNSUPPORTED, LF_ECORRUPT, LF_EBAD_UTF8, LF_ETYPE_MISFIT (a
 * moment or number that ours cannot hold), LF_ENO_MEMORY; the message names the column.
 * Life: open -> select? -> (begin -> next*)* -> close. */
#ifndef LF_FORMAT_ARROW_ARROW_IMPORT_H
#define LF_FORMAT_ARROW_ARROW_IMPORT_H
#include "array/batch.h"
#include <logflow/arrow.h>

typedef struct lf_arrow_import lf_arrow_import;

/* `s` is a struct of the columns; it is read, not kept. */
LF_NODISCARD lf_rc lf_arrow_import_open(const struct ArrowSchema *s, const lf_alloc *alloc,
                                        lf_arrow_import **out, lf_error *err);
const lf_schema *lf_arrow_import_schema(const lf_arrow_import *im); /* all columns */
/* Which columns `next` gives, in this order; all of them where it is not called. */
LF_NODISCARD lf_rc lf_arrow_import_select(lf_arrow_import *im, const uint32_t *columns, uint32_t n,
                                          lf_error *err);
LF_NODISCARD lf_rc lf_arrow_import_begin(lf_arrow_import *im, const struct ArrowArray *a,
                                         lf_error *err);
/* The next up to max_rows rows (at most LF_TILE_ROWS_MAX); n_rows 0: the array is over. Valid until
 * the next call; independent of the array. */
LF_NODISCARD lf_rc lf_arrow_import_next(lf_arrow_import *im, uint32_t max_rows, lf_batch *out,
                                        lf_error *err);
void lf_arrow_import_close(lf_arrow_import *im); /* NULL is legal */

#endif
