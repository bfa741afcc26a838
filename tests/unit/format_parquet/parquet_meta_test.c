/* Metadata comes back as it was written, streamed or whole; cut or damaged it is refused. */
#include "format_parquet/pq_make.h"

static lf_span text(const char *s) {
    return (lf_span){(const uint8_t *)s, strlen(s)};
}

static bool same(lf_span a, lf_span b) {
    return a.len == b.len && (a.data == NULL) == (b.data == NULL) &&
           (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static const lf_pq_page_header headers[] = {
    {.type = LF_PQ_DATA_PAGE,
     .uncompressed_size = 1000,
     .compressed_size = 900,
     .has_crc = true,
     .crc = 0xdeadbeef,
     .num_values = 70000,
     .encoding = LF_PQ_RLE_DICTIONARY,
     .def_encoding = LF_PQ_RLE,
     .rep_encoding = LF_PQ_RLE,
     .has_stats = true,
     .stats = {.has_null_count = true,
               .null_count = 3,
               .min = {(const uint8_t *)"aa", 2},
               .max = {(const uint8_t *)"zz", 2},
               .has_max_exact = true,
               .has_min_exact = true,
               .min_exact = true}},
    {.type = LF_PQ_DATA_PAGE_V2,
     .uncompressed_size = 10,
     .compressed_size = 10,
     .num_values = 5,
     .encoding = LF_PQ_DELTA_BINARY_PACKED,
     .num_nulls = 1,
     .num_rows = 4,
     .def_bytes = 2,
     .rep_bytes = 3,
     .is_compressed = false},
    {.type = LF_PQ_DICTIONARY_PAGE,
     .uncompressed_size = 1 << 20,
     .compressed_size = 0,
     .num_values = 65536,
     .encoding = LF_PQ_PLAIN,
     .is_sorted = true},
};

static void write_header(lf_buf *b, const lf_pq_page_header *h) {
    lf_thrift_writer w;
    make_init(b);
    lf_thrift_writer_init(&w, b, NULL);
    lf_pq_write_page_header(&w, h);
    LF_CHECK_EQ_I64(w.rc, LF_OK);
}

static void page_headers_come_back(void) {
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        const lf_pq_page_header *h = &headers[i];
        lf_pq_page_header got;
        lf_buf b;
        size_t used;
        bool more;
        write_header(&b, h);
        make_bytes(&b, "the page", 8);
        lf_rc rc = lf_pq_parse_page_header((lf_span){b.data, b.len}, &got, &used, &more, NULL);
        LF_CHECK_EQ_I64(rc, LF_OK);
        LF_CHECK(!more);
        LF_CHECK_EQ_U64(used, b.len - 8);
        LF_CHECK_EQ_I64(got.type, h->type);
        LF_CHECK_EQ_I64(got.uncompressed_size, h->uncompressed_size);
        LF_CHECK_EQ_I64(got.compressed_size, h->compressed_size);
        LF_CHECK(got.has_crc == h->has_crc && got.crc == h->crc);
        LF_CHECK_EQ_I64(got.num_values, h->num_values);
        LF_CHECK_EQ_I64(got.encoding, h->encoding);
        LF_CHECK_EQ_I64(got.def_bytes, h->def_bytes);
        LF_CHECK_EQ_I64(got.num_nulls, h->num_nulls);
        LF_CHECK(got.is_sorted == h->is_sorted && got.has_stats == h->has_stats);
        LF_CHECK(same(got.stats.min, h->stats.min) && same(got.stats.max, h->stats.max));
        LF_CHECK(got.stats.min_exact == h->stats.min_exact && !got.stats.max_exact);
        LF_CHECK(got.stats.has_max_exact == h->stats.has_max_exact);
        lf_buf_reset(&b);
    }
}

static void page_header_asks_for_more_wherever_it_is_cut(void) {
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++) {
        lf_buf b;
        write_header(&b, &headers[i]);
        for (size_t n = 0; n < b.len; n++) {
            lf_pq_page_header got;
            size_t used;
            bool more;
            uint8_t *p = make_exact(b.data, n, 0);
            LF_CHECK_EQ_I64(lf_pq_parse_page_header((lf_span){p, n}, &got, &used, &more, NULL),
                            LF_OK);
            LF_CHECK(more);
            free(p);
        }
        lf_buf_reset(&b);
    }
}

static void page_header_of_another_type_than_it_says_is_refused(void) {
    lf_buf b;
    lf_pq_page_header got;
    size_t used;
    bool more;
    write_header(&b, &headers[1]);
    b.data[1] = 0; /* type: DATA_PAGE */
    LF_CHECK_EQ_I64(lf_pq_parse_page_header((lf_span){b.data, b.len}, &got, &used, &more, NULL),
                    LF_ECORRUPT);
    lf_buf_reset(&b);
}

/* ---- footer ---- */

static lf_span path[2];
static const lf_pq_encoding_stats page_counts[] = {{0, 8, 3}, {2, 0, 1}};

static lf_pq_row_group sample_group(lf_pq_column_chunk *chunk, int64_t offset) {
    path[0] = text("outer");
    path[1] = text("inner");
    *chunk = (lf_pq_column_chunk){
        .has_meta = true,
        .meta = {.type = LF_PQ_INT64,
                 .encodings = 1u << LF_PQ_PLAIN | 1u << LF_PQ_RLE | 1u << LF_PQ_RLE_DICTIONARY,
                 .path = path,
                 .n_path = 2,
                 .codec = LF_PQ_ZSTD,
                 .num_values = 100,
                 .total_uncompressed_size = 1000,
                 .total_compressed_size = 500,
                 .data_page_offset = offset + 50,
                 .has_dictionary = true,
                 .dictionary_page_offset = offset,
                 .has_stats = true,
                 .stats = {.has_null_count = true, .min = text("\1\0\0\0\0\0\0\0")},
                 .encoding_stats = page_counts,
                 .n_encoding_stats = 2},
        .has_offset_index = true,
        .offset_index_offset = 7000,
        .offset_index_length = 30,
        .has_column_index = true,
        .column_index_offset = 6900,
        .column_index_length = 100};
    return (lf_pq_row_group){.columns = chunk,
                             .n_columns = 1,
                             .total_byte_size = 1000,
                             .num_rows = 100,
                             .has_file_offset = true,
                             .file_offset = offset,
                             .has_total_compressed_size = true,
                             .total_compressed_size = 500,
                             .has_ordinal = true,
                             .ordinal = 3};
}

static void write_footer(lf_buf *b, bool in_parts) {
    static const uint8_t root[] = "root";
    lf_pq_schema_element schema[3];
    lf_pq_column_chunk chunk;
    lf_thrift_writer w;
    lf_buf part;
    lf_pq_key_value kv[2] = {{text("k"), text("v")}, {text("only a key"), {NULL, 0}}};
    make_init(b);
    make_init(&part);
    lf_thrift_writer_init(&w, in_parts ? &part : b, NULL);
    schema[0] = (lf_pq_schema_element){.type = -1,
                                       .repetition = -1,
                                       .name = {root, 4},
                                       .has_num_children = true,
                                       .num_children = 2,
                                       .converted = LF_PQ_CONV_NONE};
    lf_pq_element_of((lf_type){.id = LF_T_DECIMAL, .precision = 30, .scale = 4}, true, text("d"),
                     &schema[1]);
    lf_pq_element_of((lf_type){.id = LF_T_TIMESTAMP, .utc = 1}, false, text("t"), &schema[2]);
    lf_pq_write_footer_head(&w, schema, 3, 2000, 20);
    for (int64_t i = 0; i < 20; i++) {
        lf_pq_row_group g = sample_group(&chunk, i * 1000);
        if (in_parts) { /* the buffer is emptied between any two calls */
            make_bytes(b, part.data, part.len);
            lf_buf_clear(&part);
            lf_pq_write_row_group_begin(&w, 1);
            lf_pq_write_column_chunk(&w, &chunk);
            lf_pq_write_row_group_end(&w, &g);
        } else {
            lf_pq_write_row_group(&w, &g);
        }
    }
    lf_pq_write_footer_tail(&w, kv, 2, text("us"), 2);
    if (in_parts) make_bytes(b, part.data, part.len);
    LF_CHECK_EQ_I64(w.rc, LF_OK);
    lf_buf_reset(&part);
}

static void streamed_footer_is_the_whole_one(void) {
    lf_buf a, b;
    write_footer(&a, false);
    write_footer(&b, true);
    LF_CHECK_EQ_U64(a.len, b.len);
    LF_CHECK_MEM(a.data, b.data, a.len);
    lf_buf_reset(&a);
    lf_buf_reset(&b);
}

static void check_group(lf_span bytes, lf_arena *arena, int64_t offset) {
    lf_pq_row_group g;
    LF_REQUIRE(lf_pq_parse_row_group(bytes, arena, &g, NULL) == LF_OK);
    LF_CHECK_EQ_I64(g.num_rows, 100);
    LF_CHECK_EQ_I64(g.file_offset, offset);
    LF_CHECK_EQ_I64(g.ordinal, 3);
    LF_REQUIRE(g.n_columns == 1);
    const lf_pq_column_chunk *c = &g.columns[0];
    LF_CHECK_EQ_I64(c->meta.dictionary_page_offset, offset);
    LF_CHECK_EQ_I64(c->meta.data_page_offset, offset + 50);
    LF_CHECK_EQ_I64(c->meta.codec, LF_PQ_ZSTD);
    LF_CHECK_EQ_U64(c->meta.encodings, 1u << 0 | 1u << 3 | 1u << 8);
    LF_CHECK(c->meta.n_path == 2 && same(c->meta.path[1], text("inner")));
    LF_CHECK_EQ_I64(c->column_index_length, 100);
    LF_CHECK_EQ_I64(c->offset_index_offset, 7000);
    LF_CHECK(c->meta.n_encoding_stats == 2 && c->meta.encoding_stats[0].count == 3);
    LF_CHECK(c->meta.stats.has_null_count && c->meta.stats.max.data == NULL);
}

static void footer_comes_back(void) {
    lf_buf b;
    lf_arena arena;
    lf_pq_footer f;
    write_footer(&b, true);
    lf_arena_init(&arena, lf_alloc_default(), 0);
    LF_REQUIRE(lf_pq_parse_footer((lf_span){b.data, b.len}, &arena, &f, NULL) == LF_OK);
    LF_CHECK_EQ_I64(f.num_rows, 2000);
    LF_CHECK_EQ_U64(f.n_schema, 3);
    LF_CHECK_EQ_I64(f.schema[1].type_length, 16);
    LF_CHECK_EQ_I64(f.schema[1].logical.precision, 30);
    LF_CHECK(f.schema[2].logical.utc && f.schema[2].logical.unit == LF_PQ_MICROS);
    LF_CHECK_EQ_U64(f.n_column_orders, 2);
    LF_CHECK(f.column_orders[0] == 1 && f.column_orders[1] == 1);
    LF_CHECK(f.n_key_values == 2 && same(f.key_values[0].value, text("v")));
    LF_CHECK(f.key_values[1].value.data == NULL);
    LF_CHECK(same(f.created_by, text("us")));
    LF_REQUIRE(f.n_row_groups == 20);
    for (uint32_t i = 0; i < 20; i++)
        check_group(f.row_groups[i], &arena, i * 1000);
    lf_arena_reset(&arena);
    lf_buf_reset(&b);
}

static void damaged_footers_are_read_to_an_end(void) {
    lf_buf b;
    uint64_t state = 7;
    write_footer(&b, false);
    for (int i = 0; i < 4000; i++) {
        size_t n = i % 2 == 0 ? b.len : make_random(&state) % b.len;
        uint8_t *p = make_exact(b.data, n, 0);
        lf_arena arena;
        lf_pq_footer f;
        lf_budget budget;
        lf_budget_init(&budget, lf_alloc_default(), 4u << 20); /* a small multiple of the input */
        lf_arena_init(&arena, &budget.alloc, 0);
        for (int k = 0; k < 3 && n > 0; k++)
            p[make_random(&state) % n] = (uint8_t)make_random(&state);
        lf_rc rc = lf_pq_parse_footer((lf_span){p, n}, &arena, &f, NULL);
        LF_CHECK(rc == LF_OK || rc == LF_ECORRUPT);
        for (uint32_t g = 0; rc == LF_OK && g < f.n_row_groups; g++) {
            lf_pq_row_group group;
            lf_rc got = lf_pq_parse_row_group(f.row_groups[g], &arena, &group, NULL);
            LF_CHECK(got == LF_OK || got == LF_ECORRUPT);
        }
        lf_arena_reset(&arena);
        LF_CHECK_EQ_U64(atomic_load(&budget.used_bytes), 0);
        free(p);
    }
    lf_buf_reset(&b);
}

/* ---- page index ---- */

static void page_indexes_come_back(void) {
    const lf_pq_page_location pages[] = {{4, 100, 0}, {104, 50, 20000}};
    const int64_t plain[] = {7, 8}, nulls[] = {0, 5};
    const lf_span min[] = {text("a"), text("")}, max[] = {text("b"), text("")};
    const bool null_pages[] = {false, true};
    const lf_pq_offset_index oi = {.pages = pages, .n_pages = 2, .unencoded_bytes = plain};
    const lf_pq_column_index ci = {.n_pages = 2,
                                   .null_pages = null_pages,
                                   .min = min,
                                   .max = max,
                                   .boundary_order = LF_PQ_ASCENDING,
                                   .null_counts = nulls};
    lf_pq_offset_index oi_got;
    lf_pq_column_index ci_got;
    lf_thrift_writer w;
    lf_arena arena;
    lf_buf b;
    make_init(&b);
    lf_arena_init(&arena, lf_alloc_default(), 0);
    lf_thrift_writer_init(&w, &b, NULL);
    lf_pq_write_offset_index(&w, &oi);
    LF_REQUIRE(lf_pq_parse_offset_index((lf_span){b.data, b.len}, &arena, &oi_got, NULL) == LF_OK);
    LF_CHECK_EQ_U64(oi_got.n_pages, 2);
    LF_CHECK_EQ_I64(oi_got.pages[1].first_row, 20000);
    LF_CHECK_EQ_I64(oi_got.unencoded_bytes[1], 8);
    lf_buf_clear(&b);
    lf_pq_write_column_index(&w, &ci);
    LF_REQUIRE(lf_pq_parse_column_index((lf_span){b.data, b.len}, &arena, &ci_got, NULL) == LF_OK);
    LF_CHECK(ci_got.n_pages == 2 && !ci_got.null_pages[0] && ci_got.null_pages[1]);
    LF_CHECK(same(ci_got.max[0], text("b")) && ci_got.min[1].len == 0);
    LF_CHECK_EQ_I64(ci_got.boundary_order, LF_PQ_ASCENDING);
    LF_CHECK(ci_got.null_counts[1] == 5 && ci_got.nan_counts == NULL);
    lf_arena_reset(&arena);
    lf_buf_reset(&b);
}

/* ---- types ---- */

static void our_types_come_back_as_they_were(void) {
    static const lf_type types[] = {
        {.id = LF_T_BOOL},
        {.id = LF_T_INT64},
        {.id = LF_T_UINT64},
        {.id = LF_T_DOUBLE},
        {.id = LF_T_DECIMAL, .precision = 18, .scale = 18},
        {.id = LF_T_DECIMAL, .precision = 19},
        {.id = LF_T_DECIMAL, .precision = 38, .scale = 1},
        {.id = LF_T_DATE},
        {.id = LF_T_TIME},
        {.id = LF_T_TIME, .unit = LF_UNIT_NS},
        {.id = LF_T_TIMESTAMP},
        {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS, .utc = 1},
        {.id = LF_T_TIMESTAMP, .utc = 1},
        {.id = LF_T_STRING},
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        lf_pq_schema_element e;
        lf_type got;
        char a[64], b[64];
        lf_pq_element_of(types[i], true, text("c"), &e);
        LF_CHECK(lf_pq_type_of(&e, &got));
        LF_CHECK_STR(lf_type_print(got, a, sizeof a), lf_type_print(types[i], b, sizeof b));
    }
}

static void old_converted_types_are_understood(void) {
    static const struct {
        int32_t type, converted;
        const char *want;
    } cases[] = {
        {LF_PQ_INT32, LF_PQ_CONV_INT_8, "int64"},
        {LF_PQ_INT32, LF_PQ_CONV_UINT_32, "int64"},
        {LF_PQ_INT64, LF_PQ_CONV_UINT_64, "uint64"},
        {LF_PQ_INT32, LF_PQ_CONV_DATE, "date"},
        {LF_PQ_INT32, LF_PQ_CONV_TIME_MILLIS, "time"},
        {LF_PQ_INT64, LF_PQ_CONV_TIMESTAMP_MILLIS, "timestamp[us,UTC]"},
        {LF_PQ_INT96, LF_PQ_CONV_NONE, "timestamp[us]"},
        {LF_PQ_FLOAT, LF_PQ_CONV_NONE, "double"},
        {LF_PQ_BYTE_ARRAY, LF_PQ_CONV_NONE, "string"},
        {LF_PQ_BYTE_ARRAY, LF_PQ_CONV_ENUM, "string"},
        {LF_PQ_INT64, LF_PQ_CONV_UTF8, "int64"}, /* nonsense is not believed */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_pq_schema_element e = make_element(cases[i].type, 0, true);
        lf_type got;
        char a[64];
        e.converted = cases[i].converted;
        LF_CHECK(lf_pq_type_of(&e, &got));
        lf_type_print(got, a, sizeof a);
        LF_CHECK_STR(a, cases[i].want);
    }
}

int main(void) {
    LF_RUN(page_headers_come_back);
    LF_RUN(page_header_asks_for_more_wherever_it_is_cut);
    LF_RUN(page_header_of_another_type_than_it_says_is_refused);
    LF_RUN(streamed_footer_is_the_whole_one);
    LF_RUN(footer_comes_back);
    LF_RUN(damaged_footers_are_read_to_an_end);
    LF_RUN(page_indexes_come_back);
    LF_RUN(our_types_come_back_as_they_were);
    LF_RUN(old_converted_types_are_understood);
    LF_TEST_MAIN_END;
}
