/* api/reader_work.h - workers that read units of a table and encode them.
 *
 * A worker takes the next unit, reads it with a reader of its own and encodes it; units are
 * committed in their order. A unit whose values turn out to be much more than was told becomes
 * several row groups, of which a worker keeps some until its turn.
 *
 * Owns: threads, readers, groups. Threads: one calls; work itself runs in several. Fails: every
 * code; the failure of the first unit that failed. Life: one call. */
#ifndef LF_API_READER_WORK_H
#define LF_API_READER_WORK_H
#include "api/reader_cut.h"
#include "api/reader_rows.h"

typedef struct lf_reader_work {
    const lf_flow_spec *spec;
    lf_reader_table *table;
    lf_reader_rows *rows; /* which rows come out */
    bool in_order;        /* all inputs are one unit, of one worker */
    lf_encoder *encoder;
    lf_report *report;
    const lf_alloc *alloc;
    const lf_budget *budget;
    uint32_t n_workers;
    uint32_t kept_groups;     /* that a worker may hold back until its turn, at least 1 */
    size_t worker_bytes;      /* what another worker is likely to take */
    size_t room_bytes;        /* of the budget, for all of them */
    uint64_t group_bytes;     /* of values, of a unit; a group's where the table has no pieces */
    uint64_t group_bytes_max; /* of values, of a group */
    double started_s;
} lf_reader_work;

LF_NODISCARD lf_rc lf_reader_work_run(lf_reader_work *w, lf_error *err);

#endif
