/* infer/number.h - the shape of a number's text, and doubles in and out (private to infer).
 *
 * Owns: nothing. Threads: safe. Fails: a false return is "not a number of this kind". */
#ifndef LF_INFER_NUMBER_H
#define LF_INFER_NUMBER_H
#include "infer/print.h"

/* A number that was taken apart: [-] int [. frac] [e exp]. */
typedef struct lf_number {
    const uint8_t *ints, *fracs; /* digits before and after the point */
    size_t n_int, n_frac;
    size_t sig;     /* significant digits: from the first that is not 0, zeros at the end count */
    int32_t exp10;  /* of the exponent, clamped to +-100000 */
    uint64_t small; /* the digits as an integer, where sig <= 19 */
    bool negative, has_point, has_exp, exp_upper;
} lf_number;

/* False for all that CONTRACT.md keeps as text: leading zeros, '+', blanks, hex, thousands. */
bool lf_number_scan(lf_span t, lf_number *out);
/* The nearest double. False where it is infinite, or 0 though the digits are not. */
bool lf_number_to_double(const lf_number *n, lf_span text, double *out);
/* The digits as a 128-bit integer with `scale` digits after the point. False over 38 digits, with
 * an exponent, or where the fraction is longer than the scale (`drop_zeros`: by more than zeros).
 */
bool lf_number_to_decimal(const lf_number *n, uint32_t scale, bool drop_zeros, uint64_t out[2]);
/* Digits before the point, as the evidence counts them (a lone 0 is none), capped at 255. */
uint32_t lf_number_int_digits(const lf_number *n);

#define LF_FORMS_MAX 16u
/* All forms that print `text` back, the one to prefer first; 0: none does. */
uint32_t lf_number_forms_double(const lf_number *n, lf_span text, double v,
                                lf_form out[LF_FORMS_MAX]);
uint32_t lf_number_forms_decimal(const lf_number *n, uint32_t scale, lf_form out[LF_FORMS_MAX]);

/* The shortest decimal that reads as v (v > 0, finite): digits * 10^exp10. Zeros may end it. */
uint64_t lf_number_shortest(double v, int *exp10_out);
/* "%.*f", "%.*e" and "%.*E" whatever the host's locale; 0 where it does not fit `cap`. */
uint32_t lf_number_print_c(double v, char conversion, uint32_t digits, char *out, size_t cap);

#endif
