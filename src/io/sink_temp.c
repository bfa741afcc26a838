/* io/sink_temp.c - unlinked temporary files: spills, and outputs that go to a pipe at the end. */
#include "io/io_fd.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct temp_sink {
    lf_fd_sink file;
    int target; /* where commit copies to; -1: a spill */
} temp_sink;

static const char *temp_dir(const char *dir) {
    if (dir && *dir) return dir;
    const char *env = getenv("TMPDIR");
    return env && *env ? env : "/tmp";
}

static lf_rc temp_commit(lf_sink *s, uint64_t size, lf_error *err) {
    (void)s;
    (void)size;
    return lf_fail(err, LF_EINTERNAL, "a temporary file is not an output");
}

static lf_rc fd_commit(lf_sink *s, uint64_t size, lf_error *err) {
    temp_sink *t = (temp_sink *)s;
    void *buf = lf_mem_alloc(t->file.alloc, LF_IO_COPY_BYTES);
    if (!buf) return lf_fail_nomem(err, LF_IO_COPY_BYTES);
    lf_rc rc = LF_OK;
    for (uint64_t at = 0; at < size && rc == LF_OK;) {
        size_t n = size - at < LF_IO_COPY_BYTES ? (size_t)(size - at) : LF_IO_COPY_BYTES;
        rc = lf_fd_pread(t->file.fd, at, buf, n, "the temporary file", err);
        if (rc == LF_OK) rc = lf_fd_write(t->target, buf, n, t->file.base.path, err);
        at += n;
    }
    lf_mem_free(t->file.alloc, buf, LF_IO_COPY_BYTES);
    return rc;
}

static void temp_close(lf_sink *s) {
    temp_sink *t = (temp_sink *)s;
    const lf_alloc *a = t->file.alloc;
    lf_fd_sink_reset(&t->file);
    lf_mem_free(a, t, sizeof *t);
}

static const lf_sink_type temp_type = {
    "temp", lf_fd_sink_write_at, lf_fd_sink_read_at, lf_fd_sink_copy_from, temp_commit, temp_close};
static const lf_sink_type fd_type = {
    "stream", lf_fd_sink_write_at, lf_fd_sink_read_at, lf_fd_sink_copy_from, fd_commit, temp_close};

static lf_rc open_temp(const lf_sink_type *type, const char *dir, int target, const char *path,
                       const lf_alloc *a, lf_sink **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    temp_sink *t = lf_mem_zalloc(a, sizeof *t);
    if (!t) return lf_fail_nomem(err, sizeof *t);
    t->file = (lf_fd_sink){.base = {.type = type}, .alloc = a, .fd = -1};
    lf_page_cache_init(&t->file.cache, false, 0); /* read again soon */
    t->target = target;
    dir = temp_dir(dir);
    t->file.name = lf_mem_strdup(a, dir);
    if (path) t->file.base.path = lf_mem_strdup(a, path);
    if (!t->file.name || (path && !t->file.base.path)) {
        temp_close(&t->file.base);
        return lf_fail_nomem(err, 64);
    }
    t->file.fd = lf_fd_temp(dir);
    if (t->file.fd < 0) {
        lf_rc rc = lf_fail_errno(err, LF_EOPEN, errno, dir);
        rc = lf_error_context(err, rc, "making a temporary file; TMPDIR names another folder");
        temp_close(&t->file.base);
        return rc;
    }
    *out = &t->file.base;
    return LF_OK;
}

lf_rc lf_sink_open_temp(const char *dir, const lf_alloc *a, lf_sink **out, lf_error *err) {
    return open_temp(&temp_type, dir, -1, NULL, a, out, err);
}

lf_rc lf_sink_open_fd(int fd, const char *name, const lf_alloc *a, lf_sink **out, lf_error *err) {
    return lf_sink_open_fd_in(NULL, fd, name, a, out, err);
}

lf_rc lf_sink_open_fd_in(const char *dir, int fd, const char *name, const lf_alloc *a,
                         lf_sink **out, lf_error *err) {
    return open_temp(&fd_type, dir, fd, name, a, out, err);
}
