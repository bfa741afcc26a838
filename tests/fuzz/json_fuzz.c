/* JSON: the whole text on the scalar path against the same text cut, in blocks, on the best
 * instruction set: as many rows, bad rows and values, or refused both times. And with an allocation
 * that fails: nothing is left. */
#include "array/batch.h"
#include "decode/json/json_decode.h"
#include "fuzz/fuzz.h"
#include "infer/shape.h"

typedef struct tally {
    uint64_t rows, rejects, records, values;
} tally;

static void add_values(const lf_column *c, uint32_t rows, tally *t) {
    for (uint32_t r = 0; r < rows; r++)
        t->values += lf_column_is_valid(c, r);
}

static lf_rc run_block(lf_decoder *d, lf_span text, const lf_block *b, size_t chunk, tally *t) {
    const lf_decoder_type *type = &lf_json_decoder;
    lf_rc rc = type->begin(d, b, NULL);
    size_t at = (size_t)b->start, have = 0;
    for (lf_step step = LF_NEED_INPUT; rc == LF_OK && step != LF_DONE;) {
        size_t left = text.len - at, used = 0;
        uint8_t *copy = calloc(1, have + 2 * LF_OVERREAD_BYTES);
        if (copy == NULL) abort();
        memcpy(copy + LF_OVERREAD_BYTES, text.data + at, have);
        lf_batch batch = {0};
        rc = type->next(d, (lf_span){copy + LF_OVERREAD_BYTES, have}, have == left, &used, &step,
                        &batch, NULL);
        if (rc == LF_OK && step == LF_BATCH_READY) {
            FUZZ_CHECK(batch.n_columns == batch.schema->n_fields);
            t->rows += batch.n_rows;
            t->rejects += batch.n_rejects;
            for (uint32_t c = 0; c < batch.n_columns; c++)
                add_values(&batch.columns[c], batch.n_rows, t);
        }
        free(copy);
        FUZZ_CHECK(used <= have);
        at += used;
        have -= used;
        left -= used;
        if (step != LF_NEED_INPUT) continue;
        size_t more = chunk == 0 ? left : chunk;
        have = have + more < left ? have + more : left;
    }
    return rc;
}

static lf_rc plan_of(const lf_decode_opts *o, const fuzz_in *f, size_t head, lf_plan **plan) {
    uint8_t *copy = calloc(1, head + 2 * LF_OVERREAD_BYTES);
    if (copy == NULL) abort();
    memcpy(copy + LF_OVERREAD_BYTES, f->body.data, head);
    lf_rc rc = lf_json_decoder.plan(o, (lf_span){copy + LF_OVERREAD_BYTES, head},
                                    head == f->body.len, plan, NULL);
    free(copy);
    return rc;
}

static lf_rc run(const fuzz_in *f, const lf_alloc *a, lf_isa isa, size_t chunk, uint64_t size,
                 tally *t) {
    static const lf_option flat = {"flatten", "true"};
    const lf_decoder_type *type = &lf_json_decoder;
    lf_decode_opts o = {.struct_size = sizeof o, .alloc = a, .isa = isa, .options = &flat};
    lf_plan *plan = NULL;
    lf_decoder *d = NULL;
    lf_shape known = {0};
    size_t head = f->o[1] == 0 || f->o[1] * 8u > f->body.len ? f->body.len : f->o[1] * 8u;
    o.n_options = f->o[0] & 1;
    o.all_strings = f->o[0] & 2;
    o.decimal = f->o[0] & 4;
    o.record_max_bytes = f->o[2] * 16u;
    *t = (tally){0};
    lf_rc rc = plan_of(&o, f, head, &plan);
    if (rc == LF_OK) rc = type->create(plan, a, &d, NULL);
    const lf_plan_base *base = (const lf_plan_base *)(const void *)plan;
    if (rc == LF_OK) rc = lf_shape_join(&known, a, base->shape, NULL);
    uint64_t start = rc == LF_OK ? base->body_offset : 0, end = 0;
    while (rc == LF_OK && start < f->body.len) {
        end = size == 0 ? UINT64_MAX : end + size;
        if (start >= end) continue;
        lf_block b = {.start = start, .end = end, .shape = &known};
        lf_block_end e = {0};
        rc = run_block(d, f->body, &b, chunk, t);
        if (rc != LF_OK) break;
        type->block_end(d, &e);
        if (e.shape != NULL) rc = lf_shape_join(&known, a, e.shape, NULL);
        t->records += e.records;
        FUZZ_CHECK(e.next_start > start);
        start = e.next_start;
    }
    lf_shape_reset(&known, a);
    type->destroy(d);
    type->plan_destroy(plan);
    FUZZ_CHECK(rc != LF_EINTERNAL);
    FUZZ_CHECK(rc != LF_OK || t->records == t->rows + t->rejects);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const size_t chunks[] = {0, 1, 2, 7, 64, 100, 1000};
    fuzz_in f;
    tally want, got;
    if (size > 1 << 16) return 0;
    fuzz_open(&f, data, size);
    (void)run(&f, &f.alloc.alloc, lf_isa_best(), chunks[f.o[4] % 7], 0, &got);
    lf_rc rc = run(&f, lf_alloc_default(), LF_ISA_SCALAR, 0, 0, &want);
    lf_rc other = run(&f, lf_alloc_default(), lf_isa_best(), chunks[f.o[4] % 7], f.o[5] * 3u, &got);
    if (rc != other) fprintf(stderr, "%s, cut %s\n", lf_rc_name(rc), lf_rc_name(other));
    FUZZ_CHECK(rc == other);
    FUZZ_CHECK(rc != LF_OK ||
               (want.rows == got.rows && want.rejects == got.rejects && want.values == got.values));
    fuzz_close(&f);
    return 0;
}
