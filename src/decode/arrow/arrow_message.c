/* Messages: where they lie, and the arrays that record batches and dictionaries hold. */
#include "decode/arrow/arrow_internal.h"
#include <string.h>

#define CONTINUED                UINT32_MAX /* in front of the size, since 0.15 */
#define VERSION_MIN              3          /* V4, since 0.8 */
#define DICTIONARY_ROWS_PER_BYTE 4096 /* of a body, compressed or not; more are not distinct */

static uint64_t u32_of(const uint8_t *p) {
    return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

static int64_t i64_of(const uint8_t *p) {
    return (int64_t)(u32_of(p) | u32_of(p + 4) << 32);
}

static lf_rc meta_read(arrow_reader *r, uint64_t at, uint64_t *body_at, lf_error *err) {
    uint8_t head[8] = {0};
    const uint64_t left = r->size - at;
    lf_buf_clear(&r->meta);
    *body_at = at;
    if (left == 0) return LF_OK;
    if (left < 4) return lf_arrow_corrupt(err, at, "the file ends in the middle of a message");
    LF_TRY(lf_arrow_read_at(r, at, head, left < 8 ? 4 : 8, err));
    const bool marked = u32_of(head) == CONTINUED;
    const uint64_t n = u32_of(marked ? head + 4 : head), skip = marked ? 8 : 4;
    if (n == 0) return LF_OK;
    if (left < skip || n > left - skip || n > INT32_MAX)
        return lf_arrow_corrupt(err, at, "the file ends in the middle of a message");
    if (n > r->opts.memory_limit_bytes / 4)
        return lf_fail(err, LF_EMEMORY_LIMIT, "metadata of %llu bytes in one message",
                       (unsigned long long)n);
    LF_TRY(lf_buf_reserve(&r->meta, (size_t)n, err));
    LF_TRY(lf_arrow_read_at(r, at + skip, r->meta.data, (size_t)n, err));
    r->meta.len = (size_t)n;
    *body_at = at + skip + n;
    return LF_OK;
}

lf_rc lf_arrow_message_read(arrow_reader *r, uint64_t at, lf_flat_in *in, arrow_message *out,
                            lf_error *err) {
    *out = (arrow_message){.at = at};
    if (at > r->size) return lf_arrow_corrupt(err, at, "a message behind the end of the file");
    LF_TRY(meta_read(r, at, &out->body_at, err));
    if (r->meta.len == 0) return LF_OK;
    *in = (lf_flat_in){.bytes = {r->meta.data, r->meta.len}};
    const lf_flat_table m = lf_flat_root(in);
    const int64_t body = (int64_t)lf_flat_u64(&m, LF_MESSAGE_BODY, 8, 0);
    const int version = (int16_t)lf_flat_u64(&m, LF_MESSAGE_VERSION, 2, 0);
    out->type = (uint8_t)lf_flat_u64(&m, LF_MESSAGE_TYPE, 1, 0);
    out->header = lf_flat_sub(&m, LF_MESSAGE_HEADER);
    if (in->bad || out->header.in == NULL || out->type == 0)
        return lf_arrow_corrupt(err, at, "the metadata of a message is damaged");
    if (version < VERSION_MIN || version > LF_ARROW_VERSION)
        return lf_fail(err, LF_EUNSUPPORTED, "metadata of version %d; read are V4 and V5",
                       version + 1);
    r->version = version;
    if (body < 0 || (uint64_t)body > r->size - out->body_at)
        return lf_arrow_corrupt(err, at, "the file ends in the middle of a message");
    out->body_bytes = (uint64_t)body;
    out->end = out->body_at + out->body_bytes;
    return LF_OK;
}

/* ---- arrays ---- */

typedef struct load {
    arrow_reader *r;
    arrow_body *b;
    const arrow_message *m;
    lf_flat_list nodes, buffers, variadic;
    uint32_t node, buffer, view;
    int codec; /* -1: none */
    lf_error *err;
} load;

static uint32_t layout_buffers(const load *l, const arrow_field *f) {
    if (f->coded) return 2;
    switch ((lf_arrow_id)f->id) {
    case LF_ARROW_NULL:
        return 0;
    case LF_ARROW_RUN_END:
        return l->r->version < LF_ARROW_VERSION ? 1 : 0;
    case LF_ARROW_STRUCT:
    case LF_ARROW_FIXED_LIST:
        return 1;
    case LF_ARROW_UNION: /* V4 has a validity in front */
        return (f->is_dense ? 2u : 1u) + (l->r->version < LF_ARROW_VERSION ? 1u : 0u);
    case LF_ARROW_BINARY:
    case LF_ARROW_UTF8:
    case LF_ARROW_LARGE_BINARY:
    case LF_ARROW_LARGE_UTF8:
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
        return 3;
    default:
        return 2;
    }
}

static lf_rc damaged(const load *l, const char *what) {
    return lf_arrow_corrupt(l->err, l->m->at, what);
}

static lf_rc buffer_of(load *l, arrow_buf *b) {
    if (l->buffer >= l->buffers.n) return damaged(l, "a record batch lacks buffers");
    const uint8_t *p = l->buffers.items + 16 * (size_t)l->buffer++;
    const int64_t at = i64_of(p), n = i64_of(p + 8);
    const uint64_t body = l->m->body_bytes;
    if (at < 0 || n < 0 || (uint64_t)n > body || (uint64_t)at > body - (uint64_t)n)
        return damaged(l, "a buffer lies outside of its message");
    *b = (arrow_buf){.state = l->codec < 0 ? ARROW_BUF_STORED : ARROW_BUF_PACKED,
                     .at = l->m->body_at + (uint64_t)at,
                     .length = (uint64_t)n,
                     .codec = l->codec,
                     .block = b->block,
                     .window = b->window,
                     .window_cap = b->window_cap};
    return LF_OK;
}

static lf_rc node_of(load *l, const arrow_field *f, arrow_node *a) {
    if (l->node >= l->nodes.n) return damaged(l, "a record batch lacks columns");
    const uint8_t *p = l->nodes.items + 16 * (size_t)l->node++;
    const int64_t length = i64_of(p), nulls = i64_of(p + 8);
    if (length < 0 || length > INT64_MAX / 64 || nulls > length)
        return damaged(l, "a column of impossible length");
    *a = (arrow_node){.field = f, .length = (uint64_t)length, .nulls = (uint64_t)nulls};
    if (f->fixed > 0 && (uint64_t)length > (uint64_t)INT64_MAX / 64 / f->fixed)
        return damaged(l, "a column of impossible length");
    uint64_t n = layout_buffers(l, f);
    if (!f->coded && (f->id == LF_ARROW_UTF8_VIEW || f->id == LF_ARROW_BINARY_VIEW)) {
        if (l->view >= l->variadic.n) return damaged(l, "a column of views lacks its count");
        const int64_t more = i64_of(l->variadic.items + 8 * (size_t)l->view++);
        if (more < 0 || more > l->buffers.n) return damaged(l, "a record batch lacks buffers");
        n += (uint64_t)more;
    }
    if (n > l->buffers.n - l->buffer) return damaged(l, "a record batch lacks buffers");
    a->n_bufs = (uint32_t)n;
    a->bufs = l->b->bufs + l->buffer;
    for (uint32_t i = 0; i < a->n_bufs; i++) {
        LF_TRY(buffer_of(l, &l->b->bufs[l->buffer]));
    }
    if (f->coded || f->n_children == 0) return LF_OK;
    a->children = lf_arena_alloc(&l->b->arena, f->n_children * sizeof *a->children, 8);
    if (a->children == NULL) return lf_fail_nomem(l->err, f->n_children * sizeof *a->children);
    for (uint32_t i = 0; i < f->n_children; i++) {
        LF_TRY(node_of(l, &f->children[i], &a->children[i]));
    }
    return LF_OK;
}

static lf_rc room_for(arrow_reader *r, arrow_body *b, uint32_t n, lf_error *err) {
    if (n > b->cap_bufs) {
        arrow_buf *p = lf_mem_zalloc(r->alloc, n * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, n * sizeof *p);
        if (b->cap_bufs > 0) memcpy(p, b->bufs, b->cap_bufs * sizeof *p);
        lf_mem_free(r->alloc, b->bufs, b->cap_bufs * sizeof *p);
        b->bufs = p;
        b->cap_bufs = n;
    }
    b->n_bufs = n;
    return LF_OK;
}

static lf_rc codec_of(load *l, const lf_flat_table *batch) {
    const lf_flat_table t = lf_flat_sub(batch, LF_BATCH_COMPRESSION);
    l->codec = -1;
    if (t.in == NULL) return LF_OK;
    l->codec = (int)lf_flat_u64(&t, 0, 1, 0);
    if (l->codec <= LF_ARROW_ZSTD && lf_flat_u64(&t, 1, 1, 0) == 0) return LF_OK;
    return lf_fail(l->err, LF_EUNSUPPORTED, "a compression (%d) that is not known", l->codec);
}

lf_rc lf_arrow_body_load(arrow_reader *r, const arrow_message *m, const lf_flat_table *batch,
                         arrow_field *fields, uint32_t n, bool is_dictionary, arrow_body *b,
                         lf_error *err) {
    load l = {.r = r, .b = b, .m = m, .err = err};
    l.nodes = lf_flat_items(batch, LF_BATCH_NODES, 16);
    l.buffers = lf_flat_items(batch, LF_BATCH_BUFFERS, 16);
    l.variadic = lf_flat_items(batch, LF_BATCH_VARIADIC, 8);
    const int64_t rows = (int64_t)lf_flat_u64(batch, LF_BATCH_LENGTH, 8, 0);
    LF_TRY(codec_of(&l, batch));
    if (batch->in == NULL || batch->in->bad || rows < 0 || rows > INT64_MAX / 64)
        return damaged(&l, "the metadata of a record batch is damaged");
    lf_arrow_body_clear(r, b);
    LF_TRY(room_for(r, b, l.buffers.n + 1, err)); /* never none */
    b->nodes = lf_arena_alloc(&b->arena, (n + 1ul) * sizeof *b->nodes, 8);
    if (b->nodes == NULL) return lf_fail_nomem(err, (n + 1ul) * sizeof *b->nodes);
    for (uint32_t i = 0; i < n; i++) {
        LF_TRY_CTX(node_of(&l, &fields[i], &b->nodes[i]), err, "column '%.60s'", fields[i].name);
        if (b->nodes[i].length != (uint64_t)rows && !is_dictionary)
            return damaged(&l, "the columns of a record batch differ in length");
    }
    b->rows = is_dictionary ? b->nodes[0].length : (uint64_t)rows;
    /* Values that take no bytes are all alike: a length that only they allow is no length. */
    if (is_dictionary && b->rows / DICTIONARY_ROWS_PER_BYTE > m->body_bytes)
        return damaged(&l, "a dictionary of more values than its bytes can hold");
    return LF_OK;
}

/* ---- dictionaries ---- */

static arrow_dictionary *dictionary_of(arrow_reader *r, int64_t id) {
    for (uint32_t i = 0; i < r->n_dictionaries; i++) {
        if (r->dictionaries[i].id == id) return &r->dictionaries[i];
    }
    return NULL;
}

static bool same_shape(const arrow_field *a, const arrow_field *b) {
    bool same = a->id == b->id && a->bits == b->bits && a->fixed == b->fixed &&
                a->n_children == b->n_children && a->unit == b->unit &&
                lf_type_equal(a->type, b->type) && a->is_signed == b->is_signed &&
                a->binary == b->binary;
    for (uint32_t i = 0; same && i < a->n_children; i++) {
        const arrow_field *x = &a->children[i], *y = &b->children[i];
        same = same_shape(x, y) && x->coded == y->coded &&
               (!x->coded || x->dictionary_id == y->dictionary_id);
    }
    return same;
}

static lf_rc dictionary_add(arrow_reader *r, const arrow_field *f, lf_error *err) {
    if (r->n_dictionaries == r->cap_dictionaries) {
        const uint32_t cap = r->cap_dictionaries * 2 + 8;
        arrow_dictionary *p = lf_mem_realloc(r->alloc, r->dictionaries,
                                             r->cap_dictionaries * sizeof *p, cap * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        r->dictionaries = p;
        r->cap_dictionaries = cap;
    }
    arrow_field *values = lf_arena_alloc(&r->schema_arena, sizeof *values, 8);
    if (values == NULL) return lf_fail_nomem(err, sizeof *values);
    *values = *f;
    values->coded = false;
    values->nullable = true;
    arrow_dictionary *d = &r->dictionaries[r->n_dictionaries++];
    *d = (arrow_dictionary){.id = f->dictionary_id, .field = values};
    lf_arena_init(&d->arena, r->alloc, 0);
    return LF_OK;
}

/* The records may move while they are added: fields refer to them by id until all are there. */
lf_rc lf_arrow_dictionaries_find(arrow_reader *r, arrow_field *f, uint32_t n, lf_error *err) {
    for (uint32_t i = 0; i < n; i++) {
        LF_TRY(lf_arrow_dictionaries_find(r, f[i].children, f[i].n_children, err));
        if (!f[i].coded) continue;
        const arrow_dictionary *d = dictionary_of(r, f[i].dictionary_id);
        if (d == NULL)
            LF_TRY(dictionary_add(r, &f[i], err));
        else if (!same_shape(d->field, &f[i]))
            return lf_fail(err, LF_ECORRUPT, "the columns of dictionary %lld differ in type",
                           (long long)d->id);
    }
    return LF_OK;
}

static void bodies_drop(arrow_reader *r, arrow_dictionary *d) {
    for (uint32_t i = 0; i < d->n_bodies; i++) {
        lf_arrow_body_reset(r, d->bodies[i]);
        lf_mem_free(r->alloc, d->bodies[i], sizeof *d->bodies[i]);
    }
    d->n_bodies = d->n_weighed = 0;
    d->rows = d->row_bytes_max = 0;
}

static lf_rc body_add(arrow_reader *r, arrow_dictionary *d, arrow_body **out, lf_error *err) {
    if (d->n_bodies == d->cap_bodies) {
        const uint32_t cap = d->cap_bodies * 2 + 2;
        arrow_body **p =
            lf_mem_realloc(r->alloc, d->bodies, d->cap_bodies * sizeof *p, cap * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        d->bodies = p;
        d->cap_bodies = cap;
    }
    arrow_body *b = lf_mem_zalloc(r->alloc, sizeof *b);
    if (b == NULL) return lf_fail_nomem(err, sizeof *b);
    lf_arena_init(&b->arena, r->alloc, 0);
    d->bodies[d->n_bodies++] = b;
    *out = b;
    return LF_OK;
}

static void caches_drop(arrow_reader *r) {
    for (uint32_t i = 0; i < r->n_dictionaries; i++) {
        arrow_dictionary *d = &r->dictionaries[i];
        d->cached = d->cache_refused = false;
        r->held_bytes -= d->cache_bytes;
        d->cache_bytes = 0;
        lf_arena_rewind(&d->arena);
    }
}

lf_rc lf_arrow_dictionary_load(arrow_reader *r, const arrow_message *m, lf_error *err) {
    const int64_t id = (int64_t)lf_flat_u64(&m->header, LF_DICTIONARY_ID, 8, 0);
    const bool delta = lf_flat_u64(&m->header, LF_DICTIONARY_DELTA, 1, 0) != 0;
    const lf_flat_table batch = lf_flat_sub(&m->header, LF_DICTIONARY_DATA);
    arrow_dictionary *d = dictionary_of(r, id);
    arrow_body *b = NULL;
    if (batch.in == NULL) return lf_arrow_corrupt(err, m->at, "a dictionary without values");
    if (d == NULL) return LF_OK; /* of no column */
    caches_drop(r);
    if (!delta) bodies_drop(r, d);
    LF_TRY(body_add(r, d, &b, err));
    LF_TRY_CTX(lf_arrow_body_load(r, m, &batch, d->field, 1, true, b, err), err, "dictionary %lld",
               (long long)id);
    d->rows += b->rows;
    return LF_OK;
}

void lf_arrow_dictionaries_reset(arrow_reader *r) {
    for (uint32_t i = 0; i < r->n_dictionaries; i++) {
        arrow_dictionary *d = &r->dictionaries[i];
        bodies_drop(r, d);
        lf_mem_free(r->alloc, d->bodies, d->cap_bodies * sizeof *d->bodies);
        lf_arena_reset(&d->arena);
    }
    lf_mem_free(r->alloc, r->dictionaries, r->cap_dictionaries * sizeof *r->dictionaries);
    r->dictionaries = NULL;
    r->n_dictionaries = r->cap_dictionaries = 0;
}
