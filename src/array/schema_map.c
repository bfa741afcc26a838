/* Both trees are walked side by side as long as their structure is the same; where one has more,
 * the levels of what is new follow from a leaf beside it. */
#include "array/schema_map.h"
#include <string.h>

uint32_t lf_field_leaves(const lf_field *f) {
    if (!lf_type_is_nested(f->type) || f->n_children == 0) return 1;
    uint32_t n = 0;
    for (uint32_t i = 0; i < f->n_children; i++)
        n += lf_field_leaves(&f->children[i]);
    return n;
}

uint32_t lf_schema_leaves(const lf_schema *s) {
    uint32_t n = 0;
    for (uint32_t i = 0; i < s->n_fields; i++)
        n += lf_field_leaves(&s->fields[i]);
    return n;
}

typedef struct walk {
    lf_leaf_map *out; /* of the next leaf of `to` */
    bool rebuilt, top;
} walk;

static void put(walk *w, uint32_t n, lf_leaf_map one) {
    for (uint32_t i = 0; i < n; i++)
        *w->out++ = one;
}

static void map_flat(walk *w, const lf_field *f, uint32_t leaf, const lf_field *t) {
    lf_leaf_map m = {.how = LF_LEAF_RETYPED, .from = leaf, .def = UINT8_MAX, .rep = UINT8_MAX};
    if (lf_type_equal(f->type, t->type))
        m.how = LF_LEAF_SAME;
    else if (f->type.id == LF_T_NULL && !w->top) /* at the top nulls may have been words */
        m.how = LF_LEAF_NULLS;
    put(w, 1, m);
}

static void map_field(walk *w, const lf_field *f, uint32_t leaf, const lf_field *t, uint8_t def,
                      uint8_t rep);

static uint32_t member_of(const lf_field *f, const char *name, uint32_t hint) {
    if (hint < f->n_children && strcmp(f->children[hint].name, name) == 0) return hint;
    for (uint32_t i = 0; i < f->n_children; i++)
        if (strcmp(f->children[i].name, name) == 0) return i;
    return LF_LEAF_NONE;
}

static void map_struct(walk *w, const lf_field *f, uint32_t leaf, const lf_field *t, uint8_t def,
                       uint8_t rep) {
    uint32_t found = 0;
    if (t->n_children == 0) {
        w->rebuilt |= f->n_children > 0;
        put(w, 1, (lf_leaf_map){.how = LF_LEAF_SAME, .from = leaf});
        return;
    }
    for (uint32_t i = 0; i < t->n_children; i++) {
        const lf_field *child = &t->children[i];
        uint32_t at = member_of(f, child->name, i), below = leaf;
        if (at == LF_LEAF_NONE) {
            put(w, lf_field_leaves(child), (lf_leaf_map){LF_LEAF_NULLS, def, rep, leaf});
            continue;
        }
        found++;
        for (uint32_t k = 0; k < at; k++)
            below += lf_field_leaves(&f->children[k]);
        map_field(w, &f->children[at], below, child, def, rep);
    }
    w->rebuilt |= found < f->n_children;
}

/* `def`, `rep`: levels of what is around the field. */
static void map_field(walk *w, const lf_field *f, uint32_t leaf, const lf_field *t, uint8_t def,
                      uint8_t rep) {
    uint8_t id = f->type.id;
    def += f->nullable;
    if (f->nullable != t->nullable) {
        w->rebuilt = true;
    } else if (!lf_type_is_nested(f->type) && !lf_type_is_nested(t->type)) {
        map_flat(w, f, leaf, t);
        return;
    } else if (id == LF_T_NULL) {
        put(w, lf_field_leaves(t), (lf_leaf_map){LF_LEAF_NULLS, UINT8_MAX, UINT8_MAX, leaf});
        return;
    } else if (id != t->type.id) {
        w->rebuilt = true;
    }
    if (w->rebuilt) {
        put(w, lf_field_leaves(t), (lf_leaf_map){.how = LF_LEAF_REBUILT, .from = leaf});
        return;
    }
    w->top = false;
    if (id == LF_T_STRUCT) {
        map_struct(w, f, leaf, t, def, rep);
        return;
    }
    for (uint32_t i = 0; i < t->n_children; i++) { /* an element, or key and value */
        map_field(w, &f->children[i], leaf, &t->children[i], (uint8_t)(def + 1),
                  (uint8_t)(rep + 1));
        leaf += lf_field_leaves(&f->children[i]);
    }
}

static void map_column(lf_schema_map *m, uint32_t col, const uint32_t *first_from,
                       lf_leaf_map **at) {
    const lf_field *t = &m->to->fields[col];
    uint32_t n = lf_field_leaves(t), from = col;
    lf_leaf_map *first = *at;
    if (col >= m->from->n_fields || strcmp(m->from->fields[col].name, t->name) != 0) {
        int64_t found = lf_schema_find(m->from, t->name, strlen(t->name));
        from = found < 0 ? LF_LEAF_NONE : (uint32_t)found;
    }
    m->columns[col].from = from;
    walk w = {.out = first, .top = true};
    if (from == LF_LEAF_NONE)
        put(&w, n, (lf_leaf_map){LF_LEAF_NULLS, 0, 0, LF_LEAF_NONE});
    else
        map_field(&w, &m->from->fields[from], first_from[from], t, 0, 0);
    m->columns[col].rebuilt = w.rebuilt;
    *at = first + n;
    for (uint32_t i = 0; w.rebuilt && i < n; i++)
        first[i] = (lf_leaf_map){.how = LF_LEAF_REBUILT, .from = first_from[from]};
}

lf_rc lf_schema_map_init(lf_schema_map *m, const lf_alloc *a, const lf_schema *from,
                         const lf_schema *to, lf_error *err) {
    *m = (lf_schema_map){.from = from, .to = to, .alloc = a};
    m->n_columns = to->n_fields;
    m->n_leaves = lf_schema_leaves(to);
    m->n_from_leaves = lf_schema_leaves(from);
    m->columns = lf_mem_zalloc(a, m->n_columns * sizeof *m->columns + 1);
    m->leaves = lf_mem_zalloc(a, m->n_leaves * sizeof *m->leaves + 1);
    size_t firsts = (from->n_fields + 1ul) * sizeof(uint32_t);
    uint32_t *first = lf_mem_alloc(a, firsts), known = 0;
    if (m->columns == NULL || m->leaves == NULL || first == NULL) {
        lf_mem_free(a, first, firsts);
        lf_schema_map_reset(m);
        return lf_fail_nomem(err, m->n_leaves * sizeof *m->leaves);
    }
    first[0] = 0;
    for (uint32_t i = 0; i < from->n_fields; i++)
        first[i + 1] = first[i] + lf_field_leaves(&from->fields[i]);
    lf_leaf_map *at = m->leaves;
    for (uint32_t i = 0; i < to->n_fields; i++) {
        map_column(m, i, first, &at);
        known += m->columns[i].from != LF_LEAF_NONE;
    }
    lf_mem_free(a, first, firsts);
    if (known == from->n_fields) return LF_OK;
    lf_schema_map_reset(m);
    return lf_fail(err, LF_EINTERNAL, "a wider schema lacks columns of the narrower one");
}

void lf_schema_map_reset(lf_schema_map *m) {
    if (m->alloc == NULL) return;
    lf_mem_free(m->alloc, m->columns, m->n_columns * sizeof *m->columns + 1);
    lf_mem_free(m->alloc, m->leaves, m->n_leaves * sizeof *m->leaves + 1);
    *m = (lf_schema_map){0};
}
