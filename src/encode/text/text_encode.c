/* A group is the text of its rows; in its turn it gets its place behind the one before. */
#include "encode/text/text_encode.h"
#include "encode/text/text_internal.h"
#include <string.h>

struct lf_encoder {
    const lf_alloc *alloc;
    lf_sink *sink;
    text_style style;
    lf_schema schema;
    text_keys keys; /* jsonl */
    uint64_t size, rows, groups;
};

struct lf_group {
    lf_encoder *e;
    lf_buf text, cell;
    uint64_t rows, offset;
};

static lf_rc csv_check(const lf_encode_opts *o, lf_error *err) {
    text_style t;
    return lf_text_style_read(o, false, &t, err);
}

static lf_rc jsonl_check(const lf_encode_opts *o, lf_error *err) {
    text_style t;
    return lf_text_style_read(o, true, &t, err);
}

/* Names repeat in each object; quotes and grown buffers. */
static uint64_t text_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled) {
    (void)s;
    (void)spilled;
    return 6 * o->group_text_bytes;
}

static void text_close(lf_encoder *e) {
    if (e == NULL) return;
    lf_mem_free(e->alloc, e->keys.ends, (e->schema.n_fields + 1ull) * sizeof *e->keys.ends);
    lf_buf_reset(&e->keys.bytes);
    lf_schema_reset(&e->schema);
    lf_mem_free(e->alloc, e, sizeof *e);
}

static lf_rc make_keys(lf_encoder *e, lf_error *err) {
    text_keys *k = &e->keys;
    const size_t bytes = (e->schema.n_fields + 1ull) * sizeof *k->ends;
    k->ends = lf_mem_zalloc(e->alloc, bytes);
    if (k->ends == NULL) return lf_fail_nomem(err, bytes);
    for (uint32_t i = 0; i < e->schema.n_fields; i++) {
        const char *name = e->schema.fields[i].name;
        if (i > 0) LF_TRY(lf_buf_append(&k->bytes, ",", 1, err));
        LF_TRY(lf_buf_append_json(&k->bytes, name, strlen(name), err));
        LF_TRY(lf_buf_append(&k->bytes, ":", 1, err));
        k->ends[i] = (uint32_t)k->bytes.len;
    }
    return LF_OK;
}

static lf_rc write_header(lf_encoder *e, lf_error *err) {
    lf_buf line;
    lf_buf_init(&line, e->alloc, SIZE_MAX / 2);
    lf_rc rc = lf_text_header(&e->style, &e->schema, &line, err);
    if (rc == LF_OK && line.len > 0)
        rc = e->sink->type->write_at(e->sink, 0, line.data, line.len, err);
    e->size = line.len;
    lf_buf_reset(&line);
    return rc;
}

static lf_rc text_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink, bool jsonl,
                       lf_encoder **out, lf_error *err) {
    const lf_alloc *a = o->alloc ? o->alloc : lf_alloc_default();
    lf_encoder *e = lf_mem_zalloc(a, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    e->alloc = a;
    e->sink = sink;
    lf_schema_init(&e->schema, a);
    lf_buf_init(&e->keys.bytes, a, UINT32_MAX);
    lf_rc rc = lf_text_style_read(o, jsonl, &e->style, err);
    if (rc == LF_OK) rc = lf_schema_copy(&e->schema, s, err);
    if (rc == LF_OK) rc = make_keys(e, err);
    if (rc == LF_OK) rc = write_header(e, err);
    if (rc == LF_OK)
        *out = e;
    else
        text_close(e);
    return rc;
}

static lf_rc csv_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink, lf_encoder **out,
                      lf_error *err) {
    return text_open(o, s, sink, false, out, err);
}

static lf_rc jsonl_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink,
                        lf_encoder **out, lf_error *err) {
    return text_open(o, s, sink, true, out, err);
}

static lf_rc text_group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err) {
    (void)spill;
    lf_group *g = lf_mem_zalloc(e->alloc, sizeof *g);
    if (g == NULL) return lf_fail_nomem(err, sizeof *g);
    g->e = e;
    lf_buf_init(&g->text, e->alloc, SIZE_MAX / 2);
    lf_buf_init(&g->cell, e->alloc, SIZE_MAX / 2);
    *out = g;
    return LF_OK;
}

static lf_rc text_group_begin(lf_group *g, const lf_type *types, lf_error *err) {
    (void)types;
    (void)err;
    lf_buf_clear(&g->text);
    g->rows = 0;
    return LF_OK;
}

static lf_rc text_group_write(lf_group *g, const lf_batch *b, lf_error *err) {
    const lf_encoder *e = g->e;
    g->rows += b->n_rows;
    if (e->style.jsonl) return lf_text_json_rows(&e->keys, &e->schema, b, &g->text, err);
    return lf_text_csv_rows(&e->style, &e->schema, b, &g->cell, &g->text, err);
}

static lf_rc text_group_seal(lf_group *g, lf_error *err) {
    (void)g;
    (void)err;
    return LF_OK;
}

static uint64_t text_group_bytes(const lf_group *g) {
    return g->text.len;
}

static lf_rc text_group_commit(lf_group *g, lf_error *err) {
    (void)err;
    lf_encoder *e = g->e;
    g->offset = e->size;
    e->size += g->text.len;
    e->rows += g->rows;
    e->groups++;
    return LF_OK;
}

static lf_rc text_group_store(lf_group *g, lf_error *err) {
    if (g->text.len == 0) return LF_OK;
    return g->e->sink->type->write_at(g->e->sink, g->offset, g->text.data, g->text.len, err);
}

static void text_group_destroy(lf_group *g) {
    if (g == NULL) return;
    lf_buf_reset(&g->text);
    lf_buf_reset(&g->cell);
    lf_mem_free(g->e->alloc, g, sizeof *g);
}

static lf_rc text_finish(lf_encoder *e, const lf_type *types, const lf_option *kv, size_t n_kv,
                         lf_encode_stats *stats_out, lf_error *err) {
    (void)types, (void)kv, (void)n_kv, (void)err;
    if (stats_out != NULL)
        *stats_out = (lf_encode_stats){.rows = e->rows, .row_groups = e->groups, .bytes = e->size};
    return LF_OK;
}

static const char *const csv_suffixes[] = {".csv", ".tsv", NULL};
static const char *const jsonl_suffixes[] = {".jsonl", ".ndjson", NULL};

const lf_encoder_type lf_csv_encoder = {
    .name = "csv",
    .suffixes = csv_suffixes,
    .flags = LF_ENCODER_TYPES_FIRST | LF_ENCODER_NO_LAYOUT,
    .check = csv_check,
    .worker_bytes = text_worker_bytes,
    .open = csv_open,
    .group_create = text_group_create,
    .group_begin = text_group_begin,
    .group_write = text_group_write,
    .group_seal = text_group_seal,
    .group_bytes = text_group_bytes,
    .group_commit = text_group_commit,
    .group_store = text_group_store,
    .group_destroy = text_group_destroy,
    .finish = text_finish,
    .close = text_close,
};

const lf_encoder_type lf_jsonl_encoder = {
    .name = "jsonl",
    .suffixes = jsonl_suffixes,
    .flags = LF_ENCODER_TYPES_FIRST | LF_ENCODER_NO_LAYOUT,
    .check = jsonl_check,
    .worker_bytes = text_worker_bytes,
    .open = jsonl_open,
    .group_create = text_group_create,
    .group_begin = text_group_begin,
    .group_write = text_group_write,
    .group_seal = text_group_seal,
    .group_bytes = text_group_bytes,
    .group_commit = text_group_commit,
    .group_store = text_group_store,
    .group_destroy = text_group_destroy,
    .finish = text_finish,
    .close = text_close,
};
