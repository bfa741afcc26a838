/* api/inputs.h - the sources of one run, opened, with the decoder that their first bytes ask for.
 *
 * Owns: the sources. Threads: one at a time. Fails: 3xx, LF_EEMPTY_INPUT, LF_EUNSUPPORTED; the
 * error names the file. Life: open -> use -> close (after any outcome; safe on a zeroed record). */
#ifndef LF_API_INPUTS_H
#define LF_API_INPUTS_H
#include "api/settings.h"
#include "core/reader.h"

typedef struct lf_inputs {
    const lf_alloc *alloc;
    lf_source **sources;
    size_t n;
    const lf_decoder_type *decoder;   /* of text */
    const lf_reader_format *reader;   /* of formats that have their types; then `decoder` is NULL */
    const lf_reader_format **readers; /* where `reader` is: of each input; NULL: that one is text */
    bool mixed;                       /* some are text */
    const struct lf_decoder_desc *plugin; /* a plugin's decoder; then both are NULL */
    const char *format;                   /* by name */
    const char *decided_by;               /* what told the format */
    char proposal[256];                   /* the text is not UTF-8: what to try; "": it is */
    char notice[192];                     /* what the user should know of the choice; "" */
    const lf_settings *set; /* borrowed, with `paths`, for inputs that are opened later */
    const char *const *paths;
} lf_inputs;

/* Of several inputs of text all but the first, and those that can be opened but once, are left to
 * the flow, which opens them by what lf_inputs_give puts into its record. */
LF_NODISCARD lf_rc lf_inputs_open(lf_inputs *in, const lf_settings *set, const char *const *paths,
                                  size_t n, lf_error *err);
/* lf_flow_spec.input_open of an lf_inputs (ctx) that is mixed: the i-th of those that are text. */
LF_NODISCARD lf_rc lf_inputs_text(void *ctx, uint32_t i, lf_flow_input *out, lf_error *err);
void lf_inputs_give(lf_inputs *in, lf_flow_spec *spec);
void lf_inputs_close(lf_inputs *in);

#endif
