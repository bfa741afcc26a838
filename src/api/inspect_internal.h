/* api/inspect_internal.h - what the parts of lf_inspect share.
 * Owns: `out`. Threads: one at a time. Fails: LF_EWRITE where the caller's writer stops.
 * Life: of one lf_inspect call. */
#ifndef LF_API_INSPECT_INTERNAL_H
#define LF_API_INSPECT_INTERNAL_H
#include "api/settings.h"
#include "array/type.h"
#include "core/reader.h"
#include "core/source.h"
#include "core/span.h"
#include <logflow/logflow.h>

typedef struct lf_inspection {
    lf_inspect_opts opts;
    const lf_alloc *alloc;
    const char *path;
    uint32_t width; /* of the terminal */
    lf_write_fn write;
    void *write_ctx;
    lf_buf out; /* not yet written */
    lf_error *err;
    char encoding[320]; /* a line of the explanation: what the text is decoded from; "": none */
    double encoding_sure;
} lf_inspection;

/* Hands on what is in `out` once it is large, or all of it. */
LF_NODISCARD lf_rc lf_inspect_flush(lf_inspection *x, bool all);
LF_NODISCARD lf_rc lf_inspect_puts(lf_inspection *x, const char *s);
LF_NODISCARD lf_rc lf_inspect_path(lf_inspection *x); /* the file's, as a terminal may have it */
/* Folds the lines of `out` from byte `from` on that are wider than the terminal. */
LF_NODISCARD lf_rc lf_inspect_fold(lf_inspection *x, size_t from);
/* `"name":"value"` */
LF_NODISCARD lf_rc lf_inspect_pair(lf_inspection *x, const char *name, const char *value);
/* `schema` as the JSON that --schema takes, on a line of its own. */
LF_NODISCARD lf_rc lf_inspect_schema(lf_inspection *x, const lf_schema *schema);

/* Any other format that has its types. Takes `r` over. */
LF_NODISCARD lf_rc lf_inspect_reader(lf_inspection *x, const lf_source *s, const char *format,
                                     lf_reader *r);
LF_NODISCARD lf_rc lf_inspect_parquet(lf_inspection *x, lf_source *s);
/* Formats that decode bytes as they come: what the head shows. *s may be replaced. */
LF_NODISCARD lf_rc lf_inspect_text(lf_inspection *x, lf_settings *set, const lf_decoder_type *type,
                                   lf_source **s);

#endif
