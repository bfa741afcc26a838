/* encode/stream/stream_internal.h - what the encoder tells the queue.
 * Owns, Threads, Fails, Life: as stream_encode.h. */
#ifndef LF_ENCODE_STREAM_STREAM_INTERNAL_H
#define LF_ENCODE_STREAM_STREAM_INTERNAL_H
#include "encode/stream/stream_encode.h"

LF_NODISCARD lf_rc lf_stream_queue_typed(lf_stream_queue *q, const lf_schema *s, lf_error *err);
/* Takes the array over where it succeeds. */
LF_NODISCARD lf_rc lf_stream_queue_push(lf_stream_queue *q, struct ArrowArray *a, lf_error *err);

#endif
