/* flow/flow_block.c - one block of text through a decoder into a group of the encoder.
 *
 *   window:  | margin | used | rest ........ | margin |      the decoder sees `rest` and says how
 * much ^pos            ^len            it is done with; refilling moves the rest to the front (at
 * most a tile or a record) */
#include "core/limits.h"
#include "flow/flow_carry.h"
#include "flow/flow_filter.h"
#include "flow/flow_shape.h"
#include "flow/job.h"
#include "flow/late.h"
#include "flow/rejects.h"
#include <string.h>

#define WINDOW_BIG_BYTES (4 * LF_MIB)

typedef struct window {
    uint64_t offset; /* of data[0] in the text */
    size_t pos, len;
    bool eof;
} window;

static uint8_t *window_data(flow_worker *w) {
    return w->window + LF_OVERREAD_BYTES;
}

/* Large records are for one worker at a time, the one whose turn it is: a window over
 * WINDOW_BIG_BYTES waits for the turn (or a redo), and is given back before the turn passes on
 * (lf_flow_window_shrink). */
static bool may_grow(flow_worker *w) {
    return w->window_cap * 2 <= WINDOW_BIG_BYTES || lf_flow_await_turn(w);
}

bool lf_flow_window_shrink(flow_worker *w) {
    if (w->window_cap <= WINDOW_BIG_BYTES) return false;
    lf_mem_free(w->job->alloc, w->window, w->window_cap + 2 * LF_OVERREAD_BYTES);
    w->window = NULL;
    w->window_cap = 0;
    return true;
}

/* Doubles, up to what a record may need; grown in place where the system can (mremap). */
static lf_rc window_grow(flow_worker *w, lf_error *err) {
    size_t cap = w->window_cap == 0 ? LF_READ_BYTES + 4 * LF_TILE_BYTES : w->window_cap * 2;
    size_t enough = w->job->record_max_bytes + 4 * LF_MIB;
    if (cap > enough && w->window_cap < enough) cap = enough;
    uint8_t *p = lf_mem_realloc(w->job->alloc, w->window,
                                w->window != NULL ? w->window_cap + 2 * LF_OVERREAD_BYTES : 0,
                                cap + 2 * LF_OVERREAD_BYTES);
    if (p == NULL) return lf_fail_nomem(err, cap);
    if (w->window == NULL) memset(p, 0, LF_OVERREAD_BYTES);
    w->window = p;
    w->window_cap = cap;
    return LF_OK;
}

static lf_rc window_fill(flow_worker *w, window *v, lf_error *err) {
    flow_job *j = w->job;
    if (v->eof) return lf_fail(err, LF_EINTERNAL, "the decoder asks for text past the end");
    size_t rest = v->len - v->pos;
    (void)lf_flow_measure_at(&w->measure, v->offset + v->pos); /* what goes is counted */
    if (v->pos > 0 && rest > 0) memmove(window_data(w), window_data(w) + v->pos, rest);
    v->offset += v->pos;
    v->pos = 0;
    v->len = rest;
    if (w->window_cap - rest < LF_READ_BYTES) {
        if (!may_grow(w)) return LF_OK; /* to be decoded again, or cancelled */
        LF_TRY(window_grow(w, err));
    }
    size_t got = 0;
    LF_TRY(lf_feed_read(j->inputs[w->input].feed, w->block.k, v->offset + rest,
                        window_data(w) + rest, LF_READ_BYTES, &w->redo, &got, err));
    v->len += got;
    lf_flow_measure_see(&w->measure, window_data(w), v->offset, v->len);
    v->eof = got == 0 && !atomic_load(&w->redo);
    memset(window_data(w) + v->len, 0, LF_OVERREAD_BYTES);
    atomic_fetch_add_explicit(&j->seen_bytes, got, memory_order_relaxed);
    return LF_OK;
}

/* -- the group's columns ------------------------------------------------------------------ */

static uint32_t single_format(const lf_evidence *e) {
    uint32_t f = e->date_formats & LF_DF_ALL;
    return f != 0 && (f & (f - 1)) == 0 ? f : LF_DF_YMD_DASH;
}

static lf_rc ensure_spool(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    const lf_encoder_type *t = j->spec->encoder;
    lf_rc rc = LF_OK;
    pthread_mutex_lock(&j->spool_mu);
    if (j->spool == NULL) {
        rc = j->encode_opts.temp_open(j->encode_opts.temp_ctx, &j->spool_sink, err);
        if (rc == LF_OK) rc = t->open(&j->encode_opts, &j->schema, j->spool_sink, &j->spool, err);
    }
    pthread_mutex_unlock(&j->spool_mu);
    if (rc == LF_OK && w->spool_group == NULL)
        rc = t->group_create(j->spool, true, &w->spool_group, err);
    if (rc != LF_OK || w->spool_used) return rc;
    lf_type *text = lf_mem_zalloc(j->alloc, j->n_columns * sizeof *text);
    if (text == NULL) return lf_fail_nomem(err, j->n_columns * sizeof *text);
    for (uint32_t i = 0; i < j->n_columns; i++)
        text[i].id = LF_T_STRING;
    rc = t->group_begin(w->spool_group, text, err);
    lf_mem_free(j->alloc, text, j->n_columns * sizeof *text);
    w->spool_used = rc == LF_OK;
    return rc;
}

/* Too many cells are no canonical print: from now on the column's text is kept beside it. */
static lf_rc start_spool(flow_worker *w, uint32_t col, lf_error *err) {
    const lf_encoder_type *t = w->job->spec->encoder;
    LF_TRY(ensure_spool(w, err));
    lf_column_iter *old = NULL, *it = NULL;
    LF_TRY(t->group_column_read(w->group, col, &old, err));
    lf_type text = {.id = LF_T_STRING};
    lf_trace_column *tr = &w->trace.columns[col];
    LF_TRY(lf_late_widen(old, w->types[col], tr, text, lf_flow_parse_ctx(w, col), w->job->alloc,
                         NULL, &it, err));
    lf_rc rc = t->group_column_replace(w->spool_group, col, &text, it, err);
    it->close(it);
    lf_trace_column_clear(tr);
    tr->spooled = 1;
    w->want_text[col] = 1;
    return rc;
}

static void note_late(flow_worker *w, uint32_t col, const lf_column *c, uint32_t n_rows) {
    late_note *n = &w->late[col];
    n->set = true;
    n->group_row = w->rows + w->filtered;
    n->text[0] = 0;
    if (c->start == NULL) return;
    for (uint32_t r = 0; r < n_rows; r++) {
        lf_span text = {c->bytes + c->start[r], c->len[r]};
        lf_value v;
        lf_form f;
        bool exact;
        const lf_parse_ctx *ctx = lf_flow_parse_ctx(w, col);
        uint32_t word;
        if (lf_parse_null(text, false, ctx, &word) != LF_NULL_NO) continue;
        if (w->types[col].id != LF_T_NULL &&
            lf_parse_value(w->types[col], text, ctx, &v, &f, &exact))
            continue;
        size_t len = text.len < sizeof n->text - 1 ? text.len : sizeof n->text - 1;
        memcpy(n->text, text.data, len);
        n->text[len] = 0;
        n->group_row = w->rows + w->filtered + r;
        return;
    }
}

static lf_rc widen_column(flow_worker *w, uint32_t col, lf_type to, lf_error *err) {
    const lf_encoder_type *t = w->job->spec->encoder;
    lf_trace_column *tr = &w->trace.columns[col];
    lf_trace_column rebuilt = {.date_format = tr->date_format};
    lf_buf_init(&rebuilt.runs, w->job->alloc, SIZE_MAX / 2);
    lf_buf_init(&rebuilt.exc, w->job->alloc, SIZE_MAX / 2);
    lf_parse_ctx ctx = *lf_flow_parse_ctx(w, col);
    ctx.date_format = tr->date_format;
    lf_column_iter *old = NULL, *it = NULL;
    lf_type from = tr->spooled ? (lf_type){.id = LF_T_STRING} : w->types[col];
    lf_rc rc = t->group_column_read(tr->spooled ? w->spool_group : w->group, col, &old, err);
    if (rc == LF_OK)
        rc = lf_late_widen(old, from, tr->spooled ? NULL : tr, to, &ctx, w->job->alloc,
                           tr->spooled || to.id == LF_T_STRING ? NULL : &rebuilt, &it, err);
    if (rc == LF_OK) {
        rc = t->group_column_replace(w->group, col, &to, it, err);
        it->close(it);
    }
    if (rc == LF_OK && to.id == LF_T_STRING) {
        lf_trace_column_clear(tr);
        w->want_text[col] = 0;
    } else if (rc == LF_OK && !tr->spooled) {
        lf_trace_column swap = *tr;
        *tr = rebuilt;
        rebuilt = swap;
    }
    lf_buf_reset(&rebuilt.runs);
    lf_buf_reset(&rebuilt.exc);
    w->types[col] = to;
    return rc;
}

static lf_rc widen_columns(flow_worker *w, const lf_batch *b, lf_error *err) {
    lf_block_end peek = {0};
    for (uint32_t i = 0; i < b->n_columns; i++) {
        lf_type to = b->columns[i].type;
        if (lf_type_equal(to, w->types[i])) continue;
        note_late(w, i, &b->columns[i], b->n_rows);
        bool dated = to.id == LF_T_DATE || to.id == LF_T_TIMESTAMP;
        if (dated && w->types[i].id != LF_T_DATE) { /* only now is there a format */
            w->decoder_type->block_end(w->decoder, &peek);
            lf_evidence e = w->evidence[i];
            if (peek.evidence != NULL) lf_evidence_join(&e, &peek.evidence[i]);
            w->trace.columns[i].date_format = single_format(&e);
        }
        LF_TRY_CTX(widen_column(w, i, to, err), err, "column '%.60s' widens",
                   w->job->schema.fields[i].name);
    }
    return LF_OK;
}

/* Exceptions worth a text spool: over 64 KB and over 5 % of the rows. */
static bool wants_spool(const lf_trace_column *t) {
    return !t->spooled && t->exc.len > 64 * LF_KIB && t->n_exc * 20 > t->rows;
}

static lf_rc trace_batch(flow_worker *w, const lf_batch *b, lf_error *err) {
    flow_job *j = w->job;
    for (uint32_t i = 0; i < b->n_columns; i++) {
        const lf_column *c = &b->columns[i];
        if (c->type.id == LF_T_STRING || j->fixed[i]) continue;
        lf_trace_column *t = &w->trace.columns[i];
        if (t->spooled) {
            lf_column text;
            lf_late_text_view(c, b->n_rows, w->valid_words, &text);
            LF_TRY(j->spec->encoder->group_column_write(w->spool_group, i, &text, b->n_rows, err));
            continue;
        }
        LF_TRY(lf_trace_add(t, c, b->n_rows, err));
        if (c->n_exc > 0 && wants_spool(t)) LF_TRY(start_spool(w, i, err));
    }
    return LF_OK;
}

/* -- batches -------------------------------------------------------------------------------- */

/* A copy of b with its first n rows only (--limit). `cols` and `words` are scratch. */
static void cut_batch(const lf_batch *b, uint32_t n, lf_batch *out, lf_column *cols,
                      uint64_t *words) {
    size_t n_words = LF_TILE_ROWS_MAX / 64;
    *out = *b;
    out->n_rows = n;
    out->columns = cols;
    for (uint32_t i = 0; i < b->n_columns; i++) {
        cols[i] = b->columns[i];
        while (cols[i].n_exc > 0 && cols[i].exc[cols[i].n_exc - 1].row >= n)
            cols[i].n_exc--;
        if (cols[i].validity == NULL) continue;
        uint64_t *v = words + i * n_words;
        uint32_t valid = 0;
        for (uint32_t k = 0; k < (n + 63) / 64; k++) {
            v[k] = cols[i].validity[k];
            if (k == n / 64) v[k] &= (1ull << (n & 63)) - 1;
            valid += (uint32_t)__builtin_popcountll(v[k]);
        }
        cols[i].null_count = n - valid;
        cols[i].validity = cols[i].null_count > 0 ? v : NULL;
    }
    while (out->n_rejects > 0 && out->rejects[out->n_rejects - 1].rows_before >= n)
        out->n_rejects--;
}

/* The types were handed out (or settled by a pass, after which this cannot be). */
static lf_rc type_changed(flow_worker *w, const lf_batch *b, lf_error *err) {
    if (w->job->shaped) return lf_flow_shape_changed(w, b, err);
    for (uint32_t i = 0; i < b->n_columns; i++) {
        if (lf_type_equal(b->columns[i].type, w->types[i])) continue;
        char was[48], now[48];
        lf_type_print(w->types[i], was, sizeof was);
        lf_type_print(b->columns[i].type, now, sizeof now);
        note_late(w, i, &b->columns[i], b->n_rows);
        const char *value = w->late[i].set ? w->late[i].text : "";
        (void)lf_fail(err, LF_ETYPE_CHANGED,
                      "column '%.60s' is %s by its first rows; '%s' needs %s",
                      w->job->schema.fields[i].name, was, value, now);
        return LF_ETYPE_CHANGED;
    }
    return lf_fail(err, LF_EINTERNAL, "a batch says that it is wider, and is not");
}

static lf_rc widen_group(flow_worker *w, const lf_batch *b, lf_error *err) {
    if (w->job->types_final) return type_changed(w, b, err);
    return w->job->shaped ? lf_flow_shape_widen(w, b, err) : widen_columns(w, b, err);
}

static lf_rc write_batch(flow_worker *w, const lf_batch *b, lf_error *err) {
    flow_job *j = w->job;
    if (b->widened) LF_TRY(widen_group(w, b, err));
    LF_TRY(j->spec->encoder->group_write(w->group, b, err));
    if (j->types_final) return LF_OK;
    return j->shaped ? lf_flow_shape_trace(w, b, err) : trace_batch(w, b, err);
}

static lf_rc cut_and_write(flow_worker *w, const lf_batch *b, uint32_t n, lf_batch *cut,
                           lf_error *err) {
    flow_job *j = w->job;
    size_t cols_bytes = b->n_columns * sizeof(lf_column);
    size_t words_bytes = b->n_columns * (LF_TILE_ROWS_MAX / 64) * sizeof(uint64_t);
    lf_column *cols = lf_mem_alloc(j->alloc, cols_bytes + 1);
    uint64_t *words = lf_mem_alloc(j->alloc, words_bytes + 1);
    lf_rc rc = LF_OK;
    if (cols == NULL || words == NULL) {
        rc = lf_fail_nomem(err, cols_bytes + words_bytes);
    } else {
        cut_batch(b, n, cut, cols, words);
        if (n > 0) rc = write_batch(w, cut, err);
    }
    lf_mem_free(j->alloc, cols, cols_bytes + 1);
    lf_mem_free(j->alloc, words, words_bytes + 1);
    return rc;
}

/* Rows that may still come out. */
static uint64_t room_of(const flow_worker *w) {
    const flow_job *j = w->job;
    if (j->spec->limit_rows == UINT64_MAX) return UINT64_MAX;
    return j->spec->limit_rows - j->report->rows_out - w->rows;
}

/* The columns widen by all rows, whichever are kept. */
static lf_rc handle_filtered(flow_worker *w, const lf_batch *b, lf_batch *kept, lf_error *err) {
    const bool writes = !w->job->typing_only;
    const uint64_t room = writes ? room_of(w) : UINT64_MAX;
    uint32_t taken = 0;
    if (b->widened && writes) LF_TRY(widen_group(w, b, err));
    LF_TRY(lf_flow_filter_batch(w, b, room, kept, &taken, err));
    w->stopped_by_limit = kept->n_rows == room;
    if (!writes) return LF_OK;
    kept->widened = false;
    bool aside = false; /* few rows of a block share a group with those of others */
    if (kept->n_rows > 0) LF_TRY(lf_flow_carry_keep(w, kept, &aside, err));
    if (kept->n_rows > 0 && !aside) LF_TRY(write_batch(w, kept, err));
    return lf_flow_rejects_keep(w, kept, err);
}

static lf_rc handle_batch(flow_worker *w, const lf_batch *b, lf_error *err) {
    flow_job *j = w->job;
    lf_batch cut = *b;
    if (w->cursor != NULL) {
        LF_TRY(handle_filtered(w, b, &cut, err));
    } else if (!j->typing_only) {
        const uint64_t room = room_of(w);
        if (b->n_rows >= room) {
            LF_TRY(cut_and_write(w, b, (uint32_t)room, &cut, err));
            w->stopped_by_limit = true;
        } else if (b->n_rows > 0) {
            LF_TRY(write_batch(w, b, err));
        }
        LF_TRY(lf_flow_rejects_keep(w, &cut, err));
    }
    w->rows += cut.n_rows;
    w->padded += cut.n_padded;
    w->n_rejects += cut.n_rejects;
    atomic_fetch_add_explicit(&j->seen_rows, cut.n_rows, memory_order_relaxed);
    return LF_OK;
}

/* -- the block -------------------------------------------------------------------------------- */

void lf_flow_decoder_drop(flow_worker *w) {
    if (w->decoder != NULL) w->decoder_type->destroy(w->decoder);
    w->decoder = NULL;
}

static lf_rc take_decoder(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    flow_input *in = &j->inputs[w->input];
    if (w->decoder != NULL && w->decoder_input == w->input) return LF_OK;
    lf_flow_decoder_drop(w);
    w->decoder_type = in->decoder;
    w->decoder_input = w->input;
    return in->decoder->create(in->plan, j->alloc, &w->decoder, err);
}

static lf_rc block_begin(flow_worker *w, uint64_t start, lf_error *err) {
    flow_job *j = w->job;
    LF_TRY(take_decoder(w, err));
    w->rows = w->padded = w->n_rejects = w->filtered = 0;
    w->spool_used = w->stopped_by_limit = false;
    lf_spill_clear(&w->rejects);
    if (j->shaped) {
        lf_block b = {.start = start, .end = (w->block.k + 1) * j->group_text_bytes};
        LF_TRY(lf_flow_shape_block_begin(w, &b, err));
        return w->decoder_type->begin(w->decoder, &b, err);
    }
    pthread_mutex_lock(&j->mu);
    memcpy(w->types, j->types, j->n_columns * sizeof *w->types);
    memcpy(w->evidence, j->evidence, j->n_columns * sizeof *w->evidence);
    pthread_mutex_unlock(&j->mu);
    lf_trace_begin(&w->trace);
    for (uint32_t i = 0; i < j->n_columns; i++) {
        w->trace.columns[i].date_format = single_format(&w->evidence[i]);
        w->late[i].set = false;
        w->want_text[i] = 0;
    }
    if (!j->typing_only) LF_TRY(j->spec->encoder->group_begin(w->group, w->types, err));
    lf_block b = {.start = start,
                  .end = (w->block.k + 1) * j->group_text_bytes,
                  .types = w->types,
                  .want_text = w->want_text,
                  .evidence = w->evidence};
    return w->decoder_type->begin(w->decoder, &b, err);
}

/* Keeps what the decoder may come back to. Its record is larger than a window may be out of turn,
 * so that the turn has come. `pos`: where its last call began. */
static lf_rc window_keep(flow_worker *w, const window *v, size_t pos, const lf_batch *b, bool *held,
                         lf_error *err) {
    lf_feed *f = w->job->inputs[w->input].feed;
    if (b->keep == *held) return LF_OK;
    if (!b->keep) {
        lf_feed_release(f);
    } else {
        if (!lf_flow_await_turn(w)) return LF_OK;
        size_t at = (size_t)(b->keep_from - v->offset);
        if (at < pos || at > v->len)
            return lf_fail(err, LF_EINTERNAL, "the decoder keeps text that it did not see");
        LF_TRY(lf_feed_hold(f, b->keep_from, window_data(w) + at, v->len - at, err));
    }
    *held = b->keep;
    return LF_OK;
}

/* Back to text that is still in the window, or was kept. */
static void window_seek(window *v, uint64_t offset) {
    if (offset >= v->offset && offset - v->offset <= v->len)
        v->pos = (size_t)(offset - v->offset);
    else
        *v = (window){.offset = offset};
}

static lf_rc block_decode(flow_worker *w, uint64_t start, lf_error *err) {
    flow_job *j = w->job;
    const lf_decoder_type *t = w->decoder_type;
    window v = {.offset = start};
    bool held = false;
    if (w->window == NULL) LF_TRY(window_grow(w, err));
    LF_TRY(lf_flow_measure_begin(&w->measure, j->inputs[w->input].encoding, start, j->alloc, err));
    for (;;) {
        if (lf_flow_cancelled(j)) return lf_fail(err, LF_ECANCELLED, "interrupted");
        if (atomic_load_explicit(&w->redo, memory_order_relaxed)) return LF_OK;
        lf_batch b = {0};
        lf_step step = LF_NEED_INPUT;
        size_t used = 0;
        lf_span in = {window_data(w) + v.pos, v.len - v.pos};
        LF_TRY(t->next(w->decoder, in, v.eof, &used, &step, &b, err));
        if (step == LF_BATCH_READY) LF_TRY(handle_batch(w, &b, err));
        if (b.torn.len > 0) lf_flow_measure_torn(&w->measure, b.torn.data);
        if (b.keep != held && step != LF_READ_AGAIN)
            LF_TRY(window_keep(w, &v, v.pos, &b, &held, err));
        v.pos += used;
        if (step == LF_READ_AGAIN) {
            lf_flow_measure_back(&w->measure, b.byte_offset);
            window_seek(&v, b.byte_offset);
            LF_TRY(lf_flow_rejects_forget_pieces(w, err));
        }
        if (step == LF_DONE) break;
        if (w->stopped_by_limit) break;
        if (j->spec->on_error == LF_ON_ERROR_STRICT && w->n_rejects > 0 && !j->typing_only) break;
        if (step == LF_NEED_INPUT) {
            LF_TRY(window_fill(w, &v, err));
            lf_flow_tick(j);
        }
    }
    t->block_end(w->decoder, &w->end);
    w->stored = lf_flow_measure_at(&w->measure, w->end.next_start);
    return LF_OK;
}

/* ---- several small inputs in one block ---- */

/* What the input at hand has shown and counted, beyond what was counted `before`. */
static lf_rc member_end(flow_worker *w, const flow_member *before, lf_error *err) {
    flow_job *j = w->job;
    const lf_plan_base *p = (const lf_plan_base *)j->inputs[w->input].plan;
    flow_member m = {.end = w->end,
                     .rows = w->rows - before->rows,
                     .rejects = w->n_rejects - before->rejects,
                     .filtered = w->filtered - before->filtered,
                     .body_line = p->body_line,
                     .body_offset = p->body_offset};
    for (uint32_t i = 0; i < j->n_columns && !j->shaped && w->end.evidence != NULL; i++)
        lf_evidence_join(&w->evidence[i], &w->end.evidence[i]);
    if (j->shaped && w->end.shape != NULL)
        LF_TRY(lf_shape_join(&w->known, j->alloc, w->end.shape, err));
    for (uint32_t i = 0; i < w->end.n_skipped; i++) {
        const lf_line_run *r = &w->end.skipped[i];
        const uint64_t line = p->body_line + r->newlines_before;
        if (w->n_skipped == LF_SKIPPED_MAX) {
            m.end.n_skipped_more++;
            continue;
        }
        w->skipped[w->n_skipped++] = (lf_skipped){r->what, line, line + r->lines - 1, w->input};
    }
    m.end.skipped = NULL;
    m.end.n_skipped = 0;
    m.end.evidence = NULL;
    m.end.shape = NULL;
    return lf_buf_append(&w->members, &m, sizeof m, err);
}

static lf_rc member_begin(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    flow_input *in = &j->inputs[w->input];
    lf_block b = {.end = j->group_text_bytes};
    in->users = 1; /* nobody else looks at it */
    LF_TRY(lf_flow_input_enter(j, w->input, err));
    LF_TRY(lf_flow_input_tell(j, w->input, err));
    LF_TRY(lf_flow_feed_start(j, in, 0, err));
    lf_feed_proven(in->feed, 0);
    b.start = ((const lf_plan_base *)in->plan)->body_offset;
    if (j->shaped) {
        LF_TRY(lf_flow_shape_block_continue(w, &b, err));
    } else {
        b.types = w->types;
        b.want_text = w->want_text;
        b.evidence = w->evidence;
    }
    if (w->decoder != NULL) lf_flow_decoder_drop(w);
    LF_TRY(take_decoder(w, err));
    return w->decoder_type->begin(w->decoder, &b, err);
}

/* The group goes on from one input to the next: wider, where one of them is. */
static lf_rc members_run(flow_worker *w, uint64_t start, lf_error *err) {
    flow_job *j = w->job;
    lf_buf_clear(&w->members);
    w->n_skipped = 0;
    lf_feed_proven(j->inputs[w->input].feed, 0);
    LF_TRY(block_begin(w, start, err));
    for (uint32_t i = 0; i < w->block.n_inputs; i++) {
        const flow_member counted = {
            .rows = w->rows, .rejects = w->n_rejects, .filtered = w->filtered};
        const uint32_t at = w->block.input + i;
        if (i > 0) {
            const uint32_t before = w->input;
            lf_flow_decoder_drop(w);
            LF_TRY(lf_flow_input_leave(j, before, err));
            w->input = at;
            LF_TRY(member_begin(w, err));
            start = ((const lf_plan_base *)j->inputs[at].plan)->body_offset;
        }
        LF_TRY(block_decode(w, start, err));
        LF_TRY(member_end(w, &counted, err));
        if (w->stopped_by_limit) break;
        if (j->spec->on_error == LF_ON_ERROR_STRICT && w->n_rejects > 0 && !j->typing_only) break;
    }
    lf_flow_decoder_drop(w);
    w->end.evidence = j->shaped ? NULL : w->evidence;
    w->end.shape = j->shaped ? &w->known : NULL;
    return lf_flow_input_leave(j, w->input, err);
}

lf_rc lf_flow_block_run(flow_worker *w, uint64_t start) {
    flow_job *j = w->job;
    lf_error *err = &w->err;
    *err = (lf_error){0};
    w->end = (lf_block_end){.next_start = start};
    w->stored = 0;
    w->measure.on = false;
    if (start >= (w->block.k + 1) * j->group_text_bytes) { /* a record covers the whole block */
        w->rows = w->padded = w->n_rejects = w->filtered = w->passed = 0;
        w->spool_used = w->stopped_by_limit = w->carrying = false;
        lf_spill_clear(&w->rejects);
        return LF_OK;
    }
    if (!lf_flow_filter_begin(w)) return LF_OK; /* once more, from the right start */
    lf_flow_carry_begin(w);
    lf_rc rc;
    if (w->block.n_inputs > 1) {
        rc = members_run(w, start, err);
    } else {
        rc = block_begin(w, start, err);
        if (rc == LF_OK) rc = block_decode(w, start, err);
    }
    if (rc == LF_OK && !atomic_load(&w->redo) && !j->typing_only && w->rows > 0 && !w->carrying) {
        rc = j->spec->encoder->group_seal(w->group, err);
        if (rc == LF_OK && w->spool_used) rc = j->spec->encoder->group_seal(w->spool_group, err);
    }
    if (rc != LF_OK) lf_error_set_file(err, j->inputs[w->input].path);
    return rc;
}
