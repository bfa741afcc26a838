/* A ring of few arrays: as many as keep the workers busy while the caller looks at one. */
#include "encode/stream/stream_internal.h"

void lf_stream_queue_init(lf_stream_queue *q, const lf_alloc *alloc) {
    *q = (lf_stream_queue){.alloc = alloc};
    pthread_mutex_init(&q->mu, NULL);
    pthread_cond_init(&q->moved, NULL);
    lf_schema_init(&q->schema, alloc);
}

static void wake(lf_stream_queue *q) {
    pthread_cond_broadcast(&q->moved);
    pthread_mutex_unlock(&q->mu);
}

lf_rc lf_stream_queue_typed(lf_stream_queue *q, const lf_schema *s, lf_error *err) {
    LF_TRY(lf_schema_copy(&q->schema, s, err));
    pthread_mutex_lock(&q->mu);
    q->typed = true;
    wake(q);
    return LF_OK;
}

bool lf_stream_queue_await_types(lf_stream_queue *q) {
    pthread_mutex_lock(&q->mu);
    while (!q->typed && !q->ended) {
        pthread_cond_wait(&q->moved, &q->mu);
    }
    const bool typed = q->typed;
    pthread_mutex_unlock(&q->mu);
    return typed;
}

lf_rc lf_stream_queue_push(lf_stream_queue *q, struct ArrowArray *a, lf_error *err) {
    pthread_mutex_lock(&q->mu);
    while (q->n == LF_STREAM_QUEUE_ARRAYS && !q->closed) {
        pthread_cond_wait(&q->moved, &q->mu);
    }
    if (q->closed) {
        pthread_mutex_unlock(&q->mu);
        return lf_fail(err, LF_ECANCELLED, "the stream was closed");
    }
    q->items[(q->first + q->n++) % LF_STREAM_QUEUE_ARRAYS] = *a;
    a->release = NULL;
    wake(q);
    return LF_OK;
}

bool lf_stream_queue_pop(lf_stream_queue *q, struct ArrowArray *out) {
    pthread_mutex_lock(&q->mu);
    while (q->n == 0 && !q->ended) {
        pthread_cond_wait(&q->moved, &q->mu);
    }
    const bool has = q->n > 0;
    if (has) {
        *out = q->items[q->first];
        q->first = (q->first + 1) % LF_STREAM_QUEUE_ARRAYS;
        q->n--;
    }
    wake(q);
    return has;
}

void lf_stream_queue_end(lf_stream_queue *q) {
    pthread_mutex_lock(&q->mu);
    q->ended = true;
    wake(q);
}

void lf_stream_queue_close(lf_stream_queue *q) {
    pthread_mutex_lock(&q->mu);
    q->closed = true;
    wake(q);
}

void lf_stream_queue_reset(lf_stream_queue *q) {
    for (; q->n > 0; q->n--) {
        struct ArrowArray *a = &q->items[q->first];
        a->release(a);
        q->first = (q->first + 1) % LF_STREAM_QUEUE_ARRAYS;
    }
    lf_schema_reset(&q->schema);
    pthread_cond_destroy(&q->moved);
    pthread_mutex_destroy(&q->mu);
}
