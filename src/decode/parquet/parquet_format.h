/* decode/parquet/parquet_format.h - Parquet as a format of core/reader.h.
 * Owns, Threads, Fails, Life: as core/reader.h. */
#ifndef LF_DECODE_PARQUET_PARQUET_FORMAT_H
#define LF_DECODE_PARQUET_PARQUET_FORMAT_H
#include "core/reader.h"

extern const lf_reader_format lf_parquet_format;

#endif
