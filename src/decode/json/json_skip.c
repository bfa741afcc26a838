/* decode/json/json_skip.c - records that are too large: set aside as they stand, without being
 * held.
 *
 * A line ends at its line feed. Other values end where their brackets and quotes do: nothing else
 * is looked at, as the record is bad in any case. Behind an element a comma or the end of the array
 * is its as well. */
#include "decode/json/json_internal.h"

uint64_t lf_json_count_newlines(const uint8_t *p, size_t n) {
    uint64_t lines = 0;
    for (size_t i = 0; i < n; i++)
        lines += p[i] == '\n';
    return lines;
}

lf_rc lf_json_text_fails(lf_decoder *d, lf_span in, size_t at, const char *why, lf_error *err) {
    lf_rc rc = lf_fail(err, LF_EJSON, "%s", why);
    size_t to = in.len - at < 60 ? in.len : at + 60;
    lf_error_set_place(err, LF_NO_POSITION,
                       d->totals.newlines + lf_json_count_newlines(in.data, at), 0, NULL,
                       d->at + at);
    lf_error_set_excerpt(err, (lf_span){in.data + at, to - at}, 0, 1);
    return rc;
}

/* `last` is what is left of a record of `bytes` in all, which begins `before` bytes and `newlines`
 * lines behind what was consumed of the text; `used` bytes and `lines` go with it. */
static lf_rc set_aside(lf_decoder *d, lf_span last, uint64_t bytes, uint64_t before,
                       uint64_t newlines, lf_error *err) {
    d->text = last.data;
    d->n_rows = d->n_records = 0;
    LF_TRY(lf_json_reject_big(d, last, bytes, 0, err));
    lf_reject *r = d->rejects_vec.data;
    r->byte_offset = d->at + before;
    r->newlines_before = d->totals.newlines + newlines;
    d->totals.records++;
    return LF_OK;
}

lf_rc lf_json_skip_line(lf_decoder *d, lf_span in, bool eof, size_t *used, lf_error *err) {
    const uint8_t *nl = memchr(in.data, '\n', in.len);
    size_t n = nl == NULL ? in.len : (size_t)(nl - in.data);
    bool done = nl != NULL || eof;
    d->skip_bytes = (d->skipping ? d->skip_bytes : 0) + n;
    d->skipping = !done;
    *used = n + (nl != NULL);
    if (!done) {
        d->torn = (lf_span){in.data, n};
        return LF_OK;
    }
    LF_TRY(set_aside(d, (lf_span){in.data, n}, d->skip_bytes, 0, 0, err));
    d->totals.newlines += nl != NULL;
    d->at += d->skip_bytes + (nl != NULL);
    return LF_OK;
}

/* The first byte from p[i] on that is not the value's. */
static size_t value_end(json_skip *s, const uint8_t *p, size_t i, size_t n) {
    for (; i < n && !s->ended; i++) {
        uint8_t b = p[i];
        if (s->in_string) {
            if (s->escaped || b == '\\')
                s->escaped = !s->escaped;
            else if (b == '"')
                s->in_string = false;
            s->ended = !s->in_string && s->depth == 0;
            continue;
        }
        bool closes = b == '}' || b == ']', opens = b == '{' || b == '[';
        if (s->depth == 0 && s->begun &&
            (closes || opens || b == ',' || b == ':' || b == '"' || lf_json_is_blank(b))) {
            s->ended = true;
            return i;
        }
        s->begun = true;
        s->in_string = b == '"';
        s->depth += opens;
        s->depth -= closes && s->depth > 0;
        s->ended = closes && s->depth == 0;
    }
    return i;
}

/* Behind an element of an array. *done: a comma or a bracket was there. */
static lf_rc behind_element(lf_decoder *d, lf_span in, bool eof, size_t *at, bool *done,
                            lf_error *err) {
    *at = lf_json_skip(in.data, *at, in.len);
    *done = *at < in.len;
    if (!*done)
        return eof ? lf_json_text_fails(d, in, *at, "the array is never closed", err) : LF_OK;
    if (in.data[*at] != ',' && in.data[*at] != ']')
        return lf_json_text_fails(d, in, *at, "a comma or ] is expected here", err);
    if (in.data[*at] == ']') {
        d->over = true;
        d->over_depth = d->plan->nesting - 1;
    }
    ++*at;
    return LF_OK;
}

lf_rc lf_json_skip_value(lf_decoder *d, lf_span in, bool eof, size_t *used, lf_error *err) {
    json_skip *s = &d->skip;
    size_t at = 0;
    bool done;
    if (!d->skipping) *s = (json_skip){0};
    if (!d->skipping) d->skip_bytes = 0;
    if (!s->begun) {
        at = lf_json_skip(in.data, 0, in.len);
        s->blank += at;
        s->blank_newlines += lf_json_count_newlines(in.data, at);
    }
    size_t from = at;
    at = value_end(s, in.data, at, in.len);
    lf_span piece = {in.data + from, at - from};
    d->skip_bytes += piece.len;
    if (eof && s->begun && s->depth == 0 && !s->in_string) s->ended = true;
    if (eof && !s->ended) return lf_json_text_fails(d, in, at, "the text ends within a value", err);
    done = s->ended;
    if (done && d->plan->form == JSON_ARRAY) LF_TRY(behind_element(d, in, eof, &at, &done, err));
    *used = at;
    s->used += at;
    s->newlines += lf_json_count_newlines(in.data, at);
    d->skipping = !done;
    if (!done) {
        d->torn = piece;
        return LF_OK;
    }
    LF_TRY(set_aside(d, piece, d->skip_bytes, s->blank, s->blank_newlines, err));
    d->at += s->used;
    d->totals.newlines += s->newlines;
    return LF_OK;
}
