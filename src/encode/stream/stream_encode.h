/* encode/stream/stream_encode.h - row groups as Arrow arrays, handed to a caller who waits.
 *
 *   workers -> lf_stream_encoder -> lf_stream_queue -> lf_stream_queue_pop, in file order
 *
 * lf_encode_opts.receiver is the lf_stream_queue. A worker that commits while the queue is full
 * waits until the caller takes an array or closes the queue.
 *
 * Owns: the arrays that nobody has taken. Threads: push from workers, pop and close from any
 * other. Fails: LF_ECANCELLED (closed), as the builder. Life: init -> (run the flow | pop*) ->
 * close -> reset, once the flow has ended. */
#ifndef LF_ENCODE_STREAM_STREAM_ENCODE_H
#define LF_ENCODE_STREAM_STREAM_ENCODE_H
#include "array/type.h"
#include "core/encoder.h"
#include <logflow/arrow.h>
#include <pthread.h>

#define LF_STREAM_QUEUE_ARRAYS 4u

typedef struct lf_stream_queue {
    const lf_alloc *alloc; /* of arrays and schema: outlives what was handed out */
    pthread_mutex_t mu;
    pthread_cond_t moved;
    struct ArrowArray items[LF_STREAM_QUEUE_ARRAYS];
    uint32_t first, n;
    lf_schema schema; /* once typed */
    bool typed, ended, closed;
} lf_stream_queue;

extern const lf_encoder_type lf_stream_encoder;

void lf_stream_queue_init(lf_stream_queue *q, const lf_alloc *alloc);
/* Waits for the types: false where the flow ended before they were known. */
bool lf_stream_queue_await_types(lf_stream_queue *q);
/* Waits for the next array; false at the end. */
bool lf_stream_queue_pop(lf_stream_queue *q, struct ArrowArray *out);
void lf_stream_queue_end(lf_stream_queue *q);   /* nothing more will come */
void lf_stream_queue_close(lf_stream_queue *q); /* nobody will take more: pushing fails */
void lf_stream_queue_reset(lf_stream_queue *q);

#endif
