/* decode/csv/csv_replay.c - the dialect as options, and the names as a header line: with both, rows
 * that were set aside read as they did in their file. Whatever becomes part of the dialect has to
 * be said here too. */
#include "decode/csv/csv_internal.h"
#include <string.h>

static lf_rc put_name(const lf_plan *p, const char *name, lf_buf *out, lf_error *err) {
    const csv_dialect *dia = &p->dialect;
    size_t n = strlen(name);
    if (!dia->has_quote) return lf_buf_append(out, name, n, err);
    LF_TRY(lf_buf_append(out, &dia->quote, 1, err));
    for (const char *q; (q = memchr(name, dia->quote, n)) != NULL;) {
        size_t k = (size_t)(q - name) + 1;
        LF_TRY(lf_buf_append(out, name, k, err));
        LF_TRY(lf_buf_append(out, &dia->quote, 1, err));
        name += k;
        n -= k;
    }
    LF_TRY(lf_buf_append(out, name, n, err));
    return lf_buf_append(out, &dia->quote, 1, err);
}

/* Bytes as options take them. */
static lf_rc put_bytes(const char *name, const uint8_t *p, size_t n, lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_printf(out, err, "%s=", name));
    for (size_t i = 0; i < n; i++)
        LF_TRY(lf_buf_printf(out, err,
                             p[i] > 0x20 && p[i] < 0x7f && p[i] != '\\' ? "%c" : "\\x%02x", p[i]));
    return lf_buf_append(out, "\n", 1, err);
}

static lf_rc put_delimiter(const lf_plan *p, lf_buf *out, lf_error *err) {
    uint8_t bytes[CSV_DELIMITER_MAX + 1] = {p->dialect.delimiter};
    if (bytes[0] == '\n') return lf_buf_printf(out, err, "delimiter=none\n");
    if (bytes[0] == '\t') return lf_buf_printf(out, err, "delimiter=tab\n");
    memcpy(bytes + 1, p->dialect.more, p->dialect.more_len);
    return put_bytes("delimiter", bytes, 1u + p->dialect.more_len, out, err);
}

/* What else the rows are read by; nothing is to be found anew in the rejects. */
static lf_rc put_dialect(const lf_plan *p, lf_buf *out, lf_error *err) {
    const csv_dialect *dia = &p->dialect;
    if (dia->escape != 0)
        LF_TRY(put_bytes("escape", &dia->escape, 1, out, err));
    else
        LF_TRY(lf_buf_printf(out, err, "escape=double\n"));
    return lf_buf_printf(out, err,
                         "comment=none\nline-end=%s\nskip-lines=0\nfooter=0\ntables=one\n"
                         "header-rows=1\n",
                         dia->cr_ends ? "any" : "lf");
}

lf_rc lf_csv_replay(const lf_plan *p, lf_replay_facts *out, lf_error *err) {
    out->fields = p->physical;
    for (uint32_t c = 0; c < p->width; c++) {
        if (c > 0) LF_TRY(lf_buf_append(&out->head, &p->dialect.delimiter, 1, err));
        if (c > 0) LF_TRY(lf_buf_append(&out->head, p->dialect.more, p->dialect.more_len, err));
        LF_TRY(put_name(p, p->names[c], &out->head, err));
    }
    LF_TRY(lf_buf_append(&out->head, "\n", 1, err));
    LF_TRY(put_delimiter(p, &out->options, err));
    LF_TRY(put_dialect(p, &out->options, err));
    bool comma = false;
    for (uint32_t c = 0; c < p->n_columns; c++)
        comma |= p->numbers[c] != 0;
    if (comma) LF_TRY(lf_buf_printf(&out->options, err, "decimal-comma=yes\n"));
    if (p->dialect.has_quote)
        LF_TRY(lf_buf_printf(&out->options, err, "quote=%c\n", p->dialect.quote));
    else
        LF_TRY(lf_buf_printf(&out->options, err, "quote=none\n"));
    return lf_buf_printf(&out->options, err, "header=yes\nfrom=csv\n");
}
