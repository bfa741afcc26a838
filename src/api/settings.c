#include "api/settings.h"
#include "api/foreign_format.h"
#include "api/nearest_file.h"
#include "api/options.h"
#include "api/row_options.h"
#include "core/limits.h"
#include "infer/parse.h"
#include "io/io.h"
#include "plugin/plugin_set.h"
#include "registry/registry.h"
#include <stdio.h>
#include <string.h>

#define SCHEMA_FILE_MAX (64u * 1024 * 1024)

typedef struct option_list {
    const lf_option *o;
    size_t n;
} option_list;

static uint32_t count_named(option_list l, const char *name) {
    uint32_t k = 0;
    for (size_t i = 0; i < l.n; i++)
        k += strcmp(l.o[i].name, name) == 0;
    return k;
}

static lf_rc read_file(const char *path, const lf_alloc *a, lf_buf *out, lf_error *err) {
    lf_source *src = NULL;
    LF_TRY(lf_source_open(path, a, &src, err));
    lf_rc rc = LF_OK;
    size_t got = 1;
    while (rc == LF_OK && got > 0) {
        rc = lf_buf_reserve(out, 65536, err);
        if (rc == LF_OK) rc = src->type->read(src, out->data + out->len, 65536, &got, err);
        if (rc == LF_OK) out->len += got;
    }
    lf_source_close(src);
    return rc;
}

static lf_rc load_schema_file(lf_settings *s, const char *path, lf_error *err) {
    lf_buf text;
    lf_buf_init(&text, s->alloc, SCHEMA_FILE_MAX);
    lf_rc rc = read_file(path, s->alloc, &text, err);
    lf_error_suggest_file(err, path);
    if (rc == LF_OK) {
        rc = lf_schema_from_json(&s->schema, s->alloc, (lf_span){text.data, text.len}, err);
        s->has_schema = rc == LF_OK;
        if (rc != LF_OK) lf_error_set_file(err, path);
    }
    lf_buf_reset(&text);
    return rc == LF_OK ? rc : lf_error_context(err, rc, "--schema %s", path);
}

/* --type COLUMN=TYPE on top of the schema file. */
static lf_rc add_type(lf_settings *s, const char *value, lf_error *err) {
    const char *eq = strrchr(value, '=');
    lf_type t;
    LF_TRY(lf_type_parse(eq + 1, strlen(eq + 1), &t, err));
    if (!s->has_schema) lf_schema_init(&s->schema, s->alloc);
    s->has_schema = true;
    const int64_t at = lf_schema_find(&s->schema, value, (size_t)(eq - value));
    if (at < 0) return lf_schema_add(&s->schema, value, (size_t)(eq - value), t, true, err);
    s->schema.fields[at].type = t;
    return LF_OK;
}

/* --epoch COLUMN=UNIT: a timestamp with the format "epoch:UNIT". */
static lf_rc add_epoch(lf_settings *s, const char *value, lf_error *err) {
    const char *eq = strrchr(value, '=');
    const size_t n = (size_t)(eq - value);
    if (n == 1 && value[0] == '*') return LF_OK; /* api/epoch_columns.h, once the input is open */
    char format[16];
    snprintf(format, sizeof format, "epoch:%.4s", eq + 1);
    lf_type t = {.id = LF_T_TIMESTAMP,
                 .unit = strcmp(eq + 1, "ns") == 0 ? LF_UNIT_NS : LF_UNIT_US,
                 .utc = true};
    if (!s->has_schema) lf_schema_init(&s->schema, s->alloc);
    s->has_schema = true;
    int64_t at = lf_schema_find(&s->schema, value, n);
    if (at < 0) {
        LF_TRY(lf_schema_add(&s->schema, value, n, t, true, err));
        at = lf_schema_find(&s->schema, value, n);
    }
    lf_field *f = &s->schema.fields[at];
    if (f->type.id != LF_T_TIMESTAMP)
        return lf_fail(err, LF_EUSAGE, "--epoch: the type of column '%.*s' is given as another",
                       (int)n, value);
    if (f->format != NULL) lf_mem_free(s->alloc, f->format, strlen(f->format) + 1);
    f->format = lf_mem_strdup(s->alloc, format);
    return f->format == NULL ? lf_fail_nomem(err, sizeof format) : LF_OK;
}

/* Once --type has its say: a format that reads nothing would make every row bad. */
static lf_rc check_formats(const lf_settings *s, lf_error *err) {
    for (uint32_t i = 0; s->has_schema && i < s->schema.n_fields; i++) {
        const lf_field *f = &s->schema.fields[i];
        if (f->format == NULL) continue;
        LF_TRY_CTX(lf_date_format_check(f->format, f->type, err), err, "column '%s'", f->name);
    }
    return LF_OK;
}

static lf_rc load_schema(lf_settings *s, option_list l, lf_error *err) {
    const char *path = lf_options_text(l.o, l.n, "schema", NULL);
    if (path) LF_TRY(load_schema_file(s, path, err));
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.o[i].name, "type") == 0) LF_TRY(add_type(s, l.o[i].value, err));
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.o[i].name, "epoch") == 0) LF_TRY(add_epoch(s, l.o[i].value, err));
    s->decode.schema = s->has_schema ? &s->schema : NULL;
    lf_rc rc = check_formats(s, err);
    if (rc != LF_OK && path != NULL) lf_error_set_file(err, path);
    return rc;
}

static lf_rc load_nulls(lf_settings *s, option_list l, lf_error *err) {
    const uint32_t n = count_named(l, "null");
    if (n == 0) return LF_OK;
    const char **words = lf_arena_alloc(&s->arena, n * sizeof *words, sizeof(void *));
    if (words == NULL) return lf_fail_nomem(err, n * sizeof *words);
    uint32_t k = 0;
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.o[i].name, "null") == 0) words[k++] = l.o[i].value ? l.o[i].value : "";
    s->decode.null_words = words;
    s->decode.n_null_words = n;
    return LF_OK;
}

/* "a,b\,c" holds the two names "a" and "b,c". Adds to names[*n]. */
static lf_rc split_names(lf_settings *s, const char *list, const char **names, uint32_t *n,
                         lf_error *err) {
    for (;;) {
        char *name = lf_arena_alloc(&s->arena, strlen(list) + 1, 1);
        if (name == NULL) return lf_fail_nomem(err, strlen(list));
        size_t k = 0;
        for (; *list && *list != ','; list++) {
            if (list[0] == '\\' && (list[1] == ',' || list[1] == '\\')) list++;
            name[k++] = *list;
        }
        name[k] = '\0';
        if (k == 0) return lf_fail(err, LF_EUSAGE, "--columns: a name is empty");
        for (uint32_t i = 0; i < *n; i++)
            if (strcmp(names[i], name) == 0)
                return lf_fail(err, LF_EUSAGE, "--columns: '%s' is named twice", name);
        names[(*n)++] = name;
        if (*list == '\0') return LF_OK;
        list++;
    }
}

static lf_rc load_columns(lf_settings *s, option_list l, lf_error *err) {
    size_t most = 0;
    for (size_t i = 0; i < l.n; i++) {
        if (strcmp(l.o[i].name, "columns") != 0 || l.o[i].value == NULL) continue;
        most++;
        for (const char *p = l.o[i].value; *p; p++)
            most += *p == ',';
    }
    if (most == 0) return LF_OK;
    const char **names = lf_arena_alloc(&s->arena, most * sizeof *names, sizeof(void *));
    if (names == NULL) return lf_fail_nomem(err, most * sizeof *names);
    uint32_t n = 0;
    for (size_t i = 0; i < l.n; i++)
        if (strcmp(l.o[i].name, "columns") == 0 && l.o[i].value)
            LF_TRY(split_names(s, l.o[i].value, names, &n, err));
    s->decode.columns = names;
    s->decode.n_columns = n;
    return LF_OK;
}

/* A name that is neither ours nor a plugin's. */
static lf_rc unknown_format(const char *option, const char *spec, lf_error *err) {
    const char *list = lf_option_find(option, "convert")->values;
    const int n = (int)lf_plugin_name_length(spec);
    char name[48], near[24];
    snprintf(name, sizeof name, "%.*s", n < 47 ? n : 47, spec);
    if (lf_option_nearest_choice(list, name, near, sizeof near))
        return lf_fail(err, LF_EUSAGE,
                       "--%s: '%s' is not one of %s, nor a plugin's; did you mean %s?", option,
                       name, list, near);
    return lf_fail(err, LF_EUSAGE, "--%s: '%s' is not one of %s, nor a plugin's", option, name,
                   list);
}

static lf_rc load_formats(lf_settings *s, option_list l, lf_error *err) {
    const char *from = lf_options_text(l.o, l.n, "from", "auto");
    s->from = strcmp(from, "auto") == 0 ? NULL : from;
    if (s->from && lf_registry_decoder(s->from) == NULL && lf_registry_reader(s->from) == NULL &&
        lf_plugins_decoder(s->plugins, s->from) == NULL)
        return unknown_format("from", s->from, err);
    s->to = lf_options_text(l.o, l.n, "to", NULL);
    const char *to = s->to ? s->to : "parquet";
    s->encoder = lf_registry_encoder(to);
    if (s->encoder == NULL) s->encoder = lf_plugins_encoder(s->plugins, to);
    if (s->encoder == NULL) return unknown_format("to", to, err);
    for (size_t i = 0; i < l.n; i++) {
        if (strcmp(l.o[i].name, "transform") != 0) continue;
        const char *name = l.o[i].value;
        if (lf_plugins_transform(s->plugins, name) == NULL)
            return lf_fail(err, LF_EUSAGE, "--transform: no plugin has a transform named '%.*s'",
                           (int)lf_plugin_name_length(name), name);
    }
    return LF_OK;
}

static lf_rc load_flow(lf_settings *s, option_list l, const lf_convert_opts *o, lf_error *err) {
    lf_flow_spec *f = &s->flow;
    *f = (lf_flow_spec){.struct_size = sizeof *f,
                        .alloc = s->alloc,
                        .decode_opts = &s->decode,
                        .encoder = s->encoder,
                        .encode_opts = &s->encode,
                        .rejects_replace = o->overwrite,
                        .max_bad_rows = LF_SIZE_UNKNOWN,
                        .progress = o->progress,
                        .progress_ctx = o->progress_ctx,
                        .cancel = o->cancel};
    const char *policy = lf_options_text(l.o, l.n, "on-error", "quarantine");
    f->on_error = strcmp(policy, "strict") == 0       ? LF_ON_ERROR_STRICT
                  : strcmp(policy, "permissive") == 0 ? LF_ON_ERROR_PERMISSIVE
                                                      : LF_ON_ERROR_QUARANTINE;
    const char *bad = lf_options_text(l.o, l.n, "max-bad", NULL);
    if (bad) LF_TRY(lf_amount_parse(bad, &f->max_bad_rows, &f->max_bad_share, err));
    f->limit_rows = lf_options_number(l.o, l.n, "limit", UINT64_MAX);
    const char *infer = lf_options_text(l.o, l.n, "infer", "auto");
    f->infer = strcmp(infer, "full") == 0 ? LF_INFER_FULL : LF_INFER_AUTO;
    f->no_spool = strcmp(lf_options_text(l.o, l.n, "spool", "yes"), "no") == 0;
    f->threads = (uint32_t)lf_options_number(l.o, l.n, "threads", 0);
    if (f->threads == 0) f->threads = lf_cpu_count();
    if (f->threads > LF_THREADS_MAX) f->threads = LF_THREADS_MAX;
    f->memory_limit_bytes = lf_options_size(l.o, l.n, "memory-limit", 0);
    f->group_text_bytes = lf_options_size(l.o, l.n, "row-group-size", 0);
    f->temp_dir = lf_options_text(l.o, l.n, "temp-dir", NULL);
    if (f->temp_dir && !lf_path_is_dir(f->temp_dir))
        return lf_fail(err, LF_ENOT_FOUND, "--temp-dir: %s is no folder", f->temp_dir);
    return LF_OK;
}

lf_rc lf_convert_opts_copy(lf_convert_opts *to, const lf_convert_opts *from, lf_error *err) {
    *to = (lf_convert_opts){.struct_size = sizeof *to};
    if (from == NULL) return LF_OK;
    if (from->struct_size < offsetof(lf_convert_opts, overwrite))
        return lf_fail(err, LF_EUSAGE, "lf_convert_opts.struct_size is not set");
    const size_t n = from->struct_size < sizeof *to ? from->struct_size : sizeof *to;
    memcpy(to, from, n);
    to->struct_size = sizeof *to;
    if (to->options == NULL) to->n_options = 0;
    return LF_OK;
}

lf_rc lf_settings_load(lf_settings *s, const lf_convert_opts *o, lf_error *err) {
    const option_list l = {o->options, o->n_options};
    lf_isa isa;
    *s = (lf_settings){.alloc = o->alloc ? o->alloc : lf_alloc_default(), .plugins = o->plugins};
    lf_arena_init(&s->arena, s->alloc, 0);
    LF_TRY(lf_options_check(l.o, l.n, "convert", err));
    const char *simd = lf_options_text(l.o, l.n, "simd", NULL);
    LF_TRY(lf_isa_select(simd && strcmp(simd, "auto") != 0 ? simd : NULL, &isa, err));
    LF_TRY(load_formats(s, l, err));
    s->rejects = lf_options_text(l.o, l.n, "rejects", NULL);
    s->decode = (lf_decode_opts){.struct_size = sizeof s->decode,
                                 .alloc = s->alloc,
                                 .isa = isa,
                                 .options = l.o,
                                 .n_options = l.n,
                                 .all_strings = lf_options_flag(l.o, l.n, "all-strings"),
                                 .decimal = lf_options_flag(l.o, l.n, "decimal")};
    LF_TRY(load_flow(s, l, o, err));
    s->encode = (lf_encode_opts){.struct_size = sizeof s->encode,
                                 .alloc = s->alloc,
                                 .isa = isa,
                                 .options = l.o,
                                 .n_options = l.n,
                                 .memory_limit_bytes = s->flow.memory_limit_bytes,
                                 .group_text_bytes = s->flow.group_text_bytes};
    LF_TRY(load_schema(s, l, err));
    LF_TRY(load_nulls(s, l, err));
    LF_TRY(load_columns(s, l, err));
    LF_TRY(lf_row_options_load(s, err));
    return s->encoder->check(&s->encode, err);
}

lf_rc lf_settings_output(lf_settings *s, const char *out, lf_error *err) {
    const lf_encode_opts *o = &s->encode;
    if (out == NULL || s->to != NULL) return LF_OK;
    const lf_encoder_type *named = lf_registry_encoder_by_name(out);
    if (named == NULL) named = lf_plugins_encoder_by_name(s->plugins, out);
    const lf_foreign *foreign = named == NULL ? lf_foreign_name(out) : NULL;
    if (foreign != NULL)
        return lf_fail(err, LF_EUNSUPPORTED,
                       "%s would be %s, which is not written: name it .parquet, .csv, .jsonl or "
                       ".arrow, or say what it is to be with --to",
                       out, foreign->what);
    if (named == NULL || named == s->encoder) return LF_OK;
    s->encoder = s->flow.encoder = named;
    return named->check(o, err);
}

void lf_settings_reset(lf_settings *s) {
    if (s->alloc == NULL) return;
    if (s->has_schema) lf_schema_reset(&s->schema);
    lf_arena_reset(&s->arena);
    *s = (lf_settings){0};
}
