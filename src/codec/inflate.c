/* codec/inflate.c - which decompressor a stream needs, by its first bytes; dispatch. */
#include "codec/inflate.h"
#include <string.h>

/* A zstd stream may begin with a skippable frame (0x184D2A50 to 5F, little endian). */
static bool is_zstd(lf_span h) {
    static const uint8_t frame[4] = {0x28, 0xB5, 0x2F, 0xFD}, skip[3] = {0x2A, 0x4D, 0x18};
    if (h.len < 4) return false;
    return memcmp(h.data, frame, 4) == 0 ||
           ((h.data[0] & 0xF0) == 0x50 && memcmp(h.data + 1, skip, 3) == 0);
}

const char *lf_stream_detect(lf_span head) {
    /* 0x1F 0x8B, then the only method there is: three bytes no text begins with. */
    if (head.len >= 3 && memcmp(head.data, "\x1F\x8B\x08", 3) == 0) return "gzip";
    return is_zstd(head) ? "zstd" : NULL;
}

lf_rc lf_inflater_create(const lf_alloc *a, const char *name, lf_inflater **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    if (strcmp(name, "gzip") == 0) return lf_inflate_gzip_create(a, out, err);
    if (strcmp(name, "zstd") == 0) return lf_inflate_zstd_create(a, out, err);
    return lf_fail(err, LF_EUNSUPPORTED, "compression '%s' is not read", name);
}

lf_rc lf_inflater_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                      size_t *got_out, bool *end_out, lf_error *err) {
    return i->run(i, in, used_out, dst, cap, got_out, end_out, err);
}

void lf_inflater_destroy(lf_inflater *i) {
    if (i) i->destroy(i);
}
