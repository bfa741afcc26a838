/* Columns without children: values are widened to the type's slot, run after run. What stands in
 * null slots is no value: it may be anything, and is never the reason for a failure. */
#include "decode/arrow/arrow_internal.h"
#include <math.h>
#include <string.h>

#define TEXT_BYTES_MAX (1ull << 30)

lf_rc lf_arrow_slots(lf_arena *arena, uint64_t n, uint32_t width, void *out, lf_error *err) {
    const uint64_t bytes = (n * width + 63) / 64 * 64 + 64;
    void *p = n > UINT32_MAX ? NULL : lf_arena_alloc(arena, (size_t)bytes, 64);
    if (p == NULL) return lf_fail_nomem(err, (size_t)bytes);
    memset((uint8_t *)p + bytes - 128 + 64 * (bytes < 128), 0, bytes < 128 ? 64 : 128);
    memcpy(out, &p, sizeof p);
    return LF_OK;
}

int64_t lf_arrow_int(const uint8_t *p, uint64_t i, uint32_t width, bool is_signed) {
    switch (width) {
    case 1:
        return is_signed ? (int8_t)p[i] : p[i];
    case 2: {
        uint16_t v;
        memcpy(&v, p + 2 * i, 2);
        return is_signed ? (int16_t)v : v;
    }
    case 4: {
        uint32_t v;
        memcpy(&v, p + 4 * i, 4);
        return is_signed ? (int32_t)v : (int64_t)v;
    }
    default: {
        uint64_t v;
        memcpy(&v, p + 8 * i, 8);
        return (int64_t)v;
    }
    }
}

/* ---- validity ---- */

/* Sets bits [at, at + n) of dst, which are 0, to those of src from bit `from` on; NULL: ones. */
static void copy_bits(uint64_t *dst, uint64_t at, const uint8_t *src, unsigned from, uint64_t n) {
    for (uint64_t i = 0; i < n;) {
        const uint64_t to = at + i;
        uint64_t m = 64 - (to & 63), w = UINT64_MAX;
        if (m > n - i) m = n - i;
        if (m > 56) m = 56; /* so that 8 bytes hold them, wherever they begin */
        if (src != NULL) {
            memcpy(&w, src + (from + i) / 8, 8);
            w >>= (from + i) & 7;
        }
        dst[to >> 6] |= (w & ((1ull << m) - 1)) << (to & 63);
        i += m;
    }
}

lf_rc lf_arrow_validity_read(arrow_reader *r, const arrow_runs *runs, const uint64_t *mask,
                             lf_arena *arena, lf_column *out, lf_error *err) {
    const uint64_t words = (runs->rows + 63) / 64;
    uint64_t *v = NULL, at = 0, set = 0;
    bool all = mask == NULL;
    out->validity = NULL;
    out->null_count = 0;
    for (size_t i = 0; i < runs->n && all; i++) {
        const arrow_node *a = runs->items[i].node;
        all = a->nulls == 0 || a->n_bufs == 0 || a->bufs[0].length == 0;
    }
    if (all) return LF_OK;
    LF_TRY(lf_arrow_slots(arena, words, 8, &v, err));
    memset(v, 0, words * 8);
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const arrow_node *a = u->node;
        const uint8_t *bits = NULL;
        if (a->nulls != 0 && a->n_bufs > 0 && a->bufs[0].length > 0)
            LF_TRY(lf_arrow_buf_get(r, &a->bufs[0], u->from / 8,
                                    (u->from + u->n + 7) / 8 - u->from / 8, &bits, err));
        copy_bits(v, at, bits, (unsigned)(u->from & 7), u->n);
        at += u->n;
    }
    for (uint64_t k = 0; k < words; k++) {
        const uint64_t bad = mask != NULL ? mask[k] & ~v[k] : ~v[k];
        const uint64_t here =
            k + 1 < words || runs->rows % 64 == 0 ? UINT64_MAX : (1ull << (runs->rows % 64)) - 1;
        if ((bad & here) != 0 && runs->n > 0 && !runs->items[0].node->field->nullable)
            return lf_fail(err, LF_ECORRUPT, "nulls where the schema says that there are none");
        if (mask != NULL) v[k] &= mask[k];
        set += (uint64_t)__builtin_popcountll(v[k]);
    }
    out->null_count = (uint32_t)(runs->rows - set);
    if (out->null_count > 0) out->validity = v;
    return LF_OK;
}

/* ---- values of fixed size ---- */

static int64_t unit_factor(const arrow_field *f) {
    return f->unit == LF_ARROW_S ? 1000000 : f->unit == LF_ARROW_MS ? 1000 : 1;
}

static double half_of(uint16_t h) {
    const int e = h >> 10 & 31, m = h & 1023;
    const double v = e == 31  ? (m ? (double)NAN : (double)INFINITY)
                     : e == 0 ? ldexp(m, -24)
                              : ldexp(m + 1024, e - 25);
    return h & 0x8000 ? -v : v;
}

static void doubles(const arrow_field *f, const uint8_t *p, double *to, uint32_t n) {
    if (f->bits == 64) {
        memcpy(to, p, 8ul * n);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        float v;
        if (f->bits == 32)
            memcpy(&v, p + 4ul * i, 4), to[i] = (double)v;
        else
            to[i] = half_of((uint16_t)lf_arrow_int(p, i, 2, false));
    }
}

static void ints(const arrow_field *f, const uint8_t *p, int64_t *to, uint32_t n) {
    const uint32_t width = f->bits / 8u;
    const bool is_signed = f->id != LF_ARROW_INT || f->is_signed;
    if (width == 8) {
        memcpy(to, p, 8ul * n);
        return;
    }
    for (uint32_t i = 0; i < n; i++) {
        to[i] = lf_arrow_int(p, i, width, is_signed);
    }
}

static bool valid_at(const lf_column *c, uint64_t at) {
    return c->validity == NULL || (c->validity[at >> 6] >> (at & 63) & 1) != 0;
}

static lf_rc out_of_range(lf_error *err, const char *what) {
    return lf_fail(err, LF_ECORRUPT, "%s out of its range", what);
}

/* Times and timestamps come to us or stay ns; a time of day lies within the day, its end included
 * (24:00:00). */
static lf_rc times(const arrow_field *f, const lf_column *c, uint64_t at, int64_t *to, uint32_t n,
                   lf_error *err) {
    const int64_t factor = unit_factor(f);
    const int64_t day = (f->unit == LF_ARROW_NS ? 1000 : 1) * 86400000000ll;
    const bool clock = f->id == LF_ARROW_TIME;
    if (factor == 1 && !clock) return LF_OK;
    for (uint32_t i = 0; i < n; i++) {
        int64_t v = 0;
        const bool over =
            __builtin_mul_overflow(to[i], factor, &v) || (clock && (v < 0 || v > day));
        if (over && valid_at(c, at + i)) return out_of_range(err, clock ? "a time" : "a timestamp");
        to[i] = over ? 0 : v;
    }
    return LF_OK;
}

static lf_rc dates(const arrow_field *f, const lf_column *c, uint64_t at, const uint8_t *p,
                   int32_t *to, uint32_t n, lf_error *err) {
    if (f->bits == 32) {
        memcpy(to, p, 4ul * n);
        return LF_OK;
    }
    for (uint32_t i = 0; i < n; i++) {
        const int64_t ms = lf_arrow_int(p, i, 8, true);
        const int64_t day = ms / 86400000 - (ms % 86400000 < 0);
        if ((day < INT32_MIN || day > INT32_MAX) && valid_at(c, at + i))
            return out_of_range(err, "a date");
        to[i] = (int32_t)day;
    }
    return LF_OK;
}

/* More digits than the type says are kept where there is room for them: nobody else looks. */
static lf_rc decimals(const arrow_field *f, const lf_column *c, uint64_t at, const uint8_t *p,
                      uint8_t *to, uint32_t n, lf_error *err) {
    const uint32_t width = f->bits, slot = lf_type_slot_bytes(f->type);
    const __int128 most = slot == 8 ? INT64_MAX : (__int128)(UINT64_MAX >> 1) << 64 | UINT64_MAX;
    for (uint32_t i = 0; i < n; i++) {
        __extension__ __int128 v;
        bool over = false;
        if (width <= 8) {
            v = lf_arrow_int(p, i, width, true);
        } else {
            int64_t more[2] = {0, 0};
            memcpy(&v, p + (size_t)i * width, 16);
            if (width == 32) memcpy(more, p + (size_t)i * width + 16, 16);
            over = width == 32 && (more[0] != (v < 0 ? -1 : 0) || more[1] != more[0]);
        }
        over = over || v > most || v < -most - 1;
        if (over && valid_at(c, at + i)) return out_of_range(err, "a decimal");
        if (over) v = 0;
        memcpy(to + (size_t)i * slot, &v, slot); /* little-endian, as the machine is */
    }
    return LF_OK;
}

static void bools(const uint8_t *p, unsigned from, uint8_t *to, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        to[i] = p[(from + i) / 8] >> ((from + i) & 7) & 1;
    }
}

static lf_rc fixed_run(arrow_reader *r, const arrow_field *f, const arrow_run *u, uint64_t at,
                       lf_arena *arena, lf_column *out, uint8_t *to, lf_error *err) {
    arrow_buf *b = &u->node->bufs[1];
    const uint8_t *p;
    if (f->id == LF_ARROW_BOOL) {
        LF_TRY(
            lf_arrow_buf_get(r, b, u->from / 8, (u->from + u->n + 7) / 8 - u->from / 8, &p, err));
        bools(p, (unsigned)(u->from & 7), to + at, u->n);
        return LF_OK;
    }
    const uint32_t width = f->id == LF_ARROW_DECIMAL ? f->bits : f->bits / 8u;
    const uint32_t slot = lf_type_slot_bytes(f->type);
    LF_TRY(lf_arrow_buf_items(r, b, u->from, u->n, width, arena, &p, err));
    to += at * slot;
    if (f->id == LF_ARROW_DATE) return dates(f, out, at, p, (int32_t *)(void *)to, u->n, err);
    if (f->id == LF_ARROW_DECIMAL) return decimals(f, out, at, p, to, u->n, err);
    if (f->id == LF_ARROW_FLOAT) {
        doubles(f, p, (double *)(void *)to, u->n);
        return LF_OK;
    }
    ints(f, p, (int64_t *)(void *)to, u->n);
    if (f->id == LF_ARROW_TIME || f->id == LF_ARROW_TIMESTAMP)
        return times(f, out, at, (int64_t *)(void *)to, u->n, err);
    return LF_OK;
}

/* Rows side by side may be handed on where they lie in their window. A dictionary's may not: two
 * columns of a tile can share it, and the second would move the window under the first. */
static bool may_stay(const arrow_reader *r, const arrow_runs *runs) {
    return runs->n == 1 && r->depth == 0;
}

/* Whether values are in the file as they are in a column. */
static bool as_stored(const arrow_reader *r, const arrow_field *f) {
    const bool whole = f->id == LF_ARROW_INT || f->id == LF_ARROW_FLOAT;
    if (r->swapped) return false;
    if (f->id == LF_ARROW_TIMESTAMP) return unit_factor(f) == 1;
    return f->id == LF_ARROW_DATE ? f->bits == 32 : whole && f->bits == 64;
}

static lf_rc fixed_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                        lf_arena *arena, lf_column *out, lf_error *err) {
    uint8_t *to = NULL;
    uint64_t at = 0;
    if (may_stay(r, runs) && as_stored(r, f)) {
        const arrow_run *u = &runs->items[0];
        const uint8_t *p;
        LF_TRY(
            lf_arrow_buf_items(r, &u->node->bufs[1], u->from, u->n, f->bits / 8u, arena, &p, err));
        out->values = p;
        if ((uintptr_t)p % 64 == 0) return LF_OK;
    }
    LF_TRY(lf_arrow_slots(arena, runs->rows, lf_type_slot_bytes(f->type), &to, err));
    out->values = to;
    for (size_t i = 0; i < runs->n; i++) {
        LF_TRY(fixed_run(r, f, &runs->items[i], at, arena, out, to, err));
        at += runs->items[i].n;
    }
    return LF_OK;
}

/* ---- texts ---- */

static const char backward_text[] = "offsets that run backwards";

typedef struct texts {
    uint32_t *start, *len;
    uint64_t total;
} texts;

static bool is_view(const arrow_field *f) {
    return f->id == LF_ARROW_UTF8_VIEW || f->id == LF_ARROW_BINARY_VIEW;
}

/* The bytes that rows [from, from + n) span in their buffer, and the ends of each. */
static lf_rc offsets_of(arrow_reader *r, const arrow_field *f, const arrow_run *u, lf_arena *arena,
                        const uint8_t **offsets, uint64_t *from, uint64_t *to, lf_error *err) {
    const uint32_t width = f->is_large ? 8 : 4;
    LF_TRY(
        lf_arrow_buf_items(r, &u->node->bufs[1], u->from, u->n + 1ull, width, arena, offsets, err));
    const int64_t a = lf_arrow_int(*offsets, 0, width, true);
    const int64_t b = lf_arrow_int(*offsets, u->n, width, true);
    if (a < 0 || b < a) return lf_arrow_corrupt(err, u->node->bufs[1].at, backward_text);
    *from = (uint64_t)a;
    *to = (uint64_t)b;
    return LF_OK;
}

/* Offsets of 32 bits, the first of them known to be no negative one and at most TEXT_BYTES_MAX
 * before the last. Without branches: compilers make vectors of it. */
static bool place_short(const uint8_t *offsets, uint32_t n, uint32_t shift, texts *t, uint64_t at) {
    uint32_t *start = t->start + at, *len = t->len + at, bad = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t a, b;
        memcpy(&a, offsets + 4ul * i, 4);
        memcpy(&b, offsets + 4ul * i + 4, 4);
        start[i] = a + shift;
        len[i] = b - a;
        bad |= (b - a) | b; /* the sign of either */
    }
    return bad >> 31 == 0;
}

/* Lengths and starts of one run, from `base` on in the column's bytes. */
static lf_rc place_texts(const arrow_field *f, const arrow_run *u, const uint8_t *offsets,
                         uint64_t first, uint64_t base, texts *t, uint64_t at, lf_error *err) {
    const uint32_t width = f->is_large ? 8 : 4;
    uint64_t prev = first;
    bool backwards = false;
    if (width == 4) {
        const bool good = place_short(offsets, u->n, (uint32_t)(base - first), t, at);
        return good ? LF_OK : lf_arrow_corrupt(err, u->node->bufs[1].at, backward_text);
    }
    for (uint32_t i = 0; i < u->n; i++) {
        const uint64_t next = (uint64_t)lf_arrow_int(offsets, i + 1ull, width, true);
        backwards |= next < prev || next - first > TEXT_BYTES_MAX;
        t->start[at + i] = (uint32_t)(base + (prev - first));
        t->len[at + i] = (uint32_t)(next - prev);
        prev = next;
    }
    if (backwards) return lf_arrow_corrupt(err, u->node->bufs[1].at, backward_text);
    return LF_OK;
}

static lf_rc too_much_text(lf_error *err) {
    return lf_fail(err, LF_EMEMORY_LIMIT, "the texts of one row are over the memory limit");
}

/* One run stays where it is; several are put behind one another. */
static lf_rc offset_texts(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                          lf_arena *arena, texts *t, lf_column *out, lf_error *err) {
    uint8_t *bytes = NULL;
    uint64_t total = 0, at = 0, base = 0;
    const bool stays = may_stay(r, runs);
    for (size_t i = 0; i < runs->n && !stays; i++) {
        const uint8_t *offsets;
        uint64_t from, to;
        LF_TRY(offsets_of(r, f, &runs->items[i], arena, &offsets, &from, &to, err));
        total += to - from;
    }
    if (total > TEXT_BYTES_MAX) return too_much_text(err);
    if (!stays) LF_TRY(lf_arrow_slots(arena, total + 64, 1, &bytes, err));
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const uint8_t *offsets, *data;
        uint64_t from, to;
        LF_TRY(offsets_of(r, f, u, arena, &offsets, &from, &to, err));
        if (to - from > TEXT_BYTES_MAX) return too_much_text(err);
        LF_TRY(place_texts(f, u, offsets, from, base, t, at, err));
        LF_TRY(lf_arrow_buf_get(r, &u->node->bufs[2], from, to - from, &data, err));
        if (stays)
            bytes = (uint8_t *)(uintptr_t)data;
        else if (to > from)
            memcpy(bytes + base, data, (size_t)(to - from));
        base += to - from;
        at += u->n;
    }
    out->bytes = bytes;
    t->total = base;
    return LF_OK;
}

static lf_rc fixed_texts(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                         lf_arena *arena, texts *t, lf_column *out, lf_error *err) {
    uint8_t *bytes = NULL;
    uint64_t at = 0;
    if (runs->rows * f->fixed > TEXT_BYTES_MAX) return too_much_text(err);
    LF_TRY(lf_arrow_slots(arena, runs->rows * f->fixed + 64, 1, &bytes, err));
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const uint8_t *p;
        LF_TRY(lf_arrow_buf_get(r, &u->node->bufs[1], u->from * f->fixed, (uint64_t)u->n * f->fixed,
                                &p, err));
        if (f->fixed > 0) memcpy(bytes + at * f->fixed, p, (size_t)u->n * f->fixed);
        at += u->n;
    }
    for (uint64_t i = 0; i < runs->rows; i++) {
        t->start[i] = (uint32_t)(i * f->fixed);
        t->len[i] = f->fixed;
    }
    out->bytes = bytes;
    return LF_OK;
}

/* A view: its length, then up to 12 bytes, or the first 4, a buffer and a place in it. */
static uint32_t view_word(const arrow_reader *r, const uint8_t *v, int word) {
    uint32_t x;
    memcpy(&x, v + 4 * word, 4);
    return r->swapped ? __builtin_bswap32(x) : x;
}

static lf_rc view_copy(arrow_reader *r, const arrow_node *a, const uint8_t *v, uint8_t *to,
                       lf_error *err) {
    const uint32_t n = view_word(r, v, 0);
    if (n <= 12) {
        memcpy(to, v + 4, n);
        return LF_OK;
    }
    const uint32_t buffer = view_word(r, v, 2), from = view_word(r, v, 3);
    const uint8_t *p;
    if (buffer >= a->n_bufs - 2)
        return lf_arrow_corrupt(err, a->bufs[1].at, "a view into a buffer that is not there");
    LF_TRY(lf_arrow_buf_get(r, &a->bufs[2 + buffer], from, n, &p, err));
    memcpy(to, p, n);
    return LF_OK;
}

static lf_rc view_texts(arrow_reader *r, const arrow_runs *runs, lf_arena *arena, texts *t,
                        lf_column *out, lf_error *err) {
    uint64_t total = 0, at = 0, base = 0;
    uint8_t *bytes = NULL;
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const uint8_t *v;
        LF_TRY(lf_arrow_buf_get(r, &u->node->bufs[1], u->from * 16, u->n * 16ull, &v, err));
        for (uint32_t k = 0; k < u->n; k++, at++) {
            t->len[at] = valid_at(out, at) ? view_word(r, v + 16ul * k, 0) : 0;
            if (t->len[at] > INT32_MAX)
                return lf_arrow_corrupt(err, u->node->bufs[1].at, "a view of negative length");
            total += t->len[at];
        }
    }
    if (total > TEXT_BYTES_MAX) return too_much_text(err);
    LF_TRY(lf_arrow_slots(arena, total + 64, 1, &bytes, err));
    at = 0;
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const uint8_t *v;
        LF_TRY(lf_arrow_buf_get(r, &u->node->bufs[1], u->from * 16, u->n * 16ull, &v, err));
        for (uint32_t k = 0; k < u->n; k++, at++) {
            t->start[at] = (uint32_t)base;
            if (t->len[at] == 0) continue;
            LF_TRY(view_copy(r, u->node, v + 16ul * k, bytes + base, err));
            base += t->len[at];
        }
    }
    out->bytes = bytes;
    t->total = total;
    return LF_OK;
}

/* Most texts: a compiler makes vectors of it. */
static bool is_ascii(const uint8_t *p, uint64_t n) {
    uint64_t i = 0;
    for (; i + 128 <= n; i += 128) {
        uint64_t q[16], any = 0;
        memcpy(q, p + i, 128);
        for (int k = 0; k < 16; k++) {
            any |= q[k];
        }
        if ((any & 0x8080808080808080u) != 0) return false;
    }
    uint8_t any = 0;
    for (; i < n; i++) {
        any |= p[i];
    }
    return any < 0x80;
}

static bool is_utf8(const uint8_t *p, uint64_t n) {
    uint64_t i = 0;
    while (i < n) {
        uint64_t w = 0x8080808080808080u;
        while (i + 32 <= n) {
            uint64_t q[4];
            memcpy(q, p + i, 32);
            if (((q[0] | q[1] | q[2] | q[3]) & w) != 0) break;
            i += 32;
        }
        for (const uint64_t end = i + 32 < n ? i + 32 : n; i < end;) {
            const size_t k = p[i] < 0x80 ? 1 : lf_utf8_len(p + i, (size_t)(n - i));
            if (k == 0) return false;
            i += k;
        }
    }
    return true;
}

/* Of a column that says that it is UTF-8: its bytes as a whole, then where texts begin. */
static bool all_utf8(const texts *t, const lf_column *out, uint64_t rows, bool whole) {
    if (whole && is_ascii(out->bytes, t->total)) return true;
    if (whole && is_utf8(out->bytes, t->total)) {
        for (uint64_t i = 0; i < rows; i++) {
            if (t->len[i] > 0 && (out->bytes[t->start[i]] & 0xc0) == 0x80) return false;
        }
        return true;
    }
    for (uint64_t i = 0; i < rows; i++) { /* nulls may hold anything */
        if (t->len[i] > 0 && !is_utf8(out->bytes + t->start[i], t->len[i])) return false;
    }
    return true;
}

static lf_rc text_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                       lf_arena *arena, lf_column *out, lf_error *err) {
    texts t = {0};
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &t.start, err));
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &t.len, err));
    if (is_view(f))
        LF_TRY(view_texts(r, runs, arena, &t, out, err));
    else if (f->id == LF_ARROW_FIXED_BINARY)
        LF_TRY(fixed_texts(r, f, runs, arena, &t, out, err));
    else
        LF_TRY(offset_texts(r, f, runs, arena, &t, out, err));
    for (uint64_t i = 0; out->validity != NULL && i < runs->rows; i++) {
        if (!valid_at(out, i)) t.len[i] = 0;
    }
    if (!f->binary && !all_utf8(&t, out, runs->rows, !is_view(f)))
        return lf_fail(err, LF_ECORRUPT, "a text that is no UTF-8, in a column that says it is");
    out->start = t.start;
    out->len = t.len;
    return LF_OK;
}

/* ---- all ---- */

static lf_rc nulls_read(const arrow_runs *runs, lf_arena *arena, lf_column *out, lf_error *err) {
    uint32_t *zeros = NULL;
    uint64_t *bits = NULL;
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &zeros, err));
    memset(zeros, 0, runs->rows * 4);
    LF_TRY(lf_arrow_slots(arena, (runs->rows + 63) / 64, 8, &bits, err));
    memset(bits, 0, (runs->rows + 63) / 64 * 8);
    out->start = out->len = zeros;
    out->bytes = (const uint8_t *)zeros;
    out->validity = bits;
    out->null_count = (uint32_t)runs->rows;
    return LF_OK;
}

lf_rc lf_arrow_column_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                           const uint64_t *mask, lf_arena *arena, lf_column *out, lf_error *err) {
    *out = (lf_column){.type = f->type};
    if (f->refused != NULL)
        return lf_fail(err, LF_EUNSUPPORTED, "'%.60s' is %s; --columns can leave it out", f->name,
                       f->refused);
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        if (u->from > u->node->length || u->n > u->node->length - u->from)
            return lf_fail(err, LF_ECORRUPT, "'%.60s' has fewer values than its column", f->name);
    }
    if (runs->rows > UINT32_MAX / 2) return too_much_text(err);
    if (f->coded) return lf_arrow_coded_read(r, f, runs, mask, arena, out, err);
    if (f->id == LF_ARROW_RUN_END) return lf_arrow_run_ends_read(r, f, runs, mask, arena, out, err);
    if (f->id == LF_ARROW_NULL) return nulls_read(runs, arena, out, err);
    LF_TRY(lf_arrow_validity_read(r, runs, mask, arena, out, err));
    if (lf_type_is_nested(f->type)) return lf_arrow_nested_read(r, f, runs, arena, out, err);
    if (lf_arrow_is_printed(f)) return lf_arrow_printed_read(r, f, runs, arena, out, err);
    if (f->type.id == LF_T_STRING) return text_read(r, f, runs, arena, out, err);
    return fixed_read(r, f, runs, arena, out, err);
}
