/* The report of lf_verify: its texts, its JSON, its end. Strings live in the default allocator, as
 * lf_verify_report_reset has no other. */
#include "api/verify_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 256u
#define JSON_MAX (64u * 1024 * 1024)

/* A copy of at most TEXT_MAX bytes, not cut inside a character. */
static char *copy_text(lf_span s) {
    size_t n = s.len < TEXT_MAX ? s.len : TEXT_MAX;
    while (n > 0 && n < s.len && (s.data[n] & 0xc0) == 0x80)
        n--;
    char *out = lf_mem_alloc(lf_alloc_default(), n + 1);
    if (out == NULL) return NULL;
    if (n > 0) memcpy(out, s.data, n);
    for (size_t i = 0; i < n; i++) {
        if (out[i] == 0) out[i] = ' '; /* a C string cannot hold it */
    }
    out[n] = 0;
    return out;
}

lf_rc lf_verify_note(lf_verify_report *rep, lf_error *err, const char *fmt, ...) {
    const lf_alloc *a = lf_alloc_default();
    const size_t n = rep->n_notes;
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    char **grown = lf_mem_realloc(a, rep->notes, n * sizeof *grown, (n + 1) * sizeof *grown);
    if (grown == NULL) return lf_fail_nomem(err, (n + 1) * sizeof *grown);
    rep->notes = grown;
    grown[n] = lf_mem_strdup(a, text);
    if (grown[n] == NULL) return lf_fail_nomem(err, sizeof text);
    rep->n_notes++;
    return LF_OK;
}

lf_rc lf_verify_add(verify_job *j, const lf_verify_difference *d, lf_span in, bool in_null,
                    lf_span out, bool out_null, lf_error *err) {
    lf_verify_report *rep = j->rep;
    const size_t max = j->opts.differences;
    const lf_alloc *a = lf_alloc_default();
    const size_t n = rep->kept_differences;
    rep->n_differences++;
    if (n >= max) return LF_OK;
    lf_verify_difference *grown =
        lf_mem_realloc(a, rep->differences, n * sizeof *grown, (n + 1) * sizeof *grown);
    if (grown == NULL) return lf_fail_nomem(err, (n + 1) * sizeof *grown);
    rep->differences = grown;
    lf_verify_difference *k = &grown[n];
    *k = *d;
    k->column = d->column != NULL ? lf_mem_strdup(a, d->column) : NULL;
    k->in = in_null ? NULL : copy_text(in);
    k->out = out_null ? NULL : copy_text(out);
    rep->kept_differences++;
    bool all = (d->column == NULL || k->column != NULL) && (in_null || k->in != NULL) &&
               (out_null || k->out != NULL);
    return all ? LF_OK : lf_fail_nomem(err, TEXT_MAX);
}

void lf_verify_report_reset(lf_verify_report *rep) {
    if (rep == NULL) return;
    const lf_alloc *a = lf_alloc_default();
    char *texts[] = {rep->format_in, rep->format_out, rep->rejects, rep->json};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]) lf_mem_strfree(a, texts[i]);
    for (size_t i = 0; i < rep->kept_differences; i++) {
        lf_verify_difference *d = &rep->differences[i];
        char *parts[] = {d->column, d->in, d->out};
        for (size_t k = 0; k < 3; k++)
            if (parts[k]) lf_mem_strfree(a, parts[k]);
    }
    lf_mem_free(a, rep->differences, rep->kept_differences * sizeof *rep->differences);
    for (size_t i = 0; i < rep->n_notes; i++)
        lf_mem_strfree(a, rep->notes[i]);
    lf_mem_free(a, rep->notes, rep->n_notes * sizeof *rep->notes);
    *rep = (lf_verify_report){0};
}

/* ---- JSON ---- */

static lf_rc put_text(lf_buf *b, const char *name, const char *value, lf_error *err) {
    LF_TRY(lf_buf_printf(b, err, ",\"%s\":", name));
    if (value == NULL) return lf_buf_append(b, "null", 4, err);
    return lf_buf_append_json(b, value, strlen(value), err);
}

static lf_rc put_number(lf_buf *b, const char *name, uint64_t v, bool known, lf_error *err) {
    if (!known) return lf_buf_printf(b, err, ",\"%s\":null", name);
    return lf_buf_printf(b, err, ",\"%s\":%llu", name, (unsigned long long)v);
}

static lf_rc put_difference(lf_buf *b, const lf_verify_difference *d, lf_error *err) {
    static const char *const kinds[] = {"cell",      "row_missing", "row_extra",
                                        "row_width", "column",      "ledger"};
    LF_TRY(lf_buf_printf(b, err, "{\"kind\":\"%s\"", kinds[d->kind]));
    LF_TRY(put_number(b, "row", d->row, d->row != 0, err));
    LF_TRY(put_number(b, "row_out", d->row_out, d->row_out != 0, err));
    LF_TRY(put_number(b, "line", d->line, d->line != 0, err));
    LF_TRY(put_number(b, "byte_offset", d->byte_offset, d->byte_offset != UINT64_MAX, err));
    LF_TRY(put_text(b, "column", d->column, err));
    LF_TRY(put_text(b, "in", d->in, err));
    LF_TRY(put_text(b, "out", d->out, err));
    return lf_buf_append(b, "}", 1, err);
}

static lf_rc put_counts(lf_buf *b, const lf_verify_report *r, lf_error *err) {
    const struct {
        const char *name;
        uint64_t value;
    } counts[] = {{"in", r->rows_in},
                  {"out", r->rows_out},
                  {"equal", r->rows_equal},
                  {"different", r->rows_different},
                  {"missing", r->rows_missing},
                  {"extra", r->rows_extra},
                  {"rejected", r->rows_rejected},
                  {"filtered", r->rows_filtered},
                  {"padded", r->rows_padded}};
    LF_TRY(lf_buf_printf(b, err, ",\"rows\":{"));
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        LF_TRY(lf_buf_printf(b, err, "%s\"%s\":%llu", i > 0 ? "," : "", counts[i].name,
                             (unsigned long long)counts[i].value));
    }
    return lf_buf_printf(b, err,
                         "},\"lines_blank\":%llu,\"columns\":%u,\"cells\":%llu,"
                         "\"cells_different\":%llu,\"n_differences\":%llu",
                         (unsigned long long)r->lines_blank, (unsigned)r->columns,
                         (unsigned long long)r->cells, (unsigned long long)r->cells_different,
                         (unsigned long long)r->n_differences);
}

static lf_rc put_all(lf_buf *b, const lf_verify_report *r, lf_error *err) {
    LF_TRY(lf_buf_printf(b, err, "{\"equal\":%s,\"other_order\":%s", r->equal ? "true" : "false",
                         r->other_order ? "true" : "false"));
    LF_TRY(put_text(b, "format_in", r->format_in, err));
    LF_TRY(put_text(b, "format_out", r->format_out, err));
    LF_TRY(put_counts(b, r, err));
    LF_TRY(lf_buf_printf(
        b, err,
        ",\"checksum\":{\"in\":\"%016llx\",\"out\":\"%016llx\",\"any_order_in\":\"%016llx\","
        "\"any_order_out\":\"%016llx\"},\"bytes_in\":%llu,\"bytes_out\":%llu,\"elapsed_s\":%.6f",
        (unsigned long long)r->checksum_in, (unsigned long long)r->checksum_out,
        (unsigned long long)r->checksum_any_order_in, (unsigned long long)r->checksum_any_order_out,
        (unsigned long long)r->bytes_in, (unsigned long long)r->bytes_out, r->elapsed_s));
    LF_TRY(put_text(b, "rejects", r->rejects, err));
    LF_TRY(lf_buf_printf(b, err, ",\"differences\":["));
    for (size_t i = 0; i < r->kept_differences; i++) {
        if (i > 0) LF_TRY(lf_buf_append(b, ",", 1, err));
        LF_TRY(put_difference(b, &r->differences[i], err));
    }
    LF_TRY(lf_buf_printf(b, err, "],\"notes\":["));
    for (size_t i = 0; i < r->n_notes; i++) {
        if (i > 0) LF_TRY(lf_buf_append(b, ",", 1, err));
        LF_TRY(lf_buf_append_json(b, r->notes[i], strlen(r->notes[i]), err));
    }
    LF_TRY(lf_buf_printf(b, err, "]}\n"));
    return lf_buf_append(b, "", 1, err);
}

lf_rc lf_verify_fill_json(lf_verify_report *rep, lf_error *err) {
    lf_buf b;
    lf_buf_init(&b, lf_alloc_default(), JSON_MAX);
    lf_rc rc = put_all(&b, rep, err);
    if (rc == LF_OK) {
        rep->json = lf_mem_strdup(lf_alloc_default(), (const char *)b.data);
        if (rep->json == NULL) rc = lf_fail_nomem(err, b.len);
    }
    lf_buf_reset(&b);
    return rc;
}
