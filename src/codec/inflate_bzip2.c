/* codec/inflate_bzip2.c - bzip2 streams, one behind the other as `pbzip2` and `cat` leave them.
 *
 * The library keeps up to 3.7 MB for blocks of 900 KB; each block's and each stream's checksum is
 * verified by it. */
#include "codec/codec_memory.h"
#include "codec/inflate.h"
#include <bzlib.h>

#define IO_BYTES_MAX (1u << 30) /* the library counts in 32 bits */

typedef struct bzip2_inflater {
    lf_inflater base;
    bz_stream s;
    bool open; /* the library holds a state */
    uint64_t streams;
} bzip2_inflater;

static void *bzip2_alloc(void *opaque, int items, int size) {
    return lf_codec_alloc(opaque, (size_t)items * (size_t)size);
}

static lf_rc bzip2_open(bzip2_inflater *z, lf_error *err) {
    z->s = (bz_stream){.bzalloc = bzip2_alloc,
                       .bzfree = lf_codec_free,
                       .opaque = (void *)z->base.alloc}; /* the library takes no const */
    if (BZ2_bzDecompressInit(&z->s, 0, 0) != BZ_OK) return lf_fail_nomem(err, 64 * 1024);
    z->open = true;
    return LF_OK;
}

static lf_rc bzip2_failure(const bzip2_inflater *z, int code, lf_error *err) {
    if (code == BZ_MEM_ERROR)
        return lf_fail(err, LF_EMEMORY_LIMIT,
                       "the bzip2 input needs 4 MiB, which the memory limit does not allow");
    const char *why = code == BZ_DATA_ERROR_MAGIC ? "bytes that are no bzip2 data"
                      : code == BZ_DATA_ERROR     ? "wrong checksum or invalid code"
                                                  : "invalid data";
    return lf_fail(err, LF_ECORRUPT, "the bzip2 data is corrupt in stream %llu: %s",
                   (unsigned long long)z->streams + 1, why);
}

static lf_rc bzip2_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                       size_t *got_out, bool *end_out, lf_error *err) {
    bzip2_inflater *z = (bzip2_inflater *)i;
    size_t used = 0, got = 0;
    lf_rc rc = LF_OK;
    for (;;) {
        if (!z->open) {
            if (used == in.len) break; /* no stream has begun */
            LF_GO(bzip2_open(z, err));
        }
        const size_t n = in.len - used < IO_BYTES_MAX ? in.len - used : IO_BYTES_MAX;
        const size_t room = cap - got < IO_BYTES_MAX ? cap - got : IO_BYTES_MAX;
        z->s.next_in = (char *)in.data + used;
        z->s.avail_in = (unsigned)n;
        z->s.next_out = (char *)dst + got;
        z->s.avail_out = (unsigned)room;
        const int code = BZ2_bzDecompress(&z->s);
        const size_t took = n - z->s.avail_in, gave = room - z->s.avail_out;
        used += took;
        got += gave;
        if (code == BZ_STREAM_END) {
            BZ2_bzDecompressEnd(&z->s);
            z->open = false;
            z->streams++;
        } else if (code != BZ_OK) {
            rc = bzip2_failure(z, code, err);
            break;
        } else if (took == 0 && gave == 0) {
            break; /* more input, or more room, is needed */
        }
    }
out:
    *used_out = used;
    *got_out = got;
    *end_out = !z->open && z->streams > 0;
    return rc;
}

static void bzip2_destroy(lf_inflater *i) {
    bzip2_inflater *z = (bzip2_inflater *)i;
    if (z->open) BZ2_bzDecompressEnd(&z->s);
    lf_mem_free(i->alloc, z, sizeof *z);
}

lf_rc lf_inflate_bzip2_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    bzip2_inflater *z = lf_mem_zalloc(a, sizeof *z);
    if (!z) return lf_fail_nomem(err, sizeof *z);
    z->base = (lf_inflater){.alloc = a, .run = bzip2_run, .destroy = bzip2_destroy};
    *out = &z->base;
    return LF_OK;
}
