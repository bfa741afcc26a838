#include "api/inspect_stats.h"
#include "infer/cell_text.h"
#include <math.h>
#include <string.h>

#define TEXT_MAX 64u

/* ---- paths ---- */

typedef struct namer {
    const lf_parquet_tree *tree;
    lf_arena *arena;
    lf_inspect_leaf *leaves;
    lf_buf path;
    lf_error *err;
} namer;

static lf_rc name_node(namer *n, uint32_t node, bool own_name) {
    const lf_parquet_node *p = &n->tree->nodes[node];
    size_t before = n->path.len;
    if (own_name) {
        if (before > 0) LF_TRY(lf_buf_append(&n->path, ".", 1, n->err));
        LF_TRY(lf_buf_append(&n->path, p->name.data, p->name.len, n->err));
    }
    if (!lf_type_is_nested(p->type)) {
        char *s = lf_arena_strndup(n->arena, (const char *)n->path.data, n->path.len);
        if (s == NULL) return lf_fail_nomem(n->err, n->path.len);
        n->leaves[p->first_leaf].path = s;
    }
    bool list = p->type.id == LF_T_LIST;
    if (list) LF_TRY(lf_buf_append(&n->path, "[]", 2, n->err));
    for (uint32_t c = p->first_child; c != UINT32_MAX; c = n->tree->nodes[c].next) {
        LF_TRY(name_node(n, c, !list));
    }
    n->path.len = before;
    return LF_OK;
}

/* ---- bounds ---- */

static int compare(lf_type t, const lf_inspect_bound *a, const lf_inspect_bound *b) {
    if (t.id == LF_T_STRING) {
        uint32_t n = a->len < b->len ? a->len : b->len;
        int c = n > 0 ? memcmp(a->text, b->text, n) : 0;
        return c != 0 ? c : (a->len > b->len) - (a->len < b->len);
    }
    const lf_value *x = &a->value, *y = &b->value;
    switch (t.id) {
    case LF_T_BOOL:
        return (x->b > y->b) - (x->b < y->b);
    case LF_T_UINT64:
        return (x->u64 > y->u64) - (x->u64 < y->u64);
    case LF_T_DOUBLE:
        return (x->f64 > y->f64) - (x->f64 < y->f64);
    case LF_T_DATE:
        return (x->date > y->date) - (x->date < y->date);
    case LF_T_DECIMAL:
        if (x->dec[1] != y->dec[1]) return (int64_t)x->dec[1] > (int64_t)y->dec[1] ? 1 : -1;
        return (x->dec[0] > y->dec[0]) - (x->dec[0] < y->dec[0]);
    default:
        return (x->i64 > y->i64) - (x->i64 < y->i64);
    }
}

static bool read_bound(const lf_pq_leaf *l, lf_span s, char *text, lf_inspect_bound *out) {
    *out = (lf_inspect_bound){.exact = true};
    if (s.data == NULL) return false;
    if (l->as == LF_PQ_AS_VIEW) {
        out->text = text;
        out->len = s.len < TEXT_MAX ? (uint32_t)s.len : TEXT_MAX;
        out->exact = s.len <= TEXT_MAX;
        if (out->len > 0) memcpy(text, s.data, out->len);
        return true;
    }
    uint64_t slot[2];
    if (!lf_pq_plain_value(l, s, slot)) return false;
    out->value.dec[0] = slot[0];
    out->value.dec[1] = slot[1];
    if (l->type.id == LF_T_DECIMAL && l->type.precision <= 18) {
        out->value.dec[1] = (uint64_t)((int64_t)slot[0] >> 63);
    }
    return l->type.id != LF_T_DOUBLE || !isnan(out->value.f64);
}

static lf_rc keep(lf_arena *arena, lf_type t, lf_inspect_bound *best, const lf_inspect_bound *b,
                  int sign, lf_error *err) {
    if (best->known && sign * compare(t, b, best) >= 0) return LF_OK;
    char *text = best->text;
    if (t.id == LF_T_STRING) {
        if (text == NULL) text = lf_arena_alloc(arena, TEXT_MAX, 1);
        if (text == NULL) return lf_fail_nomem(err, TEXT_MAX);
        if (b->len > 0) memcpy(text, b->text, b->len);
    }
    *best = *b;
    best->known = true;
    best->text = text;
    return LF_OK;
}

/* The deprecated bounds are in signed order: of no use for texts and unsigned numbers. */
static bool old_bounds_hold(const lf_pq_leaf *l) {
    return l->element.type != LF_PQ_BYTE_ARRAY && l->element.type != LF_PQ_FIXED &&
           l->as != LF_PQ_AS_UNSIGNED32 && l->type.id != LF_T_UINT64;
}

static lf_rc add_bounds(lf_inspect_leaf *l, const lf_pq_column_meta *m, lf_arena *arena,
                        lf_error *err) {
    lf_inspect_bound min, max;
    char texts[2][TEXT_MAX];
    const lf_pq_stats *s = &m->stats;
    lf_span lo = s->min, hi = s->max;
    if (lo.data == NULL && hi.data == NULL && old_bounds_hold(&l->leaf)) {
        lo = s->old_min;
        hi = s->old_max;
    }
    if (m->has_stats && s->has_null_count && s->null_count == m->num_values) return LF_OK;
    if (!m->has_stats || !read_bound(&l->leaf, lo, texts[0], &min) ||
        !read_bound(&l->leaf, hi, texts[1], &max)) {
        l->bounds_off = true;
        return LF_OK;
    }
    min.exact = min.exact && !(s->has_min_exact && !s->min_exact);
    max.exact = max.exact && !(s->has_max_exact && !s->max_exact);
    LF_TRY(keep(arena, l->leaf.type, &l->min, &min, 1, err));
    return keep(arena, l->leaf.type, &l->max, &max, -1, err);
}

lf_rc lf_inspect_bound_text(const lf_inspect_leaf *l, const lf_inspect_bound *b, bool iso,
                            lf_buf *out, lf_error *err) {
    if (!b->known || l->bounds_off) return LF_OK;
    if (l->leaf.type.id == LF_T_STRING) {
        uint32_t start = 0, len = b->len;
        while (!b->exact && len > 0 && ((uint8_t)b->text[len - 1] & 0xc0) == 0x80) {
            len--; /* a character that was cut */
        }
        if (!b->exact && len > 0 && (uint8_t)b->text[len - 1] >= 0xc0) len--;
        lf_column c = {
            .type = l->leaf.type, .bytes = (const uint8_t *)b->text, .start = &start, .len = &len};
        return lf_cell_text(&c, NULL, 0, out, err);
    }
    char text[LF_PRINT_MAX];
    lf_value v = b->value;
    if (l->leaf.type.id == LF_T_DOUBLE && v.f64 == 0) v.f64 = 0; /* zeros are written widened */
    uint32_t n = lf_cell_print(l->leaf.type, v, iso, text);
    return lf_buf_append(out, text, n, err);
}

/* ---- all row groups ---- */

uint32_t lf_inspect_data_encodings(const lf_pq_column_meta *m) {
    uint32_t bits = 0;
    for (uint32_t i = 0; i < m->n_encoding_stats; i++) {
        const lf_pq_encoding_stats *s = &m->encoding_stats[i];
        bool data = s->page_type == LF_PQ_DATA_PAGE || s->page_type == LF_PQ_DATA_PAGE_V2;
        if (data && s->encoding >= 0 && s->encoding < 31) bits |= 1u << s->encoding;
    }
    return bits != 0 ? bits : m->encodings;
}

static lf_rc add_chunk(lf_inspect_leaf *l, const lf_pq_column_chunk *c, lf_arena *arena,
                       lf_error *err) {
    const lf_pq_column_meta *m = &c->meta;
    if (!c->has_meta) {
        l->nulls_known = false;
        l->bounds_off = true;
        return LF_OK;
    }
    if (m->has_stats && m->stats.has_null_count) {
        l->nulls += (uint64_t)m->stats.null_count;
    } else if (l->leaf.max_def > 0) {
        l->nulls_known = false;
    }
    l->stored_bytes += (uint64_t)m->total_compressed_size;
    l->plain_bytes += (uint64_t)m->total_uncompressed_size;
    l->encodings |= m->encodings;
    l->data_encodings |= lf_inspect_data_encodings(m);
    l->codecs |= 1u << (m->codec >= 0 && m->codec < 31 ? m->codec : 31);
    return add_bounds(l, m, arena, err);
}

lf_rc lf_inspect_leaves(lf_parquet_reader *r, lf_arena *arena, lf_inspect_leaf **out,
                        lf_error *err) {
    const lf_parquet_tree *tree = lf_parquet_tree_of(r);
    size_t bytes = (tree->n_leaves + 1ul) * sizeof **out;
    lf_inspect_leaf *leaves = lf_arena_alloc(arena, bytes, 16);
    if (leaves == NULL) return lf_fail_nomem(err, bytes);
    memset(leaves, 0, bytes);
    namer n = {.tree = tree, .arena = arena, .leaves = leaves, .err = err};
    lf_buf_init(&n.path, lf_parquet_alloc(r), 0);
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; rc == LF_OK && i < tree->n_columns; i++) {
        rc = name_node(&n, tree->columns[i], true);
    }
    lf_buf_reset(&n.path);
    if (rc != LF_OK) return rc;
    for (uint32_t i = 0; i < tree->n_leaves; i++) {
        leaves[i].leaf = tree->leaves[i].leaf;
        leaves[i].nulls_known = true;
    }
    for (uint32_t g = 0; g < lf_parquet_footer(r)->n_row_groups; g++) {
        const lf_pq_row_group *group;
        LF_TRY(lf_parquet_group(r, g, &group, err));
        for (uint32_t i = 0; i < tree->n_leaves; i++) {
            LF_TRY(add_chunk(&leaves[i], &group->columns[i], arena, err));
        }
    }
    *out = leaves;
    return LF_OK;
}
