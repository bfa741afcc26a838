/* Codes of a dictionary, and booleans, on their way into a page.
 *
 * All codes of a page have one width, but its dictionary still grows. Where it outgrows the width
 * the codes that are in the page are packed anew, which happens at most sixteen times a chunk and
 * mostly near its start: pages end where the layout says and not where dictionaries grow, so that
 * the first page, on which the codec is judged, is like the others. */
#include "encode/parquet/parquet_internal.h"
#include "format/parquet/pq_decode.h"
#include <string.h>

#define REPACK_CODES 4096u

static lf_rc repack(lf_group *g, pq_column *c, uint32_t width, lf_error *err) {
    uint32_t left = c->enc_levels - c->enc_nulls - c->tail_n, wide[REPACK_CODES];
    uint16_t codes[REPACK_CODES + LF_PQ_SLACK / 2];
    const lf_span in = {c->body.p + PQ_PREFIX_ROOM + 1, c->body_len - 1};
    lf_pq_rle from;
    if (!lf_pq_rle_init(&from, in, c->width_bits)) return lf_fail(err, LF_EINTERNAL, "code width");
    const size_t blocks = left / REPACK_CODES + 1;
    LF_TRY(pq_mem_need(g->alloc, &g->page, blocks * lf_pq_rle16_bound(REPACK_CODES, width), err));
    uint8_t *at = g->page.p;
    while (left > 0) {
        const uint32_t n = left < REPACK_CODES ? left : REPACK_CODES;
        if (lf_pq_rle_get(&from, wide, n) != n)
            return lf_fail(err, LF_EINTERNAL, "codes of a page cannot be read back");
        for (uint32_t i = 0; i < n; i++) {
            codes[i] = (uint16_t)wide[i];
        }
        uint32_t used;
        at = lf_pq_rle16(g->k, at, codes, n, width, true, &used);
        left -= n;
    }
    const size_t n = (size_t)(at - g->page.p);
    LF_TRY(pq_mem_need(g->alloc, &c->body, PQ_PREFIX_ROOM + 1 + n, err));
    uint8_t *body = c->body.p + PQ_PREFIX_ROOM;
    body[0] = (uint8_t)width;
    memcpy(body + 1, g->page.p, n);
    c->body_len = 1 + n;
    c->width_bits = width;
    return LF_OK;
}

lf_rc lf_pqw_codes_open(lf_group *g, pq_column *c, uint32_t entries, lf_error *err) {
    const uint32_t width = lf_pq_width_of(entries ? entries - 1 : 0);
    if (!c->page_open) c->width_bits = width;
    return width > c->width_bits ? repack(g, c, width, err) : LF_OK;
}

lf_rc lf_pqw_codes_put(lf_group *g, pq_column *c, const uint16_t *codes, uint32_t n,
                       lf_error *err) {
    const uint32_t total = c->tail_n + n, width = c->width_bits;
    LF_TRY(pq_mem_need(g->alloc, &g->codes, ((size_t)total + 16) * sizeof *codes, err));
    LF_TRY(pq_mem_need(g->alloc, &c->body,
                       PQ_PREFIX_ROOM + c->body_len + 1 + lf_pq_rle16_bound(total, width), err));
    uint16_t *all = (uint16_t *)g->codes.p;
    memmove(all + c->tail_n, codes, n * sizeof *codes); /* codes may lie in g->codes */
    memcpy(all, c->tail, c->tail_n * sizeof *codes);
    uint8_t *body = c->body.p + PQ_PREFIX_ROOM;
    if (!c->page_open && c->mode == PQ_M_DICT) body[c->body_len++] = (uint8_t)width;
    c->page_open = true;
    uint32_t used = total & ~7u;
    if (c->mode == PQ_M_PLAIN) { /* booleans */
        g->k->pack16(body + c->body_len, all, used, 1);
        c->body_len += used / 8;
    } else {
        uint8_t *end = lf_pq_rle16(g->k, body + c->body_len, all, total, width, false, &used);
        c->body_len = (size_t)(end - body);
    }
    c->tail_n = (uint8_t)(total - used);
    memcpy(c->tail, all + used, c->tail_n * sizeof *codes);
    return LF_OK;
}
