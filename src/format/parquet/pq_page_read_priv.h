/* format/parquet/pq_page_read_priv.h - what the parts of the chunk reader share.
 * Owns, Threads, Fails, Life: see pq_page_read.h. */
#ifndef LF_FORMAT_PARQUET_PQ_PAGE_READ_PRIV_H
#define LF_FORMAT_PARQUET_PQ_PAGE_READ_PRIV_H
#include "format/parquet/pq_decode.h"
#include "format/parquet/pq_page_read.h"

/* A tile's buffers for `rows` rows, in one allocation. */
typedef struct lf_pq_tile {
    uint8_t *memory;
    size_t memory_bytes;
    uint32_t rows;
    uint8_t *values; /* slots; 64-byte aligned */
    uint8_t *raw;    /* stored values before conversion */
    uint64_t *validity;
    uint32_t *start, *len;
    uint16_t *def, *rep;
} lf_pq_tile;

struct lf_pq_chunk_reader {
    lf_pq_chunk_spec spec;
    uint64_t at;          /* of the next page's header in the chunk */
    uint64_t values_left; /* of the chunk, beyond the current page */
    uint32_t page_number; /* from 1; the dictionary counts */
    uint64_t page_at;
    lf_buf head; /* window of bytes at `at` that fetch gave */
    /* dictionary */
    uint8_t *dict_body;
    size_t dict_bytes;
    uint32_t *dict_views; /* start of each, then len of each */
    lf_pq_dictionary dict;
    bool has_dict;
    /* current page */
    uint8_t *body;
    size_t body_bytes; /* allocated, with the margin */
    uint32_t page_left;
    lf_pq_levels def, rep;
    lf_pq_values values;
    lf_buf scratch, previous, text;
    lf_pq_tile tile;
    uint32_t encodings;
    uint64_t cut_values;
};

/* At the end of a page: passes over data pages of at most *n rows in all, and takes them off *n.
 * Dictionaries are loaded. */
LF_NODISCARD lf_rc lf_pq_pages_skip(lf_pq_chunk_reader *r, uint64_t *n, lf_error *err);
/* Loads data pages until one has rows (page_left > 0) or the chunk is over. */
LF_NODISCARD lf_rc lf_pq_page_load(lf_pq_chunk_reader *r, lf_error *err);
/* Converts n dense stored values in tile.raw (fixed) into tile.values. */
LF_NODISCARD lf_rc lf_pq_convert_fixed(lf_pq_chunk_reader *r, uint32_t n, lf_error *err);
/* Converts n dense views (tile.start, tile.len in *base) into slots, or into other views. */
LF_NODISCARD lf_rc lf_pq_convert_views(lf_pq_chunk_reader *r, uint32_t n, const uint8_t **base,
                                       lf_error *err);

#endif
