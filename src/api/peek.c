#include "api/peek.h"
#include "io/io.h"
#include <string.h>

typedef struct replay {
    lf_source base;
    const lf_alloc *alloc;
    uint8_t *head;
    size_t len, at, cap;
} replay;

static void drop_head(replay *r) {
    lf_mem_free(r->alloc, r->head, r->cap);
    r->head = NULL;
    r->len = r->at = 0;
}

static lf_rc replay_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    replay *r = (replay *)s;
    if (r->at < r->len) {
        const size_t k = n < r->len - r->at ? n : r->len - r->at;
        memcpy(dst, r->head + r->at, k);
        r->at += k;
        *got_out = k;
        if (r->at == r->len) drop_head(r);
        return LF_OK;
    }
    lf_source *inner = s->under;
    inner->cancel = s->cancel;
    const lf_rc rc = inner->type->read(inner, dst, n, got_out, err);
    atomic_store_explicit(&s->stored_read,
                          atomic_load_explicit(&inner->stored_read, memory_order_relaxed),
                          memory_order_relaxed);
    return rc;
}

static void replay_close(lf_source *s) {
    replay *r = (replay *)s;
    if (r == NULL) return;
    const lf_alloc *a = r->alloc;
    lf_source_close(s->under);
    drop_head(r);
    if (r->base.path) lf_mem_strfree(a, r->base.path);
    lf_mem_free(a, r, sizeof *r);
}

static lf_rc replay_check(lf_source *s, lf_error *err) {
    return lf_source_check(s->under, err);
}

static const lf_source_type replay_type = {
    .name = "stream", .read = replay_read, .close = replay_close, .check = replay_check};

static lf_rc read_full(lf_source *s, uint8_t *dst, size_t n, size_t *got_out, lf_error *err) {
    size_t got = 0, k = 1;
    while (got < n && k > 0) {
        lf_rc rc = s->type->read_at ? s->type->read_at(s, got, dst + got, n - got, &k, err)
                                    : s->type->read(s, dst + got, n - got, &k, err);
        if (rc != LF_OK) return rc;
        got += k;
    }
    *got_out = got;
    return LF_OK;
}

lf_rc lf_source_peek(lf_source **s, const lf_alloc *a, uint8_t *head_out, size_t n, size_t *got_out,
                     lf_error *err) {
    lf_source *inner = *s;
    if (inner->type->read_at) return read_full(inner, head_out, n, got_out, err);
    replay *r = lf_mem_zalloc(a, sizeof *r);
    if (r == NULL) return lf_fail_nomem(err, sizeof *r);
    r->alloc = a;
    r->cap = n;
    r->head = lf_mem_alloc(a, n);
    r->base.path = lf_mem_strdup(a, inner->path);
    lf_rc rc = r->head && r->base.path ? LF_OK : lf_fail_nomem(err, n);
    if (rc == LF_OK) rc = read_full(inner, r->head, n, &r->len, err);
    if (rc != LF_OK) {
        replay_close(&r->base); /* inner is not in it yet */
        return rc;
    }
    memcpy(head_out, r->head, r->len);
    *got_out = r->len;
    r->base.under = inner;
    r->base.type = &replay_type;
    r->base.size_bytes = inner->size_bytes;
    r->base.stored_bytes = inner->stored_bytes;
    r->base.compression = inner->compression;
    r->base.encoding = inner->encoding;
    r->base.encoding_how = inner->encoding_how;
    r->base.cancel = inner->cancel;
    atomic_init(&r->base.stored_read, atomic_load(&inner->stored_read));
    *s = &r->base;
    return LF_OK;
}
