/* array/printed.h - values as text for which there is no type of ours.
 *
 * Intervals of months, days and time by ISO 8601 with a sign of its own for each part, as months,
 * days and seconds do not add up: "P1M-2DT0.5S", "PT0S". UUIDs as everywhere. Decimals of more
 * than 38 digits as digits. Each returns the text's length.
 * Owns: nothing. Threads: pure. Fails: never. Life: plain data. */
#ifndef LF_ARRAY_PRINTED_H
#define LF_ARRAY_PRINTED_H
#include <stdint.h>

#define LF_INTERVAL_TEXT_MAX 80u
#define LF_UUID_TEXT_MAX     36u
#define LF_DECIMAL_LIMBS_MAX 16u
#define LF_DECIMAL_SCALE_MAX 105u
#define LF_DECIMAL_TEXT_MAX  420u /* of as many limbs */

uint32_t lf_interval_print(int64_t months, int64_t days, int64_t nanos,
                           char out[LF_INTERVAL_TEXT_MAX]);
/* Of 16 bytes. */
uint32_t lf_uuid_print(const uint8_t *p, char out[LF_UUID_TEXT_MAX]);
/* Of n limbs of two's complement, low first, which are used up. `out` has room for the digits, one
 * more than the scale at the least, and for sign and point. */
uint32_t lf_decimal_print(uint64_t *limbs, uint32_t n, uint32_t scale, char *out);

#endif
