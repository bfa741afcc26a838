/* charset/charset_table.h - what a charset is, inside charset/.
 * Owns: nothing. Threads: constants. Fails: never. Life: fixed. */
#ifndef LF_CHARSET_CHARSET_TABLE_H
#define LF_CHARSET_CHARSET_TABLE_H
#include "charset/charset.h"

typedef enum charset_kind {
    CHARSET_UTF8,
    CHARSET_UTF16,
    CHARSET_UTF32,
    CHARSET_SINGLE, /* ASCII, and a table for 0x80 to 0xFF */
    CHARSET_DOUBLE  /* ASCII, and a table for a lead and a trail byte */
} charset_kind;

/* Codes of two bytes. Trail bytes come in up to three runs, packed without the gaps. */
typedef struct charset_double {
    const uint16_t *table;
    uint8_t lead_first, lead_last;
    uint8_t trails; /* of one lead */
    uint8_t run_first[3], run_last[3];
    bool four_bytes;              /* GB18030 */
    uint16_t low, high, low_char; /* single bytes low..high are characters from low_char on */
} charset_double;

struct lf_charset {
    const char *name, *aliases; /* aliases: words without - and _ */
    charset_kind kind;
    bool big_endian;
    const uint16_t *single;
    const charset_double *pairs;
};

#define CHARSET_NONE '.' /* in tables: no character */

/* All of them; `name` NULL ends the list. */
extern const lf_charset lf_charset_table[];
/* The character of a pair; 0: none. */
uint32_t lf_charset_pair(const charset_double *d, uint8_t lead, uint8_t trail);
/* The character of a four-byte code of GB18030, whose bytes are in range; 0: none. */
uint32_t lf_charset_four(const uint8_t *p);
#endif
