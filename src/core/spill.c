#include "core/spill.h"
#include <string.h>

void lf_spill_init(lf_spill *s, const lf_alloc *a, size_t memory_max, lf_temp_open_fn open,
                   void *ctx) {
#ifdef LF_TORTURE
    if (open != NULL) memory_max = 0; /* everything goes to the file */
#endif
    *s = (lf_spill){.memory_max = memory_max, .temp_open = open, .temp_ctx = ctx};
    lf_buf_init(&s->tail, a, SIZE_MAX / 2);
}

static lf_rc write_out(lf_spill *s, const void *p, size_t n, lf_error *err) {
    if (n == 0) return LF_OK;
    if (s->file == NULL) LF_TRY_CTX(s->temp_open(s->temp_ctx, &s->file, err), err, "spill");
    LF_TRY(s->file->type->write_at(s->file, s->flushed, p, n, err));
    s->flushed += n;
    return LF_OK;
}

lf_rc lf_spill_append(lf_spill *s, const void *p, size_t n, uint64_t *offset_out, lf_error *err) {
    if (offset_out != NULL) *offset_out = s->size;
    if (n <= s->memory_max) {
        LF_TRY(lf_buf_append(&s->tail, p, n, err));
        s->size += n;
        if (s->tail.len <= s->memory_max) return LF_OK;
        p = NULL;
        n = 0;
    }
    LF_TRY(write_out(s, s->tail.data, s->tail.len, err));
    lf_buf_clear(&s->tail);
    LF_TRY(write_out(s, p, n, err)); /* what is large never lies in memory twice */
    s->size += n;
    return LF_OK;
}

lf_rc lf_spill_read(lf_spill *s, uint64_t offset, void *dst, size_t n, lf_error *err) {
    if (offset > s->size || n > s->size - offset)
        return lf_fail(err, LF_EINTERNAL, "spill read past its end");
    uint8_t *out = dst;
    if (offset < s->flushed) {
        uint64_t in_file = s->flushed - offset;
        size_t m = in_file < n ? (size_t)in_file : n;
        LF_TRY(s->file->type->read_at(s->file, offset, out, m, err));
        out += m;
        offset += m;
        n -= m;
    }
    if (n > 0) memcpy(out, s->tail.data + (offset - s->flushed), n);
    return LF_OK;
}

void lf_spill_clear(lf_spill *s) {
    lf_buf_clear(&s->tail);
    s->flushed = s->size = 0;
}

void lf_spill_reset(lf_spill *s) {
    lf_buf_reset(&s->tail);
    if (s->file != NULL) s->file->type->close(s->file);
    s->file = NULL;
    s->flushed = s->size = 0;
}
