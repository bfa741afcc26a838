/* Buffers of a message, read a window at a time. A compressed one is decompressed when it is first
 * asked for: into memory where its share allows, else into a temporary file that is emptied with
 * the message. */
#include "codec/codec.h"
#include "decode/arrow/arrow_internal.h"
#include <string.h>

#define SLACK       128u /* columns that stay in a window are readable that far behind it */
#define LINE        64u
#define CHUNK_BYTES 65536u
#define KEPT_BYTES  (512u * 1024) /* a larger window is not kept for the next message */

lf_rc lf_arrow_read_at(arrow_reader *r, uint64_t at, void *dst, size_t n, lf_error *err) {
    uint8_t *to = dst;
    while (n > 0) {
        size_t got = 0;
        LF_TRY(r->source->type->read_at(r->source, at, to, n, &got, err));
        if (got == 0) return lf_arrow_corrupt(err, at, "the file ends in the middle of a message");
        to += got, at += got, n -= got;
    }
    return LF_OK;
}

static lf_rc stored_read(arrow_reader *r, const arrow_buf *b, uint64_t from, uint8_t *dst, size_t n,
                         lf_error *err) {
    if (b->state == ARROW_BUF_SPILLED)
        return b->file->type->read_at(b->file, b->at + from, dst, n, err);
    return lf_arrow_read_at(r, b->at + from, dst, n, err);
}

static void window_free(arrow_reader *r, arrow_buf *b) {
    lf_mem_free(r->alloc, b->block, b->window_cap);
    r->held_bytes -= b->window_cap;
    b->block = b->window = NULL;
    b->window_cap = b->window_len = 0;
}

static lf_rc window_grow(arrow_reader *r, arrow_buf *b, size_t n, lf_error *err) {
    if (b->window_cap >= n + SLACK + LINE) return LF_OK;
    window_free(r, b);
    b->block = lf_mem_alloc(r->alloc, n + SLACK + LINE);
    if (b->block == NULL) return lf_fail_nomem(err, n + SLACK);
    b->window = b->block + (LINE - (uintptr_t)b->block % LINE) % LINE;
    b->window_cap = n + SLACK + LINE;
    r->held_bytes += b->window_cap;
    return LF_OK;
}

/* ---- compressed ones ---- */

typedef struct unpack {
    arrow_reader *r;
    arrow_buf *b;
    arrow_body *body;
    uint64_t plain, done, from; /* done: of plain; from: of the stored bytes */
    uint8_t *chunk;             /* CHUNK_BYTES of input, as many of output */
    size_t len, at;
} unpack;

static lf_rc refill(unpack *u, lf_error *err) {
    if (u->at < u->len || u->from == u->b->length) return LF_OK;
    uint64_t n = u->b->length - u->from;
    if (n > CHUNK_BYTES) n = CHUNK_BYTES;
    LF_TRY(lf_arrow_read_at(u->r, u->b->at + u->from, u->chunk, (size_t)n, err));
    u->from += n;
    u->len = (size_t)n;
    u->at = 0;
    return LF_OK;
}

static lf_rc unpack_run(unpack *u, lf_inflater *z, uint64_t spill_at, lf_error *err) {
    bool end = false;
    for (;;) {
        LF_TRY(refill(u, err));
        const bool held = u->b->state == ARROW_BUF_HELD;
        uint8_t *to = held ? u->b->window + u->done : u->chunk + CHUNK_BYTES;
        uint64_t room = u->plain - u->done;
        if (!held && room > CHUNK_BYTES) room = CHUNK_BYTES;
        uint8_t over;
        size_t used = 0, got = 0;
        if (room == 0) to = &over; /* it must end here */
        LF_TRY(lf_inflater_run(z, (lf_span){u->chunk + u->at, u->len - u->at}, &used, to,
                               room == 0 ? 1 : (size_t)room, &got, &end, err));
        u->at += used;
        if (room == 0 && got > 0)
            return lf_arrow_corrupt(err, u->b->at, "a buffer holds more than it says");
        if (!held && got > 0)
            LF_TRY(u->b->file->type->write_at(u->b->file, spill_at + u->done, to, got, err));
        u->done += got;
        if (got == 0 && used == 0 && u->at == u->len && u->from == u->b->length) break;
        if (got == 0 && used == 0)
            return lf_arrow_corrupt(err, u->b->at, "a compressed buffer is damaged");
    }
    if (u->done != u->plain || !end)
        return lf_arrow_corrupt(err, u->b->at, "a compressed buffer ends too early");
    return LF_OK;
}

static lf_rc unpack_into(unpack *u, lf_error *err) {
    arrow_reader *r = u->r;
    arrow_buf *b = u->b;
    arrow_body *body = u->body;
    lf_inflater *z = NULL;
    const uint64_t spill_at = body->spill_bytes;
    const bool hold = u->plain <= r->share_bytes && r->held_bytes + u->plain <= 2 * r->share_bytes;
    if (hold) {
        LF_TRY(window_grow(r, b, (size_t)u->plain, err));
        b->state = ARROW_BUF_HELD;
    } else {
        if (body->spill == NULL) LF_TRY(r->opts.temp_open(r->opts.temp_ctx, &body->spill, err));
        b->file = body->spill;
        b->state = ARROW_BUF_SPILLED;
    }
    lf_rc rc = lf_inflater_create(r->alloc, b->codec == LF_ARROW_ZSTD ? "zstd" : "lz4", &z, err);
    if (rc == LF_OK) rc = unpack_run(u, z, spill_at, err);
    lf_inflater_destroy(z);
    if (rc != LF_OK) {
        b->state = ARROW_BUF_PACKED;
        return rc;
    }
    b->length = u->plain;
    b->window_from = 0;
    b->window_len = hold ? (size_t)u->plain : 0;
    if (!hold) {
        b->at = spill_at;
        body->spill_bytes += u->plain;
    }
    return LF_OK;
}

static arrow_body *body_of(arrow_reader *r, const arrow_buf *b) {
    if (b >= r->body.bufs && b < r->body.bufs + r->body.n_bufs) return &r->body;
    for (uint32_t i = 0; i < r->n_dictionaries; i++) {
        for (uint32_t k = 0; k < r->dictionaries[i].n_bodies; k++) {
            arrow_body *d = r->dictionaries[i].bodies[k];
            if (b >= d->bufs && b < d->bufs + d->n_bufs) return d;
        }
    }
    return &r->body;
}

/* What stands in front of a compressed buffer: how long it becomes; -1: it is not compressed. */
static lf_rc prefix_read(arrow_reader *r, const arrow_buf *b, int64_t *out, lf_error *err) {
    uint8_t prefix[8];
    *out = 0;
    if (b->length < 8) return lf_arrow_corrupt(err, b->at, "a compressed buffer without its size");
    LF_TRY(lf_arrow_read_at(r, b->at, prefix, 8, err));
    for (int i = 0; i < 8; i++) {
        *out |= (int64_t)((uint64_t)prefix[i] << (8 * i));
    }
    return LF_OK;
}

lf_rc lf_arrow_buf_plain(arrow_reader *r, const arrow_buf *b, uint64_t *out, lf_error *err) {
    int64_t plain;
    *out = b->length;
    if (b->state != ARROW_BUF_PACKED || b->length == 0) return LF_OK;
    LF_TRY(prefix_read(r, b, &plain, err));
    *out = plain >= 0 ? (uint64_t)plain : b->length - 8;
    return LF_OK;
}

static lf_rc unpack_buffer(arrow_reader *r, arrow_buf *b, lf_error *err) {
    int64_t plain;
    if (b->length == 0) {
        b->state = ARROW_BUF_STORED;
        return LF_OK;
    }
    LF_TRY(prefix_read(r, b, &plain, err));
    b->at += 8;
    b->length -= 8;
    if (plain == -1) {
        b->state = ARROW_BUF_STORED;
        return LF_OK;
    }
    if (plain < 0) return lf_arrow_corrupt(err, b->at, "a buffer of negative size");
    unpack u = {.r = r, .b = b, .body = body_of(r, b), .plain = (uint64_t)plain};
    u.chunk = lf_mem_alloc(r->alloc, 2ul * CHUNK_BYTES);
    if (u.chunk == NULL) return lf_fail_nomem(err, 2ul * CHUNK_BYTES);
    const lf_rc rc = unpack_into(&u, err);
    lf_mem_free(r->alloc, u.chunk, 2ul * CHUNK_BYTES);
    return rc;
}

/* ---- windows ---- */

static lf_rc window_load(arrow_reader *r, arrow_buf *b, uint64_t from, uint64_t n, lf_error *err) {
    uint64_t want = n < r->window_bytes ? r->window_bytes : n;
    if (want > b->length - from) want = b->length - from;
    if (n > r->opts.memory_limit_bytes / 2)
        return lf_fail(err, LF_EMEMORY_LIMIT, "%llu bytes of one row are over the memory limit",
                       (unsigned long long)n);
    LF_TRY(window_grow(r, b, (size_t)want, err));
    b->window_len = 0;
    LF_TRY(stored_read(r, b, from, b->window, (size_t)want, err));
    memset(b->window + want, 0, SLACK);
    b->window_from = from;
    b->window_len = (size_t)want;
    return LF_OK;
}

lf_rc lf_arrow_buf_get(arrow_reader *r, arrow_buf *b, uint64_t from, uint64_t n,
                       const uint8_t **out, lf_error *err) {
    static const uint8_t nothing[SLACK];
    if (b->state == ARROW_BUF_PACKED) LF_TRY(unpack_buffer(r, b, err));
    if (from > b->length || n > b->length - from)
        return lf_arrow_corrupt(err, b->at, "a buffer is shorter than its rows");
    if (n == 0) {
        *out = nothing;
        return LF_OK;
    }
    const bool here = from >= b->window_from && from - b->window_from <= b->window_len &&
                      n <= b->window_len - (from - b->window_from);
    if (!here) LF_TRY(window_load(r, b, from, n, err));
    *out = b->window + (from - b->window_from);
    return LF_OK;
}

lf_rc lf_arrow_buf_items(arrow_reader *r, arrow_buf *b, uint64_t from, uint64_t n, uint32_t width,
                         lf_arena *arena, const uint8_t **out, lf_error *err) {
    if (from > UINT64_MAX / 64 || n > UINT64_MAX / 64)
        return lf_arrow_corrupt(err, b->at, "a buffer is shorter than its rows");
    LF_TRY(lf_arrow_buf_get(r, b, from * width, n * width, out, err));
    if (!r->swapped || width == 1 || n == 0) return LF_OK;
    uint8_t *p = NULL;
    LF_TRY(lf_arrow_slots(arena, n, width, &p, err));
    for (uint64_t i = 0; i < n; i++) {
        for (uint32_t k = 0; k < width; k++) {
            p[i * width + k] = (*out)[i * width + width - 1 - k];
        }
    }
    *out = p;
    return LF_OK;
}

/* ---- life ---- */

void lf_arrow_body_clear(arrow_reader *r, arrow_body *b) {
    for (uint32_t i = 0; i < b->n_bufs; i++) {
        arrow_buf *u = &b->bufs[i];
        if (u->window_cap > KEPT_BYTES) window_free(r, u);
        *u = (arrow_buf){.block = u->block, .window = u->window, .window_cap = u->window_cap};
    }
    lf_arena_rewind(&b->arena);
    b->spill_bytes = 0;
    b->rows = 0;
    b->nodes = NULL;
}

void lf_arrow_body_reset(arrow_reader *r, arrow_body *b) {
    for (uint32_t i = 0; i < b->cap_bufs; i++) {
        window_free(r, &b->bufs[i]);
    }
    lf_mem_free(r->alloc, b->bufs, b->cap_bufs * sizeof *b->bufs);
    lf_arena_reset(&b->arena);
    if (b->spill != NULL) b->spill->type->close(b->spill);
    *b = (arrow_body){0};
}
