/* io/sink_file.c - a file that appears whole or not at all.
 *
 * Where the file system has O_TMPFILE the output is a nameless inode in the target's folder until
 * commit: not even SIGKILL leaves anything. Commit gives it its name:
 *
 *     no overwrite   linkat(fd, target)           fails if the name is taken: no race
 *     overwrite      linkat(fd, hidden), rename(hidden, target)
 *
 * Elsewhere the output grows under a hidden name beside the target and is renamed (without
 * overwrite: renameat2(RENAME_NOREPLACE), else link + unlink, which fail if the name is taken).
 * The folder is the target's own, so a rename never crosses file systems.
 *
 * A target that exists and is a pipe or device is written to like standard output. A symbolic link
 * is followed when it is overwritten, so that the link stays a link. */
#include "io/io_fd.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* An output up to this size stays in the page cache for who reads it next. */
#define CACHED_BYTES (16u << 20)

typedef struct file_sink {
    lf_fd_sink file;
    char *target; /* base.path, or what a symbolic link there leads to */
    char *hidden; /* NULL: nameless */
    bool overwrite;
} file_sink;

static void file_close(lf_sink *s) {
    file_sink *f = (file_sink *)s;
    const lf_alloc *a = f->file.alloc;
    if (f->hidden) unlink(f->hidden);
    lf_mem_strfree(a, f->hidden);
    lf_mem_strfree(a, f->target);
    lf_fd_sink_reset(&f->file);
    lf_mem_free(a, f, sizeof *f);
}

static lf_rc exists(lf_error *err, const char *path) {
    return lf_fail(err, LF_EOUTPUT_EXISTS, "%s exists already", path);
}

/* Gives the nameless file a name; errno on failure. */
static int link_nameless(int fd, const char *path) {
    char from[64];
    snprintf(from, sizeof from, "/proc/self/fd/%d", fd);
    return linkat(AT_FDCWD, from, AT_FDCWD, path, AT_SYMLINK_FOLLOW);
}

/* Links the nameless file under a hidden name beside the target: from here to the rename, a few
 * microseconds, SIGKILL would leave that name behind. */
static lf_rc link_hidden(file_sink *f, lf_error *err) {
    const char *path = f->file.base.path;
    for (int tries = 0; tries < 100; tries++) {
        char *hidden = lf_fd_hidden_name(f->target, f->file.alloc);
        if (hidden == NULL) return lf_fail_nomem(err, strlen(f->target));
        if (link_nameless(f->file.fd, hidden) == 0) {
            f->hidden = hidden;
            return LF_OK;
        }
        int why = errno;
        lf_mem_strfree(f->file.alloc, hidden);
        if (why != EEXIST) return lf_fail_errno(err, LF_EWRITE, why, path);
    }
    return lf_fail(err, LF_EWRITE, "%s: no temporary name is free", path);
}

/* Renames the hidden file to the target unless something is there. 0, or -1 with errno. */
static int rename_noreplace(const char *from, const char *to) {
#ifdef RENAME_NOREPLACE
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0) return 0;
    if (errno != EINVAL && errno != ENOSYS) return -1;
#endif
    if (link(from, to) == 0) {
        unlink(from);
        return 0;
    }
    if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK) return -1;
    struct stat st; /* a file system without links: the best that can be done */
    if (lstat(to, &st) == 0) {
        errno = EEXIST;
        return -1;
    }
    return rename(from, to);
}

static lf_rc publish(file_sink *f, lf_error *err) {
    const char *path = f->file.base.path;
    if (!f->hidden && !f->overwrite) {
        if (link_nameless(f->file.fd, f->target) == 0) return LF_OK;
        if (errno == EEXIST) return exists(err, path);
        return lf_fail_errno(err, LF_EWRITE, errno, path);
    }
    if (!f->hidden) LF_TRY(link_hidden(f, err));
    int failed =
        f->overwrite ? rename(f->hidden, f->target) : rename_noreplace(f->hidden, f->target);
    if (failed) {
        if (errno == EEXIST) return exists(err, path);
        return lf_fail_errno(err, LF_EWRITE, errno, path);
    }
    lf_mem_strfree(f->file.alloc, f->hidden); /* nothing is left to remove */
    f->hidden = NULL;
    return LF_OK;
}

static lf_rc file_commit(lf_sink *s, uint64_t size, lf_error *err) {
    file_sink *f = (file_sink *)s;
    int failed;
    do {
        failed = ftruncate(f->file.fd, (off_t)size);
    } while (failed && errno == EINTR);
    if (failed) return lf_fail_errno(err, LF_EWRITE, errno, f->file.base.path);
    return publish(f, err);
}

static const lf_sink_type file_type = {
    "file", lf_fd_sink_write_at, lf_fd_sink_read_at, lf_fd_sink_copy_from, file_commit, file_close};

/* ---- pipes and devices as targets ---- */

typedef struct device_sink {
    lf_sink base;
    const lf_alloc *alloc;
    lf_sink *inner; /* builds in a temporary file, then copies */
    int fd;
} device_sink;

static lf_rc device_write_at(lf_sink *s, uint64_t offset, const void *p, size_t n, lf_error *err) {
    lf_sink *in = ((device_sink *)s)->inner;
    return in->type->write_at(in, offset, p, n, err);
}
static lf_rc device_read_at(lf_sink *s, uint64_t offset, void *p, size_t n, lf_error *err) {
    lf_sink *in = ((device_sink *)s)->inner;
    return in->type->read_at(in, offset, p, n, err);
}
static lf_rc device_copy_from(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset,
                              uint64_t n, lf_error *err) {
    lf_sink *in = ((device_sink *)s)->inner;
    return in->type->copy_from(in, offset, from, from_offset, n, err);
}
static lf_rc device_commit(lf_sink *s, uint64_t size, lf_error *err) {
    lf_sink *in = ((device_sink *)s)->inner;
    return in->type->commit(in, size, err);
}
static void device_close(lf_sink *s) {
    device_sink *d = (device_sink *)s;
    lf_sink_close(d->inner);
    if (d->fd >= 0) close(d->fd);
    lf_mem_strfree(d->alloc, s->path);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static const lf_sink_type device_type = {"device",         device_write_at, device_read_at,
                                         device_copy_from, device_commit,   device_close};

static lf_rc open_device(const char *path, const lf_alloc *a, lf_sink **out, lf_error *err) {
    device_sink *d = lf_mem_zalloc(a, sizeof *d);
    if (!d) return lf_fail_nomem(err, sizeof *d);
    d->base.type = &device_type;
    d->alloc = a;
    d->fd = -1;
    d->base.path = lf_mem_strdup(a, path);
    lf_rc rc = LF_OK;
    if (!d->base.path) {
        rc = lf_fail_nomem(err, strlen(path) + 1);
    } else if ((d->fd = open(path, O_WRONLY | O_CLOEXEC)) < 0) {
        rc = lf_fail_errno(err, LF_EOPEN, errno, path);
    } else {
        rc = lf_sink_open_fd(d->fd, path, a, &d->inner, err);
    }
    if (rc != LF_OK)
        device_close(&d->base);
    else
        *out = &d->base;
    return rc;
}

/* ---- opening ---- */

/* A file can be made where its folder is. */
static lf_rc no_folder(const char *path, lf_error *err) {
    const char *slash = strrchr(path, '/');
    struct stat st;
    char dir[4096];
    const size_t n = slash == NULL ? 0 : (size_t)(slash - path);
    if (n == 0 || n >= sizeof dir) return lf_fail_errno(err, LF_EOPEN, ENOENT, path);
    memcpy(dir, path, n);
    dir[n] = '\0';
    if (stat(dir, &st) == 0) /* /proc and its like */
        return lf_fail(err, LF_EOPEN, "%s: no file can be made in the folder %s", path, dir);
    return lf_fail(err, LF_ENOT_FOUND, "%s: there is no folder %s", path, dir);
}

static lf_rc open_nameless_or_hidden(file_sink *f, bool nameless, lf_error *err) {
    char *dir = lf_path_dir(f->target, f->file.alloc);
    if (!dir) return lf_fail_nomem(err, strlen(f->target));
#ifndef O_TMPFILE
    nameless = false;
#else
    /* A nameless file gets its name through /proc: without that it could never be published. */
    if (nameless && access("/proc/self/fd", X_OK) == 0) {
        f->file.fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    }
#endif
    int why = 0;
    if (f->file.fd < 0) {
        f->file.fd = lf_fd_hidden(f->target, f->file.alloc, &f->hidden);
        why = errno;
    }
    lf_mem_strfree(f->file.alloc, dir);
    if (f->file.fd >= 0) return LF_OK;
    return why == ENOENT ? no_folder(f->file.base.path, err)
                         : lf_fail_errno(err, LF_EOPEN, why, f->file.base.path);
}

/* What is to be replaced: the path, or the file that a symbolic link at it leads to. */
static lf_rc resolve_target(file_sink *f, const char *path, lf_error *err) {
    struct stat st;
    if (f->overwrite && lstat(path, &st) == 0 && S_ISLNK(st.st_mode)) {
        char *real = realpath(path, NULL);
        if (real) {
            f->target = lf_mem_strdup(f->file.alloc, real);
            lf_mem_free(NULL, real, strlen(real) + 1);
            return f->target ? LF_OK : lf_fail_nomem(err, 4096);
        }
    }
    f->target = lf_mem_strdup(f->file.alloc, path);
    return f->target ? LF_OK : lf_fail_nomem(err, strlen(path) + 1);
}

lf_rc lf_sink_open_file(const char *path, bool overwrite, const lf_alloc *a, lf_sink **out,
                        lf_error *err) {
    return lf_sink_open_file_as(path, overwrite, true, a, out, err);
}

lf_rc lf_sink_open_file_as(const char *path, bool overwrite, bool nameless, const lf_alloc *a,
                           lf_sink **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    struct stat st;
    size_t n = strlen(path);
    if (n == 0) return lf_fail(err, LF_ENOT_FOUND, "the output's path is empty");
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode)) return lf_fail_errno(err, LF_EOPEN, EISDIR, path);
        if (!S_ISREG(st.st_mode)) return open_device(path, a, out, err);
        if (!overwrite) return exists(err, path);
    } else if (lstat(path, &st) == 0 && !overwrite) {
        return exists(err, path); /* a symbolic link that leads nowhere */
    }
    if (path[n - 1] == '/') return lf_fail_errno(err, LF_EOPEN, ENOENT, path);
    file_sink *f = lf_mem_zalloc(a, sizeof *f);
    if (!f) return lf_fail_nomem(err, sizeof *f);
    f->file = (lf_fd_sink){.base = {.type = &file_type}, .alloc = a, .fd = -1};
    lf_page_cache_init(&f->file.cache, true, CACHED_BYTES);
    f->overwrite = overwrite;
    f->file.base.path = lf_mem_strdup(a, path);
    f->file.name = lf_mem_strdup(a, path);
    lf_rc rc = f->file.base.path && f->file.name ? LF_OK : lf_fail_nomem(err, n + 1);
    if (rc == LF_OK) rc = resolve_target(f, path, err);
    if (rc == LF_OK) rc = open_nameless_or_hidden(f, nameless, err);
    if (rc != LF_OK)
        file_close(&f->file.base);
    else
        *out = &f->file.base;
    return rc;
}

void lf_sink_close(lf_sink *s) {
    if (s) s->type->close(s);
}
