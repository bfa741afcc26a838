/* core/hash.h - hashing for tables in memory, and the checksums of file formats.
 * Owns: nothing. Threads: safe. Fails: never. */
#ifndef LF_CORE_HASH_H
#define LF_CORE_HASH_H
#include <stddef.h>
#include <stdint.h>

uint64_t lf_hash64(const void *p, size_t n, uint64_t seed); /* not stable across releases */
static inline uint64_t lf_hash_mix(uint64_t x) { /* murmur3 finaliser (Appleby, public domain) */
    x ^= x >> 33;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33;
    x *= 0xc4ceb9fe1a85ec53ULL;
    return x ^ (x >> 33);
}
uint32_t lf_crc32(uint32_t crc, const void *p,
                  size_t n); /* IEEE 802.3, as gzip and Parquet use; start with 0; PCLMUL where the
                                machine has it */

#endif
