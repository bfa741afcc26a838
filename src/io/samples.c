/* io/samples.c - see the header. */
#include "io/samples.h"
#include "core/limits.h"

static lf_rc read_piece(lf_samples *k, lf_source *s, uint64_t at, size_t n, lf_error *err) {
    uint8_t *to = k->room + (size_t)k->n * LF_SAMPLE_BYTES;
    size_t got = 0;
    for (size_t m = 1; got < n && m > 0; got += m)
        LF_TRY(s->type->read_at(s, at + got, to + got, n - got, &m, err));
    if (got == n) k->pieces[k->n++] = (lf_span){to, n}; /* else another hand is in the file */
    return LF_OK;
}

lf_rc lf_samples_read(lf_samples *k, lf_source *s, uint64_t head, const lf_alloc *a,
                      lf_error *err) {
    const uint64_t size = s->size_bytes;
    *k = (lf_samples){.n = 0};
    if (s->type->read_at == NULL || s->compression != NULL || s->encoding != NULL ||
        size == LF_SIZE_UNKNOWN || size <= head)
        return LF_OK;
    k->room = lf_mem_alloc(a, (size_t)LF_SAMPLES_MAX * LF_SAMPLE_BYTES);
    if (k->room == NULL) return lf_fail_nomem(err, (size_t)LF_SAMPLES_MAX * LF_SAMPLE_BYTES);
    const uint64_t left = size - head, end = left < LF_SAMPLE_BYTES ? left : LF_SAMPLE_BYTES;
    lf_rc rc = LF_OK;
    if (left > 4ull * LF_SAMPLE_BYTES)
        rc = read_piece(k, s, head + left / 2 - LF_SAMPLE_BYTES, LF_SAMPLE_BYTES, err);
    return rc == LF_OK ? read_piece(k, s, size - end, (size_t)end, err) : rc;
}

void lf_samples_reset(lf_samples *k, const lf_alloc *a) {
    lf_mem_free(a, k->room, (size_t)LF_SAMPLES_MAX * LF_SAMPLE_BYTES);
    *k = (lf_samples){.n = 0};
}
