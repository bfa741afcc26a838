/* decode/csv/csv_facts.c - see the header. */
#include "decode/csv/csv_facts.h"
#include "decode/csv/csv_internal.h"
#include <string.h>

void lf_csv_facts_of(const lf_plan *p, lf_csv_facts *out) {
    *out = (lf_csv_facts){.delimiter = p->dialect.delimiter,
                          .quote = p->dialect.quote,
                          .has_quote = p->dialect.has_quote,
                          .has_header = p->has_header,
                          .blank_is_row = p->blank_is_row,
                          .plain = !p->dialect.general && p->header_rows <= 1 &&
                                   p->base.body_end == UINT64_MAX && p->n_warnings == p->n_hints,
                          .width = p->width};
}

/* n agreeing observations and none against: the rule of succession. */
static double agreed(uint64_t n) {
    return (double)(n + 1) / (double)(n + 2);
}

static bool is_named(const char *name, size_t n, const char *want) {
    return n == strlen(want) && memcmp(name, want, n) == 0;
}

/* Records of the sample that the dialect reads alike, as a share with doubt. */
static double of_records(const lf_plan *p, bool given) {
    if (given) return 1;
    for (uint32_t i = 0; i < p->n_scores; i++) {
        const csv_option_score *s = &p->scores[i];
        if (s->chosen) return (double)(s->alike + 1) / (double)(s->records + 2);
    }
    return p->head_rows > 0 ? agreed(p->head_rows) : 0.5;
}

static double of_header(const lf_plan *p) {
    bool typed = false;
    if (p->header_reason != NULL && strcmp(p->header_reason, "as given") == 0) return 1;
    for (uint32_t c = 0; c < p->n_columns; c++) {
        uint8_t id = p->schema.fields[c].type.id;
        typed |= id != LF_T_STRING && id != LF_T_NULL;
    }
    if (p->head_rows == 0) return 0.6; /* a lone row says little */
    return typed ? 0.98 : 0.75;        /* of nothing but text, names look like values */
}

double lf_csv_confidence(const lf_plan *p, const char *name, size_t n) {
    if (is_named(name, n, "delimiter")) {
        if (p->delimiter_given) return 1;
        return p->delimiter_votes > 0 ? agreed(p->delimiter_votes) : 0.5;
    }
    if (is_named(name, n, "header")) return of_header(p);
    if (is_named(name, n, "quote")) return of_records(p, p->quote_given);
    if (is_named(name, n, "escape")) return of_records(p, p->escape_given);
    if (is_named(name, n, "line ends")) return of_records(p, p->line_end_given);
    if (is_named(name, n, "comments")) return of_records(p, p->comment_given);
    if (is_named(name, n, "blanks around quotes")) return of_records(p, false);
    if (is_named(name, n, "header rows")) return p->header_rows_given ? 1 : of_header(p) * 0.95;
    if (is_named(name, n, "preamble")) return p->skip_given ? 1 : 0.95;
    if (is_named(name, n, "footer")) return p->footer_given ? 1 : 0.9;
    if (is_named(name, n, "columns")) return agreed(p->head_rows);
    return -1;
}
