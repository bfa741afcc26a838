/* decode/csv/csv_comma.c - columns whose numbers have a comma for a point.
 *
 * A column that is text otherwise holds such numbers if all of its cells in the head read as
 * numbers with a decimal comma and one has it. 1,234 may as well be a thousand and some: it is a
 * fraction where another column, or another cell, has a comma that cannot stand between thousands
 * (1,5 or 0,125); else the column stays text, and the explanation says which options read it. Where
 * commas part the fields none is taken for a point: quoted 1,5 may be anything there.
 *
 * Thousands are never read unasked, so 1,234.50 and 1.234,50 stay text as well. Columns whose cells
 * all are such numbers are named in a warning, with the options that read them. */
#include "decode/csv/csv_plan.h"
#include <stdio.h>
#include <string.h>

typedef struct comma_column {
    lf_evidence evidence;
    uint32_t field;
    bool on, proven;
    uint64_t commas;
    bool grouped[2];    /* all cells are numbers whose thousands commas part; points */
    uint64_t groups[2]; /* cells that have such a mark */
} comma_column;

static bool is_digit(uint8_t c) {
    return c >= '0' && c <= '9';
}

/* Digits, a sign, at most one comma between digits; *proven: it cannot part thousands. */
static bool scan_cell(lf_span t, bool *has_comma, bool *proven) {
    size_t i = t.len > 0 && t.data[0] == '-', first = i, comma = 0;
    for (; i < t.len; i++) {
        if (is_digit(t.data[i])) continue;
        if (t.data[i] != ',' || comma > 0 || i == first || i + 1 == t.len) return false;
        comma = i;
    }
    if (first == t.len) return false;
    *has_comma = comma > 0;
    *proven = comma > 0 && (t.len - comma != 4 || comma - first > 3 || t.data[first] == '0');
    return true;
}

/* Digits, with `mark` between thousands or without, and a fraction behind the other mark. */
static bool scan_grouped(lf_span t, uint8_t mark, bool *has_groups) {
    const uint8_t point = mark == ',' ? '.' : ',';
    size_t i = t.len > 0 && t.data[0] == '-', first = i, run = 0;
    *has_groups = false;
    for (; i < t.len && t.data[i] != point; i++) {
        if (is_digit(t.data[i])) {
            run++;
            continue;
        }
        if (t.data[i] != mark || run == 0 || run > 3 || (*has_groups && run != 3)) return false;
        *has_groups = true;
        run = 0;
    }
    if (i == first || (*has_groups && run != 3)) return false;
    if (i == t.len) return true;
    for (run = 0, i++; i < t.len && is_digit(t.data[i]); i++)
        run++;
    return i == t.len && run > 0;
}

static void look_at_groups(comma_column *k, lf_span cell) {
    for (uint32_t i = 0; i < 2; i++) {
        bool has;
        k->grouped[i] = k->grouped[i] && scan_grouped(cell, i == 0 ? ',' : '.', &has);
        if (k->grouped[i]) k->groups[i] += has;
    }
}

static lf_rc look_at_record(csv_head *h, const csv_record *r, comma_column *cols,
                            const lf_parse_ctx *ctx, uint32_t *left, lf_error *err) {
    LF_TRY(lf_csv_head_fields(h, r, err));
    for (uint32_t c = 0; c < h->plan->n_columns; c++) {
        comma_column *k = &cols[c];
        lf_span cell;
        bool quoted, comma = false, proven = false;
        uint32_t word;
        if (!(k->on || k->grouped[0] || k->grouped[1]) || k->field >= r->n_fields) continue;
        LF_TRY(lf_csv_head_cell(h, r, k->field, &cell, &quoted, err));
        if (k->on) lf_evidence_add(&k->evidence, cell, quoted, ctx);
        if (lf_parse_null(cell, quoted, ctx, &word) != LF_NULL_NO) continue;
        look_at_groups(k, cell);
        if (k->on) {
            k->on = scan_cell(cell, &comma, &proven);
            k->commas += comma;
            k->proven |= proven;
        }
        *left -= !(k->on || k->grouped[0] || k->grouped[1]);
    }
    return LF_OK;
}

static lf_rc look(csv_head *h, comma_column *cols, const lf_parse_ctx *ctx, uint32_t left,
                  lf_error *err) {
    const lf_plan *p = h->plan;
    csv_record r;
    size_t at = p->has_header ? h->below : h->begin;
    for (; left > 0 && lf_csv_head_next(h, at, &r); at = r.next)
        if (!r.blank && !r.comment && !r.open && r.n_fields == p->physical)
            LF_TRY(look_at_record(h, &r, cols, ctx, &left, err));
    return LF_OK;
}

/* Where all is to stay text it is still known what the numbers are. */
static void take(lf_plan *p, uint32_t c, const comma_column *k) {
    p->numbers[c] = LF_NUMBERS_COMMA;
    if (p->fixed[c]) return;
    p->schema.fields[c].type = lf_evidence_type(&k->evidence, p->decimal);
    p->evidence[c] = k->evidence;
    p->ctx[c].numbers |= LF_NUMBERS_COMMA;
    p->commas[c] = CSV_COMMA_POINT;
}

static bool is_numeric(lf_type t) {
    return t.id == LF_T_DOUBLE || t.id == LF_T_DECIMAL || t.id == LF_T_INT64;
}

/* What would read the numbers of a column that stays text. */
static uint8_t how_text_reads(const comma_column *k, bool proven) {
    if (k->on) return proven ? CSV_COMMA_MAYBE_POINT : CSV_COMMA_UNKNOWN;
    if (k->grouped[0] && k->groups[0] > 0) return CSV_COMMA_GROUPS;
    if (k->grouped[1] && k->groups[1] > 0) return CSV_COMMA_POINT_GROUPS;
    return CSV_COMMA_NONE;
}

const char *lf_csv_comma_options(uint8_t comma) {
    return comma == CSV_COMMA_MAYBE_POINT    ? "--decimal-comma"
           : comma == CSV_COMMA_UNKNOWN      ? "--thousands comma or --decimal-comma"
           : comma == CSV_COMMA_GROUPS       ? "--thousands comma"
           : comma == CSV_COMMA_POINT_GROUPS ? "--decimal-comma --thousands point"
                                             : NULL;
}

/* One warning for all columns that the same options read. */
static lf_rc tell_numbers(lf_plan *p, lf_error *err) {
    for (uint8_t how = CSV_COMMA_MAYBE_POINT; how <= CSV_COMMA_POINT_GROUPS; how++) {
        uint32_t n = 0, first = 0;
        char more[32] = "";
        for (uint32_t c = p->n_columns; c-- > 0;) {
            if (p->commas[c] != how || p->fixed[c]) continue;
            first = c;
            n++;
        }
        if (n == 0) continue;
        if (n > 1) (void)snprintf(more, sizeof more, " and %u more", n - 1);
        LF_TRY(lf_csv_plan_warn(
            p, err, "numbers: column %u \"%.80s\"%s: text; %s reads %s as numbers", first + 1,
            p->schema.fields[first].name, more, lf_csv_comma_options(how), n > 1 ? "them" : "it"));
        p->n_hints++;
    }
    return LF_OK;
}

lf_rc lf_csv_head_commas(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    bool given = lf_csv_option(h->opts, "decimal-comma") != NULL ||
                 lf_csv_option(h->opts, "thousands") != NULL ||
                 lf_csv_option(h->opts, "locale") != NULL;
    lf_parse_ctx ctx = p->plain_ctx;
    ctx.numbers |= LF_NUMBERS_COMMA;
    p->commas = lf_csv_plan_alloc(p, p->n_columns, sizeof *p->commas, err);
    p->numbers = lf_csv_plan_alloc(p, p->n_columns, sizeof *p->numbers, err);
    comma_column *cols = lf_csv_plan_alloc(p, p->n_columns, sizeof *cols, err);
    if (p->commas == NULL || p->numbers == NULL || cols == NULL) return LF_ENO_MEMORY;
    p->base.numbers = p->numbers;
    uint32_t left = 0;
    for (uint32_t c = 0; c < p->n_columns; c++) {
        lf_evidence_init(&cols[c].evidence);
        cols[c].field = p->physical_of[c];
        cols[c].on = !given && (!p->fixed[c] || h->opts->all_strings) &&
                     p->schema.fields[c].type.id == LF_T_STRING;
        cols[c].grouped[0] = cols[c].grouped[1] = cols[c].on;
        left += cols[c].on;
    }
    if (left == 0 || h->rows_below == 0) return LF_OK;
    LF_TRY(look(h, cols, &ctx, left, err));
    bool proven = false;
    for (uint32_t c = 0; c < p->n_columns; c++) {
        cols[c].on &=
            cols[c].commas > 0 && is_numeric(lf_evidence_type(&cols[c].evidence, p->decimal));
        proven |= cols[c].on && cols[c].proven;
    }
    for (uint32_t c = 0; c < p->n_columns; c++) {
        const comma_column *k = &cols[c];
        if (k->on && proven && p->dialect.delimiter != ',' && p->dialect.delimiter != '\n')
            take(p, c, k);
        else
            p->commas[c] = how_text_reads(k, proven);
    }
    return tell_numbers(p, err);
}
