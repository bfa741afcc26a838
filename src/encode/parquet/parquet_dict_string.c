/* Strings to codes. A slot holds 16 bits of the hash beside the code, so that nearly all slots
 * that are looked at for nothing cost no further load; an entry holds the first eight bytes and
 * the length, so that short strings are compared in one go. */
#include "core/hash.h"
#include "encode/parquet/parquet_dict.h"

#define SLOTS_MIN 256u

static inline uint64_t load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

/* The first eight bytes, zeros behind the end. Reads past short strings. */
static inline uint64_t head_of(const uint8_t *p, uint32_t len) {
    const uint64_t v = load64(p);
    return len >= 8 ? v : v & ((1ull << (8 * len)) - 1);
}

static inline uint64_t fold(uint64_t a, uint64_t b) {
    const __uint128_t m = (__uint128_t)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

static inline uint64_t hash_of(const uint8_t *p, uint32_t len, uint64_t head) {
    const uint64_t a = head ^ 0x9E3779B97F4A7C15ull, b = len ^ 0xD6E8FEB86659FD93ull;
    if (len <= 8) return fold(a, b);
    if (len <= 16) return fold(a, load64(p + len - 8) ^ b);
    if (len <= 32)
        return fold(a ^ load64(p + len - 16), load64(p + 8) ^ b) ^ fold(load64(p + len - 8), b);
    return lf_hash64(p, len, 0);
}

static inline bool same_rest(const uint8_t *a, const uint8_t *b, uint32_t len) {
    if (len <= 8) return true;
    if (len <= 16) return load64(a + len - 8) == load64(b + len - 8);
    return memcmp(a + 8, b + 8, len - 8) == 0;
}

static lf_rc grow_slots(pq_strdict *d, const lf_alloc *a, uint32_t slots, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->slots, slots * sizeof(uint32_t), err));
    memset(d->slots.p, 0, slots * sizeof(uint32_t));
    d->mask = slots - 1;
    uint32_t *t = (uint32_t *)d->slots.p;
    const pq_strentry *e = (const pq_strentry *)d->entries.p;
    for (uint32_t i = 0; i < d->n; i++) {
        const uint64_t h = hash_of(d->bytes.p + e[i].at, e[i].len, e[i].head);
        uint32_t s = (uint32_t)h & d->mask;
        while (t[s]) {
            s = (s + 1) & d->mask;
        }
        t[s] = (uint32_t)(h >> 48) << 16 | (i + 1);
    }
    return LF_OK;
}

lf_rc lf_pqw_strdict_begin(pq_strdict *d, const lf_alloc *a, uint32_t max_bytes, lf_error *err) {
    d->n = d->bytes_len = 0;
    d->max_entries = PQ_DICT_ENTRIES_MAX;
    d->max_bytes = max_bytes;
    return grow_slots(d, a, SLOTS_MIN, err);
}

static lf_rc add(pq_strdict *d, const lf_alloc *a, const uint8_t *p, uint32_t len, uint64_t head,
                 bool *added_out, lf_error *err) {
    *added_out = false;
    if (d->n == d->max_entries) return LF_OK;
    if ((uint64_t)d->bytes_len + len + 4ull * (d->n + 1) > d->max_bytes) return LF_OK;
    LF_TRY(pq_mem_need(a, &d->bytes, (size_t)d->bytes_len + len, err));
    LF_TRY(pq_mem_need(a, &d->entries, (d->n + 1) * sizeof(pq_strentry), err));
    memcpy(d->bytes.p + d->bytes_len, p, len);
    ((pq_strentry *)d->entries.p)[d->n] = (pq_strentry){head, d->bytes_len, len};
    d->bytes_len += len;
    d->n++;
    *added_out = true;
    return LF_OK;
}

lf_rc lf_pqw_strdict_codes(pq_strdict *d, const lf_alloc *a, const uint8_t *bytes,
                           const uint32_t *start, const uint32_t *len, uint32_t n, uint16_t *codes,
                           uint32_t *done_out, lf_error *err) {
    uint32_t i = 0;
    for (; i < n; i++) {
        const uint8_t *p = bytes + start[i];
        const uint32_t l = len[i];
        const uint64_t head = head_of(p, l), h = hash_of(p, l, head);
        const uint32_t tag = (uint32_t)(h >> 48);
        const uint32_t *t = (const uint32_t *)d->slots.p;
        const pq_strentry *e = (const pq_strentry *)d->entries.p;
        uint32_t s = (uint32_t)h & d->mask, c;
        for (; (c = t[s]) != 0; s = (s + 1) & d->mask) {
            if (c >> 16 != tag) continue;
            const pq_strentry *x = &e[(c & 0xffff) - 1];
            if (x->head == head && x->len == l && same_rest(d->bytes.p + x->at, p, l)) break;
        }
        if (__builtin_expect(c == 0, 0)) {
            bool added;
            LF_TRY(add(d, a, p, l, head, &added, err));
            if (!added) break;
            ((uint32_t *)d->slots.p)[s] = c = tag << 16 | d->n;
            if (d->n * 2 > d->mask) LF_TRY(grow_slots(d, a, (d->mask + 1) * 2, err));
        }
        codes[i] = (uint16_t)((c & 0xffff) - 1);
    }
    *done_out = i;
    return LF_OK;
}

void lf_pqw_strdict_free(pq_strdict *d, const lf_alloc *a) {
    lf_pqw_mem_free(a, &d->entries);
    lf_pqw_mem_free(a, &d->bytes);
    lf_pqw_mem_free(a, &d->slots);
}
