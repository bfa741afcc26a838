/* io/io_fd.h - descriptors: whole reads and writes, and the sink that every file sink builds on.
 * Owns: as stated. Threads: calls on different offsets may run at once. Fails: 3xx, LF_EDISK_FULL.
 * Life: a lf_fd_sink is made by io_fd_sink_open and freed by its close. */
#ifndef LF_IO_IO_FD_H
#define LF_IO_IO_FD_H
#include "io/io.h"
#include "io/page_cache.h"

#define LF_IO_COPY_BYTES (256u * 1024u)

/* Reads n bytes at `offset`; fewer are LF_EREAD. */
lf_rc lf_fd_pread(int fd, uint64_t offset, void *p, size_t n, const char *path, lf_error *err);
/* Writes all n bytes in sequence; a closed pipe is an error, never a signal. */
lf_rc lf_fd_write(int fd, const void *p, size_t n, const char *path, lf_error *err);

/* A sink whose bytes stand in one descriptor that can be sought. */
typedef struct lf_fd_sink {
    lf_sink base;
    const lf_alloc *alloc;
    int fd;
    char *name; /* for messages; owned */
    lf_page_cache cache;
} lf_fd_sink;

lf_rc lf_fd_sink_write_at(lf_sink *s, uint64_t offset, const void *p, size_t n, lf_error *err);
lf_rc lf_fd_sink_read_at(lf_sink *s, uint64_t offset, void *p, size_t n, lf_error *err);
lf_rc lf_fd_sink_copy_from(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset,
                           uint64_t n, lf_error *err);
/* Frees what lf_fd_sink holds, closes fd; not the object. */
void lf_fd_sink_reset(lf_fd_sink *s);
/* An open unlinked file in `dir` (O_TMPFILE, else made and removed); -1 with errno set. */
int lf_fd_temp(const char *dir);
/* "DIR/.NAME.logflow-XXXXXX" with fresh random letters, opened exclusively; -1 with errno set.
 * *path_out is owned by the caller. */
int lf_fd_hidden(const char *path, const lf_alloc *a, char **path_out);
/* The same name without a file under it. NULL: no memory. */
char *lf_fd_hidden_name(const char *path, const lf_alloc *a);
/* lf_sink_open_file; `nameless` false takes the way of file systems without O_TMPFILE. */
lf_rc lf_sink_open_file_as(const char *path, bool overwrite, bool nameless, const lf_alloc *a,
                           lf_sink **out, lf_error *err);
/* The folder part of a path: "." where there is none. NULL: no memory. */
char *lf_path_dir(const char *path, const lf_alloc *a);

#endif
