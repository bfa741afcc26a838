/* flow/late_nested.h - the changes that an encoder asks for while columns widen (core/encoder.h,
 * lf_widening), out of the traces of what it holds.
 *
 * Leaves are re-typed or become JSON text one by one; columns whose structure changes are walked
 * value by value and built anew (flow/late_build.h).
 *
 * Owns: its tables. Threads: one at a time. Fails: as named. Life: init -> use -> reset. */
#ifndef LF_FLOW_LATE_NESTED_H
#define LF_FLOW_LATE_NESTED_H
#include "array/schema_map.h"
#include "core/encoder.h"
#include "flow/late.h"

typedef struct lf_late_change {
    lf_widening hooks; /* for the encoder */
    const lf_alloc *alloc;
    const lf_schema_map *map;
    const lf_trace *from;     /* by leaf of map->from */
    lf_trace *rebuilt;        /* by leaf of map->to, for what changes; NULL: not wanted */
    const lf_parse_ctx *ctxs; /* by leaf of map->to: how it reads */
    const lf_field **from_leaves, **to_leaves;
} lf_late_change;

/* All arguments must live until reset. */
LF_NODISCARD lf_rc lf_late_change_init(lf_late_change *c, const lf_alloc *a,
                                       const lf_schema_map *map, const lf_trace *from,
                                       lf_trace *rebuilt, const lf_parse_ctx *ctxs, lf_error *err);
void lf_late_change_reset(lf_late_change *c); /* safe when zeroed */
/* Notes how the values of a batch's column were written, leaf by leaf from traces[0] on. */
LF_NODISCARD lf_rc lf_late_trace_column(lf_trace_column *traces, const lf_column *c,
                                        uint32_t n_rows, lf_error *err);
/* The first of n_rows rows of a batch's column in which leaf `leaf` of it is not what it was (NULL:
 * it was not there); 0 where none says so. */
uint32_t lf_late_where(const lf_field *was, const lf_field *is, const lf_column *c, uint32_t n_rows,
                       uint32_t leaf);

#endif
