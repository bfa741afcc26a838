/* codec/inflate.c - which decompressor a stream needs, by its first bytes; dispatch. */
#include "codec/inflate.h"
#include <string.h>

typedef struct stream_kind {
    const char *name, *magic; /* magic "": never detected */
    size_t n;
    lf_rc (*create)(const lf_alloc *a, lf_inflater **out, lf_error *err);
} stream_kind;

/* Only what no text begins with. bzip2's "BZh9" alone could be a name in a header: its first block
 * (pi) or its end (sqrt pi) must follow. gzip: 0x1F 0x8B, then the only method there is. */
static const stream_kind kinds[] = {
    {"gzip", "\x1F\x8B\x08", 3, lf_inflate_gzip_create},
    {"zstd", "\x28\xB5\x2F\xFD", 4, lf_inflate_zstd_create},
    {"bzip2", "BZh#\x31\x41\x59\x26\x53\x59", 10, lf_inflate_bzip2_create},
    {"bzip2", "BZh#\x17\x72\x45\x38\x50\x90", 10, lf_inflate_bzip2_create},
    {"xz", "\xFD\x37zXZ\0", 6, lf_inflate_xz_create},
    {"lz4", "\x04\x22\x4D\x18", 4, lf_inflate_lz4_create},
    {"snappy", "\xFF\x06\0\0sNaPpY", 10, lf_inflate_snappy_create},
    {"zip", "PK\x03\x04", 4, NULL},
    {"zip", "PK\x05\x06", 4, NULL}, /* without members */
    {"deflate", "", 0, lf_inflate_deflate_create},
};
#define N_KINDS (sizeof kinds / sizeof kinds[0])

/* '#' stands for a digit, which no magic holds itself. */
static bool begins(const stream_kind *k, lf_span h, size_t n) {
    for (size_t i = 0; i < n; i++) {
        const uint8_t c = h.data[i], want = (uint8_t)k->magic[i];
        if (want == '#' ? c < '1' || c > '9' : c != want) return false;
    }
    return n > 0;
}

/* A zstd stream may begin with a skippable frame (0x184D2A50 to 5F, little endian). */
static bool skippable(lf_span h, size_t n) {
    static const uint8_t rest[3] = {0x2A, 0x4D, 0x18};
    return n > 0 && (h.data[0] & 0xF0) == 0x50 && memcmp(h.data + 1, rest, n - 1) == 0;
}

const char *lf_stream_detect(lf_span head) {
    for (size_t i = 0; i < N_KINDS; i++)
        if (head.len >= kinds[i].n && begins(&kinds[i], head, kinds[i].n)) return kinds[i].name;
    return head.len >= 4 && skippable(head, 4) ? "zstd" : NULL;
}

bool lf_stream_undecided(lf_span head) {
    if (head.len == 0) return true;
    for (size_t i = 0; i < N_KINDS; i++)
        if (head.len < kinds[i].n && begins(&kinds[i], head, head.len)) return true;
    return head.len < 4 && skippable(head, head.len);
}

lf_rc lf_inflater_create(const lf_alloc *a, const char *name, lf_inflater **out, lf_error *err) {
    *out = NULL;
    if (!a) a = lf_alloc_default();
    for (size_t i = 0; i < N_KINDS; i++)
        if (kinds[i].create && strcmp(name, kinds[i].name) == 0)
            return kinds[i].create(a, out, err);
    return lf_fail(err, LF_EUNSUPPORTED, "compression '%s' is not read", name);
}

void lf_inflater_continue(lf_inflater *i, uint64_t members) {
    i->members = members;
}

uint64_t lf_inflater_members(const lf_inflater *i) {
    return i->members;
}

lf_rc lf_inflater_run(lf_inflater *i, lf_span in, size_t *used_out, uint8_t *dst, size_t cap,
                      size_t *got_out, bool *end_out, lf_error *err) {
    return i->run(i, in, used_out, dst, cap, got_out, end_out, err);
}

void lf_inflater_destroy(lf_inflater *i) {
    if (i) i->destroy(i);
}
