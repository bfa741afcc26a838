/* api/verify_internal.h - what the parts of lf_verify share.
 *
 * An input of text is read by readers of verify's own (CSV: verify_text.c, JSON: verify_json.c),
 * one byte after the other and as text; what the conversion does with SIMD and typed kernels is not
 * used. The text is then read as the output's type by infer/parse.h, the definition of what text
 * means, and compared with the value that was stored. Inputs that have types, and the output, come
 * as batches (verify_side.c); an output of text gets its types as a conversion would give them.
 *
 * Owns: as named. Threads: the text reader may run in one of its own; the rest in the caller's.
 * Fails: 1xx, 3xx, 7xx. A difference is no failure. Life: of one lf_verify call. */
#ifndef LF_API_VERIFY_INTERNAL_H
#define LF_API_VERIFY_INTERNAL_H
#include "api/inputs.h"
#include "api/text_stream.h"
#include "array/batch.h"
#include "charset/charset.h"
#include "core/buf.h"
#include "core/source.h"
#include "decode/csv/csv_facts.h"
#include "decode/json/json_facts.h"
#include "decode/parquet/parquet_reader.h"
#include "infer/print.h"
#include <logflow/logflow.h>
#include <pthread.h>

/* ---- cells ---- */

typedef enum verify_kind {
    VERIFY_PLAIN,
    VERIFY_QUOTED,
    VERIFY_MISSING, /* the row is shorter, the object has no such key */
    VERIFY_JSON,    /* the text is a JSON value */
} verify_kind;

#define VERIFY_KIND_SHIFT 30
#define VERIFY_ESCAPED    (1u << 29) /* while a record is read: has doubled quotes */
#define VERIFY_LEN_MAX    ((1u << 29) - 1)

typedef struct verify_cell {
    uint32_t start, len_kind; /* in the tile's text */
} verify_cell;

static inline uint32_t verify_len(verify_cell c) {
    return c.len_kind & VERIFY_LEN_MAX;
}
static inline verify_kind verify_kind_of(verify_cell c) {
    return (verify_kind)(c.len_kind >> VERIFY_KIND_SHIFT);
}

typedef struct verify_row {
    uint64_t row, line; /* as errors count them: rejected rows too; 0 where unknown */
    uint64_t offset;    /* UINT64_MAX where unknown */
    uint32_t fields;    /* more than the table has: the first `width` are in cells */
} verify_row;

/* Some rows of the input, column by column. */
typedef struct verify_tile {
    uint8_t *text;
    size_t text_cap;
    verify_cell *cells; /* column * stride + row */
    uint32_t stride, n_rows;
    verify_row *rows;
    size_t cells_bytes, rows_bytes;
} verify_tile;

/* ---- the ledger of bad rows (verify_ledger.c) ---- */

typedef struct verify_ledger {
    lf_source *source; /* NULL: there is none */
    const char *path;
    lf_buf line, raw; /* bytes read but not used; the next row's bytes */
    size_t at;
    bool has;                   /* the rest is of the next row */
    uint64_t offset, row, rows; /* its place, its number; how many so far */
    bool eof;
} verify_ledger;

LF_NODISCARD lf_rc lf_verify_ledger_open(verify_ledger *l, const char *path, const lf_alloc *a,
                                         lf_error *err);
LF_NODISCARD lf_rc lf_verify_ledger_next(verify_ledger *l, lf_error *err);
void lf_verify_ledger_close(verify_ledger *l);

/* ---- the input as text (verify_text.c) ---- */

#define VERIFY_TILES     3u
#define VERIFY_KEYS_KEPT 16u
#define VERIFY_KEY_MAX   80u

/* A key of a JSON record that is a column of neither side, with a value. */
typedef struct verify_key {
    char name[VERIFY_KEY_MAX];
    uint64_t row, line, offset;
} verify_key;

typedef struct verify_text {
    const lf_alloc *alloc;
    lf_source *source;
    lf_csv_facts facts;
    uint32_t planned_width; /* facts.width before --ragged widen added to it */
    verify_ledger *ledger;
    const int *cancel;
    uint8_t stops[256]; /* bytes that end a field */
    /* JSON (verify_json.c) */
    bool is_json, closed; /* closed: the array has ended */
    bool whole_records;   /* each is one cell, of the column "json" */
    lf_json_facts json;
    const lf_schema *names; /* the columns of a tile */
    lf_buf path;            /* --flatten: keys from the top, joined by dots */
    verify_key keys[VERIFY_KEYS_KEPT];
    uint32_t n_keys;
    /* dialects that verify does not read itself: a decoder, which makes all columns text */
    const lf_plan *plan;
    lf_decoder *decoder; /* NULL: read by verify_text.c */
    uint8_t *window;
    size_t window_bytes, window_at, window_n;
    bool over;
    /* position */
    uint64_t skip;                  /* bytes to pass over before the first record */
    uint64_t offset, row, line;     /* of the next record */
    uint64_t place, skip_place;     /* `offset` and `skip` in the stored bytes */
    lf_ruler *ruler;                /* of their encoding; NULL: the text is as it is stored */
    const verify_tile *left_tile;   /* holds what was read beyond the last record */
    size_t left_at, left_n, wanted; /* wanted: how much to read for a tile */
    bool eof;
    /* counts, for after the end */
    uint64_t rejected, padded, blank, bytes;
    bool ledger_off; /* a row of the ledger is not what the input has there */
    uint64_t ledger_off_at;
    /* the ring */
    verify_tile tiles[VERIFY_TILES];
    uint32_t filled, taken; /* tiles, ever growing */
    bool started, done, stop, threaded;
    pthread_t thread;
    pthread_mutex_t mu;
    pthread_cond_t cv;
    lf_rc rc;
    lf_error err;
} verify_text;

/* `t` is zeroed but for alloc, source, facts, ledger, cancel, skip, line. */
LF_NODISCARD lf_rc lf_verify_text_start(verify_text *t, lf_error *err);
/* The next tile, the caller's until the next call; n_rows 0: the end. */
LF_NODISCARD lf_rc lf_verify_text_next(verify_text *t, const verify_tile **out, lf_error *err);
/* Ends the thread; what was counted can then be read. */
void lf_verify_text_halt(verify_text *t);
void lf_verify_text_stop(verify_text *t); /* safe twice, and on a zeroed one */
/* The tile that is being filled. */
typedef struct verify_filling {
    verify_tile *k;
    size_t at, n; /* next record; end of the text, where a '\n' stands as a sentinel */
} verify_filling;
/* Reads on until there are `want` bytes, or the end. */
LF_NODISCARD lf_rc lf_verify_text_more(verify_text *t, verify_filling *f, size_t want,
                                       lf_error *err);
/* verify_json.c: the next record, of whatever kind. *more: it is not all there. */
LF_NODISCARD lf_rc lf_verify_json_step(verify_text *t, verify_filling *f, bool *more,
                                       lf_error *err);
LF_NODISCARD lf_rc lf_verify_json_end(const verify_text *t, const verify_filling *f, lf_error *err);
/* verify_decoded.c */
/* Goes over n bytes of text. */
void lf_verify_text_pass(verify_text *t, const uint8_t *p, size_t n);
/* From t->offset on; `read` has been taken from the source and not been used. */
LF_NODISCARD lf_rc lf_verify_decoded_start(verify_text *t, lf_span read, lf_error *err);
LF_NODISCARD lf_rc lf_verify_decoded_fill(verify_text *t, verify_tile *k, lf_error *err);
void lf_verify_decoded_stop(verify_text *t);
/* Room in the tile for `cap` bytes of text, and one behind them. */
LF_NODISCARD lf_rc lf_verify_tile_grow(const verify_text *t, verify_tile *k, size_t cap,
                                       lf_error *err);

/* ---- comparing cells (verify_cell.c) ---- */

/* What comparing JSON needs beside the two values; one for all columns. */
typedef struct verify_scratch {
    lf_buf text, key, left, right, slots;
    lf_rc rc;       /* the first failure: memory */
    char path[160]; /* where within a nested value the last comparison failed: ".a[2]" */
} verify_scratch;

typedef struct verify_column verify_column;
struct verify_column {
    const char *name;     /* in the input */
    uint32_t left, right; /* columns of tile or left batch; of the output's batch */
    lf_type type;         /* of the output */
    lf_pq_as as;
    bool single;       /* FLOAT or FLOAT16: fewer bits than a double */
    bool maybe_single; /* the output's format does not say: a value that is a float may be one */
    bool left_single;
    bool null_is_empty;
    const lf_field *left_field, *right_field; /* nested: names of children */
    lf_parse_ctx ctx;
    uint32_t formats; /* of dates: those that all cells so far fit */
    uint64_t different, rounded, zones, cut;
    uint64_t quoted;  /* strings that stand as JSON text, in quotes */
    uint64_t objects; /* values that can but be JSON text */
    /* nested */
    verify_column *kids; /* as the type's children */
    uint32_t n_kids;
    verify_scratch *scratch;
};

/* Whether the cell says what row r of `v` holds. */
bool lf_verify_cell_equal(verify_column *c, lf_span text, verify_kind kind, const lf_column *v,
                          uint32_t r);
uint64_t lf_verify_cell_hash(const verify_column *c, lf_span text, verify_kind kind);
/* A value's hash: equal for equal values of one type, however they are stored. */
uint64_t lf_verify_value_hash(const lf_column *v, uint32_t r);
uint64_t lf_verify_bytes_hash(const void *p, size_t n);

/* ---- JSON against values (verify_tree.c) ---- */

/* Whether the JSON text says what row r of `v` holds. text.data NULL: nothing does. */
bool lf_verify_json_equal(verify_column *c, lf_span text, const lf_column *v, uint32_t r);
/* Equal for texts that are equal to one value. `printed`: it is our own print of a value. */
uint64_t lf_verify_json_hash(const verify_column *c, lf_span text, bool printed);
/* Of a text of a column of texts; objects and arrays in it whatever their blanks and order. */
uint64_t lf_verify_text_hash(verify_scratch *s, lf_span text);
/* Behind the value at p; NULL: it is not all there, or none. `eof`: nothing follows `end`. */
const uint8_t *lf_verify_json_skip(const uint8_t *p, const uint8_t *end, bool eof);
/* What stands between the quotes of a JSON string, unescaped; in `out`, or as it is. */
lf_span lf_verify_json_unquote(lf_span inner, lf_buf *out, lf_rc *rc);
/* The same of the name of a column, which ends at a NUL: the picture of one stands for it. */
lf_span lf_verify_json_name(lf_span inner, lf_buf *out, lf_rc *rc);

typedef struct verify_members {
    const uint8_t *p, *end;
} verify_members;
verify_members lf_verify_members_of(lf_span object);
/* The next key, between its quotes, and its value. */
bool lf_verify_member_next(verify_members *m, lf_span *key, lf_span *value);

/* ---- the sides (verify_side.c) ---- */

typedef struct verify_side {
    const char *path;
    lf_settings set; /* of OUT, which has none of IN's options */
    lf_inputs inputs;
    lf_reader *reader;          /* NULL: text, which verify_text.c reads */
    lf_parquet_reader *parquet; /* what its footer says; NULL: another format */
    lf_text_stream text;        /* behind `reader` where that reads a text */
    lf_batch batch;
    uint32_t at; /* row of the batch */
    uint64_t row;
    bool end;
} verify_side;

/* Opens the input; one of text is left to its caller (reader NULL). */
LF_NODISCARD lf_rc lf_verify_open_in(verify_side *s, const lf_settings *set, const char *path,
                                     lf_error *err);
/* Opens what is to be proven, of any format. `to`: its format by name, or NULL. */
LF_NODISCARD lf_rc lf_verify_open_out(verify_side *s, const lf_settings *of_in, const char *to,
                                      const char *path, lf_error *err);
void lf_verify_side_close(verify_side *s);

/* ---- the job (verify.c, verify_rows.c) ---- */

typedef struct verify_job {
    lf_verify_opts opts;
    const lf_alloc *alloc;
    const char *in, *out;
    bool typed; /* the input has types too */
    verify_scratch scratch;
    verify_text text;
    const verify_tile *tile;
    uint32_t tile_at;
    verify_ledger ledger;
    verify_side left, right; /* left: typed inputs */
    verify_column *columns;
    uint32_t n_columns;
    uint64_t limit_rows;
    uint64_t skip_rows;  /* of the first rows of the input, that OUT is not to have */
    uint64_t may_filter; /* how many rows in all OUT may be without */
    uint64_t filtered;   /* how many of the input's rows were passed over for that */
    bool sparse;         /* some of them stood among the others */
    lf_verify_report *rep;
    uint64_t *right_hash; /* a row, of LF_TILE_ROWS_MAX */
    uint8_t *unequal;
    uint32_t resyncs;
    uint64_t left_ordered, right_ordered, left_any, right_any;
    lf_buf a, b; /* texts of cells */
} verify_job;

LF_NODISCARD lf_rc lf_verify_rows(verify_job *j, lf_error *err);

/* verify_typed.c: inputs that have types. a and b are scratch for texts. */
LF_NODISCARD lf_rc lf_verify_typed_equal(verify_column *c, const lf_column *in, uint32_t in_row,
                                         const lf_column *out, uint32_t out_row, lf_buf *a,
                                         lf_buf *b, bool *equal_out, lf_error *err);
/* n rows of one flat type that need no text to be compared: ors into `unequal`. False: they do. */
bool lf_verify_typed_run(const verify_column *c, const lf_column *in, uint32_t in_row,
                         const lf_column *out, uint32_t out_row, uint32_t n, uint8_t *unequal);
/* In `out_type` where that is told, so that it can be compared with the output's. */
LF_NODISCARD lf_rc lf_verify_typed_hash(verify_column *c, const lf_column *v, uint32_t r,
                                        bool of_input, lf_buf *a, uint64_t *hash_out,
                                        lf_error *err);
/* verify_report.c */
LF_NODISCARD lf_rc lf_verify_note(lf_verify_report *rep, lf_error *err, const char *fmt, ...)
    LF_PRINTF(3, 4);
LF_NODISCARD lf_rc lf_verify_add(verify_job *j, const lf_verify_difference *d, lf_span in,
                                 bool in_null, lf_span out, bool out_null, lf_error *err);
LF_NODISCARD lf_rc lf_verify_fill_json(lf_verify_report *rep, lf_error *err);

#endif
