/* api/row_options.h - --skip, --where, --sample, --seed and --rename in lf_settings.
 *
 * Owns: what it makes lives in the settings' arena. Threads: one at a time. Fails: LF_EUSAGE.
 * Life: once, behind --columns. */
#ifndef LF_API_ROW_OPTIONS_H
#define LF_API_ROW_OPTIONS_H
#include "api/settings.h"

/* Fills s->rows, and s->flow.rows where there is something to do. Columns that --where uses and
 * --columns does not name are read behind those. */
LF_NODISCARD lf_rc lf_row_options_load(lf_settings *s, lf_error *err);

/* For --explain: a line of what leaves rows out, in its order; nothing where nothing does. */
LF_NODISCARD lf_rc lf_row_options_explain(const lf_settings *s, lf_buf *out, lf_error *err);

#endif
