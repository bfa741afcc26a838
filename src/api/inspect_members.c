/* Nested columns in a table of columns: a line for each member, below the column and indented.
 *
 *   who      struct
 *     first  string
 *     at     list<struct>
 *       x    int64 */
#include "api/inspect_table.h"
#include "array/schema_field.h"
#include <string.h>

#define DEPTH_MAX 12u
#define LINES_MAX 500u /* of a whole table */

static lf_rc put_type(const lf_field *f, lf_buf *out, lf_error *err) {
    char flat[64];
    const char *name = f->binary ? "bytes" : lf_type_print(f->type, flat, sizeof flat);
    LF_TRY(lf_buf_append(out, name, strlen(name), err));
    if (f->type.id == LF_T_STRUCT || !lf_type_is_nested(f->type)) return LF_OK;
    for (uint32_t i = 0; i < f->n_children; i++) {
        LF_TRY(lf_buf_append(out, i == 0 ? "<" : ",", 1, err));
        LF_TRY(put_type(&f->children[i], out, err));
    }
    return lf_buf_append(out, ">", 1, err);
}

lf_rc lf_inspect_type_cell(lf_table *t, const lf_field *f, lf_buf *scratch, lf_error *err) {
    lf_buf_clear(scratch);
    LF_TRY(put_type(f, scratch, err));
    return lf_table_cell(t, scratch->data, scratch->len, err);
}

typedef struct members {
    lf_table *t;
    uint32_t *lines, others;
    lf_buf *scratch;
    lf_error *err;
} members;

static lf_rc put_line(members *m, const lf_field *f, const char *name, uint32_t depth) {
    lf_buf_clear(m->scratch);
    for (uint32_t i = 0; i < depth; i++)
        LF_TRY(lf_buf_append(m->scratch, "  ", 2, m->err));
    LF_TRY(lf_buf_append(m->scratch, name, strlen(name), m->err));
    LF_TRY(lf_table_cell(m->t, m->scratch->data, m->scratch->len, m->err));
    if (f != NULL)
        LF_TRY(lf_inspect_type_cell(m->t, f, m->scratch, m->err));
    else
        LF_TRY(lf_table_cell_str(m->t, "", m->err));
    for (uint32_t i = 0; i < m->others; i++)
        LF_TRY(lf_table_cell_str(m->t, "", m->err));
    return LF_OK;
}

static lf_rc put_members(members *m, const lf_field *f, uint32_t depth) {
    const bool named = f->type.id == LF_T_STRUCT;
    for (uint32_t i = 0; i < f->n_children; i++) {
        const lf_field *c = &f->children[i];
        if (!named) { /* an element has no line of its own: its type stands with the list's */
            if (lf_type_is_nested(c->type)) LF_TRY(put_members(m, c, depth));
            continue;
        }
        if (*m->lines > LINES_MAX) return LF_OK;
        if (++*m->lines > LINES_MAX || depth > DEPTH_MAX) return put_line(m, NULL, "…", depth);
        LF_TRY(put_line(m, c, c->name, depth));
        if (lf_type_is_nested(c->type)) LF_TRY(put_members(m, c, depth + 1));
    }
    return LF_OK;
}

lf_rc lf_inspect_members(lf_table *t, const lf_field *f, uint32_t others, uint32_t *lines,
                         lf_buf *scratch, lf_error *err) {
    members m = {.t = t, .lines = lines, .others = others, .scratch = scratch, .err = err};
    return lf_type_is_nested(f->type) ? put_members(&m, f, 1) : LF_OK;
}
