/* api/convert_shared.h - a conversion beside others.
 * Owns: as lf_convert. Threads: as lf_convert. Fails: as lf_convert. Life: a call. */
#ifndef LF_API_CONVERT_SHARED_H
#define LF_API_CONVERT_SHARED_H
#include <logflow/logflow.h>

/* lf_convert while `shares` - 1 others run: with that share of the memory limit, and the same bytes
 * as alone. */
LF_NODISCARD lf_rc lf_convert_shared(const char *const *in, size_t n_in, const char *out,
                                     const lf_convert_opts *opts, uint32_t shares,
                                     lf_report *rep_out, lf_error *err);

#endif
