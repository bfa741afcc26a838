/* charset/ruler.c - how many bytes of a charset a text was decoded from, told by the text alone.
 *
 * Each character is counted where its first byte stands (in charsets of two bytes: where its last
 * one does, as the character decides). ASCII is most of most texts and goes 32 bytes a step; what
 * else it is eight, where the charset has one size for nearly all. A byte that did not decode
 * stands in the text as 0xFF and itself, or as U+FFFD. */
#include "charset/charset_table.h"
#include <string.h>

#define EACH(b) (0x0101010101010101ull * (b))

struct lf_ruler {
    const lf_alloc *alloc;
    const lf_charset *from;
    uint64_t total;
    uint8_t unit;    /* bytes of an ASCII character */
    bool mark;       /* the next byte belongs to a mark */
    uint8_t left;    /* of two bytes: bytes to come of the character at hand */
    uint32_t c;      /* likewise: what there is of it */
    uint8_t pairs[]; /* GB18030: bits of the characters that have two bytes */
};

#define PAIRS_BYTES (65536 / 8)

static size_t ruler_bytes(const lf_charset *from) {
    const bool wants = from->kind == CHARSET_DOUBLE && from->pairs->four_bytes;
    return sizeof(lf_ruler) + (wants ? PAIRS_BYTES : 0);
}

static void note_pairs(lf_ruler *r, const charset_double *d) {
    for (unsigned lead = d->lead_first; lead <= d->lead_last; lead++)
        for (unsigned trail = 0; trail < 256; trail++) {
            const uint32_t c = lf_charset_pair(d, (uint8_t)lead, (uint8_t)trail);
            r->pairs[c >> 3] |= (uint8_t)(1u << (c & 7));
        }
}

lf_rc lf_ruler_create(const lf_alloc *a, const lf_charset *from, lf_ruler **out, lf_error *err) {
    *out = NULL;
    if (from->kind == CHARSET_UTF8) return LF_OK;
    lf_ruler *r = lf_mem_zalloc(a, ruler_bytes(from));
    if (r == NULL) return lf_fail_nomem(err, ruler_bytes(from));
    r->alloc = a;
    r->from = from;
    r->unit = from->kind == CHARSET_UTF16 ? 2 : from->kind == CHARSET_UTF32 ? 4 : 1;
    if (ruler_bytes(from) > sizeof *r) note_pairs(r, from->pairs);
    *out = r;
    return LF_OK;
}

void lf_ruler_destroy(lf_ruler *r) {
    if (r != NULL) lf_mem_free(r->alloc, r, ruler_bytes(r->from));
}

const lf_charset *lf_ruler_charset(const lf_ruler *r) {
    return r->from;
}

void lf_ruler_start(lf_ruler *r, uint64_t total) {
    r->total = total;
    r->mark = false;
    r->left = 0;
}

uint64_t lf_ruler_total(const lf_ruler *r) {
    return r->total;
}

/* Bytes of a character above 0x7F in a charset of two. The euro sign of GBK, which may be one, is
 * taken for two. */
static unsigned double_bytes(const lf_ruler *r, uint32_t c) {
    const charset_double *d = r->from->pairs;
    if (c == 0xFFFD) return 1;
    if (d->four_bytes) return c > 0xFFFF || !(r->pairs[c >> 3] >> (c & 7) & 1) ? 4 : 2;
    return c >= d->low_char && c - d->low_char <= (uint32_t)(d->high - d->low) && d->low < d->high
               ? 1
               : 2;
}

/* A byte above 0x7F, or one of a mark. */
static void count_byte(lf_ruler *r, uint8_t b) {
    const charset_kind kind = r->from->kind;
    if (r->mark) {
        r->mark = false;
    } else if (b == 0xFF) {
        r->mark = true;
        r->total += kind == CHARSET_UTF32 ? 4 : 1;
    } else if (b < 0x80) {
        r->total += r->unit;
    } else if (b >= 0xC0 && kind != CHARSET_DOUBLE) {
        r->total += kind == CHARSET_UTF16 && b >= 0xF0 ? 4 : r->unit;
    } else if (b >= 0xC0) {
        r->left = b >= 0xF0 ? 3 : b >= 0xE0 ? 2 : 1;
        r->c = b & (0x3Fu >> r->left);
    } else if (r->left > 0) {
        r->c = r->c << 6 | (b & 0x3F);
        if (--r->left == 0) r->total += double_bytes(r, r->c);
    }
}

/* Eight bytes of which none is a mark and each character has one size; false: they are not such. */
static bool count_eight(lf_ruler *r, uint64_t w) {
    if (r->from->kind == CHARSET_DOUBLE) return false;
    const uint64_t top = w >> 7, second = w >> 6;
    if ((top & second & w >> 5 & w >> 4 & EACH(1)) != 0) return false; /* 0xF0 and above */
    const uint64_t inner = top & ~second & EACH(1);
    r->total += r->unit * (8 - (inner * EACH(1) >> 56));
    return true;
}

void lf_ruler_add(lf_ruler *r, lf_span text) {
    const uint8_t *p = text.data;
    const size_t n = text.len;
    size_t i = 0;
    while (i < n) {
        uint64_t w[4];
        if (n - i < sizeof w || r->mark) {
            count_byte(r, p[i++]);
            continue;
        }
        memcpy(w, p + i, sizeof w);
        if (((w[0] | w[1] | w[2] | w[3]) & EACH(0x80)) == 0) {
            r->total += 32ull * r->unit;
            i += 32;
        } else if (count_eight(r, w[0])) {
            i += 8;
        } else {
            for (int k = 0; k < 8; k++)
                count_byte(r, p[i++]);
        }
    }
}
