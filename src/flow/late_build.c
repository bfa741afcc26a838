/* flow/late_build.c - see late_build.h. */
#include "flow/late_build.h"
#include "array/schema_map.h"
#include "infer/print.h"
#include <string.h>

static bool has_offsets(const lf_late_node *n) {
    return n->field->type.id == LF_T_LIST || n->field->type.id == LF_T_MAP;
}

lf_rc lf_late_node_create(lf_late_node *n, const lf_field *f, const lf_alloc *a,
                          lf_trace_column *rebuilt, const lf_parse_ctx *ctxs, lf_error *err) {
    *n = (lf_late_node){.field = f, .alloc = a};
    lf_buf_init(&n->valid, a, UINT32_MAX);
    lf_buf_init(&n->offsets, a, UINT32_MAX);
    lf_buf_init(&n->bare, a, UINT32_MAX);
    lf_buf_init(&n->exc, a, SIZE_MAX / 2);
    lf_buf_init(&n->slots, a, SIZE_MAX / 2);
    if (!lf_type_is_nested(f->type)) {
        n->rebuilt = rebuilt;
        n->ctx = *ctxs;
        return lf_retyper_create(a, f->type, &n->ctx, &n->retyper, err);
    }
    n->children = lf_mem_zalloc(a, f->n_children * sizeof *n->children + 1);
    if (n->children == NULL) return lf_fail_nomem(err, f->n_children * sizeof *n->children);
    n->cap_children = f->n_children;
    for (uint32_t i = 0; i < f->n_children; i++) {
        n->n_children++;
        LF_TRY(lf_late_node_create(&n->children[i], &f->children[i], a, rebuilt, ctxs, err));
        uint32_t leaves = lf_field_leaves(&f->children[i]);
        if (rebuilt != NULL) rebuilt += leaves;
        ctxs += leaves;
    }
    return LF_OK;
}

void lf_late_node_destroy(lf_late_node *n) {
    if (n->alloc == NULL) return;
    for (uint32_t i = 0; n->children != NULL && i < n->n_children; i++)
        lf_late_node_destroy(&n->children[i]);
    if (n->children != NULL)
        lf_mem_free(n->alloc, n->children, n->cap_children * sizeof *n->children + 1);
    lf_retyper_destroy(n->retyper);
    lf_buf_reset(&n->valid);
    lf_buf_reset(&n->offsets);
    lf_buf_reset(&n->bare);
    lf_buf_reset(&n->exc);
    lf_buf_reset(&n->slots);
    *n = (lf_late_node){0};
}

static lf_rc add_slot(lf_late_node *n, uint8_t valid, lf_error *err) {
    if (has_offsets(n))
        LF_TRY(lf_buf_append(&n->offsets, &n->children[0].n, sizeof n->children[0].n, err));
    n->n++;
    return lf_buf_append(&n->valid, &valid, 1, err);
}

lf_rc lf_late_add_null(lf_late_node *n, lf_error *err) {
    LF_TRY(add_slot(n, 0, err));
    for (uint32_t i = 0; n->field->type.id == LF_T_STRUCT && i < n->n_children; i++)
        LF_TRY(lf_late_add_null(&n->children[i], err));
    return LF_OK;
}

lf_rc lf_late_open(lf_late_node *n, lf_error *err) {
    return add_slot(n, 1, err);
}

lf_rc lf_late_add_text(lf_late_node *n, lf_span text, bool bare, lf_error *err) {
    uint8_t b = bare;
    if (n->field->type.id == LF_T_STRING) LF_TRY(lf_buf_append(&n->bare, &b, 1, err));
    LF_TRY(lf_retyper_add(n->retyper, text, true, err));
    return add_slot(n, 1, err);
}

/* ---- what was added, as a column ---- */

/* The form that most texts have, and the others as exceptions (infer/print.h, LF_FORM_TEXT_BARE).
 */
static lf_rc note_texts(lf_late_node *n, lf_column *values, uint32_t n_values, lf_error *err) {
    uint32_t bare = 0;
    for (uint32_t i = 0; i < n_values; i++)
        bare += n->bare.data[i];
    bool mostly = bare * 2ull > n_values;
    lf_buf_clear(&n->exc);
    for (uint32_t i = 0; i < n_values; i++) {
        lf_exception e = {.row = i};
        if (n->bare.data[i] != mostly) LF_TRY(lf_buf_append(&n->exc, &e, sizeof e, err));
    }
    values->form = (lf_form){.kind = mostly ? LF_FORM_TEXT_BARE : 0};
    values->exc = (const lf_exception *)(void *)n->exc.data;
    values->n_exc = (uint32_t)(n->exc.len / sizeof *values->exc);
    return LF_OK;
}

static bool is_valid(const lf_late_node *n, uint32_t slot) {
    return n->valid.data[slot] != 0;
}

/* Values to their slots. */
static lf_rc spread(lf_late_node *n, const lf_column *values, lf_column *out, lf_error *err) {
    uint32_t width = lf_type_slot_bytes(n->field->type), k = 0;
    size_t each = width > 0 ? width : 2 * sizeof(uint32_t);
    lf_buf_clear(&n->slots);
    LF_TRY(lf_buf_reserve(&n->slots, n->n * each + 192, err));
    memset(n->slots.data, 0, n->n * each + 192);
    uint8_t *at = n->slots.data + (64 - (uintptr_t)n->slots.data % 64) % 64;
    uint32_t *start = (uint32_t *)(void *)at, *len = start + n->n;
    for (uint32_t i = 0; i < n->n; i++) {
        if (!is_valid(n, i)) continue;
        if (width > 0) {
            memcpy(at + (size_t)i * width, (const uint8_t *)values->values + (size_t)k * width,
                   width);
        } else if (values->start != NULL) {
            start[i] = values->start[k];
            len[i] = values->len[k];
        }
        k++;
    }
    if (width > 0) {
        out->values = at;
    } else {
        out->start = start;
        out->len = len;
    }
    return LF_OK;
}

static lf_rc finish_leaf(lf_late_node *n, lf_column *out, lf_error *err) {
    lf_column values = {0};
    uint32_t n_values = 0;
    lf_retyper_finish(n->retyper, &values, &n_values);
    if (values.null_count > 0) return lf_fail(err, LF_EINTERNAL, "re-typing lost a value");
    const lf_type t = n->field->type;
    const bool json = t.id == LF_T_STRING && t.unit == LF_TEXT_JSON;
    if (t.id == LF_T_STRING && !json) LF_TRY(note_texts(n, &values, n_values, err));
    if (n->rebuilt != NULL && n_values > 0 && !json)
        LF_TRY(lf_trace_add(n->rebuilt, &values, n_values, err));
    out->form = values.form;
    out->exc = values.exc;
    out->n_exc = values.n_exc;
    out->bytes = values.bytes;
    return spread(n, &values, out, err);
}

/* The validity as bits, behind the bytes. */
static lf_rc set_validity(lf_late_node *n, lf_column *out, lf_error *err) {
    size_t at = (n->n + 63ul) / 64 * 64, words = (n->n + 63ul) / 64;
    for (uint32_t i = 0; i < n->n; i++)
        out->null_count += !is_valid(n, i);
    if (out->null_count == 0) return LF_OK;
    LF_TRY(lf_buf_reserve(&n->valid, at - n->n + words * 8, err));
    uint64_t *bits = (uint64_t *)(void *)(n->valid.data + at);
    memset(bits, 0, words * 8);
    for (uint32_t i = 0; i < n->n; i++)
        bits[i >> 6] |= (uint64_t)is_valid(n, i) << (i & 63);
    out->validity = bits;
    return LF_OK;
}

void lf_late_clear(lf_late_node *n) {
    n->n = 0;
    lf_buf_clear(&n->valid);
    lf_buf_clear(&n->offsets);
    lf_buf_clear(&n->bare);
    if (n->retyper != NULL) lf_retyper_reset(n->retyper);
    for (uint32_t i = 0; i < n->n_children; i++)
        lf_late_clear(&n->children[i]);
}

lf_rc lf_late_finish(lf_late_node *n, lf_column *out, lf_error *err) {
    *out = (lf_column){.type = n->field->type, .n_children = n->n_children, .n_child_rows = n->n};
    LF_TRY(set_validity(n, out, err));
    if (n->retyper != NULL) return finish_leaf(n, out, err);
    if (has_offsets(n)) {
        LF_TRY(lf_buf_append(&n->offsets, &n->children[0].n, sizeof n->children[0].n, err));
        out->offsets = (const uint32_t *)(void *)n->offsets.data;
        out->n_child_rows = n->children[0].n;
    }
    lf_buf_clear(&n->slots);
    LF_TRY(lf_buf_reserve(&n->slots, n->n_children * sizeof(lf_column) + 1, err));
    lf_column *children = (lf_column *)(void *)n->slots.data;
    for (uint32_t i = 0; i < n->n_children; i++)
        LF_TRY(lf_late_finish(&n->children[i], &children[i], err));
    out->children = children;
    return LF_OK;
}
