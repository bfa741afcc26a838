/* decode/csv/csv_explain.c - the plan in words. */
#include "decode/csv/csv_internal.h"
#include <stdio.h>

#define COLUMNS_EXPLAINED 200u

static const char *byte_name(uint8_t b, char out[8]) {
    if (b == '\t') return "tab";
    (void)snprintf(out, 8, b > 0x20 && b < 0x7f ? "'%c'" : "0x%02x", b);
    return out;
}

static lf_rc explain_dialect(const lf_plan *p, lf_buf *out, lf_error *err) {
    char name[8];
    if (p->dialect.delimiter == '\n')
        LF_TRY(
            lf_buf_printf(out, err, "delimiter: none (%s)\n",
                          p->delimiter_given ? "as given" : "no candidate splits the rows alike"));
    else if (p->delimiter_given)
        LF_TRY(lf_buf_printf(out, err, "delimiter: %s (as given)\n",
                             byte_name(p->dialect.delimiter, name)));
    else
        LF_TRY(lf_buf_printf(out, err, "delimiter: %s (splits %u rows of the sample alike)\n",
                             byte_name(p->dialect.delimiter, name), p->delimiter_votes));
    if (!p->dialect.has_quote)
        LF_TRY(lf_buf_printf(out, err, "quote: none (as given)\n"));
    else if (p->dialect.quote != '"')
        LF_TRY(
            lf_buf_printf(out, err, "quote: %s (as given)\n", byte_name(p->dialect.quote, name)));
    return LF_OK;
}

static lf_rc explain_column(const lf_plan *p, uint32_t c, lf_buf *out, lf_error *err) {
    char type[48];
    const lf_field *f = &p->schema.fields[c];
    const lf_evidence *e = &p->evidence[c];
    const char *why = p->fixed[c] ? "as given"
                      : lf_evidence_is_ambiguous(e)
                          ? "dates that read both day first and month first stay text"
                      : f->type.id == LF_T_NULL ? "nothing but nulls in the head"
                                                : "narrowest that holds the head";
    LF_TRY(lf_buf_printf(out, err, "column %u \"%.80s\": %s (%s", c + 1, f->name,
                         lf_type_print(f->type, type, sizeof type), why));
    if (!p->fixed[c] && (e->kinds & LF_K_NULL_WORD) != 0 && f->type.id != LF_T_STRING)
        LF_TRY(lf_buf_printf(out, err, "; null words seen"));
    if (!p->fixed[c] && (f->type.id == LF_T_DOUBLE || f->type.id == LF_T_DECIMAL))
        LF_TRY(lf_buf_printf(out, err, "; up to %u digits before and %u after the point",
                             e->int_digits, e->frac_digits));
    return lf_buf_printf(out, err, ")\n");
}

lf_rc lf_csv_explain(const lf_plan *p, lf_buf *out, lf_error *err) {
    LF_TRY(explain_dialect(p, out, err));
    LF_TRY(lf_buf_printf(out, err, "header: %s (%s)\n", p->has_header ? "yes" : "no",
                         p->header_reason));
    LF_TRY(lf_buf_printf(out, err, "columns: %u (the width of most of %llu rows of the head)\n",
                         p->width, (unsigned long long)p->head_rows));
    if (p->cut_surplus)
        LF_TRY(lf_buf_printf(
            out, err, "empty cells beyond column %u are cut (most rows have them)\n", p->width));
    uint32_t n = p->n_columns < COLUMNS_EXPLAINED ? p->n_columns : COLUMNS_EXPLAINED;
    for (uint32_t c = 0; c < n; c++)
        LF_TRY(explain_column(p, c, out, err));
    if (n < p->n_columns)
        LF_TRY(lf_buf_printf(out, err, "... and %u more columns\n", p->n_columns - n));
    return LF_OK;
}
