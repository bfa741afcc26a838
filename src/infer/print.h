/* infer/print.h - printing typed values back exactly as they were written.
 *
 * Canonical prints: integers in decimal; doubles by the shortest digits that read back,
 * without exponent between 1e-5 and 1e15 (LF_FORM_SHORTEST), or with a fixed number of digits after
 * the point (LF_FORM_FIXED, param = digits); dates zero-padded in the column's format; timestamps
 * with the separator, fraction digits and zone spelling of their form; true/false by spelling.
 * Owns: nothing. Threads: safe. Fails: never. */
#ifndef LF_INFER_PRINT_H
#define LF_INFER_PRINT_H
#include "infer/parse.h"

enum { LF_FORM_PLAIN = 0, LF_FORM_SHORTEST = 0, LF_FORM_FIXED = 1 }; /* numbers: kind */
/* bool: kind = spelling */
enum { LF_FORM_BOOL_LOWER = 0, LF_FORM_BOOL_UPPER = 1, LF_FORM_BOOL_TITLE = 2 };
/* dates: kind bit 0: unpadded (8/3/2026). timestamps: kind bits: 1 'T' instead of blank, 2 no
 * seconds (HH:MM), 4 unpadded date; param = fraction digits. */
enum {
    LF_FORM_DATE_UNPADDED = 1,
    LF_FORM_TS_T = 1,
    LF_FORM_TS_NO_SECONDS = 2,
    LF_FORM_TS_UNPADDED = 4
};
/* zone: how the zone of an instant was spelled; the offset itself is in the index for fixed offsets
 */
enum { LF_ZONE_NONE = 0, LF_ZONE_Z = 1, LF_ZONE_OFFSET_BASE = 2 };
/* 2 + n: n-th of the offsets in quarter hours from -15:00: "+HH:MM" form; other spellings are
 * exceptions */

#define LF_PRINT_MAX 96u

/* Writes value as text; returns its length (at most LF_PRINT_MAX). */
uint32_t lf_print_value(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit,
                        char out[LF_PRINT_MAX]);
lf_value lf_column_value(const lf_column *c, uint32_t row);
uint32_t lf_print_double_shortest(double v, char out[LF_PRINT_MAX]);

#endif
