/* kernel_bench - nanoseconds a cell of the typed CSV kernels, each set, on tiles as a decoder has
 * them: 160 records of 100 bytes, hot in the first cache. The least of many runs is printed, which
 * is what the code costs where nothing else runs. Arguments: names of kernels, or none for all. */
#include "core/cpu.h"
#include "infer/cell_kernel.h"
#include "infer/parse.h"
#include <stdio.h>
#include <string.h>
#include <time.h>

#define ROWS   160u
#define RECORD 100u
#define MARGIN 64u

static uint8_t text[ROWS * RECORD + 2 * MARGIN];
static uint32_t start[ROWS + 16], len[ROWS + 16];
static uint64_t values[ROWS + 64], valid[ROWS / 64 + 1], odd[ROWS / 64 + 1];
static uint64_t seed = 88172645463325252ull;

static uint32_t rnd(uint32_t n) {
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)((seed >> 11) % n);
}

typedef enum bench_kernel {
    B_INT,
    B_F64,
    B_DECIMAL,
    B_BOOL,
    B_DATE,
    B_STAMP,
    B_TIME,
    B_UTF8
} bench_kernel;

typedef struct bench {
    const char *name;
    bench_kernel kernel;
    lf_type type;
    const char *word;
    int (*make)(char *out, uint32_t row);
} bench;

static int make_small(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%u", rnd(2000));
}
static int make_delay(char *o, uint32_t r) {
    (void)r;
    if (rnd(40) == 0) return sprintf(o, "NA");
    return sprintf(o, "%d", (int)rnd(200) - 60);
}
static int make_key(char *o, uint32_t r) {
    return sprintf(o, "%u", 5990000 + r);
}
static int make_long(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%u%07u", 1 + rnd(99999), rnd(10000000));
}
static int make_price(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%u.%02u", 900 + rnd(103000), rnd(100));
}
static int make_rate(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "0.%02u", rnd(10));
}
static int make_place(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%s%u.%06u", rnd(2) ? "-" : "", rnd(180), rnd(1000000));
}
static int make_bool(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%s", rnd(2) ? "true" : "false");
}
static int make_date(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%04u-%02u-%02u", 1992 + rnd(7), 1 + rnd(12), 1 + rnd(28));
}
static int make_hour(char *o, uint32_t r) {
    return sprintf(o, "2013-01-%02uT%02u:00:00Z", 1 + r / 100, r / 10);
}
static int make_micros(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "2013-%02u-%02u %02u:%02u:%02u.%06u", 1 + rnd(12), 1 + rnd(28), rnd(24),
                   rnd(60), rnd(60), rnd(1000000));
}
static int make_nanos(char *o, uint32_t r) {
    return make_micros(o, r) + sprintf(o + 26, "%03u+02:00", rnd(1000));
}
static int make_clock(char *o, uint32_t r) {
    (void)r;
    return sprintf(o, "%02u:%02u:%02u", rnd(24), rnd(60), rnd(60));
}

static const bench benches[] = {
    {"int small", B_INT, {.id = LF_T_INT64}, "NA", make_small},
    {"int delay", B_INT, {.id = LF_T_INT64}, "NA", make_delay},
    {"int key", B_INT, {.id = LF_T_INT64}, NULL, make_key},
    {"int long", B_INT, {.id = LF_T_INT64}, NULL, make_long},
    {"f64 price", B_F64, {.id = LF_T_DOUBLE}, NULL, make_price},
    {"f64 rate", B_F64, {.id = LF_T_DOUBLE}, NULL, make_rate},
    {"f64 place", B_F64, {.id = LF_T_DOUBLE}, NULL, make_place},
    {"decimal price",
     B_DECIMAL,
     {.id = LF_T_DECIMAL, .precision = 18, .scale = 2},
     NULL,
     make_price},
    {"bool", B_BOOL, {.id = LF_T_BOOL}, NULL, make_bool},
    {"date", B_DATE, {.id = LF_T_DATE}, NULL, make_date},
    {"stamp hour", B_STAMP, {.id = LF_T_TIMESTAMP, .utc = 1}, NULL, make_hour},
    {"stamp micros", B_STAMP, {.id = LF_T_TIMESTAMP}, NULL, make_micros},
    {"stamp nanos",
     B_STAMP,
     {.id = LF_T_TIMESTAMP, .utc = 1, .unit = LF_UNIT_NS},
     NULL,
     make_nanos},
    {"time", B_TIME, {.id = LF_T_TIME}, NULL, make_clock},
    {"utf8 ascii", B_UTF8, {0}, NULL, NULL},
    {"utf8 mixed", B_UTF8, {0}, NULL, make_bool},
};

static double now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void prepare(const bench *b, lf_cells *in) {
    memset(text, 'x', sizeof text);
    for (uint32_t r = 0; r < ROWS; r++) {
        char *at = (char *)text + MARGIN + r * RECORD + 20;
        start[r] = r * RECORD + 20;
        if (b->kernel == B_UTF8 && b->make) memcpy(at, "\xE2\x82\xAC\xC3\xA9\xF0\x9F\x98\x80", 9);
        if (b->kernel == B_UTF8 || !b->make) continue;
        len[r] = (uint32_t)b->make(at, r);
        at[-1] = at[len[r]] = ',';
    }
    *in = (lf_cells){.base = text + MARGIN, .start = start, .len = len, .n = ROWS};
    if (b->word) {
        memcpy(&in->null_word[0], b->word, strlen(b->word));
        in->null_len[0] = (uint8_t)strlen(b->word);
        in->n_null_words = 1;
    }
}

static uint64_t run(const lf_cell_kernels *k, const bench *b, const lf_cells *in) {
    lf_cell_kernel_out out = {.values = values, .valid = valid, .odd = odd};
    switch (b->kernel) {
    case B_INT:
        k->int64(in, &out);
        break;
    case B_F64:
        k->f64(in, &out);
        break;
    case B_DECIMAL:
        k->decimal64(in, b->type.scale, &out);
        break;
    case B_BOOL:
        k->boolean(in, &out);
        break;
    case B_DATE:
        k->date(in, LF_DF_YMD_DASH, b->type, &out);
        break;
    case B_STAMP:
        k->timestamp(in, LF_DF_YMD_DASH, b->type, &out);
        break;
    case B_TIME:
        k->time(in, LF_DF_YMD_DASH, b->type, &out);
        break;
    case B_UTF8:
        return k->utf8(text + MARGIN, ROWS * RECORD) ? 0 : 1;
    }
    return out.n_odd;
}

static void measure(const bench *b) {
    static const lf_isa isas[] = {LF_ISA_SCALAR, LF_ISA_NEON, LF_ISA_AVX2, LF_ISA_AVX512};
    lf_cells in;
    prepare(b, &in);
    printf("%-14s", b->name);
    for (uint32_t i = 0; i < 4; i++) {
        lf_isa got;
        double best = 1e18;
        uint64_t odds = 0;
        if (lf_isa_select(lf_isa_name(isas[i]), &got, NULL) != LF_OK) continue;
        const lf_cell_kernels *k = lf_cell_kernels_get(isas[i]);
        for (uint32_t rep = 0; rep < 1500; rep++) {
            double t = now_ns();
            for (uint32_t j = 0; j < 20; j++)
                odds += run(k, b, &in);
            t = now_ns() - t;
            if (t < best) best = t;
        }
        double cells = 20.0 * (b->kernel == B_UTF8 ? ROWS * RECORD : ROWS);
        printf("  %s %6.3f", lf_isa_name(isas[i]), best / cells);
        if (odds) printf(" (%.1f odd)", (double)odds / 30000);
    }
    printf("  ns a %s\n", b->kernel == B_UTF8 ? "byte" : "cell");
    fflush(stdout);
}

int main(int argc, char **argv) {
    for (uint32_t k = 0; k < sizeof benches / sizeof *benches; k++) {
        bool wanted = argc < 2;
        for (int a = 1; a < argc; a++)
            wanted |= strstr(benches[k].name, argv[a]) != NULL;
        if (wanted) measure(&benches[k]);
    }
    return 0;
}
