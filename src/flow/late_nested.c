/* flow/late_nested.c - see late_nested.h. */
#include "flow/late_nested.h"
#include "core/arena.h"
#include "flow/late_build.h"
#include "infer/json_text.h"
#include <string.h>

/* ---- traces of batches ---- */

static uint32_t trace_field(lf_trace_column *t, const lf_column *c, uint32_t n, bool top,
                            lf_rc *rc_io, lf_error *err) {
    if (*rc_io != LF_OK) return 1;
    if (!lf_type_is_nested(c->type)) {
        bool json = c->type.id == LF_T_STRING && c->type.unit == LF_TEXT_JSON;
        uint32_t rows = top ? n : c->type.id == LF_T_NULL ? 0 : n - c->null_count;
        if (!json && rows > 0) *rc_io = lf_trace_add(t, c, rows, err);
        return 1;
    }
    uint32_t leaves = 0, below = c->type.id == LF_T_STRUCT ? n : c->n_child_rows;
    for (uint32_t i = 0; i < c->n_children; i++)
        leaves += trace_field(t + leaves, &c->children[i], below, false, rc_io, err);
    return leaves == 0 ? 1 : leaves;
}

lf_rc lf_late_trace_column(lf_trace_column *traces, const lf_column *c, uint32_t n_rows,
                           lf_error *err) {
    lf_rc rc = LF_OK;
    trace_field(traces, c, n_rows, true, &rc, err);
    return rc;
}

/* ---- texts of values ---- */

/* A leaf that is walked value by value. */
typedef struct source_leaf {
    lf_type type;
    lf_trace_cursor cursor; /* c NULL: there is no trace */
    uint32_t date_format;
} source_leaf;

static void source_leaf_init(source_leaf *s, lf_type type, const lf_trace_column *t) {
    *s = (source_leaf){.type = type, .date_format = LF_DF_YMD_DASH};
    if (t == NULL) return;
    lf_trace_cursor_init(&s->cursor, t);
    if (t->date_format != 0) s->date_format = t->date_format;
}

/* The next value's text; `bare`: as JSON it has no quotes (or is JSON text already). */
static lf_span next_text(source_leaf *s, const lf_column *c, uint32_t slot, char buf[LF_PRINT_MAX],
                         bool *bare) {
    bool is_exc = false;
    lf_span text = {0};
    lf_form form = {0};
    if (s->cursor.c != NULL) form = lf_trace_next(&s->cursor, &is_exc, &text);
    if (s->type.id == LF_T_STRING) {
        *bare = s->type.unit == LF_TEXT_JSON || (form.kind == LF_FORM_TEXT_BARE) != is_exc;
        return (lf_span){c->bytes + c->start[slot], c->len[slot]};
    }
    *bare = lf_late_is_bare(s->type);
    if (is_exc) return text;
    text.data = (const uint8_t *)buf;
    text.len = lf_print_value(s->type, lf_column_value(c, slot), form, s->date_format, buf);
    return text;
}

static lf_rc put_scalar(lf_buf *out, lf_span text, bool bare, lf_error *err) {
    return bare ? lf_buf_append(out, text.data, text.len, err) : lf_json_put_string(out, text, err);
}

static lf_rc cursor_failed(const lf_trace_cursor *k, lf_error *err) {
    if (k->rc != LF_OK && err != NULL) *err = k->err;
    return k->rc;
}

/* ---- a leaf that becomes JSON text ---- */

typedef struct json_iter {
    lf_column_iter base;
    const lf_alloc *alloc;
    lf_column_iter *old;
    source_leaf leaf;
    bool rows; /* of a flat column: its trace counts nulls */
    lf_buf bytes, views;
} json_iter;

static lf_rc json_next(lf_column_iter *it, lf_column *out, uint32_t *n_out, lf_error *err) {
    json_iter *j = (json_iter *)it;
    lf_column in = {0};
    LF_TRY(j->old->next(j->old, &in, n_out, err));
    uint32_t n = *n_out;
    lf_buf_clear(&j->bytes);
    lf_buf_clear(&j->views);
    LF_TRY(lf_buf_reserve(&j->views, n * 2ul * sizeof(uint32_t) + 1, err));
    uint32_t *start = (uint32_t *)(void *)j->views.data, *len = start + n;
    for (uint32_t r = 0; r < n; r++) {
        char buf[LF_PRINT_MAX];
        bool bare, is_exc;
        lf_span text;
        start[r] = (uint32_t)j->bytes.len;
        len[r] = 0;
        if (j->leaf.type.id == LF_T_NULL || !lf_column_is_valid(&in, r)) {
            if (j->rows && j->leaf.cursor.c != NULL) lf_trace_next(&j->leaf.cursor, &is_exc, &text);
            continue;
        }
        text = next_text(&j->leaf, &in, r, buf, &bare);
        LF_TRY(put_scalar(&j->bytes, text, bare, err));
        len[r] = (uint32_t)j->bytes.len - start[r];
    }
    LF_TRY(cursor_failed(&j->leaf.cursor, err));
    LF_TRY(lf_buf_reserve(&j->bytes, LF_OVERREAD_BYTES, err));
    *out = (lf_column){.type = {.id = LF_T_STRING, .unit = LF_TEXT_JSON},
                       .null_count = in.null_count,
                       .validity = in.validity,
                       .bytes = j->bytes.data,
                       .start = start,
                       .len = len};
    return LF_OK;
}

static void json_close(lf_column_iter *it) {
    json_iter *j = (json_iter *)it;
    j->old->close(j->old);
    lf_trace_cursor_reset(&j->leaf.cursor);
    lf_buf_reset(&j->bytes);
    lf_buf_reset(&j->views);
    lf_mem_free(j->alloc, j, sizeof *j);
}

static lf_rc json_leaf(const lf_alloc *a, lf_column_iter *old, lf_type from,
                       const lf_trace_column *t, bool rows, lf_column_iter **out, lf_error *err) {
    json_iter *j = lf_mem_zalloc(a, sizeof *j);
    if (j == NULL) {
        old->close(old);
        return lf_fail_nomem(err, sizeof *j);
    }
    j->base = (lf_column_iter){json_next, json_close};
    j->alloc = a;
    j->old = old;
    j->rows = rows;
    lf_buf_init(&j->bytes, a, UINT32_MAX);
    lf_buf_init(&j->views, a, SIZE_MAX / 2);
    source_leaf_init(&j->leaf, from, t);
    *out = &j->base;
    return LF_OK;
}

static bool is_json(lf_type t) {
    return t.id == LF_T_STRING && t.unit == LF_TEXT_JSON;
}

static lf_rc change_leaf(void *ctx, uint32_t leaf, lf_column_iter *old, lf_column_iter **out,
                         lf_error *err) {
    lf_late_change *c = ctx;
    uint32_t from = c->map->leaves[leaf].from;
    const lf_trace_column *t = &c->from->columns[from];
    const lf_field *was = c->from_leaves[from], *is = c->to_leaves[leaf];
    bool top = is >= c->map->to->fields && is < c->map->to->fields + c->map->to->n_fields;
    if (is_json(is->type)) return json_leaf(c->alloc, old, was->type, t, top, out, err);
    lf_trace_column *rebuilt = c->rebuilt != NULL ? &c->rebuilt->columns[leaf] : NULL;
    return lf_late_widen(old, was->type, t, is->type, &c->ctxs[leaf], c->alloc, rebuilt, out, err);
}

/* ---- a column that is built anew ---- */

/* A field of the old column. */
typedef struct source_node {
    const lf_field *field;
    source_leaf *leaf; /* of flat ones */
    lf_span name;      /* of members: as it stands in JSON text, quoted */
    struct source_node *children;
    uint32_t *order; /* of a struct's members by name */
} source_node;

typedef struct rebuild_iter {
    lf_column_iter base;
    const lf_alloc *alloc;
    lf_column_iter *old;
    lf_arena arena;
    source_node root;
    source_leaf *leaves;
    uint32_t n_leaves;
    lf_late_node to;
    lf_buf text;
    lf_error *err;
} rebuild_iter;

static int by_name(const source_node *a, const source_node *b) {
    size_t n = a->name.len < b->name.len ? a->name.len : b->name.len;
    /* without the closing quote, which is no part of the name */
    int c = memcmp(a->name.data, b->name.data, n - 1);
    if (c != 0) return c;
    return a->name.len < b->name.len ? -1 : a->name.len > b->name.len;
}

static void sort_members(source_node *s, uint32_t *tmp, uint32_t *m, uint32_t n) {
    if (n < 2) return;
    uint32_t half = n / 2, i = 0, j = half, k = 0;
    sort_members(s, tmp, m, half);
    sort_members(s, tmp, m + half, n - half);
    while (i < half && j < n)
        tmp[k++] = by_name(&s->children[m[i]], &s->children[m[j]]) <= 0 ? m[i++] : m[j++];
    while (i < half)
        tmp[k++] = m[i++];
    memcpy(m, tmp, k * sizeof *m);
}

static lf_rc name_of(rebuild_iter *r, source_node *s, const char *name) {
    lf_buf_clear(&r->text);
    LF_TRY(lf_json_put_string(&r->text, (lf_span){(const uint8_t *)name, strlen(name)}, r->err));
    uint8_t *copy = lf_arena_alloc(&r->arena, r->text.len, 1);
    if (copy == NULL) return lf_fail_nomem(r->err, r->text.len);
    memcpy(copy, r->text.data, r->text.len);
    s->name = (lf_span){copy, r->text.len};
    return LF_OK;
}

static lf_rc make_source(rebuild_iter *r, source_node *s, const lf_field *f, uint32_t *leaf_io) {
    *s = (source_node){.field = f};
    LF_TRY(name_of(r, s, f->name));
    if (!lf_type_is_nested(f->type) || f->n_children == 0) {
        s->leaf = &r->leaves[(*leaf_io)++];
        return LF_OK;
    }
    size_t n = f->n_children;
    s->children = lf_arena_alloc(&r->arena, n * sizeof *s->children, 16);
    s->order = lf_arena_alloc(&r->arena, 2 * n * sizeof *s->order, 16);
    if (s->children == NULL || s->order == NULL)
        return lf_fail_nomem(r->err, n * sizeof *s->children);
    for (uint32_t i = 0; i < n; i++) {
        s->order[i] = i;
        LF_TRY(make_source(r, &s->children[i], &f->children[i], leaf_io));
    }
    if (f->type.id == LF_T_STRUCT) sort_members(s, s->order + n, s->order, (uint32_t)n);
    return LF_OK;
}

static bool has_value(const lf_column *c, uint32_t slot) {
    return c->type.id != LF_T_NULL && lf_column_is_valid(c, slot);
}

static lf_rc put(rebuild_iter *r, const char *s) {
    return lf_buf_append(&r->text, s, strlen(s), r->err);
}

static lf_rc print_value(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot);

static lf_rc print_struct(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot) {
    bool more = false;
    LF_TRY(put(r, "{"));
    for (uint32_t i = 0; i < s->field->n_children; i++) {
        uint32_t at = s->order[i];
        source_node *child = &s->children[at];
        if (!has_value(&c->children[at], slot)) continue;
        if (more) LF_TRY(put(r, ","));
        more = true;
        LF_TRY(lf_buf_append(&r->text, child->name.data, child->name.len, r->err));
        LF_TRY(put(r, ":"));
        LF_TRY(print_value(r, child, &c->children[at], slot));
    }
    return put(r, "}");
}

static lf_rc print_list(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot) {
    LF_TRY(put(r, "["));
    for (uint32_t i = c->offsets[slot]; i < c->offsets[slot + 1]; i++) {
        if (i > c->offsets[slot]) LF_TRY(put(r, ","));
        LF_TRY(print_value(r, &s->children[0], &c->children[0], i));
    }
    return put(r, "]");
}

static lf_rc print_map(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot) {
    bool more = false;
    LF_TRY(put(r, "{"));
    for (uint32_t i = c->offsets[slot]; i < c->offsets[slot + 1]; i++) {
        size_t before = r->text.len;
        if (more) LF_TRY(put(r, ","));
        LF_TRY(print_value(r, &s->children[0], &c->children[0], i));
        LF_TRY(put(r, ":"));
        if (has_value(&c->children[1], i)) {
            LF_TRY(print_value(r, &s->children[1], &c->children[1], i));
            more = true;
        } else {
            r->text.len = before;
        }
    }
    return put(r, "}");
}

static lf_rc print_value(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot) {
    char buf[LF_PRINT_MAX];
    bool bare;
    if (!has_value(c, slot)) return put(r, "null");
    switch (s->field->type.id) {
    case LF_T_STRUCT:
        return print_struct(r, s, c, slot);
    case LF_T_LIST:
        return print_list(r, s, c, slot);
    case LF_T_MAP:
        return print_map(r, s, c, slot);
    default:
        break;
    }
    lf_span text = next_text(s->leaf, c, slot, buf, &bare);
    return put_scalar(&r->text, text, bare, r->err);
}

static lf_rc walk_value(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot,
                        lf_late_node *to);

static lf_rc struct_to_struct(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot,
                              lf_late_node *to) {
    const lf_field *f = s->field;
    for (uint32_t i = 0; i < to->n_children; i++) {
        const char *name = to->children[i].field->name;
        uint32_t at = i;
        if (at >= f->n_children || strcmp(f->children[at].name, name) != 0)
            for (at = 0; at < f->n_children && strcmp(f->children[at].name, name) != 0;)
                at++;
        if (at == f->n_children)
            LF_TRY(lf_late_add_null(&to->children[i], r->err));
        else
            LF_TRY(walk_value(r, &s->children[at], &c->children[at], slot, &to->children[i]));
    }
    return LF_OK;
}

static lf_rc struct_to_map(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot,
                           lf_late_node *to) {
    for (uint32_t i = 0; i < s->field->n_children; i++) {
        uint32_t at = s->order[i];
        const char *name = s->field->children[at].name;
        if (!has_value(&c->children[at], slot)) continue;
        LF_TRY(lf_late_add_text(&to->children[0], (lf_span){(const uint8_t *)name, strlen(name)},
                                false, r->err));
        LF_TRY(walk_value(r, &s->children[at], &c->children[at], slot, &to->children[1]));
    }
    return LF_OK;
}

static lf_rc elements(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot,
                      lf_late_node *to) {
    for (uint32_t i = c->offsets[slot]; i < c->offsets[slot + 1]; i++)
        for (uint32_t k = 0; k < to->n_children; k++)
            LF_TRY(walk_value(r, &s->children[k], &c->children[k], i, &to->children[k]));
    return LF_OK;
}

static lf_rc walk_value(rebuild_iter *r, source_node *s, const lf_column *c, uint32_t slot,
                        lf_late_node *to) {
    uint8_t from = s->field->type.id, into = to->field->type.id;
    if (!has_value(c, slot)) return lf_late_add_null(to, r->err);
    if (is_json(to->field->type) && !is_json(s->field->type)) {
        lf_buf_clear(&r->text);
        LF_TRY(print_value(r, s, c, slot));
        return lf_late_add_text(to, (lf_span){r->text.data, r->text.len}, true, r->err);
    }
    if (!lf_type_is_nested(s->field->type)) {
        char buf[LF_PRINT_MAX];
        bool bare;
        lf_span text = next_text(s->leaf, c, slot, buf, &bare);
        return lf_late_add_text(to, text, bare, r->err);
    }
    LF_TRY(lf_late_open(to, r->err));
    if (from == LF_T_STRUCT && into == LF_T_STRUCT) return struct_to_struct(r, s, c, slot, to);
    if (from == LF_T_STRUCT && into == LF_T_MAP) return struct_to_map(r, s, c, slot, to);
    if (from == into) return elements(r, s, c, slot, to);
    return lf_fail(r->err, LF_EINTERNAL, "'%.40s' cannot become what it is now", s->field->name);
}

static lf_rc rebuild_next(lf_column_iter *it, lf_column *out, uint32_t *n_out, lf_error *err) {
    rebuild_iter *r = (rebuild_iter *)it;
    lf_column in = {0};
    r->err = err;
    LF_TRY(r->old->next(r->old, &in, n_out, err));
    if (*n_out == 0) return LF_OK;
    lf_late_clear(&r->to);
    for (uint32_t i = 0; i < *n_out; i++)
        LF_TRY(walk_value(r, &r->root, &in, i, &r->to));
    for (uint32_t i = 0; i < r->n_leaves; i++)
        LF_TRY(cursor_failed(&r->leaves[i].cursor, err));
    return lf_late_finish(&r->to, out, err);
}

static void rebuild_close(lf_column_iter *it) {
    rebuild_iter *r = (rebuild_iter *)it;
    r->old->close(r->old);
    for (uint32_t i = 0; r->leaves != NULL && i < r->n_leaves; i++)
        lf_trace_cursor_reset(&r->leaves[i].cursor);
    lf_mem_free(r->alloc, r->leaves, r->n_leaves * sizeof *r->leaves + 1);
    lf_late_node_destroy(&r->to);
    lf_arena_reset(&r->arena);
    lf_buf_reset(&r->text);
    lf_mem_free(r->alloc, r, sizeof *r);
}

static uint32_t first_leaf(const lf_schema *s, uint32_t col) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < col; i++)
        n += lf_field_leaves(&s->fields[i]);
    return n;
}

static lf_rc rebuild_init(rebuild_iter *r, lf_late_change *c, uint32_t col, lf_error *err) {
    uint32_t from = c->map->columns[col].from, at = 0;
    const lf_field *was = &c->map->from->fields[from];
    uint32_t first = first_leaf(c->map->from, from), to = first_leaf(c->map->to, col);
    r->n_leaves = lf_field_leaves(was);
    r->leaves = lf_mem_zalloc(r->alloc, r->n_leaves * sizeof *r->leaves + 1);
    if (r->leaves == NULL) return lf_fail_nomem(err, r->n_leaves * sizeof *r->leaves);
    for (uint32_t i = 0; i < r->n_leaves; i++) {
        const lf_field *f = c->from_leaves[first + i];
        source_leaf_init(&r->leaves[i], f != NULL ? f->type : (lf_type){0},
                         &c->from->columns[first + i]);
    }
    r->err = err;
    LF_TRY(make_source(r, &r->root, was, &at));
    return lf_late_node_create(&r->to, &c->map->to->fields[col], r->alloc,
                               c->rebuilt != NULL ? &c->rebuilt->columns[to] : NULL, &c->ctxs[to],
                               err);
}

static lf_rc change_column(void *ctx, uint32_t col, lf_column_iter *old, lf_column_iter **out,
                           lf_error *err) {
    lf_late_change *c = ctx;
    rebuild_iter *r = lf_mem_zalloc(c->alloc, sizeof *r);
    if (r == NULL) {
        old->close(old);
        return lf_fail_nomem(err, sizeof *r);
    }
    r->base = (lf_column_iter){rebuild_next, rebuild_close};
    r->alloc = c->alloc;
    r->old = old;
    lf_arena_init(&r->arena, c->alloc, 0);
    lf_buf_init(&r->text, c->alloc, UINT32_MAX);
    lf_rc rc = rebuild_init(r, c, col, err);
    if (rc != LF_OK)
        rebuild_close(&r->base);
    else
        *out = &r->base;
    return rc;
}

/* ---- tables ---- */

/* Leaves as fields; the leaf of a struct without members is NULL. */
static void list_leaves(const lf_field *f, const lf_field ***at) {
    if (!lf_type_is_nested(f->type)) {
        *(*at)++ = f;
        return;
    }
    for (uint32_t i = 0; i < f->n_children; i++)
        list_leaves(&f->children[i], at);
    if (f->n_children == 0) *(*at)++ = NULL;
}

lf_rc lf_late_change_init(lf_late_change *c, const lf_alloc *a, const lf_schema_map *map,
                          const lf_trace *from, lf_trace *rebuilt, const lf_parse_ctx *ctxs,
                          lf_error *err) {
    *c = (lf_late_change){.hooks = {map, c, change_leaf, change_column},
                          .alloc = a,
                          .map = map,
                          .from = from,
                          .rebuilt = rebuilt,
                          .ctxs = ctxs};
    c->from_leaves = lf_mem_zalloc(a, map->n_from_leaves * sizeof *c->from_leaves + 1);
    c->to_leaves = lf_mem_zalloc(a, map->n_leaves * sizeof *c->to_leaves + 1);
    if (c->from_leaves == NULL || c->to_leaves == NULL) {
        lf_late_change_reset(c);
        return lf_fail_nomem(err, map->n_leaves * sizeof *c->to_leaves);
    }
    const lf_field **f = c->from_leaves, **t = c->to_leaves;
    for (uint32_t i = 0; i < map->from->n_fields; i++)
        list_leaves(&map->from->fields[i], &f);
    for (uint32_t i = 0; i < map->to->n_fields; i++)
        list_leaves(&map->to->fields[i], &t);
    return LF_OK;
}

void lf_late_change_reset(lf_late_change *c) {
    if (c->alloc == NULL) return;
    lf_mem_free(c->alloc, c->from_leaves, c->map->n_from_leaves * sizeof *c->from_leaves + 1);
    lf_mem_free(c->alloc, c->to_leaves, c->map->n_leaves * sizeof *c->to_leaves + 1);
    *c = (lf_late_change){0};
}
