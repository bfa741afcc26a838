/* Doubles with AVX-512; cell_kernel_number_avx512.h says how digits are read.
 *
 * The digits are the integer of all digits, divided by the power of ten of those after the point.
 * A division of two exact doubles rounds once, so the quotient is the nearest double to the
 * text; a multiplication by a reciprocal would not be.
 * Most columns have the same digits after the point in all cells, so the tile's first cell says
 * where the point is expected. Groups of eight where it is not, or where anything else is wrong,
 * are read again by the general form, which finds the point of each lane, and moves the bytes
 * below it up by one. */
#include "infer/cell_kernel_number_avx512.h"
#if defined(__AVX512VBMI2__)

/* --- Doubles. ------------------------------------------------------------------------------- */

typedef struct f64_state {
    __m512i frac_min, frac_max;
    __m512d most, low_powers, high_powers, least;
    __m512i dot, top, bytes_one;
    __mmask8 trailing_zero;
    __mmask8 fixed; /* some lane was read with the expected point */
} f64_state;

/* The point of each lane, in one half. */
typedef struct point {
    __m512i at;   /* 0xFF at every point */
    __m512i upto; /* bits up to the lowest bit of the first point; all ones without one */
    __mmask8 has;
} point;

CELL_INLINE point point_of(const held *c, const f64_state *st, __m512i bytes, __m512i keep) {
    point p;
    __mmask64 k = _mm512_cmpeq_epi8_mask(_mm512_and_si512(bytes, keep), st->dot);
    p.at = _mm512_movm_epi8(k);
    p.upto = _mm512_xor_si512(p.at, less_one(c, p.at));
    p.has = _mm512_test_epi64_mask(p.at, p.at);
    return p;
}

/* Lowest bits of the bytes above the first point; none without one. */
CELL_INLINE __m512i marks_above(const f64_state *st, const point *p) {
    return _mm512_andnot_si512(p->upto, st->bytes_one);
}

/* Moves the bits of d under `upto` up by one byte; the point's byte in d is 0. */
CELL_INLINE __m512i close_gap(__m512i d, __m512i upto) {
    __m512i below = _mm512_slli_epi64(_mm512_and_si512(d, upto), 8);
    return _mm512_ternarylogic_epi64(below, d, upto, 0xF4); /* a | (b & ~c) */
}

CELL_INLINE __m512i first_byte(__m512i keep) {
    return _mm512_andnot_si512(_mm512_slli_epi64(keep, 8), keep);
}

/* The integer of all digits of a group. */
typedef struct f64_parts {
    __m512i number, frac, wrong; /* wrong: 0 where the digits and points are in order */
    __mmask8 trailing_zero;
} f64_parts;

/* Where no cell has more than 8 bytes. A point must not be the first nor the last byte, nor may
 * there be two. */
CELL_INLINE f64_parts f64_short(const held *c, const f64_state *st, halves h, const text_group *t) {
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
CELL_INLINE f64_parts f64_long(const held *c, const f64_state *st, halves h, const text_group *t) {
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
        _mm512_cmpge_epu64_mask(f.number, _mm512_set1_epi64((int64_t)CELL_DOUBLE_LIMIT));
    f.wrong = _mm512_mask_mov_epi64(f.wrong, beyond, c->ones);
    return f;
}

CELL_INLINE void f64_group(const lf_cells *in, const cell_block *b, uint32_t i, const held *c,
                           f64_state *st, double *values, rows64 *w, bool wide) {
    const uint8_t *base = in->base;
    __m512i even = LOAD_EVEN, odd = LOAD_ODD;
    halves h = halves_of(even, odd);
    text_group t = text_of(c, h, b, i, wide);
    f64_parts f = wide ? f64_long(c, st, h, &t) : f64_short(c, st, h, &t);
    __mmask8 take = _cvtu32_mask8((uint8_t)((b->any & ~b->beyond) >> i));
    if (b->has_words) {
        __mmask8 word = words_of(in, b, i, 0, t.text);
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

static void f64_end(lf_cell_kernel_out *out, const f64_state *st, const cell_f64_rest *rest,
                    uint32_t n) {
    uint64_t least = _mm512_reduce_min_epu64(st->frac_min);
    uint64_t most = _mm512_reduce_max_epu64(st->frac_max);
    double size = _mm512_reduce_max_pd(st->most);
    if (out->n_null + out->n_odd == n) return;
    out->frac_digits_min = (uint8_t)(rest->frac_min < least ? rest->frac_min : least);
    out->frac_digits_max = (uint8_t)(rest->frac_max > most ? rest->frac_max : most);
    out->trailing_zero = st->trailing_zero != 0 || rest->trailing_zero;
    out->int_digits_max = cell_decimal_digits((uint64_t)(rest->most > size ? rest->most : size));
}

/* --- Where all have the same digits after the point. ----------------------------------------- */

/* What the expected point means for values. */
typedef struct fixed_power {
    __m512d power;
    __m512i small; /* 1 below the number that makes 1e-5; 0: all numbers make that */
} fixed_power;

static fixed_power fixed_power_of(uint32_t scale) {
    uint64_t small = scale > 5 ? (uint64_t)cell_pow10[scale - 5] - 1 : 0;
    return (fixed_power){_mm512_set1_pd(cell_pow10[scale]), _mm512_set1_epi64((int64_t)small)};
}

/* Stores eight numbers with the expected point, if all are such; `want`: lanes that must be good
 * or null by a word. They are below 1e15 by their length. */
CELL_INLINE bool f64_fixed(f64_state *st, const held *c, fixed8 k, __mmask8 want,
                           const fixed_power *p, double *values, rows64 *w, uint32_t i) {
    __mmask8 small = _mm512_cmplt_epu64_mask(less_one(c, k.number), p->small);
    __mmask8 pass = _kandn_mask8(small, _kor_mask8(k.good, k.word));
    if (_cvtmask8_u32(_kandn_mask8(pass, want))) return false;
    __mmask8 there = _kandn_mask8(k.word, want);
    __m512d v = _mm512_div_pd(_mm512_cvtepi64_pd(k.number), p->power);
    st->fixed = _kor_mask8(st->fixed, there);
    st->most = _mm512_max_pd(st->most, v);
    st->trailing_zero =
        _kor_mask8(st->trailing_zero, _mm512_mask_testn_epi64_mask(there, k.digits, st->top));
    __m512i sign = _mm512_maskz_and_epi64(there, k.sign_less, c->sign_bit);
    _mm512_storeu_pd(values + i, _mm512_xor_pd(v, _mm512_castsi512_pd(sign)));
    w->good |= (uint64_t)_cvtmask8_u32(there) << i;
    w->word |= (uint64_t)_cvtmask8_u32(k.word) << i;
    return true;
}

/* Half of sixteen as eight. */
CELL_INLINE fixed8 half_of(fixed16 k, bool upper) {
#define HALF(v)                                                                                    \
    _mm512_cvtepi32_epi64(upper ? _mm512_extracti64x4_epi64(v, 1) : _mm512_castsi512_si256(v))
    uint32_t good = _cvtmask16_u32(k.good), word = _cvtmask16_u32(k.word);
    return (fixed8){HALF(k.number), HALF(k.sign_less),
                    _mm512_slli_epi64(HALF(k.digits), 32), /* the last digit back on top */
                    _cvtu32_mask8((uint8_t)(upper ? good >> 8 : good)),
                    _cvtu32_mask8((uint8_t)(upper ? word >> 8 : word))};
#undef HALF
}

/* The groups of a block that have the expected point. Returns a bit for each of the others. */
CELL_INLINE uint32_t f64_fixed_block(const lf_cells *in, const cell_block *b, uint32_t n,
                                     const held *c, const fixed_shape *f, f64_state *st,
                                     double *values, rows64 *w) {
    const fixed_power p = fixed_power_of(f->scale);
    uint32_t missed = 0;
    if (!b->over4) {
        for (uint32_t i = 0; i < n; i += 16) {
            fixed16 k = fixed_sixteen(in, b, i, c, f, true);
            __mmask8 low = (__mmask8)(b->any >> i), high = (__mmask8)(b->any >> (i + 8));
            bool low_ok = f64_fixed(st, c, half_of(k, false), low, &p, values, w, i);
            bool high_ok = f64_fixed(st, c, half_of(k, true), high, &p, values, w, i + 8);
            missed |= (low_ok ? 0 : 1u) << (i / 8) | (high_ok ? 0 : 2u) << (i / 8);
        }
        return missed;
    }
    for (uint32_t i = 0; i < n; i += 8) {
        fixed8 k;
        if (__builtin_expect((uint8_t)(b->longer >> i), 0))
            k = fixed_eight(in, b, i, c, f, true, true);
        else
            k = fixed_eight(in, b, i, c, f, true, false);
        bool ok = f64_fixed(st, c, k, (__mmask8)(b->any >> i), &p, values, w, i);
        missed |= (uint32_t)!ok << (i / 8);
    }
    return missed;
}

CELL_INLINE f64_state f64_begin(void) {
    static const uint64_t words[] = {0x3EE4F8B588E368F1ull /* 1e-5 */, CELL_ALL8('.'),
                                     0xFF00000000000000ull, CELL_ALL8(1)};
    return (f64_state){
        .frac_min = _mm512_set1_epi64(UINT8_MAX),
        .frac_max = _mm512_setzero_si512(),
        .most = _mm512_setzero_pd(),
        .low_powers = _mm512_loadu_pd(cell_pow10),
        .high_powers = _mm512_loadu_pd(cell_pow10 + 8),
        .least = _mm512_castsi512_pd(cell_held(words)),
        .dot = cell_held(words + 1),
        .top = cell_held(words + 2),
        .bytes_one = cell_held(words + 3),
    };
}

void lf_cell_kernel_f64_avx512(const lf_cells *cells, lf_cell_kernel_out *out) {
    const lf_cells in = *cells;
    const held c = hold();
    uint32_t guess = cell_guess_frac(&in, FIXED_SCALE_MAX), hits = 0, misses = 0;
    const fixed_shape f = fixed_shape_of(guess);
    f64_state st = f64_begin();
    cell_f64_rest rest = {.frac_min = UINT8_MAX};
    double *values = out->values;
    cell_block b;
    cell_out_begin(out);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        uint32_t n = in.n - r < 64 ? in.n - r : 64, todo = (1u << ((n + 7) / 8)) - 1;
        if (guess && misses <= hits + 4) {
            uint32_t groups = (uint32_t)__builtin_popcount(todo);
            cell_block_make(&in, r, 1, &b);
            todo &= f64_fixed_block(&in, &b, n, &c, &f, &st, values + r, &w);
            misses += (uint32_t)__builtin_popcount(todo);
            hits += groups - (uint32_t)__builtin_popcount(todo);
        }
        if (todo) cell_block_make(&in, r, 0, &b);
        for (; todo; todo &= todo - 1) {
            uint32_t i = (uint32_t)__builtin_ctz(todo) * 8;
            if (__builtin_expect((uint8_t)(b.longer >> i), 0))
                f64_group(&in, &b, i, &c, &st, values + r + i, &w, true);
            else
                f64_group(&in, &b, i, &c, &st, values + r + i, &w, false);
        }
        if (__builtin_expect(b.beyond != 0, 0))
            w.good |= lf_cell_f64_ask(&in, r, b.beyond, &rest, values + r);
        rows_flush(&in, out, r, &b, w);
    }
    if (_cvtmask8_u32(st.fixed)) {
        rest.frac_min = guess < rest.frac_min ? guess : rest.frac_min;
        rest.frac_max = guess > rest.frac_max ? guess : rest.frac_max;
    }
    f64_end(out, &st, &rest, in.n);
}

#endif
