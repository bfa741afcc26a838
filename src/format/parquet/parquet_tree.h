/* format/parquet/parquet_tree.h - a file's schema tree, as our columns and as leaves.
 *
 * Every node knows at which levels it shows: an entry of a leaf below it starts a new slot of
 * the node if its repetition level is at most `rep` and its definition level at least
 * `slot_def`; the slot has a value from definition level `def` on.
 *
 * Owns: the tree lives in the caller's arena, fields in the caller's schema.
 * Threads: read-only use is safe. Fails: LF_ECORRUPT, LF_EUNSUPPORTED, LF_ENO_MEMORY.
 * Life: as the arena. */
#ifndef LF_FORMAT_PARQUET_PARQUET_TREE_H
#define LF_FORMAT_PARQUET_PARQUET_TREE_H
#include "array/type.h"
#include "format/parquet/pq_page_read.h"

typedef struct lf_parquet_node {
    lf_type type; /* of the column; LIST, STRUCT and MAP have children */
    lf_span name;
    bool nullable;
    uint16_t rep, slot_def, def;
    uint32_t first_child, next; /* node numbers; UINT32_MAX: none */
    uint32_t n_children;
    uint32_t first_leaf, n_leaves; /* below it; a leaf has itself */
} lf_parquet_node;

typedef struct lf_parquet_leaf {
    lf_pq_leaf leaf;
    uint32_t column;  /* of the schema */
    uint32_t element; /* in the footer's schema */
} lf_parquet_leaf;

typedef struct lf_parquet_tree {
    const lf_parquet_node *nodes;
    uint32_t n_nodes;
    const uint32_t *columns; /* node of each column */
    uint32_t n_columns;
    const lf_parquet_leaf *leaves;
    uint32_t n_leaves;
} lf_parquet_tree;

/* Reads the elements into a tree, and adds its columns to `schema`, which is empty. */
LF_NODISCARD lf_rc lf_parquet_tree_build(const lf_pq_footer *f, lf_arena *arena,
                                         lf_parquet_tree *out, lf_schema *schema, lf_error *err);

#endif
