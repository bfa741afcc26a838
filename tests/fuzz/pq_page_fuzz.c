/* Parquet's pages: a column chunk of any bytes under any leaf; read from memory and through a
 * callback it gives the same values and the same error. */
#include "format/parquet/pq_page_read.h"
#include "fuzz/fuzz.h"

static lf_rc fetch(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err) {
    const fuzz_in *f = ctx;
    if (offset > f->body.len || n > f->body.len - offset)
        return lf_fail(err, LF_ECORRUPT, "past the end");
    memcpy(dst, f->body.data + offset, n);
    return LF_OK;
}

static uint64_t mix(uint64_t sum, const void *p, size_t n) {
    const uint8_t *s = p;
    for (size_t i = 0; i < n; i++)
        sum = (sum ^ s[i]) * 0x100000001B3ull;
    return sum;
}

static uint64_t mix_column(uint64_t sum, const lf_column *c, uint32_t n) {
    uint32_t slot = lf_type_slot_bytes(c->type), nulls = 0;
    for (uint32_t r = 0; r < n; r++) {
        bool valid = lf_column_is_valid(c, r);
        nulls += !valid;
        sum = mix(sum, &valid, 1);
        if (valid && c->type.id == LF_T_STRING)
            sum = mix(sum, c->bytes + c->start[r], c->len[r]);
        else if (valid)
            sum = mix(sum, (const uint8_t *)c->values + (size_t)r * slot, slot);
    }
    if (c->validity != NULL) FUZZ_CHECK(nulls == c->null_count);
    return sum;
}

/* Reads all; the sum of what was read. */
static uint64_t read_all(const lf_pq_chunk_spec *spec, uint32_t step, lf_rc *rc_out) {
    lf_pq_chunk_reader *r = NULL;
    lf_error err = {0};
    uint64_t sum = 0, rows = 0;
    lf_rc rc = lf_pq_chunk_open(spec, &r, &err);
    for (uint32_t n = 1; rc == LF_OK && n > 0 && rows < 1 << 20; rows += n) {
        lf_column c = {0};
        rc = lf_pq_chunk_next(r, step, &c, &n, &err);
        FUZZ_CHECK(n <= step);
        if (rc != LF_OK) break;
        sum = mix_column(sum, &c, n);
        const uint16_t *def = NULL, *rep = NULL;
        lf_pq_chunk_levels(r, &def, &rep);
        if (def != NULL) sum = mix(sum, def, n * sizeof *def);
        if (rep != NULL) sum = mix(sum, rep, n * sizeof *rep);
    }
    FUZZ_CHECK(rc == err.rc);
    lf_pq_chunk_close(r);
    *rc_out = rc;
    return sum;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_pq_schema_element e = {.type = f.o[0] & 7,
                              .repetition = f.o[0] >> 3 & 1,
                              .type_length = f.o[1] % 20,
                              .converted = (int)(f.o[2] % 23) - 1,
                              .has_precision = true,
                              .precision = f.o[1] % 45,
                              .has_scale = true,
                              .scale = f.o[1] % 7};
    if (f.o[3] & 0x80) {
        e.logical = (lf_pq_logical){.kind = f.o[3] & 15,
                                    .unit = 1 + f.o[1] % 3,
                                    .utc = f.o[1] & 4,
                                    .bit_width = (uint8_t)(8 << (f.o[1] >> 4 & 3)),
                                    .is_signed = f.o[1] & 64,
                                    .precision = f.o[1] % 45,
                                    .scale = f.o[1] % 7};
    }
    lf_pq_chunk_spec spec = {.struct_size = sizeof spec,
                             .alloc = &f.alloc.alloc,
                             .bytes = f.body,
                             .chunk_bytes = f.body.len,
                             .num_values = f.o[4] & 128 ? UINT64_MAX : (uint64_t)(f.o[4] & 127) * 9,
                             .codec = f.o[3] >> 4 & 7,
                             .page_bytes_max = 1 << 20};
    if (lf_pq_leaf_of(&e, &spec.leaf, NULL) == LF_OK) {
        if (f.o[5] & 1) spec.leaf.max_def = f.o[5] >> 1 & 3;
        if (f.o[5] & 8) spec.leaf.max_rep = f.o[5] >> 4 & 3;
        const uint32_t step = f.o[5] & 64 ? 1 + f.o[4] % 100u : LF_TILE_ROWS_MAX;
        lf_rc rc, again;
        uint64_t sum = read_all(&spec, step, &rc);
        spec.fetch = fetch;
        spec.fetch_ctx = &f;
        const bool failing = f.alloc.fault.fail_at != 0;
        uint64_t other = read_all(&spec, step, &again);
        if (!failing) FUZZ_CHECK(rc == again && sum == other);
    }
    fuzz_close(&f);
    return 0;
}
