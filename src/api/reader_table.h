/* api/reader_table.h - inputs that have types already, as one table.
 *
 * All inputs are looked at before the first row is read, where their format may be opened more than
 * once: what their columns are, and whether they can be read in pieces.
 *
 * Owns: the schema. Threads: _open from any thread once it is planned, the rest from one. Fails: as
 * readers; LF_ESCHEMA, LF_EUSAGE. Life: zeroed -> plan -> open* -> reset. */
#ifndef LF_API_READER_TABLE_H
#define LF_API_READER_TABLE_H
#include "array/type.h"
#include "core/reader.h"
#include "flow/flow.h"

typedef struct lf_reader_table {
    const lf_flow_spec *spec;
    const lf_reader_format *format;
    const lf_alloc *alloc;
    lf_reader_limits limits;
    lf_schema schema; /* of the output */
    lf_type *types;
    bool pieces;        /* all inputs have them */
    uint64_t *rows;     /* of each input; LF_ROWS_UNKNOWN */
    uint32_t *columns;  /* of each input, one after the other: n_fields each */
    lf_reader *pending; /* the first input, where it cannot be opened again */
} lf_reader_table;

/* spec, format, alloc and limits are filled. */
LF_NODISCARD lf_rc lf_reader_table_plan(lf_reader_table *t, lf_error *err);
/* Input `i` with the table's columns; its first batch is that of its first row. */
LF_NODISCARD lf_rc lf_reader_table_open(lf_reader_table *t, uint32_t i, lf_reader **out,
                                        lf_error *err);
void lf_reader_table_reset(lf_reader_table *t);

#endif
