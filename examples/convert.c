/* convert INPUT OUTPUT.parquet - the least that converts a file, with the error as a person wants
 * it.
 *
 *     cc convert.c $(pkg-config --cflags --libs logflow) -o convert
 *     ./convert sales.csv sales.parquet */
#include <logflow/logflow.h>
#include <stdio.h>

static void print_error(const lf_error *err) {
    fprintf(stderr, "error LF%03d: %s\n", (int)err->rc,
            err->message[0] ? err->message : lf_rc_text(err->rc));
    if (err->file[0]) fprintf(stderr, "  in %s", err->file);
    if (err->file[0] && err->has_position && err->line != LF_NO_POSITION)
        fprintf(stderr, ", line %llu", (unsigned long long)err->line);
    fprintf(stderr, "%shint: %s\n", err->file[0] ? "\n" : "", lf_rc_hint(err->rc));
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: convert INPUT OUTPUT.parquet\n");
        return 2;
    }
    const char *inputs[] = {argv[1]};
    const lf_option options[] = {{"compression", "zstd"}, {"threads", "2"}};
    const lf_convert_opts opts = {
        .struct_size = sizeof opts, .options = options, .n_options = 2, .overwrite = true};
    lf_report report = {0};
    lf_error err = {0};
    lf_rc rc = lf_convert(inputs, 1, argv[2], &opts, &report, &err);
    if (rc != LF_OK) {
        print_error(&err);
    } else {
        printf("%llu rows in %u columns, %llu set aside\n", (unsigned long long)report.rows_out,
               report.columns, (unsigned long long)report.rows_rejected);
        for (size_t i = 0; i < report.n_warnings; i++)
            printf("warning: %s\n", report.warnings[i]);
    }
    lf_report_reset(&report);
    return lf_rc_exit_status(rc);
}
