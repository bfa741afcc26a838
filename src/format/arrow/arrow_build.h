/* format/arrow/arrow_build.h - batches gathered into Arrow arrays, and schemas into Arrow's.
 *
 *   lf_batch, lf_batch, ... -> one struct array (a record batch): a bit of validity a row, 32-bit
 *   offsets, decimals of 128 bits, booleans as bits.
 *
 * Owns: its buffers until they are taken; what is taken frees itself through `release`, with the
 * builder's allocator, which must outlive it. Threads: one at a time. Fails: LF_ENO_MEMORY,
 * LF_EENCODE (over 2 GiB of text in one array). Life: init -> (add* -> take)* -> reset. */
#ifndef LF_FORMAT_ARROW_ARROW_BUILD_H
#define LF_FORMAT_ARROW_ARROW_BUILD_H
#include "array/batch.h"
#include <logflow/arrow.h>

typedef struct lf_arrow_bytes {
    uint8_t *p;
    size_t len, cap;
} lf_arrow_bytes;

typedef struct lf_arrow_column lf_arrow_column;
struct lf_arrow_column {
    lf_type type;
    uint64_t rows, nulls;
    lf_arrow_bytes validity; /* empty while there is no null */
    lf_arrow_bytes offsets;  /* rows + 1 of int32: strings, lists, maps */
    lf_arrow_bytes data;
    lf_arrow_column *children; /* as of the field's; a map's are key and value */
    uint32_t n_children;
};

typedef struct lf_arrow_build {
    const lf_alloc *alloc;
    lf_arrow_column *columns;
    uint32_t n_columns;
    uint64_t rows;
} lf_arrow_build;

LF_NODISCARD lf_rc lf_arrow_build_init(lf_arrow_build *b, const lf_alloc *alloc,
                                       const lf_schema *schema, lf_error *err);
/* All columns of the batch; their types must be the schema's. */
LF_NODISCARD lf_rc lf_arrow_build_add(lf_arrow_build *b, const lf_batch *batch, lf_error *err);
/* Hands over what was added, as a struct array; the builder is empty again. */
LF_NODISCARD lf_rc lf_arrow_build_take(lf_arrow_build *b, struct ArrowArray *out, lf_error *err);
void lf_arrow_build_clear(lf_arrow_build *b); /* no rows; keeps its memory */
void lf_arrow_build_reset(lf_arrow_build *b); /* safe twice */

/* The schema of those arrays; a column of no type yet (LF_T_NULL) is text. */
LF_NODISCARD lf_rc lf_arrow_schema_make(const lf_schema *s, const lf_alloc *alloc,
                                        struct ArrowSchema *out, lf_error *err);
/* A schema of its own, without metadata. */
LF_NODISCARD lf_rc lf_arrow_schema_copy(const struct ArrowSchema *from, const lf_alloc *alloc,
                                        struct ArrowSchema *out, lf_error *err);

#endif
