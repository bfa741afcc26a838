/* decode/csv/csv_machine.h - the exact reading of CSV, byte by byte.
 *
 * The definition that the SIMD index is a fast form of, and what is used wherever speed does
 * not matter. A quote opens a field only as the field's first byte; inside quotes a doubled
 * quote is one quote and everything else is text. A record ends at a line feed outside quotes; a
 * carriage return before it belongs to the line end. Quotes elsewhere are text.
 *
 * What stands behind a closing quote and is neither delimiter nor line end is broken text, and is
 * read by what the rest of its line shows:
 *   "a "b" c",x   a later quote closes the field: the quotes within are text
 *   "aa"a,x       none does: the text is kept as it is, aaa
 *   "a,b,"c d",x  the quote stands behind a delimiter, so it opens; the first one was text
 *   "10"","c d",x likewise, and the doubled quote before the delimiter was one quote and the end
 *
 * Where the field spans lines such text shows that its quote never closed: what looks like the end
 * opens a field of a later record. It would swallow the good records between; so it is one bad
 * record, the line on which it opened, and reading goes on behind that line. Between the two quotes
 * there are only doubled ones, so that no text is read more than twice.
 *
 * A general dialect (csv_general.c) adds escapes, delimiters of several bytes, blanks around
 * quotes, carriage returns as line ends and comment lines.
 *
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_DECODE_CSV_CSV_MACHINE_H
#define LF_DECODE_CSV_CSV_MACHINE_H
#include "core/span.h"
#include <stdbool.h>

#define CSV_DELIMITER_MAX 8u
#define CSV_COMMENT_MAX   4u
#define CSV_PAD_MAX       64u /* more blanks around quotes than that make them text */

typedef struct csv_dialect {
    uint8_t delimiter; /* '\n' where a record is one field; else the first byte of the delimiter */
    uint8_t quote;     /* valid when has_quote */
    bool has_quote;
    /* What follows is zero but where `general` is set. */
    bool general;
    bool cr_ends;     /* a carriage return alone ends a record as well */
    bool pad_quotes;  /* blanks outside the quotes of a field are not content */
    uint8_t escape;   /* takes the meaning off the byte behind it; 0: none */
    uint8_t more_len; /* of the delimiter, behind its first byte */
    uint8_t comment_len;
    uint8_t more[CSV_DELIMITER_MAX];
    uint8_t comment[CSV_COMMENT_MAX]; /* begins a line that is no record */
} csv_dialect;

typedef enum csv_state {
    CSV_AT_FIELD,  /* the next byte is a field's first */
    CSV_PLAIN,     /* in text where quotes are text */
    CSV_QUOTED,    /* inside quotes */
    CSV_QUOTE,     /* behind a quote that closes, or is the first of two */
    CSV_CLOSED_CR, /* behind a closing quote and a carriage return */
    CSV_COMMENT,   /* in a line that is a comment */
} csv_state;

/* What was looked at before to tell what a broken quote means, so that texts full of them are not
 * read again for each. Offsets hold within one run. */
typedef struct csv_seen {
    size_t open_at, line_to; /* no line ends between this opening quote and there, ... */
    bool crosses;            /* ... and one does behind, before the last quote that was asked for */
    size_t at;               /* the last place that was asked for */
    size_t from, to;         /* nothing in between decides, and no quote is doubled */
} csv_seen;

typedef struct csv_machine {
    csv_state state;
    bool escapes;    /* a doubled quote, or an escape, was met */
    bool irregular;  /* a quote as text, or text behind a closing quote, was met */
    bool rewound;    /* the field at hand begins with a quote that is text */
    bool open;       /* the last record ended in such a field */
    bool crossed;    /* such a field's quote seemed to close in a later line */
    bool in_record;  /* general: not at the first byte of a record */
    uint32_t opens;  /* fields that began with a quote */
    uint32_t breaks; /* texts behind a closing quote */
    uint32_t strays; /* fields that begin with a quote that is text */
    uint32_t comments;
    size_t open_at; /* offset of the last quote that opened a field; SIZE_MAX: not known */
    csv_seen seen;
} csv_machine;

/* A piece of text to read on in. */
typedef struct csv_reach {
    const uint8_t *text;
    size_t at, end;  /* text[at, end) */
    bool last;       /* nothing follows `end`; else what depends on it is left unread */
    bool one_record; /* stop behind the first record */
} csv_reach;

/* Reads on. Ends of fields (offsets of delimiters and line ends) are appended to `pos` from *n_pos
 * on when pos is not NULL, else only counted; *rows counts line ends that end records. All of the
 * text from the record's start on must be readable. Returns where it stopped: at most `end`. */
size_t lf_csv_machine_run(csv_machine *m, const csv_dialect *dia, const csv_reach *in,
                          uint32_t *pos, size_t *n_pos, size_t *rows);
/* The same for any text of a dialect that is not general, without looking ahead: exact until it
 * sets `irregular`. */
size_t lf_csv_machine_plain(csv_machine *m, const csv_dialect *dia, const csv_reach *in,
                            uint32_t *pos, size_t *n_pos, size_t *rows);
/* csv_general.c: the same for general dialects. */
size_t lf_csv_general_run(csv_machine *m, const csv_dialect *dia, const csv_reach *in,
                          uint32_t *pos, size_t *n_pos, size_t *rows);

/* What text behind a closing quote means (see above). */
typedef enum csv_break {
    CSV_BREAK_WAIT,  /* the rest of the line decides and is not at hand */
    CSV_BREAK_INNER, /* the quote is text within the field */
    CSV_BREAK_TEXT,  /* the text is kept */
    CSV_BREAK_SPLIT, /* the field ended before; the quote opens the next one */
    CSV_BREAK_STRAY, /* the quote that opened is text */
} csv_break;
/* `at`: behind the quote; `open_at`: of the quote that opened; `seen`: zeroed at first. */
csv_break lf_csv_break_at(const csv_dialect *dia, const csv_reach *in, size_t at, size_t open_at,
                          csv_seen *seen);

/* Whether c, outside quotes, ends a line. */
static inline bool csv_line_ends(const csv_dialect *dia, uint8_t c) {
    return c == '\n' || (dia->cr_ends && c == '\r');
}

/* A blank around quotes, where those are dropped. */
static inline bool csv_is_pad(const csv_dialect *dia, uint8_t c) {
    return (c == ' ' || c == '\t') && c != dia->delimiter;
}

/* Whether text[at, end) begins with the dialect's delimiter. */
static inline bool csv_delimiter_at(const csv_dialect *dia, const uint8_t *text, size_t at,
                                    size_t end) {
    if (at >= end || text[at] != dia->delimiter) return false;
    if (dia->more_len == 0) return true;
    if (end - at <= dia->more_len) return false;
    for (size_t i = 0; i < dia->more_len; i++)
        if (text[at + 1 + i] != dia->more[i]) return false;
    return true;
}

/* A raw field begins with a quote that nothing in it closes. */
bool lf_csv_field_is_open(const csv_dialect *dia, const uint8_t *field, size_t len);

/* The field text[start, start+len) decoded: where the content is. Returns false when it must be
 * copied to be read (doubled quotes, or text behind the closing quote); then use lf_csv_cell_copy.
 */
bool lf_csv_cell_view(const csv_dialect *dia, const uint8_t *text, uint32_t *start, uint32_t *len,
                      bool *quoted);
/* Writes the content of a field that lf_csv_cell_view does not show to `out` (len bytes of room).
 */
uint32_t lf_csv_cell_copy(const csv_dialect *dia, const uint8_t *field, uint32_t len, uint8_t *out,
                          bool *quoted);
/* csv_general.c: the same for general dialects. */
bool lf_csv_general_view(const csv_dialect *dia, const uint8_t *text, uint32_t *start,
                         uint32_t *len, bool *quoted);
uint32_t lf_csv_general_copy(const csv_dialect *dia, const uint8_t *field, uint32_t len,
                             uint8_t *out, bool *quoted);

/* One record at a time over a text in memory. */
typedef struct csv_record {
    size_t start, end; /* without its line end */
    size_t next;       /* where the next one starts */
    size_t n_fields;
    uint32_t row; /* its number among csv_rows, from 1; 0: it is not of them */
    bool blank;
    bool comment;
    bool open; /* its quote never closes */
} csv_record;
/* The same that tells what the machine met (m starts zeroed). */
bool lf_csv_record_next_with(csv_machine *m, const csv_dialect *dia, lf_span text, bool whole,
                             size_t at, csv_record *out);
/* False: no whole record is left (`whole`: the text's end ends a record). */
bool lf_csv_record_next(const csv_dialect *dia, lf_span text, bool whole, size_t at,
                        csv_record *out);
/* Fills ends[n_fields] of a record. */
void lf_csv_record_fields(const csv_dialect *dia, lf_span text, const csv_record *r,
                          uint32_t *ends);
/* Whether a line of the text begins a comment at `at`. */
bool lf_csv_is_comment(const csv_dialect *dia, const uint8_t *text, size_t at, size_t end);
/* The offset behind the line that `at` is in; `end` where it does not end. */
size_t lf_csv_line_end(const csv_dialect *dia, const uint8_t *text, size_t at, size_t end);

#endif
