/* Strings to codes, a few nanoseconds each.
 *
 * What costs time is a wrong guess of the processor, so that the loops have no branch that depends
 * on which string of the dictionary it is:
 * - As long as no string is longer than seven bytes, bytes and length are one number, looked up
 *   by one comparison. For small tables a factor is sought that hashes them without a collision.
 * - Otherwise the first 32 bytes are taken as four words, masked by length, hashed and compared as
 *   a whole. Slots hold 16 bits of the hash beside the code, so that the entry that is looked at
 *   is nearly always the right one. Only strings of more than 32 bytes go another way. */
#include "core/hash.h"
#include "encode/parquet/parquet_dict.h"

#define SLOTS_MIN   32u
#define SHORT_MAX   7u
#define WORDS_MAX   32u
#define TINY_SLOTS  2048u  /* smaller tables are a sixteenth full at most, */
#define SMALL_SLOTS 32768u /* smaller ones a quarter, others a half */
#define FACTORS     12u
#define GOLDEN      0x9E3779B97F4A7C15ull

static inline uint64_t load64(const uint8_t *p) {
    uint64_t v;
    memcpy(&v, p, 8);
    return v;
}

static inline uint64_t fold(uint64_t a, uint64_t b) {
    const __uint128_t m = (__uint128_t)a * b;
    return (uint64_t)m ^ (uint64_t)(m >> 64);
}

/* The first eight bytes, zeros behind the end. Reads past short strings. */
static inline uint64_t head_of(const uint8_t *p, uint32_t len) {
    const uint64_t v = load64(p);
    return len >= 8 ? v : v & ((1ull << (8 * len)) - 1);
}

/* How many slots an entry gets at least. */
static inline uint32_t load_of(const pq_strdict *d, uint32_t slots) {
    if (d->dense) return 2;
    return slots <= TINY_SLOTS ? 16 : slots <= SMALL_SLOTS ? 4 : 2;
}

/* ---- short strings ---- */

/* Bytes and length in one number that is never 0. */
static inline uint64_t short_key(const uint8_t *p, uint32_t len) {
    return (load64(p) & ((1ull << (8 * len)) - 1)) | (uint64_t)(len + 1) << 56;
}

static inline uint32_t key_slot(uint64_t key, uint64_t factor, uint32_t mask) {
    return (uint32_t)((key * factor) >> 40) & mask;
}

/* Puts all entries into the table; how many did not get their own slot. */
static uint32_t put_keys(pq_strdict *d) {
    uint64_t *keys = (uint64_t *)d->keys.p;
    const pq_strentry *e = (const pq_strentry *)d->entries.p;
    uint32_t displaced = 0;
    memset(keys, 0, (d->key_mask + 1) * sizeof *keys);
    for (uint32_t i = 0; i < d->n; i++) {
        const uint64_t key = e[i].head | (uint64_t)(e[i].len + 1) << 56;
        uint32_t s = key_slot(key, d->factor, d->key_mask);
        displaced += keys[s] != 0;
        while (keys[s]) {
            s = (s + 1) & d->key_mask;
        }
        keys[s] = key;
        ((uint16_t *)d->values.p)[s] = (uint16_t)i;
    }
    return displaced;
}

static lf_rc grow_keys(pq_strdict *d, const lf_alloc *a, uint32_t slots, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->keys, slots * sizeof(uint64_t), err));
    LF_TRY(pq_mem_need(a, &d->values, slots * sizeof(uint16_t), err));
    d->key_mask = slots - 1;
    d->factor = GOLDEN;
    for (uint32_t i = 1; put_keys(d) > 0 && slots <= TINY_SLOTS && i < FACTORS; i++) {
        d->factor = d->factor * 0xD1342543DE82EF95ull + 2 * i;
    }
    return LF_OK;
}

/* ---- strings of any length ---- */

#define M(n) ((n) >= 8 ? UINT64_MAX : (n) <= 0 ? 0 : (1ull << (8 * ((n)&7))) - 1)
#define ROW(n)                                                                                     \
    { M(n), M(n - 8), M(n - 16), M(n - 24) }
static const uint64_t word_mask[WORDS_MAX + 1][4] = {
    ROW(0),  ROW(1),  ROW(2),  ROW(3),  ROW(4),  ROW(5),  ROW(6),  ROW(7),  ROW(8),
    ROW(9),  ROW(10), ROW(11), ROW(12), ROW(13), ROW(14), ROW(15), ROW(16), ROW(17),
    ROW(18), ROW(19), ROW(20), ROW(21), ROW(22), ROW(23), ROW(24), ROW(25), ROW(26),
    ROW(27), ROW(28), ROW(29), ROW(30), ROW(31), ROW(32)};
#undef M
#undef ROW

static inline uint64_t hash_words(const uint8_t *p, uint32_t len) {
    const uint64_t *m = word_mask[len];
    return fold((load64(p) & m[0]) ^ GOLDEN, (load64(p + 8) & m[1]) ^ len ^ 0xD6E8FEB86659FD93ull) ^
           fold((load64(p + 16) & m[2]) ^ 0xA0761D6478BD642Full,
                (load64(p + 24) & m[3]) ^ 0xE7037ED1A0B428DBull);
}

static inline bool same_words(const uint8_t *p, const uint8_t *q, uint32_t len) {
    const uint64_t *m = word_mask[len];
    return (((load64(p) ^ load64(q)) & m[0]) | ((load64(p + 8) ^ load64(q + 8)) & m[1]) |
            ((load64(p + 16) ^ load64(q + 16)) & m[2]) |
            ((load64(p + 24) ^ load64(q + 24)) & m[3])) == 0;
}

static inline uint64_t hash_of(const uint8_t *p, uint32_t len) {
    return len <= WORDS_MAX ? hash_words(p, len) : lf_hash64(p, len, 0);
}

static void put_slot(pq_strdict *d, uint64_t hash, uint32_t code) {
    uint32_t *t = (uint32_t *)d->slots.p, s = (uint32_t)hash & d->mask;
    while (t[s]) {
        s = (s + 1) & d->mask;
    }
    t[s] = (uint32_t)(hash >> 48) << 16 | (code + 1);
}

static lf_rc grow_slots(pq_strdict *d, const lf_alloc *a, uint32_t slots, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->slots, slots * sizeof(uint32_t), err));
    memset(d->slots.p, 0, slots * sizeof(uint32_t));
    d->mask = slots - 1;
    const pq_strentry *e = (const pq_strentry *)d->entries.p;
    for (uint32_t i = 0; i < d->n; i++) {
        put_slot(d, hash_of(d->bytes.p + e[i].at, e[i].len), i);
    }
    return LF_OK;
}

static lf_rc become_mixed(pq_strdict *d, const lf_alloc *a, lf_error *err) {
    uint32_t slots = SLOTS_MIN;
    while (slots < load_of(d, slots) * (d->n + 1)) {
        slots *= 2;
    }
    d->mixed = true;
    return grow_slots(d, a, slots, err);
}

/* ---- adding ---- */

lf_rc lf_pqw_strdict_begin(pq_strdict *d, const lf_alloc *a, uint32_t max_bytes, bool dense,
                           lf_error *err) {
    d->n = d->bytes_len = 0;
    d->mixed = false;
    d->max_entries = PQ_DICT_ENTRIES_MAX;
    d->max_bytes = max_bytes;
    d->dense = dense;
    return d->dense ? become_mixed(d, a, err) : grow_keys(d, a, SLOTS_MIN, err);
}

static bool has_room(const pq_strdict *d, uint32_t len) {
    const uint64_t held = d->bytes_len + len + (sizeof(pq_strentry) + 8ull) * (d->n + 1);
    if (d->dense && held > d->max_bytes / 2 * 3ull) return false;
    return d->n < d->max_entries &&
           (uint64_t)d->bytes_len + len + 4ull * (d->n + 1) <= d->max_bytes;
}

/* A string that is new and for which there is room. */
static lf_rc add(pq_strdict *d, const lf_alloc *a, const uint8_t *p, uint32_t len, lf_error *err) {
    if (!d->mixed && len > SHORT_MAX) LF_TRY(become_mixed(d, a, err));
    LF_TRY(pq_mem_need(a, &d->bytes, (size_t)d->bytes_len + len, err));
    LF_TRY(pq_mem_need(a, &d->entries, (d->n + 1) * sizeof(pq_strentry), err));
    memcpy(d->bytes.p + d->bytes_len, p, len);
    ((pq_strentry *)d->entries.p)[d->n] = (pq_strentry){head_of(p, len), d->bytes_len, len};
    d->bytes_len += len;
    const uint32_t code = d->n++;
    if (d->mixed) {
        put_slot(d, hash_of(p, len), code);
        const uint32_t n = d->mask + 1;
        return d->n * load_of(d, n) > n ? grow_slots(d, a, n * 2, err) : LF_OK;
    }
    uint64_t *keys = (uint64_t *)d->keys.p;
    const uint64_t key = short_key(p, len);
    const uint32_t slots = d->key_mask + 1;
    uint32_t s = key_slot(key, d->factor, d->key_mask);
    if (d->n * load_of(d, slots) > slots) return grow_keys(d, a, slots * 2, err);
    if (keys[s] && slots <= TINY_SLOTS) return grow_keys(d, a, slots, err); /* another factor */
    while (keys[s]) {
        s = (s + 1) & d->key_mask;
    }
    keys[s] = key;
    ((uint16_t *)d->values.p)[s] = (uint16_t)code;
    return LF_OK;
}

/* ---- looking up ---- */

/* Both: codes of the strings from `i` on, up to the first that is not there; where that is. No
 * calls that could fail, so that all of it stays in registers. */
static __attribute__((noinline)) uint32_t find_short(const pq_strdict *d, const uint8_t *bytes,
                                                     const uint32_t *start, const uint32_t *len,
                                                     uint32_t i, uint32_t n,
                                                     uint16_t *restrict codes) {
    const uint64_t *restrict keys = (const uint64_t *)d->keys.p;
    const uint16_t *restrict values = (const uint16_t *)d->values.p;
    const uint64_t factor = d->factor;
    const uint32_t mask = d->key_mask;
    for (; i < n; i++) {
        const uint32_t l = len[i];
        if (l > SHORT_MAX) return i;
        const uint64_t key = short_key(bytes + start[i], l);
        uint32_t s = key_slot(key, factor, mask);
        while (keys[s] != key) {
            if (keys[s] == 0) return i;
            s = (s + 1) & mask;
        }
        codes[i] = values[s];
    }
    return n;
}

static __attribute__((noinline)) uint32_t find_mixed(const pq_strdict *d, const uint8_t *bytes,
                                                     const uint32_t *start, const uint32_t *len,
                                                     uint32_t i, uint32_t n,
                                                     uint16_t *restrict codes) {
    const uint32_t *restrict slots = (const uint32_t *)d->slots.p;
    const pq_strentry *restrict e = (const pq_strentry *)d->entries.p;
    const uint8_t *text = d->bytes.p;
    const uint32_t mask = d->mask;
    for (; i < n; i++) {
        const uint8_t *p = bytes + start[i];
        const uint32_t l = len[i];
        const uint64_t h = hash_of(p, l);
        for (uint32_t s = (uint32_t)h & mask;; s = (s + 1) & mask) {
            const uint32_t c = slots[s];
            if (c == 0) return i;
            if (c >> 16 != h >> 48) continue;
            const pq_strentry *x = &e[(c & 0xffff) - 1];
            if (x->len != l) continue;
            const uint8_t *q = text + x->at;
            if (l <= WORDS_MAX ? !same_words(p, q, l) : memcmp(p, q, l) != 0) continue;
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
    for (;; i++) {
        i = d->mixed ? find_mixed(d, bytes, start, len, i, n, codes)
                     : find_short(d, bytes, start, len, i, n, codes);
        if (i == n || !has_room(d, len[i])) break;
        LF_TRY(add(d, a, bytes + start[i], len[i], err));
        codes[i] = (uint16_t)(d->n - 1);
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
