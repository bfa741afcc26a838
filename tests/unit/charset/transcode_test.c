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
                {"a\0b,c\n1,2\n", 10, true, NULL}, /* ASCII with a zero in it */
                {"a,b,c\n\0,2,3\n", 12, true, NULL},
                {"a\0\n\0001,\n\0", 8, true, NULL},
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

static size_t put_utf8(uint8_t *p, uint32_t c) {
    if (c < 0x80) {
        p[0] = (uint8_t)c;
        return 1;
    }
    const size_t n = c < 0x800 ? 2 : 3;
    for (size_t i = n - 1; i > 0; i--, c >>= 6)
        p[i] = (uint8_t)(0x80 | (c & 0x3F));
    p[0] = (uint8_t)((n == 2 ? 0xC0 : 0xE0) | c);
    return n;
}

/* Lines of a table; letters from `first` on. Returns its characters. */
static size_t make_table(uint32_t first, uint32_t letters, uint32_t *c, size_t cap) {
    size_t n = 0;
    while (n + 12 < cap) {
        const size_t word = 1 + next_random() % 6;
        for (size_t i = 0; i < word; i++)
            c[n++] = first + next_random() % letters;
        c[n++] = ',';
        for (size_t digits = 1 + next_random() % 3; digits > 0; digits--)
            c[n++] = '0' + next_random() % 10;
        c[n++] = '\n';
    }
    return n;
}

/* Single bytes with zeros among them are not taken for UTF-16, whatever their number. */
static void stray_zeros_prove_nothing(void) {
    static const uint32_t firsts[] = {'a', 0xE0, 0x430, 0x4E00};
    for (uint64_t seed = 0; seed < 4000; seed++) {
        uint32_t c[400];
        uint8_t text[2048];
        state = seed;
        const uint32_t first = firsts[seed % 4];
        const size_t n = make_table(first, 26, c, 16 + next_random() % 384);
        size_t len = 0;
        for (size_t i = 0; i < n; i++)
            len += put_utf8(text + len, c[i]);
        for (size_t zeros = 1 + next_random() % (1 + len / 4); zeros > 0; zeros--) {
            const size_t at = next_random() % len;
            if (next_random() % 2 == 0) { /* one more, or in place of a character */
                memmove(text + at + 1, text + at, len - at);
                len++;
            }
            text[at] = 0;
        }
        const char *how = NULL;
        const lf_charset *found = lf_charset_detect((lf_span){text, len}, seed % 3 != 0, &how);
        if (!LF_CHECK_STR(found ? lf_charset_name(found) : NULL, NULL))
            printf("  seed %llu\n", (unsigned long long)seed);
    }
}

/* Tables in the scripts of the world, without a byte order mark. */
static void wide_characters_are_found(void) {
    static const struct {
        uint32_t first, letters;
    } scripts[] = {{'a', 26},    {0xC0, 60},      {0x100, 60},    {0x391, 50},
                   {0x410, 64},  {0x5D0, 27},     {0x621, 26},    {0xE01, 46},
                   {0x3041, 80}, {0x4E00, 20000}, {0xAC00, 11000}};
    static const char *const names[] = {"utf-16le", "utf-16be", "utf-32le", "utf-32be"};
    for (uint64_t seed = 0; seed < 2000; seed++) {
        uint32_t c[3000];
        uint8_t text[12000];
        state = seed;
        const size_t script = seed % (sizeof scripts / sizeof *scripts), form = seed / 16 % 4;
        const size_t n = make_table(scripts[script].first, scripts[script].letters, c,
                                    64 + next_random() % 2900);
        const size_t width = form < 2 ? 2 : 4;
        for (size_t i = 0; i < n; i++)
            for (size_t k = 0; k < width; k++)
                text[i * width + k] = (uint8_t)(c[i] >> 8 * (form % 2 == 0 ? k : width - 1 - k));
        const char *how = NULL;
        const size_t cut = seed % 3 == 0 ? 1 + next_random() % 3 : 0;
        const lf_charset *found =
            lf_charset_detect((lf_span){text, n * width - cut}, cut == 0, &how);
        if (!LF_CHECK_STR(found ? lf_charset_name(found) : NULL, names[form]))
            printf("  script %zu, seed %llu\n", script, (unsigned long long)seed);
    }
}

int main(void) {
    LF_RUN(the_text_does_not_depend_on_cuts);
    LF_RUN(damage_costs_its_bytes_alone);
    LF_RUN(names_are_found_however_they_are_written);
    LF_RUN(only_proof_is_proof);
    LF_RUN(stray_zeros_prove_nothing);
    LF_RUN(wide_characters_are_found);
    LF_TEST_MAIN_END;
}
