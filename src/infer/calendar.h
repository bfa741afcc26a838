/* infer/calendar.h - dates, times and timestamps taken apart (private to infer).
 *
 * Owns: nothing. Threads: safe. Fails: a false return is "does not read so". */
#ifndef LF_INFER_CALENDAR_H
#define LF_INFER_CALENDAR_H
#include "infer/locale.h"
#include "infer/parse.h"

typedef struct lf_moment {
    uint32_t formats; /* LF_DF_ bits under which the date is a date; 0: there is no date */
    uint32_t year;
    uint32_t first, second;         /* the other two parts, in the order they were written */
    bool first_short, second_short; /* written with one digit */
    bool has_time, has_seconds, has_zone, zone_z;
    uint8_t separator;   /* between date and time, LF_SEPARATOR_ */
    bool named;          /* the month is a name; first is the month, second the day */
    lf_month_word month; /* named */
    bool weekday_full;   /* "Sunday" */
    bool unprintable;    /* no form prints it back: mIxEd case, "Sept" */
    bool twelve, half_lower, half_tight, hour_short; /* 1:05pm */
    bool frac_comma, zone_blank;
    uint8_t zone_word; /* 1 UTC, 2 GMT */
    uint8_t hour, minute, second_of_minute;
    uint8_t frac_digits;  /* 0..9 */
    uint8_t zone_spelled; /* digits and colon of the offset: 3 "+HH", 5 "+HHMM", 6 "+HH:MM" */
    bool zone_minus_zero; /* "-00:00", which no form prints */
    uint32_t nanos;
    int32_t zone_minutes; /* east of UTC */
} lf_moment;

enum { LF_SEPARATOR_BLANK, LF_SEPARATOR_T, LF_SEPARATOR_COLON, LF_SEPARATOR_COMMA };

/* A date, a timestamp or HH:MM:SS[.f] alone (formats 0, has_time), with `c`'s month names and
 * order. Where `c` has a named date format decided and `decided` is true, no other is tried. */
bool lf_moment_scan(lf_span t, const lf_parse_ctx *c, bool decided, lf_moment *out);
/* By c->format; formats = LF_DF_GIVEN if it names a date. Month and day are in
 * `first` and `second`. */
bool lf_moment_scan_format(lf_span t, const lf_parse_ctx *c, lf_moment *out);
/* Year, month and day under one format bit (or LF_DF_GIVEN). False where that is no date. */
bool lf_moment_date(const lf_moment *m, uint32_t format_bit, int32_t *days_out);
/* True where the date falls outside what nanoseconds hold. */
static inline bool lf_moment_out_of_ns(const lf_moment *m) {
    return m->year < 1678 || m->year > 2261;
}
uint32_t lf_month_days(uint32_t y, uint32_t m);

#endif
