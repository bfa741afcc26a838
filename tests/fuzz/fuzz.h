/* fuzz/fuzz.h - what the fuzz targets share.
 *
 * A target is one LLVMFuzzerTestOneInput. Built by clang with -fsanitize=fuzzer it is a
 * fuzzer (`make fuzz`); in every other build fuzz_replay.c gives it a main that runs the
 * committed seeds and the inputs of mended faults, so that `make test` replays them on every
 * compiler and sanitizer.
 * The first FUZZ_HEAD_BYTES of an input are options (how it is cut, which allocation fails), the
 * rest is the text or file; a file becomes a seed by that many zeros before it.
 * Owns: nothing. Threads: one. Fails: a broken property aborts. Life: one input. */
#ifndef LF_FUZZ_FUZZ_H
#define LF_FUZZ_FUZZ_H
#include "core/span.h"
#include "io/fault.h"
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FUZZ_HEAD_BYTES 8

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Options and body of one input. The body is a copy of its exact size, so that a read past its end
 * is seen; fuzz_close frees it and checks that nothing of `alloc` is left. */
typedef struct fuzz_in {
    uint8_t o[FUZZ_HEAD_BYTES];
    lf_span body;
    uint8_t *copy;
    lf_fault_alloc alloc; /* fails its n-th allocation where o[6], o[7] say so (0: never) */
} fuzz_in;

static inline void fuzz_open(fuzz_in *f, const uint8_t *data, size_t size) {
    size_t head = size < FUZZ_HEAD_BYTES ? size : FUZZ_HEAD_BYTES;
    memset(f->o, 0, sizeof f->o);
    if (head > 0) memcpy(f->o, data, head);
    f->body = (lf_span){NULL, size - head};
    f->copy = malloc(f->body.len > 0 ? f->body.len : 1);
    if (f->copy == NULL) abort();
    if (f->body.len > 0) memcpy(f->copy, data + head, f->body.len);
    f->body.data = f->copy;
    lf_fault_alloc_init(&f->alloc, NULL, (uint64_t)f->o[6] | (uint64_t)f->o[7] << 8);
}

#define FUZZ_CHECK(cond)                                                                           \
    do {                                                                                           \
        if (!(cond)) {                                                                             \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #cond);                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

static inline void fuzz_close(fuzz_in *f) {
    free(f->copy);
    FUZZ_CHECK(atomic_load(&f->alloc.live_blocks) == 0);
    FUZZ_CHECK(atomic_load(&f->alloc.live_bytes) == 0);
}

#endif
