/* Formats of the C data interface as our types. A node stands beside each field; the nodes of a
 * dictionary and of a map's entries have no field of their own. */
#include "array/schema_field.h"
#include "core/limits.h"
#include "format/arrow/arrow_import_internal.h"
#include <stdlib.h>
#include <string.h>

static lf_rc refuse(lf_error *err, const char *name, const char *format) {
    return lf_fail(err, LF_EUNSUPPORTED,
                   "column '%.60s' has an Arrow type that is not read: '%.40s'", name, format);
}

static lf_rc broken(lf_error *err, const char *name, const char *what) {
    return lf_fail(err, LF_ECORRUPT, "the Arrow schema of column '%.60s' %s", name, what);
}

static bool is_utf8(const char *name) {
    size_t n = strlen(name);
    while (n > 0) {
        const size_t k = lf_utf8_len((const uint8_t *)name, n);
        if (k == 0) return false;
        name += k, n -= k;
    }
    return true;
}

static lf_type of(lf_type_id id) {
    return (lf_type){.id = (uint8_t)id};
}

typedef struct flat {
    const char *format;
    uint8_t kind, type, unit;
    uint32_t width;
    int64_t factor;
    bool binary;
} flat;

static const flat flats[] = {
    {.format = "n", .kind = LF_ARROW_NULL, .type = LF_T_STRING},
    {.format = "b", .kind = LF_ARROW_BOOL, .type = LF_T_BOOL},
    {.format = "c", .kind = LF_ARROW_I8, .type = LF_T_INT64},
    {.format = "C", .kind = LF_ARROW_U8, .type = LF_T_INT64},
    {.format = "s", .kind = LF_ARROW_I16, .type = LF_T_INT64},
    {.format = "S", .kind = LF_ARROW_U16, .type = LF_T_INT64},
    {.format = "i", .kind = LF_ARROW_I32, .type = LF_T_INT64},
    {.format = "I", .kind = LF_ARROW_U32, .type = LF_T_INT64},
    {.format = "l", .kind = LF_ARROW_I64, .type = LF_T_INT64},
    {.format = "L", .kind = LF_ARROW_U64, .type = LF_T_UINT64},
    {.format = "e", .kind = LF_ARROW_F16, .type = LF_T_DOUBLE},
    {.format = "f", .kind = LF_ARROW_F32, .type = LF_T_DOUBLE},
    {.format = "g", .kind = LF_ARROW_F64, .type = LF_T_DOUBLE},
    {.format = "u", .kind = LF_ARROW_TEXT, .type = LF_T_STRING},
    {.format = "U", .kind = LF_ARROW_LARGE_TEXT, .type = LF_T_STRING},
    {.format = "vu", .kind = LF_ARROW_TEXT_VIEW, .type = LF_T_STRING},
    {.format = "z", .kind = LF_ARROW_TEXT, .type = LF_T_STRING, .binary = true},
    {.format = "Z", .kind = LF_ARROW_LARGE_TEXT, .type = LF_T_STRING, .binary = true},
    {.format = "vz", .kind = LF_ARROW_TEXT_VIEW, .type = LF_T_STRING, .binary = true},
    {.format = "tdD", .kind = LF_ARROW_I32, .type = LF_T_DATE},
    {.format = "tdm", .kind = LF_ARROW_DATE_MS, .type = LF_T_DATE},
    {.format = "tts", .kind = LF_ARROW_I32, .type = LF_T_TIME, .factor = 1000000},
    {.format = "ttm", .kind = LF_ARROW_I32, .type = LF_T_TIME, .factor = 1000},
    {.format = "ttu", .kind = LF_ARROW_I64, .type = LF_T_TIME},
    {.format = "ttn", .kind = LF_ARROW_I64, .type = LF_T_TIME, .unit = LF_UNIT_NS},
    {.format = "+l", .kind = LF_ARROW_LIST, .type = LF_T_LIST},
    {.format = "+L", .kind = LF_ARROW_LARGE_LIST, .type = LF_T_LIST},
    {.format = "+vl", .kind = LF_ARROW_LIST_VIEW, .type = LF_T_LIST},
    {.format = "+vL", .kind = LF_ARROW_LARGE_LIST_VIEW, .type = LF_T_LIST},
    {.format = "+s", .kind = LF_ARROW_STRUCT, .type = LF_T_STRUCT},
    {.format = "+m", .kind = LF_ARROW_MAP, .type = LF_T_MAP},
};

/* "d:12,2", "d:12,2,64". */
static lf_rc decimal_of(const char *format, const char *name, lf_arrow_node *n, lf_type *type,
                        lf_error *err) {
    char *end;
    const long precision = strtol(format + 2, &end, 10);
    const long scale = *end == ',' ? strtol(end + 1, &end, 10) : -1000;
    const long bits = *end == ',' ? strtol(end + 1, &end, 10) : 128;
    const bool known = bits == 32 || bits == 64 || bits == 128 || bits == 256;
    if (*end != '\0' || precision < 1 || precision > 38 || scale < 0 || scale > 38 || !known)
        return refuse(err, name, format);
    if (scale > precision) return refuse(err, name, format);
    *type = (lf_type){.id = LF_T_DECIMAL, .precision = (uint8_t)precision, .scale = (uint8_t)scale};
    n->kind = LF_ARROW_DECIMAL;
    n->width = (uint32_t)bits / 8;
    return LF_OK;
}

static lf_rc sized_of(const char *format, const char *digits, const char *name, lf_arrow_node *n,
                      lf_error *err) {
    char *end;
    const long width = strtol(digits, &end, 10);
    if (end == digits || *end != '\0' || width < 0 || width > INT32_MAX)
        return refuse(err, name, format);
    n->width = (uint32_t)width;
    return LF_OK;
}

/* "tsu:", "tsm:Europe/Rome". */
static lf_rc timestamp_of(const char *format, const char *name, lf_arrow_node *n, lf_type *type,
                          lf_error *err) {
    static const struct {
        char unit;
        int64_t factor;
    } units[] = {{'s', 1000000}, {'m', 1000}, {'u', 1}, {'n', 1}};
    for (size_t i = 0; i < 4 && format[3] == ':'; i++) {
        if (units[i].unit != format[2]) continue;
        n->kind = LF_ARROW_I64;
        n->factor = units[i].factor;
        *type = (lf_type){.id = LF_T_TIMESTAMP,
                          .unit = format[2] == 'n' ? LF_UNIT_NS : LF_UNIT_US,
                          .utc = format[4] != '\0'};
        return LF_OK;
    }
    return refuse(err, name, format);
}

static lf_rc type_of(const char *format, const char *name, lf_arrow_node *n, lf_field *f,
                     lf_error *err) {
    for (size_t i = 0; i < sizeof flats / sizeof *flats; i++) {
        const flat *k = &flats[i];
        if (strcmp(k->format, format) != 0) continue;
        n->kind = (lf_arrow_kind)k->kind;
        n->factor = k->factor;
        f->binary = k->binary;
        f->type = of((lf_type_id)k->type);
        f->type.unit = k->unit;
        return LF_OK;
    }
    if (strncmp(format, "d:", 2) == 0) return decimal_of(format, name, n, &f->type, err);
    if (strncmp(format, "ts", 2) == 0 && format[2] != '\0')
        return timestamp_of(format, name, n, &f->type, err);
    if (strncmp(format, "w:", 2) == 0) {
        n->kind = LF_ARROW_FIXED_BYTES;
        f->type = of(LF_T_STRING);
        f->binary = true;
        return sized_of(format, format + 2, name, n, err);
    }
    if (strncmp(format, "+w:", 3) == 0) {
        n->kind = LF_ARROW_FIXED_LIST;
        f->type = of(LF_T_LIST);
        return sized_of(format, format + 3, name, n, err);
    }
    return refuse(err, name, format);
}

static lf_rc make(const struct ArrowSchema *s, const char *name, unsigned depth,
                  const lf_alloc *alloc, lf_arrow_node *n, lf_field *f, lf_error *err);

static lf_rc make_children(struct ArrowSchema *const *from, uint32_t count,
                           const char *const *names, const char *name, unsigned depth,
                           const lf_alloc *alloc, lf_arrow_node *n, lf_field *f, lf_error *err) {
    n->children = lf_mem_zalloc(alloc, (count + 1ul) * sizeof *n->children);
    n->columns = lf_mem_zalloc(alloc, (count + 1ul) * sizeof *n->columns);
    n->n_children = count;
    if (n->children == NULL || n->columns == NULL) return lf_fail_nomem(err, count);
    for (uint32_t i = 0; i < count; i++) {
        lf_field child = {0};
        const struct ArrowSchema *c = from != NULL ? from[i] : NULL;
        if (c == NULL || c->release == NULL) return broken(err, name, "lacks a child");
        lf_rc rc = make(c, names ? names[i] : c->name, depth, alloc, &n->children[i], &child, err);
        if (rc == LF_OK) rc = lf_field_child_add(f, alloc, &child, err);
        if (rc != LF_OK) {
            lf_field_reset(&child, alloc);
            return rc;
        }
    }
    return LF_OK;
}

/* The values of a dictionary have the column's name and type. */
static lf_rc make_dictionary(const struct ArrowSchema *s, const char *name, unsigned depth,
                             const lf_alloc *alloc, lf_arrow_node *n, lf_field *f, lf_error *err) {
    if (n->kind < LF_ARROW_I8 || n->kind > LF_ARROW_U64)
        return broken(err, name, "counts its dictionary by what is no integer");
    if (s->dictionary->release == NULL) return broken(err, name, "lacks its dictionary");
    lf_mem_strfree(alloc, f->name);
    *f = (lf_field){0};
    n->index = n->kind;
    n->kind = LF_ARROW_DICTIONARY;
    n->children = lf_mem_zalloc(alloc, 2 * sizeof *n->children);
    n->columns = lf_mem_zalloc(alloc, 2 * sizeof *n->columns);
    n->n_children = 1;
    if (n->children == NULL || n->columns == NULL) return lf_fail_nomem(err, sizeof *n);
    LF_TRY(make(s->dictionary, name, depth, alloc, &n->children[0], f, err));
    f->nullable = true;
    return LF_OK;
}

static lf_rc make_map(const struct ArrowSchema *s, const char *name, unsigned depth,
                      const lf_alloc *alloc, lf_arrow_node *n, lf_field *f, lf_error *err) {
    static const char *const names[] = {"key", "value"};
    const struct ArrowSchema *e = s->n_children == 1 && s->children != NULL ? s->children[0] : NULL;
    if (e == NULL || e->release == NULL || e->n_children != 2 || e->format == NULL ||
        strcmp(e->format, "+s") != 0)
        return broken(err, name, "is a map without keys and values");
    LF_TRY(make_children(e->children, 2, names, name, depth, alloc, n, f, err));
    f->children[0].nullable = false;
    return LF_OK;
}

static lf_rc make(const struct ArrowSchema *s, const char *name, unsigned depth,
                  const lf_alloc *alloc, lf_arrow_node *n, lf_field *f, lf_error *err) {
    static const char *const element[] = {"element"};
    if (name == NULL) name = "";
    if (s->format == NULL) return broken(err, name, "has no format");
    if (depth > LF_NESTING_MAX) return broken(err, name, "is nested too deep");
    if (!is_utf8(name)) return broken(err, name, "has a name that is not UTF-8");
    LF_TRY(type_of(s->format, name, n, f, err));
    f->name = lf_mem_strdup(alloc, name);
    if (f->name == NULL) return lf_fail_nomem(err, strlen(name));
    f->nullable = (s->flags & ARROW_FLAG_NULLABLE) != 0;
    if (s->dictionary != NULL) return make_dictionary(s, name, depth + 1, alloc, n, f, err);
    if (n->kind == LF_ARROW_MAP) return make_map(s, name, depth + 1, alloc, n, f, err);
    const bool list = f->type.id == LF_T_LIST;
    if (!list && n->kind != LF_ARROW_STRUCT) {
        return s->n_children == 0 ? LF_OK
                                  : broken(err, name, "has children, which its type has not");
    }
    if (s->n_children < 0 || s->n_children > LF_COLUMNS_MAX || (list && s->n_children != 1))
        return broken(err, name, "has another number of children than its type");
    if (s->n_children == 0) return refuse(err, name, "a struct without members");
    return make_children(s->children, (uint32_t)s->n_children, list ? element : NULL, name,
                         depth + 1, alloc, n, f, err);
}

/* Fields are where they are once all have come. */
static void bind(lf_arrow_node *n, const lf_field *f) {
    n->field = f;
    if (n->kind == LF_ARROW_DICTIONARY) {
        bind(&n->children[0], f);
        return;
    }
    for (uint32_t i = 0; i < n->n_children; i++)
        bind(&n->children[i], &f->children[i]);
}

lf_rc lf_arrow_nodes_make(const struct ArrowSchema *s, const lf_alloc *alloc, lf_schema *schema,
                          lf_arrow_node **nodes_out, lf_error *err) {
    if (s->format == NULL || strcmp(s->format, "+s") != 0 || s->dictionary != NULL)
        return lf_fail(err, LF_ECORRUPT, "the Arrow schema is no struct of columns");
    if (s->n_children < 0 || s->n_children > LF_COLUMNS_MAX)
        return lf_fail(err, LF_ECORRUPT, "the Arrow schema has too many columns");
    const uint32_t count = (uint32_t)s->n_children;
    lf_arrow_node *nodes = lf_mem_zalloc(alloc, (count + 1ul) * sizeof *nodes);
    if (nodes == NULL) return lf_fail_nomem(err, count * sizeof *nodes);
    *nodes_out = nodes;
    for (uint32_t i = 0; i < count; i++) {
        const struct ArrowSchema *c = s->children != NULL ? s->children[i] : NULL;
        lf_field f = {0};
        if (c == NULL || c->release == NULL) return broken(err, "", "is missing");
        lf_rc rc = make(c, c->name, 1, alloc, &nodes[i], &f, err);
        if (rc == LF_OK) rc = lf_schema_field_take(schema, &f, err);
        if (rc != LF_OK) {
            lf_field_reset(&f, alloc);
            return rc;
        }
    }
    LF_TRY(lf_schema_names_settle(schema, err));
    for (uint32_t i = 0; i < count; i++)
        bind(&nodes[i], &schema->fields[i]);
    return LF_OK;
}

static void drop(const lf_alloc *a, lf_arrow_bytes *b) {
    lf_mem_free(a, b->p, b->cap);
}

void lf_arrow_nodes_free(const lf_alloc *alloc, lf_arrow_node *nodes, uint32_t n) {
    for (uint32_t i = 0; nodes != NULL && i < n; i++) {
        lf_arrow_node *x = &nodes[i];
        lf_arrow_nodes_free(alloc, x->children, x->n_children);
        if (x->columns) lf_mem_free(alloc, x->columns, (x->n_children + 1ul) * sizeof *x->columns);
        drop(alloc, &x->validity);
        drop(alloc, &x->values);
        drop(alloc, &x->text);
        drop(alloc, &x->start);
        drop(alloc, &x->len);
        drop(alloc, &x->offsets);
        drop(alloc, &x->slots);
    }
    if (nodes) lf_mem_free(alloc, nodes, (n + 1ul) * sizeof *nodes);
}
