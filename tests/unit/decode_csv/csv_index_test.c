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

static void columns_are_located_alike(void) {
    static uint32_t pos_store[16 + 40 * 130 + 160], *pos = pos_store + 16;
    static uint32_t start[2][40][160], len[2][40][160];
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t fields = 1 + dice(40), rows = 1 + dice(130), at = 0;
        pos[-1] = UINT32_MAX;
        for (uint32_t k = 0; k < rows * fields; k++)
            pos[k] = at += 1 + dice(20);
        uint32_t *s[2][40], *l[2][40];
        for (uint32_t f = 0; f < fields; f++) {
            bool skip = i % 3 == 0 && dice(2);
            for (int k = 0; k < 2; k++) {
                s[k][f] = skip ? NULL : start[k][f];
                l[k][f] = skip ? NULL : len[k][f];
            }
        }
        sets[0]->locate(pos, fields, rows, s[0], l[0]);
        for (uint32_t k = 1; k < n_sets; k++) {
            sets[k]->locate(pos, fields, rows, s[1], l[1]);
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
    LF_RUN(columns_are_located_alike);
    LF_RUN(byte_work_is_done_alike);
    LF_TEST_MAIN_END;
}
