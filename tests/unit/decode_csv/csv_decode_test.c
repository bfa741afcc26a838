/* What a text decodes to: rows as written, rejects with their places, counts. Each case is
 * read under every instruction set, cut in several ways, and must print the same. */
#include "csv_dump.h"

typedef struct text_case {
    const char *name, *text, *want;
    const char *option, *value;
    uint64_t record_max;
    const char *option2, *value2;
} text_case;

static const text_case cases[] = {
    {"plain", "a,b\n1,x\n2,y\n",
     "a:int64 b:string \n<1>,<x>\n<2>,<y>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"no line feed at the end", "a,b\n1,x\n2,y",
     "a:int64 b:string \n<1>,<x>\n<2>,<y>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 1 blank 0 padded 0\n"},
    {"crlf", "a,b\r\n1,x\r\n2,\"y\"\r\n",
     "a:int64 b:string \n<1>,<x>\n<2>,<y>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"byte order mark",
     "\xef\xbb\xbf"
     "a,b\n1,2\n",
     "a:int64 b:int64 \n<1>,<2>\nint64 int64 \n"
     "rows 1 rejects 0 records 1 newlines 1 blank 0 padded 0\n"},
    {"quotes", "a,b\n1,\"x,y\"\n2,\"l1\nl2\"\n3,\"he said \"\"no\"\"\"\n4,\"\"\n5,\n",
     "a:int64 b:string \n<1>,<x,y>\n<2>,<l1\nl2>\n<3>,<he said \"no\">\n<4>,<>\n<5>,~\n"
     "int64 string \nrows 5 rejects 0 records 5 newlines 6 blank 0 padded 0\n"},
    {"quote as text", "a,b\n1,12\" monitor\n2,say \"hi\"\n3,\"aa\"a\n4,x\n",
     "a:int64 b:string \n<1>,<12\" monitor>\n<2>,<say \"hi\">\n<3>,<aaa>\n<4>,<x>\n"
     "int64 string \nrows 4 rejects 0 records 4 newlines 4 blank 0 padded 0\n"},
    {"cr as text", "a,b\n1,x\ry\n2,\"q\"\rz\n",
     "a:int64 b:string \n<1>,<x\ry>\n<2>,<q\rz>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"quoted and bare empties in a typed column", "a,b\n1,x\n,y\n\"\",z\n\"4\",w\n",
     "a:int64 b:string \n<1>,<x>\n~,<y>\n<>,<z>\n<4>,<w>\nint64 string \n"
     "rows 4 rejects 0 records 4 newlines 4 blank 0 padded 0\n"},
    {"null words", "a,b,c\n1,x,1.5\nNA,NA,NaN\nNULL,y,NA\n,z,2\n",
     "a:int64 b:string c:double \n<1>,<x>,<1.5>\n<NA>,<NA>,<NaN>\n<NULL>,<y>,<NA>\n~,<z>,<2>\n"
     "int64 string double \nrows 4 rejects 0 records 4 newlines 4 blank 0 padded 0\n"},
    {"explicit null words hold everywhere", "a,b\n1,x\n--,--\n3,NA\n",
     "a:int64 b:string \n<1>,<x>\n~,~\n<3>,<NA>\nint64 string \n"
     "rows 3 rejects 0 records 3 newlines 3 blank 0 padded 0\n",
     "null", "--"},
    {"quoted null words are text", "a,b\nx,\"--\"\n--,y\nz,--\n",
     "a:string b:string \n<x>,<-->\n~,<y>\n<z>,~\nstring string \n"
     "rows 3 rejects 0 records 3 newlines 3 blank 0 padded 0\n",
     "null", "--"},
    {"long null words", "a,b\nx,not available\nnot available,y\nz,not availably\n",
     "a:string b:string \n<x>,~\n~,<y>\n<z>,<not availably>\nstring string \n"
     "rows 3 rejects 0 records 3 newlines 3 blank 0 padded 0\n",
     "null", "not available"},
    {"doubles print as written", "a\n1.50\n2.25\n3.1\n4\n",
     "a:double \n<1.50>\n<2.25>\n<3.1>\n<4>\ndouble \n"
     "rows 4 rejects 0 records 4 newlines 4 blank 0 padded 0\n"},
    {"short and long rows", "a,b,c\n1,x,2\n3\n4,y,5,6\nq\n7,z,8\n9,v,10\n",
     "a:int64 b:string c:int64 \n<1>,<x>,<2>\n<3>,~,~\n"
     "!ROW_WIDTH @14 record 2 line 2 column 0 mark 6+1: 4 fields where 3 are expected: 4,y,5,6\n"
     "!ROW_WIDTH @22 record 3 line 3 column 0 mark 0+0: 1 field where 3 are expected, and they do "
     "not fit the columns' types: q\n<7>,<z>,<8>\n<9>,<v>,<10>\nint64 string int64 \n"
     "rows 4 rejects 2 records 6 newlines 6 blank 0 padded 1\n"},
    {"blank lines", "a,b\n\n1,x\n\r\n\n2,y\n\n",
     "a:int64 b:string \n<1>,<x>\n<2>,<y>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 6 blank 4 padded 0\n"},
    {"one column", "n\n1\n\n3\n",
     "n:int64 \n<1>\n~\n<3>\nint64 \n"
     "rows 3 rejects 0 records 3 newlines 3 blank 0 padded 0\n"},
    {"trailing delimiters beyond the header", "a,b\n1,x,\n2,y,\n3,z\n4,v,,\n5,w,\n",
     "a:int64 b:string \n<1>,<x>\n<2>,<y>\n<3>,<z>\n<4>,<v>\n<5>,<w>\nint64 string \n"
     "rows 5 rejects 0 records 5 newlines 5 blank 0 padded 0\n"},
    {"broken utf-8", "a,b\n1,gr\xc3\xbcn\n2,\xff\n3,ok\n",
     "a:int64 b:string \n<1>,<gr\xc3\xbcn>\n"
     "!BAD_UTF8 @12 record 1 line 1 column 2 mark 2+1: byte 0xff is not valid UTF-8: 2,\xff\n"
     "<3>,<ok>\nint64 string \nrows 2 rejects 1 records 3 newlines 3 blank 0 padded 0\n"},
    {"a quote that never closes", "a,b\n1,x\n2,\"open\n3,z\n4,w\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!QUOTE_OPEN @8 record 1 line 1 column 2 mark 2+1: the quote that opens in field 2 never "
     "closes: 2,\"open\n<3>,<z>\n<4>,<w>\nint64 string \n"
     "rows 3 rejects 1 records 4 newlines 4 blank 0 padded 0\n"},
    {"a quote that never closes before quoted cells",
     "a,b\n1,x\n2,\"open\n3,z\n4,\"w\"\n5,\"v\nv\"\n6,\"\"\"q\"\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!QUOTE_OPEN @8 record 1 line 1 column 2 mark 2+1: the quote that opens in field 2 never "
     "closes: 2,\"open\n<3>,<z>\n<4>,<w>\n<5>,<v\nv>\n<6>,<\"q>\nint64 string \n"
     "rows 5 rejects 1 records 6 newlines 7 blank 0 padded 0\n"},
    {"a quote that never closes, ending in a doubled one",
     "a,b,c\n1,x,1\n2,3,\"open\"\"\n3,\"z\",3\n4,w,4\n",
     "a:int64 b:string c:int64 \n<1>,<x>,<1>\n"
     "!QUOTE_OPEN @12 record 1 line 1 column 3 mark 4+1: the quote that opens in field 3 never "
     "closes: 2,3,\"open\"\"\n<3>,<z>,<3>\n<4>,<w>,<4>\nint64 string int64 \n"
     "rows 3 rejects 1 records 4 newlines 4 blank 0 padded 0\n"},
    {"blanks behind a quoted cell of two lines", "a,b\n1,\"x\ny\" \n2,\"z\nz\"\t\r\n3,w\n",
     "a:int64 b:string \n<1>,<x\ny>\n<2>,<z\nz>\n<3>,<w>\nint64 string \n"
     "rows 3 rejects 0 records 3 newlines 5 blank 0 padded 0\n"},
    {"blanks behind a quoted cell, and text behind another",
     "a,b\n1,\"x\ny\" \n2,\"z\nz\"\t\r\n3,w\n4,\"q\"r\n",
     "a:int64 b:string \n<1>,<x\ny >\n<2>,<z\nz\t>\n<3>,<w>\n<4>,<qr>\nint64 string \n"
     "rows 4 rejects 0 records 4 newlines 6 blank 0 padded 0\n"},
    {"a quote open past the limit, closed behind it",
     "a,b\n1,x\n2,\"open\n3,zzzzzzzzzzzz\n4,w\"\n5,v\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!RECORD_TOO_BIG @8 record 1 line 1 column 0 mark 0+0: the record has 27 bytes, over 16; "
     "--memory-limit 1MiB takes it: 2,\"open\n3,zzzzzzzzzzzz\n4,w\"\n<5>,<v>\nint64 string \n"
     "rows 2 rejects 1 records 3 newlines 5 blank 0 padded 0\n",
     NULL, NULL, 16},
    {"a quote open past the limit and to the end",
     "a,b\n1,x\n2,\"open\n3,zzzzzzzzzzzz\n4,\"\"\n5,v\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!QUOTE_OPEN @8 record 1 line 1 column 2 mark 2+1: the quote that opens in field 2 never "
     "closes: 2,\"open\n<3>,<zzzzzzzzzzzz>\n<4>,<>\n<5>,<v>\nint64 string \n"
     "rows 4 rejects 1 records 5 newlines 5 blank 0 padded 0\n",
     NULL, NULL, 16},
    {"a quote open past the limit, up to one that opens",
     "a,b\n1,x\n2,\"open\r\n3,zzzzzzzzzzzz\n4,\"w\"\n5,v\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!QUOTE_OPEN @8 record 1 line 1 column 2 mark 2+1: the quote that opens in field 2 never "
     "closes: 2,\"open\n<3>,<zzzzzzzzzzzz>\n<4>,<w>\n<5>,<v>\nint64 string \n"
     "rows 4 rejects 1 records 5 newlines 5 blank 0 padded 0\n",
     NULL, NULL, 16},
    {"a quote open in a middle field, up to one that opens",
     "a,b,c\n1,x,2\n2,\"open,3\n3,z,4\n4,\"w, w\",5\n",
     "a:int64 b:string c:int64 \n<1>,<x>,<2>\n"
     "!QUOTE_OPEN @12 record 1 line 1 column 2 mark 2+1: the quote that opens in field 2 never "
     "closes: 2,\"open,3\n<3>,<z>,<4>\n<4>,<w, w>,<5>\nint64 string int64 \n"
     "rows 3 rejects 1 records 4 newlines 4 blank 0 padded 0\n"},
    {"a quote that opens past the limit and never closes",
     "a,b\n1,x\n222222222222222222222,\"open\n3,z\n4,w\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!RECORD_TOO_BIG @8 record 1 line 1 column 0 mark 0+0: the record has 27 bytes, over 16; "
     "--memory-limit 1MiB takes it: 222222222222222222222,\"open\n<3>,<z>\n<4>,<w>\nint64 string \n"
     "rows 3 rejects 1 records 4 newlines 4 blank 0 padded 0\n",
     NULL, NULL, 16},
    {"blanks behind a quote that closes past the limit",
     "a,b\n1,x\n2,\"open\n3,zzzzzzzzzzzz\n4,w\" \n5,v\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!RECORD_TOO_BIG @8 record 1 line 1 column 0 mark 0+0: the record has 28 bytes, over 16; "
     "--memory-limit 1MiB takes it: 2,\"open\n3,zzzzzzzzzzzz\n4,w\" \n<5>,<v>\nint64 string \n"
     "rows 2 rejects 1 records 3 newlines 5 blank 0 padded 0\n",
     NULL, NULL, 16},
    {"a record past the limit", "a,b\n1,x\n2,yyyyyyyyyyyyyyyyyyyyyyy\n3,z\n",
     "a:int64 b:string \n<1>,<x>\n"
     "!RECORD_TOO_BIG @8 record 1 line 1 column 0 mark 0+0: the record has 25 bytes, over 16; "
     "--memory-limit 1MiB takes it: 2,yyyyyyyyyyyyyyyyyyyyyyy\n<3>,<z>\nint64 string \n"
     "rows 2 rejects 1 records 3 newlines 3 blank 0 padded 0\n",
     NULL, NULL, 16},
    {"semicolons and decimal commas", "x;y\n1,5;2,5\n3,5;4,5\n",
     "x:double y:double \n<1,5>,<2,5>\n<3,5>,<4,5>\ndouble double \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"tabs", "a\tb\n1\tx y\n",
     "a:int64 b:string \n<1>,<x y>\nint64 string \n"
     "rows 1 rejects 0 records 1 newlines 1 blank 0 padded 0\n"},
    {"no header", "1,x\n2,y\n",
     "column_1:int64 column_2:string \n<1>,<x>\n<2>,<y>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"header no", "a,b\nc,d\n",
     "column_1:string column_2:string \n<a>,<b>\n<c>,<d>\nstring string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n",
     "header", "no"},
    {"header only", "a,b\n",
     "a:string b:string \nstring string \n"
     "rows 0 rejects 0 records 0 newlines 0 blank 0 padded 0\n"},
    {"names", "a,a,,a_1\n1,2,3,4\n",
     "a:int64 a_1:int64 column_3:int64 a_1_1:int64 \n<1>,<2>,<3>,<4>\nint64 int64 int64 int64 \n"
     "rows 1 rejects 0 records 1 newlines 1 blank 0 padded 0\n"},
    {"a header with too few names", "a,b\n1,2,3\n4,5,6\n",
     "a:int64 b:int64 column_3:int64 \n<1>,<2>,<3>\n<4>,<5>,<6>\nint64 int64 int64 \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"single quotes", "a,b\n1,'x,y'\n2,\"\n",
     "a:int64 b:string \n<1>,<x,y>\n<2>,<\">\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n",
     "quote", "'"},
    {"no quotes", "a,b\n1,\"x\n2,y\"\n",
     "a:int64 b:string \n<1>,<\"x>\n<2>,<y\">\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n",
     "quote", "none"},
    {"nul bytes are text", "a,b\n1,x\n2,y\n",
     "a:int64 b:string \n<1>,<x>\n<2>,<y>\nint64 string \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"dates and times",
     "d,t,u\n2026-03-08,2026-03-08 10:00:00,12:30:00\n2026-12-31,2026-12-31 23:59:59,00:00:01\n",
     "d:date t:timestamp[us] u:time \n<2026-03-08>,<2026-03-08 10:00:00>,<12:30:00>\n"
     "<2026-12-31>,<2026-12-31 23:59:59>,<00:00:01>\ndate timestamp[us] time \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
    {"an all-null column", "a,b\n1,\n2,\n",
     "a:int64 b:null \n<1>,~\n<2>,~\nint64 null \n"
     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n"},
};

static lf_isa isas[3];
static uint32_t n_isas;

static void find_isas(void) {
    isas[n_isas++] = LF_ISA_SCALAR;
    lf_isa best = lf_isa_best();
    if (best >= LF_ISA_AVX2) isas[n_isas++] = LF_ISA_AVX2;
    if (best >= LF_ISA_AVX512) isas[n_isas++] = LF_ISA_AVX512;
}

static void check_case(const text_case *t, const dump_how *how) {
    lf_option options[2] = {{t->option, t->value}, {t->option2, t->value2}};
    dump_how h = *how;
    h.record_max = t->record_max;
    h.opts.options = options;
    h.opts.n_options = (t->option != NULL) + (t->option2 != NULL);
    dump d;
    lf_rc rc = dump_text(&d, (lf_span){(const uint8_t *)t->text, strlen(t->text)}, &h);
    bool good = LF_CHECK_EQ_I64(rc, LF_OK);
    good &= LF_CHECK_STR((const char *)d.out.data, t->want);
    if (!good)
        printf("  in \"%s\", isa %s, chunk %zu, block %llu: %s\n", t->name, lf_isa_name(h.isa),
               h.chunk, (unsigned long long)h.block, d.err.message);
    dump_free(&d);
}

static void texts_decode_alike_under_every_isa_and_cut(void) {
    static const size_t chunks[] = {0, 1, 2, 7, 63, 64};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        for (uint32_t s = 0; s < n_isas; s++)
            for (size_t k = 0; k < sizeof chunks / sizeof chunks[0]; k++)
                for (int late = 0; late < 2; late++) {
                    dump_how how = {.isa = isas[s], .chunk = chunks[k], .late_eof = late};
                    check_case(&cases[i], &how);
                    how.block = 5;
                    check_case(&cases[i], &how);
                }
}

/* So few that one step of the index does not hold a tile: it goes on with the next. */
static void long_records_decode_alike(void) {
    static const struct {
        const char *name, *value, *line;
    } dialects[] = {
        {"escape", "backslash", "%u,\"a, \\\" b\",%s,\"c,, d\"\n"},
        {"delimiter", "::", "%u::\"a:: \"\" b\"::%s::\"c:: d\"\n"},
        {"line-end", "any", "%u,\"a, \"\" b\",%s,\"c,, d\"\r"},
        {"quote", "double", "%u,\"a, \"\" b\",%s,\"c,, d\"\n"},
    };
    enum { BYTES = 48 * 1024, SHIFTS = 40 };
    char *text = malloc(BYTES), filler[1400];
    for (size_t k = 0; text != NULL && k < 4u * SHIFTS; k++) {
        lf_option option = {dialects[k % 4].name, dialects[k % 4].value};
        size_t n = 0;
        for (uint32_t i = 0; n < BYTES - 1500; i++) {
            size_t len = 400 + i * 37 % 300 + (i == 0 ? k / 4 * 16 : 0);
            memset(filler, 'x', len);
            filler[len] = '\0';
            n += (size_t)snprintf(text + n, BYTES - n, dialects[k % 4].line, i, filler);
        }
        dump want, got;
        dump_how how = {.isa = LF_ISA_SCALAR, .opts = {.options = &option, .n_options = 1}};
        LF_CHECK_EQ_I64(dump_text(&want, (lf_span){(uint8_t *)text, n}, &how), LF_OK);
        LF_CHECK_EQ_U64(want.rejects, 0);
        for (uint32_t s = 1; s < n_isas; s++) {
            how.isa = isas[s];
            how.chunk = k % 3 * 5000;
            LF_CHECK_EQ_I64(dump_text(&got, (lf_span){(uint8_t *)text, n}, &how), LF_OK);
            LF_CHECK_STR((const char *)got.out.data, (const char *)want.out.data);
            dump_free(&got);
        }
        dump_free(&want);
    }
    free(text);
}

/* A type that the head does not know of. */
static void late_misfits_widen_and_keep_the_text(void) {
    static const struct {
        const char *text, *types;
    } late[] = {
        {"a\n1\n2\n3\nN/A-7\n4\n", "string"},
        {"a\n1\n2\n3\n1.5\n4\n", "double"},
        {"a\n1\n2\n3\n18446744073709551615\n4\n", "uint64"},
        {"a\n-1\n2\n3\n18446744073709551615\n4\n", "decimal(20,0)"},
        {"a\n1.5\n2.5\n3\n12345678901234567.25\n4.0\n", "decimal(19,2)"},
        {"a\n2026-01-31\n2026-02-01\n2026-02-01 10:00:00\n2026-03-01\n", "timestamp[us]"},
        {"a\n\n\n\n31/12/2026\n01/02/2026\n", "date"},
        {"a\n\n\n\n01/02/2026\n02/02/2026\n", "string"},
        {"a\ntrue\nfalse\nTRUE\n", "string"},
        {"a\n1\n2\n\"NA\"\nNA\n", "string"},
    };
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++)
        for (uint32_t s = 0; s < n_isas; s++)
            for (size_t chunk = 0; chunk < 9; chunk++) {
                dump_how how = {.isa = isas[s], .chunk = chunk, .head = 8};
                lf_option header = {"header", "yes"};
                how.opts.options = &header;
                how.opts.n_options = 1;
                dump d;
                const char *t = late[i].text;
                LF_CHECK_EQ_I64(dump_text(&d, (lf_span){(const uint8_t *)t, strlen(t)}, &how),
                                LF_OK);
                const char *out = (const char *)d.out.data, *types = strstr(out, ">\n");
                char want[64], body[256] = "";
                snprintf(want, sizeof want, "\n%s \nrows", late[i].types);
                bool good = LF_CHECK(strstr(out, want) != NULL);
                /* the rows, as they were written */
                for (const char *p = strchr(t, '\n') + 1; *p;) {
                    size_t n = strcspn(p, "\n");
                    bool q = *p == '"';
                    if (n == 0)
                        strcat(body, "~\n");
                    else
                        sprintf(body + strlen(body), "<%.*s>\n", (int)n - 2 * q, p + q);
                    p += n + 1;
                }
                good &= LF_CHECK(strstr(out, body) != NULL);
                if (!good)
                    printf("  %s isa %s chunk %zu: %s\n", t, lf_isa_name(isas[s]), chunk, out);
                (void)types;
                dump_free(&d);
            }
}

static void given_types_reject_what_does_not_fit(void) {
    lf_schema schema;
    lf_schema_init(&schema, lf_alloc_default());
    LF_REQUIRE(lf_schema_add(&schema, "a", 1, (lf_type){.id = LF_T_INT64}, true, NULL) == LF_OK);
    const char *t = "a,b\n1,x\nq,\"y\"\"\"\n3,z\n,w\n5,5\n1.5,6\n";
    for (uint32_t s = 0; s < n_isas; s++)
        for (size_t chunk = 0; chunk < 40; chunk++) {
            dump_how how = {.isa = isas[s], .chunk = chunk};
            how.opts.schema = &schema;
            dump d;
            LF_CHECK_EQ_I64(dump_text(&d, (lf_span){(const uint8_t *)t, strlen(t)}, &how), LF_OK);
            LF_CHECK_STR(
                (const char *)d.out.data,
                "a:int64 b:string \n<1>,<x>\n"
                "!TYPE_MISFIT @8 record 1 line 1 column 1 mark 0+1: \"q\" in column a does not "
                "read "
                "as int64: q,\"y\"\"\"\n<3>,<z>\n~,<w>\n<5>,<5>\n"
                "!TYPE_MISFIT @27 record 5 line 5 column 1 mark 0+3: \"1.5\" in column a does not "
                "read as int64: 1.5,6\nint64 string \n"
                "rows 4 rejects 2 records 6 newlines 6 blank 0 padded 0\n");
            dump_free(&d);
        }
    lf_schema_reset(&schema);
}

static void columns_are_selected_in_the_order_given(void) {
    const char *names[] = {"c", "a"}, *wrong[] = {"colour"};
    const char *t = "a,b,c\n1,x,2.5\n3,\"y\",4.5\n";
    for (uint32_t s = 0; s < n_isas; s++) {
        dump_how how = {.isa = isas[s]};
        how.opts.columns = names;
        how.opts.n_columns = 2;
        dump d;
        LF_CHECK_EQ_I64(dump_text(&d, (lf_span){(const uint8_t *)t, strlen(t)}, &how), LF_OK);
        LF_CHECK_STR((const char *)d.out.data,
                     "c:double a:int64 \n<2.5>,<1>\n<4.5>,<3>\ndouble int64 \n"
                     "rows 2 rejects 0 records 2 newlines 2 blank 0 padded 0\n");
        dump_free(&d);
        how.opts.columns = wrong;
        how.opts.n_columns = 1;
        LF_CHECK_EQ_I64(dump_text(&d, (lf_span){(const uint8_t *)t, strlen(t)}, &how), LF_EUSAGE);
        LF_CHECK_STR(d.err.message,
                     "--columns: there is no column \"colour\"; the nearest is \"c\"");
        dump_free(&d);
    }
}

static void empty_input_is_an_error(void) {
    dump_how how = {0};
    dump d;
    LF_CHECK_EQ_I64(dump_text(&d, (lf_span){(const uint8_t *)"", 0}, &how), LF_EEMPTY_INPUT);
    dump_free(&d);
    LF_CHECK_EQ_I64(dump_text(&d, (lf_span){(const uint8_t *)"\xef\xbb\xbf", 3}, &how),
                    LF_EEMPTY_INPUT);
    dump_free(&d);
}

int main(void) {
    find_isas();
    LF_RUN(texts_decode_alike_under_every_isa_and_cut);
    LF_RUN(long_records_decode_alike);
    LF_RUN(late_misfits_widen_and_keep_the_text);
    LF_RUN(given_types_reject_what_does_not_fit);
    LF_RUN(columns_are_selected_in_the_order_given);
    LF_RUN(empty_input_is_an_error);
    LF_TEST_MAIN_END;
}
