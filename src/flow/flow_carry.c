#include "flow/flow_carry.h"
#include "core/limits.h"
#include "filter/rows.h"
#include "flow/flow_shape.h"

#define ASIDE_MAX_BYTES (2 * LF_MIB) /* of values, of a block; more are worth a group */

static uint64_t aside_max(const flow_job *j) {
    const uint64_t part = j->group_text_bytes / 16;
    return part < ASIDE_MAX_BYTES ? part : ASIDE_MAX_BYTES;
}

static void drop_aside(flow_worker *w) {
    lf_rows *r = (lf_rows *)(void *)w->aside.data;
    for (size_t i = 0; i < w->aside.len / sizeof *r; i++)
        lf_rows_reset(&r[i]);
    if (w->aside.alloc != NULL) lf_buf_clear(&w->aside);
    w->aside_bytes = 0;
}

void lf_flow_carry_begin(flow_worker *w) {
    const flow_job *j = w->job;
    /* Where flat inputs and nested ones mix a block's columns are its input's. */
    w->carrying =
        w->cursor != NULL && !j->typing_only && j->types_final && !(j->shaped && j->any_flat);
    drop_aside(w);
    if (w->aside.alloc == NULL) lf_buf_init(&w->aside, j->alloc, SIZE_MAX / 2);
}

static uint64_t column_bytes(const lf_column *c, uint32_t n) {
    uint64_t sum = (uint64_t)n * (lf_type_slot_bytes(c->type) + 1);
    for (uint32_t r = 0; c->type.id == LF_T_STRING && r < n; r++)
        sum += c->len[r] + sizeof *c->len;
    for (uint32_t i = 0; i < c->n_children; i++)
        sum += column_bytes(&c->children[i], c->n_child_rows);
    return sum;
}

static uint64_t batch_bytes(const lf_batch *b) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < b->n_columns; i++)
        sum += column_bytes(&b->columns[i], b->n_rows);
    return sum;
}

/* Into the last of w->aside, or a new one where that is as long as a batch can be. */
static lf_rc keep(flow_worker *w, const lf_batch *b, lf_error *err) {
    const size_t n = w->aside.len / sizeof(lf_rows);
    lf_rows *r = (lf_rows *)(void *)w->aside.data;
    if (n == 0 || r[n - 1].n_rows + b->n_rows > LF_TILE_ROWS_MAX) {
        const lf_rows none = {0};
        LF_TRY(lf_buf_append(&w->aside, &none, sizeof none, err));
    }
    r = (lf_rows *)(void *)w->aside.data;
    return lf_rows_add(&r[w->aside.len / sizeof *r - 1], w->job->alloc, b, err);
}

/* What was put aside, into a group that has begun. */
static lf_rc write_aside(flow_worker *w, lf_group *g, lf_error *err) {
    const lf_rows *r = (const lf_rows *)(const void *)w->aside.data;
    lf_arena arena;
    lf_rc rc = LF_OK;
    lf_arena_init(&arena, w->job->alloc, 0);
    for (size_t i = 0; i < w->aside.len / sizeof *r && rc == LF_OK; i++) {
        lf_batch b;
        lf_arena_rewind(&arena);
        rc = lf_rows_view(&r[i], &arena, &b, err);
        if (rc == LF_OK) rc = w->job->spec->encoder->group_write(g, &b, err);
    }
    lf_arena_reset(&arena);
    return rc;
}

lf_rc lf_flow_carry_keep(flow_worker *w, const lf_batch *b, bool *kept_out, lf_error *err) {
    const uint64_t bytes = w->carrying ? batch_bytes(b) : 0;
    *kept_out = w->carrying && w->aside_bytes + bytes <= aside_max(w->job);
    if (*kept_out) {
        w->aside_bytes += bytes;
        return keep(w, b, err);
    }
    if (!w->carrying) return LF_OK;
    w->carrying = false;
    const lf_rc rc = write_aside(w, w->group, err);
    drop_aside(w);
    return rc;
}

/* ---- the shared group ---- */

static lf_rc end_group(flow_job *j, lf_error *err) {
    const lf_encoder_type *t = j->spec->encoder;
    if (j->carry_rows == 0) return LF_OK;
    LF_TRY(t->group_seal(j->carry, err));
    LF_TRY(t->group_commit(j->carry, err));
    LF_TRY(t->group_store(j->carry, err));
    atomic_fetch_add(&j->written_bytes, t->group_bytes(j->carry));
    j->report->row_groups++;
    j->carry_rows = j->carry_bytes = 0;
    return LF_OK;
}

static lf_rc begin_group(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    const lf_encoder_type *t = j->spec->encoder;
    if (j->carry == NULL) LF_TRY(t->group_create(j->encoder, false, &j->carry, err));
    if (j->shaped) return lf_flow_shape_group_begin(w, j->carry, err);
    return t->group_begin(j->carry, w->types, err);
}

static lf_rc hand_over(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    if (j->carry_rows == 0) LF_TRY(begin_group(w, err));
    LF_TRY(write_aside(w, j->carry, err));
    j->carry_rows += w->rows;
    j->carry_bytes += w->aside_bytes;
    drop_aside(w);
    return LF_OK;
}

lf_rc lf_flow_carry_commit(flow_worker *w, lf_error *err) {
    flow_job *j = w->job;
    if (w->cursor == NULL || j->typing_only || w->rows == 0) return LF_OK;
    const uint64_t most = j->group_text_bytes / 2;
    if (!w->carrying || j->carry_bytes + w->aside_bytes > most) LF_TRY(end_group(j, err));
    return w->carrying ? hand_over(w, err) : LF_OK;
}

lf_rc lf_flow_carry_end(flow_job *j, lf_error *err) {
    return end_group(j, err);
}

void lf_flow_carry_worker_reset(flow_worker *w) {
    drop_aside(w);
    if (w->aside.alloc != NULL) lf_buf_reset(&w->aside);
}

void lf_flow_carry_reset(flow_job *j) {
    j->spec->encoder->group_destroy(j->carry);
    j->carry = NULL;
}
