/* unit/encode_parquet/nested.h - random nested rows, each a function of its number.
 * Owns: its nodes. Threads: one. Fails: by exit. Life: node_new -> (clear -> add*)* -> free. */
#ifndef LF_TEST_NESTED_H
#define LF_TEST_NESTED_H
#include "table.h"

typedef struct node {
    const lf_field *f;
    uint32_t n, cap;
    uint64_t *valid;
    int64_t *values;
    uint32_t *start, *len, *offsets;
    uint8_t *bytes;
    size_t n_bytes;
    struct node *children;
    lf_column *columns;
} node;

static void node_init(node *x, const lf_field *f, uint32_t cap) {
    *x = (node){.f = f, .cap = cap};
    x->valid = calloc(cap / 64 + 2, 8);
    x->values = calloc(cap + 16, 8);
    x->start = calloc(cap + 64, 4);
    x->len = calloc(cap + 64, 4);
    x->offsets = calloc(cap + 2, 4);
    x->bytes = calloc(cap, 40);
    x->children = calloc(f->n_children + 1, sizeof *x->children);
    x->columns = calloc(f->n_children + 1, sizeof *x->columns);
    for (uint32_t i = 0; i < f->n_children; i++)
        node_init(&x->children[i], &f->children[i], f->type.id == LF_T_STRUCT ? cap : cap * 4);
}

static void node_free(node *x) {
    for (uint32_t i = 0; i < x->f->n_children; i++)
        node_free(&x->children[i]);
    free(x->valid), free(x->values), free(x->start), free(x->len), free(x->offsets);
    free(x->bytes), free(x->children), free(x->columns);
}

static void node_clear(node *x) {
    memset(x->valid, 0, (x->cap / 64 + 2) * 8);
    x->n = 0;
    x->n_bytes = 0;
    for (uint32_t i = 0; i < x->f->n_children; i++)
        node_clear(&x->children[i]);
}

static uint64_t next(uint64_t *s) {
    *s = *s * 6364136223846793005ull + 1442695040888963407ull;
    return *s >> 33;
}

/* Adds one value, and prints it as JSON where `json` is not NULL. */
static void node_add(node *x, uint64_t *s, FILE *json) {
    const uint32_t i = x->n++;
    const lf_field *f = x->f;
    if (x->n > x->cap) exit(3);
    const bool valid = !f->nullable || next(s) % 5 != 0;
    if (valid) x->valid[i >> 6] |= 1ull << (i & 63);
    if (json && !valid) fputs("null", json);
    if (!valid) json = NULL;
    const bool lists = f->type.id == LF_T_LIST || f->type.id == LF_T_MAP;
    if (f->type.id == LF_T_STRUCT) {
        if (json) fputc('{', json);
        for (uint32_t c = 0; c < f->n_children; c++) {
            if (json) fprintf(json, "%s\"%s\":", c ? "," : "", f->children[c].name);
            node_add(&x->children[c], s, json);
        }
        if (json) fputc('}', json);
    } else if (lists) {
        const uint32_t n = valid ? (uint32_t)(next(s) % 4) : 0;
        x->offsets[i] = x->children[0].n;
        if (json) fputc('[', json);
        for (uint32_t k = 0; k < n; k++) {
            if (json) fputs(k ? "," : "", json);
            if (json && f->n_children == 2) fputc('[', json);
            for (uint32_t c = 0; c < f->n_children; c++) {
                if (json && c) fputc(',', json);
                node_add(&x->children[c], s, json);
            }
            if (json && f->n_children == 2) fputc(']', json);
        }
        if (json) fputc(']', json);
        x->offsets[i + 1] = x->children[0].n;
    } else if (f->type.id == LF_T_STRING) {
        const uint32_t n = valid ? (uint32_t)snprintf((char *)x->bytes + x->n_bytes, 32, "s%llu",
                                                      (unsigned long long)(next(s) % 3000))
                                 : 0;
        x->start[i] = (uint32_t)x->n_bytes;
        x->len[i] = n;
        if (json) fprintf(json, "\"%.*s\"", (int)n, x->bytes + x->n_bytes);
        x->n_bytes += n;
    } else if (f->type.id == LF_T_BOOL) {
        ((uint8_t *)x->values)[i] = next(s) & 1;
        if (json) fputs(((uint8_t *)x->values)[i] ? "true" : "false", json);
    } else {
        x->values[i] = (int64_t)(next(s) % 100000) - 500;
        if (json) fprintf(json, "%lld", (long long)x->values[i]);
    }
}

static void node_column(node *x, lf_column *out) {
    uint32_t nulls = 0;
    for (uint32_t i = 0; i < x->n; i++)
        nulls += !(x->valid[i >> 6] >> (i & 63) & 1);
    for (uint32_t i = 0; i < x->f->n_children; i++)
        node_column(&x->children[i], &x->columns[i]);
    *out = (lf_column){.type = x->f->type,
                       .null_count = nulls,
                       .validity = nulls ? x->valid : NULL,
                       .values = x->values,
                       .bytes = x->bytes,
                       .start = x->start,
                       .len = x->len,
                       .offsets = x->offsets,
                       .children = x->columns,
                       .n_children = x->f->n_children,
                       .n_child_rows = x->f->n_children ? x->children[0].n : 0};
}

#define NESTED_SCHEMA                                                                              \
    "{\"columns\":[{\"name\":\"id\",\"type\":\"int64\",\"nullable\":false},"                       \
    "{\"name\":\"l\",\"type\":\"list<int64>\"},{\"name\":\"t\",\"type\":\"list<string>\"},"        \
    "{\"name\":\"s\",\"type\":\"struct<a:int64,b:list<string>,c:struct<d:bool>>\"},"               \
    "{\"name\":\"m\",\"type\":\"map<string,int64>\"},"                                             \
    "{\"name\":\"ll\",\"type\":\"list<list<struct<x:int64,y:string>>>\"}]}"

/* Writes rows [0, n) of the schema above. cut 0: random batches. */
static lf_rc nested_write(const char *path, uint64_t n, uint32_t cut, const char *codec,
                          const char *page, FILE *json, lf_error *err) {
    const lf_encoder_type *p = &lf_parquet_encoder;
    const lf_option options[] = {{"compression", codec}, {"data-page", page}};
    const lf_encode_opts o = {.struct_size = sizeof o,
                              .isa = lf_isa_best(),
                              .options = options,
                              .n_options = 2,
                              .memory_limit_bytes = 100 * LF_MIB,
                              .temp_open = plain_temp};
    lf_schema schema;
    const lf_span text = {(const uint8_t *)NESTED_SCHEMA, strlen(NESTED_SCHEMA)};
    LF_TRY(lf_schema_from_json(&schema, lf_alloc_default(), text, err));
    const uint32_t cols = schema.n_fields;
    lf_sink *sink = plain_open(path);
    lf_encoder *e = NULL;
    lf_group *g = NULL;
    lf_type *types = calloc(cols, sizeof *types);
    node *nodes = calloc(cols, sizeof *nodes);
    lf_column *columns = calloc(cols, sizeof *columns);
    lf_encode_stats stats = {0};
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < cols; i++) {
        types[i] = schema.fields[i].type;
        node_init(&nodes[i], &schema.fields[i], 2048);
    }
    LF_GO(p->open(&o, &schema, sink, &e, err));
    LF_GO(p->group_create(e, false, &g, err));
    LF_GO(p->group_begin(g, types, err));
    for (uint64_t at = 0; at < n;) {
        uint32_t m = cut ? cut : 1 + (uint32_t)(rng() % 2000);
        if (m > n - at) m = (uint32_t)(n - at);
        for (uint32_t i = 0; i < cols; i++)
            node_clear(&nodes[i]);
        for (uint32_t r = 0; r < m; r++) {
            if (json) fputc('[', json);
            for (uint32_t i = 0; i < cols; i++) {
                uint64_t s = (at + r) * 977 + i * 131 + 7;
                if (json && i) fputc(',', json);
                node_add(&nodes[i], &s, json);
            }
            if (json) fputs("]\n", json);
        }
        for (uint32_t i = 0; i < cols; i++)
            node_column(&nodes[i], &columns[i]);
        const lf_batch b = {.n_rows = m, .n_columns = cols, .columns = columns};
        LF_GO(p->group_write(g, &b, err));
        at += m;
    }
    LF_GO(p->group_seal(g, err));
    LF_GO(p->group_commit(g, err));
    LF_GO(p->group_store(g, err));
    LF_GO(p->finish(e, types, NULL, 0, &stats, err));
    LF_GO(sink->type->commit(sink, stats.bytes, err));
out:
    p->group_destroy(g);
    p->close(e);
    sink->type->close(sink);
    for (uint32_t i = 0; i < cols; i++)
        node_free(&nodes[i]);
    free(types), free(nodes), free(columns);
    lf_schema_reset(&schema);
    return rc;
}

#endif
