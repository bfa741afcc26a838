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
#include <string.h>

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
/* bool: kind = spelling; style = pair of words: 0 true/false, 1 yes/no, 2 y/n, 3 on/off, 4 t/f */
enum { LF_FORM_BOOL_LOWER = 0, LF_FORM_BOOL_UPPER = 1, LF_FORM_BOOL_TITLE = 2 };
enum { LF_BOOL_PAIRS = 5 };
/* The word of a pair in lower case; its length. */
uint32_t lf_bool_word(uint32_t pair, bool value, char out[6]);
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
/* Moments: style. Bits of the month's name (LF_CASE_ of infer/locale.h in the lowest two), of a
 * 12-hour clock, and of the mark before a fraction. words: the language of the month's name, what
 * stands between date and clock beside blank and T, "Mar.", "Sunday". */
enum {
    LF_STYLE_CASE = 3,
    LF_STYLE_FULL = 4,        /* "March", not "Mar" */
    LF_STYLE_HOUR_SHORT = 8,  /* "1:05 PM" */
    LF_STYLE_TWELVE = 16,     /* AM and PM */
    LF_STYLE_HALF_LOWER = 32, /* "pm" */
    LF_STYLE_HALF_TIGHT = 64, /* no blank before it */
    LF_STYLE_FRAC_COMMA = 128 /* "10:00:00,123" */
};
enum {
    LF_WORDS_LANGUAGE = 15,
    LF_WORDS_COLON = 16, /* 08/Mar/2026:10:00:00 */
    LF_WORDS_COMMA = 32, /* Mar 8, 2026, 10:00 */
    LF_WORDS_POINT = 64, /* "Mar." */
    LF_WORDS_WEEKDAY_FULL = 128
};
/* Dressed numbers: style; words: currency (5 bits) and group mark (3 bits), see infer/numeral.c. */
enum {
    LF_STYLE_GROUPS = 1,
    LF_STYLE_COMMA = 2,
    LF_STYLE_PERCENT = 4,
    LF_STYLE_MONEY_BEHIND = 8,
    LF_STYLE_MONEY_BLANK = 16, /* "5 EUR", "50 %" */
    LF_STYLE_MONEY_SIGN = 32,  /* "$-5" */
    LF_STYLE_MONEY_BRACKETS = 64
};
/* zone: how the zone of an instant was spelled; the offset itself is in the index for fixed offsets
 */
enum {
    LF_ZONE_NONE = 0,
    LF_ZONE_Z = 1,
    LF_ZONE_OFFSET_BASE = 2,
    LF_ZONE_UTC = 124,  /* "UTC" */
    LF_ZONE_GMT = 125,  /* "GMT" */
    LF_ZONE_BLANK = 128 /* with any of them: a blank before it */
};
/* 2 + n: n-th of the offsets in quarter hours from -15:00: "+HH:MM" form; other spellings are
 * exceptions */

#define LF_PRINT_MAX 96u

/* Writes value as text; returns its length (at most LF_PRINT_MAX). */
uint32_t lf_print_value(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit,
                        char out[LF_PRINT_MAX]);
lf_value lf_column_value(const lf_column *c, uint32_t row);
/* The inverse, into an array of values: any member of the union begins where it does. */
static inline void lf_value_store(void *values, uint32_t slot_bytes, uint32_t row, lf_value v) {
    uint8_t *at = (uint8_t *)values + (size_t)row * slot_bytes;
    switch (slot_bytes) {
    case 1:
        *at = v.b;
        break;
    case 4:
        memcpy(at, &v, 4);
        break;
    case 8:
        memcpy(at, &v, 8);
        break;
    default:
        memcpy(at, &v, 16);
    }
}
/* True where `text` is what the form prints: the cell is no exception in a tile of that form. */
bool lf_print_matches(lf_type t, lf_value v, lf_form f, uint32_t date_format_bit, lf_span text);
uint32_t lf_print_double_shortest(double v, char out[LF_PRINT_MAX]);

#endif
