/* flow/flow.c - one conversion from end to end; see flow.h and docs/ARCHITECTURE.md. */
#include "flow/flow.h"
#include "core/limits.h"
#include "flow/flow_carry.h"
#include "flow/flow_filter.h"
#include "flow/flow_shape.h"
#include "flow/job.h"
#include "io/io.h"
#include "obs/clock.h"
#include <string.h>
#include <time.h>

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    flow_job *j = ctx;
    return lf_sink_open_temp(j->spec->temp_dir, j->alloc, out, err);
}

static lf_rc job_init(flow_job *j, const lf_flow_spec *spec, lf_report *report, lf_error *err) {
    j->spec = spec;
    j->report = report;
    lf_budget_init(&j->budget, spec->alloc != NULL ? spec->alloc : lf_alloc_default(), 0);
    j->alloc = &j->budget.alloc;
    j->started_s = lf_now_s();
    pthread_mutex_init(&j->assign_mu, NULL);
    pthread_mutex_init(&j->mu, NULL);
    pthread_mutex_init(&j->spool_mu, NULL);
    pthread_condattr_t ca;
    pthread_condattr_init(&ca);
    pthread_condattr_setclock(&ca, CLOCK_MONOTONIC);
    pthread_cond_init(&j->cv, &ca);
    pthread_condattr_destroy(&ca);
    lf_schema_init(&j->schema, j->alloc);
    pthread_mutex_init(&j->exceptions.mu, NULL);
    lf_spill_init(&j->exceptions.spill, j->alloc, LF_MIB, temp_open, j);
    lf_buf_init(&j->new_paths, j->alloc, SIZE_MAX / 2);
    lf_spill_init(&j->trace_log, j->alloc, LF_MIB, temp_open, j);
    lf_spill_init(&j->records, j->alloc, LF_MIB, temp_open, j);
    j->decode_opts = *spec->decode_opts;
    j->decode_opts.alloc = j->alloc;
    j->decode_opts.record_max_bytes =
        (spec->memory_limit_bytes != 0 ? spec->memory_limit_bytes : LF_MEMORY_DEFAULT_BYTES) / 4;
    j->encode_opts = *spec->encode_opts;
    j->encode_opts.alloc = j->alloc;
    j->encode_opts.temp_open = temp_open;
    j->encode_opts.temp_ctx = j;
    j->inputs = lf_mem_zalloc(j->alloc, spec->n_sources * sizeof *j->inputs + 1);
    if (j->inputs == NULL) return lf_fail_nomem(err, spec->n_sources * sizeof *j->inputs);
    j->n_inputs = spec->n_sources;
    LF_TRY(lf_flow_filter_init(j, err));
    if (spec->input_open != NULL) return LF_OK;
    flow_input *in = &j->inputs[0];
    in->source = spec->sources[0];
    in->path = in->source->path;
    in->stored_bytes = in->source->stored_bytes;
    in->decoder = spec->decoder;
    in->encoding = spec->decode_opts->encoding;
    return LF_OK;
}

static void job_reset(flow_job *j) {
    lf_flow_inputs_close(j);
    lf_flow_carry_reset(j);
    const lf_encoder_type *t = j->spec->encoder;
    t->close(j->encoder);
    t->close(j->spool);
    lf_sink_close(j->sink);
    lf_sink_close(j->spool_sink);
    lf_sink_close(j->rejects_sink);
    lf_spill_reset(&j->trace_log);
    lf_spill_reset(&j->exceptions.spill);
    lf_buf_reset(&j->new_paths);
    lf_flow_shape_reset(j);
    lf_flow_filter_reset(j);
    lf_spill_reset(&j->records);
    lf_schema_reset(&j->schema);
    size_t n = j->n_columns;
    lf_mem_free(j->alloc, j->fixed, n * sizeof *j->fixed + 1);
    lf_mem_free(j->alloc, j->types, n * sizeof *j->types + 1);
    lf_mem_free(j->alloc, j->evidence, n * sizeof *j->evidence + 1);
    lf_mem_free(j->alloc, j->inputs, j->n_inputs * sizeof *j->inputs + 1);
    pthread_mutex_destroy(&j->assign_mu);
    pthread_mutex_destroy(&j->mu);
    pthread_mutex_destroy(&j->spool_mu);
    pthread_mutex_destroy(&j->exceptions.mu);
    pthread_cond_destroy(&j->cv);
}

/* Those that cannot be opened twice; the others are looked at when they are needed. */
static lf_rc open_once(flow_job *j, bool spool, bool *any_stream, lf_error *err) {
    for (uint32_t i = 0; i < j->n_inputs; i++) {
        flow_input *in = &j->inputs[i];
        LF_TRY(lf_flow_input_source(j, i, err));
        const bool stream = !in->again && in->source->type->read_at == NULL;
        if (any_stream != NULL) *any_stream |= stream;
        if (in->again) lf_source_close(in->source);
        if (in->again) in->source = NULL;
        if (!stream || !spool) continue;
        const lf_rc rc = lf_source_spool(in->source, j->spec->temp_dir, j->alloc, &in->spool, err);
        if (rc != LF_OK) {
            lf_error_set_file(err, in->path);
            return rc;
        }
        in->source = in->spool;
    }
    return LF_OK;
}

/* Output whose types come first: streams are spooled, to be read once more. */
static lf_rc spool_streams(flow_job *j, lf_error *err) {
    return open_once(j, true, NULL, err);
}

/* From here on the types are those that are known now. */
static lf_rc settle_types(flow_job *j, lf_error *err) {
    j->types_final = true;
    if (j->shaped) return lf_flow_shape_settle(j, err);
    lf_flow_settle_null_columns(j);
    for (uint32_t i = 0; i < j->n_columns; i++) {
        if (j->types[i].id == LF_T_NULL) j->types[i].id = LF_T_STRING;
        j->schema.fields[i].type = j->types[i];
    }
    return LF_OK;
}

/* All blocks, decoded without anything being written. */
static lf_rc dry_pass(flow_job *j, lf_error *err) {
    j->typing_only = true;
    LF_TRY(lf_flow_plan_workers(j, err));
    LF_TRY(lf_flow_workers_run(j, err));
    j->typing_only = false;
    return LF_OK;
}

/* Back to the first block. */
static lf_rc rewind_inputs(flow_job *j, lf_error *err) {
    j->next_index = j->next_k = j->turn = 0;
    j->next_input = 0;
    j->no_more = false;
    j->inputs_bytes = j->base_bytes = 0;
    atomic_store(&j->stored_done, 0);
    j->seen_bytes = j->seen_rows = 0;
    return lf_flow_input_enter(j, 0, err);
}

/* --infer full: all blocks are decoded once for their types alone. */
static lf_rc typing_pass(flow_job *j, lf_error *err) {
    for (uint32_t i = 0; i < j->n_inputs; i++) {
        const flow_input *in = &j->inputs[i];
        if (!in->again && in->source->type->read_at == NULL)
            return lf_fail(err, LF_EUNSUPPORTED,
                           "--infer full reads its input twice; '%.100s' is a stream", in->path);
    }
    LF_TRY(dry_pass(j, err));
    LF_TRY(settle_types(j, err));
    return rewind_inputs(j, err);
}

/* --sample behind --where: how many rows there are to choose from. */
static lf_rc count_pass(flow_job *j, lf_error *err) {
    j->good_rows = j->passed_rows = 0;
    j->counting = true;
    LF_TRY(dry_pass(j, err));
    j->counting = false;
    return rewind_inputs(j, err);
}

lf_rc lf_flow_encoder_open(flow_job *j, lf_sink *sink, lf_encoder **out, lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    lf_schema s;
    if (j->spec->rows == NULL) return t->open(&j->encode_opts, &j->schema, sink, out, err);
    lf_schema_init(&s, j->alloc);
    lf_rc rc = lf_flow_filter_schema(j, &j->schema, &s, err);
    if (rc == LF_OK) rc = t->open(&j->encode_opts, &s, sink, out, err);
    lf_schema_reset(&s);
    return rc;
}

static bool wants_widening(const lf_decode_opts *o) {
    for (size_t i = 0; i < o->n_options; i++)
        if (strcmp(o->options[i].name, "ragged") == 0)
            return strcmp(o->options[i].value, "widen") == 0;
    return false;
}

/* A pass of its own, of a table that is too narrow. */
static lf_rc survey_run(flow_job *k, lf_error *err) {
    k->typing_only = true;
    LF_TRY(lf_flow_inputs_plan(k, err));
    LF_TRY(lf_flow_plan_layout(k, err));
    LF_TRY(lf_flow_plan_workers(k, err));
    return lf_flow_workers_run(k, err);
}

/* --ragged widen: how many columns there are is known once all rows are seen. So that row groups
 * need not be made anew for each, all is read once before; streams are spooled for it. */
static lf_rc survey_widths(flow_job *j, lf_error *err) {
    LF_TRY(spool_streams(j, err));
    lf_flow_spec spec = *j->spec;
    spec.limit_rows = UINT64_MAX;
    spec.rows = NULL;
    lf_report report = {0};
    flow_job k = {0};
    lf_rc rc = job_init(&k, &spec, &report, err);
    for (uint32_t i = 0; i < k.n_inputs; i++) {
        const flow_input *in = &j->inputs[i];
        flow_input *to = &k.inputs[i];
        to->source = in->source; /* what is kept open is shared, one after the other */
        to->path = in->path;
        to->decoder = in->decoder;
        to->encoding = in->encoding;
        to->stored_bytes = in->stored_bytes;
    }
    k.quiet = true;
    if (rc == LF_OK) rc = survey_run(&k, err);
    j->decode_opts.widen_to = k.fields_max;
    job_reset(&k);
    return rc;
}

static lf_rc convert(flow_job *j, lf_error *err) {
    const lf_flow_spec *s = j->spec;
    if (j->n_inputs == 0) return lf_fail(err, LF_EUSAGE, "no input");
    if (wants_widening(&j->decode_opts)) LF_TRY_CTX(survey_widths(j, err), err, "--ragged widen");
    const bool types_first =
        (s->encoder->flags & LF_ENCODER_TYPES_FIRST) != 0 || lf_flow_filter_types_first(j);
    bool stream = false;
    if (types_first && s->no_spool) LF_TRY(open_once(j, false, &stream, err));
    const bool once = types_first && stream;
    if (once && j->sampling)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "--sample reads its input twice; a stream must be spooled for it");
    if (types_first && !once)
        LF_TRY_CTX(spool_streams(j, err), err, "keeping the stream, to read it twice");
    LF_TRY(lf_flow_inputs_plan(j, err));
    LF_TRY(lf_flow_filter_check(j, err));
    LF_TRY(lf_flow_plan_layout(j, err));
    LF_TRY(s->encoder->check(&j->encode_opts, err));
    const bool typed = (types_first && !once) || s->infer == LF_INFER_FULL;
    if (once) LF_TRY(settle_types(j, err));
    if (typed) LF_TRY_CTX(typing_pass(j, err), err, "--infer full");
    LF_TRY(lf_flow_filter_settle(j, err));
    if (lf_flow_filter_wants_count(j)) LF_TRY_CTX(count_pass(j, err), err, "--sample");
    lf_flow_filter_counted(j);
    LF_TRY(lf_flow_plan_workers(j, err));
    LF_TRY(s->sink_open(s->sink_ctx, &j->sink, err));
    j->encode_opts.late_columns = j->shaped;
    LF_TRY(lf_flow_encoder_open(j, j->sink, &j->encoder, err));
    LF_TRY(lf_flow_explain(j, err));
    LF_TRY(lf_flow_workers_run(j, err));
    LF_TRY(lf_flow_carry_end(j, err));
    LF_TRY(lf_flow_rejects_finish(j, err));
    return lf_flow_finish(j, err);
}

lf_rc lf_flow_run(const lf_flow_spec *spec, lf_report *report, lf_error *err) {
    flow_job j = {0};
    lf_error local = {0};
    if (err == NULL) err = &local;
    lf_rc rc = job_init(&j, spec, report, err);
    if (rc == LF_OK) rc = convert(&j, err);
    lf_flow_report_end(&j);
    job_reset(&j);
    return rc;
}
