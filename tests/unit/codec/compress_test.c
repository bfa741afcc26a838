/* Blocks: every codec and level gives back what it got; damaged blocks are refused; contexts are
 * deterministic and use the allocator they were given. */
#include "codec/codec.h"
#include "core/alloc.h"
#include "lf_test.h"
#include <stdlib.h>

static uint8_t *make_text(size_t n, unsigned kind) {
    uint8_t *p = lf_mem_alloc(NULL, n + 1);
    uint32_t x = 12345 + kind;
    for (size_t i = 0; i < n; i++) {
        x = x * 1664525u + 1013904223u;
        if (kind == 0)
            p[i] = "the quick brown fox, jumps\n"[(x >> 28) + i % 11];
        else if (kind == 1)
            p[i] = (uint8_t)(x >> 24);
        else
            p[i] = (uint8_t)(i / 1000);
    }
    return p;
}

static const struct {
    const char *text;
    lf_codec codec;
    int level;
} names[] = {
    {"none", LF_CODEC_NONE, 0},     {"snappy", LF_CODEC_SNAPPY, 0},
    {"zstd", LF_CODEC_ZSTD, 1},     {"zstd:22", LF_CODEC_ZSTD, 22},
    {"gzip", LF_CODEC_GZIP, 6},     {"gzip:1", LF_CODEC_GZIP, 1},
    {"lz4", LF_CODEC_LZ4_RAW, 1},   {"lz4:12", LF_CODEC_LZ4_RAW, 12},
    {"brotli", LF_CODEC_BROTLI, 4}, {"brotli:0", LF_CODEC_BROTLI, 0},
};

static void names_parse_to_codec_and_level(void) {
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lf_codec c = LF_CODEC_NONE;
        int level = -1;
        lf_error err = {0};
        if (!LF_CHECK(lf_codec_parse(names[i].text, &c, &level, &err) == LF_OK)) {
            printf("  %s: %s\n", names[i].text, err.message);
        }
        LF_CHECK_EQ_I64(c, names[i].codec);
        LF_CHECK_EQ_I64(level, names[i].level);
    }
    LF_CHECK_STR(lf_codec_name(LF_CODEC_LZ4_RAW), "lz4");
    LF_CHECK_STR(lf_codec_name((lf_codec)77), "unknown");
}

static void wrong_names_are_usage_errors(void) {
    static const char *const bad[] = {
        "",       "zst",     "zstd:", "zstd:0", "zstd:23",   "zstd:+1",  "zstd:1x", "snappy:1",
        "none:0", "gzip:10", "lz4:0", "lz4:13", "brotli:12", "zstd:001", "ZSTD",    ":1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lf_codec c;
        int level;
        lf_error err = {0};
        if (!LF_CHECK(lf_codec_parse(bad[i], &c, &level, &err) == LF_EUSAGE)) {
            printf("  '%s'\n", bad[i]);
        }
        LF_CHECK(err.message[0] != 0);
    }
}

static void round_trip(const char *name, size_t n, unsigned kind) {
    lf_codec codec;
    int level;
    LF_REQUIRE(lf_codec_parse(name, &codec, &level, NULL) == LF_OK);
    lf_budget budget;
    lf_budget_init(&budget, NULL, 0);
    lf_compressor *c = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_compressor_create(&budget.alloc, codec, level, n, &c, &err) == LF_OK);
    uint8_t *text = make_text(n, kind);
    size_t cap = lf_compressor_bound(c, n), got = 0, again = 0;
    uint8_t *a = lf_mem_alloc(NULL, cap + 1), *b = lf_mem_alloc(NULL, cap + 1);
    uint8_t *back = lf_mem_alloc(NULL, n + 1);
    a[cap] = back[n] = 0x5A;
    lf_rc rc = lf_compressor_run(c, (lf_span){text, n}, a, cap, &got, &err);
    if (!LF_CHECK(rc == LF_OK)) printf("  %s n=%zu: %s\n", name, n, err.message);
    /* The same again after other contents: nothing may carry over. */
    if (n > 100) {
        LF_CHECK(lf_compressor_run(c, (lf_span){text + 50, n - 100}, b, cap, &again, &err) ==
                 LF_OK);
    }
    LF_CHECK(lf_compressor_run(c, (lf_span){text, n}, b, cap, &again, &err) == LF_OK);
    LF_CHECK_EQ_U64(again, got);
    LF_CHECK_MEM(b, a, got);
    rc = lf_decompress_block(codec, (lf_span){a, got}, back, n, &err);
    if (!LF_CHECK(rc == LF_OK)) printf("  %s n=%zu: %s\n", name, n, err.message);
    LF_CHECK_MEM(back, text, n);
    LF_CHECK_EQ_I64(a[cap], 0x5A);
    LF_CHECK_EQ_I64(back[n], 0x5A);
    if (n > 1) { /* the wrong size is corrupt, whatever the codec */
        lf_error e2 = {0};
        LF_CHECK(lf_decompress_block(codec, (lf_span){a, got}, back, n - 1, &e2) == LF_ECORRUPT);
        lf_error e3 = {0};
        LF_CHECK(lf_decompress_block(codec, (lf_span){a, got - 1}, back, n, &e3) == LF_ECORRUPT);
    }
    size_t estimate = lf_compressor_memory_bytes(codec, level, n);
    if (!LF_CHECK(budget.peak_bytes <= estimate + estimate / 4)) {
        printf("  %s n=%zu: %zu bytes used, %zu estimated\n", name, n, (size_t)budget.peak_bytes,
               estimate);
    }
    lf_compressor_destroy(c);
    LF_CHECK_EQ_U64(budget.used_bytes, 0);
    lf_mem_free(NULL, text, n + 1);
    lf_mem_free(NULL, a, cap + 1);
    lf_mem_free(NULL, b, cap + 1);
    lf_mem_free(NULL, back, n + 1);
}

static void every_codec_gives_back_what_it_got(void) {
    static const size_t sizes[] = {0, 1, 2, 63, 1000, 65536, 65537, 300000, 1u << 20};
    static const char *const codecs[] = {"none",   "snappy",   "zstd",    "zstd:3", "zstd:9",
                                         "gzip",   "gzip:1",   "gzip:9",  "lz4",    "lz4:9",
                                         "brotli", "brotli:0", "brotli:9"};
    for (size_t c = 0; c < sizeof codecs / sizeof codecs[0]; c++) {
        for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
            for (unsigned kind = 0; kind < 3; kind++) {
                round_trip(codecs[c], sizes[s], kind);
            }
        }
    }
}

/* Any damage gives an error or other bytes, never a write outside (the sanitizers watch). */
static void damaged_blocks_do_no_harm(void) {
    static const char *const codecs[] = {"snappy", "zstd", "gzip", "lz4", "brotli"};
    enum { N = 5000 };
    uint8_t *text = make_text(N, 0);
    for (size_t k = 0; k < sizeof codecs / sizeof codecs[0]; k++) {
        lf_codec codec;
        int level;
        LF_REQUIRE(lf_codec_parse(codecs[k], &codec, &level, NULL) == LF_OK);
        lf_compressor *c = NULL;
        LF_REQUIRE(lf_compressor_create(NULL, codec, level, N, &c, NULL) == LF_OK);
        size_t cap = lf_compressor_bound(c, N), got = 0;
        uint8_t *a = lf_mem_alloc(NULL, cap), *back = lf_mem_alloc(NULL, N);
        LF_CHECK(lf_compressor_run(c, (lf_span){text, N}, a, cap, &got, NULL) == LF_OK);
        for (size_t i = 0; i < got * 8; i++) {
            uint8_t *exact = lf_mem_alloc(NULL, got);
            memcpy(exact, a, got);
            exact[i / 8] ^= (uint8_t)(1 << (i % 8));
            lf_error err = {0};
            lf_rc rc = lf_decompress_block(codec, (lf_span){exact, got}, back, N, &err);
            LF_CHECK(rc == LF_OK || rc == LF_ECORRUPT);
            lf_mem_free(NULL, exact, got);
        }
        lf_compressor_destroy(c);
        lf_mem_free(NULL, a, cap);
        lf_mem_free(NULL, back, N);
    }
    lf_mem_free(NULL, text, N + 1);
}

static void a_budget_that_is_too_small_fails_cleanly(void) {
    static const struct {
        lf_codec codec;
        int level;
    } rows[] = {
        {LF_CODEC_ZSTD, 1}, {LF_CODEC_LZ4_RAW, 1}, {LF_CODEC_LZ4_RAW, 9}, {LF_CODEC_BROTLI, 4}};
    uint8_t *text = make_text(1u << 20, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        for (size_t cap = 0; cap < 8; cap++) {
            lf_budget b;
            lf_budget_init(&b, NULL, 1 + cap * 8192);
            lf_compressor *c = NULL;
            lf_error err = {0};
            lf_rc rc =
                lf_compressor_create(&b.alloc, rows[i].codec, rows[i].level, 1u << 20, &c, &err);
            if (rc == LF_OK) {
                size_t room = lf_compressor_bound(c, 1u << 20), got = 0;
                uint8_t *dst = lf_mem_alloc(NULL, room);
                rc = lf_compressor_run(c, (lf_span){text, 1u << 20}, dst, room, &got, &err);
                lf_mem_free(NULL, dst, room);
            }
            LF_CHECK(rc == LF_OK || (rc == LF_ENO_MEMORY && err.rc == rc));
            lf_compressor_destroy(c);
            LF_CHECK_EQ_U64(b.used_bytes, 0);
        }
    }
    lf_mem_free(NULL, text, (1u << 20) + 1);
    lf_compressor_destroy(NULL);
}

int main(void) {
    LF_RUN(names_parse_to_codec_and_level);
    LF_RUN(wrong_names_are_usage_errors);
    LF_RUN(every_codec_gives_back_what_it_got);
    LF_RUN(damaged_blocks_do_no_harm);
    LF_RUN(a_budget_that_is_too_small_fails_cleanly);
    LF_TEST_MAIN_END;
}
