/* snappy_bench - our snappy encoder beside the library's and lz4: size against the input, and MB
 * per second of processor time. Arguments: files, cut into blocks of 1 MB as pages are; without
 * any, made-up text and prices. The three take turns and the least time of many counts. */
#include "codec/codec.h"
#include "codec/snappy_encode.h"
#include "core/alloc.h"
#include <snappy-c.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define BLOCK     (1u << 20)
#define INPUT_MAX (32u << 20)
#define ROUNDS    9

enum { OURS, LIBRARY, LZ4, ENCODERS };

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static size_t encode(int who, lf_compressor *c, lf_span in, uint8_t *dst, size_t cap) {
    size_t n = cap;
    if (who == LIBRARY) {
        if (snappy_compress((const char *)in.data, in.len, (char *)dst, &n) != SNAPPY_OK) exit(1);
    } else if (lf_compressor_run(c, in, dst, cap, &n, NULL) != LF_OK) {
        exit(1);
    }
    return n;
}

static void run(const char *name, const uint8_t *p, size_t len) {
    static const lf_codec codecs[ENCODERS] = {LF_CODEC_SNAPPY, LF_CODEC_SNAPPY, LF_CODEC_LZ4_RAW};
    lf_compressor *c[ENCODERS];
    double best[ENCODERS] = {1e9, 1e9, 1e9};
    size_t size[ENCODERS] = {0};
    const size_t cap = lf_snappy_bound(BLOCK);
    uint8_t *dst = lf_mem_alloc(NULL, cap), *back = lf_mem_alloc(NULL, BLOCK);
    for (int k = 0; k < ENCODERS; k++) {
        if (lf_compressor_create(NULL, codecs[k], 1, BLOCK, &c[k], NULL) != LF_OK) exit(1);
    }
    for (int r = 0; r < ROUNDS * ENCODERS; r++) {
        const int k = r % ENCODERS;
        const double begin = cpu_seconds();
        size[k] = 0;
        for (size_t at = 0; at < len; at += BLOCK) {
            const lf_span in = {p + at, len - at < BLOCK ? len - at : BLOCK};
            const size_t n = encode(k, c[k], in, dst, cap);
            size[k] += n;
            if (r != OURS) continue; /* the first round also proves the result, unmeasured */
            if (lf_decompress_block(codecs[k], (lf_span){dst, n}, back, in.len, NULL) != LF_OK ||
                memcmp(back, in.data, in.len) != 0) {
                printf("%s: wrong\n", name);
                exit(1);
            }
        }
        const double took = cpu_seconds() - begin;
        if (took < best[k] && r >= ENCODERS) best[k] = took;
    }
    printf("%-24s", name);
    for (int k = 0; k < ENCODERS; k++) {
        static const char *const names[ENCODERS] = {"ours", "library", "lz4"};
        printf("  %s %.3f %6.0f MB/s", names[k], (double)size[k] / (double)len,
               (double)len / best[k] / 1e6);
        lf_compressor_destroy(c[k]);
    }
    printf("  speed %.2f size %.3f\n", best[LIBRARY] / best[OURS],
           (double)size[OURS] / (double)size[LIBRARY]);
    lf_mem_free(NULL, dst, cap);
    lf_mem_free(NULL, back, BLOCK);
}

static uint32_t rnd(uint32_t n) {
    static uint32_t seed = 1;
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * n >> 32);
}

static void run_made_up(uint8_t *p) {
    static const char *const words[] = {"carefully ", "final ",   "deposits ", "haggle. ",
                                        "slyly ",     "pinto ",   "beans ",    "express ",
                                        "requests ",  "above ",   "the ",      "ironic ",
                                        "packages ",  "regular ", "accounts ", "wake "};
    const size_t n = 8u << 20;
    for (size_t i = 0; i < n;) {
        const char *w = words[rnd(16)];
        for (uint32_t k = rnd(12) ? 0 : rnd(4); w[k] && i < n; k++) {
            p[i++] = (uint8_t)w[k];
        }
    }
    run("text", p, n);
    for (size_t i = 0; i < n; i += 8) {
        const double d = (1 + rnd(50)) * (90000 + rnd(20000)) / 100.0;
        memcpy(p + i, &d, 8);
    }
    run("prices", p, n);
}

int main(int argc, char **argv) {
    uint8_t *p = lf_mem_alloc(NULL, INPUT_MAX);
    if (!p) return 1;
    if (argc < 2) run_made_up(p);
    for (int i = 1; i < argc; i++) {
        FILE *f = fopen(argv[i], "rb");
        if (!f) {
            perror(argv[i]);
            return 1;
        }
        const size_t n = fread(p, 1, INPUT_MAX, f);
        fclose(f);
        if (n) run(argv[i], p, n);
    }
    lf_mem_free(NULL, p, INPUT_MAX);
    return 0;
}
