/* io/samples.h - pieces of a text from behind its head, as a second witness of what the head shows.
 *
 * Owns: the pieces' bytes. Threads: one at a time. Fails: LF_ENO_MEMORY, as the source.
 * Life: read -> reset (after any outcome; safe twice). */
#ifndef LF_IO_SAMPLES_H
#define LF_IO_SAMPLES_H
#include "core/alloc.h"
#include "core/source.h"
#include "core/span.h"

#define LF_SAMPLES_MAX 2u

typedef struct lf_samples {
    lf_span pieces[LF_SAMPLES_MAX]; /* in order; the last ends where the text does */
    uint32_t n;
    uint8_t *room; /* NULL: there are none */
} lf_samples;

/* LF_SAMPLE_BYTES each from the middle and the end of the text behind its first `head` bytes. None
 * where they cannot be had at the cost of two reads: pipes, compressed and decoded text. */
LF_NODISCARD lf_rc lf_samples_read(lf_samples *k, lf_source *s, uint64_t head, const lf_alloc *a,
                                   lf_error *err);
void lf_samples_reset(lf_samples *k, const lf_alloc *a);

#endif
