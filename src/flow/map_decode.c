/* The decoder under it sees its own columns alone: types, evidence and wishes are picked for it by
 * place; batches, rejects and evidence come back by the same. */
#include "flow/map_decode.h"
#include "array/batch.h"
#include "core/limits.h"
#include "infer/evidence.h"
#include <string.h>

#define ABSENT UINT32_MAX

typedef struct map_plan {
    lf_plan_base base; /* `schema`, `evidence`, `fixed`: of the input, as its plan has them */
    const lf_alloc *alloc;
    lf_plan *under;
    const lf_plan_base *in;
    lf_schema to;
    uint32_t *from;  /* column of `to` -> of the input, or ABSENT */
    uint32_t *place; /* of the input -> of `to` */
    const lf_schema *given;
    bool shaped;
} map_plan;

typedef struct map_decoder {
    const map_plan *plan;
    const lf_alloc *alloc;
    lf_decoder *under;
    uint32_t n_to, n_in;
    uint32_t *from, *place; /* by the columns of the block; n_cap of both */
    lf_schema now;          /* shaped: the columns as they are */
    lf_type *types;         /* of the input's columns */
    lf_evidence *evidence;
    uint8_t *want;
    const uint8_t *outer_want;
    lf_column *columns; /* n_to */
    lf_evidence *out;   /* n_to */
    lf_reject *rejects;
    size_t cap_rejects;
    uint8_t *zeros;    /* what null columns point to */
    lf_column *nested; /* children of null columns, n_nested */
    size_t n_nested, nested_used;
    lf_shape shape;
} map_decoder;

#define ZEROS_BYTES ((LF_TILE_ROWS_MAX + 64) * 16ul)

/* ---- plan ---- */

static const map_plan *plan_of(const lf_plan *p) {
    return (const map_plan *)(const void *)p;
}

static void plan_destroy(lf_plan *p) {
    if (p == NULL) return;
    map_plan *m = (map_plan *)(void *)p;
    lf_mem_free(m->alloc, m->from, m->to.n_fields * sizeof *m->from + 1);
    if (m->in) lf_mem_free(m->alloc, m->place, m->in->schema->n_fields * sizeof *m->place + 1);
    lf_schema_reset(&m->to);
    if (m->under) m->in->type->plan_destroy(m->under); /* `in` is a part of it */
    lf_mem_free(m->alloc, m, sizeof *m);
}

/* At the same place, most often. */
static int64_t find(const lf_schema *s, const char *name, uint32_t hint) {
    if (hint < s->n_fields && strcmp(s->fields[hint].name, name) == 0) return hint;
    return lf_schema_find(s, name, strlen(name));
}

static lf_rc place_columns(const lf_schema *to, const lf_schema *in, uint32_t *from,
                           uint32_t *place, lf_error *err) {
    for (uint32_t i = 0; i < to->n_fields; i++)
        from[i] = ABSENT;
    for (uint32_t i = 0; i < in->n_fields; i++) {
        const int64_t at = find(to, in->fields[i].name, i);
        if (at < 0)
            return lf_fail(err, LF_ECHANGED, "column '%.60s' was not there when its head was read",
                           in->fields[i].name);
        if (from[at] != ABSENT)
            return lf_fail(err, LF_ESCHEMA, "two columns are called '%.60s'", in->fields[i].name);
        from[at] = i;
        place[i] = (uint32_t)at;
    }
    return LF_OK;
}

lf_rc lf_map_plan(lf_plan *under, const lf_schema *to, bool shaped, const lf_schema *given,
                  const lf_alloc *a, lf_plan **out, lf_error *err) {
    const lf_plan_base *in = (const lf_plan_base *)under;
    map_plan *m = lf_mem_zalloc(a, sizeof *m);
    if (m == NULL) return lf_fail_nomem(err, sizeof *m);
    m->alloc = a;
    lf_schema_init(&m->to, a);
    lf_rc rc = lf_schema_copy(&m->to, to, err);
    if (rc == LF_OK) {
        m->from = lf_mem_alloc(a, to->n_fields * sizeof *m->from + 1);
        m->place = lf_mem_alloc(a, in->schema->n_fields * sizeof *m->place + 1);
        m->in = in;
        if (m->from == NULL || m->place == NULL) rc = lf_fail_nomem(err, to->n_fields);
    }
    if (rc == LF_OK) rc = place_columns(to, in->schema, m->from, m->place, err);
    if (rc != LF_OK) {
        plan_destroy((lf_plan *)(void *)m);
        return rc;
    }
    m->base = *in;
    m->base.type = &lf_map_decoder;
    m->under = under;
    m->shaped = shaped;
    m->given = given;
    *out = (lf_plan *)(void *)m;
    return LF_OK;
}

bool lf_map_plan_type(const lf_plan *p, const char *name, lf_type *out) {
    const lf_schema *s = plan_of(p)->in->schema;
    const int64_t at = lf_schema_find(s, name, strlen(name));
    if (at >= 0) *out = s->fields[at].type;
    return at >= 0;
}

lf_rc lf_map_shape(const lf_plan_base *p, const lf_evidence *evidence, const lf_schema *given,
                   const lf_alloc *a, lf_shape *root, lf_error *err) {
    static const lf_field text = {.type = {.id = LF_T_STRING}, .nullable = true};
    root->seen |= LF_SHAPE_ROOT | LF_SHAPE_OBJECT;
    for (uint32_t i = 0; i < p->schema->n_fields; i++) {
        const char *name = p->schema->fields[i].name;
        uint32_t at = 0;
        LF_TRY(lf_shape_member(root, a, name, strlen(name), i, &at, err));
        lf_shape *c = &root->children[at];
        const int64_t g = given ? lf_schema_find(given, name, strlen(name)) : -1;
        if (p->fixed[i])
            c->given = g >= 0 ? &given->fields[g] : &text;
        else if (evidence && evidence[i].kinds != 0)
            lf_evidence_join(lf_shape_scalar(c), &evidence[i]);
    }
    return LF_OK;
}

static lf_rc explain(const lf_plan *p, lf_buf *out, lf_error *err) {
    const map_plan *m = plan_of(p);
    return m->in->type->explain(m->under, out, err);
}

static lf_rc guess(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found_out,
                   uint64_t *start_out, lf_error *err) {
    const map_plan *m = plan_of(p);
    return m->in->type->guess(m->under, head, eof, near, found_out, start_out, err);
}

static int sniff(lf_span head) {
    (void)head;
    return 0;
}

static lf_rc no_plan(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **out,
                     lf_error *err) {
    (void)o, (void)head, (void)whole, (void)out;
    return lf_fail(err, LF_EINTERNAL, "a map of columns is planned by lf_map_plan");
}

/* ---- decoder ---- */

static void drop_block(map_decoder *d) { /* what depends on the columns of a block */
    lf_mem_free(d->alloc, d->from, d->n_to * sizeof *d->from + 1);
    lf_mem_free(d->alloc, d->columns, d->n_to * sizeof *d->columns + 1);
    lf_mem_free(d->alloc, d->out, d->n_to * sizeof *d->out + 1);
    lf_mem_free(d->alloc, d->nested, d->n_nested * sizeof *d->nested + 1);
    d->from = NULL;
    d->columns = NULL;
    d->out = NULL;
    d->nested = NULL;
    d->n_to = 0;
    d->n_nested = 0;
}

static void destroy(lf_decoder *p) {
    if (p == NULL) return;
    map_decoder *d = (map_decoder *)(void *)p;
    if (d->under) d->plan->in->type->destroy(d->under);
    drop_block(d);
    lf_mem_free(d->alloc, d->place, d->n_in * sizeof *d->place + 1);
    lf_mem_free(d->alloc, d->types, d->n_in * sizeof *d->types + 1);
    lf_mem_free(d->alloc, d->evidence, d->n_in * sizeof *d->evidence + 1);
    lf_mem_free(d->alloc, d->want, d->n_in + 1ul);
    lf_mem_free(d->alloc, d->rejects, d->cap_rejects * sizeof *d->rejects);
    lf_mem_free(d->alloc, d->zeros, ZEROS_BYTES);
    lf_shape_reset(&d->shape, d->alloc);
    lf_schema_reset(&d->now);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static lf_rc create(const lf_plan *p, const lf_alloc *a, lf_decoder **out, lf_error *err) {
    const map_plan *m = plan_of(p);
    map_decoder *d = lf_mem_zalloc(a, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    d->plan = m;
    d->alloc = a;
    lf_schema_init(&d->now, a);
    d->n_in = m->in->schema->n_fields;
    d->place = lf_mem_zalloc(a, d->n_in * sizeof *d->place + 1);
    d->types = lf_mem_zalloc(a, d->n_in * sizeof *d->types + 1);
    d->evidence = lf_mem_zalloc(a, d->n_in * sizeof *d->evidence + 1);
    d->want = lf_mem_zalloc(a, d->n_in + 1ul);
    d->zeros = lf_mem_zalloc(a, ZEROS_BYTES);
    lf_rc rc = LF_OK;
    if (!d->place || !d->types || !d->evidence || !d->want || !d->zeros)
        rc = lf_fail_nomem(err, ZEROS_BYTES);
    if (rc == LF_OK) rc = m->in->type->create(m->under, a, &d->under, err);
    if (rc != LF_OK) {
        destroy((lf_decoder *)(void *)d);
        return rc;
    }
    *out = (lf_decoder *)(void *)d;
    return LF_OK;
}

static size_t count_nested(const lf_field *f) {
    size_t n = f->n_children;
    for (uint32_t i = 0; i < f->n_children; i++)
        n += count_nested(&f->children[i]);
    return n;
}

static lf_rc room(map_decoder *d, const lf_schema *to, lf_error *err) {
    drop_block(d);
    d->n_to = to->n_fields;
    for (uint32_t i = 0; i < to->n_fields; i++)
        d->n_nested += count_nested(&to->fields[i]);
    d->from = lf_mem_alloc(d->alloc, d->n_to * sizeof *d->from + 1);
    d->columns = lf_mem_zalloc(d->alloc, d->n_to * sizeof *d->columns + 1);
    d->out = lf_mem_zalloc(d->alloc, d->n_to * sizeof *d->out + 1);
    d->nested = lf_mem_zalloc(d->alloc, d->n_nested * sizeof *d->nested + 1);
    if (!d->from || !d->columns || !d->out || !d->nested)
        return lf_fail_nomem(err, d->n_to * sizeof *d->columns);
    return LF_OK;
}

/* What the columns of the block say about those of the input. */
static void pick_shaped(map_decoder *d, const lf_block *b) {
    for (uint32_t i = 0; i < d->n_in; i++) {
        const lf_field *f = &b->schema->fields[d->place[i]];
        const int64_t at = lf_shape_find(b->shape, f->name, strlen(f->name), d->place[i]);
        const lf_shape *s = at < 0 ? NULL : &b->shape->children[at];
        d->types[i] = f->type;
        lf_evidence_init(&d->evidence[i]);
        if (s && (s->seen & LF_SHAPE_SCALAR)) d->evidence[i] = s->scalar;
        if (s && s->given) lf_evidence_of_type(&d->evidence[i], f->type);
        const bool own = d->evidence[i].kinds == 0 && f->type.id != LF_T_NULL;
        if (own) d->evidence[i] = d->plan->in->evidence[i];
    }
}

static lf_rc begin(lf_decoder *p, const lf_block *b, lf_error *err) {
    map_decoder *d = (map_decoder *)(void *)p;
    const map_plan *m = d->plan;
    const lf_schema *to = m->shaped ? b->schema : &m->to;
    LF_TRY(room(d, to, err));
    LF_TRY(lf_schema_copy(&d->now, to, err));
    LF_TRY(place_columns(to, m->in->schema, d->from, d->place, err));
    if (m->shaped) {
        pick_shaped(d, b);
    } else {
        for (uint32_t i = 0; i < d->n_in; i++) {
            d->types[i] = b->types[d->place[i]];
            d->evidence[i] = b->evidence ? b->evidence[d->place[i]] : m->in->evidence[i];
        }
        for (uint32_t i = 0; i < d->n_to; i++)
            d->now.fields[i].type = b->types[i];
    }
    d->outer_want = b->want_text;
    const lf_block inner = {.start = b->start,
                            .end = b->end,
                            .types = d->types,
                            .want_text = d->want,
                            .evidence = d->evidence};
    return m->in->type->begin(d->under, &inner, err);
}

/* A column of nulls, with all that is below it. */
static void null_column(map_decoder *d, const lf_field *f, uint32_t n, lf_column *c) {
    *c = (lf_column){.type = f->type,
                     .null_count = n,
                     .validity = (const uint64_t *)(const void *)d->zeros,
                     .values = d->zeros,
                     .bytes = d->zeros,
                     .start = (const uint32_t *)(const void *)d->zeros,
                     .len = (const uint32_t *)(const void *)d->zeros};
    if (n == 0) c->validity = NULL;
    if (!lf_type_is_nested(f->type)) return;
    const bool lists = f->type.id != LF_T_STRUCT;
    lf_column *children = d->nested + d->nested_used;
    d->nested_used += f->n_children;
    if (lists) c->offsets = c->start;
    c->children = children;
    c->n_children = f->n_children;
    c->n_child_rows = lists ? 0 : n;
    for (uint32_t i = 0; i < f->n_children; i++)
        null_column(d, &f->children[i], c->n_child_rows, &children[i]);
}

static lf_rc put_rejects(map_decoder *d, lf_batch *b, lf_error *err) {
    if (b->n_rejects == 0) return LF_OK;
    if (b->n_rejects > d->cap_rejects) {
        lf_mem_free(d->alloc, d->rejects, d->cap_rejects * sizeof *d->rejects);
        d->cap_rejects = 0;
        d->rejects = lf_mem_alloc(d->alloc, b->n_rejects * sizeof *d->rejects);
        if (d->rejects == NULL) return lf_fail_nomem(err, b->n_rejects * sizeof *d->rejects);
        d->cap_rejects = b->n_rejects;
    }
    memcpy(d->rejects, b->rejects, b->n_rejects * sizeof *d->rejects);
    for (uint32_t i = 0; i < b->n_rejects; i++) {
        const uint32_t c = d->rejects[i].column;
        if (c > 0 && c <= d->n_in) d->rejects[i].column = d->place[c - 1] + 1;
    }
    b->rejects = d->rejects;
    return LF_OK;
}

static lf_rc next(lf_decoder *p, lf_span in, bool eof, size_t *used_out, lf_step *step_out,
                  lf_batch *out, lf_error *err) {
    map_decoder *d = (map_decoder *)(void *)p;
    for (uint32_t i = 0; i < d->n_in && d->outer_want; i++)
        d->want[i] = d->outer_want[d->place[i]];
    LF_TRY(d->plan->in->type->next(d->under, in, eof, used_out, step_out, out, err));
    if (*step_out != LF_BATCH_READY) return LF_OK;
    d->nested_used = 0;
    for (uint32_t i = 0; i < d->n_to; i++) {
        if (d->from[i] == ABSENT) {
            null_column(d, &d->now.fields[i], out->n_rows, &d->columns[i]);
        } else {
            d->columns[i] = out->columns[d->from[i]];
            d->now.fields[i].type = d->columns[i].type;
        }
    }
    out->columns = d->columns;
    out->n_columns = d->n_to;
    out->schema = d->plan->shaped ? &d->now : NULL;
    return put_rejects(d, out, err);
}

static void block_end(lf_decoder *p, lf_block_end *out) {
    map_decoder *d = (map_decoder *)(void *)p;
    const map_plan *m = d->plan;
    m->in->type->block_end(d->under, out);
    if (m->shaped) {
        lf_shape_reset(&d->shape, d->alloc);
        /* Short of memory: what was seen here is told by the batches' types. */
        const lf_rc rc = lf_map_shape(m->in, out->evidence, m->given, d->alloc, &d->shape, NULL);
        out->shape = rc == LF_OK ? &d->shape : NULL;
        out->evidence = NULL;
        return;
    }
    if (out->evidence == NULL) return;
    for (uint32_t i = 0; i < d->n_to; i++) {
        if (d->from[i] == ABSENT)
            lf_evidence_init(&d->out[i]);
        else
            d->out[i] = out->evidence[d->from[i]];
    }
    out->evidence = d->out;
}

const lf_decoder_type lf_map_decoder = {.name = "map",
                                        .sniff = sniff,
                                        .plan = no_plan,
                                        .explain = explain,
                                        .plan_destroy = plan_destroy,
                                        .guess = guess,
                                        .create = create,
                                        .begin = begin,
                                        .next = next,
                                        .block_end = block_end,
                                        .destroy = destroy};
