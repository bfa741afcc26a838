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

/* Numbers: kind. Doubles: SHORTEST, FIXED, EXP (param digits after the point, "1.50e+05"),
 * EXP_UPPER. Decimals: PLAIN has exactly the type's scale, FIXED param digits, TRIMMED no zero at
 * the end of the fraction. Beyond 1e-5 and 1e15 SHORTEST writes exponents as C does (1e-07). */
enum {
    LF_FORM_PLAIN = 0,
    LF_FORM_SHORTEST = 0,
    LF_FORM_FIXED = 1,
    LF_FORM_EXP = 2,
    LF_FORM_EXP_UPPER = 3,
    LF_FORM_TRIMMED = 4
};
/* Text of formats with bare and quoted scalars (JSON): the value stood there without quotes. */
enum { LF_FORM_TEXT_BARE = 1 };
/* bool: kind = spelling */
enum { LF_FORM_BOOL_LOWER = 0, LF_FORM_BOOL_UPPER = 1, LF_FORM_BOOL_TITLE = 2 };
/* dates: kind bit 0: unpadded (8/3/2026). timestamps: kind bits: 1 'T' instead of blank, 2 no
 * seconds (HH:MM), 4 unpadded date, 8 zone without colon, 16 zone without minutes, 32 date alone
 * (the time is midnight); param = fraction digits, or LF_FORM_FRAC_TRIMMED: those that are needed.
 * Times: param alike. */
enum {
    LF_FORM_DATE_UNPADDED = 1,
    LF_FORM_TS_T = 1,
    LF_FORM_TS_NO_SECONDS = 2,
    LF_FORM_TS_UNPADDED = 4,
    LF_FORM_TS_ZONE_HHMM = 8,
    LF_FORM_TS_ZONE_HH = 16,
    LF_FORM_TS_DATE_ONLY = 32
};
enum { LF_FORM_FRAC_TRIMMED = 15 };
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
/* True where `text` is what the form prints: the cell is no exception in a tile of that form. */
bool lf_print_matches(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit, lf_span text);
uint32_t lf_print_double_shortest(double v, char out[LF_PRINT_MAX]);

#endif
