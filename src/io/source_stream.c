/* io/source_stream.c - bytes in sequence from a descriptor that may make us wait. */
#include "io/io_stream.h"
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define CANCEL_POLL_MS 50
#define IO_BYTES_MAX   (1u << 30)

lf_rc lf_fd_wait_readable(int fd, const int *cancel, const char *path, lf_error *err) {
    for (;;) {
        if (cancel && __atomic_load_n(cancel, __ATOMIC_RELAXED)) {
            return lf_fail(err, LF_ECANCELLED, "interrupted while waiting for %s", path);
        }
        struct pollfd p = {.fd = fd, .events = POLLIN};
        int ready = poll(&p, 1, cancel ? CANCEL_POLL_MS : -1);
        if (ready > 0) return LF_OK;
        if (ready < 0 && errno != EINTR) return lf_fail_errno(err, LF_EREAD, errno, path);
    }
}

lf_rc lf_fd_read_some(int fd, void *dst, size_t n, const int *cancel, size_t *got_out,
                      const char *path, lf_error *err) {
    *got_out = 0;
    if (cancel) LF_TRY(lf_fd_wait_readable(fd, cancel, path, err));
    for (;;) {
        ssize_t got = read(fd, dst, n < IO_BYTES_MAX ? n : IO_BYTES_MAX);
        if (got >= 0) {
            *got_out = (size_t)got;
            return LF_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) { /* someone set O_NONBLOCK on it */
            LF_TRY(lf_fd_wait_readable(fd, cancel, path, err));
        } else if (errno != EINTR) {
            return lf_fail_errno(err, LF_EREAD, errno, path);
        }
    }
}

typedef struct stream_source {
    lf_source base;
    const lf_alloc *alloc;
    int fd;
    bool close_fd;
    size_t head_len, head_at;
    uint8_t head[16];
} stream_source;

static lf_rc stream_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    stream_source *f = (stream_source *)s;
    size_t left = f->head_len - f->head_at;
    if (left) {
        *got_out = left < n ? left : n;
        memcpy(dst, f->head + f->head_at, *got_out);
        f->head_at += *got_out;
    } else {
        LF_TRY(lf_fd_read_some(f->fd, dst, n, s->cancel, got_out, s->path, err));
    }
    atomic_fetch_add_explicit(&s->stored_read, *got_out, memory_order_relaxed);
    return LF_OK;
}

static void stream_close(lf_source *s) {
    stream_source *f = (stream_source *)s;
    if (f->close_fd) close(f->fd);
    lf_mem_strfree(f->alloc, s->path);
    lf_mem_free(f->alloc, f, sizeof *f);
}

static const lf_source_type stream_type = {"stream", NULL, stream_read, stream_close};

lf_rc lf_source_stream(int fd, bool close_fd, const char *path, lf_span head, uint64_t stored_bytes,
                       const lf_alloc *a, lf_source **out, lf_error *err) {
    stream_source *f = lf_mem_zalloc(a, sizeof *f);
    char *name = lf_mem_strdup(a, path);
    if (!f || !name || head.len > sizeof f->head) {
        lf_mem_free(a, f, sizeof *f);
        lf_mem_strfree(a, name);
        if (close_fd) close(fd);
        return lf_fail_nomem(err, sizeof *f);
    }
    f->base = (lf_source){.type = &stream_type,
                          .path = name,
                          .size_bytes = LF_SIZE_UNKNOWN,
                          .stored_bytes = stored_bytes};
    f->alloc = a;
    f->fd = fd;
    f->close_fd = close_fd;
    if (head.len) memcpy(f->head, head.data, head.len);
    f->head_len = head.len;
    *out = &f->base;
    return LF_OK;
}
