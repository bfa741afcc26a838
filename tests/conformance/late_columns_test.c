/* Columns that come late, widen, or change their structure, at any depth, through the whole of flow
 * and the Parquet encoder. What comes out must not depend on threads or block size, must be what a
 * pass for the types before gives, and must hold every value. */
#include "core/limits.h"
#include "decode/parquet/parquet_rows.h"
#include "encode/parquet/parquet_encode.h"
#include "flow/flow.h"
#include "flow/late.h"
#include "infer/json_text.h"
#include "io/fault.h"
#include "io/io.h"
#include "lf_test.h"
#include "mini_decoder.h"
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

static const lf_alloc *A;

/* ---- conversions ---- */

typedef struct setup {
    uint32_t threads;
    lf_infer_mode infer;
    bool seekable;
    uint64_t group_bytes, limit;
    const lf_alloc *alloc;
    const char *in;
    lf_rc (*open)(void *ctx, lf_sink **out, lf_error *err);
} setup;

static lf_rc open_out(void *ctx, lf_sink **out, lf_error *err) {
    return lf_sink_open_file(ctx, true, lf_alloc_default(), out, err);
}

/* `text` NULL: that of file s->in. */
static lf_rc convert(const char *text, const setup *s, const char *path, lf_report *rep,
                     lf_error *err) {
    lf_source *src = NULL;
    const lf_alloc *a = s->alloc ? s->alloc : A;
    *rep = (lf_report){0};
    if (text == NULL)
        LF_TRY(lf_source_open(s->in, a, &src, err));
    else
        LF_TRY(lf_source_memory("lines", text, strlen(text), s->seekable, a, &src, err));
    lf_decode_opts d = {.struct_size = sizeof d, .alloc = a, .isa = lf_isa_best()};
    lf_encode_opts e = {.struct_size = sizeof e, .alloc = a, .isa = lf_isa_best()};
    lf_flow_spec spec = {.struct_size = sizeof spec,
                         .alloc = a,
                         .sources = &src,
                         .n_sources = 1,
                         .decoder = &mini,
                         .decode_opts = &d,
                         .encoder = &lf_parquet_encoder,
                         .encode_opts = &e,
                         .sink_open = s->open ? s->open : open_out,
                         .sink_ctx = (void *)path,
                         .max_bad_rows = UINT64_MAX,
                         .limit_rows = UINT64_MAX,
                         .infer = s->infer,
                         .threads = s->threads,
                         .memory_limit_bytes = s->limit,
                         .group_text_bytes = s->group_bytes};
    lf_rc rc = lf_flow_run(&spec, rep, err);
    lf_source_close(src);
    return rc;
}

static void report_free(lf_report *r) {
    for (size_t i = 0; i < r->n_warnings; i++)
        lf_mem_strfree(A, r->warnings[i]);
    lf_mem_free(A, r->warnings, r->n_warnings * sizeof *r->warnings);
    lf_mem_strfree(A, r->explain);
    *r = (lf_report){0};
}

static char *load(const char *path, size_t *n) {
    FILE *f = fopen(path, "rb");
    if (f == NULL) return NULL;
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    char *p = malloc(*n + 1);
    *n = fread(p, 1, *n, f);
    p[*n] = 0;
    fclose(f);
    return p;
}

/* ---- reading back ---- */

static lf_rc print(lf_buf *b, const lf_field *f, const lf_column *c, uint32_t r, lf_error *err) {
    char text[LF_PRINT_MAX];
    bool first = true;
    if (c->type.id == LF_T_NULL || !lf_column_is_valid(c, r))
        return lf_buf_append(b, "null", 4, err);
    switch (f->type.id) {
    case LF_T_STRING:
        return lf_buf_append(b, c->bytes + c->start[r], c->len[r], err);
    case LF_T_STRUCT:
        LF_TRY(lf_buf_append(b, "{", 1, err));
        for (uint32_t i = 0; i < f->n_children; i++) {
            if (!lf_column_is_valid(&c->children[i], r)) continue;
            LF_TRY(lf_buf_printf(b, err, "%s\"%s\":", first ? "" : ",", f->children[i].name));
            LF_TRY(print(b, &f->children[i], &c->children[i], r, err));
            first = false;
        }
        return lf_buf_append(b, "}", 1, err);
    case LF_T_LIST:
    case LF_T_MAP:
        LF_TRY(lf_buf_append(b, f->type.id == LF_T_LIST ? "[" : "{", 1, err));
        for (uint32_t i = c->offsets[r]; i < c->offsets[r + 1]; i++) {
            if (i > c->offsets[r]) LF_TRY(lf_buf_append(b, ",", 1, err));
            if (f->type.id == LF_T_MAP) {
                LF_TRY(lf_buf_append(b, "\"", 1, err));
                LF_TRY(print(b, &f->children[0], &c->children[0], i, err));
                LF_TRY(lf_buf_append(b, "\":", 2, err));
            }
            LF_TRY(
                print(b, &f->children[f->n_children - 1], &c->children[f->n_children - 1], i, err));
        }
        return lf_buf_append(b, f->type.id == LF_T_LIST ? "]" : "}", 1, err);
    default:
        break;
    }
    lf_form form = {.kind = f->type.id == LF_T_DECIMAL ? LF_FORM_TRIMMED : 0};
    uint32_t n = lf_print_value(f->type, lf_column_value(c, r), form, LF_DF_YMD_DASH, text);
    return lf_late_is_bare(f->type)
               ? lf_buf_append(b, text, n, err)
               : lf_json_put_string(b, (lf_span){(const uint8_t *)text, n}, err);
}

/* A value in a form that forgets quotes, which text of bare and quoted scalars does not know, and
 * midnights, which were dates. */
static void normal(lf_buf *out, const uint8_t *p, size_t n) {
    lf_error err = {0};
    lf_buf_clear(out);
    LF_CHECK(lf_json_canonical((lf_span){p, n}, out, &err) == LF_OK);
    size_t k = 0;
    for (size_t i = 0; i < out->len; i++)
        if (out->data[i] != '"') out->data[k++] = out->data[i];
    out->len = k;
    static const char midnight[] = " 00:00:00";
    for (size_t i = 0; i + 9 <= out->len;) {
        if (memcmp(out->data + i, midnight, 9) != 0) {
            i++;
            continue;
        }
        memmove(out->data + i, out->data + i + 9, out->len - i - 9);
        out->len -= 9;
    }
}

static bool same_rows(const char *text, const char *path) {
    lf_error err = {0};
    lf_source *src = NULL;
    lf_parquet_reader *r = NULL;
    lf_parquet_rows *rows = NULL;
    lf_buf row, want, got;
    bool same = true;
    lf_buf_init(&row, A, 1u << 28);
    lf_buf_init(&want, A, 1u << 28);
    lf_buf_init(&got, A, 1u << 28);
    LF_CHECK(lf_source_open(path, A, &src, &err) == LF_OK);
    LF_CHECK(lf_parquet_open(src, NULL, &r, &err) == LF_OK);
    LF_CHECK(lf_parquet_rows_open(r, NULL, 0, 0, UINT32_MAX, &rows, &err) == LF_OK);
    if (rows == NULL) return false;
    const lf_schema *s = lf_parquet_schema(r);
    for (lf_batch b = {0}; same;) {
        same = lf_parquet_rows_next(rows, 1000, &b, &err) == LF_OK;
        if (!same || b.n_rows == 0) break;
        for (uint32_t i = 0; i < b.n_rows && same; i++) {
            const char *nl = strchr(text, '\n');
            lf_buf_clear(&row);
            LF_CHECK(lf_buf_append(&row, "{", 1, &err) == LF_OK);
            for (uint32_t c = 0; c < s->n_fields; c++) {
                LF_CHECK(lf_buf_printf(&row, &err, "%s\"%s\":", c ? "," : "", s->fields[c].name) ==
                         LF_OK);
                LF_CHECK(print(&row, &s->fields[c], &b.columns[c], i, &err) == LF_OK);
            }
            LF_CHECK(lf_buf_append(&row, "}", 1, &err) == LF_OK);
            if (nl == NULL) {
                same = false;
                break;
            }
            normal(&want, (const uint8_t *)text, (size_t)(nl - text));
            normal(&got, row.data, row.len);
            same = want.len == got.len && memcmp(want.data, got.data, got.len) == 0;
            if (!same)
                printf("  want %.*s\n  got  %.*s\n", (int)want.len, (char *)want.data, (int)got.len,
                       (char *)got.data);
            text = nl + 1;
        }
    }
    if (err.rc != LF_OK) printf("  %s\n", err.message);
    same = same && *text == 0;
    lf_parquet_rows_close(rows);
    lf_parquet_close(r);
    lf_source_close(src);
    lf_buf_reset(&row);
    lf_buf_reset(&want);
    lf_buf_reset(&got);
    return same;
}

#define STREAM_GROUP_BYTES 65536u /* the least that flow takes from users */

/* Converts in all the ways there are; the files must be the same bytes. */
static bool all_ways(const char *text, uint64_t group_bytes, bool check_rows) {
    static const setup ways[] = {{1, LF_INFER_FULL, true, 0, 0, NULL, NULL, NULL},
                                 {1, LF_INFER_AUTO, true, 0, 0, NULL, NULL, NULL},
                                 {2, LF_INFER_AUTO, true, 0, 0, NULL, NULL, NULL},
                                 {7, LF_INFER_AUTO, true, 0, 0, NULL, NULL, NULL},
                                 {1, LF_INFER_AUTO, false, 0, 0, NULL, NULL, NULL},
                                 {3, LF_INFER_AUTO, false, 0, 0, NULL, NULL, NULL}};
    char path[64], *first = NULL;
    size_t n_first = 0;
    bool good = true;
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    for (size_t i = 0; i < sizeof ways / sizeof *ways && good; i++) {
        setup s = ways[i];
        lf_report rep;
        lf_error err = {0};
        s.group_bytes = group_bytes;
        if (!s.seekable && group_bytes < STREAM_GROUP_BYTES) continue;
        lf_rc rc = convert(text, &s, path, &rep, &err);
        report_free(&rep);
        good = rc == LF_OK;
        if (!good) printf("  way %zu: %s\n", i, err.message);
        size_t n = 0;
        char *bytes = good ? load(path, &n) : NULL;
        if (i == 0) {
            first = bytes;
            n_first = n;
            if (good && check_rows) good = same_rows(text, path);
            continue;
        }
        if (good && (n != n_first || memcmp(bytes, first, n) != 0)) {
            printf("  way %zu gives another file\n", i);
            good = false;
            same_rows(text, path);
        }
        free(bytes);
    }
    free(first);
    if (good) remove(path);
    return good;
}

/* ---- tests ---- */

static void put(char **p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void put(char **p, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    *p += vsprintf(*p, fmt, ap);
    va_end(ap);
}

#define TEXT_MAX (8u << 20)
static char *text;

static void rows_then(const char *before, int n, const char *after, int m) {
    char *p = text;
    for (int i = 0; i < n; i++)
        put(&p, "%s\n", before);
    for (int i = 0; i < m; i++)
        put(&p, "%s\n", after);
}

static void what_comes_late_is_as_if_it_had_been_known(void) {
    static const char *const cases[][2] = {
        {"{\"a\":1}", "{\"a\":1,\"b\":2}"},
        {"{\"a\":1}", "{\"b\":{\"c\":[1,{\"d\":2}]}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2,\"c\":\"x\"}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":2.5}}"},
        {"{\"a\":{\"b\":1}}", "{\"a\":{\"b\":\"text\"}}"},
        {"{\"a\":{\"b\":1.5}}", "{\"a\":{\"b\":12345678901234567890123}}"},
        {"{\"a\":{\"d\":\"2026-01-02\"}}", "{\"a\":{\"d\":\"2026-01-02 10:11:12\"}}"},
        {"{\"a\":[1,2,null]}", "{\"a\":[1.25]}"},
        {"{\"a\":[]}", "{\"a\":[{\"x\":1}]}"},
        {"{\"a\":[null]}", "{\"a\":[[1],[]]}"},
        {"{\"a\":null}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":null}", "{\"a\":[1]}"},
        {"{\"a\":{}}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":{}}", "{\"a\":null}"},
        {"{\"a\":[{\"x\":1},{\"x\":2}]}", "{\"a\":[{\"x\":1,\"y\":[1]}]}"},
        {"{\"a\":[{\"x\":[1,2]},null,{}]}", "{\"a\":[{\"x\":[2],\"y\":1}]}"},
        {"{\"a\":1}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":\"s\"}", "{\"a\":{\"b\":1}}"},
        {"{\"a\":{\"b\":1,\"a\":\"t\"}}", "{\"a\":5}"},
        {"{\"a\":[1,2]}", "{\"a\":\"x\"}"},
        {"{\"a\":[{\"b\":true}]}", "{\"a\":[1]}"},
        {"{\"x\":{\"a\":[{\"b\":[1]}],\"z\":\"2026-01-02\"}}", "{\"x\":{\"a\":[{\"b\":7}]}}"},
        {"{}", "{\"a\":1}"},
    };
    head_lines = 3;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (int way = 0; way < 2; way++) {
            rows_then(cases[i][0], 300, cases[i][1], 40);
            bool good = all_ways(text, way ? STREAM_GROUP_BYTES : 2000, true);
            LF_CHECK(good);
            if (!good) printf("  case %zu: %s then %s\n", i, cases[i][0], cases[i][1]);
        }
    }
}

static void spellings_come_back_as_they_were(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 400; i++)
        put(&p, "{\"a\":{\"f\":%d.%d0,\"l\":[%d,1.50,1e5],\"i\":%d}}\n", i, i % 10, i, i);
    for (int i = 0; i < 30; i++)
        put(&p, "{\"a\":{\"f\":\"x\",\"l\":[\"y\"],\"i\":{\"deep\":1.0}}}\n");
    LF_CHECK(all_ways(text, 3000, true));
    for (int i = 0; i < 3; i++)
        put(&p, "{\"a\":7}\n");
    LF_CHECK(all_ways(text, 3000, true));
    LF_CHECK(all_ways(text, STREAM_GROUP_BYTES, true));
}

static void bare_and_quoted_scalars_are_told_apart(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 200; i++)
        put(&p, "{\"a\":%d,\"b\":[%d]}\n", i, i);
    for (int i = 0; i < 200; i++)
        put(&p, i % 3 ? "{\"a\":\"%d\",\"b\":[\"q%d\",1]}\n" : "{\"a\":%d,\"b\":[true,%d]}\n", i,
            i);
    for (int i = 0; i < 20; i++)
        put(&p, "{\"a\":{\"k\":%d},\"b\":[[]]}\n", i);
    LF_CHECK(all_ways(text, 1500, true));
    LF_CHECK(all_ways(text, STREAM_GROUP_BYTES, true));
}

static void too_many_keys_become_a_map(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 1500; i++)
        put(&p, "{\"m\":{\"k%d\":%d,\"z\":null},\"l\":[{\"k%d\":[\"x%d\"]}]}\n", i, i, i, i % 9);
    for (int i = 0; i < 50; i++)
        put(&p, "{\"m\":{\"k%d\":%d.5,\"b\":1,\"a\":2}}\n", i, i);
    LF_CHECK(all_ways(text, 4000, true));
    LF_CHECK(all_ways(text, STREAM_GROUP_BYTES, true));
}

static void the_report_says_what_changed_and_where(void) {
    static const char *const told[] = {
        "column 'a.b' changed from int64 to string at row 301; no row was lost",
        "column 'l[].x' changed from int64 to double at row 352; no row was lost",
        "column 'm' changed from struct to json at row 402; no row was lost",
        "2 columns came after the head: 'a.c' (row 311), 'd' (row 333); null in the rows before"};
    char path[64], *p = text;
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    head_lines = 5;
    for (int i = 1; i <= 500; i++) {
        put(&p, i < 301 ? "{\"a\":{\"b\":%d" : "{\"a\":{\"b\":\"%dx\"", i);
        put(&p, i == 311 ? ",\"c\":1}" : "}");
        put(&p, i == 352 ? ",\"l\":[{\"x\":1},{\"x\":2.5}]" : ",\"l\":[{\"x\":7}]");
        put(&p, i == 402 ? ",\"m\":3" : ",\"m\":{\"k\":3}");
        put(&p, i == 333 ? ",\"d\":[true]}\n" : "}\n");
    }
    for (uint32_t threads = 1; threads < 8; threads += 3) {
        lf_report rep;
        lf_error err = {0};
        setup s = {.threads = threads, .seekable = true, .group_bytes = 5000};
        LF_CHECK(convert(text, &s, path, &rep, &err) == LF_OK);
        LF_CHECK_EQ_U64(rep.late_changes, 3);
        for (size_t t = 0; t < sizeof told / sizeof *told; t++) {
            bool found = false;
            for (size_t i = 0; i < rep.n_warnings; i++)
                found |= strcmp(rep.warnings[i], told[t]) == 0;
            LF_CHECK(found);
            for (size_t i = 0; i < rep.n_warnings && !found; i++)
                printf("  %s\n", rep.warnings[i]);
        }
        report_free(&rep);
    }
    remove(path);
}

/* ---- failures ---- */

/* Everything that late changes do, in a few rows. */
static void small_mixture(void) {
    char *p = text;
    head_lines = 2;
    for (int i = 0; i < 60; i++)
        put(&p, "{\"a\":{\"b\":%d,\"l\":[{\"x\":%d.50}]},\"t\":%d,\"n\":null}\n", i, i, i);
    for (int i = 0; i < 60; i++)
        put(&p, "{\"a\":{\"b\":\"w%d\",\"c\":[1],\"l\":[{\"y\":1}]},\"n\":{\"k\":[%d]}}\n", i, i);
    for (int i = 0; i < 20; i++)
        put(&p, "{\"a\":{\"l\":[[%d]]},\"t\":{\"o\":1},\"late\":\"2026-01-02\"}\n", i);
}

static void every_nth_allocation_fails_cleanly(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    small_mixture();
    uint64_t n = 0;
    for (bool done = false; !done; n += 1 + n / 200) {
        lf_fault_alloc f;
        lf_report rep;
        lf_error err = {0};
        lf_fault_alloc_init(&f, A, n + 1);
        setup s = {.threads = 1, .seekable = true, .group_bytes = 2000, .alloc = &f.alloc};
        lf_rc rc = convert(text, &s, path, &rep, &err);
        done = f.fault.calls <= n;
        const lf_alloc *keep = A;
        A = &f.alloc;
        report_free(&rep);
        A = keep;
        LF_CHECK(rc == LF_OK || rc == LF_ENO_MEMORY); /* some can be done without */
        if (done) LF_CHECK(rc == LF_OK);
        LF_CHECK_EQ_I64(f.live_bytes, 0);
        if (lf_test_bad) {
            printf("  allocation %d: %s\n", (int)n, err.message);
            break;
        }
    }
    LF_CHECK(n > 300);
    remove(path);
}

static unsigned fault_ops;
static uint64_t fault_at;

static lf_rc open_fault(void *ctx, lf_sink **out, lf_error *err) {
    lf_sink *inner = NULL;
    LF_TRY(lf_sink_open_file(ctx, true, A, &inner, err));
    return lf_fault_sink(inner, fault_ops, fault_at, out, err);
}

static void every_nth_read_and_write_fails_cleanly(void) {
    static const lf_fault_ops kinds[] = {LF_FAULT_WRITE, LF_FAULT_READ, LF_FAULT_COMMIT};
    char path[64];
    snprintf(path, sizeof path, "/tmp/late_columns_%d.parquet", (int)getpid());
    small_mixture();
    remove(path);
    for (size_t k = 0; k < 3; k++) {
        fault_ops = kinds[k];
        bool done = false;
        for (fault_at = 1; !done && fault_at < 1000; fault_at++) {
            lf_report rep;
            lf_error err = {0};
            setup s = {.threads = 2, .seekable = true, .group_bytes = 2000, .open = open_fault};
            done = convert(text, &s, path, &rep, &err) == LF_OK;
            report_free(&rep);
            LF_CHECK(done == (access(path, F_OK) == 0));
        }
        LF_CHECK(done && fault_at > 2);
        remove(path);
    }
}

/* ---- random tables ---- */

static uint64_t seed;
static uint32_t rnd(uint32_t n) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return (uint32_t)(seed >> 33) % n;
}

/* `late`: 0..9, how much of what exists may show. */
static void random_value(char **p, uint32_t depth, uint32_t late, uint32_t place) {
    uint32_t kind = (place * 7 + depth * 3) % 11, turn = rnd(200);
    if (turn < 30) {
        put(p, "null");
        return;
    }
    if (late > 6 && turn > 190) kind = rnd(11); /* another kind than usual */
    if (depth > 3 && kind > 6) kind = place % 7;
    if (kind < 2) {
        put(p, "%d", (int)rnd(50));
    } else if (kind == 2) {
        put(p, late > 4 ? "%d.%d" : "%d", (int)rnd(100), 1 + (int)rnd(9));
    } else if (kind == 3) {
        put(p, late > 5 ? "\"t%d\"" : "%d", (int)rnd(100));
    } else if (kind == 4) {
        put(p, "\"w%d\"", (int)rnd(30));
    } else if (kind == 5) {
        put(p, late > 3 ? "\"2026-03-%02d 10:00:%02d\"" : "\"2026-03-%02d\"", 1 + (int)rnd(28),
            (int)rnd(60));
    } else if (kind == 6) {
        put(p, rnd(2) ? "true" : "false");
    } else if (kind < 9) {
        put(p, "[");
        for (uint32_t i = 0, n = rnd(4); i < n; i++) {
            if (i) put(p, ",");
            random_value(p, depth + 1, late, place * 5 + 1);
        }
        put(p, "]");
    } else {
        bool more = false;
        put(p, "{");
        for (uint32_t i = 0; i < 2 + late / 2; i++) {
            if (rnd(3) == 0) continue;
            put(p, "%s\"%c\":", more ? "," : "", 'a' + (int)i);
            random_value(p, depth + 1, late, place * 6 + i);
            more = true;
        }
        put(p, "}");
    }
}

static void random_rows(uint32_t rows) {
    char *p = text;
    for (uint32_t r = 0; r < rows && p < text + TEXT_MAX - (1u << 16); r++) {
        uint32_t late = r * 10 / rows;
        bool more = false;
        put(&p, "{");
        for (uint32_t i = 0; i < 3 + late / 2; i++) {
            if (rnd(4) == 0) continue;
            put(&p, "%s\"%c\":", more ? "," : "", 'A' + (int)i);
            random_value(&p, 0, late, i + (uint32_t)(seed >> 60));
            more = true;
        }
        put(&p, "}\n");
    }
}

static void random_tables_are_the_same_in_all_ways(void) {
    for (uint32_t round = 0; round < LF_ROUNDS(60); round++) {
        seed = round * 77 + 5;
        head_lines = 1 + rnd(20);
        bool large = round % 4 == 0;
        random_rows(large ? 2000 + rnd(4000) : 50 + rnd(700));
        bool good = all_ways(text, large ? STREAM_GROUP_BYTES : 500 + rnd(30000), true);
        LF_CHECK(good);
        if (!good) printf("  round %u\n", round);
    }
}

int main(int argc, char **argv) {
    A = lf_alloc_default();
    text = malloc(TEXT_MAX);
    if (argc > 3) { /* IN OUT THREADS [full|auto [MIB]]: converts, for a look from outside */
        lf_report rep;
        lf_error err = {0};
        setup s = {.threads = (uint32_t)atoi(argv[3]), .in = argv[1]};
        s.infer = argc > 4 && strcmp(argv[4], "full") == 0 ? LF_INFER_FULL : LF_INFER_AUTO;
        s.limit = argc > 5 ? (uint64_t)atoi(argv[5]) * LF_MIB : 0;
        head_lines = 100;
        lf_rc rc = convert(NULL, &s, argv[2], &rep, &err);
        for (size_t i = 0; i < rep.n_warnings; i++)
            printf("%s\n", rep.warnings[i]);
        if (rc != LF_OK) printf("%s\n", err.message);
        return rc != LF_OK;
    }
    LF_RUN(what_comes_late_is_as_if_it_had_been_known);
    LF_RUN(spellings_come_back_as_they_were);
    LF_RUN(bare_and_quoted_scalars_are_told_apart);
    LF_RUN(too_many_keys_become_a_map);
    LF_RUN(the_report_says_what_changed_and_where);
    LF_RUN(every_nth_allocation_fails_cleanly);
    LF_RUN(every_nth_read_and_write_fails_cleanly);
    LF_RUN(random_tables_are_the_same_in_all_ways);
    free(text);
    LF_TEST_MAIN_END;
}
