/* flow/feed.h - hands the text of one source to several workers, block by block.
 *
 * A seekable source is read where a worker asks. A stream is read in order, in chunks, by
 * whichever worker is out of data; chunks wait in a bounded pool. A chunk is dropped once its
 * block is proven (no redo can want it) and its worker has copied it. Where a record is larger
 * than the pool, or its text may be wanted once more (hold), chunks move to a temporary file.
 *
 * Owns: the chunks, the head, the temporary file; borrows the source. Threads: all calls but
 * create, plan-time head access and destroy are safe from any worker. Fails: as the source;
 * LF_ECANCELLED; as core/spill.h. Life: create -> (block_exists | read | proven)* -> destroy. */
#ifndef LF_FLOW_FEED_H
#define LF_FLOW_FEED_H
#include "core/alloc.h"
#include "core/source.h"
#include "core/span.h"
#include "core/spill.h"

typedef struct lf_feed lf_feed;

/* Reads the head (up to head_bytes). Waiting calls end with LF_ECANCELLED, within 50 ms, once
 * *cancel (may be NULL) or *stopped is set. */
LF_NODISCARD lf_rc lf_feed_create(lf_source *src, const lf_alloc *a, size_t head_bytes,
                                  const int *cancel, const bool *stopped, lf_feed **out,
                                  lf_error *err);
lf_span lf_feed_head(const lf_feed *f,
                     bool *whole_out); /* LF_OVERREAD_BYTES readable on both sides */
/* Reads on until the head holds `bytes`, or all of the text; before lf_feed_start. */
LF_NODISCARD lf_rc lf_feed_extend_head(lf_feed *f, size_t bytes, lf_error *err);
bool lf_feed_seekable(const lf_feed *f);
/* Fixes block size and pool; before any worker runs. Drops the head's extra memory. */
LF_NODISCARD lf_rc lf_feed_start(lf_feed *f, uint64_t block_bytes, size_t pool_bytes,
                                 lf_temp_open_fn temp_open, void *temp_ctx, lf_error *err);
/* Whether there is text at the start of block k (waits or reads until that is known). */
LF_NODISCARD lf_rc lf_feed_block_exists(lf_feed *f, uint64_t k, bool *exists_out, lf_error *err);
/* Copies up to `cap` bytes at `offset` for the worker of block k; 0 bytes: the end of the text, or
 * *abandon (may be NULL) became non-zero while waiting. Offsets of one block only grow, except
 * after lf_feed_rewind. */
LF_NODISCARD lf_rc lf_feed_read(lf_feed *f, uint64_t k, uint64_t offset, uint8_t *dst, size_t cap,
                                const _Atomic int *abandon, size_t *got_out, lf_error *err);
/* Copies up to `cap` bytes at `offset` without counting them as read; 0 bytes: the end, or dropped.
 */
LF_NODISCARD lf_rc lf_feed_peek(lf_feed *f, uint64_t offset, uint8_t *dst, size_t cap,
                                size_t *got_out, lf_error *err);
/* Block k will be read once more from its start; only by its worker, before it is proven. */
void lf_feed_rewind(lf_feed *f, uint64_t k);
/* Blocks up to and including k have a proven start; those below k are decoded. */
void lf_feed_proven(lf_feed *f, uint64_t k);
/* From `offset` on, text may be read once more, until lf_feed_release. Only by the worker of the
 * proven block, whose last n bytes read, from `offset` on, are at p. */
LF_NODISCARD lf_rc lf_feed_hold(lf_feed *f, uint64_t offset, const void *p, size_t n,
                                lf_error *err);
void lf_feed_release(lf_feed *f);
void lf_feed_destroy(lf_feed *f); /* NULL is legal */

#endif
