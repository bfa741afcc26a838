/* Text whose dialect is more than a delimiter and a quote (escapes, comments, delimiters of several
 * bytes, tables within a text): a decoder cuts it into cells, without SIMD and with every column as
 * text. Its rows are told apart by their number, as a batch has no place for each of them. */
#include "api/verify_internal.h"
#include "array/batch.h"
#include "core/limits.h"
#include <string.h>

#define WINDOW_BYTES (256u * 1024)

static const lf_decoder_type *type_of(const verify_text *t) {
    return ((const lf_plan_base *)t->plan)->type;
}

lf_rc lf_verify_decoded_start(verify_text *t, lf_span read, lf_error *err) {
    const uint32_t n = ((const lf_plan_base *)t->plan)->schema->n_fields;
    lf_rc rc = type_of(t)->create(t->plan, t->alloc, &t->decoder, err);
    if (rc != LF_OK) return rc;
    t->window_bytes = read.len + WINDOW_BYTES + 2 * LF_OVERREAD_BYTES;
    t->window = lf_mem_zalloc(t->alloc, t->window_bytes);
    lf_type *types = lf_mem_zalloc(t->alloc, (n + 1ul) * sizeof *types);
    if (t->window == NULL || types == NULL) rc = lf_fail_nomem(err, t->window_bytes);
    if (rc == LF_OK && read.len > 0) {
        memcpy(t->window + LF_OVERREAD_BYTES, read.data, read.len);
        t->window_n = read.len;
    }
    for (uint32_t i = 0; rc == LF_OK && i < n; i++) {
        types[i] = (lf_type){.id = LF_T_STRING};
    }
    const lf_block block = {.start = t->offset, .end = UINT64_MAX, .types = types};
    if (rc == LF_OK) rc = type_of(t)->begin(t->decoder, &block, err);
    lf_mem_free(t->alloc, types, (n + 1ul) * sizeof *types);
    return rc;
}

void lf_verify_decoded_stop(verify_text *t) {
    if (t->decoder == NULL) return;
    type_of(t)->destroy(t->decoder);
    lf_mem_free(t->alloc, t->window, t->window_bytes);
    t->decoder = NULL;
}

/* ---- text in ---- */

static lf_rc read_window(verify_text *t, lf_error *err) {
    uint8_t *w = t->window + LF_OVERREAD_BYTES;
    memmove(w, w + t->window_at, t->window_n - t->window_at);
    t->window_n -= t->window_at;
    t->window_at = 0;
    size_t room = t->window_bytes - 2 * LF_OVERREAD_BYTES;
    if (t->window_n == room) {
        size_t bytes = 2 * room + 2 * LF_OVERREAD_BYTES;
        uint8_t *p = lf_mem_realloc(t->alloc, t->window, t->window_bytes, bytes);
        if (p == NULL) return lf_fail_nomem(err, bytes);
        t->window = p;
        t->window_bytes = bytes;
        w = p + LF_OVERREAD_BYTES;
        room *= 2;
    }
    size_t got;
    LF_TRY(t->source->type->read(t->source, w + t->window_n, room - t->window_n, &got, err));
    t->eof = got == 0;
    t->window_n += got;
    t->bytes += got;
    memset(w + t->window_n, 0, LF_OVERREAD_BYTES);
    size_t skipped = t->window_n < t->skip ? t->window_n : (size_t)t->skip;
    t->window_at += skipped;
    t->skip -= skipped;
    return LF_OK;
}

/* The next batch that has rows or rejects; none is left where t->over. */
static lf_rc next_batch(verify_text *t, lf_batch *out, lf_error *err) {
    for (;;) {
        lf_step step = LF_NEED_INPUT;
        size_t used = 0;
        lf_span in = {t->window + LF_OVERREAD_BYTES + t->window_at, t->window_n - t->window_at};
        *out = (lf_batch){0};
        if (t->skip == 0) {
            LF_TRY(type_of(t)->next(t->decoder, in, t->eof, &used, &step, out, err));
            t->window_at += used;
        }
        t->over = step == LF_DONE || (step == LF_NEED_INPUT && used == 0 && t->eof);
        if (t->over || step == LF_BATCH_READY) return LF_OK;
        if (!t->eof) LF_TRY(read_window(t, err));
    }
}

/* ---- cells out ---- */

static lf_rc put(const verify_text *t, verify_tile *k, size_t *at, uint32_t column, lf_span s,
                 verify_kind kind, lf_error *err) {
    if (*at + s.len > k->text_cap / 2) {
        LF_TRY(lf_verify_tile_grow(t, k, 2 * (*at + s.len), err));
    }
    if (s.len > 0) memcpy(k->text + *at, s.data, s.len);
    k->cells[(size_t)column * k->stride + k->n_rows] =
        (verify_cell){(uint32_t)*at, (uint32_t)s.len | (uint32_t)kind << VERIFY_KIND_SHIFT};
    *at += s.len;
    return LF_OK;
}

/* Whether the row with this number is in the ledger; it is then used up. */
static lf_rc is_rejected(verify_text *t, uint64_t row, bool *yes, lf_error *err) {
    while (t->ledger->has && t->ledger->row < row) {
        if (!t->ledger_off) t->ledger_off = true, t->ledger_off_at = t->ledger->offset;
        LF_TRY(lf_verify_ledger_next(t->ledger, err));
    }
    *yes = t->ledger->has && t->ledger->row == row;
    if (!*yes) return LF_OK;
    t->rejected++;
    return lf_verify_ledger_next(t->ledger, err);
}

static void end_row(verify_text *t, verify_tile *k, uint64_t offset) {
    if (t->ruler != NULL) offset = UINT64_MAX; /* it counts in the text */
    k->rows[k->n_rows++] = (struct verify_row){.row = t->row, .offset = offset};
}

static lf_rc put_row(verify_text *t, verify_tile *k, size_t *at, const lf_batch *b, uint32_t r,
                     lf_error *err) {
    bool rejected;
    t->row++;
    LF_TRY(is_rejected(t, t->row, &rejected, err));
    if (rejected) return LF_OK;
    for (uint32_t c = 0; c < b->n_columns; c++) {
        const lf_column *v = &b->columns[c];
        bool null = v->type.id != LF_T_STRING || !lf_column_is_valid(v, r);
        lf_span s = {null ? NULL : v->bytes + v->start[r], null ? 0 : v->len[r]};
        verify_kind kind = !null && s.len == 0 ? VERIFY_QUOTED
                           : null              ? VERIFY_MISSING
                                               : VERIFY_PLAIN;
        LF_TRY(put(t, k, at, c, s, kind, err));
    }
    end_row(t, k, b->n_rejects == 0 && r == 0 ? b->byte_offset : UINT64_MAX);
    return LF_OK;
}

/* A row that the decoder refuses: in the ledger, or to be found in the output as it is. */
static lf_rc put_reject(verify_text *t, verify_tile *k, size_t *at, const lf_reject *r,
                        uint32_t n_columns, lf_error *err) {
    bool rejected;
    bool same = t->ledger->has && t->ledger->raw.len == r->raw.len &&
                (r->raw.len == 0 || memcmp(t->ledger->raw.data, r->raw.data, r->raw.len) == 0);
    t->row++;
    LF_TRY(is_rejected(t, t->row, &rejected, err));
    if (rejected && !same && !t->ledger_off)
        t->ledger_off = true, t->ledger_off_at = t->ledger->offset;
    if (rejected) return LF_OK;
    for (uint32_t c = 0; c < n_columns; c++) {
        LF_TRY(put(t, k, at, c, c == 0 ? r->raw : (lf_span){0},
                   c == 0 ? VERIFY_PLAIN : VERIFY_MISSING, err));
    }
    end_row(t, k, r->byte_offset);
    return LF_OK;
}

static lf_rc make_room(verify_text *t, verify_tile *k, uint32_t rows, lf_error *err) {
    if (rows <= k->stride) return LF_OK;
    size_t cells = (size_t)rows * t->facts.width * sizeof *k->cells, info = rows * sizeof *k->rows;
    lf_mem_free(t->alloc, k->cells, k->cells_bytes);
    lf_mem_free(t->alloc, k->rows, k->rows_bytes);
    k->cells = lf_mem_alloc(t->alloc, cells);
    k->rows = lf_mem_alloc(t->alloc, info);
    k->cells_bytes = k->cells != NULL ? cells : 0;
    k->rows_bytes = k->rows != NULL ? info : 0;
    k->stride = rows;
    return k->cells != NULL && k->rows != NULL ? LF_OK : lf_fail_nomem(err, cells);
}

lf_rc lf_verify_decoded_fill(verify_text *t, verify_tile *k, lf_error *err) {
    const uint32_t n = ((const lf_plan_base *)t->plan)->schema->n_fields;
    while (k->n_rows == 0 && !t->over) {
        lf_batch b;
        size_t at = 0;
        uint32_t next = 0; /* reject */
        LF_TRY(next_batch(t, &b, err));
        if (t->over) {
            lf_block_end end;
            type_of(t)->block_end(t->decoder, &end);
            t->blank += end.blank_lines;
            break;
        }
        LF_TRY(make_room(t, k, b.n_rows + b.n_rejects, err));
        t->padded += b.n_padded;
        for (uint32_t r = 0; r <= b.n_rows; r++) {
            for (; next < b.n_rejects && b.rejects[next].rows_before <= r; next++) {
                LF_TRY(put_reject(t, k, &at, &b.rejects[next], n, err));
            }
            if (r < b.n_rows) LF_TRY(put_row(t, k, &at, &b, r, err));
        }
    }
    return LF_OK;
}
