/* Outputs: whole or not at all, for every kind of target; what is left behind is looked at. */
#include "io/io.h"
#include "io/io_fd.h"
#include "lf_test.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char dir[64];

static const char *path_of(const char *name) {
    static char p[4][256];
    static int turn;
    char *out = p[turn++ & 3];
    snprintf(out, sizeof p[0], "%s/%s", dir, name);
    return out;
}

static int entries(void) {
    int n = 0;
    DIR *d = opendir(dir);
    for (struct dirent *e; d && (e = readdir(d));) {
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    }
    closedir(d);
    return n;
}

static void put(const char *path, const char *s) {
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    LF_CHECK(fd >= 0 && write(fd, s, strlen(s)) == (ssize_t)strlen(s));
    close(fd);
}

static void check_content(const char *path, const char *want) {
    char text[256] = "";
    int fd = open(path, O_RDONLY);
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    LF_CHECK_EQ_I64(n, strlen(want));
    LF_CHECK_STR(text, want);
}

static lf_sink *open_file(const char *path, bool overwrite) {
    lf_sink *s = NULL;
    lf_error err = {0};
    if (!LF_CHECK(lf_sink_open_file(path, overwrite, NULL, &s, &err) == LF_OK)) {
        printf("  %s\n", err.message);
    }
    return s;
}

static lf_rc write_at(lf_sink *s, uint64_t at, const char *text) {
    return s->type->write_at(s, at, text, strlen(text), NULL);
}

static void a_file_appears_on_commit(void) {
    const char *p = path_of("out.parquet");
    lf_sink *s = open_file(p, false);
    LF_REQUIRE(s);
    LF_CHECK_EQ_I64(entries(), 0); /* nameless */
    LF_CHECK(write_at(s, 5, "world and more") == LF_OK);
    LF_CHECK(write_at(s, 0, "hello") == LF_OK);
    char back[6] = "";
    LF_CHECK(s->type->read_at(s, 3, back, 5, NULL) == LF_OK);
    LF_CHECK_STR(back, "lowor");
    LF_CHECK_EQ_I64(s->type->read_at(s, 18, back, 5, NULL), LF_EREAD);
    LF_CHECK(!lf_path_exists(p));
    LF_CHECK(s->type->commit(s, 10, NULL) == LF_OK);
    check_content(p, "helloworld");
    lf_sink_close(s);
    LF_CHECK_EQ_I64(entries(), 1);
    struct stat st;
    mode_t mask = umask(0);
    umask(mask);
    LF_CHECK(stat(p, &st) == 0 && (st.st_mode & 0777) == (0666 & ~mask));
    unlink(p);
}

static void without_commit_nothing_is_left(void) {
    const char *p = path_of("gone.parquet");
    for (int overwrite = 0; overwrite < 2; overwrite++) {
        lf_sink *s = open_file(p, overwrite);
        LF_REQUIRE(s);
        LF_CHECK(write_at(s, 0, "hello") == LF_OK);
        lf_sink_close(s);
        LF_CHECK_EQ_I64(entries(), 0);
    }
}

static void an_existing_file_is_kept_unless_overwritten(void) {
    const char *p = path_of("old.parquet");
    put(p, "old");
    lf_sink *s = NULL;
    lf_error err = {0};
    LF_CHECK_EQ_I64(lf_sink_open_file(p, false, NULL, &s, &err), LF_EOUTPUT_EXISTS);
    LF_CHECK(s == NULL);
    s = open_file(p, true);
    LF_REQUIRE(s);
    LF_CHECK(write_at(s, 0, "new") == LF_OK);
    check_content(p, "old");
    lf_sink_close(s); /* no commit */
    check_content(p, "old");
    s = open_file(p, true);
    LF_REQUIRE(s);
    LF_CHECK(write_at(s, 0, "newer") == LF_OK);
    LF_CHECK(s->type->commit(s, 5, NULL) == LF_OK);
    lf_sink_close(s);
    check_content(p, "newer");
    LF_CHECK_EQ_I64(entries(), 1);
    unlink(p);
}

static void a_race_for_the_name_is_lost_politely(void) {
    const char *p = path_of("race.parquet");
    lf_sink *s = open_file(p, false);
    LF_REQUIRE(s);
    LF_CHECK(write_at(s, 0, "mine") == LF_OK);
    put(p, "theirs");
    lf_error err = {0};
    LF_CHECK_EQ_I64(s->type->commit(s, 4, &err), LF_EOUTPUT_EXISTS);
    lf_sink_close(s);
    check_content(p, "theirs");
    LF_CHECK_EQ_I64(entries(), 1);
    unlink(p);
}

static void a_symbolic_link_stays_one(void) {
    put(path_of("real"), "old");
    LF_CHECK(symlink("real", path_of("link")) == 0);
    lf_sink *s = NULL;
    LF_CHECK_EQ_I64(lf_sink_open_file(path_of("link"), false, NULL, &s, NULL), LF_EOUTPUT_EXISTS);
    s = open_file(path_of("link"), true);
    LF_REQUIRE(s);
    LF_CHECK(write_at(s, 0, "new") == LF_OK && s->type->commit(s, 3, NULL) == LF_OK);
    lf_sink_close(s);
    struct stat st;
    LF_CHECK(lstat(path_of("link"), &st) == 0 && S_ISLNK(st.st_mode));
    check_content(path_of("real"), "new");
    LF_CHECK_EQ_I64(entries(), 2);
    unlink(path_of("link"));
    unlink(path_of("real"));
}

static void targets_that_cannot_be_say_why(void) {
    LF_CHECK(mkdir(path_of("folder"), 0755) == 0);
    put(path_of("plain"), "x");
    const struct {
        const char *path;
        lf_rc want;
    } rows[] = {{path_of("folder"), LF_EIS_DIRECTORY},
                {path_of("folder/"), LF_EIS_DIRECTORY},
                {path_of("none/x.parquet"), LF_ENOT_FOUND},
                {path_of("plain/x.parquet"), LF_ENOT_FOUND}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_sink *s = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(lf_sink_open_file(rows[i].path, true, NULL, &s, &err), rows[i].want);
        LF_CHECK(s == NULL && err.message[0]);
    }
    lf_sink *s = NULL;
    LF_CHECK_EQ_I64(lf_sink_open_file("", true, NULL, &s, NULL), LF_ENOT_FOUND);
    LF_CHECK_EQ_I64(lf_sink_open_file(path_of("new/"), true, NULL, &s, NULL), LF_ENOT_FOUND);
    if (geteuid() != 0) {
        LF_CHECK(chmod(path_of("folder"), 0555) == 0);
        LF_CHECK_EQ_I64(lf_sink_open_file(path_of("folder/x"), true, NULL, &s, NULL),
                        LF_EPERMISSION);
    }
    rmdir(path_of("folder"));
    unlink(path_of("plain"));
}

/* A file size limit stands for a full disk: both are LF_EDISK_FULL. In a child, as it is fatal. */
static void a_full_disk_is_told_apart(void) {
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit r = {1000, 1000};
        setrlimit(RLIMIT_FSIZE, &r);
        signal(SIGXFSZ, SIG_IGN);
        lf_sink *s = NULL;
        lf_error err = {0};
        static char big[5000];
        if (lf_sink_open_file(path_of("full"), false, NULL, &s, &err) != LF_OK) _exit(1);
        if (s->type->write_at(s, 0, big, sizeof big, &err) != LF_EDISK_FULL) _exit(2);
        lf_sink_close(s);
        _exit(err.rc == LF_EDISK_FULL && lf_rc_exit_status(err.rc) == 4 ? 0 : 3);
    }
    int status = -1;
    LF_CHECK(waitpid(pid, &status, 0) == pid);
    LF_CHECK_EQ_I64(status, 0);
    LF_CHECK_EQ_I64(entries(), 0);
    lf_sink *s = NULL;
    if (access("/dev/full", W_OK) != 0) LF_SKIP("no /dev/full");
    LF_REQUIRE(lf_sink_open_file("/dev/full", false, NULL, &s, NULL) == LF_OK);
    LF_CHECK(write_at(s, 0, "x") == LF_OK);
    LF_CHECK_EQ_I64(s->type->commit(s, 1, NULL), LF_EDISK_FULL);
    lf_sink_close(s);
}

static void a_killed_writer_leaves_nothing(void) {
    fflush(stdout);
    int ready[2];
    LF_REQUIRE(pipe(ready) == 0);
    pid_t pid = fork();
    if (pid == 0) {
        lf_sink *s = NULL;
        if (lf_sink_open_file(path_of("killed"), false, NULL, &s, NULL) != LF_OK) _exit(1);
        if (write_at(s, 0, "part") != LF_OK || write(ready[1], "x", 1) != 1) _exit(1);
        pause();
    }
    char c;
    LF_CHECK(read(ready[0], &c, 1) == 1);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(ready[0]);
    close(ready[1]);
    LF_CHECK_EQ_I64(entries(), 0);
}

/* The way for file systems without O_TMPFILE. */
static void a_hidden_file_is_published_and_removed(void) {
    const char *p = path_of("hidden.parquet");
    lf_sink *s = NULL;
    for (int commit = 0; commit < 2; commit++) {
        for (int overwrite = 0; overwrite < 2; overwrite++) {
            if (overwrite) put(p, "old");
            LF_REQUIRE(lf_sink_open_file_as(p, overwrite, false, NULL, &s, NULL) == LF_OK);
            LF_CHECK(write_at(s, 0, "new!") == LF_OK);
            LF_CHECK_EQ_I64(entries(), 1 + overwrite);
            if (commit) LF_CHECK(s->type->commit(s, 3, NULL) == LF_OK);
            lf_sink_close(s);
            LF_CHECK_EQ_I64(entries(), commit | overwrite);
            if (commit || overwrite) check_content(p, commit ? "new" : "old");
            unlink(p);
        }
    }
    LF_REQUIRE(lf_sink_open_file_as(p, false, false, NULL, &s, NULL) == LF_OK);
    put(p, "theirs");
    LF_CHECK_EQ_I64(s->type->commit(s, 0, NULL), LF_EOUTPUT_EXISTS);
    lf_sink_close(s);
    check_content(p, "theirs");
    LF_CHECK_EQ_I64(entries(), 1);
    unlink(p);
}

/* Its names, taken apart: names are fresh, short enough. */
static void hidden_names_fit_and_differ(void) {
    char name[300];
    memset(name, 'n', 250);
    name[250] = 0;
    char *a = NULL, *b = NULL;
    int fa = lf_fd_hidden(path_of(name), NULL, &a), fb = lf_fd_hidden(path_of(name), NULL, &b);
    LF_CHECK(fa >= 0 && fb >= 0 && a && b && strcmp(a, b) != 0);
    LF_CHECK_EQ_I64(entries(), 2);
    unlink(a);
    unlink(b);
    close(fa);
    close(fb);
    lf_mem_strfree(NULL, a);
    lf_mem_strfree(NULL, b);
    LF_CHECK(lf_fd_hidden("/nonexistent/x", NULL, &a) == -1 && errno == ENOENT);
}

static void a_spill_keeps_and_copies_bytes(void) {
    lf_sink *a = NULL, *b = NULL;
    LF_REQUIRE(lf_sink_open_temp(dir, NULL, &a, NULL) == LF_OK);
    LF_REQUIRE(lf_sink_open_temp(NULL, NULL, &b, NULL) == LF_OK);
    LF_CHECK_EQ_I64(entries(), 0);
    enum { N = 1000000 };
    char *text = lf_mem_alloc(NULL, N), *back = lf_mem_alloc(NULL, N);
    for (int i = 0; i < N; i++) {
        text[i] = (char)(i * 7 + i / 1000);
    }
    LF_CHECK(a->type->write_at(a, 100, text, N, NULL) == LF_OK);
    LF_CHECK(b->type->copy_from(b, 33, a, 100, N, NULL) == LF_OK);
    LF_CHECK(b->type->read_at(b, 33, back, N, NULL) == LF_OK);
    LF_CHECK_MEM(back, text, N);
    LF_CHECK(b->type->copy_from(b, 0, a, 0, 0, NULL) == LF_OK);
    LF_CHECK_EQ_I64(b->type->copy_from(b, 0, a, 200, N, NULL), LF_EREAD); /* past its end */
    LF_CHECK_EQ_I64(a->type->commit(a, 5, NULL), LF_EINTERNAL);
    lf_mem_free(NULL, text, N);
    lf_mem_free(NULL, back, N);
    lf_sink_close(a);
    lf_sink_close(b);
    LF_CHECK_EQ_I64(lf_sink_open_temp(path_of("nowhere"), NULL, &a, NULL), LF_ENOT_FOUND);
    lf_sink_close(NULL);
}

typedef struct drain {
    int fd;
    size_t got;
} drain;

static void *drain_run(void *arg) {
    drain *d = arg;
    char buf[1000];
    for (ssize_t n; (n = read(d->fd, buf, sizeof buf)) > 0;) {
        d->got += (size_t)n;
    }
    return NULL;
}

static void a_descriptor_gets_all_on_commit(void) {
    int p[2];
    LF_REQUIRE(pipe(p) == 0);
    lf_sink *s = NULL;
    LF_REQUIRE(lf_sink_open_fd(p[1], "stdout", NULL, &s, NULL) == LF_OK);
    static char big[600000];
    LF_CHECK(s->type->write_at(s, 0, big, sizeof big, NULL) == LF_OK);
    LF_CHECK(write_at(s, 10, "patched") == LF_OK);
    drain d = {p[0], 0};
    pthread_t t;
    LF_REQUIRE(pthread_create(&t, NULL, drain_run, &d) == 0);
    LF_CHECK(s->type->commit(s, 500000, NULL) == LF_OK);
    lf_sink_close(s);
    close(p[1]);
    pthread_join(t, NULL);
    LF_CHECK_EQ_U64(d.got, 500000);
    close(p[0]);
}

static void a_closed_pipe_is_an_error_not_a_signal(void) {
    int p[2];
    LF_REQUIRE(pipe(p) == 0);
    lf_sink *s = NULL;
    LF_REQUIRE(lf_sink_open_fd(p[1], "stdout", NULL, &s, NULL) == LF_OK);
    LF_CHECK(write_at(s, 0, "hello") == LF_OK);
    close(p[0]);
    LF_CHECK_EQ_I64(s->type->commit(s, 5, NULL), LF_EWRITE);
    sigset_t pending;
    LF_CHECK(sigpending(&pending) == 0 && !sigismember(&pending, SIGPIPE));
    lf_sink_close(s);
    close(p[1]);
}

static void paths_are_compared_by_file(void) {
    put(path_of("one"), "1");
    put(path_of("two"), "2");
    LF_CHECK(link(path_of("one"), path_of("three")) == 0);
    LF_CHECK(lf_same_file(path_of("one"), path_of("three")));
    LF_CHECK(lf_same_file(path_of("one"), path_of("./one")));
    LF_CHECK(!lf_same_file(path_of("one"), path_of("two")));
    LF_CHECK(!lf_same_file(path_of("none"), path_of("none")));
    LF_CHECK(lf_path_is_dir(dir) && !lf_path_is_dir(path_of("one")));
    LF_CHECK(lf_path_exists(path_of("one")) && !lf_path_exists(path_of("none")));
    unlink(path_of("one"));
    unlink(path_of("two"));
    unlink(path_of("three"));
}

int main(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/lf_sink_XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) return 1;
    LF_RUN(a_file_appears_on_commit);
    LF_RUN(without_commit_nothing_is_left);
    LF_RUN(an_existing_file_is_kept_unless_overwritten);
    LF_RUN(a_race_for_the_name_is_lost_politely);
    LF_RUN(a_symbolic_link_stays_one);
    LF_RUN(targets_that_cannot_be_say_why);
    LF_RUN(a_full_disk_is_told_apart);
    LF_RUN(a_killed_writer_leaves_nothing);
    LF_RUN(a_hidden_file_is_published_and_removed);
    LF_RUN(hidden_names_fit_and_differ);
    LF_RUN(a_spill_keeps_and_copies_bytes);
    LF_RUN(a_descriptor_gets_all_on_commit);
    LF_RUN(a_closed_pipe_is_an_error_not_a_signal);
    LF_RUN(paths_are_compared_by_file);
    LF_CHECK_EQ_I64(entries(), 0);
    rmdir(dir);
    LF_TEST_MAIN_END;
}
