/* Columns for whose values there is no type of ours, and which become text: UUIDs, decimals of over
 * 38 digits as digits, intervals of days and of months with days by ISO 8601 ("P1M-2DT0.5S", each
 * part with a sign of its own, seconds as far as they go). */
#include "array/printed.h"
#include "decode/arrow/arrow_internal.h"
#include <string.h>

#define LIMBS 4u

/* `width` bytes of two's complement, low first. */
static uint32_t print_decimal(const uint8_t *p, uint32_t width, uint32_t scale, char *to) {
    uint64_t limbs[LIMBS];
    memset(limbs, (p[width - 1] & 0x80) != 0 ? 0xff : 0, sizeof limbs);
    memcpy(limbs, p, width);
    return lf_decimal_print(limbs, LIMBS, scale, to);
}

/* As lf_arrow_int; `swapped`: of the other order of bytes. */
static int64_t part_of(const uint8_t *p, uint32_t width, bool swapped) {
    const int64_t v = lf_arrow_int(p, 0, width, true);
    if (!swapped) return v;
    return width == 4 ? (int32_t)__builtin_bswap32((uint32_t)v)
                      : (int64_t)__builtin_bswap64((uint64_t)v);
}

static uint32_t print_one(const arrow_reader *r, const arrow_field *f, const uint8_t *p, char *to) {
    if (f->is_uuid) return lf_uuid_print(p, to);
    if (f->id == LF_ARROW_DECIMAL) return print_decimal(p, f->bits, f->fixed, to);
    const bool days = f->bits == 64; /* and milliseconds; else months, days, nanoseconds */
    const int64_t first = part_of(p, 4, r->swapped), second = part_of(p + 4, 4, r->swapped);
    return days ? lf_interval_print(0, first, second * 1000000, to)
                : lf_interval_print(first, second, part_of(p + 8, 8, r->swapped), to);
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
    uint32_t used = 0;
    if (runs->rows > (1u << 30) / LF_ARROW_PRINT_MAX)
        return lf_fail(err, LF_EMEMORY_LIMIT, "the texts of one row are over the memory limit");
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &start, err));
    LF_TRY(lf_arrow_slots(arena, runs->rows, 4, &len, err));
    LF_TRY(lf_arrow_slots(arena, runs->rows * LF_ARROW_PRINT_MAX + 64, 1, &bytes, err));
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
            start[at] = used;
            const bool valid = to->validity == NULL || (to->validity[at >> 6] >> (at & 63) & 1);
            len[at] = valid ? print_one(r, f, p + (size_t)k * width, (char *)bytes + used) : 0;
            used += len[at];
        }
    }
    to->bytes = bytes;
    to->start = start;
    to->len = len;
    return LF_OK;
}
