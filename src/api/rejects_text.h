/* api/rejects_text.h - a file of rejects as text to be decoded, and where its rows came from.
 *
 * Each line's `raw` (or `raw_base64`) becomes a row of the text, behind a head with the names; the
 * text is built in an unnamed temporary file, so that rows of any size and number take little
 * memory: 16 bytes a row.
 * Owns: the temporary file, the table of rows, the opened rejects file. Threads: load by one; its
 * source by any; place by one at a time. Fails: LF_ECORRUPT with the line, LF_ENO_MEMORY, 3xx.
 * Life: init -> load -> (source | place)* -> reset (safe twice); sources before it. */
#ifndef LF_API_REJECTS_TEXT_H
#define LF_API_REJECTS_TEXT_H
#include "core/alloc.h"
#include "core/sink.h"
#include "core/source.h"
#include "flow/flow.h"

typedef struct lf_rejects_text {
    const lf_alloc *alloc;
    lf_source *file; /* the rejects */
    lf_sink *temp;   /* the text */
    uint64_t size;
    uint64_t *starts; /* of each row in the text; no record reaches over one */
    uint64_t *lines;  /* of each row: the offset of its line in the file */
    size_t n, cap;
    char input[4096]; /* of the last place */
} lf_rejects_text;

void lf_rejects_text_init(lf_rejects_text *t, const lf_alloc *a);
/* `temp_dir` NULL: TMPDIR or /tmp. */
LF_NODISCARD lf_rc lf_rejects_text_load(lf_rejects_text *t, const char *path, const char *head,
                                        const char *temp_dir, lf_error *err);
LF_NODISCARD lf_rc lf_rejects_text_source(lf_rejects_text *t, lf_source **out, lf_error *err);
/* lf_flow_spec.place: from an offset of the text to the place that the rejects file gives. */
LF_NODISCARD lf_rc lf_rejects_text_place(void *ctx, lf_row_place *inout, lf_error *err);
void lf_rejects_text_reset(lf_rejects_text *t);

#endif
