/* The commit log: what the footer and the page index will need of each finished chunk.
 *
 * A record per chunk with its page records behind it, a record per group that says where they
 * start; both logs move to temporary files when they grow, so that a file of any length is
 * written in the same memory. Page records need no offsets: pages follow one another. */
#include "encode/parquet/parquet_internal.h"
#include <string.h>

static int32_t codec_of(const lf_group *g, const pq_column *c) {
    return c->codec_state == PQ_CODEC_ON ? lf_pq_codec_to(g->e->set.codec) : LF_PQ_UNCOMPRESSED;
}

static lf_rc log_chunk(lf_group *g, const pq_column *c, uint64_t offset, lf_error *err) {
    pq_chunk_rec r;
    memset(&r, 0, sizeof r); /* also what lies between the members */
    r.offset = offset;
    r.levels = c->levels;
    r.nulls = c->nulls;
    r.raw_bytes = c->raw_bytes;
    r.stored_bytes = c->stored_bytes;
    r.n_pages = c->n_pages;
    r.pages_bytes = (uint32_t)c->pages.len;
    r.dict_bytes = c->dict_stored;
    r.n_dict_pages = c->n_dict_pages;
    r.n_other_pages = c->n_other_pages;
    r.type = c->type;
    r.physical = c->physical;
    r.codec = (uint8_t)codec_of(g, c);
    r.encoding = c->other_encoding;
    r.has_bounds = c->min.set && c->max.set && !c->bounds_off;
    r.index = !c->index_off;
    r.min = c->min;
    r.max = c->max;
    LF_TRY(lf_spill_append(&g->e->chunks, &r, sizeof r, NULL, err));
    return lf_spill_append(&g->e->chunks, c->pages.data, c->pages.len, NULL, err);
}

lf_rc lf_pqw_log_commit(lf_group *g, lf_error *err) {
    lf_encoder *e = g->e;
    pq_group_rec r = {.offset = g->offset,
                      .bytes = g->bytes,
                      .rows = g->rows,
                      .log_at = e->chunks.size,
                      .n_chunks = g->shape->n_leaves,
                      .mixed = g->mixed};
    uint64_t offset = 0;
    LF_TRY(lf_pqw_shape_keep(g, &r.shape, err));
    for (uint32_t i = 0; i < g->shape->n_leaves; i++) {
        LF_TRY(log_chunk(g, &g->cols[i], offset, err));
        offset += g->cols[i].stored_bytes;
    }
    r.log_bytes = e->chunks.size - r.log_at;
    return lf_spill_append(&e->groups, &r, sizeof r, NULL, err);
}

lf_rc lf_pqw_log_group(lf_encoder *e, uint64_t group, pq_group_rec *out, lf_error *err) {
    return lf_spill_read(&e->groups, group * sizeof *out, out, sizeof *out, err);
}

lf_rc lf_pqw_log_find(lf_encoder *e, const pq_group_rec *g, uint32_t leaf, pq_chunk_rec *out,
                      lf_buf *pages, lf_error *err) {
    uint32_t i = 0;
    uint64_t at = g->log_at;
    if (e->found_log == g->log_at && e->found_leaf <= leaf) { /* chunks are asked for in order */
        i = e->found_leaf;
        at = e->found_at;
    }
    for (; i <= leaf; i++) {
        e->found_log = g->log_at;
        e->found_leaf = i;
        e->found_at = at;
        LF_TRY(lf_pqw_log_chunk(e, &at, out, i == leaf ? pages : NULL, err));
    }
    return LF_OK;
}

lf_rc lf_pqw_log_chunk(lf_encoder *e, uint64_t *at_io, pq_chunk_rec *out, lf_buf *pages,
                       lf_error *err) {
    LF_TRY(lf_spill_read(&e->chunks, *at_io, out, sizeof *out, err));
    if (pages != NULL) {
        lf_buf_clear(pages);
        LF_TRY(lf_buf_reserve(pages, out->pages_bytes, err));
        LF_TRY(lf_spill_read(&e->chunks, *at_io + sizeof *out, pages->data, out->pages_bytes, err));
        pages->len = out->pages_bytes;
    }
    *at_io += sizeof *out + out->pages_bytes;
    return LF_OK;
}

bool lf_pqw_page_next(lf_span *in, pq_page_rec *out, pq_bound *min, pq_bound *max) {
    if (in->len < sizeof *out) return false;
    memcpy(out, in->data, sizeof *out);
    in->data += sizeof *out;
    in->len -= sizeof *out;
    min->len = out->min_len;
    max->len = out->max_len;
    min->set = max->set = out->has_bounds;
    memcpy(min->bytes, in->data, out->min_len);
    memcpy(max->bytes, in->data + out->min_len, out->max_len);
    const size_t n = (size_t)out->min_len + out->max_len;
    in->data += n;
    in->len -= n;
    return true;
}
