/* decode/csv/csv_rows.h - the records of a text in memory, read once for all who look at them.
 *
 *   text    id,name\n 7,"a,b"\r\n ...
 *   ends    ^2 ^7     ^10     ^16       a field each, where it ends
 *   rows    {start 0, first 0} {start 8, first 2} ...
 *
 * A plan passes over its head many times: for widths, tables, kinds of cells. The bytes are read
 * once, by the index of the hot path where quotes are regular and by the machine where they are
 * not; what has no room is read by the machine each time.
 *
 * Owns: its arrays. Threads: one at a time. Fails: LF_ENO_MEMORY.
 * Life: init -> (read -> next*)* -> reset; safe twice. The text must outlive what is asked of it.
 */
#ifndef LF_DECODE_CSV_CSV_ROWS_H
#define LF_DECODE_CSV_CSV_ROWS_H
#include "core/alloc.h"
#include "core/error.h"
#include "decode/csv/csv_index.h"

typedef struct csv_row_at {
    uint32_t start, first; /* its first byte; its first field's among `ends` */
} csv_row_at;

typedef struct csv_rows {
    const lf_alloc *alloc;
    csv_dialect dia;
    lf_span text;
    bool whole;
    size_t from, upto; /* records that start in [from, upto) are kept */
    uint32_t *ends;
    csv_row_at *rows; /* n_rows + 1, the last being where the next would be */
    size_t n_ends, n_rows, ends_cap, rows_cap;
    size_t hint;     /* the record that was asked for last, + 1 */
    uint64_t opens;  /* of the kept records: fields that began with a quote */
    uint64_t broken; /* texts behind a closing quote, and quotes that never close */
} csv_rows;

void lf_csv_rows_init(csv_rows *k, const lf_alloc *alloc);
void lf_csv_rows_reset(csv_rows *k);
/* Reads the records of `text` from `from` on, where one starts. */
LF_NODISCARD lf_rc lf_csv_rows_read(csv_rows *k, const csv_dialect *dia, const csv_isa *isa,
                                    lf_span text, bool whole, size_t from, lf_error *err);
/* As lf_csv_record_next, of text[0, end) of that text: `end` must be where a record ends. */
bool lf_csv_rows_next(csv_rows *k, size_t end, bool whole, size_t at, csv_record *out);
/* Where its fields end; NULL: it is not kept (lf_csv_record_fields tells). */
const uint32_t *lf_csv_rows_fields(const csv_rows *k, const csv_record *r);

#endif
