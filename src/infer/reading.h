/* infer/reading.h - one cell read as one type, with every form that prints it (private to infer).
 *
 * Owns: nothing. Threads: safe. Fails: a false return is "does not read as this". */
#ifndef LF_INFER_READING_H
#define LF_INFER_READING_H
#include "infer/number.h"

typedef struct lf_reading {
    lf_value value;
    lf_form forms[LF_FORMS_MAX]; /* the one to prefer first */
    uint32_t n_forms;            /* 0: none prints the text back */
    bool any_form;               /* NaN: every form of the type does */
} lf_reading;

/* true, yes, y, on, t and their like: `kind` is the LF_K_ bit of the word, 0 for true and false. */
typedef struct lf_bool_word_read {
    lf_form form;
    uint32_t kind;
    uint8_t value;
} lf_bool_word_read;

bool lf_bool_read(lf_span t, lf_bool_word_read *out);
bool lf_read(lf_type t, lf_span text, const lf_parse_ctx *c, lf_reading *out);

#endif
