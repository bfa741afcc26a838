/* io/source_spool.c - a stream kept in an unlinked temporary file, so that it can be read twice. */
#include "io/io.h"
#include "io/io_fd.h"
#include <string.h>

typedef struct spool_source {
    lf_source base;
    const lf_alloc *alloc;
    lf_sink *file;
    uint64_t at;
} spool_source;

static lf_rc spool_read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                           lf_error *err) {
    spool_source *p = (spool_source *)s;
    *got_out = 0;
    if (offset >= s->size_bytes) return LF_OK;
    if (n > s->size_bytes - offset) n = (size_t)(s->size_bytes - offset);
    LF_TRY(p->file->type->read_at(p->file, offset, dst, n, err));
    *got_out = n;
    return LF_OK;
}

static lf_rc spool_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    spool_source *p = (spool_source *)s;
    LF_TRY(spool_read_at(s, p->at, dst, n, got_out, err));
    p->at += *got_out;
    return LF_OK;
}

static void spool_close(lf_source *s) {
    spool_source *p = (spool_source *)s;
    lf_sink_close(p->file);
    lf_mem_strfree(p->alloc, s->path);
    lf_mem_free(p->alloc, p, sizeof *p);
}

static const lf_source_type spool_type = {
    .name = "spool", .read_at = spool_read_at, .read = spool_read, .close = spool_close};

static lf_rc fill(spool_source *p, lf_source *from, lf_error *err) {
    uint8_t *buf = lf_mem_alloc(p->alloc, LF_IO_COPY_BYTES);
    if (buf == NULL) return lf_fail_nomem(err, LF_IO_COPY_BYTES);
    lf_rc rc = LF_OK;
    uint64_t size = 0;
    for (size_t got = 1; rc == LF_OK && got > 0; size += got) {
        rc = from->type->read(from, buf, LF_IO_COPY_BYTES, &got, err);
        if (rc == LF_OK && got > 0) rc = p->file->type->write_at(p->file, size, buf, got, err);
        if (rc != LF_OK) break;
    }
    p->base.size_bytes = size;
    lf_mem_free(p->alloc, buf, LF_IO_COPY_BYTES);
    return rc;
}

lf_rc lf_source_spool(lf_source *from, const char *dir, const lf_alloc *a, lf_source **out,
                      lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    spool_source *p = lf_mem_zalloc(a, sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, sizeof *p);
    p->base = (lf_source){.type = &spool_type, .cancel = from->cancel};
    p->base.compression = from->compression;
    p->base.encoding = from->encoding;
    p->alloc = a;
    p->base.path = lf_mem_strdup(a, from->path);
    lf_rc rc = p->base.path ? LF_OK : lf_fail_nomem(err, strlen(from->path) + 1);
    if (rc == LF_OK) rc = lf_sink_open_temp(dir, a, &p->file, err);
    if (rc == LF_OK) rc = fill(p, from, err);
    if (rc != LF_OK) {
        spool_close(&p->base);
        return rc;
    }
    p->base.stored_bytes = from->stored_bytes;
    p->base.mark_bytes = lf_source_mark_bytes(from);
    atomic_store(&p->base.stored_read, atomic_load(&from->stored_read));
    *out = &p->base;
    return LF_OK;
}
