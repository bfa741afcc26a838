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
    __m512i zeros, nine, tens, hundreds, myriad, ones, minus, byte, eight, lead_mask, lead, none,
        sign_bit;
} held;

CSV_INLINE held hold(void) {
    static const uint64_t words[] = {
        CSV_ALL8('0'),
        CSV_ALL8(9),
        CSV_ALL16(0x010A),
        CSV_ALL32(0x00010064),
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
        .zeros = csv_held(words),
        .nine = csv_held(words + 1),
        .tens = csv_held(words + 2),
        .hundreds = csv_held(words + 3),
        .myriad = csv_held(words + 4),
        .ones = csv_held(words + 5),
        .minus = csv_held(words + 6),
        .byte = csv_held(words + 7),
        .eight = csv_held(words + 8),
        .lead_mask = csv_held(words + 9),
        .lead = csv_held(words + 10),
        .sign_bit = csv_held(words + 11),
        .none = _mm512_setzero_si512(),
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

/* v less 1: its sign bit tells a 0 from numbers below 2^63. */
CSV_INLINE __m512i less_one(const held *c, __m512i v) {
    return _mm512_add_epi64(v, c->ones);
}

typedef struct halves {
    __m512i lo, hi; /* the 16 bytes up to each cell's end */
} halves;

CSV_INLINE halves halves_of(__m512i even, __m512i odd) {
    return (halves){_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd)};
}

#define CELL_END(k) (base + b->end[i + (k)] - 16)
#define LOAD_EVEN   csv_four(CELL_END(0), CELL_END(2), CELL_END(4), CELL_END(6))
#define LOAD_ODD    csv_four(CELL_END(1), CELL_END(3), CELL_END(5), CELL_END(7))

/* The text of a group with what is not the cell's masked out. */
typedef struct text_group {
    __m512i text; /* its first eight bytes at the low end; zeros above if shorter */
    __m512i sign; /* 0 where the first is a minus, and that less one */
    __m512i sign_less;
    __m512i minus;            /* 8 where there is a minus, to shift by */
    __m512i keep_hi, keep_lo; /* masks of the cell's bytes without the minus */
} text_group;

/* `wide`: some cell has more than 8 bytes. */
CSV_INLINE text_group text_of(const held *c, halves h, const csv_block *b, uint32_t i, bool wide) {
    text_group t;
    __m512i shift = csv_widen8(b->shift + i), rest = c->none;
    __mmask8 longer = _cvtu32_mask8((uint8_t)(b->longer >> i));
    t.text = _mm512_srlv_epi64(h.hi, shift);
    if (wide) { /* 128 - 8 * min(len, 16): shifts from 64 on give 0 */
        __m512i len = _mm512_min_epu64(csv_widen8(b->len + i), _mm512_set1_epi64(16));
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

CSV_INLINE __m512i digits_of(const held *c, __m512i bytes, __m512i keep) {
    return _mm512_ternarylogic_epi64(bytes, c->zeros, keep, 0x28);
}

/* 0 where the number starts with a 0 and another digit (or a byte that is none anyway). */
CSV_INLINE __m512i zero_first(const held *c, const text_group *t) {
    __m512i after = _mm512_srlv_epi64(t->text, t->minus);
    return _mm512_ternarylogic_epi64(after, c->lead, c->lead_mask, 0x28);
}

/* Not 0 where `over` is not, where the number starts with a 0 that it must not start with, or
 * where it is a minus and nothing but zeros. */
CSV_INLINE __m512i number_wrong(const held *c, const text_group *t, __m512i over, __m512i lead,
                                __m512i v) {
    __m512i minus_zero = less_one(c, _mm512_or_si512(t->sign, v));
    __m512i either = _mm512_ternarylogic_epi64(less_one(c, lead), minus_zero, c->sign_bit, 0xA8);
    return _mm512_or_si512(over, either); /* (a | b) & c */
}

/* The lanes from i on whose text is a null word. */
CSV_INLINE __mmask8 words_of(const csv_cells *in, const csv_block *b, uint32_t i, __m512i text) {
    __mmask8 k = 0;
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __mmask8 fits = _cvtu32_mask8((uint8_t)(b->word_len[w] >> i));
        k = _kor_mask8(k, _mm512_mask_cmpeq_epi64_mask(
                              fits, text, _mm512_set1_epi64((int64_t)in->null_word[w])));
    }
    return k;
}

/* The bits of 64 rows: a value (or empty, or longer than 16 bytes), a null word. */
typedef struct rows64 {
    uint64_t good, word;
} rows64;

CSV_INLINE void rows_flush(const csv_cells *in, csv_kernel_out *out, uint32_t r, const csv_block *b,
                           rows64 w) {
    uint64_t valid = b->any & w.good & ~w.word;
    csv_out_rows(out, in->n, r, valid, b->any & ~(valid | w.word), w.word);
}

/* --- Integers and decimals. ----------------------------------------------------------------- */

typedef struct int_state {
    __m512i most;    /* largest absolute values */
    __m512i squeeze; /* decimals: takes the point out of 16 bytes and puts it into byte 0 */
    uint32_t scale;
} int_state;

/* Decimals: not 0 where there are not a digit, the point and `scale` digits, the point where it
 * must be. *lead: made not 0 where there is one digit before it, which may be 0. */
CSV_INLINE __m512i misplaced(const held *c, const int_state *st, const csv_block *b, uint32_t i,
                             const text_group *t, halves h, __m512i *lead) {
    __m512i n = csv_widen8(b->len + i), least = _mm512_set1_epi64((int64_t)st->scale + 1);
    n = _mm512_sub_epi64(n, _mm512_srli_epi64(t->minus, 3));
    __mmask8 one = _mm512_cmpeq_epi64_mask(n, least);
    __mmask8 few = _mm512_cmplt_epi64_mask(n, least);
    __m512i point = _mm512_ternarylogic_epi64(h.lo, _mm512_set1_epi64('.'), c->byte, 0x28);
    *lead = _mm512_mask_mov_epi64(*lead, one, c->eight);
    return _mm512_mask_mov_epi64(point, few, c->eight);
}

/* The eight cells of a block from i on; the values of what is not good are 0. `ask`: lanes for the
 * scalar form. Adds to w. */
CSV_INLINE void int_group(const csv_cells *in, const csv_block *b, uint32_t i, const held *c,
                          int_state *st, int64_t *values, rows64 *w, bool decimal, bool wide) {
    const uint8_t *base = in->base;
    __m512i even = LOAD_EVEN, odd = LOAD_ODD;
    __mmask8 drop = wide ? _cvtu32_mask8((uint8_t)(b->beyond >> i)) : 0;
    if (decimal) {
        if (b->maybe_word) {
            __m512i shift = _mm512_sub_epi64(csv_widen8(b->shift + i), c->eight);
            __m512i text = _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), shift);
            __mmask8 word = words_of(in, b, i, text);
            w->word |= (uint64_t)_cvtmask8_u32(word) << i;
            drop = _kor_mask8(drop, word);
        }
        even = _mm512_shuffle_epi8(even, st->squeeze);
        odd = _mm512_shuffle_epi8(odd, st->squeeze);
    }
    halves h = halves_of(even, odd);
    text_group t = text_of(c, h, b, i, wide);
    __m512i d = digits_of(c, h.hi, t.keep_hi), v = number8(c, d), over = over_nine(c, d);
    if (wide) {
        __m512i e = digits_of(c, h.lo, t.keep_lo);
        over = _mm512_or_si512(over, over_nine(c, e));
        v = _mm512_add_epi64(v, times_1e8(number8(c, e)));
    }
    if (!decimal && b->maybe_word) {
        __mmask8 word = words_of(in, b, i, t.text);
        w->word |= (uint64_t)_cvtmask8_u32(word) << i;
        drop = _kor_mask8(drop, word);
    }
    __m512i lead = zero_first(c, &t);
    if (decimal) over = _mm512_or_si512(over, misplaced(c, st, b, i, &t, h, &lead));
    __m512i wrong = number_wrong(c, &t, over, lead, v);
    __mmask8 good = _mm512_testn_epi64_mask(wrong, wrong);
    if (wide || b->maybe_word) good = _kandn_mask8(drop, good);
    v = _mm512_maskz_mov_epi64(good, v);
    __m512i negative = _mm512_srai_epi64(t.sign_less, 63);
    st->most = _mm512_max_epu64(st->most, v);
    _mm512_storeu_si512(values, _mm512_sub_epi64(_mm512_xor_si512(v, negative), negative));
    w->good |= (uint64_t)_cvtmask8_u32(good) << i;
}

/* The cells of a block that are longer than two halves: read one by one. */
static __attribute__((noinline)) uint64_t int_ask(const csv_cells *in, uint32_t r, uint64_t ask,
                                                  uint32_t scale, uint64_t *most, int64_t *values) {
    uint64_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(ask);
        int64_t v;
        if (!csv_cell_decimal(in->base + in->start[r + k], in->len[r + k], scale, &v)) continue;
        uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
        values[k] = v;
        if (size > *most) *most = size;
        good |= 1ull << k;
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
    csv_block b;
    csv_out_begin(out);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        uint32_t n = in.n - r < 64 ? in.n - r : 64;
        csv_block_make(&in, r, decimal ? 1 : 0, &b);
        for (uint32_t i = 0; i < n; i += 8)
            if (__builtin_expect((uint8_t)(b.longer >> i), 0))
                int_group(&in, &b, i, &c, &st, values + r + i, &w, decimal, true);
            else
                int_group(&in, &b, i, &c, &st, values + r + i, &w, decimal, false);
        if (__builtin_expect(b.beyond != 0, 0))
            w.good |= int_ask(&in, r, b.beyond, scale, &most, values + r);
        rows_flush(&in, out, r, &b, w);
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
    p.upto = _mm512_xor_si512(p.at, less_one(c, p.at));
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
    f.frac = _mm512_sad_epu8(_mm512_add_epi8(marks_hi, marks_lo), c->none);
    f.frac = _mm512_mask_add_epi64(f.frac, q.has, f.frac, c->eight);
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

CSV_INLINE void f64_group(const csv_cells *in, const csv_block *b, uint32_t i, const held *c,
                          f64_state *st, double *values, rows64 *w, bool wide) {
    const uint8_t *base = in->base;
    __m512i even = LOAD_EVEN, odd = LOAD_ODD;
    halves h = halves_of(even, odd);
    text_group t = text_of(c, h, b, i, wide);
    f64_parts f = wide ? f64_long(c, st, h, &t) : f64_short(c, st, h, &t);
    __mmask8 take = _cvtu32_mask8((uint8_t)((b->any & ~b->beyond) >> i));
    if (b->maybe_word) {
        __mmask8 word = words_of(in, b, i, t.text);
        w->word |= (uint64_t)_cvtmask8_u32(word) << i;
        take = _kandn_mask8(word, take);
    }
    __m512d power = wide ? _mm512_permutex2var_pd(st->low_powers, f.frac, st->high_powers)
                         : _mm512_permutexvar_pd(f.frac, st->low_powers);
    __m512d v = _mm512_div_pd(_mm512_cvtepu64_pd(f.number), power);
    __m512i wrong = number_wrong(c, &t, f.wrong, zero_first(c, &t), f.number);
    __mmask8 small = _mm512_cmp_pd_mask(v, st->least, _CMP_LT_OQ);
    small = _mm512_mask_test_epi64_mask(small, f.number, f.number);
    __mmask8 good = _mm512_mask_testn_epi64_mask(take, wrong, wrong);
    good = _kandn_mask8(small, good);
    v = _mm512_maskz_mov_pd(good, v);
    st->most = _mm512_max_pd(st->most, v);
    st->frac_min = _mm512_mask_min_epu64(st->frac_min, good, st->frac_min, f.frac);
    st->frac_max = _mm512_mask_max_epu64(st->frac_max, good, st->frac_max, f.frac);
    st->trailing_zero = _kor_mask8(st->trailing_zero, _kand_mask8(f.trailing_zero, good));
    /* Zeros have no minus here: a sign never makes -0.0 of what is not good. */
    __m512i sign = _mm512_maskz_and_epi64(good, t.sign_less, c->sign_bit);
    _mm512_storeu_pd(values, _mm512_xor_pd(v, _mm512_castsi512_pd(sign)));
    w->good |= (uint64_t)_cvtmask8_u32(good) << i;
}

/* What the cells that are longer than two halves add to a tile. */
typedef struct f64_rest {
    double most;
    uint32_t frac_min, frac_max;
    bool trailing_zero;
} f64_rest;

static __attribute__((noinline)) uint64_t f64_ask(const csv_cells *in, uint32_t r, uint64_t ask,
                                                  f64_rest *rest, double *values) {
    uint64_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(ask);
        csv_double d;
        if (!csv_cell_f64(in->base + in->start[r + k], in->len[r + k], &d)) continue;
        values[k] = d.value;
        double size = d.value < 0 ? -d.value : d.value;
        if (size > rest->most) rest->most = size;
        if (d.frac_digits < rest->frac_min) rest->frac_min = d.frac_digits;
        if (d.frac_digits > rest->frac_max) rest->frac_max = d.frac_digits;
        rest->trailing_zero |= d.trailing_zero;
        good |= 1ull << k;
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
    static const uint64_t words[] = {0x3EE4F8B588E368F1ull /* 1e-5 */, CSV_ALL8('.'),
                                     0xFF00000000000000ull, CSV_ALL8(1)};
    f64_state st = {
        .frac_min = _mm512_set1_epi64(UINT8_MAX),
        .frac_max = c.none,
        .most = _mm512_setzero_pd(),
        .low_powers = _mm512_loadu_pd(csv_pow10),
        .high_powers = _mm512_loadu_pd(csv_pow10 + 8),
        .least = _mm512_castsi512_pd(csv_held(words)),
        .dot = csv_held(words + 1),
        .top = csv_held(words + 2),
        .bytes_one = csv_held(words + 3),
    };
    f64_rest rest = {.frac_min = UINT8_MAX};
    double *values = out->values;
    csv_block b;
    csv_out_begin(out);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        uint32_t n = in.n - r < 64 ? in.n - r : 64;
        csv_block_make(&in, r, 0, &b);
        for (uint32_t i = 0; i < n; i += 8)
            if (__builtin_expect((uint8_t)(b.longer >> i), 0))
                f64_group(&in, &b, i, &c, &st, values + r + i, &w, true);
            else
                f64_group(&in, &b, i, &c, &st, values + r + i, &w, false);
        if (__builtin_expect(b.beyond != 0, 0))
            w.good |= f64_ask(&in, r, b.beyond, &rest, values + r);
        rows_flush(&in, out, r, &b, w);
    }
    f64_end(out, &st, &rest, in.n);
}

/* --- Bools. --------------------------------------------------------------------------------- */

static void kernel_boolean(const csv_cells *cells, csv_kernel_out *out) {
    const csv_cells in = *cells;
    const uint8_t *base = in.base;
    uint8_t *values = out->values, spelling;
    csv_block block, *b = &block;
    if (!csv_bool_spelling(&in, &spelling)) {
        lf_csv_kernel_all_odd(&in, 1, out);
        return;
    }
    const __m512i yes = csv_held(&csv_bools[spelling].yes);
    const __m512i no = csv_held(&csv_bools[spelling].no);
    const __m512i len_yes = _mm512_set1_epi64(4), len_no = _mm512_set1_epi64(5);
    csv_out_begin(out);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        csv_block_make(&in, r, 0, b);
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 8) {
            __m512i even = LOAD_EVEN, odd = LOAD_ODD, len = csv_widen8(b->len + i);
            __m512i text =
                _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), csv_widen8(b->shift + i));
            __mmask8 word = words_of(&in, b, i, text), left = _knot_mask8(word);
            __mmask8 is_yes = _mm512_mask_cmpeq_epi64_mask(left, text, yes);
            __mmask8 is_no = _mm512_mask_cmpeq_epi64_mask(left, text, no);
            is_yes = _mm512_mask_cmpeq_epi64_mask(is_yes, len, len_yes);
            is_no = _mm512_mask_cmpeq_epi64_mask(is_no, len, len_no);
            _mm_storel_epi64((void *)(values + r + i), _mm_maskz_set1_epi8(is_yes, 1));
            w.good |= (uint64_t)_cvtmask8_u32(_kor_mask8(is_yes, is_no)) << i;
            w.word |= (uint64_t)_cvtmask8_u32(word) << i;
        }
        rows_flush(&in, out, r, b, w);
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
