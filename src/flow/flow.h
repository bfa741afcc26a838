/* flow/flow.h - one conversion: a source through a decoder into an encoder's file.
 *
 * Workers take row groups (blocks of text) in order, decode and encode them on their own, and
 * commit in order: a guessed block start is proven against the end of the block before, types
 * are joined, rows numbered, rejects written, then the bytes stored in parallel. Late type
 * changes rewrite what is narrower at the end (flow/late.h).
 *
 * Owns: threads, buffers, spills. Threads: lf_flow_run blocks; call it from one.
 * Fails: every code. Life: one call. */
#ifndef LF_FLOW_FLOW_H
#define LF_FLOW_FLOW_H
#include "array/type.h"
#include "core/decoder.h"
#include "core/encoder.h"
#include "core/source.h"
#include "filter/row_filter.h"

typedef enum lf_infer_mode { LF_INFER_AUTO, LF_INFER_FULL } lf_infer_mode;

/* Where a row stands. */
typedef struct lf_row_place {
    const char *input; /* valid until the next call */
    uint64_t row, line, byte_offset;
} lf_row_place;

/* One of several inputs. */
typedef struct lf_flow_input {
    const char *path; /* the caller's, until the run is over */
    lf_source *source;
    const lf_decoder_type *decoder;
    const char *encoding; /* as lf_decode_opts.encoding */
    bool again;           /* may be closed and opened once more: the source is then flow's */
} lf_flow_input;

/* Rows of one input. */
typedef struct lf_flow_counts {
    uint64_t rows_in, rows_out, rows_rejected; /* the rest was filtered */
} lf_flow_counts;

typedef struct lf_flow_spec {
    size_t struct_size;
    const lf_alloc *alloc;
    lf_source *const *sources; /* the only one, unless input_open is there */
    uint32_t n_sources;
    const lf_decoder_type *decoder; /* of sources[0] */
    /* Several inputs, one after the other, as their union by column name (flow_union.h). Opens
     * number i; from any thread, for one i from one at a time. */
    lf_rc (*input_open)(void *ctx, uint32_t i, lf_flow_input *out, lf_error *err);
    void *input_ctx;
    const lf_decode_opts *decode_opts; /* record_max_bytes is filled by flow */
    const lf_encoder_type *encoder;
    const lf_encode_opts *encode_opts; /* limits and temp_open are filled by flow */
    /* Opens the output. Called once, and once more where late changes make flow write the file anew
     * (the first is then closed without commit). flow commits and closes what it opened. */
    lf_rc (*sink_open)(void *ctx, lf_sink **out, lf_error *err);
    void *sink_ctx;
    const char *rejects_path; /* OUT.rejects.jsonl; NULL: none kept */
    bool rejects_replace;     /* one that exists; else LF_EOUTPUT_EXISTS */
    bool rejects_stale;       /* one exists, though the output does not: replaced with a warning */
    lf_on_error on_error;
    uint64_t max_bad_rows;   /* LF_SIZE_UNKNOWN: max(10, 1 %) */
    double max_bad_share;    /* 0: not given */
    uint64_t limit_rows;     /* UINT64_MAX: none */
    const lf_row_spec *rows; /* which rows and columns come out; NULL: all */
    lf_infer_mode infer;
    bool no_spool; /* types that come first are those of a stream's head: LF_ETYPE_CHANGED later */
    uint32_t threads;            /* requested, >= 1 */
    uint64_t memory_limit_bytes; /* 0: the default */
    uint32_t shares;           /* this many flows run at once within the limit; 0: this one alone */
    uint64_t group_text_bytes; /* --row-group-size; 0: from the limit */
    const char *temp_dir;
    void (*progress)(void *ctx, const lf_progress *p);
    void *progress_ctx;
    const int *cancel;
    /* Where a bad row of the text stands in truth, if the text is not the input itself (--replay).
     * In turn; NULL: there. */
    lf_rc (*place)(void *ctx, lf_row_place *inout, lf_error *err);
    void *place_ctx;
    lf_flow_counts *counts; /* filled for the first n_counts inputs; may be NULL */
    uint32_t n_counts;
} lf_flow_spec;

/* Runs it; on LF_OK the output is committed. Sources stay the caller's. `report` (zeroed by the
 * caller) is filled either way. */
LF_NODISCARD lf_rc lf_flow_run(const lf_flow_spec *spec, lf_report *report, lf_error *err);
/* One more warning, a copy of `text` by the allocator of the conversion. */
LF_NODISCARD lf_rc lf_flow_report_warning(const lf_flow_spec *spec, lf_report *report,
                                          const char *text, lf_error *err);

#endif
