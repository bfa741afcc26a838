/* Row against row. Both sides hand out runs of rows; as many as both have at hand are compared,
 * column by column, which is quick, and only rows that differ are looked at one by one: whether
 * a row is missing or too many there, and which cells differ. */
#include "api/verify_internal.h"
#include "core/limits.h"
#include "infer/cell_text.h"
#include <stdio.h>
#include <string.h>

#define SHIFT_MAX   8u     /* rows in a run that may be missing */
#define AHEAD       3u     /* rows that must agree behind them */
#define RESYNCS_MAX 20000u /* then only cells are compared */

static uint64_t mixed(uint64_t h) {
    h ^= h >> 31;
    h *= 0x9fb21c651e98df25ull;
    return h ^ h >> 28;
}

static uint64_t step(uint64_t row, uint64_t cell) {
    return (row ^ cell) * 0x9fb21c651e98df25ull + (row >> 47);
}

/* ---- the sides ---- */

static uint32_t left_rows(const verify_job *j) {
    if (j->typed) return j->left.end ? 0 : j->left.batch.n_rows - j->left.at;
    return j->tile == NULL ? 0 : j->tile->n_rows - j->tile_at;
}

static uint32_t right_rows(const verify_job *j) {
    return j->right.end ? 0 : j->right.batch.n_rows - j->right.at;
}

static lf_rc side_fill(verify_side *s, lf_error *err) {
    if (s->end || s->at < s->batch.n_rows) return LF_OK;
    s->at = 0;
    LF_TRY(s->reader->type->next(s->reader, LF_TILE_ROWS_MAX, &s->batch, err));
    s->end = s->batch.n_rows == 0;
    return LF_OK;
}

static lf_rc fill(verify_job *j, lf_error *err) {
    lf_rc rc = side_fill(&j->right, err);
    if (rc != LF_OK) return lf_error_set_file(err, j->out), rc;
    if (j->typed) {
        rc = side_fill(&j->left, err);
    } else if (!j->left.end && left_rows(j) == 0) {
        j->tile_at = 0;
        rc = lf_verify_text_next(&j->text, &j->tile, err);
        j->left.end = rc == LF_OK && j->tile->n_rows == 0;
    }
    if (rc != LF_OK) lf_error_set_file(err, j->in);
    return rc;
}

static const verify_cell *cell_at(const verify_job *j, const verify_column *c, uint32_t row) {
    return &j->tile->cells[(size_t)c->left * j->tile->stride + j->tile_at + row];
}

static lf_span span_of(const verify_job *j, const verify_cell *k) {
    return (lf_span){j->tile->text + k->start, verify_len(*k)};
}

static lf_rc cell_equal(verify_job *j, verify_column *c, uint32_t left, uint32_t right, bool *equal,
                        lf_error *err) {
    const lf_column *v = &j->right.batch.columns[c->right];
    j->scratch.path[0] = '\0';
    if (j->typed) {
        return lf_verify_typed_equal(c, &j->left.batch.columns[c->right], j->left.at + left, v,
                                     j->right.at + right, &j->a, &j->b, equal, err);
    }
    const verify_cell *k = cell_at(j, c, left);
    *equal = lf_verify_cell_equal(c, span_of(j, k), verify_kind_of(*k), v, j->right.at + right);
    return c->scratch->rc == LF_OK ? LF_OK : lf_fail_nomem(err, 0);
}

static bool is_wide(const verify_job *j, uint32_t left) {
    return !j->typed && j->tile->rows[j->tile_at + left].fields > 0;
}

/* Whether the rows agree; leaves no trace in the columns. */
static lf_rc rows_agree(verify_job *j, uint32_t left, uint32_t right, bool *equal, lf_error *err) {
    *equal = !is_wide(j, left);
    for (uint32_t i = 0; *equal && i < j->n_columns; i++) {
        verify_column c = j->columns[i];
        LF_TRY(cell_equal(j, &c, left, right, equal, err));
    }
    return LF_OK;
}

/* ---- hashes of rows ---- */

/* Of JSON, whose objects may stand as text with other blanks. */
static uint64_t value_hash(verify_job *j, const lf_column *v, uint32_t r) {
    const bool json =
        j->text.is_json && v->type.id == LF_T_STRING && lf_column_is_valid(v, r) && v->len[r] > 1;
    if (!json) return lf_verify_value_hash(v, r);
    return lf_verify_text_hash(&j->scratch, (lf_span){v->bytes + v->start[r], v->len[r]});
}

static lf_rc right_cell_hash(verify_job *j, verify_column *c, uint32_t r, uint64_t *h,
                             lf_error *err) {
    const lf_column *v = &j->right.batch.columns[c->right];
    if (lf_type_is_nested(v->type)) {
        return lf_verify_typed_hash(c, v, j->right.at + r, false, &j->a, h, err);
    }
    *h = value_hash(j, v, j->right.at + r);
    return LF_OK;
}

static lf_rc left_hash(verify_job *j, uint32_t row, uint64_t *out, lf_error *err) {
    *out = 0;
    for (uint32_t i = 0; i < j->n_columns; i++) {
        verify_column c = j->columns[i];
        uint64_t h;
        if (j->typed) {
            LF_TRY(lf_verify_typed_hash(&c, &j->left.batch.columns[c.right], j->left.at + row, true,
                                        &j->a, &h, err));
        } else {
            const verify_cell *k = cell_at(j, &c, row);
            h = lf_verify_cell_hash(&c, span_of(j, k), verify_kind_of(*k));
        }
        *out = step(*out, h);
    }
    return LF_OK;
}

static lf_rc right_hash(verify_job *j, uint32_t row, uint64_t *out, lf_error *err) {
    *out = 0;
    for (uint32_t i = 0; i < j->n_columns; i++) {
        uint64_t h;
        LF_TRY(right_cell_hash(j, &j->columns[i], row, &h, err));
        *out = step(*out, h);
    }
    return LF_OK;
}

static void count_left(verify_job *j, uint64_t h) {
    j->left_ordered = j->left_ordered * 0xd6e8feb86659fd93ull + mixed(h);
    j->left_any += mixed(h + 1);
    j->rep->rows_in++;
}

static void count_right(verify_job *j, uint64_t h) {
    j->right_ordered = j->right_ordered * 0xd6e8feb86659fd93ull + mixed(h);
    j->right_any += mixed(h + 1);
    j->rep->rows_out++;
}

/* ---- differences ---- */

static void place(const verify_job *j, uint32_t left, lf_verify_difference *d) {
    d->byte_offset = UINT64_MAX;
    if (j->typed) {
        d->row = j->left.row + left + 1;
        return;
    }
    const verify_row *r = &j->tile->rows[j->tile_at + left];
    d->row = r->row;
    d->line = r->line;
    d->byte_offset = r->offset;
}

/* The rows' cells as text, for a row that is on one side only. */
static lf_rc row_text(verify_job *j, uint32_t row, bool of_left, lf_buf *out, lf_error *err) {
    lf_buf_clear(out);
    for (uint32_t i = 0; i < j->n_columns && out->len < 256; i++) {
        const verify_column *c = &j->columns[i];
        if (i > 0) LF_TRY(lf_buf_append(out, ",", 1, err));
        if (of_left && !j->typed) {
            const verify_cell *k = cell_at(j, c, row);
            LF_TRY(lf_buf_append(out, span_of(j, k).data, verify_len(*k), err));
            continue;
        }
        const verify_side *s = of_left ? &j->left : &j->right;
        const lf_column *v = &s->batch.columns[c->right];
        if (!lf_column_is_valid(v, s->at + row)) continue;
        LF_TRY(lf_cell_text(v, of_left ? c->left_field : c->right_field, s->at + row, out, err));
    }
    return LF_OK;
}

static lf_rc one_sided(verify_job *j, uint32_t row, bool of_left, lf_error *err) {
    lf_verify_difference d = {.kind = of_left ? LF_VERIFY_ROW_MISSING : LF_VERIFY_ROW_EXTRA,
                              .byte_offset = UINT64_MAX};
    uint64_t h;
    LF_TRY(row_text(j, row, of_left, &j->b, err));
    lf_span text = {j->b.data, j->b.len};
    if (of_left) {
        place(j, row, &d);
        j->rep->rows_missing++;
        LF_TRY(left_hash(j, row, &h, err));
        count_left(j, h);
    } else {
        d.row_out = j->right.row + row + 1;
        j->rep->rows_extra++;
        LF_TRY(right_hash(j, row, &h, err));
        count_right(j, h);
    }
    return lf_verify_add(j, &d, text, !of_left, text, of_left, err);
}

static lf_rc differing_cell(verify_job *j, verify_column *c, uint32_t left, uint32_t right,
                            lf_error *err) {
    char name[300];
    snprintf(name, sizeof name, "%.128s%s", c->name, j->scratch.path);
    lf_verify_difference d = {.kind = LF_VERIFY_CELL, .column = name};
    const lf_column *v = &j->right.batch.columns[c->right];
    lf_span in = {0};
    bool in_null = false, out_null = !lf_column_is_valid(v, j->right.at + right);
    c->different++;
    j->rep->cells_different++;
    place(j, left, &d);
    d.row_out = j->right.row + right + 1;
    if (j->typed) {
        const lf_column *u = &j->left.batch.columns[c->right];
        in_null = !lf_column_is_valid(u, j->left.at + left);
        lf_buf_clear(&j->a);
        LF_TRY(lf_cell_text(u, c->left_field, j->left.at + left, &j->a, err));
        in = (lf_span){j->a.data, j->a.len};
    } else {
        const verify_cell *k = cell_at(j, c, left);
        in = span_of(j, k);
        in_null = verify_kind_of(*k) == VERIFY_MISSING ||
                  (verify_kind_of(*k) == VERIFY_PLAIN && in.len == 0);
        if (verify_kind_of(*k) == VERIFY_JSON && in.len > 1 && in.data[0] == '"') {
            in = (lf_span){in.data + 1, in.len - 2};
            in = lf_verify_json_unquote(in, &j->a, &j->scratch.rc);
        }
    }
    lf_buf_clear(&j->b);
    LF_TRY(lf_cell_text(v, c->right_field, j->right.at + right, &j->b, err));
    return lf_verify_add(j, &d, in, in_null, (lf_span){j->b.data, j->b.len}, out_null, err);
}

static lf_rc differing_row(verify_job *j, uint32_t r, lf_error *err) {
    uint64_t h;
    j->rep->rows_different++;
    if (is_wide(j, r)) {
        char fields[64];
        lf_verify_difference d = {.kind = LF_VERIFY_ROW_WIDTH};
        place(j, r, &d);
        d.row_out = j->right.row + r + 1;
        int n = snprintf(fields, sizeof fields, "%u fields",
                         (unsigned)j->tile->rows[j->tile_at + r].fields);
        lf_span text = {(const uint8_t *)fields, (size_t)n};
        LF_TRY(lf_verify_add(j, &d, text, false, text, true, err));
    }
    for (uint32_t i = 0; i < j->n_columns; i++) {
        verify_column probe = j->columns[i];
        bool equal;
        LF_TRY(cell_equal(j, &probe, r, r, &equal, err));
        if (!equal) LF_TRY(differing_cell(j, &j->columns[i], r, r, err));
    }
    LF_TRY(left_hash(j, r, &h, err));
    count_left(j, h);
    count_right(j, j->right_hash[r]);
    return LF_OK;
}

/* ---- runs of rows ---- */

/* Whether left rows from `l` on agree with right rows from `r` on, as far as both are at hand. */
static lf_rc agree_ahead(verify_job *j, uint32_t l, uint32_t r, bool *yes, lf_error *err) {
    const uint32_t nl = left_rows(j), nr = right_rows(j);
    *yes = l < nl && r < nr;
    for (uint32_t i = 0; *yes && i < AHEAD && l + i < nl && r + i < nr; i++) {
        LF_TRY(rows_agree(j, l + i, r + i, yes, err));
    }
    return LF_OK;
}

/* Rows that are missing or too many at row r, where the rows behind them agree: *missing left rows
 * or *extra right rows. */
static lf_rc find_shift(verify_job *j, uint32_t r, uint32_t *missing, uint32_t *extra,
                        lf_error *err) {
    bool yes;
    *missing = *extra = 0;
    if (j->resyncs++ >= RESYNCS_MAX) return LF_OK;
    LF_TRY(agree_ahead(j, r + 1, r + 1, &yes, err));
    if (yes) return LF_OK; /* cells of one row differ */
    for (uint32_t k = 1; k <= SHIFT_MAX; k++) {
        LF_TRY(agree_ahead(j, r + k, r, &yes, err));
        if (yes) return *missing = k, LF_OK;
        LF_TRY(agree_ahead(j, r, r + k, &yes, err));
        if (yes) return *extra = k, LF_OK;
    }
    return LF_OK;
}

static lf_rc compare_columns(verify_job *j, uint32_t n, lf_error *err) {
    memset(j->right_hash, 0, n * sizeof *j->right_hash);
    memset(j->unequal, 0, n);
    for (uint32_t i = 0; i < j->n_columns; i++) {
        verify_column *c = &j->columns[i];
        const lf_column *v = &j->right.batch.columns[c->right];
        const lf_column *u = j->typed ? &j->left.batch.columns[c->right] : NULL;
        if (u != NULL && lf_verify_typed_run(c, u, j->left.at, v, j->right.at, n, j->unequal)) {
            for (uint32_t r = 0; r < n; r++) {
                uint64_t h = lf_verify_value_hash(v, j->right.at + r);
                j->right_hash[r] = step(j->right_hash[r], h);
            }
            continue;
        }
        if (j->typed || lf_type_is_nested(v->type)) {
            for (uint32_t r = 0; r < n; r++) {
                bool equal;
                uint64_t h;
                LF_TRY(cell_equal(j, c, r, r, &equal, err));
                LF_TRY(right_cell_hash(j, c, r, &h, err));
                j->unequal[r] |= !equal;
                j->right_hash[r] = step(j->right_hash[r], h);
            }
            continue;
        }
        const verify_cell *cells = cell_at(j, c, 0);
        for (uint32_t r = 0; r < n; r++) {
            uint32_t at = j->right.at + r;
            j->unequal[r] |=
                !lf_verify_cell_equal(c, span_of(j, &cells[r]), verify_kind_of(cells[r]), v, at);
            j->right_hash[r] = step(j->right_hash[r], value_hash(j, v, at));
        }
    }
    for (uint32_t r = 0; r < n && !j->typed; r++) {
        j->unequal[r] |= is_wide(j, r);
    }
    if (j->scratch.rc != LF_OK) return lf_fail_nomem(err, 0);
    return LF_OK;
}

static void advance(verify_job *j, uint32_t left, uint32_t right) {
    if (j->typed) {
        j->left.at += left;
    } else {
        j->tile_at += left;
    }
    j->left.row += left;
    j->right.at += right;
    j->right.row += right;
}

static lf_rc compare_run(verify_job *j, uint32_t n, lf_error *err) {
    LF_TRY(compare_columns(j, n, err));
    for (uint32_t r = 0; r < n; r++) {
        uint32_t missing = 0, extra = 0;
        if (!j->unequal[r]) {
            count_left(j, j->right_hash[r]);
            count_right(j, j->right_hash[r]);
            j->rep->rows_equal++;
            continue;
        }
        if (j->filtered < j->may_filter) { /* it may be one that was left out */
            j->sparse = true;
            j->rep->cells += (uint64_t)r * j->n_columns;
            advance(j, r, r);
            return LF_OK;
        }
        LF_TRY(find_shift(j, r, &missing, &extra, err));
        for (uint32_t k = 0; k < missing; k++) {
            LF_TRY(one_sided(j, r + k, true, err));
        }
        for (uint32_t k = 0; k < extra; k++) {
            LF_TRY(one_sided(j, r + k, false, err));
        }
        if (missing + extra > 0) {
            j->rep->cells += (uint64_t)r * j->n_columns;
            advance(j, r + missing, r + extra);
            return LF_OK;
        }
        LF_TRY(differing_row(j, r, err));
    }
    j->rep->cells += (uint64_t)n * j->n_columns;
    advance(j, n, n);
    return LF_OK;
}

/* Rows agree: what their cells say of the columns is kept. */
static lf_rc equal_row(verify_job *j, uint32_t l, uint32_t r, lf_error *err) {
    uint64_t h;
    bool equal;
    for (uint32_t i = 0; i < j->n_columns; i++)
        LF_TRY(cell_equal(j, &j->columns[i], l, r, &equal, err));
    LF_TRY(right_hash(j, r, &h, err));
    count_left(j, h);
    count_right(j, h);
    j->rep->rows_equal++;
    j->rep->cells += j->n_columns;
    return LF_OK;
}

/* Where the conversion left rows out (--where, --skip, --sample): rows of IN are passed over up to
 * the next one that is in OUT, as many as OUT says. */
static lf_rc sparse_run(verify_job *j, lf_error *err) {
    const uint32_t nl = left_rows(j), nr = right_rows(j);
    uint32_t l = 0, r = 0;
    while (l < nl && r < nr && j->sparse) {
        bool same;
        LF_TRY(rows_agree(j, l, r, &same, err));
        if (same) LF_TRY(equal_row(j, l, r++, err));
        j->sparse = same || j->filtered < j->may_filter;
        j->filtered += !same && j->sparse;
        l += j->sparse;
    }
    advance(j, l, r);
    return LF_OK;
}

static lf_rc one_side_run(verify_job *j, bool of_left, uint32_t n, lf_error *err) {
    for (uint32_t r = 0; r < n; r++) {
        if (of_left && j->filtered < j->may_filter) {
            j->filtered++;
            continue;
        }
        LF_TRY(one_sided(j, r, of_left, err));
    }
    advance(j, of_left ? n : 0, of_left ? 0 : n);
    return LF_OK;
}

lf_rc lf_verify_rows(verify_job *j, lf_error *err) {
    for (;;) {
        LF_TRY(fill(j, err));
        uint32_t l = left_rows(j), r = right_rows(j), n = l < r ? l : r;
        if (j->opts.cancel != NULL && __atomic_load_n(j->opts.cancel, __ATOMIC_RELAXED)) {
            return lf_fail(err, LF_ECANCELLED, "interrupted");
        }
        if (l + r == 0) break;
        if (l > 0 && j->filtered < j->skip_rows) {
            const uint64_t skip = j->skip_rows - j->filtered;
            n = skip < l ? (uint32_t)skip : l;
            j->filtered += n;
            advance(j, n, 0);
            continue;
        }
        uint64_t left = j->limit_rows - j->rep->rows_in;
        if (left == 0 && r == 0) break; /* --limit: what follows was not converted */
        if (left < n) n = (uint32_t)left;
        if (n > LF_TILE_ROWS_MAX) n = LF_TILE_ROWS_MAX;
        if (n > 0 && j->sparse) {
            LF_TRY(sparse_run(j, err));
        } else if (n > 0) {
            LF_TRY(compare_run(j, n, err));
        } else if (left == 0 || l == 0) {
            LF_TRY(one_side_run(j, false, r, err));
        } else {
            LF_TRY(one_side_run(j, true, left < l ? (uint32_t)left : l, err));
        }
    }
    j->rep->checksum_in = j->left_ordered;
    j->rep->checksum_out = j->right_ordered;
    j->rep->checksum_any_order_in = j->left_any;
    j->rep->checksum_any_order_out = j->right_any;
    return LF_OK;
}
