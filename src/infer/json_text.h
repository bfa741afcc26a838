/* infer/json_text.h - the one JSON text of a value (see infer/shape.h), for columns whose values
 * have no other type in common.
 *
 * Owns: nothing. Threads: safe. Fails: LF_ENO_MEMORY. */
#ifndef LF_INFER_JSON_TEXT_H
#define LF_INFER_JSON_TEXT_H
#include "core/buf.h"

/* In quotes; escaped is what must be: quote, backslash, what is below a blank. */
LF_NODISCARD lf_rc lf_json_put_string(lf_buf *out, lf_span utf8, lf_error *err);
/* Appends the canonical form of `raw`, one valid JSON value: no blanks, members sorted by the bytes
 * of their names, null members left out, the last of several members of one name, strings by
 * lf_json_put_string, numbers as they are. Escaped halves of surrogate pairs stay escaped. What is
 * nested deeper than LF_NESTING_MAX only loses its blanks. */
LF_NODISCARD lf_rc lf_json_canonical(lf_span raw, lf_buf *out, lf_error *err);

#endif
