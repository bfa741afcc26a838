/* Columns for whose values there is no type of ours, and which become text: UUIDs, decimals of over
 * 38 digits as digits, intervals of days and of months with days by ISO 8601 ("P1M-2DT0.5S", each
 * part with a sign of its own, seconds as far as they go). */
#include "array/interval.h"
#include "decode/arrow/arrow_internal.h"
#include <string.h>

#define LIMBS  4u
#define GROUP  1000000000000000000ull /* the digits of a step of division */
#define DIGITS 18u

typedef struct out {
    char *p;
    uint32_t n;
} out;

static void put(out *o, char c) {
    o->p[o->n++] = c;
}

/* ---- decimals ---- */

/* The digits of a magnitude, last first; at least one more than the scale. */
static uint32_t digits_of(uint64_t limbs[LIMBS], uint32_t scale, char *digits) {
    uint32_t n = 0;
    for (bool rest = true; rest;) {
        uint64_t group = 0;
        rest = false;
        for (uint32_t i = LIMBS; i-- > 0;) {
            const __uint128_t v = (__uint128_t)group << 64 | limbs[i];
            limbs[i] = (uint64_t)(v / GROUP);
            group = (uint64_t)(v % GROUP);
            rest |= limbs[i] != 0;
        }
        for (uint32_t k = 0; k < DIGITS && (rest || group > 0); k++) {
            digits[n++] = (char)('0' + group % 10);
            group /= 10;
        }
    }
    while (n <= scale) {
        digits[n++] = '0';
    }
    return n;
}

/* `width` bytes of two's complement, low first. */
static void print_decimal(const uint8_t *p, uint32_t width, uint32_t scale, out *o) {
    uint64_t limbs[LIMBS];
    char digits[LF_ARROW_PRINT_MAX];
    const bool negative = (p[width - 1] & 0x80) != 0;
    memset(limbs, negative ? 0xff : 0, sizeof limbs);
    memcpy(limbs, p, width);
    for (uint32_t i = 0, carry = 1; negative && i < LIMBS; i++) {
        limbs[i] = ~limbs[i] + carry;
        carry &= limbs[i] == 0;
    }
    if (negative) put(o, '-');
    for (uint32_t k = digits_of(limbs, scale, digits); k > 0;) {
        if (k == scale) put(o, '.');
        put(o, digits[--k]);
    }
}

/* ---- others ---- */

static void print_uuid(const uint8_t *p, out *o) {
    static const char hex[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) put(o, '-');
        put(o, hex[p[i] >> 4]);
        put(o, hex[p[i] & 15]);
    }
}

/* ---- columns ---- */

/* As lf_arrow_int; `swapped`: of the other order of bytes. */
static int64_t part_of(const uint8_t *p, uint32_t width, bool swapped) {
    const int64_t v = lf_arrow_int(p, 0, width, true);
    if (!swapped) return v;
    return width == 4 ? (int32_t)__builtin_bswap32((uint32_t)v)
                      : (int64_t)__builtin_bswap64((uint64_t)v);
}

static void print_one(const arrow_reader *r, const arrow_field *f, const uint8_t *p, out *o) {
    if (f->is_uuid) {
        print_uuid(p, o);
    } else if (f->id == LF_ARROW_DECIMAL) {
        print_decimal(p, f->bits, f->fixed, o);
    } else {
        const bool days = f->bits == 64; /* and milliseconds; else months, days, nanoseconds */
        const int64_t first = part_of(p, 4, r->swapped), second = part_of(p + 4, 4, r->swapped);
        o->n += days ? lf_interval_print(0, first, second * 1000000, o->p + o->n)
                     : lf_interval_print(first, second, part_of(p + 8, 8, r->swapped), o->p + o->n);
    }
}

bool lf_arrow_is_printed(const arrow_field *f) {
    return f->type.id == LF_T_STRING &&
           (f->is_uuid || f->id == LF_ARROW_DECIMAL || f->id == LF_ARROW_INTERVAL);
}

lf_rc lf_arrow_printed_read(arrow_reader *r, const arrow_field *f, const arrow_runs *runs,
                            lf_arena *arena, lf_column *to, lf_error *err) {
    uint32_t *start = NULL, *len = NULL;
    uint8_t *bytes = NULL;
    uint64_t at = 0;
    out o = {0};
    if (runs->rows > (1u << 30) / LF_ARROW_PRINT_MAX)
        return lf_fail(err, LF_EMEMORY_LIMIT, "the texts of one row are over the memory limit");
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &start, err));
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &len, err));
    LF_TRY(lf_arrow_slots(arena, runs->rows * LF_ARROW_PRINT_MAX + 64, 1, &bytes, err));
    o.p = (char *)bytes;
    for (size_t i = 0; i < runs->n; i++) {
        const arrow_run *u = &runs->items[i];
        const bool decimal = f->id == LF_ARROW_DECIMAL;
        const uint32_t width = decimal ? f->bits : f->is_uuid ? f->fixed : f->bits / 8u;
        const uint8_t *p;
        if (decimal)
            LF_TRY(lf_arrow_buf_items(r, &u->node->bufs[1], u->from, u->n, width, arena, &p, err));
        else
            LF_TRY(lf_arrow_buf_get(r, &u->node->bufs[1], u->from * width, (uint64_t)u->n * width,
                                    &p, err));
        for (uint32_t k = 0; k < u->n; k++, at++) {
            start[at] = o.n;
            const bool valid = to->validity == NULL || (to->validity[at >> 6] >> (at & 63) & 1);
            if (valid) print_one(r, f, p + (size_t)k * width, &o);
            len[at] = o.n - start[at];
        }
    }
    to->bytes = bytes;
    to->start = start;
    to->len = len;
    return LF_OK;
}
