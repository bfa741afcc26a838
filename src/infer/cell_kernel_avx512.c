/* Integers, decimals and bools with AVX-512; cell_kernel_number_avx512.h says how. */
#include "infer/cell_kernel_number_avx512.h"
#if defined(__AVX512VBMI2__)

/* --- Integers and decimals. ----------------------------------------------------------------- */

typedef struct int_state {
    __m512i most, most32; /* largest absolute values, of either width */
} int_state;

CELL_INLINE void int_eight(fixed8 k, uint32_t i, int_state *st, int64_t *values, rows64 *w) {
    __m512i negative = _mm512_srai_epi64(k.sign_less, 63);
    st->most = _mm512_max_epu64(st->most, k.number);
    _mm512_storeu_si512(values + i,
                        _mm512_sub_epi64(_mm512_xor_si512(k.number, negative), negative));
    w->good |= (uint64_t)_cvtmask8_u32(k.good) << i;
    w->word |= (uint64_t)_cvtmask8_u32(k.word) << i;
}

CELL_INLINE void int_sixteen(fixed16 k, uint32_t i, int_state *st, int64_t *values, rows64 *w) {
    __m512i negative = _mm512_srai_epi32(k.sign_less, 31);
    __m512i v = _mm512_sub_epi32(_mm512_xor_si512(k.number, negative), negative);
    st->most32 = _mm512_max_epu32(st->most32, k.number);
    _mm512_storeu_si512(values + i, _mm512_cvtepi32_epi64(_mm512_castsi512_si256(v)));
    _mm512_storeu_si512(values + i + 8, _mm512_cvtepi32_epi64(_mm512_extracti64x4_epi64(v, 1)));
    w->good |= (uint64_t)_cvtmask16_u32(k.good) << i;
    w->word |= (uint64_t)_cvtmask16_u32(k.word) << i;
}

CELL_INLINE void int_block(const lf_cells *in, const cell_block *b, uint32_t n, const held *c,
                           const fixed_shape *f, int_state *st, int64_t *values, rows64 *w,
                           bool point) {
    if (!b->over4) {
        for (uint32_t i = 0; i < n; i += 16)
            int_sixteen(fixed_sixteen(in, b, i, c, f, point), i, st, values, w);
        return;
    }
    for (uint32_t i = 0; i < n; i += 8)
        if (__builtin_expect((uint8_t)(b->longer >> i), 0))
            int_eight(fixed_eight(in, b, i, c, f, point, true), i, st, values, w);
        else
            int_eight(fixed_eight(in, b, i, c, f, point, false), i, st, values, w);
}

CELL_INLINE void int_tile(const lf_cells *cells, lf_cell_kernel_out *out, uint32_t scale,
                          bool point) {
    const lf_cells in = *cells; /* stores to the values could alias what `cells` points to */
    const held c = hold();
    const fixed_shape f = point ? fixed_shape_of(scale) : (fixed_shape){.scale = 0};
    int_state st = {c.none, c.none};
    int64_t *values = out->values;
    uint64_t most = 0;
    cell_block b;
    cell_out_begin(out);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        cell_block_make(&in, r, point ? 1 : 0, &b);
        int_block(&in, &b, in.n - r < 64 ? in.n - r : 64, &c, &f, &st, values + r, &w, point);
        if (__builtin_expect(b.beyond != 0, 0))
            w.good |= lf_cell_int_ask(&in, r, b.beyond & ~w.word, scale, &most, values + r);
        rows_flush(&in, out, r, &b, w);
    }
    uint64_t wide = _mm512_reduce_max_epu64(st.most), narrow = _mm512_reduce_max_epu32(st.most32);
    most = most > wide ? most : wide;
    uint32_t digits = cell_decimal_digits(most > narrow ? most : narrow);
    out->int_digits_max = digits > scale ? (uint8_t)(digits - scale) : 0;
    if (point && out->n_null + out->n_odd < in.n)
        out->frac_digits_min = out->frac_digits_max = (uint8_t)scale;
}

static void kernel_int64(const lf_cells *in, lf_cell_kernel_out *out) {
    int_tile(in, out, 0, false);
}

static void kernel_decimal64(const lf_cells *in, uint32_t scale, lf_cell_kernel_out *out) {
    if (scale == 0)
        kernel_int64(in, out);
    else if (scale > FIXED_SCALE_MAX)
        lf_cell_kernels_scalar.decimal64(in, scale, out);
    else
        int_tile(in, out, scale, true);
}

/* --- Bools. --------------------------------------------------------------------------------- */

static void kernel_boolean(const lf_cells *cells, lf_cell_kernel_out *out) {
    const lf_cells in = *cells;
    const uint8_t *base = in.base;
    uint8_t *values = out->values, spelling;
    cell_block block, *b = &block;
    if (!cell_bool_spelling(&in, &spelling)) {
        lf_cell_kernel_all_odd(&in, 1, out);
        return;
    }
    const __m512i yes = cell_held(&cell_bools[spelling].yes);
    const __m512i no = cell_held(&cell_bools[spelling].no);
    const __m512i len_yes = _mm512_set1_epi64(4), len_no = _mm512_set1_epi64(5);
    cell_out_begin(out);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        cell_block_make(&in, r, 0, b);
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 8) {
            __m512i even = LOAD_EVEN, odd = LOAD_ODD, len = cell_widen8(b->len + i);
            __m512i text =
                _mm512_srlv_epi64(_mm512_unpackhi_epi64(even, odd), cell_widen8(b->shift + i));
            __mmask8 word = words_of(&in, b, i, 0, text), left = _knot_mask8(word);
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

const lf_cell_kernels lf_cell_kernels_avx512 = {
    .int64 = kernel_int64,
    .f64 = lf_cell_kernel_f64_avx512,
    .boolean = kernel_boolean,
    .date = lf_cell_kernel_date_avx512,
    .timestamp = lf_cell_kernel_timestamp_avx512,
    .time = lf_cell_kernel_time,
    .decimal64 = kernel_decimal64,
    .utf8 = lf_utf8_check_avx512,
};

#endif
