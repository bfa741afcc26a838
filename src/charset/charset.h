/* charset/charset.h - texts in other encodings, turned into UTF-8.
 *
 * Owns: a transcoder its tables. Threads: charsets are constants; one transcoder, one thread.
 * Fails: LF_ENO_MEMORY at creation; running cannot fail. Life: create -> run* -> destroy. */
#ifndef LF_CHARSET_CHARSET_H
#define LF_CHARSET_CHARSET_H
#include "core/alloc.h"
#include "core/error.h"
#include "core/span.h"

typedef struct lf_charset lf_charset;

/* By any of its names; case, - and _ count for nothing. NULL: unknown. */
const lf_charset *lf_charset_find(const char *name);
const char *lf_charset_name(const lf_charset *c); /* as it is printed: "windows-1252" */
bool lf_charset_is_utf8(const lf_charset *c);
/* Every name that is known, our own and others', NULL-terminated; for suggestions. */
const char *const *lf_charset_names(void);

/* What the first bytes prove: a byte order mark, or the zero bytes of UTF-16 and UTF-32. *how_out
 * is a phrase ("by its byte order mark"). NULL: nothing is proven; it may be UTF-8, or anything
 * that
 * --encoding must name. `whole`: head is all there is. */
const lf_charset *lf_charset_detect(lf_span head, bool whole, const char **how_out);

/* Charsets under which `head`, which is no UTF-8, reads as text; the likeliest first. How many. */
#define LF_CHARSET_CANDIDATES 3u
size_t lf_charset_candidates(lf_span head, const char *out[LF_CHARSET_CANDIDATES]);

typedef struct lf_transcoder lf_transcoder;
#define LF_TRANSCODE_MIN_BYTES 64u /* least room that run makes progress in */

/* lossy: what does not decode becomes U+FFFD. Otherwise it becomes bytes that no UTF-8 has, so that
 * the row is found bad where it stands: 0xFF and the byte that is none of the charset, or the three
 * bytes of a surrogate that stands alone. A byte order mark in front is dropped. */
LF_NODISCARD lf_rc lf_transcoder_create(const lf_alloc *a, const lf_charset *from, bool lossy,
                                        lf_transcoder **out, lf_error *err);
/* Turns as much of `in` into dst as fits; what is left over of `in` (at most 15 bytes where dst has
 * room) is the beginning of a character and must come again in front of what follows. `last`:
 * nothing follows. cap >= LF_TRANSCODE_MIN_BYTES. The text does not depend on the cuts. */
void lf_transcoder_run(lf_transcoder *t, lf_span in, bool last, size_t *used_out, uint8_t *dst,
                       size_t cap, size_t *got_out);
void lf_transcoder_destroy(lf_transcoder *t); /* NULL is legal */
/* Bytes of the mark that was dropped; known once run has used bytes. */
size_t lf_transcoder_mark(const lf_transcoder *t);

/* How many bytes a text was decoded from. One ruler, one thread. *out NULL: as many as it has
 * (UTF-8). */
typedef struct lf_ruler lf_ruler;
LF_NODISCARD lf_rc lf_ruler_create(const lf_alloc *a, const lf_charset *from, lf_ruler **out,
                                   lf_error *err);
const lf_charset *lf_ruler_charset(const lf_ruler *r);
void lf_ruler_start(lf_ruler *r, uint64_t total); /* at the first byte of a character */
/* Goes over what a transcoder made; pieces may be cut anywhere. */
void lf_ruler_add(lf_ruler *r, lf_span text);
/* Exact at the first byte of a character. */
uint64_t lf_ruler_total(const lf_ruler *r);
void lf_ruler_destroy(lf_ruler *r); /* NULL is legal */

#endif
