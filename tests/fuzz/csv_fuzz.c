/* CSV: the whole text on the scalar path against the same text cut, in blocks, on every
 * instruction set: the same rows, rejects and counts. */
#include "decode_csv/csv_dump.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const delimiters[] = {NULL, ",", ";", "tab", "|"};
    static const size_t chunks[] = {0, 1, 2, 7, 64, 100, 1000};
    fuzz_in f;
    if (size > 1 << 16) return 0;
    fuzz_open(&f, data, size);
    lf_option options[2] = {{"header", f.o[0] & 1 ? "no" : "yes"}};
    dump_how how = {.isa = LF_ISA_SCALAR, .opts.options = options, .opts.n_options = 1};
    if (delimiters[f.o[1] % 5] != NULL)
        options[how.opts.n_options++] = (lf_option){"delimiter", delimiters[f.o[1] % 5]};
    how.record_max = f.o[2];
    how.head = f.o[3] * 4u;
    how.opts.all_strings = f.o[0] & 2;
    how.opts.decimal = f.o[0] & 4;
    dump want, got;
    lf_rc rc = dump_text(&want, f.body, &how);
    how.isa = f.o[0] & 8 ? LF_ISA_AVX2 : LF_ISA_AVX512;
    if (how.isa > lf_isa_best()) how.isa = lf_isa_best();
    how.chunk = chunks[f.o[4] % 7];
    how.seed = f.o[4] / 7;
    how.block = f.o[5] ? f.o[5] * 3u : 0;
    how.late_eof = f.o[0] & 16;
    lf_rc other = dump_text(&got, f.body, &how);
    if (rc != other || got.out.len != want.out.len ||
        (rc == LF_OK && memcmp(got.out.data, want.out.data, want.out.len) != 0)) {
        fprintf(stderr, "whole: %d %s\n%s\ncut: %d %s\n%s\n", rc, want.err.message,
                (char *)want.out.data, other, got.err.message, (char *)got.out.data);
        abort();
    }
    FUZZ_CHECK(atomic_load(&lf_test_bad) == 0);
    dump_free(&want);
    dump_free(&got);
    fuzz_close(&f);
    return 0;
}
