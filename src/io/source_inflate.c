/* io/source_inflate.c - the text of a compressed source.
 *
 * One buffer of stored bytes; a read fills as much of the caller's buffer as that buffer gives,
 * and fetches more only when it has nothing to return, so that a pipe is never waited for while
 * there is text to hand on. The end of the stored bytes is the end of the text only where a
 * member or frame ended: anything else was cut off. */
#include "codec/codec.h"
#include "core/limits.h"
#include "io/io_fd.h"
#include "io/io_stream.h"
#include <string.h>

typedef struct inflate_source {
    lf_source base;
    const lf_alloc *alloc;
    lf_source *stored;
    lf_inflater *inflater;
    uint8_t *buf;
    size_t len, at;
    bool end, at_member_end;
} inflate_source;

/* Fetches stored bytes into the empty buffer. */
static lf_rc fetch(inflate_source *f, lf_error *err) {
    size_t got = 0;
    f->stored->cancel = f->base.cancel;
    LF_TRY(f->stored->type->read(f->stored, f->buf, LF_READ_BYTES, &got, err));
    f->at = 0;
    f->len = got;
    f->end = got == 0;
    atomic_fetch_add_explicit(&f->base.stored_read, got, memory_order_relaxed);
    return LF_OK;
}

static lf_rc inflate_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    inflate_source *f = (inflate_source *)s;
    *got_out = 0;
    while (*got_out < n) {
        size_t used = 0, got = 0;
        lf_span in = {f->buf + f->at, f->len - f->at};
        lf_rc rc = lf_inflater_run(f->inflater, in, &used, (uint8_t *)dst + *got_out, n - *got_out,
                                   &got, &f->at_member_end, err);
        f->at += used;
        *got_out += got;
        if (rc != LF_OK) {
            lf_error_set_file(err, s->path);
            return rc;
        }
        if (used || got) continue;
        if (f->at < f->len) {
            return lf_fail(err, LF_EINTERNAL, "the %s decoder stands still", s->compression);
        }
        if (*got_out || f->end) break;
        LF_TRY(fetch(f, err));
    }
    if (*got_out || n == 0 || f->at_member_end) return LF_OK;
    lf_rc rc = lf_fail(err, LF_ECORRUPT, "the %s data ends in the middle", s->compression);
    lf_error_set_file(err, s->path);
    return rc;
}

static void inflate_close(lf_source *s) {
    inflate_source *f = (inflate_source *)s;
    lf_source_close(f->stored);
    lf_inflater_destroy(f->inflater);
    lf_mem_free(f->alloc, f->buf, LF_READ_BYTES);
    lf_mem_strfree(f->alloc, s->path);
    lf_mem_free(f->alloc, f, sizeof *f);
}

static lf_rc inflate_check(lf_source *s, lf_error *err) {
    return lf_source_check(((inflate_source *)s)->stored, err);
}

static const lf_source_type gzip_type = {"gzip", NULL, inflate_read, inflate_close, inflate_check};
static const lf_source_type zstd_type = {"zstd", NULL, inflate_read, inflate_close, inflate_check};

lf_rc lf_source_inflate(lf_source *stored, const char *compression, const lf_alloc *a,
                        lf_source **out, lf_error *err) {
    inflate_source *f = lf_mem_zalloc(a, sizeof *f);
    if (!f) {
        lf_source_close(stored);
        return lf_fail_nomem(err, sizeof *f);
    }
    bool gzip = strcmp(compression, "gzip") == 0;
    f->base = (lf_source){.type = gzip ? &gzip_type : &zstd_type,
                          .size_bytes = LF_SIZE_UNKNOWN,
                          .stored_bytes = stored->stored_bytes,
                          .compression = gzip ? "gzip" : "zstd"};
    f->alloc = a;
    f->stored = stored;
    f->base.path = lf_mem_strdup(a, stored->path);
    f->buf = lf_mem_alloc(a, LF_READ_BYTES);
    lf_rc rc = f->base.path && f->buf ? LF_OK : lf_fail_nomem(err, LF_READ_BYTES);
    if (rc == LF_OK) rc = lf_inflater_create(a, compression, &f->inflater, err);
    if (rc != LF_OK)
        inflate_close(&f->base);
    else
        *out = &f->base;
    return rc;
}
