/* The same rows, rejects and counts however a text is cut, on every instruction set.
 *
 * Texts are made at random, of well-formed and broken records whose quoted text looks like
 * rows; the reference is the scalar set on the whole text in one piece. */
#include "decode_csv/csv_dump.h"

typedef struct maker {
    char *text;
    size_t len, cap;
    uint32_t seed;
    uint32_t mess; /* of 256 records, how many are broken */
    bool crlf;
} maker;

static void put(maker *m, const char *s, size_t n) {
    if (m->len + n + 1 > m->cap) {
        m->cap = (m->len + n) * 2 + 1024;
        m->text = realloc(m->text, m->cap);
    }
    memcpy(m->text + m->len, s, n);
    m->len += n;
    m->text[m->len] = '\0';
}

static void puts_of(maker *m, const char *s) {
    put(m, s, strlen(s));
}

static uint32_t pick(maker *m, uint32_t n) {
    return dump_random(&m->seed) % n;
}

static void put_line_end(maker *m) {
    puts_of(m, m->crlf ? "\r\n" : "\n");
}

static void put_text(maker *m) {
    static const char *const plain[] = {"x",           "NA",          "",     "null",
                                        "hello world", "gr\xc3\xbcn", "a\rb", "12\" monitor",
                                        "-",           "'quoted'",    "0123", "-0"};
    static const char *const quoted[] = {
        "\"\"",
        "\"a,b\"",
        "\"l1\nl2\"",
        "\"\n1,2,3,x\n4,5,6,\"",
        "\"say \"\"hi\"\"\"",
        "\"\"\"\"",
        "\",\"\",\"\",\"",
        "\"r\r\ns\"",
        "\"NA\"",
        ("\"long text that goes on for more than sixty-four bytes, "
         "with, commas, and\nlines, in it\"")};
    if (pick(m, 3) == 0)
        puts_of(m, quoted[pick(m, 10)]);
    else
        puts_of(m, plain[pick(m, 12)]);
}

static void put_record(maker *m) {
    char number[64];
    static const char *const odd[] = {"", "NA", "NULL", "\"\"", "\"17\"", "-0", "1e5"};
    bool is_odd = pick(m, 12) == 0;
    snprintf(number, sizeof number, "%d", (int)pick(m, 2000000) - 1000000);
    puts_of(m, is_odd ? odd[pick(m, 5)] : number);
    puts_of(m, ",");
    snprintf(number, sizeof number, "%u.%0*u", pick(m, 1000), 1 + (int)pick(m, 3), pick(m, 10));
    puts_of(m, is_odd ? odd[pick(m, 7)] : number);
    puts_of(m, ",");
    snprintf(number, sizeof number, "20%02u-%02u-%02u", pick(m, 100), 1 + pick(m, 12),
             1 + pick(m, 28));
    puts_of(m, is_odd ? odd[pick(m, 4)] : number);
    puts_of(m, ",");
    put_text(m);
    put_line_end(m);
}

static void put_broken(maker *m) {
    static const char *const broken[] = {
        "1,2\n",
        "1,2,3,4,5\n",
        "\n",
        "\r\n",
        "q\n",
        "1,2.5,2026-01-01,\xff\n",
        "7,1.5,2026-01-02,\"ab\"c\n",
        "7,1.5,2026-01-02,\"ab\"\rc\n",
        "7,x\"y\"z,2026-01-02,k\n",
        "8,N/A-7,2026-02-03,late\n",
        "\"8\"9,1.0,,z\n",
        "9,2.5,2026-01-01 10:00:00,ts\n",
        ",,,\n",
        "5\n",
        "1,1.5,2026-01-01,\xc3\n",
        "1,\"1,2026-01-01,x\n",
        "1,1.5,2026-01-01,\"open\"\"\n",
        "1,1.5,2026-01-01,\"two\nlines\" \n",
        "1,1.5,2026-01-01,\"two\nlines\"\rx\n",
        ("3,4.25,2026-05-06,a record that is a good deal longer than the limit of the small ones "
         "and so is set aside where there is a limit, and taken where there is none, all alike\n")};
    puts_of(m, broken[pick(m, 20)]);
}

static void make(maker *m, size_t bytes) {
    m->len = 0;
    puts_of(m, "i,d,day,t");
    put_line_end(m);
    for (int i = 0; i < 12; i++)
        put_record(m);
    while (m->len < bytes)
        if (pick(m, 256) < m->mess)
            put_broken(m);
        else
            put_record(m);
    if (pick(m, 3) == 0) m->len -= 1 + pick(m, 20);
    if (pick(m, 6) == 0) puts_of(m, "5,1.5,2020-02-02,\"open to the end");
}

static lf_isa isas[3];
static uint32_t n_isas;

static bool same(const dump *want, const maker *m, const dump_how *how, bool totals_only) {
    dump got;
    lf_rc rc = dump_text(&got, (lf_span){(const uint8_t *)m->text, m->len}, how);
    bool good = LF_CHECK_EQ_I64(rc, LF_OK);
    if (totals_only) {
        good &=
            LF_CHECK_EQ_U64(got.rows, want->rows) && LF_CHECK_EQ_U64(got.rejects, want->rejects);
    } else if (got.out.len != want->out.len ||
               memcmp(got.out.data, want->out.data, want->out.len) != 0) {
        good = LF_CHECK(!"the same dump");
        size_t i = 0, line = 0;
        while (i < got.out.len && i < want->out.len && got.out.data[i] == want->out.data[i])
            line = got.out.data[i++] == '\n' ? i : line;
        printf("  want: %.200s\n  got:  %.200s\n", (char *)want->out.data + line,
               (char *)got.out.data + line);
    }
    if (!good)
        printf("  isa %s chunk %zu seed %u block %llu late %d limit %llu mess %u bytes %zu: %s\n",
               lf_isa_name(how->isa), how->chunk, how->seed, (unsigned long long)how->block,
               how->late_eof, (unsigned long long)how->record_max, m->mess, m->len,
               got.err.message);
    dump_free(&got);
    return good;
}

static bool all_ways(const maker *m, const dump_how *base, const size_t *chunks, size_t n_chunks) {
    dump want;
    dump_how how = *base;
    how.isa = LF_ISA_SCALAR;
    lf_rc rc = dump_text(&want, (lf_span){(const uint8_t *)m->text, m->len}, &how);
    bool good = LF_CHECK_EQ_I64(rc, LF_OK);
    if (!good) printf("  %s\n", want.err.message);
    for (uint32_t s = 0; s < n_isas && good; s++)
        for (size_t k = 0; k < n_chunks && good; k++) {
            how = *base;
            how.isa = isas[s];
            how.chunk = chunks[k];
            good &= same(&want, m, &how, false);
            how.late_eof = true;
            how.seed = 77 + (uint32_t)k;
            if (how.chunk > 0) good &= same(&want, m, &how, false);
            how.block = 100 + k * 37;
            good &= same(&want, m, &how, false);
        }
    dump_free(&want);
    return good;
}

static void small_texts_read_alike_however_cut(void) {
    static const size_t chunks[] = {0, 1, 7, 64, 100};
    maker m = {.seed = 1};
    for (uint32_t i = 0; i < LF_ROUNDS(60); i++) {
        m.mess = (i % 4) * 30;
        m.crlf = i % 5 == 0;
        make(&m, 300 + pick(&m, 1500));
        dump_how how = {.record_max = i % 3 == 0 ? 150 : 0};
        if (!all_ways(&m, &how, chunks, 5)) break;
    }
    free(m.text);
}

static void large_texts_read_alike_however_cut(void) {
    static const size_t chunks[] = {0, 5000, 20000, 65536};
    maker m = {.seed = 2};
    for (uint32_t i = 0; i < 8; i++) {
        m.mess = i % 3;
        m.crlf = i % 4 == 1;
        make(&m, LF_ROUNDS(60000) + pick(&m, LF_ROUNDS(100000)));
        dump_how how = {0};
        if (!all_ways(&m, &how, chunks, 4)) break;
    }
    free(m.text);
}

/* Noise of the structural bytes alone. */
static void noise_reads_alike_however_cut(void) {
    static const size_t chunks[] = {0, 1, 3, 64};
    static const char bytes[] = "\",\n\r1a\",\n\xc3\xbc;";
    maker m = {.seed = 3};
    for (uint32_t i = 0; i < LF_ROUNDS(300); i++) {
        m.len = 0;
        uint32_t n = 1 + pick(&m, 400);
        for (uint32_t k = 0; k < n; k++)
            put(&m, &bytes[pick(&m, i % 2 ? 7 : sizeof bytes - 1)], 1);
        dump_how how = {.record_max = i % 3 == 0 ? 40 : 0};
        lf_option options[] = {{"delimiter", ","}, {"header", i % 4 < 2 ? "no" : "yes"}};
        how.opts.options = options;
        how.opts.n_options = 2;
        if (!all_ways(&m, &how, chunks, 4)) break;
    }
    free(m.text);
}

/* The same for dialects that only the general machine reads. */
static void general_dialects_read_alike_however_cut(void) {
    static const size_t chunks[] = {0, 1, 3, 64};
    static const lf_option given[][3] = {
        {{"delimiter", "::"}, {"escape", "backslash"}, {"comment", "#"}},
        {{"delimiter", ", "}, {"line-end", "any"}, {"comment", "none"}},
        {{"delimiter", ","}, {"escape", "backslash"}, {"line-end", "any"}},
        {{"delimiter", ","}, {"quote", "'"}, {"comment", "//"}},
    };
    static const char *const pieces[] = {"\"", "::", ", ", ",", "\n", "\r", "\\",
                                         "#",  "//", "'",  " ", "a",  "1",  "\r\n"};
    maker m = {.seed = 5};
    for (uint32_t i = 0; i < LF_ROUNDS(160); i++) {
        m.len = 0;
        uint32_t n = 1 + pick(&m, 300);
        for (uint32_t k = 0; k < n; k++) {
            const char *piece = pieces[pick(&m, sizeof pieces / sizeof pieces[0])];
            put(&m, piece, strlen(piece));
        }
        dump_how how = {.record_max = i % 3 == 0 ? 40 : 0};
        lf_option options[] = {given[i % 4][0],
                               given[i % 4][1],
                               given[i % 4][2],
                               {"header", i % 8 < 4 ? "no" : "yes"},
                               {"tables", "one"}};
        how.opts.options = options;
        how.opts.n_options = 5;
        if (!all_ways(&m, &how, chunks, 4)) break;
    }
    free(m.text);
}

/* Tiles of general dialects, of which some have what sends them to the machine. */
static void large_general_texts_read_alike_however_cut(void) {
    static const size_t chunks[] = {0, 900, 20000};
    static const lf_option given[][4] = {
        {{"delimiter", "::"}, {"escape", "backslash"}, {"comment", "#"}, {"line-end", "any"}},
        {{"delimiter", ", "}, {"escape", "none"}, {"comment", "#"}, {"line-end", "lf"}},
        {{"delimiter", ","}, {"escape", "backslash"}, {"comment", "none"}, {"line-end", "lf"}},
        {{"delimiter", ";"}, {"escape", "none"}, {"comment", "none"}, {"line-end", "cr"}},
        {{"delimiter", ","}, {"escape", "auto"}, {"comment", "none"}, {"line-end", "lf"}},
    };
    static const char *const padded[] = {
        " \"a, b\" ", "\t\"\"", " \"c\"", " x ", "\"d,d\"  ", " ", "  \"e \"\"f\"\"\" "};
    static const char *const texts[] = {"plain", "\"quoted\"",  "\"a \"\"b\"\"\"", "\"two\nlines\"",
                                        "",      "gr\xc3\xbcn", "\"a\rb\""};
    static const char *const odd[] = {"# a \"comment\", of course", "7", "", "\"a\"b", "\xff"};
    maker m = {.seed = 6};
    for (uint32_t i = 0; i < 10; i++) {
        const lf_option *o = given[i % 5];
        bool escapes = o[1].value[0] == 'b', any = o[3].value[0] != 'l';
        m.len = 0;
        for (uint32_t r = 0; m.len < LF_ROUNDS(50000); r++) {
            char start[64];
            bool is_odd = r > 20 && i > 3 && pick(&m, 300) == 0;
            snprintf(start, sizeof start, "%u%s%u.5%s", r, o[0].value, pick(&m, 1000), o[0].value);
            puts_of(&m, is_odd ? odd[pick(&m, 5)] : start);
            if (!is_odd && escapes && pick(&m, 50) == 0)
                puts_of(&m, pick(&m, 2) ? "\"an \\\" escape\\\\\"" : "\\::\\,x\\\n");
            else if (!is_odd)
                puts_of(&m, i % 5 == 4 ? padded[pick(&m, 7)] : texts[pick(&m, 7)]);
            puts_of(&m, !any ? "\n" : (const char *[]){"\n", "\r\n", "\r"}[pick(&m, 3)]);
        }
        lf_option options[] = {o[0], o[1], o[2], o[3], {"header", "no"}, {"tables", "one"}};
        dump_how how = {.opts.options = options, .opts.n_options = 6};
        if (!all_ways(&m, &how, chunks, 3)) break;
    }
    free(m.text);
}

/* Wide tables wait for rows; that must not show. */
static void wide_texts_read_alike_however_cut(void) {
    static const size_t chunks[] = {0, 1000, 7000};
    maker m = {.seed = 4};
    for (uint32_t i = 0; i < 2; i++) {
        m.len = 0;
        for (uint32_t r = 0; r < 40; r++) {
            uint32_t fields = r > 3 && pick(&m, 9) == 0 ? 20 + pick(&m, 400) : 300;
            for (uint32_t f = 0; f < fields; f++) {
                char cell[32];
                snprintf(cell, sizeof cell, f % 7 ? "%s%u" : "%s\"a\"\"%u\"", f ? "," : "",
                         pick(&m, 5000));
                puts_of(&m, cell);
            }
            puts_of(&m, "\n");
        }
        dump_how how = {0};
        if (!all_ways(&m, &how, chunks, 3)) break;
    }
    free(m.text);
}

int main(void) {
    isas[n_isas++] = LF_ISA_SCALAR;
    if (lf_isa_best() >= LF_ISA_AVX2) isas[n_isas++] = LF_ISA_AVX2;
    if (lf_isa_best() >= LF_ISA_AVX512) isas[n_isas++] = LF_ISA_AVX512;
    LF_RUN(small_texts_read_alike_however_cut);
    LF_RUN(noise_reads_alike_however_cut);
    LF_RUN(general_dialects_read_alike_however_cut);
    LF_RUN(large_general_texts_read_alike_however_cut);
    LF_RUN(wide_texts_read_alike_however_cut);
    LF_RUN(large_texts_read_alike_however_cut);
    LF_TEST_MAIN_END;
}
