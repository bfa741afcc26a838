/* decode/csv/csv_dialect.c - the dialect of a text: from options, or from its head.
 *
 * The delimiter is the candidate under which most records of the head have one and the same
 * number of fields. Two candidates may both be consistent: a semicolon file with decimal
 * commas (1,5;2,5) splits evenly at commas too, so a comma that only ever stands between
 * digits yields to another candidate that is as consistent; else more fields win. */
#include "decode/csv/csv_internal.h"
#include <string.h>

#define SNIFF_BYTES  (64 * 1024u)
#define SNIFF_WIDTHS 512u /* wider records are counted as this wide */

const char *lf_csv_option(const lf_decode_opts *o, const char *name) {
    const char *v = NULL;
    for (size_t i = 0; i < o->n_options; i++)
        if (strcmp(o->options[i].name, name) == 0) v = o->options[i].value;
    return v;
}

static lf_rc option_delimiter(lf_plan *p, const char *v, lf_error *err) {
    if (v == NULL || strcmp(v, "auto") == 0) return LF_OK;
    p->delimiter_given = true;
    if (strcmp(v, "tab") == 0 || strcmp(v, "\\t") == 0) {
        p->dialect.delimiter = '\t';
        return LF_OK;
    }
    if (strcmp(v, "none") == 0) {
        p->dialect.delimiter = '\n';
        return LF_OK;
    }
    if (v[0] == '\0' || v[1] != '\0' || v[0] == '\n' || v[0] == '\r')
        return lf_fail(err, LF_EUSAGE,
                       "--delimiter takes one byte, \"tab\" or \"none\", not \"%s\"", v);
    p->dialect.delimiter = (uint8_t)v[0];
    return LF_OK;
}

static lf_rc option_quote(lf_plan *p, const char *v, lf_error *err) {
    p->dialect.has_quote = true;
    p->dialect.quote = '"';
    if (v == NULL || strcmp(v, "\"") == 0 || strcmp(v, "auto") == 0 || strcmp(v, "double") == 0)
        return LF_OK;
    if (strcmp(v, "'") == 0 || strcmp(v, "single") == 0) {
        p->dialect.quote = '\'';
        return LF_OK;
    }
    if (strcmp(v, "none") == 0) {
        p->dialect.has_quote = false;
        return LF_OK;
    }
    return lf_fail(err, LF_EUSAGE, "--quote takes \", ' or none, not \"%s\"", v);
}

lf_rc lf_csv_dialect_options(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    LF_TRY(option_delimiter(p, lf_csv_option(o, "delimiter"), err));
    LF_TRY(option_quote(p, lf_csv_option(o, "quote"), err));
    if (p->delimiter_given && p->dialect.has_quote && p->dialect.quote == p->dialect.delimiter)
        return lf_fail(err, LF_EUSAGE, "--delimiter and --quote are the same byte");
    const char *ragged = lf_csv_option(o, "ragged");
    p->widen = ragged != NULL && strcmp(ragged, "widen") == 0;
    p->widen_to = p->widen ? o->widen_to : 0;
    const char *header = lf_csv_option(o, "header");
    if (header != NULL && strcmp(header, "auto") != 0 && strcmp(header, "yes") != 0 &&
        strcmp(header, "no") != 0)
        return lf_fail(err, LF_EUSAGE, "--header takes auto, yes or no, not \"%s\"", header);
    return LF_OK;
}

typedef struct candidate {
    uint8_t byte;
    uint32_t records, modal_count, modal_width, unsplit;
    bool first_is_modal;
} candidate;

static void count_widths(const csv_dialect *base, lf_span text, bool whole, candidate *k) {
    csv_dialect dia = *base;
    dia.delimiter = k->byte;
    uint32_t widths[SNIFF_WIDTHS + 1] = {0};
    csv_record r;
    size_t first_width = 0;
    for (size_t at = 0; lf_csv_record_next(&dia, text, whole, at, &r); at = r.next) {
        if (r.blank) continue;
        size_t w = r.n_fields < SNIFF_WIDTHS ? r.n_fields : SNIFF_WIDTHS;
        if (k->records++ == 0) first_width = w;
        widths[w]++;
        k->unsplit += w < 2;
    }
    for (uint32_t w = 1; w <= SNIFF_WIDTHS; w++) {
        if (widths[w] <= k->modal_count) continue;
        k->modal_count = widths[w];
        k->modal_width = w;
    }
    k->first_is_modal = first_width == k->modal_width;
}

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static bool commas_between_digits(lf_span t) {
    for (size_t i = 0; i < t.len; i++) {
        if (t.data[i] != ',') continue;
        if (i == 0 || i + 1 == t.len || !is_digit(t.data[i - 1]) || !is_digit(t.data[i + 1]))
            return false;
    }
    return true;
}

/* Whether a is the better delimiter; `comma_is_decimal` as commas_between_digits. */
static bool better(const candidate *a, const candidate *b, bool comma_is_decimal) {
    if (b == NULL) return true;
    uint64_t sa = (uint64_t)a->modal_count * b->records, sb = (uint64_t)b->modal_count * a->records;
    uint64_t slack = (uint64_t)a->records * b->records / 50; /* 2 % */
    if (sa > sb + slack) return true;
    if (sb > sa + slack) return false;
    if (comma_is_decimal && (a->byte == ',' || b->byte == ',')) return b->byte == ',';
    if (a->first_is_modal != b->first_is_modal) return a->first_is_modal;
    return a->modal_width > b->modal_width;
}

void lf_csv_sniff_delimiter(lf_plan *p, lf_span head, bool whole) {
    candidate k[] = {{.byte = ','}, {.byte = ';'}, {.byte = '\t'}, {.byte = '|'}};
    lf_span text = head;
    csv_record r;
    /* A sample, unless the first records alone are longer. */
    if (text.len > SNIFF_BYTES) {
        csv_dialect lines = {.delimiter = '\n'};
        size_t at = 0;
        for (uint32_t n = 0; at < SNIFF_BYTES || n < 4; n++, at = r.next)
            if (!lf_csv_record_next(&lines, head, whole, at, &r)) break;
        if (at > 0 && at < head.len) {
            text.len = at;
            whole = false;
        }
    }
    const candidate *best = NULL;
    bool decimal = commas_between_digits(text);
    for (size_t i = 0; i < sizeof k / sizeof k[0]; i++) {
        count_widths(&p->dialect, text, whole, &k[i]);
        /* Most records alike; or, of ragged rows, every one is split. */
        bool splits_all = k[i].unsplit == 0 && k[i].records > 1;
        if (k[i].modal_width < 2 || (k[i].modal_count * 2 <= k[i].records && !splits_all)) continue;
        if (better(&k[i], best, decimal)) best = &k[i];
    }
    p->dialect.delimiter = best == NULL ? '\n' : best->byte;
    p->delimiter_votes = best == NULL ? 0 : best->modal_count;
}
