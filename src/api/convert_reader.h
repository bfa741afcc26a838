/* api/convert_reader.h - conversions whose input has types already (core/reader.h).
 *
 * Parquet is read from its end, Arrow in batches of its own: neither goes through the flow, which
 * cuts text into blocks, but straight from readers into an encoder, batch by batch. Where inputs
 * come in pieces (row groups, record batches) several workers read them, and pieces are put
 * together or cut into row groups by what metadata says of them; else one worker cuts by the bytes
 * of values.
 *
 * Owns: all it opens, and its threads. Threads: one calls. Fails: every code. Life: one call. */
#ifndef LF_API_CONVERT_READER_H
#define LF_API_CONVERT_READER_H
#include "core/reader.h"
#include "flow/flow.h"

/* `spec` as for lf_flow_run; the decoder and what is for text are not looked at. `formats`: one of
 * each source, or one of all. */
LF_NODISCARD lf_rc lf_convert_reader(const lf_flow_spec *spec,
                                     const lf_reader_format *const *formats, uint32_t n_formats,
                                     lf_report *report, lf_error *err);

#endif
