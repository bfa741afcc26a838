/* decode/csv/csv_sniff.h - the dialect of a text.
 *
 * Owns: nothing. Threads: pure. Fails: never. Life: while a plan is made. */
#ifndef LF_DECODE_CSV_CSV_SNIFF_H
#define LF_DECODE_CSV_CSV_SNIFF_H
#include "decode/csv/csv_internal.h"

/* Finds what no option gave (p->*_given), and leaves its scores in the plan. */
void lf_csv_sniff(lf_plan *p, lf_span head, bool whole);
/* Sets `general` as the rest of the dialect wants it. */
void lf_csv_dialect_settle(csv_dialect *dia);

#endif
