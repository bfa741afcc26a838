/* codec/snappy_encode.c - a snappy encoder without unpredictable branches.
 *
 * Text and numbers give a match every seven bytes or so. An encoder that asks "match here? how
 * long? which form of copy?" by branches guesses wrong once or twice a match, and that is most of
 * its time. Here one step of straight code does all of it:
 *
 *   probe    four positions at once: hash of four bytes, earlier position, equal or not. The first
 *            equal one wins; where none is, the step ends behind the four with nothing written.
 *   measure  up to 32 equal bytes by one comparison.
 *   write    16 bytes of literals, whatever their number, then four bytes of copy, in the short or
 *            the long form; only the output position knows how many of them count.
 *
 * What is rare leaves the line: more than 16 literals, a match of 32 bytes and more.
 *
 * A step is one chain of dependent loads, some 60 cycles long, during which most of the processor
 * idles. So two fragments (64 KB at most each, as offsets have 16 bits) go through the loop in
 * turn: two lanes that know nothing of each other. The second lane writes where the first cannot
 * reach, and moves up when both are done. Fragments of a block are of one size and even in number,
 * so that lanes end together.
 *
 * Where nothing matches, steps grow with the distance from the last match, as in other encoders:
 * a block that does not compress costs little more than its copy.
 *
 * Deterministic: loads are little endian by definition, the SSE2 and the portable comparison give
 * the same length, tables are cleared per fragment, and no decision looks at an address. */
#include "codec/snappy_encode.h"
#include <string.h>
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define FRAGMENT_MAX 65536u
#define PROBES       4u  /* positions looked at in a step */
#define SPAN         32u /* bytes compared in a step */
#define LITERALS     16u /* bytes of literals written in a step */
#define MARGIN       40u /* a step reads at most PROBES + SPAN bytes */
#define GROWTH_SHIFT 4   /* without matches a step skips 1/16 of the distance from the last one */
#define HASH_FACTOR  0x1e35a7bdu

#define INLINE static inline __attribute__((always_inline))

/* A fragment on its way. Positions count from in. */
typedef struct lane {
    const uint8_t *in;
    uint8_t *out;
    uint16_t *table;
    size_t at, literal; /* the next position; the first one that is not written */
    size_t fast_end, end;
    size_t n; /* bytes written */
} lane;

INLINE uint64_t load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

INLINE uint32_t load32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

INLINE void store32(uint8_t *p, uint32_t v) {
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    memcpy(p, &v, sizeof v);
}

/* How many of SPAN bytes are equal before the first that is not. */
INLINE uint32_t equal_span(const uint8_t *a, const uint8_t *b) {
#if defined(__SSE2__)
    const __m128i a0 = _mm_loadu_si128((const __m128i *)a);
    const __m128i a1 = _mm_loadu_si128((const __m128i *)(a + 16));
    const __m128i b0 = _mm_loadu_si128((const __m128i *)b);
    const __m128i b1 = _mm_loadu_si128((const __m128i *)(b + 16));
    const uint32_t equal = (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a0, b0)) |
                           (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(a1, b1)) << 16;
    return (uint32_t)__builtin_ctzll((uint64_t)~equal | 1ull << SPAN);
#else
    for (uint32_t i = 0; i < SPAN; i += 8) {
        const uint64_t x = load64(a + i) ^ load64(b + i);
        if (x) return i + ((uint32_t)__builtin_ctzll(x) >> 3);
    }
    return SPAN;
#endif
}

static size_t put_literals(uint8_t *out, const uint8_t *from, size_t n) {
    size_t head = 1;
    if (n <= 60) {
        out[0] = (uint8_t)((n - 1) << 2);
    } else if (n <= 256) {
        out[0] = 60 << 2;
        out[1] = (uint8_t)(n - 1);
        head = 2;
    } else {
        out[0] = 61 << 2;
        out[1] = (uint8_t)(n - 1);
        out[2] = (uint8_t)((n - 1) >> 8);
        head = 3;
    }
    memcpy(out + head, from, n);
    return head + n;
}

/* Writes a copy of 4..64 bytes: four bytes of room, of which two or three count. */
INLINE size_t put_copy(uint8_t *out, uint32_t offset, uint32_t len) {
    const uint32_t is_short = ((len - 12) & (offset - 2048)) >> 31; /* both below */
    const uint32_t longer = ((len - 1) << 2 | 2) | offset << 8;
    const uint32_t shorter = (1 | (len - 4) << 2 | (offset >> 8) << 5) | offset << 8;
    store32(out, longer ^ ((longer ^ shorter) & (0u - is_short)));
    return 3 - is_short;
}

typedef struct progress {
    size_t at, n;
} progress;

/* A step's rest off the line: any number of literals, then a match of any length. */
static __attribute__((noinline)) progress put_long(const lane *s, size_t at, size_t from) {
    const uint8_t *a = s->in + at, *b = s->in + from;
    const size_t max = s->end - at;
    size_t n = s->n, len = 4;
    if (at > s->literal) n += put_literals(s->out + n, s->in + s->literal, at - s->literal);
    uint64_t differ = 0;
    while (len + 8 <= max && (differ = load64(a + len) ^ load64(b + len)) == 0) {
        len += 8;
    }
    if (differ) {
        len += (size_t)__builtin_ctzll(differ) >> 3;
    } else {
        while (len < max && a[len] == b[len]) {
            len++;
        }
    }
    size_t left = len;
    while (left > 64) {
        const size_t part = left >= 68 ? 64 : 60; /* what remains is at least 4 */
        n += put_copy(s->out + n, (uint32_t)(at - from), (uint32_t)part);
        left -= part;
    }
    n += put_copy(s->out + n, (uint32_t)(at - from), (uint32_t)left);
    return (progress){at + len, n};
}

/* Reads MARGIN bytes from s->at. */
INLINE void step(lane *s) {
    const uint8_t *in = s->in;
    const uint64_t window = load64(in + s->at);
    uint64_t found = 0; /* earlier positions, 16 bits each */
    uint32_t equal = 0;
#pragma GCC unroll 4
    for (uint32_t i = 0; i < PROBES; i++) {
        const uint32_t bytes = (uint32_t)(window >> (8 * i));
        uint16_t *slot = &s->table[(bytes * HASH_FACTOR) >> (32 - LF_SNAPPY_HASH_BITS)];
        const uint64_t earlier = *slot;
        *slot = (uint16_t)(s->at + i);
        equal |= (uint32_t)(load32(in + earlier) == bytes) << i;
        found |= earlier << (16 * i);
    }
    /* Of four misses the last stands for all; `hit` keeps it from having an effect. */
    const size_t hit = 0 - (size_t)(equal != 0);
    const uint32_t first = (uint32_t)__builtin_ctz(equal | 1u << PROBES);
    const size_t at = s->at + first, from = (found >> ((16 * first) & 63)) & 0xffff;
    const uint32_t len = equal_span(in + at, in + from);
    const size_t n_literals = at - s->literal;
    if (__builtin_expect(((size_t)(n_literals > LITERALS) | len >> 5) & hit, 0)) {
        const lane now = *s;
        const progress p = put_long(&now, at, from);
        s->at = s->literal = p.at;
        s->n = p.n;
        return;
    }
    uint8_t *out = s->out + s->n;
    memcpy(out + 1, in + s->literal, LITERALS);
    out[0] = (uint8_t)((n_literals - 1) << 2);
    size_t n = n_literals + ((0 - n_literals) >> (8 * sizeof(size_t) - 1));
    n += put_copy(out + n, (uint32_t)(at - from), len);
    s->n += n & hit;
    s->at = at + (len & hit) + (n_literals >> GROWTH_SHIFT & ~hit);
    s->literal += (s->at - s->literal) & hit;
}

static void lane_begin(lane *s, uint16_t *table, const uint8_t *in, size_t len, uint8_t *out) {
    memset(table, 0, sizeof(uint16_t) << LF_SNAPPY_HASH_BITS);
    *s = (lane){.in = in, .out = out, .table = table, .at = 1, .end = len};
    s->fast_end = len > MARGIN ? len - MARGIN : 0;
}

static void lane_end(lane *s) {
    lane l = *s;
    while (l.at < l.fast_end) {
        step(&l);
    }
    if (l.literal < l.end) l.n += put_literals(l.out + l.n, l.in + l.literal, l.end - l.literal);
    *s = l;
}

static size_t encode_pair(lf_snappy_state *s, const uint8_t *in, size_t len_a, size_t len_b,
                          uint8_t *out) {
    lane a, b;
    lane_begin(&a, s->table[0], in, len_a, out);
    lane_begin(&b, s->table[1], in + len_a, len_b, out + len_a + len_a / 6);
    while (a.at < a.fast_end && b.at < b.fast_end) {
        step(&a);
        step(&b);
    }
    lane_end(&a);
    lane_end(&b);
    memmove(out + a.n, b.out, b.n);
    return a.n + b.n;
}

size_t lf_snappy_bound(size_t n) {
    return 32 + n + n / 6;
}

size_t lf_snappy_encode(lf_snappy_state *s, lf_span in, uint8_t *dst) {
    size_t n = 0;
    for (size_t left = in.len; left > 0 || n == 0; left >>= 7) {
        dst[n++] = (uint8_t)(left & 127) | (left > 127 ? 128 : 0);
    }
    if (in.len > 0 && in.len <= FRAGMENT_MAX) {
        lane a;
        lane_begin(&a, s->table[0], in.data, in.len, dst + n);
        lane_end(&a);
        return n + a.n;
    }
    const size_t n_pairs = (in.len + 2 * FRAGMENT_MAX - 1) / (2 * FRAGMENT_MAX);
    size_t at = 0;
    for (size_t i = 0; i < n_pairs; i++) {
        const size_t len = (in.len - at + (n_pairs - i) - 1) / (n_pairs - i);
        n += encode_pair(s, in.data + at, (len + 1) / 2, len / 2, dst + n);
        at += len;
    }
    return n;
}
