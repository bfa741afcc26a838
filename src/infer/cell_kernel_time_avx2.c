/* Dates and timestamps with AVX2, eight cells at a time; cell_kernel_shape.h says how. */
#include "infer/cell_kernel_avx2.h"
#include "infer/cell_kernel_shape.h"

/* A shape in registers. */
typedef struct shape {
    __m256i from, pattern, limit;
} shape;

CELL_INLINE shape shape_load(const cell_shape *s) {
    return (shape){_mm256_broadcastsi128_si256(cell_load16(s->from)),
                   _mm256_broadcastsi128_si256(cell_load16(s->pattern)),
                   _mm256_broadcastsi128_si256(cell_load16(s->limit))};
}

/* Eight cells in shape: cells 0 1 | 4 5 in ab, 2 3 | 6 7 in cd; the left halves of their shapes,
 * the right halves, and what was wrong in either. */
typedef struct shaped {
    __m256i left_ab, left_cd, right_ab, right_cd, wrong_ab, wrong_cd;
} shaped;

CELL_INLINE __m256i shape_two(const uint8_t *base, cell_group g, uint32_t k, bool at_end,
                              uint32_t skip, const shape *s) {
#define CELL(j) (base + g.start[j] + (at_end ? g.len[j] : skip) - (at_end ? 16 : 0))
    __m256i x = cell_two_loads(CELL(k), CELL(k + 4));
#undef CELL
    return _mm256_xor_si256(_mm256_shuffle_epi8(x, s->from), s->pattern);
}

CELL_INLINE shaped shape_cells(const uint8_t *base, cell_group g, bool at_end, uint32_t skip,
                               const shape *s) {
    shaped r;
    __m256i a = shape_two(base, g, 0, at_end, skip, s);
    __m256i b = shape_two(base, g, 1, at_end, skip, s);
    __m256i c = shape_two(base, g, 2, at_end, skip, s);
    __m256i d = shape_two(base, g, 3, at_end, skip, s);
    r.left_ab = _mm256_unpacklo_epi64(a, b);
    r.left_cd = _mm256_unpacklo_epi64(c, d);
    r.right_ab = _mm256_unpackhi_epi64(a, b);
    r.right_cd = _mm256_unpackhi_epi64(c, d);
    a = _mm256_subs_epu8(a, s->limit);
    b = _mm256_subs_epu8(b, s->limit);
    c = _mm256_subs_epu8(c, s->limit);
    d = _mm256_subs_epu8(d, s->limit);
    r.wrong_ab = _mm256_or_si256(_mm256_unpacklo_epi64(a, b), _mm256_unpackhi_epi64(a, b));
    r.wrong_cd = _mm256_or_si256(_mm256_unpacklo_epi64(c, d), _mm256_unpackhi_epi64(c, d));
    return r;
}

/* The low or high 32 bits of eight 64-bit lanes, in the order of the cells. */
CELL_INLINE __m256i low_dwords(__m256i ab, __m256i cd) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(ab), _mm256_castsi256_ps(cd), 0x88));
}

CELL_INLINE __m256i high_dwords(__m256i ab, __m256i cd) {
    return _mm256_castps_si256(
        _mm256_shuffle_ps(_mm256_castsi256_ps(ab), _mm256_castsi256_ps(cd), 0xDD));
}

CELL_INLINE __m256i pairs(__m256i digits) {
    return _mm256_maddubs_epi16(digits, _mm256_set1_epi16(0x010A));
}

/* Not 0 in the lanes of the cells where something was wrong. */
CELL_INLINE __m256i wrong_of(__m256i ab, __m256i cd) {
    return _mm256_or_si256(low_dwords(ab, cd), high_dwords(ab, cd));
}

/* Days since 1970 of eight dates, given as words [century, year of it] and [month, day]. */
CELL_INLINE __m256i days_of(__m256i years, __m256i months, __m256i *wrong) {
    const __m256i zero = _mm256_setzero_si256(), one = _mm256_set1_epi32(1);
    const __m256i three = _mm256_set1_epi32(3), low = _mm256_set1_epi32(0xFFFF);
    /* Days before the month, less 256 from October on, and days of the month. */
    const __m256i first = _mm256_broadcastsi128_si256(_mm_setr_epi8(
        0, 0, 31, 59, 90, 120, (char)151, (char)181, (char)212, (char)243, 17, 48, 78, 0, 0, 0));
    const __m256i length = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31, 0, 0, 0));
    __m256i year = _mm256_madd_epi16(years, _mm256_set1_epi32(0x00010064));
    __m256i century = _mm256_and_si256(years, low), in_century = _mm256_srli_epi32(years, 16);
    __m256i month = _mm256_and_si256(months, low), day = _mm256_srli_epi32(months, 16);
    __m256i even = _mm256_cmpeq_epi32(in_century, zero); /* -1 in years that end in 00 */
    __m256i leap = _mm256_cmpeq_epi32(
        _mm256_and_si256(_mm256_blendv_epi8(in_century, century, even), three), zero);
    __m256i c = _mm256_add_epi32(_mm256_add_epi32(century, one), even);
    __m256i before = _mm256_shuffle_epi8(first, month), last = _mm256_shuffle_epi8(length, month);
    before =
        _mm256_add_epi32(before, _mm256_and_si256(_mm256_cmpgt_epi32(month, _mm256_set1_epi32(9)),
                                                  _mm256_set1_epi32(256)));
    last = _mm256_sub_epi32(
        last, _mm256_and_si256(leap, _mm256_cmpeq_epi32(month, _mm256_set1_epi32(2))));
    before = _mm256_sub_epi32(
        before, _mm256_and_si256(leap, _mm256_cmpgt_epi32(month, _mm256_set1_epi32(2))));
    __m256i bad_day = _mm256_or_si256(_mm256_cmpgt_epi32(day, last), _mm256_cmpeq_epi32(day, zero));
    __m256i bad_month = _mm256_cmpgt_epi32(month, _mm256_set1_epi32(12));
    *wrong = _mm256_or_si256(*wrong, _mm256_or_si256(_mm256_or_si256(bad_day, bad_month),
                                                     _mm256_cmpeq_epi32(years, zero)));
    __m256i days = _mm256_madd_epi16(year, _mm256_set1_epi32(365));
    days = _mm256_add_epi32(days, _mm256_srli_epi32(_mm256_add_epi32(year, three), 2));
    days = _mm256_sub_epi32(days, c);
    days = _mm256_add_epi32(days, _mm256_srli_epi32(_mm256_add_epi32(c, three), 2));
    days = _mm256_add_epi32(days, _mm256_add_epi32(before, day));
    return _mm256_sub_epi32(days, _mm256_set1_epi32(CELL_DAYS_TO_EPOCH + 1));
}

/* --- Dates. --------------------------------------------------------------------------------- */

void lf_cell_kernel_date_avx2(const lf_cells *cells, uint32_t date_format, lf_type t,
                              lf_cell_kernel_out *out) {
    const lf_cells local = *cells, *in = &local; /* the values could alias what cells points to */
    int32_t *values = out->values;
    cell_date_layout l;
    cell_pad pad;
    if (!cell_date_layout_of(date_format, &l)) {
        lf_cell_kernel_all_odd(in, 4, out);
        return;
    }
    const cell_places places = cell_date_places(l);
    const cell_shape bytes = cell_shape_of(&places);
    const shape s = shape_load(&bytes);
    const __m256i zero = _mm256_setzero_si256(), ten = _mm256_set1_epi32(10);
    cell_out_begin(out);
    cell_pad_fill(in, 8, &pad);
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = 0;
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
            cell_group g = cell_group_at(in, r + i, 8, &pad);
            __m256i len = cell_load32(g.len), full = _mm256_cmpeq_epi32(len, ten);
            uint32_t there = ~cell_bits8(_mm256_cmpeq_epi32(len, zero)) & 0xFF, w = 0;
            shaped x = shape_cells(in->base, g, false, 0, &s);
            __m256i ab = pairs(x.left_ab), cd = pairs(x.left_cd);
            __m256i wrong = wrong_of(x.wrong_ab, x.wrong_cd);
            __m256i days = days_of(low_dwords(ab, cd), high_dwords(ab, cd), &wrong);
            __m256i good = _mm256_and_si256(full, _mm256_cmpeq_epi32(wrong, zero));
            uint32_t ask = there & ~cell_bits8(full);
            if (ask && cell_ask_unpadded(in, r + i, ask, l, &w)) {
                lf_cell_kernel_date(in, date_format, t, out);
                return;
            }
            _mm256_storeu_si256((void *)(values + r + i), _mm256_and_si256(days, good));
            valid |= (uint64_t)cell_bits8(good) << i;
            word |= (uint64_t)w << i;
            any |= (uint64_t)there << i;
        }
        cell_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
    }
}

/* --- Timestamps. ---------------------------------------------------------------------------- */

typedef struct stamp_state {
    shape date, clock, tail;
    __m256i day_factor, second_factor, frac_factor, offset, len;
    __m128i day_shift;
    bool three, narrow;
} stamp_state;

CELL_INLINE void stamp_begin(const cell_stamp_layout *l, stamp_state *st) {
    cell_stamp_shapes s;
    cell_stamp_shapes_of(l, &s);
    st->date = shape_load(&s.date);
    st->clock = shape_load(&s.clock);
    st->tail = shape_load(&s.tail);
    st->day_factor = _mm256_set1_epi64x(cell_day_factor(l));
    st->day_shift = _mm_cvtsi32_si128(cell_day_shift(l));
    st->second_factor = _mm256_set1_epi64x(l->units_per_second);
    st->frac_factor = _mm256_set1_epi64x(l->frac_scale);
    st->offset = _mm256_set1_epi64x(l->offset);
    st->len = _mm256_set1_epi32((int)l->len);
    st->three = s.three;
    st->narrow = l->narrow;
}

/* Four values from 32-bit days, seconds and fractions; 0 where `good` is. */
CELL_INLINE void stamp_store(const stamp_state *st, __m128i days, __m128i seconds, __m128i frac,
                             __m128i good, int64_t *values) {
    __m256i v = _mm256_mul_epi32(_mm256_cvtepi32_epi64(days), st->day_factor);
    v = _mm256_sll_epi64(v, st->day_shift);
    v = _mm256_add_epi64(v, _mm256_mul_epu32(_mm256_cvtepu32_epi64(seconds), st->second_factor));
    v = _mm256_add_epi64(v, _mm256_mul_epu32(_mm256_cvtepu32_epi64(frac), st->frac_factor));
    v = _mm256_and_si256(_mm256_add_epi64(v, st->offset), _mm256_cvtepi32_epi64(good));
    _mm256_storeu_si256((void *)values, v);
}

/* The fractions of eight cells as 32-bit numbers: right halves, and with three loads the digit
 * that the left halves end in. */
CELL_INLINE __m256i fractions(const shaped *x, bool three) {
    const __m256i hundreds = _mm256_set1_epi32(0x00010064);
    __m256i ab = _mm256_madd_epi16(pairs(x->right_ab), hundreds);
    __m256i cd = _mm256_madd_epi16(pairs(x->right_cd), hundreds);
    __m256i f = _mm256_add_epi32(_mm256_madd_epi16(low_dwords(ab, cd), _mm256_set1_epi32(10000)),
                                 high_dwords(ab, cd));
    if (three) {
        __m256i ninth = _mm256_srli_epi32(high_dwords(x->left_ab, x->left_cd), 24);
        f = _mm256_add_epi32(f, _mm256_mullo_epi32(ninth, _mm256_set1_epi32(100000000)));
    }
    return f;
}

CELL_INLINE uint32_t stamp_group(const lf_cells *in, cell_group g, const stamp_state *st,
                                 int64_t *values, bool three) {
    const __m256i clock_limit = _mm256_set1_epi64x(0x0000003B003B0017); /* 23, 59, 59, 0 */
    __m256i full = _mm256_cmpeq_epi32(cell_load32(g.len), st->len);
    if (_mm256_testz_si256(full, full)) {
        memset(values, 0, 8 * sizeof *values);
        return 0;
    }
    shaped x = shape_cells(in->base, g, false, 0, &st->date);
    __m256i ab = pairs(x.left_ab), cd = pairs(x.left_cd);
    __m256i wrong = wrong_of(x.wrong_ab, x.wrong_cd);
    __m256i days = days_of(low_dwords(ab, cd), high_dwords(ab, cd), &wrong);
    if (st->narrow) {
        __m256i late = _mm256_cmpgt_epi32(days, _mm256_set1_epi32(CELL_NS_DAY_MAX));
        __m256i early = _mm256_cmpgt_epi32(_mm256_set1_epi32(CELL_NS_DAY_MIN), days);
        wrong = _mm256_or_si256(wrong, _mm256_or_si256(late, early));
    }
    shaped y = shape_cells(in->base, g, !three, 11, &st->clock);
    ab = pairs(y.left_ab);
    cd = pairs(y.left_cd);
    y.wrong_ab = _mm256_or_si256(y.wrong_ab, _mm256_subs_epu16(ab, clock_limit));
    y.wrong_cd = _mm256_or_si256(y.wrong_cd, _mm256_subs_epu16(cd, clock_limit));
    wrong = _mm256_or_si256(wrong, wrong_of(y.wrong_ab, y.wrong_cd));
    __m256i seconds = _mm256_add_epi32(
        _mm256_madd_epi16(low_dwords(ab, cd), _mm256_set1_epi32(0x003C0E10)), /* 3600, 60 */
        high_dwords(ab, cd));
    if (three) {
        y = shape_cells(in->base, g, true, 0, &st->tail);
        wrong = _mm256_or_si256(wrong, wrong_of(y.wrong_ab, y.wrong_cd));
    }
    __m256i frac = fractions(&y, three);
    __m256i good = _mm256_and_si256(full, _mm256_cmpeq_epi32(wrong, _mm256_setzero_si256()));
    stamp_store(st, _mm256_castsi256_si128(days), _mm256_castsi256_si128(seconds),
                _mm256_castsi256_si128(frac), _mm256_castsi256_si128(good), values);
    stamp_store(st, _mm256_extracti128_si256(days, 1), _mm256_extracti128_si256(seconds, 1),
                _mm256_extracti128_si256(frac, 1), _mm256_extracti128_si256(good, 1), values + 4);
    return cell_bits8(good);
}

void lf_cell_kernel_timestamp_avx2(const lf_cells *cells, uint32_t date_format, lf_type t,
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
    cell_pad_fill(in, 8, &pad);
    out->form = l.form;
    for (uint32_t r = 0; r < in->n; r += 64) {
        uint64_t valid = 0, word = 0, any = cell_any64(in, r);
        for (uint32_t i = 0; i < 64 && r + i < in->n; i += 8) {
            cell_group g = cell_group_at(in, r + i, 8, &pad);
            int64_t *values = (int64_t *)out->values + r + i;
            uint32_t good = st.three ? stamp_group(in, g, &st, values, true)
                                     : stamp_group(in, g, &st, values, false);
            valid |= (uint64_t)good << i;
        }
        uint64_t ask = any & ~valid & cell_rows_mask(in->n, r);
        if (ask && in->n_null_words) word = cell_ask_words(in, r, ask);
        cell_out_rows(out, in->n, r, valid, any & ~(valid | word), word);
    }
}
