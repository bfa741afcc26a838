/* lf_convert from end to end on small inputs: what a library caller sees. */
#include "core/alloc.h"
#include "lf_test.h"
#include <fcntl.h>
#include <logflow/logflow.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static const char *path_of(const char *name) {
    static char paths[64][128]; /* enough for one test: earlier ones are reused */
    static int turn;
    char *p = paths[turn++ % 64];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

static const char *make_file(const char *name, const char *text) {
    const char *path = path_of(name);
    FILE *f = fopen(path, "w");
    if (f == NULL) return path;
    fputs(text, f);
    fclose(f);
    return path;
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static lf_rc convert(const char *in, const char *out, const lf_option *o, size_t n, lf_report *rep,
                     lf_error *err) {
    const lf_convert_opts opts = {
        .struct_size = sizeof opts, .options = o, .n_options = n, .overwrite = true};
    return lf_convert(&in, 1, out, &opts, rep, err);
}

static void a_table_is_converted_and_counted(void) {
    const char *in = make_file("a.csv", "id,name\n1,x\n2,y\n\n3,z\n");
    lf_report rep = {0};
    lf_error err = {0};
    if (!LF_CHECK(lf_convert(&in, 1, NULL, NULL, &rep, &err) == LF_OK))
        printf("  %s\n", err.message);
    LF_CHECK(exists(path_of("a.parquet")));
    LF_CHECK_EQ_U64(rep.rows_in, 3);
    LF_CHECK_EQ_U64(rep.rows_out, 3);
    LF_CHECK_EQ_U64(rep.lines_blank, 1);
    LF_CHECK_EQ_U64(rep.columns, 2);
    LF_CHECK_EQ_U64(rep.n_inputs, 1);
    LF_CHECK_STR(rep.format_in, "csv");
    LF_CHECK_STR(rep.format_out, "parquet");
    LF_CHECK_STR(rep.input, in);
    LF_CHECK(rep.json && rep.json[0] == '{');
    lf_report_reset(&rep);
    LF_CHECK_EQ_I64(lf_convert(&in, 1, NULL, NULL, NULL, NULL), LF_EOUTPUT_EXISTS);
}

static void failures_leave_nothing_and_say_where(void) {
    const char *in = make_file("w.csv", "a,b\n1,2\n3,4\n5,6,7\n8,9\n");
    const lf_option strict[] = {{"on-error", "strict"}};
    lf_report rep = {0};
    lf_error err = {0};
    const char *out = path_of("w.parquet");
    LF_CHECK_EQ_I64(convert(in, out, strict, 1, &rep, &err), LF_EROW_WIDTH);
    LF_CHECK(err.has_position);
    LF_CHECK_EQ_U64(err.row, 3);
    LF_CHECK_EQ_U64(err.line, 4);
    LF_CHECK_STR(err.file, in);
    LF_CHECK(err.message[0] != '\0');
    LF_CHECK(!exists(out));
    LF_CHECK(rep.json && strstr(rep.json, "\"failed\""));
    lf_report_reset(&rep);
    lf_error none = {0};
    LF_CHECK_EQ_I64(convert(path_of("missing.csv"), out, NULL, 0, NULL, &none), LF_ENOT_FOUND);
    LF_CHECK_EQ_I64(convert(make_file("e.csv", ""), out, NULL, 0, NULL, NULL), LF_EEMPTY_INPUT);
    LF_CHECK(!exists(out));
}

static void bad_rows_are_set_aside(void) {
    const char *in = make_file("q.csv", "a,b\n1,2\n3,4\n5,6,7\n8,9\n");
    const char *out = path_of("q.parquet");
    lf_report rep = {0};
    LF_CHECK_EQ_I64(convert(in, out, NULL, 0, &rep, NULL), LF_OK);
    LF_CHECK_EQ_U64(rep.rows_rejected, 1);
    LF_CHECK_EQ_U64(rep.rows_in, rep.rows_out + rep.rows_rejected + rep.rows_filtered);
    LF_CHECK(rep.rejects != NULL && exists(rep.rejects));
    LF_CHECK(rep.n_warnings > 0);
    lf_report_reset(&rep);
    /* A clean run over it takes the side file of the earlier one away. */
    make_file("q.csv", "a,b\n1,2\n");
    LF_CHECK_EQ_I64(convert(in, out, NULL, 0, &rep, NULL), LF_OK);
    LF_CHECK(rep.rejects == NULL && !exists(path_of("q.parquet.rejects.jsonl")));
    lf_report_reset(&rep);
}

static void options_are_checked_by_name_and_value(void) {
    const char *in = make_file("o.csv", "a\n1\n");
    const lf_option wrong[][1] = {{{"thread", "2"}}, {{"threads", "0"}},   {{"output", "x"}},
                                  {{NULL, "x"}},     {{"simd", "mmx"}},    {{"columns", "a,a"}},
                                  {{"type", "a"}},   {{"max-bad", "many"}}};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        lf_error err = {0};
        if (!LF_CHECK(convert(in, path_of("o.parquet"), wrong[i], 1, NULL, &err) == LF_EUSAGE))
            printf("  %s\n", wrong[i][0].name ? wrong[i][0].name : "(null)");
        LF_CHECK(err.message[0] != '\0');
    }
    const lf_option right[] = {
        {"threads", "2"},    {"type", "a=string"},  {"null", "-"},
        {"null", "none"},    {"columns", "a"},      {"compression", "zstd:3"},
        {"infer", "full"},   {"max-bad", "5%"},     {"memory-limit", "20MiB"},
        {"data-page", "v2"}, {"encodings", "plain"}};
    lf_error err = {0};
    if (!LF_CHECK(convert(in, path_of("o.parquet"), right, sizeof right / sizeof *right, NULL,
                          &err) == LF_OK))
        printf("  %s\n", err.message);
    LF_CHECK(!exists(path_of("o.parquet.rejects.jsonl")));
}

static void columns_that_are_not_there_are_named(void) {
    const char *in = make_file("c.csv", "a,b\n1,2\n");
    const lf_option o[] = {{"columns", "a,zzz"}};
    lf_error err = {0};
    LF_CHECK(convert(in, path_of("c.parquet"), o, 1, NULL, &err) != LF_OK);
    LF_CHECK(strstr(err.message, "zzz") != NULL);
    LF_CHECK_EQ_I64(lf_rc_exit_status(err.rc), 2);
}

static void many_inputs_become_one_table_or_many(void) {
    char a[128], b[128];
    snprintf(a, sizeof a, "%s", make_file("m1.csv", "x,y\n1,a\n2,b\n"));
    snprintf(b, sizeof b, "%s", make_file("m2.csv", "x,y\n3,c\n"));
    const char *in[] = {a, b};
    lf_report rep = {0};
    lf_error err = {0};
    if (!LF_CHECK(lf_convert(in, 2, path_of("m.parquet"), NULL, &rep, &err) == LF_OK))
        printf("  %s\n", err.message);
    LF_CHECK_EQ_U64(rep.rows_out, 3);
    LF_CHECK_EQ_U64(rep.n_inputs, 2);
    lf_report_reset(&rep);
    char dir[128];
    snprintf(dir, sizeof dir, "%s/new/", folder);
    LF_CHECK_EQ_I64(lf_convert(in, 2, dir, NULL, &rep, NULL), LF_OK);
    LF_CHECK(exists(path_of("new/m1.parquet")) && exists(path_of("new/m2.parquet")));
    lf_report_reset(&rep);
}

static void check_reads_and_writes_nothing(void) {
    const char *in = make_file("k.csv", "a\n1\n");
    LF_CHECK_EQ_I64(lf_convert_check(&in, 1, NULL, NULL, NULL), LF_OK);
    LF_CHECK(!exists(path_of("k.parquet")));
    char dir[128];
    snprintf(dir, sizeof dir, "%s/unmade/", folder);
    LF_CHECK_EQ_I64(lf_convert_check(&in, 1, dir, NULL, NULL), LF_OK);
    LF_CHECK(!exists(dir));
    LF_CHECK_EQ_I64(lf_convert_check(NULL, 0, NULL, NULL, NULL), LF_EUSAGE);
    const lf_convert_opts unset = {.struct_size = 0};
    LF_CHECK_EQ_I64(lf_convert_check(&in, 1, NULL, &unset, NULL), LF_EUSAGE);
}

static void every_byte_goes_through_the_given_allocator(void) {
    const char *in = make_file("al.csv", "a,b\n1,2\n3\n4,x\n");
    lf_budget budget;
    lf_budget_init(&budget, lf_alloc_default(), 0);
    const lf_convert_opts opts = {
        .struct_size = sizeof opts, .overwrite = true, .alloc = &budget.alloc};
    lf_report rep = {0};
    LF_CHECK_EQ_I64(lf_convert(&in, 1, NULL, &opts, &rep, NULL), LF_OK);
    LF_CHECK(budget.peak_bytes > 0);
    LF_CHECK_EQ_U64(budget.used_bytes, 0);
    lf_report_reset(&rep);
}

static void a_set_flag_cancels(void) {
    const char *in = make_file("x.csv", "a\n1\n");
    const int cancel = 1;
    const lf_convert_opts opts = {.struct_size = sizeof opts, .cancel = &cancel};
    lf_error err = {0};
    LF_CHECK_EQ_I64(lf_convert(&in, 1, path_of("x.parquet"), &opts, NULL, &err), LF_ECANCELLED);
    LF_CHECK(!exists(path_of("x.parquet")));
}

static void a_broken_parquet_file_is_corrupt(void) {
    const char *in = make_file("p.bin", "PAR1....PAR1");
    lf_error err = {0};
    LF_CHECK_EQ_I64(lf_convert(&in, 1, path_of("p.out"), NULL, NULL, &err), LF_ECORRUPT);
    LF_CHECK(strstr(err.message, "footer") != NULL);
    LF_CHECK(!exists(path_of("p.out")));
}

int main(void) {
    snprintf(folder, sizeof folder, "%s/lf_convert_XXXXXX",
             getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(folder) == NULL) return 1;
    LF_RUN(a_table_is_converted_and_counted);
    LF_RUN(failures_leave_nothing_and_say_where);
    LF_RUN(bad_rows_are_set_aside);
    LF_RUN(options_are_checked_by_name_and_value);
    LF_RUN(columns_that_are_not_there_are_named);
    LF_RUN(many_inputs_become_one_table_or_many);
    LF_RUN(check_reads_and_writes_nothing);
    LF_RUN(every_byte_goes_through_the_given_allocator);
    LF_RUN(a_set_flag_cancels);
    LF_RUN(a_broken_parquet_file_is_corrupt);
    char command[96];
    snprintf(command, sizeof command, "rm -r '%s'", folder);
    if (system(command) != 0) printf("%s remains\n", folder);
    LF_TEST_MAIN_END;
}
