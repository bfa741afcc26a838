/* Each column is kept as plain bytes: values, a byte of validity a slot, lengths of texts and
 * lists. A view makes arrays of them, aligned as encoders want them. */
#include "filter/rows.h"
#include <string.h>

#define MARGIN 128u /* readable behind values and text, see array/batch.h */

struct lf_rows_column {
    lf_type type;
    bool views, lists; /* has lengths of text, of lists */
    uint32_t n, n_children;
    lf_buf values, valid, lens, bytes;
    lf_rows_column *children;
};

/* ---- making ---- */

static void column_reset(lf_rows_column *c, const lf_alloc *a) {
    lf_buf *bufs[] = {&c->values, &c->valid, &c->lens, &c->bytes};
    for (size_t i = 0; i < sizeof bufs / sizeof *bufs; i++)
        if (bufs[i]->alloc != NULL) lf_buf_reset(bufs[i]);
    for (uint32_t i = 0; i < c->n_children; i++)
        column_reset(&c->children[i], a);
    if (c->children != NULL) lf_mem_free(a, c->children, c->n_children * sizeof *c->children);
    *c = (lf_rows_column){0};
}

static lf_rc column_init(lf_rows_column *c, const lf_alloc *a, const lf_column *like,
                         lf_error *err) {
    *c = (lf_rows_column){.type = like->type};
    c->lists = like->offsets != NULL;
    c->views = like->type.id == LF_T_STRING;
    lf_buf_init(&c->values, a, SIZE_MAX / 2);
    lf_buf_init(&c->valid, a, SIZE_MAX / 2);
    lf_buf_init(&c->lens, a, SIZE_MAX / 2);
    lf_buf_init(&c->bytes, a, SIZE_MAX / 2);
    if (like->n_children == 0) return LF_OK;
    c->children = lf_mem_zalloc(a, like->n_children * sizeof *c->children);
    if (c->children == NULL) return lf_fail_nomem(err, like->n_children * sizeof *c->children);
    c->n_children = like->n_children;
    for (uint32_t i = 0; i < c->n_children; i++)
        LF_TRY(column_init(&c->children[i], a, &like->children[i], err));
    return LF_OK;
}

void lf_rows_reset(lf_rows *r) {
    for (uint32_t i = 0; i < r->n_columns; i++)
        column_reset(&r->columns[i], r->alloc);
    if (r->columns != NULL) lf_mem_free(r->alloc, r->columns, r->n_columns * sizeof *r->columns);
    *r = (lf_rows){0};
}

/* ---- adding ---- */

static lf_rc add_texts(lf_rows_column *c, const lf_column *from, uint32_t at, uint32_t n,
                       lf_error *err) {
    size_t total = 0;
    LF_TRY(lf_buf_reserve(&c->lens, n * sizeof(uint32_t), err));
    for (uint32_t i = at; i < at + n; i++) {
        const uint32_t len = lf_column_is_valid(from, i) ? from->len[i] : 0;
        memcpy(c->lens.data + c->lens.len, &len, sizeof len);
        c->lens.len += sizeof len;
        total += len;
    }
    LF_TRY(lf_buf_reserve(&c->bytes, total, err));
    for (uint32_t i = at; i < at + n; i++) {
        const uint32_t len = lf_column_is_valid(from, i) ? from->len[i] : 0;
        if (len > 0) memcpy(c->bytes.data + c->bytes.len, from->bytes + from->start[i], len);
        c->bytes.len += len;
    }
    return LF_OK;
}

static lf_rc add_valid(lf_rows_column *c, const lf_column *from, uint32_t at, uint32_t n,
                       lf_error *err) {
    LF_TRY(lf_buf_reserve(&c->valid, n, err));
    for (uint32_t i = at; i < at + n; i++)
        c->valid.data[c->valid.len++] = lf_column_is_valid(from, i);
    return LF_OK;
}

static lf_rc add_column(lf_rows_column *c, const lf_column *from, uint32_t at, uint32_t n,
                        lf_error *err) {
    const size_t size = lf_type_slot_bytes(c->type);
    if (!lf_type_equal(c->type, from->type) || c->n_children != from->n_children)
        return lf_fail(err, LF_EINTERNAL, "batches of different types are put together");
    LF_TRY(add_valid(c, from, at, n, err));
    c->n += n;
    if (size > 0)
        LF_TRY(lf_buf_append(&c->values, (const uint8_t *)from->values + at * size, n * size, err));
    if (c->views) LF_TRY(add_texts(c, from, at, n, err));
    uint32_t below = at, n_below = n;
    if (c->lists) {
        for (uint32_t i = at; i < at + n; i++) {
            const uint32_t len = from->offsets[i + 1] - from->offsets[i];
            LF_TRY(lf_buf_append(&c->lens, &len, sizeof len, err));
        }
        below = from->offsets[at];
        n_below = from->offsets[at + n] - below;
    }
    for (uint32_t i = 0; i < c->n_children; i++)
        LF_TRY(add_column(&c->children[i], &from->children[i], below, n_below, err));
    return LF_OK;
}

lf_rc lf_rows_add(lf_rows *r, const lf_alloc *alloc, const lf_batch *b, lf_error *err) {
    if (r->columns == NULL) {
        r->alloc = alloc;
        r->columns = lf_mem_zalloc(alloc, b->n_columns * sizeof *r->columns);
        if (r->columns == NULL) return lf_fail_nomem(err, b->n_columns * sizeof *r->columns);
        r->n_columns = b->n_columns;
        for (uint32_t i = 0; i < b->n_columns; i++)
            LF_TRY(column_init(&r->columns[i], alloc, &b->columns[i], err));
    }
    for (uint32_t i = 0; i < b->n_columns; i++)
        LF_TRY(add_column(&r->columns[i], &b->columns[i], 0, b->n_rows, err));
    r->n_rows += b->n_rows;
    return LF_OK;
}

/* ---- the view ---- */

static void *room(lf_arena *a, size_t bytes) {
    void *p = lf_arena_alloc(a, bytes + MARGIN, 64);
    if (p != NULL) memset((uint8_t *)p + bytes, 0, MARGIN);
    return p;
}

static void *copy(lf_arena *a, const lf_buf *from) {
    void *p = room(a, from->len);
    if (p != NULL && from->len > 0) memcpy(p, from->data, from->len);
    return p;
}

static lf_rc view_column(const lf_rows_column *c, lf_arena *a, lf_column *out, lf_error *err) {
    const size_t words = (c->n + 63ul) / 64;
    *out = (lf_column){.type = c->type, .n_children = c->n_children};
    uint64_t *validity = room(a, words * sizeof *validity);
    uint32_t *at = room(a, (c->n + 1ul) * sizeof *at);
    lf_column *children = room(a, c->n_children * sizeof *children);
    out->values = copy(a, &c->values);
    out->bytes = copy(a, &c->bytes);
    out->len = copy(a, &c->lens);
    if (!validity || !at || !children || !out->values || !out->bytes || !out->len)
        return lf_fail_nomem(err, c->values.len + c->bytes.len);
    memset(validity, 0, words * sizeof *validity);
    at[0] = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        validity[i / 64] |= (uint64_t)c->valid.data[i] << (i & 63);
        out->null_count += !c->valid.data[i];
        at[i + 1] = at[i] + (c->views || c->lists ? out->len[i] : 0);
    }
    if (out->null_count > 0) out->validity = validity;
    if (c->views) out->start = at;
    if (c->lists) out->offsets = at;
    if (!c->views) out->len = NULL;
    out->children = children;
    out->n_child_rows = c->n_children > 0 ? c->children[0].n : 0;
    for (uint32_t i = 0; i < c->n_children; i++)
        LF_TRY(view_column(&c->children[i], a, &children[i], err));
    return LF_OK;
}

lf_rc lf_rows_view(const lf_rows *r, lf_arena *arena, lf_batch *out, lf_error *err) {
    *out = (lf_batch){.n_rows = r->n_rows, .n_columns = r->n_columns};
    lf_column *columns = room(arena, r->n_columns * sizeof *columns);
    if (columns == NULL) return lf_fail_nomem(err, r->n_columns * sizeof *columns);
    for (uint32_t i = 0; i < r->n_columns; i++)
        LF_TRY(view_column(&r->columns[i], arena, &columns[i], err));
    out->columns = columns;
    return LF_OK;
}
