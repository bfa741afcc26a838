/* Columns are appended to growing buffers, a batch at a time; nothing is looked at twice. */
#include "format/arrow/arrow_build.h"
#include "core/span.h"
#include <string.h>

#define SLACK 64u /* buffers can be written, and are readable, this far past their end */

static lf_rc need(const lf_alloc *a, lf_arrow_bytes *b, size_t n, lf_error *err) {
    if (b->cap >= b->len + n + SLACK) return LF_OK;
    size_t cap = b->cap * 2;
    if (cap < b->len + n + SLACK) cap = (b->len + n + SLACK + 4095) & ~(size_t)4095;
    uint8_t *p = lf_mem_realloc(a, b->p, b->cap, cap);
    if (p == NULL) return lf_fail_nomem(err, cap);
    b->p = p;
    b->cap = cap;
    return LF_OK;
}

static void drop(const lf_alloc *a, lf_arrow_bytes *b) {
    lf_mem_free(a, b->p, b->cap);
    *b = (lf_arrow_bytes){0};
}

/* ---- bits ---- */

/* Appends n bits of src (NULL: ones) behind `at` bits; whole words, then what is left. */
static void append_bits(uint8_t *dst, uint64_t at, const uint64_t *src, uint32_t n) {
    const unsigned shift = at & 7;
    uint8_t *p = dst + at / 8;
    for (uint32_t i = 0; i < n; i += 64) {
        uint64_t w = src != NULL ? src[i / 64] : UINT64_MAX;
        const uint32_t left = n - i;
        if (left < 64) w &= (1ull << left) - 1;
        const uint64_t low = (shift ? (uint64_t)(*p & ((1u << shift) - 1)) : 0) | w << shift;
        memcpy(p, &low, 8);
        p[8] = shift ? (uint8_t)(w >> (64 - shift)) : 0;
        p += 8;
    }
}

static lf_rc add_validity(const lf_alloc *a, lf_arrow_column *c, const uint64_t *bits, uint32_t n,
                          uint32_t nulls, lf_error *err) {
    if (nulls == 0 && c->nulls == 0) return LF_OK;
    const bool first = c->validity.len == 0;
    const size_t bytes = (size_t)((c->rows + n + 7) / 8);
    LF_TRY(need(a, &c->validity, bytes - c->validity.len + 16, err));
    if (first) memset(c->validity.p, 0xff, (size_t)(c->rows + 7) / 8);
    append_bits(c->validity.p, c->rows, nulls ? bits : NULL, n);
    c->validity.len = bytes;
    c->nulls += nulls;
    return LF_OK;
}

static lf_rc add_bools(const lf_alloc *a, lf_arrow_column *c, const uint8_t *v, uint32_t n,
                       lf_error *err) {
    const size_t bytes = (size_t)((c->rows + n + 7) / 8);
    LF_TRY(need(a, &c->data, bytes - c->data.len + 16, err));
    for (uint32_t i = 0; i < n; i += 64) {
        const uint32_t m = n - i < 64 ? n - i : 64;
        uint64_t w = 0;
        for (uint32_t k = 0; v != NULL && k < m; k++) {
            w |= (uint64_t)(v[i + k] & 1) << k;
        }
        append_bits(c->data.p, c->rows + i, &w, m);
    }
    c->data.len = bytes;
    return LF_OK;
}

/* ---- values ---- */

static lf_rc add_fixed(const lf_alloc *a, lf_arrow_column *c, const void *v, uint32_t n,
                       lf_error *err) {
    const size_t bytes = (size_t)n * lf_type_slot_bytes(c->type);
    LF_TRY(need(a, &c->data, bytes, err));
    if (v != NULL)
        memcpy(c->data.p + c->data.len, v, bytes);
    else
        memset(c->data.p + c->data.len, 0, bytes);
    c->data.len += bytes;
    return LF_OK;
}

static lf_rc add_decimals(const lf_alloc *a, lf_arrow_column *c, const void *v, uint32_t n,
                          lf_error *err) {
    if (lf_type_slot_bytes(c->type) == 16) return add_fixed(a, c, v, n, err);
    LF_TRY(need(a, &c->data, (size_t)n * 16, err));
    int64_t *to = (int64_t *)(void *)(c->data.p + c->data.len);
    const int64_t *from = v;
    for (uint32_t i = 0; i < n; i++) {
        to[2 * i] = from != NULL ? from[i] : 0;
        to[2 * i + 1] = to[2 * i] < 0 ? -1 : 0;
    }
    c->data.len += (size_t)n * 16;
    return LF_OK;
}

static lf_rc begin_offsets(const lf_alloc *a, lf_arrow_column *c, uint32_t n, int32_t **out,
                           lf_error *err) {
    LF_TRY(need(a, &c->offsets, ((size_t)n + 1) * 4, err));
    if (c->offsets.len == 0) {
        memset(c->offsets.p, 0, 4);
        c->offsets.len = 4;
    }
    *out = (int32_t *)(void *)(c->offsets.p + c->offsets.len);
    return LF_OK;
}

static lf_rc too_large(lf_error *err) {
    return lf_fail(err, LF_EENCODE, "over 2 GiB in one array; a smaller --row-group-size helps");
}

/* Text is copied 16 bytes at a time: both sides may be touched past the string's end. */
static lf_rc add_strings(const lf_alloc *a, lf_arrow_column *c, const lf_column *v, uint32_t n,
                         lf_error *err) {
    _Static_assert(LF_OVERREAD_BYTES >= 16 && SLACK >= 16, "strings are copied in steps of 16");
    int32_t *offsets;
    LF_TRY(begin_offsets(a, c, n, &offsets, err));
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        total += v->len ? v->len[i] : 0;
    }
    if (c->data.len + total > INT32_MAX) return too_large(err);
    LF_TRY(need(a, &c->data, (size_t)total, err));
    uint8_t *to = c->data.p + c->data.len, *const base = c->data.p;
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t len = v->len ? v->len[i] : 0;
        const uint8_t *from = v->bytes + (len ? v->start[i] : 0);
        if (len > 256)
            memcpy(to, from, len);
        else
            for (uint32_t k = 0; k < len; k += 16) {
                memcpy(to + k, from + k, 16);
            }
        to += len;
        offsets[i] = (int32_t)(to - base);
    }
    c->data.len += (size_t)total;
    c->offsets.len += (size_t)n * 4;
    return LF_OK;
}

static lf_rc add_column(const lf_alloc *a, lf_arrow_column *c, const lf_column *v, uint32_t n,
                        lf_error *err);

/* n rows of nothing: a column without a type yet, or children that were not made. */
static lf_rc add_nulls(const lf_alloc *a, lf_arrow_column *c, uint32_t n, lf_error *err) {
    static const uint64_t none[64] = {0};
    while (n > 0) {
        const uint32_t m = n < 4096 ? n : 4096;
        lf_column v = {.type = c->type, .null_count = m, .validity = none};
        if (v.type.id == LF_T_NULL) v.type.id = LF_T_STRING;
        LF_TRY(add_column(a, c, &v, m, err));
        n -= m;
    }
    return LF_OK;
}

static lf_rc add_list(const lf_alloc *a, lf_arrow_column *c, const lf_column *v, uint32_t n,
                      lf_error *err) {
    int32_t *offsets;
    LF_TRY(begin_offsets(a, c, n, &offsets, err));
    const uint64_t base = c->n_children ? c->children[0].rows : 0;
    if (base + v->n_child_rows > INT32_MAX) return too_large(err);
    for (uint32_t i = 0; i < n; i++) {
        offsets[i] = (int32_t)(base + (v->offsets ? v->offsets[i + 1] : 0));
    }
    c->offsets.len += (size_t)n * 4;
    for (uint32_t i = 0; i < c->n_children && v->n_child_rows > 0; i++) {
        LF_TRY(add_column(a, &c->children[i], &v->children[i], v->n_child_rows, err));
    }
    return LF_OK;
}

static lf_rc add_struct(const lf_alloc *a, lf_arrow_column *c, const lf_column *v, uint32_t n,
                        lf_error *err) {
    for (uint32_t i = 0; i < c->n_children; i++) {
        if (i < v->n_children)
            LF_TRY(add_column(a, &c->children[i], &v->children[i], n, err));
        else
            LF_TRY(add_nulls(a, &c->children[i], n, err));
    }
    return LF_OK;
}

static lf_rc add_column(const lf_alloc *a, lf_arrow_column *c, const lf_column *v, uint32_t n,
                        lf_error *err) {
    if (v->type.id == LF_T_NULL) return add_nulls(a, c, n, err);
    LF_TRY(add_validity(a, c, v->validity, n, v->null_count, err));
    lf_rc rc = LF_OK;
    switch (c->type.id) {
    case LF_T_BOOL:
        rc = add_bools(a, c, v->values, n, err);
        break;
    case LF_T_DECIMAL:
        rc = add_decimals(a, c, v->values, n, err);
        break;
    case LF_T_NULL:
    case LF_T_STRING:
        rc = add_strings(a, c, v, n, err);
        break;
    case LF_T_LIST:
    case LF_T_MAP:
        rc = add_list(a, c, v, n, err);
        break;
    case LF_T_STRUCT:
        rc = add_struct(a, c, v, n, err);
        break;
    default:
        rc = add_fixed(a, c, v->values, n, err);
    }
    c->rows += n;
    return rc;
}

lf_rc lf_arrow_build_add(lf_arrow_build *b, const lf_batch *batch, lf_error *err) {
    for (uint32_t i = 0; i < b->n_columns; i++) {
        LF_TRY(add_column(b->alloc, &b->columns[i], &batch->columns[i], batch->n_rows, err));
    }
    b->rows += batch->n_rows;
    return LF_OK;
}

/* ---- life ---- */

static void columns_free(const lf_alloc *a, lf_arrow_column *c, uint32_t n) {
    for (uint32_t i = 0; c != NULL && i < n; i++) {
        drop(a, &c[i].validity);
        drop(a, &c[i].offsets);
        drop(a, &c[i].data);
        columns_free(a, c[i].children, c[i].n_children);
    }
    if (c != NULL) lf_mem_free(a, c, n * sizeof *c);
}

static lf_rc columns_make(const lf_alloc *a, const lf_field *f, uint32_t n, lf_arrow_column **out,
                          lf_error *err) {
    *out = NULL;
    if (n == 0) return LF_OK;
    lf_arrow_column *c = lf_mem_zalloc(a, n * sizeof *c);
    if (c == NULL) return lf_fail_nomem(err, n * sizeof *c);
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < n && rc == LF_OK; i++) {
        c[i].type = f[i].type;
        rc = columns_make(a, f[i].children, f[i].n_children, &c[i].children, err);
        if (rc == LF_OK) c[i].n_children = f[i].n_children;
    }
    if (rc == LF_OK)
        *out = c;
    else
        columns_free(a, c, n);
    return rc;
}

lf_rc lf_arrow_build_init(lf_arrow_build *b, const lf_alloc *alloc, const lf_schema *schema,
                          lf_error *err) {
    *b = (lf_arrow_build){.alloc = alloc, .n_columns = schema->n_fields};
    return columns_make(alloc, schema->fields, schema->n_fields, &b->columns, err);
}

static void columns_clear(lf_arrow_column *c, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        c[i].rows = c[i].nulls = 0;
        c[i].validity.len = c[i].offsets.len = c[i].data.len = 0;
        columns_clear(c[i].children, c[i].n_children);
    }
}

void lf_arrow_build_clear(lf_arrow_build *b) {
    columns_clear(b->columns, b->n_columns);
    b->rows = 0;
}

void lf_arrow_build_reset(lf_arrow_build *b) {
    if (b->alloc != NULL) columns_free(b->alloc, b->columns, b->n_columns);
    *b = (lf_arrow_build){0};
}
