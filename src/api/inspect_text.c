/* What the head of a text shows: the plan that `convert` would start with, and, by decoding the
 * head with it, nulls and some rows. Only the head is read, so that any input takes a moment. */
#include "api/inspect_decisions.h"
#include "api/inspect_internal.h"
#include "api/inspect_table.h"
#include "api/peek.h"
#include "api/settings.h"
#include "api/text_source.h"
#include "array/schema_field.h"
#include "core/limits.h"
#include "decode/csv/csv_decode.h"
#include "infer/cell_text.h"
#include "io/samples.h"
#include <stdio.h>
#include <string.h>

#define HEAD_MAX_BYTES (64 * LF_MIB) /* where it holds no table, or not one record */

typedef struct sample {
    lf_inspection *x;
    const lf_decoder_type *type;
    lf_plan *plan;
    const lf_plan_base *base;
    uint64_t rows, rejects;    /* decoded so far */
    uint64_t shown;            /* rows that were put */
    uint64_t *nulls;           /* per column */
    lf_inspect_values *values; /* likewise: the first few */
    lf_table *table;           /* rows as a table; NULL: as JSON */
    lf_buf cell;
} sample;

/* The first n bytes of *s, with the margin that decoders want. */
static lf_rc read_head(lf_inspection *x, lf_source **s, uint8_t *head, size_t n, size_t *got,
                       bool *whole) {
    LF_TRY(lf_source_peek(s, x->alloc, head, n, got, x->err));
    *whole = *got < n;
    return LF_OK;
}

/* ---- rows of the head ---- */

static lf_rc put_row(sample *p, const lf_batch *b, uint32_t r) {
    lf_inspection *x = p->x;
    const lf_schema *schema = p->base->schema;
    if (p->table == NULL) LF_TRY(lf_inspect_puts(x, p->shown > 0 ? ",\n[" : "\n["));
    for (uint32_t c = 0; c < b->n_columns; c++) {
        if (p->table == NULL) {
            if (c > 0) LF_TRY(lf_inspect_puts(x, ","));
            LF_TRY(lf_cell_json(&b->columns[c], &schema->fields[c], r, false, &x->out, x->err));
        } else if (c < p->table->n_columns) {
            lf_buf_clear(&p->cell);
            LF_TRY(lf_cell_text(&b->columns[c], &schema->fields[c], r, &p->cell, x->err));
            LF_TRY(lf_table_cell(p->table, p->cell.data, p->cell.len, x->err));
        }
    }
    p->shown++;
    return p->table == NULL ? lf_inspect_puts(x, "]") : LF_OK;
}

static lf_rc take_batch(sample *p, const lf_batch *b, bool show) {
    for (uint32_t c = 0; !show && c < b->n_columns; c++) {
        LF_TRY(lf_inspect_values_add(&p->values[c], &b->columns[c], &p->base->schema->fields[c],
                                     b->n_rows, &p->cell, p->x->err));
        p->nulls[c] += b->columns[c].type.id == LF_T_NULL ? b->n_rows : b->columns[c].null_count;
    }
    for (uint32_t r = 0; show && r < b->n_rows && p->shown < p->x->opts.rows; r++) {
        LF_TRY(put_row(p, b, r));
    }
    p->rows += b->n_rows;
    p->rejects += b->n_rejects;
    return LF_OK;
}

/* Decodes the body of `head`, which it writes to; `show`: puts rows, else counts. */
static lf_rc decode_body(sample *p, lf_span head, bool whole, bool show) {
    lf_inspection *x = p->x;
    const uint32_t n = p->base->schema->n_fields;
    lf_decoder *d = NULL;
    lf_type *types = lf_mem_zalloc(x->alloc, (n + 1ul) * sizeof *types);
    lf_rc rc;
    if (types == NULL) return lf_fail_nomem(x->err, n * sizeof *types);
    for (uint32_t i = 0; i < n; i++) {
        types[i] = p->base->schema->fields[i].type;
    }
    p->rows = p->rejects = 0;
    LF_GO(p->type->create(p->plan, x->alloc, &d, x->err));
    const lf_block block = {.start = p->base->body_offset, .end = UINT64_MAX, .types = types};
    LF_GO(p->type->begin(d, &block, x->err));
    for (size_t at = p->base->body_offset < head.len ? (size_t)p->base->body_offset : head.len;;) {
        size_t used = 0;
        lf_step step;
        lf_batch b = {0};
        lf_span in = {head.data + at, head.len - at};
        LF_GO(p->type->next(d, in, whole, &used, &step, &b, x->err));
        at += used;
        if (step == LF_BATCH_READY) LF_GO(take_batch(p, &b, show));
        if (step == LF_DONE || (step == LF_NEED_INPUT && (used == 0 || at >= head.len))) break;
        if (show && p->shown >= x->opts.rows) break;
    }
out:
    p->type->destroy(d);
    lf_mem_free(x->alloc, types, (n + 1ul) * sizeof *types);
    return rc;
}

/* The same of a copy: a decoder may write to what it has read. */
static lf_rc decode_head(sample *p, lf_span head, bool whole, bool show) {
    const size_t bytes = head.len + 2 * LF_OVERREAD_BYTES;
    uint8_t *copy = lf_mem_zalloc(p->x->alloc, bytes);
    if (copy == NULL) return lf_fail_nomem(p->x->err, bytes);
    memcpy(copy + LF_OVERREAD_BYTES, head.data, head.len);
    const lf_rc rc = decode_body(p, (lf_span){copy + LF_OVERREAD_BYTES, head.len}, whole, show);
    lf_mem_free(p->x->alloc, copy, bytes);
    return rc;
}

/* ---- text ---- */

/* The mebibytes that were looked at. */
static size_t looked_at(lf_span head) {
    return (size_t)((head.len + LF_MIB - 1) / LF_MIB);
}

static lf_rc put_counts(const sample *p, lf_span head, bool whole) {
    lf_inspection *x = p->x;
    char a[32];
    LF_TRY(lf_inspect_puts(x, "\n"));
    if (!whole) LF_TRY(lf_buf_printf(&x->out, x->err, "the first %zu MiB: ", looked_at(head)));
    LF_TRY(lf_buf_printf(&x->out, x->err, "%s row%s", lf_inspect_count(p->rows, a, sizeof a),
                         p->rows == 1 ? "" : "s"));
    if (whole || p->rows + p->rejects > 0) return LF_OK;
    return lf_inspect_puts(x, " (the first one is longer)");
}

static lf_rc put_head(sample *p, const lf_source *s, lf_span head, bool whole) {
    lf_inspection *x = p->x;
    char a[32];
    const size_t from = x->out.len;
    LF_TRY(lf_inspect_path(x));
    LF_TRY(lf_buf_printf(&x->out, x->err, ": %s", p->type->name));
    if (s->compression != NULL) LF_TRY(lf_buf_printf(&x->out, x->err, " in %s", s->compression));
    if (s->stored_bytes != LF_SIZE_UNKNOWN) {
        LF_TRY(
            lf_buf_printf(&x->out, x->err, ", %s", lf_inspect_bytes(s->stored_bytes, a, sizeof a)));
    }
    LF_TRY(lf_inspect_puts(x, "\n"));
    LF_TRY(lf_inspect_fold(x, from));
    LF_TRY(lf_inspect_puts(x, "\n"));
    LF_TRY(lf_inspect_decisions_text(x, p->plan, &p->cell));
    LF_TRY(put_counts(p, head, whole));
    if (p->rejects > 0) {
        LF_TRY(
            lf_buf_printf(&x->out, x->err, ", %s bad", lf_inspect_count(p->rejects, a, sizeof a)));
    }
    return lf_inspect_puts(x, "\n\n");
}

/* How sure the type is: all was read, or n values fit and none did not. */
static double type_confidence(const sample *p, uint32_t c, bool whole) {
    uint64_t n = p->rows > p->nulls[c] ? p->rows - p->nulls[c] : 0;
    if (whole || (p->base->fixed != NULL && p->base->fixed[c])) return 1;
    return (double)(n + 1) / (double)(n + 2);
}

static lf_rc fill_columns(sample *p, lf_table *t, bool whole) {
    lf_error *err = p->x->err;
    uint32_t lines = 0;
    char text[64];
    LF_TRY(lf_table_column(t, "column", 6, false, 8, err));
    LF_TRY(lf_table_column(t, "type", 4, false, 8, err));
    LF_TRY(lf_table_column(t, "nulls", 5, true, 5, err));
    LF_TRY(lf_table_column(t, "share", 5, true, 5, err));
    LF_TRY(lf_table_column(t, "sure", 4, true, 4, err));
    LF_TRY(lf_table_column(t, "values", 6, false, 8, err));
    for (uint32_t i = 0; i < p->base->schema->n_fields; i++) {
        const lf_field *f = &p->base->schema->fields[i];
        double share = p->rows > 0 ? 100.0 * (double)p->nulls[i] / (double)p->rows : 0;
        LF_TRY(lf_table_cell_str(t, f->name, err));
        LF_TRY(lf_inspect_type_cell(t, f, &p->cell, err));
        LF_TRY(lf_table_cell_str(t, lf_inspect_count(p->nulls[i], text, sizeof text), err));
        lf_buf_clear(&p->cell);
        LF_TRY(lf_buf_printf(&p->cell, err, share < 9.95 ? "%.1f%%" : "%.0f%%", share));
        LF_TRY(lf_table_cell(t, p->cell.data, p->cell.len, err));
        lf_inspect_sure(type_confidence(p, i, whole), text, sizeof text);
        LF_TRY(lf_table_cell_str(t, text, err));
        LF_TRY(lf_table_cell(t, p->values[i].text, p->values[i].len, err));
        LF_TRY(lf_inspect_members(t, f, 4, &lines, &p->cell, err));
    }
    return LF_OK;
}

static lf_rc fill_rows(sample *p, lf_span head, bool whole) {
    const lf_schema *schema = p->base->schema;
    uint32_t n = p->x->width / 3 + 1 < schema->n_fields ? p->x->width / 3 + 1 : schema->n_fields;
    if (n > LF_TABLE_COLUMNS_MAX) n = LF_TABLE_COLUMNS_MAX;
    for (uint32_t i = 0; i < n; i++) {
        const lf_field *f = &schema->fields[i];
        bool right = f->type.id == LF_T_INT64 || f->type.id == LF_T_UINT64 ||
                     f->type.id == LF_T_DOUBLE || f->type.id == LF_T_DECIMAL;
        LF_TRY(
            lf_table_column(p->table, f->name, strlen(f->name), right, right ? 12 : 8, p->x->err));
    }
    return decode_head(p, head, whole, true);
}

static lf_rc put_rows(sample *p, lf_span head, bool whole) {
    lf_inspection *x = p->x;
    uint32_t shown = 0, all = p->base->schema->n_fields;
    lf_table_reset(p->table);
    lf_table_init(p->table, x->alloc);
    LF_TRY(fill_rows(p, head, whole));
    if (p->shown == 0) return LF_OK;
    LF_TRY(lf_inspect_puts(x, "\n"));
    LF_TRY(lf_table_print(p->table, x->width, &shown, &x->out, x->err));
    if (shown < all) {
        LF_TRY(lf_buf_printf(&x->out, x->err, "… %u more column%s\n", (unsigned)(all - shown),
                             all - shown == 1 ? "" : "s"));
    }
    if (p->shown == x->opts.rows || whole) return LF_OK;
    return lf_buf_printf(&x->out, x->err, "(of the first %zu MiB; convert reads all)\n",
                         looked_at(head));
}

static lf_rc put_text(sample *p, const lf_source *s, lf_span head, bool whole) {
    lf_inspection *x = p->x;
    uint32_t shown;
    p->table = lf_mem_alloc(x->alloc, sizeof *p->table);
    if (p->table == NULL) return lf_fail_nomem(x->err, sizeof *p->table);
    lf_table_init(p->table, x->alloc);
    lf_rc rc = put_head(p, s, head, whole);
    if (rc == LF_OK) rc = fill_columns(p, p->table, whole);
    if (rc == LF_OK) rc = lf_table_print(p->table, x->width, &shown, &x->out, x->err);
    if (rc == LF_OK && x->opts.rows > 0) rc = put_rows(p, head, whole);
    lf_table_reset(p->table);
    lf_mem_free(x->alloc, p->table, sizeof *p->table);
    return rc;
}

/* ---- JSON ---- */

static lf_rc json_columns(sample *p, bool whole) {
    lf_inspection *x = p->x;
    for (uint32_t i = 0; i < p->base->schema->n_fields; i++) {
        const lf_field *f = &p->base->schema->fields[i];
        LF_TRY(lf_inspect_puts(x, i > 0 ? ",\n{" : "\n{"));
        LF_TRY(lf_inspect_pair(x, "name", f->name));
        LF_TRY(lf_inspect_puts(x, ","));
        lf_buf_clear(&p->cell);
        LF_TRY(lf_field_type_print(f, &p->cell, x->err));
        LF_TRY(lf_inspect_puts(x, "\"type\":"));
        LF_TRY(lf_buf_append_json(&x->out, p->cell.data, p->cell.len, x->err));
        LF_TRY(lf_buf_printf(&x->out, x->err, ",\"nulls\":%llu,\"confidence\":%.6f,\"values\":",
                             (unsigned long long)p->nulls[i], type_confidence(p, i, whole)));
        LF_TRY(lf_buf_append_json(&x->out, p->values[i].text, p->values[i].len, x->err));
        LF_TRY(lf_inspect_puts(x, "}"));
    }
    return LF_OK;
}

static lf_rc put_json(sample *p, const lf_source *s, lf_span head, bool whole) {
    lf_inspection *x = p->x;
    LF_TRY(lf_inspect_puts(x, "{"));
    LF_TRY(lf_inspect_pair(x, "file", x->path));
    LF_TRY(lf_inspect_puts(x, ","));
    LF_TRY(lf_inspect_pair(x, "format", p->type->name));
    LF_TRY(lf_inspect_puts(x, ",\"compression\":"));
    if (s->compression == NULL) LF_TRY(lf_inspect_puts(x, "null"));
    if (s->compression != NULL) LF_TRY(lf_buf_printf(&x->out, x->err, "\"%s\"", s->compression));
    LF_TRY(s->stored_bytes == LF_SIZE_UNKNOWN ? lf_inspect_puts(x, ",\"bytes\":null")
                                              : lf_buf_printf(&x->out, x->err, ",\"bytes\":%llu",
                                                              (unsigned long long)s->stored_bytes));
    LF_TRY(lf_buf_printf(
        &x->out, x->err, ",\"whole\":%s,\"rows\":%llu,\"bad_rows\":%llu,\"explain\":",
        whole ? "true" : "false", (unsigned long long)p->rows, (unsigned long long)p->rejects));
    lf_buf_clear(&p->cell);
    LF_TRY(p->type->explain(p->plan, &p->cell, x->err));
    LF_TRY(lf_buf_append_json(&x->out, p->cell.data, p->cell.len, x->err));
    LF_TRY(lf_inspect_puts(x, ",\"decisions\":["));
    LF_TRY(lf_inspect_decisions_json(x, p->plan, &p->cell));
    LF_TRY(lf_inspect_puts(x, "],\"schema\":"));
    LF_TRY(lf_schema_to_json(p->base->schema, &x->out, x->err));
    LF_TRY(lf_inspect_puts(x, ",\"columns\":["));
    LF_TRY(json_columns(p, whole));
    LF_TRY(lf_inspect_puts(x, "]"));
    if (x->opts.rows > 0) {
        LF_TRY(lf_inspect_puts(x, ",\"sample\":["));
        LF_TRY(decode_head(p, head, whole, true));
        LF_TRY(lf_inspect_puts(x, "]"));
    }
    return lf_inspect_puts(x, "}\n");
}

/* ---- encoding ---- */

/* Of UTF-8 that nothing named: characters of several bytes that are whole, and bytes in none. */
static void count_utf8(lf_span t, uint64_t *whole, uint64_t *broken) {
    *whole = *broken = 0;
    for (size_t i = 0; i < t.len;) {
        const uint8_t b = t.data[i];
        const size_t n = b < 0x80   ? 1
                         : b < 0xC2 ? 0
                         : b < 0xE0 ? 2
                         : b < 0xF0 ? 3
                         : b < 0xF5 ? 4
                                    : 0;
        size_t k = 1;
        if (n > t.len - i) return; /* the end of the head cuts it */
        while (k < n && (t.data[i + k] & 0xC0) == 0x80)
            k++;
        if (n == 1 || (n > 0 && k == n)) {
            *whole += n > 1;
            i += n;
            continue;
        }
        ++*broken;
        i++;
    }
}

static void tell_encoding(lf_inspection *x, const lf_source *s, lf_span head) {
    char proposal[256] = "";
    uint64_t whole, broken;
    count_utf8(head, &whole, &broken);
    x->encoding_sure = 1;
    if (s->encoding_how != NULL && strcmp(s->encoding_how, "assumed") != 0) {
        (void)snprintf(x->encoding, sizeof x->encoding, "encoding: %s (%s)\n",
                       s->encoding != NULL ? s->encoding : "utf-8",
                       strcmp(s->encoding_how, "given") == 0 ? "as given" : s->encoding_how);
        return;
    }
    x->encoding_sure = (double)(whole + 1) / (double)(whole + broken + (whole + broken > 0) + 1);
    /* As convert proposes it, where that much shows it. */
    const lf_span front = {head.data, head.len < LF_PROPOSE_BYTES ? head.len : LF_PROPOSE_BYTES};
    const bool proposed = broken > 0 && (lf_text_propose(front, proposal, sizeof proposal) ||
                                         lf_text_propose(head, proposal, sizeof proposal));
    (void)snprintf(x->encoding, sizeof x->encoding, "encoding: utf-8 (%s)\n",
                   proposed              ? proposal
                   : whole + broken == 0 ? "nothing but ASCII"
                                         : "all of its characters are");
}

/* ---- all ---- */

static lf_rc with_plan(sample *p, const lf_source *s, lf_span head, bool whole) {
    lf_inspection *x = p->x;
    lf_rc rc;
    p->base = (const lf_plan_base *)p->plan;
    if (x->opts.schema_only) return lf_inspect_schema(x, p->base->schema);
    uint32_t n = p->base->schema->n_fields;
    p->nulls = lf_mem_zalloc(x->alloc, (n + 1ul) * sizeof *p->nulls);
    if (p->nulls == NULL) return lf_fail_nomem(x->err, n * sizeof *p->nulls);
    p->values = lf_mem_zalloc(x->alloc, (n + 1ul) * sizeof *p->values);
    if (p->values == NULL) {
        lf_mem_free(x->alloc, p->nulls, (n + 1ul) * sizeof *p->nulls);
        return lf_fail_nomem(x->err, n * sizeof *p->values);
    }
    lf_buf_init(&p->cell, x->alloc, 0);
    LF_GO(decode_head(p, head, whole, false));
    rc = x->opts.as_json ? put_json(p, s, head, whole) : put_text(p, s, head, whole);
out:
    lf_buf_reset(&p->cell);
    lf_mem_free(x->alloc, p->nulls, (n + 1ul) * sizeof *p->nulls);
    lf_mem_free(x->alloc, p->values, (n + 1ul) * sizeof *p->values);
    return rc;
}

static lf_rc with_head(lf_inspection *x, lf_settings *set, const lf_decoder_type *type,
                       lf_source **s, uint8_t *bytes, size_t n) {
    size_t got;
    bool whole;
    LF_TRY(read_head(x, s, bytes, n, &got, &whole));
    memset(bytes + got, 0, LF_OVERREAD_BYTES);
    lf_span head = {bytes, got};
    sample p = {.x = x, .type = type};
    lf_samples far = {.n = 0};
    lf_decode_opts o = set->decode;
    if (o.record_max_bytes == 0) o.record_max_bytes = n;
    lf_rc rc = whole ? LF_OK : lf_samples_read(&far, *s, got, x->alloc, x->err);
    o.samples = far.pieces;
    o.n_samples = far.n;
    o.head_may_grow = !whole && n < HEAD_MAX_BYTES;
    if (rc == LF_OK) rc = p.type->plan(&o, head, whole, &p.plan, x->err);
    if (rc == LF_OK && p.type == &lf_csv_decoder) tell_encoding(x, *s, head);
    lf_samples_reset(&far, x->alloc);
    if (rc != LF_OK) return rc;
    rc = with_plan(&p, *s, head, whole);
    p.type->plan_destroy(p.plan);
    return rc;
}

lf_rc lf_inspect_text(lf_inspection *x, lf_settings *set, const lf_decoder_type *type,
                      lf_source **s) {
    for (size_t n = LF_HEAD_BYTES;; n *= 4) {
        size_t cap = n + 2 * LF_OVERREAD_BYTES; /* decoders may read on both sides */
        uint8_t *bytes = lf_mem_zalloc(x->alloc, cap);
        if (bytes == NULL) return lf_fail_nomem(x->err, cap);
        const lf_rc rc = with_head(x, set, type, s, bytes + LF_OVERREAD_BYTES, n);
        lf_mem_free(x->alloc, bytes, cap);
        if (rc != LF_ERECORD_TOO_BIG || n >= HEAD_MAX_BYTES) return rc;
        if (x->err != NULL) *x->err = (lf_error){0};
    }
}
