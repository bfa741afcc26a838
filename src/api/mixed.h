/* api/mixed.h - inputs that have their types, alone or among text, into one output.
 *
 * All text among them is one conversion of its own, whose rows come with their types where the
 * first of the texts stands (api/plugged.h); it has half of the memory.
 *
 * Owns: the flow of text. Threads: one at a time. Fails: every code. Life: zeroed -> run -> report,
 * close. */
#ifndef LF_API_MIXED_H
#define LF_API_MIXED_H
#include "api/inputs.h"
#include "api/text_stream.h"

typedef struct lf_mixed {
    lf_reader_format base; /* of the texts */
    lf_text_stream text;
    lf_flow_spec spec;     /* its own */
    lf_decode_opts decode; /* likewise */
} lf_mixed;

/* `in` has a reader; spec is that of the output. */
LF_NODISCARD lf_rc lf_mixed_run(lf_mixed *m, lf_inputs *in, const lf_flow_spec *spec,
                                lf_report *rep, lf_error *err);
void lf_mixed_report(const lf_mixed *m, lf_report *rep);
void lf_mixed_close(lf_mixed *m); /* safe when zeroed */

#endif
