/* A whole Parquet file of any bytes: its footer, all groups, all columns, nested ones too. */
#include "decode/parquet/parquet_rows.h"
#include "fuzz/fuzz.h"
#include "io/io.h"

static void touch(const lf_column *c, uint32_t n, uint64_t *sum) {
    uint32_t slot = lf_type_slot_bytes(c->type);
    for (uint32_t r = 0; r < n; r++) {
        if (!lf_column_is_valid(c, r)) continue;
        if (c->type.id == LF_T_STRING)
            for (uint32_t i = 0; i < c->len[r]; i++)
                *sum += c->bytes[c->start[r] + i];
        for (uint32_t i = 0; i < slot && c->values != NULL; i++)
            *sum += ((const uint8_t *)c->values)[(size_t)r * slot + i];
        if (c->offsets != NULL) FUZZ_CHECK(c->offsets[r] <= c->offsets[r + 1]);
    }
    if (c->offsets != NULL && n > 0) FUZZ_CHECK(c->offsets[n] <= c->n_child_rows);
    for (uint32_t i = 0; i < c->n_children; i++)
        touch(&c->children[i], c->n_child_rows, sum);
}

static lf_rc read_rows(lf_parquet_reader *r, uint32_t step, lf_error *err) {
    lf_parquet_rows *rows = NULL;
    uint64_t sum = 0, n = 0;
    lf_rc rc = lf_parquet_rows_open(r, NULL, 0, 0, UINT32_MAX, &rows, err);
    lf_batch b = {.n_rows = 1};
    while (rc == LF_OK && b.n_rows > 0 && n < 1 << 16) {
        rc = lf_parquet_rows_next(rows, step, &b, err);
        for (uint32_t i = 0; rc == LF_OK && b.n_rows > 0 && i < b.n_columns; i++)
            touch(&b.columns[i], b.n_rows, &sum);
        n += b.n_rows;
    }
    lf_parquet_rows_close(rows);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_source *s = NULL;
    lf_parquet_reader *r = NULL;
    lf_error err = {0};
    const lf_parquet_opts opts = {.struct_size = sizeof opts,
                                  .alloc = &f.alloc.alloc,
                                  .page_bytes_max = 1 << 20,
                                  .int96_ns = f.o[0] & 1};
    lf_parquet_sniff(f.body);
    lf_rc rc = lf_source_memory("fuzz", f.body.data, f.body.len, true, NULL, &s, &err);
    FUZZ_CHECK(rc == LF_OK);
    rc = lf_parquet_open(s, &opts, &r, &err);
    if (rc == LF_OK) rc = read_rows(r, f.o[1] ? f.o[1] : LF_TILE_ROWS_MAX, &err);
    FUZZ_CHECK(rc == err.rc);
    lf_parquet_close(r);
    lf_source_close(s);
    fuzz_close(&f);
    return 0;
}
