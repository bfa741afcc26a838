/* Encoding kernels for AVX2 with BMI2. */
#define PQ_PEXT    1
#define PQ_COMPACT 1
#include "format/parquet/pq_encode_impl.h"
#include "format/parquet/pq_encode_sets.h"

/* For each set of four lanes, the 32-bit lanes to take for the valid 64-bit ones, in order. */
static const uint32_t lanes4[16][8] = {
    {0, 0, 0, 0, 0, 0, 0, 0}, {0, 1, 0, 0, 0, 0, 0, 0}, {2, 3, 0, 0, 0, 0, 0, 0},
    {0, 1, 2, 3, 0, 0, 0, 0}, {4, 5, 0, 0, 0, 0, 0, 0}, {0, 1, 4, 5, 0, 0, 0, 0},
    {2, 3, 4, 5, 0, 0, 0, 0}, {0, 1, 2, 3, 4, 5, 0, 0}, {6, 7, 0, 0, 0, 0, 0, 0},
    {0, 1, 6, 7, 0, 0, 0, 0}, {2, 3, 6, 7, 0, 0, 0, 0}, {0, 1, 2, 3, 6, 7, 0, 0},
    {4, 5, 6, 7, 0, 0, 0, 0}, {0, 1, 4, 5, 6, 7, 0, 0}, {2, 3, 4, 5, 6, 7, 0, 0},
    {0, 1, 2, 3, 4, 5, 6, 7},
};

static uint32_t compact64(uint64_t *dst, const uint64_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        const uint32_t m = n - i < 64 ? n - i : 64;
        uint64_t w = pq_bits_at(valid, from + i, m);
        for (uint32_t j = 0; j < m; j += 4, w >>= 4) {
            const __m256i lanes = _mm256_loadu_si256((const __m256i *)lanes4[w & 15]);
            const __m256i x = _mm256_loadu_si256((const __m256i *)(src + i + j));
            _mm256_storeu_si256((__m256i *)(dst + k), _mm256_permutevar8x32_epi32(x, lanes));
            k += (uint32_t)__builtin_popcount((unsigned)(w & 15));
        }
    }
    return k;
}

/* Bytes of the lane numbers whose bit is set, drawn together by PEXT. */
static uint32_t compact32(uint32_t *dst, const uint32_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        const uint32_t m = n - i < 64 ? n - i : 64;
        uint64_t w = pq_bits_at(valid, from + i, m);
        for (uint32_t j = 0; j < m; j += 8, w >>= 8) {
            const uint64_t bytes = _pdep_u64(w & 0xff, 0x0101010101010101ull) * 0xff;
            const uint64_t picked = _pext_u64(0x0706050403020100ull, bytes);
            const __m256i lanes = _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((long long)picked));
            const __m256i x = _mm256_loadu_si256((const __m256i *)(src + i + j));
            _mm256_storeu_si256((__m256i *)(dst + k), _mm256_permutevar8x32_epi32(x, lanes));
            k += (uint32_t)__builtin_popcount((unsigned)(w & 0xff));
        }
    }
    return k;
}

const lf_pq_kernels lf_pq_kernels_avx2 = PQ_KERNELS;
