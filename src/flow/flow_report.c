/* flow/flow_report.c - what was decided and what happened, for the closing report. */
#include "core/limits.h"
#include "flow/flow_filter.h"
#include "obs/clock.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

lf_rc lf_flow_warn(flow_job *j, lf_error *err, const char *fmt, ...) {
    char text[512];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    return lf_flow_report_warning(j->spec, j->report, text, err);
}

lf_rc lf_flow_report_warning(const lf_flow_spec *spec, lf_report *r, const char *text,
                             lf_error *err) {
    const lf_alloc *a = spec->alloc != NULL ? spec->alloc : lf_alloc_default();
    char *copy = lf_mem_strdup(a, text);
    if (copy == NULL) return lf_fail_nomem(err, strlen(text));
    char **more = lf_mem_realloc(a, r->warnings, r->n_warnings * sizeof *more,
                                 (r->n_warnings + 1) * sizeof *more);
    if (more == NULL) {
        lf_mem_strfree(a, copy);
        return lf_fail_nomem(err, sizeof *more);
    }
    r->warnings = more;
    more[r->n_warnings++] = copy;
    return LF_OK;
}

lf_rc lf_flow_explain(flow_job *j, lf_error *err) {
    const lf_report *r = j->report;
    const lf_alloc *a = j->spec->alloc != NULL ? j->spec->alloc : lf_alloc_default();
    lf_buf b;
    lf_buf_init(&b, a, SIZE_MAX / 2);
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < j->n_inputs && j->inputs[i].plan != NULL; i++)
        LF_GO(j->inputs[i].decoder->explain(j->inputs[i].plan, &b, err));
    if (j->n_inputs > 1)
        LF_GO(lf_buf_printf(&b, err, "union: %u inputs, %u columns by name, by the heads of all\n",
                            j->n_inputs, j->shaped ? j->schema.n_fields : j->n_columns));
    LF_GO(lf_buf_printf(
        &b, err,
        "row groups: %llu KiB of text each (from the memory limit of %llu KiB and the options)\n"
        "threads: %u asked for, %u used%s\n",
        (unsigned long long)(j->group_text_bytes / LF_KIB),
        (unsigned long long)(r->memory_limit_bytes / LF_KIB), r->threads_requested, j->n_workers,
        j->n_workers < r->threads_requested
            ? " (the input's size and the memory limit allow no more)"
            : ""));
    LF_GO(lf_buf_append(&b, "", 1, err));
    j->report->explain = lf_mem_strdup(a, (const char *)b.data);
    if (j->report->explain == NULL) rc = lf_fail_nomem(err, b.len);
out:
    lf_buf_reset(&b);
    return rc;
}

void lf_flow_report_end(flow_job *j) {
    lf_report *r = j->report;
    r->columns = lf_flow_columns_kept(j, j->shaped ? j->schema.n_fields : j->n_columns);
    for (uint32_t i = 0; i < j->n_inputs; i++) {
        const uint64_t n = j->inputs[i].stored_bytes;
        if (n != LF_SIZE_UNKNOWN) r->bytes_in += n;
    }
    r->bytes_text = j->inputs_bytes + j->base_bytes;
    if (r->bytes_in == 0) r->bytes_in = r->bytes_text;
    r->elapsed_s = lf_now_s() - j->started_s;
    r->cpu_s = lf_cpu_s();
    r->peak_rss_bytes = lf_peak_rss_bytes();
}
