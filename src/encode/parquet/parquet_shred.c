/* Nested columns into leaves: values and their definition and repetition levels.
 *
 * The tree is walked from the top, one depth after the other, with a list of entries: the row of
 * the column at that depth (or that there is none), and the levels so far. A null or an empty list
 * ends an entry: it goes down without a row, with the definition level it has. A list makes one
 * entry of each element; all but the first repeat at the list's depth.
 *
 *     [[1, 2], null, [], [3]]      row 0 0 - - 3     def 3 3 0 1 3     rep 0 1 0 0 0
 *
 * (an optional list of optional elements). What has a row at the leaf is gathered, without nulls,
 * as the column writer wants it. */
#include "core/limits.h"
#include "encode/parquet/parquet_internal.h"
#include <string.h>

#define ENTRIES_MAX UINT32_MAX

typedef struct walk {
    lf_group *g;
    pq_column *cols;
    uint32_t leaf; /* the next one */
    lf_error *err;
} walk;

static lf_rc reserve(const lf_alloc *a, pq_entries *e, size_t n, lf_error *err) {
    LF_TRY(pq_mem_need(a, &e->row, n * sizeof(uint32_t), err));
    LF_TRY(pq_mem_need(a, &e->at, n * sizeof(uint32_t), err));
    return pq_mem_need(a, &e->def, n, err);
}

static void fill_rows(pq_entries *e) {
    uint32_t *row = (uint32_t *)e->row.p, *at = (uint32_t *)e->at.p;
    for (uint32_t i = 0; e->plain && i < e->n; i++) {
        row[i] = at[i] = i;
    }
    e->plain = false;
}

/* Of the rows 0 to n - 1 those that are valid. */
static uint32_t list_valid(const uint64_t *validity, uint32_t n, uint32_t *row) {
    uint32_t k = 0;
    for (uint32_t i = 0; i < n; i += 64) {
        uint64_t left = validity[i >> 6];
        if (n - i < 64) left &= (1ull << (n - i)) - 1;
        for (; left != 0; left &= left - 1) {
            row[k++] = i + (uint32_t)__builtin_ctzll(left);
        }
    }
    return k;
}

/* Of the rows that `from` lists those that are valid, into `to`, which may be `from`. */
static uint32_t keep_valid(const uint64_t *validity, const pq_entries *from, pq_entries *to) {
    const uint32_t *row = (const uint32_t *)from->row.p, *at = (const uint32_t *)from->at.p;
    uint32_t *to_row = (uint32_t *)to->row.p, *to_at = (uint32_t *)to->at.p, k = 0;
    for (uint32_t i = 0; i < from->n_here; i++) { /* nulls follow no pattern: no branch */
        const uint32_t r = row[i];
        to_row[k] = r;
        to_at[k] = at[i];
        k += (uint32_t)(validity[r >> 6] >> (r & 63) & 1);
    }
    return k;
}

/* The entries of `from` whose value is not null keep their row and are one level more defined; `to`
 * has the room and may be `from`. */
static lf_rc define(const pq_entries *from, pq_entries *to, const lf_field *f, const lf_column *c,
                    lf_error *err) {
    const bool all_null = c->type.id == LF_T_NULL, all = c->validity == NULL || c->null_count == 0;
    const bool plain = from->plain;
    const uint32_t before = from->n_here;
    if (to != from) memcpy(to->def.p, from->def.p, from->n);
    to->rep = from->rep;
    to->n = from->n;
    to->plain = plain && all && !all_null;
    if (all_null) {
        to->n_here = 0;
    } else if (plain && all) {
        to->n_here = from->n;
    } else if (plain) {
        to->n_here = list_valid(c->validity, from->n, (uint32_t *)to->row.p);
        memcpy(to->at.p, to->row.p, to->n_here * sizeof(uint32_t));
    } else if (!all) {
        to->n_here = keep_valid(c->validity, from, to);
    } else if (to != from) {
        memcpy(to->row.p, from->row.p, before * sizeof(uint32_t));
        memcpy(to->at.p, from->at.p, before * sizeof(uint32_t));
        to->n_here = before;
    }
    if (to->n_here < before && !f->nullable)
        return lf_fail(err, LF_EENCODE, "a null in '%.40s', which is not nullable", f->name);
    const uint32_t *at = (const uint32_t *)to->at.p;
    for (uint32_t i = 0; f->nullable && i < to->n_here; i++) {
        to->def.p[to->plain ? i : at[i]]++;
    }
    return LF_OK;
}

/* One entry for each element; `depth` counts the repeated levels, this one included. */
static lf_rc expand(const lf_alloc *a, pq_entries *from, const lf_column *c, uint8_t depth,
                    pq_entries *to, lf_error *err) {
    fill_rows(from);
    const uint32_t *row = (const uint32_t *)from->row.p, *at = (const uint32_t *)from->at.p;
    uint64_t total = from->n;
    for (uint32_t i = 0; i < from->n_here; i++) {
        const uint32_t n = c->offsets[row[i] + 1] - c->offsets[row[i]];
        total += n ? n - 1 : 0;
    }
    if (total >= ENTRIES_MAX)
        return lf_fail(err, LF_EENCODE, "lists of %llu elements in one batch",
                       (unsigned long long)total);
    LF_TRY(reserve(a, to, (size_t)total, err));
    LF_TRY(pq_mem_need(a, &to->own_rep, (size_t)total, err));
    to->rep = to->own_rep.p;
    uint32_t *to_row = (uint32_t *)to->row.p, *to_at = (uint32_t *)to->at.p;
    uint32_t k = 0, here = 0, done = 0; /* entries of `to`, those with a row; entries of `from` */
    for (uint32_t i = 0; i <= from->n_here; i++) {
        const uint32_t end = i < from->n_here ? at[i] : from->n; /* those without a row as is */
        memcpy(to->def.p + k, from->def.p + done, end - done);
        memcpy(to->rep + k, from->rep + done, end - done);
        k += end - done;
        done = end + 1;
        if (end == from->n) break;
        const uint32_t first = c->offsets[row[i]], n = c->offsets[row[i] + 1] - first;
        for (uint32_t j = 0; j < n; j++, here++) {
            to_row[here] = first + j;
            to_at[here] = k + j;
        }
        const uint32_t made = n ? n : 1;
        memset(to->def.p + k, from->def.p[end] + (n ? 1 : 0), made);
        memset(to->rep + k, depth, made);
        to->rep[k] = from->rep[end];
        k += made;
    }
    to->n = k;
    to->n_here = here;
    to->plain = false;
    return LF_OK;
}

/* ---- leaves ---- */

static lf_rc gather_strings(lf_group *g, const lf_column *c, const uint32_t *row, uint32_t n,
                            lf_column *out, lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, &g->shred.start, (size_t)n * 4 + 4, err));
    LF_TRY(pq_mem_need(g->alloc, &g->shred.len, (size_t)n * 4 + 4, err));
    uint32_t *start = (uint32_t *)g->shred.start.p, *len = (uint32_t *)g->shred.len.p;
    for (uint32_t i = 0; i < n; i++) {
        start[i] = c->start[row[i]];
        len[i] = c->len[row[i]];
    }
    out->start = start;
    out->len = len;
    out->bytes = c->bytes;
    return LF_OK;
}

static lf_rc gather_fixed(lf_group *g, const lf_column *c, const uint32_t *row, uint32_t n,
                          lf_column *out, lf_error *err) {
    const uint32_t slot = lf_type_slot_bytes(c->type);
    LF_TRY(pq_mem_need(g->alloc, &g->shred.values, (size_t)n * slot, err));
    uint8_t *to = g->shred.values.p;
    const uint8_t *from = c->values;
    if (slot == 8) {
        for (uint32_t i = 0; i < n; i++) {
            memcpy(to + (size_t)i * 8, from + (size_t)row[i] * 8, 8);
        }
    } else {
        for (uint32_t i = 0; i < n; i++) {
            memcpy(to + (size_t)i * slot, from + (size_t)row[i] * slot, slot);
        }
    }
    out->values = g->shred.values.p;
    return LF_OK;
}

static lf_rc write_leaf(walk *w, const lf_column *c, const pq_entries *e) {
    lf_group *g = w->g;
    pq_column *to = &w->cols[w->leaf++];
    if (!lf_type_equal(c->type, to->type))
        return lf_fail(w->err, LF_EINTERNAL, "a nested leaf came as another type");
    lf_column values = {.type = c->type};
    const uint32_t *row = (const uint32_t *)e->row.p;
    if (e->plain) {
        values = *c;
        values.validity = NULL;
    } else if (c->type.id == LF_T_STRING) {
        LF_TRY(gather_strings(g, c, row, e->n_here, &values, w->err));
    } else if (c->type.id != LF_T_NULL) {
        LF_TRY(gather_fixed(g, c, row, e->n_here, &values, w->err));
    }
    return lf_pqw_column_write_levels(g, to, &values, e->def.p, e->rep, e->n, w->err);
}

/* ---- the walk ---- */

/* `above`: the entries of the depth above that the field is a member of; NULL where `depth` has the
 * field's own. */
static lf_rc walk_field(walk *w, const lf_field *f, const lf_column *c, const pq_entries *above,
                        uint32_t depth, uint8_t repeated) {
    pq_entries *e = &w->g->shred.depths[depth];
    const lf_alloc *a = w->g->alloc;
    if (c->type.id != f->type.id || (lf_type_is_nested(f->type) && c->n_children != f->n_children))
        return lf_fail(w->err, LF_EINTERNAL, "nested column '%.40s' came in another shape",
                       f->name);
    if (above != NULL) LF_TRY(reserve(a, e, above->n, w->err));
    LF_TRY(define(above != NULL ? above : e, e, f, c, w->err));
    if (!lf_type_is_nested(f->type)) return write_leaf(w, c, e);
    if (depth + 2 > LF_NESTING_MAX) return lf_fail(w->err, LF_EUNSUPPORTED, "nested too deeply");
    const bool lists = f->type.id != LF_T_STRUCT;
    if (!lists && f->n_children == 0) { /* its levels alone */
        const lf_column nothing = {0};
        e->plain = false;
        e->n_here = 0;
        return write_leaf(w, &nothing, e);
    }
    for (uint32_t i = 0; i < f->n_children; i++) {
        pq_entries *below = &w->g->shred.depths[depth + 1];
        if (lists) LF_TRY(expand(a, e, c, (uint8_t)(repeated + 1), below, w->err));
        LF_TRY(walk_field(w, &f->children[i], &c->children[i], lists ? NULL : e, depth + 1,
                          (uint8_t)(repeated + (lists ? 1 : 0))));
    }
    return LF_OK;
}

lf_rc lf_pqw_shred(lf_group *g, pq_column *cols, uint32_t col, const lf_column *c, uint32_t n_rows,
                   lf_error *err) {
    if (g->shred.depths == NULL) {
        const size_t n = (LF_NESTING_MAX + 1) * sizeof *g->shred.depths;
        g->shred.depths = lf_mem_zalloc(g->alloc, n);
        if (g->shred.depths == NULL) return lf_fail_nomem(err, n);
    }
    pq_entries *top = &g->shred.depths[0];
    LF_TRY(reserve(g->alloc, top, n_rows, err));
    LF_TRY(pq_mem_need(g->alloc, &top->own_rep, n_rows, err));
    top->plain = true;
    top->rep = top->own_rep.p;
    memset(top->def.p, 0, n_rows);
    memset(top->rep, 0, n_rows);
    top->n = top->n_here = n_rows;
    walk w = {.g = g, .cols = cols, .leaf = g->shape->first_leaf[col], .err = err};
    return walk_field(&w, &g->shape->schema.fields[col], c, NULL, 0, 0);
}

void lf_pqw_shred_free(lf_group *g) {
    for (uint32_t i = 0; g->shred.depths != NULL && i <= LF_NESTING_MAX; i++) {
        pq_entries *e = &g->shred.depths[i];
        pq_mem *const all[] = {&e->row, &e->at, &e->def, &e->own_rep};
        for (size_t k = 0; k < sizeof all / sizeof *all; k++) {
            lf_pqw_mem_free(g->alloc, all[k]);
        }
    }
    lf_mem_free(g->alloc, g->shred.depths, (LF_NESTING_MAX + 1) * sizeof *g->shred.depths);
    lf_pqw_mem_free(g->alloc, &g->shred.values);
    lf_pqw_mem_free(g->alloc, &g->shred.start);
    lf_pqw_mem_free(g->alloc, &g->shred.len);
    g->shred = (pq_shred){0};
}
