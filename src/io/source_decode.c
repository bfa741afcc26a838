/* io/source_decode.c - the UTF-8 of a source in another encoding.
 *
 *     stored | kept: the beginning of a character | read ahead ............ |
 *            ^at                                                          ^len
 *
 * A read fills as much of the caller's buffer as the stored bytes give, and fetches more only when
 * it has nothing to return. The text does not depend on where reads are cut. */
#include "charset/charset.h"
#include "core/limits.h"
#include "io/io.h"
#include <string.h>

typedef struct decode_source {
    lf_source base;
    const lf_alloc *alloc;
    lf_transcoder *transcoder;
    uint8_t *buf;
    size_t at, len;
    bool end;
    uint8_t small[LF_TRANSCODE_MIN_BYTES]; /* for reads shorter than the transcoder needs */
    size_t small_at, small_len;
} decode_source;

static lf_rc fetch(decode_source *d, lf_error *err) {
    lf_source *from = d->base.under;
    size_t got = 0, rest = d->len - d->at;
    memmove(d->buf, d->buf + d->at, rest);
    d->at = 0;
    d->len = rest;
    from->cancel = d->base.cancel;
    LF_TRY(from->type->read(from, d->buf + rest, LF_READ_BYTES - rest, &got, err));
    d->len += got;
    d->end = got == 0;
    atomic_store_explicit(&d->base.stored_read,
                          atomic_load_explicit(&from->stored_read, memory_order_relaxed),
                          memory_order_relaxed);
    return LF_OK;
}

/* Text into dst, of at least LF_TRANSCODE_MIN_BYTES; nothing: the end. */
static lf_rc decode_some(decode_source *d, uint8_t *dst, size_t cap, size_t *got_out,
                         lf_error *err) {
    for (;;) {
        size_t used = 0;
        lf_transcoder_run(d->transcoder, (lf_span){d->buf + d->at, d->len - d->at}, d->end, &used,
                          dst, cap, got_out);
        d->at += used;
        d->base.mark_bytes = (uint32_t)lf_transcoder_mark(d->transcoder);
        if (*got_out > 0 || (d->end && d->at == d->len)) return LF_OK;
        if (used > 0) continue;
        if (d->end) return lf_fail(err, LF_EINTERNAL, "the text decoder stands still");
        LF_TRY(fetch(d, err));
    }
}

static lf_rc decode_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    decode_source *d = (decode_source *)s;
    *got_out = 0;
    if (d->small_at == d->small_len && n >= sizeof d->small)
        return decode_some(d, dst, n, got_out, err);
    if (d->small_at == d->small_len) {
        d->small_at = d->small_len = 0;
        LF_TRY(decode_some(d, d->small, sizeof d->small, &d->small_len, err));
    }
    const size_t rest = d->small_len - d->small_at;
    *got_out = n < rest ? n : rest;
    memcpy(dst, d->small + d->small_at, *got_out);
    d->small_at += *got_out;
    return LF_OK;
}

static void decode_close(lf_source *s) {
    decode_source *d = (decode_source *)s;
    lf_source_close(s->under);
    lf_transcoder_destroy(d->transcoder);
    if (d->buf != NULL) lf_mem_free(d->alloc, d->buf, LF_READ_BYTES);
    lf_mem_strfree(d->alloc, s->path);
    lf_mem_free(d->alloc, d, sizeof *d);
}

static lf_rc decode_check(lf_source *s, lf_error *err) {
    return lf_source_check(s->under, err);
}

static const lf_source_type decode_type = {"text", NULL, decode_read, decode_close, decode_check};

lf_rc lf_source_decode(lf_source **s, const lf_charset *from, bool lossy, const lf_alloc *a,
                       lf_error *err) {
    if (a == NULL) a = lf_alloc_default();
    decode_source *d = lf_mem_zalloc(a, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    d->alloc = a;
    d->buf = lf_mem_alloc(a, LF_READ_BYTES);
    d->base.path = lf_mem_strdup(a, (*s)->path);
    lf_rc rc = d->buf && d->base.path ? LF_OK : lf_fail_nomem(err, LF_READ_BYTES);
    if (rc == LF_OK) rc = lf_transcoder_create(a, from, lossy, &d->transcoder, err);
    if (rc != LF_OK) { /* *s stays the caller's */
        decode_close(&d->base);
        return rc;
    }
    d->base.type = &decode_type;
    d->base.size_bytes = LF_SIZE_UNKNOWN;
    d->base.stored_bytes = (*s)->stored_bytes;
    d->base.compression = (*s)->compression;
    d->base.cancel = (*s)->cancel;
    d->base.memory_max = (*s)->memory_max;
    d->base.keep_readable = (*s)->keep_readable;
    d->base.encoding = lf_charset_name(from);
    d->base.under = *s;
    atomic_init(&d->base.memory_bytes, LF_READ_BYTES);
    *s = &d->base;
    return LF_OK;
}
