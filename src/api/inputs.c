/* Opening is all or nothing for the caller: close takes back what was opened. */
#include "api/inputs.h"
#include "api/foreign_format.h"
#include "api/peek.h"
#include "api/text_source.h"
#include "io/io.h"
#include "plugin/plugin_set.h"
#include "registry/registry.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define DETECT_BYTES      LF_PROPOSE_BYTES
#define READER_HEAD_BYTES 4096u

static lf_rc refuse(lf_error *err, const char *path, lf_rc rc) {
    lf_error_set_file(err, path);
    return rc;
}

/* The user's word stands, but not where the content is surely something else. */
static lf_rc check_given(const lf_settings *set, const char *path, lf_span head, lf_inputs *in,
                         lf_error *err) {
    const lf_reader_format *other = lf_registry_detect_reader(head);
    const lf_decoder_type *json = lf_registry_decoder("json");
    if (other != NULL)
        return refuse(err, path,
                      lf_fail(err, LF_EUSAGE, "--from %s, but the file is %s: leave --from out",
                              set->from, other->name));
    if (in->decoder != json && head.data[0] != '[' && json->sniff(head) >= 90)
        snprintf(in->notice, sizeof in->notice,
                 "%.100s looks like JSON; it is read as --from %.20s says", path, set->from);
    return LF_OK;
}

static lf_rc unknown(const char *path, lf_span head, lf_error *err) {
    const lf_foreign *f = lf_foreign_content(head);
    if (f != NULL)
        return lf_fail(err, LF_EUNSUPPORTED, "this is %s, which is not read: %s", f->what,
                       f->advice);
    return lf_fail(err, LF_EUNSUPPORTED,
                   "the format of %s is not known; name it with --from, if it is one of those that "
                   "are read",
                   path);
}

/* Content decides; a name only where the content says nothing. */
static lf_rc detect(const lf_settings *set, const char *path, lf_span head, lf_inputs *in,
                    lf_error *err) {
    if (set->from) {
        in->decoder = lf_registry_decoder(set->from);
        in->format = in->decoder->name;
        in->decided_by = "given";
        return check_given(set, path, head, in, err);
    }
    in->decoder = lf_foreign_content(head) == NULL ? lf_registry_detect(head, path) : NULL;
    in->decided_by = "by its first bytes and its name";
    if (in->decoder) {
        in->format = in->decoder->name;
        return LF_OK;
    }
    return refuse(err, path, unknown(path, head, err));
}

/* A format that has its types is read from places: what comes in sequence is spooled. */
static lf_rc detect_reader(const lf_settings *set, lf_source **source, lf_inputs *in,
                           lf_error *err) {
    uint8_t head[READER_HEAD_BYTES];
    size_t got = 0;
    in->reader = set->from ? lf_registry_reader(set->from) : NULL;
    in->decided_by = set->from ? "given" : "by its first bytes";
    if (set->from && in->reader == NULL) return LF_OK;
    LF_TRY(lf_source_peek(source, set->alloc, head, sizeof head, &got, err));
    if (in->reader == NULL) in->reader = lf_registry_detect_reader((lf_span){head, got});
    if (in->reader != NULL) in->format = in->reader->name;
    const lf_span text = {head, got};
    if (set->from != NULL && got > 0 && in->reader->sniff != NULL && !in->reader->sniff(text) &&
        memchr(head, 0, got) == NULL && lf_registry_detect(text, (*source)->path) != NULL)
        return lf_fail(err, LF_EUSAGE, "--from %s, but the file is a text: leave --from out",
                       set->from);
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
static lf_rc detect_plugin(const lf_settings *set, lf_source **source, lf_inputs *in,
                           lf_error *err) {
    uint8_t head[DETECT_BYTES];
    size_t got = 0;
    int sure;
    if (set->plugins == NULL || set->plugins->n_decoders == 0) return LF_OK;
    const lf_decoder_desc *d = set->from ? lf_plugins_decoder(set->plugins, set->from) : NULL;
    if (d) take_plugin(in, d, "given");
    if (set->from) return LF_OK;
    LF_TRY(lf_source_peek(source, set->alloc, head, sizeof head, &got, err));
    d = lf_plugins_detect(set->plugins, (lf_span){head, got}, (*source)->path, &sure);
    if (d == NULL || got == 0) return LF_OK;
    if (lf_registry_surety((lf_span){head, got}) < sure)
        take_plugin(in, d, d->sniff ? "by its first bytes" : "by its name");
    return LF_OK;
}

static lf_rc open_source(lf_inputs *in, size_t i, lf_source **out, lf_error *err) {
    const lf_settings *set = in->set;
    LF_TRY(lf_source_open_cancellable(in->paths[i], set->flow.cancel, in->alloc, out, err));
    lf_source_configure(*out, set->flow.memory_limit_bytes,
                        set->flow.on_error == LF_ON_ERROR_PERMISSIVE);
    if (in->n > 1) lf_source_in_order(*out);
    return LF_OK;
}

static lf_rc as_text(const lf_inputs *in, lf_source **s, lf_error *err) {
    const lf_decode_opts *o = &in->set->decode;
    return lf_text_source(s, o->options, o->n_options, in->alloc, err);
}

/* The format of an open source. `proposal`: may be NULL. */
static lf_rc look_at(const lf_inputs *in, lf_source **source, lf_inputs *found, char *proposal,
                     lf_error *err) {
    uint8_t head[DETECT_BYTES];
    size_t got = 0;
    LF_TRY(lf_source_peek(source, in->alloc, head, sizeof head, &got, err));
    const char *damage = lf_source_damage(*source);
    if (got == 0 && damage != NULL) return lf_fail(err, LF_ECORRUPT, "%s", damage);
    if (got == 0) return lf_fail(err, LF_EEMPTY_INPUT, "the input holds no bytes");
    if (found->reader != NULL || found->plugin != NULL) return LF_OK;
    if (proposal != NULL && (*source)->encoding == NULL)
        (void)lf_text_propose((lf_span){head, got}, proposal, sizeof in->proposal);
    return detect(in->set, (*source)->path, (lf_span){head, got}, found, err);
}

static bool can_reopen(const char *path) {
    struct stat st;
    size_t zip_len = 0;
    if (strcmp(path, "-") == 0) return false;
    if (lf_path_archive(path, &zip_len)) return true;
    return stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

/* lf_flow_spec.input_open */
static lf_rc give_one(void *ctx, uint32_t i, lf_flow_input *out, lf_error *err) {
    lf_inputs *in = ctx;
    lf_inputs found = {0};
    lf_source *source = in->sources[i];
    const bool again = can_reopen(in->paths[i]);
    if (again) source = NULL;
    lf_rc rc = LF_OK;
    if (source == NULL) { /* the first is a text already */
        rc = open_source(in, i, &source, err);
        if (rc == LF_OK) rc = detect_reader(in->set, &source, &found, err);
        if (rc == LF_OK && found.reader != NULL)
            rc = lf_fail(err, LF_EUNSUPPORTED,
                         "%s among inputs of text: they cannot become one table",
                         found.reader->name);
        if (rc == LF_OK) rc = detect_plugin(in->set, &source, &found, err);
        if (rc == LF_OK && found.plugin != NULL)
            rc = lf_fail(err, LF_EUNSUPPORTED,
                         "%s among inputs of text: they cannot become one table", found.format);
        if (rc == LF_OK) rc = as_text(in, &source, err);
    }
    if (rc == LF_OK) rc = look_at(in, &source, &found, NULL, err);
    if (!again) in->sources[i] = source;
    if (rc != LF_OK) {
        if (again) lf_source_close(source);
        return refuse(err, in->paths[i], rc);
    }
    *out = (lf_flow_input){.path = in->paths[i],
                           .source = source,
                           .decoder = found.decoder,
                           .encoding = source->encoding,
                           .again = again};
    return LF_OK;
}

void lf_inputs_give(lf_inputs *in, lf_flow_spec *spec) {
    spec->n_sources = (uint32_t)in->n;
    spec->decoder = in->decoder;
    spec->sources = in->sources;
    if (in->n == 1 || in->reader || in->plugin) return;
    spec->input_open = give_one;
    spec->input_ctx = in;
}

/* Each has its own format; text among them is one of the inputs that have their types first. */
static lf_rc open_typed(lf_inputs *in, size_t i, lf_error *err) {
    lf_inputs found = {0};
    if (in->sources[i] == NULL) LF_TRY(open_source(in, i, &in->sources[i], err));
    LF_TRY(detect_reader(in->set, &in->sources[i], &found, err));
    in->readers[i] = found.reader;
    if (found.reader != NULL) return spool(&in->sources[i], in->set, in->alloc, err);
    in->mixed = true;
    LF_TRY(detect_plugin(in->set, &in->sources[i], &found, err));
    if (found.plugin != NULL)
        return lf_fail(err, LF_EUNSUPPORTED, "%s among other formats: they cannot become one table",
                       found.format);
    return as_text(in, &in->sources[i], err);
}

static lf_rc open_all_typed(lf_inputs *in, lf_error *err) {
    in->readers = lf_mem_zalloc(in->alloc, in->n * sizeof *in->readers);
    if (in->readers == NULL) return lf_fail_nomem(err, in->n * sizeof *in->readers);
    for (size_t i = 0; i < in->n; i++) {
        const lf_rc rc = open_typed(in, i, err);
        if (rc != LF_OK) return refuse(err, in->paths[i], rc);
    }
    return LF_OK;
}

/* The first is text: whether any of the others has its types. Those that cannot be opened again
 * stay open. */
static lf_rc search_typed(lf_inputs *in, lf_error *err) {
    for (size_t i = 1; in->set->from == NULL && in->reader == NULL && i < in->n; i++) {
        lf_inputs found = {0};
        lf_rc rc = LF_OK;
        if (!can_reopen(in->paths[i])) continue;
        rc = open_source(in, i, &in->sources[i], err);
        if (rc == LF_OK) rc = detect_reader(in->set, &in->sources[i], &found, err);
        lf_source_close(in->sources[i]);
        in->sources[i] = NULL;
        if (rc != LF_OK) return refuse(err, in->paths[i], rc);
        in->reader = found.reader;
    }
    return LF_OK;
}

static lf_rc open_plugged(lf_inputs *in, lf_error *err) {
    for (size_t i = 1; i < in->n; i++) {
        const lf_rc rc = open_source(in, i, &in->sources[i], err);
        if (rc != LF_OK) return refuse(err, in->paths[i], rc);
    }
    return LF_OK;
}

lf_rc lf_inputs_text(void *ctx, uint32_t i, lf_flow_input *out, lf_error *err) {
    const lf_inputs *in = ctx;
    for (uint32_t k = 0; k < in->n; k++)
        if (in->readers[k] == NULL && i-- == 0) return give_one(ctx, k, out, err);
    return lf_fail(err, LF_EINTERNAL, "an input that is not there");
}

lf_rc lf_inputs_open(lf_inputs *in, const lf_settings *set, const char *const *paths, size_t n,
                     lf_error *err) {
    *in = (lf_inputs){.alloc = set->alloc, .n = n, .set = set, .paths = paths};
    in->sources = lf_mem_zalloc(in->alloc, n * sizeof *in->sources);
    if (in->sources == NULL) return lf_fail_nomem(err, n * sizeof *in->sources);
    lf_rc rc = open_source(in, 0, &in->sources[0], err);
    if (rc == LF_OK) rc = detect_reader(set, &in->sources[0], in, err);
    if (rc == LF_OK && in->reader == NULL) rc = detect_plugin(set, &in->sources[0], in, err);
    if (rc != LF_OK) return refuse(err, paths[0], rc);
    if (in->reader == NULL && in->plugin == NULL) LF_TRY(search_typed(in, err));
    if (in->plugin != NULL) LF_TRY(open_plugged(in, err));
    if (in->reader != NULL) LF_TRY(open_all_typed(in, err));
    if (in->reader == NULL && in->plugin == NULL) rc = as_text(in, &in->sources[0], err);
    if (rc == LF_OK) rc = look_at(in, &in->sources[0], in, in->proposal, err);
    return rc == LF_OK ? rc : refuse(err, paths[0], rc);
}

void lf_inputs_close(lf_inputs *in) {
    for (size_t i = 0; in->sources && i < in->n; i++)
        lf_source_close(in->sources[i]);
    if (in->sources) lf_mem_free(in->alloc, in->sources, in->n * sizeof *in->sources);
    in->sources = NULL;
    if (in->readers) lf_mem_free(in->alloc, in->readers, in->n * sizeof *in->readers);
    in->readers = NULL;
}
