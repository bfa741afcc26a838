/* The input of verify as text: a plain CSV reader, one field after the other, that shares no code
 * with decode/csv. It is told the dialect, and by the ledger which rows the conversion set aside:
 * those are held against the input byte by byte and passed over, so that what makes a row bad does
 * not have to be decided twice.
 *
 * A tile's text is the reader's own copy: doubled quotes are taken out in place, once a record is
 * known to be whole. Bytes behind the last whole record move to the next tile. */
#include "api/verify_internal.h"
#include <string.h>

#define TILE_BYTES  (512u * 1024)
#define TILE_CELLS  (128u * 1024)
#define TILE_ROWS   8192u
#define RECORD_MAX  (32u * 1024 * 1024) /* a quote that is open for longer is no quote */
#define TILE_ENOUGH (TILE_BYTES / 2)

typedef struct record {
    size_t next;
    uint32_t fields, lines;
    bool blank, escaped, surplus;
    bool broken; /* text stands behind a closing quote, or a quote never closes */
} record;

typedef verify_filling filling;

/* ---- memory ---- */

static lf_rc tile_make(verify_text *t, verify_tile *k, lf_error *err) {
    const uint32_t width = t->facts.width;
    uint32_t rows = TILE_CELLS / width;
    k->stride = rows < 16 ? 16 : rows > TILE_ROWS ? TILE_ROWS : rows;
    k->text_cap = TILE_BYTES + 65536;
    k->text = lf_mem_alloc(t->alloc, k->text_cap);
    k->cells_bytes = (size_t)k->stride * width * sizeof *k->cells;
    k->rows_bytes = k->stride * sizeof *k->rows;
    k->cells = lf_mem_alloc(t->alloc, k->cells_bytes);
    k->rows = lf_mem_alloc(t->alloc, k->rows_bytes);
    if (k->text != NULL && k->cells != NULL && k->rows != NULL) return LF_OK;
    return lf_fail_nomem(err, k->text_cap);
}

static void tile_free(verify_text *t, verify_tile *k) {
    lf_mem_free(t->alloc, k->text, k->text_cap);
    lf_mem_free(t->alloc, k->cells, k->cells_bytes);
    lf_mem_free(t->alloc, k->rows, k->rows_bytes);
    *k = (verify_tile){0};
}

lf_rc lf_verify_tile_grow(const verify_text *t, verify_tile *k, size_t cap, lf_error *err) {
    if (cap < k->text_cap) return LF_OK;
    cap++;
    if (cap > VERIFY_LEN_MAX / 2) {
        return lf_fail(err, LF_ERECORD_TOO_BIG, "the record at byte %llu is too large to verify",
                       (unsigned long long)t->place);
    }
    uint8_t *p = lf_mem_realloc(t->alloc, k->text, k->text_cap, cap);
    if (p == NULL) return lf_fail_nomem(err, cap);
    k->text = p;
    k->text_cap = cap;
    return LF_OK;
}

/* ---- one record ---- */

/* Behind the quote that closes the field at `p`; NULL: none does so far. */
static const uint8_t *close_quote(const verify_text *t, const uint8_t *p, const uint8_t *end,
                                  bool *escaped) {
    for (p++;;) {
        const uint8_t *q = memchr(p, t->facts.quote, (size_t)(end - p));
        if (q == NULL || (q + 1 == end && !t->eof)) return NULL;
        if (q + 1 == end || q[1] != t->facts.quote) return q + 1;
        *escaped = true;
        p = q + 2;
    }
}

static uint32_t count_lines(const uint8_t *p, const uint8_t *end) {
    uint32_t n = 0;
    while ((p = memchr(p, '\n', (size_t)(end - p))) != NULL) {
        n++;
        if (++p == end) break;
    }
    return n;
}

static void put_cell(const verify_text *t, verify_tile *k, uint32_t field, size_t start, size_t len,
                     uint32_t flags) {
    if (field >= t->facts.width) return;
    k->cells[(size_t)field * k->stride + k->n_rows] =
        (verify_cell){(uint32_t)start, (uint32_t)len | flags};
}

/* Reads the record at f->at into row n_rows of the tile. False: it is not all there. */
static bool read_record(const verify_text *t, const filling *f, record *out) {
    const uint8_t *const text = f->k->text, *const end = text + f->n;
    const uint8_t *p = text + f->at;
    *out = (record){0};
    for (;;) {
        const uint8_t *s = p, *closed = NULL;
        bool escaped = false;
        if (t->facts.has_quote && *p == t->facts.quote && p < end) {
            closed = close_quote(t, p, end, &escaped);
            if (closed == NULL && !t->eof && f->n - f->at < RECORD_MAX) return false;
            if (closed != NULL) p = closed;
        }
        /* A quote that never closes is text, up to the end of its line. */
        if (s < end && t->facts.has_quote && *s == t->facts.quote && closed == NULL) {
            p = memchr(p, '\n', (size_t)(end - p) + 1);
        }
        while (!t->stops[*p])
            p++;
        if (p == end && !t->eof) return false;
        const bool last = *p == '\n';
        const uint8_t *e = last && p > s && p[-1] == '\r' ? p - 1 : p;
        size_t start = (size_t)(s - text), len = (size_t)(e - s);
        uint32_t flags = 0;
        if (closed != NULL) {
            out->lines += count_lines(s, closed);
            flags = (uint32_t)VERIFY_QUOTED << VERIFY_KIND_SHIFT;
            escaped |= closed != e;
            out->broken |= closed != e;
            out->escaped |= escaped;
            if (escaped) flags |= VERIFY_ESCAPED;
            if (!escaped) start++, len -= 2;
        }
        put_cell(t, f->k, out->fields, start, len, flags);
        if (out->fields++ >= t->facts.width) out->surplus |= e > s;
        if (last) {
            out->blank = out->fields == 1 && e == s;
            out->next = (size_t)(p - text) + (p != end);
            out->lines += p != end;
            return true;
        }
        p++;
    }
}

/* Takes the quotes out of one field; what stands behind the closing quote stays. */
static uint32_t unescape(uint8_t *field, uint32_t len, uint8_t quote) {
    uint32_t n = 0, i = 1;
    for (; i < len; i++) {
        if (field[i] != quote) {
            field[n++] = field[i];
        } else if (i + 1 < len && field[i + 1] == quote) {
            field[n++] = field[i++];
        } else {
            break;
        }
    }
    for (i++; i < len; i++) {
        field[n++] = field[i];
    }
    return n;
}

static void finish_row(verify_text *t, verify_tile *k, const record *r) {
    const uint32_t width = t->facts.width, row = k->n_rows;
    for (uint32_t c = r->fields; c < width; c++) {
        put_cell(t, k, c, 0, 0, (uint32_t)VERIFY_MISSING << VERIFY_KIND_SHIFT);
    }
    t->padded += r->fields < t->planned_width;
    for (uint32_t c = 0; r->escaped && c < width; c++) {
        verify_cell *cell = &k->cells[(size_t)c * k->stride + row];
        if (!(cell->len_kind & VERIFY_ESCAPED)) continue;
        cell->len_kind = (uint32_t)VERIFY_QUOTED << VERIFY_KIND_SHIFT |
                         unescape(k->text + cell->start, verify_len(*cell), t->facts.quote);
    }
    k->rows[row] = (verify_row){
        .row = ++t->row, .line = t->line, .offset = t->place, .fields = r->surplus ? r->fields : 0};
    k->n_rows++;
}

/* ---- the ledger ---- */

/* Where the record at f->at ends if it is the ledger's next row. *more: not enough text. */
static bool match_ledger(verify_text *t, const filling *f, record *r, bool *more) {
    const verify_ledger *l = t->ledger;
    const size_t left = f->n - f->at, raw = l->raw.len;
    const uint8_t *p = f->k->text + f->at;
    *more = left < raw + 2 && !t->eof;
    if (*more) return true;
    if (left < raw || memcmp(p, l->raw.data, raw) != 0) return false;
    size_t n = raw;
    if (n + 1 < left && p[n] == '\r' && p[n + 1] == '\n') n++;
    if (n == left || p[n] == '\n') {
        n += n < left;
        *r = (record){.next = f->at + n, .lines = n > 0 ? count_lines(p, p + n) : 0};
        return true;
    }
    *more = !read_record(t, f, r); /* the ledger has only the head of a very large row */
    return true;
}

/* ---- tiles ---- */

void lf_verify_text_pass(verify_text *t, const uint8_t *p, size_t n) {
    t->offset += n;
    if (t->ruler != NULL) lf_ruler_add(t->ruler, (lf_span){p, n});
    t->place = t->ruler != NULL ? t->skip_place + lf_ruler_total(t->ruler) : t->offset;
}

static void pass(verify_text *t, filling *f, const record *r) {
    lf_verify_text_pass(t, f->k->text + f->at, r->next - f->at);
    t->line += r->lines;
    f->at = r->next;
}

/* One record, of whatever kind; false: more text is needed. */
static lf_rc step(verify_text *t, filling *f, bool *more, lf_error *err) {
    record r;
    verify_ledger *l = t->ledger;
    while (l->has && l->offset <= t->place) {
        bool here = l->offset == t->place && match_ledger(t, f, &r, more);
        if (here && *more) return LF_OK;
        if (!here && !t->ledger_off) t->ledger_off = true, t->ledger_off_at = l->offset;
        LF_TRY(lf_verify_ledger_next(l, err));
        if (!here) continue;
        t->row++;
        t->rejected++;
        pass(t, f, &r);
        return LF_OK;
    }
    *more = !read_record(t, f, &r);
    if (*more) return LF_OK;
    if (r.broken) { /* what broken quotes mean is the decoder's to say, from here on */
        lf_span rest = {f->k->text + f->at, f->n - f->at};
        f->at = f->n;
        return lf_verify_decoded_start(t, rest, err);
    }
    if (r.blank && !t->facts.blank_is_row) {
        t->blank++;
    } else {
        finish_row(t, f->k, &r);
    }
    pass(t, f, &r);
    return LF_OK;
}

lf_rc lf_verify_text_more(verify_text *t, filling *f, size_t want, lf_error *err) {
    if (f->at > 0 && f->k->n_rows == 0) {
        memmove(f->k->text, f->k->text + f->at, f->n - f->at);
        f->n -= f->at;
        f->at = 0;
    }
    if (want > f->k->text_cap - 1) LF_TRY(lf_verify_tile_grow(t, f->k, want + want / 2, err));
    while (f->n < want && !t->eof) {
        size_t got;
        LF_TRY(t->source->type->read(t->source, f->k->text + f->n, want - f->n, &got, err));
        t->eof = got == 0;
        f->n += got;
        t->bytes += got;
    }
    f->k->text[f->n] = '\n';
    return LF_OK;
}

/* Passes over what stands before the first record: header, byte order mark. */
static lf_rc skip_head(verify_text *t, filling *f, lf_error *err) {
    while (t->skip > 0) {
        LF_TRY(lf_verify_text_more(t, f, TILE_BYTES, err));
        size_t n = f->n - f->at < t->skip ? f->n - f->at : (size_t)t->skip;
        f->at += n;
        t->skip -= n;
        if (t->eof) t->skip = 0;
    }
    return LF_OK;
}

static lf_rc produce(verify_text *t, verify_tile *k, lf_error *err) {
    filling f = {.k = k, .n = t->left_n};
    k->n_rows = 0;
    if (t->decoder != NULL) return lf_verify_decoded_fill(t, k, err);
    LF_TRY(lf_verify_tile_grow(t, k, t->left_n + TILE_BYTES, err));
    if (t->left_n > 0) memcpy(k->text, t->left_tile->text + t->left_at, t->left_n);
    k->text[f.n] = '\n';
    LF_TRY(skip_head(t, &f, err));
    LF_TRY(lf_verify_text_more(t, &f, t->wanted > f.n ? t->wanted : f.n, err));
    while (k->n_rows < k->stride) {
        bool more = f.at == f.n;
        if (!more) LF_TRY((t->is_json ? lf_verify_json_step : step)(t, &f, &more, err));
        if (t->decoder != NULL || t->closed) break;
        if (!more) continue;
        if (t->eof && more && t->is_json) LF_TRY(lf_verify_json_end(t, &f, err));
        if (t->eof || (k->n_rows > 0 && (f.at > TILE_ENOUGH || f.n > TILE_BYTES))) break;
        LF_TRY(
            lf_verify_text_more(t, &f, f.n + (f.n < TILE_BYTES ? TILE_BYTES - f.n / 2 : f.n), err));
    }
    /* Narrow rows fill a tile with less text than it could hold: no need to carry the rest on. */
    if (k->n_rows == k->stride) t->wanted = f.at + f.at / 16 + 4096;
    if (t->wanted > TILE_BYTES || k->n_rows < k->stride) t->wanted = TILE_BYTES;
    if (t->decoder != NULL && k->n_rows == 0) return lf_verify_decoded_fill(t, k, err);
    t->left_tile = k;
    t->left_at = f.at;
    t->left_n = f.n - f.at;
    return LF_OK;
}

/* ---- the thread ---- */

static lf_rc cancelled(const verify_text *t, lf_error *err) {
    if (t->cancel == NULL || !__atomic_load_n(t->cancel, __ATOMIC_RELAXED)) return LF_OK;
    return lf_fail(err, LF_ECANCELLED, "interrupted");
}

static void *run(void *ctx) {
    verify_text *t = ctx;
    for (;;) {
        pthread_mutex_lock(&t->mu);
        while (t->filled - t->taken == VERIFY_TILES && !t->stop)
            pthread_cond_wait(&t->cv, &t->mu);
        bool stop = t->stop;
        pthread_mutex_unlock(&t->mu);
        if (stop) return NULL;
        lf_rc rc = cancelled(t, &t->err);
        verify_tile *k = &t->tiles[t->filled % VERIFY_TILES];
        if (rc == LF_OK) rc = produce(t, k, &t->err);
        pthread_mutex_lock(&t->mu);
        t->rc = rc;
        t->done = rc != LF_OK || k->n_rows == 0;
        t->filled += rc == LF_OK;
        stop = t->done;
        pthread_cond_broadcast(&t->cv);
        pthread_mutex_unlock(&t->mu);
        if (stop) return NULL;
    }
}

lf_rc lf_verify_text_start(verify_text *t, lf_error *err) {
    t->stops['\n'] = t->stops[t->facts.delimiter] = 1;
    t->offset = t->skip;
    t->place = t->skip_place;
    t->wanted = TILE_BYTES;
    pthread_mutex_init(&t->mu, NULL);
    pthread_cond_init(&t->cv, NULL);
    t->started = true;
    for (uint32_t i = 0; i < VERIFY_TILES; i++) {
        LF_TRY(tile_make(t, &t->tiles[i], err));
    }
    if (t->is_json) lf_buf_init(&t->path, t->alloc, 0);
    if (!t->facts.plain) LF_TRY(lf_verify_decoded_start(t, (lf_span){0}, err));
    t->threaded = pthread_create(&t->thread, NULL, run, t) == 0;
    return LF_OK;
}

lf_rc lf_verify_text_next(verify_text *t, const verify_tile **out, lf_error *err) {
    lf_rc rc = LF_OK;
    if (!t->threaded) {
        LF_TRY(cancelled(t, err));
        *out = &t->tiles[t->filled++ % VERIFY_TILES];
        return produce(t, &t->tiles[(t->filled - 1) % VERIFY_TILES], err);
    }
    pthread_mutex_lock(&t->mu);
    if (*out != NULL) t->taken++;
    pthread_cond_broadcast(&t->cv);
    while (t->filled == t->taken && !t->done)
        pthread_cond_wait(&t->cv, &t->mu);
    *out = &t->tiles[t->taken % VERIFY_TILES];
    if (t->filled == t->taken) rc = t->rc;
    pthread_mutex_unlock(&t->mu);
    if (rc != LF_OK) lf_error_merge(err, &t->err);
    return rc;
}

void lf_verify_text_halt(verify_text *t) {
    if (!t->threaded) return;
    pthread_mutex_lock(&t->mu);
    t->stop = true;
    pthread_cond_broadcast(&t->cv);
    pthread_mutex_unlock(&t->mu);
    (void)pthread_join(t->thread, NULL);
    t->threaded = false;
}

void lf_verify_text_stop(verify_text *t) {
    if (t->started) lf_verify_text_halt(t);
    lf_ruler_destroy(t->ruler);
    t->ruler = NULL;
    if (!t->started) return;
    t->started = false;
    lf_verify_decoded_stop(t);
    if (t->is_json) lf_buf_reset(&t->path);
    for (uint32_t i = 0; i < VERIFY_TILES; i++) {
        tile_free(t, &t->tiles[i]);
    }
    pthread_mutex_destroy(&t->mu);
    pthread_cond_destroy(&t->cv);
}
