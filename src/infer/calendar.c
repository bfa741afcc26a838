/* Dates by fixed places: the three parts are cut at their separators once, and one mask says under
 * which formats they are a date of the calendar. The column's evidence is the intersection of the
 * masks; day and month are only told apart at the end, for the whole column. */
#include "infer/calendar.h"
#include <string.h>
#include <strings.h>

typedef struct cursor {
    const uint8_t *p, *end;
} cursor;

static bool is_digit(uint8_t c) {
    return (uint8_t)(c - '0') <= 9;
}

static bool eat(cursor *c, char ch) {
    if (c->p == c->end || *c->p != (uint8_t)ch) return false;
    c->p++;
    return true;
}

/* Between `least` and `most` digits. */
static bool number(cursor *c, uint32_t least, uint32_t most, uint32_t *out, uint32_t *n_out) {
    uint32_t n = 0, v = 0;
    while (n < most && c->p < c->end && is_digit(*c->p)) {
        v = v * 10 + (uint32_t)(*c->p++ - '0');
        n++;
    }
    *out = v;
    if (n_out) *n_out = n;
    return n >= least;
}

static bool two(cursor *c, uint32_t max, uint8_t *out) {
    uint32_t v;
    if (!number(c, 2, 2, &v, NULL) || v > max) return false;
    *out = (uint8_t)v;
    return true;
}

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

static bool on_calendar(uint32_t y, uint32_t m, uint32_t d) {
    return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= lf_month_days(y, m);
}

static uint32_t formats_of(const lf_moment *m, uint8_t sep, bool year_first) {
    bool month_first = on_calendar(m->year, m->first, m->second);
    bool day_first = on_calendar(m->year, m->second, m->first);
    if (year_first) {
        if (!month_first) return 0;
        return sep == '-' ? LF_DF_YMD_DASH : sep == '/' ? LF_DF_YMD_SLASH : LF_DF_YMD_DOT;
    }
    uint32_t dmy = sep == '-' ? LF_DF_DMY_DASH : sep == '/' ? LF_DF_DMY_SLASH : LF_DF_DMY_DOT;
    uint32_t mdy = sep == '-' ? LF_DF_MDY_DASH : sep == '/' ? LF_DF_MDY_SLASH : LF_DF_MDY_DOT;
    return (day_first ? dmy : 0) | (month_first ? mdy : 0);
}

static bool scan_date(cursor *c, lf_moment *m) {
    uint32_t a, n_a, n_b, n_c;
    if (!number(c, 1, 4, &a, &n_a) || n_a == 3 || c->p == c->end) return false;
    uint8_t sep = *c->p;
    bool year_first = n_a == 4;
    if (sep != '-' && sep != '/' && sep != '.') return false;
    c->p++;
    if (year_first) {
        m->year = a;
        if (!number(c, 1, 2, &m->first, &n_b) || !eat(c, (char)sep) ||
            !number(c, 1, 2, &m->second, &n_c))
            return false;
    } else {
        m->first = a;
        if (!number(c, 1, 2, &m->second, &n_c) || !eat(c, (char)sep) ||
            !number(c, 4, 4, &m->year, NULL))
            return false;
        n_b = n_a;
    }
    m->first_short = n_b == 1;
    m->second_short = n_c == 1;
    m->formats = formats_of(m, sep, year_first);
    return m->formats != 0;
}

static bool scan_fraction(cursor *c, lf_moment *m) {
    uint32_t n;
    if (!number(c, 1, 9, &m->nanos, &n)) return false;
    m->frac_digits = (uint8_t)n;
    for (; n < 9; n++)
        m->nanos *= 10;
    return true;
}

static bool scan_clock(cursor *c, lf_moment *m) {
    m->has_time = true;
    if (!two(c, 23, &m->hour) || !eat(c, ':') || !two(c, 59, &m->minute)) return false;
    if (!eat(c, ':')) return true;
    m->has_seconds = true;
    if (!two(c, 59, &m->second_of_minute)) return false;
    return !eat(c, '.') || scan_fraction(c, m);
}

/* Z, +HH, +HHMM, +HH:MM; up to 15:59 either way. */
static bool scan_zone(cursor *c, lf_moment *m) {
    uint8_t h, min = 0;
    m->has_zone = true;
    if (eat(c, 'Z')) {
        m->zone_z = true;
        return true;
    }
    bool minus = c->p < c->end && *c->p == '-';
    if (!eat(c, minus ? '-' : '+') || !two(c, 15, &h)) return false;
    m->zone_spelled = 3;
    if (c->p < c->end && (*c->p == ':' || is_digit(*c->p))) {
        m->zone_spelled = eat(c, ':') ? 6 : 5;
        if (!two(c, 59, &min)) return false;
    }
    m->zone_minutes = (minus ? -1 : 1) * (h * 60 + min);
    m->zone_minus_zero = minus && h == 0 && min == 0;
    return true;
}

bool lf_moment_scan(lf_span t, lf_moment *m) {
    cursor c = {t.data, t.data + t.len};
    memset(m, 0, sizeof *m);
    if (t.len < 8 || t.len > 40) return false;
    if (c.p[2] == ':') return scan_clock(&c, m) && m->has_seconds && c.p == c.end;
    if (!scan_date(&c, m)) return false;
    if (c.p == c.end) return true;
    m->t_separator = *c.p == 'T';
    if (!eat(&c, m->t_separator ? 'T' : ' ') || !scan_clock(&c, m)) return false;
    return c.p == c.end || (scan_zone(&c, m) && c.p == c.end);
}

bool lf_moment_date(const lf_moment *m, uint32_t format_bit, int32_t *days_out) {
    if (!(m->formats & format_bit)) return false;
    bool day_first = format_bit & (LF_DF_DMY_SLASH | LF_DF_DMY_DOT | LF_DF_DMY_DASH);
    *days_out = lf_days_from_civil((int32_t)m->year, day_first ? m->second : m->first,
                                   day_first ? m->first : m->second);
    return true;
}

/* ---- explicit formats ---- */

static bool month_name(cursor *c, uint32_t *out) {
    static const char names[12][10] = {"January",   "February", "March",    "April",
                                       "May",       "June",     "July",     "August",
                                       "September", "October",  "November", "December"};
    size_t left = (size_t)(c->end - c->p);
    for (uint32_t i = 0; i < 12; i++) {
        size_t n = strlen(names[i]);
        if (left < n || strncasecmp((const char *)c->p, names[i], n) != 0) n = 3;
        if (left < n || strncasecmp((const char *)c->p, names[i], n) != 0) continue;
        c->p += n;
        *out = i + 1;
        return true;
    }
    return false;
}

enum { SEEN_YEAR = 1, SEEN_MONTH = 2, SEEN_DAY = 4, SEEN_HOUR = 8, SEEN_HALF = 16, SEEN_PM = 32 };

static bool small(cursor *c, uint32_t max, uint8_t *out) {
    uint32_t v;
    if (!number(c, 1, 2, &v, NULL) || v > max) return false;
    *out = (uint8_t)v;
    return true;
}

static bool half_day(cursor *c, uint32_t *seen) {
    if (c->end - c->p < 2 || (c->p[1] | 32) != 'm') return false;
    uint8_t h = c->p[0] | 32;
    if (h != 'a' && h != 'p') return false;
    *seen |= SEEN_HALF | (h == 'p' ? (uint32_t)SEEN_PM : 0);
    c->p += 2;
    return true;
}

static bool directive(cursor *c, char d, lf_moment *m, uint32_t *seen) {
    uint32_t v;
    switch (d) {
    case 'Y':
        *seen |= SEEN_YEAR;
        return number(c, 4, 4, &m->year, NULL);
    case 'y': /* POSIX: 69..99 are 1969..1999 */
        *seen |= SEEN_YEAR;
        if (!number(c, 2, 2, &v, NULL)) return false;
        m->year = v + (v >= 69 ? 1900 : 2000);
        return true;
    case 'm':
        *seen |= SEEN_MONTH;
        return number(c, 1, 2, &m->first, NULL);
    case 'b':
    case 'B':
        *seen |= SEEN_MONTH;
        return month_name(c, &m->first);
    case 'e':
        (void)eat(c, ' ');
        /* fall through */
    case 'd':
        *seen |= SEEN_DAY;
        return number(c, 1, 2, &m->second, NULL);
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
        return scan_fraction(c, m);
    case 'z':
        return scan_zone(c, m);
    default:
        return false;
    }
}

/* %T and %F stand for several directives. */
static const char *expanded(char d) {
    return d == 'T' ? "H:M:S" : d == 'F' ? "Y-m-d" : NULL;
}

bool lf_moment_scan_format(lf_span t, const char *format, lf_moment *m) {
    cursor c = {t.data, t.data + t.len};
    uint32_t seen = 0, date = SEEN_YEAR | SEEN_MONTH | SEEN_DAY;
    memset(m, 0, sizeof *m);
    for (const char *f = format; *f; f++) {
        const char *group = f[0] == '%' ? expanded(f[1]) : NULL;
        if (f[0] != '%' || f[1] == '%') {
            f += f[0] == '%';
            if (!eat(&c, *f)) return false;
        } else if (group) {
            for (; *group; group++)
                if (*group == ':' || *group == '-' ? !eat(&c, *group)
                                                   : !directive(&c, *group, m, &seen))
                    return false;
            f++;
        } else if (!directive(&c, *++f, m, &seen)) {
            return false;
        }
    }
    if (c.p != c.end || ((seen & date) != 0 && (seen & date) != date)) return false;
    if (seen & SEEN_HALF) m->hour = (uint8_t)(m->hour % 12 + (seen & SEEN_PM ? 12 : 0));
    if ((seen & date) && !on_calendar(m->year, m->first, m->second)) return false;
    m->formats = seen & date ? LF_DF_GIVEN : 0;
    return m->formats || m->has_time;
}

static const struct {
    const char *format;
    uint32_t bit;
} known_formats[] = {
    {"%Y-%m-%d", LF_DF_YMD_DASH},  {"%F", LF_DF_YMD_DASH},        {"%Y/%m/%d", LF_DF_YMD_SLASH},
    {"%d/%m/%Y", LF_DF_DMY_SLASH}, {"%m/%d/%Y", LF_DF_MDY_SLASH}, {"%d.%m.%Y", LF_DF_DMY_DOT},
    {"%d-%m-%Y", LF_DF_DMY_DASH},  {"%m-%d-%Y", LF_DF_MDY_DASH},  {"%Y.%m.%d", LF_DF_YMD_DOT},
    {"%m.%d.%Y", LF_DF_MDY_DOT},
};

uint32_t lf_date_format_of(const char *format) {
    for (size_t i = 0; format && i < sizeof known_formats / sizeof *known_formats; i++)
        if (strcmp(known_formats[i].format, format) == 0) return known_formats[i].bit;
    return 0;
}

const char *lf_date_format_text(uint32_t bit) {
    for (size_t i = 0; i < sizeof known_formats / sizeof *known_formats; i++)
        if (known_formats[i].bit == bit) return known_formats[i].format;
    return NULL;
}
