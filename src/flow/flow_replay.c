/* flow/flow_replay.c - what a file with rejects says about how they were read.
 *
 *   logflow.replay.options  name=value a line: the dialect
 *   logflow.replay.head     what stands before the rows
 *   logflow.replay.fields   of most rows
 *   logflow.replay.schema   the columns that came out, as schema JSON
 *
 * api/recover.c reads it. A file without rejects holds none of it. */
#include "flow/job.h"
#include <string.h>

static void facts_init(lf_replay_facts *f, const lf_alloc *a) {
    *f = (lf_replay_facts){.fields = 0};
    lf_buf_init(&f->head, a, SIZE_MAX / 2);
    lf_buf_init(&f->options, a, SIZE_MAX / 2);
}

static void facts_reset(lf_replay_facts *f) {
    lf_buf_reset(&f->head);
    lf_buf_reset(&f->options);
}

static bool same_text(const lf_buf *a, const lf_buf *b) {
    return a->len == b->len && (a->len == 0 || memcmp(a->data, b->data, a->len) == 0);
}

/* Of all inputs, if they are read alike. */
static lf_rc facts_of(flow_job *j, lf_replay_facts *f, bool *same_out, lf_error *err) {
    const lf_decoder_type *t = j->inputs[0].decoder;
    *same_out = true;
    LF_TRY(t->replay(j->inputs[0].plan, f, err));
    for (uint32_t i = 1; i < j->n_inputs && *same_out && j->inputs[i].plan != NULL; i++) {
        lf_replay_facts other;
        facts_init(&other, j->alloc);
        lf_rc rc = t->replay(j->inputs[i].plan, &other, err);
        *same_out = other.fields == f->fields && same_text(&other.head, &f->head) &&
                    same_text(&other.options, &f->options);
        facts_reset(&other);
        if (rc != LF_OK) return rc;
    }
    static const char *const kept[] = {"locale", "thousands", "decimal-comma", "currency",
                                       "percent"};
    const lf_decode_opts *o = &j->decode_opts;
    for (size_t i = 0; i < o->n_options; i++)
        for (size_t k = 0; k < sizeof kept / sizeof *kept; k++)
            if (strcmp(o->options[i].name, kept[k]) == 0)
                LF_TRY(lf_buf_printf(&f->options, err, "%s=%s\n", kept[k],
                                     o->options[i].value != NULL ? o->options[i].value : ""));
    for (uint32_t i = 0; j->decode_opts.null_words != NULL && i < j->decode_opts.n_null_words; i++)
        LF_TRY(lf_buf_printf(&f->options, err, "null=%s\n", j->decode_opts.null_words[i]));
    return LF_OK;
}

/* The columns as they came out; dates with the order of day and month that was found. */
static lf_rc put_schema(flow_job *j, lf_buf *out, lf_error *err) {
    lf_schema s;
    lf_schema_init(&s, j->alloc);
    lf_rc rc = lf_schema_copy(&s, &j->schema, err);
    for (uint32_t i = 0; i < s.n_fields && rc == LF_OK; i++) {
        lf_field *f = &s.fields[i];
        if (lf_type_is_nested(f->type)) continue;
        f->type = j->types[i];
        if (f->type.id == LF_T_NULL) f->type = (lf_type){.id = LF_T_STRING};
        bool dated = f->type.id == LF_T_DATE || f->type.id == LF_T_TIMESTAMP;
        const char *format = lf_date_format_text(j->evidence[i].date_formats & LF_DF_ALL);
        if (!dated || f->format != NULL || format == NULL || j->fixed[i]) continue;
        f->format = lf_mem_strdup(j->alloc, format);
        if (f->format == NULL) rc = lf_fail_nomem(err, strlen(format));
    }
    if (rc == LF_OK) rc = lf_schema_to_json(&s, out, err);
    lf_schema_reset(&s);
    return rc;
}

/* Appends a text and its end; *at_out: where it is. */
static lf_rc put_text(lf_buf *to, const lf_buf *from, size_t *at_out, lf_error *err) {
    *at_out = to->len;
    LF_TRY(lf_buf_append(to, from->data, from->len, err));
    return lf_buf_append(to, "", 1, err);
}

lf_rc lf_flow_replay_metadata(flow_job *j, lf_buf *text, lf_option *kv, size_t *n_out,
                              lf_error *err) {
    *n_out = 0;
    if (j->rejects_sink == NULL || j->inputs[0].plan == NULL ||
        j->inputs[0].decoder->replay == NULL)
        return LF_OK;
    static const char *const names[] = {"logflow.replay.options", "logflow.replay.head",
                                        "logflow.replay.schema", "logflow.replay.fields"};
    size_t at[FLOW_REPLAY_KEYS];
    bool same;
    lf_replay_facts f;
    lf_buf schema;
    facts_init(&f, j->alloc);
    lf_buf_init(&schema, j->alloc, SIZE_MAX / 2);
    lf_rc rc = LF_OK;
    LF_GO(facts_of(j, &f, &same, err));
    if (!same) goto out;
    LF_GO(put_schema(j, &schema, err));
    LF_GO(put_text(text, &f.options, &at[0], err));
    LF_GO(put_text(text, &f.head, &at[1], err));
    LF_GO(put_text(text, &schema, &at[2], err));
    at[3] = text->len;
    LF_GO(lf_buf_printf(text, err, "%u", f.fields));
    LF_GO(lf_buf_append(text, "", 1, err));
    for (size_t i = 0; i < FLOW_REPLAY_KEYS; i++)
        kv[i] = (lf_option){names[i], (const char *)text->data + at[i]};
    *n_out = FLOW_REPLAY_KEYS;
out:
    facts_reset(&f);
    lf_buf_reset(&schema);
    return rc;
}
