/* api/inspect_table.h - aligned tables for a terminal, and numbers for people.
 *
 * Owns: its cells (an arena). Threads: one at a time. Fails: LF_ENO_MEMORY.
 * Life: init -> column* -> cell* (row by row) -> print -> reset. */
#ifndef LF_API_INSPECT_TABLE_H
#define LF_API_INSPECT_TABLE_H
#include "array/type.h"
#include "core/arena.h"
#include "core/buf.h"

#define LF_TABLE_COLUMNS_MAX 512u
#define LF_TABLE_CELL_MAX    48u /* longer cells are cut, in terminal columns */

typedef struct lf_table {
    lf_arena arena;
    uint32_t n_columns, n_cells, cap_cells;
    const char **cells; /* row by row; NUL-terminated, no control characters */
    struct lf_table_column {
        const char *name;
        uint32_t width, least; /* least: not made narrower than this */
        bool right;
    } columns[LF_TABLE_COLUMNS_MAX];
} lf_table;

void lf_table_init(lf_table *t, const lf_alloc *alloc);
/* Adds a column; `least` as above. At most LF_TABLE_COLUMNS_MAX. */
LF_NODISCARD lf_rc lf_table_column(lf_table *t, const char *name, size_t name_len, bool right,
                                   uint32_t least, lf_error *err);
LF_NODISCARD lf_rc lf_table_cell(lf_table *t, const void *text, size_t n, lf_error *err);
LF_NODISCARD lf_rc lf_table_cell_str(lf_table *t, const char *s, lf_error *err);
/* Header and rows within `width` terminal columns: first the widest cells are cut, then the last
 * columns left out; how many columns are shown out. */
LF_NODISCARD lf_rc lf_table_print(lf_table *t, uint32_t width, uint32_t *shown_out, lf_buf *out,
                                  lf_error *err);
void lf_table_reset(lf_table *t); /* safe twice */

/* inspect_members.c: a column's type, without the members of structs; and a line for each of those,
 * name and type, then `others` empty cells. *lines: of the table so far, which are limited. */
LF_NODISCARD lf_rc lf_inspect_type_cell(lf_table *t, const lf_field *f, lf_buf *scratch,
                                        lf_error *err);
LF_NODISCARD lf_rc lf_inspect_members(lf_table *t, const lf_field *f, uint32_t others,
                                      uint32_t *lines, lf_buf *scratch, lf_error *err);

const char *lf_inspect_count(uint64_t n, char *buf, size_t cap); /* "6,001,215" */
const char *lf_inspect_bytes(uint64_t n, char *buf, size_t cap); /* "766 MB" */

#endif
