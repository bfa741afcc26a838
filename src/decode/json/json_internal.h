/* decode/json/json_internal.h - what the files of this folder share.
 *
 * Owns: a plan and a decoder own what they point to unless stated. Threads: a plan is
 * read-only once made; a decoder is one thread's. Fails: LF_ENO_MEMORY, 1xx.
 * Life: see core/decoder.h. Not included from outside the folder. */
#ifndef LF_DECODE_JSON_JSON_INTERNAL_H
#define LF_DECODE_JSON_JSON_INTERNAL_H
#include "core/arena.h"
#include "core/decoder.h"
#include "core/limits.h"
#include "decode/json/json_decode.h"
#include "decode/json/json_index.h"
#include "decode/json/json_machine.h"
#include "decode/json/json_walk.h"
#include "infer/cell_kernel.h"
#include "infer/shape.h"

/* A tile with a doubt is walked strictly as a whole: behind one they are small, and grow again. */
#define JSON_TILE_MIN_BYTES (32u * 1024)
#define JSON_TILE_MAX_BYTES (128u * 1024)
#define JSON_TILE_CELLS_MAX (256u * 1024) /* of its columns: of many keys a record may have few */
#define JSON_TILE_ROWS_MIN  16u
/* A record may have one value for so many of the bytes that it may have: text, cells, levels and
 * pages of a value take four times as much (measured). */
#define JSON_VALUE_BYTES  28u
#define JSON_VALUE_COLUMN "json" /* the column of records that are no objects */

typedef enum json_form {
    JSON_LINES,  /* one value a line: a bad line is a bad row */
    JSON_VALUES, /* one value after the other, on lines as they like */
    JSON_ARRAY,  /* the elements of an array, which may lie inside an object */
} json_form;

struct lf_plan {
    lf_plan_base base;
    const lf_alloc *alloc;
    lf_arena arena;
    lf_isa isa;
    json_form form;
    uint64_t record_max_bytes, values_max; /* of a record */
    bool decimal, all_strings, flatten, whole;
    const char *form_reason;
    const char *warning; /* the one of lf_plan_base.warnings */
    const char *path;    /* --json-path, or where the rows were found; "" */
    uint32_t nesting;    /* brackets that are open around the rows: JSON_ARRAY */
    json_node *root;     /* the shape of the head */
    lf_parse_ctx plain;  /* words of the conversion */
    lf_schema given;     /* --schema and --type */
    lf_schema schema;
    lf_shape shape;      /* of the head */
    json_node **columns; /* output columns */
    uint32_t n_columns;
    bool select;       /* --columns: what else there is, is skipped */
    uint32_t rows_max; /* of a tile */
    uint64_t head_rows;
};

/* A growing array of decoder scratch. */
typedef struct json_vec {
    void *data;
    size_t bytes;
} json_vec;

/* Where the skipping of a value that is too large stands. */
typedef struct json_skip {
    uint64_t blank, blank_newlines; /* in front of it */
    uint64_t used, newlines;        /* since the begin of the record */
    uint32_t depth;
    bool begun, ended, in_string, escaped;
} json_skip;

/* A record that the walk before accepted and that must go: a cell does not fit its type. */
typedef struct json_misfit {
    uint32_t row; /* of the tile */
    uint32_t column;
    uint32_t start, len; /* of the cell in the text; no bytes where it is null */
    lf_rc rc;
    char reason[80];
} json_misfit;

struct lf_decoder {
    const lf_plan *plan;
    const lf_alloc *alloc;
    const lf_cell_kernels *kernels;
    json_index_fn index;
    json_node *root;
    json_vec columns_vec, out_vec; /* json_node *, lf_column: of the columns */
    json_node **columns;
    uint32_t n_columns;
    uint32_t n_ghosts; /* columns whose node is not in the tree; see json_grow.c */
    json_walk walk;
    bool any_given;
    bool changed;     /* since the last batch, the shape */
    bool walk_again;  /* rows were lost when columns came */
    lf_schema schema; /* of the last batch that was widened */
    lf_shape shape;   /* handed out by block_end */
    lf_buf texts;     /* JSON text of the tile */

    lf_column *out;
    json_vec nested; /* lf_column: those below the output columns */
    uint32_t n_nested;
    uint64_t at, block_end;
    lf_block_end totals;
    bool over;           /* the array has ended: what follows is checked alone */
    uint32_t over_depth; /* objects around it that are still open */
    bool always_strict;
    bool same_tile;      /* it is walked again, all of it */
    bool too_big;        /* the record at which the strict walk has stopped */
    uint32_t tile_bytes; /* of the next tile */
    uint32_t tile_rows;  /* most rows of this one */

    /* The tile: `len` bytes from `text` hold whole records. */
    const uint8_t *text;
    uint32_t len, n_rows, n_records, n_blank;
    bool newlines_known;  /* one for each record and blank line */
    bool tile_escapes;    /* backslashes may be there */
    bool escapes_unknown; /* escape_bits do not say where */
    json_vec pos_vec, escape_bits, rejects_vec, exc_vec, misfit_vec, escaped_vec;
    uint64_t values; /* of what was indexed last, where they are too many */
    uint32_t n_rejects, n_exc, n_misfits, n_escaped;

    uint64_t tried_at; /* a record there was not whole in `tried` bytes */
    size_t tried;
    bool skipping; /* within a record that is too large */
    uint64_t skip_bytes;
    json_skip skip;
    lf_span torn; /* the piece of it that this call has consumed */
};

/* Makes room for `bytes`, contents kept. */
LF_NODISCARD lf_rc lf_json_vec_reserve(const lf_alloc *a, json_vec *v, size_t bytes, lf_error *err);
const char *lf_json_option(const lf_decode_opts *o, const char *name);
bool lf_json_flag(const lf_decode_opts *o, const char *name);

/* json_plan.c, json_form.c, json_shape.c */
lf_rc lf_json_plan(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **plan_out,
                   lf_error *err);
void lf_json_plan_destroy(lf_plan *p);
lf_rc lf_json_explain(const lf_plan *p, lf_buf *out, lf_error *err);
/* Form, body and path of a text. */
LF_NODISCARD lf_rc lf_json_find_form(lf_plan *p, const lf_decode_opts *o, lf_span head, bool whole,
                                     lf_error *err);
/* json_shape.c: between trees and shapes. */
LF_NODISCARD lf_rc lf_json_shape_of(const json_node *n, const lf_alloc *a, lf_shape *s,
                                    lf_error *err);
LF_NODISCARD lf_rc lf_json_shape_apply(const lf_plan *p, const lf_alloc *a, json_node *n,
                                       const lf_shape *s, lf_error *err);
LF_NODISCARD lf_rc lf_json_become_map(const lf_plan *p, const lf_alloc *a, json_node *n,
                                      lf_error *err);
LF_NODISCARD lf_rc lf_json_column_name(const json_node *n, lf_buf *out, lf_error *err);
/* Columns as a schema (replaces *out), and as the members of a root. */
LF_NODISCARD lf_rc lf_json_schema_of(json_node *const *columns, uint32_t n, lf_schema *out,
                                     lf_error *err);
LF_NODISCARD lf_rc lf_json_columns_shape(json_node *const *columns, uint32_t n, const lf_alloc *a,
                                         lf_shape *root, lf_error *err);

/* json_grow.c: the columns of a block. */
/* Whether the node is an output column, not a place that holds some. */
bool lf_json_is_column(const lf_plan *p, const json_node *n);
LF_NODISCARD lf_rc lf_json_block_shape(lf_decoder *d, const lf_shape *known, lf_error *err);
/* A column that no key of this block has brought yet and whose place in the tree is unknown. */
bool lf_json_is_ghost(const lf_decoder *d, const json_node *n);
LF_NODISCARD lf_rc lf_json_grow_columns(lf_decoder *d, lf_error *err);

/* json_guess.c */
lf_rc lf_json_guess(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found_out,
                    uint64_t *start_out, lf_error *err);

/* json_tile.c: from text to the rows of a tree. */
typedef enum json_tiled {
    JSON_TILE_NONE,    /* no whole record yet */
    JSON_TILE_ROWS,    /* the tile is there: len, n_rows, rejects, blank lines */
    JSON_TILE_TOO_BIG, /* the first record passes the limit */
} json_tiled;
LF_NODISCARD lf_rc lf_json_tile(lf_decoder *d, const uint8_t *text, size_t avail, bool eof,
                                json_tiled *out, lf_error *err);
/* The same records once more, by the machine; `misfits`: without those that d's misfits name. */
LF_NODISCARD lf_rc lf_json_tile_again(lf_decoder *d, bool misfits, lf_error *err);
LF_NODISCARD lf_rc lf_json_reject(lf_decoder *d, lf_reject r, uint32_t start, lf_error *err);

/* `last`: what follows the pieces that were handed on (lf_batch.torn). */
LF_NODISCARD lf_rc lf_json_reject_big(lf_decoder *d, lf_span last, uint64_t bytes, uint32_t start,
                                      lf_error *err);

/* json_skip.c: consumes a value that is too large, piece by piece; the last one comes with the
 * reject. */
LF_NODISCARD lf_rc lf_json_skip_value(lf_decoder *d, lf_span in, bool eof, size_t *used,
                                      lf_error *err);
/* The same of a line. */
LF_NODISCARD lf_rc lf_json_skip_line(lf_decoder *d, lf_span in, bool eof, size_t *used,
                                     lf_error *err);
/* Nothing of a document can be trusted behind in[at]. */
LF_NODISCARD lf_rc lf_json_text_fails(lf_decoder *d, lf_span in, size_t at, const char *why,
                                      lf_error *err);
uint64_t lf_json_count_newlines(const uint8_t *p, size_t n);

/* json_column.c: from cells to typed columns. */
LF_NODISCARD lf_rc lf_json_columns_decode(lf_decoder *d, bool *widened_out, lf_error *err);
/* The record of row `row` of n must go. */
LF_NODISCARD lf_rc lf_json_misfit(lf_decoder *d, const json_node *n, uint32_t row, lf_rc rc,
                                  lf_error *err);
/* json_leaf.c: one leaf. *doubt_out is set where a cell is no JSON value. */
LF_NODISCARD lf_rc lf_json_leaf_read(lf_decoder *d, json_node *n, bool *doubt_out, lf_error *err);
/* Adds cell r to what the head has shown. */
void lf_json_head_cell(json_node *n, const uint8_t *text, uint32_t r);

/* json_decode.c: a decoder in the caller's storage; a plan reads its head with one. */
void lf_json_decoder_init(lf_decoder *d, const lf_plan *p, const lf_alloc *alloc);
void lf_json_decoder_reset(lf_decoder *d);

#endif
