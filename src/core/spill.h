/* core/spill.h - an append-only log that moves to an unlinked temporary file when it grows.
 *
 * Owns: its memory and its temporary file. Threads: one at a time. Fails: LF_ENO_MEMORY, LF_EWRITE,
 * LF_EDISK_FULL. Life: init -> append* / read* -> clear -> ... -> reset. */
#ifndef LF_CORE_SPILL_H
#define LF_CORE_SPILL_H
#include "core/buf.h"
#include "core/sink.h"

typedef lf_rc (*lf_temp_open_fn)(void *ctx, lf_sink **out, lf_error *err);

typedef struct lf_spill {
    lf_buf tail;            /* bytes from `flushed` on */
    uint64_t flushed, size; /* bytes in the file; bytes in all */
    size_t memory_max;      /* the tail is flushed when it passes this */
    lf_temp_open_fn temp_open;
    void *temp_ctx;
    lf_sink *file; /* NULL until the first flush */
} lf_spill;

void lf_spill_init(lf_spill *s, const lf_alloc *a, size_t memory_max, lf_temp_open_fn open,
                   void *ctx);
/* offset_out (may be NULL): where the bytes start. */
LF_NODISCARD lf_rc lf_spill_append(lf_spill *s, const void *p, size_t n, uint64_t *offset_out,
                                   lf_error *err);
LF_NODISCARD lf_rc lf_spill_read(lf_spill *s, uint64_t offset, void *dst, size_t n, lf_error *err);
void lf_spill_clear(lf_spill *s); /* empty again; keeps file and memory for reuse */
void lf_spill_reset(lf_spill *s); /* frees all; safe twice */

#endif
