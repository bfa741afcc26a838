/* Joins and casts of typed columns: see reader_cast.h. */
#include "api/reader_cast.h"
#include "array/schema_field.h"
#include "infer/cell_text.h"
#include <string.h>

#define EXACT_INT     (1ll << 53) /* integers up to here are doubles */
#define DAY_US        86400000000ll
#define DOUBLE_DIGITS 15
#define TEN_EXACT     22 /* powers of ten up to here are doubles */

__extension__ typedef __int128 wide;

/* ---- joins ---- */

static bool is_int(lf_type t) {
    return t.id == LF_T_INT64 || t.id == LF_T_UINT64;
}

/* Integers as decimals: digits before the point, none behind it. */
static lf_type as_decimal(lf_type t) {
    if (t.id == LF_T_DECIMAL) return t;
    return (lf_type){.id = LF_T_DECIMAL, .precision = t.id == LF_T_INT64 ? 19 : 20};
}

static lf_type join_decimals(lf_type a, lf_type b) {
    const int scale = a.scale > b.scale ? a.scale : b.scale;
    const int x = a.precision - a.scale, y = b.precision - b.scale;
    const int digits = (x > y ? x : y) + scale;
    if (digits > 38) return (lf_type){.id = LF_T_STRING};
    return (lf_type){.id = LF_T_DECIMAL, .precision = (uint8_t)digits, .scale = (uint8_t)scale};
}

static bool fits_double(lf_type t) {
    return is_int(t) || t.id == LF_T_DOUBLE ||
           (t.id == LF_T_DECIMAL && t.precision <= DOUBLE_DIGITS && t.scale <= TEN_EXACT);
}

static bool is_number(lf_type t) {
    return is_int(t) || t.id == LF_T_DOUBLE || t.id == LF_T_DECIMAL;
}

/* Of two that differ, neither of them nested or nothing but nulls. */
static lf_type join_flat(lf_type a, lf_type b) {
    const lf_type text = {.id = LF_T_STRING};
    if (is_number(a) && is_number(b)) {
        if (a.id == LF_T_DOUBLE || b.id == LF_T_DOUBLE)
            return fits_double(a) && fits_double(b) ? (lf_type){.id = LF_T_DOUBLE} : text;
        return join_decimals(as_decimal(a), as_decimal(b));
    }
    const bool clock = a.id == LF_T_TIME && b.id == LF_T_TIME;
    const bool moment = a.id == LF_T_TIMESTAMP && b.id == LF_T_TIMESTAMP && a.utc == b.utc;
    if (clock || moment) return a.unit == LF_UNIT_NS ? a : b;
    if (a.id == LF_T_DATE && b.id == LF_T_TIMESTAMP && !b.utc) return b;
    if (b.id == LF_T_DATE && a.id == LF_T_TIMESTAMP && !a.utc) return a;
    return text;
}

static void become_text(lf_field *f, bool json, const lf_alloc *a) {
    lf_field flat = {.name = f->name, .nullable = f->nullable, .binary = f->binary};
    flat.type = (lf_type){.id = LF_T_STRING, .unit = json ? LF_TEXT_JSON : LF_TEXT_PLAIN};
    if (json) flat.binary = false;
    f->name = NULL;
    lf_field_reset(f, a);
    *f = flat;
}

static lf_rc add_member(lf_field *into, const lf_field *f, const lf_alloc *a, lf_error *err) {
    lf_field copy = {0};
    lf_rc rc = lf_field_copy(&copy, f, a, err);
    copy.nullable = true;
    if (rc == LF_OK) rc = lf_field_child_add(into, a, &copy, err);
    if (rc != LF_OK) lf_field_reset(&copy, a);
    return rc;
}

static const lf_field *member(const lf_field *f, const char *name, uint32_t hint) {
    if (hint < f->n_children && strcmp(f->children[hint].name, name) == 0)
        return &f->children[hint];
    for (uint32_t i = 0; i < f->n_children; i++)
        if (strcmp(f->children[i].name, name) == 0) return &f->children[i];
    return NULL;
}

static lf_rc join_structs(lf_field *into, const lf_field *f, const lf_alloc *a, lf_error *err) {
    for (uint32_t i = 0; i < into->n_children; i++) {
        const lf_field *other = member(f, into->children[i].name, i);
        if (other == NULL)
            into->children[i].nullable = true;
        else
            LF_TRY(lf_reader_join(&into->children[i], other, a, err));
    }
    for (uint32_t i = 0; i < f->n_children; i++) {
        if (member(into, f->children[i].name, i) != NULL) continue;
        LF_TRY(add_member(into, &f->children[i], a, err));
    }
    return LF_OK;
}

lf_rc lf_reader_join(lf_field *into, const lf_field *f, const lf_alloc *a, lf_error *err) {
    into->nullable |= f->nullable;
    into->binary |= f->binary;
    if (f->type.id == LF_T_NULL) return LF_OK;
    if (into->type.id == LF_T_NULL) {
        lf_field copy = {0};
        const lf_rc rc = lf_field_copy(&copy, f, a, err);
        copy.nullable = true;
        lf_field_reset(rc == LF_OK ? into : &copy, a);
        if (rc == LF_OK) *into = copy;
        return rc;
    }
    const bool nested = lf_type_is_nested(into->type);
    if (nested != lf_type_is_nested(f->type) || (nested && into->type.id != f->type.id)) {
        become_text(into, true, a);
    } else if (into->type.id == LF_T_STRUCT) {
        return join_structs(into, f, a, err);
    } else if (nested) {
        for (uint32_t i = 0; i < into->n_children && i < f->n_children; i++) {
            LF_TRY(lf_reader_join(&into->children[i], &f->children[i], a, err));
        }
    } else if (!lf_type_equal(into->type, f->type)) {
        const bool json = into->type.id == LF_T_STRING && f->type.id == LF_T_STRING &&
                          into->type.unit != f->type.unit;
        const lf_type t = json ? (lf_type){.id = LF_T_STRING} : join_flat(into->type, f->type);
        if (t.id == LF_T_STRING)
            become_text(into, false, a);
        else
            into->type = t;
    }
    return LF_OK;
}

bool lf_reader_may_misfit(const lf_field *from, const lf_field *to) {
    const lf_type a = from->type, b = to->type;
    if (lf_type_is_nested(b) && a.id == b.id) {
        for (uint32_t i = 0; i < to->n_children; i++) {
            const lf_field *f =
                b.id == LF_T_STRUCT ? member(from, to->children[i].name, i) : &from->children[i];
            if (f != NULL && lf_reader_may_misfit(f, &to->children[i])) return true;
        }
        return false;
    }
    if (b.id == LF_T_DOUBLE) return is_int(a);
    return b.id == LF_T_TIMESTAMP &&
           (a.id == LF_T_DATE || (a.id == LF_T_TIMESTAMP && a.unit != b.unit));
}

/* ---- casts ---- */

static lf_rc slots(lf_reader_cast *x, size_t bytes, void *out, lf_error *err) {
    const size_t room = (bytes + 63) / 64 * 64 + 64;
    void *p = lf_arena_alloc(x->arena, room, 64);
    if (p == NULL) return lf_fail_nomem(err, room);
    memset(p, 0, room);
    memcpy(out, &p, sizeof p);
    return LF_OK;
}

static lf_rc children(lf_reader_cast *x, uint32_t n, lf_column **out, lf_error *err) {
    *out = lf_arena_alloc(x->arena, (n + 1ul) * sizeof **out, 64);
    return *out != NULL ? LF_OK : lf_fail_nomem(err, n * sizeof **out);
}

static lf_rc nulls(lf_reader_cast *x, const lf_field *to, uint32_t n, lf_column *out,
                   lf_error *err) {
    uint64_t *none = NULL;
    void *zeros = NULL;
    const uint32_t slot = lf_type_slot_bytes(to->type);
    LF_TRY(slots(x, (n + 63ul) / 64 * 8, &none, err));
    LF_TRY(slots(x, (n + 1ul) * (slot > 4 ? slot : 4), &zeros, err));
    *out = (lf_column){.type = to->type, .null_count = n, .validity = none};
    if (to->type.id == LF_T_STRING || to->type.id == LF_T_NULL) {
        out->bytes = zeros;
        out->start = out->len = zeros;
    } else if (!lf_type_is_nested(to->type)) {
        out->values = zeros;
    } else {
        const bool members = to->type.id == LF_T_STRUCT;
        lf_column *below;
        LF_TRY(children(x, to->n_children, &below, err));
        for (uint32_t i = 0; i < to->n_children; i++)
            LF_TRY(nulls(x, &to->children[i], members ? n : 0, &below[i], err));
        out->offsets = members ? NULL : zeros;
        out->children = below;
        out->n_children = to->n_children;
        out->n_child_rows = members ? n : 0;
    }
    return LF_OK;
}

static lf_rc texts(lf_reader_cast *x, const lf_column *c, const lf_field *from, const lf_field *to,
                   uint32_t n, lf_column *out, lf_error *err) {
    uint32_t *start = NULL, *len = NULL;
    uint8_t *bytes = NULL;
    const bool json = to->type.unit == LF_TEXT_JSON;
    LF_TRY(slots(x, n * 4ul, &start, err));
    LF_TRY(slots(x, n * 4ul, &len, err));
    lf_buf_clear(x->text);
    for (uint32_t r = 0; r < n; r++) {
        start[r] = (uint32_t)x->text->len;
        if (!lf_column_is_valid(c, r)) continue;
        if (c->type.id == LF_T_STRING && !json)
            LF_TRY(lf_buf_append(x->text, c->bytes + c->start[r], c->len[r], err));
        else if (json)
            LF_TRY(lf_cell_json(c, from, r, true, x->text, err));
        else
            LF_TRY(lf_cell_text(c, from, r, x->text, err));
        len[r] = (uint32_t)(x->text->len - start[r]);
    }
    LF_TRY(slots(x, x->text->len + LF_OVERREAD_BYTES, &bytes, err));
    if (x->text->len > 0) memcpy(bytes, x->text->data, x->text->len);
    *out = (lf_column){.type = to->type,
                       .null_count = c->null_count,
                       .validity = c->validity,
                       .bytes = bytes,
                       .start = start,
                       .len = len};
    return LF_OK;
}

static wide power(int n) {
    wide v = 1;
    while (n-- > 0)
        v *= 10;
    return v;
}

static wide wide_of(const lf_column *c, uint32_t r) {
    if (c->type.id == LF_T_UINT64) return ((const uint64_t *)c->values)[r];
    if (c->type.id == LF_T_DATE) return ((const int32_t *)c->values)[r];
    if (lf_type_slot_bytes(c->type) == 8) return ((const int64_t *)c->values)[r];
    wide v;
    memcpy(&v, (const uint8_t *)c->values + 16ul * r, 16);
    return v;
}

/* Integers, decimals, days and moments times `factor`; false: one is over an int64. */
static bool scaled(const lf_column *c, uint32_t n, wide factor, uint32_t slot, uint8_t *to) {
    for (uint32_t r = 0; r < n; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        const wide v = wide_of(c, r) * factor;
        if (slot == 8 && (v > INT64_MAX || v < INT64_MIN)) return false;
        memcpy(to + (size_t)r * slot, &v, slot); /* little-endian, as the machine is */
    }
    return true;
}

static bool as_doubles(const lf_column *c, uint32_t n, double *to) {
    const double ten = (double)power(c->type.id == LF_T_DECIMAL ? c->type.scale : 0);
    for (uint32_t r = 0; r < n; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        const wide v = wide_of(c, r);
        if (v > EXACT_INT || v < -EXACT_INT) return false;
        to[r] = (double)(int64_t)v / ten;
    }
    return true;
}

static lf_rc numbers(lf_reader_cast *x, const lf_column *c, const lf_field *to, uint32_t n,
                     lf_column *out, lf_error *err) {
    const lf_type a = c->type, b = to->type;
    const uint32_t slot = lf_type_slot_bytes(b);
    uint8_t *values = NULL;
    bool good = true;
    LF_TRY(slots(x, (size_t)n * slot, &values, err));
    if (b.id == LF_T_DOUBLE)
        good = as_doubles(c, n, (double *)(void *)values);
    else if (b.id == LF_T_DECIMAL)
        good = scaled(c, n, power(b.scale - (a.id == LF_T_DECIMAL ? a.scale : 0)), slot, values);
    else if (a.id == LF_T_DATE)
        good = scaled(c, n, (wide)DAY_US * (b.unit == LF_UNIT_NS ? 1000 : 1), slot, values);
    else
        good = scaled(c, n, 1000, slot, values);
    *out = (lf_column){.type = b, .null_count = c->null_count, .validity = c->validity};
    out->values = values;
    if (good) return LF_OK;
    x->misfit = to;
    return lf_fail(err, LF_ETYPE_MISFIT, "a value of '%.60s' would change in the type of others",
                   to->name);
}

static lf_rc nested(lf_reader_cast *x, const lf_column *c, const lf_field *from, const lf_field *to,
                    uint32_t n, lf_column *out, lf_error *err) {
    const bool members = to->type.id == LF_T_STRUCT;
    const uint32_t below = members ? n : c->n_child_rows;
    lf_column *kids = NULL;
    LF_TRY(children(x, to->n_children, &kids, err));
    for (uint32_t i = 0; i < to->n_children; i++) {
        const lf_field *t = &to->children[i];
        const lf_field *f = members ? member(from, t->name, i) : &from->children[i];
        const lf_column *k = f != NULL ? &c->children[f - from->children] : NULL;
        LF_TRY(lf_reader_cast_column(x, k, f, t, below, &kids[i], err));
    }
    *out = *c;
    out->children = kids;
    out->n_children = to->n_children;
    return LF_OK;
}

lf_rc lf_reader_cast_column(lf_reader_cast *x, const lf_column *c, const lf_field *from,
                            const lf_field *to, uint32_t n, lf_column *out, lf_error *err) {
    if (c == NULL || from == NULL || (c->type.id == LF_T_NULL && to->type.id != LF_T_NULL))
        return nulls(x, to, n, out, err);
    if (lf_type_is_nested(to->type) && to->type.id == c->type.id)
        return nested(x, c, from, to, n, out, err);
    if (lf_type_equal(c->type, to->type)) {
        *out = *c;
        return LF_OK;
    }
    if (to->type.id == LF_T_STRING) return texts(x, c, from, to, n, out, err);
    return numbers(x, c, to, n, out, err);
}
