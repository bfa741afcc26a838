#include "api/reader_cut.h"

/* The piece that the next unit begins with, or goes on to; false: all inputs are over. */
static lf_rc look_ahead(lf_reader_cut *c, bool *has_out, lf_error *err) {
    *has_out = true;
    while (!c->known && c->input < c->table->spec->n_sources) {
        if (c->reader == NULL) LF_TRY(lf_reader_table_open(c->table, c->input, &c->reader, err));
        const lf_rc rc = c->reader->type->piece(c->reader, c->piece, &c->now, &c->known, err);
        if (rc != LF_OK) {
            lf_error_set_file(err, c->table->spec->sources[c->input]->path);
            return rc;
        }
        if (c->known) break;
        lf_reader_close(c->reader);
        c->reader = NULL;
        c->piece = 0;
        c->input++;
    }
    *has_out = c->known;
    return LF_OK;
}

static void next_piece(lf_reader_cut *c) {
    c->piece++;
    c->row = c->part = 0;
    c->known = false;
}

/* Rows of each part of a piece that is too large; all of them where parts are not worth it. */
static uint64_t part_rows(const lf_reader_cut *c) {
    const lf_reader_piece *p = &c->now;
    const uint64_t bytes = c->unit_bytes > p->part_least ? c->unit_bytes : p->part_least;
    const uint64_t parts = p->bytes / bytes + (p->bytes % bytes != 0);
    return parts > 1 ? p->rows / parts + (p->rows % parts != 0) : p->rows;
}

static void take_part(lf_reader_cut *c, lf_reader_unit *out) {
    const uint64_t left = c->now.rows - c->row;
    if (c->part == 0) c->part = part_rows(c);
    out->rows = left < c->part ? left : c->part;
    c->row += out->rows;
    if (c->row == c->now.rows) next_piece(c);
}

static void begin_unit(const lf_reader_cut *c, lf_reader_unit *out) {
    out->input = c->input;
    out->piece = c->piece;
    out->row = c->row;
}

lf_rc lf_reader_cut_next(lf_reader_cut *c, lf_reader_unit *out, bool *has_out, lf_error *err) {
    uint64_t bytes = 0;
    bool has = false;
    *out = (lf_reader_unit){.index = c->n_units, .first = c->n_rows};
    *has_out = false;
    if (c->n_rows >= c->rows_most) return LF_OK;
    for (;;) {
        LF_TRY(look_ahead(c, &has, err));
        if (!has) break;
        const bool large = c->now.bytes > c->unit_bytes;
        if (out->rows > 0 && (large || bytes + c->now.bytes > c->unit_bytes)) break;
        if (out->rows == 0) begin_unit(c, out);
        if (large && c->now.rows > 0) {
            take_part(c, out);
            break;
        }
        out->rows += c->now.rows;
        bytes += c->now.bytes;
        next_piece(c);
    }
    if (out->rows > c->rows_most - c->n_rows) out->rows = c->rows_most - c->n_rows;
    *has_out = out->rows > 0;
    if (*has_out) c->n_units++;
    c->n_rows += out->rows;
    return LF_OK;
}

void lf_reader_cut_reset(lf_reader_cut *c) {
    lf_reader_close(c->reader);
    c->reader = NULL;
}
