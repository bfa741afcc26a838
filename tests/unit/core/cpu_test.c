/* Instruction sets by name; the number of processors. */
#include "core/cpu.h"
#include "lf_test.h"
#include <sched.h>

static void names_select_what_is_there(void) {
    lf_isa best = lf_isa_best(), isa = LF_ISA_SCALAR;
    LF_CHECK(lf_isa_select(NULL, &isa, NULL) == LF_OK && isa == best);
    LF_CHECK(lf_isa_select("", &isa, NULL) == LF_OK && isa == best);
    LF_CHECK(lf_isa_select(lf_isa_name(best), &isa, NULL) == LF_OK && isa == best);
    LF_CHECK(lf_isa_select("scalar", &isa, NULL) == LF_OK && isa == LF_ISA_SCALAR);
    static const char *const bad[] = {"sse9", "AVX2", "avx", "avx512f", " scalar"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lf_error e = {0};
        LF_CHECK_EQ_I64(lf_isa_select(bad[i], &isa, &e), LF_EUSAGE);
        LF_CHECK(strstr(e.message, "scalar") != NULL); /* names what there is */
    }
#if defined(__x86_64__)
    lf_error e = {0};
    LF_CHECK_EQ_I64(lf_isa_select("neon", &isa, &e), LF_EUSAGE);
    if (best == LF_ISA_AVX512) LF_CHECK(lf_isa_select("avx2", &isa, NULL) == LF_OK);
#endif
}

static void processors_follow_affinity(void) {
    uint32_t n = lf_cpu_count();
    LF_CHECK(n >= 1 && n < 100000);
    cpu_set_t old, one;
    if (sched_getaffinity(0, sizeof old, &old) != 0) LF_SKIP("no affinity for this machine's size");
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE; i++) {
        if (CPU_ISSET(i, &old)) {
            CPU_SET(i, &one);
            break;
        }
    }
    LF_REQUIRE(sched_setaffinity(0, sizeof one, &one) == 0);
    LF_CHECK_EQ_U64(lf_cpu_count(), 1);
    sched_setaffinity(0, sizeof old, &old);
    LF_CHECK_EQ_U64(lf_cpu_count(), n);
}

int main(void) {
    LF_RUN(names_select_what_is_there);
    LF_RUN(processors_follow_affinity);
    LF_TEST_MAIN_END;
}
