/* One cell, one type. lf_read is the whole definition; lf_parse_value is its public face, and
 * lf_parse_cell adds what surrounds a value: empty cells, null words, quotes and evidence. */
#include "infer/parse.h"
#include "infer/calendar.h"
#include "infer/numeral.h"
#include "infer/print.h"
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

static const uint32_t bool_kinds[LF_BOOL_PAIRS][2] = {
    {0, 0}, {LF_K_NO, LF_K_YES}, {LF_K_N, LF_K_Y}, {LF_K_OFF, LF_K_ON}, {LF_K_F, LF_K_T}};

bool lf_bool_read(lf_span t, lf_bool_word_read *out) {
    uint8_t folded[5];
    uint32_t uppers = 0;
    char word[6];
    if (t.len == 0 || t.len > 5 || memchr("tfynoTFYNO", t.data[0], 10) == NULL) return false;
    for (size_t i = 0; i < t.len; i++) {
        bool up = t.data[i] >= 'A' && t.data[i] <= 'Z';
        uppers += up;
        folded[i] = up ? t.data[i] | 32 : t.data[i];
    }
    bool title = uppers == 1 && t.data[0] != folded[0] && t.len > 1;
    if (uppers != 0 && uppers != t.len && !title) return false;
    for (uint8_t pair = 0; pair < LF_BOOL_PAIRS; pair++) {
        for (uint32_t v = 0; v < 2; v++) {
            if (lf_bool_word(pair, v, word) != t.len || memcmp(word, folded, t.len) != 0) continue;
            out->value = (uint8_t)v;
            out->kind = bool_kinds[pair][v];
            out->form = (lf_form){.kind = title        ? LF_FORM_BOOL_TITLE
                                          : uppers > 0 ? LF_FORM_BOOL_UPPER
                                                       : LF_FORM_BOOL_LOWER,
                                  .style = pair};
            return true;
        }
    }
    return false;
}

static bool read_bool(lf_span t, const lf_parse_ctx *c, lf_reading *r) {
    lf_bool_word_read w;
    if (!lf_bool_read(t, &w)) return false;
    if (w.kind != 0 && !c->given_type && !(c->bool_words & w.kind)) return false;
    r->value.b = w.value;
    add_form(r, w.form);
    return true;
}

/* "00123" and "+5" are integers where integers were asked for. */
static lf_span without_front(lf_span t, char room[24]) {
    size_t at = t.len > 0 && (t.data[0] == '+' || t.data[0] == '-');
    size_t digits = at;
    while (digits + 1 < t.len && t.data[digits] == '0' && t.data[digits + 1] >= '0' &&
           t.data[digits + 1] <= '9')
        digits++;
    if (at == 0 || t.data[0] == '+') {
        if (at == 1 && t.len > 1 && (t.data[1] == '-' || t.data[1] == '+')) return t;
        return (lf_span){t.data + digits, t.len - digits};
    }
    if (digits == at || t.len - digits > 22) return t;
    room[0] = '-';
    memcpy(room + 1, t.data + digits, t.len - digits);
    return (lf_span){(const uint8_t *)room, t.len - digits + 1};
}

static bool read_integer(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    char room[24];
    lf_span plain = c->given_type ? without_front(text, room) : text;
    bool read = t.id == LF_T_INT64 ? lf_parse_int64(plain, &r->value.i64)
                                   : lf_parse_uint64(plain, &r->value.u64);
    if (read && plain.len == text.len && !is_word(text, "-0", 2))
        add_form(r, (lf_form){.kind = LF_FORM_PLAIN});
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
    *unpadded =
        m->second_short == (m->second < 10) && (m->named || m->first_short == (m->first < 10));
    if (m->formats & (LF_DF_CTIME | LF_DF_BASIC)) *unpadded = false;
}

static bool scan_moment(lf_span text, const lf_parse_ctx *c, lf_moment *m) {
    return c->format ? lf_moment_scan_format(text, c, m) : lf_moment_scan(text, c, true, m);
}

/* The form with everything that is not told by other members: `f` and, where the text leaves it
 * open ("May", "10:05 PM"), the same form spelled otherwise. */
static void add_styles(const lf_moment *m, lf_form f, lf_reading *r) {
    if (m->unprintable) return;
    if (m->separator == LF_SEPARATOR_COLON) f.words |= LF_WORDS_COLON;
    if (m->separator == LF_SEPARATOR_COMMA) f.words |= LF_WORDS_COMMA;
    if (m->frac_comma) f.style |= LF_STYLE_FRAC_COMMA;
    if (m->twelve) {
        f.style |= LF_STYLE_TWELVE | (m->half_lower ? LF_STYLE_HALF_LOWER : 0) |
                   (m->half_tight ? LF_STYLE_HALF_TIGHT : 0);
        if (m->hour_short) f.style |= LF_STYLE_HOUR_SHORT;
    }
    bool has_month = m->named && m->formats != LF_DF_BASIC;
    if (has_month) {
        f.style |= m->month.spelling;
        f.words |= m->month.names | (m->month.dot ? LF_WORDS_POINT : 0) |
                   (m->weekday_full ? LF_WORDS_WEEKDAY_FULL : 0);
    }
    uint32_t hour = (m->hour + 11u) % 12 + 1;
    for (uint32_t full = 0; full < 2; full++) {
        if (has_month ? !(full ? m->month.is_full : m->month.is_short) : full) continue;
        lf_form g = f;
        if (full) g.style |= LF_STYLE_FULL;
        add_form(r, g);
        if (m->twelve && !m->hour_short && hour >= 10) {
            g.style |= LF_STYLE_HOUR_SHORT;
            add_form(r, g);
        }
    }
}

static bool read_date(lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_moment m;
    bool padded, unpadded;
    if (!scan_moment(text, c, &m) || m.has_time || m.has_zone ||
        !lf_moment_date(&m, c->format ? LF_DF_GIVEN : c->date_format, &r->value.date))
        return false;
    if (c->format) return true;
    date_shapes(&m, &padded, &unpadded);
    if (padded) add_styles(&m, (lf_form){0}, r);
    if (unpadded) add_styles(&m, (lf_form){.kind = LF_FORM_DATE_UNPADDED}, r);
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
    lf_form f = {.param = m.frac_digits, .kind = m.has_seconds ? 0 : LF_FORM_TS_NO_SECONDS};
    add_styles(&m, f, r);
    f.param = LF_FORM_FRAC_TRIMMED;
    if (m.has_seconds && fraction_is_trimmed(&m)) add_styles(&m, f, r);
    return true;
}

/* False where no form spells the zone so. */
static bool zone_form(const lf_moment *m, lf_form *f) {
    if (!m->has_zone) return true;
    uint8_t blank = m->zone_blank ? LF_ZONE_BLANK : 0;
    if (m->zone_z || m->zone_word != 0) {
        f->zone = blank | (m->zone_z ? LF_ZONE_Z : m->zone_word == 1 ? LF_ZONE_UTC : LF_ZONE_GMT);
        return true;
    }
    if (m->zone_minus_zero || m->zone_minutes % 15 != 0 || m->zone_minutes < -900 ||
        m->zone_minutes > 900)
        return false;
    f->zone = (uint8_t)(blank | (LF_ZONE_OFFSET_BASE + (m->zone_minutes + 900) / 15));
    if (m->zone_spelled == 5) f->kind |= LF_FORM_TS_ZONE_HHMM;
    if (m->zone_spelled == 3) f->kind |= LF_FORM_TS_ZONE_HH;
    return true;
}

static void timestamp_forms(const lf_moment *m, lf_reading *r) {
    lf_form f = {.param = m->frac_digits};
    bool padded, unpadded;
    if (!zone_form(m, &f)) return;
    if (!m->has_time) f.kind |= LF_FORM_TS_DATE_ONLY;
    if (m->separator == LF_SEPARATOR_T) f.kind |= LF_FORM_TS_T;
    if (m->has_time && !m->has_seconds) f.kind |= LF_FORM_TS_NO_SECONDS;
    date_shapes(m, &padded, &unpadded);
    for (uint32_t trimmed = 0; trimmed <= (m->has_seconds && fraction_is_trimmed(m)); trimmed++) {
        if (trimmed) f.param = LF_FORM_FRAC_TRIMMED;
        f.kind &= (uint8_t)~LF_FORM_TS_UNPADDED;
        if (padded) add_styles(m, f, r);
        f.kind |= LF_FORM_TS_UNPADDED;
        if (unpadded) add_styles(m, f, r);
    }
}

uint32_t lf_epoch_digits(const char *format) {
    static const char *const units[] = {"epoch:s", "epoch:ms", "epoch:us", "epoch:ns"};
    for (uint32_t i = 0; format != NULL && i < 4; i++)
        if (strcmp(format, units[i]) == 0) return i * 3;
    return UINT32_MAX;
}

/* A count of units since 1970, perhaps with a fraction. */
static bool read_epoch(lf_type t, lf_span text, uint32_t digits, lf_reading *r) {
    const uint32_t wanted = t.unit == LF_UNIT_NS ? 9 : 6;
    const int64_t per_second = t.unit == LF_UNIT_NS ? 1000000000 : 1000000;
    const int64_t least = -62135596800, most = 253402300799; /* the years 1 to 9999 */
    uint64_t v[2];
    lf_number n;
    if (!lf_number_scan(text, &n)) return false;
    if (!lf_number_to_decimal(&n, wanted < digits ? 0 : wanted - digits, true, v)) return false;
    int64_t value = (int64_t)v[0];
    if (v[1] != (value < 0 ? UINT64_MAX : 0)) return false;
    if (wanted < digits) { /* nanoseconds in a column of microseconds */
        if (value % 1000 != 0) return false;
        value /= 1000;
    }
    r->value.i64 = value;
    return value / per_second >= least && value / per_second <= most;
}

static bool read_timestamp(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    lf_moment m;
    int32_t days;
    uint32_t epoch = lf_epoch_digits(c->format);
    if (epoch != UINT32_MAX) return read_epoch(t, text, epoch, r);
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

static bool read_plain(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    r->n_forms = 0;
    r->any_form = false;
    if (text.len == 0) return t.id == LF_T_STRING;
    switch (t.id) {
    case LF_T_BOOL:
        return read_bool(text, c, r);
    case LF_T_INT64:
    case LF_T_UINT64:
        return read_integer(t, text, c, r);
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

/* Undressed, read, and dressed again: forms that do not give the text back are none. */
static bool read_dressed(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    char room[LF_NUMERAL_MAX];
    lf_form dress, plain_forms[LF_FORMS_MAX];
    lf_span plain;
    if (!lf_numeral_undress(text, c, room, &plain, &dress) || !read_plain(t, plain, c, r))
        return false;
    uint32_t n = r->n_forms;
    memcpy(plain_forms, r->forms, n * sizeof *plain_forms);
    r->n_forms = 0;
    for (uint32_t i = 0; i < n; i++) {
        lf_form f = plain_forms[i];
        f.style = dress.style;
        f.words = dress.words;
        for (uint32_t other = 0; other < 2; other++) {
            if (lf_print_matches(t, r->value, f, c->date_format, text)) add_form(r, f);
            /* Below a thousand and without a fraction a mark that is not there may be meant. */
            uint8_t marks = (c->numbers & LF_NUMBERS_GROUPS ? LF_STYLE_GROUPS : 0) |
                            (c->numbers & LF_NUMBERS_COMMA ? LF_STYLE_COMMA : 0);
            if ((f.style & marks) == marks) break;
            f.style |= marks;
            if (!(dress.style & LF_STYLE_GROUPS)) f.words |= lf_numeral_mark_words(c->group_mark);
        }
    }
    return true;
}

static bool is_number(lf_type t) {
    return t.id == LF_T_INT64 || t.id == LF_T_UINT64 || t.id == LF_T_DOUBLE || t.id == LF_T_DECIMAL;
}

bool lf_read(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *r) {
    if (c->numbers != 0 && is_number(t) && text.len > 0) return read_dressed(t, text, c, r);
    return read_plain(t, text, c, r);
}

bool lf_parse_value(lf_type t, lf_span text, const lf_parse_ctx *c, lf_value *out,
                    lf_form *form_out, bool *exact_out) {
    if (t.id == LF_T_INT64 && c->numbers == 0 &&
        lf_parse_int64(text, &out->i64)) { /* the commonest, without detour */
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
