/* decode/csv/csv_head.c - what the head of a text shows: widths, kinds of cells, names.
 *
 * The table is as wide as most records of the head. Only records of that width that will not be
 * rejected give evidence. Surplus cells are cut only where most records have them and they are
 * empty: then the header's width is the table's and the records' width is kept as `physical`. */
#include "array/name_set.h"
#include "decode/csv/csv_plan.h"
#include "decode/csv/csv_sniff.h"
#include "infer/cell_kernel_cell.h"
#include <stdio.h>
#include <string.h>

#define WIDTHS_KEPT 64u
#define SURPLUS_BAD 10u /* rows, or one in a hundred: as many as may be bad unasked */

void *lf_csv_plan_alloc(lf_plan *p, size_t n, size_t size, lf_error *err) {
    void *m = lf_arena_alloc(&p->arena, n * size + 1, 16);
    if (m == NULL) {
        (void)lf_fail_nomem(err, n * size);
        return NULL;
    }
    memset(m, 0, n * size + 1);
    return m;
}

void lf_csv_head_reset(csv_head *h) {
    lf_mem_free(h->plan->alloc, h->ends_scratch, h->ends_cap * sizeof *h->ends_scratch);
    h->ends_scratch = NULL;
    h->ends_cap = 0;
    lf_buf_reset(&h->cell);
}

lf_rc lf_csv_head_fields(csv_head *h, const csv_record *r, lf_error *err) {
    h->ends = lf_csv_rows_fields(h->rows, r);
    if (h->ends != NULL) return LF_OK;
    if (r->n_fields > h->ends_cap) {
        size_t cap = r->n_fields + r->n_fields / 2 + 64;
        uint32_t *p = lf_mem_realloc(h->plan->alloc, h->ends_scratch, h->ends_cap * sizeof *p,
                                     cap * sizeof *p);
        if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
        h->ends_scratch = p;
        h->ends_cap = cap;
    }
    lf_csv_record_fields(&h->plan->dialect, h->text, r, h->ends_scratch);
    h->ends = h->ends_scratch;
    return LF_OK;
}

/* Cell c of a record whose fields were looked at; valid until the next call. */
lf_rc lf_csv_head_cell(csv_head *h, const csv_record *r, size_t c, lf_span *out, bool *quoted,
                       lf_error *err) {
    uint32_t start = c == 0 ? (uint32_t)r->start : h->ends[c - 1] + 1 + h->plan->dialect.more_len;
    uint32_t len = h->ends[c] - start;
    if (lf_csv_cell_view(&h->plan->dialect, h->text.data, &start, &len, quoted)) {
        *out = (lf_span){h->text.data + start, len};
        return LF_OK;
    }
    lf_buf_clear(&h->cell);
    LF_TRY(lf_buf_reserve(&h->cell, len + 1, err));
    uint32_t n =
        lf_csv_cell_copy(&h->plan->dialect, h->text.data + start, len, h->cell.data, quoted);
    *out = (lf_span){h->cell.data, n};
    return LF_OK;
}

bool lf_csv_head_next(const csv_head *h, size_t at, csv_record *r) {
    return lf_csv_rows_next(h->rows, h->text.len, h->whole, at, r);
}

static bool one_field(const csv_head *h) {
    return h->plan->dialect.delimiter == '\n';
}

static void find_first(csv_head *h) {
    csv_record r;
    for (size_t at = h->begin; lf_csv_head_next(h, at, &r); at = r.next) {
        if (r.comment) continue;
        if (!h->has_first) h->first = r; /* of blank lines alone: the first of them */
        h->has_first = true;
        if (r.blank) continue;
        h->first = r;
        break;
    }
    h->first_width = h->has_first ? (uint32_t)h->first.n_fields : 1;
}

/* The most frequent width of the records below the header; the first's own where there is none. */
static uint32_t modal_width(csv_head *h) {
    struct {
        size_t width;
        uint64_t n;
    } seen[WIDTHS_KEPT] = {{0, 0}};
    uint32_t n_seen = 0, last = 0;
    csv_record r;
    h->records_below = 0;
    for (size_t at = h->below; lf_csv_head_next(h, at, &r); at = r.next) {
        if (r.comment || (r.blank && !one_field(h))) continue;
        h->records_below++;
        if (n_seen == 0 || seen[last].width != r.n_fields) {
            for (last = 0; last < n_seen && seen[last].width != r.n_fields;)
                last++;
            if (last == WIDTHS_KEPT) {
                last = 0;
                continue;
            }
            if (last == n_seen) seen[n_seen++].width = r.n_fields;
        }
        seen[last].n++;
    }
    uint32_t best = 0;
    for (uint32_t i = 1; i < n_seen; i++)
        if (seen[i].n > seen[best].n ||
            (seen[i].n == seen[best].n && seen[i].width == h->first_width))
            best = i;
    return n_seen == 0 ? h->first_width : (uint32_t)seen[best].width;
}

uint32_t lf_csv_head_modal(const csv_head *h, size_t at) {
    csv_head below = *h;
    below.below = at;
    below.first_width = 1;
    return modal_width(&below);
}

/* Of the records as wide as `modal`: do most have only empty cells from `from` on, and the others
 * are no more than may be bad? */
static lf_rc surplus_is_empty(csv_head *h, uint32_t from, uint32_t modal, bool *out,
                              lf_error *err) {
    uint64_t n = 0, empty = 0;
    csv_record r;
    for (size_t at = h->below; lf_csv_head_next(h, at, &r); at = r.next) {
        if (r.n_fields != modal || r.comment) continue;
        LF_TRY(lf_csv_head_fields(h, &r, err));
        n++;
        empty +=
            r.end - h->ends[from - 1] == (size_t)(modal - from) * (1 + h->plan->dialect.more_len);
    }
    const uint64_t bad = n / 100 > SURPLUS_BAD ? n / 100 : SURPLUS_BAD;
    *out = empty * 2 > n && n - empty <= bad;
    return LF_OK;
}

static lf_rc decide_width(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    uint32_t modal = modal_width(h);
    if (h->opts->fields != 0) modal = h->opts->fields;
    p->width = p->physical = modal;
    if (h->first_width < modal && h->opts->fields != 0)
        p->cut_surplus = true;
    else if (h->first_width < modal)
        LF_TRY(surplus_is_empty(h, h->first_width, modal, &p->cut_surplus, err));
    if (p->cut_surplus) p->width = h->first_width;
    p->usual = p->width;
    if (p->widen_to > p->width) {
        p->width = p->physical = p->widen_to;
        p->cut_surplus = false;
    }
    if (p->physical > LF_COLUMNS_MAX)
        return lf_fail(err, LF_EUNSUPPORTED, "the text has %u columns, more than %u", p->physical,
                       LF_COLUMNS_MAX);
    return LF_OK;
}

static lf_rc read_first(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    uint32_t n = h->first_width;
    h->names = lf_csv_plan_alloc(p, n, sizeof *h->names, err);
    h->name_kinds = lf_csv_plan_alloc(p, n, sizeof *h->name_kinds, err);
    if (h->names == NULL || h->name_kinds == NULL) return LF_ENO_MEMORY;
    for (uint32_t c = 0; c < n; c++)
        lf_evidence_init(&h->name_kinds[c]);
    if (!h->has_first) return LF_OK;
    LF_TRY(lf_csv_head_fields(h, &h->first, err));
    for (uint32_t c = 0; c < n; c++) {
        lf_span cell;
        bool quoted;
        LF_TRY(lf_csv_head_cell(h, &h->first, c, &cell, &quoted, err));
        lf_evidence_add(&h->name_kinds[c], cell, quoted, &p->plain_ctx);
        char *copy = lf_arena_strndup(&p->arena, (const char *)cell.data, cell.len);
        if (copy == NULL) return lf_fail_nomem(err, cell.len);
        h->names[c] = (lf_span){(const uint8_t *)copy, cell.len};
    }
    return LF_OK;
}

/* Whether digits alone are an integer and nothing else. */
static bool digits_are_plain(const lf_parse_ctx *c) {
    bool plain = c->format == NULL && c->numbers == 0;
    for (uint32_t i = 0; i < c->n_null_words; i++)
        plain &= c->null_words[i][0] < '0' || c->null_words[i][0] > '9';
    return plain;
}

/* A short integer, in a column that is known to hold as long ones: most cells of most tables. */
static bool adds_nothing(const lf_evidence *e, const uint8_t *p, uint32_t len) {
    if (!(e->kinds & LF_K_INT) || len == 0 || len > e->int_digits || len > 15 || *p == '0')
        return false;
    for (uint32_t i = 0; i < len; i++)
        if ((uint8_t)(p[i] - '0') > 9) return false;
    return true;
}

/* Adds a record's cells to the fields' evidence if it has the table's width. */
static lf_rc add_record(csv_head *h, const csv_record *r, lf_error *err) {
    const lf_plan *p = h->plan;
    if ((r->blank && (r->comment || !one_field(h))) || r->open) return LF_OK;
    if (!lf_utf8_check_scalar(h->text.data + r->start, r->end - r->start)) return LF_OK;
    if (r->n_fields < p->usual || (r->n_fields > p->width && !p->cut_surplus)) return LF_OK;
    LF_TRY(lf_csv_head_fields(h, r, err));
    if (r->n_fields > p->width &&
        r->end - h->ends[p->width - 1] != (r->n_fields - p->width) * (1 + p->dialect.more_len))
        return LF_OK;
    h->rows_below++;
    const bool plain_digits = digits_are_plain(&p->plain_ctx);
    size_t start = r->start, end;
    for (uint32_t c = 0; c < p->width && c < r->n_fields; c++, start = end) {
        lf_span cell;
        bool quoted;
        end = (size_t)h->ends[c] + 1 + p->dialect.more_len; /* of the next */
        if (h->fields[c].kinds & LF_K_TEXT) continue;       /* it stays text, whatever comes */
        if (plain_digits &&
            adds_nothing(&h->fields[c], h->text.data + start, h->ends[c] - (uint32_t)start))
            continue;
        LF_TRY(lf_csv_head_cell(h, r, c, &cell, &quoted, err));
        lf_evidence_add(&h->fields[c], cell, quoted, &p->plain_ctx);
    }
    return LF_OK;
}

static lf_rc read_below(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    h->fields = lf_csv_plan_alloc(p, p->width, sizeof *h->fields, err);
    if (h->fields == NULL) return LF_ENO_MEMORY;
    for (uint32_t c = 0; c < p->width; c++)
        lf_evidence_init(&h->fields[c]);
    csv_record r;
    h->rows_below = 0;
    for (size_t at = h->below; lf_csv_head_next(h, at, &r); at = r.next)
        LF_TRY(add_record(h, &r, err));
    return LF_OK;
}

lf_rc lf_csv_head_read(csv_head *h, lf_error *err) {
    find_first(h);
    if (!h->has_first && !h->whole && h->text.len > 0)
        return lf_fail(err, LF_ERECORD_TOO_BIG,
                       "the first record is longer than the first %zu bytes of the text",
                       h->text.len);
    h->below = h->first.next;
    LF_TRY(lf_csv_head_header_rows(h, err));
    LF_TRY(decide_width(h, err));
    LF_TRY(read_first(h, err));
    return read_below(h, err);
}

/* Whether the cells of the columns that have a given type read as it; r's fields are at hand. */
static lf_rc fits_given(csv_head *h, const csv_record *r, bool *out, lf_error *err) {
    const lf_plan *p = h->plan;
    *out = true;
    for (uint32_t c = 0; c < p->n_columns && *out; c++) {
        const lf_field *f = &p->schema.fields[c];
        if (!p->fixed[c]) continue;
        lf_span cell = {NULL, 0};
        bool quoted = false, exact;
        lf_value v;
        lf_form form;
        uint32_t null_as;
        LF_TRY(lf_csv_head_cell(h, r, p->physical_of[c], &cell, &quoted, err));
        if (f->type.id == LF_T_STRING) {
            *out = f->nullable || cell.len > 0 || quoted;
            continue;
        }
        lf_cell what =
            lf_parse_cell(f->type, cell, quoted, &p->ctx[c], NULL, &v, &form, &exact, &null_as);
        *out = what == LF_CELL_VALUE || (what == LF_CELL_NULL && f->nullable);
    }
    return LF_OK;
}

lf_rc lf_csv_head_refit(csv_head *h, bool *changed_out, lf_error *err) {
    lf_plan *p = h->plan;
    csv_record r;
    bool fits;
    *changed_out = false;
    for (uint32_t c = 0; c < p->width; c++)
        lf_evidence_init(&h->fields[c]);
    h->rows_below = 0;
    for (size_t at = p->has_header ? h->below : h->begin; lf_csv_head_next(h, at, &r);
         at = r.next) {
        if (r.n_fields < p->width || r.open || r.comment) continue;
        LF_TRY(lf_csv_head_fields(h, &r, err));
        LF_TRY(fits_given(h, &r, &fits, err));
        if (!fits) *changed_out = true;
        if (fits) LF_TRY(add_record(h, &r, err));
    }
    return LF_OK;
}

/* Names of several rows are joined by a blank. */
static lf_rc join_names(csv_head *h, lf_error *err) {
    csv_record r = h->first;
    for (uint32_t n = 1; n < h->header_rows && lf_csv_head_next(h, r.next, &r);) {
        if (r.blank) continue;
        n++;
        LF_TRY(lf_csv_head_fields(h, &r, err));
        for (uint32_t c = 0; c < h->first_width && c < r.n_fields; c++) {
            lf_span cell, *name = &h->names[c];
            bool quoted;
            LF_TRY(lf_csv_head_cell(h, &r, c, &cell, &quoted, err));
            if (cell.len == 0) continue;
            uint8_t *joined = lf_csv_plan_alloc(h->plan, name->len + cell.len + 1, 1, err);
            if (joined == NULL) return LF_ENO_MEMORY;
            size_t at = name->len;
            memcpy(joined, name->data, at);
            if (at > 0) joined[at++] = ' ';
            memcpy(joined + at, cell.data, cell.len);
            *name = (lf_span){joined, at + cell.len};
        }
    }
    return LF_OK;
}

/* The comment line right before the first row, read as a row; false: there is none. */
static bool find_commented(const csv_head *h, const csv_dialect *dia, csv_record *out) {
    csv_record r;
    bool found = false;
    for (size_t at = h->begin; lf_csv_head_next(h, at, &r) && r.start < h->first.start; at = r.next)
        if ((found = r.comment)) out->start = r.start;
    return found && lf_csv_record_next(dia, h->text, h->whole, out->start, out) &&
           out->next <= h->first.start && !out->open;
}

/* Whether the comment before the first row names the columns: `#CHROM<tab>POS` behind others, or
 * `# x y z`. Then it is the first row. */
static lf_rc use_commented(csv_head *h, bool *used, lf_error *err) {
    lf_plan *p = h->plan;
    const csv_dialect dia = p->dialect;
    csv_dialect plain = dia;
    csv_head kept = *h;
    csv_record r;
    *used = false;
    plain.comment_len = 0;
    lf_csv_dialect_settle(&plain);
    if (dia.comment_len == 0 || p->width != p->physical || p->width < 2 ||
        !find_commented(h, &plain, &r) || r.n_fields < p->width || r.n_fields > p->width + 1)
        return LF_OK;
    h->first = r;
    h->first_width = (uint32_t)r.n_fields;
    h->below = r.next;
    h->header_rows = 1;
    p->dialect = plain;
    lf_rc rc = read_first(h, err);
    p->dialect = dia;
    LF_TRY(rc);
    bool fits = h->first_width == p->width;
    if (!fits && h->names[0].len == dia.comment_len) { /* a mark that stands alone is no name */
        fits = true;
        h->names++;
        h->name_kinds++;
        h->first_width--;
    }
    if (fits) {
        LF_TRY(read_below(h, err));
        *used = lf_csv_head_is_header(h);
        p->header_reason = "the comment before the first row is unlike the rows";
    }
    if (*used) return LF_OK;
    kept.ends = h->ends;
    kept.ends_scratch = h->ends_scratch;
    kept.ends_cap = h->ends_cap;
    kept.cell = h->cell;
    *h = kept;
    return LF_OK;
}

/* As the first row's cells tell, or those of a comment before it. */
static lf_rc judge_header(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    bool used = false, typed = false;
    p->has_header = h->has_first && lf_csv_head_is_header(h);
    const char *why = p->header_reason;
    for (uint32_t c = 0; c < p->width && !typed; c++)
        typed = lf_evidence_type(&h->fields[c], p->decimal).id != LF_T_STRING;
    if (!h->has_first || (p->has_header && (typed || p->width < 3))) return LF_OK;
    LF_TRY(use_commented(h, &used, err));
    p->has_header |= used;
    if (!used) p->header_reason = why;
    return LF_OK;
}

lf_rc lf_csv_head_header(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    const char *v = lf_csv_option(h->opts, "header");
    p->header_width = h->first_width;
    if (p->header_rows_given && (v == NULL || strcmp(v, "auto") == 0)) {
        p->has_header = p->header_rows_asked > 0 && h->has_first;
        p->header_reason = "as given";
    } else if (v != NULL && strcmp(v, "auto") != 0) {
        p->has_header = strcmp(v, "yes") == 0 && h->has_first;
        p->header_reason = "as given";
    } else {
        LF_TRY(judge_header(h, err));
    }
    if (!p->has_header && h->header_rows > 1) { /* its rows are rows of the table */
        h->header_rows = 1;
        h->below = h->first.next;
        LF_TRY(decide_width(h, err));
        LF_TRY(read_below(h, err));
    }
    p->header_rows = p->has_header ? h->header_rows : 0;
    if (p->header_rows > 1) LF_TRY(join_names(h, err));
    if (p->has_header) {
        /* Names beyond the rows' width are columns too, unless they are empty. */
        while (h->first_width > p->width && h->names[h->first_width - 1].len == 0)
            h->first_width--;
        if (h->first_width > p->width) {
            uint32_t width = h->first_width;
            lf_evidence *wider = lf_csv_plan_alloc(p, width, sizeof *wider, err);
            if (wider == NULL) return LF_ENO_MEMORY;
            memcpy(wider, h->fields, p->width * sizeof *wider);
            for (uint32_t c = p->width; c < width; c++)
                lf_evidence_init(&wider[c]);
            h->fields = wider;
            p->width = p->physical = width;
        }
        return LF_OK;
    }
    if (p->cut_surplus) { /* without a header there is nothing that the rows exceed */
        p->cut_surplus = false;
        p->width = p->physical;
        LF_TRY(read_below(h, err));
    }
    /* The first row is one of the rows. */
    return h->has_first ? add_record(h, &h->first, err) : LF_OK;
}

/* Bytes of a name that make it awkward: controls become blanks, broken UTF-8 question marks. */
static void clean_name(char *s, size_t n) {
    for (size_t i = 0; i < n;) {
        uint8_t b = (uint8_t)s[i];
        size_t w = b < 0x80 ? 1 : b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
        bool ok = b < 0x80 || (b >= 0xc2 && b <= 0xf4 && i + w <= n);
        for (size_t k = 1; ok && k < w; k++)
            ok = ((uint8_t)s[i + k] & 0xc0) == 0x80;
        if (ok && w == 3)
            ok = !(b == 0xe0 && (uint8_t)s[i + 1] < 0xa0) &&
                 !(b == 0xed && (uint8_t)s[i + 1] > 0x9f);
        if (ok && w == 4)
            ok = !(b == 0xf0 && (uint8_t)s[i + 1] < 0x90) &&
                 !(b == 0xf4 && (uint8_t)s[i + 1] > 0x8f);
        if (!ok) {
            s[i++] = '?';
            continue;
        }
        if (b < 0x20 || b == 0x7f) s[i] = ' ';
        i += w;
    }
}

static lf_rc add_name(csv_head *h, lf_name_set *set, char **out, uint32_t c, lf_error *err) {
    lf_plan *p = h->plan;
    lf_span cell = {NULL, 0};
    if (p->has_header && c < h->first_width) cell = h->names[c];
    size_t n = cell.len < LF_NAME_BYTES_MAX ? cell.len : LF_NAME_BYTES_MAX;
    char *name = lf_csv_plan_alloc(p, n + 32, 1, err);
    if (name == NULL) return LF_ENO_MEMORY;
    if (n > 0) memcpy(name, cell.data, n);
    clean_name(name, n);
    if (n == 0) n = (size_t)snprintf(name, 32, "column_%u", c + 1);
    size_t stem = n;
    for (uint32_t k = 1; lf_name_set_has(set, (lf_span){(const uint8_t *)name, n}); k++)
        n = stem + (size_t)snprintf(name + stem, 32, "_%u", k);
    name[n] = '\0';
    lf_name_set_add(set, (lf_span){(const uint8_t *)name, n});
    *out = name;
    return LF_OK;
}

lf_rc lf_csv_head_columns(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    lf_name_set set;
    char **names = lf_csv_plan_alloc(p, p->width, sizeof *names, err);
    if (names == NULL) return LF_ENO_MEMORY;
    LF_TRY(lf_name_set_init(&set, p->alloc, p->width, err));
    lf_rc rc = LF_OK;
    for (uint32_t c = 0; c < p->width && rc == LF_OK; c++)
        rc = add_name(h, &set, &names[c], c, err);
    if (rc == LF_OK) h->columns = names;
    lf_name_set_reset(&set);
    return rc;
}
