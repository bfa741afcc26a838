/* Errors and warnings on standard error. One form for all:
 *
 *   logflow: error LF103: data.csv, row 17, line 18, column 3 'price', byte 1204: what happened
 *     | 12,foo,bar,x,y
 *     |            ^^^
 *     in row group 2
 *   hint: what to do next
 */
#include "cli/cli.h"
#include "cli/terminal.h"
#include <stdarg.h>
#include <string.h>

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

static void print_excerpt(const lf_error *e, const paint *p) {
    if (e->excerpt[0] == '\0') return;
    const size_t n = strlen(e->excerpt);
    const size_t mark = e->excerpt_mark < n ? e->excerpt_mark : n;
    size_t len = e->excerpt_mark_len;
    if (len > n - mark) len = n - mark;
    fprintf(stderr, "  %s|%s %s\n", p->dim, p->off, e->excerpt);
    const size_t before = lf_text_width(e->excerpt, mark);
    size_t marks = lf_text_width(e->excerpt + mark, len);
    fprintf(stderr, "  %s|%s %*s%s", p->dim, p->off, (int)before, "", p->error);
    do
        fputc('^', stderr);
    while (marks-- > 1);
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
    fprintf(stderr, "%shint:%s %s\n", p.hint, p.off, lf_rc_hint(e->rc));
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
