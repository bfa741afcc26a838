/* Streams: zlib and zstd write, every cut of input and output reads the same; members, frames,
 * padding, truncation and damage. */
#include "codec/codec.h"
#include "core/alloc.h"
#include "core/buf.h"
#include "lf_test.h"
#include <zlib.h>
#include <zstd.h>

#define TEXT_BYTES 40000u

static uint8_t text[TEXT_BYTES];

static void make_text(void) {
    uint32_t x = 7;
    for (size_t i = 0; i < TEXT_BYTES; i++) {
        x = x * 1664525u + 1013904223u;
        text[i] = "0123456789,\n"[(x >> 24) % 12];
    }
}

static void add(lf_buf *b, const void *p, size_t n) {
    LF_CHECK(lf_buf_append(b, p, n, NULL) == LF_OK);
}

static void add_gzip(lf_buf *b, const uint8_t *p, size_t n, int level) {
    static uint8_t out[TEXT_BYTES * 2];
    z_stream z = {0};
    LF_REQUIRE(deflateInit2(&z, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    gz_header h = {.name = (Bytef *)"a name.csv",
                   .comment = (Bytef *)"a comment",
                   .hcrc = 1,
                   .extra = (Bytef *)"extra",
                   .extra_len = 5};
    if (level == 9) deflateSetHeader(&z, &h); /* all optional fields */
    z.next_in = (Bytef *)p;
    z.avail_in = (uInt)n;
    z.next_out = out;
    z.avail_out = sizeof out;
    LF_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    add(b, out, z.total_out);
    deflateEnd(&z);
}

static void add_zstd(lf_buf *b, const uint8_t *p, size_t n, int checksum) {
    static uint8_t out[TEXT_BYTES * 2];
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, checksum);
    size_t got = ZSTD_compress2(c, out, sizeof out, p, n);
    LF_CHECK(!ZSTD_isError(got));
    add(b, out, got);
    ZSTD_freeCCtx(c);
}

static void add_skippable(lf_buf *b) {
    add(b, "\x53\x2A\x4D\x18\x05\0\0\0hello", 13);
}

/* Inflates `in` in pieces of `in_cut` bytes into pieces of `out_cut`; LF_ECORRUPT too where the
 * stream does not end at an end. */
static lf_rc inflate_all(const char *name, lf_span in, size_t in_cut, size_t out_cut, lf_buf *out,
                         const lf_alloc *alloc, lf_error *err) {
    lf_inflater *i = NULL;
    lf_rc rc = lf_inflater_create(alloc, name, &i, err);
    if (rc != LF_OK) return rc;
    uint8_t *piece = lf_mem_alloc(NULL, out_cut);
    bool end = false;
    size_t at = 0;
    for (;;) {
        size_t n = in.len - at < in_cut ? in.len - at : in_cut, used = 0, got = 0;
        uint8_t *exact = lf_mem_alloc(NULL, n); /* a block of its own: overreads are seen */
        if (n) memcpy(exact, in.data + at, n);
        rc = lf_inflater_run(i, (lf_span){exact, n}, &used, piece, out_cut, &got, &end, err);
        lf_mem_free(NULL, exact, n);
        at += used;
        add(out, piece, got);
        if (rc != LF_OK || (used == 0 && got == 0 && (at == in.len || n > 0))) break;
    }
    if (rc == LF_OK && (!end || at < in.len)) rc = LF_ECORRUPT;
    lf_inflater_destroy(i);
    lf_mem_free(NULL, piece, out_cut);
    return rc;
}

static const size_t cuts[] = {1, 2, 7, 64, 1000, 32768, 1u << 20};
#define N_CUTS (sizeof cuts / sizeof cuts[0])

static void check_all_cuts(const char *name, const lf_buf *in, size_t want) {
    for (size_t i = 0; i < N_CUTS; i++) {
        for (size_t o = 0; o < N_CUTS; o++) {
            lf_buf out;
            lf_buf_init(&out, NULL, 1u << 24);
            lf_error err = {0};
            lf_rc rc =
                inflate_all(name, (lf_span){in->data, in->len}, cuts[i], cuts[o], &out, NULL, &err);
            if (!LF_CHECK(rc == LF_OK)) {
                printf("  %s cut %zu into %zu: %s\n", name, cuts[i], cuts[o], err.message);
            }
            LF_CHECK_EQ_U64(out.len, want);
            if (out.len == want) LF_CHECK_MEM(out.data, text, want);
            lf_buf_reset(&out);
        }
    }
}

static void streams_are_detected_by_their_first_bytes(void) {
    static const struct {
        const char *bytes;
        size_t n;
        const char *want;
    } rows[] = {
        {"\x1F\x8B\x08\0", 4, "gzip"},
        {"\x1F\x8B\x08", 3, "gzip"},
        {"\x1F\x8B", 2, NULL},
        {"\x1F\x8B\x07\0", 4, NULL},
        {"\x28\xB5\x2F\xFD", 4, "zstd"},
        {"\x50\x2A\x4D\x18", 4, "zstd"},
        {"\x5F\x2A\x4D\x18", 4, "zstd"},
        {"\x60\x2A\x4D\x18", 4, NULL},
        {"a,b\n", 4, NULL},
        {"", 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        LF_CHECK_STR(lf_stream_detect((lf_span){(const uint8_t *)rows[i].bytes, rows[i].n}),
                     rows[i].want);
    }
}

static void gzip_members_join_at_every_cut(void) {
    lf_buf b;
    lf_buf_init(&b, NULL, 1u << 24);
    add_gzip(&b, text, 10000, 6);
    add_gzip(&b, text + 10000, 0, 1);
    add_gzip(&b, text + 10000, 1, 9);
    add_gzip(&b, text + 10001, 9999, 0);
    add_gzip(&b, text + 20000, TEXT_BYTES - 20000, 9);
    check_all_cuts("gzip", &b, TEXT_BYTES);
    add(&b, "\0\0\0\0\0\0\0\0\0\0\0", 11);
    check_all_cuts("gzip", &b, TEXT_BYTES); /* padding */
    lf_buf_reset(&b);
}

static void zstd_frames_join_at_every_cut(void) {
    lf_buf b;
    lf_buf_init(&b, NULL, 1u << 24);
    add_skippable(&b);
    add_zstd(&b, text, 10000, 1);
    add_zstd(&b, text, 0, 0);
    add_skippable(&b);
    add_zstd(&b, text + 10000, TEXT_BYTES - 10000, 0);
    add_skippable(&b);
    check_all_cuts("zstd", &b, TEXT_BYTES);
    lf_buf_reset(&b);
}

static void every_truncation_is_seen(const char *name, const lf_buf *b, size_t second) {
    for (size_t n = 0; n < b->len; n++) {
        if (n > 400 && n + 400 < b->len && n % 97 && (n < second - 50 || n > second + 50)) continue;
        lf_buf out;
        lf_buf_init(&out, NULL, 1u << 24);
        lf_error err = {0};
        lf_rc rc = inflate_all(name, (lf_span){b->data, n}, 1000, 1000, &out, NULL, &err);
        bool whole = n == second; /* the first member alone is a whole stream */
        if (!LF_CHECK(rc == (whole ? LF_OK : LF_ECORRUPT))) printf("  %s cut at %zu\n", name, n);
        LF_CHECK(out.len <= TEXT_BYTES && memcmp(out.data ? out.data : text, text, out.len) == 0);
        lf_buf_reset(&out);
    }
}

static void truncated_streams_are_no_end(void) {
    lf_buf b;
    lf_buf_init(&b, NULL, 1u << 24);
    add_gzip(&b, text, 10000, 6);
    size_t second = b.len;
    add_gzip(&b, text + 10000, 10000, 9);
    every_truncation_is_seen("gzip", &b, second);
    lf_buf_clear(&b);
    add_zstd(&b, text, 10000, 1);
    second = b.len;
    add_zstd(&b, text + 10000, 10000, 0);
    every_truncation_is_seen("zstd", &b, second);
    lf_buf_reset(&b);
}

static void junk_behind_the_end_is_an_error(void) {
    static const char *const junk[] = {"a", "\0\0x", "\x1F", "\x1F\x8B", "12345678901234567890"};
    for (size_t k = 0; k < 2; k++) {
        const char *name = k ? "zstd" : "gzip";
        for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
            lf_buf b, out;
            lf_buf_init(&b, NULL, 1u << 24);
            lf_buf_init(&out, NULL, 1u << 24);
            if (k)
                add_zstd(&b, text, 1000, 1);
            else
                add_gzip(&b, text, 1000, 6);
            add(&b, junk[i], i == 1 ? 3 : strlen(junk[i]));
            lf_error err = {0};
            lf_rc rc = inflate_all(name, (lf_span){b.data, b.len}, 100, 100, &out, NULL, &err);
            if (!LF_CHECK(rc == LF_ECORRUPT)) printf("  %s junk %zu\n", name, i);
            lf_buf_reset(&b);
            lf_buf_reset(&out);
        }
    }
}

/* Each flipped bit of a gzip stream is an error, except in header fields that no one checks. */
static void damage_is_seen(void) {
    for (size_t k = 0; k < 2; k++) {
        lf_buf b;
        lf_buf_init(&b, NULL, 1u << 24);
        if (k)
            add_zstd(&b, text, 3000, 1);
        else
            add_gzip(&b, text, 3000, 6);
        for (size_t i = 0; i < b.len * 8; i++) {
            lf_buf out;
            lf_buf_init(&out, NULL, 1u << 24);
            b.data[i / 8] ^= (uint8_t)(1 << (i % 8));
            lf_error err = {0};
            lf_rc rc = inflate_all(k ? "zstd" : "gzip", (lf_span){b.data, b.len}, 4096, 4096, &out,
                                   NULL, &err);
            bool same = out.len == 3000 && memcmp(out.data, text, 3000) == 0;
            if (!LF_CHECK(rc != LF_OK || same)) printf("  %zu: bit %zu\n", k, i);
            b.data[i / 8] ^= (uint8_t)(1 << (i % 8));
            lf_buf_reset(&out);
        }
        lf_buf_reset(&b);
    }
}

static void a_window_over_the_budget_is_a_memory_limit(void) {
    lf_buf b, out;
    lf_buf_init(&b, NULL, 1u << 26);
    lf_buf_init(&out, NULL, 1u << 26);
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(c, ZSTD_c_windowLog, 25);
    static uint8_t dst[TEXT_BYTES * 2];
    ZSTD_inBuffer in = {text, TEXT_BYTES, 0};
    ZSTD_outBuffer to = {dst, sizeof dst, 0};
    LF_CHECK(ZSTD_compressStream2(c, &to, &in, ZSTD_e_flush) == 0); /* size unknown: whole window */
    LF_CHECK(ZSTD_compressStream2(c, &to, &in, ZSTD_e_end) == 0);
    ZSTD_freeCCtx(c);
    lf_budget budget;
    lf_budget_init(&budget, NULL, 16u << 20);
    lf_error err = {0};
    lf_rc rc = inflate_all("zstd", (lf_span){dst, to.pos}, 5, 1000, &out, &budget.alloc, &err);
    LF_CHECK_EQ_I64(rc, LF_EMEMORY_LIMIT);
    LF_CHECK(strstr(err.message, "32 MiB") != NULL);
    LF_CHECK_EQ_U64(budget.used_bytes, 0);
    lf_buf_clear(&out);
    lf_error err2 = {0};
    LF_CHECK(inflate_all("zstd", (lf_span){dst, to.pos}, 5, 1000, &out, NULL, &err2) == LF_OK);
    LF_CHECK_EQ_U64(out.len, TEXT_BYTES);
    lf_buf_reset(&b);
    lf_buf_reset(&out);
    lf_inflater *i = NULL;
    LF_CHECK(lf_inflater_create(NULL, "xz", &i, NULL) == LF_EUNSUPPORTED);
    lf_inflater_destroy(NULL);
}

int main(void) {
    make_text();
    LF_RUN(streams_are_detected_by_their_first_bytes);
    LF_RUN(gzip_members_join_at_every_cut);
    LF_RUN(zstd_frames_join_at_every_cut);
    LF_RUN(truncated_streams_are_no_end);
    LF_RUN(junk_behind_the_end_is_an_error);
    LF_RUN(damage_is_seen);
    LF_RUN(a_window_over_the_budget_is_a_memory_limit);
    LF_TEST_MAIN_END;
}
