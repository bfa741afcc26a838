/* encode/null/null_encode.h - an output that keeps nothing but counts, for measuring input.
 *
 * Owns: counters. Threads: see core/encoder.h. Fails: LF_ENO_MEMORY. Life: see core/encoder.h. */
#ifndef LF_ENCODE_NULL_NULL_ENCODE_H
#define LF_ENCODE_NULL_NULL_ENCODE_H
#include "core/encoder.h"

extern const lf_encoder_type lf_null_encoder;

#endif
