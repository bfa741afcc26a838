/* unit/decode_csv/csv_dump.h - decodes a text in a chosen way and prints all that came out.
 *
 * Two ways of cutting the same text must give the same dump. Cells are printed as they were
 * written (form and exceptions undone), so that it does not matter when a column widened.
 * Input is handed over in heap blocks of the exact size plus the promised margins, which
 * hold junk, and is freed before the next call.
 * Owns: a dump owns its buffer. Threads: one at a time. Fails: dump_text returns the code.
 * Life: dump_text -> dump_free. */
#ifndef CSV_DUMP_H
#define CSV_DUMP_H
#include "array/batch.h"
#include "core/alloc.h"
#include "core/buf.h"
#include "core/cpu.h"
#include "core/decoder.h"
#include "decode/csv/csv_decode.h"
#include "infer/print.h"
#include "lf_test.h"
#include <stdlib.h>
#include <string.h>

typedef struct dump_how {
    lf_isa isa;
    size_t chunk;   /* bytes more a call; 0: all */
    uint32_t seed;  /* not 0: chunks of random size up to `chunk` */
    uint64_t block; /* bytes of a block; 0: one block */
    bool late_eof;  /* the end is only told when asked for more */
    uint64_t record_max;
    size_t head; /* bytes of head the plan sees; 0: all */
    lf_decode_opts opts;
} dump_how;

typedef struct dump {
    lf_buf out, torn;
    uint64_t rows, rejects, records, newlines, blank, padded;
    lf_error err;
} dump;

static uint32_t dump_random(uint32_t *s) {
    *s = *s * 1664525u + 1013904223u;
    return *s >> 8;
}

static void dump_put(dump *d, const void *p, size_t n) {
    if (lf_buf_append(&d->out, p, n, NULL) != LF_OK) abort();
}

static void dump_cell(dump *d, const lf_plan_base *plan, const lf_batch *b, uint32_t c, uint32_t r,
                      uint32_t date_format) {
    const lf_column *k = &b->columns[c];
    char text[LF_PRINT_MAX];
    for (uint32_t i = 0; i < k->n_exc; i++) {
        if (k->exc[i].row != r) continue;
        dump_put(d, "<", 1);
        dump_put(d, k->bytes + k->exc[i].start, k->exc[i].len);
        dump_put(d, ">", 1);
        return;
    }
    bool valid = lf_column_is_valid(k, r);
    if (!valid && (k->form.null_word == 0 || plan->fixed[c])) {
        dump_put(d, "~", 1);
        return;
    }
    dump_put(d, "<", 1);
    if (!valid) {
        const char *w = lf_null_words_default[k->form.null_word - 1];
        dump_put(d, w, strlen(w));
    } else if (k->type.id == LF_T_STRING || k->type.id == LF_T_NULL) {
        dump_put(d, k->bytes + k->start[r], k->len[r]);
    } else {
        lf_form f = k->form;
        if (plan->fixed[c]) f = (lf_form){0};
        uint32_t n = lf_print_value(k->type, lf_column_value(k, r), f, date_format, text);
        dump_put(d, text, n);
    }
    dump_put(d, ">", 1);
}

static void dump_reject(dump *d, const lf_reject *r, uint64_t records, uint64_t newlines) {
    char line[256];
    int n =
        snprintf(line, sizeof line,
                 "!%s @%" PRIu64 " record %" PRIu64 " line %" PRIu64 " column %u mark %u+%u: %s: ",
                 lf_rc_name(r->rc), r->byte_offset, records + r->records_before,
                 newlines + r->newlines_before, r->column, r->mark, r->mark_len, r->reason);
    dump_put(d, line, (size_t)n);
    if (r->torn) dump_put(d, d->torn.data, d->torn.len);
    lf_buf_clear(&d->torn);
    dump_put(d, r->raw.data, r->raw.len);
    dump_put(d, "\n", 1);
    d->rejects++;
}

static void dump_batch(dump *d, lf_decoder *dec, const lf_plan_base *plan, const lf_batch *b,
                       uint64_t records, uint64_t newlines) {
    lf_block_end now;
    lf_csv_decoder.block_end(dec, &now);
    uint32_t next = 0;
    d->padded += b->n_padded;
    if (lf_buf_append(&d->torn, b->torn.data, b->torn.len, NULL) != LF_OK) abort();
    for (uint32_t r = 0; r <= b->n_rows; r++) {
        for (; next < b->n_rejects && b->rejects[next].rows_before == r; next++)
            dump_reject(d, &b->rejects[next], records, newlines);
        if (r == b->n_rows) break;
        for (uint32_t c = 0; c < b->n_columns; c++) {
            lf_evidence e = now.evidence[c];
            lf_evidence_join(&e, &plan->evidence[c]);
            dump_cell(d, plan, b, c, r, lf_evidence_date_format(&e));
            dump_put(d, ",", c + 1 < b->n_columns);
        }
        dump_put(d, "\n", 1);
        d->rows++;
    }
    LF_CHECK_EQ_U64(next, b->n_rejects);
}

static void dump_evidence(dump *d, const lf_evidence *e, uint32_t n) {
    char line[96];
    for (uint32_t c = 0; c < n; c++) {
        char type[48];
        lf_type_print(lf_evidence_type(&e[c], false), type, sizeof type);
        dump_put(d, line, (size_t)snprintf(line, sizeof line, "%s ", type));
    }
    dump_put(d, "\n", 1);
}

/* Decodes one block; *start: where; becomes where the next starts. */
static lf_rc dump_block(dump *d, lf_decoder *dec, const lf_plan_base *plan, lf_span text,
                        const dump_how *how, uint64_t *start, uint64_t end, uint32_t *seed,
                        lf_evidence *joined) {
    uint32_t nc = plan->schema->n_fields;
    lf_type *types = calloc(nc, sizeof *types);
    for (uint32_t c = 0; c < nc; c++)
        types[c] = plan->schema->fields[c].type;
    lf_block b = {.start = *start, .end = end, .types = types};
    lf_rc rc = lf_csv_decoder.begin(dec, &b, &d->err);
    uint64_t at = *start, records = d->records, newlines = d->newlines;
    size_t have = 0;
    bool eof = false;
    lf_step step = LF_NEED_INPUT;
    uint64_t kept = UINT64_MAX, window = at;
    while (rc == LF_OK && step != LF_DONE) {
        size_t left = text.len - (size_t)at, used = 0;
        uint8_t *block = malloc(LF_OVERREAD_BYTES + have + LF_OVERREAD_BYTES);
        static const char junk[] = "\",\n\r\"\"\n\xff,";
        for (size_t i = 0; i < LF_OVERREAD_BYTES; i++) {
            block[i] = (uint8_t)junk[i % (sizeof junk - 1)];
            block[LF_OVERREAD_BYTES + have + i] = (uint8_t)junk[(i + 3) % (sizeof junk - 1)];
        }
        memcpy(block + LF_OVERREAD_BYTES, text.data + at, have);
        lf_batch batch = {0};
        rc = lf_csv_decoder.next(dec, (lf_span){block + LF_OVERREAD_BYTES, have}, eof, &used, &step,
                                 &batch, &d->err);
        if (rc == LF_OK && step == LF_BATCH_READY)
            dump_batch(d, dec, plan, &batch, records, newlines);
        free(block);
        if (rc == LF_OK && step == LF_READ_AGAIN) { /* of what was kept or is still at hand */
            LF_CHECK(batch.byte_offset <= at + have);
            LF_CHECK(batch.byte_offset >= (kept < window ? kept : window));
            at = batch.byte_offset;
            have = 0;
            kept = UINT64_MAX;
            window = at;
            lf_buf_clear(&d->torn);
            eof = false;
            step = LF_NEED_INPUT;
            continue;
        }
        if (rc == LF_OK && !batch.keep) kept = UINT64_MAX;
        if (rc == LF_OK && batch.keep && kept == UINT64_MAX) {
            LF_CHECK(batch.keep_from >= window && batch.keep_from <= at + have);
            kept = batch.keep_from;
        }
        at += used;
        have -= used;
        left -= used;
        if (rc != LF_OK || step != LF_NEED_INPUT) continue;
        if (!LF_CHECK(!eof)) abort();
        window = at;
        size_t more = how->chunk == 0 ? left : how->chunk;
        if (*seed != 0 && how->chunk != 0) more = dump_random(seed) % (how->chunk + 1);
        if (have == left) eof = true;
        have = have + more < left ? have + more : left;
        if (!how->late_eof && have == left) eof = true;
    }
    lf_block_end e;
    lf_csv_decoder.block_end(dec, &e);
    d->records += e.records;
    d->newlines += e.newlines;
    d->blank += e.blank_lines;
    for (uint32_t c = 0; c < nc; c++)
        lf_evidence_join(&joined[c], &e.evidence[c]);
    *start = e.next_start;
    if (step == LF_DONE) LF_CHECK_EQ_U64(e.next_start, at);
    free(types);
    return rc;
}

static lf_rc dump_body(dump *d, const lf_plan *p, lf_span text, const dump_how *how) {
    const lf_plan_base *base = (const lf_plan_base *)(const void *)p;
    lf_decoder *dec = NULL;
    lf_rc rc = lf_csv_decoder.create(p, lf_alloc_default(), &dec, &d->err);
    if (rc != LF_OK) return rc;
    uint64_t start = base->body_offset;
    uint32_t seed = how->seed, nc = base->schema->n_fields;
    lf_evidence *joined = calloc(nc, sizeof *joined);
    for (uint32_t c = 0; c < nc; c++)
        joined[c] = base->evidence[c];
    while (rc == LF_OK) {
        uint64_t end = how->block == 0 ? UINT64_MAX : (start / how->block + 1) * how->block;
        rc = dump_block(d, dec, base, text, how, &start, end, &seed, joined);
        if (start >= text.len || start >= base->body_end) break;
    }
    dump_evidence(d, joined, nc);
    free(joined);
    lf_csv_decoder.destroy(dec);
    char line[160];
    dump_put(d, line,
             (size_t)snprintf(line, sizeof line,
                              "rows %" PRIu64 " rejects %" PRIu64 " records %" PRIu64
                              " newlines %" PRIu64 " blank %" PRIu64 " padded %" PRIu64 "\n",
                              d->rows, d->rejects, d->records, d->newlines, d->blank, d->padded));
    LF_CHECK_EQ_U64(d->records, d->rows + d->rejects);
    return rc;
}

static lf_rc dump_text(dump *d, lf_span text, const dump_how *how) {
    *d = (dump){0};
    lf_buf_init(&d->out, lf_alloc_default(), SIZE_MAX / 2);
    lf_buf_init(&d->torn, lf_alloc_default(), SIZE_MAX / 2);
    lf_decode_opts o = how->opts;
    o.struct_size = sizeof o;
    o.alloc = lf_alloc_default();
    o.isa = how->isa;
    o.record_max_bytes = how->record_max;
    lf_plan *p = NULL;
    lf_span head = text;
    if (how->head != 0 && how->head < text.len) head.len = how->head;
    lf_rc rc = lf_csv_decoder.plan(&o, head, head.len == text.len, &p, &d->err);
    if (rc == LF_OK) {
        const lf_schema *s = ((const lf_plan_base *)(const void *)p)->schema;
        for (uint32_t c = 0; c < s->n_fields; c++) {
            char type[48];
            dump_put(d, s->fields[c].name, strlen(s->fields[c].name));
            dump_put(d, ":", 1);
            lf_type_print(s->fields[c].type, type, sizeof type);
            dump_put(d, type, strlen(type));
            dump_put(d, " ", 1);
        }
        dump_put(d, "\n", 1);
        rc = dump_body(d, p, text, how);
    }
    lf_csv_decoder.plan_destroy(p);
    dump_put(d, "", 1);
    return rc;
}

static void dump_free(dump *d) {
    lf_buf_reset(&d->out);
    lf_buf_reset(&d->torn);
}

#endif
