/* Columns of open and committed groups come back as they were written, and reading shows nowhere.
 */
#include "cases.h"
#include "core/hash.h"
#include "lf_test.h"

#define ROWS 70000

/* Compares what an iterator yields with rows [0, n) of a column. */
static bool same_column(lf_column_iter *it, const tcol *c, uint64_t n, const char *name) {
    uint64_t at = 0;
    for (;;) {
        lf_column in;
        uint32_t rows = 0;
        lf_error err = {0};
        if (!LF_CHECK(it->next(it, &in, &rows, &err) == LF_OK)) {
            printf("  %s: %s\n", name, err.message);
            return false;
        }
        if (rows == 0) break;
        for (uint32_t r = 0; r < rows; r++, at++) {
            const bool valid = lf_column_is_valid(&in, r);
            bool same = at < n && valid == c->valid[at];
            if (same && valid && c->slot)
                same = memcmp((const uint8_t *)in.values + (size_t)r * c->slot,
                              c->values + at * c->slot, c->slot) == 0;
            if (same && valid && !c->slot)
                same = in.len[r] == c->len[at] &&
                       memcmp(in.bytes + in.start[r], c->bytes + c->start[at], in.len[r]) == 0;
            if (!LF_CHECK(same)) {
                printf("  %s: row %llu\n", name, (unsigned long long)at);
                return false;
            }
        }
    }
    return LF_CHECK_EQ_U64(at, n);
}

typedef struct writer {
    const table *t;
    lf_sink *sink;
    lf_encoder *e;
    lf_group *g;
    tile *tiles;
    lf_column *cols;
    lf_type *types;
} writer;

static void writer_open(writer *w, const table *t, const char *codec, bool spill) {
    static lf_option options[1];
    options[0] = (lf_option){"compression", codec};
    const lf_encode_opts o = {.struct_size = sizeof o,
                              .isa = lf_isa_best(),
                              .options = options,
                              .n_options = 1,
                              .memory_limit_bytes = 100 * LF_MIB,
                              .temp_open = plain_temp};
    *w = (writer){.t = t, .sink = plain_open(NULL)};
    w->tiles = malloc((t->n_cols + 1) * sizeof *w->tiles);
    w->cols = calloc(t->n_cols + 1, sizeof *w->cols);
    w->types = calloc(t->n_cols + 1, sizeof *w->types);
    for (uint32_t i = 0; i < t->n_cols; i++)
        w->types[i] = t->cols[i].type;
    LF_CHECK(lf_parquet_encoder.open(&o, &t->schema, w->sink, &w->e, NULL) == LF_OK);
    LF_CHECK(lf_parquet_encoder.group_create(w->e, spill, &w->g, NULL) == LF_OK);
    LF_CHECK(lf_parquet_encoder.group_begin(w->g, w->types, NULL) == LF_OK);
}

static void writer_rows(writer *w, uint64_t from, uint64_t to) {
    while (from < to) {
        const uint32_t n = to - from < 3000 ? (uint32_t)(to - from) : 3000;
        for (uint32_t i = 0; i < w->t->n_cols; i++)
            tile_fill(&w->tiles[i], &w->t->cols[i], from, n, &w->cols[i]);
        const lf_batch b = {.n_rows = n, .n_columns = w->t->n_cols, .columns = w->cols};
        lf_error err = {0};
        if (!LF_CHECK(lf_parquet_encoder.group_write(w->g, &b, &err) == LF_OK))
            printf("  %s\n", err.message);
        from += n;
    }
}

static uint64_t writer_finish(writer *w) {
    LF_CHECK(lf_parquet_encoder.group_seal(w->g, NULL) == LF_OK);
    LF_CHECK(lf_parquet_encoder.group_commit(w->g, NULL) == LF_OK);
    LF_CHECK(lf_parquet_encoder.group_store(w->g, NULL) == LF_OK);
    lf_encode_stats stats = {0};
    LF_CHECK(lf_parquet_encoder.finish(w->e, w->types, NULL, 0, &stats, NULL) == LF_OK);
    uint8_t *p = malloc(stats.bytes);
    LF_CHECK(w->sink->type->read_at(w->sink, 0, p, stats.bytes, NULL) == LF_OK);
    const uint64_t h = lf_hash64(p, stats.bytes, 0);
    free(p);
    return h;
}

static void writer_close(writer *w) {
    lf_parquet_encoder.group_destroy(w->g);
    lf_parquet_encoder.close(w->e);
    w->sink->type->close(w->sink);
    free(w->tiles), free(w->cols), free(w->types);
}

static void read_all_columns(writer *w, uint64_t rows) {
    for (uint32_t i = 0; i < w->t->n_cols; i++) {
        lf_column_iter *it = NULL;
        lf_error err = {0};
        if (!LF_CHECK(lf_parquet_encoder.group_column_read(w->g, i, &it, &err) == LF_OK)) {
            printf("  %s\n", err.message);
            continue;
        }
        same_column(it, &w->t->cols[i], rows, w->t->schema.fields[i].name);
        it->close(it);
    }
}

static void open_columns_come_back_and_go_on(void) {
    table *t = all_types(ROWS);
    static const char *const codecs[] = {"none", "snappy", "zstd"};
    for (int k = 0; k < 3; k++) {
        writer w;
        writer_open(&w, t, codecs[k], false);
        writer_rows(&w, 0, ROWS);
        const uint64_t plain = writer_finish(&w);
        writer_close(&w);
        writer_open(&w, t, codecs[k], k == 1);
        static const uint64_t stops[] = {0, 5, 4500, 20480, 31000, 65000, ROWS};
        uint64_t at = 0;
        for (size_t s = 0; s < sizeof stops / sizeof *stops; s++) {
            writer_rows(&w, at, stops[s]);
            at = stops[s];
            read_all_columns(&w, at);
        }
        LF_CHECK_EQ_U64(writer_finish(&w), plain);
        for (uint32_t i = 0; i < t->n_cols; i++) {
            lf_column_iter *it = NULL;
            LF_CHECK(lf_parquet_encoder.committed_read(w.e, 0, i, &it, NULL) == LF_OK);
            if (it == NULL) continue;
            same_column(it, &t->cols[i], ROWS, t->schema.fields[i].name);
            it->close(it);
        }
        writer_close(&w);
    }
    table_free(t);
}

static void copied_chunks_are_the_same_bytes(void) {
    table *t = all_types(30000);
    writer a, b;
    writer_open(&a, t, "snappy", false);
    writer_rows(&a, 0, 30000);
    const uint64_t h = writer_finish(&a);
    uint64_t rows = 0;
    lf_type *types = calloc(t->n_cols, sizeof *types);
    LF_CHECK_EQ_U64(lf_parquet_encoder.committed_groups(a.e), 1);
    LF_CHECK(lf_parquet_encoder.committed_types(a.e, 0, types, &rows, NULL) == LF_OK);
    LF_CHECK_EQ_U64(rows, 30000);
    LF_CHECK(lf_type_equal(types[0], t->cols[0].type));
    writer_open(&b, t, "snappy", true);
    for (uint32_t i = 0; i < t->n_cols; i++)
        LF_CHECK(lf_parquet_encoder.group_column_copy(b.g, i, a.e, 0, NULL) == LF_OK);
    LF_CHECK_EQ_U64(writer_finish(&b), h);
    writer_close(&a);
    writer_close(&b);
    free(types);
    table_free(t);
}

/* A column of int64 whose text form is wanted from row 40,000 on. */
typedef struct printing {
    lf_column_iter base;
    const tcol *c;
    uint64_t at, n;
    tile s;
} printing;

static lf_rc printing_next(lf_column_iter *it, lf_column *out, uint32_t *n_out, lf_error *err) {
    (void)err;
    printing *p = (printing *)it;
    const uint32_t n = p->n - p->at < 1000 ? (uint32_t)(p->n - p->at) : 1000;
    tile_fill(&p->s, p->c, p->at, n, out);
    p->at += n;
    *n_out = n;
    return LF_OK;
}

static void replaced_columns_equal_those_written_so(void) {
    table *ints = table_new(ROWS), *text = table_new(ROWS);
    tcol *i = table_add(ints, "a", T_I64), *s = table_add(text, "a", T_STR);
    char b[32];
    for (uint64_t r = 0; r < ROWS; r++) {
        ((int64_t *)i->values)[r] = (int64_t)r * 3;
        set_str(s, r, b, (size_t)snprintf(b, sizeof b, "%llu", (unsigned long long)r * 3));
    }
    writer w;
    writer_open(&w, text, "snappy", false);
    writer_rows(&w, 0, ROWS);
    const uint64_t want = writer_finish(&w);
    writer_close(&w);
    writer_open(&w, ints, "snappy", false);
    writer_rows(&w, 0, 40000);
    printing *p = calloc(1, sizeof *p);
    *p = (printing){.base = {printing_next, NULL}, .c = s, .n = 40000};
    LF_CHECK(lf_parquet_encoder.group_column_replace(w.g, 0, &T_STR, &p->base, NULL) == LF_OK);
    free(p);
    w.t = text;
    w.types[0] = T_STR;
    writer_rows(&w, 40000, ROWS);
    LF_CHECK_EQ_U64(writer_finish(&w), want);
    writer_close(&w);
    table_free(ints);
    table_free(text);
}

int main(void) {
    LF_RUN(open_columns_come_back_and_go_on);
    LF_RUN(copied_chunks_are_the_same_bytes);
    LF_RUN(replaced_columns_equal_those_written_so);
    LF_TEST_MAIN_END;
}
