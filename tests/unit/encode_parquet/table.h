/* unit/encode_parquet/table.h - whole tables in memory, written through the encoder in any cuts.
 * Owns: its columns. Threads: one. Fails: by exit. Life: table_new -> add* -> write* -> free. */
#ifndef LF_TEST_TABLE_H
#define LF_TEST_TABLE_H
#include "array/batch.h"
#include "core/limits.h"
#include "encode/parquet/parquet_encode.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- a sink on a plain file ---- */
typedef struct plain_sink {
    lf_sink base;
    int fd;
    int fail_after; /* writes until one fails; negative: never */
} plain_sink;

static lf_rc plain_write(lf_sink *s, uint64_t at, const void *p, size_t n, lf_error *err) {
    plain_sink *f = (plain_sink *)s;
    if (f->fail_after == 0) return lf_fail(err, LF_EWRITE, "write fails as asked");
    if (f->fail_after > 0) f->fail_after--;
    if (pwrite(f->fd, p, n, (off_t)at) != (ssize_t)n) return lf_fail(err, LF_EWRITE, "pwrite");
    return LF_OK;
}
static lf_rc plain_read(lf_sink *s, uint64_t at, void *p, size_t n, lf_error *err) {
    if (pread(((plain_sink *)s)->fd, p, n, (off_t)at) != (ssize_t)n)
        return lf_fail(err, LF_EREAD, "pread");
    return LF_OK;
}
static lf_rc plain_copy(lf_sink *s, uint64_t at, lf_sink *from, uint64_t from_at, uint64_t n,
                        lf_error *err) {
    char buf[65536];
    while (n > 0) {
        size_t m = n < sizeof buf ? (size_t)n : sizeof buf;
        LF_TRY(plain_read(from, from_at, buf, m, err));
        LF_TRY(plain_write(s, at, buf, m, err));
        at += m, from_at += m, n -= m;
    }
    return LF_OK;
}
static lf_rc plain_commit(lf_sink *s, uint64_t size, lf_error *err) {
    if (ftruncate(((plain_sink *)s)->fd, (off_t)size) != 0) return lf_fail(err, LF_EWRITE, "cut");
    return LF_OK;
}
static void plain_close(lf_sink *s) {
    close(((plain_sink *)s)->fd);
    free(s);
}
static const lf_sink_type plain_type = {"plain",    plain_write,  plain_read,
                                        plain_copy, plain_commit, plain_close};
static lf_sink *plain_open(const char *path) {
    plain_sink *s = calloc(1, sizeof *s);
    s->base.type = &plain_type;
    s->fail_after = -1;
    if (path) {
        s->fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
    } else {
        char t[] = "/tmp/lf_encode_XXXXXX";
        s->fd = mkstemp(t);
        unlink(t);
    }
    if (s->fd < 0) {
        perror(path ? path : "temp");
        exit(2);
    }
    return &s->base;
}
static lf_rc plain_temp(void *ctx, lf_sink **out, lf_error *err) {
    (void)ctx, (void)err;
    *out = plain_open(NULL);
    return LF_OK;
}

/* ---- tables ---- */
typedef struct tcol {
    lf_type type;
    uint8_t *valid; /* a byte a row */
    uint8_t *values;
    uint32_t slot;
    uint8_t *bytes;
    size_t n_bytes, cap_bytes;
    uint32_t *start, *len;
} tcol;
typedef struct table {
    lf_schema schema;
    tcol *cols;
    uint32_t n_cols;
    uint64_t n_rows;
} table;

static uint64_t rng_state = 88172645463325252ull;
static uint64_t rng(void) {
    rng_state ^= rng_state << 13;
    rng_state ^= rng_state >> 7;
    rng_state ^= rng_state << 17;
    return rng_state;
}

static table *table_new(uint64_t n_rows) {
    table *t = calloc(1, sizeof *t);
    t->n_rows = n_rows;
    lf_schema_init(&t->schema, lf_alloc_default());
    return t;
}

static tcol *table_add_as(table *t, const char *name, lf_type type, bool nullable) {
    if (lf_schema_add(&t->schema, name, strlen(name), type, nullable, NULL) != LF_OK) exit(2);
    t->cols = realloc(t->cols, (t->n_cols + 1) * sizeof *t->cols);
    tcol *c = &t->cols[t->n_cols++];
    *c = (tcol){.type = type, .slot = lf_type_slot_bytes(type)};
    c->valid = malloc(t->n_rows + 1);
    memset(c->valid, 1, t->n_rows + 1);
    c->values = calloc(t->n_rows + 16, c->slot ? c->slot : 1);
    c->start = calloc(t->n_rows + 64, 4);
    c->len = calloc(t->n_rows + 64, 4);
    return c;
}
static tcol *table_add(table *t, const char *name, lf_type type) {
    return table_add_as(t, name, type, true);
}

static void set_str(tcol *c, uint64_t r, const void *p, size_t n) {
    if (c->n_bytes + n + 128 > c->cap_bytes) {
        c->cap_bytes = (c->n_bytes + n + 128) * 2;
        c->bytes = realloc(c->bytes, c->cap_bytes);
    }
    c->start[r] = (uint32_t)c->n_bytes;
    c->len[r] = (uint32_t)n;
    memcpy(c->bytes + c->n_bytes, p, n);
    c->n_bytes += n;
    c->bytes[c->n_bytes++] = ',';
    memset(c->bytes + c->n_bytes, 0xEE, 100);
}
static void set_null(tcol *c, uint64_t r) {
    c->valid[r] = 0;
    c->len[r] = 0;
}

static void table_free(table *t) {
    for (uint32_t i = 0; i < t->n_cols; i++) {
        tcol *c = &t->cols[i];
        free(c->valid), free(c->values), free(c->bytes), free(c->start), free(c->len);
    }
    free(t->cols);
    lf_schema_reset(&t->schema);
    free(t);
}

/* Rows [from, from + n) of column c as a batch has them; the scratch is leaked on purpose small. */
typedef struct tile {
    uint64_t bits[LF_TILE_ROWS_MAX / 64 + 2];
    _Alignas(64) uint8_t values[LF_TILE_ROWS_MAX * 16 + 256];
    uint32_t start[LF_TILE_ROWS_MAX + 64], len[LF_TILE_ROWS_MAX + 64];
} tile;

static void tile_fill(tile *s, const tcol *c, uint64_t from, uint32_t n, lf_column *out) {
    memset(s->bits, 0, sizeof s->bits);
    *out = (lf_column){.type = c->type, .bytes = c->bytes};
    for (uint32_t i = 0; i < n; i++) {
        if (c->valid[from + i])
            s->bits[i >> 6] |= 1ull << (i & 63);
        else
            out->null_count++;
    }
    out->validity = out->null_count ? s->bits : NULL;
    memcpy(s->values, c->values + from * c->slot, (size_t)n * c->slot);
    for (uint32_t i = 0; i < n; i++)
        if (!c->valid[from + i]) memset(s->values + (size_t)i * c->slot, 0xA5, c->slot);
    memcpy(s->start, c->start + from, n * 4);
    memcpy(s->len, c->len + from, n * 4);
    out->values = s->values;
    out->start = s->start;
    out->len = s->len;
}

typedef struct write_opts {
    const char *compression, *encodings, *page;
    lf_isa isa;
    uint64_t group_rows, memory;
    uint32_t cut; /* rows of a batch; 0: random */
    bool spill;
} write_opts;

static lf_rc table_write(const table *t, const char *path, const write_opts *w, lf_error *err) {
    const lf_option options[] = {{"compression", w->compression ? w->compression : "none"},
                                 {"encodings", w->encodings ? w->encodings : "default"},
                                 {"data-page", w->page ? w->page : "v1"}};
    const lf_encode_opts o = {.struct_size = sizeof o,
                              .isa = w->isa,
                              .options = options,
                              .n_options = 3,
                              .memory_limit_bytes = w->memory ? w->memory : 100 * LF_MIB,
                              .group_text_bytes = 64 * LF_MIB,
                              .temp_open = plain_temp};
    const lf_encoder_type *p = &lf_parquet_encoder;
    lf_sink *sink = plain_open(path);
    lf_encoder *e = NULL;
    lf_group *g = NULL;
    lf_rc rc = LF_OK;
    tile *tiles = malloc((t->n_cols + 1) * sizeof *tiles);
    lf_column *cols = calloc(t->n_cols + 1, sizeof *cols);
    lf_type *types = calloc(t->n_cols + 1, sizeof *types);
    for (uint32_t i = 0; i < t->n_cols; i++)
        types[i] = t->cols[i].type;
    LF_GO(p->open(&o, &t->schema, sink, &e, err));
    LF_GO(p->group_create(e, w->spill, &g, err));
    const uint64_t group_rows = w->group_rows ? w->group_rows : UINT64_MAX;
    for (uint64_t at = 0; at < t->n_rows;) {
        const uint64_t end = t->n_rows - at < group_rows ? t->n_rows : at + group_rows;
        LF_GO(p->group_begin(g, types, err));
        while (at < end) {
            uint32_t n = w->cut ? w->cut : 1 + (uint32_t)(rng() % 5000);
            if (n > end - at) n = (uint32_t)(end - at);
            for (uint32_t i = 0; i < t->n_cols; i++)
                tile_fill(&tiles[i], &t->cols[i], at, n, &cols[i]);
            const lf_batch b = {.n_rows = n, .n_columns = t->n_cols, .columns = cols};
            LF_GO(p->group_write(g, &b, err));
            at += n;
        }
        LF_GO(p->group_seal(g, err));
        LF_GO(p->group_commit(g, err));
        LF_GO(p->group_store(g, err));
    }
    const lf_option kv[] = {{"logflow.test", "yes"}, {"empty", ""}};
    lf_encode_stats stats = {0};
    LF_GO(p->finish(e, types, kv, 2, &stats, err));
    LF_GO(sink->type->commit(sink, stats.bytes, err));
    if (stats.rows != t->n_rows) rc = lf_fail(err, LF_EINTERNAL, "rows");
out:
    p->group_destroy(g);
    p->close(e);
    sink->type->close(sink);
    free(tiles), free(cols), free(types);
    return rc;
}

#endif
