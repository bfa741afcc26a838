/* What lf_inspect says of files that the test writes: a CSV, and the Parquet that lf_convert makes
 * of it; tables that do not fit; files that are none. */
#include "api/inspect_table.h"
#include "lf_test.h"
#include <logflow/logflow.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[80], csv[96], parquet[96], bad[96];

static const char table[] = "id,name,price,day,note\n"
                            "1,Anna,1.5,2026-03-08,\n"
                            "2,\"Bo \"\"B\"\"\",-2,2026-03-09,long long long long long\n"
                            "3,,0.25,,NA\n";

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "wb");
    if (f == NULL) abort();
    fputs(text, f);
    fclose(f);
}

typedef struct taken {
    char text[16384];
    size_t n;
    bool stop;
} taken;

static int take(void *ctx, const char *bytes, size_t n) {
    taken *t = ctx;
    if (t->stop) return 1;
    if (n > sizeof t->text - 1 - t->n) n = sizeof t->text - 1 - t->n;
    memcpy(t->text + t->n, bytes, n);
    t->n += n;
    t->text[t->n] = 0;
    return 0;
}

static lf_rc inspect(const char *path, lf_inspect_opts o, taken *t, lf_error *err) {
    o.struct_size = sizeof o;
    memset(t, 0, offsetof(taken, stop));
    t->n = 0;
    t->text[0] = 0;
    return lf_inspect(path, &o, take, t, err);
}

static bool has(const taken *t, const char *what) {
    if (strstr(t->text, what) != NULL) return true;
    printf("\"%s\" is not in:\n%s\n", what, t->text);
    return false;
}

static void parquet_shows_columns_bounds_and_ledger(void) {
    static taken t;
    LF_REQUIRE(inspect(parquet, (lf_inspect_opts){0}, &t, NULL) == LF_OK);
    LF_CHECK(has(&t, "3 rows in 1 row group, 5 columns"));
    LF_CHECK(has(&t, "\nid  "));
    LF_CHECK(has(&t, "2026-03-09"));
    LF_CHECK(has(&t, "logflow.rows_in = 3"));
    LF_CHECK(has(&t, "written by logflow"));
}

static void parquet_shows_rows_within_the_width(void) {
    static taken t;
    static const uint32_t widths[] = {30, 80, 200};
    for (size_t i = 0; i < 3; i++) {
        LF_REQUIRE(inspect(parquet, (lf_inspect_opts){.rows = 2, .width = widths[i]}, &t, NULL) ==
                   LF_OK);
        const char *rows = strstr(t.text, "\n\nid");
        LF_REQUIRE(rows != NULL);
        for (const char *line = rows + 2, *end; *line; line = end + 1) {
            uint32_t columns = 0;
            end = strchr(line, '\n');
            LF_REQUIRE(end != NULL);
            for (const char *p = line; p < end; p++)
                columns += ((uint8_t)*p & 0xc0) != 0x80;
            LF_CHECK(columns <= widths[i]);
        }
        LF_CHECK((strstr(t.text, "more column") != NULL) == (widths[i] == 30));
    }
    LF_CHECK(has(&t, "Bo \"B\""));
    LF_CHECK(has(&t, "NULL"));
    LF_CHECK(strstr(t.text, "0.25") == NULL || strstr(t.text, "\n3 ") == NULL);
}

static void parquet_as_json_has_typed_rows(void) {
    static taken t;
    LF_REQUIRE(inspect(parquet, (lf_inspect_opts){.as_json = true, .rows = 9}, &t, NULL) == LF_OK);
    LF_CHECK(has(&t, "\"rows\":3"));
    LF_CHECK(has(&t, "[1,\"Anna\",1.5,\"2026-03-08\",null]"));
    LF_CHECK(has(&t, "[3,null,0.25,null,\"NA\"]"));
    LF_CHECK(has(&t, "\"min\":1,\"max\":3"));
    LF_CHECK(t.n > 2 && t.text[t.n - 2] == '}' && t.text[t.n - 1] == '\n');
}

static void schema_of_both_is_what_schema_takes(void) {
    static taken a, b;
    const lf_inspect_opts o = {.schema_only = true};
    LF_REQUIRE(inspect(parquet, o, &a, NULL) == LF_OK);
    LF_REQUIRE(inspect(csv, o, &b, NULL) == LF_OK);
    LF_CHECK(has(&a, "{\"name\":\"price\",\"type\":\"double\""));
    LF_CHECK(has(&b, "{\"name\":\"price\",\"type\":\"double\""));
    LF_CHECK(has(&b, "{\"name\":\"day\",\"type\":\"date\""));
}

static void csv_shows_decisions_nulls_and_rows(void) {
    static taken t;
    LF_REQUIRE(inspect(csv, (lf_inspect_opts){.rows = 3}, &t, NULL) == LF_OK);
    LF_CHECK(has(&t, "delimiter"));
    LF_CHECK(has(&t, "3 rows"));
    LF_CHECK(has(&t, "Anna"));
    LF_CHECK(has(&t, "NULL"));
    LF_REQUIRE(inspect(csv, (lf_inspect_opts){.rows = 1, .as_json = true}, &t, NULL) == LF_OK);
    LF_CHECK(has(&t, "\"sample\":[\n[1,\"Anna\",1.5,\"2026-03-08\",null]]"));
}

static void csv_takes_the_options_of_convert(void) {
    static taken t;
    const lf_option header = {"header", "no"};
    const lf_inspect_opts o = {.options = &header, .n_options = 1, .schema_only = true};
    LF_REQUIRE(inspect(csv, o, &t, NULL) == LF_OK);
    LF_CHECK(has(&t, "column_1"));
}

static void files_that_are_none_fail_with_their_name(void) {
    static taken t;
    static const struct {
        const char *text;
        lf_rc want;
    } cases[] = {
        {"PAR1", LF_ECORRUPT}, {"PAR1 and then nothing", LF_ECORRUPT}, {"", LF_EEMPTY_INPUT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_error err = {0};
        write_file(bad, cases[i].text);
        LF_CHECK_EQ_I64(inspect(bad, (lf_inspect_opts){0}, &t, &err), cases[i].want);
        LF_CHECK_STR(err.file, bad);
    }
    LF_CHECK_EQ_I64(inspect("/nowhere/at/all", (lf_inspect_opts){0}, &t, NULL), LF_ENOT_FOUND);
    LF_CHECK_EQ_I64(lf_inspect(NULL, NULL, take, &t, NULL), LF_EUSAGE);
}

static void a_writer_that_stops_ends_it(void) {
    static taken t;
    t.stop = true;
    LF_CHECK_EQ_I64(inspect(parquet, (lf_inspect_opts){0}, &t, NULL), LF_EWRITE);
    t.stop = false;
}

/* ---- tables ---- */

static void print_table(uint32_t width, uint32_t least, char *text, uint32_t *shown) {
    static lf_table t;
    lf_buf out;
    lf_buf_init(&out, lf_alloc_default(), 0);
    lf_table_init(&t, lf_alloc_default());
    LF_CHECK_EQ_I64(lf_table_column(&t, "name", 4, false, least, NULL), LF_OK);
    LF_CHECK_EQ_I64(lf_table_column(&t, "n", 1, true, least, NULL), LF_OK);
    LF_CHECK_EQ_I64(lf_table_cell_str(&t, "Škoda\nOctavia", NULL), LF_OK);
    LF_CHECK_EQ_I64(lf_table_cell_str(&t, "12", NULL), LF_OK);
    LF_CHECK_EQ_I64(lf_table_cell_str(&t, "東京", NULL), LF_OK);
    LF_CHECK_EQ_I64(lf_table_cell_str(&t, "3", NULL), LF_OK);
    LF_CHECK_EQ_I64(lf_table_print(&t, width, shown, &out, NULL), LF_OK);
    memcpy(text, out.data, out.len);
    text[out.len] = 0;
    lf_table_reset(&t);
    lf_buf_reset(&out);
}

static void tables_align_cut_and_leave_out(void) {
    char text[512];
    uint32_t shown;
    print_table(80, 3, text, &shown);
    LF_CHECK_STR(text, "name             n\n"
                       "Škoda\\nOctavia  12\n"
                       "東京             3\n");
    print_table(10, 3, text, &shown);
    LF_CHECK_STR(text, "name     n\n"
                       "Škoda…  12\n"
                       "東京     3\n");
    LF_CHECK_EQ_U64(shown, 2);
    print_table(5, 5, text, &shown);
    LF_CHECK_STR(text, "name\nŠkod…\n東京\n");
    LF_CHECK_EQ_U64(shown, 1);
}

static void numbers_are_for_people(void) {
    static const struct {
        uint64_t n;
        const char *count, *bytes;
    } cases[] = {{0, "0", "0 B"},
                 {999, "999", "999 B"},
                 {1000, "1,000", "1.0 KB"},
                 {766500000, "766,500,000", "766 MB"},
                 {9949999, "9,949,999", "9.9 MB"},
                 {999600, "999,600", "1.0 MB"},
                 {UINT64_MAX, "18,446,744,073,709,551,615", "18 EB"}};
    char a[32], b[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        LF_CHECK_STR(lf_inspect_count(cases[i].n, a, sizeof a), cases[i].count);
        LF_CHECK_STR(lf_inspect_bytes(cases[i].n, b, sizeof b), cases[i].bytes);
    }
}

int main(void) {
    snprintf(dir, sizeof dir, "%.50s/lf_inspect_XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(dir) == NULL) abort();
    snprintf(csv, sizeof csv, "%s/t.csv", dir);
    snprintf(parquet, sizeof parquet, "%s/t.parquet", dir);
    snprintf(bad, sizeof bad, "%s/bad", dir);
    write_file(csv, table);
    const char *in[] = {csv};
    lf_error err = {0};
    if (lf_convert(in, 1, parquet, NULL, NULL, &err) != LF_OK) {
        printf("FAIL convert: %s\n", err.message);
        return 1;
    }
    LF_RUN(parquet_shows_columns_bounds_and_ledger);
    LF_RUN(parquet_shows_rows_within_the_width);
    LF_RUN(parquet_as_json_has_typed_rows);
    LF_RUN(schema_of_both_is_what_schema_takes);
    LF_RUN(csv_shows_decisions_nulls_and_rows);
    LF_RUN(csv_takes_the_options_of_convert);
    LF_RUN(files_that_are_none_fail_with_their_name);
    LF_RUN(a_writer_that_stops_ends_it);
    LF_RUN(tables_align_cut_and_leave_out);
    LF_RUN(numbers_are_for_people);
    (void)unlink(csv);
    (void)unlink(parquet);
    (void)unlink(bad);
    (void)rmdir(dir);
    LF_TEST_MAIN_END;
}
