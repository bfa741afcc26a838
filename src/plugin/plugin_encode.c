#include "plugin/plugin_encode.h"
#include "array/batch.h"
#include "format/arrow/arrow_build.h"
#include "plugin/plugin_set.h"
#include <errno.h>
#include <stddef.h>

struct lf_encoder {
    lf_plugin_output output; /* what the plugin sees; found again by its place */
    const lf_alloc *alloc;
    const lf_sink_desc *desc;
    lf_schema schema;
    lf_sink *sink;
    uint64_t bytes;
    lf_error written; /* why `write` failed, which the plugin cannot say */
    void *state;
    bool open;
    lf_encode_stats stats;
};

struct lf_group {
    lf_encoder *e;
    lf_arrow_build build;
};

static int output_write(lf_plugin_output *out, const void *bytes, size_t n) {
    lf_encoder *e = (lf_encoder *)(void *)((char *)out - offsetof(lf_encoder, output));
    if (e->desc->flags & LF_SINK_ELSEWHERE) return EINVAL;
    const lf_rc rc = e->sink->type->write_at(e->sink, e->bytes, bytes, n, &e->written);
    if (rc != LF_OK) return rc == LF_EDISK_FULL ? ENOSPC : EIO;
    e->bytes += n;
    return 0;
}

static lf_rc failed(const lf_encoder *e, int errnum, const lf_plugin_message *why, lf_error *err) {
    if (e->written.rc != LF_OK) {
        if (err != NULL) lf_error_merge(err, &e->written);
        return e->written.rc;
    }
    const lf_rc rc = lf_plugin_failed(NULL, e->desc->name, errnum, why);
    lf_error own = {0};
    (void)lf_plugin_failed(&own, e->desc->name, errnum, why);
    /* What a sink cannot do is no fault of the input. */
    own.rc = rc == LF_ECORRUPT ? LF_EENCODE : rc == LF_EREAD ? LF_EWRITE : rc;
    if (err != NULL) lf_error_merge(err, &own);
    return own.rc;
}

static lf_rc plugin_check(const lf_encode_opts *o, lf_error *err) {
    (void)o;
    (void)err;
    return LF_OK;
}

/* Arrow takes up to about twice the text, in the builder and handed over. */
static uint64_t plugin_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled) {
    (void)s;
    (void)spilled;
    return 4 * o->group_text_bytes;
}

static void plugin_close(lf_encoder *e) {
    if (e == NULL) return;
    if (e->open) e->desc->close(e->state);
    lf_schema_reset(&e->schema);
    lf_mem_free(e->alloc, e, sizeof *e);
}

static lf_rc plugin_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink,
                         lf_encoder **out, lf_error *err) {
    const lf_plugin_target *t = o->receiver;
    struct ArrowSchema schema = {0};
    lf_plugin_message why = {0};
    lf_encoder *e = lf_mem_zalloc(o->alloc, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    *e = (lf_encoder){.alloc = o->alloc, .desc = t->desc, .sink = sink};
    e->output = (lf_plugin_output){.struct_size = sizeof e->output,
                                   .path = t->path,
                                   .options = t->options,
                                   .write = output_write};
    lf_schema_init(&e->schema, o->alloc);
    lf_rc rc = lf_schema_copy(&e->schema, s, err);
    if (rc == LF_OK) rc = lf_arrow_schema_make(s, o->alloc, &schema, err);
    if (rc == LF_OK) {
        const int failure = t->desc->open(t->desc, &e->output, &schema, &e->state, &why);
        e->open = failure == 0;
        if (failure != 0) rc = failed(e, failure, &why, err);
    }
    if (schema.release != NULL) schema.release(&schema);
    if (rc == LF_OK)
        *out = e;
    else
        plugin_close(e);
    return rc;
}

/* Batches are the sink's to keep as long as it likes: they come from malloc, not from a budget that
 * ends with the conversion. */
static lf_rc plugin_group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err) {
    (void)spill;
    lf_group *g = lf_mem_zalloc(e->alloc, sizeof *g);
    if (g == NULL) return lf_fail_nomem(err, sizeof *g);
    g->e = e;
    const lf_rc rc = lf_arrow_build_init(&g->build, lf_alloc_default(), &e->schema, err);
    if (rc == LF_OK)
        *out = g;
    else
        lf_mem_free(e->alloc, g, sizeof *g);
    return rc;
}

static lf_rc plugin_group_begin(lf_group *g, const lf_type *types, lf_error *err) {
    (void)types;
    (void)err;
    lf_arrow_build_clear(&g->build);
    return LF_OK;
}

static lf_rc plugin_group_write(lf_group *g, const lf_batch *b, lf_error *err) {
    return lf_arrow_build_add(&g->build, b, err);
}

static lf_rc plugin_group_done(lf_group *g, lf_error *err) {
    (void)g;
    (void)err;
    return LF_OK;
}

static uint64_t plugin_group_bytes(const lf_group *g) {
    (void)g;
    return 0;
}

static lf_rc plugin_group_commit(lf_group *g, lf_error *err) {
    lf_encoder *e = g->e;
    struct ArrowArray a;
    lf_plugin_message why = {0};
    const uint64_t rows = g->build.rows;
    LF_TRY(lf_arrow_build_take(&g->build, &a, err));
    const int failure = e->desc->write(e->state, &a, &why);
    if (failure != 0) return failed(e, failure, &why, err);
    e->stats.rows += rows;
    e->stats.row_groups++;
    return LF_OK;
}

static void plugin_group_destroy(lf_group *g) {
    if (g == NULL) return;
    lf_arrow_build_reset(&g->build);
    lf_mem_free(g->e->alloc, g, sizeof *g);
}

static lf_rc plugin_finish(lf_encoder *e, const lf_type *types, const lf_option *kv, size_t n_kv,
                           lf_encode_stats *stats_out, lf_error *err) {
    (void)types;
    (void)kv;
    (void)n_kv;
    lf_plugin_message why = {0};
    const int failure = e->desc->finish(e->state, &why);
    if (failure != 0) return failed(e, failure, &why, err);
    e->stats.bytes = e->bytes;
    if (stats_out != NULL) *stats_out = e->stats;
    return LF_OK;
}

static const char *const no_suffixes[] = {NULL};

void lf_plugin_encoder_init(lf_encoder_type *e, const lf_sink_desc *d) {
    *e = (lf_encoder_type){
        .name = d->name,
        .suffixes = d->suffixes ? d->suffixes : no_suffixes,
        .flags = LF_ENCODER_TYPES_FIRST | LF_ENCODER_NO_LAYOUT,
        .check = plugin_check,
        .worker_bytes = plugin_worker_bytes,
        .open = plugin_open,
        .group_create = plugin_group_create,
        .group_begin = plugin_group_begin,
        .group_write = plugin_group_write,
        .group_seal = plugin_group_done,
        .group_bytes = plugin_group_bytes,
        .group_commit = plugin_group_commit,
        .group_store = plugin_group_done,
        .group_destroy = plugin_group_destroy,
        .finish = plugin_finish,
        .close = plugin_close,
    };
}
