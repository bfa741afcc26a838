/* api/inspect_value.h - cells for people and as JSON.
 * Owns: nothing. Threads: safe. Fails: LF_ENO_MEMORY. */
#ifndef LF_API_INSPECT_VALUE_H
#define LF_API_INSPECT_VALUE_H
#include "array/batch.h"
#include "core/buf.h"
#include "infer/print.h"

/* One value of a flat, fixed-size type as text: numbers plain, times ISO 8601. */
uint32_t lf_inspect_print(lf_type t, lf_value v, bool iso, char out[LF_PRINT_MAX]);
/* Row `row` as JSON. Strings that are no UTF-8 are given as hex, "\\x0a1b…"; decimals and times are
 * strings; NaN and infinities too. `field` has the names of structs; may be NULL for flat types. */
LF_NODISCARD lf_rc lf_inspect_json(const lf_column *c, const lf_field *field, uint32_t row,
                                   lf_buf *out, lf_error *err);
/* Row `row` as a cell of a table: text as it is (bytes that are none as hex), nested values as
 * JSON, NULL. */
LF_NODISCARD lf_rc lf_inspect_cell(const lf_column *c, const lf_field *field, uint32_t row,
                                   lf_buf *out, lf_error *err);

#endif
