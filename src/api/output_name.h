/* api/output_name.h - which file each conversion writes, and what is refused before reading.
 *
 * Owns: an lf_outputs owns its paths. Threads: one at a time. Fails: LF_EUSAGE,
 * LF_EOUTPUT_EXISTS, LF_EOUTPUT_IS_INPUT, 3xx. Life: plan -> use -> reset (safe twice). */
#ifndef LF_API_OUTPUT_NAME_H
#define LF_API_OUTPUT_NAME_H
#include "core/alloc.h"
#include "core/encoder.h"
#include "core/error.h"

typedef struct lf_output {
    char *path;    /* "-": standard output */
    char *rejects; /* where bad rows would go; NULL: nowhere */
    size_t first;  /* inputs [first, first + count) */
    size_t count;
    bool mirrored; /* folders on the way to `path` may have to be made */
} lf_output;

typedef struct lf_outputs {
    lf_output *items;
    size_t n, cap;
    char *folder; /* a folder that has to be made first; NULL: none */
    const lf_alloc *alloc;
} lf_outputs;

typedef struct lf_output_request {
    size_t struct_size;
    const lf_alloc *alloc;
    const char *const *in;
    const char *const *folders; /* of each below what was named, "a/b/"; NULL: none of any */
    size_t n_in;
    const char *out;     /* as the caller gave it; NULL: beside each input */
    const char *rejects; /* as the caller gave it; NULL: by the output's name */
    bool keep_rejects;   /* bad rows are set aside */
    bool overwrite;
    bool replay; /* the input is a file of rejects */
    const lf_encoder_type *encoder;
    const struct lf_plugins *plugins; /* whose suffixes are known too; may be NULL */
} lf_output_request;

/* Names every output; opens and makes nothing. */
LF_NODISCARD lf_rc lf_outputs_plan(lf_outputs *o, const lf_output_request *req, lf_error *err);
/* Refuses outputs that exist (unless overwrite) or that are one of the inputs, and inputs that are
 * missing, unreadable or folders. */
LF_NODISCARD lf_rc lf_outputs_check(const lf_outputs *o, const lf_output_request *req,
                                    lf_error *err);
/* Length of a file's name without the suffixes that an output's replaces. */
size_t lf_input_stem_length(const char *name);
/* Whether a file's name says that it holds a format we read; files of rejects do not. */
bool lf_input_name_is_known(const char *name);
/* Names and checks the output of the k-th table, k > 1, of the input of `first`: OUT.k.parquet. */
LF_NODISCARD lf_rc lf_output_of_table(const lf_output_request *req, const lf_output *first,
                                      uint32_t k, lf_output *out, lf_error *err);
void lf_output_reset(lf_output *o, const lf_alloc *a);
/* Standard output, a pipe or a device: written to, never replaced. */
bool lf_output_is_stream(const char *path);
void lf_outputs_reset(lf_outputs *o);

#endif
