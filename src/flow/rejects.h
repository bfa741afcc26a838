/* flow/rejects.h - bad rows on their way into OUT.rejects.jsonl.
 *
 * A worker keeps those of its block (they have no absolute row number yet); the commit numbers
 * and writes them. One JSON object a line: code, name, reason, input, row, line, column,
 * byte_offset, raw (text) or raw_base64 (where it is not UTF-8). Rows of any size are kept whole:
 * they wait in a spill and are copied piece by piece.
 * Owns: see flow/job.h. Threads: keep: the worker's; write: in turn. Fails: 3xx, LF_EDISK_FULL. */
#ifndef LF_FLOW_REJECTS_H
#define LF_FLOW_REJECTS_H
#include "flow/job.h"

LF_NODISCARD lf_rc lf_flow_rejects_keep(flow_worker *w, const lf_batch *b, lf_error *err);
/* The decoder reads the record anew whose pieces came last. */
LF_NODISCARD lf_rc lf_flow_rejects_forget_pieces(flow_worker *w, lf_error *err);
/* In turn. Under the strict policy the first one becomes the error. */
LF_NODISCARD lf_rc lf_flow_rejects_write(flow_worker *w, lf_error *err);

#endif
