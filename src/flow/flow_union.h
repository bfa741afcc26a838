/* flow/flow_union.h - several inputs as one table, by the names of their columns.
 *
 * The heads of all inputs are looked at before the first row group: names in the order of their
 * first appearance, types joined as for late changes. An input with other columns than the union
 * is read through a decoder that puts its columns in their places and nulls where it has none
 * (flow/map_decode.h). Inputs are closed after that look and opened again when they are reached, so
 * that thousands of them take neither descriptors nor memory; what can be read only once stays
 * open. Small inputs that follow each other fill row groups together.
 *
 * Owns: as flow/job.h. Threads: _plan from one; _wrap from one for an input; _begin a worker's.
 * Fails: as decoders; LF_ESCHEMA; LF_ECHANGED. Life: the job's. */
#ifndef LF_FLOW_FLOW_UNION_H
#define LF_FLOW_FLOW_UNION_H
#include "flow/job.h"

LF_NODISCARD lf_rc lf_flow_union_plan(flow_job *j, lf_error *err);
/* The plan of input `i` becomes one of the union's columns. */
LF_NODISCARD lf_rc lf_flow_union_wrap(flow_job *j, uint32_t i, lf_error *err);
/* Shaped jobs: columns of the worker's block that an input of flat ones cannot have in that form
 * begin as it has them. */
void lf_flow_union_begin(flow_worker *w);
/* How many inputs from `first` on fill one row group. */
uint32_t lf_flow_union_pack(const flow_job *j, uint32_t first);

#endif
