/* Shapes: what nested input has shown, joined in any grouping, gives the same columns. */
#include "array/schema_field.h"
#include "infer/parse.h"
#include "infer/shape.h"
#include "lf_test.h"
#include <stdlib.h>

static const lf_alloc *A;

/* Adds a little language of values: 7 1.5 t (text) d (date) n (null) [..] {a:..,b:..} */
static const char *add(lf_shape *s, const char *p) {
    lf_error err = {0};
    lf_parse_ctx ctx;
    lf_parse_ctx_init(&ctx);
    if (*p == '[') {
        lf_shape *e = NULL, drop = {0};
        lf_rc rc = lf_shape_element(s, A, &e, &err);
        LF_CHECK(rc == LF_OK);
        for (p++; *p != ']';) {
            p = add(e ? e : &drop, p);
            if (*p == ',') p++;
        }
        lf_shape_reset(&drop, A);
        return p + 1;
    }
    if (*p == '{') {
        lf_shape drop = {0};
        s->seen |= LF_SHAPE_OBJECT;
        for (p++; *p != '}';) {
            uint32_t at = 0;
            lf_shape *to = &drop;
            const char *colon = strchr(p, ':');
            LF_CHECK(lf_shape_member(s, A, p, (size_t)(colon - p), 0, &at, &err) == LF_OK);
            if (!lf_shape_is_text(s)) to = &s->children[at];
            p = add(to, colon + 1);
            if (*p == ',') p++;
        }
        lf_shape_reset(&drop, A);
        return p + 1;
    }
    size_t n = strcspn(p, ",]}");
    const char *text = *p == 't' ? "word" : *p == 'd' ? "2026-01-02" : p;
    if (*p != 'n')
        lf_evidence_add(lf_shape_scalar(s),
                        (lf_span){(const uint8_t *)text, text == p ? n : strlen(text)}, false,
                        &ctx);
    return p + n;
}

static void print(const lf_shape *root, char *out, size_t cap) {
    lf_schema s;
    lf_buf b;
    lf_error err = {0};
    lf_schema_init(&s, A);
    lf_buf_init(&b, A, 1u << 20);
    LF_CHECK(lf_shape_schema(root, false, &s, &err) == LF_OK);
    for (uint32_t i = 0; i < s.n_fields; i++) {
        LF_CHECK(lf_buf_printf(&b, &err, "%s%s:", i ? "," : "", s.fields[i].name) == LF_OK);
        LF_CHECK(lf_field_type_print(&s.fields[i], &b, &err) == LF_OK);
    }
    snprintf(out, cap, "%.*s", (int)b.len, b.data ? (const char *)b.data : "");
    lf_buf_reset(&b);
    lf_schema_reset(&s);
}

static void columns_follow_from_what_was_seen(void) {
    static const struct {
        const char *rows, *columns;
    } cases[] = {
        {"{a:1}|{a:1.5}", "a:double"},
        {"{a:n}", "a:null"},
        {"{a:1}|{a:t}", "a:string"},
        {"{a:1}|{a:{b:1}}", "a:json"},
        {"{a:[1,2]}|{a:[n]}|{a:[]}", "a:list<int64>"},
        {"{a:[]}", "a:list<null>"},
        {"{a:[1]}|{a:1}", "a:json"},
        {"{a:{b:1}}|{c:1}|{a:{d:t,b:1.5}}", "a:struct<b:double,d:string>,c:int64"},
        {"{a:[{x:1}]}|{a:[{y:d}]}", "a:list<struct<x:int64,y:date>>"},
        {"{a:{}}", "a:struct<>"},
        {"{a:{}}|{a:n}|{a:{b:[{}]}}", "a:struct<b:list<struct<>>>"},
        {"{a:[1,{b:1}]}", "a:list<json>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_shape root = {.seen = LF_SHAPE_ROOT};
        char got[200];
        for (const char *p = cases[i].rows; *p; p += *p == '|')
            p = add(&root, p);
        print(&root, got, sizeof got);
        LF_CHECK_STR(got, cases[i].columns);
        lf_shape_reset(&root, A);
    }
}

static void put(char **p, const char *s) {
    size_t n = strlen(s);
    memcpy(*p, s, n + 1);
    *p += n;
}

static void random_value(char **p, uint32_t depth) {
    static const char *const scalars[] = {"1", "2.5", "t", "d", "n", "n", "-7"};
    uint32_t k = (uint32_t)rand() % (depth > 2 ? 7 : 11);
    if (k < 7) {
        put(p, scalars[k]);
    } else if (k == 7) {
        put(p, "[");
        for (uint32_t i = 0, n = (uint32_t)rand() % 3; i < n; i++) {
            if (i) put(p, ",");
            random_value(p, depth + 1);
        }
        put(p, "]");
    } else {
        put(p, "{");
        for (uint32_t i = 0, n = (uint32_t)rand() % 3; i < n; i++) {
            char name[4] = {(char)('a' + rand() % 5), ':', 0};
            if (i) put(p, ",");
            put(p, name);
            random_value(p, depth + 1);
        }
        put(p, "}");
    }
}

static void joining_in_any_grouping_gives_the_same_columns(void) {
    lf_error err = {0};
    for (int round = 0; round < 2000; round++) {
        char rows[8][2000], one[4000], many[4000];
        lf_shape all = {.seen = LF_SHAPE_ROOT}, sum = {.seen = LF_SHAPE_ROOT};
        for (int i = 0; i < 8; i++) {
            char *p = rows[i];
            put(&p, "{x:");
            random_value(&p, 0);
            put(&p, ",y:");
            random_value(&p, 0);
            put(&p, "}");
            add(&all, rows[i]);
        }
        for (int i = 0; i < 8;) {
            lf_shape part = {.seen = LF_SHAPE_ROOT};
            for (int n = 1 + rand() % 3; n > 0 && i < 8; n--)
                add(&part, rows[i++]);
            LF_CHECK(lf_shape_join(&sum, A, &part, &err) == LF_OK);
            LF_CHECK(lf_shape_join(&sum, A, &part, &err) == LF_OK); /* idempotent */
            lf_shape_reset(&part, A);
        }
        print(&all, one, sizeof one);
        print(&sum, many, sizeof many);
        LF_CHECK_STR(many, one);
        lf_shape_reset(&all, A);
        lf_shape_reset(&sum, A);
    }
}

static void too_many_keys_make_a_map(void) {
    lf_error err = {0};
    lf_shape root = {.seen = LF_SHAPE_ROOT}, half = {.seen = LF_SHAPE_ROOT};
    char row[40], got[100];
    for (int i = 0; i < 700; i++) {
        snprintf(row, sizeof row, "{m:{k%d:1}}", i);
        add(&root, row);
        snprintf(row, sizeof row, "{m:{k%d:2.5}}", i + 600);
        add(&half, row);
    }
    LF_CHECK(lf_shape_join(&root, A, &half, &err) == LF_OK);
    print(&root, got, sizeof got);
    LF_CHECK_STR(got, "m:map<string,double>");
    add(&root, "{m:{k5:t}}");
    print(&root, got, sizeof got);
    LF_CHECK_STR(got, "m:map<string,string>");
    LF_CHECK(lf_shape_join(&half, A, &root, &err) == LF_OK);
    print(&half, got, sizeof got);
    LF_CHECK_STR(got, "m:map<string,string>");
    lf_shape_reset(&root, A);
    lf_shape_reset(&half, A);
}

int main(void) {
    A = lf_alloc_default();
    LF_RUN(columns_follow_from_what_was_seen);
    LF_RUN(joining_in_any_grouping_gives_the_same_columns);
    LF_RUN(too_many_keys_make_a_map);
    LF_TEST_MAIN_END;
}
