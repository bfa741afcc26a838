/* lf_inspect: opens the file, tells the format by its content, and leaves the rest to it. */
#include "api/inspect_internal.h"
#include "api/nearest_file.h"
#include "api/text_source.h"
#include "core/limits.h"
#include "io/io.h"
#include "registry/registry.h"
#include <string.h>

#define FLUSH_BYTES (64u * 1024)

lf_rc lf_inspect_flush(lf_inspection *x, bool all) {
    if (x->out.len == 0 || (!all && x->out.len < FLUSH_BYTES)) return LF_OK;
    int stop = x->write(x->write_ctx, (const char *)x->out.data, x->out.len);
    lf_buf_clear(&x->out);
    return stop == 0 ? LF_OK : lf_fail(x->err, LF_EWRITE, "the output was not taken");
}

lf_rc lf_inspect_puts(lf_inspection *x, const char *s) {
    return lf_buf_append(&x->out, s, strlen(s), x->err);
}

lf_rc lf_inspect_pair(lf_inspection *x, const char *name, const char *value) {
    LF_TRY(lf_buf_append_json(&x->out, name, strlen(name), x->err));
    LF_TRY(lf_inspect_puts(x, ":"));
    return lf_buf_append_json(&x->out, value, strlen(value), x->err);
}

lf_rc lf_inspect_schema(lf_inspection *x, const lf_schema *schema) {
    LF_TRY(lf_schema_to_json(schema, &x->out, x->err));
    bool ended = x->out.len > 0 && x->out.data[x->out.len - 1] == '\n';
    return ended ? LF_OK : lf_inspect_puts(x, "\n");
}

/* The format of a file that has its types; NULL: text, or a stream. */
static const lf_reader_format *typed_format(lf_source *s, lf_error *err) {
    uint8_t head[4096];
    size_t got = 0;
    if (s->type->read_at == NULL) return NULL;
    if (s->type->read_at(s, 0, head, sizeof head, &got, err) != LF_OK) return NULL;
    return lf_registry_detect_reader((lf_span){head, got});
}

static lf_rc run(lf_inspection *x) {
    lf_source *s = NULL;
    LF_TRY(lf_source_open(x->path, x->alloc, &s, x->err));
    const lf_reader_format *typed = typed_format(s, x->err);
    lf_rc rc = LF_OK;
    if (typed == NULL) {
        rc = lf_text_source(&s, x->opts.options, x->opts.n_options, x->alloc, x->err);
        if (rc == LF_OK) rc = lf_inspect_text(x, &s);
    } else if (strcmp(typed->name, "parquet") == 0) {
        rc = lf_inspect_parquet(x, s);
    } else {
        rc = lf_inspect_reader(x, s, typed);
    }
    lf_source_close(s);
    return rc == LF_OK ? lf_inspect_flush(x, true) : rc;
}

lf_rc lf_inspect(const char *path, const lf_inspect_opts *opts, lf_write_fn write, void *ctx,
                 lf_error *err) {
    lf_error own = {0};
    if (path == NULL || write == NULL) return lf_fail(err, LF_EUSAGE, "no file is named");
    lf_inspection x = {.path = path, .write = write, .write_ctx = ctx};
    x.err = err != NULL ? err : &own;
    if (opts != NULL) {
        if (opts->struct_size == 0) {
            return lf_fail(x.err, LF_EUSAGE, "lf_inspect_opts.struct_size is not set");
        }
        size_t n = opts->struct_size < sizeof x.opts ? opts->struct_size : sizeof x.opts;
        memcpy(&x.opts, opts, n);
    }
    if (x.opts.options == NULL) x.opts.n_options = 0;
    x.alloc = x.opts.alloc != NULL ? x.opts.alloc : lf_alloc_default();
    x.width = x.opts.width != 0 ? x.opts.width : 80;
    lf_buf_init(&x.out, x.alloc, 0);
    lf_rc rc = run(&x);
    if (rc != LF_OK) lf_error_set_file(x.err, path);
    if (rc == LF_ENOT_FOUND) lf_error_suggest_file(x.err, path);
    lf_buf_reset(&x.out);
    return rc;
}
