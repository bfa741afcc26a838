/* core/error.c - the table of codes as functions, and the filling of error records. */
#include "core/error.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

typedef struct rc_row {
    int rc, exit_status, http_status;
    bool retryable;
    const char *name, *text, *hint;
} rc_row;

static const rc_row rc_rows[] = {{0, 0, 200, false, "OK", "no error", ""},
#define RC_ROW(name, number, exit, http, retry, text, hint)                                        \
    {number, exit, http, retry, #name, text, hint},
                                 LF_RC_TABLE(RC_ROW)
#undef RC_ROW
};

static const rc_row *row_of(lf_rc rc) {
    static const rc_row unknown = {
        -1, 5, 500, false, "UNKNOWN", "an unknown error", "report this with the command line"};
    for (size_t i = 0; i < sizeof rc_rows / sizeof rc_rows[0]; i++) {
        if (rc_rows[i].rc == (int)rc) return &rc_rows[i];
    }
    return &unknown;
}

const char *lf_rc_name(lf_rc rc) {
    return row_of(rc)->name;
}
const char *lf_rc_class(lf_rc rc) {
    const int n = row_of(rc)->rc;
    return n == 0    ? "none"
           : n < 0   ? "internal"
           : n < 100 ? "usage"
           : n < 200 ? "data"
           : n < 300 ? "encoding"
           : n < 400 ? "files"
           : n < 800 ? "limits"
                     : "internal";
}
const char *lf_rc_text(lf_rc rc) {
    return row_of(rc)->text;
}
const char *lf_rc_hint(lf_rc rc) {
    return row_of(rc)->hint;
}
int lf_rc_exit_status(lf_rc rc) {
    return row_of(rc)->exit_status;
}
int lf_rc_http_status(lf_rc rc) {
    return row_of(rc)->http_status;
}
bool lf_rc_retryable(lf_rc rc) {
    return row_of(rc)->retryable;
}

/* Drops the bytes of a UTF-8 sequence that a cut left unfinished at the end of s. */
static void utf8_trim(char *s) {
    size_t n = strlen(s), back = 0;
    while (back < 3 && back < n && ((uint8_t)s[n - 1 - back] & 0xC0) == 0x80) {
        back++;
    }
    if (back >= n) return;
    uint8_t lead = (uint8_t)s[n - 1 - back];
    size_t want = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : lead >= 0xC0 ? 1 : 0;
    if (want > back) s[n - 1 - back] = 0;
}

static void print_cut(char *dst, size_t cap, const char *fmt, va_list ap) {
    int n = vsnprintf(dst, cap, fmt, ap);
    if (n < 0) dst[0] = 0;
    if (n >= (int)cap) {
        dst[cap - 4] = 0;
        utf8_trim(dst);
        size_t len = strlen(dst);
        memcpy(dst + len, "...", 4);
    }
    for (char *p = dst; *p; p++) { /* one line, whatever a path or cell holds */
        if ((uint8_t)*p < 0x20 || *p == 0x7F) *p = '?';
    }
}

lf_rc lf_fail(lf_error *err, lf_rc rc, const char *fmt, ...) {
    if (!err || err->rc != LF_OK) return rc;
    err->rc = rc;
    err->retryable = lf_rc_retryable(rc);
    va_list ap;
    va_start(ap, fmt);
    print_cut(err->message, sizeof err->message, fmt, ap);
    va_end(ap);
    return rc;
}

lf_rc lf_fail_errno(lf_error *err, lf_rc otherwise, int errnum, const char *path) {
    lf_rc rc = otherwise;
    switch (errnum) {
    case ENOENT:
    case ENOTDIR:
        rc = LF_ENOT_FOUND;
        break;
    case EACCES:
    case EPERM:
    case EROFS:
        rc = LF_EPERMISSION;
        break;
    case EISDIR:
        rc = LF_EIS_DIRECTORY;
        break;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        rc = LF_EDISK_FULL;
        break;
    case ENOMEM:
        rc = LF_ENO_MEMORY;
        break;
    default:
        break;
    }
    char text[96] = "";
#if defined(_GNU_SOURCE) && defined(__GLIBC__)
    const char *why = strerror_r(errnum, text, sizeof text);
#else
    const char *why = strerror_r(errnum, text, sizeof text) == 0 ? text : "unknown error";
#endif
    if (!path) return lf_fail(err, rc, "%s", why);
    /* A long path is cut at its front: its end tells files apart, and the reason must show. */
    size_t n = strlen(path), keep = sizeof err->message - 80;
    if (n > keep) return lf_fail(err, rc, "...%s: %s", path + (n - keep), why);
    return lf_fail(err, rc, "%s: %s", path, why);
}

lf_rc lf_fail_nomem(lf_error *err, size_t bytes) {
    return lf_fail(err, LF_ENO_MEMORY, "%zu bytes of memory could not be had", bytes);
}

lf_rc lf_error_context(lf_error *err, lf_rc rc, const char *fmt, ...) {
    if (!err || err->rc == LF_OK || err->n_frames >= LF_ERROR_FRAMES) return rc;
    va_list ap;
    va_start(ap, fmt);
    print_cut(err->frames[err->n_frames], sizeof err->frames[0], fmt, ap);
    va_end(ap);
    err->n_frames++;
    return rc;
}

static void copy_cut_front(char *dst, size_t cap, const char *src) {
    size_t n = strlen(src);
    if (n < cap) {
        memcpy(dst, src, n + 1);
        return;
    }
    const char *tail = src + (n - (cap - 4));
    while (((uint8_t)*tail & 0xC0) == 0x80) {
        tail++;
    }
    memcpy(dst, "...", 3);
    memcpy(dst + 3, tail, strlen(tail) + 1);
}

void lf_error_set_file(lf_error *err, const char *path) {
    if (!err || !path || err->file[0]) return;
    copy_cut_front(err->file, sizeof err->file, path);
}

void lf_error_set_place(lf_error *err, uint64_t row, uint64_t line, uint32_t column,
                        const char *column_name, uint64_t byte_offset) {
    if (!err || err->has_position) return;
    err->has_position = true;
    err->row = row;
    err->line = line;
    err->column = column;
    err->byte_offset = byte_offset;
    if (column_name) {
        size_t n = strlen(column_name), cap = sizeof err->column_name;
        if (n >= cap) n = cap - 1;
        memcpy(err->column_name, column_name, n);
        err->column_name[n] = 0;
        if (n == cap - 1) utf8_trim(err->column_name);
    }
}

/* Bytes of the character at s, if a terminal shows it as it is: no control (C1 ones have two bytes
 * and steer some terminals too), no broken UTF-8. 0: it is to be escaped. */
static size_t shown_char(const uint8_t *s, size_t n) {
    const uint8_t c = s[0];
    if (c < 0x80) return c >= 0x20 && c != 0x7F;
    const size_t len = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    if (c < 0xC2 || c > 0xF4 || len > n) return 0;
    for (size_t i = 1; i < len; i++)
        if ((s[i] & 0xC0) != 0x80) return 0;
    if (c == 0xC2 && s[1] < 0xA0) return 0;
    if ((c == 0xE0 && s[1] < 0xA0) || (c == 0xED && s[1] > 0x9F)) return 0;
    if ((c == 0xF0 && s[1] < 0x90) || (c == 0xF4 && s[1] > 0x8F)) return 0;
    return len;
}

/* Prints the character at s into out; *taken: its bytes. Returns the printed length. */
static size_t excerpt_char(const uint8_t *s, size_t n, char out[4], size_t *taken) {
    static const char hex[] = "0123456789abcdef";
    const uint8_t c = s[0];
    const size_t shown = shown_char(s, n);
    *taken = shown > 0 ? shown : 1;
    if (shown > 0) {
        memcpy(out, s, shown);
        return shown;
    }
    const char e = c == '\n' ? 'n' : c == '\r' ? 'r' : c == '\t' ? 't' : 0;
    out[0] = '\\';
    out[1] = e ? e : 'x';
    out[2] = hex[c >> 4];
    out[3] = hex[c & 15];
    return e ? 2 : 4;
}

const char *lf_error_text(char *out, size_t cap, lf_span raw) {
    size_t n = 0, cut = 0; /* cut: where the dots could still go */
    for (size_t i = 0, taken; i < raw.len; i += taken) {
        char one[4];
        const size_t len = excerpt_char(raw.data + i, raw.len - i, one, &taken);
        if (n + len >= cap) {
            memcpy(out + cut, "...", 4);
            return out;
        }
        memcpy(out + n, one, len);
        n += len;
        if (n + 4 <= cap) cut = n;
    }
    out[n] = 0;
    return out;
}

void lf_error_set_excerpt(lf_error *err, lf_span raw, size_t mark, size_t mark_len) {
    if (!err || err->excerpt[0] || raw.len == 0) return;
    const size_t room = 80;
    if (mark > raw.len) mark = raw.len;
    if (mark_len > raw.len - mark) mark_len = raw.len - mark;
    /* Some of what comes before the mark, then as much as fits. */
    size_t from = 0;
    if (raw.len > room && mark > 24) {
        from = mark - 24;
        if (raw.len - from < room) from = raw.len - room;
        while (from > 0 && (raw.data[from] & 0xC0) == 0x80) {
            from--;
        }
    }
    size_t n = 0, i = from;
    if (from > 0) {
        memcpy(err->excerpt, "...", 3);
        n = 3;
    }
    size_t end = n + room;
    uint32_t mark_at = (uint32_t)n, mark_end = (uint32_t)n;
    for (size_t taken; i < raw.len; i += taken) {
        char out[4];
        size_t len = excerpt_char(raw.data + i, raw.len - i, out, &taken);
        if (n + len > end) break;
        if (i <= mark && mark < i + taken) mark_at = (uint32_t)n;
        memcpy(err->excerpt + n, out, len);
        n += len;
        if (i < mark + mark_len) mark_end = (uint32_t)n;
    }
    if (mark >= i) mark_at = (uint32_t)n;
    err->excerpt[n] = 0;
    if (i < raw.len) memcpy(err->excerpt + n, "...", 4);
    err->excerpt_mark = mark_at;
    err->excerpt_mark_len = mark_end > mark_at ? mark_end - mark_at : 0;
}

void lf_error_merge(lf_error *dst, const lf_error *src) {
    if (dst && dst != src && dst->rc == LF_OK) *dst = *src;
}
