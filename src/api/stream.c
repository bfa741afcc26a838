/* lf_open_stream: a conversion whose output is the caller, pulled one array at a time.
 *
 * The flow runs in a thread of its own, with an encoder that puts Arrow arrays in a short queue.
 * Opening waits until the types are known, so that what can be refused is refused there. */
#include "api/convert_reader.h"
#include "api/inputs.h"
#include "api/options.h"
#include "api/report.h"
#include "encode/stream/stream_encode.h"
#include "format/arrow/arrow_build.h"
#include "obs/clock.h"
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#define BATCH_TEXT_BYTES (8u * 1024 * 1024)

typedef struct stream {
    const lf_alloc *alloc;
    lf_option *options; /* copies, as the flow outlives the call */
    char **paths;
    size_t n_options, n_paths;
    const int *caller_cancel;
    int cancel; /* set on release; what the flow polls, with the caller's */
    lf_settings set;
    lf_inputs inputs;
    lf_stream_queue queue;
    pthread_t thread;
    bool started, joined;
    lf_report report;
    lf_error err; /* the flow's; read once joined */
    lf_rc rc;
    char message[900];
} stream;

/* ---- the flow's end ---- */

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
    stream *s = arg;
    const double started = lf_now_s(), cpu = lf_cpu_s();
    lf_flow_spec spec = s->set.flow;
    spec.sources = s->inputs.sources;
    spec.n_sources = (uint32_t)s->inputs.n;
    spec.decoder = s->inputs.decoder;
    spec.sink_open = open_nothing;
    spec.rejects_path = s->set.rejects;
    if (s->inputs.reader != NULL)
        s->rc = lf_convert_reader(&spec, s->inputs.reader, &s->report, &s->err);
    else
        s->rc = lf_flow_run(&spec, &s->report, &s->err);
    s->report.elapsed_s = lf_now_s() - started;
    s->report.cpu_s = lf_cpu_s() - cpu;
    s->report.peak_rss_bytes = lf_peak_rss_bytes();
    if (s->rc != LF_OK && s->inputs.n == 1 && s->rc / 100 == 1)
        lf_error_set_file(&s->err, s->inputs.sources[0]->path);
    s->err.rc = s->rc;
    lf_error *const later = s->rc == LF_OK ? &s->err : NULL;
    const lf_rc kept = lf_report_adopt(&s->report, s->alloc, later);
    if (s->rc == LF_OK) s->rc = kept;
    lf_stream_queue_end(&s->queue);
    return NULL;
}

static void join(stream *s) {
    if (!s->started || s->joined) return;
    pthread_join(s->thread, NULL);
    s->joined = true;
}

/* ---- making it ---- */

static lf_rc copy_strings(stream *s, const char *const *in, size_t n_in, const lf_convert_opts *o,
                          lf_error *err) {
    s->paths = lf_mem_zalloc(s->alloc, n_in * sizeof *s->paths + 1);
    s->options = lf_mem_zalloc(s->alloc, o->n_options * sizeof *s->options + 1);
    s->n_paths = s->paths ? n_in : 0;
    s->n_options = s->options ? o->n_options : 0;
    bool whole = s->paths != NULL && s->options != NULL;
    for (size_t i = 0; whole && i < n_in; i++) {
        s->paths[i] = lf_mem_strdup(s->alloc, in[i]);
        whole = s->paths[i] != NULL;
    }
    for (size_t i = 0; whole && i < o->n_options; i++) {
        const lf_option *from = &o->options[i];
        s->options[i].name = lf_mem_strdup(s->alloc, from->name);
        if (from->value) s->options[i].value = lf_mem_strdup(s->alloc, from->value);
        whole = s->options[i].name != NULL && (from->value == NULL || s->options[i].value != NULL);
    }
    return whole ? LF_OK : lf_fail_nomem(err, n_in + o->n_options);
}

static void destroy(stream *s) {
    __atomic_store_n(&s->cancel, 1, __ATOMIC_RELAXED);
    lf_stream_queue_close(&s->queue);
    join(s);
    lf_stream_queue_reset(&s->queue);
    lf_report_reset(&s->report);
    lf_inputs_close(&s->inputs);
    lf_settings_reset(&s->set);
    for (size_t i = 0; i < s->n_paths; i++)
        lf_mem_strfree(s->alloc, s->paths[i]);
    for (size_t i = 0; i < s->n_options; i++) {
        lf_mem_strfree(s->alloc, (char *)(uintptr_t)s->options[i].name);
        lf_mem_strfree(s->alloc, (char *)(uintptr_t)s->options[i].value);
    }
    if (s->paths) lf_mem_free(s->alloc, s->paths, s->n_paths * sizeof *s->paths + 1);
    if (s->options) lf_mem_free(s->alloc, s->options, s->n_options * sizeof *s->options + 1);
    lf_mem_free(s->alloc, s, sizeof *s);
}

static lf_rc start(stream *s, const lf_convert_opts *given, lf_error *err) {
    lf_convert_opts o = *given;
    o.options = s->options;
    LF_TRY(lf_settings_load(&s->set, &o, err));
    s->set.encoder = s->set.flow.encoder = &lf_stream_encoder;
    s->set.encode.receiver = &s->queue;
    s->set.flow.cancel = o.cancel ? o.cancel : &s->cancel;
    if (s->set.flow.group_text_bytes == 0)
        s->set.flow.group_text_bytes = s->set.encode.group_text_bytes = BATCH_TEXT_BYTES;
    LF_TRY(lf_inputs_open(&s->inputs, &s->set, (const char *const *)s->paths, s->n_paths, err));
    const int failed = pthread_create(&s->thread, NULL, run, s);
    if (failed) return lf_fail_errno(err, LF_ENO_MEMORY, failed, "a thread");
    s->started = true;
    if (lf_stream_queue_await_types(&s->queue)) return LF_OK;
    join(s);
    if (err) lf_error_merge(err, &s->err);
    return s->rc != LF_OK ? s->rc : lf_fail(err, LF_EINTERNAL, "no types and no error");
}

/* ---- callbacks ---- */

static int errno_of(lf_rc rc) {
    switch (rc) {
    case LF_OK:
        return 0;
    case LF_ENO_MEMORY:
    case LF_EMEMORY_LIMIT:
        return ENOMEM;
    case LF_ECANCELLED:
        return ECANCELED;
    case LF_EDISK_FULL:
        return ENOSPC;
    default:
        return rc / 100 == 3 ? EIO : EINVAL;
    }
}

static void describe(stream *s) {
    const lf_error *e = &s->err;
    char place[400] = "";
    if (e->has_position && e->line != LF_NO_POSITION)
        snprintf(place, sizeof place, ":%llu", (unsigned long long)e->line);
    snprintf(s->message, sizeof s->message, "%s%s%s%s (%s); %s", e->file, place,
             e->file[0] ? ": " : "", e->message, lf_rc_name(e->rc), lf_rc_hint(e->rc));
}

static int stream_schema(struct ArrowArrayStream *a, struct ArrowSchema *out) {
    stream *s = a->private_data;
    lf_error err = {0};
    const lf_rc rc = lf_arrow_schema_make(&s->queue.schema, s->alloc, out, &err);
    if (rc != LF_OK) snprintf(s->message, sizeof s->message, "%s", err.message);
    return errno_of(rc);
}

static int stream_next(struct ArrowArrayStream *a, struct ArrowArray *out) {
    stream *s = a->private_data;
    *out = (struct ArrowArray){0};
    if (lf_stream_queue_pop(&s->queue, out)) return 0;
    join(s);
    if (s->rc != LF_OK) describe(s);
    return errno_of(s->rc);
}

static const char *stream_last_error(struct ArrowArrayStream *a) {
    const stream *s = a->private_data;
    return s->message[0] ? s->message : NULL;
}

static void stream_release(struct ArrowArrayStream *a) {
    destroy(a->private_data);
    a->release = NULL;
}

lf_rc lf_open_stream(const char *const *in, size_t n_in, const lf_convert_opts *opts,
                     struct ArrowArrayStream *out, lf_error *err) {
    lf_convert_opts o;
    *out = (struct ArrowArrayStream){0};
    LF_TRY(lf_convert_opts_copy(&o, opts, err));
    if (n_in == 0 || in == NULL) return lf_fail(err, LF_EUSAGE, "no input is named");
    const lf_alloc *alloc = o.alloc ? o.alloc : lf_alloc_default();
    stream *s = lf_mem_zalloc(alloc, sizeof *s);
    if (s == NULL) return lf_fail_nomem(err, sizeof *s);
    s->alloc = alloc;
    lf_stream_queue_init(&s->queue, alloc);
    lf_input_list list;
    lf_rc rc = lf_input_list_make(&list, in, n_in, alloc, err);
    if (rc == LF_OK) rc = copy_strings(s, (const char *const *)list.paths, list.n, &o, err);
    lf_input_list_reset(&list);
    if (rc == LF_OK) rc = start(s, &o, err);
    if (rc != LF_OK) {
        destroy(s);
        return rc;
    }
    *out = (struct ArrowArrayStream){.get_schema = stream_schema,
                                     .get_next = stream_next,
                                     .get_last_error = stream_last_error,
                                     .release = stream_release,
                                     .private_data = s};
    return LF_OK;
}

lf_rc lf_stream_error(const struct ArrowArrayStream *stream_in, lf_error *out) {
    const stream *s = stream_in->private_data;
    *out = s->joined ? s->err : (lf_error){0};
    return out->rc;
}

lf_rc lf_stream_report(const struct ArrowArrayStream *stream_in, lf_report *rep_out,
                       lf_error *err) {
    stream *s = stream_in->private_data;
    if (!s->joined) return lf_fail(err, LF_EUSAGE, "the stream has not come to its end");
    LF_TRY(lf_report_set(&s->report.input, s->paths[0], err));
    LF_TRY(lf_report_set(&s->report.format_in, s->inputs.format, err));
    LF_TRY(lf_report_set(&s->report.format_out, "stream", err));
    s->report.n_inputs = s->n_paths;
    LF_TRY(lf_report_fill_json(&s->report, s->rc == LF_OK ? NULL : &s->err, err));
    *rep_out = s->report;
    s->report = (lf_report){0};
    return LF_OK;
}
