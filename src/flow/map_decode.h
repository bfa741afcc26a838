/* flow/map_decode.h - a decoder whose columns are put in other places: flat ones of one input among
 * those of a union.
 *
 * Owns: a plan owns the plan under it. Threads, Fails, Life: as core/decoder.h. */
#ifndef LF_FLOW_MAP_DECODE_H
#define LF_FLOW_MAP_DECODE_H
#include "array/type.h"
#include "core/decoder.h"
#include "infer/shape.h"

extern const lf_decoder_type lf_map_decoder;

/* Columns of `to` by name, nulls where `under` has none; takes `under` over on success. `shaped`:
 * the columns of the union come with lf_block.schema; `to` are those known now. `given`: explicit
 * types, which outlive the plan; may be NULL. */
LF_NODISCARD lf_rc lf_map_plan(lf_plan *under, const lf_schema *to, bool shaped,
                               const lf_schema *given, const lf_alloc *a, lf_plan **out,
                               lf_error *err);
/* The type that the input has in a column of that name; false: it has none. */
bool lf_map_plan_type(const lf_plan *p, const char *name, lf_type *out);
/* A root of what flat columns have shown. */
LF_NODISCARD lf_rc lf_map_shape(const lf_plan_base *p, const lf_evidence *evidence,
                                const lf_schema *given, const lf_alloc *a, lf_shape *root,
                                lf_error *err);

#endif
