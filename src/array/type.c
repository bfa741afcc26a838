/* array/type.c - names and properties of logical types. */
#include "array/type.h"
#include <stdio.h>
#include <string.h>

#define DECIMAL_PRECISION_MAX 38u

bool lf_type_equal(lf_type a, lf_type b) {
    if (a.id != b.id) return false;
    switch (a.id) {
    case LF_T_DECIMAL:
        return a.precision == b.precision && a.scale == b.scale;
    case LF_T_TIME:
        return a.unit == b.unit;
    case LF_T_TIMESTAMP:
        return a.unit == b.unit && a.utc == b.utc;
    case LF_T_STRING:
        return a.unit == b.unit;
    default:
        return true;
    }
}

bool lf_type_is_nested(lf_type t) {
    return t.id == LF_T_LIST || t.id == LF_T_STRUCT || t.id == LF_T_MAP;
}

uint32_t lf_type_slot_bytes(lf_type t) {
    switch (t.id) {
    case LF_T_BOOL:
        return 1;
    case LF_T_DATE:
        return 4;
    case LF_T_INT64:
    case LF_T_UINT64:
    case LF_T_DOUBLE:
    case LF_T_TIME:
    case LF_T_TIMESTAMP:
        return 8;
    case LF_T_DECIMAL:
        return t.precision <= 18 ? 8 : 16;
    default:
        return 0;
    }
}

static const struct {
    const char *name;
    uint8_t id;
} plain_names[] = {
    {"null", LF_T_NULL},     {"bool", LF_T_BOOL}, {"int64", LF_T_INT64},   {"uint64", LF_T_UINT64},
    {"double", LF_T_DOUBLE}, {"date", LF_T_DATE}, {"string", LF_T_STRING}, {"list", LF_T_LIST},
    {"struct", LF_T_STRUCT}, {"map", LF_T_MAP},
};
#define N_PLAIN (sizeof plain_names / sizeof plain_names[0])

const char *lf_type_print(lf_type t, char *buf, size_t cap) {
    const char *unit = t.unit == LF_UNIT_NS ? "ns" : "us";
    switch (t.id) {
    case LF_T_DECIMAL:
        snprintf(buf, cap, "decimal(%u,%u)", t.precision, t.scale);
        return buf;
    case LF_T_TIME:
        snprintf(buf, cap, t.unit == LF_UNIT_NS ? "time[ns]" : "time");
        return buf;
    case LF_T_TIMESTAMP:
        snprintf(buf, cap, "timestamp[%s%s]", unit, t.utc ? ",UTC" : "");
        return buf;
    case LF_T_STRING:
        snprintf(buf, cap, t.unit == LF_TEXT_JSON ? "json" : "string");
        return buf;
    default:
        break;
    }
    for (size_t i = 0; i < N_PLAIN; i++) {
        if (plain_names[i].id == t.id) {
            snprintf(buf, cap, "%s", plain_names[i].name);
            return buf;
        }
    }
    snprintf(buf, cap, "unknown");
    return buf;
}

typedef struct cursor {
    const char *p, *end;
} cursor;

static void skip_space(cursor *c) {
    while (c->p < c->end && (*c->p == ' ' || *c->p == '\t')) {
        c->p++;
    }
}

/* Takes `word` (case counts) and the blanks around it. */
static bool take(cursor *c, const char *word) {
    skip_space(c);
    size_t n = strlen(word);
    if ((size_t)(c->end - c->p) < n || memcmp(c->p, word, n) != 0) return false;
    c->p += n;
    skip_space(c);
    return true;
}

static bool take_number(cursor *c, uint32_t max, uint8_t *out) {
    skip_space(c);
    uint32_t v = 0;
    const char *from = c->p;
    for (; c->p < c->end && *c->p >= '0' && *c->p <= '9'; c->p++) {
        v = v * 10 + (uint32_t)(*c->p - '0');
        if (v > max) return false;
    }
    *out = (uint8_t)v;
    return c->p > from;
}

static bool take_unit(cursor *c, lf_type *t) {
    if (take(c, "us"))
        t->unit = LF_UNIT_US;
    else if (take(c, "ns"))
        t->unit = LF_UNIT_NS;
    else
        return false;
    return true;
}

static bool parse_timestamp(cursor *c, lf_type *t) {
    t->id = LF_T_TIMESTAMP;
    if (!take(c, "[")) return true;
    bool unit = take_unit(c, t);
    if (unit && !take(c, ",")) return take(c, "]");
    if (!take(c, "UTC")) return false;
    t->utc = 1;
    return take(c, "]");
}

static bool parse_time(cursor *c, lf_type *t) {
    t->id = LF_T_TIME;
    if (!take(c, "[")) return true;
    return take_unit(c, t) && take(c, "]");
}

static bool parse_decimal(cursor *c, lf_type *t) {
    t->id = LF_T_DECIMAL;
    return take(c, "(") && take_number(c, DECIMAL_PRECISION_MAX, &t->precision) && take(c, ",") &&
           take_number(c, DECIMAL_PRECISION_MAX, &t->scale) && take(c, ")") && t->precision > 0 &&
           t->scale <= t->precision;
}

static bool parse_flat(cursor *c, lf_type *t) {
    if (take(c, "timestamp")) return parse_timestamp(c, t);
    if (take(c, "time")) return parse_time(c, t);
    if (take(c, "decimal")) return parse_decimal(c, t);
    for (size_t i = 0; i < N_PLAIN; i++) {
        if (plain_names[i].id != LF_T_LIST && plain_names[i].id != LF_T_STRUCT &&
            plain_names[i].id != LF_T_MAP && take(c, plain_names[i].name)) {
            t->id = plain_names[i].id;
            return true;
        }
    }
    return false;
}

lf_rc lf_type_parse(const char *s, size_t n, lf_type *out, lf_error *err) {
    cursor c = {s, s + n};
    lf_type t = {0};
    if (parse_flat(&c, &t) && c.p == c.end) {
        *out = t;
        return LF_OK;
    }
    if (n > 60) n = 60;
    return lf_fail(err, LF_ESCHEMA,
                   "'%.*s' is no type; types are int64, uint64, double, bool, string, date, "
                   "time[us], timestamp[us], timestamp[ns,UTC], decimal(p,s) with s <= p <= 38",
                   (int)n, s);
}
