/* Inference: what evidence says of lines of text against what those lines read as; prints that
 * must give the text back; joins that must not depend on order. */
#include "fuzz/fuzz.h"
#include "infer/print.h"

#define CELLS_MAX 64

static bool same(const lf_evidence *a, const lf_evidence *b) {
    return a->kinds == b->kinds && a->date_formats == b->date_formats &&
           a->int_digits == b->int_digits && a->frac_digits == b->frac_digits;
}

/* Read as t, a value prints as it was written wherever it claims to. */
static void check_print(lf_type t, lf_span text, const lf_parse_ctx *c) {
    lf_value v = {0};
    lf_form form = {0};
    bool exact = false;
    if (!lf_parse_value(t, text, c, &v, &form, &exact) || !exact) return;
    char out[LF_PRINT_MAX];
    uint32_t n = lf_print_value(t, v, form, c->date_format, out);
    FUZZ_CHECK(n <= LF_PRINT_MAX);
    FUZZ_CHECK(n == text.len && memcmp(out, text.data, n) == 0);
    FUZZ_CHECK(lf_print_matches(t, v, form, c->date_format, text));
}

static void check_cell(lf_span text, const lf_parse_ctx *c) {
    static const lf_type types[] = {{.id = LF_T_BOOL},
                                    {.id = LF_T_INT64},
                                    {.id = LF_T_UINT64},
                                    {.id = LF_T_DOUBLE},
                                    {.id = LF_T_DECIMAL, .precision = 18, .scale = 2},
                                    {.id = LF_T_DECIMAL, .precision = 38, .scale = 10},
                                    {.id = LF_T_DATE},
                                    {.id = LF_T_TIME, .unit = LF_UNIT_US},
                                    {.id = LF_T_TIME, .unit = LF_UNIT_NS},
                                    {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_US},
                                    {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS, .utc = 1}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        check_print(types[i], text, c);
}

static lf_span cell_copy(const uint8_t *p, size_t n) {
    uint8_t *copy = malloc(n > 0 ? n : 1);
    if (copy == NULL) abort();
    if (n > 0) memcpy(copy, p, n);
    return (lf_span){copy, n};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    lf_parse_ctx c;
    lf_parse_ctx_init(&c);
    const bool quoted = f.o[0] & 1, decimal = f.o[0] & 2;
    lf_span cells[CELLS_MAX];
    uint32_t n = 0;
    for (size_t at = 0; at <= f.body.len && n < CELLS_MAX;) {
        const uint8_t *end =
            at < f.body.len ? memchr(f.body.data + at, '\n', f.body.len - at) : NULL;
        size_t len = end != NULL ? (size_t)(end - f.body.data) - at : f.body.len - at;
        cells[n++] = cell_copy(f.body.data + at, len < 200 ? len : 200);
        at += len + 1;
    }
    lf_evidence one_by_one, joined, backwards;
    lf_evidence_init(&one_by_one);
    lf_evidence_init(&joined);
    lf_evidence_init(&backwards);
    for (uint32_t i = 0; i < n; i++) {
        lf_evidence e;
        lf_evidence_init(&e);
        lf_evidence_add(&one_by_one, cells[i], quoted, &c);
        lf_evidence_add(&e, cells[i], quoted, &c);
        lf_evidence_join(&joined, &e);
        lf_evidence_init(&e);
        lf_evidence_add(&e, cells[n - 1 - i], quoted, &c);
        lf_evidence_join(&e, &backwards);
        backwards = e;
        check_cell(cells[i], &c);
    }
    FUZZ_CHECK(same(&one_by_one, &joined) && same(&joined, &backwards));
    lf_evidence_join(&joined, &backwards);
    FUZZ_CHECK(same(&joined, &backwards));
    /* A type that was found is one under which every cell reads. */
    lf_type t = lf_evidence_type(&joined, decimal);
    c.date_format = lf_evidence_date_format(&joined);
    for (uint32_t i = 0; i < n; i++) {
        lf_value v;
        lf_form form = {0};
        bool exact = false;
        uint32_t null = 0;
        lf_cell kind = lf_parse_cell(t, cells[i], quoted, &c, NULL, &v, &form, &exact, &null);
        if (t.id != LF_T_NULL) FUZZ_CHECK(kind != LF_CELL_MISFIT);
        if (kind == LF_CELL_VALUE && t.id != LF_T_STRING && t.id != LF_T_NULL)
            check_print(t, cells[i], &c);
    }
    for (uint32_t i = 0; i < n; i++)
        free((void *)(uintptr_t)cells[i].data);
    fuzz_close(&f);
    return 0;
}
