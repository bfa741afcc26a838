/* bench/csv_bench.c - the CSV decoder alone: text in memory to batches that nobody reads.
 *
 *   csv_bench FILE [MB] [ROUNDS]
 *
 * For each instruction set: index and cells alone (all columns as text), then with types; the
 * best of the rounds in GB/s of CPU time and ns a field. The window is filled 256 KB at a time
 * from memory, as flow does from a file. */
#include "array/batch.h"
#include "core/alloc.h"
#include "core/cpu.h"
#include "core/decoder.h"
#include "core/limits.h"
#include "decode/csv/csv_decode.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct text {
    uint8_t *data;
    size_t len;
} text;

static double cpu_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static text read_file(const char *path, size_t max) {
    text t = {malloc(max + 128), 0};
    FILE *f = fopen(path, "rb");
    if (f == NULL || t.data == NULL) {
        perror(path);
        exit(1);
    }
    t.len = fread(t.data, 1, max, f);
    fclose(f);
    return t;
}

typedef struct tally {
    uint64_t rows, rejects, exceptions, fields, tiles;
} tally;

static tally decode(const lf_plan *p, text t) {
    const lf_plan_base *base = (const lf_plan_base *)(const void *)p;
    static uint8_t window[4 * LF_MIB + 2 * LF_OVERREAD_BYTES];
    uint8_t *w = window + LF_OVERREAD_BYTES;
    lf_decoder *d = NULL;
    tally n = {0};
    if (lf_csv_decoder.create(p, lf_alloc_default(), &d, NULL) != LF_OK) exit(1);
    lf_block b = {.start = base->body_offset, .end = UINT64_MAX};
    if (lf_csv_decoder.begin(d, &b, NULL) != LF_OK) exit(1);
    size_t at = base->body_offset, pos = 0, len = 0;
    lf_step step = LF_NEED_INPUT;
    lf_error err = {0};
    for (;;) {
        lf_batch batch;
        size_t used;
        if (lf_csv_decoder.next(d, (lf_span){w + pos, len - pos}, at == t.len, &used, &step, &batch,
                                &err) != LF_OK) {
            fprintf(stderr, "%s\n", err.message);
            exit(1);
        }
        pos += used;
        if (step == LF_DONE) break;
        if (step == LF_BATCH_READY) {
            n.tiles++;
            n.rows += batch.n_rows;
            n.rejects += batch.n_rejects;
            n.fields += (uint64_t)batch.n_rows * batch.n_columns;
            for (uint32_t c = 0; c < batch.n_columns; c++)
                n.exceptions += batch.columns[c].n_exc;
            continue;
        }
        memmove(w, w + pos, len - pos);
        len -= pos;
        pos = 0;
        size_t more = t.len - at < LF_READ_BYTES ? t.len - at : LF_READ_BYTES;
        if (len + more > sizeof window - 2 * LF_OVERREAD_BYTES) {
            fprintf(stderr, "a record is too long for this benchmark\n");
            exit(1);
        }
        memcpy(w + len, t.data + at, more);
        at += more;
        len += more;
    }
    lf_csv_decoder.destroy(d);
    return n;
}

static void measure(text t, lf_isa isa, bool all_strings, uint32_t rounds) {
    lf_decode_opts o = {.struct_size = sizeof o, .alloc = lf_alloc_default(), .isa = isa};
    o.all_strings = all_strings;
    o.record_max_bytes = 3 * LF_MIB;
    lf_plan *p = NULL;
    lf_error err = {0};
    lf_span head = {t.data, t.len < LF_HEAD_BYTES ? t.len : LF_HEAD_BYTES};
    if (lf_csv_decoder.plan(&o, head, head.len == t.len, &p, &err) != LF_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(1);
    }
    double best = 1e9;
    tally n = {0};
    for (uint32_t i = 0; i < rounds; i++) {
        double start = cpu_seconds();
        n = decode(p, t);
        double took = cpu_seconds() - start;
        if (took < best) best = took;
    }
    printf("%-7s %-6s %6.2f GB/s %6.3f ns/field %7.1f ms  rows %llu rejects %llu exceptions %llu\n",
           lf_isa_name(isa), all_strings ? "cells" : "typed", (double)t.len / best / 1e9,
           best * 1e9 / (double)n.fields, best * 1e3, (unsigned long long)n.rows,
           (unsigned long long)n.rejects, (unsigned long long)n.exceptions);
    lf_csv_decoder.plan_destroy(p);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: csv_bench FILE [MB] [ROUNDS]\n");
        return 2;
    }
    size_t mb = argc > 2 ? strtoul(argv[2], NULL, 10) : 128;
    uint32_t rounds = argc > 3 ? (uint32_t)strtoul(argv[3], NULL, 10) : 5;
    text t = read_file(argv[1], mb << 20);
    static const lf_isa isas[] = {LF_ISA_SCALAR, LF_ISA_AVX2, LF_ISA_AVX512};
    for (size_t i = 0; i < 3; i++) {
        if (isas[i] > lf_isa_best()) continue;
        measure(t, isas[i], true, rounds);
        measure(t, isas[i], false, rounds);
    }
    free(t.data);
    return 0;
}
