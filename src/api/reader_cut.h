/* api/reader_cut.h - cuts a table of readers' pieces into units: what becomes a row group.
 *
 * Pieces that follow each other are one unit as far as their values fit a row group, also over the
 * ends of inputs; a larger piece is cut into equal parts. What a piece takes is told by metadata
 * alone, so that units are known before any of them is read, on any number of threads.
 *
 * Owns: a reader that looks ahead. Threads: one at a time. Fails: as readers. Life: zeroed with
 * table, unit_bytes and rows_most -> next* -> reset. */
#ifndef LF_API_READER_CUT_H
#define LF_API_READER_CUT_H
#include "api/reader_table.h"

typedef struct lf_reader_unit {
    uint64_t index;
    uint32_t input; /* of the first row */
    uint64_t piece, row;
    uint64_t rows;  /* to be read, from there on and over the ends of inputs */
    uint64_t first; /* how many are before it, of all inputs */
} lf_reader_unit;

typedef struct lf_reader_cut { /* zeroed but for the first three */
    lf_reader_table *table;
    uint64_t unit_bytes;
    uint64_t rows_most; /* of all units together; UINT64_MAX: all */
    lf_reader *reader;  /* of `input`; NULL: not open */
    uint32_t input;
    uint64_t piece, row; /* where the next unit begins, if that is in the piece at hand */
    uint64_t part;       /* rows of each part of it; 0: it is not cut */
    bool known;          /* `now` is that piece */
    lf_reader_piece now;
    uint64_t n_units, n_rows; /* in units so far */
} lf_reader_cut;

LF_NODISCARD lf_rc lf_reader_cut_next(lf_reader_cut *c, lf_reader_unit *out, bool *has_out,
                                      lf_error *err);
void lf_reader_cut_reset(lf_reader_cut *c);

#endif
