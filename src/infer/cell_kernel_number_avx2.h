/* infer/cell_kernel_number_avx2.h - digits in vectors, for integers, decimals and doubles.
 *
 * The steps of cell_kernel_number_avx512.h, four cells at a time, and eight where a block's cells
 * have at most 4 bytes. Instead of mask registers `wrong` gathers, per lane, all that speaks
 * against a value; a lane is good where it stays 0.
 *
 * Owns: nothing. Threads: pure. Fails: never. Life: included by cell_kernel*_avx2.c alone. */
#ifndef LF_INFER_CELL_KERNEL_NUMBER_AVX2_H
#define LF_INFER_CELL_KERNEL_NUMBER_AVX2_H
#include "infer/cell_kernel_avx2.h"

typedef struct halves {
    __m256i lo, hi; /* the 16 bytes up to each cell's end */
} halves;

CELL_INLINE halves halves_of(__m256i even, __m256i odd) {
    return (halves){_mm256_unpacklo_epi64(even, odd), _mm256_unpackhi_epi64(even, odd)};
}

#define CELL_END(k) (base + b->end[i + (k)] - 16)
#define LOAD_EVEN   cell_two_loads(CELL_END(0), CELL_END(2))
#define LOAD_ODD    cell_two_loads(CELL_END(1), CELL_END(3))

/* The number that eight digits 0..9 of each lane make, the first in the lowest byte. */
CELL_INLINE __m256i number8(__m256i d) {
    __m256i quads = _mm256_madd_epi16(_mm256_maddubs_epi16(d, _mm256_set1_epi16(0x010A)),
                                      _mm256_set1_epi32(0x00010064));
    return _mm256_add_epi64(_mm256_mul_epu32(quads, _mm256_set1_epi64x(10000)),
                            _mm256_srli_epi64(quads, 32));
}

CELL_INLINE __m256i times_1e8(__m256i v) {
    return _mm256_mul_epu32(v, _mm256_set1_epi64x(100000000));
}

/* 0 where all bytes are 0..9. */
CELL_INLINE __m256i over_nine(__m256i d) {
    return _mm256_subs_epu8(d, _mm256_set1_epi8(9));
}

/* The text of a group with what is not the cell's masked out. */
typedef struct text_group {
    __m256i text;             /* its first eight bytes at the low end; zeros above if shorter */
    __m256i sign, neg;        /* 0 and all ones where the first is a minus */
    __m256i minus;            /* 8 where there is a minus */
    __m256i keep_hi, keep_lo; /* masks of the cell's bytes without the minus */
    __m256i len;
} text_group;

/* `wide`: some cell has more than 8 bytes. */
CELL_INLINE text_group text_of(halves h, const cell_block *b, uint32_t i, bool wide) {
    const __m256i ones = _mm256_set1_epi64x(-1), eight = _mm256_set1_epi64x(8);
    text_group t;
    __m256i shift = cell_widen4(b->shift + i), rest = _mm256_setzero_si256(), longer = rest;
    t.len = cell_widen4(b->len + i);
    t.text = _mm256_srlv_epi64(h.hi, shift);
    if (wide) { /* 128 - 8 * len: shifts from 64 on, or below 0, give 0 */
        longer = _mm256_cmpgt_epi64(t.len, eight);
        rest = _mm256_sub_epi64(_mm256_set1_epi64x(128), _mm256_slli_epi64(t.len, 3));
        __m256i first = _mm256_or_si256(
            _mm256_srlv_epi64(h.lo, rest),
            _mm256_sllv_epi64(h.hi, _mm256_sub_epi64(_mm256_set1_epi64x(64), rest)));
        t.text = _mm256_blendv_epi8(t.text, first, longer);
    }
    t.sign = _mm256_and_si256(_mm256_xor_si256(t.text, _mm256_set1_epi64x('-')),
                              _mm256_set1_epi64x(0xFF));
    t.neg = cell_is_zero(t.sign);
    t.minus = _mm256_and_si256(t.neg, eight);
    if (wide) {
        __m256i in_hi = _mm256_andnot_si256(longer, t.minus);
        __m256i in_lo = _mm256_and_si256(longer, t.minus);
        t.keep_hi = _mm256_sllv_epi64(ones, _mm256_add_epi64(shift, in_hi));
        t.keep_lo = _mm256_sllv_epi64(ones, _mm256_add_epi64(rest, in_lo));
    } else {
        t.keep_hi = _mm256_sllv_epi64(ones, _mm256_add_epi64(shift, t.minus));
        t.keep_lo = _mm256_setzero_si256();
    }
    return t;
}

CELL_INLINE __m256i digits_of(__m256i bytes, __m256i keep) {
    return _mm256_and_si256(_mm256_xor_si256(bytes, _mm256_set1_epi8('0')), keep);
}

/* All ones where the number starts with a 0 and another digit (or a byte that is none anyway). */
CELL_INLINE __m256i zero_first(const text_group *t) {
    __m256i after = _mm256_srlv_epi64(t->text, t->minus);
    return _mm256_cmpeq_epi64(_mm256_and_si256(after, _mm256_set1_epi64x(0xF0FF)),
                              _mm256_set1_epi64x(0x3030));
}

CELL_INLINE __m256i negative_zero(const text_group *t, __m256i v) {
    return cell_is_zero(_mm256_or_si256(t->sign, v));
}

/* All ones where the text is a null word. `len`: of the whole text. */
CELL_INLINE __m256i words_of(const lf_cells *in, __m256i text, __m256i len) {
    __m256i k = _mm256_setzero_si256();
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __m256i same = _mm256_cmpeq_epi64(text, _mm256_set1_epi64x((int64_t)in->null_word[w]));
        __m256i fits = _mm256_cmpeq_epi64(len, _mm256_set1_epi64x(in->null_len[w]));
        k = _mm256_or_si256(k, _mm256_and_si256(same, fits));
    }
    return k;
}

CELL_INLINE __m256i longer_than_two(const text_group *t, int cut) {
    return _mm256_cmpgt_epi64(t->len, _mm256_set1_epi64x(16 - cut));
}

/* The bits of 64 rows: a value (or empty), a null word. */
typedef struct rows64 {
    uint64_t good, word;
} rows64;

CELL_INLINE void rows_flush(const lf_cells *in, lf_cell_kernel_out *out, uint32_t r,
                            const cell_block *b, rows64 w) {
    /* With a cut, an empty cell cannot be told from one byte, which may be a word. */
    uint64_t word = b->any & w.word, valid = b->any & w.good & ~word;
    cell_out_rows(out, in->n, r, valid, b->any & ~(valid | word), word);
}

/* --- Numbers with the point at one place. ---------------------------------------------------- */

/* How the point is taken out: bytes above it stay, those below move up by one, and the point itself
 * ends in byte 0 to be looked at. Shuffles of 16 and of 4 bytes. */
typedef struct fixed_shape {
    __m256i squeeze, squeeze4;
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
    return (fixed_shape){_mm256_broadcastsi128_si256(cell_load16(from)),
                         _mm256_broadcastsi128_si256(cell_load16(from4)), scale};
}

/* Four numbers. `number` is 0 where not `good`. Empty cells may be good where there is no point. */
typedef struct fixed4 {
    __m256i number, neg, digits, good, word;
} fixed4;

/* Not 0 where there are not a digit, the point and `scale` digits with the point where it must be,
 * or where a 0 leads that must not: one before the point may. */
CELL_INLINE __m256i misplaced(const fixed_shape *f, halves h, const text_group *t, __m256i zero) {
    __m256i n = _mm256_add_epi64(t->len, t->neg); /* neg is -1 */
    __m256i least = _mm256_set1_epi64x((int64_t)f->scale + 1);
    __m256i point = _mm256_and_si256(h.lo, _mm256_set1_epi64x(0xFF));
    point = _mm256_xor_si256(point, _mm256_set1_epi64x('.'));
    __m256i wrong = _mm256_or_si256(point, _mm256_cmpgt_epi64(least, n));
    return _mm256_or_si256(wrong, _mm256_and_si256(zero, _mm256_cmpgt_epi64(n, least)));
}

/* The four cells of a block from i on. `point`: they have one (b was made with a cut of 1). */
CELL_INLINE fixed4 fixed_four(const lf_cells *in, const cell_block *b, uint32_t i,
                              const fixed_shape *f, bool point, bool wide) {
    const uint8_t *base = in->base;
    __m256i even = LOAD_EVEN, odd = LOAD_ODD;
    fixed4 r = {.word = _mm256_setzero_si256()};
    if (point) {
        if (b->has_words) {
            const __m256i one = _mm256_set1_epi64x(1), eight = _mm256_set1_epi64x(8);
            __m256i shift = _mm256_sub_epi64(cell_widen4(b->shift + i), eight);
            __m256i text = _mm256_srlv_epi64(_mm256_unpackhi_epi64(even, odd), shift);
            r.word = words_of(in, text, _mm256_add_epi64(cell_widen4(b->len + i), one));
        }
        even = _mm256_shuffle_epi8(even, f->squeeze);
        odd = _mm256_shuffle_epi8(odd, f->squeeze);
    }
    halves h = halves_of(even, odd);
    text_group t = text_of(h, b, i, wide);
    r.digits = digits_of(h.hi, t.keep_hi);
    __m256i v = number8(r.digits), wrong = over_nine(r.digits), zero = zero_first(&t);
    if (wide) {
        __m256i e = digits_of(h.lo, t.keep_lo);
        wrong = _mm256_or_si256(wrong,
                                _mm256_or_si256(over_nine(e), longer_than_two(&t, point ? 1 : 0)));
        v = _mm256_add_epi64(v, times_1e8(number8(e)));
    }
    if (!point && b->has_words) r.word = words_of(in, t.text, t.len);
    if (point) zero = misplaced(f, h, &t, zero);
    wrong = _mm256_or_si256(_mm256_or_si256(wrong, zero),
                            _mm256_or_si256(r.word, negative_zero(&t, v)));
    r.good = cell_is_zero(wrong);
    r.number = _mm256_and_si256(v, r.good);
    r.neg = t.neg;
    return r;
}

/* Eight numbers of at most 4 bytes, in lanes of 32 bits. */
typedef struct fixed8 {
    __m256i number, neg, digits, good, word;
} fixed8;

#define LAST4(k) _mm_loadu_si32(base + b->end[i + (k)] - 4)

CELL_INLINE __m128i last_four(const uint8_t *base, const cell_block *b, uint32_t i) {
    return _mm_unpacklo_epi64(_mm_unpacklo_epi32(LAST4(0), LAST4(1)),
                              _mm_unpacklo_epi32(LAST4(2), LAST4(3)));
}

CELL_INLINE __m256i words32_of(const lf_cells *in, __m256i text, __m256i len) {
    __m256i k = _mm256_setzero_si256();
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __m256i word = _mm256_set1_epi32((int32_t)(uint32_t)in->null_word[w]);
        __m256i fits = _mm256_cmpeq_epi32(len, _mm256_set1_epi32(in->null_len[w]));
        k = _mm256_or_si256(k, _mm256_and_si256(fits, _mm256_cmpeq_epi32(text, word)));
    }
    return k;
}

/* The eight cells of a block from i on: as fixed_four, with 32 bits for 64. */
CELL_INLINE fixed8 fixed_eight(const lf_cells *in, const cell_block *b, uint32_t i,
                               const fixed_shape *f, bool point) {
    const __m256i none = _mm256_setzero_si256(), eight = _mm256_set1_epi32(8);
    const uint8_t *base = in->base;
    fixed8 r = {.word = none};
    __m256i v = _mm256_inserti128_si256(_mm256_castsi128_si256(last_four(base, b, i)),
                                        last_four(base, b, i + 4), 1);
    __m256i len = cell_load32(b->len + i);
    __m256i shift = _mm256_sub_epi32(cell_load32(b->shift + i), _mm256_set1_epi32(32));
    if (point) {
        if (b->has_words)
            r.word = words32_of(in, _mm256_srlv_epi32(v, _mm256_sub_epi32(shift, eight)),
                                _mm256_add_epi32(len, _mm256_set1_epi32(1)));
        v = _mm256_shuffle_epi8(v, f->squeeze4);
    }
    __m256i text = _mm256_srlv_epi32(v, shift);
    if (!point && b->has_words) r.word = words32_of(in, text, len);
    __m256i sign =
        _mm256_and_si256(_mm256_xor_si256(text, _mm256_set1_epi32('-')), _mm256_set1_epi32(0xFF));
    r.neg = _mm256_cmpeq_epi32(sign, none);
    __m256i minus = _mm256_and_si256(r.neg, eight);
    r.digits =
        digits_of(v, _mm256_sllv_epi32(_mm256_set1_epi32(-1), _mm256_add_epi32(shift, minus)));
    __m256i number = _mm256_madd_epi16(_mm256_maddubs_epi16(r.digits, _mm256_set1_epi16(0x010A)),
                                       _mm256_set1_epi32(0x00010064));
    __m256i after = _mm256_and_si256(_mm256_srlv_epi32(text, minus), _mm256_set1_epi32(0xF0FF));
    __m256i zero = _mm256_cmpeq_epi32(after, _mm256_set1_epi32(0x3030));
    if (point) {
        __m256i least = _mm256_set1_epi32((int)f->scale + 1), n = _mm256_add_epi32(len, r.neg);
        __m256i dot =
            _mm256_xor_si256(_mm256_and_si256(v, _mm256_set1_epi32(0xFF)), _mm256_set1_epi32('.'));
        zero = _mm256_and_si256(zero, _mm256_cmpgt_epi32(n, least));
        zero = _mm256_or_si256(zero, _mm256_or_si256(dot, _mm256_cmpgt_epi32(least, n)));
    }
    __m256i minus_zero = _mm256_cmpeq_epi32(_mm256_or_si256(sign, number), none);
    __m256i wrong = _mm256_or_si256(_mm256_or_si256(over_nine(r.digits), zero),
                                    _mm256_or_si256(r.word, minus_zero));
    r.good = _mm256_cmpeq_epi32(wrong, none);
    r.number = _mm256_and_si256(number, r.good);
    return r;
}

#endif
