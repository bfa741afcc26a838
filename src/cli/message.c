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

/* "data.csv, row 17, line 18: " ; nothing where nothing is known. */
static void print_place(const lf_error *e) {
    const char *sep = "";
    if (strcmp(e->file, "-") == 0)
        fputs("standard input", stderr), sep = ", ";
    else if (e->file[0])
        fprintf(stderr, "%s", e->file), sep = ", ";
    if (e->has_position) {
        if (e->row != LF_NO_POSITION)
            fprintf(stderr, "%srow %llu", sep, (unsigned long long)e->row), sep = ", ";
        if (e->line != LF_NO_POSITION)
            fprintf(stderr, "%sline %llu", sep, (unsigned long long)e->line), sep = ", ";
        if (e->column) fprintf(stderr, "%scolumn %u", sep, e->column), sep = ", ";
        if (e->column && e->column_name[0]) fprintf(stderr, " '%s'", e->column_name);
        if (e->byte_offset != LF_NO_POSITION)
            fprintf(stderr, "%sbyte %llu", sep, (unsigned long long)e->byte_offset), sep = ", ";
    }
    if (*sep) fputs(": ", stderr);
}

static bool inside_char(char c) {
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* What of s fits into `width` columns, a third of it before the mark, into out; the mark
 * [*mark, *mark + *len) moves with it. */
static void cut_excerpt(const char *s, size_t width, size_t *mark, size_t *len, char *out,
                        size_t cap) {
    const size_t n = strlen(s);
    size_t from = 0, to = n;
    if (lf_text_width(s, n) > width && lf_text_width(s, *mark) > width / 3) {
        from = *mark;
        for (size_t k = 0; from > 0 && k < width / 3; k++)
            do
                from--;
            while (from > 0 && inside_char(s[from]));
    }
    const size_t dots = from > 0 ? 3 : 0;
    if (lf_text_width(s + from, n - from) + dots > width) {
        to = from;
        for (size_t k = dots + 3; k < width; k++)
            do
                to++;
            while (to < n && inside_char(s[to]));
    }
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

void lf_cli_error(const lf_error *e) {
    const paint p = paint_of(stderr);
    fprintf(stderr, "%slogflow: error LF%03d:%s ", p.error, (int)e->rc, p.off);
    print_place(e);
    fprintf(stderr, "%s\n", e->message[0] ? without_file(e) : lf_rc_text(e->rc));
    print_excerpt(e, &p);
    for (uint32_t i = 0; i < e->n_frames && i < LF_ERROR_FRAMES; i++)
        fprintf(stderr, "  %sin %s%s\n", p.dim, e->frames[i], p.off);
    if (e->rc == LF_EUSAGE && lf_cli_running[0])
        fprintf(stderr, "%shint:%s see `logflow %s --help`\n", p.hint, p.off, lf_cli_running);
    else
        fprintf(stderr, "%shint:%s %s\n", p.hint, p.off, lf_rc_hint(e->rc));
}

int lf_cli_config_error(const char *source, const char *message) {
    lf_error e = {.rc = LF_ECONFIG};
    snprintf(e.message, sizeof e.message, "%.120s: %.120s", source, message);
    lf_cli_error(&e);
    return LF_CLI_EXIT_USAGE;
}

int lf_cli_usage_error(const char *command, const char *fmt, ...) {
    const paint p = paint_of(stderr);
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%slogflow: error LF%03d:%s ", p.error, (int)LF_EUSAGE, p.off);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    if (command)
        fprintf(stderr, "\n%shint:%s see `logflow %s --help`\n", p.hint, p.off, command);
    else
        fprintf(stderr, "\n%shint:%s see `logflow help`\n", p.hint, p.off);
    return LF_CLI_EXIT_USAGE;
}

void lf_cli_warning(const char *fmt, ...) {
    const paint p = paint_of(stderr);
    va_list ap;
    va_start(ap, fmt);
    fprintf(stderr, "%slogflow: warning:%s ", p.warn, p.off);
    vfprintf(stderr, fmt, ap);
    va_end(ap);
    fputc('\n', stderr);
}
