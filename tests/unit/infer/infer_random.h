/* unit/infer/infer_random.h - random cells: what columns hold, and near misses.
 * Owns: nothing. Threads: one generator each. Fails: never. */
#ifndef LF_INFER_RANDOM_H
#define LF_INFER_RANDOM_H
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef struct rng {
    uint64_t s;
} rng;

static inline uint64_t rng_next(rng *r) {
    uint64_t z = r->s += 0x9E3779B97F4A7C15u;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return z ^ z >> 31;
}
static inline uint32_t rng_below(rng *r, uint32_t n) {
    return (uint32_t)(rng_next(r) % n);
}

static inline uint32_t put_digits(rng *r, char *out, uint32_t n) {
    for (uint32_t i = 0; i < n; i++)
        out[i] = (char)('0' + (rng_below(r, 4) ? rng_below(r, 10) : 0));
    return n;
}

static inline uint32_t random_number(rng *r, char *out) {
    uint32_t n = 0, style = rng_below(r, 8);
    if (rng_below(r, 3) == 0) out[n++] = '-';
    if (style == 0) { /* the doubles that programs print */
        uint64_t bits = rng_next(r);
        double v;
        memcpy(&v, &bits, 8);
        if (v - v != 0) v = 1.5;
        if (rng_below(r, 2)) v = (double)(int64_t)bits / 1e16;
        static const char *const f[] = {"%.17g", "%.15g", "%.16g", "%.18e", "%.3e", "%.6E", "%g"};
        return (uint32_t)sprintf(out, f[rng_below(r, 7)], v);
    }
    if (rng_below(r, 6) == 0)
        out[n++] = '0';
    else if (rng_below(r, 12) != 0) {
        out[n++] = (char)('1' + rng_below(r, 9));
        n += put_digits(r, out + n, rng_below(r, rng_below(r, 5) ? 8 : 24));
    }
    if (style < 5) {
        if (rng_below(r, 10)) out[n++] = '.';
        n += put_digits(r, out + n, rng_below(r, rng_below(r, 5) ? 6 : 24));
    }
    if (style == 1)
        n += (uint32_t)sprintf(out + n, "%c%s%u", "eE"[rng_below(r, 2)],
                               &"+-\0\0"[rng_below(r, 2) * 2] + rng_below(r, 2), rng_below(r, 40));
    return n;
}

static inline uint32_t random_date(rng *r, char *out) {
    static const char *const f[] = {"%04u-%02u-%02u", "%04u/%02u/%02u", "%04u.%02u.%02u",
                                    "%04u-%u-%u"};
    static const char *const g[] = {"%02u/%02u/%04u", "%u/%u/%04u", "%02u.%02u.%04u",
                                    "%02u-%02u-%04u", "%u-%02u-%04u"};
    uint32_t y = rng_below(r, 4) ? 1900 + rng_below(r, 200) : rng_below(r, 10000);
    uint32_t a = rng_below(r, 33), b = rng_below(r, 3) ? rng_below(r, 14) : rng_below(r, 33);
    if (rng_below(r, 2)) return (uint32_t)sprintf(out, f[rng_below(r, 4)], y, b, a);
    return (uint32_t)sprintf(out, g[rng_below(r, 5)], a, b, y);
}

/* Dates with the name of a month, right and nearly right. */
static inline uint32_t random_named_date(rng *r, char *out) {
    static const char *const months[] = {
        "Jan", "Feb", "Mar",   "Apr",   "May",  "Jun",      "JUL",      "aug",   "Sept", "Oct",
        "Nov", "Dec", "March", "April", "JUNE", "october",  "November", "mArch", "Mai",  "März",
        "Mrz", "MÄR", "Mär.",  "okt",   "Aug.", "Dezember", "Mar",      "Mar",   "May",  "Feb"};
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sunday"};
    const char *m = months[rng_below(r, sizeof months / sizeof *months)];
    uint32_t d = 1 + rng_below(r, 31), y = 1970 + rng_below(r, 80);
    const char *w = days[rng_below(r, 8)];
    switch (rng_below(r, 12)) {
    case 0:
        return (uint32_t)sprintf(out, "%02u-%s-%04u", d, m, y);
    case 1:
        return (uint32_t)sprintf(out, "%u %s %04u", d, m, y);
    case 2:
        return (uint32_t)sprintf(out, "%02u/%s/%04u", d, m, y);
    case 3:
        return (uint32_t)sprintf(out, "%u. %s %04u", d, m, y);
    case 4:
        return (uint32_t)sprintf(out, "%u de %s de %04u", d, m, y);
    case 5:
        return (uint32_t)sprintf(out, "%s %u, %04u", m, d, y);
    case 6:
        return (uint32_t)sprintf(out, "%s %02u %04u", m, d, y);
    case 7:
        return (uint32_t)sprintf(out, "%04u-%s-%02u", y, m, d);
    case 8:
        return (uint32_t)sprintf(out, "%s, %02u %s %04u", w, d, m, y);
    case 9:
        return (uint32_t)sprintf(out, "%s, %s %u, %04u", w, m, d, y);
    case 10:
        return (uint32_t)sprintf(out, "%s %s %2u %02u:00:09 %04u", w, m, d, rng_below(r, 24), y);
    default:
        return (uint32_t)sprintf(out, "%04u%02u%02uT%02u%02u%02u", y, 1 + rng_below(r, 12), d,
                                 rng_below(r, 24), rng_below(r, 60), rng_below(r, 60));
    }
}

static inline uint32_t random_half_clock(rng *r, char *out) {
    static const char *const half[] = {" AM", " PM", "am", "pm", " pm", "PM", " Pm"};
    uint32_t n = (uint32_t)sprintf(out, rng_below(r, 2) ? "%u:%02u" : "%02u:%02u", rng_below(r, 14),
                                   rng_below(r, 60));
    if (rng_below(r, 2)) n += (uint32_t)sprintf(out + n, ":%02u", rng_below(r, 60));
    return n + (uint32_t)sprintf(out + n, "%s", half[rng_below(r, 7)]);
}

static inline uint32_t random_clock(rng *r, char *out) {
    uint32_t n = (uint32_t)sprintf(out, "%02u:%02u", rng_below(r, 25), rng_below(r, 60));
    if (rng_below(r, 8) == 0) return n;
    n += (uint32_t)sprintf(out + n, ":%02u", rng_below(r, 61));
    if (rng_below(r, 2) == 0) return n;
    out[n++] = rng_below(r, 4) ? '.' : ',';
    return n + put_digits(r, out + n, rng_below(r, 10));
}

static inline uint32_t random_timestamp(rng *r, char *out) {
    uint32_t n = rng_below(r, 3) ? random_date(r, out) : random_named_date(r, out);
    static const char *const parts[] = {" ", "T", " ", "T", ", ", ":"};
    n += (uint32_t)sprintf(out + n, "%s", parts[rng_below(r, 6)]);
    n += rng_below(r, 3) ? random_clock(r, out + n) : random_half_clock(r, out + n);
    if (rng_below(r, 6) == 0) out[n++] = ' ';
    switch (rng_below(r, 8)) {
    case 4:
        return n + (uint32_t)sprintf(out + n, "%s", rng_below(r, 2) ? "UTC" : "GMT");
    case 0:
        out[n++] = 'Z';
        return n;
    case 1:
        return n + (uint32_t)sprintf(out + n, "%c%02u:%02u", "+-"[rng_below(r, 2)],
                                     rng_below(r, 17), rng_below(r, 5) * 15);
    case 2:
        return n + (uint32_t)sprintf(out + n, "%c%02u%02u", "+-"[rng_below(r, 2)], rng_below(r, 16),
                                     rng_below(r, 61));
    case 3:
        return n + (uint32_t)sprintf(out + n, "%c%02u", "+-"[rng_below(r, 2)], rng_below(r, 17));
    default:
        return n;
    }
}

static inline uint32_t random_word(rng *r, char *out) {
    static const char *const w[] = {
        "true",  "false", "TRUE", "FALSE", "True", "False", "tRue",     "NaN", "NA",   "null",
        "-",     "\\N",   "inf",  "",      "abc",  "N/A",   "Infinity", "nan", "0x1F", "1_000",
        "1,234", "yes",   "no",   "Yes",   "NO",   "y",     "N",        "on",  "OFF",  "t",
        "F",     "$5",    "50%",  "12,5",  "",     "",      "",         "NA",  "null"};

    return (uint32_t)sprintf(out, "%s", w[rng_below(r, sizeof w / sizeof *w)]);
}

/* Numbers with currency, percent, groups and commas. */
static inline uint32_t random_dressed(rng *r, char *out) {
    static const char *const front[] = {"$", "", "€ ", "", "-$", "$-", "(", "USD ", "-"};
    static const char *const back[] = {"", " €", "%", " %", ")", "", "EUR", "", ""};
    static const char *const mark[] = {",", ".", "'", " ", ""};
    const char *m = mark[rng_below(r, 5)];
    uint32_t f = rng_below(r, 9);
    uint32_t n = (uint32_t)sprintf(out, "%s%u", front[f], rng_below(r, 1000));
    for (uint32_t k = rng_below(r, 3); k > 0; k--)
        n += (uint32_t)sprintf(out + n, "%s%03u", m, rng_below(r, 1000));
    if (rng_below(r, 2))
        n += (uint32_t)sprintf(out + n, "%c%0*u", ".,"[rng_below(r, 2)], 1 + (int)rng_below(r, 3),
                               rng_below(r, 10));
    return n + (uint32_t)sprintf(out + n, "%s", back[f == 6 ? 4 : rng_below(r, 9)]);
}

/* At most 95 bytes. */
static inline uint32_t random_cell(rng *r, char *out) {
    uint32_t n;
    switch (rng_below(r, 10)) {
    case 0:
        n = random_date(r, out);
        break;
    case 8:
        n = random_named_date(r, out);
        break;
    case 9:
        n = rng_below(r, 2) ? random_half_clock(r, out) : random_dressed(r, out);
        break;
    case 1:
        n = random_timestamp(r, out);
        break;
    case 2:
        n = random_clock(r, out);
        break;
    case 3:
        n = random_word(r, out);
        break;
    default:
        n = random_number(r, out);
    }
    if (n > 0 && rng_below(r, 16) == 0)
        out[rng_below(r, n)] = "0123456789-:./ TZe+"[rng_below(r, 19)];
    return n;
}

#endif
