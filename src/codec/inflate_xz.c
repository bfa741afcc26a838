/* codec/inflate_xz.c - xz streams, one behind the other, with the padding that may stand between.
 *
 * A stream declares its dictionary (8 MiB at `xz -6`, 64 MiB at `xz -9`, up to 4 GiB): the
 * allocator's budget decides, and its refusal names what the stream needs. Every check that
 * liblzma knows is verified; one that it does not know is an error, not a warning. */
#include "codec/codec_memory.h"
#include "codec/inflate.h"
#include <lzma.h>

typedef struct xz_inflater {
    lf_inflater base;
    lzma_allocator mem;
    lzma_stream s;
    bool open;        /* inside a stream */
    unsigned padding; /* zeros since the last stream; four at a time are allowed */
    uint64_t streams;
} xz_inflater;

static void *xz_alloc(void *opaque, size_t items, size_t size) {
    return lf_codec_alloc(opaque, items * size);
}

static lf_rc xz_open(xz_inflater *z, lf_error *err) {
    const uint32_t flags = LZMA_TELL_UNSUPPORTED_CHECK;
    if (lzma_stream_decoder(&z->s, UINT64_MAX, flags) != LZMA_OK)
        return lf_fail_nomem(err, 64 * 1024);
    z->open = true;
    z->padding = 0;
    return LF_OK;
}

static lf_rc xz_failure(const xz_inflater *z, lzma_ret code, lf_error *err) {
    switch (code) {
    case LZMA_MEM_ERROR:
    case LZMA_MEMLIMIT_ERROR:
        return lf_fail(err, LF_EMEMORY_LIMIT,
                       "the xz input needs a larger window than the memory limit allows");
    case LZMA_UNSUPPORTED_CHECK:
    case LZMA_OPTIONS_ERROR:
        return lf_fail(err, LF_EUNSUPPORTED, "the xz input uses a filter or check not known here");
    case LZMA_FORMAT_ERROR:
        return lf_fail(err, LF_ECORRUPT, "after %llu xz streams come bytes that are no xz data",
                       (unsigned long long)z->streams);
    default:
        return lf_fail(err, LF_ECORRUPT, "the xz data is corrupt in stream %llu",
                       (unsigned long long)z->streams + 1);
    }
}

/* Between streams: counts padding, or begins the next stream. */
static lf_rc begin_stream(xz_inflater *z, lf_span in, size_t *used, lf_error *err) {
    while (z->streams > 0 && *used < in.len && in.data[*used] == 0) {
        z->padding = (z->padding + 1) & 3;
        ++*used;
    }
    if (*used == in.len) return LF_OK;
    if (z->padding != 0)
        return lf_fail(err, LF_ECORRUPT, "the padding after xz stream %llu is no multiple of four",
                       (unsigned long long)z->streams);
    return xz_open(z, err);
}

static lf_rc xz_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                    size_t *got_out, bool *end_out, lf_error *err) {
    xz_inflater *z = (xz_inflater *)i;
    size_t used = 0, got = 0;
    lf_rc rc = LF_OK;
    for (;;) {
        if (!z->open) {
            LF_GO(begin_stream(z, in, &used, err));
            if (!z->open) break;
        }
        z->s.next_in = in.data + used;
        z->s.avail_in = in.len - used;
        z->s.next_out = dst + got;
        z->s.avail_out = cap - got;
        const lzma_ret code = lzma_code(&z->s, LZMA_RUN);
        const size_t took = in.len - used - z->s.avail_in, gave = cap - got - z->s.avail_out;
        used += took;
        got += gave;
        if (code == LZMA_STREAM_END) {
            z->open = false;
            z->streams++;
        } else if (code == LZMA_BUF_ERROR || (code == LZMA_OK && took == 0 && gave == 0)) {
            break; /* more input, or more room, is needed */
        } else if (code != LZMA_OK) {
            rc = xz_failure(z, code, err);
            break;
        }
    }
out:
    *used_out = used;
    *got_out = got;
    *end_out = !z->open && z->streams > 0 && z->padding == 0;
    return rc;
}

static void xz_destroy(lf_inflater *i) {
    xz_inflater *z = (xz_inflater *)i;
    lzma_end(&z->s);
    lf_mem_free(i->alloc, z, sizeof *z);
}

lf_rc lf_inflate_xz_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    xz_inflater *z = lf_mem_zalloc(a, sizeof *z);
    if (!z) return lf_fail_nomem(err, sizeof *z);
    z->base = (lf_inflater){.alloc = a, .run = xz_run, .destroy = xz_destroy};
    z->mem = (lzma_allocator){xz_alloc, lf_codec_free, (void *)a};
    z->s = (lzma_stream)LZMA_STREAM_INIT;
    z->s.allocator = &z->mem;
    *out = &z->base;
    return LF_OK;
}
