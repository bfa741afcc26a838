/* Strings to codes. Most strings of dictionaries are short: up to seven bytes and the length are
 * one number, found by one comparison. Longer ones have slots that hold 16 bits of the hash
 * beside the code, so that nearly all slots that are looked at for nothing cost no further load,
 * and entries with the first eight bytes and the length. */
#include "core/hash.h"
#include "encode/parquet/parquet_dict.h"

#define SLOTS_MIN    32u
#define SPARSE_SLOTS 32768u /* smaller tables are a quarter full at most: few collisions */

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

/* ---- short strings ---- */

#define SHORT_MAX 7u

/* Bytes and length in one number that is never 0. */
static inline uint64_t short_key(const uint8_t *p, uint32_t len) {
    return (load64(p) & ((1ull << (8 * len)) - 1)) | (uint64_t)(len + 1) << 56;
}

static inline uint32_t short_slot(uint64_t key, uint32_t mask) {
    key *= 0x9E3779B97F4A7C15ull;
    return (uint32_t)(key >> 40) & mask;
}

static lf_rc grow_keys(pq_strdict *d, const lf_alloc *a, uint32_t slots, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->keys, slots * sizeof(uint64_t), err));
    LF_TRY(pq_mem_need(a, &d->values, slots * sizeof(uint16_t), err));
    memset(d->keys.p, 0, slots * sizeof(uint64_t));
    d->short_mask = slots - 1;
    uint64_t *keys = (uint64_t *)d->keys.p;
    const pq_strentry *e = (const pq_strentry *)d->entries.p;
    for (uint32_t i = 0; i < d->n; i++) {
        if (e[i].len > SHORT_MAX) continue;
        const uint64_t key = e[i].head | (uint64_t)(e[i].len + 1) << 56;
        uint32_t s = short_slot(key, d->short_mask);
        while (keys[s]) {
            s = (s + 1) & d->short_mask;
        }
        keys[s] = key;
        ((uint16_t *)d->values.p)[s] = (uint16_t)i;
    }
    return LF_OK;
}

/* ---- long strings ---- */

static lf_rc grow_slots(pq_strdict *d, const lf_alloc *a, uint32_t slots, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->slots, slots * sizeof(uint32_t), err));
    memset(d->slots.p, 0, slots * sizeof(uint32_t));
    d->mask = slots - 1;
    uint32_t *t = (uint32_t *)d->slots.p;
    const pq_strentry *e = (const pq_strentry *)d->entries.p;
    for (uint32_t i = 0; i < d->n; i++) {
        if (e[i].len <= SHORT_MAX) continue;
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
    d->n = d->bytes_len = d->n_long = d->n_short = 0;
    d->max_entries = PQ_DICT_ENTRIES_MAX;
    d->max_bytes = max_bytes;
    LF_TRY(grow_keys(d, a, SLOTS_MIN, err));
    return grow_slots(d, a, SLOTS_MIN, err);
}

/* Stores a string that is new; false: there is no room. */
static lf_rc add(pq_strdict *d, const lf_alloc *a, const uint8_t *p, uint32_t len, bool *added_out,
                 lf_error *err) {
    *added_out = false;
    if (d->n == d->max_entries) return LF_OK;
    if ((uint64_t)d->bytes_len + len + 4ull * (d->n + 1) > d->max_bytes) return LF_OK;
    LF_TRY(pq_mem_need(a, &d->bytes, (size_t)d->bytes_len + len, err));
    LF_TRY(pq_mem_need(a, &d->entries, (d->n + 1) * sizeof(pq_strentry), err));
    memcpy(d->bytes.p + d->bytes_len, p, len);
    ((pq_strentry *)d->entries.p)[d->n] = (pq_strentry){head_of(p, len), d->bytes_len, len};
    d->bytes_len += len;
    d->n++;
    *added_out = true;
    return LF_OK;
}

static lf_rc add_long(pq_strdict *d, const lf_alloc *a, const uint8_t *p, uint32_t len,
                      bool *added_out, lf_error *err) {
    const uint64_t h = hash_of(p, len, load64(p));
    uint32_t *t = (uint32_t *)d->slots.p, s = (uint32_t)h & d->mask;
    while (t[s]) {
        s = (s + 1) & d->mask;
    }
    LF_TRY(add(d, a, p, len, added_out, err));
    if (!*added_out) return LF_OK;
    t[s] = (uint32_t)(h >> 48) << 16 | d->n;
    if (++d->n_long * 2 > d->mask) return grow_slots(d, a, (d->mask + 1) * 2, err);
    return LF_OK;
}

static lf_rc add_short(pq_strdict *d, const lf_alloc *a, const uint8_t *p, uint32_t len,
                       bool *added_out, lf_error *err) {
    const uint64_t key = short_key(p, len);
    uint64_t *keys = (uint64_t *)d->keys.p;
    uint32_t s = short_slot(key, d->short_mask);
    while (keys[s]) {
        s = (s + 1) & d->short_mask;
    }
    LF_TRY(add(d, a, p, len, added_out, err));
    if (!*added_out) return LF_OK;
    keys[s] = key;
    ((uint16_t *)d->values.p)[s] = (uint16_t)(d->n - 1);
    const uint32_t load = d->short_mask < SPARSE_SLOTS ? 4 : 2;
    if (++d->n_short * load > d->short_mask) return grow_keys(d, a, (d->short_mask + 1) * 2, err);
    return LF_OK;
}

/* ---- looking up ---- */

/* Codes of the strings from `i` on, up to the first that is new; where that is. No calls that could
 * fail, so that all of it stays in registers. */
static uint32_t find(const pq_strdict *d, const uint8_t *bytes, const uint32_t *start,
                     const uint32_t *len, uint32_t i, uint32_t n, uint16_t *restrict codes) {
    const uint64_t *restrict keys = (const uint64_t *)d->keys.p;
    const uint16_t *restrict values = (const uint16_t *)d->values.p;
    const uint32_t *restrict slots = (const uint32_t *)d->slots.p;
    const pq_strentry *restrict e = (const pq_strentry *)d->entries.p;
    const uint8_t *text = d->bytes.p;
    const uint32_t short_mask = d->short_mask, mask = d->mask;
    for (; i < n; i++) {
        const uint8_t *p = bytes + start[i];
        const uint32_t l = len[i];
        if (l <= SHORT_MAX) {
            const uint64_t key = short_key(p, l);
            uint32_t s = short_slot(key, short_mask);
            while (keys[s] != key) {
                if (keys[s] == 0) return i;
                s = (s + 1) & short_mask;
            }
            codes[i] = values[s];
            continue;
        }
        const uint64_t head = load64(p), h = hash_of(p, l, head);
        for (uint32_t s = (uint32_t)h & mask;; s = (s + 1) & mask) {
            const uint32_t c = slots[s];
            if (c == 0) return i;
            if (c >> 16 != h >> 48) continue;
            const pq_strentry *x = &e[(c & 0xffff) - 1];
            if (x->head != head || x->len != l || !same_rest(text + x->at, p, l)) continue;
            codes[i] = (uint16_t)((c & 0xffff) - 1);
            break;
        }
    }
    return n;
}

lf_rc lf_pqw_strdict_codes(pq_strdict *d, const lf_alloc *a, const uint8_t *bytes,
                           const uint32_t *start, const uint32_t *len, uint32_t n, uint16_t *codes,
                           uint32_t *done_out, lf_error *err) {
    uint32_t i = 0;
    bool added = true;
    while ((i = find(d, bytes, start, len, i, n, codes)) < n) {
        if (len[i] <= SHORT_MAX)
            LF_TRY(add_short(d, a, bytes + start[i], len[i], &added, err));
        else
            LF_TRY(add_long(d, a, bytes + start[i], len[i], &added, err));
        if (!added) break;
        codes[i++] = (uint16_t)(d->n - 1);
    }
    *done_out = i;
    return LF_OK;
}

void lf_pqw_strdict_free(pq_strdict *d, const lf_alloc *a) {
    pq_mem *const all[] = {&d->entries, &d->bytes, &d->slots, &d->keys, &d->values};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        lf_pqw_mem_free(a, all[i]);
    }
}
