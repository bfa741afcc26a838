/* io/fault.c - failures on demand. The wrappers allocate with the default allocator, so that a
 * failing allocator under test never fails them. */
#include "io/fault.h"
#include "io/io.h"

bool lf_fault_hit(lf_fault *f) {
    uint64_t n = atomic_fetch_add(&f->calls, 1) + 1;
    return f->fail_at && (n == f->fail_at || (f->from_then_on && n > f->fail_at));
}

/* ---- allocator ---- */

static void *fault_alloc(void *ctx, size_t size) {
    lf_fault_alloc *f = ctx;
    if (lf_fault_hit(&f->fault)) return NULL;
    void *p = f->parent->alloc(f->parent->ctx, size);
    if (p) {
        atomic_fetch_add(&f->live_blocks, 1);
        atomic_fetch_add(&f->live_bytes, (int64_t)size);
    }
    return p;
}

static void *fault_realloc(void *ctx, void *p, size_t old_size, size_t new_size) {
    lf_fault_alloc *f = ctx;
    if (new_size > old_size && lf_fault_hit(&f->fault)) return NULL;
    void *q = f->parent->realloc(f->parent->ctx, p, old_size, new_size);
    if (q) atomic_fetch_add(&f->live_bytes, (int64_t)new_size - (int64_t)old_size);
    return q;
}

static void fault_free(void *ctx, void *p, size_t size) {
    lf_fault_alloc *f = ctx;
    if (!p) return;
    f->parent->free(f->parent->ctx, p, size);
    atomic_fetch_sub(&f->live_blocks, 1);
    atomic_fetch_sub(&f->live_bytes, (int64_t)size);
}

void lf_fault_alloc_init(lf_fault_alloc *f, const lf_alloc *parent, uint64_t fail_at) {
    f->alloc = (lf_alloc){fault_alloc, fault_realloc, fault_free, f};
    f->parent = parent ? parent : lf_alloc_default();
    f->fault.fail_at = fail_at;
    f->fault.from_then_on = false;
    atomic_init(&f->fault.calls, 0);
    atomic_init(&f->live_blocks, 0);
    atomic_init(&f->live_bytes, 0);
}

/* ---- source ---- */

typedef struct fault_source {
    lf_source base;
    lf_source *inner;
    lf_fault fault;
    size_t short_bytes;
} fault_source;

static lf_rc source_before(fault_source *f, size_t *n, lf_error *err) {
    if (lf_fault_hit(&f->fault)) return lf_fail(err, LF_EREAD, "%s: a fault", f->base.path);
    if (f->short_bytes && *n > f->short_bytes) *n = f->short_bytes;
    return LF_OK;
}

static void source_after(fault_source *f) {
    uint64_t n = atomic_load_explicit(&f->inner->stored_read, memory_order_relaxed);
    atomic_store_explicit(&f->base.stored_read, n, memory_order_relaxed);
}

static lf_rc fault_read_at(lf_source *s, uint64_t offset, void *dst, size_t n, size_t *got_out,
                           lf_error *err) {
    fault_source *f = (fault_source *)s;
    *got_out = 0;
    LF_TRY(source_before(f, &n, err));
    lf_rc rc = f->inner->type->read_at(f->inner, offset, dst, n, got_out, err);
    source_after(f);
    return rc;
}

static lf_rc fault_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    fault_source *f = (fault_source *)s;
    *got_out = 0;
    LF_TRY(source_before(f, &n, err));
    f->inner->cancel = s->cancel;
    lf_rc rc = f->inner->type->read(f->inner, dst, n, got_out, err);
    source_after(f);
    return rc;
}

static void fault_source_close(lf_source *s) {
    fault_source *f = (fault_source *)s;
    lf_source_close(f->inner);
    lf_mem_strfree(NULL, s->path);
    lf_mem_free(NULL, f, sizeof *f);
}

static lf_rc fault_check(lf_source *s, lf_error *err) {
    return lf_source_check(((fault_source *)s)->inner, err);
}

static const lf_source_type fault_file = {"fault", fault_read_at, fault_read, fault_source_close,
                                          fault_check};
static const lf_source_type fault_stream = {"fault", NULL, fault_read, fault_source_close,
                                            fault_check};

lf_rc lf_fault_source(lf_source *inner, uint64_t fail_at, size_t short_bytes, lf_source **out,
                      lf_error *err) {
    fault_source *f = lf_mem_zalloc(NULL, sizeof *f);
    char *path = lf_mem_strdup(NULL, inner->path);
    if (!f || !path) {
        lf_mem_free(NULL, f, sizeof *f);
        lf_mem_strfree(NULL, path);
        lf_source_close(inner);
        return lf_fail_nomem(err, sizeof *f);
    }
    f->base = (lf_source){.type = inner->type->read_at ? &fault_file : &fault_stream,
                          .path = path,
                          .size_bytes = inner->size_bytes,
                          .stored_bytes = inner->stored_bytes,
                          .compression = inner->compression,
                          .cancel = inner->cancel};
    f->inner = inner;
    f->fault.fail_at = fail_at;
    f->short_bytes = short_bytes;
    *out = &f->base;
    return LF_OK;
}

lf_fault *lf_fault_source_counter(lf_source *s) {
    return &((fault_source *)s)->fault;
}

/* ---- sink ---- */

typedef struct fault_sink {
    lf_sink base;
    lf_sink *inner;
    lf_fault fault;
    unsigned ops;
} fault_sink;

static bool sink_fails(fault_sink *f, lf_fault_ops op) {
    return (f->ops & op) && lf_fault_hit(&f->fault);
}

static lf_rc fault_write_at(lf_sink *s, uint64_t offset, const void *p, size_t n, lf_error *err) {
    fault_sink *f = (fault_sink *)s;
    if (sink_fails(f, LF_FAULT_WRITE)) return lf_fail(err, LF_EDISK_FULL, "a fault: disk full");
    return f->inner->type->write_at(f->inner, offset, p, n, err);
}

static lf_rc fault_sink_read_at(lf_sink *s, uint64_t offset, void *p, size_t n, lf_error *err) {
    fault_sink *f = (fault_sink *)s;
    if (sink_fails(f, LF_FAULT_READ)) return lf_fail(err, LF_EREAD, "a fault: reading back");
    return f->inner->type->read_at(f->inner, offset, p, n, err);
}

static lf_rc fault_copy_from(lf_sink *s, uint64_t offset, lf_sink *from, uint64_t from_offset,
                             uint64_t n, lf_error *err) {
    fault_sink *f = (fault_sink *)s;
    if (sink_fails(f, LF_FAULT_WRITE)) return lf_fail(err, LF_EDISK_FULL, "a fault: disk full");
    return f->inner->type->copy_from(f->inner, offset, from, from_offset, n, err);
}

static lf_rc fault_commit(lf_sink *s, uint64_t size, lf_error *err) {
    fault_sink *f = (fault_sink *)s;
    if (sink_fails(f, LF_FAULT_COMMIT)) return lf_fail(err, LF_EWRITE, "a fault: commit");
    return f->inner->type->commit(f->inner, size, err);
}

static void fault_sink_close(lf_sink *s) {
    fault_sink *f = (fault_sink *)s;
    lf_sink_close(f->inner);
    lf_mem_strfree(NULL, s->path);
    lf_mem_free(NULL, f, sizeof *f);
}

static const lf_sink_type fault_sink_type = {"fault",         fault_write_at, fault_sink_read_at,
                                             fault_copy_from, fault_commit,   fault_sink_close};

lf_rc lf_fault_sink(lf_sink *inner, unsigned ops, uint64_t fail_at, lf_sink **out, lf_error *err) {
    fault_sink *f = lf_mem_zalloc(NULL, sizeof *f);
    char *path = f && inner->path ? lf_mem_strdup(NULL, inner->path) : NULL;
    if (!f || (inner->path && !path)) {
        lf_mem_free(NULL, f, sizeof *f);
        lf_sink_close(inner);
        return lf_fail_nomem(err, sizeof *f);
    }
    f->base = (lf_sink){.type = &fault_sink_type, .path = path};
    f->inner = inner;
    f->ops = ops;
    f->fault.fail_at = fail_at;
    f->fault.from_then_on = (ops & LF_FAULT_WRITE) != 0;
    *out = &f->base;
    return LF_OK;
}

lf_fault *lf_fault_sink_counter(lf_sink *s) {
    return &((fault_sink *)s)->fault;
}
