/* decode/csv/csv_scan.c - indexes text until it holds a tile of whole records.
 *
 * The index is resumed where the last call ran out of input, so that a record that arrives
 * byte by byte is still read once. Bytes behind the last whole block of 64 are indexed too,
 * as a tail; if that completes no record, the state before the tail is put back.
 *
 * What is decided here depends on the text alone, never on where the input was cut: a record
 * that does not end within record_max bytes of its start is refused, and that is only judged
 * once more bytes than that are at hand or the text is over. */
#include "decode/csv/csv_internal.h"
#include <string.h>

#define WIDE_COLUMNS 256u
#define WAIT_BYTES   (2u << 20)

static lf_rc reserve_positions(lf_decoder *d, uint32_t more, lf_error *err) {
    size_t need = (size_t)CSV_INDEX_LEAD + d->index.n + more + CSV_INDEX_SLACK;
    LF_TRY(lf_csv_vec_reserve(d, &d->pos_vec, need * sizeof(uint32_t), err));
    d->index.pos = (uint32_t *)d->pos_vec.data + CSV_INDEX_LEAD;
    d->index.pos[-1] = UINT32_MAX; /* so that the first field starts at 0 */
    return LF_OK;
}

static void index_exact(lf_decoder *d, const uint8_t *text, uint32_t to, bool last) {
    d->scanned = lf_csv_index_exact(&d->index, &d->plan->dialect, text, d->scanned, to, last);
    d->index_before_tail = d->index; /* what is left unread is read when more is at hand */
}

/* How much of the n bytes at p, of which nothing behind is at hand, can be told without more. */
static uint32_t decided(const csv_dialect *dia, const uint8_t *p, uint32_t n) {
    if (n > 0 && p[n - 1] == '\r') return n - 1;
    uint32_t at = n > dia->more_len ? n - dia->more_len : 0;
    for (; at < n; at++)
        if (p[at] == dia->delimiter && memcmp(p + at + 1, dia->more, n - at - 1) == 0) return at;
    return n;
}

/* Extends the index of a general dialect. Each block is read together with a few bytes behind it,
 * so that the tail is up to a block and those. */
static void index_general(lf_decoder *d, const uint8_t *text, uint32_t to, bool last) {
    const csv_dialect *dia = &d->plan->dialect;
    uint8_t tail[3 * 64] = {0};
    uint32_t n = to - d->scanned, blocks = n > CSV_LOOK_BYTES ? (n - CSV_LOOK_BYTES) / 64 : 0;
    if (blocks > 0) d->isa->general(&d->index, dia, text + d->scanned, d->scanned, blocks, ~0ull);
    d->scanned += blocks * 64;
    d->index_before_tail = d->index;
    n -= blocks * 64;
    memcpy(tail, text + d->scanned, n);
    if (!last) n = decided(dia, tail, n);
    if (n > 0) d->isa->general(&d->index, dia, tail, d->scanned, (n + 63) / 64, ~0ull >> (-n & 63));
}

static void index_plain(lf_decoder *d, const uint8_t *text, uint32_t to) {
    uint32_t blocks = (to - d->scanned) / 64;
    if (blocks > 0)
        d->isa->index(&d->index, &d->plan->dialect, text + d->scanned, d->scanned, blocks);
    d->scanned += blocks * 64;
    d->index_before_tail = d->index;
    if (d->scanned < to)
        d->isa->index_tail(&d->index, &d->plan->dialect, text + d->scanned, d->scanned,
                           to - d->scanned);
}

/* Extends the index to `to`. */
static lf_rc index_to(lf_decoder *d, const uint8_t *text, uint32_t to, bool last, lf_error *err) {
    LF_TRY(reserve_positions(d, to - d->scanned, err));
    if (d->index_exact) {
        index_exact(d, text, to, last);
        return LF_OK;
    }
    if (d->plan->dialect.general)
        index_general(d, text, to, last);
    else
        index_plain(d, text, to);
    if (d->index.irregular) { /* parity does not read this tile: start over, exactly */
        bool high = d->index.high, cr = d->index.cr;
        d->index_exact = true;
        d->scanned = 0;
        lf_csv_index_start(&d->index);
        LF_TRY(reserve_positions(d, to, err));
        index_exact(d, text, to, last);
        d->index.high |= high;
        d->index.cr |= cr;
    }
    return LF_OK;
}

static bool reaches_block_end(const lf_decoder *d, uint32_t to, uint64_t end_limit,
                              const uint8_t *text) {
    if (to < end_limit) return false;
    for (uint32_t i = d->index.n; i-- > 0;)
        if (csv_line_ends(&d->plan->dialect, text[d->index.pos[i]]))
            return (uint64_t)d->index.pos[i] + 1 >= end_limit;
    return false;
}

static void close_last(lf_decoder *d, const uint8_t *text, uint32_t window) {
    csv_index *x = &d->index;
    if (x->n > 0 && x->pos[x->n - 1] == window - 1 &&
        csv_line_ends(&d->plan->dialect, text[window - 1]))
        return;
    x->pos[x->n++] = window; /* within the slack */
    x->rows++;
    d->tile.virtual_end = window;
}

/* A tile of few rows costs as much a column as one of many: for wide tables it is worth waiting
 * for more input. */
static bool wants_more(const lf_decoder *d, uint32_t to, size_t avail, bool over,
                       const uint8_t *text) {
    const lf_plan *p = d->plan;
    return p->n_columns >= WIDE_COLUMNS && d->index.rows < p->rows_min && to == avail && !over &&
           to < WAIT_BYTES && to < p->record_max_bytes &&
           !reaches_block_end(d, to, d->tile.end_limit, text);
}

/* Bytes up to `to` that were indexed as a tail will be read again. */
static void forget_tail(lf_decoder *d, uint32_t to) {
    if (d->scanned >= to) return;
    d->index_before_tail.pos = d->index.pos;
    d->index = d->index_before_tail;
}

lf_rc lf_csv_find_tile(lf_decoder *d, const uint8_t *text, size_t avail, bool eof, csv_found *out,
                       lf_error *err) {
    uint64_t record_max = d->plan->record_max_bytes;
    uint32_t window = (uint32_t)(avail < record_max ? avail : record_max);
    uint64_t end_limit = d->block_end - d->at;
    if (!d->index_live) {
        lf_csv_index_start(&d->index);
        d->scanned = 0;
        d->index_exact = d->plan->dialect.general &&
                         (d->isa->general == NULL || !lf_csv_is_indexed(&d->plan->dialect));
        d->index_live = true;
    }
    d->tile = (csv_tile){.text = text, .virtual_end = UINT32_MAX, .end_limit = end_limit};
    uint32_t to = d->scanned;
    while (to < window) {
        forget_tail(d, to);
        /* The machine may have stopped short of the last step, to look further ahead. */
        uint32_t step = to < LF_TILE_BYTES ? LF_TILE_BYTES - to : LF_TILE_BYTES;
        to = window - to < step ? window : to + step;
        LF_TRY(index_to(d, text, to, eof && to == avail, err));
        if (d->index.rows == 0) continue;
        if (to >= LF_TILE_BYTES && d->index.rows >= d->plan->rows_min) break;
        if (reaches_block_end(d, to, end_limit, text)) break;
    }
    d->scanned_to = to;
    bool over = eof && to == avail;
    if (over && d->index.inside == 0) close_last(d, text, window);
    d->index_live = false;
    if (d->index.rows > 0 && !wants_more(d, to, avail, over, text))
        *out = CSV_FOUND_ROWS;
    else if (over)
        *out = CSV_FOUND_OPEN_QUOTE;
    else if (d->index.rows == 0 && avail > record_max)
        *out = CSV_FOUND_TOO_BIG;
    else
        *out = CSV_FOUND_NONE;
    if (*out != CSV_FOUND_NONE) return LF_OK;
    d->index_live = true;
    forget_tail(d, to);
    return LF_OK;
}
