/* Definition and repetition levels of the page at hand.
 *
 * A flat optional column needs one bit a row, and none at all until the page's first null: most
 * columns have no nulls, and their levels are one run. Nested columns keep a byte a level. Where
 * a page is ended before its staged rows, the levels of those rows move to the front. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

static uint32_t bitmap_ones(const uint64_t *b, uint32_t from, uint32_t n) {
    uint32_t ones = 0;
    for (; n > 0 && (from & 63); from++, n--) {
        ones += (uint32_t)(b[from >> 6] >> (from & 63) & 1);
    }
    for (; n >= 64; from += 64, n -= 64) {
        ones += (uint32_t)__builtin_popcountll(b[from >> 6]);
    }
    if (n) ones += (uint32_t)__builtin_popcountll(b[from >> 6] & ((1ull << n) - 1));
    return ones;
}

static uint64_t bits_at(const uint64_t *b, uint32_t at, uint32_t n) {
    const uint32_t shift = at & 63;
    uint64_t w = b[at >> 6] >> shift;
    if (shift && n > 64 - shift) w |= b[(at >> 6) + 1] << (64 - shift);
    return n < 64 ? w & ((1ull << n) - 1) : w;
}

/* Writes n bits at `to`; what is behind them in their last word becomes 0. src NULL: ones. The
 * source may be the same bitmap further on. */
static void put_bits(uint64_t *dst, uint32_t to, const uint64_t *src, uint32_t from, uint32_t n) {
    while (n > 0) {
        const uint32_t at = to & 63, m = n < 64 - at ? n : 64 - at;
        const uint64_t ones = m < 64 ? (1ull << m) - 1 : UINT64_MAX;
        const uint64_t w = src ? bits_at(src, from, m) : ones;
        const uint64_t keep = at ? dst[to >> 6] & ((1ull << at) - 1) : 0;
        dst[to >> 6] = keep | w << at;
        to += m;
        from += m;
        n -= m;
    }
}

lf_rc lf_pqw_levels_add(lf_group *g, pq_column *c, const lf_column *in, uint32_t from, uint32_t n,
                        lf_error *err) {
    uint32_t nulls = 0;
    const bool all_null = c->type.id == LF_T_NULL;
    if (all_null)
        nulls = n;
    else if (in->validity != NULL)
        nulls = n - bitmap_ones(in->validity, from, n);
    if (nulls > 0 && c->leaf->max_def == 0)
        return lf_fail(err, LF_EENCODE, "a null in a column that is not nullable");
    if (nulls > 0 || c->has_def) {
        LF_TRY(pq_mem_need(g->alloc, &c->def, ((size_t)c->page_levels + n) / 8 + 16, err));
        uint64_t *bits = (uint64_t *)c->def.p;
        if (!c->has_def) {
            put_bits(bits, 0, NULL, 0, c->page_levels);
            c->has_def = true;
        }
        if (all_null) {
            put_bits(bits, c->page_levels, NULL, 0, n);
            for (uint32_t i = 0; i < n; i++) {
                const uint32_t at = c->page_levels + i;
                bits[at >> 6] &= ~(1ull << (at & 63));
            }
        } else {
            put_bits(bits, c->page_levels, in->validity, from, n);
        }
    }
    c->page_levels += n;
    c->page_rows += n;
    c->page_nulls += nulls;
    c->levels += n;
    c->rows += n;
    c->nulls += nulls;
    return LF_OK;
}

lf_rc lf_pqw_levels_add_nested(lf_group *g, pq_column *c, const uint8_t *def, const uint8_t *rep,
                               uint32_t n, uint32_t n_values, lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, &c->def, (size_t)c->page_levels + n, err));
    memcpy(c->def.p + c->page_levels, def, n);
    uint32_t rows = n;
    if (c->leaf->max_rep > 0) {
        LF_TRY(pq_mem_need(g->alloc, &c->rep, (size_t)c->page_levels + n, err));
        memcpy(c->rep.p + c->page_levels, rep, n);
        for (uint32_t i = 0; i < n; i++) {
            rows -= rep[i] != 0;
        }
    }
    c->page_levels += n;
    c->page_rows += rows;
    c->page_nulls += n - n_values;
    c->levels += n;
    c->rows += rows;
    c->nulls += n - n_values;
    return LF_OK;
}

static uint32_t width_of(uint32_t max) {
    return lf_pq_width_of(max);
}

size_t lf_pqw_levels_bound(const pq_column *c) {
    const uint32_t n = c->enc_levels;
    if (!c->leaf->nested) return n / 8 + n / 64 + 64;
    return lf_pq_rle16_bound(n, width_of(c->leaf->max_def)) +
           lf_pq_rle16_bound(n, width_of(c->leaf->max_rep)) + 128 + n / 64;
}

static uint8_t *put_length(uint8_t *at, const uint8_t *end) {
    const uint32_t n = (uint32_t)(end - at - 4);
    memcpy(at, &n, 4);
    return at + 4 + n;
}

uint8_t *lf_pqw_levels_put(const lf_group *g, const pq_column *c, uint8_t *dst, uint32_t n,
                           size_t *rep_bytes_out, size_t *def_bytes_out) {
    const uint32_t skip = g->e->set.v2 ? 0 : 4;
    uint8_t *at = dst;
    if (c->leaf->max_rep > 0) {
        uint8_t *end = lf_pq_rle_levels(g->k, at + skip, c->rep.p, n, width_of(c->leaf->max_rep));
        at = skip ? put_length(at, end) : end;
    }
    *rep_bytes_out = (size_t)(at - dst);
    uint8_t *def = at;
    if (c->leaf->max_def > 0) {
        const bool flat = !c->leaf->nested;
        const uint64_t *bits = c->enc_nulls > 0 ? (const uint64_t *)c->def.p : NULL;
        uint8_t *end =
            flat ? lf_pq_rle_bits(at + skip, bits, n)
                 : lf_pq_rle_levels(g->k, at + skip, c->def.p, n, width_of(c->leaf->max_def));
        at = skip ? put_length(at, end) : end;
    }
    *def_bytes_out = (size_t)(at - def);
    return at;
}

void lf_pqw_levels_drop(pq_column *c, uint32_t n) {
    const uint32_t rest = c->page_levels - n;
    if (c->leaf->nested) {
        if (c->leaf->max_rep > 0) memmove(c->rep.p, c->rep.p + n, rest);
        memmove(c->def.p, c->def.p + n, rest);
    } else if (c->has_def) {
        if (c->page_nulls == c->enc_nulls)
            c->has_def = false;
        else
            put_bits((uint64_t *)c->def.p, 0, (const uint64_t *)c->def.p, n, rest);
    }
    c->page_levels = rest;
    c->page_rows -= c->enc_rows;
    c->page_nulls -= c->enc_nulls;
    c->enc_levels = c->enc_rows = c->enc_nulls = 0;
}
