/* What the head of a text decides: delimiter, header, names, types; where records start in the
 * middle; and that running out of memory anywhere leaks nothing. */
#include "csv_dump.h"
#include "decode/csv/csv_internal.h"

static lf_rc plan_of(const char *text, size_t n, bool whole, const lf_option *options,
                     size_t n_options, const lf_alloc *alloc, lf_plan **p, lf_error *err) {
    lf_decode_opts o = {.struct_size = sizeof o, .alloc = alloc, .isa = lf_isa_best()};
    o.options = options;
    o.n_options = n_options;
    return lf_csv_decoder.plan(&o, (lf_span){(const uint8_t *)text, n}, whole, p, err);
}

static void heads_decide_delimiter_header_and_types(void) {
    static const struct {
        const char *text, *delimiter, *schema;
        bool header;
        const char *option, *value;
    } cases[] = {
        {"a,b\n1,2\n", ",", "a:int64 b:int64 ", true},
        {"a;b;c\n1;2,5;3\n4;5,5;6\n", ";", "a:int64 b:double c:int64 ", true},
        {"x;y\n1,5;2,5\n3,5;4,5\n", ";", "x:double y:double ", true},
        {"a\tb\nx, y\tz\nu, v\tw\n", "\t", "a:string b:string ", true},
        {"a|b\n\"x|y\"|1\n\"x|z\"|2\n", "|", "a:string b:int64 ", true},
        {"words\nhello there\ngood day\n", "\n", "words:string ", true},
        {"n\n1\n2\n", "\n", "n:int64 ", true},
        {"1\n2\n3\n", "\n", "column_1:int64 ", false},
        {"1,2\n", ",", "column_1:int64 column_2:int64 ", false},
        {"a,b\n", ",", "a:string b:string ", true},
        {"x,y\nz,w\n", ",", "x:string y:string ", true},
        {"x,x\nz,w\n", ",", "column_1:string column_2:string ", false},
        {"x,\nz,w\n", ",", "column_1:string column_2:string ", false},
        {",a,b\n0,1,2\n1,3,4\n", ",", "column_1:int64 a:int64 b:int64 ", true},
        {"year,2019,2020\na,1,2\n", ",", "column_1:string column_2:int64 column_3:int64 ", false},
        {"id,name\nNA,x\n7,y\n", ",", "id:int64 name:string ", true},
        {"NA,x\n7,y\n8,z\n", ",", "column_1:int64 column_2:string ", false},
        {"id;note\n1;a, b\n2;c, d\n3;e\n", ";", "id:int64 note:string ", true},
        {"a,b,c\n1,2\n3,4\n", ",", "a:int64 b:int64 c:null ", true},
        {"\n\na,b\n1,2\n", ",", "a:int64 b:int64 ", true},
        {"\"a\nb\",c\n1,2\n", ",", "a b:int64 c:int64 ", true},
        {"id,zip\n1,02116\n2,10001\n", ",", "id:int64 zip:string ", true},
        {"v\n9223372036854775808\n1\n", "\n", "v:uint64 ", true},
        {"a:b\n1:2\n", ":", "a:int64 b:int64 ", true, "delimiter", ":"},
        {"a\tb\n1\t2\n", "\t", "a:int64 b:int64 ", true, "delimiter", "\\t"},
        {"a,b\n1,2\n", "\n", "a,b:string ", true, "delimiter", "none"},
        {"1,2\n3,4\n", ",", "1:int64 2:int64 ", true, "header", "yes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lf_option option = {cases[i].option, cases[i].value};
        lf_plan *p = NULL;
        lf_error err = {0};
        lf_rc rc = plan_of(cases[i].text, strlen(cases[i].text), true, &option,
                           cases[i].option != NULL, lf_alloc_default(), &p, &err);
        if (!LF_CHECK_EQ_I64(rc, LF_OK)) continue;
        char schema[256] = "", type[48], delimiter[2] = {(char)p->dialect.delimiter};
        for (uint32_t c = 0; c < p->n_columns; c++)
            snprintf(schema + strlen(schema), sizeof schema - strlen(schema), "%s:%s ",
                     p->schema.fields[c].name,
                     lf_type_print(p->schema.fields[c].type, type, sizeof type));
        bool good = LF_CHECK_STR(delimiter, cases[i].delimiter);
        good &= LF_CHECK_STR(schema, cases[i].schema);
        good &= LF_CHECK_EQ_I64(p->has_header, cases[i].header);
        if (!good) printf("  of %s\n", cases[i].text);
        lf_buf out;
        lf_buf_init(&out, lf_alloc_default(), 1 << 20);
        LF_CHECK_EQ_I64(lf_csv_decoder.explain(p, &out, &err), LF_OK);
        LF_CHECK(out.len > 20);
        lf_buf_reset(&out);
        lf_csv_decoder.plan_destroy(p);
    }
}

static void a_head_without_rows_leaves_types_open(void) {
    lf_plan *p = NULL;
    const char *t = "a,b\n1,\"begun";
    LF_REQUIRE(plan_of(t, strlen(t), false, NULL, 0, lf_alloc_default(), &p, NULL) == LF_OK);
    LF_CHECK_EQ_I64(p->n_columns, 2);
    LF_CHECK_EQ_I64(p->schema.fields[0].type.id, LF_T_NULL);
    LF_CHECK_EQ_U64(p->base.body_offset, 4);
    lf_csv_decoder.plan_destroy(p);
}

static void wrong_options_are_usage_errors(void) {
    static const lf_option wrong[] = {
        {"delimiter", "much too long"}, {"delimiter", ""}, {"quote", "x"}, {"header", "maybe"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of("a,b\n1,2\n", 8, true, &wrong[i], 1, lf_alloc_default(), &p, &err),
                        LF_EUSAGE);
        LF_CHECK(p == NULL && err.message[0] != '\0');
    }
}

/* From any byte of a well-formed text, the guess is the next record's start. */
static void guesses_find_the_next_record(void) {
    static const char *const texts[] = {
        "a,b,c\n1,x,2\n3,y,4\n5,z,6\n7,w,8\n9,v,10\n11,u,12\n",
        "a,b,c\n1,\"x\ny\",2\n3,\"p,q\",4\n5,\"l1\nl2\nl3\",6\n7,\"\",8\n9,\"a\"\"b\",10\n11,u,12\n"
        "13,\"x\ny\",14\n15,\"z\",16\n"};
    for (size_t i = 0; i < 2; i++) {
        const char *t = texts[i];
        size_t n = strlen(t), wrong = 0;
        lf_plan *p = NULL;
        LF_REQUIRE(plan_of(t, n, true, NULL, 0, lf_alloc_default(), &p, NULL) == LF_OK);
        for (size_t near = 7; near < n - 25; near++) {
            csv_record r = {0};
            lf_span text = {(const uint8_t *)t, n};
            size_t want = 0;
            while (want < near && lf_csv_record_next(&p->dialect, text, true, want, &r))
                want = r.next;
            bool found = false;
            uint64_t start = 0;
            LF_CHECK_EQ_I64(
                lf_csv_decoder.guess(p, (lf_span){(const uint8_t *)t + near - 1, n - near + 1},
                                     true, near, &found, &start, NULL),
                LF_OK);
            LF_CHECK(found);
            wrong += start != want;
        }
        /* Right next to a quote nobody can know; elsewhere it must be right. */
        if (!LF_CHECK(wrong <= (i == 0 ? 0 : n / 10))) printf("  %zu of %zu wrong\n", wrong, n);
        lf_csv_decoder.plan_destroy(p);
    }
}

typedef struct failing {
    lf_alloc alloc;
    long left; /* allocations until one fails */
    long held; /* bytes */
} failing;

static void *failing_alloc(void *ctx, size_t size) {
    failing *f = ctx;
    if (f->left-- <= 0) return NULL;
    void *p = lf_alloc_default()->alloc(lf_alloc_default()->ctx, size);
    f->held += p == NULL ? 0 : (long)size;
    return p;
}

static void *failing_realloc(void *ctx, void *p, size_t old, size_t size) {
    failing *f = ctx;
    if (f->left-- <= 0) return NULL;
    void *q = lf_alloc_default()->realloc(lf_alloc_default()->ctx, p, old, size);
    f->held += q == NULL ? 0 : (long)size - (p == NULL ? 0 : (long)old);
    return q;
}

static void failing_free(void *ctx, void *p, size_t size) {
    failing *f = ctx;
    f->held -= p == NULL ? 0 : (long)size;
    lf_alloc_default()->free(lf_alloc_default()->ctx, p, size);
}

static lf_rc decode_all(const lf_alloc *a, const char *t) {
    lf_plan *p = NULL;
    lf_decoder *d = NULL;
    lf_error err = {0};
    size_t n = strlen(t);
    lf_rc rc = plan_of(t, n - 60, false, NULL, 0, a, &p, &err);
    if (rc == LF_OK) rc = lf_csv_decoder.create(p, a, &d, &err);
    if (rc == LF_OK) {
        uint64_t at = p->base.body_offset;
        uint8_t *copy = calloc(1, n + 128);
        memcpy(copy + 64, t, n);
        lf_block b = {.start = at, .end = UINT64_MAX};
        rc = lf_csv_decoder.begin(d, &b, &err);
        lf_step step = LF_NEED_INPUT;
        while (rc == LF_OK && step != LF_DONE) {
            size_t used = 0;
            lf_batch batch;
            rc = lf_csv_decoder.next(d, (lf_span){copy + 64 + at, n - at}, true, &used, &step,
                                     &batch, &err);
            at += used;
        }
        free(copy);
    }
    LF_CHECK(rc == LF_OK || err.rc == rc);
    lf_csv_decoder.destroy(d);
    lf_csv_decoder.plan_destroy(p);
    return rc;
}

static void every_failed_allocation_is_reported_and_nothing_leaks(void) {
    const char *t = "a,b,c\n1,x,1.5\n2,\"say \"\"hi\"\"\",NA\n3,y,2.25\n4,12\" z,\n\n5,q\n"
                    "6,w,1,2\n7,\xff,3\nN/A-7,late,12345678901234567890123.5\n8,\"open,1\n9,k,4\n";
    failing f = {0};
    f.alloc = (lf_alloc){failing_alloc, failing_realloc, failing_free, &f};
    lf_rc rc = LF_ENO_MEMORY;
    long n = 0;
    for (; n < 10000 && rc != LF_OK; n++) {
        f.left = n;
        rc = decode_all(&f.alloc, t);
        if (!LF_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY || rc == LF_EMEMORY_LIMIT)) break;
        if (!LF_CHECK_EQ_I64(f.held, 0)) break;
    }
    LF_CHECK_EQ_I64(rc, LF_OK);
    LF_CHECK(n > 20);
}

int main(void) {
    LF_RUN(heads_decide_delimiter_header_and_types);
    LF_RUN(a_head_without_rows_leaves_types_open);
    LF_RUN(wrong_options_are_usage_errors);
    LF_RUN(guesses_find_the_next_record);
    LF_RUN(every_failed_allocation_is_reported_and_nothing_leaks);
    LF_TEST_MAIN_END;
}
