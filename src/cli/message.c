/* Errors and warnings on standard error. One form for all:
 *
 *   logflow: error LF103: data.csv, row 17, line 18, column 3 'price', byte 1204: what happened
 *     | 12,foo,bar,x,y
 *     |            ^~~
 *     in row group 2
 *   hint: what to do next
 */
#include "cli/cli.h"
#include "cli/terminal.h"
#include <limits.h>
#include <stdarg.h>
#include <string.h>

const char *lf_cli_running = ""; /* the command, for hints */

typedef struct paint {
    const char *error, *warn, *hint, *dim, *off;
} paint;

static paint paint_of(FILE *f) {
    if (!lf_terminal_of(f).color) return (paint){"", "", "", "", ""};
    return (paint){"\033[1;31m", "\033[1;33m", "\033[36m", "\033[2m", "\033[0m"};
}

/* A line behind its label; on a terminal in as many lines as its width asks for, elsewhere in one,
 * which programs can search. */
static void put_line(const char *color, const char *label, const paint *p, const char *text) {
    const lf_terminal t = lf_terminal_of(stderr);
    const unsigned width = t.is_tty && t.width >= 40 ? t.width : UINT_MAX;
    fprintf(stderr, "%s%s%s ", color, label, p->off);
    lf_terminal_wrap(stderr, text, (unsigned)strlen(label) + 1, 4, width);
}

typedef struct place_text {
    char text[1024]; /* more than all of lf_error together */
    size_t n;
} place_text;

LF_PRINTF(2, 3) static void add(place_text *t, const char *fmt, ...) {
    va_list ap;
    va_start(ap, fmt);
    const int n = vsnprintf(t->text + t->n, sizeof t->text - t->n, fmt, ap);
    va_end(ap);
    if (n > 0) t->n += (size_t)n < sizeof t->text - t->n ? (size_t)n : sizeof t->text - t->n - 1;
}

/* "data.csv, row 17, line 18: " ; nothing where nothing is known. */
static void add_place(place_text *t, const lf_error *e) {
    const char *sep = "";
    if (strcmp(e->file, "-") == 0)
        add(t, "standard input"), sep = ", ";
    else if (e->file[0])
        add(t, "%s", e->file), sep = ", ";
    if (e->has_position) {
        if (e->row != LF_NO_POSITION)
            add(t, "%srow %llu", sep, (unsigned long long)e->row), sep = ", ";
        if (e->line != LF_NO_POSITION)
            add(t, "%sline %llu", sep, (unsigned long long)e->line), sep = ", ";
        if (e->column) add(t, "%scolumn %u", sep, e->column), sep = ", ";
        if (e->column && e->column_name[0]) add(t, " '%s'", e->column_name);
        if (e->byte_offset != LF_NO_POSITION)
            add(t, "%sbyte %llu", sep, (unsigned long long)e->byte_offset), sep = ", ";
    }
    if (*sep) add(t, ": ");
}

static bool inside_char(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Bytes of s up to `width` columns. */
static size_t fitting(const char *s, size_t n, size_t width) {
    size_t i = 0, w = 0;
    while (i < n) {
        unsigned one;
        const size_t k = lf_text_char(s + i, n - i, &one);
        if (w + one > width) break;
        w += one;
        i += k;
    }
    return i;
}

/* What of s fits into `width` columns, a third of it before the mark, into out; the mark
 * [*mark, *mark + *len) moves with it. */
static void cut_excerpt(const char *s, size_t width, size_t *mark, size_t *len, char *out,
                        size_t cap) {
    const size_t n = strlen(s);
    size_t from = 0, to = n;
    if (lf_text_width(s, n) > width) {
        while (from < *mark && lf_text_width(s + from, *mark - from) > width / 3)
            do
                from++;
            while (inside_char(s[from]));
    }
    const size_t dots = from > 0 ? 3 : 0;
    if (lf_text_width(s + from, n - from) + dots > width)
        to = from + fitting(s + from, n - from, width - dots - 3);
    snprintf(out, cap, "%s%.*s%s", dots ? "..." : "", (int)(to - from), s + from,
             to < n ? "..." : "");
    *mark = *mark - from + dots;
    const size_t end = strlen(out);
    if (*mark > end) *mark = end;
    if (*len > end - *mark) *len = end - *mark;
}

static void print_excerpt(const lf_error *e, const paint *p) {
    if (e->excerpt[0] == '\0') return;
    const size_t n = strlen(e->excerpt);
    size_t mark = e->excerpt_mark < n ? e->excerpt_mark : n, len = e->excerpt_mark_len;
    if (len > n - mark) len = n - mark;
    char text[sizeof e->excerpt + 8];
    const unsigned width = lf_terminal_of(stderr).width;
    cut_excerpt(e->excerpt, width > 24 ? width - 4 : 20, &mark, &len, text, sizeof text);
    fprintf(stderr, "  %s|%s %s\n", p->dim, p->off, text);
    const size_t before = lf_text_width(text, mark);
    size_t marks = lf_text_width(text + mark, len);
    fprintf(stderr, "  %s|%s %*s%s^", p->dim, p->off, (int)before, "", p->error);
    for (; marks > 1; marks--)
        fputc('~', stderr);
    fprintf(stderr, "%s\n", p->off);
}

/* The message may begin with the file, as messages from the system do; say it once. */
static const char *without_file(const lf_error *e) {
    const size_t n = strlen(e->file);
    if (n && strncmp(e->message, e->file, n) == 0 && strncmp(e->message + n, ": ", 2) == 0)
        return e->message + n + 2;
    return e->message;
}

/* `command`: its page of help says more; NULL: `text` does. */
static void print_hint(const paint *p, const char *command, const char *text) {
    char own[120];
    snprintf(own, sizeof own, "see `logflow %.60s --help`", command != NULL ? command : "");
    put_line(p->hint, "hint:", p, command != NULL ? own : text);
}

void lf_cli_error(const lf_error *e) {
    const paint p = paint_of(stderr);
    char label[40];
    place_text t = {.n = 0};
    snprintf(label, sizeof label, "logflow: error LF%03d:", (int)e->rc);
    add_place(&t, e);
    add(&t, "%s", e->message[0] ? without_file(e) : lf_rc_text(e->rc));
    put_line(p.error, label, &p, t.text);
    print_excerpt(e, &p);
    for (uint32_t i = 0; i < e->n_frames && i < LF_ERROR_FRAMES; i++) {
        fprintf(stderr, "  %sin ", p.dim);
        lf_put_text(stderr, e->frames[i], strlen(e->frames[i]));
        fprintf(stderr, "%s\n", p.off);
    }
    print_hint(&p, e->rc == LF_EUSAGE && lf_cli_running[0] ? lf_cli_running : NULL,
               lf_rc_hint(e->rc));
}

int lf_cli_config_error(const char *source, const char *message) {
    lf_error e = {.rc = LF_ECONFIG};
    snprintf(e.message, sizeof e.message, "%.120s: %.120s", source, message);
    lf_cli_error(&e);
    return LF_CLI_EXIT_USAGE;
}

int lf_cli_usage_error(const char *command, const char *fmt, ...) {
    const paint p = paint_of(stderr);
    char label[40], text[1200];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    snprintf(label, sizeof label, "logflow: error LF%03d:", (int)LF_EUSAGE);
    put_line(p.error, label, &p, text);
    print_hint(&p, command, "see `logflow help`");
    return LF_CLI_EXIT_USAGE;
}

void lf_cli_warning(const char *fmt, ...) {
    const paint p = paint_of(stderr);
    char text[2400];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    put_line(p.warn, "logflow: warning:", &p, text);
}
