/* Arrow's metadata, written. Strings and children come before the tables that name them. */
#include "format/arrow/arrow_meta.h"
#include <string.h>

static lf_flat_ref empty_table(lf_flat *f) {
    lf_flat_begin(f);
    return lf_flat_end(f);
}

static lf_flat_ref one_number(lf_flat *f, uint64_t v, size_t size) {
    lf_flat_begin(f);
    lf_flat_number(f, 0, v, size);
    return lf_flat_end(f);
}

static lf_flat_ref two_numbers(lf_flat *f, uint64_t v0, size_t size0, uint64_t v1, size_t size1) {
    lf_flat_begin(f);
    lf_flat_number(f, 0, v0, size0);
    lf_flat_number(f, 1, v1, size1);
    return lf_flat_end(f);
}

static lf_flat_ref timestamp(lf_flat *f, lf_type t) {
    const lf_flat_ref zone = t.utc ? lf_flat_string(f, "UTC", 3) : 0;
    lf_flat_begin(f);
    lf_flat_place(f, 1, zone);
    lf_flat_number(f, 0, t.unit == LF_UNIT_NS ? LF_ARROW_NS : LF_ARROW_US, 2);
    return lf_flat_end(f);
}

/* The table of the type; a column without a type is text of nulls. */
static lf_flat_ref type_of(lf_flat *f, const lf_field *d, lf_arrow_id *id) {
    switch ((lf_type_id)d->type.id) {
    case LF_T_BOOL:
        *id = LF_ARROW_BOOL;
        break;
    case LF_T_INT64:
    case LF_T_UINT64:
        *id = LF_ARROW_INT;
        return two_numbers(f, 64, 4, d->type.id == LF_T_INT64, 1);
    case LF_T_DOUBLE:
        *id = LF_ARROW_FLOAT;
        return one_number(f, 2, 2);
    case LF_T_DECIMAL:
        *id = LF_ARROW_DECIMAL;
        return two_numbers(f, d->type.precision, 4, d->type.scale, 4);
    case LF_T_DATE:
        *id = LF_ARROW_DATE;
        return one_number(f, LF_ARROW_DAY, 2);
    case LF_T_TIME:
        *id = LF_ARROW_TIME;
        return two_numbers(f, d->type.unit == LF_UNIT_NS ? LF_ARROW_NS : LF_ARROW_US, 2, 64, 4);
    case LF_T_TIMESTAMP:
        *id = LF_ARROW_TIMESTAMP;
        return timestamp(f, d->type);
    case LF_T_LIST:
        *id = LF_ARROW_LIST;
        break;
    case LF_T_STRUCT:
        *id = LF_ARROW_STRUCT;
        break;
    case LF_T_MAP:
        *id = LF_ARROW_MAP;
        break;
    case LF_T_NULL:
    case LF_T_STRING:
        *id = d->binary ? LF_ARROW_BINARY : LF_ARROW_UTF8;
        break;
    }
    return empty_table(f);
}

static lf_flat_ref field_table(lf_flat *f, const char *name, bool nullable, lf_arrow_id id,
                               lf_flat_ref type, const lf_flat_ref *children, size_t n) {
    const lf_flat_ref text = lf_flat_string(f, name, strlen(name));
    const lf_flat_ref list = lf_flat_refs(f, children, n);
    lf_flat_begin(f);
    lf_flat_place(f, LF_FIELD_CHILDREN, list);
    lf_flat_place(f, LF_FIELD_TYPE, type);
    lf_flat_place(f, LF_FIELD_NAME, text);
    lf_flat_number(f, LF_FIELD_TYPE_ID, id, 1);
    lf_flat_number(f, LF_FIELD_NULLABLE, nullable, 1);
    return lf_flat_end(f);
}

static lf_rc field_of(lf_flat *f, const lf_field *d, const char *name, bool nullable,
                      lf_flat_ref *out, lf_error *err);

/* names NULL: the children's own. */
static lf_rc fields_of(lf_flat *f, const lf_field *d, uint32_t n, const char *const *names,
                       bool map, lf_flat_ref **out, lf_error *err) {
    lf_flat_ref *refs = lf_mem_zalloc(f->alloc, (n + 1ul) * sizeof *refs);
    *out = refs;
    if (refs == NULL) return lf_fail_nomem(err, (n + 1ul) * sizeof *refs);
    for (uint32_t i = 0; i < n; i++) {
        const bool key = map && i == 0;
        LF_TRY(
            field_of(f, &d[i], names ? names[i] : d[i].name, d[i].nullable && !key, &refs[i], err));
    }
    return LF_OK;
}

static lf_rc field_of(lf_flat *f, const lf_field *d, const char *name, bool nullable,
                      lf_flat_ref *out, lf_error *err) {
    static const char *const element[] = {"item"}, *const entry[] = {"key", "value"};
    const bool map = d->type.id == LF_T_MAP;
    const char *const *names = d->type.id == LF_T_LIST ? element : map ? entry : NULL;
    lf_flat_ref *children;
    lf_arrow_id id = LF_ARROW_UTF8;
    lf_rc rc = fields_of(f, d->children, d->n_children, names, map, &children, err);
    if (rc == LF_OK && map) {
        const lf_flat_ref none = empty_table(f);
        children[0] =
            field_table(f, "entries", false, LF_ARROW_STRUCT, none, children, d->n_children);
    }
    if (rc == LF_OK) {
        const lf_flat_ref type = type_of(f, d, &id);
        *out = field_table(f, name, nullable, id, type, children, map ? 1 : d->n_children);
    }
    lf_mem_free(f->alloc, children, (d->n_children + 1ul) * sizeof *children);
    return rc;
}

static lf_rc schema_table(lf_flat *f, const lf_schema *s, lf_flat_ref *out, lf_error *err) {
    lf_flat_ref *refs;
    const lf_rc rc = fields_of(f, s->fields, s->n_fields, NULL, false, &refs, err);
    if (rc == LF_OK) {
        const lf_flat_ref fields = lf_flat_refs(f, refs, s->n_fields);
        lf_flat_begin(f);
        lf_flat_place(f, LF_SCHEMA_FIELDS, fields);
        lf_flat_number(f, LF_SCHEMA_ENDIAN, 0, 2);
        *out = lf_flat_end(f);
    }
    lf_mem_free(f->alloc, refs, (s->n_fields + 1ul) * sizeof *refs);
    return rc;
}

static lf_rc message(lf_flat *f, uint8_t type, lf_flat_ref header, int64_t body, lf_span *out,
                     lf_error *err) {
    lf_flat_begin(f);
    lf_flat_number(f, LF_MESSAGE_BODY, (uint64_t)body, 8);
    lf_flat_place(f, LF_MESSAGE_HEADER, header);
    lf_flat_number(f, LF_MESSAGE_VERSION, LF_ARROW_VERSION, 2);
    lf_flat_number(f, LF_MESSAGE_TYPE, type, 1);
    return lf_flat_finish(f, lf_flat_end(f), out, err);
}

lf_rc lf_arrow_schema_message(lf_flat *f, const lf_schema *s, lf_span *out, lf_error *err) {
    lf_flat_ref schema = 0;
    LF_TRY(schema_table(f, s, &schema, err));
    return message(f, LF_ARROW_HEADER_SCHEMA, schema, 0, out, err);
}

lf_rc lf_arrow_batch_message(lf_flat *f, const lf_arrow_batch_meta *b, lf_span *out,
                             lf_error *err) {
    const lf_flat_ref codec = b->codec < 0 ? 0 : two_numbers(f, (uint64_t)b->codec, 1, 0, 1);
    const lf_flat_ref buffers = lf_flat_vector(f, b->buffers, b->n_buffers, sizeof *b->buffers, 8);
    const lf_flat_ref nodes = lf_flat_vector(f, b->nodes, b->n_nodes, sizeof *b->nodes, 8);
    lf_flat_begin(f);
    lf_flat_number(f, LF_BATCH_LENGTH, (uint64_t)b->rows, 8);
    lf_flat_place(f, LF_BATCH_COMPRESSION, codec);
    lf_flat_place(f, LF_BATCH_BUFFERS, buffers);
    lf_flat_place(f, LF_BATCH_NODES, nodes);
    return message(f, LF_ARROW_HEADER_BATCH, lf_flat_end(f), b->body_bytes, out, err);
}

static lf_rc pairs_of(lf_flat *f, const lf_option *kv, size_t n, lf_flat_ref *out, lf_error *err) {
    lf_flat_ref *refs = lf_mem_zalloc(f->alloc, (n + 1) * sizeof *refs);
    if (refs == NULL) return lf_fail_nomem(err, (n + 1) * sizeof *refs);
    for (size_t i = 0; i < n; i++) {
        const char *v = kv[i].value ? kv[i].value : "";
        const lf_flat_ref value = lf_flat_string(f, v, strlen(v));
        const lf_flat_ref key = lf_flat_string(f, kv[i].name, strlen(kv[i].name));
        lf_flat_begin(f);
        lf_flat_place(f, LF_PAIR_VALUE, value);
        lf_flat_place(f, LF_PAIR_KEY, key);
        refs[i] = lf_flat_end(f);
    }
    *out = lf_flat_refs(f, refs, n);
    lf_mem_free(f->alloc, refs, (n + 1) * sizeof *refs);
    return LF_OK;
}

lf_rc lf_arrow_footer(lf_flat *f, const lf_schema *s, const lf_arrow_block *batches, size_t n,
                      const lf_option *kv, size_t n_kv, lf_span *out, lf_error *err) {
    lf_flat_ref schema = 0, pairs = 0;
    LF_TRY(pairs_of(f, kv, n_kv, &pairs, err));
    LF_TRY(schema_table(f, s, &schema, err));
    const lf_flat_ref blocks = lf_flat_vector(f, batches, n, sizeof *batches, 8);
    const lf_flat_ref none = lf_flat_vector(f, NULL, 0, sizeof *batches, 8);
    lf_flat_begin(f);
    lf_flat_place(f, LF_FOOTER_PAIRS, pairs);
    lf_flat_place(f, LF_FOOTER_BATCHES, blocks);
    lf_flat_place(f, LF_FOOTER_DICTIONARIES, none);
    lf_flat_place(f, LF_FOOTER_SCHEMA, schema);
    lf_flat_number(f, LF_FOOTER_VERSION, LF_ARROW_VERSION, 2);
    return lf_flat_finish(f, lf_flat_end(f), out, err);
}
