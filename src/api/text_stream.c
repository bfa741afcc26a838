#include "api/text_stream.h"
#include "api/report.h"
#include "core/limits.h"
#include "core/source.h"
#include "obs/clock.h"

#define BATCH_TEXT_BYTES (8u * LF_MIB)

/* A sink that nothing is written to. */

static lf_rc no_write(lf_sink *s, uint64_t offset, const void *p, size_t n, lf_error *err) {
    (void)s, (void)offset, (void)p, (void)n, (void)err;
    return LF_OK;
}
static lf_rc no_read(lf_sink *s, uint64_t offset, void *p, size_t n, lf_error *err) {
    (void)s, (void)offset, (void)p, (void)n;
    return lf_fail(err, LF_EINTERNAL, "a stream has no bytes to read back");
}
static lf_rc no_copy(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset, uint64_t n,
                     lf_error *err) {
    (void)s, (void)offset, (void)from, (void)from_offset, (void)n;
    return lf_fail(err, LF_EINTERNAL, "a stream has no bytes to copy");
}
static lf_rc no_commit(lf_sink *s, uint64_t size, lf_error *err) {
    (void)s, (void)size, (void)err;
    return LF_OK;
}
static void no_close(lf_sink *s) {
    (void)s;
}
static const lf_sink_type nothing_type = {"nothing", no_write,  no_read,
                                          no_copy,   no_commit, no_close};

static lf_rc open_nothing(void *ctx, lf_sink **out, lf_error *err) {
    static lf_sink nothing = {.type = &nothing_type};
    (void)ctx, (void)err;
    *out = &nothing;
    return LF_OK;
}

static void *run(void *arg) {
    lf_text_stream *t = arg;
    const double started = lf_now_s(), cpu = lf_cpu_s();
    t->rc = t->run ? t->run(t->run_ctx, &t->spec, &t->report, &t->err)
                   : lf_flow_run(&t->spec, &t->report, &t->err);
    t->report.elapsed_s = lf_now_s() - started;
    t->report.cpu_s = lf_cpu_s() - cpu;
    t->report.peak_rss_bytes = lf_peak_rss_bytes();
    if (t->rc != LF_OK && t->spec.n_sources == 1 && t->rc / 100 == 1)
        lf_error_set_file(&t->err, t->spec.sources[0]->path);
    t->err.rc = t->rc;
    lf_error *const later = t->rc == LF_OK ? &t->err : NULL;
    const lf_rc kept = lf_report_adopt(&t->report, t->spec.alloc, later);
    if (t->rc == LF_OK) t->rc = kept;
    lf_stream_queue_end(&t->queue);
    return NULL;
}

lf_rc lf_text_stream_start(lf_text_stream *t, const lf_flow_spec *spec, lf_text_stream_run run_it,
                           void *run_ctx, const lf_alloc *alloc, lf_error *err) {
    *t = (lf_text_stream){.alloc = alloc,
                          .spec = *spec,
                          .run = run_it,
                          .run_ctx = run_ctx,
                          .encode = *spec->encode_opts};
    lf_stream_queue_init(&t->queue, alloc);
    t->encode.receiver = &t->queue;
    t->spec.encoder = &lf_stream_encoder;
    t->spec.encode_opts = &t->encode;
    t->spec.sink_open = open_nothing;
    if (t->spec.cancel == NULL) t->spec.cancel = &t->cancel;
    if (t->spec.group_text_bytes == 0)
        t->spec.group_text_bytes = t->encode.group_text_bytes = BATCH_TEXT_BYTES;
    const int failed = pthread_create(&t->thread, NULL, run, t);
    if (failed) return lf_fail_errno(err, LF_ENO_MEMORY, failed, "a thread");
    t->started = true;
    if (lf_stream_queue_await_types(&t->queue)) return LF_OK;
    lf_text_stream_join(t);
    if (err) lf_error_merge(err, &t->err);
    return t->rc != LF_OK ? t->rc : lf_fail(err, LF_EINTERNAL, "no types and no error");
}

bool lf_text_stream_next(lf_text_stream *t, struct ArrowArray *out) {
    if (lf_stream_queue_pop(&t->queue, out)) return true;
    lf_text_stream_join(t);
    return false;
}

void lf_text_stream_join(lf_text_stream *t) {
    if (!t->started || t->joined) return;
    pthread_join(t->thread, NULL);
    t->joined = true;
}

void lf_text_stream_end(lf_text_stream *t) {
    if (t->alloc == NULL) return;
    __atomic_store_n(&t->cancel, 1, __ATOMIC_RELAXED);
    lf_stream_queue_close(&t->queue);
    lf_text_stream_join(t);
}

void lf_text_stream_stop(lf_text_stream *t) {
    if (t->alloc == NULL) return;
    lf_text_stream_end(t);
    lf_stream_queue_reset(&t->queue);
    lf_report_reset(&t->report);
    t->alloc = NULL;
}
