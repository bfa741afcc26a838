/* The compact protocol in short: a field is one byte, id delta << 4 | kind (delta 0: a zigzag
 * varint id follows); integers are zigzag varints; binary is a varint length and bytes; a list is
 * count << 4 | kind (count 15: a varint count follows); booleans live in the kind of their field
 * and are one byte as elements. Structs end with a zero byte. */
#include "format/parquet/thrift_compact.h"
#include <string.h>

/* ---- writer ---- */

void lf_thrift_writer_init(lf_thrift_writer *w, lf_buf *out, lf_error *err) {
    *w = (lf_thrift_writer){.out = out, .err = err};
}

void lf_thrift_put_raw(lf_thrift_writer *w, const void *p, size_t n) {
    if (w->rc == LF_OK) w->rc = lf_buf_append(w->out, p, n, w->err);
}

static void put_byte(lf_thrift_writer *w, uint8_t b) {
    lf_thrift_put_raw(w, &b, 1);
}

static void put_uvarint(lf_thrift_writer *w, uint64_t v) {
    uint8_t tmp[10];
    size_t n = 0;
    while (v >= 0x80) {
        tmp[n++] = (uint8_t)(v | 0x80);
        v >>= 7;
    }
    tmp[n++] = (uint8_t)v;
    lf_thrift_put_raw(w, tmp, n);
}

static uint64_t zigzag(int64_t v) {
    return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

void lf_thrift_item_varint(lf_thrift_writer *w, int64_t v) {
    put_uvarint(w, zigzag(v));
}

void lf_thrift_struct_begin(lf_thrift_writer *w) {
    if (w->depth == LF_THRIFT_DEPTH_MAX) {
        if (w->rc == LF_OK) w->rc = lf_fail(w->err, LF_EINTERNAL, "thrift structs nest too deep");
        return;
    }
    w->last[w->depth++] = 0;
}

void lf_thrift_struct_end(lf_thrift_writer *w) {
    put_byte(w, LF_THRIFT_STOP);
    if (w->depth > 0) w->depth--;
}

static void put_header(lf_thrift_writer *w, int16_t id, lf_thrift_kind kind) {
    if (w->rc != LF_OK || w->depth == 0) return;
    int16_t *last = &w->last[w->depth - 1];
    int delta = id - *last;
    if (delta > 0 && delta <= 15) {
        put_byte(w, (uint8_t)(delta << 4 | (int)kind));
    } else {
        put_byte(w, (uint8_t)kind);
        lf_thrift_item_varint(w, id);
    }
    *last = id;
}

void lf_thrift_put_struct(lf_thrift_writer *w, int16_t id) {
    put_header(w, id, LF_THRIFT_STRUCT);
    lf_thrift_struct_begin(w);
}

void lf_thrift_put_bool(lf_thrift_writer *w, int16_t id, bool v) {
    put_header(w, id, v ? LF_THRIFT_TRUE : LF_THRIFT_FALSE);
}

void lf_thrift_put_i8(lf_thrift_writer *w, int16_t id, int8_t v) {
    put_header(w, id, LF_THRIFT_I8);
    put_byte(w, (uint8_t)v);
}

void lf_thrift_put_i16(lf_thrift_writer *w, int16_t id, int16_t v) {
    put_header(w, id, LF_THRIFT_I16);
    lf_thrift_item_varint(w, v);
}

void lf_thrift_put_i32(lf_thrift_writer *w, int16_t id, int32_t v) {
    put_header(w, id, LF_THRIFT_I32);
    lf_thrift_item_varint(w, v);
}

void lf_thrift_put_i64(lf_thrift_writer *w, int16_t id, int64_t v) {
    put_header(w, id, LF_THRIFT_I64);
    lf_thrift_item_varint(w, v);
}

void lf_thrift_item_binary(lf_thrift_writer *w, const void *p, size_t n) {
    put_uvarint(w, n);
    if (n > 0) lf_thrift_put_raw(w, p, n);
}

void lf_thrift_put_binary(lf_thrift_writer *w, int16_t id, const void *p, size_t n) {
    put_header(w, id, LF_THRIFT_BINARY);
    lf_thrift_item_binary(w, p, n);
}

void lf_thrift_put_list(lf_thrift_writer *w, int16_t id, lf_thrift_kind element, uint32_t count) {
    put_header(w, id, LF_THRIFT_LIST);
    if (count < 15) {
        put_byte(w, (uint8_t)(count << 4 | (uint32_t)element));
    } else {
        put_byte(w, (uint8_t)(0xf0 | (uint32_t)element));
        put_uvarint(w, count);
    }
}

void lf_thrift_item_bool(lf_thrift_writer *w, bool v) {
    put_byte(w, v ? LF_THRIFT_TRUE : LF_THRIFT_FALSE);
}

/* ---- reader ---- */

void lf_thrift_reader_init(lf_thrift_reader *r, lf_span in) {
    *r = (lf_thrift_reader){.begin = in.data, .p = in.data, .end = in.data + in.len};
}

void lf_thrift_reader_fail(lf_thrift_reader *r, const char *problem) {
    if (r->problem == NULL) r->problem = problem;
}

lf_rc lf_thrift_reader_rc(const lf_thrift_reader *r, const char *what, lf_error *err) {
    if (r->problem == NULL) return LF_OK;
    return lf_fail(err, LF_ECORRUPT, "%s: %s at byte %zu of it", what, r->problem,
                   (size_t)(r->p - r->begin));
}

static void fail_ended(lf_thrift_reader *r, const char *problem) {
    if (r->problem == NULL) r->ended = true;
    lf_thrift_reader_fail(r, problem);
}

static uint8_t read_byte(lf_thrift_reader *r) {
    if (r->problem != NULL) return 0;
    if (r->p == r->end) {
        fail_ended(r, "it ends too early");
        return 0;
    }
    return *r->p++;
}

static uint64_t read_uvarint(lf_thrift_reader *r) {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t b = read_byte(r);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) return r->problem == NULL ? v : 0;
    }
    lf_thrift_reader_fail(r, "an integer is too long");
    return 0;
}

int64_t lf_thrift_read_varint(lf_thrift_reader *r) {
    uint64_t u = read_uvarint(r);
    return (int64_t)(u >> 1) ^ -(int64_t)(u & 1);
}

bool lf_thrift_read_bool(lf_thrift_reader *r) {
    return read_byte(r) == LF_THRIFT_TRUE;
}

lf_span lf_thrift_read_binary(lf_thrift_reader *r) {
    uint64_t n = read_uvarint(r);
    if (n > (size_t)(r->end - r->p)) {
        fail_ended(r, "a text is longer than what follows");
        n = 0;
    }
    lf_span s = {.data = r->p, .len = (size_t)n};
    r->p += n;
    return s;
}

bool lf_thrift_next(lf_thrift_reader *r, lf_thrift_field *f) {
    uint8_t b = read_byte(r);
    if (r->problem != NULL || (b & 0x0f) == LF_THRIFT_STOP) return false;
    int64_t id = (b >> 4) != 0 ? f->id + (b >> 4) : lf_thrift_read_varint(r);
    if (id < INT16_MIN || id > INT16_MAX) lf_thrift_reader_fail(r, "a field id is out of range");
    if (r->problem != NULL) return false;
    f->id = (int16_t)id;
    f->kind = b & 0x0f;
    return true;
}

static uint64_t list_header(lf_thrift_reader *r, uint8_t *kind_out) {
    uint8_t b = read_byte(r);
    *kind_out = b & 0x0f;
    uint64_t n = (b >> 4) == 15 ? read_uvarint(r) : (uint64_t)(b >> 4);
    if (n > (size_t)(r->end - r->p)) {
        fail_ended(r, "a list is longer than what follows");
        return 0;
    }
    return r->problem == NULL ? n : 0;
}

static void skip_bytes(lf_thrift_reader *r, size_t n) {
    if (n > (size_t)(r->end - r->p)) {
        fail_ended(r, "it ends too early");
    } else {
        r->p += n;
    }
}

static void skip_value(lf_thrift_reader *r, uint8_t kind, bool element, uint32_t depth);

static void skip_list(lf_thrift_reader *r, uint32_t depth) {
    uint8_t kind;
    uint64_t n = list_header(r, &kind);
    for (uint64_t i = 0; i < n && r->problem == NULL; i++) {
        skip_value(r, kind, true, depth + 1);
    }
}

static void skip_map(lf_thrift_reader *r, uint32_t depth) {
    uint64_t n = read_uvarint(r);
    if (n == 0) return;
    uint8_t kinds = read_byte(r);
    if (n > (size_t)(r->end - r->p)) fail_ended(r, "a map is longer than what follows");
    for (uint64_t i = 0; i < n && r->problem == NULL; i++) {
        skip_value(r, kinds >> 4, true, depth + 1);
        skip_value(r, kinds & 0x0f, true, depth + 1);
    }
}

static void skip_struct(lf_thrift_reader *r, uint32_t depth) {
    lf_thrift_field f = {0};
    while (lf_thrift_next(r, &f)) {
        skip_value(r, f.kind, false, depth + 1);
    }
}

static void skip_value(lf_thrift_reader *r, uint8_t kind, bool element, uint32_t depth) {
    if (depth > LF_THRIFT_DEPTH_MAX) lf_thrift_reader_fail(r, "structs nest too deep");
    if (r->problem != NULL) return;
    switch (kind) {
    case LF_THRIFT_TRUE:
    case LF_THRIFT_FALSE:
        skip_bytes(r, element ? 1 : 0);
        break;
    case LF_THRIFT_I8:
        skip_bytes(r, 1);
        break;
    case LF_THRIFT_I16:
    case LF_THRIFT_I32:
    case LF_THRIFT_I64:
        (void)read_uvarint(r);
        break;
    case LF_THRIFT_DOUBLE:
        skip_bytes(r, 8);
        break;
    case LF_THRIFT_UUID:
        skip_bytes(r, 16);
        break;
    case LF_THRIFT_BINARY:
        (void)lf_thrift_read_binary(r);
        break;
    case LF_THRIFT_LIST:
    case LF_THRIFT_SET:
        skip_list(r, depth);
        break;
    case LF_THRIFT_MAP:
        skip_map(r, depth);
        break;
    case LF_THRIFT_STRUCT:
        skip_struct(r, depth);
        break;
    default:
        lf_thrift_reader_fail(r, "a field has an unknown kind");
    }
}

void lf_thrift_skip(lf_thrift_reader *r, const lf_thrift_field *f) {
    skip_value(r, f->kind, false, 0);
}

void lf_thrift_read_skip_struct(lf_thrift_reader *r) {
    skip_struct(r, 0);
}

bool lf_thrift_get_bool(lf_thrift_reader *r, const lf_thrift_field *f) {
    if (f->kind != LF_THRIFT_TRUE && f->kind != LF_THRIFT_FALSE) {
        lf_thrift_reader_fail(r, "a field is not a boolean");
    }
    return f->kind == LF_THRIFT_TRUE && r->problem == NULL;
}

int64_t lf_thrift_get_i64(lf_thrift_reader *r, const lf_thrift_field *f) {
    if (f->kind == LF_THRIFT_I8) return (int8_t)read_byte(r);
    if (f->kind < LF_THRIFT_I16 || f->kind > LF_THRIFT_I64) {
        lf_thrift_reader_fail(r, "a field is not an integer");
        return 0;
    }
    return lf_thrift_read_varint(r);
}

int32_t lf_thrift_get_i32(lf_thrift_reader *r, const lf_thrift_field *f) {
    int64_t v = lf_thrift_get_i64(r, f);
    if (v < INT32_MIN || v > INT32_MAX) {
        lf_thrift_reader_fail(r, "an integer is out of range");
        return 0;
    }
    return (int32_t)v;
}

lf_span lf_thrift_get_binary(lf_thrift_reader *r, const lf_thrift_field *f) {
    if (f->kind != LF_THRIFT_BINARY) {
        lf_thrift_reader_fail(r, "a field is not text");
        return (lf_span){.data = r->p, .len = 0};
    }
    return lf_thrift_read_binary(r);
}

bool lf_thrift_get_struct(lf_thrift_reader *r, const lf_thrift_field *f) {
    if (f->kind != LF_THRIFT_STRUCT) lf_thrift_reader_fail(r, "a field is not a struct");
    return r->problem == NULL;
}

uint32_t lf_thrift_get_list(lf_thrift_reader *r, const lf_thrift_field *f, lf_thrift_kind element,
                            uint32_t min_bytes) {
    if (f->kind != LF_THRIFT_LIST && f->kind != LF_THRIFT_SET) {
        lf_thrift_reader_fail(r, "a field is not a list");
        return 0;
    }
    uint8_t kind;
    uint64_t n = list_header(r, &kind);
    if (n == 0) return 0; /* some writers give empty lists no element kind */
    bool bools = element == LF_THRIFT_TRUE && kind == LF_THRIFT_FALSE;
    if (kind != (uint8_t)element && !bools) {
        lf_thrift_reader_fail(r, "a list holds the wrong kind");
        return 0;
    }
    if (n > (size_t)(r->end - r->p) / min_bytes || n > UINT32_MAX) {
        fail_ended(r, "a list is longer than what follows");
        return 0;
    }
    return (uint32_t)n;
}
