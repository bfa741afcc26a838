/* io/source_file.c - opening an input: what is it, and how is it to be read?
 *
 *     regular file        read_at and read, size fixed at opening
 *     ... compressed      (by its first bytes, whatever its name) a stream of its text
 *     ... of size 0 that yields bytes (/proc), pipe, terminal, device: a stream
 *     directory           refused
 *
 * "-" is standard input; where the shell has redirected a file into it, it is read like that file,
 * from where its offset stands.
 *
 * A file is read up to the size it had when it was opened. One that is cut, grows, is rewritten or
 * replaced meanwhile is LF_ECHANGED, never silently a mixture of two states: a read that meets the
 * end too early says so, the rest is told by size, time and identity once all is read. File times
 * move with the kernel's tick (4 ms, often): a file written in the tick that it is opened in is
 * first left alone until that tick is over, so that a write that comes later shows. pread is used,
 * not mmap: a mapped file that is truncated raises SIGBUS, and mapped pages count as resident
 * memory. */
#include "codec/codec.h"
#include "io/io_fd.h"
#include "io/io_stream.h"
#include "io/page_cache.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAGIC_BYTES  LF_STREAM_MAGIC_BYTES
#define IO_BYTES_MAX (1u << 30)
#define TICKS_MAX    3

typedef struct file_source {
    lf_source base;
    const lf_alloc *alloc;
    int fd;
    bool close_fd;
    struct stat was; /* when it was opened */
    uint64_t start;  /* of the text in the file */
    uint64_t at;     /* of read() */
    lf_page_cache cache;
} file_source;

static lf_rc changed(const lf_source *s, uint64_t end, lf_error *err) {
    return lf_fail(err, LF_ECHANGED, "%s shrank from %llu to %llu bytes while it was read", s->path,
                   (unsigned long long)s->size_bytes, (unsigned long long)end);
}

static lf_rc file_read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                          lf_error *err) {
    file_source *f = (file_source *)s;
    *got_out = 0;
    if (offset >= s->size_bytes) return LF_OK;
    if (n > s->size_bytes - offset) n = (size_t)(s->size_bytes - offset);
    size_t done = 0;
    while (done < n) {
        size_t piece = n - done < IO_BYTES_MAX ? n - done : IO_BYTES_MAX;
        ssize_t got = lf_page_cache_pread(&f->cache, f->fd, (uint8_t *)dst + done, piece,
                                          (off_t)(f->start + offset + done));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lf_fail_errno(err, LF_EREAD, errno, s->path);
        if (got == 0) return changed(s, offset + done, err);
        done += (size_t)got;
    }
    *got_out = done;
    atomic_fetch_add_explicit(&s->stored_read, done, memory_order_relaxed);
    return LF_OK;
}

static lf_rc file_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    file_source *f = (file_source *)s;
    LF_TRY(file_read_at(s, f->at, dst, n, got_out, err));
    f->at += *got_out;
    return LF_OK;
}

static void file_close(lf_source *s) {
    file_source *f = (file_source *)s;
    if (f->close_fd) close(f->fd);
    lf_mem_strfree(f->alloc, s->path);
    lf_mem_free(f->alloc, f, sizeof *f);
}

static lf_rc file_check(lf_source *s, lf_error *err) {
    const file_source *f = (const file_source *)s;
    const struct stat *was = &f->was;
    struct stat now;
    if (fstat(f->fd, &now) != 0) return lf_fail_errno(err, LF_EREAD, errno, s->path);
    if (now.st_size != was->st_size)
        return lf_fail(err, LF_ECHANGED, "%s %s from %llu to %llu bytes while it was read", s->path,
                       now.st_size < was->st_size ? "shrank" : "grew",
                       (unsigned long long)was->st_size, (unsigned long long)now.st_size);
    if (now.st_mtim.tv_sec != was->st_mtim.tv_sec || now.st_mtim.tv_nsec != was->st_mtim.tv_nsec)
        return lf_fail(err, LF_ECHANGED, "%s was written to while it was read", s->path);
    /* A name that is gone is no harm: what was opened has been read to its end. */
    if (f->close_fd && stat(s->path, &now) == 0 &&
        (now.st_dev != was->st_dev || now.st_ino != was->st_ino))
        return lf_fail(err, LF_ECHANGED, "%s was replaced by another file while it was read",
                       s->path);
    return LF_OK;
}

static const lf_source_type file_type = {"file", file_read_at, file_read, file_close, file_check};

/* A file from this size on would push out most else that the system has cached, and itself with it
 * before it is read a second time. */
static uint64_t large_bytes(void) {
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    return pages > 0 && page > 0 ? (uint64_t)pages * (uint64_t)page / 4 : UINT64_MAX;
}

/* Takes fd over, also on failure. */
static lf_rc open_regular(int fd, bool close_fd, const char *path, uint64_t start,
                          const struct stat *st, const lf_alloc *a, lf_source **out,
                          lf_error *err) {
    const uint64_t size = (uint64_t)st->st_size > start ? (uint64_t)st->st_size - start : 0;
    file_source *f = lf_mem_zalloc(a, sizeof *f);
    char *name = lf_mem_strdup(a, path);
    if (!f || !name) {
        lf_mem_free(a, f, sizeof *f);
        lf_mem_strfree(a, name);
        if (close_fd) close(fd);
        return lf_fail_nomem(err, sizeof *f);
    }
    f->base =
        (lf_source){.type = &file_type, .path = name, .size_bytes = size, .stored_bytes = size};
    f->alloc = a;
    f->fd = fd;
    f->close_fd = close_fd;
    f->was = *st;
    f->start = start;
    lf_page_cache_init(&f->cache, size >= large_bytes(), 0);
#ifdef POSIX_FADV_SEQUENTIAL
    posix_fadvise(fd, (off_t)start, 0, POSIX_FADV_SEQUENTIAL);
#endif
    *out = &f->base;
    return LF_OK;
}

/* The first bytes of a file that can be sought; fewer at its end. */
static lf_rc peek_file(int fd, uint64_t at, uint8_t *head, size_t *got_out, const char *path,
                       lf_error *err) {
    *got_out = 0;
    while (*got_out < MAGIC_BYTES) {
        ssize_t got = pread(fd, head + *got_out, MAGIC_BYTES - *got_out, (off_t)(at + *got_out));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return lf_fail_errno(err, LF_EREAD, errno, path);
        if (got == 0) break;
        *got_out += (size_t)got;
    }
    return LF_OK;
}

static lf_rc peek_stream(int fd, const int *cancel, uint8_t *head, size_t *len_out,
                         const char *path, lf_error *err) {
    size_t len = 0;
    while (len < MAGIC_BYTES) {
        size_t got = 0;
        LF_TRY(lf_fd_read_some(fd, head + len, MAGIC_BYTES - len, cancel, &got, path, err));
        if (got == 0) break;
        len += got;
        /* The first byte tells most text from every magic: do not wait on a slow pipe for more. */
        if (!lf_stream_undecided((lf_span){head, len})) break;
    }
    *len_out = len;
    return LF_OK;
}

static lf_rc wrap_compressed(lf_span head, const lf_alloc *a, lf_source **out, lf_error *err) {
    const char *kind = lf_stream_detect(head);
    if (!kind) return LF_OK;
    lf_source *stored = *out;
    *out = NULL;
    if (strcmp(kind, "zip") == 0) return lf_source_zip(stored, NULL, a, out, err);
    if (stored->type->read_at != NULL) {
        const lf_rc rc = lf_source_frames(stored, kind, a, out, err);
        if (rc != LF_OK) lf_source_close(stored);
        if (rc != LF_OK || *out != NULL) return rc;
    }
    return lf_source_inflate(stored, kind, a, out, err);
}

/* Waits while the file's time is of the clock's running tick, but not for a file that never rests.
 */
static int stat_settled(int fd, struct stat *st) {
    int rc = fstat(fd, st);
#ifdef CLOCK_REALTIME_COARSE
    struct timespec now, tick;
    for (int i = 0; i < TICKS_MAX && rc == 0 && S_ISREG(st->st_mode); i++) {
        if (clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0 ||
            clock_getres(CLOCK_REALTIME_COARSE, &tick) != 0 || tick.tv_sec != 0 ||
            now.tv_sec != st->st_mtim.tv_sec || now.tv_nsec != st->st_mtim.tv_nsec)
            break;
        nanosleep(&tick, NULL);
        rc = fstat(fd, st);
    }
#endif
    return rc;
}

/* `unpack` false: as it is stored. */
static lf_rc open_fd(int fd, bool close_fd, const char *path, bool unpack, const int *cancel,
                     const lf_alloc *a, lf_source **out, lf_error *err) {
    struct stat st;
    uint8_t head[MAGIC_BYTES];
    size_t len = 0;
    lf_rc rc = stat_settled(fd, &st) ? lf_fail_errno(err, LF_EOPEN, errno, path) : LF_OK;
    if (rc == LF_OK && S_ISDIR(st.st_mode)) rc = lf_fail_errno(err, LF_EOPEN, EISDIR, path);
    off_t at = rc == LF_OK && S_ISREG(st.st_mode) ? lseek(fd, 0, SEEK_CUR) : -1;
    bool file = at >= 0 && st.st_size > at;
    if (rc == LF_OK) {
        if (file)
            rc = peek_file(fd, (uint64_t)at, head, &len, path, err);
        else
            rc = peek_stream(fd, cancel, head, &len, path, err);
    }
    if (rc != LF_OK) {
        if (close_fd) close(fd);
        return rc;
    }
    if (file) {
        LF_TRY(open_regular(fd, close_fd, path, (uint64_t)at, &st, a, out, err));
    } else if (at >= 0 && len == 0) { /* an empty file, not one of /proc */
        LF_TRY(open_regular(fd, close_fd, path, (uint64_t)at, &st, a, out, err));
    } else {
        LF_TRY(lf_source_stream(fd, close_fd, path, (lf_span){head, len}, LF_SIZE_UNKNOWN, a, out,
                                err));
    }
    (*out)->cancel = cancel; /* spooling an archive waits */
    return unpack ? wrap_compressed((lf_span){head, len}, a, out, err) : LF_OK;
}

/* Opens without waiting, then waits for the writer of a named pipe where there is none yet. */
static lf_rc open_path(const char *path, const int *cancel, int *fd_out, lf_error *err) {
    int fd;
    do {
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    } while (fd < 0 && errno == EINTR);
    if (fd < 0) return lf_fail_errno(err, LF_EOPEN, errno, path);
    struct stat st;
    lf_rc rc = LF_OK;
    if (fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode)) {
        rc = lf_fd_wait_readable(fd, cancel, path, err);
    }
    int flags = fcntl(fd, F_GETFL);
    if (rc == LF_OK && flags >= 0) fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
    if (rc != LF_OK)
        close(fd);
    else
        *fd_out = fd;
    return rc;
}

/* "DIR/data.zip/a.csv": a member of an archive. */
static lf_rc open_archived(const char *path, size_t zip_len, const int *cancel, const lf_alloc *a,
                           lf_source **out, lf_error *err) {
    char *zip = lf_mem_strdup(a, path);
    if (zip == NULL) return lf_fail_nomem(err, strlen(path));
    zip[zip_len] = '\0';
    int fd = -1;
    lf_source *archive = NULL;
    lf_rc rc = open_path(zip, cancel, &fd, err);
    if (rc == LF_OK) rc = open_fd(fd, true, zip, false, cancel, a, &archive, err);
    if (rc == LF_OK) rc = lf_source_zip(archive, path + zip_len + 1, a, out, err);
    zip[zip_len] = '/';
    lf_mem_strfree(a, zip);
    return rc;
}

lf_rc lf_source_open_cancellable(const char *path, const int *cancel, const lf_alloc *a,
                                 lf_source **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    if (!*path) return lf_fail(err, LF_ENOT_FOUND, "the input's path is empty");
    bool std_in = strcmp(path, "-") == 0;
    int fd = STDIN_FILENO;
    size_t zip_len = 0;
    lf_rc rc = LF_OK;
    if (!std_in && lf_path_archive(path, &zip_len)) {
        rc = open_archived(path, zip_len, cancel, a, out, err);
    } else {
        if (!std_in) rc = open_path(path, cancel, &fd, err);
        if (rc == LF_OK) rc = open_fd(fd, !std_in, path, true, cancel, a, out, err);
    }
    if (rc != LF_OK)
        lf_error_set_file(err, path);
    else
        (*out)->cancel = cancel;
    return rc;
}

lf_rc lf_source_open(const char *path, const lf_alloc *a, lf_source **out, lf_error *err) {
    return lf_source_open_cancellable(path, NULL, a, out, err);
}

lf_rc lf_source_check(lf_source *s, lf_error *err) {
    lf_rc rc = s != NULL && s->type->check != NULL ? s->type->check(s, err) : LF_OK;
    if (rc != LF_OK) lf_error_set_file(err, s->path);
    return rc;
}

void lf_source_close(lf_source *s) {
    if (s) s->type->close(s);
}

lf_rc lf_path_members(const char *path, const lf_alloc *a, char ***paths_out, size_t *n_out,
                      lf_error *err) {
    struct stat st;
    *paths_out = NULL;
    *n_out = 0;
    if (!lf_path_is_zip(path) || stat(path, &st) != 0 || !S_ISREG(st.st_mode)) return LF_OK;
    int fd = -1;
    lf_source *archive = NULL;
    lf_rc rc = open_path(path, NULL, &fd, err);
    if (rc == LF_OK) rc = open_fd(fd, true, path, false, NULL, a, &archive, err);
    if (rc == LF_OK) rc = lf_zip_member_paths(archive, a, paths_out, n_out, err);
    lf_source_close(archive);
    if (rc != LF_OK) lf_error_set_file(err, path);
    return rc;
}

void lf_path_members_free(const lf_alloc *a, char **paths, size_t n) {
    for (size_t i = 0; paths && i < n; i++)
        if (paths[i]) lf_mem_strfree(a, paths[i]);
    if (paths) lf_mem_free(a, paths, n * sizeof *paths);
}
