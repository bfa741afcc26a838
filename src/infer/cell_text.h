/* infer/cell_text.h - cells for people and as JSON.
 * Owns: nothing. Threads: safe. Fails: LF_ENO_MEMORY. */
#ifndef LF_INFER_CELL_TEXT_H
#define LF_INFER_CELL_TEXT_H
#include "array/batch.h"
#include "core/buf.h"
#include "infer/print.h"

/* One value of a flat, fixed-size type as text: numbers plain, times ISO 8601. */
uint32_t lf_cell_print(lf_type t, lf_value v, bool iso, char out[LF_PRINT_MAX]);
/* Row `row` as JSON. Strings that are no UTF-8 are given as hex, "\\x0a1b…"; decimals (unless
 * `decimal_numbers`) and times are strings; NaN and infinities too. `field` has the names of
 * structs; may be NULL for flat types. */
LF_NODISCARD lf_rc lf_cell_json(const lf_column *c, const lf_field *field, uint32_t row,
                                bool decimal_numbers, lf_buf *out, lf_error *err);
/* Row `row` as a cell of a table: text as it is (bytes that are none as hex), nested values as
 * JSON, NULL. */
LF_NODISCARD lf_rc lf_cell_text(const lf_column *c, const lf_field *field, uint32_t row,
                                lf_buf *out, lf_error *err);

#endif
