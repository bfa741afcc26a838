#include "api/mixed.h"
#include "api/convert_reader.h"
#include "api/plugged.h"
#include "api/report.h"
#include "core/limits.h"
#include <string.h>

static lf_rc text_open(const lf_reader_format *base, lf_source *s, const lf_alloc *alloc,
                       lf_reader **out, lf_error *err) {
    lf_mixed *m = (lf_mixed *)(uintptr_t)base;
    lf_arrow_pull *p;
    (void)s;
    LF_TRY(lf_text_pull_open(&m->text, &m->spec, alloc, lf_alloc_default(), &p, err));
    return lf_arrow_reader_open(p, alloc, out, err);
}

/* Types are given to text alone; columns are chosen of all inputs. */
static lf_rc plan_text(lf_mixed *m, lf_inputs *in, const lf_flow_spec *spec, uint32_t n_text,
                       uint64_t memory, lf_error *err) {
    if (memory < LF_MEMORY_FLOOR_BYTES)
        return lf_fail(err, LF_EMEMORY_LIMIT,
                       "text among formats that have types needs --memory-limit 32MiB");
    m->base = (lf_reader_format){.name = "text", .open = text_open};
    m->decode = *spec->decode_opts;
    m->decode.columns = NULL, m->decode.n_columns = 0;
    m->spec = *spec;
    m->spec.decode_opts = &m->decode;
    m->spec.n_sources = n_text;
    m->spec.input_open = lf_inputs_text;
    m->spec.input_ctx = in;
    m->spec.group_text_bytes = 0;
    m->spec.limit_rows = UINT64_MAX;
    m->spec.rows = NULL;
    m->spec.progress = NULL;
    m->spec.counts = NULL, m->spec.n_counts = 0;
    m->spec.memory_limit_bytes = memory;
    return LF_OK;
}

/* The texts stand where the first of them does. */
static uint32_t place_all(const lf_mixed *m, const lf_inputs *in, lf_source **sources,
                          const lf_reader_format **formats) {
    uint32_t n = 0;
    bool had_text = false;
    for (size_t i = 0; i < in->n; i++) {
        if (in->readers[i] == NULL && had_text) continue;
        had_text |= in->readers[i] == NULL;
        sources[n] = in->sources[i];
        formats[n++] = in->readers[i] != NULL ? in->readers[i] : &m->base;
    }
    return n;
}

static lf_rc run_mixed(lf_mixed *m, lf_inputs *in, const lf_flow_spec *spec, lf_report *rep,
                       lf_error *err) {
    const uint64_t all =
        spec->memory_limit_bytes ? spec->memory_limit_bytes : LF_MEMORY_DEFAULT_BYTES;
    uint32_t n_text = 0;
    for (size_t i = 0; i < in->n; i++)
        n_text += in->readers[i] == NULL;
    LF_TRY(plan_text(m, in, spec, n_text, all / 2, err));
    const size_t bytes = in->n * sizeof(void *);
    lf_source **sources = lf_mem_alloc(in->alloc, bytes);
    const lf_reader_format **formats = lf_mem_alloc(in->alloc, bytes);
    lf_flow_spec pump = *spec;
    lf_decode_opts chosen = *spec->decode_opts;
    lf_rc rc = sources == NULL || formats == NULL ? lf_fail_nomem(err, bytes) : LF_OK;
    if (rc == LF_OK) {
        pump.n_sources = place_all(m, in, sources, formats);
        pump.sources = sources;
        chosen.schema = NULL;
        pump.decode_opts = &chosen;
        pump.memory_limit_bytes = all / 2;
        pump.counts = NULL, pump.n_counts = 0; /* of the texts only their sum is known */
        rc = lf_convert_reader(&pump, formats, pump.n_sources, rep, err);
        rep->memory_limit_bytes = all;
    }
    lf_mem_free(in->alloc, sources, bytes);
    lf_mem_free(in->alloc, formats, bytes);
    return rc;
}

lf_rc lf_mixed_run(lf_mixed *m, lf_inputs *in, const lf_flow_spec *spec, lf_report *rep,
                   lf_error *err) {
    if (in->mixed) return run_mixed(m, in, spec, rep, err);
    return lf_convert_reader(spec, in->readers, spec->n_sources, rep, err);
}

void lf_mixed_report(const lf_mixed *m, lf_report *rep) {
    const lf_report *from = &m->text.report;
    if (m->text.alloc == NULL) return;
    rep->rows_padded += from->rows_padded;
    rep->lines_blank += from->lines_blank, rep->lines_comment += from->lines_comment;
    rep->lines_preamble += from->lines_preamble, rep->lines_footer += from->lines_footer;
    rep->late_changes += from->late_changes;
    for (size_t i = 0; i < from->n_warnings; i++)
        if (lf_report_warn(rep, from->warnings[i], NULL) != LF_OK) break;
    if (from->explain) (void)!lf_report_set(&rep->explain, from->explain, NULL);
}

void lf_mixed_close(lf_mixed *m) {
    lf_text_stream_stop(&m->text);
}
