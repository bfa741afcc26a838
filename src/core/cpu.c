/* core/cpu.c - instruction sets and processors that this process may use.
 *
 * __builtin_cpu_supports reads cpuid and also asks xgetbv whether the system saves the wide
 * registers, so AVX-512 is not reported where the kernel has it switched off. The processor
 * count honours affinity and the quota of the control group (version 2 and 1), walking up to the
 * root, as the tightest ancestor is the one that throttles. */
#include "core/cpu.h"
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if defined(__x86_64__)
static bool have_avx2(void) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("pclmul") && __builtin_cpu_supports("fma");
}

static bool have_avx512(void) {
    return have_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
           __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512vbmi") &&
           __builtin_cpu_supports("avx512vbmi2");
}
#endif

static bool have(lf_isa isa) {
    switch (isa) {
    case LF_ISA_SCALAR:
        return true;
#if defined(__aarch64__)
    case LF_ISA_NEON:
        return true;
#endif
#if defined(__x86_64__)
    case LF_ISA_AVX2:
        return have_avx2();
    case LF_ISA_AVX512:
        return have_avx512();
#endif
    default:
        return false;
    }
}

static const lf_isa isas[] = {LF_ISA_AVX512, LF_ISA_AVX2, LF_ISA_NEON, LF_ISA_SCALAR};
#define N_ISAS (sizeof isas / sizeof isas[0])

lf_isa lf_isa_best(void) {
    for (size_t i = 0; i < N_ISAS; i++) {
        if (have(isas[i])) return isas[i];
    }
    return LF_ISA_SCALAR;
}

const char *lf_isa_name(lf_isa isa) {
    switch (isa) {
    case LF_ISA_SCALAR:
        return "scalar";
    case LF_ISA_NEON:
        return "neon";
    case LF_ISA_AVX2:
        return "avx2";
    case LF_ISA_AVX512:
        return "avx512";
    }
    return "unknown";
}

lf_rc lf_isa_select(const char *name, lf_isa *out, lf_error *err) {
    if (!name || !*name) {
        *out = lf_isa_best();
        return LF_OK;
    }
    char list[64] = "";
    bool known = false;
    size_t n = 0;
    for (size_t i = 0; i < N_ISAS; i++) {
        bool same = strcmp(name, lf_isa_name(isas[i])) == 0;
        known |= same;
        if (!have(isas[i])) continue;
        if (same) {
            *out = isas[i];
            return LF_OK;
        }
        n += (size_t)snprintf(list + n, sizeof list - n, "%s%s", n ? ", " : "",
                              lf_isa_name(isas[i]));
    }
    return lf_fail(err, LF_EUSAGE, "%s '%s'; this machine has %s",
                   known ? "no instruction set" : "unknown instruction set", name, list);
}

/* ---- processors ---- */

static size_t read_small(const char *path, char *dst, size_t cap) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, dst, cap - 1);
    close(fd);
    dst[n > 0 ? n : 0] = 0;
    return n > 0 ? (size_t)n : 0;
}

static long long file_number(const char *path) {
    char text[64];
    return read_small(path, text, sizeof text) ? strtoll(text, NULL, 10) : -1;
}

/* Processors that the quota of one group folder allows, rounded up; UINT32_MAX: no quota. */
static uint32_t quota_cpus(const char *root, const char *group, bool v2) {
    char path[640], text[96];
    long long quota = -1, period = 0;
    if (v2) {
        snprintf(path, sizeof path, "%s%s/cpu.max", root, group);
        if (!read_small(path, text, sizeof text)) return UINT32_MAX;
        char *end = text;
        quota = strtoll(text, &end, 10); /* "max 100000" gives 0 and end == text */
        if (end == text) return UINT32_MAX;
        period = strtoll(end, NULL, 10);
    } else {
        snprintf(path, sizeof path, "%s%s/cpu.cfs_quota_us", root, group);
        quota = file_number(path);
        snprintf(path, sizeof path, "%s%s/cpu.cfs_period_us", root, group);
        period = file_number(path);
    }
    if (quota <= 0 || period <= 0) return UINT32_MAX;
    long long cpus = (quota + period - 1) / period;
    return cpus < 1 ? 1 : cpus > UINT32_MAX ? UINT32_MAX : (uint32_t)cpus;
}

static uint32_t quota_chain(const char *root, char *group, bool v2) {
    uint32_t least = UINT32_MAX;
    for (;;) {
        if (strcmp(group, "/") == 0) group[0] = 0;
        uint32_t q = quota_cpus(root, group, v2);
        if (q < least) least = q;
        char *slash = strrchr(group, '/');
        if (!slash) return least;
        *slash = 0;
    }
}

static bool lists_cpu(const char *controllers) {
    for (const char *p = controllers; (p = strstr(p, "cpu")) != NULL; p += 3) {
        bool starts = p == controllers || p[-1] == ',';
        if (starts && (p[3] == 0 || p[3] == ',')) return true;
    }
    return false;
}

static uint32_t cgroup_cpus(void) {
    char text[4096];
    if (!read_small("/proc/self/cgroup", text, sizeof text)) return UINT32_MAX;
    uint32_t least = UINT32_MAX;
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *controllers = strchr(line, ':');
        char *group = controllers ? strchr(controllers + 1, ':') : NULL;
        if (!group) continue;
        *group++ = 0;
        controllers++;
        if (strlen(group) > 512) continue;
        uint32_t q = UINT32_MAX;
        if (*controllers == 0)
            q = quota_chain("/sys/fs/cgroup", group, true);
        else if (lists_cpu(controllers))
            q = quota_chain("/sys/fs/cgroup/cpu", group, false);
        if (q < least) least = q;
    }
    return least;
}

uint32_t lf_cpu_count(void) {
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    uint32_t n = online > 0 ? (uint32_t)online : 1;
#if defined(__linux__)
    cpu_set_t *set = NULL;
    /* The kernel refuses sets smaller than its own, so grow until it is satisfied. */
    for (int cpus = 1024; cpus <= 1 << 18; cpus *= 4) {
        set = CPU_ALLOC(cpus);
        if (!set) break;
        size_t bytes = CPU_ALLOC_SIZE(cpus);
        int failed = sched_getaffinity(0, bytes, set);
        if (!failed) n = (uint32_t)CPU_COUNT_S(bytes, set);
        CPU_FREE(set);
        if (!failed) break;
    }
    uint32_t quota = cgroup_cpus();
    if (quota < n) n = quota;
#endif
    return n ? n : 1;
}
