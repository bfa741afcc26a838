/* Cells that are longer than the two halves a vector kernel loads are read one by one: they are
 * rare, so that all kernels share one loop without vectors. */
#include "infer/cell_kernel_cell.h"

uint64_t lf_cell_int_ask(const lf_cells *in, uint32_t r, uint64_t ask, uint32_t scale,
                         uint64_t *most, int64_t *values) {
    uint64_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(ask);
        int64_t v;
        if (!cell_cell_decimal(in->base + in->start[r + k], in->len[r + k], scale, &v)) continue;
        uint64_t size = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
        values[k] = v;
        if (size > *most) *most = size;
        good |= 1ull << k;
    }
    return good;
}

uint64_t lf_cell_f64_ask(const lf_cells *in, uint32_t r, uint64_t ask, cell_f64_rest *rest,
                         double *values) {
    uint64_t good = 0;
    for (; ask; ask &= ask - 1) {
        uint32_t k = (uint32_t)__builtin_ctzll(ask);
        cell_double d;
        if (!cell_cell_f64(in->base + in->start[r + k], in->len[r + k], &d)) continue;
        values[k] = d.value;
        double size = d.value < 0 ? -d.value : d.value;
        if (size > rest->most) rest->most = size;
        if (d.frac_digits < rest->frac_min) rest->frac_min = d.frac_digits;
        if (d.frac_digits > rest->frac_max) rest->frac_max = d.frac_digits;
        rest->trailing_zero |= d.trailing_zero;
        good |= 1ull << k;
    }
    return good;
}
