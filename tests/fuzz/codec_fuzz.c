/* Decompressors: streams cut anywhere give what the whole gives; blocks of any bytes under any
 * codec; our own snappy goes there and back. */
#include "codec/codec.h"
#include "codec/snappy_encode.h"
#include "fuzz/fuzz.h"

#define OUT_MAX (1u << 18)

/* The sum and length of the text; *rc_out as the inflater said, in pieces of `in` and `out`. */
static size_t inflate(const fuzz_in *f, const lf_alloc *a, const char *name, size_t in_piece,
                      size_t out_piece, uint8_t *dst, lf_rc *rc_out, bool *end_out) {
    lf_inflater *i = NULL;
    lf_error err = {0};
    size_t at = 0, done = 0;
    *end_out = false;
    lf_rc rc = lf_inflater_create(a, name, &i, &err);
    for (size_t still = 0; rc == LF_OK && done < OUT_MAX && still < 2;) {
        size_t used = 0, got = 0;
        size_t n = f->body.len - at < in_piece ? f->body.len - at : in_piece;
        size_t cap = OUT_MAX - done < out_piece ? OUT_MAX - done : out_piece;
        uint8_t *piece = malloc(n > 0 ? n : 1); /* its exact size */
        if (piece == NULL) abort();
        if (n > 0) memcpy(piece, f->body.data + at, n);
        rc = lf_inflater_run(i, (lf_span){piece, n}, &used, dst + done, cap, &got, end_out, &err);
        free(piece);
        if (used > n || got > cap)
            fprintf(stderr, "rc %d used %zu of %zu got %zu of %zu\n", rc, used, n, got, cap);
        FUZZ_CHECK(used <= n && got <= cap);
        at += used;
        done += got;
        still = used == 0 && got == 0 ? still + 1 : 0;
    }
    if (i != NULL) lf_inflater_destroy(i);
    *rc_out = rc;
    return done;
}

static void streams(const fuzz_in *f) {
    static const char *const names[] = {"gzip", "zstd", "bzip2", "xz", "lz4", "snappy", "deflate"};
    const char *name = names[f->o[1] % 7];
    uint8_t *a = malloc(OUT_MAX), *b = malloc(OUT_MAX);
    if (a == NULL || b == NULL) abort();
    lf_rc rc, other;
    bool end, other_end;
    lf_stream_detect(f->body);
    lf_budget whole, cut; /* windows may be of gigabytes */
    lf_budget_init(&whole, &f->alloc.alloc, 64 << 20);
    lf_budget_init(&cut, NULL, 64 << 20);
    size_t n = inflate(f, &whole.alloc, name, SIZE_MAX, OUT_MAX, a, &rc, &end);
    size_t m = inflate(f, &cut.alloc, name, 1 + f->o[2], 1 + f->o[3] * 17u, b, &other, &other_end);
    if (rc != LF_ENO_MEMORY && rc != LF_EMEMORY_LIMIT && n < OUT_MAX && m < OUT_MAX) {
        FUZZ_CHECK((rc == LF_OK) == (other == LF_OK));
        if (rc == LF_OK) FUZZ_CHECK(end == other_end && n == m && memcmp(a, b, n) == 0);
    }
    free(a);
    free(b);
}

static void blocks(const fuzz_in *f) {
    size_t n = (size_t)f->o[2] | (size_t)f->o[3] << 8;
    uint8_t *dst = malloc(n > 0 ? n : 1);
    if (dst == NULL) abort();
    lf_error err = {0};
    lf_rc rc = lf_decompress_block((lf_codec)(f->o[1] % 6), f->body, dst, n, &err);
    FUZZ_CHECK(rc == err.rc);
    free(dst);
}

static void there_and_back(const fuzz_in *f) {
    lf_compressor *c = NULL;
    lf_codec codec = (lf_codec)(f->o[1] % 6);
    int level = codec == LF_CODEC_SNAPPY || codec == LF_CODEC_NONE ? 0 : 1;
    if (lf_compressor_create(&f->alloc.alloc, codec, level, f->body.len, &c, NULL) != LF_OK) return;
    size_t cap = lf_compressor_bound(c, f->body.len), n = 0;
    uint8_t *dst = malloc(cap > 0 ? cap : 1), *back = malloc(f->body.len + 1);
    if (dst == NULL || back == NULL) abort();
    lf_error err = {0};
    lf_rc rc = lf_compressor_run(c, f->body, dst, cap, &n, &err);
    if (rc == LF_OK) {
        FUZZ_CHECK(n <= cap);
        uint8_t *exact = malloc(n > 0 ? n : 1);
        if (exact == NULL) abort();
        memcpy(exact, dst, n);
        FUZZ_CHECK(lf_decompress_block(codec, (lf_span){exact, n}, back, f->body.len, &err) ==
                   LF_OK);
        FUZZ_CHECK(f->body.len == 0 || memcmp(back, f->body.data, f->body.len) == 0);
        free(exact);
    } else {
        FUZZ_CHECK(rc == LF_ENO_MEMORY);
    }
    free(dst);
    free(back);
    lf_compressor_destroy(c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_in f;
    fuzz_open(&f, data, size);
    if (f.o[0] % 3 == 0)
        streams(&f);
    else if (f.o[0] % 3 == 1)
        blocks(&f);
    else
        there_and_back(&f);
    fuzz_close(&f);
    return 0;
}
