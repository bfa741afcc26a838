/* infer/parse.h - the one definition of what text reads as what (all input formats).
 *
 * SIMD kernels elsewhere are fast forms of these functions and are tested against them.
 * Owns: nothing. Threads: safe. Fails: a false return is "does not read as this". */
#ifndef LF_INFER_PARSE_H
#define LF_INFER_PARSE_H
#include "array/batch.h"
#include "infer/evidence.h"
#include <stddef.h>

struct lf_option;

/* Date formats, bits of lf_evidence.date_formats. Unpadded days and months are accepted (and are
 * exceptions or another form in print); years have four digits. */
enum {
    LF_DF_YMD_DASH = 1u << 0,  /* 2026-03-08: ISO; also the date part of timestamps */
    LF_DF_YMD_SLASH = 1u << 1, /* 2026/03/08 */
    LF_DF_DMY_SLASH = 1u << 2,
    LF_DF_MDY_SLASH = 1u << 3,
    LF_DF_DMY_DOT = 1u << 4,
    LF_DF_DMY_DASH = 1u << 5,
    LF_DF_MDY_DASH = 1u << 6,
    LF_DF_YMD_DOT = 1u << 7,
    LF_DF_MDY_DOT = 1u << 8,
    LF_DF_NUMERIC = (1u << 9) - 1,   /* those above: kernels know them */
    LF_DF_DMY_NAME_DASH = 1u << 9,   /* 08-Mar-2026, short and full names alike */
    LF_DF_DMY_NAME_BLANK = 1u << 10, /* 8 March 2026 */
    LF_DF_DMY_NAME_SLASH = 1u << 11, /* 08/Mar/2026 */
    LF_DF_DMY_NAME_POINT = 1u << 12, /* 8. März 2026 */
    LF_DF_DMY_NAME_DE = 1u << 13,    /* 8 de marzo de 2026 */
    LF_DF_MDY_NAME_COMMA = 1u << 14, /* March 8, 2026 */
    LF_DF_MDY_NAME_BLANK = 1u << 15, /* Mar 8 2026 */
    LF_DF_YMD_NAME_DASH = 1u << 16,  /* 2026-Mar-08 */
    LF_DF_DAY_DMY_NAME = 1u << 17,   /* Sun, 08 Mar 2026 (RFC 2822) */
    LF_DF_DAY_MDY_NAME = 1u << 18,   /* Sunday, March 8, 2026 */
    LF_DF_CTIME = 1u << 19,          /* Sun Mar  8 10:00:00 2026 */
    LF_DF_BASIC = 1u << 20,          /* 20260308T101500Z */
    LF_DF_ALL = (1u << 21) - 1,
    LF_DF_GIVEN = 1u << 21, /* by lf_parse_ctx.format; not part of ALL */
};

typedef enum lf_null_mode { LF_NULL_NO, LF_NULL_EMPTY, LF_NULL_WORD } lf_null_mode;

/* Default null words of CONTRACT.md, in form order (lf_form.null_word = index + 1). */
extern const char *const lf_null_words_default[]; /* \N NULL null NA N/A NaN - ; NULL-terminated */

/* Everything a cell needs to be read under. */
typedef struct lf_parse_ctx {
    const char *const *null_words; /* words that are null in typed columns (unquoted only) */
    uint32_t n_null_words;
    bool null_words_everywhere; /* explicit --null: also in text columns */
    uint32_t date_format;       /* the one bit that dates and timestamps are read by */
    const char *format;         /* an explicit strptime-like format, or NULL: %Y %y %m %d %e %b %B
                                   %a %A %H %I %p %M %S %f %z %T %F %%; or "epoch:ms" */
    bool given_type; /* the type was asked for: doubles may round digits that they cannot hold,
                        integers may have zeros and a plus in front */
    /* What options add (lf_parse_ctx_options); all zero without them. */
    uint8_t month_names; /* language beside English, infer/locale.h */
    uint8_t date_order;  /* LF_ORDER_: what a date reads as that does not tell */
    uint8_t numbers;     /* LF_NUMBERS_ bits: how numbers may be dressed; 0: plainly */
    char group_mark;     /* LF_NUMBERS_GROUPS */
    uint32_t bool_words; /* LF_K_ bits of words that may be bools: a column's head must show both
                            words of a pair */
} lf_parse_ctx;

enum {
    LF_NUMBERS_GROUPS = 1,   /* 1,234.56 with group_mark */
    LF_NUMBERS_COMMA = 2,    /* the decimal mark is a comma */
    LF_NUMBERS_CURRENCY = 4, /* $5, 5 EUR, ($5) */
    LF_NUMBERS_PERCENT = 8   /* 50% is 0.5 */
};

/* What one cell is: joined into `e`. Empty and null words add no kind but NULL_WORD / QUOTED_EMPTY.
 * `quoted`: the cell stood in quotes (then null words are text). */
void lf_evidence_add(lf_evidence *e, lf_span text, bool quoted, const lf_parse_ctx *c);

typedef union lf_value {
    int64_t i64;
    uint64_t u64;
    double f64;
    int32_t date;
    uint8_t b;
    uint64_t dec[2]; /* two's complement, low word first */
} lf_value;

/* Reads `text` as type t. Returns false where it does not read as t (then the column widens or
 * the row is bad). *form_out says how to print it back. *exact_out false: no form prints it
 * back (keep it as an exception). Nulls are the caller's business, except NaN words in double. */
bool lf_parse_value(lf_type t, lf_span text, const lf_parse_ctx *c, lf_value *out,
                    lf_form *form_out, bool *exact_out);
/* LF_NULL_EMPTY: empty; LF_NULL_WORD: one of the words (index out). */
lf_null_mode lf_parse_null(lf_span text, bool quoted, const lf_parse_ctx *c, uint32_t *word_out);

typedef enum lf_cell { LF_CELL_MISFIT, LF_CELL_NULL, LF_CELL_VALUE } lf_cell;
enum { LF_NULL_QUOTED = UINT32_MAX }; /* the null was written as "" */
/* A whole cell, nulls and quotes included: what a decoder's scalar path calls. Adds what the cell
 * shows to `e` (may be NULL: given types). MISFIT: the column must widen, or the row is bad.
 * NULL: *null_out is 0 for an empty cell, else 1 + index of the word, or LF_NULL_QUOTED.
 * VALUE: as lf_parse_value; strings have no value. */
lf_cell lf_parse_cell(lf_type t, lf_span text, bool quoted, const lf_parse_ctx *c, lf_evidence *e,
                      lf_value *out, lf_form *form_out, bool *exact_out, uint32_t *null_out);
/* The default words with LF_DF_YMD_DASH. */
void lf_parse_ctx_init(lf_parse_ctx *c);
/* Adds what --locale, --thousands, --decimal-comma, --currency and --percent say (checked before).
 */
void lf_parse_ctx_options(lf_parse_ctx *c, const struct lf_option *options, size_t n);
/* The same without what is about numbers: formats whose numbers have a grammar of their own. */
void lf_parse_ctx_dates(lf_parse_ctx *c, const struct lf_option *options, size_t n);
/* 0, 3, 6, 9 for the formats "epoch:s", "epoch:ms", "epoch:us", "epoch:ns"; else UINT32_MAX. */
uint32_t lf_epoch_digits(const char *format);
/* The one LF_DF_ bit that reads and prints the same as an explicit date format, or 0. */
uint32_t lf_date_format_of(const char *format);
/* LF_ESCHEMA for a directive that is none, and where the format misses or adds what `t` needs. */
LF_NODISCARD lf_rc lf_date_format_check(const char *format, lf_type t, lf_error *err);
const char *lf_date_format_text(uint32_t bit); /* "%d/%m/%Y"; NULL: not one bit of LF_DF_ */

/* Parts, for kernels and formats: all exact, all reject what CONTRACT.md keeps as text
 * (leading zeros, '+', hex, thousands, blanks). */
bool lf_parse_int64(lf_span t, int64_t *out);
bool lf_parse_uint64(lf_span t, uint64_t *out);
/* Digits with at most one point and an optional exponent. int, fraction and significant digits out.
 */
bool lf_parse_double(lf_span t, double *out, uint32_t *int_digits, uint32_t *frac_digits,
                     uint32_t *sig_digits);
bool lf_parse_decimal(lf_span t, uint32_t scale, uint64_t out[2], uint32_t *int_digits,
                      uint32_t *frac_digits);
bool lf_parse_date(lf_span t, uint32_t format_bit, int32_t *out);
int32_t lf_days_from_civil(int32_t y, uint32_t m, uint32_t d); /* proleptic Gregorian */
void lf_civil_from_days(int32_t days, int32_t *y, uint32_t *m, uint32_t *d);

#endif
