/* codec/codec_name.c - "zstd:3" and back. The level ranges are the libraries' own. */
#include "codec/codec.h"
#include <string.h>

static const struct codec_row {
    const char *name;
    lf_codec codec;
    int level_min, level_max, level_default; /* min > max: the codec has no levels */
} rows[] = {
    {"none", LF_CODEC_NONE, 1, 0, 0},    {"snappy", LF_CODEC_SNAPPY, 1, 0, 0},
    {"gzip", LF_CODEC_GZIP, 1, 9, 6},    {"zstd", LF_CODEC_ZSTD, 1, 22, 1},
    {"lz4", LF_CODEC_LZ4_RAW, 1, 12, 1}, {"brotli", LF_CODEC_BROTLI, 0, 11, 4},
};
#define N_ROWS (sizeof rows / sizeof rows[0])

const char *lf_codec_name(lf_codec c) {
    for (size_t i = 0; i < N_ROWS; i++) {
        if (rows[i].codec == c) return rows[i].name;
    }
    return "unknown";
}

static const struct codec_row *row_named(const char *s, size_t n) {
    for (size_t i = 0; i < N_ROWS; i++) {
        if (strlen(rows[i].name) == n && memcmp(rows[i].name, s, n) == 0) return &rows[i];
    }
    return NULL;
}

/* One or two digits, nothing else; -1 otherwise. */
static int level_of(const char *s) {
    int v = -1;
    for (int digits = 0; *s; s++, digits++) {
        if (*s < '0' || *s > '9' || digits == 2) return -1;
        v = (v < 0 ? 0 : v) * 10 + (*s - '0');
    }
    return v;
}

lf_rc lf_codec_parse(const char *s, lf_codec *codec_out, int *level_out, lf_error *err) {
    size_t n = strcspn(s, ":");
    const struct codec_row *r = row_named(s, n);
    if (!r) {
        return lf_fail(err, LF_EUSAGE,
                       "'%.*s' is no compression; there are snappy, zstd, gzip, lz4, brotli, none",
                       (int)(n > 40 ? 40 : n), s);
    }
    int level = r->level_default;
    if (s[n] == ':') {
        if (r->level_min > r->level_max) {
            return lf_fail(err, LF_EUSAGE, "compression '%s' has no levels", r->name);
        }
        level = level_of(s + n + 1);
        if (level < r->level_min || level > r->level_max) {
            return lf_fail(err, LF_EUSAGE, "the levels of compression '%s' are %d to %d", r->name,
                           r->level_min, r->level_max);
        }
    }
    *codec_out = r->codec;
    *level_out = level;
    return LF_OK;
}
