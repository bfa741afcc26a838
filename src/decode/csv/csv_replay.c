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

static lf_rc put_delimiter(const lf_plan *p, lf_buf *out, lf_error *err) {
    uint8_t b = p->dialect.delimiter;
    if (b == '\n') return lf_buf_printf(out, err, "delimiter=none\n");
    if (b == '\t') return lf_buf_printf(out, err, "delimiter=tab\n");
    return lf_buf_printf(out, err, "delimiter=%c\n", b);
}

lf_rc lf_csv_replay(const lf_plan *p, lf_replay_facts *out, lf_error *err) {
    out->fields = p->physical;
    for (uint32_t c = 0; c < p->width; c++) {
        if (c > 0) LF_TRY(lf_buf_append(&out->head, &p->dialect.delimiter, 1, err));
        LF_TRY(put_name(p, p->names[c], &out->head, err));
    }
    LF_TRY(lf_buf_append(&out->head, "\n", 1, err));
    LF_TRY(put_delimiter(p, &out->options, err));
    if (p->dialect.has_quote)
        LF_TRY(lf_buf_printf(&out->options, err, "quote=%c\n", p->dialect.quote));
    else
        LF_TRY(lf_buf_printf(&out->options, err, "quote=none\n"));
    return lf_buf_printf(&out->options, err, "header=yes\nfrom=csv\n");
}
