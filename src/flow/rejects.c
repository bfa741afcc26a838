/* flow/rejects.c - see rejects.h. */
#include "flow/rejects.h"
#include "core/limits.h"
#include "io/io.h"
#include <string.h>

/* In the spill a reject is a header and its bytes. One of a record that was torn has pieces before
 * it: headers of kind PIECE, each with its bytes. NO_PIECES: those right before it count for
 * nothing. */
typedef enum kept_kind { KEPT_REJECT, KEPT_TORN_REJECT, KEPT_PIECE, KEPT_NO_PIECES } kept_kind;

typedef struct kept_reject {
    uint64_t byte_offset, records_before, newlines_before, raw_len;
    uint32_t rc, column, mark, mark_len;
    uint32_t kind;
    uint32_t input;
    bool measured; /* byte_offset counts stored bytes, from the block's start */
    uint64_t line; /* where the input begins, in a block of several */
    char reason[96];
} kept_reject;

/* The bytes of one reject, piece after piece. */
typedef struct raw_reader {
    lf_spill *s;
    uint64_t at, left; /* of the piece at hand */
    uint64_t end;      /* behind the last piece */
} raw_reader;

enum { COPY_BYTES = 48 * 1024, STRICT_BYTES = 4096 }; /* COPY_BYTES: a multiple of 3 */

/* In steps, so that the spill's memory stays small. */
static lf_rc keep_bytes(flow_worker *w, lf_span raw, lf_error *err) {
    while (raw.len > 0) {
        size_t n = raw.len < COPY_BYTES ? raw.len : COPY_BYTES;
        LF_TRY(lf_spill_append(&w->rejects, raw.data, n, NULL, err));
        raw = (lf_span){raw.data + n, raw.len - n};
    }
    return LF_OK;
}

static lf_rc keep(flow_worker *w, kept_reject *k, lf_span raw, lf_error *err) {
    const flow_job *j = w->job;
    bool strict = j->spec->on_error == LF_ON_ERROR_STRICT; /* shows its beginning only */
    k->input = w->input;
    if (w->block.n_inputs > 1)
        k->line = ((const lf_plan_base *)j->inputs[w->input].plan)->body_line;
    if (strict && k->kind == KEPT_PIECE && raw.len > STRICT_BYTES) raw.len = STRICT_BYTES;
    k->raw_len = raw.len;
    LF_TRY(lf_spill_append(&w->rejects, k, sizeof *k, NULL, err));
    return keep_bytes(w, raw, err);
}

lf_rc lf_flow_rejects_keep(flow_worker *w, const lf_batch *b, lf_error *err) {
    if (w->job->spec->on_error == LF_ON_ERROR_PERMISSIVE) return LF_OK;
    for (uint32_t i = 0; i < b->n_rejects; i++) {
        const lf_reject *r = &b->rejects[i];
        kept_reject k = {.byte_offset = lf_flow_measure_at(&w->measure, r->byte_offset),
                         .records_before = r->records_before,
                         .newlines_before = r->newlines_before,
                         .rc = (uint32_t)r->rc,
                         .column = r->column,
                         .mark = r->mark,
                         .mark_len = r->mark_len,
                         .kind = r->torn ? KEPT_TORN_REJECT : KEPT_REJECT};
        if (r->torn) lf_flow_measure_torn(&w->measure, NULL);
        if (w->measure.on && w->block.n_inputs > 1)
            k.byte_offset += w->job->inputs[w->input].body_bytes;
        k.measured = w->measure.on;
        memcpy(k.reason, r->reason, sizeof k.reason);
        LF_TRY(keep(w, &k, r->raw, err));
    }
    if (b->torn.len == 0) return LF_OK;
    kept_reject piece = {.kind = KEPT_PIECE};
    return keep(w, &piece, b->torn, err);
}

lf_rc lf_flow_rejects_forget_pieces(flow_worker *w, lf_error *err) {
    if (w->job->spec->on_error == LF_ON_ERROR_PERMISSIVE) return LF_OK;
    kept_reject k = {.kind = KEPT_NO_PIECES};
    return keep(w, &k, (lf_span){NULL, 0}, err);
}

static lf_rc raw_read(raw_reader *r, void *dst, size_t cap, size_t *got_out, lf_error *err) {
    *got_out = 0;
    while (*got_out < cap) {
        if (r->left == 0) {
            kept_reject k;
            if (r->at == r->end) return LF_OK;
            LF_TRY(lf_spill_read(r->s, r->at, &k, sizeof k, err));
            r->at += sizeof k;
            r->left = k.raw_len;
            continue;
        }
        size_t n = cap - *got_out < r->left ? cap - *got_out : (size_t)r->left;
        LF_TRY(lf_spill_read(r->s, r->at, (uint8_t *)dst + *got_out, n, err));
        r->at += n;
        r->left -= n;
        *got_out += n;
    }
    return LF_OK;
}

/* Length of the valid UTF-8 that p begins with; a sequence that the end cuts off is not in it. */
static size_t utf8_prefix(const uint8_t *p, size_t n, bool *bad_out) {
    size_t i = 0;
    *bad_out = false;
    while (i < n) {
        uint8_t c = p[i];
        size_t len = c < 0x80                ? 1
                     : c >= 0xC2 && c < 0xE0 ? 2
                     : c >= 0xE0 && c < 0xF0 ? 3
                     : c >= 0xF0 && c < 0xF5 ? 4
                                             : 0;
        *bad_out = len == 0;
        for (size_t k = 1; k < len && i + k < n; k++)
            *bad_out |= (p[i + k] & 0xC0) != 0x80;
        if (i + 1 < n)
            *bad_out |= (c == 0xE0 && p[i + 1] < 0xA0) || (c == 0xED && p[i + 1] > 0x9F) ||
                        (c == 0xF0 && p[i + 1] < 0x90) || (c == 0xF4 && p[i + 1] > 0x8F);
        if (*bad_out || len > n - i) return i;
        i += len;
    }
    return n;
}

/* Whether all of it is UTF-8. */
static lf_rc raw_is_text(raw_reader r, uint8_t *scratch, bool *text_out, lf_error *err) {
    size_t have = 0, got = 1;
    bool bad = false;
    while (!bad && got > 0) {
        LF_TRY(raw_read(&r, scratch + have, COPY_BYTES - have, &got, err));
        size_t n = have + got, good = utf8_prefix(scratch, n, &bad);
        have = n - good;
        memmove(scratch, scratch + good, have);
    }
    *text_out = !bad && have == 0;
    return LF_OK;
}

static lf_rc append_base64(lf_buf *b, const uint8_t *p, size_t n, lf_error *err) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    LF_TRY(lf_buf_reserve(b, (n + 2) / 3 * 4, err));
    for (size_t i = 0; i < n; i += 3) {
        uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) |
                     (i + 2 < n ? p[i + 2] : 0);
        char out[4] = {digits[v >> 18], digits[v >> 12 & 63], i + 1 < n ? digits[v >> 6 & 63] : '=',
                       i + 2 < n ? digits[v & 63] : '='};
        memcpy(b->data + b->len, out, 4);
        b->len += 4;
    }
    return LF_OK;
}

/* The rejects file as far as it is not written yet. */
static lf_rc flush(flow_job *j, lf_buf *line, size_t from, lf_error *err) {
    if (line->len <= from) return LF_OK;
    LF_TRY(j->rejects_sink->type->write_at(j->rejects_sink, j->rejects_size, line->data, line->len,
                                           err));
    j->rejects_size += line->len;
    lf_buf_clear(line);
    return LF_OK;
}

static lf_rc append_facts(flow_job *j, const kept_reject *k, const lf_row_place *at, lf_buf *b,
                          lf_error *err) {
    LF_TRY(lf_buf_printf(b, err, "{\"code\":%u,\"name\":\"%s\",\"reason\":", k->rc,
                         lf_rc_name((lf_rc)k->rc)));
    LF_TRY(lf_buf_append_json(b, k->reason, strlen(k->reason), err));
    LF_TRY(lf_buf_append(b, ",\"input\":", 9, err));
    LF_TRY(lf_buf_append_json(b, at->input, strlen(at->input), err));
    LF_TRY(lf_buf_printf(b, err, ",\"row\":%llu,\"line\":%llu,\"column\":",
                         (unsigned long long)at->row, (unsigned long long)at->line));
    if (k->column == 0 || k->column > j->n_columns) {
        LF_TRY(lf_buf_append(b, "null", 4, err));
    } else {
        const char *name = j->schema.fields[k->column - 1].name;
        LF_TRY(lf_buf_append_json(b, name, strlen(name), err));
    }
    return lf_buf_printf(b, err, ",\"byte_offset\":%llu", (unsigned long long)at->byte_offset);
}

/* The bytes as a JSON string, whatever their number: the file is written as it grows. */
static lf_rc append_raw(flow_job *j, raw_reader r, bool text, uint8_t *scratch, lf_buf *b,
                        lf_error *err) {
    size_t have = 0, got = 1;
    LF_TRY(lf_buf_printf(b, err, ",\"%s\":\"", text ? "raw" : "raw_base64"));
    while (got > 0) {
        bool bad;
        LF_TRY(raw_read(&r, scratch + have, COPY_BYTES - have, &got, err));
        size_t n = have + got, take = text ? utf8_prefix(scratch, n, &bad) : n;
        if (text) {
            size_t quote = b->len;
            LF_TRY(lf_buf_append_json(b, scratch, take, err));
            memmove(b->data + quote, b->data + quote + 1, b->len - quote - 2);
            b->len -= 2; /* its quotes stand around all pieces */
        } else {
            LF_TRY(append_base64(b, scratch, take, err));
        }
        have = n - take;
        memmove(scratch, scratch + take, have);
        LF_TRY(flush(j, b, COPY_BYTES, err));
    }
    return lf_buf_append(b, "\"}\n", 3, err);
}

/* The strict policy's error: the row with its place and its bytes. */
static lf_rc strict_error(flow_job *j, const kept_reject *k, const lf_row_place *place,
                          raw_reader r, uint8_t *scratch, lf_error *err) {
    const char *name =
        k->column > 0 && k->column <= j->n_columns ? j->schema.fields[k->column - 1].name : NULL;
    size_t mark = k->mark, got = 0;
    if (mark > STRICT_BYTES && r.end - r.at > COPY_BYTES) { /* what stands around the mark */
        size_t skip = mark - STRICT_BYTES;
        for (mark -= skip; skip > 0; skip -= got)
            LF_TRY(raw_read(&r, scratch, skip < COPY_BYTES ? skip : COPY_BYTES, &got, err));
    }
    LF_TRY(raw_read(&r, scratch, COPY_BYTES, &got, err));
    lf_rc rc = lf_fail(err, (lf_rc)k->rc, "%s", k->reason);
    lf_error_set_file(err, place->input);
    lf_error_set_place(err, place->row, place->line, k->column, name, place->byte_offset);
    lf_error_set_excerpt(err, (lf_span){scratch, got}, mark, k->mark_len);
    return rc;
}

static lf_rc open_rejects(flow_job *j, lf_error *err) {
    if (j->rejects_sink != NULL) return LF_OK;
    if (j->spec->rejects_stale)
        LF_TRY(lf_flow_warn(j, err, "%.200s, of an earlier conversion, is replaced",
                            j->spec->rejects_path));
    return lf_sink_open_file(j->spec->rejects_path, j->spec->rejects_replace, j->alloc,
                             &j->rejects_sink, err);
}

static lf_rc first_warning(flow_job *j, const kept_reject *k, const lf_row_place *at,
                           lf_error *err) {
    if (j->n_bad >= 5) return LF_OK; /* the rest stands in the file */
    return lf_flow_warn(j, err, "bad row %llu (line %llu, byte %llu): %s",
                        (unsigned long long)at->row, (unsigned long long)at->line,
                        (unsigned long long)at->byte_offset, k->reason);
}

/* `r`: its bytes. */
static lf_rc write_one(flow_worker *w, const kept_reject *k, raw_reader r, uint8_t *scratch,
                       lf_buf *line, lf_error *err) {
    flow_job *j = w->job;
    const bool alone = w->block.n_inputs == 1;
    lf_row_place at = {.input = j->inputs[k->input].path,
                       .row = (alone ? j->base_records : 0) + k->records_before + 1,
                       .line = (alone ? j->base_lines : k->line) + k->newlines_before,
                       .byte_offset = (alone && k->measured ? j->base_stored : 0) + k->byte_offset};
    if (j->spec->place != NULL) LF_TRY(j->spec->place(j->spec->place_ctx, &at, err));
    if (j->spec->on_error == LF_ON_ERROR_STRICT) return strict_error(j, k, &at, r, scratch, err);
    LF_TRY(first_warning(j, k, &at, err));
    if (j->n_bad == 0) (void)!strict_error(j, k, &at, r, scratch, &j->first_bad);
    j->n_bad++;
    if (j->spec->rejects_path == NULL) return LF_OK;
    bool text;
    LF_TRY(open_rejects(j, err));
    LF_TRY(raw_is_text(r, scratch, &text, err));
    LF_TRY(append_facts(j, k, &at, line, err));
    LF_TRY(append_raw(j, r, text, scratch, line, err));
    return flush(j, line, COPY_BYTES, err);
}

static lf_rc write_all(flow_worker *w, uint8_t *scratch, lf_buf *line, lf_error *err) {
    raw_reader r = {.s = &w->rejects};
    for (uint64_t at = 0; at < w->rejects.size;) {
        kept_reject k;
        LF_TRY(lf_spill_read(&w->rejects, at, &k, sizeof k, err));
        uint64_t next = at + sizeof k + k.raw_len;
        if (k.kind == KEPT_PIECE) { /* r.at stays at the first one */
            at = next;
            continue;
        }
        if (k.kind == KEPT_NO_PIECES) {
            r.at = at = next;
            continue;
        }
        if (k.kind == KEPT_REJECT) r.at = at;
        r.end = next;
        LF_TRY(write_one(w, &k, r, scratch, line, err));
        r.at = at = next;
    }
    return LF_OK;
}

lf_rc lf_flow_rejects_write(flow_worker *w, lf_error *err) {
    if (w->rejects.size == 0) return LF_OK;
    flow_job *j = w->job;
    lf_buf line;
    lf_buf_init(&line, j->alloc, SIZE_MAX / 2);
    uint8_t *scratch = lf_mem_alloc(j->alloc, COPY_BYTES);
    lf_rc rc = scratch != NULL ? LF_OK : lf_fail_nomem(err, COPY_BYTES);
    if (rc == LF_OK) rc = write_all(w, scratch, &line, err);
    if (rc == LF_OK && j->rejects_sink != NULL) rc = flush(j, &line, 0, err);
    lf_mem_free(j->alloc, scratch, COPY_BYTES);
    lf_buf_reset(&line);
    return rc;
}
