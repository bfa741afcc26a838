/* decode/csv/csv_machine.c - see the header. A plain state machine; each state scans ahead
 * while nothing of interest comes, so that long texts cost little. */
#include "decode/csv/csv_machine.h"
#include <string.h>

/* The quoted field that was closed before `at` holds a line feed. Where it began is not known in a
 * run that was started inside quotes (open_at: SIZE_MAX). */
static bool spans_lines(const csv_machine *m, const uint8_t *text, size_t at) {
    return m->open_at < at && memchr(text + m->open_at, '\n', at - m->open_at) != NULL;
}

/* Behind a quoted field's closing quote (or the first quote of two). */
static csv_state after_quote(csv_machine *m, const csv_dialect *dia, const uint8_t *text,
                             size_t at) {
    uint8_t c = text[at];
    if (c == dia->quote) {
        m->escapes = true;
        return CSV_QUOTED;
    }
    if (c == '\r') return CSV_CLOSED_CR;
    m->irregular = true;
    if (!spans_lines(m, text, at)) return CSV_PLAIN;
    return c == ' ' || c == '\t' ? CSV_CLOSED_BLANK : CSV_BROKEN;
}

/* Any byte but a delimiter or line feed, in the states that read on byte by byte. */
static csv_state on_text(csv_machine *m, const csv_dialect *dia, csv_state s, const uint8_t *text,
                         size_t at) {
    uint8_t c = text[at];
    if (s == CSV_CLOSED_BLANK)
        return c == ' ' || c == '\t' || c == '\r' ? CSV_CLOSED_BLANK : CSV_BROKEN;
    if (s == CSV_CLOSED_CR && spans_lines(m, text, at)) {
        m->irregular = true;
        return CSV_BROKEN;
    }
    if (s == CSV_CLOSED_CR || (dia->has_quote && c == dia->quote)) m->irregular = true;
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

size_t lf_csv_machine_run(csv_machine *m, const csv_dialect *dia, const uint8_t *text, size_t at,
                          size_t end, bool one_record, uint32_t *pos, size_t *n_pos, size_t *rows) {
    csv_state s = m->state;
    size_t n = *n_pos;
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
                if (one_record) break;
            }
            continue;
        }
        if (s == CSV_AT_FIELD) {
            s = at_field(m, dia, c, at);
        } else if (s == CSV_QUOTE) {
            s = after_quote(m, dia, text, at);
        } else {
            s = on_text(m, dia, s, text, at);
        }
        if (s == CSV_BROKEN) break;
        at++;
    }
    m->state = s;
    *n_pos = n;
    return at;
}

bool lf_csv_field_is_open(const csv_dialect *dia, const uint8_t *field, size_t len) {
    csv_machine m = {.state = CSV_AT_FIELD};
    size_t n = 0, rows = 0;
    if (!dia->has_quote || len == 0 || field[0] != dia->quote) return false;
    lf_csv_machine_run(&m, dia, field, 0, len, true, NULL, &n, &rows);
    return m.state == CSV_QUOTED;
}

bool lf_csv_cell_view(const csv_dialect *dia, const uint8_t *text, uint32_t *start, uint32_t *len,
                      bool *quoted) {
    *quoted = dia->has_quote && *len > 0 && text[*start] == dia->quote;
    if (!*quoted) return true;
    const uint8_t *first = text + *start + 1;
    const uint8_t *q = memchr(first, dia->quote, *len - 1);
    if (q == NULL || q != text + *start + *len - 1) return false;
    *start += 1;
    *len -= 2;
    return true;
}

uint32_t lf_csv_cell_copy(const csv_dialect *dia, const uint8_t *field, uint32_t len,
                          uint8_t *out) {
    uint32_t n = 0, i = 1;
    while (i < len) {
        const uint8_t *q = memchr(field + i, dia->quote, len - i);
        uint32_t run = q == NULL ? len - i : (uint32_t)(q - field) - i;
        memcpy(out + n, field + i, run);
        n += run;
        i += run + 1;
        if (q == NULL) break;
        if (i < len && field[i] == dia->quote) {
            out[n++] = dia->quote;
            i++;
            continue;
        }
        memcpy(out + n, field + i, len - i); /* text behind the closing quote, as it is */
        return n + (len - i);
    }
    return n;
}

bool lf_csv_record_next(const csv_dialect *dia, lf_span text, bool whole, size_t at,
                        csv_record *out) {
    csv_machine m = {.state = CSV_AT_FIELD};
    size_t n = 0, rows = 0;
    if (at >= text.len) return false;
    size_t stop = lf_csv_machine_run(&m, dia, text.data, at, text.len, true, NULL, &n, &rows);
    if (rows == 0 && !whole && m.state != CSV_BROKEN) return false;
    out->start = at;
    out->open = rows == 0 && (m.state == CSV_QUOTED || m.state == CSV_BROKEN);
    if (out->open) { /* never closed: its opening line is the record */
        const uint8_t *nl = memchr(text.data + m.open_at, '\n', text.len - m.open_at);
        stop = nl == NULL ? text.len : (size_t)(nl - text.data) + 1;
        rows = nl != NULL;
        n = n + 1;
    } else if (rows == 0) {
        n++;
    }
    out->next = stop;
    out->end = stop - (rows != 0);
    if (out->end > at && text.data[out->end - 1] == '\r') out->end--;
    out->n_fields = n;
    out->blank = out->end == at;
    return true;
}

void lf_csv_record_fields(const csv_dialect *dia, const uint8_t *text, const csv_record *r,
                          uint32_t *ends) {
    csv_machine m = {.state = CSV_AT_FIELD};
    size_t n = 0, rows = 0;
    lf_csv_machine_run(&m, dia, text, r->start, r->end, false, ends, &n, &rows);
    if (n < r->n_fields) ends[n] = (uint32_t)r->end;
}
