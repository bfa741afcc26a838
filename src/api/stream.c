/* lf_open_stream: a conversion whose output is the caller, pulled one array at a time. It runs in a
 * thread of its own (api/text_stream.h). */
#include "api/epoch_columns.h"
#include "api/inputs.h"
#include "api/mixed.h"
#include "api/options.h"
#include "api/plugged.h"
#include "api/report.h"
#include "format/arrow/arrow_build.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct stream {
    const lf_alloc *alloc;
    lf_option *options; /* copies, as the flow outlives the call */
    char **paths;
    size_t n_options, n_paths;
    int cancel; /* set on release; what all that runs polls, where the caller has none */
    lf_settings set;
    lf_inputs inputs;
    lf_text_stream run;
    lf_plugged_format plugged;
    lf_mixed mixed;   /* where the inputs have types */
    lf_schema epochs; /* types with those that --epoch '*=UNIT' found */
    bool ended;
    char message[900];
} stream;

static lf_rc run_reader(void *ctx, const lf_flow_spec *spec, lf_report *rep, lf_error *err) {
    stream *s = ctx;
    return lf_mixed_run(&s->mixed, &s->inputs, spec, rep, err);
}

static lf_rc run_plugged(void *ctx, const lf_flow_spec *spec, lf_report *rep, lf_error *err) {
    stream *s = ctx;
    return lf_plugged_run(&s->plugged, &s->set, &s->inputs, spec, rep, err);
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
    lf_text_stream_stop(&s->run);
    lf_plugged_close(&s->plugged);
    lf_mixed_close(&s->mixed);
    lf_inputs_close(&s->inputs);
    lf_settings_reset(&s->set);
    if (s->epochs.alloc != NULL) lf_schema_reset(&s->epochs);
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
    s->set.flow.cancel = o.cancel ? o.cancel : &s->cancel;
    LF_TRY(lf_inputs_open(&s->inputs, &s->set, (const char *const *)s->paths, s->n_paths, err));
    bool none;
    LF_TRY(lf_epoch_columns(&s->inputs, &s->set.decode, &s->epochs, &none, err));
    lf_flow_spec spec = s->set.flow;
    lf_inputs_give(&s->inputs, &spec);
    spec.rejects_path = s->set.rejects;
    const lf_text_stream_run how = lf_plugged(&s->set, &s->inputs) ? run_plugged
                                   : s->inputs.reader              ? run_reader
                                                                   : NULL;
    return lf_text_stream_start(&s->run, &spec, how, s, s->alloc, err);
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
    const lf_error *e = &s->run.err;
    char place[400] = "";
    if (e->has_position && e->line != LF_NO_POSITION)
        snprintf(place, sizeof place, ":%llu", (unsigned long long)e->line);
    snprintf(s->message, sizeof s->message, "%s%s%s%s (%s); %s", e->file, place,
             e->file[0] ? ": " : "", e->message, lf_rc_name(e->rc), lf_rc_hint(e->rc));
}

static int stream_schema(struct ArrowArrayStream *a, struct ArrowSchema *out) {
    stream *s = a->private_data;
    lf_error err = {0};
    const lf_rc rc = lf_arrow_schema_make(&s->run.queue.schema, s->alloc, out, &err);
    if (rc != LF_OK) snprintf(s->message, sizeof s->message, "%s", err.message);
    return errno_of(rc);
}

static int stream_next(struct ArrowArrayStream *a, struct ArrowArray *out) {
    stream *s = a->private_data;
    *out = (struct ArrowArray){0};
    if (lf_text_stream_next(&s->run, out)) return 0;
    if (!s->ended) lf_plugged_report(&s->plugged, &s->run.report);
    s->ended = true;
    if (s->run.rc != LF_OK) describe(s);
    return errno_of(s->run.rc);
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
    *out = s->ended ? s->run.err : (lf_error){0};
    return out->rc;
}

lf_rc lf_stream_report(const struct ArrowArrayStream *stream_in, lf_report *rep_out,
                       lf_error *err) {
    stream *s = stream_in->private_data;
    if (!s->ended) return lf_fail(err, LF_EUSAGE, "the stream has not come to its end");
    LF_TRY(lf_report_set(&s->run.report.input, s->paths[0], err));
    LF_TRY(lf_report_set(&s->run.report.format_in, s->inputs.format, err));
    LF_TRY(lf_report_set(&s->run.report.format_out, "stream", err));
    s->run.report.n_inputs = s->n_paths;
    LF_TRY(lf_report_fill_json(&s->run.report, s->run.rc == LF_OK ? NULL : &s->run.err, err));
    *rep_out = s->run.report;
    s->run.report = (lf_report){0};
    return LF_OK;
}
