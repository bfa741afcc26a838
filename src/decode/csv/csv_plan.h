/* decode/csv/csv_plan.h - the steps of making a plan.
 *
 * Owns: a csv_head borrows the head; its arrays are in the plan's arena or, where named
 * `scratch`, freed with lf_csv_head_reset. Threads: one at a time. Fails: LF_ENO_MEMORY, 1xx.
 * Life: lf_csv_plan makes one, and resets it. */
#ifndef LF_DECODE_CSV_CSV_PLAN_H
#define LF_DECODE_CSV_CSV_PLAN_H
#include "decode/csv/csv_internal.h"

typedef struct csv_head {
    lf_plan *plan;
    const lf_decode_opts *opts;
    lf_span text; /* without a byte order mark */
    bool whole;
    csv_record first; /* the first record that is not blank (of one column: the first) */
    bool has_first;
    uint32_t first_width;
    lf_span *names; /* decoded cells of the first record, `first_width` */
    lf_evidence *name_kinds;
    lf_evidence *fields; /* per field of the records below the first */
    uint64_t rows_below; /* that were looked at */
    uint64_t records_below;
    char **columns; /* final names, plan->width */
    uint32_t *ends_scratch;
    size_t ends_cap;
    lf_buf cell;
} csv_head;

LF_NODISCARD lf_rc lf_csv_head_read(csv_head *h, lf_error *err);    /* widths and evidence */
LF_NODISCARD lf_rc lf_csv_head_header(csv_head *h, lf_error *err);  /* is there a header */
LF_NODISCARD lf_rc lf_csv_head_columns(csv_head *h, lf_error *err); /* names */
/* Reads the evidence once more, without records that misfit a given type; false: there are none. */
LF_NODISCARD lf_rc lf_csv_head_refit(csv_head *h, bool *changed_out, lf_error *err);
void lf_csv_head_reset(csv_head *h);
void *lf_csv_plan_alloc(lf_plan *p, size_t n, size_t size, lf_error *err); /* zeroed; NULL */

#endif
