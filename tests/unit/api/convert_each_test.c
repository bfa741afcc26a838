/* lf_convert_each: small texts side by side, the rest alone, all told of in the inputs' order. */
#include "core/error.h"
#include "lf_test.h"
#include <dirent.h>
#include <fcntl.h>
#include <logflow/logflow.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 200u /* more than are kept ready */

static char folder[64];

static const char *path_of(const char *name) {
    static char paths[8][256];
    static int turn;
    char *p = paths[turn++ % 8];
    snprintf(p, sizeof paths[0], "%s/%s", folder, name);
    return p;
}

static void make_file(const char *name, const char *text) {
    FILE *f = fopen(path_of(name), "w");
    LF_REQUIRE(f != NULL);
    fputs(text, f);
    fclose(f);
}

static void clear(const char *dir) {
    DIR *d = opendir(dir);
    if (d == NULL) return;
    for (struct dirent *e; (e = readdir(d)) != NULL;) {
        char path[512];
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        if (e->d_name[0] != '.') (void)unlink(path);
    }
    closedir(d);
}

typedef struct seen {
    size_t order[FILES], n, begun, failed;
    uint64_t rows;
    int cancel, cancel_after;
} seen;

static void on_begin(void *ctx, size_t i) {
    (void)i;
    ((seen *)ctx)->begun++;
}

static void on_done(void *ctx, size_t i, lf_rc rc, const lf_report *r, const lf_error *err) {
    seen *s = ctx;
    if (s->n < FILES) s->order[s->n] = i;
    s->n++;
    s->failed += rc != LF_OK;
    LF_CHECK((rc == LF_OK) == (err->rc == LF_OK));
    LF_CHECK(r->json != NULL);
    s->rows += r->rows_out;
    if (s->cancel_after > 0 && s->n == (size_t)s->cancel_after)
        __atomic_store_n(&s->cancel, LF_ECANCELLED, __ATOMIC_RELAXED);
}

static lf_rc convert_folder(const char *threads, const char *limit, const char *out, seen *s,
                            lf_error *err) {
    const lf_option o[] = {{"threads", threads}, {"memory-limit", limit}};
    const char *in = path_of("in");
    lf_input_list list = {0};
    const lf_convert_opts opts = {.struct_size = sizeof opts,
                                  .options = o,
                                  .n_options = 2,
                                  .overwrite = true,
                                  .cancel = &s->cancel};
    const lf_convert_hooks hooks = {.ctx = s, .begin = on_begin, .done = on_done};
    LF_CHECK(lf_input_list_make(&list, &in, 1, NULL, err) == LF_OK);
    const lf_rc rc = lf_convert_each(&list, out, &opts, &hooks, err);
    lf_input_list_reset(&list);
    return rc;
}

static void make_inputs(void) {
    clear(path_of("in"));
    for (uint32_t i = 0; i < FILES; i++) {
        char name[32], text[2048];
        size_t n = (size_t)snprintf(text, sizeof text, "id,name\n");
        for (uint32_t r = 0; r <= i % 40; r++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%u,row %u\n", i, r);
        snprintf(name, sizeof name, "in/f%03u.csv", i);
        make_file(name, text);
    }
}

static size_t read_file(const char *path, uint8_t *bytes, size_t cap) {
    FILE *f = fopen(path, "r");
    const size_t n = f != NULL ? fread(bytes, 1, cap, f) : 0;
    if (f != NULL) fclose(f);
    return n;
}

static void check_order(const seen *s) {
    for (size_t i = 0; i < s->n && i < FILES; i++)
        LF_CHECK_EQ_U64(s->order[i], i);
}

static void the_outputs_are_those_of_one_thread(void) {
    static uint8_t one[65536], other[65536];
    seen a = {.n = 0}, b = {.n = 0};
    make_inputs();
    LF_CHECK_EQ_I64(convert_folder("1", "100MiB", path_of("one/"), &a, NULL), LF_OK);
    LF_CHECK_EQ_I64(convert_folder("4", "100MiB", path_of("many/"), &b, NULL), LF_OK);
    LF_CHECK_EQ_U64(a.n, FILES);
    LF_CHECK_EQ_U64(a.begun, FILES);
    LF_CHECK_EQ_U64(b.n, FILES);
    LF_CHECK_EQ_U64(b.begun, 0);
    LF_CHECK_EQ_U64(a.rows, b.rows);
    check_order(&a);
    check_order(&b);
    for (uint32_t i = 0; i < FILES; i++) {
        char name[32];
        snprintf(name, sizeof name, "one/f%03u.parquet", i);
        const size_t n = read_file(path_of(name), one, sizeof one);
        snprintf(name, sizeof name, "many/f%03u.parquet", i);
        LF_CHECK(n > 0 && n == read_file(path_of(name), other, sizeof other));
        LF_CHECK_MEM(one, other, n);
    }
}

static void one_that_fails_keeps_none_of_the_others(void) {
    make_inputs();
    make_file("in/f007.csv", "");
    make_file("in/f150.csv", "");
    clear(path_of("many"));
    seen s = {.n = 0};
    LF_CHECK_EQ_I64(convert_folder("4", "100MiB", path_of("many/"), &s, NULL), LF_EEMPTY_INPUT);
    LF_CHECK_EQ_U64(s.n, FILES);
    LF_CHECK_EQ_U64(s.failed, 2);
    check_order(&s);
    LF_CHECK(access(path_of("many/f149.parquet"), F_OK) == 0);
    LF_CHECK(access(path_of("many/f150.parquet"), F_OK) != 0);
    LF_CHECK(access(path_of("many/f151.parquet"), F_OK) == 0);
}

static void other_inputs_run_by_themselves_in_their_turn(void) {
    make_inputs();
    clear(path_of("many"));
    /* NULs: of no text that one thread is known to be enough for. */
    FILE *f = fopen(path_of("in/f100.csv"), "w");
    LF_REQUIRE(f != NULL);
    fwrite("a,b\n1,\0\n", 1, 8, f);
    fclose(f);
    seen s = {.n = 0};
    LF_CHECK_EQ_I64(convert_folder("4", "100MiB", path_of("many/"), &s, NULL), LF_OK);
    LF_CHECK_EQ_U64(s.n, FILES);
    LF_CHECK_EQ_U64(s.begun, 1);
    check_order(&s);
}

static void little_memory_means_one_at_a_time(void) {
    make_inputs();
    seen s = {.n = 0};
    LF_CHECK_EQ_I64(convert_folder("4", "16MiB", path_of("many/"), &s, NULL), LF_OK);
    LF_CHECK_EQ_U64(s.begun, FILES);
    check_order(&s);
}

static void cancelling_ends_it_in_order(void) {
    make_inputs();
    const char *threads[] = {"1", "4"};
    for (int i = 0; i < 2; i++) {
        seen s = {.cancel_after = 20};
        lf_error err = {0};
        const lf_rc rc = convert_folder(threads[i], "100MiB", path_of("many/"), &s, &err);
        LF_CHECK_EQ_I64(rc, LF_ECANCELLED);
        LF_CHECK(s.n >= 20 && s.n < FILES);
        check_order(&s);
    }
}

static void what_is_wrong_with_the_options_is_told_once(void) {
    make_inputs();
    seen s = {.n = 0};
    lf_error err = {0};
    LF_CHECK_EQ_I64(convert_folder("none", "100MiB", path_of("many/"), &s, &err), LF_EUSAGE);
    LF_CHECK_EQ_U64(s.n, 0);
    LF_CHECK(strstr(err.message, "threads") != NULL);
}

int main(void) {
    snprintf(folder, sizeof folder, "convert-each-XXXXXX");
    if (mkdtemp(folder) == NULL || mkdir(path_of("in"), 0777) != 0) return 1;
    LF_RUN(the_outputs_are_those_of_one_thread);
    LF_RUN(one_that_fails_keeps_none_of_the_others);
    LF_RUN(other_inputs_run_by_themselves_in_their_turn);
    LF_RUN(little_memory_means_one_at_a_time);
    LF_RUN(cancelling_ends_it_in_order);
    LF_RUN(what_is_wrong_with_the_options_is_told_once);
    static const char *const made[] = {"in", "one", "many"};
    for (size_t i = 0; i < 3; i++) {
        clear(path_of(made[i]));
        (void)rmdir(path_of(made[i]));
    }
    rmdir(folder);
    LF_TEST_MAIN_END;
}
