/* api/text_source.h - the encoding of an input's text: named, proven, or UTF-8.
 *
 * Owns: nothing. Threads: one at a time. Fails: LF_EUSAGE, and as reading. Life: of the source. */
#ifndef LF_API_TEXT_SOURCE_H
#define LF_API_TEXT_SOURCE_H
#include "core/alloc.h"
#include "core/source.h"
#include "core/span.h"
#include <logflow/logflow.h>

/* Puts a decoder over *s where --encoding, or else the first bytes, call for one; *s stays valid on
 * failure. `o` are the options of the call. */
LF_NODISCARD lf_rc lf_text_source(lf_source **s, const lf_option *o, size_t n_options,
                                  const lf_alloc *a, lf_error *err);
/* What --encoding may be; with the nearest name where it is none. */
LF_NODISCARD lf_rc lf_text_encoding_check(const char *name, lf_error *err);
#define LF_PROPOSE_BYTES 16384u /* of the beginning of a text that are shown to it first */
/* Where `head` is no UTF-8 (its end may be cut): a sentence that proposes --encoding, into `text`.
 * False: it is UTF-8. */
bool lf_text_propose(lf_span head, char *text, size_t n);

#endif
