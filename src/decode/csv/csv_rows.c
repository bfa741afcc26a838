/* decode/csv/csv_rows.c - see the header. */
#include "decode/csv/csv_rows.h"
#include <string.h>

#define STEP_BYTES (16 * 1024u)
#define ENDS_MAX                                                                                   \
    (512 * 1024u)              /* 2 MB; text of more fields is read by the machine from there on   \
                                */
#define ROWS_MAX (128 * 1024u) /* 1 MB */
#define OPEN_BIT (1u << 31)

void lf_csv_rows_init(csv_rows *k, const lf_alloc *alloc) {
    *k = (csv_rows){.alloc = alloc};
}

void lf_csv_rows_reset(csv_rows *k) {
    lf_mem_free(k->alloc, k->ends, k->ends_cap * sizeof *k->ends);
    lf_mem_free(k->alloc, k->rows, k->rows_cap * sizeof *k->rows);
    lf_csv_rows_init(k, k->alloc);
}

static lf_rc room_for_ends(csv_rows *k, size_t n, lf_error *err) {
    if (n <= k->ends_cap) return LF_OK;
    size_t cap = n + k->ends_cap;
    uint32_t *p = lf_mem_realloc(k->alloc, k->ends, k->ends_cap * sizeof *p, cap * sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
    k->ends = p;
    k->ends_cap = cap;
    return LF_OK;
}

static lf_rc room_for_row(csv_rows *k, lf_error *err) {
    if (k->n_rows + 2 <= k->rows_cap) return LF_OK;
    size_t cap = k->rows_cap * 2 + 256;
    csv_row_at *p = lf_mem_realloc(k->alloc, k->rows, k->rows_cap * sizeof *p, cap * sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, cap * sizeof *p);
    k->rows = p;
    k->rows_cap = cap;
    return LF_OK;
}

static bool is_full(const csv_rows *k) {
    return k->n_rows >= ROWS_MAX || k->n_ends >= ENDS_MAX;
}

/* The record whose ends are ends[n_ends, upto). */
static lf_rc keep_row(csv_rows *k, size_t start, size_t upto, bool open, lf_error *err) {
    LF_TRY(room_for_row(k, err));
    k->rows[k->n_rows++] =
        (csv_row_at){(uint32_t)start, (uint32_t)k->n_ends | (open ? OPEN_BIT : 0)};
    k->n_ends = upto;
    return LF_OK;
}

static void close_rows(csv_rows *k, size_t upto) {
    k->upto = upto;
    k->rows[k->n_rows] = (csv_row_at){(uint32_t)upto, (uint32_t)k->n_ends};
}

/* --- by the index --- */

/* Indexes all of the text that has room; *regular false: not to be trusted. */
static lf_rc index_all(csv_rows *k, const csv_isa *isa, size_t from, size_t *n_out, bool *regular,
                       lf_error *err) {
    csv_index x = {0};
    lf_csv_index_start(&x);
    const uint8_t *t = k->text.data;
    size_t at = from;
    *regular = false;
    for (size_t blocks; (blocks = (k->text.len - at) / 64) > 0; at += blocks * 64) {
        if (blocks > STEP_BYTES / 64) blocks = STEP_BYTES / 64;
        LF_TRY(room_for_ends(k, x.n + blocks * 64 + 2 * CSV_INDEX_SLACK, err));
        x.pos = k->ends;
        isa->index(&x, &k->dia, t + at, (uint32_t)at, (uint32_t)blocks);
        if (x.irregular) return LF_OK;
        if (x.n >= ENDS_MAX) break;
    }
    LF_TRY(room_for_ends(k, x.n + 64 + 2 * CSV_INDEX_SLACK, err));
    x.pos = k->ends;
    bool all = k->text.len - at < 64;
    if (all && at < k->text.len) {
        uint8_t tail[64] = {0}; /* the text's end need not be readable further */
        memcpy(tail, t + at, k->text.len - at);
        isa->index_tail(&x, &k->dia, tail, (uint32_t)at, (uint32_t)(k->text.len - at));
    }
    *regular = !x.irregular;
    if (all && k->whole && x.inside == 0 && t[k->text.len - 1] != '\n')
        k->ends[x.n++] = (uint32_t)k->text.len;
    *n_out = x.n;
    k->opens = x.opens;
    return LF_OK;
}

static lf_rc rows_of_index(csv_rows *k, size_t from, size_t n, lf_error *err) {
    const uint8_t *t = k->text.data;
    const bool quotes = k->opens > 0;
    size_t start = from, at = from;
    k->opens = 0;
    for (size_t i = 0, opens = 0; i < n; i++) {
        const size_t end = k->ends[i];
        opens += quotes && at < end && t[at] == k->dia.quote;
        at = end + 1;
        if (end < k->text.len && t[end] != '\n') continue;
        if (end > start && t[end - 1] == '\r') k->ends[i]--;
        LF_TRY(keep_row(k, start, i + 1, false, err));
        k->opens += opens;
        opens = 0;
        start = at < k->text.len ? at : k->text.len;
        if (is_full(k)) break;
    }
    close_rows(k, start);
    return LF_OK;
}

/* --- by the machine --- */

static lf_rc rows_of_machine(csv_rows *k, size_t from, lf_error *err) {
    csv_record r;
    size_t at = from;
    for (; !is_full(k); at = r.next) {
        csv_machine m = {.state = CSV_AT_FIELD};
        if (!lf_csv_record_next_with(&m, &k->dia, k->text, k->whole, at, &r)) break;
        LF_TRY(room_for_ends(k, k->n_ends + r.n_fields, err));
        lf_csv_record_fields(&k->dia, k->text, &r, k->ends + k->n_ends);
        LF_TRY(keep_row(k, at, k->n_ends + r.n_fields, r.open, err));
        if (r.blank) continue;
        k->opens += m.opens;
        k->broken += m.breaks + (r.open && m.breaks == 0);
    }
    close_rows(k, at);
    return LF_OK;
}

lf_rc lf_csv_rows_read(csv_rows *k, const csv_dialect *dia, const csv_isa *isa, lf_span text,
                       bool whole, size_t from, lf_error *err) {
    k->dia = *dia;
    k->text = text;
    k->whole = whole;
    k->from = k->upto = from;
    k->n_ends = k->n_rows = k->hint = 0;
    k->opens = k->broken = 0;
    LF_TRY(room_for_row(k, err));
    if (from >= text.len) {
        close_rows(k, from);
        return LF_OK;
    }
    size_t n = 0;
    bool regular = false;
    if (!dia->general) LF_TRY(index_all(k, isa, from, &n, &regular, err));
    k->opens = regular ? k->opens : 0;
    if (regular) LF_TRY(rows_of_index(k, from, n, err));
    /* What a quote that stays open leaves is for the machine to judge. */
    return regular && !whole ? LF_OK : rows_of_machine(k, k->upto, err);
}

/* --- asked for --- */

static bool find_row(csv_rows *k, size_t at, size_t *out) {
    if (at < k->from || at >= k->upto) return false;
    if (k->hint < k->n_rows && k->rows[k->hint].start == at) {
        *out = k->hint;
        return true;
    }
    size_t lo = 0, hi = k->n_rows;
    while (lo < hi) {
        const size_t mid = lo + (hi - lo) / 2;
        if (k->rows[mid].start < at)
            lo = mid + 1;
        else
            hi = mid;
    }
    *out = lo;
    return lo < k->n_rows && k->rows[lo].start == at;
}

bool lf_csv_rows_next(csv_rows *k, size_t end, bool whole, size_t at, csv_record *out) {
    size_t i;
    if (at >= end) return false;
    if (!find_row(k, at, &i) || k->rows[i + 1].start > end)
        return lf_csv_record_next(&k->dia, (lf_span){k->text.data, end}, whole, at, out);
    const csv_row_at *row = &k->rows[i];
    const uint32_t first = row->first & ~OPEN_BIT, behind = row[1].first & ~OPEN_BIT;
    *out = (csv_record){.start = at,
                        .end = k->ends[behind - 1],
                        .next = row[1].start,
                        .n_fields = behind - first,
                        .row = (uint32_t)i + 1,
                        .open = (row->first & OPEN_BIT) != 0};
    out->comment = lf_csv_is_comment(&k->dia, k->text.data, at, end);
    out->blank = out->end == at || out->comment;
    k->hint = i + 1;
    return true;
}

const uint32_t *lf_csv_rows_fields(const csv_rows *k, const csv_record *r) {
    return r->row == 0 ? NULL : k->ends + (k->rows[r->row - 1].first & ~OPEN_BIT);
}
