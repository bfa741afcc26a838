/* Compressed files of independent pieces: any text at any offset, by several threads at once, the
 * same as in order; what is no piece; damage. */
#include "core/limits.h"
#include "io/io.h"
#include "lf_test.h"
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define TEXT_BYTES 5000000u
#define PIECE      60000u

static char dir[64];
static uint8_t *text, *packed, *back;
static size_t packed_len;

static uint32_t random_of(uint64_t *state) {
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

static void make_text(void) {
    uint64_t state = 5;
    for (size_t i = 0; i < TEXT_BYTES; i++)
        text[i] = (uint8_t) "0123456789,\n"[random_of(&state) % 12];
}

static void put_le(uint32_t v, size_t n) {
    for (size_t i = 0; i < n; i++)
        packed[packed_len++] = (uint8_t)(v >> 8 * i);
}

static void add_bgzf(const uint8_t *p, size_t n) {
    uint8_t *head = packed + packed_len;
    memcpy(head, "\x1F\x8B\x08\x04\0\0\0\0\0\xFF\x06\0BC\x02\0", 16);
    z_stream z = {0};
    LF_REQUIRE(deflateInit2(&z, 1, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (Bytef *)p;
    z.avail_in = (uInt)n;
    z.next_out = head + 18;
    z.avail_out = 70000;
    LF_REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    packed_len += 18 + z.total_out;
    const size_t size = 18 + z.total_out + 8 - 1;
    head[16] = (uint8_t)size;
    head[17] = (uint8_t)(size >> 8);
    deflateEnd(&z);
    put_le((uint32_t)crc32(0, p, (uInt)n), 4);
    put_le((uint32_t)n, 4);
}

static void add_gzip(const uint8_t *p, size_t n) {
    z_stream z = {0};
    LF_REQUIRE(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_in = (Bytef *)p;
    z.avail_in = (uInt)n;
    z.next_out = packed + packed_len;
    z.avail_out = (uInt)(2 * TEXT_BYTES - packed_len);
    LF_REQUIRE(deflate(&z, Z_FINISH) == Z_STREAM_END);
    packed_len += z.total_out;
    deflateEnd(&z);
}

static void add_zstd(const uint8_t *p, size_t n) {
    const size_t got = ZSTD_compress(packed + packed_len, 2 * TEXT_BYTES - packed_len, p, n, 1);
    LF_REQUIRE(!ZSTD_isError(got));
    packed_len += got;
}

/* `tail`: a member that does not tell its length stands between the last blocks. */
static void pack_bgzf(bool tail) {
    packed_len = 0;
    const size_t plain = tail ? TEXT_BYTES / 2 : TEXT_BYTES;
    for (size_t at = 0, n; at < plain; at += n) {
        n = plain - at < PIECE ? plain - at : PIECE;
        add_bgzf(text + at, n);
        if (at / PIECE % 7 == 3) add_bgzf(text, 0);
    }
    if (tail) add_gzip(text + plain, TEXT_BYTES - plain);
    add_bgzf(text, 0);
}

static void pack_zstd(size_t piece) {
    packed_len = 0;
    for (size_t at = 0; at < TEXT_BYTES; at += piece) {
        add_zstd(text + at, TEXT_BYTES - at < piece ? TEXT_BYTES - at : piece);
        memcpy(packed + packed_len, "\x50\x2A\x4D\x18\x03\0\0\0abc", 11);
        packed_len += 11;
    }
}

static lf_source *open_packed(void) {
    char path[128];
    lf_source *s = NULL;
    lf_error err = {0};
    snprintf(path, sizeof path, "%s/packed", dir);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    LF_CHECK(fd >= 0 && write(fd, packed, packed_len) == (ssize_t)packed_len);
    close(fd);
    if (!LF_CHECK(lf_source_open(path, NULL, &s, &err) == LF_OK)) printf("  %s\n", err.message);
    return s;
}

static void read_anywhere(lf_source *s, uint64_t seed, size_t times) {
    uint8_t *got_text = malloc(300000);
    uint64_t state = seed, at = 0;
    for (size_t i = 0; i < times; i++) {
        lf_error err = {0};
        const size_t n = 1 + random_of(&state) % (random_of(&state) % 4 == 0 ? 300000 : 70000);
        const uint32_t move = random_of(&state) % 4;
        if (move == 0) at = random_of(&state) % (TEXT_BYTES + 1000);
        if (move == 1) at -= at > 30000 ? random_of(&state) % 30000 : 0;
        const size_t want = at >= TEXT_BYTES ? 0 : TEXT_BYTES - at < n ? TEXT_BYTES - at : n;
        size_t got = 0;
        while (got < want) {
            size_t more = 0;
            if (!LF_CHECK(s->type->read_at(s, at + got, got_text + got, want - got, &more, &err) ==
                          LF_OK) ||
                !LF_CHECK(more > 0))
                break;
            got += more;
        }
        if (!LF_CHECK(got == want && memcmp(got_text, text + (want ? at : 0), got) == 0))
            printf("  %zu of %zu at %llu: %s\n", got, want, (unsigned long long)at, err.message);
        if (want == 0) LF_CHECK(s->type->read_at(s, at, got_text, n, &got, &err) == LF_OK && !got);
        at += want;
    }
    free(got_text);
}

typedef struct run {
    lf_source *s;
    uint64_t seed;
} run;

static void *read_in_thread(void *arg) {
    const run *r = arg;
    read_anywhere(r->s, r->seed, 60);
    return NULL;
}

static void check_packed(const char *what) {
    for (uint32_t readers = 1; readers <= 5; readers += 4) {
        lf_source *s = open_packed();
        if (!LF_CHECK(s != NULL && s->type->read_at != NULL)) {
            printf("  %s\n", what);
            lf_source_close(s);
            return;
        }
        LF_CHECK(s->size_bytes == LF_SIZE_UNKNOWN || s->size_bytes == TEXT_BYTES);
        atomic_store(&s->readers_max, readers);
        pthread_t threads[4];
        run runs[4];
        for (size_t i = 0; i < 4; i++) {
            runs[i] = (run){s, 10 * i + readers};
            LF_REQUIRE(pthread_create(&threads[i], NULL, read_in_thread, &runs[i]) == 0);
        }
        for (size_t i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        lf_source_close(s);
    }
}

static void pieces_are_read_anywhere(void) {
    pack_bgzf(false);
    check_packed("bgzf");
    pack_zstd(PIECE);
    check_packed("zstd, small frames");
    pack_zstd(1500000);
    check_packed("zstd, large frames");
}

static void what_is_no_piece_is_read_too(void) {
    pack_bgzf(true);
    check_packed("bgzf with a plain member");
}

static void the_same_in_order(void) {
    pack_bgzf(true);
    for (int in_order = 0; in_order < 2; in_order++) {
        lf_source *s = open_packed();
        lf_error err = {0};
        size_t at = 0, got = 1;
        if (in_order) lf_source_in_order(s);
        LF_CHECK((s->type->read_at == NULL) == in_order);
        while (got > 0 &&
               LF_CHECK(s->type->read(s, back + at, TEXT_BYTES + 1 - at, &got, &err) == LF_OK))
            at += got;
        LF_CHECK(at == TEXT_BYTES && memcmp(back, text, at) == 0);
        lf_source_close(s);
    }
}

static void what_cannot_be_cut_is_a_stream(void) {
    packed_len = 0;
    add_zstd(text, TEXT_BYTES); /* one frame */
    lf_source *s = open_packed();
    LF_CHECK(s->type->read_at == NULL);
    lf_source_close(s);
    pack_zstd(PIECE); /* cut, and damaged between frames */
    packed_len -= 20;
    s = open_packed();
    LF_CHECK(s->type->read_at == NULL);
    lf_source_close(s);
    pack_bgzf(false);
    packed_len -= 10;
    s = open_packed();
    LF_CHECK(s->type->read_at == NULL);
    lf_source_close(s);
}

/* Any byte of a block that is wrong is found by whoever reads to its end. */
static void damage_is_found_where_it_is(void) {
    uint64_t state = 77;
    for (int i = 0; i < 200; i++) {
        packed_len = 0;
        for (size_t at = 0; at < 10 * 5000; at += 5000)
            add_bgzf(text + at, 5000);
        const size_t before = packed_len;
        add_bgzf(text + 50000, 5000);
        const size_t after = packed_len;
        for (size_t at = 55000; at < 70000; at += 5000)
            add_bgzf(text + at, 5000);
        add_bgzf(text, 0);
        const size_t wrong = before + 18 + random_of(&state) % (after - before - 18);
        packed[wrong] ^= (uint8_t)(1 + random_of(&state) % 255);
        lf_source *s = open_packed();
        lf_error err = {0};
        size_t got = 0;
        if (!LF_CHECK(s->type->read_at != NULL)) break;
        LF_CHECK(s->type->read_at(s, 40000, back, 999, &got, &err) == LF_OK && got == 999);
        LF_CHECK(memcmp(back, text + 40000, 999) == 0);
        if (!LF_CHECK(s->type->read_at(s, 49999, back, 5001, &got, &err) == LF_ECORRUPT))
            printf("  byte %zu of %zu\n", wrong - before, after - before);
        LF_CHECK(strstr(err.message, "in member 11") != NULL);
        LF_CHECK(strstr(err.message, "of the file") != NULL);
        lf_source_close(s);
    }
}

int main(void) {
    snprintf(dir, sizeof dir, "/tmp/lf-frames-XXXXXX");
    LF_CHECK(mkdtemp(dir) != NULL);
    text = malloc(TEXT_BYTES);
    packed = malloc(2 * TEXT_BYTES + 100000);
    back = malloc(TEXT_BYTES + 1);
    make_text();
    LF_RUN(pieces_are_read_anywhere);
    LF_RUN(what_is_no_piece_is_read_too);
    LF_RUN(the_same_in_order);
    LF_RUN(what_cannot_be_cut_is_a_stream);
    LF_RUN(damage_is_found_where_it_is);
    char path[128];
    snprintf(path, sizeof path, "%s/packed", dir);
    unlink(path);
    rmdir(dir);
    free(text);
    free(packed);
    free(back);
    LF_TEST_MAIN_END;
}
