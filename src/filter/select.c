/* Column by column: values, validity, views and offsets of the chosen slots are put side by side;
 * bytes of text stay where they are. Below lists the chosen slots are those of the chosen lists. */
#include "filter/select.h"
#include <string.h>

#define MARGIN 128u /* readable behind fixed-size values, see array/batch.h */

typedef struct selection {
    const uint32_t *slots; /* ascending */
    uint32_t n;
    lf_arena *arena;
    lf_error *err;
} selection;

static void *room(const selection *s, size_t n, size_t size) {
    return lf_arena_alloc(s->arena, n * size + MARGIN, 64);
}

static lf_rc no_room(const selection *s) {
    return lf_fail_nomem(s->err, s->n * 16ul + MARGIN);
}

#define GATHER(TYPE)                                                                               \
    do {                                                                                           \
        const TYPE *from = c->values;                                                              \
        TYPE *to = out;                                                                            \
        for (uint32_t i = 0; i < s->n; i++)                                                        \
            to[i] = from[s->slots[i]];                                                             \
    } while (0)

typedef struct two_words {
    uint64_t w[2];
} two_words;

static lf_rc pick_values(const selection *s, lf_column *c) {
    const uint32_t size = lf_type_slot_bytes(c->type);
    if (size == 0 || c->values == NULL) return LF_OK;
    void *out = room(s, s->n, size);
    if (out == NULL) return no_room(s);
    if (size == 1)
        GATHER(uint8_t);
    else if (size == 4)
        GATHER(uint32_t);
    else if (size == 8)
        GATHER(uint64_t);
    else
        GATHER(two_words);
    memset((uint8_t *)out + (size_t)s->n * size, 0, MARGIN);
    c->values = out;
    return LF_OK;
}

static lf_rc pick_validity(const selection *s, lf_column *c) {
    if (c->validity == NULL) return LF_OK;
    const size_t words = (s->n + 63ul) / 64;
    uint64_t *out = room(s, words, sizeof *out);
    if (out == NULL) return no_room(s);
    uint32_t valid = 0;
    memset(out, 0, words * sizeof *out);
    for (uint32_t i = 0; i < s->n; i++) {
        const uint32_t r = s->slots[i];
        const uint64_t bit = (c->validity[r >> 6] >> (r & 63)) & 1;
        out[i >> 6] |= bit << (i & 63);
        valid += (uint32_t)bit;
    }
    c->null_count = s->n - valid;
    c->validity = c->null_count > 0 ? out : NULL;
    return LF_OK;
}

static lf_rc pick_views(const selection *s, lf_column *c) {
    if (c->start == NULL) return LF_OK;
    uint32_t *start = room(s, s->n, sizeof *start), *len = room(s, s->n, sizeof *len);
    if (start == NULL || len == NULL) return no_room(s);
    for (uint32_t i = 0; i < s->n; i++) {
        start[i] = c->start[s->slots[i]];
        len[i] = c->len[s->slots[i]];
    }
    c->start = start;
    c->len = len;
    return LF_OK;
}

/* At the top an exception's row is its slot; below it counts the values that are not null. */
static lf_rc pick_exceptions(const selection *s, lf_column *c, const lf_column *was, bool top) {
    if (was->n_exc == 0) return LF_OK;
    lf_exception *out = room(s, was->n_exc, sizeof *out);
    if (out == NULL) return no_room(s);
    uint32_t n = 0, at = 0, slot = 0, before = 0, kept = 0;
    for (uint32_t i = 0; i < s->n && at < was->n_exc; i++) {
        const uint32_t r = s->slots[i];
        if (top) {
            before = r;
        } else {
            for (; slot < r; slot++)
                before += lf_column_is_valid(was, slot);
            if (!lf_column_is_valid(was, r)) continue;
        }
        while (at < was->n_exc && was->exc[at].row < before)
            at++;
        if (at < was->n_exc && was->exc[at].row == before) {
            out[n] = was->exc[at];
            out[n++].row = top ? i : kept;
        }
        kept++;
    }
    c->exc = out;
    c->n_exc = n;
    return LF_OK;
}

static lf_rc pick(const selection *s, const lf_column *from, bool top, lf_column *out);

static lf_rc pick_children(const selection *s, const lf_column *from, lf_column *out) {
    lf_column *children = room(s, from->n_children, sizeof *children);
    if (children == NULL) return no_room(s);
    for (uint32_t i = 0; i < from->n_children; i++)
        LF_TRY(pick(s, &from->children[i], false, &children[i]));
    out->children = children;
    out->n_child_rows = s->n;
    return LF_OK;
}

static lf_rc pick_lists(const selection *s, const lf_column *from, lf_column *out) {
    selection below = *s;
    size_t n = 0;
    for (uint32_t i = 0; i < s->n; i++)
        n += from->offsets[s->slots[i] + 1] - from->offsets[s->slots[i]];
    uint32_t *offsets = room(s, s->n + 1ul, sizeof *offsets), *slots = room(s, n, sizeof *slots);
    if (offsets == NULL || slots == NULL) return no_room(s);
    below.n = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        const uint32_t r = s->slots[i];
        offsets[i] = below.n;
        for (uint32_t k = from->offsets[r]; k < from->offsets[r + 1]; k++)
            slots[below.n++] = k;
    }
    offsets[s->n] = below.n;
    below.slots = slots;
    out->offsets = offsets;
    return pick_children(&below, from, out);
}

static lf_rc pick(const selection *s, const lf_column *from, bool top, lf_column *out) {
    *out = *from;
    LF_TRY(pick_validity(s, out));
    if (from->type.id == LF_T_STRUCT) return pick_children(s, from, out);
    if (from->offsets != NULL) return pick_lists(s, from, out);
    LF_TRY(pick_values(s, out));
    LF_TRY(pick_views(s, out));
    return pick_exceptions(s, out, from, top);
}

lf_rc lf_select_rows(const lf_batch *b, const uint32_t *rows, uint32_t n, uint32_t n_columns,
                     lf_arena *arena, lf_batch *out, lf_error *err) {
    const selection s = {rows, n, arena, err};
    *out = *b;
    out->n_columns = n_columns;
    if (n == b->n_rows) return LF_OK;
    lf_column *columns = room(&s, n_columns, sizeof *columns);
    if (columns == NULL) return no_room(&s);
    for (uint32_t i = 0; i < n_columns; i++)
        LF_TRY(pick(&s, &b->columns[i], true, &columns[i]));
    out->columns = columns;
    out->n_rows = n;
    return LF_OK;
}
