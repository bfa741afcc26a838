/* io/path.c - questions about paths. */
#include "io/io.h"
#include "io/io_stream.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool lf_same_file(const char *a, const char *b) {
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

bool lf_path_is_dir(const char *p) {
    struct stat st;
    return stat(p, &st) == 0 && S_ISDIR(st.st_mode);
}

bool lf_path_is_zip(const char *path) {
    char head[4] = {0};
    const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0) return false;
    const bool zip = pread(fd, head, 4, 0) == 4 &&
                     (memcmp(head, "PK\x03\x04", 4) == 0 || memcmp(head, "PK\x05\x06", 4) == 0);
    close(fd);
    return zip;
}

bool lf_path_archive(const char *path, size_t *len_out) {
    struct stat st;
    char zip[4096];
    if (stat(path, &st) == 0 || errno != ENOTDIR) return false;
    for (const char *p = strchr(path, '/'); p != NULL; p = strchr(p + 1, '/')) {
        const size_t n = (size_t)(p - path);
        if (n == 0 || n >= sizeof zip || p[1] == '\0') continue;
        memcpy(zip, path, n);
        zip[n] = '\0';
        if (stat(zip, &st) != 0) return false;
        if (S_ISDIR(st.st_mode)) continue;
        *len_out = n;
        return S_ISREG(st.st_mode) && lf_path_is_zip(zip);
    }
    return false;
}

bool lf_path_exists(const char *p) {
    struct stat st;
    return lstat(p, &st) == 0;
}
