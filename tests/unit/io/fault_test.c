/* Each n-th failure of io's own functions ends cleanly; the wrappers count and fail as asked. */
#include "io/fault.h"
#include "io/io.h"
#include "lf_test.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[64], in_path[128], out_path[128];

static lf_rc copy_once(const lf_alloc *a, uint64_t read_fail, uint64_t write_fail, unsigned ops,
                       uint64_t *reads, uint64_t *writes) {
    lf_source *in = NULL;
    lf_sink *out = NULL;
    lf_rc rc;
    lf_error err = {0};
    uint64_t at = 0;
    char buf[100];
    LF_GO(lf_source_open(in_path, a, &in, &err));
    LF_GO(lf_fault_source(in, read_fail, 64, &in, &err));
    LF_GO(lf_sink_open_file(out_path, false, a, &out, &err));
    LF_GO(lf_fault_sink(out, ops, write_fail, &out, &err));
    for (size_t got = 1; got;) {
        LF_GO(in->type->read(in, buf, sizeof buf, &got, &err));
        LF_GO(out->type->write_at(out, at, buf, got, &err));
        at += got;
    }
    LF_GO(out->type->commit(out, at, &err));
out:
    if (in && in->type->name[0] == 'f' && reads && in->type->name[1] == 'a') {
        *reads = lf_fault_source_counter(in)->calls;
    }
    if (out && writes && out->type->name[1] == 'a') *writes = lf_fault_sink_counter(out)->calls;
    LF_CHECK(err.rc == rc);
    lf_source_close(in);
    lf_sink_close(out);
    return rc;
}

static bool outcome_is_whole(lf_rc rc) {
    bool there = access(out_path, F_OK) == 0;
    unlink(out_path);
    return there == (rc == LF_OK);
}

static void every_nth_read_write_and_commit_fails_cleanly(void) {
    uint64_t reads = 0, writes = 0;
    LF_REQUIRE(copy_once(NULL, 0, 0, LF_FAULT_WRITE | LF_FAULT_COMMIT, &reads, &writes) == LF_OK);
    LF_CHECK(outcome_is_whole(LF_OK));
    LF_CHECK(reads > 10 && writes == reads + 1); /* the last write is empty, then the commit */
    for (uint64_t n = 1; n <= reads; n++) {
        lf_rc rc = copy_once(NULL, n, 0, 0, NULL, NULL);
        LF_CHECK_EQ_I64(rc, LF_EREAD);
        LF_CHECK(outcome_is_whole(rc));
    }
    for (uint64_t n = 1; n < writes; n++) {
        lf_rc rc = copy_once(NULL, 0, n, LF_FAULT_WRITE, NULL, NULL);
        LF_CHECK_EQ_I64(rc, LF_EDISK_FULL);
        LF_CHECK(outcome_is_whole(rc));
    }
    lf_rc rc = copy_once(NULL, 0, 1, LF_FAULT_COMMIT, NULL, NULL);
    LF_CHECK_EQ_I64(rc, LF_EWRITE);
    LF_CHECK(outcome_is_whole(rc));
}

static void every_nth_allocation_fails_cleanly(void) {
    for (uint64_t n = 0; n < 100; n++) {
        lf_fault_alloc f;
        lf_fault_alloc_init(&f, NULL, n);
        lf_rc rc = copy_once(&f.alloc, 0, 0, 0, NULL, NULL);
        LF_CHECK_EQ_I64(f.live_blocks, 0);
        LF_CHECK_EQ_I64(f.live_bytes, 0);
        LF_CHECK(outcome_is_whole(rc));
        if (n == 0) {
            LF_CHECK_EQ_I64(rc, LF_OK);
            continue;
        }
        if (rc == LF_OK) {
            LF_CHECK(n > 3 && f.fault.calls < n);
            return;
        }
        LF_CHECK_EQ_I64(rc, LF_ENO_MEMORY);
    }
    LF_CHECK(!"100 allocations for one copy");
}

static void compressed_and_temporary_ones_too(void) {
    static const uint8_t zstd_frame[] = {0x28, 0xB5, 0x2F, 0xFD, 0x20, 0x03,
                                         0x19, 0x00, 0x00, 'a',  'b',  'c'};
    for (uint64_t n = 0; n < 100; n++) {
        lf_fault_alloc f;
        lf_fault_alloc_init(&f, NULL, n);
        lf_source *s = NULL;
        lf_sink *t = NULL;
        lf_error err = {0};
        char buf[10] = "";
        size_t got = 0;
        lf_rc rc = lf_source_memory("m", zstd_frame, sizeof zstd_frame, false, &f.alloc, &s, &err);
        if (rc == LF_OK) rc = s->type->read(s, buf, sizeof buf, &got, &err);
        if (rc == LF_OK) LF_CHECK(got == 3 && memcmp(buf, "abc", 3) == 0);
        if (rc == LF_OK) rc = lf_sink_open_temp(dir, &f.alloc, &t, &err);
        lf_source_close(s);
        lf_sink_close(t);
        LF_CHECK_EQ_I64(f.live_blocks, 0);
        LF_CHECK_EQ_I64(f.live_bytes, 0);
        if (n && rc == LF_OK) {
            LF_CHECK(f.fault.calls < n);
            return;
        }
        if (n)
            LF_CHECK_EQ_I64(rc, LF_ENO_MEMORY);
        else
            LF_CHECK_EQ_I64(rc, LF_OK);
    }
    LF_CHECK(!"100 allocations for one stream");
}

static void the_counter_fails_once_or_from_then_on(void) {
    lf_fault f = {.fail_at = 2};
    LF_CHECK(!lf_fault_hit(&f) && lf_fault_hit(&f) && !lf_fault_hit(&f));
    lf_fault g = {.fail_at = 2, .from_then_on = true};
    LF_CHECK(!lf_fault_hit(&g) && lf_fault_hit(&g) && lf_fault_hit(&g));
    lf_fault h = {0};
    LF_CHECK(!lf_fault_hit(&h) && h.calls == 1);
}

int main(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(dir, sizeof dir, "%.40s/lf_fault_XXXXXX", tmp && *tmp ? tmp : "/tmp");
    if (!mkdtemp(dir)) return 1;
    snprintf(in_path, sizeof in_path, "%s/in.csv", dir);
    snprintf(out_path, sizeof out_path, "%s/out.parquet", dir);
    int fd = open(in_path, O_WRONLY | O_CREAT, 0644);
    for (int i = 0; i < 100; i++) {
        if (write(fd, "1,2,3,4\n", 8) != 8) return 1;
    }
    close(fd);
    LF_RUN(the_counter_fails_once_or_from_then_on);
    LF_RUN(every_nth_read_write_and_commit_fails_cleanly);
    LF_RUN(every_nth_allocation_fails_cleanly);
    LF_RUN(compressed_and_temporary_ones_too);
    unlink(in_path);
    rmdir(dir);
    LF_TEST_MAIN_END;
}
