/* format/arrow/flat_write.h - writes FlatBuffers (flatbuffers.dev/internals), for Arrow's metadata.
 *
 * A buffer is made from its end: what is referred to is written before what refers to it, and a
 * place (lf_flat_ref) is its distance from the end.
 *
 *   string, vectors ...  ->  begin, fields, end (a table)  ->  ...  ->  finish(root)
 *
 * Owns: its bytes. Threads: one at a time. Fails: LF_ENO_MEMORY, kept until finish. Life: init ->
 * (write* -> finish)* -> reset; finish's bytes are valid until the next write. */
#ifndef LF_FORMAT_ARROW_FLAT_WRITE_H
#define LF_FORMAT_ARROW_FLAT_WRITE_H
#include "core/alloc.h"
#include "core/error.h"

#define LF_FLAT_SLOTS 10u /* fields of a table */

typedef uint32_t lf_flat_ref; /* 0: nothing */

typedef struct lf_flat {
    const lf_alloc *alloc;
    uint8_t *data; /* the last `used` of `cap` bytes are written */
    size_t cap, used;
    uint32_t slots[LF_FLAT_SLOTS], table_from;
    bool refused; /* memory was */
} lf_flat;

void lf_flat_init(lf_flat *f, const lf_alloc *alloc);
void lf_flat_reset(lf_flat *f); /* safe twice */

lf_flat_ref lf_flat_string(lf_flat *f, const void *s, size_t n);
/* Places of tables or strings. */
lf_flat_ref lf_flat_refs(lf_flat *f, const lf_flat_ref *refs, size_t n);
/* n structs or numbers of `size` bytes, the largest member of which has `align` bytes. */
lf_flat_ref lf_flat_vector(lf_flat *f, const void *items, size_t n, size_t size, size_t align);
/* A table: its fields, in any order (the largest first, for the least padding), each at most once.
 */
void lf_flat_begin(lf_flat *f);
void lf_flat_number(lf_flat *f, uint32_t slot, uint64_t value, size_t size);
void lf_flat_place(lf_flat *f, uint32_t slot, lf_flat_ref ref); /* ref 0: left out */
lf_flat_ref lf_flat_end(lf_flat *f);
/* Ends the buffer, a multiple of 8 bytes. */
LF_NODISCARD lf_rc lf_flat_finish(lf_flat *f, lf_flat_ref root, lf_span *out, lf_error *err);

#endif
