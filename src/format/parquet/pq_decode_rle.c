/* The RLE / bit-packed hybrid and what is made of it.
 *
 * A run starts with a varint h. h & 1: (h >> 1) * 8 values follow, packed from the low bit on;
 * else one value of ceil(width / 8) bytes is repeated h >> 1 times. Writers may cut the padding of
 * the last packed run, so a packed run is as long as its bytes reach. */
#include "format/parquet/pq_decode.h"
#include <string.h>

static uint64_t load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

bool lf_pq_rle_init(lf_pq_rle *d, lf_span in, uint32_t width) {
    *d = (lf_pq_rle){.p = in.data, .end = in.data + in.len, .width = width};
    return width <= 32;
}

static bool read_header(lf_pq_rle *d, uint64_t *out) {
    uint64_t v = 0;
    for (uint32_t shift = 0; shift < 35; shift += 7) {
        if (d->p == d->end) return false;
        uint8_t b = *d->p++;
        v |= (uint64_t)(b & 0x7f) << shift;
        if (b < 0x80) {
            *out = v;
            return true;
        }
    }
    return false;
}

static void start_packed(lf_pq_rle *d, uint64_t groups) {
    uint64_t values = groups * 8, room = (uint64_t)(d->end - d->p);
    if (d->width > 0 && values > room * 8 / d->width) values = room * 8 / d->width;
    uint64_t bytes = groups * d->width;
    d->packed = d->p;
    d->packed_bit = 0;
    d->packed_left = values;
    d->p += bytes < room ? bytes : room;
}

/* Starts the next run; false at the end of the bytes. */
static bool next_run(lf_pq_rle *d) {
    uint64_t h;
    if (!read_header(d, &h)) return false;
    if (h & 1) {
        start_packed(d, h >> 1);
        return true;
    }
    uint32_t bytes = (d->width + 7) / 8;
    if ((size_t)(d->end - d->p) < bytes) return false;
    d->value = 0;
    for (uint32_t i = 0; i < bytes; i++) {
        d->value |= (uint32_t)d->p[i] << (8 * i);
    }
    d->p += bytes;
    d->run_left = h >> 1;
    return true;
}

static void unpack(lf_pq_rle *d, uint32_t *out, uint32_t n) {
    const uint32_t w = d->width;
    const uint64_t mask = (1ull << w) - 1;
    uint64_t bit = d->packed_bit;
    for (uint32_t i = 0; i < n; i++, bit += w) {
        out[i] = (uint32_t)(load64(d->packed + (bit >> 3)) >> (bit & 7) & mask);
    }
    d->packed_bit = bit;
    d->packed_left -= n;
}

uint32_t lf_pq_rle_get(lf_pq_rle *d, uint32_t *out, uint32_t n) {
    uint32_t done = 0;
    while (done < n) {
        uint32_t want = n - done;
        if (d->run_left > 0) {
            uint32_t k = d->run_left < want ? (uint32_t)d->run_left : want;
            for (uint32_t i = 0; i < k; i++) {
                out[done + i] = d->value;
            }
            d->run_left -= k;
            done += k;
        } else if (d->packed_left > 0) {
            uint32_t k = d->packed_left < want ? (uint32_t)d->packed_left : want;
            unpack(d, out + done, k);
            done += k;
        } else if (!next_run(d)) {
            break;
        }
    }
    return done;
}

/* ---- levels ---- */

static uint32_t bit_width(uint32_t max) {
    return max == 0 ? 0 : 32 - (uint32_t)__builtin_clz(max);
}

bool lf_pq_levels_init_v1(lf_pq_levels *d, int32_t encoding, uint16_t max, lf_span *in,
                          uint32_t n) {
    *d = (lf_pq_levels){.kind = LF_PQ_LEVELS_NONE, .max = max};
    if (max == 0) return true;
    size_t skip = 0, len;
    if (encoding == LF_PQ_RLE) {
        if (in->len < 4) return false;
        uint32_t len32;
        memcpy(&len32, in->data, 4);
        len = len32;
        skip = 4;
        d->kind = LF_PQ_LEVELS_RLE;
    } else if (encoding == LF_PQ_BIT_PACKED) {
        len = ((uint64_t)n * bit_width(max) + 7) / 8;
        d->kind = LF_PQ_LEVELS_PACKED;
    } else {
        return false;
    }
    if (len > in->len - skip) return false;
    d->packed = (lf_span){.data = in->data + skip, .len = len};
    *in = (lf_span){.data = in->data + skip + len, .len = in->len - skip - len};
    return d->kind == LF_PQ_LEVELS_PACKED || lf_pq_rle_init(&d->rle, d->packed, bit_width(max));
}

bool lf_pq_levels_init_v2(lf_pq_levels *d, uint16_t max, lf_span in) {
    *d = (lf_pq_levels){.kind = max == 0 ? LF_PQ_LEVELS_NONE : LF_PQ_LEVELS_RLE, .max = max};
    return lf_pq_rle_init(&d->rle, in, bit_width(max));
}

static bool get_packed(lf_pq_levels *d, uint16_t *out, uint32_t n) {
    uint32_t w = bit_width(d->max);
    if ((d->bit + (uint64_t)n * w + 7) / 8 > d->packed.len) return false;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t v = 0;
        for (uint32_t b = 0; b < w; b++, d->bit++) {
            const uint32_t at = d->bit & 7, byte = d->packed.data[d->bit >> 3];
            v = d->low_first ? v | (byte >> at & 1u) << b : v << 1 | (byte >> (7 - at) & 1u);
        }
        if (v > d->max) return false;
        out[i] = (uint16_t)v;
    }
    return true;
}

bool lf_pq_levels_get(lf_pq_levels *d, uint16_t *out, uint32_t n) {
    if (d->kind == LF_PQ_LEVELS_NONE) {
        memset(out, 0, n * sizeof *out);
        return true;
    }
    if (d->kind == LF_PQ_LEVELS_PACKED) return get_packed(d, out, n);
    uint32_t part[256];
    for (uint32_t done = 0; done < n;) {
        uint32_t k = n - done < 256 ? n - done : 256, worst = 0;
        if (lf_pq_rle_get(&d->rle, part, k) != k) return false;
        for (uint32_t i = 0; i < k; i++) {
            worst = part[i] > worst ? part[i] : worst;
            out[done + i] = (uint16_t)part[i];
        }
        if (worst > d->max) return false;
        done += k;
    }
    return true;
}

static void bits_fill(uint64_t *out, uint32_t from, uint32_t n) {
    while (n > 0) {
        uint32_t at = from & 63, k = 64 - at < n ? 64 - at : n;
        uint64_t ones = k == 64 ? ~0ull : (1ull << k) - 1;
        out[from >> 6] |= ones << at;
        from += k;
        n -= k;
    }
}

/* Appends n bits of the packed run. */
static void bits_copy(lf_pq_rle *r, uint64_t *out, uint32_t from, uint32_t n) {
    r->packed_left -= n;
    while (n > 0) {
        uint32_t at = from & 63, k = 64 - at < n ? 64 - at : n;
        if (k > 56) k = 56;
        uint64_t v = load64(r->packed + (r->packed_bit >> 3)) >> (r->packed_bit & 7);
        out[from >> 6] |= (v & ((1ull << k) - 1)) << at;
        r->packed_bit += k;
        from += k;
        n -= k;
    }
}

static bool get_bits_rle(lf_pq_rle *r, uint64_t *out, uint32_t n) {
    for (uint32_t done = 0; done < n;) {
        uint32_t want = n - done, k;
        if (r->run_left > 0) {
            if (r->value > 1) return false;
            k = r->run_left < want ? (uint32_t)r->run_left : want;
            if (r->value == 1) bits_fill(out, done, k);
            r->run_left -= k;
        } else if (r->packed_left > 0) {
            k = r->packed_left < want ? (uint32_t)r->packed_left : want;
            bits_copy(r, out, done, k);
        } else if (next_run(r)) {
            continue;
        } else {
            return false;
        }
        done += k;
    }
    return true;
}

static bool get_bits_packed(lf_pq_levels *d, uint64_t *out, uint32_t n) {
    for (uint32_t i = 0; i < n; i++) {
        uint16_t level;
        if (!get_packed(d, &level, 1)) return false;
        out[i >> 6] |= (uint64_t)level << (i & 63);
    }
    return true;
}

bool lf_pq_levels_get_bits(lf_pq_levels *d, uint64_t *out, uint32_t n, uint32_t *ones_out) {
    uint32_t words = (n + 63) / 64, ones = 0;
    memset(out, 0, words * sizeof *out);
    if (d->kind == LF_PQ_LEVELS_RLE && !get_bits_rle(&d->rle, out, n)) return false;
    if (d->kind == LF_PQ_LEVELS_PACKED && !get_bits_packed(d, out, n)) return false;
    for (uint32_t i = 0; i < words; i++) {
        ones += (uint32_t)__builtin_popcountll(out[i]);
    }
    *ones_out = ones;
    return true;
}
