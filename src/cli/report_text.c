#include "cli/report_text.h"
#include "cli/cli.h"
#include <string.h>

#define RATE_FROM_S 0.02 /* below, a rate says more about the clock than about the work */

typedef struct style {
    const char *bold, *dim, *good, *warn, *off, *arrow, *times, *tick;
} style;

static style style_of(FILE *f) {
    const lf_terminal t = lf_terminal_of(f);
    style s = {"", "", "", "", "", "->", "x", "ok"};
    if (t.color) {
        s.bold = "\033[1m", s.dim = "\033[2m", s.good = "\033[32m", s.warn = "\033[33m";
        s.off = "\033[0m";
    }
    if (t.unicode) s.arrow = "→", s.times = "×", s.tick = "✓";
    return s;
}

static void put_path(FILE *f, const char *before, const char *path, const char *stream,
                     const char *after) {
    const char *shown = path == NULL || strcmp(path, "-") == 0 ? stream : path;
    fputs(before, f);
    lf_put_text(f, shown, strlen(shown));
    fputs(after, f);
}

static void label(FILE *f, const style *s, const char *name) {
    fprintf(f, "  %s%-9s%s", s->dim, name, s->off);
}

/* " (lines 3, 7 to 9 ...)": where they are, as far as is known. */
static void print_places(FILE *f, const lf_report *r, const char *what) {
    uint32_t n = 0;
    uint64_t lines = 0;
    if (what == NULL || r->n_inputs > 1) return;
    for (uint32_t i = 0; i < r->n_skipped; i++)
        if (strcmp(r->skipped[i].what, what) == 0)
            lines += r->skipped[i].last_line - r->skipped[i].first_line + 1;
    for (uint32_t i = 0; i < r->n_skipped; i++) {
        const lf_skipped *s = &r->skipped[i];
        if (strcmp(s->what, what) != 0) continue;
        fprintf(f, "%s%llu",
                n++ > 0      ? ", "
                : lines == 1 ? " (line "
                             : " (lines ",
                (unsigned long long)s->first_line);
        if (s->last_line > s->first_line) fprintf(f, " to %llu", (unsigned long long)s->last_line);
    }
    if (n > 0) fprintf(f, "%s)", r->n_skipped_more > 0 ? " ..." : "");
}

static void print_tables(FILE *f, const style *s, const lf_report *r) {
    for (uint32_t i = 0; i < r->n_tables && i < LF_TABLES_SHOWN_MAX && r->n_tables > 1; i++) {
        const lf_table_place *t = &r->tables[i];
        char to[32] = "the end";
        if (t->last_line > 0)
            (void)snprintf(to, sizeof to, "%llu", (unsigned long long)t->last_line);
        label(f, s, i == 0 ? "tables" : "");
        fprintf(f, "%u: lines %llu to %s, %s\n", i + 1, (unsigned long long)t->first_line, to,
                t->converted ? "converted" : "left out");
    }
    if (r->n_tables > LF_TABLES_SHOWN_MAX) {
        label(f, s, "");
        fprintf(f, "and %u more\n", r->n_tables - LF_TABLES_SHOWN_MAX);
    }
}

/* 6,001,215 in = 6,001,213 out + 2 rejected */
static void print_rows(FILE *f, const style *s, const lf_report *r) {
    char a[32], b[32], c[32];
    label(f, s, "rows");
    fprintf(f, "%s in = %s%s out%s", lf_print_count(r->rows_in, a, sizeof a), s->bold,
            lf_print_count(r->rows_out, b, sizeof b), s->off);
    fprintf(f, " + %s%s rejected%s", r->rows_rejected ? s->warn : "",
            lf_print_count(r->rows_rejected, a, sizeof a), r->rows_rejected ? s->off : "");
    fprintf(f, " + %s filtered\n", lf_print_count(r->rows_filtered, c, sizeof c));
    const struct {
        uint64_t n;
        const char *one, *rest, *what;
    } apart[] = {{r->rows_padded, "short row", "padded with nulls", NULL},
                 {r->lines_blank, "blank line", "skipped", "blank"},
                 {r->lines_comment, "comment line", "skipped", "comment"},
                 {r->lines_preamble, "line", "before the table", "preamble"},
                 {r->lines_footer, "line", "after the table", "footer"}};
    for (size_t i = 0; i < sizeof apart / sizeof *apart; i++) {
        if (apart[i].n == 0) continue;
        label(f, s, "");
        fprintf(f, "%s %s%s %s", lf_print_count(apart[i].n, a, sizeof a), apart[i].one,
                apart[i].n == 1 ? "" : "s", apart[i].rest);
        print_places(f, r, apart[i].what);
        fputc('\n', f);
    }
}

static void print_columns(FILE *f, const style *s, const lf_report *r) {
    char a[32], b[32];
    label(f, s, "columns");
    fprintf(f, "%s in %s row group%s", lf_print_count(r->columns, a, sizeof a),
            lf_print_count(r->row_groups, b, sizeof b), r->row_groups == 1 ? "" : "s");
    if (r->late_changes)
        fprintf(f, ", %s%u widened on the way%s", s->warn, r->late_changes, s->off);
    fputc('\n', f);
}

static void print_size(FILE *f, const style *s, const lf_report *r) {
    char a[32], b[32];
    label(f, s, "size");
    if (r->bytes_in != r->bytes_text && r->bytes_in)
        fprintf(f, "%s stored, ", lf_print_bytes(r->bytes_in, a, sizeof a));
    const bool text = r->format_in == NULL || strcmp(r->format_in, "parquet") != 0;
    fprintf(f, "%s%s %s %s%s%s", lf_print_bytes(r->bytes_text, a, sizeof a), text ? " of text" : "",
            s->arrow, s->bold, lf_print_bytes(r->bytes_out, b, sizeof b), s->off);
    if (r->bytes_out && r->bytes_text > r->bytes_out)
        fprintf(f, ", %.1f%s smaller", (double)r->bytes_text / (double)r->bytes_out, s->times);
    fputc('\n', f);
}

static void print_cost(FILE *f, const style *s, const lf_report *r) {
    char a[32], b[32];
    label(f, s, "time");
    fprintf(f, "%s%s%s", s->bold, lf_print_seconds(r->elapsed_s, a, sizeof a), s->off);
    if (r->elapsed_s >= RATE_FROM_S)
        fprintf(f, ", %s/s",
                lf_print_bytes((uint64_t)((double)r->bytes_text / r->elapsed_s), a, sizeof a));
    fprintf(f, ", %s of processor time on %u thread%s", lf_print_seconds(r->cpu_s, b, sizeof b),
            r->threads_used, r->threads_used == 1 ? "" : "s");
    if (r->threads_used < r->threads_requested) fprintf(f, " of %u", r->threads_requested);
    fputc('\n', f);
    label(f, s, "memory");
    fprintf(f, "%s at the peak", lf_print_mib(r->peak_rss_bytes, a, sizeof a));
    if (r->memory_limit_bytes)
        fprintf(f, ", limit %s", lf_print_mib(r->memory_limit_bytes, b, sizeof b));
    fputc('\n', f);
}

void lf_cli_report_warnings(FILE *f, const lf_report *r) {
    (void)f;
    for (size_t i = 0; i < r->n_warnings; i++)
        lf_cli_warning("%s", r->warnings[i]);
}

void lf_cli_report_full(FILE *f, const lf_report *r) {
    const style s = style_of(f);
    put_path(f, s.bold, r->input, "standard input", s.off);
    if (r->n_inputs > 1) fprintf(f, " and %zu more", r->n_inputs - 1);
    fprintf(f, " %s ", s.arrow);
    put_path(f, s.bold, r->output, "standard output", s.off);
    if (r->n_outputs > 1) fprintf(f, " and %zu more", r->n_outputs - 1);
    fputc('\n', f);
    print_rows(f, &s, r);
    print_tables(f, &s, r);
    print_columns(f, &s, r);
    print_size(f, &s, r);
    if (r->encoding && strcmp(r->encoding, "utf-8") != 0) {
        label(f, &s, "encoding");
        fprintf(f, "%s\n", r->encoding);
    }
    print_cost(f, &s, r);
    if (r->rejects) {
        label(f, &s, "rejects");
        put_path(f, "", r->rejects, "", "\n");
    }
}

void lf_cli_report_line(FILE *f, const lf_report *r) {
    const style s = style_of(f);
    char a[32], b[32], c[32], d[32];
    fprintf(f, "%s%s%s ", s.good, s.tick, s.off);
    put_path(f, "", r->input, "standard input", " ");
    fprintf(f, "%s ", s.arrow);
    put_path(f, "", r->output, "standard output", "  ");
    fprintf(f, "%s row%s, %s %s %s, %s", lf_print_count(r->rows_out, a, sizeof a),
            r->rows_out == 1 ? "" : "s", lf_print_bytes(r->bytes_text, b, sizeof b), s.arrow,
            lf_print_bytes(r->bytes_out, c, sizeof c), lf_print_seconds(r->elapsed_s, d, sizeof d));
    if (r->rows_rejected)
        fprintf(f, ", %s%s rejected%s", s.warn, lf_print_count(r->rows_rejected, a, sizeof a),
                s.off);
    fputc('\n', f);
}
