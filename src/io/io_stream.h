/* io/io_stream.h - waiting reads of descriptors, and the pieces that make up a source.
 * Owns: as stated. Threads: one at a time. Fails: LF_EREAD, LF_ECANCELLED. Life: as stated. */
#ifndef LF_IO_IO_STREAM_H
#define LF_IO_IO_STREAM_H
#include "io/io.h"
#include <stdatomic.h>

/* Reads what is there, at least a byte unless at the end; waits if it must, but looks at *cancel
 * (may be NULL) 20 times a second while it does. */
lf_rc lf_fd_read_some(int fd, void *dst, size_t n, const int *cancel, size_t *got_out,
                      const char *path, lf_error *err);

/* Waits until something can be read, or the other end has gone. */
lf_rc lf_fd_wait_readable(int fd, const int *cancel, const char *path, lf_error *err);

/* A descriptor read in sequence: a pipe, terminal or device, or a file whose size is unknown.
 * `head` are bytes that were read before (copied). Takes fd over (closed only if close_fd), also
 * on failure. */
lf_rc lf_source_stream(int fd, bool close_fd, const char *path, lf_span head, uint64_t stored_bytes,
                       const lf_alloc *a, lf_source **out, lf_error *err);
/* The text of `stored`, a compressed source that is read in sequence; takes it over, also on
 * failure. */
lf_rc lf_source_inflate(lf_source *stored, const char *compression, const lf_alloc *a,
                        lf_source **out, lf_error *err);
/* The same, where `stored` begins in the middle: `members` of a gzip file lie before. */
typedef struct lf_inflate_place {
    uint64_t stored, text, members; /* the first two are for messages */
} lf_inflate_place;
lf_rc lf_source_inflate_at(lf_source *stored, const char *compression, lf_inflate_place from,
                           const lf_alloc *a, lf_source **out, lf_error *err);
/* Members or frames of the file that have ended where such a source stands. */
uint64_t lf_source_inflate_members(const lf_source *s);
/* The same, where `stored` has read_at and is made of independent pieces (codec/frames.h): the text
 * has read_at too, and *out is not NULL. Takes it over only then. */
lf_rc lf_source_frames(lf_source *stored, const char *compression, const lf_alloc *a,
                       lf_source **out, lf_error *err);
bool lf_path_is_zip(const char *path); /* by its first bytes */
/* lf_path_members of an archive that is open. */
lf_rc lf_zip_member_paths(lf_source *archive, const lf_alloc *a, char ***paths_out, size_t *n_out,
                          lf_error *err);
/* The text of a member of a zip archive, or of its only one where `member` is NULL; takes the
 * archive over, also on failure. */
lf_rc lf_source_zip(lf_source *archive, const char *member, const lf_alloc *a, lf_source **out,
                    lf_error *err);

#endif
