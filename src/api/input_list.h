/* api/input_list.h - what names of inputs stand for: folders, patterns, lists, archives.
 *
 * lf_input_list_make (public) turns the names of a call into paths; here is what it adds them by.
 *
 * Owns: the list its strings. Threads: one at a time. Fails: LF_ENOT_FOUND (a pattern or folder
 * without files), 3xx, LF_ENO_MEMORY. Life: zeroed or made -> add* -> reset (safe twice). */
#ifndef LF_API_INPUT_LIST_H
#define LF_API_INPUT_LIST_H
#include "core/alloc.h"
#include <logflow/logflow.h>

/* `folder`: where the path lies below what was named ("2026/01/"), n bytes; "": directly there. */
LF_NODISCARD lf_rc lf_input_list_add(lf_input_list *l, const char *path, const char *folder,
                                     size_t n, lf_error *err);
/* All files of known formats in a folder and those below it, by the bytes of their paths. */
LF_NODISCARD lf_rc lf_input_list_folder(lf_input_list *l, const char *folder, lf_error *err);
/* The files that a pattern matches, likewise ordered. */
LF_NODISCARD lf_rc lf_input_list_pattern(lf_input_list *l, const char *pattern, lf_error *err);
bool lf_input_is_pattern(const char *name);

#endif
