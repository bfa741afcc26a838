#include "filter/sample.h"
#include "lf_test.h"

static void exactly_as_many_are_chosen_as_were_asked_for(void) {
    static const uint64_t rows[] = {1, 2, 3, 4, 5, 16, 17, 100, 1000, 4096, 4097, 65537};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (uint64_t n = 0; n <= rows[i] + 1; n += 1 + rows[i] / 5) {
            lf_sample s;
            uint64_t got = 0;
            lf_sample_init(&s, rows[i], n, i);
            for (uint64_t r = 0; r < rows[i]; r++)
                got += lf_sample_has(&s, r);
            LF_CHECK_EQ_U64(got, n < rows[i] ? n : rows[i]);
        }
    }
}

/* Each row, and each pair of neighbours, as often as chance has it. */
static void all_rows_have_the_same_chance(void) {
    enum { ROWS = 50, SEEDS = 20000 };
    uint32_t often[ROWS] = {0}, both = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        lf_sample s;
        bool before = false;
        lf_sample_init(&s, ROWS, ROWS / 5, seed);
        for (uint32_t r = 0; r < ROWS; r++) {
            const bool has = lf_sample_has(&s, r);
            often[r] += has;
            both += has && before;
            before = has;
        }
    }
    for (uint32_t r = 0; r < ROWS; r++) /* 4000, six deviations of 57 */
        LF_CHECK(often[r] > 3660 && often[r] < 4340);
    const double pairs = (double)both / SEEDS / (ROWS - 1); /* 10/50 * 9/49 */
    LF_CHECK(pairs > 0.0355 && pairs < 0.0380);
}

static void large_tables_have_a_sample(void) {
    lf_sample s;
    uint64_t got = 0;
    lf_sample_init(&s, 1ull << 62, 1ull << 60, 7);
    for (uint64_t r = 0; r < 40000; r++)
        got += lf_sample_has(&s, r << 40 | r);
    LF_CHECK(got > 9300 && got < 10700);
}

int main(void) {
    LF_RUN(exactly_as_many_are_chosen_as_were_asked_for);
    LF_RUN(all_rows_have_the_same_chance);
    LF_RUN(large_tables_have_a_sample);
    LF_TEST_MAIN_END;
}
