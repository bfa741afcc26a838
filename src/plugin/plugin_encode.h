/* plugin/plugin_encode.h - a sink as an encoder: groups are committed in order, each as one array.
 *
 * lf_encode_opts.receiver is an lf_plugin_target. Owns, Threads, Fails, Life: as core/encoder.h. */
#ifndef LF_PLUGIN_PLUGIN_ENCODE_H
#define LF_PLUGIN_PLUGIN_ENCODE_H
#include "core/encoder.h"
#include <logflow/plugin.h>

typedef struct lf_plugin_target {
    const lf_sink_desc *desc;
    const char *path, *options; /* of this output */
} lf_plugin_target;

void lf_plugin_encoder_init(lf_encoder_type *e, const lf_sink_desc *d);

#endif
