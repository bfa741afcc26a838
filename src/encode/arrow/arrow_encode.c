/* A group is built as columns, and becomes one message when it is sealed:
 *
 *   0xFFFFFFFF, size | RecordBatch: nodes, buffers | body: validity, offsets, data, ... of column
 *   after column, parents before children, each from a multiple of 8 bytes on
 *
 * Its place in the file is known in its turn; the footer lists the places. */
#include "encode/arrow/arrow_encode.h"
#include "format/arrow/arrow_build.h"
#include "format/arrow/arrow_codec.h"
#include "format/arrow/arrow_meta.h"
#include <string.h>

#define ALIGN 8u

struct lf_encoder {
    const lf_alloc *alloc;
    lf_sink *sink;
    bool file; /* else a stream */
    lf_codec codec;
    int level;
    size_t buffer_bytes; /* what a compressor is made for */
    lf_schema schema;
    lf_flat flat;
    uint64_t size, rows;
    lf_buf blocks; /* of lf_arrow_block: one a group */
};

struct lf_group {
    lf_encoder *e;
    lf_arrow_build build;
    lf_arrow_codec codec;
    lf_flat flat;
    lf_buf nodes, buffers, head, body; /* of the message */
    uint64_t rows, offset;
};

static const char *option_of(const lf_encode_opts *o, const char *name) {
    const char *v = NULL;
    for (size_t i = 0; i < o->n_options; i++) {
        if (strcmp(o->options[i].name, name) == 0) v = o->options[i].value;
    }
    return v;
}

static lf_rc arrow_check(const lf_encode_opts *o, lf_error *err) {
    lf_codec codec;
    int level;
    return lf_arrow_codec_parse(option_of(o, "compression"), &codec, &level, err);
}

/* Columns are up to twice their text; a message is made of a copy of them. */
static uint64_t arrow_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled) {
    lf_codec codec = LF_CODEC_NONE;
    int level = 0;
    (void)spilled;
    if (lf_arrow_codec_parse(option_of(o, "compression"), &codec, &level, NULL) != LF_OK)
        codec = LF_CODEC_NONE; /* refused by check */
    return 5 * o->group_text_bytes + s->n_fields * 4096ull +
           lf_compressor_memory_bytes(codec, level, (size_t)o->group_text_bytes);
}

/* ---- the file ---- */

static lf_rc put(lf_encoder *e, const void *p, size_t n, lf_error *err) {
    LF_TRY(e->sink->type->write_at(e->sink, e->size, p, n, err));
    e->size += n;
    return LF_OK;
}

static lf_rc put_head(lf_buf *out, lf_span meta, lf_error *err) {
    const uint32_t marks[2] = {UINT32_MAX, (uint32_t)meta.len};
    LF_TRY(lf_buf_append(out, marks, sizeof marks, err));
    return lf_buf_append(out, meta.data, meta.len, err);
}

static lf_rc write_schema(lf_encoder *e, lf_error *err) {
    static const char magic[8] = LF_ARROW_MAGIC;
    lf_span meta;
    lf_buf b;
    lf_buf_init(&b, e->alloc, SIZE_MAX / 2);
    lf_rc rc = lf_arrow_schema_message(&e->flat, &e->schema, &meta, err);
    if (rc == LF_OK && e->file) rc = lf_buf_append(&b, magic, sizeof magic, err);
    if (rc == LF_OK) rc = put_head(&b, meta, err);
    if (rc == LF_OK) rc = put(e, b.data, b.len, err);
    lf_buf_reset(&b);
    return rc;
}

static void arrow_close(lf_encoder *e) {
    if (e == NULL) return;
    lf_schema_reset(&e->schema);
    lf_flat_reset(&e->flat);
    lf_buf_reset(&e->blocks);
    lf_mem_free(e->alloc, e, sizeof *e);
}

static lf_rc open_as(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink, bool file,
                     lf_encoder **out, lf_error *err) {
    const lf_alloc *a = o->alloc ? o->alloc : lf_alloc_default();
    lf_encoder *e = lf_mem_zalloc(a, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    e->alloc = a;
    e->sink = sink;
    e->file = file;
    e->buffer_bytes = (size_t)o->group_text_bytes;
    lf_schema_init(&e->schema, a);
    lf_flat_init(&e->flat, a);
    lf_buf_init(&e->blocks, a, SIZE_MAX / 2);
    lf_rc rc = lf_arrow_codec_parse(option_of(o, "compression"), &e->codec, &e->level, err);
    if (rc == LF_OK) rc = lf_schema_copy(&e->schema, s, err);
    if (rc == LF_OK) rc = write_schema(e, err);
    if (rc == LF_OK)
        *out = e;
    else
        arrow_close(e);
    return rc;
}

static lf_rc arrow_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink,
                        lf_encoder **out, lf_error *err) {
    return open_as(o, s, sink, true, out, err);
}

static lf_rc arrows_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink,
                         lf_encoder **out, lf_error *err) {
    return open_as(o, s, sink, false, out, err);
}

static lf_rc write_footer(lf_encoder *e, const lf_option *kv, size_t n_kv, lf_error *err) {
    lf_span meta;
    LF_TRY(lf_arrow_footer(&e->flat, &e->schema, (const lf_arrow_block *)(void *)e->blocks.data,
                           e->blocks.len / sizeof(lf_arrow_block), kv, n_kv, &meta, err));
    const uint32_t size = (uint32_t)meta.len;
    LF_TRY(put(e, meta.data, meta.len, err));
    LF_TRY(put(e, &size, 4, err));
    return put(e, LF_ARROW_MAGIC, LF_ARROW_MAGIC_BYTES, err);
}

static lf_rc arrow_finish(lf_encoder *e, const lf_type *types, const lf_option *kv, size_t n_kv,
                          lf_encode_stats *stats_out, lf_error *err) {
    static const uint32_t end[2] = {UINT32_MAX, 0};
    (void)types;
    LF_TRY(put(e, end, sizeof end, err));
    if (e->file) LF_TRY(write_footer(e, kv, n_kv, err));
    if (stats_out != NULL)
        *stats_out = (lf_encode_stats){.rows = e->rows,
                                       .row_groups = e->blocks.len / sizeof(lf_arrow_block),
                                       .bytes = e->size};
    return LF_OK;
}

/* ---- groups ---- */

static void group_destroy(lf_group *g) {
    if (g == NULL) return;
    lf_arrow_build_reset(&g->build);
    lf_arrow_codec_reset(&g->codec);
    lf_flat_reset(&g->flat);
    lf_buf_reset(&g->nodes);
    lf_buf_reset(&g->buffers);
    lf_buf_reset(&g->head);
    lf_buf_reset(&g->body);
    lf_mem_free(g->e->alloc, g, sizeof *g);
}

static lf_rc group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err) {
    (void)spill;
    lf_group *g = lf_mem_zalloc(e->alloc, sizeof *g);
    if (g == NULL) return lf_fail_nomem(err, sizeof *g);
    g->e = e;
    lf_flat_init(&g->flat, e->alloc);
    lf_buf_init(&g->nodes, e->alloc, SIZE_MAX / 2);
    lf_buf_init(&g->buffers, e->alloc, SIZE_MAX / 2);
    lf_buf_init(&g->head, e->alloc, SIZE_MAX / 2);
    lf_buf_init(&g->body, e->alloc, SIZE_MAX / 2);
    lf_rc rc = lf_arrow_build_init(&g->build, e->alloc, &e->schema, err);
    if (rc == LF_OK)
        rc = lf_arrow_codec_init(&g->codec, e->alloc, e->codec, e->level, e->buffer_bytes, err);
    if (rc == LF_OK)
        *out = g;
    else
        group_destroy(g);
    return rc;
}

static void group_clear(lf_group *g) {
    lf_arrow_build_clear(&g->build);
    lf_buf_clear(&g->nodes);
    lf_buf_clear(&g->buffers);
    lf_buf_clear(&g->head);
    lf_buf_clear(&g->body);
    g->rows = 0;
}

static lf_rc group_begin(lf_group *g, const lf_type *types, lf_error *err) {
    (void)types;
    (void)err;
    group_clear(g);
    return LF_OK;
}

static lf_rc group_write(lf_group *g, const lf_batch *b, lf_error *err) {
    g->rows += b->n_rows;
    return lf_arrow_build_add(&g->build, b, err);
}

static lf_rc add_buffer(lf_group *g, const void *p, size_t n, lf_error *err) {
    static const uint8_t zeros[ALIGN] = {0};
    lf_buf *body = &g->body;
    lf_arrow_buffer at = {.offset = (int64_t)body->len};
    LF_TRY(lf_arrow_codec_run(&g->codec, (lf_span){p, n}, body, err));
    at.length = (int64_t)body->len - at.offset;
    LF_TRY(lf_buf_append(body, zeros, (ALIGN - body->len % ALIGN) % ALIGN, err));
    return lf_buf_append(&g->buffers, &at, sizeof at, err);
}

static lf_rc add_node(lf_group *g, uint64_t rows, uint64_t nulls, const lf_arrow_bytes *validity,
                      lf_error *err) {
    const lf_arrow_node node = {(int64_t)rows, (int64_t)nulls};
    LF_TRY(lf_buf_append(&g->nodes, &node, sizeof node, err));
    return add_buffer(g, nulls > 0 ? validity->p : NULL, nulls > 0 ? validity->len : 0, err);
}

/* An array of no rows has one offset too. */
static lf_rc add_offsets(lf_group *g, const lf_arrow_column *c, lf_error *err) {
    static const uint32_t zero = 0;
    const bool none = c->offsets.len == 0;
    return add_buffer(g, none ? (const void *)&zero : c->offsets.p, none ? 4 : c->offsets.len, err);
}

static lf_rc add_column(lf_group *g, const lf_arrow_column *c, lf_error *err) {
    const uint8_t id = c->type.id;
    LF_TRY(add_node(g, c->rows, c->nulls, &c->validity, err));
    if (id == LF_T_STRING || id == LF_T_NULL || id == LF_T_LIST || id == LF_T_MAP)
        LF_TRY(add_offsets(g, c, err));
    if (!lf_type_is_nested(c->type)) return add_buffer(g, c->data.p, c->data.len, err);
    if (id == LF_T_MAP) LF_TRY(add_node(g, c->children[0].rows, 0, NULL, err));
    for (uint32_t i = 0; i < c->n_children; i++) {
        LF_TRY(add_column(g, &c->children[i], err));
    }
    return LF_OK;
}

static lf_rc group_seal(lf_group *g, lf_error *err) {
    if (g->rows == 0) return LF_OK;
    for (uint32_t i = 0; i < g->build.n_columns; i++) {
        LF_TRY_CTX(add_column(g, &g->build.columns[i], err), err, "column '%.60s'",
                   g->e->schema.fields[i].name);
    }
    const lf_arrow_batch_meta b = {
        .rows = (int64_t)g->rows,
        .body_bytes = (int64_t)g->body.len,
        .nodes = (const lf_arrow_node *)(void *)g->nodes.data,
        .buffers = (const lf_arrow_buffer *)(void *)g->buffers.data,
        .n_nodes = g->nodes.len / sizeof(lf_arrow_node),
        .n_buffers = g->buffers.len / sizeof(lf_arrow_buffer),
        .codec = lf_arrow_codec_id(g->e->codec),
    };
    lf_span meta;
    LF_TRY(lf_arrow_batch_message(&g->flat, &b, &meta, err));
    return put_head(&g->head, meta, err);
}

static uint64_t group_bytes(const lf_group *g) {
    return g->head.len + g->body.len;
}

static lf_rc group_commit(lf_group *g, lf_error *err) {
    lf_encoder *e = g->e;
    if (g->rows == 0) return LF_OK;
    const lf_arrow_block at = {.offset = (int64_t)e->size,
                               .meta_bytes = (int32_t)g->head.len,
                               .body_bytes = (int64_t)g->body.len};
    LF_TRY(lf_buf_append(&e->blocks, &at, sizeof at, err));
    g->offset = e->size;
    e->size += group_bytes(g);
    e->rows += g->rows;
    return LF_OK;
}

static lf_rc group_store(lf_group *g, lf_error *err) {
    if (g->rows == 0) return LF_OK;
    lf_sink *s = g->e->sink;
    LF_TRY(s->type->write_at(s, g->offset, g->head.data, g->head.len, err));
    if (g->body.len == 0) return LF_OK;
    return s->type->write_at(s, g->offset + g->head.len, g->body.data, g->body.len, err);
}

static const char *const file_suffixes[] = {".arrow", ".feather", ".ipc", NULL};
static const char *const stream_suffixes[] = {".arrows", NULL};

const lf_encoder_type lf_arrow_encoder = {
    .name = "arrow",
    .suffixes = file_suffixes,
    .flags = LF_ENCODER_TYPES_FIRST | LF_ENCODER_NO_LAYOUT,
    .check = arrow_check,
    .worker_bytes = arrow_worker_bytes,
    .open = arrow_open,
    .group_create = group_create,
    .group_begin = group_begin,
    .group_write = group_write,
    .group_seal = group_seal,
    .group_bytes = group_bytes,
    .group_commit = group_commit,
    .group_store = group_store,
    .group_destroy = group_destroy,
    .finish = arrow_finish,
    .close = arrow_close,
};

const lf_encoder_type lf_arrows_encoder = {
    .name = "arrows",
    .suffixes = stream_suffixes,
    .flags = LF_ENCODER_TYPES_FIRST | LF_ENCODER_NO_LAYOUT,
    .check = arrow_check,
    .worker_bytes = arrow_worker_bytes,
    .open = arrows_open,
    .group_create = group_create,
    .group_begin = group_begin,
    .group_write = group_write,
    .group_seal = group_seal,
    .group_bytes = group_bytes,
    .group_commit = group_commit,
    .group_store = group_store,
    .group_destroy = group_destroy,
    .finish = arrow_finish,
    .close = arrow_close,
};
