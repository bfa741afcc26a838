/* flow/flow_input.c - opening inputs for work and cutting them into blocks. */
#include "core/limits.h"
#include "flow/flow_shape.h"
#include "flow/job.h"
#include "io/io.h"
#include <string.h>

static lf_rc make_parse(flow_job *j, flow_input *in, lf_error *err) {
    const lf_plan_base *p = (const lf_plan_base *)in->plan;
    in->parse = lf_mem_zalloc(j->alloc, j->n_columns * sizeof *in->parse + 1);
    if (in->parse == NULL) return lf_fail_nomem(err, j->n_columns * sizeof *in->parse);
    const lf_decode_opts *o = &j->decode_opts;
    for (uint32_t i = 0; i < j->n_columns; i++) {
        lf_parse_ctx *c = &in->parse[i];
        static const lf_field unknown;
        const lf_field *f = i < p->schema->n_fields ? &p->schema->fields[i] : &unknown;
        c->null_words = lf_null_words_default;
        while (lf_null_words_default[c->n_null_words] != NULL)
            c->n_null_words++;
        if (o->null_words != NULL) {
            c->null_words = o->null_words;
            c->n_null_words = o->n_null_words;
            c->null_words_everywhere = true;
        }
        if (f->n_null_words > 0) {
            c->null_words = (const char *const *)f->null_words;
            c->n_null_words = f->n_null_words;
            c->null_words_everywhere = true;
        }
        c->date_format = LF_DF_YMD_DASH;
        c->format = f->format;
        c->bool_words = LF_K_WORDS; /* forms say which words they were */
        lf_parse_ctx_options(c, o->options, o->n_options);
        if (p->numbers != NULL && i < p->schema->n_fields) c->numbers |= p->numbers[i];
    }
    return LF_OK;
}

/* The first plan gives the columns; later ones must have the same. */
static lf_rc adopt_schema(flow_job *j, const lf_plan_base *p, uint32_t input, lf_error *err) {
    if (p->shape != NULL && input > 0) {
        pthread_mutex_lock(&j->mu);
        lf_rc rc = lf_flow_shape_adopt(j, p, err);
        pthread_mutex_unlock(&j->mu);
        return rc;
    }
    if (input > 0) {
        bool same = p->schema->n_fields == j->n_columns;
        for (uint32_t i = 0; same && i < j->n_columns; i++)
            same = strcmp(p->schema->fields[i].name, j->schema.fields[i].name) == 0;
        if (!same)
            return lf_fail(err, LF_ESCHEMA, "its columns differ from those of '%.80s'",
                           j->inputs[0].source->path);
        return LF_OK;
    }
    j->n_columns = p->schema->n_fields;
    LF_TRY(lf_schema_copy(&j->schema, p->schema, err));
    size_t n = j->n_columns;
    j->fixed = lf_mem_zalloc(j->alloc, n * sizeof *j->fixed + 1);
    j->types = lf_mem_zalloc(j->alloc, n * sizeof *j->types + 1);
    j->evidence = lf_mem_zalloc(j->alloc, n * sizeof *j->evidence + 1);
    if (!j->fixed || !j->types || !j->evidence) return lf_fail_nomem(err, n * sizeof *j->evidence);
    if (p->shape != NULL) return lf_flow_shape_adopt(j, p, err);
    for (uint32_t i = 0; i < j->n_columns; i++) {
        j->fixed[i] = p->fixed[i];
        j->types[i] = p->schema->fields[i].type;
        j->evidence[i] = p->evidence[i];
    }
    return LF_OK;
}

/* Where the head does not hold one record it becomes larger, up to the longest there may be. */
static lf_rc plan_of_head(flow_job *j, flow_input *in, lf_error *err) {
    LF_TRY(lf_feed_create(in->source, j->alloc, LF_HEAD_BYTES, j->spec->cancel, &j->stopped,
                          &in->feed, err));
    const uint64_t most = j->decode_opts.record_max_bytes;
    for (uint64_t bytes = LF_HEAD_BYTES;;) {
        bool whole = false;
        lf_span head = lf_feed_head(in->feed, &whole);
        lf_rc rc = j->spec->decoder->plan(&j->decode_opts, head, whole, &in->plan, err);
        if (rc != LF_ERECORD_TOO_BIG || whole || bytes >= most) return rc;
        bytes = bytes * 4 < most ? bytes * 4 : most;
        *err = (lf_error){0};
        LF_TRY(lf_feed_extend_head(in->feed, (size_t)bytes, err));
    }
}

static void note_plan(lf_report *r, const lf_plan_base *p, uint32_t input) {
    for (uint32_t i = 0; i < p->n_skipped; i++) {
        if (r->n_skipped == LF_SKIPPED_MAX) {
            r->n_skipped_more++;
            continue;
        }
        r->skipped[r->n_skipped] = p->skipped[i];
        r->skipped[r->n_skipped++].input = input;
    }
    if (input > 0) return;
    r->n_tables = p->n_tables;
    for (uint32_t i = 0; i < p->n_tables && i < LF_TABLES_SHOWN_MAX; i++)
        r->tables[i] = p->tables[i];
}

lf_rc lf_flow_input_plan(flow_job *j, uint32_t input, lf_error *err) {
    flow_input *in = &j->inputs[input];
    lf_rc rc = plan_of_head(j, in, err);
    if (rc == LF_OK) rc = adopt_schema(j, (const lf_plan_base *)in->plan, input, err);
    if (rc == LF_OK) rc = make_parse(j, in, err);
    if (rc != LF_OK) {
        lf_error_set_file(err, in->source->path);
        return rc;
    }
    const lf_plan_base *p = (const lf_plan_base *)in->plan;
    pthread_mutex_lock(&j->mu);
    for (uint32_t i = 0; i < j->n_columns && input > 0 && !j->shaped; i++) {
        if (j->fixed[i]) continue;
        lf_evidence_join(&j->evidence[i], &p->evidence[i]);
        j->types[i] = lf_evidence_type(&j->evidence[i], j->decode_opts.decimal);
    }
    j->report->lines_preamble += p->lines_preamble;
    j->report->lines_comment += p->lines_comment_head;
    j->report->lines_footer += p->lines_footer;
    note_plan(j->report, p, input);
    for (uint32_t i = 0; i < p->n_warnings && rc == LF_OK; i++)
        rc = lf_flow_warn(j, err, "%s", p->warnings[i]);
    pthread_mutex_unlock(&j->mu);
    return rc;
}

lf_rc lf_flow_feed_start(flow_job *j, flow_input *in, size_t pool_bytes, lf_error *err) {
    return lf_feed_start(in->feed, j->group_text_bytes, pool_bytes, j->encode_opts.temp_open,
                         j->encode_opts.temp_ctx, err);
}

lf_rc lf_flow_next_block(flow_job *j, flow_block *out, bool *has_out, lf_error *err) {
    lf_rc rc = LF_OK;
    *has_out = false;
    pthread_mutex_lock(&j->assign_mu);
    while (rc == LF_OK && !j->no_more && !*has_out) {
        if (j->next_input == j->n_inputs) {
            j->no_more = true;
            break;
        }
        flow_input *in = &j->inputs[j->next_input];
        if (in->feed == NULL) {
            rc = lf_flow_input_plan(j, j->next_input, err);
            if (rc == LF_OK) rc = lf_flow_feed_start(j, in, j->pool_bytes, err);
            if (rc != LF_OK) break;
        }
        rc = lf_feed_block_exists(in->feed, j->next_k, has_out, err);
        if (rc != LF_OK) lf_error_set_file(err, in->source->path);
        if (rc != LF_OK || *has_out) break;
        j->next_input++;
        j->next_k = 0;
    }
    if (rc == LF_OK && *has_out) {
        *out = (flow_block){j->next_index++, j->next_k, j->next_input, j->next_k == 0};
        j->next_k++;
    } else {
        *has_out = false;
    }
    pthread_mutex_unlock(&j->assign_mu);
    return rc;
}

void lf_flow_inputs_close(flow_job *j) {
    for (uint32_t i = 0; i < j->n_inputs; i++) {
        flow_input *in = &j->inputs[i];
        j->spec->decoder->plan_destroy(in->plan);
        lf_feed_destroy(in->feed);
        lf_mem_free(j->alloc, in->parse, j->n_columns * sizeof *in->parse + 1);
        lf_source_close(in->spool);
        in->plan = NULL;
        in->feed = NULL;
        in->parse = NULL;
        in->spool = NULL;
    }
}
