/* Undressing goes from outside to inside: brackets, currency, sign, percent, groups. Only shapes
 * that have one meaning are taken: groups have three digits, a mark stands once. */
#include "infer/numeral.h"
#include "infer/print.h"
#include <string.h>

enum { MARK_COMMA, MARK_POINT, MARK_BLANK, MARK_QUOTE, MARK_NBSP, MARK_NARROW, MARK_LINE, N_MARKS };
static const char *const marks[N_MARKS] = {",", ".", " ", "'", "\xC2\xA0", "\xE2\x80\xAF", "_"};

/* 0 is none; longer ones before those that they begin with. */
static const char *const currencies[] = {NULL,  "US$", "CA$", "A$",  "R$",  "$",   "€",   "£",
                                         "¥",   "₹",   "₽", "₩",   "zł",  "kr",  "Kč",  "Fr.",
                                         "USD", "EUR", "GBP", "JPY", "CHF", "CNY", "SEK", "NOK",
                                         "DKK", "PLN", "INR", "BRL", "CAD", "AUD", "CZK", "RUB"};
#define N_CURRENCIES (sizeof currencies / sizeof *currencies)
_Static_assert(N_CURRENCIES <= 32, "five bits of a form");

typedef struct numeral {
    const uint8_t *p, *end;
    uint8_t style, currency, mark;
    bool negative;
} numeral;

static bool front_is(const numeral *x, const char *word, size_t n) {
    return (size_t)(x->end - x->p) > n && memcmp(x->p, word, n) == 0;
}

static bool back_is(const numeral *x, const char *word, size_t n) {
    return (size_t)(x->end - x->p) > n && memcmp(x->end - n, word, n) == 0;
}

static bool is_digit(uint8_t b) {
    return (uint8_t)(b - '0') <= 9;
}

static bool cut_front(numeral *x, char ch) {
    if (!front_is(x, &ch, 1)) return false;
    x->p++;
    return true;
}

static bool cut_back(numeral *x, char ch) {
    if (!back_is(x, &ch, 1)) return false;
    x->end--;
    return true;
}

static void take_currency(numeral *x) {
    for (uint8_t i = 1; i < N_CURRENCIES && x->currency == 0; i++) {
        size_t n = strlen(currencies[i]);
        if (front_is(x, currencies[i], n)) {
            x->currency = i;
            x->p += n;
            if (cut_front(x, ' ')) x->style |= LF_STYLE_MONEY_BLANK;
            if (!x->negative && cut_front(x, '-')) {
                x->negative = true;
                x->style |= LF_STYLE_MONEY_SIGN;
            }
        } else if (back_is(x, currencies[i], n)) {
            x->currency = i;
            x->end -= n;
            x->style |= LF_STYLE_MONEY_BEHIND;
            if (cut_back(x, ' ')) x->style |= LF_STYLE_MONEY_BLANK;
        }
    }
}

/* Copies the digits before the decimal mark, groups joined. False: the groups are none. */
static bool join_groups(numeral *x, char group, char *out, uint32_t *n_io) {
    uint32_t run = 0, groups = 0, n = *n_io;
    for (x->mark = 0; x->p < x->end;) {
        if (is_digit(*x->p)) {
            if (n + 2 >= LF_NUMERAL_MAX) return false;
            out[n++] = (char)*x->p++;
            run++;
            continue;
        }
        uint32_t m = 0, len = 0;
        for (; m < N_MARKS; m++) {
            len = (uint32_t)strlen(marks[m]);
            bool wanted =
                marks[m][0] == group || (group == ' ' && (m == MARK_NBSP || m == MARK_NARROW));
            if (wanted && front_is(x, marks[m], len) && is_digit(x->p[len])) break;
        }
        if (m == N_MARKS || (groups > 0 && (run != 3 || m != x->mark)) || run == 0 || run > 3)
            break;
        x->mark = (uint8_t)m;
        x->p += len;
        groups++;
        run = 0;
    }
    if (groups > 0) x->style |= LF_STYLE_GROUPS;
    *n_io = n;
    return groups == 0 || run == 3;
}

uint8_t lf_numeral_mark_words(char mark) {
    for (uint32_t m = 0; m < N_MARKS; m++)
        if (marks[m][0] == mark) return (uint8_t)(m << 5);
    return 0;
}

/* 12.5 -> 0.125: the point goes two digits to the left. */
static bool per_hundred(char *text, uint32_t *n_io) {
    uint32_t sign = text[0] == '-', n = *n_io, digits = 0;
    while (sign + digits < n && is_digit((uint8_t)text[sign + digits]))
        digits++;
    bool point = sign + digits < n;
    if ((point && text[sign + digits] != '.') || digits == 0 || n + 4 > LF_NUMERAL_MAX)
        return false;
    if (digits > 1 && text[sign] == '0') return false;
    if (point) {
        memmove(text + sign + digits, text + sign + digits + 1, n - sign - digits - 1);
        n--;
    }
    uint32_t zeros = digits < 3 ? 3 - digits : 0; /* 0.05 */
    memmove(text + sign + zeros, text + sign, n - sign);
    memset(text + sign, '0', zeros);
    n += zeros;
    uint32_t at = sign + digits + zeros - 2;
    memmove(text + at + 1, text + at, n - at);
    text[at] = '.';
    *n_io = n + 1;
    return true;
}

bool lf_numeral_undress(lf_span t, const lf_parse_ctx *c, char room[LF_NUMERAL_MAX], lf_span *plain,
                        lf_form *dress) {
    numeral x = {.p = t.data, .end = t.data + t.len};
    uint32_t n = 0;
    *dress = (lf_form){0};
    if (t.len == 0 || t.len > 60) {
        *plain = t;
        return t.len > 0 && !(c->numbers & LF_NUMBERS_COMMA);
    }
    if ((c->numbers & LF_NUMBERS_CURRENCY) && t.len > 2 && *x.p == '(' && x.end[-1] == ')') {
        x.p++;
        x.end--;
        x.negative = true;
        x.style |= LF_STYLE_MONEY_BRACKETS;
    } else {
        x.negative = cut_front(&x, '-');
    }
    if (c->numbers & LF_NUMBERS_CURRENCY) take_currency(&x);
    if ((c->numbers & LF_NUMBERS_PERCENT) && cut_back(&x, '%')) {
        x.style |= LF_STYLE_PERCENT;
        if (x.currency != 0) return false;
        if (cut_back(&x, ' ')) x.style |= LF_STYLE_MONEY_BLANK;
    }
    if ((x.style & LF_STYLE_MONEY_BRACKETS) && x.currency == 0 && !(x.p < x.end && is_digit(*x.p)))
        return false;
    if (x.negative) room[n++] = '-';
    char group = c->numbers & LF_NUMBERS_GROUPS ? c->group_mark : 0;
    char point = c->numbers & LF_NUMBERS_COMMA ? ',' : '.';
    if (!join_groups(&x, group, room, &n)) return false;
    if (x.p < x.end && *x.p == (uint8_t)point) {
        if (point == ',') x.style |= LF_STYLE_COMMA;
        room[n++] = '.';
        x.p++;
    } else if (x.p < x.end && *x.p == '.') {
        return false;
    }
    if (n + (size_t)(x.end - x.p) + 4 > LF_NUMERAL_MAX) return false;
    memcpy(room + n, x.p, (size_t)(x.end - x.p));
    n += (uint32_t)(x.end - x.p);
    if ((x.style & LF_STYLE_PERCENT) && !per_hundred(room, &n)) return false;
    dress->style = x.style;
    dress->words = (uint8_t)(x.currency | x.mark << 5);
    *plain = (lf_span){(const uint8_t *)room, n};
    return true;
}

/* 0.125 -> 12.5 */
static uint32_t of_hundred(char *text, uint32_t n) {
    uint32_t sign = text[0] == '-', at = sign;
    while (at < n && text[at] != '.')
        at++;
    uint32_t frac = at < n ? n - at - 1 : 0;
    if (frac < 2) { /* a whole number of ones: 1 -> 100 */
        if (frac == 0) text[at] = '0';
        if (frac == 1) text[at] = text[at + 1];
        text[at + 1] = '0';
        n = at + 2;
        frac = 0;
    } else {
        memmove(text + at, text + at + 1, 2);
        frac -= 2;
        if (frac > 0) text[at + 2] = '.';
        n = at + 2 + (frac > 0 ? frac + 1 : 0);
    }
    uint32_t zeros = 0;
    while (sign + zeros + 1 < n && text[sign + zeros] == '0' &&
           is_digit((uint8_t)text[sign + zeros + 1]))
        zeros++;
    memmove(text + sign, text + sign + zeros, n - sign - zeros);
    return n - zeros;
}

static uint32_t insert(char *text, uint32_t n, uint32_t at, const char *what) {
    uint32_t len = (uint32_t)strlen(what);
    if (n + len > LF_PRINT_MAX) return n;
    memmove(text + at + len, text + at, n - at);
    memcpy(text + at, what, len);
    return n + len;
}

static uint32_t put_groups(lf_form f, char *text, uint32_t n) {
    uint32_t sign = text[0] == '-', digits = 0;
    const char *mark = marks[(f.words >> 5) % N_MARKS];
    while (sign + digits < n && is_digit((uint8_t)text[sign + digits]))
        digits++;
    if (!(f.style & LF_STYLE_GROUPS)) return n;
    for (uint32_t at = 3; at < digits; at += 3)
        n = insert(text, n, sign + digits - at, mark);
    return n;
}

uint32_t lf_numeral_dress(lf_form f, char *text, uint32_t n) {
    if (n == 0 || n + 24 > LF_PRINT_MAX) return n;
    if (f.style & LF_STYLE_PERCENT) n = of_hundred(text, n);
    if (f.style & LF_STYLE_COMMA) {
        char *point = memchr(text, '.', n);
        if (point != NULL) *point = ',';
    }
    n = put_groups(f, text, n);
    const char *money = currencies[f.words & 31];
    const char *blank = f.style & LF_STYLE_MONEY_BLANK ? " " : "";
    if (f.style & LF_STYLE_PERCENT) {
        n = insert(text, n, n, blank);
        return insert(text, n, n, "%");
    }
    bool brackets = f.style & LF_STYLE_MONEY_BRACKETS, negative = text[0] == '-';
    uint32_t at = negative && !(f.style & LF_STYLE_MONEY_SIGN);
    if (money != NULL && (f.style & LF_STYLE_MONEY_BEHIND)) {
        n = insert(text, n, n, blank);
        n = insert(text, n, n, money);
    } else if (money != NULL) {
        n = insert(text, n, at, blank);
        n = insert(text, n, at, money);
    }
    if (!brackets || !negative) return n;
    text[0] = '(';
    return insert(text, n, n, ")");
}
