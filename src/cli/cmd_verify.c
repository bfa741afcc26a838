/* `logflow verify IN OUT`: the comparison of lf_verify for people, or as JSON. */
#include "cli/cli.h"
#include "cli/terminal.h"
#include <string.h>

typedef struct style {
    const char *bold, *dim, *good, *bad, *off;
    unsigned width;
} style;

static void label(const style *s, const char *name) {
    printf("  %s%-11s%s", s->dim, name, s->off);
}

/* Text in quotes within `room` columns of the terminal; control characters are escaped. */
static void print_text(const char *t, size_t room) {
    char out[1100];
    size_t n = 0, columns = 2;
    if (t == NULL) {
        fputs("null", stdout);
        return;
    }
    out[n++] = '"';
    for (const unsigned char *p = (const unsigned char *)t; *p && n < sizeof out - 16; p++) {
        const bool starts = (*p & 0xc0) != 0x80;
        if (starts && columns + 3 >= room && p[1]) {
            memcpy(out + n, "...", 3);
            n += 3;
            break;
        }
        columns += starts ? *p < 32 ? 2 : 1 : 0;
        if (*p == '\n' || *p == '\r' || *p == '\t') {
            out[n++] = '\\';
            out[n++] = *p == '\n' ? 'n' : *p == '\r' ? 'r' : 't';
        } else {
            const bool steers = *p < 32 || *p == 127 || (*p == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
            out[n++] = steers ? '?' : (char)*p;
            p += steers && *p == 0xc2;
        }
    }
    out[n++] = '"';
    fwrite(out, 1, n, stdout);
}

static void print_place(const lf_verify_difference *d) {
    const char *sep = "";
    if (d->row) printf("row %llu", (unsigned long long)d->row), sep = ", ";
    if (d->line) printf("%sline %llu", sep, (unsigned long long)d->line), sep = ", ";
    if (d->byte_offset != LF_NO_POSITION)
        printf("%sbyte %llu", sep, (unsigned long long)d->byte_offset), sep = ", ";
    if (d->row_out && d->row_out != d->row)
        printf("%srow %llu of OUT", sep, (unsigned long long)d->row_out);
}

static void print_side(const style *s, const char *name, const char *text) {
    printf("    %s%-4s%s", s->dim, name, s->off);
    print_text(text, s->width - 8);
    putchar('\n');
}

static void print_difference(const style *s, const lf_verify_difference *d) {
    fputs("  ", stdout);
    print_place(d);
    switch (d->kind) {
    case LF_VERIFY_CELL:
        fputs("\n    column ", stdout);
        print_text(d->column, s->width - 11);
        putchar('\n');
        print_side(s, "in", d->in);
        print_side(s, "out", d->out);
        return;
    case LF_VERIFY_ROW_MISSING:
        puts(": the row is not in OUT");
        print_side(s, "in", d->in);
        return;
    case LF_VERIFY_ROW_EXTRA:
        puts(": the row is not in IN");
        print_side(s, "out", d->out);
        return;
    case LF_VERIFY_ROW_WIDTH:
        printf(": %s, more than the table has\n", d->in);
        return;
    case LF_VERIFY_LEDGER:
        puts(": IN does not hold the bad row that\n    the side file has here");
        return;
    case LF_VERIFY_COLUMN:
        fputs(d->row ? "\n    column " : "column ", stdout);
        print_text(d->column, s->width - 34);
        puts(d->out == NULL  ? " is not in OUT"
             : d->in == NULL ? " is not in IN"
                             : " has another name");
        if (d->in != NULL && d->out != NULL) print_side(s, "out", d->out);
        return;
    }
}

static void print_rows(const style *s, const lf_verify_report *r) {
    char a[32], b[32];
    const struct {
        uint64_t n;
        const char *one, *many;
    } apart[] = {
        {r->rows_missing, "row is missing in OUT", "rows are missing in OUT"},
        {r->rows_extra, "row of OUT is not in IN", "rows of OUT are not in IN"},
        {r->rows_different, "row differs", "rows differ"},
        {r->rows_rejected, "bad row is in the side file, not in OUT",
         "bad rows are in the side file, not in OUT"},
        {r->rows_filtered, "row was left out by the conversion",
         "rows were left out by the conversion"},
        {r->rows_padded, "short row, nulls for the rest", "short rows, nulls for the rest"},
        {r->lines_blank, "blank line", "blank lines"}};
    label(s, "rows");
    printf("%s in, %s out\n", lf_print_count(r->rows_in, a, sizeof a),
           lf_print_count(r->rows_out, b, sizeof b));
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        if (apart[i].n == 0) continue;
        label(s, "");
        printf("%s%s %s%s\n", i < 3 ? s->bad : "", lf_print_count(apart[i].n, a, sizeof a),
               apart[i].n == 1 ? apart[i].one : apart[i].many, i < 3 ? s->off : "");
    }
    label(s, "cells");
    printf("%s compared", lf_print_count(r->cells, a, sizeof a));
    if (r->cells_different)
        printf(", %s%s differ%s%s", s->bad, lf_print_count(r->cells_different, b, sizeof b),
               r->cells_different == 1 ? "s" : "", s->off);
    printf(" (%u column%s)\n", r->columns, r->columns == 1 ? "" : "s");
}

static void print_checksum(const style *s, const char *name, uint64_t in, uint64_t out) {
    label(s, name);
    printf("%016llx", (unsigned long long)in);
    if (in != out) printf(" in, %s%016llx out%s", s->bad, (unsigned long long)out, s->off);
    putchar('\n');
}

static void print_report(const lf_cli_args *a, const lf_verify_report *r) {
    const lf_terminal t = lf_terminal_of(stdout);
    style s = {"", "", "", "", "", t.width < 40 ? 40 : t.width};
    char took[32];
    if (t.color) s = (style){"\033[1m", "\033[2m", "\033[32m", "\033[31m", "\033[0m", s.width};
    printf("%s%s%s\n", r->equal ? s.good : s.bad, r->equal ? "equal" : "different", s.off);
    label(&s, "in");
    print_text(a->inputs[0], s.width - 13);
    putchar('\n');
    label(&s, "out");
    print_text(a->inputs[1], s.width - 13);
    putchar('\n');
    print_rows(&s, r);
    print_checksum(&s, "in order", r->checksum_in, r->checksum_out);
    print_checksum(&s, "any order", r->checksum_any_order_in, r->checksum_any_order_out);
    label(&s, "time");
    printf("%s\n", lf_print_seconds(r->elapsed_s, took, sizeof took));
    for (size_t i = 0; i < r->n_notes; i++) {
        label(&s, i ? "" : "notes");
        lf_terminal_wrap(stdout, r->notes[i], 13, 13, s.width);
    }
    if (r->n_differences == 0) return;
    printf("%sdifferences%s", s.bold, s.off);
    if (r->n_differences > r->kept_differences)
        printf(" (the first %zu of %s)", r->kept_differences,
               lf_print_count(r->n_differences, took, sizeof took));
    putchar('\n');
    for (size_t i = 0; i < r->kept_differences; i++)
        print_difference(&s, &r->differences[i]);
}

int lf_cli_verify(const lf_cli_args *a) {
    lf_plugins *plugins;
    if (a->n_inputs != 2)
        return lf_cli_usage_error("verify", "two files are compared: IN and OUT, not %zu",
                                  a->n_inputs);
    int status = lf_cli_load_plugins(a, &plugins);
    if (status) return status;
    const lf_verify_opts opts = {.struct_size = sizeof opts,
                                 .options = a->options,
                                 .n_options = a->n_options,
                                 .differences = a->differences,
                                 .null_is_empty = a->null_is_empty,
                                 .plugins = plugins};
    lf_error err = {0};
    lf_verify_report r = {0};
    const lf_rc rc = lf_verify(a->inputs[0], a->inputs[1], &opts, &r, &err);
    lf_plugins_free(plugins);
    if (rc != LF_OK) return lf_cli_error(&err), lf_rc_exit_status(rc);
    if (a->json)
        fputs(r.json, stdout);
    else if (!a->quiet)
        print_report(a, &r);
    status = r.equal ? 0 : 1;
    lf_verify_report_reset(&r);
    return status;
}
