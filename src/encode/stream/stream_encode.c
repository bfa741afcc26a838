/* An encoder without bytes: a group builds one Arrow array and gives it away in its turn. */
#include "encode/stream/stream_encode.h"
#include "array/batch.h"
#include "encode/stream/stream_internal.h"
#include "format/arrow/arrow_build.h"

struct lf_encoder {
    const lf_alloc *alloc;
    lf_stream_queue *queue;
    lf_encode_stats stats;
};

struct lf_group {
    lf_encoder *e;
    lf_arrow_build build;
};

static lf_rc stream_check(const lf_encode_opts *o, lf_error *err) {
    if (o->receiver == NULL) return lf_fail(err, LF_EINTERNAL, "a stream without a receiver");
    return LF_OK;
}

/* Arrow takes up to about twice the text: what was typed shrinks, what is short grows. */
static uint64_t stream_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled) {
    (void)s;
    (void)spilled;
    return 2 * o->group_text_bytes;
}

static lf_rc stream_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink,
                         lf_encoder **out, lf_error *err) {
    (void)sink;
    lf_encoder *e = lf_mem_zalloc(o->alloc, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    e->alloc = o->alloc;
    e->queue = o->receiver;
    *out = e;
    return lf_stream_queue_typed(e->queue, s, err);
}

static lf_rc stream_group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err) {
    (void)spill;
    lf_group *g = lf_mem_zalloc(e->alloc, sizeof *g);
    if (g == NULL) return lf_fail_nomem(err, sizeof *g);
    g->e = e;
    const lf_rc rc = lf_arrow_build_init(&g->build, e->queue->alloc, &e->queue->schema, err);
    if (rc == LF_OK)
        *out = g;
    else
        lf_mem_free(e->alloc, g, sizeof *g);
    return rc;
}

/* A block that is decoded again starts from nothing. */
static lf_rc stream_group_begin(lf_group *g, const lf_type *types, lf_error *err) {
    (void)types;
    (void)err;
    lf_arrow_build_clear(&g->build);
    return LF_OK;
}

static lf_rc stream_group_write(lf_group *g, const lf_batch *b, lf_error *err) {
    return lf_arrow_build_add(&g->build, b, err);
}

static lf_rc stream_group_done(lf_group *g, lf_error *err) {
    (void)g;
    (void)err;
    return LF_OK;
}

static uint64_t stream_group_bytes(const lf_group *g) {
    (void)g;
    return 0;
}

static lf_rc stream_group_commit(lf_group *g, lf_error *err) {
    struct ArrowArray a;
    const uint64_t rows = g->build.rows;
    LF_TRY(lf_arrow_build_take(&g->build, &a, err));
    const lf_rc rc = lf_stream_queue_push(g->e->queue, &a, err);
    if (rc != LF_OK) {
        a.release(&a);
        return rc;
    }
    g->e->stats.rows += rows;
    g->e->stats.row_groups++;
    return LF_OK;
}

static void stream_group_destroy(lf_group *g) {
    if (g == NULL) return;
    lf_arrow_build_reset(&g->build);
    lf_mem_free(g->e->alloc, g, sizeof *g);
}

static lf_rc stream_finish(lf_encoder *e, const lf_type *types, const lf_option *kv, size_t n_kv,
                           lf_encode_stats *stats_out, lf_error *err) {
    (void)types;
    (void)kv;
    (void)n_kv;
    (void)err;
    if (stats_out != NULL) *stats_out = e->stats;
    return LF_OK;
}

static void stream_close(lf_encoder *e) {
    if (e != NULL) lf_mem_free(e->alloc, e, sizeof *e);
}

static const char *const suffixes[] = {NULL};

const lf_encoder_type lf_stream_encoder = {
    .name = "stream",
    .suffixes = suffixes,
    .flags = LF_ENCODER_TYPES_FIRST,
    .check = stream_check,
    .worker_bytes = stream_worker_bytes,
    .open = stream_open,
    .group_create = stream_group_create,
    .group_begin = stream_group_begin,
    .group_write = stream_group_write,
    .group_seal = stream_group_done,
    .group_bytes = stream_group_bytes,
    .group_commit = stream_group_commit,
    .group_store = stream_group_done,
    .group_destroy = stream_group_destroy,
    .finish = stream_finish,
    .close = stream_close,
};
