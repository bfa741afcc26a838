/* decode/csv/csv_machine.h - the exact reading of CSV, byte by byte.
 *
 * The definition that the SIMD index is a fast form of, and what is used wherever speed does
 * not matter. A quote opens a field only as the field's first byte; inside quotes a doubled
 * quote is one quote and everything else is text; after the closing quote, text up to the
 * next delimiter or line feed is kept literally; quotes elsewhere are text. A record ends at
 * a line feed outside quotes; a carriage return before it belongs to the line end.
 *
 * A quoted field that spans lines and whose closing quote is followed by text never closed: what
 * looks like its end is the quote that opens a field of a later record. It would swallow the good
 * records between; so it is one bad record, the line on which it opened, and reading goes on
 * behind that line (CSV_BROKEN). That costs little: between the two quotes there are only
 * doubled ones, so that no text is read more than twice.
 *
 * Owns: nothing. Threads: pure. Fails: never. */
#ifndef LF_DECODE_CSV_CSV_MACHINE_H
#define LF_DECODE_CSV_CSV_MACHINE_H
#include "core/span.h"
#include <stdbool.h>

typedef struct csv_dialect {
    uint8_t delimiter; /* '\n' where a record is one field */
    uint8_t quote;     /* valid when has_quote */
    bool has_quote;
} csv_dialect;

typedef enum csv_state {
    CSV_AT_FIELD,     /* the next byte is a field's first */
    CSV_PLAIN,        /* in text where quotes are text */
    CSV_QUOTED,       /* inside quotes */
    CSV_QUOTE,        /* behind a quote that closes, or is the first of two */
    CSV_CLOSED_CR,    /* behind a closing quote and a carriage return */
    CSV_CLOSED_BLANK, /* behind the closing quote of a field of several lines, and blanks */
    CSV_BROKEN,       /* the field that opened at open_at never closed; the run stops here */
} csv_state;

typedef struct csv_machine {
    csv_state state;
    bool escapes;   /* a doubled quote was met */
    bool irregular; /* a quote as text, or text behind a closing quote, was met */
    uint32_t opens; /* fields that began with a quote */
    size_t open_at; /* offset of the last quote that opened a field; SIZE_MAX: not known */
} csv_machine;

/* Reads text[at..end) on. Ends of fields (offsets of delimiters and line feeds) are appended
 * to `pos` from *n_pos on when pos is not NULL, else only counted; *rows counts line feeds that
 * end records. With `one_record` it stops behind the first of them; in any case where a field
 * turns out broken. Returns where it stopped. */
size_t lf_csv_machine_run(csv_machine *m, const csv_dialect *dia, const uint8_t *text, size_t at,
                          size_t end, bool one_record, uint32_t *pos, size_t *n_pos, size_t *rows);

/* A raw field begins with a quote that it does not close. */
bool lf_csv_field_is_open(const csv_dialect *dia, const uint8_t *field, size_t len);

/* The field text[start, start+len) decoded: where the content is. Returns false when it must be
 * copied to be read (doubled quotes, or text behind the closing quote); then use lf_csv_cell_copy.
 */
bool lf_csv_cell_view(const csv_dialect *dia, const uint8_t *text, uint32_t *start, uint32_t *len,
                      bool *quoted);
/* Writes the content of a field that begins with a quote to `out` (len bytes of room). */
uint32_t lf_csv_cell_copy(const csv_dialect *dia, const uint8_t *field, uint32_t len, uint8_t *out);

/* One record at a time over a text in memory. */
typedef struct csv_record {
    size_t start, end; /* without its line end */
    size_t next;       /* where the next one starts */
    size_t n_fields;
    bool blank;
    bool open; /* its quote never closes */
} csv_record;
/* False: no whole record is left (`whole`: the text's end ends a record). */
bool lf_csv_record_next(const csv_dialect *dia, lf_span text, bool whole, size_t at,
                        csv_record *out);
/* Fills ends[n_fields] of a record. */
void lf_csv_record_fields(const csv_dialect *dia, const uint8_t *text, const csv_record *r,
                          uint32_t *ends);

#endif
