/* flow/flow_shape.h - formats whose columns are known as they come; what differs from flat ones.
 *
 * Owns: the shape and its schema in the job; a worker's are its own. Threads: as flow/job.h;
 * _commit in turn, _settle and what ends the file from one. Fails: as named. Life: the job's. */
#ifndef LF_FLOW_FLOW_SHAPE_H
#define LF_FLOW_FLOW_SHAPE_H
#include "flow/job.h"

#define LF_PATH_MAX 128u /* of a leaf's path in messages; longer ones are cut */

/* A plan's columns, joined to those of the inputs before it. */
LF_NODISCARD lf_rc lf_flow_shape_adopt(flow_job *j, const lf_plan_base *p, lf_error *err);
/* All is known: what is left without a type gets one. */
LF_NODISCARD lf_rc lf_flow_shape_settle(flow_job *j, lf_error *err);
void lf_flow_shape_reset(flow_job *j);

LF_NODISCARD lf_rc lf_flow_shape_worker_init(flow_worker *w, lf_error *err);
void lf_flow_shape_worker_reset(flow_worker *w);
/* The group, the traces, and what the decoder is told. */
LF_NODISCARD lf_rc lf_flow_shape_block_begin(flow_worker *w, lf_block *b, lf_error *err);
LF_NODISCARD lf_rc lf_flow_shape_block_continue(flow_worker *w, lf_block *b, lf_error *err);
/* A group with the worker's columns. */
LF_NODISCARD lf_rc lf_flow_shape_group_begin(flow_worker *w, lf_group *g, lf_error *err);
LF_NODISCARD lf_rc lf_flow_shape_widen(flow_worker *w, const lf_batch *b, lf_error *err);
/* The error of columns that widen where they were handed out already. */
LF_NODISCARD lf_rc lf_flow_shape_changed(flow_worker *w, const lf_batch *b, lf_error *err);
LF_NODISCARD lf_rc lf_flow_shape_trace(flow_worker *w, const lf_batch *b, lf_error *err);
LF_NODISCARD lf_rc lf_flow_shape_commit(flow_worker *w, lf_error *err);

LF_NODISCARD lf_rc lf_flow_shape_needs_rewrite(flow_job *j, bool *out, lf_error *err);
/* All committed groups into `to`, by `group`. */
LF_NODISCARD lf_rc lf_flow_shape_rewrite(flow_job *j, lf_encoder *to, lf_group *group,
                                         lf_error *err);
LF_NODISCARD lf_rc lf_flow_shape_end(flow_job *j, lf_error *err); /* what is left to tell */

#endif
