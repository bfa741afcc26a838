/* Parquet's metadata: footers, row groups, page headers, page indexes from any bytes. */
#include "format/parquet/parquet_meta.h"
#include "fuzz/fuzz.h"

static uint64_t touch(lf_span s) { /* whatever a span promises can be read */
    uint64_t sum = 0;
    for (size_t i = 0; s.data != NULL && i < s.len; i++)
        sum += s.data[i];
    return sum;
}

static lf_rc parse(int how, lf_span in, lf_arena *a, lf_error *err) {
    lf_rc rc = LF_OK;
    if (how == 0) {
        lf_pq_page_header h;
        size_t used = 0;
        bool more = false;
        rc = lf_pq_parse_page_header(in, &h, &used, &more, err);
        if (rc == LF_OK) FUZZ_CHECK(used <= in.len);
    } else if (how == 1) {
        lf_pq_footer x = {0};
        rc = lf_pq_parse_footer(in, a, &x, err);
        for (uint32_t i = 0; rc == LF_OK && i < x.n_schema; i++)
            touch(x.schema[i].name);
    } else if (how == 2) {
        lf_pq_row_group x = {0};
        rc = lf_pq_parse_row_group(in, a, &x, err);
        for (uint32_t i = 0; rc == LF_OK && i < x.n_columns; i++)
            touch(x.columns[i].meta.stats.min), touch(x.columns[i].meta.stats.max);
    } else if (how == 3) {
        lf_pq_offset_index x = {0};
        rc = lf_pq_parse_offset_index(in, a, &x, err);
    } else {
        lf_pq_column_index x = {0};
        rc = lf_pq_parse_column_index(in, a, &x, err);
    }
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_arena a;
    lf_error err = {0};
    lf_arena_init(&a, &f.alloc.alloc, 0);
    lf_rc rc = parse(f.o[0] % 5, f.body, &a, &err);
    FUZZ_CHECK(rc == err.rc);
    FUZZ_CHECK(rc == LF_OK || rc == LF_ECORRUPT || rc == LF_ENO_MEMORY || rc == LF_EUNSUPPORTED);
    /* No parser allocates more than a small multiple of the bytes given. */
    FUZZ_CHECK(a.used_bytes <= 4096 + 512 * f.body.len);
    lf_arena_reset(&a);
    fuzz_close(&f);
    return 0;
}
