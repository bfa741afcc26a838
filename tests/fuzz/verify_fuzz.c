/* lf_verify of any two files: two halves of the input, or a text and what it was converted to,
 * whole or damaged. What was converted and not damaged must be equal. */
#include "fuzz/fuzz.h"
#include <logflow/logflow.h>
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
    rmdir(dir);
}

static void put(const char *path, const uint8_t *p, size_t n) {
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0) abort();
}

/* Turns over bits in one place of the output, counted from its start or its end. */
static void damage(const uint8_t o[FUZZ_HEAD_BYTES]) {
    FILE *f = fopen(out_path, "r+b");
    if (f == NULL) abort();
    const long at = (o[2] | o[3] << 8) & 0x7fff;
    if (fseek(f, o[3] & 0x80 ? -at : at, o[3] & 0x80 ? SEEK_END : SEEK_SET) == 0) {
        const int c = fgetc(f);
        if (c != EOF && fseek(f, -1, SEEK_CUR) == 0) (void)fputc(c ^ o[4], f);
    }
    if (fclose(f) != 0) abort();
}

/* *whole: no row was set aside. */
static bool make_output(const fuzz_in *f, const lf_option *options, size_t n, bool *whole) {
    static const char *const to[] = {"parquet", "arrow", "arrows", "parquet"};
    lf_option all[16];
    memcpy(all, options, n * sizeof *all);
    all[n++] = (lf_option){"to", to[f->o[1] & 3]};
    all[n++] = (lf_option){"max-bad", "100%"};
    all[n++] = (lf_option){"threads", "1"};
    const lf_convert_opts o = {.struct_size = sizeof o, .options = all, .n_options = n};
    const char *in[] = {in_path};
    lf_report report = {0};
    put(in_path, f->body.data, f->body.len);
    const lf_rc rc = lf_convert(in, 1, out_path, &o, &report, NULL);
    *whole = report.rows_rejected == 0;
    lf_report_reset(&report);
    return rc == LF_OK;
}

/* What was to come out of the input: told to both the conversion and the comparison. */
static size_t choose_rows(const uint8_t *o, lf_option *options, size_t n) {
    if (o[0] & 32) options[n++] = (lf_option){"skip", "2"};
    if (o[0] & 64) options[n++] = (lf_option){"limit", "3"};
    if (o[1] & 4) options[n++] = (lf_option){"sample", "2"};
    if (o[1] & 8) options[n++] = (lf_option){"rename", "column_1=x"};
    if (o[1] & 16) options[n++] = (lf_option){"where", "column_1 is not null"};
    if (o[1] & 32) options[n++] = (lf_option){"columns", "column_1"};
    return n;
}

static void compare(fuzz_in *f, const lf_option *options, size_t n, bool must_be_equal) {
    const lf_verify_opts o = {.struct_size = sizeof o,
                              .options = options,
                              .n_options = n,
                              .differences = f->o[5],
                              .alloc = &f->alloc.alloc};
    lf_verify_report rep = {0};
    lf_error err = {0};
    const lf_rc rc = lf_verify(in_path, out_path, &o, &rep, &err);
    FUZZ_CHECK(rc == err.rc && rc != LF_EINTERNAL);
    /* What verify holds of the text at once is less than what convert does. */
    if (must_be_equal && f->alloc.fault.fail_at == 0 && rc != LF_ERECORD_TOO_BIG) {
        if (rc != LF_OK || !rep.equal) fprintf(stderr, "%s\n%s\n", err.message, rep.json);
        FUZZ_CHECK(rc == LF_OK && rep.equal);
    }
    if (rc == LF_OK) FUZZ_CHECK(rep.equal == (rep.n_differences == 0) && rep.json != NULL);
    lf_verify_report_reset(&rep);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    if (dir[0] == '\0') {
        set_up();
        atexit(tear_down);
    }
    if (size > 1 << 14) return 0;
    fuzz_open(&f, data, size);
    lf_option options[12];
    size_t n = 0;
    bool whole = false;
    if (f.o[0] & 2) options[n++] = (lf_option){"header", f.o[0] & 4 ? "yes" : "no"};
    if (f.o[0] & 8) options[n++] = (lf_option){"delimiter", ","};
    if (f.o[0] & 16) options[n++] = (lf_option){"null", "NA"};
    n = choose_rows(f.o, options, n);
    if (f.o[0] & 1) {
        const size_t cut = f.body.len ? (size_t)(f.o[2] | f.o[3] << 8) % f.body.len : 0;
        put(in_path, f.body.data, cut);
        put(out_path, f.body.data + cut, f.body.len - cut);
        compare(&f, options, n, false);
    } else if (make_output(&f, options, n, &whole)) {
        if (f.o[4] != 0) damage(f.o);
        compare(&f, options, n, whole && f.o[4] == 0);
    }
    unlink(in_path);
    unlink(out_path);
    unlink(rejects_path);
    fuzz_close(&f);
    return 0;
}
