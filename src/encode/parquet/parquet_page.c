/* The end of a page: levels and heads are put before its values, then it is compressed, given a
 * header and a checksum, and stored.
 *
 *     V1   header | compressed( [rep levels] [def levels] [head] values )
 *     V2   header | rep levels | def levels | compressed( [head] values )
 *
 * Values are encoded PQ_PREFIX_ROOM behind the start of their buffer, so that what goes before them
 * seldom makes them move. The head is what an encoding knows only at the end: the count of
 * DELTA_BINARY_PACKED, the lengths of DELTA_LENGTH_BYTE_ARRAY, the size of RLE booleans.
 *
 * The codec belongs to the chunk: its first page is compressed, and where that saves less than 8 %
 * the whole chunk stays as it is. */
#include "core/hash.h"
#include "encode/parquet/parquet_internal.h"
#include <string.h>

#define SAVING_MIN_PERCENT 8
#define JUDGE_BYTES_MIN    256 /* smaller first pages say nothing about the ones to come */

static int32_t encoding_of(const lf_group *g, const pq_column *c) {
    switch (c->mode) {
    case PQ_M_DICT:
        return g->e->set.encodings == PQ_ENC_PLAIN ? LF_PQ_PLAIN_DICTIONARY : LF_PQ_RLE_DICTIONARY;
    case PQ_M_DELTA:
        return LF_PQ_DELTA_BINARY_PACKED;
    case PQ_M_SPLIT:
        return LF_PQ_BYTE_STREAM_SPLIT;
    case PQ_M_RLE:
        return LF_PQ_RLE;
    case PQ_M_LENGTH:
        return LF_PQ_DELTA_LENGTH_BYTE_ARRAY;
    case PQ_M_PREFIX:
        return LF_PQ_DELTA_BYTE_ARRAY;
    default:
        return LF_PQ_PLAIN;
    }
}

/* ---- what waits for the page's end ---- */

static lf_rc flush_codes(lf_group *g, pq_column *c, lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + 64, err));
    uint8_t *body = c->body.p + PQ_PREFIX_ROOM;
    if (c->mode == PQ_M_DICT && !c->page_open) body[c->body_len++] = 0; /* a width, no values */
    uint16_t codes[16 + LF_PQ_SLACK / 2] = {0};
    memcpy(codes, c->tail, c->tail_n * sizeof *codes);
    if (c->tail_n > 0 && c->mode == PQ_M_PLAIN) {
        g->k->pack16(body + c->body_len, codes, 8, 1);
        c->body_len++;
    } else if (c->tail_n > 0) {
        uint32_t used;
        uint8_t *end =
            lf_pq_rle16(g->k, body + c->body_len, codes, c->tail_n, c->width_bits, true, &used);
        c->body_len = (size_t)(end - body);
    }
    c->tail_n = 0;
    return LF_OK;
}

/* The deltas that do not fill a block; values staged behind them move to the front. */
static lf_rc flush_delta(lf_group *g, pq_column *c, lf_error *err) {
    int64_t v[LF_PQ_DELTA_BLOCK];
    const uint32_t n = c->n_resid;
    for (uint32_t i = 0; i < n; i++) {
        v[i] = c->kind == PQ_K_I32 ? ((const int32_t *)c->stage.p)[i]
                                   : ((const int64_t *)c->stage.p)[i];
    }
    LF_TRY(pq_mem_need(g->alloc, &c->body,
                       PQ_PREFIX_ROOM + c->body_len + LF_PQ_DELTA_BLOCK_BYTES_MAX, err));
    uint8_t *body = c->body.p + PQ_PREFIX_ROOM;
    c->body_len = (size_t)(lf_pq_delta_tail(body + c->body_len, v, c->prev, n) - body);
    memmove(c->stage.p, c->stage.p + (size_t)n * c->width, (size_t)(c->n_stage - n) * c->width);
    c->n_stage -= n;
    c->n_resid = 0;
    return LF_OK;
}

static lf_rc split_body(lf_group *g, pq_column *c, lf_error *err) {
    const uint32_t n = (uint32_t)(c->body_len / 8);
    LF_TRY(pq_mem_need(g->alloc, &g->page, c->body_len, err));
    memcpy(g->page.p, c->body.p + PQ_PREFIX_ROOM, c->body_len);
    g->k->split64(c->body.p + PQ_PREFIX_ROOM, n, (const uint64_t *)g->page.p, n);
    return LF_OK;
}

static lf_rc flush_values(lf_group *g, pq_column *c, lf_error *err) {
    switch (c->mode) {
    case PQ_M_DICT:
    case PQ_M_RLE:
        return flush_codes(g, c, err);
    case PQ_M_DELTA:
        return flush_delta(g, c, err);
    case PQ_M_SPLIT:
        return split_body(g, c, err);
    default:
        return c->kind == PQ_K_BOOL ? flush_codes(g, c, err) : LF_OK;
    }
}

static size_t head_bound(const pq_column *c) {
    return c->mode == PQ_M_LENGTH   ? lf_pq_lengths_bound(c->n_lens)
           : c->mode == PQ_M_PREFIX ? 2 * lf_pq_lengths_bound(c->n_lens)
                                    : 64;
}

static uint8_t *put_head(const lf_group *g, const pq_column *c, uint8_t *at) {
    const uint32_t n = c->enc_levels - c->enc_nulls, size = (uint32_t)c->body_len;
    switch (c->mode) {
    case PQ_M_RLE:
        memcpy(at, &size, 4);
        return at + 4;
    case PQ_M_DELTA:
        return lf_pq_delta_head(at, n, n ? c->first : 0);
    case PQ_M_PREFIX:
        at = lf_pq_delta_lengths(g->k, at, (const uint32_t *)c->prefixes.p, c->n_lens);
        return lf_pq_delta_lengths(g->k, at, (const uint32_t *)c->lens.p, c->n_lens);
    case PQ_M_LENGTH:
        return lf_pq_delta_lengths(g->k, at, (const uint32_t *)c->lens.p, c->n_lens);
    default:
        return at;
    }
}

/* ---- from bytes to a stored page ---- */

typedef struct page {
    lf_pq_page_header h;
    lf_span levels; /* V2: before the values, never compressed */
    lf_span raw;    /* what the codec sees */
    bool last;      /* nothing follows that the codec could be judged by */
} page;

static lf_rc ensure_codec(lf_group *g, size_t n, lf_error *err) {
    if (g->codec != NULL && g->codec_page_bytes != g->shape->layout.page_bytes) {
        lf_compressor_destroy(g->codec);
        g->codec = NULL;
    }
    if (g->codec == NULL) {
        g->codec_page_bytes = g->shape->layout.page_bytes;
        LF_TRY(lf_compressor_create(g->alloc, g->e->set.codec, g->e->set.level,
                                    g->shape->layout.page_bytes, &g->codec, err));
    }
    return pq_mem_need(g->alloc, &g->compressed, lf_compressor_bound(g->codec, n), err);
}

static lf_rc run_codec(lf_group *g, lf_span in, size_t *n_out, lf_error *err) {
    LF_TRY(ensure_codec(g, in.len, err));
    return lf_compressor_run(g->codec, in, g->compressed.p, g->compressed.cap, n_out, err);
}

static bool saves(size_t stored, size_t raw) {
    return stored * 100 <= raw * (100 - SAVING_MIN_PERCENT);
}

/* The dictionary so far, as its page has it. */
static lf_rc put_entries(lf_group *g, const pq_column *c, pq_mem *to, size_t *n_out,
                         lf_error *err) {
    if (c->kind != PQ_K_STR) {
        const uint64_t *v = (const uint64_t *)c->num.values.p;
        LF_TRY(pq_mem_need(g->alloc, to, (size_t)c->num.n * 8, err));
        for (uint32_t i = 0; i < c->num.n; i++) {
            memcpy(to->p + (size_t)i * c->width, &v[i], c->width);
        }
        *n_out = (size_t)c->num.n * c->width;
        return LF_OK;
    }
    const pq_strentry *e = (const pq_strentry *)c->str.entries.p;
    LF_TRY(pq_mem_need(g->alloc, to, pq_strdict_page_bytes(&c->str), err));
    uint8_t *at = to->p;
    for (uint32_t i = 0; i < c->str.n; i++) {
        memcpy(at, &e[i].len, 4);
        memcpy(at + 4, c->str.bytes.p + e[i].at, e[i].len);
        at += 4 + e[i].len;
    }
    *n_out = (size_t)(at - to->p);
    return LF_OK;
}

/* The codes of a dictionary may be dense while its entries are not; those count with the first
 * page, as if it were one of several where pages are short. */
static lf_rc dictionary_pays(lf_group *g, pq_column *c, size_t page_raw, size_t page_stored,
                             bool *out, lf_error *err) {
    const size_t weight = g->shape->layout.page_rows == PQ_PAGE_ROWS_LONG ? 1 : 8;
    const size_t entries =
        c->kind == PQ_K_STR ? pq_strdict_page_bytes(&c->str) : (size_t)c->num.n * c->width;
    *out = false;
    if (entries < page_raw * weight / 8) return LF_OK;
    size_t raw, stored;
    LF_TRY(put_entries(g, c, &g->wide, &raw, err));
    LF_TRY(run_codec(g, (lf_span){g->wide.p, raw}, &stored, err));
    if (stored > raw) stored = raw;
    if (page_stored > page_raw) page_stored = page_raw;
    *out = saves(page_stored * weight + stored, page_raw * weight + raw);
    return LF_OK;
}

/* n_out may be &n. */
lf_rc lf_pqw_page_trial(lf_group *g, size_t n, size_t *n_out, lf_error *err) {
    size_t stored = 0;
    LF_TRY(run_codec(g, (lf_span){g->page.p, n}, &stored, err));
    *n_out = saves(stored, n) ? stored : n;
    return LF_OK;
}

/* The codec of the chunk, by its first page, whose compressed bytes are in g->compressed. */
static lf_rc decide(lf_group *g, pq_column *c, const page *p, size_t *n_io, lf_error *err) {
    bool on = (p->raw.len < JUDGE_BYTES_MIN && !p->last) || saves(*n_io, p->raw.len);
    if (!on && c->mode == PQ_M_DICT) {
        LF_TRY(dictionary_pays(g, c, p->raw.len, *n_io, &on, err));
        if (on) LF_TRY(run_codec(g, p->raw, n_io, err));
    }
    c->codec_state = on ? PQ_CODEC_ON : PQ_CODEC_OFF;
    return LF_OK;
}

static lf_rc compress(lf_group *g, pq_column *c, page *p, lf_span *out, lf_error *err) {
    *out = p->raw;
    p->h.is_compressed = false;
    if (g->e->set.codec == LF_CODEC_NONE) c->codec_state = PQ_CODEC_OFF;
    if (c->codec_state == PQ_CODEC_OFF) return LF_OK;
    size_t n = 0;
    LF_TRY(run_codec(g, p->raw, &n, err));
    if (c->codec_state == PQ_CODEC_UNDECIDED) {
        LF_TRY(decide(g, c, p, &n, err));
        if (c->codec_state == PQ_CODEC_OFF) return LF_OK;
    }
    if (p->h.type == LF_PQ_DATA_PAGE_V2 && n >= p->raw.len) return LF_OK;
    *out = (lf_span){g->compressed.p, n};
    p->h.is_compressed = true;
    return LF_OK;
}

/* Stores the page; its size with the header in *size_out. */
static lf_rc store(lf_group *g, pq_column *c, page *p, uint32_t *size_out, lf_error *err) {
    lf_span body;
    LF_TRY(compress(g, c, p, &body, err));
    const uint64_t raw = p->levels.len + p->raw.len, stored = p->levels.len + body.len;
    if (raw > INT32_MAX || stored > INT32_MAX)
        return lf_fail(err, LF_EENCODE, "a page of %llu bytes is too large",
                       (unsigned long long)raw);
    p->h.uncompressed_size = (int32_t)raw;
    p->h.compressed_size = (int32_t)stored;
    p->h.has_crc = true;
    p->h.crc = p->levels.len ? lf_crc32(0, p->levels.data, p->levels.len) : 0;
    p->h.crc = lf_crc32(p->h.crc, body.data, body.len);
    lf_thrift_writer w;
    lf_buf_clear(&g->head);
    lf_thrift_writer_init(&w, &g->head, err);
    lf_pq_write_page_header(&w, &p->h);
    LF_TRY(w.rc);
    LF_TRY(lf_pqw_store_append(&g->store, g->head.data, g->head.len, err));
    if (p->levels.len) LF_TRY(lf_pqw_store_append(&g->store, p->levels.data, p->levels.len, err));
    LF_TRY(lf_pqw_store_append(&g->store, body.data, body.len, err));
    *size_out = (uint32_t)(g->head.len + stored);
    c->raw_bytes += g->head.len + raw;
    c->stored_bytes += *size_out;
    return LF_OK;
}

/* Puts levels and head before the values. */
static lf_rc assemble(lf_group *g, pq_column *c, page *p, lf_error *err) {
    const bool v2 = g->e->set.v2;
    LF_TRY(pq_mem_need(g->alloc, &g->page, lf_pqw_levels_bound(c) + head_bound(c), err));
    size_t rep, def;
    uint8_t *at = lf_pqw_levels_put(g, c, g->page.p, c->enc_levels, &rep, &def);
    const size_t levels = rep + def;
    const size_t front = (size_t)(put_head(g, c, at) - g->page.p) - (v2 ? levels : 0);
    const uint8_t *from = g->page.p + (v2 ? levels : 0);
    size_t shift = 0;
    if (front > PQ_PREFIX_ROOM) {
        shift = front - PQ_PREFIX_ROOM;
        LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + shift, err));
        memmove(c->body.p + PQ_PREFIX_ROOM + shift, c->body.p + PQ_PREFIX_ROOM, c->body_len);
    }
    LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + c->body_len + shift, err));
    uint8_t *start = c->body.p + PQ_PREFIX_ROOM + shift - front;
    memcpy(start, from, front);
    p->raw = (lf_span){start, front + c->body_len};
    p->levels = (lf_span){g->page.p, v2 ? levels : 0};
    p->h = (lf_pq_page_header){.type = v2 ? LF_PQ_DATA_PAGE_V2 : LF_PQ_DATA_PAGE,
                               .num_values = (int32_t)c->enc_levels,
                               .encoding = encoding_of(g, c),
                               .def_encoding = LF_PQ_RLE,
                               .rep_encoding = LF_PQ_RLE,
                               .num_nulls = (int32_t)c->enc_nulls,
                               .num_rows = (int32_t)c->enc_rows,
                               .def_bytes = (int32_t)def,
                               .rep_bytes = (int32_t)rep};
    return LF_OK;
}

static lf_rc record(lf_group *g, pq_column *c, uint64_t at, uint32_t size, lf_error *err) {
    (void)g;
    pq_bound min, max;
    const bool has = lf_pqw_stats_page(c, &min, &max), any = c->enc_levels > c->enc_nulls;
    pq_page_rec r = {.at = at,
                     .size = size,
                     .levels = c->enc_levels,
                     .rows = c->enc_rows,
                     .nulls = c->enc_nulls,
                     .has_bounds = has,
                     .has_any = any};
    if (has) {
        r.min_len = min.len;
        r.max_len = max.len;
        lf_pqw_stats_fold(c, &min, &max);
    } else if (any) {
        c->index_off = true;
        if (c->kind == PQ_K_STR) c->bounds_off = true;
    }
    LF_TRY(lf_buf_append(&c->pages, &r, sizeof r, err));
    if (has) {
        LF_TRY(lf_buf_append(&c->pages, min.bytes, min.len, err));
        LF_TRY(lf_buf_append(&c->pages, max.bytes, max.len, err));
    }
    c->n_pages++;
    if (c->mode == PQ_M_DICT) {
        c->n_dict_pages++;
    } else {
        c->n_other_pages++;
        c->other_encoding = (uint8_t)encoding_of(g, c);
    }
    return LF_OK;
}

lf_rc lf_pqw_page_end(lf_group *g, pq_column *c, lf_error *err) {
    page p = {.last = g->sealing && c->enc_levels == c->page_levels};
    LF_TRY(flush_values(g, c, err));
    LF_TRY(assemble(g, c, &p, err));
    const uint64_t at = g->store.size;
    uint32_t size;
    LF_TRY(store(g, c, &p, &size, err));
    LF_TRY(record(g, c, at, size, err));
    lf_pqw_mem_trim(g->alloc, &c->body, 2 * (size_t)PQ_PAGE_BYTES_MAX); /* of a giant value */
    lf_pqw_mem_trim(g->alloc, &g->compressed, 2 * (size_t)PQ_PAGE_BYTES_MAX);
    c->body_len = 0;
    c->n_lens = 0;
    c->last_len = 0;
    c->page_open = false;
    lf_pqw_stats_page_begin(c);
    lf_pqw_levels_drop(c, c->enc_levels);
    return LF_OK;
}

/* ---- the dictionary page ---- */

lf_rc lf_pqw_dictionary_end(lf_group *g, pq_column *c, lf_error *err) {
    if (c->n_dict_pages == 0) return LF_OK;
    page p = {.last = true};
    size_t n;
    LF_TRY(put_entries(g, c, &g->page, &n, err));
    p.raw = (lf_span){g->page.p, n};
    p.h = (lf_pq_page_header){
        .type = LF_PQ_DICTIONARY_PAGE,
        .num_values = (int32_t)(c->kind == PQ_K_STR ? c->str.n : c->num.n),
        .encoding = g->e->set.encodings == PQ_ENC_PLAIN ? LF_PQ_PLAIN_DICTIONARY : LF_PQ_PLAIN};
    c->dict_at = g->store.size;
    return store(g, c, &p, &c->dict_stored, err);
}
