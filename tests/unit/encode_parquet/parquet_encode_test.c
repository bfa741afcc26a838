/* The bytes of a file follow from values, types and options alone. */
#include "cases.h"
#include "core/hash.h"
#include "lf_test.h"

#define PATH "/tmp/lf_parquet_encode_test.parquet"

static uint64_t file_hash(const char *path, uint64_t *size_out) {
    FILE *f = fopen(path, "rb");
    if (f == NULL) return 0;
    fseek(f, 0, SEEK_END);
    const long n = ftell(f);
    uint8_t *p = malloc((size_t)n + 1);
    rewind(f);
    const size_t got = fread(p, 1, (size_t)n, f);
    fclose(f);
    const uint64_t h = lf_hash64(p, got, 1);
    *size_out = got;
    free(p);
    return h;
}

static uint64_t written(const table *t, write_opts w, uint64_t *size_out) {
    char path[128];
    snprintf(path, sizeof path, "%s.%d", PATH, (int)getpid());
    lf_error err = {0};
    const lf_rc rc = table_write(t, path, &w, &err);
    if (!LF_CHECK(rc == LF_OK)) printf("%s: %s\n", lf_rc_name(rc), err.message);
    const uint64_t h = file_hash(path, size_out);
    unlink(path);
    return h;
}

static void cuts_and_instruction_sets_do_not_show(void) {
    table *t = all_types(LF_ROUNDS(50000));
    static const char *const codecs[] = {"none", "snappy", "zstd"};
    static const char *const encodings[] = {"default", "plain", "modern"};
    for (int i = 0; i < 9; i++) {
        const char *codec = codecs[i % 3], *enc = encodings[i / 3];
        const char *page = i % 2 ? "v2" : "v1";
        const uint64_t memory = i % 4 == 3 ? 16 * LF_MIB : 0;
        const write_opts base = {.compression = codec,
                                 .encodings = enc,
                                 .page = page,
                                 .isa = LF_ISA_SCALAR,
                                 .cut = 8192,
                                 .memory = memory};
        uint64_t size, n;
        const uint64_t h = written(t, base, &size);
        static const struct {
            lf_isa isa;
            uint32_t cut;
            bool spill;
        } ways[] = {{LF_ISA_SCALAR, 0, false},   {LF_ISA_SCALAR, 7, true},
                    {LF_ISA_AVX2, 1000, false},  {LF_ISA_AVX2, 0, true},
                    {LF_ISA_AVX512, 64, false},  {LF_ISA_AVX512, 0, true},
                    {LF_ISA_AVX512, 509, false}, {LF_ISA_AVX512, 4096, false}};
        for (size_t k = 0; k < sizeof ways / sizeof *ways; k++) {
            if (ways[k].isa > lf_isa_best()) continue;
            if (i > 0 && k < 2) continue;
            write_opts w = base;
            w.isa = ways[k].isa;
            w.cut = ways[k].cut;
            w.spill = ways[k].spill;
            if (!LF_CHECK_EQ_U64(written(t, w, &n), h))
                printf("  %s %s %s, set %s, cut %u: %llu bytes, %llu expected\n", codec, enc, page,
                       lf_isa_name(w.isa), w.cut, (unsigned long long)n, (unsigned long long)size);
        }
    }
    table_free(t);
}

static void files_without_rows_have_a_footer(void) {
    table *t = all_types(0);
    uint64_t size;
    written(t, (write_opts){.cut = 1}, &size);
    LF_CHECK(size > 100);
    table_free(t);
}

static void null_in_a_required_column_is_refused(void) {
    table *t = table_new(10);
    tcol *c = table_add_as(t, "a", T_I64, false);
    set_null(c, 3);
    lf_error err = {0};
    LF_CHECK(table_write(t, "/dev/null", &(write_opts){.cut = 10}, &err) == LF_EENCODE);
    table_free(t);
}

static void options_are_checked(void) {
    static const struct {
        const char *name, *value;
        bool good;
    } cases[] = {{"compression", "zstd:3", true}, {"compression", "lzma", false},
                 {"encodings", "modern", true},   {"encodings", "new", false},
                 {"data-page", "v2", true},       {"data-page", "3", false},
                 {"delimiter", ";", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const lf_option o = {cases[i].name, cases[i].value};
        const lf_encode_opts e = {.struct_size = sizeof e, .options = &o, .n_options = 1};
        lf_error err = {0};
        const lf_rc rc = lf_parquet_encoder.check(&e, &err);
        if (!LF_CHECK((rc == LF_OK) == cases[i].good)) printf("  %s=%s\n", o.name, o.value);
        if (!cases[i].good) LF_CHECK(rc == LF_EUSAGE);
    }
}

int main(void) {
    LF_RUN(cuts_and_instruction_sets_do_not_show);
    LF_RUN(files_without_rows_have_a_footer);
    LF_RUN(null_in_a_required_column_is_refused);
    LF_RUN(options_are_checked);
    LF_TEST_MAIN_END;
}
