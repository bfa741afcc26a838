/* io/source_inflate.c - the text of a compressed source.
 *
 * One buffer of stored bytes; a read fills as much of the caller's buffer as that buffer gives,
 * and fetches more only when it has nothing to return, so that a pipe is never waited for while
 * there is text to hand on. The end of the stored bytes is the end of the text only where a
 * member or frame ended: anything else was cut off.
 *
 * Buffer and decompressor are made at the first read and given back at the end of the text, so that
 * a thousand inputs cost no more than the one that is read. A decompressor may take half of the
 * memory limit, or all but 32 MiB of it (`xz -9` needs 65 MiB of the default 100); text of any
 * length passes in the same memory.
 *
 * Damage under `keep_readable`: the text ends where it is damaged. A row that this cuts would be
 * wrong without looking so; a byte that is in no UTF-8 text ends it, which makes it a bad row. */
#include "codec/codec.h"
#include "core/limits.h"
#include "io/io_fd.h"
#include "io/io_stream.h"
#include <stdio.h>
#include <string.h>

typedef struct inflate_source {
    lf_source base;
    const lf_alloc *alloc;
    lf_budget budget; /* of the decompressor */
    lf_alloc metered; /* the budget, noting what it refused */
    size_t wanted;    /* bytes in use and asked for, when the budget refused; 0: it did not */
    lf_inflater *inflater;
    uint8_t *buf;
    size_t len, at;
    uint64_t members;            /* before the first byte */
    uint64_t stored_at, text_at; /* of buf[0] in the file; of the next byte in the text */
    bool end, at_member_end, finished, mark_cut;
    uint8_t last;   /* the last byte handed out */
    uint8_t *stage; /* keep_readable: text on its way; STAGE_BYTES */
    size_t stage_at, stage_len;
} inflate_source;

/* Told apart from memory that the system has not: that is no matter of a limit. */
static void note_refused(inflate_source *f, size_t more) {
    const size_t wanted = f->budget.used_bytes + more;
    if (wanted > f->budget.cap_bytes) f->wanted = wanted;
}

static void *metered_alloc(void *ctx, size_t size) {
    inflate_source *f = ctx;
    void *p = lf_mem_alloc(&f->budget.alloc, size);
    if (p == NULL) note_refused(f, size);
    return p;
}

static void *metered_realloc(void *ctx, void *p, size_t old_size, size_t new_size) {
    inflate_source *f = ctx;
    void *q = lf_mem_realloc(&f->budget.alloc, p, old_size, new_size);
    if (q == NULL && new_size > old_size) note_refused(f, new_size - old_size);
    return q;
}

static void metered_free(void *ctx, void *p, size_t size) {
    inflate_source *f = ctx;
    lf_mem_free(&f->budget.alloc, p, size);
}

#define STAGE_BYTES (64 * 1024u)
#define REST_BYTES  (32 * LF_MIB) /* what a conversion runs in, beside a window */

static size_t cap_of(size_t limit) {
    const size_t rest = limit > REST_BYTES ? limit - REST_BYTES : 0;
    return rest > limit / 2 ? rest : limit / 2;
}

static size_t limit_for(size_t wanted) {
    return wanted + (wanted < REST_BYTES ? wanted : REST_BYTES);
}

static lf_rc start(inflate_source *f, lf_error *err) {
    const size_t limit = f->base.memory_max ? f->base.memory_max : LF_MEMORY_DEFAULT_BYTES;
    lf_budget_init(&f->budget, f->alloc, cap_of(limit));
    f->metered = (lf_alloc){
        .alloc = metered_alloc, .realloc = metered_realloc, .free = metered_free, .ctx = f};
    f->buf = lf_mem_alloc(f->alloc, LF_READ_BYTES);
    if (f->base.keep_readable) f->stage = lf_mem_alloc(f->alloc, STAGE_BYTES);
    if (f->buf == NULL || (f->base.keep_readable && f->stage == NULL))
        return lf_fail_nomem(err, LF_READ_BYTES);
    LF_TRY(lf_inflater_create(&f->metered, f->base.compression, &f->inflater, err));
    lf_inflater_continue(f->inflater, f->members);
    return LF_OK;
}

static void stop(inflate_source *f) {
    lf_inflater_destroy(f->inflater);
    if (f->buf != NULL) lf_mem_free(f->alloc, f->buf, LF_READ_BYTES);
    if (f->stage != NULL) lf_mem_free(f->alloc, f->stage, STAGE_BYTES);
    f->inflater = NULL;
    f->buf = f->stage = NULL;
    f->len = f->at = 0;
    atomic_store_explicit(&f->base.memory_bytes, 0, memory_order_relaxed);
}

/* Fetches stored bytes into the empty buffer. */
static lf_rc fetch(inflate_source *f, lf_error *err) {
    size_t got = 0;
    lf_source *stored = f->base.under;
    stored->cancel = f->base.cancel;
    LF_TRY(stored->type->read(stored, f->buf, LF_READ_BYTES, &got, err));
    for (size_t more = 1; f->base.keep_readable && more > 0 && got < LF_READ_BYTES; got += more)
        LF_TRY(stored->type->read(stored, f->buf + got, LF_READ_BYTES - got, &more, err));
    f->stored_at += f->len;
    f->at = 0;
    f->len = got;
    f->end = got == 0;
    atomic_fetch_add_explicit(&f->base.stored_read, got, memory_order_relaxed);
    return LF_OK;
}

/* The decompressor's failure, with its place and what can be done. */
static lf_rc fail(inflate_source *f, const lf_error *why, lf_error *err) {
    lf_rc rc = why->rc;
    if (rc == LF_EMEMORY_LIMIT || (rc == LF_ENO_MEMORY && f->wanted > 0)) {
        const unsigned long long mib = limit_for(f->wanted) / LF_MIB + 1;
        rc = lf_fail(err, LF_EMEMORY_LIMIT, "%.160s: --memory-limit %lluMiB would do", why->message,
                     mib);
    } else if (rc == LF_ECORRUPT) {
        rc = lf_fail(err, rc, "%.150s (at byte %llu of the file, byte %llu of its text)",
                     why->message, (unsigned long long)(f->stored_at + f->at),
                     (unsigned long long)f->text_at);
    } else {
        lf_error_merge(err, why);
    }
    lf_error_set_file(err, f->base.path);
    return rc;
}

/* Damage ends the text where that is wanted. */
static lf_rc damaged(inflate_source *f, const lf_error *why, lf_error *err) {
    lf_error full = {0};
    const lf_rc rc = fail(f, why, &full);
    if (rc != LF_ECORRUPT || !f->base.keep_readable) {
        lf_error_merge(err, &full);
        return rc;
    }
    snprintf(f->base.damage, sizeof f->base.damage, "%s", full.message);
    f->finished = true;
    f->mark_cut = f->text_at > 0 && f->last != '\n';
    return LF_OK;
}

/* Fills dst; nothing got: the end. */
static lf_rc inflate_some(inflate_source *f, uint8_t *dst, size_t n, size_t *got_out,
                          lf_error *why) {
    while (*got_out < n) {
        size_t used = 0, got = 0;
        const lf_span in = {f->buf + f->at, f->len - f->at};
        const lf_rc rc = lf_inflater_run(f->inflater, in, &used, dst + *got_out, n - *got_out, &got,
                                         &f->at_member_end, why);
        f->at += used;
        *got_out += got;
        f->text_at += got;
        if (*got_out > 0) f->last = dst[*got_out - 1];
        if (rc != LF_OK) return rc;
        if (used || got) continue;
        if (f->at < f->len && f->at_member_end) /* raw deflate, which ends once */
            return lf_fail(why, LF_ECORRUPT, "bytes follow the end of the %s data",
                           f->base.compression);
        if (f->at < f->len)
            return lf_fail(why, LF_EINTERNAL, "the %s decoder stands still", f->base.compression);
        if (*got_out || f->end) break;
        LF_TRY(fetch(f, why));
    }
    if (*got_out || f->at_member_end) return LF_OK;
    return lf_fail(why, LF_ECORRUPT, "the %s data ends in the middle", f->base.compression);
}

/* The same through a buffer of fixed size: libraries drop what they had decoded of a damaged piece,
 * so that what is readable depends on how it is read, unless that is always the same. */
static lf_rc inflate_staged(inflate_source *f, uint8_t *dst, size_t n, size_t *got_out,
                            lf_error *err) {
    if (f->stage_at == f->stage_len && !f->finished) {
        lf_error why = {0};
        f->stage_at = f->stage_len = 0;
        if (inflate_some(f, f->stage, STAGE_BYTES, &f->stage_len, &why) != LF_OK)
            LF_TRY(damaged(f, &why, err));
    }
    const size_t rest = f->stage_len - f->stage_at;
    *got_out = n < rest ? n : rest;
    if (*got_out > 0) memcpy(dst, f->stage + f->stage_at, *got_out);
    f->stage_at += *got_out;
    return LF_OK;
}

static lf_rc inflate_read(lf_source *s, void *dst, size_t n, size_t *got_out, lf_error *err) {
    inflate_source *f = (inflate_source *)s;
    *got_out = 0;
    if (n == 0) return LF_OK;
    lf_error why = {0};
    lf_rc rc = LF_OK;
    if (!f->finished && f->inflater == NULL) rc = start(f, &why);
    if (!f->finished && rc == LF_OK && !f->base.keep_readable)
        rc = inflate_some(f, dst, n, got_out, &why);
    if (rc != LF_OK) rc = damaged(f, &why, err);
    if (rc == LF_OK && f->base.keep_readable) rc = inflate_staged(f, dst, n, got_out, err);
    if (rc == LF_OK && *got_out == 0 && f->mark_cut) {
        *(uint8_t *)dst = 0xFF;
        *got_out = 1;
        f->mark_cut = false;
        return LF_OK;
    }
    if (f->inflater != NULL)
        atomic_store_explicit(&s->memory_bytes, f->budget.used_bytes + LF_READ_BYTES + STAGE_BYTES,
                              memory_order_relaxed);
    if (rc == LF_OK && *got_out == 0) {
        f->finished = true;
        stop(f);
    }
    return rc;
}

static void inflate_close(lf_source *s) {
    inflate_source *f = (inflate_source *)s;
    lf_source_close(s->under);
    stop(f);
    lf_mem_strfree(f->alloc, s->path);
    lf_mem_free(f->alloc, f, sizeof *f);
}

static lf_rc inflate_check(lf_source *s, lf_error *err) {
    return lf_source_check(s->under, err);
}

/* The name of a type is what messages and the report say. */
static const lf_source_type types[] = {
    {"deflate", NULL, inflate_read, inflate_close, inflate_check},
    {"gzip", NULL, inflate_read, inflate_close, inflate_check},
    {"zstd", NULL, inflate_read, inflate_close, inflate_check},
    {"bzip2", NULL, inflate_read, inflate_close, inflate_check},
    {"xz", NULL, inflate_read, inflate_close, inflate_check},
    {"lz4", NULL, inflate_read, inflate_close, inflate_check},
    {"snappy", NULL, inflate_read, inflate_close, inflate_check},
};

static const lf_source_type *type_of(const char *compression) {
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i].name, compression) == 0) return &types[i];
    return NULL;
}

lf_rc lf_source_inflate(lf_source *stored, const char *compression, const lf_alloc *a,
                        lf_source **out, lf_error *err) {
    return lf_source_inflate_at(stored, compression, (lf_inflate_place){0}, a, out, err);
}

lf_rc lf_source_inflate_at(lf_source *stored, const char *compression, lf_inflate_place from,
                           const lf_alloc *a, lf_source **out, lf_error *err) {
    const lf_source_type *type = type_of(compression);
    inflate_source *f = type ? lf_mem_zalloc(a, sizeof *f) : NULL;
    if (!f) {
        const lf_rc rc = type ? lf_fail_nomem(err, sizeof *f)
                              : lf_fail(err, LF_EUNSUPPORTED, "%s input is not read", compression);
        lf_source_close(stored);
        return rc;
    }
    f->base = (lf_source){.type = type,
                          .size_bytes = LF_SIZE_UNKNOWN,
                          .stored_bytes = stored->stored_bytes,
                          .compression = type->name,
                          .under = stored};
    f->alloc = a;
    f->stored_at = from.stored;
    f->text_at = from.text;
    f->members = from.members;
    f->base.path = lf_mem_strdup(a, stored->path);
    if (f->base.path == NULL) {
        const size_t n = strlen(stored->path);
        inflate_close(&f->base);
        return lf_fail_nomem(err, n + 1);
    }
    *out = &f->base;
    return LF_OK;
}

uint64_t lf_source_inflate_members(const lf_source *s) {
    const inflate_source *f = (const inflate_source *)s;
    return f->inflater != NULL ? lf_inflater_members(f->inflater) : f->members;
}
