/* decode/csv/csv_index_avx2.c - the index and byte work for AVX2.
 *
 * As csv_index_avx512.c, with two loads of 32 bytes a step. Without vpcompressb, offsets come
 * from a table that lists the set bits of a byte: eight look-ups a step, each writing eight
 * entries and advancing by as many as there were bits, so nothing branches on the data. */
#include "decode/csv/csv_index_bits.h"
#include "decode/csv/csv_index_quotes.h"
#include "decode/csv/csv_index_sets.h"
#include <immintrin.h>
#include <string.h>

typedef struct constants {
    __m256i delimiter, newline, quote, cr;
    uint64_t quote_on;
} constants;

static inline constants make_constants(const csv_dialect *dia) {
    return (constants){.delimiter = _mm256_set1_epi8((char)dia->delimiter),
                       .newline = _mm256_set1_epi8('\n'),
                       .quote = _mm256_set1_epi8((char)dia->quote),
                       .cr = _mm256_set1_epi8('\r'),
                       .quote_on = dia->has_quote ? ~0ull : 0};
}

static inline uint64_t equal(__m256i a, __m256i b, __m256i want) {
    uint32_t low = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(a, want));
    uint32_t high = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(b, want));
    return low | (uint64_t)high << 32;
}

static inline masks compare(const constants *k, __m256i a, __m256i b) {
    return (masks){.delimiter = equal(a, b, k->delimiter),
                   .newline = equal(a, b, k->newline),
                   .quote = equal(a, b, k->quote) & k->quote_on,
                   .cr = equal(a, b, k->cr)};
}

/* Appends base + the offsets of the bits; writes up to 8 entries past them. */
static inline uint32_t *append(uint32_t *pos, uint64_t bits, uint32_t base) {
    __m256i at = _mm256_set1_epi32((int)base);
    const __m256i step = _mm256_set1_epi32(8);
    for (int i = 0; i < 8; i++, bits >>= 8, at = _mm256_add_epi32(at, step)) {
        __m128i list = _mm_loadl_epi64((const __m128i *)(const void *)&csv_index_bits[bits & 0xff]);
        _mm256_storeu_si256((__m256i *)(void *)pos,
                            _mm256_add_epi32(at, _mm256_cvtepu8_epi32(list)));
        pos += _mm_popcnt_u32((unsigned)(bits & 0xff));
    }
    return pos;
}

static inline uint64_t inside_quotes(uint64_t quotes, uint64_t inside) {
    __m128i p = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(p) ^ inside;
}

static inline __m256i load(const uint8_t *p) {
    return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static void index_avx2(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                       uint32_t n_blocks) {
    const constants k = make_constants(dia);
    uint32_t *pos = x->pos + x->n;
    uint64_t rows = 0, crs = 0, last = 0;
    uint32_t i = 0;
    __m256i high = _mm256_setzero_si256();
    if ((x->inside | x->closed | x->closed_cr) == 0) {
        for (; i < n_blocks; i++) {
            __m256i a = load(p + (size_t)i * 64), b = load(p + (size_t)i * 64 + 32);
            masks m = compare(&k, a, b);
            if (m.quote != 0) break;
            high = _mm256_or_si256(high, _mm256_or_si256(a, b));
            crs |= m.cr;
            last = m.delimiter | m.newline;
            rows += (uint64_t)_mm_popcnt_u64(m.newline);
            pos = append(pos, last, base + i * 64);
        }
        if (i > 0) {
            x->prev = last >> 63;
            x->prev_quote = 0;
            x->newlines += (uint32_t)rows;
        }
    }
    carries c = carries_of(x);
    for (; i < n_blocks; i++) {
        __m256i a = load(p + (size_t)i * 64), b = load(p + (size_t)i * 64 + 32);
        masks m = compare(&k, a, b);
        high = _mm256_or_si256(high, _mm256_or_si256(a, b));
        crs |= m.cr;
        uint64_t ends = resolve_quotes(&c, &m, inside_quotes(m.quote, c.inside), ~0ull);
        rows += (uint64_t)_mm_popcnt_u64(ends & m.newline);
        pos = append(pos, ends, base + i * 64);
    }
    keep_carries(x, &c);
    x->n = (uint32_t)(pos - x->pos);
    x->rows += (uint32_t)rows;
    x->cr |= crs != 0;
    x->high |= _mm256_movemask_epi8(high) != 0;
}

static void index_tail_avx2(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                            uint32_t n) {
    const constants k = make_constants(dia);
    uint64_t keep = (1ull << n) - 1;
    __m256i a = load(p), b = load(p + 32);
    masks m = compare(&k, a, b);
    m = (masks){m.delimiter & keep, m.newline & keep, m.quote & keep, m.cr & keep};
    uint64_t high = (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b)
                                                            << 32;
    carries c = carries_of(x);
    uint64_t ends = resolve_quotes(&c, &m, inside_quotes(m.quote, c.inside), keep);
    keep_carries(x, &c);
    x->n = (uint32_t)(append(x->pos + x->n, ends, base) - x->pos);
    x->rows += (uint32_t)_mm_popcnt_u64(ends & m.newline);
    x->cr |= m.cr != 0;
    x->high |= (high & keep) != 0;
}

/* --- general dialects --- */

typedef struct chunk {
    __m256i low, high;
} chunk;

static inline chunk load_chunk(const uint8_t *p) {
    return (chunk){load(p), load(p + 32)};
}

static inline uint64_t equal_mask(chunk v, uint8_t byte) {
    return equal(v.low, v.high, _mm256_set1_epi8((char)byte));
}

static inline uint64_t high_mask(chunk v) {
    return (uint32_t)_mm256_movemask_epi8(v.low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(v.high)
                                                       << 32;
}

static inline uint32_t *append_ends(uint32_t *pos, uint64_t bits, uint32_t base) {
    return append(pos, bits, base);
}

#include "decode/csv/csv_index_general.h"

/* --- columns --- */

static inline __m256i load_pair(const uint32_t *a, const uint32_t *b) {
    return _mm256_inserti128_si256(
        _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)a)),
        _mm_loadu_si128((const __m128i *)(const void *)b), 1);
}

/* Field ends of 8 rows by 4 fields as 4 columns of 8. */
static inline void transpose_8x4(const uint32_t *const row[8], uint32_t field, __m256i out[4]) {
    __m256i a0 = load_pair(row[0] + field, row[4] + field);
    __m256i a1 = load_pair(row[1] + field, row[5] + field);
    __m256i a2 = load_pair(row[2] + field, row[6] + field);
    __m256i a3 = load_pair(row[3] + field, row[7] + field);
    __m256i lo01 = _mm256_unpacklo_epi32(a0, a1), hi01 = _mm256_unpackhi_epi32(a0, a1);
    __m256i lo23 = _mm256_unpacklo_epi32(a2, a3), hi23 = _mm256_unpackhi_epi32(a2, a3);
    out[0] = _mm256_unpacklo_epi64(lo01, lo23);
    out[1] = _mm256_unpackhi_epi64(lo01, lo23);
    out[2] = _mm256_unpacklo_epi64(hi01, hi23);
    out[3] = _mm256_unpackhi_epi64(hi01, hi23);
}

static void locate_avx2(const uint32_t *pos, uint32_t n_fields, uint32_t n_rows, uint32_t gap,
                        uint32_t *const *start, uint32_t *const *len) {
    const __m256i one = _mm256_set1_epi32(1), wide = _mm256_set1_epi32((int)gap);
    uint32_t padded = (n_rows + 15) & ~15u;
    for (uint32_t r = 0; r < padded; r += 8) {
        const uint32_t *row[8];
        uint32_t before[8];
        for (uint32_t j = 0; j < 8; j++) {
            row[j] = pos + (size_t)(r + j < n_rows ? r + j : n_rows - 1) * n_fields;
            before[j] = row[j][-1];
        }
        __m256i prev = load((const uint8_t *)before), add = one;
        for (uint32_t f = 0; f < n_fields; f += 4) {
            __m256i end[4];
            uint32_t m = n_fields - f < 4 ? n_fields - f : 4;
            transpose_8x4(row, f, end);
            for (uint32_t j = 0; j < m; j++) {
                if (start[f + j] != NULL) {
                    __m256i s = _mm256_add_epi32(prev, add);
                    _mm256_storeu_si256((__m256i *)(void *)(start[f + j] + r), s);
                    _mm256_storeu_si256((__m256i *)(void *)(len[f + j] + r),
                                        _mm256_sub_epi32(end[j], s));
                }
                prev = end[j];
                add = wide;
            }
        }
    }
}

static uint32_t nonzero_avx2(const uint32_t *len, uint32_t n, uint64_t *bits) {
    const __m256i zero = _mm256_setzero_si256();
    uint32_t zeros = n;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t b = 0;
        uint32_t end = n - w * 64 < 64 ? n - w * 64 : 64;
        for (uint32_t r = 0; r < end; r += 8) {
            __m256i l = load((const uint8_t *)(len + w * 64 + r));
            uint32_t z =
                (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(l, zero)));
            b |= (uint64_t)(~z & 0xff) << r;
        }
        if (end < 64) b &= (1ull << end) - 1;
        bits[w] = b;
        zeros -= (uint32_t)_mm_popcnt_u64(b);
    }
    return zeros;
}

static uint64_t count_avx2(const uint8_t *p, size_t n, uint8_t byte) {
    const __m256i want = _mm256_set1_epi8((char)byte);
    uint64_t c = 0;
    size_t i = 0;
    for (; i + 32 <= n; i += 32)
        c += (uint64_t)_mm_popcnt_u32(
            (unsigned)_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(p + i), want)));
    for (; i < n; i++)
        c += p[i] == byte;
    return c;
}

/* Most cells already differ in length; only the others are fetched. */
static uint32_t equal_avx2(const uint8_t *text, const uint32_t *start, const uint32_t *len,
                           uint32_t n, uint64_t word, uint32_t word_len, uint64_t *bits) {
    const __m256i want = _mm256_set1_epi32((int)word_len);
    const unsigned drop = 64 - 8 * word_len;
    uint32_t found = 0;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t b = 0;
        uint32_t end = n - w * 64 < 64 ? n - w * 64 : 64;
        for (uint32_t r = 0; r < end; r += 8) {
            __m256i l = load((const uint8_t *)(len + w * 64 + r));
            uint32_t m =
                (uint32_t)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(l, want)));
            if (end - r < 8) m &= (1u << (end - r)) - 1;
            for (; m != 0; m &= m - 1) {
                uint32_t i = r + (uint32_t)__builtin_ctz(m);
                uint64_t t;
                memcpy(&t, text + start[w * 64 + i], 8);
                b |= (uint64_t)((t ^ word) << drop == 0) << i;
            }
        }
        bits[w] = b;
        found += (uint32_t)_mm_popcnt_u64(b);
    }
    return found;
}

const csv_isa lf_csv_isa_avx2 = {
    .name = "avx2",
    .index = index_avx2,
    .index_tail = index_tail_avx2,
    .general = index_general,
    .locate = locate_avx2,
    .unquote = lf_csv_unquote_scalar,
    .nonzero = nonzero_avx2,
    .count = count_avx2,
    .equal = equal_avx2,
};
