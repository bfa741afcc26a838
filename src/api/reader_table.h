/* api/reader_table.h - inputs that have types already, as one table.
 *
 * All inputs are looked at before the first row is read, where their format may be opened more than
 * once: what their columns are, and whether they can be read in pieces. The table has the columns
 * of all of them, by name; types join (reader_cast.h). Columns whose values may change in the
 * joined type are read once for that. What can be opened once alone must have the first one's
 * columns.
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
    const lf_reader_format *const *formats; /* one of each source, or one of all */
    uint32_t n_formats;
    const lf_alloc *alloc;
    lf_report *report; /* is told what differs */
    lf_reader_limits limits;
    uint32_t n_inputs;
    lf_schema schema; /* of the output */
    lf_type *types;
    bool pieces;       /* all inputs have them */
    uint64_t *rows;    /* of each input; LF_ROWS_UNKNOWN */
    uint32_t *columns; /* of each input, one after the other: n_fields each, LF_COLUMN_NONE */
    size_t n_columns;
    lf_reader *pending; /* an input that was looked at and cannot be opened again */
    uint32_t pending_at;
    bool late; /* such inputs but the first are looked at when they are reached */
} lf_reader_table;

static inline const lf_reader_format *lf_reader_table_format(const lf_reader_table *t, uint32_t i) {
    return t->formats[t->n_formats == 1 ? 0 : i];
}

/* spec, formats, alloc, report and limits are filled. */
LF_NODISCARD lf_rc lf_reader_table_plan(lf_reader_table *t, lf_error *err);
/* Rows of all inputs by their metadata; LF_ROWS_UNKNOWN where one does not tell. */
uint64_t lf_reader_table_rows(const lf_reader_table *t);
/* Input `i` with the table's columns; its first batch is that of its first row. */
LF_NODISCARD lf_rc lf_reader_table_open(lf_reader_table *t, uint32_t i, lf_reader **out,
                                        lf_error *err);
void lf_reader_table_reset(lf_reader_table *t);

#endif
