/* decode/json/json_index_bits.h - from the masks of 64 bytes to structure; one for all sets.
 *
 *   text      {"a\"b":1,"c":"x,y"}
 *   quote     .#.....#..#.#.#...#.     those that are escaped are left out
 *   inside    .######...##..####..     prefix xor of the quotes, carried over
 *   structure #........#..........#    of { } [ ] , what is not inside
 *
 * Owns: nothing. Threads: pure. Fails: never. Life: static inline; for json_index*.c alone. */
#ifndef LF_DECODE_JSON_JSON_INDEX_BITS_H
#define LF_DECODE_JSON_JSON_INDEX_BITS_H
#include "decode/json/json_index.h"

typedef struct json_masks {
    uint64_t quote, backslash, op, newline, control; /* control: below 0x20 */
    uint64_t blank; /* of control: white space; only where control is not 0 */
} json_masks;

/* The bytes that a backslash before them escapes. A run of backslashes escapes every second
 * one and, where it is odd, what follows. */
static inline uint64_t json_escapes(uint64_t backslash, json_index *c) {
    const uint64_t even = 0x5555555555555555ull;
    if (backslash == 0) {
        uint64_t escaped = c->escaped;
        c->escaped = 0;
        return escaped;
    }
    backslash &= ~c->escaped;
    uint64_t follows = backslash << 1 | c->escaped;
    uint64_t starts = backslash & ~(even | follows), sums;
    c->escaped = __builtin_add_overflow(starts, backslash, &sums);
    return (even ^ (sums << 1)) & follows;
}

/* x->inside: all ones in a string; x->escaped: 1 where the next byte is escaped.
 * `inside_of`: prefix xor of 64 bits. Returns the positions as bits. */
static inline uint64_t json_resolve(const json_masks *m, bool lines,
                                    uint64_t (*inside_of)(uint64_t), json_index *out) {
    uint64_t quote = m->quote & ~json_escapes(m->backslash, out);
    uint64_t inside = inside_of(quote) ^ out->inside;
    out->inside = (uint64_t)((int64_t)inside >> 63);
    out->quotes += (uint32_t)__builtin_popcountll(quote);
    out->backslash |= m->backslash != 0;
    if (m->control != 0) out->control |= (m->control & (inside | ~m->blank)) != 0;
    uint64_t op = m->op;
    if (lines) op |= m->newline;
    return op & ~inside;
}

#endif
