/* flow/flow_shape.c - formats whose columns are known as they come (lf_plan_base.shape).
 *
 * Each block begins with the columns known so far and may find more, or wider ones, in its middle;
 * its group then widens with it. In turn the shapes are joined, so that the columns of the file
 * follow from its content, in the order in which it brings them. At the end groups that have other
 * columns are written anew: chunks that are as they would be are copied, others made out of what
 * was written (flow/late_nested.h). */
#include "flow/flow_shape.h"
#include "flow/flow_filter.h"
#include "flow/flow_union.h"
#include "flow/late_nested.h"
#include <stdio.h>
#include <string.h>

#define NEW_PATHS_TOLD 5u

/* A leaf that widened in a block: where. */
typedef struct place {
    uint64_t row; /* good rows of the block before it */
    char path[LF_PATH_MAX];
} place;

/* ---- leaves ---- */

typedef struct leaf_walk {
    lf_parse_ctx *ctxs;
    const lf_parse_ctx *given; /* of columns that the plan knows, n_given */
    uint32_t n_given, column;
    uint32_t at;
} leaf_walk;

/* The only date format that the scalars there fit, or 0. */
static uint32_t format_of(const lf_shape *s) {
    if (s == NULL || !(s->seen & LF_SHAPE_SCALAR)) return 0;
    uint32_t f = s->scalar.date_formats & LF_DF_ALL;
    return f != 0 && (f & (f - 1)) == 0 ? f : 0;
}

static void walk_leaves(leaf_walk *w, const lf_field *f, const lf_shape *s) {
    if (lf_type_is_nested(f->type) && f->n_children > 0) {
        for (uint32_t i = 0; i < f->n_children; i++) {
            const lf_shape *below = NULL;
            const char *name = f->children[i].name;
            if (s != NULL && f->type.id == LF_T_STRUCT) {
                int64_t at = lf_shape_find(s, name, strlen(name), i);
                below = at < 0 ? NULL : &s->children[at];
            } else if (s != NULL && s->n_children > 0 && i + 1 == f->n_children) {
                below = &s->children[0]; /* elements; values of a map */
            }
            walk_leaves(w, &f->children[i], below);
        }
        return;
    }
    lf_parse_ctx *c = &w->ctxs[w->at++];
    lf_parse_ctx_init(c);
    if (w->column < w->n_given) *c = w->given[w->column];
    uint32_t format = format_of(s);
    if (format != 0) c->date_format = format;
}

/* How each leaf of a schema reads and prints; lf_schema_leaves(s) of them, freed by the caller. */
static lf_rc leaf_ctxs(const flow_job *j, const lf_schema *s, const lf_shape *shape,
                       lf_parse_ctx **out, lf_error *err) {
    uint32_t n = lf_schema_leaves(s);
    leaf_walk w = {.given = j->parse, .n_given = j->n_columns};
    *out = w.ctxs = lf_mem_alloc(j->alloc, n * sizeof *w.ctxs + 1);
    if (w.ctxs == NULL) return lf_fail_nomem(err, n * sizeof *w.ctxs);
    for (uint32_t i = 0; i < s->n_fields; i++) {
        int64_t at = shape == NULL
                         ? -1
                         : lf_shape_find(shape, s->fields[i].name, strlen(s->fields[i].name), i);
        w.column = lf_type_is_nested(s->fields[i].type) ? UINT32_MAX : i;
        walk_leaves(&w, &s->fields[i], at < 0 ? NULL : &shape->children[at]);
    }
    return LF_OK;
}

static void free_ctxs(const flow_job *j, const lf_schema *s, lf_parse_ctx *ctxs) {
    lf_mem_free(j->alloc, ctxs, lf_schema_leaves(s) * sizeof *ctxs + 1);
}

static lf_rc traces_for(flow_job *j, const lf_schema *s, const lf_parse_ctx *ctxs, lf_trace *out,
                        lf_error *err) {
    LF_TRY(lf_trace_init(out, j->alloc, lf_schema_leaves(s), err));
    lf_trace_set_log(out, &j->exceptions);
    for (uint32_t i = 0; i < out->n_columns; i++)
        out->columns[i].date_format = ctxs[i].date_format;
    return LF_OK;
}

/* ---- the job ---- */

lf_rc lf_flow_shape_adopt(flow_job *j, const lf_plan_base *p, lf_error *err) {
    j->shaped = true;
    j->shape.seen |= LF_SHAPE_ROOT | LF_SHAPE_OBJECT;
    LF_TRY(lf_shape_join(&j->shape, j->alloc, p->shape, err));
    return lf_shape_schema(&j->shape, j->decode_opts.decimal, &j->schema, err);
}

/* Objects without members have no type that could be written: they are JSON text. Nulls alone are
 * text where the types are handed out before the rows. */
static void settle(flow_job *j, lf_shape *s) {
    if ((s->seen & LF_SHAPE_OBJECT) && s->n_children == 0 && !(s->seen & LF_SHAPE_ROOT))
        s->seen |= LF_SHAPE_TEXT;
    if (s->seen == 0 && j->types_final) lf_shape_scalar(s)->kinds |= LF_K_TEXT;
    for (uint32_t i = 0; i < s->n_children; i++)
        settle(j, &s->children[i]);
}

lf_rc lf_flow_shape_settle(flow_job *j, lf_error *err) {
    settle(j, &j->shape);
    return lf_shape_schema(&j->shape, j->decode_opts.decimal, &j->schema, err);
}

void lf_flow_shape_reset(flow_job *j) {
    lf_shape_reset(&j->shape, j->alloc);
}

/* ---- a block ---- */

lf_rc lf_flow_shape_worker_init(flow_worker *w, lf_error *err) {
    (void)err;
    lf_schema_init(&w->schema, w->job->alloc);
    lf_schema_init(&w->begin_schema, w->job->alloc);
    lf_buf_init(&w->places, w->job->alloc, SIZE_MAX / 2);
    return LF_OK;
}

void lf_flow_shape_worker_reset(flow_worker *w) {
    lf_schema_reset(&w->schema);
    lf_schema_reset(&w->begin_schema);
    lf_shape_reset(&w->known, w->job->alloc);
    if (w->places.alloc != NULL) lf_buf_reset(&w->places);
}

/* What is known now, as the worker's own. */
static lf_rc take_known(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    lf_shape_reset(&w->known, j->alloc);
    pthread_mutex_lock(&j->mu);
    lf_rc rc = lf_shape_join(&w->known, j->alloc, &j->shape, err);
    if (rc == LF_OK && !lf_schema_equal(&w->begin_schema, &j->schema))
        rc = lf_schema_copy(&w->begin_schema, &j->schema, err);
    pthread_mutex_unlock(&j->mu);
    return rc;
}

lf_rc lf_flow_shape_group_begin(flow_worker *w, lf_group *g, lf_error *err) {
    flow_job *j = w->job;
    const lf_encoder_type *t = j->spec->encoder;
    lf_schema kept = w->schema;
    kept.n_fields = lf_flow_columns_kept(j, kept.n_fields);
    if (t->group_begin_as != NULL) return t->group_begin_as(g, &kept, err);
    size_t bytes = w->schema.n_fields * sizeof(lf_type) + 1;
    lf_type *types = lf_mem_alloc(j->alloc, bytes);
    if (types == NULL) return lf_fail_nomem(err, bytes);
    for (uint32_t i = 0; i < w->schema.n_fields; i++)
        types[i] = w->schema.fields[i].type;
    lf_rc rc = t->group_begin(g, types, err);
    lf_mem_free(j->alloc, types, bytes);
    return rc;
}

lf_rc lf_flow_shape_block_begin(flow_worker *w, lf_block *b, lf_error *err) {
    flow_job *j = w->job;
    lf_parse_ctx *ctxs = NULL;
    LF_TRY(take_known(w, err));
    lf_buf_clear(&w->places);
    b->schema = &w->begin_schema;
    b->shape = &w->known;
    lf_flow_union_begin(w);
    if (j->typing_only) return LF_OK;
    if (!lf_schema_equal(&w->schema, &w->begin_schema))
        LF_TRY(lf_schema_copy(&w->schema, &w->begin_schema, err));
    lf_trace_reset(&w->trace);
    lf_rc rc = leaf_ctxs(j, &w->schema, &w->known, &ctxs, err);
    if (rc == LF_OK) rc = traces_for(j, &w->schema, ctxs, &w->trace, err);
    free_ctxs(j, &w->schema, ctxs);
    return rc == LF_OK ? lf_flow_shape_group_begin(w, w->group, err) : rc;
}

/* The next input of a block of several: the group goes on with the columns that it has, wider by
 * what the input before has shown. */
lf_rc lf_flow_shape_block_continue(flow_worker *w, lf_block *b, lf_error *err) {
    flow_job *j = w->job;
    lf_schema now;
    lf_schema_init(&now, j->alloc);
    b->schema = &w->begin_schema;
    b->shape = &w->known;
    lf_rc rc = lf_shape_schema(&w->known, j->decode_opts.decimal, &now, err);
    if (rc == LF_OK) rc = lf_schema_copy(&w->begin_schema, &now, err);
    if (rc == LF_OK) lf_flow_union_begin(w);
    if (rc == LF_OK && !j->typing_only) {
        const lf_batch none = {.schema = &w->begin_schema, .widened = true};
        rc = lf_flow_shape_widen(w, &none, err);
    }
    lf_schema_reset(&now);
    return rc;
}

/* ---- widening in mid-block ---- */

static void path_of(const lf_field *f, uint32_t leaf, char *out, size_t cap) {
    size_t n = strlen(f->name);
    if (n >= cap) n = cap - 1;
    memcpy(out, f->name, n);
    out[n] = 0;
    for (uint32_t i = 0; i < f->n_children; i++) {
        uint32_t leaves = lf_field_leaves(&f->children[i]);
        if (leaf >= leaves) {
            leaf -= leaves;
            continue;
        }
        if (f->type.id != LF_T_STRUCT) { /* elements have no name of their own */
            char inner[LF_PATH_MAX];
            path_of(&f->children[i], leaf, inner, sizeof inner);
            const char *dot = strchr(inner, '.');
            if (dot != NULL && n + 3 < cap) snprintf(out + n, cap - n, "[]%s", dot);
            return;
        }
        if (n + 2 < cap) {
            out[n] = '.';
            path_of(&f->children[i], leaf, out + n + 1, cap - n - 1);
        }
        return;
    }
}

static lf_rc note_place(flow_worker *w, const lf_schema_map *m, const lf_batch *b, uint32_t col,
                        uint32_t leaf, lf_error *err) {
    uint32_t from = m->columns[col].from;
    const lf_field *is = &m->to->fields[col];
    const lf_field *was = from == LF_LEAF_NONE ? NULL : &m->from->fields[from];
    place p = {.row = w->rows + w->filtered};
    path_of(is, leaf, p.path, sizeof p.path);
    const place *known = (const place *)(const void *)w->places.data;
    for (size_t i = 0; i < w->places.len / sizeof p; i++)
        if (strcmp(known[i].path, p.path) == 0) return LF_OK;
    if (b->n_rows > 0) p.row += lf_late_where(was, is, &b->columns[col], b->n_rows, leaf);
    return lf_buf_append(&w->places, &p, sizeof p, err);
}

static lf_rc note_places(flow_worker *w, const lf_schema_map *m, const lf_batch *b, lf_error *err) {
    uint32_t at = 0;
    for (uint32_t col = 0; col < m->n_columns; col++) {
        uint32_t n = lf_field_leaves(&m->to->fields[col]);
        for (uint32_t i = 0; i < n; i++)
            if (m->leaves[at + i].how != LF_LEAF_SAME) LF_TRY(note_place(w, m, b, col, i, err));
        at += n;
    }
    return LF_OK;
}

/* Traces of leaves that are as they were move; a new flat column has been null in all rows. */
static lf_rc settle_traces(flow_worker *w, const lf_schema_map *m, lf_trace *now, lf_error *err) {
    uint32_t at = 0;
    for (uint32_t col = 0; col < m->n_columns; col++) {
        const lf_field *f = &m->to->fields[col];
        uint32_t n = lf_field_leaves(f);
        for (uint32_t i = at; i < at + n; i++) {
            const lf_leaf_map *l = &m->leaves[i];
            if (l->how == LF_LEAF_SAME) {
                lf_trace_column swap = now->columns[i];
                now->columns[i] = w->trace.columns[l->from];
                if (now->columns[i].rows == 0) now->columns[i].date_format = swap.date_format;
                w->trace.columns[l->from] = swap;
            } else if (l->how == LF_LEAF_NULLS && !lf_type_is_nested(f->type) && w->rows > 0) {
                lf_column nulls = {.null_count = (uint32_t)w->rows};
                LF_TRY(lf_trace_add(&now->columns[i], &nulls, (uint32_t)w->rows, err));
            }
        }
        at += n;
    }
    return LF_OK;
}

static lf_rc widen_group(flow_worker *w, const lf_schema_map *m, lf_trace *now,
                         const lf_parse_ctx *ctxs, lf_error *err) {
    flow_job *j = w->job;
    lf_late_change change = {0};
    lf_rc rc = lf_late_change_init(&change, j->alloc, m, &w->trace, now, ctxs, err);
    if (rc == LF_OK && j->spec->encoder->group_widen != NULL)
        rc = j->spec->encoder->group_widen(w->group, m->to, &change.hooks, err);
    lf_late_change_reset(&change);
    return rc;
}

lf_rc lf_flow_shape_widen(flow_worker *w, const lf_batch *b, lf_error *err) {
    flow_job *j = w->job;
    lf_schema_map m = {0};
    lf_trace now = {0};
    lf_parse_ctx *ctxs = NULL;
    lf_block_end peek = {0};
    if (b->schema == NULL)
        return lf_fail(err, LF_EINTERNAL, "columns widened without saying which");
    if (lf_schema_equal(b->schema, &w->schema)) return LF_OK;
    if (w->decoder != NULL)
        w->decoder_type->block_end(w->decoder, &peek);
    else
        peek.shape = &w->known; /* between two inputs */
    lf_rc rc = lf_schema_map_init(&m, j->alloc, &w->schema, b->schema, err);
    if (rc == LF_OK) rc = leaf_ctxs(j, b->schema, peek.shape, &ctxs, err);
    if (rc == LF_OK) rc = traces_for(j, b->schema, ctxs, &now, err);
    if (rc == LF_OK) rc = widen_group(w, &m, &now, ctxs, err);
    if (rc == LF_OK) rc = settle_traces(w, &m, &now, err);
    if (rc == LF_OK) rc = note_places(w, &m, b, err);
    free_ctxs(j, b->schema, ctxs);
    lf_schema_map_reset(&m);
    if (rc == LF_OK) {
        lf_trace swap = w->trace;
        w->trace = now;
        now = swap;
        rc = lf_schema_copy(&w->schema, b->schema, err);
    }
    lf_trace_reset(&now);
    return rc;
}

lf_rc lf_flow_shape_changed(flow_worker *w, const lf_batch *b, lf_error *err) {
    flow_job *j = w->job;
    lf_schema_map m = {0};
    char path[LF_PATH_MAX] = "";
    uint32_t at = 0;
    if (b->schema == NULL)
        return lf_fail(err, LF_EINTERNAL, "columns widened without saying which");
    LF_TRY(lf_schema_map_init(&m, j->alloc, &w->schema, b->schema, err));
    for (uint32_t col = 0; col < m.n_columns && path[0] == 0; col++) {
        uint32_t n = lf_field_leaves(&m.to->fields[col]);
        for (uint32_t i = 0; i < n && path[0] == 0; i++)
            if (m.leaves[at + i].how != LF_LEAF_SAME)
                path_of(&m.to->fields[col], i, path, sizeof path);
        at += n;
    }
    lf_schema_map_reset(&m);
    return lf_fail(err, LF_ETYPE_CHANGED, "column '%s' is not what its first rows showed", path);
}

lf_rc lf_flow_shape_trace(flow_worker *w, const lf_batch *b, lf_error *err) {
    uint32_t at = 0;
    for (uint32_t i = 0; i < b->n_columns; i++) {
        uint32_t n = lf_field_leaves(&w->schema.fields[i]);
        LF_TRY(lf_late_trace_column(&w->trace.columns[at], &b->columns[i], b->n_rows, err));
        at += n;
    }
    return LF_OK;
}

/* ---- in turn ---- */

static uint64_t row_of(const flow_worker *w, const char *path) {
    const lf_report *r = w->job->report;
    const uint64_t before = r->rows_out + r->rows_filtered;
    const place *p = (const place *)(const void *)w->places.data;
    for (size_t i = 0; i < w->places.len / sizeof *p; i++)
        if (strcmp(p[i].path, path) == 0) return before + p[i].row + 1;
    return before + 1;
}

static lf_rc tell_change(flow_worker *w, const lf_schema_map *m, uint32_t col, uint32_t leaf,
                         const lf_field *was, const lf_field *is, lf_error *err) {
    char path[LF_PATH_MAX], before[48], now[48];
    path_of(&m->to->fields[col], leaf, path, sizeof path);
    w->job->report->late_changes++;
    return lf_flow_warn(
        w->job, err, "column '%s' changed from %s to %s at row %llu; no row was lost", path,
        lf_type_print(was->type, before, sizeof before), lf_type_print(is->type, now, sizeof now),
        (unsigned long long)row_of(w, path));
}

static lf_rc note_new(flow_worker *w, const lf_schema_map *m, uint32_t col, uint32_t leaf,
                      lf_error *err) {
    flow_job *j = w->job;
    char path[LF_PATH_MAX];
    if (j->n_new_paths++ >= NEW_PATHS_TOLD) return LF_OK;
    path_of(&m->to->fields[col], leaf, path, sizeof path);
    return lf_buf_printf(&j->new_paths, err, "%s'%s' (row %llu)", j->n_new_paths > 1 ? ", " : "",
                         path, (unsigned long long)row_of(w, path));
}

/* The structure that changed in a rebuilt column. */
static lf_rc tell_rebuilt(flow_worker *w, const lf_schema_map *m, uint32_t col, const lf_field *was,
                          const lf_field *is, uint32_t leaf, lf_error *err) {
    bool same = was->type.id == is->type.id && lf_type_is_nested(is->type);
    if (!same) {
        bool news = !lf_type_equal(was->type, is->type) && was->type.id != LF_T_NULL;
        return news ? tell_change(w, m, col, leaf, was, is, err) : LF_OK;
    }
    for (uint32_t i = 0; i < is->n_children; i++) {
        for (uint32_t k = 0; k < was->n_children; k++) {
            bool pair = is->type.id == LF_T_STRUCT
                            ? strcmp(was->children[k].name, is->children[i].name) == 0
                            : i == k;
            if (pair)
                LF_TRY(tell_rebuilt(w, m, col, &was->children[k], &is->children[i], leaf, err));
        }
        leaf += lf_field_leaves(&is->children[i]);
    }
    return LF_OK;
}

static lf_rc tell_changes(flow_worker *w, const lf_schema_map *m, lf_error *err) {
    lf_late_change names = {0};
    uint32_t at = 0;
    lf_rc rc = lf_late_change_init(&names, w->job->alloc, m, NULL, NULL, NULL, err);
    for (uint32_t col = 0; col < m->n_columns && rc == LF_OK; col++) {
        uint32_t n = lf_field_leaves(&m->to->fields[col]);
        if (m->columns[col].rebuilt)
            rc = tell_rebuilt(w, m, col, &m->from->fields[m->columns[col].from],
                              &m->to->fields[col], 0, err);
        for (uint32_t i = 0; i < n && rc == LF_OK; i++) {
            const lf_leaf_map *l = &m->leaves[at + i];
            const lf_field *was = l->from != LF_LEAF_NONE ? names.from_leaves[l->from] : NULL;
            const lf_field *is = names.to_leaves[at + i];
            if (l->how == LF_LEAF_RETYPED && was->type.id != LF_T_NULL)
                rc = tell_change(w, m, col, i, was, is, err);
            else if (l->how == LF_LEAF_NULLS && (was == NULL || was->type.id != LF_T_NULL))
                rc = note_new(w, m, col, i, err);
        }
        at += n;
    }
    lf_late_change_reset(&names);
    return rc;
}

lf_rc lf_flow_shape_commit(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    if (j->types_final || w->end.shape == NULL) return LF_OK;
    LF_TRY(lf_shape_join(&j->shape, j->alloc, w->end.shape, err));
    const uint32_t late = lf_late_columns_max(j->record_max_bytes);
    if (j->shape.n_children > j->n_columns && j->shape.n_children - j->n_columns > late)
        return lf_fail(err, LF_ESCHEMA, LF_LATE_COLUMNS_TEXT, late);
    lf_schema now;
    lf_schema_init(&now, j->alloc);
    LF_TRY(lf_shape_schema(&j->shape, j->decode_opts.decimal, &now, err));
    lf_rc rc = LF_OK;
    if (lf_schema_equal(&now, &j->schema)) goto out;
    if (!j->typing_only) {
        lf_schema_map m = {0};
        LF_GO(lf_schema_map_init(&m, j->alloc, &j->schema, &now, err));
        rc = tell_changes(w, &m, err);
        lf_schema_map_reset(&m);
    }
    lf_schema swap = j->schema;
    j->schema = now;
    now = swap;
out:
    lf_schema_reset(&now);
    return rc;
}

/* ---- the end ---- */

lf_rc lf_flow_shape_needs_rewrite(flow_job *j, bool *out, lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    *out = false;
    if (t->committed_fits == NULL) return LF_OK;
    uint64_t n = t->committed_groups(j->encoder);
    for (uint64_t g = 0; g < n && !*out; g++) {
        bool fits = false;
        LF_TRY(t->committed_fits(j->encoder, g, &j->schema, &fits, err));
        *out = !fits;
    }
    return LF_OK;
}

static lf_rc take_group(flow_job *j, lf_group *to, uint64_t group, const lf_parse_ctx *ctxs,
                        lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    const lf_schema *from = NULL;
    group_record rec;
    uint64_t rows = 0;
    lf_schema_map m = {0};
    lf_trace trace = {0};
    lf_late_change change = {0};
    LF_TRY(lf_spill_read(&j->records, group * sizeof rec, &rec, sizeof rec, err));
    LF_TRY(t->committed_schema(j->encoder, group, &from, &rows, err));
    lf_rc rc = lf_schema_map_init(&m, j->alloc, from, &j->schema, err);
    if (rc == LF_OK) rc = lf_trace_init(&trace, j->alloc, m.n_from_leaves, err);
    if (rc == LF_OK) {
        lf_trace_set_log(&trace, &j->exceptions);
        rc = lf_trace_load(&trace, &j->trace_log, rec.trace_offset, rec.trace_size, err);
    }
    if (rc == LF_OK) rc = lf_late_change_init(&change, j->alloc, &m, &trace, NULL, ctxs, err);
    if (rc == LF_OK) rc = t->group_take(to, j->encoder, group, &change.hooks, err);
    lf_late_change_reset(&change);
    lf_trace_reset(&trace);
    lf_schema_map_reset(&m);
    return rc;
}

lf_rc lf_flow_shape_rewrite(flow_job *j, lf_encoder *to, lf_group *group, lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    lf_parse_ctx *ctxs = NULL;
    (void)to;
    lf_rc rc = leaf_ctxs(j, &j->schema, &j->shape, &ctxs, err);
    uint64_t n = t->committed_groups(j->encoder);
    for (uint64_t g = 0; g < n && rc == LF_OK; g++) {
        if (lf_flow_cancelled(j)) rc = lf_fail(err, LF_ECANCELLED, "interrupted");
        if (rc == LF_OK) rc = t->group_begin_as(group, &j->schema, err);
        if (rc == LF_OK) rc = take_group(j, group, g, ctxs, err);
        if (rc != LF_OK) rc = lf_error_context(err, rc, "row group %llu", (unsigned long long)g);
        if (rc == LF_OK) rc = t->group_seal(group, err);
        if (rc == LF_OK) rc = t->group_commit(group, err);
        if (rc == LF_OK) rc = t->group_store(group, err);
    }
    free_ctxs(j, &j->schema, ctxs);
    return rc;
}

lf_rc lf_flow_shape_end(flow_job *j, lf_error *err) {
    if (j->duplicate_keys > 0)
        LF_TRY(lf_flow_warn(j, err, "%llu time%s an object had a key twice; the last one counts",
                            (unsigned long long)j->duplicate_keys,
                            j->duplicate_keys == 1 ? "" : "s"));
    if (j->n_new_paths == 0) return LF_OK;
    LF_TRY(lf_buf_append(&j->new_paths, "", 1, err));
    uint64_t more =
        j->n_new_paths - (j->n_new_paths < NEW_PATHS_TOLD ? j->n_new_paths : NEW_PATHS_TOLD);
    char tail[48] = "";
    if (more > 0) snprintf(tail, sizeof tail, " and %llu more", (unsigned long long)more);
    return lf_flow_warn(j, err, "%llu column%s came after the head: %s%s; null in the rows before",
                        (unsigned long long)j->n_new_paths, j->n_new_paths == 1 ? "" : "s",
                        (const char *)j->new_paths.data, tail);
}
