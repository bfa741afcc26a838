/* api/settings.h - a checked option list turned into what decoder, encoder and flow take.
 *
 * Owns: its schema, word lists and strings (one arena). Threads: one at a time.
 * Fails: LF_EUSAGE, LF_ESCHEMA, 3xx (schema file). Life: load -> use -> reset (safe twice); what it
 * filled borrows from it and from the caller's options. */
#ifndef LF_API_SETTINGS_H
#define LF_API_SETTINGS_H
#include "array/type.h"
#include "core/arena.h"
#include "core/decoder.h"
#include "core/encoder.h"
#include "flow/flow.h"

typedef struct lf_settings {
    const lf_alloc *alloc;
    lf_arena arena;
    lf_schema schema;
    bool has_schema;
    const char *from; /* format of the input by name, with a plugin's options; NULL: detect */
    const char *to;   /* likewise of the output; NULL: by its name */
    const lf_plugins *plugins;      /* may be NULL */
    const lf_encoder_type *encoder; /* of the output */
    const char *rejects;            /* --rejects; NULL: by the output's name */
    lf_decode_opts decode;
    lf_encode_opts encode;
    lf_row_spec rows;
    lf_flow_spec flow; /* all but sources, decoder, sink, paths */
} lf_settings;

/* The caller's record, which may be older (shorter) or newer (longer) than ours; NULL: defaults. */
LF_NODISCARD lf_rc lf_convert_opts_copy(lf_convert_opts *to, const lf_convert_opts *from,
                                        lf_error *err);
LF_NODISCARD lf_rc lf_settings_load(lf_settings *s, const lf_convert_opts *o, lf_error *err);
/* The name of the output tells its format where no --to does. */
LF_NODISCARD lf_rc lf_settings_output(lf_settings *s, const char *out, lf_error *err);
void lf_settings_reset(lf_settings *s);

#endif
