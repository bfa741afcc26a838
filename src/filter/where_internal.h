/* filter/where_internal.h - the tree of a condition, and what its leaves are bound to.
 *
 * Numbers, dates, times and bools are whole numbers for a leaf: a value is kept where it lies in
 * one of the leaf's ranges. Doubles are mapped to integers in their order.
 *
 * Owns: nodes live in the condition's arena. Threads: as where.h. Fails: as named.
 * Life: of the lf_where. */
#ifndef LF_FILTER_WHERE_INTERNAL_H
#define LF_FILTER_WHERE_INTERNAL_H
#include "core/span.h"
#include "filter/where.h"

__extension__ typedef __int128 lf_wide;

#define LF_WHERE_DEPTH_MAX 64u

typedef enum lf_where_kind {
    LF_WHERE_AND,
    LF_WHERE_OR,
    LF_WHERE_NOT,
    LF_WHERE_COMPARE, /* with literals[0] */
    LF_WHERE_BETWEEN, /* literals[0] and [1] */
    LF_WHERE_IN,
    LF_WHERE_LIKE,
    LF_WHERE_CONTAINS,
    LF_WHERE_IS_NULL
} lf_where_kind;

typedef enum lf_where_op { LF_OP_EQ, LF_OP_LT, LF_OP_LE, LF_OP_GT, LF_OP_GE } lf_where_op;

typedef struct lf_where_literal {
    lf_span text; /* without quotes, doubled ones single */
    bool quoted;
    uint32_t pos, len; /* in the condition */
} lf_where_literal;

typedef struct lf_where_range {
    lf_wide lo, hi; /* both within */
} lf_where_range;

typedef enum lf_where_test {
    LF_TEST_NULL,   /* unknown nowhere */
    LF_TEST_RANGES, /* sorted, apart */
    LF_TEST_TEXT,   /* op with texts[0] */
    LF_TEST_TEXT_BETWEEN,
    LF_TEST_TEXT_IN, /* sorted texts */
    LF_TEST_LIKE,
    LF_TEST_MISFIT /* the column is text and a value is none */
} lf_where_test;

/* A pattern of like, taken apart at its %. */
typedef struct lf_like {
    lf_span *parts; /* n of them; may hold _ */
    uint32_t n;
    bool open_start, open_end; /* begins, ends with % */
} lf_like;

struct lf_where_node {
    lf_where_kind kind;
    lf_where_node *left, *right; /* NOT: left alone */
    const char *condition;       /* the text that it stands in */
    const char *column;
    uint32_t pos, len; /* of the column's name there */
    lf_where_op op;
    lf_where_literal *literals;
    uint32_t n_literals;
    /* bound */
    lf_where_test test;
    uint32_t at; /* column of the batches */
    lf_type type;
    lf_where_range *ranges;
    lf_span *texts;
    uint32_t n; /* ranges or texts */
    lf_like like;
    uint32_t misfit; /* which literal */
};

/* LF_EUSAGE at [pos, pos + len) of a condition. */
lf_rc lf_where_fail(const char *condition, size_t pos, size_t len, lf_error *err, const char *fmt,
                    ...) LF_PRINTF(5, 6);

/* A number, date or time as a whole number of the type's steps: the largest that is not above it,
 * and whether it is the same. LF_OK; or LF_EUSAGE where it cannot be of that type. *below: it is
 * under all that the type holds or (above) over it. */
typedef struct lf_where_value {
    lf_wide floor;
    bool exact;
} lf_where_value;
#define LF_WIDE_MAX ((lf_wide)(~(unsigned __int128)0 >> 1))
#define LF_WIDE_MIN (-LF_WIDE_MAX - 1)

/* False where the text is no value of type t; *why then says what one looks like. */
bool lf_where_read(lf_type t, const lf_where_literal *l, lf_where_value *out, const char **why);

/* The order of doubles as that of integers: -0 is 0, NaN the largest. */
static inline int64_t lf_double_key(double v) {
    union {
        double f;
        int64_t i;
    } u = {v};
    if (v != v) return INT64_MAX;
    if (v == 0) return 0;
    return u.i >= 0 ? u.i : INT64_MIN - u.i;
}

LF_NODISCARD lf_rc lf_like_make(lf_like *l, lf_arena *a, lf_span pattern, lf_error *err);
bool lf_like_match(const lf_like *l, lf_span text);

#endif
