/* format/parquet/pq_encode_impl.h - the body of one instruction set's kernels.
 *
 * Included once by pq_encode_scalar.c, pq_encode_avx2.c and pq_encode_avx512.c. The loops are plain
 * C that the compiler turns into the set's vectors; what it cannot find (PEXT, compress) is chosen
 * by PQ_PEXT and by PQ_COMPACT, which an includer defines when it brings its own.
 *
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_FORMAT_PARQUET_PQ_ENCODE_IMPL_H
#define LF_FORMAT_PARQUET_PQ_ENCODE_IMPL_H
#include "format/parquet/pq_encode.h"
#include <string.h>
#ifdef PQ_PEXT
#include <immintrin.h>
#endif

#define PQ_MINI (LF_PQ_DELTA_BLOCK / 4)

static inline uint64_t pq_load64(const void *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline void pq_store64(void *p, uint64_t v) {
    memcpy(p, &v, 8);
}

/* 64 validity bits from bit `at` on. Reads the next word only where bits of it are wanted. */
static inline uint64_t pq_bits_at(const uint64_t *valid, uint32_t at, uint32_t n) {
    const uint32_t shift = at & 63;
    uint64_t w = valid[at >> 6] >> shift;
    if (shift && n > 64 - shift) w |= valid[(at >> 6) + 1] << (64 - shift);
    return n < 64 ? w & ((1ull << n) - 1) : w;
}

#ifndef PQ_COMPACT
static uint32_t compact64(uint64_t *dst, const uint64_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        const uint32_t m = n - i < 64 ? n - i : 64;
        uint64_t w = pq_bits_at(valid, from + i, m);
        for (uint32_t j = 0; j < m; j++, w >>= 1) {
            dst[k] = src[i + j];
            k += w & 1;
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
        for (uint32_t j = 0; j < m; j++, w >>= 1) {
            dst[k] = src[i + j];
            k += w & 1;
        }
    }
    return k;
}
#endif

#define PQ_MINMAX(name, type)                                                                      \
    static void name(const type *v, uint32_t n, type *min, type *max) {                            \
        type lo = *min, hi = *max;                                                                 \
        for (uint32_t i = 0; i < n; i++) {                                                         \
            lo = v[i] < lo ? v[i] : lo;                                                            \
            hi = v[i] > hi ? v[i] : hi;                                                            \
        }                                                                                          \
        *min = lo;                                                                                 \
        *max = hi;                                                                                 \
    }
PQ_MINMAX(minmax_i64, int64_t)
PQ_MINMAX(minmax_u64, uint64_t)
PQ_MINMAX(minmax_i32, int32_t)

/* Lanes by hand: a compiler may not reorder comparisons of doubles. NaN never compares. */
static void minmax_f64(const double *v, uint32_t n, double *min, double *max) {
    double lo[8], hi[8];
    for (int j = 0; j < 8; j++) {
        lo[j] = *min;
        hi[j] = *max;
    }
    uint32_t i = 0;
    for (; i + 8 <= n; i += 8) {
        for (int j = 0; j < 8; j++) {
            lo[j] = v[i + j] < lo[j] ? v[i + j] : lo[j];
            hi[j] = v[i + j] > hi[j] ? v[i + j] : hi[j];
        }
    }
    for (; i < n; i++) {
        lo[0] = v[i] < lo[0] ? v[i] : lo[0];
        hi[0] = v[i] > hi[0] ? v[i] : hi[0];
    }
    for (int j = 0; j < 8; j++) {
        *min = lo[j] < *min ? lo[j] : *min;
        *max = hi[j] > *max ? hi[j] : *max;
    }
}

/* ---- bit packing: values go low bits first into little-endian words ---- */

typedef struct pq_bits {
    uint8_t *p;
    uint64_t acc;
    uint32_t fill;
} pq_bits;

static inline void pq_bits_add(pq_bits *b, uint64_t x, uint32_t width) {
    b->acc |= x << b->fill;
    b->fill += width;
    if (b->fill >= 64) {
        pq_store64(b->p, b->acc);
        b->p += 8;
        b->fill -= 64;
        b->acc = b->fill ? x >> (width - b->fill) : 0;
    }
}

static inline void pq_bits_end(const pq_bits *b) {
    if (b->fill) pq_store64(b->p, b->acc);
}

#ifdef PQ_PEXT
static void pack16(uint8_t *dst, const uint16_t *codes, uint32_t n, uint32_t width) {
    if (width == 16) {
        memcpy(dst, codes, (size_t)n * 2);
    } else if (width == 8) {
        for (uint32_t i = 0; i < n; i++) {
            dst[i] = (uint8_t)codes[i];
        }
    } else {
        const uint64_t mask = 0x0001000100010001ull * ((1ull << width) - 1);
        const uint32_t half = 4 * width; /* bits of four codes: under 64 */
        for (uint32_t i = 0; i < n; i += 8, dst += width) {
            uint64_t lo = _pext_u64(pq_load64(codes + i), mask);
            uint64_t hi = _pext_u64(pq_load64(codes + i + 4), mask);
            pq_store64(dst, lo | hi << half);
            if (width > 8) pq_store64(dst + 8, hi >> (64 - half));
        }
    }
}

static inline void pq_pack_mini(uint8_t *dst, const uint64_t *v, uint32_t width) {
    if (width <= 16) {
        uint16_t narrow[PQ_MINI];
        for (uint32_t i = 0; i < PQ_MINI; i++) {
            narrow[i] = (uint16_t)v[i];
        }
        pack16(dst, narrow, PQ_MINI, width);
        return;
    }
    pq_bits b = {dst, 0, 0};
    if (width <= 32) {
        for (uint32_t i = 0; i < PQ_MINI; i += 2) {
            pq_bits_add(&b, v[i] | v[i + 1] << width, 2 * width);
        }
    } else {
        for (uint32_t i = 0; i < PQ_MINI; i++) {
            pq_bits_add(&b, v[i], width);
        }
    }
    pq_bits_end(&b);
}
#else
static void pack16(uint8_t *dst, const uint16_t *codes, uint32_t n, uint32_t width) {
    for (uint32_t i = 0; i < n; i += 8, dst += width) {
        pq_bits b = {dst, 0, 0};
        for (uint32_t j = 0; j < 8; j++) {
            pq_bits_add(&b, codes[i + j], width);
        }
        pq_bits_end(&b);
    }
}

static inline void pq_pack_mini(uint8_t *dst, const uint64_t *v, uint32_t width) {
    pq_bits b = {dst, 0, 0};
    for (uint32_t i = 0; i < PQ_MINI; i++) {
        pq_bits_add(&b, v[i], width);
    }
    pq_bits_end(&b);
}
#endif

static inline uint8_t *pq_put_zigzag(uint8_t *dst, int64_t v) {
    uint64_t z = (uint64_t)v << 1 ^ (uint64_t)(v >> 63);
    while (z >= 0x80) {
        *dst++ = (uint8_t)(z | 0x80);
        z >>= 7;
    }
    *dst++ = (uint8_t)z;
    return dst;
}

static inline uint32_t pq_width64(uint64_t all) {
    return all ? 64u - (uint32_t)__builtin_clzll(all) : 0;
}

static uint8_t *delta_blocks(uint8_t *dst, const int64_t *v, int64_t prev, uint32_t n_blocks) {
    for (uint32_t b = 0; b < n_blocks; b++, v += LF_PQ_DELTA_BLOCK) {
        uint64_t d[LF_PQ_DELTA_BLOCK];
        d[0] = (uint64_t)v[0] - (uint64_t)prev; /* wraps, as readers' sums do */
        for (uint32_t i = 1; i < LF_PQ_DELTA_BLOCK; i++) {
            d[i] = (uint64_t)v[i] - (uint64_t)v[i - 1];
        }
        int64_t min = (int64_t)d[0];
        for (uint32_t i = 0; i < LF_PQ_DELTA_BLOCK; i++) {
            min = (int64_t)d[i] < min ? (int64_t)d[i] : min;
        }
        dst = pq_put_zigzag(dst, min);
        uint8_t *widths = dst;
        dst += 4;
        for (uint32_t m = 0; m < 4; m++) {
            uint64_t *x = d + m * PQ_MINI, all = 0;
            for (uint32_t i = 0; i < PQ_MINI; i++) {
                x[i] -= (uint64_t)min;
                all |= x[i];
            }
            const uint32_t width = pq_width64(all);
            widths[m] = (uint8_t)width;
            if (width) pq_pack_mini(dst, x, width);
            dst += width * (PQ_MINI / 8);
        }
        prev = v[LF_PQ_DELTA_BLOCK - 1];
    }
    return dst;
}

static inline bool pq_alike16(const uint16_t *codes) {
    const uint64_t first = codes[0] * 0x0001000100010001ull;
    return ((pq_load64(codes) ^ first) | (pq_load64(codes + 4) ^ first) |
            (pq_load64(codes + 8) ^ first) | (pq_load64(codes + 12) ^ first)) == 0;
}

static uint32_t run16(const uint16_t *codes, uint32_t n) {
    uint32_t i = 0;
    while (i + 16 <= n && codes[i] == codes[0] && pq_alike16(codes + i)) {
        i += 16;
    }
    return i;
}

static uint32_t find_run16(const uint16_t *codes, uint32_t n) {
    uint32_t i = 0;
    for (; i + 16 <= n; i += 16) {
        if (pq_alike16(codes + i)) return i;
    }
    return n;
}

static void split64(uint8_t *dst, size_t stride, const uint64_t *v, uint32_t n) {
    for (uint32_t b = 0; b < 8; b++) {
        uint8_t *out = dst + b * stride;
        const uint32_t shift = 8 * b;
        for (uint32_t i = 0; i < n; i++) {
            out[i] = (uint8_t)(v[i] >> shift);
        }
    }
}

#define PQ_KERNELS                                                                                 \
    {                                                                                              \
        .compact64 = compact64, .compact32 = compact32, .minmax_i64 = minmax_i64,                  \
        .minmax_u64 = minmax_u64, .minmax_i32 = minmax_i32, .minmax_f64 = minmax_f64,              \
        .pack16 = pack16, .delta_blocks = delta_blocks, .run16 = run16, .find_run16 = find_run16,  \
        .split64 = split64,                                                                        \
    }

#endif
