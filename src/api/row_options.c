#include "api/row_options.h"
#include "api/options.h"
#include <string.h>

static uint32_t count_named(const lf_decode_opts *o, const char *name) {
    uint32_t k = 0;
    for (size_t i = 0; i < o->n_options; i++)
        k += strcmp(o->options[i].name, name) == 0;
    return k;
}

static lf_rc load_where(lf_settings *s, lf_error *err) {
    const lf_decode_opts *o = &s->decode;
    const uint32_t n = count_named(o, "where");
    const char **texts = lf_arena_alloc(&s->arena, n * sizeof *texts + 1, sizeof(void *));
    if (texts == NULL) return lf_fail_nomem(err, n * sizeof *texts);
    for (size_t i = 0; i < o->n_options; i++)
        if (strcmp(o->options[i].name, "where") == 0)
            texts[s->rows.n_where++] = o->options[i].value;
    s->rows.where = texts;
    return LF_OK;
}

/* Takes the backslashes out of a name. */
static const char *name_of(lf_settings *s, const char *text, size_t n) {
    char *out = lf_arena_alloc(&s->arena, n + 1, 1);
    size_t k = 0;
    for (size_t i = 0; out != NULL && i < n; i++) {
        if (text[i] == '\\' && i + 1 < n && (text[i + 1] == '=' || text[i + 1] == '\\')) i++;
        out[k++] = text[i];
    }
    if (out != NULL) out[k] = '\0';
    return out;
}

static lf_rc load_renames(lf_settings *s, lf_error *err) {
    const lf_decode_opts *o = &s->decode;
    const uint32_t n = count_named(o, "rename");
    lf_rename *list = lf_arena_alloc(&s->arena, n * sizeof *list + 1, sizeof(void *));
    if (list == NULL) return lf_fail_nomem(err, n * sizeof *list);
    for (size_t i = 0; i < o->n_options; i++) {
        if (strcmp(o->options[i].name, "rename") != 0) continue;
        const char *text = o->options[i].value;
        const size_t at = lf_rename_split(text);
        lf_rename *r = &list[s->rows.n_renames++];
        r->from = name_of(s, text, at);
        r->to = name_of(s, text + at + 1, strlen(text + at + 1));
        if (r->from == NULL || r->to == NULL) return lf_fail_nomem(err, strlen(text));
        for (const lf_rename *k = list; k < r; k++)
            if (strcmp(k->from, r->from) == 0)
                return lf_fail(err, LF_EUSAGE, "--rename: \"%.60s\" is renamed twice", r->from);
    }
    s->rows.renames = list;
    return LF_OK;
}

/* --columns keeps some; --where may ask of others. */
static lf_rc read_more(lf_settings *s, const lf_where *w, lf_error *err) {
    lf_decode_opts *o = &s->decode;
    if (o->n_columns == 0) return LF_OK;
    const uint32_t kept = o->n_columns;
    const char **names =
        lf_arena_alloc(&s->arena, (kept + w->n_columns) * sizeof *names, sizeof(void *));
    if (names == NULL) return lf_fail_nomem(err, kept * sizeof *names);
    memcpy(names, o->columns, kept * sizeof *names);
    o->columns = names;
    for (uint32_t i = 0; i < w->n_columns; i++) {
        uint32_t k = 0;
        while (k < kept && strcmp(names[k], w->columns[i]) != 0)
            k++;
        if (k < kept) continue;
        names[o->n_columns] = lf_arena_strndup(&s->arena, w->columns[i], strlen(w->columns[i]));
        if (names[o->n_columns++] == NULL) return lf_fail_nomem(err, strlen(w->columns[i]));
    }
    if (o->n_columns > kept) s->rows.keep_columns = kept;
    return LF_OK;
}

lf_rc lf_row_options_load(lf_settings *s, lf_error *err) {
    const lf_option *o = s->decode.options;
    const size_t n = s->decode.n_options;
    lf_where w;
    s->rows = (lf_row_spec){.skip_rows = lf_options_number(o, n, "skip", 0),
                            .sample_rows = lf_options_number(o, n, "sample", UINT64_MAX),
                            .seed = lf_options_number(o, n, "seed", 0)};
    LF_TRY(load_where(s, err));
    LF_TRY(load_renames(s, err));
    lf_rc rc = lf_where_parse(&w, s->alloc, s->rows.where, s->rows.n_where, err);
    if (rc == LF_OK) rc = read_more(s, &w, err);
    lf_where_reset(&w);
    if (s->rows.n_renames > 0 || lf_row_spec_filters(&s->rows)) s->flow.rows = &s->rows;
    return rc;
}

lf_rc lf_row_options_explain(const lf_settings *s, lf_buf *out, lf_error *err) {
    const lf_row_spec *r = &s->rows;
    const char *then = "rows: ";
    if (r->skip_rows > 0) {
        LF_TRY(lf_buf_printf(out, err, "%sskip %llu", then, (unsigned long long)r->skip_rows));
        then = ", then ";
    }
    for (uint32_t i = 0; i < r->n_where; i++) {
        LF_TRY(lf_buf_printf(out, err, "%s%s%s", then, i == 0 ? "where " : "", r->where[i]));
        then = i + 1 < r->n_where ? " and " : ", then ";
    }
    if (r->sample_rows != UINT64_MAX) {
        LF_TRY(lf_buf_printf(out, err, "%ssample %llu (seed %llu)", then,
                             (unsigned long long)r->sample_rows, (unsigned long long)r->seed));
        then = ", then ";
    }
    if (s->flow.limit_rows != UINT64_MAX) {
        LF_TRY(
            lf_buf_printf(out, err, "%slimit %llu", then, (unsigned long long)s->flow.limit_rows));
        then = ", then ";
    }
    return then[0] == ',' ? lf_buf_append(out, "\n", 1, err) : LF_OK;
}
