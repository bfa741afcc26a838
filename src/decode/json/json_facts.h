/* decode/json/json_facts.h - what a plan decided on the form of a text, for those who check it, and
 * what a JSON value is.
 *
 * Owns: nothing. Threads: a plan is read-only once made. Fails: never. Life: plain data. */
#ifndef LF_DECODE_JSON_JSON_FACTS_H
#define LF_DECODE_JSON_JSON_FACTS_H
#include "core/decoder.h"

typedef struct lf_json_facts {
    bool lines; /* one value a line: a line that is none is a bad row */
    bool array; /* the elements of an array, separated by commas */
    bool flatten;
    bool objects; /* the first records are objects: columns are their keys */
} lf_json_facts;

/* `p` is a plan of lf_json_decoder. */
void lf_json_facts_of(const lf_plan *p, lf_json_facts *out);
/* Whether the text is one value by RFC 8259, blanks around it aside. */
bool lf_json_is_value(lf_span text);

#endif
