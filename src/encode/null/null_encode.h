/* encode/null/null_encode.h - an encoder that counts rows and writes nothing: what reading costs.
 * Owns, Threads, Fails, Life: as core/encoder.h. */
#ifndef LF_ENCODE_NULL_NULL_ENCODE_H
#define LF_ENCODE_NULL_NULL_ENCODE_H
#include "core/encoder.h"

extern const lf_encoder_type lf_null_encoder;

#endif
