/* decode/csv/csv_decode.h - CSV and its kin (TSV, any one-byte delimiter) as a decoder.
 * Owns, Threads, Fails, Life: as core/decoder.h says. */
#ifndef LF_DECODE_CSV_CSV_DECODE_H
#define LF_DECODE_CSV_CSV_DECODE_H
#include "core/decoder.h"

extern const lf_decoder_type lf_csv_decoder;

#endif
