/* decode/json/json_index_avx2.c - 64 bytes a step, as two halves; see json_index_bits.h. */
#include "decode/json/json_index_bits.h"
#include <immintrin.h>
#include <string.h>

static inline uint64_t prefix_xor(uint64_t v) {
    __m128i p = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)v), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(p);
}

static inline uint64_t bits_of(__m256i a, __m256i b) {
    return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

static inline uint64_t equal(__m256i a, __m256i b, char to) {
    const __m256i k = _mm256_set1_epi8(to);
    return bits_of(_mm256_cmpeq_epi8(a, k), _mm256_cmpeq_epi8(b, k));
}

static inline json_masks masks_of(__m256i a, __m256i b) {
    const __m256i bit = _mm256_set1_epi8(0x20), top = _mm256_set1_epi8(0x1F);
    const __m256i low_a = _mm256_or_si256(a, bit), low_b = _mm256_or_si256(b, bit);
    json_masks m = {.quote = equal(a, b, '"'),
                    .backslash = equal(a, b, '\\'),
                    .newline = equal(a, b, '\n'),
                    .op = equal(low_a, low_b, '{') | equal(low_a, low_b, '}') | equal(a, b, ',')};
    m.control = bits_of(_mm256_cmpeq_epi8(_mm256_min_epu8(a, top), a),
                        _mm256_cmpeq_epi8(_mm256_min_epu8(b, top), b));
    if (m.control != 0) m.blank = m.newline | equal(a, b, '\r') | equal(a, b, '\t');
    return m;
}

/* Eight at a time: most steps have no more. */
static inline uint32_t *append(uint32_t *pos, uint64_t bits, uint32_t base) {
    uint32_t n = (uint32_t)_mm_popcnt_u64(bits);
    for (uint32_t done = 0; done < n; done += 8)
        for (uint32_t k = 0; k < 8; k++) {
            pos[done + k] = base + (uint32_t)_tzcnt_u64(bits);
            bits = _blsr_u64(bits);
        }
    return pos + n;
}

void lf_json_index_avx2(const uint8_t *text, uint32_t from, uint32_t to, bool lines, uint32_t *pos,
                        uint64_t *escapes, json_index *x) {
    uint32_t *end = pos + x->n;
    __m256i high = _mm256_setzero_si256();
    for (uint32_t i = from; i < to; i += 64) {
        uint8_t last[64];
        const uint8_t *p = text + i;
        if (to - i < 64) {
            memset(last, ' ', sizeof last);
            memcpy(last, p, to - i);
            p = last;
        }
        __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)p);
        __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(p + 32));
        json_masks m = masks_of(a, b);
        high = _mm256_or_si256(high, _mm256_or_si256(a, b));
        escapes[i >> 12] |= (uint64_t)(m.backslash != 0) << (i >> 6 & 63);
        end = append(end, json_resolve(&m, lines, prefix_xor, x), i);
    }
    x->n = (uint32_t)(end - pos);
    x->in_string = x->inside != 0;
    x->high |= _mm256_movemask_epi8(high) != 0;
}
