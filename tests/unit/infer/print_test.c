/* What a type reads exactly, it prints back byte for byte: millions of random cells. */
#include "infer/calendar.h"
#include "infer/print.h"
#include "infer/reading.h"
#include "infer_random.h"
#include "lf_test.h"
#include <locale.h>
#include <stdlib.h>

static const lf_type types[] = {{.id = LF_T_BOOL},
                                {.id = LF_T_INT64},
                                {.id = LF_T_UINT64},
                                {.id = LF_T_DOUBLE},
                                {.id = LF_T_DECIMAL, .precision = 18, .scale = 4},
                                {.id = LF_T_DECIMAL, .precision = 38, .scale = 20},
                                {.id = LF_T_DECIMAL, .precision = 38, .scale = 0},
                                {.id = LF_T_DATE},
                                {.id = LF_T_TIME},
                                {.id = LF_T_TIME, .unit = LF_UNIT_NS},
                                {.id = LF_T_TIMESTAMP},
                                {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS},
                                {.id = LF_T_TIMESTAMP, .utc = 1},
                                {.id = LF_T_TIMESTAMP, .utc = 1, .unit = LF_UNIT_NS}};
#define N_TYPES (sizeof types / sizeof *types)

static lf_parse_ctx ctx_of(rng *r) {
    lf_parse_ctx c;
    lf_parse_ctx_init(&c);
    static const char group[] = {',', '.', ' ', '\''};
    c.date_format = 1u << rng_below(r, 21);
    c.bool_words = LF_K_WORDS;
    c.month_names = (uint8_t)rng_below(r, 3);
    if (rng_below(r, 2)) c.numbers = (uint8_t)rng_below(r, 16);
    c.group_mark = group[rng_below(r, 4)];
    c.given_type = rng_below(r, 2);
    return c;
}

static void exact_texts_come_back(void) {
    rng r = {1};
    uint64_t read[N_TYPES] = {0}, exact[N_TYPES] = {0};
    for (uint32_t i = 0; i < LF_ROUNDS(1500000); i++) {
        char text[128], out[LF_PRINT_MAX];
        lf_span s = {(const uint8_t *)text, random_cell(&r, text)};
        lf_parse_ctx c = ctx_of(&r);
        for (uint32_t t = 0; t < N_TYPES; t++) {
            lf_reading cell;
            if (!lf_read(types[t], s, &c, &cell)) continue;
            read[t]++;
            exact[t] += cell.n_forms > 0;
            for (uint32_t k = 0; k < cell.n_forms; k++) {
                uint32_t n =
                    lf_print_value(types[t], cell.value, cell.forms[k], c.date_format, out);
                if (!LF_CHECK(n == s.len && memcmp(out, text, n) == 0)) {
                    char name[48];
                    printf("  '%.*s' as %s form %u/%u/%u printed '%.*s'\n", (int)s.len, text,
                           lf_type_print(types[t], name, sizeof name), cell.forms[k].kind,
                           cell.forms[k].param, cell.forms[k].zone, (int)n, out);
                    return;
                }
            }
        }
    }
    for (uint32_t t = 0; t < N_TYPES; t++)
        LF_CHECK(read[t] > LF_ROUNDS(1000) / 2 && exact[t] > LF_ROUNDS(1000) / 2);
}

/* Random numbers of ordinary shape: all must be exact. */
static void ordinary_numbers_are_exact(void) {
    rng r = {2};
    lf_parse_ctx c;
    lf_parse_ctx_init(&c);
    for (uint32_t i = 0; i < LF_ROUNDS(2000000); i++) {
        char text[64];
        uint32_t n = 0, ints = 1 + rng_below(&r, 9), fracs = rng_below(&r, 7);
        if (rng_below(&r, 4) == 0) text[n++] = '-';
        text[n++] = (char)(ints > 1 ? '1' + rng_below(&r, 9) : '0' + rng_below(&r, 10));
        n += put_digits(&r, text + n, ints - 1);
        if (fracs) text[n++] = '.';
        n += put_digits(&r, text + n, fracs);
        text[n] = 0;
        lf_value v;
        lf_form f;
        bool exact;
        if (!LF_CHECK(lf_parse_value((lf_type){.id = LF_T_DOUBLE}, (lf_span){(uint8_t *)text, n},
                                     &c, &v, &f, &exact) &&
                      exact) ||
            !LF_CHECK_EQ_F64(v.f64, strtod(text, NULL))) {
            printf("  '%s'\n", text);
            return;
        }
    }
}

static void doubles_agree_with_the_c_library(void) {
    rng r = {3};
    for (uint32_t i = 0; i < LF_ROUNDS(1000000); i++) {
        char text[128];
        uint32_t n = random_number(&r, text), a, b, s;
        double v;
        text[n] = 0;
        if (!lf_parse_double((lf_span){(uint8_t *)text, n}, &v, &a, &b, &s)) continue;
        if (!LF_CHECK_EQ_F64(v, strtod(text, NULL))) {
            printf("  '%s'\n", text);
            return;
        }
    }
}

static void shortest_prints_read_back(void) {
    rng r = {4};
    for (uint32_t i = 0; i < LF_ROUNDS(1000000); i++) {
        uint64_t bits = rng_next(&r);
        char out[LF_PRINT_MAX + 1], c15[40];
        double v;
        memcpy(&v, &bits, 8);
        if (v - v != 0) continue;
        if (i & 1) v = (double)(int32_t)bits / (double)(1u + (uint32_t)(bits >> 40) % 1000);
        if (i % 16 == 0) v = ldexp(1, (int)(bits % 2000) - 1000);
        uint32_t n = lf_print_double_shortest(v, out);
        out[n] = 0;
        if (!LF_CHECK_EQ_F64(strtod(out, NULL), v)) return;
        (void)snprintf(c15, sizeof c15, "%.15g", v);
        if (strtod(c15, NULL) == v && !LF_CHECK(n <= 17 + 6)) return;
    }
}

static void shortest_prints_are_as_documented(void) {
    static const struct {
        double v;
        const char *text;
    } rows[] = {{0, "0"},
                {-0.0, "-0"},
                {5, "5"},
                {0.1, "0.1"},
                {0.1 + 0.2, "0.30000000000000004"},
                {1e-5, "0.00001"},
                {9.5e-6, "9.5e-06"},
                {123456789012345, "123456789012345"},
                {1e15, "1e+15"},
                {1e22, "1e+22"},
                {1e23, "1e+23"},
                {-1.5e300, "-1.5e+300"},
                {5e-324, "5e-324"},
                {1.7976931348623157e308, "1.7976931348623157e+308"},
                {100, "100"},
                {1.25, "1.25"},
                {2.0 / 3, "0.6666666666666666"}};
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char out[LF_PRINT_MAX + 1];
        out[lf_print_double_shortest(rows[i].v, out)] = 0;
        LF_CHECK_STR(out, rows[i].text);
    }
}

static void every_day_of_the_calendar_comes_back(void) {
    int32_t day = lf_days_from_civil(1, 1, 1);
    LF_CHECK_EQ_I64(day, -719162);
    LF_CHECK_EQ_I64(lf_days_from_civil(1970, 1, 1), 0);
    LF_CHECK_EQ_I64(lf_days_from_civil(9999, 12, 31), 2932896);
    for (int32_t y = 1; y <= 9999; y++)
        for (uint32_t m = 1; m <= 12; m++)
            for (uint32_t d = 1; d <= lf_month_days((uint32_t)y, m); d++, day++) {
                int32_t y2;
                uint32_t m2, d2;
                lf_civil_from_days(day, &y2, &m2, &d2);
                if (y2 != y || m2 != m || d2 != d || lf_days_from_civil(y, m, d) != day) {
                    LF_CHECK_EQ_I64(day, -1);
                    return;
                }
            }
}

static void the_hosts_locale_does_not_matter(void) {
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL && setlocale(LC_ALL, "fr_FR.UTF-8") == NULL)
        LF_SKIP("no locale with a decimal comma here");
    char out[LF_PRINT_MAX + 1];
    out[lf_print_double_shortest(0.1 + 0.2, out)] = 0;
    LF_CHECK_STR(out, "0.30000000000000004");
    setlocale(LC_ALL, "C");
}

int main(void) {
    LF_RUN(shortest_prints_are_as_documented);
    LF_RUN(exact_texts_come_back);
    LF_RUN(ordinary_numbers_are_exact);
    LF_RUN(doubles_agree_with_the_c_library);
    LF_RUN(shortest_prints_read_back);
    LF_RUN(every_day_of_the_calendar_comes_back);
    LF_RUN(the_hosts_locale_does_not_matter);
    LF_TEST_MAIN_END;
}
