/* Each decoder against bytes written by hand from the format's pages, against our encoder, in
 * pieces of any size, and against bytes that are cut or random. */
#include "format/parquet/pq_decode.h"
#include "format/parquet/pq_encode.h"
#include "format_parquet/pq_make.h"

#define MARGIN LF_OVERREAD_BYTES

static void packed_example_of_the_format_reads(void) {
    /* 0 to 7 in 3 bits, one group of 8; then 4 repeated 5 times */
    static const uint8_t bytes[] = {0x03, 0x88, 0xc6, 0xfa, 0x0a, 0x04};
    uint8_t *p = make_exact(bytes, sizeof bytes, MARGIN);
    lf_pq_rle d;
    uint32_t got[16];
    LF_CHECK(lf_pq_rle_init(&d, (lf_span){p, sizeof bytes}, 3));
    LF_CHECK_EQ_U64(lf_pq_rle_get(&d, got, 16), 13);
    for (uint32_t i = 0; i < 13; i++)
        LF_CHECK_EQ_U64(got[i], i < 8 ? i : 4);
    free(p);
}

static void deprecated_packed_levels_read_from_the_high_bit(void) {
    static const uint8_t bytes[] = {0x05, 0x39, 0x77, 0xee};
    uint8_t *p = make_exact(bytes, sizeof bytes, MARGIN);
    lf_span in = {p, sizeof bytes};
    lf_pq_levels d;
    uint16_t got[8];
    LF_CHECK(lf_pq_levels_init_v1(&d, LF_PQ_BIT_PACKED, 7, &in, 8));
    LF_CHECK_EQ_U64(in.len, 1);
    LF_CHECK(lf_pq_levels_get(&d, got, 8));
    for (uint32_t i = 0; i < 8; i++)
        LF_CHECK_EQ_U64(got[i], i);
    free(p);
}

/* Random codes with runs; `out` has room for n + 8. */
static void random_codes(uint64_t *state, uint16_t *out, uint32_t n, uint32_t width) {
    for (uint32_t i = 0; i < n;) {
        uint64_t r = make_random(state);
        uint32_t k = r % 3 == 0 ? (uint32_t)(r >> 8) % 200 + 1 : 1;
        uint16_t v = (uint16_t)(make_random(state) & ((1u << width) - 1));
        for (; k > 0 && i < n; k--)
            out[i++] = v;
    }
}

static void hybrid_of_every_width_comes_back_in_pieces(void) {
    enum { N = 5000 };
    static uint16_t codes[N + 8], copy[N + 8];
    static uint8_t bytes[N * 4];
    static uint32_t got[N];
    const lf_pq_kernels *k = lf_pq_kernels_get(LF_ISA_SCALAR);
    uint64_t state = 3;
    for (uint32_t width = 1; width <= 16; width++) {
        uint32_t used, done = 0;
        random_codes(&state, codes, N, width);
        memcpy(copy, codes, sizeof codes);
        size_t len = (size_t)(lf_pq_rle16(k, bytes, copy, N, width, true, &used) - bytes);
        uint8_t *p = make_exact(bytes, len, MARGIN);
        lf_pq_rle d;
        LF_CHECK(lf_pq_rle_init(&d, (lf_span){p, len}, width));
        while (done < N) {
            uint32_t n = (uint32_t)(make_random(&state) % 300) + 1;
            if (n > N - done) n = N - done;
            LF_REQUIRE(lf_pq_rle_get(&d, got + done, n) == n);
            done += n;
        }
        for (uint32_t i = 0; i < N; i++)
            if (!LF_CHECK_EQ_U64(got[i], codes[i])) break;
        free(p);
    }
}

static void levels_come_as_bits_as_they_come_one_by_one(void) {
    enum { N = 3000 };
    static uint64_t bits[N / 64 + 2], got[N / 64 + 2];
    static uint8_t bytes[N];
    static uint16_t one[N];
    uint64_t state = 5;
    for (uint32_t i = 0; i < N; i++)
        if ((i / 150) % 2 ? make_random(&state) % 4 > 0 : i % 1200 < 600)
            bits[i >> 6] |= 1ull << (i & 63);
    size_t len = (size_t)(lf_pq_rle_bits(bytes, bits, N) - bytes);
    uint8_t *p = make_exact(bytes, len, MARGIN);
    lf_pq_levels a, b;
    LF_CHECK(lf_pq_levels_init_v2(&a, 1, (lf_span){p, len}));
    b = a;
    LF_REQUIRE(lf_pq_levels_get(&b, one, N));
    for (uint32_t done = 0, n; done < N; done += n) {
        uint32_t ones, want = 0;
        n = N - done < 777 ? N - done : 777;
        LF_REQUIRE(lf_pq_levels_get_bits(&a, got, n, &ones));
        for (uint32_t i = 0; i < n; i++) {
            uint64_t bit = got[i >> 6] >> (i & 63) & 1;
            LF_CHECK_EQ_U64(bit, one[done + i]);
            LF_CHECK_EQ_U64(bit, bits[(done + i) >> 6] >> ((done + i) & 63) & 1);
            want += (uint32_t)bit;
        }
        LF_CHECK_EQ_U64(ones, want);
    }
    free(p);
}

/* ---- deltas ---- */

static size_t write_delta(uint8_t *out, const int64_t *v, uint32_t n) {
    const lf_pq_kernels *k = lf_pq_kernels_get(LF_ISA_SCALAR);
    uint8_t *p = lf_pq_delta_head(out, n, n > 0 ? v[0] : 0);
    uint32_t blocks = n > 1 ? (n - 1) / LF_PQ_DELTA_BLOCK : 0, at = 1 + blocks * LF_PQ_DELTA_BLOCK;
    if (n == 0) return (size_t)(p - out);
    if (blocks > 0) p = k->delta_blocks(p, v + 1, v[0], blocks);
    if (at < n) p = lf_pq_delta_tail(p, v + at, v[at - 1], n - at);
    return (size_t)(p - out);
}

static void deltas_come_back_in_pieces(void) {
    enum { N = 1000 };
    static int64_t v[N], got[N];
    static uint8_t bytes[N * 12 + 4096];
    uint64_t state = 11;
    for (uint32_t n = 0; n <= N; n = n < 10 ? n + 1 : n * 2 + 1) {
        for (uint32_t i = 0; i < n; i++) {
            uint64_t r = make_random(&state);
            v[i] = n % 2 ? (int64_t)r : (int64_t)(i * 10 + r % 7); /* also the widest */
        }
        if (n > 3) v[1] = INT64_MIN, v[2] = INT64_MAX;
        size_t len = write_delta(bytes, v, n);
        make_random(&state);
        memcpy(bytes + len, "rest", 4);
        uint8_t *p = make_exact(bytes, len + 4, MARGIN);
        lf_pq_delta d;
        LF_REQUIRE(lf_pq_delta_init(&d, (lf_span){p, len + 4}));
        lf_pq_delta walk = d;
        const uint8_t *rest;
        LF_CHECK(lf_pq_delta_finish(&walk, &rest));
        LF_CHECK_EQ_U64((uint64_t)(rest - p), len);
        for (uint32_t done = 0, k; done < n; done += k) {
            k = (uint32_t)(make_random(&state) % 90) + 1;
            if (k > n - done) k = n - done;
            LF_REQUIRE(lf_pq_delta_get(&d, got + done, k) == k);
        }
        for (uint32_t i = 0; i < n; i++)
            if (!LF_CHECK_EQ_I64(got[i], v[i])) break;
        LF_CHECK_EQ_U64(lf_pq_delta_get(&d, got, 1), 0);
        free(p);
    }
}

static void deltas_that_are_cut_come_out_short(void) {
    enum { N = 300 };
    int64_t v[N], got[N];
    static uint8_t bytes[N * 12 + 4096];
    for (uint32_t i = 0; i < N; i++)
        v[i] = (int64_t)i * i * 1000;
    size_t len = write_delta(bytes, v, N);
    for (size_t n = 0; n < len; n++) {
        uint8_t *p = make_exact(bytes, n, MARGIN);
        lf_pq_delta d;
        const uint8_t *rest;
        if (lf_pq_delta_init(&d, (lf_span){p, n})) {
            lf_pq_delta walk = d;
            LF_CHECK(lf_pq_delta_get(&d, got, N) <= N);
            (void)lf_pq_delta_finish(&walk, &rest);
        }
        free(p);
    }
}

/* ---- values ---- */

static void prefixes_are_put_before_suffixes_over_calls(void) {
    /* axis, axle, babble, babyhood, nothing */
    static const int64_t prefix[] = {0, 2, 0, 3, 0}, suffix[] = {4, 2, 6, 5, 0};
    static const char *const want[] = {"axis", "axle", "babble", "babyhood", ""};
    uint8_t bytes[256];
    size_t n = write_delta(bytes, prefix, 5);
    n += write_delta(bytes + n, suffix, 5);
    memcpy(bytes + n, "axislebabbleyhood", 17);
    n += 17;
    uint8_t *p = make_exact(bytes, n, MARGIN);
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, false);
    for (uint32_t piece = 1; piece <= 5; piece++) {
        lf_buf scratch, previous;
        lf_pq_values v;
        make_init(&scratch);
        make_init(&previous);
        LF_REQUIRE(lf_pq_values_init(&v, &e, LF_PQ_DELTA_BYTE_ARRAY, (lf_span){p, n}, 5, NULL,
                                     &scratch, &previous, NULL) == LF_OK);
        for (uint32_t done = 0; done < 5;) {
            uint32_t start[5], len[5], k = 5 - done < piece ? 5 - done : piece;
            const uint8_t *base;
            LF_CHECK_EQ_U64(lf_pq_values_fit(&v, k), k);
            LF_REQUIRE(lf_pq_values_get_views(&v, k, &base, start, len, NULL) == LF_OK);
            for (uint32_t i = 0; i < k; i++, done++) {
                LF_CHECK_EQ_U64(len[i], strlen(want[done]));
                LF_CHECK_MEM(base + start[i], want[done], len[i]);
            }
        }
        lf_buf_reset(&scratch);
        lf_buf_reset(&previous);
    }
    free(p);
}

static void values_made_of_prefixes_are_asked_for_in_parts(void) {
    /* one long value, which every other one repeats: a hundred bytes that mean gigabytes */
    enum { N = 4096, LONG = 300000 };
    static int64_t prefix[N], suffix[N];
    static uint8_t bytes[LONG + N * 4 + 8192];
    for (uint32_t i = 0; i < N; i++)
        prefix[i] = i > 0 ? LONG : 0, suffix[i] = i > 0 ? 0 : LONG;
    size_t n = write_delta(bytes, prefix, N);
    n += write_delta(bytes + n, suffix, N);
    memset(bytes + n, 'x', LONG);
    n += LONG;
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, false);
    lf_buf scratch, previous;
    lf_pq_values v;
    make_init(&scratch);
    make_init(&previous);
    uint8_t *p = make_exact(bytes, n, MARGIN);
    LF_REQUIRE(lf_pq_values_init(&v, &e, LF_PQ_DELTA_BYTE_ARRAY, (lf_span){p, n}, N, NULL, &scratch,
                                 &previous, NULL) == LF_OK);
    for (uint32_t done = 0; done < 50;) {
        static uint32_t start[N], len[N];
        const uint8_t *base;
        uint32_t k = lf_pq_values_fit(&v, N - done);
        LF_REQUIRE(k >= 1 && k <= LF_PQ_SCRATCH_BYTES / LONG + 1);
        LF_REQUIRE(lf_pq_values_get_views(&v, k, &base, start, len, NULL) == LF_OK);
        LF_CHECK_EQ_U64(len[k - 1], LONG);
        LF_CHECK(scratch.cap < 4 * LF_PQ_SCRATCH_BYTES);
        done += k;
    }
    lf_buf_reset(&scratch);
    lf_buf_reset(&previous);
    free(p);
}

static void split_streams_are_joined(void) {
    static const double want[] = {1.5, -2.25, 1e300, 0};
    uint8_t bytes[32];
    double got[4];
    for (uint32_t i = 0; i < 4; i++)
        for (uint32_t b = 0; b < 8; b++)
            bytes[b * 4 + i] = ((const uint8_t *)&want[i])[b];
    uint8_t *p = make_exact(bytes, 32, MARGIN);
    lf_pq_schema_element e = make_element(LF_PQ_DOUBLE, 0, false);
    lf_pq_values v;
    LF_REQUIRE(lf_pq_values_init(&v, &e, LF_PQ_BYTE_STREAM_SPLIT, (lf_span){p, 32}, 4, NULL, NULL,
                                 NULL, NULL) == LF_OK);
    LF_CHECK(lf_pq_values_get_fixed(&v, got, 1) && lf_pq_values_get_fixed(&v, got + 1, 3));
    for (int i = 0; i < 4; i++)
        LF_CHECK_EQ_F64(got[i], want[i]);
    LF_CHECK(!lf_pq_values_get_fixed(&v, got, 1));
    LF_CHECK(lf_pq_values_init(&v, &e, LF_PQ_BYTE_STREAM_SPLIT, (lf_span){p, 31}, 3, NULL, NULL,
                               NULL, NULL) == LF_ECORRUPT);
    free(p);
}

static void random_bytes_of_every_encoding_and_type_end(void) {
    static const int32_t encodings[] = {0, 2, 3, 4, 5, 6, 7, 8, 9, 77};
    static const uint32_t starts[] = {0, 1}, lens[] = {1, 3};
    uint64_t state = 17;
    for (int i = 0; i < 40000; i++) {
        uint8_t bytes[96];
        size_t n = make_random(&state) % sizeof bytes;
        for (size_t k = 0; k < n; k++)
            bytes[k] = make_random(&state) % 3 ? (uint8_t)(make_random(&state) % 9)
                                               : (uint8_t)make_random(&state);
        uint8_t *p = make_exact(bytes, n, MARGIN);
        int32_t type = (int32_t)(make_random(&state) % 8);
        uint8_t dict_bytes[96] = {0};
        lf_pq_dictionary dict = {.bytes = {dict_bytes, 24}, .n = 2, .start = starts, .len = lens};
        lf_pq_schema_element e = make_element(type, 5, false);
        lf_buf scratch, previous;
        lf_pq_values v;
        make_init(&scratch);
        make_init(&previous);
        uint32_t count = (uint32_t)(make_random(&state) % 60);
        if (lf_pq_values_init(&v, &e, encodings[i % 10], (lf_span){p, n}, count, &dict, &scratch,
                              &previous, NULL) == LF_OK) {
            uint8_t out[64 * 12];
            uint32_t start[64], len[64];
            const uint8_t *base;
            bool fixed = type != LF_PQ_BYTE_ARRAY && type != LF_PQ_FIXED;
            if (fixed) {
                (void)lf_pq_values_get_fixed(&v, out, count);
            } else if (lf_pq_values_get_views(&v, count, &base, start, len, NULL) == LF_OK) {
                uint32_t sum = 0; /* every byte of a view is there */
                for (uint32_t k = 0; k < count; k++)
                    for (uint32_t b = 0; b < len[k]; b++)
                        sum += base[start[k] + b];
                LF_CHECK(sum < UINT32_MAX);
            }
        }
        lf_buf_reset(&scratch);
        lf_buf_reset(&previous);
        free(p);
    }
}

int main(void) {
    LF_RUN(packed_example_of_the_format_reads);
    LF_RUN(deprecated_packed_levels_read_from_the_high_bit);
    LF_RUN(hybrid_of_every_width_comes_back_in_pieces);
    LF_RUN(levels_come_as_bits_as_they_come_one_by_one);
    LF_RUN(deltas_come_back_in_pieces);
    LF_RUN(deltas_that_are_cut_come_out_short);
    LF_RUN(prefixes_are_put_before_suffixes_over_calls);
    LF_RUN(values_made_of_prefixes_are_asked_for_in_parts);
    LF_RUN(split_streams_are_joined);
    LF_RUN(random_bytes_of_every_encoding_and_type_end);
    LF_TEST_MAIN_END;
}
