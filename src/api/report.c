#include "api/report.h"
#include "core/alloc.h"
#include "core/buf.h"
#include <string.h>

#define REPORT_JSON_MAX (64u * 1024 * 1024)

lf_rc lf_report_set(char **slot, const char *s, lf_error *err) {
    const lf_alloc *a = lf_alloc_default();
    char *copy = NULL;
    if (s != NULL && (copy = lf_mem_strdup(a, s)) == NULL) return lf_fail_nomem(err, strlen(s));
    if (*slot) lf_mem_strfree(a, *slot);
    *slot = copy;
    return LF_OK;
}

static lf_rc add_text(char ***list, size_t *n_list, const char *text, lf_error *err) {
    const lf_alloc *a = lf_alloc_default();
    const size_t n = *n_list;
    char **grown = lf_mem_realloc(a, *list, n * sizeof *grown, (n + 1) * sizeof *grown);
    if (grown == NULL) return lf_fail_nomem(err, (n + 1) * sizeof *grown);
    *list = grown;
    grown[n] = lf_mem_strdup(a, text);
    if (grown[n] == NULL) return lf_fail_nomem(err, strlen(text));
    ++*n_list;
    return LF_OK;
}

lf_rc lf_report_warn(lf_report *rep, const char *text, lf_error *err) {
    return add_text(&rep->warnings, &rep->n_warnings, text, err);
}

lf_rc lf_report_add_output(lf_report *rep, const char *path, lf_error *err) {
    return add_text(&rep->outputs, &rep->n_outputs, path, err);
}

void lf_report_reset(lf_report *rep) {
    if (rep == NULL) return;
    const lf_alloc *a = lf_alloc_default();
    char *texts[] = {rep->input,      rep->output, rep->rejects, rep->format_in,
                     rep->format_out, rep->json,   rep->explain, rep->encoding};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (texts[i]) lf_mem_strfree(a, texts[i]);
    for (size_t i = 0; i < rep->n_warnings; i++)
        lf_mem_strfree(a, rep->warnings[i]);
    lf_mem_free(a, rep->warnings, rep->n_warnings * sizeof *rep->warnings);
    for (size_t i = 0; i < rep->n_outputs; i++)
        lf_mem_strfree(a, rep->outputs[i]);
    lf_mem_free(a, rep->outputs, rep->n_outputs * sizeof *rep->outputs);
    for (size_t i = 0; i < rep->n_files; i++)
        lf_mem_strfree(a, rep->files[i].path);
    lf_mem_free(a, rep->files, rep->n_files * sizeof *rep->files);
    *rep = (lf_report){0};
}

lf_rc lf_report_adopt(lf_report *rep, const lf_alloc *from, lf_error *err) {
    if (from == lf_alloc_default()) return LF_OK;
    lf_rc rc = LF_OK;
    char **warnings = rep->warnings, *explain = rep->explain;
    const size_t n = rep->n_warnings;
    rep->warnings = NULL, rep->n_warnings = 0, rep->explain = NULL;
    for (size_t i = 0; i < n; i++) {
        if (rc == LF_OK) rc = lf_report_warn(rep, warnings[i], err);
        lf_mem_strfree(from, warnings[i]);
    }
    lf_mem_free(from, warnings, n * sizeof *warnings);
    if (explain == NULL) return rc;
    if (rc == LF_OK) rc = lf_report_set(&rep->explain, explain, err);
    lf_mem_strfree(from, explain);
    return rc;
}

static void move_text(char **to, char **from) {
    if (*to != NULL || *from == NULL) return;
    *to = *from;
    *from = NULL;
}

static lf_rc append_explain(lf_report *sum, const lf_report *one, lf_error *err) {
    if (one->explain == NULL) return LF_OK;
    lf_buf b;
    lf_buf_init(&b, lf_alloc_default(), REPORT_JSON_MAX);
    lf_rc rc = lf_buf_printf(&b, err, "%s%s", sum->explain ? sum->explain : "", one->explain);
    if (rc == LF_OK) rc = lf_buf_append(&b, "", 1, err);
    if (rc == LF_OK) rc = lf_report_set(&sum->explain, (const char *)b.data, err);
    lf_buf_reset(&b);
    return rc;
}

/* Inputs count on over all runs; `sum` does not count those of `one` yet. */
static void add_places(lf_report *sum, const lf_report *one) {
    sum->n_skipped_more += one->n_skipped_more;
    for (uint32_t i = 0; i < one->n_skipped; i++) {
        if (sum->n_skipped == LF_SKIPPED_MAX) {
            sum->n_skipped_more++;
            continue;
        }
        lf_skipped *s = &sum->skipped[sum->n_skipped++];
        *s = one->skipped[i];
        if (one->n_inputs > 0) s->input += (uint32_t)sum->n_inputs;
    }
    if (sum->n_inputs > 0) return;
    sum->n_tables = one->n_tables;
    memcpy(sum->tables, one->tables, sizeof sum->tables);
}

lf_rc lf_report_add(lf_report *sum, lf_report *one, lf_error *err) {
    lf_rc rc = LF_OK;
    sum->rows_in += one->rows_in, sum->rows_out += one->rows_out;
    sum->rows_rejected += one->rows_rejected, sum->rows_filtered += one->rows_filtered;
    sum->rows_padded += one->rows_padded;
    sum->lines_blank += one->lines_blank, sum->lines_comment += one->lines_comment;
    sum->lines_preamble += one->lines_preamble, sum->lines_footer += one->lines_footer;
    sum->bytes_in += one->bytes_in, sum->bytes_text += one->bytes_text;
    sum->bytes_out += one->bytes_out, sum->row_groups += one->row_groups;
    sum->late_changes += one->late_changes;
    add_places(sum, one);
    sum->n_inputs += one->n_inputs;
    sum->columns = one->columns;
    sum->threads_requested = one->threads_requested;
    if (one->threads_used > sum->threads_used) sum->threads_used = one->threads_used;
    if (one->peak_rss_bytes > sum->peak_rss_bytes) sum->peak_rss_bytes = one->peak_rss_bytes;
    if (one->memory_limit_bytes > sum->memory_limit_bytes)
        sum->memory_limit_bytes = one->memory_limit_bytes;
    sum->elapsed_s += one->elapsed_s, sum->cpu_s += one->cpu_s;
    for (size_t i = 0; i < one->n_warnings && rc == LF_OK; i++)
        rc = lf_report_warn(sum, one->warnings[i], err);
    if (rc == LF_OK) rc = append_explain(sum, one, err);
    if (sum->files == NULL) {
        sum->files = one->files, sum->n_files = one->n_files;
        one->files = NULL, one->n_files = 0;
    }
    move_text(&sum->input, &one->input);
    move_text(&sum->output, &one->output);
    move_text(&sum->rejects, &one->rejects);
    move_text(&sum->format_in, &one->format_in);
    move_text(&sum->format_out, &one->format_out);
    move_text(&sum->encoding, &one->encoding);
    lf_report_reset(one);
    return rc;
}

lf_rc lf_report_files(lf_report *rep, const char *const *paths, size_t n, lf_flow_counts *counts,
                      lf_error *err) {
    const lf_alloc *a = lf_alloc_default();
    rep->files = lf_mem_zalloc(a, n * sizeof *rep->files);
    if (rep->files == NULL) return lf_fail_nomem(err, n * sizeof *rep->files);
    rep->n_files = n;
    for (size_t i = 0; i < n; i++) {
        lf_report_file *f = &rep->files[i];
        f->rows_in = counts[i].rows_in;
        f->rows_out = counts[i].rows_out;
        f->rows_rejected = counts[i].rows_rejected;
        LF_TRY(lf_report_set(&f->path, paths[i], err));
    }
    return LF_OK;
}

/* A JSON object under construction: the first failure sticks, so that calls need no checks. */
typedef struct json_out {
    lf_buf b;
    lf_rc rc;
    lf_error *err;
    bool comma;
} json_out;

static void put(json_out *j, const char *s) {
    if (j->rc == LF_OK) j->rc = lf_buf_append(&j->b, s, strlen(s), j->err);
}

static void put_text(json_out *j, const char *s) {
    if (s == NULL)
        put(j, "null");
    else if (j->rc == LF_OK)
        j->rc = lf_buf_append_json(&j->b, s, strlen(s), j->err);
}

static void key(json_out *j, const char *name) {
    if (j->comma) put(j, ",");
    j->comma = true;
    put_text(j, name);
    put(j, ":");
}

static void open_object(json_out *j, const char *name) {
    key(j, name);
    put(j, "{");
    j->comma = false;
}

static void close_object(json_out *j) {
    put(j, "}");
    j->comma = true;
}

static void text(json_out *j, const char *name, const char *value) {
    key(j, name);
    put_text(j, value);
}

static void count(json_out *j, const char *name, uint64_t v) {
    key(j, name);
    if (j->rc == LF_OK) j->rc = lf_buf_printf(&j->b, j->err, "%llu", (unsigned long long)v);
}

static void number(json_out *j, const char *name, double v) {
    key(j, name);
    if (j->rc == LF_OK) j->rc = lf_buf_printf(&j->b, j->err, "%.3f", v);
}

static void place(json_out *j, const char *name, uint64_t v, bool known) {
    if (known && v != LF_NO_POSITION) {
        count(j, name, v);
    } else {
        key(j, name);
        put(j, "null");
    }
}

static void put_error(json_out *j, const lf_error *e) {
    key(j, "error");
    if (e == NULL || e->rc == LF_OK) {
        put(j, "null");
        return;
    }
    put(j, "{");
    j->comma = false;
    count(j, "code", (uint64_t)e->rc);
    text(j, "name", lf_rc_name(e->rc));
    text(j, "class", lf_rc_class(e->rc));
    text(j, "message", e->message[0] ? e->message : lf_rc_text(e->rc));
    text(j, "hint", lf_rc_hint(e->rc));
    count(j, "exit_status", (uint64_t)lf_rc_exit_status(e->rc));
    key(j, "retryable");
    put(j, lf_rc_retryable(e->rc) ? "true" : "false");
    text(j, "file", e->file[0] ? e->file : NULL);
    place(j, "row", e->row, e->has_position);
    place(j, "line", e->line, e->has_position);
    place(j, "column", e->column, e->has_position && e->column > 0);
    text(j, "column_name", e->column_name[0] ? e->column_name : NULL);
    place(j, "byte_offset", e->byte_offset, e->has_position);
    text(j, "excerpt", e->excerpt[0] ? e->excerpt : NULL);
    place(j, "excerpt_mark", e->excerpt_mark, e->excerpt[0] != '\0');
    place(j, "excerpt_mark_length", e->excerpt_mark_len, e->excerpt[0] != '\0');
    key(j, "context");
    put(j, "[");
    for (uint32_t i = 0; i < e->n_frames && i < LF_ERROR_FRAMES; i++) {
        if (i) put(j, ",");
        put_text(j, e->frames[i]);
    }
    put(j, "]");
    close_object(j);
}

static void put_counts(json_out *j, const lf_report *r) {
    open_object(j, "rows");
    count(j, "in", r->rows_in);
    count(j, "out", r->rows_out);
    count(j, "rejected", r->rows_rejected);
    count(j, "filtered", r->rows_filtered);
    count(j, "padded", r->rows_padded);
    close_object(j);
    open_object(j, "lines");
    count(j, "blank", r->lines_blank);
    count(j, "comment", r->lines_comment);
    count(j, "preamble", r->lines_preamble);
    count(j, "footer", r->lines_footer);
    close_object(j);
    open_object(j, "bytes");
    count(j, "in", r->bytes_in);
    count(j, "text", r->bytes_text);
    count(j, "out", r->bytes_out);
    close_object(j);
}

static void put_skipped(json_out *j, const lf_report *r) {
    key(j, "skipped");
    put(j, "[");
    j->comma = false;
    for (uint32_t i = 0; i < r->n_skipped; i++) {
        const lf_skipped *s = &r->skipped[i];
        if (i > 0) put(j, ",");
        put(j, "{");
        j->comma = false;
        text(j, "what", s->what);
        count(j, "input", s->input);
        count(j, "first_line", s->first_line);
        count(j, "last_line", s->last_line);
        close_object(j);
    }
    put(j, "]");
    j->comma = true;
    count(j, "skipped_more", r->n_skipped_more);
}

static void put_tables(json_out *j, const lf_report *r) {
    count(j, "tables_found", r->n_tables);
    key(j, "tables");
    put(j, "[");
    for (uint32_t i = 0; i < r->n_tables && i < LF_TABLES_SHOWN_MAX; i++) {
        const lf_table_place *t = &r->tables[i];
        if (i > 0) put(j, ",");
        put(j, "{");
        j->comma = false;
        count(j, "first_line", t->first_line);
        place(j, "last_line", t->last_line, t->last_line > 0);
        key(j, "converted");
        put(j, t->converted ? "true" : "false");
        close_object(j);
    }
    put(j, "]");
    j->comma = true;
}

/* All that there are; of a single output the one that `output` names. */
static void put_outputs(json_out *j, const lf_report *r, bool failed) {
    key(j, "outputs");
    put(j, "[");
    for (size_t i = 0; i < r->n_outputs; i++) {
        if (i > 0) put(j, ",");
        put_text(j, r->outputs[i]);
    }
    if (r->n_outputs == 0 && r->output != NULL && !failed) put_text(j, r->output);
    put(j, "]");
    j->comma = true;
}

static void put_files(json_out *j, const lf_report *r) {
    key(j, "files");
    put(j, "[");
    for (size_t i = 0; i < r->n_files; i++) {
        const lf_report_file *f = &r->files[i];
        put(j, i ? ",{" : "{");
        j->comma = false;
        text(j, "path", f->path);
        count(j, "rows_in", f->rows_in);
        count(j, "rows_out", f->rows_out);
        count(j, "rows_rejected", f->rows_rejected);
        count(j, "rows_filtered", f->rows_in - f->rows_out - f->rows_rejected);
        put(j, "}");
    }
    put(j, "]");
    j->comma = true;
}

static void put_run(json_out *j, const lf_report *r) {
    number(j, "ratio", r->bytes_out ? (double)r->bytes_text / (double)r->bytes_out : 0);
    count(j, "columns", r->columns);
    count(j, "row_groups", r->row_groups);
    count(j, "late_changes", r->late_changes);
    open_object(j, "threads");
    count(j, "requested", r->threads_requested);
    count(j, "used", r->threads_used);
    close_object(j);
    open_object(j, "memory");
    count(j, "limit_bytes", r->memory_limit_bytes);
    count(j, "peak_rss_bytes", r->peak_rss_bytes);
    close_object(j);
    open_object(j, "time");
    number(j, "elapsed_s", r->elapsed_s);
    number(j, "cpu_s", r->cpu_s);
    number(j, "mb_per_s", r->elapsed_s > 0 ? (double)r->bytes_text / 1e6 / r->elapsed_s : 0);
    close_object(j);
}

lf_rc lf_report_fill_json(lf_report *r, const lf_error *outcome, lf_error *err) {
    json_out j = {.err = err};
    const bool failed = outcome != NULL && outcome->rc != LF_OK;
    lf_buf_init(&j.b, lf_alloc_default(), REPORT_JSON_MAX);
    put(&j, "{");
    text(&j, "logflow", LOGFLOW_VERSION);
    text(&j, "status", failed ? "failed" : "done");
    text(&j, "input", r->input);
    count(&j, "inputs", r->n_inputs);
    text(&j, "output", failed ? NULL : r->output);
    put_outputs(&j, r, failed);
    text(&j, "rejects", r->rejects);
    text(&j, "format_in", r->format_in);
    text(&j, "format_out", r->format_out);
    text(&j, "encoding", r->encoding);
    put_files(&j, r);
    put_counts(&j, r);
    put_skipped(&j, r);
    put_tables(&j, r);
    put_run(&j, r);
    key(&j, "warnings");
    put(&j, "[");
    for (size_t i = 0; i < r->n_warnings; i++) {
        if (i) put(&j, ",");
        put_text(&j, r->warnings[i]);
    }
    put(&j, "]");
    put_error(&j, failed ? outcome : NULL);
    put(&j, "}\n");
    if (j.rc == LF_OK) j.rc = lf_buf_append(&j.b, "", 1, err);
    if (j.rc == LF_OK) j.rc = lf_report_set(&r->json, (const char *)j.b.data, err);
    lf_buf_reset(&j.b);
    return j.rc;
}
