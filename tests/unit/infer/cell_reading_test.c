/* What a kernel and the exact path make of one column of a tile, together. */
#include "infer/cell_reading.h"
#include "lf_test.h"

static const lf_type int64_type = {.id = LF_T_INT64}, double_type = {.id = LF_T_DOUBLE};

static lf_span text_of(const char *s) {
    return (lf_span){(const uint8_t *)s, strlen(s)};
}

/* n cells of up to 16 bytes behind a margin of 32, as kernels may read past them. */
typedef struct cells {
    uint8_t bytes[64 + 16 * 64];
    uint32_t start[64], len[64];
    uint64_t values[64], valid[1], odd[1];
} cells;

static bool read_as(cells *c, lf_type t, const lf_parse_ctx *ctx, const char *const *texts,
                    lf_cell_kernel_out *out) {
    lf_cells in = {.base = c->bytes, .start = c->start, .len = c->len};
    for (; texts[in.n] != NULL; in.n++) {
        c->start[in.n] = 32 + 16 * in.n;
        c->len[in.n] = (uint32_t)strlen(texts[in.n]);
        memcpy(c->bytes + c->start[in.n], texts[in.n], c->len[in.n]);
    }
    *out = (lf_cell_kernel_out){.values = c->values, .valid = c->valid, .odd = c->odd};
    return lf_cells_read(lf_cell_kernels_get(LF_ISA_SCALAR), t, ctx, &in, out);
}

static lf_parse_ctx plain(void) {
    lf_parse_ctx c;
    lf_parse_ctx_init(&c);
    return c;
}

static void doubles_of_one_length_have_a_fixed_form(void) {
    bool zeros;
    lf_cell_reading x = LF_CELL_READING_NONE;
    lf_cell_reading_note(&x, double_type, text_of("1.50"), (lf_form){0});
    lf_cell_reading_note(&x, double_type, text_of("-12.25"), (lf_form){0});
    lf_form f = lf_cell_reading_form(&x, double_type, 0, &zeros);
    LF_CHECK_EQ_U64(f.kind, LF_FORM_FIXED);
    LF_CHECK_EQ_U64(f.param, 2);
    x.out.frac_digits_min = x.out.frac_digits_max = 3; /* the kernel saw others */
    x.out.trailing_zero = true;
    f = lf_cell_reading_form(&x, double_type, 5, &zeros);
    LF_CHECK_EQ_U64(f.kind, LF_FORM_SHORTEST);
    LF_CHECK(zeros);
}

static void exponents_alone_have_the_form_of_the_first(void) {
    bool zeros;
    lf_cell_reading x = LF_CELL_READING_NONE;
    lf_cell_reading_note(&x, double_type, text_of("1e5"), (lf_form){.kind = LF_FORM_EXP});
    lf_cell_reading_note(&x, double_type, text_of("1E5"), (lf_form){.kind = LF_FORM_EXP_UPPER});
    LF_CHECK_EQ_U64(lf_cell_reading_form(&x, double_type, 0, &zeros).kind, LF_FORM_EXP);
    LF_CHECK(!zeros);
}

static void a_form_never_has_a_null_word(void) {
    bool zeros;
    lf_cell_reading x = LF_CELL_READING_NONE;
    x.out.form.null_word = 3;
    LF_CHECK_EQ_U64(lf_cell_reading_form(&x, int64_type, 1, &zeros).null_word, 0);
}

static void only_odd_cells_and_zeros_may_differ(void) {
    LF_CHECK(lf_cell_may_differ(text_of("7"), true, false));
    LF_CHECK(!lf_cell_may_differ(text_of("1.50"), false, false));
    LF_CHECK(lf_cell_may_differ(text_of("1.50"), false, true));
    LF_CHECK(!lf_cell_may_differ(text_of("150"), false, true));
    LF_CHECK(!lf_cell_may_differ(text_of("1.55"), false, true));
}

static void negatives_are_seen_in_values_alone(void) {
    cells c = {0};
    lf_parse_ctx ctx = plain();
    lf_cell_kernel_out o;
    lf_evidence e;
    lf_evidence_init(&e);
    LF_REQUIRE(read_as(&c, int64_type, &ctx, (const char *const[]){"1", "", "30", NULL}, &o));
    lf_cell_reading_evidence(&o, int64_type, &ctx, c.valid, 3, &e);
    LF_CHECK(e.kinds & LF_K_INT);
    LF_CHECK(!(e.kinds & LF_K_NEGATIVE));
    LF_REQUIRE(read_as(&c, int64_type, &ctx, (const char *const[]){"1", "", "-3", NULL}, &o));
    lf_cell_reading_evidence(&o, int64_type, &ctx, c.valid, 3, &e);
    LF_CHECK(e.kinds & LF_K_NEGATIVE);
}

static void a_tile_without_values_shows_nothing(void) {
    cells c = {0};
    lf_parse_ctx ctx = plain();
    lf_cell_kernel_out o;
    lf_evidence e, none;
    lf_evidence_init(&e);
    lf_evidence_init(&none);
    LF_REQUIRE(read_as(&c, int64_type, &ctx, (const char *const[]){"", "x", NULL}, &o));
    lf_cell_reading_evidence(&o, int64_type, &ctx, c.valid, 2, &e);
    LF_CHECK(lf_evidence_equal(&e, &none));
}

static void dates_with_names_are_read_and_formats_are_not(void) {
    cells c = {0};
    lf_type date = {.id = LF_T_DATE};
    lf_parse_ctx ctx = plain();
    lf_cell_kernel_out o;
    ctx.date_format = LF_DF_DMY_NAME_DASH;
    LF_REQUIRE(read_as(&c, date, &ctx, (const char *const[]){"08-Mar-2026", NULL}, &o));
    LF_CHECK_EQ_U64(o.n_odd, 0);
    LF_CHECK_EQ_I64(((const int32_t *)c.values)[0], 20520);
    ctx.format = "%d-%b-%Y";
    LF_CHECK(!read_as(&c, date, &ctx, (const char *const[]){"08-Mar-2026", NULL}, &o));
}

static void all_odd_ends_at_the_last_cell(void) {
    uint64_t valid[2] = {7, 7}, odd[2] = {0, 0};
    lf_cells_all_odd(valid, odd, 70);
    LF_CHECK_EQ_U64(valid[0] | valid[1], 0);
    LF_CHECK_EQ_U64(odd[0], UINT64_MAX);
    LF_CHECK_EQ_U64(odd[1], 63);
}

static void values_are_stored_as_they_are_read(void) {
    static const lf_type types[] = {{.id = LF_T_BOOL},
                                    {.id = LF_T_DATE},
                                    {.id = LF_T_INT64},
                                    {.id = LF_T_DOUBLE},
                                    {.id = LF_T_DECIMAL, .precision = 30, .scale = 2}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        uint64_t values[8] = {0};
        lf_value v = {.dec = {1, 0}}, got;
        lf_value_store(values, lf_type_slot_bytes(types[i]), 2, v);
        lf_column c = {.type = types[i], .values = values};
        got = lf_column_value(&c, 2);
        LF_CHECK_MEM(&got, &v, sizeof v);
        got = lf_column_value(&c, 1);
        LF_CHECK_EQ_U64(got.u64 | got.dec[1], 0);
    }
}

int main(void) {
    LF_RUN(doubles_of_one_length_have_a_fixed_form);
    LF_RUN(exponents_alone_have_the_form_of_the_first);
    LF_RUN(a_form_never_has_a_null_word);
    LF_RUN(only_odd_cells_and_zeros_may_differ);
    LF_RUN(negatives_are_seen_in_values_alone);
    LF_RUN(a_tile_without_values_shows_nothing);
    LF_RUN(dates_with_names_are_read_and_formats_are_not);
    LF_RUN(all_odd_ends_at_the_last_cell);
    LF_RUN(values_are_stored_as_they_are_read);
    LF_TEST_MAIN_END;
}
