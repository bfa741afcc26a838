/* api/peek.h - a stream source whose first bytes have been looked at.
 *
 * Formats are told apart by their first bytes, and those of a pipe can be read only once: this
 * source hands them out again before it goes on with the one it wraps.
 * Owns: the wrapped source and the copied head. Threads: as core/source.h.
 * Fails: as the wrapped source; LF_ENO_MEMORY. Life: open -> read* -> close. */
#ifndef LF_API_PEEK_H
#define LF_API_PEEK_H
#include "core/alloc.h"
#include "core/source.h"
#include "core/span.h"

/* Reads up to `n` bytes of *s into `head_out` without consuming them: seekable sources are read at
 * 0, others are replaced in *s by a replaying one (on failure *s stays valid). */
LF_NODISCARD lf_rc lf_source_peek(lf_source **s, const lf_alloc *a, uint8_t *head_out, size_t n,
                                  size_t *got_out, lf_error *err);

#endif
