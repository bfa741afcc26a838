/* decode/json/json_machine.h - JSON byte by byte: the exact reading, to which all else must agree.
 *
 * Used for heads, for records that the fast walk doubts, and to say what is wrong where.
 * RFC 8259 to the letter: no trailing commas, comments, NaN or unescaped control characters;
 * strings are UTF-8; a lone surrogate is an error. Nothing recurses.
 *
 * Owns: nothing. Threads: pure. Fails: by its verdict. */
#ifndef LF_DECODE_JSON_JSON_MACHINE_H
#define LF_DECODE_JSON_JSON_MACHINE_H
#include "core/span.h"
#include <stdbool.h>

#define JSON_DEPTH_MAX 1024u /* of brackets, in any value */

typedef enum json_verdict {
    JSON_WHOLE, /* a value; `end` is behind it */
    JSON_CUT,   /* the text ends within it */
    JSON_BAD,   /* `end` is the byte that does not fit, `why` says so */
} json_verdict;

typedef struct json_found {
    size_t end;
    uint32_t quotes; /* of its strings and keys: two each */
    bool utf8;       /* JSON_BAD: it is the encoding that is wrong */
    const char *why;
} json_found;

/* The value at p[0], which is no white space. `eof`: nothing follows the n bytes. */
json_verdict lf_json_value(const uint8_t *p, size_t n, bool eof, json_found *out);
/* A string's verdict alone; p[0] is its quote. */
json_verdict lf_json_string(const uint8_t *p, size_t n, json_found *out);
/* Whether the escapes of a string are right, the first of which is at p[at]; n bytes between its
 * quotes, of which nothing else is looked at. */
bool lf_json_escapes_hold(const uint8_t *p, size_t n, size_t at);
/* Whether the n bytes are one number, true or false. */
bool lf_json_is_number(const uint8_t *p, size_t n);
bool lf_json_is_bool(const uint8_t *p, size_t n);
static inline bool lf_json_is_null(const uint8_t *p, size_t n) {
    return n == 4 && p[0] == 'n' && p[1] == 'u' && p[2] == 'l' && p[3] == 'l';
}
static inline bool lf_json_is_blank(uint8_t b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
}
/* The first byte from `at` on that is no white space; n where there is none. */
static inline size_t lf_json_skip(const uint8_t *p, size_t at, size_t n) {
    while (at < n && lf_json_is_blank(p[at]))
        at++;
    return at;
}

/* Decodes the text between a string's quotes, which is well-formed; `out` has room for n bytes and
 * may be the text itself. Returns the length. */
size_t lf_json_unescape(const uint8_t *p, size_t n, uint8_t *out);
/* Where byte `at` of the value p stands, as "a.b[2].c", cut to cap; "" at the top. */
void lf_json_path_of(const uint8_t *p, size_t at, char *out, size_t cap);

#endif
