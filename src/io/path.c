/* io/path.c - questions about paths. */
#include "io/io.h"
#include <sys/stat.h>

bool lf_same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool lf_path_is_dir(const char *p) {
    struct stat st;
    return stat(p, &st) == 0 && S_ISDIR(st.st_mode);
}

bool lf_path_exists(const char *p) {
    struct stat st;
    return lstat(p, &st) == 0;
}
