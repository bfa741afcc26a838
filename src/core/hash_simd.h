/* core/hash_simd.h - the CRC-32 kernels behind lf_crc32, for hash.c and its tests.
 * Owns: nothing. Threads: safe. Fails: never. States are inverted CRCs. */
#ifndef LF_CORE_HASH_SIMD_H
#define LF_CORE_HASH_SIMD_H
#include <stddef.h>
#include <stdint.h>

#define LF_CRC32_FOLD_MIN 64u

uint32_t lf_crc32_sliced(uint32_t state, const uint8_t *p, size_t n);
/* x86-64 with PCLMULQDQ and AVX2; n is a multiple of 16 and at least LF_CRC32_FOLD_MIN. */
uint32_t lf_crc32_folded(uint32_t state, const uint8_t *p, size_t n);

#endif
