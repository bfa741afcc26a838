/* The n-th allocation or write fails, for all n: an error comes back, nothing leaks or crashes. */
#include "cases.h"
#include "lf_test.h"

typedef struct failing {
    lf_alloc alloc;
    long left; /* allocations until one fails; negative: never */
    long live; /* bytes */
} failing;

static bool refuse(failing *f) {
    if (f->left < 0) return false;
    if (f->left == 0) return true;
    f->left--;
    return false;
}
static void *f_alloc(void *ctx, size_t n) {
    failing *f = ctx;
    if (refuse(f)) return NULL;
    f->live += (long)n;
    return malloc(n);
}
static void *f_realloc(void *ctx, void *p, size_t old, size_t n) {
    failing *f = ctx;
    if (refuse(f)) return NULL;
    f->live += (long)n - (long)old;
    return realloc(p, n);
}
static void f_free(void *ctx, void *p, size_t n) {
    if (p == NULL) return;
    ((failing *)ctx)->live -= (long)n;
    free(p);
}

static lf_rc write_with(const table *t, failing *f, int fail_write, bool spill, const char *codec) {
    const lf_option options[] = {{"compression", codec}};
    const lf_encode_opts o = {.struct_size = sizeof o,
                              .alloc = &f->alloc,
                              .isa = lf_isa_best(),
                              .options = options,
                              .n_options = 1,
                              .memory_limit_bytes = 100 * LF_MIB,
                              .temp_open = plain_temp};
    const lf_encoder_type *p = &lf_parquet_encoder;
    lf_sink *sink = plain_open(NULL);
    ((plain_sink *)sink)->fail_after = fail_write;
    lf_encoder *e = NULL;
    lf_group *g = NULL;
    lf_column_iter *it = NULL;
    lf_error err = {0};
    lf_encode_stats stats = {0};
    static tile tiles[64];
    lf_column cols[64];
    lf_type types[64];
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < t->n_cols; i++)
        types[i] = t->cols[i].type;
    LF_GO(p->open(&o, &t->schema, sink, &e, &err));
    LF_GO(p->group_create(e, spill, &g, &err));
    for (int group = 0; group < 2; group++) {
        LF_GO(p->group_begin(g, types, &err));
        for (uint64_t at = 0; at < t->n_rows; at += 2000) {
            const uint32_t n = t->n_rows - at < 2000 ? (uint32_t)(t->n_rows - at) : 2000;
            for (uint32_t i = 0; i < t->n_cols; i++)
                tile_fill(&tiles[i], &t->cols[i], at, n, &cols[i]);
            const lf_batch b = {.n_rows = n, .n_columns = t->n_cols, .columns = cols};
            LF_GO(p->group_write(g, &b, &err));
        }
        LF_GO(p->group_column_read(g, 1, &it, &err));
        LF_GO(p->group_column_replace(g, 1, &types[1], it, &err));
        it->close(it);
        it = NULL;
        LF_GO(p->group_seal(g, &err));
        LF_GO(p->group_commit(g, &err));
        LF_GO(p->group_store(g, &err));
    }
    LF_GO(p->finish(e, types, NULL, 0, &stats, &err));
out:
    if (it != NULL) it->close(it);
    p->group_destroy(g);
    p->close(e);
    sink->type->close(sink);
    if (rc != LF_OK) LF_CHECK(err.rc == rc);
    return rc;
}

static table *small_table(void) {
    table *t = table_new(5000);
    fill_i64(table_add(t, "a", T_I64), 5000, f_small);
    fill_i64(table_add(t, "b", T_I64), 5000, f_random);
    fill_str(table_add(t, "c", T_STR), 5000, 0);
    fill_str(table_add(t, "d", T_STR), 5000, 1);
    tcol *c = table_add(t, "e", T_F64);
    nulls_every(c, 5000, 3);
    fill_str(table_add(t, "f", T_STR), 5000, 2);
    table_add(t, "g", T_BOOL);
    return t;
}

static void every_allocation_may_fail(void) {
    table *t = small_table();
    for (int way = 0; way < 3; way++) {
        static const char *const codecs[] = {"none", "snappy", "zstd"};
        long n = 0;
        lf_rc rc = LF_ENO_MEMORY;
        for (; rc != LF_OK && n < 5000; n++) {
            failing f = {{f_alloc, f_realloc, f_free, NULL}, n, 0};
            f.alloc.ctx = &f;
            rc = write_with(t, &f, -1, way == 1, codecs[way]);
            if (rc != LF_OK) LF_CHECK_EQ_I64(rc, LF_ENO_MEMORY);
            if (!LF_CHECK_EQ_I64(f.live, 0)) printf("  after allocation %ld\n", n);
        }
        LF_CHECK(n > 50 && n < 5000);
    }
    table_free(t);
}

static void every_write_may_fail(void) {
    table *t = small_table();
    lf_rc rc = LF_EWRITE;
    int n = 0;
    for (; rc != LF_OK && n < 100; n++) {
        failing f = {{f_alloc, f_realloc, f_free, NULL}, -1, 0};
        f.alloc.ctx = &f;
        rc = write_with(t, &f, n, false, "snappy");
        if (rc != LF_OK) LF_CHECK_EQ_I64(rc, LF_EWRITE);
        LF_CHECK_EQ_I64(f.live, 0);
    }
    LF_CHECK(n > 2);
    table_free(t);
}

int main(void) {
    LF_RUN(every_allocation_may_fail);
    LF_RUN(every_write_may_fail);
    LF_TEST_MAIN_END;
}
