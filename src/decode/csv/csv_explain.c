/* decode/csv/csv_explain.c - the plan in words. */
#include "decode/csv/csv_plan.h"
#include <stdio.h>
#include <string.h>

#define COLUMNS_EXPLAINED 200u

/* Bytes as they are written in options and messages. */
static const char *bytes_text(const uint8_t *p, size_t n, char out[48]) {
    size_t at = 0;
    if (n == 1 && p[0] == '\t') return "tab";
    if (n == 1 && p[0] == ' ') return "space";
    out[at++] = '\'';
    for (size_t i = 0; i < n && at < 40; i++)
        if (p[i] >= 0x20 && p[i] < 0x7f)
            out[at++] = (char)p[i];
        else
            at += (size_t)snprintf(out + at, 6, "\\x%02x", p[i]);
    out[at++] = '\'';
    out[at] = '\0';
    return out;
}

static const char *delimiter_text(const csv_dialect *dia, char out[48]) {
    uint8_t bytes[CSV_DELIMITER_MAX + 1] = {dia->delimiter};
    memcpy(bytes + 1, dia->more, dia->more_len);
    return bytes_text(bytes, 1u + dia->more_len, out);
}

static lf_rc explain_scores(const lf_plan *p, lf_buf *out, lf_error *err) {
    char name[48];
    for (uint32_t i = 0; i < p->n_scores; i++) {
        const csv_option_score *s = &p->scores[i];
        LF_TRY(lf_buf_printf(out, err, "  candidate %s: score %.3f, %u of %u rows have %u field%s",
                             bytes_text((const uint8_t *)s->text, strlen(s->text), name), s->score,
                             s->alike, s->records, s->width, s->width == 1 ? "" : "s"));
        if (s->other_line > 0)
            LF_TRY(lf_buf_printf(out, err, ", record %u is the first that has not", s->other_line));
        LF_TRY(lf_buf_printf(out, err, "%s\n",
                             s->chosen     ? " (chosen)"
                             : s->rejected ? " (too little to tell)"
                                           : ""));
    }
    return LF_OK;
}

static lf_rc explain_dialect(const lf_plan *p, lf_buf *out, lf_error *err) {
    char name[48];
    const csv_dialect *dia = &p->dialect;
    if (dia->delimiter == '\n')
        LF_TRY(
            lf_buf_printf(out, err, "delimiter: none (%s)\n",
                          p->delimiter_given ? "as given" : "no candidate splits the rows alike"));
    else if (p->delimiter_given)
        LF_TRY(lf_buf_printf(out, err, "delimiter: %s (as given)\n", delimiter_text(dia, name)));
    else
        LF_TRY(lf_buf_printf(out, err, "delimiter: %s (splits %u rows of the sample alike)\n",
                             delimiter_text(dia, name), p->delimiter_votes));
    LF_TRY(explain_scores(p, out, err));
    if (p->far_records > 0)
        LF_TRY(lf_buf_printf(out, err, "  behind the sample: %u of %u rows are alike%s\n",
                             p->far_alike, p->far_records,
                             p->by_far & CSV_FAR_DELIMITER ? " (they decided)" : ""));
    if (!dia->has_quote)
        LF_TRY(lf_buf_printf(out, err, "quote: none (as given)\n"));
    else
        LF_TRY(lf_buf_printf(out, err, "quote: %s (%s)\n", bytes_text(&dia->quote, 1, name),
                             p->quote_given              ? "as given"
                             : p->by_far & CSV_FAR_QUOTE ? "rows behind the sample need it"
                             : dia->quote == '"'         ? "no other reads the rows better"
                                                         : "fields open and close with it"));
    if (dia->escape != 0)
        LF_TRY(lf_buf_printf(out, err, "escape: %s (%s)\n", bytes_text(&dia->escape, 1, name),
                             p->escape_given              ? "as given"
                             : p->by_far & CSV_FAR_ESCAPE ? "rows behind the sample need it"
                                                          : "more rows are alike with it"));
    else if (dia->has_quote)
        LF_TRY(lf_buf_printf(out, err, "escape: doubled quotes (%s)\n",
                             p->escape_given ? "as given" : "no row needs another"));
    if (dia->pad_quotes)
        LF_TRY(lf_buf_printf(out, err, "blanks around quotes: dropped (all such fields close)\n"));
    if (dia->cr_ends)
        LF_TRY(lf_buf_printf(out, err, "line ends: a carriage return alone too (%s)\n",
                             p->line_end_given ? "as given" : "the records need it"));
    else
        LF_TRY(lf_buf_printf(out, err,
                             "line ends: line feeds, with or without a carriage return "
                             "(%s)\n",
                             p->line_end_given ? "as given" : "no row needs another"));
    if (dia->comment_len > 0)
        LF_TRY(
            lf_buf_printf(out, err, "comments: lines that begin with %s (%s)\n",
                          bytes_text(dia->comment, dia->comment_len, name),
                          p->comment_given ? "as given" : "none of them is as wide as the table"));
    return LF_OK;
}

static lf_rc explain_column(const lf_plan *p, uint32_t c, lf_buf *out, lf_error *err) {
    char type[48];
    const lf_field *f = &p->schema.fields[c];
    const lf_evidence *e = &p->evidence[c];
    const char *reads = lf_csv_comma_options(p->commas[c]);
    const char *why =
        p->fixed[c] ? "as given"
        : lf_evidence_is_ambiguous(e)
            ? "dates that read both day first and month first are text until one tells"
        : f->type.id == LF_T_NULL ? "nothing but nulls in the head"
                                  : "narrowest that holds the head";
    LF_TRY(lf_buf_printf(out, err, "column %u \"%.80s\": %s (%s", c + 1, f->name,
                         lf_type_print(f->type, type, sizeof type), why));
    if (!p->fixed[c] && (e->kinds & LF_K_NULL_WORD) != 0 && f->type.id != LF_T_STRING)
        LF_TRY(lf_buf_printf(out, err, "; null words seen"));
    if (!p->fixed[c] && (f->type.id == LF_T_DOUBLE || f->type.id == LF_T_DECIMAL))
        LF_TRY(lf_buf_printf(out, err, "; up to %u digits before and %u after the point",
                             e->int_digits, e->frac_digits));
    if (!p->fixed[c] && (f->type.id == LF_T_DATE || f->type.id == LF_T_TIMESTAMP))
        LF_TRY(
            lf_buf_printf(out, err, "; dates as %s", lf_date_format_text(p->ctx[c].date_format)));
    if (p->commas[c] == CSV_COMMA_POINT)
        LF_TRY(lf_buf_printf(out, err, "; its numbers have a decimal comma"));
    else if (reads != NULL)
        LF_TRY(lf_buf_printf(out, err, "; %s reads them as numbers", reads));
    return lf_buf_printf(out, err, ")\n");
}

lf_rc lf_csv_explain(const lf_plan *p, lf_buf *out, lf_error *err) {
    LF_TRY(explain_dialect(p, out, err));
    for (uint32_t i = 0; i < p->n_warnings; i++)
        LF_TRY(lf_buf_printf(out, err, "%s\n", p->warnings[i]));
    LF_TRY(lf_buf_printf(out, err, "header: %s (%s)\n", p->has_header ? "yes" : "no",
                         p->header_reason));
    if (p->header_rows > 1)
        LF_TRY(lf_buf_printf(out, err, "header rows: %u (text where the rows below have values)\n",
                             p->header_rows));
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
