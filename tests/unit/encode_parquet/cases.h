/* unit/encode_parquet/cases.h - tables that go through every type, encoding and edge.
 * Owns: nothing. Threads: one. Fails: by exit. */
#ifndef LF_TEST_CASES_H
#define LF_TEST_CASES_H
#include "table.h"
#include <math.h>

static const lf_type T_BOOL = {.id = LF_T_BOOL}, T_I64 = {.id = LF_T_INT64},
                     T_U64 = {.id = LF_T_UINT64}, T_F64 = {.id = LF_T_DOUBLE},
                     T_DATE = {.id = LF_T_DATE}, T_STR = {.id = LF_T_STRING},
                     T_NULL = {.id = LF_T_NULL}, T_TIME = {.id = LF_T_TIME},
                     T_TS = {.id = LF_T_TIMESTAMP},
                     T_TSNS = {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS, .utc = 1},
                     T_DEC = {.id = LF_T_DECIMAL, .precision = 12, .scale = 2},
                     T_DEC38 = {.id = LF_T_DECIMAL, .precision = 38, .scale = 5},
                     T_DEC20 = {.id = LF_T_DECIMAL, .precision = 20, .scale = 0};

typedef int64_t (*int_fn)(uint64_t row);

static void fill_i64(tcol *c, uint64_t n, int_fn f) {
    for (uint64_t r = 0; r < n; r++)
        ((int64_t *)c->values)[r] = f(r);
}
static int64_t f_sorted(uint64_t r) {
    return (int64_t)(r * 4 + rng() % 4);
}
static int64_t f_random(uint64_t r) {
    (void)r;
    return (int64_t)rng();
}
static int64_t f_small(uint64_t r) {
    (void)r;
    return (int64_t)(rng() % 7);
}
static int64_t f_const(uint64_t r) {
    (void)r;
    return -5;
}
static int64_t f_runs(uint64_t r) {
    return (int64_t)(r / 1000 % 50);
}
static int64_t f_far(uint64_t r) {
    (void)r;
    return (int64_t)(rng() % 100 * 1000000007ull);
}
static int64_t f_extreme(uint64_t r) {
    return r % 3 == 0 ? INT64_MIN : r % 3 == 1 ? INT64_MAX : 0;
}
static int64_t f_late(uint64_t r) {
    return r < 60000 ? (int64_t)(r % 100) : (int64_t)(rng() >> 20);
}
static int64_t f_grow(uint64_t r) {
    return (int64_t)(rng() % (r / 50 + 1));
}

static void nulls_every(tcol *c, uint64_t n, uint32_t k) {
    for (uint64_t r = 0; r < n; r++)
        if (rng() % k == 0) set_null(c, r);
}

static void fill_str(tcol *c, uint64_t n, int kind) {
    char b[4096];
    static const char *const words[] = {"AIR",
                                        "TRUCK",
                                        "MAIL",
                                        "",
                                        "REG AIR",
                                        "SHIP BY SEA OR LAND",
                                        "\xc3\xa9t\xc3\xa9",
                                        "a",
                                        "DELIVER IN PERSON WITH A SIGNATURE, PLEASE"};
    for (uint64_t r = 0; r < n; r++) {
        int m = 0;
        switch (kind) {
        case 0:
            m = snprintf(b, sizeof b, "%s", words[rng() % 9]);
            break;
        case 1: /* text: no repeats */
            m = snprintf(b, sizeof b, "%llx carefully %llu", (unsigned long long)rng(),
                         (unsigned long long)(rng() % 1000));
            break;
        case 2:
            m = snprintf(b, sizeof b, "https://example.org/a/b/%08llu", (unsigned long long)r);
            break;
        case 3:
            m = snprintf(b, sizeof b, "one");
            break;
        case 4:
            m = snprintf(b, sizeof b, "key%llu", (unsigned long long)(rng() % 65535));
            break;
        case 5:
            m = snprintf(b, sizeof b, "key%llu",
                         (unsigned long long)(r < 50000 ? rng() % 900 : rng()));
            break;
        case 6: /* long, over 64 bytes in statistics, multi-byte around the cut */
            m = snprintf(b, sizeof b, "%*s", 63, "");
            for (int i = 0; i < m; i++)
                b[i] = 'x';
            m += snprintf(b + m, sizeof b - (size_t)m, "\xe2\x82\xac%llu",
                          (unsigned long long)(rng() % 50));
            break;
        case 7: /* now and then a large one */
            m = (int)(rng() % 500 == 0 ? 4000 : rng() % 20);
            for (int i = 0; i < m; i++)
                b[i] = (char)('a' + rng() % 26);
            break;
        case 8: /* as many distinct ones as a dictionary holds, then one more */
            m = snprintf(b, sizeof b, "%llu", (unsigned long long)(r % 65536));
            break;
        case 9:
            m = 0;
            break; /* empty */
        }
        set_str(c, r, b, (size_t)m);
    }
}

static table *all_types(uint64_t n) {
    table *t = table_new(n);
    tcol *c;
    static const struct {
        const char *name;
        int_fn f;
    } ints[] = {{"sorted", f_sorted},   {"random", f_random}, {"small", f_small},
                {"const", f_const},     {"runs", f_runs},     {"far", f_far},
                {"extreme", f_extreme}, {"late", f_late},     {"grow", f_grow}};
    char name[64];
    for (size_t i = 0; i < 9; i++) {
        for (int nulls = 0; nulls < 2; nulls++) {
            snprintf(name, sizeof name, "i64_%s%s", ints[i].name, nulls ? "_n" : "");
            c = table_add(t, name, T_I64);
            fill_i64(c, n, ints[i].f);
            if (nulls) nulls_every(c, n, 5);
        }
    }
    c = table_add_as(t, "i64_required", T_I64, false);
    fill_i64(c, n, f_random);
    c = table_add(t, "u64", T_U64);
    fill_i64(c, n, f_random);
    c = table_add(t, "time", T_TIME);
    for (uint64_t r = 0; r < n; r++)
        ((int64_t *)c->values)[r] = (int64_t)(rng() % 86400000000ull);
    c = table_add(t, "ts", T_TS);
    for (uint64_t r = 0; r < n; r++)
        ((int64_t *)c->values)[r] = 1500000000000000ll + (int64_t)r * 1000000;
    nulls_every(c, n, 50);
    c = table_add(t, "tsns", T_TSNS);
    for (uint64_t r = 0; r < n; r++)
        ((int64_t *)c->values)[r] = 1500000000000000000ll + (int64_t)(rng() >> 8);
    c = table_add(t, "date", T_DATE);
    for (uint64_t r = 0; r < n; r++)
        ((int32_t *)c->values)[r] = (int32_t)(rng() % 2500) + 8000;
    c = table_add(t, "date_n", T_DATE);
    for (uint64_t r = 0; r < n; r++)
        ((int32_t *)c->values)[r] = (int32_t)(rng() % 2000000) - 700000;
    nulls_every(c, n, 2);
    c = table_add(t, "dec", T_DEC);
    for (uint64_t r = 0; r < n; r++)
        ((int64_t *)c->values)[r] = (int64_t)(rng() % 1000000000) - 500000000;
    c = table_add(t, "dec38", T_DEC38);
    for (uint64_t r = 0; r < n; r++)
        ((__int128 *)c->values)[r] = (__int128)(int64_t)rng() * 1000000007;
    nulls_every(c, n, 3);
    c = table_add(t, "dec20", T_DEC20);
    for (uint64_t r = 0; r < n; r++)
        ((__int128 *)c->values)[r] = (__int128)(int64_t)rng() * 5;
    c = table_add(t, "bool", T_BOOL);
    for (uint64_t r = 0; r < n; r++)
        c->values[r] = rng() & 1;
    nulls_every(c, n, 4);
    c = table_add(t, "bool_const", T_BOOL);
    for (uint64_t r = 0; r < n; r++)
        c->values[r] = 1;
    c = table_add(t, "f64", T_F64);
    for (uint64_t r = 0; r < n; r++)
        ((double *)c->values)[r] = (double)(int64_t)rng() / 1e5;
    c = table_add(t, "f64_few", T_F64);
    for (uint64_t r = 0; r < n; r++)
        ((double *)c->values)[r] = (double)(rng() % 11) / 100;
    c = table_add(t, "f64_odd", T_F64);
    static const double odd[] = {0.0, -0.0, NAN, INFINITY, -INFINITY, 1.5};
    for (uint64_t r = 0; r < n; r++)
        ((double *)c->values)[r] = odd[rng() % 6];
    nulls_every(c, n, 9);
    c = table_add(t, "f64_nan", T_F64);
    for (uint64_t r = 0; r < n; r++)
        ((double *)c->values)[r] = NAN;
    c = table_add(t, "all_null", T_NULL);
    for (uint64_t r = 0; r < n; r++)
        set_null(c, r);
    c = table_add(t, "i64_null", T_I64);
    for (uint64_t r = 0; r < n; r++)
        set_null(c, r);
    c = table_add(t, "half_null", T_I64); /* whole pages of nulls */
    for (uint64_t r = 0; r < n; r++) {
        ((int64_t *)c->values)[r] = (int64_t)r;
        if (r / 40000 % 2 == 0) set_null(c, r);
    }
    for (int k = 0; k < 10; k++) {
        snprintf(name, sizeof name, "str_%d", k);
        c = table_add(t, name, T_STR);
        fill_str(c, n, k);
        if (k < 8 && k != 3) {
            snprintf(name, sizeof name, "str_%d_n", k);
            c = table_add(t, name, T_STR);
            fill_str(c, n, k);
            nulls_every(c, n, 6);
        }
    }
    return t;
}

#endif
