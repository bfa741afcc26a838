/* Columns and their types by table; the lattice by random cells. */
#include "infer/evidence.h"
#include "infer/parse.h"
#include "infer_random.h"
#include "lf_test.h"

static lf_evidence of_cells(const char *cells) { /* separated by '|'; "..." is quoted */
    lf_evidence e;
    lf_parse_ctx c;
    lf_parse_ctx_init(&c);
    c.bool_words = LF_K_WORDS;
    lf_evidence_init(&e);
    for (const char *p = cells;; p++) {
        const char *end = strchr(p, '|');
        size_t n = end ? (size_t)(end - p) : strlen(p);
        bool quoted = n >= 2 && p[0] == '"';
        lf_evidence_add(&e, (lf_span){(const uint8_t *)p + quoted, n - 2 * quoted}, quoted, &c);
        if (!end) return e;
        p = end;
    }
}

static const struct {
    const char *cells, *type, *with_decimal; /* NULL: the same */
} columns[] = {
    {"", "null", NULL},
    {"NA||null", "null", NULL},
    {"\"\"|", "null", NULL},
    {"true|false", "bool", NULL},
    {"TRUE|FALSE|NA", "bool", NULL},
    {"True|False", "bool", NULL},
    {"true|FALSE", "string", NULL},
    {"T|F", "bool", NULL},
    {"yes|no", "bool", NULL},
    {"YES|NO|", "bool", NULL},
    {"Yes|No", "bool", NULL},
    {"y|n", "bool", NULL},
    {"On|Off", "bool", NULL},
    {"yes", "string", NULL},
    {"no|no", "string", NULL},
    {"Y", "string", NULL},
    {"on", "string", NULL},
    {"yes|NO", "string", NULL},
    {"yes|n", "string", NULL},
    {"yes|no|true", "string", NULL},
    {"yes|no|y|n", "string", NULL},
    {"yes|no|maybe", "string", NULL},
    {"yes|no|1", "string", NULL},
    {"M|F", "string", NULL},
    {"0|1", "int64", NULL},
    {"1|-2||NaN|-", "int64", NULL},
    {"-0|5", "int64", NULL},
    {"\"12\"|3", "int64", NULL},
    {"\"NA\"|3", "string", NULL},
    {"9223372036854775807|-9223372036854775808", "int64", NULL},
    {"9223372036854775808|1", "uint64", NULL},
    {"18446744073709551615", "uint64", NULL},
    {"9223372036854775808|-1", "decimal(19,0)", NULL},
    {"18446744073709551616", "decimal(20,0)", NULL},
    {"12345678901234567890123456789012345678", "decimal(38,0)", NULL},
    {"1234567890123456789012345678901234567890", "string", NULL},
    {"00123|02116", "string", NULL},
    {"+5", "string", NULL},
    {"1_000", "string", NULL},
    {"0x1F", "string", NULL},
    {"1,234.56", "string", NULL},
    {"$5", "string", NULL},
    {"50%", "string", NULL},
    {" 5", "string", NULL},
    {"5 ", "string", NULL},
    {"1.5|2", "double", "decimal(2,1)"},
    {".5|5.", "double", "decimal(2,1)"},
    {"1.50|22.25", "double", "decimal(4,2)"},
    {"1e5", "double", NULL},
    {"1.5E-3|2", "double", NULL},
    {"1.5|NaN", "double", "decimal(2,1)"},
    {"Infinity|1.5", "string", NULL},
    {"inf", "string", NULL},
    {"-inf|1", "string", NULL},
    {"nan|1", "string", NULL},
    {"1e400", "string", NULL},
    {"1e-400", "string", NULL},
    {"0.1|9007199254740993", "decimal(17,1)", NULL},
    {"123456789012345.6", "decimal(16,1)", NULL},
    {"0.123456789012345", "double", "decimal(15,15)"},
    {"0.1234567890123456", "decimal(16,16)", NULL},
    {"649686000000001631.440", "decimal(21,3)", NULL},
    {"1.2345678901234568e-05|0.12345678901234566", "double", NULL},
    {"1.23456789012345678901e-05|0.5", "string", NULL},
    {"1.000000000000000000e+00|2.500000000000000000e-01", "double", NULL},
    {"0.00000000000000000000000000000000000000000000000001|1", "double", "double"},
    {"2026-03-08|2026-12-31", "date", NULL},
    {"2026-3-8", "date", NULL},
    {"2026/03/08", "date", NULL},
    {"2026.03.08", "date", NULL},
    {"03/08/2026|26/06/2026", "date", NULL},
    {"03/08/2026|06/26/2026", "date", NULL},
    {"03/08/2026|04/05/2026", "string", NULL},
    {"26/06/2026|06/26/2026", "string", NULL},
    {"2026-03-08|08.03.2026", "string", NULL},
    {"31.12.2026", "date", NULL},
    {"31-12-2026", "date", NULL},
    {"01/02/26", "string", NULL},
    {"1.2.20", "string", NULL},
    {"11.0.1", "string", NULL},
    {"1900-02-29", "string", NULL},
    {"2000-02-29", "date", NULL},
    {"0000-01-01", "string", NULL},
    {"0001-01-01|9999-12-31", "date", NULL},
    {"10000-01-01", "string", NULL},
    {"2026-13-01", "string", NULL},
    {"10:20:30", "time", NULL},
    {"10:20:30.123456789", "time[ns]", NULL},
    {"10:20:30.123456000", "time", NULL},
    {"10:20", "string", NULL},
    {"1:2:3", "string", NULL},
    {"24:00:00", "string", NULL},
    {"23:59:60", "string", NULL},
    {"10:20:30Z", "string", NULL},
    {"2026-03-08 10:20:30", "timestamp[us]", NULL},
    {"2026-03-08T10:20:30.5", "timestamp[us]", NULL},
    {"2026-03-08 10:20", "timestamp[us]", NULL},
    {"2026-03-08|2000-01-01 00:00:00", "timestamp[us]", NULL},
    {"2026-03-08 10:20:30.1234567", "timestamp[ns]", NULL},
    {"2026-03-08 10:20:30.1234567|1500-01-01 00:00:00", "string", NULL},
    {"2026-03-08 10:20:30.1234567|1500-01-01", "string", NULL},
    {"1500-01-01 00:00:00", "timestamp[us]", NULL},
    {"2026-03-08T10:20:30Z", "timestamp[us,UTC]", NULL},
    {"2026-03-08 10:20:30+02:00|2026-03-08 10:20:30Z", "timestamp[us,UTC]", NULL},
    {"2026-03-08 10:20:30+0200|2026-03-08 10:20:30-05", "timestamp[us,UTC]", NULL},
    {"2026-03-08 10:20:30+02:00|2026-03-08 10:20:30", "string", NULL},
    {"2026-03-08|2026-03-08 10:20:30Z", "string", NULL},
    {"2026-03-08 10:20:30 UTC|2026-03-08 10:20:30 GMT", "timestamp[us,UTC]", NULL},
    {"2026-03-08 10:20:30 CET", "string", NULL},
    {"2026-03-08 10:20:30 +02:00", "timestamp[us,UTC]", NULL},
    {"2026-03-08 10:20:30,123", "timestamp[us]", NULL},
    {"08-Mar-2026|9-APR-2026", "date", NULL},
    {"8 March 2026|8 may 2026", "date", NULL},
    {"08/Mar/2026:10:00:00 +0000", "timestamp[us,UTC]", NULL},
    {"Mar 8, 2026|March 18, 2026", "date", NULL},
    {"Mar 8 2026", "date", NULL},
    {"2026-Mar-08", "date", NULL},
    {"Sun, 08 Mar 2026 10:00:00 +0000|Mon, 9 Mar 2026 10:00:00 GMT", "timestamp[us,UTC]", NULL},
    {"Mon, 08 Mar 2026", "string", NULL},
    {"Sunday, March 8, 2026", "date", NULL},
    {"Sun Mar  8 10:00:00 2026|Wed Mar 18 10:00:00 2026", "timestamp[us]", NULL},
    {"Sun Mar  8 10:00:00 UTC 2026", "timestamp[us,UTC]", NULL},
    {"20260308T101500Z", "timestamp[us,UTC]", NULL},
    {"20260308T101500", "timestamp[us]", NULL},
    {"20260308", "int64", NULL},
    {"08-Mar-2026|08 Mar 2026", "string", NULL},
    {"08-Mar-2026|2026-03-08", "string", NULL},
    {"08-Mar-26", "string", NULL},
    {"29-Feb-2025", "string", NULL},
    {"Marine 8, 2026", "string", NULL},
    {"8 März 2026", "string", NULL},
    {"March 2026", "string", NULL},
    {"10:05 PM|1:05 am", "time", NULL},
    {"10:05:09pm", "time", NULL},
    {"13:05 PM", "string", NULL},
    {"0:05 AM", "string", NULL},
    {"3/18/2026, 10:05:09 PM", "timestamp[us]", NULL},
    {"08-Mar-2026|08-Mar-2026 10:05 PM", "timestamp[us]", NULL},
    {"2026-03-08 10:20:30 Europe/Paris", "string", NULL},
    {"26/06/2026 10:20:30", "timestamp[us]", NULL},
    {"2026-03-08 24:00:00", "string", NULL},
    {"2026-03-08 8:30:00", "string", NULL},
    {"1700000000", "int64", NULL},
    {"1|true", "string", NULL},
    {"1|2026-03-08", "string", NULL},
    {"10:20:30|2026-03-08", "string", NULL},
    {"abc|", "string", NULL},
    {"1|\"\"|2", "int64", NULL},
};

static void columns_have_the_documented_types(void) {
    for (uint32_t i = 0; i < sizeof columns / sizeof *columns; i++) {
        lf_evidence e = of_cells(columns[i].cells);
        const char *want = columns[i].with_decimal ? columns[i].with_decimal : columns[i].type;
        char name[48];
        bool null = lf_evidence_type(&e, false).id == LF_T_NULL;
        lf_type_print(lf_evidence_type(&e, false), name, sizeof name);
        if (!LF_CHECK_STR(null ? "null" : name, columns[i].type))
            printf("  of %s\n", columns[i].cells);
        lf_type_print(lf_evidence_type(&e, true), name, sizeof name);
        if (!LF_CHECK_STR(null ? "null" : name, want))
            printf("  of %s with --decimal\n", columns[i].cells);
    }
}

#define N_CELLS 4u
typedef struct column {
    char text[N_CELLS][128];
    uint32_t len[N_CELLS], n;
    bool quoted[N_CELLS];
} column;

/* Half of the columns are of one kind, so that they are not all text. */
static void random_column(rng *r, column *c) {
    static const char *const bools[] = {"true", "false", "yes", "no", "Y", "N"};
    uint32_t kind = rng_below(r, 9), pair = rng_below(r, 3);
    c->n = 1 + rng_below(r, N_CELLS);
    for (uint32_t i = 0; i < c->n; i++) {
        char *t = c->text[i];
        c->len[i] = kind == 0   ? random_date(r, t)
                    : kind == 1 ? random_timestamp(r, t)
                    : kind < 5  ? random_number(r, t)
                    : kind == 5 ? (uint32_t)sprintf(t, "%s", bools[rng_below(r, 2) + 2 * (pair)])
                    : kind == 6 ? (uint32_t)sprintf(t, "%llu", (unsigned long long)rng_next(r))
                    : kind == 7 ? random_clock(r, t)
                                : random_cell(r, t);
        c->quoted[i] = rng_below(r, 20) == 0;
    }
}

static lf_span cell_of(const column *c, uint32_t i) {
    return (lf_span){(const uint8_t *)c->text[i], c->len[i]};
}

static lf_evidence evidence_of(const column *c, const lf_parse_ctx *ctx) {
    lf_evidence e;
    lf_evidence_init(&e);
    for (uint32_t i = 0; i < c->n; i++)
        lf_evidence_add(&e, cell_of(c, i), c->quoted[i], ctx);
    return e;
}

static lf_evidence joined(lf_evidence a, const lf_evidence *b) {
    lf_evidence_join(&a, b);
    return a;
}

static bool same(const lf_evidence *a, const lf_evidence *b) {
    return a->kinds == b->kinds && a->date_formats == b->date_formats &&
           a->int_digits == b->int_digits && a->frac_digits == b->frac_digits;
}

static void join_is_a_semilattice(void) {
    rng r = {11};
    lf_parse_ctx ctx;
    lf_parse_ctx_init(&ctx);
    ctx.bool_words = LF_K_WORDS;
    for (uint32_t i = 0; i < LF_ROUNDS(200000); i++) {
        column x, y, z;
        random_column(&r, &x), random_column(&r, &y), random_column(&r, &z);
        lf_evidence a = evidence_of(&x, &ctx), b = evidence_of(&y, &ctx), c = evidence_of(&z, &ctx);
        lf_evidence ab = joined(a, &b), ba = joined(b, &a), bc = joined(b, &c), aa = joined(a, &a);
        lf_evidence ab_c = joined(ab, &c), a_bc = joined(a, &bc);
        LF_REQUIRE(same(&ab, &ba) && same(&aa, &a) && same(&ab_c, &a_bc));
    }
}

/* Every cell of both columns reads as the type of the join. */
static bool holds(const column *c, lf_type t, const lf_parse_ctx *ctx) {
    for (uint32_t i = 0; i < c->n; i++) {
        lf_value v;
        lf_form f;
        bool exact;
        uint32_t null_as;
        if (lf_parse_cell(t, cell_of(c, i), c->quoted[i], ctx, NULL, &v, &f, &exact, &null_as) ==
            LF_CELL_MISFIT) {
            char name[48];
            printf("  '%.*s' is no %s\n", (int)c->len[i], c->text[i],
                   lf_type_print(t, name, sizeof name));
            return false;
        }
    }
    return true;
}

static void type_of_a_join_holds_every_cell(void) {
    rng r = {12};
    uint32_t seen[16] = {0};
    for (uint32_t i = 0; i < LF_ROUNDS(1000000); i++) {
        lf_parse_ctx ctx;
        column x, y;
        lf_parse_ctx_init(&ctx);
        ctx.bool_words = LF_K_WORDS;
        random_column(&r, &x), random_column(&r, &y);
        lf_evidence a = evidence_of(&x, &ctx), b = evidence_of(&y, &ctx), ab = joined(a, &b);
        lf_type t = lf_evidence_type(&ab, i & 1);
        ctx.date_format = lf_evidence_date_format(&ab);
        seen[t.id]++;
        if (!LF_CHECK(holds(&x, t, &ctx) && holds(&y, t, &ctx))) return;
    }
    for (uint32_t t = LF_T_NULL; t <= LF_T_STRING; t++)
        if (LF_ROUNDS(100) == 100 && !LF_CHECK(seen[t] > 5))
            printf("  %u columns of type %u\n", seen[t], t);
}

/* What a decoder relies on: a cell that misfits its column's type changes that type, and the new
 * type holds the cell. */
static void misfits_widen_the_column(void) {
    rng r = {13};
    for (uint32_t i = 0; i < LF_ROUNDS(1000000); i++) {
        lf_parse_ctx ctx;
        column x, y;
        lf_parse_ctx_init(&ctx);
        ctx.bool_words = LF_K_WORDS;
        random_column(&r, &x), random_column(&r, &y);
        y.n = 1;
        lf_evidence a = evidence_of(&x, &ctx), own;
        lf_type t = lf_evidence_type(&a, false);
        lf_evidence_of_type(&own, t);
        lf_evidence_join(&a, &own);
        ctx.date_format = lf_evidence_date_format(&a);
        if (t.id == LF_T_STRING) continue;
        lf_value v;
        lf_form f;
        bool exact;
        uint32_t null_as;
        lf_evidence b;
        lf_evidence_init(&b);
        if (lf_parse_cell(t, cell_of(&y, 0), y.quoted[0], &ctx, &b, &v, &f, &exact, &null_as) !=
            LF_CELL_MISFIT)
            continue;
        lf_evidence_join(&a, &b);
        lf_type wider = lf_evidence_type(&a, false);
        ctx.date_format = lf_evidence_date_format(&a);
        if (!LF_CHECK(!lf_type_equal(wider, t)) || !LF_CHECK(holds(&y, wider, &ctx))) {
            printf("  misfit '%.*s'\n", (int)y.len[0], y.text[0]);
            return;
        }
    }
}

static void check_own_type(lf_type t) {
    lf_evidence e, twice;
    char a[48], b[48];
    lf_evidence_of_type(&e, t);
    lf_evidence_of_type(&twice, t);
    lf_evidence_join(&twice, &e);
    LF_CHECK_STR(lf_type_print(lf_evidence_type(&e, false), a, sizeof a),
                 lf_type_print(t, b, sizeof b));
    LF_CHECK_STR(lf_type_print(lf_evidence_type(&twice, true), a, sizeof a), b);
}

static void evidence_of_a_type_gives_the_type(void) {
    static const lf_type flat[] = {{.id = LF_T_NULL},
                                   {.id = LF_T_BOOL},
                                   {.id = LF_T_INT64},
                                   {.id = LF_T_UINT64},
                                   {.id = LF_T_DOUBLE},
                                   {.id = LF_T_DATE},
                                   {.id = LF_T_TIME},
                                   {.id = LF_T_TIME, .unit = LF_UNIT_NS},
                                   {.id = LF_T_TIMESTAMP},
                                   {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS},
                                   {.id = LF_T_TIMESTAMP, .utc = 1},
                                   {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS, .utc = 1},
                                   {.id = LF_T_STRING}};
    for (uint32_t i = 0; i < sizeof flat / sizeof *flat; i++)
        check_own_type(flat[i]);
    for (uint8_t p = 1; p <= 38; p++)
        for (uint8_t s = 0; s <= p; s++)
            check_own_type((lf_type){.id = LF_T_DECIMAL, .precision = p, .scale = s});
}

static void kernels_report_never_less_than_the_cells(void) {
    lf_evidence e = of_cells("1|2"), late = of_cells("9223372036854775808");
    lf_type int64 = {.id = LF_T_INT64};
    lf_evidence_add_digits(&e, int64, 3, 0);
    lf_evidence_join(&e, &late);
    LF_CHECK_EQ_I64(lf_evidence_type(&e, false).id, LF_T_DECIMAL);
    e = of_cells("1|2");
    late = of_cells("1e5");
    lf_evidence_add_digits(&e, int64, 17, 0);
    lf_evidence_join(&e, &late);
    LF_CHECK_EQ_I64(lf_evidence_type(&e, false).id, LF_T_STRING);
    int64_t far[3] = {0, -30000000000000000, 5};
    uint64_t all_but_far = 5;
    lf_type us = {.id = LF_T_TIMESTAMP};
    e = of_cells("2026-03-08 10:20:30.1234567");
    lf_evidence_add_values(&e, us, far, &all_but_far, 3);
    LF_CHECK_EQ_I64(lf_evidence_type(&e, false).id, LF_T_TIMESTAMP);
    lf_evidence_add_values(&e, us, far, NULL, 3);
    LF_CHECK_EQ_I64(lf_evidence_type(&e, false).id, LF_T_STRING);
}

static void ambiguous_dates_are_told(void) {
    lf_evidence e = of_cells("03/08/2026");
    LF_CHECK(lf_evidence_is_ambiguous(&e));
    e = of_cells("03/08/2026|26/06/2026");
    LF_CHECK(!lf_evidence_is_ambiguous(&e));
    LF_CHECK_EQ_I64(lf_evidence_date_format(&e), LF_DF_DMY_SLASH);
    e = of_cells("12");
    LF_CHECK(!lf_evidence_is_ambiguous(&e));
    LF_CHECK_EQ_I64(lf_evidence_date_format(&e), LF_DF_YMD_DASH);
}

int main(void) {
    LF_RUN(columns_have_the_documented_types);
    LF_RUN(evidence_of_a_type_gives_the_type);
    LF_RUN(kernels_report_never_less_than_the_cells);
    LF_RUN(ambiguous_dates_are_told);
    LF_RUN(join_is_a_semilattice);
    LF_RUN(type_of_a_join_holds_every_cell);
    LF_RUN(misfits_widen_the_column);
    LF_TEST_MAIN_END;
}
