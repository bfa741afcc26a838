/* codec/inflate_gzip.c - gzip streams: all members, by ISA-L where it is installed, else by zlib;
 * and raw deflate, as the members of a zip archive are stored.
 *
 * Between members the stream is at an end: more bytes begin another member, or are zeros, with
 * which tape drives and block copies pad. Anything else is an error, since cutting it off could
 * lose rows in silence. Each member's checksum and length are verified by the library. */
#include "codec/codec_memory.h"
#include "codec/inflate.h"
#include "core/hash.h"

#define IO_BYTES_MAX (1u << 30) /* both libraries count in 32 bits */

#ifdef LF_HAVE_ISAL
#include <isa-l/igzip_lib.h>

/* The header is parsed here: ISA-L 2.30 miscounts optional fields that a cut falls into.
 *
 *     1F 8B 08 flags mtime(4) xfl os | [len(2) extra] [name 0] [comment 0] [crc16]
 */
typedef enum header_part {
    H_FIXED,
    H_EXTRA_LEN,
    H_EXTRA,
    H_NAME,
    H_COMMENT,
    H_CRC,
    H_DONE
} header_part;
enum { FLAG_CRC = 2, FLAG_EXTRA = 4, FLAG_NAME = 8, FLAG_COMMENT = 16, FLAGS_RESERVED = 0xE0 };

typedef struct engine {
    struct inflate_state s;
    header_part part;
    uint32_t at, extra_len; /* bytes of this part so far; of the extra field */
    uint8_t flags;
    uint32_t crc;
    uint16_t crc_told;
} engine;

static void engine_next_member(engine *e, bool raw) {
    isal_inflate_reset(&e->s);
    e->s.crc_flag = raw ? ISAL_DEFLATE : ISAL_GZIP_NO_HDR_VER;
    e->part = raw ? H_DONE : H_FIXED;
    e->at = e->crc = e->extra_len = 0;
    e->crc_told = 0;
}

static bool engine_open(engine *e, const lf_alloc *a, bool raw) {
    (void)a;
    isal_inflate_init(&e->s);
    engine_next_member(e, raw);
    return true;
}

static void engine_close(engine *e) {
    (void)e;
}

static bool header_fixed(engine *e, uint8_t c) {
    static const uint8_t magic[3] = {0x1F, 0x8B, 8};
    if (e->at < 3 && c != magic[e->at]) return false;
    if (e->at == 3) e->flags = c;
    return !(e->flags & FLAGS_RESERVED);
}

/* Skips the parts that the flags leave out. */
static void header_skip_absent(engine *e) {
    if (e->part == H_EXTRA_LEN && !(e->flags & FLAG_EXTRA)) e->part = H_NAME;
    if (e->part == H_EXTRA && e->extra_len == 0) e->part = H_NAME;
    if (e->part == H_NAME && !(e->flags & FLAG_NAME)) e->part = H_COMMENT;
    if (e->part == H_COMMENT && !(e->flags & FLAG_COMMENT)) e->part = H_CRC;
    if (e->part == H_CRC && !(e->flags & FLAG_CRC)) e->part = H_DONE;
}

static bool header_byte(engine *e, uint8_t c) {
    bool over = false; /* this byte ends its part */
    if (e->part != H_CRC) e->crc = lf_crc32(e->crc, &c, 1);
    switch (e->part) {
    case H_FIXED:
        if (!header_fixed(e, c)) return false;
        over = e->at == 9;
        break;
    case H_EXTRA_LEN:
        e->extra_len |= (uint32_t)c << (8 * e->at);
        over = e->at == 1;
        break;
    case H_EXTRA:
        over = e->at + 1 == e->extra_len;
        break;
    case H_NAME:
    case H_COMMENT:
        over = c == 0;
        break;
    case H_CRC:
        e->crc_told |= (uint16_t)(c << (8 * e->at));
        over = e->at == 1;
        if (over && e->crc_told != (e->crc & 0xFFFF)) return false;
        break;
    case H_DONE:
        break;
    }
    e->at++;
    if (over) {
        e->at = 0;
        e->part++;
        header_skip_absent(e);
    }
    return true;
}

/* *member_end: the member's trailer was read and verified. NULL, or what is wrong. */
static const char *engine_run(engine *e, lf_span in, size_t *used, uint8_t *dst, size_t cap,
                              size_t *got, bool *member_end) {
    size_t head = 0;
    *used = *got = 0;
    *member_end = false;
    while (e->part != H_DONE && head < in.len) {
        if (!header_byte(e, in.data[head++])) return "invalid header";
    }
    *used = head;
    if (e->part != H_DONE) return NULL;
    e->s.next_in = (uint8_t *)in.data + head;
    e->s.avail_in = (uint32_t)(in.len - head);
    e->s.next_out = dst;
    e->s.avail_out = (uint32_t)cap;
    int rc = isal_inflate(&e->s);
    /* On damage ISA-L may give back bytes of earlier calls. */
    *used = e->s.avail_in <= in.len ? in.len - e->s.avail_in : in.len;
    *got = cap - e->s.avail_out;
    *member_end = rc == ISAL_DECOMP_OK && e->s.block_state == ISAL_BLOCK_FINISH;
    switch (rc) {
    case ISAL_INVALID_BLOCK:
        return "invalid block type";
    case ISAL_INVALID_SYMBOL:
        return "invalid code";
    case ISAL_INVALID_LOOKBACK:
        return "distance too far back";
    case ISAL_INVALID_WRAPPER:
        return "invalid header";
    case ISAL_UNSUPPORTED_METHOD:
        return "unknown method";
    case ISAL_INCORRECT_CHECKSUM:
        return "wrong checksum";
    default:
        return rc < 0 ? "invalid data" : NULL;
    }
}
#else
#include <zlib.h>

typedef struct engine {
    z_stream s;
} engine;

static void *zlib_alloc(void *opaque, unsigned items, unsigned size) {
    return lf_codec_alloc(opaque, (size_t)items * size);
}

static bool engine_open(engine *e, const lf_alloc *a, bool raw) {
    e->s.zalloc = zlib_alloc;
    e->s.zfree = lf_codec_free;
    e->s.opaque = (void *)a;
    return inflateInit2(&e->s, raw ? -15 : 15 + 16) == Z_OK;
}

static void engine_next_member(engine *e, bool raw) {
    (void)raw;
    inflateReset(&e->s);
}
static void engine_close(engine *e) {
    inflateEnd(&e->s);
}

static const char *engine_run(engine *e, lf_span in, size_t *used, uint8_t *dst, size_t cap,
                              size_t *got, bool *member_end) {
    e->s.next_in = (Bytef *)in.data;
    e->s.avail_in = (uInt)in.len;
    e->s.next_out = dst;
    e->s.avail_out = (uInt)cap;
    int rc = inflate(&e->s, Z_NO_FLUSH);
    *used = in.len - e->s.avail_in;
    *got = cap - e->s.avail_out;
    *member_end = rc == Z_STREAM_END;
    if (rc == Z_OK || rc == Z_STREAM_END || rc == Z_BUF_ERROR) return NULL;
    return e->s.msg ? e->s.msg : "invalid data";
}
#endif

typedef struct gzip_inflater {
    lf_inflater base;
    bool between; /* a member has ended and no other has begun */
    bool padding; /* zeros follow the last member: nothing else may */
    bool raw;     /* deflate alone: one member without header and trailer */
    bool begun;
    engine e;
} gzip_inflater;

/* Between members: skips padding, or begins the next member. */
static lf_rc begin_member(gzip_inflater *g, lf_span in, size_t *used, lf_error *err) {
    while (*used < in.len && in.data[*used] == 0) {
        g->padding = true;
        ++*used;
    }
    if (*used == in.len) return LF_OK;
    if (g->padding || in.data[*used] != 0x1F) {
        return lf_fail(err, LF_ECORRUPT, "after %llu gzip members come bytes that are no gzip data",
                       (unsigned long long)g->base.members);
    }
    engine_next_member(&g->e, g->raw);
    g->between = false;
    return LF_OK;
}

static lf_rc gzip_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                      size_t *got_out, bool *end_out, lf_error *err) {
    gzip_inflater *g = (gzip_inflater *)i;
    size_t used = 0, got = 0;
    lf_rc rc = LF_OK;
    if (!g->begun) g->between = i->members > 0;
    g->begun = true;
    for (;;) {
        if (g->between) {
            if (!g->raw) LF_GO(begin_member(g, in, &used, err));
            if (g->between) break;
        }
        size_t n = in.len - used, room = cap - got, took = 0, gave = 0;
        if (n > IO_BYTES_MAX) n = IO_BYTES_MAX;
        if (room > IO_BYTES_MAX) room = IO_BYTES_MAX;
        bool end = false;
        const char *bad =
            engine_run(&g->e, (lf_span){in.data + used, n}, &took, dst + got, room, &gave, &end);
        used += took;
        got += gave;
        if (bad && g->raw) {
            rc = lf_fail(err, LF_ECORRUPT, "the deflate data is corrupt: %s", bad);
            break;
        }
        if (bad) {
            rc = lf_fail(err, LF_ECORRUPT, "the gzip data is corrupt in member %llu: %s",
                         (unsigned long long)g->base.members + 1, bad);
            break;
        }
        if (end) {
            g->between = true;
            g->base.members++;
        } else if (took == 0 && gave == 0) {
            break; /* more input, or more room, is needed */
        }
    }
out:
    *used_out = used;
    *got_out = got;
    *end_out = g->between;
    return rc;
}

static void gzip_destroy(lf_inflater *i) {
    gzip_inflater *g = (gzip_inflater *)i;
    engine_close(&g->e);
    lf_mem_free(i->alloc, g, sizeof *g);
}

static lf_rc gzip_create(const lf_alloc *a, bool raw, lf_inflater **out, lf_error *err) {
    gzip_inflater *g = lf_mem_zalloc(a, sizeof *g);
    if (!g) return lf_fail_nomem(err, sizeof *g);
    g->base = (lf_inflater){.alloc = a, .run = gzip_run, .destroy = gzip_destroy};
    g->raw = raw;
    if (!engine_open(&g->e, a, raw)) {
        lf_mem_free(a, g, sizeof *g);
        return lf_fail_nomem(err, 64 * 1024);
    }
    *out = &g->base;
    return LF_OK;
}

lf_rc lf_inflate_gzip_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    return gzip_create(a, false, out, err);
}

lf_rc lf_inflate_deflate_create(const lf_alloc *a, lf_inflater **out, lf_error *err) {
    return gzip_create(a, true, out, err);
}
