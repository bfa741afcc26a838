/* decode/json/json_tree.h - the shape of the records and, per tile, the cells at its leaves.
 *
 * A node is a place in the records: the record itself, the value of a key, the elements of a
 * list. Rows of a node are those of its parent; those of a list's elements count over all
 * lists of the tile. Rows that a record does not have are filled in when the next one comes
 * (`n` lags) or when the tile ends.
 *
 *   {"a":1,"l":[{"b":2},{"b":3}]}     root(object) - a(cell)  - l(list) - element(object) - b(cell)
 *
 * Owns: a tree owns its nodes and their arrays. Threads: one at a time.
 * Fails: LF_ENO_MEMORY. Life: create or copy -> (rows -> reset)* -> destroy. */
#ifndef LF_DECODE_JSON_JSON_TREE_H
#define LF_DECODE_JSON_JSON_TREE_H
#include "array/batch.h"
#include "core/alloc.h"
#include "infer/head.h"
#include "infer/parse.h"
#include <string.h>

#define JSON_LEAD_MAX  64u /* bytes of a key with what stands around it that are compared as one */
#define JSON_TYPED_MAX 40u /* levels; what lies deeper is JSON text */
#define JSON_ROWS_STEP 64u

typedef enum json_kind {
    JSON_NONE,   /* nothing but nulls so far */
    JSON_CELL,   /* numbers, words, strings: a leaf */
    JSON_OBJECT, /* a struct; one child for each key */
    JSON_LIST,   /* one child: the elements */
    JSON_MAP,    /* two children: keys and values */
    JSON_TEXT,   /* any value, kept as it is written: a leaf */
    JSON_SKIP,   /* not put out */
} json_kind;

typedef struct json_node json_node;
struct json_node {
    uint8_t kind;  /* json_kind */
    uint8_t depth; /* of the root: 0 */
    bool quoted;   /* cells are expected to be strings */
    bool fixed;    /* the type was given: it never changes */
    char *name;    /* decoded; NUL-terminated */
    uint32_t name_len;
    uint32_t column;       /* 1 + the output column that this node is; 0: none */
    const lf_field *given; /* borrowed: the type that was asked for */
    json_node *parent, **children;
    uint32_t n_children, cap_children;
    uint32_t *slots; /* open hash table of children by name, 1 + index; past a few children */
    uint32_t n_slots;

    /* What is expected next in the text: from behind a comma to the value. */
    json_node *after; /* of an object's first: the first member; of a member: the one behind it */
    json_node *first;
    uint64_t lead_word[2], lead_mask[2];
    uint32_t lead_len; /* 0: not yet seen */
    uint8_t lead[JSON_LEAD_MAX];

    /* Rows of the tile. */
    uint32_t n, cap, elements; /* of LIST and MAP: rows of the child so far */
    uint32_t *start, *len;     /* CELL, TEXT */
    uint64_t *other;           /* CELL: bit set: not as `quoted` says; a missing cell is unquoted */
    uint64_t *valid, *odd;     /* OBJECT, LIST, MAP: there is one; CELL: there is a value */
    uint32_t *offsets;         /* LIST, MAP: n + 1 */
    void *values;              /* CELL, aligned */
    void *values_mem;
    size_t values_bytes;

    /* Type of a CELL. */
    lf_type type;
    lf_parse_ctx ctx;
    lf_evidence evidence, known; /* of this block; of what came before it */
    lf_infer_head head;          /* of the head, in a plan */
    lf_type last_type;           /* of the last batch */
    lf_type kept_type;           /* of the tile's begin, with what was seen up to it */
    lf_evidence kept_evidence;
    uint32_t kept_format;
    lf_form form;
    const uint8_t *bytes;      /* of a TEXT: where its canonical text stands */
    uint32_t exc_first, n_exc; /* among the decoder's exceptions */
};

LF_NODISCARD lf_rc lf_json_node_create(const lf_alloc *a, json_node *parent, const char *name,
                                       uint32_t name_len, json_node **out, lf_error *err);
void lf_json_node_destroy(const lf_alloc *a, json_node *n); /* with all below; NULL is legal */
/* The shape without rows. */
LF_NODISCARD lf_rc lf_json_node_copy(const lf_alloc *a, const json_node *from, json_node *parent,
                                     json_node **out, lf_error *err);
/* A child of that name, which the node does not have yet. */
LF_NODISCARD lf_rc lf_json_node_add(const lf_alloc *a, json_node *n, const char *name, uint32_t len,
                                    json_node **out, lf_error *err);
json_node *lf_json_child(const json_node *n, const char *name, uint32_t len); /* or NULL */
/* Gives the node its kind, with the children that it implies. */
LF_NODISCARD lf_rc lf_json_node_become(const lf_alloc *a, json_node *n, json_kind kind,
                                       lf_error *err);
/* Room for `rows` rows. */
LF_NODISCARD lf_rc lf_json_node_reserve(const lf_alloc *a, json_node *n, uint32_t rows,
                                        lf_error *err);
void lf_json_node_truncate(json_node *n, uint32_t rows); /* drops what is at `rows` and behind */
/* Fills in what is missing before row `rows`, below too. */
LF_NODISCARD lf_rc lf_json_node_pad(const lf_alloc *a, json_node *n, uint32_t rows, lf_error *err);
/* Expects strings where it did not and the other way round. */
void lf_json_node_flip(json_node *n);
void lf_json_node_type(json_node *n, lf_type t); /* of a CELL; flips where need be */
static inline bool lf_json_is_quoted_type(lf_type t) {
    return t.id == LF_T_STRING || t.id == LF_T_DATE || t.id == LF_T_TIME || t.id == LF_T_TIMESTAMP;
}
/* Notes how the key and what is around it is written: the bytes from behind a comma to the value.
 */
void lf_json_node_learn(json_node *n, const uint8_t *lead, uint32_t len);

static inline bool lf_json_bit(const uint64_t *bits, uint32_t r) {
    return (bits[r >> 6] >> (r & 63)) & 1;
}
static inline void lf_json_bit_set(uint64_t *bits, uint32_t r) {
    bits[r >> 6] |= 1ull << (r & 63);
}

/* Fills cells that are missing from n up to row r, for which there is room. */
static inline void lf_json_gap(json_node *n, uint32_t r) {
    for (; n->n < r; n->n++) {
        n->start[n->n] = n->len[n->n] = 0;
        if (n->quoted) lf_json_bit_set(n->other, n->n);
    }
}

#endif
