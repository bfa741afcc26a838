/* Type names and schema JSON: both ways, nested, quoted; wrong ones are refused by what is wrong.
 */
#include "array/schema_field.h"
#include "array/type.h"
#include "lf_test.h"

static const struct {
    const char *text;
    lf_type type;
} flat[] = {
    {"null", {.id = LF_T_NULL}},
    {"bool", {.id = LF_T_BOOL}},
    {"int64", {.id = LF_T_INT64}},
    {"uint64", {.id = LF_T_UINT64}},
    {"double", {.id = LF_T_DOUBLE}},
    {"decimal(12,2)", {.id = LF_T_DECIMAL, .precision = 12, .scale = 2}},
    {"decimal(38,38)", {.id = LF_T_DECIMAL, .precision = 38, .scale = 38}},
    {"date", {.id = LF_T_DATE}},
    {"time", {.id = LF_T_TIME}},
    {"time[ns]", {.id = LF_T_TIME, .unit = LF_UNIT_NS}},
    {"timestamp[us]", {.id = LF_T_TIMESTAMP}},
    {"timestamp[ns]", {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS}},
    {"timestamp[us,UTC]", {.id = LF_T_TIMESTAMP, .utc = 1}},
    {"timestamp[ns,UTC]", {.id = LF_T_TIMESTAMP, .unit = LF_UNIT_NS, .utc = 1}},
    {"string", {.id = LF_T_STRING}},
};
#define N_FLAT (sizeof flat / sizeof flat[0])

static void flat_names_go_both_ways(void) {
    for (size_t i = 0; i < N_FLAT; i++) {
        lf_type t = {0};
        char buf[64];
        LF_CHECK(lf_type_parse(flat[i].text, strlen(flat[i].text), &t, NULL) == LF_OK);
        LF_CHECK(lf_type_equal(t, flat[i].type));
        LF_CHECK_STR(lf_type_print(t, buf, sizeof buf), flat[i].text);
        for (size_t k = 0; k < N_FLAT; k++) {
            LF_CHECK(lf_type_equal(flat[i].type, flat[k].type) == (i == k));
        }
    }
    static const char *const same[][2] = {{"timestamp", "timestamp[us]"},
                                          {"timestamp[UTC]", "timestamp[us,UTC]"},
                                          {" decimal ( 12 , 2 ) ", "decimal(12,2)"},
                                          {"time[us]", "time"}};
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        lf_type t = {0};
        char buf[64];
        LF_CHECK(lf_type_parse(same[i][0], strlen(same[i][0]), &t, NULL) == LF_OK);
        LF_CHECK_STR(lf_type_print(t, buf, sizeof buf), same[i][1]);
    }
}

static void slots_have_their_sizes(void) {
    static const uint32_t want[] = {0, 1, 8, 8, 8, 8, 16, 4, 8, 8, 8, 8, 8, 8, 0};
    for (size_t i = 0; i < N_FLAT; i++) {
        LF_CHECK_EQ_U64(lf_type_slot_bytes(flat[i].type), want[i]);
    }
    LF_CHECK_EQ_U64(lf_type_slot_bytes((lf_type){.id = LF_T_DECIMAL, .precision = 18}), 8);
    LF_CHECK_EQ_U64(lf_type_slot_bytes((lf_type){.id = LF_T_DECIMAL, .precision = 19}), 16);
    LF_CHECK(lf_type_is_nested((lf_type){.id = LF_T_MAP}) && !lf_type_is_nested((lf_type){0}));
}

static void wrong_flat_names_are_refused(void) {
    static const char *const bad[] = {"",
                                      "int",
                                      "int640",
                                      "Int64",
                                      "decimal",
                                      "decimal(0,0)",
                                      "decimal(39,0)",
                                      "decimal(5,6)",
                                      "decimal(5)",
                                      "decimal(5,2",
                                      "decimal(-1,0)",
                                      "timestamp[ms]",
                                      "timestamp[us",
                                      "timestamp[us,CET]",
                                      "timestamp[]",
                                      "time[UTC]",
                                      "string x",
                                      "list<int64>",
                                      "decimal(99999999999,1)"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lf_type t;
        lf_error e = {0};
        if (!LF_CHECK(lf_type_parse(bad[i], strlen(bad[i]), &t, &e) == LF_ESCHEMA)) {
            printf("  '%s'\n", bad[i]);
        }
        LF_CHECK(strstr(e.message, "int64") != NULL); /* says what there is */
    }
    lf_type t;
    LF_CHECK(lf_type_parse("int64\0x", 7, &t, NULL) == LF_ESCHEMA);
}

static lf_rc field_parse(lf_field *f, const char *s, lf_error *e) {
    *f = (lf_field){0};
    return lf_field_type_parse(f, lf_alloc_default(), s, strlen(s), e);
}

static void nested_names_go_both_ways(void) {
    static const char *const rows[] = {
        "list<int64>",
        "list<list<list<decimal(12,2)>>>",
        "map<string,timestamp[us,UTC]>",
        "struct<a:int64,b_1:string>",
        "struct<\"a b\":int64,\"\":date,\"1x\":bool,\"q\"\"q\":double,\"d\xC3\xA9\":string>",
        "struct<list:list<struct<x:map<string,list<decimal(38,0)>>>>,y:time[ns]>",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_field f;
        lf_buf b;
        lf_buf_init(&b, NULL, 1000);
        lf_error e = {0};
        if (!LF_CHECK(field_parse(&f, rows[i], &e) == LF_OK)) printf("  %s\n", e.message);
        LF_CHECK(lf_field_type_print(&f, &b, NULL) == LF_OK);
        LF_CHECK(lf_buf_append(&b, "", 1, NULL) == LF_OK);
        LF_CHECK_STR((char *)b.data, rows[i]);
        lf_buf_reset(&b);
        lf_field_reset(&f, lf_alloc_default());
    }
    lf_field f;
    LF_REQUIRE(field_parse(&f, " map < string , list < int64 > > ", NULL) == LF_OK);
    LF_CHECK(f.type.id == LF_T_MAP && f.n_children == 2 && !f.children[0].nullable);
    LF_CHECK_STR(f.children[0].name, "key");
    LF_CHECK_STR(f.children[1].name, "value");
    LF_CHECK_STR(f.children[1].children[0].name, "element");
    lf_field_reset(&f, lf_alloc_default());
}

static void wrong_nested_names_are_refused(void) {
    static const char *const bad[] = {"list",
                                      "list<>",
                                      "list<int64",
                                      "list<int64>>",
                                      "list<int64,date>",
                                      "map<string>",
                                      "struct<>",
                                      "struct<a>",
                                      "struct<a:>",
                                      "struct<a:int64,>",
                                      "struct<1a:int64>",
                                      "struct<\"a:int64>",
                                      "struct<\"a\"",
                                      "struct<a:int64 b:date>",
                                      "map<string,int64,date>",
                                      "struct<\"",
                                      "list<decimal(1>",
                                      "struct<a:int64>x"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        lf_field f;
        lf_error e = {0};
        if (!LF_CHECK(field_parse(&f, bad[i], &e) == LF_ESCHEMA)) printf("  '%s'\n", bad[i]);
        lf_field_reset(&f, lf_alloc_default());
    }
    char deep[5 * 300 + 8];
    size_t n = 0;
    for (int i = 0; i < 300; i++) {
        memcpy(deep + n, "list<", 5);
        n += 5;
    }
    deep[n] = 0;
    lf_field f;
    lf_error e = {0};
    LF_CHECK_EQ_I64(field_parse(&f, deep, &e), LF_ESCHEMA);
    LF_CHECK(strstr(e.message, "100") != NULL);
    lf_field_reset(&f, lf_alloc_default());
}

static lf_rc schema_parse(lf_schema *s, const char *json, lf_error *e) {
    return lf_schema_from_json(s, NULL, (lf_span){(const uint8_t *)json, strlen(json)}, e);
}

static const char full_json[] =
    "{\"columns\":[\n"
    " {\"name\":\"a\",\"type\":\"int64\",\"nullable\":true},\n"
    " {\"name\":\"quote \\\" back \\\\ line \\n\",\"type\":\"date\",\"nullable\":false,"
    "\"format\":\"%d/%m/%Y\",\"null\":[\"NA\",\"-\"]},\n"
    " {\"name\":\"\",\"type\":\"string\",\"nullable\":true,\"null\":[]},\n"
    " {\"name\":\"d\xC3\xA9\",\"type\":\"struct<\\\"x "
    "y\\\":list<decimal(5,2)>>\",\"nullable\":true}\n"
    "]}\n";

static void schemas_go_both_ways(void) {
    lf_schema s, copy = {0};
    lf_error e = {0};
    if (!LF_CHECK(schema_parse(&s, full_json, &e) == LF_OK)) printf("  %s\n", e.message);
    LF_REQUIRE(s.n_fields == 4);
    LF_CHECK_STR(s.fields[1].name, "quote \" back \\ line \n");
    LF_CHECK(!s.fields[1].nullable && s.fields[1].n_null_words == 2);
    LF_CHECK(s.fields[0].null_words == NULL && s.fields[2].null_words != NULL);
    LF_CHECK_EQ_I64(lf_schema_find(&s, "a", 1), 0);
    LF_CHECK_EQ_I64(lf_schema_find(&s, "ab", 1), 0);
    LF_CHECK_EQ_I64(lf_schema_find(&s, "", 0), 2);
    LF_CHECK_EQ_I64(lf_schema_find(&s, "b", 1), -1);
    LF_CHECK(lf_schema_copy(&copy, &s, NULL) == LF_OK);
    lf_schema_reset(&s);
    lf_buf b;
    lf_buf_init(&b, NULL, 10000);
    LF_CHECK(lf_schema_to_json(&copy, &b, NULL) == LF_OK);
    LF_CHECK(lf_buf_append(&b, "", 1, NULL) == LF_OK);
    LF_CHECK_STR((char *)b.data, full_json);
    LF_CHECK(lf_schema_copy(&copy, &copy, NULL) == LF_OK); /* onto itself */
    LF_CHECK_EQ_U64(copy.n_fields, 4);
    lf_buf_reset(&b);
    lf_schema_reset(&copy);
    lf_schema_reset(&copy);
}

static void json_is_read_as_people_write_it(void) {
    lf_schema s;
    LF_CHECK(schema_parse(&s, "\xEF\xBB\xBF { \"columns\" : [ ] } \r\n", NULL) == LF_OK);
    LF_CHECK_EQ_U64(s.n_fields, 0);
    lf_schema_reset(&s);
    LF_REQUIRE(schema_parse(&s,
                            "{\"columns\":[{\"null\":\"NA\",\"type\":\"int64\",\"name\":"
                            "\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\/\"}]}",
                            NULL) == LF_OK);
    LF_CHECK_STR(s.fields[0].name, "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80/");
    LF_CHECK(s.fields[0].nullable && s.fields[0].n_null_words == 1);
    LF_CHECK_STR(s.fields[0].null_words[0], "NA");
    lf_schema_reset(&s);
}

static void wrong_json_is_refused_with_its_line(void) {
    static const struct {
        const char *json, *says;
        uint64_t line, byte; /* 0: of no matter */
    } rows[] = {
        {"", "it starts with", 1, 0},
        {" []", "it starts with", 1, 1},
        {"{\n\n\"cols\":[]}", "the one key", 3, 3},
        {"{\"columns\":[]", "ends with"},
        {"{\"columns\":[]} x", "follows its end"},
        {"{\"columns\":[{}]}", "no \"name\""},
        {"{\"columns\":[{\"name\":\"a\"}]}", "no \"type\""},
        {"{\"columns\":[{\"type\":\"date\"}]}", "no \"name\""},
        {"{\"columns\":[{\"name\":\"a\",\"type\":\"dat\"}]}", "'dat'"},
        {"{\"columns\":[{\"name\":\"a\",\"type\":\"date\",\"typ\":1}]}", "no others"},
        {"{\"columns\":[{\"name\":\"a\",\"type\":\"date\",\"type\":\"date\"}]}", "twice"},
        {"{\"columns\":[{\"name\":\"a\",\"type\":\"date\",\"nullable\":1}]}", "true or false"},
        {"{\"columns\":[{\"name\":\"a\",\"type\":\"date\"},{\"name\":\"a\",\"type\":\"date\"}]}",
         "two columns 'a'"},
        {"{\"columns\":[{\"name\":\"a\",\"type\":\"date\"} {\"name\":\"b\"}]}", "',' or ']'"},
        {"{\"columns\":[{\"name\":\"a", "never ends"},
        {"{\"columns\":[{\"name\":\"a\\", "never ends"},
        {"{\"columns\":[{\"name\":\"a\\x\"", "escape"},
        {"{\"columns\":[{\"name\":\"\\u00", "hex"},
        {"{\"columns\":[{\"name\":\"\\u0000\"", "hex"},
        {"{\"columns\":[{\"name\":\"\\ud800\"", "pair"},
        {"{\"columns\":[{\"name\":\"\\udc00\"", "pair"},
        {"{\"columns\":[{\"name\":\"\\ud800\\u0041\"", "pair"},
        {"{\"columns\":[{\"name\":\"a\nb\"", "control"},
        {"{\"columns\":[{\"null\":[\"a\"", "',' or ']'"},
        {"{\"columns\":[{\"null\":[],\"null\":[]", "twice"},
        {"{\"columns\":{\"a\":\"date\"}}", "list of objects"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        lf_schema s;
        lf_error e = {0};
        bool refused = schema_parse(&s, rows[i].json, &e) == LF_ESCHEMA;
        if (!LF_CHECK(refused && strstr(e.message, rows[i].says))) {
            printf("  %s\n  %s\n", rows[i].json, e.message);
        }
        LF_CHECK(rows[i].line == 0 || (e.line == rows[i].line && e.byte_offset == rows[i].byte));
        LF_CHECK_EQ_U64(s.n_fields, 0);
        lf_schema_reset(&s);
    }
}

static void every_cut_and_flip_is_harmless(void) {
    size_t n = sizeof full_json - 1;
    for (size_t i = 0; i <= n; i++) {
        char *exact = lf_mem_alloc(NULL, i);
        memcpy(exact, full_json, i);
        lf_schema s;
        lf_rc rc = lf_schema_from_json(&s, NULL, (lf_span){(uint8_t *)exact, i}, NULL);
        LF_CHECK(rc == (i >= n - 1 ? LF_OK : LF_ESCHEMA));
        lf_schema_reset(&s);
        for (int bit = 0; bit < 8 && i == n; bit++) {
            for (size_t k = 0; k < n; k++) {
                exact[k] ^= (char)(1 << bit);
                rc = lf_schema_from_json(&s, NULL, (lf_span){(uint8_t *)exact, n}, NULL);
                LF_CHECK(rc == LF_OK || rc == LF_ESCHEMA);
                lf_schema_reset(&s);
                exact[k] ^= (char)(1 << bit);
            }
        }
        lf_mem_free(NULL, exact, i);
    }
}

static void a_small_budget_fails_cleanly(void) {
    for (size_t cap = 1; cap < 6000; cap += 13) {
        lf_budget b;
        lf_budget_init(&b, NULL, cap);
        lf_schema s, copy;
        lf_schema_init(&copy, &b.alloc);
        lf_error e = {0};
        lf_span json = {(const uint8_t *)full_json, sizeof full_json - 1};
        lf_rc rc = lf_schema_from_json(&s, &b.alloc, json, &e);
        if (rc == LF_OK) rc = lf_schema_copy(&copy, &s, &e);
        LF_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY);
        LF_CHECK_EQ_I64(e.rc, rc);
        lf_schema_reset(&s);
        lf_schema_reset(&copy);
        LF_CHECK_EQ_U64(b.used_bytes, 0);
    }
}

static void many_columns_are_quick(void) {
    lf_schema s, t;
    lf_schema_init(&s, NULL);
    for (int i = 0; i < 50000; i++) {
        char name[32];
        int n = snprintf(name, sizeof name, "column_%d", i);
        LF_CHECK(lf_schema_add(&s, name, (size_t)n, flat[i % N_FLAT].type, true, NULL) == LF_OK);
    }
    LF_CHECK(lf_schema_add(&s, "a\0b", 3, flat[0].type, true, NULL) == LF_ESCHEMA);
    lf_buf b;
    lf_buf_init(&b, NULL, 1u << 26);
    LF_CHECK(lf_schema_to_json(&s, &b, NULL) == LF_OK);
    LF_CHECK(lf_schema_from_json(&t, NULL, (lf_span){b.data, b.len}, NULL) == LF_OK);
    LF_CHECK_EQ_U64(t.n_fields, 50000);
    LF_CHECK_STR(t.fields[49999].name, "column_49999");
    lf_schema_reset(&s);
    lf_schema_reset(&t);
    lf_buf_reset(&b);
}

static void columns_of_one_name_get_numbers(void) {
    static const char *const names[][2] = {{"a", "a"}, {"b", "b"},       {"a", "a_1"},
                                           {"", ""},   {"a_1", "a_1_1"}, {"a", "a_2"},
                                           {"", "_1"}, {"c", "c"}};
    lf_schema s;
    lf_schema_init(&s, NULL);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        lf_field f = {.name = lf_mem_strdup(s.alloc, names[i][0])};
        LF_CHECK(lf_schema_field_take(&s, &f, NULL) == LF_OK);
    }
    for (int again = 0; again < 2; again++) {
        LF_CHECK(lf_schema_names_settle(&s, NULL) == LF_OK);
        for (uint32_t i = 0; i < s.n_fields; i++)
            LF_CHECK_STR(s.fields[i].name, names[i][1]);
    }
    lf_schema_reset(&s);
}

int main(void) {
    LF_RUN(columns_of_one_name_get_numbers);
    LF_RUN(flat_names_go_both_ways);
    LF_RUN(slots_have_their_sizes);
    LF_RUN(wrong_flat_names_are_refused);
    LF_RUN(nested_names_go_both_ways);
    LF_RUN(wrong_nested_names_are_refused);
    LF_RUN(schemas_go_both_ways);
    LF_RUN(json_is_read_as_people_write_it);
    LF_RUN(wrong_json_is_refused_with_its_line);
    LF_RUN(every_cut_and_flip_is_harmless);
    LF_RUN(a_small_budget_fails_cleanly);
    LF_RUN(many_columns_are_quick);
    LF_TEST_MAIN_END;
}
