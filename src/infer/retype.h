/* infer/retype.h - turns texts into a typed column, cell by cell (the slow, exact way).
 *
 * Used for late changes: printed values in, values of a wider type out, with forms and
 * exceptions as a decoder would have made them.
 * Owns: its tile buffers. Threads: one at a time. Fails: LF_ENO_MEMORY; a text that does not
 * read as the type is LF_ETYPE_MISFIT (the caller picked too narrow a type).
 * Life: create -> (reset -> add* -> finish)* -> destroy. */
#ifndef LF_INFER_RETYPE_H
#define LF_INFER_RETYPE_H
#include "infer/print.h"

typedef struct lf_retyper lf_retyper;
LF_NODISCARD lf_rc lf_retyper_create(const lf_alloc *a, lf_type t, const lf_parse_ctx *ctx,
                                     lf_retyper **out, lf_error *err);
void lf_retyper_reset(lf_retyper *r);
/* One row: `text` NULL data is an empty cell (null); `quoted` as in lf_parse_null. The text is
 * copied. */
LF_NODISCARD lf_rc lf_retyper_add(lf_retyper *r, lf_span text, bool quoted, lf_error *err);
/* The rows since reset as a column; valid until reset. */
void lf_retyper_finish(lf_retyper *r, lf_column *out, uint32_t *n_rows_out);
void lf_retyper_destroy(lf_retyper *r);

#endif
