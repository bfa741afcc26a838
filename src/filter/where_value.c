/* Values of conditions as whole numbers in the steps of a column's type: cents for decimal(9,2),
 * days for dates, microseconds for timestamps. What lies between two steps (2.5 for an integer)
 * becomes the lower one and is no exact value; what no type holds becomes the widest number. */
#include "core/limits.h"
#include "filter/where_internal.h"
#include "infer/parse.h"
#include <string.h>
#include <strings.h>

#define EXPONENT_MAX 100000 /* beyond, it is out of every range, or 0 */

/* ---- numbers ---- */

typedef struct decimal {
    bool negative;
    uint8_t digits[80]; /* most significant first; as many as can matter */
    uint32_t n;
    bool more;        /* other digits than 0 follow those */
    int64_t exponent; /* of the last digit in `digits` */
} decimal;

static bool digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

static bool read_exponent(lf_span t, size_t i, int64_t *out) {
    bool negative = false;
    int64_t e = 0;
    if (i < t.len && (t.data[i] == '-' || t.data[i] == '+')) negative = t.data[i++] == '-';
    if (i == t.len) return false;
    for (; i < t.len; i++) {
        if (!digit(t.data[i])) return false;
        if (e < EXPONENT_MAX) e = e * 10 + (t.data[i] - '0');
    }
    *out = negative ? -e : e;
    return true;
}

/* [+-] digits [. digits] [e [+-] digits], one digit at least. */
static bool read_decimal(lf_span t, decimal *d) {
    size_t i = 0;
    bool point = false, any = false;
    *d = (decimal){0};
    if (t.len > 0 && (t.data[0] == '-' || t.data[0] == '+')) d->negative = t.data[i++] == '-';
    for (; i < t.len && (digit(t.data[i]) || (t.data[i] == '.' && !point)); i++) {
        if (t.data[i] == '.') {
            point = true;
            continue;
        }
        any = true;
        const uint8_t v = t.data[i] - '0';
        if (d->n == 0 && v == 0) {
            d->exponent -= point;
        } else if (d->n < sizeof d->digits) {
            d->digits[d->n++] = v;
            d->exponent -= point;
        } else {
            d->more |= v != 0;
            d->exponent += !point;
        }
    }
    if (!any) return false;
    if (i == t.len) return true;
    int64_t e = 0;
    if ((t.data[i] | 0x20) != 'e' || !read_exponent(t, i + 1, &e)) return false;
    d->exponent += e;
    return true;
}

/* times 10^scale */
static lf_where_value scaled(const decimal *d, uint32_t scale) {
    int64_t shift = d->exponent + (int64_t)scale;
    uint32_t n = d->n;
    bool exact = !d->more;
    for (; shift < 0 && n > 0; shift++)
        if (d->digits[--n] != 0) exact = false;
    lf_wide v = 0;
    bool over = false;
    for (uint32_t i = 0; i < n; i++) {
        over |= v > (LF_WIDE_MAX - 9) / 10;
        if (!over) v = v * 10 + d->digits[i];
    }
    for (; shift > 0 && n > 0 && !over; shift--) {
        over = v > LF_WIDE_MAX / 10;
        if (!over) v *= 10;
    }
    if (over) return (lf_where_value){d->negative ? LF_WIDE_MIN : LF_WIDE_MAX, false};
    if (d->negative) v = -v - !exact;
    return (lf_where_value){v, exact};
}

static bool word(lf_span t, const char *w) {
    return t.len == strlen(w) && strncasecmp((const char *)t.data, w, t.len) == 0;
}

/* As lf_parse_double wants it: no plus, no zeros in front, a digit before the point. */
static bool plain_double(lf_span t, double *out) {
    char s[400];
    decimal d;
    uint32_t a, b, c;
    if (!read_decimal(t, &d)) return false;
    size_t i = t.data[0] == '-' || t.data[0] == '+', n = 0;
    if (d.negative) s[n++] = '-';
    while (i + 1 < t.len && t.data[i] == '0' && digit(t.data[i + 1]))
        i++;
    if (t.data[i] == '.') s[n++] = '0';
    for (; i < t.len && n + 2 < sizeof s; i++) {
        const bool lonely = t.data[i] == '.' && (i + 1 == t.len || !digit(t.data[i + 1]));
        if (!lonely) s[n++] = (char)t.data[i];
    }
    uint8_t padded[sizeof s + 64] = {0};
    memcpy(padded, s, n);
    return i == t.len && lf_parse_double((lf_span){padded, n}, out, &a, &b, &c);
}

static bool read_double(lf_span t, lf_where_value *out) {
    double v = 0;
    const bool sign = t.len > 0 && (t.data[0] == '-' || t.data[0] == '+');
    const lf_span rest = {t.data + sign, t.len - sign};
    if (word(rest, "nan"))
        v = __builtin_nan("");
    else if (word(rest, "inf") || word(rest, "infinity"))
        v = t.data[0] == '-' ? -__builtin_inf() : __builtin_inf();
    else if (!plain_double(t, &v))
        return false;
    *out = (lf_where_value){lf_double_key(v), true};
    return true;
}

static bool read_number(lf_type t, lf_span text, lf_where_value *out) {
    decimal d;
    if (t.id == LF_T_DOUBLE) return read_double(text, out);
    if (!read_decimal(text, &d)) return false;
    *out = scaled(&d, t.id == LF_T_DECIMAL ? t.scale : 0);
    return true;
}

/* ---- dates and times ---- */

typedef struct cursor {
    const uint8_t *p, *end;
} cursor;

static bool take_digits(cursor *c, uint32_t n, uint32_t *out) {
    if ((size_t)(c->end - c->p) < n) return false;
    *out = 0;
    for (uint32_t i = 0; i < n; i++, c->p++) {
        if (!digit(*c->p)) return false;
        *out = *out * 10 + (*c->p - '0');
    }
    return true;
}

static bool take(cursor *c, char want) {
    if (c->p == c->end || *c->p != (uint8_t)want) return false;
    c->p++;
    return true;
}

static bool take_date(cursor *c, int32_t *days) {
    uint32_t y, m, d, m2, d2;
    int32_t y2;
    if (!take_digits(c, 4, &y) || !take(c, '-') || !take_digits(c, 2, &m) || !take(c, '-') ||
        !take_digits(c, 2, &d))
        return false;
    if (m < 1 || m > 12 || d < 1 || d > 31) return false;
    *days = lf_days_from_civil((int32_t)y, m, d);
    lf_civil_from_days(*days, &y2, &m2, &d2);
    return m2 == m && d2 == d;
}

/* HH:MM[:SS[.fraction]] in nanoseconds; digits beyond them must be 0. */
static bool take_clock(cursor *c, int64_t *ns) {
    uint32_t h, m, s = 0, v;
    int64_t fraction = 0, unit = 1000000000;
    if (!take_digits(c, 2, &h) || !take(c, ':') || !take_digits(c, 2, &m)) return false;
    if (take(c, ':') && !take_digits(c, 2, &s)) return false;
    if (h > 23 || m > 59 || s > 59) return false;
    if (take(c, '.')) {
        const uint8_t *from = c->p;
        while (take_digits(c, 1, &v)) {
            unit /= 10;
            if (unit == 0 && v != 0) return false;
            fraction += v * unit;
        }
        if (c->p == from) return false;
    }
    *ns = ((int64_t)h * 3600 + m * 60 + s) * 1000000000 + fraction;
    return true;
}

/* Z, +hh, +hhmm, +hh:mm; *zone_out: whether there was one. */
static bool take_zone(cursor *c, int64_t *ns, bool *zone_out) {
    uint32_t h, m = 0;
    *ns = 0;
    *zone_out = c->p < c->end;
    if (c->p == c->end || take(c, 'Z') || take(c, 'z')) return true;
    const bool west = *c->p == '-';
    if (!take(c, '-') && !take(c, '+')) return false;
    if (!take_digits(c, 2, &h)) return false;
    (void)take(c, ':');
    if (c->p < c->end && !take_digits(c, 2, &m)) return false;
    if (h > 18 || m > 59) return false;
    *ns = ((int64_t)h * 3600 + m * 60) * 1000000000 * (west ? -1 : 1);
    return true;
}

static lf_where_value steps(lf_wide ns, int64_t step) {
    lf_wide q = ns / step;
    if (q * step > ns) q--;
    return (lf_where_value){q, q * step == ns};
}

static bool read_moment(lf_type t, lf_span text, lf_where_value *out, const char **why) {
    cursor c = {text.data, text.data + text.len};
    int32_t days;
    int64_t ns = 0, zone_ns = 0;
    bool zone = false;
    if (!take_date(&c, &days)) return false;
    if (c.p < c.end) {
        if (!take(&c, 'T') && !take(&c, 't') && !take(&c, ' ')) return false;
        if (!take_clock(&c, &ns) || !take_zone(&c, &zone_ns, &zone) || c.p != c.end) return false;
    }
    if (zone && (t.id == LF_T_DATE || !t.utc)) {
        *why = "a time without a zone: the column has none";
        return false;
    }
    const int64_t step = t.id == LF_T_DATE ? 86400000000000 : t.unit == LF_UNIT_NS ? 1 : 1000;
    *out = steps((lf_wide)days * 86400000000000 + ns - zone_ns, step);
    return true;
}

static bool read_time(lf_type t, lf_span text, lf_where_value *out) {
    cursor c = {text.data, text.data + text.len};
    int64_t ns;
    if (!take_clock(&c, &ns) || c.p != c.end) return false;
    *out = steps(ns, t.unit == LF_UNIT_NS ? 1 : 1000);
    return true;
}

bool lf_where_read(lf_type t, const lf_where_literal *l, lf_where_value *out, const char **why) {
    const bool yes = word(l->text, "true");
    switch (t.id) {
    case LF_T_BOOL:
        *why = "true or false";
        *out = (lf_where_value){yes, true};
        return yes || word(l->text, "false");
    case LF_T_INT64:
    case LF_T_UINT64:
    case LF_T_DOUBLE:
    case LF_T_DECIMAL:
        *why = "a number such as 12.5";
        return read_number(t, l->text, out);
    case LF_T_DATE:
        *why = "a date such as 2026-03-08";
        return read_moment(t, l->text, out, why);
    case LF_T_TIMESTAMP:
        *why = t.utc ? "a time such as 2026-03-08T10:00:00Z" : "a time such as 2026-03-08T10:00:00";
        return read_moment(t, l->text, out, why);
    case LF_T_TIME:
        *why = "a time of day such as 10:30:00";
        return read_time(t, l->text, out);
    default:
        *why = "a text";
        return false;
    }
}
