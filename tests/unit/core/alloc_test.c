/* The default allocator, the budget (also between threads), arena and buffer. */
#include "core/alloc.h"
#include "core/arena.h"
#include "core/buf.h"
#include "lf_test.h"
#include <pthread.h>

static void helpers_take_null_for_the_default(void) {
    char *p = lf_mem_alloc(NULL, 10);
    LF_REQUIRE(p);
    memcpy(p, "123456789", 10);
    p = lf_mem_realloc(NULL, p, 10, 100000);
    LF_REQUIRE(p);
    LF_CHECK_STR(p, "123456789");
    lf_mem_free(NULL, p, 100000);
    lf_mem_free(NULL, NULL, 5);
    uint8_t *z = lf_mem_zalloc(NULL, 1000);
    for (int i = 0; z && i < 1000; i++) {
        LF_CHECK_EQ_I64(z[i], 0);
    }
    lf_mem_free(NULL, z, 1000);
    char *s = lf_mem_strdup(NULL, "text");
    LF_CHECK_STR(s, "text");
    lf_mem_strfree(NULL, s);
    lf_mem_strfree(NULL, NULL);
    LF_CHECK(lf_mem_strdup(NULL, NULL) == NULL);
    p = lf_mem_realloc(NULL, NULL, 0, 10); /* from nothing */
    LF_CHECK(p != NULL && ((uintptr_t)p & 15) == 0);
    lf_mem_free(NULL, p, 10);
}

static void a_budget_counts_and_refuses(void) {
    lf_budget b;
    lf_budget_init(&b, NULL, 1000);
    void *p = lf_mem_alloc(&b.alloc, 600);
    LF_CHECK(p && b.used_bytes == 600);
    LF_CHECK(lf_mem_alloc(&b.alloc, 401) == NULL);
    LF_CHECK(lf_mem_zalloc(&b.alloc, SIZE_MAX) == NULL); /* no overflow */
    void *q = lf_mem_alloc(&b.alloc, 400);
    LF_CHECK(q && b.used_bytes == 1000 && b.peak_bytes == 1000);
    LF_CHECK(lf_mem_realloc(&b.alloc, q, 400, 401) == NULL);
    LF_CHECK_EQ_U64(b.used_bytes, 1000);
    q = lf_mem_realloc(&b.alloc, q, 400, 100);
    LF_CHECK(q && b.used_bytes == 700);
    q = lf_mem_realloc(&b.alloc, q, 100, 300);
    LF_CHECK(q && b.used_bytes == 900 && b.peak_bytes == 1000);
    lf_mem_free(&b.alloc, p, 600);
    lf_mem_free(&b.alloc, q, 300);
    LF_CHECK_EQ_U64(b.used_bytes, 0);
    lf_budget_init(&b, NULL, 0); /* no cap */
    p = lf_mem_alloc(&b.alloc, 1u << 20);
    LF_CHECK(p && b.peak_bytes == 1u << 20);
    lf_mem_free(&b.alloc, p, 1u << 20);
}

static void *churn(void *arg) {
    lf_budget *b = arg;
    for (int i = 0; i < 20000; i++) {
        size_t n = (size_t)(i % 97) + 1;
        void *p = lf_mem_alloc(&b->alloc, n);
        if (p) lf_mem_free(&b->alloc, p, n);
    }
    return NULL;
}

static void a_budget_holds_between_threads(void) {
    lf_budget b;
    lf_budget_init(&b, NULL, 150);
    pthread_t t[4];
    for (int i = 0; i < 4; i++) {
        LF_REQUIRE(pthread_create(&t[i], NULL, churn, &b) == 0);
    }
    for (int i = 0; i < 4; i++) {
        pthread_join(t[i], NULL);
    }
    LF_CHECK_EQ_U64(b.used_bytes, 0);
    LF_CHECK(b.peak_bytes <= 150 && b.peak_bytes > 0);
}

static void an_arena_aligns_and_keeps_its_largest_chunk(void) {
    lf_budget b;
    lf_budget_init(&b, NULL, 0);
    lf_arena a;
    lf_arena_init(&a, &b.alloc, 0);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 1; i < 2000; i++) {
            size_t align = (size_t)1 << (i % 8);
            uint8_t *p = lf_arena_alloc(&a, i, align);
            LF_REQUIRE(p);
            LF_CHECK(((uintptr_t)p & (align - 1)) == 0);
            memset(p, (int)i, i);
        }
        char *s = lf_arena_strndup(&a, "name and more", 4);
        LF_CHECK_STR(s, "name");
        lf_arena_rewind(&a);
        LF_CHECK(a.used_bytes > 0 && a.used_bytes <= 1100000);
    }
    uint8_t *big = lf_arena_alloc(&a, 5000000, 64);
    LF_REQUIRE(big);
    big[4999999] = 1;
    lf_arena_rewind(&a);
    uint64_t used = b.used_bytes;
    LF_CHECK(lf_arena_alloc(&a, 4000000, 1) != NULL); /* fits the kept chunk */
    LF_CHECK_EQ_U64(b.used_bytes, used);
    LF_CHECK(lf_arena_alloc(&a, SIZE_MAX, 1) == NULL);
    LF_CHECK(lf_arena_alloc(&a, SIZE_MAX - 100, 64) == NULL);
    lf_arena_reset(&a);
    LF_CHECK(b.used_bytes == 0 && a.used_bytes == 0);
    lf_arena_reset(&a);
}

static void an_arena_stops_at_its_cap(void) {
    lf_arena a;
    lf_arena_init(&a, NULL, 10000);
    size_t got = 0;
    while (lf_arena_alloc(&a, 100, 8)) {
        got += 100;
    }
    LF_CHECK(got > 5000 && a.used_bytes <= 10000);
    lf_arena_rewind(&a);
    LF_CHECK(lf_arena_alloc(&a, 100, 8) != NULL);
    lf_arena_reset(&a);
}

static void a_buffer_grows_to_its_cap(void) {
    lf_buf b;
    lf_error err = {0};
    lf_buf_init(&b, NULL, 1000);
    for (int i = 0; i < 100; i++) {
        LF_CHECK(lf_buf_append(&b, "0123456789", 10, &err) == LF_OK);
    }
    LF_CHECK_EQ_I64(lf_buf_append(&b, "x", 1, &err), LF_EMEMORY_LIMIT);
    LF_CHECK(b.len == 1000 && b.cap == 1000 && memcmp(b.data + 990, "0123456789", 10) == 0);
    LF_CHECK_EQ_I64(lf_buf_reserve(&b, SIZE_MAX, NULL), LF_EMEMORY_LIMIT);
    LF_CHECK(lf_buf_append(&b, NULL, 0, NULL) == LF_OK);
    lf_buf_clear(&b);
    LF_CHECK(b.len == 0 && b.cap == 1000);
    lf_error err2 = {0};
    LF_CHECK(lf_buf_printf(&b, &err2, "%d-%s", 42, "x") == LF_OK);
    LF_CHECK(b.len == 4 && memcmp(b.data, "42-x", 4) == 0);
    LF_CHECK(lf_buf_printf(&b, &err2, "%0500d", 7) == LF_OK); /* past the small print */
    LF_CHECK(b.len == 504 && b.data[503] == '7' && b.data[4] == '0');
    LF_CHECK_EQ_I64(lf_buf_printf(&b, &err2, "%0900d", 7), LF_EMEMORY_LIMIT);
    LF_CHECK_EQ_U64(b.len, 504);
    size_t cap = 0;
    uint8_t *p = lf_buf_take(&b, &cap);
    LF_CHECK(p && cap == 1000 && b.data == NULL && b.len == 0);
    lf_mem_free(NULL, p, cap);
    lf_buf_reset(&b);
    lf_buf_reset(&b);
}

static void a_failed_growth_leaves_a_buffer_intact(void) {
    lf_budget budget;
    lf_budget_init(&budget, NULL, 1000);
    lf_buf b;
    lf_buf_init(&b, &budget.alloc, 100000);
    LF_CHECK(lf_buf_append(&b, "0123456789", 10, NULL) == LF_OK);
    lf_error err = {0};
    LF_CHECK_EQ_I64(lf_buf_reserve(&b, 5000, &err), LF_ENO_MEMORY);
    LF_CHECK(b.len == 10 && memcmp(b.data, "0123456789", 10) == 0);
    LF_CHECK(lf_buf_reserve(&b, 900, NULL) == LF_OK); /* exactly, where half more does not fit */
    lf_buf_reset(&b);
    LF_CHECK_EQ_U64(budget.used_bytes, 0);
}

static void json_strings_are_escaped(void) {
    static const struct {
        const char *in;
        size_t n;
        const char *want;
    } rows[] = {
        {"", 0, "\"\""},
        {"plain", 5, "\"plain\""},
        {"a\"b\\c", 5, "\"a\\\"b\\\\c\""},
        {"\n\r\t\b\f\0\x1F\x7F", 8, "\"\\n\\r\\t\\b\\f\\u0000\\u001f\x7F\""},
        {"d\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", 12,
         "\"d\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80\""},
        {"\xFF", 1, "\"\\ufffd\""},
        {"a\xC3", 2, "\"a\\ufffd\""},                     /* cut off */
        {"\xC0\xAF", 2, "\"\\ufffd\\ufffd\""},            /* overlong */
        {"\xED\xA0\x80", 3, "\"\\ufffd\\ufffd\\ufffd\""}, /* a surrogate */
        {"\xF4\x90\x80\x80", 4, "\"\\ufffd\\ufffd\\ufffd\\ufffd\""},
    };
    lf_buf b;
    lf_buf_init(&b, NULL, 1000);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_buf_clear(&b);
        LF_CHECK(lf_buf_append_json(&b, rows[i].in, rows[i].n, NULL) == LF_OK);
        LF_CHECK(lf_buf_append(&b, "", 1, NULL) == LF_OK);
        LF_CHECK_STR((char *)b.data, rows[i].want);
    }
    lf_buf_reset(&b);
    lf_buf_init(&b, NULL, 10);
    LF_CHECK(lf_buf_append(&b, "abc", 3, NULL) == LF_OK);
    LF_CHECK_EQ_I64(lf_buf_append_json(&b, "0123456789", 10, NULL), LF_EMEMORY_LIMIT);
    LF_CHECK_EQ_U64(b.len, 3);
    lf_buf_reset(&b);
}

int main(void) {
    LF_RUN(helpers_take_null_for_the_default);
    LF_RUN(a_budget_counts_and_refuses);
    LF_RUN(a_budget_holds_between_threads);
    LF_RUN(an_arena_aligns_and_keeps_its_largest_chunk);
    LF_RUN(an_arena_stops_at_its_cap);
    LF_RUN(a_buffer_grows_to_its_cap);
    LF_RUN(a_failed_growth_leaves_a_buffer_intact);
    LF_RUN(json_strings_are_escaped);
    LF_TEST_MAIN_END;
}
