/* A whole Arrow IPC file or stream of any bytes: its schema, then each column that can be read. */
#include "array/batch.h"
#include "core/limits.h"
#include "decode/arrow/arrow_reader.h"
#include "fuzz/fuzz.h"
#include "io/io.h"

static void touch(const lf_column *c, uint32_t n, uint64_t *sum) {
    const uint32_t slot = lf_type_slot_bytes(c->type);
    uint32_t nulls = 0;
    for (uint32_t r = 0; r < n; r++) {
        const bool valid = lf_column_is_valid(c, r);
        nulls += !valid;
        if (c->offsets != NULL) {
            FUZZ_CHECK(c->offsets[r] <= c->offsets[r + 1]);
            FUZZ_CHECK(valid || c->offsets[r] == c->offsets[r + 1]);
        }
        FUZZ_CHECK(valid || c->type.id != LF_T_STRING || c->len[r] == 0);
        if (!valid) continue;
        if (c->type.id == LF_T_STRING)
            for (uint32_t i = 0; i < c->len[r]; i++)
                *sum += c->bytes[c->start[r] + i];
        for (uint32_t i = 0; i < slot && c->values != NULL; i++)
            *sum += ((const uint8_t *)c->values)[(size_t)r * slot + i];
    }
    FUZZ_CHECK(nulls == c->null_count);
    if (c->offsets != NULL && n > 0) FUZZ_CHECK(c->offsets[n] == c->n_child_rows);
    for (uint32_t i = 0; i < c->n_children; i++)
        touch(&c->children[i], c->n_child_rows, sum);
}

static lf_rc temp_open(void *ctx, lf_sink **out, lf_error *err) {
    return lf_sink_open_temp(NULL, ctx, out, err);
}

static lf_rc read_rows(lf_reader *r, const uint32_t *columns, uint32_t n_columns, uint32_t step,
                       lf_error *err) {
    uint64_t sum = 0, n = 0;
    lf_batch b = {.n_rows = 1};
    LF_TRY(r->type->select(r, columns, n_columns, err));
    while (b.n_rows > 0 && n < 1 << 16) {
        LF_TRY(r->type->next(r, step, &b, err));
        for (uint32_t i = 0; b.n_rows > 0 && i < b.n_columns; i++)
            touch(&b.columns[i], b.n_rows, &sum);
        n += b.n_rows;
    }
    return LF_OK;
}

/* o[0]: which column alone, from 1; 0: all. o[1]: rows at a time. o[2]: little memory. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_source *s = NULL;
    lf_reader *r = NULL;
    lf_error err = {0};
    (void)lf_arrow_format.sniff(f.body);
    lf_rc rc = lf_source_memory("fuzz", f.body.data, f.body.len, true, NULL, &s, &err);
    FUZZ_CHECK(rc == LF_OK);
    rc = lf_arrow_format.open(&lf_arrow_format, s, &f.alloc.alloc, &r, &err);
    if (rc == LF_OK && r->schema->n_fields > 0) {
        const lf_reader_limits limits = {.memory_limit_bytes =
                                             f.o[2] ? f.o[2] * LF_KIB * 64 : 16 * LF_MIB,
                                         .temp_open = temp_open,
                                         .temp_ctx = (void *)(uintptr_t)lf_alloc_default()};
        uint32_t all[64], n = r->schema->n_fields < 64 ? r->schema->n_fields : 64;
        for (uint32_t i = 0; i < n; i++)
            all[i] = f.o[0] ? (f.o[0] - 1u) % r->schema->n_fields : i;
        r->type->limit(r, &limits);
        rc = read_rows(r, all, f.o[0] ? 1 : n, f.o[1] ? f.o[1] : LF_TILE_ROWS_MAX, &err);
    }
    FUZZ_CHECK(rc == err.rc);
    lf_reader_close(r);
    lf_source_close(s);
    fuzz_close(&f);
    return 0;
}
