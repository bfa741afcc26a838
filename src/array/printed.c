#include "array/printed.h"
#include <stdbool.h>

#define SECOND 1000000000u            /* in nanoseconds */
#define GROUP  1000000000000000000ull /* the digits of a step of division */
#define DIGITS 18u

typedef struct text {
    char *p;
    uint32_t n;
} text;

static void put(text *t, char c) {
    t->p[t->n++] = c;
}

/* Returns the magnitude, which an int64 may not hold. */
static uint64_t put_sign(text *t, int64_t v) {
    if (v < 0) put(t, '-');
    return v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
}

static void put_digits(text *t, uint64_t v) {
    char digits[20];
    uint32_t n = 0;
    do {
        digits[n++] = (char)('0' + v % 10);
        v /= 10;
    } while (v > 0);
    while (n > 0) {
        put(t, digits[--n]);
    }
}

static void put_part(text *t, int64_t v, char unit) {
    if (v == 0) return;
    put_digits(t, put_sign(t, v));
    put(t, unit);
}

static void put_seconds(text *t, int64_t nanos) {
    const uint64_t v = put_sign(t, nanos);
    uint64_t rest = v % SECOND;
    put_digits(t, v / SECOND);
    if (rest > 0) put(t, '.');
    for (uint64_t place = SECOND / 10; rest > 0; place /= 10) {
        put(t, (char)('0' + rest / place));
        rest %= place;
    }
    put(t, 'S');
}

uint32_t lf_interval_print(int64_t months, int64_t days, int64_t nanos,
                           char out[LF_INTERVAL_TEXT_MAX]) {
    text t = {.p = out};
    put(&t, 'P');
    put_part(&t, months, 'M');
    put_part(&t, days, 'D');
    if (nanos == 0 && t.n > 1) return t.n;
    put(&t, 'T');
    put_seconds(&t, nanos);
    return t.n;
}

uint32_t lf_uuid_print(const uint8_t *p, char out[LF_UUID_TEXT_MAX]) {
    static const char hex[] = "0123456789abcdef";
    text t = {.p = out};
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) put(&t, '-');
        put(&t, hex[p[i] >> 4]);
        put(&t, hex[p[i] & 15]);
    }
    return t.n;
}

/* The digits of a magnitude, last first; at least one more than the scale. */
static uint32_t digits_of(uint64_t *limbs, uint32_t n_limbs, uint32_t scale, char *digits) {
    uint32_t n = 0;
    for (bool rest = true; rest;) {
        uint64_t group = 0;
        rest = false;
        for (uint32_t i = n_limbs; i-- > 0;) {
            const __uint128_t v = (__uint128_t)group << 64 | limbs[i];
            limbs[i] = (uint64_t)(v / GROUP);
            group = (uint64_t)(v % GROUP);
            rest |= limbs[i] != 0;
        }
        for (uint32_t k = 0; k < DIGITS && (rest || group > 0); k++) {
            digits[n++] = (char)('0' + group % 10);
            group /= 10;
        }
    }
    while (n <= scale) {
        digits[n++] = '0';
    }
    return n;
}

uint32_t lf_decimal_print(uint64_t *limbs, uint32_t n, uint32_t scale, char *out) {
    char digits[LF_DECIMAL_TEXT_MAX];
    text t = {.p = out};
    const bool negative = n > 0 && (limbs[n - 1] >> 63) != 0;
    for (uint32_t i = 0, carry = 1; negative && i < n; i++) {
        limbs[i] = ~limbs[i] + carry;
        carry &= limbs[i] == 0;
    }
    if (negative) put(&t, '-');
    for (uint32_t k = digits_of(limbs, n, scale, digits); k > 0;) {
        if (k == scale) put(&t, '.');
        put(&t, digits[--k]);
    }
    return t.n;
}
