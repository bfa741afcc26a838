/* api/reader_map.h - a reader's columns put in their places in a table, as the table's types.
 *
 * Owns: the reader under it. Threads, Fails: as that reader. Life: open -> as core/reader.h. */
#ifndef LF_API_READER_MAP_H
#define LF_API_READER_MAP_H
#include "array/type.h"
#include "core/reader.h"

#define LF_COLUMN_NONE UINT32_MAX

/* Takes `r`, of which nothing is selected yet, over, also on failure. `columns`: for each field of
 * `to` its column in `r`, or LF_COLUMN_NONE: nulls. All its columns are selected. */
LF_NODISCARD lf_rc lf_reader_map_open(lf_reader *r, const lf_schema *to, const uint32_t *columns,
                                      const lf_alloc *a, lf_reader **out, lf_error *err);
/* Reads those columns alone that may not fit, to the end or the first that does not: *misfit_out is
 * its field, at or below one of `to`; NULL: all fit. */
LF_NODISCARD lf_rc lf_reader_map_try(lf_reader *r, const lf_schema *to, const uint32_t *columns,
                                     const lf_alloc *a, const int *cancel,
                                     const lf_field **misfit_out, lf_error *err);

#endif
