/* DELTA_BINARY_PACKED: a header (values of a block, miniblocks of a block, values in all, first
 * value), then blocks: the smallest difference, one bit width per miniblock, the miniblocks.
 * Miniblocks that no value needs are not written, and writers may cut the padding of the last.
 * Sums wrap, as the format asks, so that they are done unsigned. */
#include "format/parquet/pq_decode.h"
#include <string.h>

static bool read_uvarint(lf_pq_delta *d, uint64_t *out) {
    uint64_t v = 0;
    for (uint32_t shift = 0; shift < 64; shift += 7) {
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

static bool read_zigzag(lf_pq_delta *d, uint64_t *out) {
    uint64_t u;
    if (!read_uvarint(d, &u)) return false;
    *out = (u >> 1) ^ (0 - (u & 1));
    return true;
}

bool lf_pq_delta_init(lf_pq_delta *d, lf_span in) {
    *d = (lf_pq_delta){.p = in.data, .end = in.data + in.len, .first = true};
    uint64_t block, minis, total;
    if (!read_uvarint(d, &block) || !read_uvarint(d, &minis) || !read_uvarint(d, &total)) {
        return false;
    }
    if (!read_zigzag(d, &d->last)) return false;
    if (block == 0 || block > 1u << 30 || minis == 0 || minis > block || block % minis != 0) {
        return false;
    }
    if ((block / minis) % 8 != 0) return false;
    d->mini_values = (uint32_t)(block / minis);
    d->n_minis = d->mini = (uint32_t)minis;
    d->total = d->left = total;
    return true;
}

static bool next_mini(lf_pq_delta *d) {
    if (d->mini == d->n_minis) {
        if (!read_zigzag(d, &d->min_delta) || (size_t)(d->end - d->p) < d->n_minis) return false;
        d->widths = d->p;
        d->p += d->n_minis;
        d->mini = 0;
    }
    d->width = d->widths[d->mini++];
    if (d->width > 64) return false;
    uint64_t used = d->left < d->mini_values ? d->left : d->mini_values;
    uint64_t room = (uint64_t)(d->end - d->p), whole = (uint64_t)d->mini_values / 8 * d->width;
    if ((used * d->width + 7) / 8 > room) return false;
    d->packed = d->p;
    d->packed_bit = 0;
    d->mini_left = (uint32_t)used;
    d->p += whole < room ? whole : room;
    return true;
}

static uint64_t bits_at(const uint8_t *p, uint64_t bit, uint32_t w) {
    uint64_t v;
    uint32_t shift = bit & 7;
    memcpy(&v, p + (bit >> 3), 8);
    v >>= shift;
    if (shift + w > 64) v |= (uint64_t)p[(bit >> 3) + 8] << (64 - shift);
    return w == 64 ? v : v & ((1ull << w) - 1);
}

static void unpack_sums(lf_pq_delta *d, int64_t *out, uint32_t n) {
    uint64_t last = d->last, bit = d->packed_bit;
    const uint64_t base = d->min_delta;
    const uint32_t w = d->width;
    if (w == 0) {
        for (uint32_t i = 0; i < n; i++) {
            last += base;
            out[i] = (int64_t)last;
        }
    } else {
        for (uint32_t i = 0; i < n; i++, bit += w) {
            last += base + bits_at(d->packed, bit, w);
            out[i] = (int64_t)last;
        }
    }
    d->last = last;
    d->packed_bit = bit;
}

uint32_t lf_pq_delta_get(lf_pq_delta *d, int64_t *out, uint32_t n) {
    uint32_t done = 0;
    if (n > 0 && d->first && d->left > 0) {
        out[done++] = (int64_t)d->last;
        d->first = false;
        d->left--;
    }
    while (done < n && d->left > 0) {
        if (d->mini_left == 0 && !next_mini(d)) break;
        uint32_t want = n - done, k = d->mini_left < want ? d->mini_left : want;
        unpack_sums(d, out + done, k);
        d->mini_left -= k;
        d->left -= k;
        done += k;
    }
    return done;
}

bool lf_pq_delta_finish(lf_pq_delta *d, const uint8_t **rest_out) {
    if (d->first && d->left > 0) {
        d->first = false;
        d->left--;
    }
    d->left -= d->mini_left;
    d->mini_left = 0;
    while (d->left > 0) {
        /* Blocks without bytes of their own still use up a byte or more each. */
        if (!next_mini(d)) return false;
        d->left -= d->mini_left;
        d->mini_left = 0;
    }
    *rest_out = d->p;
    return true;
}
