/* Folders and patterns into paths. Hidden files and folders are passed by (unless a pattern names
 * the dot), links to folders are not followed, so that no walk goes in circles. */
#include "api/input_list.h"
#include "api/output_name.h"
#include "core/arena.h"
#include "io/io.h"
#include <dirent.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DEPTH_MAX 64

typedef struct walk {
    lf_input_list *list;
    size_t root;  /* bytes of a path that were named; what follows is below it */
    bool pattern; /* else a folder: known formats alone */
    lf_error *err;
} walk;

static char *joined(const lf_alloc *a, const char *dir, const char *name) {
    const size_t n = strlen(dir), m = strlen(name);
    const bool slash = n > 0 && dir[n - 1] != '/';
    char *p = lf_mem_alloc(a, n + slash + m + 1);
    if (p == NULL) return NULL;
    memcpy(p, dir, n);
    if (slash) p[n] = '/';
    memcpy(p + n + slash, name, m + 1);
    return p;
}

static lf_rc add_file(walk *w, const char *path) {
    const char *slash = strrchr(path, '/');
    const size_t dir = slash ? (size_t)(slash + 1 - path) : 0;
    size_t from = w->root < dir ? w->root : dir;
    while (path[from] == '/' && from < dir)
        from++;
    return lf_input_list_add(w->list, path, path + from, dir - from, w->err);
}

typedef enum entry_kind { ENTRY_OTHER, ENTRY_FILE, ENTRY_FOLDER, ENTRY_LINKED_FOLDER } entry_kind;

static entry_kind kind_of(const char *path) {
    struct stat st, own;
    if (stat(path, &st) != 0 || lstat(path, &own) != 0) return ENTRY_OTHER;
    if (S_ISDIR(st.st_mode)) return S_ISLNK(own.st_mode) ? ENTRY_LINKED_FOLDER : ENTRY_FOLDER;
    return S_ISREG(st.st_mode) ? ENTRY_FILE : ENTRY_OTHER;
}

static lf_rc match(walk *w, const char *dir, const char *rest, int depth);

/* One entry of `dir`, against the pattern's first part (n bytes) and what follows it. */
static lf_rc match_entry(walk *w, const char *dir, const char *name, const char *part, size_t n,
                         int depth) {
    const bool deep = n == 2 && memcmp(part, "**", 2) == 0;
    const bool last = part[n] == '\0';
    if (deep && name[0] == '.') return LF_OK;
    if (!deep) {
        char one[1024];
        if (n >= sizeof one) return LF_OK;
        memcpy(one, part, n);
        one[n] = '\0';
        if (fnmatch(one, name, FNM_PERIOD) != 0) return LF_OK;
    }
    char *path = joined(w->list->alloc, dir, name);
    if (path == NULL) return lf_fail_nomem(w->err, strlen(dir));
    const entry_kind kind = kind_of(path);
    lf_rc rc = LF_OK;
    if (last && kind == ENTRY_FILE && (w->pattern || lf_input_name_is_known(name)))
        rc = add_file(w, path);
    else if (deep && kind == ENTRY_FOLDER)
        rc = match(w, path, part, depth + 1);
    else if (!deep && !last && (kind == ENTRY_FOLDER || kind == ENTRY_LINKED_FOLDER))
        rc = match(w, path, part + n + 1, depth + 1);
    lf_mem_strfree(w->list->alloc, path);
    return rc;
}

/* `rest`: the parts of a pattern that are left, for what lies in `dir`. "**" is any number of
 * folders; at the end, all files in them. */
static lf_rc match(walk *w, const char *dir, const char *rest, int depth) {
    if (depth > DEPTH_MAX)
        return lf_fail(w->err, LF_EUNSUPPORTED, "%s: over %d folders deep", dir, DEPTH_MAX);
    while (*rest == '/')
        rest++;
    const size_t n = strcspn(rest, "/");
    if (n == 2 && memcmp(rest, "**", 2) == 0 && rest[n])
        LF_TRY(match(w, dir, rest + n + 1, depth + 1)); /* no folder at all */
    DIR *d = opendir(*dir ? dir : ".");
    if (d == NULL && depth > 0 && errno == EACCES && w->pattern) return LF_OK;
    if (d == NULL) return lf_fail_errno(w->err, LF_EOPEN, errno, *dir ? dir : ".");
    lf_rc rc = LF_OK;
    for (struct dirent *e = readdir(d); e && rc == LF_OK; e = readdir(d))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            rc = match_entry(w, dir, e->d_name, rest, n, depth);
    (void)closedir(d);
    return rc;
}

/* ---- order ---- */

typedef struct found {
    char *path, *folder;
    bool drop;
} found;

static int by_path(const void *a, const void *b) {
    return strcmp(((const found *)a)->path, ((const found *)b)->path);
}

/* Of one folder, and named as the table `stem` bytes of `path` would be made of it. */
static bool is_source(const char *other, const char *path, size_t dir, size_t stem) {
    return other[stem] == '.' && strcmp(other, path) != 0 &&
           lf_input_stem_length(other + dir) + dir == stem;
}

/* A table that stands beside the text that it was made of ("x.parquet", "x.csv"). All paths that
 * begin alike stand together. */
static bool is_output(const found *all, size_t n, size_t at) {
    static const char table[] = ".parquet";
    const char *path = all[at].path, *base = strrchr(path, '/');
    const size_t len = strlen(path), dir = base ? (size_t)(base + 1 - path) : 0;
    if (len < sizeof table || strcmp(path + len - sizeof table + 1, table) != 0) return false;
    const size_t stem = len - sizeof table + 1;
    for (size_t i = at; i > 0 && strncmp(all[i - 1].path, path, stem) == 0; i--)
        if (is_source(all[i - 1].path, path, dir, stem)) return true;
    for (size_t i = at + 1; i < n && strncmp(all[i].path, path, stem) == 0; i++)
        if (is_source(all[i].path, path, dir, stem)) return true;
    return false;
}

/* What was added from `first` on: in order, each once. */
static lf_rc settle(lf_input_list *l, size_t first, bool folder, lf_error *err) {
    const size_t n = l->n - first, bytes = n * sizeof(found);
    if (n == 0) return LF_OK;
    found *all = lf_mem_alloc(l->alloc, bytes);
    if (all == NULL) return lf_fail_nomem(err, bytes);
    for (size_t i = 0; i < n; i++)
        all[i] = (found){l->paths[first + i], l->folders[first + i], false};
    qsort(all, n, sizeof *all, by_path);
    for (size_t i = 0; i < n; i++)
        all[i].drop = (i > 0 && strcmp(all[i - 1].path, all[i].path) == 0) ||
                      (folder && is_output(all, n, i));
    l->n = first;
    for (size_t i = 0; i < n; i++) {
        if (all[i].drop) {
            lf_mem_strfree(l->alloc, all[i].path);
            lf_mem_strfree(l->alloc, all[i].folder);
            continue;
        }
        l->paths[l->n] = all[i].path;
        l->folders[l->n++] = all[i].folder;
    }
    lf_mem_free(l->alloc, all, bytes);
    return LF_OK;
}

lf_rc lf_input_list_folder(lf_input_list *l, const char *folder, lf_error *err) {
    walk w = {.list = l, .root = strlen(folder), .err = err};
    const size_t first = l->n;
    LF_TRY(match(&w, folder, "**", 0));
    LF_TRY(settle(l, first, true, err));
    if (l->n > first) return LF_OK;
    (void)lf_fail(err, LF_ENOT_FOUND, "the folder %s holds no file of a known format", folder);
    lf_error_set_file(err, folder);
    return LF_ENOT_FOUND;
}

bool lf_input_is_pattern(const char *name) {
    return strpbrk(name, "*?[") != NULL;
}

lf_rc lf_input_list_pattern(lf_input_list *l, const char *pattern, lf_error *err) {
    size_t fixed = 0; /* of the folders before the first that is no plain name */
    for (const char *p = pattern; *p && strcspn(p, "*?[") > strcspn(p, "/"); p = pattern + fixed)
        fixed += strcspn(p, "/") + 1;
    char *dir = lf_mem_strdup(l->alloc, pattern);
    if (dir == NULL) return lf_fail_nomem(err, strlen(pattern));
    const size_t n = strlen(pattern);
    dir[fixed] = '\0';
    walk w = {.list = l, .root = fixed, .pattern = true, .err = err};
    const size_t first = l->n;
    lf_rc rc = *dir && !lf_path_is_dir(dir) ? LF_OK : match(&w, dir, pattern + fixed, 0);
    lf_mem_free(l->alloc, dir, n + 1);
    if (rc == LF_OK) rc = settle(l, first, false, err);
    if (rc != LF_OK || l->n > first) return rc;
    return lf_fail(err, LF_ENOT_FOUND, "no file matches %s", pattern);
}
