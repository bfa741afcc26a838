/* decode/csv/csv_sniff.h - the dialect of a text.
 *
 * Owns: nothing. Threads: pure. Fails: LF_ENO_MEMORY. Life: while a plan is made. */
#ifndef LF_DECODE_CSV_CSV_SNIFF_H
#define LF_DECODE_CSV_CSV_SNIFF_H
#include "decode/csv/csv_internal.h"
#include "decode/csv/csv_rows.h"

/* Finds what no option gave (p->*_given), and leaves its scores in the plan; `rows` is room for its
 * work. */
LF_NODISCARD lf_rc lf_csv_sniff(lf_plan *p, csv_rows *rows, const lf_decode_opts *o, lf_span head,
                                bool whole, lf_error *err);
/* Sets `general` as the rest of the dialect wants it. */
void lf_csv_dialect_settle(csv_dialect *dia);

#endif
