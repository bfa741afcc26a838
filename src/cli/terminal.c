#include "cli/terminal.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* setlocale would load tables at every start only to learn this one bit. */
static bool locale_is_utf8(void) {
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < 3; i++) {
        const char *v = getenv(names[i]);
        if (v && *v) return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
    }
    return false;
}

lf_terminal lf_terminal_of(FILE *f) {
    lf_terminal t = {.width = 80, .unicode = locale_is_utf8()};
    const char *term = getenv("TERM"), *no_color = getenv("NO_COLOR");
    struct winsize size;
    /* A dumb terminal cannot take a line back: for it, as for a file. */
    t.is_tty = isatty(fileno(f)) == 1 && !(term && strcmp(term, "dumb") == 0);
    t.color = t.is_tty && (no_color == NULL || *no_color == '\0');
    if (t.is_tty && ioctl(fileno(f), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        t.width = size.ws_col;
    return t;
}

static bool is_wide(uint32_t c) {
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
           (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
           (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

static bool is_combining(uint32_t c) {
    return (c >= 0x300 && c <= 0x36f) || (c >= 0x200b && c <= 0x200f) ||
           (c >= 0xfe00 && c <= 0xfe0f) || (c >= 0x20d0 && c <= 0x20ff);
}

size_t lf_text_char(const char *s, size_t n, unsigned *columns) {
    const unsigned char *p = (const unsigned char *)s;
    const size_t want = p[0] < 0xc0 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
    uint32_t c = want == 1 ? p[0] : p[0] & (0x7fu >> want);
    size_t k = 1;
    for (; k < want && k < n && (p[k] & 0xc0) == 0x80; k++)
        c = c << 6 | (p[k] & 0x3f);
    *columns = is_combining(c) ? 0 : is_wide(c) ? 2 : 1;
    if (c < 0x20 || (c >= 0x7f && c < 0xa0)) *columns = 4 * (unsigned)k; /* as lf_put_text has it */
    return k;
}

void lf_put_text(FILE *f, const char *s, size_t n) {
    unsigned columns;
    for (size_t i = 0, k; i < n; i += k) {
        k = lf_text_char(s + i, n - i, &columns);
        if (columns < 4)
            (void)fwrite(s + i, 1, k, f);
        else
            for (size_t b = 0; b < k; b++)
                fprintf(f, "\\x%02x", (unsigned char)s[i + b]);
    }
}

size_t lf_text_width(const char *s, size_t n) {
    size_t w = 0;
    unsigned one;
    for (size_t i = 0; i < n; w += one)
        i += lf_text_char(s + i, n - i, &one);
    return w;
}

void lf_terminal_wrap(FILE *f, const char *text, unsigned at, unsigned indent, unsigned width) {
    bool first = true;
    while (*text) {
        const size_t n = strcspn(text, " \n");
        const unsigned w = (unsigned)lf_text_width(text, n);
        if (!first && at + 1 + w > width) {
            fprintf(f, "\n%*s", (int)indent, "");
            at = indent;
            first = true;
        }
        if (!first) fputc(' ', f);
        lf_put_text(f, text, n);
        at += w + !first;
        first = false;
        text += n;
        if (*text == '\n') {
            fprintf(f, "\n%*s", text[1] ? (int)indent : 0, "");
            at = indent;
            first = true;
            if (text[1] == '\0') return;
        }
        if (*text) text++;
    }
    fputc('\n', f);
}

const char *lf_print_count(uint64_t n, char *buf, size_t cap) {
    char digits[24];
    const int len = snprintf(digits, sizeof digits, "%llu", (unsigned long long)n);
    size_t k = 0;
    for (int i = 0; i < len && k + 2 < cap; i++) {
        if (i && (len - i) % 3 == 0) buf[k++] = ',';
        buf[k++] = digits[i];
    }
    buf[k] = '\0';
    return buf;
}

static const char *scaled(double v, const char *unit, char *buf, size_t cap) {
    snprintf(buf, cap, v < 9.95 ? "%.1f %s" : "%.0f %s", v, unit);
    return buf;
}

const char *lf_print_bytes(uint64_t n, char *buf, size_t cap) {
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB"};
    double v = (double)n / 1e3;
    size_t u = 0;
    if (n == 1) return snprintf(buf, cap, "1 byte"), buf;
    if (n < 1000) return snprintf(buf, cap, "%u bytes", (unsigned)n), buf;
    while (v >= 999.5 && u < 4)
        v /= 1e3, u++;
    return scaled(v, units[u], buf, cap);
}

const char *lf_print_mib(uint64_t n, char *buf, size_t cap) {
    const double v = (double)n / 1048576.0;
    if (v >= 10240) return scaled(v / 1024, "GiB", buf, cap);
    return scaled(v, "MiB", buf, cap);
}

const char *lf_print_seconds(double s, char *buf, size_t cap) {
    const unsigned long whole = (unsigned long)(s + 0.5);
    if (s < 0.0095)
        snprintf(buf, cap, "%.1f ms", s * 1e3);
    else if (s < 0.0995)
        snprintf(buf, cap, "%.0f ms", s * 1e3);
    else if (s < 9.95)
        snprintf(buf, cap, "%.2f s", s);
    else if (whole < 60)
        snprintf(buf, cap, "%.1f s", s);
    else if (whole < 3600)
        snprintf(buf, cap, "%lu min %lu s", whole / 60, whole % 60);
    else
        snprintf(buf, cap, "%lu h %lu min", whole / 3600, whole / 60 % 60);
    return buf;
}
