/* The ruler against the transcoder: wherever a character ends, the text up to there tells how many
 * bytes it was decoded from. */
#include "charset/charset.h"
#include "lf_test.h"
#include <string.h>

#define BYTES 3000u

static uint8_t raw[BYTES], text[BYTES * 4 + 64];
static uint64_t state;

static uint32_t next_random(void) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(state >> 33);
}

/* ASCII in runs as long as `most`, and anything between them. */
static void make_noise(uint64_t seed, uint32_t most, uint32_t unit, bool big, uint8_t never) {
    state = seed;
    for (size_t i = 0; i < BYTES;) {
        uint32_t run = next_random() % most;
        bool ascii = next_random() & 1;
        for (; run > 0 && i < BYTES; run--) {
            uint8_t one[4] = {0};
            one[big ? unit - 1 : 0] = "0123456789,\nabc"[next_random() % 15];
            for (uint32_t k = 0; !ascii && k < unit; k++)
                one[k] = k < 2 || unit == 2 ? (uint8_t)next_random() : 0;
            for (uint32_t k = 0; k < unit && i < BYTES; k++)
                raw[i++] = one[k] == never ? (uint8_t)(one[k] + 1) : one[k];
        }
    }
}

static bool measures(const char *name, bool lossy, uint64_t seed) {
    const lf_charset *c = lf_charset_find(name);
    lf_transcoder *t = NULL;
    lf_ruler *r = NULL;
    if (!LF_CHECK(lf_transcoder_create(lf_alloc_default(), c, lossy, &t, NULL) == LF_OK) ||
        !LF_CHECK(lf_ruler_create(lf_alloc_default(), c, &r, NULL) == LF_OK))
        return false;
    size_t at = 0, len = 0, mark = 0;
    bool good = true;
    state = seed;
    while (good && at < BYTES - 16) {
        size_t used, got, cut = 1 + next_random() % 200, n = BYTES - at < cut ? BYTES - at : cut;
        lf_transcoder_run(t, (lf_span){raw + at, n}, false, &used, text + len, 64 + cut * 4, &got);
        mark = lf_transcoder_mark(t);
        at += used;
        size_t half = got > 0 ? next_random() % got : 0; /* also within a character */
        lf_ruler_add(r, (lf_span){text + len, half});
        lf_ruler_add(r, (lf_span){text + len + half, got - half});
        len += got;
        good = LF_CHECK_EQ_U64(lf_ruler_total(r), at - mark);
        if (!good) printf("  %s, lossy %d, seed %llu\n", name, lossy, (unsigned long long)seed);
        if (len > sizeof text - 2000) len = 0;
    }
    lf_transcoder_destroy(t);
    lf_ruler_destroy(r);
    return good;
}

static void every_charset_is_measured(void) {
    static const struct {
        const char *name;
        uint32_t unit;
        bool big;
    } sets[] = {{"utf-16le", 2, false},  {"utf-16be", 2, true},      {"utf-32le", 4, false},
                {"utf-32be", 4, true},   {"windows-1252", 1, false}, {"koi8-r", 1, false},
                {"shift_jis", 1, false}, {"gb18030", 1, false},      {"big5", 1, false},
                {"euc-kr", 1, false}};
    for (uint64_t seed = 1; seed <= 60; seed++)
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++) {
            /* The euro sign of GBK may have one byte or two; it is taken for two. */
            bool euro = strcmp(sets[i].name, "gb18030") == 0;
            make_noise(seed, seed % 3 ? 60 : 5, sets[i].unit, sets[i].big, euro ? 0x80 : 0xFE);
            if (!measures(sets[i].name, seed % 2 == 0, seed)) return;
        }
}

static void a_mark_is_told_apart(void) {
    lf_transcoder *t = NULL;
    size_t used, got;
    static const uint8_t marked[] = {0xFF, 0xFE, 'a', 0};
    const lf_charset *c = lf_charset_find("utf-16");
    LF_REQUIRE(lf_transcoder_create(lf_alloc_default(), c, false, &t, NULL) == LF_OK);
    lf_transcoder_run(t, (lf_span){marked, 4}, true, &used, text, 64, &got);
    LF_CHECK_EQ_U64(lf_transcoder_mark(t), 2);
    LF_CHECK_EQ_U64(got, 1);
    lf_transcoder_destroy(t);
}

static void utf_8_needs_no_ruler(void) {
    lf_ruler *r = (lf_ruler *)text;
    LF_REQUIRE(lf_ruler_create(lf_alloc_default(), lf_charset_find("utf-8"), &r, NULL) == LF_OK);
    LF_CHECK(r == NULL);
    lf_ruler_destroy(r);
}

int main(void) {
    LF_RUN(every_charset_is_measured);
    LF_RUN(a_mark_is_told_apart);
    LF_RUN(utf_8_needs_no_ruler);
    LF_TEST_MAIN_END;
}
