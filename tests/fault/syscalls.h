/* fault/syscalls.h - the system's calls with failures on demand, for programs linked with
 * --wrap=NAME for every name of LF_WRAPPED_CALLS (tests/CMakeLists.txt).
 *
 * Between sys_arm and sys_disarm the calls of the chosen kinds are counted, from any thread, and
 * those that `plan` names fail as the kernel would fail them; otherwise they are the system's own.
 * Owns: one plan, in this program. Threads: counters are atomic; arm and disarm from one.
 * Fails: on purpose. Life: arm -> the code under test -> disarm. */
#ifndef LF_FAULT_SYSCALLS_H
#define LF_FAULT_SYSCALLS_H
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

typedef enum sys_kind {
    SYS_OPEN = 1,    /* open */
    SYS_READ = 2,    /* read, pread */
    SYS_WRITE = 4,   /* write, pwrite, copy_file_range, ftruncate */
    SYS_NAME = 8,    /* link, linkat, rename, renameat2, mkdir, unlink */
    SYS_LOOK = 16,   /* fstat, stat, lstat, lseek, fcntl */
    SYS_MEMORY = 32, /* malloc, calloc, realloc */
    SYS_THREAD = 64  /* pthread_create */
} sys_kind;

typedef struct sys_plan {
    unsigned kinds;          /* which calls count */
    uint64_t fail_at;        /* the n-th of them fails, from 1; 0: none */
    bool from_then_on;       /* and all later ones */
    int error;               /* errno of the failure */
    size_t piece;            /* reads and writes move at most so many bytes; 0: no cut */
    uint64_t disk_left;      /* bytes that may be written to files; UINT64_MAX: any number */
    void (*at_read)(int fd); /* called before each pread; may be NULL */
} sys_plan;

static sys_plan sys_now;
static atomic_bool sys_on;
static _Atomic uint64_t sys_calls, sys_written;
static _Thread_local bool sys_apart; /* this thread's requests for memory neither count nor fail */

static void sys_arm(sys_plan p) {
    sys_now = p;
    atomic_store(&sys_calls, 0);
    atomic_store(&sys_written, 0);
    atomic_store(&sys_on, true);
}

/* The number of calls that counted. */
static uint64_t sys_disarm(void) {
    atomic_store(&sys_on, false);
    return atomic_load(&sys_calls);
}

static bool sys_fails(sys_kind kind) {
    if (!atomic_load_explicit(&sys_on, memory_order_relaxed) || !(sys_now.kinds & kind))
        return false;
    if (kind == SYS_MEMORY && sys_apart) return false;
    uint64_t n = atomic_fetch_add(&sys_calls, 1) + 1;
    bool hit = sys_now.fail_at != 0 &&
               (n == sys_now.fail_at || (sys_now.from_then_on && n > sys_now.fail_at));
    if (hit) errno = sys_now.error;
    return hit;
}

static size_t sys_piece(size_t n) {
    bool cut = atomic_load(&sys_on) && sys_now.piece != 0 && n > sys_now.piece;
    return cut ? sys_now.piece : n;
}

/* What of n bytes still fits on the disk: 0 with errno set where nothing does. */
static size_t sys_room(size_t n) {
    n = sys_piece(n);
    if (!atomic_load(&sys_on) || sys_now.disk_left == UINT64_MAX) return n;
    uint64_t before = atomic_fetch_add(&sys_written, n);
    if (before + n <= sys_now.disk_left) return n;
    errno = ENOSPC;
    return before < sys_now.disk_left ? (size_t)(sys_now.disk_left - before) : 0;
}

#define SYS_WRAP(ret, name, params, args, kind, failed)                                            \
    ret __real_##name params;                                                                      \
    ret __wrap_##name params;                                                                      \
    ret __wrap_##name params {                                                                     \
        if (sys_fails(kind)) return failed;                                                        \
        return __real_##name args;                                                                 \
    }

SYS_WRAP(int, linkat, (int a, const char *b, int c, const char *d, int e), (a, b, c, d, e),
         SYS_NAME, -1)
SYS_WRAP(int, link, (const char *a, const char *b), (a, b), SYS_NAME, -1)
SYS_WRAP(int, rename, (const char *a, const char *b), (a, b), SYS_NAME, -1)
SYS_WRAP(int, renameat2, (int a, const char *b, int c, const char *d, unsigned e), (a, b, c, d, e),
         SYS_NAME, -1)
SYS_WRAP(int, mkdir, (const char *a, mode_t b), (a, b), SYS_NAME, -1)
SYS_WRAP(int, fstat, (int a, struct stat *b), (a, b), SYS_LOOK, -1)
SYS_WRAP(int, stat, (const char *a, struct stat *b), (a, b), SYS_LOOK, -1)
SYS_WRAP(int, lstat, (const char *a, struct stat *b), (a, b), SYS_LOOK, -1)
SYS_WRAP(off_t, lseek, (int a, off_t b, int c), (a, b, c), SYS_LOOK, -1)
SYS_WRAP(int, ftruncate, (int a, off_t b), (a, b), SYS_WRITE, -1)
SYS_WRAP(void *, malloc, (size_t n), (n), SYS_MEMORY, NULL)
SYS_WRAP(void *, calloc, (size_t n, size_t m), (n, m), SYS_MEMORY, NULL)
SYS_WRAP(void *, realloc, (void *p, size_t n), (p, n), SYS_MEMORY, NULL)

int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...) {
    va_list ap;
    va_start(ap, flags);
    mode_t mode = (flags & (O_CREAT | O_TMPFILE)) ? va_arg(ap, mode_t) : 0;
    va_end(ap);
    return sys_fails(SYS_OPEN) ? -1 : __real_open(path, flags, mode);
}

ssize_t __real_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n);
ssize_t __wrap_read(int fd, void *p, size_t n) {
    return sys_fails(SYS_READ) ? -1 : __real_read(fd, p, sys_piece(n));
}

ssize_t __real_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at);
ssize_t __wrap_pread(int fd, void *p, size_t n, off_t at) {
    if (atomic_load(&sys_on) && sys_now.at_read != NULL) sys_now.at_read(fd);
    return sys_fails(SYS_READ) ? -1 : __real_pread(fd, p, sys_piece(n), at);
}

ssize_t __real_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n);
ssize_t __wrap_write(int fd, const void *p, size_t n) {
    return sys_fails(SYS_WRITE) ? -1 : __real_write(fd, p, sys_piece(n));
}

ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at) {
    if (sys_fails(SYS_WRITE)) return -1;
    if (n != 0 && (n = sys_room(n)) == 0) return -1;
    return __real_pwrite(fd, p, n, at);
}

ssize_t __real_copy_file_range(int from, off_t *in, int to, off_t *out, size_t n, unsigned flags);
ssize_t __wrap_copy_file_range(int from, off_t *in, int to, off_t *out, size_t n, unsigned flags);
ssize_t __wrap_copy_file_range(int from, off_t *in, int to, off_t *out, size_t n, unsigned flags) {
    if (sys_fails(SYS_WRITE)) return -1;
    if (n != 0 && (n = sys_room(n)) == 0) return -1;
    return __real_copy_file_range(from, in, to, out, n, flags);
}

int __real_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg);
int __wrap_pthread_create(pthread_t *t, const pthread_attr_t *a, void *(*fn)(void *), void *arg) {
    return sys_fails(SYS_THREAD) ? sys_now.error : __real_pthread_create(t, a, fn, arg);
}

/* Open descriptors of this process. */
static int sys_count_fds(void) {
    DIR *d = opendir("/proc/self/fd");
    int n = 0;
    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL) closedir(d);
    return n;
}

#endif
