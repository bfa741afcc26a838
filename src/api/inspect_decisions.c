#include "api/inspect_decisions.h"
#include "api/inspect_table.h"
#include "decode/csv/csv_decode.h"
#include "decode/csv/csv_facts.h"
#include "infer/cell_text.h"
#include <stdio.h>
#include <string.h>

typedef struct decision {
    lf_span name, value, because; /* because: empty where none is given */
    double confidence;            /* below 0: none */
} decision;

/* The next line of the explanation as a decision; false: it is none, or there is no line. */
static bool next_decision(const lf_inspection *x, const lf_plan *plan, const lf_buf *text,
                          size_t *at, decision *out) {
    const uint8_t *line = text->data + *at;
    const uint8_t *nl = *at < text->len ? memchr(line, '\n', text->len - *at) : NULL;
    size_t n = nl != NULL ? (size_t)(nl - line) : text->len - *at;
    *at += n + 1;
    const uint8_t *colon = n > 0 ? memchr(line, ':', n) : NULL;
    *out = (decision){.value = {line, n}, .confidence = -1};
    if (colon == NULL || line[0] == ' ' || colon + 1 == line + n || colon[1] != ' ') return false;
    out->name = (lf_span){line, (size_t)(colon - line)};
    out->value = (lf_span){colon + 2, n - out->name.len - 2};
    for (size_t i = 0; i + 2 < out->value.len && out->value.data[out->value.len - 1] == ')'; i++) {
        if (memcmp(out->value.data + i, " (", 2) != 0) continue;
        out->because = (lf_span){out->value.data + i + 2, out->value.len - i - 3};
        out->value.len = i;
        break;
    }
    if (out->name.len == 8 && memcmp(out->name.data, "encoding", 8) == 0) {
        out->confidence = x->encoding_sure;
    } else if (((const lf_plan_base *)plan)->type == &lf_csv_decoder) {
        out->confidence = lf_csv_confidence(plan, (const char *)out->name.data, out->name.len);
    }
    return true;
}

static bool is_column(const decision *d) {
    return d->name.len > 7 && memcmp(d->name.data, "column ", 7) == 0;
}

static bool is_column_line(const decision *d) {
    return d->value.len > 7 && memcmp(d->value.data, "column ", 7) == 0;
}

const char *lf_inspect_sure(double confidence, char *buf, size_t cap) {
    double p = 100 * confidence;
    if (confidence < 0) {
        buf[0] = 0;
    } else if (confidence >= 1) {
        (void)snprintf(buf, cap, "100%%");
    } else if (p > 99) {
        (void)snprintf(buf, cap, "%.1f%%", p < 99.9 ? p : 99.9); /* never a full hundred */
    } else {
        (void)snprintf(buf, cap, "%.0f%%", p);
    }
    return buf;
}

static lf_rc explain(lf_inspection *x, const lf_plan *plan, lf_buf *out) {
    lf_buf_clear(out);
    LF_TRY(lf_buf_append(out, x->encoding, strlen(x->encoding), x->err));
    return ((const lf_plan_base *)plan)->type->explain(plan, out, x->err);
}

/* ---- text ---- */

static lf_rc put_decision(lf_inspection *x, const decision *d) {
    char sure[16];
    LF_TRY(lf_buf_append(&x->out, d->name.data, d->name.len, x->err));
    LF_TRY(lf_inspect_puts(x, ": "));
    LF_TRY(lf_buf_append(&x->out, d->value.data, d->value.len, x->err));
    if (d->confidence >= 0) {
        LF_TRY(lf_buf_printf(&x->out, x->err, ", %s sure",
                             lf_inspect_sure(d->confidence, sure, sizeof sure)));
    }
    if (d->because.len > 0) {
        LF_TRY(lf_inspect_puts(x, " ("));
        LF_TRY(lf_buf_append(&x->out, d->because.data, d->because.len, x->err));
        LF_TRY(lf_inspect_puts(x, ")"));
    }
    return lf_inspect_puts(x, "\n");
}

lf_rc lf_inspect_decisions_text(lf_inspection *x, const lf_plan *plan, lf_buf *scratch) {
    const size_t from = x->out.len;
    LF_TRY(explain(x, plan, scratch));
    for (size_t at = 0; at < scratch->len;) {
        decision d;
        if (next_decision(x, plan, scratch, &at, &d)) {
            if (!is_column(&d)) LF_TRY(put_decision(x, &d));
        } else if (!is_column_line(&d)) {
            LF_TRY(lf_buf_append(&x->out, d.value.data, d.value.len, x->err));
            LF_TRY(lf_inspect_puts(x, "\n"));
        }
    }
    return lf_inspect_fold(x, from);
}

/* ---- JSON ---- */

static lf_rc json_span(lf_inspection *x, const char *name, lf_span s) {
    LF_TRY(lf_buf_printf(&x->out, x->err, "\"%s\":", name));
    if (s.len == 0) return lf_inspect_puts(x, "null");
    return lf_buf_append_json(&x->out, s.data, s.len, x->err);
}

lf_rc lf_inspect_decisions_json(lf_inspection *x, const lf_plan *plan, lf_buf *scratch) {
    const char *sep = "\n{";
    LF_TRY(explain(x, plan, scratch));
    for (size_t at = 0; at < scratch->len;) {
        decision d;
        if (!next_decision(x, plan, scratch, &at, &d)) continue;
        LF_TRY(lf_inspect_puts(x, sep));
        LF_TRY(json_span(x, "name", d.name));
        LF_TRY(lf_inspect_puts(x, ","));
        LF_TRY(json_span(x, "value", d.value));
        LF_TRY(d.confidence < 0
                   ? lf_inspect_puts(x, ",\"confidence\":null,")
                   : lf_buf_printf(&x->out, x->err, ",\"confidence\":%.6f,", d.confidence));
        LF_TRY(json_span(x, "because", d.because));
        LF_TRY(lf_inspect_puts(x, "}"));
        sep = ",\n{";
    }
    return LF_OK;
}

/* ---- first values ---- */

static bool starts_character(uint8_t c) {
    return (c & 0xc0) != 0x80;
}

/* Cuts at a character's border, with three points where something is cut. */
static void append(lf_inspect_values *v, const char *s, size_t n) {
    size_t room = sizeof v->text - v->len;
    if (n > room) {
        n = room - 3;
        while (n > 0 && !starts_character((uint8_t)s[n]))
            n--;
        v->full = true;
    }
    memcpy(v->text + v->len, s, n);
    v->len += (uint32_t)n;
    if (!v->full) return;
    memcpy(v->text + v->len, "...", 3);
    v->len += 3;
}

lf_rc lf_inspect_values_add(lf_inspect_values *v, const lf_column *c, const lf_field *f,
                            uint32_t n_rows, lf_buf *scratch, lf_error *err) {
    for (uint32_t r = 0; r < n_rows && !v->full && c->type.id != LF_T_NULL; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        lf_buf_clear(scratch);
        LF_TRY(lf_cell_text(c, f, r, scratch, err));
        const char *s = scratch->len > 0 ? (const char *)scratch->data : "";
        if (v->last_len == scratch->len && v->len > 0 &&
            memcmp(v->text + v->last, s, v->last_len) == 0) {
            continue;
        }
        if (v->len > 0 && v->len + 2 + scratch->len > sizeof v->text) {
            v->full = true;
            return LF_OK;
        }
        if (v->len > 0) append(v, ", ", 2);
        v->last = v->len;
        v->last_len = (uint32_t)scratch->len;
        append(v, s, scratch->len);
    }
    return LF_OK;
}
