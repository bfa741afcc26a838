/* encode/text/text_encode.h - tables as text: CSV and JSON lines.
 *
 * Values print canonically (infer/print.h): doubles by the shortest digits that read back, decimals
 * with all of their digits, times as ISO 8601.
 *
 *   csv    names first; a null is the null word (nothing, by default), an empty text is in quotes,
 *          and so is what holds a delimiter, a quote, a line end or blanks at its ends, or reads
 *          like the null word; nested values are JSON.
 *   jsonl  one object a row, null members written; NaN and infinities, and times, are strings.
 *
 * Owns: nothing. Threads: as core/encoder.h. Fails: LF_EUSAGE (options), 3xx, 7xx. */
#ifndef LF_ENCODE_TEXT_TEXT_ENCODE_H
#define LF_ENCODE_TEXT_TEXT_ENCODE_H
#include "core/encoder.h"

extern const lf_encoder_type lf_csv_encoder;
extern const lf_encoder_type lf_jsonl_encoder;

#endif
