/* core/span.h - a borrowed run of bytes.
 * Owns: nothing. Threads: plain data. Fails: never. Life: as stated where used. */
#ifndef LF_CORE_SPAN_H
#define LF_CORE_SPAN_H
#include <stddef.h>
#include <stdint.h>

typedef struct lf_span {
    const uint8_t *data;
    size_t len;
} lf_span;

/* Bytes that kernels may read (never use) past the end of text they are handed.
 * Whoever hands text to a decoder or strings to an encoder guarantees them. */
#define LF_OVERREAD_BYTES 64

#endif
