/* OUT.rejects.jsonl, row by row. Only its own writer's layout is understood: one object a line,
 * keys in any order. A quote inside a string is always escaped, so that `"key":` behind a comma
 * cannot be part of one. */
#include "api/verify_internal.h"
#include "io/io.h"
#include <string.h>

#define LEDGER_READ     (64u * 1024)
#define LEDGER_LINE_MAX (512u * 1024 * 1024)

lf_rc lf_verify_ledger_open(verify_ledger *l, const char *path, const lf_alloc *a, lf_error *err) {
    lf_buf_init(&l->line, a, LEDGER_LINE_MAX);
    lf_buf_init(&l->raw, a, LEDGER_LINE_MAX);
    l->path = path;
    LF_TRY(lf_source_open(path, a, &l->source, err));
    return lf_verify_ledger_next(l, err);
}

void lf_verify_ledger_close(verify_ledger *l) {
    if (l->source == NULL) return;
    lf_source_close(l->source);
    l->source = NULL;
    lf_buf_reset(&l->line);
    lf_buf_reset(&l->raw);
}

/* The next line (without its end) in [at, *end) of the buffer; false: there is none. */
static lf_rc next_line(verify_ledger *l, size_t *end, bool *found, lf_error *err) {
    for (size_t from = l->at;;) {
        const uint8_t *nl =
            l->line.len > from ? memchr(l->line.data + from, '\n', l->line.len - from) : NULL;
        *end = nl != NULL ? (size_t)(nl - l->line.data) : l->line.len;
        *found = nl != NULL || (l->eof && l->line.len > l->at);
        if (*found || l->eof) return LF_OK;
        if (l->at > 0) memmove(l->line.data, l->line.data + l->at, l->line.len - l->at);
        l->line.len -= l->at;
        l->at = 0;
        from = l->line.len;
        LF_TRY(lf_buf_reserve(&l->line, LEDGER_READ, err));
        size_t got;
        LF_TRY(
            l->source->type->read(l->source, l->line.data + l->line.len, LEDGER_READ, &got, err));
        l->line.len += got;
        l->eof = got == 0;
    }
}

/* What follows `key` (with its quotes and colon) in the line; NULL: no such key. */
static const uint8_t *value_of(lf_span line, const char *key) {
    size_t n = strlen(key);
    for (size_t i = 1; i + n <= line.len; i++) {
        const uint8_t *q = memchr(line.data + i, '"', line.len - i);
        if (q == NULL || (size_t)(line.data + line.len - q) < n) return NULL;
        i = (size_t)(q - line.data);
        if ((q[-1] == ',' || q[-1] == '{') && memcmp(q, key, n) == 0) return q + n;
    }
    return NULL;
}

/* A JSON string from behind its first quote. */
static lf_rc unescape(const uint8_t *p, const uint8_t *end, lf_buf *out, lf_error *err) {
    const uint8_t *behind = lf_verify_json_skip(p - 1, end, false);
    const lf_span quoted = {p, (size_t)((behind != NULL ? behind - 1 : end) - p)};
    lf_rc rc = LF_OK;
    const lf_span text = lf_verify_json_unquote(quoted, out, &rc);
    if (rc != LF_OK) return lf_fail_nomem(err, quoted.len);
    return text.data == out->data ? LF_OK : lf_buf_append(out, text.data, text.len, err);
}

static lf_rc unbase64(const uint8_t *p, const uint8_t *end, lf_buf *out, lf_error *err) {
    uint32_t bits = 0, n = 0;
    LF_TRY(lf_buf_reserve(out, (size_t)(end - p), err));
    for (; p < end && *p != '"' && *p != '='; p++) {
        uint8_t c = *p;
        uint32_t v = c >= 'a'   ? c - 'a' + 26u
                     : c >= 'A' ? c - 'A' + 0u
                     : c >= '0' ? c - '0' + 52u
                     : c == '+' ? 62u
                                : 63u;
        bits = bits << 6 | v;
        n += 6;
        if (n < 8) continue;
        n -= 8;
        out->data[out->len++] = (uint8_t)(bits >> n);
    }
    return LF_OK;
}

static uint64_t number_at(const uint8_t *p, lf_span line) {
    uint64_t v = 0;
    while (p < line.data + line.len && *p >= '0' && *p <= '9') {
        v = v * 10 + (uint64_t)(*p++ - '0');
    }
    return v;
}

lf_rc lf_verify_ledger_next(verify_ledger *l, lf_error *err) {
    size_t end;
    l->has = false;
    if (l->source == NULL) return LF_OK;
    for (bool found = true; found;) {
        LF_TRY(next_line(l, &end, &found, err));
        if (!found) return LF_OK;
        lf_span line = {l->line.data + l->at, end - l->at};
        l->at = end + (end < l->line.len);
        if (line.len == 0) continue;
        const uint8_t *offset = value_of(line, "\"byte_offset\":");
        const uint8_t *row = value_of(line, "\"row\":");
        const uint8_t *raw = value_of(line, "\"raw\":\"");
        const uint8_t *base64 = value_of(line, "\"raw_base64\":\"");
        if (offset == NULL || (raw == NULL && base64 == NULL)) {
            return lf_fail(err, LF_ECORRUPT, "%s: line %llu is no row of bad rows", l->path,
                           (unsigned long long)l->rows + 1);
        }
        l->rows++;
        l->offset = number_at(offset, line);
        l->row = row != NULL ? number_at(row, line) : 0;
        lf_buf_clear(&l->raw);
        l->has = true;
        return raw != NULL ? unescape(raw, line.data + line.len, &l->raw, err)
                           : unbase64(base64, line.data + line.len, &l->raw, err);
    }
    return LF_OK;
}
