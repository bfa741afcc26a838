/* decode/arrow/arrow_internal.h - what the parts of the reader share.
 *
 *   arrow_field   the schema: a tree, its types and what becomes of them
 *   arrow_body    the buffers of one message; an arrow_node for each field of it
 *   arrow_run     rows of a node that stand side by side; a column is read by a list of them
 *
 * Owns, Threads, Fails, Life: as arrow_reader.h. */
#ifndef LF_DECODE_ARROW_ARROW_INTERNAL_H
#define LF_DECODE_ARROW_ARROW_INTERNAL_H
#include "array/batch.h"
#include "core/arena.h"
#include "core/limits.h"
#include "decode/arrow/arrow_reader.h"
#include "format/arrow/arrow_meta.h"
#include "format/arrow/flat_read.h"

typedef struct arrow_field arrow_field;
typedef struct arrow_node arrow_node;
typedef struct arrow_dictionary arrow_dictionary;

struct arrow_field {
    char *name;
    uint8_t id;   /* lf_arrow_id, of the values where it is coded */
    uint8_t bits; /* of a value; FIXED_BINARY: see `fixed` */
    bool is_signed, nullable, is_large, is_dense, binary, coded, wanted, is_uuid;
    uint8_t unit;
    uint32_t fixed;      /* bytes of FIXED_BINARY, items of FIXED_LIST, scale of printed decimals */
    lf_type type;        /* what becomes of it */
    const char *refused; /* NULL, or why it cannot be read */
    arrow_field *children;
    uint32_t n_children;
    /* coded: rows are indices into a dictionary */
    int64_t dictionary_id;
    uint8_t index_bits;
    bool index_signed;
    arrow_dictionary *dictionary;
};

typedef enum arrow_buf_state {
    ARROW_BUF_PACKED, /* compressed, as far as is known */
    ARROW_BUF_STORED, /* in the source */
    ARROW_BUF_SPILLED,
    ARROW_BUF_HELD, /* `window` is all of it */
} arrow_buf_state;

typedef struct arrow_buf {
    arrow_buf_state state;
    uint64_t at, length;
    lf_sink *file;   /* SPILLED */
    uint8_t *block;  /* what was allocated */
    uint8_t *window; /* in it, at a multiple of 64 */
    size_t window_cap, window_len;
    uint64_t window_from;
    int codec;
} arrow_buf;

struct arrow_node {
    const arrow_field *field;
    uint64_t length, nulls;
    arrow_buf *bufs; /* validity (unless NULL_, RUN_END), then as the layout has them */
    uint32_t n_bufs;
    arrow_node *children;
};

/* The arrays of one message. */
typedef struct arrow_body {
    lf_arena arena; /* nodes */
    arrow_buf *bufs;
    uint32_t n_bufs, cap_bufs;
    arrow_node *nodes; /* of the columns; a dictionary's: one */
    uint64_t rows;
    lf_sink *spill;
    uint64_t spill_bytes;
} arrow_body;

struct arrow_dictionary {
    int64_t id;
    arrow_field *field;  /* of its values */
    arrow_body **bodies; /* one, and one for each delta */
    uint32_t n_bodies, cap_bodies;
    uint64_t rows, row_bytes_max; /* the latter of the first n_weighed bodies */
    uint32_t n_weighed;
    bool cached, cache_refused;
    size_t cache_bytes;
    lf_arena arena;  /* of `cache` */
    lf_column cache; /* all its values */
};

typedef struct arrow_run {
    const arrow_node *node;
    uint64_t from;
    uint32_t n;
} arrow_run;

typedef struct arrow_runs {
    arrow_run *items;
    size_t n;
    uint64_t rows;
} arrow_runs;

typedef struct arrow_reader {
    lf_reader base;
    const lf_alloc *alloc;
    lf_reader_limits opts;
    lf_source *source;
    uint64_t size;
    bool is_file, swapped, ended;
    int version; /* of the metadata: 4 is V5 */
    lf_arena schema_arena;
    arrow_field *fields;
    uint32_t n_fields;
    lf_schema schema;
    arrow_dictionary *dictionaries;
    uint32_t n_dictionaries, cap_dictionaries;
    lf_buf footer; /* file: the metadata of all, which the blocks point into */
    lf_flat_list batches;
    uint32_t next_batch;
    uint64_t at;            /* stream: of the next message */
    lf_buf meta;            /* of the message at hand */
    arrow_body body, probe; /* the batch being read; one whose size is asked for */
    lf_buf places;          /* stream: uint64_t[] of its batches, as far as was looked */
    uint64_t places_at;     /* of the message behind them */
    bool places_end;
    uint64_t n_buffers;         /* that the columns may have */
    uint64_t row, batch_number; /* in the body; batches before it */
    uint32_t *columns;
    lf_column *out;
    uint32_t n_columns;
    lf_arena arena; /* of the batch handed out */
    size_t window_bytes, held_bytes, share_bytes;
    uint32_t depth; /* of dictionaries whose values have dictionaries */
} arrow_reader;

/* ---- arrow_schema.c ---- */
LF_NODISCARD lf_rc lf_arrow_schema_read(arrow_reader *r, const lf_flat_table *schema,
                                        lf_error *err);
LF_NODISCARD lf_rc lf_arrow_corrupt(lf_error *err, uint64_t at, const char *what);

/* ---- arrow_buffer.c ---- */
/* Bytes [from, from + n) of the buffer, readable 64 bytes on; valid until the next call for it. */
LF_NODISCARD lf_rc lf_arrow_buf_get(arrow_reader *r, arrow_buf *b, uint64_t from, uint64_t n,
                                    const uint8_t **out, lf_error *err);
/* Items of `width` bytes, in the order of bytes of this machine; swapped ones lie in `arena`. */
LF_NODISCARD lf_rc lf_arrow_buf_items(arrow_reader *r, arrow_buf *b, uint64_t from, uint64_t n,
                                      uint32_t width, lf_arena *arena, const uint8_t **out,
                                      lf_error *err);
/* How long it is once it is decompressed. */
LF_NODISCARD lf_rc lf_arrow_buf_plain(arrow_reader *r, const arrow_buf *b, uint64_t *out,
                                      lf_error *err);
void lf_arrow_body_clear(arrow_reader *r, arrow_body *b); /* keeps windows and file */
void lf_arrow_body_reset(arrow_reader *r, arrow_body *b);
LF_NODISCARD lf_rc lf_arrow_read_at(arrow_reader *r, uint64_t at, void *dst, size_t n,
                                    lf_error *err);

/* ---- arrow_message.c ---- */
typedef struct arrow_message {
    uint8_t type;
    lf_flat_table header;
    uint64_t at, body_at, body_bytes, end;
} arrow_message;
/* The message at `at`; type 0: the end of the stream. Its tables point into r->meta. */
LF_NODISCARD lf_rc lf_arrow_message_read(arrow_reader *r, uint64_t at, lf_flat_in *in,
                                         arrow_message *out, lf_error *err);
/* Nodes and buffers of a record batch, for `fields`. */
LF_NODISCARD lf_rc lf_arrow_body_load(arrow_reader *r, const arrow_message *m,
                                      const lf_flat_table *batch, arrow_field *fields, uint32_t n,
                                      bool is_dictionary, arrow_body *b, lf_error *err);
/* Makes a dictionary for each id that fields are coded by. */
LF_NODISCARD lf_rc lf_arrow_dictionaries_find(arrow_reader *r, arrow_field *f, uint32_t n,
                                              lf_error *err);
LF_NODISCARD lf_rc lf_arrow_dictionary_load(arrow_reader *r, const arrow_message *m, lf_error *err);
void lf_arrow_dictionaries_reset(arrow_reader *r);

/* ---- arrow_column.c, arrow_nested.c ---- */
/* mask: bit r clear: a null, whatever the node says; NULL: none. */
LF_NODISCARD lf_rc lf_arrow_column_read(arrow_reader *r, const arrow_field *f,
                                        const arrow_runs *runs, const uint64_t *mask,
                                        lf_arena *arena, lf_column *out, lf_error *err);
LF_NODISCARD lf_rc lf_arrow_nested_read(arrow_reader *r, const arrow_field *f,
                                        const arrow_runs *runs, lf_arena *arena, lf_column *out,
                                        lf_error *err);
LF_NODISCARD lf_rc lf_arrow_coded_read(arrow_reader *r, const arrow_field *f,
                                       const arrow_runs *runs, const uint64_t *mask,
                                       lf_arena *arena, lf_column *out, lf_error *err);
LF_NODISCARD lf_rc lf_arrow_run_ends_read(arrow_reader *r, const arrow_field *f,
                                          const arrow_runs *runs, const uint64_t *mask,
                                          lf_arena *arena, lf_column *out, lf_error *err);
/* ---- arrow_printed.c ---- */
#define LF_ARROW_PRINT_MAX 88u /* bytes of one printed value */
/* Whether it becomes text that it is not stored as. */
bool lf_arrow_is_printed(const arrow_field *f);
LF_NODISCARD lf_rc lf_arrow_printed_read(arrow_reader *r, const arrow_field *f,
                                         const arrow_runs *runs, lf_arena *arena, lf_column *to,
                                         lf_error *err);
/* Sets out->validity and null_count from the nodes and the mask. */
LF_NODISCARD lf_rc lf_arrow_validity_read(arrow_reader *r, const arrow_runs *runs,
                                          const uint64_t *mask, lf_arena *arena, lf_column *out,
                                          lf_error *err);
/* About what rows [from, from + n) take once read. */
LF_NODISCARD lf_rc lf_arrow_weigh(arrow_reader *r, const arrow_node *a, uint64_t from, uint64_t n,
                                  uint64_t *bytes, lf_error *err);
LF_NODISCARD lf_rc lf_arrow_run_find(arrow_reader *r, const arrow_node *a, uint64_t row,
                                     uint64_t *value_out, uint64_t *end_out, lf_error *err);
LF_NODISCARD lf_rc lf_arrow_runs_add(arrow_runs *runs, const arrow_node *node, uint64_t from,
                                     uint64_t n, lf_error *err);
/* Room for n runs. */
LF_NODISCARD lf_rc lf_arrow_runs_make(arrow_runs *runs, lf_arena *arena, size_t n, lf_error *err);
/* Items of 1, 2, 4 or 8 bytes at p. */
int64_t lf_arrow_int(const uint8_t *p, uint64_t i, uint32_t width, bool is_signed);
/* n aligned, readable slots of `width` bytes. */
LF_NODISCARD lf_rc lf_arrow_slots(lf_arena *arena, uint64_t n, uint32_t width, void *out,
                                  lf_error *err);

#endif
