/* codec/snappy_encode.c - a snappy encoder without unpredictable branches.
 *
 * Text and numbers give a match every seven bytes or so. An encoder that asks "match here? how
 * long? which form of copy?" by branches guesses wrong once or twice a match, and that is most of
 * its time. Here one step of straight code does all of it:
 *
 *   probe    four positions at once: hash of four bytes, earlier position, equal or not. The first
 *            equal one wins.
 *   measure  up to 15 equal bytes by one comparison.
 *   write    16 bytes of literals, whatever their number, then four bytes of copy, in the short or
 *            the long form; only the output position knows how many of them count.
 *
 * What is rare leaves the line: no match at four positions, more than 16 literals, a match of 16
 * bytes and more. In text that is one step in fifty.
 *
 * A step is one chain of dependent loads, some 60 cycles long, during which most of the processor
 * idles. So two fragments (64 KB at most each, as offsets have 16 bits) go through the loop in
 * turn: two lanes that know nothing of each other. The second lane writes where the first cannot
 * reach, and moves up when both are done. Fragments of a block are of one size and even in number,
 * so that lanes end together. Three lanes are slower: their variables no longer fit registers.
 *
 * Tried and not kept, on comment text: hashes of five or six bytes (fewer and longer matches, but
 * more steps that find none); tables of 2^11 (4 % larger, hardly faster) or 2^13 (2 % smaller, some
 * 5 % slower); a tag beside each position, so that only one candidate is loaded (14 % slower: it
 * is instructions that count, the second cache is near enough); three positions (half the speed on
 * prices, where the next value's match is then missed).
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

/* gcc would pair the lane's counters in vector registers, which costs a tenth of the speed. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("no-tree-vectorize")
#endif

#define FRAGMENT_MAX 65536u
#define PROBES       4u  /* positions looked at in a step */
#define SPAN         16u /* bytes compared in a step */
#define LITERALS     16u /* bytes of literals written in a step */
#define MARGIN       24u /* a step reads at most PROBES + SPAN bytes */
#define GROWTH_SHIFT 4   /* without matches a step skips 1/16 of the distance from the last one */
#define HASH_FACTOR  0x1e35a7bdu

#define INLINE static inline __attribute__((always_inline))

/* A fragment on its way. Positions count from in. */
typedef struct lane {
    const uint8_t *in;
    uint8_t *out; /* where the next byte goes */
    uint16_t *table;
    size_t at, literal; /* the next position; the first one that is not written */
    size_t fast_end, end;
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
    const __m128i x = _mm_loadu_si128((const __m128i *)a), y = _mm_loadu_si128((const __m128i *)b);
    return (uint32_t)__builtin_ctz(~(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(x, y)));
#else
    const uint64_t x = load64(a) ^ load64(b), y = load64(a + 8) ^ load64(b + 8);
    if (x) return (uint32_t)__builtin_ctzll(x) >> 3;
    return y ? 8 + ((uint32_t)__builtin_ctzll(y) >> 3) : SPAN;
#endif
}

/* a == b ? yes : no without a branch, which compilers will not promise. */
INLINE uint32_t choose_if_equal(uint32_t a, uint32_t b, uint32_t yes, uint32_t no) {
#if defined(__x86_64__)
    __asm__("cmpl %1, %2\n\tcmovel %3, %0" : "+r"(no) : "r"(a), "r"(b), "r"(yes) : "cc");
    return no;
#else
    return a == b ? yes : no;
#endif
}

static uint8_t *put_literals(uint8_t *out, const uint8_t *from, size_t n) {
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
    return out + head + n;
}

/* Writes a copy of 4..64 bytes: four bytes of room, of which two or three count. */
INLINE uint8_t *put_copy(uint8_t *out, uint32_t offset, uint32_t len) {
    const uint32_t is_short = ((len - 12) & (offset - 2048)) >> 31; /* both below */
    const uint32_t shorten = (offset >> 3 & 0xE0) - 13; /* what the short form's tag adds */
    store32(out, (offset << 8) + 4 * len - 2 + (shorten & (0u - is_short)));
    return out + 3 - is_short;
}

typedef struct progress {
    size_t at;
    uint8_t *out;
} progress;

/* A step's rest off the line: any number of literals, then a match of any length. */
static __attribute__((noinline)) progress put_long(const lane *s, size_t at, size_t from) {
    const uint8_t *a = s->in + at, *b = s->in + from;
    const size_t max = s->end - at;
    const uint32_t offset = (uint32_t)(at - from);
    uint8_t *out = s->out;
    if (at > s->literal) out = put_literals(out, s->in + s->literal, at - s->literal);
    size_t len = 4;
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
        out = put_copy(out, offset, (uint32_t)part);
        left -= part;
    }
    return (progress){at + len, put_copy(out, offset, (uint32_t)left)};
}

/* Reads at most MARGIN bytes from s->at. */
INLINE void step(lane *s) {
    const uint8_t *in = s->in;
    const uint64_t window = load64(in + s->at);
    uint32_t hash[PROBES], best = PROBES << 16; /* which probe, and the earlier position */
#pragma GCC unroll 4
    for (uint32_t i = PROBES; i-- > 0;) {
        const uint32_t bytes = (uint32_t)(window >> (8 * i));
        hash[i] = (bytes * HASH_FACTOR) >> (32 - LF_SNAPPY_HASH_BITS);
        const uint32_t earlier = s->table[hash[i]], probe = earlier | i << 16;
        best = choose_if_equal(load32(in + earlier), bytes, probe, best);
    }
#pragma GCC unroll 4
    for (uint32_t i = 0; i < PROBES; i++) {
        s->table[hash[i]] = (uint16_t)(s->at + i);
    }
    const size_t at = s->at + (best >> 16), from = best & 0xffff, n = at - s->literal;
    const uint32_t len = equal_span(in + at, in + from);
    if (__builtin_expect((best >> 16 >= PROBES) | (n > LITERALS) | (len / SPAN), 0)) {
        if (best >> 16 >= PROBES) {
            s->at = at + (n >> GROWTH_SHIFT);
            return;
        }
        const lane now = *s;
        const progress p = put_long(&now, at, from);
        s->at = s->literal = p.at;
        s->out = p.out;
        return;
    }
    uint8_t *out = s->out;
    memcpy(out + 1, in + s->literal, LITERALS);
    out[0] = (uint8_t)(4 * (n - 1));
    out += n + (n != 0);
    s->out = put_copy(out, (uint32_t)(at - from), len);
    s->at = s->literal = at + len;
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
    if (l.literal < l.end) l.out = put_literals(l.out, l.in + l.literal, l.end - l.literal);
    *s = l;
}

static uint8_t *encode_pair(lf_snappy_state *s, const uint8_t *in, size_t len_a, size_t len_b,
                            uint8_t *out) {
    lane a, b;
    uint8_t *out_b = out + len_a + len_a / 6;
    lane_begin(&a, s->table[0], in, len_a, out);
    lane_begin(&b, s->table[1], in + len_a, len_b, out_b);
    while (a.at < a.fast_end && b.at < b.fast_end) {
        step(&a);
        step(&b);
    }
    lane_end(&a);
    lane_end(&b);
    const size_t n_b = (size_t)(b.out - out_b);
    memmove(a.out, out_b, n_b);
    return a.out + n_b;
}

size_t lf_snappy_bound(size_t n) {
    return 32 + n + n / 6;
}

size_t lf_snappy_encode(lf_snappy_state *s, lf_span in, uint8_t *dst) {
    uint8_t *out = dst;
    for (size_t left = in.len; left > 0 || out == dst; left >>= 7) {
        *out++ = (uint8_t)((left & 127) | (left > 127 ? 128 : 0));
    }
    if (in.len > 0 && in.len <= FRAGMENT_MAX) {
        lane a;
        lane_begin(&a, s->table[0], in.data, in.len, out);
        lane_end(&a);
        return (size_t)(a.out - dst);
    }
    const size_t n_pairs = (in.len + 2 * FRAGMENT_MAX - 1) / (2 * FRAGMENT_MAX);
    size_t at = 0;
    for (size_t i = 0; i < n_pairs; i++) {
        const size_t len = (in.len - at + (n_pairs - i) - 1) / (n_pairs - i);
        out = encode_pair(s, in.data + at, (len + 1) / 2, len / 2, out);
        at += len;
    }
    return (size_t)(out - dst);
}
