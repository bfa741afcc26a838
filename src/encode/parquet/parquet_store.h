/* encode/parquet/parquet_store.h - finished pages of a row group until they are written.
 *
 * Bytes are appended and later copied out by place. They wait in segments of fixed size and, from
 * where memory became short, in an unlinked temporary file; what comes out is the same.
 *
 * Owns: segments, file. Threads: one at a time. Fails: LF_ENO_MEMORY, LF_EWRITE, LF_EDISK_FULL.
 * Life: init -> append* / read* / write_to* -> clear -> ... -> reset. */
#ifndef LF_ENCODE_PARQUET_PARQUET_STORE_H
#define LF_ENCODE_PARQUET_PARQUET_STORE_H
#include "core/encoder.h"
#include "core/sink.h"
#include "core/spill.h"
#include "encode/parquet/parquet_mem.h"

#define PQ_SEGMENT_BYTES (512u * 1024)

typedef struct pq_store {
    const lf_alloc *alloc;
    uint8_t **segments;
    uint32_t n_segments, cap_segments;
    uint64_t size;
    const lf_budget *budget; /* NULL, or what says when memory is short */
    size_t keep_below_bytes;
    bool spill_all;
    uint64_t spilled_from; /* bytes from here on are in `spill`; UINT64_MAX: none */
    lf_spill spill;
    pq_mem out; /* what is gathered for one large write */
    size_t out_len;
    uint64_t out_at;
} pq_store;

/* spill: all of it goes to the file. */
void lf_pqw_store_init(pq_store *s, const lf_alloc *a, bool spill, const lf_encode_opts *o);
LF_NODISCARD lf_rc lf_pqw_store_append(pq_store *s, const void *p, size_t n, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_store_read(pq_store *s, uint64_t at, void *dst, size_t n, lf_error *err);
/* Bytes [at, at + n) go to the sink at *to_io, which moves on; gathered, so end with flush. */
LF_NODISCARD lf_rc lf_pqw_store_write_to(pq_store *s, uint64_t at, size_t n, lf_sink *sink,
                                         uint64_t *to_io, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_store_flush_to(pq_store *s, lf_sink *sink, lf_error *err);
void lf_pqw_store_clear(pq_store *s); /* empty; memory is kept */
void lf_pqw_store_reset(pq_store *s);

#endif
