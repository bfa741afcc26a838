/* Statistics: bounds of each page, folded into bounds of the chunk.
 *
 * NaN is left out of doubles' bounds; a zero as lower bound is written -0, as upper +0, since
 * readers disagree on their order. Strings are cut at 64 bytes on a character's border; an upper
 * bound that was cut is raised by one in its last character that can be, and says that it is no
 * value of the column. Of strings with a dictionary the codes seen in the page are marked, so that
 * each string is compared once a page. */
#include "encode/parquet/parquet_internal.h"
#include <math.h>
#include <string.h>

void lf_pqw_stats_page_begin(pq_column *c) {
    c->has_lo = false;
    c->lo_len = c->hi_len = 0;
}

static void begin_numbers(pq_column *c) {
    c->has_lo = true;
    switch (c->kind) {
    case PQ_K_I32:
        c->lo.w = INT32_MAX, c->hi.w = INT32_MIN;
        break;
    case PQ_K_I64:
        c->lo.i = INT64_MAX, c->hi.i = INT64_MIN;
        break;
    case PQ_K_U64:
        c->lo.u = UINT64_MAX, c->hi.u = 0;
        break;
    default:
        c->lo.d = INFINITY, c->hi.d = -INFINITY;
    }
}

void lf_pqw_stats_numbers(const lf_group *g, pq_column *c, const void *v, uint32_t n) {
    if (n == 0) return;
    if (!c->has_lo) begin_numbers(c);
    switch (c->kind) {
    case PQ_K_I32:
        g->k->minmax_i32(v, n, &c->lo.w, &c->hi.w);
        break;
    case PQ_K_I64:
        g->k->minmax_i64(v, n, &c->lo.i, &c->hi.i);
        break;
    case PQ_K_U64:
        g->k->minmax_u64(v, n, &c->lo.u, &c->hi.u);
        break;
    default:
        g->k->minmax_f64(v, n, &c->lo.d, &c->hi.d);
    }
}

void lf_pqw_stats_range(pq_column *c, int64_t min, int64_t max) {
    if (!c->has_lo) begin_numbers(c);
    if (c->kind == PQ_K_I32) {
        if (min < c->lo.w) c->lo.w = (int32_t)min;
        if (max > c->hi.w) c->hi.w = (int32_t)max;
    } else {
        if (min < c->lo.i) c->lo.i = min;
        if (max > c->hi.i) c->hi.i = max;
    }
}

/* ---- strings ---- */

static int compare(const uint8_t *a, size_t na, const uint8_t *b, size_t nb) {
    const size_t n = na < nb ? na : nb;
    const int d = n ? memcmp(a, b, n) : 0;
    return d ? d : na < nb ? -1 : na > nb;
}

static uint64_t head_be(const uint8_t *p, size_t len) {
    uint64_t v = 0;
    memcpy(&v, p, len < 8 ? len : 8);
    return __builtin_bswap64(v);
}

static lf_rc keep(lf_group *g, pq_mem *m, size_t *len, const uint8_t *p, uint32_t n,
                  lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, m, n, err));
    memcpy(m->p, p, n);
    *len = n;
    return LF_OK;
}

/* Most strings of a page begin alike: what tells them from its bounds stands behind that. */
static void note_bounds(pq_column *c) {
    const size_t most = c->lo_len < c->hi_len ? c->lo_len : c->hi_len;
    c->same_len = lf_pq_common_prefix(c->lo_text.p, c->hi_text.p, (uint32_t)most);
    c->lo.u = head_be(c->lo_text.p + c->same_len, c->lo_len - c->same_len);
    c->hi.u = head_be(c->hi_text.p + c->same_len, c->hi_len - c->same_len);
}

lf_rc lf_pqw_stats_string(lf_group *g, pq_column *c, const uint8_t *p, uint32_t len,
                          lf_error *err) {
    if (len > 2 * PQ_STAT_BYTES) len = 2 * PQ_STAT_BYTES; /* what lies behind makes no difference */
    const bool low = !c->has_lo || compare(p, len, c->lo_text.p, c->lo_len) < 0;
    const bool high = !c->has_lo || compare(p, len, c->hi_text.p, c->hi_len) > 0;
    if (low) LF_TRY(keep(g, &c->lo_text, &c->lo_len, p, len, err));
    if (high) LF_TRY(keep(g, &c->hi_text, &c->hi_len, p, len, err));
    if (low || high) note_bounds(c);
    c->has_lo = true;
    return LF_OK;
}

lf_rc lf_pqw_stats_codes(lf_group *g, pq_column *c, const uint16_t *codes, uint32_t n,
                         lf_error *err) {
    if (c->n_seen < c->str.n) {
        LF_TRY(pq_mem_need(g->alloc, &c->seen, c->str.n, err));
        memset(c->seen.p + c->n_seen, 0, c->str.n - c->n_seen);
        c->n_seen = c->str.n;
    }
    uint8_t *seen = c->seen.p;
    /* Of a small dictionary all are soon seen. */
    if (c->n_seen <= n && memchr(seen, 0, c->n_seen) == NULL) return LF_OK;
    for (uint32_t i = 0; i < n; i++) {
        seen[codes[i]] = 1;
    }
    return LF_OK;
}

/* Lowest and highest of the strings that the page's codes stand for. */
static bool bounds_of_codes(pq_column *c, pq_bound *min, pq_bound *max) {
    const pq_strentry *e = (const pq_strentry *)c->str.entries.p, *lo = NULL, *hi = NULL;
    const uint8_t *bytes = c->str.bytes.p;
    uint64_t lo_head = 0, hi_head = 0;
    for (uint32_t i = 0; i < c->n_seen; i++) {
        if (!c->seen.p[i]) continue;
        c->seen.p[i] = 0;
        const uint64_t head = __builtin_bswap64(e[i].head);
        if (lo == NULL || head < lo_head ||
            (head == lo_head && compare(bytes + e[i].at, e[i].len, bytes + lo->at, lo->len) < 0)) {
            lo = &e[i];
            lo_head = head;
        }
        if (hi == NULL || head > hi_head ||
            (head == hi_head && compare(bytes + e[i].at, e[i].len, bytes + hi->at, hi->len) > 0)) {
            hi = &e[i];
            hi_head = head;
        }
    }
    if (lo == NULL) return false;
    lf_pqw_bound_text(min, bytes + lo->at, lo->len, false);
    lf_pqw_bound_text(max, bytes + hi->at, hi->len, true);
    return true;
}

/* Code point of the character that ends at p[n - 1]; its first byte's place in *at_out. */
static uint32_t last_char(const uint8_t *p, size_t n, size_t *at_out) {
    size_t at = n - 1;
    while (at > 0 && n - at < 4 && (p[at] & 0xC0) == 0x80) {
        at--;
    }
    *at_out = at;
    static const uint8_t mask[5] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t cp = p[at] & mask[n - at];
    for (size_t i = at + 1; i < n; i++) {
        cp = cp << 6 | (p[i] & 0x3F);
    }
    return cp;
}

static size_t put_char(uint8_t *p, uint32_t cp) {
    if (cp < 0x80) {
        p[0] = (uint8_t)cp;
        return 1;
    }
    const size_t n = cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    static const uint8_t lead[5] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--) {
        p[i] = (uint8_t)(0x80 | (cp & 0x3F));
        cp >>= 6;
    }
    p[0] = (uint8_t)(lead[n] | cp);
    return n;
}

/* The least bound above all that begins with these bytes, whatever they are. */
static void raise_bytes(pq_bound *b, const uint8_t *p) {
    size_t n = PQ_STAT_BYTES;
    while (n > 0 && p[n - 1] == 0xFF)
        n--;
    b->set = n > 0;
    b->len = (uint8_t)n;
    memcpy(b->bytes, p, n);
    if (n > 0) b->bytes[n - 1]++;
}

void lf_pqw_bound_text(pq_bound *b, const uint8_t *p, size_t n, bool is_max) {
    b->set = true;
    b->exact = n <= PQ_STAT_BYTES;
    size_t len = b->exact ? n : PQ_STAT_BYTES;
    while (!b->exact && len > 0 && (p[len] & 0xC0) == 0x80) {
        len--;
    }
    memcpy(b->bytes, p, len);
    b->len = (uint8_t)len;
    if (b->exact || !is_max) return;
    while (len > 0) {
        size_t at;
        uint32_t cp = last_char(b->bytes, len, &at);
        if (cp < 0x10FFFF) {
            cp = cp == 0xD7FF ? 0xE000 : cp + 1;
            b->len = (uint8_t)(at + put_char(b->bytes + at, cp));
            /* Bytes that are no UTF-8 may have come out below what they bound. */
            if (memcmp(b->bytes, p, b->len) <= 0) raise_bytes(b, p);
            return;
        }
        len = at;
    }
    b->set = false; /* nothing is above 64 bytes of U+10FFFF */
}

/* ---- pages and chunk ---- */

static void put_bytes(pq_bound *b, const void *p, uint8_t n) {
    b->set = b->exact = true;
    b->len = n;
    memcpy(b->bytes, p, n);
}

static void put_big_endian(pq_bound *b, __int128 v, uint8_t n) {
    b->set = b->exact = true;
    b->len = n;
    for (uint32_t i = 0; i < n; i++) {
        b->bytes[i] = (uint8_t)((unsigned __int128)v >> (8 * (n - 1 - i)));
    }
}

bool lf_pqw_stats_page(pq_column *c, pq_bound *min, pq_bound *max) {
    *min = *max = (pq_bound){0};
    if (c->kind == PQ_K_STR && c->n_seen > 0 && c->mode == PQ_M_DICT)
        return bounds_of_codes(c, min, max);
    if (!c->has_lo) return false;
    uint8_t bit[2] = {(uint8_t)c->lo.u, (uint8_t)c->hi.u};
    switch (c->kind) {
    case PQ_K_STR:
        lf_pqw_bound_text(min, c->lo_text.p, c->lo_len, false);
        lf_pqw_bound_text(max, c->hi_text.p, c->hi_len, true);
        break;
    case PQ_K_FIXED:
        put_big_endian(min, c->lo_fixed, c->fixed_len);
        put_big_endian(max, c->hi_fixed, c->fixed_len);
        break;
    case PQ_K_BOOL:
        put_bytes(min, &bit[0], 1);
        put_bytes(max, &bit[1], 1);
        break;
    case PQ_K_F64:
        if (c->lo.d > c->hi.d) return false; /* only NaN */
        if (c->lo.d == 0) c->lo.d = -0.0;
        if (c->hi.d == 0) c->hi.d = 0.0;
        put_bytes(min, &c->lo, 8);
        put_bytes(max, &c->hi, 8);
        break;
    default:
        put_bytes(min, &c->lo, c->width);
        put_bytes(max, &c->hi, c->width);
    }
    return min->set && max->set;
}

static bool number_below(pq_kind kind, const pq_bound *a, const pq_bound *b) {
    pq_number x = {0}, y = {0};
    memcpy(&x, a->bytes, a->len < 8 ? a->len : 8);
    memcpy(&y, b->bytes, b->len < 8 ? b->len : 8);
    switch (kind) {
    case PQ_K_I32:
        return x.w < y.w;
    case PQ_K_I64:
        return x.i < y.i;
    case PQ_K_F64:
        return x.d < y.d;
    case PQ_K_FIXED: /* two's complement, the sign decides first */
        if ((a->bytes[0] ^ b->bytes[0]) & 0x80) return (a->bytes[0] & 0x80) != 0;
        return memcmp(a->bytes, b->bytes, a->len) < 0;
    default:
        return x.u < y.u;
    }
}

int lf_pqw_bound_order(pq_kind kind, const pq_bound *a, const pq_bound *b) {
    if (kind == PQ_K_STR) return compare(a->bytes, a->len, b->bytes, b->len);
    return number_below(kind, a, b) ? -1 : number_below(kind, b, a);
}

void lf_pqw_stats_fold(pq_column *c, const pq_bound *min, const pq_bound *max) {
    const int lo = c->min.set ? lf_pqw_bound_order(c->kind, min, &c->min) : -1;
    if (lo < 0)
        c->min = *min;
    else if (lo == 0 && min->exact)
        c->min.exact = true;
    const int hi = c->max.set ? lf_pqw_bound_order(c->kind, &c->max, max) : -1;
    if (hi < 0)
        c->max = *max;
    else if (hi == 0 && max->exact)
        c->max.exact = true;
}
