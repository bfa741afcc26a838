/* Values of an Arrow array as the slots of a batch.
 *
 * Every column is read through a `span`: slot i of the batch is slot base + i of the array or,
 * where there are `slots`, base + slots[i] (-1: null). Runs of rows need none; lists whose items do
 * not lie side by side, and dictionaries, make them. `mask` has the rows that are there in what is
 * above. */
#include "format/arrow/arrow_import.h"
#include "core/limits.h"
#include "core/span.h"
#include "format/arrow/arrow_import_internal.h"
#include <math.h>
#include <string.h>

#define TEXT_MAX  (64ull * LF_MIB) /* of one column in one batch of more than one row */
#define ITEMS_MAX (256u * 1024)    /* likewise, of a list */

struct lf_arrow_import {
    const lf_alloc *alloc;
    lf_schema schema;
    lf_arrow_node *nodes;
    uint32_t *selected, n_selected;
    lf_column *columns; /* of the batch */
    const struct ArrowArray *array;
    int64_t row;    /* of the array, to come next */
    uint64_t rows;  /* of all arrays before it: places in messages */
    bool too_large; /* the batch is to be tried with fewer rows */
    uint32_t tried;
    lf_error *err;
};

typedef struct span {
    const int64_t *slots;
    int64_t base;
    uint32_t n;
    const uint64_t *mask;
} span;

#define SLOT(s, i) ((s)->base + ((s)->slots ? (s)->slots[i] : (int64_t)(i)))

static bool is_set(const uint64_t *bits, uint32_t i) {
    return bits == NULL || ((bits[i >> 6] >> (i & 63)) & 1);
}

static bool bit_of(const uint8_t *bits, int64_t i) {
    return (bits[i >> 3] >> (i & 7)) & 1;
}

/* At least n bytes and what may be read past them; what was there is lost. */
static lf_rc room(lf_arrow_import *im, lf_arrow_bytes *b, uint64_t n, void **out) {
    const uint64_t want = ((n + 63) & ~63ull) + 128;
    *out = NULL;
    if (b->cap < want) {
        lf_mem_free(im->alloc, b->p, b->cap);
        *b = (lf_arrow_bytes){0};
        const uint64_t cap = (want + want / 2 + 4095) & ~4095ull;
        b->p = lf_mem_zalloc(im->alloc, cap);
        if (b->p == NULL) return lf_fail_nomem(im->err, cap);
        b->cap = cap;
    }
    /* Slots begin on a line of the cache, whatever the allocator gave. */
    *out = (void *)(((uintptr_t)b->p + 63) & ~(uintptr_t)63);
    return LF_OK;
}

static lf_rc misfit(lf_arrow_import *im, const lf_arrow_node *n, lf_rc rc, uint32_t i,
                    const char *what) {
    (void)i;
    return lf_fail(im->err, rc, "column '%.60s', near row %llu: %s", n->field->name,
                   (unsigned long long)(im->rows + (uint64_t)im->row + 1), what);
}

/* ---- validity ---- */

static lf_rc take_validity(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                           const span *s, lf_column *out) {
    const uint8_t *bits = n->kind == LF_ARROW_NULL || a->null_count == 0 ? NULL : a->buffers[0];
    out->validity = NULL;
    out->null_count = 0;
    if (bits == NULL && s->slots == NULL && s->mask == NULL && n->kind != LF_ARROW_NULL)
        return LF_OK;
    void *p;
    const uint32_t words = (s->n + 63) / 64;
    LF_TRY(room(im, &n->validity, words * 8ull, &p));
    uint64_t *w = p, left = 0;
    memset(w, 0, words * 8ull);
    for (uint32_t i = 0; i < s->n && n->kind != LF_ARROW_NULL; i++) {
        bool there = is_set(s->mask, i) && (s->slots == NULL || s->slots[i] >= 0);
        if (there && bits) there = bit_of(bits, a->offset + SLOT(s, i));
        w[i >> 6] |= (uint64_t)there << (i & 63);
        left += there;
    }
    out->null_count = s->n - (uint32_t)left;
    if (out->null_count > 0) out->validity = w;
    return LF_OK;
}

/* ---- values of fixed size ---- */

static double from_half(uint16_t h) {
    const int exponent = (h >> 10) & 31, fraction = h & 1023;
    double v = exponent == 31  ? (fraction ? (double)NAN : (double)INFINITY)
               : exponent == 0 ? ldexp(fraction, -24)
                               : ldexp(1024 + fraction, exponent - 25);
    return h & 0x8000 ? -v : v;
}

#define COPY(type, made, expression)                                                               \
    do {                                                                                           \
        const type *from = (const type *)a->buffers[1] + a->offset;                                \
        made *to = p;                                                                              \
        for (uint32_t i = 0; i < s->n; i++) {                                                      \
            if (s->slots != NULL && s->slots[i] < 0) {                                             \
                to[i] = 0;                                                                         \
                continue;                                                                          \
            }                                                                                      \
            const type v = from[SLOT(s, i)];                                                       \
            to[i] = (made)(expression);                                                            \
        }                                                                                          \
    } while (0)

static void copy_numbers(const lf_arrow_node *n, const struct ArrowArray *a, const span *s,
                         void *p) {
    switch (n->kind) {
    case LF_ARROW_I8:
        COPY(int8_t, int64_t, v);
        break;
    case LF_ARROW_U8:
        COPY(uint8_t, int64_t, v);
        break;
    case LF_ARROW_I16:
        COPY(int16_t, int64_t, v);
        break;
    case LF_ARROW_U16:
        COPY(uint16_t, int64_t, v);
        break;
    case LF_ARROW_I32:
        if (n->field->type.id == LF_T_DATE)
            COPY(int32_t, int32_t, v);
        else
            COPY(int32_t, int64_t, v);
        break;
    case LF_ARROW_U32:
        COPY(uint32_t, int64_t, v);
        break;
    case LF_ARROW_F16:
        COPY(uint16_t, double, from_half(v));
        break;
    case LF_ARROW_F32:
        COPY(float, double, v);
        break;
    case LF_ARROW_F64:
        COPY(double, double, v);
        break;
    default:
        COPY(int64_t, int64_t, v);
    }
}

static lf_rc take_bools(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                        const span *s, lf_column *out) {
    void *p;
    LF_TRY(room(im, &n->values, s->n, &p));
    uint8_t *to = p;
    for (uint32_t i = 0; i < s->n; i++)
        to[i] = lf_column_is_valid(out, i) && bit_of(a->buffers[1], a->offset + SLOT(s, i));
    out->values = to;
    return LF_OK;
}

/* Seconds and milliseconds of times become microseconds: out of range is an error, never wrapped.
 */
static lf_rc scale(lf_arrow_import *im, const lf_arrow_node *n, int64_t *v, uint32_t rows,
                   const lf_column *c) {
    for (uint32_t i = 0; i < rows; i++) {
        if (!lf_column_is_valid(c, i)) continue;
        if (__builtin_mul_overflow(v[i], n->factor, &v[i]))
            return misfit(im, n, LF_ETYPE_MISFIT, i, "a moment is beyond what microseconds hold");
    }
    return LF_OK;
}

static lf_rc take_days(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                       const span *s, lf_column *out) {
    const int64_t day = 86400000;
    void *p;
    LF_TRY(room(im, &n->values, s->n * 4ull, &p));
    int32_t *to = p;
    for (uint32_t i = 0; i < s->n; i++) {
        to[i] = 0;
        if (!lf_column_is_valid(out, i)) continue;
        const int64_t v = ((const int64_t *)a->buffers[1])[a->offset + SLOT(s, i)];
        const int64_t d = v / day - (v % day < 0);
        if (d < INT32_MIN || d > INT32_MAX)
            return misfit(im, n, LF_ETYPE_MISFIT, i, "a date is beyond what days of 32 bits hold");
        to[i] = (int32_t)d;
    }
    out->values = to;
    return LF_OK;
}

/* Little-endian two's complement of 4 to 32 bytes into 8 or 16. */
static lf_rc take_decimals(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                           const span *s, lf_column *out) {
    const uint32_t to_bytes = lf_type_slot_bytes(n->field->type), w = n->width;
    const uint32_t both = w < to_bytes ? w : to_bytes;
    void *p;
    LF_TRY(room(im, &n->values, (uint64_t)s->n * to_bytes, &p));
    uint8_t *to = p;
    memset(to, 0, (size_t)s->n * to_bytes);
    for (uint32_t i = 0; i < s->n; i++, to += to_bytes) {
        if (!lf_column_is_valid(out, i)) continue;
        const uint8_t *v = (const uint8_t *)a->buffers[1] + (a->offset + SLOT(s, i)) * (int64_t)w;
        const uint8_t sign = v[w - 1] & 0x80 ? 0xff : 0;
        memset(to, sign, to_bytes);
        memcpy(to, v, both);
        bool fits = w <= to_bytes || ((to[to_bytes - 1] ^ sign) & 0x80) == 0;
        for (uint32_t k = to_bytes; k < w; k++)
            fits = fits && v[k] == sign;
        if (!fits)
            return misfit(im, n, LF_ETYPE_MISFIT, i, "a decimal has more digits than its type");
    }
    out->values = p;
    return LF_OK;
}

static lf_rc take_fixed(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                        const span *s, lf_column *out) {
    void *p;
    LF_TRY(room(im, &n->values, (uint64_t)s->n * lf_type_slot_bytes(n->field->type), &p));
    copy_numbers(n, a, s, p);
    out->values = p;
    return n->factor > 1 ? scale(im, n, p, s->n, out) : LF_OK;
}

/* ---- text ---- */

typedef struct piece {
    const uint8_t *p;
    uint64_t n;
} piece;

/* A view: its length, then the text itself if at most 12 bytes, else 4 bytes of it, a buffer, and
 * an offset there. The buffers' sizes are the last buffer. */
static bool view_at(const struct ArrowArray *a, int64_t slot, piece *out) {
    const uint8_t *v = (const uint8_t *)a->buffers[1] + slot * 16;
    int32_t f[4];
    memcpy(f, v, 16);
    if (f[0] < 0) return false;
    *out = (piece){v + 4, (uint64_t)f[0]};
    if (f[0] <= 12) return true;
    const int64_t variadic = a->n_buffers - 3;
    const int64_t *sizes = a->buffers[a->n_buffers - 1];
    if (f[2] < 0 || f[2] >= variadic || f[3] < 0 || sizes == NULL) return false;
    out->p = a->buffers[2 + f[2]];
    if (out->p == NULL || (int64_t)f[3] + f[0] > sizes[f[2]]) return false;
    out->p += f[3];
    return true;
}

static bool text_at(const lf_arrow_node *n, const struct ArrowArray *a, int64_t slot, piece *out) {
    const uint8_t *bytes =
        n->kind == LF_ARROW_TEXT || n->kind == LF_ARROW_LARGE_TEXT ? a->buffers[2] : a->buffers[1];
    if (n->kind == LF_ARROW_TEXT) {
        const int32_t *o = (const int32_t *)a->buffers[1] + slot;
        *out = (piece){bytes ? bytes + o[0] : NULL, (uint64_t)(o[1] - o[0])};
    } else if (n->kind == LF_ARROW_LARGE_TEXT) {
        const int64_t *o = (const int64_t *)a->buffers[1] + slot;
        *out = (piece){bytes ? bytes + o[0] : NULL, (uint64_t)(o[1] - o[0])};
    } else if (n->kind == LF_ARROW_FIXED_BYTES) {
        *out = (piece){bytes ? bytes + slot * n->width : NULL, n->width};
    } else {
        return view_at(a, slot, out);
    }
    return true;
}

static bool is_utf8(const uint8_t *p, uint64_t n) {
    const uint8_t *end = p + n;
    while (p < end) {
        uint64_t w;
        if (end - p >= 8 && (memcpy(&w, p, 8), (w & 0x8080808080808080u) == 0)) {
            p += 8;
            continue;
        }
        const size_t k = lf_utf8_len(p, (size_t)(end - p));
        if (k == 0) return false;
        p += k;
    }
    return true;
}

static lf_rc take_text(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                       const span *s, lf_column *out) {
    void *starts, *lens, *text;
    piece v;
    uint64_t total = 0;
    LF_TRY(room(im, &n->start, s->n * 4ull, &starts));
    LF_TRY(room(im, &n->len, s->n * 4ull, &lens));
    uint32_t *start = starts, *len = lens;
    for (uint32_t i = 0; i < s->n; i++) {
        start[i] = (uint32_t)total, len[i] = 0;
        if (!lf_column_is_valid(out, i)) continue;
        if (!text_at(n, a, a->offset + SLOT(s, i), &v))
            return lf_arrow_bad(n, im->err, "has a view beyond its buffers");
        total += v.n;
        im->too_large = im->tried > 1 && total > TEXT_MAX;
        if (im->too_large) return LF_EMEMORY_LIMIT;
        if (total > UINT32_MAX - 4096)
            return misfit(im, n, LF_ERECORD_TOO_BIG, i, "over 4 GiB of text in one row");
        len[i] = (uint32_t)v.n;
    }
    LF_TRY(room(im, &n->text, total + LF_OVERREAD_BYTES, &text));
    uint8_t *to = text;
    for (uint32_t i = 0; i < s->n; i++) {
        if (len[i] == 0) continue;
        (void)text_at(n, a, a->offset + SLOT(s, i), &v);
        memcpy(to + start[i], v.p, v.n);
        if (!n->field->binary && !is_utf8(v.p, v.n))
            return misfit(im, n, LF_EBAD_UTF8, i, "a text is not valid UTF-8");
    }
    out->bytes = to, out->start = start, out->len = len;
    return LF_OK;
}

static lf_rc take_nothing(lf_arrow_import *im, lf_arrow_node *n, uint32_t rows, lf_column *out) {
    void *p;
    LF_TRY(room(im, &n->len, rows * 4ull, &p));
    memset(p, 0, rows * 4ull);
    out->start = out->len = p;
    LF_TRY(room(im, &n->text, LF_OVERREAD_BYTES, &p));
    out->bytes = p;
    return LF_OK;
}

/* ---- what nests ---- */

static lf_rc take(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a, const span *s,
                  lf_column *out);

static lf_rc take_struct(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                         const span *s, lf_column *out) {
    const span below = {s->slots, s->base + a->offset, s->n, out->validity};
    for (uint32_t i = 0; i < n->n_children; i++)
        LF_TRY(take(im, &n->children[i], a->children[i], &below, &n->columns[i]));
    out->children = n->columns;
    out->n_children = n->n_children;
    out->n_child_rows = s->n;
    return LF_OK;
}

/* Where the items of slot `at` of a list lie. */
static void items_of(const lf_arrow_node *n, const struct ArrowArray *a, int64_t at, int64_t *from,
                     int64_t *count) {
    switch (n->kind) {
    case LF_ARROW_LARGE_LIST: {
        const int64_t *o = (const int64_t *)a->buffers[1] + at;
        *from = o[0], *count = o[1] - o[0];
        break;
    }
    case LF_ARROW_FIXED_LIST:
        *from = at * n->width, *count = n->width;
        break;
    case LF_ARROW_LIST_VIEW:
        *from = ((const int32_t *)a->buffers[1])[at];
        *count = ((const int32_t *)a->buffers[2])[at];
        break;
    case LF_ARROW_LARGE_LIST_VIEW:
        *from = ((const int64_t *)a->buffers[1])[at];
        *count = ((const int64_t *)a->buffers[2])[at];
        break;
    default: {
        const int32_t *o = (const int32_t *)a->buffers[1] + at;
        *from = o[0], *count = o[1] - o[0];
    }
    }
}

/* The slots of a null list are skipped; where the others lie side by side, they are a run. */
static lf_rc find_items(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                        const span *s, lf_column *out, span *below) {
    void *p;
    int64_t from, count, next = -1;
    uint64_t total = 0;
    bool run = true;
    LF_TRY(room(im, &n->offsets, (s->n + 1ull) * 4, &p));
    uint32_t *offsets = p;
    *below = (span){0};
    offsets[0] = 0;
    for (uint32_t i = 0; i < s->n; i++) {
        offsets[i + 1] = (uint32_t)total;
        if (!lf_column_is_valid(out, i)) continue;
        items_of(n, a, a->offset + SLOT(s, i), &from, &count);
        if (count == 0) continue;
        if (next < 0) below->base = from;
        run = run && (next < 0 || next == from);
        next = from + count;
        total += (uint64_t)count;
        im->too_large = im->tried > 1 && total > ITEMS_MAX;
        if (im->too_large) return LF_EMEMORY_LIMIT;
        if (total > INT32_MAX)
            return misfit(im, n, LF_ERECORD_TOO_BIG, i, "a list of over 2^31 items");
        offsets[i + 1] = (uint32_t)total;
    }
    out->offsets = offsets;
    out->n_child_rows = below->n = (uint32_t)total;
    if (run) return LF_OK;
    LF_TRY(room(im, &n->slots, total * 8, &p));
    int64_t *slots = p;
    for (uint32_t i = 0; i < s->n; i++) {
        if (offsets[i] == offsets[i + 1]) continue;
        items_of(n, a, a->offset + SLOT(s, i), &from, &count);
        for (int64_t k = 0; k < count; k++)
            *slots++ = from + k;
    }
    below->slots = p;
    below->base = 0;
    return LF_OK;
}

static lf_rc take_list(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                       const span *s, lf_column *out) {
    const bool map = n->kind == LF_ARROW_MAP;
    span below;
    LF_TRY(find_items(im, n, a, s, out, &below));
    if (map) below.base += a->children[0]->offset;
    for (uint32_t i = 0; i < n->n_children; i++) {
        const struct ArrowArray *child = map ? a->children[0]->children[i] : a->children[i];
        LF_TRY(take(im, &n->children[i], child, &below, &n->columns[i]));
    }
    if (map && n->columns[0].null_count > 0) return lf_arrow_bad(n, im->err, "has a null key");
    out->children = n->columns;
    out->n_children = n->n_children;
    return LF_OK;
}

/* ---- dictionaries ---- */

static int64_t index_at(lf_arrow_kind kind, const void *p, int64_t i) {
    switch (kind) {
    case LF_ARROW_I8:
        return ((const int8_t *)p)[i];
    case LF_ARROW_U8:
        return ((const uint8_t *)p)[i];
    case LF_ARROW_I16:
        return ((const int16_t *)p)[i];
    case LF_ARROW_U16:
        return ((const uint16_t *)p)[i];
    case LF_ARROW_I32:
        return ((const int32_t *)p)[i];
    case LF_ARROW_U32:
        return ((const uint32_t *)p)[i];
    default:
        return ((const int64_t *)p)[i]; /* u64 beyond i64 comes out below zero: refused */
    }
}

static lf_rc take_dictionary(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a,
                             const span *s, lf_column *out) {
    void *p;
    LF_TRY(take_validity(im, n, a, s, out));
    LF_TRY(room(im, &n->slots, s->n * 8ull, &p));
    int64_t *slots = p;
    for (uint32_t i = 0; i < s->n; i++) {
        slots[i] = -1;
        if (!lf_column_is_valid(out, i)) continue;
        slots[i] = index_at(n->index, a->buffers[1], a->offset + SLOT(s, i));
        if (slots[i] < 0 || slots[i] >= a->dictionary->length)
            return lf_arrow_bad(n, im->err, "has an index beyond its dictionary");
    }
    const span values = {slots, 0, s->n, NULL};
    return take(im, &n->children[0], a->dictionary, &values, out);
}

static lf_rc take(lf_arrow_import *im, lf_arrow_node *n, const struct ArrowArray *a, const span *s,
                  lf_column *out) {
    *out = (lf_column){.type = n->field->type};
    if (n->kind == LF_ARROW_DICTIONARY) return take_dictionary(im, n, a, s, out);
    LF_TRY(take_validity(im, n, a, s, out));
    switch (n->kind) {
    case LF_ARROW_NULL:
        return take_nothing(im, n, s->n, out);
    case LF_ARROW_BOOL:
        return take_bools(im, n, a, s, out);
    case LF_ARROW_DECIMAL:
        return take_decimals(im, n, a, s, out);
    case LF_ARROW_DATE_MS:
        return take_days(im, n, a, s, out);
    case LF_ARROW_TEXT:
    case LF_ARROW_LARGE_TEXT:
    case LF_ARROW_TEXT_VIEW:
    case LF_ARROW_FIXED_BYTES:
        return take_text(im, n, a, s, out);
    case LF_ARROW_STRUCT:
        return take_struct(im, n, a, s, out);
    case LF_ARROW_LIST:
    case LF_ARROW_LARGE_LIST:
    case LF_ARROW_FIXED_LIST:
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
    case LF_ARROW_MAP:
        return take_list(im, n, a, s, out);
    default:
        return take_fixed(im, n, a, s, out);
    }
}

/* ---- batches ---- */

lf_rc lf_arrow_import_begin(lf_arrow_import *im, const struct ArrowArray *a, lf_error *err) {
    if (im->array != NULL) im->rows += (uint64_t)im->row;
    im->array = NULL;
    im->row = 0;
    if (a->length < 0 || a->offset < 0 || a->length > INT64_MAX / 64 || a->offset > INT64_MAX / 64)
        return lf_fail(err, LF_ECORRUPT, "the Arrow array has no possible length or offset");
    if (a->n_children != im->schema.n_fields || a->dictionary != NULL || a->n_buffers > 1)
        return lf_fail(err, LF_ECORRUPT, "the Arrow array has %lld columns, its schema %u",
                       (long long)a->n_children, im->schema.n_fields);
    for (uint32_t i = 0; i < im->schema.n_fields; i++) {
        const struct ArrowArray *c = a->children != NULL ? a->children[i] : NULL;
        if (c == NULL || c->release == NULL) return lf_arrow_bad(&im->nodes[i], err, "is missing");
        LF_TRY(lf_arrow_check(&im->nodes[i], c, a->offset + a->length, err));
    }
    im->array = a;
    return LF_OK;
}

/* Rows that are null as a whole, which a record batch should not have, are null in each column. */
static lf_rc row_mask(lf_arrow_import *im, lf_arrow_node *n, const span *s, lf_column *out) {
    const struct ArrowArray *a = im->array;
    *out = (lf_column){0};
    if (a->n_buffers == 0 || a->null_count == 0 || a->buffers == NULL || a->buffers[0] == NULL)
        return LF_OK;
    n->kind = LF_ARROW_STRUCT;
    return take_validity(im, n, a, s, out);
}

static lf_rc take_rows(lf_arrow_import *im, uint32_t rows, lf_arrow_node *top) {
    const struct ArrowArray *a = im->array;
    span s = {NULL, im->row, rows, NULL};
    lf_column mask;
    im->tried = rows;
    im->too_large = false;
    LF_TRY(row_mask(im, top, &s, &mask));
    s.base += a->offset;
    s.mask = mask.validity;
    for (uint32_t i = 0; i < im->n_selected; i++) {
        const uint32_t c = im->selected[i];
        LF_TRY(take(im, &im->nodes[c], a->children[c], &s, &im->columns[i]));
        if (im->columns[i].null_count > 0 && !im->schema.fields[c].nullable)
            return misfit(im, &im->nodes[c], LF_ECORRUPT, 0,
                          "a null in a column that says it has none");
    }
    return LF_OK;
}

lf_rc lf_arrow_import_next(lf_arrow_import *im, uint32_t max_rows, lf_batch *out, lf_error *err) {
    *out = (lf_batch){0};
    if (im->array == NULL) return LF_OK;
    const int64_t left = im->array->length - im->row;
    uint32_t n = max_rows < LF_TILE_ROWS_MAX ? max_rows : LF_TILE_ROWS_MAX;
    if (left < n) n = (uint32_t)left;
    if (n == 0) return LF_OK;
    lf_rc rc;
    lf_arrow_node *top = &im->nodes[im->schema.n_fields];
    im->err = err;
    while ((rc = take_rows(im, n, top)) != LF_OK && im->too_large)
        n = n / 2;
    im->err = NULL;
    if (rc != LF_OK) return rc;
    im->row += n;
    *out = (lf_batch){.n_rows = n, .n_columns = im->n_selected, .columns = im->columns};
    return LF_OK;
}

/* ---- life ---- */

const lf_schema *lf_arrow_import_schema(const lf_arrow_import *im) {
    return &im->schema;
}

lf_rc lf_arrow_import_select(lf_arrow_import *im, const uint32_t *columns, uint32_t n,
                             lf_error *err) {
    if (im->selected) {
        lf_mem_free(im->alloc, im->selected, (im->n_selected + 1ul) * sizeof *im->selected);
        lf_mem_free(im->alloc, im->columns, (im->n_selected + 1ul) * sizeof *im->columns);
    }
    im->selected = lf_mem_zalloc(im->alloc, (n + 1ul) * sizeof *im->selected);
    im->columns = lf_mem_zalloc(im->alloc, (n + 1ul) * sizeof *im->columns);
    im->n_selected = n;
    if (im->selected == NULL || im->columns == NULL) {
        lf_mem_free(im->alloc, im->selected, (n + 1ul) * sizeof *im->selected);
        lf_mem_free(im->alloc, im->columns, (n + 1ul) * sizeof *im->columns);
        im->selected = NULL;
        im->columns = NULL;
        im->n_selected = 0;
        return lf_fail_nomem(err, n * sizeof *im->columns);
    }
    for (uint32_t i = 0; i < n; i++)
        im->selected[i] = columns ? columns[i] : i;
    return LF_OK;
}

lf_rc lf_arrow_import_open(const struct ArrowSchema *s, const lf_alloc *alloc,
                           lf_arrow_import **out, lf_error *err) {
    lf_arrow_import *im = lf_mem_zalloc(alloc, sizeof *im);
    if (im == NULL) return lf_fail_nomem(err, sizeof *im);
    im->alloc = alloc;
    lf_schema_init(&im->schema, alloc);
    lf_rc rc = lf_arrow_nodes_make(s, alloc, &im->schema, &im->nodes, err);
    if (rc == LF_OK) rc = lf_arrow_import_select(im, NULL, im->schema.n_fields, err);
    if (rc != LF_OK) {
        /* The fields that came may be fewer than the nodes. */
        if (im->nodes) lf_arrow_nodes_free(alloc, im->nodes, (uint32_t)s->n_children);
        im->nodes = NULL;
        lf_arrow_import_close(im);
        return rc;
    }
    *out = im;
    return LF_OK;
}

void lf_arrow_import_close(lf_arrow_import *im) {
    if (im == NULL) return;
    if (im->nodes) {
        lf_mem_free(im->alloc, im->nodes[im->schema.n_fields].validity.p,
                    im->nodes[im->schema.n_fields].validity.cap);
        lf_arrow_nodes_free(im->alloc, im->nodes, im->schema.n_fields);
    }
    if (im->selected) {
        lf_mem_free(im->alloc, im->selected, (im->n_selected + 1ul) * sizeof *im->selected);
        lf_mem_free(im->alloc, im->columns, (im->n_selected + 1ul) * sizeof *im->columns);
    }
    lf_schema_reset(&im->schema);
    lf_mem_free(im->alloc, im, sizeof *im);
}
