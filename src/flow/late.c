/* flow/late.c - see late.h. */
#include "flow/late.h"
#include "core/limits.h"
#include <string.h>

typedef struct widen_iter {
    lf_column_iter base;
    lf_column_iter *old;
    lf_type from;
    lf_trace_cursor cursor;
    const lf_parse_ctx *ctx;
    const lf_alloc *alloc;
    lf_retyper *retyper;
    lf_trace_column *rebuilt;
} widen_iter;

bool lf_late_is_bare(lf_type t) {
    return t.id == LF_T_BOOL || t.id == LF_T_INT64 || t.id == LF_T_UINT64 || t.id == LF_T_DOUBLE ||
           t.id == LF_T_DECIMAL;
}

/* One row's text, as it stood in the input. */
static lf_rc add_row(widen_iter *w, const lf_column *col, uint32_t r, lf_error *err) {
    bool is_exc = false;
    lf_span text = {0};
    lf_form form = {0};
    if (w->cursor.c != NULL) form = lf_trace_next(&w->cursor, &is_exc, &text);
    if (is_exc) return lf_retyper_add(w->retyper, text, text.len == 0, err);
    if (!lf_column_is_valid(col, r)) {
        if (form.null_word > 0 && form.null_word <= w->ctx->n_null_words) {
            const char *word = w->ctx->null_words[form.null_word - 1];
            return lf_retyper_add(w->retyper, (lf_span){(const uint8_t *)word, strlen(word)}, false,
                                  err);
        }
        return lf_retyper_add(w->retyper, (lf_span){NULL, 0}, false, err);
    }
    if (w->from.id == LF_T_STRING || w->from.id == LF_T_NULL) {
        text = (lf_span){col->bytes + col->start[r], col->len[r]};
        return lf_retyper_add(w->retyper, text, text.len == 0, err);
    }
    char buf[LF_PRINT_MAX];
    uint32_t date_format = w->cursor.c != NULL ? w->cursor.c->date_format : w->ctx->date_format;
    text.data = (const uint8_t *)buf;
    text.len = lf_print_value(w->from, lf_column_value(col, r), form, date_format, buf);
    return lf_retyper_add(w->retyper, text, false, err);
}

static lf_rc widen_next(lf_column_iter *it, lf_column *out, uint32_t *n_rows_out, lf_error *err) {
    widen_iter *w = (widen_iter *)it;
    lf_column col = {0};
    uint32_t n = 0;
    LF_TRY(w->old->next(w->old, &col, &n, err));
    lf_retyper_reset(w->retyper);
    for (uint32_t r = 0; r < n; r++)
        LF_TRY(add_row(w, &col, r, err));
    if (w->cursor.rc != LF_OK) {
        if (err != NULL) *err = w->cursor.err;
        return w->cursor.rc;
    }
    lf_retyper_finish(w->retyper, out, n_rows_out);
    if (*n_rows_out != n) return lf_fail(err, LF_EINTERNAL, "re-typing lost rows");
    if (w->rebuilt == NULL || n == 0) return LF_OK;
    lf_column as = *out;
    if (as.type.id == LF_T_STRING) as.form.kind = lf_late_is_bare(w->from) ? LF_FORM_TEXT_BARE : 0;
    return lf_trace_add(w->rebuilt, &as, n, err);
}

static void widen_close(lf_column_iter *it) {
    widen_iter *w = (widen_iter *)it;
    w->old->close(w->old);
    lf_trace_cursor_reset(&w->cursor);
    lf_retyper_destroy(w->retyper);
    lf_mem_free(w->alloc, w, sizeof *w);
}

lf_rc lf_late_widen(lf_column_iter *old, lf_type from, const lf_trace_column *trace, lf_type to,
                    const lf_parse_ctx *ctx, const lf_alloc *a, lf_trace_column *rebuilt,
                    lf_column_iter **out, lf_error *err) {
    widen_iter *w = lf_mem_zalloc(a, sizeof *w);
    if (w == NULL) {
        old->close(old);
        return lf_fail_nomem(err, sizeof *w);
    }
    w->base = (lf_column_iter){widen_next, widen_close};
    w->old = old;
    w->from = from;
    w->ctx = ctx;
    w->alloc = a;
    w->rebuilt = rebuilt;
    if (trace != NULL) lf_trace_cursor_init(&w->cursor, trace);
    lf_rc rc = lf_retyper_create(a, to, ctx, &w->retyper, err);
    if (rc != LF_OK) {
        widen_close(&w->base);
        return rc;
    }
    *out = &w->base;
    return LF_OK;
}

void lf_late_text_view(const lf_column *c, uint32_t n_rows, uint64_t *valid_words, lf_column *out) {
    memset(valid_words, 0, (n_rows + 63) / 64 * sizeof *valid_words);
    uint32_t nulls = 0;
    for (uint32_t r = 0; r < n_rows; r++) {
        bool has = c->len[r] > 0;
        valid_words[r >> 6] |= (uint64_t)has << (r & 63);
        nulls += !has;
    }
    for (uint32_t i = 0; i < c->n_exc; i++) { /* "" in quotes is empty text, not null */
        if (c->exc[i].len != 0) continue;
        uint32_t r = c->exc[i].row;
        nulls -= !((valid_words[r >> 6] >> (r & 63)) & 1);
        valid_words[r >> 6] |= 1ull << (r & 63);
    }
    *out = (lf_column){.type = {.id = LF_T_STRING},
                       .null_count = nulls,
                       .bytes = c->bytes,
                       .start = c->start,
                       .len = c->len,
                       .validity = nulls > 0 ? valid_words : NULL};
}
