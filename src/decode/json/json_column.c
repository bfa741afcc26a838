/* decode/json/json_column.c - a tile's tree as columns.
 *
 * Leaves of given types are read first: records that misfit go before any other leaf learns from
 * them. Escapes are decoded last and in place, when nothing can ask for the text again. */
#include "decode/json/json_internal.h"
#include "infer/json_text.h"
#include <stdio.h>
#include <stdlib.h>

/* --- records that must go --- */

/* The row of the tile that row r of n is part of. */
static uint32_t top_row(const json_node *n, uint32_t r) {
    for (const json_node *p = n->parent; p != NULL; p = p->parent) {
        if (p->kind != JSON_LIST && p->kind != JSON_MAP) continue;
        uint32_t low = 0, high = p->n;
        while (high - low > 1) {
            uint32_t mid = low + (high - low) / 2;
            if (p->offsets[mid] <= r)
                low = mid;
            else
                high = mid;
        }
        r = low;
    }
    return r;
}

static uint32_t column_of(const json_node *n) {
    while (n != NULL && n->column == 0)
        n = n->parent;
    return n == NULL ? 0 : n->column;
}

lf_rc lf_json_misfit(lf_decoder *d, const json_node *n, uint32_t row, lf_rc rc, lf_error *err) {
    size_t bytes = (d->n_misfits + 1) * sizeof(json_misfit);
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->misfit_vec, bytes, err));
    json_misfit *m = (json_misfit *)d->misfit_vec.data + d->n_misfits++;
    *m = (json_misfit){.row = top_row(n, row), .column = column_of(n), .rc = rc};
    if (n->kind == JSON_CELL && n->len[row] > 0) {
        char type[48], text[31];
        m->start = n->start[row];
        m->len = n->len[row];
        lf_error_text(text, sizeof text, (lf_span){d->text + m->start, m->len});
        (void)snprintf(m->reason, sizeof m->reason, "\"%s\" does not read as %s", text,
                       lf_type_print(n->type, type, sizeof type));
    } else {
        (void)snprintf(m->reason, sizeof m->reason, "a null in '%.40s', which must not be null",
                       n->name);
    }
    return LF_OK;
}

static int by_row(const void *a, const void *b) {
    const json_misfit *x = a, *y = b;
    if (x->row != y->row) return x->row < y->row ? -1 : 1;
    return x->column < y->column ? -1 : x->column > y->column;
}

static void order_misfits(lf_decoder *d) {
    json_misfit *m = d->misfit_vec.data;
    uint32_t n = 0;
    qsort(m, d->n_misfits, sizeof *m, by_row);
    for (uint32_t i = 0; i < d->n_misfits; i++)
        if (n == 0 || m[n - 1].row != m[i].row) m[n++] = m[i];
    d->n_misfits = n;
}

/* --- escapes --- */

/* Whether [start, start + len) touches a run of 64 bytes with a backslash in it. */
static bool may_escape(const lf_decoder *d, uint32_t start, uint32_t len) {
    const uint64_t *bits = d->escape_bits.data;
    if (d->escapes_unknown) return true;
    for (uint32_t k = start >> 6; k <= (start + len - 1) >> 6; k++)
        if ((bits[k >> 6] >> (k & 63)) & 1) return true;
    return false;
}

static lf_rc add_escaped(lf_decoder *d, json_escaped x, bool *doubt, lf_error *err) {
    const json_node *n = x.node;
    size_t bytes = (d->n_escaped + 1) * sizeof(json_escaped);
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->escaped_vec, bytes, err));
    ((json_escaped *)d->escaped_vec.data)[d->n_escaped++] = x;
    if (!lf_json_escapes_hold(d->text + n->start[x.row], n->len[x.row], x.first)) *doubt = true;
    return LF_OK;
}

/* Notes the string cell r if it holds escapes. *doubt: one is wrong. */
static lf_rc find_escape(lf_decoder *d, json_node *n, uint32_t r, bool *doubt, lf_error *err) {
    uint32_t start = n->start[r], len = n->len[r];
    if (len == 0 || !may_escape(d, start, len)) return LF_OK;
    const uint8_t *p = d->text + start, *b = memchr(p, '\\', len);
    if (b == NULL) return LF_OK;
    return add_escaped(d, (json_escaped){n, r, (uint32_t)(b - p)}, doubt, err);
}

/* What the walk noted, but for records that it did not see the end of. All other things that could
 * be wrong with a string the index has told: what quotes are in it, controls, bytes beyond ASCII.
 */
static lf_rc take_escapes(lf_decoder *d, bool *doubt, lf_error *err) {
    const json_escaped *x = (const json_escaped *)(const void *)d->walk.escaped.data;
    for (size_t i = 0; i < d->walk.escaped.len / sizeof *x; i++) {
        if (x[i].row >= x[i].node->n || x[i].node->start[x[i].row] >= d->len) return LF_OK;
        LF_TRY(add_escaped(d, x[i], doubt, err));
    }
    return LF_OK;
}

/* Bare cells have none: with a backslash they are no values, as will be seen. */
static lf_rc find_escapes(lf_decoder *d, json_node *n, bool *doubt, lf_error *err) {
    for (uint32_t r = 0; n->quoted && r < n->n; r++)
        if (!lf_json_bit(n->other, r)) LF_TRY(find_escape(d, n, r, doubt, err));
    for (uint32_t w = 0; !n->quoted && w < (n->n + 63) / 64; w++)
        for (uint64_t left = n->other[w]; left != 0; left &= left - 1)
            LF_TRY(find_escape(d, n, w * 64 + (uint32_t)__builtin_ctzll(left), doubt, err));
    return LF_OK;
}

static void unescape(lf_decoder *d) {
    for (uint32_t i = 0; i < d->n_escaped; i++) {
        const json_escaped *e = (const json_escaped *)d->escaped_vec.data + i;
        json_node *n = e->node;
        uint8_t *p = (uint8_t *)(uintptr_t)d->text + n->start[e->row];
        uint32_t was = n->len[e->row];
        if (was == 0) continue; /* null by a given word */
        n->len[e->row] = (uint32_t)lf_json_unescape(p, was, p);
        if (n->n_exc == 0) continue;
        lf_exception *x = (lf_exception *)d->exc_vec.data + n->exc_first;
        for (uint32_t k = 0; k < n->n_exc; k++)
            if (x[k].start == n->start[e->row]) x[k].len = n->len[e->row];
    }
}

/* --- leaves --- */

typedef enum leaf_pass { LEAF_KEEP, LEAF_BACK, LEAF_ESCAPES, LEAF_GIVEN, LEAF_OTHER } leaf_pass;

static lf_rc leaf(lf_decoder *d, json_node *n, leaf_pass pass, bool *doubt, lf_error *err) {
    switch (pass) {
    case LEAF_KEEP:
        n->kept_type = n->type;
        n->kept_evidence = n->evidence;
        n->kept_format = n->ctx.date_format;
        return LF_OK;
    case LEAF_BACK:
        n->evidence = n->kept_evidence;
        n->ctx.date_format = n->kept_format;
        lf_json_node_type(n, n->kept_type);
        return LF_OK;
    case LEAF_ESCAPES:
        return find_escapes(d, n, doubt, err);
    case LEAF_GIVEN:
        return n->fixed ? lf_json_leaf_read(d, n, doubt, err) : LF_OK;
    default:
        return n->fixed ? LF_OK : lf_json_leaf_read(d, n, doubt, err);
    }
}

static lf_rc leaves(lf_decoder *d, json_node *n, leaf_pass pass, bool *doubt, lf_error *err) {
    if (n->kind == JSON_CELL) return leaf(d, n, pass, doubt, err);
    for (uint32_t i = 0; i < n->n_children && !*doubt; i++)
        LF_TRY(leaves(d, n->children[i], pass, doubt, err));
    return LF_OK;
}

/* The tree's leaves, and those of columns beside it. */
static lf_rc all_leaves(lf_decoder *d, leaf_pass pass, bool *doubt, lf_error *err) {
    LF_TRY(leaves(d, d->root, pass, doubt, err));
    for (uint32_t c = 0; d->n_ghosts > 0 && c < d->n_columns && !*doubt; c++)
        if (lf_json_is_ghost(d, d->columns[c])) LF_TRY(leaves(d, d->columns[c], pass, doubt, err));
    return LF_OK;
}

/* One attempt over the rows of the tree. */
static lf_rc attempt(lf_decoder *d, bool *doubt, lf_error *err) {
    d->n_exc = d->n_misfits = d->n_escaped = 0;
    *doubt = false;
    LF_TRY(lf_json_node_pad(d->alloc, d->root, d->n_rows, err));
    for (uint32_t c = 0; d->n_ghosts > 0 && c < d->n_columns; c++) {
        json_node *g = d->columns[c];
        if (!lf_json_is_ghost(d, g)) continue;
        lf_json_node_truncate(g, 0);
        LF_TRY(lf_json_node_pad(d->alloc, g, d->n_rows, err));
    }
    LF_TRY(all_leaves(d, LEAF_KEEP, doubt, err));
    bool noted = !d->escapes_unknown && !d->walk.unordered;
    if (d->tile_escapes && noted)
        LF_TRY(take_escapes(d, doubt, err));
    else if (d->tile_escapes)
        LF_TRY(all_leaves(d, LEAF_ESCAPES, doubt, err));
    if (!*doubt) LF_TRY(all_leaves(d, LEAF_GIVEN, doubt, err));
    if (*doubt || d->n_misfits > 0) return LF_OK;
    LF_TRY(all_leaves(d, LEAF_OTHER, doubt, err));
    bool no = false;
    return *doubt ? all_leaves(d, LEAF_BACK, &no, err) : LF_OK;
}

/* --- columns --- */

static uint32_t count_valid(const json_node *n) {
    uint32_t valid = 0;
    for (uint32_t w = 0; w < (n->n + 63) / 64; w++)
        valid += (uint32_t)__builtin_popcountll(n->valid[w]);
    return valid;
}

/* The values of JSON texts in their one form; cells then count in d->texts. */
static lf_rc write_texts(lf_decoder *d, json_node *n, lf_error *err) {
    for (uint32_t i = 0; i < n->n_children; i++)
        LF_TRY(write_texts(d, n->children[i], err));
    if (n->kind != JSON_TEXT) return LF_OK;
    memset(n->valid, 0, (n->n + 63) / 64 * sizeof *n->valid);
    for (uint32_t r = 0; r < n->n; r++) {
        size_t at = d->texts.len;
        if (n->len[r] == 0) continue;
        LF_TRY(lf_json_canonical((lf_span){d->text + n->start[r], n->len[r]}, &d->texts, err));
        if (d->texts.len > UINT32_MAX - LF_OVERREAD_BYTES)
            return lf_fail(err, LF_EMEMORY_LIMIT, "JSON text of over 4 GiB in one tile");
        lf_json_bit_set(n->valid, r);
        n->start[r] = (uint32_t)at;
        n->len[r] = (uint32_t)(d->texts.len - at);
    }
    return LF_OK;
}

/* What one huge record needed is not kept. */
static lf_rc write_all_texts(lf_decoder *d, lf_error *err) {
    if (d->texts.cap > LF_MIB) lf_buf_reset(&d->texts);
    lf_buf_clear(&d->texts);
    for (uint32_t c = 0; c < d->n_columns; c++)
        LF_TRY(write_texts(d, d->columns[c], err));
    return lf_buf_reserve(&d->texts, LF_OVERREAD_BYTES, err);
}

static uint32_t count_nested(const json_node *n) {
    uint32_t count = n->n_children;
    for (uint32_t i = 0; i < n->n_children; i++)
        count += count_nested(n->children[i]);
    return count;
}

static void build(lf_decoder *d, json_node *n, lf_column *out) {
    uint32_t valid = n->kind == JSON_NONE ? 0 : count_valid(n);
    *out = (lf_column){.type = n->type, .null_count = n->n - valid, .bytes = d->text};
    out->validity = valid == n->n ? NULL : n->valid;
    out->start = n->start;
    out->len = n->len;
    switch (n->kind) {
    case JSON_NONE:
        out->type = (lf_type){.id = LF_T_NULL};
        return;
    case JSON_TEXT:
        out->type =
            n->given != NULL ? n->given->type : (lf_type){.id = LF_T_STRING, .unit = LF_TEXT_JSON};
        out->bytes = d->texts.data;
        return;
    case JSON_CELL:
        out->values = n->type.id == LF_T_STRING ? NULL : n->values;
        out->form = n->form;
        if (n->n_exc > 0) out->exc = (const lf_exception *)d->exc_vec.data + n->exc_first;
        out->n_exc = n->n_exc;
        return;
    default:
        break;
    }
    out->type.id = n->kind == JSON_OBJECT ? LF_T_STRUCT
                   : n->kind == JSON_LIST ? LF_T_LIST
                                          : LF_T_MAP;
    out->offsets = n->offsets;
    lf_column *below = n->n_children > 0 ? (lf_column *)d->nested.data + d->n_nested : NULL;
    d->n_nested += n->n_children;
    out->children = below;
    out->n_children = n->n_children;
    out->n_child_rows = n->kind == JSON_OBJECT ? n->n : n->elements;
    for (uint32_t i = 0; i < n->n_children; i++)
        build(d, n->children[i], &below[i]);
}

/* Whether some leaf is of another type than in the last batch. */
static bool types_changed(json_node *n) {
    bool changed = n->kind == JSON_CELL && !lf_type_equal(n->type, n->last_type);
    n->last_type = n->type;
    for (uint32_t i = 0; i < n->n_children; i++)
        changed |= types_changed(n->children[i]);
    return changed;
}

static lf_rc build_all(lf_decoder *d, bool *widened_out, lf_error *err) {
    size_t below = 1;
    bool changed = d->changed;
    for (uint32_t c = 0; c < d->n_columns; c++) {
        below += count_nested(d->columns[c]);
        changed |= types_changed(d->columns[c]);
    }
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->nested, below * sizeof(lf_column), err));
    LF_TRY(write_all_texts(d, err));
    d->n_nested = 0;
    for (uint32_t c = 0; c < d->n_columns; c++)
        build(d, d->columns[c], &d->out[c]);
    d->changed = false;
    if (!changed) return LF_OK;
    lf_schema now;
    lf_schema_init(&now, d->alloc);
    lf_rc rc = lf_json_schema_of(d->columns, d->n_columns, &now, err);
    if (rc == LF_OK && !lf_schema_equal(&now, &d->schema)) {
        lf_schema swap = d->schema;
        d->schema = now;
        now = swap;
        *widened_out = true;
    }
    lf_schema_reset(&now);
    return rc;
}

/* Nulls of given columns that must not have any. */
static lf_rc refuse_nulls(lf_decoder *d, lf_error *err) {
    for (uint32_t c = 0; c < d->n_columns; c++) {
        json_node *n = d->columns[c];
        if (n->given == NULL || n->given->nullable || n->kind != JSON_CELL) continue;
        for (uint32_t r = 0; r < n->n; r++)
            if (!lf_json_bit(n->valid, r)) LF_TRY(lf_json_misfit(d, n, r, LF_ETYPE_MISFIT, err));
    }
    return LF_OK;
}

lf_rc lf_json_columns_decode(lf_decoder *d, bool *widened_out, lf_error *err) {
    bool doubt;
    *widened_out = false;
    d->n_exc = 0;
    if (d->n_rows == 0) return LF_OK;
    LF_TRY(lf_json_grow_columns(d, err));
    LF_TRY(attempt(d, &doubt, err));
    if (doubt) {
        LF_TRY(lf_json_tile_again(d, false, err));
        LF_TRY(lf_json_grow_columns(d, err));
        LF_TRY(attempt(d, &doubt, err));
    }
    if (!doubt && d->any_given) LF_TRY(refuse_nulls(d, err));
    if (!doubt && d->n_misfits > 0) {
        order_misfits(d);
        LF_TRY(lf_json_tile_again(d, true, err));
        LF_TRY(attempt(d, &doubt, err));
    }
    if (doubt || d->n_misfits > 0) return lf_fail(err, LF_EINTERNAL, "a JSON tile stays in doubt");
    unescape(d);
    return build_all(d, widened_out, err);
}
