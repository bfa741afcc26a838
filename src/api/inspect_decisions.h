/* api/inspect_decisions.h - what a plan decided, from what evidence, and how sure it is.
 *
 * Decisions are taken from the decoder's explanation, a line each ("name: value (because)"), so
 * that what a format learns to decide shows without a change here.
 * Owns: nothing. Threads: one at a time. Fails: LF_ENO_MEMORY. */
#ifndef LF_API_INSPECT_DECISIONS_H
#define LF_API_INSPECT_DECISIONS_H
#include "api/inspect_internal.h"
#include "array/batch.h"
#include "core/decoder.h"

/* `scratch` is overwritten. Single columns are left out: the table of columns has them. */
LF_NODISCARD lf_rc lf_inspect_decisions_text(lf_inspection *x, const lf_plan *plan,
                                             lf_buf *scratch);
LF_NODISCARD lf_rc lf_inspect_decisions_json(lf_inspection *x, const lf_plan *plan,
                                             lf_buf *scratch);
/* "99.9%"; "" where the confidence is below 0. */
const char *lf_inspect_sure(double confidence, char *buf, size_t cap);

/* The first values of a column that differ from the one before, as one line. */
typedef struct lf_inspect_values {
    char text[44];
    uint32_t len, last, last_len; /* last: the value put last */
    bool full;
} lf_inspect_values;

LF_NODISCARD lf_rc lf_inspect_values_add(lf_inspect_values *v, const lf_column *c,
                                         const lf_field *f, uint32_t n_rows, lf_buf *scratch,
                                         lf_error *err);

#endif
