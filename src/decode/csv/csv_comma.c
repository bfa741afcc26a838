/* decode/csv/csv_comma.c - columns whose numbers have a comma for a point.
 *
 * A column that is text otherwise holds such numbers if all of its cells in the head read as
 * numbers with a decimal comma and one has it. 1,234 may as well be a thousand and some: it is a
 * fraction where another column, or another cell, has a comma that cannot stand between thousands
 * (1,5 or 0,125); else the column stays text, and the explanation says which options read it. Where
 * commas part the fields none is taken for a point: quoted 1,5 may be anything there. */
#include "decode/csv/csv_plan.h"
#include <string.h>

typedef struct comma_column {
    lf_evidence evidence;
    uint32_t field;
    bool on, proven;
    uint64_t commas;
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

static lf_rc look_at_record(csv_head *h, const csv_record *r, comma_column *cols,
                            const lf_parse_ctx *ctx, uint32_t *left, lf_error *err) {
    LF_TRY(lf_csv_head_fields(h, r, err));
    for (uint32_t c = 0; c < h->plan->n_columns; c++) {
        comma_column *k = &cols[c];
        lf_span cell;
        bool quoted, comma = false, proven = false;
        uint32_t word;
        if (!k->on || k->field >= r->n_fields) continue;
        LF_TRY(lf_csv_head_cell(h, r, k->field, &cell, &quoted, err));
        lf_evidence_add(&k->evidence, cell, quoted, ctx);
        if (lf_parse_null(cell, quoted, ctx, &word) != LF_NULL_NO) continue;
        k->on = scan_cell(cell, &comma, &proven);
        k->commas += comma;
        k->proven |= proven;
        *left -= !k->on;
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
        if (!cols[c].on) continue;
        if (proven && p->dialect.delimiter != ',' && p->dialect.delimiter != '\n')
            take(p, c, &cols[c]);
        else
            p->commas[c] = proven ? CSV_COMMA_MAYBE_POINT : CSV_COMMA_UNKNOWN;
    }
    return LF_OK;
}
