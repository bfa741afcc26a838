/* Every charset at every cut, with damage or without; what first bytes prove. The characters
 * themselves are compared with Python's codecs in tests/interop/test_encodings.py. */
#include "charset/charset.h"
#include "core/buf.h"
#include "lf_test.h"

#define BYTES 6000u

static uint8_t text[BYTES];
static uint64_t state;

static uint32_t next_random(void) {
    state = state * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(state >> 33);
}

/* Half ASCII in runs, half anything. */
static void make_noise(uint64_t seed) {
    state = seed;
    for (size_t i = 0; i < BYTES;) {
        size_t run = next_random() % 40;
        bool ascii = next_random() & 1, wide = next_random() % 4 == 0;
        for (; run > 0 && i < BYTES; run--) {
            text[i++] = ascii ? "0123456789,\nabc"[next_random() % 15] : (uint8_t)next_random();
            if (wide && i < BYTES) text[i++] = 0;
        }
    }
}

static void transcode(const lf_charset *c, bool lossy, size_t n, size_t in_cut, size_t out_cut,
                      lf_buf *out) {
    lf_transcoder *t = NULL;
    static uint8_t piece[BYTES * 4];
    LF_REQUIRE(lf_transcoder_create(lf_alloc_default(), c, lossy, &t, NULL) == LF_OK);
    size_t at = 0, have = 0;
    while (at < n || have < n) {
        if (have < n) have = n - have < in_cut ? n : have + in_cut;
        for (size_t got = 1; got > 0 && at < n;) {
            size_t used = 0, len = have - at;
            uint8_t *exact =
                lf_mem_alloc(NULL, len + 1); /* a block of its own: overreads are seen */
            memcpy(exact + 1, text + at, len);
            lf_transcoder_run(t, (lf_span){exact + 1, len}, have == n, &used, piece, out_cut, &got);
            lf_mem_free(NULL, exact, len + 1);
            LF_CHECK(used <= len && got <= out_cut);
            LF_CHECK(lf_buf_append(out, piece, got, NULL) == LF_OK);
            at += used;
            if (have == n && at < n && used == 0 && got == 0) {
                LF_CHECK(!"the end is reached");
                at = n;
            }
        }
    }
    lf_transcoder_destroy(t);
}

static bool is_utf8(const uint8_t *p, size_t n) {
    for (size_t i = 0; i < n;) {
        uint8_t b = p[i];
        size_t w = b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
        if ((b >= 0x80 && b < 0xC2) || b > 0xF4 || i + w > n) return false;
        for (size_t k = 1; k < w; k++)
            if ((p[i + k] & 0xC0) != 0x80) return false;
        if (b == 0xE0 && p[i + 1] < 0xA0) return false;
        if (b == 0xED && p[i + 1] > 0x9F) return false;
        if (b == 0xF0 && p[i + 1] < 0x90) return false;
        if (b == 0xF4 && p[i + 1] > 0x8F) return false;
        i += w;
    }
    return true;
}

static void the_text_does_not_depend_on_cuts(void) {
    static const size_t in_cuts[] = {1, 2, 3, 5, 16, 33, 1000}, out_cuts[] = {64, 67, 100, 5000};
    for (const char *const *name = lf_charset_names(); *name; name++) {
        const lf_charset *c = lf_charset_find(*name);
        LF_REQUIRE(c != NULL);
        for (uint64_t seed = 1; seed <= 3; seed++) {
            make_noise(seed * 77);
            for (int lossy = 0; lossy < 2; lossy++) {
                size_t n = BYTES - seed; /* whole units, and not */
                lf_buf whole;
                lf_buf_init(&whole, NULL, 0);
                transcode(c, lossy, n, n, sizeof text * 4, &whole);
                if (lossy && !LF_CHECK(is_utf8(whole.data, whole.len))) printf("  %s\n", *name);
                for (size_t i = 0; i < sizeof in_cuts / sizeof *in_cuts; i++) {
                    lf_buf cut;
                    lf_buf_init(&cut, NULL, 0);
                    transcode(c, lossy, n, in_cuts[i], out_cuts[(i + seed) % 4], &cut);
                    LF_CHECK_EQ_U64(cut.len, whole.len);
                    if (cut.len == whole.len) LF_CHECK_MEM(cut.data, whole.data, cut.len);
                    lf_buf_reset(&cut);
                }
                lf_buf_reset(&whole);
            }
        }
    }
}

static void damage_costs_its_bytes_alone(void) {
    static const struct {
        const char *charset, *in;
        size_t n;
        const char *strict, *lossy;
    } rows[] = {
        {"windows-1252", "a\x81z", 3, "a\xFF\x81z", "a\xEF\xBF\xBDz"},
        {"shift_jis", "a\x81\n1", 4, "a\xFF\x81\n1", "a\xEF\xBF\xBD\n1"},
        {"shift_jis", "\x81", 1, "\xFF\x81", "\xEF\xBF\xBD"},
        {"gb18030", "\x81\x30\x81", 3,
         "\xFF\x81"
         "0\xFF\x81",
         "\xEF\xBF\xBD"
         "0\xEF\xBF\xBD"},
        {"gb18030", "\x84\x31\xA4\x37", 4, "\xEF\xBF\xBD", "\xEF\xBF\xBD"}, /* U+FFFD itself */
        {"gb18030", "\x90\x30\x81\x30", 4, "\xF0\x90\x80\x80", "\xF0\x90\x80\x80"},
        {"gb18030", "\xE3\x32\x9A\x35", 4, "\xF4\x8F\xBF\xBF", "\xF4\x8F\xBF\xBF"},
        {"gbk", "\x80", 1, "\xE2\x82\xAC", "\xE2\x82\xAC"},
        {"utf-16le", "a\0\0\xD8z\0", 6, "a\xED\xA0\x80z", "a\xEF\xBF\xBDz"},
        {"utf-16le", "a\0b", 3,
         "a\xFF"
         "b",
         "a\xEF\xBF\xBD"},
        {"utf-16", "\xFE\xFF\0a", 4, "a", "a"},
        {"utf-16le",
         "\xFF\xFE"
         "a\0",
         4, "a", "a"},
        {"utf-16be", "\xD8\x3D\xDE\x00", 4, "\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
        {"utf-32le", "a\0\0\0\0\0\x11\0", 8, "a\xFF\xFF", "a\xEF\xBF\xBD"},
        {"utf-32be", "\0\0\xFE\xFF\0\0\0a", 8, "a", "a"},
        {"utf-8", "a\xE2\x82z", 4, "a\xFF\xE2\xFF\x82z", "a\xEF\xBF\xBDz"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int lossy = 0; lossy < 2; lossy++) {
            const char *want = lossy ? rows[i].lossy : rows[i].strict;
            lf_buf out;
            lf_buf_init(&out, NULL, 0);
            memcpy(text, rows[i].in, rows[i].n);
            transcode(lf_charset_find(rows[i].charset), lossy, rows[i].n, 1, 64, &out);
            bool good = out.len == strlen(want) && memcmp(out.data, want, out.len) == 0;
            if (!LF_CHECK(good)) printf("  row %zu, lossy %d\n", i, lossy);
            lf_buf_reset(&out);
        }
    }
}

static void names_are_found_however_they_are_written(void) {
    static const struct {
        const char *name, *want;
    } rows[] = {{"UTF-8", "utf-8"},
                {"utf8", "utf-8"},
                {"Shift-JIS", "shift_jis"},
                {"SJIS", "shift_jis"},
                {"cp932", "shift_jis"},
                {"GB2312", "gbk"},
                {"cp949", "euc-kr"},
                {"latin_1", "iso-8859-1"},
                {"ISO8859-15", "iso-8859-15"},
                {"KOI8-R", "koi8-r"},
                {"utf_16_le", "utf-16le"},
                {"cp12520", NULL},
                {"", NULL},
                {"e", NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const lf_charset *c = lf_charset_find(rows[i].name);
        LF_CHECK_STR(c ? lf_charset_name(c) : NULL, rows[i].want);
    }
    for (const char *const *n = lf_charset_names(); *n; n++)
        if (!LF_CHECK(lf_charset_find(*n) != NULL)) printf("  %s\n", *n);
}

static void only_proof_is_proof(void) {
    static const struct {
        const char *bytes;
        size_t n;
        bool whole;
        const char *want;
    } rows[] = {{"", 0, true, NULL},
                {"a,b\n1,2\n", 8, true, NULL},
                {"\xEF\xBB\xBF"
                 "a",
                 4, true, "utf-8"},
                {"\xFF\xFE"
                 "a\0",
                 4, true, "utf-16le"},
                {"\xFF\xFE\0\0a\0\0\0", 8, true, "utf-32le"},
                {"a\0\n\0"
                 "1\0\n\0",
                 8, true, "utf-16le"},
                {"\0a\0\n\0"
                 "1\0\n",
                 8, true, "utf-16be"},
                {"a\0\n\0"
                 "1\0\n\0x",
                 9, true, NULL}, /* half a unit is left */
                {"a\0\n\0"
                 "1\0\n\0x",
                 9, false, "utf-16le"}, /* it may go on */
                {"a\0\0\0\n\0\0\0", 8, true, "utf-32le"},
                {"\0\0\0a\0\0\0\n", 8, true, "utf-32be"},
                {"a\0\0\0\n\0\0\0\0\0\0\0", 12, true, NULL}, /* U+0000 is no text */
                {"a,b\n1,\0\n2,c\n", 13, true, NULL},
                {"Gr\xF6\xDF"
                 "e,x\n",
                 8, true, NULL},
                {"PAR1\x15\0\x15\x10\0\0\0\0", 12, false, NULL}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *how = NULL;
        const lf_charset *c = lf_charset_detect(
            (lf_span){(const uint8_t *)rows[i].bytes, rows[i].n}, rows[i].whole, &how);
        if (!LF_CHECK_STR(c ? lf_charset_name(c) : NULL, rows[i].want)) printf("  row %zu\n", i);
    }
    for (uint64_t seed = 0; seed < 300; seed++) { /* noise is no text, whatever its length */
        const char *how = NULL;
        state = seed;
        for (size_t i = 0; i < BYTES; i++)
            text[i] = (uint8_t)next_random();
        size_t n = 64 + next_random() % (BYTES - 64);
        LF_CHECK(lf_charset_detect((lf_span){text, n}, false, &how) == NULL || text[0] >= 0xEF);
        const char *names[LF_CHARSET_CANDIDATES];
        LF_CHECK(lf_charset_candidates((lf_span){text, n}, names) <= LF_CHARSET_CANDIDATES);
    }
}

int main(void) {
    LF_RUN(the_text_does_not_depend_on_cuts);
    LF_RUN(damage_costs_its_bytes_alone);
    LF_RUN(names_are_found_however_they_are_written);
    LF_RUN(only_proof_is_proof);
    LF_TEST_MAIN_END;
}
