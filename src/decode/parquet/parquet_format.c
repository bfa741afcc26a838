#include "decode/parquet/parquet_format.h"
#include "decode/parquet/parquet_rows.h"

typedef struct parquet_input {
    lf_reader base;
    const lf_alloc *alloc;
    lf_parquet_reader *file;
    lf_parquet_rows *rows;
} parquet_input;

static lf_rc parquet_select(lf_reader *r, const uint32_t *columns, uint32_t n, lf_error *err) {
    parquet_input *p = (parquet_input *)r;
    return lf_parquet_rows_open(p->file, columns, n, 0, UINT32_MAX, &p->rows, err);
}

static lf_rc parquet_next(lf_reader *r, uint32_t max_rows, lf_batch *out, lf_error *err) {
    return lf_parquet_rows_next(((parquet_input *)r)->rows, max_rows, out, err);
}

static void parquet_close(lf_reader *r) {
    parquet_input *p = (parquet_input *)r;
    lf_parquet_rows_close(p->rows);
    lf_parquet_close(p->file);
    lf_mem_free(p->alloc, p, sizeof *p);
}

static const lf_reader_type type = {
    .select = parquet_select, .next = parquet_next, .close = parquet_close};

static lf_rc parquet_open(const lf_reader_format *f, lf_source *s, const lf_alloc *alloc,
                          lf_reader **out, lf_error *err) {
    (void)f;
    parquet_input *p = lf_mem_zalloc(alloc, sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, sizeof *p);
    p->alloc = alloc;
    const lf_parquet_opts o = {.struct_size = sizeof o, .alloc = alloc, .int96_ns = false};
    const lf_rc rc = lf_parquet_open(s, &o, &p->file, err);
    if (rc != LF_OK) {
        lf_mem_free(alloc, p, sizeof *p);
        return rc;
    }
    p->base = (lf_reader){.type = &type,
                          .schema = lf_parquet_schema(p->file),
                          .n_rows = (uint64_t)lf_parquet_footer(p->file)->num_rows};
    *out = &p->base;
    return LF_OK;
}

static bool parquet_sniff(lf_span head) {
    return lf_parquet_sniff(head) > 0;
}

const lf_reader_format lf_parquet_format = {
    .name = "parquet", .sniff = parquet_sniff, .open = parquet_open};
