/* api/text_tables.h - one input whose text holds several tables, each to be converted on its own
 * (--tables all).
 *
 * Owns: what it names; a copy of a stream; borrows inputs and settings. Threads: one at a time.
 * Fails: LF_EUSAGE (the output can be but one), as lf_outputs_check, 3xx. Life: a zeroed record ->
 * lf_text_tables_open -> lf_text_tables_options per table -> lf_text_tables_reset (safe twice). */
#ifndef LF_API_TEXT_TABLES_H
#define LF_API_TEXT_TABLES_H
#include "api/inputs.h"
#include "api/output_name.h"
#include "api/settings.h"

typedef struct lf_text_tables {
    const lf_alloc *alloc;
    lf_source *spool;   /* a stream, which all tables are read from; NULL: the input is read */
    lf_output *outputs; /* n of them; the first is borrowed */
    uint32_t n;
    lf_option *options; /* those of the settings and one more */
    size_t n_options;
    char number[24];
} lf_text_tables;

/* Whether the options ask for it. */
bool lf_text_tables_wanted(const lf_settings *set);
/* Counts the tables and names their outputs; `in` is open. Nothing is written. */
LF_NODISCARD lf_rc lf_text_tables_open(lf_text_tables *t, const lf_settings *set,
                                       const lf_output_request *req, const lf_output *first,
                                       const lf_inputs *in, lf_error *err);
/* Sets the options of `o` to those of table k, from 0; valid until the next call. */
void lf_text_tables_options(lf_text_tables *t, uint32_t k, lf_decode_opts *o);
void lf_text_tables_reset(lf_text_tables *t);

#endif
