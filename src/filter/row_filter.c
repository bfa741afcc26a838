#include "filter/row_filter.h"
#include "filter/select.h"
#include <string.h>

bool lf_row_spec_filters(const lf_row_spec *s) {
    return s->n_where > 0 || s->skip_rows > 0 || s->sample_rows != UINT64_MAX ||
           s->keep_columns > 0;
}

void lf_row_cursor_init(lf_row_cursor *c, const lf_alloc *alloc) {
    c->where = NULL;
    c->sample = NULL;
    c->skip = c->passed = 0;
    lf_arena_init(&c->arena, alloc, 0);
}

void lf_row_cursor_reset(lf_row_cursor *c) {
    lf_arena_reset(&c->arena);
}

/* The bits of the rows that neither skip nor where leaves out. */
static lf_rc mark(lf_row_cursor *c, const lf_batch *b, uint64_t *words, lf_error *err) {
    const uint32_t n = b->n_rows, n_words = (n + 63) / 64;
    const uint32_t skip = c->skip < n ? (uint32_t)c->skip : n;
    for (uint32_t i = 0; i < n_words; i++) {
        const uint64_t from = i * 64ull;
        words[i] = from + 64 <= n ? ~0ull : (1ull << (n & 63)) - 1;
        if (from + 64 <= skip)
            words[i] = 0;
        else if (from < skip)
            words[i] &= ~0ull << (skip - from);
    }
    c->skip -= skip;
    return c->where != NULL && skip < n ? lf_where_eval(c->where, b, words, err) : LF_OK;
}

lf_rc lf_row_cursor_next(lf_row_cursor *c, const lf_batch *b, uint64_t room, uint32_t n_columns,
                         lf_batch *out, uint32_t *taken_out, lf_error *err) {
    uint64_t words[LF_TILE_ROWS_MAX / 64];
    uint32_t kept = 0;
    *taken_out = b->n_rows;
    if (b->n_rows > LF_TILE_ROWS_MAX) return lf_fail(err, LF_EINTERNAL, "a batch is too long");
    LF_TRY(mark(c, b, words, err));
    for (uint32_t i = 0; i < (b->n_rows + 63) / 64; i++) {
        if (out == NULL) {
            c->passed += (uint64_t)__builtin_popcountll(words[i]);
            continue;
        }
        for (uint64_t w = words[i]; w != 0 && kept < room; w &= w - 1) {
            const uint32_t r = i * 64 + (uint32_t)__builtin_ctzll(w);
            const uint64_t number = c->passed++;
            if (c->sample == NULL || lf_sample_has(c->sample, number)) c->rows[kept++] = r;
        }
    }
    if (out == NULL) return LF_OK;
    if (kept == room) *taken_out = kept > 0 ? c->rows[kept - 1] + 1 : 0;
    lf_arena_rewind(&c->arena);
    return lf_select_rows(b, c->rows, kept, n_columns, &c->arena, out, err);
}

size_t lf_rename_split(const char *text) {
    size_t i = 0;
    for (; text[i] != '\0' && text[i] != '='; i++)
        if (text[i] == '\\' && (text[i + 1] == '=' || text[i + 1] == '\\')) i++;
    return i;
}

static lf_rc rename_one(lf_schema *s, const lf_schema *old, const lf_rename *r, lf_error *err) {
    const int64_t at = lf_schema_find(old, r->from, strlen(r->from));
    if (at < 0) return lf_no_such_column(old, "--rename", r->from, err);
    lf_field *f = &s->fields[at];
    char *name = lf_mem_strdup(s->alloc, r->to);
    if (name == NULL) return lf_fail_nomem(err, strlen(r->to));
    lf_mem_free(s->alloc, f->name, strlen(f->name) + 1);
    f->name = name;
    return LF_OK;
}

/* Two columns change names: a=b and b=a. So all are looked for by their old ones. */
lf_rc lf_rename_columns(lf_schema *s, const lf_row_spec *spec, lf_error *err) {
    lf_schema old;
    if (spec->n_renames == 0) return LF_OK;
    lf_schema_init(&old, s->alloc);
    lf_rc rc = lf_schema_copy(&old, s, err);
    for (uint32_t i = 0; i < spec->n_renames && rc == LF_OK; i++)
        rc = rename_one(s, &old, &spec->renames[i], err);
    for (uint32_t i = 0; i < spec->n_renames && rc == LF_OK; i++) {
        const char *to = spec->renames[i].to;
        uint32_t n = 0;
        for (uint32_t k = 0; k < s->n_fields; k++)
            n += strcmp(s->fields[k].name, to) == 0;
        if (n > 1)
            rc = lf_fail(err, LF_EUSAGE, "--rename: two columns would be called \"%.60s\"", to);
    }
    lf_schema_reset(&old);
    return rc;
}
