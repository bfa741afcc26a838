/* charset/transcode.c - bytes of a charset to UTF-8.
 *
 * Text is mostly ASCII, also in UTF-16: sixteen characters at a time are looked at and copied, and
 * only what is not ASCII is taken one by one. One undecodable byte (or unit) costs that byte alone;
 * reading goes on behind it, so that damage never swallows a line end. */
#include "charset/charset_table.h"
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#define ROOM 16u /* what a step may write */

struct lf_transcoder {
    const lf_alloc *alloc;
    const lf_charset *from;
    size_t (*run)(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                  size_t *got_out);
    bool lossy, started;
    uint8_t mark;       /* bytes of it that were dropped */
    uint32_t high[128]; /* CHARSET_SINGLE: UTF-8 of 0x80 to 0xFF, its length in the top byte */
};

static inline size_t put_char(uint8_t *dst, uint32_t c) {
    if (c < 0x80) {
        dst[0] = (uint8_t)c;
        return 1;
    }
    if (c < 0x800) {
        dst[0] = (uint8_t)(0xC0 | c >> 6);
        dst[1] = (uint8_t)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        dst[0] = (uint8_t)(0xE0 | c >> 12);
        dst[1] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
        dst[2] = (uint8_t)(0x80 | (c & 0x3F));
        return 3;
    }
    dst[0] = (uint8_t)(0xF0 | c >> 18);
    dst[1] = (uint8_t)(0x80 | (c >> 12 & 0x3F));
    dst[2] = (uint8_t)(0x80 | (c >> 6 & 0x3F));
    dst[3] = (uint8_t)(0x80 | (c & 0x3F));
    return 4;
}

/* A byte that is none of the charset. */
static size_t put_bad(const lf_transcoder *t, uint8_t *dst, uint8_t byte) {
    if (t->lossy) return put_char(dst, 0xFFFD);
    dst[0] = 0xFF;
    dst[1] = byte;
    return 2;
}

/* -- one byte or two a character ---------------------------------------------------------- */

/* Copies the ASCII that `in` begins with; how much. */
static inline size_t copy_ascii(const uint8_t *p, size_t n, uint8_t *dst, size_t cap) {
    size_t i = 0;
    if (n > cap) n = cap;
#ifdef __SSE2__
    for (; n - i >= 16; i += 16) {
        const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + i));
        const unsigned high = (unsigned)_mm_movemask_epi8(v);
        _mm_storeu_si128((__m128i *)(void *)(dst + i), v);
        if (high) return i + (size_t)__builtin_ctz(high);
    }
#else
    for (; n - i >= 8; i += 8) {
        uint64_t v;
        memcpy(&v, p + i, 8);
        if (v & 0x8080808080808080ull) break;
        memcpy(dst + i, &v, 8);
    }
#endif
    for (; i < n && p[i] < 0x80; i++)
        dst[i] = p[i];
    return i;
}

static size_t run_single(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                         size_t *got_out) {
    (void)last;
    size_t i = 0, o = 0;
    while (i < in.len && cap - o >= ROOM) {
        const size_t k = copy_ascii(in.data + i, in.len - i, dst + o, cap - o);
        i += k;
        o += k;
        /* Letters with marks stand close: the next few are looked at one by one. */
        for (int few = 8; few > 0 && i < in.len && cap - o >= ROOM; few--) {
            const uint8_t c = in.data[i];
            const uint32_t e = c < 0x80 ? c | 1u << 24 : t->high[c - 0x80];
            memcpy(dst + o, &e, 4);
            o += e >> 24;
            i++;
        }
    }
    *got_out = o;
    return i;
}

/* One character at p, which is no ASCII: bytes used; 0: its end is missing. */
static size_t take_double(const lf_transcoder *t, const uint8_t *p, size_t n, bool last,
                          uint8_t *dst, size_t *wrote) {
    const charset_double *d = t->from->pairs;
    if (p[0] >= d->low && p[0] <= d->high) {
        *wrote = put_char(dst, (uint32_t)(p[0] - d->low) + d->low_char);
        return 1;
    }
    const bool lead = p[0] >= d->lead_first && p[0] <= d->lead_last;
    if (lead && n < 2 && !last) return 0;
    if (lead && n >= 2 && d->four_bytes && p[1] >= 0x30 && p[1] <= 0x39) {
        if (n < 4 && !last) return 0;
        const bool four = n >= 4 && p[2] >= 0x81 && p[2] <= 0xFE && p[3] >= 0x30 && p[3] <= 0x39;
        const uint32_t c = four ? lf_charset_four(p) : 0;
        if (c != 0) {
            *wrote = put_char(dst, c);
            return 4;
        }
    } else if (lead && n >= 2) {
        const uint32_t c = lf_charset_pair(d, p[0], p[1]);
        if (c != 0) {
            *wrote = put_char(dst, c);
            return 2;
        }
    }
    *wrote = put_bad(t, dst, p[0]);
    return 1;
}

static size_t run_double(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                         size_t *got_out) {
    size_t i = 0, o = 0;
    while (i < in.len && cap - o >= ROOM) {
        if (in.data[i] < 0x80) {
            const size_t k = copy_ascii(in.data + i, in.len - i, dst + o, cap - o);
            i += k;
            o += k;
            continue;
        }
        size_t wrote = 0;
        const size_t used = take_double(t, in.data + i, in.len - i, last, dst + o, &wrote);
        if (used == 0) break;
        i += used;
        o += wrote;
    }
    *got_out = o;
    return i;
}

/* -- UTF-8 with damage -------------------------------------------------------------------- */

/* A sequence above 0x7F: its length if it is well formed; else 0, and *bad the bytes that one
 * U+FFFD stands for (the longest beginning of a sequence); *cut: it may go on behind p[n]. */
static size_t sequence(const uint8_t *p, size_t n, size_t *bad, bool *cut) {
    const uint8_t lead = p[0];
    const size_t want = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    uint8_t low = 0x80, high = 0xBF;
    *bad = 1;
    *cut = false;
    if (lead < 0xC2 || lead > 0xF4) return 0;
    if (lead == 0xE0) low = 0xA0;
    if (lead == 0xED) high = 0x9F;
    if (lead == 0xF0) low = 0x90;
    if (lead == 0xF4) high = 0x8F;
    for (size_t k = 1; k < want; k++) {
        if (k == n) {
            *cut = true;
            return 0;
        }
        if (p[k] < low || p[k] > high) return 0;
        low = 0x80;
        high = 0xBF;
        *bad = k + 1;
    }
    return want;
}

static size_t run_utf8(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                       size_t *got_out) {
    size_t i = 0, o = 0;
    while (i < in.len && cap - o >= ROOM) {
        const uint8_t *p = in.data + i;
        if (p[0] < 0x80) {
            const size_t k = copy_ascii(p, in.len - i, dst + o, cap - o);
            i += k;
            o += k;
            continue;
        }
        size_t bad = 0;
        bool cut = false;
        const size_t n = sequence(p, in.len - i, &bad, &cut);
        if (cut && !last) break;
        if (n > 0) memcpy(dst + o, p, n);
        o += n > 0 ? n : t->lossy ? put_char(dst + o, 0xFFFD) : put_bad(t, dst + o, p[0]);
        i += n > 0 ? n : t->lossy ? bad : 1;
    }
    *got_out = o;
    return i;
}

/* -- UTF-16 and UTF-32 -------------------------------------------------------------------- */

static inline uint32_t unit16(const uint8_t *p, bool big) {
    return big ? (uint32_t)p[0] << 8 | p[1] : (uint32_t)p[1] << 8 | p[0];
}

/* Copies the ASCII that the units at p begin with; how many units. */
static inline size_t copy_units(const uint8_t *p, size_t n, bool big, uint8_t *dst, size_t cap) {
    size_t i = 0;
    if (n > cap) n = cap;
#ifdef __SSE2__
    const __m128i above = _mm_set1_epi16((short)0xFF80), zero = _mm_setzero_si128();
    for (; n - i >= 16; i += 16) {
        __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * i));
        __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * i + 16));
        if (big) {
            a = _mm_or_si128(_mm_slli_epi16(a, 8), _mm_srli_epi16(a, 8));
            b = _mm_or_si128(_mm_slli_epi16(b, 8), _mm_srli_epi16(b, 8));
        }
        const __m128i fit_a = _mm_cmpeq_epi16(_mm_and_si128(a, above), zero);
        const __m128i fit_b = _mm_cmpeq_epi16(_mm_and_si128(b, above), zero);
        const unsigned fit = (unsigned)_mm_movemask_epi8(_mm_packs_epi16(fit_a, fit_b));
        _mm_storeu_si128((__m128i *)(void *)(dst + i), _mm_packus_epi16(a, b));
        if (fit != 0xFFFF) return i + (size_t)__builtin_ctz(~fit);
    }
#endif
    for (; i < n; i++) {
        const uint32_t u = unit16(p + 2 * i, big);
        if (u >= 0x80) break;
        dst[i] = (uint8_t)u;
    }
    return i;
}

static inline size_t run_utf16(const lf_transcoder *t, lf_span in, bool last, bool big,
                               uint8_t *dst, size_t cap, size_t *got_out) {
    const uint8_t *p = in.data;
    const size_t n = in.len / 2; /* whole units */
    size_t i = 0, o = 0;
    while (i < n && cap - o >= ROOM) {
        uint32_t c = unit16(p + 2 * i, big);
        if (c < 0x80) {
            const size_t k = copy_units(p + 2 * i, n - i, big, dst + o, cap - o);
            i += k;
            o += k;
            continue;
        }
        if (c >= 0xD800 && c < 0xDC00) {
            if (i + 1 == n && !last) break;
            const uint32_t low = i + 1 < n ? unit16(p + 2 * i + 2, big) : 0;
            const bool pair = low >= 0xDC00 && low < 0xE000;
            if (pair) c = 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
            i += pair;
        }
        /* A surrogate that stands alone comes out as three bytes that are no UTF-8. */
        if (t->lossy && c >= 0xD800 && c < 0xE000) c = 0xFFFD;
        o += put_char(dst + o, c);
        i++;
    }
    size_t used = 2 * i;
    if (last && used + 1 == in.len && cap - o >= ROOM) o += put_bad(t, dst + o, p[used++]);
    *got_out = o;
    return used;
}

static size_t run_utf16le(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                          size_t *got_out) {
    return run_utf16(t, in, last, false, dst, cap, got_out);
}

static size_t run_utf16be(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                          size_t *got_out) {
    return run_utf16(t, in, last, true, dst, cap, got_out);
}

static inline size_t run_utf32(const lf_transcoder *t, lf_span in, bool last, bool big,
                               uint8_t *dst, size_t cap, size_t *got_out) {
    size_t i = 0, o = 0;
    for (; in.len - i >= 4 && cap - o >= ROOM; i += 4) {
        const uint8_t *p = in.data + i;
        const uint32_t c = big ? unit16(p, true) << 16 | unit16(p + 2, true)
                               : unit16(p + 2, false) << 16 | unit16(p, false);
        if (c > 0x10FFFF)
            o += put_bad(t, dst + o, 0xFF);
        else
            o += put_char(dst + o, t->lossy && c >= 0xD800 && c < 0xE000 ? 0xFFFD : c);
    }
    if (last && in.len - i < 4 && i < in.len && cap - o >= ROOM) {
        o += put_bad(t, dst + o, in.data[i]);
        i = in.len;
    }
    *got_out = o;
    return i;
}

static size_t run_utf32le(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                          size_t *got_out) {
    return run_utf32(t, in, last, false, dst, cap, got_out);
}

static size_t run_utf32be(const lf_transcoder *t, lf_span in, bool last, uint8_t *dst, size_t cap,
                          size_t *got_out) {
    return run_utf32(t, in, last, true, dst, cap, got_out);
}

/* -- the transcoder ----------------------------------------------------------------------- */

/* Drops the mark in front, which also settles the order of the bytes. False: too few bytes. */
static bool drop_mark(lf_transcoder *t, lf_span in, bool last, size_t *used) {
    static const uint8_t little[4] = {0xFF, 0xFE, 0, 0}, big[4] = {0, 0, 0xFE, 0xFF};
    const bool wide = t->from->kind == CHARSET_UTF32;
    const size_t n = t->from->kind == CHARSET_UTF16 ? 2 : wide ? 4 : 0;
    *used = 0;
    if (in.len < n) return last;
    if (n == 0) return true;
    if (memcmp(in.data, little, n) == 0) {
        t->run = wide ? run_utf32le : run_utf16le;
        *used = n;
    } else if (memcmp(in.data, big + 4 - n, n) == 0) {
        t->run = wide ? run_utf32be : run_utf16be;
        *used = n;
    }
    return true;
}

void lf_transcoder_run(lf_transcoder *t, lf_span in, bool last, size_t *used_out, uint8_t *dst,
                       size_t cap, size_t *got_out) {
    size_t mark = 0;
    *used_out = *got_out = 0;
    if (!t->started && !drop_mark(t, in, last, &mark)) return;
    if (!t->started) t->mark = (uint8_t)mark;
    t->started = true;
    *used_out = mark;
    *used_out += t->run(t, (lf_span){in.data + mark, in.len - mark}, last, dst, cap, got_out);
}

static void make_single(lf_transcoder *t) {
    for (uint32_t i = 0; i < 128; i++) {
        uint8_t text[4] = {0};
        const uint16_t c = t->from->single[i];
        const size_t n =
            c == CHARSET_NONE ? put_bad(t, text, (uint8_t)(0x80 + i)) : put_char(text, c);
        /* Written by memcpy as it stands in memory, the length behind the bytes. */
        text[3] = (uint8_t)n;
        t->high[i] = (uint32_t)text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16 |
                     (uint32_t)text[3] << 24;
    }
}

lf_rc lf_transcoder_create(const lf_alloc *a, const lf_charset *from, bool lossy,
                           lf_transcoder **out, lf_error *err) {
    lf_transcoder *t = lf_mem_zalloc(a, sizeof *t);
    if (t == NULL) return lf_fail_nomem(err, sizeof *t);
    t->alloc = a;
    t->from = from;
    t->lossy = lossy;
    const bool big = from->big_endian;
    switch (from->kind) {
    case CHARSET_UTF8:
        t->run = run_utf8;
        break;
    case CHARSET_UTF16:
        t->run = big ? run_utf16be : run_utf16le;
        break;
    case CHARSET_UTF32:
        t->run = big ? run_utf32be : run_utf32le;
        break;
    case CHARSET_SINGLE:
        t->run = run_single;
        make_single(t);
        break;
    case CHARSET_DOUBLE:
        t->run = run_double;
        break;
    }
    *out = t;
    return LF_OK;
}

size_t lf_transcoder_mark(const lf_transcoder *t) {
    return t->mark;
}

void lf_transcoder_destroy(lf_transcoder *t) {
    if (t != NULL) lf_mem_free(t->alloc, t, sizeof *t);
}
