/* flow/flow_filter.h - rows and columns that are left out of what flow hands to the encoder.
 *
 * What a row is compared by is the type of the whole column: where --where uses a column whose type
 * is not given, the input is read once for its types before (a stream is kept for that), as it is
 * for a schema that must come first. --sample must know how many rows there are to choose from:
 * they are counted in that pass, or, behind --where, in one more. So each row's fate follows from
 * its content and its number, on any number of threads. A block that --skip may reach into waits
 * for its turn, as only then the number of its first row is known.
 *
 * Owns: the condition and the counts, in the job; a worker's cursor. Threads: _commit in turn,
 * _begin and _batch of a worker, the rest from one. Fails: as filter/where.h. Life: the job's. */
#ifndef LF_FLOW_FLOW_FILTER_H
#define LF_FLOW_FLOW_FILTER_H
#include "flow/job.h"

/* Reads the conditions. */
LF_NODISCARD lf_rc lf_flow_filter_init(flow_job *j, lf_error *err);
void lf_flow_filter_reset(flow_job *j);
/* The types must be those of all rows before the first is converted. */
bool lf_flow_filter_types_first(const flow_job *j);
/* What can be told from the heads: names that are no column's. */
LF_NODISCARD lf_rc lf_flow_filter_check(flow_job *j, lf_error *err);
/* The types are known: binds the condition to them. */
LF_NODISCARD lf_rc lf_flow_filter_settle(flow_job *j, lf_error *err);
/* A pass over all blocks is wanted that counts rows (then j->counting is to be set for it). */
bool lf_flow_filter_wants_count(const flow_job *j);
/* All rows are counted: which of them are chosen. */
void lf_flow_filter_counted(flow_job *j);

LF_NODISCARD lf_rc lf_flow_filter_worker_init(flow_worker *w, lf_error *err);
void lf_flow_filter_worker_reset(flow_worker *w);
/* Before a block's first batch. False: its turn, which it waited for, found another start. */
bool lf_flow_filter_begin(flow_worker *w);
/* The rows of b that are kept, as `out`, up to `room`; *taken_out: rows of b that were looked at.
 */
LF_NODISCARD lf_rc lf_flow_filter_batch(flow_worker *w, const lf_batch *b, uint64_t room,
                                        lf_batch *out, uint32_t *taken_out, lf_error *err);
/* In turn. */
LF_NODISCARD lf_rc lf_flow_filter_commit(flow_worker *w, lf_error *err);

/* Columns of `s` that come out, under their new names; `out` is initialised, and the caller's. */
LF_NODISCARD lf_rc lf_flow_filter_schema(const flow_job *j, const lf_schema *s, lf_schema *out,
                                         lf_error *err);
static inline uint32_t lf_flow_columns_kept(const flow_job *j, uint32_t n) {
    const lf_row_spec *r = j->spec->rows;
    return r != NULL && r->keep_columns > 0 && r->keep_columns < n ? r->keep_columns : n;
}

#endif
