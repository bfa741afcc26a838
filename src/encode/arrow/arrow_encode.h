/* encode/arrow/arrow_encode.h - tables as Arrow's IPC file ("arrow") and stream ("arrows").
 *
 * Each group of rows is a record batch. Types come first. Nulls of no type are text; texts that
 * need not be UTF-8 are `binary`; decimals have 128 bits; times and timestamps are us or ns.
 *
 * Options it reads: "compression" (lz4, zstd[:level]; none unless named).
 *
 * Owns: nothing. Threads: as core/encoder.h. Fails: LF_EUSAGE (options), LF_EENCODE (over 2 GiB in
 * one column of a batch), 3xx, 7xx. */
#ifndef LF_ENCODE_ARROW_ARROW_ENCODE_H
#define LF_ENCODE_ARROW_ARROW_ENCODE_H
#include "core/encoder.h"

extern const lf_encoder_type lf_arrow_encoder;
extern const lf_encoder_type lf_arrows_encoder;

#endif
