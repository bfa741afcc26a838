/* Files made by hand: flat and nested columns over two row groups, old list layouts, and what
 * damage does to them. */
#include "decode/parquet/parquet_rows.h"
#include "format_parquet/pq_make.h"

/* ---- a source in memory ---- */

typedef struct memory_source {
    lf_source base;
    const uint8_t *bytes;
    size_t n;
} memory_source;

static lf_rc read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                     lf_error *err) {
    memory_source *m = (memory_source *)s;
    (void)err;
    size_t rest = offset < m->n ? m->n - (size_t)offset : 0;
    *got_out = rest < n ? rest : n;
    if (*got_out > 3) *got_out = *got_out / 2 + 1; /* short reads are legal */
    if (*got_out > 0) memcpy(dst, m->bytes + offset, *got_out);
    return LF_OK;
}

static const lf_source_type memory_type = {.name = "memory", .read_at = read_at};

static memory_source source_of(const void *bytes, size_t n) {
    return (memory_source){.base = {.type = &memory_type, .size_bytes = n}, .bytes = bytes, .n = n};
}

/* ---- a file ---- */

static lf_span text(const char *s) {
    return (lf_span){(const uint8_t *)s, strlen(s)};
}

static lf_pq_schema_element group(const char *name, int32_t repetition, uint32_t n, int32_t conv) {
    return (lf_pq_schema_element){.type = -1,
                                  .repetition = repetition,
                                  .name = text(name),
                                  .has_num_children = true,
                                  .num_children = (int32_t)n,
                                  .converted = conv};
}

static lf_pq_schema_element leaf(const char *name, int32_t repetition, int32_t type) {
    lf_pq_schema_element e = make_element(type, 0, false);
    e.repetition = repetition;
    e.name = text(name);
    return e;
}

#define LEAVES_MAX 4
typedef struct made_leaf {
    const char *rep, *def; /* levels, or NULL: none */
    uint32_t rep_width, def_width;
    const int64_t *values;
    uint32_t n_values, n_entries;
} made_leaf;

/* A file of INT64 leaves; every row group has the same rows. */
static void make_file(lf_buf *out, const lf_pq_schema_element *schema, uint32_t n_schema,
                      const made_leaf *leaves, uint32_t n_leaves, uint32_t n_groups, int64_t rows) {
    lf_pq_column_chunk chunks[2][LEAVES_MAX];
    lf_buf body, page, footer;
    make_init(out);
    make_init(&body);
    make_init(&page);
    make_init(&footer);
    make_bytes(out, "PAR1", 4);
    for (uint32_t g = 0; g < n_groups; g++) {
        for (uint32_t i = 0; i < n_leaves; i++) {
            const made_leaf *l = &leaves[i];
            lf_buf_clear(&body);
            lf_buf_clear(&page);
            if (l->rep) make_levels(&body, l->rep, l->rep_width, true);
            if (l->def) make_levels(&body, l->def, l->def_width, true);
            make_bytes(&body, l->values, l->n_values * 8ul);
            make_page(&page,
                      (lf_pq_page_header){.type = LF_PQ_DATA_PAGE,
                                          .num_values = (int32_t)l->n_entries,
                                          .def_encoding = LF_PQ_RLE,
                                          .rep_encoding = LF_PQ_RLE},
                      &body);
            chunks[g][i] =
                (lf_pq_column_chunk){.has_meta = true,
                                     .meta = {.type = LF_PQ_INT64,
                                              .encodings = 1,
                                              .num_values = l->n_entries,
                                              .total_uncompressed_size = (int64_t)page.len,
                                              .total_compressed_size = (int64_t)page.len,
                                              .data_page_offset = (int64_t)out->len}};
            make_bytes(out, page.data, page.len);
        }
    }
    lf_thrift_writer w;
    lf_thrift_writer_init(&w, &footer, NULL);
    lf_pq_write_footer_head(&w, schema, n_schema, rows * n_groups, n_groups);
    for (uint32_t g = 0; g < n_groups; g++) {
        lf_pq_row_group rg = {.columns = chunks[g], .n_columns = n_leaves, .num_rows = rows};
        lf_pq_write_row_group(&w, &rg);
    }
    lf_pq_write_footer_tail(&w, NULL, 0, text("a test"), n_leaves);
    make_bytes(out, footer.data, footer.len);
    make_u32(out, (uint32_t)footer.len);
    make_bytes(out, "PAR1", 4);
    lf_buf_reset(&body);
    lf_buf_reset(&page);
    lf_buf_reset(&footer);
}

/* ---- printing what comes back ---- */

static void put(lf_buf *b, const char *s) {
    make_bytes(b, s, strlen(s));
}

static void put_value(lf_buf *b, const lf_column *c, uint32_t row) {
    char digits[32];
    if (!lf_column_is_valid(c, row)) {
        put(b, "~");
        return;
    }
    switch (c->type.id) {
    case LF_T_LIST:
    case LF_T_MAP:
        put(b, "[");
        for (uint32_t i = c->offsets[row]; i < c->offsets[row + 1]; i++) {
            if (i > c->offsets[row]) put(b, " ");
            for (uint32_t k = 0; k < c->n_children; k++) {
                if (k > 0) put(b, ":");
                put_value(b, &c->children[k], i);
            }
        }
        put(b, "]");
        break;
    case LF_T_STRUCT:
        put(b, "{");
        for (uint32_t k = 0; k < c->n_children; k++) {
            if (k > 0) put(b, " ");
            put_value(b, &c->children[k], row);
        }
        put(b, "}");
        break;
    default:
        snprintf(digits, sizeof digits, "%" PRId64, ((const int64_t *)c->values)[row]);
        put(b, digits);
    }
}

/* All rows: columns by ',', rows by ';'. Returns the first failure. */
static lf_rc print_file(const void *bytes, size_t n, uint32_t piece, const lf_alloc *a, lf_buf *out,
                        lf_error *err) {
    memory_source s = source_of(bytes, n);
    lf_parquet_opts o = {.struct_size = sizeof o, .alloc = a};
    lf_parquet_reader *r = NULL;
    lf_parquet_rows *rows = NULL;
    lf_batch b = {.n_rows = 1};
    lf_rc rc = lf_parquet_open(&s.base, &o, &r, err);
    if (rc == LF_OK) rc = lf_parquet_rows_open(r, NULL, 0, 0, UINT32_MAX, &rows, err);
    while (rc == LF_OK && b.n_rows > 0) {
        rc = lf_parquet_rows_next(rows, piece, &b, err);
        for (uint32_t i = 0; rc == LF_OK && out != NULL && i < b.n_rows; i++) {
            for (uint32_t c = 0; c < b.n_columns; c++) {
                if (c > 0) put(out, ",");
                put_value(out, &b.columns[c], i);
            }
            put(out, ";");
        }
    }
    lf_parquet_rows_close(rows);
    lf_parquet_close(r);
    return rc;
}

static const int64_t numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

/* int64 a; optional int64 b: two columns, three rows. */
static void make_flat(lf_buf *out) {
    lf_pq_schema_element schema[] = {group("root", -1, 2, LF_PQ_CONV_NONE),
                                     leaf("a", LF_PQ_REQUIRED, LF_PQ_INT64),
                                     leaf("b", LF_PQ_OPTIONAL, LF_PQ_INT64)};
    made_leaf leaves[] = {
        {.values = numbers, .n_values = 3, .n_entries = 3},
        {.def = "101", .def_width = 1, .values = numbers, .n_values = 2, .n_entries = 3}};
    make_file(out, schema, 3, leaves, 2, 2, 3);
}

static void check_rows(const lf_buf *file, const char *want) {
    for (uint32_t piece = 1; piece < 5; piece++) {
        lf_buf got;
        lf_error err = {0};
        make_init(&got);
        LF_CHECK_EQ_I64(print_file(file->data, file->len, piece, NULL, &got, &err), LF_OK);
        if (err.rc != LF_OK) printf("%s\n", err.message);
        make_bytes(&got, "", 1);
        LF_CHECK_STR((const char *)got.data, want);
        lf_buf_reset(&got);
    }
}

static void flat_rows_come_back_over_row_groups(void) {
    lf_buf file;
    make_flat(&file);
    check_rows(&file, "1,1;2,~;3,2;1,1;2,~;3,2;");
    lf_buf_reset(&file);
}

static void schema_and_counts_are_told(void) {
    lf_buf file;
    lf_parquet_reader *r;
    const lf_pq_row_group *g;
    make_flat(&file);
    memory_source s = source_of(file.data, file.len);
    LF_REQUIRE(lf_parquet_open(&s.base, NULL, &r, NULL) == LF_OK);
    const lf_schema *schema = lf_parquet_schema(r);
    LF_REQUIRE(schema->n_fields == 2);
    LF_CHECK_STR(schema->fields[1].name, "b");
    LF_CHECK(schema->fields[1].nullable && !schema->fields[0].nullable);
    LF_CHECK_EQ_I64(lf_parquet_footer(r)->num_rows, 6);
    LF_CHECK_EQ_I64(lf_parquet_group(r, 1, &g, NULL), LF_OK);
    LF_CHECK_EQ_I64(g->num_rows, 3);
    LF_CHECK(lf_parquet_group(r, 2, &g, NULL) != LF_OK);
    LF_CHECK(lf_parquet_sniff((lf_span){file.data, file.len}) > 50);
    lf_parquet_close(r);
    lf_buf_reset(&file);
}

/* optional list of optional int64, in the layout of today:
 * [1 2] ~ [] [~ 3] */
static void lists_of_three_layers_come_back(void) {
    lf_buf file;
    lf_pq_schema_element schema[] = {group("root", -1, 1, LF_PQ_CONV_NONE),
                                     group("l", LF_PQ_OPTIONAL, 1, LF_PQ_CONV_LIST),
                                     group("list", LF_PQ_REPEATED, 1, LF_PQ_CONV_NONE),
                                     leaf("element", LF_PQ_OPTIONAL, LF_PQ_INT64)};
    made_leaf l = {.rep = "010001",
                   .rep_width = 1,
                   .def = "330123",
                   .def_width = 2,
                   .values = numbers,
                   .n_values = 3,
                   .n_entries = 6};
    make_file(&file, schema, 4, &l, 1, 2, 4);
    check_rows(&file, "[1 2];~;[];[~ 3];[1 2];~;[];[~ 3];");
    lf_buf_reset(&file);
}

static void lists_of_two_layers_and_bare_repeats_come_back(void) {
    lf_buf file;
    lf_pq_schema_element two[] = {group("root", -1, 1, LF_PQ_CONV_NONE),
                                  group("l", LF_PQ_OPTIONAL, 1, LF_PQ_CONV_LIST),
                                  leaf("array", LF_PQ_REPEATED, LF_PQ_INT64)};
    lf_pq_schema_element bare[] = {group("root", -1, 1, LF_PQ_CONV_NONE),
                                   leaf("l", LF_PQ_REPEATED, LF_PQ_INT64)};
    made_leaf l = {.rep = "0100",
                   .rep_width = 1,
                   .def = "2201",
                   .def_width = 2,
                   .values = numbers,
                   .n_values = 2,
                   .n_entries = 4};
    make_file(&file, two, 3, &l, 1, 1, 3);
    check_rows(&file, "[1 2];~;[];");
    lf_buf_reset(&file);
    l.def = "1101";
    l.def_width = 1;
    l.n_values = 3;
    make_file(&file, bare, 2, &l, 1, 1, 3);
    check_rows(&file, "[1 2];[];[3];");
    lf_buf_reset(&file);
}

/* map<int64, int64?> beside a struct of two. */
static void maps_and_structs_come_back(void) {
    lf_buf file;
    lf_pq_schema_element schema[] = {group("root", -1, 2, LF_PQ_CONV_NONE),
                                     group("m", LF_PQ_REQUIRED, 1, LF_PQ_CONV_MAP),
                                     group("key_value", LF_PQ_REPEATED, 2, LF_PQ_CONV_NONE),
                                     leaf("key", LF_PQ_REQUIRED, LF_PQ_INT64),
                                     leaf("value", LF_PQ_OPTIONAL, LF_PQ_INT64),
                                     group("s", LF_PQ_OPTIONAL, 2, LF_PQ_CONV_NONE),
                                     leaf("x", LF_PQ_OPTIONAL, LF_PQ_INT64),
                                     leaf("y", LF_PQ_REQUIRED, LF_PQ_INT64)};
    made_leaf leaves[] = {
        {.rep = "0100",
         .rep_width = 1,
         .def = "1101",
         .def_width = 1,
         .values = numbers,
         .n_values = 3,
         .n_entries = 4},
        {.rep = "0100",
         .rep_width = 1,
         .def = "2102",
         .def_width = 2,
         .values = numbers,
         .n_values = 2,
         .n_entries = 4},
        {.def = "201", .def_width = 2, .values = numbers, .n_values = 1, .n_entries = 3},
        {.def = "101", .def_width = 1, .values = numbers, .n_values = 2, .n_entries = 3}};
    make_file(&file, schema, 8, leaves, 4, 1, 3);
    check_rows(&file, "[1:1 2:~],{1 1};[],~;[3:2],{~ 2};");
    lf_buf_reset(&file);
}

/* ---- damage ---- */

static void ends_that_are_no_footer_are_refused(void) {
    static const struct {
        const char *bytes;
        size_t n;
        lf_rc want;
    } cases[] = {{"", 0, LF_ECORRUPT},
                 {"PAR1", 4, LF_ECORRUPT},
                 {"PAR1\0\0\0\0PAR1", 12, LF_ECORRUPT},
                 {"PAR1\xff\xff\xff\xffPAR1", 12, LF_ECORRUPT},
                 {"PAR1\1\0\0\0\0PARE", 13, LF_EUNSUPPORTED},
                 {"a,b,c\n1,2,3\n4,5,6\n", 18, LF_ECORRUPT}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        lf_error err = {0};
        LF_CHECK_EQ_I64(print_file(cases[i].bytes, cases[i].n, 10, NULL, NULL, &err),
                        cases[i].want);
        LF_CHECK(err.message[0] != 0);
    }
}

static void cut_files_are_refused(void) {
    lf_buf file;
    make_flat(&file);
    for (size_t n = 0; n < file.len; n++) {
        uint8_t *p = make_exact(file.data, n, 0);
        LF_CHECK_EQ_I64(print_file(p, n, 10, NULL, NULL, NULL), LF_ECORRUPT);
        free(p);
    }
    lf_buf_reset(&file);
}

static void damaged_pages_are_told_with_their_column(void) {
    lf_buf file;
    lf_error err = {0};
    bool named = false;
    make_flat(&file);
    file.data[60] ^= 0xff; /* in the first page's values or the next one's header */
    LF_CHECK_EQ_I64(print_file(file.data, file.len, 10, NULL, NULL, &err), LF_ECORRUPT);
    for (uint32_t i = 0; i < err.n_frames; i++)
        named = named || strstr(err.frames[i], "row group 0, column '") != NULL;
    LF_CHECK(named);
    lf_buf_reset(&file);
}

static void damaged_files_are_read_to_an_end(void) {
    uint64_t state = 31;
    lf_pq_schema_element schema[] = {group("root", -1, 1, LF_PQ_CONV_NONE),
                                     group("l", LF_PQ_OPTIONAL, 1, LF_PQ_CONV_LIST),
                                     group("list", LF_PQ_REPEATED, 1, LF_PQ_CONV_NONE),
                                     leaf("element", LF_PQ_OPTIONAL, LF_PQ_INT64)};
    made_leaf l = {.rep = "010001",
                   .rep_width = 1,
                   .def = "330123",
                   .def_width = 2,
                   .values = numbers,
                   .n_values = 3,
                   .n_entries = 6};
    for (int i = 0; i < 20000; i++) {
        lf_buf file;
        if (i % 2) {
            make_flat(&file);
        } else {
            make_file(&file, schema, 4, &l, 1, 2, 4);
        }
        size_t tail = file.len < 200 ? file.len : 200;
        for (uint64_t k = make_random(&state) % 3 + 1; k > 0; k--) {
            size_t span = make_random(&state) % 2 ? tail : file.len;
            file.data[file.len - 1 - make_random(&state) % span] = (uint8_t)make_random(&state);
        }
        lf_budget budget;
        lf_budget_init(&budget, lf_alloc_default(), 64u << 20);
        (void)print_file(file.data, file.len, 100, &budget.alloc, NULL, NULL);
        LF_CHECK_EQ_U64(atomic_load(&budget.used_bytes), 0);
        lf_buf_reset(&file);
    }
}

int main(void) {
    LF_RUN(flat_rows_come_back_over_row_groups);
    LF_RUN(schema_and_counts_are_told);
    LF_RUN(lists_of_three_layers_come_back);
    LF_RUN(lists_of_two_layers_and_bare_repeats_come_back);
    LF_RUN(maps_and_structs_come_back);
    LF_RUN(ends_that_are_no_footer_are_refused);
    LF_RUN(cut_files_are_refused);
    LF_RUN(damaged_pages_are_told_with_their_column);
    LF_RUN(damaged_files_are_read_to_an_end);
    LF_TEST_MAIN_END;
}
