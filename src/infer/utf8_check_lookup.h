/* infer/utf8_check_lookup.h - the tables of UTF-8 validation by lookup.
 *
 * After John Keiser and Daniel Lemire, "Validating UTF-8 In Less Than One Instruction Per Byte"
 * (2021). Whether two neighbouring bytes can stand side by side depends on three half bytes: both
 * of the first, and the upper of the second. Each table maps one of them to the set of errors
 * that it does not rule out; an error is there if it is in all three sets. What pairs cannot
 * show is whether a third or fourth byte must be a continuation: TWO_CONTINUATIONS is no error
 * exactly where two or three bytes before there is a lead of 3 or 4.
 * Zeros behind the text make the end of the text a pair like any other.
 * Owns: nothing. Threads: constants. Fails: never. Life: included by cell_utf8_*.c alone. */
#ifndef LF_INFER_CELL_UTF8_LOOKUP_H
#define LF_INFER_CELL_UTF8_LOOKUP_H
#include <stdint.h>

enum {
    U_TOO_SHORT = 1,   /* a lead without continuation */
    U_TOO_LONG = 2,    /* ASCII with a continuation */
    U_OVERLONG_3 = 4,  /* E0 80..9F */
    U_TOO_LARGE = 8,   /* F4 90.. and above */
    U_SURROGATE = 16,  /* ED A0.. */
    U_OVERLONG_2 = 32, /* C0, C1 */
    U_LARGE_1000 = 64, /* F5.. 80..8F; with F0 80..8F: OVERLONG_4 */
    U_OVERLONG_4 = 64, /* shares its bit: the two never meet */
    U_TWO_CONTS = 128, /* a continuation after a continuation */
    U_ANY_LOW = U_TOO_SHORT | U_TOO_LONG | U_TWO_CONTS,
    U_BIG = U_ANY_LOW | U_TOO_LARGE | U_LARGE_1000,
    U_CONT = U_TOO_LONG | U_OVERLONG_2 | U_TWO_CONTS,
};

/* By the upper half of the first byte. */
static const uint8_t cell_utf8_first_high[16] = {
    U_TOO_LONG,
    U_TOO_LONG,
    U_TOO_LONG,
    U_TOO_LONG,
    U_TOO_LONG,
    U_TOO_LONG,
    U_TOO_LONG,
    U_TOO_LONG,
    U_TWO_CONTS,
    U_TWO_CONTS,
    U_TWO_CONTS,
    U_TWO_CONTS,
    U_TOO_SHORT | U_OVERLONG_2,
    U_TOO_SHORT,
    U_TOO_SHORT | U_OVERLONG_3 | U_SURROGATE,
    U_TOO_SHORT | U_TOO_LARGE | U_LARGE_1000 | U_OVERLONG_4,
};

/* By its lower half. */
static const uint8_t cell_utf8_first_low[16] = {
    U_ANY_LOW | U_OVERLONG_3 | U_OVERLONG_2 | U_OVERLONG_4,
    U_ANY_LOW | U_OVERLONG_2,
    U_ANY_LOW,
    U_ANY_LOW,
    U_ANY_LOW | U_TOO_LARGE,
    U_BIG,
    U_BIG,
    U_BIG,
    U_BIG,
    U_BIG,
    U_BIG,
    U_BIG,
    U_BIG,
    U_BIG | U_SURROGATE,
    U_BIG,
    U_BIG,
};

/* By the upper half of the second byte. */
static const uint8_t cell_utf8_second_high[16] = {
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_CONT | U_OVERLONG_3 | U_LARGE_1000 | U_OVERLONG_4,
    U_CONT | U_OVERLONG_3 | U_TOO_LARGE,
    U_CONT | U_SURROGATE | U_TOO_LARGE,
    U_CONT | U_SURROGATE | U_TOO_LARGE,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
    U_TOO_SHORT,
};

#endif
