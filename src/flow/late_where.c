/* flow/late_where.c - the row of a batch whose value did not fit what a leaf was before. */
#include "flow/late_nested.h"
#include <string.h>

static bool has_value(const lf_column *c, uint32_t slot) {
    return c->type.id != LF_T_NULL && lf_column_is_valid(c, slot);
}

static bool is_json(lf_type t) {
    return t.id == LF_T_STRING && t.unit == LF_TEXT_JSON;
}

/* A value that is JSON text now: was it something else than `was` holds? */
static bool other_structure(const lf_field *was, const lf_column *c, uint32_t slot) {
    char first = c->len[slot] > 0 ? (char)c->bytes[c->start[slot]] : 0;
    if (was->type.id == LF_T_STRUCT || was->type.id == LF_T_MAP) return first != '{';
    if (was->type.id == LF_T_LIST) return first != '[';
    return first == '{' || first == '[';
}

static bool misfits(const lf_field *was, const lf_column *c, uint32_t slot) {
    char buf[LF_PRINT_MAX];
    lf_span text = {(const uint8_t *)buf, 0};
    lf_parse_ctx ctx;
    lf_value v;
    lf_form form;
    bool exact;
    lf_parse_ctx_init(&ctx);
    if (c->type.id == LF_T_STRING)
        text = (lf_span){c->bytes + c->start[slot], c->len[slot]};
    else
        text.len = lf_print_value(c->type, lf_column_value(c, slot), c->form, ctx.date_format, buf);
    return !lf_parse_value(was->type, text, &ctx, &v, &form, &exact);
}

static const lf_field *member(const lf_field *was, const lf_field *child, uint32_t hint) {
    for (uint32_t i = hint; i < was->n_children; i++)
        if (strcmp(was->children[i].name, child->name) == 0) return &was->children[i];
    for (uint32_t i = 0; i < was->n_children && i < hint; i++)
        if (strcmp(was->children[i].name, child->name) == 0) return &was->children[i];
    return NULL;
}

static bool shows(const lf_field *was, const lf_field *is, const lf_column *c, uint32_t slot,
                  uint32_t leaf) {
    if (!has_value(c, slot)) return false;
    if (was == NULL || was->type.id == LF_T_NULL) return true;
    if (is_json(is->type)) return !is_json(was->type) && other_structure(was, c, slot);
    if (!lf_type_is_nested(is->type)) return misfits(was, c, slot);
    if (is->type.id != was->type.id) return true;
    uint32_t i = 0;
    for (; i < is->n_children && leaf >= lf_field_leaves(&is->children[i]); i++)
        leaf -= lf_field_leaves(&is->children[i]);
    if (i == is->n_children) return false;
    const lf_field *child = &is->children[i];
    if (is->type.id == LF_T_STRUCT)
        return shows(member(was, child, i), child, &c->children[i], slot, leaf);
    for (uint32_t k = c->offsets[slot]; k < c->offsets[slot + 1]; k++)
        if (shows(&was->children[i], child, &c->children[i], k, leaf)) return true;
    return false;
}

uint32_t lf_late_where(const lf_field *was, const lf_field *is, const lf_column *c, uint32_t n_rows,
                       uint32_t leaf) {
    for (uint32_t r = 0; r < n_rows; r++)
        if (shows(was, is, c, r, leaf)) return r;
    return 0;
}
