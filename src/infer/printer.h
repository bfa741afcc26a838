/* infer/printer.h - the cells of a typed column as they were written.
 *
 * The inverse of typing: values by the tile's form, exceptions by their text, nulls by their word.
 * Owns: nothing. Threads: safe. Fails: LF_ENO_MEMORY, LF_EMEMORY_LIMIT of the buffer. */
#ifndef LF_INFER_PRINTER_H
#define LF_INFER_PRINTER_H
#include "infer/print.h"

enum { LF_TEXT_NULL = 0, LF_TEXT_PRESENT = 1, LF_TEXT_QUOTED_EMPTY = 2 };

/* Appends n rows' texts to `bytes`; start (in bytes) and len a row; state: LF_TEXT_*, where
 * PRESENT may be a null word. Dates print in ctx->date_format, words are ctx's. */
LF_NODISCARD lf_rc lf_column_texts(const lf_column *c, uint32_t n, const lf_parse_ctx *ctx,
                                   lf_buf *bytes, uint32_t *start, uint32_t *len, uint8_t *state,
                                   lf_error *err);

#endif
