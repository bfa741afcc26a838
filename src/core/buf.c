/* core/buf.c - growable bytes. Grows by half (at least to 256 bytes), never past cap_max. */
#include "core/buf.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef LF_TORTURE /* exactly what is needed, so that a byte more is seen */
#define BUF_MIN_BYTES 1u
#define BUF_GROWTH(n) ((n) < 65536 ? 0 : (n) / 2)
#else
#define BUF_MIN_BYTES 256u
#define BUF_GROWTH(n) ((n) / 2)
#endif

void lf_buf_init(lf_buf *b, const lf_alloc *alloc, size_t cap_max) {
    *b = (lf_buf){.cap_max = cap_max ? cap_max : SIZE_MAX,
                  .alloc = alloc ? alloc : lf_alloc_default()};
}

lf_rc lf_buf_reserve(lf_buf *b, size_t n, lf_error *err) {
    if (n <= b->cap - b->len) return LF_OK;
    if (n > b->cap_max || b->len > b->cap_max - n) {
        return lf_fail(err, LF_EMEMORY_LIMIT, "a buffer would pass its cap of %zu bytes",
                       b->cap_max);
    }
    size_t need = b->len + n, cap = b->cap + BUF_GROWTH(b->cap);
    if (cap < BUF_MIN_BYTES) cap = BUF_MIN_BYTES;
    if (cap < need) cap = need;
    if (cap > b->cap_max) cap = b->cap_max;
    uint8_t *p = lf_mem_realloc(b->alloc, b->data, b->cap, cap);
    if (!p && cap > need) { /* the growth reserve is a wish, the need is not */
        cap = need;
        p = lf_mem_realloc(b->alloc, b->data, b->cap, cap);
    }
    if (!p) return lf_fail_nomem(err, cap);
    b->data = p;
    b->cap = cap;
    return LF_OK;
}

lf_rc lf_buf_append(lf_buf *b, const void *p, size_t n, lf_error *err) {
    if (n == 0) return LF_OK;
    LF_TRY(lf_buf_reserve(b, n, err));
    memcpy(b->data + b->len, p, n);
    b->len += n;
    return LF_OK;
}

lf_rc lf_buf_printf(lf_buf *b, lf_error *err, const char *fmt, ...) {
    char small[256];
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(small, sizeof small, fmt, ap);
    va_end(ap);
    if (n < 0) return lf_fail(err, LF_EINTERNAL, "a format string is invalid");
    if ((size_t)n < sizeof small) return lf_buf_append(b, small, (size_t)n, err);
    LF_TRY(lf_buf_reserve(b, (size_t)n + 1, err)); /* vsnprintf writes a NUL too */
    va_start(ap, fmt);
    vsnprintf((char *)b->data + b->len, (size_t)n + 1, fmt, ap);
    va_end(ap);
    b->len += (size_t)n;
    return LF_OK;
}

size_t lf_utf8_len(const uint8_t *p, size_t n) {
    uint8_t c = p[0];
    if (c < 0x80) return 1;
    size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || len > n) return 0;
    for (size_t i = 1; i < len; i++) {
        if ((p[i] & 0xC0) != 0x80) return 0;
    }
    if (c == 0xE0 && p[1] < 0xA0) return 0;  /* overlong */
    if (c == 0xED && p[1] >= 0xA0) return 0; /* surrogates */
    if (c == 0xF0 && p[1] < 0x90) return 0;
    if (c == 0xF4 && p[1] >= 0x90) return 0;
    return len;
}

static const char *json_escape(uint8_t c, char tmp[8]) {
    switch (c) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        break;
    }
    snprintf(tmp, 8, "\\u%04x", c);
    return tmp;
}

lf_rc lf_buf_append_json(lf_buf *b, const void *p, size_t n, lf_error *err) {
    const uint8_t *s = p;
    size_t start_len = b->len, run = 0, i = 0;
    lf_rc rc = LF_OK;
    LF_GO(lf_buf_append(b, "\"", 1, err));
    while (i < n) {
        size_t len = lf_utf8_len(s + i, n - i);
        if (len > 1 || (len == 1 && s[i] >= 0x20 && s[i] != '"' && s[i] != '\\')) {
            i += len;
            continue;
        }
        char tmp[8];
        const char *esc = len == 0 ? "\\ufffd" : json_escape(s[i], tmp);
        LF_GO(lf_buf_append(b, s + run, i - run, err));
        LF_GO(lf_buf_append(b, esc, strlen(esc), err));
        run = ++i;
    }
    LF_GO(lf_buf_append(b, s + run, n - run, err));
    LF_GO(lf_buf_append(b, "\"", 1, err));
out:
    if (rc != LF_OK) b->len = start_len;
    return rc;
}

uint8_t *lf_buf_take(lf_buf *b, size_t *cap_out) {
    uint8_t *p = b->data;
    if (cap_out) *cap_out = b->cap;
    b->data = NULL;
    b->len = b->cap = 0;
    return p;
}

void lf_buf_clear(lf_buf *b) {
    b->len = 0;
}

void lf_buf_reset(lf_buf *b) {
    lf_mem_free(b->alloc, b->data, b->cap);
    b->data = NULL;
    b->len = b->cap = 0;
}
