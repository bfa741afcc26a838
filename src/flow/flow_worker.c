/* flow/flow_worker.c - the workers: take a block, find its start, decode, wait for the turn,
 * commit.
 *
 *   block k-1   ......... commits, its end is the true start of k ----+
 *   block k     guess -> decode and encode ........... (waits) -> proven? commit -> store
 *                                                              \-> no: once more from the true
 * start
 *
 * The proof is made as soon as block k-1 commits, also while k is still being decoded, so that a
 * wrong guess costs no more than what was done until then. An error inside an unproven block is
 * kept until its turn, as it may be one of the wrong guess. */
#include "core/limits.h"
#include "flow/flow_carry.h"
#include "flow/flow_filter.h"
#include "flow/flow_shape.h"
#include "flow/job.h"
#include "obs/clock.h"
#include <string.h>
#include <time.h>

#define GUESS_BYTES (64 * 1024u)

bool lf_flow_cancelled(const flow_job *j) {
    return __atomic_load_n(&j->stopped, __ATOMIC_RELAXED) ||
           (j->spec->cancel != NULL && __atomic_load_n(j->spec->cancel, __ATOMIC_RELAXED) != 0);
}

void lf_flow_tick(flow_job *j) {
    if (j->spec->progress == NULL) return;
    double now = lf_now_s() - j->started_s;
    uint64_t ms = (uint64_t)(now * 1000), due = atomic_load(&j->next_tick_ms);
    if (ms < due || !atomic_compare_exchange_strong(&j->next_tick_ms, &due, ms + 100)) return;
    lf_progress p = {.rows = j->seen_rows, .bytes_written = j->written_bytes, .elapsed_s = now};
    if (j->n_inputs == 1) {
        lf_source *s = j->inputs[0].source;
        if (s->stored_bytes != LF_SIZE_UNKNOWN) p.bytes_total = s->stored_bytes;
        p.bytes_read = s->compression != NULL ? atomic_load(&s->stored_read) : j->seen_bytes;
    } else {
        p.bytes_total = j->bytes_total;
        p.bytes_read = j->any_compressed ? atomic_load(&j->stored_done) : j->seen_bytes;
    }
    if (p.bytes_total > 0 && p.bytes_read > p.bytes_total) p.bytes_read = p.bytes_total;
    j->spec->progress(j->spec->progress_ctx, &p);
}

static void stop_all(flow_job *j) { /* with mu held */
    __atomic_store_n(&j->stopped, true, __ATOMIC_RELAXED);
    pthread_cond_broadcast(&j->cv);
}

void lf_flow_fail(flow_job *j, const lf_error *err) {
    pthread_mutex_lock(&j->mu);
    if (!j->stopped) lf_error_merge(&j->err, err);
    stop_all(j);
    pthread_mutex_unlock(&j->mu);
}

/* With mu held, once the turn's start is known: is the worker of that block on the right track? */
static void settle(flow_job *j, flow_worker *w) {
    uint64_t start = atomic_load(&w->start);
    if (start == UINT64_MAX) return; /* it will look for itself */
    if (w->block.first || start == j->proven_start) {
        w->proven = true;
        if (w->block.n_inputs > 1) return; /* each of its inputs is proven from the start */
        lf_feed_proven(j->inputs[w->block.input].feed, w->block.k);
    } else {
        atomic_store(&w->redo, 1);
    }
}

static void advance_turn(flow_job *j, uint64_t next_start) {
    j->turn++;
    j->proven_start = next_start;
    for (uint32_t i = 0; i < j->n_workers; i++) {
        flow_worker *w = &j->workers[i];
        if (w->busy && w->block.index == j->turn) settle(j, w);
    }
    pthread_cond_broadcast(&j->cv);
}

/* Waits with mu held; wakes at least 20 times a second to look at the cancel flag. */
static void wait_turn(flow_worker *w) {
    flow_job *j = w->job;
    while (j->turn != w->block.index && !lf_flow_cancelled(j)) {
        struct timespec ts;
        clock_gettime(CLOCK_MONOTONIC, &ts);
        ts.tv_nsec += 50 * 1000 * 1000;
        if (ts.tv_nsec >= 1000000000) {
            ts.tv_sec++;
            ts.tv_nsec -= 1000000000;
        }
        pthread_cond_timedwait(&j->cv, &j->mu, &ts);
    }
}

bool lf_flow_await_turn(flow_worker *w) {
    flow_job *j = w->job;
    pthread_mutex_lock(&j->mu);
    wait_turn(w);
    bool good = j->turn == w->block.index && !lf_flow_cancelled(j) && atomic_load(&w->redo) == 0;
    pthread_mutex_unlock(&j->mu);
    return good;
}

/* Guesses the start of a block that is not yet proven; *found_out false: wait for the proof. */
static lf_rc guess_start(flow_worker *w, bool *found_out, uint64_t *start_out) {
    flow_job *j = w->job;
    flow_input *in = &j->inputs[w->block.input];
    uint64_t near = w->block.k * j->group_text_bytes;
    uint8_t *buf = lf_mem_zalloc(j->alloc, GUESS_BYTES + 2 * LF_OVERREAD_BYTES);
    if (buf == NULL) return lf_fail_nomem(&w->err, GUESS_BYTES);
    size_t got = 0;
    bool eof = false;
    lf_rc rc = LF_OK;
    while (rc == LF_OK && got < GUESS_BYTES && !atomic_load(&w->redo)) {
        size_t m = 0;
        rc = lf_feed_peek(in->feed, near - 1 + got, buf + LF_OVERREAD_BYTES + got,
                          GUESS_BYTES - got, &m, &w->err);
        eof = rc == LF_OK && m == 0;
        if (eof) break;
        got += m;
    }
    if (rc == LF_OK)
        rc = in->decoder->guess(in->plan, (lf_span){buf + LF_OVERREAD_BYTES, got}, eof, near,
                                found_out, start_out, &w->err);
    lf_mem_free(j->alloc, buf, GUESS_BYTES + 2 * LF_OVERREAD_BYTES);
    return rc;
}

/* Settles where to start: proven, guessed, or (nothing found) proven after waiting. */
static lf_rc find_start(flow_worker *w) {
    flow_job *j = w->job;
    bool found = w->block.first;
    uint64_t start = 0;
    if (w->block.first) {
        start = ((const lf_plan_base *)j->inputs[w->block.input].plan)->body_offset;
    } else {
        pthread_mutex_lock(&j->mu);
        bool known = j->turn == w->block.index;
        pthread_mutex_unlock(&j->mu);
        if (!known) LF_TRY(guess_start(w, &found, &start));
    }
    pthread_mutex_lock(&j->mu);
    if (!found) wait_turn(w);
    bool mine = j->turn == w->block.index;
    if (mine && !w->block.first) start = j->proven_start;
    atomic_store(&w->start, start);
    if (mine) settle(j, w);
    pthread_mutex_unlock(&j->mu);
    return LF_OK;
}

/* The turn has come: true when the block was decoded from its true start. */
static bool take_turn(flow_worker *w) {
    flow_job *j = w->job;
    pthread_mutex_lock(&j->mu);
    wait_turn(w);
    bool again = atomic_exchange(&w->redo, 0) != 0;
    if (again && !j->stopped) {
        atomic_store(&w->start, j->proven_start);
        lf_feed *f = j->inputs[w->block.input].feed;
        lf_feed_rewind(f, w->block.k);
        settle(j, w);
    }
    pthread_mutex_unlock(&j->mu);
    return !again;
}

static lf_rc store_block(flow_worker *w) {
    flow_job *j = w->job;
    const lf_encoder_type *t = j->spec->encoder;
    if (j->typing_only || w->rows == 0 || w->carrying) return LF_OK;
    LF_TRY(t->group_store(w->group, &w->err));
    atomic_fetch_add(&j->written_bytes, t->group_bytes(w->group));
    return w->spool_used ? t->group_store(w->spool_group, &w->err) : LF_OK;
}

/* Blocks with large records are stored, and what they took is given back, before the turn passes
 * on. */
static lf_rc commit_block(flow_worker *w) {
    flow_job *j = w->job;
    bool big = lf_flow_window_shrink(w);
    lf_rc rc = lf_flow_carry_commit(w, &w->err);
    pthread_mutex_lock(&j->mu);
    if (rc == LF_OK) rc = lf_flow_commit(w);
    pthread_mutex_unlock(&j->mu);
    if (big) { /* its scratch grew with the window; the next block makes another */
        lf_flow_decoder_drop(w);
    }
    if (rc == LF_OK && big) rc = store_block(w);
    if (rc == LF_OK && big && !j->typing_only && !j->shaped)
        rc = j->spec->encoder->group_begin(w->group, w->types, &w->err);
    if (w->stopped_by_limit) atomic_store(&j->no_more, true);
    pthread_mutex_lock(&j->mu);
    w->busy = false;
    if (rc == LF_OK) advance_turn(j, w->end.next_start);
    pthread_mutex_unlock(&j->mu);
    return rc == LF_OK && !big ? store_block(w) : rc;
}

/* A decoder tells places from the start of its block; now all before it is known. */
static void place_error(flow_worker *w) {
    const flow_job *j = w->job;
    const lf_plan_base *plan = (const lf_plan_base *)j->inputs[w->input].plan;
    lf_error *e = &w->err;
    if (!e->has_position || plan == NULL) return;
    if (e->row != LF_NO_POSITION) e->row += w->block.first ? 0 : j->base_records;
    if (e->line != LF_NO_POSITION) e->line += w->block.first ? plan->body_line : j->base_lines;
    if (e->byte_offset != LF_NO_POSITION && w->measure.on)
        e->byte_offset = lf_flow_measure_at(&w->measure, e->byte_offset) +
                         (w->block.first ? j->inputs[w->input].body_bytes : j->base_stored);
    lf_error_set_file(e, j->inputs[w->input].path);
}

static lf_rc work_block(flow_worker *w) {
    flow_job *j = w->job;
    lf_rc rc = find_start(w);
    for (;;) {
        if (rc == LF_OK) rc = lf_flow_block_run(w, atomic_load(&w->start));
        bool settled = take_turn(w);
        if (lf_flow_cancelled(j)) return lf_fail(&w->err, LF_ECANCELLED, "interrupted");
        if (settled) break;
        w->input = w->block.input;
        w->err = (lf_error){0};
        rc = LF_OK;
    }
    if (rc != LF_OK) {
        place_error(w);
        return rc;
    }
    rc = commit_block(w);
    if (j->n_inputs == 1) return rc;
    lf_flow_decoder_drop(w);
    return rc == LF_OK && w->block.n_inputs == 1 ? lf_flow_input_leave(j, w->block.input, &w->err)
                                                 : rc;
}

static void *worker_main(void *arg) {
    flow_worker *w = arg;
    flow_job *j = w->job;
    while (!lf_flow_cancelled(j)) {
        bool has = false;
        flow_block b = {0};
        w->err = (lf_error){0};
        lf_rc rc = lf_flow_next_block(j, &b, &has, &w->err);
        if (rc == LF_OK && !has) break;
        if (rc == LF_OK) {
            pthread_mutex_lock(&j->mu);
            w->block = b;
            w->input = b.input;
            w->busy = true;
            w->proven = false;
            atomic_store(&w->start, UINT64_MAX);
            atomic_store(&w->redo, 0);
            pthread_mutex_unlock(&j->mu);
            rc = work_block(w);
        }
        if (rc != LF_OK) {
            lf_flow_fail(j, &w->err);
            break;
        }
    }
    return NULL;
}

static void worker_reset(flow_worker *w) {
    flow_job *j = w->job;
    uint32_t n = j->n_columns;
    lf_flow_decoder_drop(w);
    lf_buf_reset(&w->members);
    j->spec->encoder->group_destroy(w->group);
    j->spec->encoder->group_destroy(w->spool_group);
    lf_flow_measure_reset(&w->measure);
    if (w->window != NULL) lf_mem_free(j->alloc, w->window, w->window_cap + 2 * LF_OVERREAD_BYTES);
    lf_mem_free(j->alloc, w->types, n * sizeof *w->types + 1);
    lf_mem_free(j->alloc, w->evidence, n * sizeof *w->evidence + 1);
    lf_mem_free(j->alloc, w->want_text, n + 1);
    lf_mem_free(j->alloc, w->late, n * sizeof *w->late + 1);
    lf_mem_free(j->alloc, w->valid_words, LF_TILE_ROWS_MAX / 8);
    lf_trace_reset(&w->trace);
    lf_flow_shape_worker_reset(w);
    lf_flow_filter_worker_reset(w);
    lf_flow_carry_worker_reset(w);
    lf_spill_reset(&w->rejects);
}

static lf_rc worker_init(flow_worker *w, flow_job *j, uint32_t id, lf_error *err) {
    uint32_t n = j->n_columns;
    w->job = j;
    w->id = id;
    w->types = lf_mem_zalloc(j->alloc, n * sizeof *w->types + 1);
    w->evidence = lf_mem_zalloc(j->alloc, n * sizeof *w->evidence + 1);
    w->want_text = lf_mem_zalloc(j->alloc, n + 1);
    w->late = lf_mem_zalloc(j->alloc, n * sizeof *w->late + 1);
    w->valid_words = lf_mem_zalloc(j->alloc, LF_TILE_ROWS_MAX / 8);
    lf_buf_init(&w->members, j->alloc, SIZE_MAX / 2);
    lf_spill_init(&w->rejects, j->alloc, LF_MIB, j->encode_opts.temp_open, j->encode_opts.temp_ctx);
    if (!w->types || !w->evidence || !w->want_text || !w->late || !w->valid_words)
        return lf_fail_nomem(err, n * sizeof *w->evidence);
    LF_TRY(lf_flow_shape_worker_init(w, err));
    LF_TRY(lf_flow_filter_worker_init(w, err));
    LF_TRY(lf_trace_init(&w->trace, j->alloc, n, err));
    if (j->typing_only) return LF_OK;
    return j->spec->encoder->group_create(j->encoder, false, &w->group, err);
}

lf_rc lf_flow_workers_run(flow_job *j, lf_error *err) {
    lf_rc rc = LF_OK;
    uint32_t made = 0, started = 0, n = j->n_workers;
    j->workers = lf_mem_zalloc(j->alloc, n * sizeof *j->workers);
    if (j->workers == NULL) return lf_fail_nomem(err, n * sizeof *j->workers);
    for (; made < n && rc == LF_OK; made++)
        rc = worker_init(&j->workers[made], j, made, err);
    if (rc == LF_OK) {
        for (started = 1; started < n; started++)
            if (pthread_create(&j->workers[started].thread, NULL, worker_main,
                               &j->workers[started]) != 0)
                break;
        if (started < n) j->report->threads_used = started; /* fewer will do */
        worker_main(&j->workers[0]);
        for (uint32_t i = 1; i < started; i++)
            pthread_join(j->workers[i].thread, NULL);
        if (j->err.rc != LF_OK) {
            if (err != NULL) lf_error_merge(err, &j->err);
            rc = j->err.rc;
        } else if (lf_flow_cancelled(j)) {
            rc = lf_fail(err, LF_ECANCELLED, "interrupted");
        }
    }
    for (uint32_t i = 0; i < made; i++)
        worker_reset(&j->workers[i]);
    lf_mem_free(j->alloc, j->workers, n * sizeof *j->workers);
    j->workers = NULL;
    return rc;
}
