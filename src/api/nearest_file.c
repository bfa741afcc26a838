/* The first part of the path that does not exist is compared with what its folder holds. */
#include "api/nearest_file.h"
#include "api/options.h"
#include "io/io.h"
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PATH_BYTES  1024
#define ENTRIES_MAX 20000 /* of a folder that are looked at */

/* The entry of `folder` nearest to `name`, into `best`; false: none is near. */
static bool nearest_entry(const char *folder, const char *name, char *best, size_t cap) {
    DIR *d = opendir(folder);
    if (d == NULL) return false;
    const char *dot = strrchr(name, '.');
    const size_t n = strlen(name);
    unsigned least = lf_edits_allowed(dot != NULL ? (size_t)(dot - name) : n);
    bool begins = false, found = false;
    const struct dirent *e;
    for (int i = 0; i < ENTRIES_MAX && (e = readdir(d)) != NULL; i++) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0) continue;
        const unsigned edits = lf_edit_distance(name, e->d_name);
        /* Of equals the first by name, whatever order the folder has. */
        if (edits < least || (found && edits == least && strcmp(e->d_name, best) < 0)) {
            least = edits;
            found = true;
            snprintf(best, cap, "%s", e->d_name);
        } else if (!found && n >= 3 && strncasecmp(name, e->d_name, n) == 0 &&
                   (!begins || strcmp(e->d_name, best) < 0)) {
            begins = true;
            snprintf(best, cap, "%s", e->d_name);
        }
    }
    (void)closedir(d);
    return found || begins;
}

/* https://..., s3://... */
static bool is_address(const char *path) {
    const size_t n =
        strspn(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-");
    return n > 0 && strncmp(path + n, "://", 3) == 0;
}

void lf_error_suggest_file(lf_error *err, const char *path) {
    if (err == NULL || err->rc != LF_ENOT_FOUND || strlen(path) >= PATH_BYTES) return;
    if (is_address(path)) {
        snprintf(err->message, sizeof err->message,
                 "an address is not read: fetch the file, or pipe it into `logflow convert -`");
        return;
    }
    char head[PATH_BYTES], best[256], meant[PATH_BYTES + 256];
    size_t at = 0; /* start of the part that is missing */
    for (size_t end = 0; path[end] != '\0'; at = end) {
        end += strspn(path + end, "/");
        const size_t start = end;
        end += strcspn(path + end, "/");
        snprintf(head, sizeof head, "%.*s", (int)end, path);
        if (lf_path_exists(head)) continue;
        at = start;
        break;
    }
    const size_t len = strcspn(path + at, "/");
    char name[256];
    if (len == 0 || len >= sizeof name) return;
    snprintf(name, sizeof name, "%.*s", (int)len, path + at);
    snprintf(head, sizeof head, "%.*s", (int)at, path);
    if (!nearest_entry(at == 0 ? "." : head, name, best, sizeof best)) return;
    snprintf(meant, sizeof meant, "%s%s%s", head, best, path + at + len);
    if (!lf_path_exists(meant)) return;
    const size_t used = strlen(err->message);
    if (used + strlen(meant) + 20 > sizeof err->message) return;
    snprintf(err->message + used, sizeof err->message - used, "; did you mean %s?", meant);
}
