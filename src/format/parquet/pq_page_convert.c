/* Stored values into our slots. Everything here is dense: nulls are not among the values. */
#include "array/printed.h"
#include "format/parquet/pq_page_read_priv.h"
#include <math.h>
#include <string.h>

#define JULIAN_1970   2440588
#define DAY_MICROS    86400000000ll
#define TEXT_MAX      LF_DECIMAL_TEXT_MAX /* of what is printed the longest */
#define DECIMAL_BYTES (LF_DECIMAL_LIMBS_MAX * 8)

static lf_rc out_of_range(lf_error *err, const char *what) {
    return lf_fail(err, LF_ECORRUPT, "%s is out of range", what);
}

static uint32_t u32_at(const uint8_t *p) {
    uint32_t v;
    memcpy(&v, p, 4);
    return v;
}

static uint64_t u64_at(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* 8 and 16 bits stored in 32: what stands in the bits above means nothing. */
static void convert_narrow(const int32_t *in, int64_t *out, uint32_t n, uint32_t drop,
                           bool is_unsigned) {
    for (uint32_t i = 0; i < n; i++) {
        const uint32_t high = (uint32_t)in[i] << drop;
        out[i] = is_unsigned ? (int64_t)(high >> drop) : (int64_t)((int32_t)high >> drop);
    }
}

static void convert_int32(lf_pq_chunk_reader *r, uint32_t n) {
    const int32_t *in = (const int32_t *)(const void *)r->tile.raw;
    int64_t *out = (int64_t *)(void *)r->tile.values;
    lf_pq_as as = r->spec.leaf.as;
    if (as == LF_PQ_AS_DECIMAL32 && r->spec.leaf.type.precision > 18) {
        for (uint32_t i = 0; i < n; i++) {
            out[2 * (size_t)i] = in[i];
            out[2 * (size_t)i + 1] = in[i] < 0 ? -1 : 0;
        }
    } else if (r->spec.leaf.drop_bits > 0) {
        convert_narrow(in, out, n, r->spec.leaf.drop_bits, as == LF_PQ_AS_UNSIGNED32);
    } else if (as == LF_PQ_AS_UNSIGNED32) {
        for (uint32_t i = 0; i < n; i++) {
            out[i] = (uint32_t)in[i];
        }
    } else {
        int64_t times = as == LF_PQ_AS_MILLIS32 ? 1000 : 1;
        for (uint32_t i = 0; i < n; i++) {
            out[i] = in[i] * times;
        }
    }
}

static void convert_decimal64(lf_pq_chunk_reader *r, uint32_t n) {
    const int64_t *in = (const int64_t *)(const void *)r->tile.raw;
    int64_t *out = (int64_t *)(void *)r->tile.values;
    for (uint32_t i = 0; i < n; i++) {
        out[2 * (size_t)i] = in[i];
        out[2 * (size_t)i + 1] = in[i] >> 63;
    }
}

static lf_rc convert_millis(lf_pq_chunk_reader *r, uint32_t n, lf_error *err) {
    const int64_t *in = (const int64_t *)(const void *)r->tile.raw;
    int64_t *out = (int64_t *)(void *)r->tile.values;
    bool bad = false;
    for (uint32_t i = 0; i < n; i++) {
        bad |= __builtin_mul_overflow(in[i], (int64_t)1000, &out[i]);
    }
    return bad ? out_of_range(err, "a time in milliseconds") : LF_OK;
}

static lf_rc convert_int96(lf_pq_chunk_reader *r, uint32_t n, lf_error *err) {
    int64_t *out = (int64_t *)(void *)r->tile.values;
    const int64_t per_day = r->spec.int96_ns ? DAY_MICROS * 1000 : DAY_MICROS;
    for (uint32_t i = 0; i < n; i++) {
        const uint8_t *p = r->tile.raw + (size_t)i * 12;
        int64_t nanos = (int64_t)u64_at(p), day = (int64_t)(int32_t)u32_at(p + 8) - JULIAN_1970;
        int64_t part = nanos;
        if (!r->spec.int96_ns) {
            part = nanos / 1000;
            if (nanos % 1000 < 0) part--;
            r->cut_values += nanos % 1000 != 0;
        }
        const bool over = (__builtin_mul_overflow(day, per_day, &day) |
                           __builtin_add_overflow(day, part, &out[i])) != 0;
        /* Far from our time Spark lets the microseconds wrap when it makes the day of them; they
         * wrap back here. */
        if (over && r->spec.int96_ns) return out_of_range(err, "an INT96 timestamp");
    }
    return LF_OK;
}

static void convert_float(lf_pq_chunk_reader *r, uint32_t n) {
    const float *in = (const float *)(const void *)r->tile.raw;
    double *out = (double *)(void *)r->tile.values;
    for (uint32_t i = 0; i < n; i++) {
        out[i] = (double)in[i];
    }
}

lf_rc lf_pq_convert_fixed(lf_pq_chunk_reader *r, uint32_t n, lf_error *err) {
    switch (r->spec.leaf.as) {
    case LF_PQ_AS_SIGNED32:
    case LF_PQ_AS_UNSIGNED32:
    case LF_PQ_AS_MILLIS32:
    case LF_PQ_AS_DECIMAL32:
        convert_int32(r, n);
        return LF_OK;
    case LF_PQ_AS_DECIMAL64:
        convert_decimal64(r, n);
        return LF_OK;
    case LF_PQ_AS_MILLIS64:
        return convert_millis(r, n, err);
    case LF_PQ_AS_INT96:
        return convert_int96(r, n, err);
    case LF_PQ_AS_FLOAT:
        convert_float(r, n);
        return LF_OK;
    default:
        return LF_OK;
    }
}

/* ---- from byte arrays ---- */

static double half_value(uint16_t h) {
    int exponent = h >> 10 & 31, fraction = h & 1023;
    double v = exponent == 0    ? ldexp(fraction, -24)
               : exponent == 31 ? (fraction ? (double)NAN : (double)INFINITY)
                                : ldexp(fraction + 1024, exponent - 25);
    return h >> 15 ? -v : v;
}

/* Big-endian two's complement into two words, low first; false where it needs more. */
static bool read_big_endian(const uint8_t *p, uint32_t n, uint64_t out[2]) {
    uint64_t sign = n > 0 && (p[0] & 0x80) ? ~0ull : 0;
    for (; n > 16; n--, p++) {
        if (*p != (uint8_t)sign) return false;
    }
    uint64_t low = sign, high = sign;
    for (uint32_t i = 0; i < n; i++) {
        high = high << 8 | low >> 56;
        low = low << 8 | p[i];
    }
    out[0] = low;
    out[1] = high;
    return n < 16 || (high >> 63) == (sign & 1);
}

static lf_rc convert_decimal_bytes(lf_pq_chunk_reader *r, uint32_t n, const uint8_t *base,
                                   lf_error *err) {
    const bool wide = r->spec.leaf.type.precision > 18;
    uint64_t *out = (uint64_t *)(void *)r->tile.values;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t v[2] = {0, 0};
        bool ok = read_big_endian(base + r->tile.start[i], r->tile.len[i], v);
        if (wide) {
            out[2 * (size_t)i] = v[0];
            out[2 * (size_t)i + 1] = v[1];
        } else {
            out[i] = v[0];
            ok = ok && v[1] == (uint64_t)((int64_t)v[0] >> 63);
        }
        if (!ok) return out_of_range(err, "a decimal");
    }
    return LF_OK;
}

/* A big-endian decimal of any length as text; its length, 0 where it is too long. */
static uint32_t print_decimal(const uint8_t *p, uint32_t n, uint32_t scale, char out[TEXT_MAX]) {
    uint64_t limbs[LF_DECIMAL_LIMBS_MAX];
    if (n > sizeof limbs || scale > LF_DECIMAL_SCALE_MAX) return 0;
    memset(limbs, n > 0 && (p[0] & 0x80) != 0 ? 0xff : 0, sizeof limbs);
    for (uint32_t i = 0; i < n; i++)
        ((uint8_t *)limbs)[i] = p[n - 1 - i]; /* the machine is little-endian */
    return lf_decimal_print(limbs, (n + 7) / 8, scale, out);
}

/* Months, days and milliseconds, none of them below zero. */
static uint32_t print_interval(const uint8_t *p, char out[TEXT_MAX]) {
    return lf_interval_print(u32_at(p), u32_at(p + 4), u32_at(p + 8) * 1000000ll, out);
}

static lf_rc convert_text(lf_pq_chunk_reader *r, uint32_t n, const uint8_t **base, lf_error *err) {
    lf_pq_tile *t = &r->tile;
    uint32_t scale = (uint32_t)lf_pq_logical_of(&r->spec.leaf.element).scale;
    lf_buf_clear(&r->text);
    for (uint32_t i = 0; i < n; i++) {
        char one[TEXT_MAX];
        const uint8_t *p = *base + t->start[i];
        const lf_pq_as as = r->spec.leaf.as;
        uint32_t k = as == LF_PQ_AS_UUID       ? lf_uuid_print(p, one)
                     : as == LF_PQ_AS_INTERVAL ? print_interval(p, one)
                                               : print_decimal(p, t->len[i], scale, one);
        if (k == 0) return out_of_range(err, "a decimal");
        t->start[i] = (uint32_t)r->text.len;
        t->len[i] = k;
        LF_TRY(lf_buf_append(&r->text, one, k, err));
    }
    LF_TRY(lf_buf_reserve(&r->text, LF_OVERREAD_BYTES, err));
    *base = r->text.data;
    return LF_OK;
}

lf_rc lf_pq_convert_views(lf_pq_chunk_reader *r, uint32_t n, const uint8_t **base, lf_error *err) {
    switch (r->spec.leaf.as) {
    case LF_PQ_AS_FLOAT16:
        for (uint32_t i = 0; i < n; i++) {
            const uint8_t *p = *base + r->tile.start[i];
            ((double *)(void *)r->tile.values)[i] = half_value((uint16_t)(p[0] | p[1] << 8));
        }
        return LF_OK;
    case LF_PQ_AS_DECIMAL_BYTES:
        return convert_decimal_bytes(r, n, *base, err);
    case LF_PQ_AS_DECIMAL_TEXT:
    case LF_PQ_AS_UUID:
    case LF_PQ_AS_INTERVAL:
        return convert_text(r, n, base, err);
    default:
        return LF_OK;
    }
}

/* ---- single values ---- */

static bool plain_length_fits(const lf_pq_schema_element *e, size_t n) {
    switch (e->type) {
    case LF_PQ_BOOLEAN:
        return n == 1;
    case LF_PQ_INT32:
    case LF_PQ_FLOAT:
        return n == 4;
    case LF_PQ_INT64:
    case LF_PQ_DOUBLE:
        return n == 8;
    case LF_PQ_FIXED:
        return n == (size_t)e->type_length;
    case LF_PQ_BYTE_ARRAY:
        return n <= DECIMAL_BYTES;
    default:
        return false;
    }
}

bool lf_pq_plain_value(const lf_pq_leaf *l, lf_span s, uint64_t out[2]) {
    if (lf_type_slot_bytes(l->type) == 0 || !plain_length_fits(&l->element, s.len)) return false;
    _Alignas(16) uint8_t raw[DECIMAL_BYTES];
    uint32_t start = 0, len = (uint32_t)s.len;
    const uint8_t *base = raw;
    lf_pq_chunk_reader r = {.spec = {.leaf = *l}};
    if (s.len > sizeof raw) return false;
    if (s.len > 0) memcpy(raw, s.data, s.len);
    out[0] = out[1] = 0;
    r.tile = (lf_pq_tile){.values = (uint8_t *)out, .raw = raw, .start = &start, .len = &len};
    if (l->as == LF_PQ_AS_IS) {
        memcpy(out, raw, lf_type_slot_bytes(l->type));
        return true;
    }
    if (l->element.type == LF_PQ_FIXED || l->element.type == LF_PQ_BYTE_ARRAY) {
        return lf_pq_convert_views(&r, 1, &base, NULL) == LF_OK;
    }
    return lf_pq_convert_fixed(&r, 1, NULL) == LF_OK;
}
