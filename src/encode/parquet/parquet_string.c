/* Strings on their way into a chunk.
 *
 * Until the chunk is judged, and as long as it has a dictionary, a string becomes a code at once
 * and its bytes are stored in the dictionary alone; if the dictionary is given up, the staged codes
 * are turned back into strings. Raw strings go straight into the page: their bytes are the page's
 * bytes, only lengths wait beside them for the page's end. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

/* Strings of valid rows: views, without nulls between them. */
typedef struct views {
    const uint8_t *bytes;
    const uint32_t *start, *len;
    uint32_t n;
} views;

static inline uint64_t head_be(const uint8_t *p, uint32_t len) {
    uint64_t v;
    memcpy(&v, p, 8);
    if (len < 8) v &= (1ull << (8 * len)) - 1;
    return __builtin_bswap64(v);
}

/* Up to 64 bytes without a call; reads and writes past the end, which both sides allow. */
static inline void copy_bytes(uint8_t *dst, const uint8_t *src, uint32_t len) {
    memcpy(dst, src, 16);
    if (len <= 16) return;
    memcpy(dst + 16, src + 16, 16);
    if (len <= 32) return;
    memcpy(dst + 32, src + 32, 16);
    if (len <= 48) return;
    if (len <= 64)
        memcpy(dst + 48, src + 48, 16);
    else
        memcpy(dst + 48, src + 48, len - 48);
}

static lf_rc add_prefixed(lf_group *g, pq_column *c, const uint8_t *p, uint32_t len, uint32_t i,
                          lf_error *err) {
    const uint32_t most = len < c->last_len ? len : c->last_len;
    const uint32_t shared = c->last_len ? lf_pq_common_prefix(c->last.p, p, most) : 0;
    LF_TRY(pq_mem_need(g->alloc, &c->last, len, err));
    memcpy(c->last.p + shared, p + shared, len - shared);
    c->last_len = len;
    ((uint32_t *)c->prefixes.p)[i] = shared;
    ((uint32_t *)c->lens.p)[i] = len - shared;
    memcpy(c->body.p + PQ_PREFIX_ROOM + c->body_len, p + shared, len - shared);
    c->body_len += len - shared;
    return LF_OK;
}

/* The bounds of the page: what both begin with, and the eight bytes behind that. */
typedef struct bounds {
    const uint8_t *text;
    uint32_t same;
    uint64_t lo, hi;
} bounds;

static bounds bounds_of(const pq_column *c) {
    return (bounds){c->lo_text.p, c->same_len, c->lo.u, c->hi.u};
}

/* Whether it is neither bound, as its first bytes show; the first `known` are those of the bounds.
 */
static inline bool is_between(const bounds *b, const uint8_t *p, uint32_t len, uint32_t known) {
    if (b->same > 0) {
        if (len <= b->same) return false;
        if (known < b->same && lf_pq_common_prefix(b->text, p, b->same) < b->same) return false;
    }
    const uint64_t head = head_be(p + b->same, len - b->same);
    return head > b->lo && head < b->hi;
}

/* Strings from `i` on as they stand, with their lengths beside them or (`four`) in front. Until one
 * may be a bound, or the page is filled. */
static uint32_t append_run(pq_column *c, const views *v, uint32_t i, size_t cap) {
    const bool four = c->mode == PQ_M_PLAIN;
    const bounds b = bounds_of(c);
    uint32_t *lens = (uint32_t *)c->lens.p, n_lens = c->n_lens;
    uint8_t *const body = c->body.p + PQ_PREFIX_ROOM;
    size_t at = c->body_len;
    for (; i < v->n && at + n_lens < cap; i++) {
        const uint8_t *p = v->bytes + v->start[i];
        const uint32_t len = v->len[i];
        if (!is_between(&b, p, len, 0)) break;
        if (four) {
            memcpy(body + at, &len, 4);
            at += 4;
        } else {
            lens[n_lens++] = len;
        }
        copy_bytes(body + at, p, len);
        at += len;
    }
    c->body_len = at;
    c->n_lens = n_lens;
    return i;
}

/* The same without what a string shares with the one before it. */
static lf_rc append_prefixed_run(lf_group *g, pq_column *c, const views *v, uint32_t *i_io,
                                 size_t cap, lf_error *err) {
    const bounds b = bounds_of(c);
    uint32_t *lens = (uint32_t *)c->lens.p, *prefixes = (uint32_t *)c->prefixes.p;
    uint32_t i = *i_io, n_lens = c->n_lens, last_len = c->last_len;
    uint8_t *const body = c->body.p + PQ_PREFIX_ROOM;
    const uint8_t *last = c->last.p;
    size_t at = c->body_len;
    for (; i < v->n && at + n_lens < cap; i++) {
        const uint8_t *p = v->bytes + v->start[i];
        const uint32_t len = v->len[i], most = len < last_len ? len : last_len;
        const uint32_t shared = most ? lf_pq_common_prefix(last, p, most) : 0;
        if (!is_between(&b, p, len, shared)) break;
        prefixes[n_lens] = shared;
        lens[n_lens++] = len - shared;
        copy_bytes(body + at, p + shared, len - shared);
        at += len - shared;
        last = p;
        last_len = len;
    }
    c->body_len = at;
    c->n_lens = n_lens;
    c->last_len = last_len;
    if (i == *i_io) return LF_OK;
    *i_io = i;
    LF_TRY(pq_mem_need(g->alloc, &c->last, last_len, err));
    memcpy(c->last.p, last, last_len);
    return LF_OK;
}

/* Appends strings to the page; stops behind the one that fills it. */
static lf_rc append(lf_group *g, pq_column *c, const views *v, size_t cap, uint32_t *done_out,
                    lf_error *err) {
    uint64_t total = 0;
    for (uint32_t i = 0; i < v->n; i++) {
        total += v->len[i];
    }
    LF_TRY(
        pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + total + 4ull * v->n, err));
    LF_TRY(pq_mem_need(g->alloc, &c->lens, ((size_t)c->n_lens + v->n) * 4, err));
    if (c->mode == PQ_M_PREFIX)
        LF_TRY(pq_mem_need(g->alloc, &c->prefixes, ((size_t)c->n_lens + v->n) * 4, err));
    uint32_t *lens = (uint32_t *)c->lens.p;
    const uint32_t four = c->mode == PQ_M_PLAIN ? 4 : 0;
    uint32_t i = 0;
    for (;;) {
        if (c->has_lo && c->mode == PQ_M_PREFIX)
            LF_TRY(append_prefixed_run(g, c, v, &i, cap, err));
        else if (c->has_lo)
            i = append_run(c, v, i, cap);
        if (i == v->n || pq_page_fill(c) >= cap) break;
        const uint8_t *p = v->bytes + v->start[i];
        const uint32_t len = v->len[i];
        LF_TRY(lf_pqw_stats_string(g, c, p, len, err));
        i++;
        if (c->mode == PQ_M_PREFIX) {
            LF_TRY(add_prefixed(g, c, p, len, c->n_lens++, err));
            continue;
        }
        uint8_t *out = c->body.p + PQ_PREFIX_ROOM + c->body_len;
        if (four)
            memcpy(out, &len, 4);
        else
            lens[c->n_lens++] = len;
        copy_bytes(out + four, p, len);
        c->body_len += four + len;
    }
    *done_out = i;
    return LF_OK;
}

/* Of rows [from, from + n) the valid ones. */
static lf_rc make_views(lf_group *g, const lf_column *in, uint32_t from, uint32_t n, views *out,
                        lf_error *err) {
    *out = (views){in->bytes, in->start + from, in->len + from, n};
    if (in->validity == NULL) return LF_OK;
    LF_TRY(pq_mem_need(g->alloc, &g->wide, ((size_t)n + 16) * 8, err));
    uint32_t *start = (uint32_t *)g->wide.p, *len = start + n + 16;
    out->n = g->k->compact32(start, in->start + from, in->validity, from, n);
    g->k->compact32(len, in->len + from, in->validity, from, n);
    out->start = start;
    out->len = len;
    return LF_OK;
}

/* The row of the k-th valid one from `from` on. */
static uint32_t row_of(const lf_column *in, uint32_t from, uint32_t k) {
    if (in->validity == NULL) return from + k;
    for (uint32_t r = from;; r++) {
        if (lf_column_is_valid(in, r) && k-- == 0) return r;
    }
}

static lf_rc stage_codes(lf_group *g, pq_column *c, const views *v, uint32_t *done_out,
                         lf_error *err) {
    size_t most = g->shape->layout.judge_rows;
    if (most < (size_t)c->n_stage + v->n) most = (size_t)c->n_stage + v->n; /* a nested row */
    LF_TRY(pq_mem_need(g->alloc, &c->stage, most * 2, err));
    uint16_t *codes = (uint16_t *)c->stage.p + c->n_stage;
    LF_TRY(lf_pqw_strdict_codes(&c->str, g->alloc, v->bytes, v->start, v->len, v->n, codes,
                                done_out, err));
    c->n_stage += *done_out;
    return LF_OK;
}

lf_rc lf_pqw_string_write_row(lf_group *g, pq_column *c, const lf_column *in, uint32_t from,
                              uint32_t n, bool *full_out, lf_error *err) {
    const views v = {in->bytes, in->start + from, in->len + from, n};
    uint32_t done;
    *full_out = false;
    if (c->mode != PQ_M_JUDGE && c->mode != PQ_M_DICT)
        return append(g, c, &v, SIZE_MAX, &done, err);
    const uint32_t before = c->n_stage;
    LF_TRY(stage_codes(g, c, &v, &done, err));
    if (done < n) { /* what is staged of the row goes again, as raw strings */
        c->n_stage = before;
        *full_out = true;
    }
    return LF_OK;
}

lf_rc lf_pqw_string_write(lf_group *g, pq_column *c, const lf_column *in, uint32_t from, uint32_t n,
                          uint32_t *used_out, pq_stop *stop_out, lf_error *err) {
    views v;
    uint32_t done;
    *used_out = n;
    *stop_out = PQ_STOP_NONE;
    LF_TRY(make_views(g, in, from, n, &v, err));
    if (c->mode != PQ_M_JUDGE && c->mode != PQ_M_DICT) {
        const uint32_t cap = g->shape->layout.page_bytes;
        LF_TRY(append(g, c, &v, cap, &done, err));
        if (pq_page_fill(c) >= cap) {
            *stop_out = PQ_STOP_PAGE_FULL;
            *used_out = done ? row_of(in, from, done - 1) + 1 - from : 0;
        }
        return LF_OK;
    }
    LF_TRY(stage_codes(g, c, &v, &done, err));
    if (done < v.n) {
        *stop_out = PQ_STOP_DICT_FULL;
        *used_out = row_of(in, from, done) - from;
    }
    return LF_OK;
}

lf_rc lf_pqw_string_unstage(lf_group *g, pq_column *c, lf_error *err) {
    const uint16_t *codes = (const uint16_t *)c->stage.p;
    const pq_strentry *e = (const pq_strentry *)c->str.entries.p;
    for (uint32_t i = 0; i < c->n_stage;) {
        uint32_t start[256], len[256], n = 0, done;
        for (; n < 256 && i < c->n_stage; n++, i++) {
            start[n] = e[codes[i]].at;
            len[n] = e[codes[i]].len;
        }
        LF_TRY(append(g, c, &(views){c->str.bytes.p, start, len, n}, SIZE_MAX, &done, err));
    }
    c->n_stage = 0;
    return LF_OK;
}
