/* decode/json/json_explain.c - the plan in words. */
#include "decode/json/json_internal.h"

#define COLUMNS_EXPLAINED 200u

static const char *form_name(json_form f) {
    return f == JSON_LINES    ? "JSON lines"
           : f == JSON_VALUES ? "JSON values"
                              : "rows of a JSON array";
}

static lf_rc explain_column(const lf_plan *p, uint32_t c, lf_buf *out, lf_error *err) {
    const json_node *n = p->columns[c];
    char type[48];
    LF_TRY(lf_buf_printf(out, err, "column %u \"%.80s\": ", c + 1, p->schema.fields[c].name));
    switch (n->kind) {
    case JSON_TEXT:
        return lf_buf_printf(out, err, "JSON text (scalars and objects, or %s)\n",
                             "objects without keys");
    case JSON_OBJECT:
        return lf_buf_printf(out, err, "struct (objects of %u keys)\n", n->n_children);
    case JSON_LIST:
        return lf_buf_printf(out, err, "list (arrays)\n");
    case JSON_MAP:
        return lf_buf_printf(out, err, "map (objects of more than %u keys in all%s)\n", LF_MAP_KEYS,
                             n->depth > 0 ? ", or 100 that hold objects or arrays"
                                          : ", of which a record has few");
    default:
        break;
    }
    const char *why = n->fixed ? "as given"
                      : lf_evidence_is_ambiguous(&n->known)
                          ? "dates that read both day first and month first stay text"
                      : n->type.id == LF_T_NULL ? "nothing but nulls in the head"
                                                : "narrowest that holds the head";
    bool dated = !n->fixed && (n->type.id == LF_T_DATE || n->type.id == LF_T_TIMESTAMP);
    return lf_buf_printf(out, err, "%s (%s%s%s)\n", lf_type_print(n->type, type, sizeof type), why,
                         dated ? "; dates as " : "",
                         dated ? lf_date_format_text(n->ctx.date_format) : "");
}

lf_rc lf_json_explain(const lf_plan *p, lf_buf *out, lf_error *err) {
    LF_TRY(lf_buf_printf(out, err, "form: %s (%s)\n", form_name(p->form), p->form_reason));
    if (p->path[0] != '\0') LF_TRY(lf_buf_printf(out, err, "rows: in \"%.100s\"\n", p->path));
    LF_TRY(lf_buf_printf(out, err, "columns: %u (%s of %llu records in the head)\n", p->n_columns,
                         p->root->kind == JSON_OBJECT ? "the keys" : "the values",
                         (unsigned long long)p->head_rows));
    uint32_t n = p->n_columns < COLUMNS_EXPLAINED ? p->n_columns : COLUMNS_EXPLAINED;
    for (uint32_t c = 0; c < n; c++)
        LF_TRY(explain_column(p, c, out, err));
    if (n < p->n_columns)
        LF_TRY(lf_buf_printf(out, err, "... and %u more columns\n", p->n_columns - n));
    return LF_OK;
}
