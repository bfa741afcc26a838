/* The lattice: kinds are joined by union, date formats by intersection, digits by maximum, so the
 * join is a semilattice by construction. All judgement is in lf_evidence_type, a pure function of
 * the join.
 *
 * A cell's own kinds do not depend on the column, and what a kernel reports is never less than
 * the truth, so that every cell of the input reads as the final type: re-typing cannot misfit. */
#include "infer/evidence.h"
#include "infer/calendar.h"
#include "infer/numeral.h"
#include "infer/reading.h"
#include <string.h>

#define NUMBERS                                                                                    \
    (LF_K_INT | LF_K_UINT | LF_K_BIGINT | LF_K_FIXED | LF_K_FLOAT | LF_K_LONG_FLOAT | LF_K_DOUBLE)
#define MOMENTS      (LF_K_DATE | LF_K_TS_LOCAL | LF_K_TS_ZONED)
#define NO_DATE_SEEN UINT32_MAX

void lf_evidence_init(lf_evidence *e) {
    *e = (lf_evidence){.date_formats = NO_DATE_SEEN};
}

void lf_evidence_join(lf_evidence *into, const lf_evidence *other) {
    into->kinds |= other->kinds;
    into->date_formats &= other->date_formats;
    if (other->int_digits > into->int_digits) into->int_digits = other->int_digits;
    if (other->frac_digits > into->frac_digits) into->frac_digits = other->frac_digits;
}

static void add_digits(lf_evidence *e, size_t int_digits, size_t frac_digits) {
    uint8_t i = (uint8_t)(int_digits < 255 ? int_digits : 255);
    uint8_t f = (uint8_t)(frac_digits < 255 ? frac_digits : 255);
    if (i > e->int_digits) e->int_digits = i;
    if (f > e->frac_digits) e->frac_digits = f;
}

/* A double holds it, an int64 if it has no point: most numbers, told by their digits. */
static bool is_short(const lf_number *n) {
    return !n->has_exp && n->n_int <= 15 && n->n_frac <= 15 && n->sig <= 15 &&
           (n->sig > 0 || !n->negative);
}

static void add_number(lf_evidence *e, const lf_number *n, lf_span text) {
    uint32_t kinds = n->negative && n->sig > 0 ? LF_K_NEGATIVE : 0;
    if (is_short(n)) {
        e->kinds |= kinds | (n->has_point ? LF_K_FIXED : LF_K_INT);
        add_digits(e, lf_number_int_digits(n), n->n_frac);
        return;
    }
    uint64_t u;
    int64_t i;
    double v;
    if (!lf_number_to_double(n, text, &v)) {
        e->kinds |= LF_K_TEXT; /* 1e400 */
        return;
    }
    bool loses = n->sig > 15 || (n->sig > 0 && __builtin_fabs(v) < 2.2250738585072014e-308);
    if (n->has_exp) {
        kinds |= LF_K_FLOAT;
    } else {
        kinds |= n->has_point                ? LF_K_FIXED
                 : lf_parse_int64(text, &i)  ? LF_K_INT
                 : lf_parse_uint64(text, &u) ? LF_K_UINT
                                             : LF_K_BIGINT;
        add_digits(e, lf_number_int_digits(n), n->n_frac);
    }
    if (loses) {
        lf_form forms[LF_FORMS_MAX];
        bool integer = !n->has_exp && !n->has_point; /* kernels cannot tell: all alike */
        bool known = !n->has_exp && (e->kinds & LF_K_LONG_DIGITS);
        kinds |= LF_K_OVER_SIG;
        if (integer || known || lf_number_forms_double(n, text, v, forms) == 0)
            kinds |= LF_K_LONG_DIGITS | (n->has_exp ? LF_K_LONG_FLOAT : 0);
    }
    e->kinds |= kinds;
}

static void add_moment(lf_evidence *e, const lf_moment *m) {
    uint32_t kinds = m->nanos % 1000 != 0 ? LF_K_NS : 0;
    if (m->formats == 0) {
        e->kinds |= kinds | (m->has_zone ? LF_K_TEXT : LF_K_TIME);
        return;
    }
    kinds |= !m->has_time ? LF_K_DATE : m->has_zone ? LF_K_TS_ZONED : LF_K_TS_LOCAL;
    if (lf_moment_out_of_ns(m)) kinds |= LF_K_OUT_NS;
    e->kinds |= kinds;
    e->date_formats &= m->formats;
}

static uint32_t bool_kinds(lf_span t, const lf_parse_ctx *c) {
    static const uint32_t spelled[] = {LF_K_BOOL_LOWER, LF_K_BOOL_UPPER, LF_K_BOOL_TITLE};
    lf_bool_word_read w;
    if (!lf_bool_read(t, &w)) return 0;
    if (w.kind == 0) return LF_K_BOOL | spelled[w.form.kind];
    return c->bool_words & w.kind ? w.kind | spelled[w.form.kind] : 0;
}

uint32_t lf_evidence_bool_words(const lf_evidence *e) {
    uint32_t yes = e->kinds & (LF_K_YES | LF_K_Y | LF_K_ON | LF_K_T);
    uint32_t no = e->kinds & (LF_K_NO | LF_K_N | LF_K_OFF | LF_K_F);
    yes &= no >> 1;
    return yes | yes << 1;
}

static bool add_dressed(lf_evidence *e, lf_span text, const lf_parse_ctx *c) {
    char room[LF_NUMERAL_MAX];
    lf_span plain;
    lf_form dress;
    lf_number n;
    if (!lf_numeral_undress(text, c, room, &plain, &dress) || !lf_number_scan(plain, &n))
        return false;
    add_number(e, &n, plain);
    return true;
}

void lf_evidence_add(lf_evidence *e, lf_span text, bool quoted, const lf_parse_ctx *c) {
    uint32_t word, kinds;
    lf_number n;
    lf_moment m;
    switch (lf_parse_null(text, quoted, c, &word)) {
    case LF_NULL_EMPTY:
        if (quoted) e->kinds |= LF_K_QUOTED_EMPTY;
        return;
    case LF_NULL_WORD:
        e->kinds |= LF_K_NULL_WORD;
        return;
    case LF_NULL_NO:
        break;
    }
    if (c->format && lf_moment_scan_format(text, c, &m)) {
        add_moment(e, &m);
    } else if (c->numbers != 0 && add_dressed(e, text, c)) {
        return;
    } else if (c->numbers == 0 && lf_number_scan(text, &n)) {
        add_number(e, &n, text);
    } else if (!c->format && lf_moment_scan(text, c, false, &m)) {
        add_moment(e, &m);
    } else if ((kinds = bool_kinds(text, c)) != 0) {
        e->kinds |= kinds;
    } else if (!quoted && text.len == 3 && memcmp(text.data, "NaN", 3) == 0) {
        e->kinds |= LF_K_FLOAT; /* not among the null words that were given */
    } else {
        e->kinds |= LF_K_TEXT;
    }
}

static lf_type of_id(lf_type_id id) {
    return (lf_type){.id = (uint8_t)id};
}

/* Decimal where 38 digits do; else double where it loses nothing that was seen; else text. */
static lf_type wide_number(const lf_evidence *e) {
    uint32_t p = (uint32_t)e->int_digits + e->frac_digits;
    if (p <= 38)
        return (lf_type){
            .id = LF_T_DECIMAL, .precision = (uint8_t)(p ? p : 1), .scale = e->frac_digits};
    return of_id(e->kinds & LF_K_LONG_DIGITS ? LF_T_STRING : LF_T_DOUBLE);
}

static lf_type number_type(const lf_evidence *e, bool decimal) {
    uint32_t k = e->kinds;
    bool over = (k & LF_K_OVER_SIG) || e->int_digits > 15;
    if (!(k & (LF_K_FIXED | LF_K_FLOAT | LF_K_LONG_FLOAT | LF_K_DOUBLE))) {
        if (!(k & (LF_K_UINT | LF_K_BIGINT))) return of_id(LF_T_INT64);
        if (!(k & (LF_K_NEGATIVE | LF_K_BIGINT))) return of_id(LF_T_UINT64);
        return wide_number(e);
    }
    if (k & (LF_K_FLOAT | LF_K_LONG_FLOAT))
        return of_id(over && (k & LF_K_LONG_DIGITS) ? LF_T_STRING : LF_T_DOUBLE);
    if (over) return wide_number(e);
    if (decimal && !(k & LF_K_DOUBLE) && e->int_digits + e->frac_digits <= 38)
        return wide_number(e);
    return of_id(LF_T_DOUBLE);
}

static bool date_is_decided(const lf_evidence *e) {
    return e->date_formats == NO_DATE_SEEN || __builtin_popcount(e->date_formats) == 1;
}

static lf_type moment_type(const lf_evidence *e) {
    uint32_t k = e->kinds, which = k & MOMENTS;
    lf_type t = {.id = LF_T_TIMESTAMP, .unit = k & LF_K_NS ? LF_UNIT_NS : LF_UNIT_US};
    if (!date_is_decided(e)) return of_id(LF_T_STRING);
    if (which == LF_K_DATE) return of_id(LF_T_DATE);
    t.utc = which == LF_K_TS_ZONED;
    if ((!t.utc && (which & LF_K_TS_ZONED)) || (t.unit == LF_UNIT_NS && (k & LF_K_OUT_NS)))
        return of_id(LF_T_STRING);
    return t;
}

lf_type lf_evidence_type(const lf_evidence *e, bool decimal) {
    uint32_t k = e->kinds;
    uint32_t words = k & LF_K_WORDS, pair = lf_evidence_bool_words(e);
    uint32_t classes =
        !!(k & (LF_K_BOOL | LF_K_WORDS)) + !!(k & NUMBERS) + !!(k & LF_K_TIME) + !!(k & MOMENTS);
    if ((k & LF_K_TEXT) || classes > 1) return of_id(LF_T_STRING);
    if (words != 0 && ((k & LF_K_BOOL) || words != pair || __builtin_popcount(pair) != 2))
        return of_id(LF_T_STRING);
    if (k & (LF_K_BOOL | LF_K_WORDS)) {
        uint32_t spelled = k & (LF_K_BOOL_LOWER | LF_K_BOOL_UPPER | LF_K_BOOL_TITLE);
        return of_id(__builtin_popcount(spelled) > 1 ? LF_T_STRING : LF_T_BOOL);
    }
    if (k & NUMBERS) return number_type(e, decimal);
    if (k & LF_K_TIME)
        return (lf_type){.id = LF_T_TIME, .unit = k & LF_K_NS ? LF_UNIT_NS : LF_UNIT_US};
    if (k & MOMENTS) return moment_type(e);
    return of_id(LF_T_NULL);
}

void lf_evidence_of_type(lf_evidence *out, lf_type t) {
    lf_evidence_init(out);
    switch (t.id) {
    case LF_T_NULL:
        break;
    case LF_T_BOOL:
        out->kinds = LF_K_BOOL;
        break;
    case LF_T_INT64:
        out->kinds = LF_K_INT | LF_K_NEGATIVE;
        out->int_digits = 1;
        break;
    case LF_T_UINT64:
        out->kinds = LF_K_UINT | LF_K_OVER_SIG;
        out->int_digits = 20;
        break;
    case LF_T_DOUBLE:
        out->kinds = LF_K_DOUBLE | LF_K_NEGATIVE;
        break;
    case LF_T_DECIMAL:
        out->kinds = LF_K_FIXED | LF_K_OVER_SIG | LF_K_NEGATIVE;
        out->int_digits = (uint8_t)(t.precision - t.scale);
        out->frac_digits = t.scale;
        break;
    case LF_T_DATE:
        out->kinds = LF_K_DATE;
        break;
    case LF_T_TIME:
        out->kinds = LF_K_TIME;
        break;
    case LF_T_TIMESTAMP:
        out->kinds = t.utc ? LF_K_TS_ZONED : LF_K_TS_LOCAL;
        break;
    default:
        out->kinds = LF_K_TEXT;
    }
    if ((t.id == LF_T_TIME || t.id == LF_T_TIMESTAMP) && t.unit == LF_UNIT_NS)
        out->kinds |= LF_K_NS;
}

void lf_evidence_add_digits(lf_evidence *e, lf_type t, uint32_t int_digits, uint32_t frac_digits) {
    if (t.id != LF_T_INT64 && t.id != LF_T_UINT64 && t.id != LF_T_DOUBLE && t.id != LF_T_DECIMAL)
        return;
    e->kinds |= frac_digits > 0 ? LF_K_FIXED : t.id == LF_T_UINT64 ? LF_K_UINT : LF_K_INT;
    if (t.id != LF_T_UINT64) e->kinds |= LF_K_NEGATIVE; /* it does not say */
    if (int_digits > 15 || (t.id == LF_T_DECIMAL && int_digits + frac_digits > 15))
        e->kinds |= LF_K_OVER_SIG | LF_K_LONG_DIGITS;
    add_digits(e, int_digits, frac_digits);
}

static bool has_value(const uint64_t *validity, uint32_t r) {
    return validity == NULL || ((validity[r >> 6] >> (r & 63)) & 1);
}

void lf_evidence_add_values(lf_evidence *e, lf_type t, const void *values, const uint64_t *validity,
                            uint32_t n) {
    int64_t least = lf_days_from_civil(1678, 1, 1), most = lf_days_from_civil(2261, 12, 31);
    bool dates = t.id == LF_T_DATE;
    if (!dates && (t.id != LF_T_TIMESTAMP || t.unit == LF_UNIT_NS)) return;
    if (e->kinds & LF_K_OUT_NS) return;
    if (!dates) {
        least *= 86400000000;
        most = (most + 1) * 86400000000 - 1;
    }
    for (uint32_t r = 0; r < n; r++) {
        int64_t v = dates ? ((const int32_t *)values)[r] : ((const int64_t *)values)[r];
        if ((v < least || v > most) && has_value(validity, r)) {
            e->kinds |= LF_K_OUT_NS;
            return;
        }
    }
}

uint32_t lf_evidence_date_format(const lf_evidence *e) {
    uint32_t f = e->date_formats & LF_DF_ALL;
    return __builtin_popcount(e->date_formats) == 1 && f ? f : LF_DF_YMD_DASH;
}

bool lf_evidence_is_ambiguous(const lf_evidence *e) {
    return (e->kinds & MOMENTS) && e->date_formats != NO_DATE_SEEN &&
           __builtin_popcount(e->date_formats) > 1;
}

bool lf_evidence_is_undecided(const lf_evidence *e) {
    lf_evidence decided = *e;
    if (!lf_evidence_is_ambiguous(e)) return false;
    decided.date_formats &= ~(decided.date_formats - 1);
    return lf_evidence_type(&decided, false).id != LF_T_STRING;
}
