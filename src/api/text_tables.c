/* The tables are counted by a plan of the head, as each run makes one: what is found there is what
 * the runs find. */
#include "api/text_tables.h"
#include "api/options.h"
#include "core/limits.h"
#include "io/io.h"
#include "io/samples.h"
#include <stdio.h>
#include <string.h>

bool lf_text_tables_wanted(const lf_settings *set) {
    const char *v = lf_options_text(set->decode.options, set->decode.n_options, "tables", NULL);
    return v != NULL && strcmp(v, "all") == 0;
}

static lf_rc read_head(lf_source *s, uint8_t *to, size_t n, size_t *got_out, lf_error *err) {
    size_t got = 0;
    for (size_t m = 1; got < n && m > 0; got += m)
        LF_TRY(s->type->read_at(s, got, to + got, n - got, &m, err));
    *got_out = got;
    return LF_OK;
}

/* A text that cannot be planned has one table, whose run tells why. */
static lf_rc count_tables(lf_text_tables *t, const lf_settings *set, const lf_inputs *in,
                          lf_error *err) {
    const size_t cap = LF_HEAD_BYTES + 2 * LF_OVERREAD_BYTES;
    size_t got = 0;
    uint8_t *head = lf_mem_zalloc(t->alloc, cap);
    if (head == NULL) return lf_fail_nomem(err, cap);
    lf_source *s = t->spool ? t->spool : in->sources[0];
    lf_rc rc = read_head(s, head + LF_OVERREAD_BYTES, LF_HEAD_BYTES, &got, err);
    lf_decode_opts o = set->decode;
    lf_error unplanned = {0};
    lf_plan *plan = NULL;
    lf_samples far = {.n = 0};
    if (rc == LF_OK && got == LF_HEAD_BYTES) rc = lf_samples_read(&far, s, got, t->alloc, err);
    o.alloc = t->alloc;
    o.samples = far.pieces;
    o.n_samples = far.n;
    t->n = 1;
    if (rc == LF_OK &&
        in->decoder->plan(&o, (lf_span){head + LF_OVERREAD_BYTES, got}, got < LF_HEAD_BYTES, &plan,
                          &unplanned) == LF_OK &&
        ((const lf_plan_base *)plan)->n_tables > 0)
        t->n = ((const lf_plan_base *)plan)->n_tables;
    if (plan != NULL) in->decoder->plan_destroy(plan);
    lf_samples_reset(&far, t->alloc);
    lf_mem_free(t->alloc, head, cap);
    return rc;
}

static lf_rc name_outputs(lf_text_tables *t, const lf_output_request *req, const lf_output *first,
                          lf_error *err) {
    t->outputs = lf_mem_zalloc(t->alloc, t->n * sizeof *t->outputs);
    if (t->outputs == NULL) return lf_fail_nomem(err, t->n * sizeof *t->outputs);
    t->outputs[0] = *first;
    for (uint32_t k = 1; k < t->n; k++)
        LF_TRY(lf_output_of_table(req, first, k + 1, &t->outputs[k], err));
    return LF_OK;
}

lf_rc lf_text_tables_open(lf_text_tables *t, const lf_settings *set, const lf_output_request *req,
                          const lf_output *first, const lf_inputs *in, lf_error *err) {
    *t = (lf_text_tables){.alloc = set->alloc, .n = 1};
    if (first->count > 1)
        return lf_fail(err, LF_EUSAGE,
                       "--tables all makes an output of each table: name a folder, not one file, "
                       "for several inputs");
    if (lf_output_is_stream(first->path))
        return lf_fail(err, LF_EUSAGE, "--tables all needs files to write to: name one with -o");
    if (in->decoder != NULL && in->sources[0]->type->read_at == NULL)
        LF_TRY(lf_source_spool(in->sources[0], set->flow.temp_dir, t->alloc, &t->spool, err));
    if (in->decoder != NULL) LF_TRY(count_tables(t, set, in, err));
    t->n_options = set->decode.n_options + 1;
    t->options = lf_mem_zalloc(t->alloc, t->n_options * sizeof *t->options);
    if (t->options == NULL) return lf_fail_nomem(err, t->n_options * sizeof *t->options);
    memcpy(t->options, set->decode.options, set->decode.n_options * sizeof *t->options);
    return name_outputs(t, req, first, err);
}

void lf_text_tables_options(lf_text_tables *t, uint32_t k, lf_decode_opts *o) {
    (void)snprintf(t->number, sizeof t->number, "all/%u", k + 1);
    t->options[t->n_options - 1] = (lf_option){.name = "tables", .value = t->number};
    o->options = t->options;
    o->n_options = t->n_options;
}

void lf_text_tables_reset(lf_text_tables *t) {
    if (t->alloc == NULL) return;
    for (uint32_t k = 1; t->outputs != NULL && k < t->n; k++)
        lf_output_reset(&t->outputs[k], t->alloc);
    if (t->outputs) lf_mem_free(t->alloc, t->outputs, t->n * sizeof *t->outputs);
    if (t->options) lf_mem_free(t->alloc, t->options, t->n_options * sizeof *t->options);
    lf_source_close(t->spool);
    *t = (lf_text_tables){0};
}
