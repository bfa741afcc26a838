/* decode/csv/csv_index_avx512.c - the index and byte work for AVX-512 (VBMI2).
 *
 * 64 bytes a step: compares give bit masks, a carry-less product by all ones turns the quotes
 * into the regions inside them, and vpcompressb turns the mask of delimiters into their
 * offsets. Until the first quote of a call a shorter loop runs that does none of the quote
 * work. Columns are cut by transposing 16 rows by 4 fields at a time in registers. */
#include "decode/csv/csv_index_quotes.h"
#include "decode/csv/csv_index_sets.h"
#include <immintrin.h>

typedef struct constants {
    __m512i delimiter, newline, quote, cr, iota;
    uint64_t quote_on;
} constants;

static inline __m512i iota_bytes(void) {
    uint8_t iota[64];
    for (int i = 0; i < 64; i++)
        iota[i] = (uint8_t)i;
    return _mm512_loadu_si512(iota);
}

static inline constants make_constants(const csv_dialect *dia) {
    return (constants){.delimiter = _mm512_set1_epi8((char)dia->delimiter),
                       .newline = _mm512_set1_epi8('\n'),
                       .quote = _mm512_set1_epi8((char)dia->quote),
                       .cr = _mm512_set1_epi8('\r'),
                       .iota = iota_bytes(),
                       .quote_on = dia->has_quote ? ~0ull : 0};
}

static inline masks compare(const constants *k, __m512i v) {
    return (masks){.delimiter = _mm512_cmpeq_epi8_mask(v, k->delimiter),
                   .newline = _mm512_cmpeq_epi8_mask(v, k->newline),
                   .quote = _mm512_cmpeq_epi8_mask(v, k->quote) & k->quote_on,
                   .cr = _mm512_cmpeq_epi8_mask(v, k->cr)};
}

/* Appends base + the offsets of the bits; writes up to 64 entries. */
static inline uint32_t *append(const constants *k, uint32_t *pos, uint64_t bits, __m512i base) {
    __m512i bytes = _mm512_maskz_compress_epi8(bits, k->iota);
    uint32_t n = (uint32_t)_mm_popcnt_u64(bits);
    _mm512_storeu_si512(
        pos, _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(bytes))));
    if (__builtin_expect(n > 16, 0)) {
        _mm512_storeu_si512(
            pos + 16,
            _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(bytes, 1))));
        if (n > 32) {
            _mm512_storeu_si512(
                pos + 32,
                _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(bytes, 2))));
            _mm512_storeu_si512(
                pos + 48,
                _mm512_add_epi32(base, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(bytes, 3))));
        }
    }
    return pos + n;
}

static inline uint64_t inside_quotes(uint64_t quotes, uint64_t inside) {
    __m128i p = _mm_clmulepi64_si128(_mm_cvtsi64_si128((long long)quotes), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(p) ^ inside;
}

static void index_avx512(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                         uint32_t n_blocks) {
    const constants k = make_constants(dia);
    uint32_t *pos = x->pos + x->n;
    uint64_t rows = 0, crs = 0, last = 0;
    uint32_t i = 0;
    __m512i high = _mm512_setzero_si512(), at = _mm512_set1_epi32((int)base);
    const __m512i step = _mm512_set1_epi32(64);
    if ((x->inside | x->closed | x->closed_cr) == 0) {
        for (; i < n_blocks; i++, at = _mm512_add_epi32(at, step)) {
            __m512i v = _mm512_loadu_si512(p + (size_t)i * 64);
            masks m = compare(&k, v);
            if (m.quote != 0) break;
            high = _mm512_or_si512(high, v);
            crs |= m.cr;
            last = m.delimiter | m.newline;
            rows += (uint64_t)_mm_popcnt_u64(m.newline);
            pos = append(&k, pos, last, at);
        }
        if (i > 0) {
            x->prev = last >> 63;
            x->prev_quote = 0;
            x->newlines += (uint32_t)rows;
        }
    }
    carries c = carries_of(x);
    for (; i < n_blocks; i++, at = _mm512_add_epi32(at, step)) {
        __m512i v = _mm512_loadu_si512(p + (size_t)i * 64);
        masks m = compare(&k, v);
        high = _mm512_or_si512(high, v);
        crs |= m.cr;
        uint64_t ends = resolve_quotes(&c, &m, inside_quotes(m.quote, c.inside), ~0ull);
        rows += (uint64_t)_mm_popcnt_u64(ends & m.newline);
        pos = append(&k, pos, ends, at);
    }
    keep_carries(x, &c);
    x->n = (uint32_t)(pos - x->pos);
    x->rows += (uint32_t)rows;
    x->cr |= crs != 0;
    x->high |= _mm512_movepi8_mask(high) != 0;
}

static void index_tail_avx512(csv_index *x, const csv_dialect *dia, const uint8_t *p, uint32_t base,
                              uint32_t n) {
    const constants k = make_constants(dia);
    uint64_t keep = (1ull << n) - 1;
    __m512i v = _mm512_maskz_loadu_epi8(keep, p);
    masks m = compare(&k, v);
    m = (masks){m.delimiter & keep, m.newline & keep, m.quote & keep, m.cr & keep};
    carries c = carries_of(x);
    uint64_t ends = resolve_quotes(&c, &m, inside_quotes(m.quote, c.inside), keep);
    /* The region inside quotes goes on past the kept bytes; its state is that of the last one. */
    keep_carries(x, &c);
    x->n = (uint32_t)(append(&k, x->pos + x->n, ends, _mm512_set1_epi32((int)base)) - x->pos);
    x->rows += (uint32_t)_mm_popcnt_u64(ends & m.newline);
    x->cr |= m.cr != 0;
    x->high |= _mm512_movepi8_mask(v) != 0;
}

/* --- general dialects --- */

typedef __m512i chunk;

static inline chunk load_chunk(const uint8_t *p) {
    return _mm512_loadu_si512(p);
}

static inline uint64_t equal_mask(chunk v, uint8_t byte) {
    return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)byte));
}

static inline uint64_t high_mask(chunk v) {
    return _mm512_movepi8_mask(v);
}

static inline uint32_t *append_ends(uint32_t *pos, uint64_t bits, uint32_t base) {
    const constants k = {.iota = iota_bytes()};
    return append(&k, pos, bits, _mm512_set1_epi32((int)base));
}

#include "decode/csv/csv_index_general.h"

/* --- columns --- */

/* Field ends of 16 rows by 4 fields as 4 columns of 16. row[r] points at the first field. */
static inline void transpose_16x4(const uint32_t *const row[16], uint32_t field, __m512i out[4]) {
    __m512i a[4];
    for (int j = 0; j < 4; j++) {
        __m512i v = _mm512_castsi128_si512(
            _mm_loadu_si128((const __m128i *)(const void *)(row[j] + field)));
        v = _mm512_inserti32x4(
            v, _mm_loadu_si128((const __m128i *)(const void *)(row[4 + j] + field)), 1);
        v = _mm512_inserti32x4(
            v, _mm_loadu_si128((const __m128i *)(const void *)(row[8 + j] + field)), 2);
        a[j] = _mm512_inserti32x4(
            v, _mm_loadu_si128((const __m128i *)(const void *)(row[12 + j] + field)), 3);
    }
    __m512i lo01 = _mm512_unpacklo_epi32(a[0], a[1]), hi01 = _mm512_unpackhi_epi32(a[0], a[1]);
    __m512i lo23 = _mm512_unpacklo_epi32(a[2], a[3]), hi23 = _mm512_unpackhi_epi32(a[2], a[3]);
    out[0] = _mm512_unpacklo_epi64(lo01, lo23);
    out[1] = _mm512_unpackhi_epi64(lo01, lo23);
    out[2] = _mm512_unpacklo_epi64(hi01, hi23);
    out[3] = _mm512_unpackhi_epi64(hi01, hi23);
}

static void locate_avx512(const uint32_t *pos, uint32_t n_fields, uint32_t n_rows, uint32_t gap,
                          uint32_t *const *start, uint32_t *const *len) {
    const __m512i one = _mm512_set1_epi32(1), wide = _mm512_set1_epi32((int)gap);
    for (uint32_t r = 0; r < n_rows; r += 16) {
        const uint32_t *row[16];
        uint32_t before[16];
        for (uint32_t j = 0; j < 16; j++) {
            row[j] = pos + (size_t)(r + j < n_rows ? r + j : n_rows - 1) * n_fields;
            before[j] = row[j][-1];
        }
        __m512i prev = _mm512_loadu_si512(before), add = one;
        for (uint32_t f = 0; f < n_fields; f += 4) {
            __m512i end[4];
            uint32_t m = n_fields - f < 4 ? n_fields - f : 4;
            transpose_16x4(row, f, end);
            for (uint32_t j = 0; j < m; j++) {
                if (start[f + j] != NULL) {
                    __m512i s = _mm512_add_epi32(prev, add);
                    _mm512_storeu_si512(start[f + j] + r, s);
                    _mm512_storeu_si512(len[f + j] + r, _mm512_sub_epi32(end[j], s));
                }
                prev = end[j];
                add = wide;
            }
        }
    }
}

static uint32_t unquote_avx512(const uint8_t *text, uint8_t quote, uint32_t *start, uint32_t *len,
                               uint32_t n, uint64_t *quoted) {
    const __m512i low = _mm512_set1_epi32(255), q = _mm512_set1_epi32(quote);
    const __m512i one = _mm512_set1_epi32(1), two = _mm512_set1_epi32(2);
    uint32_t found = 0;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t bits = 0;
        for (uint32_t r = w * 64; r < n && r < w * 64 + 64; r += 16) {
            __mmask16 live = n - r < 16 ? (__mmask16)((1u << (n - r)) - 1) : 0xffff;
            __m512i s = _mm512_maskz_loadu_epi32(live, start + r);
            __m512i l = _mm512_maskz_loadu_epi32(live, len + r);
            __m512i b = _mm512_and_si512(_mm512_i32gather_epi32(s, text, 1), low);
            __mmask16 m = _mm512_mask_cmpeq_epi32_mask(_mm512_test_epi32_mask(l, l), b, q);
            _mm512_mask_storeu_epi32(start + r, m, _mm512_add_epi32(s, one));
            _mm512_mask_storeu_epi32(len + r, m, _mm512_sub_epi32(l, two));
            bits |= (uint64_t)m << (r & 63);
        }
        quoted[w] = bits;
        found += (uint32_t)_mm_popcnt_u64(bits);
    }
    return found;
}

static uint32_t nonzero_avx512(const uint32_t *len, uint32_t n, uint64_t *bits) {
    uint32_t zeros = n;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t b = 0;
        for (uint32_t r = w * 64; r < n && r < w * 64 + 64; r += 16) {
            __mmask16 live = n - r < 16 ? (__mmask16)((1u << (n - r)) - 1) : 0xffff;
            __m512i l = _mm512_maskz_loadu_epi32(live, len + r);
            b |= (uint64_t)_mm512_test_epi32_mask(l, l) << (r & 63);
        }
        bits[w] = b;
        zeros -= (uint32_t)_mm_popcnt_u64(b);
    }
    return zeros;
}

static uint64_t count_avx512(const uint8_t *p, size_t n, uint8_t byte) {
    const __m512i want = _mm512_set1_epi8((char)byte);
    uint64_t c = 0;
    size_t i = 0;
    for (; i + 64 <= n; i += 64)
        c += (uint64_t)_mm_popcnt_u64(_mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p + i), want));
    if (i < n) {
        __mmask64 live = (1ull << (n - i)) - 1;
        c += (uint64_t)_mm_popcnt_u64(
            _mm512_mask_cmpeq_epi8_mask(live, _mm512_maskz_loadu_epi8(live, p + i), want));
    }
    return c;
}

/* Most cells already differ in length; only the others are fetched. */
static uint32_t equal_avx512(const uint8_t *text, const uint32_t *start, const uint32_t *len,
                             uint32_t n, uint64_t word, uint32_t word_len, uint64_t *bits) {
    uint64_t used = word_len == 8 ? ~0ull : (1ull << (8 * word_len)) - 1;
    const __m512i want_len = _mm512_set1_epi32((int)word_len), zero = _mm512_setzero_si512();
    const __m512i low = _mm512_set1_epi32((int)word), low_used = _mm512_set1_epi32((int)used);
    const __m512i high = _mm512_set1_epi32((int)(word >> 32));
    const __m512i high_used = _mm512_set1_epi32((int)(used >> 32));
    uint32_t found = 0;
    for (uint32_t w = 0; w * 64 < n; w++) {
        uint64_t b = 0;
        for (uint32_t r = w * 64; r < n && r < w * 64 + 64; r += 16) {
            __mmask16 live = n - r < 16 ? (__mmask16)((1u << (n - r)) - 1) : 0xffff;
            __m512i l = _mm512_maskz_loadu_epi32(live, len + r);
            __mmask16 m = _mm512_mask_cmpeq_epi32_mask(live, l, want_len);
            if (m == 0) continue;
            __m512i s = _mm512_maskz_loadu_epi32(live, start + r);
            __m512i t = _mm512_mask_i32gather_epi32(zero, m, s, text, 1);
            m = _mm512_mask_cmpeq_epi32_mask(m, _mm512_and_si512(t, low_used), low);
            if (word_len > 4 && m != 0) {
                t = _mm512_mask_i32gather_epi32(zero, m, s, text + 4, 1);
                m = _mm512_mask_cmpeq_epi32_mask(m, _mm512_and_si512(t, high_used), high);
            }
            b |= (uint64_t)m << (r & 63);
        }
        bits[w] = b;
        found += (uint32_t)_mm_popcnt_u64(b);
    }
    return found;
}

const csv_isa lf_csv_isa_avx512 = {
    .name = "avx512",
    .index = index_avx512,
    .index_tail = index_tail_avx512,
    .general = index_general,
    .locate = locate_avx512,
    .unquote = unquote_avx512,
    .nonzero = nonzero_avx512,
    .count = count_avx512,
    .equal = equal_avx512,
};
