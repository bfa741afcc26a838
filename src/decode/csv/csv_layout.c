/* decode/csv/csv_layout.c - where in the text the table is.
 *
 *   Report of May           preamble: narrow rows before the first full one
 *   printed 2026-05-31
 *
 *   id,length,width         header, of one or more rows
 *   ,cm,cm
 *   1,20,30                 the table
 *   2,21,31
 *
 *   name,town               a second table: its header does not fit the first's columns
 *   Ann,Oslo
 *
 *   Source: survey          footer: narrow rows behind a blank line, up to the end
 *
 * Judged by the shape of the records of the head alone: how many fields, how many of them filled,
 * which of them read as values. Nothing is left out that is as wide as the table, but for rows that
 * are a header where a header cannot be. */
#include "core/hash.h"
#include "decode/csv/csv_plan.h"
#include "infer/parse.h"
#include <stdio.h>
#include <string.h>

#define TYPED_ROWS        50u /* that tell which columns hold values */
#define ALL_TYPED_ROWS    1000u
#define LEADING_MAX       100u
#define HEADER_MAX        6u
#define TABLES_MAX        64u
#define FOOTER_MAX        50u
#define KEYS_MAX          20u
#define MUCH_ROWS         50u /* of a table beside which a few rows are none */
#define CONTINUES_COLUMNS 16u
#define COLUMNS_SHOWN     4096u /* wider records are judged by their first fields */

/* A record by what its cells look like. */
typedef struct shape {
    csv_record r;
    uint32_t width, filled,
        values;    /* fields; not empty; of them, read as a type that is not text */
    uint32_t upto; /* fields up to the last one that is not empty */
    uint64_t hash; /* of the cells */
    bool unique;   /* no two cells are alike */
} shape;

#define VALUE_KINDS                                                                                \
    (LF_K_BOOL | LF_K_INT | LF_K_UINT | LF_K_BIGINT | LF_K_FIXED | LF_K_FLOAT | LF_K_LONG_FLOAT |  \
     LF_K_DATE | LF_K_TIME | LF_K_TS_LOCAL | LF_K_TS_ZONED)

static lf_span trimmed(lf_span s) {
    while (s.len > 0 && (s.data[0] == ' ' || s.data[0] == '\t'))
        s.data++, s.len--;
    while (s.len > 0 && (s.data[s.len - 1] == ' ' || s.data[s.len - 1] == '\t'))
        s.len--;
    return s;
}

uint32_t lf_csv_cell_kinds(const csv_head *h, lf_span cell, bool quoted) {
    lf_evidence e;
    lf_evidence_init(&e);
    lf_evidence_add(&e, trimmed(cell), quoted, &h->plan->plain_ctx);
    return e.kinds & LF_K_WORDS ? LF_K_TEXT : e.kinds; /* one cell shows no pair of words */
}

static lf_rc shape_of(csv_head *h, const csv_record *r, shape *out, lf_error *err) {
    *out = (shape){.r = *r, .width = (uint32_t)r->n_fields, .unique = true};
    if (r->blank) return LF_OK;
    uint64_t seen[32];
    uint32_t n = out->width < COLUMNS_SHOWN ? out->width : COLUMNS_SHOWN;
    LF_TRY(lf_csv_head_fields(h, r, err));
    for (uint32_t c = 0; c < n; c++) {
        lf_span cell;
        bool quoted;
        LF_TRY(lf_csv_head_cell(h, r, c, &cell, &quoted, err));
        cell = trimmed(cell);
        uint64_t hash = lf_hash64(cell.data, cell.len, c);
        out->hash = out->hash * 31 + hash;
        if (cell.len == 0) continue;
        hash = lf_hash64(cell.data, cell.len, 0);
        for (uint32_t i = 0; i < out->filled && i < 32; i++)
            out->unique &= seen[i] != hash;
        if (out->filled < 32) seen[out->filled] = hash;
        out->filled++;
        out->upto = c + 1;
        out->values += (lf_csv_cell_kinds(h, cell, quoted) & VALUE_KINDS) != 0;
    }
    return LF_OK;
}

/* The next record that is not blank; *gap: blank lines stand before it. */
static bool next_filled(const csv_head *h, size_t at, csv_record *r, bool *gap) {
    *gap = false;
    for (; lf_csv_head_next(h, at, r); at = r->next) {
        if (!r->blank) return true;
        *gap |= !r->comment;
    }
    return false;
}

/* Whether column c holds values in most of the first rows from `at` on that are `width` wide, or in
 * (nearly) all of many: `text` cells are no values there, nor nulls. */
typedef struct typed_columns {
    uint16_t of[COLUMNS_SHOWN], text[COLUMNS_SHOWN];
    uint32_t n, rows;
} typed_columns;

static lf_rc count_values(csv_head *h, size_t at, uint32_t width, uint32_t rows_max,
                          typed_columns *t, lf_error *err) {
    uint32_t n = width < COLUMNS_SHOWN ? width : COLUMNS_SHOWN;
    csv_record r;
    memset(t, 0, sizeof *t);
    for (bool gap; t->rows < rows_max && next_filled(h, at, &r, &gap); at = r.next) {
        if (r.n_fields != width || r.open) continue;
        t->rows++;
        LF_TRY(lf_csv_head_fields(h, &r, err));
        for (uint32_t c = 0; c < n; c++) {
            lf_span cell;
            bool quoted;
            LF_TRY(lf_csv_head_cell(h, &r, c, &cell, &quoted, err));
            const uint32_t kinds = lf_csv_cell_kinds(h, cell, quoted);
            t->of[c] += (kinds & VALUE_KINDS) != 0;
            t->text[c] += cell.len > 0 && (kinds & (VALUE_KINDS | LF_K_NULL_WORD)) == 0;
        }
    }
    return LF_OK;
}

static lf_rc find_typed(csv_head *h, size_t at, uint32_t width, typed_columns *t, lf_error *err) {
    LF_TRY(count_values(h, at, width, TYPED_ROWS, t, err));
    for (uint32_t c = 0; c < width && c < COLUMNS_SHOWN; c++) {
        t->of[c] = t->of[c] * 2 > t->rows;
        t->n += t->of[c];
    }
    return LF_OK;
}

static lf_rc find_all_typed(csv_head *h, size_t at, uint32_t width, typed_columns *t,
                            lf_error *err) {
    LF_TRY(count_values(h, at, width, ALL_TYPED_ROWS, t, err));
    for (uint32_t c = 0; c < width && c < COLUMNS_SHOWN; c++) {
        t->of[c] = t->of[c] * 2 > t->rows && (t->text[c] < 2 || t->text[c] * 50 <= t->rows);
        t->n += t->of[c];
    }
    return LF_OK;
}

/* Whether r has text in every column that holds values. */
static lf_rc misfits_all(csv_head *h, const csv_record *r, const typed_columns *t, bool *out,
                         lf_error *err) {
    *out = t->n > 0;
    LF_TRY(lf_csv_head_fields(h, r, err));
    for (uint32_t c = 0; c < r->n_fields && c < COLUMNS_SHOWN && *out; c++) {
        lf_span cell;
        bool quoted;
        if (!t->of[c]) continue;
        LF_TRY(lf_csv_head_cell(h, r, c, &cell, &quoted, err));
        cell = trimmed(cell);
        *out = cell.len > 0 && !(cell.data[0] >= '0' && cell.data[0] <= '9') &&
               (lf_csv_cell_kinds(h, cell, quoted) & (VALUE_KINDS | LF_K_NULL_WORD)) == 0;
    }
    return LF_OK;
}

/* --- tables --- */

/* Full, without repetition, and nothing in it is a value. */
static bool could_be_header(const shape *s) {
    return s->width >= 2 && s->filled == s->width && s->values == 0 && s->unique && !s->r.open;
}

static bool is_narrow(const shape *s, uint32_t width) {
    if (s->r.blank || s->width == 1 || s->filled <= 1) return true;
    return width >= 4 && s->filled * 3 <= width && s->width < width;
}

/* What the scan for tables knows of the one it is in. */
typedef struct scan {
    shape first, last; /* its first full row; the row before the one at hand */
    uint32_t run;      /* rows before it that are as wide as the last */
    bool has_first;
    typed_columns typed;
    bool typed_known;
} scan;

/* Whether the last cell of r, whose fields were looked at last, is empty. */
static bool ends_empty(const csv_head *h, const csv_record *r) {
    return r->n_fields > 1 &&
           h->ends[r->n_fields - 2] + 1 + h->plan->dialect.more_len == (uint32_t)r->end;
}

/* Whether r has a cell that stands above it too, in the same column: a row gone wrong, as names
 * have nothing of the values below them. */
static lf_rc continues(csv_head *h, const csv_record *above, const csv_record *r, bool *out,
                       lf_error *err) {
    uint64_t hashes[CONTINUES_COLUMNS];
    uint32_t n = 0;
    *out = false;
    for (uint32_t pass = 0; pass < 2; pass++) {
        const csv_record *which = pass == 0 ? above : r;
        LF_TRY(lf_csv_head_fields(h, which, err));
        uint32_t room = pass == 0 ? CONTINUES_COLUMNS : n;
        for (n = 0; n < which->n_fields && n < room; n++) {
            lf_span cell;
            bool quoted;
            LF_TRY(lf_csv_head_cell(h, which, n, &cell, &quoted, err));
            uint64_t hash = cell.len == 0 ? pass : lf_hash64(cell.data, cell.len, 0);
            if (pass == 0) hashes[n] = hash;
            if (pass == 1 && hashes[n] == hash) *out = true;
        }
    }
    return LF_OK;
}

/* Whether a table begins with s: a header where there cannot be one. */
static lf_rc begins_table(csv_head *h, scan *k, const shape *s, bool gap, bool *out,
                          lf_error *err) {
    *out = false;
    if (!k->has_first || k->run < 2 || k->last.hash == s->hash || !could_be_header(s)) return LF_OK;
    if (!k->typed_known) {
        LF_TRY(find_typed(h, k->first.r.next, k->first.width, &k->typed, err));
        k->typed_known = true;
    }
    const bool again = s->hash == k->first.hash && s->width == k->first.width;
    if (again && k->typed.n > 0) return misfits_all(h, &s->r, &k->typed, out, err);
    if (again && gap) {
        *out = true;
        return LF_OK;
    }
    csv_record below;
    shape b;
    bool blank;
    if (!next_filled(h, s->r.next, &below, &blank) || blank) return LF_OK;
    LF_TRY(shape_of(h, &below, &b, err));
    bool typed_below = b.values > 0;
    bool surplus = b.width == s->width + 1 && ends_empty(h, &below);
    if (s->width != k->last.width) {
        bool alike;
        if (!gap && b.width == k->last.width) return LF_OK; /* the table goes on below it */
        LF_TRY(continues(h, &k->last.r, &s->r, &alike, err));
        if (!gap && alike) return LF_OK;
        csv_record more;
        bool two = next_filled(h, below.next, &more, &blank) && more.n_fields == b.width;
        *out = (b.width == s->width || surplus) &&
               (gap || (typed_below && (two || !lf_csv_head_next(h, below.next, &more))));
        return LF_OK;
    }
    if (!gap || k->typed.n == 0 || b.width != s->width || !typed_below) return LF_OK;
    /* As wide as the table before, it may be a bad row of that one: two rows must bear it out. */
    csv_record second;
    if (!next_filled(h, below.next, &second, &blank) || blank || second.n_fields != s->width)
        return LF_OK;
    return misfits_all(h, &s->r, &k->typed, out, err);
}

static lf_rc add_table(csv_head *h, size_t at, lf_error *err) {
    lf_plan *p = h->plan;
    if (p->tables == NULL) {
        p->tables = lf_csv_plan_alloc(p, TABLES_MAX, sizeof *p->tables, err);
        if (p->tables == NULL) return LF_ENO_MEMORY;
    }
    if (p->n_tables < TABLES_MAX) p->tables[p->n_tables++] = at;
    return LF_OK;
}

/* Whether some cell reads as a value: no header then. Of most rows, the first cell or two tell. */
static lf_rc has_value(csv_head *h, const csv_record *r, bool *out, lf_error *err) {
    const uint32_t n =
        (uint32_t)r->n_fields < COLUMNS_SHOWN ? (uint32_t)r->n_fields : COLUMNS_SHOWN;
    *out = false;
    LF_TRY(lf_csv_head_fields(h, r, err));
    for (uint32_t c = 0; c < n && !*out; c++) {
        lf_span cell;
        bool quoted;
        LF_TRY(lf_csv_head_cell(h, r, c, &cell, &quoted, err));
        *out = (lf_csv_cell_kinds(h, cell, quoted) & VALUE_KINDS) != 0;
    }
    return LF_OK;
}

static lf_rc find_tables(csv_head *h, lf_error *err) {
    scan k = {.has_first = false};
    shape s;
    csv_record r;
    bool gap, begins;
    size_t title = 0; /* of the narrow rows behind the last gap */
    bool titled = false;
    LF_TRY(add_table(h, h->begin, err));
    for (size_t at = h->begin; next_filled(h, at, &r, &gap); at = r.next) {
        if (k.has_first && !gap && !titled) {
            bool plain;
            LF_TRY(has_value(h, &r, &plain, err));
            if (plain) {
                k.run = r.n_fields == k.last.width ? k.run + 1 : 1;
                k.last = (shape){.r = r, .width = (uint32_t)r.n_fields};
                continue;
            }
        }
        LF_TRY(shape_of(h, &r, &s, err));
        if (gap) titled = false;
        LF_TRY(begins_table(h, &k, &s, gap || titled, &begins, err));
        if (begins) {
            LF_TRY(add_table(h, titled ? title : r.start, err));
            k = (scan){.first = s, .last = s, .run = 1, .has_first = true};
            titled = false;
            continue;
        }
        if (gap && k.has_first && is_narrow(&s, k.last.width)) {
            titled = true;
            title = r.start;
        }
        if (titled) continue;
        k.run = k.has_first && s.width == k.last.width ? k.run + 1 : 1;
        if (!k.has_first && s.width >= 2 && s.filled >= 2) {
            k.first = s;
            k.has_first = true;
        }
        k.last = s;
    }
    return LF_OK;
}

/* The rows of a table up to `end`. */
typedef struct measure {
    uint32_t rows;  /* MUCH_ROWS + 1: that many or more */
    uint32_t width; /* of the widest, without its empty end */
    bool gap;       /* a blank line among them or behind the last */
} measure;

static lf_rc measure_table(csv_head *h, size_t at, size_t end, measure *m, lf_error *err) {
    csv_record r;
    shape s;
    bool gap;
    *m = (measure){.rows = 0};
    for (; next_filled(h, at, &r, &gap); at = r.next) {
        m->gap |= gap && m->rows > 0;
        if (r.start >= end || m->rows > MUCH_ROWS) break;
        LF_TRY(shape_of(h, &r, &s, err));
        if (s.upto > m->width) m->width = s.upto;
        m->rows++;
    }
    return LF_OK;
}

/* A few rows of a key and a value before the header of a table much wider are no table but belong
 * to its preamble; so does a header with one row right before a table of many rows, which tells
 * about that one. Blank lines set off a table of its own, unless the next one is much longer. */
static lf_rc join_keys(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    csv_record header;
    measure first, second;
    bool gap;
    if (p->n_tables < 2 || !next_filled(h, p->tables[1], &header, &gap)) return LF_OK;
    const size_t end = p->n_tables > 2 ? p->tables[2] : h->text.len;
    LF_TRY(measure_table(h, p->tables[0], p->tables[1], &first, err));
    LF_TRY(measure_table(h, header.next, end, &second, err));
    const bool much = second.rows > MUCH_ROWS;
    const bool keys =
        first.width <= 2 && first.rows <= KEYS_MAX && first.width * 3 <= header.n_fields;
    if (!(keys && (!first.gap || much)) && !(first.rows == 2 && !first.gap && much)) return LF_OK;
    p->n_tables--;
    memmove(p->tables, p->tables + 1, p->n_tables * sizeof *p->tables);
    return LF_OK;
}

/* --- the rows before and behind --- */

/* Whether a line of too few fields (`for May, 2026`), which follows one of the preamble, belongs to
 * it too: more of it follows, or a blank line and then the table. */
static bool is_of_preamble(const csv_head *h, const shape *s, uint32_t width) {
    csv_record r;
    bool gap;
    if (!next_filled(h, s->r.next, &r, &gap)) return false;
    return r.n_fields == 1 || (gap && r.n_fields == width);
}

/* The rows before the first full one. */
typedef struct leading {
    uint32_t n;
    bool gap;    /* a blank line among them or behind them, or a row of nothing but delimiters */
    bool values; /* some cell reads as a value */
    bool padded; /* one is as wide as the table */
    bool weak;   /* and the table only has two columns */
    bool sparse; /* one that is as wide as the table has several cells */
    bool wordy;  /* one has more than a key and a value */
} leading;

/* Whether s is text over columns of values: a header, which stands within no table. */
static lf_rc stands_over_values(csv_head *h, const shape *s, uint32_t width, bool *out,
                                lf_error *err) {
    *out = false;
    if (s->width != width || s->values > 0) return LF_OK;
    typed_columns *t = lf_csv_plan_alloc(h->plan, 1, sizeof *t, err);
    if (t == NULL) return LF_ENO_MEMORY;
    LF_TRY(find_typed(h, s->r.next, width, t, err));
    if (t->rows < 3) return LF_OK;
    return misfits_all(h, &s->r, t, out, err);
}

/* Whether the table begins with s, the first full row, and what stands before it is a preamble. */
static lf_rc ends_preamble(csv_head *h, const shape *s, const leading *l, uint32_t width, bool *out,
                           lf_error *err) {
    const bool header = s->values == 0 && s->unique && s->filled + 1 >= s->width;
    csv_record below;
    bool gap;
    *out = header && l->n > 1 && !l->wordy && s->filled == s->width && width > 4 &&
           next_filled(h, s->r.next, &below, &gap);
    if (*out || l->n == 0 || (l->weak && !l->gap)) return LF_OK;
    if (!l->sparse) {
        *out = l->gap || (!l->values && width >= 3 && (!l->padded || s->values > 0 || l->n > 2)) ||
               (header && (!l->padded || next_filled(h, s->r.next, &below, &gap)));
        if (*out) return LF_OK;
    }
    return stands_over_values(h, s, width, out, err);
}

static lf_rc skip_leading(csv_head *h, uint32_t width, lf_error *err) {
    csv_record r;
    shape s;
    leading l = {.n = 0};
    bool gap;
    uint32_t n = 0;
    for (size_t at = h->begin; n < LEADING_MAX && next_filled(h, at, &r, &gap); at = r.next, n++) {
        LF_TRY(shape_of(h, &r, &s, err));
        l.gap = l.n > 0 && (gap || l.gap);
        bool key = s.width == width && s.upto == 2 && width > 2; /* and its value */
        bool full = s.width > width / 2 && s.filled >= 2 && s.filled * 2 >= width && !key;
        bool text = l.n > 0 && s.width < width && is_of_preamble(h, &s, width);
        if (full && !text) {
            LF_TRY(ends_preamble(h, &s, &l, width, &full, err));
            if (full) h->begin = r.start;
            return LF_OK;
        }
        bool narrow = text || is_narrow(&s, width);
        /* Names with gaps between them stand over groups of columns: part of the header. */
        bool sparse = !narrow && s.width == width && (l.n > 0 || s.filled == s.upto);
        if (!narrow && !sparse) return LF_OK;
        l.n++;
        l.values |= s.values > 0;
        l.gap |= s.filled == 0;
        l.padded |= s.width == width;
        l.weak |= s.width == width && width == 2;
        l.sparse |= sparse;
        l.wordy |= s.upto > 2;
    }
    return LF_OK;
}

/* Narrow rows behind a blank line, up to the end of the text. */
static lf_rc cut_footer(csv_head *h, uint32_t width, lf_error *err) {
    csv_record r;
    shape s;
    bool gap, seen = false;
    size_t cut = 0;
    uint32_t n = 0;
    for (size_t at = h->begin; next_filled(h, at, &r, &gap); at = r.next) {
        if (cut == 0 && !gap) {
            seen |= r.n_fields == width;
            continue;
        }
        LF_TRY(shape_of(h, &r, &s, err));
        if (!seen || !is_narrow(&s, width) || s.width == width || s.values > 0 || n == FOOTER_MAX) {
            cut = 0;
            n = 0;
            seen |= s.width == width;
            continue;
        }
        if (cut == 0) cut = r.start;
        n++;
    }
    if (cut > 0) {
        h->plan->footer_at = cut;
        h->text.len = cut;
    }
    return LF_OK;
}

static lf_rc given_rows(csv_head *h) {
    csv_record r = h->first;
    bool gap;
    while (h->header_rows < h->plan->header_rows_asked && next_filled(h, r.next, &r, &gap)) {
        h->header_rows++;
        h->below = r.next;
    }
    return LF_OK;
}

/* Whether the row below s is s again: such rows (`nan,nan`) are of the table. */
static lf_rc repeats(csv_head *h, const shape *s, bool *out, lf_error *err) {
    csv_record r;
    shape below;
    bool gap;
    *out = false;
    if (!next_filled(h, s->r.next, &r, &gap) || r.n_fields != s->width) return LF_OK;
    LF_TRY(shape_of(h, &r, &below, err));
    *out = below.hash == s->hash;
    return LF_OK;
}

/* The rows of text that the table begins with, the first among them: at most HEADER_MAX. */
static lf_rc leading_text(csv_head *h, const shape *first, shape *rows, uint32_t *n_out,
                          lf_error *err) {
    csv_record r = h->first;
    bool gap, again;
    uint32_t n = 1;
    rows[0] = *first;
    for (; n < HEADER_MAX && next_filled(h, r.next, &r, &gap); n++) {
        if (gap || r.open || r.n_fields != h->first.n_fields) break;
        LF_TRY(shape_of(h, &r, &rows[n], err));
        if (rows[n].values > 0) break;
        LF_TRY(repeats(h, &rows[n], &again, err));
        if (again && rows[n].hash != first->hash) break;
    }
    *n_out = n;
    return LF_OK;
}

/* The header's rows below the first one: text where (nearly) all rows below hold values. */
lf_rc lf_csv_head_header_rows(csv_head *h, lf_error *err) {
    typed_columns *t = lf_csv_plan_alloc(h->plan, 1, sizeof *t, err);
    if (t == NULL) return LF_ENO_MEMORY;
    shape first, rows[HEADER_MAX];
    uint32_t n;
    bool fits;
    h->header_rows = 1;
    h->below = h->first.next;
    if (h->plan->header_rows_given) return given_rows(h);
    if (!h->has_first || h->first.n_fields < 2 || h->first.open) return LF_OK;
    LF_TRY(shape_of(h, &h->first, &first, err));
    if (first.values > 0) return LF_OK;
    LF_TRY(leading_text(h, &first, rows, &n, err));
    if (n == 1) return LF_OK;
    LF_TRY(find_all_typed(h, rows[n - 1].r.next, first.width, t, err));
    if (t->rows < 3) return LF_OK;
    for (uint32_t i = 1; i < n; i++) {
        const bool again = rows[i].hash == first.hash;
        LF_TRY(misfits_all(h, &rows[i].r, t, &fits, err));
        /* Behind others one may name the index alone: `time,,,`. */
        if (!fits && i > 1 && rows[i].upto == 1) fits = t->of[0];
        if (!fits || (t->n < 2 && !again)) break;
        LF_TRY(misfits_all(h, &h->first, t, &fits, err));
        if (!fits && !again && i == 1 && first.filled == first.width) break;
        h->header_rows = i + 1;
        h->below = rows[i].r.next;
    }
    return LF_OK;
}

static void skip_lines(csv_head *h) {
    for (uint32_t i = 0; i < h->plan->skip_lines && h->begin < h->text.len; i++)
        h->begin = lf_csv_line_end(&h->plan->dialect, h->text.data, h->begin, h->text.len);
}

/* The last lines as given: of a text that is all at hand. */
static lf_rc drop_footer(csv_head *h, lf_error *err) {
    size_t end = h->text.len;
    if (!h->whole && h->plan->footer_asked > 0)
        return lf_fail(err, LF_EUNSUPPORTED, "--footer needs an input of at most %zu bytes",
                       h->text.len);
    for (uint32_t i = 0; i < h->plan->footer_asked && end > h->begin; i++) {
        if (csv_line_ends(&h->plan->dialect, h->text.data[end - 1])) end--;
        while (end > h->begin && !csv_line_ends(&h->plan->dialect, h->text.data[end - 1]))
            end--;
    }
    if (end == h->text.len) return LF_OK;
    h->plan->footer_at = h->text.len = end;
    return LF_OK;
}

/* What the sample shows is no table, or another one than what stands behind it: the table begins
 * with the first two records of that one's width. */
static lf_rc skip_to_far(csv_head *h, uint32_t *width, lf_error *err) {
    const uint32_t far = h->plan->far_width;
    csv_record r, below;
    bool gap;
    for (size_t at = h->begin; next_filled(h, at, &r, &gap); at = r.next) {
        if (r.n_fields != far || !next_filled(h, r.next, &below, &gap) || below.n_fields != far)
            continue;
        h->begin = r.start;
        *width = far;
        return LF_OK;
    }
    if (!h->opts->head_may_grow) return LF_OK;
    return lf_fail(err, LF_ERECORD_TOO_BIG, "no table begins in the first %zu bytes of the text",
                   h->text.len);
}

lf_rc lf_csv_head_layout(csv_head *h, lf_error *err) {
    lf_plan *p = h->plan;
    skip_lines(h);
    if (p->footer_given) LF_TRY(drop_footer(h, err));
    p->cut_at = p->footer_at;
    LF_TRY(lf_csv_rows_read(h->rows, &p->dialect, lf_csv_isa_get(p->isa), h->text, h->whole,
                            h->begin, err));
    if (p->dialect.delimiter == '\n') return LF_OK;
    if (p->one_table)
        LF_TRY(add_table(h, h->begin, err));
    else
        LF_TRY(find_tables(h, err));
    if (!p->one_table && !p->skip_given) LF_TRY(join_keys(h, err));
    uint32_t table = p->table;
    if (table >= p->n_tables)
        return lf_fail(err, LF_EUSAGE, "there is no table %u: %u found", table + 1, p->n_tables);
    h->begin = p->tables[table];
    if (table + 1 < p->n_tables) {
        h->text.len = p->tables[table + 1];
        h->whole = true;
        p->cut_at = h->text.len;
    }
    uint32_t width = lf_csv_head_modal(h, h->begin);
    if (p->far_width >= width && p->n_tables == 1 && !p->skip_given)
        LF_TRY(skip_to_far(h, &width, err));
    else if (!p->skip_given)
        LF_TRY(skip_leading(h, width, err));
    if (h->whole && width >= 2 && !p->footer_given) LF_TRY(cut_footer(h, width, err));
    if (p->footer_at > 0) p->cut_at = p->footer_at;
    return LF_OK;
}
