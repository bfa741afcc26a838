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

typedef struct halves {
    __m512i lo, hi; /* the 16 bytes up to each cell's end */
} halves;

/* The text of a group with what is not the cell's masked out. */
typedef struct text_group {
    __m512i text;              /* its first eight bytes at the low end; zeros above if shorter */
    __m512i keep_hi, keep_lo;  /* masks of the cell's bytes without the minus */
    __mmask8 any, neg, longer; /* not empty; with a minus; more than 8 bytes */
} text_group;

static inline halves halves_of(__m512i even, __m512i odd) {
    return (halves){_mm512_unpacklo_epi64(even, odd), _mm512_unpackhi_epi64(even, odd)};
}

#define CELL_END(k) (base + g->start[k] + g->len[k] - 16)

/* Loads eight cells so that unpacking puts them in order. */
static inline void load_ends(const uint8_t *base, const csv_group *g, __m512i *even, __m512i *odd) {
    *even = csv_four(CELL_END(0), CELL_END(2), CELL_END(4), CELL_END(6));
    *odd = csv_four(CELL_END(1), CELL_END(3), CELL_END(5), CELL_END(7));
}

/* bits - 8 * min(len, bits / 8): how far the cell starts into its window. */
static inline __m512i window_shift(__m256i len, int bits) {
    __m256i in_window = _mm256_min_epu32(len, _mm256_set1_epi32(bits / 8));
    return _mm512_cvtepu32_epi64(
        _mm256_sub_epi32(_mm256_set1_epi32(bits), _mm256_slli_epi32(in_window, 3)));
}

static inline text_group text_of(halves h, __m256i len) {
    const __m512i ones = _mm512_set1_epi64(-1);
    text_group t;
    __m512i shift = window_shift(len, 64);
    t.any = _mm256_test_epi32_mask(len, len);
    t.longer = _mm256_cmpgt_epu32_mask(len, _mm256_set1_epi32(8));
    t.keep_hi = _mm512_sllv_epi64(ones, shift);
    t.text = _mm512_srlv_epi64(h.hi, shift);
    t.keep_lo = _mm512_setzero_si512();
    if (t.longer) {
        __m512i rest = window_shift(len, 128);
        t.keep_lo = _mm512_sllv_epi64(ones, rest); /* 0 for shifts from 64 on */
        t.text = _mm512_mask_mov_epi64(t.text, t.longer, _mm512_shrdv_epi64(h.lo, h.hi, rest));
    }
    t.neg = _mm512_cmpeq_epi64_mask(_mm512_and_si512(t.text, _mm512_set1_epi64(0xFF)),
                                    _mm512_set1_epi64('-'));
    t.keep_hi = _mm512_mask_slli_epi64(t.keep_hi, t.neg & (__mmask8)~t.longer, t.keep_hi, 8);
    if (t.longer) t.keep_lo = _mm512_mask_slli_epi64(t.keep_lo, t.neg & t.longer, t.keep_lo, 8);
    return t;
}

static inline __m512i digits_of(__m512i bytes, __m512i keep) {
    return _mm512_and_si512(_mm512_xor_si512(bytes, _mm512_set1_epi8('0')), keep);
}

/* Lanes that start, after the minus, with a 0 and another digit (or a byte that is no digit
 * anyway). */
static inline __mmask8 zero_first(const text_group *t) {
    __m512i after = _mm512_mask_srli_epi64(t->text, t->neg, t->text, 8);
    return _mm512_cmpeq_epi64_mask(_mm512_and_si512(after, _mm512_set1_epi64(0xF0FF)),
                                   _mm512_set1_epi64(0x3030));
}

/* What became of the lanes of a group. */
typedef struct lanes {
    __mmask8 good, word, ask; /* a value; null by a word; too long: the scalar form must judge */
} lanes;

/* --- Integers and decimals. ----------------------------------------------------------------- */

typedef struct int_state {
    __m512i most;    /* largest absolute values */
    __m512i squeeze; /* decimals: takes the point out of 16 bytes and puts it into byte 0 */
    uint32_t scale;
} int_state;

/* Decimals: the number is at least a digit, the point and `scale` digits, with the point where
 * it must be. Lets a 0 before the point pass. */
static inline __mmask8 misplaced(const int_state *st, halves h, __m256i n, __mmask8 *zero) {
    __m256i least = _mm256_set1_epi32((int)st->scale + 1);
    __m512i point = _mm512_and_si512(h.lo, _mm512_set1_epi64(0xFF));
    *zero &= _mm256_cmpgt_epu32_mask(n, least);
    return _mm256_cmplt_epu32_mask(n, least) |
           _mm512_cmpneq_epi64_mask(point, _mm512_set1_epi64('.'));
}

static inline lanes int_group(const csv_cells *in, const csv_group *g, int_state *st,
                              int64_t *values, bool decimal) {
    const __m256i one = _mm256_set1_epi32(1);
    __m256i len = _mm256_loadu_si256((const void *)g->len), cut = len;
    __m512i even, odd;
    lanes k = {0};
    load_ends(in->base, g, &even, &odd);
    if (decimal) {
        if (in->n_null_words) {
            __m512i text =
                _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), window_shift(len, 64));
            k.word = csv_words(in, text, len);
        }
        even = _mm512_shuffle_epi8(even, st->squeeze);
        odd = _mm512_shuffle_epi8(odd, st->squeeze);
        cut = _mm256_sub_epi32(_mm256_max_epu32(len, one), one);
    }
    halves h = halves_of(even, odd);
    text_group t = text_of(h, cut);
    __mmask8 any = decimal ? _mm256_test_epi32_mask(len, len) : t.any;
    if (!decimal && in->n_null_words) k.word = csv_words(in, t.text, len);
    __m512i d = digits_of(h.hi, t.keep_hi), v = csv_number8(d);
    __mmask8 bad = csv_not_digits(d), zero = zero_first(&t);
    if (t.longer) {
        __m512i e = digits_of(h.lo, t.keep_lo);
        bad |= csv_not_digits(e);
        v = _mm512_add_epi64(v, _mm512_mul_epu32(csv_number8(e), _mm512_set1_epi64(100000000)));
        k.ask = any & (__mmask8)~k.word & _mm256_cmpgt_epu32_mask(len, _mm256_set1_epi32(16));
    }
    if (decimal) bad |= misplaced(st, h, _mm256_mask_sub_epi32(cut, t.neg, cut, one), &zero);
    bad |= zero | k.word | k.ask | _mm512_mask_testn_epi64_mask(t.neg, v, v);
    k.good = any & (__mmask8)~bad;
    st->most = _mm512_mask_max_epu64(st->most, k.good, st->most, v);
    v = _mm512_mask_sub_epi64(v, t.neg, _mm512_setzero_si512(), v);
    _mm512_storeu_si512(values, _mm512_maskz_mov_epi64(k.good, v));
    return k;
}

/* The cells of a group that are longer than two halves. Returns those that read. */
static uint32_t int_ask(const csv_cells *in, uint32_t r, uint32_t ask, int_state *st,
                        int64_t *values, bool decimal) {
    uint32_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(ask), len = in->len[r + k];
        const uint8_t *p = in->base + in->start[r + k];
        int64_t v;
        if (!(decimal ? csv_cell_decimal(p, len, st->scale, &v) : csv_cell_int64(p, len, &v)))
            continue;
        values[k] = v;
        st->most = _mm512_max_epu64(st->most, _mm512_set1_epi64(v < 0 ? -v : v));
        good |= 1u << k;
    }
    return good;
}

static inline void int_tile(const csv_cells *in, csv_kernel_out *out, int_state *st, bool decimal) {
    int64_t *values = out->values;
    st->most = _mm512_setzero_si512();
    csv_out_begin(out);
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = 0;
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
            csv_group g;
            csv_group_at(in, r + i, 8, &g);
            lanes k = int_group(in, &g, st, values + r + i, decimal);
            __m256i len = _mm256_loadu_si256((const void *)g.len);
            if (k.ask) k.good |= (__mmask8)int_ask(in, r + i, k.ask, st, values + r + i, decimal);
            valid |= (uint64_t)k.good << i;
            word |= (uint64_t)k.word << i;
            any |= (uint64_t)_mm256_test_epi32_mask(len, len) << i;
        }
        csv_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
    }
    uint32_t digits = csv_decimal_digits(_mm512_reduce_max_epu64(st->most));
    out->int_digits_max = digits > st->scale ? (uint8_t)(digits - st->scale) : 0;
    if (decimal && out->n_null + out->n_odd < in->n)
        out->frac_digits_min = out->frac_digits_max = (uint8_t)st->scale;
}

static void kernel_int64(const csv_cells *in, csv_kernel_out *out) {
    int_state st = {.scale = 0};
    int_tile(in, out, &st, false);
}

static void kernel_decimal64(const csv_cells *in, uint32_t scale, csv_kernel_out *out) {
    int_state st = {.scale = scale};
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
    st.squeeze = _mm512_broadcast_i32x4(csv_load16(from));
    int_tile(in, out, &st, true);
}

/* --- Doubles. ------------------------------------------------------------------------------- */

typedef struct f64_state {
    __m512i frac_min, frac_max;
    __m512d most;
    __mmask8 trailing_zero;
} f64_state;

/* The point of each lane, in one half. */
typedef struct point {
    __m512i at;   /* 0xFF at every point */
    __m512i upto; /* bits up to the lowest bit of the first point; all ones without one */
    __mmask8 has;
} point;

static inline point point_of(__m512i bytes, __m512i keep) {
    point p;
    __mmask64 k = _mm512_cmpeq_epi8_mask(_mm512_and_si512(bytes, keep), _mm512_set1_epi8('.'));
    p.at = _mm512_movm_epi8(k);
    p.upto = _mm512_xor_si512(p.at, _mm512_add_epi64(p.at, _mm512_set1_epi64(-1)));
    p.has = _mm512_test_epi64_mask(p.at, p.at);
    return p;
}

/* Lanes with a second point. */
static inline __mmask8 point_again(const point *p) {
    return _mm512_test_epi64_mask(_mm512_andnot_si512(p->upto, p->at), _mm512_set1_epi8(1));
}

static inline __m512i bytes_above(const point *p) {
    return _mm512_sad_epu8(_mm512_andnot_si512(p->upto, _mm512_set1_epi8(1)),
                           _mm512_setzero_si512());
}

/* Moves the bits of d under `upto` up by one byte; the point's byte in d is 0. */
static inline __m512i close_gap(__m512i d, __m512i upto) {
    __m512i below = _mm512_slli_epi64(_mm512_and_si512(d, upto), 8);
    return _mm512_or_si512(below, _mm512_andnot_si512(upto, d));
}

/* The integer of all digits of a group, and its checks. */
typedef struct f64_parts {
    __m512i number, frac;
    __mmask8 bad, has_point, trailing_zero;
} f64_parts;

/* A point as the first or the last byte of the number. */
static inline __mmask8 point_at_edge(__m512i at, __m512i keep, int64_t last) {
    __m512i first = _mm512_andnot_si512(_mm512_slli_epi64(keep, 8), keep);
    return _mm512_test_epi64_mask(at, _mm512_or_si512(first, _mm512_set1_epi64(last)));
}

#define TOP_BYTE ((int64_t)0xFF00000000000000ull)

/* Where no cell has more than 8 bytes. */
static inline f64_parts f64_short(halves h, const text_group *t) {
    f64_parts f;
    point p = point_of(h.hi, t->keep_hi);
    __m512i d = _mm512_andnot_si512(p.at, digits_of(h.hi, t->keep_hi));
    f.bad = csv_not_digits(d) | point_again(&p) | point_at_edge(p.at, t->keep_hi, TOP_BYTE);
    f.has_point = p.has;
    f.trailing_zero = _mm512_mask_testn_epi64_mask(p.has, d, _mm512_set1_epi64(TOP_BYTE));
    f.frac = bytes_above(&p);
    f.number = csv_number8(close_gap(d, _mm512_maskz_mov_epi64(p.has, p.upto)));
    return f;
}

/* Up to 16 bytes. */
static inline f64_parts f64_long(halves h, const text_group *t) {
    const __m512i top = _mm512_set1_epi64(TOP_BYTE);
    f64_parts f;
    point p = point_of(h.hi, t->keep_hi), q = point_of(h.lo, t->keep_lo);
    __m512i d = _mm512_andnot_si512(p.at, digits_of(h.hi, t->keep_hi));
    __m512i e = _mm512_andnot_si512(q.at, digits_of(h.lo, t->keep_lo));
    __m512i first_lo = _mm512_andnot_si512(_mm512_slli_epi64(t->keep_lo, 8), t->keep_lo);
    /* The lowest byte of `hi` is the number's first where `lo` has none of it. */
    __m512i first_hi = _mm512_mask_andnot_epi64(_mm512_setzero_si512(),
                                                _mm512_testn_epi64_mask(t->keep_lo, t->keep_lo),
                                                _mm512_slli_epi64(t->keep_hi, 8), t->keep_hi);
    f.bad = csv_not_digits(d) | csv_not_digits(e) | point_again(&p) | point_again(&q) |
            (p.has & q.has) | _mm512_test_epi64_mask(p.at, _mm512_or_si512(first_hi, top)) |
            _mm512_test_epi64_mask(q.at, first_lo);
    f.has_point = p.has | q.has;
    f.trailing_zero = _mm512_mask_testn_epi64_mask(f.has_point, d, top);
    f.frac = _mm512_add_epi64(bytes_above(&p), bytes_above(&q));
    f.frac = _mm512_mask_add_epi64(f.frac, q.has, f.frac, _mm512_set1_epi64(8));
    __m512i hi = close_gap(d, _mm512_maskz_mov_epi64(p.has, p.upto));
    hi = _mm512_mask_or_epi64(hi, p.has, hi, _mm512_srli_epi64(e, 56));
    __m512i lo = close_gap(e, _mm512_maskz_mov_epi64(q.has, q.upto));
    lo = _mm512_mask_slli_epi64(lo, p.has, e, 8);
    f.number = _mm512_add_epi64(csv_number8(hi),
                                _mm512_mul_epu32(csv_number8(lo), _mm512_set1_epi64(100000000)));
    f.bad |= _mm512_cmpge_epu64_mask(f.number, _mm512_set1_epi64((int64_t)CSV_DOUBLE_LIMIT));
    return f;
}

static inline lanes f64_group(const csv_cells *in, const csv_group *g, f64_state *st,
                              double *values) {
    const __m512d low = _mm512_loadu_pd(csv_pow10), high = _mm512_loadu_pd(csv_pow10 + 8);
    __m256i len = _mm256_loadu_si256((const void *)g->len);
    __m512i even, odd;
    lanes k = {0};
    load_ends(in->base, g, &even, &odd);
    halves h = halves_of(even, odd);
    text_group t = text_of(h, len);
    if (in->n_null_words) k.word = csv_words(in, t.text, len);
    f64_parts f = t.longer ? f64_long(h, &t) : f64_short(h, &t);
    if (t.longer) k.ask = (__mmask8)~k.word & _mm256_cmpgt_epu32_mask(len, _mm256_set1_epi32(16));
    __m512d power = _mm512_permutex2var_pd(low, f.frac, high);
    __m512d v = _mm512_div_pd(_mm512_cvtepu64_pd(f.number), power);
    __mmask8 zero = _mm512_testn_epi64_mask(f.number, f.number);
    __mmask8 small = _mm512_cmp_pd_mask(v, _mm512_set1_pd(CSV_DOUBLE_LEAST), _CMP_LT_OQ);
    __mmask8 bad =
        f.bad | k.word | k.ask | zero_first(&t) | (zero & t.neg) | (small & (__mmask8)~zero);
    k.good = t.any & (__mmask8)~bad;
    st->most = _mm512_mask_max_pd(st->most, k.good, st->most, v);
    st->frac_min = _mm512_mask_min_epu64(st->frac_min, k.good, st->frac_min, f.frac);
    st->frac_max = _mm512_mask_max_epu64(st->frac_max, k.good, st->frac_max, f.frac);
    st->trailing_zero |= f.trailing_zero & k.good;
    v = _mm512_mask_xor_pd(v, t.neg, v, _mm512_set1_pd(-0.0));
    _mm512_storeu_pd(values, _mm512_maskz_mov_pd(k.good, v));
    return k;
}

static uint32_t f64_ask(const csv_cells *in, uint32_t r, uint32_t ask, f64_state *st,
                        double *values) {
    uint32_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctz(ask);
        csv_double d;
        if (!csv_cell_f64(in->base + in->start[r + k], in->len[r + k], &d)) continue;
        values[k] = d.value;
        double size = d.value < 0 ? -d.value : d.value;
        __m512i frac = _mm512_set1_epi64(d.frac_digits);
        st->most = _mm512_max_pd(st->most, _mm512_set1_pd(size));
        st->frac_min = _mm512_min_epu64(st->frac_min, frac);
        st->frac_max = _mm512_max_epu64(st->frac_max, frac);
        st->trailing_zero |= d.trailing_zero;
        good |= 1u << k;
    }
    return good;
}

static void kernel_f64(const csv_cells *in, csv_kernel_out *out) {
    double *values = out->values;
    f64_state st = {.frac_min = _mm512_set1_epi64(UINT8_MAX)};
    csv_out_begin(out);
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = 0;
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
            csv_group g;
            csv_group_at(in, r + i, 8, &g);
            lanes k = f64_group(in, &g, &st, values + r + i);
            __m256i len = _mm256_loadu_si256((const void *)g.len);
            if (k.ask) k.good |= (__mmask8)f64_ask(in, r + i, k.ask, &st, values + r + i);
            valid |= (uint64_t)k.good << i;
            word |= (uint64_t)k.word << i;
            any |= (uint64_t)_mm256_test_epi32_mask(len, len) << i;
        }
        csv_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
    }
    if (out->n_null + out->n_odd == in->n) return;
    out->frac_digits_min = (uint8_t)_mm512_reduce_min_epu64(st.frac_min);
    out->frac_digits_max = (uint8_t)_mm512_reduce_max_epu64(st.frac_max);
    out->trailing_zero = st.trailing_zero != 0;
    out->int_digits_max = csv_decimal_digits((uint64_t)_mm512_reduce_max_pd(st.most));
}

/* --- Bools. --------------------------------------------------------------------------------- */

static void kernel_boolean(const csv_cells *in, csv_kernel_out *out) {
    uint8_t *values = out->values, spelling;
    if (!csv_bool_spelling(in, &spelling)) {
        lf_csv_kernel_all_odd(in, 1, out);
        return;
    }
    const __m512i yes = _mm512_set1_epi64((int64_t)csv_bools[spelling].yes);
    const __m512i no = _mm512_set1_epi64((int64_t)csv_bools[spelling].no);
    csv_out_begin(out);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = 0;
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
            csv_group g;
            __m512i even, odd;
            csv_group_at(in, r + i, 8, &g);
            load_ends(in->base, &g, &even, &odd);
            __m256i len = _mm256_loadu_si256((const void *)g.len);
            __m512i text =
                _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), window_shift(len, 64));
            __mmask8 w = csv_words(in, text, len);
            __mmask8 is_yes = (__mmask8)~w & _mm512_cmpeq_epi64_mask(text, yes) &
                              _mm256_cmpeq_epi32_mask(len, _mm256_set1_epi32(4));
            __mmask8 is_no = (__mmask8)~w & _mm512_cmpeq_epi64_mask(text, no) &
                             _mm256_cmpeq_epi32_mask(len, _mm256_set1_epi32(5));
            _mm_storel_epi64((void *)(values + r + i), _mm_maskz_set1_epi8(is_yes, 1));
            valid |= (uint64_t)(is_yes | is_no) << i;
            word |= (uint64_t)w << i;
            any |= (uint64_t)_mm256_test_epi32_mask(len, len) << i;
        }
        csv_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
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
