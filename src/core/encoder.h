/* core/encoder.h - what every output format implements: batches in, bytes out.
 *
 * A file state (lf_encoder) is shared; each worker has a group state (lf_group) that it
 * reuses for one row group after the other. Groups are encoded in any order and committed
 * in file order. The bytes of a group are a function of its values, types and options
 * alone, never of how the values were cut into batches.
 *
 * Owns: as named. Threads: lf_encoder's commit and finish from one thread at a time (flow
 * holds the turn), the rest of lf_encoder read-only; a group is one thread's.
 * Fails: 2xx, 3xx, 7xx. Life: open -> group_create* -> (begin -> write* -> seal -> commit ->
 * store)*
 * -> finish -> close. */
#ifndef LF_CORE_ENCODER_H
#define LF_CORE_ENCODER_H
#include "core/alloc.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/sink.h"
#include <logflow/logflow.h>

struct lf_batch;
struct lf_column;
struct lf_column_iter;
struct lf_schema;
struct lf_type;

typedef struct lf_encoder lf_encoder;
typedef struct lf_group lf_group;

typedef struct lf_encode_opts {
    size_t struct_size;
    const lf_alloc *alloc;
    lf_isa isa;
    const lf_option
        *options; /* "compression", "encodings", "data-page" ...; a format reads its own */
    size_t n_options;
    uint64_t memory_limit_bytes; /* of the whole conversion; fixes page sizes (layout!) */
    uint64_t group_text_bytes;   /* text of a full row group (layout) */
    /* Unlinked temporary files for spills; made by io, handed in by flow. */
    lf_rc (*temp_open)(void *ctx, lf_sink **out, lf_error *err);
    void *temp_ctx;
    /* While `budget` is above keep_below_bytes, finished pages go to a temporary file (never
     * another layout). NULL: they stay in memory unless a group was made to spill. */
    const lf_budget *budget;
    size_t keep_below_bytes;
    void *receiver; /* of encoders that hand batches to the caller in memory; its type is theirs */
    bool late_columns; /* columns and members of structs may come that the schema does not have */
} lf_encode_opts;

/* lf_encoder_type.flags */
enum {
    /* The types must be known before the first batch and never change: flow runs a pass for them
     * first. The hooks of late changes are then never called and may be NULL. */
    LF_ENCODER_TYPES_FIRST = 1u << 0,
    /* Readers do not choose rows by group: flow makes them small. */
    LF_ENCODER_NO_LAYOUT = 1u << 1,
};

/* How columns come out of narrower ones. The iterators take `old` over (also on failure) and must
 * be closed; what they yield has the rows or values of `old`, which is still being read. */
typedef struct lf_widening {
    const struct lf_schema_map *map; /* of array/schema_map.h: by leaf */
    void *ctx;
    /* Leaf `leaf` of the new schema, which the map calls RETYPED. Flat columns: rows with nulls;
     * leaves below the top: values alone. */
    lf_rc (*leaf)(void *ctx, uint32_t leaf, struct lf_column_iter *old, struct lf_column_iter **out,
                  lf_error *err);
    /* Column `col` of the new schema, which the map calls rebuilt; nested as in array/batch.h. */
    lf_rc (*column)(void *ctx, uint32_t col, struct lf_column_iter *old,
                    struct lf_column_iter **out, lf_error *err);
} lf_widening;

typedef struct lf_encode_stats {
    uint64_t rows, row_groups, bytes;
} lf_encode_stats;

typedef struct lf_encoder_type {
    const char *name;            /* "parquet" */
    const char *const *suffixes; /* first is the default; NULL-terminated */
    uint32_t flags;
    /* Checks the options without doing anything (usage errors before reading). */
    lf_rc (*check)(const lf_encode_opts *o, lf_error *err);
    /* Bytes that one worker's group is likely to need for this schema and group size, with finished
     * pages in memory or (spilled) not; flow plans workers by it. */
    uint64_t (*worker_bytes)(const lf_encode_opts *o, const struct lf_schema *s, bool spilled);
    lf_rc (*open)(const lf_encode_opts *o, const struct lf_schema *s, lf_sink *sink,
                  lf_encoder **out, lf_error *err);
    lf_rc (*group_create)(lf_encoder *e, bool spill, lf_group **out, lf_error *err);
    lf_rc (*group_begin)(lf_group *g, const struct lf_type *types, lf_error *err);
    /* All columns of a tile; their types must be the group's. */
    lf_rc (*group_write)(lf_group *g, const struct lf_batch *b, lf_error *err);
    /* One column alone: groups that are built column by column. A column that never got a row is
     * absent from the group (legal only in encoders that are never finished: text spools). */
    lf_rc (*group_column_write)(lf_group *g, uint32_t col, const struct lf_column *c,
                                uint32_t n_rows, lf_error *err);
    /* Reads back what an unsealed group holds of a column, values as written, batches of at most
     * LF_TILE_ROWS_MAX rows, no forms; the column must not be written to until the iterator is
     * closed. */
    lf_rc (*group_column_read)(lf_group *g, uint32_t col, struct lf_column_iter **out,
                               lf_error *err);
    /* Builds column `col` anew, as `type`, from `it`, which may be reading the old column; then
     * drops the old. On failure the old one stays. Does not close `it`. */
    lf_rc (*group_column_replace)(lf_group *g, uint32_t col, const struct lf_type *type,
                                  struct lf_column_iter *it, lf_error *err);
    lf_rc (*group_seal)(lf_group *g, lf_error *err);   /* last pages; the size is now known */
    uint64_t (*group_bytes)(const lf_group *g);        /* sealed size in the file */
    lf_rc (*group_commit)(lf_group *g, lf_error *err); /* in turn: takes its place in the file */
    lf_rc (*group_store)(lf_group *g,
                         lf_error *err); /* any time after commit: writes the bytes there */
    void (*group_destroy)(lf_group *g);  /* NULL is legal */

    /* Late changes: committed groups of `e` (stored) are read back or copied. */
    uint64_t (*committed_groups)(const lf_encoder *e);
    lf_rc (*committed_types)(lf_encoder *e, uint64_t group, struct lf_type *types_out,
                             uint64_t *rows_out, lf_error *err);
    lf_rc (*committed_read)(lf_encoder *e, uint64_t group, uint32_t col,
                            struct lf_column_iter **out, lf_error *err);
    /* Makes column col of g (of another encoder) a byte copy of a committed chunk of `from`. */
    lf_rc (*group_column_copy)(lf_group *g, uint32_t col, lf_encoder *from, uint64_t from_group,
                               lf_error *err);

    /* Columns that come late, and nested ones that widen (all NULL: the encoder can not). Opened
     * with opts->late_columns; group_begin and the hooks above are then for text spools alone.
     * group_begin_as: a group with these columns. group_widen: an open group gets more or wider
     * columns, what it holds comes along as `w` says. group_take: a group that was begun and is
     * empty becomes what committed group `from_group` of `from` holds, as `w` says. set_schema:
     * the columns of the file, before finish. */
    lf_rc (*group_begin_as)(lf_group *g, const struct lf_schema *s, lf_error *err);
    lf_rc (*group_widen)(lf_group *g, const struct lf_schema *to, const lf_widening *w,
                         lf_error *err);
    lf_rc (*group_take)(lf_group *g, lf_encoder *from, uint64_t from_group, const lf_widening *w,
                        lf_error *err);
    lf_rc (*committed_schema)(lf_encoder *e, uint64_t group, const struct lf_schema **out,
                              uint64_t *rows_out, lf_error *err);
    /* Whether the group's bytes are those that it would have in a file of schema `s`. */
    lf_rc (*committed_fits)(lf_encoder *e, uint64_t group, const struct lf_schema *s, bool *out,
                            lf_error *err);
    lf_rc (*set_schema)(lf_encoder *e, const struct lf_schema *s, lf_error *err);

    /* Writes what follows the groups. `types`: the final ones. kv: file metadata. Size in stats. */
    lf_rc (*finish)(lf_encoder *e, const struct lf_type *types, const lf_option *kv, size_t n_kv,
                    lf_encode_stats *stats_out, lf_error *err);
    void (*close)(lf_encoder *e); /* NULL is legal; after any outcome; not the sink */
} lf_encoder_type;

#endif
