/* Two stored values. Of one type they are compared as they are; of two, one is printed and read as
 * the other; nested ones are compared as JSON. */
#include "api/verify_internal.h"
#include "infer/cell_text.h"
#include <string.h>

static bool same_doubles(const verify_column *c, double a, double b) {
    if (a != a || b != b) return a != a && b != b;
    return a == b || ((c->single || c->left_single || c->maybe_single) && (float)a == (float)b);
}

static bool same_slots(const verify_column *c, const lf_column *a, uint32_t ar, const lf_column *b,
                       uint32_t br) {
    if (a->type.id == LF_T_STRING) {
        return a->len[ar] == b->len[br] &&
               memcmp(a->bytes + a->start[ar], b->bytes + b->start[br], a->len[ar]) == 0;
    }
    lf_value x = lf_column_value(a, ar), y = lf_column_value(b, br);
    if (a->type.id == LF_T_DOUBLE) return same_doubles(c, x.f64, y.f64);
    return memcmp(&x, &y, sizeof x) == 0;
}

static bool is_valid(const lf_column *v, uint32_t r) {
    return v->type.id != LF_T_NULL && lf_column_is_valid(v, r);
}

bool lf_verify_typed_run(const verify_column *c, const lf_column *in, uint32_t in_row,
                         const lf_column *out, uint32_t out_row, uint32_t n, uint8_t *unequal) {
    const uint8_t id = in->type.id;
    const bool slots =
        id == LF_T_INT64 || id == LF_T_UINT64 || id == LF_T_TIMESTAMP || id == LF_T_TIME;
    if (!lf_type_equal(in->type, out->type) || c->null_is_empty || (!slots && id != LF_T_STRING)) {
        return false;
    }
    const uint64_t *a = in->values, *b = out->values;
    for (uint32_t r = 0; r < n; r++) {
        const uint32_t x = in_row + r, y = out_row + r;
        const bool valid = lf_column_is_valid(in, x);
        bool same = valid == lf_column_is_valid(out, y);
        if (same && valid) same = slots ? a[x] == b[y] : same_slots(c, in, x, out, y);
        unequal[r] |= !same;
    }
    return true;
}

static bool is_empty(const lf_column *v, uint32_t r) {
    return v->type.id == LF_T_STRING && v->len[r] == 0;
}

/* As JSON, whatever it is: for comparing level by level. */
static lf_rc json_of(const lf_column *v, const lf_field *f, uint32_t r, lf_buf *out,
                     lf_error *err) {
    lf_buf_clear(out);
    if (v->type.id == LF_T_STRING)
        return lf_buf_append(out, v->bytes + v->start[r], v->len[r], err);
    return lf_cell_json(v, f, r, true, out, err);
}

static lf_rc text_of(const lf_column *v, const lf_field *f, uint32_t r, lf_buf *out,
                     lf_error *err) {
    lf_buf_clear(out);
    if (v->type.id == LF_T_STRING) {
        return lf_buf_append(out, v->bytes + v->start[r], v->len[r], err);
    }
    return lf_cell_text(v, f, r, out, err);
}

lf_rc lf_verify_typed_equal(verify_column *c, const lf_column *in, uint32_t in_row,
                            const lf_column *out, uint32_t out_row, lf_buf *a, lf_buf *b,
                            bool *equal_out, lf_error *err) {
    const bool x = is_valid(in, in_row), y = is_valid(out, out_row);
    *equal_out = x == y;
    if (!x || !y) {
        if (x != y && c->null_is_empty) {
            *equal_out = (!x || is_empty(in, in_row)) && (!y || is_empty(out, out_row));
        }
        return LF_OK;
    }
    const bool nested = lf_type_is_nested(in->type) || lf_type_is_nested(out->type);
    if (!nested && lf_type_equal(in->type, out->type)) {
        *equal_out = same_slots(c, in, in_row, out, out_row);
        return LF_OK;
    }
    LF_TRY(text_of(in, c->left_field, in_row, a, err));
    LF_TRY(text_of(out, c->right_field, out_row, b, err));
    *equal_out = a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
    if (*equal_out) return LF_OK;
    if (nested) {
        LF_TRY(json_of(in, c->left_field, in_row, a, err));
        *equal_out = lf_verify_json_equal(c, (lf_span){a->data, a->len}, out, out_row);
        return c->scratch->rc == LF_OK ? LF_OK : lf_fail_nomem(err, 0);
    }
    lf_span text = {a->data, a->len}, other = {b->data, b->len};
    *equal_out = lf_verify_cell_equal(c, text, VERIFY_QUOTED, out, out_row);
    if (*equal_out || in->type.id == LF_T_STRING) return LF_OK;
    verify_column turned = *c;
    turned.type = in->type;
    *equal_out = lf_verify_cell_equal(&turned, other, VERIFY_QUOTED, in, in_row);
    return LF_OK;
}

lf_rc lf_verify_typed_hash(verify_column *c, const lf_column *v, uint32_t r, bool of_input,
                           lf_buf *a, uint64_t *hash_out, lf_error *err) {
    const bool nested = lf_type_is_nested(v->type);
    if (!is_valid(v, r) || (!nested && lf_type_equal(v->type, c->type))) {
        lf_column null = {.type = {.id = LF_T_NULL}};
        *hash_out = lf_verify_value_hash(is_valid(v, r) ? v : &null, r);
        return LF_OK;
    }
    const lf_field *f = of_input ? c->left_field : c->right_field;
    LF_TRY((nested ? json_of : text_of)(v, f, r, a, err));
    lf_span text = {a->data, a->len};
    const bool json = nested || lf_type_is_nested(c->type);
    *hash_out =
        json ? lf_verify_json_hash(c, text, true) : lf_verify_cell_hash(c, text, VERIFY_QUOTED);
    return c->scratch->rc == LF_OK ? LF_OK : lf_fail_nomem(err, 0);
}
