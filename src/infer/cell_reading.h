/* infer/cell_reading.h - reading one column of a tile: what the decoders of text share.
 *
 *   cells --lf_cells_read--> values | null | odd --decoder--> value (lf_cell_reading_note) | null |
 * misfit
 *
 * A kernel reads what it can; the decoder reads the rest cell by cell; lf_cell_reading_form says
 * how the values of both are written and lf_cell_may_differ which of them may be exceptions to it.
 * Owns: nothing. Threads: plain data. Fails: never. */
#ifndef LF_INFER_CELL_READING_H
#define LF_INFER_CELL_READING_H
#include "infer/cell_kernel.h"
#include "infer/print.h"
#include <string.h>

typedef struct lf_cell_reading {
    lf_cell_kernel_out out; /* what the kernel read */
    bool has_form;
    lf_form first_form;          /* of the first value that was read by the exact path */
    uint32_t frac_min, frac_max; /* doubles of the exact path; 255: exponents */
} lf_cell_reading;

#define LF_CELL_READING_NONE ((lf_cell_reading){.frac_min = 255})

static inline uint32_t lf_bit_words(uint32_t n) {
    return (n + 63) / 64;
}

/* No kernel read the n cells: no value, all odd. */
static inline void lf_cells_all_odd(uint64_t *valid, uint64_t *odd, uint32_t n) {
    if (n == 0) return; /* and perhaps no room */
    memset(valid, 0, lf_bit_words(n) * sizeof *valid);
    memset(odd, 0xff, lf_bit_words(n) * sizeof *odd);
    if (n & 63) odd[n >> 6] = (1ull << (n & 63)) - 1;
}

static inline bool lf_type_is_moment(lf_type t) {
    return t.id == LF_T_DATE || t.id == LF_T_TIME || t.id == LF_T_TIMESTAMP;
}

/* Runs the kernel of type t; moments that it does not know are read by lf_tile_read. False: there
 * is none for the type under c, or its values do not fit the type. c->numbers is not looked at. */
bool lf_cells_read(const lf_cell_kernels *kernels, lf_type t, const lf_parse_ctx *c,
                   const lf_cells *in, lf_cell_kernel_out *out);
/* A value that the exact path read. */
void lf_cell_reading_note(lf_cell_reading *x, lf_type t, lf_span text, lf_form form);
/* What the values of a kernel show (valid: those that it read), joined into e. */
void lf_cell_reading_evidence(const lf_cell_kernel_out *o, lf_type t, const lf_parse_ctx *c,
                              const uint64_t *valid, uint32_t n, lf_evidence *e);
/* The form that the values have, null_word 0; n_kernel of them are the kernel's. *zeros: those of
 * the kernel that end in 0 are exceptions to it. */
lf_form lf_cell_reading_form(const lf_cell_reading *x, lf_type t, uint32_t n_kernel,
                             bool *zeros_out);
/* False: the cell is surely what the form prints. */
static inline bool lf_cell_may_differ(lf_span text, bool odd, bool zeros) {
    return odd ||
           (zeros && text.data[text.len - 1] == '0' && memchr(text.data, '.', text.len) != NULL);
}

#endif
