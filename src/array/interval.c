#include "array/interval.h"

#define SECOND 1000000000u /* in nanoseconds */

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
