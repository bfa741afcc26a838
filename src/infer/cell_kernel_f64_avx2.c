/* Doubles with AVX2: the steps of cell_kernel_f64_avx512.c, whose opening comment explains them. */
#include "infer/cell_kernel_number_avx2.h"

typedef struct f64_state {
    __m256i frac_less, frac_max; /* 31 - the least; the most */
    __m256i trailing_zero;
    __m256d most;
    uint64_t fixed; /* not 0: some cell was read with the expected point */
} f64_state;

#define FRAC_BASE 31

/* The point of each lane, in one half. */
typedef struct point {
    __m256i at;   /* 0xFF at every point */
    __m256i none; /* all ones without one */
    __m256i upto; /* bits up to the lowest bit of the first point; all ones without one */
} point;

CELL_INLINE point point_of(__m256i bytes, __m256i keep) {
    point p;
    p.at = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, keep), _mm256_set1_epi8('.'));
    p.none = cell_is_zero(p.at);
    p.upto = _mm256_xor_si256(p.at, _mm256_add_epi64(p.at, _mm256_set1_epi64x(-1)));
    return p;
}

/* Lowest bits of the bytes above the first point; none without one. */
CELL_INLINE __m256i marks_above(const point *p) {
    return _mm256_andnot_si256(p->upto, _mm256_set1_epi8(1));
}

/* Moves the bits of d under the point up by one byte; the point's byte in d is 0. */
CELL_INLINE __m256i close_gap(__m256i d, const point *p) {
    __m256i below = _mm256_andnot_si256(p->none, _mm256_and_si256(d, p->upto));
    __m256i above = _mm256_xor_si256(d, below);
    return _mm256_or_si256(_mm256_slli_epi64(below, 8), above);
}

CELL_INLINE __m256i first_byte(__m256i keep) {
    return _mm256_andnot_si256(_mm256_slli_epi64(keep, 8), keep);
}

/* The integer of all digits of a group. */
typedef struct f64_parts {
    __m256i number, frac, wrong; /* wrong: 0 where the digits and points are in order */
    __m256i no_point, last;      /* last: the last digit in the top byte */
    __m256d power;               /* ten to the frac */
} f64_parts;

#define TOP_BYTE _mm256_set1_epi64x((int64_t)0xFF00000000000000ull)

/* Ten to the power of each lane's low three bits: doubles whose lower halves are 0. */
CELL_INLINE __m256d small_power(__m256i frac) {
    const __m256i high = _mm256_setr_epi32(0x3FF00000, 0x40240000, 0x40590000, 0x408F4000,
                                           0x40C38800, 0x40F86A00, 0x412E8480, 0x416312D0);
    __m256i p = _mm256_permutevar8x32_epi32(high, _mm256_slli_epi64(frac, 32));
    return _mm256_castsi256_pd(
        _mm256_and_si256(p, _mm256_set1_epi64x((int64_t)0xFFFFFFFF00000000ull)));
}

/* Where no cell has more than 8 bytes. A point must not be the first nor the last byte, nor may
 * there be two. */
CELL_INLINE f64_parts f64_short(halves h, const text_group *t) {
    f64_parts f;
    point p = point_of(h.hi, t->keep_hi);
    __m256i d = _mm256_andnot_si256(p.at, digits_of(h.hi, t->keep_hi));
    __m256i marks = marks_above(&p);
    __m256i edge = _mm256_or_si256(first_byte(t->keep_hi), TOP_BYTE);
    __m256i bad_point = _mm256_and_si256(p.at, _mm256_or_si256(edge, marks));
    f.wrong = _mm256_or_si256(over_nine(d), bad_point);
    f.frac = _mm256_sad_epu8(marks, _mm256_setzero_si256());
    f.number = number8(close_gap(d, &p));
    f.no_point = p.none;
    f.last = d;
    f.power = small_power(f.frac);
    return f;
}

/* Up to 16 bytes. */
CELL_INLINE f64_parts f64_long(halves h, const text_group *t) {
    const __m256i zero = _mm256_setzero_si256(), eight = _mm256_set1_epi64x(8);
    f64_parts f;
    point p = point_of(h.hi, t->keep_hi), q = point_of(h.lo, t->keep_lo);
    __m256i d = _mm256_andnot_si256(p.at, digits_of(h.hi, t->keep_hi));
    __m256i e = _mm256_andnot_si256(q.at, digits_of(h.lo, t->keep_lo));
    __m256i marks_hi = marks_above(&p), marks_lo = marks_above(&q);
    /* The lowest byte of `hi` is the number's first where `lo` has none of it. */
    __m256i first_hi = _mm256_and_si256(first_byte(t->keep_hi), cell_is_zero(t->keep_lo));
    __m256i edge_hi = _mm256_or_si256(_mm256_or_si256(first_hi, TOP_BYTE), marks_hi);
    __m256i edge_lo = _mm256_or_si256(first_byte(t->keep_lo), marks_lo);
    __m256i both = _mm256_cmpeq_epi64(_mm256_or_si256(p.none, q.none), zero);
    f.wrong = _mm256_or_si256(
        _mm256_or_si256(over_nine(d), over_nine(e)),
        _mm256_or_si256(_mm256_and_si256(p.at, edge_hi), _mm256_and_si256(q.at, edge_lo)));
    __m256i far = _mm256_andnot_si256(q.none, eight);
    f.frac = _mm256_add_epi64(_mm256_sad_epu8(_mm256_add_epi8(marks_hi, marks_lo), zero), far);
    __m256i carry = _mm256_andnot_si256(p.none, _mm256_srli_epi64(e, 56));
    __m256i hi = _mm256_or_si256(close_gap(d, &p), carry);
    __m256i lo = _mm256_blendv_epi8(_mm256_slli_epi64(e, 8), close_gap(e, &q), p.none);
    f.number = _mm256_add_epi64(number8(hi), times_1e8(number8(lo)));
    __m256i beyond =
        _mm256_cmpgt_epi64(f.number, _mm256_set1_epi64x((int64_t)CELL_DOUBLE_LIMIT - 1));
    f.wrong = _mm256_or_si256(f.wrong, _mm256_or_si256(both, beyond));
    f.no_point = _mm256_and_si256(p.none, q.none);
    f.last = d;
    /* 10^8 times 10^(frac - 8) is exact. */
    __m256d scale = _mm256_blendv_pd(_mm256_set1_pd(1e8), _mm256_set1_pd(1.0),
                                     _mm256_castsi256_pd(_mm256_cmpgt_epi64(eight, f.frac)));
    f.power = _mm256_mul_pd(small_power(_mm256_and_si256(f.frac, _mm256_set1_epi64x(7))), scale);
    return f;
}

/* Integers below 2^52 as doubles. */
CELL_INLINE __m256d double_of(__m256i v) {
    const __m256i magic = _mm256_set1_epi64x(0x4330000000000000);
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(v, magic)),
                         _mm256_castsi256_pd(magic));
}

/* What a group adds to the counts of a tile. */
CELL_INLINE void f64_note(f64_state *st, const f64_parts *f, __m256i good, __m256d v) {
    __m256i less = _mm256_sub_epi64(_mm256_set1_epi64x(FRAC_BASE), f->frac);
    __m256i ends_in_zero = cell_is_zero(_mm256_and_si256(f->last, TOP_BYTE));
    st->most = _mm256_max_pd(st->most, v);
    st->frac_max = _mm256_max_epu8(st->frac_max, _mm256_and_si256(f->frac, good));
    st->frac_less = _mm256_max_epu8(st->frac_less, _mm256_and_si256(less, good));
    ends_in_zero = _mm256_and_si256(good, _mm256_andnot_si256(f->no_point, ends_in_zero));
    st->trailing_zero = _mm256_or_si256(st->trailing_zero, ends_in_zero);
}

CELL_INLINE void f64_group(const lf_cells *in, const cell_block *b, uint32_t i, f64_state *st,
                           double *values, rows64 *w, bool wide) {
    const uint8_t *base = in->base;
    __m256i even = LOAD_EVEN, odd = LOAD_ODD, word = _mm256_setzero_si256();
    halves h = halves_of(even, odd);
    text_group t = text_of(h, b, i, wide);
    f64_parts f = wide ? f64_long(h, &t) : f64_short(h, &t);
    if (b->has_words) word = words_of(in, t.text, t.len);
    __m256d v = _mm256_div_pd(double_of(f.number), f.power);
    __m256i small =
        _mm256_castpd_si256(_mm256_cmp_pd(v, _mm256_set1_pd(CELL_DOUBLE_LEAST), _CMP_LT_OQ));
    small = _mm256_andnot_si256(cell_is_zero(f.number), small);
    __m256i wrong = _mm256_or_si256(_mm256_or_si256(f.wrong, zero_first(&t)),
                                    _mm256_or_si256(negative_zero(&t, f.number), small));
    wrong = _mm256_or_si256(wrong, _mm256_or_si256(word, cell_is_zero(t.len)));
    if (wide) wrong = _mm256_or_si256(wrong, longer_than_two(&t, 0));
    __m256i good = cell_is_zero(wrong);
    __m256i sign = _mm256_slli_epi64(_mm256_and_si256(t.neg, good), 63);
    v = _mm256_and_pd(v, _mm256_castsi256_pd(good));
    f64_note(st, &f, good, v);
    _mm256_storeu_pd(values, _mm256_xor_pd(v, _mm256_castsi256_pd(sign)));
    w->good |= (uint64_t)cell_bits4(good) << i;
    w->word |= (uint64_t)cell_bits4(word) << i;
}

static void f64_end(lf_cell_kernel_out *out, const f64_state *st, cell_f64_rest *rest, uint32_t n) {
    uint64_t less[4], most[4];
    double size[4];
    _mm256_storeu_si256((void *)less, st->frac_less);
    _mm256_storeu_si256((void *)most, st->frac_max);
    _mm256_storeu_pd(size, st->most);
    for (uint32_t k = 0; k < 4; k++) {
        if (FRAC_BASE - less[k] < rest->frac_min) rest->frac_min = (uint32_t)(FRAC_BASE - less[k]);
        if (most[k] > rest->frac_max) rest->frac_max = (uint32_t)most[k];
        if (size[k] > rest->most) rest->most = size[k];
    }
    if (out->n_null + out->n_odd == n) return;
    out->frac_digits_min = (uint8_t)rest->frac_min;
    out->frac_digits_max = (uint8_t)rest->frac_max;
    out->trailing_zero = cell_bits4(st->trailing_zero) != 0 || rest->trailing_zero;
    out->int_digits_max = cell_decimal_digits((uint64_t)rest->most);
}

/* --- Where all have the same digits after the point. ----------------------------------------- */

/* What the expected point means for values. */
typedef struct fixed_power {
    __m256d power;
    __m256i small; /* the number that makes 1e-5; 1: all numbers make that */
} fixed_power;

static fixed_power fixed_power_of(uint32_t scale) {
    int64_t small = scale > 5 ? (int64_t)cell_pow10[scale - 5] : 1;
    return (fixed_power){_mm256_set1_pd(cell_pow10[scale]), _mm256_set1_epi64x(small)};
}

/* The numbers of a group as doubles, and what they add to the counts. `there`: all ones where there
 * is a value, all of them good. */
CELL_INLINE void fixed_store(f64_state *st, __m256d number, __m256i neg, __m256i digits,
                             __m256i there, const fixed_power *p, double *values) {
    __m256d v = _mm256_div_pd(number, p->power);
    __m256i ends_in_zero = cell_is_zero(_mm256_and_si256(digits, TOP_BYTE));
    st->most = _mm256_max_pd(st->most, v);
    st->trailing_zero = _mm256_or_si256(st->trailing_zero, _mm256_and_si256(ends_in_zero, there));
    __m256i sign = _mm256_slli_epi64(_mm256_and_si256(neg, there), 63);
    _mm256_storeu_pd(values, _mm256_xor_pd(v, _mm256_castsi256_pd(sign)));
}

/* Both say whether the group was such that its numbers could be stored: all good, or null. */
CELL_INLINE bool f64_fixed4(const cell_block *b, uint32_t i, f64_state *st, fixed4 k,
                            const fixed_power *p, double *values, rows64 *w) {
    __m256i zero = cell_is_zero(k.number);
    __m256i small = _mm256_andnot_si256(zero, _mm256_cmpgt_epi64(p->small, k.number));
    __m256i pass = _mm256_or_si256(_mm256_andnot_si256(small, k.good), k.word);
    if ((b->any >> i) & 15 & ~cell_bits4(pass)) return false;
    uint64_t bits = cell_bits4(k.good);
    fixed_store(st, double_of(k.number), k.neg, k.digits, k.good, p, values + i);
    st->fixed |= bits;
    w->good |= bits << i;
    w->word |= (uint64_t)cell_bits4(k.word) << i;
    return true;
}

CELL_INLINE bool f64_fixed8(const cell_block *b, uint32_t i, f64_state *st, fixed8 k,
                            const fixed_power *p, double *values, rows64 *w) {
    if ((b->any >> i) & 255 & ~cell_bits8(_mm256_or_si256(k.good, k.word))) return false;
    uint64_t bits = cell_bits8(k.good);
#define WIDE(v, upper) _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, upper))
    fixed_store(st, _mm256_cvtepi32_pd(_mm256_castsi256_si128(k.number)), WIDE(k.neg, 0),
                _mm256_slli_epi64(WIDE(k.digits, 0), 32), WIDE(k.good, 0), p, values + i);
    fixed_store(st, _mm256_cvtepi32_pd(_mm256_extracti128_si256(k.number, 1)), WIDE(k.neg, 1),
                _mm256_slli_epi64(WIDE(k.digits, 1), 32), WIDE(k.good, 1), p, values + i + 4);
#undef WIDE
    st->fixed |= bits;
    w->good |= bits << i;
    w->word |= (uint64_t)cell_bits8(k.word) << i;
    return true;
}

/* The groups of a block that have the expected point. Returns a bit for each four cells that
 * have not. */
CELL_INLINE uint32_t f64_fixed_block(const lf_cells *in, const cell_block *b, uint32_t n,
                                     const fixed_shape *f, const fixed_power *p, f64_state *st,
                                     double *values, rows64 *w) {
    uint32_t missed = 0;
    if (!b->over4) {
        for (uint32_t i = 0; i < n; i += 8)
            if (!f64_fixed8(b, i, st, fixed_eight(in, b, i, f, true), p, values, w))
                missed |= 3u << (i / 4);
        return missed;
    }
    for (uint32_t i = 0; i < n; i += 4) {
        fixed4 k;
        if (__builtin_expect((b->longer >> i) & 15, 0))
            k = fixed_four(in, b, i, f, true, true);
        else
            k = fixed_four(in, b, i, f, true, false);
        if (!f64_fixed4(b, i, st, k, p, values, w)) missed |= 1u << (i / 4);
    }
    return missed;
}

void lf_cell_kernel_f64_avx2(const lf_cells *cells, lf_cell_kernel_out *out) {
    const lf_cells in = *cells;
    const __m256i zero = _mm256_setzero_si256();
    uint32_t guess = cell_guess_frac(&in, FIXED_SCALE_MAX), hits = 0, misses = 0;
    const fixed_shape f = fixed_shape_of(guess);
    const fixed_power p = fixed_power_of(guess);
    f64_state st = {
        .frac_less = zero, .frac_max = zero, .trailing_zero = zero, .most = _mm256_setzero_pd()};
    cell_f64_rest rest = {.frac_min = FRAC_BASE};
    double *values = out->values;
    cell_block b;
    cell_out_begin(out);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        uint32_t n = in.n - r < 64 ? in.n - r : 64, todo = (1u << ((n + 3) / 4)) - 1;
        if (guess && misses <= hits + 8) {
            uint32_t groups = (uint32_t)__builtin_popcount(todo);
            cell_block_make(&in, r, 1, &b);
            todo &= f64_fixed_block(&in, &b, n, &f, &p, &st, values + r, &w);
            misses += (uint32_t)__builtin_popcount(todo);
            hits += groups - (uint32_t)__builtin_popcount(todo);
        }
        if (todo) cell_block_make(&in, r, 0, &b);
        for (; todo; todo &= todo - 1) {
            uint32_t i = (uint32_t)__builtin_ctz(todo) * 4;
            if (__builtin_expect((b.longer >> i) & 15, 0))
                f64_group(&in, &b, i, &st, values + r + i, &w, true);
            else
                f64_group(&in, &b, i, &st, values + r + i, &w, false);
        }
        if (__builtin_expect(b.beyond != 0, 0))
            w.good |= lf_cell_f64_ask(&in, r, b.beyond, &rest, values + r);
        rows_flush(&in, out, r, &b, w);
    }
    if (st.fixed) {
        rest.frac_min = guess < rest.frac_min ? guess : rest.frac_min;
        rest.frac_max = guess > rest.frac_max ? guess : rest.frac_max;
    }
    f64_end(out, &st, &rest, in.n);
}
