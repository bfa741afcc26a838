/* decode/csv/csv_decode.c - the decoder record: one tile a call.
 *
 *   text --csv_scan--> index of whole records --csv_tile--> cells --csv_column--> batch
 *
 * Records that cannot be cut out at all are for csv_skip. */
#include "decode/csv/csv_decode.h"
#include "decode/csv/csv_internal.h"
#include <string.h>

lf_rc lf_csv_vec_reserve(lf_decoder *d, csv_vec *v, size_t bytes, lf_error *err) {
    if (bytes <= v->bytes) return LF_OK;
    size_t cap = bytes + bytes / (bytes < LF_MIB ? 2 : 16) + 256;
    void *p = lf_mem_realloc(d->alloc, v->data, v->bytes, cap);
    if (p == NULL) return lf_fail_nomem(err, cap);
    v->data = p;
    v->bytes = cap;
    return LF_OK;
}

lf_rc lf_csv_misfit_add(lf_decoder *d, uint32_t row, uint32_t column, lf_error *err) {
    LF_TRY(lf_csv_vec_reserve(d, &d->misfit_vec, (d->n_misfits + 1) * sizeof(csv_misfit), err));
    ((csv_misfit *)d->misfit_vec.data)[d->n_misfits++] = (csv_misfit){row, column};
    return LF_OK;
}

/* --- life --- */

static void vec_reset(lf_decoder *d, csv_vec *v) {
    lf_mem_free(d->alloc, v->data, v->bytes);
    *v = (csv_vec){0};
}

static void csv_destroy(lf_decoder *d) {
    if (d == NULL) return;
    uint32_t n = d->plan->n_columns, f = d->plan->physical;
    for (uint32_t c = 0; d->wide != NULL && c < n; c++)
        vec_reset(d, &d->wide[c]);
    csv_vec *const all[] = {&d->pos_vec, &d->rows_vec,   &d->rejects_vec, &d->exc_vec,
                            &d->slab,    &d->misfit_vec, &d->scratch_vec, &d->cell_vec};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        vec_reset(d, all[i]);
    lf_mem_free(d->alloc, d->columns, n * sizeof *d->columns);
    lf_mem_free(d->alloc, d->out, n * sizeof *d->out);
    lf_mem_free(d->alloc, d->wide, n * sizeof *d->wide);
    lf_mem_free(d->alloc, d->evidence_out, n * sizeof *d->evidence_out);
    lf_mem_free(d->alloc, d->quoted_order, n * sizeof *d->quoted_order);
    lf_mem_free(d->alloc, d->starts, f * sizeof *d->starts);
    lf_mem_free(d->alloc, d->lens, f * sizeof *d->lens);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static lf_rc csv_create(const lf_plan *p, const lf_alloc *alloc, lf_decoder **out, lf_error *err) {
    *out = NULL;
    lf_decoder *d = lf_mem_zalloc(alloc, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    uint32_t n = p->n_columns, f = p->physical;
    d->plan = p;
    d->alloc = alloc;
    d->isa = lf_csv_isa_get(p->isa);
    d->kernels = lf_cell_kernels_get(p->isa);
    d->columns = lf_mem_zalloc(alloc, n * sizeof *d->columns);
    d->out = lf_mem_zalloc(alloc, n * sizeof *d->out);
    d->wide = lf_mem_zalloc(alloc, n * sizeof *d->wide);
    d->evidence_out = lf_mem_zalloc(alloc, n * sizeof *d->evidence_out);
    d->quoted_order = lf_mem_zalloc(alloc, n * sizeof *d->quoted_order);
    d->starts = lf_mem_zalloc(alloc, f * sizeof *d->starts);
    d->lens = lf_mem_zalloc(alloc, f * sizeof *d->lens);
    if (d->columns == NULL || d->out == NULL || d->wide == NULL || d->evidence_out == NULL ||
        d->quoted_order == NULL || d->starts == NULL || d->lens == NULL) {
        csv_destroy(d);
        return lf_fail_nomem(err, n * sizeof *d->columns);
    }
    for (uint32_t c = 0; c < n; c++) {
        d->columns[c].field = p->physical_of[c];
        d->columns[c].fixed = p->fixed[c];
        d->quoted_order[c] = c;
    }
    *out = d;
    return LF_OK;
}

static lf_rc csv_begin(lf_decoder *d, const lf_block *b, lf_error *err) {
    (void)err;
    d->at = b->start;
    d->block_end = b->end < d->plan->base.body_end ? b->end : d->plan->base.body_end;
    d->totals = (lf_block_end){.next_start = b->start, .skipped = d->skipped};
    d->n_skipped = 0;
    d->n_skipped_more = d->skipped_end = 0;
    d->index_live = d->skip.on = d->again = false;
    d->refuse = 0;
    for (uint32_t c = 0; c < d->plan->n_columns; c++) {
        csv_column *k = &d->columns[c];
        lf_type t = b->types != NULL ? b->types[c] : d->plan->schema.fields[c].type;
        k->ctx = d->plan->ctx[c];
        k->known = d->plan->evidence[c];
        if (b->evidence != NULL) lf_evidence_join(&k->known, &b->evidence[c]);
        const lf_type shown = lf_evidence_type(&k->known, d->plan->decimal);
        /* Text in a group that began before the order of day and month was known. */
        k->watched = t.id == LF_T_STRING && (shown.id == LF_T_DATE || shown.id == LF_T_TIMESTAMP);
        if (!lf_type_equal(shown, t) && !k->watched) {
            lf_evidence own;
            lf_evidence_of_type(&own, t);
            lf_evidence_join(&k->known, &own);
        }
        if (!k->fixed) k->ctx.date_format = lf_evidence_date_format(&k->known);
        if (!lf_type_equal(t, k->type)) k->n_fast = 0;
        k->type = k->last_type = t;
        lf_evidence_init(&k->evidence);
    }
    return LF_OK;
}

static void csv_block_end(lf_decoder *d, lf_block_end *out) {
    *out = d->totals;
    out->next_start = d->at;
    for (uint32_t c = 0; c < d->plan->n_columns; c++)
        d->evidence_out[c] = d->columns[c].evidence;
    out->evidence = d->evidence_out;
    out->n_skipped = d->n_skipped;
    out->n_skipped_more = d->n_skipped_more;
}

/* --- one tile --- */

static lf_rc decode_tile(lf_decoder *d, lf_batch *out, lf_error *err) {
    csv_tile *t = &d->tile;
    LF_TRY(lf_csv_tile_build(d, err));
    if (t->n_rows > 0) LF_TRY(lf_csv_columns_decode(d, &out->widened, err));
    out->byte_offset = d->at;
    out->n_rows = t->n_rows;
    out->n_padded = t->n_padded;
    d->at += t->len;
    d->totals.records += t->n_records;
    d->totals.blank_lines += t->n_blank;
    d->totals.comment_lines += t->n_comments;
    /* The machine counts line feeds alone. */
    bool counted = t->regular && !(d->index_exact && d->plan->dialect.cr_ends);
    d->totals.newlines +=
        counted && d->index.newlines == d->index.rows - (t->virtual_end != UINT32_MAX)
            ? t->n_rows - (t->virtual_end == t->len)
            : lf_csv_count_lines(d, t->text, t->len);
    return LF_OK;
}

/* Takes the next step in `in`. *used: bytes done with; *got: the batch holds something. */
static lf_rc step(lf_decoder *d, lf_span in, bool eof, uint32_t *used, bool *got, bool *need,
                  lf_batch *out, lf_error *err) {
    csv_found found = CSV_FOUND_NONE;
    *used = 0;
    *got = *need = false;
    if (!d->skip.on && d->refuse == 0)
        LF_TRY(lf_csv_find_tile(d, in.data, in.len, eof, &found, err));
    if (found == CSV_FOUND_ROWS) {
        LF_TRY(decode_tile(d, out, err));
        *used = d->tile.len;
        *got = d->tile.n_rows > 0 || d->n_rejects > 0;
        return LF_OK;
    }
    bool refuse = d->refuse > 0 && d->refuse <= d->plan->record_max_bytes;
    if (refuse || found == CSV_FOUND_OPEN_QUOTE) {
        LF_TRY(lf_csv_refuse_open_quote(d, in, eof, used, err));
        *got = *used > 0;
        *need = !*got;
        return LF_OK;
    }
    if (!d->skip.on && d->refuse == 0 && found == CSV_FOUND_NONE) {
        *need = true;
        return LF_OK;
    }
    if (!d->skip.on) lf_csv_skip_begin(d, d->refuse);
    LF_TRY(lf_csv_skip_on(d, in, eof, used, got, err));
    *need = !*got && !d->again;
    return LF_OK;
}

/* The part of the text at hand that the next record may be in; *eof: nothing of it follows. */
static lf_span up_to_barrier(const lf_decoder *d, lf_span rest, bool *eof) {
    const lf_plan *p = d->plan;
    uint64_t at = d->at + (d->skip.on ? d->skip.bytes : 0);
    size_t low = 0, high = p->n_barriers;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (p->barriers[mid] > at)
            high = mid;
        else
            low = mid + 1;
    }
    if (low == p->n_barriers || p->barriers[low] - at > rest.len) return rest;
    *eof = true;
    return (lf_span){rest.data, (size_t)(p->barriers[low] - at)};
}

static lf_rc csv_next(lf_decoder *d, lf_span in, bool eof, size_t *used_out, lf_step *step_out,
                      lf_batch *batch_out, lf_error *err) {
    size_t off = 0;
    bool got = false, need = false;
    uint64_t here = d->at + (d->skip.on ? d->skip.bytes : 0);
    uint64_t left = d->plan->base.body_end > here ? d->plan->base.body_end - here : 0;
    if (in.len >= left) { /* what follows is not the table's */
        in.len = (size_t)left;
        eof = true;
    }
    *batch_out = (lf_batch){.n_columns = d->plan->n_columns, .columns = d->out};
    *used_out = 0;
    d->n_rejects = 0;
    d->torn = (lf_span){NULL, 0};
    while (!got && !need) {
        if (d->again) {
            d->again = false;
            *used_out = off;
            *step_out = LF_READ_AGAIN;
            batch_out->byte_offset = d->at;
            return LF_OK;
        }
        if (!d->skip.on && (d->at >= d->block_end || (off == in.len && eof))) {
            *used_out = off;
            *step_out = LF_DONE;
            return LF_OK;
        }
        if (off == in.len && !(d->skip.on && eof)) break;
        uint32_t used;
        lf_span rest = {in.data + off, in.len - off};
        bool over = eof;
        if (d->plan->n_barriers > 0) rest = up_to_barrier(d, rest, &over);
        LF_TRY(step(d, rest, over, &used, &got, &need, batch_out, err));
        off += used;
    }
    *used_out = off;
    *step_out = got ? LF_BATCH_READY : LF_NEED_INPUT;
    lf_csv_skip_keep(d, batch_out);
    batch_out->rejects = d->rejects_vec.data;
    batch_out->n_rejects = d->n_rejects;
    batch_out->torn = d->torn;
    return LF_OK;
}

/* --- the record --- */

/* Text that has lines with a like number of the same delimiter, and no NUL bytes early on. */
static int csv_sniff(lf_span head) {
    size_t n = head.len < 4096 ? head.len : 4096;
    if (n == 0 || memchr(head.data, '\0', n) != NULL) return 0;
    for (const char *c = ",\t;|"; *c != '\0'; c++)
        if (memchr(head.data, *c, n) != NULL) return 20;
    return 10;
}

static const char *const csv_suffixes[] = {".csv", ".tsv", ".tab", ".psv", ".txt", NULL};

const lf_decoder_type lf_csv_decoder = {
    .name = "csv",
    .suffixes = csv_suffixes,
    .flags = 0,
    .sniff = csv_sniff,
    .plan = lf_csv_plan,
    .explain = lf_csv_explain,
    .plan_destroy = lf_csv_plan_destroy,
    .guess = lf_csv_guess,
    .create = csv_create,
    .begin = csv_begin,
    .next = csv_next,
    .block_end = csv_block_end,
    .destroy = csv_destroy,
    .replay = lf_csv_replay,
};
