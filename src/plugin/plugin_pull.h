/* plugin/plugin_pull.h - decoders and transforms as stages that are pulled
 * (format/arrow/arrow_pull.h). Owns, Threads, Fails, Life: as arrow_pull.h; errors name the plugin.
 */
#ifndef LF_PLUGIN_PLUGIN_PULL_H
#define LF_PLUGIN_PLUGIN_PULL_H
#include "core/source.h"
#include "format/arrow/arrow_pull.h"
#include <logflow/plugin.h>

/* A decoder's stream over `s`, which is borrowed. */
LF_NODISCARD lf_rc lf_plugin_decode(const lf_decoder_desc *d, const char *options, lf_source *s,
                                    const lf_alloc *alloc, lf_arrow_pull **out, lf_error *err);
/* A transform over `from`, which is taken over, also on failure. */
LF_NODISCARD lf_rc lf_plugin_transform(const lf_transform_desc *d, const char *options,
                                       lf_arrow_pull *from, const lf_alloc *alloc,
                                       lf_arrow_pull **out, lf_error *err);

#endif
