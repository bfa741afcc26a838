/* core/decoder.h - what every input format implements. No I/O: bytes in, batches out.
 *
 * The text of an input (after decompression) is cut by flow into blocks; block k holds the
 * records that *start* in [k * B, (k+1) * B) and becomes row group k. A plan is made once
 * from the head and is shared, read-only, by all workers; each worker has a decoder of its
 * own and decodes one block at a time from a start that is proven or, held back until it is
 * proven, guessed. What comes out must not depend on how the bytes were cut
 * (tests/conformance proves it).
 *
 * Owns: plan and decoder own their memory. Threads: a plan is shared; a decoder is one
 * thread's. Fails: 1xx codes; a place in the error counts rows and lines from the block's start
 * (row from 1, line from 0), bytes from that of the text. Life: plan -> create -> (begin -> next*)*
 * -> destroy. */
#ifndef LF_CORE_DECODER_H
#define LF_CORE_DECODER_H
#include "core/alloc.h"
#include "core/buf.h"
#include "core/cpu.h"
#include "core/error.h"
#include "core/span.h"
#include <logflow/logflow.h>

struct lf_batch;
struct lf_schema;
struct lf_type;
struct lf_evidence;
struct lf_shape;

typedef enum lf_step { LF_NEED_INPUT, LF_BATCH_READY, LF_DONE, LF_READ_AGAIN } lf_step;
/* not errors */

typedef struct lf_decode_opts {
    size_t struct_size;
    const lf_alloc *alloc;
    lf_isa isa;
    uint64_t record_max_bytes; /* larger records are bad rows (LF_ERECORD_TOO_BIG) */
    const lf_option *options;  /* all options of the conversion; a format reads its own */
    size_t n_options;
    const struct lf_schema *schema; /* --schema / --type: explicit types by name; may be NULL */
    bool all_strings;
    bool decimal;                  /* --decimal: all fixed-point numbers as decimal */
    bool quarantine_widths;        /* reserved */
    uint32_t widen_to;             /* --ragged widen: the most fields of a row, once flow knows it;
                                      0: not yet (lf_block_end.fields_max then says it) */
    const char *const *null_words; /* explicit --null words; NULL: the default ones */
    uint32_t n_null_words;
    const char *const *columns; /* --columns: keep these, in this order; NULL: all */
    uint32_t n_columns;
    bool partial; /* of several inputs: one may lack columns that are named, but not all of them */
    uint32_t fields;          /* of most records, where that is known; 0: the head tells */
    const uint64_t *barriers; /* offsets that no record reaches over, ascending; borrowed */
    size_t n_barriers;
    const char *encoding; /* what the text was decoded from, for messages; NULL: it is as stored */
    const lf_span *samples; /* pieces of the text behind the head, in order, the last one up to its
                               end: a second witness of what the head shows; may be NULL */
    uint32_t n_samples;
    bool head_may_grow; /* LF_ERECORD_TOO_BIG asks for a larger head */
} lf_decode_opts;

/* What makes text of this input readable once more, row by row (--replay). The buffers are the
 * caller's. */
typedef struct lf_replay_facts {
    lf_buf head;    /* what stands before the rows: a line of names */
    lf_buf options; /* "name=value" a line */
    uint32_t fields;
} lf_replay_facts;

typedef struct lf_plan lf_plan; /* a format's own; begins with lf_plan_base */
typedef struct lf_plan_base {
    const struct lf_decoder_type *type;
    const struct lf_schema *schema; /* output columns with their first types; owned by the plan */
    const struct lf_evidence *evidence; /* per output column: what the head showed */
    const bool *fixed;                  /* per output column: type was given, never widens */
    uint64_t body_offset;               /* where the first record starts in the text */
    uint64_t body_line;                 /* its line number, from 1 */
    uint64_t body_end; /* where records end although the text goes on; UINT64_MAX: with it */
    /* Formats with nested or late columns: what the head showed, as one object whose members are
     * the columns (infer/shape.h); `schema` is lf_shape_schema of it, `evidence` and `fixed` are
     * not looked at. NULL: flat columns, all of them known from the head. */
    const struct lf_shape *shape;
    const uint8_t *numbers; /* per output column: LF_NUMBERS_ bits found beside those of the options
                               (infer/parse.h); NULL: none */
    uint32_t bytes_per_row; /* estimate from the head, >= 1 */
    uint64_t lines_preamble, lines_comment_head;
    uint64_t lines_footer, lines_other; /* behind the table: notes; of other tables */
    uint32_t n_tables;                  /* found in the text; 0: the format has but one */
    const lf_table_place *tables;       /* the first LF_TABLES_SHOWN_MAX of them */
    const lf_skipped *skipped;          /* lines that the plan leaves out; `input` is flow's */
    uint32_t n_skipped;
    const char *const *warnings; /* what the user must know of the plan */
    uint32_t n_warnings;
} lf_plan_base;

typedef struct lf_decoder lf_decoder; /* a format's own; begins with lf_decoder_base */

/* One block to decode. Offsets count in the decoded text of the input. */
typedef struct lf_block {
    uint64_t start;              /* of the first record */
    uint64_t end;                /* records that start at or after this belong to the next block */
    const struct lf_type *types; /* n_columns current types to decode as; copied */
    const uint8_t *want_text; /* per column: non-zero: fill start/len also where typed; read at each
                                 next; may be NULL */
    const struct lf_evidence *evidence; /* per column: what is known so far (date formats decide how
                                           dates are read); NULL: what the plan knows; copied */
    /* Where the plan has a shape (types, want_text, evidence are NULL then): the columns to begin
     * with, which the first batch has unless it is `widened`, and what is known so far. Valid until
     * the next begin. */
    const struct lf_schema *schema;
    const struct lf_shape *shape;
} lf_block;

/* Lines next to each other that are no rows. */
typedef struct lf_line_run {
    const char *what;         /* as lf_skipped.what */
    uint64_t newlines_before; /* since the block's start */
    uint64_t lines;
} lf_line_run;

/* What a decoder counted in one block; valid once next said LF_DONE. */
typedef struct lf_block_end {
    uint64_t next_start; /* where the first record of the next block starts */
    uint64_t records;    /* good + bad */
    uint64_t newlines;   /* line feeds between start and next_start (line numbers) */
    uint64_t blank_lines, comment_lines, footer_lines;
    const lf_line_run *skipped; /* the first of those lines, up to LF_SKIPPED_MAX; valid until
                                   begin */
    uint32_t n_skipped;
    uint64_t n_skipped_more;
    uint64_t duplicate_keys; /* that an object had twice: the last counts */
    uint32_t fields_max; /* --ragged widen: of a row with more fields than the table has columns */
    const struct lf_evidence *evidence; /* per column, of this block; valid until begin */
    /* Where the plan has a shape: what this block showed (with or without what lf_block.shape
     * said), new members in the order in which they came; valid until begin. May be asked for in
     * mid-block. */
    const struct lf_shape *shape;
} lf_block_end;

typedef struct lf_decoder_type {
    const char *name;            /* "csv"; unique in registry.c */
    const char *const *suffixes; /* NULL-terminated, with the dot */
    uint32_t flags;
    int (*sniff)(lf_span head); /* 0..100; pure */
    /* Decides dialect, names and types from the head (`whole`: it is the entire text), around which
     * LF_OVERREAD_BYTES may be read on both sides. */
    lf_rc (*plan)(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **plan_out,
                  lf_error *err);
    /* Text for --explain: one decision a line, with its evidence. */
    lf_rc (*explain)(const lf_plan *p, lf_buf *out, lf_error *err);
    void (*plan_destroy)(lf_plan *p); /* NULL is legal */
    /* Guesses where the first record at or after `near` starts, from `head`, the text from
     * offset `near - 1` on. *found_out false: none within head. Pure. */
    lf_rc (*guess)(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found_out,
                   uint64_t *start_out, lf_error *err);
    lf_rc (*create)(const lf_plan *p, const lf_alloc *alloc, lf_decoder **out, lf_error *err);
    lf_rc (*begin)(lf_decoder *d, const lf_block *b, lf_error *err);
    /* Decodes at most one tile. `in`: text from where the last call stopped (plus LF_OVERREAD_BYTES
     * readable before its start and past its end; it may be written to by the decoder within the
     * used part); `eof`: nothing follows. Says how many bytes it is done with. LF_NEED_INPUT  no
     * whole record in `in`: call again with more behind the unused rest (a record larger than
     * record_max_bytes is consumed piece by piece and rejected) LF_BATCH_READY batch_out is valid
     * until the next call; the used bytes must stay until then LF_DONE        the block is over;
     * batch_out is empty; fill of block_end is valid LF_READ_AGAIN  the text is wanted once more,
     * from batch_out->byte_offset on: of this `in` or kept (batch_out->keep); torn pieces since
     * there count for nothing
     */
    lf_rc (*next)(lf_decoder *d, lf_span in, bool eof, size_t *used_out, lf_step *step_out,
                  struct lf_batch *batch_out, lf_error *err);
    void (*block_end)(lf_decoder *d, lf_block_end *out);
    void (*destroy)(lf_decoder *d); /* NULL is legal */
    /* Appends to `out`. NULL: rejects of this format cannot be replayed. */
    lf_rc (*replay)(const lf_plan *p, lf_replay_facts *out, lf_error *err);
} lf_decoder_type;

#endif
