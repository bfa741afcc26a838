/* The scalar kernel set, and the choice among the sets.
 *
 * Every kernel here is a loop over 64 rows at a time that asks cell_kernel_cell.h about each
 * cell; digits are read eight at a time in a 64-bit word. The vector sets give the same
 * results (tests/unit/infer/cell_kernel_test.c compares them), so this file is also the
 * readable form of what they do. */
#include "infer/cell_kernel_cell.h"

/* What a null, odd or valid cell does to the row's bits. */
typedef struct row_bits {
    uint64_t valid, odd, word;
} row_bits;

/* True where the cell is there to be read. */
static inline bool row_open(const lf_cells *in, uint32_t r, row_bits *b) {
    uint32_t len = in->len[r];
    if (len == 0) return false;
    if (!cell_is_word(in, in->base + in->start[r], len)) return true;
    b->word |= 1ull << (r & 63);
    return false;
}

static inline void row_close(uint32_t r, bool read, row_bits *b) {
    uint64_t bit = 1ull << (r & 63);
    b->valid |= read ? bit : 0;
    b->odd |= read ? 0 : bit;
}

/* Closes 64 rows where r was the last of them. */
static inline void row_flush(lf_cell_kernel_out *out, uint32_t n, uint32_t r, row_bits *b) {
    if ((r & 63) != 63 && r + 1 != n) return;
    cell_out_rows(out, n, r & ~63u, b->valid, b->odd, b->word);
    *b = (row_bits){0};
}

static inline void most(uint8_t *at, uint32_t v) {
    if (v > *at) *at = (uint8_t)v;
}

void lf_cell_kernel_all_odd(const lf_cells *in, uint32_t slot_bytes, lf_cell_kernel_out *out) {
    row_bits b = {0};
    cell_out_begin(out);
    memset(out->values, 0, (size_t)in->n * slot_bytes);
    for (uint32_t r = 0; r < in->n; r++) {
        if (row_open(in, r, &b)) row_close(r, false, &b);
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_int64(const lf_cells *in, lf_cell_kernel_out *out) {
    int64_t *values = out->values;
    row_bits b = {0};
    cell_out_begin(out);
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        int64_t v = 0;
        if (row_open(in, r, &b)) {
            bool read = cell_cell_int64(p, in->len[r], &v);
            row_close(r, read, &b);
            if (read && v != 0) most(&out->int_digits_max, in->len[r] - (v < 0));
        }
        values[r] = v;
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_decimal64(const lf_cells *in, uint32_t scale, lf_cell_kernel_out *out) {
    int64_t *values = out->values;
    row_bits b = {0};
    cell_out_begin(out);
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        int64_t v = 0;
        if (row_open(in, r, &b)) {
            bool read = cell_cell_decimal(p, in->len[r], scale, &v);
            row_close(r, read, &b);
            if (read) {
                uint32_t neg = p[0] == '-', point = scale ? scale + 1 : 0;
                if (p[neg] != '0') most(&out->int_digits_max, in->len[r] - neg - point);
                out->frac_digits_min = out->frac_digits_max = (uint8_t)scale;
            }
        }
        values[r] = v;
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_f64(const lf_cells *in, lf_cell_kernel_out *out) {
    double *values = out->values;
    row_bits b = {0};
    uint32_t frac_min = UINT8_MAX;
    cell_out_begin(out);
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        cell_double d = {0};
        if (row_open(in, r, &b)) {
            bool read = cell_cell_f64(p, in->len[r], &d);
            row_close(r, read, &b);
            if (read) {
                most(&out->int_digits_max, d.int_digits);
                most(&out->frac_digits_max, d.frac_digits);
                if (d.frac_digits < frac_min) frac_min = d.frac_digits;
                out->trailing_zero |= d.trailing_zero;
            }
        }
        values[r] = d.value;
        row_flush(out, in->n, r, &b);
    }
    out->frac_digits_min = frac_min == UINT8_MAX ? 0 : (uint8_t)frac_min;
}

static void kernel_boolean(const lf_cells *in, lf_cell_kernel_out *out) {
    uint8_t *values = out->values, spelling;
    row_bits b = {0};
    if (!cell_bool_spelling(in, &spelling)) {
        lf_cell_kernel_all_odd(in, 1, out);
        return;
    }
    cell_out_begin(out);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in->n; r++) {
        uint32_t v = 0;
        if (row_open(in, r, &b)) {
            v = cell_cell_bool(in->base + in->start[r], in->len[r], cell_bools[spelling]);
            row_close(r, v < 2, &b);
        }
        values[r] = v == 1;
        row_flush(out, in->n, r, &b);
    }
}

/* Unpadded if the first date that is not both is. */
static uint32_t date_form_of(const lf_cells *in, cell_date_layout l) {
    row_bits ignored = {0};
    for (uint32_t r = 0; r < in->n; r++) {
        int32_t v;
        uint32_t forms;
        if (row_open(in, r, &ignored) &&
            cell_cell_date(in->base + in->start[r], in->len[r], l, &v, &forms) &&
            forms != (CELL_DATE_PADDED | CELL_DATE_UNPADDED))
            return forms;
    }
    return CELL_DATE_PADDED;
}

void lf_cell_kernel_date(const lf_cells *in, uint32_t date_format, lf_type t,
                         lf_cell_kernel_out *out) {
    int32_t *values = out->values;
    cell_date_layout l;
    row_bits b = {0};
    (void)t;
    if (!cell_date_layout_of(date_format, &l)) {
        lf_cell_kernel_all_odd(in, 4, out);
        return;
    }
    uint32_t form = date_form_of(in, l);
    cell_out_begin(out);
    out->form.kind = form == CELL_DATE_UNPADDED ? LF_FORM_DATE_UNPADDED : 0;
    for (uint32_t r = 0; r < in->n; r++) {
        int32_t v = 0;
        uint32_t forms;
        bool read = false;
        if (row_open(in, r, &b)) {
            read = cell_cell_date(in->base + in->start[r], in->len[r], l, &v, &forms) &&
                   (forms & form);
            row_close(r, read, &b);
        }
        values[r] = read ? v : 0;
        row_flush(out, in->n, r, &b);
    }
}

/* Times and timestamps of a known layout. */
static void stamps(const lf_cells *in, const cell_stamp_layout *l, lf_cell_kernel_out *out) {
    int64_t *values = out->values;
    row_bits b = {0};
    cell_out_begin(out);
    out->form = l->form;
    for (uint32_t r = 0; r < in->n; r++) {
        int64_t v = 0;
        if (row_open(in, r, &b)) {
            bool read = cell_cell_stamp(in->base + in->start[r], in->len[r], l, &v);
            row_close(r, read, &b);
            if (!read) v = 0;
        }
        values[r] = v;
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_timestamp(const lf_cells *in, uint32_t date_format, lf_type t,
                             lf_cell_kernel_out *out) {
    cell_date_layout date;
    cell_stamp_layout l;
    if (cell_date_layout_of(date_format, &date) && cell_stamp_layout_find(in, &date, t, &l))
        stamps(in, &l, out);
    else
        lf_cell_kernel_all_odd(in, 8, out);
}

void lf_cell_kernel_time(const lf_cells *in, uint32_t date_format, lf_type t,
                         lf_cell_kernel_out *out) {
    cell_stamp_layout l;
    (void)date_format;
    if (cell_stamp_layout_find(in, NULL, t, &l))
        stamps(in, &l, out);
    else
        lf_cell_kernel_all_odd(in, 8, out);
}

#define SCALAR_SET(utf8_check)                                                                     \
    {                                                                                              \
        .int64 = kernel_int64, .f64 = kernel_f64, .boolean = kernel_boolean,                       \
        .date = lf_cell_kernel_date, .timestamp = kernel_timestamp, .time = lf_cell_kernel_time,   \
        .decimal64 = kernel_decimal64, .utf8 = utf8_check,                                         \
    }

const lf_cell_kernels lf_cell_kernels_scalar = SCALAR_SET(lf_utf8_check_scalar);

#if defined(__aarch64__)
/* Eight digits at a time in general registers are already a vector; UTF-8 gains from NEON. */
static const lf_cell_kernels kernels_neon = SCALAR_SET(lf_utf8_check_neon);
#endif

const lf_cell_kernels *lf_cell_kernels_get(lf_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case LF_ISA_AVX512:
        return &lf_cell_kernels_avx512;
    case LF_ISA_AVX2:
        return &lf_cell_kernels_avx2;
#elif defined(__aarch64__)
    case LF_ISA_NEON:
        return &kernels_neon;
#endif
    default:
        return &lf_cell_kernels_scalar;
    }
}
