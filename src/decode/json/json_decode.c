/* decode/json/json_decode.c - the decoder record: one tile a call.
 *
 *   text --json_index--> structure --json_walk--> cells of a tree --json_leaf--> typed leaves
 *                                                                 --json_column--> batch */
#include "decode/json/json_decode.h"
#include "decode/json/json_internal.h"
#include <stdio.h>

/* --- life --- */

static void vec_reset(const lf_alloc *a, json_vec *v) {
    lf_mem_free(a, v->data, v->bytes);
    *v = (json_vec){0};
}

void lf_json_decoder_reset(lf_decoder *d) {
    json_vec *const all[] = {&d->pos_vec, &d->escape_bits, &d->rejects_vec,
                             &d->exc_vec, &d->misfit_vec,  &d->escaped_vec,
                             &d->nested,  &d->columns_vec, &d->out_vec};
    for (uint32_t c = 0; c < d->n_columns; c++)
        if (lf_json_is_ghost(d, d->columns[c])) lf_json_node_destroy(d->alloc, d->columns[c]);
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        vec_reset(d->alloc, all[i]);
    lf_buf_reset(&d->walk.key);
    lf_buf_reset(&d->walk.members);
    lf_buf_reset(&d->walk.names);
    lf_buf_reset(&d->walk.escaped);
    lf_buf_reset(&d->texts);
    lf_schema_reset(&d->schema);
    lf_shape_reset(&d->shape, d->alloc);
    lf_json_node_destroy(d->alloc, d->root);
}

void lf_json_decoder_init(lf_decoder *d, const lf_plan *p, const lf_alloc *alloc) {
    *d = (lf_decoder){.plan = p, .alloc = alloc};
    d->kernels = lf_cell_kernels_get(p->isa);
    d->index = lf_json_index_get(p->isa);
    d->walk.alloc = alloc;
    d->always_strict = p->record_max_bytes < JSON_TILE_MAX_BYTES;
    d->tile_bytes = JSON_TILE_MAX_BYTES;
    d->walk.flatten = p->flatten;
    d->walk.select = p->select;
    d->walk.values_max = p->values_max;
    d->tried_at = UINT64_MAX;
    d->walk.new_keys_max = lf_late_columns_max(p->record_max_bytes);
    lf_buf_init(&d->walk.key, alloc, UINT32_MAX);
    lf_buf_init(&d->walk.members, alloc, UINT32_MAX);
    lf_buf_init(&d->walk.names, alloc, UINT32_MAX);
    lf_buf_init(&d->walk.escaped, alloc, UINT32_MAX);
    lf_buf_init(&d->texts, alloc, UINT32_MAX);
    lf_schema_init(&d->schema, alloc);
}

static void json_destroy(lf_decoder *d) {
    if (d == NULL) return;
    lf_json_decoder_reset(d);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static lf_rc json_create(const lf_plan *p, const lf_alloc *alloc, lf_decoder **out, lf_error *err) {
    *out = NULL;
    lf_decoder *d = lf_mem_alloc(alloc, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    lf_json_decoder_init(d, p, alloc);
    *out = d;
    return LF_OK;
}

static lf_rc json_begin(lf_decoder *d, const lf_block *b, lf_error *err) {
    d->at = b->start;
    d->block_end = b->end;
    d->totals = (lf_block_end){.next_start = b->start};
    d->skipping = d->over = false;
    d->tried_at = UINT64_MAX;
    d->walk.new_keys = 0;
    return lf_json_block_shape(d, b->shape != NULL ? b->shape : &d->plan->shape, err);
}

/* Without memory for the shape nothing is said of it: flow joins less, and the next block tells. */
static void json_block_end(lf_decoder *d, lf_block_end *out) {
    *out = d->totals;
    out->next_start = d->at;
    lf_shape_reset(&d->shape, d->alloc);
    lf_rc rc = lf_json_columns_shape(d->columns, d->n_columns, d->alloc, &d->shape, NULL);
    out->shape = rc == LF_OK ? &d->shape : NULL;
}

/* --- behind the array --- */

/* A comma, a key and a value at in[at]. *end: behind them; `at` where they are not whole. */
static lf_rc tail_member(lf_decoder *d, lf_span in, bool eof, size_t at, size_t *end,
                         lf_error *err) {
    json_found f = {0};
    const uint8_t *p = in.data;
    size_t k = lf_json_skip(p, at + 1, in.len);
    *end = at;
    if (k == in.len) return LF_OK;
    json_verdict v = p[k] == '"' ? lf_json_string(p + k, in.len - k, &f) : JSON_BAD;
    if (v == JSON_CUT) return LF_OK;
    if (v == JSON_BAD) return lf_json_text_fails(d, in, k + f.end, "a key is expected here", err);
    k = lf_json_skip(p, k + f.end, in.len);
    if (k == in.len) return LF_OK;
    if (p[k] != ':') return lf_json_text_fails(d, in, k, "a colon is expected behind the key", err);
    k = lf_json_skip(p, k + 1, in.len);
    if (k == in.len) return LF_OK;
    v = lf_json_value(p + k, in.len - k, eof, &f);
    if (v == JSON_BAD) return lf_json_text_fails(d, in, k + f.end, f.why, err);
    if (v == JSON_WHOLE) *end = k + f.end;
    return LF_OK;
}

/* What follows the rows up to the end of the text. *need: more of it. */
static lf_rc tail(lf_decoder *d, lf_span in, bool eof, size_t *used, bool *need, lf_error *err) {
    size_t at = 0, done = 0;
    for (;;) {
        at = lf_json_skip(in.data, at, in.len);
        if (at == in.len) break;
        size_t end = at + 1;
        uint8_t b = in.data[at];
        if (d->over_depth == 0)
            return lf_json_text_fails(d, in, at, "more text behind the end of the document", err);
        if (b == ',')
            LF_TRY(tail_member(d, in, eof, at, &end, err));
        else if (b == '}')
            d->over_depth--;
        else
            return lf_json_text_fails(d, in, at, "a comma or } is expected here", err);
        if (end == at) break; /* not whole */
        at = done = end;
    }
    if (at == in.len && d->over_depth == 0) done = at;
    *need = !eof;
    if (eof && (at < in.len || d->over_depth > 0))
        return lf_json_text_fails(d, in, in.len, "the object around the rows is never closed", err);
    *used = eof ? in.len : done;
    d->totals.newlines += lf_json_count_newlines(in.data, *used);
    d->at += *used;
    return LF_OK;
}

/* --- one tile --- */

static lf_rc decode_tile(lf_decoder *d, lf_batch *out, lf_error *err) {
    /* Before escapes are decoded in place. */
    uint64_t newlines = d->newlines_known ? (uint64_t)d->n_records + d->n_blank
                                          : lf_json_count_newlines(d->text, d->len);
    LF_TRY(lf_json_columns_decode(d, &out->widened, err));
    out->byte_offset = d->at;
    out->n_rows = d->n_rows;
    out->schema = &d->schema;
    out->n_columns = d->n_columns;
    out->columns = d->out;
    d->at += d->len;
    d->totals.records += d->n_records;
    d->totals.blank_lines += d->n_blank;
    d->totals.duplicate_keys += d->walk.duplicates;
    d->totals.newlines += newlines;
    return LF_OK;
}

/* Takes the next step in `in`. *got: the batch holds something. */
static lf_rc step(lf_decoder *d, lf_span in, bool eof, size_t *used, bool *got, bool *need,
                  lf_batch *out, lf_error *err) {
    json_tiled tiled = JSON_TILE_TOO_BIG;
    *used = 0;
    *got = *need = false;
    if (d->over) return tail(d, in, eof, used, need, err);
    if (!d->skipping) LF_TRY(lf_json_tile(d, in.data, in.len, eof, &tiled, err));
    if (tiled == JSON_TILE_NONE) {
        *need = true;
        return LF_OK;
    }
    if (tiled == JSON_TILE_ROWS) {
        LF_TRY(decode_tile(d, out, err));
        *used = d->len;
        *got = d->n_rows > 0 || d->n_rejects > 0;
        return LF_OK;
    }
    d->n_rejects = 0;
    *got = in.len > 0 || eof;
    *need = !*got;
    if (!*got) return LF_OK;
    return d->plan->form == JSON_LINES ? lf_json_skip_line(d, in, eof, used, err)
                                       : lf_json_skip_value(d, in, eof, used, err);
}

static bool is_done(const lf_decoder *d, size_t off, size_t len, bool eof) {
    if (d->skipping) return false;
    if (d->over || d->plan->form == JSON_ARRAY) {
        bool closed = d->over && d->over_depth == 0;
        return (off == len && eof && closed) || (!d->over && d->at >= d->block_end);
    }
    return d->at >= d->block_end || (off == len && eof);
}

static lf_rc json_next(lf_decoder *d, lf_span in, bool eof, size_t *used_out, lf_step *step_out,
                       lf_batch *batch_out, lf_error *err) {
    size_t off = 0;
    bool got = false, need = false;
    *batch_out = (lf_batch){.n_columns = d->n_columns, .columns = d->out, .schema = &d->schema};
    *used_out = 0;
    d->n_rejects = 0;
    d->torn = (lf_span){NULL, 0};
    while (!got && !need) {
        if (is_done(d, off, in.len, eof)) {
            *used_out = off;
            *step_out = LF_DONE;
            return LF_OK;
        }
        if (off == in.len && !eof) break; /* off == in.len at the end: a tail, or a torn record */
        size_t used;
        LF_TRY(step(d, (lf_span){in.data + off, in.len - off}, eof, &used, &got, &need, batch_out,
                    err));
        off += used;
    }
    *used_out = off;
    *step_out = got ? LF_BATCH_READY : LF_NEED_INPUT;
    batch_out->rejects = d->rejects_vec.data;
    batch_out->n_rejects = d->n_rejects;
    batch_out->torn = d->torn;
    return LF_OK;
}

/* --- the record --- */

/* An object or array whose first bytes are JSON, to the end of what is at hand. */
static int json_sniff(lf_span head) {
    size_t bom = head.len >= 3 && memcmp(head.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    size_t at = lf_json_skip(head.data, bom, head.len);
    json_found f;
    if (at == head.len || (head.data[at] != '{' && head.data[at] != '[')) return 0;
    if (lf_json_value(head.data + at, head.len - at, false, &f) == JSON_BAD)
        return f.end >= 64 && head.data[at] == '{' ? 50 : 15;
    return 90;
}

static const char *const json_suffixes[] = {".json",  ".jsonl",    ".ndjson",  ".ldjson",
                                            ".jsons", ".geojsonl", ".geojson", NULL};

const lf_decoder_type lf_json_decoder = {
    .name = "json",
    .suffixes = json_suffixes,
    .flags = 0,
    .sniff = json_sniff,
    .plan = lf_json_plan,
    .explain = lf_json_explain,
    .plan_destroy = lf_json_plan_destroy,
    .guess = lf_json_guess,
    .create = json_create,
    .begin = json_begin,
    .next = json_next,
    .block_end = json_block_end,
    .destroy = json_destroy,
};
