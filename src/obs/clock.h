/* obs/clock.h - time and memory of this process.
 * Owns: nothing. Threads: safe. Fails: 0 where the system does not say. */
#ifndef LF_OBS_CLOCK_H
#define LF_OBS_CLOCK_H
#include <stdint.h>
double lf_now_s(void);            /* monotonic */
double lf_cpu_s(void);            /* user + system of the process */
uint64_t lf_peak_rss_bytes(void); /* high-water mark of the process */
uint64_t lf_rss_bytes(void);
#endif
