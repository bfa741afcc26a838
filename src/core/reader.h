/* core/reader.h - formats that have their types already (Parquet, Arrow): batches, in order.
 *
 * Such an input is not cut into blocks of text and nothing in it is inferred: it goes from a reader
 * into an encoder (api/convert_reader.c). A format is an lf_reader_format, which opens readers.
 *
 * Owns: a reader owns what it read; it borrows the source, which must outlive it. Threads: one at
 * a time; several readers of one source at once. Fails: LF_ECORRUPT with a place, LF_EUNSUPPORTED
 * with the column's name, 3xx, 7xx.
 * Life: open -> limit -> select (once) -> (piece | seek | next)* -> close. */
#ifndef LF_CORE_READER_H
#define LF_CORE_READER_H
#include "core/alloc.h"
#include "core/error.h"
#include "core/source.h"
#include "core/spill.h"

struct lf_batch;
struct lf_report;
struct lf_schema;

#define LF_ROWS_UNKNOWN UINT64_MAX

typedef struct lf_reader lf_reader;

/* What a reader may take, and where it may put what it cannot hold. */
typedef struct lf_reader_limits {
    uint64_t memory_limit_bytes; /* of the whole conversion; 0: the default */
    lf_temp_open_fn temp_open;   /* unlinked temporary files */
    void *temp_ctx;
    uint32_t readers; /* how many are at work at once, which share what there is; 0: one */
} lf_reader_limits;

/* Rows that are read without those before them: a row group, a record batch. */
typedef struct lf_reader_piece {
    uint64_t rows;
    uint64_t bytes;      /* of the selected columns' values, about: layout follows from it */
    uint64_t part_least; /* fewer bytes are not worth a seek into the piece; UINT64_MAX: none are */
} lf_reader_piece;

/* What is known of a flat column's values in a piece, nulls apart. */
typedef struct lf_reader_bounds {
    uint64_t rows, nulls;     /* UINT64_MAX: not known */
    bool has_lo, has_hi;      /* none is below, none above; NaN counts as above all numbers */
    uint64_t lo[2], hi[2];    /* a slot as in array/batch.h, low word first */
    lf_span lo_text, hi_text; /* of text, in the order of its bytes; valid until the next call */
} lf_reader_bounds;

typedef struct lf_reader_type {
    /* Called once, before select. NULL: the reader holds little, and no files. */
    void (*limit)(lf_reader *r, const lf_reader_limits *limits);
    /* Which columns of the schema `next` gives, in this order; copied. */
    lf_rc (*select)(lf_reader *r, const uint32_t *columns, uint32_t n, lf_error *err);
    /* The next up to max_rows rows (at most LF_TILE_ROWS_MAX); n_rows 0: the end. Valid until the
     * next call. */
    lf_rc (*next)(lf_reader *r, uint32_t max_rows, struct lf_batch *out, lf_error *err);
    /* Piece `i`, counted from 0 in the order of rows; *has_out false: behind the last. Asked for in
     * order; does not disturb `next`. NULL: there are none, rows come one after another alone. */
    lf_rc (*piece)(lf_reader *r, uint64_t i, lf_reader_piece *out, bool *has_out, lf_error *err);
    /* Of the `column`th selected column in piece `i`; false: nothing is known. Does not disturb
     * `next`. May be NULL. */
    bool (*bounds)(lf_reader *r, uint64_t i, uint32_t column, lf_reader_bounds *out);
    /* `next` goes on from row `row` of piece `i`, and over the pieces behind it. */
    lf_rc (*seek)(lf_reader *r, uint64_t i, uint64_t row, lf_error *err);
    /* What this reader is likely to take while it reads. NULL: little. After select. */
    uint64_t (*bytes)(lf_reader *r);
    /* At the end: adds the rows that came in and were not given on (bad, filtered). May be NULL. */
    lf_rc (*account)(lf_reader *r, struct lf_report *rep, lf_error *err);
    void (*close)(lf_reader *r);
} lf_reader_type;

struct lf_reader {
    const lf_reader_type *type;
    const struct lf_schema *schema; /* all columns; the reader's */
    uint64_t n_rows;                /* LF_ROWS_UNKNOWN: not known before the end */
};

typedef struct lf_reader_format lf_reader_format;
struct lf_reader_format {
    const char *name;            /* "parquet" */
    bool (*sniff)(lf_span head); /* by the first bytes; true is certain. NULL: never */
    bool again;                  /* may be opened several times, also at once */
    lf_rc (*open)(const lf_reader_format *f, lf_source *s, const lf_alloc *alloc, lf_reader **out,
                  lf_error *err);
};

static inline void lf_reader_close(lf_reader *r) { /* NULL is legal */
    if (r != NULL) r->type->close(r);
}

#endif
