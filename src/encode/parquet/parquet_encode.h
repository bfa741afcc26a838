/* encode/parquet/parquet_encode.h - the Parquet writer, as core/encoder.h wants it.
 *
 * Options it reads: "compression" (codec[:level]), "encodings" (plain, default, modern),
 * "data-page" (v1, v2); README.md says what the layout follows from.
 *
 * Owns, Threads, Life: as core/encoder.h. Fails: LF_EUSAGE (options), LF_EENCODE,
 * LF_EUNSUPPORTED, LF_ENO_MEMORY, and what the sink fails with. */
#ifndef LF_ENCODE_PARQUET_PARQUET_ENCODE_H
#define LF_ENCODE_PARQUET_PARQUET_ENCODE_H
#include "core/encoder.h"

extern const lf_encoder_type lf_parquet_encoder;

#endif
