/* Clocks advance; memory marks follow what is touched. */
#include "core/alloc.h"
#include "lf_test.h"
#include "obs/clock.h"

static void clocks_advance(void) {
    double t = lf_now_s(), c = lf_cpu_s();
    volatile uint64_t x = 1;
    for (int i = 0; i < 3000000; i++) {
        x = x * 3 + 1;
    }
    LF_CHECK(lf_now_s() > t && lf_cpu_s() > c);
    LF_CHECK(lf_cpu_s() < 60);
}

static void the_mark_stays_when_memory_goes(void) {
    uint64_t before = lf_rss_bytes();
    if (before == 0) LF_SKIP("no /proc");
    enum { N = 32 << 20 };
    char *p = lf_mem_alloc(NULL, N);
    memset(p, 1, N);
    LF_CHECK(p[N / 2] == 1 && lf_rss_bytes() >= before + N / 2);
    lf_mem_free(NULL, p, N);
    LF_CHECK(lf_peak_rss_bytes() >= before + N / 2);
}

int main(void) {
    LF_RUN(clocks_advance);
    LF_RUN(the_mark_stays_when_memory_goes);
    LF_TEST_MAIN_END;
}
