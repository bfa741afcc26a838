/* infer/parse_options.c - what options say about how values are written. */
#include "infer/locale.h"
#include "infer/parse.h"
#include <logflow/logflow.h>
#include <string.h>

static bool is_on(const char *v) {
    return v == NULL || (strcmp(v, "no") != 0 && strcmp(v, "false") != 0 && strcmp(v, "0") != 0 &&
                         strcmp(v, "off") != 0);
}

/* The last of a name counts; NULL: it was not given. */
static const lf_option *find(const lf_option *o, size_t n, const char *name) {
    for (size_t i = n; i-- > 0;)
        if (strcmp(o[i].name, name) == 0) return &o[i];
    return NULL;
}

static char group_mark(const char *v) {
    if (strcmp(v, "comma") == 0) return ',';
    if (strcmp(v, "point") == 0) return '.';
    if (strcmp(v, "blank") == 0) return ' ';
    if (strcmp(v, "apostrophe") == 0) return '\'';
    return strcmp(v, "underscore") == 0 ? '_' : v[0];
}

void lf_parse_ctx_dates(lf_parse_ctx *c, const lf_option *o, size_t n) {
    const lf_option *locale = find(o, n, "locale");
    const lf_locale *l = locale && locale->value ? lf_locale_find(locale->value) : NULL;
    if (l == NULL) return;
    c->month_names = l->names;
    c->date_order = l->order;
}

void lf_parse_ctx_options(lf_parse_ctx *c, const lf_option *o, size_t n) {
    const lf_option *locale = find(o, n, "locale"), *v;
    const lf_locale *l = locale && locale->value ? lf_locale_find(locale->value) : NULL;
    lf_parse_ctx_dates(c, o, n);
    c->numbers = 0;
    if (l != NULL && l->decimal_mark == ',') {
        c->numbers = LF_NUMBERS_COMMA | LF_NUMBERS_GROUPS;
        c->group_mark = l->group_mark;
    }
    if ((v = find(o, n, "decimal-comma")) != NULL) {
        c->numbers &= (uint8_t)~LF_NUMBERS_COMMA;
        if (is_on(v->value)) c->numbers |= LF_NUMBERS_COMMA;
    }
    if ((v = find(o, n, "thousands")) != NULL) {
        c->numbers &= (uint8_t)~LF_NUMBERS_GROUPS;
        if (v->value != NULL && strcmp(v->value, "none") != 0) {
            c->numbers |= LF_NUMBERS_GROUPS;
            c->group_mark = group_mark(v->value);
        }
    }
    if ((v = find(o, n, "currency")) != NULL && is_on(v->value)) c->numbers |= LF_NUMBERS_CURRENCY;
    if ((v = find(o, n, "percent")) != NULL && is_on(v->value)) c->numbers |= LF_NUMBERS_PERCENT;
}
