#include "api/reader_carry.h"
#include "core/limits.h"
#include "filter/rows.h"

static uint64_t column_bytes(const lf_column *c, uint32_t n) {
    uint64_t sum = (uint64_t)n * (lf_type_slot_bytes(c->type) + 1);
    for (uint32_t r = 0; c->type.id == LF_T_STRING && r < n; r++) {
        sum += c->len[r];
    }
    for (uint32_t i = 0; i < c->n_children; i++) {
        sum += column_bytes(&c->children[i], c->n_child_rows);
    }
    return sum;
}

uint64_t lf_reader_batch_bytes(const lf_batch *b) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < b->n_columns; i++) {
        sum += column_bytes(&b->columns[i], b->n_rows);
    }
    return sum;
}

/* ---- what a unit puts aside ---- */

void lf_reader_aside_drop(lf_reader_aside *a) {
    lf_rows *r = (lf_rows *)(void *)a->parts.data;
    for (size_t i = 0; i < a->parts.len / sizeof *r; i++) {
        lf_rows_reset(&r[i]);
    }
    if (a->parts.alloc != NULL) lf_buf_clear(&a->parts);
    a->rows = a->bytes = 0;
}

void lf_reader_aside_reset(lf_reader_aside *a) {
    lf_reader_aside_drop(a);
    if (a->parts.alloc != NULL) lf_buf_reset(&a->parts);
}

/* Into the last of the parts, or a new one where that is as long as a batch can be. */
static lf_rc add(lf_reader_aside *a, const lf_batch *b, lf_error *err) {
    if (a->parts.alloc == NULL) lf_buf_init(&a->parts, a->alloc, SIZE_MAX / 2);
    size_t n = a->parts.len / sizeof(lf_rows);
    lf_rows *r = (lf_rows *)(void *)a->parts.data;
    if (n == 0 || r[n - 1].n_rows + b->n_rows > LF_TILE_ROWS_MAX) {
        const lf_rows none = {0};
        LF_TRY(lf_buf_append(&a->parts, &none, sizeof none, err));
        n++;
    }
    r = (lf_rows *)(void *)a->parts.data;
    return lf_rows_add(&r[n - 1], a->alloc, b, err);
}

lf_rc lf_reader_aside_keep(lf_reader_aside *a, const lf_batch *b, bool *kept_out, lf_error *err) {
    const uint64_t bytes = lf_reader_batch_bytes(b);
    *kept_out = a->bytes + bytes <= a->bytes_max;
    if (!*kept_out) return LF_OK;
    a->rows += b->n_rows;
    a->bytes += bytes;
    return add(a, b, err);
}

lf_rc lf_reader_aside_write(lf_reader_aside *a, const lf_encoder_type *type, lf_group *g,
                            lf_error *err) {
    const lf_rows *r = (const lf_rows *)(const void *)a->parts.data;
    lf_arena arena;
    lf_rc rc = LF_OK;
    lf_arena_init(&arena, a->alloc, 0);
    for (size_t i = 0; i < a->parts.len / sizeof *r && rc == LF_OK; i++) {
        lf_batch b;
        lf_arena_rewind(&arena);
        rc = lf_rows_view(&r[i], &arena, &b, err);
        if (rc == LF_OK) rc = type->group_write(g, &b, err);
    }
    lf_arena_reset(&arena);
    lf_reader_aside_drop(a);
    return rc;
}

/* ---- the shared group ---- */

lf_rc lf_reader_carry_end(lf_reader_carry *c, lf_error *err) {
    if (c->rows == 0) return LF_OK;
    LF_TRY(c->type->group_seal(c->group, err));
    LF_TRY(c->type->group_commit(c->group, err));
    LF_TRY(c->type->group_store(c->group, err));
    c->rows = c->bytes = 0;
    c->groups++;
    return LF_OK;
}

lf_rc lf_reader_carry_take(lf_reader_carry *c, lf_reader_aside *a, lf_error *err) {
    if (a->rows == 0) return LF_OK;
    if (c->bytes + a->bytes > c->bytes_max) LF_TRY(lf_reader_carry_end(c, err));
    if (c->group == NULL) LF_TRY(c->type->group_create(c->encoder, false, &c->group, err));
    if (c->rows == 0) LF_TRY(c->type->group_begin(c->group, c->types, err));
    c->rows += a->rows;
    c->bytes += a->bytes;
    return lf_reader_aside_write(a, c->type, c->group, err);
}

void lf_reader_carry_reset(lf_reader_carry *c) {
    c->type->group_destroy(c->group);
    c->group = NULL;
}
