/* io/source_memory.c - borrowed bytes as a source, as a file or as a stream. Compressed bytes are
 * inflated, as they would be from a file. */
#include "codec/codec.h"
#include "io/io_stream.h"
#include <string.h>

typedef struct memory_source {
    lf_source base;
    const lf_alloc *alloc;
    const uint8_t *bytes;
    size_t n, at;
} memory_source;

static lf_rc memory_read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                            lf_error *err) {
    (void)err;
    memory_source *m = (memory_source *)s;
    *got_out = 0;
    if (offset >= m->n) return LF_OK;
    *got_out = n < m->n - offset ? n : m->n - (size_t)offset;
    memcpy(dst, m->bytes + offset, *got_out);
    atomic_fetch_add_explicit(&s->stored_read, *got_out, memory_order_relaxed);
    return LF_OK;
}

static lf_rc memory_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    memory_source *m = (memory_source *)s;
    LF_TRY(memory_read_at(s, m->at, dst, n, got_out, err));
    m->at += *got_out;
    return LF_OK;
}

static void memory_close(lf_source *s) {
    memory_source *m = (memory_source *)s;
    lf_mem_strfree(m->alloc, s->path);
    lf_mem_free(m->alloc, m, sizeof *m);
}

static const lf_source_type memory_type = {"memory", memory_read_at, memory_read, memory_close};
static const lf_source_type stream_type = {"stream", NULL, memory_read, memory_close};

lf_rc lf_source_memory(const char *name, const void *bytes, size_t n, bool seekable,
                       const lf_alloc *a, lf_source **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    memory_source *m = lf_mem_zalloc(a, sizeof *m);
    if (!m) return lf_fail_nomem(err, sizeof *m);
    m->base = (lf_source){.type = seekable ? &memory_type : &stream_type,
                          .size_bytes = seekable ? n : LF_SIZE_UNKNOWN,
                          .stored_bytes = seekable ? n : LF_SIZE_UNKNOWN};
    m->alloc = a;
    m->bytes = bytes;
    m->n = n;
    m->base.path = lf_mem_strdup(a, name);
    if (!m->base.path) {
        memory_close(&m->base);
        return lf_fail_nomem(err, strlen(name) + 1);
    }
    const char *kind = lf_stream_detect((lf_span){bytes, n});
    if (kind && strcmp(kind, "zip") == 0) return lf_source_zip(&m->base, NULL, a, out, err);
    if (kind) return lf_source_inflate(&m->base, kind, a, out, err);
    *out = &m->base;
    return LF_OK;
}
