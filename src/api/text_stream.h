/* api/text_stream.h - a conversion whose output is arrays, pulled by another thread.
 *
 * It runs in a thread of its own, with an encoder that puts Arrow arrays in a short queue.
 * Starting waits until the types are known, so that what can be refused is refused there.
 * Owns: the thread and what it made; what the spec names is borrowed until stop. Threads: one at a
 * time. Fails: every code. Life: start -> (next* -> join | -) -> stop (safe on a zeroed record). */
#ifndef LF_API_TEXT_STREAM_H
#define LF_API_TEXT_STREAM_H
#include "encode/stream/stream_encode.h"
#include "flow/flow.h"

/* What runs: a flow, or a reader into the encoder. */
typedef lf_rc (*lf_text_stream_run)(void *ctx, const lf_flow_spec *spec, lf_report *report,
                                    lf_error *err);

typedef struct lf_text_stream {
    const lf_alloc *alloc; /* NULL: never started */
    lf_flow_spec spec;
    lf_text_stream_run run;
    void *run_ctx;
    lf_encode_opts encode;
    lf_stream_queue queue;
    pthread_t thread;
    bool started, joined;
    int cancel; /* polled by the flow where the caller has none */
    lf_report report;
    lf_error err; /* the flow's; read once joined */
    lf_rc rc;
} lf_text_stream;

/* `alloc` is that of the arrays and outlives them. spec: all but encoder and sink. run NULL: the
 * flow. */
LF_NODISCARD lf_rc lf_text_stream_start(lf_text_stream *t, const lf_flow_spec *spec,
                                        lf_text_stream_run run, void *run_ctx,
                                        const lf_alloc *alloc, lf_error *err);
/* False at the end; then it has joined, and `rc` says how it ended. */
bool lf_text_stream_next(lf_text_stream *t, struct ArrowArray *out);
void lf_text_stream_join(lf_text_stream *t);
/* Ends it, wherever it is: the report may then be read. Safe twice, and where none was started. */
void lf_text_stream_end(lf_text_stream *t);
void lf_text_stream_stop(lf_text_stream *t); /* the same, and frees the report */

#endif
