/* Both files as batches. What has types (Parquet, Arrow, a plugin's format) is read by its reader.
 * An output of text gets types the way a conversion finds them, by a flow in a thread of its own
 * that reads it twice; its input is then read under those types. */
#include "api/plugged.h"
#include "api/verify_internal.h"
#include "core/limits.h"
#include "io/io.h"
#include "plugin/plugin_pull.h"
#include "plugin/plugin_set.h"
#include "registry/registry.h"
#include <string.h>

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    const lf_settings *set = ctx;
    return lf_sink_open_temp(set->flow.temp_dir, set->alloc, out, err);
}

static lf_rc open_reader(verify_side *s, const lf_settings *set, lf_error *err) {
    lf_source *source = s->inputs.sources[0];
    const lf_reader_format *f = s->inputs.reader;
    LF_TRY(f->open(f, source, set->alloc, &s->reader, err));
    const lf_reader_limits limits = {.memory_limit_bytes = set->flow.memory_limit_bytes,
                                     .temp_open = temp_open,
                                     .temp_ctx = (void *)(uintptr_t)set};
    if (s->reader->type->limit != NULL) s->reader->type->limit(s->reader, &limits);
    if (strcmp(f->name, "parquet") != 0) return LF_OK;
    const lf_parquet_opts o = {.struct_size = sizeof o, .alloc = set->alloc};
    return lf_parquet_open(source, &o, &s->parquet, err);
}

static lf_rc open_plugin(verify_side *s, const lf_settings *set, lf_error *err) {
    lf_arrow_pull *p;
    const char *options = set->from != NULL ? lf_plugin_options(set->from) : "";
    LF_TRY(lf_plugin_decode(s->inputs.plugin, options, s->inputs.sources[0], set->alloc, &p, err));
    return lf_arrow_reader_open(p, set->alloc, &s->reader, err);
}

static lf_rc open_text(verify_side *s, lf_error *err) {
    lf_arrow_pull *p;
    lf_flow_spec spec = s->set.flow;
    lf_inputs_give(&s->inputs, &spec);
    const uint64_t all =
        spec.memory_limit_bytes != 0 ? spec.memory_limit_bytes : LF_MEMORY_DEFAULT_BYTES;
    spec.memory_limit_bytes = all / 2 > LF_MEMORY_FLOOR_BYTES ? all / 2 : LF_MEMORY_FLOOR_BYTES;
    LF_TRY(lf_text_pull_open(&s->text, &spec, s->set.alloc, lf_alloc_default(), &p, err));
    return lf_arrow_reader_open(p, s->set.alloc, &s->reader, err);
}

lf_rc lf_verify_open_in(verify_side *s, const lf_settings *set, const char *path, lf_error *err) {
    s->path = path;
    LF_TRY(lf_inputs_open(&s->inputs, set, &s->path, 1, err));
    if (s->inputs.reader != NULL) return open_reader(s, set, err);
    if (s->inputs.plugin != NULL) return open_plugin(s, set, err);
    return LF_OK;
}

/* --to of what wrote OUT as --from of what reads it. */
static lf_rc reader_of(const lf_settings *set, const char *to, const char **from, lf_error *err) {
    static const char *const names[][2] = {{"jsonl", "json"}, {"arrows", "arrow"}};
    *from = to;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(to, names[i][0]) == 0) *from = names[i][1];
    if (lf_registry_decoder(*from) != NULL || lf_registry_reader(*from) != NULL ||
        lf_plugins_decoder(set->plugins, *from) != NULL)
        return LF_OK;
    return lf_fail(err, LF_EUSAGE,
                   "--to: '%.40s' is no format that is read: csv, json, parquet, arrow or a "
                   "plugin's",
                   to);
}

/* What OUT is read with: the format that --to names, limits. */
static lf_rc out_settings(verify_side *s, const lf_settings *of_in, const char *to, lf_error *err) {
    lf_option options[3] = {{"from", NULL}};
    size_t n = to != NULL;
    if (to != NULL) LF_TRY(reader_of(of_in, to, &options[0].value, err));
    if (of_in->flow.temp_dir != NULL) options[n++] = (lf_option){"temp-dir", of_in->flow.temp_dir};
    options[n++] = (lf_option){"max-bad", "0"};
    const lf_convert_opts o = {.struct_size = sizeof o,
                               .options = options,
                               .n_options = n,
                               .alloc = of_in->alloc,
                               .cancel = of_in->flow.cancel,
                               .plugins = of_in->plugins};
    LF_TRY(lf_settings_load(&s->set, &o, err));
    s->set.flow.memory_limit_bytes = of_in->flow.memory_limit_bytes;
    s->set.flow.threads = of_in->flow.threads;
    /* `o` is gone when the flow reads on. */
    s->set.decode.options = NULL, s->set.decode.n_options = 0;
    s->set.encode.options = NULL, s->set.encode.n_options = 0;
    return LF_OK;
}

lf_rc lf_verify_open_out(verify_side *s, const lf_settings *of_in, const char *to, const char *path,
                         lf_error *err) {
    s->path = path;
    LF_TRY(out_settings(s, of_in, to, err));
    LF_TRY(lf_verify_open_in(s, &s->set, path, err));
    return s->reader != NULL ? LF_OK : open_text(s, err);
}

void lf_verify_side_close(verify_side *s) {
    lf_text_stream_stop(&s->text); /* a queue that is full must not wait for us */
    lf_reader_close(s->reader);
    lf_parquet_close(s->parquet);
    lf_inputs_close(&s->inputs);
    lf_settings_reset(&s->set);
    s->reader = NULL;
    s->parquet = NULL;
}
