/* format/parquet/pq_page_read.h - reads a column chunk back, tile by tile.
 *
 * A chunk is a dictionary page (or none) and data pages, V1 or V2. It comes from a callback or
 * from memory, one page at a time; what is held is that page, the dictionary and one tile. A
 * page's CRC is verified where it has one. A tile never crosses a page, so strings are views
 * into the page, the dictionary or scratch, with LF_OVERREAD_BYTES behind them.
 *
 * Values come out as our types (lf_pq_leaf_of): small and unsigned 32-bit integers as int64,
 * FLOAT and FLOAT16 as double, milliseconds as microseconds, INT96 as timestamps, decimals
 * of any storage as decimal (over 38 digits: as text), UUID and INTERVAL as their usual text. Byte
 * arrays without a logical type are given as they are, with leaf.binary set: they may be no UTF-8.
 *
 * Owns: buffers of its own. Threads: one at a time. Fails: LF_ECORRUPT with the page and its
 * place, LF_EUNSUPPORTED, LF_ENO_MEMORY, LF_EMEMORY_LIMIT, what fetch fails with.
 * Life: open -> next* -> close. */
#ifndef LF_FORMAT_PARQUET_PQ_PAGE_READ_H
#define LF_FORMAT_PARQUET_PQ_PAGE_READ_H
#include "array/batch.h"
#include "core/limits.h"
#include "format/parquet/parquet_meta.h"

#define LF_PQ_PAGE_BYTES_MAX   (1ull << 30) /* larger pages are LF_EMEMORY_LIMIT by default */
#define LF_PQ_HEADER_BYTES_MAX (16ull << 20)

/* How a leaf's stored values become our values. */
typedef enum lf_pq_as {
    LF_PQ_AS_IS, /* the slot is the stored value */
    LF_PQ_AS_SIGNED32,
    LF_PQ_AS_UNSIGNED32,
    LF_PQ_AS_MILLIS32,
    LF_PQ_AS_MILLIS64,
    LF_PQ_AS_INT96,
    LF_PQ_AS_FLOAT,
    LF_PQ_AS_FLOAT16,
    LF_PQ_AS_DECIMAL32,     /* INT32 into 8 or 16 bytes */
    LF_PQ_AS_DECIMAL64,     /* INT64 into 16 bytes */
    LF_PQ_AS_DECIMAL_BYTES, /* big-endian bytes into 8 or 16 bytes */
    LF_PQ_AS_DECIMAL_TEXT,
    LF_PQ_AS_VIEW,
    LF_PQ_AS_UUID,
    LF_PQ_AS_INTERVAL
} lf_pq_as;

typedef struct lf_pq_leaf {
    lf_pq_schema_element element; /* type, type_length and logical type; name is not used */
    lf_type type;
    lf_pq_as as;
    uint8_t drop_bits; /* INT32 of 8 or 16 bits: how many high ones mean nothing */
    bool binary;       /* bytes of no stated meaning */
    uint16_t max_def, max_rep;
} lf_pq_leaf;

/* Describes a flat leaf: max_def 1 where the element is OPTIONAL, max_rep 0 (change them for
 * nested ones). LF_EUNSUPPORTED where we have no type for it. */
LF_NODISCARD lf_rc lf_pq_leaf_of(const lf_pq_schema_element *e, lf_pq_leaf *out, lf_error *err);
/* The leaf that our own encoder writes for a type. */
void lf_pq_leaf_of_type(lf_type t, bool nullable, lf_pq_leaf *out);

/* One value as statistics store it (PLAIN, byte arrays without length) as our slot, low word
 * first. false: wrong length, out of range, INT96 (whose order is not defined), or a type that
 * has no slots. */
bool lf_pq_plain_value(const lf_pq_leaf *l, lf_span s, uint64_t out[2]);

/* Reads exactly n bytes of the chunk at `offset` (0: its first page's header). */
typedef lf_rc (*lf_pq_fetch_fn)(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err);

typedef struct lf_pq_chunk_spec {
    size_t struct_size;
    const lf_alloc *alloc;
    lf_pq_fetch_fn fetch; /* NULL: `bytes` is the chunk */
    void *fetch_ctx;
    lf_span bytes;        /* borrowed while the reader lives; no bytes behind it are needed */
    uint64_t chunk_bytes; /* with fetch: how long the chunk is at the most */
    uint64_t num_values;  /* with nulls; UINT64_MAX: until the bytes end */
    int32_t codec;        /* lf_pq_codec */
    lf_pq_leaf leaf;
    uint64_t page_bytes_max; /* 0: LF_PQ_PAGE_BYTES_MAX */
    bool int96_ns;           /* INT96 as nanoseconds instead of microseconds */
    bool levels_low_first;   /* BIT_PACKED levels have their low bits first */
    uint64_t fetch_base;     /* added to every offset that fetch is given */
} lf_pq_chunk_spec;

typedef struct lf_pq_chunk_reader lf_pq_chunk_reader;
LF_NODISCARD lf_rc lf_pq_chunk_open(const lf_pq_chunk_spec *spec, lf_pq_chunk_reader **out,
                                    lf_error *err);
/* How many rows (nested leaves: level entries) lf_pq_chunk_next will give for max_rows: as many
 * as the page has left (the next is loaded where it is used up), or as built values fit into
 * scratch; 0: the chunk is over. */
LF_NODISCARD lf_rc lf_pq_chunk_ready(lf_pq_chunk_reader *r, uint32_t max_rows, uint32_t *rows_out,
                                     lf_error *err);
/* The next up to max_rows (at most LF_TILE_ROWS_MAX) rows; *n_rows_out 0: the end. Nested
 * leaves (max_rep > 0): a slot for each entry of the levels, valid where the leaf has a value.
 * The column is valid until the next call. */
LF_NODISCARD lf_rc lf_pq_chunk_next(lf_pq_chunk_reader *r, uint32_t max_rows, lf_column *out,
                                    uint32_t *n_rows_out, lf_error *err);
/* Passes over n rows of a flat chunk: whole pages by their headers, the rest decoded. */
LF_NODISCARD lf_rc lf_pq_chunk_skip(lf_pq_chunk_reader *r, uint64_t n, lf_error *err);
/* Levels of the last tile. NULL: all 0 (rep), or told by the validity alone (def, max_def <= 1
 * and max_rep 0). */
void lf_pq_chunk_levels(const lf_pq_chunk_reader *r, const uint16_t **def_out,
                        const uint16_t **rep_out);
/* Encodings of the data pages seen so far: bits 1 << lf_pq_encoding. */
uint32_t lf_pq_chunk_encodings(const lf_pq_chunk_reader *r);
/* INT96 values whose digits below a microsecond were cut. */
uint64_t lf_pq_chunk_cut_values(const lf_pq_chunk_reader *r);
void lf_pq_chunk_close(lf_pq_chunk_reader *r); /* NULL is legal */

/* The same as a column iterator of flat rows, which owns the reader. */
LF_NODISCARD lf_rc lf_pq_chunk_iter(const lf_pq_chunk_spec *spec, lf_column_iter **out,
                                    lf_error *err);

#endif
