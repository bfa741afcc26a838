/* The index of every instruction set against the scalar one, on random texts of structural bytes,
 * in one piece and in pieces; and the scalar one against a loop that reads byte by byte. */
#include "decode/json/json_index.h"
#include "lf_test.h"
#include <stdlib.h>
#include <string.h>

#define MOST 1000u

static uint32_t seed = 7;
static uint32_t dice(uint32_t n) {
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % n;
}

static uint32_t make(uint8_t *text) {
    static const char bytes[] = "{}[],:\"\"\"\\\\\n\t a1-\x01\xc3";
    uint32_t n = dice(MOST);
    for (uint32_t i = 0; i < n; i++)
        text[i] = (uint8_t)bytes[dice(sizeof bytes - 1)];
    return n;
}

static void by_bytes(const uint8_t *t, uint32_t n, bool lines, uint32_t *pos, json_index *x) {
    bool inside = false;
    *x = (json_index){0};
    for (uint32_t i = 0; i < n; i++) {
        x->high |= t[i] >= 0x80;
        x->backslash |= t[i] == '\\';
        bool blank = t[i] == '\n' || t[i] == '\t' || t[i] == '\r';
        x->control |= t[i] < 0x20 && (inside || !blank);
        if (t[i] == '\\') {
            if (i + 1 < n) {
                x->high |= t[i + 1] >= 0x80;
                x->control |=
                    t[i + 1] < 0x20 && (inside || !(t[i + 1] == '\n' || t[i + 1] == '\t'));
                if (!inside && t[i + 1] != '"' && t[i + 1] != '\\' &&
                    strchr(lines ? "{}[],\n" : "{}[],", t[i + 1]) != NULL)
                    pos[x->n++] = i + 1;
            }
            i++; /* escapes count outside strings too: such a text is refused anyway */
            continue;
        }
        if (t[i] == '"') {
            inside = !inside;
            x->quotes++;
        } else if (!inside && strchr(lines ? "{}[],\n" : "{}[],", t[i]) != NULL) {
            pos[x->n++] = i;
        }
    }
    x->in_string = inside;
}

static bool same(const char *what, const json_index *a, const uint32_t *pa, const json_index *b,
                 const uint32_t *pb) {
    bool good = LF_CHECK_EQ_U64(a->n, b->n) && LF_CHECK_EQ_U64(a->quotes, b->quotes) &&
                LF_CHECK_EQ_U64(a->in_string, b->in_string) && LF_CHECK_EQ_U64(a->high, b->high) &&
                LF_CHECK_EQ_U64(a->control, b->control) &&
                LF_CHECK_EQ_U64(a->backslash, b->backslash) &&
                LF_CHECK(memcmp(pa, pb, a->n * sizeof *pa) == 0);
    if (!good) printf("  %s\n", what);
    return good;
}

static void index_text(json_index_fn f, const uint8_t *t, uint32_t n, bool lines, bool pieces,
                       uint32_t *pos, uint64_t *escapes, json_index *x) {
    *x = (json_index){0};
    memset(escapes, 0, 2 * sizeof *escapes);
    for (uint32_t at = 0; at < n;) {
        uint32_t next = pieces ? at + 64 * (1 + dice(3)) : n;
        if (next > n) next = n;
        f(t, at, next, lines, pos, escapes, x);
        at = next;
    }
}

static void every_set_finds_the_same_structure(void) {
    static uint8_t text[MOST + 64];
    static uint32_t want_pos[MOST + 128], pos[MOST + 128];
    const lf_isa isas[] = {LF_ISA_SCALAR, LF_ISA_AVX2, LF_ISA_AVX512, LF_ISA_NEON};
    lf_isa best = lf_isa_best();
    for (uint32_t round = 0; round < 4000; round++) {
        json_index want, got;
        uint64_t escapes[2], want_escapes[2];
        uint32_t n = make(text);
        bool lines = dice(2), good = true;
        by_bytes(text, n, lines, want_pos, &want);
        for (size_t k = 0; k < sizeof isas / sizeof *isas && good; k++) {
            lf_isa taken;
            if (isas[k] > best || lf_isa_select(lf_isa_name(isas[k]), &taken, NULL) != LF_OK)
                continue;
            index_text(lf_json_index_get(isas[k]), text, n, lines, dice(2), pos, escapes, &got);
            good = same(lf_isa_name(isas[k]), &want, want_pos, &got, pos);
            if (k == 0) memcpy(want_escapes, escapes, sizeof escapes);
            good &= LF_CHECK(memcmp(want_escapes, escapes, sizeof escapes) == 0);
        }
        if (!good) return;
    }
}

int main(void) {
    LF_RUN(every_set_finds_the_same_structure);
    LF_TEST_MAIN_END;
}
