/* Streams: the libraries write, every cut of input and output reads the same; members, frames,
 * padding, truncation and damage. */
#include "codec/codec.h"
#include "core/alloc.h"
#include "core/buf.h"
#include "lf_test.h"
#include <bzlib.h>
#include <lz4frame.h>
#include <lzma.h>
#include <snappy-c.h>
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

static void add_bzip2(lf_buf *b, const uint8_t *p, size_t n, int level) {
    static char out[TEXT_BYTES * 2];
    unsigned got = sizeof out;
    LF_CHECK(BZ2_bzBuffToBuffCompress(out, &got, (char *)p, (unsigned)n, level, 0, 0) == BZ_OK);
    add(b, out, got);
}

static void add_xz(lf_buf *b, const uint8_t *p, size_t n, int check) {
    static uint8_t out[TEXT_BYTES * 2];
    size_t got = 0;
    LF_CHECK(lzma_easy_buffer_encode(1, check ? LZMA_CHECK_SHA256 : LZMA_CHECK_CRC32, NULL, p, n,
                                     out, &got, sizeof out) == LZMA_OK);
    add(b, out, got);
}

static void add_lz4(lf_buf *b, const uint8_t *p, size_t n, int checks) {
    static uint8_t out[TEXT_BYTES * 2];
    LZ4F_preferences_t how = {
        .frameInfo = {.contentChecksumFlag =
                          checks ? LZ4F_contentChecksumEnabled : LZ4F_noContentChecksum,
                      .contentSize = checks ? n : 0,
                      .blockMode = checks ? LZ4F_blockLinked : LZ4F_blockIndependent}};
    size_t got = LZ4F_compressFrame(out, sizeof out, p, n, &how);
    LF_CHECK(!LZ4F_isError(got));
    add(b, out, got);
}

/* CRC-32C bit by bit, as an oracle. */
static uint32_t crc32c(const uint8_t *p, size_t n) {
    uint32_t c = 0xFFFFFFFFu;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++)
            c = c & 1 ? c >> 1 ^ 0x82F63B78u : c >> 1;
    }
    return ~c;
}

static void add_snappy_chunk(lf_buf *b, uint8_t type, const void *p, size_t n, bool crc,
                             uint32_t sum) {
    uint32_t masked = (sum >> 15 | sum << 17) + 0xA282EAD8u;
    size_t len = n + (crc ? 4 : 0);
    uint8_t head[8] = {type,
                       (uint8_t)len,
                       (uint8_t)(len >> 8),
                       (uint8_t)(len >> 16),
                       (uint8_t)masked,
                       (uint8_t)(masked >> 8),
                       (uint8_t)(masked >> 16),
                       (uint8_t)(masked >> 24)};
    add(b, head, crc ? 8 : 4);
    add(b, p, n);
}

/* A framed stream; `variety` adds stored chunks, padding and chunks to skip. */
static void add_snappy(lf_buf *b, const uint8_t *p, size_t n, int variety) {
    static char out[TEXT_BYTES * 2];
    static const uint8_t zeros[300];
    add_snappy_chunk(b, 0xFF, "sNaPpY", 6, false, 0);
    for (size_t at = 0, k = 0; at < n || (n == 0 && k == 0); k++) {
        size_t m = n - at < 9000 ? n - at : 9000, got = sizeof out;
        uint32_t sum = crc32c(p + at, m);
        if (variety && k % 2) {
            add_snappy_chunk(b, 1, p + at, m, true, sum);
            add_snappy_chunk(b, 0xFE, zeros, 300, false, 0);
            add_snappy_chunk(b, 0x80, "", 0, false, 0);
        } else {
            LF_CHECK(snappy_compress((const char *)p + at, m, out, &got) == SNAPPY_OK);
            add_snappy_chunk(b, 0, out, got, true, sum);
        }
        at += m;
    }
}

typedef struct format {
    const char *name;
    void (*add)(lf_buf *b, const uint8_t *p, size_t n, int how);
    bool pads; /* zeros may follow, so many at a time */
    size_t padding;
    bool open_ended; /* may end at many places */
    bool unchecked;  /* not every bit is covered by a checksum */
} format;

static const format formats[] = {
    {"gzip", add_gzip, true, 11, false, false},   {"zstd", add_zstd, false, 0, false, false},
    {"bzip2", add_bzip2, false, 0, false, false}, {"xz", add_xz, true, 8, false, false},
    {"lz4", add_lz4, false, 0, false, false},     {"snappy", add_snappy, false, 0, true, true},
};
#define N_FORMATS (sizeof formats / sizeof formats[0])

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
        {"BZh91AY&SY", 10, "bzip2"},
        {"BZh01AY&SY", 10, NULL},
        {"BZh91AY&S", 9, NULL},
        {"BZh9\x17\x72\x45\x38\x50\x90", 10, "bzip2"},
        {"BZh9,name\n1", 11, NULL},
        {"\xFD"
         "7zXZ\0",
         6, "xz"},
        {"\x04\x22\x4D\x18", 4, "lz4"},
        {"\xFF\x06\0\0sNaPpY", 10, "snappy"},
        {"\xFF\x06\0\0sNaPp", 9, NULL},
        {"PK\x03\x04", 4, "zip"},
        {"PK\x05\x06", 4, "zip"},
        {"PK,a\n", 5, NULL},
        {"a,b\n", 4, NULL},
        {"", 0, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        LF_CHECK_STR(lf_stream_detect((lf_span){(const uint8_t *)rows[i].bytes, rows[i].n}),
                     rows[i].want);
    }
    /* A pipe is waited for only while the bytes may still begin a magic. */
    static const struct {
        const char *bytes;
        size_t n;
        bool want;
    } more[] = {{"", 0, true},          {"B", 1, true},        {"BZh", 3, true},
                {"BZh9", 4, true},      {"BZh9,", 5, false},   {"Ba", 2, false},
                {"P", 1, true},         {"PK", 2, true},       {"PK\x03\x04", 4, false},
                {"\x50\x2A", 2, true},  {"\x1F\x8B", 2, true}, {"a", 1, false},
                {"\xEF\xBB", 2, false}, {"\xFF\xFE", 2, false}};
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++) {
        bool got = lf_stream_undecided((lf_span){(const uint8_t *)more[i].bytes, more[i].n});
        if (!LF_CHECK(got == more[i].want)) printf("  row %zu\n", i);
    }
}

static void streams_of_every_format_join_at_every_cut(void) {
    for (size_t k = 2; k < N_FORMATS; k++) {
        const format *f = &formats[k];
        lf_buf b;
        lf_buf_init(&b, NULL, 1u << 24);
        f->add(&b, text, 10000, 1);
        f->add(&b, text + 10000, 0, 1);
        f->add(&b, text + 10000, 1, 1);
        f->add(&b, text + 10001, TEXT_BYTES - 10001, 1);
        check_all_cuts(f->name, &b, TEXT_BYTES);
        uint8_t zeros[16] = {0};
        add(&b, zeros, f->padding);
        if (f->pads) check_all_cuts(f->name, &b, TEXT_BYTES);
        lf_buf_reset(&b);
    }
}

static void raw_deflate_ends_once(void) {
    lf_buf b;
    lf_buf_init(&b, NULL, 1u << 24);
    static uint8_t out[TEXT_BYTES * 2];
    z_stream z = {.next_in = text, .avail_in = TEXT_BYTES};
    LF_REQUIRE(deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) == Z_OK);
    z.next_out = out;
    z.avail_out = sizeof out;
    LF_CHECK(deflate(&z, Z_FINISH) == Z_STREAM_END);
    add(&b, out, z.total_out);
    deflateEnd(&z);
    check_all_cuts("deflate", &b, TEXT_BYTES);
    lf_buf_reset(&b);
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
    for (size_t k = 2; k < N_FORMATS; k++) {
        if (formats[k].open_ended) continue;
        lf_buf_clear(&b);
        formats[k].add(&b, text, 10000, 1);
        second = b.len;
        formats[k].add(&b, text + 10000, 10000, 1);
        every_truncation_is_seen(formats[k].name, &b, second);
    }
    lf_buf_reset(&b);
}

static void snappy_ends_between_chunks_alone(void) {
    lf_buf b;
    lf_buf_init(&b, NULL, 1u << 24);
    add_snappy(&b, text, 20000, 0);
    size_t ends = 0;
    for (size_t n = 0; n < b.len; n++) {
        lf_buf out;
        lf_buf_init(&out, NULL, 1u << 24);
        lf_rc rc = inflate_all("snappy", (lf_span){b.data, n}, 1000, 1000, &out, NULL, NULL);
        LF_CHECK(rc == LF_OK || rc == LF_ECORRUPT);
        LF_CHECK(memcmp(out.data ? out.data : text, text, out.len) == 0);
        ends += rc == LF_OK;
        lf_buf_reset(&out);
    }
    LF_CHECK_EQ_U64(ends, 3); /* behind the identifier, and behind two of three chunks */
    lf_buf_reset(&b);
}

static void junk_behind_the_end_is_an_error(void) {
    static const char *const junk[] = {"a", "\0\0x", "\x1F", "\x1F\x8B", "12345678901234567890"};
    for (size_t k = 0; k < N_FORMATS; k++) {
        const char *name = formats[k].name;
        for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
            lf_buf b, out;
            lf_buf_init(&b, NULL, 1u << 24);
            lf_buf_init(&out, NULL, 1u << 24);
            formats[k].add(&b, text, 1000, 1);
            add(&b, junk[i], i == 1 ? 3 : strlen(junk[i]));
            lf_error err = {0};
            lf_rc rc = inflate_all(name, (lf_span){b.data, b.len}, 100, 100, &out, NULL, &err);
            if (!LF_CHECK(rc == LF_ECORRUPT)) printf("  %s junk %zu\n", name, i);
            lf_buf_reset(&b);
            lf_buf_reset(&out);
        }
    }
}

/* Each flipped bit of a stream is an error, except in header fields that no one checks. */
static void damage_is_seen(void) {
    for (size_t k = 0; k < N_FORMATS; k++) {
        lf_buf b;
        lf_buf_init(&b, NULL, 1u << 24);
        formats[k].add(&b, text, 3000, 1);
        for (size_t i = 0; i < b.len * 8; i++) {
            lf_buf out;
            lf_buf_init(&out, NULL, 1u << 24);
            b.data[i / 8] ^= (uint8_t)(1 << (i % 8));
            lf_error err = {0};
            lf_rc rc = inflate_all(formats[k].name, (lf_span){b.data, b.len}, 4096, 4096, &out,
                                   NULL, &err);
            bool same = out.len == 3000 && memcmp(out.data, text, 3000) == 0;
            /* A type that says "skip" is as good as any other: snappy does not protect it. */
            bool skipped = formats[k].unchecked && out.len == 0;
            if (!LF_CHECK(rc != LF_OK || same || skipped)) printf("  %zu: bit %zu\n", k, i);
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
    LF_CHECK(lf_inflater_create(NULL, "zip", &i, NULL) == LF_EUNSUPPORTED);
    lf_inflater_destroy(NULL);
}

/* Every format within a budget of nothing, and of ever more: refused, never a crash or a leak. */
static void a_refused_allocation_is_an_error(void) {
    for (size_t k = 0; k < N_FORMATS; k++) {
        lf_buf b;
        lf_buf_init(&b, NULL, 1u << 24);
        formats[k].add(&b, text, 3000, 1);
        bool done = false;
        for (size_t cap = 1; cap < 1u << 25 && !done; cap += cap / 4 + 1000) {
            lf_buf out;
            lf_buf_init(&out, NULL, 1u << 24);
            lf_budget budget;
            lf_budget_init(&budget, NULL, cap);
            lf_error err = {0};
            lf_rc rc = inflate_all(formats[k].name, (lf_span){b.data, b.len}, 999, 999, &out,
                                   &budget.alloc, &err);
            done = rc == LF_OK;
            if (!LF_CHECK(done || rc == LF_ENO_MEMORY || rc == LF_EMEMORY_LIMIT))
                printf("  %s in %zu: %s\n", formats[k].name, cap, err.message);
            LF_CHECK_EQ_U64(budget.used_bytes, 0);
            lf_buf_reset(&out);
        }
        LF_CHECK(done);
        lf_buf_reset(&b);
    }
}

int main(void) {
    make_text();
    LF_RUN(streams_are_detected_by_their_first_bytes);
    LF_RUN(gzip_members_join_at_every_cut);
    LF_RUN(zstd_frames_join_at_every_cut);
    LF_RUN(streams_of_every_format_join_at_every_cut);
    LF_RUN(raw_deflate_ends_once);
    LF_RUN(truncated_streams_are_no_end);
    LF_RUN(snappy_ends_between_chunks_alone);
    LF_RUN(junk_behind_the_end_is_an_error);
    LF_RUN(damage_is_seen);
    LF_RUN(a_window_over_the_budget_is_a_memory_limit);
    LF_RUN(a_refused_allocation_is_an_error);
    LF_TEST_MAIN_END;
}
