/* infer/cell_kernel_number_avx512.h - digits in vectors, for integers, decimals and doubles.
 *
 * A lane holds the last eight bytes of its cell, so that the units digit is always its top byte:
 *
 *     byte   0   1   2   3   4   5   6   7          (little-endian)
 *            ,   -   1   2   .   5   0   7          the cell "-12.507" after a comma
 *
 * What lies before the cell is masked out by a shift of (8 - len) bytes and a minus sign by one
 * more byte. Where all numbers of a tile have the same digits after the point, the point stands at
 * one place and a byte shuffle takes it out. Cells of 9 to 16 bytes take a second half `lo` through
 * the same steps; where a block's cells have at most 4 bytes, sixteen of them share a vector.
 * What is longer than 16 bytes goes to cell_kernel_cell.h.
 *
 * Owns: nothing. Threads: pure. Fails: never. Life: included by cell_kernel*_avx512.c alone. */
#ifndef LF_INFER_CELL_KERNEL_NUMBER_AVX512_H
#define LF_INFER_CELL_KERNEL_NUMBER_AVX512_H
#include "infer/cell_kernel_avx512.h"

/* What the number kernels hold in registers. */
typedef struct held {
    __m512i zeros, nine, tens, hundreds, myriad, ones, minus, byte, eight, lead_mask, lead, none,
        sign_bit;
} held;

CELL_INLINE held hold(void) {
    static const uint64_t words[] = {
        CELL_ALL8('0'),
        CELL_ALL8(9),
        CELL_ALL16(0x010A),
        CELL_ALL32(0x00010064),
        10000,
        ~0ull,
        '-',
        0xFF,
        8,
        0xF0FF,
        0x3030,
        0x8000000000000000ull,
    };
    return (held){
        .zeros = cell_held(words),
        .nine = cell_held(words + 1),
        .tens = cell_held(words + 2),
        .hundreds = cell_held(words + 3),
        .myriad = cell_held(words + 4),
        .ones = cell_held(words + 5),
        .minus = cell_held(words + 6),
        .byte = cell_held(words + 7),
        .eight = cell_held(words + 8),
        .lead_mask = cell_held(words + 9),
        .lead = cell_held(words + 10),
        .sign_bit = cell_held(words + 11),
        .none = _mm512_setzero_si512(),
    };
}

/* The number that eight digits 0..9 of each lane make, the first in the lowest byte. */
CELL_INLINE __m512i number8(const held *c, __m512i d) {
    __m512i quads = _mm512_madd_epi16(_mm512_maddubs_epi16(d, c->tens), c->hundreds);
    return _mm512_add_epi64(_mm512_mul_epu32(quads, c->myriad), _mm512_srli_epi64(quads, 32));
}

CELL_INLINE __m512i times_1e8(__m512i v) {
    return _mm512_mul_epu32(v, _mm512_set1_epi64(100000000));
}

/* 0 where all bytes are 0..9. */
CELL_INLINE __m512i over_nine(const held *c, __m512i d) {
    return _mm512_subs_epu8(d, c->nine);
}

/* v less 1: its sign bit tells a 0 from numbers below 2^63. */
CELL_INLINE __m512i less_one(const held *c, __m512i v) {
    return _mm512_add_epi64(v, c->ones);
}

typedef struct halves {
    __m512i lo, hi; /* the 16 bytes up to each cell's end */
} halves;

CELL_INLINE halves halves_of(__m512i even, __m512i odd) {
    return (halves){_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd)};
}

#define CELL_END(k) (base + b->end[i + (k)] - 16)
#define LOAD_EVEN   cell_four(CELL_END(0), CELL_END(2), CELL_END(4), CELL_END(6))
#define LOAD_ODD    cell_four(CELL_END(1), CELL_END(3), CELL_END(5), CELL_END(7))

/* The text of a group with what is not the cell's masked out. */
typedef struct text_group {
    __m512i text; /* its first eight bytes at the low end; zeros above if shorter */
    __m512i sign; /* 0 where the first is a minus, and that less one */
    __m512i sign_less;
    __m512i minus;            /* 8 where there is a minus, to shift by */
    __m512i keep_hi, keep_lo; /* masks of the cell's bytes without the minus */
} text_group;

/* `wide`: some cell has more than 8 bytes. */
CELL_INLINE text_group text_of(const held *c, halves h, const cell_block *b, uint32_t i,
                               bool wide) {
    text_group t;
    __m512i shift = cell_widen8(b->shift + i), rest = c->none;
    __mmask8 longer = _cvtu32_mask8((uint8_t)(b->longer >> i));
    t.text = _mm512_srlv_epi64(h.hi, shift);
    if (wide) { /* 128 - 8 * min(len, 16): shifts from 64 on give 0 */
        __m512i len = _mm512_min_epu64(cell_widen8(b->len + i), _mm512_set1_epi64(16));
        rest = _mm512_sub_epi64(_mm512_set1_epi64(128), _mm512_slli_epi64(len, 3));
        t.text = _mm512_mask_mov_epi64(t.text, longer, _mm512_shrdv_epi64(h.lo, h.hi, rest));
    }
    t.sign = _mm512_ternarylogic_epi64(t.text, c->minus, c->byte, 0x28); /* (a ^ b) & c */
    t.sign_less = less_one(c, t.sign);
    t.minus = _mm512_and_si512(_mm512_srli_epi64(t.sign_less, 60), c->eight);
    if (wide) {
        __m512i in_hi = _mm512_maskz_mov_epi64(_knot_mask8(longer), t.minus);
        __m512i in_lo = _mm512_maskz_mov_epi64(longer, t.minus);
        t.keep_hi = _mm512_sllv_epi64(c->ones, _mm512_add_epi64(shift, in_hi));
        t.keep_lo = _mm512_sllv_epi64(c->ones, _mm512_add_epi64(rest, in_lo));
    } else {
        t.keep_hi = _mm512_sllv_epi64(c->ones, _mm512_add_epi64(shift, t.minus));
        t.keep_lo = c->none;
    }
    return t;
}

CELL_INLINE __m512i digits_of(const held *c, __m512i bytes, __m512i keep) {
    return _mm512_ternarylogic_epi64(bytes, c->zeros, keep, 0x28);
}

/* 0 where the number starts with a 0 and another digit (or a byte that is none anyway). */
CELL_INLINE __m512i zero_first(const held *c, const text_group *t) {
    __m512i after = _mm512_srlv_epi64(t->text, t->minus);
    return _mm512_ternarylogic_epi64(after, c->lead, c->lead_mask, 0x28);
}

/* Not 0 where `over` is not, where the number starts with a 0 that it must not start with, or
 * where it is a minus and nothing but zeros. */
CELL_INLINE __m512i number_wrong(const held *c, const text_group *t, __m512i over, __m512i lead,
                                 __m512i v) {
    __m512i minus_zero = less_one(c, _mm512_or_si512(t->sign, v));
    __m512i either = _mm512_ternarylogic_epi64(less_one(c, lead), minus_zero, c->sign_bit, 0xA8);
    return _mm512_or_si512(over, either); /* (a | b) & c */
}

/* The lanes from i on whose text is a null word. With a cut, an empty cell cannot be told from
 * one byte, which may be a word: see rows_flush. */
CELL_INLINE __mmask8 words_of(const lf_cells *in, const cell_block *b, uint32_t i, uint32_t cut,
                              __m512i text) {
    __m256i len = _mm256_loadu_si256((const void *)(b->len + i));
    __mmask8 k = 0;
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __m512i word = _mm512_set1_epi64((int64_t)in->null_word[w]);
        __mmask8 fits = _mm256_cmpeq_epi32_mask(len, _mm256_set1_epi32(in->null_len[w] - (int)cut));
        k = _kor_mask8(k, _mm512_mask_cmpeq_epi64_mask(fits, text, word));
    }
    return k;
}

/* The bits of 64 rows: a value (or empty, or longer than 16 bytes), a null word. */
typedef struct rows64 {
    uint64_t good, word;
} rows64;

CELL_INLINE void rows_flush(const lf_cells *in, lf_cell_kernel_out *out, uint32_t r,
                            const cell_block *b, rows64 w) {
    uint64_t word = b->any & w.word, valid = b->any & w.good & ~word;
    cell_out_rows(out, in->n, r, valid, b->any & ~(valid | word), word);
}

/* --- Numbers with the point at one place. ---------------------------------------------------- */

/* How the point is taken out: bytes above it stay, those below move up by one, and the point itself
 * ends in byte 0 to be looked at. Shuffles of 16 and of 4 bytes. */
typedef struct fixed_shape {
    __m512i squeeze, squeeze4, dot, least; /* least: scale + 1, as 64 bits */
    uint32_t scale;
} fixed_shape;

#define FIXED_SCALE_MAX 14 /* beyond, the point never lies in 16 bytes */

CELL_INLINE fixed_shape fixed_shape_of(uint32_t scale) {
    uint8_t from[16], from4[16];
    for (uint32_t k = 0; k < 16; k++) {
        uint32_t in4 = k & 3, at = 15 - scale, at4 = scale < 3 ? 3 - scale : 0;
        from[k] = (uint8_t)(k == 0 ? at : k > at ? k : k - 1);
        from4[k] = (uint8_t)((k & 12) + (in4 == 0 ? at4 : in4 > at4 ? in4 : in4 - 1));
    }
    return (fixed_shape){.squeeze = _mm512_broadcast_i32x4(cell_load16(from)),
                         .squeeze4 = _mm512_broadcast_i32x4(cell_load16(from4)),
                         .dot = _mm512_set1_epi64('.'),
                         .least = _mm512_set1_epi64((int64_t)scale + 1),
                         .scale = scale};
}

/* Eight numbers. `number` is 0 where `good` is not set; empty cells are good. */
typedef struct fixed8 {
    __m512i number, sign_less, digits; /* sign_less: negative where there is a minus */
    __mmask8 good, word;
} fixed8;

/* Not 0 where there are not a digit, the point and `scale` digits, the point where it must be.
 * *lead: made not 0 where there is one digit before it, which may be 0. */
CELL_INLINE __m512i misplaced(const held *c, const fixed_shape *f, const cell_block *b, uint32_t i,
                              const text_group *t, halves h, __m512i *lead) {
    __m512i n = _mm512_sub_epi64(cell_widen8(b->len + i), _mm512_srli_epi64(t->minus, 3));
    __mmask8 one = _mm512_cmpeq_epi64_mask(n, f->least);
    __mmask8 few = _mm512_cmplt_epi64_mask(n, f->least);
    __m512i point = _mm512_ternarylogic_epi64(h.lo, f->dot, c->byte, 0x28);
    *lead = _mm512_mask_mov_epi64(*lead, one, c->eight);
    return _mm512_mask_mov_epi64(point, few, c->eight);
}

/* The eight cells of a block from i on. `point`: they have one (b was made with a cut of 1). */
CELL_INLINE fixed8 fixed_eight(const lf_cells *in, const cell_block *b, uint32_t i, const held *c,
                               const fixed_shape *f, bool point, bool wide) {
    const uint8_t *base = in->base;
    __m512i even = LOAD_EVEN, odd = LOAD_ODD;
    fixed8 r = {.word = 0};
    __mmask8 drop = wide ? _cvtu32_mask8((uint8_t)(b->beyond >> i)) : 0;
    if (point) {
        if (b->has_words) {
            __m512i shift = _mm512_sub_epi64(cell_widen8(b->shift + i), c->eight);
            __m512i text = _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), shift);
            r.word = words_of(in, b, i, 1, text);
        }
        even = _mm512_shuffle_epi8(even, f->squeeze);
        odd = _mm512_shuffle_epi8(odd, f->squeeze);
    }
    halves h = halves_of(even, odd);
    text_group t = text_of(c, h, b, i, wide);
    r.digits = digits_of(c, h.hi, t.keep_hi);
    __m512i v = number8(c, r.digits), over = over_nine(c, r.digits);
    if (wide) {
        __m512i e = digits_of(c, h.lo, t.keep_lo);
        over = _mm512_or_si512(over, over_nine(c, e));
        v = _mm512_add_epi64(v, times_1e8(number8(c, e)));
    }
    if (!point && b->has_words) r.word = words_of(in, b, i, 0, t.text);
    __m512i lead = zero_first(c, &t);
    if (point) over = _mm512_or_si512(over, misplaced(c, f, b, i, &t, h, &lead));
    __m512i wrong = number_wrong(c, &t, over, lead, v);
    r.good = _mm512_testn_epi64_mask(wrong, wrong);
    if (wide || b->has_words) r.good = _kandn_mask8(_kor_mask8(drop, r.word), r.good);
    r.number = _mm512_maskz_mov_epi64(r.good, v);
    r.sign_less = t.sign_less;
    return r;
}

/* Sixteen numbers of at most 4 bytes, in lanes of 32 bits. */
typedef struct fixed16 {
    __m512i number, sign_less, digits;
    __mmask16 good, word;
} fixed16;

#define LAST4(k) _mm_loadu_si32(base + b->end[i + (k)] - 4)

/* Four times the last four bytes. */
CELL_INLINE __m128i last_four(const uint8_t *base, const cell_block *b, uint32_t i) {
    __m128i x = LAST4(0);
    x = _mm_mask_broadcastd_epi32(x, 2, LAST4(1));
    x = _mm_mask_broadcastd_epi32(x, 4, LAST4(2));
    return _mm_mask_broadcastd_epi32(x, 8, LAST4(3));
}

CELL_INLINE __m512i last_sixteen(const uint8_t *base, const cell_block *b, uint32_t i) {
    __m256i low = _mm256_inserti128_si256(_mm256_castsi128_si256(last_four(base, b, i)),
                                          last_four(base, b, i + 4), 1);
    __m256i high = _mm256_inserti128_si256(_mm256_castsi128_si256(last_four(base, b, i + 8)),
                                           last_four(base, b, i + 12), 1);
    return _mm512_inserti64x4(_mm512_castsi256_si512(low), high, 1);
}

CELL_INLINE __mmask16 words16_of(const lf_cells *in, const cell_block *b, uint32_t i, uint32_t cut,
                                 __m512i text) {
    __m512i len = _mm512_loadu_si512(b->len + i);
    __mmask16 k = 0;
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __m512i word = _mm512_set1_epi32((int32_t)(uint32_t)in->null_word[w]);
        __mmask16 fits =
            _mm512_cmpeq_epi32_mask(len, _mm512_set1_epi32(in->null_len[w] - (int)cut));
        k = _kor_mask16(k, _mm512_mask_cmpeq_epi32_mask(fits, text, word));
    }
    return k;
}

/* The sixteen cells of a block from i on: as fixed_eight, with 32 bits for 64. */
CELL_INLINE fixed16 fixed_sixteen(const lf_cells *in, const cell_block *b, uint32_t i,
                                  const held *c, const fixed_shape *f, bool point) {
    const __m512i byte = _mm512_set1_epi32(0xFF), eight = _mm512_set1_epi32(8);
    fixed16 r = {.word = 0};
    __m512i v = last_sixteen(in->base, b, i), few = c->none;
    __m512i shift = _mm512_sub_epi32(_mm512_loadu_si512(b->shift + i), _mm512_set1_epi32(32));
    if (point) {
        if (b->has_words)
            r.word = words16_of(in, b, i, 1, _mm512_srlv_epi32(v, _mm512_sub_epi32(shift, eight)));
        v = _mm512_shuffle_epi8(v, f->squeeze4);
    }
    __m512i text = _mm512_srlv_epi32(v, shift);
    if (!point && b->has_words) r.word = words16_of(in, b, i, 0, text);
    __m512i sign = _mm512_ternarylogic_epi32(text, _mm512_set1_epi32('-'), byte, 0x28);
    r.sign_less = _mm512_add_epi32(sign, c->ones);
    __m512i minus = _mm512_and_si512(_mm512_srli_epi32(r.sign_less, 28), eight);
    __m512i keep = _mm512_sllv_epi32(c->ones, _mm512_add_epi32(shift, minus));
    r.digits = digits_of(c, v, keep);
    __m512i number = _mm512_madd_epi16(_mm512_maddubs_epi16(r.digits, c->tens), c->hundreds);
    __m512i after = _mm512_srlv_epi32(text, minus);
    __m512i lead = _mm512_ternarylogic_epi32(after, _mm512_set1_epi32(0x3030),
                                             _mm512_set1_epi32(0xF0FF), 0x28);
    if (point) {
        __m512i least = _mm512_set1_epi32((int)f->scale + 1);
        __m512i n = _mm512_loadu_si512(b->len + i);
        n = _mm512_sub_epi32(n, _mm512_srli_epi32(minus, 3));
        few = _mm512_ternarylogic_epi32(v, _mm512_set1_epi32('.'), byte, 0x28);
        few = _mm512_mask_mov_epi32(few, _mm512_cmplt_epi32_mask(n, least), eight);
        lead = _mm512_mask_mov_epi32(lead, _mm512_cmpeq_epi32_mask(n, least), eight);
    }
    lead = _mm512_add_epi32(lead, c->ones);
    __m512i minus_zero = _mm512_add_epi32(_mm512_or_si512(sign, number), c->ones);
    __m512i either =
        _mm512_ternarylogic_epi32(lead, minus_zero, _mm512_set1_epi32((int)0x80000000u), 0xA8);
    __m512i wrong = _mm512_ternarylogic_epi32(over_nine(c, r.digits), either, few, 0xFE);
    r.good = _mm512_testn_epi32_mask(wrong, wrong);
    if (b->has_words) r.good = _kandn_mask16(r.word, r.good);
    r.number = _mm512_maskz_mov_epi32(r.good, number);
    return r;
}

#endif
