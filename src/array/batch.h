/* array/batch.h - one tile of rows on its way from a decoder to an encoder.
 *
 * Arrow-like: one slot a row, validity beside it. Fixed-size types have `values`;
 * strings are views (start[r], len[r]) into `bytes`, which is the decoder's text
 * or scratch, so a batch is valid only until the decoder's next call, and
 * LF_OVERREAD_BYTES past any string may be read.
 *
 * Where a column's text may still be wanted (a later value may turn the column
 * into text), `form` and `exc` say how to print the values exactly as they were
 * written: value r of the tile prints by `form` unless it is listed in `exc`.
 *
 * Owns: nothing. Threads: one at a time. Fails: never. */
#ifndef LF_ARRAY_BATCH_H
#define LF_ARRAY_BATCH_H
#include "array/type.h"

/* How a value of a typed column was written. Zero = the type's plain print.
 * `kind` and `param` are defined by infer/print.h; opaque to everyone else. */
typedef struct lf_form {
    uint8_t kind;      /* of the value's type, LF_FORM_* */
    uint8_t param;     /* e.g. digits after the point */
    uint8_t null_word; /* how nulls of the tile were written: 0 empty, else 1 + index in the
                          column's null words */
    uint8_t zone;      /* timestamps: index of the zone's spelling, LF_ZONE_* */
    uint8_t style;     /* how a clock, a month or a number was dressed, LF_STYLE_* */
    uint8_t words;     /* months: language and details; numbers: currency and group mark */
} lf_form;

/* A cell whose text the form does not give back. */
typedef struct lf_exception {
    uint32_t row;        /* in the tile */
    uint32_t start, len; /* its text, in the column's bytes; unescaped */
} lf_exception;

typedef struct lf_column lf_column;
struct lf_column {
    lf_type type;
    uint32_t null_count;
    const uint64_t *validity; /* bit r set: row r has a value; NULL when null_count == 0; bits past
                                 the last row are 0 */
    const void *values; /* fixed-size types; null slots hold anything; 64-byte aligned; readable to
                           a multiple of 64 bytes + 64 */
    const uint8_t *bytes; /* strings: never NULL; also where exceptions and text views point */
    const uint32_t *start, *len; /* strings: null slots have len 0. Typed columns: the cells' text
                                    if it was asked for, else NULL */
    lf_form form;
    const lf_exception *exc;
    uint32_t n_exc;
    /* Nested. LIST and MAP have offsets[n_rows + 1] into the children; a null or empty list has no
     * slots there. The children of a STRUCT have a slot for each of its slots, and a null one under
     * a null struct. `form` and `exc` of a leaf below the top count its values alone, nulls left
     * out: exc[i].row is the number of the value among those of this batch. Plain text of formats
     * that know bare and quoted scalars (JSON): form.kind LF_FORM_TEXT_BARE or 0 (quoted), and the
     * exceptions are the values of the other kind (their text is not looked at). */
    const uint32_t *offsets;
    const lf_column *children;
    uint32_t n_children, n_child_rows;
};

/* A row that was not decoded. */
typedef struct lf_reject {
    lf_rc rc;             /* LF_EROW_WIDTH ... */
    uint32_t rows_before; /* good rows of this batch that come before it */
    uint32_t column;      /* from 1; 0: the whole row */
    uint64_t byte_offset; /* of its first byte in the text; flow tells that in the stored bytes */
    uint64_t records_before,
        newlines_before;     /* since the block's start: records (good or bad) and '\n' */
    lf_span raw;             /* verbatim, without the line end; valid as the batch */
    bool torn;               /* raw is only what follows the torn pieces of the batches before */
    uint32_t mark, mark_len; /* the offending bytes within raw */
    char reason[96];
} lf_reject;

typedef struct lf_batch {
    uint32_t n_rows, n_columns;
    const lf_column *columns;
    uint64_t byte_offset; /* of the first record in the decoded text */
    uint64_t keep_from;   /* `keep`: text from here on may be wanted again (LF_READ_AGAIN) */
    bool keep;
    bool widened; /* some column's type differs from the last batch's */
    /* Decoders whose plan has a shape: the columns of this batch, all of them with their trees, as
     * they are now; flow looks at it where `widened` is set. Columns and members of structs are
     * only ever added behind those that were there. NULL: nothing but types of flat columns
     * changes. */
    const lf_schema *schema;
    uint32_t n_padded; /* short rows that were filled */
    const lf_reject *rejects;
    uint32_t n_rejects;
    lf_span torn; /* a piece of a record that is too large, verbatim; its reject comes later */
} lf_batch;

static inline bool lf_column_is_valid(const lf_column *c, uint32_t r) {
    return c->validity == NULL || ((c->validity[r >> 6] >> (r & 63)) & 1);
}

/* Yields a column piece by piece (read-back, re-typing). `n_rows_out` 0 is the end. */
typedef struct lf_column_iter lf_column_iter;
struct lf_column_iter {
    lf_rc (*next)(lf_column_iter *it, lf_column *out, uint32_t *n_rows_out, lf_error *err);
    void (*close)(lf_column_iter *it); /* frees it; after any outcome */
};

#endif
