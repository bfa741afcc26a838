/* api/convert_parquet.h - conversions whose input is Parquet.
 *
 * A Parquet file has types already and is read from its end: it does not go through the flow,
 * which cuts text into blocks, but straight from decode/parquet into an encoder, batch by batch.
 * The output's row groups are cut by the bytes of values, whatever the input's are.
 *
 * Owns: all it opens. Threads: one at a time. Fails: every code. Life: one call. */
#ifndef LF_API_CONVERT_PARQUET_H
#define LF_API_CONVERT_PARQUET_H
#include "flow/flow.h"

/* `spec` as for lf_flow_run; the decoder and what is for text are not looked at. */
LF_NODISCARD lf_rc lf_convert_parquet(const lf_flow_spec *spec, lf_report *report, lf_error *err);

#endif
