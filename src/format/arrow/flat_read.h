/* format/arrow/flat_read.h - reads FlatBuffers of which nothing is trusted.
 *
 * Each place is checked when it is followed, each field when it is taken. What does not hold sets
 * `bad` and reads as nothing; the caller looks at it before it believes what it has read.
 *
 * Owns: nothing; tables point into the bytes. Threads: one at a time. Fails: never (`bad`). */
#ifndef LF_FORMAT_ARROW_FLAT_READ_H
#define LF_FORMAT_ARROW_FLAT_READ_H
#include "core/span.h"
#include <stdbool.h>

typedef struct lf_flat_in {
    lf_span bytes;
    bool bad;
} lf_flat_in;

typedef struct lf_flat_table {
    lf_flat_in *in; /* NULL: there is no such table */
    size_t at, slots_at;
    uint32_t size, n_slots;
} lf_flat_table;

typedef struct lf_flat_list {
    const uint8_t *items;
    uint32_t n;
    size_t at; /* of the first item */
} lf_flat_list;

lf_flat_table lf_flat_root(lf_flat_in *in);
/* A number of 1, 2, 4 or 8 bytes, not extended by its sign. */
uint64_t lf_flat_u64(const lf_flat_table *t, uint32_t slot, size_t size, uint64_t otherwise);
lf_flat_table lf_flat_sub(const lf_flat_table *t, uint32_t slot);
lf_span lf_flat_text(const lf_flat_table *t, uint32_t slot); /* data NULL: none */
lf_flat_list lf_flat_items(const lf_flat_table *t, uint32_t slot, size_t item_bytes);
/* Item i of a list of tables (item_bytes 4). */
lf_flat_table lf_flat_at(const lf_flat_table *t, const lf_flat_list *l, uint32_t i);

#endif
