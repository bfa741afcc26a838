/* format/parquet/parquet_nested.h - nested columns out of the levels of their leaves.
 *
 * A gather holds the entries (levels and values) of some rows of one leaf, copied out of the
 * chunk reader's tiles; assembling turns the gathers of all leaves of a column into one.
 *
 * Owns: a gather owns its chunk reader and buffers; assembled columns live in the arena, their
 * texts in the gathers. Threads: one at a time. Fails: LF_ECORRUPT, LF_ENO_MEMORY.
 * Life: zeroed -> init -> (rows -> assemble)* -> reset. */
#ifndef LF_FORMAT_PARQUET_PARQUET_NESTED_H
#define LF_FORMAT_PARQUET_PARQUET_NESTED_H
#include "array/batch.h"
#include "format/parquet/parquet_tree.h"

typedef struct lf_parquet_gather {
    lf_pq_chunk_reader *chunk;
    const lf_pq_leaf *leaf;
    const lf_alloc *alloc;
    lf_column tile; /* the chunk's, used up to `at` */
    uint32_t tile_rows, at;
    bool started;
    /* entries of the rows asked for last */
    uint32_t n, cap;
    uint16_t *def, *rep;
    uint8_t *values;
    uint32_t *start, *len;
    lf_buf bytes;
} lf_parquet_gather;

/* Takes `chunk` over. */
void lf_parquet_gather_init(lf_parquet_gather *g, lf_pq_chunk_reader *chunk, const lf_pq_leaf *leaf,
                            const lf_alloc *a);
void lf_parquet_gather_reset(lf_parquet_gather *g); /* safe when zeroed, and twice */
/* Replaces the entries by those of the next n rows. */
LF_NODISCARD lf_rc lf_parquet_gather_rows(lf_parquet_gather *g, uint32_t n, lf_error *err);
/* Builds the column of `node`; gathers[0] is leaf `first_leaf`. */
LF_NODISCARD lf_rc lf_parquet_assemble(const lf_parquet_tree *tree, uint32_t node,
                                       const lf_parquet_gather *gathers, uint32_t first_leaf,
                                       lf_arena *arena, lf_column *out, lf_error *err);

#endif
