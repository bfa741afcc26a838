/* `logflow convert`: a conversion for each output, with progress, report and the files that only
 * the command line writes. All of them are checked before the first is begun; a file that fails
 * does not keep the others from being converted. */
#include "cli/cli.h"
#include "cli/progress.h"
#include "cli/report_text.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

/* The first signal asks the library to stop; a second one meets the default action and kills. Where
 * the library has not returned in time, because a codec is deep in a page, the process ends from
 * the outside: files have no name until they are complete, so that nothing is left behind. */
#define STOP_WITHIN_US 85000

static volatile int cancelled; /* read by the library, atomically; set by the handler */

static void stop(int why) {
    const struct itimerval soon = {.it_value = {.tv_usec = STOP_WITHIN_US}};
    __atomic_store_n(&cancelled, why, __ATOMIC_RELAXED);
    (void)setitimer(ITIMER_REAL, &soon, NULL); /* a bare system call on all systems we know */
}

/* Once for the end of --timeout, once where the library has not stopped in time. */
static void on_timer(int sig) {
    static const char interrupted[] = "\nlogflow: error LF902: interrupted\nhint: run it again\n";
    static const char late[] =
        "\nlogflow: error LF704: the time limit has passed\nhint: raise the time limit\n";
    const int why = __atomic_load_n(&cancelled, __ATOMIC_RELAXED);
    (void)sig;
    if (why == 0) {
        stop(LF_EDEADLINE);
        return;
    }
    const bool out_of_time = why == LF_EDEADLINE;
    const char *text = out_of_time ? late : interrupted;
    const size_t n = out_of_time ? sizeof late - 1 : sizeof interrupted - 1;
    const int status = out_of_time ? 4 : 130; /* of the two codes */
    if (write(STDERR_FILENO, text, n) < 0) _exit(status);
    _exit(status);
}

static void on_signal(int sig) {
    (void)sig;
    stop(LF_ECANCELLED);
}

/* What the caller had ignored (nohup, a background job) stays ignored. */
static void catch_signals(void) {
    static const int stops[] = {SIGINT, SIGTERM, SIGHUP};
    const struct sigaction ask = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};
    const struct sigaction timer = {.sa_handler = on_timer};
    struct sigaction old;
    (void)sigaction(SIGALRM, &timer, NULL);
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        if (sigaction(stops[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            (void)sigaction(stops[i], &ask, NULL);
}

static void start_timer(uint64_t ms) {
    const struct itimerval limit = {
        .it_value = {.tv_sec = (time_t)(ms / 1000), .tv_usec = (suseconds_t)(ms % 1000 * 1000)}};
    (void)setitimer(ITIMER_REAL, &limit, NULL);
}

static void stop_timer(void) {
    const struct itimerval never = {0};
    (void)setitimer(ITIMER_REAL, &never, NULL);
}

typedef struct job {
    const lf_cli_args *args;
    const lf_input_list *list;
    lf_progress_view view;
    bool shown; /* `view` is of the conversion that runs */
    lf_convert_opts opts;
    lf_progress_mode mode;
    FILE *report; /* --report; NULL: none */
    size_t done, failed;
    bool many;
    int status;
} job;

static bool is_folder(const char *path) {
    struct stat st;
    const size_t n = strlen(path);
    return (n && path[n - 1] == '/') || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static bool same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

static int open_report(job *j) {
    const lf_cli_args *a = j->args;
    if (a->report == NULL) return 0;
    for (size_t i = 0; i < a->n_inputs; i++)
        if (same_file(a->report, a->inputs[i]))
            return lf_cli_usage_error("convert", "--report: %s is the input", a->report);
    if (a->output && (strcmp(a->report, a->output) == 0 || same_file(a->report, a->output)))
        return lf_cli_usage_error("convert", "--report: %s is the output", a->report);
    j->report = fopen(a->report, "we");
    if (j->report) {
        if (j->many) fputs("[", j->report);
        return 0;
    }
    const int why = errno;
    lf_error err = {.rc = why == ENOENT   ? LF_ENOT_FOUND
                          : why == EACCES ? LF_EPERMISSION
                          : why == EISDIR ? LF_EIS_DIRECTORY
                                          : LF_EWRITE};
    snprintf(err.file, sizeof err.file, "%s", a->report);
    snprintf(err.message, sizeof err.message, "the report cannot be written: %s", strerror(why));
    lf_cli_error(&err);
    return LF_CLI_EXIT_IO;
}

static int close_report(job *j) {
    if (j->report == NULL) return 0;
    if (j->many) fputs("]\n", j->report);
    const bool bad = ferror(j->report) != 0;
    if (fclose(j->report) == 0 && !bad) return 0;
    lf_cli_warning("%s: the report is incomplete: %s", j->args->report, strerror(errno));
    return LF_CLI_EXIT_IO;
}

static void write_report(job *j, const lf_report *r) {
    if (j->report == NULL) return;
    if (r->json == NULL) lf_cli_warning("%s: no memory for the report", j->args->report);
    if (r->json == NULL) return;
    if (j->many && j->done + j->failed > 0) fputs(",\n", j->report);
    fputs(r->json, j->report);
}

/* The JSON of the report ends with a newline, which must not stand inside the event. */
static void print_json_event(const lf_report *r) {
    if (r->json)
        fprintf(stderr, "{\"event\":\"report\",\"report\":%.*s}\n", (int)strcspn(r->json, "\n"),
                r->json);
}

static void print_explanation(const char *s) {
    for (; *s; s += strspn(s, "\n")) {
        const size_t n = strcspn(s, "\n");
        lf_put_text(stderr, s, n);
        s += n;
        for (size_t i = 0; s[i] == '\n'; i++)
            fputc('\n', stderr);
    }
}

static void print_outcome(const job *j, const lf_report *r, const lf_error *err, lf_rc rc) {
    if (j->mode == LF_PROGRESS_JSON) {
        print_json_event(r);
        return;
    }
    if (j->args->explain && r->explain) print_explanation(r->explain);
    if (rc == LF_OK && !j->args->quiet) {
        if (j->many)
            lf_cli_report_line(stderr, r);
        else
            lf_cli_report_full(stderr, r);
    }
    lf_cli_report_warnings(stderr, r);
    if (rc != LF_OK) lf_cli_error(err);
}

static void begin(job *j, const char *in) {
    lf_cli_progress_begin(&j->view, j->mode, in);
    j->shown = true;
}

static void end(job *j, lf_rc rc, const lf_report *report, const lf_error *err) {
    if (cancelled) stop_timer(); /* else it may be that of --timeout */
    if (j->shown) lf_cli_progress_end(&j->view);
    j->shown = false;
    write_report(j, report);
    print_outcome(j, report, err, rc);
    if (rc == LF_OK) {
        j->done++;
        return;
    }
    j->failed++;
    if (j->status == 0 || cancelled) j->status = lf_rc_exit_status(rc);
}

/* What is refused before the first file is begun is in the report too: the call is made once more,
 * and ends as it did. */
static int report_refusal(job *j, const lf_error *err) {
    const lf_cli_args *a = j->args;
    const int already = LF_ECANCELLED;
    lf_cli_error(err);
    if (a->report == NULL || open_report(j) != 0) return lf_rc_exit_status(err->rc);
    lf_report report = {0};
    j->opts.cancel = &already;
    (void)!lf_convert(a->inputs, a->n_inputs, a->output, &j->opts, &report, NULL);
    write_report(j, &report);
    lf_report_reset(&report);
    (void)close_report(j);
    return lf_rc_exit_status(err->rc);
}

/* One table of all inputs. */
static void convert_together(job *j) {
    const lf_cli_args *a = j->args;
    lf_error err = {0};
    lf_report report = {0};
    begin(j, a->inputs[0]);
    const lf_rc rc = lf_convert(a->inputs, a->n_inputs, a->output, &j->opts, &report, &err);
    end(j, rc, &report, &err);
    lf_report_reset(&report);
}

static void each_begins(void *ctx, size_t i) {
    job *j = ctx;
    begin(j, j->list->paths[i]);
}

static void each_is_done(void *ctx, size_t i, lf_rc rc, const lf_report *r, const lf_error *err) {
    (void)i;
    end(ctx, rc, r, err);
}

/* Each input's output by itself. */
static void convert_each(job *j) {
    const lf_convert_hooks hooks = {.ctx = j, .begin = each_begins, .done = each_is_done};
    lf_error err = {0};
    const lf_rc rc = lf_convert_each(j->list, j->args->output, &j->opts, &hooks, &err);
    if (rc == LF_OK || j->status != 0) return; /* told of */
    lf_cli_error(&err);
    j->status = lf_rc_exit_status(rc);
}

/* A checked duration. */
static uint64_t milliseconds(const char *s) {
    char *unit;
    const double v = strtod(s, &unit);
    return (uint64_t)(v * (strcmp(unit, "ms") == 0                              ? 1
                           : strcmp(unit, "h") == 0                             ? 36e5
                           : strcmp(unit, "m") == 0 || strcmp(unit, "min") == 0 ? 6e4
                                                                                : 1e3));
}

static int convert(const lf_cli_args *a, const lf_plugins *plugins) {
    const lf_terminal term = lf_terminal_of(stderr);
    job j = {.args = a,
             .opts = {.struct_size = sizeof j.opts,
                      .options = a->options,
                      .n_options = a->n_options,
                      .overwrite = a->force,
                      .cancel = (const int *)&cancelled,
                      .plugins = plugins},
             .mode = lf_cli_progress_mode(a->progress, a->quiet, &term)};
    /* One table of all inputs, unless each gets an output of its own. */
    const bool together = a->output && !is_folder(a->output);
    lf_error err = {0};
    lf_input_list list = {0};
    j.many = !together && a->n_inputs > 1;
    lf_rc rc = lf_convert_check(a->inputs, a->n_inputs, a->output, &j.opts, &err);
    if (rc == LF_OK && !together)
        rc = lf_input_list_make(&list, a->inputs, a->n_inputs, NULL, &err);
    j.many = !together && list.n > 1;
    const int refused = rc != LF_OK ? report_refusal(&j, &err) : open_report(&j);
    if (refused) {
        lf_input_list_reset(&list);
        return refused;
    }
    catch_signals();
    if (a->timeout) start_timer(milliseconds(a->timeout));
    j.list = &list;
    j.opts.progress = j.mode == LF_PROGRESS_NONE ? NULL : lf_cli_progress_tick;
    j.opts.progress_ctx = &j.view;
    if (together)
        convert_together(&j);
    else
        convert_each(&j);
    lf_input_list_reset(&list);
    if (j.many && !a->quiet && j.mode != LF_PROGRESS_JSON)
        fprintf(stderr, "%zu converted, %zu failed\n", j.done, j.failed);
    stop_timer();
    const int closed = close_report(&j);
    return j.status ? j.status : closed;
}

int lf_cli_convert(const lf_cli_args *a) {
    lf_plugins *plugins;
    if (a->n_inputs == 0) return lf_cli_usage_error("convert", "no input is named");
    int status = lf_cli_load_plugins(a, &plugins);
    if (status) return status;
    status = convert(a, plugins);
    lf_plugins_free(plugins);
    return status;
}
