/* Pages of all columns finish interleaved, and a file wants them column by column. Segments make
 * appending cheap without one large block that must be moved as it grows, and no byte is lost at
 * their ends: a page may lie across two. On the way out small pages are gathered, so
 * that the sink sees large writes. */
#include "encode/parquet/parquet_store.h"
#include <string.h>

#define OUT_BYTES    (1u << 20)
#define GIANT_BYTES  (2u << 20)    /* pages of this and more never wait in memory */
#define DIRECT_BYTES (128u * 1024) /* pieces of this and more are written from where they lie */

void lf_pqw_store_init(pq_store *s, const lf_alloc *a, bool spill, const lf_encode_opts *o) {
    *s = (pq_store){.alloc = a,
                    .spill_all = spill,
                    .budget = o->budget,
                    .keep_below_bytes = o->keep_below_bytes,
                    .spilled_from = spill ? 0 : UINT64_MAX};
    lf_spill_init(&s->spill, a, OUT_BYTES / 2, o->temp_open, o->temp_ctx);
}

/* Looked at when a segment more would be needed; once it says yes, the rest of the group follows.
 */
static bool memory_is_short(const pq_store *s) {
    return s->budget != NULL &&
           atomic_load_explicit(&s->budget->used_bytes, memory_order_relaxed) + PQ_SEGMENT_BYTES >
               s->keep_below_bytes;
}

static lf_rc add_segment(pq_store *s, lf_error *err) {
    if (s->n_segments == s->cap_segments) {
        const uint32_t cap = s->cap_segments ? s->cap_segments * 2 : 64;
        uint8_t **p =
            lf_mem_realloc(s->alloc, s->segments, s->cap_segments * sizeof *p, cap * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        s->segments = p;
        s->cap_segments = cap;
    }
    uint8_t *m = lf_mem_alloc(s->alloc, PQ_SEGMENT_BYTES);
    if (m == NULL) return lf_fail_nomem(err, PQ_SEGMENT_BYTES);
    s->segments[s->n_segments++] = m;
    return LF_OK;
}

lf_rc lf_pqw_store_append(pq_store *s, const void *p, size_t n, lf_error *err) {
    const uint8_t *from = p;
    while (n > 0 && s->spilled_from == UINT64_MAX) {
        const uint64_t segment = s->size / PQ_SEGMENT_BYTES;
        const size_t at = (size_t)(s->size % PQ_SEGMENT_BYTES), room = PQ_SEGMENT_BYTES - at;
        if (segment == s->n_segments) {
            if (memory_is_short(s) || (n >= GIANT_BYTES && s->budget != NULL)) {
                s->spilled_from = s->size;
                break;
            }
            LF_TRY(add_segment(s, err));
        }
        const size_t m = n < room ? n : room;
        memcpy(s->segments[segment] + at, from, m);
        from += m;
        n -= m;
        s->size += m;
    }
    if (n == 0) return LF_OK;
    s->size += n;
    return lf_spill_append(&s->spill, from, n, NULL, err);
}

lf_rc lf_pqw_store_read(pq_store *s, uint64_t at, void *dst, size_t n, lf_error *err) {
    uint8_t *to = dst;
    while (n > 0 && at < s->spilled_from) {
        const size_t in = (size_t)(at % PQ_SEGMENT_BYTES);
        uint64_t room = PQ_SEGMENT_BYTES - in;
        if (room > s->spilled_from - at) room = s->spilled_from - at;
        const size_t m = n < room ? n : (size_t)room;
        memcpy(to, s->segments[at / PQ_SEGMENT_BYTES] + in, m);
        to += m;
        at += m;
        n -= m;
    }
    return n == 0 ? LF_OK : lf_spill_read(&s->spill, at - s->spilled_from, to, n, err);
}

lf_rc lf_pqw_store_flush_to(pq_store *s, lf_sink *sink, lf_error *err) {
    if (s->out_len == 0) return LF_OK;
    LF_TRY(sink->type->write_at(sink, s->out_at, s->out.p, s->out_len, err));
    s->out_len = 0;
    return LF_OK;
}

/* Pages that lie in the file whole and are large are copied there by the kernel. */
static bool copies_whole(const pq_store *s, uint64_t at, size_t n) {
    return n >= OUT_BYTES / 4 && at >= s->spilled_from &&
           at - s->spilled_from + n <= s->spill.flushed;
}

/* Bytes of [at, at + n) that lie in one piece of memory. */
static size_t direct_bytes(const pq_store *s, uint64_t at, size_t n) {
    if (at >= s->spilled_from) return 0;
    uint64_t room = PQ_SEGMENT_BYTES - at % PQ_SEGMENT_BYTES;
    if (room > s->spilled_from - at) room = s->spilled_from - at;
    return n < room ? n : (size_t)room;
}

lf_rc lf_pqw_store_write_to(pq_store *s, uint64_t at, size_t n, lf_sink *sink, uint64_t *to_io,
                            lf_error *err) {
    LF_TRY(pq_mem_need(s->alloc, &s->out, OUT_BYTES, err));
    if (s->out_len > 0 && s->out_at + s->out_len != *to_io)
        LF_TRY(lf_pqw_store_flush_to(s, sink, err));
    if (copies_whole(s, at, n)) {
        LF_TRY(lf_pqw_store_flush_to(s, sink, err));
        LF_TRY(sink->type->copy_from(sink, *to_io, s->spill.file, at - s->spilled_from, n, err));
        *to_io += n;
        return LF_OK;
    }
    while (n > 0) {
        const size_t whole = direct_bytes(s, at, n);
        if (whole >= DIRECT_BYTES) {
            const uint8_t *p = s->segments[at / PQ_SEGMENT_BYTES] + at % PQ_SEGMENT_BYTES;
            LF_TRY(lf_pqw_store_flush_to(s, sink, err));
            LF_TRY(sink->type->write_at(sink, *to_io, p, whole, err));
            at += whole;
            n -= whole;
            *to_io += whole;
            continue;
        }
        if (s->out_len == 0) s->out_at = *to_io;
        const size_t room = OUT_BYTES - s->out_len, m = n < room ? n : room;
        LF_TRY(lf_pqw_store_read(s, at, s->out.p + s->out_len, m, err));
        s->out_len += m;
        at += m;
        n -= m;
        *to_io += m;
        if (s->out_len == OUT_BYTES) LF_TRY(lf_pqw_store_flush_to(s, sink, err));
    }
    return LF_OK;
}

void lf_pqw_store_clear(pq_store *s) {
    while (s->n_segments > 0 && s->spilled_from != UINT64_MAX && memory_is_short(s))
        lf_mem_free(s->alloc, s->segments[--s->n_segments], PQ_SEGMENT_BYTES); /* others need it */
    s->size = 0;
    s->out_len = 0;
    s->spilled_from = s->spill_all ? 0 : UINT64_MAX;
    lf_spill_clear(&s->spill);
}

void lf_pqw_store_reset(pq_store *s) {
    for (uint32_t i = 0; i < s->n_segments; i++) {
        lf_mem_free(s->alloc, s->segments[i], PQ_SEGMENT_BYTES);
    }
    lf_mem_free(s->alloc, s->segments, s->cap_segments * sizeof *s->segments);
    lf_pqw_mem_free(s->alloc, &s->out);
    lf_spill_reset(&s->spill);
    *s = (pq_store){.alloc = s->alloc};
}
