/* flow/flow_carry.h - row groups of what filters leave of many blocks.
 *
 * A block of which few rows are kept would make a row group of few rows. So a worker first puts
 * kept rows aside; where they stay under a limit they are handed over in the block's turn to one
 * group that such blocks share, which ends when it is full or a block comes that has a group of
 * its own. What lands where follows from the rows alone.
 *
 * Owns: the shared group, in the job; rows put aside, in the worker. Threads: _commit and _end in
 * turn, the rest a worker's. Fails: as encoders. Life: the job's and the worker's. */
#ifndef LF_FLOW_FLOW_CARRY_H
#define LF_FLOW_FLOW_CARRY_H
#include "flow/job.h"

void lf_flow_carry_begin(flow_worker *w); /* a block: is it to be carried? */
/* Puts rows aside. *kept_out false: they are too many, and are to be written to the block's own
 * group, which then holds what was put aside before. */
LF_NODISCARD lf_rc lf_flow_carry_keep(flow_worker *w, const lf_batch *b, bool *kept_out,
                                      lf_error *err);
/* In turn, before the block is committed. */
LF_NODISCARD lf_rc lf_flow_carry_commit(flow_worker *w, lf_error *err);
LF_NODISCARD lf_rc lf_flow_carry_end(flow_job *j, lf_error *err); /* all blocks are */
void lf_flow_carry_worker_reset(flow_worker *w);
void lf_flow_carry_reset(flow_job *j);

#endif
