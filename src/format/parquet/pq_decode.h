/* format/parquet/pq_decode.h - Parquet's encodings, read a few values at a time.
 *
 * Every decoder is a small struct over a borrowed run of bytes, behind which LF_OVERREAD_BYTES
 * may be read. Copying the struct keeps a place to come back to. Nothing in the bytes can make
 * one read elsewhere, allocate, or loop without using up bytes or asked-for values.
 *
 * Owns: nothing, but for the scratch of lf_pq_values. Threads: one at a time.
 * Fails: a short count or `false` is corruption; the caller knows the place and words it.
 * Life: init -> get*. */
#ifndef LF_FORMAT_PARQUET_PQ_DECODE_H
#define LF_FORMAT_PARQUET_PQ_DECODE_H
#include "core/buf.h"
#include "core/span.h"
#include "format/parquet/parquet_meta.h"

/* ---- RLE / bit-packed hybrid: levels, dictionary indices, booleans ---- */
typedef struct lf_pq_rle {
    const uint8_t *p, *end;
    uint32_t width;    /* bits of a value, 0..32 */
    uint32_t value;    /* of the repeated run */
    uint64_t run_left; /* repeats left */
    const uint8_t *packed;
    uint64_t packed_bit;  /* place in the packed run */
    uint64_t packed_left; /* values left in it */
} lf_pq_rle;
bool lf_pq_rle_init(lf_pq_rle *d, lf_span in, uint32_t width);   /* false: width over 32 */
uint32_t lf_pq_rle_get(lf_pq_rle *d, uint32_t *out, uint32_t n); /* how many there were */

/* ---- definition and repetition levels ---- */
typedef struct lf_pq_levels {
    enum { LF_PQ_LEVELS_NONE, LF_PQ_LEVELS_RLE, LF_PQ_LEVELS_PACKED } kind;
    uint16_t max; /* kind NONE: every level is 0 */
    lf_pq_rle rle;
    lf_span packed; /* the deprecated BIT_PACKED: high bits first, or as Impala wrote it */
    bool low_first;
    uint64_t bit;
} lf_pq_levels;
/* The body of V1 levels starts at *in, which is moved behind them; n levels follow. */
bool lf_pq_levels_init_v1(lf_pq_levels *d, int32_t encoding, uint16_t max, lf_span *in, uint32_t n);
bool lf_pq_levels_init_v2(lf_pq_levels *d, uint16_t max, lf_span in);
bool lf_pq_levels_get(lf_pq_levels *d, uint16_t *out, uint32_t n);
/* For max 1: the levels as a bitmap (bits at and past n are 0 up to a multiple of 64); the number
 * of ones out. */
bool lf_pq_levels_get_bits(lf_pq_levels *d, uint64_t *out, uint32_t n, uint32_t *ones_out);

/* ---- DELTA_BINARY_PACKED ---- */
typedef struct lf_pq_delta {
    const uint8_t *p, *end;
    uint32_t mini_values, n_minis;
    uint64_t total, left; /* values; the first included */
    bool first;
    uint64_t last, min_delta;
    const uint8_t *widths;
    uint32_t mini;      /* next miniblock of the block */
    uint32_t mini_left; /* values left in the current one */
    uint32_t width;
    const uint8_t *packed;
    uint64_t packed_bit;
} lf_pq_delta;
bool lf_pq_delta_init(lf_pq_delta *d, lf_span in);
uint32_t lf_pq_delta_get(lf_pq_delta *d, int64_t *out, uint32_t n);
/* Passes over all values that are left; where the bytes after them start. */
bool lf_pq_delta_finish(lf_pq_delta *d, const uint8_t **rest_out);

/* ---- a page's values ---- */
/* A dictionary page's values, PLAIN. Byte arrays: start and len of each in `bytes`. */
typedef struct lf_pq_dictionary {
    lf_span bytes;
    uint32_t n;
    const uint32_t *start, *len; /* BYTE_ARRAY only */
} lf_pq_dictionary;
/* Finds the n values of PLAIN byte arrays. */
bool lf_pq_plain_views(lf_span in, uint32_t *start, uint32_t *len, uint32_t n, size_t *used_out);

#define LF_PQ_SCRATCH_BYTES                                                                        \
    (1u << 20) /* values that must be built are built this many at a time                          \
                */

/* One data page's values (nulls are not among them), whatever their encoding. */
typedef struct lf_pq_values {
    int32_t encoding, physical;
    uint32_t width;                 /* bytes of a fixed value; 0: BYTE_ARRAY */
    lf_span in;                     /* PLAIN: what is left; else all */
    uint64_t left;                  /* values left, by the page header */
    uint64_t bit;                   /* PLAIN booleans */
    uint32_t stride, at;            /* BYTE_STREAM_SPLIT: values of a stream, next one */
    lf_pq_rle rle;                  /* dictionary indices, RLE booleans */
    lf_pq_delta delta, lengths;     /* values or prefix lengths; suffix lengths */
    const uint8_t *text, *text_end; /* of DELTA_LENGTH and DELTA_BYTE_ARRAY */
    const lf_pq_dictionary *dict;
    lf_buf *scratch;  /* built values of the last call */
    lf_buf *previous; /* DELTA_BYTE_ARRAY: the last value */
} lf_pq_values;

/* `n`: values without nulls. scratch and previous are the caller's; needed for FIXED and
 * BYTE_ARRAY only. */
LF_NODISCARD lf_rc lf_pq_values_init(lf_pq_values *v, const lf_pq_schema_element *e,
                                     int32_t encoding, lf_span in, uint32_t n,
                                     const lf_pq_dictionary *dict, lf_buf *scratch,
                                     lf_buf *previous, lf_error *err);
/* Fixed-width physical types but FIXED: n values of 1 (BOOLEAN), 4, 8 or 12 bytes. */
bool lf_pq_values_get_fixed(lf_pq_values *v, void *out, uint32_t n);
/* BYTE_ARRAY and FIXED: views into *base_out, valid until the next call or the page's end. */
LF_NODISCARD lf_rc lf_pq_values_get_views(lf_pq_values *v, uint32_t n, const uint8_t **base_out,
                                          uint32_t *start, uint32_t *len, lf_error *err);
/* Whether lf_pq_values_fit can be less than what is asked for. */
bool lf_pq_values_may_cut(const lf_pq_values *v);
/* How many of the next n values get_views should be asked for at once, at least 1. */
uint32_t lf_pq_values_fit(const lf_pq_values *v, uint32_t n);

#endif
