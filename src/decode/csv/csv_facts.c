/* decode/csv/csv_facts.c - see the header. */
#include "decode/csv/csv_facts.h"
#include "decode/csv/csv_internal.h"

void lf_csv_facts_of(const lf_plan *p, lf_csv_facts *out) {
    *out = (lf_csv_facts){.delimiter = p->dialect.delimiter,
                          .quote = p->dialect.quote,
                          .has_quote = p->dialect.has_quote,
                          .has_header = p->has_header,
                          .blank_is_row = p->blank_is_row,
                          .plain = true,
                          .width = p->width};
}
