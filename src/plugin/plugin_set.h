/* plugin/plugin_set.h - a set of plugins, and finding them.
 *
 * Owns: its lists and the encoders made for sinks; the records are their makers'. Threads: filled
 * by one, then read-only. Fails: LF_EUSAGE, LF_ENO_MEMORY. Life: as include/logflow/plugin.h. */
#ifndef LF_PLUGIN_PLUGIN_SET_H
#define LF_PLUGIN_PLUGIN_SET_H
#include "core/encoder.h"
#include "core/span.h"
#include <logflow/plugin.h>

#define LF_PLUGINS_MAX 64u /* of each kind */
#define LF_PLUGIN_NAME 31u

struct lf_plugins {
    const lf_alloc *alloc;
    const lf_decoder_desc *decoders[LF_PLUGINS_MAX];
    const lf_sink_desc *sinks[LF_PLUGINS_MAX];
    const lf_transform_desc *transforms[LF_PLUGINS_MAX];
    lf_encoder_type encoders[LF_PLUGINS_MAX]; /* of the sinks */
    uint32_t n_decoders, n_sinks, n_transforms;
};

/* "name:options": how long the name is. */
size_t lf_plugin_name_length(const char *spec);
const char *lf_plugin_options(const char *spec); /* "" where there are none */

/* By "name" or "name:options"; NULL: none. `p` may be NULL. */
const lf_decoder_desc *lf_plugins_decoder(const lf_plugins *p, const char *spec);
const lf_transform_desc *lf_plugins_transform(const lf_plugins *p, const char *spec);
const lf_encoder_type *lf_plugins_encoder(const lf_plugins *p, const char *spec);
const lf_encoder_type *lf_plugins_encoder_by_name(const lf_plugins *p, const char *path);
/* The sink of such an encoder; NULL: it is none. */
const lf_sink_desc *lf_plugins_sink(const lf_plugins *p, const lf_encoder_type *e);
/* The surest decoder for these bytes, and how sure (0: none). */
const lf_decoder_desc *lf_plugins_detect(const lf_plugins *p, lf_span head, const char *path,
                                         int *score_out);
/* Of a file's name the length without a suffix of a decoder. */
size_t lf_plugins_cut_suffix(const lf_plugins *p, const char *name, size_t n);

/* A callback failed: its code from errno, "plugin 'NAME': WHY". */
lf_rc lf_plugin_failed(lf_error *err, const char *name, int errnum, const lf_plugin_message *why);

#endif
