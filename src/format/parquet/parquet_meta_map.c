/* Names of Parquet's enumerations, and our types as Parquet's and back.
 *
 * Both the old converted type and the logical type are written wherever both exist, as the
 * format asks; the logical type wins on reading. */
#include "format/parquet/parquet_meta.h"

static const char *name_of(const char *const *names, uint32_t n, int32_t v) {
    return v >= 0 && (uint32_t)v < n && names[v] != NULL ? names[v] : "?";
}

const char *lf_pq_physical_name(int32_t type) {
    static const char *const names[] = {"BOOLEAN", "INT32",  "INT64",      "INT96",
                                        "FLOAT",   "DOUBLE", "BYTE_ARRAY", "FIXED_LEN_BYTE_ARRAY"};
    return name_of(names, 8, type);
}

const char *lf_pq_encoding_name(int32_t encoding) {
    static const char *const names[] = {"PLAIN",
                                        NULL,
                                        "PLAIN_DICTIONARY",
                                        "RLE",
                                        "BIT_PACKED",
                                        "DELTA_BINARY_PACKED",
                                        "DELTA_LENGTH_BYTE_ARRAY",
                                        "DELTA_BYTE_ARRAY",
                                        "RLE_DICTIONARY",
                                        "BYTE_STREAM_SPLIT"};
    return name_of(names, 10, encoding);
}

const char *lf_pq_codec_name(int32_t codec) {
    static const char *const names[] = {"none",   "snappy", "gzip", "lzo",
                                        "brotli", "lz4",    "zstd", "lz4_raw"};
    return name_of(names, 8, codec);
}

bool lf_pq_codec_from(int32_t codec, lf_codec *out) {
    switch (codec) {
    case LF_PQ_UNCOMPRESSED:
        *out = LF_CODEC_NONE;
        return true;
    case LF_PQ_SNAPPY:
        *out = LF_CODEC_SNAPPY;
        return true;
    case LF_PQ_GZIP:
        *out = LF_CODEC_GZIP;
        return true;
    case LF_PQ_BROTLI:
        *out = LF_CODEC_BROTLI;
        return true;
    case LF_PQ_ZSTD:
        *out = LF_CODEC_ZSTD;
        return true;
    case LF_PQ_LZ4_RAW:
        *out = LF_CODEC_LZ4_RAW;
        return true;
    default:
        return false;
    }
}

int32_t lf_pq_codec_to(lf_codec c) {
    switch (c) {
    case LF_CODEC_SNAPPY:
        return LF_PQ_SNAPPY;
    case LF_CODEC_GZIP:
        return LF_PQ_GZIP;
    case LF_CODEC_ZSTD:
        return LF_PQ_ZSTD;
    case LF_CODEC_LZ4_RAW:
        return LF_PQ_LZ4_RAW;
    case LF_CODEC_BROTLI:
        return LF_PQ_BROTLI;
    default:
        return LF_PQ_UNCOMPRESSED;
    }
}

/* ---- our type to an element ---- */

static void element_decimal(lf_type t, lf_pq_schema_element *e) {
    e->type = t.precision <= 18 ? LF_PQ_INT64 : LF_PQ_FIXED;
    if (e->type == LF_PQ_FIXED) e->type_length = 16;
    e->converted = LF_PQ_CONV_DECIMAL;
    e->has_scale = e->has_precision = true;
    e->scale = t.scale;
    e->precision = t.precision;
    e->logical =
        (lf_pq_logical){.kind = LF_PQ_LOGICAL_DECIMAL, .precision = t.precision, .scale = t.scale};
}

static void element_time(lf_type t, lf_pq_schema_element *e) {
    bool stamp = t.id == LF_T_TIMESTAMP, ns = t.unit == LF_UNIT_NS;
    e->type = LF_PQ_INT64;
    if (!ns) e->converted = stamp ? LF_PQ_CONV_TIMESTAMP_MICROS : LF_PQ_CONV_TIME_MICROS;
    e->logical = (lf_pq_logical){.kind = stamp ? LF_PQ_LOGICAL_TIMESTAMP : LF_PQ_LOGICAL_TIME,
                                 .unit = ns ? LF_PQ_NANOS : LF_PQ_MICROS,
                                 .utc = stamp && t.utc != 0};
}

static void element_group(lf_pq_schema_element *e, int32_t converted, uint8_t logical) {
    e->type = -1;
    e->converted = converted;
    e->logical.kind = logical;
}

void lf_pq_element_of(lf_type t, bool nullable, lf_span name, lf_pq_schema_element *out) {
    *out = (lf_pq_schema_element){.type = LF_PQ_BYTE_ARRAY,
                                  .repetition = nullable ? LF_PQ_OPTIONAL : LF_PQ_REQUIRED,
                                  .name = name,
                                  .converted = LF_PQ_CONV_NONE};
    switch (t.id) {
    case LF_T_BOOL:
        out->type = LF_PQ_BOOLEAN;
        break;
    case LF_T_INT64:
        out->type = LF_PQ_INT64;
        break;
    case LF_T_UINT64:
        out->type = LF_PQ_INT64;
        out->converted = LF_PQ_CONV_UINT_64;
        out->logical = (lf_pq_logical){.kind = LF_PQ_LOGICAL_INTEGER, .bit_width = 64};
        break;
    case LF_T_DOUBLE:
        out->type = LF_PQ_DOUBLE;
        break;
    case LF_T_DECIMAL:
        element_decimal(t, out);
        break;
    case LF_T_DATE:
        out->type = LF_PQ_INT32;
        out->converted = LF_PQ_CONV_DATE;
        out->logical.kind = LF_PQ_LOGICAL_DATE;
        break;
    case LF_T_TIME:
    case LF_T_TIMESTAMP:
        element_time(t, out);
        break;
    case LF_T_LIST:
        element_group(out, LF_PQ_CONV_LIST, LF_PQ_LOGICAL_LIST);
        break;
    case LF_T_MAP:
        element_group(out, LF_PQ_CONV_MAP, LF_PQ_LOGICAL_MAP);
        break;
    case LF_T_STRUCT:
        element_group(out, LF_PQ_CONV_NONE, LF_PQ_LOGICAL_NONE);
        break;
    default: /* STRING, and NULL as nothing else was seen */
        out->converted = LF_PQ_CONV_UTF8;
        out->logical.kind = LF_PQ_LOGICAL_STRING;
    }
}

/* ---- an element to our type ---- */

lf_pq_logical lf_pq_logical_of(const lf_pq_schema_element *e) {
    if (e->logical.kind != LF_PQ_LOGICAL_NONE) return e->logical;
    lf_pq_logical l = {0};
    switch (e->converted) {
    case LF_PQ_CONV_UTF8:
        l.kind = LF_PQ_LOGICAL_STRING;
        break;
    case LF_PQ_CONV_ENUM:
        l.kind = LF_PQ_LOGICAL_ENUM;
        break;
    case LF_PQ_CONV_JSON:
        l.kind = LF_PQ_LOGICAL_JSON;
        break;
    case LF_PQ_CONV_BSON:
        l.kind = LF_PQ_LOGICAL_BSON;
        break;
    case LF_PQ_CONV_DATE:
        l.kind = LF_PQ_LOGICAL_DATE;
        break;
    case LF_PQ_CONV_DECIMAL:
        l = (lf_pq_logical){
            .kind = LF_PQ_LOGICAL_DECIMAL, .precision = e->precision, .scale = e->scale};
        break;
    case LF_PQ_CONV_TIME_MILLIS:
    case LF_PQ_CONV_TIME_MICROS:
        l.kind = LF_PQ_LOGICAL_TIME;
        l.unit = e->converted == LF_PQ_CONV_TIME_MILLIS ? LF_PQ_MILLIS : LF_PQ_MICROS;
        break;
    case LF_PQ_CONV_TIMESTAMP_MILLIS:
    case LF_PQ_CONV_TIMESTAMP_MICROS: /* by the old definition these are instants */
        l.kind = LF_PQ_LOGICAL_TIMESTAMP;
        l.unit = e->converted == LF_PQ_CONV_TIMESTAMP_MILLIS ? LF_PQ_MILLIS : LF_PQ_MICROS;
        l.utc = true;
        break;
    default:
        if (e->converted >= LF_PQ_CONV_UINT_8 && e->converted <= LF_PQ_CONV_INT_64) {
            l.kind = LF_PQ_LOGICAL_INTEGER;
            l.is_signed = e->converted >= LF_PQ_CONV_INT_8;
            l.bit_width = (uint8_t)(8 << ((e->converted - LF_PQ_CONV_UINT_8) & 3));
        }
    }
    return l;
}

/* Decimals of more than 38 digits are given as text. */
static lf_type decimal_type(const lf_pq_logical *l) {
    if (l->precision > 38) return (lf_type){.id = LF_T_STRING};
    return (lf_type){
        .id = LF_T_DECIMAL, .precision = (uint8_t)l->precision, .scale = (uint8_t)l->scale};
}

static bool decimal_is_sane(const lf_pq_logical *l) {
    return l->precision >= 1 && l->precision <= 1000 && l->scale >= 0 && l->scale <= l->precision;
}

static lf_type int_type(const lf_pq_schema_element *e, const lf_pq_logical *l) {
    lf_type t = {.id = LF_T_INT64};
    bool wide = e->type == LF_PQ_INT64;
    switch (l->kind) {
    case LF_PQ_LOGICAL_DECIMAL:
        if (decimal_is_sane(l) && l->precision <= 38) t = decimal_type(l);
        break;
    case LF_PQ_LOGICAL_DATE:
        if (!wide) t.id = LF_T_DATE;
        break;
    case LF_PQ_LOGICAL_TIME:
    case LF_PQ_LOGICAL_TIMESTAMP:
        if (!wide && (l->kind == LF_PQ_LOGICAL_TIMESTAMP || l->unit != LF_PQ_MILLIS)) break;
        t.id = l->kind == LF_PQ_LOGICAL_TIME ? LF_T_TIME : LF_T_TIMESTAMP;
        t.unit = l->unit == LF_PQ_NANOS ? LF_UNIT_NS : LF_UNIT_US;
        t.utc = t.id == LF_T_TIMESTAMP && l->utc;
        break;
    case LF_PQ_LOGICAL_INTEGER:
        if (wide && !l->is_signed) t.id = LF_T_UINT64;
        break;
    default:
        break;
    }
    return t;
}

bool lf_pq_type_of(const lf_pq_schema_element *e, lf_type *out) {
    lf_pq_logical l = lf_pq_logical_of(e);
    bool decimal = l.kind == LF_PQ_LOGICAL_DECIMAL && decimal_is_sane(&l);
    switch (e->type) {
    case LF_PQ_BOOLEAN:
        *out = (lf_type){.id = LF_T_BOOL};
        return true;
    case LF_PQ_INT32:
    case LF_PQ_INT64:
        *out = int_type(e, &l);
        return true;
    case LF_PQ_INT96:
        *out = (lf_type){.id = LF_T_TIMESTAMP};
        return true;
    case LF_PQ_FLOAT:
    case LF_PQ_DOUBLE:
        *out = (lf_type){.id = LF_T_DOUBLE};
        return true;
    case LF_PQ_BYTE_ARRAY:
        *out = decimal ? decimal_type(&l) : (lf_type){.id = LF_T_STRING};
        return true;
    case LF_PQ_FIXED:
        if (e->type_length < 0) return false;
        *out = decimal ? decimal_type(&l) : (lf_type){.id = LF_T_STRING};
        if (l.kind == LF_PQ_LOGICAL_FLOAT16 && e->type_length == 2) out->id = LF_T_DOUBLE;
        return true;
    default:
        return false;
    }
}
