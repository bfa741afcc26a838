/* core/limits.h - every cap, by name. Units are in the names.
 * Owns: nothing. Threads: constants. Fails: never. Life: fixed; a change changes the layout. */
#ifndef LF_CORE_LIMITS_H
#define LF_CORE_LIMITS_H
#include <stdint.h>

#define LF_KIB                  (1024ull)
#define LF_MIB                  (1024ull * 1024)
#define LF_MEMORY_DEFAULT_BYTES (100 * LF_MIB)
#define LF_MEMORY_FLOOR_BYTES   (16 * LF_MIB)
#define LF_WIDE_COLUMNS         2000u /* beyond: the default limit rises */
#define LF_WIDE_COLUMN_BYTES    (10 * 1024ull)
#define LF_GROUP_TEXT_MAX_BYTES (128 * LF_MIB)
#define LF_GROUP_TEXT_MIN_BYTES (64 * LF_KIB) /* --row-group-size */
#define LF_HEAD_BYTES           (1 * LF_MIB)  /* what dialect and types are first judged by */
#define LF_SAMPLE_BYTES         (64 * 1024u)  /* of each piece behind it that bears it out */
#define LF_TILE_BYTES           (16 * 1024u)
#define LF_TILE_ROWS_MIN        64u
#define LF_TILE_ROWS_MAX        8192u /* no batch has more rows */
#define LF_READ_BYTES           (256 * 1024u)
#define LF_COLUMNS_MAX          1000000u
#define LF_NAME_BYTES_MAX       65535u
#define LF_THREADS_MAX          256u
#define LF_NESTING_MAX          100u

/* The torture build (cmake --preset torture): everything as small as it can be, so that a few
 * hundred bytes cross every edge that takes megabytes otherwise. */
#ifdef LF_TORTURE
#undef LF_GROUP_TEXT_MIN_BYTES
#undef LF_HEAD_BYTES
#undef LF_SAMPLE_BYTES
#undef LF_TILE_BYTES
#undef LF_TILE_ROWS_MIN
#undef LF_READ_BYTES
#define LF_GROUP_TEXT_MIN_BYTES 64ull
#define LF_HEAD_BYTES           (2 * LF_KIB)
#define LF_SAMPLE_BYTES         2048u
#define LF_TILE_BYTES           256u
#define LF_TILE_ROWS_MIN        1u
#define LF_READ_BYTES           509u
#endif
#define LF_MAP_KEYS        1000u /* an object with more distinct keys is a map */
#define LF_MAP_NESTED_KEYS 100u  /* and so is one with more of them that hold objects or arrays */
/* Keys that are columns: so many in the head, or in all where they come late. */
#define LF_TOP_KEYS_MAX 20000u

/* How many columns may come behind the head, by the most bytes of a record, which is a quarter of
 * the memory limit: what a late column takes is not planned (some 15 KB, measured). */
static inline uint32_t lf_late_columns_max(uint64_t record_max_bytes) {
    const uint64_t n = record_max_bytes / 6656;
    return n < 1000 ? 1000 : n > LF_TOP_KEYS_MAX ? LF_TOP_KEYS_MAX : (uint32_t)n;
}
#define LF_LATE_COLUMNS_TEXT                                                                       \
    "more than %u columns come behind the head: keys that are data, it seems; --columns keeps "    \
    "those that it names"

#endif
