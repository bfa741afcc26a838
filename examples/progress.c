/* progress INPUT OUTPUT.parquet [ROWS] - shows how far a conversion is, and stops it: on Ctrl-C,
 * or once ROWS rows have been read. What was stopped leaves nothing at OUTPUT.
 *
 *     cc progress.c $(pkg-config --cflags --libs logflow) -o progress
 *     ./progress large.csv large.parquet 1000000 */
#include <logflow/logflow.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static volatile int stop; /* what lf_convert_opts.cancel points to: non-zero ends it in 100 ms */

static void on_signal(int sig) {
    (void)sig;
    stop = 1;
}

typedef struct watch {
    unsigned long long rows_max; /* 0: all */
} watch;

/* Called from the library's threads, about ten times a second. */
static void on_progress(void *ctx, const lf_progress *p) {
    const watch *w = ctx;
    if (p->bytes_total > 0)
        fprintf(stderr, "%3.0f %%", 100.0 * (double)p->bytes_read / (double)p->bytes_total);
    fprintf(stderr, " %llu rows, %.1f s\n", (unsigned long long)p->rows, p->elapsed_s);
    if (w->rows_max != 0 && p->rows >= w->rows_max) __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
}

int main(int argc, char **argv) {
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: progress INPUT OUTPUT.parquet [ROWS]\n");
        return 2;
    }
    watch w = {.rows_max = argc == 4 ? strtoull(argv[3], NULL, 10) : 0};
    signal(SIGINT, on_signal); /* the library sets no handlers */
    const char *inputs[] = {argv[1]};
    const lf_convert_opts opts = {.struct_size = sizeof opts,
                                  .overwrite = true,
                                  .progress = on_progress,
                                  .progress_ctx = &w,
                                  .cancel = (const int *)&stop};
    lf_report report = {0};
    lf_error err = {0};
    lf_rc rc = lf_convert(inputs, 1, argv[2], &opts, &report, &err);
    if (rc == LF_ECANCELLED)
        printf("stopped\n");
    else if (rc != LF_OK)
        fprintf(stderr, "%s: %s\n", err.file, err.message);
    else
        printf("done: %llu rows\n", (unsigned long long)report.rows_out);
    lf_report_reset(&report);
    return lf_rc_exit_status(rc);
}
