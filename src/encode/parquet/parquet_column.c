/* A column chunk as it grows: values are staged without their nulls, and every step of rows they
 * are encoded into the page at hand, in the chunk's mode.
 *
 *     write -> [stage] -- step: statistics, encode --> [body] -- page end --> store
 *
 * The first block of a chunk (judge_rows) is only staged; then lf_pqw_choose picks the mode by what
 * each would take. Steps are counted in rows of the group, so that a page ends at the same row
 * however the rows came. What does not fill a group of 8 codes or a block of 128 deltas waits
 * for the next step (tail, n_resid) and belongs to the page before. Where a page must end before
 * the rows of the step (a full dictionary), enc_levels says how many of its levels are encoded; the
 * others move on to the next page. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

static uint8_t stage_width(pq_kind kind) {
    return kind == PQ_K_I32 ? 4 : kind == PQ_K_BOOL || kind == PQ_K_STR ? 2 : 8;
}

static int32_t physical_of(lf_type t) {
    lf_pq_schema_element e;
    lf_pq_element_of(t, true, (lf_span){0}, &e);
    return e.type;
}

lf_rc lf_pqw_column_begin(lf_group *g, pq_column *c, const pq_leaf *leaf, lf_type type,
                          lf_error *err) {
    const pq_layout *l = &g->shape->layout;
    c->leaf = leaf;
    c->type = type;
    c->kind = (uint8_t)lf_pqw_kind_of(type);
    c->physical = (uint8_t)physical_of(type);
    c->width = stage_width(c->kind);
    c->fixed_len = c->kind == PQ_K_FIXED ? lf_pqw_fixed_len(type) : 0;
    c->mode = c->kind == PQ_K_FIXED ? PQ_M_PLAIN : PQ_M_JUDGE;
    c->codec_state = PQ_CODEC_UNDECIDED;
    c->tail_n = 0;
    c->probed = c->kind != PQ_K_STR || l->judge_rows <= PQ_PROBE_ROWS;
    c->step_left = c->probed ? l->judge_rows : PQ_PROBE_ROWS;
    c->levels = c->rows = c->nulls = 0;
    c->n_stage = c->n_resid = 0;
    c->body_len = 0;
    c->n_lens = c->last_len = 0;
    c->has_def = false;
    c->page_levels = c->page_rows = c->page_nulls = 0;
    c->enc_levels = c->enc_rows = c->enc_nulls = 0;
    c->page_open = false;
    c->n_pages = c->n_dict_pages = c->n_other_pages = 0;
    c->raw_bytes = c->stored_bytes = 0;
    c->dict_stored = 0;
    c->index_off = c->bounds_off = c->sealed = false;
    c->n_seen = 0;
    c->min = c->max = (pq_bound){0};
    if (c->pages.alloc == NULL) lf_buf_init(&c->pages, g->alloc, SIZE_MAX / 2);
    lf_buf_clear(&c->pages);
    lf_pqw_mem_trim(g->alloc, &c->body, 4 * (size_t)PQ_PAGE_BYTES_MAX);
    lf_pqw_stats_page_begin(c);
    if (c->kind == PQ_K_STR) {
        c->str.n = c->str.bytes_len = 0;
        if (type.id != LF_T_NULL)
            return lf_pqw_strdict_begin(&c->str, g->alloc, l->dict_bytes, l->dense != 0, err);
    }
    return LF_OK;
}

void lf_pqw_column_reset(lf_group *g, pq_column *c) {
    const lf_alloc *a = g->alloc;
    pq_mem *const all[] = {&c->stage, &c->body, &c->lens,    &c->prefixes, &c->last,
                           &c->def,   &c->rep,  &c->lo_text, &c->hi_text,  &c->seen};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        lf_pqw_mem_free(a, all[i]);
    }
    lf_pqw_numdict_free(&c->num, a);
    lf_pqw_strdict_free(&c->str, a);
    if (c->pages.alloc != NULL) lf_buf_reset(&c->pages);
    *c = (pq_column){0};
}

/* ---- staging ---- */

static uint32_t stage_bools(uint16_t *dst, const uint8_t *src, const uint64_t *valid, uint32_t from,
                            uint32_t n) {
    uint32_t k = 0;
    for (uint32_t i = from; i < from + n; i++) {
        dst[k] = src[i] != 0;
        k += valid ? (uint32_t)(valid[i >> 6] >> (i & 63) & 1) : 1;
    }
    return k;
}

/* Big-endian, cut to the fewest bytes that every value of the precision fits in. */
static lf_rc put_fixed(lf_group *g, pq_column *c, const lf_column *in, uint32_t from, uint32_t n,
                       lf_error *err) {
    const uint32_t w = c->fixed_len;
    LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + (size_t)n * w, err));
    uint8_t *out = c->body.p + PQ_PREFIX_ROOM + c->body_len;
    const __int128 *v = in->values;
    for (uint32_t i = from; i < from + n; i++) {
        if (!lf_column_is_valid(in, i)) continue;
        const __int128 x = v[i];
        if (!c->has_lo || x < c->lo_fixed) c->lo_fixed = x;
        if (!c->has_lo || x > c->hi_fixed) c->hi_fixed = x;
        c->has_lo = true;
        for (uint32_t b = 0; b < w; b++) {
            out[b] = (uint8_t)((unsigned __int128)x >> (8 * (w - 1 - b)));
        }
        out += w;
    }
    c->body_len = (size_t)(out - c->body.p) - PQ_PREFIX_ROOM;
    return LF_OK;
}

static lf_rc stage_numbers(lf_group *g, pq_column *c, const lf_column *in, uint32_t from,
                           uint32_t n, lf_error *err) {
    if (c->kind == PQ_K_FIXED) return put_fixed(g, c, in, from, n, err);
    size_t most = (size_t)g->shape->layout.judge_rows + LF_PQ_DELTA_BLOCK;
    if (most < (size_t)c->n_stage + n) most = (size_t)c->n_stage + n; /* a nested row is large */
    LF_TRY(pq_mem_need(g->alloc, &c->stage, most * c->width, err));
    uint8_t *dst = c->stage.p + (size_t)c->n_stage * c->width;
    const uint64_t *valid = in->validity;
    if (c->kind == PQ_K_BOOL) {
        c->n_stage += stage_bools((uint16_t *)dst, in->values, valid, from, n);
    } else if (valid == NULL) {
        memcpy(dst, (const uint8_t *)in->values + (size_t)from * c->width, (size_t)n * c->width);
        c->n_stage += n;
    } else if (c->width == 8) {
        c->n_stage +=
            g->k->compact64((uint64_t *)dst, (const uint64_t *)in->values + from, valid, from, n);
    } else {
        c->n_stage +=
            g->k->compact32((uint32_t *)dst, (const uint32_t *)in->values + from, valid, from, n);
    }
    return LF_OK;
}

/* ---- encoding what is staged ---- */

static void note_encoded(pq_column *c) {
    c->enc_levels = c->page_levels;
    c->enc_rows = c->page_rows;
    c->enc_nulls = c->page_nulls;
}

static lf_rc page_end_encoded(lf_group *g, pq_column *c, lf_error *err) {
    return c->enc_levels > 0 ? lf_pqw_page_end(g, c, err) : LF_OK;
}

static lf_rc put_delta(lf_group *g, pq_column *c, lf_error *err) {
    uint32_t n = c->n_stage, at = 0;
    const int64_t *v = (const int64_t *)c->stage.p;
    if (c->kind == PQ_K_I32) {
        LF_TRY(pq_mem_need(g->alloc, &g->wide, (size_t)n * 8, err));
        int64_t *wide = (int64_t *)g->wide.p;
        const int32_t *narrow = (const int32_t *)c->stage.p;
        for (uint32_t i = 0; i < n; i++) {
            wide[i] = narrow[i];
        }
        v = wide;
    }
    if (!c->page_open && n > 0) {
        c->first = c->prev = v[0];
        c->page_open = true;
        at = 1;
    }
    const uint32_t blocks = (n - at) / LF_PQ_DELTA_BLOCK;
    if (blocks > 0) { /* through scratch, as the bound is far above what blocks take */
        LF_TRY(pq_mem_need(g->alloc, &g->page, (size_t)blocks * LF_PQ_DELTA_BLOCK_BYTES_MAX, err));
        const uint8_t *end = g->k->delta_blocks(g->page.p, v + at, c->prev, blocks);
        const size_t bytes = (size_t)(end - g->page.p);
        LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + bytes, err));
        memcpy(c->body.p + PQ_PREFIX_ROOM + c->body_len, g->page.p, bytes);
        c->body_len += bytes;
        at += blocks * LF_PQ_DELTA_BLOCK;
        c->prev = v[at - 1];
    }
    memmove(c->stage.p, c->stage.p + (size_t)at * c->width, (size_t)(n - at) * c->width);
    c->n_stage = c->n_resid = n - at;
    return LF_OK;
}

static lf_rc put_plain(lf_group *g, pq_column *c, lf_error *err) {
    const size_t n = (size_t)c->n_stage * c->width;
    LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + n, err));
    memcpy(c->body.p + PQ_PREFIX_ROOM + c->body_len, c->stage.p, n);
    c->body_len += n;
    c->n_stage = 0;
    return LF_OK;
}

/* Dictionary codes of the staged numbers, and (not of doubles) their bounds as signed ones; a full
 * dictionary is left for the fallback. */
static lf_rc step_number_codes(lf_group *g, pq_column *c, int64_t *min, int64_t *max,
                               bool *full_out, lf_error *err) {
    const uint32_t n = c->n_stage;
    const uint64_t *v = (const uint64_t *)c->stage.p;
    LF_TRY(pq_mem_need(g->alloc, &g->codes, ((size_t)n + 32) * 2, err)); /* codes_put adds */
    *min = INT64_MAX;
    *max = INT64_MIN;
    if (c->kind == PQ_K_I32) {
        LF_TRY(pq_mem_need(g->alloc, &g->wide, (size_t)n * 8, err));
        int64_t *wide = (int64_t *)g->wide.p;
        for (uint32_t i = 0; i < n; i++) {
            wide[i] = ((const int32_t *)c->stage.p)[i];
        }
        v = (const uint64_t *)wide;
    }
    const bool close = c->kind != PQ_K_F64;
    if (close) g->k->minmax_i64((const int64_t *)v, n, min, max);
    return lf_pqw_numdict_codes(&c->num, g->alloc, v, n, close, *min, *max, (uint16_t *)g->codes.p,
                                full_out, err);
}

static lf_rc step_numbers(lf_group *g, pq_column *c, lf_error *err) {
    if (c->mode == PQ_M_DICT) {
        bool full;
        int64_t min, max;
        LF_TRY(step_number_codes(g, c, &min, &max, &full, err));
        if (!full) {
            const uint32_t n = c->n_stage;
            if (n == 0) return LF_OK;
            LF_TRY(lf_pqw_codes_open(g, c, c->num.n, err));
            if (c->kind == PQ_K_I64 || c->kind == PQ_K_I32)
                lf_pqw_stats_range(c, min, max);
            else
                lf_pqw_stats_numbers(g, c, c->stage.p, n);
            c->n_stage = 0;
            return lf_pqw_codes_put(g, c, (const uint16_t *)g->codes.p, n, err);
        }
        LF_TRY(page_end_encoded(g, c, err));
        c->mode = c->fallback;
    }
    lf_pqw_stats_numbers(g, c, c->stage.p + (size_t)c->n_resid * c->width, c->n_stage - c->n_resid);
    return c->mode == PQ_M_DELTA ? put_delta(g, c, err) : put_plain(g, c, err);
}

static lf_rc step_strings(lf_group *g, pq_column *c, lf_error *err) {
    if (c->mode != PQ_M_DICT || c->n_stage == 0) return LF_OK;
    const uint32_t n = c->n_stage;
    const uint16_t *codes = (const uint16_t *)c->stage.p;
    LF_TRY(lf_pqw_codes_open(g, c, c->str.n, err));
    LF_TRY(lf_pqw_stats_codes(g, c, codes, n, err));
    c->n_stage = 0;
    return lf_pqw_codes_put(g, c, codes, n, err);
}

static lf_rc step_bools(lf_group *g, pq_column *c, lf_error *err) {
    const uint32_t n = c->n_stage;
    const uint16_t *v = (const uint16_t *)c->stage.p;
    for (uint32_t i = 0; i < n; i++) {
        if (!c->has_lo || v[i] < c->lo.u) c->lo.u = v[i];
        if (!c->has_lo || v[i] > c->hi.u) c->hi.u = v[i];
        c->has_lo = true;
    }
    c->n_stage = 0;
    c->width_bits = 1;
    return n ? lf_pqw_codes_put(g, c, v, n, err) : LF_OK;
}

lf_rc lf_pqw_column_step(lf_group *g, pq_column *c, lf_error *err) {
    const pq_layout *l = &g->shape->layout;
    LF_TRY(pq_mem_need(g->alloc, &c->stage, 1, err)); /* nulls alone never staged anything */
    if (c->mode == PQ_M_JUDGE) LF_TRY(lf_pqw_choose(g, c, true, err));
    if (c->kind == PQ_K_STR)
        LF_TRY(step_strings(g, c, err));
    else if (c->kind == PQ_K_BOOL)
        LF_TRY(step_bools(g, c, err));
    else if (c->kind != PQ_K_FIXED)
        LF_TRY(step_numbers(g, c, err));
    note_encoded(c);
    const bool full = c->page_levels >= l->page_rows || pq_page_fill(c) >= l->page_bytes;
    return full ? lf_pqw_page_end(g, c, err) : LF_OK;
}

/* ---- writing ---- */

/* At a row that the layout fixes. */
static lf_rc at_step(lf_group *g, pq_column *c, lf_error *err) {
    const pq_layout *l = &g->shape->layout;
    if (!c->probed) {
        c->probed = true;
        c->step_left = l->judge_rows - PQ_PROBE_ROWS;
        if (c->mode != PQ_M_JUDGE || !lf_pqw_string_hopeless(c)) return LF_OK;
        return lf_pqw_column_step(g, c, err);
    }
    c->step_left = l->step_rows;
    return lf_pqw_column_step(g, c, err);
}

/* A string that the dictionary has no room for: the next ones go into pages as they are. */
static lf_rc leave_dictionary(lf_group *g, pq_column *c, lf_error *err) {
    if (c->mode == PQ_M_JUDGE) {
        LF_TRY(lf_pqw_choose(g, c, false, err));
        return lf_pqw_column_step(g, c, err);
    }
    LF_TRY(step_strings(g, c, err));
    note_encoded(c);
    LF_TRY(page_end_encoded(g, c, err));
    c->mode = c->fallback;
    /* Some old readers take a chunk for all dictionary or all plain. */
    const bool restart = g->e->set.encodings == PQ_ENC_PLAIN && !c->leaf->nested;
    return restart ? lf_pqw_column_restart(g, c, err) : LF_OK;
}

lf_rc lf_pqw_column_write(lf_group *g, pq_column *c, const lf_column *in, uint32_t n_rows,
                          lf_error *err) {
    for (uint32_t r = 0; r < n_rows;) {
        const uint32_t n = n_rows - r < c->step_left ? n_rows - r : c->step_left;
        uint32_t used = n;
        pq_stop stop = PQ_STOP_NONE;
        if (c->type.id != LF_T_NULL) {
            if (c->kind == PQ_K_STR)
                LF_TRY(lf_pqw_string_write(g, c, in, r, n, &used, &stop, err));
            else
                LF_TRY(stage_numbers(g, c, in, r, n, err));
        }
        LF_TRY(lf_pqw_levels_add(g, c, in, r, used, err));
        r += used;
        c->step_left -= used;
        if (stop == PQ_STOP_DICT_FULL) LF_TRY(leave_dictionary(g, c, err));
        if (c->step_left == 0)
            LF_TRY(at_step(g, c, err));
        else if (stop == PQ_STOP_PAGE_FULL)
            LF_TRY(lf_pqw_column_step(g, c, err));
    }
    return LF_OK;
}

/* Of one batch. */
typedef struct levels {
    const uint8_t *def, *rep;
    uint32_t n;
} levels;

/* Behind levels [i, j) the whole rows that the step still takes: at least one. Of strings that go
 * into the page no row that may fill it, unless it is the only one: a page may end behind any. */
static uint32_t rows_end(const pq_column *c, const lf_column *values, const levels *l, uint32_t i,
                         uint32_t v, size_t cap) {
    const bool raw = c->kind == PQ_K_STR && c->mode != PQ_M_JUDGE && c->mode != PQ_M_DICT;
    const uint8_t max = (uint8_t)c->leaf->max_def;
    size_t fill = pq_page_fill(c);
    uint32_t j = i;
    do {
        uint32_t end = j + 1;
        while (end < l->n && l->rep[end] != 0) {
            end++;
        }
        for (uint32_t k = j; raw && k < end; k++) {
            if (l->def[k] == max) fill += values->len[v++] + 4ul; /* at most */
        }
        if (raw && j > i && fill >= cap) return j;
        j = end;
    } while (j < l->n && j - i < c->step_left);
    return j;
}

/* The first of the rows that end at j. */
static uint32_t first_row(const levels *l, uint32_t i, uint32_t j) {
    uint32_t end = i + 1;
    while (end < j && l->rep[end] != 0) {
        end++;
    }
    return end;
}

/* *full_out: none was taken, as the dictionary is full. */
static lf_rc write_nested_values(lf_group *g, pq_column *c, const lf_column *in, uint32_t from,
                                 uint32_t n, bool *full_out, lf_error *err) {
    *full_out = false;
    if (c->type.id == LF_T_NULL || n == 0) return LF_OK;
    if (c->kind != PQ_K_STR) return stage_numbers(g, c, in, from, n, err);
    return lf_pqw_string_write_row(g, c, in, from, n, full_out, err);
}

/* How many of n levels are `level`: sums of a byte each, which a compiler makes vectors of. */
static uint32_t count_level(const uint8_t *levels, uint32_t n, uint8_t level) {
    uint32_t sum = 0;
    for (uint32_t i = 0; i < n;) {
        const uint32_t end = n - i < 255 ? n : i + 255;
        uint8_t part = 0;
        for (; i < end; i++) {
            part = (uint8_t)(part + (levels[i] == level));
        }
        sum += part;
    }
    return sum;
}

/* Where behind `from` the k-th level from there on is that is `level` (k from 0). */
static uint32_t level_at(const uint8_t *levels, uint32_t from, uint8_t level, uint32_t k) {
    for (uint32_t i = from;; i++) {
        if (levels[i] == level && k-- == 0) return i;
    }
}

/* Members of structs alone: a level is a row, as in flat columns, and a page may end behind any. */
static lf_rc write_member(lf_group *g, pq_column *c, const lf_column *values, const uint8_t *def,
                          uint32_t n, lf_error *err) {
    const uint8_t max = (uint8_t)c->leaf->max_def;
    const bool typed = c->type.id != LF_T_NULL;
    uint32_t v = 0;
    for (uint32_t i = 0; i < n;) {
        uint32_t rows = n - i < c->step_left ? n - i : c->step_left;
        uint32_t k = count_level(def + i, rows, max);
        pq_stop stop = PQ_STOP_NONE;
        if (typed && k > 0 && c->kind == PQ_K_STR) {
            uint32_t used;
            LF_TRY(lf_pqw_string_write(g, c, values, v, k, &used, &stop, err));
            if (stop == PQ_STOP_PAGE_FULL)
                rows = used ? level_at(def, i, max, used - 1) + 1 - i : 0;
            if (stop == PQ_STOP_DICT_FULL) rows = level_at(def, i, max, used) - i;
            k = used;
        } else if (typed && k > 0) {
            LF_TRY(stage_numbers(g, c, values, v, k, err));
        }
        LF_TRY(lf_pqw_levels_add_nested(g, c, def + i, NULL, rows, k, err));
        v += k;
        i += rows;
        c->step_left -= rows;
        if (stop == PQ_STOP_DICT_FULL) LF_TRY(leave_dictionary(g, c, err));
        if (c->step_left == 0)
            LF_TRY(at_step(g, c, err));
        else if (stop == PQ_STOP_PAGE_FULL)
            LF_TRY(lf_pqw_column_step(g, c, err));
    }
    return LF_OK;
}

lf_rc lf_pqw_column_write_levels(lf_group *g, pq_column *c, const lf_column *values,
                                 const uint8_t *def, const uint8_t *rep, uint32_t n,
                                 lf_error *err) {
    if (c->leaf->max_rep == 0) return write_member(g, c, values, def, n, err);
    const levels l = {def, rep, n};
    const size_t cap = g->shape->layout.page_bytes;
    bool single = false; /* the dictionary has no room for one of the next rows */
    uint32_t v = 0;
    for (uint32_t i = 0; i < n;) {
        const uint32_t j = single ? first_row(&l, i, n) : rows_end(c, values, &l, i, v, cap);
        const uint32_t k = count_level(def + i, j - i, (uint8_t)c->leaf->max_def);
        bool full;
        LF_TRY(write_nested_values(g, c, values, v, k, &full, err));
        if (full && first_row(&l, i, j) < j) {
            single = true;
            continue;
        }
        if (full) {
            LF_TRY(leave_dictionary(g, c, err));
            LF_TRY(write_nested_values(g, c, values, v, k, &full, err));
            single = false;
        }
        LF_TRY(lf_pqw_levels_add_nested(g, c, def + i, rep + i, j - i, k, err));
        c->step_left -= j - i < c->step_left ? j - i : c->step_left;
        v += k;
        i = j;
        if (c->step_left == 0)
            LF_TRY(at_step(g, c, err));
        else if (pq_page_fill(c) >= cap)
            LF_TRY(lf_pqw_column_step(g, c, err));
    }
    return LF_OK;
}

lf_rc lf_pqw_column_seal(lf_group *g, pq_column *c, lf_error *err) {
    if (c->levels == 0 || c->sealed) return LF_OK;
    c->sealed = true;
    LF_TRY(lf_pqw_column_step(g, c, err));
    if (c->page_levels > 0) LF_TRY(lf_pqw_page_end(g, c, err));
    return lf_pqw_dictionary_end(g, c, err);
}
