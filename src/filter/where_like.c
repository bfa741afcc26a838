/* Patterns of like: the parts between the % are looked for from left to right, the last one at the
 * end. An underscore stands for one character, which may be of several bytes. */
#include "filter/where_internal.h"
#include <string.h>

lf_rc lf_like_make(lf_like *l, lf_arena *a, lf_span pattern, lf_error *err) {
    uint32_t most = 1;
    for (size_t i = 0; i < pattern.len; i++)
        most += pattern.data[i] == '%';
    *l = (lf_like){.parts = lf_arena_alloc(a, most * sizeof *l->parts, _Alignof(lf_span))};
    if (l->parts == NULL) return lf_fail_nomem(err, most * sizeof *l->parts);
    l->open_start = pattern.len > 0 && pattern.data[0] == '%';
    l->open_end = pattern.len > 0 && pattern.data[pattern.len - 1] == '%';
    for (size_t i = 0; i < pattern.len;) {
        size_t n = 0;
        while (i + n < pattern.len && pattern.data[i + n] != '%')
            n++;
        if (n > 0) l->parts[l->n++] = (lf_span){pattern.data + i, n};
        i += n + 1;
    }
    return LF_OK;
}

static size_t character(const uint8_t *p, const uint8_t *end) {
    size_t n = 1;
    while (p + n < end && (p[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* Where a part that begins at p ends, or NULL. */
static const uint8_t *part_at(lf_span part, const uint8_t *p, const uint8_t *end) {
    for (size_t i = 0; i < part.len; i++) {
        if (p == end) return NULL;
        if (part.data[i] == '_') {
            p += character(p, end);
        } else if (*p++ != part.data[i]) {
            return NULL;
        }
    }
    return p;
}

static const uint8_t *find_part(lf_span part, const uint8_t *p, const uint8_t *end) {
    if (memchr(part.data, '_', part.len) == NULL) {
        const uint8_t *at = memmem(p, (size_t)(end - p), part.data, part.len);
        return at == NULL ? NULL : at + part.len;
    }
    for (; p < end; p += character(p, end)) {
        const uint8_t *after = part_at(part, p, end);
        if (after != NULL) return after;
    }
    return NULL;
}

/* The last part, at the very end: of all places where it could begin. */
static bool ends_with(lf_span part, const uint8_t *p, const uint8_t *end) {
    if (memchr(part.data, '_', part.len) == NULL)
        return (size_t)(end - p) >= part.len && memcmp(end - part.len, part.data, part.len) == 0;
    for (; p < end; p += character(p, end))
        if (part_at(part, p, end) == end) return true;
    return false;
}

bool lf_like_match(const lf_like *l, lf_span text) {
    const uint8_t *p = text.data, *end = text.data + text.len;
    uint32_t i = 0;
    if (l->n == 0) return l->open_start || text.len == 0;
    if (!l->open_start) {
        p = part_at(l->parts[i++], p, end);
        if (p == NULL) return false;
        if (i == l->n) return l->open_end || p == end;
    }
    const uint32_t last = l->open_end ? l->n : l->n - 1;
    for (; i < last; i++) {
        p = find_part(l->parts[i], p, end);
        if (p == NULL) return false;
    }
    return l->open_end || ends_with(l->parts[i], p, end);
}
