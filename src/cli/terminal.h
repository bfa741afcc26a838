/* cli/terminal.h - what the terminal can do, and how numbers are written for people.
 * Owns: nothing. Threads: safe. Fails: never. */
#ifndef LF_CLI_TERMINAL_H
#define LF_CLI_TERMINAL_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

typedef struct lf_terminal {
    bool is_tty;  /* and able to move the cursor */
    bool color;   /* a terminal, NO_COLOR unset */
    bool unicode; /* the locale's character set is UTF-8 */
    unsigned width;
} lf_terminal;

lf_terminal lf_terminal_of(FILE *f);
/* Text of at most `width` columns a line: the first line starts
 * where the cursor is, at column `at`, all others at `indent`. Ends with a newline. */
void lf_terminal_wrap(FILE *f, const char *text, unsigned at, unsigned indent, unsigned width);
/* Bytes of the first of n > 0 bytes' characters; *columns: what a terminal gives it, 0 to 2. */
size_t lf_text_char(const char *s, size_t n, unsigned *columns);
size_t lf_text_width(const char *s, size_t n); /* columns of UTF-8 text */
/* Text of others, such as a file's name: bytes that would steer the terminal come as \x1b. */
void lf_put_text(FILE *f, const char *s, size_t n);

/* "6,001,215"; "766 MB"; "29.1 MiB"; "0.53 s", "2 min 5 s". All write into buf and return it. */
const char *lf_print_count(uint64_t n, char *buf, size_t cap);
const char *lf_print_bytes(uint64_t n, char *buf, size_t cap);
const char *lf_print_mib(uint64_t n, char *buf, size_t cap);
const char *lf_print_seconds(double s, char *buf, size_t cap);

#endif
