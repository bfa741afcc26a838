/* The shuffle is a Feistel network over the next power of 4, walked until it ends below M (Black
 * and Rogaway, "Ciphers with Arbitrary Finite Domains", 2002); its rounds mix with splitmix64. */
#include "filter/sample.h"

#define ROUNDS (sizeof((lf_sample *)0)->keys / sizeof *((lf_sample *)0)->keys)

static uint64_t mix(uint64_t x) {
    x += 0x9E3779B97F4A7C15ull;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ull;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBull;
    return x ^ (x >> 31);
}

void lf_sample_init(lf_sample *s, uint64_t rows, uint64_t chosen, uint64_t seed) {
    *s = (lf_sample){.rows = rows, .chosen = chosen, .half_bits = 1};
    while (s->half_bits < 32 && (1ull << (2 * s->half_bits)) < rows)
        s->half_bits++;
    for (uint32_t i = 0; i < ROUNDS; i++)
        s->keys[i] = seed = mix(seed);
}

bool lf_sample_has(const lf_sample *s, uint64_t row) {
    const uint64_t mask = (1ull << s->half_bits) - 1;
    if (s->chosen >= s->rows) return true;
    if (row >= s->rows) return false; /* more than was said: the walk need not end */
    do {
        uint64_t left = row >> s->half_bits, right = row & mask;
        for (uint32_t i = 0; i < ROUNDS; i++) {
            const uint64_t next = left ^ (mix(right ^ s->keys[i]) & mask);
            left = right;
            right = next;
        }
        row = left << s->half_bits | right;
    } while (row >= s->rows);
    return row < s->chosen;
}
