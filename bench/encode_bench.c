/* What encoding costs: batches shaped like lineitem, one thread, without a file.
 *
 *     encode_bench [ROWS] [CODEC] [ISA]      all columns, then each alone, in ns a value */
#include "array/batch.h"
#include "core/limits.h"
#include "encode/parquet/parquet_encode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TILE_ROWS  1024u
#define POOL_TILES 64u
#define GROUP_ROWS (1u << 19)
#define N_COLUMNS  16u

typedef struct pool {
    lf_type type;
    void *values;
    uint8_t *bytes;
    uint32_t *start, *len; /* starts are of each tile's own bytes */
} pool;

static uint64_t state = 88172645463325252ull;
static uint64_t rng(void) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* ---- a sink that takes everything ---- */
static lf_rc take(lf_sink *s, uint64_t at, const void *p, size_t n, lf_error *err) {
    (void)s, (void)at, (void)p, (void)n, (void)err;
    return LF_OK;
}
static lf_rc give(lf_sink *s, uint64_t at, void *p, size_t n, lf_error *err) {
    (void)s, (void)at, (void)p, (void)n;
    return lf_fail(err, LF_EUNSUPPORTED, "nothing is kept");
}
static lf_rc copy(lf_sink *s, uint64_t at, lf_sink *f, uint64_t from, uint64_t n, lf_error *err) {
    (void)s, (void)at, (void)f, (void)from, (void)n;
    return lf_fail(err, LF_EUNSUPPORTED, "nothing is kept");
}
static lf_rc commit(lf_sink *s, uint64_t n, lf_error *err) {
    (void)s, (void)n, (void)err;
    return LF_OK;
}
static void leave(lf_sink *s) {
    (void)s;
}
static const lf_sink_type null_type = {"null", take, give, copy, commit, leave};

/* ---- data ---- */
static const struct {
    const char *name;
    uint8_t type;
    int kind;
} shape[N_COLUMNS] = {
    {"orderkey", LF_T_INT64, 0},    {"partkey", LF_T_INT64, 1},    {"suppkey", LF_T_INT64, 2},
    {"linenumber", LF_T_INT64, 3},  {"quantity", LF_T_INT64, 4},   {"price", LF_T_DOUBLE, 5},
    {"discount", LF_T_DOUBLE, 6},   {"tax", LF_T_DOUBLE, 7},       {"returnflag", LF_T_STRING, 8},
    {"linestatus", LF_T_STRING, 9}, {"shipdate", LF_T_DATE, 10},   {"commitdate", LF_T_DATE, 10},
    {"receiptdate", LF_T_DATE, 10}, {"instruct", LF_T_STRING, 11}, {"mode", LF_T_STRING, 12},
    {"comment", LF_T_STRING, 13},
};

static int64_t integer(int kind, uint64_t row) {
    switch (kind) {
    case 0:
        return (int64_t)(row / 4);
    case 1:
        return (int64_t)(rng() % 200000);
    case 2:
        return (int64_t)(rng() % 10000);
    case 3:
        return (int64_t)(rng() % 7 + 1);
    default:
        return (int64_t)(rng() % 50 + 1);
    }
}

static size_t text(int kind, char *out) {
    static const char *const modes[] = {"AIR", "FOB", "MAIL", "RAIL", "REG AIR", "SHIP", "TRUCK"};
    static const char *const instructs[] = {"COLLECT COD", "DELIVER IN PERSON", "NONE",
                                            "TAKE BACK RETURN"};
    static const char *const words[] = {"carefully ", "final ", "deposits ", "sleep ",
                                        "quickly ",   "even ",  "regular ",  "accounts ",
                                        "across ",    "the "};
    size_t n = 0, k;
    switch (kind) {
    case 8:
        out[0] = "ANR"[rng() % 3];
        return 1;
    case 9:
        out[0] = "FO"[rng() % 2];
        return 1;
    case 11:
        k = rng() % 4;
        memcpy(out, instructs[k], strlen(instructs[k]));
        return strlen(instructs[k]);
    case 12:
        k = rng() % 7;
        memcpy(out, modes[k], strlen(modes[k]));
        return strlen(modes[k]);
    default:
        for (uint64_t i = 2 + rng() % 4; i > 0; i--) {
            k = rng() % 10;
            memcpy(out + n, words[k], strlen(words[k]));
            n += strlen(words[k]);
        }
        for (uint64_t r = rng(), i = 0; i < 6; i++, r >>= 5) {
            out[n++] = (char)('a' + r % 26);
        }
        return n;
    }
}

static void fill(pool *p, uint32_t column) {
    const uint32_t n = POOL_TILES * TILE_ROWS;
    p->type = (lf_type){.id = shape[column].type};
    p->values = aligned_alloc(64, (size_t)n * 8 + 128);
    p->bytes = calloc(n, 64);
    p->start = calloc(n + 64, 4);
    p->len = calloc(n + 64, 4);
    size_t at = 0;
    for (uint32_t r = 0; r < n; r++) {
        const int kind = shape[column].kind;
        if (p->type.id == LF_T_INT64) {
            ((int64_t *)p->values)[r] = integer(kind, r);
        } else if (p->type.id == LF_T_DATE) {
            ((int32_t *)p->values)[r] = (int32_t)(8000 + rng() % 2526);
        } else if (p->type.id == LF_T_DOUBLE) {
            const double steps =
                kind == 5 ? (double)(90000 + rng() % 9500000) : (double)(rng() % 11);
            ((double *)p->values)[r] = steps / 100;
        } else {
            p->start[r] = (uint32_t)at;
            p->len[r] = (uint32_t)text(kind, (char *)p->bytes + at);
            at += p->len[r] + 1;
        }
    }
}

static void view(const pool *p, uint32_t tile, lf_column *out) {
    const size_t at = (size_t)tile * TILE_ROWS, slot = lf_type_slot_bytes(p->type);
    *out = (lf_column){.type = p->type,
                       .values = (const uint8_t *)p->values + at * slot,
                       .bytes = p->bytes,
                       .start = p->start + at,
                       .len = p->len + at};
}

/* Seconds for `rows` rows of columns [first, first + n); the file's size in *bytes_out. */
static double run(const pool *pools, uint32_t first, uint32_t n, uint64_t rows,
                  const lf_encode_opts *o, uint64_t *bytes_out) {
    const lf_encoder_type *t = &lf_parquet_encoder;
    lf_schema schema;
    lf_sink sink = {.type = &null_type};
    lf_encoder *e = NULL;
    lf_group *g = NULL;
    lf_type types[N_COLUMNS];
    lf_column columns[N_COLUMNS];
    lf_error err = {0};
    lf_encode_stats stats = {0};
    double from = seconds();
    lf_rc rc = LF_OK;
    lf_schema_init(&schema, lf_alloc_default());
    for (uint32_t i = 0; i < n; i++) {
        const char *name = shape[first + i].name;
        types[i] = pools[first + i].type;
        LF_GO(lf_schema_add(&schema, name, strlen(name), types[i], true, &err));
    }
    LF_GO(t->open(o, &schema, &sink, &e, &err));
    LF_GO(t->group_create(e, false, &g, &err));
    from = seconds();
    for (uint64_t row = 0; row < rows; row += GROUP_ROWS) {
        LF_GO(t->group_begin(g, types, &err));
        for (uint64_t r = row; r < rows && r < row + GROUP_ROWS; r += TILE_ROWS) {
            for (uint32_t i = 0; i < n; i++) {
                view(&pools[first + i], (uint32_t)(r / TILE_ROWS % POOL_TILES), &columns[i]);
            }
            const lf_batch b = {.n_rows = TILE_ROWS, .n_columns = n, .columns = columns};
            LF_GO(t->group_write(g, &b, &err));
        }
        LF_GO(t->group_seal(g, &err));
        LF_GO(t->group_commit(g, &err));
        LF_GO(t->group_store(g, &err));
    }
    LF_GO(t->finish(e, types, NULL, 0, &stats, &err));
    from = seconds() - from;
    *bytes_out = stats.bytes;
out:
    if (rc != LF_OK) fprintf(stderr, "%s: %s\n", lf_rc_name(rc), err.message);
    t->group_destroy(g);
    t->close(e);
    lf_schema_reset(&schema);
    return from;
}

int main(int argc, char **argv) {
    const uint64_t rows = argc > 1 ? strtoull(argv[1], NULL, 10) : 6000000;
    const lf_option codec = {"compression", argc > 2 ? argv[2] : "none"};
    lf_encode_opts o = {.struct_size = sizeof o,
                        .options = &codec,
                        .n_options = 1,
                        .memory_limit_bytes = LF_MEMORY_DEFAULT_BYTES,
                        .group_text_bytes = 64 * LF_MIB};
    lf_error err = {0};
    if (lf_isa_select(argc > 3 ? argv[3] : NULL, &o.isa, &err) != LF_OK) {
        fprintf(stderr, "%s\n", err.message);
        return 2;
    }
    static pool pools[N_COLUMNS];
    for (uint32_t i = 0; i < N_COLUMNS; i++) {
        fill(&pools[i], i);
    }
    uint64_t bytes = 0;
    double s = run(pools, 0, N_COLUMNS, rows, &o, &bytes);
    printf("%-12s %7.3f s  %6.2f ns a value  %7.1f MB  (%s, %s)\n", "all", s,
           s * 1e9 / (double)(rows * N_COLUMNS), (double)bytes / 1e6, codec.value,
           lf_isa_name(o.isa));
    for (uint32_t i = 0; i < N_COLUMNS; i++) {
        s = run(pools, i, 1, rows, &o, &bytes);
        printf("%-12s %7.3f s  %6.2f ns a value  %7.1f MB\n", shape[i].name, s,
               s * 1e9 / (double)rows, (double)bytes / 1e6);
    }
    return 0;
}
