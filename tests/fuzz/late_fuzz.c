/* Whole conversions, of late type changes above all: in the torture build the head is so short
 * and row groups are so small that a few hundred bytes change type and are written anew. The file
 * must not depend on threads, instruction set or what was known beforehand (--infer full). */
#include "fuzz/fuzz.h"
#include <fcntl.h>
#include <logflow/logflow.h>
#include <sys/stat.h>
#include <unistd.h>

static char dir[64], in_path[96], out_path[96], rejects_path[112];

static void set_up(void) {
    snprintf(dir, sizeof dir, "%s/logflow-fuzz-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(dir) == NULL) abort();
    snprintf(in_path, sizeof in_path, "%s/in", dir);
    snprintf(out_path, sizeof out_path, "%s/out", dir);
    snprintf(rejects_path, sizeof rejects_path, "%s.rejects.jsonl", out_path);
}

static void tear_down(void) {
    unlink(in_path);
    rmdir(dir);
}

/* Takes the output away; the number of bytes, SIZE_MAX where there is none. */
static size_t take_output(const char *path, uint8_t **bytes_out) {
    *bytes_out = NULL;
    int fd = open(path, O_RDONLY);
    struct stat st;
    if (fd < 0) return SIZE_MAX;
    if (fstat(fd, &st) != 0) abort();
    *bytes_out = malloc((size_t)st.st_size + 1);
    if (*bytes_out == NULL || read(fd, *bytes_out, (size_t)st.st_size) != st.st_size) abort();
    close(fd);
    unlink(path);
    return (size_t)st.st_size;
}

typedef struct outcome {
    lf_rc rc;
    uint8_t *file, *rejects;
    size_t n, n_rejects;
} outcome;

static outcome convert(const char *const options[][2], size_t n, const lf_alloc *a) {
    lf_option list[16];
    for (size_t i = 0; i < n; i++)
        list[i] = (lf_option){options[i][0], options[i][1]};
    const lf_convert_opts o = {
        .struct_size = sizeof o, .options = list, .n_options = n, .alloc = a};
    const char *in[] = {in_path};
    lf_report report = {0};
    lf_error err = {0};
    outcome x = {.rc = lf_convert(in, 1, out_path, &o, &report, &err)};
    FUZZ_CHECK(x.rc == err.rc);
    FUZZ_CHECK(x.rc != LF_EINTERNAL);
    FUZZ_CHECK(report.rows_in == report.rows_out + report.rows_rejected + report.rows_filtered);
    x.n = take_output(out_path, &x.file);
    x.n_rejects = take_output(rejects_path, &x.rejects);
    FUZZ_CHECK((x.rc == LF_OK) == (x.n != SIZE_MAX));
    FUZZ_CHECK((x.rc == LF_OK && report.rows_rejected > 0 && report.rejects != NULL) ==
               (x.n_rejects != SIZE_MAX));
    lf_report_reset(&report);
    return x;
}

static void outcome_free(outcome *x) {
    free(x->file);
    free(x->rejects);
}

static bool same(const outcome *a, const outcome *b) {
    return a->rc == b->rc && a->n == b->n && a->n_rejects == b->n_rejects &&
           (a->n == SIZE_MAX || memcmp(a->file, b->file, a->n) == 0) &&
           (a->n_rejects == SIZE_MAX || memcmp(a->rejects, b->rejects, a->n_rejects) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const sizes[] = {"256", "1000", "5000", "64KiB"};
    static const char *const codecs[] = {"none", "snappy", "zstd", "lz4"};
    static const char *const headers[] = {"yes", "no"};
    fuzz_in f;
    if (dir[0] == '\0') {
        set_up();
        atexit(tear_down);
    }
    if (size > 1 << 15) return 0;
    fuzz_open(&f, data, size);
    FILE *in = fopen(in_path, "wb");
    if (in == NULL || fwrite(f.body.data, 1, f.body.len, in) != f.body.len || fclose(in) != 0)
        abort();
    const char *options[16][2] = {{"from", "csv"},
                                  {"max-bad", "100%"},
                                  {"row-group-size", sizes[f.o[0] & 3]},
                                  {"compression", codecs[f.o[0] >> 2 & 3]},
                                  {"temp-dir", dir},
                                  {"threads", "1"},
                                  {"infer", "auto"}};
    size_t n = 7;
    if (f.o[0] & 16) options[n][0] = "header", options[n++][1] = headers[f.o[0] >> 5 & 1];
    if (f.o[0] & 64) options[n][0] = "delimiter", options[n++][1] = ",";
    if (f.o[0] & 128) options[n][0] = "decimal", options[n++][1] = "true";
    if (f.o[1] & 1)
        options[n][0] = "on-error", options[n++][1] = f.o[1] & 2 ? "strict" : "permissive";
    if (f.o[1] & 4) options[n][0] = "null", options[n++][1] = "NA";
    if (f.o[1] & 8) options[n][0] = "encodings", options[n++][1] = f.o[1] & 16 ? "plain" : "modern";
#ifndef LF_TORTURE
    options[2][1] = "64KiB"; /* the least that is allowed */
#endif
    outcome one = convert((const char *const(*)[2])options, n, &f.alloc.alloc);
    if (f.alloc.fault.fail_at == 0) {
        options[5][1] = "3";
        outcome many = convert((const char *const(*)[2])options, n, &f.alloc.alloc);
        FUZZ_CHECK(same(&one, &many));
        outcome_free(&many);
        options[n][0] = "simd", options[n][1] = "scalar";
        options[6][1] = "full";
        outcome full = convert((const char *const(*)[2])options, n + 1, &f.alloc.alloc);
        if (full.rc != LF_EUNSUPPORTED) FUZZ_CHECK(same(&one, &full)); /* packed: read once */
        outcome_free(&full);
    }
    outcome_free(&one);
    fuzz_close(&f);
    return 0;
}
