/* Conditions by recursive descent, one token ahead. Words are told from one another by where they
 * stand, so that a column may be called "date" or "in"; only "not" must then be in quotes. */
#include "filter/where_internal.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CONDITION_BYTES_MAX 1000000u
#define NODES_MAX           20000u /* a chain of them is walked by recursion */

typedef enum token_kind {
    T_END,
    T_WORD,
    T_NAME, /* in double quotes */
    T_TEXT, /* in single quotes */
    T_OP,
    T_OPEN,
    T_CLOSE,
    T_COMMA
} token_kind;

typedef struct token {
    token_kind kind;
    lf_span text; /* of names and texts: what the quotes hold, unescaped */
    uint32_t pos, len;
} token;

typedef struct parser {
    lf_where *where;
    const char *s;
    size_t n, at;
    token now;
    uint32_t depth, nodes;
    lf_error *err;
} parser;

lf_rc lf_where_fail(const char *condition, size_t pos, size_t len, lf_error *err, const char *fmt,
                    ...) {
    char text[220];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    const bool first = err != NULL && err->rc == LF_OK;
    const lf_rc rc = lf_fail(err, LF_EUSAGE, "--where: character %zu: %s", pos + 1, text);
    const lf_span all = {(const uint8_t *)condition, strlen(condition)};
    if (first) lf_error_set_excerpt(err, all, pos, len > 0 ? len : 1);
    return rc;
}

/* ---- tokens ---- */

static bool blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool ends_word(char c) {
    return blank(c) || strchr("()'\"`,=<>!", c) != NULL;
}

/* 'it''s' -> it's */
static lf_rc quoted(parser *p, char mark, token_kind kind) {
    const size_t from = p->at;
    uint8_t *out = lf_arena_alloc(&p->where->arena, p->n - from + 1, 1);
    if (out == NULL) return lf_fail_nomem(p->err, p->n);
    size_t k = 0;
    for (p->at++;; p->at++) {
        if (p->at == p->n)
            return lf_where_fail(p->s, from, p->n - from, p->err,
                                 "the quote %c opens and never closes", mark);
        if (p->s[p->at] == mark && (p->at + 1 == p->n || p->s[p->at + 1] != mark)) break;
        if (p->s[p->at] == mark) p->at++;
        out[k++] = (uint8_t)p->s[p->at];
    }
    p->at++;
    out[k] = 0;
    p->now = (token){kind, {out, k}, (uint32_t)from, (uint32_t)(p->at - from)};
    return LF_OK;
}

static lf_rc advance(parser *p) {
    while (p->at < p->n && blank(p->s[p->at]))
        p->at++;
    const size_t from = p->at;
    p->now = (token){.kind = T_END, .pos = (uint32_t)from};
    if (from == p->n) return LF_OK;
    const char c = p->s[from];
    if (c == '\'') return quoted(p, c, T_TEXT);
    if (c == '"' || c == '`') return quoted(p, c, T_NAME);
    size_t len = 1;
    token_kind kind = c == '(' ? T_OPEN : c == ')' ? T_CLOSE : c == ',' ? T_COMMA : T_OP;
    if (kind == T_OP && !ends_word(c)) {
        kind = T_WORD;
        while (from + len < p->n && !ends_word(p->s[from + len]))
            len++;
    } else if (kind == T_OP) {
        while (from + len < p->n && len < 2 && strchr("=<>", p->s[from + len]) != NULL)
            len++;
    }
    p->at += len;
    p->now = (token){kind, {(const uint8_t *)p->s + from, len}, (uint32_t)from, (uint32_t)len};
    return LF_OK;
}

static bool is(const token *t, token_kind kind, const char *word) {
    return t->kind == kind && t->text.len == strlen(word) &&
           strncasecmp((const char *)t->text.data, word, t->text.len) == 0;
}

static bool is_word(const parser *p, const char *word) {
    return is(&p->now, T_WORD, word);
}

static lf_rc expected(const parser *p, const char *what) {
    const token *t = &p->now;
    if (t->kind == T_END)
        return lf_where_fail(p->s, t->pos, 1, p->err, "%s is missing at the end", what);
    return lf_where_fail(p->s, t->pos, t->len, p->err, "%s should stand here, not %.*s", what,
                         (int)(t->len < 60 ? t->len : 60), p->s + t->pos);
}

/* ---- nodes ---- */

static lf_rc new_node(parser *p, lf_where_kind kind, lf_where_node **out) {
    if (p->nodes++ == NODES_MAX)
        return lf_fail(p->err, LF_EUSAGE,
                       "--where: the condition has over %u parts; a list of "
                       "values is written with in (...)",
                       NODES_MAX);
    lf_where_node *n = lf_arena_alloc(&p->where->arena, sizeof *n, _Alignof(lf_where_node));
    if (n == NULL) return lf_fail_nomem(p->err, sizeof *n);
    *n = (lf_where_node){.kind = kind, .condition = p->s};
    *out = n;
    return LF_OK;
}

static lf_rc pair(parser *p, lf_where_kind kind, lf_where_node *left, lf_where_node *right,
                  lf_where_node **out) {
    LF_TRY(new_node(p, kind, out));
    (*out)->left = left;
    (*out)->right = right;
    return LF_OK;
}

static lf_rc use_column(parser *p, const char *name) {
    lf_where *w = p->where;
    for (uint32_t i = 0; i < w->n_columns; i++)
        if (strcmp(w->columns[i], name) == 0) return LF_OK;
    if (w->n_columns == w->cap_columns) {
        const uint32_t cap = w->cap_columns ? w->cap_columns * 2 : 8;
        const char **more = lf_arena_alloc(&w->arena, cap * sizeof *more, sizeof(void *));
        if (more == NULL) return lf_fail_nomem(p->err, cap * sizeof *more);
        if (w->n_columns > 0) memcpy(more, w->columns, w->n_columns * sizeof *more);
        w->columns = more;
        w->cap_columns = cap;
    }
    w->columns[w->n_columns++] = name;
    return LF_OK;
}

static lf_rc add_literal(parser *p, lf_where_node *n, uint32_t *cap, lf_where_literal l) {
    if (n->n_literals == *cap) {
        const uint32_t more = *cap ? *cap * 2 : 2;
        lf_where_literal *grown =
            lf_arena_alloc(&p->where->arena, more * sizeof *grown, _Alignof(lf_where_literal));
        if (grown == NULL) return lf_fail_nomem(p->err, more * sizeof *grown);
        if (n->n_literals > 0) memcpy(grown, n->literals, n->n_literals * sizeof *grown);
        n->literals = grown;
        *cap = more;
    }
    n->literals[n->n_literals++] = l;
    return LF_OK;
}

/* ---- values ---- */

static bool bare_value(lf_span t) {
    static const char *const words[] = {"true", "false", "nan", "inf", "infinity"};
    const char c = (char)t.data[0];
    if ((c >= '0' && c <= '9') || c == '.') return true;
    if ((c == '-' || c == '+') && t.len > 1) return true;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (t.len == strlen(words[i]) && strncasecmp((const char *)t.data, words[i], t.len) == 0)
            return true;
    return false;
}

static lf_rc value(parser *p, lf_where_node *n, uint32_t *cap) {
    token t = p->now;
    if (t.kind == T_NAME)
        return lf_where_fail(p->s, t.pos, t.len, p->err,
                             "double quotes hold the name of a column; write text as '%.60s'",
                             (const char *)t.text.data);
    if (t.kind != T_WORD && t.kind != T_TEXT) return expected(p, "a value");
    LF_TRY(advance(p));
    const bool typed =
        is(&t, T_WORD, "date") || is(&t, T_WORD, "timestamp") || is(&t, T_WORD, "time");
    if (typed && p->now.kind == T_TEXT) { /* date '2026-03-08' */
        t = p->now;
        LF_TRY(advance(p));
    }
    if (is(&t, T_WORD, "null"))
        return lf_where_fail(p->s, t.pos, t.len, p->err,
                             "nothing equals null; write: is null, or: is not null");
    if (t.kind == T_WORD && !bare_value(t.text))
        return lf_where_fail(p->s, t.pos, t.len, p->err,
                             "%.*s is no value; text stands in single quotes: '%.*s'",
                             (int)(t.len < 60 ? t.len : 60), p->s + t.pos,
                             (int)(t.len < 60 ? t.len : 60), p->s + t.pos);
    return add_literal(p, n, cap, (lf_where_literal){t.text, t.kind == T_TEXT, t.pos, t.len});
}

static lf_rc text_value(parser *p, lf_where_node *n) {
    uint32_t cap = 0;
    if (p->now.kind != T_TEXT) return expected(p, "a text in single quotes");
    return value(p, n, &cap);
}

static lf_rc value_list(parser *p, lf_where_node *n) {
    uint32_t cap = 0;
    if (p->now.kind != T_OPEN) return expected(p, "( and a list of values");
    do {
        LF_TRY(advance(p));
        LF_TRY(value(p, n, &cap));
    } while (p->now.kind == T_COMMA);
    if (p->now.kind != T_CLOSE) return expected(p, "a comma or )");
    return advance(p);
}

static lf_rc between_values(parser *p, lf_where_node *n) {
    uint32_t cap = 0;
    LF_TRY(value(p, n, &cap));
    if (!is_word(p, "and")) return expected(p, "'and'");
    LF_TRY(advance(p));
    return value(p, n, &cap);
}

/* ---- factors ---- */

static lf_rc negate(parser *p, bool yes, lf_where_node **n) {
    return yes ? pair(p, LF_WHERE_NOT, *n, NULL, n) : LF_OK;
}

static lf_rc compare(parser *p, lf_where_node **n) {
    static const struct {
        const char *text;
        lf_where_op op;
        bool negated;
    } ops[] = {{"=", LF_OP_EQ, false}, {"==", LF_OP_EQ, false}, {"!=", LF_OP_EQ, true},
               {"<>", LF_OP_EQ, true}, {"<", LF_OP_LT, false},  {"<=", LF_OP_LE, false},
               {">", LF_OP_GT, false}, {">=", LF_OP_GE, false}};
    uint32_t cap = 0;
    for (size_t i = 0; i < sizeof ops / sizeof *ops; i++) {
        if (!is(&p->now, T_OP, ops[i].text)) continue;
        (*n)->op = ops[i].op;
        LF_TRY(advance(p));
        LF_TRY(value(p, *n, &cap));
        return negate(p, ops[i].negated, n);
    }
    return expected(p, "one of = != < <= > >=");
}

static bool at_end(const parser *p) {
    return p->now.kind == T_END || p->now.kind == T_CLOSE || is_word(p, "and") || is_word(p, "or");
}

static lf_rc test_of(parser *p, lf_where_node **n) {
    if (p->now.kind == T_OP) return compare(p, n);
    if (at_end(p)) { /* a column of true and false */
        static const uint8_t yes[] = "true";
        uint32_t cap = 0;
        return add_literal(p, *n, &cap, (lf_where_literal){{yes, 4}, false, (*n)->pos, (*n)->len});
    }
    const bool is_null = is_word(p, "is");
    if (is_null) LF_TRY(advance(p));
    const bool negated = is_word(p, "not");
    if (negated) LF_TRY(advance(p));
    if (is_null) {
        if (!is_word(p, "null")) return expected(p, "'null'");
        (*n)->kind = LF_WHERE_IS_NULL;
        LF_TRY(advance(p));
        return negate(p, negated, n);
    }
    static const struct {
        const char *word;
        lf_where_kind kind;
        lf_rc (*values)(parser *, lf_where_node *);
    } tests[] = {{"in", LF_WHERE_IN, value_list},
                 {"between", LF_WHERE_BETWEEN, between_values},
                 {"like", LF_WHERE_LIKE, text_value},
                 {"contains", LF_WHERE_CONTAINS, text_value}};
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++) {
        if (!is_word(p, tests[i].word)) continue;
        (*n)->kind = tests[i].kind;
        LF_TRY(advance(p));
        LF_TRY(tests[i].values(p, *n));
        return negate(p, negated, n);
    }
    return expected(p, "one of = != < <= > >= in between like contains 'is null'");
}

static lf_rc factor(parser *p, lf_where_node **n) {
    LF_TRY(new_node(p, LF_WHERE_COMPARE, n));
    if (p->now.kind != T_WORD && p->now.kind != T_NAME) return expected(p, "a column");
    const lf_span t = p->now.text;
    char *name = lf_arena_strndup(&p->where->arena, (const char *)t.data, t.len);
    if (name == NULL) return lf_fail_nomem(p->err, t.len);
    (*n)->column = name;
    (*n)->pos = p->now.pos;
    (*n)->len = p->now.len;
    LF_TRY(use_column(p, name));
    LF_TRY(advance(p));
    return test_of(p, n);
}

static lf_rc any_of(parser *p, lf_where_node **n);

static lf_rc unary(parser *p, lf_where_node **n) {
    lf_rc rc = LF_OK;
    if (p->depth++ >= LF_WHERE_DEPTH_MAX)
        return lf_where_fail(p->s, p->now.pos, p->now.len, p->err, "it is nested too deeply");
    if (is_word(p, "not")) {
        rc = advance(p);
        if (rc == LF_OK) rc = unary(p, n);
        if (rc == LF_OK) rc = negate(p, true, n);
    } else if (p->now.kind == T_OPEN) {
        rc = advance(p);
        if (rc == LF_OK) rc = any_of(p, n);
        if (rc == LF_OK && p->now.kind != T_CLOSE) rc = expected(p, ")");
        if (rc == LF_OK) rc = advance(p);
    } else {
        rc = factor(p, n);
    }
    p->depth--;
    return rc;
}

static lf_rc all_of(parser *p, lf_where_node **n) {
    LF_TRY(unary(p, n));
    while (is_word(p, "and")) {
        lf_where_node *right = NULL;
        LF_TRY(advance(p));
        LF_TRY(unary(p, &right));
        LF_TRY(pair(p, LF_WHERE_AND, *n, right, n));
    }
    return LF_OK;
}

static lf_rc any_of(parser *p, lf_where_node **n) {
    LF_TRY(all_of(p, n));
    while (is_word(p, "or")) {
        lf_where_node *right = NULL;
        LF_TRY(advance(p));
        LF_TRY(all_of(p, &right));
        LF_TRY(pair(p, LF_WHERE_OR, *n, right, n));
    }
    return LF_OK;
}

lf_rc lf_where_parse(lf_where *w, const lf_alloc *alloc, const char *const *conditions, uint32_t n,
                     lf_error *err) {
    *w = (lf_where){0};
    lf_arena_init(&w->arena, alloc, 0);
    for (uint32_t i = 0; i < n; i++) {
        parser p = {.where = w, .n = strlen(conditions[i]), .err = err};
        if (p.n > CONDITION_BYTES_MAX)
            return lf_fail(err, LF_EUSAGE, "--where: the condition is over %u bytes long",
                           CONDITION_BYTES_MAX);
        p.s = lf_arena_strndup(&w->arena, conditions[i], p.n);
        if (p.s == NULL) return lf_fail_nomem(err, p.n);
        lf_where_node *one = NULL;
        LF_TRY(advance(&p));
        LF_TRY(any_of(&p, &one));
        if (p.now.kind != T_END) return expected(&p, "'and', 'or' or the end");
        if (w->root == NULL)
            w->root = one;
        else
            LF_TRY(pair(&p, LF_WHERE_AND, w->root, one, &w->root));
    }
    return LF_OK;
}

void lf_where_reset(lf_where *w) {
    if (w->arena.alloc != NULL) lf_arena_reset(&w->arena);
    *w = (lf_where){0};
}
