/* decode/csv/csv_general.c - the reading of general dialects; see csv_machine.h.
 *
 * The same states as the machine's, with more to recognise in each: delimiters of several bytes,
 * carriage returns that end records, escapes, blanks around quotes, comment lines. What cannot be
 * told without bytes that are not at hand is left unread, so that nothing depends on where the
 * text was cut. */
#include "decode/csv/csv_machine.h"
#include <string.h>

/* One run: where it reads and what it writes. */
typedef struct run {
    csv_machine *m;
    const csv_dialect *dia;
    const csv_reach *in;
    const uint8_t *text;
    size_t at, end;
    uint32_t *pos;
    size_t n, rows;
    bool wait; /* the bytes that decide are not at hand */
    bool stop; /* a record ended and no more was asked for */
} run;

static void end_field(run *r, size_t at, size_t next, bool row) {
    if (r->pos != NULL) r->pos[r->n] = (uint32_t)at;
    r->n++;
    r->m->state = CSV_AT_FIELD;
    r->m->open = r->m->rewound;
    r->m->rewound = false;
    r->m->in_record = !row;
    r->rows += row;
    r->stop = row && r->in->one_record;
    r->at = next;
}

/* What is left of the text from `at` on is the beginning of `bytes`, and not all of them. */
static bool begins_with(const run *r, const uint8_t *bytes, size_t n, size_t at) {
    return r->end - at < n && memcmp(r->text + at, bytes, r->end - at) == 0;
}

/* The end of a field or record at r->at: true when there was one, or when it must wait. */
static bool take_end(run *r, bool delimiters) {
    const csv_dialect *dia = r->dia;
    uint8_t c = r->text[r->at];
    if (c == '\n') {
        end_field(r, r->at, r->at + 1, true);
        return true;
    }
    if (c == '\r' && dia->cr_ends) {
        if (r->at + 1 == r->end && !r->in->last) {
            r->wait = true;
        } else {
            bool lf = r->at + 1 < r->end && r->text[r->at + 1] == '\n';
            end_field(r, r->at + lf, r->at + lf + 1, true);
        }
        return true;
    }
    if (!delimiters || c != dia->delimiter) return false;
    if (csv_delimiter_at(dia, r->text, r->at, r->end)) {
        end_field(r, r->at, r->at + 1 + dia->more_len, false);
        return true;
    }
    r->wait = !r->in->last && begins_with(r, dia->more, dia->more_len, r->at + 1);
    return r->wait;
}

static void open_quote(run *r, size_t at) {
    r->m->opens++;
    r->m->open_at = at;
    r->m->state = CSV_QUOTED;
    r->at = at + 1;
}

/* -1: the bytes that tell are not at hand. */
static int comment_at(const run *r) {
    const csv_dialect *dia = r->dia;
    if (r->m->in_record || dia->comment_len == 0 || r->text[r->at] != dia->comment[0]) return 0;
    if (!r->in->last && begins_with(r, dia->comment, dia->comment_len, r->at)) return -1;
    return lf_csv_is_comment(dia, r->text, r->at, r->end);
}

static void at_field(run *r) {
    const csv_dialect *dia = r->dia;
    csv_machine *m = r->m;
    int is_comment = comment_at(r);
    size_t i = r->at;
    while (dia->pad_quotes && i < r->end && i - r->at < CSV_PAD_MAX && csv_is_pad(dia, r->text[i]))
        i++;
    r->wait = is_comment < 0 || (i == r->end && !r->in->last);
    if (r->wait) return;
    m->in_record = true;
    m->state = is_comment > 0 ? CSV_COMMENT : CSV_PLAIN;
    m->comments += is_comment > 0;
    if (is_comment == 0 && dia->has_quote && i < r->end && r->text[i] == dia->quote)
        open_quote(r, i);
}

static void plain(run *r) {
    const csv_dialect *dia = r->dia;
    while (r->at < r->end) {
        uint8_t c = r->text[r->at];
        if (take_end(r, true)) return;
        if (dia->escape != 0 && c == dia->escape) {
            if (r->at + 1 == r->end && !r->in->last) {
                r->wait = true;
                return;
            }
            r->m->escapes = true;
            r->at++;
            if (r->at == r->end) return;
        }
        r->at++;
    }
}

static void quoted(run *r) {
    const csv_dialect *dia = r->dia;
    while (r->at < r->end) {
        uint8_t c = r->text[r->at];
        if (c == dia->quote) {
            r->m->state = CSV_QUOTE;
            r->at++;
            return;
        }
        if (dia->escape != 0 && c == dia->escape) {
            if (r->at + 1 == r->end && !r->in->last) {
                r->wait = true;
                return;
            }
            r->m->escapes = true;
            r->at++;
        }
        if (r->at < r->end) r->at++;
    }
}

static void take_break(run *r) {
    csv_machine *m = r->m;
    csv_reach in = *r->in;
    in.at = r->at;
    csv_break b = lf_csv_break_at(r->dia, &in, r->at, m->open_at, &m->seen);
    m->irregular = true;
    m->breaks += b != CSV_BREAK_WAIT;
    switch (b) {
    case CSV_BREAK_WAIT:
        r->wait = true;
        break;
    case CSV_BREAK_INNER:
        m->state = CSV_QUOTED;
        break;
    case CSV_BREAK_STRAY:
        m->state = CSV_PLAIN;
        m->rewound = true;
        m->crossed |= memchr(in.text + m->open_at, '\n', r->at - m->open_at) != NULL;
        m->strays++;
        r->at = m->open_at + 1;
        break;
    case CSV_BREAK_SPLIT: {
        size_t quote = r->at - 1;
        end_field(r, quote - 1 - r->dia->more_len, quote, false);
        m->in_record = true;
        open_quote(r, quote);
        break;
    }
    default:
        m->state = CSV_PLAIN;
    }
}

static void at_quote(run *r) {
    const csv_dialect *dia = r->dia;
    uint8_t c = r->text[r->at];
    if (c == dia->quote) {
        r->m->state = CSV_QUOTED;
        r->at++;
        return;
    }
    if (take_end(r, true)) return;
    size_t i = r->at;
    if (c == '\r') { /* before a line feed it belongs to the line end */
        if (i + 1 == r->end) {
            r->wait = !r->in->last;
            r->at += r->in->last;
            return;
        }
        if (r->text[i + 1] == '\n') {
            r->at++;
            return;
        }
    }
    while (dia->pad_quotes && i < r->end && i - r->at < CSV_PAD_MAX && csv_is_pad(dia, r->text[i]))
        i++;
    if (i == r->end) {
        r->wait = !r->in->last;
        if (r->in->last) r->at = i;
        return;
    }
    size_t from = r->at;
    r->at = i;
    if (i > from && (r->text[i] == '\r' || take_end(r, true))) return;
    r->at = from;
    if (!r->wait) take_break(r);
}

static void comment(run *r) {
    while (r->at < r->end)
        if (take_end(r, false))
            return;
        else
            r->at++;
}

size_t lf_csv_general_run(csv_machine *m, const csv_dialect *dia, const csv_reach *in,
                          uint32_t *pos, size_t *n_pos, size_t *rows) {
    run r = {.m = m,
             .dia = dia,
             .in = in,
             .text = in->text,
             .at = in->at,
             .end = in->end,
             .pos = pos,
             .n = *n_pos,
             .rows = *rows};
    while (r.at < r.end && !r.wait && !r.stop) {
        switch (m->state) {
        case CSV_AT_FIELD:
            if (!take_end(&r, true)) at_field(&r);
            break;
        case CSV_QUOTED:
            quoted(&r);
            break;
        case CSV_QUOTE:
            at_quote(&r);
            break;
        case CSV_COMMENT:
            comment(&r);
            break;
        default:
            plain(&r);
        }
    }
    *n_pos = r.n;
    *rows = r.rows;
    return r.at;
}

/* --- cells --- */

/* The quoted part of a field, without blanks around it; false: it is not quoted. */
static bool find_quotes(const csv_dialect *dia, const uint8_t *field, uint32_t *start,
                        uint32_t *end) {
    uint32_t s = *start, e = *end;
    if (!dia->has_quote) return false;
    while (dia->pad_quotes && s < e && s - *start < CSV_PAD_MAX && csv_is_pad(dia, field[s]))
        s++;
    if (s == e || field[s] != dia->quote) return false;
    while (dia->pad_quotes && e > s && csv_is_pad(dia, field[e - 1]))
        e--;
    *start = s;
    *end = e;
    return true;
}

bool lf_csv_general_view(const csv_dialect *dia, const uint8_t *text, uint32_t *start,
                         uint32_t *len, bool *quoted) {
    uint32_t s = *start, e = *start + *len;
    *quoted = find_quotes(dia, text, &s, &e);
    bool escaped = dia->escape != 0 && memchr(text + s, dia->escape, e - s) != NULL;
    if (!*quoted) /* \N alone is a word, not an escape */
        return !escaped || (*len == 2 && text[s] == dia->escape && text[s + 1] == 'N');
    const uint8_t *q = memchr(text + s + 1, dia->quote, e - s - 1);
    if (escaped || q == NULL || q != text + e - 1) return false;
    *start = s + 1;
    *len = e - s - 2;
    return true;
}

/* Behind other bytes an escape is text, so that nothing is lost. */
static bool is_escapable(const csv_dialect *dia, uint8_t c) {
    return c == dia->escape || c == dia->delimiter || c == '\n' || c == '\r' ||
           (dia->has_quote && c == dia->quote);
}

static uint32_t copy_plain(const csv_dialect *dia, const uint8_t *field, uint32_t len,
                           uint8_t *out) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < len; i++) {
        if (dia->escape != 0 && field[i] == dia->escape && i + 1 < len &&
            is_escapable(dia, field[i + 1]))
            i++;
        out[n++] = field[i];
    }
    return n;
}

uint32_t lf_csv_general_copy(const csv_dialect *dia, const uint8_t *field, uint32_t len,
                             uint8_t *out, bool *quoted) {
    uint32_t s = 0, e = len, n = 0;
    *quoted = find_quotes(dia, field, &s, &e);
    if (!*quoted) return copy_plain(dia, field, len, out);
    for (uint32_t i = s + 1; i < e; i++) {
        uint8_t c = field[i];
        if (dia->escape != 0 && c == dia->escape && i + 1 < e && is_escapable(dia, field[i + 1])) {
            out[n++] = field[++i];
        } else if (c != dia->quote) {
            out[n++] = c;
        } else if (i + 1 == e) {
            return n;
        } else if (field[i + 1] == dia->quote) {
            out[n++] = c;
            if (++i + 1 == e) return n;
        } else if (field[e - 1] == dia->quote) {
            out[n++] = c;
        } else {
            memcpy(out + n, field + i + 1, e - i - 1);
            return n + e - i - 1;
        }
    }
    *quoted = false;
    return copy_plain(dia, field, len, out);
}
