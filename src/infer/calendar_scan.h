/* infer/calendar_scan.h - walking through the text of a moment (private to infer).
 *
 * Owns: nothing. Threads: safe. Fails: a false return is "does not read so". */
#ifndef LF_INFER_CALENDAR_SCAN_H
#define LF_INFER_CALENDAR_SCAN_H
#include "infer/calendar.h"

typedef struct lf_scan {
    const uint8_t *p, *end;
} lf_scan;

static inline bool lf_scan_is_digit(uint8_t c) {
    return (uint8_t)(c - '0') <= 9;
}

static inline bool lf_scan_eat(lf_scan *c, char ch) {
    if (c->p == c->end || *c->p != (uint8_t)ch) return false;
    c->p++;
    return true;
}

/* Between `least` and `most` digits. */
static inline bool lf_scan_number(lf_scan *c, uint32_t least, uint32_t most, uint32_t *out,
                                  uint32_t *n_out) {
    uint32_t n = 0, v = 0;
    while (n < most && c->p < c->end && lf_scan_is_digit(*c->p)) {
        v = v * 10 + (uint32_t)(*c->p++ - '0');
        n++;
    }
    *out = v;
    if (n_out) *n_out = n;
    return n >= least;
}

static inline bool lf_scan_two(lf_scan *c, uint32_t max, uint8_t *out) {
    uint32_t v;
    if (!lf_scan_number(c, 2, 2, &v, NULL) || v > max) return false;
    *out = (uint8_t)v;
    return true;
}

bool lf_scan_on_calendar(uint32_t y, uint32_t m, uint32_t d);
/* HH:MM[:SS[.f]] or h:MM[:SS[.f]] AM; `basic`: HHMM[SS[.f]]. */
bool lf_scan_clock(lf_scan *c, bool basic, lf_moment *m);
bool lf_scan_fraction(lf_scan *c, lf_moment *m);
/* [ ](Z|UTC|GMT|+HH[[:]MM]) */
bool lf_scan_zone(lf_scan *c, lf_moment *m);
/* Dates with the name of a month, and 20260308T101500: the whole text, clock and zone too.
 * `formats`: which to try. */
bool lf_scan_named(lf_span t, uint8_t names, uint32_t formats, lf_moment *m);
/* What may follow a date: nothing, or a separator, a clock and a zone. */
bool lf_scan_rest(lf_scan *c, bool basic, lf_moment *m);

#endif
