/* format/parquet/thrift_compact.h - the Thrift compact protocol, both ways.
 *
 * Writer and reader are sticky: after the first failure every call does nothing, and the
 * caller asks once at the end. The reader never reads past its span, checks every count and
 * length against the rest of it, and limits nesting, so that any bytes are safe to parse.
 *
 * Owns: nothing. Threads: one at a time. Fails: LF_ENO_MEMORY, LF_EMEMORY_LIMIT (writer);
 * LF_ECORRUPT (reader). Life: init -> use -> ask for rc. */
#ifndef LF_FORMAT_PARQUET_THRIFT_COMPACT_H
#define LF_FORMAT_PARQUET_THRIFT_COMPACT_H
#include "core/buf.h"
#include "core/error.h"

#define LF_THRIFT_DEPTH_MAX 24u

typedef enum lf_thrift_kind {
    LF_THRIFT_STOP = 0,
    LF_THRIFT_TRUE = 1, /* also the element kind of lists of booleans */
    LF_THRIFT_FALSE = 2,
    LF_THRIFT_I8 = 3,
    LF_THRIFT_I16 = 4,
    LF_THRIFT_I32 = 5,
    LF_THRIFT_I64 = 6,
    LF_THRIFT_DOUBLE = 7,
    LF_THRIFT_BINARY = 8,
    LF_THRIFT_LIST = 9,
    LF_THRIFT_SET = 10,
    LF_THRIFT_MAP = 11,
    LF_THRIFT_STRUCT = 12,
    LF_THRIFT_UUID = 13
} lf_thrift_kind;

/* Appends to `out`, which the caller may empty between calls (streams of any length). */
typedef struct lf_thrift_writer {
    lf_buf *out;
    lf_error *err;
    lf_rc rc;
    uint32_t depth;
    int16_t last[LF_THRIFT_DEPTH_MAX]; /* last field id of each open struct */
} lf_thrift_writer;

void lf_thrift_writer_init(lf_thrift_writer *w, lf_buf *out, lf_error *err);
/* A struct as list element or root. Ends with lf_thrift_struct_end. */
void lf_thrift_struct_begin(lf_thrift_writer *w);
void lf_thrift_struct_end(lf_thrift_writer *w); /* writes the stop byte */
/* A struct as field `id`; ends with lf_thrift_struct_end. */
void lf_thrift_put_struct(lf_thrift_writer *w, int16_t id);
/* Fields: ids must rise within a struct. */
void lf_thrift_put_bool(lf_thrift_writer *w, int16_t id, bool v);
void lf_thrift_put_i8(lf_thrift_writer *w, int16_t id, int8_t v);
void lf_thrift_put_i16(lf_thrift_writer *w, int16_t id, int16_t v);
void lf_thrift_put_i32(lf_thrift_writer *w, int16_t id, int32_t v);
void lf_thrift_put_i64(lf_thrift_writer *w, int16_t id, int64_t v);
void lf_thrift_put_binary(lf_thrift_writer *w, int16_t id, const void *p, size_t n);
/* A list field: the header only; `count` elements of `element` must follow. */
void lf_thrift_put_list(lf_thrift_writer *w, int16_t id, lf_thrift_kind element, uint32_t count);
/* List elements. Structs: lf_thrift_struct_begin/end. */
void lf_thrift_item_bool(lf_thrift_writer *w, bool v);
void lf_thrift_item_varint(lf_thrift_writer *w, int64_t v); /* i16, i32, i64 */
void lf_thrift_item_binary(lf_thrift_writer *w, const void *p, size_t n);
void lf_thrift_put_raw(lf_thrift_writer *w, const void *p, size_t n); /* encoded before */

typedef struct lf_thrift_reader {
    const uint8_t *begin, *p, *end;
    const char *problem; /* NULL while all is well; static text */
    bool ended;          /* the problem is that the bytes ended; more of them may help */
} lf_thrift_reader;

/* The field being read; zero it before a struct's first field. */
typedef struct lf_thrift_field {
    int16_t id;
    uint8_t kind;
} lf_thrift_field;

void lf_thrift_reader_init(lf_thrift_reader *r, lf_span in);
/* Next field of the struct; false at its end and after a failure. The value must then be read
 * by the functions below or passed over by lf_thrift_skip. */
bool lf_thrift_next(lf_thrift_reader *r, lf_thrift_field *f);
void lf_thrift_skip(lf_thrift_reader *r, const lf_thrift_field *f);
/* The value of field `f`; a wrong kind is a failure. Zero after a failure. */
bool lf_thrift_get_bool(lf_thrift_reader *r, const lf_thrift_field *f);
int32_t lf_thrift_get_i32(lf_thrift_reader *r, const lf_thrift_field *f); /* i8, i16 too */
int64_t lf_thrift_get_i64(lf_thrift_reader *r, const lf_thrift_field *f); /* any integer */
lf_span lf_thrift_get_binary(lf_thrift_reader *r, const lf_thrift_field *f);
bool lf_thrift_get_struct(lf_thrift_reader *r, const lf_thrift_field *f); /* kind check only */
/* Header of a list (or set): its count, which never passes rest / min_bytes; element kinds other
 * than `element` are a failure (booleans: either spelling). */
uint32_t lf_thrift_get_list(lf_thrift_reader *r, const lf_thrift_field *f, lf_thrift_kind element,
                            uint32_t min_bytes);
/* List elements. */
bool lf_thrift_read_bool(lf_thrift_reader *r);
int64_t lf_thrift_read_varint(lf_thrift_reader *r);
lf_span lf_thrift_read_binary(lf_thrift_reader *r);
void lf_thrift_read_skip_struct(lf_thrift_reader *r); /* one struct, unseen */
void lf_thrift_reader_fail(lf_thrift_reader *r, const char *problem);
/* LF_OK or LF_ECORRUPT: "`what`: problem at byte n". */
LF_NODISCARD lf_rc lf_thrift_reader_rc(const lf_thrift_reader *r, const char *what, lf_error *err);

#endif
