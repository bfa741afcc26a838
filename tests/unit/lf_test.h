/* unit/lf_test.h - the checks of our unit tests: one process a file, one line a test.
 *
 * A test is a `static void name_that_states_behaviour(void)`; main runs each with LF_RUN and
 * ends with LF_TEST_MAIN_END. A failed check prints the place and the values, marks the test
 * and goes on, so that a table shows all its bad rows; LF_REQUIRE leaves the function.
 * Output for tests/run.py: "ok NAME" or "FAIL NAME", and "skip NAME: WHY".
 * Owns: counters of this program. Threads: checks from several threads are safe, LF_RUN is not.
 * Fails: the exit status is 1 if a test failed. Life: of the program. */
#ifndef LF_TEST_H
#define LF_TEST_H
#include <inttypes.h>
#include <math.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static atomic_int lf_test_bad;             /* failed checks of the running test */
static int lf_test_passed, lf_test_failed; /* tests */
static int lf_test_skipped;
static const char *lf_test_skip_why;

static inline bool lf_test_note(bool good, const char *file, int line, const char *what) {
    if (!good) {
        printf("%s:%d: %s\n", file, line, what);
        atomic_fetch_add(&lf_test_bad, 1);
    }
    return good;
}

static inline bool lf_test_i64(int64_t a, int64_t b, const char *file, int line, const char *what) {
    if (a != b) printf("%s:%d: got %" PRId64 ", want %" PRId64 "\n", file, line, a, b);
    return lf_test_note(a == b, file, line, what);
}

static inline bool lf_test_u64(uint64_t a, uint64_t b, const char *file, int line,
                               const char *what) {
    if (a != b) printf("%s:%d: got %" PRIu64 ", want %" PRIu64 "\n", file, line, a, b);
    return lf_test_note(a == b, file, line, what);
}

static inline bool lf_test_f64(double a, double b, const char *file, int line, const char *what) {
    bool same = (isnan(a) && isnan(b)) || (a == b && signbit(a) == signbit(b));
    if (!same) printf("%s:%d: got %.17g, want %.17g\n", file, line, a, b);
    return lf_test_note(same, file, line, what);
}

static inline bool lf_test_str(const char *a, const char *b, const char *file, int line,
                               const char *what) {
    bool same = (!a && !b) || (a && b && strcmp(a, b) == 0);
    if (!same)
        printf("%s:%d: got \"%s\", want \"%s\"\n", file, line, a ? a : "(null)", b ? b : "(null)");
    return lf_test_note(same, file, line, what);
}

static inline bool lf_test_mem(const void *a, const void *b, size_t n, const char *file, int line,
                               const char *what) {
    const uint8_t *x = a, *y = b;
    for (size_t i = 0; i < n; i++)
        if (x[i] != y[i]) {
            printf("%s:%d: byte %zu of %zu: got 0x%02x, want 0x%02x\n", file, line, i, n, x[i],
                   y[i]);
            return lf_test_note(false, file, line, what);
        }
    return true;
}

static inline void lf_test_run(void (*fn)(void), const char *name) {
    atomic_store(&lf_test_bad, 0);
    lf_test_skip_why = NULL;
    fn();
    if (atomic_load(&lf_test_bad)) {
        lf_test_failed++;
        printf("FAIL %s\n", name);
    } else if (lf_test_skip_why) {
        lf_test_skipped++;
        printf("skip %s: %s\n", name, lf_test_skip_why);
    } else {
        lf_test_passed++;
        printf("ok %s\n", name);
    }
    fflush(stdout);
}

static inline int lf_test_end(void) {
    printf("%d passed, %d failed", lf_test_passed, lf_test_failed);
    if (lf_test_skipped) printf(", %d skipped", lf_test_skipped);
    printf("\n");
    return lf_test_failed ? 1 : 0;
}

/* Each yields whether it held, so that a caller may print more: if (!LF_CHECK(x)) ... */
#define LF_CHECK(cond) lf_test_note(!!(cond), __FILE__, __LINE__, "check failed: " #cond)
#define LF_CHECK_EQ_I64(a, b)                                                                      \
    lf_test_i64((int64_t)(a), (int64_t)(b), __FILE__, __LINE__, #a " == " #b)
#define LF_CHECK_EQ_U64(a, b)                                                                      \
    lf_test_u64((uint64_t)(a), (uint64_t)(b), __FILE__, __LINE__, #a " == " #b)
#define LF_CHECK_EQ_F64(a, b) lf_test_f64(a, b, __FILE__, __LINE__, #a " == " #b)
#define LF_CHECK_STR(a, b)    lf_test_str(a, b, __FILE__, __LINE__, #a " == " #b)
#define LF_CHECK_MEM(a, b, n) lf_test_mem(a, b, n, __FILE__, __LINE__, #a " == " #b)
#define LF_REQUIRE(cond)                                                                           \
    do {                                                                                           \
        if (!LF_CHECK(cond)) return;                                                               \
    } while (0)
#define LF_SKIP(why)                                                                               \
    do {                                                                                           \
        lf_test_skip_why = (why);                                                                  \
        return;                                                                                    \
    } while (0)
/* Rounds of a loop, rows of a table where no exact number matters: fewer where a sanitizer makes
 * each of them cost many times as much. */
#ifdef __has_feature
#define LF_TEST_HAS(what) __has_feature(what)
#else
#define LF_TEST_HAS(what) 0
#endif
#if defined(__SANITIZE_THREAD__) || LF_TEST_HAS(thread_sanitizer)
#define LF_ROUNDS(n) ((n) / 10 + 1)
#elif defined(__SANITIZE_ADDRESS__) || LF_TEST_HAS(address_sanitizer)
#define LF_ROUNDS(n) ((n) / 4 + 1)
#else
#define LF_ROUNDS(n) (n)
#endif
#define LF_RUN(fn)       lf_test_run(fn, #fn)
#define LF_TEST_MAIN_END return lf_test_end()

#endif
