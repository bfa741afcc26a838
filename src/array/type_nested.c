/* array/type_nested.c - names of nested types, parsed by recursive descent.
 *
 *     type   := "list" "<" type ">" | "map" "<" type "," type ">"
 *             | "struct" "<" name ":" type ("," name ":" type)* ">" | flat
 *     name   := [A-Za-z_][A-Za-z0-9_]* | '"' (any but '"', or '""')* '"'
 *
 * A flat name runs to the first ',' '>' at its own bracket level, so that decimal(12,2) and
 * timestamp[us,UTC] stay whole. Depth is bounded by LF_NESTING_MAX. */
#include "array/schema_field.h"
#include "core/limits.h"
#include <string.h>

typedef struct parser {
    const char *p, *end;
    const lf_alloc *alloc;
    lf_error *err;
} parser;

static bool is_name_start(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
static bool is_name_char(char c) {
    return is_name_start(c) || (c >= '0' && c <= '9');
}

static void skip_space(parser *ps) {
    while (ps->p < ps->end && (*ps->p == ' ' || *ps->p == '\t')) {
        ps->p++;
    }
}

static bool take(parser *ps, char c) {
    skip_space(ps);
    if (ps->p == ps->end || *ps->p != c) return false;
    ps->p++;
    skip_space(ps);
    return true;
}

static lf_rc expect(parser *ps, char c) {
    if (take(ps, c)) return LF_OK;
    int n = ps->end - ps->p > 40 ? 40 : (int)(ps->end - ps->p);
    return lf_fail(ps->err, LF_ESCHEMA, "a type name needs '%c' before '%.*s'", c, n, ps->p);
}

/* True if `word` and then '<' come next; takes both. */
static bool take_open(parser *ps, const char *word) {
    skip_space(ps);
    size_t n = strlen(word);
    if ((size_t)(ps->end - ps->p) <= n || memcmp(ps->p, word, n) != 0) return false;
    const char *back = ps->p;
    ps->p += n;
    if (take(ps, '<')) return true;
    ps->p = back;
    return false;
}

static lf_rc parse_quoted(parser *ps, char **out) {
    lf_buf b;
    lf_buf_init(&b, ps->alloc, LF_NAME_BYTES_MAX);
    lf_rc rc = LF_OK;
    for (ps->p++;; ps->p++) {
        if (ps->p >= ps->end) {
            rc = lf_fail(ps->err, LF_ESCHEMA, "a quoted name in a type never ends");
            goto out;
        }
        if (*ps->p == '"') {
            ps->p++; /* the end, or the first of two */
            if (ps->p == ps->end || *ps->p != '"') break;
        }
        LF_GO(lf_buf_append(&b, ps->p, 1, ps->err));
    }
    *out = lf_name_copy(ps->alloc, (const char *)b.data, b.len);
    if (!*out) rc = lf_fail_nomem(ps->err, b.len + 1);
out:
    lf_buf_reset(&b);
    return rc;
}

static lf_rc parse_name(parser *ps, char **out) {
    skip_space(ps);
    if (ps->p < ps->end && *ps->p == '"') return parse_quoted(ps, out);
    const char *from = ps->p;
    while (ps->p < ps->end && is_name_char(*ps->p)) {
        ps->p++;
    }
    if (ps->p == from || !is_name_start(*from)) {
        return lf_fail(ps->err, LF_ESCHEMA,
                       "a field of a struct needs a name; quote it if it is no plain word");
    }
    *out = lf_name_copy(ps->alloc, from, (size_t)(ps->p - from));
    return *out ? LF_OK : lf_fail_nomem(ps->err, (size_t)(ps->p - from) + 1);
}

static lf_rc parse_type(parser *ps, lf_field *f, uint32_t depth);

/* Parses one child type into a new child of f; `name` is taken over (also on failure). */
static lf_rc parse_child(parser *ps, lf_field *f, char *name, bool nullable, uint32_t depth) {
    lf_field child = {.name = name, .nullable = nullable};
    lf_rc rc = name ? parse_type(ps, &child, depth + 1) : lf_fail_nomem(ps->err, 8);
    if (rc == LF_OK) rc = lf_field_child_add(f, ps->alloc, &child, ps->err);
    if (rc != LF_OK) lf_field_reset(&child, ps->alloc);
    return rc;
}

static lf_rc parse_struct(parser *ps, lf_field *f, uint32_t depth) {
    f->type.id = LF_T_STRUCT;
    do {
        char *name = NULL;
        LF_TRY(parse_name(ps, &name));
        lf_rc rc = expect(ps, ':');
        if (rc != LF_OK) {
            lf_mem_strfree(ps->alloc, name);
            return rc;
        }
        LF_TRY(parse_child(ps, f, name, true, depth));
    } while (take(ps, ','));
    return expect(ps, '>');
}

static lf_rc parse_map(parser *ps, lf_field *f, uint32_t depth) {
    f->type.id = LF_T_MAP;
    LF_TRY(parse_child(ps, f, lf_mem_strdup(ps->alloc, "key"), false, depth));
    LF_TRY(expect(ps, ','));
    LF_TRY(parse_child(ps, f, lf_mem_strdup(ps->alloc, "value"), true, depth));
    return expect(ps, '>');
}

static lf_rc parse_type(parser *ps, lf_field *f, uint32_t depth) {
    if (depth > LF_NESTING_MAX) {
        return lf_fail(ps->err, LF_ESCHEMA, "a type is nested deeper than %u", LF_NESTING_MAX);
    }
    if (take_open(ps, "struct")) return parse_struct(ps, f, depth);
    if (take_open(ps, "map")) return parse_map(ps, f, depth);
    if (take_open(ps, "list")) {
        f->type.id = LF_T_LIST;
        LF_TRY(parse_child(ps, f, lf_mem_strdup(ps->alloc, "element"), true, depth));
        return expect(ps, '>');
    }
    const char *from = ps->p;
    int level = 0;
    for (; ps->p < ps->end; ps->p++) {
        char c = *ps->p;
        if (level == 0 && (c == ',' || c == '>')) break;
        level += c == '(' || c == '[';
        level -= c == ')' || c == ']';
    }
    return lf_type_parse(from, (size_t)(ps->p - from), &f->type, ps->err);
}

lf_rc lf_field_type_parse(lf_field *f, const lf_alloc *a, const char *s, size_t n, lf_error *err) {
    parser ps = {s, s + n, a, err};
    LF_TRY(parse_type(&ps, f, 0));
    if (ps.p == ps.end) return LF_OK;
    int rest = ps.end - ps.p > 40 ? 40 : (int)(ps.end - ps.p);
    return lf_fail(err, LF_ESCHEMA, "a type name goes on with '%.*s'", rest, ps.p);
}

static lf_rc print_name(const char *s, lf_buf *out, lf_error *err) {
    bool plain = is_name_start(s[0]);
    for (const char *p = s; *p; p++) {
        plain &= is_name_char(*p);
    }
    if (plain) return lf_buf_append(out, s, strlen(s), err);
    LF_TRY(lf_buf_append(out, "\"", 1, err));
    for (; *s; s++) {
        if (*s == '"') LF_TRY(lf_buf_append(out, "\"", 1, err));
        LF_TRY(lf_buf_append(out, s, 1, err));
    }
    return lf_buf_append(out, "\"", 1, err);
}

lf_rc lf_field_type_print(const lf_field *f, lf_buf *out, lf_error *err) {
    char text[64];
    if (!lf_type_is_nested(f->type)) {
        return lf_buf_printf(out, err, "%s", lf_type_print(f->type, text, sizeof text));
    }
    LF_TRY(lf_buf_printf(out, err, "%s<", lf_type_print(f->type, text, sizeof text)));
    for (uint32_t i = 0; i < f->n_children; i++) {
        if (i) LF_TRY(lf_buf_append(out, ",", 1, err));
        if (f->type.id == LF_T_STRUCT) {
            LF_TRY(print_name(f->children[i].name, out, err));
            LF_TRY(lf_buf_append(out, ":", 1, err));
        }
        LF_TRY(lf_field_type_print(&f->children[i], out, err));
    }
    return lf_buf_append(out, ">", 1, err);
}
