/* Chunks made by hand are read back tile by tile, from memory and through a callback; damaged
 * ones fail with the page's place. */
#include "format/parquet/pq_page_read.h"
#include "format_parquet/pq_make.h"
#include <math.h>

static lf_pq_chunk_spec spec_of(const lf_buf *chunk, const lf_pq_schema_element *e,
                                uint64_t num_values) {
    lf_pq_chunk_spec s = {
        .struct_size = sizeof s, .bytes = {chunk->data, chunk->len}, .num_values = num_values};
    LF_CHECK_EQ_I64(lf_pq_leaf_of(e, &s.leaf, NULL), LF_OK);
    return s;
}

/* Fetches from memory, refusing what is outside. */
static lf_rc fetch(void *ctx, uint64_t offset, void *dst, size_t n, lf_error *err) {
    const lf_buf *b = ctx;
    if (offset > b->len || n > b->len - offset) return lf_fail(err, LF_EREAD, "outside");
    memcpy(dst, b->data + offset, n);
    return LF_OK;
}

/* A dictionary page "red", "green"; a page of codes with nulls; a page of plain texts. */
static void make_texts(lf_buf *chunk, bool v2) {
    lf_buf body;
    make_init(chunk);
    make_init(&body);
    make_text(&body, "red");
    make_text(&body, "green");
    make_page(chunk,
              (lf_pq_page_header){
                  .type = LF_PQ_DICTIONARY_PAGE, .num_values = 2, .encoding = LF_PQ_PLAIN},
              &body);
    lf_buf_clear(&body);
    lf_pq_page_header h = {.type = v2 ? LF_PQ_DATA_PAGE_V2 : LF_PQ_DATA_PAGE,
                           .num_values = 6,
                           .encoding = LF_PQ_RLE_DICTIONARY,
                           .def_encoding = LF_PQ_RLE,
                           .rep_encoding = LF_PQ_RLE,
                           .num_nulls = 2,
                           .num_rows = 6,
                           .is_compressed = true};
    make_levels(&body, "101101", 1, !v2);
    h.def_bytes = v2 ? (int32_t)body.len : 0;
    make_bytes(&body, "\1", 1);
    make_levels(&body, "0110", 1, false);
    make_page(chunk, h, &body);
    lf_buf_clear(&body);
    h.encoding = LF_PQ_PLAIN;
    h.num_values = h.num_rows = 2;
    h.num_nulls = 0;
    make_levels(&body, "11", 1, !v2);
    h.def_bytes = v2 ? (int32_t)body.len : 0;
    make_text(&body, "");
    make_text(&body, "blue");
    make_page(chunk, h, &body);
    lf_buf_reset(&body);
}

static const char *const texts[] = {"red", NULL, "green", "green", NULL, "red", "", "blue"};

static void check_texts(lf_pq_chunk_reader *r, uint32_t piece) {
    uint32_t row = 0, n;
    lf_column c;
    for (;;) {
        LF_REQUIRE(lf_pq_chunk_next(r, piece, &c, &n, NULL) == LF_OK);
        if (n == 0) break;
        LF_CHECK(n <= piece);
        uint32_t nulls = 0;
        for (uint32_t i = 0; i < n; i++, row++) {
            LF_REQUIRE(row < 8);
            bool valid = lf_column_is_valid(&c, i);
            LF_CHECK(valid == (texts[row] != NULL));
            nulls += !valid;
            LF_CHECK_EQ_U64(c.len[i], valid ? strlen(texts[row]) : 0);
            if (valid) LF_CHECK_MEM(c.bytes + c.start[i], texts[row], c.len[i]);
        }
        LF_CHECK_EQ_U64(c.null_count, nulls);
        LF_CHECK((c.validity == NULL) == (nulls == 0));
    }
    LF_CHECK_EQ_U64(row, 8);
}

static void texts_come_back_in_tiles_of_any_size(void) {
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, true);
    e.converted = LF_PQ_CONV_UTF8;
    for (uint32_t piece = 1; piece <= 9; piece++) {
        for (int way = 0; way < 4; way++) {
            lf_buf chunk;
            lf_pq_chunk_reader *r;
            make_texts(&chunk, way & 1);
            lf_pq_chunk_spec s = spec_of(&chunk, &e, way & 2 ? 8 : UINT64_MAX);
            if (way & 2) {
                s.fetch = fetch;
                s.fetch_ctx = &chunk;
                s.chunk_bytes = chunk.len;
            }
            LF_REQUIRE(lf_pq_chunk_open(&s, &r, NULL) == LF_OK);
            check_texts(r, piece);
            LF_CHECK_EQ_U64(lf_pq_chunk_encodings(r),
                            1u << LF_PQ_PLAIN | 1u << LF_PQ_RLE_DICTIONARY);
            lf_pq_chunk_close(r);
            lf_buf_reset(&chunk);
        }
    }
}

static void iterator_yields_the_same(void) {
    lf_buf chunk;
    lf_column_iter *it;
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, true);
    make_texts(&chunk, false);
    lf_pq_chunk_spec s = spec_of(&chunk, &e, 8);
    LF_CHECK(s.leaf.binary);
    LF_REQUIRE(lf_pq_chunk_iter(&s, &it, NULL) == LF_OK);
    uint32_t rows = 0, n;
    lf_column c;
    do {
        LF_REQUIRE(it->next(it, &c, &n, NULL) == LF_OK);
        rows += n;
    } while (n > 0);
    LF_CHECK_EQ_U64(rows, 8);
    it->close(it);
    lf_buf_reset(&chunk);
}

/* Reads all; the first failure. */
static lf_rc read_all(const lf_pq_chunk_spec *s, lf_error *err) {
    lf_pq_chunk_reader *r;
    uint32_t n = 1;
    lf_column c;
    lf_rc rc = lf_pq_chunk_open(s, &r, err);
    if (rc != LF_OK) return rc;
    while (rc == LF_OK && n > 0)
        rc = lf_pq_chunk_next(r, 3, &c, &n, err);
    lf_pq_chunk_close(r);
    return rc;
}

static void cut_chunks_fail_and_never_read_past_their_end(void) {
    lf_buf chunk;
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, true);
    make_texts(&chunk, true);
    for (size_t n = 0; n < chunk.len; n++) {
        uint8_t *p = make_exact(chunk.data, n, 0);
        lf_pq_chunk_spec s = spec_of(&chunk, &e, 8);
        s.bytes = (lf_span){p, n};
        LF_CHECK_EQ_I64(read_all(&s, NULL), LF_ECORRUPT);
        free(p);
    }
    lf_buf_reset(&chunk);
}

static void a_wrong_checksum_is_told_with_its_page(void) {
    lf_buf chunk;
    lf_error err = {0};
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, true);
    make_texts(&chunk, false);
    chunk.data[chunk.len - 1] ^= 1;
    lf_pq_chunk_spec s = spec_of(&chunk, &e, 8);
    LF_CHECK_EQ_I64(read_all(&s, &err), LF_ECORRUPT);
    LF_CHECK(strstr(err.message, "checksum") != NULL);
    LF_CHECK(err.n_frames == 1 && strstr(err.frames[0], "page 3") != NULL);
    lf_buf_reset(&chunk);
}

static void damaged_chunks_are_read_to_an_end(void) {
    uint64_t state = 23;
    lf_pq_schema_element e = make_element(LF_PQ_BYTE_ARRAY, 0, true);
    for (int i = 0; i < 20000; i++) {
        lf_buf chunk;
        make_texts(&chunk, i & 1);
        for (uint64_t k = make_random(&state) % 4 + 1; k > 0; k--)
            chunk.data[make_random(&state) % chunk.len] = (uint8_t)make_random(&state);
        lf_budget budget;
        lf_budget_init(&budget, lf_alloc_default(), 64u << 20);
        lf_pq_chunk_spec s = spec_of(&chunk, &e, 8);
        s.alloc = &budget.alloc;
        s.codec = i % 3;
        (void)read_all(&s, NULL);
        LF_CHECK_EQ_U64(atomic_load(&budget.used_bytes), 0);
        lf_buf_reset(&chunk);
    }
}

static void sizes_that_no_codec_can_reach_take_no_memory(void) {
    lf_buf chunk;
    lf_thrift_writer w;
    lf_pq_schema_element e = make_element(LF_PQ_INT64, 0, false);
    for (int32_t codec = LF_PQ_UNCOMPRESSED; codec <= LF_PQ_SNAPPY; codec++) {
        make_init(&chunk);
        lf_thrift_writer_init(&w, &chunk, NULL);
        lf_pq_page_header h = {.type = LF_PQ_DATA_PAGE,
                               .uncompressed_size = 1 << 30,
                               .compressed_size = 4,
                               .num_values = 1};
        lf_pq_write_page_header(&w, &h);
        make_u32(&chunk, 0);
        lf_budget budget;
        lf_budget_init(&budget, lf_alloc_default(), 1u << 20);
        lf_pq_chunk_spec s = spec_of(&chunk, &e, 1);
        s.alloc = &budget.alloc;
        s.codec = codec;
        LF_CHECK_EQ_I64(read_all(&s, NULL), LF_ECORRUPT);
        lf_buf_reset(&chunk);
    }
}

/* ---- conversions ---- */

/* One required PLAIN value through the reader. */
static lf_rc one_value(const lf_pq_schema_element *e, const void *bytes, size_t n, lf_column *c,
                       lf_pq_chunk_reader **r) {
    lf_buf chunk, body;
    make_init(&chunk);
    make_init(&body);
    make_bytes(&body, bytes, n);
    make_page(&chunk,
              (lf_pq_page_header){.type = LF_PQ_DATA_PAGE,
                                  .num_values = 1,
                                  .def_encoding = LF_PQ_RLE,
                                  .rep_encoding = LF_PQ_RLE},
              &body);
    lf_pq_chunk_spec s = spec_of(&chunk, e, 1);
    uint32_t rows;
    LF_CHECK_EQ_I64(lf_pq_chunk_open(&s, r, NULL), LF_OK);
    lf_rc rc = lf_pq_chunk_next(*r, 1, c, &rows, NULL);
    LF_CHECK(rc != LF_OK || rows == 1);
    lf_buf_reset(&body);
    lf_buf_reset(&chunk);
    return rc;
}

static lf_pq_schema_element logical(int32_t type, int32_t length, lf_pq_logical l) {
    lf_pq_schema_element e = make_element(type, length, false);
    e.logical = l;
    return e;
}

static void integers_times_and_decimals_become_ours(void) {
    const lf_pq_logical u32 = {.kind = LF_PQ_LOGICAL_INTEGER, .bit_width = 32};
    const lf_pq_logical millis = {.kind = LF_PQ_LOGICAL_TIMESTAMP, .unit = LF_PQ_MILLIS};
    const lf_pq_logical time = {.kind = LF_PQ_LOGICAL_TIME, .unit = LF_PQ_MILLIS};
    const lf_pq_logical dec9 = {.kind = LF_PQ_LOGICAL_DECIMAL, .precision = 9, .scale = 2};
    const struct {
        lf_pq_schema_element e;
        const char *bytes;
        size_t n;
        const char *type;
        int64_t want;
    } cases[] = {
        {logical(LF_PQ_INT32, 0, (lf_pq_logical){0}), "\xff\xff\xff\xff", 4, "int64", -1},
        {logical(LF_PQ_INT32, 0, u32), "\xff\xff\xff\xff", 4, "int64", UINT32_MAX},
        {logical(LF_PQ_INT64, 0, millis), "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "timestamp[us]",
         -1000},
        {logical(LF_PQ_INT32, 0, time), "\x10\x00\x00\x00", 4, "time", 16000},
        {logical(LF_PQ_INT32, 0, dec9), "\xfe\xff\xff\xff", 4, "decimal(9,2)", -2},
        {logical(LF_PQ_FIXED, 3, dec9), "\xff\xff\x00", 3, "decimal(9,2)", -256},
        {logical(LF_PQ_FIXED, 1, dec9), "\x7f", 1, "decimal(9,2)", 127},
        {logical(LF_PQ_INT96, 0, (lf_pq_logical){0}),
         "\xe8\x03\x00\x00\x00\x00\x00\x00\x8d\x3d\x25\x00", 12, "timestamp[us]",
         86400000000 + 1}, /* 1000 ns into Julian day 2440589 */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_pq_chunk_reader *r;
        lf_column c;
        char text[64];
        LF_CHECK_EQ_I64(one_value(&cases[i].e, cases[i].bytes, cases[i].n, &c, &r), LF_OK);
        LF_CHECK_STR(lf_type_print(c.type, text, sizeof text), cases[i].type);
        LF_CHECK_EQ_I64(((const int64_t *)c.values)[0], cases[i].want);
        uint64_t slot[2];
        if (cases[i].e.type != LF_PQ_INT96) {
            lf_pq_leaf leaf;
            LF_CHECK_EQ_I64(lf_pq_leaf_of(&cases[i].e, &leaf, NULL), LF_OK);
            lf_span s = {(const uint8_t *)cases[i].bytes, cases[i].n};
            LF_CHECK(lf_pq_plain_value(&leaf, s, slot));
            LF_CHECK_EQ_I64(slot[0], cases[i].want);
            s.len--;
            LF_CHECK(cases[i].e.type == LF_PQ_BYTE_ARRAY || !lf_pq_plain_value(&leaf, s, slot));
        }
        lf_pq_chunk_close(r);
    }
}

static void wide_decimals_and_uuids_become_ours(void) {
    lf_pq_logical dec = {.kind = LF_PQ_LOGICAL_DECIMAL, .precision = 38, .scale = 2};
    lf_pq_schema_element e = logical(LF_PQ_BYTE_ARRAY, 0, dec);
    lf_pq_chunk_reader *r;
    lf_column c;
    /* 20 bytes, sign-extended: -1 */
    LF_CHECK_EQ_I64(one_value(&e,
                              "\x14\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
                              "\xff\xff\xff\xff\xff\xff",
                              24, &c, &r),
                    LF_OK);
    LF_CHECK_EQ_I64(((const int64_t *)c.values)[0], -1);
    LF_CHECK_EQ_I64(((const int64_t *)c.values)[1], -1);
    lf_pq_chunk_close(r);
    e.logical.precision = 40; /* beyond our decimals: text */
    LF_CHECK_EQ_I64(one_value(&e, "\x02\0\0\0\xff\x9c", 6, &c, &r), LF_OK);
    LF_CHECK_EQ_U64(c.len[0], 5);
    LF_CHECK_MEM(c.bytes + c.start[0], "-1.00", 5);
    lf_pq_chunk_close(r);
    e = logical(LF_PQ_FIXED, 16, (lf_pq_logical){.kind = LF_PQ_LOGICAL_UUID});
    LF_CHECK_EQ_I64(one_value(&e, "\0\1\2\3\4\5\6\7\x8\x9\xa\xb\xc\xd\xe\xf", 16, &c, &r), LF_OK);
    LF_CHECK_EQ_U64(c.len[0], 36);
    LF_CHECK_MEM(c.bytes + c.start[0], "00010203-0405-0607-0809-0a0b0c0d0e0f", 36);
    lf_pq_chunk_close(r);
}

static void small_floats_become_doubles(void) {
    static const struct {
        const char *bytes;
        double want;
    } halves[] = {{"\x00\x3c", 1},           {"\x00\xc0", -2},       {"\x01\x00", 0x1p-24},
                  {"\xff\x7b", 65504},       {"\x00\x7c", INFINITY}, {"\x00\xfc", -INFINITY},
                  {"\x01\x7c", (double)NAN}, {"\x00\x80", -0.0}};
    lf_pq_schema_element e =
        logical(LF_PQ_FIXED, 2, (lf_pq_logical){.kind = LF_PQ_LOGICAL_FLOAT16});
    lf_pq_chunk_reader *r;
    lf_column c;
    for (size_t i = 0; i < sizeof halves / sizeof *halves; i++) {
        LF_CHECK_EQ_I64(one_value(&e, halves[i].bytes, 2, &c, &r), LF_OK);
        LF_CHECK_EQ_F64(((const double *)c.values)[0], halves[i].want);
        lf_pq_chunk_close(r);
    }
    e = make_element(LF_PQ_FLOAT, 0, false);
    LF_CHECK_EQ_I64(one_value(&e, "\x00\x00\xc0\xbf", 4, &c, &r), LF_OK);
    LF_CHECK_EQ_F64(((const double *)c.values)[0], -1.5);
    lf_pq_chunk_close(r);
}

static void times_out_of_range_are_refused_not_wrapped(void) {
    lf_pq_schema_element e = logical(
        LF_PQ_INT64, 0, (lf_pq_logical){.kind = LF_PQ_LOGICAL_TIMESTAMP, .unit = LF_PQ_MILLIS});
    lf_pq_chunk_reader *r;
    lf_column c;
    LF_CHECK_EQ_I64(one_value(&e, "\xff\xff\xff\xff\xff\xff\xff\x7f", 8, &c, &r), LF_ECORRUPT);
    lf_pq_chunk_close(r);
}

static void our_own_leaves_hold_slots_as_they_are(void) {
    static const lf_type types[] = {{.id = LF_T_INT64},
                                    {.id = LF_T_UINT64},
                                    {.id = LF_T_DOUBLE},
                                    {.id = LF_T_DATE},
                                    {.id = LF_T_TIMESTAMP, .utc = 1},
                                    {.id = LF_T_DECIMAL, .precision = 18, .scale = 3},
                                    {.id = LF_T_BOOL}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        lf_pq_leaf l;
        lf_pq_leaf_of_type(types[i], true, &l);
        LF_CHECK_EQ_I64(l.as, LF_PQ_AS_IS);
        LF_CHECK(lf_type_equal(l.type, types[i]));
        LF_CHECK_EQ_U64(l.max_def, 1);
    }
}

int main(void) {
    LF_RUN(texts_come_back_in_tiles_of_any_size);
    LF_RUN(iterator_yields_the_same);
    LF_RUN(cut_chunks_fail_and_never_read_past_their_end);
    LF_RUN(a_wrong_checksum_is_told_with_its_page);
    LF_RUN(damaged_chunks_are_read_to_an_end);
    LF_RUN(sizes_that_no_codec_can_reach_take_no_memory);
    LF_RUN(integers_times_and_decimals_become_ours);
    LF_RUN(wide_decimals_and_uuids_become_ours);
    LF_RUN(small_floats_become_doubles);
    LF_RUN(times_out_of_range_are_refused_not_wrapped);
    LF_RUN(our_own_leaves_hold_slots_as_they_are);
    LF_TEST_MAIN_END;
}
