/* The leaves of a condition find their columns and read their values as the columns' types. */
#include "filter/where_internal.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES_SHOWN 6u

/* ---- names ---- */

static bool same_letter(char a, char b) {
    return strncasecmp(&a, &b, 1) == 0;
}

/* Edits that turn one name into the other, case aside; a swap of neighbours is one. */
static uint32_t distance(const char *a, const char *b) {
    enum { MOST = 64 };
    uint32_t rows[3][MOST + 1];
    uint32_t *before = rows[0], *last = rows[1], *now = rows[2];
    const size_t n = strlen(a), m = strlen(b);
    if (n > MOST || m > MOST) return UINT32_MAX;
    for (size_t k = 0; k <= m; k++)
        last[k] = (uint32_t)k;
    for (size_t i = 1; i <= n; i++) {
        now[0] = (uint32_t)i;
        for (size_t k = 1; k <= m; k++) {
            uint32_t d = last[k - 1] + !same_letter(a[i - 1], b[k - 1]);
            if (last[k] + 1 < d) d = last[k] + 1;
            if (now[k - 1] + 1 < d) d = now[k - 1] + 1;
            if (i > 1 && k > 1 && same_letter(a[i - 1], b[k - 2]) &&
                same_letter(a[i - 2], b[k - 1]) && before[k - 2] + 1 < d)
                d = before[k - 2] + 1;
            now[k] = d;
        }
        uint32_t *spare = before;
        before = last, last = now, now = spare;
    }
    return last[m];
}

/* NULL: none is near. */
static const char *nearest(const lf_schema *s, const char *name) {
    const size_t n = strlen(name);
    uint32_t best = n <= 3 ? 2 : n <= 6 ? 3 : 4; /* one less at most */
    const char *found = NULL;
    for (uint32_t i = 0; i < s->n_fields; i++) {
        const uint32_t d = distance(name, s->fields[i].name);
        if (d < best) best = d, found = s->fields[i].name;
    }
    return found;
}

/* "did you mean x?", or the first names. */
static const char *proposal(const lf_schema *s, const char *name, char *out, size_t cap) {
    const char *near = nearest(s, name);
    size_t n = 0;
    if (near != NULL) {
        snprintf(out, cap, "did you mean \"%.60s\"?", near);
        return out;
    }
    n = (size_t)snprintf(out, cap, "there are");
    for (uint32_t i = 0; i < s->n_fields && i < NAMES_SHOWN && n < cap; i++)
        n +=
            (size_t)snprintf(out + n, cap - n, "%s \"%.20s\"", i > 0 ? "," : "", s->fields[i].name);
    if (s->n_fields > NAMES_SHOWN && n < cap) snprintf(out + n, cap - n, " ...");
    return out;
}

lf_rc lf_no_such_column(const lf_schema *s, const char *what, const char *name, lf_error *err) {
    char text[160];
    return lf_fail(err, LF_EUSAGE, "%s: there is no column \"%.60s\"; %s", what, name,
                   proposal(s, name, text, sizeof text));
}

/* ---- values ---- */

typedef struct binding {
    lf_where *where;
    const lf_schema *schema;
    lf_error *err;
} binding;

static void *room(binding *b, size_t n, size_t size) {
    return lf_arena_alloc(&b->where->arena, n * size + 1, 16);
}

static int compare_spans(const void *x, const void *y) {
    const lf_span *a = x, *b = y;
    const size_t n = a->len < b->len ? a->len : b->len;
    const int c = n > 0 ? memcmp(a->data, b->data, n) : 0;
    return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
}

/* An unquoted value cannot be meant as text; which one, or UINT32_MAX. */
static uint32_t first_bare(const lf_where_node *n) {
    for (uint32_t i = 0; i < n->n_literals; i++)
        if (!n->literals[i].quoted) return i;
    return UINT32_MAX;
}

static lf_rc bind_text(binding *b, lf_where_node *n) {
    n->misfit = first_bare(n);
    if (n->misfit != UINT32_MAX) {
        n->test = LF_TEST_MISFIT;
        return LF_OK;
    }
    if (n->kind == LF_WHERE_LIKE) {
        n->test = LF_TEST_LIKE;
        return lf_like_make(&n->like, &b->where->arena, n->literals[0].text, b->err);
    }
    n->texts = room(b, n->n_literals, sizeof *n->texts);
    if (n->texts == NULL) return lf_fail_nomem(b->err, n->n_literals);
    n->n = n->n_literals;
    for (uint32_t i = 0; i < n->n; i++)
        n->texts[i] = n->literals[i].text;
    if (n->kind == LF_WHERE_CONTAINS) {
        n->test = LF_TEST_LIKE;
        n->like = (lf_like){n->texts, n->texts[0].len > 0, true, true};
    } else if (n->kind == LF_WHERE_IN) {
        n->test = LF_TEST_TEXT_IN;
        qsort(n->texts, n->n, sizeof *n->texts, compare_spans);
    } else {
        n->test = n->kind == LF_WHERE_BETWEEN ? LF_TEST_TEXT_BETWEEN : LF_TEST_TEXT;
    }
    return LF_OK;
}

static lf_rc misfit(binding *b, const lf_where_node *n, const lf_where_literal *l,
                    const char *why) {
    char type[48];
    return lf_where_fail(n->condition, l->pos, l->len, b->err,
                         "column \"%.60s\" is %s; compare it with %s", n->column,
                         lf_type_print(n->type, type, sizeof type), why);
}

static lf_rc read_value(binding *b, const lf_where_node *n, uint32_t i, lf_where_value *out) {
    const char *why = "";
    if (lf_where_read(n->type, &n->literals[i], out, &why)) return LF_OK;
    return misfit(b, n, &n->literals[i], why);
}

static lf_where_range range_of(lf_where_op op, lf_where_value v) {
    const lf_where_range none = {1, 0};
    const lf_wide x = v.floor;
    switch (op) {
    case LF_OP_EQ:
        return v.exact ? (lf_where_range){x, x} : none;
    case LF_OP_LT:
        if (v.exact && x == LF_WIDE_MIN) return none;
        return (lf_where_range){LF_WIDE_MIN, v.exact ? x - 1 : x};
    case LF_OP_LE:
        return (lf_where_range){LF_WIDE_MIN, x};
    case LF_OP_GT:
        return x == LF_WIDE_MAX ? none : (lf_where_range){x + 1, LF_WIDE_MAX};
    default:
        if (!v.exact && x == LF_WIDE_MAX) return none;
        return (lf_where_range){v.exact ? x : x + 1, LF_WIDE_MAX};
    }
}

static int compare_ranges(const void *x, const void *y) {
    const lf_where_range *a = x, *b = y;
    return (a->lo > b->lo) - (a->lo < b->lo);
}

static lf_rc bind_numbers(binding *b, lf_where_node *n) {
    lf_where_value v;
    n->test = LF_TEST_RANGES;
    n->n = 0;
    n->ranges = room(b, n->n_literals, sizeof *n->ranges);
    if (n->ranges == NULL) return lf_fail_nomem(b->err, n->n_literals);
    if (n->kind == LF_WHERE_BETWEEN) {
        LF_TRY(read_value(b, n, 0, &v));
        n->ranges[0] = range_of(LF_OP_GE, v);
        LF_TRY(read_value(b, n, 1, &v));
        const lf_wide hi = range_of(LF_OP_LE, v).hi;
        n->n = n->ranges[0].lo <= hi && n->ranges[0].lo <= n->ranges[0].hi;
        n->ranges[0].hi = hi;
        return LF_OK;
    }
    for (uint32_t i = 0; i < n->n_literals; i++) {
        LF_TRY(read_value(b, n, i, &v));
        const lf_where_range r = range_of(n->kind == LF_WHERE_IN ? LF_OP_EQ : n->op, v);
        if (r.lo <= r.hi) n->ranges[n->n++] = r;
    }
    qsort(n->ranges, n->n, sizeof *n->ranges, compare_ranges);
    return LF_OK;
}

static lf_rc find_column(const lf_where_node *n, const lf_schema *s, uint32_t *at_out,
                         lf_error *err) {
    char text[160];
    const int64_t at = lf_schema_find(s, n->column, strlen(n->column));
    if (at < 0)
        return lf_where_fail(n->condition, n->pos, n->len, err, "there is no column \"%.60s\"; %s",
                             n->column, proposal(s, n->column, text, sizeof text));
    *at_out = (uint32_t)at;
    return LF_OK;
}

static lf_rc bind_leaf(binding *b, lf_where_node *n) {
    const lf_schema *s = b->schema;
    char text[48];
    LF_TRY(find_column(n, s, &n->at, b->err));
    n->type = s->fields[n->at].type;
    if (n->kind == LF_WHERE_IS_NULL) {
        n->test = LF_TEST_NULL;
        return LF_OK;
    }
    if (lf_type_is_nested(n->type))
        return lf_where_fail(n->condition, n->pos, n->len, b->err,
                             "column \"%.60s\" is nested; only 'is null' can be asked of it",
                             n->column);
    if (n->type.id == LF_T_STRING || n->type.id == LF_T_NULL) return bind_text(b, n);
    if (n->kind == LF_WHERE_LIKE || n->kind == LF_WHERE_CONTAINS)
        return lf_where_fail(
            n->condition, n->pos, n->len, b->err,
            "column \"%.60s\" is %s, not text; --type \"%.60s=string\" makes it so", n->column,
            lf_type_print(n->type, text, sizeof text), n->column);
    return bind_numbers(b, n);
}

static bool inner(const lf_where_node *n) {
    return n->kind == LF_WHERE_AND || n->kind == LF_WHERE_OR || n->kind == LF_WHERE_NOT;
}

static lf_rc bind_node(binding *b, lf_where_node *n) {
    for (; inner(n); n = n->left)
        if (n->right != NULL) LF_TRY(bind_node(b, n->right));
    return bind_leaf(b, n);
}

lf_rc lf_where_bind(lf_where *w, const lf_schema *s, lf_error *err) {
    binding b = {w, s, err};
    return w->root == NULL ? LF_OK : bind_node(&b, w->root);
}

static lf_rc find_columns(const lf_where_node *n, const lf_schema *s, lf_error *err) {
    uint32_t at;
    for (; inner(n); n = n->left)
        if (n->right != NULL) LF_TRY(find_columns(n->right, s, err));
    return find_column(n, s, &at, err);
}

lf_rc lf_where_names(const lf_where *w, const lf_schema *s, lf_error *err) {
    return w->root == NULL ? LF_OK : find_columns(w->root, s, err);
}
