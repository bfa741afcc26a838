/* NAME_fuzz_test: runs the target on what is committed for it (tests/fuzz/seeds/NAME,
 * tests/fuzz/crashes/NAME), or on the files and folders that are named. */
#include "fuzz/fuzz.h"
#include <dirent.h>
#include <sys/stat.h>

static int count;

static void run_file(const char *path) {
    FILE *f = fopen(path, "rb");
    if (f == NULL || fseek(f, 0, SEEK_END) != 0) exit(1);
    long n = ftell(f);
    uint8_t *bytes = malloc(n > 0 ? (size_t)n : 1);
    if (bytes == NULL || fseek(f, 0, SEEK_SET) != 0) exit(1);
    size_t got = fread(bytes, 1, (size_t)n, f);
    fclose(f);
    fprintf(stderr, "%s\n", path); /* the last one is what a crash is of */
    LLVMFuzzerTestOneInput(bytes, got);
    free(bytes);
    count++;
}

static void run(const char *path) {
    struct stat st;
    if (stat(path, &st) != 0) return;
    if (!S_ISDIR(st.st_mode)) {
        run_file(path);
        return;
    }
    struct dirent **names;
    int n = scandir(path, &names, NULL, alphasort);
    for (int i = 0; i < n; i++) {
        char child[4096];
        snprintf(child, sizeof child, "%s/%s", path, names[i]->d_name);
        if (names[i]->d_name[0] != '.') run(child);
        free(names[i]);
    }
    if (n >= 0) free(names);
}

int main(int argc, char **argv) {
    char path[4096];
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            run(argv[i]);
    } else {
        snprintf(path, sizeof path, "tests/fuzz/seeds/%s", FUZZ_NAME);
        run(path);
        snprintf(path, sizeof path, "tests/fuzz/crashes/%s", FUZZ_NAME);
        run(path);
        LLVMFuzzerTestOneInput((const uint8_t *)"", 0);
    }
    if (count == 0) {
        printf("FAIL %s: no input was found\n", FUZZ_NAME);
        return 1;
    }
    printf("ok %s: %d inputs\n", FUZZ_NAME, count);
    return 0;
}
