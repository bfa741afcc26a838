/* obs/clock.c - clocks and memory marks. */
#include "obs/clock.h"
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double seconds(clockid_t id) {
    struct timespec t;
    return clock_gettime(id, &t) == 0 ? (double)t.tv_sec + (double)t.tv_nsec * 1e-9 : 0;
}

double lf_now_s(void) {
    return seconds(CLOCK_MONOTONIC);
}
double lf_cpu_s(void) {
    return seconds(CLOCK_PROCESS_CPUTIME_ID);
}

/* The value of a "Name:   123 kB" line of /proc/self/status, in bytes; 0 if it is not there.
 * Read in one call into the stack: this must work when memory has run out. */
static uint64_t status_bytes(const char *name) {
    char text[4096];
    int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    if (n <= 0) return 0;
    text[n] = 0;
    const char *at = strstr(text, name);
    return at ? strtoull(at + strlen(name), NULL, 10) * 1024 : 0;
}

uint64_t lf_peak_rss_bytes(void) {
    uint64_t n = status_bytes("VmHWM:");
    struct rusage u;
    /* ru_maxrss keeps what the program that called exec had used, so it comes second. */
    if (n == 0 && getrusage(RUSAGE_SELF, &u) == 0) n = (uint64_t)u.ru_maxrss * 1024;
    return n;
}

uint64_t lf_rss_bytes(void) {
    return status_bytes("VmRSS:");
}
