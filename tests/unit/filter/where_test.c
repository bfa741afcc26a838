#include "core/error.h"
#include "filter/where.h"
#include "lf_test.h"
#include <math.h>

/* Seven rows; the sixth is null in every column. */
static const int64_t ints[8] = {-5, 0, 3, 7, INT64_MAX, 0, INT64_MIN};
static const uint64_t uints[8] = {0, 1, 3, 1ull << 63, UINT64_MAX, 0, 7};
static const double doubles[8] = {-1.5, -0.0, 0.5, 7, INFINITY, 0, NAN};
static const int32_t dates[8] = {-1, 0, 20520, 20521, 20522, 0, 1};
static const int64_t times[8] = {-1, 0, 1772928000000000, 1772928000000001, 5, 0, 6};
static const uint8_t bools[8] = {1, 0, 1, 0, 1, 0, 0};
static const char *const texts[8] = {"Bonn", "", "a%b", "it's", "z\xC3\xBCrich", "", "Bo"};
static const uint64_t valid = 0x5F;
__extension__ typedef __int128 wide;
static const wide decimals[8] = {-150, 0, 5, 10, (wide)1 << 100, 0, 1234};

enum { COLUMNS = 8 };
static lf_column columns[COLUMNS];
static uint32_t start[8], len[8];
static uint8_t bytes[200];
static lf_schema schema;

static void add(uint32_t at, const char *name, lf_type t, const void *values) {
    LF_REQUIRE(lf_schema_add(&schema, name, strlen(name), t, true, NULL) == LF_OK);
    columns[at] = (lf_column){.type = t,
                              .null_count = 1,
                              .validity = &valid,
                              .values = values,
                              .bytes = bytes,
                              .start = start,
                              .len = len};
}

static void make(void) {
    lf_schema_init(&schema, lf_alloc_default());
    add(0, "i", (lf_type){.id = LF_T_INT64}, ints);
    add(1, "u", (lf_type){.id = LF_T_UINT64}, uints);
    add(2, "d", (lf_type){.id = LF_T_DOUBLE}, doubles);
    add(3, "day", (lf_type){.id = LF_T_DATE}, dates);
    add(4, "at", (lf_type){.id = LF_T_TIMESTAMP, .utc = 1}, times);
    add(5, "b", (lf_type){.id = LF_T_BOOL}, bools);
    add(6, "the city", (lf_type){.id = LF_T_STRING}, NULL);
    add(7, "m", (lf_type){.id = LF_T_DECIMAL, .precision = 38, .scale = 2}, decimals);
    uint32_t at = 0;
    for (int i = 0; i < 7; i++) {
        start[i] = at;
        len[i] = (uint32_t)strlen(texts[i]);
        memcpy(bytes + at, texts[i], len[i]);
        at += len[i];
    }
}

/* The rows that a condition keeps, as bits; ~0: an error. */
static uint64_t kept(const char *condition, lf_error *err) {
    lf_where w;
    uint64_t words[128] = {0x7F};
    lf_batch b = {.n_rows = 7, .n_columns = COLUMNS, .columns = columns};
    lf_rc rc = lf_where_parse(&w, lf_alloc_default(), &condition, 1, err);
    if (rc == LF_OK) rc = lf_where_bind(&w, &schema, err);
    if (rc == LF_OK) rc = lf_where_eval(&w, &b, words, err);
    lf_where_reset(&w);
    return rc == LF_OK ? words[0] : ~0ull;
}

static const struct {
    const char *text;
    uint64_t rows;
} cases[] = {
    {"i = 3", 0x04},
    {"i != 3", 0x5B},
    {"i <> +3", 0x5B},
    {"i == 3.0", 0x04},
    {"i=3.5", 0},
    {"i != 3.5", 0x5F},
    {"i < 3.5 and i > -0.5", 0x06},
    {"i >= 3.5", 0x18},
    {"i <= -5.5", 0x40},
    {"i < 9223372036854775808", 0x5F},
    {"i >= 9223372036854775807", 0x10},
    {"i <= -9223372036854775808", 0x40},
    {"i > 1e40", 0},
    {"i > -1e40", 0x5F},
    {"i = 70e-1", 0x08},
    {"i = 1e-99999999", 0},
    {"i > 1e-99999999", 0x1C},
    {"i in (3, 7, 0.5, 99)", 0x0C},
    {"i in (1,2,3,4,5,6,7,8)", 0x0C},
    {"i not in (3, 7)", 0x53},
    {"i between 0 and 7", 0x0E},
    {"i between 7 and 0", 0},
    {"not i between 0 and 7", 0x51},
    {"i is null", 0x20},
    {"i is not null", 0x5F},
    {"not (i is null or i > 0)", 0x43},
    {"not i > 0", 0x43},
    {"i > 0 or i is null", 0x3C},
    {"i = '7'", 0x08},
    {"u = 18446744073709551615", 0x10},
    {"u > 9223372036854775807", 0x18},
    {"u >= -1", 0x5F},
    {"u < 0", 0},
    {"d = 0", 0x02},
    {"d = nan", 0x40},
    {"d > 'inf'", 0x40},
    {"d >= .5", 0x5C},
    {"d < -1.", 0x01},
    {"d < 00007.50", 0x0F},
    {"day >= 2026-03-08", 0x1C},
    {"day > date '2026-03-08'", 0x18},
    {"day < '2026-03-08 12:00'", 0x47},
    {"day = '2026-03-08 12:00'", 0},
    {"at = 2026-03-08T00:00Z", 0x04},
    {"at > '2026-03-08 02:00+02:00'", 0x08},
    {"at > 2026-03-08T00:00:00.0000005", 0x08},
    {"b", 0x15},
    {"b = false", 0x4A},
    {"not b and i < 0", 0x40},
    {"\"the city\" = 'Bonn'", 0x01},
    {"`the city` >= 'a%'", 0x1C},
    {"\"the city\" = 'it''s'", 0x08},
    {"\"the city\" like 'Bo%'", 0x41},
    {"\"the city\" like 'z_rich'", 0x10},
    {"\"the city\" like '%b'", 0x04},
    {"\"the city\" like ''", 0x02},
    {"\"the city\" like '____'", 0x09},
    {"\"the city\" contains '%'", 0x04},
    {"\"the city\" contains ''", 0x5F},
    {"\"the city\" in ('Bo', '', 'x')", 0x42},
    {"\"the city\" between 'A' and 'Bo'", 0x40},
    {"m = 0.05", 0x04},
    {"m = 0.051", 0},
    {"m > 0.051 and m < 12.34", 0x08},
    {"m >= 12.339", 0x50},
    {"m <= -1.5", 0x01},
    {"i > 0 AND (d > 1 OR u = 3) or i is NULL", 0x3C},
};

static void a_condition_keeps_the_rows_that_it_is_true_for(void) {
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_error err = {0};
        const uint64_t got = kept(cases[i].text, &err);
        if (got != cases[i].rows)
            printf("%s: got %llx, want %llx %s\n", cases[i].text, (unsigned long long)got,
                   (unsigned long long)cases[i].rows, err.message);
        LF_CHECK(got == cases[i].rows);
    }
}

static void an_error_names_its_place_and_what_to_write(void) {
    static const struct {
        const char *text, *said;
        uint32_t at;
    } cases[] = {
        {"", "a column is missing", 0},
        {"i >", "a value is missing", 3},
        {"i > 3 4", "'and', 'or' or the end", 6},
        {"(i > 3", ") is missing", 6},
        {"i > 3)", "'and', 'or' or the end", 5},
        {"j > 3", "did you mean \"i\"?", 0},
        {"the > 3", "there are \"i\", \"u\"", 0},
        {"i > x", "x is no value", 4},
        {"i > 'x'", "column \"i\" is int64", 4},
        {"i > 3x", "column \"i\" is int64", 4},
        {"i > 1e", "column \"i\" is int64", 4},
        {"i > true", "column \"i\" is int64", 4},
        {"b > 3", "true or false", 4},
        {"day = 2026-02-29", "a date such as", 6},
        {"day = 2026-02-28T10:00Z", "without a zone", 6},
        {"i like 'x'", "not text", 0},
        {"i in ()", "a value should stand here", 6},
        {"i in (1", "a comma or )", 7},
        {"i between 1", "'and' is missing", 11},
        {"i is 3", "'null' should stand here", 5},
        {"i = null", "is null", 4},
        {"\"the city\" = \"Bonn\"", "write text as 'Bonn'", 13},
        {"\"the city\" = 'Bonn", "never closes", 13},
        {"\"the city\" = 3", "is text, as 'Bonn' in it is; write '3'", 13},
        {"i ! 3", "one of = !=", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_error err = {0};
        LF_CHECK(kept(cases[i].text, &err) == ~0ull);
        LF_CHECK_EQ_I64(err.rc, LF_EUSAGE);
        const bool right = strstr(err.message, cases[i].said) != NULL;
        if (!right) printf("%s: %s\n", cases[i].text, err.message);
        LF_CHECK(right);
        char place[40];
        snprintf(place, sizeof place, "character %u:", cases[i].at + 1);
        if (strstr(err.message, place) == NULL) printf("%s: %s\n", cases[i].text, err.message);
        LF_CHECK(strstr(err.message, place) != NULL);
    }
}

static void long_chains_and_deep_nests_end_in_errors_not_in_crashes(void) {
    static char text[1000002];
    lf_error err = {0};
    memset(text, '(', 200);
    LF_CHECK(kept(text, &err) == ~0ull && strstr(err.message, "too deeply") != NULL);
    size_t n = 0;
    for (int i = 0; i < 9000; i++)
        n += (size_t)sprintf(text + n, "%si=%d", i > 0 ? " or " : "", i);
    err = (lf_error){0};
    LF_CHECK_EQ_I64((int64_t)kept(text, &err), 0x0E);
    for (n = 0; n < 200000; n += 5)
        memcpy(text + n, "b or ", 6);
    text[n] = 'b', text[n + 1] = 0;
    err = (lf_error){0};
    LF_CHECK(kept(text, &err) == ~0ull && strstr(err.message, "parts") != NULL);
}

static void a_column_without_values_takes_any_value(void) {
    static const uint64_t none = 0;
    const lf_column was = columns[6];
    columns[6].validity = &none;
    lf_error err = {0};
    LF_CHECK_EQ_I64((int64_t)kept("\"the city\" > 3", &err), 0);
    LF_CHECK_EQ_I64((int64_t)kept("not \"the city\" > 3", &err), 0);
    columns[6] = was;
}

/* ---- bounds ---- */

/* Rows [from, to), of which the bounds are told; some are kept back, as files do. */
typedef struct part {
    uint32_t from, to;
    bool nulls, lo, hi;
} part;

static int order_of(uint32_t column, uint32_t a, uint32_t b) {
    const lf_column *c = &columns[column];
    const void *v = c->values;
    switch (c->type.id) {
    case LF_T_UINT64:
        return (uints[a] > uints[b]) - (uints[a] < uints[b]);
    case LF_T_DOUBLE:
        return (doubles[a] > doubles[b]) - (doubles[a] < doubles[b]);
    case LF_T_DATE:
        return (dates[a] > dates[b]) - (dates[a] < dates[b]);
    case LF_T_BOOL:
        return (bools[a] > bools[b]) - (bools[a] < bools[b]);
    case LF_T_DECIMAL:
        return (decimals[a] > decimals[b]) - (decimals[a] < decimals[b]);
    case LF_T_STRING:
        return strcmp(texts[a], texts[b]);
    default: {
        const int64_t *x = v;
        return (x[a] > x[b]) - (x[a] < x[b]);
    }
    }
}

static void put(uint32_t column, uint32_t row, uint64_t slot[2], lf_span *text) {
    const lf_column *c = &columns[column];
    const size_t n = lf_type_slot_bytes(c->type);
    if (n > 0) memcpy(slot, (const uint8_t *)c->values + row * n, n);
    if (n == 0) *text = (lf_span){bytes + start[row], len[row]};
}

static bool bounds_of(void *ctx, uint32_t column, lf_reader_bounds *out) {
    const part *p = ctx;
    uint32_t lo = 7, hi = 7, nulls = 0;
    bool nan = false;
    for (uint32_t r = p->from; r < p->to; r++) {
        const bool is_nan = columns[column].type.id == LF_T_DOUBLE && isnan(doubles[r]);
        nulls += r == 5;
        nan |= is_nan;
        if (r == 5 || is_nan) continue;
        if (lo == 7 || order_of(column, r, lo) < 0) lo = r;
        if (hi == 7 || order_of(column, r, hi) > 0) hi = r;
    }
    *out = (lf_reader_bounds){.rows = p->to - p->from, .nulls = p->nulls ? nulls : UINT64_MAX};
    out->has_lo = p->lo && lo < 7;
    out->has_hi = p->hi && hi < 7 && !nan;
    if (out->has_lo) put(column, lo, out->lo, &out->lo_text);
    if (out->has_hi) put(column, hi, out->hi, &out->hi_text);
    return p->nulls || p->lo || p->hi;
}

static void bounds_leave_out_no_row_that_is_kept(void) {
    uint32_t out = 0, could = 0;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_where w;
        LF_REQUIRE(lf_where_parse(&w, lf_alloc_default(), &cases[i].text, 1, NULL) == LF_OK);
        LF_REQUIRE(lf_where_bind(&w, &schema, NULL) == LF_OK);
        for (uint32_t k = 0; k < 7 * 8 * 8; k++) {
            part p = {k / 64, k / 64 + 1 + k / 8 % 8, k & 1, k & 2, k & 4};
            if (p.to > 7) continue;
            const uint64_t rows = ((1ull << p.to) - 1) & ~((1ull << p.from) - 1);
            const bool may = lf_where_may_hold(&w, bounds_of, &p);
            if (!may && (cases[i].rows & rows) != 0) LF_CHECK_STR("left out", cases[i].text);
            const bool whole = (k & 7) == 7 && p.to == p.from + 1;
            could += whole && (cases[i].rows & rows) == 0;
            out += whole && !may;
        }
        lf_where_reset(&w);
    }
    printf("  %u of %u single rows are left out by their bounds\n", out, could);
    LF_CHECK(out * 10 > could * 8);
}

int main(void) {
    make();
    LF_RUN(a_condition_keeps_the_rows_that_it_is_true_for);
    LF_RUN(bounds_leave_out_no_row_that_is_kept);
    LF_RUN(an_error_names_its_place_and_what_to_write);
    LF_RUN(long_chains_and_deep_nests_end_in_errors_not_in_crashes);
    LF_RUN(a_column_without_values_takes_any_value);
    lf_schema_reset(&schema);
    LF_TEST_MAIN_END;
}
