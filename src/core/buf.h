/* core/buf.h - growable byte buffer with a hard cap.
 *
 * Owns: its bytes. Threads: one at a time. Fails: LF_ENO_MEMORY, LF_EMEMORY_LIMIT (cap).
 * Life: init -> append* -> (take | reset). A failed append leaves it intact. */
#ifndef LF_CORE_BUF_H
#define LF_CORE_BUF_H
#include "core/alloc.h"
#include "core/error.h"

typedef struct lf_buf {
    uint8_t *data; /* read-only view; invalid after the next append */
    size_t len, cap, cap_max;
    const lf_alloc *alloc; /* borrowed; must outlive the buffer */
} lf_buf;

void lf_buf_init(lf_buf *b, const lf_alloc *alloc, size_t cap_max); /* cannot fail */
LF_NODISCARD lf_rc lf_buf_append(lf_buf *b, const void *p, size_t n, lf_error *err);
/* Room for n more bytes at data + len; the caller then adds to len itself. */
LF_NODISCARD lf_rc lf_buf_reserve(lf_buf *b, size_t n, lf_error *err);
LF_NODISCARD lf_rc lf_buf_printf(lf_buf *b, lf_error *err, const char *fmt, ...) LF_PRINTF(3, 4);
LF_NODISCARD lf_rc
lf_buf_append_json(lf_buf *b, const void *p, size_t n,
                   lf_error *err); /* quoted JSON string; invalid UTF-8 becomes \ufffd */
uint8_t *lf_buf_take(lf_buf *b,
                     size_t *cap_out); /* caller frees `cap` bytes with alloc; b is empty */
void lf_buf_clear(lf_buf *b);          /* len = 0, keeps memory */
void lf_buf_reset(lf_buf *b);          /* frees; reusable; safe twice */

/* Length of the valid UTF-8 sequence at p (n > 0 bytes are there), 0 if there is none. */
size_t lf_utf8_len(const uint8_t *p, size_t n);

#endif
