#include "encode/null/null_encode.h"
#include "array/batch.h"

struct lf_encoder {
    const lf_alloc *alloc;
    uint64_t rows, groups;
};

struct lf_group {
    lf_encoder *e;
    uint64_t rows;
};

static lf_rc null_check(const lf_encode_opts *o, lf_error *err) {
    (void)o;
    (void)err;
    return LF_OK;
}

static uint64_t null_worker_bytes(const lf_encode_opts *o, const lf_schema *s, bool spilled) {
    (void)o;
    (void)s;
    (void)spilled;
    return sizeof(lf_group);
}

static lf_rc null_open(const lf_encode_opts *o, const lf_schema *s, lf_sink *sink, lf_encoder **out,
                       lf_error *err) {
    (void)s;
    (void)sink;
    const lf_alloc *a = o->alloc ? o->alloc : lf_alloc_default();
    lf_encoder *e = lf_mem_zalloc(a, sizeof *e);
    if (e == NULL) return lf_fail_nomem(err, sizeof *e);
    e->alloc = a;
    *out = e;
    return LF_OK;
}

static lf_rc null_group_create(lf_encoder *e, bool spill, lf_group **out, lf_error *err) {
    (void)spill;
    lf_group *g = lf_mem_zalloc(e->alloc, sizeof *g);
    if (g == NULL) return lf_fail_nomem(err, sizeof *g);
    g->e = e;
    *out = g;
    return LF_OK;
}

static lf_rc null_group_begin(lf_group *g, const lf_type *types, lf_error *err) {
    (void)types;
    (void)err;
    g->rows = 0;
    return LF_OK;
}

static lf_rc null_group_write(lf_group *g, const lf_batch *b, lf_error *err) {
    (void)err;
    g->rows += b->n_rows;
    return LF_OK;
}

static lf_rc null_group_column_write(lf_group *g, uint32_t col, const lf_column *c, uint32_t n_rows,
                                     lf_error *err) {
    (void)c;
    (void)err;
    if (col == 0) g->rows += n_rows;
    return LF_OK;
}

static lf_rc nothing_kept(lf_error *err) {
    return lf_fail(err, LF_EUNSUPPORTED, "the null encoder keeps nothing that could be read back");
}

static lf_rc null_group_column_read(lf_group *g, uint32_t col, lf_column_iter **out,
                                    lf_error *err) {
    (void)g;
    (void)col;
    *out = NULL;
    return nothing_kept(err);
}

/* The rows stay as many. */
static lf_rc null_group_column_replace(lf_group *g, uint32_t col, const lf_type *type,
                                       lf_column_iter *it, lf_error *err) {
    (void)g;
    (void)col;
    (void)type;
    (void)it;
    (void)err;
    return LF_OK;
}

static lf_rc null_group_done(lf_group *g, lf_error *err) {
    (void)g;
    (void)err;
    return LF_OK;
}

static uint64_t null_group_bytes(const lf_group *g) {
    (void)g;
    return 0;
}

static lf_rc null_group_commit(lf_group *g, lf_error *err) {
    (void)err;
    g->e->rows += g->rows;
    g->e->groups++;
    return LF_OK;
}

static void null_group_destroy(lf_group *g) {
    if (g != NULL) lf_mem_free(g->e->alloc, g, sizeof *g);
}

/* None: what is not kept cannot be of a narrower type than the last. */
static uint64_t null_committed_groups(const lf_encoder *e) {
    (void)e;
    return 0;
}

static lf_rc null_committed_types(lf_encoder *e, uint64_t group, lf_type *types_out,
                                  uint64_t *rows_out, lf_error *err) {
    (void)e;
    (void)group;
    (void)types_out;
    (void)rows_out;
    return nothing_kept(err);
}

static lf_rc null_committed_read(lf_encoder *e, uint64_t group, uint32_t col, lf_column_iter **out,
                                 lf_error *err) {
    (void)e;
    (void)group;
    (void)col;
    *out = NULL;
    return nothing_kept(err);
}

static lf_rc null_group_column_copy(lf_group *g, uint32_t col, lf_encoder *from,
                                    uint64_t from_group, lf_error *err) {
    (void)g;
    (void)col;
    (void)from;
    (void)from_group;
    return nothing_kept(err);
}

static lf_rc null_finish(lf_encoder *e, const lf_type *types, const lf_option *kv, size_t n_kv,
                         lf_encode_stats *stats_out, lf_error *err) {
    (void)types;
    (void)kv;
    (void)n_kv;
    (void)err;
    if (stats_out != NULL) *stats_out = (lf_encode_stats){.rows = e->rows, .row_groups = e->groups};
    return LF_OK;
}

static void null_close(lf_encoder *e) {
    if (e != NULL) lf_mem_free(e->alloc, e, sizeof *e);
}

static const char *const suffixes[] = {".null", NULL};

const lf_encoder_type lf_null_encoder = {
    .name = "null",
    .suffixes = suffixes,
    .check = null_check,
    .worker_bytes = null_worker_bytes,
    .open = null_open,
    .group_create = null_group_create,
    .group_begin = null_group_begin,
    .group_write = null_group_write,
    .group_column_write = null_group_column_write,
    .group_column_read = null_group_column_read,
    .group_column_replace = null_group_column_replace,
    .group_seal = null_group_done,
    .group_bytes = null_group_bytes,
    .group_commit = null_group_commit,
    .group_store = null_group_done,
    .group_destroy = null_group_destroy,
    .committed_groups = null_committed_groups,
    .committed_types = null_committed_types,
    .committed_read = null_committed_read,
    .group_column_copy = null_group_column_copy,
    .finish = null_finish,
    .close = null_close,
};
