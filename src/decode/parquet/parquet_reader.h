/* decode/parquet/parquet_reader.h - opens a Parquet file: schema, row groups, columns.
 *
 * The footer is held in memory as it is; row groups are parsed from it one at a time. Places
 * and sizes are checked against the file before they are used.
 *
 * Owns: the footer and what is parsed of it; borrows the source. Threads: one at a time; chunk
 * readers of one reader may run in different threads (the source's read_at is safe).
 * Fails: LF_ECORRUPT with a place, LF_EUNSUPPORTED (encryption, other files), LF_EREAD.
 * Life: open -> use -> close, chunk readers before it. */
#ifndef LF_DECODE_PARQUET_PARQUET_READER_H
#define LF_DECODE_PARQUET_PARQUET_READER_H
#include "core/source.h"
#include "format/parquet/parquet_tree.h"

typedef struct lf_parquet_reader lf_parquet_reader;

typedef struct lf_parquet_opts {
    size_t struct_size;
    const lf_alloc *alloc;
    uint64_t page_bytes_max; /* 0: LF_PQ_PAGE_BYTES_MAX */
    bool int96_ns;
} lf_parquet_opts;

int lf_parquet_sniff(lf_span head); /* 0..100, from the first bytes */
/* `s` has read_at and a known size. opts may be NULL. */
LF_NODISCARD lf_rc lf_parquet_open(lf_source *s, const lf_parquet_opts *opts,
                                   lf_parquet_reader **out, lf_error *err);
void lf_parquet_close(lf_parquet_reader *r); /* NULL is legal */

const lf_pq_footer *lf_parquet_footer(const lf_parquet_reader *r);
uint64_t lf_parquet_footer_bytes(const lf_parquet_reader *r);
const lf_schema *lf_parquet_schema(const lf_parquet_reader *r); /* a column a field */
const lf_parquet_tree *lf_parquet_tree_of(const lf_parquet_reader *r);
/* A row group's metadata, checked against the schema and the file; valid until the next call.
 * Chunks that are elsewhere or encrypted are found when they are opened. */
LF_NODISCARD lf_rc lf_parquet_group(lf_parquet_reader *r, uint32_t group,
                                    const lf_pq_row_group **out, lf_error *err);
/* Opens the chunk of `leaf` in `group`; close with lf_pq_chunk_close. */
LF_NODISCARD lf_rc lf_parquet_chunk_open(lf_parquet_reader *r, uint32_t group, uint32_t leaf,
                                         lf_pq_chunk_reader **out, lf_error *err);
const lf_alloc *lf_parquet_alloc(const lf_parquet_reader *r);

#endif
