/* Numbers and bools with AVX-512, eight cells at a time.
 *
 * A lane holds the last eight bytes of its cell, so that the units digit is always its top byte:
 *
 *     byte   0   1   2   3   4   5   6   7          (little-endian)
 *            ,   -   1   2   .   5   0   7          the cell "-12.507" after a comma
 *
 * What lies before the cell is masked out by a shift of (8 - len) bytes and a minus sign by one
 * more byte. A point is taken out by shifting the bytes below it up by one; the digits are
 * then the integer of all digits and are divided by the power of ten of the digits that were
 * above it. A division of two exact doubles rounds once, so the quotient is the nearest double
 * to the text; a multiplication by a reciprocal would not be.
 * Cells of 9 to 16 bytes take a second half `lo` through the same steps; the group takes this
 * path if one of its cells is that long. What is longer still goes to csv_kernel_cell.h. */
#include "decode/csv/csv_kernel_avx512.h"
#if defined(__AVX512VBMI2__)

/* What the number kernels hold in registers. */
typedef struct held {
    __m512i zeros, nine, tens, hundreds, myriad, ones, minus, byte, lead_mask, lead, none;
} held;

CSV_INLINE held hold(void) {
    return (held){
        .zeros = CSV_HELD8('0'),
        .nine = CSV_HELD8(9),
        .tens = CSV_HELD16(0x010A),
        .hundreds = CSV_HELD32(0x00010064),
        .myriad = CSV_HELD64(10000),
        .ones = CSV_HELD64(-1),
        .minus = CSV_HELD64('-'),
        .byte = CSV_HELD64(0xFF),
        .lead_mask = CSV_HELD64(0xF0FF),
        .lead = CSV_HELD64(0x3030),
        .none = CSV_HELD64(0),
    };
}

/* The number that eight digits 0..9 of each lane make, the first in the lowest byte. */
CSV_INLINE __m512i number8(const held *c, __m512i d) {
    __m512i quads = _mm512_madd_epi16(_mm512_maddubs_epi16(d, c->tens), c->hundreds);
    return _mm512_add_epi64(_mm512_mul_epu32(quads, c->myriad), _mm512_srli_epi64(quads, 32));
}

CSV_INLINE __m512i times_1e8(__m512i v) {
    return _mm512_mul_epu32(v, _mm512_set1_epi64(100000000));
}

/* 0 where all bytes are 0..9. */
CSV_INLINE __m512i over_nine(const held *c, __m512i d) {
    return _mm512_subs_epu8(d, c->nine);
}

typedef struct halves {
    __m512i lo, hi; /* the 16 bytes up to each cell's end */
} halves;

CSV_INLINE halves halves_of(__m512i even, __m512i odd) {
    return (halves){_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd)};
}

#define CELL_END(k) (base + g.start[k] + g.len[k] - 16)
#define LOAD_EVEN   csv_four(CELL_END(0), CELL_END(2), CELL_END(4), CELL_END(6))
#define LOAD_ODD    csv_four(CELL_END(1), CELL_END(3), CELL_END(5), CELL_END(7))

/* bits - 8 * min(len, bits / 8): how far the cell starts into its window. */
CSV_INLINE __m512i window_shift(__m256i len, int bits) {
    __m256i in_window = _mm256_min_epu32(len, _mm256_set1_epi32(bits / 8));
    return _mm512_cvtepu32_epi64(
        _mm256_sub_epi32(_mm256_set1_epi32(bits), _mm256_slli_epi32(in_window, 3)));
}

/* The text of a group with what is not the cell's masked out. */
typedef struct text_group {
    __m512i text;             /* its first eight bytes at the low end; zeros above if shorter */
    __m512i sign;             /* 0 where the first is a minus */
    __m512i keep_hi, keep_lo; /* masks of the cell's bytes without the minus */
    __mmask8 neg, longer;     /* with a minus; more than 8 bytes */
} text_group;

CSV_INLINE text_group text_of(const held *c, halves h, __m256i len) {
    text_group t;
    __m512i shift = window_shift(len, 64);
    t.longer = _mm256_cmpgt_epu32_mask(len, _mm256_set1_epi32(8));
    t.keep_hi = _mm512_sllv_epi64(c->ones, shift);
    t.text = _mm512_srlv_epi64(h.hi, shift);
    t.keep_lo = c->none;
    if (__builtin_expect(t.longer, 0)) {
        __m512i rest = window_shift(len, 128);
        t.keep_lo = _mm512_sllv_epi64(c->ones, rest); /* 0 for shifts from 64 on */
        t.text = _mm512_mask_mov_epi64(t.text, t.longer, _mm512_shrdv_epi64(h.lo, h.hi, rest));
    }
    t.sign = _mm512_ternarylogic_epi64(t.text, c->minus, c->byte, 0x28); /* (a ^ b) & c */
    t.neg = _mm512_testn_epi64_mask(t.sign, t.sign);
    if (__builtin_expect(t.longer, 0)) {
        t.keep_hi = _mm512_mask_slli_epi64(t.keep_hi, _kandn_mask8(t.longer, t.neg), t.keep_hi, 8);
        t.keep_lo = _mm512_mask_slli_epi64(t.keep_lo, _kand_mask8(t.longer, t.neg), t.keep_lo, 8);
    } else {
        t.keep_hi = _mm512_mask_slli_epi64(t.keep_hi, t.neg, t.keep_hi, 8);
    }
    return t;
}

CSV_INLINE __m512i digits_of(const held *c, __m512i bytes, __m512i keep) {
    return _mm512_ternarylogic_epi64(bytes, c->zeros, keep, 0x28);
}

/* Lanes of k that do not start, after the minus, with a 0 and another digit (or a byte that is
 * no digit anyway). */
CSV_INLINE __mmask8 no_zero_first(const held *c, __mmask8 k, const text_group *t) {
    __m512i after = _mm512_mask_srli_epi64(t->text, t->neg, t->text, 8);
    return _mm512_mask_cmpneq_epi64_mask(k, _mm512_and_si512(after, c->lead_mask), c->lead);
}

/* Lanes of k that are not a minus and nothing but zeros. */
CSV_INLINE __mmask8 no_negative_zero(__mmask8 k, const text_group *t, __m512i v) {
    __m512i either = _mm512_or_si512(t->sign, v);
    return _mm512_mask_test_epi64_mask(k, either, either);
}

/* Lanes whose text is a null word. */
CSV_INLINE __mmask8 words_of(const csv_cells *in, __m512i text, __m256i len) {
    __mmask8 k = 0;
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __mmask8 same = _mm512_cmpeq_epi64_mask(text, _mm512_set1_epi64((int64_t)in->null_word[w]));
        k |= _mm256_mask_cmpeq_epi32_mask(same, len, _mm256_set1_epi32(in->null_len[w]));
    }
    return k;
}

/* What became of the lanes of a group. */
typedef struct lanes {
    __mmask8 good, word, ask; /* a value (or empty); a null word; too long: ask the scalar form */
} lanes;

/* The bits of 64 rows. */
typedef struct rows64 {
    uint64_t good, word;
} rows64;

CSV_INLINE void rows_flush(const csv_cells *in, csv_kernel_out *out, uint32_t r, rows64 w) {
    uint64_t any = csv_any64(in, r), valid = any & w.good;
    csv_out_rows(out, in->n, r, valid, any & ~(valid | w.word), w.word);
}

/* --- Integers and decimals. ----------------------------------------------------------------- */

typedef struct int_state {
    __m512i most;    /* largest absolute values */
    __m512i squeeze; /* decimals: takes the point out of 16 bytes and puts it into byte 0 */
    uint32_t scale;
} int_state;

/* Decimals: lanes of k with a digit, the point and `scale` digits, the point where it must be.
 * *zero_ok_out: those with one digit before it, which may be 0. */
CSV_INLINE __mmask8 placed(const int_state *st, __mmask8 k, halves h, __m256i n,
                           __mmask8 *zero_ok_out) {
    __m256i least = _mm256_set1_epi32((int)st->scale + 1);
    __m512i point = _mm512_and_si512(h.lo, _mm512_set1_epi64(0xFF));
    *zero_ok_out = _mm256_cmpeq_epi32_mask(n, least);
    k = _mm256_mask_cmpge_epu32_mask(k, n, least);
    return _mm512_mask_cmpeq_epi64_mask(k, point, _mm512_set1_epi64('.'));
}

/* One group; the values of what is not good are 0. */
CSV_INLINE lanes int_group(const csv_cells *in, csv_group g, const held *c, int_state *st,
                           int64_t *values, bool decimal) {
    const uint8_t *base = in->base;
    const __m256i one = _mm256_set1_epi32(1);
    __m256i len = _mm256_loadu_si256((const void *)g.len), cut = len;
    __m512i even = LOAD_EVEN, odd = LOAD_ODD;
    lanes k = {0};
    if (decimal) {
        if (in->n_null_words) {
            __m512i last = _mm512_unpackhi_epi64(even, odd);
            k.word = words_of(in, _mm512_srlv_epi64(last, window_shift(len, 64)), len);
        }
        even = _mm512_shuffle_epi8(even, st->squeeze);
        odd = _mm512_shuffle_epi8(odd, st->squeeze);
        cut = _mm256_sub_epi32(_mm256_max_epu32(len, one), one);
    }
    halves h = halves_of(even, odd);
    text_group t = text_of(c, h, cut);
    __m512i d = digits_of(c, h.hi, t.keep_hi), v = number8(c, d), over = over_nine(c, d);
    if (!decimal && in->n_null_words) k.word = words_of(in, t.text, len);
    if (__builtin_expect(t.longer, 0)) {
        __m512i e = digits_of(c, h.lo, t.keep_lo);
        over = _mm512_or_si512(over, over_nine(c, e));
        v = _mm512_add_epi64(v, times_1e8(number8(c, e)));
        k.ask = _kandn_mask8(k.word, _mm256_cmpgt_epu32_mask(len, _mm256_set1_epi32(16)));
    }
    k.good = _mm512_testn_epi64_mask(over, over);
    if (decimal) {
        __mmask8 zero_ok;
        k.good = placed(st, k.good, h, _mm256_mask_sub_epi32(cut, t.neg, cut, one), &zero_ok);
        k.good = _kor_mask8(no_zero_first(c, k.good, &t), _kand_mask8(k.good, zero_ok));
    } else {
        k.good = no_zero_first(c, k.good, &t);
    }
    k.good = no_negative_zero(k.good, &t, v);
    k.good = _kandn_mask8(_kor_mask8(k.word, k.ask), k.good);
    v = _mm512_maskz_mov_epi64(k.good, v);
    st->most = _mm512_max_epu64(st->most, v);
    _mm512_storeu_si512(values, _mm512_mask_sub_epi64(v, t.neg, c->none, v));
    return k;
}

/* The cells of a group that are longer than two halves. Returns those that read. */
static __attribute__((noinline)) uint32_t int_ask(const csv_cells *in, uint32_t r, uint32_t ask,
                                                  uint32_t scale, uint64_t *most, int64_t *values) {
    uint32_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(ask);
        int64_t v;
        if (!csv_cell_decimal(in->base + in->start[r + k], in->len[r + k], scale, &v)) continue;
        uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
        values[k] = v;
        if (size > *most) *most = size;
        good |= 1u << k;
    }
    return good;
}

CSV_INLINE void int_tile(const csv_cells *cells, csv_kernel_out *out, uint32_t scale,
                         __m512i squeeze, bool decimal) {
    const csv_cells in = *cells; /* stores to the values could alias what `cells` points to */
    const held c = hold();
    int_state st = {.most = c.none, .squeeze = squeeze, .scale = scale};
    int64_t *values = out->values;
    uint64_t most = 0;
    csv_pad pad;
    csv_out_begin(out);
    csv_pad_fill(&in, 8, &pad);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 8) {
            csv_group g = csv_group_at(&in, r + i, 8, &pad);
            lanes k = int_group(&in, g, &c, &st, values + r + i, decimal);
            uint64_t good = _cvtmask8_u32(k.good);
            if (__builtin_expect(k.ask, 0))
                good |= int_ask(&in, r + i, k.ask, scale, &most, values + r + i);
            w.good |= good << i;
            if (in.n_null_words) w.word |= (uint64_t)_cvtmask8_u32(k.word) << i;
        }
        rows_flush(&in, out, r, w);
    }
    uint64_t lanes_most = _mm512_reduce_max_epu64(st.most);
    uint32_t digits = csv_decimal_digits(most > lanes_most ? most : lanes_most);
    out->int_digits_max = digits > scale ? (uint8_t)(digits - scale) : 0;
    if (decimal && out->n_null + out->n_odd < in.n)
        out->frac_digits_min = out->frac_digits_max = (uint8_t)scale;
}

static void kernel_int64(const csv_cells *in, csv_kernel_out *out) {
    int_tile(in, out, 0, _mm512_setzero_si512(), false);
}

static void kernel_decimal64(const csv_cells *in, uint32_t scale, csv_kernel_out *out) {
    uint8_t from[16];
    if (scale == 0) {
        kernel_int64(in, out);
        return;
    }
    if (scale > 14) { /* the point never lies in the window */
        lf_csv_kernels_scalar.decimal64(in, scale, out);
        return;
    }
    for (uint32_t k = 0; k < 16; k++)
        from[k] = (uint8_t)(k == 0 ? 15 - scale : k > 15 - scale ? k : k - 1);
    int_tile(in, out, scale, _mm512_broadcast_i32x4(csv_load16(from)), true);
}

/* --- Doubles. ------------------------------------------------------------------------------- */

typedef struct f64_state {
    __m512i frac_min, frac_max;
    __m512d most, low_powers, high_powers, least;
    __m512i dot, top, bytes_one;
    __mmask8 trailing_zero;
} f64_state;

/* The point of each lane, in one half. */
typedef struct point {
    __m512i at;   /* 0xFF at every point */
    __m512i upto; /* bits up to the lowest bit of the first point; all ones without one */
    __mmask8 has;
} point;

CSV_INLINE point point_of(const held *c, const f64_state *st, __m512i bytes, __m512i keep) {
    point p;
    __mmask64 k = _mm512_cmpeq_epi8_mask(_mm512_and_si512(bytes, keep), st->dot);
    p.at = _mm512_movm_epi8(k);
    p.upto = _mm512_xor_si512(p.at, _mm512_add_epi64(p.at, c->ones));
    p.has = _mm512_test_epi64_mask(p.at, p.at);
    return p;
}

/* Lowest bits of the bytes above the first point; none without one. */
CSV_INLINE __m512i marks_above(const f64_state *st, const point *p) {
    return _mm512_andnot_si512(p->upto, st->bytes_one);
}

/* Moves the bits of d under `upto` up by one byte; the point's byte in d is 0. */
CSV_INLINE __m512i close_gap(__m512i d, __m512i upto) {
    __m512i below = _mm512_slli_epi64(_mm512_and_si512(d, upto), 8);
    return _mm512_ternarylogic_epi64(below, d, upto, 0xF4); /* a | (b & ~c) */
}

CSV_INLINE __m512i first_byte(__m512i keep) {
    return _mm512_andnot_si512(_mm512_slli_epi64(keep, 8), keep);
}

/* The integer of all digits of a group. */
typedef struct f64_parts {
    __m512i number, frac, wrong; /* wrong: 0 where the digits and points are in order */
    __mmask8 trailing_zero;
} f64_parts;

/* Where no cell has more than 8 bytes. A point must not be the first nor the last byte, nor may
 * there be two. */
CSV_INLINE f64_parts f64_short(const held *c, const f64_state *st, halves h, const text_group *t) {
    f64_parts f;
    point p = point_of(c, st, h.hi, t->keep_hi);
    __m512i d = _mm512_andnot_si512(p.at, digits_of(c, h.hi, t->keep_hi));
    __m512i marks = marks_above(st, &p);
    __m512i edge = _mm512_or_si512(first_byte(t->keep_hi), st->top);
    __m512i bad_point = _mm512_and_si512(p.at, _mm512_or_si512(edge, marks));
    f.wrong = _mm512_or_si512(over_nine(c, d), bad_point);
    f.trailing_zero = _mm512_mask_testn_epi64_mask(p.has, d, st->top);
    f.frac = _mm512_sad_epu8(marks, c->none);
    f.number = number8(c, close_gap(d, _mm512_maskz_mov_epi64(p.has, p.upto)));
    return f;
}

/* Up to 16 bytes. */
CSV_INLINE f64_parts f64_long(const held *c, const f64_state *st, halves h, const text_group *t) {
    f64_parts f;
    point p = point_of(c, st, h.hi, t->keep_hi), q = point_of(c, st, h.lo, t->keep_lo);
    __m512i d = _mm512_andnot_si512(p.at, digits_of(c, h.hi, t->keep_hi));
    __m512i e = _mm512_andnot_si512(q.at, digits_of(c, h.lo, t->keep_lo));
    __m512i marks_hi = marks_above(st, &p), marks_lo = marks_above(st, &q);
    /* The lowest byte of `hi` is the number's first where `lo` has none of it. */
    __mmask8 alone = _mm512_testn_epi64_mask(t->keep_lo, t->keep_lo);
    __m512i edge = _mm512_mask_or_epi64(st->top, alone, st->top, first_byte(t->keep_hi));
    __mmask8 has = _kor_mask8(p.has, q.has), both = _kand_mask8(p.has, q.has);
    __m512i wrong_hi =
        _mm512_or_si512(over_nine(c, d), _mm512_and_si512(p.at, _mm512_or_si512(edge, marks_hi)));
    __m512i wrong_lo = _mm512_or_si512(
        over_nine(c, e), _mm512_and_si512(q.at, _mm512_or_si512(first_byte(t->keep_lo), marks_lo)));
    f.wrong = _mm512_mask_mov_epi64(_mm512_or_si512(wrong_hi, wrong_lo), both, c->ones);
    f.trailing_zero = _mm512_mask_testn_epi64_mask(has, d, st->top);
    f.frac =
        _mm512_add_epi64(_mm512_sad_epu8(marks_hi, c->none), _mm512_sad_epu8(marks_lo, c->none));
    f.frac = _mm512_mask_add_epi64(f.frac, q.has, f.frac, _mm512_set1_epi64(8));
    __m512i hi = close_gap(d, _mm512_maskz_mov_epi64(p.has, p.upto));
    hi = _mm512_mask_or_epi64(hi, p.has, hi, _mm512_srli_epi64(e, 56));
    __m512i lo = close_gap(e, _mm512_maskz_mov_epi64(q.has, q.upto));
    lo = _mm512_mask_slli_epi64(lo, p.has, e, 8);
    f.number = _mm512_add_epi64(number8(c, hi), times_1e8(number8(c, lo)));
    __mmask8 beyond =
        _mm512_cmpge_epu64_mask(f.number, _mm512_set1_epi64((int64_t)CSV_DOUBLE_LIMIT));
    f.wrong = _mm512_mask_mov_epi64(f.wrong, beyond, c->ones);
    return f;
}

CSV_INLINE lanes f64_group(const csv_cells *in, csv_group g, const held *c, f64_state *st,
                           double *values) {
    const uint8_t *base = in->base;
    __m256i len = _mm256_loadu_si256((const void *)g.len);
    __m512i even = LOAD_EVEN, odd = LOAD_ODD;
    lanes k = {0};
    halves h = halves_of(even, odd);
    text_group t = text_of(c, h, len);
    f64_parts f;
    if (in->n_null_words) k.word = words_of(in, t.text, len);
    if (__builtin_expect(t.longer, 0)) {
        f = f64_long(c, st, h, &t);
        k.ask = _kandn_mask8(k.word, _mm256_cmpgt_epu32_mask(len, _mm256_set1_epi32(16)));
    } else {
        f = f64_short(c, st, h, &t);
    }
    __m512d power = _mm512_permutex2var_pd(st->low_powers, f.frac, st->high_powers);
    __m512d v = _mm512_div_pd(_mm512_cvtepu64_pd(f.number), power);
    __mmask8 small = _mm512_cmp_pd_mask(v, st->least, _CMP_LT_OQ);
    small = _mm512_mask_test_epi64_mask(small, f.number, f.number);
    k.good = _mm512_mask_testn_epi64_mask(_mm256_test_epi32_mask(len, len), f.wrong, f.wrong);
    k.good = no_negative_zero(no_zero_first(c, k.good, &t), &t, f.number);
    k.good = _kandn_mask8(_kor_mask8(_kor_mask8(k.word, k.ask), small), k.good);
    v = _mm512_maskz_mov_pd(k.good, v);
    st->most = _mm512_max_pd(st->most, v);
    st->frac_min = _mm512_mask_min_epu64(st->frac_min, k.good, st->frac_min, f.frac);
    st->frac_max = _mm512_mask_max_epu64(st->frac_max, k.good, st->frac_max, f.frac);
    st->trailing_zero = _kor_mask8(st->trailing_zero, _kand_mask8(f.trailing_zero, k.good));
    _mm512_storeu_pd(values,
                     _mm512_mask_xor_pd(v, _kand_mask8(t.neg, k.good), v, _mm512_set1_pd(-0.0)));
    return k;
}

/* What the cells that are longer than two halves add to a tile. */
typedef struct f64_rest {
    double most;
    uint32_t frac_min, frac_max;
    bool trailing_zero;
} f64_rest;

static __attribute__((noinline)) uint32_t f64_ask(const csv_cells *in, uint32_t r, uint32_t ask,
                                                  f64_rest *rest, double *values) {
    uint32_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(ask);
        csv_double d;
        if (!csv_cell_f64(in->base + in->start[r + k], in->len[r + k], &d)) continue;
        values[k] = d.value;
        double size = d.value < 0 ? -d.value : d.value;
        if (size > rest->most) rest->most = size;
        if (d.frac_digits < rest->frac_min) rest->frac_min = d.frac_digits;
        if (d.frac_digits > rest->frac_max) rest->frac_max = d.frac_digits;
        rest->trailing_zero |= d.trailing_zero;
        good |= 1u << k;
    }
    return good;
}

static void f64_end(csv_kernel_out *out, const f64_state *st, const f64_rest *rest, uint32_t n) {
    uint64_t least = _mm512_reduce_min_epu64(st->frac_min);
    uint64_t most = _mm512_reduce_max_epu64(st->frac_max);
    double size = _mm512_reduce_max_pd(st->most);
    if (out->n_null + out->n_odd == n) return;
    out->frac_digits_min = (uint8_t)(rest->frac_min < least ? rest->frac_min : least);
    out->frac_digits_max = (uint8_t)(rest->frac_max > most ? rest->frac_max : most);
    out->trailing_zero = st->trailing_zero != 0 || rest->trailing_zero;
    out->int_digits_max = csv_decimal_digits((uint64_t)(rest->most > size ? rest->most : size));
}

static void kernel_f64(const csv_cells *cells, csv_kernel_out *out) {
    const csv_cells in = *cells;
    const held c = hold();
    f64_state st = {
        .frac_min = _mm512_set1_epi64(UINT8_MAX),
        .frac_max = c.none,
        .most = _mm512_setzero_pd(),
        .low_powers = _mm512_loadu_pd(csv_pow10),
        .high_powers = _mm512_loadu_pd(csv_pow10 + 8),
        .least = _mm512_set1_pd(CSV_DOUBLE_LEAST),
        .dot = CSV_HELD8('.'),
        .top = CSV_HELD64(0xFF00000000000000ull),
        .bytes_one = CSV_HELD8(1),
    };
    f64_rest rest = {.frac_min = UINT8_MAX};
    double *values = out->values;
    csv_pad pad;
    csv_out_begin(out);
    csv_pad_fill(&in, 8, &pad);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 8) {
            csv_group g = csv_group_at(&in, r + i, 8, &pad);
            lanes k = f64_group(&in, g, &c, &st, values + r + i);
            uint64_t good = _cvtmask8_u32(k.good);
            if (__builtin_expect(k.ask, 0))
                good |= f64_ask(&in, r + i, k.ask, &rest, values + r + i);
            w.good |= good << i;
            if (in.n_null_words) w.word |= (uint64_t)_cvtmask8_u32(k.word) << i;
        }
        rows_flush(&in, out, r, w);
    }
    f64_end(out, &st, &rest, in.n);
}

/* --- Bools. --------------------------------------------------------------------------------- */

static void kernel_boolean(const csv_cells *cells, csv_kernel_out *out) {
    const csv_cells in = *cells;
    const uint8_t *base = in.base;
    uint8_t *values = out->values, spelling;
    csv_pad pad;
    if (!csv_bool_spelling(&in, &spelling)) {
        lf_csv_kernel_all_odd(&in, 1, out);
        return;
    }
    const __m512i yes = CSV_HELD64(csv_bools[spelling].yes),
                  no = CSV_HELD64(csv_bools[spelling].no);
    const __m256i four = _mm256_set1_epi32(4), five = _mm256_set1_epi32(5);
    csv_out_begin(out);
    csv_pad_fill(&in, 8, &pad);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 8) {
            csv_group g = csv_group_at(&in, r + i, 8, &pad);
            __m256i len = _mm256_loadu_si256((const void *)g.len);
            __m512i even = LOAD_EVEN, odd = LOAD_ODD;
            __m512i text =
                _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), window_shift(len, 64));
            __mmask8 word = words_of(&in, text, len);
            __mmask8 is_yes = _mm512_mask_cmpeq_epi64_mask(_knot_mask8(word), text, yes);
            __mmask8 is_no = _mm512_mask_cmpeq_epi64_mask(_knot_mask8(word), text, no);
            is_yes = _mm256_mask_cmpeq_epi32_mask(is_yes, len, four);
            is_no = _mm256_mask_cmpeq_epi32_mask(is_no, len, five);
            _mm_storel_epi64((void *)(values + r + i), _mm_maskz_set1_epi8(is_yes, 1));
            w.good |= (uint64_t)_cvtmask8_u32(_kor_mask8(is_yes, is_no)) << i;
            w.word |= (uint64_t)_cvtmask8_u32(word) << i;
        }
        rows_flush(&in, out, r, w);
    }
}

const csv_kernels lf_csv_kernels_avx512 = {
    .int64 = kernel_int64,
    .f64 = kernel_f64,
    .boolean = kernel_boolean,
    .date = lf_csv_kernel_date_avx512,
    .timestamp = lf_csv_kernel_timestamp_avx512,
    .time = lf_csv_kernel_time,
    .decimal64 = kernel_decimal64,
    .utf8 = lf_csv_utf8_avx512,
};

#endif
