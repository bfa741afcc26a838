/* infer/head.h - the first type of a column, from the cells of the head.
 *
 * For any decoder: init, add every cell of the column in the head, then ask. The verdict is sealed:
 * where it is text for a reason that later cells could seem to lift (day and month that nothing
 * tells apart), the evidence becomes that of text, so that the type only ever widens.
 * Owns: nothing. Threads: one at a time. Fails: never. Life: init -> add* -> type. */
#ifndef LF_INFER_HEAD_H
#define LF_INFER_HEAD_H
#include "infer/parse.h"

typedef struct lf_infer_head {
    lf_evidence evidence;
    uint64_t cells, nulls; /* nulls: empty cells and null words */
} lf_infer_head;

typedef enum lf_infer_reason {
    LF_INFER_BY_VALUES = 0,
    LF_INFER_NO_VALUES,      /* nothing but nulls */
    LF_INFER_AMBIGUOUS_DATE, /* text: day and month cannot be told apart */
    LF_INFER_MIXED_DATES,    /* text: no date format fits all */
    LF_INFER_MIXED_ZONES,    /* text: some times have a zone, some have none */
    LF_INFER_MIXED_KINDS,    /* text: values of several types */
    LF_INFER_LONG_DIGITS,    /* text: numbers that no numeric type holds exactly */
} lf_infer_reason;

void lf_infer_head_init(lf_infer_head *h);
void lf_infer_head_add(lf_infer_head *h, lf_span text, bool quoted, const lf_parse_ctx *c);
/* The first type. *date_format_out: the bit that its dates read by. Seals h->evidence. */
lf_type lf_infer_head_type(lf_infer_head *h, bool decimal, uint32_t *date_format_out,
                           lf_infer_reason *reason_out);
/* "day and month cannot be told apart"... for warnings and --explain; "" for BY_VALUES. */
const char *lf_infer_reason_text(lf_infer_reason r);

#endif
