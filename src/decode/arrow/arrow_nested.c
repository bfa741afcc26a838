/* Columns with children, and those whose rows stand for values elsewhere (dictionaries, run ends):
 * rows become runs of the child's rows. A null or empty list has no rows in its child, whatever
 * the file has there; a null struct has null members. */
#include "decode/arrow/arrow_internal.h"
#include <string.h>

/* ---- runs ---- */

lf_rc lf_arrow_runs_make(arrow_runs *runs, lf_arena *arena, size_t n, lf_error *err) {
    *runs = (arrow_runs){0};
    runs->items = lf_arena_alloc(arena, (n + 1) * sizeof *runs->items, 8);
    return runs->items != NULL ? LF_OK : lf_fail_nomem(err, (n + 1) * sizeof *runs->items);
}

/* There is room for one more, or it continues the last. */
lf_rc lf_arrow_runs_add(arrow_runs *runs, const arrow_node *node, uint64_t from, uint64_t n,
                        lf_error *err) {
    arrow_run *last = runs->n > 0 ? &runs->items[runs->n - 1] : NULL;
    runs->rows += n;
    if (n > UINT32_MAX / 2 || runs->rows > UINT32_MAX / 2)
        return lf_fail(err, LF_EMEMORY_LIMIT, "the lists of one row are over the memory limit");
    if (last != NULL && last->node == node && last->from + last->n == from &&
        last->n <= UINT32_MAX / 2)
        last->n += (uint32_t)n;
    else if (n > 0)
        runs->items[runs->n++] = (arrow_run){node, from, (uint32_t)n};
    return LF_OK;
}

static bool valid_at(const lf_column *c, uint64_t at) {
    return c->validity == NULL || (c->validity[at >> 6] >> (at & 63) & 1) != 0;
}

/* ---- lists ---- */

typedef enum list_kind { BY_OFFSETS, BY_VIEWS, BY_SIZE } list_kind;

static list_kind kind_of(const arrow_field *f) {
    if (f->id == LF_ARROW_FIXED_LIST) return BY_SIZE;
    return f->id == LF_ARROW_LIST_VIEW || f->id == LF_ARROW_LARGE_LIST_VIEW ? BY_VIEWS : BY_OFFSETS;
}

/* Where the lists of a run lie: offsets, and sizes for views. */
typedef struct list_places {
    const arrow_field *f;
    const uint8_t *offsets, *sizes;
    list_kind kind;
    uint32_t width;
    uint64_t from;
} list_places;

static lf_rc places_get(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                        lf_arena *arena, list_places *p, lf_error *err) {
    *p = (list_places){.f = a->field, .kind = kind_of(a->field), .from = from};
    p->width = a->field->is_large ? 8 : 4;
    if (p->kind == BY_SIZE) return LF_OK;
    const uint64_t m = p->kind == BY_OFFSETS ? n + 1 : n;
    LF_TRY(lf_arrow_buf_items(r, &a->bufs[1], from, m, p->width, arena, &p->offsets, err));
    if (p->kind == BY_OFFSETS) return LF_OK;
    return lf_arrow_buf_items(r, &a->bufs[2], from, n, p->width, arena, &p->sizes, err);
}

static lf_rc place_of(const list_places *p, uint64_t i, uint64_t *from, uint64_t *n,
                      lf_error *err) {
    if (p->kind == BY_SIZE) {
        *from = (p->from + i) * p->f->fixed;
        *n = p->f->fixed;
        return LF_OK;
    }
    const int64_t a = lf_arrow_int(p->offsets, i, p->width, true);
    const int64_t b = p->kind == BY_VIEWS ? lf_arrow_int(p->sizes, i, p->width, true)
                                          : lf_arrow_int(p->offsets, i + 1, p->width, true);
    if (a < 0 || b < (p->kind == BY_VIEWS ? 0 : a))
        return lf_fail(err, LF_ECORRUPT, "'%.60s' has a list of negative length", p->f->name);
    *from = (uint64_t)a;
    *n = (uint64_t)(p->kind == BY_VIEWS ? b : b - a);
    return LF_OK;
}

static lf_rc list_runs(arrow_reader *r, const arrow_runs *runs, lf_arena *arena,
                       const lf_column *out, uint32_t *offsets, arrow_runs *child, lf_error *err) {
    uint64_t at = 0;
    offsets[0] = 0;
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        list_places p;
        LF_TRY(places_get(r, u->node, u->from, u->n, arena, &p, err));
        for (uint32_t k = 0; k < u->n; k++, at++) {
            uint64_t from = 0, n = 0;
            if (valid_at(out, at)) {
                LF_TRY(place_of(&p, k, &from, &n, err));
                if (n > 0) LF_TRY(lf_arrow_runs_add(child, &u->node->children[0], from, n, err));
            }
            offsets[at + 1] = (uint32_t)child->rows;
        }
    }
    return LF_OK;
}

/* The entries of a map as rows of its keys and of its values. */
static lf_rc entries_read(arrow_reader *r, const arrow_field *entries, const arrow_runs *runs,
                          lf_arena *arena, lf_column *out, lf_error *err) {
    for (uint32_t c = 0; c < 2; c++) {
        arrow_runs part;
        LF_TRY(lf_arrow_runs_make(&part, arena, runs->n, err));
        for (size_t i = 0; i < runs->n; i++) {
            const arrow_run *u = &runs->items[i];
            if (u->from + u->n > u->node->length)
                return lf_fail(err, LF_ECORRUPT, "a map has fewer entries than it says");
            LF_TRY(lf_arrow_runs_add(&part, &u->node->children[c], u->from, u->n, err));
        }
        LF_TRY(lf_arrow_column_read(r, &entries->children[c], &part, NULL, arena, &out[c], err));
    }
    if (out[0].null_count > 0) return lf_fail(err, LF_ECORRUPT, "a map has a null for a key");
    return LF_OK;
}

static lf_rc list_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                       lf_arena *arena, lf_column *out, lf_error *err) {
    const bool map = f->id == LF_ARROW_MAP;
    uint32_t *offsets = NULL;
    lf_column *children = NULL;
    arrow_runs child;
    LF_TRY(lf_arrow_slots(arena, runs->rows + 1, 4, &offsets, err));
    LF_TRY(lf_arrow_slots(arena, 2, sizeof *children, &children, err));
    LF_TRY(lf_arrow_runs_make(&child, arena, runs->rows, err));
    LF_TRY(list_runs(r, runs, arena, out, offsets, &child, err));
    if (map)
        LF_TRY(entries_read(r, &f->children[0], &child, arena, children, err));
    else
        LF_TRY(lf_arrow_column_read(r, &f->children[0], &child, NULL, arena, children, err));
    out->offsets = offsets;
    out->children = children;
    out->n_children = map ? 2 : 1;
    out->n_child_rows = (uint32_t)child.rows;
    return LF_OK;
}

static lf_rc struct_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                         lf_arena *arena, lf_column *out, lf_error *err) {
    lf_column *children = NULL;
    LF_TRY(lf_arrow_slots(arena, f->n_children, sizeof *children, &children, err));
    for (uint32_t c = 0; c < f->n_children; c++) {
        arrow_runs part;
        LF_TRY(lf_arrow_runs_make(&part, arena, runs->n, err));
        for (size_t i = 0; i < runs->n; i++) {
            const arrow_run *u = &runs->items[i];
            LF_TRY(lf_arrow_runs_add(&part, &u->node->children[c], u->from, u->n, err));
        }
        LF_TRY(lf_arrow_column_read(r, &f->children[c], &part, out->validity, arena, &children[c],
                                    err));
    }
    out->children = children;
    out->n_children = f->n_children;
    out->n_child_rows = (uint32_t)runs->rows;
    return LF_OK;
}

lf_rc lf_arrow_nested_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                           lf_arena *arena, lf_column *out, lf_error *err) {
    if (f->id == LF_ARROW_STRUCT) return struct_read(r, f, runs, arena, out, err);
    return list_read(r, f, runs, arena, out, err);
}

/* ---- run ends ---- */

/* The value that row `row` stands for: the first run that ends behind it. */
lf_rc lf_arrow_run_find(arrow_reader *r, const arrow_node *a, uint64_t row, uint64_t *value_out,
                        uint64_t *end_out, lf_error *err) {
    const arrow_node *ends = &a->children[0];
    const uint32_t width = ends->field->bits / 8u;
    uint64_t low = 0, high = ends->length;
    int64_t end = 0;
    while (low < high) {
        const uint64_t mid = low + (high - low) / 2;
        const uint8_t *p;
        LF_TRY(lf_arrow_buf_items(r, &ends->bufs[1], mid, 1, width, &r->arena, &p, err));
        const int64_t v = lf_arrow_int(p, 0, width, true);
        if (v > 0 && (uint64_t)v > row)
            high = mid, end = v;
        else
            low = mid + 1;
    }
    if (low == ends->length || end <= 0)
        return lf_fail(err, LF_ECORRUPT, "'%.60s' has fewer runs than rows", a->field->name);
    *value_out = low;
    *end_out = (uint64_t)end;
    return LF_OK;
}

lf_rc lf_arrow_run_ends_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                             const uint64_t *mask, lf_arena *arena, lf_column *out, lf_error *err) {
    arrow_runs values;
    LF_TRY(lf_arrow_runs_make(&values, arena, runs->rows, err));
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        for (uint64_t row = u->from, to = u->from + u->n; row < to;) {
            uint64_t value, end;
            LF_TRY(lf_arrow_run_find(r, u->node, row, &value, &end, err));
            for (; row < end && row < to; row++) {
                values.items[values.n++] = (arrow_run){&u->node->children[1], value, 1};
                values.rows++;
            }
        }
    }
    return lf_arrow_column_read(r, &f->children[1], &values, mask, arena, out, err);
}

/* ---- dictionaries ---- */

#define CACHE_SHARE 2u /* a dictionary that is kept may take this part of the reader's share */

/* Keeps all values of the dictionary, where they are few enough. */
static lf_rc cache_values(arrow_reader *r, arrow_dictionary *d, lf_error *err) {
    uint64_t bytes = d->rows * 9;
    if (d->cached || d->cache_refused) return LF_OK;
    for (uint32_t i = 0; i < d->n_bodies && bytes <= r->share_bytes / CACHE_SHARE; i++) {
        LF_TRY(lf_arrow_weigh(r, &d->bodies[i]->nodes[0], 0, d->bodies[i]->rows, &bytes, err));
    }
    d->cache_refused = bytes > r->share_bytes / CACHE_SHARE || d->rows == 0 ||
                       r->held_bytes + bytes > 2 * r->share_bytes ||
                       lf_type_is_nested(d->field->type);
    if (d->cache_refused) return LF_OK;
    arrow_runs all;
    lf_arena_rewind(&d->arena);
    LF_TRY(lf_arrow_runs_make(&all, &d->arena, d->n_bodies, err));
    for (uint32_t i = 0; i < d->n_bodies; i++) {
        LF_TRY(lf_arrow_runs_add(&all, &d->bodies[i]->nodes[0], 0, d->bodies[i]->rows, err));
    }
    LF_TRY(lf_arrow_column_read(r, d->field, &all, NULL, &d->arena, &d->cache, err));
    d->cached = true;
    d->cache_bytes = (size_t)bytes;
    r->held_bytes += d->cache_bytes;
    return LF_OK;
}

/* The index of each row, ALL ONES where it is null. */
static lf_rc indices_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                          lf_arena *arena, const lf_column *out, uint64_t **index_out,
                          lf_error *err) {
    const uint32_t width = f->index_bits / 8u;
    uint64_t *index = NULL, at = 0;
    LF_TRY(lf_arrow_slots(arena, runs->rows, 8, &index, err));
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const uint8_t *p;
        LF_TRY(lf_arrow_buf_items(r, &u->node->bufs[1], u->from, u->n, width, arena, &p, err));
        for (uint32_t k = 0; k < u->n; k++, at++) {
            const bool valid = valid_at(out, at);
            const int64_t v = lf_arrow_int(p, k, width, f->index_signed);
            if (valid && (v < 0 || (uint64_t)v >= f->dictionary->rows))
                return lf_fail(err, LF_ECORRUPT, "'%.60s' has an index outside of its dictionary",
                               f->name);
            index[at] = valid ? (uint64_t)v : UINT64_MAX;
        }
    }
    *index_out = index;
    return LF_OK;
}

static void take_fixed(const lf_column *from, const uint64_t *index, uint64_t n, uint32_t slot,
                       uint8_t *to) {
    for (uint64_t i = 0; i < n; i++) {
        if (index[i] != UINT64_MAX)
            memcpy(to + i * slot, (const uint8_t *)from->values + index[i] * slot, slot);
        else
            memset(to + i * slot, 0, slot);
    }
}

/* A dictionary may hold nulls too. */
static lf_rc take_validity(const lf_column *from, const uint64_t *index, uint64_t n,
                           lf_arena *arena, lf_column *out, lf_error *err) {
    if (from->validity == NULL) return LF_OK;
    uint64_t *v = NULL, nulls = 0;
    LF_TRY(lf_arrow_slots(arena, (n + 63) / 64, 8, &v, err));
    memset(v, 0, (n + 63) / 64 * 8);
    for (uint64_t i = 0; i < n; i++) {
        const bool valid = index[i] != UINT64_MAX && valid_at(from, index[i]);
        v[i >> 6] |= (uint64_t)valid << (i & 63);
        nulls += !valid;
    }
    out->null_count = (uint32_t)nulls;
    out->validity = nulls > 0 ? v : NULL;
    return LF_OK;
}

static lf_rc take_cached(const lf_column *from, const uint64_t *index, uint64_t n, lf_arena *arena,
                         lf_column *out, lf_error *err) {
    LF_TRY(take_validity(from, index, n, arena, out, err));
    if (out->type.id != LF_T_STRING) {
        const uint32_t slot = lf_type_slot_bytes(out->type);
        uint8_t *to = NULL;
        LF_TRY(lf_arrow_slots(arena, n, slot, &to, err));
        take_fixed(from, index, n, slot, to);
        out->values = to;
        return LF_OK;
    }
    uint32_t *start = NULL, *len = NULL;
    LF_TRY(lf_arrow_slots(arena, n, 4, &start, err));
    LF_TRY(lf_arrow_slots(arena, n, 4, &len, err));
    for (uint64_t i = 0; i < n; i++) {
        const bool valid = index[i] != UINT64_MAX;
        start[i] = valid ? from->start[index[i]] : 0;
        len[i] = valid ? from->len[index[i]] : 0;
    }
    out->bytes = from->bytes;
    out->start = start;
    out->len = len;
    return LF_OK;
}

/* Values that are not kept: each row is a run of one value. Nulls take the first one, which the
 * mask hides. */
static lf_rc take_runs(arrow_reader *r, const arrow_dictionary *d, const uint64_t *index,
                       uint64_t n, const uint64_t *mask, lf_arena *arena, lf_column *out,
                       lf_error *err) {
    arrow_runs runs;
    LF_TRY(lf_arrow_runs_make(&runs, arena, n, err));
    for (uint64_t i = 0; i < n; i++) {
        uint64_t at = index[i] == UINT64_MAX ? 0 : index[i];
        uint32_t k = 0;
        while (k + 1 < d->n_bodies && at >= d->bodies[k]->rows)
            at -= d->bodies[k++]->rows;
        runs.items[runs.n++] = (arrow_run){&d->bodies[k]->nodes[0], at, 1};
        runs.rows++;
    }
    return lf_arrow_column_read(r, d->field, &runs, mask, arena, out, err);
}

static lf_rc coded_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                        const uint64_t *mask, lf_arena *arena, lf_column *out, lf_error *err) {
    arrow_dictionary *d = f->dictionary;
    uint64_t *index = NULL;
    LF_TRY(lf_arrow_validity_read(r, runs, mask, arena, out, err));
    LF_TRY(indices_read(r, f, runs, arena, out, &index, err));
    if (runs->rows == out->null_count && d->rows == 0) { /* no value is needed */
        if (!lf_type_is_nested(f->type)) {
            const lf_column none = {.values = index, .bytes = (const uint8_t *)index};
            return take_cached(&none, index, runs->rows, arena, out, err);
        }
        if (runs->rows > 0)
            return lf_fail(err, LF_EUNSUPPORTED, "'%.60s' has no dictionary", f->name);
    }
    LF_TRY(cache_values(r, d, err));
    if (d->cached) return take_cached(&d->cache, index, runs->rows, arena, out, err);
    const uint64_t *valid = out->validity;
    return take_runs(r, d, index, d->rows == 0 ? 0 : runs->rows, valid, arena, out, err);
}

lf_rc lf_arrow_coded_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                          const uint64_t *mask, lf_arena *arena, lf_column *out, lf_error *err) {
    if (r->depth >= LF_NESTING_MAX)
        return lf_fail(err, LF_ECORRUPT, "dictionaries that need one another");
    r->depth++;
    const lf_rc rc = coded_read(r, f, runs, mask, arena, out, err);
    r->depth--;
    return rc;
}
