/* cli/progress.h - showing a running conversion on standard error.
 *
 * Owns: the last line of the terminal while a bar is up. Threads: lf_cli_progress_tick from any
 * thread (a busy line is skipped, never waited for); the rest from the main thread.
 * Fails: never. Life: begin -> tick* -> end. */
#ifndef LF_CLI_PROGRESS_H
#define LF_CLI_PROGRESS_H
#include "cli/terminal.h"
#include <logflow/logflow.h>
#include <stdatomic.h>

typedef enum lf_progress_mode {
    LF_PROGRESS_NONE,
    LF_PROGRESS_BAR,
    LF_PROGRESS_PLAIN,
    LF_PROGRESS_JSON
} lf_progress_mode;

typedef struct lf_progress_view {
    lf_progress_mode mode;
    lf_terminal term;
    const char *name; /* what is being converted */
    atomic_flag busy;
    double last_s; /* when a line was last printed, in elapsed time */
    double rate;   /* smoothed bytes a second */
    double rate_s; /* when it was last updated */
    uint64_t rate_bytes;
    bool shown; /* a bar is on the terminal */
} lf_progress_view;

/* "auto", "bar", "plain", "json", "none"; NULL is auto. */
lf_progress_mode lf_cli_progress_mode(const char *word, bool quiet, const lf_terminal *t);
void lf_cli_progress_begin(lf_progress_view *v, lf_progress_mode mode, const char *name);
void lf_cli_progress_tick(void *view, const lf_progress *p); /* fits lf_convert_opts.progress */
void lf_cli_progress_end(lf_progress_view *v);               /* takes the bar away */

#endif
