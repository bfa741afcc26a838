/* io/io.h - files, pipes and temporary files as sources and sinks.
 *
 * Owns: descriptors. Threads: see core/source.h, core/sink.h. Fails: 3xx, LF_EDISK_FULL.
 * Life: open -> use -> (commit) -> close. */
#ifndef LF_IO_IO_H
#define LF_IO_IO_H
#include "core/alloc.h"
#include "core/sink.h"
#include "core/source.h"

/* Opens `path` ("-": standard input). Compressed inputs (by magic bytes) become streams of
 * their text; a seekable plain file has read_at. Refuses directories. */
LF_NODISCARD lf_rc lf_source_open(const char *path, const lf_alloc *a, lf_source **out,
                                  lf_error *err);
/* The same; where opening must wait (a pipe without a writer, standard input without a byte), a
 * non-zero *cancel (read atomically; may be NULL) ends it with LF_ECANCELLED. Sets out->cancel. */
LF_NODISCARD lf_rc lf_source_open_cancellable(const char *path, const int *cancel,
                                              const lf_alloc *a, lf_source **out, lf_error *err);
/* Bytes in memory, for tests and library callers; `bytes` is borrowed. seekable false: a stream. */
LF_NODISCARD lf_rc lf_source_memory(const char *name, const void *bytes, size_t n, bool seekable,
                                    const lf_alloc *a, lf_source **out, lf_error *err);
/* lf_source_type.check, with the file's name in the error; LF_OK where a source cannot tell. */
LF_NODISCARD lf_rc lf_source_check(lf_source *s, lf_error *err);
/* What is left of `from` (a stream), in an unlinked temporary file in `dir` (NULL: TMPDIR or /tmp):
 * has read_at. Reads `from` to its end; it stays the caller's. */
LF_NODISCARD lf_rc lf_source_spool(lf_source *from, const char *dir, const lf_alloc *a,
                                   lf_source **out, lf_error *err);
/* Puts a stage over *s that turns its text from another charset into UTF-8, as a stream; takes *s
 * over on success alone. lossy: see charset/charset.h. */
struct lf_charset;
LF_NODISCARD lf_rc lf_source_decode(lf_source **s, const struct lf_charset *from, bool lossy,
                                    const lf_alloc *a, lf_error *err);
void lf_source_close(lf_source *s); /* NULL is legal */

/* A file that appears at `path` on commit: O_TMPFILE + linkat where the file system has it, else a
 * hidden temporary beside it. overwrite false: LF_EOUTPUT_EXISTS also on a race at commit.
 * Missing parent directories are an error, "DIR/" handling is the caller's. */
LF_NODISCARD lf_rc lf_sink_open_file(const char *path, bool overwrite, const lf_alloc *a,
                                     lf_sink **out, lf_error *err);
/* Built in an unlinked temporary file, copied to the descriptor on commit (stdout). */
LF_NODISCARD lf_rc lf_sink_open_fd(int fd, const char *name, const lf_alloc *a, lf_sink **out,
                                   lf_error *err);
/* The same, built in `dir` (NULL: TMPDIR or /tmp). */
LF_NODISCARD lf_rc lf_sink_open_fd_in(const char *dir, int fd, const char *name, const lf_alloc *a,
                                      lf_sink **out, lf_error *err);
/* An unlinked temporary file in `dir` (NULL: TMPDIR or /tmp): spills; commit is an error. */
LF_NODISCARD lf_rc lf_sink_open_temp(const char *dir, const lf_alloc *a, lf_sink **out,
                                     lf_error *err);
void lf_sink_close(lf_sink *s); /* NULL is legal */

/* True when both name one file (device and inode). Missing files are never the same. */
bool lf_same_file(const char *a, const char *b);
bool lf_path_is_dir(const char *p);
bool lf_path_exists(const char *p);
/* "DIR/data.zip/a.csv" names a member of the zip archive path[0, *len_out). */
bool lf_path_archive(const char *path, size_t *len_out);
/* The files in a zip archive, each as "PATH/MEMBER", where there are several: *paths_out (n of
 * them, to be freed by lf_path_members_free). None for anything else, and for an archive of one
 * file. */
LF_NODISCARD lf_rc lf_path_members(const char *path, const lf_alloc *a, char ***paths_out,
                                   size_t *n_out, lf_error *err);
void lf_path_members_free(const lf_alloc *a, char **paths, size_t n);

#endif
