/* infer/calendar.h - dates, times and timestamps taken apart (private to infer).
 *
 * Owns: nothing. Threads: safe. Fails: a false return is "does not read so". */
#ifndef LF_INFER_CALENDAR_H
#define LF_INFER_CALENDAR_H
#include "infer/parse.h"

typedef struct lf_moment {
    uint32_t formats; /* LF_DF_ bits under which the date is a date; 0: there is no date */
    uint32_t year;
    uint32_t first, second;         /* the other two parts, in the order they were written */
    bool first_short, second_short; /* written with one digit */
    bool has_time, has_seconds, has_zone, zone_z, t_separator;
    uint8_t hour, minute, second_of_minute;
    uint8_t frac_digits;  /* 0..9 */
    uint8_t zone_spelled; /* digits and colon of the offset: 3 "+HH", 5 "+HHMM", 6 "+HH:MM" */
    bool zone_minus_zero; /* "-00:00", which no form prints */
    uint32_t nanos;
    int32_t zone_minutes; /* east of UTC */
} lf_moment;

/* A date, a timestamp or HH:MM:SS[.f] alone (formats 0, has_time). */
bool lf_moment_scan(lf_span t, lf_moment *out);
/* By a strptime-like format; formats = LF_DF_GIVEN if it names a date. Month and day are in
 * `first` and `second`. */
bool lf_moment_scan_format(lf_span t, const char *format, lf_moment *out);
/* Year, month and day under one format bit (or LF_DF_GIVEN). False where that is no date. */
bool lf_moment_date(const lf_moment *m, uint32_t format_bit, int32_t *days_out);
/* True where the date falls outside what nanoseconds hold. */
static inline bool lf_moment_out_of_ns(const lf_moment *m) {
    return m->year < 1678 || m->year > 2261;
}
uint32_t lf_month_days(uint32_t y, uint32_t m);

#endif
