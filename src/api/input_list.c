#include "api/input_list.h"
#include "io/io.h"
#include <string.h>

static lf_rc add(lf_input_list *l, const char *path, lf_error *err) {
    if (l->n == l->cap) {
        const size_t cap = l->cap ? l->cap * 2 : 4;
        char **more = lf_mem_realloc(l->alloc, l->paths, l->cap * sizeof *more, cap * sizeof *more);
        if (more == NULL) return lf_fail_nomem(err, cap * sizeof *more);
        l->paths = more;
        l->cap = cap;
    }
    l->paths[l->n] = lf_mem_strdup(l->alloc, path);
    if (l->paths[l->n] == NULL) return lf_fail_nomem(err, strlen(path));
    l->n++;
    return LF_OK;
}

lf_rc lf_input_list_make(lf_input_list *l, const char *const *in, size_t n, const lf_alloc *a,
                         lf_error *err) {
    *l = (lf_input_list){.alloc = a};
    for (size_t i = 0; i < n; i++) {
        char **members = NULL;
        size_t k = 0;
        lf_rc rc = strcmp(in[i], "-") == 0 ? LF_OK : lf_path_members(in[i], a, &members, &k, err);
        if (rc == LF_OK && k == 0) rc = add(l, in[i], err);
        for (size_t j = 0; rc == LF_OK && j < k; j++)
            rc = add(l, members[j], err);
        lf_path_members_free(a, members, k);
        if (rc != LF_OK) return rc;
    }
    return LF_OK;
}

void lf_input_list_reset(lf_input_list *l) {
    for (size_t i = 0; i < l->n; i++)
        lf_mem_strfree(l->alloc, l->paths[i]);
    if (l->paths) lf_mem_free(l->alloc, l->paths, l->cap * sizeof *l->paths);
    *l = (lf_input_list){0};
}
