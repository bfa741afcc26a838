/* Every node of a column looks at the entries of its first leaf: one with a repetition level of
 * at most the node's starts a new slot if its definition level says that the slot is there at all
 * (the lists around it are not empty or null), and the slot has a value from the node's own
 * definition level on. A list's offsets count the slots of its element in the same walk. */
#include "format/parquet/parquet_nested.h"
#include <string.h>

#define ENTRIES_MAX (1u << 30)

void lf_parquet_gather_init(lf_parquet_gather *g, lf_pq_chunk_reader *chunk, const lf_pq_leaf *leaf,
                            const lf_alloc *a) {
    *g = (lf_parquet_gather){.chunk = chunk, .leaf = leaf, .alloc = a};
    lf_buf_init(&g->bytes, a, UINT32_MAX);
}

void lf_parquet_gather_reset(lf_parquet_gather *g) {
    if (g->alloc == NULL) return;
    lf_pq_chunk_close(g->chunk);
    size_t n = g->cap;
    lf_mem_free(g->alloc, g->def, n * sizeof *g->def);
    lf_mem_free(g->alloc, g->rep, n * sizeof *g->rep);
    lf_mem_free(g->alloc, g->values, n * lf_type_slot_bytes(g->leaf->type));
    lf_mem_free(g->alloc, g->start, n * sizeof *g->start);
    lf_mem_free(g->alloc, g->len, n * sizeof *g->len);
    lf_buf_reset(&g->bytes);
    *g = (lf_parquet_gather){0};
}

static bool grow_one(const lf_alloc *a, void *pp, uint32_t old, uint32_t cap, size_t size) {
    void **p = pp;
    if (size == 0) return true;
    void *m = lf_mem_realloc(a, *p, old * size, cap * size);
    if (m == NULL) return false;
    *p = m;
    return true;
}

static lf_rc grow(lf_parquet_gather *g, uint32_t more, lf_error *err) {
    if (more <= g->cap - g->n) return LF_OK;
    if (g->n > ENTRIES_MAX - more) {
        return lf_fail(err, LF_EMEMORY_LIMIT, "a row has over %u nested values", ENTRIES_MAX);
    }
    uint32_t old = g->cap, cap = g->n + more > 2 * old ? g->n + more : 2 * old;
    uint32_t width = lf_type_slot_bytes(g->leaf->type);
    bool text = g->leaf->type.id == LF_T_STRING;
    /* Sizes on free are by cap, so that all of them must grow or none. */
    lf_parquet_gather bigger = {0};
    bool ok = grow_one(g->alloc, &bigger.def, 0, cap, 2) &&
              grow_one(g->alloc, &bigger.rep, 0, cap, 2) &&
              grow_one(g->alloc, &bigger.values, 0, cap, width) &&
              grow_one(g->alloc, &bigger.start, 0, cap, text ? 4 : 0) &&
              grow_one(g->alloc, &bigger.len, 0, cap, text ? 4 : 0);
    if (ok && g->n > 0) {
        memcpy(bigger.def, g->def, g->n * 2ul);
        memcpy(bigger.rep, g->rep, g->n * 2ul);
        if (width > 0) memcpy(bigger.values, g->values, (size_t)g->n * width);
        if (text) memcpy(bigger.start, g->start, g->n * 4ul);
        if (text) memcpy(bigger.len, g->len, g->n * 4ul);
    }
    lf_parquet_gather drop = ok ? *g : bigger;
    size_t n = ok ? old : cap;
    if (ok) {
        g->def = bigger.def, g->rep = bigger.rep, g->values = bigger.values;
        g->start = bigger.start, g->len = bigger.len, g->cap = cap;
    }
    lf_mem_free(g->alloc, drop.def, n * 2);
    lf_mem_free(g->alloc, drop.rep, n * 2);
    lf_mem_free(g->alloc, drop.values, n * width);
    lf_mem_free(g->alloc, drop.start, n * 4);
    lf_mem_free(g->alloc, drop.len, n * 4);
    return ok ? LF_OK : lf_fail_nomem(err, (size_t)cap * (width + 12));
}

static lf_rc append_text(lf_parquet_gather *g, uint32_t from, uint32_t n, lf_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        uint32_t len = g->tile.len[from + i];
        g->start[g->n + i] = (uint32_t)g->bytes.len;
        g->len[g->n + i] = len;
        LF_TRY(lf_buf_append(&g->bytes, g->tile.bytes + g->tile.start[from + i], len, err));
    }
    return LF_OK;
}

/* Appends tile entries [from, from + n). */
static lf_rc append(lf_parquet_gather *g, uint32_t from, uint32_t n, lf_error *err) {
    const uint16_t *def, *rep;
    uint32_t width = lf_type_slot_bytes(g->leaf->type);
    LF_TRY(grow(g, n, err));
    lf_pq_chunk_levels(g->chunk, &def, &rep);
    for (uint32_t i = 0; i < n; i++) {
        uint16_t level = lf_column_is_valid(&g->tile, from + i) ? g->leaf->max_def : 0;
        g->def[g->n + i] = def != NULL ? def[from + i] : level;
        g->rep[g->n + i] = rep != NULL ? rep[from + i] : 0;
    }
    if (width > 0) {
        const uint8_t *v = g->tile.values;
        memcpy(g->values + (size_t)g->n * width, v + (size_t)from * width, (size_t)n * width);
    } else {
        LF_TRY(append_text(g, from, n, err));
    }
    g->n += n;
    return LF_OK;
}

/* Entries of the tile from `at` on that belong to the next *rows rows; counts those started. */
static uint32_t entries_of(const lf_parquet_gather *g, uint32_t *rows) {
    const uint16_t *def, *rep;
    uint32_t i = g->at;
    lf_pq_chunk_levels(g->chunk, &def, &rep);
    for (; i < g->tile_rows; i++) {
        if (rep != NULL && rep[i] != 0) continue;
        if (*rows == 0) break;
        (*rows)--;
    }
    return i - g->at;
}

lf_rc lf_parquet_gather_rows(lf_parquet_gather *g, uint32_t n, lf_error *err) {
    g->n = 0;
    lf_buf_clear(&g->bytes);
    for (;;) {
        if (g->at == g->tile_rows) {
            if (n == 0 && g->leaf->max_rep == 0) break;
            g->at = 0;
            uint32_t most = g->leaf->max_rep == 0 && n < LF_TILE_ROWS_MAX ? n : LF_TILE_ROWS_MAX;
            LF_TRY(lf_pq_chunk_next(g->chunk, most, &g->tile, &g->tile_rows, err));
            if (g->tile_rows == 0) break;
        }
        uint32_t k = entries_of(g, &n);
        if (k == 0) break;
        LF_TRY(append(g, g->at, k, err));
        g->at += k;
    }
    if (n > 0) return lf_fail(err, LF_ECORRUPT, "%u rows are missing", (unsigned)n);
    if (g->n > 0 && g->rep[0] != 0) {
        return lf_fail(err, LF_ECORRUPT, "a column chunk starts within a row");
    }
    return lf_buf_reserve(&g->bytes, LF_OVERREAD_BYTES, err);
}

/* ---- assembly ---- */

typedef struct assembler {
    const lf_parquet_tree *tree;
    const lf_parquet_gather *gathers;
    uint32_t first_leaf;
    lf_arena *arena;
    lf_error *err;
} assembler;

static void *arena_array(assembler *a, size_t n, size_t size) {
    size_t bytes = n * size + 128; /* readable behind the end, as batch.h says */
    void *p = lf_arena_alloc(a->arena, bytes, 64);
    if (p == NULL) return NULL;
    memset((uint8_t *)p + n * size, 0, 128);
    return p;
}

static uint32_t count_slots(const lf_parquet_node *n, const lf_parquet_gather *g) {
    uint32_t slots = 0;
    for (uint32_t i = 0; i < g->n; i++) {
        slots += g->rep[i] <= n->rep && g->def[i] >= n->slot_def;
    }
    return slots;
}

/* Validity of the node's slots. */
static lf_rc fill_validity(assembler *a, const lf_parquet_node *n, const lf_parquet_gather *g,
                           uint32_t slots, lf_column *out) {
    uint32_t at = 0, nulls = 0;
    uint64_t *bits = arena_array(a, (slots + 63) / 64, 8);
    if (bits == NULL) return lf_fail_nomem(a->err, slots / 8);
    memset(bits, 0, (slots + 63) / 64 * 8);
    for (uint32_t i = 0; i < g->n; i++) {
        if (g->rep[i] > n->rep || g->def[i] < n->slot_def) continue;
        uint64_t valid = g->def[i] >= n->def;
        bits[at >> 6] |= valid << (at & 63);
        nulls += !valid;
        at++;
    }
    out->null_count = nulls;
    out->validity = nulls == 0 ? NULL : bits;
    return LF_OK;
}

static lf_rc fill_leaf(assembler *a, const lf_parquet_node *n, const lf_parquet_gather *g,
                       uint32_t slots, lf_column *out) {
    uint32_t width = lf_type_slot_bytes(n->type), at = 0;
    uint8_t *values = arena_array(a, slots, width);
    uint32_t *start = arena_array(a, width == 0 ? slots : 0, 4);
    uint32_t *len = arena_array(a, width == 0 ? slots : 0, 4);
    if (values == NULL || start == NULL || len == NULL) {
        return lf_fail_nomem(a->err, (size_t)slots * (width + 8));
    }
    for (uint32_t i = 0; i < g->n; i++) {
        if (g->rep[i] > n->rep || g->def[i] < n->slot_def) continue;
        if (width > 0) {
            memcpy(values + (size_t)at * width, g->values + (size_t)i * width, width);
        } else {
            start[at] = g->start[i];
            len[at] = g->len[i];
        }
        at++;
    }
    if (width > 0) {
        out->values = values;
    } else {
        out->bytes = g->bytes.data != NULL ? g->bytes.data : (const uint8_t *)start;
        out->start = start;
        out->len = len;
    }
    return LF_OK;
}

static lf_rc fill_offsets(assembler *a, const lf_parquet_node *n, const lf_parquet_gather *g,
                          uint32_t slots, lf_column *out) {
    uint32_t at = 0, inner = 0;
    uint32_t *offsets = arena_array(a, (size_t)slots + 1, 4);
    if (offsets == NULL) return lf_fail_nomem(a->err, slots * 4ul);
    for (uint32_t i = 0; i < g->n; i++) {
        if (g->def[i] < n->slot_def) continue;
        if (g->rep[i] <= n->rep) offsets[at++] = inner;
        inner += g->rep[i] <= n->rep + 1 && g->def[i] >= n->def + 1;
    }
    offsets[at] = inner;
    out->offsets = offsets;
    out->n_child_rows = inner;
    return LF_OK;
}

static lf_rc assemble(assembler *a, uint32_t node, uint32_t expected, lf_column *out) {
    const lf_parquet_node *n = &a->tree->nodes[node];
    const lf_parquet_gather *g = &a->gathers[n->first_leaf - a->first_leaf];
    uint32_t slots = count_slots(n, g), i = 0;
    *out = (lf_column){.type = n->type, .n_children = n->n_children};
    if (slots != expected && expected != UINT32_MAX) {
        return lf_fail(a->err, LF_ECORRUPT, "leaves of one column disagree on their levels");
    }
    LF_TRY(fill_validity(a, n, g, slots, out));
    if (!lf_type_is_nested(n->type)) return fill_leaf(a, n, g, slots, out);
    out->n_child_rows = slots;
    if (n->type.id != LF_T_STRUCT) LF_TRY(fill_offsets(a, n, g, slots, out));
    lf_column *children = arena_array(a, n->n_children, sizeof *children);
    if (children == NULL) return lf_fail_nomem(a->err, n->n_children * sizeof *children);
    out->children = children;
    for (uint32_t c = n->first_child; c != UINT32_MAX; c = a->tree->nodes[c].next) {
        LF_TRY(assemble(a, c, out->n_child_rows, &children[i++]));
    }
    if (n->type.id == LF_T_MAP && children[0].null_count > 0)
        return lf_fail(a->err, LF_ECORRUPT, "a map has a null key");
    return LF_OK;
}

lf_rc lf_parquet_assemble(const lf_parquet_tree *tree, uint32_t node,
                          const lf_parquet_gather *gathers, uint32_t first_leaf, lf_arena *arena,
                          lf_column *out, lf_error *err) {
    assembler a = {
        .tree = tree, .gathers = gathers, .first_leaf = first_leaf, .arena = arena, .err = err};
    return assemble(&a, node, UINT32_MAX, out);
}
