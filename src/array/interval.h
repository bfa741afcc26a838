/* array/interval.h - intervals of months, days and time as text: there is no type of ours for them.
 *
 * ISO 8601 with a sign of its own for each part, as months, days and seconds do not add up:
 * "P1M-2DT0.5S", "PT0S". Owns: nothing. Threads: pure. Fails: never. Life: plain data. */
#ifndef LF_ARRAY_INTERVAL_H
#define LF_ARRAY_INTERVAL_H
#include <stdint.h>

#define LF_INTERVAL_TEXT_MAX 80u

/* The text's length. */
uint32_t lf_interval_print(int64_t months, int64_t days, int64_t nanos,
                           char out[LF_INTERVAL_TEXT_MAX]);

#endif
