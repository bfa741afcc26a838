/* decode/json/json_index_neon.c - 64 bytes a step, as four quarters; see json_index_bits.h. */
#include "decode/json/json_index_bits.h"
#include <arm_neon.h>
#include <string.h>

static inline uint64_t prefix_xor(uint64_t v) {
    for (uint32_t s = 1; s < 64; s *= 2)
        v ^= v << s;
    return v;
}

/* One bit a byte of four compares. */
static inline uint64_t bits_of(uint8x16_t a, uint8x16_t b, uint8x16_t c, uint8x16_t d) {
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t w = vld1q_u8(weights);
    uint8x16_t ab = vpaddq_u8(vandq_u8(a, w), vandq_u8(b, w));
    uint8x16_t cd = vpaddq_u8(vandq_u8(c, w), vandq_u8(d, w));
    uint8x16_t all = vpaddq_u8(ab, cd);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

static inline uint64_t equal(const uint8x16_t v[4], uint8_t to) {
    const uint8x16_t k = vdupq_n_u8(to);
    return bits_of(vceqq_u8(v[0], k), vceqq_u8(v[1], k), vceqq_u8(v[2], k), vceqq_u8(v[3], k));
}

static inline json_masks masks_of(const uint8x16_t v[4]) {
    const uint8x16_t bit = vdupq_n_u8(0x20);
    const uint8x16_t low[4] = {vorrq_u8(v[0], bit), vorrq_u8(v[1], bit), vorrq_u8(v[2], bit),
                               vorrq_u8(v[3], bit)};
    json_masks m = {.quote = equal(v, '"'),
                    .backslash = equal(v, '\\'),
                    .newline = equal(v, '\n'),
                    .op = equal(low, '{') | equal(low, '}') | equal(v, ',')};
    m.control =
        bits_of(vcltq_u8(v[0], bit), vcltq_u8(v[1], bit), vcltq_u8(v[2], bit), vcltq_u8(v[3], bit));
    if (m.control != 0) m.blank = m.newline | equal(v, '\r') | equal(v, '\t');
    return m;
}

void lf_json_index_neon(const uint8_t *text, uint32_t from, uint32_t to, bool lines, uint32_t *pos,
                        uint64_t *escapes, json_index *x) {
    uint8x16_t high = vdupq_n_u8(0);
    for (uint32_t i = from; i < to; i += 64) {
        uint8_t last[64];
        const uint8_t *p = text + i;
        if (to - i < 64) {
            memset(last, ' ', sizeof last);
            memcpy(last, p, to - i);
            p = last;
        }
        const uint8x16_t v[4] = {vld1q_u8(p), vld1q_u8(p + 16), vld1q_u8(p + 32), vld1q_u8(p + 48)};
        json_masks m = masks_of(v);
        high = vorrq_u8(high, vorrq_u8(vorrq_u8(v[0], v[1]), vorrq_u8(v[2], v[3])));
        escapes[i >> 12] |= (uint64_t)(m.backslash != 0) << (i >> 6 & 63);
        uint64_t bits = json_resolve(&m, lines, prefix_xor, x);
        for (; bits != 0; bits &= bits - 1)
            pos[x->n++] = i + (uint32_t)__builtin_ctzll(bits);
    }
    x->in_string = x->inside != 0;
    x->high |= vmaxvq_u8(high) >= 0x80;
}
