/* What the encoders write, the decoders read, and every instruction set writes the same. */
#include "core/cpu.h"
#include "format/parquet/pq_decode.h"
#include "format/parquet/pq_encode.h"
#include "lf_test.h"
#include <stdlib.h>

#define N 5000

static uint64_t state = 88172645463325252ull;
static uint64_t rng(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static const lf_isa sets[] = {LF_ISA_SCALAR, LF_ISA_AVX2, LF_ISA_AVX512};

static bool available(lf_isa isa) {
    return isa == LF_ISA_SCALAR || (isa <= lf_isa_best() && lf_isa_best() != LF_ISA_NEON);
}

static void codes_of_every_width_come_back(void) {
    static uint16_t codes[N + 64], copy[N + 64];
    static uint32_t back[N];
    static uint8_t out[2][N * 3 + 4096];
    for (uint32_t width = 0; width <= 16; width++) {
        for (uint32_t shape = 0; shape < 4; shape++) {
            const uint32_t mask = (1u << width) - 1, n = N - (uint32_t)(rng() % 17);
            for (uint32_t i = 0; i < n; i++) {
                const uint32_t v = shape == 0   ? (uint32_t)rng()
                                   : shape == 1 ? i / 200
                                   : shape == 2 ? 3
                                                : (rng() % 100 ? 1u : (uint32_t)rng());
                codes[i] = (uint16_t)(v & mask);
            }
            size_t first = 0;
            for (size_t s = 0; s < 3; s++) {
                if (!available(sets[s])) continue;
                memcpy(copy, codes, sizeof copy);
                uint32_t used;
                const lf_pq_kernels *k = lf_pq_kernels_get(sets[s]);
                uint8_t *to = out[s > 0];
                const size_t bytes = (size_t)(lf_pq_rle16(k, to, copy, n, width, true, &used) - to);
                LF_CHECK_EQ_U64(used, n);
                LF_CHECK(bytes <= lf_pq_rle16_bound(n, width));
                if (s == 0) first = bytes;
                LF_CHECK_EQ_U64(bytes, first);
                LF_CHECK_MEM(to, out[0], bytes);
            }
            lf_pq_rle d;
            LF_CHECK(lf_pq_rle_init(&d, (lf_span){out[0], first}, width));
            LF_CHECK_EQ_U64(lf_pq_rle_get(&d, back, n), n);
            for (uint32_t i = 0; i < n; i++)
                if (back[i] != codes[i] && !LF_CHECK_EQ_U64(back[i], codes[i])) return;
        }
    }
}

static void bitmaps_of_levels_come_back(void) {
    static uint64_t bits[N / 64 + 2], back[N / 64 + 2];
    static uint8_t out[N];
    for (uint32_t round = 0; round < 200; round++) {
        const uint32_t n = 1 + (uint32_t)(rng() % N), shape = round % 7;
        uint32_t ones = 0;
        memset(bits, 0, sizeof bits);
        for (uint32_t i = 0; i < n; i++) {
            const bool one = shape == 0   ? rng() & 1
                             : shape == 1 ? true
                             : shape == 2 ? false
                             : shape == 3 ? i / 300 % 2 == 0
                             : shape == 4 ? rng() % 500 != 0
                             : shape == 5 ? rng() % 50 == 0
                                          : i / 8 % 11 < 6;
            bits[i >> 6] |= (uint64_t)one << (i & 63);
            ones += one;
        }
        const uint8_t *end = lf_pq_rle_bits(out, shape == 1 && round % 2 ? NULL : bits, n);
        LF_CHECK((size_t)(end - out) <= n / 8 + n / 64 + 32);
        lf_pq_levels d;
        uint32_t got;
        LF_CHECK(lf_pq_levels_init_v2(&d, 1, (lf_span){out, (size_t)(end - out)}));
        LF_CHECK(lf_pq_levels_get_bits(&d, back, n, &got));
        LF_CHECK_EQ_U64(got, ones);
        LF_CHECK_MEM(back, bits, (n + 63) / 64 * 8);
    }
}

static void wide_levels_come_back(void) {
    static uint8_t levels[N], out[N * 2 + 4096];
    static uint16_t back[N];
    for (uint32_t max = 1; max < 200; max = max * 2 + 1) {
        const uint32_t width = lf_pq_width_of(max);
        for (uint32_t i = 0; i < N; i++)
            levels[i] = (uint8_t)(rng() % 3 ? max : rng() % (max + 1));
        const uint8_t *end =
            lf_pq_rle_levels(lf_pq_kernels_get(LF_ISA_SCALAR), out, levels, N, width);
        lf_pq_levels d;
        LF_CHECK(lf_pq_levels_init_v2(&d, (uint16_t)max, (lf_span){out, (size_t)(end - out)}));
        LF_CHECK(lf_pq_levels_get(&d, back, N));
        for (uint32_t i = 0; i < N; i++)
            if (back[i] != levels[i] && !LF_CHECK_EQ_U64(back[i], levels[i])) return;
    }
}

static void deltas_of_every_width_come_back(void) {
    static int64_t v[N], back[N];
    static uint8_t out[2][N * 9 + 4096];
    for (uint32_t bits = 0; bits <= 64; bits++) {
        const uint32_t n = N - (uint32_t)(rng() % 300);
        int64_t at = (int64_t)rng();
        for (uint32_t i = 0; i < n; i++) {
            const uint64_t step = bits == 0 ? 7 : rng() >> (64 - bits);
            at = (int64_t)((uint64_t)at + step); /* wraps */
            v[i] = at;
        }
        if (bits == 64) v[10] = INT64_MIN, v[11] = INT64_MAX;
        size_t first = 0;
        for (size_t s = 0; s < 3; s++) {
            if (!available(sets[s])) continue;
            const lf_pq_kernels *k = lf_pq_kernels_get(sets[s]);
            const uint32_t blocks = (n - 1) / LF_PQ_DELTA_BLOCK;
            const uint32_t done = 1 + blocks * LF_PQ_DELTA_BLOCK;
            uint8_t *to = out[s > 0], *p = lf_pq_delta_head(to, n, v[0]);
            p = k->delta_blocks(p, v + 1, v[0], blocks);
            p = lf_pq_delta_tail(p, v + done, v[done - 1], n - done);
            if (s == 0) first = (size_t)(p - to);
            LF_CHECK_EQ_U64((size_t)(p - to), first);
            LF_CHECK_MEM(to, out[0], first);
        }
        lf_pq_delta d;
        LF_CHECK(lf_pq_delta_init(&d, (lf_span){out[0], first}));
        LF_CHECK_EQ_U64(lf_pq_delta_get(&d, back, n), n);
        for (uint32_t i = 0; i < n; i++)
            if (back[i] != v[i] && !LF_CHECK_EQ_I64(back[i], v[i])) return;
        const uint8_t *rest;
        LF_CHECK(lf_pq_delta_finish(&d, &rest) && rest == out[0] + first);
    }
}

static void lengths_come_back(void) {
    static uint32_t len[N];
    static int64_t back[N];
    static uint8_t out[N * 6 + 4096];
    static const uint32_t counts[] = {0, 1, 2, 128, 129, 1025, N};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        for (uint32_t i = 0; i < counts[c]; i++)
            len[i] = i % 97 == 0 ? UINT32_MAX / 2 : (uint32_t)(rng() % 40);
        const lf_pq_kernels *k = lf_pq_kernels_get(LF_ISA_SCALAR);
        const uint8_t *end = lf_pq_delta_lengths(k, out, len, counts[c]);
        LF_CHECK((size_t)(end - out) <= lf_pq_lengths_bound(counts[c]));
        lf_pq_delta d;
        LF_CHECK(lf_pq_delta_init(&d, (lf_span){out, (size_t)(end - out)}));
        LF_CHECK_EQ_U64(lf_pq_delta_get(&d, back, counts[c]), counts[c]);
        for (uint32_t i = 0; i < counts[c]; i++)
            if (back[i] != len[i] && !LF_CHECK_EQ_I64(back[i], len[i])) return;
    }
}

static void kernels_agree(void) {
    static uint64_t src[N + 16], valid[N / 64 + 2], out[2][N + 16];
    static uint32_t narrow[N + 32], out32[2][N + 32];
    static uint8_t split[2][8 * N + 64];
    for (uint32_t round = 0; round < 50; round++) {
        for (uint32_t i = 0; i < N; i++) {
            src[i] = rng();
            narrow[i] = (uint32_t)rng();
        }
        for (uint32_t i = 0; i <= N / 64; i++)
            valid[i] = round % 3 == 0 ? rng() & rng() : round % 3 == 1 ? rng() | rng() : UINT64_MAX;
        const uint32_t from = (uint32_t)(rng() % 200), n = (uint32_t)(rng() % (N - 200));
        uint32_t n64 = 0, n32 = 0;
        int64_t lo = 0, hi = 0;
        double dlo = 0, dhi = 0;
        for (size_t s = 0; s < 3; s++) {
            if (!available(sets[s])) continue;
            const lf_pq_kernels *k = lf_pq_kernels_get(sets[s]);
            const uint32_t a = k->compact64(out[s > 0], src + from, valid, from, n);
            const uint32_t b = k->compact32(out32[s > 0], narrow + from, valid, from, n);
            int64_t min = INT64_MAX, max = INT64_MIN;
            double dmin = INFINITY, dmax = -INFINITY;
            k->minmax_i64((const int64_t *)src + from, n, &min, &max);
            k->minmax_f64((const double *)src + from, n, &dmin, &dmax);
            k->split64(split[s > 0], n, src + from, n);
            if (s == 0) {
                n64 = a, n32 = b, lo = min, hi = max, dlo = dmin, dhi = dmax;
                continue;
            }
            LF_CHECK_EQ_U64(a, n64);
            LF_CHECK_EQ_U64(b, n32);
            LF_CHECK_MEM(out[1], out[0], a * 8);
            LF_CHECK_MEM(out32[1], out32[0], b * 4);
            LF_CHECK_MEM(split[1], split[0], 8 * (size_t)n);
            LF_CHECK_EQ_I64(min, lo);
            LF_CHECK_EQ_I64(max, hi);
            LF_CHECK(memcmp(&dmin, &dlo, 8) == 0 && memcmp(&dmax, &dhi, 8) == 0);
        }
    }
}

static void common_prefix_is_exact(void) {
    uint8_t a[96], b[96];
    for (uint32_t n = 0; n < 24; n++) {
        for (uint32_t same = 0; same <= n; same++) {
            memset(a, 'x', sizeof a);
            memset(b, 'x', sizeof b);
            b[same] = 'y';
            LF_CHECK_EQ_U64(lf_pq_common_prefix(a, b, n), same);
        }
        memset(b, 'x', sizeof b);
        LF_CHECK_EQ_U64(lf_pq_common_prefix(a, b, n), n);
    }
}

int main(void) {
    LF_RUN(codes_of_every_width_come_back);
    LF_RUN(bitmaps_of_levels_come_back);
    LF_RUN(wide_levels_come_back);
    LF_RUN(deltas_of_every_width_come_back);
    LF_RUN(lengths_come_back);
    LF_RUN(kernels_agree);
    LF_RUN(common_prefix_is_exact);
    LF_TEST_MAIN_END;
}
