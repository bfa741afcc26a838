/* array/schema_map.h - how the columns of one schema come out of those of a narrower one.
 *
 * Columns and members of structs are matched by name. Leaves are numbered depth first; a struct
 * without members counts as one leaf (of nulls).
 *
 * Owns: its arrays. Threads: read-only use is safe. Fails: LF_ENO_MEMORY, LF_EINTERNAL where the
 * one cannot come out of the other. Life: init -> use -> reset. */
#ifndef LF_ARRAY_SCHEMA_MAP_H
#define LF_ARRAY_SCHEMA_MAP_H
#include "array/type.h"

#define LF_LEAF_NONE UINT32_MAX

typedef enum lf_leaf_how {
    LF_LEAF_SAME,    /* leaf `from` as it is */
    LF_LEAF_RETYPED, /* the values of leaf `from` as another type, with its levels */
    LF_LEAF_NULLS,   /* no values. Levels of leaf `from`: its entries with a repetition level of at
                        most `rep`, with a definition level of at most `def`; from LF_LEAF_NONE: a
                        null a row */
    LF_LEAF_REBUILT, /* the column is put together, changed as a whole, and taken apart again */
} lf_leaf_how;

typedef struct lf_leaf_map {
    uint8_t how, def, rep;
    uint32_t from;
} lf_leaf_map;

typedef struct lf_column_map {
    uint32_t from; /* column; LF_LEAF_NONE: it is new */
    bool rebuilt;
} lf_column_map;

typedef struct lf_schema_map {
    const lf_schema *from, *to; /* borrowed */
    lf_column_map *columns;     /* of `to` */
    lf_leaf_map *leaves;        /* of `to` */
    uint32_t n_columns, n_leaves, n_from_leaves;
    const lf_alloc *alloc;
} lf_schema_map;

uint32_t lf_field_leaves(const lf_field *f);
uint32_t lf_schema_leaves(const lf_schema *s);
LF_NODISCARD lf_rc lf_schema_map_init(lf_schema_map *m, const lf_alloc *a, const lf_schema *from,
                                      const lf_schema *to, lf_error *err);
void lf_schema_map_reset(lf_schema_map *m); /* safe when zeroed */

#endif
