/* io/io_fd.c - reads and writes that finish, hidden and unlinked temporary files, the fd sink. */
#include "io/io_fd.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define IO_BYTES_MAX (1u << 30) /* the kernel moves at most 2 GB a call */

lf_rc lf_fd_pread(int fd, uint64_t offset, void *p, size_t n, const char *path, lf_error *err) {
    uint8_t *at = p;
    while (n) {
        ssize_t got = pread(fd, at, n < IO_BYTES_MAX ? n : IO_BYTES_MAX, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lf_fail_errno(err, LF_EREAD, errno, path);
        if (got == 0) {
            return lf_fail(err, LF_EREAD, "%s: %zu bytes are missing at offset %llu", path, n,
                           (unsigned long long)offset);
        }
        at += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return LF_OK;
}

/* Writing into a pipe without a reader raises SIGPIPE, which would end the host program. It is
 * blocked for this thread while we write, and taken off the queue if it was we who raised it. */
typedef struct pipe_guard {
    sigset_t pipe, old;
    bool was_pending;
} pipe_guard;

static void pipe_guard_begin(pipe_guard *g) {
    sigset_t pending;
    sigemptyset(&g->pipe);
    sigaddset(&g->pipe, SIGPIPE);
    sigpending(&pending);
    g->was_pending = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &g->pipe, &g->old);
}

static void pipe_guard_end(pipe_guard *g, bool raised) {
    if (raised && !g->was_pending) {
        const struct timespec now = {0, 0};
        while (sigtimedwait(&g->pipe, NULL, &now) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &g->old, NULL);
}

lf_rc lf_fd_write(int fd, const void *p, size_t n, const char *path, lf_error *err) {
    const uint8_t *at = p;
    int failed = 0;
    pipe_guard guard;
    pipe_guard_begin(&guard);
    while (n && !failed) {
        ssize_t got = write(fd, at, n < IO_BYTES_MAX ? n : IO_BYTES_MAX);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            failed = got < 0 ? errno : ENOSPC;
            break;
        }
        at += got;
        n -= (size_t)got;
    }
    pipe_guard_end(&guard, failed == EPIPE);
    return failed ? lf_fail_errno(err, LF_EWRITE, failed, path) : LF_OK;
}

/* ---- temporary files ---- */

char *lf_path_dir(const char *path, const lf_alloc *a) {
    const char *slash = strrchr(path, '/');
    if (!slash) return lf_mem_strdup(a, ".");
    size_t n = slash == path ? 1 : (size_t)(slash - path);
    char *dir = lf_mem_alloc(a, n + 1);
    if (!dir) return NULL;
    memcpy(dir, path, n);
    dir[n] = 0;
    return dir;
}

static void random_letters(char *dst, size_t n) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t raw[16];
    if (getrandom(raw, sizeof raw, GRND_NONBLOCK) != (ssize_t)sizeof raw) {
        struct timespec t; /* early boot: uniqueness is O_EXCL's matter, not ours */
        clock_gettime(CLOCK_MONOTONIC, &t);
        uint64_t mix = (uint64_t)t.tv_nsec * 0x9E3779B97F4A7C15ull ^ (uint64_t)getpid() << 40;
        memcpy(raw, &mix, 8);
        memcpy(raw + 8, &mix, 8);
    }
    for (size_t i = 0; i < n; i++) {
        dst[i] = letters[raw[i % sizeof raw] & 31];
    }
}

char *lf_fd_hidden_name(const char *path, const lf_alloc *a) {
    static const char tail[] = ".logflow-XXXXXX";
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t dir_len = (size_t)(name - path), name_len = strlen(name), name_max = 200;
    if (name_len > name_max) name_len = name_max; /* NAME_MAX is 255 */
    size_t size = dir_len + 1 + name_len + sizeof tail;
    char *hidden = lf_mem_alloc(a, size);
    if (!hidden) return NULL;
    memcpy(hidden, path, dir_len);
    hidden[dir_len] = '.';
    memcpy(hidden + dir_len + 1, name, name_len);
    memcpy(hidden + dir_len + 1 + name_len, tail, sizeof tail);
    random_letters(hidden + size - 7, 6);
    return hidden;
}

static int open_hidden(const char *path, mode_t mode, const lf_alloc *a, char **path_out) {
    char *hidden = lf_fd_hidden_name(path, a);
    if (!hidden) {
        errno = ENOMEM;
        return -1;
    }
    int fd = -1;
    for (int tries = 0; tries < 100; tries++) {
        fd = open(hidden, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, mode);
        if (fd >= 0 || (errno != EEXIST && errno != EINTR)) break;
        random_letters(hidden + strlen(hidden) - 6, 6);
    }
    if (fd < 0) {
        int why = errno;
        lf_mem_strfree(a, hidden);
        errno = why;
        return -1;
    }
    *path_out = hidden;
    return fd;
}

int lf_fd_hidden(const char *path, const lf_alloc *a, char **path_out) {
    return open_hidden(path, 0666, a, path_out);
}

int lf_fd_temp(const char *dir) {
#ifdef O_TMPFILE
    int fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0) return fd;
#else
    int fd = -1;
#endif
    char path[4096];
    if (snprintf(path, sizeof path, "%s/spill", dir) >= (int)sizeof path) {
        errno = ENAMETOOLONG;
        return -1;
    }
    char *hidden = NULL;
    fd = open_hidden(path, 0600, NULL, &hidden);
    if (fd < 0) return -1;
    unlink(hidden);
    lf_mem_strfree(NULL, hidden);
    return fd;
}

/* ---- the sink in one descriptor ---- */

lf_rc lf_fd_sink_write_at(lf_sink *s, uint64_t offset, const void *p, size_t n, lf_error *err) {
    lf_fd_sink *f = (lf_fd_sink *)s;
    const uint8_t *at = p;
    while (n) {
        const size_t piece = n < IO_BYTES_MAX ? n : IO_BYTES_MAX;
        ssize_t got = lf_page_cache_pwrite(&f->cache, f->fd, at, piece, (off_t)offset);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return lf_fail_errno(err, LF_EWRITE, got < 0 ? errno : ENOSPC, f->name);
        at += got;
        offset += (uint64_t)got;
        n -= (size_t)got;
    }
    return LF_OK;
}

lf_rc lf_fd_sink_read_at(lf_sink *s, uint64_t offset, void *p, size_t n, lf_error *err) {
    lf_fd_sink *f = (lf_fd_sink *)s;
    return lf_fd_pread(f->fd, offset, p, n, f->name, err);
}

static lf_rc copy_by_hand(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset,
                          uint64_t n, lf_error *err) {
    lf_fd_sink *f = (lf_fd_sink *)s;
    size_t size = n < LF_IO_COPY_BYTES ? (size_t)n : LF_IO_COPY_BYTES;
    void *buf = lf_mem_alloc(f->alloc, size);
    if (!buf) return lf_fail_nomem(err, size);
    lf_rc rc = LF_OK;
    while (n && rc == LF_OK) {
        size_t piece = n < size ? (size_t)n : size;
        rc = from->type->read_at(from, from_offset, buf, piece, err);
        if (rc == LF_OK) rc = s->type->write_at(s, offset, buf, piece, err);
        offset += piece;
        from_offset += piece;
        n -= piece;
    }
    lf_mem_free(f->alloc, buf, size);
    return rc;
}

lf_rc lf_fd_sink_copy_from(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset,
                           uint64_t n, lf_error *err) {
    lf_fd_sink *to = (lf_fd_sink *)s;
    /* Only our own descriptors can be handed to the kernel; a wrapper is read through itself. */
    bool ours = from->type->read_at == lf_fd_sink_read_at;
    int from_fd = ours ? ((lf_fd_sink *)from)->fd : -1;
    while (ours && n) {
        off_t in = (off_t)from_offset, out = (off_t)offset;
        size_t piece = n < IO_BYTES_MAX ? (size_t)n : IO_BYTES_MAX;
        ssize_t got = copy_file_range(from_fd, &in, to->fd, &out, piece, 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && (errno == ENOSPC || errno == EDQUOT || errno == EIO || errno == EFBIG)) {
            return lf_fail_errno(err, LF_EWRITE, errno, to->name);
        }
        if (got <= 0) break; /* not between these file systems: by hand */
        offset += (uint64_t)got;
        from_offset += (uint64_t)got;
        n -= (uint64_t)got;
    }
    return n ? copy_by_hand(s, offset, from, from_offset, n, err) : LF_OK;
}

void lf_fd_sink_reset(lf_fd_sink *s) {
    if (s->fd >= 0) close(s->fd);
    s->fd = -1;
    lf_mem_strfree(s->alloc, s->base.path);
    lf_mem_strfree(s->alloc, s->name);
    s->base.path = s->name = NULL;
}
