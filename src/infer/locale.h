/* infer/locale.h - how languages write months and numbers.
 *
 * English month names are read everywhere; a locale adds those of its language, its decimal mark
 * and the mark between thousands, and says whether the day or the month comes first where a
 * numeric date does not. Static tables: the host's locale has no part in it.
 * Owns: nothing. Threads: safe, static data. Fails: lf_locale_find gives LF_LOCALE_UNKNOWN. */
#ifndef LF_INFER_LOCALE_H
#define LF_INFER_LOCALE_H
#include "core/span.h"
#include <stdbool.h>
#include <stdint.h>

enum { LF_LOCALE_ENGLISH = 0, LF_LOCALE_UNKNOWN = 255 };
enum { LF_ORDER_NONE, LF_ORDER_DAY_FIRST, LF_ORDER_MONTH_FIRST };

typedef struct lf_locale {
    const char *name; /* "de"; regions only where they differ: "en-US" */
    uint8_t names;    /* whose month names: index of lf_month_* */
    uint8_t order;    /* LF_ORDER_ */
    char decimal_mark, group_mark;
} lf_locale;

/* "de", "de-DE", "de_AT.UTF-8", in any case. NULL: no such locale. */
const lf_locale *lf_locale_find(const char *name);
/* All names, parted by '|'. */
const char *lf_locale_list(void);

/* How a month's name was written. */
enum { LF_CASE_TITLE = 0, LF_CASE_UPPER = 1, LF_CASE_LOWER = 2, LF_CASE_OTHER = 3 };
typedef struct lf_month_word {
    uint8_t month;    /* 1..12 */
    uint8_t names;    /* the language it was found in */
    uint8_t spelling; /* LF_CASE_ */
    bool is_full, is_short, dot;
} lf_month_word;

#define LF_MONTH_NAME_MAX 24u

/* The month whose whole name, full or short, t begins with; its length, or 0. A point behind a
 * short name belongs to it. English and then `names` are looked at. */
uint32_t lf_month_read(lf_span t, uint8_t names, lf_month_word *out);
/* Writes a name; its length. */
uint32_t lf_month_print(uint8_t names, uint32_t month, bool full, uint32_t spelling, char *out);

/* Weekdays, English: 0 is Sunday. The length read, or 0. */
uint32_t lf_weekday_read(lf_span t, uint32_t *day_out, bool *full_out, uint32_t *spelling_out);
uint32_t lf_weekday_print(uint32_t day, bool full, uint32_t spelling, char *out);

#endif
