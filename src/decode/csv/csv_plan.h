/* decode/csv/csv_plan.h - the steps of making a plan.
 *
 * Owns: a csv_head borrows the head; its arrays are in the plan's arena or, where named
 * `scratch`, freed with lf_csv_head_reset. Threads: one at a time. Fails: LF_ENO_MEMORY, 1xx.
 * Life: lf_csv_plan makes one, and resets it. */
#ifndef LF_DECODE_CSV_CSV_PLAN_H
#define LF_DECODE_CSV_CSV_PLAN_H
#include "decode/csv/csv_internal.h"
#include "decode/csv/csv_rows.h"

typedef struct csv_head {
    lf_plan *plan;
    const lf_decode_opts *opts;
    lf_span text; /* without a byte order mark */
    bool whole;
    csv_rows *rows;   /* its records, once the dialect is known and lines are skipped */
    csv_record first; /* the first record that is not blank (of one column: the first) */
    bool has_first;
    uint32_t first_width;
    size_t begin;         /* where the table begins, behind a preamble */
    size_t below;         /* behind the header, if there is one */
    uint32_t header_rows; /* that the header would have */
    lf_span *names;       /* decoded cells of the first record, `first_width` */
    lf_evidence *name_kinds;
    lf_evidence *fields; /* per field of the records below the first */
    uint64_t rows_below; /* that were looked at */
    uint64_t records_below;
    char **columns;       /* final names, plan->width */
    const uint32_t *ends; /* of the record whose fields were looked at last */
    uint32_t *ends_scratch;
    size_t ends_cap;
    lf_buf cell;
} csv_head;

/* csv_layout.c: preamble, tables, footer; moves `begin` and the end of `text`. */
LF_NODISCARD lf_rc lf_csv_head_layout(csv_head *h, lf_error *err);
LF_NODISCARD lf_rc lf_csv_head_header_rows(csv_head *h, lf_error *err);   /* sets `below` */
uint32_t lf_csv_cell_kinds(const csv_head *h, lf_span cell, bool quoted); /* LF_K_*, trimmed */
LF_NODISCARD lf_rc lf_csv_head_read(csv_head *h, lf_error *err);          /* widths and evidence */
LF_NODISCARD lf_rc lf_csv_head_header(csv_head *h, lf_error *err);        /* is there a header */
bool lf_csv_head_is_header(csv_head *h); /* csv_header.c: as the first row's cells tell */
LF_NODISCARD lf_rc lf_csv_head_columns(csv_head *h, lf_error *err); /* names */
/* Reads the evidence once more, without records that misfit a given type; false: there are none. */
LF_NODISCARD lf_rc lf_csv_head_refit(csv_head *h, bool *changed_out, lf_error *err);
/* csv_comma.c: columns of numbers with decimal commas; behind the columns' types. */
LF_NODISCARD lf_rc lf_csv_head_commas(csv_head *h, lf_error *err);
/* The options that would read a column's numbers, of csv_comma; NULL: none would. */
const char *lf_csv_comma_options(uint8_t comma);
LF_NODISCARD lf_rc lf_csv_plan_warn(lf_plan *p, lf_error *err, const char *format, ...)
    LF_PRINTF(3, 4);
/* The most frequent width from `at` on. */
uint32_t lf_csv_head_modal(const csv_head *h, size_t at);
/* As lf_csv_record_next, of the head's text. */
bool lf_csv_head_next(const csv_head *h, size_t at, csv_record *r);
/* Looks at the fields of r; then each of its cells can be had, valid until the next call. */
LF_NODISCARD lf_rc lf_csv_head_fields(csv_head *h, const csv_record *r, lf_error *err);
LF_NODISCARD lf_rc lf_csv_head_cell(csv_head *h, const csv_record *r, size_t c, lf_span *out,
                                    bool *quoted, lf_error *err);
void lf_csv_head_reset(csv_head *h);
void *lf_csv_plan_alloc(lf_plan *p, size_t n, size_t size, lf_error *err); /* zeroed; NULL */

#endif
