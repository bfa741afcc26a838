/* Single cells: values, forms, what is no value; explicit formats; nulls. */
#include "infer/parse.h"
#include "infer/print.h"
#include "lf_test.h"

static lf_span span(const char *s) {
    return (lf_span){(const uint8_t *)s, strlen(s)};
}

enum { NO, INEXACT, EXACT };

typedef struct row {
    const char *text;
    int reads;
    int64_t value; /* or the double's below */
    double f64;
} row;

static int read_as(lf_type t, const char *text, const lf_parse_ctx *c, lf_value *v) {
    lf_form f;
    bool exact = false;
    lf_parse_ctx dflt;
    lf_parse_ctx_init(&dflt);
    memset(v, 0, sizeof *v);
    if (!lf_parse_value(t, span(text), c ? c : &dflt, v, &f, &exact)) return NO;
    return exact ? EXACT : INEXACT;
}

static void integers(void) {
    static const row rows[] = {{"0", EXACT, 0},
                               {"-0", INEXACT, 0},
                               {"7", EXACT, 7},
                               {"-7", EXACT, -7},
                               {"12345678", EXACT, 12345678},
                               {"123456789012345678", EXACT, 123456789012345678},
                               {"9223372036854775807", EXACT, INT64_MAX},
                               {"-9223372036854775808", EXACT, INT64_MIN},
                               {"9223372036854775808", NO},
                               {"-9223372036854775809", NO},
                               {"99999999999999999999", NO},
                               {"007", NO},
                               {"-07", NO},
                               {"+7", NO},
                               {"", NO},
                               {"-", NO},
                               {"1 ", NO},
                               {" 1", NO},
                               {"1:345678", NO},
                               {"1234567/", NO},
                               {"0x1F", NO},
                               {"1,000", NO},
                               {"1_000", NO},
                               {"5.", NO},
                               {"1e5", NO}};
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_value v;
        int got = read_as((lf_type){.id = LF_T_INT64}, rows[i].text, NULL, &v);
        if (!LF_CHECK_EQ_I64(got, rows[i].reads) || (got && !LF_CHECK_EQ_I64(v.i64, rows[i].value)))
            printf("  '%s'\n", rows[i].text);
    }
    uint64_t u;
    LF_CHECK(lf_parse_uint64(span("18446744073709551615"), &u) && u == UINT64_MAX);
    LF_CHECK(!lf_parse_uint64(span("18446744073709551616"), &u));
    LF_CHECK(!lf_parse_uint64(span("99999999999999999999"), &u));
    LF_CHECK(!lf_parse_uint64(span("-1"), &u));
}

static void doubles(void) {
    static const row rows[] = {{"0", EXACT, 0, 0},
                               {"-0", EXACT, 0, -0.0},
                               {"0.0", EXACT, 0, 0},
                               {"1.50", EXACT, 0, 1.5},
                               {".5", INEXACT, 0, .5},
                               {"-.5", INEXACT, 0, -.5},
                               {"5.", INEXACT, 0, 5},
                               {"1e5", INEXACT, 0, 1e5},
                               {"1E+05", EXACT, 0, 1e5},
                               {"1.5E-3", INEXACT, 0, 1.5e-3},
                               {"1.5e-07", EXACT, 0, 1.5e-7},
                               {"1.000000000000000000e+00", EXACT, 0, 1},
                               {"0.30000000000000004", EXACT, 0, 0.1 + 0.2},
                               {"0.30000000000000001", NO},
                               {"NaN", EXACT, 0, NAN},
                               {"nan", NO},
                               {"inf", NO},
                               {"Infinity", NO},
                               {"1e400", NO},
                               {"-1e400", NO},
                               {"1e-400", NO},
                               {"0e-400", INEXACT, 0, 0},
                               {"5e-324", EXACT, 0, 5e-324},
                               {"9007199254740993", NO},
                               {"1e", NO},
                               {"1e+", NO},
                               {".", NO},
                               {"-", NO},
                               {"1.2.3", NO},
                               {"01.5", NO},
                               {"+1.5", NO},
                               {"1,5", NO},
                               {"0x1p3", NO}};
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_value v;
        int got = read_as((lf_type){.id = LF_T_DOUBLE}, rows[i].text, NULL, &v);
        if (!LF_CHECK_EQ_I64(got, rows[i].reads) || (got && !LF_CHECK_EQ_F64(v.f64, rows[i].f64)))
            printf("  '%s'\n", rows[i].text);
    }
    lf_parse_ctx given;
    lf_parse_ctx_init(&given);
    given.given_type = true;
    lf_value v;
    LF_CHECK(read_as((lf_type){.id = LF_T_DOUBLE}, "9007199254740993", &given, &v) == INEXACT);
}

static void decimals(void) {
    static const struct {
        const char *text;
        uint8_t p, s;
        int reads;
        uint64_t high, low;
    } rows[] = {{"1.50", 10, 2, EXACT, 0, 150},
                {"1.5", 10, 2, EXACT, 0, 150},
                {"1", 10, 2, EXACT, 0, 100},
                {"-1", 10, 2, EXACT, UINT64_MAX, (uint64_t)-100},
                {"1.234", 10, 2, NO, 0, 0},
                {"123456789", 10, 2, NO, 0, 0},
                {".5", 10, 2, INEXACT, 0, 50},
                {"-0", 10, 2, INEXACT, 0, 0},
                {"1e2", 10, 2, NO, 0, 0},
                {"649686000000001631.440", 25, 3, EXACT, 0, 0},
                {"99999999999999999999999999999999999999", 38, 0, EXACT, 0x4b3b4ca85a86c47a,
                 0x098a223fffffffff},
                {"100000000000000000000000000000000000000", 38, 0, NO, 0, 0}};
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_value v;
        lf_type t = {.id = LF_T_DECIMAL, .precision = rows[i].p, .scale = rows[i].s};
        int got = read_as(t, rows[i].text, NULL, &v);
        bool good = LF_CHECK_EQ_I64(got, rows[i].reads);
        if (got && i != 9) {
            good = LF_CHECK_EQ_U64(v.dec[0], rows[i].low) && good;
            good = LF_CHECK_EQ_U64(v.dec[1], rows[i].high) && good;
        }
        if (!good) printf("  '%s'\n", rows[i].text);
        if (i == 9) {
            unsigned __int128 want = (unsigned __int128)649686000000001631u * 1000 + 440;
            LF_CHECK(v.dec[0] == (uint64_t)want && v.dec[1] == (uint64_t)(want >> 64));
        }
    }
}

static void moments(void) {
    static const struct {
        const char *text;
        lf_type type;
        uint32_t format;
        int reads;
        int64_t value;
    } rows[] = {
        {"1970-01-01", {.id = LF_T_DATE}, LF_DF_YMD_DASH, EXACT, 0},
        {"2026-03-08", {.id = LF_T_DATE}, LF_DF_YMD_DASH, EXACT, 20520},
        {"2026-3-8", {.id = LF_T_DATE}, LF_DF_YMD_DASH, EXACT, 20520},
        {"2026-03-8", {.id = LF_T_DATE}, LF_DF_YMD_DASH, INEXACT, 20520},
        {"8/3/2026", {.id = LF_T_DATE}, LF_DF_DMY_SLASH, EXACT, 20520},
        {"3/8/2026", {.id = LF_T_DATE}, LF_DF_MDY_SLASH, EXACT, 20520},
        {"08.03.2026", {.id = LF_T_DATE}, LF_DF_DMY_DOT, EXACT, 20520},
        {"2026-03-08", {.id = LF_T_DATE}, LF_DF_DMY_DASH, NO, 0},
        {"08/03/26", {.id = LF_T_DATE}, LF_DF_DMY_SLASH, NO, 0},
        {"2026-02-29", {.id = LF_T_DATE}, LF_DF_YMD_DASH, NO, 0},
        {"0001-01-01", {.id = LF_T_DATE}, LF_DF_YMD_DASH, EXACT, -719162},
        {"2026-03-08 00:00:00", {.id = LF_T_DATE}, LF_DF_YMD_DASH, NO, 0},
        {"00:00:01.5", {.id = LF_T_TIME}, 0, EXACT, 1500000},
        {"00:00:01.1234567", {.id = LF_T_TIME}, 0, NO, 0},
        {"00:00:01.1234560", {.id = LF_T_TIME}, 0, EXACT, 1123456},
        {"00:00:01.1234567", {.id = LF_T_TIME, .unit = LF_UNIT_NS}, 0, EXACT, 1123456700},
        {"23:59:60", {.id = LF_T_TIME}, 0, NO, 0},
        {"10:20", {.id = LF_T_TIME}, 0, NO, 0},
        {"1970-01-01 00:00:01", {.id = LF_T_TIMESTAMP}, LF_DF_YMD_DASH, EXACT, 1000000},
        {"1970-01-01T00:00:01", {.id = LF_T_TIMESTAMP}, LF_DF_YMD_DASH, EXACT, 1000000},
        {"1970-01-01 00:01", {.id = LF_T_TIMESTAMP}, LF_DF_YMD_DASH, EXACT, 60000000},
        {"1970-01-02", {.id = LF_T_TIMESTAMP}, LF_DF_YMD_DASH, EXACT, 86400000000},
        {"1969-12-31 23:59:59.999999", {.id = LF_T_TIMESTAMP}, LF_DF_YMD_DASH, EXACT, -1},
        {"02/01/1970 00:00:00", {.id = LF_T_TIMESTAMP}, LF_DF_DMY_SLASH, EXACT, 86400000000},
        {"1970-01-01 00:00:00Z", {.id = LF_T_TIMESTAMP}, LF_DF_YMD_DASH, NO, 0},
        {"1970-01-01 00:00:00", {.id = LF_T_TIMESTAMP, .utc = 1}, LF_DF_YMD_DASH, NO, 0},
        {"1970-01-01T02:00:00+02:00", {.id = LF_T_TIMESTAMP, .utc = 1}, LF_DF_YMD_DASH, EXACT, 0},
        {"1970-01-01 02:00:00+02", {.id = LF_T_TIMESTAMP, .utc = 1}, LF_DF_YMD_DASH, EXACT, 0},
        {"1970-01-01 02:00:00+0200", {.id = LF_T_TIMESTAMP, .utc = 1}, LF_DF_YMD_DASH, EXACT, 0},
        {"1970-01-01 00:00:00-00:00", {.id = LF_T_TIMESTAMP, .utc = 1}, LF_DF_YMD_DASH, INEXACT, 0},
        {"1970-01-01 00:20:00+00:20", {.id = LF_T_TIMESTAMP, .utc = 1}, LF_DF_YMD_DASH, INEXACT, 0},
        {"1677-12-31 00:00:00", {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS}, LF_DF_YMD_DASH, NO, 0},
        {"1970-01-01 00:00:00.000000001",
         {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS},
         LF_DF_YMD_DASH,
         EXACT,
         1},
        {"1970-01-01 00:00:00.0000000001",
         {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS},
         LF_DF_YMD_DASH,
         NO,
         0},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_value v;
        lf_parse_ctx c;
        lf_parse_ctx_init(&c);
        c.date_format = rows[i].format;
        int got = read_as(rows[i].type, rows[i].text, &c, &v);
        int64_t value = rows[i].type.id == LF_T_DATE ? v.date : v.i64;
        if (!LF_CHECK_EQ_I64(got, rows[i].reads) || (got && !LF_CHECK_EQ_I64(value, rows[i].value)))
            printf("  '%s'\n", rows[i].text);
    }
}

static void explicit_formats(void) {
    static const struct {
        const char *format, *text;
        lf_type type;
        bool reads;
        int64_t value;
    } rows[] = {
        {"%d/%m/%Y", "08/03/2026", {.id = LF_T_DATE}, true, 20520},
        {"%d/%m/%Y", "8/3/2026", {.id = LF_T_DATE}, true, 20520},
        {"%d/%m/%Y", "31/02/2026", {.id = LF_T_DATE}, false, 0},
        {"%d/%m/%Y", "08/03/2026 ", {.id = LF_T_DATE}, false, 0},
        {"%d/%m/%y", "08/03/26", {.id = LF_T_DATE}, true, 20520},
        {"%d/%m/%y", "01/01/70", {.id = LF_T_DATE}, true, 0},
        {"%d %b %Y", "8 Mar 2026", {.id = LF_T_DATE}, true, 20520},
        {"%B %e, %Y", "March  8, 2026", {.id = LF_T_DATE}, true, 20520},
        {"%Y%m%d", "20260308", {.id = LF_T_DATE}, true, 20520},
        {"%Y-%m", "2026-03", {.id = LF_T_DATE}, false, 0},
        {"%F %T", "1970-01-01 00:00:01", {.id = LF_T_TIMESTAMP}, true, 1000000},
        {"%Y-%m-%d %H:%M:%S.%f", "1970-01-01 00:00:01.5", {.id = LF_T_TIMESTAMP}, true, 1500000},
        {"%m/%d/%Y %I:%M:%S %p", "01/01/1970 12:00:01 AM", {.id = LF_T_TIMESTAMP}, true, 1000000},
        {"%m/%d/%Y %I:%M:%S %p",
         "01/01/1970 12:00:00 PM",
         {.id = LF_T_TIMESTAMP},
         true,
         43200000000},
        {"%m/%d/%Y %I:%M:%S %p", "01/01/1970 13:00:00 PM", {.id = LF_T_TIMESTAMP}, false, 0},
        {"%Y-%m-%dT%H:%M:%S%z",
         "1970-01-01T02:00:00+0200",
         {.id = LF_T_TIMESTAMP, .utc = 1},
         true,
         0},
        {"%H:%M", "10:20", {.id = LF_T_TIME}, true, 37200000000},
        {"%H%%", "10%", {.id = LF_T_TIME}, true, 36000000000},
    };
    for (uint32_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        lf_value v;
        lf_parse_ctx c;
        lf_parse_ctx_init(&c);
        c.format = rows[i].format;
        bool got = read_as(rows[i].type, rows[i].text, &c, &v) != NO;
        int64_t value = rows[i].type.id == LF_T_DATE ? v.date : v.i64;
        if (!LF_CHECK_EQ_I64(got, rows[i].reads) || (got && !LF_CHECK_EQ_I64(value, rows[i].value)))
            printf("  '%s' by %s\n", rows[i].text, rows[i].format);
    }
    LF_CHECK_EQ_I64(lf_date_format_of("%d/%m/%Y"), LF_DF_DMY_SLASH);
    LF_CHECK_EQ_I64(lf_date_format_of("%d/%m/%y"), 0);
}

static lf_cell cell(lf_type_id id, const char *text, bool quoted, const char *const *words,
                    uint32_t *null_as) {
    lf_parse_ctx c;
    lf_value v;
    lf_form f;
    bool exact;
    lf_parse_ctx_init(&c);
    if (words) {
        c.null_words = words;
        c.n_null_words = 1;
        c.null_words_everywhere = true;
    }
    *null_as = 77;
    return lf_parse_cell((lf_type){.id = (uint8_t)id}, span(text), quoted, &c, NULL, &v, &f, &exact,
                         null_as);
}

static void nulls(void) {
    static const char *const none[] = {"none"};
    uint32_t as;
    LF_CHECK(cell(LF_T_INT64, "", false, NULL, &as) == LF_CELL_NULL && as == 0);
    LF_CHECK(cell(LF_T_INT64, "", true, NULL, &as) == LF_CELL_NULL && as == LF_NULL_QUOTED);
    LF_CHECK(cell(LF_T_STRING, "", false, NULL, &as) == LF_CELL_NULL && as == 0);
    LF_CHECK(cell(LF_T_STRING, "", true, NULL, &as) == LF_CELL_VALUE);
    LF_CHECK(cell(LF_T_INT64, "NA", false, NULL, &as) == LF_CELL_NULL && as == 4);
    LF_CHECK(cell(LF_T_INT64, "NaN", false, NULL, &as) == LF_CELL_NULL && as == 6);
    LF_CHECK(cell(LF_T_INT64, "NA", true, NULL, &as) == LF_CELL_MISFIT);
    LF_CHECK(cell(LF_T_STRING, "NA", false, NULL, &as) == LF_CELL_VALUE);
    LF_CHECK(cell(LF_T_DOUBLE, "NaN", false, NULL, &as) == LF_CELL_VALUE);
    LF_CHECK(cell(LF_T_DOUBLE, "NaN", true, NULL, &as) == LF_CELL_MISFIT);
    LF_CHECK(cell(LF_T_NULL, "-", false, NULL, &as) == LF_CELL_NULL && as == 7);
    LF_CHECK(cell(LF_T_NULL, "5", false, NULL, &as) == LF_CELL_MISFIT);
    LF_CHECK(cell(LF_T_STRING, "none", false, none, &as) == LF_CELL_NULL && as == 1);
    LF_CHECK(cell(LF_T_STRING, "none", true, none, &as) == LF_CELL_VALUE);
    LF_CHECK(cell(LF_T_INT64, "NA", false, none, &as) == LF_CELL_MISFIT);
}

static void long_cells_are_text(void) {
    char big[2000];
    lf_value v;
    memset(big, '1', sizeof big);
    big[sizeof big - 1] = 0;
    LF_CHECK(read_as((lf_type){.id = LF_T_INT64}, big, NULL, &v) == NO);
    LF_CHECK(read_as((lf_type){.id = LF_T_DOUBLE}, big, NULL, &v) == NO);
    LF_CHECK(read_as((lf_type){.id = LF_T_DECIMAL, .precision = 38}, big, NULL, &v) == NO);
}

static void date_formats_have_one_text(void) {
    for (uint32_t bit = 1; bit < LF_DF_GIVEN; bit <<= 1)
        if (LF_CHECK(lf_date_format_text(bit) != NULL))
            LF_CHECK(lf_date_format_of(lf_date_format_text(bit)) == bit);
    LF_CHECK(lf_date_format_text(LF_DF_GIVEN) == NULL && lf_date_format_text(3) == NULL);
    LF_CHECK(lf_date_format_of("%A, %B %d, %Y") == LF_DF_DAY_MDY_NAME);
}

int main(void) {
    LF_RUN(date_formats_have_one_text);
    LF_RUN(integers);
    LF_RUN(doubles);
    LF_RUN(decimals);
    LF_RUN(moments);
    LF_RUN(explicit_formats);
    LF_RUN(nulls);
    LF_RUN(long_cells_are_text);
    LF_TEST_MAIN_END;
}
