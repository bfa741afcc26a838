/* format/parquet/pq_encode.h - Parquet's encodings, written a few thousand values at a time.
 *
 * lf_pq_kernels holds what is worth an instruction set of its own; every set gives the same
 * bytes. The other functions cut values into what a page holds. Destinations need the room that
 * is stated plus LF_PQ_SLACK, which kernels may overwrite; sources may be read LF_PQ_SLACK past
 * their end.
 *
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_FORMAT_PARQUET_PQ_ENCODE_H
#define LF_FORMAT_PARQUET_PQ_ENCODE_H
#include "core/cpu.h"
#include "core/span.h"

#define LF_PQ_SLACK       64u
#define LF_PQ_DELTA_BLOCK 128u /* values of a DELTA_BINARY_PACKED block, in 4 miniblocks */
#define LF_PQ_DELTA_BLOCK_BYTES_MAX                                                                \
    (10u + 4u + LF_PQ_DELTA_BLOCK * 8u) /* of one block; of the tail too */

typedef struct lf_pq_kernels {
    /* Copies those of src[0..n) whose bit (from bit `from` of `valid` on) is set; how many. */
    uint32_t (*compact64)(uint64_t *dst, const uint64_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n);
    uint32_t (*compact32)(uint32_t *dst, const uint32_t *src, const uint64_t *valid, uint32_t from,
                          uint32_t n);
    /* Fold n values into *min and *max. Doubles: NaN is left out. */
    void (*minmax_i64)(const int64_t *v, uint32_t n, int64_t *min, int64_t *max);
    void (*minmax_u64)(const uint64_t *v, uint32_t n, uint64_t *min, uint64_t *max);
    void (*minmax_i32)(const int32_t *v, uint32_t n, int32_t *min, int32_t *max);
    void (*minmax_f64)(const double *v, uint32_t n, double *min, double *max);
    /* n (a multiple of 8) codes of `width` bits, 1..16, into n * width / 8 bytes. */
    void (*pack16)(uint8_t *dst, const uint16_t *codes, uint32_t n, uint32_t width);
    /* n_blocks whole DELTA_BINARY_PACKED blocks; `prev` is the value before v[0]. The end. */
    uint8_t *(*delta_blocks)(uint8_t *dst, const int64_t *v, int64_t prev, uint32_t n_blocks);
    /* How many of the n codes, from the first on and in steps of 16, are like codes[0]. */
    uint32_t (*run16)(const uint16_t *codes, uint32_t n);
    /* First multiple of 16 below n whose 16 codes are all alike; n if there is none. */
    uint32_t (*find_run16)(const uint16_t *codes, uint32_t n);
    /* Streams of byte k of each value: dst[k * stride + i]. */
    void (*split64)(uint8_t *dst, size_t stride, const uint64_t *v, uint32_t n);
} lf_pq_kernels;

const lf_pq_kernels *lf_pq_kernels_get(lf_isa isa); /* static; scalar where a set is missing */

uint8_t *lf_pq_put_varint(uint8_t *dst, uint64_t v); /* at most 10 bytes */
static inline uint32_t lf_pq_width_of(uint32_t max_code) {
    return max_code ? 32u - (uint32_t)__builtin_clz(max_code) : 0;
}

/* ---- RLE / bit-packed hybrid ---- */
/* Room for n codes of `width` bits: */
static inline size_t lf_pq_rle16_bound(uint32_t n, uint32_t width) {
    return ((size_t)n + 7) / 8 * (width + 1) + 64;
}
/* Encodes codes; with `last` all of them (the final literal group is padded with zeros), else a
 * multiple of 8, and the caller keeps the rest. codes needs room for 8 more. Returns the end. */
uint8_t *lf_pq_rle16(const lf_pq_kernels *k, uint8_t *dst, uint16_t *codes, uint32_t n,
                     uint32_t width, bool last, uint32_t *used_out);
/* One value n times over (also the whole of a page of width 0). */
uint8_t *lf_pq_rle_run(uint8_t *dst, uint32_t value, uint64_t n, uint32_t width);
/* Levels of one bit. bitmap NULL: all ones. Room: n / 8 + n / 64 + 32. */
uint8_t *lf_pq_rle_bits(uint8_t *dst, const uint64_t *bitmap, uint32_t n);
/* Levels of more bits. Room: lf_pq_rle16_bound. */
uint8_t *lf_pq_rle_levels(const lf_pq_kernels *k, uint8_t *dst, const uint8_t *levels, uint32_t n,
                          uint32_t width);

/* ---- DELTA_BINARY_PACKED ---- */
/* Block size, miniblocks, count, first value. Room: 32. */
uint8_t *lf_pq_delta_head(uint8_t *dst, uint64_t count, int64_t first);
/* The last n < LF_PQ_DELTA_BLOCK values. */
uint8_t *lf_pq_delta_tail(uint8_t *dst, const int64_t *v, int64_t prev, uint32_t n);
/* A whole stream of 32-bit lengths. Room: lf_pq_lengths_bound(n). */
uint8_t *lf_pq_delta_lengths(const lf_pq_kernels *k, uint8_t *dst, const uint32_t *len, uint32_t n);
static inline size_t lf_pq_lengths_bound(uint32_t n) {
    return 32 + ((size_t)n / LF_PQ_DELTA_BLOCK + 1) * (10 + 4 + LF_PQ_DELTA_BLOCK * 5);
}

/* Bytes that a and b have in common at their start, at most n. */
uint32_t lf_pq_common_prefix(const uint8_t *a, const uint8_t *b, uint32_t n);

#endif
