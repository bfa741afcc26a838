/* Nested rows: how they were cut into batches shows nowhere, nulls must be allowed. */
#include "core/hash.h"
#include "lf_test.h"
#include "nested.h"

static uint64_t nested_hash(uint64_t n, uint32_t cut, const char *codec, const char *page) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/lf_parquet_nested_test.%d", (int)getpid());
    lf_error err = {0};
    const lf_rc rc = nested_write(path, n, cut, codec, page, NULL, &err);
    if (!LF_CHECK(rc == LF_OK)) printf("%s: %s\n", lf_rc_name(rc), err.message);
    FILE *f = fopen(path, "rb");
    uint8_t *p = malloc(64 << 20);
    const size_t size = f ? fread(p, 1, 64 << 20, f) : 0;
    if (f) fclose(f);
    LF_CHECK(size > 100);
    const uint64_t h = lf_hash64(p, size, 3);
    free(p);
    unlink(path);
    return h;
}

static void cuts_do_not_show(void) {
    static const char *const codecs[] = {"none", "snappy", "zstd"};
    for (int i = 0; i < 3; i++) {
        const char *page = i == 1 ? "v2" : "v1";
        const uint64_t h = nested_hash(30000, 2000, codecs[i], page);
        LF_CHECK_EQ_U64(nested_hash(30000, 0, codecs[i], page), h);
        LF_CHECK_EQ_U64(nested_hash(30000, 777, codecs[i], page), h);
        if (i == 0) LF_CHECK_EQ_U64(nested_hash(30000, 13, codecs[i], page), h);
    }
}

static void few_rows_are_written(void) {
    for (uint64_t n = 1; n < 10; n++)
        nested_hash(n, 3, "snappy", "v1");
}

int main(void) {
    LF_RUN(cuts_do_not_show);
    LF_RUN(few_rows_are_written);
    LF_TEST_MAIN_END;
}
