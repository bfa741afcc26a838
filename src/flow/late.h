/* flow/late.h - columns that turn out to be of a wider type than the head had shown.
 *
 * Values that are already encoded are read back, printed as they were written (flow/trace.h) and
 * read again as the wider type. Nothing is parsed from the input twice.
 *
 * Owns: as named. Threads: one at a time. Fails: LF_ENO_MEMORY, and as the encoder. */
#ifndef LF_FLOW_LATE_H
#define LF_FLOW_LATE_H
#include "flow/trace.h"
#include "infer/retype.h"

/* An iterator over `old` (read back, as `from`, closed with this one) whose cells are printed by
 * `trace` and read as `to`. `rebuilt` (may be NULL) receives the new forms and exceptions. All
 * arguments must live until it is closed. */
LF_NODISCARD lf_rc lf_late_widen(lf_column_iter *old, lf_type from, const lf_trace_column *trace,
                                 lf_type to, const lf_parse_ctx *ctx, const lf_alloc *a,
                                 lf_trace_column *rebuilt, lf_column_iter **out, lf_error *err);

/* True where formats with bare and quoted scalars write such values without quotes. */
bool lf_late_is_bare(lf_type t);

/* A batch column's cells as a string column (null = empty and unquoted), for the text spool. The
 * column must carry its text views. `valid_words`: room for (n_rows + 63) / 64 words. */
void lf_late_text_view(const lf_column *c, uint32_t n_rows, uint64_t *valid_words, lf_column *out);

#endif
