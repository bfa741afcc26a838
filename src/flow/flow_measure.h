/* flow/flow_measure.h - offsets in the stored bytes of an input that is not UTF-8.
 *
 * Decoders tell places in the text. Where that was decoded from another encoding, a worker counts
 * along, window by window, how many bytes each piece of text was made of; places are counted from
 * the block's start and added up in turn, like lines.
 *
 * Owns: a ruler. Threads: one worker's. Fails: LF_ENO_MEMORY. Life: zeroed -> begin -> (see | at)*
 * -> reset. */
#ifndef LF_FLOW_FLOW_MEASURE_H
#define LF_FLOW_FLOW_MEASURE_H
#include "charset/charset.h"

typedef struct flow_measure {
    lf_ruler *ruler;     /* NULL: the text is what is stored */
    bool on;             /* the ruler is that of the text at hand */
    uint64_t at;         /* offset in the text that it has come to */
    uint64_t start;      /* offset in the text that places count from */
    const uint8_t *text; /* what is at hand of it */
    uint64_t text_at;
    size_t text_len;
    bool torn; /* a record goes by in pieces: its place, as text and as stored */
    uint64_t torn_at, torn_place;
} flow_measure;

/* From `start` in the text of an input, whose encoding is named (NULL: UTF-8). */
LF_NODISCARD lf_rc lf_flow_measure_begin(flow_measure *m, const char *encoding, uint64_t start,
                                         const lf_alloc *a, lf_error *err);
/* The text at hand from now on; all before it has been passed. */
void lf_flow_measure_see(flow_measure *m, const uint8_t *text, uint64_t offset, size_t len);
/* Stored bytes from the start to `offset`, which is at hand, or the place of the torn record. Where
 * nothing is measured: the offset itself, from the start of the text. */
uint64_t lf_flow_measure_at(flow_measure *m, uint64_t offset);
/* A piece of a record goes by, or (NULL) its last one has. */
void lf_flow_measure_torn(flow_measure *m, const uint8_t *piece);
/* Back to `offset`, to be read once more. */
void lf_flow_measure_back(flow_measure *m, uint64_t offset);
void lf_flow_measure_reset(flow_measure *m);

#endif
