/* The index of every instruction set against the machine, on short texts of structural bytes:
 * the same field ends, or the mark that parity does not read this text. And the byte work. */
#include "core/cpu.h"
#include "decode/csv/csv_index.h"
#include "decode/csv/csv_internal.h"
#include "lf_test.h"
#include <stdlib.h>

static const csv_isa *sets[3];
static uint32_t n_sets;

static uint32_t seed = 9;
static uint32_t dice(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static void run(const csv_isa *isa, const csv_dialect *dia, const uint8_t *text, uint32_t n,
                uint32_t *pos, csv_index *x) {
    x->pos = pos;
    lf_csv_index_start(x);
    uint32_t at = 0;
    while (n - at >= 64) { /* in calls of one to three blocks */
        uint32_t blocks = (n - at) / 64, some = 1 + dice(3);
        if (some < blocks) blocks = some;
        isa->index(x, dia, text + at, at, blocks);
        at += blocks * 64;
    }
    if (at < n) isa->index_tail(x, dia, text + at, at, n - at);
}

static bool agree(const csv_isa *isa, const csv_dialect *dia, const uint8_t *text, uint32_t n) {
    static uint32_t want_pos[2048], got_pos[2048];
    csv_index want, got;
    run(lf_csv_isa_get(LF_ISA_SCALAR), dia, text, n, want_pos, &want);
    run(isa, dia, text, n, got_pos, &got);
    bool good = LF_CHECK_EQ_I64(got.high, want.high) & LF_CHECK_EQ_I64(got.cr, want.cr);
    if (want.irregular && got.irregular) return good;
    good &= LF_CHECK(!want.irregular); /* what the machine finds odd, parity must too */
    if (got.irregular) {
        /* Allowed only where a closing quote and a carriage return end the text at hand. */
        return good & LF_CHECK(!"regular text was marked irregular");
    }
    good &= LF_CHECK_EQ_U64(got.n, want.n) && LF_CHECK_EQ_U64(got.rows, want.rows);
    good &= LF_CHECK_EQ_U64(got.opens, want.opens) & LF_CHECK_EQ_I64(got.escapes, want.escapes);
    good &= LF_CHECK_EQ_U64(got.newlines, want.newlines);
    good &= LF_CHECK_EQ_U64(got.inside, want.inside);
    return good && LF_CHECK_MEM(got_pos, want_pos, want.n * sizeof *want_pos);
}

static void every_set_indexes_as_the_machine_reads(void) {
    static const char *const bytes[] = {"\",\nab", "\",\n\ra", "a,\n", "aaaaaaaaaaaaaaa\",\n",
                                        "\"\"\"\"\",\n"};
    static uint8_t block[64 + 1024 + 64];
    for (uint32_t i = 0; i < 60000; i++) {
        uint32_t n = 1 + dice(i % 10 == 0 ? 900 : 150);
        const char *from = bytes[i % 5];
        uint8_t *text = block + 64;
        for (uint32_t k = 0; k < n; k++)
            text[k] = (uint8_t)from[dice((uint32_t)strlen(from))];
        csv_dialect dia = {.delimiter = ',', .quote = '"', .has_quote = i % 7 != 0};
        if (i % 11 == 0) dia.delimiter = '\n';
        for (uint32_t s = 1; s < n_sets; s++)
            if (!agree(sets[s], &dia, text, n)) {
                printf("  %s: %.*s\n", sets[s]->name, (int)n, (char *)text);
                return;
            }
    }
}

/* Well-formed quoted records must not be sent to the machine, wherever blocks end. */
static void well_formed_text_is_regular(void) {
    static uint8_t block[64 + 1024 + 64];
    static const char *const records[] = {"\"a,b\",1\r\n", "x,\"l\nm\"\r\n",
                                          "\"say \"\"hi\"\"\",2\n", "\"\",\"\"\n", "1,2\n"};
    for (uint32_t i = 0; i < 2000; i++) {
        uint32_t n = 0;
        uint8_t *text = block + 64;
        while (n < 900) {
            const char *r = records[dice(5)];
            memcpy(text + n, r, strlen(r));
            n += (uint32_t)strlen(r);
        }
        csv_dialect dia = {.delimiter = ',', .quote = '"', .has_quote = true};
        for (uint32_t s = 0; s < n_sets; s++) {
            static uint32_t pos[2048];
            csv_index x;
            run(sets[s], &dia, text, n - dice(100), pos, &x);
            if (!LF_CHECK(!x.irregular)) return;
        }
    }
}

/* --- general dialects --- */

static const csv_dialect generals[] = {
    {.delimiter = ',', .quote = '"', .has_quote = true, .cr_ends = true},
    {.delimiter = ',', .quote = '"', .has_quote = true, .escape = '\\'},
    {.delimiter = ':', .more = ":", .more_len = 1, .quote = '"', .has_quote = true},
    {.delimiter = ':', .more = "::", .more_len = 2, .escape = '\\', .cr_ends = true},
    {.delimiter = ',', .more = " ", .more_len = 1, .quote = '\'', .has_quote = true},
    {.delimiter = ',', .quote = '"', .has_quote = true, .pad_quotes = true},
    {.delimiter = '\t', .quote = '"', .has_quote = true, .pad_quotes = true, .escape = '\\'},
    {.delimiter = ' ', .quote = '\'', .has_quote = true, .pad_quotes = true, .cr_ends = true},
    {.delimiter = ',', .quote = '"', .has_quote = true, .comment = "#", .comment_len = 1},
    {.delimiter = ',',
     .more = " ",
     .more_len = 1,
     .quote = '"',
     .has_quote = true,
     .escape = '\\',
     .cr_ends = true,
     .pad_quotes = true,
     .comment = "//",
     .comment_len = 2},
    {.delimiter = ':',
     .more = "-:-:-:-",
     .more_len = 7,
     .has_quote = true,
     .quote = '"',
     .comment = "\\",
     .comment_len = 1,
     .escape = '\\'},
    {.delimiter = '\n',
     .quote = '"',
     .has_quote = true,
     .cr_ends = true,
     .comment_len = 1,
     .comment = "#"},
};
#define N_GENERALS (sizeof generals / sizeof generals[0])

/* As csv_scan.c does: whole blocks of the text, and the rest with zeros behind. */
static void run_general(const csv_isa *isa, const csv_dialect *dia, const uint8_t *text, uint32_t n,
                        uint32_t *pos, csv_index *x) {
    uint8_t tail[192] = {0};
    uint32_t at = 0, all = n > CSV_LOOK_BYTES ? (n - CSV_LOOK_BYTES) / 64 : 0;
    x->pos = pos;
    lf_csv_index_start(x);
    while (all > 0) {
        uint32_t some = 1 + dice(3) < all ? 1 : all;
        isa->general(x, dia, text + at, at, some, ~0ull);
        at += some * 64;
        all -= some;
    }
    memcpy(tail, text + at, n - at);
    if (at < n) isa->general(x, dia, tail, at, (n - at + 63) / 64, ~0ull >> (-(n - at) & 63));
}

static bool general_agrees(const csv_isa *isa, const csv_dialect *given, const uint8_t *text,
                           uint32_t n, bool must) {
    static uint32_t want_pos[2048], got_pos[2048];
    csv_dialect dia = *given;
    csv_index want = {.pos = want_pos}, got;
    dia.general = true;
    lf_csv_index_start(&want);
    if (!LF_CHECK_EQ_U64(lf_csv_index_exact(&want, &dia, text, 0, n, true), n)) return false;
    run_general(isa, &dia, text, n, got_pos, &got);
    bool good = LF_CHECK_EQ_I64(got.high, want.high);
    if (got.irregular) return good & LF_CHECK(!must); /* the machine reads it */
    good &= LF_CHECK(!want.machine.irregular);
    good &= LF_CHECK_EQ_U64(got.n, want.n) && LF_CHECK_EQ_U64(got.rows, want.rows);
    good &= LF_CHECK_EQ_U64(got.opens, want.opens) & LF_CHECK_EQ_U64(got.comments, want.comments);
    good &= LF_CHECK_EQ_U64(got.inside, want.inside);
    if (want.escapes) good &= LF_CHECK(got.backslashes);
    return good && LF_CHECK_MEM(got_pos, want_pos, want.n * sizeof *want_pos);
}

static bool on_all_sets(uint32_t d, const uint8_t *text, uint32_t n, bool must) {
    for (uint32_t s = 0; s < n_sets; s++)
        if (sets[s]->general != NULL && !general_agrees(sets[s], &generals[d], text, n, must)) {
            printf("  %s, dialect %u: %.*s\n", sets[s]->name, d, (int)n, (const char *)text);
            return false;
        }
    return true;
}

/* `piece` as dialect d writes it: ',' the delimiter, '\n' a line end, '"' the quote, '#' where a
 * comment begins, '\\' the escape. */
static uint32_t put_piece(uint32_t d, const char *piece, uint8_t *out) {
    const csv_dialect *dia = &generals[d];
    static const char *const ends[] = {"\n", "\r\n", "\r"};
    uint32_t n = 0;
    for (; *piece != '\0'; piece++) {
        if (*piece == ',' && dia->delimiter != '\n') {
            out[n++] = dia->delimiter;
            memcpy(out + n, dia->more, dia->more_len);
            n += dia->more_len;
        } else if (*piece == '\n') {
            const char *end = ends[dice(dia->cr_ends ? 3 : 2)];
            memcpy(out + n, end, strlen(end));
            n += (uint32_t)strlen(end);
        } else if (*piece == '"') {
            out[n++] = dia->has_quote ? dia->quote : 'q';
        } else if (*piece == '#') {
            memcpy(out + n, dia->comment, dia->comment_len);
            n += dia->comment_len;
        } else if (*piece == '_') {
            if (dia->pad_quotes) out[n++] = dia->delimiter == ' ' ? '\t' : ' ';
        } else if (*piece != '\\') {
            out[n++] = (uint8_t)*piece;
        } else {
            out[n++] = dia->escape != 0 ? '\\' : 'e';
            if (dia->escape == 0 && piece[1] != '\n' && piece[1] != '\0') piece++;
        }
    }
    return n;
}

static void noise_of_general_dialects_is_indexed_as_the_machine_reads(void) {
    static uint8_t block[64 + 2048 + 64];
    static const char *const pieces[] = {
        "\"", ",", "\n", "#", "\\",           "_",        "a",    "b",
        "\r", ":", "-",  "/", "xyzxyzxyzxyz", "\xc3\xa4", "\"\"", ",\""};
    for (uint32_t i = 0; i < 60000; i++) {
        uint32_t want = 1 + dice(i % 10 == 0 ? 900 : 150), n = 0, d = i % N_GENERALS;
        uint32_t mild = dice(3); /* of three, two texts are mostly letters */
        while (n < want)
            n += put_piece(d, pieces[mild && dice(6) ? 6 + dice(2) : dice(16)], block + 64 + n);
        if (!on_all_sets(d, block + 64, n, false)) return;
    }
}

static void well_formed_general_text_is_regular(void) {
    static uint8_t block[64 + 2048 + 64];
    static const char *const records[] = {
        "1,two,3\n",   "_\"a,b\"_,c\n",        "x,__\"l\nm\",y\n",       "\"say \"\"hi\"\"\"_,2\n",
        "\"\",\"\"\n", "\\\\,\\\",\\\\\\,z\n", "\"in \\\" it\\\\\",1\n", "\n"};
    for (uint32_t i = 0; i < 6000; i++) {
        uint32_t n = 0, d = i % (N_GENERALS - 1); /* the last one has no delimiter */
        uint8_t *text = block + 64;
        while (n < 900) {
            bool comment = generals[d].comment_len > 0 && dice(6) == 0;
            n += put_piece(d, comment ? "# it's \", a comment \\\n" : records[dice(8)], text + n);
        }
        if (!on_all_sets(d, text, n, true)) return;
    }
}

static void columns_are_located_alike(void) {
    static uint32_t pos_store[16 + 40 * 130 + 160], *pos = pos_store + 16;
    static uint32_t start[2][40][160], len[2][40][160];
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t fields = 1 + dice(40), rows = 1 + dice(130), at = 0, gap = 1 + dice(3);
        pos[-1] = UINT32_MAX;
        for (uint32_t k = 0; k < rows * fields; k++)
            pos[k] = at += gap + dice(20);
        uint32_t *s[2][40], *l[2][40];
        for (uint32_t f = 0; f < fields; f++) {
            bool skip = i % 3 == 0 && dice(2);
            for (int k = 0; k < 2; k++) {
                s[k][f] = skip ? NULL : start[k][f];
                l[k][f] = skip ? NULL : len[k][f];
            }
        }
        sets[0]->locate(pos, fields, rows, gap, s[0], l[0]);
        for (uint32_t k = 1; k < n_sets; k++) {
            sets[k]->locate(pos, fields, rows, gap, s[1], l[1]);
            uint32_t padded = (rows + 15) & ~15u;
            for (uint32_t f = 0; f < fields; f++) {
                if (s[0][f] == NULL) continue;
                if (!LF_CHECK_MEM(s[1][f], s[0][f], padded * 4) ||
                    !LF_CHECK_MEM(l[1][f], l[0][f], padded * 4))
                    return;
            }
        }
    }
}

static void byte_work_is_done_alike(void) {
    static uint8_t text[4096 + 128];
    static uint32_t start[2][320], len[2][320];
    uint64_t bits[2][8];
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t n = 1 + dice(300);
        for (uint32_t k = 0; k < sizeof text; k++)
            text[k] = dice(3) ? 'x' : '"';
        for (uint32_t r = 0; r < n; r++) {
            start[0][r] = 8 + dice(4000);
            len[0][r] = dice(3) ? 2 + dice(10) : 0;
        }
        for (uint32_t k = 1; k < n_sets; k++) {
            static uint32_t s[320], l[320];
            memcpy(s, start[0], sizeof s);
            memcpy(l, len[0], sizeof l);
            memcpy(start[1], start[0], sizeof s);
            memcpy(len[1], len[0], sizeof l);
            LF_CHECK_EQ_U64(sets[k]->nonzero(l, n, bits[1]), sets[0]->nonzero(l, n, bits[0]));
            LF_CHECK_MEM(bits[1], bits[0], (n + 63) / 64 * 8);
            LF_CHECK_EQ_U64(sets[k]->unquote(text, '"', start[1], len[1], n, bits[1]),
                            sets[0]->unquote(text, '"', s, l, n, bits[0]));
            LF_CHECK_MEM(bits[1], bits[0], (n + 63) / 64 * 8);
            LF_CHECK_MEM(start[1], s, n * 4);
            LF_CHECK_MEM(len[1], l, n * 4);
            for (uint32_t wl = 1; wl <= 8; wl++) {
                uint64_t word = 0;
                memcpy(&word, text + 64, wl);
                LF_CHECK_EQ_U64(sets[k]->equal(text, s, l, n, word, wl, bits[1]),
                                sets[0]->equal(text, s, l, n, word, wl, bits[0]));
                LF_CHECK_MEM(bits[1], bits[0], (n + 63) / 64 * 8);
            }
            LF_CHECK_EQ_U64(sets[k]->count(text + n, n * 7, '"'),
                            sets[0]->count(text + n, n * 7, '"'));
        }
    }
}

int main(void) {
    sets[n_sets++] = lf_csv_isa_get(LF_ISA_SCALAR);
    if (lf_isa_best() >= LF_ISA_AVX2) sets[n_sets++] = lf_csv_isa_get(LF_ISA_AVX2);
    if (lf_isa_best() >= LF_ISA_AVX512) sets[n_sets++] = lf_csv_isa_get(LF_ISA_AVX512);
    LF_RUN(every_set_indexes_as_the_machine_reads);
    LF_RUN(well_formed_text_is_regular);
    LF_RUN(noise_of_general_dialects_is_indexed_as_the_machine_reads);
    LF_RUN(well_formed_general_text_is_regular);
    LF_RUN(columns_are_located_alike);
    LF_RUN(byte_work_is_done_alike);
    LF_TEST_MAIN_END;
}
