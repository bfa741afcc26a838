/* format/arrow/arrow_meta.h - the metadata of Arrow's IPC formats, as records.
 *
 * After the published schemas (github.com/apache/arrow, format/Schema.fbs, Message.fbs, File.fbs;
 * arrow.apache.org/docs/format/Columnar.html). Slots of tables are numbered as the fields stand
 * there.
 *
 *   stream   message*, end of stream
 *   file     "ARROW1", 2 bytes, stream, footer, its size i32, "ARROW1"
 *   message  0xFFFFFFFF, size of metadata i32, metadata, body; both a multiple of 8 bytes
 *
 * Owns: nothing. Threads: constants. Fails: LF_ENO_MEMORY. Life: fixed by the format. */
#ifndef LF_FORMAT_ARROW_ARROW_META_H
#define LF_FORMAT_ARROW_ARROW_META_H
#include "array/type.h"
#include "format/arrow/flat_write.h"
#include <logflow/logflow.h>

#define LF_ARROW_MAGIC       "ARROW1"
#define LF_ARROW_MAGIC_BYTES 6u
#define LF_ARROW_VERSION     4 /* MetadataVersion.V5 */

enum { /* MessageHeader */
       LF_ARROW_HEADER_SCHEMA = 1,
       LF_ARROW_HEADER_DICTIONARY = 2,
       LF_ARROW_HEADER_BATCH = 3,
};

enum { /* Message, Schema, RecordBatch, DictionaryBatch, Footer */
       LF_MESSAGE_VERSION = 0,
       LF_MESSAGE_TYPE = 1,
       LF_MESSAGE_HEADER = 2,
       LF_MESSAGE_BODY = 3,
       LF_SCHEMA_ENDIAN = 0,
       LF_SCHEMA_FIELDS = 1,
       LF_SCHEMA_PAIRS = 2,
       LF_BATCH_LENGTH = 0,
       LF_BATCH_NODES = 1,
       LF_BATCH_BUFFERS = 2,
       LF_BATCH_COMPRESSION = 3,
       LF_BATCH_VARIADIC = 4,
       LF_DICTIONARY_ID = 0,
       LF_DICTIONARY_DATA = 1,
       LF_DICTIONARY_DELTA = 2,
       LF_FOOTER_VERSION = 0,
       LF_FOOTER_SCHEMA = 1,
       LF_FOOTER_DICTIONARIES = 2,
       LF_FOOTER_BATCHES = 3,
       LF_FOOTER_PAIRS = 4,
};

enum { /* Field, KeyValue, DictionaryEncoding */
       LF_FIELD_NAME = 0,
       LF_FIELD_NULLABLE = 1,
       LF_FIELD_TYPE_ID = 2,
       LF_FIELD_TYPE = 3,
       LF_FIELD_DICTIONARY = 4,
       LF_FIELD_CHILDREN = 5,
       LF_FIELD_PAIRS = 6,
       LF_PAIR_KEY = 0,
       LF_PAIR_VALUE = 1,
       LF_ENCODING_ID = 0,
       LF_ENCODING_INDEX = 1,
};

typedef enum lf_arrow_id { /* Type */
                           LF_ARROW_NONE = 0,
                           LF_ARROW_NULL = 1,
                           LF_ARROW_INT = 2,
                           LF_ARROW_FLOAT = 3,
                           LF_ARROW_BINARY = 4,
                           LF_ARROW_UTF8 = 5,
                           LF_ARROW_BOOL = 6,
                           LF_ARROW_DECIMAL = 7,
                           LF_ARROW_DATE = 8,
                           LF_ARROW_TIME = 9,
                           LF_ARROW_TIMESTAMP = 10,
                           LF_ARROW_INTERVAL = 11,
                           LF_ARROW_LIST = 12,
                           LF_ARROW_STRUCT = 13,
                           LF_ARROW_UNION = 14,
                           LF_ARROW_FIXED_BINARY = 15,
                           LF_ARROW_FIXED_LIST = 16,
                           LF_ARROW_MAP = 17,
                           LF_ARROW_DURATION = 18,
                           LF_ARROW_LARGE_BINARY = 19,
                           LF_ARROW_LARGE_UTF8 = 20,
                           LF_ARROW_LARGE_LIST = 21,
                           LF_ARROW_RUN_END = 22,
                           LF_ARROW_BINARY_VIEW = 23,
                           LF_ARROW_UTF8_VIEW = 24,
                           LF_ARROW_LIST_VIEW = 25,
                           LF_ARROW_LARGE_LIST_VIEW = 26,
} lf_arrow_id;

enum { LF_ARROW_DAY = 0, LF_ARROW_DATE_MS = 1 };                            /* DateUnit */
enum { LF_ARROW_S = 0, LF_ARROW_MS = 1, LF_ARROW_US = 2, LF_ARROW_NS = 3 }; /* TimeUnit */
enum { LF_ARROW_LZ4_FRAME = 0, LF_ARROW_ZSTD = 1 };                         /* CompressionType */

typedef struct lf_arrow_node { /* FieldNode */
    int64_t length, null_count;
} lf_arrow_node;

typedef struct lf_arrow_buffer { /* Buffer */
    int64_t offset, length;
} lf_arrow_buffer;

typedef struct lf_arrow_block { /* Block */
    int64_t offset;
    int32_t meta_bytes, pad;
    int64_t body_bytes;
} lf_arrow_block;

/* The flat bytes of metadata, without the 8 bytes of an encapsulated message in front. */
LF_NODISCARD lf_rc lf_arrow_schema_message(lf_flat *f, const lf_schema *s, lf_span *out,
                                           lf_error *err);
/* codec: LF_ARROW_LZ4_FRAME or ZSTD; -1: none. */
typedef struct lf_arrow_batch_meta {
    int64_t rows, body_bytes;
    const lf_arrow_node *nodes;
    const lf_arrow_buffer *buffers;
    size_t n_nodes, n_buffers;
    int codec;
} lf_arrow_batch_meta;
LF_NODISCARD lf_rc lf_arrow_batch_message(lf_flat *f, const lf_arrow_batch_meta *b, lf_span *out,
                                          lf_error *err);
LF_NODISCARD lf_rc lf_arrow_footer(lf_flat *f, const lf_schema *s, const lf_arrow_block *batches,
                                   size_t n, const lf_option *kv, size_t n_kv, lf_span *out,
                                   lf_error *err);

#endif
