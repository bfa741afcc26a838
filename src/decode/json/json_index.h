/* decode/json/json_index.h - where the structure of a text is: { } [ ] , outside strings.
 *
 * Colons and quotes are not listed: keys are compared where they are expected, and a value ends
 * at the next position. In line mode line feeds are listed too. The index starts outside strings
 * and sees one text at a time, in one piece or several; every instruction set gives the same
 * outcome.
 *
 * Up to 64 bytes past the text may be read, 64 entries past the last may be written.
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_DECODE_JSON_JSON_INDEX_H
#define LF_DECODE_JSON_JSON_INDEX_H
#include "core/cpu.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct json_index {
    uint32_t n;      /* positions */
    uint32_t quotes; /* that are not escaped */
    bool in_string;  /* the text ends inside a string */
    bool high;       /* some byte is not ASCII */
    bool control;    /* a control character stands in a string, or is no white space outside */
    bool backslash;
    uint64_t inside, escaped; /* carried from call to call */
} json_index;

/* Indexes text[from .. to); x is zero before the first call of a text, and all calls but the last
 * are for multiples of 64 bytes. Positions count from text. `escapes`: bit at / 64 is set where a
 * backslash is among the 64 bytes from text[at] on; cleared by the caller. */
typedef void (*json_index_fn)(const uint8_t *text, uint32_t from, uint32_t to, bool lines,
                              uint32_t *pos, uint64_t *escapes, json_index *x);

#define JSON_INDEX_SLACK 64u

json_index_fn lf_json_index_get(lf_isa isa);
void lf_json_index_scalar(const uint8_t *text, uint32_t from, uint32_t to, bool lines,
                          uint32_t *pos, uint64_t *escapes, json_index *x);
void lf_json_index_avx2(const uint8_t *text, uint32_t from, uint32_t to, bool lines, uint32_t *pos,
                        uint64_t *escapes, json_index *x);
void lf_json_index_avx512(const uint8_t *text, uint32_t from, uint32_t to, bool lines,
                          uint32_t *pos, uint64_t *escapes, json_index *x);
void lf_json_index_neon(const uint8_t *text, uint32_t from, uint32_t to, bool lines, uint32_t *pos,
                        uint64_t *escapes, json_index *x);

#endif
