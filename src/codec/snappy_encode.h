/* codec/snappy_encode.h - blocks in the raw snappy format, which every snappy decoder reads.
 *
 * The bytes follow from the input alone: not from the processor, not from earlier blocks.
 * Owns: nothing; the state is the caller's and needs no initial value. Threads: one state, one
 * thread. Fails: never. Life: of the state's memory. */
#ifndef LF_CODEC_SNAPPY_ENCODE_H
#define LF_CODEC_SNAPPY_ENCODE_H
#include "core/span.h"
#include <stddef.h>
#include <stdint.h>

#define LF_SNAPPY_LANES     2
#define LF_SNAPPY_HASH_BITS 12

typedef struct lf_snappy_state {
    uint16_t table[LF_SNAPPY_LANES][1 << LF_SNAPPY_HASH_BITS]; /* positions by hash */
} lf_snappy_state;

/* What the output can grow to and what the encoder may write over meanwhile; n < 4 GiB. */
size_t lf_snappy_bound(size_t n);
/* dst has bound(in.len) bytes. The number of bytes that count. */
size_t lf_snappy_encode(lf_snappy_state *s, lf_span in, uint8_t *dst);

#endif
