/* core/sink.h - where an output file is built and published.
 *
 * Nothing is visible at the target before commit; abort and close leave nothing.
 * Owns: its descriptor and temporary file. Threads: write_at, read_at, copy_from from
 * any thread at once; the rest from one. Fails: LF_EWRITE, LF_EDISK_FULL.
 * Life: made by io -> write_at* -> (commit | abort) -> close. */
#ifndef LF_CORE_SINK_H
#define LF_CORE_SINK_H
#include "core/error.h"

typedef struct lf_sink lf_sink;
typedef struct lf_sink_type {
    const char *name;
    lf_rc (*write_at)(lf_sink *s, uint64_t offset, const void *p, size_t n,
                      lf_error *err); /* whole or error */
    lf_rc (*read_at)(lf_sink *s, uint64_t offset, void *p, size_t n,
                     lf_error *err); /* what was written */
    /* Copies n bytes of `from` into s (copy_file_range where possible). */
    lf_rc (*copy_from)(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset, uint64_t n,
                       lf_error *err);
    lf_rc (*commit)(lf_sink *s, uint64_t size,
                    lf_error *err); /* truncate to size, publish atomically */
    void (*close)(lf_sink *s);      /* without commit: everything is removed */
} lf_sink_type;

struct lf_sink {
    const lf_sink_type *type;
    char *path; /* target; owned; NULL for temporary files */
};

#endif
