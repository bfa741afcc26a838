/* Numbers and bools with AVX2, four cells at a time: the steps of csv_kernel_avx512.c, whose
 * opening comment explains them. Instead of mask registers `wrong` gathers, per lane, all that
 * speaks against a value; a lane is good where it stays 0. */
#include "decode/csv/csv_kernel_avx2.h"

typedef struct halves {
    __m256i lo, hi; /* the 16 bytes up to each cell's end */
} halves;

CSV_INLINE halves halves_of(__m256i even, __m256i odd) {
    return (halves){_mm256_unpacklo_epi64(even, odd), _mm256_unpackhi_epi64(even, odd)};
}

#define CELL_END(k) (base + g.start[k] + g.len[k] - 16)
#define LOAD_EVEN   csv_two_loads(CELL_END(0), CELL_END(2))
#define LOAD_ODD    csv_two_loads(CELL_END(1), CELL_END(3))

/* The number that eight digits 0..9 of each lane make, the first in the lowest byte. */
CSV_INLINE __m256i number8(__m256i d) {
    __m256i quads = _mm256_madd_epi16(_mm256_maddubs_epi16(d, _mm256_set1_epi16(0x010A)),
                                      _mm256_set1_epi32(0x00010064));
    return _mm256_add_epi64(_mm256_mul_epu32(quads, _mm256_set1_epi64x(10000)),
                            _mm256_srli_epi64(quads, 32));
}

CSV_INLINE __m256i times_1e8(__m256i v) {
    return _mm256_mul_epu32(v, _mm256_set1_epi64x(100000000));
}

/* 0 where all bytes are 0..9. */
CSV_INLINE __m256i over_nine(__m256i d) {
    return _mm256_subs_epu8(d, _mm256_set1_epi8(9));
}

/* bits - 8 * min(len, bits / 8): how far the cell starts into its window. */
CSV_INLINE __m256i window_shift(__m128i len, int bits) {
    __m128i in_window = _mm_min_epu32(len, _mm_set1_epi32(bits / 8));
    return _mm256_cvtepu32_epi64(_mm_sub_epi32(_mm_set1_epi32(bits), _mm_slli_epi32(in_window, 3)));
}

/* The text of a group with what is not the cell's masked out. */
typedef struct text_group {
    __m256i text;             /* its first eight bytes at the low end; zeros above if shorter */
    __m256i sign, neg;        /* 0 and all ones where the first is a minus */
    __m256i keep_hi, keep_lo; /* masks of the cell's bytes without the minus */
    __m256i len, minus;       /* as 64 bits; 8 where there is a minus */
    bool longer;              /* some cell has more than 8 bytes */
} text_group;

CSV_INLINE text_group text_of(halves h, __m128i len) {
    const __m256i ones = _mm256_set1_epi64x(-1), eight = _mm256_set1_epi64x(8);
    text_group t;
    __m256i shift = window_shift(len, 64), rest = _mm256_setzero_si256();
    t.len = _mm256_cvtepu32_epi64(len);
    __m256i longer = _mm256_cmpgt_epi64(t.len, eight);
    t.longer = !_mm256_testz_si256(longer, longer);
    t.text = _mm256_srlv_epi64(h.hi, shift);
    if (__builtin_expect(t.longer, 0)) {
        rest = window_shift(len, 128); /* shifts from 64 on give 0 */
        __m256i first = _mm256_or_si256(
            _mm256_srlv_epi64(h.lo, rest),
            _mm256_sllv_epi64(h.hi, _mm256_sub_epi64(_mm256_set1_epi64x(64), rest)));
        t.text = _mm256_blendv_epi8(t.text, first, longer);
    }
    t.sign = _mm256_and_si256(_mm256_xor_si256(t.text, _mm256_set1_epi64x('-')),
                              _mm256_set1_epi64x(0xFF));
    t.neg = csv_is_zero(t.sign);
    t.minus = _mm256_and_si256(t.neg, eight);
    t.keep_hi = _mm256_sllv_epi64(ones, _mm256_add_epi64(shift, t.minus));
    if (__builtin_expect(t.longer, 0)) {
        t.keep_hi =
            _mm256_sllv_epi64(ones, _mm256_add_epi64(shift, _mm256_andnot_si256(longer, t.minus)));
        t.keep_lo =
            _mm256_sllv_epi64(ones, _mm256_add_epi64(rest, _mm256_and_si256(longer, t.minus)));
    } else {
        t.keep_lo = _mm256_setzero_si256();
    }
    return t;
}

CSV_INLINE __m256i digits_of(__m256i bytes, __m256i keep) {
    return _mm256_and_si256(_mm256_xor_si256(bytes, _mm256_set1_epi8('0')), keep);
}

/* All ones where the number starts with a 0 and another digit (or a byte that is none anyway). */
CSV_INLINE __m256i zero_first(const text_group *t) {
    __m256i after = _mm256_srlv_epi64(t->text, t->minus);
    return _mm256_cmpeq_epi64(_mm256_and_si256(after, _mm256_set1_epi64x(0xF0FF)),
                              _mm256_set1_epi64x(0x3030));
}

CSV_INLINE __m256i negative_zero(const text_group *t, __m256i v) {
    return csv_is_zero(_mm256_or_si256(t->sign, v));
}

/* All ones where the text is a null word. */
CSV_INLINE __m256i words_of(const csv_cells *in, __m256i text, __m256i len) {
    __m256i k = _mm256_setzero_si256();
    for (uint32_t w = 0; w < in->n_null_words; w++) {
        __m256i same = _mm256_cmpeq_epi64(text, _mm256_set1_epi64x((int64_t)in->null_word[w]));
        __m256i fits = _mm256_cmpeq_epi64(len, _mm256_set1_epi64x(in->null_len[w]));
        k = _mm256_or_si256(k, _mm256_and_si256(same, fits));
    }
    return k;
}

CSV_INLINE __m256i longer_than_two(const text_group *t, __m256i len) {
    return t->longer ? _mm256_cmpgt_epi64(len, _mm256_set1_epi64x(16)) : _mm256_setzero_si256();
}

/* What became of the lanes of a group, a bit each. */
typedef struct lanes {
    uint32_t good, word, ask; /* a value (or empty); a null word; too long: ask the scalar form */
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
    __m256i most;    /* largest absolute values */
    __m256i squeeze; /* decimals: takes the point out of 16 bytes and puts it into byte 0 */
    uint32_t scale;
} int_state;

/* Decimals: all ones where there are not a digit, the point and `scale` digits with the point where
 * it must be, or where a 0 leads before the point. `n`: digits. */
CSV_INLINE __m256i misplaced(const int_state *st, halves h, __m256i n, __m256i zero) {
    __m256i least = _mm256_set1_epi64x((int64_t)st->scale + 1);
    __m256i point = _mm256_and_si256(h.lo, _mm256_set1_epi64x(0xFF));
    point = _mm256_xor_si256(point, _mm256_set1_epi64x('.'));
    __m256i wrong = _mm256_or_si256(point, _mm256_cmpgt_epi64(least, n));
    return _mm256_or_si256(wrong, _mm256_and_si256(zero, _mm256_cmpgt_epi64(n, least)));
}

/* One group; the values of what is not good are 0. */
CSV_INLINE lanes int_group(const csv_cells *in, csv_group g, int_state *st, int64_t *values,
                           bool decimal) {
    const uint8_t *base = in->base;
    const __m128i one = _mm_set1_epi32(1);
    __m128i len = _mm_loadu_si128((const void *)g.len), cut = len;
    __m256i even = LOAD_EVEN, odd = LOAD_ODD, word = _mm256_setzero_si256();
    __m256i len64 = _mm256_cvtepu32_epi64(len);
    if (decimal) {
        if (in->n_null_words) {
            __m256i last = _mm256_unpackhi_epi64(even, odd);
            word = words_of(in, _mm256_srlv_epi64(last, window_shift(len, 64)), len64);
        }
        even = _mm256_shuffle_epi8(even, st->squeeze);
        odd = _mm256_shuffle_epi8(odd, st->squeeze);
        cut = _mm_sub_epi32(_mm_max_epu32(len, one), one);
    }
    halves h = halves_of(even, odd);
    text_group t = text_of(h, cut);
    __m256i d = digits_of(h.hi, t.keep_hi), v = number8(d), wrong = over_nine(d);
    __m256i zero = zero_first(&t), ask = longer_than_two(&t, len64);
    if (!decimal && in->n_null_words) word = words_of(in, t.text, len64);
    if (__builtin_expect(t.longer, 0)) {
        __m256i e = digits_of(h.lo, t.keep_lo);
        wrong = _mm256_or_si256(wrong, _mm256_or_si256(over_nine(e), ask));
        v = _mm256_add_epi64(v, times_1e8(number8(e)));
    }
    if (decimal) zero = misplaced(st, h, _mm256_add_epi64(t.len, t.neg), zero); /* neg is -1 */
    wrong =
        _mm256_or_si256(_mm256_or_si256(wrong, zero), _mm256_or_si256(word, negative_zero(&t, v)));
    __m256i good = csv_is_zero(wrong);
    v = _mm256_and_si256(v, good);
    st->most = _mm256_blendv_epi8(st->most, v, _mm256_cmpgt_epi64(v, st->most));
    _mm256_storeu_si256((void *)values, _mm256_sub_epi64(_mm256_xor_si256(v, t.neg), t.neg));
    return (lanes){csv_bits4(good), in->n_null_words ? csv_bits4(word) : 0,
                   t.longer ? csv_bits4(_mm256_andnot_si256(word, ask)) : 0};
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

static void int_end(const csv_cells *in, csv_kernel_out *out, const int_state *st, uint64_t most,
                    bool decimal) {
    uint64_t each[4];
    _mm256_storeu_si256((void *)each, st->most);
    for (uint32_t k = 0; k < 4; k++)
        if (each[k] > most) most = each[k];
    uint32_t digits = csv_decimal_digits(most);
    out->int_digits_max = digits > st->scale ? (uint8_t)(digits - st->scale) : 0;
    if (decimal && out->n_null + out->n_odd < in->n)
        out->frac_digits_min = out->frac_digits_max = (uint8_t)st->scale;
}

CSV_INLINE void int_tile(const csv_cells *cells, csv_kernel_out *out, uint32_t scale,
                         __m256i squeeze, bool decimal) {
    const csv_cells in = *cells; /* stores to the values could alias what `cells` points to */
    int_state st = {.most = _mm256_setzero_si256(), .squeeze = squeeze, .scale = scale};
    int64_t *values = out->values;
    uint64_t most = 0;
    csv_pad pad;
    csv_out_begin(out);
    csv_pad_fill(&in, 4, &pad);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 4) {
            csv_group g = csv_group_at(&in, r + i, 4, &pad);
            lanes k = int_group(&in, g, &st, values + r + i, decimal);
            if (__builtin_expect(k.ask, 0))
                k.good |= int_ask(&in, r + i, k.ask, scale, &most, values + r + i);
            w.good |= (uint64_t)k.good << i;
            w.word |= (uint64_t)k.word << i;
        }
        rows_flush(&in, out, r, w);
    }
    int_end(&in, out, &st, most, decimal);
}

static void kernel_int64(const csv_cells *in, csv_kernel_out *out) {
    int_tile(in, out, 0, _mm256_setzero_si256(), false);
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
    int_tile(in, out, scale, _mm256_broadcastsi128_si256(csv_load16(from)), true);
}

/* --- Doubles. ------------------------------------------------------------------------------- */

typedef struct f64_state {
    __m256i frac_less, frac_max; /* 31 - the least; the most */
    __m256i trailing_zero;
    __m256d most;
} f64_state;

#define FRAC_BASE 31

/* The point of each lane, in one half. */
typedef struct point {
    __m256i at;   /* 0xFF at every point */
    __m256i none; /* all ones without one */
    __m256i upto; /* bits up to the lowest bit of the first point; all ones without one */
} point;

CSV_INLINE point point_of(__m256i bytes, __m256i keep) {
    point p;
    p.at = _mm256_cmpeq_epi8(_mm256_and_si256(bytes, keep), _mm256_set1_epi8('.'));
    p.none = csv_is_zero(p.at);
    p.upto = _mm256_xor_si256(p.at, _mm256_add_epi64(p.at, _mm256_set1_epi64x(-1)));
    return p;
}

/* Lowest bits of the bytes above the first point; none without one. */
CSV_INLINE __m256i marks_above(const point *p) {
    return _mm256_andnot_si256(p->upto, _mm256_set1_epi8(1));
}

/* Moves the bits of d under the point up by one byte; the point's byte in d is 0. */
CSV_INLINE __m256i close_gap(__m256i d, const point *p) {
    __m256i below = _mm256_andnot_si256(p->none, _mm256_and_si256(d, p->upto));
    __m256i above = _mm256_xor_si256(d, below);
    return _mm256_or_si256(_mm256_slli_epi64(below, 8), above);
}

CSV_INLINE __m256i first_byte(__m256i keep) {
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
CSV_INLINE __m256d small_power(__m256i frac) {
    const __m256i high = _mm256_setr_epi32(0x3FF00000, 0x40240000, 0x40590000, 0x408F4000,
                                           0x40C38800, 0x40F86A00, 0x412E8480, 0x416312D0);
    __m256i p = _mm256_permutevar8x32_epi32(high, _mm256_slli_epi64(frac, 32));
    return _mm256_castsi256_pd(
        _mm256_and_si256(p, _mm256_set1_epi64x((int64_t)0xFFFFFFFF00000000ull)));
}

/* Where no cell has more than 8 bytes. A point must not be the first nor the last byte, nor may
 * there be two. */
CSV_INLINE f64_parts f64_short(halves h, const text_group *t) {
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
CSV_INLINE f64_parts f64_long(halves h, const text_group *t) {
    const __m256i zero = _mm256_setzero_si256(), eight = _mm256_set1_epi64x(8);
    f64_parts f;
    point p = point_of(h.hi, t->keep_hi), q = point_of(h.lo, t->keep_lo);
    __m256i d = _mm256_andnot_si256(p.at, digits_of(h.hi, t->keep_hi));
    __m256i e = _mm256_andnot_si256(q.at, digits_of(h.lo, t->keep_lo));
    __m256i marks_hi = marks_above(&p), marks_lo = marks_above(&q);
    /* The lowest byte of `hi` is the number's first where `lo` has none of it. */
    __m256i first_hi = _mm256_and_si256(first_byte(t->keep_hi), csv_is_zero(t->keep_lo));
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
        _mm256_cmpgt_epi64(f.number, _mm256_set1_epi64x((int64_t)CSV_DOUBLE_LIMIT - 1));
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
CSV_INLINE __m256d double_of(__m256i v) {
    const __m256i magic = _mm256_set1_epi64x(0x4330000000000000);
    return _mm256_sub_pd(_mm256_castsi256_pd(_mm256_or_si256(v, magic)),
                         _mm256_castsi256_pd(magic));
}

/* What a group adds to the counts of a tile. */
CSV_INLINE void f64_note(f64_state *st, const f64_parts *f, __m256i good, __m256d v) {
    __m256i less = _mm256_sub_epi64(_mm256_set1_epi64x(FRAC_BASE), f->frac);
    __m256i ends_in_zero = csv_is_zero(_mm256_and_si256(f->last, TOP_BYTE));
    st->most = _mm256_max_pd(st->most, v);
    st->frac_max = _mm256_max_epu8(st->frac_max, _mm256_and_si256(f->frac, good));
    st->frac_less = _mm256_max_epu8(st->frac_less, _mm256_and_si256(less, good));
    ends_in_zero = _mm256_and_si256(good, _mm256_andnot_si256(f->no_point, ends_in_zero));
    st->trailing_zero = _mm256_or_si256(st->trailing_zero, ends_in_zero);
}

CSV_INLINE lanes f64_group(const csv_cells *in, csv_group g, f64_state *st, double *values) {
    const uint8_t *base = in->base;
    __m128i len = _mm_loadu_si128((const void *)g.len);
    __m256i even = LOAD_EVEN, odd = LOAD_ODD, word = _mm256_setzero_si256();
    halves h = halves_of(even, odd);
    text_group t = text_of(h, len);
    __m256i ask = longer_than_two(&t, t.len);
    f64_parts f;
    if (in->n_null_words) word = words_of(in, t.text, t.len);
    if (__builtin_expect(t.longer, 0))
        f = f64_long(h, &t);
    else
        f = f64_short(h, &t);
    __m256d v = _mm256_div_pd(double_of(f.number), f.power);
    __m256i small =
        _mm256_castpd_si256(_mm256_cmp_pd(v, _mm256_set1_pd(CSV_DOUBLE_LEAST), _CMP_LT_OQ));
    small = _mm256_andnot_si256(csv_is_zero(f.number), small);
    __m256i wrong = _mm256_or_si256(_mm256_or_si256(f.wrong, zero_first(&t)),
                                    _mm256_or_si256(negative_zero(&t, f.number), small));
    wrong = _mm256_or_si256(_mm256_or_si256(wrong, csv_is_zero(t.len)), _mm256_or_si256(word, ask));
    __m256i good = csv_is_zero(wrong);
    __m256i sign = _mm256_slli_epi64(_mm256_and_si256(t.neg, good), 63);
    v = _mm256_and_pd(v, _mm256_castsi256_pd(good));
    f64_note(st, &f, good, v);
    _mm256_storeu_pd(values, _mm256_xor_pd(v, _mm256_castsi256_pd(sign)));
    return (lanes){csv_bits4(good), in->n_null_words ? csv_bits4(word) : 0,
                   t.longer ? csv_bits4(_mm256_andnot_si256(word, ask)) : 0};
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

static void f64_end(csv_kernel_out *out, const f64_state *st, f64_rest *rest, uint32_t n) {
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
    out->trailing_zero = csv_bits4(st->trailing_zero) != 0 || rest->trailing_zero;
    out->int_digits_max = csv_decimal_digits((uint64_t)rest->most);
}

static void kernel_f64(const csv_cells *cells, csv_kernel_out *out) {
    const csv_cells in = *cells;
    const __m256i zero = _mm256_setzero_si256();
    f64_state st = {
        .frac_less = zero, .frac_max = zero, .trailing_zero = zero, .most = _mm256_setzero_pd()};
    f64_rest rest = {.frac_min = FRAC_BASE};
    double *values = out->values;
    csv_pad pad;
    csv_out_begin(out);
    csv_pad_fill(&in, 4, &pad);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 4) {
            csv_group g = csv_group_at(&in, r + i, 4, &pad);
            lanes k = f64_group(&in, g, &st, values + r + i);
            if (__builtin_expect(k.ask, 0))
                k.good |= f64_ask(&in, r + i, k.ask, &rest, values + r + i);
            w.good |= (uint64_t)k.good << i;
            w.word |= (uint64_t)k.word << i;
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
    const __m256i yes = _mm256_set1_epi64x((int64_t)csv_bools[spelling].yes);
    const __m256i no = _mm256_set1_epi64x((int64_t)csv_bools[spelling].no);
    csv_out_begin(out);
    csv_pad_fill(&in, 4, &pad);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 4) {
            csv_group g = csv_group_at(&in, r + i, 4, &pad);
            __m128i len = _mm_loadu_si128((const void *)g.len);
            __m256i len64 = _mm256_cvtepu32_epi64(len), even = LOAD_EVEN, odd = LOAD_ODD;
            __m256i text =
                _mm256_srlv_epi64(_mm256_unpackhi_epi64(even, odd), window_shift(len, 64));
            __m256i word = words_of(&in, text, len64);
            __m256i is_yes = _mm256_and_si256(_mm256_cmpeq_epi64(text, yes),
                                              _mm256_cmpeq_epi64(len64, _mm256_set1_epi64x(4)));
            __m256i is_no = _mm256_and_si256(_mm256_cmpeq_epi64(text, no),
                                             _mm256_cmpeq_epi64(len64, _mm256_set1_epi64x(5)));
            uint32_t not_word = ~csv_bits4(word), true_bits = csv_bits4(is_yes) & not_word;
            uint32_t bytes = _pdep_u32(true_bits, 0x01010101);
            memcpy(values + r + i, &bytes, 4);
            w.good |= (uint64_t)(true_bits | (csv_bits4(is_no) & not_word)) << i;
            w.word |= (uint64_t)csv_bits4(word) << i;
        }
        rows_flush(&in, out, r, w);
    }
}

const csv_kernels lf_csv_kernels_avx2 = {
    .int64 = kernel_int64,
    .f64 = kernel_f64,
    .boolean = kernel_boolean,
    .date = lf_csv_kernel_date_avx2,
    .timestamp = lf_csv_kernel_timestamp_avx2,
    .time = lf_csv_kernel_time,
    .decimal64 = kernel_decimal64,
    .utf8 = lf_csv_utf8_avx2,
};
