/* decode/json/json_index_avx512.c - 64 bytes a step; see json_index_bits.h. */
#include "decode/json/json_index_bits.h"
#include <immintrin.h>

static inline uint64_t prefix_xor(uint64_t v) {
    __m128i p = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)v), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(p);
}

static inline json_masks masks_of(__m512i v) {
    const __m512i low = _mm512_or_si512(v, _mm512_set1_epi8(0x20));
    json_masks m = {.quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')),
                    .backslash = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\\')),
                    .newline = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\n')),
                    .control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20))};
    m.op = _mm512_cmpeq_epi8_mask(low, _mm512_set1_epi8('{')) |
           _mm512_cmpeq_epi8_mask(low, _mm512_set1_epi8('}')) |
           _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(','));
    if (m.control != 0)
        m.blank = m.newline | _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\r')) |
                  _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('\t'));
    return m;
}

/* Appends base + the offsets of the bits; writes up to 64 entries. */
static inline uint32_t *append(uint32_t *pos, uint64_t bits, __m512i iota, __m512i base) {
    __m512i b = _mm512_maskz_compress_epi8(bits, iota);
    uint32_t n = (uint32_t)_mm_popcnt_u64(bits);
    _mm512_storeu_si512(pos,
                        _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(b))));
    if (__builtin_expect(n > 16, 0)) {
        __m128i p1 = _mm512_extracti32x4_epi32(b, 1), p2 = _mm512_extracti32x4_epi32(b, 2);
        __m128i p3 = _mm512_extracti32x4_epi32(b, 3);
        _mm512_storeu_si512(pos + 16, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(p1)));
        _mm512_storeu_si512(pos + 32, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(p2)));
        _mm512_storeu_si512(pos + 48, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(p3)));
    }
    return pos + n;
}

void lf_json_index_avx512(const uint8_t *text, uint32_t from, uint32_t to, bool lines,
                          uint32_t *pos, uint64_t *escapes, json_index *x) {
    uint8_t counts[64];
    uint32_t *end = pos + x->n;
    __m512i high = _mm512_setzero_si512(), at = _mm512_set1_epi32((int)from);
    for (int i = 0; i < 64; i++)
        counts[i] = (uint8_t)i;
    const __m512i iota = _mm512_loadu_si512(counts), step = _mm512_set1_epi32(64);
    for (uint32_t i = from; i < to; i += 64, at = _mm512_add_epi32(at, step)) {
        __m512i v = to - i >= 64 ? _mm512_loadu_si512(text + i)
                                 : _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '),
                                                          (1ull << (to - i)) - 1, text + i);
        json_masks m = masks_of(v);
        high = _mm512_or_si512(high, v);
        escapes[i >> 12] |= (uint64_t)(m.backslash != 0) << (i >> 6 & 63);
        end = append(end, json_resolve(&m, lines, prefix_xor, x), iota, at);
    }
    x->n = (uint32_t)(end - pos);
    x->in_string = x->inside != 0;
    x->high |= _mm512_movepi8_mask(high) != 0;
}
