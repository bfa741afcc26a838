/* The encoding of an input. What is named is taken; else what the first bytes prove; else it is
 * UTF-8, and rows that are not are bad rows: a wrong guess would turn names into other names, which
 * nothing later could tell. */
#include "api/text_source.h"
#include "api/options.h"
#include "api/peek.h"
#include "charset/charset.h"
#include "io/io.h"
#include <stdio.h>
#include <string.h>

#define DETECT_BYTES 4096u

lf_rc lf_text_encoding_check(const char *name, lf_error *err) {
    if (strcmp(name, "auto") == 0 || lf_charset_find(name) != NULL) return LF_OK;
    const char *near = lf_nearest(name, lf_charset_names());
    if (near)
        return lf_fail(err, LF_EUSAGE, "no encoding '%s' is known; did you mean '%s'?", name, near);
    return lf_fail(err, LF_EUSAGE,
                   "no encoding '%s' is known; known are utf-8, utf-16, utf-32, windows-1250 to "
                   "1258, iso-8859-1 to 16, koi8-r, shift_jis, gb18030, big5, euc-kr ...",
                   name);
}

/* Without an order of bytes in its name it is looked for; where nothing tells, it is little. */
static bool is_unordered(const char *name) {
    const char *found = lf_charset_name(lf_charset_find(name));
    return strcmp(found, "utf-16") == 0 || strcmp(found, "utf-32") == 0;
}

lf_rc lf_text_source(lf_source **s, const lf_option *o, size_t n_options, const lf_alloc *a,
                     lf_error *err) {
    const char *name = lf_options_text(o, n_options, "encoding", "auto");
    const bool lossy = lf_options_flag(o, n_options, "lossy");
    const bool given = strcmp(name, "auto") != 0;
    const char *how = "given";
    const lf_charset *from = given ? lf_charset_find(name) : NULL;
    if (!given || is_unordered(name)) {
        uint8_t head[DETECT_BYTES];
        size_t got = 0;
        const char *proof = NULL;
        LF_TRY(lf_source_peek(s, a, head, sizeof head, &got, err));
        const lf_charset *seen = lf_charset_detect((lf_span){head, got}, got < sizeof head, &proof);
        const bool fits =
            seen && (!given || strncmp(lf_charset_name(seen), lf_charset_name(from), 6) == 0);
        if (fits) from = seen, how = proof;
    }
    if (from == NULL && !lossy) return LF_OK;
    if (from == NULL) from = lf_charset_find("utf-8"), how = "assumed";
    if (!lf_charset_is_utf8(from) || lossy) LF_TRY(lf_source_decode(s, from, lossy, a, err));
    (*s)->encoding_how = how;
    return LF_OK;
}

/* How much of `h` is whole, well-formed UTF-8; h.len also where only its last character is cut. */
static size_t utf8_prefix(lf_span h) {
    size_t i = 0;
    while (i < h.len) {
        const uint8_t b = h.data[i];
        const size_t n = b < 0x80 ? 1 : b < 0xE0 ? 2 : b < 0xF0 ? 3 : 4;
        if ((b >= 0x80 && b < 0xC2) || b > 0xF4) return i;
        for (size_t k = 1; k < n; k++) {
            if (i + k == h.len) return h.len;
            if ((h.data[i + k] & 0xC0) != 0x80) return i;
        }
        i += n;
    }
    return i;
}

bool lf_text_propose(lf_span head, char *text, size_t n) {
    if (utf8_prefix(head) == head.len) return false;
    const char *names[LF_CHARSET_CANDIDATES];
    const size_t k = lf_charset_candidates(head, names);
    if (k == 0) {
        snprintf(text, n,
                 "the text is not UTF-8; if all of it is in another encoding, name that "
                 "with --encoding");
        return true;
    }
    int at = snprintf(text, n,
                      "the text is not UTF-8; if all of it is in another encoding, name "
                      "that: --encoding %s",
                      names[0]);
    for (size_t i = 1; i < k && at > 0 && (size_t)at < n; i++)
        at += snprintf(text + at, n - (size_t)at, "%s%s", i + 1 < k ? ", " : " or ", names[i]);
    return true;
}
