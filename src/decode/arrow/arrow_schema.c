/* The schema: which type each field has, and what becomes of it. A field that cannot be read is no
 * failure here, as it need not be among the columns that are wanted. */
#include "array/schema_field.h"
#include "decode/arrow/arrow_internal.h"
#include <string.h>

#define DIGITS_MAX      76  /* of the widest decimal */
#define FIELD_BYTES_MIN 16u /* of a field in the metadata: bounds how many there can be */

typedef struct build {
    arrow_reader *r;
    uint64_t left; /* fields that may still come */
    lf_error *err;
} build;

lf_rc lf_arrow_corrupt(lf_error *err, uint64_t at, const char *what) {
    return lf_fail(err, LF_ECORRUPT, "at byte %llu: %s", (unsigned long long)at, what);
}

static lf_type flat(lf_type_id id) {
    return (lf_type){.id = (uint8_t)id};
}

static void set_int(arrow_field *f, const lf_flat_table *t) {
    f->bits = (uint8_t)lf_flat_u64(t, 0, 4, 0);
    f->is_signed = lf_flat_u64(t, 1, 1, 0) != 0;
    f->type = flat(f->is_signed ? LF_T_INT64 : LF_T_UINT64);
    if (f->bits != 8 && f->bits != 16 && f->bits != 32 && f->bits != 64)
        f->refused = "an integer of this width";
}

static void set_decimal(arrow_field *f, const lf_flat_table *t) {
    const int32_t p = (int32_t)lf_flat_u64(t, 0, 4, 0), s = (int32_t)lf_flat_u64(t, 1, 4, 0);
    const uint32_t bits = (uint32_t)lf_flat_u64(t, 2, 4, 128);
    const int32_t digits = p > s ? p : s;
    f->bits = (uint8_t)(bits / 8);
    f->type = (lf_type){.id = LF_T_DECIMAL};
    if (bits != 32 && bits != 64 && bits != 128 && bits != 256)
        f->refused = "a decimal of this width";
    else if (p < 1 || s < 0)
        f->refused = "a decimal of negative scale";
    else if (digits > DIGITS_MAX)
        f->refused = "a decimal of over 76 digits";
    else if (digits > 38)
        f->type = flat(LF_T_STRING), f->fixed = (uint32_t)s;
    else
        f->type.precision = (uint8_t)digits, f->type.scale = (uint8_t)s;
}

static void set_time(arrow_field *f, const lf_flat_table *t, lf_type_id id, uint64_t otherwise) {
    f->unit = (uint8_t)lf_flat_u64(t, 0, 2, otherwise);
    f->bits = 64;
    if (f->id == LF_ARROW_TIME) f->bits = (uint8_t)lf_flat_u64(t, 1, 4, 32);
    f->type = flat(id);
    if (id != LF_T_INT64) f->type.unit = f->unit == LF_ARROW_NS ? LF_UNIT_NS : LF_UNIT_US;
    if (f->id == LF_ARROW_TIMESTAMP) f->type.utc = lf_flat_text(t, 1).len > 0;
    if (f->unit > LF_ARROW_NS || (f->bits != 32 && f->bits != 64))
        f->refused = "a time of this unit";
}

static void set_interval(arrow_field *f, const lf_flat_table *t) {
    f->unit = (uint8_t)lf_flat_u64(t, 0, 2, 0);
    f->type = flat(f->unit == 0 ? LF_T_INT64 : LF_T_STRING);
    f->bits = f->unit == 0 ? 32 : f->unit == 1 ? 64 : 128;
    if (f->unit > 2) f->refused = "an interval of this unit";
}

static void set_text(arrow_field *f, bool binary) {
    f->binary = binary;
    f->type = flat(LF_T_STRING);
}

static void set_list(arrow_field *f, const lf_flat_table *t) {
    f->type = flat(f->id == LF_ARROW_MAP ? LF_T_MAP : LF_T_LIST);
    if (f->id == LF_ARROW_FIXED_LIST) {
        const int32_t n = (int32_t)lf_flat_u64(t, 0, 4, 0);
        f->fixed = n > 0 ? (uint32_t)n : 0;
        if (n < 0) f->refused = "a list of negative size";
    }
}

/* Texts, and types with children. */
static void set_other(arrow_field *f, const lf_flat_table *t) {
    switch ((lf_arrow_id)f->id) {
    case LF_ARROW_UTF8:
    case LF_ARROW_LARGE_UTF8:
    case LF_ARROW_UTF8_VIEW:
        set_text(f, false);
        break;
    case LF_ARROW_BINARY:
    case LF_ARROW_LARGE_BINARY:
    case LF_ARROW_BINARY_VIEW:
        set_text(f, true);
        break;
    case LF_ARROW_FIXED_BINARY: {
        const int32_t n = (int32_t)lf_flat_u64(t, 0, 4, 0);
        set_text(f, true);
        f->fixed = n > 0 ? (uint32_t)n : 0;
        if (n < 0) f->refused = "bytes of a negative size";
        break;
    }
    case LF_ARROW_LIST:
    case LF_ARROW_LARGE_LIST:
    case LF_ARROW_FIXED_LIST:
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
    case LF_ARROW_MAP:
        set_list(f, t);
        break;
    case LF_ARROW_STRUCT:
        f->type = flat(LF_T_STRUCT);
        break;
    case LF_ARROW_RUN_END:
        break;
    case LF_ARROW_UNION:
        set_text(f, false);
        f->is_dense = lf_flat_u64(t, 0, 2, 0) == 1;
        f->refused = "a union, for which there is no type";
        break;
    default:
        set_text(f, false);
        f->refused = "a type that is not known";
    }
}

static void set_type(arrow_field *f, const lf_flat_table *t) {
    f->is_large = f->id == LF_ARROW_LARGE_BINARY || f->id == LF_ARROW_LARGE_UTF8 ||
                  f->id == LF_ARROW_LARGE_LIST || f->id == LF_ARROW_LARGE_LIST_VIEW;
    switch ((lf_arrow_id)f->id) {
    case LF_ARROW_NULL:
        set_text(f, false);
        break;
    case LF_ARROW_INT:
        set_int(f, t);
        break;
    case LF_ARROW_FLOAT:
        f->type = flat(LF_T_DOUBLE);
        f->unit = (uint8_t)lf_flat_u64(t, 0, 2, 0);
        f->bits = f->unit == 0 ? 16 : f->unit == 1 ? 32 : 64;
        if (f->unit > 2) f->refused = "a number of this precision";
        break;
    case LF_ARROW_BOOL:
        f->type = flat(LF_T_BOOL);
        break;
    case LF_ARROW_DECIMAL:
        set_decimal(f, t);
        break;
    case LF_ARROW_DATE:
        f->type = flat(LF_T_DATE);
        f->unit = (uint8_t)lf_flat_u64(t, 0, 2, LF_ARROW_DATE_MS);
        f->bits = f->unit == LF_ARROW_DAY ? 32 : 64;
        if (f->unit > LF_ARROW_DATE_MS) f->refused = "a date of this unit";
        break;
    case LF_ARROW_TIME:
        set_time(f, t, LF_T_TIME, LF_ARROW_MS);
        break;
    case LF_ARROW_TIMESTAMP:
        set_time(f, t, LF_T_TIMESTAMP, LF_ARROW_S);
        break;
    case LF_ARROW_DURATION:
        set_time(f, t, LF_T_INT64, LF_ARROW_MS);
        break;
    case LF_ARROW_INTERVAL:
        set_interval(f, t);
        break;
    default:
        set_other(f, t);
    }
}

/* How many children the type has; SIZE_MAX: any number. */
static size_t children_wanted(const arrow_field *f) {
    switch ((lf_arrow_id)f->id) {
    case LF_ARROW_LIST:
    case LF_ARROW_LARGE_LIST:
    case LF_ARROW_FIXED_LIST:
    case LF_ARROW_LIST_VIEW:
    case LF_ARROW_LARGE_LIST_VIEW:
    case LF_ARROW_MAP:
        return 1;
    case LF_ARROW_RUN_END:
        return 2;
    case LF_ARROW_STRUCT:
    case LF_ARROW_UNION:
        return SIZE_MAX;
    default:
        return 0;
    }
}

/* What the types of the children say about this one. */
static lf_rc settle(build *b, arrow_field *f) {
    for (uint32_t i = 0; i < f->n_children && f->refused == NULL; i++) {
        f->refused = f->children[i].refused;
    }
    if (f->id == LF_ARROW_MAP) {
        const arrow_field *e = &f->children[0];
        if (e->id != LF_ARROW_STRUCT || e->n_children != 2 || e->coded)
            return lf_fail(b->err, LF_ECORRUPT, "the entries of map '%.60s' are no pairs", f->name);
    }
    if (f->id == LF_ARROW_RUN_END) {
        const arrow_field *ends = &f->children[0], *values = &f->children[1];
        if (ends->id != LF_ARROW_INT || ends->bits < 16 || ends->coded)
            return lf_fail(b->err, LF_ECORRUPT, "the run ends of '%.60s' are no integers", f->name);
        f->type = values->type;
        f->binary = values->binary;
    }
    return LF_OK;
}

static bool is_text(lf_span s, const char *text) {
    return s.len == strlen(text) && memcmp(s.data, text, s.len) == 0;
}

/* Extensions that say more of the values: JSON, and UUIDs, which are text as those of Parquet. */
static void add_context(arrow_field *f, const lf_flat_table *t) {
    const lf_flat_list pairs = lf_flat_items(t, LF_FIELD_PAIRS, 4);
    for (uint32_t i = 0; i < pairs.n && !t->in->bad; i++) {
        const lf_flat_table kv = lf_flat_at(t, &pairs, i);
        const lf_span k = lf_flat_text(&kv, LF_PAIR_KEY), v = lf_flat_text(&kv, LF_PAIR_VALUE);
        if (!is_text(k, "ARROW:extension:name")) continue;
        if (is_text(v, "arrow.json") && f->type.id == LF_T_STRING) f->type.unit = LF_TEXT_JSON;
        if (is_text(v, "arrow.uuid") && f->id == LF_ARROW_FIXED_BINARY && f->fixed == 16) {
            f->is_uuid = true;
            f->binary = false;
        }
    }
}

static void set_coding(arrow_field *f, const lf_flat_table *t) {
    const lf_flat_table index = lf_flat_sub(t, LF_ENCODING_INDEX);
    f->coded = true;
    f->dictionary_id = (int64_t)lf_flat_u64(t, LF_ENCODING_ID, 8, 0);
    f->index_bits = 32;
    f->index_signed = true;
    if (index.in == NULL) return;
    f->index_bits = (uint8_t)lf_flat_u64(&index, 0, 4, 0);
    f->index_signed = lf_flat_u64(&index, 1, 1, 0) != 0;
    if (f->index_bits != 8 && f->index_bits != 16 && f->index_bits != 32 && f->index_bits != 64)
        f->refused = "a dictionary with indices of this width";
}

static lf_rc fields_of(build *b, const lf_flat_table *t, const lf_flat_list *list, uint32_t depth,
                       arrow_field **out, uint32_t *n_out);

static lf_rc field_of(build *b, const lf_flat_table *t, uint32_t depth, arrow_field *f) {
    const lf_span name = lf_flat_text(t, LF_FIELD_NAME);
    const lf_flat_table type = lf_flat_sub(t, LF_FIELD_TYPE);
    const lf_flat_table coding = lf_flat_sub(t, LF_FIELD_DICTIONARY);
    const lf_flat_list children = lf_flat_items(t, LF_FIELD_CHILDREN, 4);
    size_t len = name.len < LF_NAME_BYTES_MAX ? name.len : LF_NAME_BYTES_MAX;
    if (name.data != NULL && memchr(name.data, 0, len) != NULL)
        len = strlen((const char *)name.data);
    for (size_t i = 0, k; i < len; i += k) {
        k = lf_utf8_len(name.data + i, len - i);
        if (k == 0) return lf_fail(b->err, LF_ECORRUPT, "a damaged schema: a name is no UTF-8");
    }
    f->name = lf_arena_strndup(&b->r->schema_arena, name.data ? (const char *)name.data : "", len);
    if (f->name == NULL) return lf_fail_nomem(b->err, len);
    f->nullable = lf_flat_u64(t, LF_FIELD_NULLABLE, 1, 0) != 0;
    f->id = (uint8_t)lf_flat_u64(t, LF_FIELD_TYPE_ID, 1, 0);
    set_type(f, &type);
    if (coding.in != NULL) set_coding(f, &coding);
    LF_TRY(fields_of(b, t, &children, depth + 1, &f->children, &f->n_children));
    const size_t want = children_wanted(f);
    if (want != SIZE_MAX && f->n_children != want)
        return lf_fail(b->err, LF_ECORRUPT, "field '%.60s' has %u children, not %zu", f->name,
                       (unsigned)f->n_children, want);
    if (f->id == LF_ARROW_STRUCT && f->n_children == 0)
        f->refused = "a struct without members, for which there is no type";
    add_context(f, t);
    return settle(b, f);
}

static lf_rc fields_of(build *b, const lf_flat_table *t, const lf_flat_list *list, uint32_t depth,
                       arrow_field **out, uint32_t *n_out) {
    *out = NULL;
    *n_out = 0;
    if (t->in->bad || list->n > b->left) return lf_fail(b->err, LF_ECORRUPT, "a damaged schema");
    if (depth > LF_NESTING_MAX)
        return lf_fail(b->err, LF_EUNSUPPORTED, "types are nested deeper than %u", LF_NESTING_MAX);
    b->left -= list->n;
    if (list->n == 0) return LF_OK;
    arrow_field *f = lf_arena_alloc(&b->r->schema_arena, list->n * sizeof *f, 8);
    if (f == NULL) return lf_fail_nomem(b->err, list->n * sizeof *f);
    memset(f, 0, list->n * sizeof *f);
    for (uint32_t i = 0; i < list->n; i++) {
        const lf_flat_table item = lf_flat_at(t, list, i);
        if (item.in == NULL) return lf_fail(b->err, LF_ECORRUPT, "a damaged schema");
        LF_TRY(field_of(b, &item, depth, &f[i]));
    }
    *out = f;
    *n_out = list->n;
    return t->in->bad ? lf_fail(b->err, LF_ECORRUPT, "a damaged schema") : LF_OK;
}

/* ---- as columns ---- */

static lf_rc to_field(const arrow_field *f, const lf_alloc *a, lf_field *out, lf_error *err);

static lf_rc to_children(const arrow_field *f, const lf_alloc *a, lf_field *out, lf_error *err) {
    for (uint32_t i = 0; i < f->n_children; i++) {
        lf_field child;
        lf_rc rc = to_field(&f->children[i], a, &child, err);
        if (rc == LF_OK) rc = lf_field_child_add(out, a, &child, err);
        if (rc != LF_OK) {
            lf_field_reset(&child, a);
            return rc;
        }
    }
    return LF_OK;
}

static lf_rc to_field(const arrow_field *f, const lf_alloc *a, lf_field *out, lf_error *err) {
    *out = (lf_field){.type = f->type, .nullable = f->nullable, .binary = f->binary};
    if (f->refused != NULL) out->type = flat(LF_T_STRING);
    if (f->id == LF_ARROW_NULL || f->id == LF_ARROW_RUN_END) out->nullable = true;
    out->name = lf_name_copy(a, f->name, strlen(f->name));
    if (out->name == NULL) return lf_fail_nomem(err, strlen(f->name) + 1);
    if (!lf_type_is_nested(out->type)) return LF_OK;
    const arrow_field *from = f->id == LF_ARROW_RUN_END ? &f->children[1] : f;
    while (from->id == LF_ARROW_RUN_END)
        from = &from->children[1];
    if (f->type.id == LF_T_MAP) from = &from->children[0];
    LF_TRY(to_children(from, a, out, err));
    if (f->type.id == LF_T_MAP) out->children[0].nullable = false;
    return LF_OK;
}

lf_rc lf_arrow_schema_read(arrow_reader *r, const lf_flat_table *schema, lf_error *err) {
    if (schema->in == NULL || schema->in->bad) return lf_fail(err, LF_ECORRUPT, "a damaged schema");
    build b = {.r = r, .left = schema->in->bytes.len / FIELD_BYTES_MIN, .err = err};
    if (b.left > LF_COLUMNS_MAX) b.left = LF_COLUMNS_MAX;
    const lf_flat_list list = lf_flat_items(schema, LF_SCHEMA_FIELDS, 4);
    const uint16_t endian = (uint16_t)lf_flat_u64(schema, LF_SCHEMA_ENDIAN, 2, 0);
    r->swapped = endian == (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__ ? 1 : 0);
    LF_TRY(fields_of(&b, schema, &list, 0, &r->fields, &r->n_fields));
    for (uint32_t i = 0; i < r->n_fields; i++) {
        lf_field f;
        lf_rc rc = to_field(&r->fields[i], r->alloc, &f, err);
        if (rc == LF_OK) rc = lf_schema_field_take(&r->schema, &f, err);
        if (rc != LF_OK) {
            lf_field_reset(&f, r->alloc);
            return rc;
        }
    }
    return lf_schema_names_settle(&r->schema, err);
}
