/* Uncached reads and writes: the same bytes, and plain calls where they are no gain. */
#include "io/io_fd.h"
#include "io/page_cache.h"
#include "lf_test.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 3000001u /* no multiple of a page */

static uint8_t text[BYTES], back[BYTES];

static void write_all(lf_page_cache *c, int fd) {
    const size_t cut[] = {0, 1, 4097, 1048576, 1048577, BYTES};
    for (size_t i = 0; i + 1 < sizeof cut / sizeof *cut; i++) {
        const size_t n = cut[i + 1] - cut[i];
        LF_CHECK_EQ_I64(lf_page_cache_pwrite(c, fd, text + cut[i], n, (off_t)cut[i]), n);
    }
}

static void check_file(lf_page_cache *c, int fd) {
    memset(back, 0, sizeof back);
    LF_CHECK_EQ_I64(pread(fd, back, BYTES, 0), BYTES);
    LF_CHECK_MEM(back, text, BYTES);
    memset(back, 0, sizeof back);
    LF_CHECK_EQ_I64(lf_page_cache_pread(c, fd, back, BYTES, 0), BYTES);
    LF_CHECK_MEM(back, text, BYTES);
    LF_CHECK_EQ_I64(lf_page_cache_pread(c, fd, back, 10, BYTES), 0);
}

static void bytes_are_the_same_cached_and_uncached(void) {
    int fd = lf_fd_temp(".");
    LF_REQUIRE(fd >= 0);
    lf_page_cache drops, keeps;
    lf_page_cache_init(&drops, true, 0);
    lf_page_cache_init(&keeps, false, 0);
    write_all(&drops, fd);
    check_file(&drops, fd);
    check_file(&keeps, fd);
    LF_CHECK(ftruncate(fd, 0) == 0);
    write_all(&keeps, fd);
    LF_CHECK_EQ_U64(atomic_load(&keeps.bytes), 0);
    check_file(&drops, fd);
    close(fd);
}

static void a_file_system_that_refuses_is_written_to_plainly(void) {
    int fd = memfd_create("page_cache_test", 0); /* has its pages nowhere else */
    LF_REQUIRE(fd >= 0);
    lf_page_cache c;
    lf_page_cache_init(&c, true, 0);
    write_all(&c, fd);
    LF_CHECK(atomic_load(&c.keeps));
    LF_CHECK_EQ_U64(atomic_load(&c.bytes), 0);
    check_file(&c, fd);
    close(fd);
}

static void the_head_of_a_file_stays(void) {
    int fd = lf_fd_temp(".");
    LF_REQUIRE(fd >= 0);
    lf_page_cache c;
    lf_page_cache_init(&c, true, BYTES);
    write_all(&c, fd);
    LF_CHECK_EQ_U64(atomic_load(&c.bytes), 0);
    check_file(&c, fd);
    close(fd);
}

static void a_slow_disk_is_not_waited_for(void) {
    int fd = lf_fd_temp(".");
    LF_REQUIRE(fd >= 0);
    lf_page_cache c;
    lf_page_cache_init(&c, true, 0);
    LF_CHECK_EQ_I64(lf_page_cache_pwrite(&c, fd, text, 4096, 0), 4096);
    if (atomic_load(&c.keeps)) {
        close(fd);
        LF_SKIP("no uncached writes on this system");
    }
    atomic_store(&c.bytes, 64u << 20);
    atomic_store(&c.clocks, 2000000000); /* 32 MB/s */
    LF_CHECK_EQ_I64(lf_page_cache_pwrite(&c, fd, text, 4096, 0), 4096);
    LF_CHECK(atomic_load(&c.keeps));
    write_all(&c, fd);
    check_file(&c, fd);
    close(fd);
}

static void errors_are_those_of_the_plain_call(void) {
    lf_page_cache c;
    lf_page_cache_init(&c, true, 0);
    errno = 0;
    LF_CHECK_EQ_I64(lf_page_cache_pwrite(&c, -1, text, 10, 0), -1);
    LF_CHECK_EQ_I64(errno, EBADF);
    errno = 0;
    LF_CHECK_EQ_I64(lf_page_cache_pread(&c, -1, back, 10, 0), -1);
    LF_CHECK_EQ_I64(errno, EBADF);
}

int main(void) {
    for (size_t i = 0; i < BYTES; i++)
        text[i] = (uint8_t)(i * 2654435761u >> 16);
    LF_RUN(bytes_are_the_same_cached_and_uncached);
    LF_RUN(a_file_system_that_refuses_is_written_to_plainly);
    LF_RUN(the_head_of_a_file_stays);
    LF_RUN(a_slow_disk_is_not_waited_for);
    LF_RUN(errors_are_those_of_the_plain_call);
    LF_TEST_MAIN_END;
}
