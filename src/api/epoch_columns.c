#include "api/epoch_columns.h"
#include "api/peek.h"
#include "array/batch.h"
#include "core/limits.h"
#include <stdio.h>
#include <string.h>

#define FIRST_S 631152000  /* 1990-01-01 */
#define LAST_S  4102444800 /* 2100-01-01 */

/* What the head showed of a column. */
typedef struct seen {
    bool is_count; /* nothing but integers within the years */
    uint64_t n;
} seen;

static const char *unit_for_all(const lf_decode_opts *o) {
    const char *unit = NULL;
    for (size_t i = 0; i < o->n_options; i++) {
        const lf_option *k = &o->options[i];
        if (strcmp(k->name, "epoch") == 0 && k->value != NULL && strncmp(k->value, "*=", 2) == 0)
            unit = k->value + 2;
    }
    return unit;
}

static int64_t per_second(const char *unit) {
    return unit[0] == 's' ? 1 : unit[0] == 'm' ? 1000 : unit[0] == 'u' ? 1000000 : 1000000000;
}

static void look(seen *s, const lf_batch *b, int64_t per_s) {
    for (uint32_t c = 0; c < b->n_columns; c++) {
        const lf_column *v = &b->columns[c];
        s[c].is_count &= v->type.id == LF_T_INT64 || v->type.id == LF_T_NULL;
        for (uint32_t r = 0; s[c].is_count && v->type.id == LF_T_INT64 && r < b->n_rows; r++) {
            if (!lf_column_is_valid(v, r)) continue;
            const int64_t x = ((const int64_t *)v->values)[r] / per_s;
            s[c].is_count = x >= FIRST_S && x < LAST_S;
            s[c].n++;
        }
    }
}

/* Decodes the head, which is written to. */
static lf_rc look_at_head(const lf_plan *plan, const lf_alloc *a, lf_span head, bool whole, seen *s,
                          int64_t per_s, lf_error *err) {
    const lf_plan_base *base = (const lf_plan_base *)plan;
    const lf_decoder_type *t = base->type;
    const uint32_t n = base->schema->n_fields;
    lf_decoder *d = NULL;
    lf_type *types = lf_mem_zalloc(a, (n + 1ul) * sizeof *types);
    lf_rc rc;
    if (types == NULL) return lf_fail_nomem(err, n * sizeof *types);
    for (uint32_t i = 0; i < n; i++)
        types[i] = base->schema->fields[i].type;
    LF_GO(t->create(plan, a, &d, err));
    const lf_block block = {.start = base->body_offset, .end = UINT64_MAX, .types = types};
    LF_GO(t->begin(d, &block, err));
    for (size_t at = base->body_offset < head.len ? (size_t)base->body_offset : head.len;;) {
        size_t used = 0;
        lf_step step;
        lf_batch b = {0};
        LF_GO(t->next(d, (lf_span){head.data + at, head.len - at}, whole, &used, &step, &b, err));
        at += used;
        if (step == LF_BATCH_READY && b.n_columns <= n) look(s, &b, per_s);
        if (step == LF_DONE || (step == LF_NEED_INPUT && (used == 0 || at >= head.len))) break;
    }
out:
    t->destroy(d);
    lf_mem_free(a, types, (n + 1ul) * sizeof *types);
    return rc;
}

static lf_rc add_column(lf_schema *own, const char *name, const char *unit, lf_error *err) {
    const lf_type t = {
        .id = LF_T_TIMESTAMP, .unit = unit[0] == 'n' ? LF_UNIT_NS : LF_UNIT_US, .utc = true};
    char format[16];
    snprintf(format, sizeof format, "epoch:%.4s", unit);
    LF_TRY(lf_schema_add(own, name, strlen(name), t, true, err));
    lf_field *f = &own->fields[own->n_fields - 1];
    f->format = lf_mem_strdup(own->alloc, format);
    return f->format == NULL ? lf_fail_nomem(err, sizeof format) : LF_OK;
}

static lf_rc take_columns(const lf_plan *plan, const seen *s, const char *unit,
                          lf_decode_opts *decode, lf_schema *own, bool *none, lf_error *err) {
    const lf_schema *all = ((const lf_plan_base *)plan)->schema;
    *none = true;
    if (decode->schema != NULL) LF_TRY(lf_schema_copy(own, decode->schema, err));
    for (uint32_t i = 0; i < all->n_fields; i++) {
        const char *name = all->fields[i].name;
        const bool given = lf_schema_find(own, name, strlen(name)) >= 0;
        if (given || !s[i].is_count || s[i].n == 0) continue;
        LF_TRY(add_column(own, name, unit, err));
        *none = false;
    }
    if (own->n_fields > 0) decode->schema = own;
    return LF_OK;
}

lf_rc lf_epoch_columns(lf_inputs *in, lf_decode_opts *decode, lf_schema *own, bool *none,
                       lf_error *err) {
    const char *unit = unit_for_all(decode);
    const lf_alloc *a = in->alloc;
    const size_t cap = LF_HEAD_BYTES + 2 * LF_OVERREAD_BYTES;
    *none = false;
    if (unit == NULL || in->decoder == NULL) return LF_OK;
    lf_schema_init(own, a);
    uint8_t *bytes = lf_mem_zalloc(a, cap);
    if (bytes == NULL) return lf_fail_nomem(err, cap);
    size_t got = 0;
    lf_plan *plan = NULL;
    seen *s = NULL;
    uint32_t n = 0;
    lf_rc rc;
    LF_GO(lf_source_peek(&in->sources[0], a, bytes + LF_OVERREAD_BYTES, LF_HEAD_BYTES, &got, err));
    const lf_span head = {bytes + LF_OVERREAD_BYTES, got};
    lf_decode_opts o = *decode;
    if (o.record_max_bytes == 0) o.record_max_bytes = LF_HEAD_BYTES;
    LF_GO(in->decoder->plan(&o, head, got < LF_HEAD_BYTES, &plan, err));
    n = ((const lf_plan_base *)plan)->schema->n_fields;
    s = lf_mem_zalloc(a, (n + 1ul) * sizeof *s);
    if (s == NULL) LF_GO(lf_fail_nomem(err, n * sizeof *s));
    for (uint32_t i = 0; i < n; i++)
        s[i].is_count = true;
    LF_GO(look_at_head(plan, a, head, got < LF_HEAD_BYTES, s, per_second(unit), err));
    rc = take_columns(plan, s, unit, decode, own, none, err);
out:
    lf_mem_free(a, s, (n + 1ul) * sizeof *s);
    if (plan != NULL) in->decoder->plan_destroy(plan);
    lf_mem_free(a, bytes, cap);
    return rc;
}
