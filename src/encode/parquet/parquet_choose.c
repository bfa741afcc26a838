/* Which encoding a chunk gets, judged on its first block alone.
 *
 * Each candidate is measured by the bytes it would take for the block. A dictionary is paid once
 * and used by the whole chunk, so that its entries count in full only where they still grow fast
 * or where the block is all there is. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

#define SAMPLE 4096u

static bool is_whole(const lf_group *g, const pq_column *c) {
    return c->levels < g->shape->layout.judge_rows;
}

/* How many entries a dictionary grows to that has n_half after the first half of the block and n
 * after all of it, were all values equally likely: with K values and m draws it has K (1 - q),
 * after 2 m draws K (1 - q^2), hence q = n / n_half - 1 and K = n_half / (1 - q). */
static uint64_t grown(uint64_t n_half, uint64_t n) {
    const uint64_t left = 2 * n_half > n ? 2 * n_half - n : 0;
    return left * 64 > n_half ? n_half * n_half / left : n * 64;
}

/* What a dictionary of entry_bytes would cost the block, whose codes take code_bytes. A block of
 * many columns is far shorter than its chunk: there the dictionary is the one that it grows to,
 * shared by as many blocks as make up PQ_JUDGE_ROWS. */
static uint64_t dict_cost(const lf_group *g, const pq_column *c, uint64_t entry_bytes,
                          uint32_t n_entries, const uint16_t *codes, uint64_t code_bytes) {
    const uint32_t n = c->n_stage;
    if (is_whole(g, c)) return code_bytes + entry_bytes;
    if (g->shape->layout.judge_rows >= PQ_JUDGE_ROWS / 2)
        return code_bytes + (n_entries < n / 4 ? entry_bytes / 4 : entry_bytes);
    uint32_t n_half = 0;
    for (uint32_t i = 0; i < n / 2; i++) {
        n_half = codes[i] >= n_half ? codes[i] + 1u : n_half;
    }
    const uint64_t most = grown(n_half, n_entries);
    if (entry_bytes * most / (n_entries ? n_entries : 1) > g->shape->layout.dict_bytes)
        return UINT64_MAX / 16; /* it would end in mid-chunk */
    const uint64_t now = lf_pq_width_of(n_entries > 1 ? n_entries - 1 : 1);
    const uint64_t then = most < 65536 ? lf_pq_width_of(most > 1 ? (uint32_t)most - 1 : 1) : 17;
    return code_bytes * then / now +
           entry_bytes * most / (n_entries ? n_entries : 1) * n / PQ_JUDGE_ROWS;
}

/* ---- numbers ---- */

static const int64_t *widened(lf_group *g, pq_column *c, lf_error *err) {
    if (c->kind != PQ_K_I32) return (const int64_t *)c->stage.p;
    if (pq_mem_need(g->alloc, &g->wide, (size_t)c->n_stage * 8, err) != LF_OK) return NULL;
    int64_t *wide = (int64_t *)g->wide.p;
    for (uint32_t i = 0; i < c->n_stage; i++) {
        wide[i] = ((const int32_t *)c->stage.p)[i];
    }
    return wide;
}

/* The block as DELTA_BINARY_PACKED, in g->page. */
static lf_rc encode_delta(lf_group *g, const int64_t *v, uint32_t n, size_t *out, lf_error *err) {
    const uint32_t blocks = n > 1 ? (n - 1) / LF_PQ_DELTA_BLOCK : 0;
    LF_TRY(pq_mem_need(g->alloc, &g->page, (blocks + 1ull) * LF_PQ_DELTA_BLOCK_BYTES_MAX, err));
    uint8_t *end = blocks ? g->k->delta_blocks(g->page.p, v + 1, v[0], blocks) : g->page.p;
    const uint32_t done = 1 + blocks * LF_PQ_DELTA_BLOCK;
    if (n > done) end = lf_pq_delta_tail(end, v + done, v[done - 1], n - done);
    *out = (size_t)(end - g->page.p);
    return LF_OK;
}

/* The block's codes, in g->page. */
static lf_rc encode_codes(lf_group *g, uint16_t *codes, uint32_t n, uint32_t entries, size_t *out,
                          lf_error *err) {
    const uint32_t width = lf_pq_width_of(entries ? entries - 1 : 0);
    LF_TRY(pq_mem_need(g->alloc, &g->page, lf_pq_rle16_bound(n, width), err));
    uint32_t used;
    *out = (size_t)(lf_pq_rle16(g->k, g->page.p, codes, n, width, true, &used) - g->page.p);
    return LF_OK;
}

/* Codes of the block in g->codes. *fits_out false: a dictionary is out of the question. */
static lf_rc number_codes(lf_group *g, pq_column *c, const int64_t *v, bool *fits_out,
                          lf_error *err) {
    const uint32_t n = c->n_stage;
    *fits_out = false;
    int64_t min = INT64_MAX, max = INT64_MIN;
    bool full;
    const bool close = c->kind != PQ_K_F64;
    if (close) g->k->minmax_i64(v, n, &min, &max);
    LF_TRY(pq_mem_need(g->alloc, &g->codes, ((size_t)n + 16) * 2, err));
    uint16_t *codes = (uint16_t *)g->codes.p;
    const uint32_t first = n < SAMPLE ? n : SAMPLE;
    LF_TRY(lf_pqw_numdict_codes(&g->trial, g->alloc, (const uint64_t *)v, first, close, min, max,
                                codes, &full, err));
    if (full || (n > SAMPLE && g->trial.n > SAMPLE / 4 * 3)) return LF_OK;
    LF_TRY(lf_pqw_numdict_codes(&g->trial, g->alloc, (const uint64_t *)v + first, n - first, close,
                                min, max, codes + first, &full, err));
    *fits_out = !full;
    return LF_OK;
}

/* A dictionary against the best of the others, where both are near each other and a codec comes
 * after them: what they take once compressed. A long window finds more in codes than in deltas,
 * and more in a page than in this block. */
static lf_rc dict_wins(lf_group *g, pq_column *c, const int64_t *v, uint64_t other, bool *out,
                       lf_error *err) {
    const uint32_t n = c->n_stage;
    uint16_t *codes = (uint16_t *)g->codes.p;
    size_t packed;
    const uint64_t entries = (uint64_t)g->trial.n * c->width;
    LF_TRY(encode_codes(g, codes, n, g->trial.n, &packed, err));
    uint64_t mine = dict_cost(g, c, entries, g->trial.n, codes, packed);
    *out = mine < other;
    if (c->mode != PQ_M_DELTA || g->e->set.codec == LF_CODEC_NONE) return LF_OK;
    if (mine > 2 * other || other > 2 * mine) return LF_OK;
    LF_TRY(lf_pqw_page_trial(g, packed, &packed, err));
    mine = dict_cost(g, c, entries, g->trial.n, codes, packed);
    size_t deltas;
    LF_TRY(encode_delta(g, v, n, &deltas, err));
    LF_TRY(lf_pqw_page_trial(g, deltas, &deltas, err));
    const bool long_window = g->shape->layout.page_rows == PQ_PAGE_ROWS_LONG;
    *out = mine * 10 < (uint64_t)deltas * (long_window ? 11 : 10);
    return LF_OK;
}

/* BYTE_STREAM_SPLIT is as long as PLAIN; it can only win once compressed. */
static lf_rc split_wins(lf_group *g, const pq_column *c, bool *out, lf_error *err) {
    *out = false;
    if (g->e->set.codec == LF_CODEC_NONE) return LF_OK;
    const uint32_t n = c->n_stage;
    size_t plain, split;
    LF_TRY(pq_mem_need(g->alloc, &g->page, (size_t)n * 8, err));
    memcpy(g->page.p, c->stage.p, (size_t)n * 8);
    LF_TRY(lf_pqw_page_trial(g, (size_t)n * 8, &plain, err));
    g->k->split64(g->page.p, n, (const uint64_t *)c->stage.p, n);
    LF_TRY(lf_pqw_page_trial(g, (size_t)n * 8, &split, err));
    const bool long_window = g->shape->layout.page_rows == PQ_PAGE_ROWS_LONG;
    *out = split * 10 < plain * (long_window ? 9 : 10); /* which finds more in a whole page */
    return LF_OK;
}

static lf_rc choose_number(lf_group *g, pq_column *c, lf_error *err) {
    const pq_encodings set = g->e->set.encodings;
    const uint32_t n = c->n_stage;
    c->mode = c->fallback = PQ_M_PLAIN;
    if (n == 0) return LF_OK;
    if (c->kind == PQ_K_F64 && set == PQ_ENC_MODERN) {
        bool split;
        LF_TRY(split_wins(g, c, &split, err));
        if (split) c->mode = c->fallback = PQ_M_SPLIT;
    }
    const int64_t *v = widened(g, c, err);
    if (v == NULL) return LF_ENO_MEMORY;
    uint64_t best = (uint64_t)n * c->width;
    if (c->kind != PQ_K_F64 && set != PQ_ENC_PLAIN) {
        size_t deltas;
        LF_TRY(encode_delta(g, v, n, &deltas, err));
        if (deltas + 16 < best) {
            best = deltas + 16;
            c->mode = c->fallback = PQ_M_DELTA;
        }
    }
    bool fits;
    lf_pqw_numdict_begin(&g->trial, g->shape->layout.dict_bytes, c->width,
                         g->shape->layout.dense != 0);
    LF_TRY(number_codes(g, c, v, &fits, err));
    if (fits) LF_TRY(dict_wins(g, c, v, best, &fits, err));
    if (!fits) return LF_OK;
    c->mode = PQ_M_DICT;
    return lf_pqw_numdict_copy(&c->num, g->alloc, &g->trial, err);
}

/* ---- booleans ---- */

/* Staged codes, where the packer may pad them. */
static lf_rc copy_codes(lf_group *g, const pq_column *c, lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, &g->codes, ((size_t)c->n_stage + 16) * 2, err));
    memcpy(g->codes.p, c->stage.p, (size_t)c->n_stage * 2);
    return LF_OK;
}

static lf_rc choose_bool(lf_group *g, pq_column *c, lf_error *err) {
    const uint32_t n = c->n_stage;
    c->mode = PQ_M_PLAIN;
    if (g->e->set.encodings == PQ_ENC_PLAIN || n == 0) return LF_OK;
    size_t runs;
    LF_TRY(copy_codes(g, c, err));
    LF_TRY(encode_codes(g, (uint16_t *)g->codes.p, n, 2, &runs, err));
    if (runs * 2 < n / 8) c->mode = PQ_M_RLE;
    return LF_OK;
}

/* ---- strings ---- */

bool lf_pqw_string_hopeless(const pq_column *c) {
    return c->str.n > c->n_stage / 8 * 7 && c->n_stage >= PQ_PROBE_ROWS / 2;
}

/* Bytes of the staged strings, and how many of them repeat the start of the one before. */
static uint64_t measure_strings(const pq_column *c, uint64_t *shared_out) {
    const uint16_t *codes = (const uint16_t *)c->stage.p;
    const pq_strentry *e = (const pq_strentry *)c->str.entries.p, *last = NULL;
    uint64_t bytes = 0, shared = 0;
    for (uint32_t i = 0; i < c->n_stage; i++) {
        const pq_strentry *x = &e[codes[i]];
        bytes += x->len;
        if (last != NULL) {
            const uint32_t n = x->len < last->len ? x->len : last->len;
            if (n > 0)
                shared += lf_pq_common_prefix(c->str.bytes.p + last->at, c->str.bytes.p + x->at, n);
        }
        last = x;
    }
    *shared_out = shared;
    return bytes;
}

static lf_rc choose_string(lf_group *g, pq_column *c, bool dict_ok, lf_error *err) {
    const bool plain = g->e->set.encodings == PQ_ENC_PLAIN;
    const uint32_t n = c->n_stage;
    c->mode = c->fallback = plain ? PQ_M_PLAIN : PQ_M_LENGTH;
    if (n == 0) return LF_OK;
    uint64_t shared, bytes = measure_strings(c, &shared);
    uint64_t best = bytes + (plain ? 4ull * n : n);
    if (!plain && shared > bytes / 6 && shared > 2ull * n) {
        best = bytes - shared + 2ull * n;
        c->mode = c->fallback = PQ_M_PREFIX;
    }
    if (dict_ok) {
        size_t codes;
        LF_TRY(copy_codes(g, c, err));
        LF_TRY(encode_codes(g, (uint16_t *)g->codes.p, n, c->str.n, &codes, err));
        if (dict_cost(g, c, pq_strdict_page_bytes(&c->str), c->str.n, (const uint16_t *)c->stage.p,
                      codes) < best)
            c->mode = PQ_M_DICT;
    }
    if (c->mode == PQ_M_DICT) return LF_OK;
    LF_TRY(lf_pqw_string_unstage(g, c, err));
    if (g->shape->layout.dense != 0) lf_pqw_strdict_free(&c->str, g->alloc);
    return LF_OK;
}

lf_rc lf_pqw_choose(lf_group *g, pq_column *c, bool dict_ok, lf_error *err) {
    if (c->kind == PQ_K_BOOL) return choose_bool(g, c, err);
    if (c->kind == PQ_K_STR) return choose_string(g, c, dict_ok, err);
    return choose_number(g, c, err);
}
