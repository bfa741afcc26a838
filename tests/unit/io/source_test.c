/* Inputs: files, pipes, compressed ones under any name, and what must be refused. */
#include "core/limits.h"
#include "io/io.h"
#include "lf_test.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

static char dir[64];

static const char *path_of(const char *name) {
    static char p[4][256];
    static int turn;
    char *out = p[turn++ & 3];
    snprintf(out, sizeof p[0], "%s/%s", dir, name);
    return out;
}

static const char *put(const char *name, const void *bytes, size_t n) {
    const char *p = path_of(name);
    int fd = open(p, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    LF_CHECK(fd >= 0 && write(fd, bytes, n) == (ssize_t)n);
    close(fd);
    return p;
}

/* Reads to the end in pieces of `cut`; the bytes read so far in *got_out even on failure. */
static lf_rc read_all(lf_source *s, size_t cut, uint8_t *dst, size_t cap, size_t *got_out,
                      lf_error *err) {
    size_t at = 0, got = 1;
    lf_rc rc = LF_OK;
    while (rc == LF_OK && got && at < cap) {
        rc = s->type->read(s, dst + at, cap - at < cut ? cap - at : cut, &got, err);
        if (rc == LF_OK) at += got;
    }
    *got_out = at;
    return rc;
}

#define TEXT_BYTES 700000u
static uint8_t text[TEXT_BYTES], back[TEXT_BYTES + 100], packed[TEXT_BYTES * 2];

static size_t pack_gzip(size_t n) {
    z_stream z = {0};
    LF_CHECK(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = text;
    z.avail_in = (uInt)n;
    z.next_out = packed;
    z.avail_out = sizeof packed;
    LF_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    size_t got = z.total_out;
    deflateEnd(&z);
    return got;
}

static void a_file_is_read_at_any_offset(void) {
    lf_source *s = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_source_open(put("a.csv", text, TEXT_BYTES), NULL, &s, &err) == LF_OK);
    LF_CHECK_EQ_U64(s->size_bytes, TEXT_BYTES);
    LF_CHECK_EQ_U64(s->stored_bytes, TEXT_BYTES);
    LF_CHECK(s->compression == NULL && s->type->read_at != NULL);
    static const size_t at[] = {0, 1, 4095, 262144, TEXT_BYTES - 1, TEXT_BYTES, TEXT_BYTES + 5};
    for (size_t i = 0; i < sizeof at / sizeof at[0]; i++) {
        size_t got = 77, want = at[i] < TEXT_BYTES ? TEXT_BYTES - at[i] : 0;
        if (want > 300000) want = 300000;
        LF_CHECK(s->type->read_at(s, at[i], back, 300000, &got, &err) == LF_OK);
        LF_CHECK_EQ_U64(got, want);
        LF_CHECK_MEM(back, text + at[i], got < want ? got : want);
    }
    size_t got = 0;
    LF_CHECK(read_all(s, 1000, back, sizeof back, &got, &err) == LF_OK);
    LF_CHECK_EQ_U64(got, TEXT_BYTES);
    LF_CHECK_MEM(back, text, TEXT_BYTES);
    LF_CHECK(s->stored_read >= TEXT_BYTES);
    lf_source_close(s);
}

static void a_file_that_grows_ends_where_it_ended(void) {
    const char *p = put("grow.csv", text, 1000);
    lf_source *s = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_source_open(p, NULL, &s, &err) == LF_OK);
    put("grow.csv", text, 5000);
    size_t got = 0;
    LF_CHECK(read_all(s, 600, back, sizeof back, &got, &err) == LF_OK);
    LF_CHECK_EQ_U64(got, 1000);
    lf_source_close(s);
}

/* Within the tick of the clock that file times are taken from. */
static void a_write_right_after_opening_has_changed_the_file(void) {
    for (int i = 0; i < 40; i++) {
        const char *p = put("fresh.csv", text, 1000);
        lf_source *s = NULL;
        lf_error err = {0};
        LF_REQUIRE(lf_source_open(p, NULL, &s, &err) == LF_OK);
        LF_CHECK(lf_source_check(s, &err) == LF_OK);
        put("fresh.csv", text + 1, 1000);
        LF_CHECK_EQ_I64(lf_source_check(s, &err), LF_ECHANGED);
        lf_source_close(s);
    }
}

static void a_file_that_shrinks_has_changed(void) {
    const char *p = put("shrink.csv", text, 5000);
    lf_source *s = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_source_open(p, NULL, &s, &err) == LF_OK);
    LF_CHECK(truncate(p, 3000) == 0);
    size_t got = 0;
    LF_CHECK(s->type->read_at(s, 0, back, 3000, &got, &err) == LF_OK);
    LF_CHECK_EQ_I64(s->type->read_at(s, 2000, back, 3000, &got, &err), LF_ECHANGED);
    LF_CHECK_EQ_U64(got, 0);
    LF_CHECK(err.retryable);
    lf_error err2 = {0};
    LF_CHECK_EQ_I64(read_all(s, 5000, back, sizeof back, &got, &err2), LF_ECHANGED);
    lf_source_close(s);
}

static void paths_that_cannot_be_read_say_why(void) {
    LF_CHECK(mkdir(path_of("folder"), 0755) == 0);
    put("locked", "x", 1);
    LF_CHECK(chmod(path_of("locked"), 0) == 0);
    const struct {
        const char *path;
        lf_rc want;
    } rows[] = {{path_of("none.csv"), LF_ENOT_FOUND},
                {path_of("folder"), LF_EIS_DIRECTORY},
                {path_of("locked/x"), LF_ENOT_FOUND},
                {"", LF_ENOT_FOUND}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_source *s = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(lf_source_open(rows[i].path, NULL, &s, &err), rows[i].want);
        LF_CHECK(s == NULL && err.rc == rows[i].want && err.message[0]);
        LF_CHECK_STR(err.file, rows[i].path);
    }
    if (geteuid() == 0) return; /* root may read anything */
    lf_source *s = NULL;
    LF_CHECK_EQ_I64(lf_source_open(path_of("locked"), NULL, &s, NULL), LF_EPERMISSION);
}

static void an_empty_file_has_no_bytes(void) {
    lf_source *s = NULL;
    LF_REQUIRE(lf_source_open(put("empty.csv", "", 0), NULL, &s, NULL) == LF_OK);
    size_t got = 1;
    LF_CHECK(s->type->read(s, back, 10, &got, NULL) == LF_OK && got == 0);
    LF_CHECK_EQ_U64(s->size_bytes, 0);
    lf_source_close(s);
    LF_REQUIRE(lf_source_open("/dev/null", NULL, &s, NULL) == LF_OK);
    LF_CHECK(s->type->read(s, back, 10, &got, NULL) == LF_OK && got == 0);
    LF_CHECK(s->size_bytes == LF_SIZE_UNKNOWN && !s->type->read_at);
    lf_source_close(s);
}

static void a_file_of_unknown_size_is_a_stream(void) {
    lf_source *s = NULL;
    if (access("/proc/self/status", R_OK) != 0) LF_SKIP("no /proc");
    LF_REQUIRE(lf_source_open("/proc/self/status", NULL, &s, NULL) == LF_OK);
    size_t got = 0;
    LF_CHECK(read_all(s, 100, back, sizeof back, &got, NULL) == LF_OK);
    LF_CHECK(got > 100 && memcmp(back, "Name:", 5) == 0);
    lf_source_close(s);
}

static void compression_is_found_by_content_not_by_name(void) {
    size_t n = pack_gzip(TEXT_BYTES), got = 0;
    lf_source *s = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_source_open(put("really.csv", packed, n), NULL, &s, &err) == LF_OK);
    LF_CHECK_STR(s->compression, "gzip");
    LF_CHECK_STR(s->path, path_of("really.csv"));
    LF_CHECK_EQ_U64(s->stored_bytes, n);
    LF_CHECK(s->size_bytes == LF_SIZE_UNKNOWN && !s->type->read_at);
    LF_CHECK(read_all(s, 100000, back, sizeof back, &got, &err) == LF_OK);
    LF_CHECK_EQ_U64(got, TEXT_BYTES);
    LF_CHECK_MEM(back, text, TEXT_BYTES);
    LF_CHECK_EQ_U64(s->stored_read, n);
    lf_source_close(s);
    LF_REQUIRE(lf_source_open(put("text.csv.gz", "a,b\n1,2\n", 8), NULL, &s, &err) == LF_OK);
    LF_CHECK(s->compression == NULL && s->size_bytes == 8);
    lf_source_close(s);
}

static void truncated_compression_is_corrupt(void) {
    size_t n = pack_gzip(TEXT_BYTES);
    static const size_t cuts[] = {4, 10, 15, 1000, 0 /* the last byte */};
    for (size_t i = 0; i < sizeof cuts / sizeof cuts[0]; i++) {
        size_t len = cuts[i] ? cuts[i] : n - 1, got = 0;
        lf_source *s = NULL;
        lf_error err = {0};
        LF_REQUIRE(lf_source_open(put("cut.gz", packed, len), NULL, &s, &err) == LF_OK);
        LF_CHECK_EQ_I64(read_all(s, 262144, back, sizeof back, &got, &err), LF_ECORRUPT);
        LF_CHECK_MEM(back, text, got);
        LF_CHECK_STR(err.file, path_of("cut.gz"));
        lf_source_close(s);
    }
    size_t got = 0;
    packed[n / 2] ^= 1;
    lf_source *s = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_source_open(put("bad.gz", packed, n), NULL, &s, &err) == LF_OK);
    LF_CHECK_EQ_I64(read_all(s, 262144, back, sizeof back, &got, &err), LF_ECORRUPT);
    lf_source_close(s);
}

static void damage_ends_the_text_where_that_is_wanted(void) {
    size_t n = pack_gzip(TEXT_BYTES), got = 0, whole = 0;
    lf_source *s = NULL;
    lf_error err = {0};
    LF_REQUIRE(lf_source_open(put("half.gz", packed, n / 2), NULL, &s, &err) == LF_OK);
    LF_CHECK_EQ_I64(read_all(s, 1000, back, sizeof back, &whole, &err), LF_ECORRUPT);
    char place[64];
    snprintf(place, sizeof place, "(at byte %zu of the file, byte %zu of its text)", n / 2, whole);
    LF_CHECK(strstr(err.message, place) != NULL);
    LF_CHECK(lf_source_damage(s) == NULL);
    lf_source_close(s);
    LF_REQUIRE(lf_source_open(path_of("half.gz"), NULL, &s, NULL) == LF_OK);
    lf_source_configure(s, 0, true);
    LF_CHECK(read_all(s, 1000, back, sizeof back, &got, NULL) == LF_OK);
    LF_CHECK_MEM(back, text, whole);
    /* A row that was cut must not look whole: no text holds the byte 0xFF. */
    LF_CHECK(got == whole + 1 && back[whole] == 0xFF);
    LF_CHECK(lf_source_damage(s) != NULL && strstr(lf_source_damage(s), "in the middle") != NULL);
    lf_source_close(s);
}

static void a_decompressor_keeps_to_its_share_of_memory(void) {
    /* A frame that asks for a window of 64 MiB. */
    static const uint8_t frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0x00, 0x80, 0x01, 0x00, 0x00};
    for (size_t mib = 16; mib <= 256; mib *= 2) {
        lf_source *s = NULL;
        lf_error err = {0};
        size_t got = 0;
        LF_REQUIRE(lf_source_open(put("w.zst", frame, sizeof frame), NULL, &s, &err) == LF_OK);
        LF_CHECK_EQ_U64(lf_source_memory_bytes(s), 0);
        lf_source_configure(s, mib << 20, false);
        lf_rc rc = s->type->read(s, back, 10, &got, &err);
        LF_CHECK_EQ_I64(rc, mib < 128 ? LF_EMEMORY_LIMIT : LF_OK);
        if (rc != LF_OK) LF_CHECK(strstr(err.message, "--memory-limit 97MiB would do") != NULL);
        if (rc != LF_OK) printf("# %s\n", err.message);
        lf_source_close(s);
    }
}

typedef struct feeder {
    const char *path;
    const uint8_t *bytes;
    size_t n, piece;
} feeder;

static void *feed(void *arg) {
    feeder *f = arg;
    int fd = open(f->path, O_WRONLY);
    for (size_t at = 0; at < f->n; at += f->piece) {
        size_t n = f->n - at < f->piece ? f->n - at : f->piece;
        if (write(fd, f->bytes + at, n) != (ssize_t)n) break;
        if (at < 10 * f->piece) usleep(1000);
    }
    close(fd);
    return NULL;
}

static void pipes_are_streams_compressed_or_not(void) {
    for (int zipped = 0; zipped < 2; zipped++) {
        size_t n = zipped ? pack_gzip(TEXT_BYTES) : TEXT_BYTES, got = 0;
        static const size_t pieces[] = {1, 3, 1000, 65536};
        for (size_t i = 0; i < sizeof pieces / sizeof pieces[0]; i++) {
            const char *p = path_of("fifo");
            size_t want = pieces[i] < 1000 ? 20000 : TEXT_BYTES;
            if (zipped) n = pack_gzip(want);
            LF_REQUIRE(mkfifo(p, 0600) == 0);
            feeder f = {p, zipped ? packed : text, zipped ? n : want, pieces[i]};
            pthread_t t;
            LF_REQUIRE(pthread_create(&t, NULL, feed, &f) == 0);
            lf_source *s = NULL;
            lf_error err = {0};
            int cancel = 0;
            lf_rc rc = lf_source_open_cancellable(p, i & 1 ? &cancel : NULL, NULL, &s, &err);
            if (LF_CHECK(rc == LF_OK)) {
                LF_CHECK_STR(s->compression, zipped ? "gzip" : NULL);
                LF_CHECK(read_all(s, 262144, back, sizeof back, &got, &err) == LF_OK);
                LF_CHECK_EQ_U64(got, want);
                LF_CHECK_MEM(back, text, got);
                LF_CHECK_EQ_U64(s->stored_read, f.n);
            }
            pthread_join(t, NULL);
            lf_source_close(s);
            unlink(p);
        }
    }
}

static int cancel_flag;

static void *cancel_soon(void *arg) {
    (void)arg;
    usleep(50000);
    __atomic_store_n(&cancel_flag, 1, __ATOMIC_RELAXED);
    return NULL;
}

static void waiting_can_be_cancelled(void) {
    const char *p = path_of("silent");
    LF_REQUIRE(mkfifo(p, 0600) == 0);
    for (int writer = 0; writer < 2; writer++) {
        /* Without a writer, opening waits; with one that says nothing, the first read does. */
        int keep = writer ? open(p, O_RDWR) : -1;
        cancel_flag = 0;
        pthread_t t;
        LF_REQUIRE(pthread_create(&t, NULL, cancel_soon, NULL) == 0);
        lf_source *s = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(lf_source_open_cancellable(p, &cancel_flag, NULL, &s, &err), LF_ECANCELLED);
        LF_CHECK(s == NULL);
        pthread_join(t, NULL);
        if (keep >= 0) close(keep);
    }
    int keep = open(p, O_RDWR);
    LF_CHECK(write(keep, "a,b\n", 4) == 4);
    lf_source *s = NULL;
    lf_error err = {0};
    cancel_flag = 0;
    LF_REQUIRE(lf_source_open_cancellable(p, &cancel_flag, NULL, &s, &err) == LF_OK);
    pthread_t t;
    LF_REQUIRE(pthread_create(&t, NULL, cancel_soon, NULL) == 0);
    size_t got = 0;
    LF_CHECK_EQ_I64(read_all(s, 100, back, sizeof back, &got, &err), LF_ECANCELLED);
    LF_CHECK_EQ_U64(got, 4);
    pthread_join(t, NULL);
    lf_source_close(s);
    close(keep);
}

/* Standard input as a file is read from its offset on, with read_at. */
static void a_file_on_standard_input_can_be_sought(void) {
    int saved = dup(0), fd = open(put("in.csv", text, 50000), O_RDONLY);
    LF_CHECK(lseek(fd, 1000, SEEK_SET) == 1000 && dup2(fd, 0) == 0);
    lf_source *s = NULL;
    size_t got = 0;
    if (LF_CHECK(lf_source_open("-", NULL, &s, NULL) == LF_OK)) {
        LF_CHECK_EQ_U64(s->size_bytes, 49000);
        LF_CHECK(s->type->read_at && s->type->read_at(s, 10, back, 100, &got, NULL) == LF_OK);
        LF_CHECK_EQ_U64(got, 100);
        LF_CHECK_MEM(back, text + 1010, 100);
        LF_CHECK_STR(s->path, "-");
        lf_source_close(s);
    }
    LF_CHECK(fcntl(0, F_GETFD) >= 0); /* left open */
    dup2(saved, 0);
    close(saved);
    close(fd);
}

static void memory_is_a_source(void) {
    for (int seekable = 0; seekable < 2; seekable++) {
        lf_source *s = NULL;
        size_t got = 0;
        LF_REQUIRE(lf_source_memory("m", text, 5000, seekable, NULL, &s, NULL) == LF_OK);
        LF_CHECK((s->type->read_at != NULL) == (seekable != 0));
        LF_CHECK(read_all(s, 7, back, sizeof back, &got, NULL) == LF_OK);
        LF_CHECK_EQ_U64(got, 5000);
        LF_CHECK_MEM(back, text, 5000);
        lf_source_close(s);
        size_t n = pack_gzip(TEXT_BYTES);
        LF_REQUIRE(lf_source_memory("m", packed, n, seekable, NULL, &s, NULL) == LF_OK);
        LF_CHECK_STR(s->compression, "gzip");
        LF_CHECK(read_all(s, 70000, back, sizeof back, &got, NULL) == LF_OK);
        LF_CHECK_EQ_U64(got, TEXT_BYTES);
        lf_source_close(s);
    }
    lf_source_close(NULL);
}

int main(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/lf_source_XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) return 1;
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        text[i] = "0123456789,abc\n"[(i * 2654435761u >> 13) % 15];
    }
    LF_RUN(a_file_is_read_at_any_offset);
    LF_RUN(a_file_that_grows_ends_where_it_ended);
    LF_RUN(a_write_right_after_opening_has_changed_the_file);
    LF_RUN(a_file_that_shrinks_has_changed);
    LF_RUN(paths_that_cannot_be_read_say_why);
    LF_RUN(an_empty_file_has_no_bytes);
    LF_RUN(a_file_of_unknown_size_is_a_stream);
    LF_RUN(compression_is_found_by_content_not_by_name);
    LF_RUN(truncated_compression_is_corrupt);
    LF_RUN(damage_ends_the_text_where_that_is_wanted);
    LF_RUN(a_decompressor_keeps_to_its_share_of_memory);
    LF_RUN(pipes_are_streams_compressed_or_not);
    LF_RUN(waiting_can_be_cancelled);
    LF_RUN(a_file_on_standard_input_can_be_sought);
    LF_RUN(memory_is_a_source);
    static const char *const names[] = {"a.csv",     "grow.csv",   "shrink.csv",  "locked",
                                        "empty.csv", "really.csv", "text.csv.gz", "cut.gz",
                                        "bad.gz",    "silent",     "in.csv"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        unlink(path_of(names[i]));
    }
    rmdir(path_of("folder"));
    rmdir(dir);
    LF_TEST_MAIN_END;
}
