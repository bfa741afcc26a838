/* decode/csv/csv_tile.c - from the index of a tile to the cells of its columns.
 *
 * Nearly every tile is regular: each record has the table's number of fields, so that record r
 * ends at position (r + 1) * fields - 1 and columns are a transposition of the index. One look
 * at the last field of every record proves it. Any other tile is walked record by record,
 * which is where blank lines, ragged rows, broken UTF-8 and rows that turn out not to fit a
 * fixed type are dealt with. Both end in start[] and len[] of raw fields, quotes included. */
#include "decode/csv/csv_internal.h"
#include <stdio.h>
#include <string.h>

lf_rc lf_csv_reject_add(lf_decoder *d, const uint8_t *text, uint32_t start, lf_reject r,
                        lf_error *err) {
    LF_TRY(lf_csv_vec_reserve(d, &d->rejects_vec, (d->n_rejects + 1) * sizeof r, err));
    r.byte_offset = d->at + start;
    r.records_before += d->totals.records;
    r.newlines_before = d->totals.newlines + lf_csv_count_lines(d, text, start);
    ((lf_reject *)d->rejects_vec.data)[d->n_rejects++] = r;
    return LF_OK;
}

uint64_t lf_csv_count_lines(const lf_decoder *d, const uint8_t *text, uint32_t n) {
    uint64_t lines = d->isa->count(text, n, '\n');
    if (!d->plan->dialect.cr_ends) return lines;
    lines += d->isa->count(text, n, '\r');
    for (uint32_t i = 0; i + 1 < n; i++)
        lines -= text[i] == '\r' && text[i + 1] == '\n';
    return lines;
}

/* Start, len and bitmaps of all columns for tiles of up to n_rows. */
static lf_rc reserve_slab(lf_decoder *d, uint32_t n_rows, lf_error *err) {
    if (n_rows <= d->slab_rows) return LF_OK;
    uint32_t n = d->plan->n_columns;
    uint32_t rows = n_rows + n_rows / 8 < d->plan->rows_max ? n_rows + n_rows / 8 : n_rows;
    uint32_t stride = (rows + CSV_STRIDE_STEP - 1) / CSV_STRIDE_STEP * CSV_STRIDE_STEP;
    size_t words = stride / 64, values = (size_t)stride * 8 + 64;
    size_t column = values + (size_t)stride * 8 + (words * 24 + 63) / 64 * 64;
    LF_TRY(lf_csv_vec_reserve(d, &d->slab, column * n + 128, err));
    uint8_t *at = d->slab.data;
    at += (64 - ((uintptr_t)at & 63)) & 63;
    for (uint32_t c = 0; c < n; c++, at += column) {
        csv_column *k = &d->columns[c];
        k->values8 = at;
        k->start = (uint32_t *)(at + values);
        k->len = k->start + stride;
        k->quoted = (uint64_t *)(k->len + stride);
        k->valid = k->quoted + words;
        k->odd = k->valid + words;
        d->starts[k->field] = k->start;
        d->lens[k->field] = k->len;
    }
    d->stride = stride;
    d->slab_rows = stride < d->plan->rows_max ? stride : d->plan->rows_max;
    return LF_OK;
}

static bool is_row_end(const lf_decoder *d, uint32_t pos) {
    const csv_tile *t = &d->tile;
    return pos == t->virtual_end || csv_line_ends(&d->plan->dialect, t->text[pos]);
}

/* Every record of the index has plan->physical fields. */
static bool index_is_regular(const lf_decoder *d) {
    const csv_index *x = &d->index;
    const csv_tile *t = &d->tile;
    uint32_t f = d->plan->physical, rows = x->rows;
    if ((uint64_t)rows * f > x->n) return false;
    const uint32_t *end = x->pos + f - 1;
    if (t->virtual_end != UINT32_MAX) {
        rows--;
        if (x->pos[(size_t)rows * f + f - 1] != t->virtual_end) return false;
    }
    uint8_t other = 0;
    if (d->plan->dialect.cr_ends) {
        for (uint32_t r = 0; r < rows; r++, end += f)
            other |= t->text[*end] != '\n' && t->text[*end] != '\r';
        return other == 0;
    }
    for (uint32_t r = 0; r < rows; r++, end += f)
        other |= t->text[*end] ^ '\n';
    return other == 0;
}

/* The cells beyond the table's width are empty in every row. */
static bool surplus_is_empty(const lf_decoder *d, uint32_t n_rows) {
    const lf_plan *p = d->plan;
    const uint32_t *pos = d->index.pos;
    uint32_t extra = (p->physical - p->width) * (1u + p->dialect.more_len);
    for (uint32_t r = 0; r < n_rows; r++, pos += p->physical) {
        uint32_t end = pos[p->physical - 1];
        bool cr = d->tile.text[end - 1] == '\r';
        if (end - cr - pos[p->width - 1] != extra) return false;
    }
    return true;
}

/* Rows of a regular tile that belong to this block, at most as many as a tile may have. */
static uint32_t rows_of_block(const lf_decoder *d) {
    uint32_t f = d->plan->physical, rows = d->index.rows;
    if (rows > d->plan->rows_max) rows = d->plan->rows_max;
    while (rows > 1 && (uint64_t)d->index.pos[(size_t)(rows - 1) * f - 1] + 1 >= d->tile.end_limit)
        rows--;
    return rows;
}

static void end_tile(lf_decoder *d, uint32_t n_positions) {
    csv_tile *t = &d->tile;
    uint32_t last = n_positions == 0 ? 0 : d->index.pos[n_positions - 1];
    t->n_positions = n_positions;
    if (n_positions == 0)
        t->len = 0;
    else
        t->len = last == t->virtual_end ? last : last + 1;
}

/* Cuts off the first byte of line ends. Where carriage returns end lines too, one that stands
 * before another is text: it was escaped. */
static void cut_cr(const lf_decoder *d, uint32_t *start, uint32_t *len, uint32_t n) {
    const uint8_t *text = d->tile.text;
    if (d->plan->dialect.cr_ends) {
        for (uint32_t r = 0; r < n; r++)
            if (len[r] > 0 && text[start[r] + len[r] - 1] == '\r' &&
                start[r] + len[r] != d->tile.virtual_end)
                len[r] -= text[start[r] + len[r]] == '\n';
        return;
    }
    for (uint32_t r = 0; r < n; r++)
        len[r] -= len[r] > 0 && text[start[r] + len[r] - 1] == '\r';
}

static lf_rc fill_regular(lf_decoder *d, lf_error *err) {
    csv_tile *t = &d->tile;
    const lf_plan *p = d->plan;
    LF_TRY(reserve_slab(d, t->n_rows, err));
    d->isa->locate(d->index.pos, p->physical, t->n_rows, 1u + p->dialect.more_len, d->starts,
                   d->lens);
    if (d->index.cr && p->width == p->physical && d->starts[p->width - 1] != NULL)
        cut_cr(d, d->starts[p->width - 1], d->lens[p->width - 1], t->n_rows);
    return LF_OK;
}

/* --- the walk --- */

/* Where the first sequence that is not UTF-8 begins; n if there is none. */
static size_t utf8_first_bad(const uint8_t *s, size_t n) {
    for (size_t i = 0; i < n;) {
        uint8_t b = s[i];
        if (b < 0x80) {
            i++;
            continue;
        }
        size_t w = b >= 0xf0 ? 4 : b >= 0xe0 ? 3 : 2;
        uint8_t low = b == 0xe0 ? 0xa0 : b == 0xf0 ? 0x90 : 0x80;
        uint8_t high = b == 0xed ? 0x9f : b == 0xf4 ? 0x8f : 0xbf;
        if (b < 0xc2 || b > 0xf4 || i + w > n || s[i + 1] < low || s[i + 1] > high) return i;
        for (size_t k = 2; k < w; k++)
            if ((s[i + k] & 0xc0) != 0x80) return i;
        i += w;
    }
    return n;
}

/* A record under judgement: its bytes are text[start, end). */
typedef struct record {
    uint32_t start, end;
    uint32_t first, n_fields;
} record;

static void field_at(const lf_decoder *d, const record *k, uint32_t f, uint32_t *start,
                     uint32_t *len) {
    const uint32_t *pos = d->index.pos + k->first;
    *start = f == 0 ? k->start : pos[f - 1] + 1 + d->plan->dialect.more_len;
    *len = (f + 1 == k->n_fields ? k->end : pos[f]) - *start;
}

static lf_rc reject(lf_decoder *d, const record *k, lf_reject r, lf_error *err) {
    r.rows_before = d->tile.n_rows;
    r.records_before = d->tile.n_records++;
    r.raw = (lf_span){d->tile.text + k->start, k->end - k->start};
    return lf_csv_reject_add(d, d->tile.text, k->start, r, err);
}

static lf_rc reject_width(lf_decoder *d, const record *k, const char *why, lf_error *err) {
    lf_reject r = {.rc = LF_EROW_WIDTH};
    uint32_t width = d->plan->width, start, len;
    (void)snprintf(r.reason, sizeof r.reason, "%u field%s where %u %s expected%s", k->n_fields,
                   k->n_fields == 1 ? "" : "s", width, width == 1 ? "is" : "are", why);
    if (k->n_fields > width) {
        field_at(d, k, width, &start, &len);
        r.mark = start - k->start;
        r.mark_len = k->end - start;
    }
    return reject(d, k, r, err);
}

/* Its last field begins with a quote that nothing closes. */
static lf_rc reject_open(lf_decoder *d, const record *k, uint32_t f, lf_error *err) {
    lf_reject r = {.rc = LF_EQUOTE_OPEN, .mark_len = 1};
    uint32_t start, len;
    field_at(d, k, f, &start, &len);
    bool kept = f < d->plan->physical && d->plan->output_of[f] != CSV_COLUMN_NONE;
    r.column = kept ? d->plan->output_of[f] + 1 : 0;
    r.mark = start - k->start;
    (void)snprintf(r.reason, sizeof r.reason, "the quote that opens in field %u never closes",
                   f + 1);
    return reject(d, k, r, err);
}

/* The first field whose quote is closed nowhere in the record, if any: what seemed to close it was
 * a quote of a later one. */
static bool find_open(const lf_decoder *d, const record *k, uint32_t *field) {
    for (uint32_t start, len, f = 0; f < k->n_fields; f++) {
        field_at(d, k, f, &start, &len);
        *field = f;
        if (lf_csv_field_is_open(&d->plan->dialect, d->tile.text + start, k->end - start))
            return true;
    }
    return false;
}

static lf_rc reject_utf8(lf_decoder *d, const record *k, size_t bad, lf_error *err) {
    lf_reject r = {.rc = LF_EBAD_UTF8, .mark = (uint32_t)bad, .mark_len = 1};
    const uint8_t *raw = d->tile.text + k->start;
    uint32_t f = 0;
    while (f + 1 < k->n_fields && d->index.pos[k->first + f] < k->start + bad)
        f++;
    /* Columns of a reject count among those that are put out. */
    bool kept = f < d->plan->physical && d->plan->output_of[f] != CSV_COLUMN_NONE;
    r.column = kept ? d->plan->output_of[f] + 1 : 0;
    const char *from = d->plan->encoding; /* its marks: charset/charset.h */
    if (from != NULL && raw[bad] == 0xff && bad + 1 < k->end - k->start)
        (void)snprintf(r.reason, sizeof r.reason, "byte 0x%02x is no character of %s", raw[bad + 1],
                       from);
    else if (from != NULL && raw[bad] == 0xed)
        (void)snprintf(r.reason, sizeof r.reason, "half a surrogate pair in the %s text", from);
    else
        (void)snprintf(r.reason, sizeof r.reason, "byte 0x%02x is not valid UTF-8", raw[bad]);
    return reject(d, k, r, err);
}

static lf_rc reject_misfit(lf_decoder *d, const record *k, uint32_t column, lf_error *err) {
    const lf_field *f = &d->plan->schema.fields[column];
    lf_reject r = {.rc = LF_ETYPE_MISFIT};
    uint32_t start = k->end, len = 0, field = d->plan->physical_of[column];
    char type[40];
    if (field < k->n_fields) field_at(d, k, field, &start, &len);
    r.column = column + 1;
    r.mark = start - k->start;
    r.mark_len = len;
    (void)lf_type_print(f->type, type, sizeof type);
    if (len == 0) {
        (void)snprintf(r.reason, sizeof r.reason, "column %.20s must not be empty", f->name);
        return reject(d, k, r, err);
    }
    char text[25], name[25];
    const lf_span cell = {d->tile.text + start, len};
    const lf_span column_name = {(const uint8_t *)f->name, strlen(f->name)};
    (void)snprintf(r.reason, sizeof r.reason, "\"%s\" in column %s does not read as %.20s",
                   lf_error_text(text, sizeof text, cell),
                   lf_error_text(name, sizeof name, column_name), type);
    return reject(d, k, r, err);
}

/* The content of a raw field, copied where it must be. */
static lf_rc content(lf_decoder *d, uint32_t start, uint32_t len, lf_span *out, bool *quoted,
                     lf_error *err) {
    const csv_dialect *dia = &d->plan->dialect;
    uint32_t s = start, n = len;
    if (lf_csv_cell_view(dia, d->tile.text, &s, &n, quoted)) {
        *out = (lf_span){d->tile.text + s, n};
        return LF_OK;
    }
    LF_TRY(lf_csv_vec_reserve(d, &d->cell_vec, len, err));
    n = lf_csv_cell_copy(dia, d->tile.text + start, len, d->cell_vec.data, quoted);
    *out = (lf_span){d->cell_vec.data, n};
    return LF_OK;
}

/* A short row is padded when its cells fit the types that the head gave: those, not the
 * current ones, so that the outcome is the same in whatever order blocks are decoded. */
static lf_rc fits_plan(lf_decoder *d, const record *k, bool *out, lf_error *err) {
    const lf_plan *p = d->plan;
    *out = false;
    for (uint32_t c = 0; c < p->n_columns; c++) {
        uint32_t f = p->physical_of[c], start, len, word;
        lf_type t = p->schema.fields[c].type;
        if (f >= k->n_fields || f >= p->usual || t.id == LF_T_STRING) continue;
        lf_span cell;
        bool quoted, exact;
        lf_value v;
        lf_form form;
        field_at(d, k, f, &start, &len);
        LF_TRY(content(d, start, len, &cell, &quoted, err));
        if (cell.len == 0 || lf_parse_null(cell, quoted, &p->ctx[c], &word) != LF_NULL_NO) continue;
        if (t.id == LF_T_NULL || !lf_parse_value(t, cell, &p->ctx[c], &v, &form, &exact))
            return LF_OK;
    }
    *out = true;
    return LF_OK;
}

static lf_rc accept(lf_decoder *d, const record *k, lf_error *err) {
    csv_tile *t = &d->tile;
    LF_TRY(lf_csv_vec_reserve(d, &d->rows_vec, (t->n_rows + 1) * sizeof(csv_row), err));
    csv_row *row = (csv_row *)d->rows_vec.data + t->n_rows++;
    *row = (csv_row){.start = k->start, .end = k->end, .first = k->first, .n_fields = k->n_fields};
    t->n_records++;
    return LF_OK;
}

static lf_rc judge(lf_decoder *d, const record *k, lf_error *err) {
    const lf_plan *p = d->plan;
    uint32_t open;
    if (d->index.machine.strays > 0 && find_open(d, k, &open)) return reject_open(d, k, open, err);
    if (d->tile.check_utf8) {
        size_t n = k->end - k->start, bad = utf8_first_bad(d->tile.text + k->start, n);
        if (bad < n) return reject_utf8(d, k, bad, err);
    }
    if (k->n_fields > p->width) {
        uint32_t start, len;
        field_at(d, k, p->width, &start, &len);
        if (!p->cut_surplus ||
            k->end - start != (k->n_fields - p->width - 1) * (1u + p->dialect.more_len)) {
            if (k->n_fields > d->totals.fields_max) d->totals.fields_max = k->n_fields;
            return reject_width(d, k, "", err);
        }
    } else if (k->n_fields < p->width) {
        bool fits;
        LF_TRY(fits_plan(d, k, &fits, err));
        if (!fits) return reject_width(d, k, ", and they do not fit the columns' types", err);
        d->tile.n_padded += k->n_fields < p->usual;
    }
    return accept(d, k, err);
}

/* The record whose first position is i. */
static record record_at(const lf_decoder *d, uint32_t i) {
    const csv_tile *t = &d->tile;
    const uint32_t *pos = d->index.pos;
    record k = {.start = pos[(ptrdiff_t)i - 1] + 1, .first = i};
    while (!is_row_end(d, pos[i]))
        i++;
    k.n_fields = i - k.first + 1;
    k.end = pos[i];
    bool lone = d->plan->dialect.cr_ends && (pos[i] == t->virtual_end || t->text[pos[i]] != '\n');
    if (!lone && k.end > k.start && t->text[k.end - 1] == '\r') k.end--;
    return k;
}

static const char blank_line[] = "blank", comment_line[] = "comment";

/* Keeps the place of a line that is no row, unless a walk before did. `next`: behind the line. */
static void note_skipped(lf_decoder *d, const char *what, uint32_t start, uint32_t next) {
    uint64_t at = d->at + start, end = d->at + next;
    lf_line_run *last = d->n_skipped > 0 ? &d->skipped[d->n_skipped - 1] : NULL;
    if (end <= d->skipped_end) return;
    bool goes_on = last != NULL && d->n_skipped_more == 0 && at == d->skipped_end &&
                   last->what == what; /* one literal each */
    d->skipped_end = end;
    if (goes_on) {
        last->lines++;
    } else if (d->n_skipped == LF_SKIPPED_MAX) {
        d->n_skipped_more++;
    } else {
        uint64_t before = d->totals.newlines + lf_csv_count_lines(d, d->tile.text, start);
        d->skipped[d->n_skipped++] = (lf_line_run){what, before, 1};
    }
}

/* Walks the records of the index. `misfits`: accepted rows of the walk before, by number,
 * that are rejected now; in ascending order. */
static lf_rc walk(lf_decoder *d, const csv_misfit *misfits, uint32_t n_misfits, uint32_t limit,
                  lf_error *err) {
    csv_tile *t = &d->tile;
    const lf_plan *p = d->plan;
    uint32_t i = 0, left = d->index.rows, accepted = 0;
    for (; left > 0 && i < limit; left--) {
        record k = record_at(d, i);
        if (k.start >= t->end_limit || t->n_records >= p->rows_max) break;
        i = k.first + k.n_fields;
        if (k.n_fields == 1 && k.end == k.start && !p->blank_is_row) {
            t->n_blank++;
            note_skipped(d, blank_line, k.start, d->index.pos[i - 1] + 1);
            continue;
        }
        if (lf_csv_is_comment(&p->dialect, t->text, k.start, k.end)) {
            t->n_comments++;
            note_skipped(d, comment_line, k.start, d->index.pos[i - 1] + 1);
            continue;
        }
        uint32_t rows = t->n_rows, padded = t->n_padded;
        LF_TRY(judge(d, &k, err));
        if (t->n_rows == rows) continue;
        if (n_misfits > 0 && accepted == misfits->row) { /* accepted before, and refused now */
            t->n_rows = rows;
            t->n_padded = padded;
            t->n_records--;
            LF_TRY(reject_misfit(d, &k, misfits->column, err));
            misfits++;
            n_misfits--;
        }
        accepted++;
    }
    end_tile(d, i);
    return LF_OK;
}

static lf_rc fill_walked(lf_decoder *d, lf_error *err) {
    csv_tile *t = &d->tile;
    const csv_row *rows = d->rows_vec.data;
    LF_TRY(reserve_slab(d, t->n_rows, err));
    uint32_t padded = (t->n_rows + 15) & ~15u;
    for (uint32_t c = 0; c < d->plan->n_columns; c++) {
        csv_column *k = &d->columns[c];
        for (uint32_t r = 0; r < padded; r++) {
            const csv_row *row = rows + (r < t->n_rows ? r : t->n_rows - 1);
            record rec = {row->start, row->end, row->first, row->n_fields};
            if (k->field < row->n_fields) {
                field_at(d, &rec, k->field, &k->start[r], &k->len[r]);
            } else {
                k->start[r] = row->start;
                k->len[r] = 0;
            }
        }
    }
    return LF_OK;
}

static lf_rc walk_and_fill(lf_decoder *d, uint32_t limit, lf_error *err) {
    csv_tile *t = &d->tile;
    t->n_rows = t->n_records = t->n_blank = t->n_comments = t->n_padded = 0;
    d->n_rejects = 0;
    t->regular = false;
    LF_TRY(walk(d, d->misfit_vec.data, d->n_misfits, limit, err));
    return t->n_rows == 0 ? LF_OK : fill_walked(d, err);
}

lf_rc lf_csv_tile_build(lf_decoder *d, lf_error *err) {
    csv_tile *t = &d->tile;
    const lf_plan *p = d->plan;
    /* A stray quote may end a record of the right width, which is bad all the same; and in a table
     * of one column a comment has it. */
    bool odd = d->index.comments > 0 || d->index.machine.strays > 0;
    t->regular = !odd && index_is_regular(d);
    d->n_misfits = 0;
    uint32_t n_rows = t->regular ? rows_of_block(d) : 0;
    if (t->regular && p->cut_surplus && !surplus_is_empty(d, n_rows)) t->regular = false;
    if (d->index.high) {
        uint32_t n = t->regular ? n_rows * p->physical : d->index.n;
        uint32_t bytes = n == 0 ? 0 : d->index.pos[n - 1];
        t->check_utf8 = !d->kernels->utf8(t->text, bytes);
        if (t->check_utf8) t->regular = false;
    }
    if (!t->regular) return walk_and_fill(d, UINT32_MAX, err);
    t->n_rows = t->n_records = n_rows;
    end_tile(d, n_rows * p->physical);
    return fill_regular(d, err);
}

lf_rc lf_csv_tile_rebuild(lf_decoder *d, lf_error *err) {
    return walk_and_fill(d, d->tile.n_positions, err);
}
