/* How much memory rows take once they are read, told from offsets alone: so that a tile is cut
 * before it is made, whatever its lists and texts are. */
#include "decode/arrow/arrow_internal.h"

/* What rows [from, from + n) span by their offsets. Few are looked at together, so that the window
 * need not come back for them. */
static lf_rc span_of(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n, uint64_t *at,
                     uint64_t *items, lf_error *err) {
    const uint32_t width = a->field->is_large ? 8 : 4;
    const bool few = n <= LF_TILE_ROWS_MAX;
    const uint8_t *p;
    LF_TRY(lf_arrow_buf_items(r, &a->bufs[1], from, few ? n + 1 : 1, width, &r->arena, &p, err));
    const int64_t first = lf_arrow_int(p, 0, width, true);
    if (!few) LF_TRY(lf_arrow_buf_items(r, &a->bufs[1], from + n, 1, width, &r->arena, &p, err));
    const int64_t last = lf_arrow_int(p, few ? n : 0, width, true);
    if (first < 0 || last < first)
        return lf_arrow_corrupt(err, a->bufs[1].at, "offsets that run backwards");
    *at = (uint64_t)first;
    *items = (uint64_t)(last - first);
    return LF_OK;
}

static lf_rc weigh_texts(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                         uint64_t *bytes, lf_error *err) {
    uint64_t at, len;
    LF_TRY(span_of(r, a, from, n, &at, &len, err));
    *bytes += n * 8 + len;
    return LF_OK;
}

static lf_rc weigh_views(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                         uint64_t *bytes, lf_error *err) {
    for (uint64_t i = 0; i < n; i += LF_TILE_ROWS_MAX) {
        const uint64_t m = n - i < LF_TILE_ROWS_MAX ? n - i : LF_TILE_ROWS_MAX;
        const uint8_t *p;
        LF_TRY(lf_arrow_buf_get(r, &a->bufs[1], (from + i) * 16, m * 16, &p, err));
        for (uint64_t k = 0; k < m; k++) {
            const uint64_t len = (uint64_t)lf_arrow_int(p, 4 * k, 4, false);
            *bytes += 8 + (r->swapped ? __builtin_bswap32((uint32_t)len) : len);
        }
    }
    return LF_OK;
}

/* Lists that stand anywhere in their child. */
static lf_rc weigh_list_views(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                              uint64_t *bytes, lf_error *err) {
    const uint32_t width = a->field->is_large ? 8 : 4;
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *p;
        LF_TRY(lf_arrow_buf_items(r, &a->bufs[1], from + i, 1, width, &r->arena, &p, err));
        const int64_t at = lf_arrow_int(p, 0, width, true);
        LF_TRY(lf_arrow_buf_items(r, &a->bufs[2], from + i, 1, width, &r->arena, &p, err));
        const int64_t k = lf_arrow_int(p, 0, width, true);
        *bytes += 8;
        if (k > 0 && at >= 0)
            LF_TRY(lf_arrow_weigh(r, &a->children[0], (uint64_t)at, (uint64_t)k, bytes, err));
    }
    return LF_OK;
}

static lf_rc weigh_lists(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                         uint64_t *bytes, lf_error *err) {
    uint64_t at, items;
    LF_TRY(span_of(r, a, from, n, &at, &items, err));
    *bytes += n * 8;
    return lf_arrow_weigh(r, &a->children[0], at, items, bytes, err);
}

static lf_rc weigh_run_ends(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                            uint64_t *bytes, lf_error *err) {
    for (uint64_t row = from, to = from + n; row < to;) {
        uint64_t value, end, one = 0;
        LF_TRY(lf_arrow_run_find(r, a, row, &value, &end, err));
        if (end > to) end = to;
        LF_TRY(lf_arrow_weigh(r, &a->children[1], value, 1, &one, err));
        *bytes += one * (end - row);
        row = end;
    }
    return LF_OK;
}

/* As many times the heaviest value. */
static lf_rc weigh_coded(arrow_reader *r, const arrow_node *a, uint64_t n, uint64_t *bytes,
                         lf_error *err) {
    arrow_dictionary *d = a->field->dictionary;
    if (r->depth >= LF_NESTING_MAX)
        return lf_fail(err, LF_ECORRUPT, "dictionaries that need one another");
    r->depth++;
    lf_rc rc = LF_OK;
    for (; d->n_weighed < d->n_bodies && rc == LF_OK; d->n_weighed++) {
        const arrow_body *b = d->bodies[d->n_weighed];
        for (uint64_t i = 0; i < b->rows && rc == LF_OK; i++) {
            uint64_t one = 0;
            rc = lf_arrow_weigh(r, &b->nodes[0], i, 1, &one, err);
            if (one > d->row_bytes_max) d->row_bytes_max = one;
            if (!lf_type_is_nested(d->field->type) && d->field->type.id != LF_T_STRING) break;
        }
    }
    r->depth--;
    *bytes += n * (d->row_bytes_max + 8);
    return rc;
}

lf_rc lf_arrow_weigh(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                     uint64_t *bytes, lf_error *err) {
    const arrow_field *f = a->field;
    if (from > a->length || n > a->length - from)
        return lf_fail(err, LF_ECORRUPT, "'%.60s' has fewer values than its column", f->name);
    if (n == 0) return LF_OK;
    if (f->coded) return weigh_coded(r, a, n, bytes, err);
    switch ((lf_arrow_id)f->id) {
    case LF_ARROW_BINARY:
    case LF_ARROW_UTF8:
    case LF_ARROW_LARGE_BINARY:
    case LF_ARROW_LARGE_UTF8:
        return weigh_texts(r, a, from, n, bytes, err);
    case LF_ARROW_UTF8_VIEW:
    case LF_ARROW_BINARY_VIEW:
        return weigh_views(r, a, from, n, bytes, err);
    case LF_ARROW_LIST:
    case LF_ARROW_LARGE_LIST:
    case LF_ARROW_MAP:
        return weigh_lists(r, a, from, n, bytes, err);
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
        return weigh_list_views(r, a, from, n, bytes, err);
    case LF_ARROW_FIXED_LIST:
        *bytes += n * 8;
        if (f->fixed == 0) return LF_OK;
        return lf_arrow_weigh(r, &a->children[0], from * f->fixed, n * f->fixed, bytes, err);
    case LF_ARROW_RUN_END:
        return weigh_run_ends(r, a, from, n, bytes, err);
    case LF_ARROW_STRUCT:
        for (uint32_t i = 0; i < f->n_children; i++) {
            LF_TRY(lf_arrow_weigh(r, &a->children[i], from, n, bytes, err));
        }
        return LF_OK;
    case LF_ARROW_FIXED_BINARY:
        *bytes += n * (8 + (uint64_t)(f->is_uuid ? LF_ARROW_PRINT_MAX : f->fixed));
        return LF_OK;
    default:
        *bytes += n * (lf_arrow_is_printed(f) ? 8 + LF_ARROW_PRINT_MAX : 8);
        return LF_OK;
    }
}
