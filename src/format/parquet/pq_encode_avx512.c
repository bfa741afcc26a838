/* Encoding kernels for AVX-512: compress for nulls, PEXT for bits, the compiler's vectors else. */
#define PQ_PEXT    1
#define PQ_COMPACT 1
#include "format/parquet/pq_encode_impl.h"
#include "format/parquet/pq_encode_sets.h"

/* Whole vectors are stored: a compressing store to memory is slow on some processors. */
static uint32_t compact64(uint64_t *dst, const uint64_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        const uint32_t m = n - i < 64 ? n - i : 64;
        uint64_t w = pq_bits_at(valid, from + i, m);
        for (uint32_t j = 0; j < m; j += 8, w >>= 8) {
            const __mmask8 mask = (__mmask8)w;
            const __m512i x = _mm512_maskz_loadu_epi64(mask, src + i + j);
            _mm512_storeu_si512(dst + k, _mm512_maskz_compress_epi64(mask, x));
            k += (uint32_t)__builtin_popcount(mask);
        }
    }
    return k;
}

static uint32_t compact32(uint32_t *dst, const uint32_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        const uint32_t m = n - i < 64 ? n - i : 64;
        uint64_t w = pq_bits_at(valid, from + i, m);
        for (uint32_t j = 0; j < m; j += 16, w >>= 16) {
            const __mmask16 mask = (__mmask16)w;
            const __m512i x = _mm512_maskz_loadu_epi32(mask, src + i + j);
            _mm512_storeu_si512(dst + k, _mm512_maskz_compress_epi32(mask, x));
            k += (uint32_t)__builtin_popcount(mask);
        }
    }
    return k;
}

const lf_pq_kernels lf_pq_kernels_avx512 = PQ_KERNELS;
