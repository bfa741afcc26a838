/* decode/json/json_tree.c - see json_tree.h. */
#include "decode/json/json_tree.h"
#include "core/hash.h"
#include "core/limits.h"

#define HASHED_FROM 8u /* children; fewer are compared one by one */

/* --- nodes --- */

lf_rc lf_json_node_create(const lf_alloc *a, json_node *parent, const char *name, uint32_t name_len,
                          json_node **out, lf_error *err) {
    json_node *n = lf_mem_zalloc(a, sizeof *n);
    *out = NULL;
    if (n == NULL) return lf_fail_nomem(err, sizeof *n);
    n->name = lf_mem_alloc(a, (size_t)name_len + 1);
    if (n->name == NULL) {
        lf_mem_free(a, n, sizeof *n);
        return lf_fail_nomem(err, name_len);
    }
    if (name_len > 0) memcpy(n->name, name, name_len);
    n->name[name_len] = '\0';
    n->name_len = name_len;
    n->parent = parent;
    n->depth = parent == NULL ? 0 : (uint8_t)(parent->depth < 255 ? parent->depth + 1 : 255);
    n->type = (lf_type){.id = LF_T_NULL};
    lf_evidence_init(&n->evidence);
    lf_evidence_init(&n->known);
    lf_infer_head_init(&n->head);
    if (parent != NULL) n->ctx = parent->ctx;
    *out = n;
    return LF_OK;
}

static bool has_cells(const json_node *n) {
    return n->kind == JSON_CELL || n->kind == JSON_TEXT || n->kind == JSON_NONE;
}

static bool has_offsets(const json_node *n) {
    return n->kind == JSON_LIST || n->kind == JSON_MAP;
}

static size_t valid_bytes(uint32_t cap) {
    return (size_t)cap / 64 * sizeof(uint64_t);
}

/* What `cap` rows of the kind take: bits of presence, of cells two more sets of bits and two
 * arrays, of what holds others one array. */
static size_t rows_bytes(const json_node *n, uint32_t cap) {
    const size_t words = valid_bytes(cap), cells = cap * sizeof(uint32_t);
    if (cap == 0) return 0;
    return words + (has_cells(n) ? 2 * words + 2 * cells : 0) +
           (has_offsets(n) ? cells + sizeof(uint64_t) : 0);
}

/* Where the arrays lie in their one piece of memory. */
static void lay_out(json_node *n, uint8_t *p, uint32_t cap) {
    const size_t words = valid_bytes(cap), cells = cap * sizeof(uint32_t);
    n->valid = (uint64_t *)(void *)p;
    p += words;
    if (has_cells(n)) {
        n->other = (uint64_t *)(void *)p;
        n->odd = (uint64_t *)(void *)(p + words);
        n->start = (uint32_t *)(void *)(p + 2 * words);
        n->len = (uint32_t *)(void *)(p + 2 * words + cells);
        p += 2 * words + 2 * cells;
    }
    if (has_offsets(n)) n->offsets = (uint32_t *)(void *)p;
}

static void free_rows(const lf_alloc *a, json_node *n) {
    lf_mem_free(a, n->valid, rows_bytes(n, n->cap));
    lf_mem_free(a, n->values_mem, n->values_bytes);
    n->start = n->len = n->offsets = NULL;
    n->other = n->valid = n->odd = NULL;
    n->values = n->values_mem = NULL;
    n->values_bytes = 0;
    n->cap = n->n = n->elements = 0;
}

void lf_json_node_destroy(const lf_alloc *a, json_node *n) {
    if (n == NULL) return;
    for (uint32_t i = 0; i < n->n_children; i++)
        lf_json_node_destroy(a, n->children[i]); /* as deep as typed values are: JSON_TYPED_MAX */
    free_rows(a, n);
    lf_mem_free(a, n->children, n->cap_children * sizeof(json_node *));
    lf_mem_free(a, n->slots, n->n_slots * sizeof *n->slots);
    lf_mem_free(a, n->name, (size_t)n->name_len + 1);
    lf_mem_free(a, n, sizeof *n);
}

static void insert(json_node *n, uint32_t index) {
    const json_node *c = n->children[index];
    uint64_t at = lf_hash64(c->name, c->name_len, 0);
    while (n->slots[at & (n->n_slots - 1)] != 0)
        at++;
    n->slots[at & (n->n_slots - 1)] = index + 1;
}

static lf_rc rehash(const lf_alloc *a, json_node *n, lf_error *err) {
    uint32_t want = n->n_slots == 0 ? HASHED_FROM * 4 : n->n_slots * 2;
    uint32_t *slots = lf_mem_zalloc(a, want * sizeof *slots);
    if (slots == NULL) return lf_fail_nomem(err, want * sizeof *slots);
    lf_mem_free(a, n->slots, n->n_slots * sizeof *n->slots);
    n->slots = slots;
    n->n_slots = want;
    for (uint32_t i = 0; i < n->n_children; i++)
        insert(n, i);
    return LF_OK;
}

/* Takes the child. */
static lf_rc add_child(const lf_alloc *a, json_node *n, json_node *child, lf_error *err) {
    if (n->n_children == n->cap_children) {
        uint32_t cap = n->cap_children == 0 ? 4 : n->cap_children * 2;
        json_node **p =
            lf_mem_realloc(a, n->children, n->cap_children * sizeof *p, cap * sizeof *p);
        if (p == NULL) {
            lf_json_node_destroy(a, child);
            return lf_fail_nomem(err, cap * sizeof *p);
        }
        n->children = p;
        n->cap_children = cap;
    }
    n->children[n->n_children++] = child;
    if (n->n_children < HASHED_FROM) return LF_OK;
    if (n->n_children * 2 > n->n_slots) return rehash(a, n, err);
    insert(n, n->n_children - 1);
    return LF_OK;
}

lf_rc lf_json_node_add(const lf_alloc *a, json_node *n, const char *name, uint32_t len,
                       json_node **out, lf_error *err) {
    LF_TRY(lf_json_node_create(a, n, name, len, out, err));
    return add_child(a, n, *out, err);
}

json_node *lf_json_child(const json_node *n, const char *name, uint32_t len) {
    if (n->n_slots == 0) {
        for (uint32_t i = 0; i < n->n_children; i++)
            if (n->children[i]->name_len == len && memcmp(n->children[i]->name, name, len) == 0)
                return n->children[i];
        return NULL;
    }
    for (uint64_t at = lf_hash64(name, len, 0);; at++) {
        uint32_t i = n->slots[at & (n->n_slots - 1)];
        if (i == 0) return NULL;
        json_node *c = n->children[i - 1];
        if (c->name_len == len && memcmp(c->name, name, len) == 0) return c;
    }
}

lf_rc lf_json_node_become(const lf_alloc *a, json_node *n, json_kind kind, lf_error *err) {
    json_node *c;
    free_rows(a, n);
    for (uint32_t i = 0; i < n->n_children; i++)
        lf_json_node_destroy(a, n->children[i]);
    lf_mem_free(a, n->slots, n->n_slots * sizeof *n->slots);
    n->slots = NULL;
    n->n_children = n->n_slots = 0;
    n->first = NULL;
    n->kind = (uint8_t)kind;
    if (kind == JSON_LIST) LF_TRY(lf_json_node_add(a, n, "element", 7, &c, err));
    if (kind == JSON_MAP) {
        LF_TRY(lf_json_node_add(a, n, "key", 3, &c, err));
        c->kind = JSON_CELL;
        c->quoted = true;
        c->type.id = c->last_type.id = LF_T_STRING;
        LF_TRY(lf_json_node_add(a, n, "value", 5, &c, err));
    }
    return LF_OK;
}

static lf_rc copy_children(const lf_alloc *a, const json_node *from, json_node *to, lf_error *err) {
    for (uint32_t i = 0; i < from->n_children; i++) {
        json_node *c;
        LF_TRY(lf_json_node_copy(a, from->children[i], to, &c, err));
        LF_TRY(add_child(a, to, c, err));
    }
    return LF_OK;
}

/* What is expected where, once all children are there. */
static void copy_order(const json_node *from, json_node *to) {
    if (from->first != NULL)
        to->first = lf_json_child(to, from->first->name, from->first->name_len);
    for (uint32_t i = 0; i < from->n_children; i++) {
        const json_node *next = from->children[i]->after;
        if (next != NULL) to->children[i]->after = lf_json_child(to, next->name, next->name_len);
    }
}

lf_rc lf_json_node_copy(const lf_alloc *a, const json_node *from, json_node *parent,
                        json_node **out, lf_error *err) {
    json_node *n;
    LF_TRY(lf_json_node_create(a, parent, from->name, from->name_len, &n, err));
    n->kind = from->kind;
    n->quoted = from->quoted;
    n->fixed = from->fixed;
    n->column = from->column;
    n->given = from->given;
    n->type = n->last_type = from->type;
    n->ctx = from->ctx;
    n->known = from->known;
    lf_json_node_learn(n, from->lead, from->lead_len);
    lf_rc rc = copy_children(a, from, n, err);
    if (rc != LF_OK) {
        lf_json_node_destroy(a, n);
        return rc;
    }
    copy_order(from, n);
    *out = n;
    return LF_OK;
}

void lf_json_node_learn(json_node *n, const uint8_t *lead, uint32_t len) {
    uint8_t word[16] = {0};
    n->lead_len = 0;
    if (len == 0 || len > JSON_LEAD_MAX) return;
    memmove(n->lead, lead, len);
    memcpy(word, n->lead, len < 16 ? len : 16);
    memcpy(n->lead_word, word, 16);
    for (uint32_t i = 0; i < 16; i++)
        word[i] = i < len ? 0xff : 0;
    memcpy(n->lead_mask, word, 16);
    n->lead_len = len;
}

/* --- rows --- */

lf_rc lf_json_node_reserve(const lf_alloc *a, json_node *n, uint32_t rows, lf_error *err) {
    if (rows <= n->cap) return LF_OK;
    json_node old = *n;
    uint32_t cap = rows + rows / 2;
    cap = (cap + JSON_ROWS_STEP - 1) / JSON_ROWS_STEP * JSON_ROWS_STEP;
    uint8_t *p = lf_mem_zalloc(a, rows_bytes(n, cap));
    if (p == NULL) return lf_fail_nomem(err, rows_bytes(n, cap));
    lay_out(n, p, cap);
    n->cap = cap;
    if (old.cap == 0) return LF_OK;
    size_t words = (size_t)old.cap / 64 * sizeof(uint64_t), cells = old.cap * sizeof(uint32_t);
    memcpy(n->valid, old.valid, words);
    if (has_cells(n)) {
        memcpy(n->other, old.other, words);
        memcpy(n->start, old.start, cells);
        memcpy(n->len, old.len, cells);
    }
    if (has_offsets(n)) memcpy(n->offsets, old.offsets, cells + sizeof(uint32_t));
    lf_mem_free(a, old.valid, rows_bytes(n, old.cap));
    return LF_OK;
}

static void clear_bits(uint64_t *bits, uint32_t from, uint32_t to) {
    if (from == 0) memset(bits, 0, (to + 63) / 64 * sizeof *bits);
    for (uint32_t r = from == 0 ? to : from; r < to;) {
        if ((r & 63) == 0 && to - r >= 64) {
            bits[r >> 6] = 0;
            r += 64;
        } else {
            bits[r >> 6] &= ~(1ull << (r & 63));
            r++;
        }
    }
}

void lf_json_node_truncate(json_node *n, uint32_t rows) {
    if (n->n <= rows) return;
    uint32_t below = rows;
    if (has_offsets(n)) n->elements = below = n->offsets[rows];
    if (n->valid != NULL) clear_bits(n->valid, rows, n->n);
    if (has_cells(n)) clear_bits(n->other, rows, n->n);
    n->n = rows;
    for (uint32_t i = 0; i < n->n_children; i++)
        lf_json_node_truncate(n->children[i], below);
}

lf_rc lf_json_node_pad(const lf_alloc *a, json_node *n, uint32_t rows, lf_error *err) {
    if (n->kind == JSON_SKIP) return LF_OK;
    LF_TRY(lf_json_node_reserve(a, n, rows, err));
    uint32_t below = rows;
    if (has_cells(n)) {
        lf_json_gap(n, rows);
    } else if (has_offsets(n)) {
        for (; n->n < rows; n->n++)
            n->offsets[n->n + 1] = n->elements;
        below = n->elements;
    }
    n->n = rows;
    for (uint32_t i = 0; i < n->n_children; i++)
        LF_TRY(lf_json_node_pad(a, n->children[i], below, err));
    return LF_OK;
}

void lf_json_node_flip(json_node *n) {
    n->quoted = !n->quoted;
    for (uint32_t r = 0; r < n->n; r += 64)
        n->other[r >> 6] = ~n->other[r >> 6] & (n->n - r >= 64 ? ~0ull : (1ull << (n->n - r)) - 1);
}
