#include "format/arrow/arrow_build.h"
#include "plugin/plugin_pull.h"
#include "plugin/plugin_set.h"

typedef struct transforming {
    lf_arrow_pull base;
    const lf_alloc *alloc;
    const lf_transform_desc *desc;
    lf_arrow_pull *from;
    struct ArrowSchema schema; /* what comes out */
    void *state;
    bool open, ended;
    uint64_t filtered;
} transforming;

static lf_rc transform_schema(lf_arrow_pull *p, struct ArrowSchema *out, lf_error *err) {
    transforming *t = (transforming *)p;
    return lf_arrow_schema_copy(&t->schema, t->alloc, out, err);
}

static lf_rc ask(transforming *t, struct ArrowArray *in, struct ArrowArray *out, lf_error *err) {
    lf_plugin_message why = {0};
    const int64_t rows = in->release != NULL ? in->length : 0;
    int failure = 0;
    *out = (struct ArrowArray){0};
    if (in->release != NULL)
        failure = t->desc->apply(t->state, in, out, &why);
    else if (t->desc->finish != NULL)
        failure = t->desc->finish(t->state, out, &why);
    if (failure != 0) {
        *out = (struct ArrowArray){0};
        return lf_plugin_failed(err, t->desc->name, failure, &why);
    }
    if (out->release != NULL && (out->length < 0 || out->offset < 0))
        return lf_fail(err, LF_ECORRUPT, "plugin '%s': a batch of no possible length",
                       t->desc->name);
    const int64_t made = out->release != NULL ? out->length : 0;
    if (made < rows) t->filtered += (uint64_t)(rows - made);
    return LF_OK;
}

static lf_rc transform_next(lf_arrow_pull *p, struct ArrowArray *out, lf_error *err) {
    transforming *t = (transforming *)p;
    for (;;) {
        struct ArrowArray in = {0};
        *out = (struct ArrowArray){0};
        if (!t->ended) LF_TRY(t->from->type->next(t->from, &in, err));
        t->ended = in.release == NULL;
        LF_TRY(ask(t, &in, out, err));
        if (out->release != NULL || t->ended) return LF_OK;
    }
}

static lf_rc transform_account(lf_arrow_pull *p, lf_report *rep, lf_error *err) {
    transforming *t = (transforming *)p;
    LF_TRY(t->from->type->account(t->from, rep, err));
    /* What came out of the last stage counts as rows in: those that were read, and those that a
     * transform made. What went missing on the way is put back. */
    rep->rows_in += t->filtered;
    rep->rows_filtered += t->filtered;
    return LF_OK;
}

static void transform_close(lf_arrow_pull *p) {
    transforming *t = (transforming *)p;
    if (t->schema.release != NULL) t->schema.release(&t->schema);
    if (t->open) t->desc->close(t->state);
    lf_arrow_pull_close(t->from);
    lf_mem_free(t->alloc, t, sizeof *t);
}

static const lf_arrow_pull_type transform_type = {transform_schema, transform_next,
                                                  transform_account, transform_close};

lf_rc lf_plugin_transform(const lf_transform_desc *desc, const char *options, lf_arrow_pull *from,
                          const lf_alloc *alloc, lf_arrow_pull **out, lf_error *err) {
    struct ArrowSchema in = {0};
    transforming *t = lf_mem_zalloc(alloc, sizeof *t);
    if (t == NULL) {
        lf_arrow_pull_close(from);
        return lf_fail_nomem(err, sizeof *t);
    }
    *t = (transforming){.base.type = &transform_type, .alloc = alloc, .desc = desc, .from = from};
    lf_plugin_message why = {0};
    lf_rc rc = from->type->schema(from, &in, err);
    if (rc == LF_OK) {
        const int failure = desc->open(desc, &in, options, &t->schema, &t->state, &why);
        t->open = failure == 0;
        if (failure != 0) {
            t->schema = (struct ArrowSchema){0};
            rc = lf_plugin_failed(err, desc->name, failure, &why);
        } else if (t->schema.release == NULL) {
            t->schema = in; /* the same columns */
            in = (struct ArrowSchema){0};
        }
    }
    if (in.release != NULL) in.release(&in);
    if (rc == LF_OK)
        *out = &t->base;
    else
        transform_close(&t->base);
    return rc;
}
