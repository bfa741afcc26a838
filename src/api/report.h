/* api/report.h - completing, adding up and printing lf_report.
 *
 * Owns: strings of a report live in the default allocator, as lf_report_reset has no other.
 * Threads: one at a time. Fails: LF_ENO_MEMORY. Life: zeroed record -> fill -> lf_report_reset. */
#ifndef LF_API_REPORT_H
#define LF_API_REPORT_H
#include "core/error.h"
#include "flow/flow.h"
#include <logflow/logflow.h>

/* Replaces *slot by a copy of s (NULL: nothing). */
LF_NODISCARD lf_rc lf_report_set(char **slot, const char *s, lf_error *err);
LF_NODISCARD lf_rc lf_report_warn(lf_report *rep, const char *text, lf_error *err);
/* Adds a path to rep->outputs. */
LF_NODISCARD lf_rc lf_report_add_output(lf_report *rep, const char *path, lf_error *err);
/* Moves what the flow allocated through `from` into the default allocator. */
LF_NODISCARD lf_rc lf_report_adopt(lf_report *rep, const lf_alloc *from, lf_error *err);
/* Adds the counts of `one` to `sum` and moves its texts there; `one` is reset. */
LF_NODISCARD lf_rc lf_report_add(lf_report *sum, lf_report *one, lf_error *err);
/* Fills rep->json. `outcome`: NULL after success, else what went wrong. */
LF_NODISCARD lf_rc lf_report_fill_json(lf_report *rep, const lf_error *outcome, lf_error *err);

/* The inputs of a union, one by one. */
enum { LF_REPORT_FILES_MAX = 100 };
LF_NODISCARD lf_rc lf_report_files(lf_report *rep, const char *const *paths, size_t n,
                                   lf_flow_counts *counts, lf_error *err);

#endif
