/* decode/json/json_walk.h - from indexed records to the cells of a tree.
 *
 * The walk expects each record to have the keys of the one before, written the same way, and
 * compares them where they then must stand. It leaves to checks behind it what they tell about
 * a whole tile at once: that strings hold no quote (by counting), no control character, no bad
 * escape, and that numbers are numbers. Where anything is doubtful the tile is walked again,
 * record by record, behind json_machine.
 *
 * Owns: its scratch. Threads: one at a time. Fails: by json_walked. */
#ifndef LF_DECODE_JSON_JSON_WALK_H
#define LF_DECODE_JSON_JSON_WALK_H
#include "core/buf.h"
#include "decode/json/json_tree.h"

typedef enum json_walked {
    JSON_WALK_OK,
    JSON_WALK_SHORT,  /* the positions end within the record */
    JSON_WALK_DOUBT,  /* the machine has to say */
    JSON_WALK_AGAIN,  /* the shape changed under rows that are in the tree: walk the tile anew */
    JSON_WALK_CLOSED, /* the shape would have to change and may not: `why` */
    JSON_WALK_MAP,    /* `at` has too many keys: it must become a map */
    JSON_WALK_KEYS,   /* the same, where its keys are columns */
    JSON_WALK_VALUES, /* the record has more values than fit in memory: `n_values` or more */
    JSON_WALK_NOMEM,
} json_walked;

/* A string with a backslash in it. */
typedef struct json_escaped {
    json_node *node;
    uint32_t row, first; /* of the cell's bytes, the first backslash */
} json_escaped;

typedef struct json_walk {
    const lf_alloc *alloc;
    const uint8_t *text;
    const uint32_t *pos;
    uint32_t n_pos;
    bool closed;                     /* the shape must stay as it is */
    bool planning;                   /* the head is being read: nothing is settled */
    bool flatten;                    /* objects hold columns: they stay objects */
    bool select;                     /* columns that are new are skipped */
    bool may_map;                    /* planning: the records may be maps */
    const char *const *names_wanted; /* planning: of the only columns that matter; NULL: all do */
    uint32_t n_names_wanted;
    uint64_t values_max; /* of a record */
    uint64_t n_values;
    uint32_t new_keys, new_keys_max; /* that columns come of, since the block's begin */
    json_node passed;                /* stands for keys that need no node: JSON_SKIP */
    uint32_t quotes;
    uint64_t duplicates; /* keys that an object had twice */
    bool grown;          /* the shape is not what it was */
    /* Escapes, met on the way: runs of 64 bytes that have some (json_index), and the next of them,
     * which no cell has passed yet. */
    const uint64_t *escape_bits;
    uint32_t n_escape_words, next_escape;
    bool unordered; /* cells did not come in the order of the text: `escaped` is not all */
    lf_buf escaped; /* json_escaped */
    json_walked why;
    json_node *at;          /* JSON_WALK_CLOSED, _MAP: where */
    uint32_t shut, key_len; /* JSON_WALK_CLOSED: a value, or a key of so many bytes, in the text */
    lf_buf key;             /* a key with escapes, decoded */
    lf_buf members, names;  /* of the maps that are being walked */
} json_walk;

#define JSON_WALK_FAILED UINT32_MAX

/* Whether to note escapes as cells come: those that `bits` tell, or none (bits NULL). */
void lf_json_walk_escapes(json_walk *w, const uint64_t *bits, uint32_t n_words);
/* The value at text[v], row r of `n`; i: the first position at v or behind. Returns the first
 * position behind the value, or JSON_WALK_FAILED. */
uint32_t lf_json_walk_value(json_walk *w, json_node *n, uint32_t r, uint32_t v, uint32_t i);

#endif
