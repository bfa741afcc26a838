/* A whole conversion with each call to the system failing in its turn, and with the disk full at
 * every percent: an error with a fitting code comes back, the output is whole or absent, an output
 * that was there is untouched, and no memory, descriptor or file is left behind.
 *
 * Every scenario is run once undisturbed; its output is what every later run that succeeds must
 * equal, byte for byte. LF_SLOW=n looks at every n-th failure only (sanitizers); the torture build,
 * whose cases are all small, never passes over one but where the same requests for memory come by
 * the hundred. */
#include "codec/codec.h"
#include "core/buf.h"
#include "core/limits.h"
#include "fault/syscalls.h"
#include "io/fault.h"
#include "lf_test.h"
#include <logflow/logflow.h>
#include <utime.h>

#define OPTIONS_MAX 8

/* What comes late comes behind the head that types are first judged by: a megabyte, but for the
 * torture build, where every case is small. */
#ifdef LF_TORTURE
#define LATE_GROUP "1KiB"
#define LATE_STEP  3 /* buffers grow by what they need: a thousand requests, mostly alike */
#define SMALL_ROWS 60
#else
#define LATE_GROUP "512KiB"
#define LATE_STEP  7
#define SMALL_ROWS 300
#endif
#define LATE_ROWS ((int)(LF_HEAD_BYTES * 36000 / LF_MIB))

typedef struct scenario {
    const char *name, *in; /* in "-": `text` through a pipe */
    bool there;            /* an output exists and is to be replaced */
    bool to_folder;
    bool late;            /* a type changes behind the head */
    unsigned memory_step; /* every n-th request for memory only; 0: each */
    uint32_t n_options;
    lf_option options[OPTIONS_MAX];
} scenario;

static const scenario scenarios[] = {
    {"plain", "small.csv", .n_options = 1, .options = {{"threads", "1"}}},
    {"overwrite", "small.csv", .there = true, .n_options = 1, .options = {{"threads", "2"}}},
    {"folder", "small.csv", .to_folder = true, .n_options = 1, .options = {{"threads", "1"}}},
    {"rejects", "bad.csv", .n_options = 1, .options = {{"threads", "1"}}},
    {"gzip", "small.csv.gz", .n_options = 2,
     .options = {{"threads", "1"}, {"compression", "gzip"}}},
    {"zstd", "small.csv.zst", .n_options = 2,
     .options = {{"threads", "1"}, {"compression", "zstd"}}},
    {"pipe", "-", .n_options = 1, .options = {{"threads", "1"}}},
    {"typing_pass", "small.csv", .n_options = 2, .options = {{"threads", "1"}, {"infer", "full"}}},
    {"rows", "small.csv", .n_options = 6,
     .options = {{"threads", "1"},
                 {"where", "a > 70 and (c contains 'word' or d is null)"},
                 {"skip", "3"},
                 {"sample", "20"},
                 {"columns", "c,a"},
                 {"rename", "a=number"}}},
    {"rows_pipe", "-", .n_options = 2, .options = {{"threads", "1"}, {"where", "b < 50"}}},
    {"late", "late.csv", .late = true, .memory_step = LATE_STEP, .n_options = 3,
     .options = {{"threads", "1"}, {"row-group-size", LATE_GROUP}, {"compression", "none"}}},
    {"late_gzip", "late.csv.gz", .late = true, .memory_step = LATE_STEP, .there = true,
     .n_options = 2, .options = {{"threads", "2"}, {"row-group-size", LATE_GROUP}}},
};
#define N_SCENARIOS (sizeof scenarios / sizeof *scenarios)

static char dir[200];
static lf_buf small_text, want; /* the piped input; the scenario's output */
static bool want_rejects;
static unsigned step = 1;

static const char *in_dir(const char *name) {
    static char path[4][300];
    static int at;
    char *p = path[at++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", dir, name);
    return p;
}

static void put_file(const char *path, const void *p, size_t n) {
    FILE *f = fopen(path, "wb");
    if (f == NULL || fwrite(p, 1, n, f) != n || fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}

static bool get_file(const char *path, lf_buf *out) {
    FILE *f = fopen(path, "rb");
    char part[65536];
    lf_buf_clear(out);
    if (f == NULL) return false;
    for (size_t n; (n = fread(part, 1, sizeof part, f)) > 0;)
        if (lf_buf_append(out, part, n, NULL) != LF_OK) exit(1);
    fclose(f);
    return true;
}

static int count_files(const char *path) {
    DIR *d = opendir(path);
    int n = -2; /* . and .. */
    while (d != NULL && readdir(d) != NULL)
        n++;
    if (d != NULL) closedir(d);
    return n;
}

static void use_pipe(void) {
    int fd[2];
    if (pipe(fd) != 0 || write(fd[1], small_text.data, small_text.len) != (ssize_t)small_text.len)
        exit(1);
    dup2(fd[0], STDIN_FILENO);
    close(fd[0]);
    close(fd[1]);
}

typedef struct outcome {
    lf_rc rc;
    uint32_t late_changes;
    uint64_t calls;
    int64_t live_blocks, live_bytes;
    lf_error err;
} outcome;

static const char *out_path(const scenario *s) {
    return in_dir(s->to_folder ? "out/small.parquet" : "out.parquet");
}

/* The system's memory for the caller's allocator: its requests fail as the allocator's own, so that
 * among the system's only those count that pass it by. */
static void *apart_alloc(void *ctx, size_t size) {
    const lf_alloc *a = lf_alloc_default();
    (void)ctx;
    sys_apart = true;
    void *p = a->alloc(a->ctx, size);
    sys_apart = false;
    return p;
}

static void *apart_realloc(void *ctx, void *p, size_t old_size, size_t new_size) {
    const lf_alloc *a = lf_alloc_default();
    (void)ctx;
    sys_apart = true;
    void *q = a->realloc(a->ctx, p, old_size, new_size);
    sys_apart = false;
    return q;
}

static void apart_free(void *ctx, void *p, size_t size) {
    const lf_alloc *a = lf_alloc_default();
    (void)ctx;
    a->free(a->ctx, p, size);
}

static const lf_alloc apart = {apart_alloc, apart_realloc, apart_free, NULL};

static outcome run(const scenario *s, sys_plan plan, uint64_t alloc_fail_at) {
    outcome o = {0};
    lf_fault_alloc alloc;
    lf_fault_alloc_init(&alloc, &apart, alloc_fail_at);
    if (s->there) put_file(out_path(s), "mine", 4);
    if (s->in[0] == '-') use_pipe();
    const char *in[] = {s->in[0] == '-' ? "-" : in_dir(s->in)};
    const lf_convert_opts opts = {.struct_size = sizeof opts,
                                  .options = s->options,
                                  .n_options = s->n_options,
                                  .overwrite = s->there,
                                  .alloc = &alloc.alloc};
    const char *out = s->to_folder ? in_dir("out/") : in_dir("out.parquet");
    lf_report report = {0};
    sys_arm(plan);
    o.rc = lf_convert(in, 1, out, &opts, &report, &o.err);
    o.calls = sys_disarm();
    if (alloc_fail_at != 0 || plan.kinds == 0) o.calls = alloc.fault.calls;
    o.late_changes = report.late_changes;
    lf_report_reset(&report);
    o.live_blocks = alloc.live_blocks;
    o.live_bytes = alloc.live_bytes;
    return o;
}

/* Whole or absent, nothing besides; removes the outputs. */
static bool leaves_all_well(const scenario *s, const outcome *o) {
    static lf_buf got;
    bool good = true;
    if (got.alloc == NULL) lf_buf_init(&got, NULL, 0);
    bool there = get_file(out_path(s), &got);
    if (o->rc == LF_OK) {
        good &= LF_CHECK(there) && LF_CHECK_EQ_U64(got.len, want.len) &&
                LF_CHECK_MEM(got.data, want.data, want.len);
    } else {
        good &= LF_CHECK(o->err.rc == o->rc) && LF_CHECK(o->err.message[0] != '\0');
        good &= LF_CHECK_EQ_I64(there, s->there);
        if (s->there) good &= LF_CHECK(got.len == 4 && memcmp(got.data, "mine", 4) == 0);
    }
    bool rejects = unlink(in_dir("out.parquet.rejects.jsonl")) == 0;
    good &= LF_CHECK_EQ_I64(rejects, o->rc == LF_OK && want_rejects);
    unlink(out_path(s));
    if (s->to_folder) rmdir(in_dir("out"));
    good &= LF_CHECK_EQ_I64(o->live_blocks, 0) & LF_CHECK_EQ_I64(o->live_bytes, 0);
    return good;
}

static int files_before, fds_before;

static bool nothing_is_left(const scenario *s) {
    (void)s;
    return LF_CHECK_EQ_I64(count_files(dir), files_before) &
           LF_CHECK_EQ_I64(sys_count_fds(), fds_before);
}

static bool is_one_of(lf_rc rc, const lf_rc *list) {
    for (; *list != LF_OK; list++)
        if (rc == *list) return true;
    return false;
}

static bool prepare(const scenario *s) {
    const sys_plan none = {.disk_left = UINT64_MAX};
    want_rejects = strcmp(s->name, "rejects") == 0;
    files_before = count_files(dir);
    outcome o = run(s, none, 0);
    bool good = LF_CHECK_EQ_I64(o.rc, LF_OK) && LF_CHECK(get_file(out_path(s), &want)) &&
                LF_CHECK_EQ_I64(o.late_changes > 0, s->late);
    if (!good) printf("  %s: %s\n", s->name, o.err.message);
    fds_before = sys_count_fds();
    return good && leaves_all_well(s, &o) && nothing_is_left(s);
}

/* Fails the n-th call, for all n, and checks that the codes are of `codes` (ends with LF_OK). */
static void every_nth(unsigned kinds, bool from_then_on, int error, const lf_rc *codes,
                      uint64_t calls_least) {
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        const scenario *s = &scenarios[i];
        if (!prepare(s)) continue;
        uint64_t n = 1;
        const unsigned by = kinds == SYS_MEMORY && s->memory_step ? s->memory_step * step : step;
        for (bool good = true, hit = true; hit && good; n += by) {
            const sys_plan p = {.kinds = kinds,
                                .fail_at = n,
                                .from_then_on = from_then_on,
                                .error = error,
                                .disk_left = UINT64_MAX};
            outcome o = run(s, p, 0);
            hit = o.calls >= n;
            good = leaves_all_well(s, &o) & nothing_is_left(s);
            if (o.rc != LF_OK) good &= LF_CHECK(hit && is_one_of(o.rc, codes));
            if (!good)
                printf("  %s: call %llu of kinds %u, error %d: %s: %s\n", s->name,
                       (unsigned long long)n, kinds, error, lf_rc_name(o.rc), o.err.message);
        }
        LF_CHECK(n > calls_least);
    }
}

static void every_nth_allocation_of_the_callers_fails_cleanly(void) {
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        const scenario *s = &scenarios[i];
        if (!prepare(s)) continue;
        const sys_plan none = {.disk_left = UINT64_MAX};
        const unsigned by = s->memory_step ? s->memory_step * step : step;
        uint64_t n = 1;
        for (bool good = true, hit = true; hit && good; n += by) {
            outcome o = run(s, none, n);
            hit = o.calls >= n;
            good = leaves_all_well(s, &o) & nothing_is_left(s);
            if (o.rc != LF_OK) good &= LF_CHECK_EQ_I64(o.rc, LF_ENO_MEMORY);
            if (!good)
                printf("  %s: allocation %llu: %s: %s\n", s->name, (unsigned long long)n,
                       lf_rc_name(o.rc), o.err.message);
        }
        LF_CHECK(n > 50 / step);
    }
}

static void every_nth_allocation_of_the_system_alone_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_ENO_MEMORY, LF_OK};
    every_nth(SYS_MEMORY, false, ENOMEM, codes, 10 / step);
}

static void every_nth_read_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_EREAD, LF_OK};
    every_nth(SYS_READ, false, EIO, codes, 2);
}

static void every_nth_write_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_EWRITE, LF_OK};
    every_nth(SYS_WRITE, false, EIO, codes, 2);
}

static void every_nth_write_finds_the_disk_full(void) {
    static const lf_rc codes[] = {LF_EDISK_FULL, LF_OK};
    every_nth(SYS_WRITE, true, ENOSPC, codes, 2);
}

static void every_nth_open_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_EOPEN, LF_EPERMISSION, LF_EWRITE, LF_OK};
    every_nth(SYS_OPEN, false, EMFILE, codes, 2);
    every_nth(SYS_OPEN, true, EACCES, codes, 2);
}

static void every_nth_naming_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_EWRITE, LF_EPERMISSION, LF_EDISK_FULL, LF_OK};
    every_nth(SYS_NAME, false, EIO, codes, 1);
    every_nth(SYS_NAME, true, EROFS, codes, 1);
    every_nth(SYS_NAME, false, ENOSPC, codes, 1);
}

static void every_nth_look_at_a_file_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_EOPEN, LF_EREAD, LF_EWRITE, LF_EUNSUPPORTED, LF_OK};
    every_nth(SYS_LOOK, false, EIO, codes, 2);
}

static void every_nth_thread_fails_cleanly(void) {
    static const lf_rc codes[] = {LF_ENO_MEMORY, LF_EINTERNAL, LF_OK};
    every_nth(SYS_THREAD, false, EAGAIN, codes, 0);
}

static void interrupted_calls_are_made_again(void) {
    static const lf_rc none[] = {LF_OK};
    every_nth(SYS_READ | SYS_WRITE, false, EINTR, none, 2);
}

static void short_reads_and_writes_change_nothing(void) {
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        const scenario *s = &scenarios[i];
        if (!prepare(s)) continue;
        const size_t pieces[] = {want.len > 100000 ? 997 : 1, 1021};
        for (int k = 0; k < 2; k++) {
            const sys_plan p = {.piece = pieces[k], .disk_left = UINT64_MAX};
            outcome o = run(s, p, 0);
            bool good = LF_CHECK_EQ_I64(o.rc, LF_OK) & leaves_all_well(s, &o);
            if (!good) printf("  %s, pieces of %zu: %s\n", s->name, pieces[k], o.err.message);
        }
    }
}

static void the_disk_is_full_at_every_percent(void) {
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        const scenario *s = &scenarios[i];
        if (!prepare(s)) continue;
        sys_plan p = {.disk_left = UINT64_MAX - 1};
        outcome o = run(s, p, 0);
        uint64_t all = sys_written;
        LF_REQUIRE(LF_CHECK_EQ_I64(o.rc, LF_OK) && all >= want.len);
        leaves_all_well(s, &o);
        bool good = true;
        for (uint64_t percent = 0; percent < 100 && good; percent += step > 10 ? 10 : step) {
            p.disk_left = all * percent / 100;
            o = run(s, p, 0);
            good = leaves_all_well(s, &o) & nothing_is_left(s) &
                   LF_CHECK_EQ_I64(o.rc, LF_EDISK_FULL) &
                   LF_CHECK_EQ_I64(lf_rc_exit_status(o.rc), 4);
            if (!good) printf("  %s: full at %d %%: %s\n", s->name, (int)percent, o.err.message);
        }
    }
}

/* ---- the input changes under us ---- */

static uint64_t change_at;
static _Atomic uint64_t reads;
static ino_t change_inode;
static const char *change_path;
static int change_how;
static atomic_bool changed;

static void change_input(int of) {
    struct stat st;
    if (changed || __real_fstat(of, &st) != 0 || st.st_ino != change_inode) return;
    if (atomic_fetch_add(&reads, 1) + 1 != change_at) return; /* one thread sees the number */
    changed = true;
    atomic_store(&sys_on, false);
    int fd = open(change_path, O_RDWR);
    char other[300];
    switch (change_how) {
    case 0: /* cut off */
        if (ftruncate(fd, lseek(fd, 0, SEEK_END) / 2) != 0) exit(1);
        break;
    case 1: /* grown */
        lseek(fd, 0, SEEK_END);
        if (write(fd, "5,1.5,late,2020-01-01\n", 22) != 22) exit(1);
        break;
    case 2: /* rewritten in place, of the same size */
        if (pwrite(fd, "\"\"\"\"x,\n,\n", 9, 9) != 9) exit(1);
        break;
    default: /* replaced by another file of the same name */
        snprintf(other, sizeof other, "%s/other", dir);
        put_file(other, "a,b,c,d\n1,2,3,4\n", 16);
        if (rename(other, change_path) != 0) exit(1);
        break;
    }
    close(fd);
    atomic_store(&sys_on, true);
}

/* The file as it was, written a while ago, so that any change moves its time. */
static void restore(const char *path, const lf_buf *text) {
    const struct utimbuf then = {.actime = 1000000000, .modtime = 1000000000};
    put_file(path, text->data, text->len);
    struct stat st;
    if (utime(path, &then) != 0 || stat(path, &st) != 0) exit(1);
    change_inode = st.st_ino;
    changed = false;
    reads = 0;
}

static void an_input_that_changes_is_an_error(void) {
    static const char *const ways[] = {"cut", "grown", "rewritten", "replaced"};
    static const char *const names[] = {"plain", "rejects", "gzip", "zstd", "late", "typing_pass"};
    lf_buf text;
    lf_buf_init(&text, NULL, 0);
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        const scenario *s = &scenarios[i];
        bool chosen = false;
        for (size_t k = 0; k < 6; k++)
            chosen |= strcmp(s->name, names[k]) == 0;
        if (!chosen || !prepare(s)) continue;
        change_path = in_dir(s->in);
        char path[300];
        snprintf(path, sizeof path, "%s", change_path);
        change_path = path;
        LF_REQUIRE(get_file(path, &text));
        for (change_how = 0; change_how < 4; change_how++) {
            bool hit = true;
            /* The first read tells archives, before the file is opened to be converted. */
            for (change_at = 2; hit; change_at += step > 5 ? 5 : step) {
                restore(path, &text);
                const sys_plan p = {.at_read = change_input, .disk_left = UINT64_MAX};
                outcome o = run(s, p, 0);
                hit = changed;
                bool good = leaves_all_well(s, &o) & nothing_is_left(s);
                if (hit) good &= LF_CHECK_EQ_I64(o.rc, LF_ECHANGED);
                if (hit) good &= LF_CHECK_EQ_I64(lf_rc_exit_status(o.rc), 3);
                if (hit) good &= LF_CHECK(o.err.file[0] != '\0');
                if (!good)
                    printf("  %s, %s at read %d: %s: %s\n", s->name, ways[change_how],
                           (int)change_at, lf_rc_name(o.rc), o.err.message);
            }
            LF_CHECK(change_at > 3);
        }
        restore(path, &text);
    }
    lf_buf_reset(&text);
}

/* ---- inputs ---- */

static void compress_to(const char *name, lf_codec codec, lf_span text) {
    lf_compressor *c = NULL;
    lf_rc rc =
        lf_compressor_create(NULL, codec, codec == LF_CODEC_GZIP ? 6 : 1, text.len, &c, NULL);
    if (rc != LF_OK) exit(1);
    size_t cap = lf_compressor_bound(c, text.len), n = 0;
    uint8_t *dst = malloc(cap);
    if (lf_compressor_run(c, text, dst, cap, &n, NULL) != LF_OK) exit(1);
    put_file(in_dir(name), dst, n);
    free(dst);
    lf_compressor_destroy(c);
}

static void put_rows(lf_buf *b, int n, int from) {
    for (int i = from; i < from + n; i++)
        if (lf_buf_printf(b, NULL, "%d,%d.%02d,\"word, %d\",2026-01-%02d\n", i * 7, i % 100, i % 97,
                          i % 50, 1 + i % 28) != LF_OK)
            exit(1);
}

static void make_inputs(void) {
    lf_buf b;
    lf_buf_init(&small_text, NULL, 0);
    lf_buf_init(&want, NULL, 0);
    lf_buf_init(&b, NULL, 0);
    if (lf_buf_append(&small_text, "a,b,c,d\n", 8, NULL) != LF_OK) exit(1);
    put_rows(&small_text, SMALL_ROWS, 0);
    put_file(in_dir("small.csv"), small_text.data, small_text.len);
    lf_span text = {small_text.data, small_text.len};
    compress_to("small.csv.gz", LF_CODEC_GZIP, text);
    compress_to("small.csv.zst", LF_CODEC_ZSTD, text);
    if (lf_buf_append(&b, text.data, text.len, NULL) != LF_OK) exit(1);
    if (lf_buf_printf(&b, NULL, "1,2\n1,2,3,4,5\n9,1.5,\xff,2026-01-01\n") != LF_OK) exit(1);
    put_rows(&b, SMALL_ROWS / 3, SMALL_ROWS);
    put_file(in_dir("bad.csv"), b.data, b.len);
    lf_buf_clear(&b);
    if (lf_buf_append(&b, "a,b,c,d\n", 8, NULL) != LF_OK) exit(1);
    put_rows(&b, LATE_ROWS, 0);
    if (lf_buf_printf(&b, NULL, "N/A-7,1.25000000000000000001,x,someday\n") != LF_OK) exit(1);
    put_rows(&b, 10, LATE_ROWS);
    put_file(in_dir("late.csv"), b.data, b.len);
    compress_to("late.csv.gz", LF_CODEC_GZIP, (lf_span){b.data, b.len});
    lf_buf_reset(&b);
}

static void remove_inputs(void) {
    static const char *const names[] = {"small.csv", "small.csv.gz", "small.csv.zst",
                                        "bad.csv",   "late.csv",     "late.csv.gz"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unlink(in_dir(names[i]));
    LF_CHECK_EQ_I64(rmdir(dir), 0);
    lf_buf_reset(&small_text);
    lf_buf_reset(&want);
}

int main(void) {
    const char *tmp = getenv("TMPDIR"), *slow = getenv("LF_SLOW");
    if (slow != NULL && strtod(slow, NULL) > 1) step = (unsigned)strtod(slow, NULL) | 1;
#ifdef LF_TORTURE
    step = 1;
#endif
    snprintf(dir, sizeof dir, "%.100s/lf_convert_fault_XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (mkdtemp(dir) == NULL) return 1;
    setenv("TMPDIR", dir, 1); /* what is spilled is looked for too */
    make_inputs();
    LF_RUN(short_reads_and_writes_change_nothing);
    LF_RUN(interrupted_calls_are_made_again);
    LF_RUN(every_nth_read_fails_cleanly);
    LF_RUN(every_nth_write_fails_cleanly);
    LF_RUN(every_nth_write_finds_the_disk_full);
    LF_RUN(the_disk_is_full_at_every_percent);
    LF_RUN(every_nth_open_fails_cleanly);
    LF_RUN(every_nth_naming_fails_cleanly);
    LF_RUN(every_nth_look_at_a_file_fails_cleanly);
    LF_RUN(every_nth_thread_fails_cleanly);
    LF_RUN(every_nth_allocation_of_the_callers_fails_cleanly);
    LF_RUN(every_nth_allocation_of_the_system_alone_fails_cleanly);
    LF_RUN(an_input_that_changes_is_an_error);
    remove_inputs();
    LF_TEST_MAIN_END;
}
