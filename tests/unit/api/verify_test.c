/* lf_verify as a library call: reports, refusals, memory that fails at every n-th request. */
#include "core/alloc.h"
#include "lf_test.h"
#include <logflow/logflow.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char dir[80], csv[96], other[96], parquet[96];

static void write_file(const char *path, const char *text) {
    FILE *f = fopen(path, "wb");
    if (f == NULL) abort();
    fputs(text, f);
    fclose(f);
}

static lf_rc verify(const char *in, const char *out, lf_verify_opts o, lf_verify_report *rep,
                    lf_error *err) {
    o.struct_size = sizeof o;
    return lf_verify(in, out, &o, rep, err);
}

static void equal_files_are_equal(void) {
    lf_verify_report rep = {0};
    lf_error err = {0};
    LF_CHECK_EQ_I64(verify(csv, parquet, (lf_verify_opts){0}, &rep, &err), LF_OK);
    LF_CHECK(rep.equal && !rep.other_order);
    LF_CHECK_EQ_U64(rep.rows_in, 3);
    LF_CHECK_EQ_U64(rep.cells, 9);
    LF_CHECK_EQ_U64(rep.checksum_in, rep.checksum_out);
    LF_CHECK_STR(rep.format_in, "csv");
    LF_CHECK(rep.json != NULL && strncmp(rep.json, "{\"equal\":true", 13) == 0);
    lf_verify_report_reset(&rep);
    lf_verify_report_reset(&rep);
    LF_CHECK_EQ_I64(verify(csv, csv, (lf_verify_opts){0}, NULL, NULL), LF_OK);
}

static void differences_have_a_place(void) {
    lf_verify_report rep = {0};
    LF_CHECK_EQ_I64(verify(other, parquet, (lf_verify_opts){.differences = 1}, &rep, NULL), LF_OK);
    LF_CHECK(!rep.equal);
    LF_CHECK_EQ_U64(rep.n_differences, 2);
    LF_REQUIRE(rep.kept_differences == 1);
    const lf_verify_difference *d = &rep.differences[0];
    LF_CHECK_EQ_I64(d->kind, LF_VERIFY_CELL);
    LF_CHECK_EQ_U64(d->row, 2);
    LF_CHECK_EQ_U64(d->line, 3);
    LF_CHECK_EQ_U64(d->byte_offset, 33);
    LF_CHECK_STR(d->column, "price");
    LF_CHECK_STR(d->in, "-2.5");
    LF_CHECK_STR(d->out, "-2");
    lf_verify_report_reset(&rep);
}

static void what_cannot_be_done_is_refused(void) {
    lf_verify_report rep = {0};
    lf_error err = {0};
    const int cancel = 1;
    lf_verify_opts none = {0};
    const lf_option wrong = {"delimitr", ","};
    LF_CHECK_EQ_I64(lf_verify(csv, parquet, &none, &rep, &err), LF_EUSAGE);
    LF_CHECK_EQ_I64(lf_verify(NULL, parquet, NULL, &rep, NULL), LF_EUSAGE);
    LF_CHECK_EQ_I64(
        verify(csv, parquet, (lf_verify_opts){.options = &wrong, .n_options = 1}, &rep, NULL),
        LF_EUSAGE);
    LF_CHECK_EQ_I64(verify(csv, parquet, (lf_verify_opts){.cancel = &cancel}, &rep, NULL),
                    LF_ECANCELLED);
    LF_CHECK_EQ_I64(verify(csv, "/nowhere/at/all", (lf_verify_opts){0}, &rep, NULL), LF_ENOT_FOUND);
    LF_CHECK(rep.json == NULL);
}

/* Counts what is alive; the n-th request from now on fails. */
typedef struct counter {
    atomic_long live, left;
    bool once; /* one request fails, not all from it on */
} counter;

static bool refused(counter *c) {
    const long left = atomic_fetch_sub(&c->left, 1);
    return c->once ? left == 0 : left <= 0;
}

static void *count_alloc(void *ctx, size_t n) {
    counter *c = ctx;
    if (refused(c)) return NULL;
    void *p = malloc(n);
    if (p != NULL) atomic_fetch_add(&c->live, 1);
    return p;
}

static void *count_realloc(void *ctx, void *p, size_t old, size_t n) {
    counter *c = ctx;
    (void)old;
    if (refused(c)) return NULL;
    void *q = realloc(p, n);
    if (p == NULL && q != NULL) atomic_fetch_add(&c->live, 1);
    return q;
}

static void count_free(void *ctx, void *p, size_t n) {
    counter *c = ctx;
    (void)n;
    if (p != NULL) atomic_fetch_sub(&c->live, 1);
    free(p);
}

/* Every step-th request fails, until none is reached any more. */
static void fail_some(const char *in, const char *out, bool equal, long step, bool once) {
    lf_rc rc = LF_ENO_MEMORY;
    bool hit = true; /* some requests can be done without */
    for (long n = 0; hit && n < 20000; n += step) {
        counter c = {.once = once};
        atomic_store(&c.left, n);
        const lf_alloc a = {count_alloc, count_realloc, count_free, &c};
        lf_verify_report rep = {0};
        rc = verify(in, out, (lf_verify_opts){.alloc = &a}, &rep, NULL);
        LF_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY);
        LF_CHECK(rc != LF_OK || rep.equal == equal);
        lf_verify_report_reset(&rep);
        hit = atomic_load(&c.left) < 0;
        LF_REQUIRE(atomic_load(&c.live) == 0);
    }
    LF_CHECK_EQ_I64(rc, LF_OK);
}

static void fail_requests(const char *in, const char *out, bool equal, long step) {
    fail_some(in, out, equal, step, false);
    fail_some(in, out, equal, step, true);
}

static void every_failing_request_for_memory_is_survived(void) {
    fail_requests(csv, parquet, true, 1);
    fail_requests(parquet, parquet, true, 1);
}

static const char json[] =
    "{\"a\":1,\"b\":{\"c\\u0064\":\"x\\n\",\"e\":[1,2.5,null]},\"m\":{\"k\":[{\"z\":true}]}}\n"
    "{\"a\":null,\"b\":{\"e\":[]},\"t\":\"2026-03-08\",\"m\":\"text\"}\n"
    "{\"a\":3,\"b\":null,\"m\":[1,2]}\n";

/* Nested values, read by verify's own reader, against each kind of output. */
static void nested_values_are_compared(void) {
    static const char *const outs[] = {"n.parquet", "n.arrow", "n.jsonl", "n.csv"};
    char in[120], changed[120], out[120];
    snprintf(in, sizeof in, "%s/n.json", dir);
    snprintf(changed, sizeof changed, "%s/m.json", dir);
    write_file(in, json);
    char text[sizeof json];
    memcpy(text, json, sizeof json);
    *strstr(text, "2.5") = '9';
    write_file(changed, text);
    for (size_t i = 0; i < sizeof outs / sizeof *outs; i++) {
        const char *const inputs[] = {in};
        lf_verify_report rep = {0};
        snprintf(out, sizeof out, "%s/%s", dir, outs[i]);
        LF_REQUIRE(lf_convert(inputs, 1, out, NULL, NULL, NULL) == LF_OK);
        LF_CHECK_EQ_I64(verify(in, out, (lf_verify_opts){0}, &rep, NULL), LF_OK);
        LF_CHECK(rep.equal && rep.rows_in == 3);
        lf_verify_report_reset(&rep);
        LF_CHECK_EQ_I64(verify(changed, out, (lf_verify_opts){0}, &rep, NULL), LF_OK);
        LF_REQUIRE(!rep.equal && rep.kept_differences == 1);
        LF_CHECK_STR(rep.differences[0].column, i < 3 ? "b.e[1]" : "b");
        lf_verify_report_reset(&rep);
        fail_requests(changed, out, false, i < 2 ? 1 : 23);
        (void)unlink(out);
    }
    (void)unlink(in);
    (void)unlink(changed);
}

int main(void) {
    snprintf(dir, sizeof dir, "%s/lf_verify_XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
    if (mkdtemp(dir) == NULL) return 1;
    snprintf(csv, sizeof csv, "%s/a.csv", dir);
    snprintf(other, sizeof other, "%s/b.csv", dir);
    snprintf(parquet, sizeof parquet, "%s/a.parquet", dir);
    write_file(csv, "name,price,day\nAnna,1.50,2026-03-08\n\"B,o\",-2,2026-03-09\n,0.25,\n");
    write_file(other, "name,price,day\nAnna,1.5,2026-3-8\n\"B,o\",-2.5,2026-03-09\n,0.75,\n");
    const char *in[] = {csv};
    if (lf_convert(in, 1, parquet, NULL, NULL, NULL) != LF_OK) return 1;
    LF_RUN(equal_files_are_equal);
    LF_RUN(differences_have_a_place);
    LF_RUN(what_cannot_be_done_is_refused);
    LF_RUN(every_failing_request_for_memory_is_survived);
    LF_RUN(nested_values_are_compared);
    (void)unlink(csv);
    (void)unlink(other);
    (void)unlink(parquet);
    (void)rmdir(dir);
    LF_TEST_MAIN_END;
}
