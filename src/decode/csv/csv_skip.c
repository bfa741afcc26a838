/* decode/csv/csv_skip.c - records that cannot be cut out.
 *
 * A record that passes the limit is read past and handed out in pieces, of which none is kept. It
 * ends at a line feed outside quotes, however far that is:
 *
 *     1,"text                      quoted line feeds are text as long as the quote closes,
 *     2,more text ... ",x          which is before a delimiter or a line end
 *
 * A quote that is still open past the limit and never closes so (what follows it is other text, as
 * where it opens the next quoted field; or the text is over) is a bad row of its own: the line on
 * which it opened. Then the record is read again (LF_READ_AGAIN), up to there. No quote stands
 * between there and where the quote did not close but doubled ones, so that no other one can stay
 * open over the same text, and it is read twice at most. */
#include "decode/csv/csv_internal.h"
#include <stdio.h>
#include <string.h>

enum { SKIP_AT_FIELD, SKIP_PLAIN, SKIP_QUOTED, SKIP_QUOTE, SKIP_CLOSED };

/* Rejects the line of length `line` at the start of `in`, whose quote o never closes. */
static lf_rc reject_open(lf_decoder *d, lf_span in, uint32_t line, const csv_open *o,
                         lf_error *err) {
    uint32_t end = line;
    if (end > 0 && csv_line_ends(&d->plan->dialect, in.data[end - 1])) end--;
    if (end > o->at && in.data[end - 1] == '\r') end--;
    lf_reject r = {.rc = LF_EQUOTE_OPEN, .mark = (uint32_t)o->at, .mark_len = 1};
    bool kept = o->field < d->plan->physical && d->plan->output_of[o->field] != CSV_COLUMN_NONE;
    r.column = kept ? d->plan->output_of[o->field] + 1 : 0;
    r.raw = (lf_span){in.data, end};
    (void)snprintf(r.reason, sizeof r.reason, "the quote that opens in field %llu never closes",
                   (unsigned long long)o->field + 1);
    LF_TRY(lf_csv_reject_add(d, in.data, 0, r, err));
    d->totals.newlines += lf_csv_count_lines(d, in.data, line);
    d->totals.records++;
    d->at += line;
    return LF_OK;
}

lf_rc lf_csv_refuse_open_quote(lf_decoder *d, lf_span in, bool eof, uint32_t *used, lf_error *err) {
    *used = 0;
    if (d->refuse > 0) { /* it was read past before */
        if (in.len < d->refuse && !eof) return LF_OK;
        *used = (uint32_t)(d->refuse < in.len ? d->refuse : in.len);
        d->refuse = 0;
        return reject_open(d, in, *used, &d->open, err);
    }
    size_t n = 0, rows = 0;
    csv_machine m = {.state = CSV_AT_FIELD};
    const csv_dialect *dia = &d->plan->dialect;
    csv_reach reach = {in.data, 0, in.len, true, true};
    lf_csv_machine_run(&m, dia, &reach, NULL, &n, &rows);
    *used = (uint32_t)lf_csv_line_end(dia, in.data, m.open_at, in.len);
    csv_open o = {.at = m.open_at, .field = n};
    return reject_open(d, in, *used, &o, err);
}

void lf_csv_skip_begin(lf_decoder *d, uint64_t until) {
    d->skip = (csv_skip){.on = true, .state = SKIP_AT_FIELD, .until = until};
    d->refuse = 0;
}

/* Text inside quotes from p[i] on: up to a quote, or n. Notes where the quote's line ends. */
static size_t pass_quoted(const lf_decoder *d, csv_skip *s, const uint8_t *p, size_t i, size_t n) {
    const uint8_t *q = memchr(p + i, d->plan->dialect.quote, n - i);
    size_t end = q == NULL ? n : (size_t)(q - p);
    uint64_t base = s->bytes; /* of p[0] */
    const uint8_t *nl = s->open.line_end == 0 ? memchr(p + i, '\n', end - i) : NULL;
    if (nl != NULL) s->open.line_end = base + (uint64_t)(nl - p) + 1;
    return end;
}

static size_t pass_plain(const csv_dialect *dia, const uint8_t *p, size_t i, size_t n) {
    while (i < n && !csv_line_ends(dia, p[i]) && p[i] != dia->delimiter)
        i++;
    return i;
}

/* The state behind byte c at offset `at`, where neither a run of text goes on nor a record ends.
 * *broken: a quote did not close. */
static uint8_t pass_byte(const lf_decoder *d, csv_skip *s, uint8_t c, uint64_t at, bool *broken) {
    const csv_dialect *dia = &d->plan->dialect;
    bool blank = c == ' ' || c == '\t' || c == '\r';
    if (c == dia->delimiter) {
        s->fields++;
        return SKIP_AT_FIELD;
    }
    if (s->state == SKIP_AT_FIELD && dia->has_quote && c == dia->quote) {
        s->open = (csv_open){.at = at, .field = s->fields};
        return SKIP_QUOTED;
    }
    if (s->state == SKIP_QUOTE && c == dia->quote) return SKIP_QUOTED;
    if (s->state == SKIP_AT_FIELD) return SKIP_PLAIN;
    if (blank) return SKIP_CLOSED;
    *broken = s->open.line_end != 0;
    return SKIP_PLAIN;
}

/* Reads p[0..n) on; says where it stopped: behind the record (*over), at a quote that did not
 * close (*broken), or n. */
static size_t pass(const lf_decoder *d, csv_skip *s, const uint8_t *p, size_t n, bool *over,
                   bool *broken) {
    size_t i = 0;
    while (i < n) {
        if (s->state == SKIP_QUOTED) {
            i = pass_quoted(d, s, p, i, n);
            if (i == n) break;
            s->state = SKIP_QUOTE;
            i++;
            continue;
        }
        if (s->state == SKIP_PLAIN) i = pass_plain(&d->plan->dialect, p, i, n);
        if (i == n) break;
        if (csv_line_ends(&d->plan->dialect, p[i])) {
            *over = true;
            return i + 1;
        }
        s->state = pass_byte(d, s, p[i], s->bytes + i, broken);
        if (*broken) return i;
        i++;
    }
    return n;
}

/* Its last piece is at hand. */
static lf_rc reject_too_big(lf_decoder *d, lf_span piece, bool line_feed, lf_error *err) {
    csv_skip *s = &d->skip;
    lf_reject r = {.rc = LF_ERECORD_TOO_BIG, .torn = s->bytes > piece.len};
    r.raw = (lf_span){piece.data, piece.len - line_feed};
    (void)snprintf(r.reason, sizeof r.reason,
                   "the record has %llu bytes, over %llu; --memory-limit %lluMiB takes it",
                   (unsigned long long)(s->bytes - line_feed),
                   (unsigned long long)d->plan->record_max_bytes,
                   (unsigned long long)(s->bytes * 4 / LF_MIB + 1));
    LF_TRY(lf_csv_reject_add(d, piece.data, 0, r, err));
    d->totals.newlines += s->newlines;
    d->totals.records++;
    d->at += s->bytes;
    s->on = false;
    return LF_OK;
}

lf_rc lf_csv_skip_on(lf_decoder *d, lf_span in, bool eof, uint32_t *used, bool *got,
                     lf_error *err) {
    csv_skip *s = &d->skip;
    size_t n = in.len < INT32_MAX ? in.len : INT32_MAX, at = n;
    bool over = false, broken = false;
    if (s->until > 0) {
        over = n >= s->until - s->bytes;
        if (over) at = (size_t)(s->until - s->bytes);
    } else {
        at = pass(d, s, in.data, n, &over, &broken);
    }
    bool ends = eof && at == in.len && !over;
    *used = (uint32_t)at;
    *got = false;
    if (broken || (ends && s->state == SKIP_QUOTED && s->open.line_end != 0)) {
        s->on = false;
        d->again = true;
        d->refuse = s->open.line_end;
        d->open = s->open;
        return LF_OK;
    }
    if (at > 0) { /* a line end may be cut in two */
        s->newlines += lf_csv_count_lines(d, in.data, (uint32_t)at);
        s->newlines -= s->behind_cr && in.data[0] == '\n';
        s->behind_cr = d->plan->dialect.cr_ends && in.data[at - 1] == '\r';
    }
    s->bytes += at;
    *got = over || ends || at > 0;
    if (over || ends) return reject_too_big(d, (lf_span){in.data, at}, over, err);
    d->torn = (lf_span){in.data, at};
    return LF_OK;
}

void lf_csv_skip_keep(const lf_decoder *d, lf_batch *out) {
    out->keep = d->skip.on && d->skip.until == 0;
    out->keep_from = d->at;
}
