/* Opening is all or nothing for the caller: close takes back what was opened. */
#include "api/inputs.h"
#include "api/peek.h"
#include "api/text_source.h"
#include "io/io.h"
#include "plugin/plugin_set.h"
#include "registry/registry.h"
#include <string.h>

#define DETECT_BYTES      16384u
#define READER_HEAD_BYTES 4096u

static lf_rc refuse(lf_error *err, const char *path, lf_rc rc) {
    lf_error_set_file(err, path);
    return rc;
}

/* Content decides; a name only where the content says nothing. */
static lf_rc detect(lf_inputs *in, const lf_settings *set, lf_span head, lf_error *err) {
    const char *path = in->sources[0]->path;
    if (in->plugin) return LF_OK;
    if (set->from) {
        in->decoder = lf_registry_decoder(set->from);
        in->format = in->decoder->name;
        in->decided_by = "given";
        return LF_OK;
    }
    in->decoder = lf_registry_detect(head, path);
    in->decided_by = "by its first bytes and its name";
    if (in->decoder) {
        in->format = in->decoder->name;
        return LF_OK;
    }
    return refuse(
        err, path,
        lf_fail(err, LF_EUNSUPPORTED, "the format of %s is not known; name it with --from", path));
}

/* A format that has its types is read from places: what comes in sequence is spooled. */
static lf_rc detect_reader(lf_inputs *in, const lf_settings *set, lf_error *err) {
    uint8_t head[READER_HEAD_BYTES];
    size_t got = 0;
    in->reader = set->from ? lf_registry_reader(set->from) : NULL;
    in->decided_by = set->from ? "given" : "by its first bytes";
    if (set->from && in->reader == NULL) return LF_OK;
    LF_TRY(lf_source_peek(&in->sources[0], in->alloc, head, sizeof head, &got, err));
    if (in->reader == NULL) in->reader = lf_registry_detect_reader((lf_span){head, got});
    if (in->reader != NULL) in->format = in->reader->name;
    return LF_OK;
}

static lf_rc spool(lf_source **s, const lf_settings *set, const lf_alloc *a, lf_error *err) {
    lf_source *kept;
    if ((*s)->type->read_at != NULL && (*s)->size_bytes != LF_SIZE_UNKNOWN) return LF_OK;
    if (set->flow.no_spool)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "this format is read from places: a pipe, or a "
                       "compressed file, must be spooled");
    LF_TRY(lf_source_spool(*s, set->flow.temp_dir, a, &kept, err));
    lf_source_close(*s);
    *s = kept;
    return LF_OK;
}

static void take_plugin(lf_inputs *in, const lf_decoder_desc *d, const char *how) {
    in->plugin = d;
    in->format = d->name;
    in->decided_by = how;
}

/* A plugin sees the bytes before they are taken for text of some encoding. Its decoder is chosen
 * where it is surer than ours. */
static lf_rc detect_plugin(lf_inputs *in, const lf_settings *set, lf_error *err) {
    uint8_t head[DETECT_BYTES];
    size_t got = 0;
    int sure;
    if (set->plugins == NULL || set->plugins->n_decoders == 0) return LF_OK;
    const lf_decoder_desc *d = set->from ? lf_plugins_decoder(set->plugins, set->from) : NULL;
    if (d) take_plugin(in, d, "given");
    if (set->from) return LF_OK;
    LF_TRY(lf_source_peek(&in->sources[0], in->alloc, head, sizeof head, &got, err));
    d = lf_plugins_detect(set->plugins, (lf_span){head, got}, in->sources[0]->path, &sure);
    if (d == NULL || got == 0) return LF_OK;
    if (lf_registry_surety((lf_span){head, got}) < sure)
        take_plugin(in, d, d->sniff ? "by its first bytes" : "by its name");
    return LF_OK;
}

lf_rc lf_inputs_open(lf_inputs *in, const lf_settings *set, const char *const *paths, size_t n,
                     lf_error *err) {
    uint8_t head[DETECT_BYTES];
    size_t got = 0;
    *in = (lf_inputs){.alloc = set->alloc, .n = n};
    in->sources = lf_mem_zalloc(in->alloc, n * sizeof *in->sources);
    if (in->sources == NULL) return lf_fail_nomem(err, n * sizeof *in->sources);
    for (size_t i = 0; i < n; i++) {
        lf_rc rc =
            lf_source_open_cancellable(paths[i], set->flow.cancel, in->alloc, &in->sources[i], err);
        if (rc != LF_OK) return refuse(err, paths[i], rc);
        lf_source_configure(in->sources[i], set->flow.memory_limit_bytes,
                            set->flow.on_error == LF_ON_ERROR_PERMISSIVE);
        if (n > 1) lf_source_in_order(in->sources[i]);
        if (i == 0) rc = detect_reader(in, set, err);
        if (i == 0 && rc == LF_OK && in->reader == NULL) rc = detect_plugin(in, set, err);
        if (rc == LF_OK && in->reader != NULL)
            rc = spool(&in->sources[i], set, in->alloc, err);
        else if (rc == LF_OK && in->plugin == NULL)
            rc = lf_text_source(&in->sources[i], set->decode.options, set->decode.n_options,
                                in->alloc, err);
        if (rc != LF_OK) return refuse(err, paths[i], rc);
    }
    const lf_rc peeked = lf_source_peek(&in->sources[0], in->alloc, head, sizeof head, &got, err);
    if (peeked != LF_OK) return refuse(err, in->sources[0]->path, peeked);
    const char *damage = lf_source_damage(in->sources[0]);
    if (got == 0 && damage != NULL)
        return refuse(err, in->sources[0]->path, lf_fail(err, LF_ECORRUPT, "%s", damage));
    if (got == 0)
        return refuse(err, in->sources[0]->path,
                      lf_fail(err, LF_EEMPTY_INPUT, "the input holds no bytes"));
    if (in->reader != NULL) return LF_OK;
    if (in->sources[0]->encoding == NULL && in->plugin == NULL)
        (void)lf_text_propose((lf_span){head, got}, in->proposal, sizeof in->proposal);
    return detect(in, set, (lf_span){head, got}, err);
}

void lf_inputs_close(lf_inputs *in) {
    for (size_t i = 0; in->sources && i < in->n; i++)
        lf_source_close(in->sources[i]);
    if (in->sources) lf_mem_free(in->alloc, in->sources, in->n * sizeof *in->sources);
    in->sources = NULL;
}
