/* conformance/mini_decoder.h - a small decoder of JSON lines that announces what it finds as it
 * finds it, for tests of what flow and the encoders do with late changes. It takes only rows that
 * are well formed, without spaces or escapes.
 * Owns: decoders own their builders and schema. Threads: as core/decoder.h. Fails: LF_ENO_MEMORY.
 * Life: one test program, which sets head_lines before it makes a plan. */
#ifndef LF_MINI_DECODER_H
#define LF_MINI_DECODER_H
#include "core/decoder.h"
#include "flow/late_build.h"
#include "infer/json_text.h"
#include "infer/shape.h"
#include <stdlib.h>
#include <string.h>

#define VALUES_MAX 20000u

typedef struct value {
    char kind;            /* '{' '[' '"' or 'b': a bare scalar; 'n': null */
    lf_span text;         /* the whole of it; of strings without quotes */
    lf_span name;         /* of members */
    uint32_t first, next; /* child, sibling; 0: none */
} value;

typedef struct parser {
    value *v;
    uint32_t n;
    const uint8_t *p;
} parser;

static uint32_t parse(parser *ps) {
    uint32_t me = ps->n++, last = 0;
    value *v = &ps->v[me];
    const uint8_t *from = ps->p;
    *v = (value){0};
    if (*ps->p == '"') {
        ps->p++;
        while (*ps->p != '"')
            ps->p++;
        ps->p++;
        v->kind = '"';
        v->text = (lf_span){from + 1, (size_t)(ps->p - from) - 2};
        return me;
    }
    if (*ps->p == '{' || *ps->p == '[') {
        v->kind = (char)*ps->p++;
        while (*ps->p != '}' && *ps->p != ']') {
            lf_span name = {0};
            if (v->kind == '{') {
                uint32_t key = parse(ps);
                name = ps->v[key].text;
                ps->p++;
            }
            uint32_t child = parse(ps);
            ps->v[child].name = name;
            *(last ? &ps->v[last].next : &v->first) = child;
            last = child;
            if (*ps->p == ',') ps->p++;
        }
        ps->p++;
    } else {
        while (*ps->p != ',' && *ps->p != '}' && *ps->p != ']')
            ps->p++;
        v->kind = *from == 'n' ? 'n' : 'b';
    }
    v->text = (lf_span){from, (size_t)(ps->p - from)};
    return me;
}

static lf_rc show(lf_shape *s, const value *all, uint32_t at, const lf_alloc *a, lf_error *err) {
    const value *v = &all[at];
    lf_parse_ctx ctx;
    lf_parse_ctx_init(&ctx);
    ctx.n_null_words = 0;
    if (v->kind == 'n') return LF_OK;
    if (v->kind == 'b') {
        lf_evidence_add(lf_shape_scalar(s), v->text, false, &ctx);
        return LF_OK;
    }
    if (v->kind == '"') {
        lf_evidence e;
        lf_evidence_init(&e);
        lf_evidence_add(&e, v->text, true, &ctx);
        uint32_t moments = LF_K_DATE | LF_K_TIME | LF_K_TS_LOCAL | LF_K_TS_ZONED;
        if ((e.kinds & moments) == 0) e.kinds = LF_K_TEXT;
        lf_evidence_join(lf_shape_scalar(s), &e);
        return LF_OK;
    }
    if (v->kind == '[') {
        lf_shape *element = NULL;
        LF_TRY(lf_shape_element(s, a, &element, err));
        for (uint32_t c = v->first; c != 0 && element != NULL; c = all[c].next)
            LF_TRY(show(element, all, c, a, err));
        return LF_OK;
    }
    s->seen |= LF_SHAPE_OBJECT;
    uint32_t hint = 0;
    for (uint32_t c = v->first; c != 0; c = all[c].next, hint++) {
        uint32_t i = 0;
        LF_TRY(
            lf_shape_member(s, a, (const char *)all[c].name.data, all[c].name.len, hint, &i, err));
        if (lf_shape_is_text(s)) return LF_OK;
        LF_TRY(show(&s->children[i], all, c, a, err));
    }
    return LF_OK;
}

static uint32_t find(const value *all, uint32_t at, const char *name) {
    uint32_t found = 0;
    for (uint32_t c = all[at].first; c != 0; c = all[c].next)
        if (all[c].name.len == strlen(name) && memcmp(all[c].name.data, name, strlen(name)) == 0)
            found = c;
    return found;
}

static int by_name(const void *a, const void *b) {
    const value *x = *(const value *const *)a, *y = *(const value *const *)b;
    size_t n = x->name.len < y->name.len ? x->name.len : y->name.len;
    int c = memcmp(x->name.data, y->name.data, n);
    return c != 0 ? c : x->name.len < y->name.len ? -1 : x->name.len > y->name.len;
}

static lf_rc build(lf_late_node *to, const value *all, uint32_t at, lf_buf *text, lf_error *err) {
    const value *v = &all[at];
    lf_type t = to->field->type;
    if (at == 0 || v->kind == 'n') return lf_late_add_null(to, err);
    if (t.id == LF_T_STRING && t.unit == LF_TEXT_JSON) {
        lf_span raw = v->kind == '"' ? (lf_span){v->text.data - 1, v->text.len + 2} : v->text;
        lf_buf_clear(text);
        LF_TRY(lf_json_canonical(raw, text, err));
        return lf_late_add_text(to, (lf_span){text->data, text->len}, true, err);
    }
    if (v->kind == '"' || v->kind == 'b') return lf_late_add_text(to, v->text, v->kind == 'b', err);
    LF_TRY(lf_late_open(to, err));
    if (t.id == LF_T_STRUCT) {
        for (uint32_t i = 0; i < to->n_children; i++)
            LF_TRY(build(&to->children[i], all, find(all, at, to->children[i].field->name), text,
                         err));
        return LF_OK;
    }
    if (t.id == LF_T_LIST) {
        for (uint32_t c = v->first; c != 0; c = all[c].next)
            LF_TRY(build(&to->children[0], all, c, text, err));
        return LF_OK;
    }
    static _Thread_local const value *sorted[VALUES_MAX]; /* values of maps here are no maps */
    uint32_t n = 0;
    for (uint32_t c = v->first; c != 0; c = all[c].next)
        if (all[c].kind != 'n') sorted[n++] = &all[c];
    qsort(sorted, n, sizeof *sorted, by_name);
    for (uint32_t i = 0; i < n; i++) {
        LF_TRY(lf_late_add_text(&to->children[0], sorted[i]->name, false, err));
        uint32_t below = (uint32_t)(sorted[i] - all);
        LF_TRY(build(&to->children[1], all, below, text, err));
    }
    return LF_OK;
}

static const lf_decoder_type mini;

typedef struct mini_plan {
    lf_plan_base base;
    lf_schema schema;
    lf_shape shape;
    const lf_alloc *alloc;
    bool decimal;
} mini_plan;

struct lf_decoder {
    const mini_plan *plan;
    const lf_alloc *alloc;
    lf_shape shape;
    lf_schema schema;
    lf_block block;
    uint64_t pos, records;
    uint32_t turn; /* batches of several sizes */
    value *values;
    uint32_t lines[64];
    lf_late_node *columns;
    uint32_t n_columns;
    lf_column *out;
    lf_buf text, exc;
};

static uint32_t head_lines; /* what the plan looks at */

static lf_rc mini_plan_make(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **out,
                            lf_error *err) {
    const lf_alloc *a = o->alloc;
    mini_plan *p = lf_mem_zalloc(a, sizeof *p);
    value *values = lf_mem_alloc(a, VALUES_MAX * sizeof *values);
    lf_rc rc = LF_OK;
    (void)whole;
    *out = (lf_plan *)(void *)p;
    if (p == NULL || values == NULL) {
        lf_mem_free(a, p, sizeof *p);
        lf_mem_free(a, values, VALUES_MAX * sizeof *values);
        *out = NULL;
        return lf_fail_nomem(err, sizeof *p);
    }
    p->alloc = a;
    p->decimal = o->decimal;
    p->shape.seen = LF_SHAPE_ROOT;
    lf_schema_init(&p->schema, a);
    const uint8_t *at = head.data, *end = head.data + head.len;
    for (uint32_t i = 0; i < head_lines && at < end && rc == LF_OK; i++) {
        const uint8_t *nl = memchr(at, '\n', (size_t)(end - at));
        if (nl == NULL) break;
        parser ps = {values, 0, at};
        parse(&ps);
        rc = show(&p->shape, values, 0, a, err);
        at = nl + 1;
    }
    lf_mem_free(a, values, VALUES_MAX * sizeof *values);
    if (rc == LF_OK) rc = lf_shape_schema(&p->shape, p->decimal, &p->schema, err);
    p->base = (lf_plan_base){.type = &mini,
                             .schema = &p->schema,
                             .shape = &p->shape,
                             .body_line = 1,
                             .bytes_per_row = 50};
    return rc;
}

static void mini_plan_destroy(lf_plan *plan) {
    mini_plan *p = (mini_plan *)(void *)plan;
    if (p == NULL) return;
    lf_schema_reset(&p->schema);
    lf_shape_reset(&p->shape, p->alloc);
    lf_mem_free(p->alloc, p, sizeof *p);
}

static lf_rc mini_explain(const lf_plan *p, lf_buf *out, lf_error *err) {
    (void)p;
    return lf_buf_append(out, "lines\n", 6, err);
}

static lf_rc mini_guess(const lf_plan *p, lf_span head, bool eof, uint64_t near, bool *found,
                        uint64_t *start, lf_error *err) {
    (void)p, (void)eof, (void)err;
    const uint8_t *nl = memchr(head.data, '\n', head.len);
    *found = nl != NULL;
    if (nl != NULL) *start = near + (uint64_t)(nl - head.data);
    return LF_OK;
}

static void mini_destroy(lf_decoder *d) {
    if (d == NULL) return;
    for (uint32_t i = 0; d->columns != NULL && i < d->n_columns; i++)
        lf_late_node_destroy(&d->columns[i]);
    lf_mem_free(d->alloc, d->columns, d->n_columns * sizeof *d->columns + 1);
    lf_mem_free(d->alloc, d->out, d->n_columns * sizeof *d->out + 1);
    lf_mem_free(d->alloc, d->values, VALUES_MAX * sizeof *d->values);
    lf_schema_reset(&d->schema);
    lf_shape_reset(&d->shape, d->alloc);
    lf_buf_reset(&d->text);
    lf_buf_reset(&d->exc);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static lf_rc mini_create(const lf_plan *p, const lf_alloc *a, lf_decoder **out, lf_error *err) {
    lf_decoder *d = lf_mem_zalloc(a, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    d->plan = (const mini_plan *)(const void *)p;
    d->alloc = a;
    lf_schema_init(&d->schema, a);
    lf_buf_init(&d->text, a, 1u << 28);
    lf_buf_init(&d->exc, a, 1u << 28);
    d->values = lf_mem_alloc(a, VALUES_MAX * sizeof *d->values);
    if (d->values == NULL) {
        mini_destroy(d);
        return lf_fail_nomem(err, 1);
    }
    *out = d;
    return LF_OK;
}

/* Builders for the columns of now. */
static lf_rc make_columns(lf_decoder *d, lf_error *err) {
    static const lf_parse_ctx none;
    lf_parse_ctx ctxs[4000];
    for (uint32_t i = 0; d->columns != NULL && i < d->n_columns; i++)
        lf_late_node_destroy(&d->columns[i]);
    lf_mem_free(d->alloc, d->columns, d->n_columns * sizeof *d->columns + 1);
    lf_mem_free(d->alloc, d->out, d->n_columns * sizeof *d->out + 1);
    d->n_columns = d->schema.n_fields;
    d->columns = lf_mem_zalloc(d->alloc, d->n_columns * sizeof *d->columns + 1);
    d->out = lf_mem_zalloc(d->alloc, d->n_columns * sizeof *d->out + 1);
    if (d->columns == NULL || d->out == NULL) return lf_fail_nomem(err, 1);
    for (uint32_t i = 0; i < 4000; i++) {
        ctxs[i] = none;
        ctxs[i].date_format = LF_DF_YMD_DASH;
    }
    for (uint32_t i = 0; i < d->n_columns; i++)
        LF_TRY(
            lf_late_node_create(&d->columns[i], &d->schema.fields[i], d->alloc, NULL, ctxs, err));
    return LF_OK;
}

static lf_rc mini_begin(lf_decoder *d, const lf_block *b, lf_error *err) {
    d->block = *b;
    d->pos = b->start;
    d->records = 0;
    lf_shape_reset(&d->shape, d->alloc);
    LF_TRY(lf_shape_join(&d->shape, d->alloc, b->shape, err));
    LF_TRY(lf_schema_copy(&d->schema, b->schema, err));
    return make_columns(d, err);
}

/* Exceptions of a flat column at the top count rows. */
static lf_rc by_rows(lf_decoder *d, lf_column *c, uint32_t n, lf_error *err) {
    uint32_t value = 0;
    lf_exception e;
    if (c->n_exc == 0 || lf_type_is_nested(c->type)) return LF_OK;
    size_t from = d->exc.len, k = 0;
    for (uint32_t r = 0; r < n; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        if (k < c->n_exc && c->exc[k].row == value) {
            e = c->exc[k++];
            e.row = r;
            LF_TRY(lf_buf_append(&d->exc, &e, sizeof e, err));
        }
        value++;
    }
    c->exc = (const lf_exception *)(const void *)(d->exc.data + from);
    return LF_OK;
}

static lf_rc mini_next(lf_decoder *d, lf_span in, bool eof, size_t *used, lf_step *step,
                       lf_batch *out, lf_error *err) {
    uint32_t n = 0, most = 1 + d->turn++ * 7 % 61;
    parser ps = {d->values, 0, in.data};
    const uint8_t *end = in.data + in.len;
    *used = 0;
    *step = LF_NEED_INPUT;
    while (n < most && d->pos < d->block.end && ps.n < VALUES_MAX / 2) {
        const uint8_t *nl = memchr(ps.p, '\n', (size_t)(end - ps.p));
        if (nl == NULL) break;
        d->lines[n++] = ps.n;
        d->pos += (uint64_t)(nl + 1 - ps.p);
        parse(&ps);
        ps.p = nl + 1;
    }
    *used = (size_t)(ps.p - in.data);
    if (n == 0) {
        if (d->pos >= d->block.end || (eof && ps.p == end)) *step = LF_DONE;
        return LF_OK;
    }
    for (uint32_t i = 0; i < n; i++)
        LF_TRY(show(&d->shape, d->values, d->lines[i], d->alloc, err));
    lf_schema now;
    lf_schema_init(&now, d->alloc);
    LF_TRY(lf_shape_schema(&d->shape, d->plan->decimal, &now, err));
    out->widened = !lf_schema_equal(&now, &d->schema);
    if (out->widened) {
        lf_schema_reset(&d->schema);
        d->schema = now;
        LF_TRY(make_columns(d, err));
    } else {
        lf_schema_reset(&now);
    }
    lf_buf_clear(&d->exc);
    LF_TRY(lf_buf_reserve(&d->exc, d->n_columns * n * sizeof(lf_exception), err)); /* stays put */
    for (uint32_t c = 0; c < d->n_columns; c++) {
        lf_late_node *node = &d->columns[c];
        lf_late_clear(node);
        for (uint32_t i = 0; i < n; i++)
            LF_TRY(build(node, d->values, find(d->values, d->lines[i], d->schema.fields[c].name),
                         &d->text, err));
        LF_TRY(lf_late_finish(node, &d->out[c], err));
        LF_TRY(by_rows(d, &d->out[c], n, err));
    }
    d->records += n;
    out->n_rows = n;
    out->n_columns = d->n_columns;
    out->columns = d->out;
    out->schema = &d->schema;
    *step = LF_BATCH_READY;
    return LF_OK;
}

static void mini_block_end(lf_decoder *d, lf_block_end *out) {
    *out = (lf_block_end){
        .next_start = d->pos, .records = d->records, .newlines = d->records, .shape = &d->shape};
}

static const lf_decoder_type mini = {.name = "mini",
                                     .plan = mini_plan_make,
                                     .explain = mini_explain,
                                     .plan_destroy = mini_plan_destroy,
                                     .guess = mini_guess,
                                     .create = mini_create,
                                     .begin = mini_begin,
                                     .next = mini_next,
                                     .block_end = mini_block_end,
                                     .destroy = mini_destroy};

#endif
