/* The snappy encoder: the reference decoder gives back every input, of every length where the code
 * takes another path; nothing is written beyond the bound; earlier blocks leave no trace. */
#include "codec/codec.h"
#include "codec/snappy_encode.h"
#include "core/alloc.h"
#include "lf_test.h"

enum { GUARD = 64 };

typedef enum fill {
    FILL_ZERO,
    FILL_RANDOM,
    FILL_TEXT,
    FILL_DOUBLES,
    FILL_PERIOD,
    FILL_MIXED,
    FILL_BLOCKS,
    FILLS
} fill;

static const char *const fill_names[FILLS] = {"zero",   "random", "text",  "doubles",
                                              "period", "mixed",  "blocks"};

static uint32_t seed = 1;
static uint32_t rnd(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * n >> 32);
}

static void fill_text(uint8_t *p, size_t n) {
    static const char *const words[] = {"carefully ", "final ", "deposits ",  "haggle. ", "sly ",
                                        "pinto ",     "beans",  "- express ", "a"};
    for (size_t i = 0; i < n;) {
        for (const char *w = words[rnd(9)]; *w && i < n; w++) {
            p[i++] = (uint8_t)*w;
        }
    }
}

static void fill_doubles(uint8_t *p, size_t n) {
    for (size_t i = 0; i < n; i += 8) {
        const double d = (900 + rnd(10000000)) / 100.0;
        memcpy(p + i, &d, n - i < 8 ? n - i : 8);
    }
}

/* Random runs between copies of what stood anywhere before, also farther than an offset reaches. */
static void fill_blocks(uint8_t *p, size_t n) {
    for (size_t i = 0; i < n;) {
        const size_t len = 1 + rnd(rnd(20) ? 90 : 3000), from = i ? rnd((uint32_t)i) : 0;
        const bool copied = i && rnd(3);
        for (size_t k = 0; k < len && i < n; k++, i++) {
            p[i] = copied ? p[from + k] : (uint8_t)rnd(256);
        }
    }
}

static void fill_with(uint8_t *p, size_t n, fill kind, uint32_t start) {
    seed = start;
    switch (kind) {
    case FILL_TEXT:
        fill_text(p, n);
        return;
    case FILL_DOUBLES:
        fill_doubles(p, n);
        return;
    case FILL_BLOCKS:
        fill_blocks(p, n);
        return;
    default:
        break;
    }
    const uint32_t period = 1 + rnd(70);
    for (size_t i = 0; i < n; i++) {
        switch (kind) {
        case FILL_RANDOM:
            p[i] = (uint8_t)rnd(256);
            break;
        case FILL_PERIOD:
            p[i] = i < period ? (uint8_t)rnd(256) : p[i - period];
            break;
        case FILL_MIXED: /* compressible and not, in turn */
            p[i] = i / 700 % 2 ? (uint8_t)rnd(256) : (uint8_t)rnd(3);
            break;
        default:
            p[i] = 0;
        }
    }
}

/* Everything a decoder can check, in rooms of exactly the promised sizes. */
static void round_trip(size_t n, fill kind, uint32_t start) {
    const size_t bound = lf_snappy_bound(n);
    uint8_t *in = lf_mem_alloc(NULL, n + 1), *out = lf_mem_alloc(NULL, bound + GUARD);
    uint8_t *back = lf_mem_alloc(NULL, n + 1);
    static lf_snappy_state state;
    fill_with(in, n, kind, start);
    /* The sanitizer sees reads behind the input only if it ends where its memory ends. */
    uint8_t *exact = lf_mem_alloc(NULL, n ? n : 1);
    memcpy(exact, in, n);
    memset(out + bound, 0x5A, GUARD);
    memset(&state, (int)start, sizeof state); /* any contents will do */
    const size_t got = lf_snappy_encode(&state, (lf_span){exact, n}, out);
    lf_error err = {0};
    bool good = LF_CHECK(got <= bound && got > 0);
    for (size_t i = 0; i < GUARD; i++) {
        good &= out[bound + i] == 0x5A;
    }
    good &= lf_decompress_block(LF_CODEC_SNAPPY, (lf_span){out, got}, back, n, &err) == LF_OK;
    good = good && memcmp(back, in, n) == 0;
    if (!LF_CHECK(good)) printf("  %s n=%zu start=%u\n", fill_names[kind], n, start);
    lf_mem_free(NULL, exact, n ? n : 1);
    lf_mem_free(NULL, in, n + 1);
    lf_mem_free(NULL, out, bound + GUARD);
    lf_mem_free(NULL, back, n + 1);
}

static void every_small_length_comes_back(void) {
    for (size_t n = 0; n <= 300; n++) {
        for (int kind = 0; kind < FILLS; kind++) {
            round_trip(n, (fill)kind, (uint32_t)(n * 31 + 7));
        }
    }
}

static void lengths_around_fragments_come_back(void) {
    static const size_t borders[] = {65536, 131072, 196608, 262144};
    for (size_t b = 0; b < sizeof borders / sizeof borders[0]; b++) {
        for (size_t n = borders[b] - 50; n <= borders[b] + 50; n++) {
            round_trip(n, (fill)(n % FILLS), (uint32_t)n);
            if (n % 10 <= 1) round_trip(n, FILL_ZERO, (uint32_t)n);
        }
    }
}

static void random_lengths_come_back(void) {
    for (uint32_t i = 0; i < LF_ROUNDS(700); i++) {
        seed = i * 2654435761u + 1;
        const size_t n = rnd(i % 7 ? 5000 : 700000);
        round_trip(n, (fill)(i % FILLS), i);
    }
}

static void large_blocks_come_back(void) {
    for (int kind = 0; kind < FILLS; kind++) {
        round_trip(LF_ROUNDS(8u << 20) + 4321, (fill)kind, 5);
    }
    round_trip(LF_ROUNDS(64u << 20), FILL_TEXT, 9);
    round_trip(LF_ROUNDS(64u << 20), FILL_RANDOM, 9);
}

/* A copy of each length at each of the offsets where its form changes. */
static void matches_of_every_length_come_back(void) {
    static const size_t offsets[] = {1, 2, 3, 4, 7, 8, 9, 63, 64, 2047, 2048, 2049, 30000};
    enum { N = 33000 };
    uint8_t *p = lf_mem_alloc(NULL, N), *back = lf_mem_alloc(NULL, N);
    uint8_t *out = lf_mem_alloc(NULL, lf_snappy_bound(N));
    static lf_snappy_state state;
    for (size_t o = 0; o < sizeof offsets / sizeof offsets[0]; o++) {
        for (size_t len = 4; len < 220; len++) {
            const size_t n = 30000 + 100 + len + len % 70;
            fill_with(p, n, FILL_RANDOM, (uint32_t)len);
            for (size_t i = 30001; i < 30001 + len; i++) {
                p[i] = p[i - offsets[o]];
            }
            const size_t got = lf_snappy_encode(&state, (lf_span){p, n}, out);
            const bool good =
                lf_decompress_block(LF_CODEC_SNAPPY, (lf_span){out, got}, back, n, NULL) == LF_OK &&
                memcmp(p, back, n) == 0;
            if (!LF_CHECK(good)) printf("  offset %zu length %zu\n", offsets[o], len);
        }
    }
    lf_mem_free(NULL, p, N);
    lf_mem_free(NULL, back, N);
    lf_mem_free(NULL, out, lf_snappy_bound(N));
}

/* The bytes may not depend on processor, compiler or build: a change here changes every file. */
static void bytes_are_those_of_every_machine(void) {
    static const struct {
        fill kind;
        size_t n;
        uint64_t size, sum;
    } rows[] = {
        {FILL_TEXT, 1000, 343, 0x9f1effa34fc434efull},
        {FILL_TEXT, 300000, 77239, 0xfd5ee32d69221ed6ull},
        {FILL_PERIOD, 70000, 3323, 0xcefa4fc387d6435aull},
        {FILL_MIXED, 200000, 148696, 0x16c79513e897ccfeull},
        {FILL_BLOCKS, 500000, 382406, 0xc8d9eb0ffadfea64ull},
    };
    static lf_snappy_state state;
    for (size_t r = 0; r < sizeof rows / sizeof rows[0]; r++) {
        const size_t n = rows[r].n, bound = lf_snappy_bound(n);
        uint8_t *in = lf_mem_alloc(NULL, n), *out = lf_mem_alloc(NULL, bound);
        fill_with(in, n, rows[r].kind, 1);
        const size_t got = lf_snappy_encode(&state, (lf_span){in, n}, out);
        uint64_t sum = 14695981039346656037ull;
        for (size_t i = 0; i < got; i++) {
            sum = (sum ^ out[i]) * 1099511628211ull;
        }
        if (!LF_CHECK(got == rows[r].size && sum == rows[r].sum)) {
            printf("  {%s, %zu, %zu, 0x%" PRIx64 "ull}\n", fill_names[rows[r].kind], n, got, sum);
        }
        lf_mem_free(NULL, in, n);
        lf_mem_free(NULL, out, bound);
    }
}

int main(void) {
    LF_RUN(every_small_length_comes_back);
    LF_RUN(lengths_around_fragments_come_back);
    LF_RUN(random_lengths_come_back);
    LF_RUN(matches_of_every_length_come_back);
    LF_RUN(large_blocks_come_back);
    LF_RUN(bytes_are_those_of_every_machine);
    LF_TEST_MAIN_END;
}
