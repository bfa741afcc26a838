/* infer/numeral.h - numbers as people write them: groups, decimal comma, currency, percent.
 *
 * Only where options ask for it (lf_parse_ctx.numbers). A dressed number is undressed into the
 * plain text that infer/number.h reads, and a form remembers the dress.
 * Owns: nothing. Threads: safe. Fails: a false return is "does not read so". */
#ifndef LF_INFER_NUMERAL_H
#define LF_INFER_NUMERAL_H
#include "infer/parse.h"

#define LF_NUMERAL_MAX 80u

/* The plain text of a number in `room` (or the text itself), and in *dress_out its dress (style and
 * words alone); whether it gives the text back is for the caller to compare. False: no number. */
bool lf_numeral_undress(lf_span t, const lf_parse_ctx *c, char room[LF_NUMERAL_MAX],
                        lf_span *plain_out, lf_form *dress_out);
/* The dress put on a plain print again, in place (room for 96); its length. */
uint32_t lf_numeral_dress(lf_form f, char *text, uint32_t n);

/* lf_form.words of a group mark. */
uint8_t lf_numeral_mark_words(char mark);

#endif
