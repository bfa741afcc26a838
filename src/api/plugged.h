/* api/plugged.h - inputs that go through plugins: a plugin's decoder, transforms behind any
 * decoder.
 *
 *   plugin's decoder ─┐
 *   Parquet           ├─► arrays ─► transform ─► transform ─► reader ─► encoder
 *   text, by the flow ┘   (in a thread of its own where it is text)
 *
 * All inputs of an output are one stream for transforms: the columns of the first, in its order.
 * Memory: where text is read the flow has half of the limit, the encoder the other.
 * Owns: all it opens; inputs and settings are borrowed. Threads: one at a time. Fails: every code.
 * Life: run -> report -> close (safe on a zeroed record). */
#ifndef LF_API_PLUGGED_H
#define LF_API_PLUGGED_H
#include "api/inputs.h"
#include "api/text_stream.h"
#include "format/arrow/arrow_pull.h"

/* Where one of the inputs is to be read by a plugin, or a transform is asked for. */
bool lf_plugged(const lf_settings *set, const lf_inputs *in);

typedef struct lf_plugged_format {
    lf_reader_format base; /* opens one reader over all of them, whatever source it is given */
    const lf_settings *set;
    const lf_inputs *in;
    lf_flow_spec spec; /* of text */
    lf_decode_opts decode;
    lf_text_stream text;
} lf_plugged_format;

/* As lf_flow_run. Fills *f, which the report is completed from. */
LF_NODISCARD lf_rc lf_plugged_run(lf_plugged_format *f, const lf_settings *set, const lf_inputs *in,
                                  const lf_flow_spec *spec, lf_report *rep, lf_error *err);
/* After success: what the flow knows (bad rows, blank lines ...), for the report. */
void lf_plugged_report(const lf_plugged_format *f, lf_report *rep);
void lf_plugged_close(lf_plugged_format *f);

/* The flow of one text as what is pulled: starts `text`, which the caller stops once what was
 * opened has been closed. `arrays` outlives all that is handed out. */
LF_NODISCARD lf_rc lf_text_pull_open(lf_text_stream *text, const lf_flow_spec *spec,
                                     const lf_alloc *alloc, const lf_alloc *arrays,
                                     lf_arrow_pull **out, lf_error *err);

#endif
