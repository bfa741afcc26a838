#include "cli/cli.h"
#include "cli/terminal.h"
#include <string.h>

static int write_stdout(void *ctx, const char *bytes, size_t n) {
    (void)ctx;
    return fwrite(bytes, 1, n, stdout) == n ? 0 : 1;
}

static void put_heading(size_t i, const char *path) {
    if (i > 0) putchar('\n');
    lf_put_text(stdout, path, strlen(path));
    puts(":");
}

int lf_cli_inspect(const lf_cli_args *a) {
    if (a->n_inputs == 0) return lf_cli_usage_error("inspect", "no file is named");
    lf_plugins *plugins;
    int status = lf_cli_load_plugins(a, &plugins);
    if (status) return status;
    const lf_inspect_opts opts = {.struct_size = sizeof opts,
                                  .as_json = a->json,
                                  .schema_only = a->schema,
                                  .rows = a->rows,
                                  .chunks = a->chunks,
                                  .width = lf_terminal_of(stdout).width,
                                  .options = a->options,
                                  .n_options = a->n_options,
                                  .plugins = plugins};
    for (size_t i = 0; i < a->n_inputs; i++) {
        lf_error err = {0};
        if (a->n_inputs > 1 && !a->json && !a->schema) put_heading(i, a->inputs[i]);
        const lf_rc rc = lf_inspect(a->inputs[i], &opts, write_stdout, NULL, &err);
        if (rc == LF_OK) continue;
        (void)fflush(stdout);
        lf_cli_error(&err);
        if (status == 0) status = lf_rc_exit_status(rc);
    }
    lf_plugins_free(plugins);
    return status;
}
