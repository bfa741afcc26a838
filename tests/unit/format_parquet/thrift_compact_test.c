/* What is written comes back; what is damaged is refused without reading past its end. */
#include "format/parquet/thrift_compact.h"
#include "format_parquet/pq_make.h"

static void write_sample(lf_buf *out) {
    lf_thrift_writer w;
    lf_thrift_writer_init(&w, out, NULL);
    lf_thrift_struct_begin(&w);
    lf_thrift_put_bool(&w, 1, true);
    lf_thrift_put_bool(&w, 2, false);
    lf_thrift_put_i8(&w, 3, -5);
    lf_thrift_put_i16(&w, 4, -300);
    lf_thrift_put_i32(&w, 5, INT32_MIN);
    lf_thrift_put_i64(&w, 40, INT64_MAX); /* a jump that the short form cannot say */
    lf_thrift_put_binary(&w, 41, "abc", 3);
    lf_thrift_put_list(&w, 42, LF_THRIFT_I32, 20);
    for (int i = 0; i < 20; i++)
        lf_thrift_item_varint(&w, i - 10);
    lf_thrift_put_struct(&w, 43);
    lf_thrift_put_i32(&w, 1, 7);
    lf_thrift_struct_end(&w);
    lf_thrift_put_i32(&w, 44, 8);
    lf_thrift_struct_end(&w);
    LF_CHECK_EQ_I64(w.rc, LF_OK);
}

static void reads_back_every_kind_that_was_written(void) {
    lf_buf b;
    make_init(&b);
    write_sample(&b);
    lf_thrift_reader r;
    lf_thrift_field f = {0};
    lf_thrift_reader_init(&r, (lf_span){b.data, b.len});
    LF_CHECK(lf_thrift_next(&r, &f) && lf_thrift_get_bool(&r, &f));
    LF_CHECK(lf_thrift_next(&r, &f) && !lf_thrift_get_bool(&r, &f));
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_I64(lf_thrift_get_i32(&r, &f), -5);
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_I64(lf_thrift_get_i32(&r, &f), -300);
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_I64(lf_thrift_get_i32(&r, &f), INT32_MIN);
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_I64(f.id, 40);
    LF_CHECK_EQ_I64(lf_thrift_get_i64(&r, &f), INT64_MAX);
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_U64(lf_thrift_get_binary(&r, &f).len, 3);
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_U64(lf_thrift_get_list(&r, &f, LF_THRIFT_I32, 1), 20);
    for (int i = 0; i < 20; i++)
        LF_CHECK_EQ_I64(lf_thrift_read_varint(&r), i - 10);
    LF_CHECK(lf_thrift_next(&r, &f) && lf_thrift_get_struct(&r, &f));
    lf_thrift_read_skip_struct(&r);
    LF_CHECK(lf_thrift_next(&r, &f));
    LF_CHECK_EQ_I64(lf_thrift_get_i32(&r, &f), 8);
    LF_CHECK(!lf_thrift_next(&r, &f));
    LF_CHECK_EQ_I64(lf_thrift_reader_rc(&r, "sample", NULL), LF_OK);
    lf_buf_reset(&b);
}

static void says_that_bytes_ended_wherever_they_are_cut(void) {
    lf_buf b;
    make_init(&b);
    write_sample(&b);
    for (size_t n = 0; n < b.len; n++) {
        uint8_t *p = make_exact(b.data, n, 0);
        lf_thrift_reader r;
        lf_thrift_reader_init(&r, (lf_span){p, n});
        lf_thrift_read_skip_struct(&r);
        if (!LF_CHECK(r.problem != NULL && r.ended)) printf("cut at %zu\n", n);
        free(p);
    }
    lf_buf_reset(&b);
}

static void refuses_what_cannot_be(void) {
    static const struct {
        const char *what;
        uint8_t bytes[16];
        size_t n;
    } cases[] = {
        {"a list of a billion in four bytes", {0x19, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x03}, 7},
        {"a text longer than the rest", {0x18, 0x20, 'a', 'b', 0}, 5},
        {"a map longer than the rest", {0x1b, 0xff, 0xff, 0x03, 0x88, 0}, 6},
        {"an integer of eleven bytes",
         {0x16, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01},
         12},
        {"an unknown kind", {0x1f, 0, 0}, 3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_error err = {0};
        lf_thrift_reader r;
        uint8_t *p = make_exact(cases[i].bytes, cases[i].n, 0);
        lf_thrift_reader_init(&r, (lf_span){p, cases[i].n});
        lf_thrift_read_skip_struct(&r);
        if (!LF_CHECK_EQ_I64(lf_thrift_reader_rc(&r, "it", &err), LF_ECORRUPT)) {
            printf("case: %s\n", cases[i].what);
        }
        free(p);
    }
}

static void refuses_structs_that_nest_without_end(void) {
    uint8_t deep[4096];
    memset(deep, 0x1c, sizeof deep); /* field 1 is a struct, whose field 1 is a struct ... */
    lf_thrift_reader r;
    lf_thrift_reader_init(&r, (lf_span){deep, sizeof deep});
    lf_thrift_read_skip_struct(&r);
    LF_CHECK(r.problem != NULL && !r.ended);
}

static void reads_random_bytes_to_an_end(void) {
    uint64_t state = 1;
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[64];
        size_t n = make_random(&state) % sizeof bytes;
        for (size_t k = 0; k < n; k++)
            bytes[k] = (uint8_t)make_random(&state);
        uint8_t *p = make_exact(bytes, n, 0);
        lf_thrift_reader r;
        lf_thrift_reader_init(&r, (lf_span){p, n});
        lf_thrift_read_skip_struct(&r);
        LF_CHECK(r.p >= r.begin && r.p <= r.end);
        free(p);
    }
}

int main(void) {
    LF_RUN(reads_back_every_kind_that_was_written);
    LF_RUN(says_that_bytes_ended_wherever_they_are_cut);
    LF_RUN(refuses_what_cannot_be);
    LF_RUN(refuses_structs_that_nest_without_end);
    LF_RUN(reads_random_bytes_to_an_end);
    LF_TEST_MAIN_END;
}
