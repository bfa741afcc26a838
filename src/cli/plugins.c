/* Plugins are code: they come from the user's own folder or by name, never from where the program
 * happens to run. One of the folder that cannot be loaded is told and left out, so that it does not
 * keep files from being converted that have nothing to do with it; one that was named is an error.
 */
#include "cli/cli.h"
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* "": there is none. */
static void folder(char *path, size_t cap) {
    const char *home = getenv("LOGFLOW_HOME"), *user = getenv("HOME");
    struct stat st;
    int n = 0;
    path[0] = '\0';
    if (home && *home)
        n = snprintf(path, cap, "%s/plugins", home);
    else if (user && *user)
        n = snprintf(path, cap, "%s/.logflow/plugins", user);
    if (n >= (int)cap || stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) path[0] = '\0';
}

int lf_cli_load_plugins(const lf_cli_args *a, lf_plugins **out) {
    char path[PATH_MAX];
    lf_error err = {0};
    folder(path, sizeof path);
    *out = NULL;
    if (path[0] == '\0' && a->n_plugins == 0) return 0;
    *out = lf_plugins_new(NULL);
    if (*out == NULL) return lf_rc_exit_status(LF_ENO_MEMORY);
    if (path[0] && lf_plugins_load(*out, path, &err) != LF_OK)
        lf_cli_warning("plugin left out: %s", err.message);
    for (size_t i = 0; i < a->n_plugins; i++) {
        err = (lf_error){0};
        if (lf_plugins_load(*out, a->plugins[i], &err) == LF_OK) continue;
        lf_cli_error(&err);
        lf_plugins_free(*out);
        *out = NULL;
        return lf_rc_exit_status(err.rc);
    }
    return 0;
}
