/* format/arrow/arrow_pull.h - record batches, pulled one by one: ArrowArrayStream with our errors.
 *
 *   lf_reader -> lf_arrow_pull_of_reader -> arrays      arrays -> lf_arrow_reader -> batches
 *
 * Owns: as named. Threads: one at a time. Fails: as what stands behind it.
 * Life: made -> schema, next* -> close. */
#ifndef LF_FORMAT_ARROW_ARROW_PULL_H
#define LF_FORMAT_ARROW_ARROW_PULL_H
#include "core/reader.h"
#include <logflow/arrow.h>
#include <logflow/logflow.h>

typedef struct lf_arrow_pull lf_arrow_pull;
typedef struct lf_arrow_pull_type {
    lf_rc (*schema)(lf_arrow_pull *p, struct ArrowSchema *out, lf_error *err);
    /* The caller owns *out; one that is released already is the end. */
    lf_rc (*next)(lf_arrow_pull *p, struct ArrowArray *out, lf_error *err);
    /* Adds the rows that came in and were not given on (bad, filtered). */
    lf_rc (*account)(lf_arrow_pull *p, lf_report *rep, lf_error *err);
    void (*close)(lf_arrow_pull *p);
} lf_arrow_pull_type;

struct lf_arrow_pull {
    const lf_arrow_pull_type *type;
};

static inline void lf_arrow_pull_close(lf_arrow_pull *p) { /* NULL is legal */
    if (p != NULL) p->type->close(p);
}

/* Batches out of arrays. Takes `p` over, also on failure. */
LF_NODISCARD lf_rc lf_arrow_reader_open(lf_arrow_pull *p, const lf_alloc *alloc, lf_reader **out,
                                        lf_error *err);
/* Arrays of some 8 MiB out of batches of all columns. Takes `r` over, also on failure. `arrays`
 * allocates what is handed out and must outlive it. */
LF_NODISCARD lf_rc lf_arrow_pull_of_reader(lf_reader *r, const lf_alloc *alloc,
                                           const lf_alloc *arrays, lf_arrow_pull **out,
                                           lf_error *err);

#endif
