/* The scalar kernel set, and the choice among the sets.
 *
 * Every kernel here is a loop over 64 rows at a time that asks csv_kernel_cell.h about each
 * cell; digits are read eight at a time in a 64-bit word. The vector sets give the same
 * results (tests/unit/decode_csv/csv_kernel_test.c compares them), so this file is also the
 * readable form of what they do. */
#include "decode/csv/csv_kernel_cell.h"

/* What a null, odd or valid cell does to the row's bits. */
typedef struct row_bits {
    uint64_t valid, odd, word;
} row_bits;

/* True where the cell is there to be read. */
static inline bool row_open(const csv_cells *in, uint32_t r, row_bits *b) {
    uint32_t len = in->len[r];
    if (len == 0) return false;
    if (!csv_is_word(in, in->base + in->start[r], len)) return true;
    b->word |= 1ull << (r & 63);
    return false;
}

static inline void row_close(uint32_t r, bool read, row_bits *b) {
    uint64_t bit = 1ull << (r & 63);
    b->valid |= read ? bit : 0;
    b->odd |= read ? 0 : bit;
}

/* Closes 64 rows where r was the last of them. */
static inline void row_flush(csv_kernel_out *out, uint32_t n, uint32_t r, row_bits *b) {
    if ((r & 63) != 63 && r + 1 != n) return;
    csv_out_rows(out, n, r & ~63u, b->valid, b->odd, b->word);
    *b = (row_bits){0};
}

static inline void most(uint8_t *at, uint32_t v) {
    if (v > *at) *at = (uint8_t)v;
}

void lf_csv_kernel_all_odd(const csv_cells *in, uint32_t slot_bytes, csv_kernel_out *out) {
    row_bits b = {0};
    csv_out_begin(out);
    memset(out->values, 0, (size_t)in->n * slot_bytes);
    for (uint32_t r = 0; r < in->n; r++) {
        if (row_open(in, r, &b)) row_close(r, false, &b);
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_int64(const csv_cells *in, csv_kernel_out *out) {
    int64_t *values = out->values;
    row_bits b = {0};
    csv_out_begin(out);
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        int64_t v = 0;
        if (row_open(in, r, &b)) {
            bool read = csv_cell_int64(p, in->len[r], &v);
            row_close(r, read, &b);
            if (read && v != 0) most(&out->int_digits_max, in->len[r] - (v < 0));
        }
        values[r] = v;
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_decimal64(const csv_cells *in, uint32_t scale, csv_kernel_out *out) {
    int64_t *values = out->values;
    row_bits b = {0};
    csv_out_begin(out);
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        int64_t v = 0;
        if (row_open(in, r, &b)) {
            bool read = csv_cell_decimal(p, in->len[r], scale, &v);
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

static void kernel_f64(const csv_cells *in, csv_kernel_out *out) {
    double *values = out->values;
    row_bits b = {0};
    uint32_t frac_min = UINT8_MAX;
    csv_out_begin(out);
    for (uint32_t r = 0; r < in->n; r++) {
        const uint8_t *p = in->base + in->start[r];
        csv_double d = {0};
        if (row_open(in, r, &b)) {
            bool read = csv_cell_f64(p, in->len[r], &d);
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

static void kernel_boolean(const csv_cells *in, csv_kernel_out *out) {
    uint8_t *values = out->values, spelling;
    row_bits b = {0};
    if (!csv_bool_spelling(in, &spelling)) {
        lf_csv_kernel_all_odd(in, 1, out);
        return;
    }
    csv_out_begin(out);
    out->form.kind = spelling;
    for (uint32_t r = 0; r < in->n; r++) {
        uint32_t v = 0;
        if (row_open(in, r, &b)) {
            v = csv_cell_bool(in->base + in->start[r], in->len[r], csv_bools[spelling]);
            row_close(r, v < 2, &b);
        }
        values[r] = v == 1;
        row_flush(out, in->n, r, &b);
    }
}

/* Unpadded if the first date that is not both is. */
static uint32_t date_form_of(const csv_cells *in, csv_date_layout l) {
    row_bits ignored = {0};
    for (uint32_t r = 0; r < in->n; r++) {
        int32_t v;
        uint32_t forms;
        if (row_open(in, r, &ignored) &&
            csv_cell_date(in->base + in->start[r], in->len[r], l, &v, &forms) &&
            forms != (CSV_DATE_PADDED | CSV_DATE_UNPADDED))
            return forms;
    }
    return CSV_DATE_PADDED;
}

void lf_csv_kernel_date(const csv_cells *in, uint32_t date_format, lf_type t, csv_kernel_out *out) {
    int32_t *values = out->values;
    csv_date_layout l;
    row_bits b = {0};
    (void)t;
    if (!csv_date_layout_of(date_format, &l)) {
        lf_csv_kernel_all_odd(in, 4, out);
        return;
    }
    uint32_t form = date_form_of(in, l);
    csv_out_begin(out);
    out->form.kind = form == CSV_DATE_UNPADDED ? LF_FORM_DATE_UNPADDED : 0;
    for (uint32_t r = 0; r < in->n; r++) {
        int32_t v = 0;
        uint32_t forms;
        bool read = false;
        if (row_open(in, r, &b)) {
            read =
                csv_cell_date(in->base + in->start[r], in->len[r], l, &v, &forms) && (forms & form);
            row_close(r, read, &b);
        }
        values[r] = read ? v : 0;
        row_flush(out, in->n, r, &b);
    }
}

/* Times and timestamps of a known layout. */
static void stamps(const csv_cells *in, const csv_stamp_layout *l, csv_kernel_out *out) {
    int64_t *values = out->values;
    row_bits b = {0};
    csv_out_begin(out);
    out->form = l->form;
    for (uint32_t r = 0; r < in->n; r++) {
        int64_t v = 0;
        if (row_open(in, r, &b)) {
            bool read = csv_cell_stamp(in->base + in->start[r], in->len[r], l, &v);
            row_close(r, read, &b);
            if (!read) v = 0;
        }
        values[r] = v;
        row_flush(out, in->n, r, &b);
    }
}

static void kernel_timestamp(const csv_cells *in, uint32_t date_format, lf_type t,
                             csv_kernel_out *out) {
    csv_date_layout date;
    csv_stamp_layout l;
    if (csv_date_layout_of(date_format, &date) && csv_stamp_layout_find(in, &date, t, &l))
        stamps(in, &l, out);
    else
        lf_csv_kernel_all_odd(in, 8, out);
}

void lf_csv_kernel_time(const csv_cells *in, uint32_t date_format, lf_type t, csv_kernel_out *out) {
    csv_stamp_layout l;
    (void)date_format;
    if (csv_stamp_layout_find(in, NULL, t, &l))
        stamps(in, &l, out);
    else
        lf_csv_kernel_all_odd(in, 8, out);
}

#define SCALAR_SET(utf8_check)                                                                     \
    {                                                                                              \
        .int64 = kernel_int64, .f64 = kernel_f64, .boolean = kernel_boolean,                       \
        .date = lf_csv_kernel_date, .timestamp = kernel_timestamp, .time = lf_csv_kernel_time,     \
        .decimal64 = kernel_decimal64, .utf8 = utf8_check,                                         \
    }

const csv_kernels lf_csv_kernels_scalar = SCALAR_SET(lf_csv_utf8_scalar);

#if defined(__aarch64__)
/* Eight digits at a time in general registers are already a vector; UTF-8 gains from NEON. */
static const csv_kernels kernels_neon = SCALAR_SET(lf_csv_utf8_neon);
#endif

const csv_kernels *lf_csv_kernels_get(lf_isa isa) {
    switch (isa) {
#if defined(__x86_64__)
    case LF_ISA_AVX512:
        return &lf_csv_kernels_avx512;
    case LF_ISA_AVX2:
        return &lf_csv_kernels_avx2;
#elif defined(__aarch64__)
    case LF_ISA_NEON:
        return &kernels_neon;
#endif
    default:
        return &lf_csv_kernels_scalar;
    }
}
