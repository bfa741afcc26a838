/* filter/sample.h - which of M rows are among N chosen at random.
 *
 * A seed makes one of many shuffles of 0 .. M-1, and a row is chosen where it comes to lie in the
 * first N places. So exactly N are chosen, each row is asked for by its number alone, in any order
 * and on any thread, and nothing is remembered; but M must be known before.
 *
 * Owns: nothing. Threads: pure. Fails: never. Life: plain data. */
#ifndef LF_FILTER_SAMPLE_H
#define LF_FILTER_SAMPLE_H
#include <stdbool.h>
#include <stdint.h>

typedef struct lf_sample {
    uint64_t rows, chosen; /* M and N */
    uint32_t half_bits;
    uint64_t keys[6];
} lf_sample;

void lf_sample_init(lf_sample *s, uint64_t rows, uint64_t chosen, uint64_t seed);
bool lf_sample_has(const lf_sample *s, uint64_t row); /* row < rows; others are not chosen */

#endif
