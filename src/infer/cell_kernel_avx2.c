/* Integers, decimals and bools with AVX2; cell_kernel_number_avx2.h says how. */
#include "infer/cell_kernel_number_avx2.h"

/* --- Integers and decimals. ----------------------------------------------------------------- */

typedef struct int_state {
    __m256i most, most32; /* largest absolute values, of either width */
} int_state;

CELL_INLINE void int_four(fixed4 k, uint32_t i, int_state *st, int64_t *values, rows64 *w) {
    __m256i v = _mm256_sub_epi64(_mm256_xor_si256(k.number, k.neg), k.neg);
    st->most = _mm256_blendv_epi8(st->most, k.number, _mm256_cmpgt_epi64(k.number, st->most));
    _mm256_storeu_si256((void *)(values + i), v);
    w->good |= (uint64_t)cell_bits4(k.good) << i;
    w->word |= (uint64_t)cell_bits4(k.word) << i;
}

CELL_INLINE void int_eight(fixed8 k, uint32_t i, int_state *st, int64_t *values, rows64 *w) {
    __m256i v = _mm256_sub_epi32(_mm256_xor_si256(k.number, k.neg), k.neg);
    st->most32 = _mm256_max_epu32(st->most32, k.number);
    _mm256_storeu_si256((void *)(values + i), _mm256_cvtepi32_epi64(_mm256_castsi256_si128(v)));
    _mm256_storeu_si256((void *)(values + i + 4),
                        _mm256_cvtepi32_epi64(_mm256_extracti128_si256(v, 1)));
    w->good |= (uint64_t)cell_bits8(k.good) << i;
    w->word |= (uint64_t)cell_bits8(k.word) << i;
}

CELL_INLINE void int_block(const lf_cells *in, const cell_block *b, uint32_t n,
                           const fixed_shape *f, int_state *st, int64_t *values, rows64 *w,
                           bool point) {
    if (!b->over4) {
        for (uint32_t i = 0; i < n; i += 8)
            int_eight(fixed_eight(in, b, i, f, point), i, st, values, w);
        return;
    }
    for (uint32_t i = 0; i < n; i += 4)
        if (__builtin_expect((b->longer >> i) & 15, 0))
            int_four(fixed_four(in, b, i, f, point, true), i, st, values, w);
        else
            int_four(fixed_four(in, b, i, f, point, false), i, st, values, w);
}

static void int_end(const lf_cells *in, lf_cell_kernel_out *out, const int_state *st, uint64_t most,
                    uint32_t scale) {
    uint64_t each[4];
    uint32_t each32[8];
    _mm256_storeu_si256((void *)each, st->most);
    _mm256_storeu_si256((void *)each32, st->most32);
    for (uint32_t k = 0; k < 8; k++) {
        if (each[k / 2] > most) most = each[k / 2];
        if (each32[k] > most) most = each32[k];
    }
    uint32_t digits = cell_decimal_digits(most);
    out->int_digits_max = digits > scale ? (uint8_t)(digits - scale) : 0;
    if (scale && out->n_null + out->n_odd < in->n)
        out->frac_digits_min = out->frac_digits_max = (uint8_t)scale;
}

CELL_INLINE void int_tile(const lf_cells *cells, lf_cell_kernel_out *out, uint32_t scale,
                          bool point) {
    const lf_cells in = *cells; /* stores to the values could alias what `cells` points to */
    const fixed_shape f = point ? fixed_shape_of(scale) : (fixed_shape){.scale = 0};
    int_state st = {_mm256_setzero_si256(), _mm256_setzero_si256()};
    int64_t *values = out->values;
    uint64_t most = 0;
    cell_block b;
    cell_out_begin(out);
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        cell_block_make(&in, r, point ? 1 : 0, &b);
        int_block(&in, &b, in.n - r < 64 ? in.n - r : 64, &f, &st, values + r, &w, point);
        if (__builtin_expect(b.beyond != 0, 0))
            w.good |= lf_cell_int_ask(&in, r, b.beyond, scale, &most, values + r);
        rows_flush(&in, out, r, &b, w);
    }
    int_end(&in, out, &st, most, scale);
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
    const __m256i yes = _mm256_set1_epi64x((int64_t)cell_bools[spelling].yes);
    const __m256i no = _mm256_set1_epi64x((int64_t)cell_bools[spelling].no);
    cell_out_begin(out);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in.n; r += 64) {
        rows64 w = {0, 0};
        cell_block_make(&in, r, 0, b);
        for (uint32_t i = 0; i < 64 && r + i < in.n; i += 4) {
            __m256i even = LOAD_EVEN, odd = LOAD_ODD, len = cell_widen4(b->len + i);
            __m256i text =
                _mm256_srlv_epi64(_mm256_unpackhi_epi64(even, odd), cell_widen4(b->shift + i));
            __m256i word = words_of(&in, text, len);
            __m256i is_yes = _mm256_and_si256(_mm256_cmpeq_epi64(text, yes),
                                              _mm256_cmpeq_epi64(len, _mm256_set1_epi64x(4)));
            __m256i is_no = _mm256_and_si256(_mm256_cmpeq_epi64(text, no),
                                             _mm256_cmpeq_epi64(len, _mm256_set1_epi64x(5)));
            uint32_t not_word = ~cell_bits4(word), true_bits = cell_bits4(is_yes) & not_word;
            uint32_t bytes = _pdep_u32(true_bits, 0x01010101);
            memcpy(values + r + i, &bytes, 4);
            w.good |= (uint64_t)(true_bits | (cell_bits4(is_no) & not_word)) << i;
            w.word |= (uint64_t)cell_bits4(word) << i;
        }
        rows_flush(&in, out, r, b, w);
    }
}

const lf_cell_kernels lf_cell_kernels_avx2 = {
    .int64 = kernel_int64,
    .f64 = lf_cell_kernel_f64_avx2,
    .boolean = kernel_boolean,
    .date = lf_cell_kernel_date_avx2,
    .timestamp = lf_cell_kernel_timestamp_avx2,
    .time = lf_cell_kernel_time,
    .decimal64 = kernel_decimal64,
    .utf8 = lf_utf8_check_avx2,
};
