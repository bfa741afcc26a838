/* What the head of a text decides: delimiter, header, names, types; where records start in the
 * middle; and that running out of memory anywhere leaks nothing. */
#include "csv_dump.h"
#include "decode/csv/csv_internal.h"

static lf_rc plan_of(const char *text, size_t n, bool whole, const lf_option *options,
                     size_t n_options, const lf_alloc *alloc, lf_plan **p, lf_error *err) {
    lf_decode_opts o = {.struct_size = sizeof o, .alloc = alloc, .isa = lf_isa_best()};
    o.options = options;
    o.n_options = n_options;
    return lf_csv_decoder.plan(&o, (lf_span){(const uint8_t *)text, n}, whole, p, err);
}

static void heads_decide_delimiter_header_and_types(void) {
    static const struct {
        const char *text, *delimiter, *schema;
        bool header;
        const char *option, *value;
    } cases[] = {
        {"a,b\n1,2\n", ",", "a:int64 b:int64 ", true},
        {"a;b;c\n1;2,5;3\n4;5,5;6\n", ";", "a:int64 b:double c:int64 ", true},
        {"x;y\n1,5;2,5\n3,5;4,5\n", ";", "x:double y:double ", true},
        {"a\tb\nx, y\tz\nu, v\tw\n", "\t", "a:string b:string ", true},
        {"a|b\n\"x|y\"|1\n\"x|z\"|2\n", "|", "a:string b:int64 ", true},
        {"words\nhello there\ngood day\n", "\n", "words:string ", true},
        {"n\n1\n2\n", "\n", "n:int64 ", true},
        {"1\n2\n3\n", "\n", "column_1:int64 ", false},
        {"1,2\n", ",", "column_1:int64 column_2:int64 ", false},
        {"a,b\n", ",", "a:string b:string ", true},
        {"x,y\nz,w\n", ",", "x:string y:string ", true},
        {"x,x\nz,w\n", ",", "column_1:string column_2:string ", false},
        {"x,\nz,w\n", ",", "column_1:string column_2:string ", false},
        {",a,b\n0,1,2\n1,3,4\n", ",", "column_1:int64 a:int64 b:int64 ", true},
        {"year,2019,2020\na,1,2\n", ",", "column_1:string column_2:int64 column_3:int64 ", false},
        {"id,name\nNA,x\n7,y\n", ",", "id:int64 name:string ", true},
        {"NA,x\n7,y\n8,z\n", ",", "column_1:int64 column_2:string ", false},
        {"id;note\n1;a, b\n2;c, d\n3;e\n", ";", "id:int64 note:string ", true},
        {"a,b,c\n1,2\n3,4\n", ",", "a:int64 b:int64 c:null ", true},
        {"\n\na,b\n1,2\n", ",", "a:int64 b:int64 ", true},
        {"\"a\nb\",c\n1,2\n", ",", "a b:int64 c:int64 ", true},
        {",name,town\n0,Ann,Oslo\n1,Bob,Rome\n", ",", "column_1:int64 name:string town:string ",
         true},
        {",name,town\n7,Ann,Oslo\n3,Bob,Rome\n", ",",
         "column_1:int64 column_2:string column_3:string ", false},
        {"a,b,\nx,y,\nz,w,\n", ",", "a:string b:string column_3:null ", true},
        {"at,1990,1991,1992\nA,1.5,2.5,0.5\nB,3.5,1.5,2.5\n", ",",
         "at:string 1990:double 1991:double 1992:double ", true},
        {"A,1990,1991,1992\nB,1993,1994,1995\n", ",",
         "column_1:string column_2:int64 column_3:int64 column_4:int64 ", false},
        {"A,1,2,3\nB,7,5,6\n", ",", "column_1:string column_2:int64 column_3:int64 column_4:int64 ",
         false},
        {"k,0,1,2,3,4,5\nA,2,9,1,4,7,7\n", ",",
         "k:string 0:int64 1:int64 2:int64 3:int64 4:int64 5:int64 ", true},
        {"1\tSHAPE(2 3, 4 5)\n2\tSHAPE(6 7, 8 9)\n", "\t", "column_1:int64 column_2:string ",
         false},
        {"HH:mm:ss\n15:02:37\n", "\n", "HH:mm:ss:time ", true},
        {"id||v\n1||2.5\n3||4.5\n", "|", "id:int64 v:double ", true},
        {"AAA||\n", "|", "column_1:string column_2:null column_3:null ", false},
        {"id|v\n1|2.5\n3||\n", "|", "id:int64 v:double ", true},
        {"\"id\" , \"name\"\n\"1\" , \"Ann, B\"\n\"2\" , \"Cid\"\n", ",", "id:int64 name:string ",
         true},
        {"\"id\" ,n\n\"Ann\" ,1\n\"Bob\" ,2\n", ",", "id:string n:int64 ", true},
        {"Report\nfor May, 2020\nprinted\n\nid,town,v\n1,Oslo,2\n2,Rome,3\n3,Bonn,4\n4,Lima,5\n",
         ",", "id:int64 town:string v:int64 ", true},
        {"Report\nfor May, 2020\n\nid,a,b,v\n1,x,y,2\n2,z,w,3\n", ",",
         "id:int64 a:string b:string v:int64 ", true},
        {"a,b\na,b\na,b\n1,2\n3,4\n5,6\n", ",", "a a a:int64 b b b:int64 ", true},
        {"m,d,v\nnan,nan,nan\nnan,nan,nan\n1,2,3\n4,5,6\n7,8,9\n", ",",
         "m:string d:string v:string ", true},
        /* A comment before the rows names the columns; most lines being comments tell nothing. */
        {"# by x\n# x y z\n1.0 2 3\n4.5 5 6\n7.0 8 9\n1.5 8 9\n", " ", "x:double y:int64 z:int64 ",
         true},
        {"##k=<I=1,n=5>\n##k=<I=2,n=5>\n##k=<I=3,n=5>\n##k=<I=4,n=5>\n##k=<I=5,n=5>\n"
         "#at\tpos\tid\nA\t5\tx\nB\t6\ty\n",
         "\t", "#at:string pos:int64 id:string ", true},
        {"##k=<I=1,n=5>\n##k=<I=2,n=5>\n##k=<I=3,n=5>\n##k=<I=4,n=5>\n##k=<I=5,n=5>\n"
         "#0\t5\tid\n1\t5\tx\n2\t6\ty\n",
         "\t", "column_1:int64 column_2:int64 column_3:string ", false},
        {"color,name\n#fff,white\n#000,black\n#f00,red\n", ",", "color:string name:string ", true},
        /* Text between which nothing else stands; a wide table beside ragged rows of it. */
        {"\"a, b\":\"c\"\n\"x, y\":\"z\"\n", ":", "a, b:string c:string ", true},
        {"T\nA\nk,l,m,n\nx,y,z,u\nx,y,z\nB\nv,y,z,u\nw,z,z,u\n", ",",
         "k:string l:string m:string n:string ", true},
        {"a\tb\tc\td\tmemo\n1\t2\t3\t4\tx,y\n2\t2\t3\t4\tz,u\n3\t2\t\t3\t4\tx,v\n"
         "4\t2\t3\t4\tz,w\n5\t2\t3\t4\tx,w\n",
         "\t", "a:int64 b:int64 c:int64 d:int64 memo:string ", true},
        {"a,b,c,d\r\"1\n2\n3\n\",x,\"y\n\",\"\n\n\"\r", ",", "a:string b:string c:string d:string ",
         true},
        {"a::b::c\nx, y::z::u\nv::w::t\n", ":", "a:string b:string c:string ", true},
        {"\"x y\" z u\n\"v w\" t s\n\"p q\" r o\n", " ", "x y:string z:string u:string ", true},
        {"a,b,c\r\r\nx,1,y\r\r\nz,2,u\r\r\n", ",", "a:string b:int64 c:string ", true},
        {"a,b,c\r\r\n\"x, y\",1,\"z\"\r\r\n\"z\",2,\"u\"\r\r\n", ",", "a:string b:int64 c:string ",
         true},
        {"Sales,,,,\nFrom:,May,,,\nid,a,b,c,d\nx,y,z,u,v\nw,t,s,r,q\n", ",",
         "id:string a:string b:string c:string d:string ", true},
        /* Titles padded to the width of the table, rows of keys and values; not the first row. */
        {"Sales,,,,\nFrom:,May,,,\nNo:,7,,,\nid,a,b,c,v\n1,x,y,z,2\n2,z,w,u,3\n3,u,v,w,4\n", ",",
         "id:int64 a:string b:string c:string v:int64 ", true},
        {"Sales\nFrom:,May,No:,7\nid,u,a,u,b,u,c,u,d,u,e,u\n1,m,2,m,3,m,4,m,5,m,6,m\n"
         "2,m,2,m,3,m,4,m,5,m,6,m\n3,m,2,m,3,m,4,m,5,m,6,m\n",
         ",",
         "id:int64 u:string a:int64 u_1:string b:int64 u_2:string c:int64 u_3:string d:int64 "
         "u_4:string e:int64 u_5:string ",
         true},
        {",G,,H,\nid,x,y,x,y\n1,2,3,4,5\n2,3,4,5,6\n3,4,5,6,7\n", ",",
         "id:int64 G x:int64 y:int64 H x:int64 y_1:int64 ", true},
        {"at,A,A\nof,u,w\nkind,in,out\nunit,m,m\ntime,,\n2005-01-01,1,2\n2005-01-02,3,4\n"
         "2005-01-03,5,6\n",
         ",", "at of kind unit time:date A u in m:int64 A w out m:int64 ", true},
        {"id,kind,of\nfirst,text,s\n1,page,1\n2,page,2\ns2,page,s1\n3,page,3\ns4,page,s2\n", ",",
         "id:string kind:string of:string ", true},
        {"made,May 2,\nby,Ann,\nt,v,w\n1,2,3\n2,3,4\n3,4,5\n", ",", "t:int64 v:int64 w:int64 ",
         true},
        {"a,b,\nc,d,\ne,f,g\nh,i,j\n", ",", "column_1:string column_2:string column_3:string ",
         false},
        {"name,,\nAnn,Bea,Cid\n", ",", "column_1:string column_2:string column_3:string ", false},
        {",,,,cash\ngas,city gas,rent,,\nwater,city,rent,,\n", ",",
         "column_1:string column_2:string column_3:string column_4:null column_5:string ", false},
        /* Names of which some are numbers; of which some repeat. */
        {"at,1,2,9\n1:00,4,5,7\n2:00,4,6,7\n3:00,3,5,8\n4:00,4,5,7\n5:00,4,4,7\n", ",",
         "column_1:string column_2:int64 column_3:int64 column_4:int64 ", false},
        {"at,1,2,9\n01:00:00,4,5,7\n02:00:00,4,6,7\n03:00:00,3,5,8\n04:00:00,4,5,7\n05:00:00,4,4,"
         "7\n",
         ",", "at:time 1:int64 2:int64 9:int64 ", true},
        {"3,?,2,9\n1,4,5,7\n2,4,6,7\n3,3,5,8\n4,4,5,7\n5,4,4,7\n", ",",
         "column_1:int64 column_2:string column_3:int64 column_4:int64 ", false},
        {"day,at,to,at,to,sum\n10/28,A,B,,,+1a\n10/29,A,B,,,+2a\n10/29,A,,C,,+3a\n", ",",
         "day:string at:string to:string at_1:string to_1:null sum:string ", true},
        {"day,at,to,at,to,sum\nx,A,B,,,+a\n10/29,A,B,,,+2a\n10/29,A,,C,,+3a\n", ",",
         "column_1:string column_2:string column_3:string column_4:string column_5:string "
         "column_6:string ",
         false},
        {"id,zip\n1,02116\n2,10001\n", ",", "id:int64 zip:string ", true},
        {"v\n9223372036854775808\n1\n", "\n", "v:uint64 ", true},
        {"a:b\n1:2\n", ":", "a:int64 b:int64 ", true, "delimiter", ":"},
        {"a\tb\n1\t2\n", "\t", "a:int64 b:int64 ", true, "delimiter", "\\t"},
        {"a,b\n1,2\n", "\n", "a,b:string ", true, "delimiter", "none"},
        {"1,2\n3,4\n", ",", "1:int64 2:int64 ", true, "header", "yes"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lf_option option = {cases[i].option, cases[i].value};
        lf_plan *p = NULL;
        lf_error err = {0};
        lf_rc rc = plan_of(cases[i].text, strlen(cases[i].text), true, &option,
                           cases[i].option != NULL, lf_alloc_default(), &p, &err);
        if (!LF_CHECK_EQ_I64(rc, LF_OK)) continue;
        char schema[256] = "", type[48], delimiter[2] = {(char)p->dialect.delimiter};
        for (uint32_t c = 0; c < p->n_columns; c++)
            snprintf(schema + strlen(schema), sizeof schema - strlen(schema), "%s:%s ",
                     p->schema.fields[c].name,
                     lf_type_print(p->schema.fields[c].type, type, sizeof type));
        bool good = LF_CHECK_STR(delimiter, cases[i].delimiter);
        good &= LF_CHECK_STR(schema, cases[i].schema);
        good &= LF_CHECK_EQ_I64(p->has_header, cases[i].header);
        if (!good) printf("  of %s\n", cases[i].text);
        lf_buf out;
        lf_buf_init(&out, lf_alloc_default(), 1 << 20);
        LF_CHECK_EQ_I64(lf_csv_decoder.explain(p, &out, &err), LF_OK);
        LF_CHECK(out.len > 20);
        lf_buf_reset(&out);
        lf_csv_decoder.plan_destroy(p);
    }
}

/* Five columns of text, four of them of two words each. */
static void words_that_repeat_tell_a_header_with_gaps(void) {
    static const struct {
        const char *first;
        bool header;
    } cases[] = {{"Are you?,,How often?,Where?,Where?\n", true},
                 {"yes,,often,north,up\n", false},
                 {"Are you?,,,,\n", false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2048];
        size_t n = (size_t)snprintf(text, sizeof text, "%s", cases[i].first);
        for (int r = 0; r < 12; r++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s,note %d,%s,%s,%s\n",
                                  r % 2 ? "yes" : "no", r, r % 3 ? "often" : "never",
                                  r % 2 ? "north" : "south", r % 3 ? "up" : "down");
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of(text, n, true, NULL, 0, lf_alloc_default(), &p, &err), LF_OK);
        if (!LF_CHECK_EQ_I64(p->has_header, cases[i].header)) fputs(cases[i].first, stderr);
        lf_csv_decoder.plan_destroy(p);
    }
}

/* What tells about a table stands right before it, or is keys and values before a long one. */
static void a_few_rows_before_a_long_table_are_its_preamble(void) {
    static const struct {
        const char *before;
        int rows;
        uint32_t tables, columns;
    } cases[] = {
        {"src,id,lat,lon,zone,unit\nX,7,1.5,2.5,0,cm\n", 60, 1, 3},
        {"src,id,lat,lon,zone,unit\nX,7,1.5,2.5,0,cm\n", 3, 2, 6},
        {"src,id,lat,lon,zone,unit\nX,7,1.5,2.5,0,cm\nY,8,1.5,2.5,0,cm\n", 60, 2, 6},
        {"src,id,lat,lon,zone,unit\nX,7,1.5,2.5,0,cm\n\n", 60, 2, 6},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[2048];
        size_t n = (size_t)snprintf(text, sizeof text, "%sday,hour,v\n", cases[i].before);
        for (int r = 0; r < cases[i].rows; r++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%d,%d,%d.5\n", r / 24, r % 24, r);
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of(text, n, true, NULL, 0, lf_alloc_default(), &p, &err), LF_OK);
        LF_CHECK_EQ_I64(p->n_tables, cases[i].tables);
        LF_CHECK_EQ_I64(p->n_columns, cases[i].columns);
        lf_csv_decoder.plan_destroy(p);
    }
}

/* Cells beyond the header are cut where no more rows than may be bad have one. */
static void cells_that_many_rows_have_are_a_column(void) {
    static const struct {
        int every; /* so many rows have a cell */
        uint32_t columns;
    } cases[] = {{1000, 2}, {5, 3}, {20, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[4096];
        size_t n = (size_t)snprintf(text, sizeof text, "id,v\n");
        for (int r = 1; r <= 300; r++)
            n += (size_t)snprintf(text + n, sizeof text - n, "%d,%d,%s\n", r, r % 7,
                                  r % cases[i].every == 0 ? "x" : "");
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of(text, n, true, NULL, 0, lf_alloc_default(), &p, &err), LF_OK);
        LF_CHECK_EQ_I64(p->width, cases[i].columns);
        lf_csv_decoder.plan_destroy(p);
    }
}

static void a_row_gone_wrong_begins_no_table(void) {
    static const struct {
        const char *text;
        uint32_t tables;
    } cases[] = {
        {"c,s,m,n,r\nat,x,1,17,4.5\nat,x,2,18,4.6\nbg,x,m,33-10.1\nbg,y,3,37,\nbg,y,4,38,\n", 1},
        {"c,s,m,n,r\nat,x,1,17,4.5\nat,x,2,18,4.6\nat,x,m,33-1\nat,y,3,37\nat,y,4,38\n", 1},
        {"c,s,m,n,r\nat,x,1,17,4.5\nat,x,2,18,4.6\nd,e,f,g\nat,y,3,37\nat,y,4,38\n", 2},
        {"a,b\nx,y\nz,u\n\na,b\nv,w\n", 2},
        {"a,b\nx,y\nz,u\na,b\nv,w\n", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of(cases[i].text, strlen(cases[i].text), true, NULL, 0,
                                lf_alloc_default(), &p, &err),
                        LF_OK);
        if (!LF_CHECK_EQ_U64(p->n_tables, cases[i].tables)) fputs(cases[i].text, stderr);
        lf_csv_decoder.plan_destroy(p);
    }
}

static void numbers_that_stay_text_are_named_with_the_options_that_read_them(void) {
    static const char both[] = "numbers: column 2 \"v\": text; --thousands comma or "
                               "--decimal-comma reads it as numbers",
                      groups[] = "numbers: column 2 \"v\": text; --thousands comma reads it as "
                                 "numbers",
                      points[] = "numbers: column 2 \"v\": text; --decimal-comma --thousands point "
                                 "reads it as numbers";
    static const struct {
        const char *text, *warning;
    } cases[] = {
        {"k;v\na;1,234.50\nb;-10.25\n", groups}, {"k;v\na;1,234,567\nb;NA\nc;12\n", groups},
        {"k,v\na,\"1,234,567\"\nb,5\n", groups}, {"k;v\na;1.234,50\nb;-4,10\n", points},
        {"k;v\na;1.234.567\nb;1.000\n", points}, {"k;v\na;1,234\nb;2,345\n", both},
        {"k;v\na;1,5\nb;2,345\n", NULL},         /* read as 1.5 */
        {"k;v\na;1.234\nb;2.345\n", NULL},       /* as they stand */
        {"k;v\na;1,234.50\nb;1.234,50\n", NULL}, /* neither way */
        {"k;v\na;1,23,456.5\nb;x\n", NULL},      {"k;v\na;1,2345.5\nb;12.5\n", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of(cases[i].text, strlen(cases[i].text), true, NULL, 0,
                                lf_alloc_default(), &p, &err),
                        LF_OK);
        if (LF_CHECK_EQ_U64(p->base.n_warnings, cases[i].warning != NULL) && p->base.n_warnings > 0)
            LF_CHECK_STR(p->base.warnings[0], cases[i].warning);
        else if (p->base.n_warnings != (cases[i].warning != NULL))
            fputs(cases[i].text, stderr);
        lf_csv_decoder.plan_destroy(p);
    }
}

static void a_head_without_rows_leaves_types_open(void) {
    lf_plan *p = NULL;
    const char *t = "a,b\n1,\"begun";
    LF_REQUIRE(plan_of(t, strlen(t), false, NULL, 0, lf_alloc_default(), &p, NULL) == LF_OK);
    LF_CHECK_EQ_I64(p->n_columns, 2);
    LF_CHECK_EQ_I64(p->schema.fields[0].type.id, LF_T_NULL);
    LF_CHECK_EQ_U64(p->base.body_offset, 4);
    lf_csv_decoder.plan_destroy(p);
}

static void wrong_options_are_usage_errors(void) {
    static const lf_option wrong[] = {
        {"delimiter", "much too long"}, {"delimiter", ""}, {"quote", "x"}, {"header", "maybe"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        lf_plan *p = NULL;
        lf_error err = {0};
        LF_CHECK_EQ_I64(plan_of("a,b\n1,2\n", 8, true, &wrong[i], 1, lf_alloc_default(), &p, &err),
                        LF_EUSAGE);
        LF_CHECK(p == NULL && err.message[0] != '\0');
    }
}

/* From any byte of a well-formed text, the guess is the next record's start. */
static void guesses_find_the_next_record(void) {
    static const char *const texts[] = {
        "a,b,c\n1,x,2\n3,y,4\n5,z,6\n7,w,8\n9,v,10\n11,u,12\n",
        "a,b,c\n1,\"x\ny\",2\n3,\"p,q\",4\n5,\"l1\nl2\nl3\",6\n7,\"\",8\n9,\"a\"\"b\",10\n11,u,12\n"
        "13,\"x\ny\",14\n15,\"z\",16\n"};
    for (size_t i = 0; i < 2; i++) {
        const char *t = texts[i];
        size_t n = strlen(t), wrong = 0;
        lf_plan *p = NULL;
        LF_REQUIRE(plan_of(t, n, true, NULL, 0, lf_alloc_default(), &p, NULL) == LF_OK);
        for (size_t near = 7; near < n - 25; near++) {
            csv_record r = {0};
            lf_span text = {(const uint8_t *)t, n};
            size_t want = 0;
            while (want < near && lf_csv_record_next(&p->dialect, text, true, want, &r))
                want = r.next;
            bool found = false;
            uint64_t start = 0;
            LF_CHECK_EQ_I64(
                lf_csv_decoder.guess(p, (lf_span){(const uint8_t *)t + near - 1, n - near + 1},
                                     true, near, &found, &start, NULL),
                LF_OK);
            LF_CHECK(found);
            wrong += start != want;
        }
        /* Right next to a quote nobody can know; elsewhere it must be right. */
        if (!LF_CHECK(wrong <= (i == 0 ? 0 : n / 10))) printf("  %zu of %zu wrong\n", wrong, n);
        lf_csv_decoder.plan_destroy(p);
    }
}

typedef struct failing {
    lf_alloc alloc;
    long left; /* allocations until one fails */
    long held; /* bytes */
} failing;

static void *failing_alloc(void *ctx, size_t size) {
    failing *f = ctx;
    if (f->left-- <= 0) return NULL;
    void *p = lf_alloc_default()->alloc(lf_alloc_default()->ctx, size);
    f->held += p == NULL ? 0 : (long)size;
    return p;
}

static void *failing_realloc(void *ctx, void *p, size_t old, size_t size) {
    failing *f = ctx;
    if (f->left-- <= 0) return NULL;
    void *q = lf_alloc_default()->realloc(lf_alloc_default()->ctx, p, old, size);
    f->held += q == NULL ? 0 : (long)size - (p == NULL ? 0 : (long)old);
    return q;
}

static void failing_free(void *ctx, void *p, size_t size) {
    failing *f = ctx;
    f->held -= p == NULL ? 0 : (long)size;
    lf_alloc_default()->free(lf_alloc_default()->ctx, p, size);
}

static lf_rc decode_all(const lf_alloc *a, const char *t) {
    lf_plan *p = NULL;
    lf_decoder *d = NULL;
    lf_error err = {0};
    size_t n = strlen(t);
    lf_rc rc = plan_of(t, n - 60, false, NULL, 0, a, &p, &err);
    if (rc == LF_OK) rc = lf_csv_decoder.create(p, a, &d, &err);
    if (rc == LF_OK) {
        uint64_t at = p->base.body_offset;
        uint8_t *copy = calloc(1, n + 128);
        memcpy(copy + 64, t, n);
        lf_block b = {.start = at, .end = UINT64_MAX};
        rc = lf_csv_decoder.begin(d, &b, &err);
        lf_step step = LF_NEED_INPUT;
        while (rc == LF_OK && step != LF_DONE) {
            size_t used = 0;
            lf_batch batch;
            rc = lf_csv_decoder.next(d, (lf_span){copy + 64 + at, n - at}, true, &used, &step,
                                     &batch, &err);
            at += used;
        }
        free(copy);
    }
    LF_CHECK(rc == LF_OK || err.rc == rc);
    lf_csv_decoder.destroy(d);
    lf_csv_decoder.plan_destroy(p);
    return rc;
}

static void every_failed_allocation_is_reported_and_nothing_leaks(void) {
    const char *t = "a,b,c\n1,x,1.5\n2,\"say \"\"hi\"\"\",NA\n3,y,2.25\n4,12\" z,\n\n5,q\n"
                    "6,w,1,2\n7,\xff,3\nN/A-7,late,12345678901234567890123.5\n8,\"open,1\n9,k,4\n";
    failing f = {0};
    f.alloc = (lf_alloc){failing_alloc, failing_realloc, failing_free, &f};
    lf_rc rc = LF_ENO_MEMORY;
    long n = 0;
    for (; n < 10000 && rc != LF_OK; n++) {
        f.left = n;
        rc = decode_all(&f.alloc, t);
        if (!LF_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY || rc == LF_EMEMORY_LIMIT)) break;
        if (!LF_CHECK_EQ_I64(f.held, 0)) break;
    }
    LF_CHECK_EQ_I64(rc, LF_OK);
    LF_CHECK(n > 20);
}

int main(void) {
    LF_RUN(heads_decide_delimiter_header_and_types);
    LF_RUN(words_that_repeat_tell_a_header_with_gaps);
    LF_RUN(a_few_rows_before_a_long_table_are_its_preamble);
    LF_RUN(cells_that_many_rows_have_are_a_column);
    LF_RUN(a_row_gone_wrong_begins_no_table);
    LF_RUN(numbers_that_stay_text_are_named_with_the_options_that_read_them);
    LF_RUN(a_head_without_rows_leaves_types_open);
    LF_RUN(wrong_options_are_usage_errors);
    LF_RUN(guesses_find_the_next_record);
    LF_RUN(every_failed_allocation_is_reported_and_nothing_leaks);
    LF_TEST_MAIN_END;
}
