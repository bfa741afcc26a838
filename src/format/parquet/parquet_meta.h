/* format/parquet/parquet_meta.h - Parquet's metadata as C structs, with writers and parsers.
 *
 * The structs follow parquet.thrift (parquet-format 2.12) and keep its words. Optional parts
 * have a has_ flag, or are spans whose data is NULL where absent. A parsed struct borrows its
 * texts from the bytes that were parsed, and its lists from the arena.
 *
 * Writers append to a lf_thrift_writer, whose buffer may be flushed between any two calls, so
 * that a footer of any length is streamed:
 *     lf_pq_write_footer_head -> lf_pq_write_row_group * n_row_groups -> lf_pq_write_footer_tail
 * A row group or a column chunk is a list element, so its bytes do not depend on what surrounds
 * them: they may be made early with a writer of their own and put in by lf_thrift_put_raw.
 *
 * Owns: nothing. Threads: plain data. Fails: parsers LF_ECORRUPT, LF_ENO_MEMORY; no parser
 * allocates more than a small multiple of the bytes given. Life: plain data. */
#ifndef LF_FORMAT_PARQUET_PARQUET_META_H
#define LF_FORMAT_PARQUET_PARQUET_META_H
#include "array/type.h"
#include "codec/codec.h"
#include "core/arena.h"
#include "core/span.h"
#include "format/parquet/thrift_compact.h"

typedef enum lf_pq_physical {
    LF_PQ_BOOLEAN = 0,
    LF_PQ_INT32 = 1,
    LF_PQ_INT64 = 2,
    LF_PQ_INT96 = 3,
    LF_PQ_FLOAT = 4,
    LF_PQ_DOUBLE = 5,
    LF_PQ_BYTE_ARRAY = 6,
    LF_PQ_FIXED = 7 /* FIXED_LEN_BYTE_ARRAY */
} lf_pq_physical;

typedef enum lf_pq_repetition {
    LF_PQ_REQUIRED = 0,
    LF_PQ_OPTIONAL = 1,
    LF_PQ_REPEATED = 2
} lf_pq_repetition;

typedef enum lf_pq_converted {
    LF_PQ_CONV_NONE = -1,
    LF_PQ_CONV_UTF8 = 0,
    LF_PQ_CONV_MAP = 1,
    LF_PQ_CONV_MAP_KEY_VALUE = 2,
    LF_PQ_CONV_LIST = 3,
    LF_PQ_CONV_ENUM = 4,
    LF_PQ_CONV_DECIMAL = 5,
    LF_PQ_CONV_DATE = 6,
    LF_PQ_CONV_TIME_MILLIS = 7,
    LF_PQ_CONV_TIME_MICROS = 8,
    LF_PQ_CONV_TIMESTAMP_MILLIS = 9,
    LF_PQ_CONV_TIMESTAMP_MICROS = 10,
    LF_PQ_CONV_UINT_8 = 11,
    LF_PQ_CONV_UINT_16 = 12,
    LF_PQ_CONV_UINT_32 = 13,
    LF_PQ_CONV_UINT_64 = 14,
    LF_PQ_CONV_INT_8 = 15,
    LF_PQ_CONV_INT_16 = 16,
    LF_PQ_CONV_INT_32 = 17,
    LF_PQ_CONV_INT_64 = 18,
    LF_PQ_CONV_JSON = 19,
    LF_PQ_CONV_BSON = 20,
    LF_PQ_CONV_INTERVAL = 21
} lf_pq_converted;

/* Field ids of the LogicalType union. */
typedef enum lf_pq_logical_kind {
    LF_PQ_LOGICAL_NONE = 0,
    LF_PQ_LOGICAL_STRING = 1,
    LF_PQ_LOGICAL_MAP = 2,
    LF_PQ_LOGICAL_LIST = 3,
    LF_PQ_LOGICAL_ENUM = 4,
    LF_PQ_LOGICAL_DECIMAL = 5,
    LF_PQ_LOGICAL_DATE = 6,
    LF_PQ_LOGICAL_TIME = 7,
    LF_PQ_LOGICAL_TIMESTAMP = 8,
    LF_PQ_LOGICAL_INTEGER = 10,
    LF_PQ_LOGICAL_UNKNOWN = 11,
    LF_PQ_LOGICAL_JSON = 12,
    LF_PQ_LOGICAL_BSON = 13,
    LF_PQ_LOGICAL_UUID = 14,
    LF_PQ_LOGICAL_FLOAT16 = 15,
    LF_PQ_LOGICAL_VARIANT = 16,
    LF_PQ_LOGICAL_GEOMETRY = 17,
    LF_PQ_LOGICAL_GEOGRAPHY = 18
} lf_pq_logical_kind;

/* Field ids of the TimeUnit union. */
typedef enum lf_pq_unit { LF_PQ_MILLIS = 1, LF_PQ_MICROS = 2, LF_PQ_NANOS = 3 } lf_pq_unit;

typedef enum lf_pq_encoding {
    LF_PQ_PLAIN = 0,
    LF_PQ_PLAIN_DICTIONARY = 2,
    LF_PQ_RLE = 3,
    LF_PQ_BIT_PACKED = 4,
    LF_PQ_DELTA_BINARY_PACKED = 5,
    LF_PQ_DELTA_LENGTH_BYTE_ARRAY = 6,
    LF_PQ_DELTA_BYTE_ARRAY = 7,
    LF_PQ_RLE_DICTIONARY = 8,
    LF_PQ_BYTE_STREAM_SPLIT = 9
} lf_pq_encoding;

typedef enum lf_pq_codec {
    LF_PQ_UNCOMPRESSED = 0,
    LF_PQ_SNAPPY = 1,
    LF_PQ_GZIP = 2,
    LF_PQ_LZO = 3,
    LF_PQ_BROTLI = 4,
    LF_PQ_LZ4 = 5, /* deprecated, framed as Hadoop does */
    LF_PQ_ZSTD = 6,
    LF_PQ_LZ4_RAW = 7
} lf_pq_codec;

typedef enum lf_pq_page_type {
    LF_PQ_DATA_PAGE = 0,
    LF_PQ_INDEX_PAGE = 1,
    LF_PQ_DICTIONARY_PAGE = 2,
    LF_PQ_DATA_PAGE_V2 = 3
} lf_pq_page_type;

typedef enum lf_pq_boundary {
    LF_PQ_UNORDERED = 0,
    LF_PQ_ASCENDING = 1,
    LF_PQ_DESCENDING = 2
} lf_pq_boundary;

typedef struct lf_pq_logical {
    uint8_t kind;             /* lf_pq_logical_kind */
    uint8_t unit;             /* lf_pq_unit: TIME, TIMESTAMP */
    bool utc;                 /* isAdjustedToUTC: TIME, TIMESTAMP */
    uint8_t bit_width;        /* INTEGER */
    bool is_signed;           /* INTEGER */
    int32_t precision, scale; /* DECIMAL */
} lf_pq_logical;

typedef struct lf_pq_schema_element {
    int32_t type; /* lf_pq_physical; -1: a group */
    int32_t type_length;
    int32_t repetition; /* lf_pq_repetition; -1: none (the root) */
    lf_span name;
    bool has_num_children;
    int32_t num_children;
    int32_t converted; /* lf_pq_converted; LF_PQ_CONV_NONE: none */
    bool has_scale, has_precision, has_field_id;
    int32_t scale, precision, field_id;
    lf_pq_logical logical;
} lf_pq_schema_element;

/* min and max are PLAIN values without the length prefix of byte arrays. */
typedef struct lf_pq_stats {
    lf_span old_max, old_min; /* deprecated fields 1 and 2: signed order */
    lf_span max, min;         /* fields 5 and 6 */
    bool has_null_count, has_distinct_count, has_nan_count;
    bool has_max_exact, has_min_exact, max_exact, min_exact;
    int64_t null_count, distinct_count, nan_count;
} lf_pq_stats;

typedef struct lf_pq_page_header {
    int32_t type; /* lf_pq_page_type */
    int32_t uncompressed_size, compressed_size;
    bool has_crc;
    uint32_t crc;
    /* data pages (V1, V2) and dictionary pages */
    int32_t num_values, encoding;
    /* V1 */
    int32_t def_encoding, rep_encoding;
    /* V2 */
    int32_t num_nulls, num_rows, def_bytes, rep_bytes;
    bool is_compressed;
    /* dictionary */
    bool is_sorted;
    /* data pages */
    bool has_stats;
    lf_pq_stats stats;
} lf_pq_page_header;

typedef struct lf_pq_key_value {
    lf_span key, value; /* value.data NULL: none */
} lf_pq_key_value;

typedef struct lf_pq_encoding_stats {
    int32_t page_type, encoding, count;
} lf_pq_encoding_stats;

typedef struct lf_pq_column_meta {
    int32_t type;
    uint32_t encodings; /* bit 1 << lf_pq_encoding; bit 31: some unknown one */
    const lf_span *path;
    uint32_t n_path;
    int32_t codec; /* lf_pq_codec */
    int64_t num_values, total_uncompressed_size, total_compressed_size;
    int64_t data_page_offset;
    bool has_dictionary, has_index_page, has_stats, has_bloom_filter;
    int64_t dictionary_page_offset, index_page_offset;
    lf_pq_stats stats;
    const lf_pq_encoding_stats *encoding_stats;
    uint32_t n_encoding_stats;
    int64_t bloom_filter_offset;
    int32_t bloom_filter_length; /* 0: not given */
    const lf_pq_key_value *key_values;
    uint32_t n_key_values;
    bool has_unencoded_bytes; /* of SizeStatistics */
    int64_t unencoded_bytes;
} lf_pq_column_meta;

typedef struct lf_pq_column_chunk {
    lf_span file_path;
    int64_t file_offset; /* writers: 0 */
    bool has_meta, encrypted;
    lf_pq_column_meta meta;
    bool has_offset_index, has_column_index;
    int64_t offset_index_offset, column_index_offset;
    int32_t offset_index_length, column_index_length;
} lf_pq_column_chunk;

typedef struct lf_pq_sorting_column {
    int32_t column;
    bool descending, nulls_first;
} lf_pq_sorting_column;

typedef struct lf_pq_row_group {
    const lf_pq_column_chunk *columns;
    uint32_t n_columns;
    int64_t total_byte_size, num_rows;
    bool has_file_offset, has_total_compressed_size, has_ordinal;
    int64_t file_offset, total_compressed_size;
    int16_t ordinal;
    const lf_pq_sorting_column *sorting;
    uint32_t n_sorting;
} lf_pq_row_group;

typedef struct lf_pq_footer {
    int32_t version;
    const lf_pq_schema_element *schema; /* depth first, the root first */
    uint32_t n_schema;
    int64_t num_rows;
    const lf_span *row_groups; /* bytes of each; parse with lf_pq_parse_row_group */
    uint32_t n_row_groups;
    const lf_pq_key_value *key_values;
    uint32_t n_key_values;
    lf_span created_by;
    const uint8_t *column_orders; /* field id of the union; 1: TYPE_ORDER */
    uint32_t n_column_orders;
    bool encrypted; /* encryption_algorithm is set */
} lf_pq_footer;

typedef struct lf_pq_page_location {
    int64_t offset;
    int32_t compressed_size; /* with the page header */
    int64_t first_row;
} lf_pq_page_location;

typedef struct lf_pq_offset_index {
    const lf_pq_page_location *pages;
    uint32_t n_pages;
    const int64_t *unencoded_bytes; /* NULL: none */
} lf_pq_offset_index;

typedef struct lf_pq_column_index {
    uint32_t n_pages;
    const bool *null_pages;
    const lf_span *min, *max;   /* empty for null pages */
    int32_t boundary_order;     /* lf_pq_boundary */
    const int64_t *null_counts; /* NULL: none */
    const int64_t *nan_counts;  /* NULL: none */
} lf_pq_column_index;

/* ---- writers ---- */
void lf_pq_write_page_header(lf_thrift_writer *w, const lf_pq_page_header *h);
/* Fields 1 to 3 and the header of the list of row groups. */
void lf_pq_write_footer_head(lf_thrift_writer *w, const lf_pq_schema_element *schema,
                             uint32_t n_schema, int64_t num_rows, uint32_t n_row_groups);
void lf_pq_write_row_group(lf_thrift_writer *w, const lf_pq_row_group *g);
/* The same in parts: begin, n_columns chunks, end (g->columns is not looked at). */
void lf_pq_write_row_group_begin(lf_thrift_writer *w, uint32_t n_columns);
void lf_pq_write_column_chunk(lf_thrift_writer *w, const lf_pq_column_chunk *c);
void lf_pq_write_row_group_end(lf_thrift_writer *w, const lf_pq_row_group *g);
/* Fields 5 to 7 and the end. n_column_orders times TYPE_ORDER; 0: none. */
void lf_pq_write_footer_tail(lf_thrift_writer *w, const lf_pq_key_value *kv, uint32_t n_kv,
                             lf_span created_by, uint32_t n_column_orders);
void lf_pq_write_offset_index(lf_thrift_writer *w, const lf_pq_offset_index *x);
void lf_pq_write_column_index(lf_thrift_writer *w, const lf_pq_column_index *x);

/* ---- parsers ---- */
/* Parses a page header at the start of `in`; *used_out: its length. *more_out true (with LF_OK):
 * `in` ends inside it, give more bytes. */
LF_NODISCARD lf_rc lf_pq_parse_page_header(lf_span in, lf_pq_page_header *out, size_t *used_out,
                                           bool *more_out, lf_error *err);
LF_NODISCARD lf_rc lf_pq_parse_footer(lf_span in, lf_arena *arena, lf_pq_footer *out,
                                      lf_error *err);
LF_NODISCARD lf_rc lf_pq_parse_row_group(lf_span in, lf_arena *arena, lf_pq_row_group *out,
                                         lf_error *err);
LF_NODISCARD lf_rc lf_pq_parse_offset_index(lf_span in, lf_arena *arena, lf_pq_offset_index *out,
                                            lf_error *err);
LF_NODISCARD lf_rc lf_pq_parse_column_index(lf_span in, lf_arena *arena, lf_pq_column_index *out,
                                            lf_error *err);

/* ---- names and mappings ---- */
const char *lf_pq_physical_name(int32_t type); /* "INT64"; "?" where unknown */
const char *lf_pq_encoding_name(int32_t encoding);
const char *lf_pq_codec_name(int32_t codec);
/* The codec library's value; false where we cannot read it (LZO) or it is framed (LZ4). */
bool lf_pq_codec_from(int32_t codec, lf_codec *out);
int32_t lf_pq_codec_to(lf_codec c);
/* What a leaf of our type is written as: physical type, length, converted and logical type.
 * `name` is borrowed. Nested types give the annotated outer group. */
void lf_pq_element_of(lf_type t, bool nullable, lf_span name, lf_pq_schema_element *out);
/* Our type of a leaf element; see pq_page_read.h for how values are converted. false: none. */
bool lf_pq_type_of(const lf_pq_schema_element *e, lf_type *out);
/* The logical type, or what the old converted type means as one. */
lf_pq_logical lf_pq_logical_of(const lf_pq_schema_element *e);

#endif
