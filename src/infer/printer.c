/* See printer.h. Exceptions are ordered by row, so one pass meets them in step. */
#include "infer/printer.h"
#include <string.h>

typedef struct cell_text {
    const uint8_t *data;
    uint32_t len;
    uint8_t state;
} cell_text;

static cell_text text_of(const lf_column *c, uint32_t r, const lf_parse_ctx *ctx, char *scratch) {
    cell_text t = {.state = LF_TEXT_PRESENT, .data = (const uint8_t *)scratch};
    bool valid = lf_column_is_valid(c, r);
    if (!valid && (c->form.null_word == 0 || c->form.null_word > ctx->n_null_words)) {
        t.state = LF_TEXT_NULL;
    } else if (!valid) {
        const char *word = ctx->null_words[c->form.null_word - 1];
        t.data = (const uint8_t *)word;
        t.len = (uint32_t)strlen(word);
    } else if (c->type.id == LF_T_STRING) {
        t.data = c->bytes + c->start[r];
        t.len = c->len[r];
        if (t.len == 0) t.state = LF_TEXT_QUOTED_EMPTY;
    } else {
        t.len = lf_print_value(c->type, lf_column_value(c, r), c->form, ctx->date_format, scratch);
    }
    return t;
}

lf_rc lf_column_texts(const lf_column *c, uint32_t n, const lf_parse_ctx *ctx, lf_buf *bytes,
                      uint32_t *start, uint32_t *len, uint8_t *state, lf_error *err) {
    uint32_t next = 0; /* exception */
    for (uint32_t r = 0; r < n; r++) {
        char scratch[LF_PRINT_MAX];
        cell_text t;
        if (next < c->n_exc && c->exc[next].row == r) {
            const lf_exception *exc = &c->exc[next++];
            t = (cell_text){c->bytes + exc->start, exc->len,
                            exc->len ? LF_TEXT_PRESENT : LF_TEXT_QUOTED_EMPTY};
        } else {
            t = text_of(c, r, ctx, scratch);
        }
        start[r] = (uint32_t)bytes->len;
        len[r] = t.len;
        state[r] = t.state;
        if (t.len > 0) LF_TRY(lf_buf_append(bytes, t.data, t.len, err));
    }
    return LF_OK;
}
