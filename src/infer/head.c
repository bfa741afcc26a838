/* See head.h. */
#include "infer/head.h"

void lf_infer_head_init(lf_infer_head *h) {
    *h = (lf_infer_head){.cells = 0};
    lf_evidence_init(&h->evidence);
}

void lf_infer_head_add(lf_infer_head *h, lf_span text, bool quoted, const lf_parse_ctx *c) {
    uint32_t word;
    h->cells++;
    h->nulls += lf_parse_null(text, quoted, c, &word) != LF_NULL_NO;
    lf_evidence_add(&h->evidence, text, quoted, c);
}

static lf_infer_reason reason_of(const lf_evidence *e, lf_type t) {
    const uint32_t spelled = LF_K_BOOL_LOWER | LF_K_BOOL_UPPER | LF_K_BOOL_TITLE;
    uint32_t k = e->kinds & ~(uint32_t)LF_K_WORDS;
    if (!(k & LF_K_BOOL)) k &= ~spelled;
    if ((e->kinds & LF_K_WORDS) && k == 0) k = LF_K_TEXT;
    uint32_t moments = k & (LF_K_DATE | LF_K_TS_LOCAL | LF_K_TS_ZONED);
    uint32_t numbers = k & (LF_K_INT | LF_K_UINT | LF_K_BIGINT | LF_K_FIXED | LF_K_FLOAT);
    if (t.id == LF_T_NULL) return LF_INFER_NO_VALUES;
    if (t.id != LF_T_STRING || k == LF_K_TEXT) return LF_INFER_BY_VALUES;
    if ((k & (LF_K_TEXT | LF_K_BOOL | LF_K_TIME)) || (moments && numbers))
        return k & ~(LF_K_TEXT | LF_K_QUOTED_EMPTY | LF_K_NULL_WORD) ? LF_INFER_MIXED_KINDS
                                                                     : LF_INFER_BY_VALUES;
    if (numbers) return LF_INFER_LONG_DIGITS;
    if (lf_evidence_is_ambiguous(e)) return LF_INFER_AMBIGUOUS_DATE;
    if (e->date_formats == 0) return LF_INFER_MIXED_DATES;
    return moments & LF_K_TS_ZONED ? LF_INFER_MIXED_ZONES : LF_INFER_MIXED_KINDS;
}

lf_type lf_infer_head_type(lf_infer_head *h, bool decimal, uint32_t *date_format_out,
                           lf_infer_reason *reason_out) {
    lf_type t = lf_evidence_type(&h->evidence, decimal);
    *reason_out = reason_of(&h->evidence, t);
    *date_format_out = lf_evidence_date_format(&h->evidence);
    if (t.id == LF_T_STRING) {
        lf_evidence text;
        lf_evidence_of_type(&text, t);
        lf_evidence_join(&h->evidence, &text);
    }
    return t;
}

const char *lf_infer_reason_text(lf_infer_reason r) {
    switch (r) {
    case LF_INFER_BY_VALUES:
        return "";
    case LF_INFER_NO_VALUES:
        return "it holds no values";
    case LF_INFER_AMBIGUOUS_DATE:
        return "day and month cannot be told apart";
    case LF_INFER_MIXED_DATES:
        return "no one date format fits all values";
    case LF_INFER_MIXED_ZONES:
        return "some times have a zone and some have none";
    case LF_INFER_MIXED_KINDS:
        return "values of several types are mixed";
    case LF_INFER_LONG_DIGITS:
        return "its numbers have more digits than a number type holds";
    }
    return "";
}
