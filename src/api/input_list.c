/* From the names of a call to paths: what exists under a name is meant by it; otherwise it may be a
 * list (@FILE) or a pattern. */
#include "api/input_list.h"
#include "core/buf.h"
#include "io/io.h"
#include <string.h>

#define LIST_FILE_MAX (256u * 1024 * 1024)

static lf_rc grow(lf_input_list *l, lf_error *err) {
    if (l->n < l->cap) return LF_OK;
    const size_t cap = l->cap ? l->cap * 2 : 4, was = l->cap * sizeof(char *);
    const size_t bytes = cap * sizeof(char *);
    char **paths = lf_mem_alloc(l->alloc, bytes), **folders = lf_mem_alloc(l->alloc, bytes);
    if (paths == NULL || folders == NULL) {
        lf_mem_free(l->alloc, paths, bytes);
        lf_mem_free(l->alloc, folders, bytes);
        return lf_fail_nomem(err, bytes);
    }
    if (was) {
        memcpy(paths, l->paths, was);
        memcpy(folders, l->folders, was);
        lf_mem_free(l->alloc, l->paths, was);
        lf_mem_free(l->alloc, l->folders, was);
    }
    l->paths = paths;
    l->folders = folders;
    l->cap = cap;
    return LF_OK;
}

lf_rc lf_input_list_add(lf_input_list *l, const char *path, const char *folder, size_t n,
                        lf_error *err) {
    LF_TRY(grow(l, err));
    char *own = lf_mem_strdup(l->alloc, path), *below = lf_mem_alloc(l->alloc, n + 1);
    if (own == NULL || below == NULL) {
        if (own) lf_mem_strfree(l->alloc, own);
        lf_mem_free(l->alloc, below, n + 1);
        return lf_fail_nomem(err, strlen(path) + n);
    }
    memcpy(below, folder, n);
    below[n] = '\0';
    l->paths[l->n] = own;
    l->folders[l->n++] = below;
    return LF_OK;
}

static lf_rc add_name(lf_input_list *l, const char *name, lf_error *err);

static char *next_line(char **at) {
    char *line = *at, *end = line + strcspn(line, "\n");
    *at = *end ? end + 1 : end;
    *end = '\0';
    if (end > line && end[-1] == '\r') end[-1] = '\0';
    return line;
}

/* @FILE: a name a line; blank lines and those that begin with # are none. */
static lf_rc add_listed(lf_input_list *l, const char *path, lf_error *err) {
    lf_source *src = NULL;
    lf_buf text;
    LF_TRY(lf_source_open(path, l->alloc, &src, err));
    lf_buf_init(&text, l->alloc, LIST_FILE_MAX);
    lf_rc rc = LF_OK;
    size_t got = 1, before = l->n;
    while (rc == LF_OK && got > 0) {
        rc = lf_buf_reserve(&text, 65536, err);
        if (rc == LF_OK) rc = src->type->read(src, text.data + text.len, 65536, &got, err);
        if (rc == LF_OK) text.len += got;
    }
    lf_source_close(src);
    if (rc == LF_OK) rc = lf_buf_append(&text, "", 1, err);
    char *at = (char *)text.data;
    while (rc == LF_OK && *at) {
        const char *line = next_line(&at);
        if (*line == '\0' || *line == '#') continue;
        if (*line == '@')
            rc = lf_fail(err, LF_EUSAGE, "a list cannot name another list: '%.200s'", line);
        else
            rc = add_name(l, line, err);
    }
    lf_buf_reset(&text);
    if (rc == LF_OK && l->n == before)
        rc = lf_fail(err, LF_EUSAGE, "the list %s names no input", path);
    return rc;
}

static lf_rc add_name(lf_input_list *l, const char *name, lf_error *err) {
    if (strcmp(name, "-") == 0) return lf_input_list_add(l, name, "", 0, err);
    if (lf_path_is_dir(name)) return lf_input_list_folder(l, name, err);
    if (!lf_path_exists(name)) {
        if (name[0] == '@' && name[1]) {
            const lf_rc rc = add_listed(l, name + 1, err);
            return rc == LF_OK ? rc : lf_error_context(err, rc, "the list %.60s", name + 1);
        }
        if (lf_input_is_pattern(name) && !lf_path_archive(name, &(size_t){0}))
            return lf_input_list_pattern(l, name, err);
    }
    char **members = NULL;
    size_t k = 0;
    lf_rc rc = lf_path_members(name, l->alloc, &members, &k, err);
    if (rc == LF_OK && k == 0) rc = lf_input_list_add(l, name, "", 0, err);
    for (size_t j = 0; rc == LF_OK && j < k; j++)
        rc = lf_input_list_add(l, members[j], "", 0, err);
    lf_path_members_free(l->alloc, members, k);
    return rc;
}

lf_rc lf_input_list_make(lf_input_list *l, const char *const *in, size_t n, const lf_alloc *alloc,
                         lf_error *err) {
    *l = (lf_input_list){.alloc = alloc ? alloc : lf_alloc_default()};
    for (size_t i = 0; i < n; i++)
        LF_TRY(add_name(l, in[i], err));
    return LF_OK;
}

void lf_input_list_reset(lf_input_list *l) {
    for (size_t i = 0; i < l->n; i++) {
        lf_mem_strfree(l->alloc, l->paths[i]);
        lf_mem_strfree(l->alloc, l->folders[i]);
    }
    if (l->cap) {
        lf_mem_free(l->alloc, l->paths, l->cap * sizeof *l->paths);
        lf_mem_free(l->alloc, l->folders, l->cap * sizeof *l->folders);
    }
    *l = (lf_input_list){0};
}
