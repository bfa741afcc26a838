/* Workers, turns, groups: see reader_work.h. Without pieces one worker reads all inputs as one
 * unit, whose groups are cut where their values fill one. */
#include "api/reader_work.h"
#include "api/reader_carry.h"
#include "array/batch.h"
#include "core/limits.h"
#include "obs/clock.h"
#include <pthread.h>
#include <string.h>

#define PROGRESS_EVERY_S 0.1

typedef struct reader_work {
    lf_reader_work *o;
    lf_reader_cut cut;         /* under assign_mu */
    pthread_mutex_t assign_mu; /* handing out units */
    bool no_more;
    pthread_mutex_t mu; /* the turn, and what is below */
    pthread_cond_t cv;
    uint64_t turn;      /* index of the unit that may commit */
    uint64_t failed_at; /* the first unit that failed; UINT64_MAX: none */
    lf_error err;
    lf_reader_carry carry; /* in turn */
    double told_s;
    uint64_t *read; /* of each input, in pieces; under mu */
    _Atomic uint64_t rows_seen;
    _Atomic bool stopped;
} reader_work;

typedef struct reader_worker {
    reader_work *w;
    pthread_t thread;
    uint32_t id;
    lf_reader *reader;
    uint32_t input; /* that it reads */
    lf_reader_unit unit;
    lf_group **groups;
    uint32_t n_sealed; /* of them, waiting; the next one is being filled */
    uint64_t group_rows, group_bytes;
    uint64_t rows;         /* of the unit, not yet counted */
    bool turn;             /* it is the unit's */
    lf_row_cursor *cursor; /* NULL: all rows come out */
    lf_reader_aside aside; /* rows that are kept, ... */
    bool carrying;         /* ... while there are few */
    lf_error err;
} reader_worker;

/* ---- turns ---- */

static bool await_turn(reader_worker *x, bool wait) {
    reader_work *w = x->w;
    pthread_mutex_lock(&w->mu);
    while (wait && w->turn != x->unit.index && w->failed_at > x->unit.index)
        pthread_cond_wait(&w->cv, &w->mu);
    x->turn = w->turn == x->unit.index && w->failed_at > x->unit.index;
    pthread_mutex_unlock(&w->mu);
    return x->turn;
}

static void pass_turn(reader_worker *x) {
    reader_work *w = x->w;
    lf_report *rep = w->o->report;
    pthread_mutex_lock(&w->mu);
    rep->rows_out += x->rows;
    w->turn++;
    x->turn = false;
    pthread_cond_broadcast(&w->cv);
    pthread_mutex_unlock(&w->mu);
}

/* Units before the one that failed go on: one of them may fail too, and is told then. */
static void fail(reader_worker *x) {
    reader_work *w = x->w;
    pthread_mutex_lock(&w->mu);
    if (x->unit.index < w->failed_at) {
        w->failed_at = x->unit.index;
        w->err = x->err;
    }
    atomic_store(&w->stopped, true);
    pthread_cond_broadcast(&w->cv);
    pthread_mutex_unlock(&w->mu);
}

/* ---- progress ---- */

static bool is_cancelled(const reader_work *w) {
    const int *cancel = w->o->spec->cancel;
    return cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED) != 0;
}

static void tell(reader_work *w) {
    const lf_flow_spec *s = w->o->spec;
    const double now = lf_now_s();
    if (s->progress == NULL || pthread_mutex_trylock(&w->mu) != 0) return;
    const bool due = now - w->told_s >= PROGRESS_EVERY_S;
    if (due) w->told_s = now;
    pthread_mutex_unlock(&w->mu);
    if (!due) return;
    lf_progress g = {.rows = atomic_load(&w->rows_seen), .elapsed_s = now - w->o->started_s};
    uint64_t all = 0, read = 0;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        const lf_source *from = s->sources[i];
        const uint64_t rows = w->o->table->rows[i];
        uint64_t size = from->stored_bytes;
        if (size == LF_SIZE_UNKNOWN) size = from->size_bytes;
        if (size == LF_SIZE_UNKNOWN) size = 0;
        g.bytes_total += size;
        all = rows == LF_ROWS_UNKNOWN || all == LF_ROWS_UNKNOWN ? LF_ROWS_UNKNOWN : all + rows;
        read += atomic_load(&from->stored_read);
    }
    if (all != LF_ROWS_UNKNOWN && all > 0)
        read = (uint64_t)((double)g.bytes_total * ((double)g.rows / (double)all));
    g.bytes_read = read < g.bytes_total || g.bytes_total == 0 ? read : g.bytes_total;
    s->progress(s->progress_ctx, &g);
}

/* ---- groups ---- */

/* In turn: those that waited take their places. */
static lf_rc commit(reader_worker *x) {
    const lf_encoder_type *t = x->w->o->spec->encoder;
    if (x->n_sealed > 0) LF_TRY(lf_reader_carry_end(&x->w->carry, &x->err));
    for (uint32_t i = 0; i < x->n_sealed; i++) {
        LF_TRY(t->group_commit(x->groups[i], &x->err));
    }
    x->w->o->report->row_groups += x->n_sealed;
    return LF_OK;
}

static lf_rc store(reader_worker *x) {
    const lf_encoder_type *t = x->w->o->spec->encoder;
    for (uint32_t i = 0; i < x->n_sealed; i++) {
        LF_TRY(t->group_store(x->groups[i], &x->err));
    }
    x->n_sealed = 0;
    return LF_OK;
}

static lf_rc end_group(reader_worker *x) {
    if (x->group_rows == 0) return LF_OK;
    LF_TRY(x->w->o->spec->encoder->group_seal(x->groups[x->n_sealed], &x->err));
    x->n_sealed++;
    x->group_rows = x->group_bytes = 0;
    return LF_OK;
}

/* A group in the middle of the unit: it may wait while there is another to go on with. */
static lf_rc cut_group(reader_worker *x) {
    LF_TRY(end_group(x));
    const bool full = x->n_sealed == x->w->o->kept_groups;
    if (!x->turn && !await_turn(x, full))
        return full ? lf_fail(&x->err, LF_ECANCELLED, "another part failed") : LF_OK;
    LF_TRY(commit(x));
    return store(x);
}

static lf_rc end_unit(reader_worker *x) {
    LF_TRY(end_group(x));
    if (!x->turn && !await_turn(x, true))
        return lf_fail(&x->err, LF_ECANCELLED, "another part failed");
    LF_TRY(commit(x));
    LF_TRY(lf_reader_carry_take(&x->w->carry, &x->aside, &x->err));
    pass_turn(x);
    return store(x);
}

static lf_rc open_group(reader_worker *x, lf_group **out) {
    const lf_reader_work *o = x->w->o;
    const lf_encoder_type *t = o->spec->encoder;
    lf_group **g = &x->groups[x->n_sealed];
    if (*g == NULL) LF_TRY(t->group_create(o->encoder, false, g, &x->err));
    if (x->group_rows == 0) LF_TRY(t->group_begin(*g, o->table->types, &x->err));
    *out = *g;
    return LF_OK;
}

static lf_rc write_batch(reader_worker *x, const lf_batch *b) {
    const lf_reader_work *o = x->w->o;
    lf_group *g;
    LF_TRY(open_group(x, &g));
    LF_TRY(o->spec->encoder->group_write(g, b, &x->err));
    x->group_rows += b->n_rows;
    x->rows += b->n_rows;
    x->group_bytes += lf_reader_batch_bytes(b);
    return x->group_bytes >= o->group_bytes_max ? cut_group(x) : LF_OK;
}

/* Rows that a filter left: aside while they are few. */
static lf_rc write_kept(reader_worker *x, const lf_batch *b) {
    bool kept = false;
    lf_group *g;
    if (b->n_rows == 0) return LF_OK;
    if (x->carrying) LF_TRY(lf_reader_aside_keep(&x->aside, b, &kept, &x->err));
    if (kept) {
        x->rows += b->n_rows;
        return LF_OK;
    }
    x->carrying = false;
    if (x->aside.rows > 0) {
        LF_TRY(open_group(x, &g));
        x->group_rows += x->aside.rows;
        x->group_bytes += x->aside.bytes;
        LF_TRY(lf_reader_aside_write(&x->aside, x->w->o->spec->encoder, g, &x->err));
    }
    return write_batch(x, b);
}

/* ---- units ---- */

static void close_input(reader_worker *x) {
    lf_reader_close(x->reader);
    x->reader = NULL;
}

static lf_rc open_input(reader_worker *x, uint32_t input) {
    if (x->reader != NULL && x->input == input) return LF_OK;
    close_input(x);
    x->input = input;
    return lf_reader_table_open(x->w->o->table, input, &x->reader, &x->err);
}

/* What came of an input that is over, or of which no more is wanted. */
static lf_rc account(reader_worker *x, uint64_t done, uint64_t out, bool cut) {
    const lf_reader_work *o = x->w->o;
    lf_report *rep = o->report;
    const uint64_t all = o->table->rows[x->input];
    const uint64_t in = cut && all != LF_ROWS_UNKNOWN && done < all ? all : done;
    rep->rows_in += in;
    rep->rows_filtered += in - out;
    if (x->input < o->spec->n_counts) {
        o->spec->counts[x->input].rows_in += in;
        o->spec->counts[x->input].rows_out += out;
    }
    if (x->reader->type->account == NULL) return LF_OK;
    return x->reader->type->account(x->reader, rep, &x->err);
}

/* In pieces, any worker may have read any part of an input. */
static void account_part(reader_worker *x, uint64_t done, uint64_t kept) {
    const lf_reader_work *o = x->w->o;
    pthread_mutex_lock(&x->w->mu);
    x->w->read[x->input] += done;
    o->report->rows_in += done;
    o->report->rows_filtered += done - kept;
    if (x->input < o->spec->n_counts) {
        o->spec->counts[x->input].rows_in += done;
        o->spec->counts[x->input].rows_out += kept;
    }
    pthread_mutex_unlock(&x->w->mu);
}

/* Rows behind --limit, which nobody has read: where it is known that there are some, they are
 * counted as left out. */
static void account_rest(const reader_work *w) {
    const lf_reader_work *o = w->o;
    for (uint32_t i = 0; o->spec->limit_rows != UINT64_MAX && i < o->spec->n_sources; i++) {
        const uint64_t all = o->table->rows[i];
        if (all == LF_ROWS_UNKNOWN || all <= w->read[i]) continue;
        o->report->rows_in += all - w->read[i];
        o->report->rows_filtered += all - w->read[i];
        if (i < o->spec->n_counts) o->spec->counts[i].rows_in += all - w->read[i];
    }
}

/* Rows of one input, up to `most`. */
static lf_rc read_input(reader_worker *x, uint64_t most, uint64_t *done_out) {
    reader_work *w = x->w;
    uint64_t done = 0;
    lf_rc rc = LF_OK;
    while (rc == LF_OK && done < most) {
        lf_batch b;
        const uint64_t left = most - done;
        const uint32_t n = left < LF_TILE_ROWS_MAX ? (uint32_t)left : LF_TILE_ROWS_MAX;
        if (is_cancelled(w)) return lf_fail(&x->err, LF_ECANCELLED, "interrupted");
        rc = x->reader->type->next(x->reader, n, &b, &x->err);
        if (rc == LF_OK && b.n_rows == 0) break;
        if (rc == LF_OK) done += b.n_rows;
        atomic_fetch_add(&w->rows_seen, rc == LF_OK ? b.n_rows : 0);
        if (rc == LF_OK) rc = write_batch(x, &b);
        tell(w);
    }
    if (rc != LF_OK) lf_error_set_file(&x->err, w->o->spec->sources[x->input]->path);
    *done_out = done;
    return rc;
}

/* The same with rows left out: up to `most`, of which up to `room` are kept. In order (`apart`
 * false) there is one cursor for all. */
static lf_rc read_filtered(reader_worker *x, bool apart, uint64_t most, uint64_t room,
                           uint64_t *done_out, uint64_t *kept_out) {
    reader_work *w = x->w;
    lf_row_cursor *cursor = apart ? x->cursor : w->o->rows->cursor;
    lf_rc rc = LF_OK;
    *done_out = *kept_out = 0;
    while (rc == LF_OK && *kept_out < room && *done_out < most) {
        lf_batch b = {0}, kept = {0};
        const uint64_t left = most - *done_out;
        const uint32_t n = left < LF_TILE_ROWS_MAX ? (uint32_t)left : LF_TILE_ROWS_MAX;
        if (is_cancelled(w)) return lf_fail(&x->err, LF_ECANCELLED, "interrupted");
        rc = x->reader->type->next(x->reader, n, &b, &x->err);
        if (rc == LF_OK && b.n_rows == 0) break;
        if (rc == LF_OK)
            rc = lf_reader_rows_next(w->o->rows, cursor, &b, room - *kept_out, &kept, &x->err);
        if (rc == LF_OK && kept.n_rows > 0)
            rc = apart ? write_kept(x, &kept) : write_batch(x, &kept);
        if (rc == LF_OK) *done_out += b.n_rows;
        if (rc == LF_OK) *kept_out += kept.n_rows;
        atomic_fetch_add(&w->rows_seen, b.n_rows);
        tell(w);
    }
    if (rc != LF_OK) lf_error_set_file(&x->err, w->o->spec->sources[x->input]->path);
    return rc;
}

/* All inputs, one after the other, as far as --limit goes. */
static lf_rc run_in_order(reader_worker *x) {
    const lf_flow_spec *s = x->w->o->spec;
    uint64_t left = s->limit_rows;
    for (uint32_t i = 0; i < s->n_sources; i++) {
        uint64_t done = 0, out = 0;
        LF_TRY(open_input(x, i));
        if (x->w->o->rows->cursor != NULL)
            LF_TRY(read_filtered(x, false, UINT64_MAX, left, &done, &out));
        else
            LF_TRY(read_input(x, left, &done));
        if (x->w->o->rows->cursor == NULL) out = done;
        if (left != UINT64_MAX) left -= out;
        LF_TRY(account(x, done, out, s->limit_rows != UINT64_MAX));
        close_input(x);
    }
    return end_unit(x);
}

typedef struct piece_bounds {
    lf_reader *reader;
    uint64_t piece;
} piece_bounds;

static bool ask_bounds(void *ctx, uint32_t column, lf_reader_bounds *out) {
    const piece_bounds *b = ctx;
    return b->reader->type->bounds(b->reader, b->piece, column, out);
}

/* Of the next n rows, in a piece, none is kept: they need not be read. */
static bool none_kept(reader_worker *x, uint64_t piece, uint64_t n) {
    lf_row_cursor *c = x->cursor;
    piece_bounds b = {x->reader, piece};
    if (c->skip >= n) return true;
    return c->where != NULL && x->reader->type->bounds != NULL &&
           !lf_where_may_hold(c->where, ask_bounds, &b);
}

static void pass_over(reader_worker *x, uint64_t n) {
    x->cursor->skip -= x->cursor->skip < n ? x->cursor->skip : n;
    atomic_fetch_add(&x->w->rows_seen, n);
    tell(x->w);
}

/* Up to `most` rows of the input from row `row` of piece `piece` on. */
static lf_rc read_pieces(reader_worker *x, uint64_t piece, uint64_t row, uint64_t most,
                         uint64_t *done_out, uint64_t *kept_out) {
    const lf_reader_type *t = x->reader->type;
    bool placed = false;
    lf_rc rc = LF_OK;
    *done_out = *kept_out = 0;
    for (; rc == LF_OK && *done_out < most; piece++, row = 0) {
        lf_reader_piece p;
        bool has = false;
        uint64_t done = 0, kept = 0;
        rc = t->piece(x->reader, piece, &p, &has, &x->err);
        if (rc != LF_OK || !has) break;
        const uint64_t left = p.rows - row, n = left < most - *done_out ? left : most - *done_out;
        if (none_kept(x, piece, n)) {
            pass_over(x, n);
            done = n;
            placed = false;
        } else {
            if (!placed) rc = t->seek(x->reader, piece, row, &x->err);
            if (rc != LF_OK) break;
            LF_TRY(read_filtered(x, true, n, UINT64_MAX, &done, &kept));
            placed = true;
        }
        *done_out += done;
        *kept_out += kept;
        if (done < n) break;
    }
    if (rc != LF_OK) lf_error_set_file(&x->err, x->w->o->spec->sources[x->input]->path);
    return rc;
}

/* Of an input up to `most` rows of the unit; of another than its first one from its first row. */
static lf_rc read_part(reader_worker *x, uint64_t most, uint64_t *done_out, uint64_t *kept_out) {
    const bool first = x->input == x->unit.input;
    if (x->cursor != NULL)
        return read_pieces(x, first ? x->unit.piece : 0, first ? x->unit.row : 0, most, done_out,
                           kept_out);
    const lf_rc rc = read_input(x, most, done_out);
    *kept_out = *done_out;
    return rc;
}

static lf_rc run_unit(reader_worker *x) {
    const lf_flow_spec *s = x->w->o->spec;
    uint64_t left = x->unit.rows;
    LF_TRY(open_input(x, x->unit.input));
    x->carrying = x->cursor != NULL;
    if (x->cursor != NULL) {
        lf_reader_rows_place(x->w->o->rows, x->cursor, x->unit.first);
    } else {
        const lf_rc rc = x->reader->type->seek(x->reader, x->unit.piece, x->unit.row, &x->err);
        if (rc != LF_OK) return lf_error_set_file(&x->err, s->sources[x->input]->path), rc;
    }
    for (;;) {
        uint64_t done = 0, kept = 0;
        LF_TRY(read_part(x, left, &done, &kept));
        account_part(x, done, kept);
        left -= done;
        if (left == 0) return end_unit(x);
        if (x->input + 1 == s->n_sources) break;
        LF_TRY(open_input(x, x->input + 1));
    }
    return lf_fail(&x->err, LF_ECORRUPT, "%llu rows fewer than the metadata says",
                   (unsigned long long)left);
}

/* ---- workers ---- */

static bool next_unit(reader_worker *x) {
    reader_work *w = x->w;
    const lf_reader_work *o = w->o;
    bool has = false;
    x->err = (lf_error){0};
    x->rows = 0;
    pthread_mutex_lock(&w->assign_mu);
    /* Pages may be larger than was planned: fewer workers then, never none. */
    const size_t used = atomic_load(&o->budget->used_bytes);
    const bool over = x->id > 0 && used + o->worker_bytes / 2 > o->room_bytes;
    if (!w->no_more && !over && !atomic_load(&w->stopped)) {
        const lf_rc rc = lf_reader_cut_next(&w->cut, &x->unit, &has, &x->err);
        w->no_more = !has;
        if (rc != LF_OK) {
            x->unit.index = w->cut.n_units;
            fail(x);
        }
    }
    pthread_mutex_unlock(&w->assign_mu);
    return has;
}

static void *worker_main(void *arg) {
    reader_worker *x = arg;
    while (next_unit(x)) {
        if (run_unit(x) == LF_OK) continue;
        fail(x);
        break;
    }
    return NULL;
}

static void worker_reset(reader_worker *x) {
    const lf_reader_work *o = x->w->o;
    close_input(x);
    if (x->cursor != NULL) lf_row_cursor_reset(x->cursor);
    if (x->cursor != NULL) lf_mem_free(o->alloc, x->cursor, sizeof *x->cursor);
    lf_reader_aside_reset(&x->aside);
    for (uint32_t i = 0; x->groups != NULL && i < o->kept_groups; i++)
        o->spec->encoder->group_destroy(x->groups[i]);
    lf_mem_free(o->alloc, x->groups, o->kept_groups * sizeof *x->groups);
}

static lf_rc worker_init(reader_worker *x, reader_work *w, uint32_t id, lf_error *err) {
    const lf_reader_work *o = w->o;
    *x = (reader_worker){.w = w, .id = id};
    x->aside.alloc = o->alloc;
    x->aside.bytes_max = lf_reader_aside_max(o->group_bytes);
    x->groups = lf_mem_zalloc(o->alloc, o->kept_groups * sizeof(lf_group *));
    if (x->groups == NULL) return lf_fail_nomem(err, sizeof(lf_group *));
    if (o->rows->cursor == NULL || o->in_order) return LF_OK;
    x->cursor = lf_mem_alloc(o->alloc, sizeof *x->cursor);
    if (x->cursor == NULL) return lf_fail_nomem(err, sizeof *x->cursor);
    lf_row_cursor_init(x->cursor, o->alloc);
    return LF_OK;
}

/* What is cut where is the same with one worker. */
static void run_workers(reader_work *w, reader_worker *workers) {
    lf_reader_work *o = w->o;
    uint32_t started = 1;
    if (o->in_order) {
        if (run_in_order(&workers[0]) != LF_OK) fail(&workers[0]);
        return;
    }
    for (; started < o->n_workers; started++)
        if (pthread_create(&workers[started].thread, NULL, worker_main, &workers[started]) != 0)
            break;
    o->report->threads_used = started;
    worker_main(&workers[0]);
    for (uint32_t i = 1; i < started; i++)
        pthread_join(workers[i].thread, NULL);
}

lf_rc lf_reader_work_run(lf_reader_work *o, lf_error *err) {
    reader_work w = {.o = o, .failed_at = UINT64_MAX};
    lf_rc rc = LF_OK;
    reader_worker *workers = lf_mem_zalloc(o->alloc, o->n_workers * sizeof *workers);
    if (workers == NULL) return lf_fail_nomem(err, o->n_workers * sizeof *workers);
    w.read = lf_mem_zalloc(o->alloc, o->spec->n_sources * sizeof *w.read);
    if (w.read == NULL) rc = lf_fail_nomem(err, o->spec->n_sources * sizeof *w.read);
    w.cut = (lf_reader_cut){
        .table = o->table, .unit_bytes = o->group_bytes, .rows_most = o->spec->limit_rows};
    w.carry = (lf_reader_carry){.type = o->spec->encoder,
                                .encoder = o->encoder,
                                .types = o->table->types,
                                .bytes_max = o->group_bytes / 2};
    pthread_mutex_init(&w.assign_mu, NULL);
    pthread_mutex_init(&w.mu, NULL);
    pthread_cond_init(&w.cv, NULL);
    for (uint32_t i = 0; rc == LF_OK && i < o->n_workers; i++)
        rc = worker_init(&workers[i], &w, i, err);
    if (rc == LF_OK) run_workers(&w, workers);
    if (rc == LF_OK && w.failed_at != UINT64_MAX) {
        rc = w.err.rc;
        if (err != NULL) lf_error_merge(err, &w.err);
    }
    if (rc == LF_OK) rc = lf_reader_carry_end(&w.carry, err);
    o->report->row_groups += w.carry.groups;
    if (!o->in_order) account_rest(&w);
    lf_reader_carry_reset(&w.carry);
    for (uint32_t i = 0; i < o->n_workers; i++)
        if (workers[i].w != NULL) worker_reset(&workers[i]);
    lf_reader_cut_reset(&w.cut);
    pthread_cond_destroy(&w.cv);
    pthread_mutex_destroy(&w.mu);
    pthread_mutex_destroy(&w.assign_mu);
    lf_mem_free(o->alloc, w.read, o->spec->n_sources * sizeof *w.read);
    lf_mem_free(o->alloc, workers, o->n_workers * sizeof *workers);
    return rc;
}
