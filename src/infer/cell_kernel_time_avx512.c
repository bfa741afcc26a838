/* Dates and timestamps with AVX-512, sixteen cells at a time; cell_kernel_shape.h says how. */
#include "infer/cell_kernel_avx512.h"
#include "infer/cell_kernel_shape.h"
#if defined(__AVX512VBMI2__)

/* One shuffle with its check. */
typedef struct shape {
    __m512i from, pattern, limit;
} shape;

static inline shape shape_load(const cell_shape *s) {
    return (shape){_mm512_broadcast_i32x4(cell_load16(s->from)),
                   _mm512_broadcast_i32x4(cell_load16(s->pattern)),
                   _mm512_broadcast_i32x4(cell_load16(s->limit))};
}

/* Sixteen cells in shape: cells 0 1 | 4 5 | ... in ab, 2 3 | 6 7 | ... in cd; the left halves of
 * their shapes, the right halves, and what was wrong in either. */
typedef struct shaped {
    __m512i left_ab, left_cd, right_ab, right_cd, wrong_ab, wrong_cd;
} shaped;

CELL_INLINE __m512i shape_four(const uint8_t *base, cell_group g, uint32_t k, bool at_end,
                               uint32_t skip, const shape *s) {
#define CELL(j) (base + g.start[j] + (at_end ? g.len[j] : skip) - (at_end ? 16 : 0))
    __m512i x = cell_four(CELL(k), CELL(k + 4), CELL(k + 8), CELL(k + 12));
#undef CELL
    return _mm512_xor_si512(_mm512_shuffle_epi8(x, s->from), s->pattern);
}

CELL_INLINE shaped shape_cells(const uint8_t *base, cell_group g, bool at_end, uint32_t skip,
                               const shape *s) {
    shaped r;
    __m512i a = shape_four(base, g, 0, at_end, skip, s);
    __m512i b = shape_four(base, g, 1, at_end, skip, s);
    __m512i c = shape_four(base, g, 2, at_end, skip, s);
    __m512i d = shape_four(base, g, 3, at_end, skip, s);
    r.left_ab = _mm512_unpacklo_epi64(a, b);
    r.left_cd = _mm512_unpacklo_epi64(c, d);
    r.right_ab = _mm512_unpackhi_epi64(a, b);
    r.right_cd = _mm512_unpackhi_epi64(c, d);
    a = _mm512_subs_epu8(a, s->limit);
    b = _mm512_subs_epu8(b, s->limit);
    c = _mm512_subs_epu8(c, s->limit);
    d = _mm512_subs_epu8(d, s->limit);
    r.wrong_ab = _mm512_or_si512(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
    r.wrong_cd = _mm512_or_si512(_mm512_unpacklo_epi64(c, d), _mm512_unpackhi_epi64(c, d));
    return r;
}

/* The low or high 32 bits of sixteen 64-bit lanes, in the order of the cells. */
CELL_INLINE __m512i low_dwords(__m512i ab, __m512i cd) {
    return _mm512_castps_si512(
        _mm512_shuffle_ps(_mm512_castsi512_ps(ab), _mm512_castsi512_ps(cd), 0x88));
}

CELL_INLINE __m512i high_dwords(__m512i ab, __m512i cd) {
    return _mm512_castps_si512(
        _mm512_shuffle_ps(_mm512_castsi512_ps(ab), _mm512_castsi512_ps(cd), 0xDD));
}

CELL_INLINE __m512i pairs(__m512i digits) {
    return _mm512_maddubs_epi16(digits, _mm512_set1_epi16(0x010A));
}

CELL_INLINE __mmask16 any_wrong(__m512i ab, __m512i cd) {
    __m512i w = _mm512_or_si512(low_dwords(ab, cd), high_dwords(ab, cd));
    return _mm512_test_epi32_mask(w, w);
}

/* Days since 1970 of sixteen dates, given as words [century, year of it] and [month, day]. */
CELL_INLINE __m512i days_of(__m512i years, __m512i months, __mmask16 *wrong) {
    static const int32_t first[16] = {0,   0,   31,  59,  90,  120, 151, 181,
                                      212, 243, 273, 304, 334, 0,   0,   0};
    static const int32_t length[16] = {0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0};
    const __m512i one = _mm512_set1_epi32(1), three = _mm512_set1_epi32(3);
    const __m512i low = _mm512_set1_epi32(0xFFFF);
    __m512i year = _mm512_madd_epi16(years, _mm512_set1_epi32(0x00010064));
    __m512i century = _mm512_and_si512(years, low), in_century = _mm512_srli_epi32(years, 16);
    __m512i month = _mm512_and_si512(months, low), day = _mm512_srli_epi32(months, 16);
    __mmask16 within = _mm512_test_epi32_mask(in_century, in_century);
    __mmask16 leap =
        _mm512_testn_epi32_mask(_mm512_mask_mov_epi32(century, within, in_century), three);
    __m512i c = _mm512_mask_add_epi32(century, within, century, one);
    __m512i before = _mm512_permutexvar_epi32(month, _mm512_loadu_si512(first));
    __m512i last = _mm512_permutexvar_epi32(month, _mm512_loadu_si512(length));
    last = _mm512_mask_add_epi32(last, leap & _mm512_cmpeq_epi32_mask(month, _mm512_set1_epi32(2)),
                                 last, one);
    before = _mm512_mask_add_epi32(
        before, leap & _mm512_cmpgt_epi32_mask(month, _mm512_set1_epi32(2)), before, one);
    *wrong |= _mm512_cmpge_epu32_mask(_mm512_sub_epi32(day, one), last) |
              _mm512_cmpgt_epu32_mask(month, _mm512_set1_epi32(12)) |
              _mm512_testn_epi32_mask(years, years);
    __m512i days = _mm512_madd_epi16(year, _mm512_set1_epi32(365));
    days = _mm512_add_epi32(days, _mm512_srli_epi32(_mm512_add_epi32(year, three), 2));
    days = _mm512_sub_epi32(days, c);
    days = _mm512_add_epi32(days, _mm512_srli_epi32(_mm512_add_epi32(c, three), 2));
    days = _mm512_add_epi32(days, _mm512_add_epi32(before, day));
    return _mm512_sub_epi32(days, _mm512_set1_epi32(CELL_DAYS_TO_EPOCH + 1));
}

/* --- Dates. --------------------------------------------------------------------------------- */

void lf_cell_kernel_date_avx512(const lf_cells *cells, uint32_t date_format, lf_type t,
                                lf_cell_kernel_out *out) {
    const lf_cells local = *cells, *in = &local; /* the values could alias what cells points to */
    cell_pad pad;
    int32_t *values = out->values;
    cell_date_layout l;
    if (!cell_date_layout_of(date_format, &l)) {
        lf_cell_kernel_all_odd(in, 4, out);
        return;
    }
    const cell_places places = cell_date_places(l);
    const cell_shape bytes = cell_shape_of(&places);
    const shape s = shape_load(&bytes);
    cell_out_begin(out);
    cell_pad_fill(in, 16, &pad);
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = 0;
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 16) {
            cell_group g = cell_group_at(in, r + i, 16, &pad);
            __m512i len = _mm512_loadu_si512(g.len);
            __mmask16 there = _mm512_test_epi32_mask(len, len);
            __mmask16 full = _mm512_cmpeq_epi32_mask(len, _mm512_set1_epi32(10));
            shaped x = shape_cells(in->base, g, false, 0, &s);
            __m512i ab = pairs(x.left_ab), cd = pairs(x.left_cd);
            __mmask16 wrong = any_wrong(x.wrong_ab, x.wrong_cd);
            __m512i days = days_of(low_dwords(ab, cd), high_dwords(ab, cd), &wrong);
            __mmask16 good = full & (__mmask16)~wrong;
            uint32_t ask = there & (__mmask16)~full, w = 0;
            if (ask && cell_ask_unpadded(in, r + i, ask, l, &w)) {
                lf_cell_kernel_date(in, date_format, t, out);
                return;
            }
            _mm512_storeu_si512(values + r + i, _mm512_maskz_mov_epi32(good, days));
            valid |= (uint64_t)good << i;
            word |= (uint64_t)w << i;
            any |= (uint64_t)there << i;
        }
        cell_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
    }
}

/* --- Timestamps. ---------------------------------------------------------------------------- */

typedef struct stamp_state {
    shape date, clock, tail; /* tail: the fraction and zone of cells that take three loads */
    __m512i day_factor, second_factor, frac_factor, offset;
    __m128i day_shift;
    uint32_t len;
    bool three, narrow;
} stamp_state;

CELL_INLINE void stamp_begin(const cell_stamp_layout *l, stamp_state *st) {
    cell_stamp_shapes s;
    cell_stamp_shapes_of(l, &s);
    st->date = shape_load(&s.date);
    st->clock = shape_load(&s.clock);
    st->tail = shape_load(&s.tail);
    st->day_factor = _mm512_set1_epi64(cell_day_factor(l));
    st->day_shift = _mm_cvtsi32_si128(cell_day_shift(l));
    st->second_factor = _mm512_set1_epi64(l->units_per_second);
    st->frac_factor = _mm512_set1_epi64(l->frac_scale);
    st->offset = _mm512_set1_epi64(l->offset);
    st->len = l->len;
    st->three = s.three;
    st->narrow = l->narrow;
}

/* Eight values from 32-bit days, seconds and fractions. */
CELL_INLINE __m512i stamp_values(const stamp_state *st, __m256i days, __m256i seconds,
                                 __m512i frac) {
    __m512i v = _mm512_mul_epi32(_mm512_cvtepi32_epi64(days), st->day_factor);
    v = _mm512_sll_epi64(v, st->day_shift);
    v = _mm512_add_epi64(v, _mm512_mul_epu32(_mm512_cvtepu32_epi64(seconds), st->second_factor));
    v = _mm512_add_epi64(v, _mm512_mul_epu32(frac, st->frac_factor));
    return _mm512_add_epi64(v, st->offset);
}

/* The fractions of sixteen cells as 32-bit numbers: right halves, and with three loads the digit
 * that the left halves end in. */
CELL_INLINE __m512i fractions(const shaped *x, bool three) {
    const __m512i hundreds = _mm512_set1_epi32(0x00010064);
    __m512i ab = _mm512_madd_epi16(pairs(x->right_ab), hundreds);
    __m512i cd = _mm512_madd_epi16(pairs(x->right_cd), hundreds);
    __m512i f = _mm512_add_epi32(_mm512_madd_epi16(low_dwords(ab, cd), _mm512_set1_epi32(10000)),
                                 high_dwords(ab, cd));
    if (three) {
        __m512i ninth = _mm512_srli_epi32(high_dwords(x->left_ab, x->left_cd), 24);
        f = _mm512_add_epi32(f, _mm512_mullo_epi32(ninth, _mm512_set1_epi32(100000000)));
    }
    return f;
}

CELL_INLINE __mmask16 stamp_group(const lf_cells *in, cell_group g, const stamp_state *st,
                                  int64_t *values, bool three) {
    const __m512i clock_limit = _mm512_set1_epi64(0x0000003B003B0017); /* 23, 59, 59, 0 */
    __m512i len = _mm512_loadu_si512(g.len);
    __mmask16 full = _mm512_cmpeq_epi32_mask(len, _mm512_set1_epi32((int)st->len));
    if (full == 0) {
        memset(values, 0, 16 * sizeof *values);
        return 0;
    }
    shaped x = shape_cells(in->base, g, false, 0, &st->date);
    __m512i ab = pairs(x.left_ab), cd = pairs(x.left_cd);
    __mmask16 wrong = any_wrong(x.wrong_ab, x.wrong_cd);
    __m512i days = days_of(low_dwords(ab, cd), high_dwords(ab, cd), &wrong);
    if (st->narrow)
        wrong |= _mm512_cmpgt_epi32_mask(days, _mm512_set1_epi32(CELL_NS_DAY_MAX)) |
                 _mm512_cmplt_epi32_mask(days, _mm512_set1_epi32(CELL_NS_DAY_MIN));
    shaped y = shape_cells(in->base, g, !three, 11, &st->clock);
    ab = pairs(y.left_ab);
    cd = pairs(y.left_cd);
    wrong |= any_wrong(_mm512_or_si512(y.wrong_ab, _mm512_subs_epu16(ab, clock_limit)),
                       _mm512_or_si512(y.wrong_cd, _mm512_subs_epu16(cd, clock_limit)));
    __m512i seconds = _mm512_add_epi32(
        _mm512_madd_epi16(low_dwords(ab, cd), _mm512_set1_epi32(0x003C0E10)), /* 3600, 60 */
        high_dwords(ab, cd));
    if (three) {
        y = shape_cells(in->base, g, true, 0, &st->tail);
        wrong |= any_wrong(y.wrong_ab, y.wrong_cd);
    }
    __m512i frac = fractions(&y, three);
    __m512i low = stamp_values(st, _mm512_castsi512_si256(days), _mm512_castsi512_si256(seconds),
                               _mm512_cvtepu32_epi64(_mm512_castsi512_si256(frac)));
    __m512i high =
        stamp_values(st, _mm512_extracti64x4_epi64(days, 1), _mm512_extracti64x4_epi64(seconds, 1),
                     _mm512_cvtepu32_epi64(_mm512_extracti64x4_epi64(frac, 1)));
    __mmask16 good = full & (__mmask16)~wrong;
    _mm512_storeu_si512(values, _mm512_maskz_mov_epi64((__mmask8)good, low));
    _mm512_storeu_si512(values + 8, _mm512_maskz_mov_epi64((__mmask8)(good >> 8), high));
    return good;
}

void lf_cell_kernel_timestamp_avx512(const lf_cells *cells, uint32_t date_format, lf_type t,
                                     lf_cell_kernel_out *out) {
    const lf_cells local = *cells, *in = &local;
    cell_pad pad;
    cell_date_layout date;
    cell_stamp_layout l;
    stamp_state st;
    if (!cell_date_layout_of(date_format, &date) || !cell_stamp_layout_find(in, &date, t, &l)) {
        lf_cell_kernel_all_odd(in, 8, out);
        return;
    }
    stamp_begin(&l, &st);
    cell_out_begin(out);
    cell_pad_fill(in, 16, &pad);
    out->form = l.form;
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = 0;
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 16) {
            cell_group g = cell_group_at(in, r + i, 16, &pad);
            __m512i len = _mm512_loadu_si512(g.len);
            uint32_t there = _mm512_test_epi32_mask(len, len);
            int64_t *values = (int64_t *)out->values + r + i;
            uint32_t good = st.three ? stamp_group(in, g, &st, values, true)
                                     : stamp_group(in, g, &st, values, false);
            if (there & ~good) word |= cell_ask_words(in, r + i, there & ~good) << i;
            valid |= (uint64_t)good << i;
            any |= (uint64_t)there << i;
        }
        cell_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
    }
}

#endif
