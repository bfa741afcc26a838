/* The program: settings of the process, then one command. */
#include "cli/cli.h"
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* Memory has to go back to the system when a phase is over, or the peak of one would add to the
 * peak of the next: large blocks by mmap, few arenas, an eager trim. */
static void set_up_memory(void) {
#ifdef __GLIBC__
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    mallopt(M_ARENA_MAX, 2);
    mallopt(M_TRIM_THRESHOLD, 512 * 1024);
#endif
}

/* An output whose reader has gone, or that grows past a limit of the shell's, is a write error with
 * a message, not a silent death. */
static void set_up_signals(void) {
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    (void)sigaction(SIGPIPE, &ignore, NULL);
    (void)sigaction(SIGXFSZ, &ignore, NULL);
}

static int flush_stdout(int status) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return status;
    lf_cli_warning("standard output: %s", strerror(errno));
    return status ? status : LF_CLI_EXIT_IO;
}

static int run(const lf_cli_command *c, int argc, char **argv) {
    lf_cli_args args;
    lf_cli_running = c->name;
    lf_cli_warn_environment();
    const int status = lf_cli_parse(&args, c->name, argc, argv);
    if (status) return status;
    if (args.help) return lf_cli_print_help(stdout, c), 0;
    return c->run(&args);
}

static bool is_path(const char *s) {
    return strcmp(s, "-") == 0 || strchr(s, '/') || strchr(s, '.') || access(s, F_OK) == 0;
}

static int unknown_command(const char *word) {
    const char *names[16];
    size_t n = 0;
    for (const lf_cli_command *c = lf_cli_commands(); c->name && n < 15; c++)
        names[n++] = c->name;
    names[n] = NULL;
    const char *near = lf_nearest(word, names);
    if (near)
        return lf_cli_usage_error(NULL, "unknown command '%s'; did you mean '%s'?", word, near);
    return lf_cli_usage_error(NULL, "'%s' is neither a command nor a file", word);
}

int main(int argc, char **argv) {
    set_up_memory();
    set_up_signals();
    if (argc < 2) {
        lf_cli_print_overview(stderr);
        return LF_CLI_EXIT_USAGE;
    }
    const char *first = argv[1];
    const lf_cli_command *c = lf_cli_command_find(first);
    if (c) return flush_stdout(run(c, argc - 2, argv + 2));
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0)
        return lf_cli_print_overview(stdout), flush_stdout(0);
    if (strcmp(first, "--version") == 0 || strcmp(first, "-V") == 0)
        return flush_stdout(run(lf_cli_command_find("version"), argc - 2, argv + 2));
    /* `logflow data.csv` and `logflow --force data.csv` convert. */
    if (first[0] == '-' || is_path(first))
        return flush_stdout(run(lf_cli_command_find("convert"), argc - 1, argv + 1));
    return unknown_command(first);
}
