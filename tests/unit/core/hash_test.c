/* CRC-32 against its definition, at every length and alignment; the table hash spreads. */
#include "core/alloc.h"
#include "core/hash.h"
#include "core/hash_simd.h"
#include "lf_test.h"

/* Bit by bit, from the polynomial. */
static uint32_t crc_slow(uint32_t crc, const uint8_t *p, size_t n) {
    uint32_t c = ~crc;
    for (size_t i = 0; i < n; i++) {
        c ^= p[i];
        for (int k = 0; k < 8; k++) {
            c = c & 1 ? (c >> 1) ^ 0xEDB88320u : c >> 1;
        }
    }
    return ~c;
}

static uint8_t text[5000];

static void known_values(void) {
    LF_CHECK_EQ_U64(lf_crc32(0, "123456789", 9), 0xCBF43926u);
    LF_CHECK_EQ_U64(lf_crc32(0, "", 0), 0);
    LF_CHECK_EQ_U64(lf_crc32(0, NULL, 0), 0);
    uint8_t zeros[32] = {0};
    LF_CHECK_EQ_U64(lf_crc32(0, zeros, 32), 0x190A55ADu);
}

static void every_length_and_alignment(void) {
    for (size_t n = 0; n < 1200; n++) {
        /* The text ends where its block ends: overreads are seen. */
        size_t shift = n % 17;
        uint8_t *p = lf_mem_alloc(NULL, n + shift);
        memcpy(p + shift, text, n);
        uint32_t want = crc_slow((uint32_t)n * 7, p + shift, n);
        LF_CHECK_EQ_U64(lf_crc32((uint32_t)n * 7, p + shift, n), want);
        LF_CHECK_EQ_U64(~lf_crc32_sliced(~((uint32_t)n * 7), p + shift, n), want);
        lf_mem_free(NULL, p, n + shift);
    }
}

static void pieces_give_the_whole(void) {
    uint32_t want = crc_slow(0, text, sizeof text);
    for (size_t cut = 0; cut <= sizeof text; cut += 37) {
        uint32_t c = lf_crc32(0, text, cut);
        LF_CHECK_EQ_U64(lf_crc32(c, text + cut, sizeof text - cut), want);
    }
}

static void the_table_hash_spreads(void) {
    enum { N = 20000, SLOTS = 65536 };
    static uint8_t seen[SLOTS];
    memset(seen, 0, sizeof seen);
    size_t hit = 0;
    for (uint32_t i = 0; i < N; i++) {
        char key[32];
        int n = snprintf(key, sizeof key, "key%u", i);
        uint64_t h = lf_hash64(key, (size_t)n, 0);
        LF_CHECK_EQ_U64(h, lf_hash64(key, (size_t)n, 0));
        hit += !seen[h & (SLOTS - 1)];
        seen[h & (SLOTS - 1)] = 1;
    }
    LF_CHECK(hit > 16900 && hit < 17700); /* a random function: about 17,230 */
    /* Every length reads exactly its bytes, and the length counts. */
    for (size_t n = 0; n < 100; n++) {
        uint8_t *p = lf_mem_zalloc(NULL, n);
        uint64_t h = lf_hash64(p, n, 1);
        for (size_t i = 0; i < n * 8; i++) {
            p[i / 8] ^= (uint8_t)(1u << (i % 8));
            LF_CHECK(lf_hash64(p, n, 1) != h);
            p[i / 8] ^= (uint8_t)(1u << (i % 8));
        }
        LF_CHECK(lf_hash64(p, n, 2) != h);
        lf_mem_free(NULL, p, n);
    }
}

int main(void) {
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)(i * 2654435761u >> 11);
    }
    LF_RUN(known_values);
    LF_RUN(every_length_and_alignment);
    LF_RUN(pieces_give_the_whole);
    LF_RUN(the_table_hash_spreads);
    LF_TEST_MAIN_END;
}
