/* Dates with the name of a month: one layout a format bit, walked alike to read and to print, so
 * that what reads without remark prints back. */
#include "infer/calendar_name.h"
#include "infer/calendar_scan.h"
#include "infer/print.h"
#include <string.h>

/* The layout that a bit reads by; lf_date_format_text is its face to users. */
static const char *layout_of(uint32_t bit) {
    return bit == LF_DF_BASIC ? "%Y%m%d" : lf_date_format_text(bit);
}

/* What reading one layout finds beside the moment. */
typedef struct named {
    uint32_t weekday, weekday_spelling;
    bool has_weekday;
} named;

static bool read_month(lf_scan *c, uint8_t names, bool point_follows, lf_moment *m) {
    lf_month_word *w = &m->month;
    uint32_t n = lf_month_read((lf_span){c->p, (size_t)(c->end - c->p)}, names, w);
    if (n == 0) return false;
    if (w->dot && (point_follows || w->is_full) && !w->is_short) return false;
    if (w->dot) w->is_full = false; /* "Mai." is short */
    m->unprintable |= w->spelling == LF_CASE_OTHER || (!w->is_full && !w->is_short);
    m->first = w->month;
    c->p += n;
    return true;
}

static bool read_day(lf_scan *c, bool blank_padded, lf_moment *m) {
    uint32_t n;
    bool blank = blank_padded && lf_scan_eat(c, ' ');
    if (!lf_scan_number(c, 1, blank ? 1 : 2, &m->second, &n)) return false;
    m->second_short = n == 1 && !blank_padded;
    m->unprintable |= blank_padded && (blank ? n != 1 : n == 1 || m->second < 10);
    return true;
}

static bool read_part(lf_scan *c, char what, uint8_t names, lf_moment *m, named *x) {
    uint32_t n;
    uint8_t part;
    switch (what) {
    case 'Y':
        return lf_scan_number(c, 4, 4, &m->year, NULL);
    case 'b':
        return read_month(c, names, false, m);
    case 'd':
        if (m->formats == LF_DF_BASIC) {
            if (!lf_scan_two(c, 31, &part)) return false;
            m->second = part;
            return true;
        }
        return read_day(c, false, m);
    case 'e':
        return read_day(c, true, m);
    case 'm':
        if (!lf_scan_two(c, 12, &part)) return false;
        m->first = part;
        return true;
    case 'a':
        x->has_weekday = true;
        n = lf_weekday_read((lf_span){c->p, (size_t)(c->end - c->p)}, &x->weekday, &m->weekday_full,
                            &x->weekday_spelling);
        c->p += n;
        return n > 0;
    default: /* T */
        if (!lf_scan_clock(c, false, m) || m->hour_short) return false;
        return c->p + 1 >= c->end || lf_scan_is_digit(c->p[1]) || lf_scan_zone(c, m);
    }
}

static bool read_layout(lf_span t, uint32_t bit, uint8_t names, lf_moment *m) {
    lf_scan c = {t.data, t.data + t.len};
    named x = {0};
    *m = (lf_moment){.formats = bit, .named = true};
    for (const char *f = layout_of(bit); *f; f++) {
        if (*f != '%') {
            if (!lf_scan_eat(&c, *f)) return false;
        } else if (!read_part(&c, *++f, names, m, &x)) {
            return false;
        }
    }
    if (!lf_scan_on_calendar(m->year, m->first, m->second)) return false;
    if (bit == LF_DF_CTIME ? c.p != c.end : !lf_scan_rest(&c, bit == LF_DF_BASIC, m)) return false;
    if (!x.has_weekday) return true;
    m->unprintable |= x.weekday_spelling != m->month.spelling;
    int32_t days = lf_days_from_civil((int32_t)m->year, m->first, m->second);
    return (uint32_t)((days + 4) % 7 + 7) % 7 == x.weekday; /* 1970-01-01 was a Thursday */
}

/* How a named date may end: a digit, Z, UTC, GMT, AM, pm. Most text does not: looked at first. */
static bool ends_well(lf_span t) {
    uint8_t last = t.data[t.len - 1], before = t.data[t.len - 2];
    if (lf_scan_is_digit(last)) return true;
    if (last == 'Z') return lf_scan_is_digit(before) || before == ' ';
    if (last == 'C' || last == 'T') return before == (last == 'C' ? 'T' : 'M');
    return (last == 'M' && (before == 'A' || before == 'P')) ||
           (last == 'm' && (before == 'a' || before == 'p'));
}

bool lf_scan_named(lf_span t, uint8_t names, uint32_t formats, lf_moment *m) {
    const uint32_t begins_with_digit = LF_DF_DMY_NAME_DASH | LF_DF_DMY_NAME_BLANK |
                                       LF_DF_DMY_NAME_SLASH | LF_DF_DMY_NAME_POINT |
                                       LF_DF_DMY_NAME_DE | LF_DF_YMD_NAME_DASH | LF_DF_BASIC;
    if (t.len < 8 || !ends_well(t)) return false;
    formats &= lf_scan_is_digit(t.data[0]) ? begins_with_digit : ~begins_with_digit;
    for (; formats != 0; formats &= formats - 1)
        if (read_layout(t, formats & (0u - formats), names, m)) return true;
    return false;
}

static uint32_t put_digits(uint32_t v, uint32_t width, char *out) {
    for (uint32_t i = width; i > 0; i--, v /= 10)
        out[i - 1] = (char)('0' + v % 10);
    return width;
}

uint32_t lf_named_print(int32_t days, uint32_t format_bit, lf_form f, bool unpadded, lf_span clock,
                        bool *clock_used_out, char *out) {
    int32_t y;
    uint32_t m, d, n = 0, spelling = f.style & LF_STYLE_CASE;
    lf_civil_from_days(days, &y, &m, &d);
    *clock_used_out = false;
    for (const char *p = layout_of(format_bit); *p; p++) {
        if (*p != '%') {
            out[n++] = *p;
            continue;
        }
        switch (*++p) {
        case 'Y':
            n += put_digits(y < 0 ? 0 : y > 9999 ? 9999 : (uint32_t)y, 4, out + n);
            break;
        case 'b':
            n += lf_month_print(f.words & LF_WORDS_LANGUAGE, m, f.style & LF_STYLE_FULL, spelling,
                                out + n);
            if (f.words & LF_WORDS_POINT) out[n++] = '.';
            break;
        case 'm':
            n += put_digits(m, 2, out + n);
            break;
        case 'd':
            n += put_digits(d, unpadded && d < 10 ? 1 : 2, out + n);
            break;
        case 'e':
            n += put_digits(d, 2, out + n);
            if (d < 10) out[n - 2] = ' ';
            break;
        case 'a':
            n += lf_weekday_print((uint32_t)((days + 4) % 7 + 7) % 7,
                                  f.words & LF_WORDS_WEEKDAY_FULL, spelling, out + n);
            break;
        default:
            memcpy(out + n, clock.data, clock.len);
            n += (uint32_t)clock.len;
            *clock_used_out = true;
        }
    }
    return n;
}
