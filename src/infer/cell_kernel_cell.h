/* infer/cell_kernel_cell.h - one cell at a time: the exact readings behind every kernel set.
 *
 * The vector kernels hand the cells that their lanes do not cover to these functions, and the
 * scalar set is made of them, so that all sets have the same domain: that of cell_kernel.h.
 * Nothing here branches on locale or reads more than 24 bytes around a cell.
 * Owns: nothing. Threads: pure. Fails: a false return leaves the cell to infer/parse.h.
 * Life: static inline; included by cell_kernel*.c alone. */
#ifndef LF_INFER_CELL_KERNEL_CELL_H
#define LF_INFER_CELL_KERNEL_CELL_H
#include "infer/cell_kernel.h"
#include "infer/parse.h"
#include "infer/print.h"
#include <string.h>

#define CELL_INLINE      static inline __attribute__((always_inline))
#define CELL_ASCII_ZEROS 0x3030303030303030ull

static inline uint64_t cell_load8(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* True where each byte is 0..9. */
static inline bool cell_all_digits(uint64_t d) {
    return (((d + 0x7676767676767676ull) | d) & 0x8080808080808080ull) == 0;
}

/* Eight digits 0..9, the first in the lowest byte, as a number. */
static inline uint64_t cell_digits8(uint64_t d) {
    d = d * 10 + (d >> 8);
    return (((d & 0x000000FF000000FFull) * 0x000F424000000064ull) +
            (((d >> 16) & 0x000000FF000000FFull) * 0x0000271000000001ull)) >>
           32;
}

/* The n <= 8 bytes before `end` less '0', right-aligned, zeros in front. */
static inline uint64_t cell_tail_digits(const uint8_t *end, uint32_t n) {
    if (n == 0) return 0;
    return (cell_load8(end - 8) ^ CELL_ASCII_ZEROS) & (~0ull << (64 - 8 * n));
}

/* The n digits before `end`, n = 1..18. */
static inline bool cell_digits(const uint8_t *end, uint32_t n, uint64_t *out) {
    uint64_t d = cell_tail_digits(end, n < 8 ? n : 8), v;
    if (!cell_all_digits(d)) return false;
    v = cell_digits8(d);
    if (n > 8) {
        uint64_t e = cell_tail_digits(end - 8, n < 16 ? n - 8 : 8);
        if (!cell_all_digits(e)) return false;
        v += cell_digits8(e) * 100000000u;
    }
    if (n > 16) {
        uint64_t e = cell_tail_digits(end - 16, n - 16);
        if (!cell_all_digits(e)) return false;
        v += cell_digits8(e) * 10000000000000000ull;
    }
    *out = v;
    return true;
}

static inline bool cell_is_word(const lf_cells *in, const uint8_t *p, uint32_t len) {
    if (in->n_null_words == 0 || len - 1 >= 8) return false;
    uint64_t v = cell_load8(p) & (~0ull >> (64 - 8 * len));
    for (uint32_t k = 0; k < in->n_null_words; k++)
        if (v == in->null_word[k] && len == in->null_len[k]) return true;
    return false;
}

static inline bool cell_cell_int64(const uint8_t *p, uint32_t len, int64_t *out) {
    uint64_t v;
    uint32_t neg = p[0] == '-', n = len - neg;
    if (n - 1 >= 18 || (p[neg] == '0' && len > 1) || !cell_digits(p + len, n, &v)) return false;
    *out = neg ? -(int64_t)v : (int64_t)v;
    return true;
}

/* Digits after the point are `scale`; the value is the integer that all digits make. */
static inline bool cell_cell_decimal(const uint8_t *p, uint32_t len, uint32_t scale, int64_t *out) {
    uint64_t whole, part = 0;
    uint32_t neg = p[0] == '-', n = len - neg;
    if (scale == 0) return cell_cell_int64(p, len, out);
    if (n - 1 > 18 || n < scale + 2) return false;
    const uint8_t *dot = p + len - scale - 1;
    uint32_t n_int = n - scale - 1;
    if (*dot != '.' || (p[neg] == '0' && n_int > 1)) return false;
    if (!cell_digits(dot, n_int, &whole) || !cell_digits(p + len, scale, &part)) return false;
    for (uint32_t k = 0; k < scale; k++)
        whole *= 10;
    whole += part;
    if (neg && whole == 0) return false;
    *out = neg ? -(int64_t)whole : (int64_t)whole;
    return true;
}

typedef struct cell_double {
    double value;
    uint32_t frac_digits;
    bool has_point, trailing_zero;
    uint32_t int_digits; /* a lone 0 is none */
} cell_double;

/* Powers that doubles hold exactly. */
static const double cell_pow10[19] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8, 1e9,
                                      1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18};

#define CELL_DOUBLE_LIMIT 1000000000000000ull /* 15 significant digits */
#define CELL_DOUBLE_LEAST 1e-5                /* below, the shortest print has an exponent */

/* Where the first point of n bytes is; n without one. */
static inline uint32_t cell_find_point(const uint8_t *p, uint32_t n) {
    for (uint32_t k = 0; k < n; k += 8) {
        uint64_t x = cell_load8(p + k) ^ 0x2E2E2E2E2E2E2E2Eull;
        uint64_t zero = (x - 0x0101010101010101ull) & ~x & 0x8080808080808080ull;
        if (zero == 0) continue;
        uint32_t at = k + (uint32_t)__builtin_ctzll(zero) / 8;
        return at < n ? at : n;
    }
    return n;
}

static inline bool cell_cell_f64(const uint8_t *p, uint32_t len, cell_double *out) {
    uint32_t neg = p[0] == '-', n = len - neg, n_int;
    uint64_t whole, part = 0;
    p += neg;
    if (n - 1 >= 19) return false;
    n_int = cell_find_point(p, n);
    uint32_t frac = n_int < n ? n - n_int - 1 : 0;
    bool point = n_int < n;
    if (n_int == 0 || n_int + frac > 18 || (point && frac == 0) || (p[0] == '0' && n_int > 1))
        return false;
    if (!cell_digits(p + n_int, n_int, &whole) || (point && !cell_digits(p + n, frac, &part)))
        return false;
    /* At most 18 digits: no product here wraps. */
    uint64_t scale = (uint64_t)cell_pow10[frac], all = whole * scale + part;
    if (all >= CELL_DOUBLE_LIMIT || (neg && all == 0)) return false;
    double v = (double)all / cell_pow10[frac];
    if (all != 0 && v < CELL_DOUBLE_LEAST) return false;
    out->value = neg ? -v : v;
    out->frac_digits = frac;
    out->has_point = point;
    out->trailing_zero = point && p[n - 1] == '0';
    out->int_digits = p[0] == '0' ? 0 : n_int;
    return true;
}

/* Digits after the point of the first cell that is not null; 0 where it has none or over `max`. */
static inline uint32_t cell_guess_frac(const lf_cells *in, uint32_t max) {
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        uint32_t len = in->len[r], frac = 0;
        if (len == 0 || cell_is_word(in, p, len)) continue;
        while (frac < len && frac <= max && (uint32_t)p[len - 1 - frac] - '0' <= 9)
            frac++;
        return frac < len && frac <= max && p[len - 1 - frac] == '.' ? frac : 0;
    }
    return 0;
}

/* --- Dates. ------------------------------------------------------------------------------- */

typedef enum cell_date_order { CELL_YMD, CELL_DMY, CELL_MDY } cell_date_order;
typedef struct cell_date_layout {
    cell_date_order order;
    uint8_t separator;
} cell_date_layout;

static inline bool cell_date_layout_of(uint32_t format, cell_date_layout *out) {
    switch (format) {
    case LF_DF_YMD_DASH:
        *out = (cell_date_layout){CELL_YMD, '-'};
        return true;
    case LF_DF_YMD_SLASH:
        *out = (cell_date_layout){CELL_YMD, '/'};
        return true;
    case LF_DF_YMD_DOT:
        *out = (cell_date_layout){CELL_YMD, '.'};
        return true;
    case LF_DF_DMY_SLASH:
        *out = (cell_date_layout){CELL_DMY, '/'};
        return true;
    case LF_DF_DMY_DOT:
        *out = (cell_date_layout){CELL_DMY, '.'};
        return true;
    case LF_DF_DMY_DASH:
        *out = (cell_date_layout){CELL_DMY, '-'};
        return true;
    case LF_DF_MDY_SLASH:
        *out = (cell_date_layout){CELL_MDY, '/'};
        return true;
    case LF_DF_MDY_DOT:
        *out = (cell_date_layout){CELL_MDY, '.'};
        return true;
    case LF_DF_MDY_DASH:
        *out = (cell_date_layout){CELL_MDY, '-'};
        return true;
    default:
        return false;
    }
}

static const uint8_t cell_month_days[13] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
static const uint16_t cell_month_first[13] = {0,   0,   31,  59,  90,  120, 151,
                                              181, 212, 243, 273, 304, 334};
/* Days from 0000-01-01 to 1970-01-01. */
#define CELL_DAYS_TO_EPOCH 719528

/* Days since 1970; false where there is no such day. Year 1..9999. */
static inline bool cell_days(uint32_t y, uint32_t m, uint32_t d, int32_t *out) {
    if (y == 0 || m - 1 >= 12) return false;
    uint32_t leap = (y % 4 == 0) & ((y % 100 != 0) | (y % 400 == 0));
    if (d - 1 >= cell_month_days[m] + (uint32_t)(leap & (m == 2))) return false;
    /* Leap days before 1 January: year 0 is one. */
    uint32_t before = (y + 3) / 4 - (y + 99) / 100 + (y + 399) / 400;
    *out = (int32_t)(365 * y + before + cell_month_first[m] + (leap & (m > 2)) + d - 1) -
           CELL_DAYS_TO_EPOCH;
    return true;
}

static inline uint32_t cell_two(const uint8_t *p) { /* above 99: no two digits */
    uint32_t a = p[0] - '0', b = p[1] - '0';
    return a > 9 || b > 9 ? 1000 : a * 10 + b;
}

/* The ten bytes of a padded date. */
static inline bool cell_cell_date10(const uint8_t *p, cell_date_layout l, int32_t *out) {
    uint32_t ymd = l.order == CELL_YMD, s1 = ymd ? 4 : 2, s2 = ymd ? 7 : 5;
    if (p[s1] != l.separator || p[s2] != l.separator) return false;
    const uint8_t *y = ymd ? p : p + 6, *a = ymd ? p + 5 : p, *b = ymd ? p + 8 : p + 3;
    uint32_t y1 = cell_two(y), y2 = cell_two(y + 2), first = cell_two(a), second = cell_two(b);
    if (y1 > 99 || y2 > 99 || first > 99 || second > 99) return false;
    bool day_first = l.order == CELL_DMY;
    return cell_days(y1 * 100 + y2, day_first ? second : first, day_first ? first : second, out);
}

enum { CELL_DATE_PADDED = 1, CELL_DATE_UNPADDED = 2 }; /* forms that print a date back, a bit set */

static inline bool cell_cell_date(const uint8_t *p, uint32_t len, cell_date_layout l, int32_t *out,
                                  uint32_t *forms_out) {
    uint8_t padded[10];
    if (len == 10) { /* then both parts have two digits */
        uint32_t a = l.order == CELL_YMD ? 5 : 0, b = l.order == CELL_YMD ? 8 : 3;
        bool zero = p[a] == '0' || p[b] == '0';
        *forms_out = CELL_DATE_PADDED | (zero ? 0 : CELL_DATE_UNPADDED);
        return cell_cell_date10(p, l, out);
    }
    uint32_t forms = CELL_DATE_PADDED | CELL_DATE_UNPADDED, at = 0, to = 0;
    if (len < 8 || len > 10) return false;
    for (uint32_t part = 0; part < 3; part++) {
        bool year = part == (l.order == CELL_YMD ? 0u : 2u);
        uint32_t n = 0, most = year ? 4 : 2;
        while (n < most && at + n < len && (uint32_t)p[at + n] - '0' <= 9)
            n++;
        if (n == 0 || (year && n != 4)) return false;
        if (!year && n == 1) forms &= CELL_DATE_UNPADDED;
        if (!year && n == 2 && p[at] == '0') forms &= CELL_DATE_PADDED;
        if (!year && n == 1) padded[to++] = '0';
        memcpy(padded + to, p + at, n);
        to += n;
        at += n;
        if (part == 2) break;
        if (at == len || p[at] != l.separator) return false;
        padded[to++] = p[at++];
    }
    *forms_out = forms;
    return at == len && to == 10 && forms != 0 && cell_cell_date10(padded, l, out);
}

/* --- Times of day and timestamps. --------------------------------------------------------- */

/* How the cells of a tile are laid out. All have the same length:
 *   date (10 or 0)  separator (1 or 0)  HH:MM[:SS[.f]]  zone (0, 1 or 6) */
typedef struct cell_stamp_layout {
    cell_date_layout date;
    uint32_t len, time_at; /* time_at: 0 (no date) or 11 */
    uint8_t separator, seconds, frac_digits, zone_len;
    uint8_t zone[6];
    lf_form form;
    int64_t units_per_second, frac_scale, offset; /* frac_scale: unit per last digit */
    bool narrow;                                  /* nanoseconds: years 1678 to 2261 alone */
} cell_stamp_layout;

#define CELL_NS_DAY_MIN (-106650) /* 1678-01-01 */
#define CELL_NS_DAY_MAX 106650    /* 2261-12-31 */

/* Seconds of HH:MM[:SS], or -1. */
static inline int32_t cell_seconds(const uint8_t *p, bool seconds) {
    uint32_t h = cell_two(p), m = cell_two(p + 3), s = 0;
    if (p[2] != ':') return -1;
    if (seconds) {
        if (p[5] != ':') return -1;
        s = cell_two(p + 6);
    }
    return h > 23 || m > 59 || s > 59 ? -1 : (int32_t)(h * 3600 + m * 60 + s);
}

static inline bool cell_cell_stamp(const uint8_t *p, uint32_t len, const cell_stamp_layout *l,
                                   int64_t *out) {
    int32_t days = 0, seconds;
    uint64_t frac = 0;
    if (len != l->len) return false;
    if (l->time_at) {
        if (p[10] != l->separator || !cell_cell_date10(p, l->date, &days)) return false;
        if (l->narrow && (days < CELL_NS_DAY_MIN || days > CELL_NS_DAY_MAX)) return false;
    }
    seconds = cell_seconds(p + l->time_at, l->seconds);
    if (seconds < 0 || memcmp(p + len - l->zone_len, l->zone, l->zone_len) != 0) return false;
    if (l->frac_digits) {
        const uint8_t *end = p + len - l->zone_len;
        if (p[l->time_at + 8] != '.' || !cell_digits(end, l->frac_digits, &frac)) return false;
    }
    *out = ((int64_t)days * 86400 + seconds) * l->units_per_second + l->offset +
           (int64_t)frac * l->frac_scale;
    return true;
}

/* Reads the zone at p; false where it is none that a form prints. */
static inline bool cell_stamp_zone(const uint8_t *p, uint32_t n, cell_stamp_layout *l) {
    l->zone_len = (uint8_t)n;
    memcpy(l->zone, p, n);
    l->form.zone = n ? LF_ZONE_Z : LF_ZONE_NONE;
    if (n <= 1) return n == 0 || p[0] == 'Z';
    uint32_t h = cell_two(p + 1), m = n == 3 ? 0 : cell_two(p + n - 2);
    if ((p[0] != '+' && p[0] != '-') || h > 14 || m > 45 || m % 15) return false;
    if (n == 6 && p[3] != ':') return false;
    if (n == 5) l->form.kind |= LF_FORM_TS_ZONE_HHMM;
    if (n == 3) l->form.kind |= LF_FORM_TS_ZONE_HH;
    int32_t minutes = (int32_t)(h * 60 + m);
    if (p[0] == '-') minutes = -minutes;
    if (minutes == 0 && p[0] == '-') return false;
    l->form.zone = (uint8_t)(LF_ZONE_OFFSET_BASE + (minutes + 900) / 15);
    l->offset = -(int64_t)minutes * 60 * l->units_per_second;
    return true;
}

/* The layout of a cell that reads as t under the date layout. `date` NULL: times of day. */
static inline bool cell_stamp_layout_of(const uint8_t *p, uint32_t len,
                                        const cell_date_layout *date, lf_type t,
                                        cell_stamp_layout *l) {
    uint32_t at, n;
    int64_t ignored;
    *l = (cell_stamp_layout){.len = len, .time_at = date ? 11 : 0};
    l->units_per_second = t.unit == LF_UNIT_NS ? 1000000000 : 1000000;
    l->narrow = t.unit == LF_UNIT_NS;
    if (len < l->time_at + 5 || len > l->time_at + 24) return false;
    if (date) {
        l->date = *date;
        l->separator = p[10];
        if (p[10] != ' ' && p[10] != 'T') return false;
        l->form.kind = p[10] == 'T' ? LF_FORM_TS_T : 0;
    }
    at = l->time_at + 5;
    l->seconds = at < len && p[at] == ':';
    if (!l->seconds && !date) return false;
    if (!l->seconds) l->form.kind |= LF_FORM_TS_NO_SECONDS;
    if (l->seconds) at += 3;
    if (at > len) return false;
    if (l->seconds && at < len && p[at] == '.') {
        n = 0;
        while (at + 1 + n < len && (uint32_t)p[at + 1 + n] - '0' <= 9)
            n++;
        if (n == 0 || n > (t.unit == LF_UNIT_NS ? 9u : 6u)) return false;
        l->frac_digits = l->form.param = (uint8_t)n;
        l->frac_scale = l->units_per_second / (int64_t)cell_pow10[n];
        at += 1 + n;
    }
    n = len - at;
    bool zone = n == 1 || n == 3 || n == 5 || n == 6;
    if ((date && t.utc) ? !zone : n != 0) return false;
    return cell_stamp_zone(p + at, n, l) && cell_cell_stamp(p, len, l, &ignored);
}

/* The layout of the tile: that of its first cell that reads as t. */
static inline bool cell_stamp_layout_find(const lf_cells *in, const cell_date_layout *date,
                                          lf_type t, cell_stamp_layout *l) {
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        if (in->len[r] == 0 || cell_is_word(in, p, in->len[r])) continue;
        if (cell_stamp_layout_of(p, in->len[r], date, t, l)) return true;
    }
    return false;
}

/* --- Bools. ------------------------------------------------------------------------------- */

typedef struct cell_bool_words {
    uint64_t yes, no; /* as in lf_cells.null_word */
} cell_bool_words;

#define CELL_WORD(a, b, c, d, e)                                                                   \
    ((uint64_t)(a) | (uint64_t)(b) << 8 | (uint64_t)(c) << 16 | (uint64_t)(d) << 24 |              \
     (uint64_t)(e) << 32)

static const cell_bool_words cell_bools[3] = {
    [LF_FORM_BOOL_LOWER] = {CELL_WORD('t', 'r', 'u', 'e', 0), CELL_WORD('f', 'a', 'l', 's', 'e')},
    [LF_FORM_BOOL_UPPER] = {CELL_WORD('T', 'R', 'U', 'E', 0), CELL_WORD('F', 'A', 'L', 'S', 'E')},
    [LF_FORM_BOOL_TITLE] = {CELL_WORD('T', 'r', 'u', 'e', 0), CELL_WORD('F', 'a', 'l', 's', 'e')},
};

/* 0 or 1; 2: neither. */
static inline uint32_t cell_cell_bool(const uint8_t *p, uint32_t len, cell_bool_words w) {
    if (len != 4 && len != 5) return 2;
    uint64_t v = cell_load8(p) & (~0ull >> (64 - 8 * len));
    return v == w.yes && len == 4 ? 1 : v == w.no && len == 5 ? 0 : 2;
}

/* The spelling of the tile: that of its first bool. */
static inline bool cell_bool_spelling(const lf_cells *in, uint8_t *out) {
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        if (cell_is_word(in, p, in->len[r])) continue;
        for (uint8_t k = 0; k < 3; k++)
            if (cell_cell_bool(p, in->len[r], cell_bools[k]) < 2) {
                *out = k;
                return true;
            }
    }
    return false;
}

/* --- What all kernels do around their cells. ------------------------------------------------ */

static inline void cell_out_begin(lf_cell_kernel_out *out) {
    out->n_null = out->n_odd = out->n_word_null = 0;
    out->int_digits_max = out->frac_digits_max = out->frac_digits_min = 0;
    out->trailing_zero = out->form_is_told = false;
    out->form = (lf_form){0};
}

/* Which of the 64 rows from r on exist. */
static inline uint64_t cell_rows_mask(uint32_t n, uint32_t r) {
    return n - r >= 64 ? ~0ull : (1ull << (n - r)) - 1;
}

/* Writes the bitmaps of 64 rows. `word`: null by a word. */
static inline void cell_out_rows(lf_cell_kernel_out *out, uint32_t n, uint32_t r, uint64_t valid,
                                 uint64_t odd, uint64_t word) {
    uint64_t rows = cell_rows_mask(n, r);
    out->valid[r / 64] = valid & rows;
    out->odd[r / 64] = odd & rows;
    out->n_null += (uint32_t)__builtin_popcountll(~(valid | odd) & rows);
    out->n_odd += (uint32_t)__builtin_popcountll(odd & rows);
    out->n_word_null += (uint32_t)__builtin_popcountll(word & rows);
}

/* The last cells of a tile, padded with empty ones to a whole group. */
typedef struct cell_pad {
    uint32_t start[16], len[16];
} cell_pad;

static inline void cell_pad_fill(const lf_cells *in, uint32_t lanes, cell_pad *pad) {
    uint32_t r = in->n & ~(lanes - 1);
    for (uint32_t k = 0; k < lanes; k++) {
        bool there = r + k < in->n;
        pad->start[k] = there ? in->start[r + k] : 0;
        pad->len[k] = there ? in->len[r + k] : 0;
    }
}

/* The cells from r on, in memory of their own or padded. */
typedef struct cell_group {
    const uint32_t *start, *len;
} cell_group;

CELL_INLINE cell_group cell_group_at(const lf_cells *in, uint32_t r, uint32_t lanes,
                                     const cell_pad *pad) {
    if (in->n - r >= lanes) return (cell_group){in->start + r, in->len + r};
    return (cell_group){pad->start, pad->len};
}

static inline uint8_t cell_decimal_digits(uint64_t v) { /* 0 has none */
    static const uint64_t powers[20] = {1,
                                        10,
                                        100,
                                        1000,
                                        10000,
                                        100000,
                                        1000000,
                                        10000000,
                                        100000000,
                                        1000000000,
                                        10000000000,
                                        100000000000,
                                        1000000000000,
                                        10000000000000,
                                        100000000000000,
                                        1000000000000000,
                                        10000000000000000,
                                        100000000000000000,
                                        1000000000000000000,
                                        10000000000000000000u};
    uint8_t n = 0;
    while (n < 20 && v >= powers[n])
        n++;
    return n;
}

/* No cell reads: every cell that is not null is odd. slot_bytes of each value are zeroed. */
void lf_cell_kernel_all_odd(const lf_cells *in, uint32_t slot_bytes, lf_cell_kernel_out *out);
void lf_cell_kernel_time(const lf_cells *in, uint32_t date_format, lf_type t,
                         lf_cell_kernel_out *out);
void lf_cell_kernel_date(const lf_cells *in, uint32_t date_format, lf_type t,
                         lf_cell_kernel_out *out);

extern const lf_cell_kernels lf_cell_kernels_scalar;
extern const lf_cell_kernels lf_cell_kernels_avx2;
extern const lf_cell_kernels lf_cell_kernels_avx512;

bool lf_utf8_check_scalar(const uint8_t *p, size_t n);
bool lf_utf8_check_avx2(const uint8_t *p, size_t n);
bool lf_utf8_check_avx512(const uint8_t *p, size_t n);
bool lf_utf8_check_neon(const uint8_t *p, size_t n);

/* ---- cells that a vector kernel leaves to the loop (cell_kernel_ask.c) ---- */

/* What such cells add to a tile of doubles. */
typedef struct cell_f64_rest {
    double most;
    uint32_t frac_min, frac_max;
    bool trailing_zero;
} cell_f64_rest;

/* Both: the cells r + k whose bit k of `ask` is set, one by one; the bits of those that are read,
 * whose values are in values[k]. *most: the largest absolute number. */
uint64_t lf_cell_int_ask(const lf_cells *in, uint32_t r, uint64_t ask, uint32_t scale,
                         uint64_t *most, int64_t *values);
uint64_t lf_cell_f64_ask(const lf_cells *in, uint32_t r, uint64_t ask, cell_f64_rest *rest,
                         double *values);

#endif
