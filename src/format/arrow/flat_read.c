/* The layout is in flat_write.c. Offsets are followed forwards only, so that no loop can come of
 * them; how often one table is referred to is for the caller to bound. */
#include "format/arrow/flat_read.h"

static uint64_t load(const uint8_t *p, size_t size) {
    uint64_t v = 0;
    for (size_t i = 0; i < size; i++) {
        v |= (uint64_t)p[i] << (8 * i);
    }
    return v;
}

static bool within(const lf_flat_in *in, size_t at, uint64_t n) {
    return at <= in->bytes.len && n <= in->bytes.len - at;
}

static lf_flat_table bad(lf_flat_in *in) {
    in->bad = true;
    return (lf_flat_table){0};
}

static lf_flat_table table_at(lf_flat_in *in, size_t at) {
    if (!within(in, at, 4)) return bad(in);
    const int64_t slots = (int64_t)at - (int32_t)load(in->bytes.data + at, 4);
    if (slots < 0 || !within(in, (size_t)slots, 4)) return bad(in);
    const uint8_t *v = in->bytes.data + slots;
    const uint32_t bytes = (uint32_t)load(v, 2), size = (uint32_t)load(v + 2, 2);
    if (bytes < 4 || bytes % 2 != 0 || !within(in, (size_t)slots, bytes)) return bad(in);
    if (size < 4 || !within(in, at, size)) return bad(in);
    return (lf_flat_table){.in = in,
                           .at = at,
                           .slots_at = (size_t)slots + 4,
                           .size = size,
                           .n_slots = (bytes - 4) / 2};
}

/* Where a field of `size` bytes lies; 0: it is left out. */
static size_t field(const lf_flat_table *t, uint32_t slot, size_t size) {
    if (t->in == NULL || slot >= t->n_slots) return 0;
    const uint32_t off = (uint32_t)load(t->in->bytes.data + t->slots_at + 2 * (size_t)slot, 2);
    if (off == 0) return 0;
    if (off < 4 || off + size > t->size) {
        t->in->bad = true;
        return 0;
    }
    return t->at + off;
}

/* The place that a field refers to; 0: none. */
static size_t followed(const lf_flat_table *t, uint32_t slot) {
    const size_t at = field(t, slot, 4);
    if (at == 0) return 0;
    const uint64_t ahead = load(t->in->bytes.data + at, 4);
    if (ahead == 0 || !within(t->in, at, ahead + 4)) {
        t->in->bad = true;
        return 0;
    }
    return at + (size_t)ahead;
}

lf_flat_table lf_flat_root(lf_flat_in *in) {
    if (in->bytes.len < 8) return bad(in);
    const uint64_t at = load(in->bytes.data, 4);
    return at < 4 || at > in->bytes.len ? bad(in) : table_at(in, (size_t)at);
}

uint64_t lf_flat_u64(const lf_flat_table *t, uint32_t slot, size_t size, uint64_t otherwise) {
    const size_t at = field(t, slot, size);
    return at == 0 ? otherwise : load(t->in->bytes.data + at, size);
}

lf_flat_table lf_flat_sub(const lf_flat_table *t, uint32_t slot) {
    const size_t at = followed(t, slot);
    return at == 0 ? (lf_flat_table){0} : table_at(t->in, at);
}

lf_flat_list lf_flat_items(const lf_flat_table *t, uint32_t slot, size_t item_bytes) {
    const size_t at = followed(t, slot);
    if (at == 0) return (lf_flat_list){0};
    const uint64_t n = load(t->in->bytes.data + at, 4);
    if (!within(t->in, at + 4, n * item_bytes)) {
        t->in->bad = true;
        return (lf_flat_list){0};
    }
    return (lf_flat_list){t->in->bytes.data + at + 4, (uint32_t)n, at + 4};
}

lf_span lf_flat_text(const lf_flat_table *t, uint32_t slot) {
    const lf_flat_list l = lf_flat_items(t, slot, 1);
    return (lf_span){l.items, l.n};
}

lf_flat_table lf_flat_at(const lf_flat_table *t, const lf_flat_list *l, uint32_t i) {
    const size_t at = l->at + 4 * (size_t)i;
    const uint64_t ahead = load(t->in->bytes.data + at, 4);
    if (!within(t->in, at, ahead + 4)) return bad(t->in);
    return table_at(t->in, at + (size_t)ahead);
}
