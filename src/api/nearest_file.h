/* api/nearest_file.h - which file a mistyped path most likely meant.
 * Owns: nothing. Threads: pure but for reading folders. Fails: never; it only adds to a message. */
#ifndef LF_API_NEAREST_FILE_H
#define LF_API_NEAREST_FILE_H
#include "core/error.h"

/* Where *err says LF_ENOT_FOUND of `path`: adds the nearest path that exists, if one is near. */
void lf_error_suggest_file(lf_error *err, const char *path);

#endif
