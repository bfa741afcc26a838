/* decode/csv/csv_machine.c - see the header. A plain state machine; each state scans ahead
 * while nothing of interest comes, so that long texts cost little. */
#include "decode/csv/csv_machine.h"
#include <string.h>

/* What decides the meaning of a broken quote is looked for within this many bytes. */
#define BREAK_BYTES (64 * 1024u)

/* --- broken quotes --- */

/* 1: a line ends at text[at]; 0: none does; -1: the next byte decides. */
static int line_ends_at(const csv_dialect *dia, const csv_reach *in, size_t at) {
    uint8_t c = in->text[at];
    if (c == '\n') return 1;
    if (c != '\r') return 0;
    if (dia->cr_ends) return 1;
    if (at + 1 == in->end) return in->last ? 1 : -1;
    return in->text[at + 1] == '\n';
}

/* Whether a field ends behind the quote at text[at - 1]; -1: not known yet. */
static int field_ends_at(const csv_dialect *dia, const csv_reach *in, size_t at) {
    if (at == in->end) return in->last ? 1 : -1;
    if (csv_delimiter_at(dia, in->text, at, in->end)) return 1;
    if (dia->more_len > 0 && in->end - at <= dia->more_len && !in->last) return -1;
    return line_ends_at(dia, in, at);
}

static bool behind_delimiter(const csv_dialect *dia, const uint8_t *text, size_t at, size_t from) {
    size_t d = 1u + dia->more_len;
    return dia->delimiter != '\n' && at >= from + d && csv_delimiter_at(dia, text, at - d, at);
}

/* Behind the quote of a field of several lines: blanks up to its end are kept as text. */
static csv_break behind_blanks(const csv_dialect *dia, const csv_reach *in, size_t at) {
    size_t stop = in->end - at > BREAK_BYTES ? at + BREAK_BYTES : in->end;
    for (size_t i = at; i < stop; i++) {
        int ends = field_ends_at(dia, in, i);
        if (ends < 0) return CSV_BREAK_WAIT;
        if (ends > 0) return CSV_BREAK_TEXT;
        uint8_t c = in->text[i];
        if (c != ' ' && c != '\t' && c != '\r') return CSV_BREAK_STRAY;
    }
    if (stop < in->end) return CSV_BREAK_STRAY;
    return in->last ? CSV_BREAK_TEXT : CSV_BREAK_WAIT;
}

/* Whether a line ends between the quote that opened and the one at `quote`. */
static bool crosses_line(const uint8_t *t, size_t open_at, size_t quote, csv_seen *seen) {
    if (seen->open_at != open_at || seen->line_to < open_at) {
        seen->open_at = seen->line_to = open_at;
        seen->crosses = false;
    }
    if (seen->crosses || quote <= seen->line_to) return seen->crosses;
    seen->crosses = memchr(t + seen->line_to, '\n', quote - seen->line_to) != NULL;
    if (!seen->crosses) seen->line_to = quote;
    return seen->crosses;
}

/* The rest of the line decides: a quote that ends a field makes the one before `at` text within it,
 * a line end or a field that begins with a quote does not. */
static csv_break by_rest_of_line(const csv_dialect *dia, const csv_reach *in, size_t at,
                                 csv_seen *seen) {
    const uint8_t *t = in->text;
    const size_t stop = in->end - at > BREAK_BYTES ? at + BREAK_BYTES : in->end;
    const bool known = at >= seen->at && at >= seen->from && at < seen->to;
    csv_break what = stop == in->end && !in->last ? CSV_BREAK_WAIT : CSV_BREAK_TEXT;
    size_t i = known ? seen->to : at;
    if (!known) seen->from = at;
    seen->at = at;
    for (; i < stop; i++) {
        if (t[i] == '\n' || (dia->cr_ends && t[i] == '\r')) {
            what = CSV_BREAK_TEXT;
            break;
        }
        if (t[i] != dia->quote) continue;
        if (behind_delimiter(dia, t, i, at)) {
            what = CSV_BREAK_TEXT;
            break;
        }
        if (i + 1 < in->end && t[i + 1] == dia->quote) {
            i++;
            seen->from = i + 1;
            continue;
        }
        const int ends = field_ends_at(dia, in, i + 1);
        if (ends == 0) continue;
        what = ends < 0 ? CSV_BREAK_WAIT : CSV_BREAK_INNER;
        break;
    }
    seen->to = i;
    return what;
}

csv_break lf_csv_break_at(const csv_dialect *dia, const csv_reach *in, size_t at, size_t open_at,
                          csv_seen *seen) {
    const uint8_t *t = in->text;
    size_t quote = at - 1, d = 1u + dia->more_len;
    if (open_at >= quote) return CSV_BREAK_TEXT; /* not known where it opened */
    if (crosses_line(t, open_at, quote, seen)) return behind_blanks(dia, in, at);
    if (behind_delimiter(dia, t, quote, open_at + 1)) {
        size_t end = quote - d;
        bool doubled = end >= open_at + 3 && t[end - 1] == dia->quote && t[end - 2] == dia->quote;
        return doubled ? CSV_BREAK_SPLIT : CSV_BREAK_STRAY;
    }
    return by_rest_of_line(dia, in, at, seen);
}

/* --- the machine --- */

/* Behind a quoted field's closing quote (or the first quote of two). */
static csv_state after_quote(csv_machine *m, const csv_dialect *dia, uint8_t c) {
    if (c == dia->quote) {
        m->escapes = true;
        return CSV_QUOTED;
    }
    if (c == '\r') return CSV_CLOSED_CR;
    m->irregular = true;
    return CSV_PLAIN;
}

static csv_state at_field(csv_machine *m, const csv_dialect *dia, uint8_t c, size_t at) {
    if (!dia->has_quote || c != dia->quote) return CSV_PLAIN;
    m->opens++;
    m->open_at = at;
    return CSV_QUOTED;
}

static size_t skip_quoted(const csv_dialect *dia, const uint8_t *text, size_t at, size_t end) {
    const uint8_t *q = memchr(text + at, dia->quote, end - at);
    return q == NULL ? end : (size_t)(q - text);
}

#define EACH_BYTE(b) (0x0101010101010101ull * (b))

/* The lowest bit of each byte that is 0 is exact up to the first of them. */
static uint64_t first_zero(uint64_t w) {
    return (w - EACH_BYTE(1)) & ~w & EACH_BYTE(0x80);
}

/* The next delimiter, line feed or quote: eight bytes at a time. */
static size_t skip_plain(const csv_dialect *dia, const uint8_t *text, size_t at, size_t end) {
    const uint8_t quote = dia->has_quote ? dia->quote : '\n';
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    for (; at + 8 <= end; at += 8) {
        uint64_t w;
        memcpy(&w, text + at, 8);
        const uint64_t found = first_zero(w ^ EACH_BYTE('\n')) |
                               first_zero(w ^ EACH_BYTE(dia->delimiter)) |
                               first_zero(w ^ EACH_BYTE(quote));
        if (found != 0) return at + (size_t)__builtin_ctzll(found) / 8;
    }
#endif
    while (at < end && text[at] != '\n' && text[at] != dia->delimiter && text[at] != quote)
        at++;
    return at;
}

/* What a break means for the machine; false: it must wait. *at moves. */
static bool take_break(csv_machine *m, const csv_dialect *dia, const csv_reach *in, size_t *at,
                       uint32_t *pos, size_t *n) {
    csv_break b = lf_csv_break_at(dia, in, *at, m->open_at, &m->seen);
    if (b == CSV_BREAK_WAIT) return false;
    m->irregular = m->escapes = true;
    m->breaks++;
    switch (b) {
    case CSV_BREAK_INNER:
        m->state = CSV_QUOTED;
        break;
    case CSV_BREAK_STRAY:
        m->state = CSV_PLAIN;
        m->rewound = true;
        m->crossed |= memchr(in->text + m->open_at, '\n', *at - m->open_at) != NULL;
        m->strays++;
        *at = m->open_at + 1;
        break;
    case CSV_BREAK_SPLIT:
        if (pos != NULL) pos[*n] = (uint32_t)(*at - 2 - dia->more_len);
        ++*n;
        m->open_at = *at - 1;
        m->opens++;
        m->state = CSV_QUOTED;
        break;
    default:
        m->state = CSV_PLAIN;
    }
    return true;
}

size_t lf_csv_machine_plain(csv_machine *m, const csv_dialect *dia, const csv_reach *in,
                            uint32_t *pos, size_t *n_pos, size_t *rows) {
    csv_state s = m->state;
    const uint8_t *text = in->text;
    size_t n = *n_pos, at = in->at, end = in->end;
    while (at < end) {
        if (s == CSV_QUOTED) {
            at = skip_quoted(dia, text, at, end);
            if (at == end) break;
            s = CSV_QUOTE;
            at++;
            continue;
        }
        uint8_t c = text[at];
        if (c == '\n' || c == dia->delimiter) {
            if (s == CSV_CLOSED_CR && c != '\n') m->irregular = true;
            if (pos != NULL) pos[n] = (uint32_t)at;
            n++;
            s = CSV_AT_FIELD;
            at++;
            if (c == '\n') {
                ++*rows;
                if (in->one_record) break;
            }
            continue;
        }
        if (s == CSV_AT_FIELD) {
            s = at_field(m, dia, c, at);
        } else if (s == CSV_QUOTE) {
            s = after_quote(m, dia, c);
        } else {
            if (s == CSV_CLOSED_CR || (dia->has_quote && c == dia->quote)) m->irregular = true;
            s = CSV_PLAIN;
        }
        at++;
        if (s == CSV_PLAIN) at = skip_plain(dia, text, at, end);
    }
    m->state = s;
    *n_pos = n;
    return at;
}

/* Behind a quote that may close the field; false: the bytes that decide are not at hand. */
static bool at_quote(csv_machine *m, const csv_dialect *dia, const csv_reach *in, size_t *at,
                     uint32_t *pos, size_t *n) {
    uint8_t c = in->text[*at];
    if (c == dia->quote) {
        m->escapes = true;
        m->state = CSV_QUOTED;
        ++*at;
        return true;
    }
    int line = c == '\r' ? line_ends_at(dia, in, *at) : 0;
    if (line < 0) return false;
    if (line > 0) {
        m->state = CSV_CLOSED_CR;
        ++*at;
        return true;
    }
    return take_break(m, dia, in, at, pos, n);
}

size_t lf_csv_machine_run(csv_machine *m, const csv_dialect *dia, const csv_reach *in,
                          uint32_t *pos, size_t *n_pos, size_t *rows) {
    m->seen = (csv_seen){0};
    if (dia->general) return lf_csv_general_run(m, dia, in, pos, n_pos, rows);
    const uint8_t *text = in->text;
    size_t n = *n_pos, at = in->at, end = in->end;
    while (at < end) {
        if (m->state == CSV_QUOTED) {
            at = skip_quoted(dia, text, at, end);
            if (at == end) break;
            m->state = CSV_QUOTE;
            at++;
            continue;
        }
        uint8_t c = text[at];
        if (c == '\n' || c == dia->delimiter) {
            if (pos != NULL) pos[n] = (uint32_t)at;
            n++;
            m->state = CSV_AT_FIELD;
            at++;
            m->open = m->rewound;
            m->rewound = false;
            if (c == '\n') {
                ++*rows;
                if (in->one_record) break;
            }
            continue;
        }
        if (m->state == CSV_QUOTE) {
            if (!at_quote(m, dia, in, &at, pos, &n)) break;
            continue;
        }
        if (m->state == CSV_AT_FIELD) {
            m->state = at_field(m, dia, c, at);
        } else {
            if (dia->has_quote && c == dia->quote) m->irregular = true;
            m->state = CSV_PLAIN;
        }
        at++;
        if (m->state == CSV_PLAIN) at = skip_plain(dia, text, at, end);
    }
    *n_pos = n;
    return at;
}

/* --- cells --- */

bool lf_csv_field_is_open(const csv_dialect *dia, const uint8_t *field, size_t len) {
    if (!dia->has_quote || len == 0 || field[0] != dia->quote) return false;
    for (size_t i = 1; i < len; i++) {
        if (dia->escape != 0 && field[i] == dia->escape) {
            i++;
        } else if (field[i] == dia->quote) {
            if (i + 1 == len || field[i + 1] != dia->quote) return false;
            i++;
        }
    }
    return true;
}

bool lf_csv_cell_view(const csv_dialect *dia, const uint8_t *text, uint32_t *start, uint32_t *len,
                      bool *quoted) {
    if (dia->general) return lf_csv_general_view(dia, text, start, len, quoted);
    *quoted = dia->has_quote && *len > 0 && text[*start] == dia->quote;
    if (!*quoted) return true;
    const uint8_t *first = text + *start + 1;
    const uint8_t *q = memchr(first, dia->quote, *len - 1);
    if (q == NULL) {
        *quoted = false; /* the quote is text */
        return true;
    }
    if (q != text + *start + *len - 1) return false;
    *start += 1;
    *len -= 2;
    return true;
}

uint32_t lf_csv_cell_copy(const csv_dialect *dia, const uint8_t *field, uint32_t len, uint8_t *out,
                          bool *quoted) {
    if (dia->general) return lf_csv_general_copy(dia, field, len, out, quoted);
    uint32_t n = 0, i = 1;
    *quoted = true;
    while (i < len) {
        const uint8_t *q = memchr(field + i, dia->quote, len - i);
        if (q == NULL) break;
        uint32_t run = (uint32_t)(q - field) - i;
        memcpy(out + n, field + i, run);
        n += run;
        i += run + 1;
        if (i == len) return n; /* it closes */
        if (field[i] == dia->quote) {
            out[n++] = dia->quote;
            if (++i == len) return n; /* one quote and the end */
        } else if (field[len - 1] == dia->quote) {
            out[n++] = dia->quote; /* text within */
        } else {
            memcpy(out + n, field + i, len - i); /* text behind the closing quote, as it is */
            return n + (len - i);
        }
    }
    *quoted = false; /* it never closes: the first quote is text */
    memcpy(out, field, len);
    return len;
}

/* --- records --- */

bool lf_csv_is_comment(const csv_dialect *dia, const uint8_t *text, size_t at, size_t end) {
    return dia->comment_len > 0 && end - at >= dia->comment_len &&
           memcmp(text + at, dia->comment, dia->comment_len) == 0;
}

size_t lf_csv_line_end(const csv_dialect *dia, const uint8_t *text, size_t at, size_t end) {
    const uint8_t *nl = memchr(text + at, '\n', end - at);
    size_t stop = nl == NULL ? end : (size_t)(nl - text) + 1;
    if (!dia->cr_ends) return stop;
    const uint8_t *cr = memchr(text + at, '\r', stop - at);
    if (cr == NULL) return stop;
    size_t behind = (size_t)(cr - text) + 1;
    return behind < end && text[behind] == '\n' ? behind + 1 : behind;
}

bool lf_csv_record_next(const csv_dialect *dia, lf_span text, bool whole, size_t at,
                        csv_record *out) {
    csv_machine m = {.state = CSV_AT_FIELD};
    return lf_csv_record_next_with(&m, dia, text, whole, at, out);
}

bool lf_csv_record_next_with(csv_machine *m, const csv_dialect *dia, lf_span text, bool whole,
                             size_t at, csv_record *out) {
    csv_reach in = {text.data, at, text.len, whole, true};
    size_t n = 0, rows = 0;
    m->crossed = false;
    if (at >= text.len) return false;
    size_t stop = lf_csv_machine_run(m, dia, &in, NULL, &n, &rows);
    if (rows == 0 && !whole) return false;
    out->start = at;
    out->row = 0;
    out->open = rows == 0 && m->state == CSV_QUOTED;
    bool ended = rows != 0;
    if (out->open) { /* never closed: its opening line is the record */
        stop = lf_csv_line_end(dia, text.data, m->open_at, text.len);
        ended = stop < text.len || text.data[stop - 1] == '\n' ||
                (dia->cr_ends && text.data[stop - 1] == '\r');
        n++;
    } else if (rows == 0) {
        n++;
    }
    out->open |= m->crossed || (rows == 0 ? m->rewound : m->open);
    out->next = stop;
    out->end = stop - (ended ? 1 : 0);
    bool lone = dia->cr_ends && (!ended || text.data[stop - 1] != '\n');
    if (!lone && out->end > at && text.data[out->end - 1] == '\r') out->end--;
    out->n_fields = n;
    out->comment = lf_csv_is_comment(dia, text.data, at, text.len);
    out->blank = out->end == at || out->comment;
    return true;
}

void lf_csv_record_fields(const csv_dialect *dia, lf_span text, const csv_record *r,
                          uint32_t *ends) {
    csv_machine m = {.state = CSV_AT_FIELD};
    csv_reach in = {text.data, r->start, text.len, true, true};
    size_t n = 0, rows = 0;
    lf_csv_machine_run(&m, dia, &in, ends, &n, &rows);
    ends[r->n_fields - 1] = (uint32_t)r->end;
}
