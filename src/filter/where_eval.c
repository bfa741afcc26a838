/* A condition over one tile: for each node which rows are true and which are false; the rest is
 * unknown. One loop a leaf, over the column's values. */
#include "core/limits.h"
#include "filter/where_internal.h"
#include <string.h>

#define WORDS (LF_TILE_ROWS_MAX / 64)

typedef struct truth {
    uint64_t yes[WORDS], no[WORDS];
} truth;

typedef struct evaluation {
    const lf_batch *batch;
    uint32_t n_words;
    lf_error *err;
} evaluation;

/* ---- numbers ---- */

/* BITS_OF: bit r of the words is set where lo <= value r <= hi, both of the values' own type. */
#define BITS_OF(NAME, VALUE, KEY, READ)                                                            \
    static void NAME(const void *values, uint32_t n, KEY lo, KEY hi, uint64_t *out) {              \
        const VALUE *v = values;                                                                   \
        for (uint32_t r = 0; r < n; r += 64) {                                                     \
            const uint32_t m = n - r < 64 ? n - r : 64;                                            \
            uint64_t w = 0;                                                                        \
            for (uint32_t k = 0; k < m; k++) {                                                     \
                const KEY x = READ(v[r + k]);                                                      \
                w |= (uint64_t)(x >= lo && x <= hi) << k;                                          \
            }                                                                                      \
            out[r / 64] |= w;                                                                      \
        }                                                                                          \
    }
#define AS_IS(x) (x)
BITS_OF(bits_u8, uint8_t, int64_t, AS_IS)
BITS_OF(bits_i32, int32_t, int64_t, AS_IS)
BITS_OF(bits_i64, int64_t, int64_t, AS_IS)
BITS_OF(bits_u64, uint64_t, uint64_t, AS_IS)
BITS_OF(bits_wide, lf_wide, lf_wide, AS_IS)
BITS_OF(bits_f64, double, int64_t, lf_double_key)

static lf_wide clamp(lf_wide v, lf_wide lo, lf_wide hi) {
    return v < lo ? lo : v > hi ? hi : v;
}

static void one_range(const lf_where_node *n, const lf_column *c, uint32_t rows,
                      lf_where_range range, uint64_t *out) {
    const bool is_u64 = n->type.id == LF_T_UINT64;
    const lf_wide least = is_u64 ? 0 : INT64_MIN, most = is_u64 ? (lf_wide)UINT64_MAX : INT64_MAX;
    const uint32_t slot = lf_type_slot_bytes(n->type);
    if (slot == 16) {
        bits_wide(c->values, rows, range.lo, range.hi, out);
        return;
    }
    if (range.hi < least || range.lo > most) return;
    const lf_wide lo = clamp(range.lo, least, most), hi = clamp(range.hi, least, most);
    if (is_u64)
        bits_u64(c->values, rows, (uint64_t)lo, (uint64_t)hi, out);
    else if (n->type.id == LF_T_DOUBLE)
        bits_f64(c->values, rows, (int64_t)lo, (int64_t)hi, out);
    else if (slot == 1)
        bits_u8(c->values, rows, (int64_t)lo, (int64_t)hi, out);
    else if (slot == 4)
        bits_i32(c->values, rows, (int64_t)lo, (int64_t)hi, out);
    else
        bits_i64(c->values, rows, (int64_t)lo, (int64_t)hi, out);
}

static lf_wide value_of(const lf_where_node *n, const lf_column *c, uint32_t r) {
    if (n->type.id == LF_T_UINT64) return ((const uint64_t *)c->values)[r];
    if (n->type.id == LF_T_DOUBLE) return lf_double_key(((const double *)c->values)[r]);
    switch (lf_type_slot_bytes(n->type)) {
    case 1:
        return ((const uint8_t *)c->values)[r];
    case 4:
        return ((const int32_t *)c->values)[r];
    case 8:
        return ((const int64_t *)c->values)[r];
    default:
        return ((const lf_wide *)c->values)[r];
    }
}

static bool in_ranges(const lf_where_node *n, lf_wide v) {
    uint32_t lo = 0, hi = n->n;
    while (lo < hi) {
        const uint32_t mid = (lo + hi) / 2;
        if (n->ranges[mid].hi < v)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n->n && n->ranges[lo].lo <= v;
}

static void numbers(const lf_where_node *n, const lf_column *c, uint32_t rows, uint64_t *out) {
    if (n->n <= 4) {
        for (uint32_t i = 0; i < n->n; i++)
            one_range(n, c, rows, n->ranges[i], out);
        return;
    }
    for (uint32_t r = 0; r < rows; r++)
        out[r / 64] |= (uint64_t)in_ranges(n, value_of(n, c, r)) << (r & 63);
}

/* ---- text ---- */

static int order(lf_span a, lf_span b) {
    const size_t m = a.len < b.len ? a.len : b.len;
    const int c = m > 0 ? memcmp(a.data, b.data, m) : 0;
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

static bool in_texts(const lf_where_node *n, lf_span v) {
    uint32_t lo = 0, hi = n->n;
    while (lo < hi) {
        const uint32_t mid = (lo + hi) / 2;
        const int c = order(n->texts[mid], v);
        if (c == 0) return true;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return false;
}

static bool text_holds(const lf_where_node *n, lf_span v) {
    switch (n->test) {
    case LF_TEST_LIKE:
        return lf_like_match(&n->like, v);
    case LF_TEST_TEXT_IN:
        return in_texts(n, v);
    case LF_TEST_TEXT_BETWEEN:
        return order(v, n->texts[0]) >= 0 && order(v, n->texts[1]) <= 0;
    default:
        break;
    }
    if (n->op == LF_OP_EQ)
        return v.len == n->texts[0].len && memcmp(v.data, n->texts[0].data, v.len) == 0;
    const int c = order(v, n->texts[0]);
    return n->op == LF_OP_LT   ? c < 0
           : n->op == LF_OP_LE ? c <= 0
           : n->op == LF_OP_GT ? c > 0
                               : c >= 0;
}

static void texts(const lf_where_node *n, const lf_column *c, uint32_t rows, uint64_t *out) {
    for (uint32_t r = 0; r < rows; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        const lf_span v = {c->bytes + c->start[r], c->len[r]};
        out[r / 64] |= (uint64_t)text_holds(n, v) << (r & 63);
    }
}

/* ---- nodes ---- */

/* A number was given, and the column is text: said with the first text that is there. */
static lf_rc told_misfit(const evaluation *e, const lf_where_node *n, const lf_column *c) {
    const lf_where_literal *l = &n->literals[n->misfit];
    for (uint32_t r = 0; r < e->batch->n_rows; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        const int len = (int)l->text.len < 30 ? (int)l->text.len : 30;
        return lf_where_fail(n->condition, l->pos, l->len, e->err,
                             "column \"%.40s\" is text, as '%.*s' in it is; write '%.*s', or give "
                             "the column a --type",
                             n->column, (int)(c->len[r] < 30 ? c->len[r] : 30),
                             (const char *)c->bytes + c->start[r], len, (const char *)l->text.data);
    }
    return LF_OK;
}

static lf_rc leaf(const evaluation *e, const lf_where_node *n, truth *t) {
    const lf_column *c = &e->batch->columns[n->at];
    const uint32_t rows = e->batch->n_rows;
    const bool null = n->kind == LF_WHERE_IS_NULL;
    memset(t->yes, 0, e->n_words * sizeof *t->yes);
    if (!null && !lf_type_equal(c->type, n->type))
        return lf_fail(e->err, LF_EUNSUPPORTED,
                       "--where: column \"%.60s\" is of another type in this input", n->column);
    if (n->test == LF_TEST_RANGES)
        numbers(n, c, rows, t->yes);
    else if (n->test == LF_TEST_MISFIT)
        LF_TRY(told_misfit(e, n, c));
    else if (!null)
        texts(n, c, rows, t->yes);
    for (uint32_t i = 0; i < e->n_words; i++) {
        const uint64_t valid = c->validity != NULL ? c->validity[i] : ~0ull;
        t->yes[i] = null ? ~valid : t->yes[i] & valid;
        t->no[i] = null ? valid : n->test == LF_TEST_MISFIT ? 0 : valid & ~t->yes[i];
    }
    return LF_OK;
}

static lf_rc node(const evaluation *e, const lf_where_node *n, truth *t);

static lf_rc join(const evaluation *e, const lf_where_node *n, truth *t) {
    truth right;
    LF_TRY(node(e, n->right, &right));
    const bool both = n->kind == LF_WHERE_AND;
    for (uint32_t i = 0; i < e->n_words; i++) {
        t->yes[i] = both ? t->yes[i] & right.yes[i] : t->yes[i] | right.yes[i];
        t->no[i] = both ? t->no[i] | right.no[i] : t->no[i] & right.no[i];
    }
    return LF_OK;
}

/* Chains lean to the left, so that only parentheses add to the stack. */
static lf_rc node(const evaluation *e, const lf_where_node *n, truth *t) {
    switch (n->kind) {
    case LF_WHERE_AND:
    case LF_WHERE_OR:
        LF_TRY(node(e, n->left, t));
        return join(e, n, t);
    case LF_WHERE_NOT:
        LF_TRY(node(e, n->left, t));
        for (uint32_t i = 0; i < e->n_words; i++) {
            const uint64_t yes = t->yes[i];
            t->yes[i] = t->no[i];
            t->no[i] = yes;
        }
        return LF_OK;
    default:
        return leaf(e, n, t);
    }
}

lf_rc lf_where_eval(const lf_where *w, const lf_batch *b, uint64_t *words, lf_error *err) {
    const evaluation e = {b, (b->n_rows + 63) / 64, err};
    truth t;
    if (w->root == NULL || b->n_rows == 0) return LF_OK;
    LF_TRY(node(&e, w->root, &t));
    for (uint32_t i = 0; i < e.n_words; i++)
        words[i] &= t.yes[i];
    return LF_OK;
}
