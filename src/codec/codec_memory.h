/* codec/codec_memory.h - lf_alloc behind the callbacks of libraries that free without a size.
 * Owns: nothing. Threads: as the allocator. Fails: NULL. Life: alloc -> free. */
#ifndef LF_CODEC_CODEC_MEMORY_H
#define LF_CODEC_CODEC_MEMORY_H
#include "core/alloc.h"

/* A 16-byte header keeps the size; `opaque` is a const lf_alloc *. */
void *lf_codec_alloc(void *opaque, size_t size);
void lf_codec_free(void *opaque, void *p);

#endif
