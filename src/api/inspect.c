/* lf_inspect: opens the file, tells the format by its content, and leaves the rest to it. */
#include "api/inputs.h"
#include "api/inspect_internal.h"
#include "api/nearest_file.h"
#include "core/limits.h"
#include "plugin/plugin_pull.h"
#include "plugin/plugin_set.h"
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

lf_rc lf_inspect_path(lf_inspection *x) {
    char shown[1024];
    const lf_span path = {(const uint8_t *)x->path, strlen(x->path)};
    return lf_inspect_puts(x, lf_error_text(shown, sizeof shown, path));
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

/* A plugin's format, as the stream that its decoder makes. */
static lf_rc run_plugin(lf_inspection *x, const lf_settings *set, const lf_inputs *in) {
    lf_arrow_pull *p;
    lf_reader *r;
    const char *options = set->from != NULL ? lf_plugin_options(set->from) : "";
    LF_TRY(lf_plugin_decode(in->plugin, options, in->sources[0], x->alloc, &p, x->err));
    LF_TRY(lf_arrow_reader_open(p, x->alloc, &r, x->err));
    return lf_inspect_reader(x, in->sources[0], in->format, r);
}

static lf_rc run_reader(lf_inspection *x, const lf_inputs *in) {
    lf_source *s = in->sources[0];
    lf_reader *r;
    if (strcmp(in->reader->name, "parquet") == 0) return lf_inspect_parquet(x, s);
    LF_TRY(in->reader->open(in->reader, s, x->alloc, &r, x->err));
    return lf_inspect_reader(x, s, in->format, r);
}

static lf_rc run(lf_inspection *x) {
    const lf_convert_opts o = {.struct_size = sizeof o,
                               .options = x->opts.options,
                               .n_options = x->opts.n_options,
                               .alloc = x->alloc,
                               .plugins = x->opts.plugins};
    lf_settings set = {0};
    lf_inputs in = {0};
    lf_rc rc = lf_settings_load(&set, &o, x->err);
    if (rc == LF_OK) rc = lf_inputs_open(&in, &set, &x->path, 1, x->err);
    if (rc == LF_OK && in.reader != NULL)
        rc = run_reader(x, &in);
    else if (rc == LF_OK && in.plugin != NULL)
        rc = run_plugin(x, &set, &in);
    else if (rc == LF_OK)
        rc = lf_inspect_text(x, &set, in.decoder, &in.sources[0]);
    lf_inputs_close(&in);
    lf_settings_reset(&set);
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
