/* Numbers to codes. A table of 16-bit codes indexed by value answers in under a nanosecond, as
 * long as the values of the chunk lie within 65,536 of each other; the caller knows their bounds
 * per block, so that no value is checked. The table is made anew when the bounds grow, and turned
 * into a hash table when they grow too far. */
#include "core/hash.h"
#include "encode/parquet/parquet_dict.h"

#define SLOTS_MIN          1024u
#define SLOTS_MIN_DENSE    64u
#define DIRECT_RANGE_DENSE 1024u

void lf_pqw_numdict_begin(pq_numdict *d, uint32_t max_bytes, uint32_t width, bool dense) {
    /* A value takes 8 bytes, and at least two slots of four. */
    const uint32_t max_entries = dense ? max_bytes / 2 * 3 / 16 : max_bytes / width;
    d->dense = dense;
    d->n = 0;
    d->range = 0;
    d->shift = 0;
    d->max = max_entries < PQ_DICT_ENTRIES_MAX ? max_entries : PQ_DICT_ENTRIES_MAX;
}

static lf_rc make_direct(pq_numdict *d, const lf_alloc *a, int64_t lo, int64_t hi, lf_error *err) {
    uint64_t range = (uint64_t)hi - (uint64_t)lo + 1, size = 256;
    while (size < range) {
        size *= 2;
    }
    LF_TRY(pq_mem_need(a, &d->table, size * sizeof(uint16_t), err));
    memset(d->table.p, 0, size * sizeof(uint16_t));
    d->range = (uint32_t)size;
    /* The room that is over is shared, so that bounds which creep either way fit for longer. */
    const uint64_t spare = (size - range) / 2;
    d->base = (uint64_t)lo - (lo >= INT64_MIN + (int64_t)spare ? spare : 0);
    uint16_t *t = (uint16_t *)d->table.p;
    const uint64_t *values = (const uint64_t *)d->values.p;
    for (uint32_t i = 0; i < d->n; i++) {
        t[values[i] - d->base] = (uint16_t)(i + 1);
    }
    return LF_OK;
}

static inline uint32_t slot_of(const pq_numdict *d, uint64_t v) {
    v ^= v >> 32;
    return (uint32_t)((v * 0x9E3779B97F4A7C15ull) >> d->shift);
}

static lf_rc make_hash(pq_numdict *d, const lf_alloc *a, uint32_t slots, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->table, slots * sizeof(uint32_t), err));
    memset(d->table.p, 0, slots * sizeof(uint32_t));
    d->range = 0;
    d->shift = 64 - (uint32_t)__builtin_ctz(slots);
    uint32_t *t = (uint32_t *)d->table.p;
    const uint64_t *values = (const uint64_t *)d->values.p;
    for (uint32_t i = 0; i < d->n; i++) {
        uint32_t s = slot_of(d, values[i]);
        while (t[s]) {
            s = (s + 1) & (slots - 1);
        }
        t[s] = i + 1;
    }
    return LF_OK;
}

/* The table for values in [min, max] and those that are in already. */
static lf_rc prepare(pq_numdict *d, const lf_alloc *a, bool close, int64_t min, int64_t max,
                     lf_error *err) {
    if (d->shift) return LF_OK;
    if (close && d->range) {
        if ((uint64_t)min - d->base < d->range && (uint64_t)max - d->base < d->range) return LF_OK;
        const int64_t *values = (const int64_t *)d->values.p;
        for (uint32_t i = 0; i < d->n; i++) {
            min = values[i] < min ? values[i] : min;
            max = values[i] > max ? values[i] : max;
        }
    }
    const uint64_t range_max = d->dense ? DIRECT_RANGE_DENSE : PQ_DIRECT_RANGE_MAX;
    if (close && (uint64_t)max - (uint64_t)min < range_max) return make_direct(d, a, min, max, err);
    uint32_t slots = d->dense ? SLOTS_MIN_DENSE : SLOTS_MIN;
    while (slots < 2 * d->n + 2) {
        slots *= 2;
    }
    return make_hash(d, a, slots, err);
}

static lf_rc direct_codes(pq_numdict *d, const lf_alloc *a, const uint64_t *v, uint32_t n,
                          uint16_t *codes, bool *full_out, lf_error *err) {
    LF_TRY(pq_mem_need(a, &d->values, (d->n + (n < d->range ? n : d->range)) * 8ull, err));
    uint16_t *t = (uint16_t *)d->table.p;
    uint64_t *values = (uint64_t *)d->values.p;
    const uint64_t base = d->base;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t c = t[v[i] - base];
        if (__builtin_expect(c == 0, 0)) {
            if (d->n == d->max) {
                *full_out = true;
                return LF_OK;
            }
            values[d->n] = v[i];
            c = ++d->n;
            t[v[i] - base] = (uint16_t)c;
        }
        codes[i] = (uint16_t)(c - 1);
    }
    return LF_OK;
}

static lf_rc hash_codes(pq_numdict *d, const lf_alloc *a, const uint64_t *v, uint32_t n,
                        uint16_t *codes, bool *full_out, lf_error *err) {
    uint32_t slots = 1u << (64 - d->shift);
    for (uint32_t i = 0; i < n;) {
        LF_TRY(pq_mem_need(a, &d->values, (size_t)slots / 2 * 8, err));
        uint32_t *t = (uint32_t *)d->table.p;
        uint64_t *values = (uint64_t *)d->values.p;
        const uint32_t mask = slots - 1, fill_max = slots / 2;
        for (; i < n && d->n < fill_max; i++) {
            uint32_t s = slot_of(d, v[i]), c;
            while ((c = t[s]) != 0 && values[c - 1] != v[i]) {
                s = (s + 1) & mask;
            }
            if (__builtin_expect(c == 0, 0)) {
                if (d->n == d->max) {
                    *full_out = true;
                    return LF_OK;
                }
                values[d->n] = v[i];
                c = ++d->n;
                t[s] = c;
            }
            codes[i] = (uint16_t)(c - 1);
        }
        if (i < n) {
            slots *= 2;
            LF_TRY(make_hash(d, a, slots, err));
        }
    }
    return LF_OK;
}

lf_rc lf_pqw_numdict_codes(pq_numdict *d, const lf_alloc *a, const uint64_t *v, uint32_t n,
                           bool close, int64_t min, int64_t max, uint16_t *codes, bool *full_out,
                           lf_error *err) {
    const uint32_t before = d->n;
    *full_out = false;
    if (n == 0) return LF_OK;
    LF_TRY(prepare(d, a, close, min, max, err));
    if (d->range)
        LF_TRY(direct_codes(d, a, v, n, codes, full_out, err));
    else
        LF_TRY(hash_codes(d, a, v, n, codes, full_out, err));
    if (*full_out) d->n = before; /* the tables are not used again */
    return LF_OK;
}

lf_rc lf_pqw_numdict_copy(pq_numdict *d, const lf_alloc *a, const pq_numdict *from, lf_error *err) {
    const pq_mem values = d->values, table = d->table;
    *d = *from;
    d->values = values;
    d->table = table;
    const size_t n = (size_t)from->n * 8,
                 m = from->range   ? from->range * sizeof(uint16_t)
                     : from->shift ? ((size_t)1 << (64 - from->shift)) * sizeof(uint32_t)
                                   : 0;
    LF_TRY(pq_mem_need(a, &d->values, n, err));
    LF_TRY(pq_mem_need(a, &d->table, m, err));
    if (n) memcpy(d->values.p, from->values.p, n);
    if (m) memcpy(d->table.p, from->table.p, m);
    return LF_OK;
}

void lf_pqw_numdict_free(pq_numdict *d, const lf_alloc *a) {
    lf_pqw_mem_free(a, &d->values);
    lf_pqw_mem_free(a, &d->table);
}
