/* flow/flow_input.c - opening inputs for work and cutting them into blocks. */
#include "core/limits.h"
#include "flow/flow_shape.h"
#include "flow/flow_union.h"
#include "flow/job.h"
#include "io/io.h"
#include "io/samples.h"
#include <string.h>

#define HEAD_WARNINGS_MAX 20u

/* `known`: the columns with what was asked for of them. */
static lf_rc make_parse(flow_job *j, const lf_schema *known, const uint8_t *numbers,
                        lf_error *err) {
    j->parse = lf_mem_zalloc(j->alloc, j->n_columns * sizeof *j->parse + 1);
    if (j->parse == NULL) return lf_fail_nomem(err, j->n_columns * sizeof *j->parse);
    const lf_decode_opts *o = &j->decode_opts;
    for (uint32_t i = 0; i < j->n_columns; i++) {
        lf_parse_ctx *c = &j->parse[i];
        static const lf_field unknown;
        const lf_field *f = i < known->n_fields ? &known->fields[i] : &unknown;
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
        if (numbers != NULL && i < known->n_fields) c->numbers |= numbers[i];
    }
    return LF_OK;
}

/* The only plan gives the columns. */
static lf_rc adopt_schema(flow_job *j, const lf_plan_base *p, lf_error *err) {
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

lf_rc lf_flow_input_source(flow_job *j, uint32_t i, lf_error *err) {
    flow_input *in = &j->inputs[i];
    if (in->source != NULL) return LF_OK;
    lf_flow_input o = {0};
    LF_TRY(j->spec->input_open(j->spec->input_ctx, i, &o, err));
    in->source = o.source;
    in->decoder = o.decoder;
    in->path = o.path;
    in->encoding = o.encoding;
    in->again = o.again;
    if (in->stored_bytes != 0 && in->stored_bytes != o.source->stored_bytes)
        return lf_fail(err, LF_ECHANGED, "%.200s: it had another size when its head was read",
                       o.path);
    in->stored_bytes = o.source->stored_bytes;
    return LF_OK;
}

/* Where the head does not hold one record it becomes larger, up to the longest there may be. */
static lf_rc plan_of_head(flow_job *j, flow_input *in, lf_error *err) {
    const uint64_t most = j->decode_opts.record_max_bytes;
    lf_decode_opts o = j->decode_opts;
    o.encoding = in->encoding;
    for (uint64_t bytes = LF_HEAD_BYTES;;) {
        bool whole = false;
        lf_samples far = {.n = 0};
        lf_span head = lf_feed_head(in->feed, &whole);
        lf_rc rc = whole ? LF_OK : lf_samples_read(&far, in->source, head.len, j->alloc, err);
        o.samples = far.pieces;
        o.n_samples = far.n;
        o.head_may_grow = !whole && bytes < most;
        if (rc == LF_OK) rc = in->decoder->plan(&o, head, whole, &in->plan, err);
        lf_samples_reset(&far, j->alloc);
        if (rc != LF_ERECORD_TOO_BIG || whole || bytes >= most) return rc;
        bytes = bytes * 4 < most ? bytes * 4 : most;
        if (err != NULL) *err = (lf_error){0};
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

/* From an offset in the head's text to that in what is stored. */
static lf_rc stored_before(const flow_job *j, const flow_input *in, uint64_t *offset,
                           lf_error *err) {
    bool whole = false;
    lf_span head = lf_feed_head(in->feed, &whole);
    flow_measure m = {0};
    LF_TRY(lf_flow_measure_begin(&m, in->encoding, 0, j->alloc, err));
    lf_flow_measure_see(&m, head.data, 0, head.len);
    *offset = lf_flow_measure_at(&m, *offset);
    if (m.on) *offset += lf_source_mark_bytes(in->source);
    lf_flow_measure_reset(&m);
    return LF_OK;
}

static lf_rc open_all(flow_job *j, uint32_t input, lf_error *err) {
    flow_input *in = &j->inputs[input];
    LF_TRY(lf_flow_input_source(j, input, err));
    if (in->feed == NULL)
        LF_TRY(lf_feed_create(in->source, j->alloc, LF_HEAD_BYTES, j->spec->cancel, &j->stopped,
                              &in->feed, err));
    if (in->plan != NULL) return LF_OK;
    const lf_rc rc = plan_of_head(j, in, err);
    uint64_t text = rc == LF_OK   ? ((const lf_plan_base *)in->plan)->body_offset
                    : err != NULL ? err->byte_offset
                                  : LF_NO_POSITION;
    if (rc != LF_OK && (err == NULL || !err->has_position || text == LF_NO_POSITION)) return rc;
    const lf_rc measured = stored_before(j, in, &text, err);
    if (rc == LF_OK)
        in->body_bytes = text;
    else
        err->byte_offset = text;
    return rc != LF_OK ? rc : measured;
}

lf_rc lf_flow_input_open(flow_job *j, uint32_t input, lf_error *err) {
    const lf_rc rc = open_all(j, input, err);
    if (rc != LF_OK && j->inputs[input].path) lf_error_set_file(err, j->inputs[input].path);
    return rc;
}

/* What the head showed, told of the first inputs alone where there are many. */
static lf_rc tell_head(flow_job *j, uint32_t input, lf_error *err) {
    const flow_input *in = &j->inputs[input];
    const lf_plan_base *p = (const lf_plan_base *)in->plan;
    lf_rc rc = LF_OK;
    pthread_mutex_lock(&j->mu);
    j->report->lines_preamble += p->lines_preamble;
    j->report->lines_comment += p->lines_comment_head;
    j->report->lines_footer += p->lines_footer;
    note_plan(j->report, p, input);
    for (uint32_t i = 0; i < p->n_warnings && rc == LF_OK; i++) {
        if (j->n_inputs == 1)
            rc = lf_flow_warn(j, err, "%s", p->warnings[i]);
        else if (j->n_head_warnings++ < HEAD_WARNINGS_MAX)
            rc = lf_flow_warn(j, err, "%.200s: %s", in->path, p->warnings[i]);
    }
    pthread_mutex_unlock(&j->mu);
    return rc;
}

lf_rc lf_flow_inputs_plan(flow_job *j, lf_error *err) {
    flow_input *in = &j->inputs[0];
    if (j->n_inputs > 1) {
        LF_TRY(lf_flow_union_plan(j, err));
        LF_TRY(make_parse(j, &j->schema, j->numbers, err));
        return lf_flow_input_enter(j, 0, err);
    }
    LF_TRY(lf_flow_input_open(j, 0, err));
    const lf_plan_base *p = (const lf_plan_base *)in->plan;
    lf_rc rc = adopt_schema(j, p, err);
    if (rc == LF_OK) rc = make_parse(j, p->schema, p->numbers, err);
    if (rc != LF_OK) return lf_error_set_file(err, in->path), rc;
    in->text_bytes = LF_SIZE_UNKNOWN;
    j->any_stream = !lf_feed_seekable(in->feed);
    j->source_memory = lf_source_memory_bytes(in->source);
    return tell_head(j, 0, err);
}

lf_rc lf_flow_input_enter(flow_job *j, uint32_t input, lf_error *err) {
    if (j->n_inputs == 1) return LF_OK;
    LF_TRY(lf_flow_input_open(j, input, err));
    return lf_flow_union_wrap(j, input, err);
}

lf_rc lf_flow_input_tell(flow_job *j, uint32_t input, lf_error *err) {
    return j->typing_only ? LF_OK : tell_head(j, input, err);
}

static void close_input(flow_job *j, flow_input *in) {
    if (in->plan != NULL) ((const lf_plan_base *)in->plan)->type->plan_destroy(in->plan);
    lf_feed_destroy(in->feed);
    if (in->again) lf_source_close(in->source);
    if (in->again) in->source = NULL;
    (void)j;
    in->plan = NULL;
    in->feed = NULL;
    in->mapped = false;
}

lf_rc lf_flow_input_leave(flow_job *j, uint32_t input, lf_error *err) {
    flow_input *in = &j->inputs[input];
    pthread_mutex_lock(&j->assign_mu);
    const bool last = --in->users == 0;
    pthread_mutex_unlock(&j->assign_mu);
    if (!last || !in->again) return LF_OK;
    lf_rc rc = lf_source_check(in->source, err);
    const char *damage = lf_source_damage(in->source);
    if (rc == LF_OK && damage != NULL && j->encoder != NULL) {
        pthread_mutex_lock(&j->mu);
        rc = lf_flow_warn(j, err, "%.200s: %s; what stands before was read, the rest is lost",
                          in->path, damage);
        pthread_mutex_unlock(&j->mu);
    }
    close_input(j, in);
    return rc;
}

lf_rc lf_flow_feed_start(flow_job *j, flow_input *in, size_t pool_bytes, lf_error *err) {
    return lf_feed_start(in->feed, j->group_text_bytes, pool_bytes, j->encode_opts.temp_open,
                         j->encode_opts.temp_ctx, err);
}

/* The next input, or several small ones, as a block. */
static lf_rc begin_input(flow_job *j, lf_error *err) {
    const uint32_t i = j->next_input;
    flow_input *in = &j->inputs[i];
    const bool fresh = in->users == 0;
    if (fresh) in->users = 1; /* who hands out its blocks */
    if (j->n_inputs > 1) LF_TRY(lf_flow_input_enter(j, i, err));
    if (!j->typing_only && fresh && j->n_inputs > 1) LF_TRY(tell_head(j, i, err));
    return lf_flow_feed_start(j, in, j->typing_only ? 0 : j->pool_bytes, err);
}

/* With assign_mu held. */
static void hand_out(flow_job *j, flow_block *out) {
    const uint32_t pack = j->next_k == 0 ? lf_flow_union_pack(j, j->next_input) : 1;
    *out = (flow_block){j->next_index++, j->next_k, j->next_input, pack, j->next_k == 0};
    j->inputs[j->next_input].users++;
    j->next_k++;
    if (pack == 1) return;
    j->inputs[j->next_input].users--; /* it has no other block */
    j->next_input += pack;
    j->next_k = 0;
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
        if (j->next_k == 0) rc = begin_input(j, err);
        if (rc == LF_OK) rc = lf_feed_block_exists(in->feed, j->next_k, has_out, err);
        if (rc != LF_OK) lf_error_set_file(err, in->path);
        if (rc != LF_OK || *has_out) break;
        const uint32_t over = j->next_input++;
        j->next_k = 0;
        pthread_mutex_unlock(&j->assign_mu);
        rc = lf_flow_input_leave(j, over, err);
        pthread_mutex_lock(&j->assign_mu);
    }
    if (rc == LF_OK && *has_out)
        hand_out(j, out);
    else
        *has_out = false;
    pthread_mutex_unlock(&j->assign_mu);
    return rc;
}

void lf_flow_inputs_close(flow_job *j) {
    for (uint32_t i = 0; i < j->n_inputs; i++) {
        flow_input *in = &j->inputs[i];
        close_input(j, in);
        lf_source_close(in->spool);
        in->spool = NULL;
    }
    if (j->numbers) lf_mem_free(j->alloc, j->numbers, j->n_columns + 1ul);
    j->numbers = NULL;
    lf_mem_free(j->alloc, j->parse, j->n_columns * sizeof *j->parse + 1);
    j->parse = NULL;
}
