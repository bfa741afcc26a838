/* flow/late_build.h - builds a nested column of given types, value by value, from texts.
 *
 * A node per field; a parent's slots are opened before those of its children. Leaves read their
 * texts as their type (infer/retype.h) and so know forms and exceptions anew.
 *
 * Owns: its buffers. Threads: one at a time. Fails: LF_ENO_MEMORY, as lf_retyper_add.
 * Life: create -> (clear -> add* -> finish)* -> destroy; what finish gave is valid until clear. */
#ifndef LF_FLOW_LATE_BUILD_H
#define LF_FLOW_LATE_BUILD_H
#include "flow/trace.h"
#include "infer/retype.h"

typedef struct lf_late_node lf_late_node;
struct lf_late_node {
    const lf_field *field;
    uint32_t n;     /* slots */
    lf_buf valid;   /* a byte a slot */
    lf_buf offsets; /* LIST and MAP */
    lf_late_node *children;
    uint32_t n_children, cap_children;
    /* leaves */
    lf_parse_ctx ctx;
    lf_retyper *retyper;
    lf_buf bare;              /* texts: a byte a value */
    lf_buf exc;               /* texts: lf_exception[] of what finish handed out */
    lf_buf slots;             /* what finish hands out */
    lf_trace_column *rebuilt; /* gets forms and exceptions; may be NULL */
    const lf_alloc *alloc;
};

/* The field must live until the last finish. `rebuilt`: traces by leaf of the field; NULL: none.
 * `ctxs`: how each leaf reads. */
LF_NODISCARD lf_rc lf_late_node_create(lf_late_node *n, const lf_field *f, const lf_alloc *a,
                                       lf_trace_column *rebuilt, const lf_parse_ctx *ctxs,
                                       lf_error *err);
LF_NODISCARD lf_rc lf_late_add_null(lf_late_node *n, lf_error *err); /* and all below a struct */
LF_NODISCARD lf_rc lf_late_add_text(lf_late_node *n, lf_span text, bool bare, lf_error *err);
/* Opens a slot with a value: of a struct, whose children then get one each; of a list or map, whose
 * children get its elements before the next slot. */
LF_NODISCARD lf_rc lf_late_open(lf_late_node *n, lf_error *err);
LF_NODISCARD lf_rc lf_late_finish(lf_late_node *n, lf_column *out, lf_error *err);
void lf_late_clear(lf_late_node *n);        /* no slots */
void lf_late_node_destroy(lf_late_node *n); /* safe when zeroed */

#endif
