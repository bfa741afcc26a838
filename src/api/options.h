/* api/options.h - the one table of options, and reading values out of a list of them.
 *
 * Every option of every command is declared once, in options.c; help pages, suggestions, the
 * reference page, environment variables and (later) configuration files come from that table.
 * Owns: nothing. Threads: static data, pure functions. Fails: LF_EUSAGE with the option's name.
 * Life: check the list once, then read from it; the readers cannot fail on a checked list. */
#ifndef LF_API_OPTIONS_H
#define LF_API_OPTIONS_H
#include "core/error.h"
#include <logflow/logflow.h>

/* The entry of `name` for a command; NULL where there is none. */
const lf_option_info *lf_option_find(const char *name, const char *command);

/* All names known to the library, all values readable, nothing given twice that may not be. */
LF_NODISCARD lf_rc lf_options_check(const lf_option *o, size_t n, const char *command,
                                    lf_error *err);

/* The last value of an option, or `dflt`. */
const char *lf_options_text(const lf_option *o, size_t n, const char *name, const char *dflt);
bool lf_options_flag(const lf_option *o, size_t n, const char *name);
uint64_t lf_options_number(const lf_option *o, size_t n, const char *name, uint64_t dflt);
uint64_t lf_options_size(const lf_option *o, size_t n, const char *name, uint64_t dflt);

/* Of a list "a|b|c" the word that `value` may have meant; in `out`. False: none. */
bool lf_option_nearest_choice(const char *list, const char *value, char *out, size_t cap);

/* Edits that turn one word into the other, a swap of neighbours counting one; long words: 48. */
unsigned lf_edit_distance(const char *a, const char *b);
/* Fewer edits than this make a word of n bytes one that may have been meant. */
unsigned lf_edits_allowed(size_t n);
/* "64MB", "1.5GiB", "100000". */
LF_NODISCARD lf_rc lf_size_parse(const char *s, uint64_t *bytes_out, lf_error *err);
/* "20" or "0.5%": the one that was not given comes out as UINT64_MAX or 0. */
LF_NODISCARD lf_rc lf_amount_parse(const char *s, uint64_t *count_out, double *share_out,
                                   lf_error *err);

#endif
