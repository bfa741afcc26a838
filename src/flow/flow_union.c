/* flow/flow_union.c - see flow_union.h. */
#include "flow/flow_union.h"
#include "array/schema_field.h"
#include "core/limits.h"
#include "flow/flow_shape.h"
#include "flow/map_decode.h"
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TOLD_MAX    5u    /* columns that differ, each kind */
#define CASE_SEARCH 2000u /* columns among which names that differ in case are looked for */

typedef struct union_column {
    uint32_t first, seen; /* the input that had it first; how many have it */
    lf_type type;         /* there, by its head */
    uint32_t other;       /* the first that has it as another type; 0: none */
    lf_type other_type;
    lf_evidence evidence;
    bool fixed;
    uint8_t numbers;
} union_column;

typedef struct survey {
    flow_job *j;
    lf_schema names; /* with formats and null words */
    union_column *columns;
    uint32_t cap;
    lf_shape shape;
} survey;

static lf_rc grow(survey *s, lf_error *err) {
    if (s->names.n_fields < s->cap) return LF_OK;
    const uint32_t cap = s->cap ? s->cap * 2 : 64;
    union_column *more =
        lf_mem_realloc(s->j->alloc, s->columns, s->cap * sizeof *more, cap * sizeof *more);
    if (more == NULL) return lf_fail_nomem(err, cap * sizeof *more);
    s->columns = more;
    s->cap = cap;
    return LF_OK;
}

static lf_rc copy_format(survey *s, const lf_field *from, lf_error *err) {
    lf_field *to = &s->names.fields[s->names.n_fields - 1];
    const lf_schema *given = s->j->decode_opts.schema;
    const int64_t at = given ? lf_schema_find(given, from->name, strlen(from->name)) : -1;
    if (at < 0) return LF_OK;
    const lf_field *f = &given->fields[at];
    to->nullable = f->nullable;
    if (f->format == NULL) return LF_OK;
    to->format = lf_mem_strdup(s->j->alloc, f->format);
    return to->format ? LF_OK : lf_fail_nomem(err, strlen(f->format));
}

static lf_rc add_column(survey *s, const lf_field *f, uint32_t input, lf_error *err) {
    LF_TRY(grow(s, err));
    LF_TRY(lf_schema_add(&s->names, f->name, strlen(f->name), f->type, true, err));
    s->columns[s->names.n_fields - 1] = (union_column){.first = input, .type = f->type};
    lf_evidence_init(&s->columns[s->names.n_fields - 1].evidence);
    return copy_format(s, f, err);
}

/* Nothing but a header: its columns have no types. */
static bool no_rows(const lf_plan_base *p, lf_span head, bool whole) {
    for (uint64_t i = p->body_offset; whole && i < head.len; i++)
        if (head.data[i] != '\n' && head.data[i] != '\r') return false;
    return whole;
}

static lf_rc note_columns(survey *s, const lf_plan_base *p, uint32_t input, bool empty,
                          lf_error *err) {
    for (uint32_t i = 0; i < p->schema->n_fields; i++) {
        const lf_field *f = &p->schema->fields[i];
        const bool here = i < s->names.n_fields && strcmp(s->names.fields[i].name, f->name) == 0;
        int64_t at = here ? (int64_t)i : lf_schema_find(&s->names, f->name, strlen(f->name));
        if (at < 0) {
            LF_TRY(add_column(s, f, input, err));
            at = (int64_t)s->names.n_fields - 1;
        }
        union_column *c = &s->columns[at];
        c->seen++;
        if (p->shape == NULL) c->fixed |= p->fixed[i];
        if (p->numbers != NULL) c->numbers |= p->numbers[i];
        if (empty) continue;
        if (p->shape == NULL) lf_evidence_join(&c->evidence, &p->evidence[i]);
        if (f->type.id == LF_T_NULL) continue;
        if (c->type.id == LF_T_NULL || c->seen == 1) {
            c->first = input;
            c->type = f->type;
        } else if (c->other == 0 && !lf_type_equal(c->type, f->type)) {
            c->other = input;
            c->other_type = f->type;
        }
    }
    return LF_OK;
}

static lf_rc look_at(survey *s, uint32_t i, lf_error *err) {
    flow_job *j = s->j;
    flow_input *in = &j->inputs[i];
    LF_TRY(lf_flow_input_open(j, i, err));
    const lf_plan_base *p = (const lf_plan_base *)in->plan;
    bool whole = false;
    const lf_span head = lf_feed_head(in->feed, &whole);
    const bool empty = p->shape == NULL && no_rows(p, head, whole);
    in->text_bytes = lf_feed_seekable(in->feed) ? in->source->size_bytes
                     : whole                    ? head.len
                                                : LF_SIZE_UNKNOWN;
    j->any_stream |= !lf_feed_seekable(in->feed);
    const uint64_t memory = lf_source_memory_bytes(in->source);
    if (memory > j->source_memory) j->source_memory = memory;
    if (in->stored_bytes != LF_SIZE_UNKNOWN) j->bytes_total += in->stored_bytes;
    j->shaped |= p->shape != NULL;
    j->any_flat |= p->shape == NULL;
    j->any_compressed |= in->source->compression != NULL;
    lf_rc rc = note_columns(s, p, i, empty, err);
    if (rc == LF_OK && p->shape != NULL) rc = lf_shape_join(&s->shape, j->alloc, p->shape, err);
    if (rc == LF_OK && p->shape == NULL)
        rc = lf_map_shape(p, empty ? NULL : p->evidence, j->decode_opts.schema, j->alloc, &s->shape,
                          err);
    if (rc != LF_OK) lf_error_set_file(err, in->path);
    if (rc == LF_OK && in->again) {
        in->users = 1;
        rc = lf_flow_input_leave(j, i, err);
    }
    return rc;
}

/* ---- the columns ---- */

static lf_rc check_named(const survey *s, lf_error *err) {
    const lf_decode_opts *o = &s->j->decode_opts;
    for (uint32_t i = 0; i < o->n_columns; i++)
        if (lf_schema_find(&s->names, o->columns[i], strlen(o->columns[i])) < 0)
            return lf_fail(err, LF_EUSAGE, "no input has a column \"%.60s\"", o->columns[i]);
    for (uint32_t i = 0; o->schema && o->columns == NULL && i < o->schema->n_fields; i++) {
        const char *name = o->schema->fields[i].name;
        if (lf_schema_find(&s->names, name, strlen(name)) < 0)
            return lf_fail(err, LF_ESCHEMA, "no input has a column \"%.60s\"", name);
    }
    return LF_OK;
}

/* --columns says the order; else it is that of the first appearance. */
static lf_rc order(survey *s, lf_error *err) {
    const lf_decode_opts *o = &s->j->decode_opts;
    for (uint32_t i = 0; i < o->n_columns; i++) {
        const int64_t at = lf_schema_find(&s->names, o->columns[i], strlen(o->columns[i]));
        if (at < 0 || at == i) continue;
        const lf_field f = s->names.fields[at];
        const union_column c = s->columns[at];
        s->names.fields[at] = s->names.fields[i];
        s->columns[at] = s->columns[i];
        s->names.fields[i] = f;
        s->columns[i] = c;
    }
    if (o->n_columns == 0 || !s->j->shaped) return LF_OK;
    lf_shape *root = &s->shape;
    for (uint32_t i = 0; i < o->n_columns && i < root->n_children; i++) {
        const int64_t at = lf_shape_find(root, o->columns[i], strlen(o->columns[i]), i);
        if (at < 0) continue;
        const lf_shape swap = root->children[i];
        root->children[i] = root->children[at];
        root->children[at] = swap;
    }
    (void)err;
    return LF_OK;
}

static lf_rc adopt(survey *s, lf_error *err) {
    flow_job *j = s->j;
    if (j->shaped) {
        s->shape.seen |= LF_SHAPE_ROOT | LF_SHAPE_OBJECT;
        j->shape = s->shape;
        s->shape = (lf_shape){0};
        LF_TRY(lf_shape_schema(&j->shape, j->decode_opts.decimal, &j->schema, err));
    } else {
        LF_TRY(lf_schema_copy(&j->schema, &s->names, err));
    }
    const size_t n = j->n_columns = j->schema.n_fields;
    j->fixed = lf_mem_zalloc(j->alloc, n * sizeof *j->fixed + 1);
    j->types = lf_mem_zalloc(j->alloc, n * sizeof *j->types + 1);
    j->evidence = lf_mem_zalloc(j->alloc, n * sizeof *j->evidence + 1);
    if (!j->fixed || !j->types || !j->evidence) return lf_fail_nomem(err, n * sizeof *j->evidence);
    j->numbers = lf_mem_zalloc(j->alloc, n + 1);
    if (j->numbers == NULL) return lf_fail_nomem(err, n);
    for (uint32_t i = 0; i < n; i++) {
        if (i < s->names.n_fields) j->numbers[i] = s->columns[i].numbers;
        lf_evidence_init(&j->evidence[i]);
        j->types[i] = j->schema.fields[i].type;
        if (j->shaped) continue;
        const union_column *c = &s->columns[i];
        j->fixed[i] = c->fixed;
        j->evidence[i] = c->evidence;
        j->types[i] = c->fixed ? c->type : lf_evidence_type(&c->evidence, j->decode_opts.decimal);
        j->schema.fields[i].type = j->types[i];
    }
    return LF_OK;
}

/* ---- what differs ---- */

static lf_rc tell_missing(const survey *s, lf_error *err) {
    flow_job *j = s->j;
    uint32_t told = 0, all = 0;
    for (uint32_t i = 0; i < s->names.n_fields; i++) {
        const union_column *c = &s->columns[i];
        const uint32_t without = j->n_inputs - c->seen;
        if (without == 0) continue;
        if (all++ >= TOLD_MAX) continue;
        told++;
        LF_TRY(lf_flow_warn(j, err, "column '%.60s' is missing in %u of %u inputs; null there",
                            s->names.fields[i].name, without, j->n_inputs));
    }
    if (all == told) return LF_OK;
    return lf_flow_warn(j, err, "%u more columns are missing in some inputs; null there",
                        all - told);
}

static lf_rc tell_types(const survey *s, lf_error *err) {
    flow_job *j = s->j;
    uint32_t all = 0;
    for (uint32_t i = 0; i < s->names.n_fields; i++) {
        const union_column *c = &s->columns[i];
        char a[48], b[48], now[48];
        if (c->other == 0 || c->fixed || all++ >= TOLD_MAX) continue;
        const char *name = s->names.fields[i].name;
        const int64_t at = lf_schema_find(&j->schema, name, strlen(name));
        if (at < 0) continue;
        LF_TRY(lf_flow_warn(j, err, "column '%.60s' is %s in %.120s, %s in %.120s: %s", name,
                            lf_type_print(c->type, a, sizeof a), j->inputs[c->first].path,
                            lf_type_print(c->other_type, b, sizeof b), j->inputs[c->other].path,
                            lf_type_print(j->schema.fields[at].type, now, sizeof now)));
    }
    if (all <= TOLD_MAX) return LF_OK;
    return lf_flow_warn(j, err, "%u more columns are of several types", all - TOLD_MAX);
}

/* Told where no input has both, so that one may have been meant. */
static lf_rc tell_cases(const survey *s, lf_error *err) {
    const uint32_t n = s->names.n_fields;
    uint32_t told = 0;
    for (uint32_t i = 0; i < n && n <= CASE_SEARCH; i++) {
        for (uint32_t k = i + 1; k < n && told < TOLD_MAX; k++) {
            const char *a = s->names.fields[i].name, *b = s->names.fields[k].name;
            const uint64_t both = (uint64_t)s->columns[i].seen + s->columns[k].seen;
            if (strcasecmp(a, b) != 0 || both > s->j->n_inputs) continue;
            told++;
            LF_TRY(lf_flow_warn(s->j, err,
                                "columns '%.60s' and '%.60s' differ in case alone: two "
                                "columns",
                                a, b));
        }
    }
    return LF_OK;
}

static lf_rc run(survey *s, lf_error *err) {
    flow_job *j = s->j;
    for (uint32_t i = 0; i < j->n_inputs; i++) {
        if (lf_flow_cancelled(j)) return lf_fail(err, LF_ECANCELLED, "interrupted");
        LF_TRY(look_at(s, i, err));
    }
    LF_TRY(check_named(s, err));
    LF_TRY(order(s, err));
    LF_TRY(adopt(s, err));
    if (j->quiet) return LF_OK;
    LF_TRY(tell_missing(s, err));
    LF_TRY(tell_types(s, err));
    return tell_cases(s, err);
}

lf_rc lf_flow_union_plan(flow_job *j, lf_error *err) {
    survey s = {.j = j};
    lf_schema_init(&s.names, j->alloc);
    j->decode_opts.partial = true;
    const lf_rc rc = run(&s, err);
    lf_mem_free(j->alloc, s.columns, s.cap * sizeof *s.columns);
    lf_shape_reset(&s.shape, j->alloc);
    lf_schema_reset(&s.names);
    return rc;
}

/* ---- an input ---- */

static bool same_names(const lf_schema *a, const lf_schema *b) {
    bool same = a->n_fields == b->n_fields;
    for (uint32_t i = 0; same && i < a->n_fields; i++)
        same = strcmp(a->fields[i].name, b->fields[i].name) == 0;
    return same;
}

lf_rc lf_flow_union_wrap(flow_job *j, uint32_t i, lf_error *err) {
    flow_input *in = &j->inputs[i];
    const lf_plan_base *p = (const lf_plan_base *)in->plan;
    if (in->mapped || p->shape != NULL) return LF_OK;
    if (!j->shaped && same_names(p->schema, &j->schema)) return LF_OK;
    lf_plan *map = NULL;
    pthread_mutex_lock(&j->mu); /* the columns of a shaped job change in turn */
    const lf_rc rc =
        lf_map_plan(in->plan, &j->schema, j->shaped, j->decode_opts.schema, j->alloc, &map, err);
    pthread_mutex_unlock(&j->mu);
    if (rc != LF_OK) return lf_error_set_file(err, in->path), rc;
    in->plan = map;
    in->decoder = &lf_map_decoder;
    in->mapped = true;
    return LF_OK;
}

void lf_flow_union_begin(flow_worker *w) {
    const flow_input *in = &w->job->inputs[w->input];
    if (!in->mapped) return;
    for (uint32_t i = 0; i < w->begin_schema.n_fields; i++) {
        lf_field *f = &w->begin_schema.fields[i];
        const bool json = f->type.id == LF_T_STRING && f->type.unit == LF_TEXT_JSON;
        lf_type own;
        if ((!json && !lf_type_is_nested(f->type)) || !lf_map_plan_type(in->plan, f->name, &own))
            continue;
        const lf_field flat = {.name = f->name, .type = own, .nullable = true};
        f->name = NULL;
        lf_field_reset(f, w->job->alloc);
        *f = flat;
    }
}

uint32_t lf_flow_union_pack(const flow_job *j, uint32_t first) {
    uint64_t sum = 0;
    uint32_t n = 0;
    /* Where columns are JSON text by one input and flat in another, each begins its own group with
     * them as it has them; the end of the run makes them alike. */
    if (j->shaped && j->any_flat) return 1;
    for (uint32_t i = first; i < j->n_inputs; i++, n++) {
        const uint64_t bytes = j->inputs[i].text_bytes;
        if (bytes > j->group_text_bytes || sum + bytes > j->group_text_bytes) break;
        sum += bytes;
    }
    return n > 0 ? n : 1;
}
