/* Cutting values into runs, blocks and headers. The kernels of the instruction sets are in
 * pq_encode_impl.h; what is here is the same for all of them.
 *
 * A repeated run is worth its header only where it saves bytes: it costs about six (its own
 * header and value, and the header of the literal run that goes on behind it). Runs are looked for
 * in steps of 16 codes, which one vector compares. */
#include "format/parquet/pq_encode.h"
#include "format/parquet/pq_encode_sets.h"
#include <string.h>

#define RUN_COST_BITS 48u

const lf_pq_kernels *lf_pq_kernels_get(lf_isa isa) {
#if defined(__x86_64__)
    if (isa == LF_ISA_AVX512) return &lf_pq_kernels_avx512;
    if (isa == LF_ISA_AVX2) return &lf_pq_kernels_avx2;
#endif
    (void)isa;
    return &lf_pq_kernels_scalar;
}

uint8_t *lf_pq_put_varint(uint8_t *dst, uint64_t v) {
    while (v >= 0x80) {
        *dst++ = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    *dst++ = (uint8_t)v;
    return dst;
}

uint8_t *lf_pq_rle_run(uint8_t *dst, uint32_t value, uint64_t n, uint32_t width) {
    dst = lf_pq_put_varint(dst, n << 1);
    for (uint32_t b = 0; b < width; b += 8) {
        *dst++ = (uint8_t)(value >> b);
    }
    return dst;
}

static uint8_t *put_literal(const lf_pq_kernels *k, uint8_t *dst, const uint16_t *codes, uint32_t n,
                            uint32_t width) {
    if (n == 0) return dst;
    dst = lf_pq_put_varint(dst, (uint64_t)(n / 8) << 1 | 1);
    k->pack16(dst, codes, n, width);
    return dst + (size_t)n / 8 * width;
}

uint8_t *lf_pq_rle16(const lf_pq_kernels *k, uint8_t *dst, uint16_t *codes, uint32_t n,
                     uint32_t width, bool last, uint32_t *used_out) {
    if (!last) n &= ~7u;
    *used_out = n;
    if (n == 0) return dst;
    if (width == 0) return lf_pq_rle_run(dst, 0, n, 0);
    const uint32_t run_min = (RUN_COST_BITS / width + 15) & ~15u;
    uint32_t literal = 0, i = 0;
    while (i < n) {
        i += k->find_run16(codes + i, n - i);
        if (i >= n) break;
        const uint32_t run = k->run16(codes + i, n - i);
        if (run < run_min) {
            i += run;
            continue;
        }
        dst = put_literal(k, dst, codes + literal, i - literal, width);
        dst = lf_pq_rle_run(dst, codes[i], run, width);
        i += run;
        literal = i;
    }
    const uint32_t rest = n - literal, whole = rest & ~7u;
    if (rest != whole) memset(codes + n, 0, (8 - (rest & 7)) * sizeof *codes);
    return put_literal(k, dst, codes + literal, (rest + 7) & ~7u, width);
}

/* ---- levels of flat columns: bits ----
 *
 * Here a literal run goes in bytes of eight levels. A repeated run costs two or three bytes and
 * the header of the literal run behind it, so that it pays from five bytes on. */
#define BIT_RUN_BYTES 5u

static uint64_t load_bytes(const uint8_t *p, uint32_t n) {
    uint64_t w = 0;
    memcpy(&w, p, n < 8 ? n : 8);
    return w;
}

/* One bit for each byte of w that is 0. */
static uint32_t zero_bytes(uint64_t w) {
    const uint64_t low = 0x7f7f7f7f7f7f7f7full;
    return (uint32_t)((~(((w & low) + low) | w | low) >> 7) * 0x0102040810204080ull >> 56);
}

/* Where among the eight bytes from p a repeated run starts; 8: at none of them. */
static uint32_t bit_run_start(const uint8_t *p, uint32_t n) {
    const uint64_t a = load_bytes(p, n), b = n > 8 ? load_bytes(p + 8, n - 8) : 0;
    const uint32_t within = n < 16 ? (1u << n) - 1 : 0xffff;
    uint32_t none = (zero_bytes(a) | zero_bytes(b) << 8) & within;
    uint32_t all = (zero_bytes(~a) | zero_bytes(~b) << 8) & within;
    none &= none >> 1 & none >> 2 & none >> 3 & none >> 4;
    all &= all >> 1 & all >> 2 & all >> 3 & all >> 4;
    const uint32_t at = none | all | 1u << 8;
    return (uint32_t)__builtin_ctz(at);
}

static uint32_t same_bytes(const uint8_t *p, uint32_t n) {
    const uint64_t all = p[0] ? UINT64_MAX : 0;
    uint32_t i = 0;
    while (i + 8 <= n && load_bytes(p + i, 8) == all) {
        i += 8;
    }
    while (i < n && p[i] == p[0]) {
        i++;
    }
    return i;
}

static uint8_t *put_bits(uint8_t *dst, const uint8_t *bits, uint32_t bytes) {
    if (bytes == 0) return dst;
    dst = lf_pq_put_varint(dst, (uint64_t)bytes << 1 | 1);
    memcpy(dst, bits, bytes);
    return dst + bytes;
}

uint8_t *lf_pq_rle_bits(uint8_t *dst, const uint64_t *bitmap, uint32_t n) {
    if (bitmap == NULL) return n ? lf_pq_rle_run(dst, 1, n, 1) : dst;
    const uint8_t *bits = (const uint8_t *)bitmap;
    const uint32_t whole = n / 8, rest = n & 7;
    const uint8_t rest_mask = (uint8_t)((1u << rest) - 1);
    uint32_t literal = 0, i = 0;
    while (i < whole) {
        const uint32_t start = bit_run_start(bits + i, whole - i);
        i += start;
        if (start == 8 || i >= whole) continue;
        const uint32_t run = same_bytes(bits + i, whole - i);
        uint32_t levels = run * 8;
        dst = put_bits(dst, bits + literal, i - literal);
        if (i + run == whole && rest && ((bits[whole] ^ bits[i]) & rest_mask) == 0) levels += rest;
        dst = lf_pq_rle_run(dst, bits[i] & 1, levels, 1);
        i += run;
        literal = i;
        if (levels > run * 8) return dst;
    }
    dst = put_bits(dst, bits + literal, whole + (rest ? 1 : 0) - literal);
    if (rest) dst[-1] &= rest_mask;
    return dst;
}

uint8_t *lf_pq_rle_levels(const lf_pq_kernels *k, uint8_t *dst, const uint8_t *levels, uint32_t n,
                          uint32_t width) {
    uint16_t wide[1024 + 8 + LF_PQ_SLACK / 2];
    for (uint32_t i = 0; i < n;) {
        const uint32_t m = n - i < 1024 ? n - i : 1024;
        for (uint32_t j = 0; j < m; j++) {
            wide[j] = levels[i + j];
        }
        uint32_t used;
        dst = lf_pq_rle16(k, dst, wide, m, width, true, &used);
        i += m;
    }
    return dst;
}

uint8_t *lf_pq_delta_head(uint8_t *dst, uint64_t count, int64_t first) {
    dst = lf_pq_put_varint(dst, LF_PQ_DELTA_BLOCK);
    dst = lf_pq_put_varint(dst, 4);
    dst = lf_pq_put_varint(dst, count);
    return lf_pq_put_varint(dst, (uint64_t)first << 1 ^ (uint64_t)(first >> 63));
}

/* Miniblocks behind the last value have width 0 and no bytes; the one it is in is padded. */
uint8_t *lf_pq_delta_tail(uint8_t *dst, const int64_t *v, int64_t prev, uint32_t n) {
    if (n == 0) return dst;
    uint64_t d[LF_PQ_DELTA_BLOCK];
    int64_t min = INT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        d[i] = (uint64_t)v[i] - (uint64_t)prev;
        prev = v[i];
        if ((int64_t)d[i] < min) min = (int64_t)d[i];
    }
    dst = lf_pq_put_varint(dst, (uint64_t)min << 1 ^ (uint64_t)(min >> 63));
    uint8_t *widths = dst;
    memset(widths, 0, 4);
    dst += 4;
    for (uint32_t m = 0; m * 32 < n; m++) {
        const uint32_t end = n < m * 32 + 32 ? n : m * 32 + 32;
        uint64_t all = 0;
        for (uint32_t i = m * 32; i < end; i++) {
            d[i] -= (uint64_t)min;
            all |= d[i];
        }
        const uint32_t width = all ? 64u - (uint32_t)__builtin_clzll(all) : 0;
        widths[m] = (uint8_t)width;
        memset(dst, 0, (size_t)width * 4);
        for (uint32_t i = m * 32, bit = 0; i < end; i++, bit += width) {
            for (uint32_t b = 0; b < width; b++) {
                dst[(bit + b) >> 3] |= (uint8_t)((d[i] >> b & 1) << ((bit + b) & 7));
            }
        }
        dst += (size_t)width * 4;
    }
    return dst;
}

uint8_t *lf_pq_delta_lengths(const lf_pq_kernels *k, uint8_t *dst, const uint32_t *len,
                             uint32_t n) {
    dst = lf_pq_delta_head(dst, n, n ? (int64_t)len[0] : 0);
    int64_t wide[8 * LF_PQ_DELTA_BLOCK], prev = n ? (int64_t)len[0] : 0;
    for (uint32_t i = 1; i < n;) {
        const uint32_t m = n - i < 8 * LF_PQ_DELTA_BLOCK ? n - i : 8 * LF_PQ_DELTA_BLOCK;
        for (uint32_t j = 0; j < m; j++) {
            wide[j] = (int64_t)len[i + j];
        }
        const uint32_t blocks = m / LF_PQ_DELTA_BLOCK, rest = m % LF_PQ_DELTA_BLOCK;
        dst = k->delta_blocks(dst, wide, prev, blocks);
        if (blocks) prev = wide[blocks * LF_PQ_DELTA_BLOCK - 1];
        if (rest) {
            dst = lf_pq_delta_tail(dst, wide + blocks * LF_PQ_DELTA_BLOCK, prev, rest);
            prev = wide[m - 1];
        }
        i += m;
    }
    return dst;
}

uint32_t lf_pq_common_prefix(const uint8_t *a, const uint8_t *b, uint32_t n) {
    for (uint32_t i = 0; i < n; i += 8) {
        uint64_t x, y;
        memcpy(&x, a + i, 8);
        memcpy(&y, b + i, 8);
        if (x != y) {
            const uint32_t same = i + (uint32_t)__builtin_ctzll(x ^ y) / 8;
            return same < n ? same : n;
        }
    }
    return n;
}
