#include "core/buf.h"
#include "plugin/plugin_pull.h"
#include "plugin/plugin_set.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

typedef struct decoding {
    lf_arrow_pull base;
    lf_plugin_input input; /* what the plugin sees; found again by its place */
    const lf_alloc *alloc;
    const lf_decoder_desc *desc;
    lf_source *source;
    struct ArrowArrayStream stream;
    lf_error read; /* why `read` failed, which the plugin cannot say */
} decoding;

static int64_t input_read(lf_plugin_input *in, void *to, size_t n) {
    decoding *d = (decoding *)(void *)((char *)in - offsetof(decoding, input));
    size_t got = 0;
    if (n > INT64_MAX) n = INT64_MAX;
    if (d->source->type->read(d->source, to, n, &got, &d->read) != LF_OK) return -1;
    return (int64_t)got;
}

/* Our own error where there is one, else the plugin's. */
static lf_rc failed(const decoding *d, int errnum, const lf_plugin_message *why, lf_error *err) {
    if (d->read.rc == LF_OK) return lf_plugin_failed(err, d->desc->name, errnum, why);
    if (err != NULL) lf_error_merge(err, &d->read);
    return d->read.rc;
}

static lf_rc stream_failed(decoding *d, int errnum, lf_error *err) {
    lf_plugin_message why = {0};
    const char *text = d->stream.get_last_error ? d->stream.get_last_error(&d->stream) : NULL;
    if (text) snprintf(why.text, sizeof why.text, "%s", text);
    return failed(d, errnum, &why, err);
}

static lf_rc decode_schema(lf_arrow_pull *p, struct ArrowSchema *out, lf_error *err) {
    decoding *d = (decoding *)p;
    *out = (struct ArrowSchema){0};
    const int rc = d->stream.get_schema(&d->stream, out);
    if (rc != 0) return stream_failed(d, rc, err);
    if (out->release != NULL) return LF_OK;
    return lf_fail(err, LF_ECORRUPT, "plugin '%s': its stream has no schema", d->desc->name);
}

static lf_rc decode_next(lf_arrow_pull *p, struct ArrowArray *out, lf_error *err) {
    decoding *d = (decoding *)p;
    *out = (struct ArrowArray){0};
    const int rc = d->stream.get_next(&d->stream, out);
    if (rc == 0) return LF_OK;
    *out = (struct ArrowArray){0};
    return stream_failed(d, rc, err);
}

static lf_rc decode_account(lf_arrow_pull *p, lf_report *rep, lf_error *err) {
    (void)p;
    (void)rep;
    (void)err;
    return LF_OK;
}

static void decode_close(lf_arrow_pull *p) {
    decoding *d = (decoding *)p;
    if (d->stream.release != NULL) d->stream.release(&d->stream);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static const lf_arrow_pull_type decode_type = {decode_schema, decode_next, decode_account,
                                               decode_close};

lf_rc lf_plugin_decode(const lf_decoder_desc *desc, const char *options, lf_source *s,
                       const lf_alloc *alloc, lf_arrow_pull **out, lf_error *err) {
    decoding *d = lf_mem_zalloc(alloc, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    *d = (decoding){
        .base.type = &decode_type,
        .alloc = alloc,
        .desc = desc,
        .source = s,
        .input = {.struct_size = sizeof d->input,
                  .path = s->path,
                  .options = options,
                  .read = input_read},
    };
    lf_plugin_message why = {0};
    lf_rc rc = LF_OK;
    const int failure = desc->open(desc, &d->input, &d->stream, &why);
    if (failure != 0) {
        d->stream.release = NULL;
        rc = failed(d, failure, &why, err);
    } else if (d->stream.release == NULL || !d->stream.get_schema || !d->stream.get_next) {
        rc = lf_fail(err, LF_ECORRUPT, "plugin '%s': it opened no stream", desc->name);
    }
    if (rc == LF_OK)
        *out = &d->base;
    else
        decode_close(&d->base);
    return rc;
}
