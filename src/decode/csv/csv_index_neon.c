/* decode/csv/csv_index_neon.c - the index for NEON. As csv_index_avx2.c; masks of 64 bits come
 * from pairwise additions, the prefix xor from shifts, offsets from the table of set bits. */
#include "decode/csv/csv_index_bits.h"
#include "decode/csv/csv_index_quotes.h"
#include "decode/csv/csv_index_sets.h"
#include <arm_neon.h>

static inline uint64_t equal(const uint8x16_t v[4], uint8_t want) {
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t bit = vld1q_u8(weights), w = vdupq_n_u8(want);
    uint8x16_t a = vpaddq_u8(vandq_u8(vceqq_u8(v[0], w), bit), vandq_u8(vceqq_u8(v[1], w), bit));
    uint8x16_t b = vpaddq_u8(vandq_u8(vceqq_u8(v[2], w), bit), vandq_u8(vceqq_u8(v[3], w), bit));
    a = vpaddq_u8(a, b);
    a = vpaddq_u8(a, a);
    return vgetq_lane_u64(vreinterpretq_u64_u8(a), 0);
}

static inline masks compare(const csv_dialect *dia, const uint8x16_t v[4]) {
    return (masks){.delimiter = equal(v, dia->delimiter),
                   .newline = equal(v, '\n'),
                   .quote = dia->has_quote ? equal(v, dia->quote) : 0,
                   .cr = equal(v, '\r')};
}

static inline uint32_t *append(uint32_t *pos, uint64_t bits, uint32_t base) {
    for (int i = 0; i < 8; i++, bits >>= 8, base += 8) {
        uint16x8_t list = vmovl_u8(vcreate_u8(csv_index_bits[bits & 0xff]));
        uint32x4_t at = vdupq_n_u32(base);
        vst1q_u32(pos, vaddw_u16(at, vget_low_u16(list)));
        vst1q_u32(pos + 4, vaddw_u16(at, vget_high_u16(list)));
        pos += __builtin_popcount((unsigned)(bits & 0xff));
    }
    return pos;
}

static inline uint64_t inside_quotes(uint64_t quotes, uint64_t inside) {
    for (int shift = 1; shift < 64; shift *= 2)
        quotes ^= quotes << shift;
    return quotes ^ inside;
}

static void index_blocks(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                         uint32_t n_blocks, uint64_t keep) {
    uint32_t *pos = x->pos + x->n;
    uint64_t rows = 0, crs = 0, high = 0;
    carries c = carries_of(x);
    for (uint32_t i = 0; i < n_blocks; i++) {
        const uint8_t *b = p + (size_t)i * 64;
        const uint8x16_t v[4] = {vld1q_u8(b), vld1q_u8(b + 16), vld1q_u8(b + 32), vld1q_u8(b + 48)};
        const uint8x16_t sign[4] = {vshrq_n_u8(v[0], 7), vshrq_n_u8(v[1], 7), vshrq_n_u8(v[2], 7),
                                    vshrq_n_u8(v[3], 7)};
        masks m = compare(dia, v);
        m = (masks){m.delimiter & keep, m.newline & keep, m.quote & keep, m.cr & keep};
        high |= equal(sign, 1) & keep;
        crs |= m.cr;
        uint64_t ends = resolve_quotes(&c, &m, inside_quotes(m.quote, c.inside), keep);
        rows += (uint64_t)__builtin_popcountll(ends & m.newline);
        pos = append(pos, ends, base + i * 64);
    }
    keep_carries(x, &c);
    x->n = (uint32_t)(pos - x->pos);
    x->rows += (uint32_t)rows;
    x->cr |= crs != 0;
    x->high |= high != 0;
}

/* --- general dialects --- */

typedef struct chunk {
    uint8x16_t part[4];
} chunk;

static inline chunk load_chunk(const uint8_t *p) {
    return (chunk){{vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)}};
}

static inline uint64_t equal_mask(chunk v, uint8_t byte) {
    return equal(v.part, byte);
}

static inline uint64_t high_mask(chunk v) {
    const uint8x16_t sign[4] = {vshrq_n_u8(v.part[0], 7), vshrq_n_u8(v.part[1], 7),
                                vshrq_n_u8(v.part[2], 7), vshrq_n_u8(v.part[3], 7)};
    return equal(sign, 1);
}

static inline uint32_t *append_ends(uint32_t *pos, uint64_t bits, uint32_t base) {
    return append(pos, bits, base);
}

#include "decode/csv/csv_index_general.h"

static void index_neon(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                       uint32_t n_blocks) {
    index_blocks(x, dia, p, base, n_blocks, ~0ull);
}

static void index_tail_neon(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                            uint32_t n) {
    index_blocks(x, dia, p, base, 1, (1ull << n) - 1);
}

const csv_isa lf_csv_isa_neon = {
    .name = "neon",
    .index = index_neon,
    .index_tail = index_tail_neon,
    .general = index_general,
    .locate = lf_csv_locate_scalar,
    .unquote = lf_csv_unquote_scalar,
    .nonzero = lf_csv_nonzero_scalar,
    .count = lf_csv_count_scalar,
    .equal = lf_csv_equal_scalar,
};
