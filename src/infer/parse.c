/* One cell, one type. lf_read is the whole definition; lf_parse_value is its public face, and
 * lf_parse_cell adds what surrounds a value: empty cells, null words, quotes and evidence. */
#include "infer/parse.h"
#include "infer/calendar.h"
#include "infer/reading.h"
#include <string.h>

const char *const lf_null_words_default[] = {"\\N", "NULL", "null", "NA", "N/A", "NaN", "-", NULL};

void lf_parse_ctx_init(lf_parse_ctx *c) {
    *c = (lf_parse_ctx){
        .null_words = lf_null_words_default, .n_null_words = 7, .date_format = LF_DF_YMD_DASH};
}

static bool is_word(lf_span t, const char *word, size_t n) {
    return t.len == n && memcmp(t.data, word, n) == 0;
}

static void add_form(lf_reading *r, lf_form f) {
    if (r->n_forms < LF_FORMS_MAX) r->forms[r->n_forms++] = f;
}

static bool read_bool(lf_span t, lf_reading *r) {
    static const char words[2][3][6] = {{"false", "FALSE", "False"}, {"true", "TRUE", "True"}};
    if (t.len != 4 && t.len != 5) return false;
    uint32_t v = t.len == 4;
    for (uint8_t kind = 0; kind < 3; kind++)
        if (memcmp(t.data, words[v][kind], t.len) == 0) {
            r->value.b = (uint8_t)v;
            add_form(r, (lf_form){.kind = kind});
            return true;
        }
    return false;
}

static bool read_integer(lf_type t, lf_span text, lf_reading *r) {
    bool read = t.id == LF_T_INT64 ? lf_parse_int64(text, &r->value.i64)
                                   : lf_parse_uint64(text, &r->value.u64);
    if (read && !is_word(text, "-0", 2)) add_form(r, (lf_form){.kind = LF_FORM_PLAIN});
    return read;
}

static bool read_double(lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_number n;
    if (is_word(text, "NaN", 3)) {
        r->value.f64 = __builtin_nan("");
        add_form(r, (lf_form){.kind = LF_FORM_SHORTEST});
        r->any_form = true;
        return true;
    }
    if (!lf_number_scan(text, &n) || !lf_number_to_double(&n, text, &r->value.f64)) return false;
    r->n_forms = lf_number_forms_double(&n, text, r->value.f64, r->forms);
    bool loses =
        n.sig > 15 || (n.sig > 0 && __builtin_fabs(r->value.f64) < 2.2250738585072014e-308);
    return !loses || r->n_forms > 0 || c->given_type;
}

static bool read_decimal(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_number n;
    if (!lf_number_scan(text, &n) || lf_number_int_digits(&n) > (uint32_t)t.precision - t.scale ||
        !lf_number_to_decimal(&n, t.scale, c->given_type, r->value.dec))
        return false;
    r->n_forms = lf_number_forms_decimal(&n, t.scale, r->forms);
    return true;
}

/* Padded: no part was cut to one digit. Unpadded: every part below 10 was. */
static void date_shapes(const lf_moment *m, bool *padded, bool *unpadded) {
    *padded = !m->first_short && !m->second_short;
    *unpadded = m->first_short == (m->first < 10) && m->second_short == (m->second < 10);
}

static bool scan_moment(lf_span text, const lf_parse_ctx *c, lf_moment *m) {
    return c->format ? lf_moment_scan_format(text, c->format, m) : lf_moment_scan(text, m);
}

static bool read_date(lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_moment m;
    bool padded, unpadded;
    if (!scan_moment(text, c, &m) || m.has_time || m.has_zone ||
        !lf_moment_date(&m, c->format ? LF_DF_GIVEN : c->date_format, &r->value.date))
        return false;
    if (c->format) return true;
    date_shapes(&m, &padded, &unpadded);
    if (padded) add_form(r, (lf_form){0});
    if (unpadded) add_form(r, (lf_form){.kind = LF_FORM_DATE_UNPADDED});
    return true;
}

/* Nanoseconds of the second in the type's unit; false where that would cut digits off. */
static bool in_unit(lf_type t, int64_t seconds, uint32_t nanos, int64_t *out) {
    if (t.unit == LF_UNIT_NS) {
        *out = seconds * 1000000000 + nanos;
        return true;
    }
    *out = seconds * 1000000 + nanos / 1000;
    return nanos % 1000 == 0;
}

static bool fraction_is_trimmed(const lf_moment *m) {
    uint32_t unit = 1;
    for (uint32_t i = m->frac_digits; i < 9; i++)
        unit *= 10;
    return m->frac_digits == 0 || m->nanos / unit % 10 != 0;
}

static bool read_time(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_moment m;
    if (!scan_moment(text, c, &m) || m.formats != 0 || !m.has_time || m.has_zone) return false;
    int64_t seconds = m.hour * 3600 + m.minute * 60 + m.second_of_minute;
    if (!in_unit(t, seconds, m.nanos, &r->value.i64)) return false;
    if (c->format) return true;
    add_form(r, (lf_form){.param = m.frac_digits});
    if (fraction_is_trimmed(&m)) add_form(r, (lf_form){.param = LF_FORM_FRAC_TRIMMED});
    return true;
}

/* False where no form spells the zone so. */
static bool zone_form(const lf_moment *m, lf_form *f) {
    if (!m->has_zone) return true;
    if (m->zone_z) {
        f->zone = LF_ZONE_Z;
        return true;
    }
    if (m->zone_minus_zero || m->zone_minutes % 15 != 0 || m->zone_minutes < -900 ||
        m->zone_minutes > 900)
        return false;
    f->zone = (uint8_t)(LF_ZONE_OFFSET_BASE + (m->zone_minutes + 900) / 15);
    if (m->zone_spelled == 5) f->kind |= LF_FORM_TS_ZONE_HHMM;
    if (m->zone_spelled == 3) f->kind |= LF_FORM_TS_ZONE_HH;
    return true;
}

static void timestamp_forms(const lf_moment *m, lf_reading *r) {
    lf_form f = {.param = m->frac_digits};
    bool padded, unpadded;
    if (!zone_form(m, &f)) return;
    if (!m->has_time) f.kind |= LF_FORM_TS_DATE_ONLY;
    if (m->t_separator) f.kind |= LF_FORM_TS_T;
    if (m->has_time && !m->has_seconds) f.kind |= LF_FORM_TS_NO_SECONDS;
    date_shapes(m, &padded, &unpadded);
    for (uint32_t trimmed = 0; trimmed <= (m->has_seconds && fraction_is_trimmed(m)); trimmed++) {
        if (trimmed) f.param = LF_FORM_FRAC_TRIMMED;
        f.kind &= (uint8_t)~LF_FORM_TS_UNPADDED;
        if (padded) add_form(r, f);
        f.kind |= LF_FORM_TS_UNPADDED;
        if (unpadded) add_form(r, f);
    }
}

static bool read_timestamp(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_moment m;
    int32_t days;
    if (!scan_moment(text, c, &m) ||
        !lf_moment_date(&m, c->format ? LF_DF_GIVEN : c->date_format, &days))
        return false;
    if (m.has_zone != (t.utc != 0) && !(c->format && !m.has_zone)) return false;
    if (t.unit == LF_UNIT_NS && lf_moment_out_of_ns(&m)) return false;
    int64_t seconds = (int64_t)days * 86400 + m.hour * 3600 + m.minute * 60 + m.second_of_minute -
                      (int64_t)m.zone_minutes * 60;
    if (!in_unit(t, seconds, m.nanos, &r->value.i64)) return false;
    if (!c->format) timestamp_forms(&m, r);
    return true;
}

bool lf_read(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    *r = (lf_reading){.n_forms = 0};
    if (text.len == 0) return t.id == LF_T_STRING;
    switch (t.id) {
    case LF_T_BOOL:
        return read_bool(text, r);
    case LF_T_INT64:
    case LF_T_UINT64:
        return read_integer(t, text, r);
    case LF_T_DOUBLE:
        return read_double(text, c, r);
    case LF_T_DECIMAL:
        return read_decimal(t, text, c, r);
    case LF_T_DATE:
        return read_date(text, c, r);
    case LF_T_TIME:
        return read_time(t, text, c, r);
    case LF_T_TIMESTAMP:
        return read_timestamp(t, text, c, r);
    case LF_T_STRING:
        add_form(r, (lf_form){0});
        return true;
    default:
        return false;
    }
}

bool lf_parse_value(lf_type t, lf_span text, const lf_parse_ctx *c, lf_value *out,
                    lf_form *form_out, bool *exact_out) {
    if (t.id == LF_T_INT64 && lf_parse_int64(text, &out->i64)) { /* the commonest, without detour */
        *form_out = (lf_form){0};
        *exact_out = !is_word(text, "-0", 2);
        return true;
    }
    lf_reading r;
    if (!lf_read(t, text, c, &r)) return false;
    *out = r.value;
    *form_out = r.n_forms ? r.forms[0] : (lf_form){0};
    *exact_out = r.n_forms > 0;
    return true;
}

lf_null_mode lf_parse_null(lf_span text, bool quoted, const lf_parse_ctx *c, uint32_t *word_out) {
    if (text.len == 0) return LF_NULL_EMPTY;
    if (quoted) return LF_NULL_NO;
    for (uint32_t i = 0; i < c->n_null_words; i++) {
        const char *w = c->null_words[i];
        if ((uint8_t)w[0] == text.data[0] && is_word(text, w, strlen(w))) {
            *word_out = i;
            return LF_NULL_WORD;
        }
    }
    return LF_NULL_NO;
}

lf_cell lf_parse_cell(lf_type t, lf_span text, bool quoted, const lf_parse_ctx *c, lf_evidence *e,
                      lf_value *out, lf_form *form_out, bool *exact_out, uint32_t *null_out) {
    uint32_t word = 0;
    lf_null_mode null = lf_parse_null(text, quoted, c, &word);
    bool is_text = t.id == LF_T_STRING, nan = is_word(text, "NaN", 3);
    if (e && !is_text) lf_evidence_add(e, text, quoted, c);
    if (null == LF_NULL_EMPTY && !(is_text && quoted)) {
        *null_out = quoted ? LF_NULL_QUOTED : 0;
        return LF_CELL_NULL;
    }
    if (null == LF_NULL_WORD &&
        (c->null_words_everywhere || !(is_text || (nan && t.id == LF_T_DOUBLE)))) {
        *null_out = word + 1;
        return LF_CELL_NULL;
    }
    if (nan && quoted && !is_text) return LF_CELL_MISFIT;
    if (is_text) {
        *form_out = (lf_form){0};
        *exact_out = true;
        return LF_CELL_VALUE;
    }
    return lf_parse_value(t, text, c, out, form_out, exact_out) ? LF_CELL_VALUE : LF_CELL_MISFIT;
}
