/* array/type.h - logical types of columns, and schemas.
 *
 * Owns: an lf_schema owns its fields and names (one allocator). Threads: read-only
 * use is safe. Fails: LF_ENO_MEMORY, LF_ESCHEMA. Life: init -> add* -> reset. */
#ifndef LF_ARRAY_TYPE_H
#define LF_ARRAY_TYPE_H
#include "core/alloc.h"
#include "core/buf.h"
#include "core/error.h"

typedef enum lf_type_id {
    LF_T_NULL = 0, /* nothing but nulls seen so far; written as string */
    LF_T_BOOL,
    LF_T_INT64,
    LF_T_UINT64,
    LF_T_DOUBLE,
    LF_T_DECIMAL,   /* precision 1..38, scale 0..38 */
    LF_T_DATE,      /* days since 1970-01-01, int32 */
    LF_T_TIME,      /* since midnight, unit us or ns, int64 */
    LF_T_TIMESTAMP, /* since 1970-01-01T00:00, unit us or ns, int64; utc: an instant */
    LF_T_STRING,    /* UTF-8; unit LF_TEXT_JSON: each value is a JSON text */
    LF_T_LIST,      /* child 0: element */
    LF_T_STRUCT,
    LF_T_MAP, /* child 0: key, child 1: value */
} lf_type_id;

typedef enum lf_time_unit { LF_UNIT_US = 0, LF_UNIT_NS = 1 } lf_time_unit;
enum { LF_TEXT_PLAIN = 0, LF_TEXT_JSON = 1 };

typedef struct lf_type {
    uint8_t id;               /* lf_type_id */
    uint8_t unit;             /* lf_time_unit, of TIME and TIMESTAMP; LF_TEXT_ of STRING */
    uint8_t utc;              /* of TIMESTAMP */
    uint8_t precision, scale; /* of DECIMAL */
} lf_type;

typedef struct lf_field lf_field;
struct lf_field {
    char *name; /* owned; NUL-terminated UTF-8 */
    lf_type type;
    bool nullable;
    bool binary;       /* STRING of bytes that may be no UTF-8 */
    char *format;      /* strptime-like, of dates and times; NULL: any the type reads */
    char **null_words; /* per-column null spellings; NULL: those of the conversion */
    uint32_t n_null_words;
    lf_field *children; /* owned; of LIST, STRUCT, MAP */
    uint32_t n_children;
};

typedef struct lf_schema {
    lf_field *fields;
    uint32_t n_fields, cap_fields;
    const lf_alloc *alloc;
} lf_schema;

bool lf_type_equal(lf_type a, lf_type b);
/* Names, types and nullability of whole trees. */
bool lf_field_equal(const lf_field *a, const lf_field *b);
bool lf_schema_equal(const lf_schema *a, const lf_schema *b);
bool lf_type_is_nested(lf_type t);
/* Bytes of one slot in lf_column.values: bool 1, date 4, decimal 8 or 16, string 0 ... */
uint32_t lf_type_slot_bytes(lf_type t);
/* "int64", "decimal(12,2)", "timestamp[us,UTC]"... into buf; returns buf. Flat types. */
const char *lf_type_print(lf_type t, char *buf, size_t cap);
LF_NODISCARD lf_rc lf_type_parse(const char *s, size_t n, lf_type *out, lf_error *err);

void lf_schema_init(lf_schema *s, const lf_alloc *alloc);
/* Adds a flat column; name is copied. The new field is at n_fields - 1. */
LF_NODISCARD lf_rc lf_schema_add(lf_schema *s, const char *name, size_t name_len, lf_type type,
                                 bool nullable, lf_error *err);
LF_NODISCARD lf_rc lf_schema_copy(lf_schema *dst, const lf_schema *src, lf_error *err);
int64_t lf_schema_find(const lf_schema *s, const char *name, size_t n); /* index or -1 */
void lf_schema_reset(lf_schema *s);
/* The schema JSON of CONTRACT ({"columns":[{"name":…,"type":…}]}), both ways; nested too. */
LF_NODISCARD lf_rc lf_schema_from_json(lf_schema *out, const lf_alloc *alloc, lf_span json,
                                       lf_error *err);
LF_NODISCARD lf_rc lf_schema_to_json(const lf_schema *s, lf_buf *out, lf_error *err);

#endif
