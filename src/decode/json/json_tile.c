/* decode/json/json_tile.c - from text to the rows of the tree.
 *
 * Records begin behind what separates them: a line feed, a comma, or the value before; blanks in
 * front belong to the record. Two walks give the same rows: the fast one over the index of the
 * whole tile, whose outcome holds if nothing about the tile is doubtful, and the strict one, which
 * has each record read by json_machine first. Only the strict walk changes the shape, refuses
 * records and ends a conversion. */
#include "decode/json/json_internal.h"
#include <stdio.h>

lf_rc lf_json_vec_reserve(const lf_alloc *a, json_vec *v, size_t bytes, lf_error *err) {
    if (bytes <= v->bytes) return LF_OK;
    size_t cap = bytes + bytes / (bytes < LF_MIB ? 2 : 16) + 256;
    void *p = lf_mem_realloc(a, v->data, v->bytes, cap);
    if (p == NULL) return lf_fail_nomem(err, cap);
    v->data = p;
    v->bytes = cap;
    return LF_OK;
}

static uint64_t newlines_before(const lf_decoder *d, uint32_t at) {
    uint64_t lines = d->totals.newlines;
    for (uint32_t i = 0; i < at; i++)
        lines += d->text[i] == '\n';
    return lines;
}

lf_rc lf_json_reject(lf_decoder *d, lf_reject r, uint32_t start, lf_error *err) {
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->rejects_vec, (d->n_rejects + 1) * sizeof r, err));
    r.rows_before = d->n_rows;
    r.byte_offset = d->at + start;
    r.records_before = d->totals.records + d->n_records;
    r.newlines_before = newlines_before(d, start);
    ((lf_reject *)d->rejects_vec.data)[d->n_rejects++] = r;
    d->n_records++;
    return LF_OK;
}

lf_rc lf_json_reject_big(lf_decoder *d, lf_span last, uint64_t bytes, uint32_t start,
                         lf_error *err) {
    lf_reject r = {.rc = LF_ERECORD_TOO_BIG, .raw = last, .torn = bytes > last.len};
    (void)snprintf(r.reason, sizeof r.reason,
                   "a record of %llu bytes, over a quarter of --memory-limit; it needs %llu MiB",
                   (unsigned long long)bytes, (unsigned long long)(bytes / (LF_MIB / 4) + 1));
    return lf_json_reject(d, r, start, err);
}

/* Indexes text[from, to) of the tile. Room for positions grows with what there is. */
static lf_rc index_run(lf_decoder *d, const uint8_t *text, uint32_t from, uint32_t to, bool lines,
                       json_index *x, lf_error *err) {
    size_t words = ((size_t)to / 4096 + 2) * sizeof(uint64_t);
    *x = (json_index){0};
    d->values = 0;
    uint64_t values = 0;
    LF_TRY(lf_json_vec_reserve(d->alloc, &d->escape_bits, words, err));
    memset(d->escape_bits.data, 0, words);
    for (uint32_t at = from, next; at < to; at = next) {
        next = to - at > JSON_TILE_MIN_BYTES ? at + JSON_TILE_MIN_BYTES : to;
        size_t room = ((size_t)x->n + (next - at) + 2 * JSON_INDEX_SLACK) * sizeof(uint32_t);
        LF_TRY(lf_json_vec_reserve(d->alloc, &d->pos_vec, room, err));
        d->index(text, at, next, lines, d->pos_vec.data, d->escape_bits.data, x);
        if (x->n <= d->plan->values_max) continue;
        values += x->n; /* too many to be held: they are counted */
        x->n = 0;
    }
    /* A key is a value too, in a map, and this may be one. */
    if (values > 0) d->values = values + x->n + x->quotes / 2;
    return LF_OK;
}

static void set_tile_rows(lf_decoder *d) {
    uint32_t rows = JSON_TILE_CELLS_MAX / (d->root->n_children + 1);
    if (rows < JSON_TILE_ROWS_MIN) rows = JSON_TILE_ROWS_MIN;
    d->tile_rows = rows < d->plan->rows_max && !d->same_tile ? rows : d->plan->rows_max;
}

static void tile_begin(lf_decoder *d, const uint8_t *text) {
    lf_json_node_truncate(d->root, 0);
    d->text = text;
    d->len = d->n_rows = d->n_records = d->n_blank = 0;
    d->n_rejects = 0;
    d->walk.text = text;
    d->walk.quotes = 0;
    d->walk.duplicates = 0;
    d->walk.unordered = false;
    set_tile_rows(d);
    lf_json_walk_escapes(&d->walk, NULL, 0);
}

/* --- the fast walk --- */

static bool more_records(const lf_decoder *d, uint32_t p) {
    return d->n_records < d->tile_rows && d->at + p < d->block_end;
}

static bool is_blank(const uint8_t *text, uint32_t p, uint32_t end) {
    while (p < end && text[p] <= ' ')
        p++;
    return p == end;
}

/* Lines of [0, n), which ends with a line feed. False: doubt. */
static bool walk_lines(lf_decoder *d, uint32_t n) {
    json_walk *w = &d->walk;
    const uint8_t *text = w->text;
    uint32_t p = 0, i = 0;
    while (p < n && more_records(d, p)) {
        uint32_t v = p, end = w->pos[i];
        while (v < end && text[v] <= ' ')
            v++;
        if (v == end && text[v] == '\n') {
            d->n_blank++;
        } else {
            i = lf_json_walk_value(w, d->root, d->n_rows, v, i);
            if (i >= w->n_pos || text[w->pos[i]] != '\n') return false;
            if ((text[v] == '{' || text[v] == '[') && !is_blank(text, w->pos[i - 1] + 1, w->pos[i]))
                return false;
            d->n_rows++;
            d->n_records++;
        }
        p = w->pos[i++] + 1;
        d->len = p;
    }
    return true;
}

/* Elements of an array, or values one after the other. False: doubt. Stops before a record that
 * may not be whole. */
static bool walk_values(lf_decoder *d, uint32_t n) {
    json_walk *w = &d->walk;
    const uint8_t *text = w->text;
    bool array = d->plan->form == JSON_ARRAY;
    uint32_t p = 0, i = 0;
    while (p < n && more_records(d, p) && i < w->n_pos) {
        uint32_t v = p, quotes = w->quotes, next;
        while (v < w->pos[i] && text[v] <= ' ')
            v++;
        bool bracket = text[v] == '{' || text[v] == '[';
        if (!array && !bracket) return false;
        next = lf_json_walk_value(w, d->root, d->n_rows, v, i);
        bool cut = next == JSON_WALK_FAILED ? w->why == JSON_WALK_SHORT : array && next >= w->n_pos;
        if (cut) {
            lf_json_node_truncate(d->root, d->n_rows);
            w->quotes = quotes;
            return true;
        }
        if (next == JSON_WALK_FAILED) return false;
        if (bracket) p = w->pos[next - 1] + 1; /* behind its bracket */
        if (array) {
            uint32_t end = w->pos[next];
            if (text[end] != ',' || (bracket && !is_blank(text, p, end))) return false;
            p = end + 1;
            next++;
        }
        i = next;
        d->n_rows++;
        d->n_records++;
        d->len = p;
    }
    return true;
}

/* Quotes of [from, n), where a record begins. */
static lf_rc quotes_behind(lf_decoder *d, uint32_t from, uint32_t n, uint32_t *out, lf_error *err) {
    json_index x = {0};
    json_vec bits = {0};
    size_t words = ((size_t)n / 4096 + 2) * sizeof(uint64_t);
    size_t room = ((size_t)(n - from) + 2 * JSON_INDEX_SLACK) * sizeof(uint32_t);
    *out = 0;
    if (from == n) return LF_OK;
    LF_TRY(lf_json_vec_reserve(d->alloc, &bits, words, err));
    memset(bits.data, 0, words);
    lf_rc rc = lf_json_vec_reserve(d->alloc, &d->pos_vec, room, err);
    if (rc == LF_OK) d->index(d->text, from, n, false, d->pos_vec.data, bits.data, &x);
    lf_mem_free(d->alloc, bits.data, bits.bytes);
    *out = x.quotes;
    return rc;
}

/* *good_out false: nothing of it holds. */
static lf_rc walk_fast(lf_decoder *d, const uint8_t *text, uint32_t n, bool *good_out,
                       lf_error *err) {
    json_index x;
    bool lines = d->plan->form == JSON_LINES;
    tile_begin(d, text);
    d->newlines_known = false;
    *good_out = false;
    LF_TRY(index_run(d, text, 0, n, lines, &x, err));
    if (x.control || (lines && x.in_string)) return LF_OK;
    if (x.n > d->plan->values_max / 2 || d->values > 0) return LF_OK; /* the strict walk counts */
    d->walk.pos = d->pos_vec.data;
    d->walk.n_pos = x.n;
    d->tile_escapes = x.backslash;
    d->escapes_unknown = false;
    if (x.backslash) lf_json_walk_escapes(&d->walk, d->escape_bits.data, n / 4096 + 1);
    d->walk.closed = true;
    if (!(lines ? walk_lines(d, n) : walk_values(d, n))) {
        if (d->walk.why == JSON_WALK_NOMEM) return lf_fail_nomem(err, n);
        return LF_OK;
    }
    if (x.high && !d->kernels->utf8(text, d->len)) return LF_OK;
    if (d->len < n) {
        uint32_t behind;
        LF_TRY(quotes_behind(d, d->len, n, &behind, err));
        x.quotes -= behind;
    }
    /* Of a key that is there twice only the last value was kept: nothing has looked at the other.
     */
    *good_out = x.quotes == d->walk.quotes && d->walk.duplicates == 0;
    d->newlines_known = lines; /* one a record */
    return LF_OK;
}

/* --- the strict walk --- */

typedef struct strict {
    lf_decoder *d;
    uint32_t n;        /* bytes at hand */
    bool eof, misfits; /* the misfits are those of the walk before */
    uint32_t accepted; /* rows of that walk so far */
    uint32_t misfit;   /* the next of them */
    bool again;
    lf_error *err;
} strict;

static lf_reject reject_of(const strict *s, uint32_t from, uint32_t end, lf_rc rc) {
    lf_reject r = {.rc = rc, .raw = {s->d->text + from, end - from}};
    if (end > from && r.raw.data[end - from - 1] == '\r') r.raw.len--;
    return r;
}

/* The shape would have to change and may not. */
static lf_rc reject_shape(strict *s, uint32_t from, uint32_t end) {
    const json_walk *w = &s->d->walk;
    const json_node *n = w->at;
    lf_reject r = reject_of(s, from, end, n->fixed ? LF_ETYPE_MISFIT : LF_EBAD_ROW);
    r.mark = w->shut - from;
    r.mark_len = w->key_len > 0 ? w->key_len : 1;
    if (n->depth == 0)
        (void)snprintf(r.reason, sizeof r.reason, "the record is no object");
    else
        (void)snprintf(r.reason, sizeof r.reason,
                       !n->fixed ? "\"%.40s\" is an object elsewhere, whose keys are columns"
                       : w->key_len > 0
                           ? "\"%.40s\" has a key that the type that was given does not have"
                           : "what \"%.40s\" holds does not fit the type that was given",
                       n->name);
    return lf_json_reject(s->d, r, from, s->err);
}

/* Cells of the tile: nearly all of them are a large record's. */
static uint64_t count_leaves(const json_node *n) {
    uint64_t cells = n->kind == JSON_CELL || n->kind == JSON_TEXT ? n->n : 0;
    for (uint32_t i = 0; i < n->n_children; i++)
        cells += count_leaves(n->children[i]);
    return cells;
}

static lf_rc reject_values(strict *s, uint32_t from, uint32_t end, uint64_t values) {
    lf_reject r = reject_of(s, from, end, LF_ERECORD_TOO_BIG);
    (void)snprintf(r.reason, sizeof r.reason,
                   "a record of %llu values is too large for --memory-limit; it needs %llu MiB",
                   (unsigned long long)values,
                   (unsigned long long)(values * 4 * JSON_VALUE_BYTES / LF_MIB + 1));
    return lf_json_reject(s->d, r, from, s->err);
}

/* No place: it would be that of this block, which may know fewer of them than another. */
static lf_rc too_many_keys(strict *s, uint32_t from) {
    const lf_decoder *d = s->d;
    const uint32_t max = d->walk.new_keys_max;
    if (!d->walk.planning) return lf_fail(s->err, LF_ESCHEMA, LF_LATE_COLUMNS_TEXT, max);
    lf_rc rc = lf_fail(s->err, LF_ESCHEMA,
                       "more than %u different keys that would be columns: they look like data; "
                       "--columns keeps those that it names",
                       max);
    lf_error_set_place(s->err, d->totals.records + d->n_records + 1, newlines_before(d, from), 0,
                       NULL, d->at + from);
    return rc;
}

/* Walks the value [v, end) of the record [from, to), which the machine found to be whole. */
static lf_rc place(strict *s, uint32_t from, uint32_t to, uint32_t v, uint32_t end) {
    lf_decoder *d = s->d;
    json_walk *w = &d->walk;
    json_index x;
    if (s->misfits && s->misfit < d->n_misfits) {
        const json_misfit *m = (const json_misfit *)d->misfit_vec.data + s->misfit;
        if (m->row == s->accepted++) {
            lf_reject r = reject_of(s, from, to, m->rc);
            r.column = m->column;
            r.mark = m->len > 0 ? m->start - from : 0;
            r.mark_len = m->len;
            memcpy(r.reason, m->reason, sizeof m->reason);
            s->misfit++;
            return lf_json_reject(d, r, from, s->err);
        }
    }
    LF_TRY(index_run(d, d->text, v, end, false, &x, s->err));
    if (d->values > 0) return reject_values(s, from, to, d->values);
    w->pos = d->pos_vec.data;
    ((uint32_t *)d->pos_vec.data)[x.n] = end;
    w->n_pos = x.n + 1;
    w->closed = false;
    if (lf_json_walk_value(w, d->root, d->n_rows, v, 0) != JSON_WALK_FAILED) {
        const uint64_t values = x.n > d->plan->values_max / 2 ? count_leaves(d->root) : 0;
        if (values > d->plan->values_max) {
            lf_json_node_truncate(d->root, d->n_rows);
            return reject_values(s, from, to, values);
        }
        d->n_rows++;
        d->n_records++;
        if (w->grown) set_tile_rows(d);
        return LF_OK;
    }
    lf_json_node_truncate(d->root, d->n_rows);
    if (w->why == JSON_WALK_AGAIN) {
        s->again = true;
        return LF_OK;
    }
    if (w->why == JSON_WALK_MAP) {
        s->again = w->grown = true;
        return lf_json_become_map(d->plan, d->alloc, w->at, s->err);
    }
    if (w->why == JSON_WALK_CLOSED) return reject_shape(s, from, to);
    if (w->why == JSON_WALK_KEYS) return too_many_keys(s, from);
    if (w->why == JSON_WALK_VALUES) return reject_values(s, from, to, 2 * (uint64_t)x.n);
    if (w->why == JSON_WALK_NOMEM) return lf_fail_nomem(s->err, end - v);
    return lf_fail(s->err, LF_EINTERNAL, "a JSON record was read in two ways");
}

static lf_rc reject_line(strict *s, uint32_t from, uint32_t end, uint32_t v, const json_found *f) {
    lf_reject r = reject_of(s, from, end, f->utf8 ? LF_EBAD_UTF8 : LF_EJSON);
    char path[48];
    r.mark = v - from + (uint32_t)f->end;
    r.mark_len = 1;
    lf_json_path_of(s->d->text + v, f->end, path, sizeof path);
    if (path[0] != '\0')
        (void)snprintf(r.reason, sizeof r.reason, "%.46s (at %s)", f->why, path);
    else
        (void)snprintf(r.reason, sizeof r.reason, "%s", f->why);
    return lf_json_reject(s->d, r, from, s->err);
}

static lf_rc strict_line(strict *s, uint32_t from, uint32_t end) {
    const uint8_t *text = s->d->text;
    json_found f;
    uint32_t v = (uint32_t)lf_json_skip(text, from, end);
    if (end - from > s->d->plan->record_max_bytes)
        return lf_json_reject_big(s->d, (lf_span){text + from, end - from}, end - from, from,
                                  s->err);
    if (v == end) {
        s->d->n_blank++;
        return LF_OK;
    }
    json_verdict is = lf_json_value(text + v, end - v, true, &f);
    uint32_t rest = v + (uint32_t)f.end;
    if (is == JSON_WHOLE && lf_json_skip(text, rest, end) == end)
        return place(s, from, end, v, rest);
    if (is == JSON_WHOLE) {
        f.end = lf_json_skip(text, rest, end) - v;
        f.why = "more text behind the value of the line";
    }
    return reject_line(s, from, end, v, &f);
}

static lf_rc strict_lines(strict *s) {
    lf_decoder *d = s->d;
    for (uint32_t p = 0; p < s->n && more_records(d, p) && !s->again;) {
        const uint8_t *lf = memchr(d->text + p, '\n', s->n - p);
        uint32_t end = lf == NULL ? s->n : (uint32_t)(lf - d->text);
        LF_TRY(strict_line(s, p, end));
        p = end + (lf != NULL);
        d->len = p;
    }
    return LF_OK;
}

/* A document that is not JSON from text[at] on: nothing of it can be trusted. */
static lf_rc fatal(strict *s, uint32_t v, uint32_t at, const char *why, bool utf8) {
    lf_decoder *d = s->d;
    char path[64];
    lf_json_path_of(d->text + v, at - v, path, sizeof path);
    lf_rc rc = lf_fail(s->err, utf8 ? LF_EBAD_UTF8 : LF_EJSON, "%s%s%s", why,
                       path[0] != '\0' ? ", at " : "", path);
    uint32_t from = at > 40 ? at - 40 : 0, to = at + 40 < s->n ? at + 40 : s->n;
    if (from < v) from = v;
    lf_error_set_place(s->err, d->totals.records + d->n_records + 1, newlines_before(d, at), 0,
                       NULL, d->at + at);
    lf_error_set_excerpt(s->err, (lf_span){d->text + from, to - from}, at - from, 1);
    return rc;
}

/* The array is closed at text[at]. */
static void end_array(lf_decoder *d, uint32_t at) {
    d->over = true;
    d->over_depth = d->plan->nesting - 1;
    d->len = at + 1;
}

/* The value at v is bad. Whether its record, which begins at p, is too large all the same: judged
 * by no more of the text than a record may have, so that it does not matter how much is at hand. */
static bool bad_too_late(const strict *s, uint32_t p, uint32_t v, const json_found *f) {
    uint64_t max = s->d->plan->record_max_bytes;
    json_found g;
    if (s->n - p <= max) return false;
    if (v + f->end - p >= max) return true;
    json_verdict is = lf_json_value(s->d->text + v, (size_t)(max - (v - p)), false, &g);
    return is == JSON_CUT;
}

/* One record at p. *next: behind it; p itself where it is not whole yet. */
static lf_rc strict_value(strict *s, uint32_t p, uint32_t *next) {
    lf_decoder *d = s->d;
    const uint8_t *text = d->text;
    bool array = d->plan->form == JSON_ARRAY, wait = d->n_records > 0;
    json_found f;
    uint32_t v = (uint32_t)lf_json_skip(text, p, s->n);
    *next = p;
    if (v == s->n) {
        if (array && s->eof && !wait) return fatal(s, p, v, "the array is never closed", false);
        if (!array && s->eof) d->len = v;
        return LF_OK;
    }
    if (array && text[v] == ']' && d->at + p == d->plan->base.body_offset) {
        end_array(d, v);
        return LF_OK;
    }
    json_verdict is = lf_json_value(text + v, s->n - v, s->eof, &f);
    uint32_t end = v + (uint32_t)f.end, behind = end;
    if (is == JSON_WHOLE && array) {
        behind = (uint32_t)lf_json_skip(text, end, s->n);
        if (behind == s->n && !s->eof) return LF_OK;
        if (behind == s->n || (text[behind] != ',' && text[behind] != ']')) {
            is = JSON_BAD;
            f.why = behind == s->n ? "the array is never closed" : "a comma or ] is expected here";
            f.end = behind - v;
        }
    }
    if (is == JSON_CUT || (is == JSON_BAD && wait)) return LF_OK;
    /* However much of the text is at hand: what is wrong further behind is not looked for. */
    uint64_t max = d->plan->record_max_bytes;
    d->too_big = is == JSON_BAD ? bad_too_late(s, p, v, &f) : behind - p > max;
    if (d->too_big) return LF_OK;
    if (is == JSON_BAD) return fatal(s, v, v + (uint32_t)f.end, f.why, f.utf8);
    LF_TRY(place(s, v, end, v, end));
    if (s->again) return LF_OK;
    *next = d->len = array ? behind + 1 : end;
    if (array && text[behind] == ']') end_array(d, behind);
    return LF_OK;
}

static lf_rc strict_values(strict *s) {
    lf_decoder *d = s->d;
    for (uint32_t p = 0; more_records(d, p) && !s->again && !d->over;) {
        uint32_t next;
        LF_TRY(strict_value(s, p, &next));
        if (next == p) break;
        p = next;
    }
    return LF_OK;
}

static lf_rc walk_strict(lf_decoder *d, const uint8_t *text, uint32_t n, bool eof, bool misfits,
                         lf_error *err) {
    strict s = {.d = d, .n = n, .eof = eof, .misfits = misfits, .err = err};
    d->tile_escapes = d->escapes_unknown = true;
    d->newlines_known = false;
    do {
        tile_begin(d, text);
        s.again = d->over = d->too_big = false;
        s.accepted = s.misfit = 0;
        LF_TRY(d->plan->form == JSON_LINES ? strict_lines(&s) : strict_values(&s));
    } while (s.again);
    return LF_OK;
}

/* --- tiles --- */

/* The next tiles are small. False: they are already. */
static bool note_doubt(lf_decoder *d) {
    bool large = d->tile_bytes > 2 * JSON_TILE_MIN_BYTES;
    d->tile_bytes = JSON_TILE_MIN_BYTES;
    return large;
}

/* Bytes of whole lines, a tile of them or one longer line; 0: not one. */
static uint32_t whole_lines(const uint8_t *text, size_t avail, uint32_t tile) {
    size_t n = avail < tile ? avail : tile;
    const uint8_t *lf = memrchr(text, '\n', n);
    if (lf == NULL && n < avail) lf = memchr(text + n, '\n', avail - n);
    return lf == NULL ? 0 : (uint32_t)(lf - text) + 1;
}

static lf_rc tile_of_lines(lf_decoder *d, const uint8_t *text, size_t avail, bool eof,
                           json_tiled *out, lf_error *err) {
    bool good = false;
    uint64_t max = d->plan->record_max_bytes;
    uint32_t n = whole_lines(text, avail, d->tile_bytes);
    bool last = n == 0;
    *out = JSON_TILE_ROWS;
    /* Over a tile it is one line. */
    if ((n > d->tile_bytes && n - 1 > max) || (last && avail > max)) {
        *out = JSON_TILE_TOO_BIG;
        return LF_OK;
    }
    if (last && !eof) {
        *out = JSON_TILE_NONE;
        return LF_OK;
    }
    if (last) n = (uint32_t)avail;
    if (!last && !d->always_strict) LF_TRY(walk_fast(d, text, n, &good, err));
    if (!good && note_doubt(d) && !last && !d->always_strict) {
        n = whole_lines(text, avail, d->tile_bytes);
        LF_TRY(walk_fast(d, text, n, &good, err));
    }
    return good ? LF_OK : walk_strict(d, text, n, eof, false, err);
}

static lf_rc tile_of_values(lf_decoder *d, const uint8_t *text, size_t avail, bool eof,
                            json_tiled *out, lf_error *err) {
    size_t n = avail < d->tile_bytes ? avail : d->tile_bytes;
    size_t most = d->plan->record_max_bytes < avail ? (size_t)d->plan->record_max_bytes : avail;
    bool good = false;
    *out = JSON_TILE_ROWS;
    while (!d->always_strict) {
        LF_TRY(walk_fast(d, text, (uint32_t)n, &good, err));
        if (!good || d->len > 0 || n >= most) break;
        n = n * 2 < most ? n * 2 : most;
    }
    if (good && d->len > 0) return LF_OK;
    if (!good && note_doubt(d) && n > d->tile_bytes) n = d->tile_bytes;
    for (;;) {
        LF_TRY(walk_strict(d, text, (uint32_t)n, eof && n == avail, false, err));
        if (d->len > 0 || d->too_big || n == avail) break;
        n = n * 2 < avail ? n * 2 : avail;
    }
    bool too_big = d->too_big || avail > d->plan->record_max_bytes;
    if (d->len == 0) *out = too_big ? JSON_TILE_TOO_BIG : JSON_TILE_NONE;
    return LF_OK;
}

lf_rc lf_json_tile(lf_decoder *d, const uint8_t *text, size_t avail, bool eof, json_tiled *out,
                   lf_error *err) {
    const bool lines = d->plan->form == JSON_LINES;
    if (avail > INT32_MAX) avail = INT32_MAX;
    *out = JSON_TILE_NONE;
    /* A long record is looked at again once there is much more of it. */
    if (!eof && d->tried_at == d->at && avail / 2 < d->tried && avail <= d->plan->record_max_bytes)
        return LF_OK;
    if (d->tile_bytes < JSON_TILE_MAX_BYTES) d->tile_bytes += JSON_TILE_MIN_BYTES / 4;
    LF_TRY(lines ? tile_of_lines(d, text, avail, eof, out, err)
                 : tile_of_values(d, text, avail, eof, out, err));
    if (*out != JSON_TILE_NONE || avail < LF_MIB) return LF_OK;
    d->tried_at = d->at;
    d->tried = avail;
    return LF_OK;
}

lf_rc lf_json_tile_again(lf_decoder *d, bool misfits, lf_error *err) {
    uint32_t len = d->len;
    (void)note_doubt(d);
    d->same_tile = true; /* with the keys that it brought a tile may be shorter */
    lf_rc rc = walk_strict(d, d->text, len, true, misfits, err);
    d->same_tile = false;
    if (rc != LF_OK) return rc;
    /* The fast walk leaves escapes to be looked at: behind the first record with a wrong one
     * nothing counts, and the tile ends in front of it, where the document will be found bad. */
    const bool shorter = d->len < len && d->n_records > 0 && d->plan->form != JSON_LINES;
    if (d->len != len && !shorter)
        return lf_fail(err, LF_EINTERNAL, "a JSON tile was read in two ways");
    return LF_OK;
}
