#include "infer/cell_text.h"
#include "core/limits.h"
#include <string.h>

uint32_t lf_cell_print(lf_type t, lf_value v, bool iso, char out[LF_PRINT_MAX]) {
    lf_form f = {0};
    if (t.id == LF_T_TIME || t.id == LF_T_TIMESTAMP) f.param = LF_FORM_FRAC_TRIMMED;
    if (t.id == LF_T_TIMESTAMP && iso) f.kind = LF_FORM_TS_T;
    if (t.id == LF_T_TIMESTAMP && t.utc) f.zone = LF_ZONE_Z;
    return lf_print_value(t, v, f, LF_DF_YMD_DASH, out);
}

static bool is_utf8(const uint8_t *p, size_t n) {
    for (size_t i = 0, k; i < n; i += k) {
        k = lf_utf8_len(p + i, n - i);
        if (k == 0) return false;
    }
    return true;
}

static lf_rc append_hex(const uint8_t *p, size_t n, const char *before, lf_buf *out,
                        lf_error *err) {
    static const char digits[] = "0123456789abcdef";
    size_t m = strlen(before);
    LF_TRY(lf_buf_append(out, before, m, err));
    LF_TRY(lf_buf_reserve(out, 2 * n, err));
    for (size_t i = 0; i < n; i++) {
        out->data[out->len++] = (uint8_t)digits[p[i] >> 4];
        out->data[out->len++] = (uint8_t)digits[p[i] & 15];
    }
    return LF_OK;
}

static lf_rc json_text(const lf_column *c, uint32_t row, lf_buf *out, lf_error *err) {
    const uint8_t *p = c->bytes + c->start[row];
    if (is_utf8(p, c->len[row])) return lf_buf_append_json(out, p, c->len[row], err);
    LF_TRY(append_hex(p, c->len[row], "\"\\\\x", out, err));
    return lf_buf_append(out, "\"", 1, err);
}

static lf_rc json_flat(const lf_column *c, uint32_t row, bool decimal_numbers, lf_buf *out,
                       lf_error *err) {
    char text[LF_PRINT_MAX];
    lf_value v = lf_column_value(c, row);
    uint32_t n = lf_cell_print(c->type, v, true, text);
    bool bare = c->type.id == LF_T_BOOL || c->type.id == LF_T_INT64 || c->type.id == LF_T_UINT64 ||
                (c->type.id == LF_T_DOUBLE && v.f64 - v.f64 == 0) ||
                (c->type.id == LF_T_DECIMAL && decimal_numbers);
    return bare ? lf_buf_append(out, text, n, err) : lf_buf_append_json(out, text, n, err);
}

typedef struct json_mode {
    uint32_t depth;
    bool decimal_numbers;
} json_mode;

static json_mode deeper(json_mode m) {
    m.depth++;
    return m;
}

static lf_rc json_value(const lf_column *c, const lf_field *f, uint32_t row, json_mode m,
                        lf_buf *out, lf_error *err);

static const lf_field *child_field(const lf_field *f, uint32_t i) {
    return f != NULL && i < f->n_children ? &f->children[i] : NULL;
}

static lf_rc json_struct(const lf_column *c, const lf_field *f, uint32_t row, json_mode m,
                         lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_append(out, "{", 1, err));
    for (uint32_t i = 0; i < c->n_children; i++) {
        const lf_field *child = child_field(f, i);
        const char *name = child != NULL ? child->name : "";
        if (i > 0) LF_TRY(lf_buf_append(out, ",", 1, err));
        LF_TRY(lf_buf_append_json(out, name, strlen(name), err));
        LF_TRY(lf_buf_append(out, ":", 1, err));
        LF_TRY(json_value(&c->children[i], child, row, deeper(m), out, err));
    }
    return lf_buf_append(out, "}", 1, err);
}

/* A key of a map: JSON wants text. */
static lf_rc json_key(const lf_column *c, const lf_field *f, uint32_t row, lf_buf *out,
                      lf_error *err) {
    lf_buf key;
    if (c->type.id == LF_T_STRING && lf_column_is_valid(c, row)) {
        return json_text(c, row, out, err);
    }
    lf_buf_init(&key, out->alloc, out->cap_max);
    lf_rc rc = lf_cell_text(c, f, row, &key, err);
    if (rc == LF_OK) rc = lf_buf_append_json(out, key.data, key.len, err);
    lf_buf_reset(&key);
    return rc;
}

static lf_rc json_items(const lf_column *c, const lf_field *f, uint32_t row, json_mode m,
                        lf_buf *out, lf_error *err) {
    bool map = c->type.id == LF_T_MAP;
    LF_TRY(lf_buf_append(out, map ? "{" : "[", 1, err));
    for (uint32_t i = c->offsets[row]; i < c->offsets[row + 1]; i++) {
        uint32_t value = map ? 1 : 0;
        if (i > c->offsets[row]) LF_TRY(lf_buf_append(out, ",", 1, err));
        if (map) {
            LF_TRY(json_key(&c->children[0], child_field(f, 0), i, out, err));
            LF_TRY(lf_buf_append(out, ":", 1, err));
        }
        LF_TRY(json_value(&c->children[value], child_field(f, value), i, deeper(m), out, err));
    }
    return lf_buf_append(out, map ? "}" : "]", 1, err);
}

static lf_rc json_value(const lf_column *c, const lf_field *f, uint32_t row, json_mode m,
                        lf_buf *out, lf_error *err) {
    if (m.depth > LF_NESTING_MAX) return lf_fail(err, LF_ECORRUPT, "values nest too deep");
    if (!lf_column_is_valid(c, row)) return lf_buf_append(out, "null", 4, err);
    switch (c->type.id) {
    case LF_T_NULL:
        return lf_buf_append(out, "null", 4, err);
    case LF_T_STRING:
        return json_text(c, row, out, err);
    case LF_T_STRUCT:
        return json_struct(c, f, row, m, out, err);
    case LF_T_LIST:
    case LF_T_MAP:
        return json_items(c, f, row, m, out, err);
    default:
        return json_flat(c, row, m.decimal_numbers, out, err);
    }
}

lf_rc lf_cell_json(const lf_column *c, const lf_field *field, uint32_t row, bool decimal_numbers,
                   lf_buf *out, lf_error *err) {
    return json_value(c, field, row, (json_mode){0, decimal_numbers}, out, err);
}

lf_rc lf_cell_text(const lf_column *c, const lf_field *field, uint32_t row, lf_buf *out,
                   lf_error *err) {
    char print[LF_PRINT_MAX];
    if (!lf_column_is_valid(c, row) || c->type.id == LF_T_NULL) {
        return lf_buf_append(out, "NULL", 4, err);
    }
    if (lf_type_is_nested(c->type)) return lf_cell_json(c, field, row, false, out, err);
    if (c->type.id != LF_T_STRING) {
        uint32_t n = lf_cell_print(c->type, lf_column_value(c, row), false, print);
        return lf_buf_append(out, print, n, err);
    }
    const uint8_t *p = c->bytes + c->start[row];
    bool text = is_utf8(p, c->len[row]) && memchr(p, 0, c->len[row]) == NULL;
    if (text) return lf_buf_append(out, p, c->len[row], err);
    return append_hex(p, c->len[row], "\\x", out, err);
}
