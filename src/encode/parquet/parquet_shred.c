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

#define NO_ROW UINT32_MAX

typedef struct walk {
    lf_group *g;
    pq_column *cols;
    uint32_t leaf; /* the next one */
    lf_error *err;
} walk;

static lf_rc reserve(const lf_alloc *a, pq_entries *e, size_t n, lf_error *err) {
    LF_TRY(pq_mem_need(a, &e->row, n * sizeof(uint32_t), err));
    LF_TRY(pq_mem_need(a, &e->def, n, err));
    return pq_mem_need(a, &e->rep, n, err);
}

static void fill_rows(pq_entries *e) {
    uint32_t *row = (uint32_t *)e->row.p;
    for (uint32_t i = 0; e->plain && i < e->n; i++) {
        row[i] = i;
    }
    e->plain = false;
}

/* The first row that is there; NO_ROW: none is. */
static uint32_t first_row(const uint32_t *row, uint32_t from, uint32_t n) {
    while (from < n && row[from] == NO_ROW)
        from++;
    return from < n ? row[from] : NO_ROW;
}

/* Entries whose value is null lose their row, the others are one level more defined. */
static lf_rc define(pq_entries *e, const lf_field *f, const lf_column *c, lf_error *err) {
    const bool all_null = c->type.id == LF_T_NULL;
    if (e->plain && !all_null && (c->validity == NULL || c->null_count == 0)) {
        for (uint32_t i = 0; f->nullable && i < e->n; i++) {
            e->def.p[i]++;
        }
        return LF_OK;
    }
    fill_rows(e);
    uint32_t *row = (uint32_t *)e->row.p;
    const uint32_t some = first_row(row, 0, e->n);
    bool bad = false;
    for (uint32_t i = 0; some != NO_ROW && i < e->n; i++) { /* nulls follow no pattern: no branch */
        const bool here = row[i] != NO_ROW;
        const bool valid = here & !all_null & lf_column_is_valid(c, here ? row[i] : some);
        bad |= here & !valid;
        e->def.p[i] = (uint8_t)(e->def.p[i] + (valid & f->nullable));
        row[i] = valid ? row[i] : NO_ROW;
    }
    if (bad && !f->nullable)
        return lf_fail(err, LF_EENCODE, "a null in '%.40s', which is not nullable", f->name);
    return LF_OK;
}

/* One entry for each element; `depth` counts the repeated levels, this one included. */
static lf_rc expand(const lf_alloc *a, pq_entries *from, const lf_column *c, uint8_t depth,
                    pq_entries *to, lf_error *err) {
    fill_rows(from);
    const uint32_t *row = (const uint32_t *)from->row.p;
    uint64_t total = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        const uint32_t n = row[i] == NO_ROW ? 0 : c->offsets[row[i] + 1] - c->offsets[row[i]];
        total += n ? n : 1;
    }
    if (total >= NO_ROW)
        return lf_fail(err, LF_EENCODE, "lists of %llu elements in one batch",
                       (unsigned long long)total);
    LF_TRY(reserve(a, to, (size_t)total, err));
    uint32_t *out = (uint32_t *)to->row.p, k = 0;
    for (uint32_t i = 0; i < from->n; i++) {
        const uint32_t at = row[i] == NO_ROW ? 0 : c->offsets[row[i]];
        const uint32_t n = row[i] == NO_ROW ? 0 : c->offsets[row[i] + 1] - at;
        for (uint32_t j = 0; j < (n ? n : 1); j++, k++) {
            out[k] = n ? at + j : NO_ROW;
            to->def.p[k] = (uint8_t)(from->def.p[i] + (n ? 1 : 0));
            to->rep.p[k] = j == 0 ? from->rep.p[i] : depth;
        }
    }
    to->n = k;
    to->plain = false;
    return LF_OK;
}

static lf_rc copy_entries(const lf_alloc *a, const pq_entries *from, pq_entries *to,
                          lf_error *err) {
    LF_TRY(reserve(a, to, from->n, err));
    if (!from->plain) memcpy(to->row.p, from->row.p, from->n * sizeof(uint32_t));
    memcpy(to->def.p, from->def.p, from->n);
    memcpy(to->rep.p, from->rep.p, from->n);
    to->n = from->n;
    to->plain = from->plain;
    return LF_OK;
}

/* ---- leaves ---- */

static lf_rc gather_strings(lf_group *g, const lf_column *c, const uint32_t *row, uint32_t n,
                            lf_column *out, lf_error *err) {
    LF_TRY(pq_mem_need(g->alloc, &g->shred.start, (size_t)n * 4 + 4, err));
    LF_TRY(pq_mem_need(g->alloc, &g->shred.len, (size_t)n * 4 + 4, err));
    uint32_t *start = (uint32_t *)g->shred.start.p, *len = (uint32_t *)g->shred.len.p, k = 0;
    const uint32_t some = first_row(row, 0, n);
    for (uint32_t i = 0; some != NO_ROW && i < n; i++) {
        const uint32_t r = row[i] != NO_ROW ? row[i] : some;
        start[k] = c->start[r];
        len[k] = c->len[r];
        k += row[i] != NO_ROW;
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
    for (uint32_t i = 0; i < n; i++) {
        if (row[i] == NO_ROW) continue;
        memcpy(to, (const uint8_t *)c->values + (size_t)row[i] * slot, slot);
        to += slot;
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
        LF_TRY(gather_strings(g, c, row, e->n, &values, w->err));
    } else if (c->type.id != LF_T_NULL) {
        LF_TRY(gather_fixed(g, c, row, e->n, &values, w->err));
    }
    return lf_pqw_column_write_levels(g, to, &values, e->def.p, e->rep.p, e->n, w->err);
}

/* ---- the walk ---- */

static lf_rc walk_field(walk *w, const lf_field *f, const lf_column *c, uint32_t depth,
                        uint8_t repeated) {
    pq_entries *e = &w->g->shred.depths[depth];
    const lf_alloc *a = w->g->alloc;
    if (c->type.id != f->type.id || (lf_type_is_nested(f->type) && c->n_children != f->n_children))
        return lf_fail(w->err, LF_EINTERNAL, "nested column '%.40s' came in another shape",
                       f->name);
    LF_TRY(define(e, f, c, w->err));
    if (!lf_type_is_nested(f->type)) return write_leaf(w, c, e);
    if (depth + 2 > LF_NESTING_MAX) return lf_fail(w->err, LF_EUNSUPPORTED, "nested too deeply");
    const bool lists = f->type.id != LF_T_STRUCT;
    if (!lists && f->n_children == 0) { /* its levels alone */
        const lf_column nothing = {0};
        e->plain = false;
        for (uint32_t i = 0; i < e->n; i++) {
            ((uint32_t *)e->row.p)[i] = NO_ROW;
        }
        return write_leaf(w, &nothing, e);
    }
    for (uint32_t i = 0; i < f->n_children; i++) {
        pq_entries *below = &w->g->shred.depths[depth + 1];
        if (lists)
            LF_TRY(expand(a, e, c, (uint8_t)(repeated + 1), below, w->err));
        else
            LF_TRY(copy_entries(a, e, below, w->err));
        LF_TRY(walk_field(w, &f->children[i], &c->children[i], depth + 1,
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
    top->plain = true;
    memset(top->def.p, 0, n_rows);
    memset(top->rep.p, 0, n_rows);
    top->n = n_rows;
    walk w = {.g = g, .cols = cols, .leaf = g->shape->first_leaf[col], .err = err};
    return walk_field(&w, &g->shape->schema.fields[col], c, 0, 0);
}

void lf_pqw_shred_free(lf_group *g) {
    for (uint32_t i = 0; g->shred.depths != NULL && i <= LF_NESTING_MAX; i++) {
        lf_pqw_mem_free(g->alloc, &g->shred.depths[i].row);
        lf_pqw_mem_free(g->alloc, &g->shred.depths[i].def);
        lf_pqw_mem_free(g->alloc, &g->shred.depths[i].rep);
    }
    lf_mem_free(g->alloc, g->shred.depths, (LF_NESTING_MAX + 1) * sizeof *g->shred.depths);
    lf_pqw_mem_free(g->alloc, &g->shred.values);
    lf_pqw_mem_free(g->alloc, &g->shred.start);
    lf_pqw_mem_free(g->alloc, &g->shred.len);
    g->shred = (pq_shred){0};
}
