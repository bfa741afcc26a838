/* api/epoch_columns.h - --epoch '*=UNIT': which columns hold counts since 1970.
 *
 * A column without a type of its own is one where the head has integers alone, all of which are
 * times between 1990 and 2100 in that unit: no number of a row, no price.
 * Owns: the schema is the caller's. Threads: one at a time. Fails: as a plan of the input does.
 * Life: one call. */
#ifndef LF_API_EPOCH_COLUMNS_H
#define LF_API_EPOCH_COLUMNS_H
#include "api/inputs.h"

/* Nothing where the option is not given, or the input is no text. Else fills *own (which the caller
 * resets) with the types that were given and those that were found, and has `decode` point to it.
 * *none_out: no column is one. */
LF_NODISCARD lf_rc lf_epoch_columns(lf_inputs *in, lf_decode_opts *decode, lf_schema *own,
                                    bool *none_out, lf_error *err);

#endif
