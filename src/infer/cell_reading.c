/* What a kernel and the exact path together make of one column of a tile. */
#include "infer/cell_reading.h"
#include "infer/tile.h"

/* The kernel of the type; false: there is none. */
static bool run_kernel(const lf_cell_kernels *f, lf_type t, uint32_t date_format,
                       const lf_cells *in, lf_cell_kernel_out *out) {
    switch (t.id) {
    case LF_T_INT64:
        f->int64(in, out);
        return true;
    case LF_T_DOUBLE:
        f->f64(in, out);
        return true;
    case LF_T_BOOL:
        f->boolean(in, out);
        return true;
    case LF_T_DATE:
        f->date(in, date_format, t, out);
        return true;
    case LF_T_TIMESTAMP:
        f->timestamp(in, date_format, t, out);
        return true;
    case LF_T_TIME:
        f->time(in, date_format, t, out);
        return true;
    case LF_T_DECIMAL:
        if (lf_type_slot_bytes(t) != 8) return false;
        f->decimal64(in, t.scale, out);
        return out->n_odd + out->n_null == in->n || out->int_digits_max + t.scale <= t.precision;
    default:
        return false;
    }
}

bool lf_cells_read(const lf_cell_kernels *kernels, lf_type t, const lf_parse_ctx *c,
                   const lf_cells *in, lf_cell_kernel_out *out) {
    bool moment = lf_type_is_moment(t);
    if (moment && c->format != NULL) return false;
    if (!run_kernel(kernels, t, c->date_format, in, out)) return false;
    if (moment && lf_tile_is_unread(in, out)) lf_tile_read(in, t, c, NULL, out);
    return true;
}

static uint32_t fraction_digits(lf_span t) {
    uint32_t digits = 0;
    bool point = false;
    for (size_t i = 0; i < t.len; i++) {
        uint8_t b = t.data[i];
        if (b == '.')
            point = true;
        else if (b < '0' || b > '9')
            digits = b == '-' ? digits : 255;
        else if (digits < 255)
            digits += point;
    }
    return digits;
}

void lf_cell_reading_note(lf_cell_reading *x, lf_type t, lf_span text, lf_form form) {
    if (!x->has_form) x->first_form = form;
    x->has_form = true;
    if (t.id != LF_T_DOUBLE) return;
    uint32_t digits = fraction_digits(text);
    if (digits < x->frac_min) x->frac_min = digits;
    if (digits > x->frac_max) x->frac_max = digits;
}

static bool any_negative(const int64_t *v, const uint64_t *valid, uint32_t n) {
    int64_t any = 0;
    for (uint32_t w = 0; w < lf_bit_words(n); w++) {
        uint32_t m = n - w * 64 < 64 ? n - w * 64 : 64;
        if (valid[w] == (m == 64 ? ~0ull : (1ull << m) - 1)) {
            for (uint32_t i = 0; i < m; i++)
                any |= v[w * 64 + i];
        } else {
            for (uint64_t left = valid[w]; left != 0; left &= left - 1)
                any |= v[w * 64 + (uint32_t)__builtin_ctzll(left)];
        }
    }
    return any < 0;
}

void lf_cell_reading_evidence(const lf_cell_kernel_out *o, lf_type t, const lf_parse_ctx *c,
                              const uint64_t *valid, uint32_t n, lf_evidence *e) {
    static const uint32_t spelling[] = {LF_K_BOOL_LOWER, LF_K_BOOL_UPPER, LF_K_BOOL_TITLE};
    if (n == o->n_odd + o->n_null) return;
    lf_evidence seen;
    lf_evidence_init(&seen);
    if (!o->form_is_told) lf_evidence_add_digits(&seen, t, o->int_digits_max, o->frac_digits_max);
    if (t.id == LF_T_BOOL) {
        seen.kinds |= spelling[o->form.kind % 3];
        seen.kinds |= o->form.style == 0 ? (uint32_t)LF_K_BOOL : c->bool_words;
    }
    /* Digits alone do not tell; an unsigned column may still become of what has none below 0. */
    if (t.id == LF_T_INT64 && (e->kinds & LF_K_NEGATIVE) == 0 && !any_negative(o->values, valid, n))
        seen.kinds &= ~(uint32_t)LF_K_NEGATIVE;
    lf_evidence_add_values(&seen, t, o->values, valid, n);
    lf_evidence_join(e, &seen);
}

/* One number of digits where all doubles have it, else the shortest. */
static lf_form double_form(const lf_cell_reading *x, uint32_t n_kernel, bool *zeros_out) {
    const lf_cell_kernel_out *o = &x->out;
    uint32_t low = x->frac_min, high = x->frac_max;
    if (n_kernel > 0) {
        low = o->frac_digits_min < low ? o->frac_digits_min : low;
        high = o->frac_digits_max > high ? o->frac_digits_max : high;
    }
    if (low == high && high < 255) return (lf_form){.kind = LF_FORM_FIXED, .param = (uint8_t)low};
    if (n_kernel == 0 && low == 255) return x->first_form;
    *zeros_out = n_kernel > 0 && o->trailing_zero;
    return (lf_form){0};
}

lf_form lf_cell_reading_form(const lf_cell_reading *x, lf_type t, uint32_t n_kernel,
                             bool *zeros_out) {
    lf_form f = {0};
    *zeros_out = false;
    if (n_kernel > 0 && (x->out.form_is_told || t.id != LF_T_DOUBLE))
        f = x->out.form;
    else if (t.id == LF_T_DOUBLE)
        f = double_form(x, n_kernel, zeros_out);
    else if (x->has_form)
        f = x->first_form;
    f.null_word = 0;
    return f;
}
