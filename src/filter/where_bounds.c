/* What a condition can come to for rows of which only the bounds of columns are known: any of true,
 * false and unknown that cannot be shut out. Leaves are taken for independent, so that a part may
 * be read in vain and never be left out wrongly. */
#include "filter/where_internal.h"
#include <string.h>

enum { MAY_YES = 1, MAY_NO = 2, MAY_NULL = 4, MAY_ALL = 7 };

typedef struct asking {
    lf_where_bounds_fn ask;
    void *ctx;
} asking;

static lf_wide wide_of(lf_type t, const uint64_t slot[2]) {
    if (t.id == LF_T_UINT64) return slot[0];
    if (t.id == LF_T_DOUBLE) {
        double v;
        memcpy(&v, &slot[0], sizeof v);
        return lf_double_key(v);
    }
    switch (lf_type_slot_bytes(t)) {
    case 1:
        return (slot[0] & 0xFF) != 0;
    case 4:
        return (int32_t)(uint32_t)slot[0];
    case 8:
        return (int64_t)slot[0];
    default:
        return (lf_wide)((unsigned __int128)slot[1] << 64 | slot[0]);
    }
}

/* Ranges are sorted and apart. */
static unsigned numbers(const lf_where_node *n, const lf_reader_bounds *b) {
    lf_wide lo = b->has_lo ? wide_of(n->type, b->lo) : LF_WIDE_MIN;
    lf_wide hi = b->has_hi ? wide_of(n->type, b->hi) : LF_WIDE_MAX;
    unsigned may = MAY_NO;
    if (lo > hi) lo = LF_WIDE_MIN, hi = LF_WIDE_MAX; /* they are no bounds */
    for (uint32_t i = 0; i < n->n; i++) {
        if (n->ranges[i].lo > hi || n->ranges[i].hi < lo) continue;
        may |= MAY_YES;
        if (n->ranges[i].lo <= lo && n->ranges[i].hi >= hi) return MAY_YES;
    }
    return may;
}

static int order(lf_span a, lf_span b) {
    const size_t m = a.len < b.len ? a.len : b.len;
    const int c = m > 0 ? memcmp(a.data, b.data, m) : 0;
    return c != 0 ? c : (a.len > b.len) - (a.len < b.len);
}

/* -1: all texts are below t, 1: all are above, 0: who knows. */
static int side_of(const lf_reader_bounds *b, lf_span t) {
    if (b->has_hi && order(b->hi_text, t) < 0) return -1;
    return b->has_lo && order(b->lo_text, t) > 0;
}

static unsigned compared(const lf_where_node *n, const lf_reader_bounds *b) {
    const lf_span t = n->texts[0];
    const int side = side_of(b, t);
    const bool most = b->has_hi && order(b->hi_text, t) <= 0; /* none is above */
    const bool least = b->has_lo && order(b->lo_text, t) >= 0;
    switch (n->op) {
    case LF_OP_EQ:
        return side != 0 ? MAY_NO : most && least ? MAY_YES : MAY_YES | MAY_NO;
    case LF_OP_LT:
        return side < 0 ? MAY_YES : least ? MAY_NO : MAY_YES | MAY_NO;
    case LF_OP_LE:
        return most ? MAY_YES : side > 0 ? MAY_NO : MAY_YES | MAY_NO;
    case LF_OP_GT:
        return side > 0 ? MAY_YES : most ? MAY_NO : MAY_YES | MAY_NO;
    default:
        return least ? MAY_YES : side < 0 ? MAY_NO : MAY_YES | MAY_NO;
    }
}

/* Below what begins a pattern all is below it; above, all that does not begin with it. */
static unsigned like(const lf_where_node *n, const lf_reader_bounds *b) {
    if (n->like.open_start || n->like.n == 0) return MAY_YES | MAY_NO;
    lf_span start = n->like.parts[0];
    for (size_t i = 0; i < start.len; i++)
        if (start.data[i] == '_') start.len = i;
    const bool above =
        b->has_lo && b->lo_text.len > 0 && order(b->lo_text, start) > 0 &&
        (b->lo_text.len < start.len || memcmp(b->lo_text.data, start.data, start.len) != 0);
    const bool below = b->has_hi && order(b->hi_text, start) < 0;
    return start.len > 0 && (above || below) ? MAY_NO : MAY_YES | MAY_NO;
}

static unsigned texts(const lf_where_node *n, const lf_reader_bounds *b) {
    unsigned may = MAY_NO;
    switch (n->test) {
    case LF_TEST_TEXT:
        return compared(n, b);
    case LF_TEST_TEXT_IN:
        for (uint32_t i = 0; i < n->n; i++)
            if (side_of(b, n->texts[i]) == 0) may |= MAY_YES;
        return may;
    case LF_TEST_TEXT_BETWEEN:
        if (side_of(b, n->texts[0]) < 0 || side_of(b, n->texts[1]) > 0) return MAY_NO;
        return MAY_YES | MAY_NO;
    case LF_TEST_LIKE:
        return like(n, b);
    default:
        return MAY_ALL;
    }
}

static unsigned leaf(const asking *a, const lf_where_node *n) {
    lf_reader_bounds b = {.nulls = UINT64_MAX};
    if (!a->ask(a->ctx, n->at, &b)) return MAY_ALL;
    const bool no_nulls = b.nulls == 0, all_null = b.nulls != UINT64_MAX && b.nulls >= b.rows;
    if (n->test == LF_TEST_NULL)
        return (no_nulls ? 0 : (unsigned)MAY_YES) | (all_null ? 0 : (unsigned)MAY_NO);
    if (all_null) return MAY_NULL;
    if (b.has_lo && b.has_hi && n->test != LF_TEST_RANGES && order(b.lo_text, b.hi_text) > 0)
        b.has_lo = b.has_hi = false; /* they are no bounds */
    const unsigned may = n->test == LF_TEST_RANGES ? numbers(n, &b) : texts(n, &b);
    return may | (no_nulls ? 0 : (unsigned)MAY_NULL);
}

static unsigned both(unsigned a, unsigned b) {
    const unsigned unknown = MAY_NULL, not_no = MAY_NULL | MAY_YES;
    const bool null = ((a & unknown) && (b & not_no)) || ((b & unknown) && (a & not_no));
    return (a & b & MAY_YES) | ((a | b) & MAY_NO) | (null ? unknown : 0);
}

static unsigned turned(unsigned a) {
    return (a & MAY_YES ? (unsigned)MAY_NO : 0) | (a & MAY_NO ? (unsigned)MAY_YES : 0) |
           (a & MAY_NULL);
}

static unsigned node(const asking *a, const lf_where_node *n) {
    switch (n->kind) {
    case LF_WHERE_AND:
        return both(node(a, n->left), node(a, n->right));
    case LF_WHERE_OR:
        return turned(both(turned(node(a, n->left)), turned(node(a, n->right))));
    case LF_WHERE_NOT:
        return turned(node(a, n->left));
    default:
        return leaf(a, n);
    }
}

/* Such a leaf refuses the first text that it meets, which must not depend on what is left out. */
static bool has_misfit(const lf_where_node *n) {
    for (; n->kind == LF_WHERE_AND || n->kind == LF_WHERE_OR || n->kind == LF_WHERE_NOT;
         n = n->left)
        if (n->right != NULL && has_misfit(n->right)) return true;
    return n->test == LF_TEST_MISFIT;
}

bool lf_where_may_hold(const lf_where *w, lf_where_bounds_fn ask, void *ctx) {
    const asking a = {ask, ctx};
    return w->root == NULL || has_misfit(w->root) || (node(&a, w->root) & MAY_YES) != 0;
}
