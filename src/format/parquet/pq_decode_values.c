/* One page's values, whatever their encoding: fixed-width ones are copied out dense, byte arrays
 * become views into the page or the dictionary, or into scratch where the encoding makes them
 * only in parts (DELTA_BYTE_ARRAY, BYTE_STREAM_SPLIT). Scratch is bounded: a caller asks
 * lf_pq_values_fit first, which looks at lengths only, as prefixes can make values out of
 * nothing. */
#include "format/parquet/pq_decode.h"
#include <string.h>

static uint32_t width_of(const lf_pq_schema_element *e) {
    switch (e->type) {
    case LF_PQ_BOOLEAN:
        return 1;
    case LF_PQ_INT32:
    case LF_PQ_FLOAT:
        return 4;
    case LF_PQ_INT64:
    case LF_PQ_DOUBLE:
        return 8;
    case LF_PQ_INT96:
        return 12;
    case LF_PQ_FIXED:
        return (uint32_t)e->type_length;
    default:
        return 0;
    }
}

bool lf_pq_plain_views(lf_span in, uint32_t *start, uint32_t *len, uint32_t n, size_t *used_out) {
    size_t at = 0;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t k;
        if (in.len - at < 4) return false;
        memcpy(&k, in.data + at, 4);
        at += 4;
        if (k > in.len - at) return false;
        start[i] = (uint32_t)at;
        len[i] = k;
        at += k;
    }
    *used_out = at;
    return true;
}

/* ---- init ---- */

static bool init_dictionary(lf_pq_values *v, uint32_t n) {
    if (n == 0) return true; /* nulls only: even the bit width may be missing */
    if (v->dict == NULL || v->in.len < 1) return false;
    lf_span rest = {.data = v->in.data + 1, .len = v->in.len - 1};
    return lf_pq_rle_init(&v->rle, rest, v->in.data[0]);
}

static bool init_rle(lf_pq_values *v, uint32_t n) {
    if (v->physical != LF_PQ_BOOLEAN) return false;
    if (n == 0) return true;
    uint32_t len;
    if (v->in.len < 4) return false;
    memcpy(&len, v->in.data, 4);
    if (len > v->in.len - 4) return false;
    return lf_pq_rle_init(&v->rle, (lf_span){.data = v->in.data + 4, .len = len}, 1);
}

static bool init_split(lf_pq_values *v, uint32_t n) {
    if (v->width == 0 || v->physical == LF_PQ_BOOLEAN || v->physical == LF_PQ_INT96) return false;
    v->stride = (uint32_t)(v->in.len / v->width);
    return v->in.len % v->width == 0 && v->stride >= n;
}

static bool init_text(lf_pq_values *v, uint32_t n, const uint8_t *lengths) {
    const uint8_t *end = v->in.data + v->in.len;
    lf_pq_delta walk;
    if (!lf_pq_delta_init(&v->lengths, (lf_span){lengths, (size_t)(end - lengths)})) return false;
    walk = v->lengths;
    v->text_end = end;
    return v->lengths.total >= n && lf_pq_delta_finish(&walk, &v->text);
}

static bool init_delta(lf_pq_values *v, uint32_t n) {
    bool bytes = v->physical == LF_PQ_BYTE_ARRAY || v->physical == LF_PQ_FIXED;
    if (v->encoding == LF_PQ_DELTA_BINARY_PACKED) {
        if (v->physical != LF_PQ_INT32 && v->physical != LF_PQ_INT64) return false;
        return n == 0 || lf_pq_delta_init(&v->delta, v->in);
    }
    if (!bytes || (v->encoding == LF_PQ_DELTA_LENGTH_BYTE_ARRAY && v->physical == LF_PQ_FIXED)) {
        return false;
    }
    if (n == 0) return true;
    if (v->encoding == LF_PQ_DELTA_LENGTH_BYTE_ARRAY) return init_text(v, n, v->in.data);
    const uint8_t *suffixes;
    if (!lf_pq_delta_init(&v->delta, v->in)) return false;
    lf_pq_delta walk = v->delta;
    return v->delta.total >= n && lf_pq_delta_finish(&walk, &suffixes) && init_text(v, n, suffixes);
}

lf_rc lf_pq_values_init(lf_pq_values *v, const lf_pq_schema_element *e, int32_t encoding,
                        lf_span in, uint32_t n, const lf_pq_dictionary *dict, lf_buf *scratch,
                        lf_buf *previous, lf_error *err) {
    *v = (lf_pq_values){.encoding = encoding,
                        .physical = e->type,
                        .width = width_of(e),
                        .in = in,
                        .left = n,
                        .dict = dict,
                        .scratch = scratch,
                        .previous = previous};
    bool ok;
    if (previous != NULL) lf_buf_clear(previous);
    switch (encoding) {
    case LF_PQ_PLAIN:
        ok = true;
        break;
    case LF_PQ_PLAIN_DICTIONARY:
    case LF_PQ_RLE_DICTIONARY:
        ok = init_dictionary(v, n);
        break;
    case LF_PQ_RLE:
        ok = init_rle(v, n);
        break;
    case LF_PQ_DELTA_BINARY_PACKED:
    case LF_PQ_DELTA_LENGTH_BYTE_ARRAY:
    case LF_PQ_DELTA_BYTE_ARRAY:
        ok = init_delta(v, n);
        break;
    case LF_PQ_BYTE_STREAM_SPLIT:
        ok = init_split(v, n);
        break;
    default:
        return lf_fail(err, LF_EUNSUPPORTED, "a page has encoding %d, which is unknown",
                       (int)encoding);
    }
    if (ok) return LF_OK;
    return lf_fail(err, LF_ECORRUPT, "a page's %s values of type %s cannot start",
                   lf_pq_encoding_name(encoding), lf_pq_physical_name(e->type));
}

/* ---- fixed width ---- */

static bool plain_bools(lf_pq_values *v, uint8_t *out, uint32_t n) {
    if (v->bit + n > (uint64_t)v->in.len * 8) return false;
    for (uint32_t i = 0; i < n; i++, v->bit++) {
        out[i] = v->in.data[v->bit >> 3] >> (v->bit & 7) & 1;
    }
    return true;
}

static bool rle_bools(lf_pq_values *v, uint8_t *out, uint32_t n) {
    uint32_t part[256];
    for (uint32_t done = 0; done < n;) {
        uint32_t k = n - done < 256 ? n - done : 256;
        if (lf_pq_rle_get(&v->rle, part, k) != k) return false;
        for (uint32_t i = 0; i < k; i++) {
            out[done + i] = part[i] & 1;
        }
        done += k;
    }
    return true;
}

static void gather(uint8_t *out, const uint8_t *dict, const uint32_t *at, uint32_t n, uint32_t w) {
    if (w == 8) {
        for (uint32_t i = 0; i < n; i++) {
            memcpy(out + (size_t)i * 8, dict + (size_t)at[i] * 8, 8);
        }
    } else if (w == 4) {
        for (uint32_t i = 0; i < n; i++) {
            memcpy(out + (size_t)i * 4, dict + (size_t)at[i] * 4, 4);
        }
    } else {
        for (uint32_t i = 0; i < n; i++) {
            memcpy(out + (size_t)i * w, dict + (size_t)at[i] * w, w);
        }
    }
}

/* The next k <= 256 indices, all within the dictionary. */
static bool get_indices(lf_pq_values *v, uint32_t *at, uint32_t k) {
    uint32_t worst = 0;
    if (lf_pq_rle_get(&v->rle, at, k) != k) return false;
    for (uint32_t i = 0; i < k; i++) {
        worst = at[i] > worst ? at[i] : worst;
    }
    return worst < v->dict->n;
}

static bool dictionary_fixed(lf_pq_values *v, uint8_t *out, uint32_t n) {
    uint32_t at[256];
    for (uint32_t done = 0; done < n;) {
        uint32_t k = n - done < 256 ? n - done : 256;
        if (!get_indices(v, at, k)) return false;
        gather(out + (size_t)done * v->width, v->dict->bytes.data, at, k, v->width);
        done += k;
    }
    return true;
}

static bool delta_fixed(lf_pq_values *v, void *out, uint32_t n) {
    if (v->width == 8) return lf_pq_delta_get(&v->delta, out, n) == n;
    int64_t part[256];
    int32_t *o = out;
    for (uint32_t done = 0; done < n;) {
        uint32_t k = n - done < 256 ? n - done : 256;
        if (lf_pq_delta_get(&v->delta, part, k) != k) return false;
        for (uint32_t i = 0; i < k; i++) {
            o[done + i] = (int32_t)(uint32_t)(uint64_t)part[i];
        }
        done += k;
    }
    return true;
}

static void join_streams(lf_pq_values *v, uint8_t *out, uint32_t n) {
    for (uint32_t b = 0; b < v->width; b++) {
        const uint8_t *in = v->in.data + (size_t)b * v->stride + v->at;
        for (uint32_t i = 0; i < n; i++) {
            out[(size_t)i * v->width + b] = in[i];
        }
    }
    v->at += n;
}

static bool plain_fixed(lf_pq_values *v, void *out, uint32_t n) {
    size_t bytes = (size_t)n * v->width;
    if (bytes > v->in.len) return false;
    memcpy(out, v->in.data, bytes);
    v->in = (lf_span){.data = v->in.data + bytes, .len = v->in.len - bytes};
    return true;
}

bool lf_pq_values_get_fixed(lf_pq_values *v, void *out, uint32_t n) {
    if (n > v->left) return false;
    if (n == 0) return true;
    v->left -= n;
    switch (v->encoding) {
    case LF_PQ_PLAIN:
        return v->physical == LF_PQ_BOOLEAN ? plain_bools(v, out, n) : plain_fixed(v, out, n);
    case LF_PQ_RLE:
        return rle_bools(v, out, n);
    case LF_PQ_DELTA_BINARY_PACKED:
        return delta_fixed(v, out, n);
    case LF_PQ_BYTE_STREAM_SPLIT:
        join_streams(v, out, n);
        return true;
    default:
        return dictionary_fixed(v, out, n);
    }
}

/* ---- byte arrays ---- */

static bool dictionary_views(lf_pq_values *v, uint32_t n, uint32_t *start, uint32_t *len) {
    uint32_t at[256];
    for (uint32_t done = 0; done < n;) {
        uint32_t k = n - done < 256 ? n - done : 256;
        if (!get_indices(v, at, k)) return false;
        for (uint32_t i = 0; i < k; i++) {
            bool fixed = v->physical == LF_PQ_FIXED;
            start[done + i] = fixed ? at[i] * v->width : v->dict->start[at[i]];
            len[done + i] = fixed ? v->width : v->dict->len[at[i]];
        }
        done += k;
    }
    return true;
}

/* Reads n lengths; false where one is negative or the text ends before their sum. */
static bool get_lengths(lf_pq_delta *d, uint32_t *out, uint32_t n, uint64_t room) {
    int64_t part[256];
    for (uint32_t done = 0; done < n;) {
        uint32_t k = n - done < 256 ? n - done : 256;
        if (lf_pq_delta_get(d, part, k) != k) return false;
        for (uint32_t i = 0; i < k; i++) {
            if (part[i] < 0 || (uint64_t)part[i] > room) return false;
            room -= (uint64_t)part[i];
            out[done + i] = (uint32_t)part[i];
        }
        done += k;
    }
    return true;
}

static bool length_views(lf_pq_values *v, uint32_t n, uint32_t *start, uint32_t *len) {
    if (!get_lengths(&v->lengths, len, n, (uint64_t)(v->text_end - v->text))) return false;
    uint32_t at = (uint32_t)(v->text - v->in.data);
    for (uint32_t i = 0; i < n; i++) {
        start[i] = at;
        at += len[i];
    }
    v->text = v->in.data + at;
    return true;
}

static bool fixed_views(lf_pq_values *v, uint32_t n, uint32_t *start, uint32_t *len) {
    if ((uint64_t)n * v->width > v->in.len) return false;
    for (uint32_t i = 0; i < n; i++) {
        start[i] = i * v->width;
        len[i] = v->width;
    }
    return true;
}

/* Builds n values of prefix (of the value before) and suffix in scratch. */
static lf_rc prefix_views(lf_pq_values *v, uint32_t n, uint32_t *start, uint32_t *len, bool *ok,
                          lf_error *err) {
    lf_buf *s = v->scratch;
    lf_span before = {.data = v->previous->data, .len = v->previous->len};
    *ok = get_lengths(&v->lengths, len, n, (uint64_t)(v->text_end - v->text));
    lf_buf_clear(s);
    for (uint32_t i = 0; *ok && i < n; i++) {
        int64_t prefix;
        *ok = lf_pq_delta_get(&v->delta, &prefix, 1) == 1 && prefix >= 0 &&
              (uint64_t)prefix <= before.len;
        if (!*ok) break;
        size_t at = s->len, size = (size_t)prefix + len[i];
        LF_TRY(lf_buf_reserve(s, size + LF_OVERREAD_BYTES, err));
        if (i > 0) before.data = s->data + start[i - 1]; /* the buffer may have moved */
        if (prefix > 0) memcpy(s->data + at, before.data, (size_t)prefix);
        if (len[i] > 0) memcpy(s->data + at + prefix, v->text, len[i]);
        v->text += len[i];
        s->len = at + size;
        start[i] = (uint32_t)at;
        len[i] = (uint32_t)size;
        before = (lf_span){.data = s->data + at, .len = size};
        *ok = v->physical != LF_PQ_FIXED || size == v->width;
    }
    if (!*ok || n == 0) return LF_OK;
    lf_buf_clear(v->previous);
    return before.len == 0 ? LF_OK : lf_buf_append(v->previous, before.data, before.len, err);
}

static lf_rc split_views(lf_pq_values *v, uint32_t n, uint32_t *start, uint32_t *len,
                         lf_error *err) {
    lf_buf *s = v->scratch;
    lf_buf_clear(s);
    LF_TRY(lf_buf_reserve(s, (size_t)n * v->width + LF_OVERREAD_BYTES, err));
    join_streams(v, s->data, n);
    for (uint32_t i = 0; i < n; i++) {
        start[i] = i * v->width;
        len[i] = v->width;
    }
    s->len = (size_t)n * v->width;
    return LF_OK;
}

static bool plain_text_views(lf_pq_values *v, uint32_t n, uint32_t *start, uint32_t *len) {
    size_t used;
    bool ok;
    if (v->physical == LF_PQ_FIXED) {
        ok = fixed_views(v, n, start, len);
        used = (size_t)n * v->width;
    } else {
        ok = lf_pq_plain_views(v->in, start, len, n, &used);
    }
    if (ok) v->in = (lf_span){.data = v->in.data + used, .len = v->in.len - used};
    return ok;
}

lf_rc lf_pq_values_get_views(lf_pq_values *v, uint32_t n, const uint8_t **base_out, uint32_t *start,
                             uint32_t *len, lf_error *err) {
    bool ok = n <= v->left;
    *base_out = v->in.data;
    if (ok && n > 0) {
        v->left -= n;
        switch (v->encoding) {
        case LF_PQ_PLAIN:
            ok = plain_text_views(v, n, start, len);
            break;
        case LF_PQ_DELTA_LENGTH_BYTE_ARRAY:
            ok = length_views(v, n, start, len);
            break;
        case LF_PQ_DELTA_BYTE_ARRAY:
            LF_TRY(prefix_views(v, n, start, len, &ok, err));
            *base_out = v->scratch->data;
            break;
        case LF_PQ_BYTE_STREAM_SPLIT:
            LF_TRY(split_views(v, n, start, len, err));
            *base_out = v->scratch->data;
            break;
        default:
            ok = dictionary_views(v, n, start, len);
            *base_out = v->dict->bytes.data;
        }
    }
    if (ok) return LF_OK;
    return lf_fail(err, LF_ECORRUPT, "a page's %s values end too early or are damaged",
                   lf_pq_encoding_name(v->encoding));
}

bool lf_pq_values_may_cut(const lf_pq_values *v) {
    bool bytes = v->physical == LF_PQ_BYTE_ARRAY || v->physical == LF_PQ_FIXED;
    return bytes &&
           (v->encoding == LF_PQ_DELTA_BYTE_ARRAY || v->encoding == LF_PQ_BYTE_STREAM_SPLIT);
}

uint32_t lf_pq_values_fit(const lf_pq_values *v, uint32_t n) {
    if (v->encoding == LF_PQ_BYTE_STREAM_SPLIT && v->width > 0) {
        uint32_t fit = LF_PQ_SCRATCH_BYTES / v->width;
        return fit == 0 ? 1 : fit < n ? fit : n;
    }
    if (v->encoding != LF_PQ_DELTA_BYTE_ARRAY) return n;
    lf_pq_delta prefixes = v->delta, suffixes = v->lengths;
    uint64_t total = 0;
    for (uint32_t i = 0; i < n; i++) {
        int64_t a, b;
        if (lf_pq_delta_get(&prefixes, &a, 1) != 1 || lf_pq_delta_get(&suffixes, &b, 1) != 1) {
            return n; /* damaged: get_views finds out */
        }
        if (a < 0 || b < 0) return n;
        total += (uint64_t)a + (uint64_t)b;
        if (total > LF_PQ_SCRATCH_BYTES) return i == 0 ? 1 : i;
    }
    return n;
}
