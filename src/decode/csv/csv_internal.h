/* decode/csv/csv_internal.h - what the files of this folder share.
 *
 * Owns: a plan and a decoder own what they point to unless stated. Threads: a plan is
 * read-only once made; a decoder is one thread's. Fails: LF_ENO_MEMORY, 1xx.
 * Life: see core/decoder.h. Not included from outside the folder. */
#ifndef LF_DECODE_CSV_CSV_INTERNAL_H
#define LF_DECODE_CSV_CSV_INTERNAL_H
#include "array/batch.h"
#include "core/alloc.h"
#include "core/arena.h"
#include "core/decoder.h"
#include "core/limits.h"
#include "decode/csv/csv_decode.h"
#include "decode/csv/csv_index.h"
#include "decode/csv/csv_machine.h"
#include "infer/cell_kernel.h"
#include "infer/evidence.h"
#include "infer/parse.h"

#define CSV_COLUMN_NONE  UINT32_MAX
#define CSV_WARNINGS_MAX 16u
#define CSV_SCORES_MAX   16u
#define CSV_STRIDE_STEP  64u /* rows of column arrays come in multiples of this */

/* What a delimiter would make of the sample. */
typedef struct csv_option_score {
    const char *text; /* the delimiter */
    double score;
    uint32_t records, alike, width; /* of them, as wide as most; that width */
    uint32_t other_line;            /* the first record of another width, from 1; 0: none */
    bool chosen, rejected;          /* rejected: splits too little to be one */
} csv_option_score;

/* What is as it is because of the records behind the sample. */
enum {
    CSV_FAR_DELIMITER = 1,
    CSV_FAR_QUOTE = 2,
    CSV_FAR_ESCAPE = 4,
    CSV_FAR_COMMENT = 8,
    CSV_FAR_ENDS = 16,
    CSV_FAR_PADDING = 32
};

/* Commas in the numbers of a column that is text without them. */
enum csv_comma {
    CSV_COMMA_NONE,
    CSV_COMMA_POINT,       /* they are decimal */
    CSV_COMMA_MAYBE_POINT, /* they would be, but part fields as well */
    CSV_COMMA_UNKNOWN,     /* decimal, or between thousands */
    CSV_COMMA_GROUPS,      /* between thousands: 1,234.50 */
    CSV_COMMA_POINT_GROUPS /* decimal, and points between thousands: 1.234,50 */
};

struct lf_plan {
    lf_plan_base base;
    const lf_alloc *alloc;
    lf_arena arena; /* everything below that is pointed to */
    csv_dialect dialect;
    lf_isa isa;
    uint64_t record_max_bytes;
    bool decimal, has_header;
    bool delimiter_given, quote_given, escape_given, comment_given, line_end_given;
    bool skip_given, header_rows_given, footer_given, one_table;
    uint32_t skip_lines, header_rows_asked, footer_asked;
    csv_option_score scores[CSV_SCORES_MAX];
    uint32_t n_scores;
    bool cut_surplus;   /* empty cells beyond `width` are cut */
    bool widen;         /* --ragged widen */
    uint32_t widen_to;  /* most fields of any row; 0: not known */
    uint32_t usual;     /* fields of most rows; less than width only under --ragged widen */
    uint32_t width;     /* columns of the table */
    uint32_t physical;  /* fields of most rows: width, or more where surplus cells are cut */
    uint32_t n_columns; /* columns put out: those selected */
    uint32_t rows_min, rows_max; /* of a tile */
    bool blank_is_row;           /* one column: an empty line is a null */
    uint32_t *physical_of;       /* output column -> field */
    uint32_t *output_of;         /* field -> output column or CSV_COLUMN_NONE; `physical` entries */
    lf_schema schema;
    lf_evidence *evidence; /* per output column */
    bool *fixed;           /* likewise */
    bool any_fixed;
    lf_parse_ctx *ctx;        /* likewise */
    lf_parse_ctx plain_ctx;   /* without a column: the words of the conversion */
    uint8_t *numbers;         /* likewise: LF_NUMBERS_ bits that were found */
    uint8_t *commas;          /* likewise: csv_comma */
    char **names;             /* of all columns, `width` */
    const uint64_t *barriers; /* borrowed of the options */
    size_t n_barriers;
    uint64_t head_rows, head_rows_used;
    uint32_t header_width, header_rows, delimiter_votes;
    uint32_t far_records, far_alike; /* of the pieces behind the sample; as wide as the table */
    uint32_t
        far_width;   /* the table's width, where the sample shows something else; 0: it does not */
    uint32_t by_far; /* CSV_FAR_ bits */
    size_t *tables;  /* where they begin in the head; the first may have a preamble */
    uint32_t n_tables, table; /* found; the one to read, from 0 */
    size_t footer_at;         /* where the footer begins; 0: there is none */
    size_t cut_at;            /* where the table ends before the text does; 0: it does not */
    lf_skipped skipped[2];    /* preamble, footer */
    lf_table_place places[LF_TABLES_SHOWN_MAX];
    bool all_tables; /* the others are converted too, on their own */
    const char *warnings[CSV_WARNINGS_MAX];
    uint32_t n_warnings, n_hints; /* hints: those of them that are of options alone */

    const char *header_reason;
    const char *encoding; /* what the text was decoded from; NULL: it is as stored */
};

/* A record of a tile as the walk found it. */
typedef struct csv_row {
    uint32_t start;    /* its first byte, in the tile's text */
    uint32_t end;      /* behind its last, without the line end */
    uint32_t first;    /* index of its first field's end in the index's positions */
    uint32_t n_fields; /* as written, surplus included */
} csv_row;

/* A cell of a fixed column that does not read as its type: its record is rejected. */
typedef struct csv_misfit {
    uint32_t row;    /* among the rows of the walk that found it */
    uint32_t column; /* output column */
} csv_misfit;

typedef struct csv_column {
    lf_type type;
    lf_type last_type; /* of the last batch */
    uint32_t field;    /* of the record, from 0 */
    uint32_t *start, *len;
    uint64_t *quoted; /* bit set: the cell stood in quotes; valid when n_quoted */
    uint64_t *valid, *odd;
    void *values, *values8; /* the slots in use; those of up to 8 bytes */
    const uint8_t *bytes;
    uint32_t n_quoted;
    bool
        escaped; /* some cell of the tile has the dialect's escape in it; set where that is asked */
    lf_evidence evidence, known; /* of this block; of what came before it */
    lf_parse_ctx ctx;
    size_t scratch_at;         /* where its copied cells begin, while bytes is NULL */
    uint32_t exc_first, n_exc; /* among the decoder's exceptions */
    bool fixed;
    bool watched;    /* text so far, as the order of day and month is not decided */
    uint32_t n_fast; /* null words that have been met here, for the kernels */
    uint8_t fast_len[LF_NULL_WORDS_FAST];
    uint64_t fast_word[LF_NULL_WORDS_FAST];
    uint32_t fast_index[LF_NULL_WORDS_FAST];
} csv_column;

/* The tile at hand. Offsets count from `text`. */
typedef struct csv_tile {
    const uint8_t *text;
    uint32_t len;         /* whole records, with their line ends */
    uint32_t virtual_end; /* where the text ends without a line feed; UINT32_MAX: it does not */
    uint32_t n_positions; /* of the index that belong to the tile */
    uint32_t n_rows;
    uint32_t n_blank, n_comments, n_padded;
    uint32_t n_records; /* rows and rejects */
    bool regular;       /* every record has plan->physical fields */
    bool check_utf8;    /* some record is not valid UTF-8 */
    uint64_t end_limit; /* records that start here or later are the next block's */
} csv_tile;

/* A growing array of decoder scratch. */
typedef struct csv_vec {
    void *data;
    size_t bytes;
} csv_vec;

/* A quote that opened, counted from its record's first byte. */
typedef struct csv_open {
    uint64_t at;
    uint64_t line_end; /* behind the line feed that ends its line; 0: not seen yet */
    uint64_t field;    /* fields before its own */
} csv_open;

/* A record that passes the limit, on its way past (csv_skip.c). */
typedef struct csv_skip {
    bool on;
    bool behind_cr; /* the last piece ended with a carriage return that ends a line */
    uint8_t state;
    uint64_t bytes, newlines, fields; /* so far */
    csv_open open;                    /* the last one */
    uint64_t until;                   /* where it ends, if that is known; else 0 */
} csv_skip;

struct lf_decoder {
    const lf_plan *plan;
    const lf_alloc *alloc;
    const csv_isa *isa;
    const lf_cell_kernels *kernels;
    csv_column *columns;       /* plan->n_columns */
    lf_column *out;            /* likewise */
    uint32_t **starts, **lens; /* per field: where the cells go, or NULL: not selected */
    uint32_t *quoted_order;    /* output columns, those that had quotes first */

    uint64_t at;        /* offset of the next byte to decode */
    uint64_t block_end; /* records from here on are not ours */
    const uint8_t *want_text;
    lf_block_end totals;
    lf_evidence *evidence_out;

    csv_index index, index_before_tail;
    bool index_live, index_exact; /* resumable at `at`; by the machine */
    uint32_t scanned, scanned_to; /* bytes the index has seen; with the tail */
    csv_vec pos_vec;
    csv_tile tile;
    csv_vec rows_vec, rejects_vec, exc_vec, misfit_vec, scratch_vec, cell_vec;
    uint32_t n_rejects, n_exc, n_misfits;
    csv_vec *wide; /* per column: values of 16-byte slots */
    csv_vec slab;  /* start, len, bitmaps and values of all columns */
    uint32_t stride, slab_rows;
    size_t scratch_used;

    lf_line_run skipped[LF_SKIPPED_MAX]; /* of this block */
    uint32_t n_skipped;
    uint64_t n_skipped_more, skipped_end; /* where the last one ended in the text */
    csv_skip skip;
    lf_span torn;    /* what the last call consumed of it */
    bool again;      /* the text is to be read again, from `at` on */
    uint64_t refuse; /* the record at `at` has a quote that never closes: bytes of its line */
    csv_open open;   /* that quote */
};

/* Makes room for `bytes` (plus slack), contents kept. */
LF_NODISCARD lf_rc lf_csv_vec_reserve(lf_decoder *d, csv_vec *v, size_t bytes, lf_error *err);

/* csv_dialect.c: options, delimiter, header. */
LF_NODISCARD lf_rc lf_csv_dialect_options(lf_plan *p, const lf_decode_opts *o, lf_error *err);
const char *lf_csv_option(const lf_decode_opts *o, const char *name);
/* csv_plan.c */
lf_rc lf_csv_plan(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **plan_out,
                  lf_error *err);
void lf_csv_plan_destroy(lf_plan *p);
lf_rc lf_csv_explain(const lf_plan *p, lf_buf *out, lf_error *err);
lf_rc lf_csv_replay(const lf_plan *p, lf_replay_facts *out, lf_error *err);
/* csv_guess.c */
lf_rc lf_csv_guess(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found_out,
                   uint64_t *start_out, lf_error *err);

/* The same for any text that begins within a record, of any widths where `width` is 0. */
bool lf_csv_guess_start(const csv_dialect *dia, uint32_t width, uint32_t physical, lf_span text,
                        bool eof, size_t *start_out);

/* csv_scan.c: from text to an indexed tile. */
typedef enum csv_found {
    CSV_FOUND_NONE,       /* no whole record yet */
    CSV_FOUND_ROWS,       /* d->tile is set up: text, virtual_end, end_limit */
    CSV_FOUND_OPEN_QUOTE, /* the first record's quote is open at the end of the text */
    CSV_FOUND_TOO_BIG,    /* the first record passes the limit */
} csv_found;
LF_NODISCARD lf_rc lf_csv_find_tile(lf_decoder *d, const uint8_t *text, size_t avail, bool eof,
                                    csv_found *out, lf_error *err);

/* csv_skip.c: records that cannot be cut out. */
/* The first record's quote never closes: its opening line is the bad row. *used 0: more of it is
 * wanted. */
LF_NODISCARD lf_rc lf_csv_refuse_open_quote(lf_decoder *d, lf_span in, bool eof, uint32_t *used,
                                            lf_error *err);
/* until: its size if that is known, else 0. */
void lf_csv_skip_begin(lf_decoder *d, uint64_t until);
/* Consumes a piece of a record that is too large; *got: there is a piece in d->torn, or it is over
 * and rejected. d->again may be set. */
LF_NODISCARD lf_rc lf_csv_skip_on(lf_decoder *d, lf_span in, bool eof, uint32_t *used, bool *got,
                                  lf_error *err);
void lf_csv_skip_keep(const lf_decoder *d, lf_batch *out); /* fills keep, keep_from */

/* csv_tile.c: from indexed text to cells. */
/* Finds rows and rejects of the indexed tile and fills the columns' start and len. */
LF_NODISCARD lf_rc lf_csv_tile_build(lf_decoder *d, lf_error *err);
/* The same once more without the records that d's misfits name (they become rejects). */
LF_NODISCARD lf_rc lf_csv_tile_rebuild(lf_decoder *d, lf_error *err);
/* Adds r; its place is that of `start` in the tile's text at `text`. */
LF_NODISCARD lf_rc lf_csv_reject_add(lf_decoder *d, const uint8_t *text, uint32_t start,
                                     lf_reject r, lf_error *err);

/* Line ends in text[0, n), which ends with one or within a line. */
uint64_t lf_csv_count_lines(const lf_decoder *d, const uint8_t *text, uint32_t n);

/* csv_column.c: from cells to typed columns. */
LF_NODISCARD lf_rc lf_csv_misfit_add(lf_decoder *d, uint32_t row, uint32_t column, lf_error *err);
LF_NODISCARD lf_rc lf_csv_columns_decode(lf_decoder *d, bool *widened_out, lf_error *err);

#endif
