/* encode/text/text_internal.h - how rows become text.
 * Owns: nothing. Threads: one row group at a time. Fails: LF_ENO_MEMORY. */
#ifndef LF_ENCODE_TEXT_TEXT_INTERNAL_H
#define LF_ENCODE_TEXT_TEXT_INTERNAL_H
#include "array/batch.h"
#include "core/buf.h"
#include "core/encoder.h"

typedef struct text_style {
    bool jsonl;
    char delimiter;
    bool quote_all;
    const char *null_word; /* borrowed from the options */
    size_t null_len;
    const char *line_end;
    bool header;
} text_style;

/* Reads the options; nothing else. */
LF_NODISCARD lf_rc lf_text_style_read(const lf_encode_opts *o, bool jsonl, text_style *out,
                                      lf_error *err);
/* The line of names; nothing where there is none. */
LF_NODISCARD lf_rc lf_text_header(const text_style *t, const lf_schema *s, lf_buf *out,
                                  lf_error *err);
/* `cell` is scratch. */
LF_NODISCARD lf_rc lf_text_csv_rows(const text_style *t, const lf_schema *s, const lf_batch *b,
                                    lf_buf *cell, lf_buf *out, lf_error *err);
/* `keys` holds one `"name":` a column, behind each other, and where each ends. */
typedef struct text_keys {
    lf_buf bytes;
    uint32_t *ends;
} text_keys;
LF_NODISCARD lf_rc lf_text_json_rows(const text_keys *keys, const lf_schema *s, const lf_batch *b,
                                     lf_buf *out, lf_error *err);

#endif
