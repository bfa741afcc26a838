/* decode/json/json_plan.c - makes the plan: form, shape and types, from the head.
 *
 * The head is read by a decoder whose shape is open, record by record, so that the shape is that
 * of well-formed records alone. */
#include "decode/json/json_internal.h"

#define MAP_SPARSE 10u /* a record has less than this part of the keys */

const char *lf_json_option(const lf_decode_opts *o, const char *name) {
    for (size_t i = o->n_options; i > 0; i--)
        if (strcmp(o->options[i - 1].name, name) == 0) return o->options[i - 1].value;
    return NULL;
}

bool lf_json_flag(const lf_decode_opts *o, const char *name) {
    const char *v = lf_json_option(o, name);
    return v != NULL && strcmp(v, "false") != 0 && strcmp(v, "no") != 0 && strcmp(v, "0") != 0;
}

void lf_json_plan_destroy(lf_plan *p) {
    if (p == NULL) return;
    lf_json_node_destroy(p->alloc, p->root);
    lf_schema_reset(&p->schema);
    lf_schema_reset(&p->given);
    lf_shape_reset(&p->shape, p->alloc);
    lf_arena_reset(&p->arena);
    lf_mem_free(p->alloc, p, sizeof *p);
}

static void *plan_alloc(lf_plan *p, size_t n, size_t size, lf_error *err) {
    void *m = lf_arena_alloc(&p->arena, n * size + 1, 16);
    if (m == NULL) {
        (void)lf_fail_nomem(err, n * size);
        return NULL;
    }
    memset(m, 0, n * size + 1);
    return m;
}

static lf_rc set_null_words(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    uint32_t n = 0, most = (uint32_t)o->n_options + o->n_null_words;
    const char **words = plan_alloc(p, most, sizeof *words, err);
    if (words == NULL) return LF_ENO_MEMORY;
    for (uint32_t i = 0; i < o->n_null_words; i++)
        words[n++] = o->null_words[i];
    for (size_t i = 0; i < o->n_options && o->null_words == NULL; i++)
        if (strcmp(o->options[i].name, "null") == 0) words[n++] = o->options[i].value;
    for (uint32_t i = 0; i < n; i++) {
        words[i] = lf_arena_strndup(&p->arena, words[i], strlen(words[i]));
        if (words[i] == NULL) return lf_fail_nomem(err, 1);
    }
    lf_parse_ctx_init(&p->plain);
    lf_parse_ctx_dates(&p->plain, o->options, o->n_options);
    p->plain.null_words = words;
    p->plain.n_null_words = n;
    p->plain.null_words_everywhere = n > 0;
    return LF_OK;
}

/* --- the shape of the head --- */

static void add_cells(lf_decoder *d, json_node *n) {
    for (uint32_t r = 0; n->kind == JSON_CELL && r < n->n; r++)
        lf_json_head_cell(n, d->text, r);
    for (uint32_t i = 0; i < n->n_children; i++)
        add_cells(d, n->children[i]);
}

static uint64_t count_values(const json_node *n) {
    uint64_t values = 0;
    for (uint32_t r = 0; r < n->n; r++)
        values += n->kind == JSON_CELL || n->kind == JSON_TEXT ? n->len[r] > 0
                  : n->kind != JSON_NONE                       ? lf_json_bit(n->valid, r)
                                                               : 0;
    return values;
}

/* Whether the keys of the records are data, as far as the tile that was read shows it: there are
 * many, of which each record has few. */
static bool keys_are_data(const lf_decoder *d) {
    const json_node *root = d->root;
    uint64_t values = 0;
    if (!d->walk.may_map || root->kind != JSON_OBJECT || root->n_children <= LF_MAP_KEYS)
        return false;
    for (uint32_t i = 0; i < root->n_children; i++)
        values += count_values(root->children[i]);
    return values * MAP_SPARSE < (uint64_t)root->n_children * d->n_rows;
}

/* Rows of the head, tile by tile. */
static lf_rc read_head(lf_plan *p, lf_decoder *d, lf_span head, bool whole, bool may_grow,
                       lf_error *err) {
    size_t at = p->base.body_offset;
    d->at = at;
    d->block_end = UINT64_MAX;
    d->always_strict = true;
    d->totals =
        (lf_block_end){.newlines = 1 + lf_json_count_newlines(head.data, at)}; /* for errors */
    p->head_rows = 0;
    while (at < head.len && !d->over) {
        size_t left = head.len - at;
        json_tiled tiled;
        LF_TRY(lf_json_tile(d, head.data + at, left, whole, &tiled, err));
        if ((tiled != JSON_TILE_ROWS || d->len == 0) && p->head_rows == 0 && may_grow)
            return lf_fail(err, LF_ERECORD_TOO_BIG, "the first record is longer than the head");
        if (tiled != JSON_TILE_ROWS || d->len == 0) break;
        LF_TRY(lf_json_node_pad(d->alloc, d->root, d->n_rows, err));
        if (keys_are_data(d)) {
            LF_TRY(lf_json_become_map(p, d->alloc, d->root, err));
            return read_head(p, d, head, whole, may_grow, err); /* once: they are maps now */
        }
        add_cells(d, d->root);
        p->head_rows += d->n_records;
        d->at += d->len;
        d->totals.records += d->n_records;
        d->totals.newlines += lf_json_count_newlines(head.data + at, d->len);
        at += d->len;
    }
    return LF_OK;
}

/* The first record is longer than the head: the keys that are seen of it are columns, and what
 * their values are is seen later. */
static lf_rc keys_of_long(lf_plan *p, lf_decoder *d, lf_span head, lf_error *err) {
    size_t at = lf_json_skip(head.data, p->base.body_offset, head.len);
    if (at == head.len || head.data[at] != '{') return LF_OK;
    LF_TRY(lf_json_node_become(d->alloc, d->root, JSON_OBJECT, err));
    json_verdict v = JSON_WHOLE;
    while (v == JSON_WHOLE && d->root->n_children < LF_MAP_KEYS) {
        json_found f = {0};
        json_node *n;
        at = lf_json_skip(head.data, at + 1, head.len); /* behind { or a comma */
        if (at == head.len || head.data[at] != '"') break;
        v = lf_json_string(head.data + at, head.len - at, &f);
        if (v != JSON_WHOLE) break;
        LF_TRY(lf_buf_reserve(&d->walk.key, f.end, err));
        size_t len = lf_json_unescape(head.data + at + 1, f.end - 2, d->walk.key.data);
        const char *name = (const char *)d->walk.key.data;
        at = lf_json_skip(head.data, at + f.end, head.len);
        if (at == head.len || head.data[at] != ':') break;
        if (memchr(name, 0, len) == NULL && lf_json_child(d->root, name, (uint32_t)len) == NULL)
            LF_TRY(lf_json_node_add(d->alloc, d->root, name, (uint32_t)len, &n, err));
        at = lf_json_skip(head.data, at + 1, head.len);
        if (at < head.len) v = lf_json_value(head.data + at, head.len - at, false, &f);
        at = lf_json_skip(head.data, at + f.end, head.len);
        if (at == head.len || head.data[at] != ',') break;
    }
    return d->root->n_children > 0 ? LF_OK : lf_json_node_become(d->alloc, d->root, JSON_NONE, err);
}

static lf_rc find_shape(lf_plan *p, const lf_decode_opts *o, lf_span head, bool whole,
                        lf_error *err) {
    lf_decoder *d = lf_mem_alloc(p->alloc, sizeof *d);
    if (d == NULL) return lf_fail_nomem(err, sizeof *d);
    lf_json_decoder_init(d, p, p->alloc);
    d->walk.planning = true;
    d->walk.new_keys_max = LF_TOP_KEYS_MAX;
    d->walk.may_map = o->columns == NULL && o->schema == NULL && !p->flatten;
    d->walk.names_wanted = o->columns;
    d->walk.n_names_wanted = o->n_columns;
    lf_rc rc = lf_json_node_create(p->alloc, NULL, JSON_VALUE_COLUMN, 4, &d->root, err);
    if (rc == LF_OK) {
        d->root->ctx = p->plain;
        rc = read_head(p, d, head, whole, o->head_may_grow, err);
        if (rc == LF_OK && p->head_rows == 0 && !whole) rc = keys_of_long(p, d, head, err);
        lf_json_node_truncate(d->root, 0);
        p->root = d->root;
        d->root = NULL;
    }
    lf_json_decoder_reset(d);
    lf_mem_free(p->alloc, d, sizeof *d);
    return rc;
}

/* --- types --- */

static lf_rc type_node(lf_plan *p, json_node *n, lf_error *err) {
    if (n->kind == JSON_OBJECT && n->n_children == 0 && n->depth > 0)
        LF_TRY(lf_json_node_become(p->alloc, n, JSON_TEXT, err));
    if (n->kind == JSON_CELL && !n->fixed) {
        lf_infer_reason why;
        lf_type t = lf_infer_head_type(&n->head, p->decimal, &n->ctx.date_format, &why);
        if (p->all_strings) t = (lf_type){.id = LF_T_STRING};
        n->known = n->head.evidence;
        if (t.id == LF_T_STRING) lf_evidence_of_type(&n->known, t);
        n->quoted = lf_json_is_quoted_type(t);
        n->type = t;
    }
    for (uint32_t i = 0; i < n->n_children; i++)
        LF_TRY(type_node(p, n->children[i], err));
    return LF_OK;
}

/* --- columns --- */

static void list_columns(const lf_plan *p, json_node *n, json_node **out, uint32_t *count) {
    if (lf_json_is_column(p, n)) {
        if (out != NULL) {
            out[*count] = n;
            n->column = *count + 1;
        }
        ++*count;
        return;
    }
    for (uint32_t i = 0; i < n->n_children; i++)
        list_columns(p, n->children[i], out, count);
}

static lf_rc columns_of_tree(lf_plan *p, lf_error *err) {
    p->n_columns = 0;
    list_columns(p, p->root, NULL, &p->n_columns);
    if (p->n_columns > LF_COLUMNS_MAX)
        return lf_fail(err, LF_ESCHEMA, "more than %u columns", LF_COLUMNS_MAX);
    p->columns = plan_alloc(p, p->n_columns, sizeof(json_node *), err);
    if (p->columns == NULL) return LF_ENO_MEMORY;
    p->n_columns = 0;
    list_columns(p, p->root, p->columns, &p->n_columns);
    return LF_OK;
}

/* --- what was asked for --- */

static json_node *column_named(const lf_plan *p, const char *name) {
    lf_buf path;
    json_node *found = NULL;
    lf_buf_init(&path, p->alloc, UINT32_MAX);
    for (uint32_t c = 0; c < p->n_columns && found == NULL; c++) {
        lf_buf_clear(&path);
        if (lf_json_column_name(p->columns[c], &path, NULL) != LF_OK) break;
        if (path.len == strlen(name) && memcmp(path.data, name, path.len) == 0)
            found = p->columns[c];
    }
    lf_buf_reset(&path);
    return found;
}

static lf_rc apply_field(lf_plan *p, json_node *n, const lf_field *f, lf_error *err) {
    if (!lf_type_is_nested(f->type)) {
        json_kind kind = f->type.id == LF_T_STRING && n->kind != JSON_CELL && n->kind != JSON_NONE
                             ? JSON_TEXT
                             : JSON_CELL;
        LF_TRY(lf_json_node_become(p->alloc, n, kind, err));
        n->fixed = true;
        n->type = f->type;
        n->quoted = lf_json_is_quoted_type(f->type);
        n->ctx.given_type = true;
        lf_evidence_of_type(&n->known, f->type);
        uint32_t bit = f->format == NULL ? 0 : lf_date_format_of(f->format);
        if (bit != 0) n->ctx.date_format = bit;
        if (f->format == NULL || bit != 0) return LF_OK;
        n->ctx.format = lf_arena_strndup(&p->arena, f->format, strlen(f->format));
        return n->ctx.format == NULL ? lf_fail_nomem(err, 1) : LF_OK;
    }
    json_kind kind = f->type.id == LF_T_STRUCT ? JSON_OBJECT
                     : f->type.id == LF_T_LIST ? JSON_LIST
                                               : JSON_MAP;
    LF_TRY(lf_json_node_become(p->alloc, n, kind, err));
    n->fixed = true;
    for (uint32_t i = 0; i < f->n_children; i++) {
        const lf_field *g = &f->children[i];
        json_node *c = kind == JSON_OBJECT ? NULL : n->children[i];
        if (kind == JSON_MAP && i == 0) continue; /* keys are text */
        if (c == NULL)
            LF_TRY(lf_json_node_add(p->alloc, n, g->name, (uint32_t)strlen(g->name), &c, err));
        LF_TRY(apply_field(p, c, g, err));
    }
    return LF_OK;
}

/* Columns that --schema and --type name. */
static lf_rc apply_schema(lf_plan *p, const lf_schema *given, lf_error *err) {
    if (given == NULL) return LF_OK;
    LF_TRY(lf_schema_copy(&p->given, given, err));
    for (uint32_t i = 0; i < p->given.n_fields; i++) {
        const lf_field *f = &p->given.fields[i];
        json_node *n = column_named(p, f->name);
        if (n == NULL)
            return lf_fail(err, LF_EUSAGE,
                           "--schema or --type: there is no column \"%.60s\" in the first records",
                           f->name);
        LF_TRY(apply_field(p, n, f, err));
        n->given = f;
    }
    return LF_OK;
}

/* Everything that --columns does not name is skipped. */
static lf_rc select_columns(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    json_node **keep = plan_alloc(p, o->n_columns, sizeof(json_node *), err);
    if (keep == NULL) return LF_ENO_MEMORY;
    uint32_t kept = 0;
    for (uint32_t c = 0; c < o->n_columns; c++) {
        json_node *n = column_named(p, o->columns[c]);
        if (n == NULL && o->partial) continue;
        if (n == NULL)
            return lf_fail(err, LF_EUSAGE,
                           "--columns: there is no column \"%.60s\" in the first records",
                           o->columns[c]);
        if (n->kept_format == 1)
            return lf_fail(err, LF_EUSAGE, "--columns names \"%.60s\" twice", o->columns[c]);
        n->kept_format = 1;
        keep[kept++] = n;
    }
    if (kept == 0)
        return lf_fail(err, LF_ESCHEMA, "it has none of the columns that --columns names");
    for (uint32_t c = 0; c < p->n_columns; c++) {
        json_node *n = p->columns[c];
        n->column = 0;
        if (n->kept_format != 1 && n->depth > 0)
            LF_TRY(lf_json_node_become(p->alloc, n, JSON_SKIP, err));
        n->kept_format = 0;
    }
    for (uint32_t c = 0; c < kept; c++)
        keep[c]->column = c + 1;
    p->columns = keep;
    p->select = true;
    p->n_columns = kept;
    return LF_OK;
}

static lf_rc set_base(lf_plan *p, lf_span head, lf_error *err) {
    uint64_t rows = p->head_rows > 0 ? p->head_rows : 1;
    LF_TRY(lf_json_columns_shape(p->columns, p->n_columns, p->alloc, &p->shape, err));
    LF_TRY(lf_shape_schema(&p->shape, p->decimal, &p->schema, err));
    uint64_t each = (head.len - p->base.body_offset) / rows;
    p->base.type = &lf_json_decoder;
    p->base.schema = &p->schema;
    p->base.shape = &p->shape;
    p->base.body_line = 1 + lf_json_count_newlines(head.data, p->base.body_offset);
    p->base.bytes_per_row = (uint32_t)(each < 1 ? 1 : each);
    return LF_OK;
}

static lf_rc make_columns(lf_plan *p, const lf_decode_opts *o, lf_error *err) {
    LF_TRY(type_node(p, p->root, err));
    if (p->root->kind == JSON_NONE)
        p->root->kind = JSON_CELL; /* no record, or nulls alone: one column */
    if (p->all_strings && p->root->kind == JSON_OBJECT) {
        for (uint32_t i = 0; i < p->root->n_children; i++) {
            json_node *n = p->root->children[i];
            bool nested = n->kind == JSON_OBJECT || n->kind == JSON_LIST || n->kind == JSON_MAP;
            if (nested && !p->flatten) LF_TRY(lf_json_node_become(p->alloc, n, JSON_TEXT, err));
        }
    }
    LF_TRY(columns_of_tree(p, err));
    LF_TRY(apply_schema(p, o->schema, err));
    return o->columns != NULL ? select_columns(p, o, err) : LF_OK;
}

lf_rc lf_json_plan(const lf_decode_opts *o, lf_span head, bool whole, lf_plan **plan_out,
                   lf_error *err) {
    *plan_out = NULL;
    lf_plan *p = lf_mem_zalloc(o->alloc, sizeof *p);
    if (p == NULL) return lf_fail_nomem(err, sizeof *p);
    p->alloc = o->alloc;
    p->isa = o->isa;
    p->decimal = o->decimal;
    p->all_strings = o->all_strings;
    p->flatten = lf_json_flag(o, "flatten");
    p->rows_max = LF_TILE_ROWS_MAX;
    p->record_max_bytes = o->record_max_bytes;
    if (p->record_max_bytes == 0 || p->record_max_bytes > INT32_MAX)
        p->record_max_bytes = INT32_MAX;
    p->values_max = p->record_max_bytes / JSON_VALUE_BYTES;
    if (p->values_max < LF_TILE_ROWS_MAX) p->values_max = LF_TILE_ROWS_MAX;
    lf_arena_init(&p->arena, p->alloc, 0);
    lf_schema_init(&p->schema, p->alloc);
    lf_schema_init(&p->given, p->alloc);
    lf_rc rc;
    LF_GO(set_null_words(p, o, err));
    LF_GO(lf_json_find_form(p, o, head, whole, err));
    LF_GO(find_shape(p, o, head, whole, err));
    LF_GO(make_columns(p, o, err));
    LF_GO(set_base(p, head, err));
    *plan_out = p;
    p = NULL;
out:
    lf_json_plan_destroy(p);
    return rc;
}
