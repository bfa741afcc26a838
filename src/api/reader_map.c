#include "api/reader_map.h"
#include "api/reader_cast.h"
#include "core/limits.h"
#include <string.h>

typedef struct map_reader {
    lf_reader base;
    const lf_alloc *alloc;
    lf_reader *from;
    const lf_schema *to;
    uint32_t *own;   /* for each column that is given: its number in `from`, LF_COLUMN_NONE */
    uint32_t *place; /* likewise: in `from`'s batches */
    uint32_t *give;  /* the fields of `to` that are given */
    uint32_t n, n_own;
    lf_column *out;
    lf_arena arena;
    lf_buf text;
    lf_reader_cast cast;
} map_reader;

static lf_rc map_next(lf_reader *base, uint32_t max_rows, lf_batch *out, lf_error *err) {
    map_reader *m = (map_reader *)base;
    lf_batch b;
    lf_arena_rewind(&m->arena);
    LF_TRY(m->from->type->next(m->from, max_rows, &b, err));
    *out = (lf_batch){.n_rows = b.n_rows, .n_columns = m->n, .columns = m->out};
    for (uint32_t i = 0; b.n_rows > 0 && i < m->n; i++) {
        const bool has = m->own[i] != LF_COLUMN_NONE;
        const lf_column *c = has ? &b.columns[m->place[i]] : NULL;
        const lf_field *f = has ? &m->from->schema->fields[m->own[i]] : NULL;
        LF_TRY(lf_reader_cast_column(&m->cast, c, f, &m->to->fields[m->give[i]], b.n_rows,
                                     &m->out[i], err));
    }
    return LF_OK;
}

static lf_rc map_select(lf_reader *base, const uint32_t *columns, uint32_t n, lf_error *err) {
    (void)base, (void)columns, (void)n;
    return lf_fail(err, LF_EINTERNAL, "the columns of a table are fixed");
}

static lf_rc map_piece(lf_reader *base, uint64_t i, lf_reader_piece *out, bool *has_out,
                       lf_error *err) {
    lf_reader *from = ((map_reader *)base)->from;
    return from->type->piece(from, i, out, has_out, err);
}

static lf_rc map_seek(lf_reader *base, uint64_t i, uint64_t row, lf_error *err) {
    lf_reader *from = ((map_reader *)base)->from;
    return from->type->seek(from, i, row, err);
}

static uint64_t map_bytes(lf_reader *base) {
    lf_reader *from = ((map_reader *)base)->from;
    const uint64_t casts = 2 * LF_MIB;
    return casts + (from->type->bytes != NULL ? from->type->bytes(from) : 0);
}

static lf_rc map_account(lf_reader *base, struct lf_report *rep, lf_error *err) {
    lf_reader *from = ((map_reader *)base)->from;
    return from->type->account != NULL ? from->type->account(from, rep, err) : LF_OK;
}

static void map_close(lf_reader *base) {
    map_reader *m = (map_reader *)base;
    const size_t n = m->to->n_fields + 1ul;
    lf_reader_close(m->from);
    lf_mem_free(m->alloc, m->own, n * sizeof *m->own);
    lf_mem_free(m->alloc, m->place, n * sizeof *m->place);
    lf_mem_free(m->alloc, m->give, n * sizeof *m->give);
    lf_mem_free(m->alloc, m->out, n * sizeof *m->out);
    lf_arena_reset(&m->arena);
    lf_buf_reset(&m->text);
    lf_mem_free(m->alloc, m, sizeof *m);
}

static const lf_reader_type type = {.select = map_select,
                                    .next = map_next,
                                    .piece = map_piece,
                                    .seek = map_seek,
                                    .bytes = map_bytes,
                                    .account = map_account,
                                    .close = map_close};

/* What is given, and what is read for it: a column that only counts rows where nothing is. */
static lf_rc choose(map_reader *m, const uint32_t *columns, bool doubtful, lf_error *err) {
    uint32_t *read = lf_mem_alloc(m->alloc, (m->to->n_fields + 1ul) * sizeof *read);
    if (read == NULL) return lf_fail_nomem(err, (m->to->n_fields + 1ul) * sizeof *read);
    for (uint32_t i = 0; i < m->to->n_fields; i++) {
        const uint32_t at = columns[i];
        const bool has = at != LF_COLUMN_NONE;
        if (doubtful &&
            (!has || !lf_reader_may_misfit(&m->from->schema->fields[at], &m->to->fields[i])))
            continue;
        m->give[m->n] = i;
        m->own[m->n] = at;
        m->place[m->n++] = m->n_own;
        if (has) read[m->n_own++] = at;
    }
    lf_rc rc = LF_OK;
    if (m->n_own == 0) read[m->n_own++] = 0;
    if (m->n > 0) rc = m->from->type->select(m->from, read, m->n_own, err);
    lf_mem_free(m->alloc, read, (m->to->n_fields + 1ul) * sizeof *read);
    return rc;
}

static lf_rc open_some(lf_reader *r, const lf_schema *to, const uint32_t *columns, bool doubtful,
                       const lf_alloc *a, map_reader **out, lf_error *err) {
    const size_t n = to->n_fields + 1ul;
    map_reader *m = lf_mem_zalloc(a, sizeof *m);
    if (m == NULL) {
        lf_reader_close(r);
        return lf_fail_nomem(err, sizeof *m);
    }
    *m = (map_reader){.base = {&type, to, r->n_rows}, .alloc = a, .from = r, .to = to};
    lf_arena_init(&m->arena, a, 0);
    lf_buf_init(&m->text, a, 1u << 30);
    m->cast = (lf_reader_cast){.arena = &m->arena, .text = &m->text};
    m->own = lf_mem_alloc(a, n * sizeof *m->own);
    m->place = lf_mem_alloc(a, n * sizeof *m->place);
    m->give = lf_mem_alloc(a, n * sizeof *m->give);
    m->out = lf_mem_zalloc(a, n * sizeof *m->out);
    lf_rc rc = LF_OK;
    if (m->own == NULL || m->place == NULL || m->give == NULL || m->out == NULL)
        rc = lf_fail_nomem(err, n * sizeof *m->out);
    if (rc == LF_OK) rc = choose(m, columns, doubtful, err);
    if (rc == LF_OK)
        *out = m;
    else
        map_close(&m->base);
    return rc;
}

lf_rc lf_reader_map_open(lf_reader *r, const lf_schema *to, const uint32_t *columns,
                         const lf_alloc *a, lf_reader **out, lf_error *err) {
    map_reader *m;
    LF_TRY(open_some(r, to, columns, false, a, &m, err));
    *out = &m->base;
    return LF_OK;
}

lf_rc lf_reader_map_try(lf_reader *r, const lf_schema *to, const uint32_t *columns,
                        const lf_alloc *a, const int *cancel, const lf_field **misfit_out,
                        lf_error *err) {
    map_reader *m;
    lf_error own = {0};
    *misfit_out = NULL;
    LF_TRY(open_some(r, to, columns, true, a, &m, err));
    lf_rc rc = LF_OK;
    for (lf_batch b = {.n_rows = m->n > 0}; rc == LF_OK && b.n_rows > 0;) {
        if (cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED) != 0)
            rc = lf_fail(&own, LF_ECANCELLED, "interrupted");
        else
            rc = map_next(&m->base, LF_TILE_ROWS_MAX, &b, &own);
    }
    *misfit_out = m->cast.misfit;
    if (rc == LF_ETYPE_MISFIT && *misfit_out != NULL) rc = LF_OK;
    if (rc != LF_OK && err != NULL) lf_error_merge(err, &own);
    map_close(&m->base);
    return rc;
}
