/* Printing is the inverse of reading: what lf_parse_value called exact, lf_print_value gives back
 * byte for byte. A column that turns into text late is read back from its own pages and printed, so
 * a wrong byte here would be a wrong byte in somebody's data. */
#include "infer/print.h"
#include "infer/calendar_name.h"
#include "infer/number.h"
#include "infer/numeral.h"
#include <string.h>

static const double pow10_table[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static uint32_t put_u64(uint64_t v, char *out) {
    char tmp[20];
    uint32_t n = 0;
    do {
        tmp[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v != 0);
    for (uint32_t i = 0; i < n; i++)
        out[i] = tmp[n - 1 - i];
    return n;
}

static uint32_t put_padded(uint32_t v, uint32_t width, char *out) {
    for (uint32_t i = width; i > 0; i--, v /= 10)
        out[i - 1] = (char)('0' + v % 10);
    return width;
}

static uint32_t put_part(uint32_t v, bool unpadded, char *out) {
    return put_padded(v, unpadded && v < 10 ? 1 : 2, out);
}

/* ---- doubles ---- */

/* Shortest digits of v > 0 into d (no zeros at the end); v = d[0].d[1]... * 10^exp10. */
static uint32_t shortest_digits(double v, char d[24], int *exp10) {
    uint64_t digits = lf_number_shortest(v, exp10);
    uint32_t len = put_u64(digits, d);
    *exp10 += (int)len - 1;
    while (len > 1 && d[len - 1] == '0')
        len--;
    return len;
}

static uint32_t put_exponent(int e, char *out) {
    uint32_t n = 0, a = (uint32_t)(e < 0 ? -e : e);
    out[n++] = 'e';
    out[n++] = e < 0 ? '-' : '+';
    return n + put_padded(a, a >= 100 ? 3 : 2, out + n);
}

uint32_t lf_print_double_shortest(double v, char out[LF_PRINT_MAX]) {
    uint32_t n = 0;
    char d[24];
    int e = 0;
    if (v != v) {
        memcpy(out, "NaN", 3);
        return 3;
    }
    if (__builtin_signbit(v)) {
        out[n++] = '-';
        v = -v;
    }
    if (v == 0) {
        out[n++] = '0';
        return n;
    }
    if (v > 1.7976931348623157e308) {
        memcpy(out + n, "Infinity", 8);
        return n + 8;
    }
    uint32_t len = shortest_digits(v, d, &e);
    if (e < -5 || e >= 15) {
        out[n++] = d[0];
        if (len > 1) out[n++] = '.';
        memcpy(out + n, d + 1, len - 1);
        n += len - 1;
        return n + put_exponent(e, out + n);
    }
    if (e < 0) {
        memcpy(out + n, "0.0000", 6);
        n += 1 + (uint32_t)-e;
        memcpy(out + n, d, len);
        return n + len;
    }
    uint32_t before = (uint32_t)e + 1;
    for (uint32_t i = 0; i < before; i++)
        out[n++] = i < len ? d[i] : '0';
    if (len > before) {
        out[n++] = '.';
        memcpy(out + n, d + before, len - before);
        n += len - before;
    }
    return n;
}

/* `digits` after the point. Exact without the C library where the digits are at most 15. */
static uint32_t print_fixed(double v, uint32_t digits, char out[LF_PRINT_MAX]) {
    double a = v < 0 ? -v : v;
    if (v != v) return lf_print_double_shortest(v, out);
    if (digits <= 15 && a < 1e15 && a * pow10_table[digits] < 1e15) {
        uint64_t m = (uint64_t)(a * pow10_table[digits] + 0.5), unit = 1;
        if ((double)m / pow10_table[digits] == a) {
            uint32_t n = 0;
            for (uint32_t i = 0; i < digits; i++)
                unit *= 10;
            if (__builtin_signbit(v)) out[n++] = '-';
            n += put_u64(m / unit, out + n);
            if (digits == 0) return n;
            out[n++] = '.';
            m %= unit;
            for (uint32_t i = digits; i > 0; i--, m /= 10)
                out[n + i - 1] = (char)('0' + m % 10);
            return n + digits;
        }
    }
    uint32_t n = lf_number_print_c(v, 'f', digits, out, LF_PRINT_MAX);
    return n ? n : lf_print_double_shortest(v, out);
}

static uint32_t print_double(double v, lf_form f, char out[LF_PRINT_MAX]) {
    uint32_t n = 0;
    if (v != v) return lf_print_double_shortest(v, out);
    if (f.kind == LF_FORM_FIXED) return print_fixed(v, f.param, out);
    if (f.kind == LF_FORM_EXP || f.kind == LF_FORM_EXP_UPPER)
        n = lf_number_print_c(v, f.kind == LF_FORM_EXP ? 'e' : 'E', f.param, out, LF_PRINT_MAX);
    return n ? n : lf_print_double_shortest(v, out);
}

/* ---- decimals ---- */

static uint32_t print_decimal(lf_value value, uint32_t scale, lf_form f, char out[LF_PRINT_MAX]) {
    unsigned __int128 v = (unsigned __int128)value.dec[1] << 64 | value.dec[0];
    char d[48]; /* digits, last first */
    uint32_t len = 0, n = 0, cut = 0;
    if (value.dec[1] >> 63) {
        v = 0 - v;
        out[n++] = '-';
    }
    while (v >> 64) { /* 18 digits at a time: 128-bit division is slow */
        uint64_t low = (uint64_t)(v % 1000000000000000000u);
        v /= 1000000000000000000u;
        for (uint32_t i = 0; i < 18; i++, low /= 10)
            d[len++] = (char)('0' + low % 10);
    }
    for (uint64_t w = (uint64_t)v; w != 0; w /= 10)
        d[len++] = (char)('0' + w % 10);
    while (len <= scale)
        d[len++] = '0';
    if (f.kind == LF_FORM_FIXED && f.param < scale) cut = scale - f.param;
    if (f.kind == LF_FORM_TRIMMED)
        while (cut < scale && d[cut] == '0')
            cut++;
    for (uint32_t i = len; i > scale; i--)
        out[n++] = d[i - 1];
    if (cut < scale) out[n++] = '.';
    for (uint32_t i = scale; i > cut; i--)
        out[n++] = d[i - 1];
    return n;
}

/* ---- dates and times ---- */

static uint32_t print_date(int32_t days, uint32_t format_bit, bool unpadded, char *out) {
    int32_t y;
    uint32_t m, d, n = 0;
    lf_civil_from_days(days, &y, &m, &d);
    uint32_t year = y < 0 ? 0 : y > 9999 ? 9999 : (uint32_t)y;
    bool year_last = format_bit & (LF_DF_DMY_SLASH | LF_DF_MDY_SLASH | LF_DF_DMY_DOT |
                                   LF_DF_MDY_DOT | LF_DF_DMY_DASH | LF_DF_MDY_DASH);
    bool month_first = !(format_bit & (LF_DF_DMY_SLASH | LF_DF_DMY_DOT | LF_DF_DMY_DASH));
    char sep = '-';
    if (format_bit & (LF_DF_YMD_SLASH | LF_DF_DMY_SLASH | LF_DF_MDY_SLASH)) sep = '/';
    if (format_bit & (LF_DF_YMD_DOT | LF_DF_DMY_DOT | LF_DF_MDY_DOT)) sep = '.';
    if (!year_last) {
        n = put_padded(year, 4, out);
        out[n++] = sep;
    }
    n += put_part(month_first ? m : d, unpadded, out + n);
    out[n++] = sep;
    n += put_part(month_first ? d : m, unpadded, out + n);
    if (!year_last) return n;
    out[n++] = sep;
    return n + put_padded(year, 4, out + n);
}

static bool is_named(uint32_t format_bit) {
    return (format_bit & LF_DF_ALL & ~(uint32_t)LF_DF_NUMERIC) != 0;
}

static uint32_t print_fraction(uint32_t nanos, uint32_t digits, char *out) {
    char nine[9];
    put_padded(nanos, 9, nine);
    if (digits == LF_FORM_FRAC_TRIMMED)
        for (digits = 9; digits > 0 && nine[digits - 1] == '0';)
            digits--;
    if (digits == 0) return 0;
    if (digits > 9) digits = 9;
    out[0] = '.';
    memcpy(out + 1, nine, digits);
    return digits + 1;
}

/* `second`: of the day; seconds and fraction unless `no_seconds`. */
static uint32_t print_clock(uint32_t second, uint32_t nanos, lf_form f, bool no_seconds, bool basic,
                            char *out) {
    uint32_t hour = second / 3600, n, frac;
    bool twelve = f.style & LF_STYLE_TWELVE;
    uint32_t shown = twelve ? (hour + 11) % 12 + 1 : hour;
    n = put_part(shown, f.style & LF_STYLE_HOUR_SHORT, out);
    if (!basic) out[n++] = ':';
    n += put_padded(second / 60 % 60, 2, out + n);
    if (!no_seconds) {
        if (!basic) out[n++] = ':';
        n += put_padded(second % 60, 2, out + n);
        frac = print_fraction(nanos, f.param, out + n);
        if (frac > 0 && (f.style & LF_STYLE_FRAC_COMMA)) out[n] = ',';
        n += frac;
    }
    if (!twelve) return n;
    bool lower = f.style & LF_STYLE_HALF_LOWER;
    if (!(f.style & LF_STYLE_HALF_TIGHT)) out[n++] = ' ';
    out[n++] = (char)((hour < 12 ? 'A' : 'P') | (lower ? 32 : 0));
    out[n++] = lower ? 'm' : 'M';
    return n;
}

static int32_t zone_minutes(lf_form f) {
    uint32_t zone = f.zone & ~(uint32_t)LF_ZONE_BLANK;
    if (zone < LF_ZONE_OFFSET_BASE || zone >= LF_ZONE_UTC) return 0;
    return ((int32_t)zone - LF_ZONE_OFFSET_BASE - 60) * 15;
}

static uint32_t print_zone(lf_form f, char *out) {
    uint32_t zone = f.zone & ~(uint32_t)LF_ZONE_BLANK, n = 0;
    if (f.zone == LF_ZONE_NONE) return 0;
    if (f.zone & LF_ZONE_BLANK) out[n++] = ' ';
    if (zone == LF_ZONE_Z) {
        out[n] = 'Z';
        return n + 1;
    }
    if (zone == LF_ZONE_UTC || zone == LF_ZONE_GMT) {
        memcpy(out + n, zone == LF_ZONE_UTC ? "UTC" : "GMT", 3);
        return n + 3;
    }
    int32_t z = zone_minutes(f);
    uint32_t a = (uint32_t)(z < 0 ? -z : z);
    out[n++] = z < 0 ? '-' : '+';
    n += put_padded(a / 60, 2, out + n);
    if (f.kind & LF_FORM_TS_ZONE_HH) return n;
    if (!(f.kind & LF_FORM_TS_ZONE_HHMM)) out[n++] = ':';
    return n + put_padded(a % 60, 2, out + n);
}

static uint32_t print_timestamp(lf_type t, int64_t v, lf_form f, uint32_t format_bit, char *out) {
    int64_t per_second = t.unit == LF_UNIT_NS ? 1000000000 : 1000000;
    int64_t second = v / per_second, part = v % per_second;
    if (part < 0) {
        part += per_second;
        second--;
    }
    second += (int64_t)zone_minutes(f) * 60;
    int64_t day = second / 86400;
    second %= 86400;
    if (second < 0) {
        second += 86400;
        day--;
    }
    uint32_t nanos = (uint32_t)(t.unit == LF_UNIT_NS ? part : part * 1000);
    char clock[48];
    lf_span time = {(const uint8_t *)clock, 0};
    if (!(f.kind & LF_FORM_TS_DATE_ONLY)) {
        time.len = print_clock((uint32_t)second, nanos, f, f.kind & LF_FORM_TS_NO_SECONDS,
                               format_bit == LF_DF_BASIC, clock);
        time.len += print_zone(f, clock + time.len);
    }
    bool unpadded = f.kind & LF_FORM_TS_UNPADDED, used = false;
    uint32_t n;
    if (is_named(format_bit))
        n = lf_named_print((int32_t)day, format_bit, f, unpadded, time, &used, out);
    else
        n = print_date((int32_t)day, format_bit, unpadded, out);
    if (used || (f.kind & LF_FORM_TS_DATE_ONLY)) return n;
    if (f.words & LF_WORDS_COMMA) out[n++] = ',';
    out[n++] = f.words & LF_WORDS_COLON ? ':' : f.kind & LF_FORM_TS_T ? 'T' : ' ';
    memcpy(out + n, clock, time.len);
    return n + (uint32_t)time.len;
}

static uint32_t print_time(lf_type t, int64_t v, lf_form f, char *out) {
    int64_t per_second = t.unit == LF_UNIT_NS ? 1000000000 : 1000000;
    uint32_t part = (uint32_t)(v % per_second);
    return print_clock((uint32_t)(v / per_second), t.unit == LF_UNIT_NS ? part : part * 1000, f,
                       f.kind & LF_FORM_TS_NO_SECONDS, false, out);
}

uint32_t lf_bool_word(uint32_t pair, bool value, char out[6]) {
    static const char words[LF_BOOL_PAIRS][2][6] = {
        {"false", "true"}, {"no", "yes"}, {"n", "y"}, {"off", "on"}, {"f", "t"}};
    const char *w = words[pair < LF_BOOL_PAIRS ? pair : 0][value];
    uint32_t n = (uint32_t)strlen(w);
    memcpy(out, w, n);
    return n;
}

static uint32_t print_bool(uint8_t v, lf_form f, char *out) {
    uint32_t n = lf_bool_word(f.style, v != 0, out);
    uint32_t upper = f.kind == LF_FORM_BOOL_UPPER ? n : f.kind == LF_FORM_BOOL_TITLE;
    for (uint32_t i = 0; i < upper; i++)
        out[i] = (char)(out[i] & ~32);
    return n;
}

static uint32_t print_named_date(int32_t days, lf_form f, uint32_t format_bit, char *out) {
    bool used;
    return lf_named_print(days, format_bit, f, f.kind & LF_FORM_DATE_UNPADDED, (lf_span){0}, &used,
                          out);
}

static uint32_t print_value(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit,
                            char out[LF_PRINT_MAX]) {
    switch (t.id) {
    case LF_T_BOOL:
        return print_bool(v.b, f, out);
    case LF_T_INT64: {
        uint32_t n = v.i64 < 0;
        out[0] = '-';
        return n + put_u64(v.i64 < 0 ? 0 - (uint64_t)v.i64 : (uint64_t)v.i64, out + n);
    }
    case LF_T_UINT64:
        return put_u64(v.u64, out);
    case LF_T_DOUBLE:
        return print_double(v.f64, f, out);
    case LF_T_DECIMAL:
        return print_decimal(v, t.scale, f, out);
    case LF_T_DATE:
        if (is_named(date_format_bit)) return print_named_date(v.date, f, date_format_bit, out);
        return print_date(v.date, date_format_bit, f.kind & LF_FORM_DATE_UNPADDED, out);
    case LF_T_TIME:
        return print_time(t, v.i64, f, out);
    case LF_T_TIMESTAMP:
        return print_timestamp(t, v.i64, f, date_format_bit, out);
    default:
        return 0;
    }
}

uint32_t lf_print_value(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit,
                        char out[LF_PRINT_MAX]) {
    uint32_t n = print_value(t, v, f, date_format_bit, out);
    bool number =
        t.id == LF_T_INT64 || t.id == LF_T_UINT64 || t.id == LF_T_DOUBLE || t.id == LF_T_DECIMAL;
    return number && (f.style | f.words) != 0 ? lf_numeral_dress(f, out, n) : n;
}

bool lf_print_matches(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit, lf_span text) {
    char out[LF_PRINT_MAX];
    if (text.len > LF_PRINT_MAX) return false;
    uint32_t n = lf_print_value(t, v, f, date_format_bit, out);
    return n == text.len && memcmp(out, text.data, n) == 0;
}

lf_value lf_column_value(const lf_column *c, uint32_t row) {
    lf_value v = {.dec = {0, 0}};
    switch (c->type.id) {
    case LF_T_BOOL:
        v.b = ((const uint8_t *)c->values)[row];
        break;
    case LF_T_DATE:
        v.date = ((const int32_t *)c->values)[row];
        break;
    case LF_T_DECIMAL:
        if (c->type.precision > 18) {
            memcpy(v.dec, (const uint8_t *)c->values + (size_t)row * 16, 16);
        } else {
            int64_t x = ((const int64_t *)c->values)[row];
            v.dec[0] = (uint64_t)x;
            v.dec[1] = x < 0 ? UINT64_MAX : 0;
        }
        break;
    case LF_T_NULL:
    case LF_T_STRING:
    case LF_T_LIST:
    case LF_T_STRUCT:
    case LF_T_MAP:
        break;
    default:
        v.u64 = ((const uint64_t *)c->values)[row];
    }
    return v;
}
