/* infer/calendar_name.h - printing dates by their layout (private to infer).
 *
 * Owns: nothing. Threads: safe. Fails: never. */
#ifndef LF_INFER_CALENDAR_NAME_H
#define LF_INFER_CALENDAR_NAME_H
#include "infer/parse.h"

/* A date with a month's name or in basic form; `clock`: what stands for the time, put where the
 * layout has it (*clock_used_out) or left to the caller. Its length. */
uint32_t lf_named_print(int32_t days, uint32_t format_bit, lf_form f, bool unpadded, lf_span clock,
                        bool *clock_used_out, char *out);

#endif
