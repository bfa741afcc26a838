/* decode/csv/csv_facts.h - what a plan decided on the dialect, for those who show or check it.
 *
 * Owns: nothing. Threads: a plan is read-only once made. Fails: never. Life: plain data. */
#ifndef LF_DECODE_CSV_CSV_FACTS_H
#define LF_DECODE_CSV_CSV_FACTS_H
#include "core/decoder.h"

typedef struct lf_csv_facts {
    uint8_t delimiter; /* '\n' where a record is one field */
    uint8_t quote;
    bool has_quote, has_header;
    bool blank_is_row; /* one column: an empty line is a null */
    bool plain;        /* this is all there is to know: RFC 4180 with these two bytes */
    uint32_t width;    /* columns of the table, whatever was selected */
} lf_csv_facts;

/* `p` is a plan of lf_csv_decoder. */
void lf_csv_facts_of(const lf_plan *p, lf_csv_facts *out);
/* How sure the plan is of a decision, by its name in lf_csv_explain ("delimiter", "header" ...):
 * 0 to 1, 1 where it was given; -1: not a matter of more or less. */
double lf_csv_confidence(const lf_plan *p, const char *name, size_t n);

#endif
