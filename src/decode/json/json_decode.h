/* decode/json/json_decode.h - JSON: lines, values one after the other, an array, or one object.
 *
 * Owns: nothing. Threads: the record is constant. Fails: see core/decoder.h. */
#ifndef LF_DECODE_JSON_JSON_DECODE_H
#define LF_DECODE_JSON_JSON_DECODE_H
#include "core/decoder.h"

extern const lf_decoder_type lf_json_decoder;

#endif
