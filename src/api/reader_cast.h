/* api/reader_cast.h - types of several inputs joined, and columns turned into the joined type.
 *
 * As for text, nothing is lost: integers and doubles become doubles where each value stays what it
 * is, dates timestamps, us ns, numbers decimals that hold both; members of structs are joined by
 * name, lists and maps by their elements; what has nothing in common becomes its text, with nested
 * values as JSON. Whether values stay what they are only they can tell: LF_ETYPE_MISFIT where one
 * does not.
 *
 * Owns: nothing. Threads: safe. Fails: LF_ENO_MEMORY, LF_ETYPE_MISFIT. Life: calls. */
#ifndef LF_API_READER_CAST_H
#define LF_API_READER_CAST_H
#include "array/batch.h"
#include "core/arena.h"

/* Widens `into` so that it holds what `f` holds too. */
LF_NODISCARD lf_rc lf_reader_join(lf_field *into, const lf_field *f, const lf_alloc *a,
                                  lf_error *err);
/* Whether a cast may fail for a value. */
bool lf_reader_may_misfit(const lf_field *from, const lf_field *to);

typedef struct lf_reader_cast {
    lf_arena *arena; /* of what comes out */
    lf_buf *text;    /* scratch */
    const lf_field *misfit;
} lf_reader_cast;

/* n slots of `c` as `to`, which lf_reader_join made of its field `from`; c NULL: nulls. On a misfit
 * `misfit` is the field, at or below `to`, that the value does not fit. Valid while c and the arena
 * are. */
LF_NODISCARD lf_rc lf_reader_cast_column(lf_reader_cast *x, const lf_column *c,
                                         const lf_field *from, const lf_field *to, uint32_t n,
                                         lf_column *out, lf_error *err);

#endif
