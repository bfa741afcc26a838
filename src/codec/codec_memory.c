/* codec/codec_memory.c - sizes kept in front of blocks, so that they are counted when freed. */
#include "codec/codec_memory.h"

#define HEADER_BYTES 16u

void *lf_codec_alloc(void *opaque, size_t size) {
    if (size > SIZE_MAX - HEADER_BYTES) return NULL;
    uint8_t *p = lf_mem_alloc(opaque, size + HEADER_BYTES);
    if (!p) return NULL;
    *(size_t *)(void *)p = size + HEADER_BYTES;
    return p + HEADER_BYTES;
}

void lf_codec_free(void *opaque, void *p) {
    if (!p) return;
    uint8_t *block = (uint8_t *)p - HEADER_BYTES;
    lf_mem_free(opaque, block, *(size_t *)(void *)block);
}
