/* Rows as lines. Integers and text, which most cells are, are written in place. */
#include "encode/text/text_internal.h"
#include "infer/cell_text.h"
#include <string.h>

/* ---- options ---- */

static const char *option_of(const lf_encode_opts *o, const char *name, const char *dflt) {
    const char *v = dflt;
    for (size_t i = 0; i < o->n_options; i++) {
        if (strcmp(o->options[i].name, name) == 0 && o->options[i].value) v = o->options[i].value;
    }
    return v;
}

lf_rc lf_text_style_read(const lf_encode_opts *o, bool jsonl, text_style *out, lf_error *err) {
    const char *delimiter = option_of(o, "out-delimiter", ",");
    if (strcmp(delimiter, "tab") == 0 || strcmp(delimiter, "\\t") == 0) delimiter = "\t";
    if (strlen(delimiter) != 1 || strchr("\"\r\n", delimiter[0]) != NULL)
        return lf_fail(err, LF_EUSAGE, "--out-delimiter takes one byte, or tab; not '%.40s'",
                       delimiter);
    const char *null_word = option_of(o, "out-null", "");
    *out = (text_style){.jsonl = jsonl,
                        .delimiter = delimiter[0],
                        .quote_all = strcmp(option_of(o, "out-quote", "needed"), "all") == 0,
                        .null_word = null_word,
                        .null_len = strlen(null_word),
                        .line_end =
                            strcmp(option_of(o, "out-line-end", "lf"), "crlf") == 0 ? "\r\n" : "\n",
                        .header = strcmp(option_of(o, "out-header", "yes"), "yes") == 0};
    if (strpbrk(null_word, "\"\r\n") != NULL || strchr(null_word, delimiter[0]) != NULL)
        return lf_fail(err, LF_EUSAGE,
                       "--out-null: '%.40s' could not be told from the text of a "
                       "cell",
                       null_word);
    return LF_OK;
}

/* ---- pieces ---- */

static uint32_t put_int(char *to, int64_t v) {
    char digits[20];
    uint32_t n = 0, at = 0;
    uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
    do {
        digits[n++] = (char)('0' + u % 10);
        u /= 10;
    } while (u > 0);
    if (v < 0) to[at++] = '-';
    while (n > 0) {
        to[at++] = digits[--n];
    }
    return at;
}

static lf_rc put_number(const lf_column *c, uint32_t row, lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_reserve(out, 24, err));
    out->len += put_int((char *)out->data + out->len, ((const int64_t *)c->values)[row]);
    return LF_OK;
}

/* ---- CSV ---- */

static bool needs_quotes(const text_style *t, const uint8_t *p, size_t n) {
    if (n == 0 || (n == t->null_len && memcmp(p, t->null_word, n) == 0)) return true;
    if (p[0] == ' ' || p[0] == '\t' || p[n - 1] == ' ' || p[n - 1] == '\t') return true;
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"' || p[i] == '\n' || p[i] == '\r' || p[i] == (uint8_t)t->delimiter)
            return true;
    }
    return false;
}

static lf_rc put_text(const text_style *t, const uint8_t *p, size_t n, lf_buf *out, lf_error *err) {
    if (!t->quote_all && !needs_quotes(t, p, n)) return lf_buf_append(out, p, n, err);
    LF_TRY(lf_buf_reserve(out, 2 * n + 2, err));
    uint8_t *to = out->data + out->len;
    *to++ = '"';
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"') *to++ = '"';
        *to++ = p[i];
    }
    *to++ = '"';
    out->len = (size_t)(to - out->data);
    return LF_OK;
}

static lf_rc put_cell(const text_style *t, const lf_field *f, const lf_column *c, uint32_t row,
                      lf_buf *cell, lf_buf *out, lf_error *err) {
    if (c->type.id == LF_T_NULL || !lf_column_is_valid(c, row))
        return lf_buf_append(out, t->null_word, t->null_len, err);
    if (c->type.id == LF_T_STRING && !f->binary)
        return put_text(t, c->bytes + c->start[row], c->len[row], out, err);
    if (c->type.id == LF_T_INT64 && !t->quote_all) return put_number(c, row, out, err);
    lf_buf_clear(cell);
    LF_TRY(lf_cell_text(c, f, row, cell, err));
    return put_text(t, cell->data, cell->len, out, err);
}

lf_rc lf_text_csv_rows(const text_style *t, const lf_schema *s, const lf_batch *b, lf_buf *cell,
                       lf_buf *out, lf_error *err) {
    const size_t end = strlen(t->line_end);
    for (uint32_t r = 0; r < b->n_rows; r++) {
        const size_t start = out->len;
        for (uint32_t i = 0; i < b->n_columns; i++) {
            if (i > 0) LF_TRY(lf_buf_append(out, &t->delimiter, 1, err));
            LF_TRY(put_cell(t, &s->fields[i], &b->columns[i], r, cell, out, err));
        }
        /* The one null of a one-column file would be a blank line, which readers skip. */
        if (out->len == start) LF_TRY(lf_buf_append(out, "\"\"", 2, err));
        LF_TRY(lf_buf_append(out, t->line_end, end, err));
    }
    return LF_OK;
}

lf_rc lf_text_header(const text_style *t, const lf_schema *s, lf_buf *out, lf_error *err) {
    if (t->jsonl || !t->header) return LF_OK;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const char *name = s->fields[i].name;
        if (i > 0) LF_TRY(lf_buf_append(out, &t->delimiter, 1, err));
        LF_TRY(put_text(t, (const uint8_t *)name, strlen(name), out, err));
    }
    return lf_buf_append(out, t->line_end, strlen(t->line_end), err);
}

/* ---- JSON ---- */

lf_rc lf_text_json_rows(const text_keys *keys, const lf_schema *s, const lf_batch *b, lf_buf *out,
                        lf_error *err) {
    for (uint32_t r = 0; r < b->n_rows; r++) {
        uint32_t from = 0;
        LF_TRY(lf_buf_append(out, "{", 1, err));
        for (uint32_t i = 0; i < b->n_columns; i++) {
            const lf_column *c = &b->columns[i];
            LF_TRY(lf_buf_append(out, keys->bytes.data + from, keys->ends[i] - from, err));
            from = keys->ends[i];
            if (c->type.id == LF_T_INT64 && lf_column_is_valid(c, r))
                LF_TRY(put_number(c, r, out, err));
            else
                LF_TRY(lf_cell_json(c, &s->fields[i], r, true, out, err));
        }
        LF_TRY(lf_buf_append(out, "}\n", 2, err));
    }
    return LF_OK;
}
