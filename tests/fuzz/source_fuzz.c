/* Inputs as a conversion opens them: compressed by any format or in a zip archive, in any encoding,
 * from a file or a pipe, damaged or not. What comes out does not depend on how it is read, keeps to
 * the memory limit, and is UTF-8 where that was asked for. */
#include "charset/charset.h"
#include "core/limits.h"
#include "fuzz/fuzz.h"
#include "io/io.h"

#define OUT_MAX (1u << 18)

/* The text, up to OUT_MAX bytes; how much. */
static size_t read_all(const fuzz_in *f, const lf_alloc *a, bool seekable, size_t piece,
                       uint8_t *dst, lf_rc *rc_out) {
    lf_source *s = NULL;
    size_t n = 0;
    const char *const *names = lf_charset_names();
    size_t n_names = 0;
    while (names[n_names])
        n_names++;
    lf_rc rc = lf_source_memory("m", f->body.data, f->body.len, seekable, a, &s, NULL);
    if (rc == LF_OK) {
        lf_source_configure(s, LF_MEMORY_FLOOR_BYTES, (f->o[0] & 1) != 0);
        const lf_charset *c = lf_charset_find(names[f->o[1] % n_names]);
        if (f->o[0] & 2) rc = lf_source_decode(&s, c, (f->o[0] & 4) != 0, a, NULL);
    }
    for (size_t got = 1; rc == LF_OK && got > 0 && n < OUT_MAX; n += got) {
        const size_t cap = OUT_MAX - n < piece ? OUT_MAX - n : piece;
        got = 0;
        rc = s->type->read(s, dst + n, cap, &got, NULL);
        FUZZ_CHECK(got <= cap);
        if (rc != LF_OK) break;
        FUZZ_CHECK(lf_source_memory_bytes(s) <= LF_MEMORY_FLOOR_BYTES);
    }
    if (rc == LF_OK) (void)lf_source_damage(s);
    lf_source_close(s);
    *rc_out = rc;
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    uint8_t *a = malloc(OUT_MAX), *b = malloc(OUT_MAX);
    if (a == NULL || b == NULL) abort();
    lf_rc rc, other;
    const char *how = NULL, *names[LF_CHARSET_CANDIDATES];
    (void)lf_charset_detect(f.body, (f.o[0] & 8) != 0, &how);
    (void)lf_charset_candidates(f.body, names);
    size_t n = read_all(&f, &f.alloc.alloc, true, OUT_MAX, a, &rc);
    size_t m = read_all(&f, NULL, (f.o[0] & 16) != 0, 1 + f.o[2] * 7u, b, &other);
    if (rc != LF_ENO_MEMORY && rc != LF_EMEMORY_LIMIT && n < OUT_MAX && m < OUT_MAX) {
        FUZZ_CHECK(rc == other);
        if (rc == LF_OK) FUZZ_CHECK(n == m && memcmp(a, b, n) == 0);
    }
    free(a);
    free(b);
    fuzz_close(&f);
    return 0;
}
