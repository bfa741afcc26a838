/* decode/csv/csv_plan.c - makes the plan: dialect, names, types and what to keep. */
#include "decode/csv/csv_plan.h"
#include "decode/csv/csv_sniff.h"
#include "infer/cell_kernel_cell.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void lf_csv_plan_destroy(lf_plan *p) {
    if (p == NULL) return;
    lf_schema_reset(&p->schema);
    lf_arena_reset(&p->arena);
    lf_mem_free(p->alloc, p, sizeof *p);
}

#define TILE_CELLS 131072u /* what a tile of a very wide table is held to */

static lf_rc copy_words(lf_plan *p, const char *const *words, uint32_t n, const char ***out,
                        lf_error *err) {
    const char **copy = lf_csv_plan_alloc(p, n, sizeof *copy, err);
    if (copy == NULL) return LF_ENO_MEMORY;
    for (uint32_t i = 0; i < n; i++) {
        copy[i] = lf_arena_strndup(&p->arena, words[i], strlen(words[i]));
        if (copy[i] == NULL) return lf_fail_nomem(err, strlen(words[i]));
    }
    *out = copy;
    return LF_OK;
}

static lf_rc set_null_words(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    const char **words = NULL;
    uint32_t n = 0;
    if (o->null_words != NULL) {
        n = o->n_null_words;
        LF_TRY(copy_words(p, o->null_words, n, &words, err));
        p->plain_ctx.null_words_everywhere = true;
    } else if (lf_csv_option(o, "null") != NULL) {
        words = lf_csv_plan_alloc(p, o->n_options, sizeof *words, err);
        if (words == NULL) return LF_ENO_MEMORY;
        for (size_t i = 0; i < o->n_options; i++) {
            if (strcmp(o->options[i].name, "null") != 0) continue;
            const char *v = o->options[i].value;
            words[n] = lf_arena_strndup(&p->arena, v, strlen(v));
            if (words[n++] == NULL) return lf_fail_nomem(err, strlen(v));
        }
        p->plain_ctx.null_words_everywhere = true;
    } else {
        while (lf_null_words_default[n] != NULL)
            n++;
        LF_TRY(copy_words(p, lf_null_words_default, n, &words, err));
    }
    p->plain_ctx.bool_words = LF_K_WORDS;
    lf_parse_ctx_options(&p->plain_ctx, o->options, o->n_options);
    p->plain_ctx.null_words = words;
    p->plain_ctx.n_null_words = n;
    return LF_OK;
}

/* Edits that turn a into b, cut off at 64 bytes: for suggestions only. */
static uint32_t edit_distance(const char *a, const char *b) {
    uint32_t row[65];
    size_t na = strlen(a), nb = strlen(b);
    if (na > 64) na = 64;
    if (nb > 64) nb = 64;
    for (size_t j = 0; j <= nb; j++)
        row[j] = (uint32_t)j;
    for (size_t i = 1; i <= na; i++) {
        uint32_t diagonal = row[0];
        row[0] = (uint32_t)i;
        for (size_t j = 1; j <= nb; j++) {
            uint32_t best = diagonal + (a[i - 1] != b[j - 1]);
            diagonal = row[j];
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            row[j] = best;
        }
    }
    return row[nb];
}

static lf_rc unknown_column(const csv_head *h, const char *option, const char *name,
                            lf_error *err) {
    uint32_t best = 0, distance = UINT32_MAX;
    for (uint32_t c = 0; c < h->plan->width; c++) {
        uint32_t e = edit_distance(name, h->columns[c]);
        if (e < distance) {
            distance = e;
            best = c;
        }
    }
    return lf_fail(err, LF_EUSAGE, "%s: there is no column \"%.60s\"; the nearest is \"%.60s\"",
                   option, name, h->columns[best]);
}

static uint32_t find_column(const csv_head *h, const char *name) {
    for (uint32_t c = 0; c < h->plan->width; c++)
        if (strcmp(h->columns[c], name) == 0) return c;
    return CSV_COLUMN_NONE;
}

static lf_rc select_columns(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    const lf_decode_opts *o = h->opts;
    bool all = o->columns == NULL;
    p->n_columns = all ? p->width : o->n_columns;
    p->physical_of = lf_csv_plan_alloc(p, p->n_columns, sizeof *p->physical_of, err);
    p->output_of = lf_csv_plan_alloc(p, p->physical, sizeof *p->output_of, err);
    if (p->physical_of == NULL || p->output_of == NULL) return LF_ENO_MEMORY;
    for (uint32_t f = 0; f < p->physical; f++)
        p->output_of[f] = CSV_COLUMN_NONE;
    uint32_t missing = 0; /* of those named */
    for (uint32_t c = 0; c < p->n_columns; c++) {
        uint32_t f = all ? c : find_column(h, o->columns[c + missing]);
        if (f == CSV_COLUMN_NONE && o->partial) {
            p->n_columns--;
            c--;
            missing++;
            continue;
        }
        if (f == CSV_COLUMN_NONE) return unknown_column(h, "--columns", o->columns[c], err);
        if (p->output_of[f] != CSV_COLUMN_NONE)
            return lf_fail(err, LF_EUSAGE, "--columns names \"%.60s\" twice", o->columns[c]);
        p->physical_of[c] = f;
        p->output_of[f] = c;
    }
    if (p->n_columns == 0)
        return lf_fail(err, LF_ESCHEMA, "it has none of the columns that --columns names");
    return LF_OK;
}

static lf_rc fix_column(lf_plan *p, uint32_t c, const lf_field *given, lf_error *err) {
    lf_field *f = &p->schema.fields[c];
    lf_parse_ctx *ctx = &p->ctx[c];
    if (lf_type_is_nested(given->type))
        return lf_fail(err, LF_ESCHEMA, "column \"%.60s\": a CSV column cannot be nested", f->name);
    f->type = given->type;
    f->nullable = given->nullable;
    p->fixed[c] = p->any_fixed = true;
    lf_evidence_of_type(&p->evidence[c], given->type);
    ctx->given_type = true;
    uint32_t bit = given->format == NULL ? 0 : lf_date_format_of(given->format);
    if (bit != 0) {
        ctx->date_format = bit;
    } else if (given->format != NULL) {
        ctx->format = lf_arena_strndup(&p->arena, given->format, strlen(given->format));
        if (ctx->format == NULL) return lf_fail_nomem(err, strlen(given->format));
    }
    if (given->null_words != NULL) {
        const char **words = NULL;
        LF_TRY(copy_words(p, (const char *const *)given->null_words, given->n_null_words, &words,
                          err));
        ctx->null_words = words;
        ctx->n_null_words = given->n_null_words;
        ctx->null_words_everywhere = true;
    }
    return LF_OK;
}

/* The type that the head shows. */
static void use_evidence(csv_head *h, uint32_t c) {
    lf_plan *p = h->plan;
    const lf_evidence *e = &h->fields[p->physical_of[c]];
    bool header_only = h->whole && h->rows_below == 0;
    lf_type t = lf_evidence_type(e, p->decimal);
    if (h->opts->all_strings || header_only) t = (lf_type){.id = LF_T_STRING};
    p->schema.fields[c].type = t;
    p->evidence[c] = *e;
    if (t.id == LF_T_STRING && (h->opts->all_strings || !lf_evidence_is_undecided(e)))
        lf_evidence_of_type(&p->evidence[c], t);
    p->ctx[c].date_format = lf_evidence_date_format(e);
    p->ctx[c].bool_words = t.id == LF_T_BOOL ? lf_evidence_bool_words(e) : 0;
}

static lf_rc type_columns(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    const lf_schema *given = h->opts->schema;
    for (uint32_t i = 0; given != NULL && !h->opts->partial && i < given->n_fields; i++)
        if (find_column(h, given->fields[i].name) == CSV_COLUMN_NONE)
            return unknown_column(h, "--schema or --type", given->fields[i].name, err);
    p->evidence = lf_csv_plan_alloc(p, p->n_columns, sizeof *p->evidence, err);
    p->fixed = lf_csv_plan_alloc(p, p->n_columns, sizeof *p->fixed, err);
    p->ctx = lf_csv_plan_alloc(p, p->n_columns, sizeof *p->ctx, err);
    if (p->evidence == NULL || p->fixed == NULL || p->ctx == NULL) return LF_ENO_MEMORY;
    for (uint32_t c = 0; c < p->n_columns; c++) {
        uint32_t f = p->physical_of[c];
        lf_type t = {.id = LF_T_STRING};
        LF_TRY(lf_schema_add(&p->schema, h->columns[f], strlen(h->columns[f]), t, true, err));
        p->fixed[c] = h->opts->all_strings;
        p->any_fixed |= p->fixed[c];
        p->ctx[c] = p->plain_ctx;
        use_evidence(h, c);
        int64_t g =
            given == NULL ? -1 : lf_schema_find(given, h->columns[f], strlen(h->columns[f]));
        if (g >= 0) LF_TRY(fix_column(p, c, &given->fields[g], err));
    }
    bool changed = false;
    if (given != NULL && p->any_fixed) LF_TRY(lf_csv_head_refit(h, &changed, err));
    for (uint32_t c = 0; changed && c < p->n_columns; c++)
        if (!p->fixed[c]) use_evidence(h, c);
    return LF_OK;
}

static uint64_t count_lines(const csv_head *h, size_t from, size_t to) {
    uint64_t n = 0;
    const uint8_t *t = h->text.data;
    if (!h->plan->dialect.cr_ends && to > from)
        return lf_csv_isa_get(h->plan->isa)->count(t + from, to - from, '\n');
    for (size_t i = from; i < to; i++)
        n += t[i] == '\n' ||
             (h->plan->dialect.cr_ends && t[i] == '\r' && !(i + 1 < to && t[i + 1] == '\n'));
    return n;
}

lf_rc lf_csv_plan_warn(lf_plan *p, lf_error *err, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (p->n_warnings == CSV_WARNINGS_MAX) return LF_OK;
    size_t len = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    p->warnings[p->n_warnings] = lf_arena_strndup(&p->arena, text, len);
    if (p->warnings[p->n_warnings] == NULL) return lf_fail_nomem(err, len);
    p->n_warnings++;
    return LF_OK;
}

/* The first bytes of a line, fit to be printed. */
static const char *line_text(const csv_head *h, size_t at, size_t end, char out[64]) {
    size_t n = 0;
    for (; at < end && n < 60 && !csv_line_ends(&h->plan->dialect, h->text.data[at]); at++) {
        uint8_t b = h->text.data[at];
        if (b == '\r' || (n >= 56 && b >= 0x80)) continue;
        out[n++] = b < 0x20 || b == 0x7f ? ' ' : (char)b;
    }
    out[n] = '\0';
    if (!lf_utf8_check_scalar((const uint8_t *)out, n))
        for (size_t i = 0; i < n; i++)
            if ((uint8_t)out[i] >= 0x80) out[i] = '?';
    return out;
}

/* Lines of tables count from the head; where that is not all, the last one has no end. */
static void place_tables(csv_head *h, size_t text_len, bool whole) {
    lf_plan *p = h->plan;
    for (uint32_t i = 0; i < p->n_tables && i < LF_TABLES_SHOWN_MAX; i++) {
        bool last = i + 1 == p->n_tables;
        size_t end = last ? text_len : p->tables[i + 1];
        bool cut = end > 0 && !csv_line_ends(&p->dialect, h->text.data[end - 1]);
        p->places[i] = (lf_table_place){.first_line = 1 + count_lines(h, 0, p->tables[i]),
                                        .last_line = count_lines(h, 0, end) + cut,
                                        .converted = i == p->table};
        if (last && !whole) p->places[i].last_line = 0;
    }
    p->base.tables = p->places;
}

static void add_skipped(lf_plan *p, const char *what, uint64_t first, uint64_t lines) {
    if (lines == 0) return;
    p->skipped[p->base.n_skipped++] =
        (lf_skipped){.what = what, .first_line = first, .last_line = first + lines - 1};
    p->base.skipped = p->skipped;
}

/* What is left out is said, with its lines. */
static lf_rc tell_skipped(csv_head *h, size_t text_len, bool whole, lf_error *err) {
    lf_plan *p = h->plan;
    char text[64];
    size_t from = p->n_tables > 0 && p->table > 0 ? p->tables[p->table] : 0;
    if (h->begin > from)
        LF_TRY(lf_csv_plan_warn(
            p, err, "preamble: lines %llu to %llu are not part of the table (\"%s\")",
            (unsigned long long)(1 + count_lines(h, 0, from)),
            (unsigned long long)count_lines(h, 0, h->begin), line_text(h, from, h->begin, text)));
    add_skipped(p, "preamble", 1 + count_lines(h, 0, from), p->base.lines_preamble);
    if (p->footer_at > 0) {
        size_t end = p->table + 1 < p->n_tables ? p->tables[p->table + 1] : text_len;
        uint64_t first = 1 + count_lines(h, 0, p->footer_at);
        p->base.lines_footer =
            count_lines(h, p->footer_at, end) + !csv_line_ends(&p->dialect, h->text.data[end - 1]);
        add_skipped(p, "footer", first, p->base.lines_footer);
        LF_TRY(lf_csv_plan_warn(
            p, err, "footer: lines %llu to %llu are not part of the table (\"%s\")",
            (unsigned long long)first, (unsigned long long)(first + p->base.lines_footer - 1),
            line_text(h, p->footer_at, end, text)));
    }
    for (uint32_t i = 0; i < p->n_tables; i++) {
        if (i == p->table) continue;
        size_t end = i + 1 < p->n_tables ? p->tables[i + 1] : text_len;
        uint64_t lines =
            count_lines(h, p->tables[i], end) + !csv_line_ends(&p->dialect, h->text.data[end - 1]);
        p->base.lines_other += lines;
        if (i < p->table || p->all_tables) continue;
        LF_TRY(lf_csv_plan_warn(p, err,
                                "another table begins at line %llu (\"%s\") and is left out; "
                                "--tables %u takes it",
                                (unsigned long long)(1 + count_lines(h, 0, p->tables[i])),
                                line_text(h, p->tables[i], end, text), i + 1));
    }
    p->base.warnings = p->warnings;
    p->base.n_warnings = p->n_warnings;
    p->base.n_tables = p->n_tables;
    place_tables(h, text_len, whole);
    return LF_OK;
}

static void set_base(csv_head *h, size_t bom) {
    lf_plan *p = h->plan;
    size_t body = p->has_header ? h->below : h->begin;
    size_t lead = p->has_header ? h->first.start : h->begin;
    uint64_t records = h->records_below + 1;
    size_t bytes = h->text.len - (body < h->text.len ? body : h->text.len);
    p->base.schema = &p->schema;
    p->base.evidence = p->evidence;
    p->base.fixed = p->fixed;
    p->base.body_offset = bom + body;
    p->base.body_line = 1 + count_lines(h, 0, body);
    /* Blank ones before the header too. */
    p->base.lines_preamble = count_lines(h, p->table > 0 ? p->tables[p->table] : 0, lead);
    p->base.body_end = p->cut_at > 0 ? bom + p->cut_at : UINT64_MAX;
    p->base.bytes_per_row = (uint32_t)(bytes / records < 1 ? 1 : bytes / records);
    p->head_rows = h->records_below;
    p->head_rows_used = h->rows_below;
    p->blank_is_row = p->width == 1 && p->physical == 1;
    uint32_t fit = TILE_CELLS / p->physical;
    p->rows_min = fit < 16 ? 16 : fit < LF_TILE_ROWS_MIN ? fit : LF_TILE_ROWS_MIN;
    p->rows_max = fit < p->rows_min ? p->rows_min : fit < LF_TILE_ROWS_MAX ? fit : LF_TILE_ROWS_MAX;
}

/* The dialect is not judged by lines that are left out. */
static lf_span behind_skipped(const lf_plan *p, lf_span text) {
    csv_dialect lines = p->dialect;
    size_t at = 0;
    lines.cr_ends |= text.len > 0 && memchr(text.data, '\n', text.len) == NULL;
    for (uint32_t i = 0; i < p->skip_lines && at < text.len; i++)
        at = lf_csv_line_end(&lines, text.data, at, text.len);
    return (lf_span){text.data + at, text.len - at};
}

lf_rc lf_csv_plan(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **plan_out,
                  lf_error *err) {
    *plan_out = NULL;
    size_t bom = head.len >= 3 && memcmp(head.data, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    if (head.len == bom && whole) return lf_fail(err, LF_EEMPTY_INPUT, "the input holds no bytes");
    lf_plan *p = lf_mem_zalloc(o->alloc, sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, sizeof *p);
    p->base.type = &lf_csv_decoder;
    p->alloc = o->alloc;
    p->isa = o->isa;
    p->encoding = o->encoding;
    p->decimal = o->decimal;
    p->barriers = o->barriers;
    p->n_barriers = o->n_barriers;
    p->record_max_bytes = o->record_max_bytes;
    if (p->record_max_bytes == 0 || p->record_max_bytes > INT32_MAX)
        p->record_max_bytes = INT32_MAX;
    lf_arena_init(&p->arena, p->alloc, 0);
    lf_schema_init(&p->schema, p->alloc);
    csv_rows rows;
    lf_csv_rows_init(&rows, p->alloc);
    csv_head h = {.plan = p, .opts = o, .whole = whole, .rows = &rows};
    h.text = (lf_span){head.data + bom, head.len - bom};
    lf_buf_init(&h.cell, p->alloc, head.len + 64);
    lf_rc rc;
    LF_GO(lf_csv_dialect_options(p, o, err));
    LF_GO(set_null_words(p, o, err));
    LF_GO(lf_csv_sniff(p, &rows, o, behind_skipped(p, h.text), whole, err));
    size_t text_len = h.text.len;
    LF_GO(lf_csv_head_layout(&h, err));
    LF_GO(lf_csv_head_read(&h, err));
    LF_GO(lf_csv_head_header(&h, err));
    LF_GO(lf_csv_head_columns(&h, err));
    LF_GO(select_columns(&h, err));
    LF_GO(type_columns(&h, err));
    LF_GO(lf_csv_head_commas(&h, err));
    set_base(&h, bom);
    p->names = h.columns;
    LF_GO(tell_skipped(&h, text_len, whole, err));
    *plan_out = p;
    p = NULL;
out:
    lf_csv_rows_reset(&rows);
    lf_csv_head_reset(&h);
    lf_csv_plan_destroy(p);
    return rc;
}
