/* A nested column as its values were, out of the levels of its leaves (format/parquet), for changes
 * that need more than one leaf at a time. */
#include "core/arena.h"
#include "encode/parquet/parquet_internal.h"
#include "format/parquet/parquet_nested.h"
#include <string.h>

typedef struct assembly {
    lf_column_iter base;
    const lf_alloc *alloc;
    lf_arena arena; /* the tree */
    lf_arena batch; /* what was handed out last */
    lf_parquet_tree tree;
    lf_parquet_gather *gathers;
    uint32_t n_leaves, step;
    uint64_t rows_left;
} assembly;

static lf_rc next(lf_column_iter *it, lf_column *out, uint32_t *n_rows_out, lf_error *err) {
    assembly *a = (assembly *)it;
    const uint32_t n = a->rows_left < a->step ? (uint32_t)a->rows_left : a->step;
    *n_rows_out = n;
    if (n == 0) return LF_OK;
    lf_arena_rewind(&a->batch);
    for (uint32_t i = 0; i < a->n_leaves; i++) {
        LF_TRY(lf_parquet_gather_rows(&a->gathers[i], n, err));
    }
    a->rows_left -= n;
    return lf_parquet_assemble(&a->tree, a->tree.columns[0], a->gathers, 0, &a->batch, out, err);
}

static void close(lf_column_iter *it) {
    assembly *a = (assembly *)it;
    for (uint32_t i = 0; a->gathers != NULL && i < a->n_leaves; i++) {
        lf_parquet_gather_reset(&a->gathers[i]);
    }
    lf_mem_free(a->alloc, a->gathers, a->n_leaves * sizeof *a->gathers);
    lf_arena_reset(&a->arena);
    lf_arena_reset(&a->batch);
    lf_mem_free(a->alloc, a, sizeof *a);
}

/* The types of our own schema, some of which Parquet does not know. */
static void set_types(lf_parquet_node *nodes, uint32_t node, const lf_field *f) {
    lf_parquet_node *n = &nodes[node];
    n->type = f->type;
    if (f->type.id == LF_T_STRUCT && f->n_children == 0) {
        n->first_child = UINT32_MAX;
        n->n_children = 0;
    }
    uint32_t i = 0;
    for (uint32_t c = n->first_child; c != UINT32_MAX; c = nodes[c].next) {
        set_types(nodes, c, &f->children[i++]);
    }
}

static lf_rc build_tree(assembly *a, const lf_field *f, lf_error *err) {
    lf_field field = *f;
    const pq_shape one = {.schema = {.fields = &field, .n_fields = 1}};
    lf_pq_schema_element *elements;
    lf_pq_footer footer = {0};
    lf_schema unused;
    LF_TRY(lf_pqw_schema_tree(&one, NULL, &a->arena, &elements, &footer.n_schema, err));
    footer.schema = elements;
    lf_schema_init(&unused, a->alloc);
    const lf_rc rc = lf_parquet_tree_build(&footer, &a->arena, &a->tree, &unused, err);
    lf_schema_reset(&unused);
    if (rc == LF_OK) set_types((lf_parquet_node *)a->tree.nodes, a->tree.columns[0], f);
    return rc;
}

static lf_rc open_leaves(assembly *a, pq_source *sources, lf_error *err) {
    a->gathers = lf_mem_zalloc(a->alloc, a->n_leaves * sizeof *a->gathers);
    if (a->gathers == NULL) return lf_fail_nomem(err, a->n_leaves * sizeof *a->gathers);
    uint64_t most = 1;
    for (uint32_t i = 0; i < a->n_leaves; i++) {
        lf_pq_chunk_reader *chunk;
        LF_TRY(lf_pq_chunk_open(&sources[i].spec, &chunk, err));
        lf_parquet_gather_init(&a->gathers[i], chunk, &sources[i].spec.leaf, a->alloc);
        if (sources[i].spec.num_values > most) most = sources[i].spec.num_values;
    }
    a->step = lf_pqw_rows_step(a->rows_left, most);
    return LF_OK;
}

lf_rc lf_pqw_assemble(const pq_shape *s, uint32_t col, pq_source *sources, const lf_alloc *alloc,
                      lf_column_iter **out, lf_error *err) {
    *out = NULL;
    assembly *a = lf_mem_zalloc(alloc, sizeof *a);
    if (a == NULL) return lf_fail_nomem(err, sizeof *a);
    a->base = (lf_column_iter){next, close};
    a->alloc = alloc;
    a->n_leaves = s->first_leaf[col + 1] - s->first_leaf[col];
    a->rows_left = sources[0].spec.alloc != NULL ? sources[0].rows : 0;
    lf_arena_init(&a->arena, alloc, 0);
    lf_arena_init(&a->batch, alloc, 0);
    lf_rc rc = build_tree(a, &s->schema.fields[col], err);
    if (rc == LF_OK && a->rows_left > 0) rc = open_leaves(a, sources, err);
    if (rc != LF_OK)
        close(&a->base);
    else
        *out = &a->base;
    return rc;
}
