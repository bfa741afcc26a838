/* encode/parquet/parquet_dict.h - dictionaries of a column chunk: values to codes.
 *
 * Codes are given in order of first appearance, so that they follow from the values alone.
 * Numbers are found in a table indexed by value where the values lie close together, else by
 * hash; strings by hash: up to seven bytes are a number of their own, of longer ones the first
 * eight bytes and the length lie beside each.
 *
 * `dense`, where there are many columns: memory counts more than a collision. Tables are filled
 * more, and the dictionary is full when all that it holds passes 3/2 of max_bytes.
 *
 * Owns: its memory, kept for the next chunk. Threads: one at a time. Fails: LF_ENO_MEMORY.
 * Life: zeroed -> begin -> add* -> begin ... -> free. */
#ifndef LF_ENCODE_PARQUET_PARQUET_DICT_H
#define LF_ENCODE_PARQUET_PARQUET_DICT_H
#include "core/alloc.h"
#include "core/error.h"
#include "encode/parquet/parquet_mem.h"
#include <string.h>

#define PQ_DICT_ENTRIES_MAX 65535u
#define PQ_DIRECT_RANGE_MAX 65536u

typedef struct pq_numdict {
    pq_mem values; /* n of 8 bytes */
    pq_mem table;  /* direct: u16 code + 1 by value - base; hash: u32 code + 1 */
    uint32_t n, max;
    uint32_t range; /* of the direct table; 0: hash */
    uint32_t shift; /* of the hash; 0: no table yet */
    uint64_t base;
    bool dense;
} pq_numdict;

void lf_pqw_numdict_begin(pq_numdict *d, uint32_t max_bytes, uint32_t width, bool dense);
/* Codes of n values that lie in [min, max] (looked at only where `close` says that they may be
 * indexed: integers). *full_out: some value did not fit; the dictionary is as it was before. */
LF_NODISCARD lf_rc lf_pqw_numdict_codes(pq_numdict *d, const lf_alloc *a, const uint64_t *v,
                                        uint32_t n, bool close, int64_t min, int64_t max,
                                        uint16_t *codes, bool *full_out, lf_error *err);
/* Makes `d` a copy of `from`, in no more memory than that takes. */
LF_NODISCARD lf_rc lf_pqw_numdict_copy(pq_numdict *d, const lf_alloc *a, const pq_numdict *from,
                                       lf_error *err);
void lf_pqw_numdict_free(pq_numdict *d, const lf_alloc *a);

typedef struct pq_strentry {
    uint64_t head; /* first eight bytes, zeros behind the end */
    uint32_t at, len;
} pq_strentry;

typedef struct pq_strdict {
    pq_mem entries; /* n pq_strentry */
    pq_mem bytes;   /* all strings, one after the other */
    pq_mem keys;    /* as long as all are short, u64: the bytes, the length + 1 in the highest */
    pq_mem values;  /* u16 beside each key: its code */
    pq_mem slots;   /* else, u32: hash's upper 16 bits, code + 1 */
    uint32_t n, bytes_len;
    uint32_t key_mask, mask; /* of keys, of slots */
    uint64_t factor;         /* that the keys are hashed by */
    bool mixed;              /* a longer string has come: all are in `slots` */
    bool dense;
    uint32_t max_entries, max_bytes; /* max_bytes: of the dictionary page */
} pq_strdict;

LF_NODISCARD lf_rc lf_pqw_strdict_begin(pq_strdict *d, const lf_alloc *a, uint32_t max_bytes,
                                        bool dense, lf_error *err);
/* Codes of n strings, `index` NULL: rows [from, from + n), else the rows it names. Stops at the
 * first that does not fit; how many were done. */
LF_NODISCARD lf_rc lf_pqw_strdict_codes(pq_strdict *d, const lf_alloc *a, const uint8_t *bytes,
                                        const uint32_t *start, const uint32_t *len, uint32_t n,
                                        uint16_t *codes, uint32_t *done_out, lf_error *err);
static inline uint32_t pq_strdict_page_bytes(const pq_strdict *d) {
    return d->bytes_len + 4 * d->n;
}
void lf_pqw_strdict_free(pq_strdict *d, const lf_alloc *a);

#endif
