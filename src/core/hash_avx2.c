/* core/hash_avx2.c - CRC-32 by folding (Gopal et al., "Fast CRC Computation for Generic
 * Polynomials Using PCLMULQDQ", 2009), reflected form.
 *
 * Four 128-bit lanes run over the text; folding a lane forward by d bits multiplies its halves by
 * x^(d+32) and x^(d-32) modulo P (bit-reflected, one bit shifted) and adds what stands there:
 *
 *     lane = [ hi : lo ]      next = clmul(lo, x^(d+32)) ^ clmul(hi, x^(d-32)) ^ text
 *
 * The four lanes then fold into one. The last 128 bits are congruent to the text so far, so they
 * are simply fed through the table as 16 bytes with state 0: no Barrett reduction is needed. */
#if defined(__x86_64__)
#include "core/hash_simd.h"
#include <immintrin.h>

static inline __m128i fold(__m128i lane, __m128i k, __m128i text) {
    __m128i lo = _mm_clmulepi64_si128(lane, k, 0x00);
    __m128i hi = _mm_clmulepi64_si128(lane, k, 0x11);
    return _mm_xor_si128(_mm_xor_si128(lo, hi), text);
}

static inline __m128i load(const uint8_t *p) {
    return _mm_loadu_si128((const __m128i *)p);
}

uint32_t lf_crc32_folded(uint32_t state, const uint8_t *p, size_t n) {
    const __m128i k512 = _mm_set_epi64x(0x01c6e41596, 0x0154442bd4); /* d = 512 */
    const __m128i k128 = _mm_set_epi64x(0x00ccaa009e, 0x01751997d0); /* d = 128 */
    __m128i a = _mm_xor_si128(load(p), _mm_cvtsi32_si128((int)state));
    __m128i b = load(p + 16), c = load(p + 32), d = load(p + 48);
    for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
        a = fold(a, k512, load(p));
        b = fold(b, k512, load(p + 16));
        c = fold(c, k512, load(p + 32));
        d = fold(d, k512, load(p + 48));
    }
    a = fold(a, k128, b);
    a = fold(a, k128, c);
    a = fold(a, k128, d);
    for (; n >= 16; p += 16, n -= 16) {
        a = fold(a, k128, load(p));
    }
    uint8_t rest[16];
    _mm_storeu_si128((__m128i *)rest, a);
    return lf_crc32_sliced(0, rest, sizeof rest);
}
#else
typedef int lf_hash_avx2_unused;
#endif
