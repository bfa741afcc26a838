/* core/hash.c - a table hash and CRC-32.
 *
 * lf_hash64 folds 16 bytes a step with the 64 x 64 -> 128 bit product of two words that are
 * masked with odd constants: few instructions, and every input bit reaches every output bit.
 * CRC-32 runs over every page that is written, so it is folded with carry-less products where
 * the machine has them (hash_avx2.c) and is sliced eight bytes a step elsewhere. */
#include "core/hash.h"
#include "core/crc32_table.h"
#include "core/hash_simd.h"
#include <string.h>

#define K0 0x9E3779B97F4A7C15ull
#define K1 0xD6E8FEB86659FD93ull
#define K2 0xA0761D6478BD642Full

static inline uint64_t load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t load32(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static inline uint64_t mum(uint64_t a, uint64_t b) {
    __uint128_t m = (__uint128_t)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

uint64_t lf_hash64(const void *p, size_t n, uint64_t seed) {
    const uint8_t *s = p;
    uint64_t h = seed ^ K0, a, b;
    size_t left = n;
    for (; left > 16; left -= 16, s += 16) {
        h = mum(load64(s) ^ K1, load64(s + 8) ^ h);
    }
    if (left >= 8) {
        a = load64(s);
        b = load64(s + left - 8);
    } else if (left >= 4) {
        a = load32(s);
        b = load32(s + left - 4);
    } else if (left) {
        a = ((uint64_t)s[0] << 16) | ((uint64_t)s[left >> 1] << 8) | s[left - 1];
        b = 0;
    } else {
        a = b = 0;
    }
    return mum(K2 ^ n, mum(a ^ K1, b ^ h));
}

uint32_t lf_crc32_sliced(uint32_t state, const uint8_t *p, size_t n) {
    const uint32_t(*t)[256] = crc32_table;
    uint32_t c = state;
    for (; n >= 8; n -= 8, p += 8) {
        uint32_t lo =
            c ^ (p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24);
        c = t[7][lo & 255] ^ t[6][(lo >> 8) & 255] ^ t[5][(lo >> 16) & 255] ^ t[4][lo >> 24] ^
            t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
    }
    for (; n; n--) {
        c = (c >> 8) ^ t[0][(c ^ *p++) & 255];
    }
    return c;
}

uint32_t lf_crc32(uint32_t crc, const void *p, size_t n) {
    const uint8_t *s = p;
    uint32_t c = ~crc;
#if defined(__x86_64__)
    if (n >= LF_CRC32_FOLD_MIN && __builtin_cpu_supports("pclmul") &&
        __builtin_cpu_supports("avx2")) {
        size_t whole = n & ~(size_t)15;
        c = lf_crc32_folded(c, s, whole);
        s += whole;
        n -= whole;
    }
#endif
    return ~lf_crc32_sliced(c, s, n);
}
