#include "api/recover.h"
#include "api/options.h"
#include "array/schema_field.h"
#include "core/buf.h"
#include "decode/parquet/parquet_reader.h"
#include "io/io.h"
#include <stdlib.h>
#include <string.h>

#define REJECTS_SUFFIX ".rejects.jsonl"

typedef struct table_facts { /* of the file metadata; NULL: not there */
    char *options, *head, *schema, *fields;
} table_facts;

/* X.rejects.jsonl belongs to X; NULL: named otherwise, or no memory. */
static char *table_of(lf_recovery *r, const char *rejects) {
    size_t n = strlen(rejects), m = sizeof REJECTS_SUFFIX - 1;
    if (n <= m || strcmp(rejects + n - m, REJECTS_SUFFIX) != 0) return NULL;
    return lf_arena_strndup(&r->arena, rejects, n - m);
}

static bool is_parquet(const char *path, const lf_alloc *a) {
    lf_source *s = NULL;
    uint8_t head[4];
    size_t got = 0;
    if (lf_source_open(path, a, &s, NULL) != LF_OK) return false;
    bool read = s->type->read_at && s->type->read_at(s, 0, head, 4, &got, NULL) == LF_OK;
    lf_source_close(s);
    return read && got == 4 && memcmp(head, "PAR1", 4) == 0;
}

static lf_rc take_fact(lf_recovery *r, const lf_pq_key_value *kv, table_facts *f, lf_error *err) {
    const struct {
        const char *key;
        char **slot;
    } wanted[] = {{"logflow.replay.options", &f->options},
                  {"logflow.replay.head", &f->head},
                  {"logflow.replay.schema", &f->schema},
                  {"logflow.replay.fields", &f->fields}};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (kv->key.len != strlen(wanted[i].key) || kv->value.data == NULL ||
            memcmp(kv->key.data, wanted[i].key, kv->key.len) != 0)
            continue;
        *wanted[i].slot = lf_arena_strndup(&r->arena, (const char *)kv->value.data, kv->value.len);
        if (*wanted[i].slot == NULL) return lf_fail_nomem(err, kv->value.len);
    }
    return LF_OK;
}

static lf_rc read_table(lf_recovery *r, const char *path, table_facts *f, lf_error *err) {
    lf_source *s = NULL;
    lf_parquet_reader *p = NULL;
    const lf_parquet_opts opts = {.struct_size = sizeof opts, .alloc = r->alloc};
    lf_rc rc = LF_OK;
    LF_GO(lf_source_open(path, r->alloc, &s, err));
    LF_GO(lf_parquet_open(s, &opts, &p, err));
    const lf_pq_footer *footer = lf_parquet_footer(p);
    for (uint32_t i = 0; i < footer->n_key_values; i++)
        LF_GO(take_fact(r, &footer->key_values[i], f, err));
    if (f->options == NULL || f->head == NULL || f->schema == NULL || f->fields == NULL) {
        rc = lf_fail(err, LF_ESCHEMA,
                     "%s does not say how its rejects were read; give their columns with --schema",
                     path);
        goto out;
    }
    lf_span json = {(const uint8_t *)f->schema, strlen(f->schema)};
    LF_GO(lf_schema_from_json(&r->schema, r->alloc, json, err));
    r->has_table = true;
    r->head = f->head;
    r->fields = (uint32_t)strtoul(f->fields, NULL, 10);
out:
    if (rc != LF_OK) lf_error_set_file(err, path);
    lf_parquet_close(p);
    lf_source_close(s);
    return rc;
}

static bool is_given(const lf_convert_opts *o, const char *name, size_t n) {
    for (size_t i = 0; i < o->n_options; i++)
        if (strlen(o->options[i].name) == n && memcmp(o->options[i].name, name, n) == 0)
            return true;
    return false;
}

/* The table's options ("name=value" a line), then the caller's without `dropped`. */
static lf_rc merge_options(lf_recovery *r, char *lines, const char *dropped, lf_convert_opts *o,
                           lf_error *err) {
    size_t n = 0, most = o->n_options;
    for (const char *p = lines; *p; p++)
        most += *p == '\n';
    lf_option *all = lf_arena_alloc(&r->arena, (most + 1) * sizeof *all, sizeof(void *));
    if (all == NULL) return lf_fail_nomem(err, most * sizeof *all);
    for (char *line = lines, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        char *eq = memchr(line, '=', (size_t)(end - line));
        *end = '\0';
        if (eq == NULL || is_given(o, line, (size_t)(eq - line))) continue;
        *eq = '\0';
        all[n++] = (lf_option){line, eq + 1};
    }
    for (size_t i = 0; i < o->n_options; i++)
        if (dropped == NULL || strcmp(o->options[i].name, dropped) != 0) all[n++] = o->options[i];
    o->options = all;
    o->n_options = n;
    return LF_OK;
}

lf_rc lf_recovery_open(lf_recovery *r, const char *const *in, size_t n_in, lf_convert_opts *o,
                       lf_error *err) {
    LF_TRY(lf_options_check(o->options, o->n_options, "convert", err));
    if (!lf_options_flag(o->options, o->n_options, "replay")) return LF_OK;
    *r = (lf_recovery){.active = true, .alloc = o->alloc ? o->alloc : lf_alloc_default()};
    lf_arena_init(&r->arena, r->alloc, 0);
    if (n_in != 1 || strcmp(in[0], "-") == 0)
        return lf_fail(err, LF_EUSAGE, "--replay takes one file of rejects, as in --replay %s%s",
                       "data.parquet", REJECTS_SUFFIX);
    if (!lf_path_exists(in[0])) return LF_OK; /* said when the inputs are checked */
    const char *schema = lf_options_text(o->options, o->n_options, "schema", NULL);
    bool named = schema != NULL && is_parquet(schema, r->alloc);
    const char *table = named ? schema : schema == NULL ? table_of(r, in[0]) : NULL;
    if (table == NULL && schema == NULL)
        return lf_fail(err, LF_EUSAGE,
                       "%s is not named TABLE%s; name the table with --schema TABLE", in[0],
                       REJECTS_SUFFIX);
    if (table == NULL) return LF_OK;
    if (!lf_path_exists(table)) {
        (void)lf_fail(err, LF_ENOT_FOUND,
                      "the table whose rejects these are is not there; name it, or a schema, "
                      "with --schema");
        lf_error_set_file(err, table);
        return LF_ENOT_FOUND;
    }
    table_facts f = {NULL, NULL, NULL, NULL};
    LF_TRY(read_table(r, table, &f, err));
    return merge_options(r, f.options, named ? "schema" : NULL, o, err);
}

static lf_rc add_copy(lf_schema *s, const lf_field *from, lf_error *err) {
    lf_field f = {.name = NULL};
    lf_rc rc = lf_field_copy(&f, from, s->alloc, err);
    if (rc == LF_OK) rc = lf_schema_field_take(s, &f, err);
    if (rc != LF_OK) lf_field_reset(&f, s->alloc);
    return rc;
}

static lf_rc unknown_column(lf_recovery *r, const char *name, lf_error *err) {
    size_t n = r->schema.n_fields;
    const char **names = lf_arena_alloc(&r->arena, (n + 1) * sizeof *names, sizeof(void *));
    if (names == NULL) return lf_fail_nomem(err, n * sizeof *names);
    for (size_t i = 0; i < n; i++)
        names[i] = r->schema.fields[i].name;
    names[n] = NULL;
    const char *near = lf_nearest(name, names);
    if (near == NULL)
        return lf_fail(err, LF_EUSAGE, "there is no column \"%.60s\" in the table", name);
    return lf_fail(err, LF_EUSAGE,
                   "there is no column \"%.60s\" in the table; did you mean \"%.60s\"?", name,
                   near);
}

static lf_rc check_names(lf_recovery *r, const lf_settings *s, lf_error *err) {
    for (uint32_t i = 0; s->has_schema && i < s->schema.n_fields; i++) {
        const char *name = s->schema.fields[i].name;
        if (lf_schema_find(&r->schema, name, strlen(name)) < 0) return unknown_column(r, name, err);
    }
    return LF_OK;
}

/* The table's columns, each with the caller's type where one is given. */
static lf_rc merge_schema(lf_recovery *r, lf_settings *s, lf_error *err) {
    LF_TRY(check_names(r, s, err));
    lf_schema all;
    lf_schema_init(&all, s->alloc);
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < r->schema.n_fields && rc == LF_OK; i++) {
        const lf_field *f = &r->schema.fields[i];
        int64_t at = s->has_schema ? lf_schema_find(&s->schema, f->name, strlen(f->name)) : -1;
        rc = add_copy(&all, at >= 0 ? &s->schema.fields[at] : f, err);
    }
    if (rc != LF_OK) {
        lf_schema_reset(&all);
        return rc;
    }
    if (s->has_schema) lf_schema_reset(&s->schema);
    s->schema = all;
    s->has_schema = true;
    return LF_OK;
}

/* Without a table the names of the schema are those of the fields. */
static lf_rc make_head(lf_recovery *r, const lf_settings *s, lf_error *err) {
    const char *d = lf_options_text(s->decode.options, s->decode.n_options, "delimiter", ",");
    const char delimiter = strcmp(d, "tab") == 0 || strcmp(d, "\\t") == 0 ? '\t'
                           : strlen(d) == 1                               ? d[0]
                                                                          : ',';
    lf_buf b;
    lf_buf_init(&b, r->alloc, SIZE_MAX / 2);
    lf_rc rc = LF_OK;
    for (uint32_t i = 0; i < s->schema.n_fields; i++) {
        if (i > 0) LF_GO(lf_buf_append(&b, &delimiter, 1, err));
        LF_GO(lf_buf_printf(&b, err, "%s", s->schema.fields[i].name));
    }
    LF_GO(lf_buf_append(&b, "\n", 2, err));
    r->head = lf_arena_strndup(&r->arena, (const char *)b.data, b.len - 1);
    if (r->head == NULL) rc = lf_fail_nomem(err, b.len);
    r->fields = s->schema.n_fields;
out:
    lf_buf_reset(&b);
    return rc;
}

lf_rc lf_recovery_apply(lf_recovery *r, lf_settings *s, lf_error *err) {
    if (!r->active) return LF_OK;
    if (r->has_table)
        LF_TRY(merge_schema(r, s, err));
    else if (s->has_schema)
        LF_TRY(make_head(r, s, err));
    if (!s->has_schema) return LF_OK; /* there is no such input */
    s->decode.schema = &s->schema;
    s->decode.fields = r->fields;
    if (s->from == NULL) s->from = "csv";
    /* What is left of rejects is often all of them: no cap but the caller's. */
    bool capped = lf_options_text(s->decode.options, s->decode.n_options, "max-bad", NULL) != NULL;
    if (!capped) s->flow.max_bad_rows = UINT64_MAX - 1;
    if (s->decode.columns != NULL) return LF_OK;
    uint32_t n = s->schema.n_fields;
    const char **names = lf_arena_alloc(&s->arena, n * sizeof *names + 1, sizeof(void *));
    if (names == NULL) return lf_fail_nomem(err, n * sizeof *names);
    for (uint32_t i = 0; i < n; i++)
        names[i] = s->schema.fields[i].name;
    s->decode.columns = names;
    s->decode.n_columns = n;
    return LF_OK;
}

void lf_recovery_reset(lf_recovery *r) {
    if (r->alloc == NULL) return;
    if (r->has_table) lf_schema_reset(&r->schema);
    lf_arena_reset(&r->arena);
    *r = (lf_recovery){.active = false};
}
