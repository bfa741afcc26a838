/* The Parquet encoder's record: the file's state, and the hooks. */
#include "encode/parquet/parquet_encode.h"
#include "encode/parquet/parquet_internal.h"
#include <string.h>

#define LOG_BYTES (2u << 20) /* of the commit log in memory */
#define FILE_HEAD 4u         /* "PAR1" */

static lf_rc pq_check(const lf_encode_opts *o, lf_error *err) {
    pq_settings s;
    return lf_pqw_settings_read(o, &s, err);
}

static void pq_close(lf_encoder *e) {
    if (e == NULL) return;
    for (uint32_t i = 0; i < e->n_shapes; i++) {
        lf_pqw_shape_reset(e->shapes[i]);
        lf_mem_free(e->alloc, e->shapes[i], sizeof *e->shapes[i]);
    }
    lf_mem_free(e->alloc, e->shapes, e->cap_shapes * sizeof *e->shapes);
    lf_pqw_shape_reset(&e->base);
    lf_spill_reset(&e->groups);
    lf_spill_reset(&e->chunks);
    lf_mem_free(e->alloc, e, sizeof *e);
}

static lf_rc open_in(lf_encoder *e, const lf_encode_opts *o, const lf_schema *s, lf_error *err) {
    LF_TRY(lf_pqw_settings_read(o, &e->set, err));
    e->memory_limit_bytes = o->memory_limit_bytes;
    e->late_columns = o->late_columns;
    e->final = &e->base;
    return lf_pqw_shape_init(&e->base, e, s, err);
}

static lf_rc pq_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink, lf_encoder **out,
                     lf_error *err) {
    *out = NULL;
    const lf_alloc *a = o->alloc ? o->alloc : lf_alloc_default();
    lf_encoder *e = lf_mem_zalloc(a, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    e->alloc = a;
    e->isa = o->isa;
    e->k = lf_pq_kernels_get(o->isa);
    e->sink = sink;
    e->end = FILE_HEAD;
    e->temp_open = o->temp_open;
    e->temp_ctx = o->temp_ctx;
    e->budget = o->budget;
    e->keep_below_bytes = o->keep_below_bytes;
    const uint64_t share = o->memory_limit_bytes / 64;
    const size_t log = share > 0 && share < LOG_BYTES ? (size_t)share : LOG_BYTES;
    lf_spill_init(&e->groups, a, log / 4, o->temp_open, o->temp_ctx);
    lf_spill_init(&e->chunks, a, log, o->temp_open, o->temp_ctx);
    const lf_rc rc = open_in(e, o, s, err);
    if (rc != LF_OK)
        pq_close(e);
    else
        *out = e;
    return rc;
}

static uint64_t pq_committed_groups(const lf_encoder *e) {
    return e->n_groups;
}

static lf_rc pq_committed_types(lf_encoder *e, uint64_t group, lf_type *types_out,
                                uint64_t *rows_out, lf_error *err) {
    pq_group_rec g;
    LF_TRY(lf_pqw_log_group(e, group, &g, err));
    uint64_t at = g.log_at;
    for (uint32_t i = 0; i < g.n_chunks; i++) {
        pq_chunk_rec c;
        LF_TRY(lf_pqw_log_chunk(e, &at, &c, NULL, err));
        const pq_shape *s = lf_pqw_shape_of(e, &g);
        const uint32_t col = s->leaves[i].column;
        const lf_type top = s->schema.fields[col].type;
        types_out[col] = lf_type_is_nested(top) ? top : c.type;
    }
    *rows_out = g.rows;
    return LF_OK;
}

static lf_rc pq_committed_schema(lf_encoder *e, uint64_t group, const lf_schema **out,
                                 uint64_t *rows_out, lf_error *err) {
    pq_group_rec g;
    LF_TRY(lf_pqw_log_group(e, group, &g, err));
    *out = &lf_pqw_shape_of(e, &g)->schema;
    *rows_out = g.rows;
    return LF_OK;
}

static const char *const suffixes[] = {".parquet", NULL};

const lf_encoder_type lf_parquet_encoder = {
    .name = "parquet",
    .suffixes = suffixes,
    .check = pq_check,
    .worker_bytes = lf_pqw_worker_bytes,
    .open = pq_open,
    .group_create = lf_pqw_group_create,
    .group_begin = lf_pqw_group_begin,
    .group_write = lf_pqw_group_write,
    .group_column_write = lf_pqw_group_column_write,
    .group_column_read = lf_pqw_group_column_read,
    .group_column_replace = lf_pqw_group_column_replace,
    .group_seal = lf_pqw_group_seal,
    .group_bytes = lf_pqw_group_bytes,
    .group_commit = lf_pqw_group_commit,
    .group_store = lf_pqw_group_store,
    .group_destroy = lf_pqw_group_destroy,
    .committed_groups = pq_committed_groups,
    .committed_types = pq_committed_types,
    .committed_read = lf_pqw_committed_read,
    .group_column_copy = lf_pqw_group_column_copy,
    .group_begin_as = lf_pqw_group_begin_as,
    .group_widen = lf_pqw_group_widen,
    .group_take = lf_pqw_group_take,
    .committed_schema = pq_committed_schema,
    .committed_fits = lf_pqw_committed_fits,
    .set_schema = lf_pqw_set_schema,
    .finish = lf_pqw_footer_write,
    .close = pq_close,
};
