/* flow/job.h - the shared state of one conversion and of its workers.
 *
 * Owns: everything below unless said to be borrowed. Threads: fields under "turn" and "assign" by
 * their mutex; the rest is fixed before workers start or is atomic. Fails: as flow.h.
 * Life: lf_flow_run's. */
#ifndef LF_FLOW_JOB_H
#define LF_FLOW_JOB_H
#include "array/batch.h"
#include "flow/feed.h"
#include "flow/flow.h"
#include "flow/flow_measure.h"
#include "flow/trace.h"
#include "infer/parse.h"
#include "infer/shape.h"
#include <pthread.h>
#include <stdatomic.h>

typedef struct flow_job flow_job;
typedef struct flow_worker flow_worker;

typedef struct flow_input { /* one source; planned when it is reached */
    lf_source *source;      /* borrowed; or `spool`; or, with `again`, our own while it is open */
    lf_source *spool;       /* a stream that must be read twice; NULL: none */
    lf_feed *feed;
    lf_plan *plan;
    const lf_decoder_type *decoder;
    const char *path, *encoding;
    bool again;
    bool mapped;         /* the plan's columns are the union's */
    uint32_t users;      /* blocks at work, and whoever hands them out; under assign_mu */
    uint64_t text_bytes; /* LF_SIZE_UNKNOWN where only reading tells */
    uint64_t body_bytes; /* stored, before the plan's body, where the text is not as it is stored */
    uint64_t stored_bytes;
} flow_input;

/* A unit of work: block `k` of an input, or n_inputs small ones, which share a row group; `index`
 * counts over all inputs. */
typedef struct flow_block {
    uint64_t index, k;
    uint32_t input, n_inputs;
    bool first; /* starts at the plan's body */
} flow_block;

/* What was counted of an input in a block of several. */
typedef struct flow_member {
    lf_block_end end;
    uint64_t rows, rejects, filtered;
    uint64_t body_line, body_offset;
} flow_member;

typedef struct late_note { /* where a worker's column widened */
    bool set;
    uint64_t group_row; /* good rows of the block before it */
    char text[48];
} late_note;

typedef struct group_record { /* per committed group, for the rewrite at the end */
    uint64_t trace_offset, trace_size, spool_group, rows;
} group_record;
#define FLOW_NO_GROUP UINT64_MAX

struct flow_worker {
    flow_job *job;
    pthread_t thread;
    uint32_t id;
    lf_group *group;
    lf_group *spool_group; /* made when first needed */
    bool spool_used;       /* in this block */
    lf_decoder *decoder;
    const lf_decoder_type *decoder_type;
    uint32_t decoder_input;
    uint32_t input;                     /* the one at hand: of a block of several, each in turn */
    lf_skipped skipped[LF_SKIPPED_MAX]; /* likewise, of all of them */
    uint32_t n_skipped;
    lf_buf members;  /* of a block of several: a flow_member each */
    uint8_t *window; /* window_cap + margins */
    size_t window_cap;
    lf_type *types; /* the group's current types */
    lf_evidence *evidence;
    uint8_t *want_text;
    lf_trace trace;
    late_note *late;
    lf_schema schema, begin_schema; /* shaped: the group's now; the block's at first */
    lf_shape known;                 /* shaped: what the block began with */
    lf_buf places;                  /* shaped: where leaves widened */
    uint64_t *valid_words;          /* scratch of text views */
    lf_spill rejects;
    flow_measure measure;
    uint64_t stored; /* bytes that the block's text was decoded from, where that is measured */
    flow_block block;
    _Atomic uint64_t start; /* text offset being decoded from; UINT64_MAX: none yet */
    _Atomic int redo;       /* the start was wrong: begin again */
    bool busy;              /* holds a block; under job->mu */
    bool proven;
    lf_block_end end;
    uint64_t rows, padded, filtered, n_rejects; /* of the block so far */
    lf_row_cursor *cursor;                      /* rows are left out (flow_filter.h); NULL: none */
    uint64_t passed;                            /* of the block: rows that --where kept */
    bool carrying;                              /* its rows are put aside (flow_carry.h) */
    lf_buf aside;                               /* an lf_rows each */
    uint64_t aside_bytes;
    bool stopped_by_limit;
    lf_error err;
};

struct flow_job {
    const lf_flow_spec *spec; /* borrowed */
    const lf_alloc *alloc;
    lf_budget budget;
    lf_decode_opts decode_opts;
    lf_encode_opts encode_opts;
    lf_report *report;
    flow_input *inputs;
    uint32_t n_inputs;
    uint8_t *numbers;    /* of a union: LF_NUMBERS_ bits that some input has; may be NULL */
    lf_parse_ctx *parse; /* n_columns; how they read */
    bool any_compressed; /* some input is; its text's size tells nothing of what is left */
    uint32_t n_head_warnings;
    bool any_flat;                /* some input has flat columns, all of them known from its head */
    bool quiet;                   /* what is told is told by another job */
    bool any_stream;              /* some input is read in one pass */
    uint64_t source_memory;       /* the most that one takes beside its text */
    uint64_t bytes_total;         /* stored, of those that tell */
    _Atomic uint64_t stored_done; /* of inputs that are over */
    lf_schema schema;             /* names and first types */
    bool *fixed;
    uint32_t n_columns; /* of the first plan */
    bool shaped;        /* columns are known as they come (flow_shape.h): `schema` and `shape` are
                           what is known, under mu; evidence and types are not looked at */
    lf_shape shape;
    lf_trace_log exceptions;
    lf_buf new_paths; /* the first columns that came after the head, for the report */
    uint64_t n_new_paths;
    bool typing_only;                   /* the pass of --infer full */
    uint32_t fields_max;                /* of that pass; see lf_block_end */
    bool types_final;                   /* after it: nothing can widen any more */
    bool filtering, sampling, counting; /* flow_filter.h; counting: a pass that counts alone */
    lf_where where;
    lf_sample sample;
    lf_buf passed_before;            /* per block: what was in passed_rows before it, uint64_t */
    uint64_t good_rows, passed_rows; /* under mu: of the blocks committed in this pass; of them
                                        neither skipped nor left out by --where */
    lf_group *carry;                 /* shared by blocks with few rows */
    uint64_t carry_rows, carry_bytes;
    uint64_t group_text_bytes, record_max_bytes, pool_bytes;
    uint64_t keep_bytes; /* lf_encode_opts.keep_below_bytes with up to two workers */
    uint32_t n_workers;
    flow_worker *workers;
    lf_sink *sink;
    lf_encoder *encoder;
    lf_sink *spool_sink; /* text of columns with many exceptions */
    lf_encoder *spool;
    lf_spill trace_log, records;
    pthread_mutex_t spool_mu;

    pthread_mutex_t assign_mu; /* handing out blocks */
    uint64_t next_index, next_k;
    uint32_t next_input;
    _Atomic bool no_more;

    pthread_mutex_t mu; /* the turn */
    pthread_cond_t cv;
    uint64_t turn;         /* index of the block that may commit */
    uint64_t proven_start; /* of the turn's block, unless that is an input's first */
    bool proven_known;
    bool stopped;
    lf_error err;   /* the first failure, in file order */
    lf_type *types; /* current, under mu */
    lf_evidence *evidence;
    uint64_t base_records, base_lines; /* before the turn's block, in its input */
    uint64_t base_bytes, inputs_bytes; /* likewise; of all inputs before it */
    uint64_t base_stored;              /* likewise, as stored, where that is measured */
    lf_sink *rejects_sink;
    uint64_t rejects_size;
    uint64_t n_bad;
    uint64_t duplicate_keys;
    lf_error first_bad; /* the first bad row as an error */

    _Atomic uint64_t seen_bytes, seen_rows, written_bytes;
    _Atomic uint64_t next_tick_ms;
    double started_s;
};

/* flow_plan.c: limits, layout, workers */
LF_NODISCARD lf_rc lf_flow_plan_layout(flow_job *j, lf_error *err);
LF_NODISCARD lf_rc lf_flow_plan_workers(flow_job *j, lf_error *err);

/* flow_input.c: heads, plans, blocks */
LF_NODISCARD lf_rc lf_flow_inputs_plan(flow_job *j, lf_error *err); /* the columns */
LF_NODISCARD lf_rc lf_flow_input_source(flow_job *j, uint32_t input, lf_error *err);
/* Source, head and plan of an input; nothing to do where it is open. _enter: as one of the union,
 * if it is one. */
LF_NODISCARD lf_rc lf_flow_input_open(flow_job *j, uint32_t input, lf_error *err);
LF_NODISCARD lf_rc lf_flow_input_enter(flow_job *j, uint32_t input, lf_error *err);
LF_NODISCARD lf_rc lf_flow_input_tell(flow_job *j, uint32_t input, lf_error *err); /* its head */
/* The block is over: its inputs are closed where nobody else works on them. */
LF_NODISCARD lf_rc lf_flow_input_leave(flow_job *j, uint32_t input, lf_error *err);
LF_NODISCARD lf_rc lf_flow_feed_start(flow_job *j, flow_input *in, size_t pool_bytes,
                                      lf_error *err);
LF_NODISCARD lf_rc lf_flow_next_block(flow_job *j, flow_block *out, bool *has_out, lf_error *err);
void lf_flow_inputs_close(flow_job *j);

/* flow_worker.c */
LF_NODISCARD lf_rc lf_flow_workers_run(flow_job *j, lf_error *err);
bool lf_flow_cancelled(const flow_job *j);
void lf_flow_tick(flow_job *j); /* progress callback, about 10 times a second */
void lf_flow_fail(flow_job *j, const lf_error *err); /* stops everything; the first one wins */

/* Waits for the block's turn: true when it has come and the start was right. */
bool lf_flow_await_turn(flow_worker *w);

/* flow_block.c: one block through decoder and encoder */
LF_NODISCARD lf_rc lf_flow_block_run(flow_worker *w, uint64_t start);
bool lf_flow_window_shrink(flow_worker *w); /* drops a window that a large record made: true */

/* Decoder and plan of the input at hand; done with it. */
void lf_flow_decoder_drop(flow_worker *w);

/* flow_commit.c */
LF_NODISCARD lf_rc lf_flow_commit(flow_worker *w); /* in turn */
LF_NODISCARD lf_rc lf_flow_rejects_finish(flow_job *j, lf_error *err);

/* The encoder, for the columns that come out under their names. */
LF_NODISCARD lf_rc lf_flow_encoder_open(flow_job *j, lf_sink *sink, lf_encoder **out,
                                        lf_error *err);

/* flow_rewrite.c: narrower groups are written anew; ends the file */
void lf_flow_settle_null_columns(flow_job *j);
LF_NODISCARD lf_rc lf_flow_finish(flow_job *j, lf_error *err);

/* flow_replay.c: file metadata by which rejects can be read again; n_out up to
 * FLOW_REPLAY_KEYS of them, none where inputs differ. The texts are `text`'s. */
enum { FLOW_REPLAY_KEYS = 4 };
LF_NODISCARD lf_rc lf_flow_replay_metadata(flow_job *j, lf_buf *text, lf_option *kv, size_t *n_out,
                                           lf_error *err);

/* flow_report.c */
LF_NODISCARD lf_rc lf_flow_warn(flow_job *j, lf_error *err, const char *fmt, ...) LF_PRINTF(3, 4);
LF_NODISCARD lf_rc lf_flow_explain(flow_job *j, lf_error *err);
void lf_flow_report_end(flow_job *j);

/* Column count, parse context of a column of the worker's input. */
static inline const lf_parse_ctx *lf_flow_parse_ctx(const flow_worker *w, uint32_t col) {
    return &w->job->parse[col];
}

#endif
