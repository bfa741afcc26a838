/* format/arrow/arrow_import_internal.h - the columns of an import, between its schema
 * (arrow_import_schema.c), its checks (arrow_import_check.c) and its values (arrow_import.c).
 * Owns: a node owns its children and scratch. Threads, Fails, Life: as arrow_import.h. */
#ifndef LF_FORMAT_ARROW_ARROW_IMPORT_INTERNAL_H
#define LF_FORMAT_ARROW_ARROW_IMPORT_INTERNAL_H
#include "format/arrow/arrow_build.h"
#include "format/arrow/arrow_import.h"

typedef enum lf_arrow_kind {
    LF_ARROW_NULL,
    LF_ARROW_BOOL,
    LF_ARROW_I8,
    LF_ARROW_U8,
    LF_ARROW_I16,
    LF_ARROW_U16,
    LF_ARROW_I32,
    LF_ARROW_U32,
    LF_ARROW_I64,
    LF_ARROW_U64,
    LF_ARROW_F16,
    LF_ARROW_F32,
    LF_ARROW_F64,
    LF_ARROW_DECIMAL,    /* `width` bytes */
    LF_ARROW_DATE_MS,    /* i64 */
    LF_ARROW_TEXT,       /* i32 offsets */
    LF_ARROW_LARGE_TEXT, /* i64 offsets */
    LF_ARROW_TEXT_VIEW,
    LF_ARROW_FIXED_BYTES, /* `width` bytes */
    LF_ARROW_LIST,
    LF_ARROW_LARGE_LIST,
    LF_ARROW_FIXED_LIST, /* `width` items */
    LF_ARROW_LIST_VIEW,
    LF_ARROW_LARGE_LIST_VIEW,
    LF_ARROW_STRUCT,
    LF_ARROW_MAP,
    LF_ARROW_DICTIONARY, /* child 0: the values; `index`: how they are counted */
} lf_arrow_kind;

typedef struct lf_arrow_node lf_arrow_node;
struct lf_arrow_node {
    lf_arrow_kind kind, index;
    uint32_t width;
    int64_t factor;        /* stored times and timestamps are multiplied by it; 0, 1: not */
    const lf_field *field; /* its type and name */
    lf_arrow_node *children;
    uint32_t n_children;
    /* What the last batch points to. */
    lf_arrow_bytes validity, values, text, start, len, offsets, slots;
    lf_column *columns; /* of the children */
};

/* A schema's columns: the fields into `schema`, how they are read into *nodes_out. */
LF_NODISCARD lf_rc lf_arrow_nodes_make(const struct ArrowSchema *s, const lf_alloc *alloc,
                                       lf_schema *schema, lf_arrow_node **nodes_out, lf_error *err);
void lf_arrow_nodes_free(const lf_alloc *alloc, lf_arrow_node *nodes, uint32_t n);

/* Whether slots [0, need) of an array, after its offset, may be read as the node says. */
LF_NODISCARD lf_rc lf_arrow_check(const lf_arrow_node *n, const struct ArrowArray *a, int64_t need,
                                  lf_error *err);
lf_rc lf_arrow_bad(const lf_arrow_node *n, lf_error *err, const char *what);

#endif
