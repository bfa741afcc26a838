/* Numbers are taken apart once; value, digits counted for the evidence and forms come from the
 * parts.
 *
 * Doubles: an integer below 2^53 times or over a power of ten up to 10^22 is one correctly rounded
 * operation on exact operands (Clinger 1990), which covers every number of 15 digits but the very
 * large and small. Up to 19 digits one or two 128-bit products decide the rest (Lemire 2021);
 * what they leave open, and longer numbers, go to strtod in the C locale.
 *
 * Two decimals of at most 15 digits never share a double, so a text of at most 15 digits is the
 * shortest print of its double, and the fraction digits it was written with give it back. Longer
 * texts are printed and compared. */
#include "infer/number.h"
#include "infer/number_powers.h"
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_TEXT_MAX 400u /* a longer cell is text: no type could hold its digits */

static const double pow10_exact[23] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                       1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                       1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

/* "C" is built into the C library: asking for it allocates nothing and cannot fail. */
static locale_t c_locale(void) {
    static _Atomic(locale_t) cached;
    locale_t l = cached;
    if (l == (locale_t)0) cached = l = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    return l;
}

static bool is_digit(uint8_t c) {
    return (uint8_t)(c - '0') <= 9;
}

/* 8 digits at once; false where one of them is no digit. */
static bool eight_digits(const uint8_t *p, uint64_t *out) {
    uint64_t w;
    memcpy(&w, p, 8);
    if (((w & 0xF0F0F0F0F0F0F0F0u) ^ 0x3030303030303030u) |
        (((w + 0x0606060606060606u) & 0xF0F0F0F0F0F0F0F0u) ^ 0x3030303030303030u))
        return false;
    w = (w & 0x0F0F0F0F0F0F0F0Fu) * 2561 >> 8;
    w = (w & 0x00FF00FF00FF00FFu) * 6553601 >> 16;
    *out = (w & 0x0000FFFF0000FFFFu) * 42949672960001u >> 32;
    return true;
}

/* Digits of p[0, n) as an integer; false on a non-digit or n over 19. */
static bool digits_to_u64(const uint8_t *p, size_t n, uint64_t *out) {
    uint64_t v = 0, part;
    if (n == 0 || n > 19) return false;
    for (; n >= 8; n -= 8, p += 8) {
        if (!eight_digits(p, &part)) return false;
        v = v * 100000000u + part;
    }
    for (; n > 0; n--, p++) {
        if (!is_digit(*p)) return false;
        v = v * 10 + (*p - '0');
    }
    *out = v;
    return true;
}

bool lf_parse_int64(lf_span t, int64_t *out) {
    const uint8_t *p = t.data;
    size_t n = t.len;
    uint64_t v;
    if (n == 0) return false;
    bool neg = *p == '-';
    p += neg, n -= neg;
    if (!digits_to_u64(p, n, &v) || (*p == '0' && n > 1)) return false;
    if (v > (uint64_t)INT64_MAX + neg) return false;
    *out = (int64_t)(neg ? 0 - v : v);
    return true;
}

bool lf_parse_uint64(lf_span t, uint64_t *out) {
    const uint8_t *p = t.data;
    uint64_t v;
    if (t.len == 2 && p[0] == '-' && p[1] == '0') {
        *out = 0; /* as in an int64 column, which may widen to this one */
        return true;
    }
    if (t.len == 20) {
        if (!digits_to_u64(p, 19, &v) || !is_digit(p[19]) || *p == '0') return false;
        return !__builtin_mul_overflow(v, (uint64_t)10, &v) &&
               !__builtin_add_overflow(v, (uint64_t)(p[19] - '0'), out);
    }
    if (!digits_to_u64(p, t.len, &v) || (*p == '0' && t.len > 1)) return false;
    *out = v;
    return true;
}

static bool scan_exponent(const uint8_t *p, const uint8_t *end, lf_number *o) {
    bool neg = false;
    int32_t e = 0;
    o->has_exp = true;
    o->exp_upper = *p == 'E';
    p++;
    if (p < end && (*p == '+' || *p == '-')) neg = *p++ == '-';
    if (p == end) return false;
    for (; p < end; p++) {
        if (!is_digit(*p)) return false;
        if (e < 100000) e = e * 10 + (*p - '0');
    }
    o->exp10 = neg ? -e : e;
    return true;
}

bool lf_number_scan(lf_span t, lf_number *o) {
    const uint8_t *p = t.data, *end = p + t.len;
    if (t.len == 0 || t.len > NUMBER_TEXT_MAX) return false;
    *o = (lf_number){.negative = *p == '-'};
    p += o->negative;
    o->ints = p;
    for (; p < end && is_digit(*p); p++) {
        o->small = o->small * 10 + (*p - '0');
        o->sig += o->sig > 0 || *p != '0';
    }
    o->n_int = (size_t)(p - o->ints);
    if (o->n_int > 1 && *o->ints == '0') return false;
    o->fracs = p;
    if (p < end && *p == '.') {
        o->has_point = true;
        o->fracs = ++p;
        for (; p < end && is_digit(*p); p++) {
            o->small = o->small * 10 + (*p - '0');
            o->sig += o->sig > 0 || *p != '0';
        }
        o->n_frac = (size_t)(p - o->fracs);
    }
    if (o->n_int + o->n_frac == 0) return false;
    if (p == end) return true;
    return (*p == 'e' || *p == 'E') && scan_exponent(p, end, o);
}

/* digits * 10^q, for digits > 0 (D. Lemire, "Number parsing at a gigabyte per second", 2021).
 * False where the product does not decide, and outside the normal range. */
static bool product_to_double(uint64_t digits, int64_t q, double *out) {
    if (q < LF_POWER_LEAST || q > 308) return false;
    struct lf_power p = lf_powers[q - LF_POWER_LEAST];
    if (q > 55) p.high -= p.low-- == 0; /* the table rounds up; large powers are wanted down */
    int zeros = __builtin_clzll(digits);
    uint64_t w = digits << zeros;
    unsigned __int128 first = (unsigned __int128)w * p.high;
    uint64_t upper = (uint64_t)(first >> 64), lower = (uint64_t)first;
    if ((upper & 0x1FF) == 0x1FF) {
        uint64_t more = (uint64_t)((unsigned __int128)w * p.low >> 64);
        lower += more;
        upper += lower < more;
        if (lower == UINT64_MAX && (q < -27 || q > 55)) return false;
    }
    int top = (int)(upper >> 63), shift = top + 9;
    uint64_t mantissa = upper >> shift;
    int64_t power = ((217706 * q) >> 16) + 63 + top - zeros + 1023;
    if (power <= 0) return false;
    bool tie = lower <= 1 && q >= -4 && q <= 23 && (mantissa & 3) == 1;
    if (tie && mantissa << shift == upper) mantissa &= ~1ull;
    mantissa = (mantissa + (mantissa & 1)) >> 1;
    if (mantissa >> 53) {
        mantissa = 1ull << 52;
        power++;
    }
    if (power >= 0x7FF) return false;
    uint64_t bits = (mantissa & ((1ull << 52) - 1)) | (uint64_t)power << 52;
    memcpy(out, &bits, 8);
    return true;
}

static uint64_t round_to_odd(struct lf_power g, uint64_t c) {
    uint64_t x = (uint64_t)((unsigned __int128)g.low * c >> 64);
    unsigned __int128 y = (unsigned __int128)g.high * c + x;
    return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

/* Schubfach (R. Giulietti, "The Schubfach way to render doubles", 2021): the decimal with fewest
 * digits within the interval that rounds to v, and of those the nearest. */
uint64_t lf_number_shortest(double v, int *exp10_out) {
    uint64_t bits;
    memcpy(&bits, &v, 8);
    uint64_t fraction = bits & ((1ull << 52) - 1), biased = bits >> 52 & 0x7FF;
    uint64_t c = biased ? fraction | 1ull << 52 : fraction;
    int q = biased ? (int)biased - 1075 : -1074;
    bool odd = c & 1, narrow_below = fraction == 0 && biased > 1;
    int k = (q * 1262611 - (narrow_below ? 524031 : 0)) >> 22;
    int h = q + ((-k * 1741647) >> 19) + 1;
    struct lf_power g = lf_powers[-k - LF_POWER_LEAST];
    uint64_t lower = round_to_odd(g, (4 * c - 2 + narrow_below) << h) + odd;
    uint64_t middle = round_to_odd(g, 4 * c << h);
    uint64_t upper = round_to_odd(g, (4 * c + 2) << h) - odd;
    uint64_t s = middle / 4, tens = s / 10;
    *exp10_out = k;
    if (s >= 10) {
        bool below = lower <= 40 * tens, above = 40 * tens + 40 <= upper;
        if (below != above) {
            *exp10_out = k + 1;
            return tens + above;
        }
    }
    bool below = lower <= 4 * s, above = 4 * s + 4 <= upper;
    if (below != above) return s + above;
    return s + (middle > 4 * s + 2 || (middle == 4 * s + 2 && (s & 1)));
}

bool lf_number_to_double(const lf_number *n, lf_span text, double *out) {
    int64_t e = (int64_t)n->exp10 - (int64_t)n->n_frac;
    double v;
    if (n->sig == 0) {
        *out = n->negative ? -0.0 : 0.0;
        return true;
    }
    if (n->sig <= 19 && n->small < (1ull << 53) && e >= -22 && e <= 22) {
        v = (double)n->small;
        v = e < 0 ? v / pow10_exact[-e] : v * pow10_exact[e];
        *out = n->negative ? -v : v;
        return true;
    }
    if (n->sig <= 19 && product_to_double(n->small, e, out)) {
        if (n->negative) *out = -*out;
        return true;
    }
    char copy[NUMBER_TEXT_MAX + 1];
    memcpy(copy, text.data, text.len);
    copy[text.len] = 0;
    v = strtod_l(copy, NULL, c_locale());
    *out = v;
    return v != 0 && v - v == 0; /* neither lost nor infinite */
}

bool lf_number_to_decimal(const lf_number *n, uint32_t scale, bool drop_zeros, uint64_t out[2]) {
    size_t n_frac = n->n_frac;
    if (n->has_exp) return false;
    while (drop_zeros && n_frac > scale && n->fracs[n_frac - 1] == '0')
        n_frac--;
    size_t n_int = n->n_int == 1 && *n->ints == '0' ? 0 : n->n_int;
    if (n_frac > scale || n_int + scale > 38) return false;
    unsigned __int128 v = 0;
    if (n->sig <= 19 && n_frac == n->n_frac) {
        v = n->small;
    } else {
        for (size_t i = 0; i < n->n_int; i++)
            v = v * 10 + (n->ints[i] - '0');
        for (size_t i = 0; i < n_frac; i++)
            v = v * 10 + (n->fracs[i] - '0');
    }
    for (size_t i = n_frac; i < scale; i++)
        v *= 10;
    if (n->negative) v = 0 - v;
    out[0] = (uint64_t)v;
    out[1] = (uint64_t)(v >> 64);
    return true;
}

uint32_t lf_number_int_digits(const lf_number *n) {
    size_t d = n->n_int == 1 && *n->ints == '0' ? 0 : n->n_int;
    return d < 255 ? (uint32_t)d : 255;
}

static uint32_t capped(size_t n) {
    return n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;
}

bool lf_parse_double(lf_span t, double *out, uint32_t *int_digits, uint32_t *frac_digits,
                     uint32_t *sig_digits) {
    lf_number n;
    if (!lf_number_scan(t, &n) || !lf_number_to_double(&n, t, out)) return false;
    *int_digits = lf_number_int_digits(&n);
    *frac_digits = capped(n.n_frac);
    *sig_digits = capped(n.sig);
    return true;
}

bool lf_parse_decimal(lf_span t, uint32_t scale, uint64_t out[2], uint32_t *int_digits,
                      uint32_t *frac_digits) {
    lf_number n;
    if (!lf_number_scan(t, &n) || !lf_number_to_decimal(&n, scale, false, out)) return false;
    *int_digits = lf_number_int_digits(&n);
    *frac_digits = capped(n.n_frac);
    return true;
}

/* Digits before and after a point that has digits on both sides. */
static bool plain_shape(const lf_number *n) {
    return n->n_int > 0 && (n->n_frac > 0 || !n->has_point);
}

static uint32_t add_if_printed(lf_span text, double v, lf_form f, lf_form *out, uint32_t k) {
    lf_type t = {.id = LF_T_DOUBLE};
    lf_value value = {.f64 = v};
    if (lf_print_matches(t, value, f, 0, text)) out[k++] = f;
    return k;
}

uint32_t lf_number_forms_double(const lf_number *n, lf_span text, double v,
                                lf_form out[LF_FORMS_MAX]) {
    uint32_t k = 0;
    if (text.len > LF_PRINT_MAX || !plain_shape(n)) return 0;
    lf_form shortest = {.kind = LF_FORM_SHORTEST};
    if (n->has_exp) {
        lf_form exp = {.kind = n->exp_upper ? LF_FORM_EXP_UPPER : LF_FORM_EXP,
                       .param = (uint8_t)n->n_frac};
        k = add_if_printed(text, v, shortest, out, k);
        return k == 0 && n->n_int == 1 ? add_if_printed(text, v, exp, out, k) : k;
    }
    lf_form fixed = {.kind = LF_FORM_FIXED, .param = (uint8_t)n->n_frac};
    if (n->sig > 15) {
        k = add_if_printed(text, v, shortest, out, k);
        return k > 0 ? k : add_if_printed(text, v, fixed, out, k);
    }
    size_t zeros = 0; /* 0.0000123: four */
    if (n->n_int == 1 && *n->ints == '0')
        while (zeros < n->n_frac && n->fracs[zeros] == '0')
            zeros++;
    if ((n->n_frac == 0 || n->fracs[n->n_frac - 1] != '0') && zeros <= 4) out[k++] = shortest;
    out[k++] = fixed;
    return k;
}

uint32_t lf_number_forms_decimal(const lf_number *n, uint32_t scale, lf_form out[LF_FORMS_MAX]) {
    uint32_t k = 0;
    if (n->has_exp || !plain_shape(n) || (n->negative && n->sig == 0) || n->n_frac > scale)
        return 0;
    if (n->n_frac == scale) out[k++] = (lf_form){.kind = LF_FORM_PLAIN};
    if (n->n_frac == 0 || n->fracs[n->n_frac - 1] != '0')
        out[k++] = (lf_form){.kind = LF_FORM_TRIMMED};
    out[k++] = (lf_form){.kind = LF_FORM_FIXED, .param = (uint8_t)n->n_frac};
    return k;
}

uint32_t lf_number_print_c(double v, char conversion, uint32_t digits, char *out, size_t cap) {
    static const char formats[3][8] = {"%.*f", "%.*e", "%.*E"};
    const char *f = formats[conversion == 'f' ? 0 : conversion == 'e' ? 1 : 2];
    locale_t old = uselocale(c_locale());
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    int n = snprintf(out, cap, f, (int)digits, v);
#pragma GCC diagnostic pop
    uselocale(old);
    return n > 0 && (size_t)n < cap ? (uint32_t)n : 0;
}
