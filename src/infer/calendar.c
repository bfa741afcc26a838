/* Dates by fixed places: the three parts are cut at their separators once, and one mask says under
 * which formats they are a date of the calendar. The column's evidence is the intersection of the
 * masks; day and month are only told apart at the end, for the whole column. */
#include "core/error.h"
#include "infer/calendar_scan.h"
#include <string.h>

uint32_t lf_month_days(uint32_t y, uint32_t m) {
    static const uint8_t days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = y % 4 == 0 && (y % 100 != 0 || y % 400 == 0);
    return days[m] + (m == 2 && leap);
}

/* Howard Hinnant's algorithms: eras of 400 years, years that begin in March. */
int32_t lf_days_from_civil(int32_t y, uint32_t m, uint32_t d) {
    y -= m <= 2;
    int32_t era = (y >= 0 ? y : y - 399) / 400;
    uint32_t yoe = (uint32_t)(y - era * 400);
    uint32_t doy = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    uint32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + (int32_t)doe - 719468;
}

void lf_civil_from_days(int32_t days, int32_t *y, uint32_t *m, uint32_t *d) {
    int64_t z = (int64_t)days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    uint32_t doe = (uint32_t)(z - era * 146097);
    uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    uint32_t mp = (5 * doy + 2) / 153;
    *d = doy - (153 * mp + 2) / 5 + 1;
    *m = mp < 10 ? mp + 3 : mp - 9;
    *y = (int32_t)(yoe + era * 400) + (*m <= 2);
}

bool lf_scan_on_calendar(uint32_t y, uint32_t m, uint32_t d) {
    return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= lf_month_days(y, m);
}

static uint32_t formats_of(const lf_moment *m, uint8_t sep, bool year_first) {
    bool month_first = lf_scan_on_calendar(m->year, m->first, m->second);
    bool day_first = lf_scan_on_calendar(m->year, m->second, m->first);
    if (year_first) {
        if (!month_first) return 0;
        return sep == '-' ? LF_DF_YMD_DASH : sep == '/' ? LF_DF_YMD_SLASH : LF_DF_YMD_DOT;
    }
    uint32_t dmy = sep == '-' ? LF_DF_DMY_DASH : sep == '/' ? LF_DF_DMY_SLASH : LF_DF_DMY_DOT;
    uint32_t mdy = sep == '-' ? LF_DF_MDY_DASH : sep == '/' ? LF_DF_MDY_SLASH : LF_DF_MDY_DOT;
    return (day_first ? dmy : 0) | (month_first ? mdy : 0);
}

static bool scan_date(lf_scan *c, lf_moment *m) {
    uint32_t a, n_a, n_b, n_c;
    if (!lf_scan_number(c, 1, 4, &a, &n_a) || n_a == 3 || c->p == c->end) return false;
    uint8_t sep = *c->p;
    bool year_first = n_a == 4;
    if (sep != '-' && sep != '/' && sep != '.') return false;
    c->p++;
    if (year_first) {
        m->year = a;
        if (!lf_scan_number(c, 1, 2, &m->first, &n_b) || !lf_scan_eat(c, (char)sep) ||
            !lf_scan_number(c, 1, 2, &m->second, &n_c))
            return false;
    } else {
        m->first = a;
        if (!lf_scan_number(c, 1, 2, &m->second, &n_c) || !lf_scan_eat(c, (char)sep) ||
            !lf_scan_number(c, 4, 4, &m->year, NULL))
            return false;
        n_b = n_a;
    }
    m->first_short = n_b == 1;
    m->second_short = n_c == 1;
    m->formats = formats_of(m, sep, year_first);
    return m->formats != 0;
}

bool lf_scan_fraction(lf_scan *c, lf_moment *m) {
    uint32_t n;
    if (!lf_scan_number(c, 1, 9, &m->nanos, &n)) return false;
    m->frac_digits = (uint8_t)n;
    for (; n < 9; n++)
        m->nanos *= 10;
    return true;
}

/* AM, PM, am, pm, behind a blank or not; `hour` becomes one of 24. */
static bool scan_half(lf_scan *c, lf_moment *m) {
    lf_scan at = *c;
    bool tight = !lf_scan_eat(&at, ' ');
    if (at.end - at.p < 2 || (at.p[1] | 32) != 'm') return false;
    bool lower = at.p[1] == 'm', pm = (at.p[0] | 32) == 'p';
    if (!pm && (at.p[0] | 32) != 'a') return false;
    if (lower != (at.p[0] >= 'a') || m->hour < 1 || m->hour > 12) return false;
    m->twelve = true;
    m->half_lower = lower;
    m->half_tight = tight;
    m->hour = (uint8_t)(m->hour % 12 + (pm ? 12 : 0));
    c->p = at.p + 2;
    return true;
}

bool lf_scan_clock(lf_scan *c, bool basic, lf_moment *m) {
    uint32_t hour, n;
    m->has_time = true;
    if (!lf_scan_number(c, basic ? 2 : 1, 2, &hour, &n) || hour > 23) return false;
    m->hour = (uint8_t)hour;
    m->hour_short = n == 1;
    if ((!basic && !lf_scan_eat(c, ':')) || !lf_scan_two(c, 59, &m->minute)) return false;
    if (basic ? c->p < c->end && lf_scan_is_digit(*c->p) : lf_scan_eat(c, ':')) {
        m->has_seconds = true;
        if (!lf_scan_two(c, 59, &m->second_of_minute)) return false;
        m->frac_comma = c->p < c->end && *c->p == ',';
        if ((m->frac_comma || (c->p < c->end && *c->p == '.')) && (c->p++, !lf_scan_fraction(c, m)))
            return false;
    }
    return basic || scan_half(c, m) || !m->hour_short;
}

static bool scan_zone_word(lf_scan *c, lf_moment *m) {
    if (c->end - c->p < 3) return false;
    m->zone_word = memcmp(c->p, "UTC", 3) == 0 ? 1 : memcmp(c->p, "GMT", 3) == 0 ? 2 : 0;
    if (m->zone_word != 0) c->p += 3;
    return m->zone_word != 0;
}

/* Offsets go up to 15:59 either way. */
bool lf_scan_zone(lf_scan *c, lf_moment *m) {
    uint8_t h, min = 0;
    m->has_zone = true;
    m->zone_blank = lf_scan_eat(c, ' ');
    if (lf_scan_eat(c, 'Z')) {
        m->zone_z = true;
        return true;
    }
    if (scan_zone_word(c, m)) return true;
    bool minus = c->p < c->end && *c->p == '-';
    if (!lf_scan_eat(c, minus ? '-' : '+') || !lf_scan_two(c, 15, &h)) return false;
    m->zone_spelled = 3;
    if (c->p < c->end && (*c->p == ':' || lf_scan_is_digit(*c->p))) {
        m->zone_spelled = lf_scan_eat(c, ':') ? 6 : 5;
        if (!lf_scan_two(c, 59, &min)) return false;
    }
    m->zone_minutes = (minus ? -1 : 1) * (h * 60 + min);
    m->zone_minus_zero = minus && h == 0 && min == 0;
    return true;
}

bool lf_scan_rest(lf_scan *c, bool basic, lf_moment *m) {
    if (c->p == c->end) return !basic;
    if (lf_scan_eat(c, 'T'))
        m->separator = LF_SEPARATOR_T;
    else if (basic)
        return false;
    else if (lf_scan_eat(c, ','))
        m->separator = LF_SEPARATOR_COMMA;
    else if (m->formats == LF_DF_DMY_NAME_SLASH && lf_scan_eat(c, ':'))
        m->separator = LF_SEPARATOR_COLON;
    if ((m->separator == LF_SEPARATOR_BLANK || m->separator == LF_SEPARATOR_COMMA) &&
        !lf_scan_eat(c, ' '))
        return false;
    if (!lf_scan_clock(c, basic, m)) return false;
    return c->p == c->end || (lf_scan_zone(c, m) && c->p == c->end);
}

/* A date that reads both ways is read by the order that was asked for. */
static void apply_order(const lf_parse_ctx *c, lf_moment *m) {
    const uint32_t day_first = LF_DF_DMY_SLASH | LF_DF_DMY_DOT | LF_DF_DMY_DASH;
    if (c->date_order == LF_ORDER_NONE || (m->formats & (m->formats - 1)) == 0) return;
    m->formats &= c->date_order == LF_ORDER_DAY_FIRST ? day_first : ~day_first;
}

static bool scan_numeric(lf_span t, lf_moment *m) {
    lf_scan c = {t.data, t.data + t.len};
    if (t.len < 8) return false;
    return scan_date(&c, m) && lf_scan_rest(&c, false, m);
}

bool lf_moment_scan(lf_span t, const lf_parse_ctx *ctx, bool decided, lf_moment *m) {
    *m = (lf_moment){.formats = 0};
    if (t.len < 6 || t.len > 72) return false;
    uint32_t named = LF_DF_ALL & ~(uint32_t)LF_DF_NUMERIC;
    const uint8_t *p = t.data;
    if (p[1] == ':' || p[2] == ':') {
        lf_scan c = {p, p + t.len};
        return lf_scan_clock(&c, false, m) && (m->has_seconds || m->twelve) && c.p == c.end;
    }
    if (decided && (ctx->date_format & named) != 0)
        return lf_scan_named(t, ctx->month_names, ctx->date_format, m);
    if (lf_scan_is_digit(p[0])) {
        if (scan_numeric(t, m)) {
            apply_order(ctx, m);
            return true;
        }
        *m = (lf_moment){.formats = 0};
    }
    return !(decided && (ctx->date_format & LF_DF_NUMERIC)) &&
           lf_scan_named(t, ctx->month_names, named, m);
}

bool lf_moment_date(const lf_moment *m, uint32_t format_bit, int32_t *days_out) {
    if (!(m->formats & format_bit)) return false;
    bool day_first = format_bit & (LF_DF_DMY_SLASH | LF_DF_DMY_DOT | LF_DF_DMY_DASH);
    *days_out = lf_days_from_civil((int32_t)m->year, day_first ? m->second : m->first,
                                   day_first ? m->first : m->second);
    return true;
}

/* ---- explicit formats ---- */

static bool month_name(lf_scan *c, uint8_t names, uint32_t *out) {
    lf_month_word w;
    uint32_t n = lf_month_read((lf_span){c->p, (size_t)(c->end - c->p)}, names, &w);
    *out = w.month;
    c->p += n - (n > 0 && w.dot); /* a point stands in the format, or not at all */
    return n > 0;
}

static bool weekday_name(lf_scan *c) {
    uint32_t day, spelling, n;
    bool full;
    n = lf_weekday_read((lf_span){c->p, (size_t)(c->end - c->p)}, &day, &full, &spelling);
    c->p += n;
    return n > 0;
}

enum { SEEN_YEAR = 1, SEEN_MONTH = 2, SEEN_DAY = 4, SEEN_HOUR = 8, SEEN_HALF = 16, SEEN_PM = 32 };

static bool small(lf_scan *c, uint32_t max, uint8_t *out) {
    uint32_t v;
    if (!lf_scan_number(c, 1, 2, &v, NULL) || v > max) return false;
    *out = (uint8_t)v;
    return true;
}

static bool half_day(lf_scan *c, uint32_t *seen) {
    if (c->end - c->p < 2 || (c->p[1] | 32) != 'm') return false;
    uint8_t h = c->p[0] | 32;
    if (h != 'a' && h != 'p') return false;
    *seen |= SEEN_HALF | (h == 'p' ? (uint32_t)SEEN_PM : 0);
    c->p += 2;
    return true;
}

static bool directive(lf_scan *c, char d, uint8_t names, lf_moment *m, uint32_t *seen) {
    uint32_t v;
    switch (d) {
    case 'Y':
        *seen |= SEEN_YEAR;
        return lf_scan_number(c, 4, 4, &m->year, NULL);
    case 'y': /* POSIX: 69..99 are 1969..1999 */
        *seen |= SEEN_YEAR;
        if (!lf_scan_number(c, 2, 2, &v, NULL)) return false;
        m->year = v + (v >= 69 ? 1900 : 2000);
        return true;
    case 'm':
        *seen |= SEEN_MONTH;
        return lf_scan_number(c, 1, 2, &m->first, NULL);
    case 'b':
    case 'B':
        *seen |= SEEN_MONTH;
        return month_name(c, names, &m->first);
    case 'a':
    case 'A':
        return weekday_name(c);
    case 'e':
        (void)lf_scan_eat(c, ' ');
        /* fall through */
    case 'd':
        *seen |= SEEN_DAY;
        return lf_scan_number(c, 1, 2, &m->second, NULL);
    case 'H':
    case 'I':
        *seen |= SEEN_HOUR;
        m->has_time = true;
        return small(c, d == 'H' ? 23 : 12, &m->hour) && (d == 'H' || m->hour > 0);
    case 'p':
        return half_day(c, seen);
    case 'M':
        return small(c, 59, &m->minute);
    case 'S':
        m->has_seconds = true;
        return small(c, 59, &m->second_of_minute);
    case 'f':
        return lf_scan_fraction(c, m);
    case 'z':
        return lf_scan_zone(c, m);
    default:
        return false;
    }
}

/* %T and %F stand for several directives. */
static const char *expanded(char d) {
    return d == 'T' ? "H:M:S" : d == 'F' ? "Y-m-d" : NULL;
}

bool lf_moment_scan_format(lf_span t, const lf_parse_ctx *ctx, lf_moment *m) {
    lf_scan c = {t.data, t.data + t.len};
    uint32_t seen = 0, date = SEEN_YEAR | SEEN_MONTH | SEEN_DAY;
    memset(m, 0, sizeof *m);
    for (const char *f = ctx->format; *f; f++) {
        const char *group = f[0] == '%' ? expanded(f[1]) : NULL;
        if (f[0] != '%' || f[1] == '%') {
            f += f[0] == '%';
            if (!lf_scan_eat(&c, *f)) return false;
        } else if (group) {
            for (; *group; group++)
                if (*group == ':' || *group == '-'
                        ? !lf_scan_eat(&c, *group)
                        : !directive(&c, *group, ctx->month_names, m, &seen))
                    return false;
            f++;
        } else if (!directive(&c, *++f, ctx->month_names, m, &seen)) {
            return false;
        }
    }
    if (c.p != c.end || ((seen & date) != 0 && (seen & date) != date)) return false;
    if (seen & SEEN_HALF) m->hour = (uint8_t)(m->hour % 12 + (seen & SEEN_PM ? 12 : 0));
    if ((seen & date) && !lf_scan_on_calendar(m->year, m->first, m->second)) return false;
    m->formats = seen & date ? LF_DF_GIVEN : 0;
    return m->formats || m->has_time;
}

/* What a directive gives; UINT32_MAX: it is none. */
static uint32_t given_by(char d) {
    switch (d) {
    case 'Y':
    case 'y':
        return SEEN_YEAR;
    case 'm':
    case 'b':
    case 'B':
        return SEEN_MONTH;
    case 'd':
    case 'e':
        return SEEN_DAY;
    case 'F':
        return SEEN_YEAR | SEEN_MONTH | SEEN_DAY;
    case 'H':
    case 'I':
    case 'T':
        return SEEN_HOUR;
    default:
        return d != '\0' && strchr("aApMSfz%", d) != NULL ? 0 : UINT32_MAX;
    }
}

lf_rc lf_date_format_check(const char *format, lf_type t, lf_error *err) {
    const uint32_t date = SEEN_YEAR | SEEN_MONTH | SEEN_DAY;
    uint32_t seen = 0;
    if (t.id != LF_T_DATE && t.id != LF_T_TIME && t.id != LF_T_TIMESTAMP)
        return lf_fail(err, LF_ESCHEMA, "only a date, time or timestamp has a format");
    if (t.id == LF_T_TIMESTAMP && lf_epoch_digits(format) != UINT32_MAX) return LF_OK;
    for (const char *f = format; *f; f++) {
        if (*f != '%') continue;
        const uint32_t given = given_by(*++f);
        char text[8];
        if (given == UINT32_MAX)
            return lf_fail(
                err, LF_ESCHEMA,
                "%%%s in the format is none of %%Y %%y %%m %%b %%B %%d %%e %%a %%A %%H "
                "%%I %%p %%M %%S %%f %%z %%F %%T %%%%",
                lf_error_text(text, sizeof text, (lf_span){(const uint8_t *)f, *f != 0}));
        seen |= given;
    }
    const uint32_t wanted = t.id == LF_T_TIME ? SEEN_HOUR : date;
    const uint32_t extra = seen & ~wanted, lacks = wanted & ~seen;
    if (lacks != 0)
        return lf_fail(err, LF_ESCHEMA, "the format \"%.60s\" has no %s", format,
                       lacks & SEEN_YEAR    ? "year (%Y)"
                       : lacks & SEEN_MONTH ? "month (%m)"
                       : lacks & SEEN_DAY   ? "day (%d)"
                                            : "hour (%H)");
    if (extra != 0 && t.id != LF_T_TIMESTAMP)
        return lf_fail(err, LF_ESCHEMA, "the format \"%.60s\" has a %s, but the type is %s", format,
                       t.id == LF_T_TIME ? "date" : "time", t.id == LF_T_TIME ? "time" : "date");
    return LF_OK;
}

static const struct {
    const char *format;
    uint32_t bit;
} known_formats[] = {
    {"%Y-%m-%d", LF_DF_YMD_DASH},          {"%F", LF_DF_YMD_DASH},
    {"%Y/%m/%d", LF_DF_YMD_SLASH},         {"%d/%m/%Y", LF_DF_DMY_SLASH},
    {"%m/%d/%Y", LF_DF_MDY_SLASH},         {"%d.%m.%Y", LF_DF_DMY_DOT},
    {"%d-%m-%Y", LF_DF_DMY_DASH},          {"%m-%d-%Y", LF_DF_MDY_DASH},
    {"%Y.%m.%d", LF_DF_YMD_DOT},           {"%m.%d.%Y", LF_DF_MDY_DOT},
    {"%d-%b-%Y", LF_DF_DMY_NAME_DASH},     {"%d %b %Y", LF_DF_DMY_NAME_BLANK},
    {"%d/%b/%Y", LF_DF_DMY_NAME_SLASH},    {"%d. %b %Y", LF_DF_DMY_NAME_POINT},
    {"%d de %b de %Y", LF_DF_DMY_NAME_DE}, {"%b %d, %Y", LF_DF_MDY_NAME_COMMA},
    {"%b %d %Y", LF_DF_MDY_NAME_BLANK},    {"%Y-%b-%d", LF_DF_YMD_NAME_DASH},
    {"%a, %d %b %Y", LF_DF_DAY_DMY_NAME},  {"%a, %b %d, %Y", LF_DF_DAY_MDY_NAME},
    {"%a %b %e %T %Y", LF_DF_CTIME},       {"%Y%m%dT%H%M%S", LF_DF_BASIC},
};

/* %B and %A read as %b and %a do: short and full names alike. */
static bool same_format(const char *a, const char *b) {
    for (; *a && *b; a++, b++) {
        char x = *a == 'B' ? 'b' : *a == 'A' ? 'a' : *a;
        if (x != *b) return false;
    }
    return *a == *b;
}

uint32_t lf_date_format_of(const char *format) {
    for (size_t i = 0; format && i < sizeof known_formats / sizeof *known_formats; i++)
        if (same_format(format, known_formats[i].format)) return known_formats[i].bit;
    return 0;
}

const char *lf_date_format_text(uint32_t bit) {
    static const uint32_t n = sizeof known_formats / sizeof *known_formats;
    if (bit == 0 || (bit & (bit - 1)) != 0) return NULL;
    if (bit == LF_DF_YMD_DASH) return known_formats[0].format;
    uint32_t at = (uint32_t)__builtin_ctz(bit) + 1; /* in the order of the bits, behind %F */
    return at < n && known_formats[at].bit == bit ? known_formats[at].format : NULL;
}
