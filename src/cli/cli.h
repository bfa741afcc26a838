/* cli/cli.h - what the files of the command line share.
 *
 * The command line is a guest of the public API: it includes <logflow/logflow.h> and nothing else
 * of the library. It owns what the library must not touch: standard streams, signals, the
 * environment, exit statuses.
 * Owns: nothing beyond a call. Threads: the main thread, but for progress (its own lock).
 * Fails: commands return exit statuses. Life: one process. */
#ifndef LF_CLI_CLI_H
#define LF_CLI_CLI_H
#include <logflow/logflow.h>
#include <stdio.h>

enum {
    LF_CLI_OPTIONS_MAX = 1024,
    LF_CLI_PLUGINS_MAX = 64,
    LF_CLI_EXIT_USAGE = 2,
    LF_CLI_EXIT_IO = 3
};

/* A parsed command line. Values and inputs point into argv and the environment. */
typedef struct lf_cli_args {
    const char *command;
    lf_option options[LF_CLI_OPTIONS_MAX]; /* those for the library */
    size_t n_options;
    const char **inputs; /* what is no option, in order; NULL-terminated */
    size_t n_inputs;
    const char *output, *report, *progress, *timeout; /* NULL: not given */
    uint64_t rows, differences;
    const char *plugins[LF_CLI_PLUGINS_MAX]; /* --plugin */
    size_t n_plugins;
    bool force, quiet, explain, json, schema, markdown, help, null_is_empty, chunks;
} lf_cli_args;

typedef struct lf_cli_command {
    const char *name;
    const char *summary;  /* one line */
    const char *usage;    /* "[OPTION]... FILE..." */
    const char *about;    /* a paragraph, wrapped; NULL: none */
    const char *examples; /* lines of "COMMAND\tWHAT IT DOES\n"; NULL: none */
    int (*run)(const lf_cli_args *args);
} lf_cli_command;

const lf_cli_command *lf_cli_commands(void); /* ends with a NULL name */
const lf_cli_command *lf_cli_command_find(const char *name);

int lf_cli_convert(const lf_cli_args *args);
int lf_cli_inspect(const lf_cli_args *args);
int lf_cli_verify(const lf_cli_args *args);
int lf_cli_version(const lf_cli_args *args);
int lf_cli_help(const lf_cli_args *args);

/* args.c: `argv` begins after the command and is rearranged. Prints what is wrong; 0 or a status.
 */
int lf_cli_parse(lf_cli_args *args, const char *command, int argc, char **argv);
void lf_cli_warn_environment(void); /* unknown LOGFLOW_* variables */

/* plugins.c: those of $LOGFLOW_HOME/plugins (else ~/.logflow/plugins) and of --plugin; freed by
 * lf_plugins_free. Prints what is wrong; 0 or a status. */
int lf_cli_load_plugins(const lf_cli_args *args, lf_plugins **out);

/* help.c */
void lf_cli_print_overview(FILE *f); /* the short help of an empty command line */
void lf_cli_print_help(FILE *f, const lf_cli_command *c);
bool lf_cli_print_code(FILE *f, const char *code); /* "LF103"; false: no such code */

/* help_markdown.c */
void lf_cli_print_reference(FILE *f); /* docs/cli.md */
void lf_cli_print_errors(FILE *f);    /* docs/errors.md */

/* message.c */
extern const char *lf_cli_running; /* name of the command that runs; "" before */
void lf_cli_error(const lf_error *e);
/* A value of the environment that is wrong; returns 2. */
int lf_cli_config_error(const char *source, const char *message);
int lf_cli_usage_error(const char *command, const char *fmt, ...) LF_PRINTF(2, 3); /* returns 2 */
void lf_cli_warning(const char *fmt, ...) LF_PRINTF(1, 2);

#endif
