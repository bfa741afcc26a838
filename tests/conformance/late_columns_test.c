/* Columns that come late, widen, or change their structure, at any depth, through the whole of flow
 * and the Parquet encoder: a small decoder of JSON lines that announces what it finds as it finds
 * it. What comes out must not depend on threads or block size, must be what a pass for the types
 * before gives, and must hold every value. */
#include "core/limits.h"
#include "decode/parquet/parquet_rows.h"
#include "encode/parquet/parquet_encode.h"
#include "flow/flow.h"
#include "flow/late.h"
#include "flow/late_build.h"
#include "infer/json_text.h"
#include "infer/shape.h"
#include "io/fault.h"
#include "io/io.h"
#include "lf_test.h"
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const lf_alloc *A;

/* ---- a decoder ---- */

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
    p->base = (lf_plan_base){
        .schema = &p->schema, .shape = &p->shape, .body_line = 1, .bytes_per_row = 50};
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

/* ---- conversions ---- */

typedef struct setup {
    uint32_t threads;
    lf_infer_mode infer;
    bool seekable;
    uint64_t group_bytes, limit;
    const lf_alloc *alloc;
    const char *in;
    lf_rc (*open)(void *ctx, lf_sink **out, lf_error *err);
} setup;

static lf_rc open_out(void *ctx, lf_sink **out, lf_error *err) {
    return lf_sink_open_file(ctx, true, lf_alloc_default(), out, err);
}

/* `text` NULL: that of file s->in. */
static lf_rc convert(const char *text, const setup *s, const char *path, lf_report *rep,
                     lf_error *err) {
    lf_source *src = NULL;
    const lf_alloc *a = s->alloc ? s->alloc : A;
    *rep = (lf_report){0};
    if (text == NULL)
        LF_TRY(lf_source_open(s->in, a, &src, err));
    else
        LF_TRY(lf_source_memory("lines", text, strlen(text), s->seekable, a, &src, err));
    lf_decode_opts d = {.struct_size = sizeof d, .alloc = a, .isa = lf_isa_best()};
    lf_encode_opts e = {.struct_size = sizeof e, .alloc = a, .isa = lf_isa_best()};
    lf_flow_spec spec = {.struct_size = sizeof spec,
                         .alloc = a,
                         .sources = &src,
                         .n_sources = 1,
                         .decoder = &mini,
                         .decode_opts = &d,
                         .encoder = &lf_parquet_encoder,
                         .encode_opts = &e,
                         .sink_open = s->open ? s->open : open_out,
                         .sink_ctx = (void *)path,
                         .max_bad_rows = UINT64_MAX,
                         .limit_rows = UINT64_MAX,
                         .infer = s->infer,
                         .threads = s->threads,
                         .memory_limit_bytes = s->limit,
                         .group_text_bytes = s->group_bytes};
    lf_rc rc = lf_flow_run(&spec, rep, err);
    lf_source_close(src);
    return rc;
}

static void report_free(lf_report *r) {
    for (size_t i = 0; i < r->n_warnings; i++)
        lf_mem_strfree(A, r->warnings[i]);
    lf_mem_free(A, r->warnings, r->n_warnings * sizeof *r->warnings);
    lf_mem_strfree(A, r->explain);
    *r = (lf_report){0};
}

static char *load(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *p = malloc(*n + 1);
    *n = fread(p, 1, *n, f);
    p[*n] = 0;
    fclose(f);
    return p;
}

/* ---- reading back ---- */

static lf_rc print(lf_buf *b, const lf_field *f, const lf_column *c, uint32_t r, lf_error *err) {
    char text[LF_PRINT_MAX];
    bool first = true;
    if (c->type.id == LF_T_NULL || !lf_column_is_valid(c, r))
        return lf_buf_append(b, "null", 4, err);
    switch (f->type.id) {
    case LF_T_STRING:
        return lf_buf_append(b, c->bytes + c->start[r], c->len[r], err);
    case LF_T_STRUCT:
        LF_TRY(lf_buf_append(b, "{", 1, err));
        for (uint32_t i = 0; i < f->n_children; i++) {
            if (!lf_column_is_valid(&c->children[i], r)) continue;
            LF_TRY(lf_buf_printf(b, err, "%s\"%s\":", first ? "" : ",", f->children[i].name));
            LF_TRY(print(b, &f->children[i], &c->children[i], r, err));
            first = false;
        }
        return lf_buf_append(b, "}", 1, err);
    case LF_T_LIST:
    case LF_T_MAP:
        LF_TRY(lf_buf_append(b, f->type.id == LF_T_LIST ? "[" : "{", 1, err));
        for (uint32_t i = c->offsets[r]; i < c->offsets[r + 1]; i++) {
            if (i > c->offsets[r]) LF_TRY(lf_buf_append(b, ",", 1, err));
            if (f->type.id == LF_T_MAP) {
                LF_TRY(lf_buf_append(b, "\"", 1, err));
                LF_TRY(print(b, &f->children[0], &c->children[0], i, err));
                LF_TRY(lf_buf_append(b, "\":", 2, err));
            }
            LF_TRY(
                print(b, &f->children[f->n_children - 1], &c->children[f->n_children - 1], i, err));
        }
        return lf_buf_append(b, f->type.id == LF_T_LIST ? "]" : "}", 1, err);
    default:
        break;
    }
    lf_form form = {.kind = f->type.id == LF_T_DECIMAL ? LF_FORM_TRIMMED : 0};
    uint32_t n = lf_print_value(f->type, lf_column_value(c, r), form, LF_DF_YMD_DASH, text);
    return lf_late_is_bare(f->type)
               ? lf_buf_append(b, text, n, err)
               : lf_json_put_string(b, (lf_span){(const uint8_t *)text, n}, err);
}

/* A value in a form that forgets quotes, which text of bare and quoted scalars does not know, and
 * midnights, which were dates. */
static void normal(lf_buf *out, const uint8_t *p, size_t n) {
    lf_error err = {0};
    lf_buf_clear(out);
    LF_CHECK(lf_json_canonical((lf_span){p, n}, out, &err) == LF_OK);
    size_t k = 0;
    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] != '"') out->data[k++] = out->data[i];
    out->len = k;
    static const char midnight[] = " 00:00:00";
    for (size_t i = 0; i + 9 <= out->len;) {
        if (memcmp(out->data + i, midnight, 9) != 0) {
            i++;
            continue;
        }
        memmove(out->data + i, out->data + i + 9, out->len - i - 9);
        out->len -= 9;
    }
}

static bool same_rows(const char *text, const char *path) {
    lf_error err = {0};
    lf_source *src = NULL;
    lf_parquet_reader *r = NULL;
    lf_parquet_rows *rows = NULL;
    lf_buf row, want, got;
    bool same = true;
    lf_buf_init(&row, A, 1u << 28);
    lf_buf_init(&want, A, 1u << 28);
    lf_buf_init(&got, A, 1u << 28);
    LF_CHECK(lf_source_open(path, A, &src, &err) == LF_OK);
    LF_CHECK(lf_parquet_open(src, NULL, &r, &err) == LF_OK);
    LF_CHECK(lf_parquet_rows_open(r, NULL, 0, 0, UINT32_MAX, &rows, &err) == LF_OK);
    if (rows == NULL) return false;
    const lf_schema *s = lf_parquet_schema(r);
    for (lf_batch b = {0}; same;) {
        same = lf_parquet_rows_next(rows, 1000, &b, &err) == LF_OK;
        if (!same || b.n_rows == 0) break;
        for (uint32_t i = 0; i < b.n_rows && same; i++) {
            const char *nl = strchr(text, '\n');
            lf_buf_clear(&row);
            LF_CHECK(lf_buf_append(&row, "{", 1, &err) == LF_OK);
            for (uint32_t c = 0; c < s->n_fields; c++) {
                LF_CHECK(lf_buf_printf(&row, &err, "%s\"%s\":", c ? "," : "", s->fields[c].name) ==
                         LF_OK);
                LF_CHECK(print(&row, &s->fields[c], &b.columns[c], i, &err) == LF_OK);
            }
            LF_CHECK(lf_buf_append(&row, "}", 1, &err) == LF_OK);
            if (nl == NULL) {
                same = false;
                break;
            }
            normal(&want, (const uint8_t *)text, (size_t)(nl - text));
            normal(&got, row.data, row.len);
            same = want.len == got.len && memcmp(want.data, got.data, got.len) == 0;
            if (!same)
                printf("  want %.*s\n  got  %.*s\n", (int)want.len, (char *)want.data, (int)got.len,
                       (char *)got.data);
            text = nl + 1;
        }
    }
    if (err.rc != LF_OK) printf("  %s\n", err.message);
    same = same && *text == 0;
    lf_parquet_rows_close(rows);
    lf_parquet_close(r);
    lf_source_close(src);
    lf_buf_reset(&row);
    lf_buf_reset(&want);
    lf_buf_reset(&got);
    return same;
}

#define STREAM_GROUP_BYTES 65536u /* the least that flow takes from users */

/* Converts in all the ways there are; the files must be the same bytes. */
static bool all_ways(const char *text, uint64_t group_bytes, bool check_rows) {
    static const setup ways[] = {{1, LF_INFER_FULL, true, 0, 0, NULL, NULL, NULL},
                                 {1, LF_INFER_AUTO, true, 0, 0, NULL, NULL, NULL},
                                 {2, LF_INFER_AUTO, true, 0, 0, NULL, NULL, NULL},
                                 {7, LF_INFER_AUTO, true, 0, 0, NULL, NULL, NULL},
                                 {1, LF_INFER_AUTO, false, 0, 0, NULL, NULL, NULL},
                                 {3, LF_INFER_AUTO, false, 0, 0, NULL, NULL, NULL}};
    char path[64], *first = NULL;
    size_t n_first = 0;
    bool good = true;
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    for (size_t i = 0; i < sizeof ways / sizeof *ways && good; i++) {
        setup s = ways[i];
        lf_report rep;
        lf_error err = {0};
        s.group_bytes = group_bytes;
        if (!s.seekable && group_bytes < STREAM_GROUP_BYTES) continue;
        lf_rc rc = convert(text, &s, path, &rep, &err);
        report_free(&rep);
        good = rc == LF_OK;
        if (!good) printf("  way %zu: %s\n", i, err.message);
        size_t n = 0;
        char *bytes = good ? load(path, &n) : NULL;
        if (i == 0) {
            first = bytes;
            n_first = n;
            if (good && check_rows) good = same_rows(text, path);
            continue;
        }
        if (good && (n != n_first || memcmp(bytes, first, n) != 0)) {
            printf("  way %zu gives another file\n", i);
            good = false;
            same_rows(text, path);
        }
        free(bytes);
    }
    free(first);
    if (good) remove(path);
    return good;
}

/* ---- tests ---- */

static void put(char **p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(char **p, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    *p += vsprintf(*p, fmt, ap);
    va_end(ap);
}

#define TEXT_MAX (8u << 20)
static char *text;

static void rows_then(const char *before, int n, const char *after, int m) {
    char *p = text;
    for (int i = 0; i < n; i++)
        put(&p, "%s\n", before);
    for (int i = 0; i < m; i++)
        put(&p, "%s\n", after);
}

static void what_comes_late_is_as_if_it_had_been_known(void) {
    static const char *const cases[][2] = {
        {"{\"a\":1}", "{\"a\":1,\"b\":2}"},
        {"{\"a\":1}", "{\"b\":{\"c\":[1,{\"d\":2}]}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2,\"c\":\"x\"}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2.5}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":\"text\"}}"},
        {"{\"a\":{\"b\":1.5}}", "{\"a\":{\"b\":12345678901234567890123}}"},
        {"{\"a\":{\"d\":\"2026-01-02\"}}", "{\"a\":{\"d\":\"2026-01-02 10:11:12\"}}"},
        {"{\"a\":[1,2,null]}", "{\"a\":[1.25]}"},
        {"{\"a\":[]}", "{\"a\":[{\"x\":1}]}"},
        {"{\"a\":[null]}", "{\"a\":[[1],[]]}"},
        {"{\"a\":null}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":null}", "{\"a\":[1]}"},
        {"{\"a\":{}}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":{}}", "{\"a\":null}"},
        {"{\"a\":[{\"x\":1},{\"x\":2}]}", "{\"a\":[{\"x\":1,\"y\":[1]}]}"},
        {"{\"a\":[{\"x\":[1,2]},null,{}]}", "{\"a\":[{\"x\":[2],\"y\":1}]}"},
        {"{\"a\":1}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":\"s\"}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":{\"b\":1,\"a\":\"t\"}}", "{\"a\":5}"},
        {"{\"a\":[1,2]}", "{\"a\":\"x\"}"},
        {"{\"a\":[{\"b\":true}]}", "{\"a\":[1]}"},
        {"{\"x\":{\"a\":[{\"b\":[1]}],\"z\":\"2026-01-02\"}}", "{\"x\":{\"a\":[{\"b\":7}]}}"},
        {"{}", "{\"a\":1}"},
    };
    head_lines = 3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int way = 0; way < 2; way++) {
            rows_then(cases[i][0], 300, cases[i][1], 40);
            bool good = all_ways(text, way ? STREAM_GROUP_BYTES : 2000, true);
            LF_CHECK(good);
            if (!good) printf("  case %zu: %s then %s\n", i, cases[i][0], cases[i][1]);
        }
    }
}

static void spellings_come_back_as_they_were(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 400; i++)
        put(&p, "{\"a\":{\"f\":%d.%d0,\"l\":[%d,1.50,1e5],\"i\":%d}}\n", i, i % 10, i, i);
    for (int i = 0; i < 30; i++)
        put(&p, "{\"a\":{\"f\":\"x\",\"l\":[\"y\"],\"i\":{\"deep\":1.0}}}\n");
    LF_CHECK(all_ways(text, 3000, true));
    for (int i = 0; i < 3; i++)
        put(&p, "{\"a\":7}\n");
    LF_CHECK(all_ways(text, 3000, true));
    LF_CHECK(all_ways(text, STREAM_GROUP_BYTES, true));
}

static void bare_and_quoted_scalars_are_told_apart(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 200; i++)
        put(&p, "{\"a\":%d,\"b\":[%d]}\n", i, i);
    for (int i = 0; i < 200; i++)
        put(&p, i % 3 ? "{\"a\":\"%d\",\"b\":[\"q%d\",1]}\n" : "{\"a\":%d,\"b\":[true,%d]}\n", i,
            i);
    for (int i = 0; i < 20; i++)
        put(&p, "{\"a\":{\"k\":%d},\"b\":[[]]}\n", i);
    LF_CHECK(all_ways(text, 1500, true));
    LF_CHECK(all_ways(text, STREAM_GROUP_BYTES, true));
}

static void too_many_keys_become_a_map(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 1500; i++)
        put(&p, "{\"m\":{\"k%d\":%d,\"z\":null},\"l\":[{\"k%d\":[\"x%d\"]}]}\n", i, i, i, i % 9);
    for (int i = 0; i < 50; i++)
        put(&p, "{\"m\":{\"k%d\":%d.5,\"b\":1,\"a\":2}}\n", i, i);
    LF_CHECK(all_ways(text, 4000, true));
    LF_CHECK(all_ways(text, STREAM_GROUP_BYTES, true));
}

static void the_report_says_what_changed_and_where(void) {
    static const char *const told[] = {
        "column 'a.b' changed from int64 to string at row 301; no row was lost",
        "column 'l[].x' changed from int64 to double at row 352; no row was lost",
        "column 'm' changed from struct to json at row 402; no row was lost",
        "2 columns came after the head: 'a.c' (row 311), 'd' (row 333); null in the rows before"};
    char path[64], *p = text;
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    head_lines = 5;
    for (int i = 1; i <= 500; i++) {
        put(&p, i < 301 ? "{\"a\":{\"b\":%d" : "{\"a\":{\"b\":\"%dx\"", i);
        put(&p, i == 311 ? ",\"c\":1}" : "}");
        put(&p, i == 352 ? ",\"l\":[{\"x\":1},{\"x\":2.5}]" : ",\"l\":[{\"x\":7}]");
        put(&p, i == 402 ? ",\"m\":3" : ",\"m\":{\"k\":3}");
        put(&p, i == 333 ? ",\"d\":[true]}\n" : "}\n");
    }
    for (uint32_t threads = 1; threads < 8; threads += 3) {
        lf_report rep;
        lf_error err = {0};
        setup s = {.threads = threads, .seekable = true, .group_bytes = 5000};
        LF_CHECK(convert(text, &s, path, &rep, &err) == LF_OK);
        LF_CHECK_EQ_U64(rep.late_changes, 3);
        for (size_t t = 0; t < sizeof told / sizeof *told; t++) {
            bool found = false;
            for (size_t i = 0; i < rep.n_warnings; i++)
                found |= strcmp(rep.warnings[i], told[t]) == 0;
            LF_CHECK(found);
            for (size_t i = 0; i < rep.n_warnings && !found; i++)
                printf("  %s\n", rep.warnings[i]);
        }
        report_free(&rep);
    }
    remove(path);
}

/* ---- failures ---- */

/* Everything that late changes do, in a few rows. */
static void small_mixture(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 60; i++)
        put(&p, "{\"a\":{\"b\":%d,\"l\":[{\"x\":%d.50}]},\"t\":%d,\"n\":null}\n", i, i, i);
    for (int i = 0; i < 60; i++)
        put(&p, "{\"a\":{\"b\":\"w%d\",\"c\":[1],\"l\":[{\"y\":1}]},\"n\":{\"k\":[%d]}}\n", i, i);
    for (int i = 0; i < 20; i++)
        put(&p, "{\"a\":{\"l\":[[%d]]},\"t\":{\"o\":1},\"late\":\"2026-01-02\"}\n", i);
}

static void every_nth_allocation_fails_cleanly(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    small_mixture();
    uint64_t n = 0;
    for (bool done = false; !done; n += 1 + n / 200) {
        lf_fault_alloc f;
        lf_report rep;
        lf_error err = {0};
        lf_fault_alloc_init(&f, A, n + 1);
        setup s = {.threads = 1, .seekable = true, .group_bytes = 2000, .alloc = &f.alloc};
        lf_rc rc = convert(text, &s, path, &rep, &err);
        done = f.fault.calls <= n;
        const lf_alloc *keep = A;
        A = &f.alloc;
        report_free(&rep);
        A = keep;
        LF_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY); /* some can be done without */
        if (done) LF_CHECK(rc == LF_OK);
        LF_CHECK_EQ_I64(f.live_bytes, 0);
        if (lf_test_bad) {
            printf("  allocation %d: %s\n", (int)n, err.message);
            break;
        }
    }
    LF_CHECK(n > 300);
    remove(path);
}

static unsigned fault_ops;
static uint64_t fault_at;

static lf_rc open_fault(void *ctx, lf_sink **out, lf_error *err) {
    lf_sink *inner = NULL;
    LF_TRY(lf_sink_open_file(ctx, true, A, &inner, err));
    return lf_fault_sink(inner, fault_ops, fault_at, out, err);
}

static void every_nth_read_and_write_fails_cleanly(void) {
    static const lf_fault_ops kinds[] = {LF_FAULT_WRITE, LF_FAULT_READ, LF_FAULT_COMMIT};
    char path[64];
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    small_mixture();
    remove(path);
    for (size_t k = 0; k < 3; k++) {
        fault_ops = kinds[k];
        bool done = false;
        for (fault_at = 1; !done && fault_at < 1000; fault_at++) {
            lf_report rep;
            lf_error err = {0};
            setup s = {.threads = 2, .seekable = true, .group_bytes = 2000, .open = open_fault};
            done = convert(text, &s, path, &rep, &err) == LF_OK;
            report_free(&rep);
            LF_CHECK(done == (access(path, F_OK) == 0));
        }
        LF_CHECK(done && fault_at > 2);
        remove(path);
    }
}

/* ---- random tables ---- */

static uint64_t seed;
static uint32_t rnd(uint32_t n) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

/* `late`: 0..9, how much of what exists may show. */
static void random_value(char **p, uint32_t depth, uint32_t late, uint32_t place) {
    uint32_t kind = (place * 7 + depth * 3) % 11, turn = rnd(200);
    if (turn < 30) {
        put(p, "null");
        return;
    }
    if (late > 6 && turn > 190) kind = rnd(11); /* another kind than usual */
    if (depth > 3 && kind > 6) kind = place % 7;
    if (kind < 2) {
        put(p, "%d", (int)rnd(50));
    } else if (kind == 2) {
        put(p, late > 4 ? "%d.%d" : "%d", (int)rnd(100), 1 + (int)rnd(9));
    } else if (kind == 3) {
        put(p, late > 5 ? "\"t%d\"" : "%d", (int)rnd(100));
    } else if (kind == 4) {
        put(p, "\"w%d\"", (int)rnd(30));
    } else if (kind == 5) {
        put(p, late > 3 ? "\"2026-03-%02d 10:00:%02d\"" : "\"2026-03-%02d\"", 1 + (int)rnd(28),
            (int)rnd(60));
    } else if (kind == 6) {
        put(p, rnd(2) ? "true" : "false");
    } else if (kind < 9) {
        put(p, "[");
        for (uint32_t i = 0, n = rnd(4); i < n; i++) {
            if (i) put(p, ",");
            random_value(p, depth + 1, late, place * 5 + 1);
        }
        put(p, "]");
    } else {
        bool more = false;
        put(p, "{");
        for (uint32_t i = 0; i < 2 + late / 2; i++) {
            if (rnd(3) == 0) continue;
            put(p, "%s\"%c\":", more ? "," : "", 'a' + (int)i);
            random_value(p, depth + 1, late, place * 6 + i);
            more = true;
        }
        put(p, "}");
    }
}

static void random_rows(uint32_t rows) {
    char *p = text;
    for (uint32_t r = 0; r < rows && p < text + TEXT_MAX - (1u << 16); r++) {
        uint32_t late = r * 10 / rows;
        bool more = false;
        put(&p, "{");
        for (uint32_t i = 0; i < 3 + late / 2; i++) {
            if (rnd(4) == 0) continue;
            put(&p, "%s\"%c\":", more ? "," : "", 'A' + (int)i);
            random_value(&p, 0, late, i + (uint32_t)(seed >> 60));
            more = true;
        }
        put(&p, "}\n");
    }
}

static void random_tables_are_the_same_in_all_ways(void) {
    for (uint32_t round = 0; round < 60; round++) {
        seed = round * 77 + 5;
        head_lines = 1 + rnd(20);
        bool large = round % 4 == 0;
        random_rows(large ? 2000 + rnd(4000) : 50 + rnd(700));
        bool good = all_ways(text, large ? STREAM_GROUP_BYTES : 500 + rnd(30000), true);
        LF_CHECK(good);
        if (!good) printf("  round %u\n", round);
    }
}

int main(int argc, char **argv) {
    A = lf_alloc_default();
    text = malloc(TEXT_MAX);
    if (argc > 3) { /* IN OUT THREADS [full|auto [MIB]]: converts, for a look from outside */
        lf_report rep;
        lf_error err = {0};
        setup s = {.threads = (uint32_t)atoi(argv[3]), .in = argv[1]};
        s.infer = argc > 4 && strcmp(argv[4], "full") == 0 ? LF_INFER_FULL : LF_INFER_AUTO;
        s.limit = argc > 5 ? (uint64_t)atoi(argv[5]) * LF_MIB : 0;
        head_lines = 100;
        lf_rc rc = convert(NULL, &s, argv[2], &rep, &err);
        for (size_t i = 0; i < rep.n_warnings; i++)
            printf("%s\n", rep.warnings[i]);
        if (rc != LF_OK) printf("%s\n", err.message);
        return rc != LF_OK;
    }
    LF_RUN(what_comes_late_is_as_if_it_had_been_known);
    LF_RUN(spellings_come_back_as_they_were);
    LF_RUN(bare_and_quoted_scalars_are_told_apart);
    LF_RUN(too_many_keys_become_a_map);
    LF_RUN(the_report_says_what_changed_and_where);
    LF_RUN(every_nth_allocation_fails_cleanly);
    LF_RUN(every_nth_read_and_write_fails_cleanly);
    LF_RUN(random_tables_are_the_same_in_all_ways);
    free(text);
    LF_TEST_MAIN_END;
}
