/* io/page_cache.c - uncached calls, and when to stop making them. */
#include "io/page_cache.h"
#include "obs/clock.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <unistd.h>

#ifndef RWF_DONTCACHE
#define RWF_DONTCACHE 0x80 /* linux/fs.h since 6.14; older kernels refuse it */
#endif

/* Uncached writes go to the disk at once, and wait for it when its queue is full. One that takes
 * less than 250 MB/s from a thread would hold the conversion up. */
#define TRIAL_BYTES     (8u << 20)
#define CLOCKS_PER_BYTE 4

static bool kernel_can(void) {
    struct utsname u;
    if (uname(&u) != 0 || strcmp(u.sysname, "Linux") != 0) return false;
    char *rest;
    const unsigned long major = strtoul(u.release, &rest, 10);
    const unsigned long minor = *rest == '.' ? strtoul(rest + 1, NULL, 10) : 0;
    return major > 6 || (major == 6 && minor >= 16);
}

void lf_page_cache_init(lf_page_cache *c, bool drops, uint64_t head_bytes) {
    c->head_bytes = head_bytes;
    atomic_init(&c->keeps, !drops || !kernel_can());
    atomic_init(&c->bytes, 0);
    atomic_init(&c->clocks, 0);
}

static bool refused(int why) {
    return why == EOPNOTSUPP || why == EINVAL || why == ENOSYS || why == EPERM;
}

static bool keeps(lf_page_cache *c, off_t at) {
    return (uint64_t)at < c->head_bytes || atomic_load_explicit(&c->keeps, memory_order_relaxed);
}

static void keep_from_here(lf_page_cache *c) {
    atomic_store_explicit(&c->keeps, true, memory_order_relaxed);
}

static void judge_disk(lf_page_cache *c, uint64_t bytes, uint64_t clocks) {
    bytes += atomic_fetch_add_explicit(&c->bytes, bytes, memory_order_relaxed);
    clocks += atomic_fetch_add_explicit(&c->clocks, clocks, memory_order_relaxed);
    if (bytes >= TRIAL_BYTES && clocks / CLOCKS_PER_BYTE > bytes) keep_from_here(c);
}

ssize_t lf_page_cache_pwrite(lf_page_cache *c, int fd, const void *p, size_t n, off_t at) {
    if (!keeps(c, at)) {
        const double began = lf_now_s();
        const struct iovec piece = {.iov_base = (void *)(uintptr_t)p, .iov_len = n};
        const ssize_t got = pwritev2(fd, &piece, 1, at, RWF_DONTCACHE);
        if (got > 0) judge_disk(c, (uint64_t)got, (uint64_t)((lf_now_s() - began) * 1e9));
        if (got >= 0 || !refused(errno)) return got;
        keep_from_here(c);
    }
    return pwrite(fd, p, n, at);
}

ssize_t lf_page_cache_pread(lf_page_cache *c, int fd, void *p, size_t n, off_t at) {
    if (!keeps(c, at)) {
        const struct iovec piece = {.iov_base = p, .iov_len = n};
        const ssize_t got = preadv2(fd, &piece, 1, at, RWF_DONTCACHE);
        if (got >= 0 || !refused(errno)) return got;
        keep_from_here(c);
    }
    return pread(fd, p, n, at);
}
