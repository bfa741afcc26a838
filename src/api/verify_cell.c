/* One cell of text against one stored value, and the hashes that checksums are made of.
 *
 * Equal means: read as the output's type, by the rules of CONTRACT.md, the text has this value. So
 * `1.50` is 1.5, but `007` is no 7: it does not read as a number. What is common is read here by
 * a few lines of its own; infer/parse.h decides the rest. */
#include "api/verify_internal.h"
#include <string.h>

/* ---- hashes ---- */

#define HASH_STEP 0x9e3779b97f4a7c15ull
#define HASH_NULL 0x71c7ae0f1bd3a5e1ull

static inline uint64_t mix(uint64_t x) {
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    x ^= x >> 32;
    x *= 0xd6e8feb86659fd93ull;
    return x ^ x >> 32;
}

uint64_t lf_verify_bytes_hash(const void *p, size_t n) {
    const uint8_t *b = p;
    uint64_t h = n * HASH_STEP, w;
    for (; n >= 8; n -= 8, b += 8) {
        memcpy(&w, b, 8);
        h = (h ^ w) * 0xd6e8feb86659fd93ull;
        h ^= h >> 29;
    }
    w = 0;
    for (size_t i = 0; i < n; i++) {
        w |= (uint64_t)b[i] << 8 * i;
    }
    return mix(h ^ w);
}

static inline uint64_t hash_int(uint64_t v) {
    return mix(v + HASH_STEP);
}

/* A double that is an integer hashes like one. */
static inline uint64_t hash_double(double d) {
    uint64_t bits;
    if (d > -9e18 && d < 9e18 && (double)(int64_t)d == d) return hash_int((uint64_t)(int64_t)d);
    if (d != d) return mix(HASH_STEP ^ 0x7ff8);
    memcpy(&bits, &d, 8);
    return mix(bits ^ HASH_STEP * 3);
}

static uint64_t hash_decimal(const uint64_t dec[2], uint32_t scale) {
    __int128 v = (__int128)((unsigned __int128)dec[1] << 64 | dec[0]);
    while (scale > 0 && v % 10 == 0) {
        v /= 10;
        scale--;
    }
    if (scale == 0 && v == (int64_t)v) return hash_int((uint64_t)v);
    return mix((uint64_t)v ^ mix((uint64_t)(v >> 64) + scale * HASH_STEP));
}

static uint64_t hash_value(lf_type t, lf_value v) {
    switch (t.id) {
    case LF_T_BOOL:
        return mix(v.b + HASH_STEP * 5);
    case LF_T_INT64:
    case LF_T_UINT64:
        return hash_int(v.u64);
    case LF_T_DOUBLE:
        return hash_double(v.f64);
    case LF_T_DECIMAL:
        return hash_decimal(v.dec, t.scale);
    case LF_T_DATE:
        return mix((uint64_t)v.date + HASH_STEP * 7);
    default: /* times: as microseconds where that says it all */
        if (t.unit == LF_UNIT_US) return mix(v.u64 + HASH_STEP * 9);
        if (v.i64 % 1000 == 0) return mix((uint64_t)(v.i64 / 1000) + HASH_STEP * 9);
        return mix(v.u64 + HASH_STEP * 11);
    }
}

uint64_t lf_verify_value_hash(const lf_column *v, uint32_t r) {
    if (!lf_column_is_valid(v, r)) return HASH_NULL;
    switch (v->type.id) {
    case LF_T_NULL:
        return HASH_NULL;
    case LF_T_STRING:
        return lf_verify_bytes_hash(v->bytes + v->start[r], v->len[r]);
    case LF_T_INT64:
    case LF_T_UINT64:
        return hash_int(((const uint64_t *)v->values)[r]);
    case LF_T_DOUBLE:
        return hash_double(((const double *)v->values)[r]);
    default:
        return hash_value(v->type, lf_column_value(v, r));
    }
}

/* ---- text to value: the common shapes ---- */

static inline bool is_digit(uint8_t c) {
    return (uint8_t)(c - '0') <= 9;
}

/* Up to 18 digits without a leading zero. */
static bool short_int(lf_span t, int64_t *out) {
    const uint8_t *p = t.data, *end = t.data + t.len;
    bool negative = t.len > 1 && *p == '-';
    uint64_t v = 0;
    p += negative;
    if (end - p > 18 || p == end || (*p == '0' && t.len > 1)) return false;
    for (; p < end; p++) {
        if (!is_digit(*p)) return false;
        v = v * 10 + (uint64_t)(*p - '0');
    }
    *out = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

/* Digits with a point, together at most 15: both parts of the quotient are exact doubles, so that
 * the one division rounds right. */
static bool short_fixed(lf_span t, uint64_t *digits, uint32_t *scale, bool *negative) {
    const uint8_t *p = t.data, *end = t.data + t.len, *first;
    uint64_t v = 0;
    *negative = t.len > 1 && *p == '-';
    p += *negative;
    if (end - p > 16) return false;
    for (first = p; p < end && is_digit(*p); p++)
        v = v * 10 + (uint64_t)(*p - '0');
    if (p == first || (*first == '0' && p > first + 1)) return false;
    *scale = 0;
    if (p < end) {
        if (*p++ != '.' || p == end) return false;
        *scale = (uint32_t)(end - p);
        for (; p < end && is_digit(*p); p++)
            v = v * 10 + (uint64_t)(*p - '0');
        if (p < end) return false;
    }
    *digits = v;
    return end - first - (*scale > 0) <= 15;
}

static const double powers[16] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                  1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};

static unsigned two_digits(const uint8_t *p, uint32_t *out) {
    *out = (uint32_t)(p[0] - '0') * 10 + (uint32_t)(p[1] - '0');
    return is_digit(p[0]) && is_digit(p[1]);
}

/* YYYY-MM-DD */
static bool iso_date(const uint8_t *p, int32_t *days) {
    uint32_t c, y, m, d;
    bool ok =
        two_digits(p, &c) & two_digits(p + 2, &y) & two_digits(p + 5, &m) & two_digits(p + 8, &d);
    if (!ok || p[4] != '-' || p[7] != '-' || m < 1 || m > 12 || d < 1 || d > 28) return false;
    *days = lf_days_from_civil((int32_t)(c * 100 + y), m, d);
    return true;
}

/* YYYY-MM-DD HH:MM:SS, with Z where the type has a zone, in microseconds. */
static bool iso_stamp(lf_type t, lf_span s, int64_t *us) {
    const uint8_t *p = s.data;
    int32_t days;
    uint32_t h, m, sec;
    if (s.len != (t.utc ? 20u : 19u) || (t.utc && p[19] != 'Z')) return false;
    if ((p[10] != ' ' && p[10] != 'T') || p[13] != ':' || p[16] != ':') return false;
    bool ok = (unsigned)iso_date(p, &days) & two_digits(p + 11, &h) & two_digits(p + 14, &m) &
              two_digits(p + 17, &sec);
    if (!ok || h > 23 || m > 59 || sec > 59) return false;
    *us = ((int64_t)days * 86400 + h * 3600 + m * 60 + sec) * 1000000;
    return true;
}

/* ---- text to value: all of it ---- */

static bool parse(const verify_column *c, lf_type t, lf_span text, uint32_t bit, lf_value *out) {
    lf_parse_ctx ctx = c->ctx;
    lf_form form;
    bool exact;
    ctx.date_format = bit;
    return lf_parse_value(t, text, &ctx, out, &form, &exact);
}

static bool is_dated(lf_type t) {
    return t.id == LF_T_DATE || t.id == LF_T_TIMESTAMP;
}

/* Zeros behind the scale say nothing. */
static lf_span without_zeros(lf_span t, uint32_t scale) {
    const uint8_t *point = memchr(t.data, '.', t.len);
    if (point == NULL) return t;
    size_t least = (size_t)(point - t.data) + 1 + (scale > 0 ? scale : 1);
    while (t.len > least && t.data[t.len - 1] == '0')
        t.len--;
    if (scale == 0 && t.len == least && t.data[t.len - 1] == '0') t.len -= 2;
    return t;
}

/* The value that the text has as the column's type, dates by `bit`. */
static bool value_of(verify_column *c, lf_span text, uint32_t bit, lf_value *out) {
    uint64_t digits;
    uint32_t scale;
    bool negative;
    *out = (lf_value){.dec = {0, 0}};
    if (c->type.id == LF_T_INT64 && short_int(text, &out->i64)) return true;
    if (c->type.id == LF_T_DOUBLE && short_fixed(text, &digits, &scale, &negative)) {
        out->f64 = (double)digits / powers[scale];
        if (negative) out->f64 = -out->f64;
        return true;
    }
    if (c->type.id == LF_T_DECIMAL) text = without_zeros(text, c->type.scale);
    if (parse(c, c->type, text, bit, out)) return true;
    if (c->type.id == LF_T_DOUBLE) {
        uint32_t a, b, n;
        if (!lf_parse_double(text, &out->f64, &a, &b, &n)) return false;
        c->rounded++;
        return true;
    }
    if (c->type.id != LF_T_TIMESTAMP) return false;
    lf_type other = c->type; /* an instant for local time, or the other way round */
    other.utc = !other.utc;
    if (!parse(c, other, text, bit, out)) return false;
    c->zones++;
    return true;
}

static bool single_equal(const verify_column *c, double a, double b) {
    if (c->as == LF_PQ_AS_FLOAT) return (float)a == (float)b;
    double slack = (b < 0 ? -b : b) / 2048 + 3e-8; /* half a step of FLOAT16 */
    return a - b <= slack && b - a <= slack;
}

static bool same_double(verify_column *c, double a, double b) {
    if (a != a || b != b) return a != a && b != b;
    if (c->single && a != b) {
        c->rounded++;
        return single_equal(c, a, b);
    }
    if (c->maybe_single && a != b && (double)(float)b == b && (float)a == (float)b) {
        c->rounded++;
        return true;
    }
    return a == b && __builtin_signbit(a) == __builtin_signbit(b);
}

static bool same_value(verify_column *c, lf_value a, lf_value b) {
    switch (c->type.id) {
    case LF_T_BOOL:
        return a.b == b.b;
    case LF_T_DOUBLE:
        return same_double(c, a.f64, b.f64);
    case LF_T_DECIMAL:
        return a.dec[0] == b.dec[0] && a.dec[1] == b.dec[1];
    case LF_T_DATE:
        return a.date == b.date;
    default:
        return a.u64 == b.u64;
    }
}

/* INT96 is read as microseconds: what is cut off is no difference, but noted. */
static bool cut_equal(verify_column *c, lf_span text, uint32_t bit, int64_t us) {
    lf_type ns = c->type;
    lf_value v;
    if (c->as != LF_PQ_AS_INT96) return false;
    ns.unit = LF_UNIT_NS;
    bool read = parse(c, ns, text, bit, &v);
    ns.utc = !ns.utc;
    if (!read && !parse(c, ns, text, bit, &v)) return false;
    c->cut++;
    return (v.i64 - ((v.i64 % 1000) + 1000) % 1000) / 1000 == us;
}

static bool one_equal(verify_column *c, lf_span text, uint32_t bit, lf_value stored) {
    lf_value v;
    const uint64_t rounded = c->rounded, zones = c->zones;
    if (value_of(c, text, bit, &v) && same_value(c, v, stored)) return true;
    c->rounded = rounded; /* what a misfit counts does not count */
    c->zones = zones;
    return c->as == LF_PQ_AS_INT96 && cut_equal(c, text, bit, stored.i64);
}

/* By any of the formats that all cells so far fit; those under which this one does not go. */
static bool dated_equal(verify_column *c, lf_span text, lf_value stored) {
    uint32_t fit = 0;
    int32_t days;
    int64_t us;
    if (c->ctx.format != NULL) return one_equal(c, text, LF_DF_GIVEN, stored);
    if (c->formats & LF_DF_YMD_DASH) {
        bool iso =
            c->type.id == LF_T_DATE
                ? text.len == 10 && iso_date(text.data, &days) && days == stored.date
                : iso_stamp(c->type, text, &us) && c->type.unit == LF_UNIT_US && us == stored.i64;
        if (iso) return c->formats = LF_DF_YMD_DASH, true;
    }
    for (uint32_t bits = c->formats; bits != 0; bits &= bits - 1) {
        uint32_t bit = bits & (0u - bits);
        if (one_equal(c, text, bit, stored)) fit |= bit;
    }
    if (fit != 0) c->formats = fit;
    return fit != 0;
}

static bool is_null_text(const verify_column *c, lf_span text, verify_kind kind) {
    uint32_t word;
    bool string = c->type.id == LF_T_STRING || c->type.id == LF_T_NULL;
    if (kind == VERIFY_MISSING) return true;
    if (text.len == 0) return kind == VERIFY_PLAIN || !string || c->null_is_empty;
    if (kind == VERIFY_QUOTED || (string && !c->ctx.null_words_everywhere)) return false;
    if (lf_parse_null(text, false, &c->ctx, &word) != LF_NULL_WORD) return false;
    bool nan = text.len == 3 && memcmp(text.data, "NaN", 3) == 0;
    return c->ctx.null_words_everywhere || !(nan && c->type.id == LF_T_DOUBLE);
}

static bool text_is_empty(const lf_column *v, uint32_t r) {
    return v->type.id == LF_T_STRING && v->len[r] == 0;
}

bool lf_verify_cell_equal(verify_column *c, lf_span text, verify_kind kind, const lf_column *v,
                          uint32_t r) {
    const bool valid = lf_column_is_valid(v, r) && v->type.id != LF_T_NULL;
    if (kind == VERIFY_JSON) return lf_verify_json_equal(c, text, v, r);
    if (!valid) return is_null_text(c, text, kind);
    if (kind == VERIFY_MISSING) return c->null_is_empty && text_is_empty(v, r);
    if (lf_type_is_nested(v->type)) return lf_verify_json_equal(c, text, v, r);
    if (c->type.id == LF_T_STRING) {
        if (text.len != v->len[r] || memcmp(text.data, v->bytes + v->start[r], text.len) != 0) {
            return false;
        }
        if (text.len > 0 && !c->ctx.null_words_everywhere) return true;
        return !is_null_text(c, text, kind) || (text.len == 0 && c->null_is_empty);
    }
    if (text.len == 0) return false;
    if (c->type.id == LF_T_INT64) {
        int64_t i;
        if (short_int(text, &i)) return i == ((const int64_t *)v->values)[r];
    }
    if (is_dated(c->type)) return dated_equal(c, text, lf_column_value(v, r));
    return one_equal(c, text, LF_DF_YMD_DASH, lf_column_value(v, r));
}

uint64_t lf_verify_cell_hash(const verify_column *c, lf_span text, verify_kind kind) {
    verify_column scratch = *c; /* what this counts is not of the comparison */
    lf_value v;
    if (kind == VERIFY_JSON) return lf_verify_json_hash(c, text, false);
    if (is_null_text(c, text, kind)) return HASH_NULL;
    if (lf_type_is_nested(c->type)) return lf_verify_json_hash(c, text, true);
    if (c->type.id == LF_T_STRING) return lf_verify_bytes_hash(text.data, text.len);
    for (uint32_t bits = is_dated(c->type) ? c->formats : 1; bits != 0; bits &= bits - 1) {
        uint32_t bit = c->ctx.format != NULL ? LF_DF_GIVEN : bits & (0u - bits);
        if (value_of(&scratch, text, bit, &v)) {
            if (c->single) v.f64 = (double)(float)v.f64;
            return hash_value(c->type, v);
        }
    }
    return lf_verify_bytes_hash(text.data, text.len);
}
