/* infer/evidence.h - what a column's cells have shown, and the type that follows.
 *
 * For a decoder: every cell that a kernel leaves to the scalar path is also added here (or read
 * by lf_parse_cell, which does both), accepted or not; the cells that a kernel did accept are
 * told by lf_evidence_add_digits. Then the join of all blocks is the truth about the input,
 * and the final type does not depend on what any block was decoded as.
 *
 * Evidence is a join-semilattice: joining is associative, commutative and idempotent, so
 * that the final type does not depend on which worker saw which cell first. A block that
 * was decoded as type T reports evidence whose type is at most T, or the wider evidence of
 * its misfits.
 * Owns: nothing. Threads: plain data. Fails: never. */
#ifndef LF_INFER_EVIDENCE_H
#define LF_INFER_EVIDENCE_H
#include "array/type.h"

enum { /* kinds of cells, a bit set */
       LF_K_BOOL = 1u << 0,
       LF_K_INT = 1u << 1,    /* canonical decimal integer within int64 */
       LF_K_UINT = 1u << 2,   /* above int64, within uint64 */
       LF_K_BIGINT = 1u << 3, /* an integer beyond both */
       LF_K_FIXED = 1u << 4,  /* digits with a point */
       LF_K_FLOAT = 1u << 5,  /* with an exponent, or NaN/inf where those read as floats */
       LF_K_LONG_FLOAT =
           1u << 6, /* exponent and more than 15 significant digits, not round-tripping */
       LF_K_DATE = 1u << 7,
       LF_K_TIME = 1u << 8,
       LF_K_TS_LOCAL = 1u << 9,
       LF_K_TS_ZONED = 1u << 10,
       LF_K_TEXT = 1u << 11,
       LF_K_NEGATIVE = 1u << 12,    /* some number is below 0 (uint64 is then out) */
       LF_K_NS = 1u << 13,          /* some time needs nanoseconds */
       LF_K_LONG_DIGITS = 1u << 14, /* a number with > 15 significant digits that is not the
                                       shortest print of its double */
       LF_K_OVER_SIG = 1u << 15,    /* a number with > 15 significant digits */
       LF_K_QUOTED_EMPTY = 1u << 16,
       LF_K_NULL_WORD = 1u << 17,
       LF_K_DOUBLE = 1u << 18, /* a column that is double already (FIXED without its digits) */
       LF_K_OUT_NS = 1u << 19, /* a date or timestamp outside 1678..2261, which ns cannot hold */
       LF_K_BOOL_LOWER = 1u << 20, /* spellings: a column that mixes them is text */
       LF_K_BOOL_UPPER = 1u << 21,
       LF_K_BOOL_TITLE = 1u << 22,
       /* Words that are bools where both of a pair were seen; no LF_K_BOOL with them. */
       LF_K_YES = 1u << 23,
       LF_K_NO = 1u << 24,
       LF_K_Y = 1u << 25,
       LF_K_N = 1u << 26,
       LF_K_ON = 1u << 27,
       LF_K_OFF = 1u << 28,
       LF_K_T = 1u << 29,
       LF_K_F = 1u << 30,
       LF_K_WORDS = LF_K_YES | LF_K_NO | LF_K_Y | LF_K_N | LF_K_ON | LF_K_OFF | LF_K_T | LF_K_F,
};

typedef struct lf_evidence {
    uint32_t kinds;
    uint32_t date_formats; /* formats every date and timestamp so far fits (bit set of
                              infer/parse.h); all ones before the first */
    uint8_t int_digits;    /* most digits before the point, leading zero not counted */
    uint8_t frac_digits;   /* most digits after it */
} lf_evidence;

void lf_evidence_init(lf_evidence *e); /* nothing seen */
static inline bool lf_evidence_equal(const lf_evidence *a, const lf_evidence *b) {
    return a->kinds == b->kinds && a->date_formats == b->date_formats &&
           a->int_digits == b->int_digits && a->frac_digits == b->frac_digits;
}
void lf_evidence_join(lf_evidence *into, const lf_evidence *other);
/* The LF_K_ bits of the pairs of words of which both were seen, for lf_parse_ctx.bool_words: beyond
 * the head a word outside them is text, so that the type of a column can only widen. */
uint32_t lf_evidence_bool_words(const lf_evidence *e);
/* The narrowest type that holds all that was seen (CONTRACT.md, Types): e.g. INT|FIXED gives
 * double, or decimal(p,s) where some value has over 15 significant digits; INT|UINT|NEGATIVE
 * gives decimal; DATE|TS_LOCAL timestamp; TS_LOCAL|TS_ZONED, or anything with TEXT, string.
 * `decimal`: fixed-point numbers as decimal (INT stays int64). Undecidable dates: string. */
lf_type lf_evidence_type(const lf_evidence *e, bool decimal);
/* The evidence that type t itself implies, so that a column of type t joined with a misfit widens
 * properly. */
void lf_evidence_of_type(lf_evidence *out, lf_type t);
/* What a kernel saw in cells that it read as t: most digits before and after the point. Adds
 * nothing where t is no number. */
void lf_evidence_add_digits(lf_evidence *e, lf_type t, uint32_t int_digits, uint32_t frac_digits);
/* The same for the dates and timestamps[us] that a kernel read: notes those that ns cannot hold
 * (validity NULL: all are values). Cheap; nothing for other types. */
void lf_evidence_add_values(lf_evidence *e, lf_type t, const void *values, const uint64_t *validity,
                            uint32_t n);
/* The one date format that the column reads by, once decided; LF_DF_YMD_DASH where it has none
 * or is undecided. */
uint32_t lf_evidence_date_format(const lf_evidence *e);
/* True where dates were seen that read both day first and month first (and nothing decides). */
bool lf_evidence_is_ambiguous(const lf_evidence *e);
/* True where nothing but that makes it text: the one kind of text that further evidence can turn
 * into something else. Its cells must go on giving evidence. */
bool lf_evidence_is_undecided(const lf_evidence *e);

#endif
