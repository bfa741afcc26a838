/* encode/parquet/parquet_internal.h - what the writer's files share.
 *
 * lf_encoder (one a file) holds the settings, the layout and the commit log; lf_group (one a
 * worker) holds a pq_column per leaf column, a store of finished pages, and scratch that all its
 * columns share. A pq_column stages values, encodes them step by step into the page at hand, and
 * keeps a record of each finished page.
 *
 * Owns: as named. Threads: core/encoder.h. Fails: as named. Life: core/encoder.h. */
#ifndef LF_ENCODE_PARQUET_PARQUET_INTERNAL_H
#define LF_ENCODE_PARQUET_PARQUET_INTERNAL_H
#include "array/batch.h"
#include "array/schema_map.h"
#include "codec/codec.h"
#include "core/buf.h"
#include "core/encoder.h"
#include "core/spill.h"
#include "encode/parquet/parquet_dict.h"
#include "encode/parquet/parquet_mem.h"
#include "encode/parquet/parquet_store.h"
#include "format/parquet/parquet_meta.h"
#include "format/parquet/pq_encode.h"
#include "format/parquet/pq_page_read.h"

#define PQ_JUDGE_ROWS      20480u /* a chunk's first block, on which encodings are judged */
#define PQ_PROBE_ROWS      4096u  /* where a hopeless dictionary of strings is given up early */
#define PQ_STEP_ROWS       4096u  /* values are encoded, and pages end, in steps of this */
#define PQ_PAGE_ROWS_SHORT 32768u
#define PQ_PAGE_ROWS_LONG  (1u << 20)
#define PQ_PAGE_BYTES_MAX  (1u << 20)
#define PQ_PAGE_BYTES_MIN  4096u
#define PQ_WIDE_LEAVES     256u /* from here on a column's memory counts more than its speed */
#define PQ_STAT_BYTES      64u  /* strings in statistics are cut here */
#define PQ_PREFIX_ROOM     96u  /* before a page's values: levels and heads that are small */

typedef enum pq_encodings { PQ_ENC_PLAIN, PQ_ENC_DEFAULT, PQ_ENC_MODERN } pq_encodings;

typedef struct pq_settings {
    lf_codec codec;
    int level;
    pq_encodings encodings;
    bool v2;
} pq_settings;

/* All of it follows from options and schema; see parquet_layout.c. */
typedef struct pq_layout {
    uint32_t judge_rows, step_rows, page_rows, page_bytes;
    uint32_t dict_bytes; /* of a dictionary page, at most */
    uint32_t dense;      /* not 0: many columns: dictionaries are kept small */
    uint64_t stage_bytes;
} pq_layout;

/* How values are handled, by type. */
typedef enum pq_kind {
    PQ_K_BOOL,
    PQ_K_I32,
    PQ_K_I64,
    PQ_K_U64,
    PQ_K_F64,
    PQ_K_FIXED, /* decimals of more than 18 digits */
    PQ_K_STR
} pq_kind;

typedef enum pq_mode {
    PQ_M_JUDGE, /* nothing encoded yet */
    PQ_M_DICT,
    PQ_M_PLAIN,
    PQ_M_DELTA,
    PQ_M_SPLIT,  /* BYTE_STREAM_SPLIT */
    PQ_M_RLE,    /* booleans */
    PQ_M_LENGTH, /* DELTA_LENGTH_BYTE_ARRAY */
    PQ_M_PREFIX  /* DELTA_BYTE_ARRAY */
} pq_mode;

typedef enum pq_codec_state { PQ_CODEC_UNDECIDED, PQ_CODEC_ON, PQ_CODEC_OFF } pq_codec_state;

/* A leaf of the schema tree. */
typedef struct pq_leaf {
    uint32_t column; /* of the schema */
    uint8_t max_def, max_rep;
    bool nested;  /* below the top of the tree: levels are bytes */
    lf_type type; /* nested leaves; flat columns take the group's */
    lf_span *path;
    uint32_t n_path;
} pq_leaf;

/* One bound of a statistic. Fixed values: 8 bytes (4, or 1) little-endian; FIXED: big-endian. */
typedef struct pq_bound {
    uint8_t len;
    bool set, exact;
    uint8_t bytes[PQ_STAT_BYTES + 4];
} pq_bound;

typedef union pq_number {
    int64_t i;
    uint64_t u;
    double d;
    int32_t w;
} pq_number;

/* A finished page; its bounds' bytes follow it in pq_column.pages and in the commit log. */
typedef struct pq_page_rec {
    uint64_t at; /* in the store */
    uint32_t size, levels, rows, nulls;
    uint8_t min_len, max_len, has_bounds, has_any;
} pq_page_rec;

/* What the commit log keeps of a chunk; min, max and the page records follow. */
typedef struct pq_chunk_rec {
    uint64_t offset; /* in the group */
    uint64_t levels, nulls, raw_bytes, stored_bytes;
    uint32_t n_pages, pages_bytes, dict_bytes; /* dict_bytes: stored size of its page; 0: none */
    uint32_t n_dict_pages, n_other_pages;      /* data pages by encoding */
    lf_type type;
    uint8_t physical, codec, encoding, has_bounds, index; /* encoding: of the other pages */
    pq_bound min, max;
} pq_chunk_rec;

typedef struct pq_column {
    /* set by lf_pqw_column_begin */
    const pq_leaf *leaf;
    lf_type type;
    uint8_t kind, physical, mode, fallback;
    uint8_t width; /* bytes of a staged value */
    uint8_t fixed_len;
    uint8_t codec_state;
    uint8_t tail_n; /* codes that wait for a group of eight */
    uint16_t tail[8];
    bool probed;
    bool sealed;                  /* or copied from another file */
    uint32_t step_left;           /* levels until the next step */
    uint64_t levels, rows, nulls; /* of the chunk, the page at hand included */
    /* staged: values (u64, u32) or codes (u16), null-free; DELTA: n_resid of them are old */
    pq_mem stage;
    uint32_t n_stage, n_resid;
    /* the page at hand */
    pq_mem body; /* PQ_PREFIX_ROOM, then encoded values */
    size_t body_len;
    pq_mem lens, prefixes; /* LENGTH, PREFIX: lengths; PREFIX: shared with the value before */
    uint32_t n_lens;
    pq_mem last; /* PREFIX: the value before */
    uint32_t last_len;
    pq_mem def;                                  /* bitmap (flat) or bytes (nested) */
    pq_mem rep;                                  /* nested: bytes */
    bool has_def;                                /* flat: the bitmap is made */
    uint32_t page_levels, page_rows, page_nulls; /* staged ones included */
    uint32_t enc_levels, enc_rows, enc_nulls;    /* encoded ones */
    uint32_t width_bits;                         /* DICT: of the page */
    bool page_open;                              /* DICT, DELTA: it has values */
    int64_t first, prev;                         /* DELTA */
    /* statistics of the page */
    pq_number lo, hi;
    bool has_lo;
    /* raw strings; same_len bytes of both are the same, lo.u, hi.u: eight behind, big-endian */
    pq_mem lo_text, hi_text;
    size_t lo_len, hi_len;
    uint32_t same_len;
    pq_mem seen; /* DICT strings: a byte a code, n_seen of them */
    uint32_t n_seen;
    __int128 lo_fixed, hi_fixed;
    /* the chunk */
    pq_numdict num;
    pq_strdict str;
    lf_buf pages;
    uint32_t n_pages, n_dict_pages, n_other_pages;
    uint64_t raw_bytes, stored_bytes;
    uint64_t dict_at;
    uint32_t dict_stored;
    uint8_t other_encoding;
    bool index_off;  /* a page without bounds: no column index */
    bool bounds_off; /* nor bounds of the chunk */
    pq_bound min, max;
} pq_column;

typedef struct pq_group_rec {
    uint64_t offset, bytes, rows, log_at, log_bytes;
    uint32_t n_chunks, shape; /* number of its shape: 0: the base, n: shapes[n - 1] */
    uint64_t mixed;           /* the layout changed within the group: to be encoded anew */
} pq_group_rec;

/* Columns and what follows from them. Immutable once made. */
typedef struct pq_shape {
    const lf_alloc *alloc;
    lf_schema schema;
    pq_leaf *leaves;
    uint32_t n_leaves;
    uint32_t *first_leaf; /* n_fields + 1 */
    pq_layout layout;
} pq_shape;

struct lf_encoder {
    const lf_alloc *alloc;
    lf_isa isa;
    const lf_pq_kernels *k;
    pq_settings set;
    pq_shape base;         /* what it was opened with */
    pq_shape **shapes;     /* of committed groups that had more columns or other ones */
    const pq_shape *final; /* of the footer */
    uint32_t n_shapes, cap_shapes;
    uint64_t memory_limit_bytes; /* of lf_encode_opts, for layouts */
    bool late_columns;
    lf_sink *sink;
    uint64_t end; /* where the next group goes */
    uint64_t rows, n_groups;
    lf_spill groups, chunks;      /* pq_group_rec; pq_chunk_rec with what follows */
    uint64_t found_log, found_at; /* of the chunk that was looked for last: its group, its place */
    uint32_t found_leaf;
    lf_rc (*temp_open)(void *ctx, lf_sink **out, lf_error *err);
    void *temp_ctx;
    const lf_budget *budget; /* of lf_encode_opts */
    size_t keep_below_bytes;
};

/* Entries of one depth of the tree: their levels and, of those that have one, the row of the column
 * there. Most nested columns are sparse, so that only these are listed. */
typedef struct pq_entries {
    pq_mem row, at; /* u32, n_here each: the row, and the entry that has it */
    pq_mem def;     /* u8, n */
    pq_mem own_rep; /* u8, n */
    uint8_t *rep;   /* own_rep, or that of the depth above */
    uint32_t n, n_here;
    bool plain; /* rows 0 to n - 1, none missing: `row` and `at` are not filled */
} pq_entries;
typedef struct pq_shred {
    pq_entries *depths; /* LF_NESTING_MAX + 1; made by the first nested column */
    pq_mem values, start, len;
} pq_shred;

struct lf_group {
    lf_encoder *e;
    const lf_alloc *alloc;
    const lf_pq_kernels *k;
    const pq_shape *shape; /* the encoder's, or `own` */
    pq_shape *own;
    pq_column *cols; /* shape->n_leaves of n_cols */
    uint32_t n_cols;
    pq_column spare;  /* a column that is built anew */
    pq_numdict trial; /* a dictionary that is judged; columns keep those that win */
    pq_store store;
    lf_compressor *codec;
    uint32_t codec_page_bytes; /* that it was made for */
    pq_mem compressed, codes, wide, page;
    pq_shred shred;
    lf_buf head; /* a page header */
    uint64_t rows, bytes, offset;
    uint64_t written; /* rows, by whole batches */
    bool mixed;
    bool sealing, sealed, committed;
};

/* ---- parquet_layout.c ---- */
LF_NODISCARD lf_rc lf_pqw_settings_read(const lf_encode_opts *o, pq_settings *out, lf_error *err);
void lf_pqw_layout_make(uint64_t memory_limit_bytes, const pq_settings *s, uint32_t n_leaves,
                        pq_layout *out);
uint64_t lf_pqw_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled);

/* ---- parquet_schema.c ---- */
uint32_t lf_pqw_count_leaves(const lf_schema *s);
/* Leaves, paths and layout for a copy of `s`; on failure reset it. */
LF_NODISCARD lf_rc lf_pqw_shape_init(pq_shape *shape, const lf_encoder *e, const lf_schema *s,
                                     lf_error *err);
void lf_pqw_shape_reset(pq_shape *shape); /* safe when zeroed */
/* The schema tree with the flat columns' `types` (NULL: the schema's); elements go to `arena`. */
LF_NODISCARD lf_rc lf_pqw_schema_tree(const pq_shape *s, const lf_type *types, lf_arena *arena,
                                      lf_pq_schema_element **out, uint32_t *n_out, lf_error *err);
pq_kind lf_pqw_kind_of(lf_type t);
uint8_t lf_pqw_fixed_len(lf_type t); /* bytes of a FIXED decimal */
void lf_pqw_element_of(lf_type t, bool nullable, lf_span name, lf_pq_schema_element *out);

/* ---- parquet_column.c ---- */
LF_NODISCARD lf_rc lf_pqw_column_begin(lf_group *g, pq_column *c, const pq_leaf *leaf, lf_type type,
                                       lf_error *err);
LF_NODISCARD lf_rc lf_pqw_column_write(lf_group *g, pq_column *c, const lf_column *in,
                                       uint32_t n_rows, lf_error *err);
/* The same for a leaf of nested columns: `values` has no nulls and one slot for each level that
 * is max_def; the n levels are those of whole rows. */
LF_NODISCARD lf_rc lf_pqw_column_write_levels(lf_group *g, pq_column *c, const lf_column *values,
                                              const uint8_t *def, const uint8_t *rep, uint32_t n,
                                              lf_error *err);
/* All that is staged is encoded; the last page and the dictionary are stored. */
LF_NODISCARD lf_rc lf_pqw_column_seal(lf_group *g, pq_column *c, lf_error *err);
void lf_pqw_column_reset(lf_group *g, pq_column *c); /* frees */
/* Encodes what is staged; ends the page where that is due. */
LF_NODISCARD lf_rc lf_pqw_column_step(lf_group *g, pq_column *c, lf_error *err);

/* ---- parquet_string.c: strings on their way in ---- */
typedef enum pq_stop { PQ_STOP_NONE, PQ_STOP_PAGE_FULL, PQ_STOP_DICT_FULL } pq_stop;
/* Takes rows [from, from + n) of `in`, or fewer and says why: *used_out rows were taken. */
LF_NODISCARD lf_rc lf_pqw_string_write(lf_group *g, pq_column *c, const lf_column *in,
                                       uint32_t from, uint32_t n, uint32_t *used_out,
                                       pq_stop *stop_out, lf_error *err);
/* Bytes of the page so far, that its end is judged by. */
static inline size_t pq_page_fill(const pq_column *c) {
    return c->body_len + c->n_lens;
}
/* Takes all n strings of a nested row (there are no nulls); *full_out: none was, as the dictionary
 * is full. */
LF_NODISCARD lf_rc lf_pqw_string_write_row(lf_group *g, pq_column *c, const lf_column *in,
                                           uint32_t from, uint32_t n, bool *full_out,
                                           lf_error *err);
/* Ends the use of the dictionary for the staged strings: they go into the page as raw ones. */
LF_NODISCARD lf_rc lf_pqw_string_unstage(lf_group *g, pq_column *c, lf_error *err);

/* ---- parquet_codes.c ---- */
/* Before codes of a dictionary that now has `entries`. */
LF_NODISCARD lf_rc lf_pqw_codes_open(lf_group *g, pq_column *c, uint32_t entries, lf_error *err);
/* Codes behind those that wait; whole groups of eight go into the page. g->codes is used, and
 * may hold `codes`. */
LF_NODISCARD lf_rc lf_pqw_codes_put(lf_group *g, pq_column *c, const uint16_t *codes, uint32_t n,
                                    lf_error *err);

/* ---- parquet_choose.c ---- */
/* Leaves PQ_M_JUDGE. dict_ok false: a dictionary was tried and is full. */
LF_NODISCARD lf_rc lf_pqw_choose(lf_group *g, pq_column *c, bool dict_ok, lf_error *err);
bool lf_pqw_string_hopeless(const pq_column *c);

/* ---- parquet_levels.c ---- */
LF_NODISCARD lf_rc lf_pqw_levels_add(lf_group *g, pq_column *c, const lf_column *in, uint32_t from,
                                     uint32_t n, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_levels_add_nested(lf_group *g, pq_column *c, const uint8_t *def,
                                            const uint8_t *rep, uint32_t n, uint32_t n_values,
                                            lf_error *err);
size_t lf_pqw_levels_bound(const pq_column *c);
/* Definition (and repetition) levels of the first n levels; V1 adds lengths. */
uint8_t *lf_pqw_levels_put(const lf_group *g, const pq_column *c, uint8_t *dst, uint32_t n,
                           size_t *rep_bytes_out, size_t *def_bytes_out);
void lf_pqw_levels_drop(pq_column *c, uint32_t n); /* the first n are done with */

/* ---- parquet_page.c ---- */
LF_NODISCARD lf_rc lf_pqw_page_end(lf_group *g, pq_column *c, lf_error *err);
/* What the first n bytes of g->page would be stored as. */
LF_NODISCARD lf_rc lf_pqw_page_trial(lf_group *g, size_t n, size_t *n_out, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_dictionary_end(lf_group *g, pq_column *c, lf_error *err);

/* ---- parquet_stats.c ---- */
void lf_pqw_stats_page_begin(pq_column *c);
void lf_pqw_stats_numbers(const lf_group *g, pq_column *c, const void *v, uint32_t n);
/* The same for signed integers whose bounds are known. */
void lf_pqw_stats_range(pq_column *c, int64_t min, int64_t max);
/* Marks the strings of n codes as seen in the page. */
LF_NODISCARD lf_rc lf_pqw_stats_codes(lf_group *g, pq_column *c, const uint16_t *codes, uint32_t n,
                                      lf_error *err);
LF_NODISCARD lf_rc lf_pqw_stats_string(lf_group *g, pq_column *c, const uint8_t *p, uint32_t len,
                                       lf_error *err);
/* The page's bounds, as written. False: none. */
bool lf_pqw_stats_page(pq_column *c, pq_bound *min, pq_bound *max);
void lf_pqw_stats_fold(pq_column *c, const pq_bound *min, const pq_bound *max);
/* -1, 0, 1 as a sorts before, with or behind b. */
int lf_pqw_bound_order(pq_kind kind, const pq_bound *a, const pq_bound *b);
void lf_pqw_bound_text(pq_bound *b, const uint8_t *p, size_t n, bool is_max);

/* ---- parquet_log.c ---- */
LF_NODISCARD lf_rc lf_pqw_log_commit(lf_group *g, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_log_group(lf_encoder *e, uint64_t group, pq_group_rec *out,
                                    lf_error *err);
/* Reads the chunk whose log is at *at_io, which moves to the next. Page records go to `pages`,
 * which may be NULL. */
LF_NODISCARD lf_rc lf_pqw_log_chunk(lf_encoder *e, uint64_t *at_io, pq_chunk_rec *out,
                                    lf_buf *pages, lf_error *err);
/* The record of a leaf's chunk; one after the other costs no search. One thread. */
LF_NODISCARD lf_rc lf_pqw_log_find(lf_encoder *e, const pq_group_rec *g, uint32_t leaf,
                                   pq_chunk_rec *out, lf_buf *pages, lf_error *err);
/* The next page record of `in`, which moves behind it. */
bool lf_pqw_page_next(lf_span *in, pq_page_rec *out, pq_bound *min, pq_bound *max);

/* ---- parquet_footer.c ---- */
LF_NODISCARD lf_rc lf_pqw_footer_write(lf_encoder *e, const lf_type *types, const lf_option *kv,
                                       size_t n_kv, lf_encode_stats *stats_out, lf_error *err);

/* ---- parquet_shred.c ---- */
/* A nested column of the group's schema, into all of its leaves among `cols`. */
LF_NODISCARD lf_rc lf_pqw_shred(lf_group *g, pq_column *cols, uint32_t col, const lf_column *c,
                                uint32_t n_rows, lf_error *err);
void lf_pqw_shred_free(lf_group *g);

/* ---- parquet_group.c ---- */
LF_NODISCARD lf_rc lf_pqw_group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_columns(lf_group *g, uint32_t n, lf_error *err);
/* Makes column c a byte copy of a committed chunk; `pages` is scratch. */
LF_NODISCARD lf_rc lf_pqw_chunk_copy(lf_group *g, pq_column *c, lf_encoder *from, uint64_t group,
                                     uint32_t leaf, lf_buf *pages, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_begin(lf_group *g, const lf_type *types, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_write(lf_group *g, const lf_batch *b, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_column_write(lf_group *g, uint32_t col, const lf_column *c,
                                             uint32_t n_rows, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_column_replace(lf_group *g, uint32_t col, const lf_type *type,
                                               lf_column_iter *it, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_column_copy(lf_group *g, uint32_t col, lf_encoder *from,
                                            uint64_t from_group, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_seal(lf_group *g, lf_error *err);
uint64_t lf_pqw_group_bytes(const lf_group *g);
LF_NODISCARD lf_rc lf_pqw_group_commit(lf_group *g, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_store(lf_group *g, lf_error *err);
void lf_pqw_group_destroy(lf_group *g);

/* A chunk that can be read back: lf_pq_chunk_open(&s->spec). Stays where it is while it is read. */
typedef struct pq_source {
    lf_pq_chunk_spec spec; /* alloc NULL: there are no rows */
    uint64_t rows;
    lf_group *g; /* of an open group: where its pages lie in the store */
    lf_buf pieces;
} pq_source;

/* ---- parquet_shape.c: groups with columns of their own ---- */
const pq_shape *lf_pqw_shape_of(const lf_encoder *e, const pq_group_rec *g);
/* The number of the group's shape in the encoder, which takes it over. In turn. */
LF_NODISCARD lf_rc lf_pqw_shape_keep(lf_group *g, uint32_t *number_out, lf_error *err);
void lf_pqw_shape_drop(lf_group *g); /* the group's own one */
LF_NODISCARD lf_rc lf_pqw_group_begin_as(lf_group *g, const lf_schema *s, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_set_schema(lf_encoder *e, const lf_schema *s, lf_error *err);

/* ---- parquet_widen.c: columns out of narrower ones ---- */
LF_NODISCARD lf_rc lf_pqw_group_widen(lf_group *g, const lf_schema *to, const lf_widening *w,
                                      lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_take(lf_group *g, lf_encoder *from, uint64_t from_group,
                                     const lf_widening *w, lf_error *err);

LF_NODISCARD lf_rc lf_pqw_committed_fits(lf_encoder *e, uint64_t group, const lf_schema *s,
                                         bool *out, lf_error *err);
/* How many rows to take at a time, so that their levels do not become too many. */
uint32_t lf_pqw_rows_step(uint64_t rows, uint64_t levels);

/* ---- parquet_assemble.c ---- */
/* Column `col` of a shape out of its leaves, one source each (they and the shape live until it is
 * closed), in batches of whole rows, nested as in array/batch.h. */
LF_NODISCARD lf_rc lf_pqw_assemble(const pq_shape *s, uint32_t col, pq_source *sources,
                                   const lf_alloc *a, lf_column_iter **out, lf_error *err);

/* ---- parquet_read.c ---- */
/* A leaf of an open group, which may be written to meanwhile. On failure reset it, too. */
LF_NODISCARD lf_rc lf_pqw_source_open(pq_source *s, lf_group *g, uint32_t leaf, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_source_committed(pq_source *s, lf_encoder *e, uint64_t group,
                                           uint32_t leaf, lf_error *err);
void lf_pqw_source_reset(pq_source *s);
/* Writes the pages of a chunk, none of them open, anew as PLAIN. */
LF_NODISCARD lf_rc lf_pqw_column_restart(lf_group *g, pq_column *c, lf_error *err);
LF_NODISCARD lf_rc lf_pqw_group_column_read(lf_group *g, uint32_t col, lf_column_iter **out,
                                            lf_error *err);
LF_NODISCARD lf_rc lf_pqw_committed_read(lf_encoder *e, uint64_t group, uint32_t col,
                                         lf_column_iter **out, lf_error *err);

#endif
