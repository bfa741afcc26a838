/* flow/feed.c - see feed.h.
 *
 * Streams. Chunks never cross a block boundary and are kept in a ring in stream order:
 *
 *     freed | c c c c c c c c | free slots          block k: its chunks have index k
 *             ^first          ^next to be read
 *
 * There is no reader thread: a worker that finds nothing for itself reads the next chunk (one
 * at a time, outside the lock), whoever's it is, so that decompression runs beside decoding on
 * exactly the threads that were asked for. The head was read before the workers started; it is
 * replayed as the first bytes. The pool always has room for what the proven block needs: its own
 * chunks are dropped as they are copied, and all chunks before a block's are read before it.
 *
 * A record that goes on far into the blocks behind its own would fill the pool with chunks that
 * those may still want: then the oldest move to a temporary file, which holds the text right
 * before the ring. The same file takes what may be read once more. */
#include "flow/feed.h"
#include "core/limits.h"
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

typedef struct feed_chunk {
    uint64_t block, offset;
    uint32_t len;
    bool copied;    /* by the worker of its block */
    uint32_t users; /* who copy from it at this moment */
    uint8_t before; /* the byte before its first, which may be of a chunk that is gone */
    uint8_t *data;
} feed_chunk;

struct lf_feed {
    lf_source *src;
    const lf_alloc *alloc;
    const int *cancel;
    const bool *stopped;
    bool seekable, whole;
    uint8_t *head; /* head_cap + margins */
    size_t head_len, head_cap;
    uint64_t block_bytes;
    pthread_mutex_t mu;
    pthread_cond_t cv;
    bool sync_made, reading, eof;
    lf_rc fail_rc;
    lf_error fail;
    uint64_t read_offset; /* of the stream: where the next chunk starts */
    uint64_t proven;      /* blocks up to here have a proven start */
    uint8_t last_byte;    /* of the newest chunk */
    feed_chunk *ring;
    size_t cap, first, count; /* ring slots; oldest; in use */
    uint8_t *pool;
    lf_spill kept; /* text from kept_from on; ends where the ring begins, or is done with */
    uint64_t kept_from;
    uint8_t kept_before; /* the byte before */
    bool held;
};

static bool feed_cancelled(const lf_feed *f) {
    return __atomic_load_n(f->stopped, __ATOMIC_RELAXED) ||
           (f->cancel != NULL && __atomic_load_n(f->cancel, __ATOMIC_RELAXED) != 0);
}

static lf_rc read_full(lf_source *s, uint8_t *dst, size_t n, size_t *got_out, lf_error *err) {
    size_t got = 0;
    while (got < n) {
        size_t m = 0;
        LF_TRY(s->type->read(s, dst + got, n - got, &m, err));
        if (m == 0) break;
        got += m;
    }
    *got_out = got;
    return LF_OK;
}

static lf_rc read_at_full(lf_source *s, uint64_t off, uint8_t *dst, size_t n, size_t *got_out,
                          lf_error *err) {
    size_t got = 0;
    while (got < n) {
        size_t m = 0;
        LF_TRY(s->type->read_at(s, off + got, dst + got, n - got, &m, err));
        if (m == 0) break;
        got += m;
    }
    *got_out = got;
    return LF_OK;
}

#define HEAD_FIRST_BYTES (64 * LF_KIB) /* of a stream, whose size nobody knows */

lf_rc lf_feed_create(lf_source *src, const lf_alloc *a, size_t head_bytes, const int *cancel,
                     const bool *stopped, lf_feed **out, lf_error *err) {
    lf_feed *f = lf_mem_zalloc(a, sizeof *f);
    if (f == NULL) return lf_fail_nomem(err, sizeof *f);
    f->src = src;
    f->alloc = a;
    f->cancel = cancel;
    f->stopped = stopped;
    f->seekable = src->type->read_at != NULL;
    /* Small inputs are many: a head takes no more than its text. */
    const uint64_t size =
        f->seekable && src->size_bytes != LF_SIZE_UNKNOWN ? src->size_bytes : HEAD_FIRST_BYTES;
    size_t bytes = size < head_bytes ? (size_t)size + 1 : head_bytes;
    lf_rc rc = lf_feed_extend_head(f, bytes, err);
    while (rc == LF_OK && !f->whole && bytes < head_bytes) {
        bytes = bytes * 4 < head_bytes ? bytes * 4 : head_bytes;
        rc = lf_feed_extend_head(f, bytes, err);
    }
    if (rc == LF_OK)
        *out = f;
    else
        lf_feed_destroy(f);
    return rc;
}

static size_t head_size(size_t cap) {
    return cap == 0 ? 0 : cap + 2 * LF_OVERREAD_BYTES + 1;
}

lf_rc lf_feed_extend_head(lf_feed *f, size_t bytes, lf_error *err) {
    uint8_t *p = lf_mem_realloc(f->alloc, f->head, head_size(f->head_cap), head_size(bytes));
    if (p == NULL) return lf_fail_nomem(err, bytes);
    if (f->head == NULL) memset(p, 0, LF_OVERREAD_BYTES);
    f->head = p;
    f->head_cap = bytes;
    uint8_t *text = p + LF_OVERREAD_BYTES + f->head_len;
    size_t got = 0, want = bytes - f->head_len;
    if (f->seekable)
        LF_TRY(read_at_full(f->src, f->head_len, text, want, &got, err));
    else
        LF_TRY(read_full(f->src, text, want, &got, err));
    f->head_len += got;
    f->whole = got < want || (f->seekable && f->src->size_bytes == f->head_len);
    memset(text + got, 0, LF_OVERREAD_BYTES);
    return LF_OK;
}

lf_span lf_feed_head(const lf_feed *f, bool *whole_out) {
    *whole_out = f->whole;
    return (lf_span){f->head + LF_OVERREAD_BYTES, f->head_len};
}

bool lf_feed_seekable(const lf_feed *f) {
    return f->seekable;
}

static void free_head(lf_feed *f) {
    lf_mem_free(f->alloc, f->head, head_size(f->head_cap));
    f->head = NULL;
}

lf_rc lf_feed_start(lf_feed *f, uint64_t block_bytes, size_t pool_bytes, lf_temp_open_fn temp_open,
                    void *temp_ctx, lf_error *err) {
    if (f->block_bytes > 0) return LF_OK; /* a second pass */
    f->block_bytes = block_bytes;
    lf_spill_init(&f->kept, f->alloc, LF_READ_BYTES / 2, temp_open, temp_ctx);
    if (f->seekable) {
        free_head(f);
        return LF_OK;
    }
    f->cap = pool_bytes / LF_READ_BYTES < 8 ? 8 : pool_bytes / LF_READ_BYTES;
    f->ring = lf_mem_zalloc(f->alloc, f->cap * sizeof *f->ring);
    f->pool = lf_mem_alloc(f->alloc, f->cap * (size_t)LF_READ_BYTES);
    if (f->ring == NULL || f->pool == NULL)
        return lf_fail_nomem(err, f->cap * (size_t)LF_READ_BYTES);
    for (size_t i = 0; i < f->cap; i++)
        f->ring[i].data = f->pool + i * (size_t)LF_READ_BYTES;
    pthread_mutex_init(&f->mu, NULL);
    pthread_condattr_t ca;
    pthread_condattr_init(&ca);
    pthread_condattr_setclock(&ca, CLOCK_MONOTONIC);
    pthread_cond_init(&f->cv, &ca);
    pthread_condattr_destroy(&ca);
    f->sync_made = true;
    return LF_OK;
}

static uint64_t ring_start(const lf_feed *f) {
    return f->count > 0 ? f->ring[f->first].offset : f->read_offset;
}

static void drop_first(lf_feed *f) {
    f->first = (f->first + 1) % f->cap;
    f->count--;
}

/* The oldest chunk moves to the file. */
static lf_rc keep_first(lf_feed *f, lf_error *err) {
    const feed_chunk *c = &f->ring[f->first];
    if (f->kept_from + f->kept.size != c->offset) { /* what lies there is done with */
        lf_spill_clear(&f->kept);
        f->kept_from = c->offset;
        f->kept_before = c->before;
    }
    LF_TRY(lf_spill_append(&f->kept, c->data, c->len, NULL, err));
    drop_first(f);
    return LF_OK;
}

/* Drops chunks from the front of the ring that nobody can want any more. */
static lf_rc release(lf_feed *f, lf_error *err) {
    while (f->count > 0) {
        feed_chunk *c = &f->ring[f->first];
        bool done = c->block < f->proven || (c->block == f->proven && c->copied);
        if (!done) break;
        if (f->held)
            LF_TRY(keep_first(f, err));
        else
            drop_first(f);
    }
    return LF_OK;
}

/* Reads the next chunk of the stream; called with the lock held, which it drops meanwhile. */
static void read_chunk(lf_feed *f) {
    feed_chunk *c = &f->ring[(f->first + f->count) % f->cap];
    uint64_t off = f->read_offset;
    uint64_t left = f->block_bytes - off % f->block_bytes;
    size_t want = left < LF_READ_BYTES ? (size_t)left : LF_READ_BYTES, got = 0;
    f->reading = true;
    pthread_mutex_unlock(&f->mu);
    lf_error err = {0};
    lf_rc rc = LF_OK;
    if (off < f->head_len) { /* replay the head */
        got = f->head_len - (size_t)off < want ? f->head_len - (size_t)off : want;
        memcpy(c->data, f->head + LF_OVERREAD_BYTES + off, got);
    }
    if (got < want && !(off < f->head_len && f->whole)) {
        size_t more = 0;
        rc = read_full(f->src, c->data + got, want - got, &more, &err);
        got += more;
    }
    pthread_mutex_lock(&f->mu);
    f->reading = false;
    if (rc != LF_OK) {
        f->fail_rc = rc;
        f->fail = err;
    }
    if (got < want && rc == LF_OK) f->eof = true;
    if (got > 0 && rc == LF_OK) {
        c->block = off / f->block_bytes;
        c->offset = off;
        c->len = (uint32_t)got;
        c->copied = false;
        c->users = 0;
        f->count++;
        f->read_offset += got;
        c->before = f->last_byte;
        f->last_byte = c->data[got - 1];
        if (f->head != NULL && f->read_offset >= f->head_len) free_head(f);
    }
    pthread_cond_broadcast(&f->cv);
}

/* Makes progress towards having `offset`: reads, or waits for whoever reads or frees. `urgent`:
 * nobody else goes on until the caller does. */
static lf_rc await(lf_feed *f, bool urgent, lf_error *err) {
    if (f->fail_rc != LF_OK) {
        if (err != NULL) lf_error_merge(err, &f->fail);
        return f->fail_rc;
    }
    if (feed_cancelled(f)) return lf_fail(err, LF_ECANCELLED, "interrupted");
    if (!f->reading && f->count < f->cap) {
        read_chunk(f);
        return LF_OK;
    }
    if (urgent && !f->reading && f->ring[f->first].users == 0) return keep_first(f, err);
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    ts.tv_nsec += 50 * 1000 * 1000; /* cancellation is polled */
    if (ts.tv_nsec >= 1000000000) {
        ts.tv_sec++;
        ts.tv_nsec -= 1000000000;
    }
    pthread_cond_timedwait(&f->cv, &f->mu, &ts);
    return LF_OK;
}

/* What cannot be read is there: the block tells why in its turn. */
static lf_rc probe(lf_feed *f, uint64_t at, bool *exists_out) {
    uint8_t byte;
    size_t got = 0;
    const lf_rc rc = f->src->type->read_at(f->src, at, &byte, 1, &got, NULL);
    *exists_out = rc != LF_OK || got > 0;
    return LF_OK;
}

lf_rc lf_feed_block_exists(lf_feed *f, uint64_t k, bool *exists_out, lf_error *err) {
    uint64_t at = k * f->block_bytes;
    if (k == 0) {
        *exists_out = true;
        return LF_OK;
    }
    if (f->seekable) {
        *exists_out = at < f->src->size_bytes;
        return *exists_out && f->src->size_bytes == LF_SIZE_UNKNOWN ? probe(f, at, exists_out)
                                                                    : LF_OK;
    }
    lf_rc rc = LF_OK;
    pthread_mutex_lock(&f->mu);
    while (rc == LF_OK && f->read_offset <= at && !f->eof)
        rc = await(f, false, err);
    *exists_out = f->read_offset > at;
    pthread_mutex_unlock(&f->mu);
    return rc;
}

static feed_chunk *find_chunk(lf_feed *f, uint64_t offset) {
    for (size_t i = 0; i < f->count; i++) {
        feed_chunk *c = &f->ring[(f->first + i) % f->cap];
        if (offset >= c->offset && offset < c->offset + c->len) return c;
    }
    return NULL;
}

/* Copies what of [offset, offset + cap) lies in the file. */
static lf_rc read_kept(lf_feed *f, uint64_t offset, uint8_t *dst, size_t cap, size_t *got_out,
                       lf_error *err) {
    if (offset < f->kept_from || offset - f->kept_from >= f->kept.size) return LF_OK;
    uint64_t at = offset - f->kept_from, left = f->kept.size - at;
    *got_out = left < cap ? (size_t)left : cap;
    return lf_spill_read(&f->kept, at, dst, *got_out, err);
}

/* Copies from c, without the lock meanwhile. */
static lf_rc read_ring(lf_feed *f, feed_chunk *c, uint64_t k, uint64_t offset, uint8_t *dst,
                       size_t cap, size_t *got_out, lf_error *err) {
    size_t at = (size_t)(offset - c->offset), n = c->len - at;
    n = n < cap ? n : cap;
    c->users++;
    pthread_mutex_unlock(&f->mu);
    memcpy(dst, c->data + at, n);
    pthread_mutex_lock(&f->mu);
    c->users--;
    *got_out = n;
    if (c->block != k || at + n != c->len) return LF_OK;
    c->copied = true;
    lf_rc rc = release(f, err);
    pthread_cond_broadcast(&f->cv);
    return rc;
}

static lf_rc stream_read(lf_feed *f, uint64_t k, uint64_t offset, uint8_t *dst, size_t cap,
                         const _Atomic int *abandon, size_t *got_out, lf_error *err) {
    lf_rc rc = LF_OK;
    *got_out = 0;
    pthread_mutex_lock(&f->mu);
    while (rc == LF_OK && offset >= f->read_offset && !f->eof &&
           !(abandon != NULL && atomic_load(abandon)))
        rc = await(f, k <= f->proven, err);
    if (rc == LF_OK && f->fail_rc != LF_OK) rc = await(f, false, err); /* reports it */
    if (rc == LF_OK && offset < f->read_offset) {
        feed_chunk *c = find_chunk(f, offset);
        if (c != NULL)
            rc = read_ring(f, c, k, offset, dst, cap, got_out, err);
        else
            rc = read_kept(f, offset, dst, cap, got_out, err);
        if (rc == LF_OK && *got_out == 0)
            rc = lf_fail(err, LF_EINTERNAL, "text at byte %llu was dropped too early",
                         (unsigned long long)offset);
    }
    pthread_mutex_unlock(&f->mu);
    return rc;
}

lf_rc lf_feed_read(lf_feed *f, uint64_t k, uint64_t offset, uint8_t *dst, size_t cap,
                   const _Atomic int *abandon, size_t *got_out, lf_error *err) {
    if (!f->seekable) return stream_read(f, k, offset, dst, cap, abandon, got_out, err);
    *got_out = 0;
    if (offset >= f->src->size_bytes) return LF_OK;
    uint64_t left = f->src->size_bytes - offset;
    size_t want = left < cap ? (size_t)left : cap;
    LF_TRY(read_at_full(f->src, offset, dst, want, got_out, err));
    if (*got_out < want && f->src->size_bytes != LF_SIZE_UNKNOWN)
        return lf_fail(err, LF_ECHANGED, "the file shrank to %llu bytes while it was read",
                       (unsigned long long)(offset + *got_out));
    return LF_OK;
}

lf_rc lf_feed_peek(lf_feed *f, uint64_t offset, uint8_t *dst, size_t cap, size_t *got_out,
                   lf_error *err) {
    if (f->seekable) return lf_feed_read(f, 0, offset, dst, cap, NULL, got_out, err);
    lf_rc rc = LF_OK;
    *got_out = 0;
    pthread_mutex_lock(&f->mu);
    while (rc == LF_OK && offset >= f->read_offset && !f->eof)
        rc = await(f, false, err);
    feed_chunk *c = rc == LF_OK ? find_chunk(f, offset) : NULL;
    if (c != NULL) {
        size_t at = (size_t)(offset - c->offset), n = c->len - at;
        *got_out = n < cap ? n : cap;
        memcpy(dst, c->data + at, *got_out);
    } else if (rc == LF_OK) {
        rc = read_kept(f, offset, dst, cap, got_out, err);
    }
    if (rc == LF_OK && *got_out == 0 && cap > 0) { /* at the start of what is left */
        c = find_chunk(f, offset + 1);
        bool kept = offset + 1 == f->kept_from && f->kept.size > 0;
        *dst = c != NULL ? c->before : f->kept_before;
        *got_out = c != NULL || kept;
    }
    pthread_mutex_unlock(&f->mu);
    return rc;
}

void lf_feed_rewind(lf_feed *f, uint64_t k) {
    if (f->seekable) return;
    pthread_mutex_lock(&f->mu);
    for (size_t i = 0; i < f->count; i++) {
        feed_chunk *c = &f->ring[(f->first + i) % f->cap];
        if (c->block == k) c->copied = false;
    }
    pthread_mutex_unlock(&f->mu);
}

void lf_feed_proven(lf_feed *f, uint64_t k) {
    if (f->seekable) return;
    pthread_mutex_lock(&f->mu);
    if (k > f->proven) f->proven = k;
    lf_error err = {0};
    f->held = false; /* whoever held is done */
    lf_rc rc = release(f, &err);
    if (rc != LF_OK && f->fail_rc == LF_OK) {
        f->fail_rc = rc;
        f->fail = err;
    }
    pthread_cond_broadcast(&f->cv);
    pthread_mutex_unlock(&f->mu);
}

lf_rc lf_feed_hold(lf_feed *f, uint64_t offset, const void *p, size_t n, lf_error *err) {
    if (f->seekable) return LF_OK;
    lf_rc rc = LF_OK;
    pthread_mutex_lock(&f->mu);
    uint64_t start = ring_start(f); /* from there on it is still at hand */
    lf_spill_clear(&f->kept);
    f->kept_from = offset < start ? offset : start;
    f->kept_before = '\n'; /* the worker that holds has no use for it */
    if (offset < start && start - offset > n)
        rc = lf_fail(err, LF_EINTERNAL, "text at byte %llu was dropped too early",
                     (unsigned long long)offset);
    else if (offset < start)
        rc = lf_spill_append(&f->kept, p, (size_t)(start - offset), NULL, err);
    f->held = rc == LF_OK;
    pthread_mutex_unlock(&f->mu);
    return rc;
}

void lf_feed_release(lf_feed *f) {
    if (f->seekable) return;
    pthread_mutex_lock(&f->mu);
    f->held = false;
    pthread_mutex_unlock(&f->mu);
}

void lf_feed_destroy(lf_feed *f) {
    if (f == NULL) return;
    if (f->head != NULL) free_head(f);
    if (f->sync_made) {
        pthread_mutex_destroy(&f->mu);
        pthread_cond_destroy(&f->cv);
    }
    if (f->block_bytes > 0) lf_spill_reset(&f->kept);
    lf_mem_free(f->alloc, f->ring, f->cap * sizeof *f->ring);
    lf_mem_free(f->alloc, f->pool, f->cap * (size_t)LF_READ_BYTES);
    lf_mem_free(f->alloc, f, sizeof *f);
}
