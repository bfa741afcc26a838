/* Texts in, a typed column out, the same texts back: the whole of a late change. */
#include "infer/head.h"
#include "infer/printer.h"
#include "infer/retype.h"
#include "infer_random.h"
#include "lf_test.h"

#define ROWS_MAX 3000u

typedef struct texts {
    char bytes[ROWS_MAX * 100];
    uint32_t start[ROWS_MAX], len[ROWS_MAX], n, used;
    bool quoted[ROWS_MAX];
} texts;

static texts given;

static void add_text(const char *s, bool quoted) {
    texts *t = &given;
    t->start[t->n] = t->used;
    t->len[t->n] = (uint32_t)strlen(s);
    t->quoted[t->n++] = quoted;
    memcpy(t->bytes + t->used, s, strlen(s));
    t->used += (uint32_t)strlen(s);
}

static void set_texts(const char *cells) { /* '|' between; "" is quoted empty */
    given.n = given.used = 0;
    for (const char *p = cells;; p++) {
        char one[100] = {0};
        const char *end = strchr(p, '|');
        size_t n = end ? (size_t)(end - p) : strlen(p);
        memcpy(one, p, n);
        bool quoted = strcmp(one, "\"\"") == 0;
        add_text(quoted ? "" : one, quoted);
        if (!end) return;
        p = end;
    }
}

static lf_span text_of(uint32_t r) {
    return (lf_span){(const uint8_t *)given.bytes + given.start[r], given.len[r]};
}

static lf_rc retype(lf_retyper *r, lf_column *out, uint32_t *n) {
    lf_error err = {0};
    lf_retyper_reset(r);
    for (uint32_t i = 0; i < given.n; i++) {
        lf_span t = given.len[i] || given.quoted[i] ? text_of(i) : (lf_span){NULL, 0};
        LF_TRY(lf_retyper_add(r, t, given.quoted[i], &err));
    }
    lf_retyper_finish(r, out, n);
    return LF_OK;
}

/* Whether the column prints as the texts that were given. */
static bool comes_back(const lf_column *c, uint32_t n, const lf_parse_ctx *ctx) {
    static uint32_t start[ROWS_MAX], len[ROWS_MAX];
    static uint8_t state[ROWS_MAX];
    lf_buf bytes;
    bool same = n == given.n;
    lf_buf_init(&bytes, lf_alloc_default(), 1u << 24);
    same &= lf_column_texts(c, n, ctx, &bytes, start, len, state, NULL) == LF_OK;
    for (uint32_t i = 0; same && i < n; i++) {
        lf_span want = text_of(i);
        uint8_t want_state = want.len          ? LF_TEXT_PRESENT
                             : given.quoted[i] ? LF_TEXT_QUOTED_EMPTY
                                               : LF_TEXT_NULL;
        same = len[i] == want.len && state[i] == want_state &&
               (want.len == 0 || memcmp(bytes.data + start[i], want.data, want.len) == 0);
        if (!same)
            printf("  row %u: '%.*s' came back as '%.*s' (state %u)\n", i, (int)want.len, want.data,
                   (int)len[i], len[i] ? (const char *)bytes.data + start[i] : "", state[i]);
    }
    lf_buf_reset(&bytes);
    return same;
}

static const struct {
    const char *cells, *type;
    uint32_t nulls, exceptions, null_word;
} tables[] = {
    {"1|2|3", "int64", 0, 0, 0},
    {"1||3", "int64", 1, 0, 0},
    {"1|NA|NA", "int64", 2, 0, 4},
    {"1|NA|null", "int64", 2, 2, 0},
    {"1|NA|", "int64", 2, 1, 0},
    {"1|\"\"|NA", "int64", 2, 1, 4},
    {"1|\"\"|", "int64", 2, 1, 0},
    {"-0|5", "int64", 0, 1, 0},
    {"1.50|2.25|3.00", "double", 0, 0, 0},
    {"1.5|2.25|3", "double", 0, 0, 0},
    {"1.5|2.250|3", "double", 0, 1, 0},
    {"1.50|NaN|3.00", "double", 0, 0, 0},
    {".5|5.|1", "double", 0, 2, 0},
    {"1.00e+00|2.50e-01", "double", 0, 0, 0},
    {"1|2|3.5", "double", 0, 0, 0},
    {"1.50|2.25", "decimal(10,2)", 0, 0, 0},
    {"1.5|2.25|7", "decimal(10,2)", 0, 0, 0},
    {"1.5|2.5|7.0", "decimal(10,2)", 0, 0, 0},
    {"1.5|2.50|-0", "decimal(20,2)", 0, 2, 0},
    {"true|false|true", "bool", 0, 0, 0},
    {"TRUE|FALSE|true", "bool", 0, 1, 0},
    {"2026-03-08|2026-12-31", "date", 0, 0, 0},
    {"2026-3-8|2026-12-31", "date", 0, 0, 0},
    {"2026-3-8|2026-12-31|2026-03-09|2026-03-10", "date", 0, 1, 0},
    {"10:20:30|10:20:31.5", "time", 0, 0, 0},
    {"10:20:30.500|10:20:31.000", "time", 0, 0, 0},
    {"2026-03-08|2026-03-09", "timestamp[us]", 0, 0, 0},
    {"2026-03-08|2026-03-09|2026-03-09 10:00:00", "timestamp[us]", 0, 1, 0},
    {"2026-03-08T10:00:00Z|2026-03-08T10:00:00Z", "timestamp[us,UTC]", 0, 0, 0},
    {"2026-03-08 10:00:00.1+00|2026-03-08 10:00:00.12+00", "timestamp[us,UTC]", 0, 0, 0},
    {"a||\"\"|NA", "string", 1, 0, 0},
    {"||", "null", 3, 0, 0},
    {"NA|NA", "null", 2, 0, 4},
};

static void tiles_have_one_form_and_few_exceptions(void) {
    lf_parse_ctx ctx;
    lf_parse_ctx_init(&ctx);
    for (uint32_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        lf_type t = {0};
        lf_retyper *r = NULL;
        lf_column c;
        uint32_t n;
        lf_error err = {0};
        if (strcmp(tables[i].type, "null") != 0)
            LF_REQUIRE(lf_type_parse(tables[i].type, strlen(tables[i].type), &t, &err) == LF_OK);
        LF_REQUIRE(lf_retyper_create(lf_alloc_default(), t, &ctx, &r, &err) == LF_OK);
        set_texts(tables[i].cells);
        bool good = LF_CHECK(retype(r, &c, &n) == LF_OK) && LF_CHECK_EQ_I64(n, given.n) &&
                    LF_CHECK_EQ_I64(c.null_count, tables[i].nulls) &&
                    LF_CHECK_EQ_I64(c.n_exc, tables[i].exceptions) &&
                    LF_CHECK_EQ_I64(c.form.null_word, tables[i].null_word) &&
                    LF_CHECK(comes_back(&c, n, &ctx));
        if (!good) printf("  %s as %s\n", tables[i].cells, tables[i].type);
        lf_retyper_destroy(r);
    }
}

static uint32_t text_like(rng *r, uint32_t kind, char *out) {
    switch (kind) {
    case 0:
        return random_date(r, out);
    case 1:
        return random_timestamp(r, out);
    case 2:
        return random_clock(r, out);
    case 3:
        return (uint32_t)sprintf(out, "%d", (int)rng_next(r));
    case 4:
        return (uint32_t)sprintf(out, "%d.%02u", (int)rng_below(r, 1000), rng_below(r, 100));
    default:
        return random_number(r, out);
    }
}

/* Random columns of every type, read as the type of their evidence, and as text again. */
static void random_columns_come_back(void) {
    rng rnd = {21};
    uint32_t typed = 0;
    for (uint32_t round = 0; round < 3000; round++) {
        lf_infer_head head;
        lf_infer_reason why;
        lf_parse_ctx ctx;
        lf_parse_ctx_init(&ctx);
        lf_infer_head_init(&head);
        given.n = given.used = 0;
        uint32_t rows = 1 + rng_below(&rnd, round % 100 ? 60 : ROWS_MAX), kind = rng_below(&rnd, 6);
        for (uint32_t tries = 0; given.n < rows && tries < 4 * rows; tries++) {
            char text[128];
            lf_evidence e = head.evidence;
            text[text_like(&rnd, kind, text)] = 0;
            if (rng_below(&rnd, 12) == 0) strcpy(text, rng_below(&rnd, 2) ? "" : "NA");
            bool quoted = !text[0] && rng_below(&rnd, 2);
            lf_span s = {(const uint8_t *)text, strlen(text)};
            lf_evidence_add(&e, s, quoted, &ctx);
            bool text_now = lf_evidence_type(&e, false).id == LF_T_STRING;
            if (kind != 5 && text_now && round % 8) continue;
            lf_infer_head_add(&head, s, quoted, &ctx);
            add_text(text, quoted);
        }
        lf_type t = lf_infer_head_type(&head, round & 1, &ctx.date_format, &why);
        typed += t.id != LF_T_STRING;
        lf_retyper *r = NULL;
        lf_column c;
        uint32_t n;
        LF_REQUIRE(lf_retyper_create(lf_alloc_default(), t, &ctx, &r, NULL) == LF_OK);
        bool good = LF_CHECK(retype(r, &c, &n) == LF_OK) && LF_CHECK(comes_back(&c, n, &ctx)) &&
                    LF_CHECK(((uintptr_t)c.values & 63) == 0);
        lf_retyper_destroy(r);
        if (!good) return;
    }
    LF_CHECK(typed > 1000);
}

static void misfits_are_told(void) {
    lf_parse_ctx ctx;
    lf_retyper *r = NULL;
    lf_error err = {0};
    lf_parse_ctx_init(&ctx);
    LF_REQUIRE(lf_retyper_create(lf_alloc_default(), (lf_type){.id = LF_T_INT64}, &ctx, &r, NULL) ==
               LF_OK);
    LF_CHECK(lf_retyper_add(r, (lf_span){(const uint8_t *)"x1", 2}, false, &err) ==
             LF_ETYPE_MISFIT);
    LF_CHECK_STR(err.message, "\"x1\" does not read as int64");
    lf_retyper_destroy(r);
    lf_retyper_destroy(NULL);
}

static void explicit_words_are_null_in_text_too(void) {
    static const char *const words[] = {"none"};
    lf_parse_ctx ctx;
    lf_retyper *r = NULL;
    lf_column c;
    uint32_t n;
    lf_parse_ctx_init(&ctx);
    ctx.null_words = words;
    ctx.n_null_words = 1;
    ctx.null_words_everywhere = true;
    LF_REQUIRE(lf_retyper_create(lf_alloc_default(), (lf_type){.id = LF_T_STRING}, &ctx, &r,
                                 NULL) == LF_OK);
    set_texts("a|none|NA|");
    LF_CHECK(retype(r, &c, &n) == LF_OK);
    LF_CHECK_EQ_I64(c.null_count, 2);
    LF_CHECK(!lf_column_is_valid(&c, 1) && lf_column_is_valid(&c, 2));
    lf_retyper_destroy(r);
}

static void *fail_after(void *ctx, size_t n) {
    uint32_t *left = ctx;
    return (*left)-- == 0 ? (++*left, NULL) : lf_mem_alloc(lf_alloc_default(), n);
}
static void *fail_realloc(void *ctx, void *p, size_t old, size_t n) {
    uint32_t *left = ctx;
    return (*left)-- == 0 ? (++*left, NULL) : lf_mem_realloc(lf_alloc_default(), p, old, n);
}
static void free_it(void *ctx, void *p, size_t n) {
    (void)ctx;
    lf_mem_free(lf_alloc_default(), p, n);
}

static void refused_memory_is_an_error(void) {
    lf_parse_ctx ctx;
    bool done = false;
    lf_parse_ctx_init(&ctx);
    set_texts("1|2|3");
    for (uint32_t i = 0; i < 40 && !done; i++) {
        uint32_t left = i, n;
        lf_alloc a = {fail_after, fail_realloc, free_it, &left};
        lf_retyper *r = NULL;
        lf_column c;
        lf_rc rc = lf_retyper_create(&a, (lf_type){.id = LF_T_INT64}, &ctx, &r, NULL);
        if (rc == LF_OK) rc = retype(r, &c, &n);
        done = rc == LF_OK;
        LF_CHECK(done || rc == LF_ENO_MEMORY);
        lf_retyper_destroy(r);
    }
    LF_CHECK(done);
}

static void heads_say_why(void) {
    static const struct {
        const char *cells;
        lf_infer_reason why;
    } rows[] = {{"1|2", LF_INFER_BY_VALUES},
                {"a|b", LF_INFER_BY_VALUES},
                {"|NA", LF_INFER_NO_VALUES},
                {"03/08/2026", LF_INFER_AMBIGUOUS_DATE},
                {"26/06/2026|06/26/2026", LF_INFER_MIXED_DATES},
                {"2026-01-01 00:00:00|2026-01-01 00:00:00Z", LF_INFER_MIXED_ZONES},
                {"1|true", LF_INFER_MIXED_KINDS},
                {"1|a", LF_INFER_MIXED_KINDS},
                {"1234567890123456789012345678901234567890", LF_INFER_LONG_DIGITS}};
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_infer_head h;
        lf_parse_ctx ctx;
        lf_infer_reason why;
        uint32_t format;
        lf_parse_ctx_init(&ctx);
        lf_infer_head_init(&h);
        set_texts(rows[i].cells);
        for (uint32_t k = 0; k < given.n; k++)
            lf_infer_head_add(&h, text_of(k), given.quoted[k], &ctx);
        lf_type t = lf_infer_head_type(&h, false, &format, &why);
        if (!LF_CHECK_EQ_I64(why, rows[i].why)) printf("  %s\n", rows[i].cells);
        LF_CHECK(lf_type_equal(lf_evidence_type(&h.evidence, false), t)); /* sealed */
        LF_CHECK((lf_infer_reason_text(why)[0] == 0) == (why == LF_INFER_BY_VALUES));
    }
}

int main(void) {
    LF_RUN(tiles_have_one_form_and_few_exceptions);
    LF_RUN(random_columns_come_back);
    LF_RUN(misfits_are_told);
    LF_RUN(explicit_words_are_null_in_text_too);
    LF_RUN(refused_memory_is_an_error);
    LF_RUN(heads_say_why);
    LF_TEST_MAIN_END;
}
