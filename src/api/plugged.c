#include "api/plugged.h"
#include "api/convert_reader.h"
#include "api/report.h"
#include "core/limits.h"
#include "format/arrow/arrow_build.h"
#include "io/io.h"
#include "plugin/plugin_pull.h"
#include "plugin/plugin_set.h"
#include <string.h>

static const char *transform_at(const lf_settings *set, size_t at) {
    for (size_t i = 0; i < set->decode.n_options; i++)
        if (strcmp(set->decode.options[i].name, "transform") == 0 && at-- == 0)
            return set->decode.options[i].value;
    return NULL;
}

static bool transforms(const lf_settings *set) {
    return transform_at(set, 0) != NULL;
}

bool lf_plugged(const lf_settings *set, const lf_inputs *in) {
    return in->plugin != NULL || transforms(set);
}

/* ---- text ---- */

typedef struct text_pull {
    lf_arrow_pull base;
    const lf_alloc *alloc;
    lf_text_stream *text;
    uint64_t rows;
} text_pull;

static lf_rc text_schema(lf_arrow_pull *p, struct ArrowSchema *out, lf_error *err) {
    const lf_text_stream *t = ((text_pull *)p)->text;
    return lf_arrow_schema_make(&t->queue.schema, t->alloc, out, err);
}

static lf_rc text_next(lf_arrow_pull *p, struct ArrowArray *out, lf_error *err) {
    text_pull *x = (text_pull *)p;
    *out = (struct ArrowArray){0};
    if (!x->text->joined && lf_text_stream_next(x->text, out)) {
        x->rows += (uint64_t)out->length;
        return LF_OK;
    }
    if (x->text->rc != LF_OK && err != NULL) lf_error_merge(err, &x->text->err);
    return x->text->rc;
}

/* Where a limit was reached, the rest is read all the same: the account is of the whole input. */
static lf_rc text_account(lf_arrow_pull *p, lf_report *rep, lf_error *err) {
    text_pull *x = (text_pull *)p;
    const uint64_t taken = x->rows;
    for (;;) {
        struct ArrowArray a;
        LF_TRY(text_next(p, &a, err));
        if (a.release == NULL) break;
        a.release(&a);
    }
    const lf_report *from = &x->text->report;
    rep->rows_in += from->rows_rejected + (x->rows - taken);
    rep->rows_filtered += x->rows - taken;
    rep->rows_rejected += from->rows_rejected;
    return LF_OK;
}

static void text_close(lf_arrow_pull *p) {
    text_pull *x = (text_pull *)p;
    lf_mem_free(x->alloc, x,
                sizeof *x); /* the flow goes on to lf_plugged_close: its report is wanted */
}

static const lf_arrow_pull_type text_type = {text_schema, text_next, text_account, text_close};

lf_rc lf_text_pull_open(lf_text_stream *text, const lf_flow_spec *spec, const lf_alloc *alloc,
                        const lf_alloc *arrays, lf_arrow_pull **out, lf_error *err) {
    text_pull *x = lf_mem_zalloc(alloc, sizeof *x);
    if (x == NULL) return lf_fail_nomem(err, sizeof *x);
    *x = (text_pull){.base.type = &text_type, .alloc = alloc, .text = text};
    const lf_rc rc = lf_text_stream_start(text, spec, NULL, NULL, arrays, err);
    if (rc == LF_OK)
        *out = &x->base;
    else
        lf_mem_free(alloc, x, sizeof *x);
    return rc;
}

/* ---- one input, and all of them ---- */

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    const lf_plugged_format *f = ctx;
    return lf_sink_open_temp(f->spec.temp_dir, lf_alloc_default(), out, err);
}

static lf_rc pull_one(lf_plugged_format *f, lf_source *s, size_t i, const lf_alloc *alloc,
                      const lf_alloc *arrays, lf_arrow_pull **out, lf_error *err) {
    lf_reader *r;
    if (f->in->plugin != NULL) {
        const char *options = f->set->from ? lf_plugin_options(f->set->from) : "";
        return lf_plugin_decode(f->in->plugin, options, s, alloc, out, err);
    }
    LF_TRY(f->in->readers[i]->open(f->in->readers[i], s, alloc, &r, err));
    const lf_reader_limits limits = {
        .memory_limit_bytes = f->spec.memory_limit_bytes, .temp_open = temp_open, .temp_ctx = f};
    if (r->type->limit != NULL) r->type->limit(r, &limits);
    return lf_arrow_pull_of_reader(r, alloc, arrays, out, err);
}

typedef struct union_pull {
    lf_arrow_pull base;
    const lf_alloc *alloc, *arrays;
    lf_plugged_format *f;
    struct ArrowSchema schema; /* of the first */
    lf_arrow_pull *now;
    size_t next; /* input to be opened */
} union_pull;

static bool same_schema(const struct ArrowSchema *a, const struct ArrowSchema *b) {
    if (strcmp(a->format, b->format) != 0 || a->n_children != b->n_children) return false;
    if (strcmp(a->name ? a->name : "", b->name ? b->name : "") != 0) return false;
    if ((a->dictionary != NULL) != (b->dictionary != NULL)) return false;
    if ((b->flags & ~a->flags) & ARROW_FLAG_NULLABLE) return false;
    for (int64_t i = 0; i < a->n_children; i++)
        if (!same_schema(a->children[i], b->children[i])) return false;
    return a->dictionary == NULL || same_schema(a->dictionary, b->dictionary);
}

static lf_rc union_open(union_pull *u, lf_error *err) {
    const size_t i = u->next++;
    lf_source *s = u->f->in->sources[i];
    struct ArrowSchema schema = {0};
    lf_rc rc = pull_one(u->f, s, i, u->alloc, u->arrays, &u->now, err);
    if (rc == LF_OK) rc = u->now->type->schema(u->now, &schema, err);
    if (rc == LF_OK && u->next == 1) {
        u->schema = schema;
    } else {
        if (rc == LF_OK && !same_schema(&u->schema, &schema))
            rc = lf_fail(err, LF_ESCHEMA, "its columns are not those of the first input");
        if (schema.release != NULL) schema.release(&schema);
    }
    if (rc != LF_OK) lf_error_set_file(err, s->path);
    return rc;
}

static lf_rc union_schema(lf_arrow_pull *p, struct ArrowSchema *out, lf_error *err) {
    union_pull *u = (union_pull *)p;
    return u->now->type->schema(u->now, out, err);
}

static lf_rc union_next(lf_arrow_pull *p, struct ArrowArray *out, lf_error *err) {
    union_pull *u = (union_pull *)p;
    for (;;) {
        const lf_rc rc = u->now->type->next(u->now, out, err);
        if (rc != LF_OK) lf_error_set_file(err, u->f->in->sources[u->next - 1]->path);
        if (rc != LF_OK || out->release != NULL || u->next == u->f->in->n) return rc;
        lf_arrow_pull_close(u->now);
        u->now = NULL;
        LF_TRY(union_open(u, err));
    }
}

static lf_rc union_account(lf_arrow_pull *p, lf_report *rep, lf_error *err) {
    union_pull *u = (union_pull *)p;
    return u->now->type->account(u->now, rep, err);
}

static void union_close(lf_arrow_pull *p) {
    union_pull *u = (union_pull *)p;
    lf_arrow_pull_close(u->now);
    if (u->schema.release != NULL) u->schema.release(&u->schema);
    lf_mem_free(u->alloc, u, sizeof *u);
}

static const lf_arrow_pull_type union_type = {union_schema, union_next, union_account, union_close};

static lf_rc pull_union(lf_plugged_format *f, const lf_alloc *alloc, const lf_alloc *arrays,
                        lf_arrow_pull **out, lf_error *err) {
    union_pull *u = lf_mem_zalloc(alloc, sizeof *u);
    if (u == NULL) return lf_fail_nomem(err, sizeof *u);
    *u = (union_pull){.base.type = &union_type, .alloc = alloc, .arrays = arrays, .f = f};
    const lf_rc rc = union_open(u, err);
    if (rc == LF_OK)
        *out = &u->base;
    else
        union_close(&u->base);
    return rc;
}

static lf_rc pull_all(lf_plugged_format *f, const lf_alloc *alloc, const lf_alloc *arrays,
                      lf_arrow_pull **out, lf_error *err) {
    const char *spec;
    lf_arrow_pull *p = NULL;
    const bool text = f->in->decoder != NULL;
    LF_TRY(text ? lf_text_pull_open(&f->text, &f->spec, alloc, arrays, &p, err)
                : pull_union(f, alloc, arrays, &p, err));
    for (size_t i = 0; (spec = transform_at(f->set, i)) != NULL; i++) {
        const lf_transform_desc *d = lf_plugins_transform(f->set->plugins, spec);
        LF_TRY(lf_plugin_transform(d, lf_plugin_options(spec), p, alloc, &p, err));
    }
    *out = p;
    return LF_OK;
}

/* ---- as a format ---- */

static lf_rc plugged_open(const lf_reader_format *base, lf_source *s, const lf_alloc *alloc,
                          lf_reader **out, lf_error *err) {
    lf_plugged_format *f = (lf_plugged_format *)(uintptr_t)base;
    lf_arrow_pull *p;
    /* What a plugin holds on to may outlive the conversion's budget. */
    const lf_alloc *arrays = lf_alloc_default();
    if (transforms(f->set))
        LF_TRY(pull_all(f, alloc, arrays, &p, err));
    else
        LF_TRY(pull_one(f, s, 0, alloc, arrays, &p, err)); /* a plugin's: of any of them */
    return lf_arrow_reader_open(p, alloc, out, err);
}

/* Text comes by a flow of its own, which has half of the memory. Types are given to what is read,
 * columns chosen of what comes out of the last transform. */
lf_rc lf_plugged_run(lf_plugged_format *f, const lf_settings *set, const lf_inputs *in,
                     const lf_flow_spec *spec, lf_report *rep, lf_error *err) {
    const bool text = in->decoder != NULL;
    const uint64_t all =
        spec->memory_limit_bytes ? spec->memory_limit_bytes : LF_MEMORY_DEFAULT_BYTES;
    if (text && all < 2 * LF_MEMORY_FLOOR_BYTES)
        return lf_fail(err, LF_EMEMORY_LIMIT, "--transform of text needs --memory-limit 32MiB");
    if (spec->rows != NULL && spec->rows->sample_rows != UINT64_MAX)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "--sample reads its input twice; what comes out of a plugin is read once");
    lf_flow_spec pump = *spec;
    lf_decode_opts chosen = *spec->decode_opts;
    *f = (lf_plugged_format){.base = {.name = in->format, .open = plugged_open},
                             .set = set,
                             .in = in,
                             .spec = *spec,
                             .decode = *spec->decode_opts};
    f->decode.columns = NULL, f->decode.n_columns = 0;
    f->spec.decode_opts = &f->decode;
    f->spec.group_text_bytes = 0;
    f->spec.limit_rows = UINT64_MAX;
    f->spec.rows = NULL;
    f->spec.progress = NULL;
    if (text) chosen.schema = NULL;
    if (text) f->spec.memory_limit_bytes = pump.memory_limit_bytes = all / 2;
    pump.decode_opts = &chosen;
    const lf_reader_format *format = &f->base;
    if (transforms(set)) pump.n_sources = 1; /* the transforms see one stream of all inputs */
    const lf_rc rc = lf_convert_reader(&pump, &format, 1, rep, err);
    rep->memory_limit_bytes = all;
    return rc;
}

void lf_plugged_report(const lf_plugged_format *f, lf_report *rep) {
    const lf_report *from = &f->text.report;
    if (f->text.alloc == NULL) return;
    rep->rows_padded = from->rows_padded;
    rep->lines_blank = from->lines_blank, rep->lines_comment = from->lines_comment;
    rep->lines_preamble = from->lines_preamble, rep->lines_footer = from->lines_footer;
    rep->bytes_in = from->bytes_in, rep->bytes_text = from->bytes_text;
    rep->threads_used = from->threads_used, rep->late_changes = from->late_changes;
    rep->columns = rep->columns ? rep->columns : from->columns;
    if (rep->memory_limit_bytes == 0) rep->memory_limit_bytes = from->memory_limit_bytes;
    for (size_t i = 0; i < from->n_warnings; i++)
        if (lf_report_warn(rep, from->warnings[i], NULL) != LF_OK) break;
    if (from->explain) (void)!lf_report_set(&rep->explain, from->explain, NULL);
}

void lf_plugged_close(lf_plugged_format *f) {
    lf_text_stream_stop(&f->text);
}
