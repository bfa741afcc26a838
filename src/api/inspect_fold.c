/* Lines that are wider than the terminal are folded at blanks, or where they must be. */
#include "api/inspect_internal.h"
#include <string.h>

#define INDENT 4u

static bool starts_character(uint8_t c) {
    return (c & 0xc0) != 0x80;
}

/* How many bytes of the line go on one line of the terminal. */
static size_t fitting(const uint8_t *p, size_t n, uint32_t width) {
    size_t at = 0, blank = 0;
    uint32_t columns = 0;
    for (; at < n && columns <= width; at++) {
        if (at > 0 && p[at] == ' ' && columns > INDENT) blank = at;
        columns += starts_character(p[at]);
    }
    if (at == n && columns <= width) return n;
    if (blank > 0) return blank;
    while (at > 1 && (columns > width || !starts_character(p[at]))) {
        at--;
        columns -= starts_character(p[at]);
    }
    return at;
}

static lf_rc put_line(lf_inspection *x, const uint8_t *p, size_t n) {
    for (uint32_t indent = 0;; indent = INDENT) {
        size_t k = fitting(p, n, x->width > indent + 8 ? x->width - indent : 8);
        LF_TRY(lf_buf_printf(&x->out, x->err, "%*s", (int)indent, ""));
        LF_TRY(lf_buf_append(&x->out, p, k, x->err));
        LF_TRY(lf_inspect_puts(x, "\n"));
        if (k == n) return LF_OK;
        p += k;
        n -= k;
        while (n > 0 && *p == ' ')
            p++, n--;
        if (n == 0) return LF_OK;
    }
}

lf_rc lf_inspect_fold(lf_inspection *x, size_t from) {
    size_t n = x->out.len - from;
    uint8_t *copy = lf_mem_alloc(x->alloc, n + 1);
    if (copy == NULL) return lf_fail_nomem(x->err, n);
    if (n > 0) memcpy(copy, x->out.data + from, n);
    x->out.len = from;
    lf_rc rc = LF_OK;
    for (size_t at = 0; at < n && rc == LF_OK;) {
        const uint8_t *nl = memchr(copy + at, '\n', n - at);
        size_t k = nl != NULL ? (size_t)(nl - copy) - at : n - at;
        rc = put_line(x, copy + at, k);
        at += k + 1;
    }
    lf_mem_free(x->alloc, copy, n + 1);
    return rc;
}
