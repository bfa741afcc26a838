/* infer/tile.h - the cells of a tile that no kernel knows, in one form.
 *
 * The exact readings of infer/parse.h in the place of a kernel: for dates with the name of a month,
 * 12-hour clocks, bools of other words and dressed numbers. The form is the one that most of the
 * first values have; cells that it does not give back are odd.
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_INFER_TILE_H
#define LF_INFER_TILE_H
#include "infer/cell_kernel.h"
#include "infer/parse.h"

/* As a kernel (infer/cell_kernel.h). `e`: what numbers show is added there; may be NULL. */
void lf_tile_read(const lf_cells *in, lf_type t, const lf_parse_ctx *c, lf_evidence *e,
                  lf_cell_kernel_out *out);
/* Nothing was read though there were cells. */
static inline bool lf_tile_is_unread(const lf_cells *in, const lf_cell_kernel_out *out) {
    return out->n_odd > 0 && out->n_odd + out->n_null == in->n;
}

#endif
