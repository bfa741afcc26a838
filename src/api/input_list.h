/* api/input_list.h - the inputs of a call: a zip archive of several files stands for its files.
 *
 * Owns: the paths. Threads: one at a time. Fails: as reading an archive's directory; LF_ENO_MEMORY.
 * Life: make -> use -> reset (safe twice, and on a zeroed record). */
#ifndef LF_API_INPUT_LIST_H
#define LF_API_INPUT_LIST_H
#include "core/alloc.h"
#include "core/error.h"

typedef struct lf_input_list {
    const lf_alloc *alloc;
    char **paths;
    size_t n, cap;
} lf_input_list;

LF_NODISCARD lf_rc lf_input_list_make(lf_input_list *l, const char *const *in, size_t n,
                                      const lf_alloc *a, lf_error *err);
void lf_input_list_reset(lf_input_list *l);

#endif
