#include "plugin/plugin_set.h"
#include "plugin/plugin_encode.h"
#include "registry/registry.h"
#include <errno.h>
#include <string.h>
#include <strings.h>

lf_plugins *lf_plugins_new(const lf_alloc *alloc) {
    if (alloc == NULL) alloc = lf_alloc_default();
    lf_plugins *p = lf_mem_zalloc(alloc, sizeof *p);
    if (p != NULL) p->alloc = alloc;
    return p;
}

void lf_plugins_free(lf_plugins *p) {
    if (p != NULL) lf_mem_free(p->alloc, p, sizeof *p);
}

/* ---- adding ---- */

static bool well_named(const char *s) {
    size_t n = 0;
    for (; s[n]; n++) {
        const bool letter = s[n] >= 'a' && s[n] <= 'z';
        const bool other = (s[n] >= '0' && s[n] <= '9') || s[n] == '_' || s[n] == '-';
        if (!letter && (n == 0 || !other)) return false;
    }
    return n > 0 && n <= LF_PLUGIN_NAME;
}

static lf_rc check(const char *kind, const char *name, bool whole, bool taken, uint32_t n,
                   lf_error *err) {
    if (!whole) return lf_fail(err, LF_EUSAGE, "a %s lacks struct_size, name or a callback", kind);
    if (!well_named(name))
        return lf_fail(err, LF_EUSAGE, "'%.40s' is no name for a %s: a-z, 0-9, _ and -, at most 31",
                       name, kind);
    if (taken) return lf_fail(err, LF_EUSAGE, "there is a %s named '%s' already", kind, name);
    if (n == LF_PLUGINS_MAX) return lf_fail(err, LF_EUSAGE, "more than %u %ss", n, kind);
    return LF_OK;
}

static bool built_in(const char *name) {
    return strcmp(name, "auto") == 0 || lf_registry_decoder(name) || lf_registry_reader(name) ||
           lf_registry_encoder(name);
}

lf_rc lf_register_decoder(lf_plugins *p, const lf_decoder_desc *d, lf_error *err) {
    const bool whole = d && d->struct_size >= sizeof *d && d->name && d->open;
    const bool taken = whole && (built_in(d->name) || lf_plugins_decoder(p, d->name));
    LF_TRY(check("decoder", whole ? d->name : "", whole, taken, p->n_decoders, err));
    p->decoders[p->n_decoders++] = d;
    return LF_OK;
}

lf_rc lf_register_sink(lf_plugins *p, const lf_sink_desc *d, lf_error *err) {
    const bool whole =
        d && d->struct_size >= sizeof *d && d->name && d->open && d->write && d->finish && d->close;
    const bool taken = whole && (built_in(d->name) || lf_plugins_encoder(p, d->name));
    LF_TRY(check("sink", whole ? d->name : "", whole, taken, p->n_sinks, err));
    lf_plugin_encoder_init(&p->encoders[p->n_sinks], d);
    p->sinks[p->n_sinks++] = d;
    return LF_OK;
}

lf_rc lf_register_transform(lf_plugins *p, const lf_transform_desc *d, lf_error *err) {
    const bool whole =
        d && d->struct_size >= sizeof *d && d->name && d->open && d->apply && d->close;
    const bool taken = whole && lf_plugins_transform(p, d->name);
    LF_TRY(check("transform", whole ? d->name : "", whole, taken, p->n_transforms, err));
    p->transforms[p->n_transforms++] = d;
    return LF_OK;
}

/* ---- finding ---- */

size_t lf_plugin_name_length(const char *spec) {
    return strcspn(spec, ":");
}

const char *lf_plugin_options(const char *spec) {
    const char *colon = strchr(spec, ':');
    return colon ? colon + 1 : "";
}

static bool is_named(const char *name, const char *spec) {
    const size_t n = lf_plugin_name_length(spec);
    return strlen(name) == n && memcmp(name, spec, n) == 0;
}

const lf_decoder_desc *lf_plugins_decoder(const lf_plugins *p, const char *spec) {
    for (uint32_t i = 0; p && i < p->n_decoders; i++)
        if (is_named(p->decoders[i]->name, spec)) return p->decoders[i];
    return NULL;
}

const lf_transform_desc *lf_plugins_transform(const lf_plugins *p, const char *spec) {
    for (uint32_t i = 0; p && i < p->n_transforms; i++)
        if (is_named(p->transforms[i]->name, spec)) return p->transforms[i];
    return NULL;
}

const lf_encoder_type *lf_plugins_encoder(const lf_plugins *p, const char *spec) {
    for (uint32_t i = 0; p && i < p->n_sinks; i++)
        if (is_named(p->sinks[i]->name, spec)) return &p->encoders[i];
    return NULL;
}

static size_t cut(const char *name, size_t n, const char *const *suffixes) {
    for (; suffixes && *suffixes; suffixes++) {
        const size_t m = strlen(*suffixes);
        if (n > m && m > 0 && strncasecmp(name + n - m, *suffixes, m) == 0) return n - m;
    }
    return n;
}

const lf_encoder_type *lf_plugins_encoder_by_name(const lf_plugins *p, const char *path) {
    const size_t n = strlen(path);
    for (uint32_t i = 0; p && i < p->n_sinks; i++)
        if (cut(path, n, p->sinks[i]->suffixes) < n) return &p->encoders[i];
    return NULL;
}

const lf_sink_desc *lf_plugins_sink(const lf_plugins *p, const lf_encoder_type *e) {
    for (uint32_t i = 0; p && i < p->n_sinks; i++)
        if (&p->encoders[i] == e) return p->sinks[i];
    return NULL;
}

size_t lf_plugins_cut_suffix(const lf_plugins *p, const char *name, size_t n) {
    for (uint32_t i = 0; p && i < p->n_decoders; i++) {
        const size_t left = cut(name, n, p->decoders[i]->suffixes);
        if (left < n) return left;
    }
    return n;
}

const lf_decoder_desc *lf_plugins_detect(const lf_plugins *p, lf_span head, const char *path,
                                         int *score_out) {
    static const char *const packed[] = {".gz", ".zst", ".bz2", ".xz", ".lz4", ".sz", ".zip", NULL};
    enum { BY_SUFFIX = 70, SURE = 60 }; /* where the content is not looked at */
    const lf_decoder_desc *best = NULL;
    const size_t n = cut(path, strlen(path), packed);
    *score_out = 0;
    for (uint32_t i = 0; p && i < p->n_decoders; i++) {
        const lf_decoder_desc *d = p->decoders[i];
        const int score = d->sniff                        ? d->sniff(d, head.data, head.len)
                          : cut(path, n, d->suffixes) < n ? BY_SUFFIX
                                                          : 0;
        if (score > *score_out) *score_out = score, best = d;
    }
    if (*score_out < SURE) *score_out = 0, best = NULL;
    return best;
}

lf_rc lf_plugin_failed(lf_error *err, const char *name, int errnum, const lf_plugin_message *why) {
    const char *text = why && why->text[0] ? why->text : strerror(errnum);
    const lf_rc rc = errnum == ENOMEM      ? LF_ENO_MEMORY
                     : errnum == ENOSPC    ? LF_EDISK_FULL
                     : errnum == EACCES    ? LF_EPERMISSION
                     : errnum == ENOENT    ? LF_ENOT_FOUND
                     : errnum == EIO       ? LF_EREAD
                     : errnum == ENOTSUP   ? LF_EUNSUPPORTED
                     : errnum == ECANCELED ? LF_ECANCELLED
                                           : LF_ECORRUPT;
    return lf_fail(err, rc, "plugin '%s': %.200s", name, text);
}
