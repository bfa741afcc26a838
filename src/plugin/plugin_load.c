/* Shared libraries. Code that is loaded runs with all rights of its user, so a file is loaded only
 * from where that user, or root, alone decides what lies there; never from the current folder or a
 * search path. */
#include "core/buf.h"
#include "plugin/plugin_set.h"
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A folder with the sticky bit (/tmp) keeps others from replacing a file, not from adding one: it
 * is refused as a folder of plugins, not as the place of a file that was named. */
static lf_rc check_mode(const char *path, const struct stat *st, bool place, lf_error *err) {
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return lf_fail(err, LF_EPERMISSION, "%.150s belongs to another user: it is not loaded",
                       path);
    const bool sticky = place && (st->st_mode & S_ISVTX);
    if ((st->st_mode & S_IWOTH) && !sticky)
        return lf_fail(err, LF_EPERMISSION, "%.150s is writable by everyone: it is not loaded",
                       path);
    return LF_OK;
}

static lf_rc check_file(const char *path, lf_error *err) {
    struct stat st;
    char folder[PATH_MAX];
    if (stat(path, &st) != 0) return lf_fail_errno(err, LF_EOPEN, errno, path);
    if (!S_ISREG(st.st_mode)) return lf_fail(err, LF_EOPEN, "%.150s is no file", path);
    LF_TRY(check_mode(path, &st, false, err));
    const size_t n = (size_t)(strrchr(path, '/') - path);
    memcpy(folder, path, n);
    folder[n] = '\0';
    if (n == 0) folder[0] = '/', folder[1] = '\0';
    if (stat(folder, &st) != 0) return lf_fail_errno(err, LF_EOPEN, errno, folder);
    return check_mode(folder, &st, true, err);
}

static lf_rc register_all(lf_plugins *p, const lf_plugin *t, lf_error *err) {
    for (size_t i = 0; t->decoders && t->decoders[i]; i++)
        LF_TRY(lf_register_decoder(p, t->decoders[i], err));
    for (size_t i = 0; t->sinks && t->sinks[i]; i++)
        LF_TRY(lf_register_sink(p, t->sinks[i], err));
    for (size_t i = 0; t->transforms && t->transforms[i]; i++)
        LF_TRY(lf_register_transform(p, t->transforms[i], err));
    return LF_OK;
}

/* All of a library or nothing. */
static lf_rc take_table(lf_plugins *p, const char *path, const lf_plugin *t, lf_error *err) {
    if (t == NULL) return lf_fail(err, LF_EUNSUPPORTED, "%.150s gives no table", path);
    if (t->abi != LOGFLOW_PLUGIN_ABI)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "%.120s was built for plugin interface %u, this LogFlow has %u", path,
                       t->abi, LOGFLOW_PLUGIN_ABI);
    const uint32_t d = p->n_decoders, s = p->n_sinks, m = p->n_transforms;
    const lf_rc rc = register_all(p, t, err);
    if (rc == LF_OK) return rc;
    p->n_decoders = d, p->n_sinks = s, p->n_transforms = m;
    return lf_error_context(err, rc, "plugin %.80s", path);
}

static lf_rc load_file(lf_plugins *p, const char *path, lf_error *err) {
    char real[PATH_MAX];
    if (realpath(path, real) == NULL) return lf_fail_errno(err, LF_EOPEN, errno, path);
    LF_TRY(check_file(real, err));
    /* RTLD_NODELETE: batches, and the functions that release them, may outlive the set. */
    void *lib = dlopen(real, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (lib == NULL) return lf_fail(err, LF_EUNSUPPORTED, "not loaded: %.200s", dlerror());
    void *found = dlsym(lib, "logflow_plugin");
    const lf_plugin *(*entry)(void);
    memcpy(&entry, &found, sizeof entry);
    const lf_rc rc =
        found == NULL
            ? lf_fail(err, LF_EUNSUPPORTED, "%.150s is no plugin: it has no logflow_plugin()", path)
            : take_table(p, path, entry(), err);
    (void)dlclose(lib);
    return rc;
}

static bool is_library(const char *name) {
    const size_t n = strlen(name);
    return name[0] != '.' && n > 3 && strcmp(name + n - 3, ".so") == 0;
}

/* The library whose name comes next behind `last`, in its place; false: none. */
static bool next_library(DIR *dir, char last[NAME_MAX + 1]) {
    char best[NAME_MAX + 1] = "";
    rewinddir(dir);
    for (const struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (!is_library(e->d_name) || strcmp(e->d_name, last) <= 0) continue;
        if (best[0] == '\0' || strcmp(e->d_name, best) < 0)
            snprintf(best, sizeof best, "%s", e->d_name);
    }
    memcpy(last, best, sizeof best);
    return best[0] != '\0';
}

static lf_rc load_folder(lf_plugins *p, const char *path, const struct stat *st, lf_error *err) {
    char name[NAME_MAX + 1] = "", file[PATH_MAX];
    LF_TRY(check_mode(path, st, false, err));
    DIR *dir = opendir(path);
    if (dir == NULL) return lf_fail_errno(err, LF_EOPEN, errno, path);
    lf_rc first = LF_OK;
    while (next_library(dir, name)) {
        const int len = snprintf(file, sizeof file, "%s/%s", path, name);
        const lf_rc rc = len < (int)sizeof file
                             ? load_file(p, file, err)
                             : lf_fail(err, LF_EOPEN, "%.150s: the path is too long", path);
        if (first == LF_OK) first = rc;
    }
    (void)closedir(dir);
    return first;
}

lf_rc lf_plugins_load(lf_plugins *p, const char *path, lf_error *err) {
    struct stat st;
    if (stat(path, &st) != 0) return lf_fail_errno(err, LF_EOPEN, errno, path);
    return S_ISDIR(st.st_mode) ? load_folder(p, path, &st, err) : load_file(p, path, err);
}
